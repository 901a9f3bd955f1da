"""Matches against the truth: precision by exact link and by account, recall, noise, proposals.

Pure: frames in, a `Score` out. Three figures must not be mixed up:

- an accepted link is *exact* when movement, account, due and cents are all the truth's; it is
  right *by account* when only the account is;
- a movement is *unknowable* when nobody could have told its account or its due from the data (the
  generator's own judgement, decision 0014). Precision is given with and without those;
- a *batch* (cheque deposit, card transfer, debits or aid in one sum) is the sum of parts which
  stand on a list that is not in the data. It counts in precision, never in recall.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

# One-sided: the true precision is above the bound in 95 cases of 100.
CONFIDENCE: Final = 0.95
_FIRST: Final = 3
_LINK: Final = ["movement_item_id", "account_id", "due_item_id", "amount_cents"]


@dataclass(frozen=True, slots=True)
class Truth:
    """What every movement really paid.

    Attributes:
        links: movement_item_id, account_id, due_item_id, amount_cents (> 0).
        movements: one row per movement. movement_item_id, situation, nature (`payment`, `batch`,
            `nothing`), account_unknowable, due_unknowable (bool).
    """

    links: pd.DataFrame
    movements: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassScore:
    """What one evidence class accepted.

    Attributes:
        links: accepted links.
        exact: of them, right in movement, account, due and cents.
        by_account: of them, right in the account.
        knowable: links on movements that could be known.
        knowable_exact: of those, exact.
        on_noise: links on movements that settle nothing.
    """

    links: int
    exact: int
    by_account: int
    knowable: int
    knowable_exact: int
    on_noise: int

    @property
    def precision(self) -> float:
        """Returns the share of exact links, 1 when there are none."""
        return self.exact / self.links if self.links else 1.0

    @property
    def knowable_precision(self) -> float:
        """Returns the share of exact links among those that could be known."""
        return self.knowable_exact / self.knowable if self.knowable else 1.0

    @property
    def bound(self) -> float:
        """Returns the lower bound of the knowable precision."""
        return lower_bound(self.knowable_exact, self.knowable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The whole of one engine's run.

    Attributes:
        total: everything accepted.
        classes: the same by evidence class.
        wanted: true links of the payments.
        found: of them, accepted exactly.
        knowable_wanted: true links of the payments that could be known.
        knowable_found: of them, accepted exactly.
        noise_movements: movements that settle nothing.
        noise_accepted: of them, those with an accepted link.
        knowable_noise_accepted: of those, the ones that could be known (a second payment of one
            sum may look like the payment of another due).
        waiting: payments with no accepted link.
        first_three: of them, those with a right account among the first three proposed.
        knowable_waiting: as `waiting`, of those whose account could be known.
        knowable_first_three: as `first_three`, of those.
        situations: per situation: payments, accepted exact, accepted wrong (links).
    """

    total: ClassScore
    classes: Mapping[str, ClassScore]
    wanted: int
    found: int
    knowable_wanted: int
    knowable_found: int
    noise_movements: int
    noise_accepted: int
    knowable_noise_accepted: int
    waiting: int
    first_three: int
    knowable_waiting: int
    knowable_first_three: int
    situations: pd.DataFrame

    @property
    def recall(self) -> float:
        """Returns the share of true links accepted exactly."""
        return self.found / self.wanted if self.wanted else 1.0

    @property
    def knowable_recall(self) -> float:
        """Returns the same over what could be known."""
        return self.knowable_found / self.knowable_wanted if self.knowable_wanted else 1.0


def lower_bound(right: int, tried: int) -> float:
    """Returns the one-sided lower bound of a share (Clopper-Pearson), 0 when nothing was tried."""
    if not tried or not right:
        return 0.0
    wrong, low, high = tried - right, 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        # The chance of at most this many wrong when the share of wrong is `middle`.
        if _at_most(wrong, tried, middle) > 1 - CONFIDENCE:
            low = middle
        else:
            high = middle
    return 1 - high


def _at_most(wrong: int, tried: int, share: float) -> float:
    """Returns the binomial chance of at most `wrong` of `tried`."""
    if share <= 0:
        return 1.0
    if share >= 1:
        return float(wrong >= tried)
    # Logarithms: the first terms of 800,000 movements are below what a float holds.
    term = tried * math.log1p(-share)
    odds = math.log(share) - math.log1p(-share)
    terms = [term]
    for k in range(1, wrong + 1):
        term += math.log(tried - k + 1) - math.log(k) + odds
        terms.append(term)
    top = max(terms)
    return math.exp(top) * math.fsum(math.exp(t - top) for t in terms)


def read_truth(folder: Path) -> Truth:
    """Reads the truth that the second generator wrote next to its tables."""
    movements = pd.read_csv(folder / "truth_movements.csv")
    flags = ["account_unknowable", "due_unknowable"]
    movements[flags] = movements[flags].astype(bool)
    return Truth(links=pd.read_csv(folder / "truth_links.csv"), movements=movements)


def score(truth: Truth, proposals: pd.DataFrame) -> Score:
    """Compares what an engine accepted and proposed with the truth.

    Args:
        truth: see `Truth`.
        proposals: as `matching.inputs.Matches.proposals`: movement_item_id, rank (1 = best),
            verdict (`accept` or `propose`), account_id, due_item_id, amount_cents, rule.
    """
    facts = truth.movements.set_index("movement_item_id")
    sure = _judged(proposals[(proposals["verdict"] == "accept") & (proposals["rank"] == 1)], truth)
    payments = facts[facts["nature"] == "payment"]
    known = payments[~payments["due_unknowable"]]
    wanted = truth.links[truth.links["movement_item_id"].isin(payments.index)]
    exact = sure[sure["exact"]]
    noise = facts[facts["nature"] == "nothing"]
    linked = noise[noise.index.isin(sure["movement_item_id"])]
    waiting = payments[~payments.index.isin(sure["movement_item_id"])]
    placed = _placed(truth, proposals)
    telling = waiting[~waiting["account_unknowable"]]
    return Score(
        total=_class_score(sure),
        classes={str(rule): _class_score(part) for rule, part in sure.groupby("rule")},
        wanted=len(wanted),
        found=int(exact["movement_item_id"].isin(payments.index).sum()),
        knowable_wanted=int(wanted["movement_item_id"].isin(known.index).sum()),
        knowable_found=int(exact["movement_item_id"].isin(known.index).sum()),
        noise_movements=len(noise),
        noise_accepted=len(linked),
        knowable_noise_accepted=int((~linked["due_unknowable"]).sum()),
        waiting=len(waiting),
        first_three=int(waiting.index.isin(placed).sum()),
        knowable_waiting=len(telling),
        knowable_first_three=int(telling.index.isin(placed).sum()),
        situations=_situations(payments, sure),
    )


def _judged(sure: pd.DataFrame, truth: Truth) -> pd.DataFrame:
    """Adds to each accepted link: exact, by_account, nature, situation, unknowable."""
    sure = sure[[*_LINK, "rule"]].merge(truth.movements, on="movement_item_id", how="left")
    right = truth.links[_LINK].assign(exact=True)
    sure = sure.merge(right, on=_LINK, how="left")
    sure["exact"] = sure["exact"].eq(True)
    pairs = truth.links[_LINK[:2]].drop_duplicates().assign(by_account=1)
    sure = sure.merge(pairs, on=["movement_item_id", "account_id"], how="left")
    sure["by_account"] = sure["by_account"].eq(1)
    return sure


def _class_score(sure: pd.DataFrame) -> ClassScore:
    known = sure[~sure["due_unknowable"]]
    return ClassScore(
        links=len(sure),
        exact=int(sure["exact"].sum()),
        by_account=int(sure["by_account"].sum()),
        knowable=len(known),
        knowable_exact=int(known["exact"].sum()),
        on_noise=int((sure["nature"] == "nothing").sum()),
    )


def _placed(truth: Truth, proposals: pd.DataFrame) -> list[int]:
    """Returns the movements with a right account among the first three different ones proposed."""
    ranked = proposals.sort_values(["movement_item_id", "rank"])
    ranked = ranked.drop_duplicates(["movement_item_id", "account_id"])
    first = ranked[ranked.groupby("movement_item_id").cumcount() < _FIRST]
    pairs = truth.links[["movement_item_id", "account_id"]].drop_duplicates()
    hits = first.merge(pairs, on=["movement_item_id", "account_id"])
    return hits["movement_item_id"].drop_duplicates().tolist()


def _situations(payments: pd.DataFrame, sure: pd.DataFrame) -> pd.DataFrame:
    """Returns, by situation: movements, accepted (movements), wrong (knowable links)."""
    by_name = payments.groupby("situation").size().rename("movements").to_frame()
    accepted = payments.index.isin(sure["movement_item_id"])
    by_name["accepted"] = payments[accepted].groupby("situation").size()
    wrong = sure[~sure["exact"] & ~sure["due_unknowable"]]
    counted = wrong.groupby("situation").size().rename("wrong")
    return by_name.join(counted, how="outer").fillna(0).astype("int64")
