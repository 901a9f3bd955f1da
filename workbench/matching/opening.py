"""From frames to records: the portfolio once, then one book a building, in batches.

Columns are sorted and cut by numpy; only the rows of a batch of buildings are Python objects at
any time. The order depends on what the rows say and not on where they stood.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.matching.book import (
    NO_DAY,
    SEVERAL,
    Account,
    Book,
    Movement,
    OpenDue,
    Payment,
    Portfolio,
)
from workbench.matching.codes import account_codes
from workbench.matching.inputs import MatchInputs
from workbench.matching.names import holder_names
from workbench.matching.normalise import CodeStrength, code_strength, iban_key

# Buildings whose rows are records at one time: memory, nothing else.
BATCH: Final = 200
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
# What a lesson must be to count; a frame without states holds only such ones.
_TAUGHT: Final = frozenset({"", "active", "shared"})
_ACCOUNT_TEXTS = ("building_id", "account_id", "holder", "kind", "code", "coupon_code", "aliases",
                  "person_id", "payer_ibans", "lots")  # fmt: skip
_MOVEMENT_TEXTS = ("iban", "label", "counterparty", "counterparty_iban", "ultimate_party",
                   "end_to_end_id", "mandate_id", "remittance_reference", "operation_code",
                   "return_reason", "account_id")  # fmt: skip
# Place of what is open in a movement's row.
_LEFT = -3
_DUE_TEXTS = ("due_id", "kind", "label", "reference", "call_id")


def open_portfolio(inputs: MatchInputs) -> Portfolio:
    """Returns what the buildings of the inputs share."""
    lessons = _lessons(inputs.known_payers)
    rows = sorted(rows_of(inputs.accounts, dict.fromkeys(_ACCOUNT_TEXTS, "")))
    accounts = [_account(index, row, lessons) for index, row in enumerate(rows)]
    index_of = {a.account_id: a.index for a in accounts}
    found = _due_numbers(inputs.dues, index_of)
    order = np.lexsort((found["due_on"], found["open_cents"], found["account"]))
    return Portfolio(
        accounts=accounts,
        members=_members(accounts),
        by_iban=_by_iban(accounts),
        by_code=_by_code(accounts),
        by_name=_by_name(accounts),
        asked_of=found["account"][order],
        asked_cents=found["open_cents"][order],
        asked_on=found["due_on"][order],
    )


# Accounts


class _Lessons:
    """What people's links taught: IBANs and names per account, with who validated them."""

    def __init__(self) -> None:
        self.ibans: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        self.names: dict[tuple[str, str], list[str]] = defaultdict(list)


def _lessons(frame: pd.DataFrame) -> _Lessons:
    lessons = _Lessons()
    columns = ("building_id", "account_id", "iban", "name", "state", "validated_by", "validated_at")
    for row in sorted(rows_of(frame, dict.fromkeys(columns, ""))):
        building_id, account_id, iban, name, state, validated_by, validated_at = row
        if state not in _TAUGHT:
            continue
        if key := iban_key(iban):
            lessons.ibans[building_id, account_id][key] = _validated(validated_by, validated_at)
        if name:
            lessons.names[building_id, account_id].append(name)
    return lessons


def _validated(who: str, when: object) -> str:
    if not who:
        return ""
    day = _DAY.search(str(when))
    if day is None:
        return f", validé par {who}"
    year, month, date = day[0].split("-")
    return f", validé par {who} le {date}/{month}/{year}"


def _account(index: int, row: tuple[Any, ...], lessons: _Lessons) -> Account:
    building_id, account_id, holder, kind, code, coupon, aliases, person, ibans, lots = row
    key = (building_id, account_id)
    if lessons.names and key in lessons.names:
        aliases = "|".join([*([aliases] if aliases else []), *lessons.names[key]])
    known = {}
    if ibans:
        known = {k: "" for i in ibans.split("|") if (k := iban_key(i))}
    if lessons.ibans and key in lessons.ibans:
        known = lessons.ibans[key] | known
    return Account(
        index, account_id, building_id, holder, kind, code or account_id, coupon, aliases, lots,
        person, holder_names(holder, aliases), known, {},
    )  # fmt: skip


def _members(accounts: list[Account]) -> dict[str, range]:
    members = {}
    first = 0
    for place, account in enumerate(accounts, start=1):
        if place == len(accounts) or accounts[place].building_id != account.building_id:
            members[account.building_id] = range(first, place)
            first = place
    return members


def _by_iban(accounts: list[Account]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for account in accounts:
        for iban in account.ibans:
            found.setdefault(iban, []).append(account.index)
    return found


def _by_code(accounts: list[Account]) -> dict[str, int]:
    found: dict[str, int] = {}
    for account in accounts:
        for _, key, _ in account_codes(account):
            if found.setdefault(key, account.index) != account.index:
                found[key] = SEVERAL
    return {
        key: index
        for key, index in found.items()
        if index != SEVERAL and code_strength(key) is CodeStrength.STRONG
    }


def _by_name(accounts: list[Account]) -> dict[frozenset[str], list[int]]:
    found: dict[frozenset[str], list[int]] = {}
    for account in accounts:
        for name in account.names:
            if len(name.words) > 1:
                found.setdefault(name.words, []).append(account.index)
    return found


# Dues and movements, by batch


def open_books(inputs: MatchInputs, portfolio: Portfolio, *, batch: int = BATCH) -> Iterator[Book]:
    """Yields the book of each building with open movements, in the order of their names.

    Dues and movements without anything open are left out, and so are dues of unknown accounts: the
    ledger does not hold any. A movement whose building is unknown is in no book.

    Args:
        inputs: frames of what is open.
        portfolio: of the same inputs.
        batch: buildings whose rows are read at one time; it changes nothing but memory.
    """
    accounts = portfolio.accounts
    index_of = {a.account_id: a.index for a in accounts}
    cutter = _Cutter(inputs, portfolio, index_of)
    rejected = _rejected(inputs.rejections, index_of)
    payments = _payments(inputs.settled, index_of)
    for start in range(0, len(cutter.names), batch):
        for name, dues, movements in cutter.rows(start, batch):
            members = portfolio.members[name]
            for index in members:
                accounts[index].dues = {1: [], -1: []}
            book = Book(
                building_id=name,
                portfolio=portfolio,
                members=members,
                movements=list(_movements(movements, name, index_of)),
                dues=_dues(dues, accounts),
                rejected=rejected,
                payments=payments,
                own_ibans={iban_key(row[1]) for row in movements},
            )
            yield book
            for index in members:
                accounts[index].dues = {}


_Row = tuple[Any, ...]


class _Cutter:
    """Cuts the frames of dues and movements into batches of whole buildings."""

    def __init__(self, inputs: MatchInputs, portfolio: Portfolio, index_of: dict[str, int]) -> None:
        self._dues, self._movements = inputs.dues, inputs.movements
        buildings = texts_of(inputs.movements, "building_id")
        self.names = sorted(portfolio.members.keys() & set(buildings))
        place_of = {name: place for place, name in enumerate(self.names)}
        self._numbers = _due_numbers(inputs.dues, index_of)
        places = np.array(
            [*(place_of.get(a.building_id, -1) for a in portfolio.accounts), -1], dtype=np.int64
        )
        self._due_order, self._due_at = _grouped(places[self._numbers["account"]])
        moved = np.array([place_of.get(name, -1) for name in buildings], dtype=np.int64)
        self._movement_order, self._movement_at = _grouped(moved)

    def rows(self, start: int, count: int) -> Iterator[tuple[str, list[_Row], list[_Row]]]:
        """Yields name, sorted rows of dues and of movements of `count` buildings from `start`."""
        names = self.names[start : start + count]
        bounds = range(start, start + len(names) + 1)
        dues = self._due_rows(np.searchsorted(self._due_at, bounds))
        movements = self._movement_rows(np.searchsorted(self._movement_at, bounds))
        yield from zip(names, dues, movements, strict=True)

    def _due_rows(self, at: NDArray[np.int64]) -> list[list[_Row]]:
        rows = self._due_order[at[0] : at[-1]]
        texts = rows_of(self._dues.iloc[self._numbers["row"][rows]], dict.fromkeys(_DUE_TEXTS, ""))
        columns = [
            self._numbers[name][rows].tolist()
            for name in ("account", "due_on", "item_id", "amount_cents", "open_cents", "issued_on",
                         "period_start", "period_end")
        ]  # fmt: skip
        # By account, date, then the office's own identifier: the item number only says in what
        # order files were imported.
        found = [
            (account, due_on, text[0], *rest, text)
            for account, due_on, *rest, text in zip(*columns, texts, strict=True)
        ]
        return _cut(found, at)

    def _movement_rows(self, at: NDArray[np.int64]) -> list[list[_Row]]:
        frame = self._movements.iloc[self._movement_order[at[0] : at[-1]]]
        # The item number comes last: it only says in what order files were imported.
        columns: dict[str, object] = {
            **dict.fromkeys(_MOVEMENT_TEXTS, ""),
            "open_cents": 0,
            "amount_cents": 0,
            "item_id": 0,
        }
        rows = rows_of(frame, columns)
        days = _days(frame, "booked_on").tolist()
        return _cut([(day, *row) for day, row in zip(days, rows, strict=True)], at)


def _grouped(places: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Returns the rows in the order of their places (-1 left out), and those places."""
    order = np.argsort(places, kind="stable")
    order = order[places[order] >= 0]
    return order, places[order]


def _cut(rows: list[_Row], at: NDArray[np.int64]) -> list[list[_Row]]:
    bounds = (at - at[0]).tolist()
    return [sorted(rows[a:b]) for a, b in pairwise(bounds)]


def _dues(rows: list[_Row], accounts: list[Account]) -> list[OpenDue]:
    dues = []
    for index, row in enumerate(rows):
        account, due_on, due_id, item_id, amount, left, issued, first, last, texts = row
        due = OpenDue(
            index, item_id, due_id, account, texts[1], texts[2], texts[3], texts[4],
            1 if left > 0 else -1, abs(amount), abs(left), due_on,
            due_on if issued == NO_DAY else issued, first, first if last == NO_DAY else last,
        )  # fmt: skip
        dues.append(due)
        accounts[account].dues[due.sign].append(due)
    return dues


def _movements(rows: list[_Row], building_id: str, index_of: dict[str, int]) -> Iterator[Movement]:
    for index, row in enumerate(row for row in rows if row[_LEFT]):
        (booked_on, iban, label, counterparty, counterparty_iban, ultimate_party, end_to_end_id,
         mandate_id, remittance, operation_code, return_reason, account_id, left, amount,
         item_id) = row  # fmt: skip
        yield Movement(
            index, item_id, building_id, iban, booked_on, 1 if left > 0 else -1, abs(left),
            left == amount, label, counterparty, iban_key(counterparty_iban), ultimate_party,
            end_to_end_id, mandate_id, remittance, operation_code, return_reason,
            index_of.get(account_id) if account_id else None,
        )  # fmt: skip


def _due_numbers(frame: pd.DataFrame, index_of: dict[str, int]) -> dict[str, NDArray[np.int64]]:
    """Returns the numbers of the dues that are open and whose account is known.

    Besides the frame's columns: account (its index) and row (its place in the frame).
    """
    account = np.array([index_of.get(a, -1) for a in texts_of(frame, "account_id")], dtype=np.int64)
    columns = {"account": account, "row": np.arange(len(frame), dtype=np.int64)}
    for name in ("item_id", "amount_cents", "open_cents"):
        columns[name] = _whole(frame, name)
    for name in ("due_on", "issued_on", "period_start", "period_end"):
        columns[name] = _days(frame, name)
    known = (account >= 0) & (columns["open_cents"] != 0)
    return {name: values[known] for name, values in columns.items()}


def _rejected(frame: pd.DataFrame, index_of: dict[str, int]) -> set[tuple[int, int]]:
    rows = rows_of(frame, {"movement_item_id": 0, "account_id": ""})
    return {(item, index_of[account]) for item, account in rows if account in index_of}


def _payments(frame: pd.DataFrame, index_of: dict[str, int]) -> dict[int, list[Payment]]:
    rows = rows_of(frame, {"account_id": "", "movement_item_id": 0, "amount_cents": 0})
    totals: dict[tuple[int, int], Payment] = {}
    for (account_id, item_id, cents), day in zip(rows, _days(frame, "booked_on"), strict=True):
        if account_id not in index_of:
            continue
        key = (index_of[account_id], item_id)
        payment = totals.setdefault(key, Payment(item_id, 0, int(day)))
        payment.cents += abs(cents)
    payments: dict[int, list[Payment]] = defaultdict(list)
    for (account, _), payment in sorted(totals.items(), key=lambda kv: kv[0]):
        payments[account].append(payment)
    return dict(payments)


# Columns


def rows_of(frame: pd.DataFrame, columns: Mapping[str, object]) -> list[_Row]:
    """Returns the columns as plain tuples; a missing column or value gives its default."""
    lists: list[list[Any]] = []
    for name, default in columns.items():
        if name not in frame.columns:
            lists.append([default] * len(frame))
            continue
        column = frame[name]
        if column.isna().any():
            column = column.astype("object").where(column.notna(), default)
        lists.append(column.tolist())
    return list(zip(*lists, strict=True))


def texts_of(frame: pd.DataFrame, name: str) -> list[str]:
    """Returns one column of texts, "" where missing."""
    return [row[0] for row in rows_of(frame, {name: ""})]


def _whole(frame: pd.DataFrame, name: str) -> NDArray[np.int64]:
    if name not in frame.columns:
        return np.zeros(len(frame), dtype=np.int64)
    return frame[name].to_numpy(dtype=np.int64)


def _days(frame: pd.DataFrame, name: str) -> NDArray[np.int64]:
    """Returns a date column as days since 1970, NO_DAY where missing."""
    if name not in frame.columns:
        return np.full(len(frame), NO_DAY, dtype=np.int64)
    days = pd.to_datetime(frame[name]).to_numpy(dtype="datetime64[D]")
    numbers = days.astype(np.int64)
    numbers[np.isnat(days)] = NO_DAY
    return numbers
