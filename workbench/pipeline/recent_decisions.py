"""What was last decided in a building, by whom: told at the foot of the bench, and undone there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from workbench.ledger import bench_views
from workbench.ledger.store import Ledger
from workbench.pipeline.entering import ASIDE_REASONS

_LOOKED_AT: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentDecision:
    """Something that was decided on the bench.

    Attributes:
        seq: journal row.
        at: ISO text, UTC.
        actor: who.
        action: as the journal calls it.
        about: account and holder, else the payer.
        amount_cents: what it settles, 0 where it settles nothing.
        undo_id: what to give to `deciding.undo`; "" where nothing of it stands.
    """

    seq: int
    at: str
    actor: str
    action: str
    about: str
    amount_cents: int
    undo_id: str


def rows_by_people(ledger: Ledger, *, building_id: str) -> list[dict[str, Any]]:
    """Returns the last decisions of people in a building, the last one first.

    A run of the engine sets bank fees aside in the name of who started it: nobody decided that.

    Columns of `bench_views.recent_decisions`.
    """
    rows = bench_views.recent_decisions(ledger, building_id=building_id, limit=_LOOKED_AT)
    return [row for row in rows if row["action"] != "set_aside" or _is_own(row["said_words"])]


def _is_own(words: str) -> bool:
    """Tells whether a person set a movement aside: he chose one of the reasons offered."""
    return any(
        words == offered or words.startswith(f"{offered} : ") for offered in ASIDE_REASONS.values()
    )


def recent_decisions(
    rows: Iterable[Mapping[str, Any]], *, names: Mapping[str, str]
) -> list[RecentDecision]:
    """Returns decisions as they are told.

    Args:
        rows: of `rows_by_people`.
        names: what the building's accounts are called.
    """
    return [_recent(row, names) for row in rows]


def _recent(row: Mapping[str, Any], names: Mapping[str, str]) -> RecentDecision:
    undo_id = f"A{row['number']}" if row["number"] else row["subject"] if row["verdicts"] else ""
    return RecentDecision(
        seq=row["seq"], at=row["at"], actor=row["actor"], action=row["action"],
        about=names.get(row["account_id"] or row["said_account"], row["payer"]),
        amount_cents=row["amount_cents"], undo_id=undo_id,
    )  # fmt: skip
