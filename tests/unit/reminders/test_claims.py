"""What a formal notice claims, just inside and just outside each rule."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.domain.errors import ParameterError
from workbench.reminders.claims import (
    ClaimedDue,
    Nature,
    Rate,
    legal_interest,
    split,
    thirtieth_day,
    total_cents,
)

D = date
YEAR = D(2026, 1, 1)
RATES = (
    Rate(D(2025, 7, 1), D(2025, 12, 31), 276),
    Rate(D(2026, 1, 1), D(2026, 6, 30), 262),
)


def due(kind: str, due_on: date, cents: int = 100_00, start: date | None = None) -> ClaimedDue:
    return ClaimedDue("D", kind, "", due_on, cents, start)


@pytest.mark.parametrize(
    ("claimed", "nature"),
    [
        (due("call", D(2026, 1, 1)), Nature.BUDGET),
        (due("call", D(2025, 12, 31)), Nature.EARLIER),
        # Called for the last quarter, payable in January: of the year before.
        (due("call", D(2026, 1, 15), start=D(2025, 10, 1)), Nature.EARLIER),
        (due("works_call", D(2024, 5, 1)), Nature.WORKS),
        (due("adjustment", D(2026, 6, 30)), Nature.EARLIER),
        (due("fee", D(2026, 6, 30)), Nature.COSTS),
        (due("other", D(2026, 6, 30)), Nature.BUDGET),
    ],
)
def test_each_due_has_its_part(claimed: ClaimedDue, nature: Nature) -> None:
    parts = split([claimed], year_starts_on=YEAR)
    assert parts[nature] == 100_00
    assert sum(parts.values()) == 100_00


def test_the_thirtieth_day_counts_from_the_day_after() -> None:
    assert thirtieth_day(D(2026, 3, 1)) == D(2026, 3, 31)
    assert thirtieth_day(D(2028, 2, 1)) == D(2028, 3, 2)


def test_interest_by_days_of_the_rate_that_runs() -> None:
    rows = legal_interest(1000_00, noticed_on=D(2025, 12, 21), until=D(2026, 1, 10), rates=RATES)
    assert [(r.starts_on, r.days, r.basis_points) for r in rows] == [
        (D(2025, 12, 22), 10, 276),
        (D(2026, 1, 1), 10, 262),
    ]
    # 1000 x 2.76 % x 10 / 365 + 1000 x 2.62 % x 10 / 365 = 1.474 EUR
    assert total_cents(rows) == 147


def test_no_interest_on_the_day_of_the_notice() -> None:
    assert legal_interest(1000_00, noticed_on=YEAR, until=YEAR, rates=()) == []


def test_a_missing_rate_is_an_error_that_names_its_day() -> None:
    with pytest.raises(ParameterError, match="01/07/2026"):
        legal_interest(1000_00, noticed_on=D(2026, 6, 29), until=D(2026, 7, 1), rates=RATES)
    last = legal_interest(1000_00, noticed_on=D(2026, 6, 29), until=D(2026, 6, 30), rates=RATES)
    assert [row.days for row in last] == [1]


def test_a_leap_year_has_its_own_length() -> None:
    rates = (Rate(D(2028, 1, 1), D(2028, 12, 31), 366),)
    rows = legal_interest(100_00, noticed_on=D(2027, 12, 31), until=D(2028, 12, 31), rates=rates)
    assert rows[0].days == 366
    assert total_cents(rows) == 366


def test_half_a_cent_is_rounded_up_once() -> None:
    rates = (Rate(D(2026, 1, 1), D(2026, 12, 31), 500),)
    rows = legal_interest(365_00, noticed_on=D(2026, 1, 1), until=D(2026, 1, 2), rates=rates)
    assert rows[0].cents == Fraction(5)
    half = legal_interest(36_50, noticed_on=D(2026, 1, 1), until=D(2026, 1, 2), rates=rates)
    assert half[0].cents == Fraction(1, 2)
    assert total_cents(half) == 1
    assert total_cents([*half, *half]) == 1


@given(cents=st.integers(1, 10_000_00), days=st.integers(0, 180), cut=st.integers(0, 180))
def test_interest_adds_up_over_any_cut_and_is_never_compounded(
    cents: int, days: int, cut: int
) -> None:
    start, until = D(2025, 12, 1), D(2025, 12, 1) + timedelta(days=days)
    middle = min(start + timedelta(days=cut), until)
    whole = legal_interest(cents, noticed_on=start, until=until, rates=RATES)
    first = legal_interest(cents, noticed_on=start, until=middle, rates=RATES)
    second = legal_interest(cents, noticed_on=middle, until=until, rates=RATES)
    exact = sum((r.cents for r in whole), Fraction(0))
    assert exact == sum((r.cents for r in [*first, *second]), Fraction(0))
    assert sum(r.days for r in whole) == days
