"""What the dashboard shows: the whole portfolio's debtors. One account is in `account`.

Reads the ledger's frames, asks `reports.arrears`, gives frames back. Writes nothing, decides
nothing and knows no clock. What no screen shows (addresses, whole IBANs) is left out here, since
whoever sees a page can read everything that was put into it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd

from workbench.domain.dates import month_ends
from workbench.domain.records import (
    AccountKind,
    AllocationState,
    MovementStatus,
)
from workbench.ledger import views
from workbench.ledger.store import Ledger
from workbench.pipeline import recovering
from workbench.reports import arrears

MONTHS: Final = 15
# What a building ought to have collected of what fell due: below, it lags.
COLLECTION_TARGET: Final = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class PortfolioData:
    """Everything the portfolio's screen shows, as of one business date.

    Attributes:
        as_of: the business date.
        buildings: `building_id, name`, by name.
        account_count: owners' and tenants' accounts, debtors or not.
        debtors: `account_id, building_id, building, code, holder, lots, owed_cents,
            overdue_cents, oldest_due_on, last_paid_on, waiting_cents, waiting_count`; largest
            owed first. `waiting` is money received and proposed for the account, not yet accepted.
            Then `recovering.COLUMNS`: the last reminder, the next one or the reason against it,
            the procedure.
        ageing: `bucket, amount_cents`, see `reports.arrears.ageing`.
        credit_cents: credits not yet used (>= 0): what the ages add up to, less the debtors' net.
        trend: `month_end, overdue_cents` of the last `MONTHS` months, the last one at `as_of`.
        collected: one row a building: `building_id, name, label, share, previous_label,
            previous_share, wanted_cents, collected_cents`; what fell due by `as_of` in the latest
            quarter, and a year earlier; shares are parts of 1, NaN when nothing fell due.
        work: movements that wait, `status` (`proposed`, `partial`, `unmatched`), `count`,
            `open_cents` (signed).
    """

    as_of: date
    buildings: pd.DataFrame
    account_count: int
    debtors: pd.DataFrame
    ageing: pd.DataFrame
    credit_cents: int
    trend: pd.DataFrame
    collected: pd.DataFrame
    work: pd.DataFrame


def portfolio(ledger: Ledger, *, as_of: date) -> PortfolioData:
    """Reads the portfolio as it stood on a day.

    Args:
        ledger: open; read-only is enough.
        as_of: the business date.

    Source: DOMAIN E16, E17, D1.
    """
    with ledger.snapshot():
        buildings = views.buildings(ledger)
        accounts = views.accounts(ledger)
        dues = arrears.without_suppliers(views.dues(ledger), accounts)
        allocations = views.allocations(ledger)
        movements = views.movements(ledger)
        recovery = recovering.with_recovery(ledger, accounts[["account_id"]], as_of=as_of)
    standing = arrears.dues_as_of(dues, allocations, as_of=as_of)
    ages = arrears.ageing(standing)
    owed = arrears.debtors(standing, accounts)
    debtors = _debtors(
        owed, buildings, accounts, allocations=allocations, movements=movements, as_of=as_of
    )
    return PortfolioData(
        as_of=as_of,
        buildings=buildings[["building_id", "name"]].sort_values("name", ignore_index=True),
        account_count=int((accounts["kind"] != AccountKind.SUPPLIER).sum()),
        debtors=debtors.merge(recovery, on="account_id", how="left", validate="one_to_one"),
        ageing=ages,
        credit_cents=int(ages["amount_cents"].sum()) - int(owed["owed_cents"].sum()),
        trend=arrears.overdue_trend(dues, allocations, months=month_ends(as_of, count=MONTHS)),
        collected=_collected(buildings, dues, allocations, as_of=as_of),
        work=_work(movements, as_of=as_of),
    )


def _debtors(
    owed: pd.DataFrame,
    buildings: pd.DataFrame,
    accounts: pd.DataFrame,
    *,
    allocations: pd.DataFrame,
    movements: pd.DataFrame,
    as_of: date,
) -> pd.DataFrame:
    """Adds to the debtors' frame what a line says beside the amounts."""
    told = accounts[["account_id", "code", "lots"]]
    frame = owed.merge(told, on="account_id", how="left", validate="one_to_one")
    frame["building"] = _building_names(frame["building_id"], buildings)
    paid = arrears.counting(allocations, day=pd.Timestamp(as_of))
    paid = paid[paid["against_due_id"] == ""]
    last_paid = paid.groupby("account_id", as_index=False).agg(last_paid_on=("effective_on", "max"))
    waiting = _waiting(allocations, movements, as_of=as_of)
    by_account = waiting.groupby("account_id", as_index=False).agg(
        waiting_cents=("amount_cents", "sum"), waiting_count=("amount_cents", "count")
    )
    # Merged and not mapped: a column keeps its type where nobody has a payment.
    frame = frame.merge(last_paid, on="account_id", how="left")
    frame = frame.merge(by_account, on="account_id", how="left")
    for column in ("waiting_cents", "waiting_count"):
        frame[column] = frame[column].fillna(0).astype("int64")
    return frame[
        [
            "account_id", "building_id", "building", "code", "holder", "lots", "owed_cents",
            "overdue_cents", "oldest_due_on", "last_paid_on", "waiting_cents", "waiting_count",
        ]
    ]  # fmt: skip


def _building_names(ids: pd.Series, buildings: pd.DataFrame) -> pd.Series:
    names = buildings.set_index("building_id")["name"]
    return ids.map(names).fillna("").astype("str")


def _waiting(allocations: pd.DataFrame, movements: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """One row a movement whose best proposal is for an account.

    `account_id, movement_id, amount_cents`: what the proposal would take of it, >= 0.
    """
    best = allocations[
        (allocations["state"] == AllocationState.PROPOSED) & (allocations["rank"] == 1)
    ]
    booked = movements.loc[
        (movements["booked_on"] <= pd.Timestamp(as_of)) & (movements["amount_cents"] > 0),
        "movement_id",
    ]
    best = best[best["movement_id"].isin(booked)]
    return best.groupby(["account_id", "movement_id"], as_index=False).agg(
        amount_cents=("amount_cents", "sum")
    )


def _collected(
    buildings: pd.DataFrame, dues: pd.DataFrame, allocations: pd.DataFrame, *, as_of: date
) -> pd.DataFrame:
    # A call that may still be paid in time says nothing about who lags: only what fell due counts.
    fallen = dues[dues["due_on"] <= pd.Timestamp(as_of)]
    rows = arrears.collections(fallen, allocations, as_of=as_of, each_building=True)
    rows["wanted_cents"] = rows["called_cents"] - rows["credited_cents"]
    latest = rows.sort_values("period_start").groupby("building_id", as_index=False).last()
    # Compared with the same quarter a year earlier: seasons weigh more than months.
    before = rows[["building_id", "period_start", "label", "share"]].rename(
        columns={"label": "previous_label", "share": "previous_share"}
    )
    before["period_start"] = (before["period_start"] + pd.DateOffset(years=1)).astype(
        latest["period_start"].dtype
    )
    told = latest.merge(before, on=["building_id", "period_start"], how="left")
    frame = buildings[["building_id", "name"]].merge(told, on="building_id", how="inner")
    for label in ("label", "previous_label"):
        frame[label] = frame[label].fillna("").astype("str")
    columns = [
        "building_id", "name", "label", "share", "previous_label", "previous_share",
        "wanted_cents", "collected_cents",
    ]  # fmt: skip
    return frame.sort_values(["share", "name"], ignore_index=True)[columns]


def _work(movements: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    waiting = (MovementStatus.PROPOSED, MovementStatus.PARTIAL, MovementStatus.UNMATCHED)
    booked = movements[movements["booked_on"] <= pd.Timestamp(as_of)]
    groups = booked.groupby("status")["open_cents"].agg(["count", "sum"])
    groups = groups.reindex([str(status) for status in waiting], fill_value=0)
    return groups.rename(columns={"sum": "open_cents"}).reset_index(names="status")
