"""Every reminder of a portfolio, what left and what comes, as one table (CONTRACT, exports)."""

from datetime import date
from typing import Final

import pandas as pd

from workbench.ledger import reminding, views
from workbench.ledger.store import Ledger
from workbench.pipeline.planning import WAITING, plan_on

_COLUMNS: Final = {
    "account_id": "str", "building_id": "str", "kind": "str", "planned_on": "datetime64[s]",
    "sent_on": "datetime64[s]", "state": "str", "reason": "str", "amount_cents": "Int64",
    "channel": "str", "reminder": "str", "words": "str",
}  # fmt: skip


def history(ledger: Ledger, *, as_of: date, building_id: str = "") -> pd.DataFrame:
    """Returns what left by a day, what was taken back, and the next step of each account.

    Args:
        ledger: open; read-only is enough.
        as_of: the business date.
        building_id: one building; "" for the portfolio.

    Returns:
        `account_id, building_id, kind` (name of the type), `planned_on, sent_on` (datetime64),
        `state` (sent | cancelled: of the past; planned | due | blocked: the next step), `reason`
        (of the contract), `amount_cents` (Int64, missing where an imported one does not say),
        `channel, reminder` (R12, "" when imported or to come), `words`. By account, the past first.
    """
    with ledger.snapshot():
        imported = views.reminders_sent(ledger, building_id=building_id or None)
        own = reminding.reminders(ledger, building_id=building_id or None)
        accounts = views.accounts(ledger, building_id=building_id or None)
        planned = plan_on(ledger, as_of=as_of, building_id=building_id)
    day = pd.Timestamp(as_of)
    buildings = accounts.set_index("account_id")["building_id"]
    imported = imported[imported["sent_on"] <= day]
    imported = imported.assign(
        building_id=imported["account_id"].map(buildings), planned_on=imported["sent_on"],
        state="sent", reason="", reminder="", words="",
    )  # fmt: skip
    own = own[(own["state"] != WAITING) & (own["sent_on"].fillna(own["generated_on"]) <= day)]
    own = own.assign(reason="", reminder="R" + own["reminder_id"].astype("str"), words="")
    own["sent_on"] = own["sent_on"].where(own["state"] == "sent")
    coming = planned.frame
    numbers = coming["reminder_id"].astype("str")
    coming = coming.assign(reminder=("R" + numbers).where(coming["reminder_id"] > 0, ""))
    coming["sent_on"] = pd.Series(pd.NaT, index=coming.index, dtype="datetime64[s]")
    parts = [
        part[list(_COLUMNS)].assign(place=place).astype(_COLUMNS)
        for place, part in enumerate((imported, own, coming))
        if len(part)
    ]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _COLUMNS.items()})
    rows = pd.concat(parts, ignore_index=True)
    rows["is_next"] = rows["state"].isin(("planned", "due", "blocked"))
    ordered = rows.sort_values(
        ["account_id", "is_next", "planned_on", "place", "kind"], kind="stable", ignore_index=True
    )
    return ordered[list(_COLUMNS)]
