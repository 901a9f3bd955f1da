"""Dates and periods: French and ISO in, French out, month ends as they are."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.domain.dates import (
    DateError,
    Period,
    day_in_month,
    days_between,
    french_date,
    french_long_date,
    month_ends,
    parse_date,
    quarter_label,
    timestamp,
)

DAYS = st.dates(date(1980, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    "text",
    ["2026-10-31", "31/10/2026", "31.10.2026", "31-10-26", "20261031", " 2026-10-31 ",
     "2026-10-31T13:15:00+01:00", "31/10/2026 08:30"],
)  # fmt: skip
def test_reads(text: str) -> None:
    assert parse_date(text) == date(2026, 10, 31)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("30/02/2026", "n'existe pas"),
        ("29/02/2027", "n'existe pas"),
        ("2026-13-01", "n'existe pas"),
        ("hier", "pas une date"),
        ("", "pas une date"),
        ("10/2026", "pas une date"),
        ("1979-12-31", "année"),
        ("2101-01-01", "année"),
    ],
)
def test_refuses_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(DateError, match=reason):
        parse_date(text)


def test_two_digit_years_turn_at_eighty() -> None:
    assert parse_date("01/01/80").year == 1980
    assert parse_date("31/12/79").year == 2079


@given(DAYS)
def test_what_is_written_is_read_again(day: date) -> None:
    assert parse_date(french_date(day)) == day
    assert parse_date(day.isoformat()) == day


def test_french_writing() -> None:
    assert french_long_date(date(2026, 12, 5)) == "5 décembre 2026"
    assert french_long_date(date(2026, 8, 1)) == "1er août 2026"
    assert Period(2026, 10).of_french() == "d’octobre 2026"
    assert Period(2026, 8).of_french() == "d’août 2026"
    assert Period(2026, 1).of_french() == "de janvier 2026"
    assert quarter_label(date(2026, 3, 31)) == "T1 2026"
    assert quarter_label(date(2026, 4, 1)) == "T2 2026"


@pytest.mark.parametrize("text", ["2026-13", "2026", "10-2026", "2026-1", "1979-01"])
def test_a_period_is_a_year_and_a_month(text: str) -> None:
    with pytest.raises(DateError):
        Period.parse(text)


@given(DAYS, st.integers(-24, 24))
def test_periods_add_up(day: date, months: int) -> None:
    period = Period.of(day)
    assert period.first_day <= day <= period.last_day
    assert period.plus(months).plus(-months) == period
    assert Period.parse(str(period)) == period


def test_a_day_a_short_month_does_not_have_is_its_last() -> None:
    assert day_in_month(2026, 2, 31) == date(2026, 2, 28)
    assert day_in_month(2028, 2, 31) == date(2028, 2, 29)
    assert day_in_month(2026, 1, 31) == date(2026, 1, 31)


def test_month_ends_end_on_the_day_itself() -> None:
    days = month_ends(date(2026, 11, 21), count=3)
    assert days == [date(2026, 9, 30), date(2026, 10, 31), date(2026, 11, 21)]


def test_a_moment_has_a_time_zone() -> None:
    assert timestamp(datetime(2026, 11, 2, 6, 40, 9, 999, tzinfo=UTC)) == "2026-11-02T06:40:09Z"
    with pytest.raises(ValueError, match="time zone"):
        timestamp(datetime(2026, 11, 2))  # noqa: DTZ001 - the point of the test


def test_days_between_have_a_sign() -> None:
    assert days_between(date(2026, 10, 1), date(2026, 10, 31)) == 30
    assert days_between(date(2026, 10, 31), date(2026, 10, 1)) == -30
