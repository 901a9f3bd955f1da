"""The list of an auditor's day: what is to reconcile of a building, and how far one is (DOMAIN D2).

Read once when a building is opened; after a decision only what it touched is read again, so that a
click costs the same whatever the building's size.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import pandas as pd

from workbench.domain.balances import movement_status
from workbench.domain.dates import Period, timestamp
from workbench.domain.errors import ParameterError
from workbench.domain.explanation import Explanation
from workbench.domain.frames import rows_of
from workbench.domain.records import EUR, MovementStatus
from workbench.ledger import bench_views, views
from workbench.ledger.store import Ledger
from workbench.pipeline.missing_words import Best, WorkState, is_close, missing
from workbench.pipeline.recent_decisions import rows_by_people
from workbench.pipeline.searching import plain
from workbench.pipeline.work_progress import (
    DONE,
    Tally,
    Way,
    WorkProgress,
    tallied,
    way_of,
    work_progress,
)

# Who decided something here within this time works on it too.
_COLLEAGUE: Final = timedelta(hours=8)
# What never changes of a movement, and what does.
_FACTS: Final = (
    "movement_id", "item_id", "period", "booked_on", "counterparty", "counterparty_iban", "label",
    "amount_cents",
)  # fmt: skip
_STATES: Final = ("open_cents", "status", "classified")
COLUMNS: Final = (
    "order", *_FACTS, "open_cents", "payer", "state", "missing", "rule", "proposal_id",
    "account_id", "link_id", "text",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationQueue:
    """What is to reconcile of one building.

    Attributes:
        building_id: the building.
        name: its name.
        kind: `coownership` or `rental`.
        ibans: its bank accounts.
        accounts: its accounts, columns of the accounts view.
        last_on: day of its last movement, None when there is none.
        rows: what is to reconcile, by item: see `COLUMNS`.
        frame: the rows as they were when the building was opened, the last one first.
        changed: items whose row is another since then, or none any more.
        ways: every movement, by item.
        tally: of those, for the progress.
        head: last journal row that was read.
        recent: what people last decided here, of `recent_decisions.rows_by_people`.
        colleagues: who else decided something here lately, the last one first.
    """

    building_id: str
    name: str
    kind: str
    ibans: tuple[str, ...]
    accounts: pd.DataFrame
    last_on: date | None
    rows: Mapping[int, Mapping[str, Any]]
    frame: pd.DataFrame
    changed: frozenset[int]
    ways: Mapping[int, Way]
    tally: Tally
    head: int
    recent: Sequence[Mapping[str, Any]]
    colleagues: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many movements each month still has, the last month first."""
        found = Counter(str(row["period"]) for row in self.rows.values())
        return dict(sorted(found.items(), reverse=True))

    def as_frame(self, *, period: str = "") -> pd.DataFrame:
        """Returns the rows as they now are, in the order of the opening, new ones last.

        Args:
            period: `2026-10`; "" for all.
        """
        frame = self.frame
        if self.changed:
            # What changed is little; the rest need not be made again.
            rows = [self.rows[item] for item in self.changed if item in self.rows]
            kept = frame[~frame["item_id"].isin(list(self.changed))]
            merged = pd.concat([kept, _as_frame(rows)], ignore_index=True) if rows else kept
            frame = merged.sort_values("order", kind="stable", ignore_index=True)
        return frame[frame["period"] == period] if period else frame

    def progress(self, *, actor: str, period: str = "") -> WorkProgress:
        """Returns how far one is.

        Args:
            actor: who asks.
            period: `2026-10`; "" for all.
        """
        return work_progress(self.tally, actor=actor, period=period)


def reconciliation_queue(
    ledger: Ledger, *, building_id: str, as_of: date, actor: str, at: datetime
) -> ReconciliationQueue:
    """Reads what is to reconcile of a building, up to a day.

    Args:
        ledger: open; read-only is enough.
        building_id: the building.
        as_of: movements booked later are left alone.
        actor: who asks: not his own colleague.
        at: when.

    Raises:
        ParameterError: no such building.

    Source: DOMAIN A8 to A10, D1, D2; UI, screen 1.
    """
    with ledger.snapshot():
        buildings = rows_of(views.buildings(ledger, building_id=building_id))
        if not buildings:
            raise ParameterError(f"immeuble inconnu : {building_id}")
        banks = views.bank_accounts(ledger, building_id=building_id)
        accounts = views.accounts(ledger, building_id=building_id)
        movements = _movements(ledger, building_id, as_of=as_of)
        found = _Found.read(ledger, building_id)
        rows = _rows(_waiting(movements, found), found)
        ways = _ways(movements, bench_views.deciders(ledger, building_id=building_id))
        head = bench_views.head(ledger)
        recent = rows_by_people(ledger, building_id=building_id)
    last = movements["booked_on"].max()
    return ReconciliationQueue(
        building_id=building_id,
        name=str(buildings[0]["name"]),
        kind=str(buildings[0]["kind"]),
        ibans=tuple(banks["iban"]),
        accounts=accounts,
        last_on=None if pd.isna(last) else last.date(),
        rows={row["item_id"]: row for row in rows},
        frame=_as_frame(rows),
        changed=frozenset(),
        ways=ways,
        tally=tallied({}, gone=(), come=ways.values()),
        head=head,
        recent=recent,
        colleagues=_colleagues(recent, actor=actor, at=at),
    )


def renewed(
    ledger: Ledger, queue: ReconciliationQueue, *, as_of: date, actor: str, at: datetime
) -> ReconciliationQueue:
    """Returns the queue as it is now, reading what changed only.

    Rows keep their places. What is no longer to reconcile is left out, what has become so again
    comes last.

    Args:
        ledger: open.
        queue: as it was.
        as_of: as in `reconciliation_queue`.
        actor: likewise.
        at: likewise.
    """
    building_id = queue.building_id
    with ledger.snapshot():
        changes = bench_views.changes_since(ledger, building_id=building_id, seq=queue.head)
        if not changes.sweeping and changes.head == queue.head:
            return queue
        if not changes.sweeping:
            items = changes.movement_items
            rows = dict(queue.rows)
            for item in items:
                rows.pop(item, None)
            changed = _changed_rows(ledger, queue, items, as_of=as_of)
            recent = rows_by_people(ledger, building_id=building_id)
            ways = _renewed_ways(ledger, queue, items)
            was = [queue.ways[item] for item in ways]
            return replace(
                queue,
                rows=rows | {row["item_id"]: row for row in changed},
                changed=queue.changed | frozenset(items),
                ways={**queue.ways, **ways},
                tally=tallied(queue.tally, gone=was, come=ways.values()),
                head=changes.head,
                recent=recent,
                colleagues=_colleagues(recent, actor=actor, at=at),
            )
    return reconciliation_queue(ledger, building_id=building_id, as_of=as_of, actor=actor, at=at)


def _changed_rows(
    ledger: Ledger, queue: ReconciliationQueue, items: Collection[int], *, as_of: date
) -> list[dict[str, Any]]:
    """Returns the rows of some movements as they now are; facts that are known are not reread."""
    found = _Found.read(ledger, queue.building_id, items=items)
    states = bench_views.movement_states(ledger, items=items)
    proposed = {row["item_id"] for row in found.proposals}
    told = [
        {**queue.rows[item], **states[item], "status": _status(states[item], proposed)}
        for item in items
        if item in queue.rows
    ]
    if others := [item for item in items if item not in queue.rows]:
        movements = _movements(ledger, queue.building_id, as_of=as_of, items=others)
        places = {int(row["item_id"]): int(row["order"]) for row in _opened_rows(queue, others)}
        told += [
            {**row, "order": places.get(row["item_id"], len(queue.frame))}
            for row in rows_of(movements[[*_FACTS, *_STATES]])
        ]
    return _rows(told, found)


def _opened_rows(queue: ReconciliationQueue, items: Collection[int]) -> list[dict[str, Any]]:
    return rows_of(queue.frame[queue.frame["item_id"].isin(list(items))])


def _status(state: Mapping[str, Any], proposed: Collection[int]) -> str:
    return movement_status(
        amount_cents=state["amount_cents"], open_cents=state["open_cents"],
        set_aside=state["set_aside"] is not None, proposed=state["item_id"] in proposed,
    )  # fmt: skip


def buildings_with_work(ledger: Ledger) -> pd.DataFrame:
    """Returns the buildings to choose from, by name: building_id, name."""
    frame = views.buildings(ledger)[["building_id", "name"]]
    return frame.sort_values(["name", "building_id"], ignore_index=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What stands beside the movements: proposals, and links to check by movement."""

    proposals: Sequence[Mapping[str, Any]]
    to_check: Mapping[str, str]

    @classmethod
    def read(
        cls, ledger: Ledger, building_id: str, *, items: Collection[int] | None = None
    ) -> "_Found":
        return cls(
            proposals=bench_views.proposals(ledger, building_id=building_id, items=items),
            to_check=bench_views.links_to_check(ledger, building_id=building_id),
        )

    def best(self) -> dict[int, dict[str, Any]]:
        """Returns each movement's best proposal, with `close`: how many accounts are as good."""
        found: dict[int, dict[str, Any]] = {}
        for row in self.proposals:
            first = found.setdefault(row["item_id"], {**row, "close": 0})
            if is_close(row["confidence"], first["confidence"]):
                first["close"] += 1
        return found


def _movements(
    ledger: Ledger, building_id: str, *, as_of: date, items: Collection[int] | None = None
) -> pd.DataFrame:
    frame = views.movements(ledger, building_id=building_id, items=items)
    frame = frame[(frame["currency"] == EUR) & (frame["booked_on"] <= pd.Timestamp(as_of))]
    return frame.assign(period=frame["booked_on"].dt.strftime("%Y-%m").astype("str"))


def _waiting(movements: pd.DataFrame, found: _Found) -> list[dict[str, Any]]:
    """Returns the movements to reconcile or to check, as `_rows` takes them, the last one first."""
    waits = ~movements["status"].isin(DONE)
    is_drawn = movements["movement_id"].isin(list(found.to_check))
    chosen = movements.loc[waits | is_drawn, [*_FACTS, *_STATES]].iloc[::-1]
    return rows_of(chosen.assign(order=range(len(chosen))))


def _rows(told: Iterable[Mapping[str, Any]], found: _Found) -> list[dict[str, Any]]:
    """Returns the rows of the queue, in the order told; what is done has none."""
    best = found.best()
    rows = []
    for each in told:
        link_id = found.to_check.get(each["movement_id"], "")
        if link_id or each["status"] not in DONE:
            rows.append(_row(each, best.get(each["item_id"]), link_id))
    return rows


def _as_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    types: dict[str, Any] = dict.fromkeys(COLUMNS, "str")
    types |= {"booked_on": "datetime64[s]"}
    types |= dict.fromkeys(("order", "item_id", "amount_cents", "open_cents"), "int64")
    return frame.astype(types)


def _row(
    told: Mapping[str, Any], proposal: Mapping[str, Any] | None, link_id: str
) -> dict[str, Any]:
    if told["status"] in DONE:
        state, words = WorkState.TO_CHECK, "tirage de contrôle"
    else:
        state, words = missing(
            _best(proposal), open_cents=told["open_cents"], classified=told["classified"],
            is_partial=told["status"] == MovementStatus.PARTIAL,
        )  # fmt: skip
    return {
        **{name: told[name] for name in _FACTS},
        "order": told["order"],
        "open_cents": told["open_cents"],
        "payer": told["counterparty"] or told["label"],
        "state": str(state),
        "missing": words,
        "rule": proposal["rule"] if proposal else "",
        "proposal_id": proposal["proposal_id"] if proposal else "",
        "account_id": proposal["account_id"] if proposal else "",
        "link_id": link_id,
        "text": _searched(told, words),
    }


def _best(row: Mapping[str, Any] | None) -> Best | None:
    if row is None:
        return None
    return Best(
        rule=row["rule"], amount_cents=row["amount_cents"], asked_cents=row["asked_cents"],
        close=row["close"], explanation=Explanation.parse(row["reasons"]),
    )  # fmt: skip


def _searched(told: Mapping[str, Any], words: str) -> str:
    """Returns what a search looks through: names, label, day, and the amount as people type it."""
    cents = abs(told["amount_cents"])
    day = told["booked_on"]
    amount = f"{cents // 100},{cents % 100:02d} {cents // 100}.{cents % 100:02d}"
    return plain(f"{told['counterparty']} {told['label']} {words} {amount} {day:%d/%m/%Y}")


def _ways(movements: pd.DataFrame, deciders: Mapping[int, Mapping[str, Any]]) -> dict[int, Way]:
    """Returns which way each movement went."""
    columns = (movements[name].tolist() for name in ("item_id", "period", "open_cents", "status"))
    return {
        item: way_of(period, cents, status, deciders.get(item))
        for item, period, cents, status in zip(*columns, strict=True)
    }


def _renewed_ways(
    ledger: Ledger, queue: ReconciliationQueue, items: Collection[int]
) -> dict[int, Way]:
    """Returns which way some movements go now."""
    deciders = bench_views.deciders(ledger, building_id=queue.building_id, items=items)
    states = bench_views.movement_states(ledger, items=items)
    return {
        item: way_of(
            queue.ways[item].period, states[item]["open_cents"], _status(states[item], ()),
            deciders.get(item),
        )
        for item in items
        if item in queue.ways
    }  # fmt: skip


def _colleagues(rows: Iterable[Mapping[str, Any]], *, actor: str, at: datetime) -> tuple[str, ...]:
    since = timestamp(at - _COLLEAGUE)
    names = dict.fromkeys(str(row["actor"]) for row in rows if row["at"] >= since)
    return tuple(name for name in names if name != actor)


def month_of(day: date) -> str:
    """Returns the period that holds a day: `2026-10`."""
    return str(Period.of(day))
