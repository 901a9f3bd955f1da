"""Letters: what settles itself on one account, and only that."""

from datetime import date
from typing import Any

import pandas as pd
import pytest

from workbench.reports.lettering import _code, lettered


def lines(*rows: tuple[str, int, int, int]) -> pd.DataFrame:
    """Lines of (auxiliary, item, cents, day of October)."""
    days = pd.to_datetime([date(2026, 10, row[3]) for row in rows])
    return pd.DataFrame(
        {
            "building_id": "B1", "account": "4501", "auxiliary": [row[0] for row in rows],
            "item": [row[1] for row in rows], "cents": [row[2] for row in rows],
            "date": days.astype("datetime64[s]"),
        }
    )  # fmt: skip


def letters(made: pd.DataFrame, *met: tuple[int, int]) -> list[Any]:
    joined = pd.DataFrame(list(met), columns=["credit_item", "debit_item"]).astype("int64")
    return list(lettered(made, joined)["letter"])


def test_an_item_that_comes_to_nothing_is_lettered_on_its_last_day() -> None:
    made = lines(("A1", 1, 100, 1), ("A1", 1, -60, 5), ("A1", 1, -40, 9), ("A1", 2, 50, 2))
    assert letters(made) == ["AA", "AA", "AA", ""]
    joined = pd.DataFrame({"credit_item": [], "debit_item": []}).astype("int64")
    assert lettered(made, joined)["lettered_on"].max() == pd.Timestamp("2026-10-09")


def test_a_cent_that_is_left_keeps_the_group_open() -> None:
    assert letters(lines(("A1", 1, 100, 1), ("A1", 1, -99, 5))) == ["", ""]


def test_items_joined_on_one_account_are_one_group_also_through_a_third() -> None:
    made = lines(("A1", 1, 100, 1), ("A1", 2, 50, 1), ("A1", 3, -150, 5))
    assert letters(made) == ["", "", ""]
    assert letters(made, (3, 1), (3, 2)) == ["AA", "AA", "AA"]


def test_letters_start_again_with_each_auxiliary_account_in_the_order_of_days() -> None:
    made = lines(
        ("A1", 1, 10, 1), ("A1", 1, -10, 9), ("A1", 2, 10, 1), ("A1", 2, -10, 3),
        ("A2", 4, 10, 1), ("A2", 4, -10, 9),
    )  # fmt: skip
    assert letters(made) == ["AB", "AB", "AA", "AA", "AA", "AA"]


def test_the_other_side_is_never_lettered() -> None:
    assert letters(lines(("", 0, 10, 1), ("", 0, -10, 1))) == ["", ""]


@pytest.mark.parametrize(
    ("place", "code"), [(0, "AA"), (25, "AZ"), (26, "BA"), (675, "ZZ"), (676, "AAA"), (677, "AAB")]
)
def test_codes_never_run_out(place: int, code: str) -> None:
    assert _code(place) == code
