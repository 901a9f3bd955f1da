"""Which payment a bank took back: what names it, what only looks like it, what never fits."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from workbench.matching.operations import Operation
from workbench.matching.returns import (
    CHEQUE,
    DEBIT,
    TRANSFER,
    Payment,
    Returned,
    ReturnMatch,
    match_returns,
)

ON = date(2026, 10, 20)
IBAN = "FR7630004000031234567890143"
OTHER = "FR7610107001011234567890129"


def payment(item: int, days: int, **more: Any) -> Payment:
    """A debit of 300 EUR, that many days before the return."""
    given: dict[str, Any] = {
        "items": (item,), "part": 0, "cents_of": (30_000,), "building_id": "B1",
        "on": ON - timedelta(days=days), "money_in": True, "kind": DEBIT,
        "movement_id": f"M{item}",
    }  # fmt: skip
    return Payment(**given | more)


def returned(**more: Any) -> Returned:
    given: dict[str, Any] = {
        "item": 900, "part": 0, "building_id": "B1", "on": ON, "cents": 30_000, "money_in": False,
        "operation": Operation.RETURNED_DEBIT, "reason": "AM04",
        "words": "Prélèvement rejeté : provision insuffisante (AM04)", "label": "REJET PRLV",
    }  # fmt: skip
    return Returned(**given | more)


def sure(found: tuple[ReturnMatch, ...], item: int = 900) -> list[int]:
    return [m.payment.items[0] for m in found if m.returned.item == item and m.sure]


def shown(found: tuple[ReturnMatch, ...], item: int = 900) -> list[int]:
    return [m.payment.items[0] for m in found if m.returned.item == item and not m.sure]


IDENTITIES: list[dict[str, str]] = [
    {"end_to_end_id": "E2E-1"}, {"mandate_id": "RUM1"}, {"iban": IBAN},
]  # fmt: skip


@pytest.mark.parametrize("same", IDENTITIES)
def test_what_names_the_payment_is_enough(same: dict[str, str]) -> None:
    stranger = payment(2, 4, payer="M. NOIR")
    for payments in ([payment(1, 5, **same), stranger], [stranger, payment(1, 5, **same)]):
        found = match_returns([returned(**same)], payments)
        assert sure(found) == [1]
        assert found[0].criteria[0][1] >= 6


@pytest.mark.parametrize(
    "other", [{"end_to_end_id": "E2E-2"}, {"mandate_id": "RUM2"}, {"iban": OTHER}]
)
def test_what_names_another_payment_is_none(other: dict[str, str]) -> None:
    ours = {"end_to_end_id": "E2E-1", "mandate_id": "RUM1", "iban": IBAN}
    assert match_returns([returned(**ours)], [payment(1, 5, **ours | other)]) == ()


def test_the_amount_alone_is_shown_only() -> None:
    found = match_returns([returned()], [payment(1, 5), payment(2, 3)])
    assert sure(found) == []
    assert shown(found) == [2, 1]
    assert "seul le montant" in found[0].differs


@pytest.mark.parametrize(
    ("label", "accepted"),
    [
        ("REJET PRLV M MARTIN PAUL", True), ("REJET PRLV PAUL MARTIN MOTIF AM04", True),
        ("REJET PRLV M MARTIN", False), ("REJET PRLV MME MARTINE PAULIN", False),
    ],
)  # fmt: skip
def test_the_whole_name_is_enough(label: str, accepted: bool) -> None:
    found = match_returns([returned(label=label)], [payment(1, 5, payer="M. Martin Paul")])
    assert bool(sure(found)) is accepted


def test_one_word_of_a_name_is_not_enough() -> None:
    found = match_returns([returned(label="REJET PRLV MARTIN")], [payment(1, 5, payer="MARTIN")])
    assert shown(found) == [1]


@pytest.mark.parametrize(("days", "found"), [(0, True), (62, True), (63, False), (-1, False)])
def test_a_return_comes_after_its_payment_and_in_time(days: int, found: bool) -> None:
    same = {"mandate_id": "RUM1"}
    assert bool(match_returns([returned(**same)], [payment(1, days, **same)])) is found


def test_a_debit_never_authorised_comes_back_for_a_year() -> None:
    same = {"mandate_id": "RUM1"}
    old = [payment(1, 400, **same)]
    assert sure(match_returns([returned(reason="MD01", **same)], old)) == [1]
    assert match_returns([returned(reason="MD06", **same)], old) == ()


def test_of_monthly_debits_the_last_one_is_rejected() -> None:
    same = {"mandate_id": "RUM1"}
    months = [payment(1, 5, **same), payment(2, 36, **same)]
    assert sure(match_returns([returned(**same)], months)) == [1]
    # Asked back by the payer within eight weeks: it can be either.
    assert shown(match_returns([returned(reason="MD06", **same)], months)) == [1, 2]


def test_two_debits_of_the_same_days_wait() -> None:
    same = {"mandate_id": "RUM1"}
    found = match_returns([returned(**same)], [payment(1, 15, **same), payment(2, 5, **same)])
    assert shown(found) == [2, 1]
    assert "2 paiements semblables" in found[0].differs
    # One day more, and the older one is none of these days'.
    found = match_returns([returned(**same)], [payment(1, 16, **same), payment(2, 5, **same)])
    assert sure(found) == [2]


def test_a_payment_is_taken_back_once() -> None:
    same = {"end_to_end_id": "E2E-1"}
    found = match_returns([returned(**same), returned(item=901, **same)], [payment(1, 5, **same)])
    assert sure(found) == [1]
    assert sure(found, 901) == []
    assert shown(found, 901) == []


@pytest.mark.parametrize(
    "more",
    [
        {"building_id": "B2"}, {"cents_of": (30_001,)}, {"money_in": False}, {"kind": TRANSFER},
        {"kind": CHEQUE},
    ],
)  # fmt: skip
def test_what_cannot_be_the_payment(more: dict[str, Any]) -> None:
    same = {"mandate_id": "RUM1"}
    assert match_returns([returned(**same)], [payment(1, 5, **same | more)]) == ()


def test_the_bank_s_own_reference_outweighs_the_rest() -> None:
    one = payment(1, 90, kind=TRANSFER)
    found = match_returns([returned(points_to="M1")], [one, payment(2, 3)])
    assert sure(found) == [1]


@pytest.mark.parametrize(
    ("label", "accepted"),
    [
        ("CHEQUE IMPAYE 0012345", True), ("CHEQUE IMPAYE N 12345", True),
        ("CHEQUE IMPAYE 12346", False), ("CHEQUE IMPAYE", False),
    ],
)  # fmt: skip
def test_an_unpaid_cheque_is_told_by_its_number(label: str, accepted: bool) -> None:
    cheque = payment(1, 12, kind=CHEQUE, number="0012345")
    back = returned(label=label, operation=Operation.RETURNED_CHEQUE, reason="")
    assert bool(sure(match_returns([back], [cheque]))) is accepted


def test_a_cheque_over_two_accounts_comes_back_whole() -> None:
    cheque = payment(1, 12, kind=CHEQUE, number="0012345", items=(1, 2), cents_of=(10_000, 20_000))
    back = returned(label="IMPAYE 12345", operation=Operation.RETURNED_CHEQUE, reason="")
    assert sure(match_returns([back], [cheque])) == [1]
    assert match_returns([replace(back, cents=10_000)], [cheque]) == ()


def test_our_own_transfer_that_came_back() -> None:
    sent = payment(1, 3, kind=TRANSFER, money_in=False, iban=IBAN)
    back = returned(money_in=True, operation=Operation.RETURNED_TRANSFER, iban=IBAN)
    assert sure(match_returns([back], [sent])) == [1]


def test_what_a_person_took_back_is_shown_only() -> None:
    same = {"mandate_id": "RUM1"}
    found = match_returns([returned(**same)], [payment(1, 5, **same)], barred=[900])
    assert shown(found) == [1]
