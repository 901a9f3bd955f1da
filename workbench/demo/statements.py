"""Statements: one month of an account each, chained by their balances; the bank's references.

Not for how they are written to files: see `bank_files`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from workbench.demo.books import BankAccount, BankBook, Movement
from workbench.domain.dates import Period

# A plain CSV gives no reference to these: their identity is day, amount, label and rank.
_NAMELESS = frozenset({"fee", "cheques"})
_LEAST_OPENING_CENTS = 250_000


@dataclass(frozen=True, slots=True)
class Statement:
    """A month of one account; `opening_cents` + its movements = `closing_cents`."""

    account: BankAccount
    number: int
    opened_on: date
    closed_on: date
    opening_cents: int
    closing_cents: int
    movements: list[Movement]


def in_booking_order(movements: list[Movement]) -> list[Movement]:
    """Returns the movements as a bank lists them: by day, what came in first."""
    return sorted(movements, key=lambda m: (m.booked_on, m.amount_cents < 0, m.wording))


def give_references(account: BankAccount, movements: list[Movement]) -> None:
    """Writes the bank's reference on movements that are in booking order.

    CFONB gives some entries nothing but their number; a plain CSV gives some nothing at all.
    """
    for number, movement in enumerate(movements, start=1):
        reference = _reference(account.format, movement, number)
        movement.bank_reference = reference
        for part in movement.parts:
            part.bank_reference = reference


def _reference(file_format: str, movement: Movement, number: int) -> str:
    day = movement.booked_on
    if file_format == "cfonb120":
        if movement.operation == "fee":
            return f"{number:07d}"
        return f"{day:%y%m%d}R{number:09d}"
    if file_format == "csv":
        if movement.operation in _NAMELESS or "twin" in movement.traits:
            return ""
        return f"{day:%Y%m%d}-{number:05d}"
    if file_format == "camt.053.001.08":
        return f"FRCM{day:%Y%m%d}{number:07d}"
    return f"{day:%y%m%d}NX{number:07d}"


def enough_opening_cents(movements: list[Movement]) -> int:
    """Returns an opening balance with which the account is never overdrawn."""
    balance = lowest = 0
    for movement in movements:
        balance += movement.amount_cents
        lowest = min(lowest, balance)
    return _LEAST_OPENING_CENTS + (-lowest // 100 + 1) * 137


def monthly_statements(book: BankBook, *, first: date, last: date) -> Iterator[Statement]:
    """Yields the statements of an account, one for each month, the empty months too.

    The opening date is the day before the month, as banks date the balance they start from.
    """
    balance = book.account.opening_cents
    period, number, start = Period.of(first), 1, 0
    while period.first_day <= last:
        end = start
        closing = balance
        while end < len(book.movements) and book.movements[end].booked_on <= period.last_day:
            closing += book.movements[end].amount_cents
            end += 1
        yield Statement(
            book.account, number, period.first_day - timedelta(days=1), period.last_day, balance,
            closing, book.movements[start:end],
        )  # fmt: skip
        period, number, start, balance = period.plus(1), number + 1, end, closing
