"""What is known of an account on a day: all that its plan depends on."""

from dataclasses import dataclass
from datetime import date

from workbench.domain.policies import CALL_MONTHS


@dataclass(frozen=True, slots=True)
class OpenDue:
    """A due that is issued and not paid: its date and what is left of it (> 0)."""

    due_on: date
    open_cents: int


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that settled a part of a due: when it moved, the due's date, cents (> 0)."""

    paid_on: date
    due_on: date
    cents: int


@dataclass(frozen=True, slots=True)
class Sent:
    """A reminder that left."""

    kind: str
    sent_on: date


@dataclass(frozen=True, slots=True)
class Move:
    """A planned date that a person moved: which step, to what day, on what day (DOMAIN E9)."""

    kind: str
    to: date
    moved_on: date


@dataclass(frozen=True, slots=True)
class Snooze:
    """A building's reminders sleep from a day until another, on which they wake (DOMAIN E10)."""

    start: date
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """One account as it stands on the day of the plan.

    Attributes:
        account_id: the account.
        building_id: its building.
        payment_mode: `transfer`, `direct_debit`, `cheque`, `card` or "".
        dues: issued and unpaid, oldest first.
        credits_cents: what we owe the holder and nothing used yet (<= 0).
        call_sent_on: when the latest call that concerns the account was sent; None when none was.
        undelivered: status of that call's mailing when it did not arrive: `bounced`, `returned`.
        sent: reminders that left, oldest first.
        payments: what settled its dues, oldest first.
        plan_since: the payment plan that runs began then.
        procedure: kind of the procedure that runs, "" when none.
        move: the latest moved date.
        snooze: of its building, when one has not ended yet.
        call_months: months of its building's quarterly calls.
        calls_through: the building's first call was sent through the system.

    Source: DOMAIN E1 to E11.
    """

    account_id: str
    building_id: str
    payment_mode: str = ""
    dues: tuple[OpenDue, ...] = ()
    credits_cents: int = 0
    call_sent_on: date | None = None
    undelivered: str = ""
    sent: tuple[Sent, ...] = ()
    payments: tuple[Payment, ...] = ()
    plan_since: date | None = None
    procedure: str = ""
    move: Move | None = None
    snooze: Snooze | None = None
    call_months: frozenset[int] = CALL_MONTHS
    calls_through: bool = True

    def owed_cents(self) -> int:
        """Returns what the holder owes, late or not, credits taken off."""
        return sum(due.open_cents for due in self.dues) + self.credits_cents

    def late_cents(self, day: date) -> int:
        """Returns what is late on a day if nothing more is paid, credits taken off."""
        return sum(d.open_cents for d in self.dues if d.due_on < day) + self.credits_cents
