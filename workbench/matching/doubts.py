"""Whether the dues chosen are the only ones that can be meant.

The account may be certain and the due not: an equal one, last month's rest, a month the label names
and nothing is open of. A doubt is a proposal; `decide` shows its words.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.matching.allocate import Part
from workbench.matching.book import NO_DAY, OpenDue
from workbench.matching.choices import Choice, Doubt, Instruction
from workbench.matching.config import MatchConfig
from workbench.matching.shortfalls import is_expected

# What comes back with its period.
_PERIODIC = frozenset({"rent", "call", "charges"})


@dataclass(slots=True, eq=False)
class Asked:
    """A payment looking for its dues: what it says and when it came.

    Attributes:
        booked_on: days since 1970, as is `paid_on`.
        kinds: kinds of dues that its label names.
        is_aid: housing aid.
        paid_on: days of the account's earlier payments of that very amount.
    """

    amount_cents: int
    booked_on: int
    config: MatchConfig
    kinds: frozenset[str]
    is_aid: bool
    paid_on: Sequence[int]

    def is_skipped(self, due: OpenDue) -> bool:
        """Says whether the payer left a due out: long after its date he paid that amount again.

        A missing month (DOMAIN D8), not a late one: who pays late pays in order.
        """
        return any(day >= due.due_on + self.config.skipped_days for day in self.paid_on)

    def of(self, amount_cents: int) -> "Asked":
        """Returns the rest of the payment; no earlier payment had that amount."""
        return Asked(amount_cents, self.booked_on, self.config, self.kinds, self.is_aid, ())


def is_present(due: OpenDue, asked: Asked) -> bool:
    """Says whether a due is owed, or called and expected about that day."""
    if due.due_on <= asked.booked_on:
        return True
    return due.issued_on <= asked.booked_on and is_expected(due, asked.booked_on, asked.config)


def is_settled(due: OpenDue, other: OpenDue, asked: Asked) -> bool:
    """Says whether `due` is meant and not `other`, which has the same amount.

    By the kind that the label names; by the law, when the other is still to come; by habit, when
    the other was left out long ago and this one is expected now.
    """
    if asked.kinds and due.kind in asked.kinds and other.kind not in asked.kinds:
        return is_present(due, asked)
    if due.due_on < other.due_on:
        return not is_present(other, asked)
    return (
        other.due_on < due.due_on
        and asked.is_skipped(other)
        and is_expected(due, asked.booked_on, asked.config)
        and is_present(due, asked)
    )


def doubt_of_equals(
    parts: tuple[Part, ...], among: Sequence[OpenDue], asked: Asked
) -> Doubt | None:
    """Returns a doubt when an open due outside the choice could stand for one in it.

    The law pays the oldest (LAW L15), the day of the payment points to what is expected: where the
    two agree, or the other due is still to come, there is no doubt; nor where the label names the
    kind of one and not of the other.
    """
    taken = {due.index for due, _ in parts}
    outside = [d for d in among if d.index not in taken]
    if not outside:
        return None
    for due, cents in parts:
        for other in outside:
            if other.left_cents == cents and not is_settled(due, other, asked):
                return Doubt.EQUALS
    return doubt_of_remainders(parts, outside, asked)


def doubt_of_remainders(
    parts: tuple[Part, ...], among: Sequence[OpenDue], asked: Asked
) -> Doubt | None:
    """Returns a doubt when a payment would go past another month's due of the same kind.

    The tenant's share beside a housing aid is the same every month: until the aid has come, this
    month's looks like what is left of the last one's. And what is not called yet is not paid
    before what is owed.
    """
    taken = {due.index for due, _ in parts}
    for due, cents in parts:
        if due.untouched and is_present(due, asked):
            continue
        for other in among:
            if (
                other.index not in taken
                and other.kind == due.kind
                and (other.amount_cents > cents or not due.untouched)
                and is_present(other, asked)
                and not (due.untouched and is_settled(due, other, asked))
            ):
                return Doubt.HABIT
    return None


def doubt_of_kinds(
    parts: tuple[Part, ...], others: Sequence[OpenDue], asked: Asked
) -> Doubt | None:
    """Returns a doubt when a due of the period is of a kind the label does not name.

    `CHARGES T2` and the works that happen to fall due in that quarter: an equal one of another
    quarter is as likely.
    """
    if len(parts) < 2 or not asked.kinds:
        return None
    dates = {due.due_on for due, _ in parts if due.kind in asked.kinds}
    amounts = {c for due, c in parts if due.kind not in asked.kinds and due.due_on not in dates}
    return Doubt.EQUALS if any(d.left_cents in amounts for d in others) else None


def doubt_of_period(
    choice: Choice, near: list[OpenDue], asked: Asked, instruction: Instruction
) -> Doubt | None:
    """Returns a doubt when the label names another period, or the amount nearly fits this month.

    Who goes on paying the rent of before its indexation pays exactly what an old month asked.
    """
    if instruction.periods and _is_of_another_period(choice):
        return Doubt.NAMED
    if len(near) == len(choice.parts):
        return None
    taken = {due.index for due, _ in choice.parts}
    if all(is_expected(d, asked.booked_on, asked.config) for d, _ in choice.parts):
        return None
    totals: dict[int, int] = defaultdict(int)
    for due in near:
        if due.index not in taken and due.untouched and is_present(due, asked):
            totals[due.due_on] += due.left_cents
    amount, percent = asked.amount_cents, asked.config.short_percent
    short = any(t > amount and (t - amount) * 100 <= t * percent for t in totals.values())
    return Doubt.HABIT if short else None


def _is_of_another_period(choice: Choice) -> bool:
    """Says whether the dues chosen are surely not those of the period that a label names."""
    if not choice.exact:
        return True
    return all(due.period_first != NO_DAY and due.kind in _PERIODIC for due, _ in choice.parts)
