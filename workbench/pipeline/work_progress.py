"""How far the reconciliation of a building is: which way each movement went, counted (DOMAIN D2).

Pure. A decision corrects the tally of the few movements it touched, so that a click costs the same
whatever the building's size.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from workbench.domain.records import MovementStatus

# Nobody has to look at such a movement any more.
DONE: Final = (MovementStatus.MATCHED, MovementStatus.IGNORED)
_AUTOMATIC: Final = frozenset({"match", "return"})
# Month, way and actor: how many movements, and what is open of them in cents (absolute).
Tally = Mapping[tuple[str, str, str], tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkProgress:
    """How far the reconciliation of a period is; whole movements.

    Attributes:
        total: movements of the period.
        automatic: settled by the engine.
        by_you: settled by who asks.
        by_others: settled by other people.
        aside: need no link.
        left: still to reconcile.
        left_cents: what is open of those, absolute.
    """

    total: int
    automatic: int
    by_you: int
    by_others: int
    aside: int
    left: int
    left_cents: int

    @property
    def done(self) -> int:
        """Movements that nobody has to look at any more."""
        return self.total - self.left


@dataclass(frozen=True, slots=True)
class Way:
    """Which way a movement went.

    Attributes:
        period: its month.
        open_cents: what is left of it.
        name: `automatic`, `aside`, `left`, or `person`.
        actor: who settled it last, "" where nobody did.
    """

    period: str
    open_cents: int
    name: str
    actor: str


def way_of(period: str, open_cents: int, status: str, decider: Mapping[str, Any] | None) -> Way:
    """Returns which way a movement went.

    Args:
        period: its month.
        open_cents: what is left of it.
        status: of the movements view.
        decider: its last standing link (actor, action), None where there is none.
    """
    actor = str(decider["actor"]) if decider else ""
    if status not in DONE:
        name = "left"
    elif status == MovementStatus.IGNORED:
        name = "aside"
    else:
        by_engine = decider is None or decider["action"] in _AUTOMATIC
        name = "automatic" if by_engine else "person"
    return Way(period, open_cents, name, actor)


def tallied(counted: Tally, *, gone: Iterable[Way], come: Iterable[Way]) -> Tally:
    """Returns a tally without some movements and with others."""
    found = dict(counted)
    for ways, sign in ((gone, -1), (come, 1)):
        for way in ways:
            key = (way.period, way.name, way.actor)
            count, cents = found.get(key, (0, 0))
            found[key] = (count + sign, cents + sign * abs(way.open_cents))
    return found


def work_progress(tally: Tally, *, actor: str, period: str = "") -> WorkProgress:
    """Returns how far one is.

    Args:
        tally: of every movement.
        actor: who asks.
        period: `2026-10`; "" for all.
    """
    counts: Counter[str] = Counter()
    mine = left_cents = 0
    for (month, name, who), (count, cents) in tally.items():
        if period in ("", month):
            counts[name] += count
            mine += count if name == "person" and who == actor else 0
            left_cents += cents if name == "left" else 0
    return WorkProgress(
        total=counts.total(), automatic=counts["automatic"], by_you=mine,
        by_others=counts["person"] - mine, aside=counts["aside"], left=counts["left"],
        left_cents=left_cents,
    )  # fmt: skip
