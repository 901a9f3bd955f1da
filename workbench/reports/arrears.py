"""Arrears over a portfolio: what was owed on a day, since when, by whom, and what came in.

The frame side of `domain.balances`: same rules, whole columns. Everything is told as of a business
date, also a past one: dues issued by then, money that had come by then.

Frames in are `ledger.views.dues` and `ledger.views.allocations`. Not for reminders.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final, Literal

import numpy as np
import pandas as pd

from workbench.domain.errors import InvariantError
from workbench.domain.records import AccountKind, AllocationState, DueKind, DueStatus

BUCKETS: Final = ("not_due", "1_30", "31_60", "61_90", "91_180", "181_365", "over_365")
_LAST_DAYS: Final = np.array([0, 30, 60, 90, 180, 365])
# What is called at each period. An adjustment or a fee answers no call.
CALLED_KINDS: Final = (DueKind.CALL, DueKind.WORKS_CALL, DueKind.RENT, DueKind.CHARGES)


def dues_as_of(
    dues: pd.DataFrame, allocations: pd.DataFrame, *, as_of: date, issued_only: bool = True
) -> pd.DataFrame:
    """Returns the dues issued by `as_of`, as they stood at the end of that day.

    Args:
        dues: columns of the dues view.
        allocations: columns of the allocations view; those of `counting` count, on the due they
            settle and on the credit they use.
        as_of: the business date.
        issued_only: leave out what was not issued yet; False keeps every due.

    Returns:
        The rows of `dues` with `issued_on` <= `as_of`, in their order, with
        `paid_cents` (>= 0, settled by then), `open_cents` (what was left, sign of the due),
        `status` (`pending`, `partial`, `paid`) and `days_overdue` (0 while not late, once paid,
        and for credits).

    Raises:
        InvariantError: more was settled than was due.

    Source: DOMAIN A6, A7.
    """
    day = pd.Timestamp(as_of)
    frame = dues[dues["issued_on"] <= day].copy() if issued_only else dues.copy()
    paid = _settled(allocations, day=day)
    amount = frame["amount_cents"]
    frame["paid_cents"] = frame["due_id"].map(paid).fillna(0).astype("int64")
    over = frame["paid_cents"] > amount.abs()
    if over.any():
        raise InvariantError(f"more settled than due: {frame.loc[over, 'due_id'].iloc[0]}")
    frame["open_cents"] = amount - np.sign(amount) * frame["paid_cents"]
    frame["status"] = np.select(
        [frame["open_cents"] == 0, frame["paid_cents"] > 0],
        [str(DueStatus.PAID), str(DueStatus.PARTIAL)],
        str(DueStatus.PENDING),
    )
    late = (day - frame["due_on"]).dt.days.clip(lower=0)
    frame["days_overdue"] = late.where(frame["open_cents"] > 0, 0).astype("int64")
    return frame.reset_index(drop=True)


def counting(allocations: pd.DataFrame, *, day: pd.Timestamp) -> pd.DataFrame:
    """Returns the allocations that counted at the end of a day.

    A link counts from `effective_on` on, until a bank's return takes the payment back
    (`reversed_on`): a day before the return keeps its figures. What a person undid never counted:
    its two dates are the same.
    """
    live = allocations["state"] == AllocationState.ACCEPTED
    later = allocations["reversed_on"] > day
    return allocations[(live | later) & (allocations["effective_on"] <= day)]


def _settled(allocations: pd.DataFrame, *, day: pd.Timestamp) -> pd.Series:
    """Cents settled per due, a credit's use counted on the credit too."""
    live = counting(allocations, day=day)
    both = pd.concat(
        [
            live.loc[live[side] != "", [side, "amount_cents"]].rename(columns={side: "due_id"})
            for side in ("due_id", "against_due_id")
        ]
    )
    return both.groupby("due_id")["amount_cents"].sum()


def without_suppliers(frame: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Returns the rows of `frame` whose account is an owner's or a tenant's."""
    suppliers = accounts.loc[accounts["kind"] == AccountKind.SUPPLIER, "account_id"]
    return frame[~frame["account_id"].isin(suppliers)].reset_index(drop=True)


def ageing(frame: pd.DataFrame) -> pd.DataFrame:
    """Returns what is left to pay by age: one row a bucket, empty ones too.

    Args:
        frame: of `dues_as_of`. Credits are left out: they have no age.

    Returns:
        `bucket` (of `BUCKETS`, youngest first) and `amount_cents` (>= 0). `not_due` holds what
        falls due on the day itself too.
    """
    owed = frame[frame["open_cents"] > 0]
    places = np.searchsorted(_LAST_DAYS, owed["days_overdue"].to_numpy(), side="left")
    cents = np.zeros(len(BUCKETS), dtype=np.int64)
    np.add.at(cents, places, owed["open_cents"].to_numpy())
    return pd.DataFrame({"bucket": BUCKETS, "amount_cents": cents})


def balances(frame: pd.DataFrame) -> pd.DataFrame:
    """Returns one row an account of `frame` (of `dues_as_of`), debtors or not.

    Returns:
        `building_id, account_id, owed_cents` (signed, credits taken off), `overdue_cents` (>= 0,
        dues that are late, before credits), `oldest_due_on` (NaT when nothing is left to pay).
        Largest owed first, then by account.
    """
    owed = frame["open_cents"] > 0
    parts = frame[["building_id", "account_id"]].assign(
        owed_cents=frame["open_cents"],
        overdue_cents=frame["open_cents"].where(owed & (frame["days_overdue"] > 0), 0),
        oldest_due_on=frame["due_on"].where(owed),
    )
    rows = parts.groupby(["building_id", "account_id"], as_index=False).agg(
        owed_cents=("owed_cents", "sum"),
        overdue_cents=("overdue_cents", "sum"),
        oldest_due_on=("oldest_due_on", "min"),
    )
    return rows.sort_values(
        ["owed_cents", "account_id"], ascending=[False, True], ignore_index=True
    )


def debtors(frame: pd.DataFrame, accounts: pd.DataFrame) -> pd.DataFrame:
    """Returns the accounts that owe something, suppliers apart.

    Args:
        frame: of `dues_as_of`.
        accounts: columns of the accounts view.

    Returns:
        `building_id, account_id, holder, owed_cents` (> 0), `overdue_cents`, `oldest_due_on` (of
        what is left to pay). Largest owed first, then by account.

    Source: DOMAIN E16.
    """
    rows = balances(without_suppliers(frame, accounts))
    rows = rows[rows["owed_cents"] > 0]
    holders = accounts.set_index("account_id")["holder"]
    rows.insert(2, "holder", rows["account_id"].map(holders).fillna("").astype("str"))
    return rows.reset_index(drop=True)


def overdue_trend(
    dues: pd.DataFrame, allocations: pd.DataFrame, *, months: Sequence[date]
) -> pd.DataFrame:
    """Returns what was late at each of some days.

    Args:
        dues: columns of the dues view.
        allocations: columns of the allocations view.
        months: days to look at, usually month ends, oldest first.

    Returns:
        `month_end` (datetime64) and `overdue_cents`, in the order of `months`: the same as the
        sum over `dues_as_of` at each day, in one pass.
    """
    owed = dues[dues["amount_cents"] > 0]
    # A due is late from the day after its date, and never before it was issued.
    late_from = owed["issued_on"].where(
        owed["issued_on"] > owed["due_on"], owed["due_on"] + pd.Timedelta(days=1)
    )
    returned = allocations[allocations["reversed_on"] > allocations["effective_on"]]
    live = pd.concat([allocations[allocations["state"] == AllocationState.ACCEPTED], returned])
    late_since = pd.Series(late_from.to_numpy(), index=owed["due_id"])
    days = [pd.Timestamp(day) for day in months]
    late = _sum_until(late_from, owed["amount_cents"], days)
    settled = _settled_until(live, "effective_on", late_since, days)
    taken_back = _settled_until(returned, "reversed_on", late_since, days)
    cents = [a - b + c for a, b, c in zip(late, settled, taken_back, strict=True)]
    return pd.DataFrame(
        {
            "month_end": pd.Series(days, dtype="datetime64[s]"),
            "overdue_cents": pd.Series(cents, dtype="int64"),
        }
    )


def _settled_until(
    links: pd.DataFrame,
    when: str,
    late_since: "pd.Series[pd.Timestamp]",
    days: Sequence[pd.Timestamp],
) -> list[int]:
    """Sums of what links take off late dues: from a date of theirs, once the due is late."""
    since = pd.Series(late_since.reindex(links["due_id"]).to_numpy(), index=links.index)
    links, since = links[since.notna()], since[since.notna()]
    from_day = since.where(since > links[when], links[when])
    return _sum_until(from_day, links["amount_cents"], days)


def _sum_until(
    dates: "pd.Series[pd.Timestamp]", cents: "pd.Series[int]", days: Sequence[pd.Timestamp]
) -> list[int]:
    """Sums of `cents` whose date is on or before each day."""
    when = dates.to_numpy(dtype="datetime64[s]")
    order = np.argsort(when, kind="stable")
    running = np.concatenate([[0], np.cumsum(cents.to_numpy(dtype=np.int64)[order])])
    ends = np.searchsorted(when[order], np.array(days, dtype="datetime64[s]"), side="right")
    return [int(total) for total in running[ends]]


def collections(
    dues: pd.DataFrame,
    allocations: pd.DataFrame,
    *,
    as_of: date,
    by: Literal["quarter", "month"] = "quarter",
    each_building: bool = False,
) -> pd.DataFrame:
    """Returns what was collected of what was called, period by period.

    Args:
        dues: columns of the dues view. Calls, works calls, rents and charges issued by `as_of`.
        allocations: columns of the allocations view, up to `as_of`.
        as_of: the business date.
        by: `quarter` for a co-ownership, `month` for a rental building. A due belongs to the
            period it was called for (`period_start`), else to that of its date.
        each_building: one row a building and period, `building_id` in front.

    Returns:
        `label` (`T4 2026` or `10/2026`), `period_start`, `called_cents`, `credited_cents` (settled
        by a discount or a refund, no money), `collected_cents` (settled by money), `rest_cents` =
        called - credited - collected, `share` = collected of what credits left (NaN when nothing
        is left). Oldest period first.
    """
    frame = dues_as_of(dues, allocations, as_of=as_of)
    frame = frame[frame["kind"].isin(CALLED_KINDS) & (frame["amount_cents"] > 0)]
    live = counting(allocations, day=pd.Timestamp(as_of))
    by_credit = live[live["against_due_id"] != ""].groupby("due_id")["amount_cents"].sum()
    when = frame["period_start"].fillna(frame["due_on"])
    starts = when.dt.to_period("Q" if by == "quarter" else "M").dt.start_time
    credited = frame["due_id"].map(by_credit).fillna(0).astype("int64")
    lines = pd.DataFrame(
        {
            "building_id": frame["building_id"],
            "period_start": starts.astype("datetime64[s]"),
            "called_cents": frame["amount_cents"],
            "credited_cents": credited,
            "collected_cents": frame["paid_cents"] - credited,
            "rest_cents": frame["open_cents"],
        }
    )
    keys = ["building_id", "period_start"] if each_building else ["period_start"]
    rows = lines.drop(columns=[] if each_building else ["building_id"])
    rows = rows.groupby(keys, as_index=False).sum()
    wanted = rows["called_cents"] - rows["credited_cents"]
    rows["share"] = rows["collected_cents"] / wanted.where(wanted > 0)
    rows.insert(len(keys) - 1, "label", _labels(rows["period_start"], by=by))
    return rows


def _labels(starts: pd.Series, *, by: Literal["quarter", "month"]) -> pd.Series:
    if by == "quarter":
        words = [f"T{start.quarter} {start.year}" for start in starts]
    else:
        words = [f"{start.month:02d}/{start.year}" for start in starts]
    return pd.Series(words, index=starts.index, dtype="str")
