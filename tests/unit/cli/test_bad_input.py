"""Bad input at the command line: the message, the status, and that nothing changed."""

import hashlib
import shutil
import socket
import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from tests.portfolio import CAMT, IBAN, run_workbench, write_portfolio, write_table
from workbench.cli import main
from workbench.ledger.store import open_ledger
from workbench.pipeline.exporting import export

pytestmark = pytest.mark.slow
_Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A portfolio in a folder."""
    return write_portfolio(tmp_path / "p")


@pytest.fixture
def imported(tmp_path: Path, imported_office: Path) -> Path:
    """The folder of a portfolio that is in the ledger."""
    shutil.copytree(imported_office, tmp_path, dirs_exist_ok=True)
    return tmp_path / "p"


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> _Run:
    """Runs a command in this process; returns status, output, errors."""
    monkeypatch.setenv("WORKBENCH_LEDGER", f"sqlite:///{tmp_path / 'ledger.db'}")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return int(ended.value.code or 0), out, err

    return call


def _contents(folder: Path) -> str:
    """Everything a user can see of the ledger."""
    with open_ledger(f"sqlite:///{folder / 'ledger.db'}", read_only=True) as ledger:
        return "".join(
            export(ledger, name, as_of=date(2026, 12, 31)).to_csv()
            for name in ("movements", "allocations", "dues", "debtors", "journal")
        )


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory, imported_office: Path) -> str:
    """What can be seen of the ledger that `imported` copies."""
    place = tmp_path_factory.mktemp("seen")
    shutil.copytree(imported_office, place, dirs_exist_ok=True)
    return _contents(place)


UNREADABLE = {
    "truncated.xml": (CAMT[:500].encode(), "truncated.xml", "ligne"),
    "doctype.xml": (
        CAMT.replace("<Document", '<!DOCTYPE d [<!ENTITY a "b">]><Document', 1).encode(),
        "doctype.xml", "DOCTYPE",
    ),
    "encoding.xml": (
        CAMT.replace("<Id>S</Id>", "<Id>é</Id>").encode("latin-1"), "encoding.xml", "ligne",
    ),
    "empty.csv": (b"", "empty.csv", "vide"),
    "amount.csv": (
        f"iban;booked_on;amount;label\n{IBAN};2026-01-10;douze;X\n".encode(),
        "amount.csv, ligne 2", "douze",
    ),
    "column.csv": (f"iban;booked_on;label\n{IBAN};2026-01-10;X\n".encode(), "column.csv", "amount"),
}  # fmt: skip


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_changes_nothing(
    run: _Run, imported: Path, contents: str, tmp_path: Path, name: str
) -> None:
    content, place, word = UNREADABLE[name]
    path = tmp_path / name
    path.write_bytes(content)

    status, _, err = run("import", str(path))

    assert status == 2
    assert place in err
    assert word in err
    assert _contents(tmp_path) == contents


DUE = {
    "due_id": "D9", "account_id": "45000001", "kind": "call", "amount": "1.00",
    "due_on": "2026-01-01",
}  # fmt: skip
ACCOUNT = {"account_id": "9", "building_id": "B1", "holder": "X", "kind": "coowner"}


@pytest.mark.parametrize(
    ("table", "row", "column", "value", "word"),
    [
        ("dues.csv", DUE | {"account_id": "99"}, "account_id", "99", "inconnu"),
        ("dues.csv", DUE | {"amount": "douze"}, "amount", "douze", "montant"),
        ("dues.csv", DUE | {"amount": "1,234"}, "amount", "1,234", "ambigu"),
        ("dues.csv", {k: v for k, v in DUE.items() if k != "due_on"}, "due_on", "", "colonne"),
        ("accounts.csv", ACCOUNT | {"building_id": "B9"}, "building_id", "B9", "inconnu"),
        (
            "buildings.csv", {"building_id": "B2", "name": "X", "kind": "castle"},
            "kind", "castle", "castle",
        ),
    ],
)  # fmt: skip
def test_a_row_that_cannot_go_in_is_named_and_leaves_the_others(
    run: _Run, imported: Path, contents: str, tmp_path: Path, table: str, row: dict[str, str],
    column: str, value: str, word: str,
) -> None:  # fmt: skip
    path = write_table(tmp_path / "bad", table, [row])

    status, _, err = run("import", str(path))

    assert status == 3
    assert f"{table}, ligne {1 if word == 'colonne' else 2}" in err
    assert column in err
    assert value in err
    assert word in err.lower()
    assert _contents(tmp_path) == contents


def test_the_rows_beside_a_reject_go_in(run: _Run, folder: Path) -> None:
    good = DUE | {"due_id": "D8"}
    write_table(folder, "dues.csv", [good, good | {"due_id": "D9", "amount": "neuf"}])
    status, _, err = run("import", str(folder))
    assert status == 3
    assert "ligne 3" in err
    exported = run("export", "dues")[1]
    assert "D8" in exported
    assert "D9" not in exported


def test_no_ledger_says_how_to_make_one(run: _Run, tmp_path: Path) -> None:
    status, _, err = run("reconcile")
    assert status == 2
    assert "aucun registre" in err
    assert not (tmp_path / "ledger.db").exists()


def test_a_ledger_of_another_version_is_left_alone(
    run: _Run, imported: Path, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "ledger.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    before = hashlib.sha256((tmp_path / "ledger.db").read_bytes()).digest()
    for command in (["reconcile"], ["import", str(imported)], ["export", "dues"]):
        status, _, err = run(*command)
        assert status == 2
        assert "9999" in err
    assert hashlib.sha256((tmp_path / "ledger.db").read_bytes()).digest() == before


def test_a_file_that_is_no_ledger(run: _Run, tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_text("bonjour, ceci est une lettre", encoding="utf-8")
    status, _, err = run("reconcile")
    assert status == 2
    assert "n'est pas un registre" in err


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["reconcile", "--bilding", "B1"], "--bilding"),
        (["reconcile", "--as-of", "hier"], "hier"),
        (["export", "everything"], "everything"),
        (["no-such-command"], "no-such-command"),
        (["month-end", "--period", "2026-13"], "2026-13"),
        (["import"], "CHEMIN"),
    ],
)
def test_words_a_command_does_not_know(run: _Run, arguments: list[str], word: str) -> None:
    status, out, err = run(*arguments)
    assert status == 2
    assert out == ""
    assert word in err


def test_a_notebook_parameter_that_does_not_exist(
    run: _Run, imported: Path, contents: str, tmp_path: Path
) -> None:
    status, _, err = run("month-end", "--period", "2026-01", "-p", "buildng=B1")
    assert status == 2
    assert "buildng" in err
    assert _contents(tmp_path) == contents
    assert not list((tmp_path / "month-end").rglob("*.html"))


def test_a_port_in_use(run: _Run, imported: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, _, err = run("dashboard", "--port", str(port))
    assert status == 2
    assert str(port) in err


def test_a_path_that_is_not_there(run: _Run, tmp_path: Path) -> None:
    status, _, err = run("import", str(tmp_path / "nothing.xml"))
    assert status == 2
    assert "n'existe pas" in err


def test_the_program_as_a_process_ends_with_its_status(tmp_path: Path) -> None:
    folder = write_portfolio(tmp_path / "p")
    ledger = f"sqlite:///{tmp_path / 'ledger.db'}"
    assert run_workbench("import", str(folder), ledger=ledger, cwd=tmp_path).returncode == 0
    done = run_workbench("nothing", ledger=ledger, cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
