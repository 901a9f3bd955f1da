"""Where a delay comes from: each unpaid euro of an account, with its likely cause, in words.

A balance says how much is missing, not why. The pattern of the payments against what was called
often does: the old rent still paid after an indexation, one month left out, a debit the bank sent
back. Facts only, in words that can go to the holder; nothing about a person (LAW L19).

Frames in are `arrears.dues_as_of` and `ledger.views`; one account or a whole portfolio.

Source: DOMAIN D8; LAW L11.
"""

from datetime import date
from typing import Any, Final

import pandas as pd

from workbench.domain.dates import Period, french_date
from workbench.domain.money import french_euros
from workbench.domain.records import AccountKind, AllocationState
from workbench.reports.arrears_accounts import Account, Called, Due
from workbench.reports.arrears_causes import Cause, causes

_ORDER: Final = {cause: place for place, cause in enumerate(Cause)}
COLUMNS: Final = {
    "building_id": "str",
    "account_id": "str",
    "cause": "str",
    "amount_cents": "int64",
    "not_claimable_cents": "int64",
    "since": "datetime64[s]",
    "periods": "int64",
    "due_ids": "str",
    "words": "str",
}
RETURN_COLUMNS: Final = ("due_id", "returned_on", "reason")
WAITING_COLUMNS: Final = ("account_id", "movement_id", "booked_on", "amount_cents")


def origins(
    dues: pd.DataFrame,
    allocations: pd.DataFrame,
    accounts: pd.DataFrame,
    *,
    indexations: pd.DataFrame,
    returns: pd.DataFrame,
    waiting: pd.DataFrame,
    as_of: date,
) -> pd.DataFrame:
    """Explains what each account is late with.

    Args:
        dues: of `arrears.dues_as_of` at `as_of`, paid ones too: they show the habit.
        allocations: columns of the allocations view.
        accounts: columns of the accounts view; suppliers are left out.
        indexations: columns of the indexations view.
        returns: payments the bank took back: `due_id` (opened again), `returned_on`, `reason`
            (words or code of the bank).
        waiting: payments that look like an account's and are not reconciled: `account_id`,
            `movement_id`, `booked_on`, `amount_cents` (> 0).
        as_of: the business date.

    Returns:
        One row an account and cause: `building_id`, `account_id`, `cause` (of `Cause`),
        `amount_cents` (> 0; over the causes of an account their sum is what is late, a waiting
        payment apart, which explains what others would), `not_claimable_cents` (of it, what LAW
        L11 lets nobody claim), `since` (date of the oldest due concerned), `periods` (how many
        periods, 0 where it has no sense), `due_ids` (joined by `|`), `words` (French, no full
        stop). By building and account, then in the order of `Cause`.

    Source: DOMAIN D8; LAW L11.
    """
    holders = accounts[accounts["kind"] != AccountKind.SUPPLIER]
    late = dues[
        dues["account_id"].isin(holders["account_id"])
        & (dues["open_cents"] > 0)
        & (dues["days_overdue"] > 0)
    ]
    wanted = set(late["account_id"])
    read = {account_id: Account([], [], [], [], {}, []) for account_id in wanted}
    _read_dues(read, dues[dues["account_id"].isin(wanted)], late=set(late["due_id"]))
    _read_payments(read, allocations, as_of=as_of)
    for row in indexations[indexations["account_id"].isin(wanted)].to_dict("records"):
        steps = (row["from_on"].date(), int(row["old_amount_cents"]), int(row["new_amount_cents"]))
        read[row["account_id"]].indexations.append(steps)
    reasons = {
        row["due_id"]: (row["returned_on"].date(), row["reason"])
        for row in returns.to_dict("records")
    }
    for row in waiting[waiting["account_id"].isin(wanted)].to_dict("records"):
        payment = (row["booked_on"].date(), int(row["amount_cents"]))
        read[row["account_id"]].waiting.append(payment)
    buildings = holders.set_index("account_id")["building_id"]
    rows: list[tuple[Any, ...]] = []
    for account_id in sorted(wanted, key=lambda a: (str(buildings[a]), a)):
        account = read[account_id]
        account.returns = {
            due.due_id: reasons[due.due_id] for due in account.late if due.due_id in reasons
        }
        found = sorted(causes(account), key=lambda o: (_ORDER[o.cause], o.since))
        rows += [
            (
                str(buildings[account_id]), account_id, str(one.cause), one.amount_cents,
                one.not_claimable_cents, pd.Timestamp(one.since), one.periods,
                "|".join(due.due_id for due in one.dues), one.words,
            )
            for one in found
        ]  # fmt: skip
    return pd.DataFrame.from_records(rows, columns=list(COLUMNS)).astype(COLUMNS)


def sentence(rows: pd.DataFrame, *, overdue_cents: int, as_of: date) -> str:
    """Returns what can be written to the holder: the amount, then each cause.

    Args:
        rows: of `origins`, one account.
        overdue_cents: what the account is late with (> 0).
        as_of: the business date.
    """
    head = (
        f"Au {french_date(as_of)}, {french_euros(overdue_cents)} restent à régler sur votre compte"
    )
    if rows.empty:
        return f"{head}."
    causes = "\u00a0; ".join(rows["words"])
    return f"{head}\u00a0: {causes}."


def _read_dues(read: dict[str, Account], dues: pd.DataFrame, *, late: set[str]) -> None:
    called: dict[tuple[str, Period], Called] = {}
    ordered = dues[dues["amount_cents"] > 0].sort_values(["due_on", "due_id"])
    for row in ordered.to_dict("records"):
        first, last = row["period_start"], row["period_end"]
        start = row["due_on"] if pd.isna(first) else first
        covers = None if pd.isna(first) or pd.isna(last) else (first.date(), last.date())
        due = Due(
            row["due_id"], row["kind"], row["label"], Period.of(start.date()),
            int(row["amount_cents"]), int(row["open_cents"]), row["due_on"].date(),
            row["issued_on"].date(), covers,
        )  # fmt: skip
        account = read[row["account_id"]]
        if due.is_periodic and (due.due_id in late or due.open_cents == 0):
            key = (row["account_id"], due.period)
            if key not in called:
                called[key] = Called(due.period)
                account.called.append(called[key])
            called[key].dues.append(due)
        if due.due_id in late:
            account.late.append(due)
    for account in read.values():
        account.called.sort(key=lambda one: one.period)


def _read_payments(read: dict[str, Account], allocations: pd.DataFrame, *, as_of: date) -> None:
    live = allocations[
        (allocations["state"] == AllocationState.ACCEPTED)
        & (allocations["movement_id"] != "")
        & (allocations["due_id"] != "")
        & (allocations["effective_on"] <= pd.Timestamp(as_of))
        & allocations["account_id"].isin(read.keys())
    ]
    keys = ["account_id", "effective_on", "movement_id"]
    sums = live.groupby(keys, as_index=False)["amount_cents"].sum()
    for row in pd.DataFrame(sums).to_dict("records"):
        payment = (row["effective_on"].date(), int(row["amount_cents"]))
        read[row["account_id"]].payments.append(payment)
