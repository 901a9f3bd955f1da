from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest

from tests.unit import frames
from tests.unit.frames import MAIN_IBAN
from workbench.reports.bank_reconciliation import BankReconciliation, reconcile_bank

END = date(2026, 10, 31)
# 1 000.00 at the start, 300.00 in, 50.00 out.
OCTOBER = {
    "number": "44", "opened_on": date(2026, 10, 1), "closed_on": END, "opening_cents": 1000_00,
    "closing_cents": 1250_00, "credits_cents": 300_00, "debits_cents": -50_00,
}  # fmt: skip


def moved(amount_cents: int, **values: Any) -> dict[str, Any]:
    return {"amount_cents": amount_cents, "booked_on": date(2026, 10, 12), **values}


def matched(amount_cents: int, **values: Any) -> dict[str, Any]:
    return moved(amount_cents, open_cents=0, status="matched", **values)


def reconciled(
    *movements: dict[str, Any],
    statements: Sequence[Mapping[str, Any]] = (OCTOBER,),
    as_of: date = END,
) -> BankReconciliation:
    return reconcile_bank(
        frames.statements(*statements), frames.movements(*movements), iban=MAIN_IBAN, as_of=as_of
    )


def test_everything_decided_leaves_nothing_between_bank_and_books() -> None:
    each = reconciled(matched(300_00), matched(-50_00))
    assert (each.bank_cents, each.book_cents, each.gap_cents) == (1250_00, 1250_00, 0)
    assert len(each.book_items) == len(each.bank_items) == len(each.explanations) == 0
    assert (each.statement_number, each.statement_on) == ("44", END)


def test_what_no_decision_holds_is_an_item_of_the_books() -> None:
    each = reconciled(
        moved(200_00, counterparty="Agence du Parc"),
        moved(100_00, open_cents=40_00, status="partial", counterparty="SCI Nord"),
        moved(-50_00, status="ignored", set_aside="bank_fee", label="FRAIS"),
    )
    assert each.book_cents == 1000_00 + 60_00
    assert list(zip(each.book_items["words"], each.book_items["amount_cents"], strict=True)) == [
        ("Agence du Parc, à identifier", 200_00),
        ("Frais bancaires à saisir : FRAIS", -50_00),
        ("SCI Nord, reste à affecter", 40_00),
    ]
    assert (each.adjusted_book_cents, each.gap_cents) == (1250_00, 0)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"status": "proposed"}, "VIR SEPA RECU, proposé, à valider"),
        ({"return_reason": "AM04", "counterparty": "Garrabet"}, "Rejet AM04 : Garrabet"),
        (
            {"status": "ignored", "set_aside": "bank_error", "set_aside_words": "erreur"},
            "Écarté, erreur : VIR SEPA RECU",
        ),
    ],
)
def test_an_item_says_why_it_is_one(values: dict[str, str], words: str) -> None:
    assert reconciled(moved(300_00, **values)).book_items["words"][0] == words


def test_a_movement_of_the_next_day_is_not_in_this_month() -> None:
    late = moved(9_00, booked_on=date(2026, 11, 1), statement_id=2)
    each = reconciled(matched(300_00), matched(-50_00), late)
    assert (each.adjusted_bank_cents, each.adjusted_book_cents) == (1250_00, 1250_00)


def test_a_statement_closed_on_the_day_counts_and_one_of_the_day_after_does_not() -> None:
    after = {
        **OCTOBER, "number": "45", "opened_on": END, "closed_on": date(2026, 11, 1),
        "opening_cents": 1250_00, "closing_cents": 9_00,
    }  # fmt: skip
    each = reconciled(matched(300_00), matched(-50_00), statements=(OCTOBER, after))
    assert each.statement_number == "44"
    each = reconciled(statements=(OCTOBER, after), as_of=date(2026, 11, 1))
    assert each.statement_number == "45"


def test_what_the_bank_booked_after_its_last_balance_is_an_item_of_the_bank() -> None:
    # The month ends inside the next statement, which is not closed on that day.
    late = matched(70_00, booked_on=date(2026, 11, 3), statement_id=2)
    each = reconciled(matched(300_00), matched(-50_00), late, as_of=date(2026, 11, 5))
    assert list(each.bank_items["amount_cents"]) == [70_00]
    assert (each.adjusted_bank_cents, each.adjusted_book_cents) == (1320_00, 1320_00)


def test_a_hole_in_the_chain_stays_a_gap_and_is_explained() -> None:
    start = {
        **OCTOBER, "number": "43", "opened_on": date(2026, 9, 1), "closed_on": date(2026, 9, 30),
        "opening_cents": 500_00, "closing_cents": 500_00, "credits_cents": 0, "debits_cents": 0,
    }  # fmt: skip
    rows = [matched(300_00, statement_id=2), matched(-50_00, statement_id=2)]
    each = reconciled(*rows, statements=(start, OCTOBER))
    assert (each.book_cents, each.gap_cents) == (750_00, 500_00)
    assert list(each.explanations["amount_cents"]) == [500_00]
    assert each.explanations["words"][0].startswith("Manque avant le relevé 44")


def test_a_statement_that_does_not_add_up_is_a_gap_and_is_explained() -> None:
    wrong = {**OCTOBER, "closing_cents": 1250_01}
    each = reconciled(matched(300_00), matched(-50_00), statements=(wrong,))
    assert each.gap_cents == 1
    assert list(each.explanations["amount_cents"]) == [1]
    assert "ne tombe pas juste" in each.explanations["words"][0]


def test_a_gap_that_the_chain_does_not_explain_is_said() -> None:
    each = reconciled(matched(300_00))
    assert each.gap_cents == -50_00
    assert list(each.explanations["words"]) == ["Non expliqué par la suite des relevés"]


def test_without_a_balance_there_is_no_bank_side() -> None:
    bare = {**OCTOBER, "opening_cents": None, "closing_cents": None}
    each = reconciled(matched(300_00), moved(5_00), statements=(bare,))
    assert each.bank_cents is each.gap_cents is each.adjusted_bank_cents is None
    assert each.statement_on is None
    assert (each.book_cents, each.adjusted_book_cents) == (300_00, 305_00)


def test_what_came_before_the_first_balance_is_inside_it() -> None:
    before = moved(80_00, booked_on=date(2026, 9, 30), statement_id=7)
    each = reconciled(matched(300_00), matched(-50_00), before)
    assert each.gap_cents == 0
    on_the_day = moved(80_00, booked_on=date(2026, 10, 1), statement_id=7)
    assert reconciled(matched(300_00), matched(-50_00), on_the_day).gap_cents == -80_00


def test_other_currencies_and_other_accounts_stay_apart() -> None:
    each = reconciled(
        matched(300_00),
        matched(-50_00),
        moved(77_00, currency="CHF"),
        moved(88_00, iban="FR00OTHER"),
    )
    assert each.gap_cents == 0
    assert list(each.foreign_items["currency"]) == ["CHF"]
    assert list(each.foreign_items["amount_cents"]) == [77_00]


@pytest.mark.parametrize(("day", "listed"), [(date(2026, 9, 30), False), (date(2026, 10, 1), True)])
def test_a_bank_fee_is_to_enter_in_its_own_month_only(day: date, *, listed: bool) -> None:
    fee = moved(-50_00, status="ignored", set_aside="bank_fee", label="FRAIS", booked_on=day)
    statement = OCTOBER | {"opened_on": date(2026, 9, 1)}
    each = reconciled(matched(300_00), fee, statements=[statement])
    assert len(each.book_items) == listed
    assert each.book_cents == (1300_00 if listed else 1250_00)
    assert each.gap_cents == 0
