"""Who decided what: the movements of a period, each in exactly one line.

Not a judgement of the decisions; drawing a sample of them for the auditor is another room's work.
"""

from typing import Final

import pandas as pd

from workbench.domain.errors import InvariantError
from workbench.domain.records import AllocationState, MovementStatus

ENGINE: Final = "engine"
BY_HAND: Final = "by_hand"
WAYS: Final = (ENGINE, BY_HAND, "partial", "ignored", "proposed", "unmatched")
"""In the order they are told: decided by the engine, by a person, then what is not finished."""
_PERSON_ACTIONS: Final = ("accept", "link", "on_account")


def decided(movements: pd.DataFrame, allocations: pd.DataFrame) -> pd.DataFrame:
    """Returns how many movements went which way.

    Args:
        movements: columns of the movements view; those to tell about.
        allocations: columns of the allocations view; `action` tells a person's decision.

    Returns:
        One row a way of `WAYS`: `way`, `count`, `amount_cents` (absolute amounts, whole
        movements), `actors` (of `by_hand`: `L. Verane 4, C. Ardouin 31`, most first; "" else).

    Raises:
        InvariantError: a movement is in no line or in two.

    Source: DOMAIN A10; STYLE, invariants.
    """
    people = _people(allocations)
    by_hand = movements["movement_id"].isin(people.index)
    way = movements["status"].where(
        movements["status"] != MovementStatus.MATCHED,
        by_hand.map({True: BY_HAND, False: ENGINE}),
    )
    lines = pd.DataFrame({"way": way, "amount_cents": movements["amount_cents"].abs()})
    groups = lines.groupby("way")["amount_cents"].agg(["count", "sum"])
    groups = groups.reindex(list(WAYS), fill_value=0)
    if int(groups["count"].sum()) != len(movements):
        raise InvariantError("a movement has no line among the decisions")
    hand = movements.loc[by_hand & (movements["status"] == MovementStatus.MATCHED), "movement_id"]
    names = people.reindex(hand).value_counts()
    told = ", ".join(
        f"{name} {count}" for name, count in sorted(names.items(), key=lambda n: (-n[1], str(n[0])))
    )
    frame = groups.rename(columns={"sum": "amount_cents"}).reset_index()
    frame["actors"] = pd.Series([told if w == BY_HAND else "" for w in WAYS], dtype="str")
    return frame


def _people(allocations: pd.DataFrame) -> "pd.Series[str]":
    """Who decided each movement by hand; the last one where there are several."""
    live = allocations[
        (allocations["state"] == AllocationState.ACCEPTED)
        & allocations["action"].isin(_PERSON_ACTIONS)
        & (allocations["movement_id"] != "")
    ].sort_values("decision_seq", kind="stable")
    return live.groupby("movement_id")["actor"].last()
