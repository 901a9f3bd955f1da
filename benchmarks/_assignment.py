"""From "this movement is that account's" to dues: the same for every peer, and their best setting.

A peer finds accounts; which dues a payment settles is no part of it. So every peer gets this
assignment: by booking date, the dues of the account that make exactly the amount (one, those of a
day, all that were called, an oldest-first prefix, any subset), the ones already called and oldest
first; else part payments oldest first. Stricter: exact amounts only; strictest: exact, and no
other choice of its dues makes the amount. And every peer gets the threshold, the margin and the
strictness that are best *by the truth*, which no engine has in life: the comparison errs on their
side.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from typing import Final

import pandas as pd

from benchmarks._scoring import Score, Truth, score
from benchmarks._sides import Sides

_MOST_DUES: Final = 7
_QUANTILES: Final = (0.05, 0.15, 0.25, 0.35, 0.5, 0.65)
_LOOKED_AT: Final = 100
_COLUMNS: Final = ["movement_item_id", "account_id", "due_item_id", "amount_cents"]


@dataclass(slots=True)
class _Open:
    due_on: str
    issued_on: str
    item: int
    left: int


@dataclass(frozen=True, slots=True)
class Setting:
    """A peer's threshold and margin, with what they give."""

    threshold: float
    margin: float
    strictness: int
    score: Score


def assign(sides: Sides, best: pd.DataFrame, *, strictness: int = 0) -> pd.DataFrame:
    """Returns the links of these movements to dues of their accounts, by booking date.

    Args:
        sides: movements, and dues by account.
        best: movement_item_id, account_id: whose each movement is.
        strictness: 0 part payments too, 1 exact amounts, 2 exact amounts in one way only.
    """
    books = {
        account: [_Open(*due) for due in sides.dues.get(account, [])]
        for account in best["account_id"].unique()
    }
    facts = sides.movements.set_index("item_id")[["booked_on", "amount_cents"]]
    asked = best.join(facts, on="movement_item_id").sort_values(["booked_on", "movement_item_id"])
    columns = (asked[c] for c in ("movement_item_id", "account_id", "booked_on", "amount_cents"))
    links = [
        (item, account, due, cents)
        for item, account, on, amount in zip(*columns, strict=True)
        for due, cents in _settle(books[account], amount, on, strictness)
    ]
    return pd.DataFrame(links, columns=_COLUMNS)


def _settle(book: list[_Open], amount: int, on: str, strictness: int) -> Iterator[tuple[int, int]]:
    sign = 1 if amount > 0 else -1
    opens = [due for due in book if due.left * sign > 0]
    called = [due for due in opens if due.issued_on <= on]
    for among in (called, opens):
        fitting = [c for c in map(tuple, _choices(among)) if sum(d.left for d in c) == amount]
        if strictness > 1 and len({frozenset(d.item for d in c) for c in fitting}) > 1:
            return
        if fitting:
            for due in fitting[0]:
                yield due.item, abs(due.left)
                due.left = 0
            return
    left = 0 if strictness else abs(amount)
    for due in called or opens:
        taken = min(left, abs(due.left))
        if taken:
            due.left -= sign * taken
            left -= taken
            yield due.item, taken


def _choices(opens: list[_Open]) -> Iterator[Iterable[_Open]]:
    for due in opens:
        yield (due,)
    for day in dict.fromkeys(due.due_on for due in opens):
        yield [due for due in opens if due.due_on == day]
    yield opens
    for end in range(2, len(opens)):
        yield opens[:end]
    if len(opens) <= _MOST_DUES:
        for size in range(2, len(opens)):
            yield from combinations(opens, size)


def best_settings(
    sides: Sides, candidates: pd.DataFrame, truth: Truth, *, precisions: Sequence[float]
) -> dict[float, Setting]:
    """Returns, by precision, the setting with the highest recall at it, else the most precise one.

    It is looked for on the first hundred buildings, and its score is that of all.

    Args:
        sides: see `Sides`.
        candidates: movement_item_id, account_id, score: the best few of each movement.
        truth: what is right; precision is that of the links which could be known.
        precisions: the least precisions wanted.
    """
    ranked = candidates.sort_values(["movement_item_id", "score"], ascending=[True, False])
    first = sorted(sides.movements["building_id"].unique())[:_LOOKED_AT]
    items = sides.movements.loc[sides.movements["building_id"].isin(first), "item_id"]
    sample = Truth(
        links=truth.links[truth.links["movement_item_id"].isin(items)],
        movements=truth.movements[truth.movements["movement_item_id"].isin(items)],
    )
    looked_at = ranked[ranked["movement_item_id"].isin(items)]
    points = looked_at.drop_duplicates("movement_item_id")["score"]
    spread = float(points.quantile(0.9) - points.quantile(0.1))
    tried = [
        _tried(sides, looked_at, sample, (float(points.quantile(quantile)), margin, strictness))
        for quantile, margin, strictness in product(_QUANTILES, (0.0, spread / 5), (0, 1, 2))
    ]
    found: dict[float, Setting] = {}
    for precision in precisions:
        best = _best(tried, precision)
        setting = (best.threshold, best.margin, best.strictness)
        found[precision] = _tried(sides, ranked, truth, setting)
    return found


def _best(tried: Sequence[Setting], precision: float) -> Setting:
    enough = [s for s in tried if s.score.total.knowable_precision >= precision]
    if enough:
        return max(enough, key=lambda s: s.score.recall)
    return max(tried, key=lambda s: s.score.total.knowable_precision)


def _tried(
    sides: Sides, ranked: pd.DataFrame, truth: Truth, setting: tuple[float, float, int]
) -> Setting:
    threshold, margin, strictness = setting
    top = ranked.drop_duplicates("movement_item_id")
    second = ranked[ranked.duplicated("movement_item_id")].drop_duplicates("movement_item_id")
    runner_up = top["movement_item_id"].map(second.set_index("movement_item_id")["score"])
    alone = top["score"].min() - margin
    kept = top[(top["score"] >= threshold) & (top["score"] - runner_up.fillna(alone) > margin)]
    proposals = _proposals(sides, kept, ranked, strictness=strictness)
    return Setting(threshold, margin, strictness, score(truth, proposals))


def _proposals(
    sides: Sides, kept: pd.DataFrame, ranked: pd.DataFrame, *, strictness: int
) -> pd.DataFrame:
    """Returns accepted links as proposals of rank 1, every candidate as one to look at."""
    sure = assign(sides, kept[["movement_item_id", "account_id"]], strictness=strictness)
    sure = sure.assign(rank=1, verdict="accept", rule="match")
    others = ranked[["movement_item_id", "account_id"]].copy()
    others["rank"] = ranked.groupby("movement_item_id").cumcount() + 1
    others = others.assign(due_item_id=0, amount_cents=0, verdict="propose", rule="match")
    return pd.concat([sure, others[~others["movement_item_id"].isin(sure["movement_item_id"])]])
