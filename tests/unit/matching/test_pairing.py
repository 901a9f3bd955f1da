"""Which payment settles which due: exact runs, accounts kept apart, the oldest first."""

from collections.abc import Iterable
from datetime import date

import pytest

from workbench.domain.errors import InvariantError
from workbench.matching.pairing import Pair, Side, pair, remaining, spread, used

TODAY = date(2026, 11, 21)


def side(name: str, cents: int, on: str, *, account: str = "", kind: str = "") -> Side:
    return Side(
        item=sum(ord(c) * 31**n for n, c in enumerate(name)), name=name, account_id=account,
        kind=kind, on=date.fromisoformat(on), cents=cents,
    )  # fmt: skip


def rent(month: int, cents: int, *, account: str = "1108") -> Side:
    return side(f"rent-{month:02d}", cents, f"2026-{month:02d}-05", account=account, kind="rent")


def told(pairs: Iterable[Pair]) -> list[tuple[str, str, int]]:
    return [(each.left.name, each.right.name, each.cents) for each in pairs]


def test_one_payment_settles_six_partly_paid_rents() -> None:
    """DOMAIN D5."""
    rents = [rent(month, 1852) for month in range(5, 11)]
    pairs = pair([side("index", 11112, "2026-11-12")], rents, on=TODAY)
    assert told(pairs) == [("index", f"rent-{m:02d}", 1852) for m in range(5, 11)]


def test_a_discount_then_the_reduced_payment() -> None:
    """DOMAIN D6."""
    november = rent(11, 86052)
    discount = side("lift", 5000, "2026-11-12", account="1108", kind="discount")
    first = pair([discount], [november], on=TODAY)
    assert told(first) == [("lift", "rent-11", 5000)]
    (left,) = remaining([november], first)
    payment = side("paid", 81052, "2026-11-05")
    assert told(pair([payment], [left], on=TODAY)) == [("paid", "rent-11", 81052)]


def test_a_refund_owed_against_the_payment_that_makes_it() -> None:
    """DOMAIN D7."""
    refund = side("boiler", 18000, "2026-11-02", account="1108", kind="refund")
    out = side("sent", 18000, "2026-11-09")
    assert told(pair([refund], [out], on=TODAY)) == [("boiler", "sent", 18000)]


def test_an_exact_run_goes_before_the_oldest() -> None:
    rents = [rent(month, 1852) for month in (5, 6)]
    charges = side("adj", 6420, "2026-04-30", account="1108", kind="adjustment")
    pairs = pair([side("index", 3704, "2026-11-12")], [charges, *rents], on=TODAY)
    assert told(pairs) == [("index", "rent-05", 1852), ("index", "rent-06", 1852)]


def test_a_discount_and_the_reduced_payment_are_together_the_rent() -> None:
    """DOMAIN D6 in one decision, beside the six differences of D5."""
    rents = [*(rent(month, 1852) for month in range(5, 11)), rent(11, 86052)]
    discount = side("lift", 5000, "2026-11-03", account="1108", kind="discount")
    payments = [side("index", 11112, "2026-11-12"), side("paid", 81052, "2026-11-05")]
    assert told(pair([discount, *payments], rents, on=TODAY)) == [
        ("lift", "rent-11", 5000),
        ("paid", "rent-11", 81052),
        *(("index", f"rent-{month:02d}", 1852) for month in range(5, 11)),
    ]


def test_one_cent_off_a_run_goes_to_the_oldest() -> None:
    rents = [rent(month, 1852) for month in (5, 6)]
    charges = side("adj", 6420, "2026-04-30", account="1108", kind="adjustment")
    pairs = pair([side("index", 3703, "2026-11-12")], [*rents, charges], on=TODAY)
    assert told(pairs) == [("index", "adj", 3703)]


def test_costs_go_before_principal_and_coming_dues_last() -> None:
    fee = side("fee", 3000, "2026-11-01", account="1108", kind="fee")
    coming = rent(12, 10_000)
    pairs = pair([side("paid", 12_000, "2026-11-20")], [coming, rent(10, 10_000), fee], on=TODAY)
    assert told(pairs) == [("paid", "fee", 3000), ("paid", "rent-10", 9000)]


def test_a_due_of_the_day_itself_is_a_due_one() -> None:
    today = side("a", 100, "2026-11-21", account="1", kind="rent")
    fee = side("b", 100, "2026-11-22", account="1", kind="fee")
    assert spread(100, [today, fee], on=TODAY) == {today.item: 100}
    assert spread(100, [today, fee], on=date(2026, 11, 22)) == {fee.item: 100}


def test_what_is_of_one_account_never_settles_another_s() -> None:
    discount = side("lift", 5000, "2026-01-01", account="1", kind="discount")
    assert pair([discount], [rent(11, 5000, account="2")], on=TODAY) == ()


def test_money_of_nobody_leaves_an_account_s_own_its_dues() -> None:
    """The movement alone would take the first due, and leave the discount with nothing to meet."""
    discount = side("lift", 100, "2026-11-20", account="1", kind="discount")
    movement = side("paid", 100, "2026-11-01")
    dues = [rent(10, 100, account="1"), rent(11, 100, account="2")]
    pairs = pair([movement, discount], dues, on=TODAY)
    assert told(pairs) == [("paid", "rent-11", 100), ("lift", "rent-10", 100)]


@pytest.mark.parametrize("cents", [0, -1])
def test_a_side_with_nothing_to_use_is_refused(cents: int) -> None:
    with pytest.raises(InvariantError):
        pair([side("paid", cents, "2026-11-20")], [rent(10, 100)], on=TODAY)


def test_an_item_twice_is_refused() -> None:
    with pytest.raises(InvariantError):
        pair([side("paid", 10, "2026-11-20")], [rent(10, 100), rent(10, 50)], on=TODAY)


def test_spreading_stops_where_the_money_does() -> None:
    rents = [rent(month, 1000) for month in (9, 10, 11)]
    assert list(spread(2500, reversed(rents), on=TODAY).values()) == [1000, 1000, 500]
    assert spread(0, rents, on=TODAY) == {}
    assert used(pair([side("p", 1, "2026-11-20")], rents, on=TODAY))[rents[0].item] == 1
