"""What would leave in the coming months if nothing is paid: each step as if the last one had left.

For a calendar that people look at; nothing is generated from it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from workbench.domain.policies import ReminderType
from workbench.reminders.blocks import Reason
from workbench.reminders.plan import StepState, next_step
from workbench.reminders.state import AccountState, Sent


@dataclass(frozen=True, slots=True)
class Coming:
    """A reminder that would leave: its type and its day."""

    kind: str
    on: date


def ahead(
    state: AccountState, types: Sequence[ReminderType], *, as_of: date, until: date
) -> Iterator[Coming]:
    """Yields what one account would receive from a day on, in order.

    A building that sleeps wakes on its day; any other reason against a step ends the sequence,
    since only a person, a payment or a call changes it.

    Args:
        state: the account on `as_of`.
        types: of its building, in their order.
        as_of: the business date.
        until: last day that counts.

    Source: DOMAIN B5, E4, E5, E10.
    """
    day = as_of
    # A step for each type, and a waking before each.
    for _ in range(2 * len(types)):
        step = next_step(state, types, as_of=day)
        if step is None or step.planned_on is None:
            return
        sleeps = step.reason == Reason.SNOOZED and len(step.blocks) == 1
        if sleeps and state.snooze is not None:
            day, state = state.snooze.until, replace(state, snooze=None)
            continue
        if step.state not in {StepState.PLANNED, StepState.DUE}:
            return
        day = max(step.planned_on, day)
        if day > until:
            return
        yield Coming(step.kind, day)
        state = replace(state, sent=(*state.sent, Sent(step.kind, day)))
