"""Which dues make this amount, once the account is known.

One, all, the oldest ones, those of one date, the remains of partly paid ones, one less a credit,
any other combination when it is the only one. What does not fit is for `shortfalls`. Each choice
says whether other dues could be meant as well; whether it is accepted is for `decide`.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from workbench.matching.allocate import Part, legal_order
from workbench.matching.book import NO_DAY, OpenDue
from workbench.matching.choices import (
    NO_INSTRUCTION,
    Choice,
    Doubt,
    Fit,
    Instruction,
    whole,
)
from workbench.matching.config import MatchConfig
from workbench.matching.doubts import (
    Asked,
    doubt_of_equals,
    doubt_of_kinds,
    doubt_of_period,
    doubt_of_remainders,
    is_present,
    is_settled,
)
from workbench.matching.periods import NamedPeriod
from workbench.matching.shortfalls import (
    is_expected,
    present_dues,
    settle_habit,
    settle_in_order,
    settle_in_part,
    settle_short,
)

# Among many open dues some combination makes almost any amount.
_MOST_SCATTERED = 6


def choose_dues(
    dues: Sequence[OpenDue],
    *,
    amount_cents: int,
    booked_on: int,
    config: MatchConfig,
    instruction: Instruction = NO_INSTRUCTION,
    discounts: Sequence[OpenDue] = (),
    is_whole: bool = True,
    habitual: bool = False,
    paid_on: Sequence[int] = (),
) -> Choice | None:
    """Returns the dues that a payment of this amount settles.

    Args:
        dues: open dues of the account (of one sign), any order.
        amount_cents: > 0.
        booked_on: day of the payment (days since 1970).
        config: windows and limits.
        instruction: what the payment says itself; it wins over the legal order.
        discounts: open dues of the other sign (discounts, refunds owed) of the account.
        is_whole: the amount is the whole payment. What is left of one never pays dues to come: the
            first look at that payment has left them alone already.
        habitual: the account pays that amount month after month.
        paid_on: days of its other payments of that very amount.

    Returns:
        None when nothing is open that this payment could settle.

    Source: DOMAIN A8, D4 to D6; LAW L15; MATCHING 5.
    """
    live = [d for d in dues if d.left_cents]
    if not live:
        return None
    early = config.early_invoice_days if live[0].sign < 0 else config.early_days
    horizon = booked_on + (early if is_whole else config.soon_days)
    near = [d for d in live if d.due_on <= horizon or d.issued_on <= booked_on]
    asked = Asked(amount_cents, booked_on, config, instruction.kinds, instruction.is_aid, paid_on)
    if instruction.dues or instruction.periods:
        choice = _by_instruction(live, near, asked, instruction)
        if choice:
            return choice
    if not near:
        return None
    choice = (
        _exact(near, asked, discounts)
        or (settle_habit(near, amount_cents, booked_on, config) if habitual else None)
        or settle_in_part(near, amount_cents, booked_on, config)
    )
    if choice.doubt is None:
        choice.doubt = doubt_of_period(choice, near, asked, instruction)
    return choice


# What the payment names


def _by_instruction(
    live: list[OpenDue], near: list[OpenDue], asked: Asked, instruction: Instruction
) -> Choice | None:
    """Returns what a payment settles that names its dues, None when none of them is open.

    A reference names its due whenever that falls due. A quarter named in July is the call of July,
    not the works that fall due at its end; when nothing of it is near, it is what lies ahead.
    """
    named = [d for d in live if d.index in instruction.dues]
    if named:
        choice = _among_named(named, [d for d in near if d not in named], asked)
        choice.named = tuple(named)
        return choice
    in_period = [d for d in live if any(_in_period(d, p) for p in instruction.periods)]
    named = [d for d in in_period if d in near] or in_period
    if named:
        choice = _among_named(named, [d for d in near if d not in named], asked)
        choice.periods = instruction.periods
        return choice
    return None


def _in_period(due: OpenDue, period: NamedPeriod) -> bool:
    # `T2` on a rent is a flat of two rooms, not a quarter.
    if due.kind == "rent" and period.last - period.first > 31:
        return False
    day = due.period_first if due.period_first != NO_DAY else due.due_on
    return period.first <= day <= period.last


def _among_named(named: list[OpenDue], others: list[OpenDue], asked: Asked) -> Choice:
    """Returns what the payment settles of the dues it names, then of the others."""
    choice = _exact(named, asked, ())
    if choice:
        choice.doubt = choice.doubt or doubt_of_kinds(choice.parts, others, asked)
        return choice
    # `CHARGES T3`: its works are another matter, unless the amount says otherwise.
    of_kind = [d for d in named if d.kind in asked.kinds]
    if of_kind and len(of_kind) < len(named):
        apart = [*others, *(d for d in named if d not in of_kind)]
        choice = _among_named(of_kind, apart, asked)
        if choice.exact or (asked.is_aid and choice.fit is Fit.PARTIAL):
            return choice
    total = sum(d.left_cents for d in named)
    if asked.amount_cents < total:
        return settle_short(named, asked.amount_cents, asked.booked_on, asked.config) or (
            settle_in_order(named, asked.amount_cents, asked.booked_on, asked.config, asked.kinds)
        )
    return _named_and_more(named, others, asked.of(asked.amount_cents - total))


def _named_and_more(named: list[OpenDue], others: list[OpenDue], asked: Asked) -> Choice:
    """Returns the dues named, whole, and what the rest of the amount settles of the others."""
    parts = whole(legal_order(named, on=asked.booked_on))
    rest = asked.amount_cents
    if not others:
        total = sum(cents for _, cents in parts)
        doubt = Doubt.REST if rest * 100 > total * asked.config.short_percent else None
        return Choice(Fit.OVER, parts, rest=rest, doubt=doubt)
    also = _exact(others, asked, ()) or settle_in_part(others, rest, asked.booked_on, asked.config)
    if not also.exact:
        left = rest - sum(cents for _, cents in also.parts)
        return Choice(also.fit, (*parts, *also.parts), rest=left, doubt=also.doubt or Doubt.REST)
    fit = Fit.ALL if len(also.parts) == len(others) else Fit.SUBSET
    # What the label names was partly paid before: it may be all of something else.
    doubt = also.doubt if all(d.untouched for d in named) else Doubt.SCATTERED
    return Choice(fit, (*parts, *also.parts), doubt=doubt)


# What fits


def _exact(dues: list[OpenDue], asked: Asked, discounts: Sequence[OpenDue]) -> Choice | None:
    """Returns the preferred exact fit, None when the amount fits nothing."""
    single = [d for d in dues if d.left_cents == asked.amount_cents]
    if single:
        return _single(single, dues, asked)
    if len(dues) > 1:
        found = _several(dues, asked)
        if found:
            return found
    return _net(dues, asked, discounts) if discounts else None


def _single(single: list[OpenDue], among: list[OpenDue], asked: Asked) -> Choice:
    """Returns one of the dues that have the amount.

    The one expected about that day, else the oldest one owed, else the next one to come; what is
    owed before what is not called yet (LAW L15), and a kind that the label names before all.
    """
    if len(single) == 1:
        parts = ((single[0], asked.amount_cents),)
        return Choice(Fit.SINGLE, parts, doubt=doubt_of_remainders(parts, among, asked))
    order = sorted(
        single,
        key=lambda d: (
            bool(asked.kinds) and d.kind not in asked.kinds, not is_present(d, asked),
            not is_expected(d, asked.booked_on, asked.config),
            d.due_on > asked.booked_on, d.due_on, d.due_id,
        ),
    )  # fmt: skip
    parts = ((order[0], asked.amount_cents),)
    others = tuple(((d, asked.amount_cents),) for d in order[1:])
    doubt = doubt_of_equals(parts, among, asked)
    return Choice(Fit.SINGLE, parts, doubt=doubt, alternatives=others if doubt else ())


def _several(dues: list[OpenDue], asked: Asked) -> Choice | None:
    total = sum(d.left_cents for d in dues)
    if asked.amount_cents > total:
        return None
    order = legal_order(dues, on=asked.booked_on)
    groups = list(_natural_groups(order, asked))
    if groups:
        return _best_group(groups, order, asked)
    for candidate in (order, sorted(order, key=lambda d: (d.due_on, d.due_id))):
        prefix = _prefix(candidate, asked.amount_cents)
        if prefix:
            parts = whole(prefix)
            return Choice(Fit.PREFIX, parts, doubt=doubt_of_equals(parts, order, asked))
    remains = [d for d in order if not d.untouched]
    if len(remains) > 1 and sum(d.left_cents for d in remains) == asked.amount_cents:
        return Choice(Fit.PARTLY_PAID, whole(remains))
    return _subset(order, asked)


def _natural_groups(order: list[OpenDue], asked: Asked) -> Iterator[tuple[Fit, list[OpenDue]]]:
    """Yields the groups people pay together that make the amount: of one date or call, all."""
    present = present_dues(order, asked.booked_on, asked.config)
    owed = [d for d in order if d.due_on <= asked.booked_on]
    by_key: dict[tuple[str, object], list[OpenDue]] = defaultdict(list)
    for due in order:
        by_key["date", due.due_on].append(due)
        if due.call_id:
            by_key["call", due.call_id].append(due)
    seen: set[frozenset[int]] = set()
    for fit, group in (
        *((Fit.SAME_DATE, g) for g in by_key.values()),
        *((Fit.ALL, g) for g in (order, present, owed)),
    ):
        if len(group) < 2 or sum(d.left_cents for d in group) != asked.amount_cents:
            continue
        key = frozenset(d.index for d in group)
        if key not in seen:
            seen.add(key)
            yield fit, group


def _best_group(
    groups: list[tuple[Fit, list[OpenDue]]], order: list[OpenDue], asked: Asked
) -> Choice:
    """Returns the group expected about that day, else the first one."""
    ranked = sorted(
        groups,
        key=lambda g: (
            not all(is_present(d, asked) for d in g[1]),
            not all(is_expected(d, asked.booked_on, asked.config) for d in g[1]),
        ),
    )
    fit, best = ranked[0]
    parts = whole(best)
    # Dues of one date or one call belong together: an equal one of another call does not stand for
    # one of them. A group with the same sum does.
    doubt = (
        doubt_of_equals(parts, order, asked)
        if fit is Fit.ALL
        else doubt_of_remainders(parts, order, asked)
    )
    others = tuple(whole(g) for _, g in ranked[1:])
    for _, group in ranked[1:]:
        beyond = [d for d in group if d not in best]
        if all(is_settled(best[0], d, asked) for d in beyond):
            continue
        if any(is_present(d, asked) for d in beyond) or not _precede(best, beyond):
            doubt = doubt or Doubt.SOLUTIONS
    return Choice(fit, parts, doubt=doubt, alternatives=others if doubt else ())


def _precede(one: list[OpenDue], other: list[OpenDue]) -> bool:
    return max(d.due_on for d in one) <= min((d.due_on for d in other), default=NO_DAY)


def _prefix(order: list[OpenDue], amount_cents: int) -> list[OpenDue]:
    total = 0
    for place, due in enumerate(order, start=1):
        total += due.left_cents
        if total >= amount_cents:
            return order[:place] if total == amount_cents and place > 1 else []
    return []


def _subset(order: list[OpenDue], asked: Asked) -> Choice | None:
    """Returns the only combination of dues that makes the amount; several are ambiguous.

    Dues of one amount are the same to this search: the oldest of them are taken first.
    """
    if len(order) < 3:
        return None
    limited = order[: asked.config.subset_limit]
    by_amount: dict[int, list[OpenDue]] = defaultdict(list)
    for due in limited:
        if due.left_cents < asked.amount_cents:
            by_amount[due.left_cents].append(due)
    sums = np.zeros(1, dtype=np.int64)
    for cents, group in by_amount.items():
        steps = np.arange(len(group) + 1, dtype=np.int64) * cents
        sums = (steps[:, None] + sums[None, :]).ravel()
    solutions = np.flatnonzero(sums == asked.amount_cents)[:3].tolist()
    if not solutions:
        return None
    found = sorted(
        (_solution(solution, by_amount) for solution in solutions),
        key=lambda parts: [(d.due_on, d.due_id) for d, _ in parts],
    )
    if len(found) > 1:
        return Choice(Fit.AMBIGUOUS, found[0], alternatives=tuple(found[1:]), doubt=Doubt.SOLUTIONS)
    doubt = doubt_of_equals(found[0], order, asked)
    if len(order) > _MOST_SCATTERED:
        doubt = doubt or Doubt.SCATTERED
    return Choice(Fit.SUBSET, found[0], doubt=doubt)


def _solution(solution: int, by_amount: dict[int, list[OpenDue]]) -> tuple[Part, ...]:
    taken_dues: list[OpenDue] = []
    for group in by_amount.values():
        solution, taken = divmod(solution, len(group) + 1)
        taken_dues.extend(group[:taken])
    return whole(sorted(taken_dues, key=lambda d: (d.due_on, d.due_id)))


def _net(dues: list[OpenDue], asked: Asked, discounts: Sequence[OpenDue]) -> Choice | None:
    """Returns the due that this amount and one open credit settle together (DOMAIN D6)."""
    for credit in discounts:
        if not credit.left_cents:
            continue
        wanted = asked.amount_cents + credit.left_cents
        fitting = [d for d in dues if d.left_cents == wanted]
        if fitting:
            due = min(fitting, key=lambda d: (d.due_on > asked.booked_on, d.due_on, d.due_id))
            parts = ((due, asked.amount_cents),)
            doubt = Doubt.EQUALS if len(fitting) > 1 else None
            return Choice(Fit.NET, parts, credit=credit, doubt=doubt)
    return None
