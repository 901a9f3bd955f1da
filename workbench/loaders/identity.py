"""What makes two lines of two files the same movement: the key behind `movement_id`.

The same file twice, or two files that overlap, must add nothing; two true twins on one day must
both stay. So a movement is named by what every file of the bank says of it, never by the file:

- With a bank reference: account, day, amount, currency and reference. The label is left out, for
  the bank words it differently from one format to the next. Day and amount are in, for banks use a
  reference again (a batch and its fee, the same number next year).
- Without: account, day, amount, currency, label with its white space folded, and the rank among
  its equals in the statement.

Where a reference comes twice with the same day and amount, the statement's balances say whether
these are two movements or one written twice. Without balances (CSV), the label decides.

A movement's name needs its equals and the closing balance, so it is known once its statement ends;
until then a mark of eight bytes an entry is kept, whatever the length of the statement. The same
movement told by another format under another reference is found by `ledger.bank_facts`.

Source: FORMATS, rules for every reader; DOMAIN A1.
"""

import hashlib
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

import numpy as np

from workbench.domain.records import EUR, BankStatement, Entry, EntryTotals
from workbench.loaders.statement import given
from workbench.loaders.text import folded

_HASH_CHARACTERS: Final = 16
# Cannot be in a cleaned text: no two different keys join to the same string.
_SEPARATOR: Final = "\x1f"
_REFERENCE: Final = f"reference{_SEPARATOR}"
_TEXT: Final = f"text{_SEPARATOR}"
# A set of numbers takes ten times the room of an array: only for ordinary statements.
_FEW: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """How to name the movements of one closed statement.

    Attributes:
        statement: its account and currency are part of each name.
        ranks: index of an entry to its rank among its equals, where that is not 0.
        dropped: indexes of the entries that only repeat an earlier one.
    """

    statement: BankStatement
    ranks: Mapping[int, int]
    dropped: frozenset[int]

    def keys(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, str]]:
        """Gives all entries of the statement, in their order, with their keys.

        A dropped entry has the key of the one it repeats.
        """
        ranks, statement = self.ranks, self.statement
        for index, entry in enumerate(entries):
            base = _base(statement.iban, statement.currency or EUR, entry)
            yield entry, f"{base}{_SEPARATOR}{ranks.get(index, 0)}"

    def named(self, entries: Iterable[Entry]) -> Iterator[tuple[Entry, str]]:
        """Gives the entries that are not dropped, in their order, with their `movement_id`."""
        dropped = self.dropped
        for index, (entry, key) in enumerate(self.keys(entries)):
            if index not in dropped:
                yield entry, movement_id(key, entry.booked_on)


class Marks:
    """A mark for each entry of one statement, as they come: equals have equal marks."""

    def __init__(self) -> None:
        """Has none yet."""
        self._marks = array("q")

    def add(self, entry: Entry) -> None:
        """Marks one entry more."""
        name = given(entry.bank_reference) or folded(entry.label)
        self._marks.append(hash((entry.booked_on, entry.amount_cents, name)))

    def names(
        self, statement: BankStatement, *, totals: EntryTotals, entries: Iterable[Entry]
    ) -> Names:
        """Returns how to name the movements, once the statement is closed.

        Args:
            statement: closed.
            totals: of all its entries.
            entries: those that were marked, in the same order; read only where some are equals.

        Returns:
            Names that are all different among the entries that are not dropped. The order of
            entries that differ in something does not change them.
        """
        suspects = self._suspects()
        if not suspects:
            return Names(statement=statement, ranks={}, dropped=frozenset())
        groups: defaultdict[str, list[tuple[str, int, int]]] = defaultdict(list)
        for index, entry in enumerate(entries):
            if index in suspects:
                base = _base(statement.iban, statement.currency or EUR, entry)
                groups[base].append((folded(entry.label), index, entry.amount_cents))
        are_twins = _are_twins(statement.balance_gap_cents(totals=totals), groups)
        ranks: dict[int, int] = {}
        dropped: set[int] = set()
        for base, equals in groups.items():
            # By label, so that a file written newest first gives the same keys.
            equals.sort()
            rank = -1
            previous: str | None = None
            for label, index, _ in equals:
                is_repeated = base.startswith(_REFERENCE) and (
                    rank >= 0 if are_twins is False else are_twins is None and label == previous
                )
                if is_repeated:
                    dropped.add(index)
                else:
                    rank += 1
                if rank:
                    ranks[index] = rank
                previous = label
        return Names(statement=statement, ranks=ranks, dropped=frozenset(dropped))

    def _suspects(self) -> frozenset[int]:
        """Returns the indexes of entries whose mark comes more than once."""
        if len(self._marks) < _FEW and len(set(self._marks)) == len(self._marks):
            return frozenset()
        marks = np.frombuffer(self._marks, dtype=np.int64)
        values, counts = np.unique(marks, return_counts=True)
        return frozenset(np.flatnonzero(np.isin(marks, values[counts > 1])).tolist())


def movement_identities(statement: BankStatement) -> tuple[list[str], list[int]]:
    """Names each movement of a statement that holds its entries.

    Returns:
        The keys, one an entry, in their order; and the indexes of the entries that only repeat an
        earlier one and are to be dropped (their key is the one they repeat). Keys of the entries
        that stay are all different.
    """
    marks = Marks()
    for entry in statement.entries:
        marks.add(entry)
    totals = EntryTotals.of(statement.entries)
    names = marks.names(statement, totals=totals, entries=statement.entries)
    return [key for _, key in names.keys(statement.entries)], sorted(names.dropped)


def movement_id(key: str, booked_on: date) -> str:
    """Returns `M20261031-3f2a…`: the day for people, the hash for the rest.

    Sixteen hexadecimal digits: among the movements of one day, a chance of two alike that a
    century of the largest office does not reach.
    """
    digest = hashlib.sha256(key.encode()).hexdigest()[:_HASH_CHARACTERS]
    return f"M{_day(booked_on).replace('-', '')}-{digest}"


# The entries of a file share few days.
_day = lru_cache(maxsize=4096)(date.isoformat)


def _base(iban: str, currency: str, entry: Entry) -> str:
    """Returns what tells an entry from any other but its twins; its first part is the rule."""
    reference = given(entry.bank_reference)
    currency = entry.extra.get("currency") or currency
    return (
        f"{_REFERENCE if reference else _TEXT}{iban}{_SEPARATOR}{_day(entry.booked_on)}"
        f"{_SEPARATOR}{entry.amount_cents}{_SEPARATOR}{currency}{_SEPARATOR}"
        f"{reference or folded(entry.label)}"
    )


def _are_twins(
    gap_cents: int | None, groups: Mapping[str, list[tuple[str, int, int]]]
) -> bool | None:
    """Tells by the balances whether repeated references are twins; None when they do not say."""
    if gap_cents is None:
        return None
    if gap_cents == 0:
        return True
    repeated_cents = sum(
        cents
        for base, equals in groups.items()
        if base.startswith(_REFERENCE)
        for _, _, cents in equals[1:]
    )
    # Closing = opening + all - repetitions.
    return False if repeated_cents and gap_cents == -repeated_cents else None
