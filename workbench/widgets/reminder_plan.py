"""From a dry run of the ledger to what the reminders' screen shows."""

from collections.abc import Mapping
from datetime import date
from typing import Final

import pandas as pd

from workbench.domain.policies import Schedule
from workbench.ledger import reminding as generated
from workbench.ledger import views
from workbench.ledger.store import Ledger
from workbench.pipeline.planning import months_of
from workbench.pipeline.reminder_choices import latest_waking
from workbench.pipeline.reminding import Generated, Plan, plan_on
from workbench.reminders.state import Snooze
from workbench.widgets.reminder_board import Board
from workbench.widgets.reminder_sent import sent_frame

_DAY: Final = "datetime64[s]"
_MOST_DAYS: Final = 12


def board_of(ledger: Ledger, run: Generated, *, as_of: date, building_id: str) -> Board:
    """Returns a dry run as the screen shows it.

    Args:
        ledger: that it was made on.
        run: of the day on the screen.
        as_of: the business day.
        building_id: the only building, "" for all.
    """
    plan = run.plan
    fees = dict(zip(run.reminders["account_id"], run.reminders["fee_cents"], strict=True))
    steps = plan.frame.assign(
        fee_cents=plan.frame["account_id"].map(fees).fillna(0).astype("int64"),
        move_id=_moves(ledger, plan.frame, building_id=building_id),
    )
    now = plan if plan.as_of == as_of else plan_on(
        ledger, as_of=as_of, building_id=building_id
    )  # fmt: skip
    kinds = {
        one.type: one.order for types in plan.types.values() for one in reversed(types)
    }  # fmt: skip
    return Board(
        as_of=as_of,
        day=plan.as_of,
        building_id=building_id,
        automatic=plan.automatic,
        steps=steps,
        sent=sent_frame(ledger, building_id=building_id),
        months=months_of(now),
        buildings=_buildings(ledger, now.states.snoozes),
        kinds=tuple(sorted(kinds, key=lambda kind: (kinds[kind], kind))),
        days=_days(now.frame, as_of=as_of),
        days_of={
            (building, one.type): one.day_of_month
            for building, types in plan.types.items()
            for one in types
        },
        call_months=_call_months(plan),
        latest_wake=latest_waking(as_of),
        problems=run.problems,
        warnings=run.warnings,
        letters=run.letters,
        changes=run.changes,
    )


def _call_months(plan: Plan) -> dict[str, frozenset[int]]:
    """The months that a building skips, where every one of its types does."""
    return {
        state.building_id: state.call_months
        for state in plan.states.states
        if all(
            one.schedule is Schedule.CALLS and one.skips_call_months
            for one in plan.types[state.building_id]
        )
    }


def _moves(ledger: Ledger, steps: pd.DataFrame, *, building_id: str) -> pd.Series:
    """The move that each step's day comes from, "" where nobody moved it."""
    moves = generated.moves(ledger, building_id=building_id or None)
    latest = {
        (account, kind): f"V{number}"
        for account, kind, number in zip(
            moves["account_id"], moves["kind"], moves["move_id"], strict=True
        )
    }
    found = [
        "" if pd.isna(moved_from) else latest.get((account, kind), "")
        for account, kind, moved_from in zip(
            steps["account_id"], steps["kind"], steps["moved_from"], strict=True
        )
    ]
    return pd.Series(found, index=steps.index, dtype="str")


def _buildings(ledger: Ledger, snoozes: Mapping[str, Snooze]) -> pd.DataFrame:
    frame = views.buildings(ledger)[["building_id", "name"]]
    asleep = [snoozes.get(str(key)) for key in frame["building_id"]]
    return frame.assign(
        asleep_since=pd.Series([one and one.start for one in asleep], dtype=_DAY),
        asleep_until=pd.Series([one and one.until for one in asleep], dtype=_DAY),
    )


def _days(steps: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Days on which something leaves, from the business day on, with the letters of each."""
    coming = steps[steps["state"].isin(["due", "planned"]) & steps["planned_on"].notna()]
    days = coming["planned_on"]
    days = days.where(days >= pd.Timestamp(as_of), pd.Timestamp(as_of))
    counts = days.value_counts().sort_index().head(_MOST_DAYS)
    return pd.DataFrame(
        {
            "day": pd.Series(counts.index, dtype=_DAY),
            "count": pd.Series(counts.to_numpy(), dtype="int64"),
        }
    )
