"""What an auditor asks of a ledger: samples to look at, and the patterns that deserve a question.

Each function takes frames of `ledger.views` and returns one frame that says what it holds. None
of them accuses: a pair of equal payments is a question, not a fault.

The words are those of the auditing standards (ISA 530 for sampling, ISA 240 for manual entries).
"""

from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from workbench.domain.errors import ParameterError
from workbench.domain.records import AccountKind, AllocationState

SUSPENSE_DAYS: Final = (30, 60, 90, 180, 365)
_MACHINE_ACTIONS: Final = ("match", "import", "propose", "change", "return", "month_end")
_BUCKETS: Final = ("0_30", "31_60", "61_90", "91_180", "181_365", "over_365")


def random_sample(frame: pd.DataFrame, *, key: str, size: int, seed: int) -> pd.DataFrame:
    """Draws rows at random, each with the same chance; the same seed draws the same rows.

    Args:
        frame: what to draw from, in any order.
        key: column that identifies a row: the draw depends on it, not on the order of the rows.
        size: how many; all of them where there are fewer.
        seed: a number to note in the working papers.

    Returns:
        The drawn rows in the order of `key`.

    Raises:
        ParameterError: a size below one.

    Source: ISA 530, appendix 4 (random selection).
    """
    if size < 1:
        raise ParameterError("la taille d’un échantillon est d’au moins une ligne")
    ordered = frame.sort_values(key, ignore_index=True)
    chance = np.random.default_rng(seed)
    drawn = chance.choice(len(ordered), size=min(size, len(ordered)), replace=False)
    return ordered.iloc[np.sort(drawn)].reset_index(drop=True)


def monetary_unit_sample(
    frame: pd.DataFrame, *, key: str, amount: str, size: int, seed: int
) -> pd.DataFrame:
    """Draws cents, not rows: a row of twice the amount has twice the chance.

    The total is cut in `size` equal intervals and one cent is taken in each, at the same random
    distance from its start. A row as large as an interval is always drawn, once or more.

    Args:
        frame: what to draw from; rows of no amount cannot be drawn.
        key: column that identifies a row.
        amount: column of cents; its sign does not count.
        size: how many cents to draw.
        seed: a number to note in the working papers.

    Returns:
        The drawn rows in the order of `key`, with `hits` (cents drawn in the row, >= 1) and
        `interval_cents` (what each hit stands for).

    Raises:
        ParameterError: a size below one.

    Source: ISA 530, appendix 4 (value-weighted selection).
    """
    if size < 1:
        raise ParameterError("la taille d’un échantillon est d’au moins une ligne")
    ordered = frame[frame[amount] != 0].sort_values(key, ignore_index=True)
    cents = ordered[amount].abs().to_numpy(dtype=np.int64)
    total = int(cents.sum())
    if not total:
        return ordered.assign(hits=0, interval_cents=0).iloc[:0]
    interval = max(total // size, 1)
    start = int(np.random.default_rng(seed).integers(1, interval + 1))
    drawn = np.arange(start, total + 1, interval, dtype=np.int64)[:size]
    ends = np.cumsum(cents)
    rows = np.searchsorted(ends, drawn, side="left")
    hits = np.bincount(rows, minlength=len(ordered))
    found = ordered.assign(hits=hits, interval_cents=interval)
    return found[found["hits"] > 0].reset_index(drop=True)


def cut_off(
    allocations: pd.DataFrame,
    movements: pd.DataFrame,
    dues: pd.DataFrame,
    *,
    period_end: date,
    days: int = 15,
) -> pd.DataFrame:
    """Lists the money around a period's end that settles the other side of it.

    Args:
        allocations: columns of the allocations view.
        movements: columns of the movements view.
        dues: columns of the dues view.
        period_end: last day of the period.
        days: how far before and after to look.

    Returns:
        `booked_on`, `movement_id`, `label`, `account_id`, `due_id`, `due_on`, `amount_cents` (> 0),
        `side`: `paid_ahead` (money of the period, due after it) or `paid_late` (money after it, due
        in it). By booking date, movement and due.
    """
    end = pd.Timestamp(period_end)
    live = allocations[
        (allocations["state"] == AllocationState.ACCEPTED)
        & (allocations["movement_id"] != "")
        & (allocations["due_id"] != "")
    ]
    rows = live[["movement_id", "due_id", "account_id", "amount_cents"]].merge(
        movements[["movement_id", "booked_on", "label"]], on="movement_id"
    )
    rows = rows.merge(dues[["due_id", "due_on"]], on="due_id")
    near = (rows["booked_on"] - end).abs() <= pd.Timedelta(days=days)
    ahead = (rows["booked_on"] <= end) & (rows["due_on"] > end)
    late = (rows["booked_on"] > end) & (rows["due_on"] <= end)
    rows["side"] = pd.Series("paid_late", index=rows.index).mask(ahead, "paid_ahead").astype("str")
    columns = [
        "booked_on", "movement_id", "label", "account_id", "due_id", "due_on", "amount_cents",
        "side",
    ]  # fmt: skip
    found = rows.loc[near & (ahead | late), columns]
    return found.sort_values(["booked_on", "movement_id", "due_id"], ignore_index=True)


def equal_payments(movements: pd.DataFrame, *, days: int = 10) -> pd.DataFrame:
    """Lists payments that look like an earlier one: same account, amount and other party.

    Args:
        movements: columns of the movements view.
        days: how far apart two of them may be.

    Returns:
        `iban`, `amount_cents` (signed), `who` (the other party's IBAN, else its name, else the
        label, in small letters: what makes two alike), `party` (its name, else the label),
        `first_on`, `first_id`, `again_on`, `again_id`, `days` (between them). Latest first. Each
        payment stands beside the one just before it.
    """
    rows = movements[movements["amount_cents"] != 0].copy()
    who = rows["counterparty_iban"].where(rows["counterparty_iban"] != "", rows["counterparty"])
    rows["who"] = who.where(who != "", rows["label"]).str.casefold().str.strip()
    rows = rows.sort_values(["booked_on", "movement_id"])
    before = rows.groupby(["iban", "amount_cents", "who"])[["booked_on", "movement_id"]].shift(1)
    gap = (rows["booked_on"] - before["booked_on"]).dt.days
    near = gap.notna() & (gap <= days)
    found = pd.DataFrame(
        {
            "iban": rows["iban"],
            "amount_cents": rows["amount_cents"],
            "who": rows["who"],
            "party": rows["counterparty"].where(rows["counterparty"] != "", rows["label"]),
            "first_on": before["booked_on"],
            "first_id": before["movement_id"],
            "again_on": rows["booked_on"],
            "again_id": rows["movement_id"],
            "days": gap,
        }
    )[near]
    found = found.astype({"days": "int64", "first_id": "str"})
    return found.sort_values(["again_on", "again_id"], ascending=[False, True], ignore_index=True)


def iban_changes(
    allocations: pd.DataFrame, movements: pd.DataFrame, accounts: pd.DataFrame
) -> pd.DataFrame:
    """Lists the accounts whose money began to come from, or to go to, another IBAN.

    A supplier whose IBAN changes is the classic of payment fraud; an owner whose IBAN changes has
    often sold, or somebody else pays.

    Args:
        allocations: columns of the allocations view.
        movements: columns of the movements view.
        accounts: columns of the accounts view.

    Returns:
        `account_id`, `holder`, `kind`, `changed_on` (first money with the new IBAN), `movement_id`,
        `old_iban`, `new_iban`, `amount_cents` (signed, of that movement), `is_known` (the office
        has the new IBAN on the account). Suppliers first, then latest first. An IBAN that comes
        back is not told again.
    """
    live = allocations.loc[
        (allocations["state"] == AllocationState.ACCEPTED) & (allocations["movement_id"] != ""),
        ["account_id", "movement_id"],
    ].drop_duplicates()
    rows = live.merge(
        movements[["movement_id", "booked_on", "counterparty_iban", "amount_cents"]],
        on="movement_id",
    )
    rows = rows[rows["counterparty_iban"] != ""].sort_values(["booked_on", "movement_id"])
    first = rows.drop_duplicates(["account_id", "counterparty_iban"]).copy()
    first["old_iban"] = first.groupby("account_id")["counterparty_iban"].shift(1)
    first = first[first["old_iban"].notna()]
    told = first.merge(accounts[["account_id", "holder", "kind", "payer_ibans"]], on="account_id")
    known = [
        iban in known_ibans.split("|")
        for iban, known_ibans in zip(told["counterparty_iban"], told["payer_ibans"], strict=True)
    ]
    found = pd.DataFrame(
        {
            "account_id": told["account_id"],
            "holder": told["holder"],
            "kind": told["kind"],
            "changed_on": told["booked_on"],
            "movement_id": told["movement_id"],
            "old_iban": told["old_iban"].astype("str"),
            "new_iban": told["counterparty_iban"],
            "amount_cents": told["amount_cents"],
            "is_known": pd.Series(known, index=told.index, dtype=bool),
        }
    )
    order = pd.DataFrame(
        {"owner": found["kind"] != AccountKind.SUPPLIER, "when": found["changed_on"]}
    )
    by = order.sort_values(["owner", "when"], ascending=[True, False], kind="stable").index
    return found.loc[by].reset_index(drop=True)


def decisions_by_person(journal: pd.DataFrame) -> pd.DataFrame:
    """Counts what each person decided by hand, and how much of it was taken back.

    Args:
        journal: columns of the journal view.

    Returns:
        `actor`, `action`, `decisions`, `first_on`, `last_on` (dates), `out_of_hours` (taken before
        7 in the morning, after 8 in the evening, UTC, or on a week end). By actor, then the most
        frequent action. Imports, month-ends, what the engine or the bank did and what a run of the
        engine set aside (at the moment of its matches) are no decisions of a person.

    Source: ISA 240.33 (entries made by hand, at unusual times).
    """
    runs = journal.loc[journal["action"] == "match", ["actor", "at"]].drop_duplicates()
    of_runs = pd.MultiIndex.from_frame(journal[["actor", "at"]]).isin(
        pd.MultiIndex.from_frame(runs)
    )
    is_machine = journal["action"].isin(_MACHINE_ACTIONS) | (
        (journal["action"] == "set_aside") & of_runs
    )
    by_hand = journal[~is_machine].copy()
    moment = pd.to_datetime(by_hand["at"].str.removesuffix("Z"))
    by_hand["day"] = moment.dt.normalize()
    hour = moment.dt.hour
    by_hand["odd"] = (hour < 7) | (hour >= 20) | (moment.dt.day_of_week >= 5)
    rows = by_hand.groupby(["actor", "action"], as_index=False).agg(
        decisions=("day", "size"), first_on=("day", "min"), last_on=("day", "max"),
        out_of_hours=("odd", "sum"),
    )  # fmt: skip
    rows = rows.astype({"out_of_hours": "int64", "decisions": "int64"})
    return rows.sort_values(
        ["actor", "decisions", "action"], ascending=[True, False, True], ignore_index=True
    )


def statement_gaps(statements: pd.DataFrame) -> pd.DataFrame:
    """Lists the numbers missing between a bank account's statements.

    Args:
        statements: columns of the statements view; numbers that are no whole numbers are left out.

    Returns:
        `iban`, `after_number`, `before_number`, `missing` (how many), `after_on`, `before_on`. By
        IBAN and date. A number that falls back (a new year) starts a new series.
    """
    rows = statements[statements["number"].str.fullmatch(r"\d{1,9}")].copy()
    rows["n"] = rows["number"].astype("int64")
    rows = rows.sort_values(["iban", "closed_on", "n"])
    before = rows.groupby("iban")[["n", "closed_on"]].shift(1)
    missing = rows["n"] - before["n"] - 1
    found = pd.DataFrame(
        {
            "iban": rows["iban"],
            "after_number": before["n"],
            "before_number": rows["n"],
            "missing": missing,
            "after_on": before["closed_on"],
            "before_on": rows["closed_on"],
        }
    )[missing.notna() & (missing > 0)]
    found = found.astype({"after_number": "int64", "missing": "int64"})
    return found.reset_index(drop=True)


def aged_suspense(movements: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Ages the money that is in the bank and on nobody's account.

    Args:
        movements: columns of the movements view.
        as_of: the business date; later movements are left out.

    Returns:
        `bucket` (`0_30` … `over_365`, youngest first, empty ones too), `movements`, `in_cents`
        (>= 0), `out_cents` (<= 0).

    Source: LAW L8 (aged suspense is a finding of the month's end).
    """
    day = pd.Timestamp(as_of)
    waits = movements[
        (movements["open_cents"] != 0)
        & (movements["status"] != "ignored")
        & (movements["booked_on"] <= day)
    ]
    age = (day - waits["booked_on"]).dt.days.to_numpy()
    place = np.searchsorted(np.array(SUSPENSE_DAYS), age, side="left")
    cents = waits["open_cents"].to_numpy(dtype=np.int64)
    count, inside, outside = (np.zeros(len(_BUCKETS), dtype=np.int64) for _ in range(3))
    np.add.at(count, place, 1)
    np.add.at(inside, place, np.maximum(cents, 0))
    np.add.at(outside, place, np.minimum(cents, 0))
    return pd.DataFrame(
        {"bucket": _BUCKETS, "movements": count, "in_cents": inside, "out_cents": outside}
    )
