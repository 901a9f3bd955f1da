"""Whatever two sides are given: both add up, nothing is negative, and all that can meet does."""

from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from workbench.matching.pairing import Pair, Side, pair, remaining, spread, used

TODAY = date(2026, 11, 21)
accounts = st.sampled_from(["", "A", "B"])
kinds = st.sampled_from(["", "rent", "charges", "fee", "discount"])


def sides(first_item: int) -> st.SearchStrategy[list[Side]]:
    drawn = st.tuples(accounts, kinds, st.integers(-40, 40), st.integers(1, 60))
    return st.lists(drawn, max_size=7).map(
        lambda rows: [
            Side(
                item=first_item + n, name=f"n{n % 3}", account_id=account, kind=kind,
                on=TODAY + timedelta(days=days), cents=cents,
            )
            for n, (account, kind, days, cents) in enumerate(rows)
        ]
    )  # fmt: skip


def most(left: list[Side], right: list[Side]) -> int:
    """The most that can meet, by the cut of the two-account network: no greedy, no order."""
    best = 10**9
    # A cut puts each account, and nobody's money, on one side: eight ways.
    for of_a in (False, True):
        for of_b in (False, True):
            for of_none in (False, True):
                kept = {"A": of_a, "B": of_b, "": of_none}
                cut = sum(side.cents for side in left if not kept[side.account_id])
                reached = {
                    account
                    for side in left
                    if kept[side.account_id]
                    for account in (
                        ["A", "B", ""] if not side.account_id else [side.account_id, ""]
                    )
                }
                cut += sum(side.cents for side in right if side.account_id in reached)
                best = min(best, cut)
    return best


def check(left: list[Side], right: list[Side], pairs: tuple[Pair, ...]) -> None:
    gone = used(pairs)
    for side in [*left, *right]:
        assert 0 <= gone.get(side.item, 0) <= side.cents
    total = sum(each.cents for each in pairs)
    assert sum(gone.get(side.item, 0) for side in left) == total
    assert sum(gone.get(side.item, 0) for side in right) == total
    assert all(each.cents > 0 for each in pairs)
    assert len({(each.left.item, each.right.item) for each in pairs}) == len(pairs)
    for each in pairs:
        known = {each.left.account_id, each.right.account_id} - {""}
        assert len(known) <= 1


@given(left=sides(1), right=sides(100))
def test_both_sides_add_up_and_all_that_can_meet_does(left: list[Side], right: list[Side]) -> None:
    pairs = pair(left, right, on=TODAY)
    check(left, right, pairs)
    assert sum(each.cents for each in pairs) == most(left, right)
    # Nothing more can be paired of what is left.
    assert pair(remaining(left, pairs), remaining(right, pairs), on=TODAY) == ()


@given(left=sides(1), right=sides(100), shuffler=st.randoms())
def test_the_order_given_does_not_matter(
    left: list[Side], right: list[Side], shuffler: Random
) -> None:
    again = [list(left), list(right)]
    for each in again:
        shuffler.shuffle(each)
    assert pair(*again, on=TODAY) == pair(left, right, on=TODAY)


@given(cents=st.integers(0, 300), right=sides(1))
def test_spreading_uses_all_it_can(cents: int, right: list[Side]) -> None:
    given_cents = spread(cents, right, on=TODAY)
    opened = {side.item: side.cents for side in right}
    assert all(0 < part <= opened[item] for item, part in given_cents.items())
    assert sum(given_cents.values()) == min(cents, sum(opened.values()))
