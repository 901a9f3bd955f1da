"""What an account's screen shows: its balance, its dues, its payments, and who decided what.

Reads the ledger's frames, writes nothing, knows no clock. History keeps what was undone.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from workbench.domain.dates import month_ends
from workbench.domain.errors import ParameterError
from workbench.domain.records import AllocationState
from workbench.ledger import entered, views
from workbench.ledger.store import Ledger
from workbench.pipeline.account_history import history
from workbench.pipeline.account_letters import letter_events
from workbench.pipeline.due_words import due_words, settled_words
from workbench.reports import arrears, arrears_origin

MONTHS: Final = 15
_DUES: Final = (
    "due_id", "kind", "label", "due_on", "amount_cents", "paid_cents", "open_cents", "status",
    "days_overdue", "is_cancelled",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDetail:
    """Everything an account's screen shows, as of one business date.

    Attributes:
        as_of: the business date.
        account_id: the account.
        code: what payers are told to quote.
        holder: its name.
        kind: `coowner`, `tenant`, `supplier`.
        building_id: its building.
        building: the building's name.
        lots: as the office writes them.
        payment_mode: `transfer`, `direct_debit`, `cheque`, `card` or "".
        payer_iban_tails: last four characters of each known payer's IBAN.
        balance_cents: signed, what the holder owes.
        overdue_cents: of which late, before credits.
        kept_cents: received and kept on account, not yet used (>= 0); not in the balance.
        origins: of `reports.arrears_origin.origins`: the causes of what is late.
        origin_words: the same as a sentence that can go to the holder; "" when nothing is late.
        dues: `due_id, kind, label, due_on, amount_cents, paid_cents, open_cents, status,
            days_overdue, is_cancelled` (added here and taken back, or what closes such a one); by
            date, then by identifier.
        payments: `movement_id, booked_on, label, amount_cents, status, state, settles`: money
            that touched the account, receipts under their own name, latest first.
            `amount_cents` is this account's part (signed, + reduces what is owed); `state` is
            `accepted` or `proposed`; `settles` says what it paid, in words.
        history: of `account_history.history`.
        balance: `month_end, balance_cents` (signed) of the last `MONTHS` months, the last one at
            `as_of`.
    """

    as_of: date
    account_id: str
    code: str
    holder: str
    kind: str
    building_id: str
    building: str
    lots: str
    payment_mode: str
    payer_iban_tails: tuple[str, ...]
    balance_cents: int
    overdue_cents: int
    kept_cents: int
    origins: pd.DataFrame
    origin_words: str
    dues: pd.DataFrame
    payments: pd.DataFrame
    history: pd.DataFrame
    balance: pd.DataFrame


def account_detail(ledger: Ledger, *, account_id: str, as_of: date) -> AccountDetail:
    """Reads one account as it stood on a day.

    Args:
        ledger: open; read-only is enough.
        account_id: the account.
        as_of: the business date.

    Raises:
        ParameterError: no such account.

    Source: DOMAIN A6, A10, D1, E18.
    """
    books = _read(ledger, account_id=account_id, as_of=as_of)
    account = books.account.iloc[0]
    standing = arrears.dues_as_of(books.dues, books.allocations, as_of=as_of)
    standing = standing.sort_values(["due_on", "due_id"], ignore_index=True)
    overdue_cents = int(standing.loc[standing["days_overdue"] > 0, "open_cents"].sum())
    causes = arrears_origin.origins(
        standing,
        books.allocations,
        books.account,
        indexations=books.indexations,
        returns=_returns(books.allocations, books.journal),
        waiting=_waiting(books.allocations, books.movements, as_of=as_of),
        as_of=as_of,
    )
    words = due_words(books.dues)
    tails = tuple(iban[-4:] for iban in str(account["payer_ibans"]).split("|") if len(iban) > 4)
    told = arrears_origin.sentence(causes, overdue_cents=overdue_cents, as_of=as_of)
    return AccountDetail(
        as_of=as_of,
        account_id=account_id,
        code=str(account["code"]),
        holder=str(account["holder"]),
        kind=str(account["kind"]),
        building_id=str(account["building_id"]),
        building=books.building,
        lots=str(account["lots"]),
        payment_mode=str(account["payment_mode"]),
        payer_iban_tails=tails,
        balance_cents=int(standing["open_cents"].sum()),
        overdue_cents=overdue_cents,
        kept_cents=books.kept_cents,
        origins=causes,
        origin_words=told if len(causes) else "",
        dues=standing.assign(is_cancelled=standing["due_id"].isin(_cancelled(books.allocations)))[
            list(_DUES)
        ],
        payments=_payments(books.allocations, books.movements, books.dues, words, as_of=as_of),
        history=history(
            books.allocations,
            books.movements,
            journal=books.journal,
            indexations=books.indexations,
            words=words,
            entered=books.entered,
            letters=books.letters,
            as_of=as_of,
        ),
        balance=_balance(books.dues, books.allocations, as_of=as_of),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Books:
    """The ledger's frames of one account, read together; `account` has one row."""

    account: pd.DataFrame
    building: str
    dues: pd.DataFrame
    allocations: pd.DataFrame
    movements: pd.DataFrame
    indexations: pd.DataFrame
    journal: pd.DataFrame | None
    entered: pd.DataFrame
    letters: Sequence[Mapping[str, object]]
    kept_cents: int


def _read(ledger: Ledger, *, account_id: str, as_of: date) -> _Books:
    with ledger.snapshot():
        accounts = views.accounts(ledger)
        account = accounts[accounts["account_id"] == account_id]
        if account.empty:
            raise ParameterError(f"aucun compte « {account_id} » dans ce registre")
        building_id = str(account["building_id"].iloc[0])
        buildings = views.buildings(ledger, building_id=building_id)
        dues = views.dues(ledger, building_id=building_id)
        allocations = views.allocations(ledger, building_id=building_id)
        allocations = allocations[allocations["account_id"] == account_id]
        movements = views.movements(ledger, building_id=building_id)
        receipts = views.receipts(ledger, building_id=building_id)
        receipts = receipts[receipts["account_id"] == account_id]
        indexations = views.indexations(ledger, building_id=building_id)
        told = entered.entered(ledger, account_id=account_id)
        letters = letter_events(ledger, account_id=account_id, as_of=as_of)
        # The journal is the ledger's longest table; only an undoing tells more than the links do.
        undone = (allocations["state"] == AllocationState.REVERSED).any()
        journal = views.journal(ledger) if undone else None
    # Money kept on account is a movement of the bank's, which is there already.
    is_kept = (receipts["receipt_kind"] == entered.ON_ACCOUNT) & (receipts["kind"] == "receipt")
    cheques = _paid_by_receipt(receipts[~is_kept], allocations)
    # Between here and the screen a cheque is a payment like any other.
    by_receipt = (allocations["receipt_side"] == "receipt") & (allocations["movement_id"] == "")
    return _Books(
        account=account,
        building=str(buildings["name"].iloc[0]) if len(buildings) else "",
        dues=dues[dues["account_id"] == account_id],
        allocations=allocations.assign(
            movement_id=allocations["movement_id"].mask(by_receipt, allocations["receipt_id"])
        ),
        movements=pd.concat([movements, cheques], ignore_index=True),
        indexations=indexations[indexations["account_id"] == account_id],
        journal=journal,
        entered=told,
        letters=letters,
        kept_cents=-int(receipts.loc[is_kept, "open_cents"].sum()),
    )


def _cancelled(allocations: pd.DataFrame) -> set[str]:
    """Dues that a person added and took back, with those that close them."""
    closed = allocations[allocations["rule"] == entered.MIRROR]
    return {*closed["due_id"], *closed["against_due_id"]} - {""}


def _returns(allocations: pd.DataFrame, journal: pd.DataFrame | None) -> pd.DataFrame:
    """Dues whose payment the bank took back: a return undid the link, with the bank's reason."""
    rows: list[tuple[str, pd.Timestamp, str]] = []
    told = journal[journal["action"] == "return"] if journal is not None else pd.DataFrame()
    due_ids = dict(zip(allocations["allocation_id"], allocations["due_id"], strict=True))
    for text in told["data"] if len(told) else ():
        data = json.loads(text)
        on = pd.Timestamp(data["returned_on"])
        rows += [
            (due_ids[f"A{line[4]}"], on, data["words"])
            for line in data["allocations"]
            if f"A{line[4]}" in due_ids
        ]
    return pd.DataFrame(rows, columns=list(arrears_origin.RETURN_COLUMNS))


def _waiting(allocations: pd.DataFrame, movements: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Money in that the first proposal gives to the account and nobody reconciled yet."""
    first = allocations[
        (allocations["state"] == AllocationState.PROPOSED)
        & (allocations["rank"] == 1)
        & (allocations["due_id"] != "")
    ]
    sums = first.groupby(["account_id", "movement_id"], as_index=False)["amount_cents"].sum()
    told = movements.loc[
        (movements["amount_cents"] > 0) & (movements["booked_on"] <= pd.Timestamp(as_of)),
        ["movement_id", "booked_on"],
    ]
    return pd.DataFrame(sums.merge(told, on="movement_id"))[list(arrears_origin.WAITING_COLUMNS)]


def _paid_by_receipt(receipts: pd.DataFrame, allocations: pd.DataFrame) -> pd.DataFrame:
    """Returns what holders paid by cheque or card, in the columns of movements that are used."""
    frame = receipts[receipts["kind"] == "receipt"]
    waiting = allocations.loc[allocations["state"] == AllocationState.PROPOSED, "receipt_id"]
    status = pd.Series("unmatched", index=frame.index, dtype="str")
    status = status.mask(frame["receipt_id"].isin(waiting), "proposed")
    status = status.mask(frame["open_cents"] != frame["amount_cents"], "partial")
    words = frame["receipt_kind"].map({"cheque": "Chèque", "card": "Carte"})
    return pd.DataFrame(
        {
            "movement_id": frame["receipt_id"],
            "booked_on": frame["received_on"],
            "label": (words + " " + frame["number"] + " " + frame["payer"])
            .str.split()
            .str.join(" "),
            "amount_cents": -frame["amount_cents"],
            "status": status.mask(frame["open_cents"] == 0, "matched"),
        }
    )


def _signed(allocations: pd.DataFrame, dues: pd.DataFrame) -> pd.Series:
    """Effect of each allocation of money on what is owed: + when it reduces the balance."""
    owed_back = set(dues.loc[dues["amount_cents"] < 0, "due_id"])
    # Money out against a refund we owed: the holder is owed less, so his balance goes up.
    sign = allocations["due_id"].isin(owed_back).map({True: -1, False: 1}).astype("int64")
    return allocations["amount_cents"] * sign


def _payments(
    allocations: pd.DataFrame,
    movements: pd.DataFrame,
    dues: pd.DataFrame,
    words: dict[str, str],
    *,
    as_of: date,
) -> pd.DataFrame:
    live = allocations[allocations["movement_id"] != ""]
    accepted = live["state"] == AllocationState.ACCEPTED
    proposed = (live["state"] == AllocationState.PROPOSED) & (live["rank"] == 1)
    live = live[accepted | proposed].copy()
    live["signed_cents"] = _signed(live, dues)
    grouped = live.groupby(["movement_id", "state"], as_index=False).agg(
        amount_cents=("signed_cents", "sum"), due_ids=("due_id", list)
    )
    grouped["settles"] = pd.Series(
        [settled_words(list(ids), words) for ids in grouped["due_ids"]],
        index=grouped.index,
        dtype="str",
    )
    told = movements[["movement_id", "booked_on", "label", "status"]]
    frame = grouped.drop(columns="due_ids").merge(told, on="movement_id", how="inner")
    frame = frame[frame["booked_on"] <= pd.Timestamp(as_of)]
    frame = frame.sort_values(["booked_on", "movement_id"], ascending=[False, True])
    columns = [
        "movement_id", "booked_on", "label", "amount_cents", "status", "state", "settles",
    ]  # fmt: skip
    return frame.reset_index(drop=True)[columns]


def _balance(dues: pd.DataFrame, allocations: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """The balance at each of the last `MONTHS` month ends, `as_of` being the last."""
    money = allocations[allocations["movement_id"] != ""]
    # What a bank took back counted until then.
    returned = money[money["reversed_on"] > money["effective_on"]]
    money = pd.concat([money[money["state"] == AllocationState.ACCEPTED], returned])
    when = np.concatenate(
        [
            dues["issued_on"].to_numpy(dtype="datetime64[s]"),
            money["effective_on"].to_numpy(dtype="datetime64[s]"),
            returned["reversed_on"].to_numpy(dtype="datetime64[s]"),
        ]
    )
    cents = np.concatenate(
        [
            dues["amount_cents"].to_numpy(dtype=np.int64),
            -_signed(money, dues).to_numpy(dtype=np.int64),
            _signed(returned, dues).to_numpy(dtype=np.int64),
        ]
    )
    days = month_ends(as_of, count=MONTHS)
    return pd.DataFrame(
        {
            "month_end": np.array(days, dtype="datetime64[s]"),
            "balance_cents": [int(cents[when <= np.datetime64(day, "s")].sum()) for day in days],
        }
    )
