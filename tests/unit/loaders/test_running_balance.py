"""Running balances: both orders, balances on some rows only, and what one wrong row does."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from workbench.loaders.running_balance import MOST_BREAKS, RunningBalance

CENTS = st.integers(-(10**9), 10**9)
AMOUNTS = st.lists(CENTS, min_size=1, max_size=30)


def followed(rows: list[tuple[int, int | None]]) -> RunningBalance:
    balance = RunningBalance()
    for place, (amount_cents, balance_cents) in enumerate(rows, start=2):
        balance.take(place, amount_cents, balance_cents)
    return balance


def rows_of(opening_cents: int, amounts: list[int]) -> list[tuple[int, int | None]]:
    """Returns rows as a bank writes them, the oldest first."""
    balances = list(accumulate(amounts, initial=opening_cents))[1:]
    return list(zip(amounts, balances, strict=True))


@given(CENTS, AMOUNTS, st.booleans(), st.data())
def test_ends_are_those_of_the_account(
    opening_cents: int, amounts: list[int], newest_first: bool, data: st.DataObject
) -> None:
    rows = rows_of(opening_cents, amounts)
    shown = data.draw(st.sets(st.integers(0, len(rows) - 1), min_size=1))
    rows = [(cents, told if n in shown else None) for n, (cents, told) in enumerate(rows)]
    balance = followed(rows[::-1] if newest_first else rows)
    assert balance.ends(newest_first=newest_first) == (opening_cents, opening_cents + sum(amounts))
    assert balance.breaks(newest_first=newest_first) == ()
    # The right order never has more breaks than the wrong one.
    assert newest_first or not balance.newest_comes_first()


@given(CENTS, st.lists(CENTS, min_size=2, max_size=20), st.booleans(), st.data())
def test_wrong_balance_breaks_at_its_row(
    opening_cents: int, amounts: list[int], newest_first: bool, data: st.DataObject
) -> None:
    rows = rows_of(opening_cents, amounts)
    rows = rows[::-1] if newest_first else rows
    wrong = data.draw(st.integers(1, len(rows) - 1))
    cents, told = rows[wrong]
    assert told is not None
    rows[wrong] = (cents, told + 1)
    breaks = followed(rows).breaks(newest_first=newest_first)
    assert breaks[0].place == wrong + 2
    assert breaks[0].written_cents - breaks[0].expected_cents == 1


def test_no_balance_has_no_ends() -> None:
    balance = followed([(100, None), (-50, None)])
    assert balance.ends(newest_first=False) is None
    assert balance.breaks(newest_first=False) == ()


def test_breaks_are_told_up_to_a_number() -> None:
    balance = followed([(100, 7) for _ in range(MOST_BREAKS * 3)])
    assert len(balance.breaks(newest_first=False)) == MOST_BREAKS
