"""What the bank took back: the decision that opens dues again, and a deposit's fee.

A return is one decision: it reverses the links of the returned payment from the day of the return
on (until that day they count, so that a closed month keeps its figures), and links the payment to
the movement that took it back.

Source: DOMAIN C3; LAW L16; docs/decisions/0016-receipts-and-returns.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from workbench.domain.money import french_euros
from workbench.ledger import decisions
from workbench.ledger.decisions import Decision, Line, Verdict

RETURN: Final = "return"
CARD_FEE: Final = "card_fee"
_LIVE_LINKS: Final = text(
    "SELECT a.* FROM allocations a JOIN items c ON c.item_id = a.credit_item"
    " JOIN items d ON d.item_id = a.debit_item"
    " WHERE (a.credit_item = :item OR a.debit_item = :item) AND a.reverses IS NULL"
    " AND a.rule <> 'return'"
    # A deposit stays credited: what the bank takes back of a cheque is its payer's side.
    " AND c.kind <> 'deposit' AND d.kind <> 'deposit'"
    " AND NOT EXISTS (SELECT 1 FROM allocations r WHERE r.reverses = a.allocation_id)"
    " ORDER BY a.allocation_id DESC"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """A return and the payment it takes back.

    Attributes:
        subject: identifier of the movement that took it back.
        pairs: lines between the two, as `decisions.joined` makes them; several for a cheque over
            several accounts.
        payments: items of the returned payment, parallel to `pairs`.
        parts: transaction of each payment's batch, 0 for the whole.
        on: ISO day of the return.
        words: the bank's reason, French.
    """

    subject: str
    pairs: tuple[Line, ...]
    payments: tuple[int, ...]
    parts: tuple[int, ...]
    on: str
    words: str
    confidence: float
    reasons: str
    proposal_id: str


def return_decision(connection: Connection, taken: Return) -> Decision | None:
    """Returns the decision of a return; None when the payment does not bear it any more.

    Args:
        connection: of `Ledger.writing`.
        taken: the return.
    """
    reversals: list[Line] = []
    for pair, item, part in zip(taken.pairs, taken.payments, taken.parts, strict=True):
        freed = _freed(connection, item, part, pair.amount_cents, on=taken.on)
        if freed is None:
            return None
        reversals += freed
    return Decision(
        action=RETURN,
        subject=taken.subject,
        lines=(*reversals, *taken.pairs),
        rule=RETURN,
        confidence=taken.confidence,
        reasons=taken.reasons,
        proposal_id=taken.proposal_id,
        words=taken.words,
        returned_on=taken.on,
    )


def _freed(
    connection: Connection, item: int, part: int, cents: int, *, on: str
) -> list[Line] | None:
    """Returns the reversals that leave `cents` of a payment open, latest link first."""
    links = [
        row for row in connection.execute(_LIVE_LINKS, {"item": item}) if _is_of(row, item, part)
    ]
    linked = sum(int(row.amount_cents) for row in links)
    # A transaction of a batch comes back whole; what it has left is not kept apart.
    left = abs(decisions.open_cents(connection, [item]).get(item, 0))
    if left + linked < cents:
        return None
    lines = []
    missing = linked if part else cents - left
    for row in links:
        if missing <= 0:
            break
        missing -= row.amount_cents
        lines.append(_reversed(row, on=max(on, row.effective_on)))
    return lines


def _is_of(row: Row[Any], item: int, part: int) -> bool:
    own = row.credit_part if row.credit_item == item else row.debit_part
    return bool(own == part)


def _reversed(row: Row[Any], *, on: str) -> Line:
    return Line(
        credit_item=row.credit_item, debit_item=row.debit_item, amount_cents=-row.amount_cents,
        account_id=row.account_id, effective_on=on, reverses=row.allocation_id,
        credit_part=row.credit_part, debit_part=row.debit_part,
    )  # fmt: skip


def fee_verdicts(connection: Connection, lines: Sequence[Line]) -> tuple[Verdict, ...]:
    """Returns what a deposit credited net leaves open, set aside as the bank's fee (DOMAIN C12).

    Args:
        connection: of `Ledger.writing`.
        lines: between the movement and the deposits it credits.
    """
    used: dict[int, int] = {}
    for line in lines:
        used[line.debit_item] = used.get(line.debit_item, 0) + line.amount_cents
    left = decisions.open_cents(connection, sorted(used))
    return tuple(
        Verdict(
            item_id=item,
            kind="set_aside",
            reason=CARD_FEE,
            words=f"Commission retenue sur la remise : {french_euros(left[item] - cents)}",
        )
        for item, cents in sorted(used.items())
        if left[item] > cents
    )
