"""How much the engine settles, on what evidence, how sure it says it is: counts, not judgements.

What a sample proves of it is another room's work (`matching.sampling`).
"""

from typing import Final

import pandas as pd

from workbench.domain.errors import InvariantError
from workbench.domain.records import AllocationState

ENGINE_ACTION: Final = "match"
# Lower ends of the intervals of confidence; the last one ends below 1.
CONFIDENCE_STEPS: Final = (0.0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.999)


def bands(allocations: pd.DataFrame) -> pd.DataFrame:
    """Returns what became of each evidence class.

    Args:
        allocations: columns of the allocations view.

    Returns:
        One row a class, by its code: rule, accepted (decisions of the engine that stand),
        accepted_cents, proposed (movements whose best proposal is of that class), proposed_cents,
        undone (decisions of the engine that were taken back), undone_cents.

    Source: issue 4 (bands); DOMAIN A10.
    """
    engine = allocations[allocations["action"] == ENGINE_ACTION]
    best = _best_proposals(allocations)
    parts = {
        "accepted": engine[engine["state"] == AllocationState.ACCEPTED],
        "proposed": best.assign(decision_seq=best["movement_id"]),
        "undone": engine[engine["state"] == AllocationState.REVERSED],
    }
    columns = {}
    for name, part in parts.items():
        groups = part.groupby("rule")
        columns[name] = groups["decision_seq"].nunique()
        columns[f"{name}_cents"] = groups["amount_cents"].sum()
    frame = pd.DataFrame(columns).fillna(0).astype("int64")
    return frame.rename_axis("rule").reset_index().astype({"rule": "str"})


def _best_proposals(allocations: pd.DataFrame) -> pd.DataFrame:
    """Returns the rows of each movement's best waiting proposal."""
    waiting = allocations[allocations["state"] == AllocationState.PROPOSED]
    # The best one may have been rejected: what counts is the best that waits.
    best = waiting.groupby("movement_id")["rank"].transform("min")
    return waiting[waiting["rank"] == best]


def confidences(allocations: pd.DataFrame) -> pd.DataFrame:
    """Returns how sure the engine said it was, of what it accepted and of what it proposes.

    Args:
        allocations: columns of the allocations view.

    Returns:
        One row an interval of `CONFIDENCE_STEPS`, lowest first: low, high (parts of 1; the
        interval holds its low end), accepted and proposed (decisions and movements).

    Raises:
        InvariantError: a confidence outside 0 to 1.
    """
    engine = allocations[
        (allocations["action"] == ENGINE_ACTION)
        & (allocations["state"] == AllocationState.ACCEPTED)
    ].drop_duplicates("decision_seq")
    best = _best_proposals(allocations).drop_duplicates("movement_id")
    ends = [*CONFIDENCE_STEPS, 1.0]
    counted = {}
    for name, part in (("accepted", engine), ("proposed", best)):
        if not part["confidence"].between(0, 1).all():
            raise InvariantError("a confidence outside 0 to 1")
        places = pd.cut(part["confidence"], [*CONFIDENCE_STEPS, 1.01], right=False, labels=False)
        counts = places.value_counts().reindex(range(len(CONFIDENCE_STEPS)), fill_value=0)
        counted[name] = counts.astype("int64").to_numpy()
    return pd.DataFrame({"low": ends[:-1], "high": ends[1:], **counted})


def by_building(
    movements: pd.DataFrame, allocations: pd.DataFrame, buildings: pd.DataFrame
) -> pd.DataFrame:
    """Returns how much of each building's movements the engine settled, the least first.

    Args:
        movements: columns of the movements view; set aside ones do not count.
        allocations: columns of the allocations view.
        buildings: building_id, name.

    Returns:
        building_id, name, movements, engine and people (settled whole), waiting (the rest),
        waiting_cents (what is open, absolute), share (engine over movements, a part of 1). A
        building without movements is left out.
    """
    counted = movements[movements["status"] != "ignored"]
    people = set(
        allocations.loc[
            (allocations["state"] == AllocationState.ACCEPTED)
            & (allocations["action"] != ENGINE_ACTION),
            "movement_id",
        ]
    )
    settled = counted["status"] == "matched"
    by_hand = settled & counted["movement_id"].isin(people)
    rows = pd.DataFrame(
        {
            "building_id": counted["building_id"],
            "movements": 1,
            "engine": (settled & ~by_hand).astype("int64"),
            "people": by_hand.astype("int64"),
            "waiting": (~settled).astype("int64"),
            "waiting_cents": counted["open_cents"].abs(),
        }
    )
    sums = rows.groupby("building_id").sum().reset_index()
    frame = buildings[["building_id", "name"]].merge(sums, on="building_id")
    frame["share"] = frame["engine"] / frame["movements"]
    return frame.sort_values(["share", "building_id"], ignore_index=True)
