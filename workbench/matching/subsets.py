"""Which dues make this amount, once the account is known.

One, all, the oldest ones, those of one date, the remains of partly paid ones, one less a credit,
any other combination when it is the only one. What does not fit is for `shortfalls`; whether the
choice is good enough to be accepted is for `decide`.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from workbench.domain.errors import shortened
from workbench.domain.money import french_euros
from workbench.matching.allocate import legal_order
from workbench.matching.book import NO_DAY, OpenDue
from workbench.matching.choices import (
    NO_INSTRUCTION,
    Choice,
    Fit,
    Instruction,
    chosen,
    due_words,
    whole,
)
from workbench.matching.config import MatchConfig
from workbench.matching.periods import NamedPeriod
from workbench.matching.shortfalls import (
    is_expected,
    present_dues,
    settle_habit,
    settle_in_order,
    settle_in_part,
    settle_short,
)

# More than these is a list, not a reason.
_NAMED_DUES = 3


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
    named, words = _named(live, near, instruction)
    if named:
        choice = _choose_among_named(
            named,
            [d for d in near if d not in named],
            amount_cents=amount_cents,
            booked_on=booked_on,
            config=config,
            kinds=instruction.kinds,
        )
        return _instructed(choice, words)
    if not near:
        return None
    return (
        _exact(near, amount_cents, booked_on, config, instruction.kinds, discounts)
        or (settle_habit(near, amount_cents, booked_on, config) if habitual else None)
        or settle_in_part(near, amount_cents, booked_on, config)
    )


def _named(
    live: list[OpenDue], near: list[OpenDue], instruction: Instruction
) -> tuple[list[OpenDue], str]:
    """Returns the dues that the payment names, and by what.

    A reference names its due whenever that falls due. A quarter named in July is the call of July,
    not the works that fall due at its end; when nothing of it is near, it is what lies ahead.
    """
    if not instruction.dues and not instruction.periods:
        return [], ""
    by_reference = [d for d in live if d.index in instruction.dues]
    if by_reference:
        references = list(dict.fromkeys(d.reference or d.due_id for d in by_reference))
        shown = shortened(", ".join(references[:_NAMED_DUES]), limit=80)
        return by_reference, f"le libellé porte la référence {shown}"
    in_period = [d for d in live if any(_in_period(d, p) for p in instruction.periods)]
    by_period = [d for d in in_period if d in near] or in_period
    if by_period:
        names = ", ".join(p.words for p in instruction.periods)
        return by_period, f"le libellé nomme {names}"
    return [], ""


def _in_period(due: OpenDue, period: NamedPeriod) -> bool:
    # `T2` on a rent is a flat of two rooms, not a quarter.
    if due.kind == "rent" and period.last - period.first > 31:
        return False
    day = due.period_first if due.period_first != NO_DAY else due.due_on
    return period.first <= day <= period.last


def _choose_among_named(
    named: list[OpenDue],
    others: list[OpenDue],
    *,
    amount_cents: int,
    booked_on: int,
    config: MatchConfig,
    kinds: frozenset[str],
) -> Choice:
    """Returns what the payment settles of the dues it names, then of the others."""
    choice = _exact(named, amount_cents, booked_on, config, kinds, ())
    if choice:
        return choice
    # `CHARGES T3`: its works are another matter, unless the amount says otherwise.
    of_kind = [d for d in named if d.kind in kinds]
    if of_kind and len(of_kind) < len(named):
        apart = [*others, *(d for d in named if d not in of_kind)]
        choice = _choose_among_named(
            of_kind, apart, amount_cents=amount_cents, booked_on=booked_on, config=config,
            kinds=kinds,
        )  # fmt: skip
        if choice.exact:
            return choice
    total = sum(d.left_cents for d in named)
    if amount_cents < total:
        short = settle_short(named, amount_cents, booked_on, config)
        return short or settle_in_order(named, amount_cents, booked_on, kinds)
    # More than what is named: what is left over may fit others, else it follows the law.
    rest = amount_cents - total
    parts = whole(legal_order(named, on=booked_on))
    if not others:
        return chosen(Fit.OVER, parts, rest=rest)
    also = _exact(others, rest, booked_on, config, kinds, ()) or settle_in_part(
        others, rest, booked_on, config
    )
    fit = also.fit
    if also.exact:
        fit = Fit.ALL if len(also.parts) == len(others) else Fit.SUBSET
    left = rest - sum(cents for _, cents in also.parts)
    return chosen(fit, (*parts, *also.parts), rest=left)


def _instructed(choice: Choice, words: str) -> Choice:
    return Choice(choice.fit, choice.parts, choice.words, words, choice.alternatives)


def _exact(
    dues: list[OpenDue],
    amount_cents: int,
    booked_on: int,
    config: MatchConfig,
    kinds: frozenset[str],
    discounts: Sequence[OpenDue],
) -> Choice | None:
    """Returns the preferred exact fit, None when the amount fits nothing."""
    single = [d for d in dues if d.left_cents == amount_cents]
    if single:
        # The one expected about that day, else the oldest one owed, else the next one to come; a
        # kind that the label names goes before all.
        due = min(
            single,
            key=lambda d: (
                bool(kinds) and d.kind not in kinds, not is_expected(d, booked_on, config),
                d.due_on > booked_on, d.due_on, d.due_id,
            ),
        )  # fmt: skip
        return chosen(Fit.SINGLE, ((due, amount_cents),))
    if len(dues) > 1:
        found = _exact_several(dues, amount_cents, booked_on, config)
        if found:
            return found
    return _net(dues, amount_cents, booked_on, discounts)


def _exact_several(
    dues: list[OpenDue], amount_cents: int, booked_on: int, config: MatchConfig
) -> Choice | None:
    total = sum(d.left_cents for d in dues)
    if amount_cents > total:
        return None
    order = legal_order(dues, on=booked_on)
    owed = [d for d in order if d.due_on <= booked_on]
    present = present_dues(order, booked_on, config)
    for group in (order, present, owed):
        if len(group) > 1 and sum(d.left_cents for d in group) == amount_cents:
            return chosen(Fit.ALL, whole(group))
    groups = [
        g for g in _groups(order) if len(g) > 1 and sum(d.left_cents for d in g) == amount_cents
    ]
    if groups:
        groups.sort(key=lambda g: not all(is_expected(d, booked_on, config) for d in g))
        return chosen(Fit.SAME_DATE, whole(groups[0]))
    for candidate in (order, sorted(order, key=lambda d: (d.due_on, d.due_id))):
        prefix = _prefix(candidate, amount_cents)
        if prefix:
            return chosen(Fit.PREFIX, whole(prefix))
    remains = [d for d in order if not d.untouched]
    if len(remains) > 1 and sum(d.left_cents for d in remains) == amount_cents:
        return chosen(Fit.PARTLY_PAID, whole(remains))
    return _subset(order[: config.subset_limit], amount_cents)


def _groups(order: list[OpenDue]) -> list[list[OpenDue]]:
    """Returns the dues of one date, of one call, of one kind: oldest group first."""
    groups: dict[tuple[str, object], list[OpenDue]] = defaultdict(list)
    for due in order:
        groups["date", due.due_on].append(due)
        if due.call_id:
            groups["call", due.call_id].append(due)
    for due in order:
        groups["kind", due.kind].append(due)
    return list(groups.values())


def _prefix(order: list[OpenDue], amount_cents: int) -> list[OpenDue]:
    total = 0
    for place, due in enumerate(order, start=1):
        total += due.left_cents
        if total >= amount_cents:
            return order[:place] if total == amount_cents and place > 1 else []
    return []


def _subset(order: list[OpenDue], amount_cents: int) -> Choice | None:
    """Returns the only combination of dues that makes the amount; several are ambiguous.

    Dues of one amount are the same to this search: the oldest of them are taken first.
    """
    by_amount: dict[int, list[OpenDue]] = defaultdict(list)
    for due in order:
        if due.left_cents < amount_cents:
            by_amount[due.left_cents].append(due)
    sums = np.zeros(1, dtype=np.int64)
    for cents, group in by_amount.items():
        steps = np.arange(len(group) + 1, dtype=np.int64) * cents
        sums = (steps[:, None] + sums[None, :]).ravel()
    solutions = np.flatnonzero(sums == amount_cents)[:3].tolist()
    found = []
    for solution in solutions:
        rest = solution
        taken_dues: list[OpenDue] = []
        for group in by_amount.values():
            rest, taken = divmod(rest, len(group) + 1)
            taken_dues.extend(group[:taken])
        found.append(whole(sorted(taken_dues, key=lambda d: (d.due_on, d.due_id))))
    if not found:
        return None
    if len(found) == 1:
        return chosen(Fit.SUBSET, found[0])
    found.sort(key=lambda parts: [(d.due_on, d.due_id) for d, _ in parts])
    best = chosen(Fit.AMBIGUOUS, found[0])
    return Choice(best.fit, best.parts, best.words, "", tuple(found[1:]))


def _net(
    dues: list[OpenDue], amount_cents: int, booked_on: int, discounts: Sequence[OpenDue]
) -> Choice | None:
    """Returns the due that this amount and one open credit settle together (DOMAIN D6)."""
    for credit in discounts:
        if not credit.left_cents:
            continue
        wanted = amount_cents + credit.left_cents
        fitting = [d for d in dues if d.left_cents == wanted]
        if fitting:
            due = min(fitting, key=lambda d: (d.due_on > booked_on, d.due_on, d.due_id))
            words = (
                f"montant égal à {due_words(due)} moins l'avoir {credit.due_id} "
                f"de {french_euros(credit.left_cents)}"
            )
            return Choice(Fit.NET, ((due, amount_cents),), words)
    return None
