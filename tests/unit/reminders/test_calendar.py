"""The days of E4, E5 and B5, for every day of two years and by the examples of the procedure."""

from datetime import date, timedelta

import pytest

from workbench.domain.errors import ParameterError
from workbench.reminders.calendar import (
    after_call,
    after_reminder,
    month_after,
    monthly_after,
)

D = date
EVERY_DAY = [D(2027, 1, 1) + timedelta(days=n) for n in range(731)]
QUARTER_MONTHS = {1, 4, 7, 10}


@pytest.mark.parametrize(
    ("sent_on", "expected"),
    [
        (D(2026, 2, 1), D(2026, 3, 5)),
        (D(2026, 2, 7), D(2026, 5, 5)),
        # Dated 4 February, sent on the 14th: the sending counts.
        (D(2026, 2, 14), D(2026, 5, 5)),
        (D(2026, 2, 4), D(2026, 3, 5)),
        (D(2026, 2, 5), D(2026, 5, 5)),
        # A quarterly call at the start of its quarter.
        (D(2026, 1, 2), D(2026, 2, 5)),
        (D(2026, 1, 5), D(2026, 3, 5)),
        # The month after is a quarter month.
        (D(2026, 3, 1), D(2026, 5, 5)),
        (D(2026, 12, 31), D(2027, 2, 5)),
        (D(2026, 11, 4), D(2026, 12, 5)),
        (D(2026, 11, 5), D(2027, 2, 5)),
        (D(2028, 2, 29), D(2028, 5, 5)),
    ],
)
def test_the_simple_reminder_of_a_call(sent_on: date, expected: date) -> None:
    assert after_call(sent_on) == expected


def test_every_day_of_two_years_leap_day_included() -> None:
    assert D(2028, 2, 29) in EVERY_DAY
    for sent_on in EVERY_DAY:
        day = after_call(sent_on)
        # Said again in other words: months from the sending, then skip the quarter months.
        months = 1 if sent_on.day <= 4 else 2
        index = sent_on.year * 12 + sent_on.month - 1 + months
        while index % 12 + 1 in QUARTER_MONTHS:
            index += 1
        assert day == D(index // 12, index % 12 + 1, 5)
        # What the debtor may rely on: a month and more, never a month of calls.
        assert day.month not in QUARTER_MONTHS
        assert 28 <= (day - sent_on).days <= 92


def test_a_later_sending_is_never_reminded_earlier() -> None:
    days = [after_call(sent_on) for sent_on in EVERY_DAY]
    assert days == sorted(days)


def test_the_formal_notice_is_the_month_after_every_day_of_two_years() -> None:
    for reminded_on in EVERY_DAY:
        day = after_reminder(reminded_on)
        assert day.day == 5
        assert day.month not in QUARTER_MONTHS
        assert day > reminded_on
        plain = after_reminder(reminded_on, call_months=frozenset())
        assert (plain.year * 12 + plain.month) - (reminded_on.year * 12 + reminded_on.month) == 1


def test_the_formal_notice_skips_a_quarter_month_where_it_may() -> None:
    assert after_reminder(D(2026, 2, 5)) == D(2026, 3, 5)
    assert after_reminder(D(2026, 3, 5)) == D(2026, 5, 5)
    assert after_reminder(D(2026, 3, 5), call_months=frozenset()) == D(2026, 4, 5)


def test_a_building_that_calls_in_other_months() -> None:
    march = frozenset({3, 9})
    assert after_call(D(2026, 2, 1), call_months=march) == D(2026, 4, 5)
    assert after_call(D(2026, 3, 1), call_months=march) == D(2026, 4, 5)


def test_a_building_that_calls_every_month_cannot_be_reminded() -> None:
    with pytest.raises(ParameterError, match="tous les mois"):
        after_call(D(2026, 2, 1), call_months=frozenset(range(1, 13)))


@pytest.mark.parametrize(
    ("day", "day_of_month", "expected"),
    [
        (D(2026, 10, 9), 10, D(2026, 10, 10)),
        (D(2026, 10, 10), 10, D(2026, 11, 10)),
        (D(2026, 2, 1), 31, D(2026, 2, 28)),
        (D(2028, 2, 1), 31, D(2028, 2, 29)),
        (D(2026, 2, 28), 31, D(2026, 3, 31)),
        (D(2026, 4, 30), 31, D(2026, 5, 31)),
        (D(2026, 12, 31), 1, D(2027, 1, 1)),
    ],
)
def test_one_day_of_each_month(day: date, day_of_month: int, expected: date) -> None:
    assert monthly_after(day, day_of_month=day_of_month) == expected


def test_each_month_has_its_day_once() -> None:
    for day_of_month in (1, 5, 28, 29, 30, 31):
        day = D(2026, 12, 31)
        found: list[tuple[int, int]] = []
        while len(found) < 24:
            day = monthly_after(day, day_of_month=day_of_month)
            found.append((day.year, day.month))
        assert len(set(found)) == 24
        assert found[-1] == (2028, 12)


def test_the_month_after_a_reminder() -> None:
    assert month_after(D(2026, 10, 10), day_of_month=10) == D(2026, 11, 10)
    assert month_after(D(2026, 10, 25), day_of_month=10) == D(2026, 11, 10)
    assert month_after(D(2026, 12, 31), day_of_month=31) == D(2027, 1, 31)
    assert month_after(D(2027, 1, 31), day_of_month=31) == D(2027, 2, 28)
