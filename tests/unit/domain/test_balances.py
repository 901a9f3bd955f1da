"""Pending, partial, paid, overdue; and exactly one status for each movement."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.domain.balances import days_overdue, due_status, movement_status
from workbench.domain.errors import InvariantError
from workbench.domain.records import DueStatus, MovementStatus

DUE_ON = date(2026, 10, 1)


@pytest.mark.parametrize(
    ("open_cents", "status"),
    [(30_000, DueStatus.PENDING), (29_999, DueStatus.PARTIAL), (1, DueStatus.PARTIAL),
     (0, DueStatus.PAID)],
)  # fmt: skip
def test_a_due_is_settled_by_the_cent(open_cents: int, status: DueStatus) -> None:
    assert due_status(amount_cents=30_000, open_cents=open_cents) == status
    assert due_status(amount_cents=-30_000, open_cents=-open_cents) == status


@pytest.mark.parametrize("open_cents", [30_001, -1])
def test_more_open_than_due_is_a_defect(open_cents: int) -> None:
    with pytest.raises(InvariantError):
        due_status(amount_cents=30_000, open_cents=open_cents)


@pytest.mark.parametrize(
    ("as_of", "days"), [(date(2026, 9, 30), 0), (DUE_ON, 0), (date(2026, 10, 2), 1)]
)
def test_a_due_is_late_from_the_day_after(as_of: date, days: int) -> None:
    assert days_overdue(open_cents=1, due_on=DUE_ON, as_of=as_of) == days
    assert days_overdue(open_cents=0, due_on=DUE_ON, as_of=as_of) == 0
    assert days_overdue(open_cents=-1, due_on=DUE_ON, as_of=as_of) == 0


@pytest.mark.parametrize(
    ("open_cents", "set_aside", "proposed", "status"),
    [
        (0, False, False, MovementStatus.MATCHED),
        (0, True, True, MovementStatus.MATCHED),
        (100, True, True, MovementStatus.IGNORED),
        (40, True, False, MovementStatus.IGNORED),
        (40, False, True, MovementStatus.PARTIAL),
        (100, False, True, MovementStatus.PROPOSED),
        (100, False, False, MovementStatus.UNMATCHED),
    ],
)
def test_a_movement_has_one_status(
    open_cents: int, *, set_aside: bool, proposed: bool, status: MovementStatus
) -> None:
    for sign in (1, -1):
        found = movement_status(
            amount_cents=sign * 100, open_cents=sign * open_cents, set_aside=set_aside,
            proposed=proposed,
        )  # fmt: skip
        assert found == status


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_open_is_within_the_amount_or_refused(amount: int, left: int) -> None:
    within = 0 <= left <= amount or amount <= left <= 0
    if within:
        assert due_status(amount_cents=amount, open_cents=left) in DueStatus
    else:
        with pytest.raises(InvariantError):
            due_status(amount_cents=amount, open_cents=left)
