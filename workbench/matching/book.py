"""The open side of the ledger as the engine works on it: records of one building at a time.

Buildings do not share money (LAW L7), so each has a book of its own; what they share, codes, IBANs
and names that tell where a stray payment belongs, is in the `Portfolio`. What is left of a due
changes only in `allocate`. Frames become records in `opening`.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from workbench.matching.names import HolderName, holder_names
from workbench.matching.normalise import fold

NO_DAY = -(2**31)
# A key of the portfolio that stands for several accounts stands for none of them.
SEVERAL = -1


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
        index: its place among all accounts: by building, then by identifier.
        person: accounts of one person share it; accounts without a `person_id` have their own.
        names: every way its holder may be called, learnt ones included.
        ibans: known payers, with who validated that (French), "" when the office's table says it.
        dues: by sign, each oldest first; only while its building's book is open.
    """

    index: int
    account_id: str
    building_id: str
    holder: str
    kind: str
    code: str
    coupon_code: str
    aliases: str
    lots: str
    person: str
    names: tuple[HolderName, ...]
    ibans: dict[str, str] = field(default_factory=dict)
    dues: dict[int, list[OpenDue]] = field(default_factory=lambda: {1: [], -1: []})

    @property
    def namesakes(self) -> str:
        """The folded holder: shared by namesakes, and by one person's accounts."""
        return namesake_key(self.holder)


@lru_cache(maxsize=1 << 13)
def namesake_key(holder: str) -> str:
    """Returns a holder's name whatever the order of its words."""
    names = holder_names(holder)
    return "|".join(sorted(" ".join(sorted(n.words)) for n in names)) or fold(holder)


@dataclass(slots=True, eq=False)
class Movement:
    """One open movement.

    Attributes:
        sign: +1 money in, -1 money out.
        cents: > 0, what is not yet allocated.
        booked_on: days since 1970.
        whole: nothing of it is allocated yet.
        receipt_of: index of the account that a person entered it for, None else.
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
    receipt_of: int | None


@dataclass(slots=True, eq=False)
class Payment:
    """One payment already settled on an account, to tell a second one."""

    movement_item_id: int
    cents: int
    booked_on: int


@dataclass(slots=True, eq=False)
class Portfolio:
    """What buildings share, to tell that a payment belongs elsewhere. Read only.

    Attributes:
        accounts: all of them, by building, then by identifier.
        members: account indexes of each building, in order.
        by_iban: account indexes of an IBAN, over all buildings.
        by_code: the account of a code, SEVERAL when it is not alone.
        by_name: account indexes of a whole name of two words or more.
        asked_of: for `asked`: account indexes, ascending.
        asked_cents: signed cents open, beside `asked_of`.
        asked_on: day each falls due, beside `asked_of`.
    """

    accounts: list[Account]
    members: dict[str, range]
    by_iban: dict[str, list[int]]
    by_code: dict[str, int]
    by_name: dict[frozenset[str], list[int]]
    asked_of: NDArray[np.int64]
    asked_cents: NDArray[np.int64]
    asked_on: NDArray[np.int64]

    def asked(self, account: int) -> list[tuple[int, int]]:
        """Returns (day, signed cents) of the dues that an account had open when the match began."""
        first, last = np.searchsorted(self.asked_of, [account, account + 1])
        days, cents = self.asked_on[first:last].tolist(), self.asked_cents[first:last].tolist()
        return list(zip(days, cents, strict=True))


@dataclass(slots=True, eq=False)
class Book:
    """Everything open of one building, sorted.

    Attributes:
        movements: by date, then by what they say.
        members: its accounts' indexes, in order.
        rejected: pairs (movement item, account index) that a human refused.
        payments: what each account already paid.
        own_ibans: the building's bank accounts.
    """

    building_id: str
    portfolio: Portfolio
    members: range
    movements: list[Movement]
    dues: list[OpenDue]
    rejected: set[tuple[int, int]]
    payments: dict[int, list[Payment]]
    own_ibans: set[str]
    _by_name: dict[str, list[int]] | None = None
    _by_person: dict[str, list[int]] = field(default_factory=dict)

    @property
    def accounts(self) -> list[Account]:
        """All accounts of the portfolio, by index."""
        return self.portfolio.accounts

    def is_here(self, account: int) -> bool:
        """Says whether an account belongs to this building."""
        return account in self.members

    def of_kind(self, sign: int) -> Iterable[tuple[Account, list[OpenDue]]]:
        """Yields this building's accounts with something open in that direction."""
        for index in self.members:
            account = self.accounts[index]
            if account.dues[sign]:
                yield account, account.dues[sign]

    def akin_to(self, accounts: list[int]) -> set[int]:
        """Returns the accounts of the building that belong to the holder of one of `accounts`.

        Or may do: the same name and no `person_id` that says otherwise. Themselves included.
        """
        by_name = self._families()
        found: set[int] = set()
        for known in accounts:
            holder = self.accounts[known]
            if holder.person:
                found.update(self._by_person.get(holder.person, ()))
            for other in by_name.get(holder.namesakes, ()):
                if not (holder.person and self.accounts[other].person):
                    found.add(other)
        return found

    def _families(self) -> Mapping[str, list[int]]:
        if self._by_name is None:
            names: dict[str, list[int]] = defaultdict(list)
            persons: dict[str, list[int]] = defaultdict(list)
            for index in self.members:
                account = self.accounts[index]
                names[account.namesakes].append(index)
                if account.person:
                    persons[account.person].append(index)
            self._by_name, self._by_person = names, persons
        return self._by_name

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
        return not a.ibans.keys().isdisjoint(b.ibans) and a.namesakes == b.namesakes
