"""Real MT940, OFX and QIF files give the facts of PROVENANCE.md, or are refused at the place."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.loaders.test_facts import _cents, _facts, _files
from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import Entry, StatementFile, StatementKind
from workbench.loaders.registry import is_bank_file, read_statements

REFUSED = {
    "ofx/ofxparse__decimal_error.ofx": ("ligne 37, colonne TRNAMT", "« $120 »"),
    "ofx/ofxparse__date_missing.ofx": ("ligne 33, colonne DTPOSTED", "date absente"),
}


def _readable(folder: str) -> list[str]:
    return [name for name in _files(folder) if name not in REFUSED]


def _entries(read: StatementFile) -> list[Entry]:
    return [entry for statement in read.statements for entry in statement.entries]


def test_table_names_all_the_files(samples: Path) -> None:
    assert [len(_files(folder)) for folder in ("mt940/", "ofx/", "qif/")] == [8, 7, 3]
    assert set(REFUSED) < set(_files("ofx/"))
    assert all(is_bank_file(samples / name) for name in _files("mt940/", "ofx/", "qif/"))


@pytest.mark.parametrize("name", _readable("mt940/"))
def test_mt940_gives_its_facts(samples: Path, name: str) -> None:
    facts: dict[str, Any] = _facts()[name]
    read = read_statements(samples / name)
    assert [[len(s.entries), s.opening_cents, s.closing_cents] for s in read.statements] == [
        [count, _cents(opening), _cents(closing)]
        for count, opening, closing in facts["per_statement"]
    ]
    entries = _entries(read)
    assert (len(entries), sum(e.amount_cents for e in entries)) == (
        facts["entries"],
        _cents(facts["sum"]),
    )
    assert read.statements[0].currency == facts["currency"]
    assert all(s.kind is StatementKind.STATEMENT for s in read.statements)
    balanced = [s.balance_gap_cents() == 0 for s in read.statements]
    assert f"{sum(balanced)}/{len(balanced)}" == facts["balanced"]
    for entry, (value, amount, mark) in zip(entries, facts["sample"], strict=False):
        assert entry.amount_cents == _cents(amount)
        # Zero is written with a mark too.
        assert mark == ("D" if entry.amount_cents < 0 else "C")
        assert entry.value_on is not None
        assert value in {f"{entry.value_on:%y%m%d}", "160230"}


def test_30_february_is_the_last_day_of_the_month(samples: Path) -> None:
    read = read_statements(samples / "mt940/mt940__self-provided_february_30.sta")
    (entry,) = _entries(read)
    assert (entry.booked_on, entry.value_on) == (date(2016, 3, 1), date(2016, 2, 29))


@pytest.mark.parametrize("name", _readable("ofx/"))
def test_ofx_gives_its_facts(samples: Path, name: str) -> None:
    facts: dict[str, Any] = _facts()[name]
    read = read_statements(samples / name)
    assert [
        [len(s.entries), sum(e.amount_cents for e in s.entries), s.closing_cents]
        for s in read.statements
    ] == [[count, _cents(sum_), _cents(closing)] for count, sum_, closing in facts["per_statement"]]
    assert all(s.kind is StatementKind.REPORT for s in read.statements)
    assert all(s.opening_cents is None for s in read.statements)
    assert read.statements[0].currency == facts["currency"]
    for entry, (day, amount, payee, memo) in zip(_entries(read), facts["sample"], strict=False):
        assert (f"{entry.booked_on:%Y%m%d}", entry.amount_cents) == (day, _cents(amount))
        assert (payee or "") in entry.label
        assert (memo or "") in entry.label
        assert entry.bank_reference


@pytest.mark.parametrize("name", _readable("qif/"))
def test_qif_gives_its_facts(samples: Path, name: str) -> None:
    facts: dict[str, Any] = _facts()[name]
    read = read_statements(samples / name)
    entries = _entries(read)
    assert (len(entries), sum(e.amount_cents for e in entries)) == (
        facts["entries"],
        _cents(facts["sum"]),
    )
    is_day_first = "category_override" in name
    for entry, (day, amount, payee, memo) in zip(entries, facts["sample"], strict=False):
        first, second, year = (int(part) for part in day.split("/"))
        numbers = (entry.booked_on.day, entry.booked_on.month)
        assert numbers == ((first, second) if is_day_first else (second, first))
        assert entry.booked_on.year % 100 == year % 100
        assert entry.amount_cents == _cents(amount.replace(",", ""))
        assert payee.casefold() in entry.label.casefold()
        assert (memo or "") in entry.label


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_malformed_file_is_refused_at_its_place(samples: Path, name: str) -> None:
    with pytest.raises(UnreadableFileError) as refusal:
        read_statements(samples / name)
    for words in REFUSED[name]:
        assert words in str(refusal.value)
