"""One bank file from its bytes to the ledger: whole or not at all, however long, and archived."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pytest

from tests import small_office
from tests.loaders.bank_texts import IBAN, balance, camt, entry
from tests.portfolio import write_portfolio, write_table
from workbench.domain.errors import ExitStatus, UnreadableFileError
from workbench.ledger import bank_facts, views
from workbench.ledger.store import Ledger
from workbench.loaders import held
from workbench.loaders.sniff import Source
from workbench.pipeline import bank_reading, checking, exporting, importing
from workbench.pipeline.importing import ImportSummary, Keeper

AT = datetime(2026, 11, 2, tzinfo=UTC)
AS_OF = date(2030, 12, 31)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A new ledger."""
    with small_office.opened(f"sqlite:///{tmp_path / 'ledger.db'}") as opened:
        yield opened


def take(
    ledger: Ledger, *paths: Path, iban: str = "", archive: Keeper | None = None
) -> ImportSummary:
    return importing.import_paths(
        ledger, paths, actor="C. Ardouin", at=AT, iban=iban, archive=archive
    )


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def long_statement(count: int, *, closing: int | None = None) -> str:
    """Returns a camt.053 of twins, references used again and plain entries."""
    chance = random.Random(7)  # noqa: S311 - no secret
    told = [
        entry(
            f"{chance.randrange(1, 9)}.00",
            reference=chance.choice(["", f"R{number}", f"R{number // 3}"]),
            booked=f"<BookgDt><Dt>2026-01-{1 + number * 28 // count:02d}</Dt></BookgDt>",
            more=f"<AddtlNtryInf>VIR {chance.randrange(9)}</AddtlNtryInf>",
        )
        for number in range(count)
    ]
    total = sum(int(each.split(".00")[0].rpartition(">")[2]) for each in told)
    last = balance("CLBD", f"{total if closing is None else closing}.00", day="2026-01-31")
    return camt(told, balances=balance("OPBD", "0.00") + last)


# --- long files


@pytest.mark.parametrize("closing", [None, 5])
def test_a_file_in_chunks_and_on_the_disk_is_the_same_ledger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closing: int | None
) -> None:
    path = write(tmp_path / "long.xml", long_statement(2_300, closing=closing))
    found = []
    for chunk, in_memory, few in ((5_000, 20_000, 10_000), (700, 0, 10)):
        monkeypatch.setattr(bank_facts, "CHUNK", chunk)
        monkeypatch.setattr(held, "IN_MEMORY", in_memory)
        monkeypatch.setattr("workbench.loaders.identity._FEW", few)
        monkeypatch.setattr(held.EntryShelf.__init__, "__kwdefaults__", {"in_memory": in_memory})
        with small_office.opened(f"sqlite:///{tmp_path / f'{chunk}.db'}") as ledger:
            summary = take(ledger, path)
            movements = views.movements(ledger)
            found.append(movements.drop(columns=["item_id"]))
            assert summary.new_movements == len(movements) > 2_000
            assert checking.verify(ledger) == []
            facts = views.journal(ledger).iloc[-1]["data"]
            assert facts.count('["movements"') == -(-2_300 // chunk)
            again = take(ledger, write(tmp_path / f"{chunk}.xml", path.read_text() + "\n"))
            assert (again.new_movements, again.known_movements) == (0, len(movements))
            assert checking.verify(ledger) == []
    pd.testing.assert_frame_equal(found[0], found[1])


def test_a_file_that_fails_at_its_end_leaves_nothing(ledger: Ledger, tmp_path: Path) -> None:
    text = long_statement(300)
    summary = take(ledger, write(tmp_path / "cut.xml", text[:-40]))
    assert summary.exit_status == ExitStatus.COULD_NOT_RUN
    for table in ("files", "statements", "movements", "journal"):
        assert ledger.frame(f"SELECT COUNT(*) AS n FROM {table}")["n"].item() == 0
    assert take(ledger, write(tmp_path / "cut.xml", text)).exit_status == ExitStatus.DONE


def test_a_file_that_repeats_everything_says_so_in_few_lines(tmp_path: Path) -> None:
    told = [entry("1.00", reference="R1") for _ in range(100)]
    balances = balance("OPBD", "0.00") + balance("CLBD", "1.00", day="2026-01-31")
    path = write(tmp_path / "x.xml", camt(told, balances=balances))
    read = bank_reading.read_bank_file(path, iban="")
    assert read.count == 1
    repeated = [f for f in read.findings if f.code == "repeated_entry"]
    assert len(repeated) == 21
    assert repeated[-1].message.startswith("79 autres écritures répétées")


# --- files that do not hold still


def growing(monkeypatch: pytest.MonkeyPatch, path: Path, *, then: Callable[[], None]) -> None:
    """Has something happen to a file the first time its bytes are read to the end."""
    whole = Source.of_path(path)
    opened: list[int] = []

    def opener() -> BinaryIO:
        opened.append(1)
        # The head first, then the reading.
        if len(opened) == 2:
            then()
        return whole.opener()

    monkeypatch.setattr(Source, "of_path", lambda _: Source(str(path), opener))


def appended(path: Path, text: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(text)


@pytest.mark.parametrize("more", ["\n", "<Ntry>"])
def test_a_file_that_grows_while_it_is_read_is_refused(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    path = write(tmp_path / "grows.xml", camt([entry()]))
    with monkeypatch.context() as patch:
        growing(patch, path, then=lambda: appended(path, more))
        (error,) = take(ledger, path).unreadable
    assert "a changé pendant sa lecture" in str(error)
    assert "importer à nouveau" in str(error)
    assert len(views.movements(ledger)) == 0
    # Once it stands still.
    write(path, camt([entry()]))
    assert take(ledger, path).new_movements == 1


def test_a_file_that_goes_away_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "gone.xml", camt([entry()]))
    growing(monkeypatch, path, then=path.unlink)
    with pytest.raises(UnreadableFileError, match="introuvable"):
        bank_reading.read_bank_file(path, iban="")


# --- the archive


class Kept:
    """Remembers what it was given."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.files: list[tuple[str, str]] = []

    def keep(self, path: Path, *, file_id: str) -> None:
        known = self.ledger.frame("SELECT file_id FROM files WHERE file_id = ?", (file_id,))
        assert not len(known), "kept before it is stored"
        if path.name == "moved.xml":
            raise UnreadableFileError(path.name, "son contenu a changé")
        self.files.append((path.name, file_id))


def test_each_bank_file_is_kept_before_it_is_stored(ledger: Ledger, tmp_path: Path) -> None:
    good = write(tmp_path / "a.xml", camt([entry()]))
    write(tmp_path / "bad.xml", camt([entry()])[:-30])
    write(tmp_path / "moved.xml", camt([entry(reference="R2")]))
    archive = Kept(ledger)
    summary = take(ledger, *sorted(tmp_path.glob("*.xml")), archive=archive)
    stored = ledger.frame("SELECT name, file_id FROM files")
    assert archive.files == list(stored.itertuples(index=False, name=None))
    assert [name for name, _ in archive.files] == [good.name]
    assert [error.file for error in summary.unreadable] == [str(tmp_path / "bad.xml"), "moved.xml"]


# --- two offices in one folder


def test_two_exports_mixed_in_a_folder_overwrite_nothing(ledger: Ledger, tmp_path: Path) -> None:
    write_portfolio(tmp_path / "both" / "a")
    write_table(
        tmp_path / "both" / "b", "buildings.csv",
        [{"building_id": "B1", "name": "Un autre immeuble", "kind": "rental"},
         {"building_id": "B9", "name": "Le neuf", "kind": "rental"}],
    )  # fmt: skip
    summary = take(ledger, tmp_path / "both")
    assert summary.exit_status == ExitStatus.DONE_WITH_REJECTS
    (reject,) = summary.rejects
    assert (reject.code, reject.file, reject.line) == ("clashing_files", "buildings.csv", 2)
    assert "name" in reject.message
    names = dict(zip(*views.buildings(ledger)[["building_id", "name"]].T.to_numpy(), strict=True))
    assert names["B9"] == "Le neuf"
    assert names["B1"] != "Un autre immeuble"
    # One after the other, the later one is a correction.
    assert take(ledger, tmp_path / "both" / "b").exit_status == ExitStatus.DONE


def test_the_same_table_twice_in_a_folder_is_no_clash(ledger: Ledger, tmp_path: Path) -> None:
    row = {"building_id": "B1", "name": "Les Tilleuls", "kind": "coownership"}
    write_table(tmp_path / "both" / "a", "buildings.csv", [row | {"city": "Lyon"}])
    # Without the column: it says nothing about it.
    write_table(tmp_path / "both" / "b", "buildings.csv", [row])
    assert take(ledger, tmp_path / "both").exit_status == ExitStatus.DONE
    assert list(views.buildings(ledger)["city"]) == ["Lyon"]


# --- real files


def told(ledger: Ledger) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Returns movements and statements, less what tells which of two files was first."""
    movements = exporting.export(ledger, "movements", as_of=AS_OF)
    statements = views.statements(ledger).drop(columns=["statement_id", "file_name"])
    order = [
        "iban",
        "closed_on",
        "opened_on",
        "number",
        "opening_cents",
        "closing_cents",
        "entries",
    ]
    findings = checking.all_findings(ledger, as_of=AS_OF)
    return (
        movements.drop(columns=["file_name", "place"]),
        statements.sort_values(order, ignore_index=True),
        sorted(findings["code"] + findings["file"]),
    )


def test_real_files_twice_and_in_two_orders(tmp_path: Path, samples: Path) -> None:
    files = sorted(p for p in samples.rglob("*") if p.is_file() and p.suffix != ".md")
    found = []
    for name, order in (("up", files), ("down", files[::-1])):
        with small_office.opened(f"sqlite:///{tmp_path / f'{name}.db'}") as ledger:
            first = [take(ledger, path, iban=IBAN) for path in order]
            before = told(ledger)
            again = take(ledger, *order, iban=IBAN)
            assert sum(s.new_movements for s in first) == len(before[0]) > 60
            assert again.new_movements == 0
            after = told(ledger)
            for one, other in zip(before[:2], after[:2], strict=True):
                pd.testing.assert_frame_equal(one, other)
            assert checking.verify(ledger) == []
            found.append(after)
    for one, other in zip(found[0][:2], found[1][:2], strict=True):
        pd.testing.assert_frame_equal(one, other)
