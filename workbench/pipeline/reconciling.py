"""Reconcile: the engine's sure matches become decisions, the others wait as proposals.

What people decide is in `deciding`.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from typing import Final

import pandas as pd

from workbench.domain.errors import InvariantError, ParameterError
from workbench.domain.progress import Progress
from workbench.ledger import views
from workbench.ledger.store import Ledger
from workbench.matching.config import MatchConfig
from workbench.matching.engine import match
from workbench.matching.inputs import Matches, MatchInputs
from workbench.matching.sampling import DEFAULT_RULES, SamplingRules
from workbench.pipeline import learning, sampling
from workbench.pipeline.depositing import add_deposits, add_transfers
from workbench.pipeline.grouped import GroupedMoney, told_grouped
from workbench.pipeline.open_side import (
    Books,
    OpenSide,
    engine_rejections,
    open_side,
    settled_payments,
)
from workbench.pipeline.recording import (
    BuildingRun,
    EngineRun,
    Facts,
    ReconcileSummary,
    Vouched,
    by_building,
    write_building,
)
from workbench.pipeline.renewing import renewal
from workbench.pipeline.returning import add_returns, reopened_dues

# A run looks again at what is left until it accepts nothing more, so that running it twice, or
# after a kill, ends the same. More passes than this means the engine does not settle.
MOST_PASSES: Final = 8


def reconcile(
    ledger: Ledger,
    *,
    building_id: str | None = None,
    as_of: date,
    actor: str,
    at: datetime,
    rules: SamplingRules = DEFAULT_RULES,
    everything: bool = False,
    progress: Progress | None = None,
) -> ReconcileSummary:
    """Matches what is open, accepts what is sure, keeps the rest as proposals with reasons.

    Buildings of which nothing changed since their last run are left alone: looking at them again
    would come to the same.

    Args:
        ledger: opened for writing.
        building_id: one building; the whole portfolio when None.
        as_of: movements booked later are left alone.
        actor: who runs it.
        at: when.
        rules: when a class of links has failed its samples, and is only proposed.
        everything: look at every building again.
        progress: told after each building.

    Raises:
        ParameterError: no such building.

    Source: DOMAIN A4 to A10; MATCHING.
    """
    with ledger.snapshot():
        buildings = views.buildings(ledger, building_id=building_id)
        if building_id is not None and buildings.empty:
            raise ParameterError(f"immeuble inconnu : {building_id}")
        books = Books.read(ledger, building_id=building_id, as_of=as_of)
        known = learning.known_payers(ledger)
        # Every account of the portfolio: a payment sent to the wrong building must be recognised.
        accounts = views.accounts(ledger)
        config = sampling.match_config(ledger, rules=rules)
        demoted = sampling.demotions(ledger, rules=rules)
        news = renewal(
            ledger, accounts=accounts, known_payers=known, config=config, as_of=as_of,
            everything=everything or building_id is not None,
        )  # fmt: skip
    books = news.only(books)
    if not news.buildings:
        return ReconcileSummary(demoted=[each.message for each in demoted])
    run, found, facts = _found(
        books, accounts=accounts, known=known, config=config,
        demoted=frozenset(each.subject for each in demoted),
    )  # fmt: skip
    parts = by_building(run, found, facts)
    summary = ReconcileSummary(
        looked_at=len(books.open_movements),
        buildings=len(news.buildings) if building_id is None else 1,
        demoted=[each.message for each in demoted],
    )
    # What a run of one building alone changes is news for the others.
    wanted = {building_id} if building_id is not None else news.buildings
    seen = news.seen
    for done, name in enumerate(sorted(wanted)):
        if progress is not None:
            progress(done, len(wanted), name)
        seen = write_building(
            ledger, parts.get(name, BuildingRun()), facts, summary, actor=actor, at=at,
            vouched=Vouched(name, seen, news) if building_id is None else None,
        )  # fmt: skip
    if progress is not None:
        progress(len(wanted), len(wanted), "")
    return summary


def _found(
    books: Books,
    *,
    accounts: pd.DataFrame,
    known: pd.DataFrame,
    config: MatchConfig,
    demoted: frozenset[str],
) -> tuple[EngineRun, GroupedMoney, Facts]:
    """Returns what the engine finds in the books, and what is grouped money, in one snapshot.

    Args:
        books: the ledger's frames.
        accounts: every account of the portfolio.
        known: payers known from listed IBANs and lessons.
        config: the engine's.
        demoted: rules of which nothing is accepted: their sample failed.
    """
    found = _grouped_money(books, demoted=demoted)
    side = open_side(books, taken=found.taken)
    dues = reopened_dues(books, found)
    inputs = MatchInputs(
        movements=side.payments,
        dues=dues[dues["open_cents"] != 0],
        accounts=accounts,
        known_payers=known,
        rejections=engine_rejections(books, side),
        settled=settled_payments(books, reopened=found.reversals),
    )
    run = _matched(inputs, side=side, undone=books.undone, config=config)
    return run, found, Facts(books=books, side=side)


def _grouped_money(books: Books, *, demoted: frozenset[str]) -> GroupedMoney:
    """Returns the returns and deposits among the open movements.

    Args:
        books: the ledger's frames.
        demoted: rules of which nothing is accepted: their sample failed.
    """
    told = told_grouped(books)
    found = GroupedMoney()
    add_returns(books, told, found, demoted)
    add_transfers(books, found, demoted)
    add_deposits(books, told, found, demoted)
    return found


def _matched(
    inputs: MatchInputs, *, side: OpenSide, undone: Collection[tuple[int, str]], config: MatchConfig
) -> EngineRun:
    """Runs the engine until it accepts nothing more."""
    items = {number: subject.item for number, subject in side.subjects.items()}
    aside_back = [number for number, item in items.items() if (item, "") in undone]
    accepted: list[pd.DataFrame] = []
    offsets: list[pd.DataFrame] = []
    aside: list[pd.DataFrame] = []
    movements, dues, settled = inputs.movements, inputs.dues, inputs.settled
    for _ in range(MOST_PASSES):
        found = match(
            replace(inputs, movements=movements, dues=dues, settled=settled), config=config
        )
        _check_amounts(found, movements, dues)
        proposals, classified = found.proposals, found.classified
        pairs = zip(proposals["movement_item_id"], proposals["account_id"], strict=True)
        again = pd.Series(
            [(items[number], account) in undone for number, account in pairs],
            index=proposals.index,
            dtype=bool,
        )
        sure = (proposals["verdict"] == "accept") & (proposals["rank"] == 1) & ~again
        fees = classified[
            classified["set_aside"]
            & ~classified["movement_item_id"].isin(aside_back)
            # A fee inside a batch stays with what is left of the batch.
            & ~classified["movement_item_id"].isin([n for n, s in side.subjects.items() if s.part])
        ]
        if not sure.any() and fees.empty:
            return EngineRun(
                accepted=pd.concat(accepted) if accepted else proposals[sure],
                offsets=pd.concat(offsets) if offsets else found.offsets.iloc[:0],
                proposals=proposals,
                classified=pd.concat([*aside, classified]) if aside else classified,
            )
        links = proposals[sure]
        counted_on = found.offsets["movement_item_id"].isin(links["movement_item_id"])
        accepted.append(links)
        offsets.append(found.offsets[counted_on])
        aside.append(fees)
        settled = pd.concat([settled, _as_settled(links, movements)], ignore_index=True)
        movements = _reduced(movements, links, "movement_item_id")
        movements = movements[~movements["item_id"].isin(fees["movement_item_id"])]
        for used, by in (
            (links, "due_item_id"), (offsets[-1], "due_item_id"), (offsets[-1], "credit_item_id"),
        ):  # fmt: skip
            dues = _reduced(dues, used, by)
    raise InvariantError("the engine still accepts after its last pass")


def _as_settled(links: pd.DataFrame, movements: pd.DataFrame) -> pd.DataFrame:
    booked = movements.set_index("item_id")["booked_on"]
    return pd.DataFrame(
        {
            "account_id": links["account_id"],
            "movement_item_id": links["movement_item_id"],
            "amount_cents": links["amount_cents"],
            "booked_on": links["movement_item_id"].map(booked),
        }
    )


def _reduced(items: pd.DataFrame, links: pd.DataFrame, by: str) -> pd.DataFrame:
    """Returns the items still open after the links, with what is left of them."""
    used = links.groupby(by)["amount_cents"].sum()
    taken = items["item_id"].map(used).fillna(0).astype("int64")
    sign = items["open_cents"].map(lambda cents: 1 if cents > 0 else -1).astype("int64")
    left = items.assign(open_cents=items["open_cents"] - sign * taken)
    return left[left["open_cents"] != 0]


def _check_amounts(found: Matches, movements: pd.DataFrame, dues: pd.DataFrame) -> None:
    """Refuses an engine that creates money: the boundary between computing and keeping."""
    sure = found.proposals[
        (found.proposals["verdict"] == "accept") & (found.proposals["rank"] == 1)
    ]
    for items, by in ((movements, "movement_item_id"), (dues, "due_item_id")):
        used = sure.groupby(by)["amount_cents"].sum()
        left = items.set_index("item_id")["open_cents"].abs()
        if (used > left.reindex(used.index).fillna(0)).any():
            raise InvariantError(f"the engine links more than is open ({by})")
