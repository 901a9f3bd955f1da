"""A whole portfolio from a seed, made building by building so that any size fits in memory.

`generate` only notes what is asked; a building is made when it is read or written, from the seed
and its own number. Not for the ledger: what is written here is read back by the loaders.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Final, Self

from workbench.demo.bank_files import EXTENSIONS, write_statements
from workbench.demo.books import BankBook, Books, Movement, Settlement
from workbench.demo.buildings import RENTAL, Order, make_books
from workbench.demo.outgoings import landlord_of, office_suppliers
from workbench.demo.statements import Statement, monthly_statements
from workbench.demo.tables import TableFiles
from workbench.domain.dates import Period
from workbench.domain.money import iso_amount

# The committed demo (`data/demo`): what it is made from.
DEMO_SEED: Final = 20261031
DEMO_FIRST_MONTH: Final = date(2025, 8, 1)
DEMO_MONTHS: Final = 15
_MOST_BUILDINGS, _MOST_ACCOUNTS, _MOST_MONTHS = 9999, 9999, 600
_FEWEST_ACCOUNTS: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What one movement really is; a batch is told transaction by transaction.

    Attributes:
        building_id: whose account it was booked on.
        iban: that account.
        bank_reference: "" where the bank gives none; the entry's for each transaction of a batch.
        end_to_end_id: tells the transactions of a batch apart.
        booked_on: booking date.
        amount_cents: positive when money entered.
        label: the bank's wording (a format may show more or less of it).
        twin: 1 for the first of the movements that only their order tells apart, 2 for the next.
        kind: `receipt`, `housing_aid`, `cheque_deposit`, `card_deposit`, `double_payment`,
            `rejected_debit`, `supplier_payment`, `landlord_share`, `refund`, `deposit_refund`,
            `internal_transfer`, `bank_fee`, `misdirected` or `unknown`.
        account_ids: of whom; several for a deposit or an agency.
        settles: dues and cents above zero; their sum is at most the movement's amount.
        reopens: the dues a rejected debit opens again.
        traits: what makes it easy or hard to recognise.
    """

    building_id: str
    iban: str
    bank_reference: str
    end_to_end_id: str
    booked_on: date
    amount_cents: int
    label: str
    twin: int
    kind: str
    account_ids: tuple[str, ...]
    settles: tuple[Settlement, ...]
    reopens: tuple[Settlement, ...]
    traits: frozenset[str]


@dataclass(frozen=True, slots=True)
class Portfolio:
    """A portfolio that is made as it is read; reading it twice gives the same twice."""

    order: Order

    @property
    def as_of(self) -> date:
        """The last day: what is known that day is in."""
        return self.order.last_day

    def books(self) -> Iterator[Books]:
        """Yields the buildings, co-ownerships first, each made when its turn comes."""
        for number in range(1, self.order.coownerships + self.order.rentals + 1):
            yield make_books(self.order, number)

    @property
    def truth(self) -> Iterator[Truth]:
        """Yields what each movement is, building by building, in booking order."""
        for books in self.books():
            yield from truth_of(books)

    def write(self, directory: Path, *, truth: bool = False) -> Counter[str]:
        """Writes the tables as CSV and the bank files under `statements/`.

        Args:
            directory: made if it is not there; files of the same names are replaced.
            truth: also write `truth.csv`, for benchmarks (no table of the contract).

        Returns:
            How many buildings, accounts, dues, movements and bank files were written.
        """
        statements = directory / "statements"
        statements.mkdir(parents=True, exist_ok=True)
        written: Counter[str] = Counter()
        truths = directory / "truth.csv"
        with TableFiles(directory) as tables, _TruthFile(truths if truth else None) as truth_file:
            tables.add_suppliers(office_suppliers(self.order.seed))
            for books in self.books():
                tables.add_building(books)
                if books.building.kind == RENTAL:
                    tables.add_suppliers([landlord_of(books.building, seed=self.order.seed)])
                truth_file.add(books)
                written += self._write_statements(books, statements)
                written += Counter(
                    buildings=1, accounts=len(books.accounts), dues=len(books.dues),
                )  # fmt: skip
        return written

    def _write_statements(self, books: Books, directory: Path) -> Counter[str]:
        """Writes one file for each account and calendar quarter."""
        written: Counter[str] = Counter()
        for book in books.bank_books:
            first, last = self.order.window
            months = monthly_statements(book, first=first, last=last)
            for quarter, members in groupby(months, key=_quarter):
                suffix = "-travaux" if book.account.kind == "works" else ""
                extension = EXTENSIONS[book.account.format]
                name = f"{books.building.building_id}{suffix}-{quarter}.{extension}"
                (directory / name).write_bytes(write_statements(list(members)))
                written["bank_files"] += 1
            written["movements"] += sum(len(m.parts) or 1 for m in book.movements)
        return written


def generate(
    *,
    seed: int = DEMO_SEED,
    coownerships: int = 4,
    rentals: int = 2,
    months: int = DEMO_MONTHS,
    first_month: date = DEMO_FIRST_MONTH,
    accounts_per_building: int | None = None,
) -> Portfolio:
    """Returns a portfolio, the same for the same arguments on every machine.

    Args:
        seed: another seed, another portfolio.
        coownerships: how many buildings of co-owners.
        rentals: how many buildings of tenants.
        months: length of the window.
        first_month: any day of its first month.
        accounts_per_building: suppliers included; None for the demo's mixed sizes.

    Raises:
        ValueError: a size below zero or beyond its limit, or fewer than two accounts a building.
    """
    if not (0 <= coownerships <= _MOST_BUILDINGS and 0 <= rentals <= _MOST_BUILDINGS):
        raise ValueError(f"between 0 and {_MOST_BUILDINGS} buildings of each kind")
    if not 1 <= months <= _MOST_MONTHS:
        raise ValueError(f"between 1 and {_MOST_MONTHS} months")
    size = accounts_per_building
    if size is not None and not _FEWEST_ACCOUNTS <= size <= _MOST_ACCOUNTS:
        raise ValueError(f"between {_FEWEST_ACCOUNTS} and {_MOST_ACCOUNTS} accounts a building")
    first = Period.of(first_month)
    return Portfolio(
        Order(
            seed=seed, coownerships=coownerships, rentals=rentals, first_day=first.first_day,
            last_day=first.plus(months - 1).last_day, accounts_per_building=size,
        )
    )  # fmt: skip


def truth_of(books: Books) -> Iterator[Truth]:
    """Yields what each movement of a building is, account by account, in booking order."""
    for book in books.bank_books:
        seen: Counter[tuple[object, ...]] = Counter()
        for movement in _transactions(book):
            twin = movement.bank_reference or (movement.booked_on, movement.wording)
            key = (twin, movement.amount_cents, movement.end_to_end_id)
            seen[key] += 1
            yield Truth(
                building_id=books.building.building_id, iban=book.account.iban,
                bank_reference=movement.bank_reference, end_to_end_id=movement.end_to_end_id,
                booked_on=movement.booked_on, amount_cents=movement.amount_cents,
                label=movement.wording, twin=seen[key], kind=movement.kind,
                account_ids=movement.account_ids, settles=movement.settles,
                reopens=movement.reopens, traits=movement.traits,
            )  # fmt: skip


def _transactions(book: BankBook) -> Iterator[Movement]:
    for movement in book.movements:
        yield from movement.parts or (movement,)


def _quarter(statement: Statement) -> str:
    day = statement.closed_on
    return f"{day.year}-T{(day.month + 2) // 3}"


class _TruthFile:
    """`truth.csv`, or nothing at all."""

    _HEADER = (
        "iban", "bank_reference", "end_to_end_id", "booked_on", "amount", "label", "twin", "kind",
        "account_ids", "settles", "reopens", "traits",
    )  # fmt: skip

    def __init__(self, path: Path | None) -> None:
        self._file = path.open("w", encoding="utf-8", newline="") if path else None
        self._writer = csv.writer(self._file, lineterminator="\n") if self._file else None
        if self._writer:
            self._writer.writerow(self._HEADER)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def add(self, books: Books) -> None:
        """Writes what the movements of a building are."""
        if self._writer:
            self._writer.writerows(
                (
                    row.iban, row.bank_reference, row.end_to_end_id, row.booked_on,
                    iso_amount(row.amount_cents), row.label, row.twin, row.kind,
                    "|".join(row.account_ids), _parts(row.settles), _parts(row.reopens),
                    "|".join(sorted(row.traits)),
                )
                for row in truth_of(books)
            )  # fmt: skip


def _parts(settlements: tuple[Settlement, ...]) -> str:
    """Returns `[[account_id, due_id, cents], …]` as JSON."""
    return json.dumps([[s.account_id, s.due_id, s.amount_cents] for s in settlements])
