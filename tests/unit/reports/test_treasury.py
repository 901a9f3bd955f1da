from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from tests.unit import frames
from tests.unit.frames import MAIN_IBAN
from workbench.domain.findings import Severity
from workbench.reports import treasury
from workbench.reports.arrears import dues_as_of
from workbench.reports.bank_reconciliation import reconcile_bank
from workbench.reports.treasury import ControlLine

END = date(2026, 10, 31)
STATEMENT = {
    "opened_on": date(2026, 10, 1), "closed_on": END, "opening_cents": 0, "closing_cents": 70_00,
    "credits_cents": 70_00,
}  # fmt: skip
ACCOUNTS = frames.accounts(
    {"account_id": "A1"}, {"account_id": "A2"}, {"account_id": "F1", "kind": "supplier"}
)


def lines(
    *,
    movements: pd.DataFrame,
    dues: pd.DataFrame,
    allocations: pd.DataFrame,
    receipts: pd.DataFrame | None = None,
    kind: str = "coownership",
) -> dict[str, ControlLine]:
    bank = reconcile_bank(frames.statements(STATEMENT), movements, iban=MAIN_IBAN, as_of=END)
    found = treasury.control(
        [bank],
        dues=dues_as_of(dues, allocations, as_of=END),
        allocations=allocations,
        accounts=ACCOUNTS,
        suspense=treasury.waiting(movements, as_of=END),
        receipts=frames.receipts() if receipts is None else receipts,
        building_kind=kind,
        as_of=END,
    )
    return {f"{line.account} {line.label}": line for line in found}


def office(**values: Any) -> dict[str, ControlLine]:
    return lines(
        movements=frames.movements(
            {"amount_cents": 50_00, "open_cents": 0, "status": "matched", "booked_on": END},
            {"amount_cents": 20_00, "booked_on": END},
        ),
        dues=frames.dues(
            {"due_id": "D1", "amount_cents": 80_00, "due_on": END},
            {"due_id": "D2", "amount_cents": -5_00, "due_on": END, "account_id": "A2"},
            {"due_id": "I1", "amount_cents": -9_00, "due_on": END, "account_id": "F1"},
        ),
        allocations=frames.allocations(
            {"due_id": "D1", "amount_cents": 50_00, "effective_on": END, **values}
        ),
    )


def test_each_balance_is_proven_by_its_lines() -> None:
    found = office()
    assert {name: (line.books_cents, line.gap_cents) for name, line in found.items()} == {
        "512 Banque": (50_00, 0),
        "450 Copropriétaires débiteurs": (30_00, 0),
        "450 Copropriétaires créditeurs": (-5_00, 0),
        "401 Fournisseurs": (-9_00, 0),
        "47 Sommes en attente, hors 512": (20_00, 0),
    }
    assert found["450 Copropriétaires débiteurs"].proof == "1 compte"


CHEQUES = (
    {"item_id": 1, "amount_cents": 30_00, "received_on": date(2026, 10, 20)},
    {"item_id": 2, "amount_cents": 20_00, "open_cents": 7, "received_on": date(2026, 10, 21),
     "set_aside": "card_fee"},
    {"item_id": 3, "amount_cents": 9_00, "received_on": date(2026, 10, 31)},
    {"item_id": 4, "amount_cents": 8_00, "received_on": date(2026, 11, 1)},
    {"item_id": 5, "kind": "receipt", "amount_cents": -30_00, "received_on": date(2026, 10, 20)},
)  # fmt: skip
CREDITED = (
    {"debit_item": 1, "amount_cents": 30_00, "effective_on": date(2026, 10, 28),
     "receipt_side": "deposit"},
    {"debit_item": 2, "amount_cents": 19_93, "effective_on": date(2026, 10, 29),
     "receipt_side": "deposit"},
)  # fmt: skip


@pytest.mark.parametrize(
    ("day", "left"),
    [(19, []), (20, [30_00]), (27, [30_00, 20_00]), (28, [20_00]), (30, []), (31, [9_00])],
)
def test_a_receipt_is_in_hand_until_the_bank_credits_it(day: int, left: list[int]) -> None:
    found = treasury.in_hand(
        frames.receipts(*CHEQUES), frames.allocations(*CREDITED), as_of=date(2026, 10, day)
    )
    assert list(found["left_cents"]) == left


def test_receipts_to_be_credited_have_a_line_of_their_own() -> None:
    found = lines(
        movements=frames.movements(), dues=frames.dues(),
        allocations=frames.allocations(*CREDITED), receipts=frames.receipts(*CHEQUES),
    )["5112 Chèques et cartes à créditer"]  # fmt: skip
    assert (found.books_cents, found.gap_cents, found.warned) == (9_00, 0, False)
    assert found.proof == "1 encaissement, le plus ancien du 31/10/2026"


@pytest.mark.parametrize(("received", "warned"), [(date(2026, 10, 1), False),
                                                 (date(2026, 9, 30), True)])  # fmt: skip
def test_a_receipt_that_no_bank_credits_is_warned_of(received: date, warned: bool) -> None:
    late = frames.receipts({"amount_cents": 1_00, "received_on": received})
    found = lines(
        movements=frames.movements(), dues=frames.dues(), allocations=frames.allocations(),
        receipts=late,
    )  # fmt: skip
    assert found["5112 Chèques et cartes à créditer"].warned is warned


def test_money_settled_on_another_account_than_its_due_shows() -> None:
    found = office(account_id="A2")
    assert found["450 Copropriétaires débiteurs"].gap_cents == 50_00


def test_a_rental_building_has_tenants() -> None:
    found = lines(
        movements=frames.movements(),
        dues=frames.dues({"due_id": "D1", "amount_cents": 1, "due_on": END}),
        allocations=frames.allocations(),
        kind="rental",
    )
    assert "411 Locataires débiteurs" in found
    assert "411 Locataires créditeurs" not in found
    assert found["512 Banque"].gap_cents == -70_00


@pytest.mark.parametrize(("days", "count"), [(15, 0), (16, 1)])
def test_money_that_waits_is_warned_of_after_fifteen_days(days: int, count: int) -> None:
    moved = {"amount_cents": -20_00, "booked_on": END - timedelta(days=days)}
    waiting = treasury.waiting(frames.movements(moved), as_of=END)
    assert len(waiting) == 1
    found = treasury.suspense_findings(waiting, building_id="B1", as_of=END)
    assert len(found) == count
    for finding in found:
        assert (finding.code, finding.severity) == ("aged_suspense", Severity.WARNING)
        assert "1 mouvement attend" in finding.message
        assert "20,00\u00a0€" in finding.message


def test_what_waits_is_undecided_booked_by_then_and_in_euros() -> None:
    frame = frames.movements(
        {"amount_cents": 1_00, "booked_on": END},
        {"amount_cents": -9_00, "booked_on": END, "status": "proposed"},
        {"amount_cents": 5_00, "open_cents": 3_00, "booked_on": END, "status": "partial"},
        {"amount_cents": 7_00, "booked_on": END, "status": "ignored"},
        {"amount_cents": 7_00, "open_cents": 0, "booked_on": END, "status": "matched"},
        {"amount_cents": 7_00, "booked_on": END + timedelta(days=1)},
        {"amount_cents": 7_00, "booked_on": END, "currency": "CHF"},
    )
    assert list(treasury.waiting(frame, as_of=END)["movement_id"]) == ["M2", "M3", "M1"]


def test_paid_suppliers_take_no_line() -> None:
    invoice = {"due_id": "I1", "amount_cents": -9_00, "due_on": END, "account_id": "F1"}
    paid = {"due_id": "I1", "account_id": "F1", "amount_cents": 9_00, "effective_on": END}
    movements = frames.movements()
    settled = lines(
        movements=movements, dues=frames.dues(invoice), allocations=frames.allocations(paid)
    )
    assert "401 Fournisseurs" not in settled
    owed = lines(movements=movements, dues=frames.dues(invoice), allocations=frames.allocations())
    assert owed["401 Fournisseurs"].proof == "1 facture ouverte"
