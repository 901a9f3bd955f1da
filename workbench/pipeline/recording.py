"""Writing what a run found: one transaction a building, decisions first, then proposals.

Source: DOMAIN A10; docs/decisions/0004-ledger.md.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

import pandas as pd
from sqlalchemy import Connection

from workbench.domain.errors import DecisionRefusedError
from workbench.domain.money import french_euros
from workbench.ledger import decisions, proposing, returning, watermarks
from workbench.ledger.decisions import Decision, Line, Verdict
from workbench.ledger.store import Ledger
from workbench.ledger.watermarks import Mark
from workbench.matching import deposits
from workbench.matching.inputs import CLASSIFIED_TYPES
from workbench.pipeline.grouped import Grouped, GroupedMoney
from workbench.pipeline.open_side import Books, OpenSide
from workbench.pipeline.renewing import Renewal

# A batch has hundreds of transactions; a person looks at the first ones.
_SHOWN_PARTS: Final = 3


@dataclass(slots=True)
class ReconcileSummary:
    """What a run did.

    Attributes:
        buildings: buildings of which something changed.
        looked_at: open movements it looked at.
        accepted: movements linked by the engine, deposits and returns included.
        receipts: cheques and card receipts linked to dues.
        allocations: links it wrote.
        set_aside: movements that need no link (bank fees).
        proposed: movements with at least one proposal waiting.
        left: movements with neither.
        amount_cents: money of the accepted links.
        demoted: French, each class whose links are proposed since its sample failed.
    """

    buildings: int = 0
    looked_at: int = 0
    accepted: int = 0
    receipts: int = 0
    allocations: int = 0
    set_aside: int = 0
    proposed: int = 0
    left: int = 0
    amount_cents: int = 0
    demoted: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class EngineRun:
    """What the passes of one run found, as the engine's frames."""

    accepted: pd.DataFrame
    offsets: pd.DataFrame
    proposals: pd.DataFrame
    classified: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Link:
    """One row of the engine's proposals; `number` is what the engine calls its movement."""

    number: int
    rank: int
    account_id: str
    due_item: int
    amount_cents: int
    rule: str
    confidence: float
    reasons: str


class Facts:
    """What the engine's numbers stand for."""

    def __init__(self, *, books: Books, side: OpenSide) -> None:
        self.subjects = side.subjects
        self.whole = side.whole
        dues = books.dues
        self._due_ids = dict(zip(dues["item_id"].tolist(), dues["due_id"].tolist(), strict=True))
        # Everything a run looks at, engine or not, with its building.
        movements = books.open_movements
        self.buildings = dict(
            zip(movements["item_id"].tolist(), movements["building_id"].tolist(), strict=True)
        )
        self.names = dict(
            zip(movements["item_id"].tolist(), movements["movement_id"].tolist(), strict=True)
        )
        self.is_movement = frozenset(self.buildings)
        self.buildings |= {s.item: s.building_id for s in self.subjects.values()}
        self.names |= {s.item: s.name for s in self.subjects.values()}

    def line(self, link: Link) -> Line:
        """Returns the line one of the engine's rows would write."""
        return self.subjects[link.number].joined(link.due_item, link.amount_cents, link.account_id)

    def proposal_id(self, number: int, links: Sequence[Link]) -> str:
        """Returns the same identifier for the same proposal, whichever run makes it."""
        subject = self.subjects[number]
        name = f"{subject.name}#{subject.part}" if subject.part else subject.name
        parts = sorted(f"{self._due_ids[link.due_item]}:{link.amount_cents}" for link in links)
        content = "|".join([name, *parts])
        return "P" + hashlib.sha256(content.encode()).hexdigest()[:16]


@dataclass(slots=True)
class BuildingRun:
    """What one building's transaction writes; the engine's links by its number."""

    items: set[int] = field(default_factory=set)
    accepted: dict[int, list[Link]] = field(default_factory=dict)
    offsets: dict[int, list[Line]] = field(default_factory=dict)
    waiting: dict[tuple[int, int], list[Link]] = field(default_factory=dict)
    classified: dict[int, list[tuple[int, str, str]]] = field(default_factory=dict)
    aside: list[tuple[int, str, str]] = field(default_factory=list)
    grouped: list[Grouped] = field(default_factory=list)
    proposed: list[Grouped] = field(default_factory=list)


def by_building(run: EngineRun, found: GroupedMoney, facts: Facts) -> dict[str, BuildingRun]:
    """Sorts everything a run found by building, movements in the order of their items."""
    parts: dict[str, BuildingRun] = {}

    def part(item: int) -> BuildingRun:
        return parts.setdefault(facts.buildings[item], BuildingRun())

    def part_of(number: int) -> BuildingRun:
        return part(facts.subjects[number].item)

    for item in facts.buildings:
        part(item).items.add(item)
    for link in _links(run.accepted):
        part_of(link.number).accepted.setdefault(link.number, []).append(link)
    for number, line in _offsets(run.offsets, facts):
        part_of(number).offsets.setdefault(number, []).append(line)
    for link in _links(run.proposals):
        part_of(link.number).waiting.setdefault((link.number, link.rank), []).append(link)
    for group in found.decided:
        part(group.item).grouped.append(group)
    for group in found.proposed:
        part(group.item).proposed.append(group)
    _sort_classified(run, found, facts, part)
    return parts


def _sort_classified(
    run: EngineRun, found: GroupedMoney, facts: Facts, part: Callable[[int], BuildingRun]
) -> None:
    for item, kind, words in found.classified:
        part(item).classified.setdefault(item, []).append((0, kind, words))
    for number, kind, words, set_aside in _rows(run.classified, CLASSIFIED_TYPES):
        subject = facts.subjects[number]
        if set_aside and not subject.part:
            part(subject.item).aside.append((subject.item, kind, words))
        else:
            told = part(subject.item).classified.setdefault(subject.item, [])
            told.append((number, kind, words))


def _rows(frame: pd.DataFrame, columns: Iterable[str]) -> Iterator[tuple[Any, ...]]:
    """Yields the values of these columns, by movement."""
    ordered = frame.sort_values("movement_item_id")
    return zip(*(ordered[column].tolist() for column in columns), strict=True)


def _offsets(frame: pd.DataFrame, facts: Facts) -> Iterator[tuple[int, Line]]:
    """Yields each discount that an accepted payment counts on, with the payment's number."""
    columns = ("movement_item_id", "credit_item_id", "due_item_id", "amount_cents", "account_id")
    for number, credit, due, cents, account in _rows(frame, columns):
        line = Line(
            credit_item=credit, debit_item=due, amount_cents=cents, account_id=account,
            effective_on=facts.subjects[number].day,
        )  # fmt: skip
        yield number, line


def _links(frame: pd.DataFrame) -> list[Link]:
    names = (
        "movement_item_id", "rank", "account_id", "due_item_id", "amount_cents", "rule",
        "confidence", "reasons",
    )  # fmt: skip
    ordered = frame.sort_values(["movement_item_id", "rank", "due_item_id"])
    return [Link(*row) for row in zip(*(ordered[n].tolist() for n in names), strict=True)]


@dataclass(frozen=True, slots=True)
class Vouched:
    """The building a transaction is about, and what the ledger held when the run last looked."""

    building_id: str
    seen: Mark
    news: Renewal


def write_building(
    ledger: Ledger,
    part: BuildingRun,
    facts: Facts,
    summary: ReconcileSummary,
    *,
    actor: str,
    at: datetime,
    vouched: Vouched | None,
) -> Mark:
    """Writes one building's decisions and proposals in one transaction.

    Returns:
        What the run knows of the ledger afterwards: its own decisions too.
    """
    with ledger.writing() as connection:
        before = watermarks.present(connection)
        # First, since what a return opens again is settled by the others.
        returned = _recorded_returns(connection, part.grouped, actor=actor, at=at)
        chosen = _still_possible(
            connection,
            [
                *(_deposit_decision(connection, b) for b in part.grouped if b.taken is None),
                *(
                    _engine_decision(facts, links, part.offsets.get(number, ()))
                    for number, links in part.accepted.items()
                ),
            ],
        )
        aside = [
            Decision(
                action="set_aside",
                subject=facts.names[item],
                verdicts=(Verdict(item_id=item, kind="set_aside", reason=kind, words=words),),
                rule=kind,
            )
            for item, kind, words in part.aside
        ]
        decisions.record(connection, [*chosen, *aside], actor=actor, at=at)
        proposing.replace_proposals(
            connection,
            sorted(part.items),
            _proposal_rows(facts, part),
            _classified_rows(facts, part),
        )
        after = _vouch(connection, vouched, before)
    _count(summary, part, facts, written=[*returned, *chosen], aside=len(aside))
    return after


def _vouch(connection: Connection, vouched: Vouched | None, before: Mark) -> Mark:
    """Notes what the matching of this building knew; less when somebody decided meanwhile."""
    if vouched is None:
        return before
    seen = vouched.seen
    if before.journal_seq == seen.journal_seq:
        # Nobody but this run wrote since it looked.
        seen = replace(seen, journal_seq=watermarks.present(connection).journal_seq)
    news = vouched.news
    watermarks.keep(
        connection, vouched.building_id, seen, as_of=news.as_of,
        context=news.contexts[vouched.building_id],
    )  # fmt: skip
    return seen


def _recorded_returns(
    connection: Connection, grouped: Sequence[Grouped], *, actor: str, at: datetime
) -> list[Decision]:
    """Writes the returns that their payments still bear."""
    made = [
        decision
        for group in grouped
        if group.taken is not None
        and (decision := returning.return_decision(connection, group.taken)) is not None
    ]
    # Decided one by one: two may have been about one payment when they were read.
    written = []
    for decision in made:
        try:
            decisions.record(connection, [decision], actor=actor, at=at)
        except DecisionRefusedError:
            continue
        written.append(decision)
    return written


def _deposit_decision(connection: Connection, group: Grouped) -> Decision:
    is_net = group.rule == deposits.NET
    return Decision(
        action="match", subject=group.subject, lines=group.lines,
        verdicts=returning.fee_verdicts(connection, group.lines) if is_net else (),
        rule=group.rule, confidence=group.confidence, reasons=group.reasons,
        proposal_id=group.proposal_id,
    )  # fmt: skip


def _engine_decision(facts: Facts, links: Sequence[Link], offsets: Sequence[Line]) -> Decision:
    first = links[0]
    return Decision(
        action="match",
        subject=facts.subjects[first.number].name,
        lines=(*(facts.line(link) for link in links), *offsets),
        rule=first.rule,
        confidence=first.confidence,
        reasons=first.reasons,
        proposal_id=facts.proposal_id(first.number, links),
    )


def _proposal_rows(facts: Facts, part: BuildingRun) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    seen: set[str] = set()
    for (number, rank), links in part.waiting.items():
        proposal = facts.proposal_id(number, links)
        # Two rules may lead to the same dues and amounts: one proposal, at its better rank.
        if proposal in seen:
            continue
        seen.add(proposal)
        item = facts.subjects[number].item
        rows += [
            _proposal_row(proposal, item, rank, facts.line(link), link.rule, link.confidence,
                          link.reasons)
            for link in links
        ]  # fmt: skip
    for group in part.proposed:
        rows += [
            _proposal_row(group.proposal_id, group.item, group.rank, line, group.rule,
                          group.confidence, group.reasons)
            for line in group.lines
        ]  # fmt: skip
    return rows


def _proposal_row(
    proposal: str, item: int, rank: int, line: Line, rule: str, confidence: float, reasons: str
) -> tuple[Any, ...]:
    return (
        proposal, line.debit_item, line.credit_item, item, rank, line.account_id,
        line.amount_cents, rule, confidence, reasons, line.credit_part, line.debit_part,
    )  # fmt: skip


def _classified_rows(facts: Facts, part: BuildingRun) -> list[tuple[int, str, str]]:
    """Returns one row a movement; what a batch's transactions are is told together."""
    rows = []
    for item, told in part.classified.items():
        if item not in facts.whole:
            rows.append((item, told[0][1], told[0][2]))
            continue
        shown = [
            f"{facts.subjects[n].shown or 'sans nom'}, "
            f"{french_euros(abs(facts.subjects[n].open_cents))} : {words[:1].lower()}{words[1:]}"
            for n, _, words in told[:_SHOWN_PARTS]
        ]
        more = f" ; et {len(told) - _SHOWN_PARTS} autres" if len(told) > _SHOWN_PARTS else ""
        many = "opérations" if len(told) > 1 else "opération"
        words = f"Lot, {len(told)} {many} à identifier : {' ; '.join(shown)}{more}"
        rows.append((item, told[0][1], words))
    return rows


def _count(
    summary: ReconcileSummary,
    part: BuildingRun,
    facts: Facts,
    *,
    written: Sequence[Decision],
    aside: int,
) -> None:
    settled = {facts.subjects[number].item for number in part.accepted}
    settled |= {group.item for group in part.grouped}
    linked = {decision.subject for decision in written}
    own = [item for item in part.items if item in facts.is_movement]
    summary.accepted += sum(facts.names[item] in linked for item in own)
    # The money of a receipt is counted when the bank credits it.
    receipts = {facts.names[item] for item in part.items - facts.is_movement}
    summary.receipts += len(receipts & linked)
    for decision in written:
        lines = [line for line in decision.lines if line.reverses is None]
        summary.allocations += len(lines)
        if decision.subject not in receipts:
            summary.amount_cents += sum(line.amount_cents for line in lines)
    summary.set_aside += aside
    proposed = {facts.subjects[number].item for number, _ in part.waiting}
    proposed |= {group.item for group in part.proposed}
    summary.proposed += len(proposed & facts.is_movement)
    settled |= {item for item, _, _ in part.aside}
    summary.left += len(set(own) - proposed - settled)


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
