"""What is owed: the one place that says pending, partial, paid, overdue.

Frame versions over a whole portfolio are in `reports.arrears`; both follow these rules.
"""

from datetime import date

from workbench.domain.errors import InvariantError
from workbench.domain.records import DueStatus, MovementStatus


def due_status(*, amount_cents: int, open_cents: int) -> DueStatus:
    """Returns how much of a due is settled.

    Args:
        amount_cents: signed amount of the due.
        open_cents: what is left, same sign.

    Raises:
        InvariantError: more is open than was due, or of the other sign.

    Source: DOMAIN A6.
    """
    if not (0 <= open_cents <= amount_cents or amount_cents <= open_cents <= 0):
        raise InvariantError(f"{open_cents} open of {amount_cents}")
    if open_cents == 0:
        return DueStatus.PAID
    return DueStatus.PENDING if open_cents == amount_cents else DueStatus.PARTIAL


def days_overdue(*, open_cents: int, due_on: date, as_of: date) -> int:
    """Returns the days since a due is late: 0 while not due, on its date, or once paid.

    Source: DOMAIN A7.
    """
    if open_cents <= 0:
        return 0
    return max(0, (as_of - due_on).days)


def movement_status(
    *, amount_cents: int, open_cents: int, set_aside: bool, proposed: bool
) -> MovementStatus:
    """Returns the one status of a movement.

    Args:
        amount_cents: signed amount.
        open_cents: not yet allocated, same sign.
        set_aside: a decision says that it needs no allocation (bank fee, error of the bank …).
        proposed: at least one proposal waits for it.

    Source: CONTRACT, exports.
    """
    if not (0 <= open_cents <= amount_cents or amount_cents <= open_cents <= 0):
        raise InvariantError(f"{open_cents} open of {amount_cents}")
    if open_cents == 0 and amount_cents != 0:
        return MovementStatus.MATCHED
    if set_aside:
        return MovementStatus.IGNORED
    if open_cents != amount_cents:
        return MovementStatus.PARTIAL
    return MovementStatus.PROPOSED if proposed else MovementStatus.UNMATCHED
