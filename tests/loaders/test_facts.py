"""Real bank files give the facts that were computed from their bytes, or are refused at the place.

The facts stand in the table of PROVENANCE.md beside the files. Formats that are not read yet must
be refused by what they are.
"""

import json
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import BankStatement, Entry, StatementFile
from workbench.loaders.registry import is_bank_file, read_statements
from workbench.loaders.statement import check_statement

TOP = Path(__file__).parents[3] / "shared" / "samples" / "bank"
REFUSED = {
    "cfonb120/cfonb__invalid_date.txt": ("ligne 1 ", "ce n'est pas une date", "CART"),
    "cfonb120/cfonb__operation_out_of_statement.txt": ("ligne 1 ", "mouvement (04) hors", "04155"),
    "cfonb120/cfonb__end_of_statement_without_beginning.txt": ("ligne 9 ", "(07) hors", "0718706"),
}
READ = ("camt053/", "cfonb120/")
NOT_READ = {
    "csv/": "un tableau dont les colonnes",
    "xlsx/": "aucune ligne d'en-tête connue",
}


@cache
def _facts() -> dict[str, dict[str, Any]]:
    """Facts by file, from the table; empty where the folder is not beside the checkout."""
    page = TOP / "PROVENANCE.md"
    rows = page.read_text(encoding="utf-8").splitlines() if page.exists() else []
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if "/" in row]
    return {row[0]: json.loads(row[-1].strip("`")) for row in cells if row[-1].startswith("`{")}


def _files(*folders: str) -> list[str]:
    return sorted(name for name in _facts() if name.startswith(folders))


def _cents(amount: str) -> int:
    return int(Decimal(amount) * 100)


def _read(samples: Path, name: str) -> StatementFile:
    return read_statements(samples / name)


def test_table_of_facts_is_read(samples: Path) -> None:
    assert len(_files(*READ)) == 13
    assert set(REFUSED) < set(_files(*READ))


@pytest.mark.parametrize("name", [n for n in _files(*READ) if n not in REFUSED])
def test_file_gives_its_facts(samples: Path, name: str) -> None:
    facts = _facts()[name]
    read = _read(samples, name)
    statements = read.statements
    entries = [entry for statement in statements for entry in statement.entries]

    assert read.format == facts.get("version", "cfonb120")
    assert len(statements) == facts["statements"]
    assert len(entries) == facts["entries"]
    assert sum(entry.amount_cents for entry in entries) == _cents(facts["sum"])
    assert statements[0].currency == facts["currency"]
    assert statements[0].opening_cents == _cents(facts["opening"])
    assert statements[-1].closing_cents == _cents(facts["closing"])
    for statement, (account, count, opening, closing) in zip(
        statements, facts["per_statement"], strict=True
    ):
        assert account in {None, statement.iban, statement.iban[4:25]}
        assert (len(statement.entries), statement.opening_cents, statement.closing_cents) == (
            count,
            _cents(opening),
            _cents(closing),
        )
    balanced = [s.balance_gap_cents() == 0 for s in statements]
    assert f"{sum(balanced)}/{len(balanced)}" == facts["balanced"]


@pytest.mark.parametrize("name", [n for n in _files(*READ) if n not in REFUSED])
def test_entries_give_their_facts(samples: Path, name: str) -> None:
    facts = _facts()[name]
    entries = [e for statement in _read(samples, name).statements for e in statement.entries]
    assert bool(entries) == bool(facts["sample"])
    assert len(entries) >= len(facts["sample"])
    for entry, sample in zip(entries, facts["sample"], strict=False):
        check = _check_camt if "version" in facts else _check_cfonb
        check(entry, *sample)


def _check_camt(
    entry: Entry,
    booked: str,
    amount: str,
    party: str | None,
    end_to_end: str | None,
    text: str | None,
    returns: list[str],
) -> None:
    assert (entry.booked_on.isoformat(), entry.amount_cents) == (booked[:10], _cents(amount))
    assert party in {None, entry.counterparty}
    assert end_to_end in {None, entry.end_to_end_id, *(p.end_to_end_id for p in entry.parts)}
    assert text is None or entry.label.startswith(" ".join(text.split()))
    reasons = [part.return_reason for part in entry.parts] or [entry.return_reason]
    assert returns == [reason for reason in reasons if reason]


def _check_cfonb(entry: Entry, booked: str, amount: str, label: str, code: str, party: str) -> None:
    assert (f"{entry.booked_on:%d%m%y}", entry.amount_cents) == (booked, _cents(amount))
    assert entry.label.startswith(label)
    assert (entry.operation_code, entry.counterparty or None) == (code, party)


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_malformed_file_is_refused_at_its_place(samples: Path, name: str) -> None:
    with pytest.raises(UnreadableFileError) as refusal:
        _read(samples, name)
    for words in REFUSED[name]:
        assert words in str(refusal.value)


@pytest.mark.parametrize("name", _files(*NOT_READ))
def test_format_not_read_is_refused_by_what_it_is(samples: Path, name: str) -> None:
    with pytest.raises(UnreadableFileError) as refusal:
        _read(samples, name)
    words = next(words for folder, words in NOT_READ.items() if name.startswith(folder))
    assert words in str(refusal.value)


def test_folder_walk_passes_over_what_nobody_reads(samples: Path) -> None:
    assert [name for name in sorted(_facts()) if not is_bank_file(samples / name)] == sorted(
        _files("csv/", "xlsx/")
    )


def test_batch_of_returned_debits_keeps_its_parts(samples: Path) -> None:
    name = "camt053/bank-statement-import__test-camt053.xml"
    batch = _read(samples, name).statements[0].entries[1]
    assert batch.reversal
    assert [(p.amount_cents, p.return_reason, p.mandate_id) for p in batch.parts] == [
        (-56405, "AC06", "NL22ZZZ524885430000-C0125.1"),
        (-10000, "AC06", "NL22ZZZ524885430000-C0125.2"),
    ]
    assert batch.amount_cents == sum(part.amount_cents for part in batch.parts)


def test_statement_that_does_not_balance_is_read_and_flagged(samples: Path) -> None:
    name = "camt053/camt053__error-camt053.xml"
    statement = _read(samples, name).statements[0]
    (finding,) = [
        finding
        for finding in check_statement(statement, file="error.xml")
        if finding.code == "unbalanced_statement"
    ]
    assert "écart −50,00 €" in finding.message.replace("\u00a0", " ")
    assert (finding.file, finding.subject) == ("error.xml", statement.iban)


def test_statements_of_one_file_follow_each_other(samples: Path) -> None:
    statements = _read(samples, "camt053/camt__camt053.v2.multi.statement.xml").statements
    assert statements[0].closing_cents == statements[1].opening_cents == 2700


def test_balance_only_statements_have_their_dates(samples: Path) -> None:
    statements = _read(samples, "cfonb120/cfonb-parser__test-unused-parts.txt").statements
    assert _period(statements[0]) == (date(2022, 2, 11), timedelta(days=3))
    assert _period(statements[-1]) == (date(2022, 1, 27), timedelta(days=1))


def _period(statement: BankStatement) -> tuple[date, timedelta]:
    assert statement.opened_on is not None
    assert statement.closed_on is not None
    return statement.opened_on, statement.closed_on - statement.opened_on
