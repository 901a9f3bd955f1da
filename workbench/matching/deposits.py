"""Which receipts a deposit credits: cheques in a remittance, card payments in a settlement.

A bank credits what was handed in together: receipts that follow one another by date, none left out
between. So a deposit is looked for among *runs*, whose sum is the deposit (cards: also less the
fee). Any receipts that happen to add up are no match: on measured data such a find was wrong six
times out of seven (MATCHING, 6); the only one among few is shown, never accepted.

Pure: records in, records out, in an order that depends on nothing but what they say.

Source: DOMAIN C9, C12; MATCHING 6; docs/decisions/0016-receipts-and-returns.md.
"""

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, combinations
from typing import Final

from workbench.domain.dates import french_date
from workbench.domain.money import french_euros
from workbench.matching.normalise import tokens

CHEQUE, CARD = "cheque", "card"
GROSS, NET = "deposit", "deposit_net"
_COUNT: Final = re.compile(r"\b(\d{1,3}) (?:CHEQUES?|CHQS?)\b|\b(?:NB|NBRE|NOMBRE) (\d{1,3})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositConfig:
    """How far a deposit is looked for.

    Attributes:
        fee_per_10000: what the card processor keeps, in hundredths of a percent.
        cheque_days: a cheque is credited at most that many days after it came.
        card_days: the same for a card payment.
        fresh_days: of several runs the one that leaves nothing older behind is taken, if what it
            starts with came at most that many days before: an older one may never have gone.
        subset_limit: receipts that do not follow one another are looked at up to that many.
        most_proposals: proposals of one deposit.
    """

    fee_per_10000: int = 35
    cheque_days: int = 60
    card_days: int = 20
    fresh_days: int = 15
    subset_limit: int = 12
    most_proposals: int = 5


DEPOSITS: Final = DepositConfig()


@dataclass(frozen=True, slots=True, kw_only=True)
class InHand:
    """A receipt that the bank has not credited yet; cents are positive.

    Attributes:
        item: its deposit item.
        kind: `cheque` or `card`.
        on: day it came.
        moment: ISO text that orders the receipts of a day.
    """

    item: int
    building_id: str
    kind: str
    receipt_id: str
    on: date
    moment: str
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """Money in that is a deposit; cents are positive.

    Attributes:
        item: the movement's.
        kind: of the receipts it can credit.
        label: as the bank wrote it: it may tell how many cheques there were.
    """

    item: int
    building_id: str
    kind: str
    on: date
    cents: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositMatch:
    """Receipts that a deposit credits, or may credit.

    Attributes:
        credit: the movement.
        receipts: in their order.
        fee_cents: what was kept back, 0 when credited gross.
        rule: `deposit` or `deposit_net`.
        sure: accepted without a human.
        rank: 1 for the best.
        confidence: 0 to below 1.
        criteria: (criterion, weight, words in French).
        differs: French, why it waits; "" when it is sure.
    """

    credit: Credit
    receipts: tuple[InHand, ...]
    fee_cents: int
    rule: str
    sure: bool
    rank: int
    confidence: float
    criteria: tuple[tuple[str, float, str], ...]
    differs: str


@dataclass(frozen=True, slots=True)
class _Run:
    """Receipts in hand that add up; `whole` when no receipt of the same days is left out."""

    receipts: tuple[InHand, ...]
    fee_cents: int
    whole: bool
    follows: bool = True

    @property
    def items(self) -> tuple[int, ...]:
        return tuple(receipt.item for receipt in self.receipts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposits:
    """What was found: matches by movement and rank, and words on deposits without any."""

    matches: tuple[DepositMatch, ...]
    unexplained: dict[int, str]


def stated_count(label: str) -> int | None:
    """Returns how many cheques a label says there are, None when it does not say."""
    found = _COUNT.search(" ".join(tokens(label)))
    return int(found[1] or found[2]) if found else None


def match_deposits(
    credits_: Sequence[Credit],
    receipts: Sequence[InHand],
    *,
    barred: Iterable[int] = (),
    config: DepositConfig = DEPOSITS,
) -> Deposits:
    """Says for every deposit which receipts it credits.

    Args:
        credits_: movements that are deposits.
        receipts: what the banks have not credited.
        barred: movements of which nothing is accepted: a person took it back.
        config: windows and the fee.

    Returns:
        Sure matches, each receipt in one of them at most; proposals for the other deposits; and
        what is said of those that nothing explains.
    """
    by_hand: dict[tuple[str, str], list[InHand]] = defaultdict(list)
    for receipt in receipts:
        by_hand[receipt.building_id, receipt.kind].append(receipt)
    asked: dict[tuple[str, str], list[Credit]] = defaultdict(list)
    for credit in credits_:
        asked[credit.building_id, credit.kind].append(credit)
    matches: list[DepositMatch] = []
    unexplained: dict[int, str] = {}
    for key in sorted(asked):
        hand = sorted(by_hand[key], key=lambda r: (r.on, r.moment, r.receipt_id, r.item))
        credits_of = sorted(asked[key], key=lambda c: (c.on, c.cents, c.label, c.item))
        _match_kind(credits_of, hand, set(barred), config, matches, unexplained)
    return Deposits(
        matches=tuple(sorted(matches, key=lambda m: (m.credit.item, m.rank))),
        unexplained=unexplained,
    )


def _match_kind(
    asked: list[Credit],
    hand: list[InHand],
    barred: set[int],
    config: DepositConfig,
    matches: list[DepositMatch],
    unexplained: dict[int, str],
) -> None:
    """Accepts what is sure until nothing more is: each one makes the others plainer."""
    waiting = list(asked)
    settled = True
    while settled:
        settled = False
        for credit in list(waiting):
            near = _within(hand, credit, config)
            runs = _runs(near, credit, config)
            if credit.item in barred:
                continue
            run = _sure_run(runs, near, credit, waiting, hand, config)
            if run is None:
                continue
            matches.append(_match(credit, run, rank=1, differs=""))
            used = set(run.items)
            hand = [receipt for receipt in hand if receipt.item not in used]
            waiting.remove(credit)
            settled = True
    for credit in waiting:
        near = _within(hand, credit, config)
        runs = _runs(near, credit, config)
        differs = _why_not_sure(runs, credit) or (
            "déjà accepté, puis annulé par une personne"
            if credit.item in barred
            else "un autre dépôt peut être fait des mêmes encaissements"
        )
        shown = runs or _only_subset(near, credit, config)
        for rank, run in enumerate(shown[: config.most_proposals], start=1):
            matches.append(_match(credit, run, rank=rank, differs=differs))
        if not shown:
            unexplained[credit.item] = _unexplained(credit, near)


def _within(hand: list[InHand], credit: Credit, config: DepositConfig) -> list[InHand]:
    days = config.cheque_days if credit.kind == CHEQUE else config.card_days
    first = credit.on - timedelta(days=days)
    return [receipt for receipt in hand if first <= receipt.on <= credit.on]


def _runs(near: list[InHand], credit: Credit, config: DepositConfig) -> list[_Run]:
    """Returns the runs that make the deposit, those of whole days first, then the oldest."""
    totals = [0, *accumulate(receipt.cents for receipt in near)]
    found: list[tuple[int, int, int]] = []
    for start in range(len(near)):
        end = bisect_left(totals, totals[start] + credit.cents, lo=start + 1)
        if end < len(totals) and totals[end] == totals[start] + credit.cents:
            found.append((start, end, 0))
        if credit.kind == CARD:
            found += _net_runs(near, totals, start, credit.cents, config)
    count = stated_count(credit.label)
    runs = [
        _Run(tuple(near[start:end]), fee, _is_whole(near, start, end))
        for start, end, fee in found
        if count is None or credit.kind != CHEQUE or end - start == count
    ]
    # Those of one rank stay in the order of the receipts they start with.
    return sorted(runs, key=lambda run: (not run.whole, run.fee_cents > 0))


def _net_runs(
    near: list[InHand], totals: list[int], start: int, cents: int, config: DepositConfig
) -> list[tuple[int, int, int]]:
    """Returns the runs from `start` that make the deposit once the fee is kept back."""
    rate = config.fee_per_10000
    # The fee is at least this much; rounding it payment by payment adds less than a cent each.
    low = cents + cents * rate // 10_000
    high = cents * 10_000 // (10_000 - rate) + 1 + (len(near) - start)
    first = bisect_left(totals, totals[start] + low, lo=start + 1)
    last = bisect_right(totals, totals[start] + high, lo=start + 1)
    runs = []
    for end in range(first, last):
        gross = totals[end] - totals[start]
        fee = gross - cents
        if fee > 0 and fee in _fees([r.cents for r in near[start:end]], rate):
            runs.append((start, end, fee))
    return runs


def _fees(amounts: list[int], rate: int) -> set[int]:
    """Returns what a processor can keep of these payments: rounded on the whole, or on each."""
    whole = sum(amounts) * rate
    each = sum((cents * rate + 5_000) // 10_000 for cents in amounts)
    return {whole // 10_000, (whole + 5_000) // 10_000, -(-whole // 10_000), each}


def _is_whole(near: list[InHand], start: int, end: int) -> bool:
    opens = start == 0 or near[start - 1].on < near[start].on
    closes = end == len(near) or near[end].on > near[end - 1].on
    return opens and closes


def _sure_run(
    runs: list[_Run],
    near: list[InHand],
    credit: Credit,
    waiting: list[Credit],
    hand: list[InHand],
    config: DepositConfig,
) -> _Run | None:
    """Returns the run that a deposit credits for sure, None when there is none."""
    others = [other for other in waiting if other.item != credit.item]
    if not _why_not_sure(runs, credit):
        # Two deposits of one amount may both be these receipts.
        rivals = (_runs(_within(hand, other, config), other, config) for other in others)
        clash = any(
            found and not _why_not_sure(found, credit) and not _apart(runs[0], found[0])
            for found in rivals
        )
        return None if clash else runs[0]
    first = _first_in_hand(runs, near, credit, config)
    if first is None:
        return None
    # An earlier deposit that may be of them comes before; of one day's nothing tells which.
    earlier = (other for other in others if other.on <= credit.on)
    found = (run for o in earlier for run in _runs(_within(hand, o, config), o, config))
    return first if all(_apart(first, run) for run in found) else None


def _first_in_hand(
    runs: list[_Run], near: list[InHand], credit: Credit, config: DepositConfig
) -> _Run | None:
    """Returns, of several runs, the one of whole days that leaves nothing older behind.

    Who goes to the bank takes what is there; a newer cheque is not taken before an older one.
    """
    oldest = near[0].on if near else credit.on
    if (credit.on - oldest).days > config.fresh_days or len({r.fee_cents > 0 for r in runs}) > 1:
        return None
    firsts = [run for run in runs if run.whole and run.receipts[0].item == near[0].item]
    return firsts[0] if len(firsts) == 1 else None


def _apart(run: _Run, other: _Run) -> bool:
    return set(run.items).isdisjoint(other.items)


def _why_not_sure(runs: list[_Run], credit: Credit) -> str:
    """Returns why no run can be accepted, "" when the only one can."""
    if not runs:
        return "ces encaissements ne se suivent pas"
    if len(runs) > 1:
        return f"{len(runs)} suites d'encaissements font ce montant"
    counted = credit.kind == CHEQUE and stated_count(credit.label) is not None
    if not runs[0].whole and not counted:
        return "d'autres encaissements des mêmes jours n'y sont pas"
    return ""


def _only_subset(near: list[InHand], credit: Credit, config: DepositConfig) -> list[_Run]:
    """Returns the receipts that make the deposit without following one another, if only ones."""
    if len(near) > config.subset_limit:
        return []
    count = stated_count(credit.label) if credit.kind == CHEQUE else None
    sizes = range(1, len(near) + 1) if count is None else [count]
    found = [
        chosen
        for size in sizes
        for chosen in combinations(near, size)
        if sum(receipt.cents for receipt in chosen) == credit.cents
    ]
    return [_Run(found[0], 0, whole=False, follows=False)] if len(found) == 1 else []


def _match(credit: Credit, run: _Run, *, rank: int, differs: str) -> DepositMatch:
    thing = "chèque" if credit.kind == CHEQUE else "paiement par carte"
    count = len(run.receipts)
    plural = "s" if count > 1 else ""
    things = f"{thing}{plural}" if credit.kind == CHEQUE else f"paiement{plural} par carte"
    gross = credit.cents + run.fee_cents
    words = f"{count} {things} pour {french_euros(gross)}"
    if run.fee_cents:
        words += f", moins {french_euros(run.fee_cents)} de commission"
    first, last = run.receipts[0].on, run.receipts[-1].on
    days = f"du {french_date(first)}"
    if last != first:
        days += f" au {french_date(last)}"
    criteria = [("total", 6.0, words)]
    if run.follows:
        criteria.append(("follows", 3.0, f"reçus {days}, sans en sauter"))
    else:
        criteria.append(("scattered", -3.0, f"reçus {days}, d'autres sautés"))
    if run.whole:
        criteria.append(("whole_days", 2.0, "tous ceux de ces jours"))
    stated = stated_count(credit.label) if credit.kind == CHEQUE else None
    if stated == count:
        criteria.append(("count", 3.0, f"le libellé en annonce {stated}"))
    sure = not differs
    return DepositMatch(
        credit=credit,
        receipts=run.receipts,
        fee_cents=run.fee_cents,
        rule=NET if run.fee_cents else GROSS,
        sure=sure,
        rank=rank,
        confidence=0.995 if sure else (0.6 if run.follows else 0.15) / rank,
        criteria=tuple(criteria),
        differs=differs,
    )


def _unexplained(credit: Credit, near: list[InHand]) -> str:
    """Returns what is said of a deposit that no receipt in hand explains."""
    what = "Remise de chèques" if credit.kind == CHEQUE else "Remise de cartes"
    count = stated_count(credit.label) if credit.kind == CHEQUE else None
    stated = f" ({count} annoncé{'s' if count > 1 else ''})" if count else ""
    if not near:
        return f"{what}{stated} : aucun encaissement saisi n'attend son crédit"
    total = french_euros(sum(receipt.cents for receipt in near))
    many = f"{len(near)} encaissements saisis pour {total} attendent leur crédit"
    one = f"1 encaissement saisi pour {total} attend son crédit"
    return f"{what}{stated} : {many if len(near) > 1 else one}, rien ne fait ce montant"
