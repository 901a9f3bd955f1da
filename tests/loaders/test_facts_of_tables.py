"""Real tables and workbooks, of no bank we know: read by a profile an office would write."""

import json
from pathlib import Path

import pytest

from workbench.domain.records import BankStatement, StatementKind
from workbench.loaders.profiles import built_in, parse_profile
from workbench.loaders.registry import read_statements
from workbench.loaders.statement import check_statement

SEPARATED = """
name = "Export en anglais"
header = ["Date", "Operation Number", "Label", "Debit", "Credit", "Detail"]
[columns]
booked_on = "Date"
debit = "Debit"
credit = "Credit"
label = ["Label", "Detail"]
reference = "Operation Number"
[preamble]
account = 'account number : (\\d+)'
closing = '^balance at end of period;+([^;]+)'
opened_on = 'start date : ([\\d/]+)'
[footer]
opening = '^balance at start of period;+([^;]+)'
"""
AMERICAN = """
name = "Export américain"
header = ["Date", "Label", "Debit", "Credit", "Balance", "Partner Name", "Bank Account"]
date_order = "month"
debit_sign = "either"
[columns]
booked_on = "Date"
debit = "Debit"
credit = "Credit"
label = ["Label"]
counterparty = "Partner Name"
counterparty_iban = "Bank Account"
"""
CURRENCIES = """
name = "Export avec devises"
header = ["Date", "Label", "Currency", "Amount"]
[columns]
booked_on = "Date"
amount = "Amount"
label = ["Label"]
currency = "Currency"
counterparty = "Partner Name"
"""


def read(samples: Path, name: str, profile: str) -> tuple[str, BankStatement]:
    own = parse_profile(profile, id="cabinet", file="cabinet.toml")
    file = read_statements(samples / name, profiles=(own, *built_in()))
    (statement,) = file.statements
    return file.format, statement


def lines_of_table(samples: Path, name: str) -> int:
    """Returns the fact `lines` of the table beside the files."""
    page = (samples / "PROVENANCE.md").read_text(encoding="utf-8")
    row = next(line for line in page.splitlines() if line.startswith(f"| {name} "))
    return int(json.loads(row.strip("| ").rpartition("|")[2].strip(" `"))["lines"])


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_lines_above_and_below_the_rows(samples: Path, ending: str) -> None:
    name = f"{ending}/bank-statement-import__meta_data_separated_credit_debit.{ending}"
    told, statement = read(samples, name, SEPARATED)
    assert told == f"{ending}-cabinet"
    assert (statement.iban, statement.kind) == ("08088804068", StatementKind.STATEMENT)
    assert (statement.opening_cents, statement.closing_cents) == (3000077, 3107011)
    assert [entry.amount_cents for entry in statement.entries] == [-5000, -10000, -8068, 130000]
    first = statement.entries[0]
    assert (first.label, first.bank_reference, first.place) == (
        "LABEL 1 DETAILS 1",
        "UNIQUE OP 1",
        6,
    )
    # The bank's own figures are two cents apart.
    (finding,) = check_statement(statement, file=name)
    assert (finding.code, finding.value) == ("unbalanced_statement", "0,02\u00a0€")
    if ending == "csv":
        # Four lines above, the header, and the balance below.
        assert lines_of_table(samples, name) == len(statement.entries) + 6


def test_debits_without_a_rule_for_their_sign(samples: Path) -> None:
    name = "csv/bank-statement-import__debit_credit_amount.csv"
    _, statement = read(samples, name, AMERICAN)
    assert lines_of_table(samples, name) == len(statement.entries) + 1
    assert [entry.amount_cents for entry in statement.entries] == [2000, -1350, -3350, -150000]
    assert {entry.booked_on.isoformat() for entry in statement.entries} == {"2018-12-15"}
    assert statement.entries[0].counterparty_iban == "123456789"


def test_dates_and_numbers_of_a_sheet(samples: Path) -> None:
    name = "xlsx/bank-statement-import__sample_statement_en.xlsx"
    _, statement = read(samples, name, CURRENCIES)
    assert [
        (e.booked_on.isoformat(), e.amount_cents, e.counterparty, e.extra)
        for e in statement.entries
    ] == [
        ("2018-12-15", -3350, "John Doe", {"currency": "USD"}),
        ("2018-12-15", 152500, "Azure Interior", {}),
    ]
