"""Taking from dues: in which order (the legal one), and never more than is open.

The only room that changes what is left of a due. Which dues a payment means is for `subsets`.
"""

from collections.abc import Iterable, Sequence

from workbench.domain.errors import InvariantError
from workbench.matching.book import OpenDue

# One due and the cents taken from it.
Part = tuple[OpenDue, int]


def legal_order(dues: Iterable[OpenDue], *, on: int) -> list[OpenDue]:
    """Returns dues in the order the law pays them when the payment itself does not say.

    Due ones before coming ones; costs before principal; then the oldest; of one date the rent
    before its charges (it is the one a lease is lost for); the office's identifier decides between
    equals.

    Args:
        dues: of one account and sign, in any order.
        on: day of the payment (days since 1970).

    Source: LAW L15 (C. civ. 1342-10, 1343-1).
    """
    return sorted(
        dues,
        key=lambda d: (
            d.due_on > on,
            d.kind != "fee",
            d.due_on,
            d.kind == "charges",
            d.due_id,
            d.item_id,
        ),
    )


def take_in_order(dues: Sequence[OpenDue], amount_cents: int) -> tuple[Part, ...]:
    """Returns what `amount_cents` pays of `dues`, one after the other, at most what is left."""
    parts = []
    for due in dues:
        if not amount_cents:
            break
        cents = min(due.left_cents, amount_cents)
        if cents:
            parts.append((due, cents))
            amount_cents -= cents
    return tuple(parts)


def take(parts: Iterable[Part]) -> None:
    """Takes the parts from their dues.

    Raises:
        InvariantError: nothing or more than is left would be taken.
    """
    for due, cents in parts:
        if not 0 < cents <= due.left_cents:
            raise InvariantError(f"{cents} taken of {due.left_cents} left of due {due.due_id}")
        due.left_cents -= cents
