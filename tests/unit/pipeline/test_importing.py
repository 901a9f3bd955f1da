"""Import: once, in any order, overlapping, split; what waits; what changes and what never does."""

import csv
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests import small_office
from tests.portfolio import IBAN, write_portfolio, write_table
from workbench.demo.portfolio import generate
from workbench.domain.errors import ExitStatus, UnreadableFileError
from workbench.ledger import views
from workbench.ledger.store import Ledger
from workbench.pipeline import checking, importing
from workbench.pipeline.importing import ImportSummary

AT = datetime(2026, 11, 2, tzinfo=UTC)


def _import(ledger: Ledger, *paths: Path, iban: str = "") -> ImportSummary:
    return importing.import_paths(ledger, paths, iban=iban, actor="C. Ardouin", at=AT)


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """A new, empty ledger."""
    with small_office.opened(ledger_url) as opened:
        yield opened


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small portfolio with bank files in the three formats."""
    path = tmp_path_factory.mktemp("demo")
    generate(
        seed=3, coownerships=4, rentals=1, months=4, first_month=date(2026, 1, 1),
        accounts_per_building=8,
    ).write(path)  # fmt: skip
    return path


def _facts(ledger: Ledger) -> list[tuple[object, ...]]:
    """What the bank told, without what depends on the order of the files."""
    frame = views.movements(ledger)
    names = [
        "movement_id",
        "iban",
        "booked_on",
        "amount_cents",
        "label",
        "bank_reference",
        "status",
    ]
    return sorted(map(tuple, frame[names].astype("str").to_numpy().tolist()))


def test_the_second_import_adds_nothing(ledger: Ledger, demo: Path) -> None:
    first = _import(ledger, demo)
    before, rows = _facts(ledger), len(views.journal(ledger))
    second = _import(ledger, demo)
    assert first.exit_status == second.exit_status == ExitStatus.DONE
    assert first.new_movements == len(before) > 100
    assert (second.new_movements, second.known_movements) == (0, len(before))
    assert _facts(ledger) == before
    assert len(views.journal(ledger)) == rows
    assert checking.verify(ledger) == []


def test_the_order_of_the_files_does_not_matter(tmp_path: Path, demo: Path) -> None:
    files = sorted((demo / "statements").iterdir())
    found = []
    for seed in (1, 2):
        random.Random(seed).shuffle(files)  # noqa: S311 - an order, not a secret
        with small_office.opened(f"sqlite:///{tmp_path / f'{seed}.db'}") as ledger:
            for file in files:
                _import(ledger, file)
            _import(ledger, *(f for f in demo.iterdir() if f.is_file()))
            found.append(_facts(ledger))
    assert found[0] == found[1]


def _lines(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["iban", "booked_on", "amount", "label", "counterparty", "reference"])
        writer.writerows(rows)
    return path


def _row(day: int, amount: str, label: str, reference: str = "") -> list[str]:
    return [IBAN, f"2026-02-{day:02d}", amount, label, "X", reference]


def test_overlapping_and_split_files_tell_the_same(tmp_path: Path) -> None:
    rows = [
        _row(1, "10.00", "A", "R1"), _row(2, "20.00", "B"), _row(2, "20.00", "B"),
        _row(3, "-5.00", "C", "R3"), _row(4, "7.00", "D"),
    ]  # fmt: skip
    whole = _lines(tmp_path / "whole.csv", rows)
    first = _lines(tmp_path / "first.csv", rows[:3])
    last = _lines(tmp_path / "last.csv", rows[3:])
    overlap = _lines(tmp_path / "overlap.csv", rows[1:])
    found = []
    for name, files in {
        "whole": [whole], "split": [first, last], "reverse": [last, first],
        "overlap": [whole, overlap], "overlap first": [overlap, first, whole],
    }.items():  # fmt: skip
        with small_office.opened(f"sqlite:///{tmp_path / f'{name}.db'}") as ledger:
            for file in files:
                _import(ledger, file)
            found.append(_facts(ledger))
    assert len(found[0]) == 5
    assert all(other == found[0] for other in found)


def test_two_true_twins_are_two_movements(ledger: Ledger, tmp_path: Path) -> None:
    twins = [_row(5, "50.00", "LOYER"), _row(5, "50.00", "LOYER")]
    assert _import(ledger, _lines(tmp_path / "a.csv", twins)).new_movements == 2
    assert _import(ledger, _lines(tmp_path / "b.csv", twins[:1])).new_movements == 0


def test_movements_of_an_unknown_account_wait_and_are_found(ledger: Ledger, tmp_path: Path) -> None:
    folder = write_portfolio(tmp_path / "p")
    summary = _import(ledger, folder / "statements" / "s.csv")
    assert [f.code for f in summary.findings] == ["unknown_iban"]
    waiting = views.movements(ledger)
    assert set(waiting["building_id"]) == {""}
    assert set(waiting["iban"]) == {IBAN}
    assert set(waiting["status"]) == {"unmatched"}

    again = _import(ledger, folder)
    assert again.attached == 2
    assert set(views.movements(ledger)["building_id"]) == {"B1"}
    assert checking.verify(ledger) == []


def test_a_due_never_changes(ledger: Ledger, tmp_path: Path) -> None:
    folder = write_portfolio(tmp_path / "p")
    _import(ledger, folder)
    changed = {
        "due_id": "D1", "account_id": "45000001", "kind": "call", "amount": "301.00",
        "due_on": "2026-01-01",
    }  # fmt: skip
    summary = _import(ledger, write_table(tmp_path / "q", "dues.csv", [changed]))
    assert summary.exit_status == ExitStatus.DONE_WITH_REJECTS
    (reject,) = summary.rejects
    assert (reject.file, reject.line, reject.column) == ("dues.csv", 2, "amount")
    assert views.dues(ledger).set_index("due_id").loc["D1", "amount_cents"] == 30_000


def test_a_name_follows_the_latest_import_and_the_journal_keeps_the_old_one(
    ledger: Ledger, tmp_path: Path
) -> None:
    _import(ledger, write_portfolio(tmp_path / "p"))
    row = {
        "account_id": "45000001",
        "building_id": "B1",
        "holder": "M. Dupond Jean",
        "kind": "coowner",
    }
    _import(ledger, write_table(tmp_path / "q", "accounts.csv", [row]))
    account = views.accounts(ledger).set_index("account_id").loc["45000001"]
    assert account["holder"] == "M. Dupond Jean"
    # The file has no such column: it does not empty what is known.
    assert account["payer_ibans"] != ""
    last = views.journal(ledger).iloc[-1]
    assert last["action"] == "change"
    assert "M. Dupont Jean" in last["data"]


def test_a_damaged_file_of_a_folder_does_not_keep_the_others_out(
    ledger: Ledger, tmp_path: Path
) -> None:
    folder = write_portfolio(tmp_path / "p")
    (folder / "statements" / "cut.csv").write_text("iban;booked_on;amount\nX;hier;1\n")
    summary = _import(ledger, folder)
    assert summary.exit_status == ExitStatus.COULD_NOT_RUN
    assert [error.file.endswith("cut.csv") for error in summary.unreadable] == [True]
    assert summary.new_movements == 2


def test_papers_are_left_aside(ledger: Ledger, tmp_path: Path) -> None:
    folder = write_portfolio(tmp_path / "p")
    (folder / "documents" / "B1").mkdir(parents=True)
    (folder / "documents" / "B1" / "buildings.csv").write_text("not a table")
    (folder / "notes.pdf").write_bytes(b"%PDF-1.7 ...")
    (folder / "again").symlink_to(folder)
    summary = _import(ledger, folder)
    assert summary.exit_status == ExitStatus.DONE
    assert summary.skipped == ["notes.pdf"]
    assert len(summary.bank_files) == 1


def test_a_file_that_names_no_account_asks_for_it(ledger: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "s.csv"
    path.write_text("booked_on;amount;label\n2026-01-05;12.00;X\n")
    (error,) = _import(ledger, path).unreadable
    assert "--iban" in str(error)
    assert _import(ledger, path, iban=IBAN).new_movements == 1
    assert views.movements(ledger)["iban"].tolist() == [IBAN]


def test_a_path_that_is_not_there(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="n'existe pas"):
        _import(ledger, tmp_path / "nothing")
