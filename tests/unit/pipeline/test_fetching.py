"""Fetching: each file once, by its content; a source that fails stops nobody else."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer

from tests import small_office
from tests.bank_servers import sftp_server, web_server, wire_to
from tests.portfolio import IBAN
from workbench.domain.errors import ExitStatus, ParameterError
from workbench.ledger import views
from workbench.ledger.store import Ledger
from workbench.loaders.archive import Archive
from workbench.loaders.remote import Address
from workbench.loaders.sources import FileSource
from workbench.pipeline import fetching
from workbench.pipeline.fetching import SourceResult
from workbench.pipeline.settings import Settings, archive_of

AT = datetime(2026, 11, 2, 6, 40, tzinfo=UTC)
# Long enough that a wire can be cut in the middle of it.
PADDING = "x" * 700
ROWS = 1_500
PASSWORD = "secret"  # noqa: S105 - of a server that lives as long as a test
Sync = Callable[..., list[SourceResult]]


def statement(month: int, *, rows: int = 2, iban: str = IBAN) -> bytes:
    """Returns a CSV statement of ours with its own references."""
    lines = ["iban;booked_on;amount;label;counterparty;counterparty_iban;reference"]
    lines += [
        f"{iban};2026-{month:02}-{1 + n % 28:02};{n + 1}.00;VIR {n} {PADDING};X;;R{month}-{n}"
        for n in range(rows)
    ]
    return "\n".join(lines).encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "bank"
    folder.mkdir()
    for month in (1, 2, 3):
        put(folder / f"{month:02}.csv", statement(month))
    return folder


def put(path: Path, content: bytes, *, age: float = 3600) -> None:
    """Writes a file that is not fresh: two versions of one second are not told apart by date."""
    path.write_bytes(content)
    then = AT.timestamp() - age
    os.utime(path, (then, then))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with small_office.opened(f"sqlite:///{tmp_path / 'office' / 'w.db'}") as ledger:
        yield ledger


def settings(*sources: tuple[str, str], password: str = "", pattern: str = "*") -> Settings:
    return Settings(
        sources=tuple(
            FileSource(name=name, address=Address(url=url, password=password), pattern=pattern)
            for name, url in sources
        )
    )


def sync(ledger: Ledger, configured: Settings, **more: object) -> list[SourceResult]:
    return fetching.sync(ledger, configured, actor="L. Verane", at=AT, **more)  # type: ignore[arg-type] # as given


def movements(ledger: Ledger) -> int:
    return len(views.movements(ledger))


def fetches(ledger: Ledger) -> int:
    return len(ledger.frame("SELECT fetch_id FROM fetched"))


def archived(ledger: Ledger) -> int:
    archive = archive_of(Settings(), ledger)
    assert isinstance(archive, Archive)
    return sum(path.is_file() for path in archive.address.local_path().rglob("*/*/*"))


def test_what_is_new_is_fetched_archived_and_imported_once(ledger: Ledger, folder: Path) -> None:
    configured = settings(("dépôt", str(folder)))
    (first,) = sync(ledger, configured)
    assert (first.listed, first.fetched, first.new_movements) == (3, 3, 6)
    assert first.exit_status is ExitStatus.DONE
    assert (movements(ledger), fetches(ledger), archived(ledger)) == (6, 3, 3)
    (second,) = sync(ledger, configured)
    assert (second.listed, second.fetched, second.imports) == (3, 0, [])
    put(folder / "04.csv", statement(4))
    (third,) = sync(ledger, configured)
    assert (third.listed, third.fetched, third.new_movements) == (4, 1, 2)
    assert (movements(ledger), fetches(ledger), archived(ledger)) == (8, 4, 4)


def test_a_file_that_was_fetched_is_not_downloaded_again(ledger: Ledger, folder: Path) -> None:
    with web_server(folder) as web:
        configured = settings(("portail", f"http://127.0.0.1:{web.port}/"))
        sync(ledger, configured)
        assert sum(line.startswith("GET") and ".csv" in line for line in web.asked) == 3
        web.asked.clear()
        sync(ledger, configured)
        assert not any(line.startswith("GET") and ".csv" in line for line in web.asked)


def test_a_file_written_again_under_its_name_is_another(ledger: Ledger, folder: Path) -> None:
    configured = settings(("dépôt", str(folder)))
    sync(ledger, configured)
    put(folder / "01.csv", statement(1, rows=5), age=1800)
    (again,) = sync(ledger, configured)
    assert (again.fetched, again.new_movements, again.known_movements) == (1, 3, 2)
    assert (fetches(ledger), archived(ledger)) == (4, 4)


def test_two_versions_of_one_second_are_told_apart(ledger: Ledger, folder: Path) -> None:
    """Same length, same date: near to the fetch only the content decides."""
    configured = settings(("dépôt", str(folder)))
    path = folder / "01.csv"
    put(path, statement(1), age=0)
    sync(ledger, configured)
    put(path, statement(5), age=0)
    (again,) = sync(ledger, configured)
    assert (again.fetched, again.new_movements) == (1, 2)


def test_the_same_bytes_at_two_places_are_one_file(ledger: Ledger, folder: Path) -> None:
    put(folder / "copie.csv", statement(1))
    sync(ledger, settings(("a", str(folder)), ("b", str(folder))))
    assert (movements(ledger), archived(ledger), fetches(ledger)) == (6, 3, 8)
    assert len(views.journal(ledger)) == 3


def test_what_was_fetched_is_imported_even_if_the_bank_removes_it(
    ledger: Ledger, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured = settings(("dépôt", str(folder)))

    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fetching, "import_paths", killed)
    with pytest.raises(KeyboardInterrupt):
        sync(ledger, configured)
    monkeypatch.undo()
    for path in folder.iterdir():
        path.unlink()
    (after,) = sync(ledger, configured)
    assert (after.listed, after.fetched, after.new_movements) == (0, 0, 6)


def test_an_unreadable_file_is_said_each_time_until_it_is_excluded(
    ledger: Ledger, folder: Path
) -> None:
    put(folder / "02.csv", b"iban;booked_on;amount;label\nFR76;2026-01-01;douze;X\n")
    put(folder / "facture.pdf", b"%PDF-1.7 no statement")
    for _ in range(2):
        (result,) = sync(ledger, settings(("dépôt", str(folder))))
        assert result.exit_status is ExitStatus.COULD_NOT_RUN
        (unreadable,) = [e for summary in result.imports for e in summary.unreadable]
        assert unreadable.file == "dépôt/02.csv"
        assert [name for s in result.imports for name in s.skipped] == ["facture.pdf"]
        assert movements(ledger) == 4
    source = FileSource(name="dépôt", address=Address(url=str(folder)), exclude=("02.*", "*.pdf"))
    (result,) = sync(ledger, Settings(sources=(source,)))
    assert (result.exit_status, result.imports) == (ExitStatus.DONE, [])


def test_a_bank_does_not_write_the_portfolio(ledger: Ledger, folder: Path) -> None:
    put(folder / "accounts.csv", b"account_id,building_id,holder,kind\n1,B1,X,coowner\n")
    (result,) = sync(ledger, settings(("dépôt", str(folder))))
    assert (result.set_aside, result.fetched) == (["accounts.csv"], 3)
    assert not len(views.accounts(ledger))


def test_a_file_that_names_no_account_gets_that_of_its_source(ledger: Ledger, folder: Path) -> None:
    header, *rows = statement(4).decode().split("\n")
    content = "\n".join([header.removeprefix("iban;"), *(row.partition(";")[2] for row in rows)])
    for path in folder.iterdir():
        path.unlink()
    put(folder / "04.csv", content.encode())
    source = FileSource(name="a", address=Address(url=str(folder)), iban=IBAN)
    (result,) = sync(ledger, Settings(sources=(source,)))
    assert result.new_movements == 2
    assert set(views.movements(ledger)["iban"]) == {IBAN}


@pytest.mark.parametrize("name", ["../../x.csv", "a\nb.csv", "x" * 240 + ".csv", "é ; rm -rf.csv"])
def test_hostile_names_stay_names(name: str) -> None:
    safe = fetching._safe_name(name)  # noqa: SLF001 - the boundary itself
    assert Path(safe).name == safe
    assert safe.isprintable()
    assert safe.endswith(".csv")
    assert len(safe.encode()) < 200


def test_sources_are_asked_by_name(ledger: Ledger, folder: Path) -> None:
    configured = settings(("a", str(folder)), ("b", str(folder)))
    (only,) = sync(ledger, configured, names=["b"])
    assert only.name == "b"
    with pytest.raises(ParameterError, match=r"source inconnue : c \(au choix : a, b\)"):
        sync(ledger, configured, names=["c"])
    with pytest.raises(ParameterError, match="aucune source dans la configuration"):
        sync(ledger, Settings())


@pytest.mark.postgres
def test_a_shared_ledger_needs_a_shared_archive(postgres_url: str, folder: Path) -> None:
    with small_office.opened(postgres_url) as ledger:
        with pytest.raises(ParameterError, match=r"\[archive\] url"):
            sync(ledger, settings(("a", str(folder))))
        source = FileSource(name="a", address=Address(url=str(folder)))
        archive = Address(url=str(folder.parent / "kept"))
        (result,) = sync(ledger, Settings(sources=(source,), archive=archive))
        assert result.new_movements == 6


def test_one_failing_source_does_not_stop_the_others(
    ledger: Ledger, folder: Path, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    gone, refused, good = sync(
        ledger,
        settings(
            ("parti", str(tmp_path / "gone")),
            ("fermé", f"http://127.0.0.1:{port}/"),
            ("bon", str(folder)),
        ),
    )
    assert gone.errors == ["parti : introuvable"]
    assert refused.errors == ["fermé : le serveur refuse la connexion"]
    assert (good.errors, good.new_movements) == ([], 6)
    assert fetching.exit_status([gone, refused, good]) is ExitStatus.COULD_NOT_RUN
    assert fetching.exit_status([good]) is ExitStatus.DONE


@pytest.fixture
def bucket(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Serves the folder as a bucket `banque`; gives the port of the stand-in."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    port = server.get_host_and_port()[1]
    requests.post(f"http://127.0.0.1:{port}/moto-api/reset", timeout=10)
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "y", "AWS_DEFAULT_REGION": "eu-west-3",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    region = {"LocationConstraint": "eu-west-3"}
    client.create_bucket(Bucket="banque", CreateBucketConfiguration=region)
    client.create_bucket(Bucket="archive", CreateBucketConfiguration=region)
    for path in folder.iterdir():
        client.upload_file(str(path), "banque", f"2026/{path.name}")
    yield port
    server.stop()


@pytest.mark.slow
def test_s3_cut_in_the_middle_then_whole(
    ledger: Ledger, bucket: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    big = statement(4, rows=ROWS)
    boto3.client("s3").put_object(Bucket="banque", Key="2026/04.csv", Body=big)
    with wire_to(bucket) as wire:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{wire.port}")
        wire.cut_after = len(big) // 2
        configured = settings(("s3", "s3://banque/2026"))
        (cut,) = sync(ledger, configured)
        assert (cut.listed, cut.fetched, cut.new_movements) == (4, 3, 6)
        (words,) = cut.errors
        assert words.startswith("s3/04.csv : ")
        assert cut.exit_status is ExitStatus.COULD_NOT_RUN
        assert movements(ledger) == 6
        wire.cut_after = None
        (whole,) = sync(ledger, configured)
        assert (whole.errors, whole.fetched, whole.new_movements) == ([], 1, ROWS)
        (again,) = sync(ledger, configured)
        assert (again.fetched, again.imports) == (0, [])


@pytest.mark.slow
def test_the_archive_may_be_objects(ledger: Ledger, folder: Path, bucket: int) -> None:
    source = FileSource(name="a", address=Address(url=str(folder)))
    configured = Settings(sources=(source,), archive=Address(url="s3://archive/banque"))
    (result,) = sync(ledger, configured)
    assert result.new_movements == 6
    (again,) = sync(ledger, configured)
    assert again.fetched == 0
    kept = boto3.client("s3").list_objects_v2(Bucket="archive")["Contents"]
    assert len(kept) == 3
    archive = archive_of(configured, ledger)
    assert archive is not None
    file_id = str(kept[0]["Key"]).rpartition("/")[2]
    with archive.open(file_id) as stream:
        assert stream.read().startswith(b"iban;booked_on")


@pytest.mark.slow
def test_sftp_cut_in_the_middle_then_whole(
    ledger: Ledger, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    put(folder / "04.csv", statement(4, rows=ROWS))
    with (
        sftp_server(folder, user="office", password=PASSWORD) as server,
        wire_to(server.port) as wire,
    ):
        (tmp_path / ".ssh").mkdir()
        known = f"[127.0.0.1]:{wire.port} {server.known_hosts}\n"
        (tmp_path / ".ssh" / "known_hosts").write_text(known)
        wire.cut_after = 500_000
        url = f"sftp://office@127.0.0.1:{wire.port}/"
        configured = settings(("sftp", url), password=PASSWORD)
        started = time.monotonic()
        (cut,) = sync(ledger, configured)
        assert time.monotonic() - started < 30
        assert (cut.listed, cut.fetched, cut.new_movements) == (4, 3, 6)
        assert [words.partition(" : ")[0] for words in cut.errors] == ["sftp/04.csv"]
        assert movements(ledger) == 6
        wire.cut_after = None
        (whole,) = sync(ledger, configured)
        assert (whole.errors, whole.fetched, whole.new_movements) == ([], 1, ROWS)
    # Read only: nothing was opened to write, removed or renamed (DOMAIN A3).
    assert server.asked
    assert all(line.startswith("open ") and "to write" not in line for line in server.asked)
