"""The next step of an account: which reminder, on what day, and why it waits.

Everything follows from the state of the account, the configuration and the day; nothing is
written. The same plan again is the same plan, and no account's plan depends on another's.

The sequence. Types go out in their order, one after the other. The first one is counted from a
start, each next one from the one before it:

- schedule `calls`: the start is the sending of the latest call that concerns the account. A new
  call starts again, even with a reminder already gone (DOMAIN E6): only reminders that left on
  that day or later count.
- schedule `monthly`: the start is the date of the oldest due that is unpaid; when it is paid the
  sequence starts again from the next one. Only reminders that left after that date count.

A reminder sent by hand counts as one of its type, so that nobody receives it again by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from workbench.domain.policies import ReminderType, Schedule
from workbench.reminders import calendar
from workbench.reminders.blocks import Block, Reason, blocks
from workbench.reminders.state import AccountState, Sent


class StepState(StrEnum):
    """Where a step stands (CONTRACT, export reminders)."""

    PLANNED = "planned"
    DUE = "due"
    SENT = "sent"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What comes next for one account that owes something.

    Attributes:
        account_id: the account.
        building_id: its building.
        kind: name of the type; the last one done when there is none left.
        planned_on: its day; None while it cannot be counted (no call sent, last step done).
        state: `planned` (later), `due` (today or since), `blocked`.
        reason: why it is blocked, "" when it is not: the first of `blocks`.
        amount_cents: what is late on its day, credits taken off; what is owed where it has no day.
        blocks: every reason against it, the strongest first.
        since: the day it is counted from; None when there is none.
        moved_from: the day it had before a person moved it.
    """

    account_id: str
    building_id: str
    kind: str
    planned_on: date | None
    state: StepState
    reason: str
    amount_cents: int
    blocks: tuple[Block, ...] = ()
    since: date | None = None
    moved_from: date | None = None


def plan(
    states: Iterable[AccountState],
    types: Mapping[str, Sequence[ReminderType]],
    *,
    as_of: date,
    automatic: bool = True,
) -> list[Step]:
    """Plans every account that owes something.

    Args:
        states: accounts as they stand on `as_of`, in any order.
        types: the types of each building, in their order (`policies.types_of_building`).
        as_of: the day of the plan.
        automatic: the portfolio's switch (DOMAIN B7).

    Returns:
        One step an account with something owed, by building and account.

    Source: DOMAIN B5 to B7, E1 to E11.
    """
    steps = [
        step
        for state in states
        if (step := next_step(state, types[state.building_id], as_of=as_of, automatic=automatic))
    ]
    return sorted(steps, key=lambda step: (step.building_id, step.account_id))


def next_step(
    state: AccountState, types: Sequence[ReminderType], *, as_of: date, automatic: bool = True
) -> Step | None:
    """Returns the next step of one account; None when it owes nothing, or no type is configured.

    Args:
        state: the account on `as_of`.
        types: of its building, in their order.
        as_of: the day of the plan.
        automatic: the portfolio's switch.
    """
    owed_cents = state.owed_cents()
    if owed_cents <= 0 or not types:
        return None
    step_type, before = _next_type(state, types)
    counted_from = _counted_from(state, step_type, before)
    planned_on = moved_from = None
    if step_type is not None and counted_from is not None:
        planned_on = _day_of(step_type, counted_from, is_first=before is None, state=state)
        moved_to = _moved_to(state, step_type.type, since=counted_from)
        if moved_to is not None and moved_to > planned_on:
            planned_on, moved_from = moved_to, planned_on
    amount_cents = owed_cents
    if planned_on is not None:
        amount_cents = state.late_cents(max(planned_on, as_of))
    against = blocks(
        state, step_type, before, planned_on=planned_on, amount_cents=amount_cents, as_of=as_of,
        automatic=automatic,
    )  # fmt: skip
    if against and against[0].reason is Reason.SNOOZED and state.snooze is not None:
        planned_on = state.snooze.until
    if against:
        stands = StepState.BLOCKED
    else:
        is_due = planned_on is not None and planned_on <= as_of
        stands = StepState.DUE if is_due else StepState.PLANNED
    return Step(
        account_id=state.account_id,
        building_id=state.building_id,
        kind=(step_type or types[-1]).type,
        planned_on=planned_on,
        state=stands,
        reason=str(against[0].reason) if against else "",
        amount_cents=amount_cents,
        blocks=tuple(against),
        since=counted_from,
        moved_from=moved_from,
    )


def _next_type(
    state: AccountState, types: Sequence[ReminderType]
) -> tuple[ReminderType | None, Sent | None]:
    """Returns the type to come (None after the last one) and the reminder it follows."""
    before: Sent | None = None
    step_type: ReminderType | None = None
    # The last type that left counts, whatever was left out before it.
    for candidate in reversed(types):
        left = [s for s in state.sent if s.kind == candidate.type and _counts(s, candidate, state)]
        if left:
            before = left[-1]
            break
        step_type = candidate
    if before is not None and before.kind == types[-1].type:
        return None, before
    return step_type, before


def _counts(sent: Sent, step_type: ReminderType, state: AccountState) -> bool:
    """Tells whether a reminder belongs to the sequence that runs."""
    if step_type.schedule is Schedule.CALLS:
        return state.call_sent_on is None or sent.sent_on >= state.call_sent_on
    return not state.dues or sent.sent_on > state.dues[0].due_on


def _counted_from(
    state: AccountState, step_type: ReminderType | None, before: Sent | None
) -> date | None:
    if step_type is None:
        return None
    if before is not None:
        return before.sent_on
    if step_type.schedule is Schedule.CALLS:
        return state.call_sent_on
    return state.dues[0].due_on


def _day_of(
    step_type: ReminderType, counted_from: date, *, is_first: bool, state: AccountState
) -> date:
    skips = step_type.schedule is Schedule.CALLS and step_type.skips_call_months
    skipped = state.call_months if skips else frozenset()
    return _counted(step_type.schedule, counted_from, step_type.day_of_month, skipped, is_first)


# A call is sent to a whole building on one day: its accounts share the count.
@lru_cache(maxsize=4096)
def _counted(
    schedule: Schedule,
    counted_from: date,
    day: int,
    skipped: frozenset[int],
    is_first: bool,  # noqa: FBT001 - a cache's key
) -> date:
    if schedule is Schedule.CALLS:
        count = calendar.after_call if is_first else calendar.after_reminder
        return count(counted_from, day=day, call_months=skipped)
    if is_first:
        return calendar.monthly_after(counted_from, day_of_month=day)
    return calendar.month_after(counted_from, day_of_month=day)


def _moved_to(state: AccountState, kind: str, *, since: date) -> date | None:
    """Returns the day a person chose for this very step: moved since it is counted."""
    move = state.move
    if move is None or move.kind != kind or move.moved_on < since:
        return None
    return move.to
