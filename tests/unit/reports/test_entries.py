"""Entries of small books, where every line can be written by hand."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd
import pytest

from tests.unit import frames
from workbench.domain.chart import DEFAULT_CHART, chart_of
from workbench.reports.entries import COLUMNS, entries
from workbench.reports.entry_items import Books

D = date
END = D(2026, 10, 31)
WORKS_IBAN = "FR7630004099790000019397130"


def books(**given: Any) -> Books:
    """Books of B1 (co-ownership) and R1 (rental), with one account and bank account each."""
    buildings = pd.DataFrame({"building_id": ["B1", "R1"], "kind": ["coownership", "rental"]})
    accounts = pd.DataFrame(
        [
            {"account_id": "A1", "building_id": "B1", "holder": "Mme Noé", "kind": "coowner"},
            {"account_id": "T1", "building_id": "R1", "holder": "M. Aït", "kind": "tenant"},
            {"account_id": "S1", "building_id": "B1", "holder": "Nette SA", "kind": "supplier"},
        ]
    ).assign(trade=["", "", "nettoyage"])
    banks = pd.DataFrame(
        {
            "iban": [frames.MAIN_IBAN, WORKS_IBAN], "building_id": ["B1", "B1"],
            "bank_name": ["BNP", "BNP"], "kind": ["current", "works"],
        }
    )  # fmt: skip
    empty = {
        "dues": frames.dues(), "movements": frames.movements(), "receipts": frames.receipts(),
        "allocations": frames.allocations(), "fee_invoices": invoices(),
    }  # fmt: skip
    known = {"buildings": buildings, "accounts": accounts, "bank_accounts": banks}
    return Books(**{**known, **empty, **given})


def invoices(*rows: Mapping[str, Any]) -> pd.DataFrame:
    defaults = {
        "invoice_id": "F1", "building_id": "B1", "account_id": "A1", "holder": "Mme Noé",
        "amount_cents": 48_00, "supplier_account": "S1", "expense_account": "62200000",
        "validated_on": None, "cancelled_on": None,
    }  # fmt: skip
    frame = pd.DataFrame([{**defaults, **row} for row in rows], columns=list(defaults))
    days = {c: pd.to_datetime(frame[c]).astype("datetime64[s]") for c in defaults if "_on" in c}
    return frame.assign(**days).astype({"amount_cents": "int64"})


def written(made: Books, *, as_of: date = END, **numbers: str) -> list[tuple[Any, ...]]:
    """Returns (day, journal, account, auxiliary, debit or minus credit, document) of each line."""
    frame = entries(made, as_of=as_of, chart=chart_of(numbers))
    assert tuple(frame.columns) == COLUMNS
    net = frame["debit_cents"] - frame["credit_cents"]
    return [
        (day.date(), journal, account, auxiliary, cents, document)
        for day, journal, account, auxiliary, cents, document in zip(
            frame["date"], frame["journal"], frame["account"], frame["auxiliary"], net,
            frame["document"], strict=True,
        )
    ]  # fmt: skip


def letters(made: Books, *, as_of: date = END) -> dict[str, set[str]]:
    """Returns the letters of each document's lines that have one."""
    frame = entries(made, as_of=as_of, chart=DEFAULT_CHART)
    frame = frame[frame["letter"] != ""]
    return {str(name): set(rows) for name, rows in frame.groupby("document")["letter"]}


CALL = {"item_id": 1, "due_id": "D1", "amount_cents": 300_00, "due_on": D(2026, 10, 1)}
PAYMENT = {"item_id": 2, "movement_id": "M2", "amount_cents": 300_00, "booked_on": D(2026, 10, 5)}
PAID = {
    "credit_item": 2, "debit_item": 1, "amount_cents": 300_00, "effective_on": D(2026, 10, 5),
    "due_id": "D1", "movement_id": "M2",
}  # fmt: skip


def test_empty_books_have_no_entry() -> None:
    frame = entries(books(), as_of=END, chart=DEFAULT_CHART)
    assert len(frame) == 0
    assert tuple(frame.columns) == COLUMNS


def test_a_call_is_entered_on_the_day_it_is_issued() -> None:
    call = frames.dues({**CALL, "issued_on": D(2026, 9, 20)})
    assert written(books(dues=call), as_of=D(2026, 9, 19)) == []
    assert written(books(dues=call), as_of=D(2026, 9, 20)) == [
        (D(2026, 9, 20), "AF", "4501", "A1", 300_00, "D1"),
        (D(2026, 9, 20), "AF", "701", "", -300_00, "D1"),
    ]


def test_a_payment_recognised_on_its_day_is_one_entry_and_letters_the_call() -> None:
    made = books(
        dues=frames.dues(CALL),
        movements=frames.movements(PAYMENT),
        allocations=frames.allocations(PAID),
    )
    assert written(made)[2:] == [
        (D(2026, 10, 5), "BQ", "5121", frames.MAIN_IBAN, 300_00, "M2"),
        (D(2026, 10, 5), "BQ", "4501", "A1", -300_00, "M2"),
    ]
    assert letters(made) == {"D1": {"AA"}, "M2": {"AA"}}
    assert letters(made, as_of=D(2026, 10, 4)) == {}


def test_what_nobody_identified_waits_on_47_and_leaves_it_on_the_day_of_the_decision() -> None:
    later = {**PAID, "amount_cents": 200_00, "effective_on": D(2026, 10, 9)}
    made = books(
        dues=frames.dues(CALL),
        movements=frames.movements(PAYMENT),
        allocations=frames.allocations(later),
    )
    assert written(made)[2:] == [
        (D(2026, 10, 5), "BQ", "5121", frames.MAIN_IBAN, 300_00, "M2"),
        (D(2026, 10, 5), "BQ", "472", "", -300_00, "M2"),
        (D(2026, 10, 9), "OD", "472", "", 200_00, "M2"),
        (D(2026, 10, 9), "OD", "4501", "A1", -200_00, "M2"),
    ]
    assert letters(made) == {}


@pytest.mark.parametrize("state", ["proposed", "reversed"])
def test_a_link_that_never_counted_enters_nothing(state: str) -> None:
    undone = {**PAID, "state": state, "reversed_on": PAID["effective_on"]}
    made = books(
        dues=frames.dues(CALL),
        movements=frames.movements(PAYMENT),
        allocations=frames.allocations(undone),
    )
    assert [line[2] for line in written(made)] == ["4501", "701", "5121", "472"]


def test_a_payment_sent_back_opens_the_due_again_on_that_day_alone() -> None:
    sent_back = {
        "item_id": 3, "movement_id": "M3", "amount_cents": -300_00, "booked_on": D(2026, 10, 12),
    }  # fmt: skip
    reversed_link = {**PAID, "state": "reversed", "reversed_on": D(2026, 10, 12)}
    pair = {
        "credit_item": 2, "debit_item": 3, "amount_cents": 300_00,
        "effective_on": D(2026, 10, 12), "movement_id": "M2",
    }  # fmt: skip
    made = books(
        dues=frames.dues(CALL),
        movements=frames.movements(PAYMENT, sent_back),
        allocations=frames.allocations(reversed_link, pair),
    )
    assert written(made)[2:] == [
        (D(2026, 10, 5), "BQ", "5121", frames.MAIN_IBAN, 300_00, "M2"),
        (D(2026, 10, 5), "BQ", "4501", "A1", -300_00, "M2"),
        (D(2026, 10, 12), "BQ", "4501", "A1", 300_00, "M3"),
        (D(2026, 10, 12), "BQ", "5121", frames.MAIN_IBAN, -300_00, "M3"),
    ]
    assert letters(made) == {}, "the due is open again"


def test_a_transfer_inside_the_building_goes_over_58() -> None:
    out = {"item_id": 4, "movement_id": "M4", "amount_cents": -50_00, "booked_on": D(2026, 10, 2)}
    into = {
        "item_id": 5, "movement_id": "M5", "amount_cents": 50_00, "booked_on": D(2026, 10, 2),
        "iban": WORKS_IBAN,
    }  # fmt: skip
    pair = {
        "credit_item": 5, "debit_item": 4, "amount_cents": 50_00, "effective_on": D(2026, 10, 2),
    }  # fmt: skip
    made = books(movements=frames.movements(out, into), allocations=frames.allocations(pair))
    assert written(made) == [
        (D(2026, 10, 2), "BQ", "580", "", 50_00, "M4"),
        (D(2026, 10, 2), "BQ", "5121", frames.MAIN_IBAN, -50_00, "M4"),
        (D(2026, 10, 2), "BT", "5122", WORKS_IBAN, 50_00, "M5"),
        (D(2026, 10, 2), "BT", "580", "", -50_00, "M5"),
    ]


def test_a_bank_fee_is_an_expense_and_nothing_else_set_aside_is() -> None:
    fee = {"item_id": 6, "movement_id": "M6", "amount_cents": -12_50, "booked_on": D(2026, 10, 30)}
    set_aside = {**fee, "set_aside": "bank_fee"}
    other = {**fee, "set_aside": "other"}
    assert [(line[2], line[4]) for line in written(books(movements=frames.movements(set_aside)))] \
        == [("662", 12_50), ("5121", -12_50)]  # fmt: skip
    assert [line[2] for line in written(books(movements=frames.movements(other)))] == [
        "471", "5121",
    ]  # fmt: skip


def test_a_supplier_s_invoice_and_its_payment() -> None:
    invoice = {
        "item_id": 7, "due_id": "F7", "account_id": "S1", "kind": "invoice",
        "amount_cents": -120_00, "due_on": D(2026, 10, 3),
    }  # fmt: skip
    out = {"item_id": 8, "movement_id": "M8", "amount_cents": -120_00, "booked_on": D(2026, 10, 8)}
    link = {"credit_item": 7, "debit_item": 8, "amount_cents": 120_00,
            "effective_on": D(2026, 10, 8)}  # fmt: skip
    made = books(
        dues=frames.dues(invoice),
        movements=frames.movements(out),
        allocations=frames.allocations(link),
    )
    assert [line[1:5] for line in written(made)] == [
        ("AC", "611", "", 120_00), ("AC", "401", "S1", -120_00),
        ("BQ", "401", "S1", 120_00), ("BQ", "5121", frames.MAIN_IBAN, -120_00),
    ]  # fmt: skip


def test_a_cheque_credits_its_payer_on_receipt_and_5112_until_the_bank_credits_it() -> None:
    common = {"receipt_id": "CH1", "received_on": D(2026, 10, 3)}
    deposit = {"item_id": 10, "amount_cents": 300_00, **common}
    receipt = {"item_id": 11, "kind": "receipt", "account_id": "A1", "amount_cents": -300_00,
               **common}  # fmt: skip
    bank = {**PAYMENT, "booked_on": D(2026, 10, 6)}
    on_receipt = {"credit_item": 11, "debit_item": 1, "amount_cents": 300_00,
                  "effective_on": D(2026, 10, 3)}  # fmt: skip
    credited = {"credit_item": 2, "debit_item": 10, "amount_cents": 300_00,
                "effective_on": D(2026, 10, 6)}  # fmt: skip
    made = books(
        dues=frames.dues(CALL),
        receipts=frames.receipts(deposit, receipt),
        movements=frames.movements(bank),
        allocations=frames.allocations(on_receipt, credited),
    )
    assert [line[:5] for line in written(made)][2:] == [
        (D(2026, 10, 3), "EN", "5112", "", 300_00), (D(2026, 10, 3), "EN", "4501", "A1", -300_00),
        (D(2026, 10, 6), "BQ", "5121", frames.MAIN_IBAN, 300_00),
        (D(2026, 10, 6), "BQ", "5112", "", -300_00),
    ]  # fmt: skip
    assert letters(made) == {"D1": {"AA"}, "CH1": {"AA"}, "M2": {"AA"}}


def test_what_the_bank_kept_of_a_deposit_is_its_fee_on_the_day_it_credited_it() -> None:
    deposit = {
        "item_id": 10, "receipt_id": "CB1", "receipt_kind": "card", "amount_cents": 300_00,
        "open_cents": 1_05, "received_on": D(2026, 10, 3), "set_aside": "bank_fee",
    }  # fmt: skip
    bank = {**PAYMENT, "amount_cents": 298_95, "booked_on": D(2026, 10, 6)}
    credited = {"credit_item": 2, "debit_item": 10, "amount_cents": 298_95,
                "effective_on": D(2026, 10, 6)}  # fmt: skip
    made = books(
        receipts=frames.receipts(deposit),
        movements=frames.movements(bank),
        allocations=frames.allocations(credited),
    )
    lines = [line[:5] for line in written(made)]
    # Nobody knows whose card it was: its money waits on 47.
    assert lines[:2] == [
        (D(2026, 10, 3), "EN", "5112", "", 300_00), (D(2026, 10, 3), "EN", "472", "", -300_00),
    ]  # fmt: skip
    assert lines[2:] == [
        (D(2026, 10, 6), "BQ", "5121", frames.MAIN_IBAN, 298_95),
        (D(2026, 10, 6), "BQ", "662", "", 1_05),
        (D(2026, 10, 6), "BQ", "5112", "", -300_00),
    ]


def test_money_kept_for_an_account_is_the_holder_s() -> None:
    common = {"receipt_kind": "on_account", "receipt_id": "M2", "received_on": D(2026, 10, 5)}
    kept = {"item_id": 11, "kind": "receipt", "account_id": "A1", "amount_cents": -300_00, **common}
    side = {"item_id": 12, "amount_cents": 300_00, **common}
    link = {"credit_item": 2, "debit_item": 12, "amount_cents": 300_00,
            "effective_on": D(2026, 10, 5)}  # fmt: skip
    made = books(
        receipts=frames.receipts(kept, side),
        movements=frames.movements(PAYMENT),
        allocations=frames.allocations(link),
    )
    totals: dict[str, int] = {}
    for line in written(made):
        totals[line[2]] = totals.get(line[2], 0) + line[4]
    assert totals == {"5121": 300_00, "472": 0, "4501": -300_00}


def test_a_discount_against_works_moves_between_the_holder_s_accounts() -> None:
    works = {**CALL, "kind": "works_call"}
    discount = {"item_id": 9, "due_id": "R9", "kind": "discount", "amount_cents": -20_00,
                "due_on": D(2026, 10, 2)}  # fmt: skip
    link = {"credit_item": 9, "debit_item": 1, "amount_cents": 20_00,
            "effective_on": D(2026, 10, 7)}  # fmt: skip
    made = books(dues=frames.dues(works, discount), allocations=frames.allocations(link))
    assert [line[:5] for line in written(made)][4:] == [
        (D(2026, 10, 7), "OD", "4501", "A1", 20_00), (D(2026, 10, 7), "OD", "4502", "A1", -20_00),
    ]  # fmt: skip
    same = books(
        dues=frames.dues(CALL, {**discount, "amount_cents": -300_00}),
        allocations=frames.allocations({**link, "amount_cents": 300_00}),
    )
    assert len(written(same)) == 4, "on one account the link is lettering alone"
    assert letters(same) == {"D1": {"AA"}, "R9": {"AA"}}


def test_a_rented_building_has_its_own_journal_and_accounts() -> None:
    rent = {**CALL, "building_id": "R1", "account_id": "T1", "kind": "rent"}
    assert [line[1:5] for line in written(books(dues=frames.dues(rent)))] == [
        ("QT", "411", "T1", 300_00), ("QT", "706", "", -300_00),
    ]  # fmt: skip


def test_other_currencies_and_unknown_bank_accounts_are_left_out() -> None:
    foreign = {**PAYMENT, "currency": "USD"}
    unknown = {**PAYMENT, "item_id": 3, "building_id": ""}
    assert written(books(movements=frames.movements(foreign, unknown))) == []


def test_a_validated_fee_invoice_is_entered_and_a_cancelled_one_taken_back() -> None:
    made = books(fee_invoices=invoices({}, {"validated_on": D(2026, 10, 5)}))
    assert written(made) == [
        (D(2026, 10, 5), "AC", "62200000", "", 48_00, "F1"),
        (D(2026, 10, 5), "AC", "401", "S1", -48_00, "F1"),
    ]
    days = {"validated_on": D(2026, 10, 5), "cancelled_on": D(2026, 10, 9)}
    undone = books(
        fee_invoices=invoices({**days, "supplier_account": "40900", "expense_account": ""})
    )
    assert written(undone, fee_expense="6223") == [
        (D(2026, 10, 5), "AC", "6223", "", 48_00, "F1"),
        (D(2026, 10, 5), "AC", "40900", "", -48_00, "F1"),
        (D(2026, 10, 9), "OD", "40900", "", 48_00, "F1"),
        (D(2026, 10, 9), "OD", "6223", "", -48_00, "F1"),
    ]


def test_lines_say_what_and_who_in_one_line() -> None:
    hostile = {**PAYMENT, "label": "LOYER\t\n=1+1  " + "x" * 200, "counterparty": "NOE"}
    frame = entries(books(movements=frames.movements(hostile)), as_of=END, chart=DEFAULT_CHART)
    assert frame["label"].str.len().max() == 120
    assert frame["label"].iloc[0].startswith("NOE LOYER =1+1 xx")
    assert frame["account_title"].tolist() == [
        "Banque, compte courant", "Compte d’attente, encaissements",
    ]  # fmt: skip
    assert frame["auxiliary_name"].tolist() == ["BNP", ""]
