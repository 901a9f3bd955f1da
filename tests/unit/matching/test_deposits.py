"""Which receipts a deposit credits: runs by date, counts, fees, and what is never accepted."""

from datetime import date

import pytest

from workbench.matching.deposits import (
    CARD,
    CHEQUE,
    GROSS,
    NET,
    Credit,
    Deposits,
    InHand,
    match_deposits,
    stated_count,
)


def cheque(
    item: int, day: int, euros: float, *, kind: str = CHEQUE, building: str = "B1"
) -> InHand:
    return InHand(
        item=item, building_id=building, kind=kind, receipt_id=f"R{item}",
        on=date(2026, 3, day), moment=f"2026-03-{day:02d}", cents=round(euros * 100),
    )  # fmt: skip


def credit(
    euros: float, *, day: int = 20, label: str = "REMISE CHEQUES", item: int = 900,
    kind: str = CHEQUE, building: str = "B1",
) -> Credit:  # fmt: skip
    return Credit(
        item=item, building_id=building, kind=kind, on=date(2026, 3, day),
        cents=round(euros * 100), label=label,
    )  # fmt: skip


def sure(found: Deposits, item: int = 900) -> list[int]:
    return [r.item for m in found.matches if m.credit.item == item and m.sure for r in m.receipts]


def shown(found: Deposits, item: int = 900) -> list[list[int]]:
    return [
        [r.item for r in m.receipts] for m in found.matches if m.credit.item == item and not m.sure
    ]


@pytest.mark.parametrize(
    ("label", "count"),
    [
        ("REMISE DE 3 CHEQUES", 3), ("REMISE DE 1 CHEQUE", 1), ("REM 12 CHQ", 12),
        ("REMISE CHEQUES NB 4", 4), ("REMISE CHEQUES N° 0001550", None),
        ("REM CHQ REF05001A05", None), ("REMISE DE CHEQUES DU 02/08/2006", None),
    ],
)  # fmt: skip
def test_a_label_may_tell_how_many(label: str, count: int | None) -> None:
    assert stated_count(label) == count


def test_all_that_was_in_hand_is_credited_in_any_order() -> None:
    hand = [cheque(1, 2, 100), cheque(2, 3, 250), cheque(3, 9, 80)]
    for order in (hand, hand[::-1]):
        assert sure(match_deposits([credit(430)], order)) == [1, 2, 3]


def test_a_run_of_whole_days_is_enough_and_a_cent_more_is_not() -> None:
    hand = [cheque(1, 2, 100), cheque(2, 3, 250), cheque(3, 9, 80)]
    assert sure(match_deposits([credit(350)], hand)) == [1, 2]
    found = match_deposits([credit(350.01)], hand)
    assert found.matches == ()
    assert "3 encaissements saisis pour 430,00 €" in found.unexplained[900].replace("\u00a0", " ")


def test_a_day_cut_in_two_waits_unless_the_label_counts_them() -> None:
    hand = [cheque(1, 2, 100), cheque(2, 3, 250), cheque(3, 3, 70)]
    assert shown(match_deposits([credit(350)], hand)) == [[1, 2]]
    assert sure(match_deposits([credit(350, label="REMISE DE 2 CHEQUES")], hand)) == [1, 2]


def test_a_count_that_disagrees_is_no_match() -> None:
    hand = [cheque(1, 2, 100), cheque(2, 3, 250)]
    found = match_deposits([credit(350, label="REMISE DE 3 CHEQUES")], hand)
    assert found.matches == ()
    assert "3 annoncés" in found.unexplained[900]


def test_two_runs_of_one_amount_are_both_shown() -> None:
    hand = [cheque(1, 2, 450), cheque(2, 5, 450)]
    found = match_deposits([credit(450)], hand)
    assert sure(found) == []
    assert shown(found) == [[1], [2]]
    assert "2 suites" in found.matches[0].differs


@pytest.mark.parametrize(("day", "first"), [(17, [1]), (18, [])])
def test_of_two_runs_the_one_that_leaves_nothing_behind_is_credited(
    day: int, first: list[int]
) -> None:
    hand = [cheque(1, 2, 450), cheque(2, 5, 450)]
    assert sure(match_deposits([credit(450, day=day)], hand)) == first
    # Part of the oldest day is left behind: nothing tells which part went.
    assert sure(match_deposits([credit(450, day=day)], [*hand, cheque(3, 2, 10)])) == []


def test_twin_deposits_are_credited_in_their_order() -> None:
    hand = [cheque(1, 5, 630), cheque(2, 7, 630)]
    asked = [credit(630, day=7, item=900), credit(630, day=11, item=901)]
    for order in (asked, asked[::-1]):
        found = match_deposits(order, hand)
        assert (sure(found, 900), sure(found, 901)) == ([1], [2])


def test_twin_deposits_of_one_day_wait() -> None:
    hand = [cheque(1, 5, 630), cheque(2, 6, 630)]
    found = match_deposits([credit(630, day=7, item=900), credit(630, day=7, item=901)], hand)
    assert [m.sure for m in found.matches] == [False] * 4


def test_the_label_s_count_tells_two_runs_apart() -> None:
    hand = [cheque(1, 2, 450), cheque(2, 5, 200), cheque(3, 6, 250)]
    assert sure(match_deposits([credit(450, label="REMISE DE 2 CHEQUES")], hand)) == [2, 3]


def test_receipts_that_do_not_follow_are_shown_when_they_are_the_only_ones() -> None:
    hand = [cheque(1, 2, 100), cheque(2, 3, 250), cheque(3, 9, 80)]
    found = match_deposits([credit(180)], hand)
    assert sure(found) == []
    assert shown(found) == [[1, 3]]
    again = match_deposits([credit(180)], [*hand, cheque(4, 10, 180.5), cheque(5, 11, 100)])
    assert shown(again) == []  # 1 + 3, or 3 + 5


def test_too_many_receipts_are_not_combined() -> None:
    hand = [cheque(n, n, 10 + n * n / 100) for n in range(1, 14)]
    total = sum(r.cents for r in (hand[0], hand[5], hand[9])) / 100
    assert match_deposits([credit(total)], hand).matches == ()
    assert shown(match_deposits([credit(total)], hand[:12])) == [[1, 6, 10]]


@pytest.mark.parametrize(("day", "found"), [(20, [1]), (1, [])])
def test_a_cheque_is_not_credited_before_it_came(day: int, found: list[int]) -> None:
    assert sure(match_deposits([credit(100, day=day)], [cheque(1, 2, 100)])) == found


def test_a_cheque_of_another_building_is_no_match() -> None:
    found = match_deposits([credit(100)], [cheque(1, 2, 100, building="B2")])
    assert found.matches == ()


def test_one_deposit_makes_the_next_one_plain() -> None:
    hand = [cheque(1, 2, 100), cheque(2, 5, 450), cheque(3, 9, 450), cheque(4, 9, 30)]
    asked = [
        credit(550, item=900, label="REMISE DE 2 CHEQUES"),
        credit(480, item=901, label="REMISE DE 2 CHEQUES"),
    ]
    found = match_deposits(asked, hand)
    assert sure(found, 900) == [1, 2]
    assert sure(found, 901) == [3, 4]


def test_two_deposits_that_may_be_one_and_the_same_wait() -> None:
    found = match_deposits(
        [credit(100, item=900, day=19), credit(100, item=901, day=20)], [cheque(1, 2, 100)]
    )
    assert [m.sure for m in found.matches] == [False, False]
    assert "un autre dépôt" in found.matches[0].differs


def test_what_a_person_took_back_is_shown_only() -> None:
    found = match_deposits([credit(100)], [cheque(1, 2, 100)], barred=[900])
    assert shown(found) == [[1]]
    assert "annulé" in found.matches[0].differs


def card(item: int, day: int, euros: float) -> InHand:
    return cheque(item, day, euros, kind=CARD)


def test_cards_are_credited_gross() -> None:
    hand = [card(1, 16, 120), card(2, 17, 300.5), card(3, 18, 99.99)]
    found = match_deposits([credit(520.49, kind=CARD, label="REMISE CB")], hand)
    assert sure(found) == [1, 2, 3]
    assert (found.matches[0].rule, found.matches[0].fee_cents) == (GROSS, 0)


@pytest.mark.parametrize(
    ("net", "accepted"),
    [(419.04, False), (419.03, True), (419.02, True), (419.01, False), (420.00, False)],
)
def test_cards_are_credited_less_the_fee(net: float, accepted: bool) -> None:
    # 0.35 % of 420.50 is 1.47175: 1.47, or 1.48 where the processor rounds up.
    hand = [card(1, 16, 120), card(2, 17, 300.5)]
    found = match_deposits([credit(net, kind=CARD, label="VIR SCELLIUS")], hand)
    assert bool(sure(found)) is accepted


def test_a_fee_is_kept_of_cards_only() -> None:
    assert match_deposits([credit(99.65)], [cheque(1, 2, 100)]).matches == ()
    found = match_deposits([credit(99.65, kind=CARD)], [card(1, 17, 100)])
    assert (found.matches[0].rule, found.matches[0].fee_cents) == (NET, 35)


def test_gross_and_net_at_once_wait() -> None:
    hand = [card(1, 16, 100), card(2, 18, 99.65)]
    found = match_deposits([credit(99.65, kind=CARD)], hand)
    assert shown(found) == [[2], [1]]
