"""The open side of the ledger as the engine works on it: sorted records and their indexes.

Frames are turned into records once, in an order that depends on what the rows say and not on
where they stood. What is left of a due changes only in `allocate`.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from workbench.matching.inputs import MatchInputs
from workbench.matching.names import HolderName, holder_names
from workbench.matching.normalise import fold, iban_key

NO_DAY = -(2**31)
_LOT_MARKS = re.compile(r"[,;|/+]")


@dataclass(slots=True, eq=False)
class OpenDue:
    """One open due.

    Attributes:
        account: index of its account.
        sign: +1 the holder owes us, -1 we owe the holder.
        amount_cents: > 0, the whole due.
        left_cents: >= 0, what is open; only `allocate` changes it.
        due_on: days since 1970, as are `issued_on` and the period.
        period_first: NO_DAY when the due has no period.
    """

    index: int
    item_id: int
    due_id: str
    account: int
    kind: str
    label: str
    reference: str
    call_id: str
    sign: int
    amount_cents: int
    left_cents: int
    due_on: int
    issued_on: int
    period_first: int
    period_last: int

    @property
    def untouched(self) -> bool:
        """Nothing was paid on it yet."""
        return self.left_cents == self.amount_cents


@dataclass(slots=True, eq=False)
class Account:
    """One account, its names, its known payers and its open dues.

    Attributes:
        person: accounts of one person share it; accounts without a `person_id` have their own.
        namesakes: key of the folded holder, shared by namesakes and by one person's accounts.
        dues: by sign, each oldest first.
    """

    index: int
    account_id: str
    building_id: str
    holder: str
    kind: str
    code: str
    coupon_code: str
    aliases: str
    lots: tuple[str, ...]
    person: str
    namesakes: str
    names: tuple[HolderName, ...]
    ibans: set[str] = field(default_factory=set)
    dues: dict[int, list[OpenDue]] = field(default_factory=lambda: {1: [], -1: []})


@dataclass(slots=True, eq=False)
class Movement:
    """One open movement.

    Attributes:
        sign: +1 money in, -1 money out.
        cents: > 0, what is not yet allocated.
        booked_on: days since 1970.
        whole: nothing of it is allocated yet.
    """

    index: int
    item_id: int
    building_id: str
    iban: str
    booked_on: int
    sign: int
    cents: int
    whole: bool
    label: str
    counterparty: str
    counterparty_iban: str
    ultimate_party: str
    end_to_end_id: str
    mandate_id: str
    remittance_reference: str
    operation_code: str
    return_reason: str


@dataclass(slots=True, eq=False)
class Payment:
    """One payment already settled on an account, to tell a second one."""

    movement_item_id: int
    cents: int
    booked_on: int


@dataclass(slots=True, eq=False)
class Book:
    """Everything open, sorted, with the indexes that the rooms share.

    Attributes:
        movements: by date, then by what they say.
        by_building: account indexes of a building.
        iban_accounts: account indexes of an IBAN, over all buildings.
        rejected: pairs (movement item, account index) that a human refused.
        payments: what each account already paid.
        own_ibans: the bank accounts of each building.
    """

    movements: list[Movement]
    accounts: list[Account]
    dues: list[OpenDue]
    by_building: dict[str, list[int]]
    iban_accounts: dict[str, list[int]]
    rejected: set[tuple[int, int]]
    payments: dict[int, list[Payment]]
    own_ibans: dict[str, set[str]]
    _akin: dict[tuple[str, str], list[int]] = field(default_factory=dict)

    def akin_to(self, accounts: list[int], building_id: str) -> set[int]:
        """Returns the accounts of a building that belong to the holder of one of `accounts`.

        Or may do: the same name and no `person_id` that says otherwise. Themselves included.
        """
        if not self._akin:
            for account in self.accounts:
                for key in (f"name {account.namesakes}", f"person {account.person}"):
                    self._akin.setdefault((account.building_id, key), []).append(account.index)
        found: set[int] = set()
        for known in accounts:
            holder = self.accounts[known]
            if holder.person:
                found.update(self._akin.get((building_id, f"person {holder.person}"), ()))
            for other in self._akin.get((building_id, f"name {holder.namesakes}"), ()):
                if not (holder.person and self.accounts[other].person):
                    found.add(other)
        return found

    def same_person(self, one: int, other: int) -> bool:
        """Says whether two accounts surely belong to one person.

        The same `person_id`; or the same holder, no `person_id` that says otherwise, and a payer's
        IBAN in common. The same name alone is a namesake until proven otherwise (DOMAIN C5).
        """
        if one == other:
            return True
        a, b = self.accounts[one], self.accounts[other]
        if a.person and b.person:
            return a.person == b.person
        return a.namesakes == b.namesakes and bool(a.ibans & b.ibans)


def open_book(inputs: MatchInputs) -> Book:
    """Returns the inputs as sorted records.

    Dues and movements without anything open are left out, and so are dues of unknown accounts: the
    ledger does not hold any.
    """
    accounts = _accounts(inputs.accounts)
    index_of = {a.account_id: a.index for a in accounts}
    by_building: dict[str, list[int]] = defaultdict(list)
    iban_accounts: dict[str, list[int]] = defaultdict(list)
    for building_id, iban, account_id in _rows(
        inputs.known_payers, {"building_id": "", "iban": "", "account_id": ""}
    ):
        known = index_of.get(account_id)
        if known is not None and accounts[known].building_id == building_id and iban:
            accounts[known].ibans.add(iban_key(iban))
    for account in accounts:
        by_building[account.building_id].append(account.index)
        for iban in sorted(account.ibans):
            iban_accounts[iban].append(account.index)
    movements = _movements(inputs.movements)
    own_ibans: dict[str, set[str]] = defaultdict(set)
    for movement in movements:
        own_ibans[movement.building_id].add(iban_key(movement.iban))
    rejected = {
        (item_id, index_of[account_id])
        for item_id, account_id in _rows(
            inputs.rejections, {"movement_item_id": 0, "account_id": ""}
        )
        if account_id in index_of
    }
    return Book(
        movements=movements,
        accounts=accounts,
        dues=_dues(inputs.dues, accounts, index_of),
        by_building=dict(by_building),
        iban_accounts=dict(iban_accounts),
        rejected=rejected,
        payments=_payments(inputs.settled, index_of),
        own_ibans=dict(own_ibans),
    )


def _accounts(frame: pd.DataFrame) -> list[Account]:
    columns = ("account_id", "building_id", "holder", "kind", "code", "coupon_code", "aliases",
               "person_id", "payer_ibans", "lots")  # fmt: skip
    rows = sorted(_rows(frame, dict.fromkeys(columns, "")))
    accounts = []
    for index, row in enumerate(rows):
        account_id, building_id, holder, kind, code, coupon, aliases, person, ibans, lots = row
        accounts.append(
            Account(
                index=index,
                account_id=account_id,
                building_id=building_id,
                holder=holder,
                kind=kind,
                code=code or account_id,
                coupon_code=coupon,
                aliases=aliases,
                lots=tuple(lot.strip() for lot in _LOT_MARKS.split(lots) if lot.strip()),
                person=person,
                namesakes=_namesake_key(holder),
                names=holder_names(holder, aliases),
                ibans={iban_key(i) for i in ibans.split("|") if iban_key(i)},
            )
        )
    return accounts


def _namesake_key(holder: str) -> str:
    names = holder_names(holder)
    return "|".join(sorted(" ".join(sorted(n.words)) for n in names)) or fold(holder)


def _dues(frame: pd.DataFrame, accounts: list[Account], index_of: dict[str, int]) -> list[OpenDue]:
    days = _days(frame, "due_on", "issued_on", "period_start", "period_end")
    columns: dict[str, object] = {
        "account_id": "", "due_id": "", "kind": "", "label": "", "reference": "", "call_id": "",
        "item_id": 0, "amount_cents": 0, "open_cents": 0,
    }  # fmt: skip
    rows = [
        # Sorted by account, date, then by the office's own identifier: the item number only says
        # in what order files were imported.
        (account_id, due_on, due_id, item_id, kind, label, reference, call_id, amount, left,
         issued if issued != NO_DAY else due_on, first, last if last != NO_DAY else first)
        for (account_id, due_id, kind, label, reference, call_id, item_id, amount, left), (
            due_on, issued, first, last,
        ) in zip(_rows(frame, columns), days, strict=True)
        if left and account_id in index_of
    ]  # fmt: skip
    dues = []
    for index, row in enumerate(sorted(rows)):
        (account_id, due_on, due_id, item_id, kind, label, reference, call_id, amount, left,
         issued, first, last) = row  # fmt: skip
        account = index_of[account_id]
        due = OpenDue(
            index=index, item_id=item_id, due_id=due_id, account=account, kind=kind, label=label,
            reference=reference, call_id=call_id, sign=1 if left > 0 else -1,
            amount_cents=abs(amount), left_cents=abs(left), due_on=due_on, issued_on=issued,
            period_first=first, period_last=last,
        )  # fmt: skip
        dues.append(due)
        accounts[account].dues[due.sign].append(due)
    return dues


def _movements(frame: pd.DataFrame) -> list[Movement]:
    texts = ("building_id", "iban", "label", "counterparty", "counterparty_iban", "ultimate_party",
             "end_to_end_id", "mandate_id", "remittance_reference", "operation_code",
             "return_reason")  # fmt: skip
    rows = _rows(
        frame, {**dict.fromkeys(texts, ""), "open_cents": 0, "amount_cents": 0, "item_id": 0}
    )
    days = _days(frame, "booked_on")
    # The item number comes last: it only says in what order files were imported.
    ordered = sorted((booked_on, *row) for row, (booked_on,) in zip(rows, days, strict=True))
    movements: list[Movement] = []
    for row in ordered:
        (booked_on, building_id, iban, label, counterparty, counterparty_iban, ultimate_party,
         end_to_end_id, mandate_id, remittance, operation_code, return_reason, left,
         amount, item_id) = row  # fmt: skip
        if not left:
            continue
        movements.append(
            Movement(
                index=len(movements),
                item_id=item_id,
                building_id=building_id,
                iban=iban,
                booked_on=booked_on,
                sign=1 if left > 0 else -1,
                cents=abs(left),
                whole=left == amount,
                label=label,
                counterparty=counterparty,
                counterparty_iban=iban_key(counterparty_iban),
                ultimate_party=ultimate_party,
                end_to_end_id=end_to_end_id,
                mandate_id=mandate_id,
                remittance_reference=remittance,
                operation_code=operation_code,
                return_reason=return_reason,
            )
        )
    return movements


def _payments(frame: pd.DataFrame, index_of: dict[str, int]) -> dict[int, list[Payment]]:
    rows = _rows(frame, {"account_id": "", "movement_item_id": 0, "amount_cents": 0})
    totals: dict[tuple[int, int], Payment] = {}
    for (account_id, item_id, cents), (booked_on,) in zip(
        rows, _days(frame, "booked_on"), strict=True
    ):
        if account_id not in index_of:
            continue
        key = (index_of[account_id], item_id)
        payment = totals.setdefault(key, Payment(item_id, 0, booked_on))
        payment.cents += abs(cents)
    payments: dict[int, list[Payment]] = defaultdict(list)
    for (account, _), payment in sorted(totals.items(), key=lambda kv: kv[0]):
        payments[account].append(payment)
    return dict(payments)


def _rows(frame: pd.DataFrame, columns: Mapping[str, object]) -> list[tuple[Any, ...]]:
    """Returns the columns as plain tuples; a missing column or value gives its default."""
    lists = []
    for name, default in columns.items():
        if name not in frame.columns:
            lists.append([default] * len(frame))
            continue
        column = frame[name]
        if column.isna().any():
            column = column.astype("object").where(column.notna(), default)
        lists.append(column.tolist())
    return list(zip(*lists, strict=True))


def _days(frame: pd.DataFrame, *names: str) -> list[tuple[int, ...]]:
    """Returns date columns as days since 1970, NO_DAY where missing."""
    lists = []
    for name in names:
        if name not in frame.columns:
            lists.append([NO_DAY] * len(frame))
            continue
        days = pd.to_datetime(frame[name]).to_numpy(dtype="datetime64[D]")
        numbers = days.astype("int64")
        numbers[pd.isna(days)] = NO_DAY
        lists.append(numbers.tolist())
    return list(zip(*lists, strict=True))
