"""The tables are the contract's, and every key in one is found in the other."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

# CONTRACT, tables of a portfolio folder: required columns.
REQUIRED = {
    "buildings": "building_id name kind",
    "bank_accounts": "iban building_id",
    "accounts": "account_id building_id holder kind",
    "dues": "due_id account_id kind amount due_on",
    "calls": "call_id building_id called_on",
    "deliveries": "call_id account_id status",
    "fee_schedule": "building_id service price",
    "indexations": "account_id from old_amount new_amount",
    "budgets": "account_id planned_on amount",
    "cheques": "cheque_id received_on amount drawer drawee_bank building_id",
    "card_receipts": "transaction_id at amount status account_id building_id",
    "suppliers": "supplier_id name trade",
    "reminder_types": "type order",
    "reminders_sent": "account_id kind sent_on",
    "plans": "account_id started_on months amount",
    "procedures": "account_id kind started_on",
    "snoozes": "building_id from until",
}
KINDS = {
    "call",
    "works_call",
    "rent",
    "charges",
    "adjustment",
    "deposit",
    "invoice",
    "discount",
    "refund",
    "fee",
    "other",
}


@pytest.fixture(scope="module")
def tables(folder: Path) -> dict[str, list[dict[str, str]]]:
    read = {}
    for name in REQUIRED:
        with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            read[name] = list(csv.DictReader(file))
    return read


Tables = dict[str, list[dict[str, str]]]


@pytest.mark.parametrize("name", REQUIRED)
def test_every_table_has_rows_and_its_required_cells(tables: Tables, name: str) -> None:
    assert tables[name]
    for row in tables[name]:
        assert all(row[column] for column in REQUIRED[name].split()), row
        assert None not in row
        assert None not in row.values()


def test_nothing_else_is_in_the_folder(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {f"{n}.csv" for n in REQUIRED} | {
        "statements"
    }


def test_keys_are_unique(tables: Tables) -> None:
    for name, key in (
        ("buildings", "building_id"), ("bank_accounts", "iban"), ("accounts", "account_id"),
        ("dues", "due_id"), ("calls", "call_id"), ("suppliers", "supplier_id"),
        ("cheques", "cheque_id"), ("card_receipts", "transaction_id"),
    ):  # fmt: skip
        assert max(Counter(row[key] for row in tables[name]).values()) == 1, name
    sent = Counter((row["call_id"], row["account_id"]) for row in tables["deliveries"])
    assert max(sent.values()) == 1


def test_keys_are_found(tables: Tables) -> None:
    buildings = {row["building_id"] for row in tables["buildings"]}
    accounts = {row["account_id"] for row in tables["accounts"]}
    calls = {row["call_id"] for row in tables["calls"]}
    for name in ("bank_accounts", "accounts", "calls", "fee_schedule", "reminder_types"):
        assert {row["building_id"] for row in tables[name]} <= buildings, name
    held = ("dues", "deliveries", "indexations", "budgets", "reminders_sent", "plans", "procedures")
    for name in held:
        assert {row["account_id"] for row in tables[name]} <= accounts, name
    assert {row["call_id"] for row in tables["dues"]} - {""} <= calls
    assert {row["call_id"] for row in tables["deliveries"]} == calls
    assert {row["supplier_account"] for row in tables["fee_schedule"]} <= accounts


def test_codes_and_coupons_are_unique_in_a_building_and_codes_are_shared(tables: Tables) -> None:
    codes = Counter((row["building_id"], row["code"]) for row in tables["accounts"])
    assert max(codes.values()) == 1
    coupons = Counter(row["coupon_code"] for row in tables["accounts"] if row["coupon_code"])
    assert max(coupons.values()) == 1
    # The same code in several buildings: it names nobody without its building.
    assert sum(row["code"] == "45000007" for row in tables["accounts"]) == 4


def test_values_are_those_of_the_contract(tables: Tables) -> None:
    assert {row["kind"] for row in tables["dues"]} == KINDS
    assert {row["kind"] for row in tables["buildings"]} == {"coownership", "rental"}
    assert {row["kind"] for row in tables["accounts"]} == {"coowner", "tenant", "supplier"}
    assert {row["kind"] for row in tables["bank_accounts"]} == {"current", "works"}
    assert {row["kind"] for row in tables["calls"]} == {"quarterly", "works", "rent"}
    assert {row["payment_mode"] for row in tables["accounts"]} == {
        "transfer", "direct_debit", "cheque", "card",
    }  # fmt: skip
    for row in tables["dues"]:
        whole, _, cents = row["amount"].partition(".")
        assert int(whole) is not None
        assert len(cents) == 2
        date.fromisoformat(row["due_on"])


def test_signs_follow_who_owes(tables: Tables) -> None:
    supplier = {r["account_id"] for r in tables["accounts"] if r["kind"] == "supplier"}
    for row in tables["dues"]:
        ours = row["account_id"] in supplier or row["kind"] in {"discount", "refund"}
        if row["kind"] != "deposit":
            assert row["amount"].startswith("-") == ours, row


def test_the_coming_month_is_known_but_not_the_one_after(tables: Tables) -> None:
    rents = {row["period_start"] for row in tables["dues"] if row["kind"] == "rent"}
    assert max(rents) == "2026-11-01"
    assert max(row["due_on"] for row in tables["dues"] if row["kind"] == "call") == "2026-10-31"
    assert min(row["planned_on"] for row in tables["budgets"]) == "2027-01-01"


def test_reminders_left_by_the_book_before_the_last_month(tables: Tables) -> None:
    sent = tables["reminders_sent"]
    assert {row["kind"] for row in sent} == {"simple", "formal_notice"}
    assert max(row["sent_on"] for row in sent) < "2026-10-01"
    for row in sent:
        is_rental = row["account_id"].startswith("R")
        assert row["sent_on"][-2:] == ("10" if is_rental else "05"), row
        # A month of calls is skipped (E4); so is nothing in a rented building.
        assert is_rental or row["sent_on"][5:7] not in {"01", "04", "07", "10"}, row
        assert row["channel"] == "registered" or row["kind"] == "simple"
        assert is_rental or row["kind"] != "simple" or float(row["amount"]) > 100


def test_nobody_is_reminded_under_a_plan_or_a_procedure(tables: Tables) -> None:
    stopped = {row["account_id"]: row["started_on"] for row in tables["plans"]}
    stopped |= {row["account_id"]: row["started_on"] for row in tables["procedures"]}
    assert len(stopped) == len(tables["plans"]) + len(tables["procedures"])
    reminded = [row for row in tables["reminders_sent"] if row["account_id"] in stopped]
    assert reminded
    assert all(row["sent_on"] < stopped[row["account_id"]] for row in reminded)


def test_a_notice_that_was_charged_was_sent(tables: Tables) -> None:
    noticed = {
        (row["account_id"], row["sent_on"])
        for row in tables["reminders_sent"]
        if row["kind"] == "formal_notice"
    }
    charged = {(r["account_id"], r["due_on"]) for r in tables["dues"] if r["kind"] == "fee"}
    assert charged
    assert charged <= noticed
