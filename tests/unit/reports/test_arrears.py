import math
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from tests.unit import frames
from workbench.domain.errors import InvariantError
from workbench.reports import arrears

END = date(2026, 10, 31)


def due(due_id: str = "D1", amount_cents: int = 100_00, **values: Any) -> dict[str, Any]:
    return {"due_id": due_id, "amount_cents": amount_cents, "due_on": END, **values}


def paid(amount_cents: int, due_id: str = "D1", **values: Any) -> dict[str, Any]:
    return {"due_id": due_id, "amount_cents": amount_cents, "effective_on": END, **values}


def standing(
    *dues: dict[str, Any], settled: Sequence[dict[str, Any]] = (), as_of: date = END
) -> pd.DataFrame:
    return arrears.dues_as_of(frames.dues(*dues), frames.allocations(*settled), as_of=as_of)


def test_a_due_counts_from_the_day_it_is_issued() -> None:
    late = due("D2", issued_on=END + timedelta(days=1), due_on=END)
    assert list(standing(due(issued_on=END), late)["due_id"]) == ["D1"]


def test_money_counts_on_the_day_it_moved_and_not_the_day_after() -> None:
    one = standing(due(), settled=[paid(40_00)])
    assert (one["open_cents"][0], one["paid_cents"][0]) == (60_00, 40_00)
    assert one["status"][0] == "partial"
    next_day = paid(40_00, effective_on=END + timedelta(days=1))
    assert standing(due(), settled=[next_day])["status"][0] == "pending"


@pytest.mark.parametrize("state", ["proposed", "reversed"])
def test_only_an_accepted_link_settles(state: str) -> None:
    assert standing(due(), settled=[paid(100_00, state=state)])["open_cents"][0] == 100_00


def test_a_wholly_paid_due_is_paid_and_never_late() -> None:
    old = due(due_on=END - timedelta(days=40))
    frame = standing(old, settled=[paid(60_00), paid(40_00)])
    assert (frame["status"][0], frame["days_overdue"][0], frame["open_cents"][0]) == ("paid", 0, 0)


def test_a_discount_settles_a_due_and_is_used_up_itself() -> None:
    frame = standing(
        due(),
        due("AV", -30_00, kind="discount"),
        settled=[paid(30_00, movement_id="", against_due_id="AV")],
    )
    assert list(frame["open_cents"]) == [70_00, 0]
    assert list(frame["status"]) == ["partial", "paid"]


def test_a_refund_is_settled_by_money_out() -> None:
    frame = standing(due("R", -30_00, kind="refund"), settled=[paid(10_00, "R")])
    assert (frame["open_cents"][0], frame["paid_cents"][0]) == (-20_00, 10_00)


@pytest.mark.parametrize(("days_ago", "overdue"), [(-1, 0), (0, 0), (1, 1), (400, 400)])
def test_a_due_is_late_from_the_day_after_its_date(days_ago: int, overdue: int) -> None:
    frame = standing(due(due_on=END - timedelta(days=days_ago), issued_on=date(2025, 1, 1)))
    assert frame["days_overdue"][0] == overdue


def test_a_credit_is_never_late() -> None:
    frame = standing(due(amount_cents=-5_00, due_on=date(2026, 1, 1)))
    assert frame["days_overdue"][0] == 0


def test_more_settled_than_due_is_a_broken_promise() -> None:
    standing(due(), settled=[paid(100_00)])
    with pytest.raises(InvariantError, match="D1"):
        standing(due(), settled=[paid(100_01)])


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (0, "not_due"), (1, "1_30"), (30, "1_30"), (31, "31_60"), (60, "31_60"), (61, "61_90"),
        (90, "61_90"), (91, "91_180"), (180, "91_180"), (181, "181_365"), (365, "181_365"),
        (366, "over_365"),
    ],
)  # fmt: skip
def test_each_age_has_its_bucket(days: int, bucket: str) -> None:
    frame = standing(due(due_on=END - timedelta(days=days)))
    ages = arrears.ageing(frame)
    assert tuple(ages["bucket"]) == arrears.BUCKETS
    assert ages.set_index("bucket")["amount_cents"].to_dict() == {
        name: 100_00 if name == bucket else 0 for name in arrears.BUCKETS
    }


def test_ages_hold_what_is_left_and_no_credit() -> None:
    frame = standing(due(), due("AV", -30_00), settled=[paid(1)])
    assert arrears.ageing(frame)["amount_cents"].sum() == 100_00 - 1


def test_debtors_are_those_who_owe_once_their_credits_are_taken_off() -> None:
    accounts = frames.accounts(
        {"account_id": "A1", "holder": "Bréhon Yann"},
        {"account_id": "A2", "holder": "SCI Nord"},
        {"account_id": "A3", "holder": "Quitte"},
        {"account_id": "F1", "holder": "Plombier", "kind": "supplier"},
    )
    frame = standing(
        due("D1", 100_00, due_on=date(2026, 9, 1)),
        due("D2", 50_00, due_on=date(2026, 11, 30), issued_on=END),
        due("AV", -20_00),
        due("D3", 300_00, account_id="A2", due_on=date(2026, 10, 30)),
        due("D4", 40_00, account_id="A3"),
        due("D5", -40_00, account_id="A3"),
        due("F", 9_00, account_id="F1"),
    )
    rows = arrears.debtors(frame, accounts).to_dict("records")
    assert [(r["account_id"], r["holder"], r["owed_cents"], r["overdue_cents"]) for r in rows] == [
        ("A2", "SCI Nord", 300_00, 300_00),
        ("A1", "Bréhon Yann", 130_00, 100_00),
    ]
    assert rows[1]["oldest_due_on"] == pd.Timestamp("2026-09-01")


def test_the_oldest_due_is_one_that_is_left_to_pay() -> None:
    frame = standing(
        due("D1", due_on=date(2026, 1, 1)),
        due("D2", due_on=date(2026, 2, 1)),
        settled=[paid(100_00, "D1")],
    )
    rows = arrears.debtors(frame, frames.accounts({"account_id": "A1"}))
    assert rows["oldest_due_on"][0] == pd.Timestamp("2026-02-01")


def test_the_trend_is_what_each_day_would_have_said() -> None:
    dues = frames.dues(
        due("D1", 100_00, due_on=date(2026, 7, 31), issued_on=date(2026, 7, 1)),
        # Issued after its own date: it was not late before it existed.
        due("D2", 70_00, due_on=date(2026, 7, 15), issued_on=date(2026, 9, 2)),
        due("D3", 30_00, due_on=date(2026, 10, 31), issued_on=date(2026, 10, 1)),
        due("AV", -10_00, due_on=date(2026, 7, 1)),
    )
    settled = frames.allocations(
        paid(60_00, "D1", effective_on=date(2026, 8, 31)),
        # Before the due was even late.
        paid(20_00, "D2", effective_on=date(2026, 8, 1)),
        paid(5_00, "D1", effective_on=date(2026, 9, 1), state="reversed"),
        # Undone: it never counted. Taken back by the bank: it did until then.
        *(
            paid(cents, due_id, effective_on=date(2026, 8, 1), reversed_on=back, state="reversed")
            for cents, due_id, back in (
                (5_00, "D1", date(2026, 8, 1)),
                (40_00, "D1", date(2026, 9, 1)),
                (50_00, "D2", date(2026, 8, 20)),
            )
        ),
        paid(10_00, "D3", effective_on=date(2026, 9, 1), movement_id="", against_due_id="AV"),
    )
    days = [
        date(2026, 7, 31), date(2026, 8, 1), date(2026, 8, 30), date(2026, 8, 31),
        date(2026, 9, 1), date(2026, 9, 2), date(2026, 10, 31), date(2026, 11, 1),
    ]  # fmt: skip
    trend = arrears.overdue_trend(dues, settled, months=days)
    expected = []
    for day in days:
        frame = arrears.dues_as_of(dues, settled, as_of=day)
        expected.append(int(frame.loc[frame["days_overdue"] > 0, "open_cents"].sum()))
    assert list(trend["overdue_cents"]) == expected
    assert expected == [0, 60_00, 60_00, 0, 40_00, 90_00, 90_00, 110_00]


@pytest.mark.parametrize(("day", "open_cents"), [(1, 100_00), (2, 0), (8, 0), (9, 100_00)])
def test_a_payment_counts_until_the_bank_takes_it_back(day: int, open_cents: int) -> None:
    back = paid(100_00, "D1", effective_on=date(2026, 10, 2), reversed_on=date(2026, 10, 9),
                state="reversed")  # fmt: skip
    frame = arrears.dues_as_of(
        frames.dues(due("D1", due_on=date(2026, 9, 1))),
        frames.allocations(back),
        as_of=date(2026, 10, day),
    )
    assert list(frame["open_cents"]) == [open_cents]


def test_a_trend_without_dues_is_flat() -> None:
    trend = arrears.overdue_trend(frames.dues(), frames.allocations(), months=[END])
    assert list(trend["overdue_cents"]) == [0]


def test_collections_count_money_against_what_was_called() -> None:
    dues = frames.dues(
        due("D1", 100_00, due_on=date(2026, 7, 31), period_start=date(2026, 7, 1)),
        # A call sent before its quarter belongs to the quarter.
        due("D2", 200_00, due_on=date(2026, 9, 30), period_start=date(2026, 10, 1)),
        due("D3", 50_00, due_on=date(2026, 10, 15), kind="works_call"),
        due("D4", 9_00, due_on=date(2026, 10, 15), kind="fee"),
        due("D5", -9_00, due_on=date(2026, 10, 15), kind="discount"),
    )
    settled = frames.allocations(
        paid(100_00, "D1"), paid(150_00, "D2"), paid(9_00, "D4"),
        paid(9_00, "D3", movement_id="", against_due_id="D5"),
    )  # fmt: skip
    rows = arrears.collections(dues, settled, as_of=END).to_dict("records")
    assert [
        (r["label"], r["called_cents"], r["credited_cents"], r["collected_cents"], r["rest_cents"])
        for r in rows
    ] == [("T3 2026", 100_00, 0, 100_00, 0), ("T4 2026", 250_00, 9_00, 150_00, 91_00)]
    assert rows[0]["share"] == 1.0
    assert rows[1]["share"] == pytest.approx(150 / 241)


def test_rents_are_collected_by_month_and_by_building() -> None:
    dues = frames.dues(
        due("D1", kind="rent", due_on=date(2026, 9, 5)),
        due("D2", kind="rent", due_on=date(2026, 10, 5)),
        due("D3", kind="charges", due_on=date(2026, 10, 5), building_id="B2"),
    )
    rows = arrears.collections(
        dues, frames.allocations(paid(1, "D2")), as_of=END, by="month", each_building=True
    )
    assert list(zip(rows["building_id"], rows["label"], rows["collected_cents"], strict=True)) == [
        ("B1", "09/2026", 0), ("B1", "10/2026", 1), ("B2", "10/2026", 0),
    ]  # fmt: skip


def test_a_call_wholly_credited_has_no_share() -> None:
    dues = frames.dues(due("D1"), due("AV", -100_00, kind="discount"))
    credit = paid(100_00, "D1", movement_id="", against_due_id="AV")
    rows = arrears.collections(dues, frames.allocations(credit), as_of=END)
    assert math.isnan(rows["share"][0])
    assert rows["rest_cents"][0] == 0


def test_nothing_called_is_an_empty_table() -> None:
    rows = arrears.collections(frames.dues(), frames.allocations(), as_of=END)
    assert len(rows) == 0
    assert "label" in rows
