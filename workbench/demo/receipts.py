"""What the office enters when a cheque comes or a card pays: rows of `cheques`, `card_receipts`.

Nothing here is drawn by chance: what varies is told by the payment itself, so that the statements
of a seed stay the same. Not for what the bank credits: see `incoming`.
"""

import hashlib
from typing import Final

from workbench.demo.books import Building, CardReceipt, Cheque
from workbench.demo.payments import Payment

_DRAWEES: Final = ("BNP Paribas", "Société Générale", "Crédit Mutuel", "La Banque Postale", "LCL")
# One payment in so many was tried twice: the first try failed, and is kept (DOMAIN C10).
_FAILS: Final = 5


def cheque_of(payment: Payment, building: Building, *, number: int) -> Cheque:
    """Returns the cheque of a payment, known by its coupon or by its account."""
    account = payment.holder.account
    digits = _digits(payment, building)
    coupon = account.coupon_code if digits % 2 else ""
    return Cheque(
        cheque_id=f"{building.building_id}-CH{number:04d}", received_on=payment.on,
        amount_cents=payment.cents, drawer=payment.holder.payer.payer_names[0],
        drawee_bank=_DRAWEES[digits % len(_DRAWEES)], number=f"{digits % 10**7:07d}",
        coupon_code=coupon, account_id="" if coupon else account.account_id,
        building_id=building.building_id,
    )  # fmt: skip


def card_receipts_of(
    payments: list[Payment], building: Building, *, number: int
) -> list[CardReceipt]:
    """Returns the card receipts of payments, each with the failed try before it if there was one.

    Args:
        payments: by card.
        building: theirs.
        number: of the first receipt.
    """
    receipts: list[CardReceipt] = []
    for payment in payments:
        digits = _digits(payment, building)
        tries = ("error", "ok") if digits % _FAILS == 0 else ("ok",)
        for minute, status in enumerate(tries):
            receipts.append(
                CardReceipt(
                    transaction_id=f"{building.building_id}-CB{number + len(receipts):04d}",
                    at=f"{payment.on}T{8 + digits % 12:02d}:{10 + minute}",
                    amount_cents=payment.cents, status=status,
                    account_id=payment.holder.account.account_id,
                    building_id=building.building_id, channel="online",
                    reference=payment.about.dues[0].reference,
                )
            )  # fmt: skip
    return receipts


def _digits(payment: Payment, building: Building) -> int:
    told = f"{building.building_id}/{payment.holder.account.account_id}/{payment.on}"
    return int(hashlib.sha256(told.encode()).hexdigest()[:12], 16)
