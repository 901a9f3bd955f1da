"""Amounts that are not what the dues ask for: a habit, a little short, a part, too much.

The legal order decides (LAW L15) unless the amount itself points to a due. All of it differs from
what was expected, and says so (DOMAIN A8).
"""

from collections import defaultdict
from collections.abc import Sequence

from workbench.matching.allocate import Part, legal_order, take_in_order
from workbench.matching.book import OpenDue
from workbench.matching.choices import Choice, Doubt, Fit
from workbench.matching.config import MatchConfig


def settle_in_part(
    near: list[OpenDue], amount_cents: int, booked_on: int, config: MatchConfig
) -> Choice:
    """Returns what the amount settles of dues that it does not fit: a little short, else in order.

    Args:
        near: open dues that can be paid already, not empty.
        amount_cents: > 0.
        booked_on: day of the payment (days since 1970).
        config: windows.

    Source: LAW L15; DOMAIN D4.
    """
    present = present_dues(near, booked_on, config) or near
    short = settle_short(present, amount_cents, booked_on, config)
    return short or settle_in_order(present, amount_cents, booked_on, config)


def settle_by_law(
    dues: Sequence[OpenDue], amount_cents: int, booked_on: int, config: MatchConfig
) -> Choice:
    """Returns what a payment of a known account settles when nothing says which dues it means.

    Args:
        dues: open dues of the account, not empty.
        amount_cents: > 0.
        booked_on: day of the payment (days since 1970).
        config: windows.

    Source: LAW L15.
    """
    live = [d for d in dues if d.left_cents]
    near = present_dues(live, booked_on, config) or live
    choice = settle_in_order(near, amount_cents, booked_on, config)
    choice.doubt = None
    return choice


def present_dues(dues: Sequence[OpenDue], booked_on: int, config: MatchConfig) -> list[OpenDue]:
    """Returns the dues that are owed, called or about to fall due."""
    return [d for d in dues if d.issued_on <= booked_on or d.due_on <= booked_on + config.soon_days]


def is_expected(due: OpenDue, booked_on: int, config: MatchConfig) -> bool:
    """Says whether the payment comes when this due was expected (DOMAIN A8).

    Who pays this month's rent on its day pays this month's rent, and the missing month stays open
    (DOMAIN D8): his amount and day designate it (C. civ. 1342-10, first paragraph).
    """
    begin = min(due.issued_on, due.due_on) - config.expected_before
    return begin <= booked_on <= due.due_on + config.expected_after


def settle_habit(
    dues: list[OpenDue], amount_cents: int, booked_on: int, config: MatchConfig
) -> Choice | None:
    """Returns the untouched dues expected now, for who pays the same part of them each time.

    The rent less the housing aid that somebody else pays: each payment is for its month, the
    remainders of the months before wait for the aid. The law would pay those first, so a person
    decides unless only one due is open.
    """
    by_date: dict[int, list[OpenDue]] = defaultdict(list)
    for due in dues:
        if due.untouched and is_expected(due, booked_on, config):
            by_date[due.due_on].append(due)
    for day in sorted(by_date):
        group = by_date[day]
        if amount_cents < sum(d.left_cents for d in group):
            parts = take_in_order(legal_order(group, on=booked_on), amount_cents)
            doubt = None if len(dues) == 1 else Doubt.HABIT
            return Choice(Fit.PARTIAL, parts, doubt=doubt)
    return None


def settle_short(
    dues: list[OpenDue], amount_cents: int, booked_on: int, config: MatchConfig
) -> Choice | None:
    """Returns the oldest untouched due (or dues of one date) that the amount misses by a little.

    Who goes on paying the rent of before its indexation pays each month's rent: his amount
    designates it (C. civ. 1342-10, first paragraph), older remainders stay open (DOMAIN D5, D8).
    """
    # Nothing is a little more than the amount: most often nothing is.
    if not any(d.untouched for d in dues) or sum(d.left_cents for d in dues) <= amount_cents:
        return None
    by_date: dict[int, list[OpenDue]] = defaultdict(list)
    for due in sorted(dues, key=lambda d: (d.due_on, d.due_id)):
        if due.untouched:
            by_date[due.due_on].append(due)
    expected_first = sorted(
        by_date.values(), key=lambda g: not all(is_expected(d, booked_on, config) for d in g)
    )
    for group in expected_first:
        # Each due alone first, then all those of the date together.
        targets = [[d] for d in group] + ([group] if len(group) > 1 else [])
        for target in targets:
            total = sum(d.left_cents for d in target)
            gap = total - amount_cents
            if gap > 0 and gap * 100 <= total * config.short_percent:
                # The smaller ones whole, so that one due alone stays short.
                order = sorted(target, key=lambda d: (d.left_cents, d.due_id))
                parts = take_in_order(order, amount_cents)
                doubt = _doubt_of_short(target, dues)
                return Choice(Fit.SHORT, parts, rest=-gap, doubt=doubt)
    return None


def _doubt_of_short(target: list[OpenDue], dues: list[OpenDue]) -> Doubt | None:
    if len(target) > 1:
        return Doubt.SHARED
    return Doubt.OLDER if len(dues) > 1 else None


def settle_in_order(
    dues: list[OpenDue],
    amount_cents: int,
    booked_on: int,
    config: MatchConfig,
    kinds: frozenset[str] = frozenset(),
) -> Choice:
    """Returns what the amount settles in the legal order, the kinds named by the label first."""
    order = legal_order(dues, on=booked_on)
    if kinds:
        # `LOYER` among the dues of one month: the rent first (the sort keeps the legal order).
        order.sort(key=lambda d: d.kind not in kinds)
    parts = take_in_order(order, amount_cents)
    rest = amount_cents - sum(cents for _, cents in parts)
    if rest:
        asked = amount_cents - rest
        doubt = Doubt.REST if rest * 100 > asked * config.short_percent else None
        return Choice(Fit.OVER, parts, rest=rest, doubt=doubt)
    doubt = _doubt_of_part(parts, dues, booked_on)
    return Choice(Fit.PARTIAL, parts, doubt=doubt, by_law=len(dues) > 1)


def _doubt_of_part(parts: tuple[Part, ...], dues: list[OpenDue], booked_on: int) -> Doubt | None:
    """Returns why the legal order does not settle a part payment: dues of one date share it.

    "À égalité de date" the law shares in proportion (C. civ. 1342-10); nobody keeps books so.
    """
    if len(dues) == 1:
        return None
    last = parts[-1][0]
    if last.due_on > booked_on:
        return Doubt.COMING
    if last.kind == "fee":
        return None
    taken = {due.index for due, _ in parts[:-1]}
    rivals = [d for d in dues if d.due_on == last.due_on and d.index not in taken]
    return Doubt.SHARED if len(rivals) > 1 else None
