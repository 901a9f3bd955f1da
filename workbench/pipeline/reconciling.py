"""Reconcile: the engine's sure matches become decisions, the others wait as proposals.

What people decide is in `deciding`.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

import pandas as pd
from sqlalchemy import Connection

from workbench.domain.errors import InvariantError, ParameterError
from workbench.domain.progress import Progress
from workbench.ledger import decisions, proposing, views
from workbench.ledger.decisions import Decision, Line, Verdict
from workbench.ledger.store import Ledger
from workbench.matching.engine import match
from workbench.matching.inputs import Matches, MatchInputs

# A run looks again at what is left until it accepts nothing more, so that running it twice, or
# after a kill, ends the same. More passes than this means the engine does not settle.
MOST_PASSES: Final = 8


@dataclass(slots=True)
class ReconcileSummary:
    """What a run did.

    Attributes:
        looked_at: open movements it looked at.
        accepted: movements linked by the engine.
        allocations: links it wrote.
        set_aside: movements that need no link (bank fees).
        proposed: movements with at least one proposal waiting.
        left: movements with neither.
        amount_cents: money of the accepted links.
    """

    looked_at: int = 0
    accepted: int = 0
    allocations: int = 0
    set_aside: int = 0
    proposed: int = 0
    left: int = 0
    amount_cents: int = 0


@dataclass(frozen=True, slots=True)
class _Run:
    """What the passes of one run found, as the engine's frames."""

    accepted: pd.DataFrame
    proposals: pd.DataFrame
    classified: pd.DataFrame


def reconcile(
    ledger: Ledger,
    *,
    building_id: str | None = None,
    as_of: date,
    actor: str,
    at: datetime,
    progress: Progress | None = None,
) -> ReconcileSummary:
    """Matches what is open, accepts what is sure, keeps the rest as proposals with reasons.

    Args:
        ledger: opened for writing.
        building_id: one building; the whole portfolio when None.
        as_of: movements booked later are left alone.
        actor: who runs it.
        at: when.
        progress: told after each building.

    Raises:
        ParameterError: no such building.

    Source: DOMAIN A4 to A10; MATCHING.
    """
    with ledger.snapshot():
        buildings = views.buildings(ledger, building_id=building_id)
        if building_id is not None and buildings.empty:
            raise ParameterError(f"immeuble inconnu : {building_id}")
        inputs = _inputs(ledger, building_id=building_id, as_of=as_of)
        undone = views.undone(ledger)
        facts = _Facts.of(inputs)
    parts = _by_building(_matched(inputs, undone=undone), facts)
    summary = ReconcileSummary(looked_at=len(facts.movements))
    for done, name in enumerate(sorted(parts)):
        if progress is not None:
            progress(done, len(parts), name)
        _write_building(ledger, parts[name], facts, summary, actor=actor, at=at)
    if progress is not None:
        progress(len(parts), len(parts), "")
    return summary


def _inputs(ledger: Ledger, *, building_id: str | None, as_of: date) -> MatchInputs:
    movements = views.movements(ledger, building_id=building_id)
    day = pd.Timestamp(as_of)
    is_open = (
        (movements["building_id"] != "")
        & (movements["open_cents"] != 0)
        & (movements["status"] != "ignored")
        & (movements["currency"] == "EUR")
        & (movements["booked_on"] <= day)
    )
    dues = views.dues(ledger, building_id=building_id)
    allocations = views.allocations(ledger, building_id=building_id)
    settled = allocations[allocations["state"] == "accepted"].merge(
        movements[["movement_id", "item_id", "booked_on"]], on="movement_id"
    )
    return MatchInputs(
        movements=movements[is_open],
        dues=dues[dues["open_cents"] != 0],
        # Every account of the portfolio: a payment sent to the wrong building must be recognised.
        accounts=views.accounts(ledger),
        known_payers=views.known_payers(ledger),
        rejections=views.rejections(ledger),
        settled=settled.rename(columns={"item_id": "movement_item_id"})[
            ["account_id", "movement_item_id", "amount_cents", "booked_on"]
        ],
    )


@dataclass(frozen=True, slots=True)
class _Movement:
    """What writing needs to know of a movement."""

    movement_id: str
    building_id: str
    booked_on: str
    open_cents: int


@dataclass(frozen=True, slots=True)
class _Link:
    """One row of the engine's proposals."""

    item: int
    rank: int
    account_id: str
    due_item: int
    amount_cents: int
    rule: str
    confidence: float
    reasons: str

    def joined(self, movement: _Movement) -> Line:
        """Returns the line this row would write."""
        return decisions.joined(
            self.item, self.due_item, movement.open_cents, self.amount_cents, self.account_id,
            movement.booked_on,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Facts:
    """Identifiers of the items the engine knows by number only."""

    movements: dict[int, _Movement]
    due_ids: dict[int, str]

    @classmethod
    def of(cls, inputs: MatchInputs) -> "_Facts":
        moves, dues = inputs.movements, inputs.dues
        columns = (
            moves["movement_id"], moves["building_id"],
            moves["booked_on"].dt.strftime("%Y-%m-%d"), moves["open_cents"],
        )  # fmt: skip
        rows = zip(*(column.tolist() for column in columns), strict=True)
        return cls(
            movements={
                item: _Movement(*row)
                for item, row in zip(moves["item_id"].tolist(), rows, strict=True)
            },
            due_ids=dict(zip(dues["item_id"].tolist(), dues["due_id"].tolist(), strict=True)),
        )

    def proposal_id(self, item: int, links: Sequence[_Link]) -> str:
        """Returns the same identifier for the same proposal, whichever run makes it."""
        parts = sorted(f"{self.due_ids[link.due_item]}:{link.amount_cents}" for link in links)
        content = "|".join([self.movements[item].movement_id, *parts])
        return "P" + hashlib.sha256(content.encode()).hexdigest()[:16]


def _matched(inputs: MatchInputs, *, undone: pd.DataFrame) -> _Run:
    """Runs the engine until it accepts nothing more."""
    taken_back = set(zip(undone["movement_item_id"], undone["account_id"], strict=True))
    aside_back = {item for item, account in taken_back if not account}
    accepted: list[pd.DataFrame] = []
    aside: list[pd.DataFrame] = []
    movements, dues, settled = inputs.movements, inputs.dues, inputs.settled
    for _ in range(MOST_PASSES):
        found = match(
            MatchInputs(
                movements=movements, dues=dues, accounts=inputs.accounts,
                known_payers=inputs.known_payers, rejections=inputs.rejections, settled=settled,
            )
        )  # fmt: skip
        _check_amounts(found, movements, dues)
        proposals, classified = found.proposals, found.classified
        pairs = zip(proposals["movement_item_id"], proposals["account_id"], strict=True)
        again = pd.Series([pair in taken_back for pair in pairs], index=proposals.index, dtype=bool)
        sure = (proposals["verdict"] == "accept") & (proposals["rank"] == 1) & ~again
        fees = classified[
            classified["set_aside"] & ~classified["movement_item_id"].isin(list(aside_back))
        ]
        if not sure.any() and fees.empty:
            return _Run(
                accepted=pd.concat(accepted) if accepted else proposals[sure],
                proposals=proposals,
                classified=pd.concat([*aside, classified]) if aside else classified,
            )
        links = proposals[sure]
        accepted.append(links)
        aside.append(fees)
        settled = pd.concat([settled, _as_settled(links, movements)], ignore_index=True)
        movements = _reduced(movements, links, "movement_item_id")
        movements = movements[~movements["item_id"].isin(fees["movement_item_id"])]
        dues = _reduced(dues, links, "due_item_id")
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


@dataclass(slots=True)
class _BuildingRun:
    """What one building's transaction writes."""

    items: set[int] = field(default_factory=set)
    accepted: dict[int, list[_Link]] = field(default_factory=dict)
    waiting: dict[tuple[int, int], list[_Link]] = field(default_factory=dict)
    classified: list[tuple[int, str, str]] = field(default_factory=list)
    aside: list[tuple[int, str, str]] = field(default_factory=list)


def _by_building(run: _Run, facts: _Facts) -> dict[str, _BuildingRun]:
    """Sorts everything a run found by building, movements in the order of their items."""
    parts: dict[str, _BuildingRun] = {}

    def part(item: int) -> _BuildingRun:
        return parts.setdefault(facts.movements[item].building_id, _BuildingRun())

    for item in facts.movements:
        part(item).items.add(item)
    for link in _links(run.accepted):
        part(link.item).accepted.setdefault(link.item, []).append(link)
    for link in _links(run.proposals):
        part(link.item).waiting.setdefault((link.item, link.rank), []).append(link)
    frame = run.classified.sort_values("movement_item_id")
    columns = (frame[c].tolist() for c in ("movement_item_id", "kind", "words", "set_aside"))
    for item, kind, words, set_aside in zip(*columns, strict=True):
        target = part(item).aside if set_aside else part(item).classified
        target.append((item, kind, words))
    return parts


def _links(frame: pd.DataFrame) -> list[_Link]:
    names = (
        "movement_item_id", "rank", "account_id", "due_item_id", "amount_cents", "rule",
        "confidence", "reasons",
    )  # fmt: skip
    ordered = frame.sort_values(["movement_item_id", "rank", "due_item_id"])
    return [_Link(*row) for row in zip(*(ordered[n].tolist() for n in names), strict=True)]


def _write_building(
    ledger: Ledger,
    part: _BuildingRun,
    facts: _Facts,
    summary: ReconcileSummary,
    *,
    actor: str,
    at: datetime,
) -> None:
    """Writes one building's decisions and proposals in one transaction."""
    with ledger.writing() as connection:
        chosen = _still_possible(
            connection, [_engine_decision(facts, links) for links in part.accepted.values()]
        )
        aside = [
            Decision(
                action="set_aside",
                subject=facts.movements[item].movement_id,
                verdicts=(Verdict(item_id=item, kind="set_aside", reason=kind, words=words),),
                rule=kind,
            )
            for item, kind, words in part.aside
        ]
        decisions.record(connection, [*chosen, *aside], actor=actor, at=at)
        proposing.replace_proposals(
            connection, sorted(part.items), _proposal_rows(facts, part), part.classified
        )
    summary.accepted += len(chosen)
    summary.allocations += sum(len(d.lines) for d in chosen)
    summary.amount_cents += sum(line.amount_cents for d in chosen for line in d.lines)
    summary.set_aside += len(aside)
    proposed = {item for item, _ in part.waiting}
    settled = {*part.accepted, *(item for item, _, _ in part.aside)}
    summary.proposed += len(proposed)
    summary.left += len(part.items - proposed - settled)


def _engine_decision(facts: _Facts, links: Sequence[_Link]) -> Decision:
    first = links[0]
    movement = facts.movements[first.item]
    return Decision(
        action="match",
        subject=movement.movement_id,
        lines=tuple(link.joined(movement) for link in links),
        rule=first.rule,
        confidence=first.confidence,
        reasons=first.reasons,
        proposal_id=facts.proposal_id(first.item, links),
    )


def _proposal_rows(facts: _Facts, part: _BuildingRun) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    seen: set[str] = set()
    for (item, rank), links in part.waiting.items():
        number = facts.proposal_id(item, links)
        # Two rules may lead to the same dues and amounts: one proposal, at its better rank.
        if number in seen:
            continue
        seen.add(number)
        for link in links:
            line = link.joined(facts.movements[item])
            rows.append(
                (number, line.debit_item, line.credit_item, item, rank, link.account_id,
                 link.amount_cents, link.rule, link.confidence, link.reasons)
            )  # fmt: skip
    return rows


def _still_possible(connection: Connection, chosen: list[Decision]) -> list[Decision]:
    """Leaves out what somebody else used up between the reading and this transaction."""
    items = {i for d in chosen for line in d.lines for i in (line.credit_item, line.debit_item)}
    found = decisions.open_cents(connection, sorted(items))
    left = {item: abs(cents) for item, cents in found.items()}
    kept: list[Decision] = []
    for decision in chosen:
        wanted: dict[int, int] = {}
        for line in decision.lines:
            for item in (line.credit_item, line.debit_item):
                wanted[item] = wanted.get(item, 0) + line.amount_cents
        if all(left.get(item, 0) >= cents for item, cents in wanted.items()):
            for item, cents in wanted.items():
                left[item] -= cents
            kept.append(decision)
    return kept
