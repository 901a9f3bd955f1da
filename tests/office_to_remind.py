"""An office with two debtors, and its commands run in this process: what reminders are tested on.

In the co-ownership B1, account 101 owes 300.00 of call C1, sent on 1 February 2026: its simple
reminder is of 5 March, its formal notice of 5 May (April is a month of calls). In the rental B2,
account 201 owes 800.00 of rent since 1 February: reminders of 10 February and 10 March.
"""

import json
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from tests import small_office
from tests.small_office import IBAN_1, IBAN_2
from workbench.cli import main
from workbench.domain.records import Entry
from workbench.ledger.store import open_ledger

D = date
SIMPLE_ON, NOTICE_ON = "2026-03-05", "2026-05-05"
Rows = Sequence[dict[str, Any]]
ADDRESS = {"address": "4 rue Haute", "postcode": "69001", "city": "Lyon"}
TABLES: dict[str, Rows] = {
    "buildings": [
        {"building_id": "B1", "name": "Les Tilleuls", "kind": "coownership",
         "address": "27 rue des Cèdres", "postcode": "69003", "city": "Lyon"},
        {"building_id": "B2", "name": "Le Quai", "kind": "rental",
         "address": "8 quai Nord", "postcode": "69009", "city": "Lyon"},
    ],
    "bank_accounts": [
        {"iban": IBAN_1, "building_id": "B1"}, {"iban": IBAN_2, "building_id": "B2"},
    ],
    "accounts": [
        {"account_id": "101", "building_id": "B1", "holder": "Mme Noé", "kind": "coowner",
         "lots": "5", **ADDRESS},
        {"account_id": "201", "building_id": "B2", "holder": "M. Quai", "kind": "tenant",
         "email": "quai@example.org"},
    ],
    "calls": [{"call_id": "C1", "building_id": "B1", "called_on": D(2026, 1, 20),
               "kind": "works", "sent_on": D(2026, 2, 1)}],
    "dues": [
        {"due_id": "D101", "account_id": "101", "kind": "call", "amount_cents": 30_000,
         "due_on": D(2026, 2, 20), "call_id": "C1", "label": "Appel T1"},
        {"due_id": "D201", "account_id": "201", "kind": "rent", "amount_cents": 80_000,
         "due_on": D(2026, 2, 1), "label": "Loyer février"},
    ],
}  # fmt: skip


def make(url: str, **changed: Rows) -> str:
    """Makes the office in a new ledger, some tables in place of its own; returns the URL."""
    small_office.new_ledger(url)
    with open_ledger(url, create=True) as ledger:
        small_office.store_tables(ledger, **{**TABLES, **changed})
    return url


def with_first(table: str, **values: Any) -> dict[str, Rows]:
    """Returns a table of the office whose first row has other values."""
    first, *others = TABLES[table]
    return {table: [first | values, *others]}


def run(capsys: pytest.CaptureFixture[str], url: str, *arguments: str) -> tuple[int, str, str]:
    """Runs a command; returns its status, output and errors."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main([*arguments, "--ledger", url, "--actor", small_office.ACTOR])
    said = capsys.readouterr()
    return int(stopped.value.code or 0), said.out, said.err


def done(capsys: pytest.CaptureFixture[str], url: str, *arguments: str) -> str:
    """Runs a command that ends well; returns its output."""
    status, out, err = run(capsys, url, *arguments)
    assert status == 0, out + err
    return out


def steps(
    capsys: pytest.CaptureFixture[str], url: str, as_of: str, *options: str
) -> dict[str, dict[str, Any]]:
    """Returns the rows of `reminders --json` by account."""
    _, out, _ = run(capsys, url, "reminders", "--as-of", as_of, "--json", *options)
    said = json.loads(out)
    assert said["as_of"] == as_of
    return {row["account_id"]: row for row in said["reminders"]}


def planned(capsys: pytest.CaptureFixture[str], url: str, as_of: str) -> dict[str, dict[str, Any]]:
    """Returns what a dry run says, by account."""
    return steps(capsys, url, as_of, "--dry-run")


def pay(url: str, due_id: str, cents: int, day: date) -> None:
    """Brings a payment in and links it to a due."""
    with open_ledger(url) as ledger:
        iban = IBAN_1 if due_id.startswith("D1") else IBAN_2
        name = f"paie-{due_id}-{day}"
        entry = Entry(booked_on=day, amount_cents=cents, label=name)
        said = small_office.statement(iban, entry, number=name, opening_cents=None)
        small_office.store_file(ledger, [said], name=name)
    with pytest.raises(SystemExit) as stopped:
        main(["link", f"M-{name}", due_id, "--ledger", url, "--actor", "L. Verane"])
    assert not stopped.value.code
