from dataclasses import replace
from datetime import date

import pytest

from workbench.domain.findings import Severity
from workbench.domain.records import BankStatement, Entry
from workbench.loaders.statement import check_statement, given

DAY = date(2026, 10, 31)
STATEMENT = BankStatement(
    iban="FR7630006000011234567890189",
    opened_on=date(2026, 10, 1),
    closed_on=DAY,
    opening_cents=100_00,
    closing_cents=1_350_50,
    entries=(Entry(DAY, 1_300_50, "VIR"), Entry(DAY, -50_00, "FRAIS")),
)


def test_statement_that_adds_up_has_nothing_to_say() -> None:
    assert check_statement(STATEMENT, file="x") == []


@pytest.mark.parametrize("gap_cents", [1, -1])
def test_one_cent_off_is_an_error_with_its_figures(gap_cents: int) -> None:
    wrong = replace(STATEMENT, closing_cents=1_350_50 + gap_cents)
    (finding,) = check_statement(wrong, file="octobre.xml")
    message = finding.message.replace("\u00a0", " ")
    assert (finding.code, finding.severity) == ("unbalanced_statement", Severity.ERROR)
    assert "100,00 € + écritures 1 250,50 € = 1 350,50 €" in message
    assert "du 01/10/2026 au 31/10/2026" in message
    assert finding.place() == "octobre.xml"


def test_without_balances_there_is_nothing_to_add_up() -> None:
    bare = replace(STATEMENT, opening_cents=None, closing_cents=None)
    assert check_statement(bare, file="x") == []


def test_iban_with_a_wrong_key_is_flagged_and_another_number_is_not() -> None:
    wrong = replace(STATEMENT, iban="FR7630006000011234567890188")
    assert [f.code for f in check_statement(wrong, file="x")] == ["bad_iban"]
    assert check_statement(replace(STATEMENT, iban="COMPTE 12"), file="x") == []


def test_entries_in_another_currency_are_one_finding() -> None:
    foreign = [Entry(DAY, 0, "X", place=n, extra={"currency": "CHF"}) for n in (3, 4)]
    statement = replace(STATEMENT, entries=(*STATEMENT.entries, *foreign))
    (finding,) = check_statement(statement, file="x")
    assert (finding.code, finding.value) == ("entry_currency", "CHF")
    assert "2 écriture(s)" in finding.message
    assert "n°\u00a03" in finding.message


@pytest.mark.parametrize(
    ("reference", "kept"),
    [("R1", "R1"), ("NOTPROVIDED", ""), ("notprovided", ""), ("NONREF", ""), ("0000", ""),
     ("00 00", ""), ("", ""), ("0001", "0001"), ("NOTPROVIDED1", "NOTPROVIDED1")],
)  # fmt: skip
def test_words_for_no_reference_are_none(reference: str, kept: str) -> None:
    assert given(reference) == kept
