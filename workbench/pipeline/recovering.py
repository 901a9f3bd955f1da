"""Where each debtor stands in recovery: what was sent last, what comes next, which procedure runs.

For exports and screens; what goes out is planned by `planning`.
"""

from datetime import date
from typing import Final

import pandas as pd

from workbench.ledger import reminder_inputs, views
from workbench.ledger.store import Ledger
from workbench.pipeline import planning
from workbench.reminders.blocks import Reason
from workbench.reminders.plan import StepState

COLUMNS: Final = (
    "last_reminder", "last_reminder_on", "next_reminder", "next_reminder_on", "procedure",
    "procedure_started_on", "reason",
)  # fmt: skip


def with_recovery(
    ledger: Ledger,
    debtors: pd.DataFrame,
    *,
    as_of: date,
    building_id: str = "",
) -> pd.DataFrame:
    """Returns debtors with what recovery did and will do.

    Args:
        ledger: open; read-only is enough.
        debtors: any frame with `account_id`, one row an account.
        as_of: the business date.
        building_id: the only building of `debtors`; "" for several.

    Returns:
        The rows and columns of `debtors`, in order, with `last_reminder` (name of the type that
        left last, "" when none), `last_reminder_on`, `next_reminder` (the type to come: due,
        planned, or asleep with its building until the day it wakes; "" where another reason
        stands against it), `next_reminder_on`, `procedure` (kind of the one that runs, "") and
        `procedure_started_on`; days are datetime64, NaT where there is none. Then `reason` (of
        the contract, against the next step; "" where nothing stands against it).

    Source: DOMAIN E16, E17; CONTRACT, debtors.
    """
    with ledger.snapshot():
        left = reminder_inputs.left(ledger, as_of=as_of, building_id=building_id)
        running = _running(views.procedures(ledger, building_id=building_id or None), as_of=as_of)
        plan = planning.plan_on(ledger, as_of=as_of, building_id=building_id)
    frame = _joined(debtors, left, day="sent_on", kind="kind", to="last_reminder", on="_on")
    frame = _joined(
        frame, _next(plan.frame), day="planned_on", kind="kind", to="next_reminder", on="_on"
    )
    frame = _joined(frame, running, day="started_on", kind="kind", to="procedure", on="_started_on")
    reasons = dict(zip(plan.frame["account_id"], plan.frame["reason"], strict=True))
    told = [reasons.get(account, "") for account in frame["account_id"]]
    return frame.assign(reason=pd.Series(told, index=frame.index, dtype="str"))


def _running(procedures: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    day = pd.Timestamp(as_of)
    ended = procedures["ended_on"] <= day
    return procedures[(procedures["started_on"] <= day) & ~ended]


def _next(steps: pd.DataFrame) -> pd.DataFrame:
    """Returns the steps that are to come, whatever wakes them."""
    blocked = (steps["state"] == StepState.BLOCKED) & (steps["reason"] != Reason.SNOOZED)
    return steps[~blocked & steps["planned_on"].notna()]


def _joined(
    frame: pd.DataFrame, events: pd.DataFrame, *, day: str, kind: str, to: str, on: str
) -> pd.DataFrame:
    """Adds the last event of each account: its kind as `to`, its day as `to` with `on`."""
    last = events.drop_duplicates("account_id", keep="last")[["account_id", kind, day]]
    # An empty frame of the ledger has no types of its own.
    last = last.astype({"account_id": "str", kind: "str"}).rename(
        columns={kind: to, day: f"{to}{on}"}
    )
    last[f"{to}{on}"] = pd.to_datetime(last[f"{to}{on}"]).astype("datetime64[s]")
    joined = frame.merge(last, on="account_id", how="left", validate="one_to_one")
    return joined.assign(**{to: joined[to].fillna("").astype("str")})
