"""The small office with cheques, cards and debits: receipts, deposits and returns to test."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from tests import small_office
from tests.small_office import ACTOR, AT, entry, statement
from workbench.domain.records import EntryPart
from workbench.ledger import views
from workbench.ledger.store import Ledger
from workbench.pipeline import reconciling
from workbench.pipeline.recording import ReconcileSummary

END = date(2026, 12, 31)


def cheque(identifier: str, day: int, euros: float, **more: Any) -> dict[str, Any]:
    """A cheque received on that day of October 2026."""
    return {
        "cheque_id": identifier, "received_on": date(2026, 10, day),
        "amount_cents": round(euros * 100), "drawer": "Mme Noé", "drawee_bank": "BNP",
    } | more  # fmt: skip


def card(identifier: str, day: int, euros: float, **more: Any) -> dict[str, Any]:
    """A card payment of that day of October 2026."""
    return {
        "transaction_id": identifier, "at": f"2026-10-{day:02d}T10:00", "status": "ok",
        "amount_cents": round(euros * 100),
    } | more  # fmt: skip


def part(cents: int, account: str, **more: Any) -> EntryPart:
    """A transaction of a batch whose payer quotes the account."""
    given: dict[str, Any] = {"remittance": f"REF {account}", "mandate_id": f"RUM{account}"}
    return EntryPart(amount_cents=cents, **given | more)


def book(
    ledger: Ledger, *entries: Any, name: str = "banque", iban: str = small_office.IBAN_1
) -> None:
    """Brings movements in, named after their labels (`M-…`)."""
    told = statement(iban, *entries, number=name, opening_cents=None)
    small_office.store_file(ledger, [told], name=f"{name}.xml")


def run(ledger: Ledger, *, as_of: date = END) -> ReconcileSummary:
    """Reconciles everything."""
    return reconciling.reconcile(ledger, as_of=as_of, actor="moteur", at=AT)


def left(ledger: Ledger) -> dict[str, int]:
    """Returns what is open, signed, of every movement, due and side of a receipt."""
    found: dict[str, int] = {}
    for frame, name in (
        (views.movements(ledger), "movement_id"),
        (views.dues(ledger), "due_id"),
        (views.receipts(ledger), "name"),
    ):
        found |= dict(zip(frame[name], frame["open_cents"].tolist(), strict=True))
    return found


def status(ledger: Ledger, movement: str) -> str:
    """Returns the status of a movement."""
    frame = views.movements(ledger).set_index("movement_id")
    return str(frame.loc[movement, "status"])


def links(ledger: Ledger, state: str = "accepted") -> list[tuple[str, str, str, int]]:
    """Returns (movement, receipt, due, cents) of every link of a state."""
    frame = views.allocations(ledger)
    frame = frame[frame["state"] == state]
    columns = ("movement_id", "receipt_id", "due_id", "amount_cents")
    return sorted(zip(*(frame[c].tolist() for c in columns), strict=True))


def import_receipts(
    ledger: Ledger,
    *,
    cheques: Sequence[dict[str, Any]] = (),
    cards: Sequence[dict[str, Any]] = (),
) -> None:
    """Stores cheques and card receipts; every row must go in."""
    results = small_office.store_tables(
        ledger,
        **({"cheques": cheques} if cheques else {}),
        **({"card_receipts": cards} if cards else {}),
    )
    assert all(not result.refused for result in results.values())


__all__ = ["ACTOR", "AT", "book", "card", "cheque", "entry", "part"]
