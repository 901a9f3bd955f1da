"""What is already running when the office arrives: reminders sent, a plan, a procedure, a snooze.

The office before reminded by the book: the 5th or 6th week after its calls (DOMAIN E4, E5), the
10th of each month in rented buildings, until the month that the demo plays itself.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from workbench.demo.books import Books, Due, Movement, Plan, Procedure, SentReminder, Snooze
from workbench.demo.calls_for_funds import CALL_MONTHS
from workbench.domain.dates import Period

_DAY_OF_CALLS: Final = 5
_DAY_OF_RENTS: Final = 10
_SIMPLE, _NOTICE = "simple", "formal_notice"
_THRESHOLD_CENTS: Final = 100_00
_PLAN_MONTHS: Final = 10
# Below, a building has nobody to spare for a plan or a procedure.
_ENOUGH_HOLDERS, _ENOUGH_MONTHS = 8, 6


def recover(books: Books, *, window: tuple[date, date], rank: int, bailiff: str) -> None:
    """Writes what recovery did in a building before the last month of the window.

    Args:
        books: complete: dues, movements, deliveries.
        window: first and last day.
        rank: of the building among its kind: it says which of them has a plan, a snooze …
        bailiff: the office's bailiff, a supplier.
    """
    debts = _debts_of(books)
    first, last = window
    until = Period.of(last).first_day
    if books.building.kind != "coownership":
        books.reminders_sent = [
            sent for debt in debts for sent in _monthly(books, debt, first=first, until=until)
        ]
        return
    if len(debts) >= _ENOUGH_HOLDERS and Period.of(first).plus(_ENOUGH_MONTHS).first_day < last:
        _agree(books, debts, rank=rank, last=last, bailiff=bailiff)
    books.reminders_sent = list(_after_calls(books, debts, first=first, until=until))


@dataclass(frozen=True, slots=True)
class _Debt:
    """What an account owes over time: its dues, and what settled each one when."""

    account_id: str
    email: str
    dues: tuple[Due, ...]
    settled: dict[str, list[tuple[date, int]]]

    def left(self, due: Due, day: date) -> int:
        """Returns the cents of a due that are open at the end of a day."""
        return due.amount_cents - sum(c for on, c in self.settled.get(due.due_id, ()) if on <= day)

    def late(self, day: date) -> list[Due]:
        """Returns the dues that are late on a day and not paid, oldest first."""
        return [due for due in self.dues if due.due_on < day and self.left(due, day) > 0]

    def late_cents(self, day: date) -> int:
        """Returns what is late on a day."""
        return sum(self.left(due, day) for due in self.late(day))

    def paid_since(self, reminded_on: date, day: date) -> bool:
        """Tells whether something of what was late on a day was paid by another (DOMAIN E7)."""
        reminded = [due.due_id for due in self.dues if due.due_on < reminded_on]
        days = (on for due in reminded for on, cents in self.settled.get(due, ()) if cents > 0)
        return any(reminded_on < on <= day for on in days)

    def sent(self, kind: str, on: date) -> SentReminder:
        """Returns the reminder that leaves on a day."""
        by_mail = "email" if self.email else "post"
        channel = "registered" if kind == _NOTICE else by_mail
        return SentReminder(self.account_id, kind, on, self.late_cents(on), channel)


def _debts_of(books: Books) -> list[_Debt]:
    dues: dict[str, list[Due]] = defaultdict(list)
    for due in books.dues:
        if due.amount_cents > 0:
            dues[due.account_id].append(due)
    settled: dict[str, dict[str, list[tuple[date, int]]]] = defaultdict(lambda: defaultdict(list))
    for movement in _transactions(books):
        for sign, parts in ((1, movement.settles), (-1, movement.reopens)):
            for part in parts:
                known = settled[part.account_id][part.due_id]
                known.append((movement.booked_on, sign * part.amount_cents))
    for offset in books.offsets:
        due = next(due for due in dues[offset.account_id] if due.due_id == offset.due_id)
        settled[offset.account_id][due.due_id].append((due.due_on, offset.amount_cents))
    return [
        _Debt(
            account.account_id, account.email,
            tuple(sorted(dues[account.account_id], key=lambda due: (due.due_on, due.due_id))),
            settled[account.account_id],
        )
        for account in books.accounts
        if account.kind != "supplier"
    ]  # fmt: skip


def _transactions(books: Books) -> Iterator[Movement]:
    for book in books.bank_books:
        for movement in book.movements:
            yield from movement.parts or (movement,)


def _agree(books: Books, debts: list[_Debt], *, rank: int, last: date, bailiff: str) -> None:
    """Writes a payment plan or a procedure, and lets one building of four sleep."""
    period = Period.of(last)
    day = period.plus(-4).first_day + timedelta(days=8)
    largest = max(debts, key=lambda debt: (debt.late_cents(day), debt.account_id))
    cents = largest.late_cents(day)
    if cents > _THRESHOLD_CENTS and rank % 2 == 0:
        signed = day + timedelta(days=6)
        books.plans.append(Plan(largest.account_id, day, _PLAN_MONTHS, cents, signed))
    elif cents > _THRESHOLD_CENTS:
        label = "Sommation de payer"
        books.procedures.append(Procedure(largest.account_id, "bailiff", day, bailiff, label))
    if rank % 4 == 2:
        start = period.first_day + timedelta(days=11)
        books.snoozes.append(Snooze(books.building.building_id, start, start + timedelta(days=63)))


def _after_calls(
    books: Books, debts: list[_Debt], *, first: date, until: date
) -> Iterator[SentReminder]:
    calls = sorted(books.calls, key=lambda call: (call.sent_on, call.call_id))
    lost = {(d.call_id, d.account_id) for d in books.deliveries if d.status in _LOST}
    charged = {
        (due.account_id, due.due_on) for due in books.dues if due.kind == "fee"
    }  # a notice that was charged left on the day of its fee
    stopped = {plan.account_id: plan.started_on for plan in books.plans}
    stopped |= {one.account_id: one.started_on for one in books.procedures}
    for place, call in enumerate(calls):
        ends = calls[place + 1].sent_on if place + 1 < len(calls) else until
        simple_on = _fifth(Period.of(call.sent_on).plus(1 + (call.sent_on.day >= _DAY_OF_CALLS)))
        notice_on = _fifth(Period.of(simple_on).plus(1))
        for debt in debts:
            if (call.call_id, debt.account_id) in lost:
                continue
            stop = min(ends, until, stopped.get(debt.account_id, until))
            if not first <= simple_on < stop or debt.late_cents(simple_on) <= _THRESHOLD_CENTS:
                continue
            if (debt.account_id, simple_on) in charged:
                yield debt.sent(_NOTICE, simple_on)
                continue
            yield debt.sent(_SIMPLE, simple_on)
            if notice_on < stop and not debt.paid_since(simple_on, notice_on):
                yield debt.sent(_NOTICE, notice_on)


_LOST: Final = frozenset({"bounced", "returned"})


def _fifth(period: Period) -> date:
    while period.month in CALL_MONTHS:
        period = period.plus(1)
    return period.first_day + timedelta(days=_DAY_OF_CALLS - 1)


def _monthly(books: Books, debt: _Debt, *, first: date, until: date) -> Iterator[SentReminder]:
    """Yields a simple reminder, a notice a month later, and again once the oldest due is paid."""
    period = Period.of(max(first, books.building.mandate_start))
    last: SentReminder | None = None
    while (day := period.first_day + timedelta(days=_DAY_OF_RENTS - 1)) < until:
        late = debt.late(day)
        period = period.plus(1)
        if not late:
            continue
        if last is None or last.sent_on <= late[0].due_on:
            last = debt.sent(_SIMPLE, day)
            yield last
        elif last.kind == _SIMPLE and not debt.paid_since(last.sent_on, day):
            last = debt.sent(_NOTICE, day)
            yield last
