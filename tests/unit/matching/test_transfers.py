"""What a processor passes on: one amount, few days, the account the bank names, no other end."""

from datetime import date
from typing import Any

import pytest

from workbench.matching.transfers import Passing, pair_transfers

PROCESSOR, CURRENT, WORKS = "FR76P", "FR76C", "FR76W"


def passing(item: int, day: int, **more: Any) -> Passing:
    given: dict[str, Any] = {
        "building_id": "B1", "iban": CURRENT, "other_iban": PROCESSOR, "cents": 29_895,
    }  # fmt: skip
    return Passing(item=item, on=date(2026, 10, day), **given | more)


def left(item: int, day: int, **more: Any) -> Passing:
    return passing(item, day, **{"iban": PROCESSOR, "other_iban": ""} | more)


def pairs(out: list[Passing], came: list[Passing], **more: Any) -> list[tuple[int, int]]:
    return [(a.item, b.item) for a, b in pair_transfers(out, came, **more)]


@pytest.mark.parametrize(("day", "found"), [(5, False), (6, True), (11, True), (12, False)])
def test_it_arrives_within_days(day: int, found: bool) -> None:
    assert bool(pairs([left(1, 6)], [passing(2, day)])) is found


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ({}, True), ({"cents": 29_894}, False), ({"building_id": "B2"}, False),
        ({"other_iban": WORKS}, False), ({"other_iban": ""}, False),
    ],
)  # fmt: skip
def test_what_the_other_end_is(more: dict[str, Any], found: bool) -> None:
    assert bool(pairs([left(1, 6)], [passing(2, 7, **more)])) is found


def test_the_processor_s_bank_may_name_the_account() -> None:
    assert pairs([left(1, 6, other_iban=CURRENT)], [passing(2, 7, other_iban="")]) == [(1, 2)]
    assert pairs([left(1, 6, other_iban=WORKS)], [passing(2, 7)]) == []


def test_an_end_with_two_others_waits() -> None:
    assert pairs([left(1, 6)], [passing(2, 7), passing(3, 8)]) == []
    assert pairs([left(1, 6), left(4, 7)], [passing(2, 7)]) == []


def test_what_a_person_took_back_waits() -> None:
    assert pairs([left(1, 6)], [passing(2, 7)], barred=[2]) == []
