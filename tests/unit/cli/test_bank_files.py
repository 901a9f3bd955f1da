"""`sync`, `inspect` and `show` as their user sees them: words, JSON, exit status."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bank_servers import sftp_server, wire_to
from tests.portfolio import CAMT, IBAN, run_workbench
from workbench.cli import main

pytestmark = pytest.mark.slow
_Run = Callable[..., tuple[int, str, str]]
HEADER = "iban;booked_on;amount;label;counterparty;counterparty_iban;reference\n"
ROW = f"{IBAN};2026-02-10;12.00;VIR \x1b[31mROUGE;X;;R9\n"
# The closing balance is the last amount.
UNBALANCED = "11.00".join(CAMT.rsplit("10.00", 1))


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> _Run:
    """Runs a command in this process, in an office whose folder `in` is a source."""
    monkeypatch.setenv("WORKBENCH_LEDGER", f"sqlite:///{tmp_path / 'ledger.db'}")
    monkeypatch.delenv("WORKBENCH_CONFIG", raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "workbench.toml").write_text('[[sources]]\nname = "dépôt"\nurl = "in"\n')

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return int(ended.value.code or 0), out, err

    return call


@pytest.fixture
def office(run: _Run, tmp_path: Path, reconciled_office: Path) -> Path:
    """An office with its portfolio imported and reconciled."""
    shutil.copytree(reconciled_office, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_sync_says_what_came(run: _Run, office: Path) -> None:
    (office / "in" / "s.csv").write_text(HEADER + ROW)
    status, out, err = run("sync")
    assert (status, err) == (0, "")
    assert out.splitlines()[1].split() == ["dépôt", "relevée", "1", "1", "1", "0"]
    status, out, _ = run("sync", "dépôt", "--json")
    (source,) = json.loads(out)["sources"]
    assert (status, source["listed"], source["fetched"], source["movements_new"]) == (0, 1, 0, 0)


def test_sync_ends_with_what_is_wrong(run: _Run, office: Path) -> None:
    (office / "in" / "cut.xml").write_text(UNBALANCED[:600])
    (office / "in" / "s.csv").write_text(HEADER + ROW)
    status, out, err = run("sync")
    assert status == 2
    assert "dépôt/cut.xml, ligne" in err
    assert "workbench-sync" not in out + err
    status, _, err = run("sync", "inconnue")
    assert (status, "source inconnue" in err) == (2, True)
    (office / "workbench.toml").write_text('[[sources]]\nname = "x"\nurl = "gone"\n')
    status, _, err = run("sync")
    assert (status, err) == (2, "x : introuvable\n")
    (office / "workbench.toml").unlink()
    status, _, err = run("sync")
    assert (status, "aucune source" in err) == (2, True)


def test_show_leads_to_the_bytes(run: _Run, office: Path) -> None:
    (office / "in" / "s.csv").write_text(HEADER + ROW)
    run("sync")
    _, out, _ = run("export", "movements", "--format", "json", "--as-of", "2026-12-31")
    names = {row["bank_reference"]: row["movement_id"] for row in json.loads(out)}
    status, out, err = run("show", names["R9"])
    assert (status, err) == (0, "")
    # The bank's bytes never steer the terminal.
    assert "\x1b" not in out
    assert f"{IBAN};2026-02-10;12.00;VIR ·[31mROUGE;X;;R9" in out
    assert "Venu de                   dépôt/s.csv" in out
    status, out, _ = run("show", names["R9"][:-3], "--json")
    shown = json.loads(out)
    assert shown["record"] == ROW.strip()
    assert (shown["file"], shown["place"], shown["amount"]) == ("s.csv", 2, "12.00")
    assert [f["path"] for f in shown["fetched"]] == ["s.csv"]
    assert shown["links"] == []


def test_show_tells_who_linked_it_and_why(run: _Run, office: Path) -> None:
    _, out, _ = run("export", "movements", "--format", "json", "--as-of", "2026-12-31")
    names = {row["bank_reference"]: row["movement_id"] for row in json.loads(out)}
    status, out, _ = run("show", names["R1"], "--json")
    shown = json.loads(out)
    assert (status, shown["status"], shown["building"]) == (0, "matched", "Les Lilas")
    # A file that was imported by hand is in the archive too.
    assert shown["record"].startswith(f"{IBAN},2026-01-10,300.00")
    (link,) = [link for link in shown["links"] if link["state"] == "accepted"]
    assert (link["subject"], link["action"], link["amount"]) == ("D1", "match", "300.00")
    assert "300,00" in link["sentence"]
    status, out, _ = run("show", names["R1"])
    assert "● accepté : 300,00 € pour D1" in out.replace("\u00a0", " ")


def test_show_says_what_it_cannot(run: _Run, office: Path) -> None:
    assert run("show", "M2026")[0] == 2
    status, _, err = run("show", "M2026")
    assert (status, "plusieurs mouvements commencent par « M2026 »" in err) == (2, True)
    for name in ("M9", "%", "M2026%"):
        status, _, err = run("show", name)
        assert (status, "aucun mouvement" in err) == (2, True)
    _, out, _ = run("export", "movements", "--format", "json", "--as-of", "2026-12-31")
    name = json.loads(out)[0]["movement_id"]
    for path in (office / "archive").rglob("*/*/*"):
        path.write_bytes(b"something else")
    status, out, _ = run("show", name)
    assert status == 0
    assert "n'a plus le contenu de son empreinte" in out


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_inspect_imports_nothing(run: _Run, office: Path) -> None:
    (office / "s.csv").write_text(HEADER + ROW)
    before = contents(office)
    status, out, err = run("inspect", "s.csv")
    assert (status, err) == (0, "")
    assert f"Compte {IBAN} (immeuble B1)" in out
    assert "1 écriture, dont 1 pas encore au registre" in out
    after = contents(office)
    assert {name for name in after if not name.endswith(("-wal", "-shm"))} == {
        name for name in before if not name.endswith(("-wal", "-shm"))
    }
    assert all(after[name] == content for name, content in before.items() if name in after)
    status, out, _ = run("inspect", "p/statements/s.csv", "--json")
    said = json.loads(out)
    assert (status, said["already_imported"]) == (0, True)
    (statement,) = said["statements"]
    assert (statement["entries"], statement["new"], statement["credits"]) == (2, 0, "377.00")


def test_inspect_tells_what_is_wrong(run: _Run, office: Path) -> None:
    (office / "u.xml").write_text(UNBALANCED)
    status, out, err = run("inspect", "u.xml")
    assert (status, "écart" in err) == (1, True)
    assert "Rien à redire" not in out
    status, out, _ = run("inspect", "u.xml", "--json")
    said = json.loads(out)
    assert [f["code"] for f in said["findings"]] == ["unbalanced_statement"]
    assert said["statements"][0]["closing"] == "11.00"
    (office / "c.xml").write_text(UNBALANCED[:600])
    status, out, err = run("inspect", "c.xml")
    assert (status, out, "c.xml, ligne" in err) == (2, "", True)
    for name in ("gone.xml", "p"):
        assert run("inspect", name)[0] == 2


def test_inspect_sees_a_hole_before_it_is_imported(run: _Run, office: Path) -> None:
    february = CAMT
    march = february.replace("2026-02", "2026-03").replace("X1", "X2").replace(">0.00", ">7.00")
    body, closing, end = march.rpartition("CLBD")
    (office / "02.xml").write_text(february)
    (office / "03.xml").write_text(body + closing + end.replace("10.00", "17.00"))
    assert run("import", "02.xml")[0] == 0
    status, out, _ = run("inspect", "03.xml", "--json")
    said = json.loads(out)
    assert (status, [f["code"] for f in said["findings"]]) == (1, ["statement_hole"])
    status, out, _ = run("inspect", "02.xml", "--json")
    assert (status, json.loads(out)["findings"]) == (0, [])


def test_inspect_needs_no_ledger(run: _Run, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(HEADER + ROW)
    status, out, _ = run("inspect", "s.csv", "--json")
    said = json.loads(out)
    assert (status, said["already_imported"], said["statements"][0]["new"]) == (0, None, None)
    assert not (tmp_path / "ledger.db").exists()
    (tmp_path / "n.csv").write_text(
        f"{HEADER}{ROW}".replace("iban;booked", "booked").replace(f"{IBAN};", "")
    )
    status, _, err = run("inspect", "n.csv")
    assert (status, "ne nomme pas son compte" in err) == (1, True)
    assert run("inspect", "n.csv", "--iban", IBAN)[0] == 0


def test_a_cut_connection_shows_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank" / "s.csv").write_text(HEADER + ROW * 20_000)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("BANK_PASSWORD", "secret")
    with (
        sftp_server(tmp_path / "bank", user="o", password="secret") as server,  # noqa: S106
        wire_to(server.port) as wire,
    ):
        wire.cut_after = 200_000
        (tmp_path / ".ssh").mkdir()
        known = f"[127.0.0.1]:{wire.port} {server.known_hosts}\n"
        (tmp_path / ".ssh" / "known_hosts").write_text(known)
        (tmp_path / "workbench.toml").write_text(
            f'[[sources]]\nname = "b"\nurl = "sftp://o@127.0.0.1:{wire.port}/"\n'
            'password_variable = "BANK_PASSWORD"\n'
        )
        done = run_workbench("sync", ledger=f"sqlite:///{tmp_path / 'l.db'}", cwd=tmp_path)
    assert (done.returncode, done.stderr.splitlines()) == (
        2, ["b/s.csv : la connexion s'est coupée"],
    )  # fmt: skip


def test_watch_takes_what_is_dropped_once_it_is_whole(run: _Run, office: Path) -> None:
    (office / "in" / "a.csv").write_text(HEADER + ROW)
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "workbench", "sync", "--watch", "--json"],
        cwd=office, env={**os.environ}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("Surveillance de ")
        with (office / "in" / "b.csv").open("w") as growing:
            growing.write(HEADER)
            for n in range(6):
                growing.write(ROW.replace("R9", f"W{n}"))
                growing.flush()
                time.sleep(0.3)
        (office / "in" / "c.csv.part").write_text("unfinished")
        deadline = time.monotonic() + 60
        while _movements(run) < 2 + 1 + 6 and time.monotonic() < deadline:
            time.sleep(0.3)
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "Surveillance arrêtée.\n")
    assert _movements(run) == 9
    rounds = [json.loads(part + "}") for part in out.split("\n}\n") if part.strip()]
    assert [r["sources"][0]["movements_new"] for r in rounds] == [1, 6]


def _movements(run: _Run) -> int:
    _, out, _ = run("export", "movements", "--format", "json", "--as-of", "2026-12-31")
    return len(json.loads(out))
