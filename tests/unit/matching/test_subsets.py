from datetime import date

import pytest

from workbench.domain.errors import InvariantError
from workbench.matching.allocate import legal_order, take
from workbench.matching.book import NO_DAY, OpenDue
from workbench.matching.choices import NO_INSTRUCTION, Choice, Fit, Instruction
from workbench.matching.config import DEFAULT
from workbench.matching.periods import EPOCH, named_periods
from workbench.matching.subsets import choose_dues


def day(text: str) -> int:
    return (date.fromisoformat(text) - EPOCH).days


def due(
    euros: float,
    on: str,
    *,
    index: int = 0,
    kind: str = "call",
    left: float | None = None,
    sign: int = 1,
    issued: str = "",
    period: tuple[str, str] | None = None,
) -> OpenDue:
    amount = round(euros * 100)
    return OpenDue(
        index=index, item_id=index, due_id=f"D{index}", account=0, kind=kind, label="",
        reference="", call_id="", sign=sign, amount_cents=amount,
        left_cents=amount if left is None else round(left * 100), due_on=day(on),
        issued_on=day(issued or on), period_first=day(period[0]) if period else NO_DAY,
        period_last=day(period[1]) if period else NO_DAY,
    )  # fmt: skip


def numbered(*dues: OpenDue) -> list[OpenDue]:
    for place, one in enumerate(dues, start=1):
        one.index = place
        one.due_id = f"D{place}"
    return list(dues)


def choose(
    dues: list[OpenDue],
    euros: float,
    on: str = "2026-04-15",
    *,
    instruction: Instruction = NO_INSTRUCTION,
    discounts: tuple[OpenDue, ...] = (),
    habitual: bool = False,
) -> Choice:
    choice = choose_dues(
        dues, amount_cents=round(euros * 100), booked_on=day(on), config=DEFAULT,
        instruction=instruction, discounts=discounts, habitual=habitual,
    )  # fmt: skip
    assert choice is not None
    return choice


def paid(choice: Choice) -> dict[str, float]:
    return {one.due_id: cents / 100 for one, cents in choice.parts}


def three() -> list[OpenDue]:
    return numbered(due(100, "2026-01-01"), due(200, "2026-02-01"), due(300, "2026-03-01"))


@pytest.mark.parametrize(
    ("euros", "fit", "parts"),
    [
        (300, Fit.SINGLE, {"D3": 300}),
        (600, Fit.ALL, {"D1": 100, "D2": 200, "D3": 300}),
        (500, Fit.SUBSET, {"D2": 200, "D3": 300}),
        (250, Fit.PARTIAL, {"D1": 100, "D2": 150}),
        (610, Fit.OVER, {"D1": 100, "D2": 200, "D3": 300}),
        (50, Fit.PARTIAL, {"D1": 50}),
    ],
)
def test_which_dues_make_the_amount(euros: float, fit: Fit, parts: dict[str, float]) -> None:
    choice = choose(three(), euros)
    assert (choice.fit, paid(choice)) == (fit, parts)


def test_the_oldest_ones_come_before_any_other_combination() -> None:
    dues = numbered(
        due(100, "2026-01-01"), due(250, "2026-02-01"), due(150, "2026-03-01"),
        due(200, "2026-03-20"),
    )  # fmt: skip
    choice = choose(dues, 350)
    assert (choice.fit, paid(choice)) == (Fit.PREFIX, {"D1": 100, "D2": 250})


def test_several_combinations_are_ambiguous() -> None:
    dues = numbered(
        due(50, "2026-01-01"), due(100, "2026-01-02"), due(300, "2026-02-01"),
        due(160, "2026-03-01"), due(240, "2026-03-02"),
    )  # fmt: skip
    choice = choose(dues, 400)
    assert choice.fit is Fit.AMBIGUOUS
    assert paid(choice) == {"D2": 100, "D3": 300}
    assert [[(d.due_id, c) for d, c in a] for a in choice.alternatives] == [
        [("D4", 16000), ("D5", 24000)]
    ]


def test_equal_amounts_are_one_solution_taken_oldest_first() -> None:
    dues = numbered(
        due(70, "2026-01-01"), due(100, "2026-02-01"), due(100, "2026-03-01"),
        due(130, "2026-03-05"),
    )  # fmt: skip
    choice = choose(dues, 230)
    assert (choice.fit, paid(choice)) == (Fit.SUBSET, {"D2": 100, "D4": 130})


def test_of_two_equal_dues_the_expected_one_else_the_oldest() -> None:
    dues = numbered(due(300, "2026-01-01"), due(300, "2026-04-10"))
    # Ten days after its date a payment is still for it; one day more and the law decides.
    assert paid(choose(dues, 300, "2026-04-20")) == {"D2": 300}
    assert paid(choose(dues, 300, "2026-04-21")) == {"D1": 300}


def test_the_dues_of_one_date() -> None:
    dues = numbered(
        due(10, "2026-01-01"),
        due(700, "2026-04-01", kind="rent"),
        due(90, "2026-04-01", kind="charges"),
    )
    choice = choose(dues, 790, "2026-04-03")
    assert (choice.fit, paid(choice)) == (Fit.SAME_DATE, {"D2": 700, "D3": 90})


def test_six_index_differences_in_one_payment() -> None:
    months = [due(812, f"2026-0{m}-01", left=12, kind="rent") for m in range(1, 7)]
    dues = numbered(*months, due(812, "2026-07-01", kind="rent"))
    choice = choose(dues, 72, "2026-07-02")
    assert set(paid(choice)) == {"D1", "D2", "D3", "D4", "D5", "D6"}
    assert choice.exact


def test_who_pays_the_rent_of_before_the_index_pays_this_months_rent() -> None:
    dues = numbered(
        due(812, "2026-03-01", left=12, kind="rent"), due(812, "2026-04-01", kind="rent")
    )
    choice = choose(dues, 800, "2026-04-03")
    assert (choice.fit, paid(choice)) == (Fit.SHORT, {"D2": 800})
    # More than five per cent short is a part payment, and the law decides.
    assert paid(choose(dues, 770, "2026-04-03")) == {"D1": 12, "D2": 758}


def test_a_usual_part_payment_is_for_its_month() -> None:
    dues = numbered(
        due(800, "2026-03-01", left=250, kind="rent"), due(800, "2026-04-01", kind="rent")
    )
    assert paid(choose(dues, 550, "2026-04-03", habitual=True)) == {"D2": 550}
    assert paid(choose(dues, 550, "2026-04-03")) == {"D1": 250, "D2": 300}


def test_a_discount_then_the_reduced_rent() -> None:
    dues = numbered(due(800, "2026-04-01", kind="rent"), due(790, "2026-03-01", kind="rent"))
    discount = due(50, "2026-03-20", kind="discount", sign=-1, index=9)
    choice = choose(dues, 750, discounts=(discount,))
    assert (choice.fit, paid(choice)) == (Fit.NET, {"D1": 750})


def test_the_label_decides_which_month() -> None:
    dues = numbered(due(800, "2026-02-01", kind="rent"), due(800, "2026-03-01", kind="rent"))
    march = Instruction(periods=named_periods("LOYER MARS 2026", day("2026-03-03")))
    choice = choose(dues, 800, "2026-05-20", instruction=march)
    assert paid(choice) == {"D2": 800}
    assert choice.instructed == "le libellé nomme mars 2026"
    # Less than that month asks for: a part of it, not of the older one.
    assert paid(choose(dues, 500, "2026-05-20", instruction=march)) == {"D2": 500}
    # More: the rest follows the law.
    assert paid(choose(dues, 900, "2026-05-20", instruction=march)) == {"D2": 800, "D1": 100}


def test_the_kind_that_a_label_names_decides_inside_its_month() -> None:
    dues = numbered(
        due(700, "2026-03-01", kind="rent"),
        due(90, "2026-03-01", kind="charges"),
        due(40, "2026-02-01", kind="charges"),
    )
    march = named_periods("CHARGES MARS 2026", day("2026-03-03"))
    charges = Instruction(periods=march, kinds=frozenset({"charges"}))
    assert paid(choose(dues, 790, instruction=charges)) == {"D1": 700, "D2": 90}
    assert paid(choose(dues, 130, instruction=charges)) == {"D2": 90, "D3": 40}
    assert paid(choose(dues, 60, instruction=charges)) == {"D2": 60}
    # More than all of it: every due once.
    assert paid(choose(dues, 900, instruction=charges)) == {"D1": 700, "D2": 90, "D3": 40}


def test_a_quarter_named_means_calls_not_rents() -> None:
    second = Instruction(periods=named_periods("T2 2026", day("2026-04-03")))
    call = numbered(due(300, "2026-01-01"), due(300, "2026-04-30", issued="2026-04-01"))
    assert paid(choose(call, 300, instruction=second)) == {"D2": 300}
    rents = numbered(due(300, "2026-02-01", kind="rent"), due(300, "2026-04-01", kind="rent"))
    assert choose(rents, 300, "2026-05-20", instruction=second).instructed == ""


def test_a_due_far_ahead_is_not_paid_early() -> None:
    dues = numbered(due(300, "2026-04-30"))
    cents = {"amount_cents": 30000, "config": DEFAULT}
    assert choose_dues(dues, booked_on=day("2026-03-30"), **cents) is not None  # type: ignore[arg-type]
    assert choose_dues(dues, booked_on=day("2026-03-29"), **cents) is None  # type: ignore[arg-type]


def test_what_is_left_of_a_payment_pays_nothing_to_come() -> None:
    dues = numbered(due(300, "2026-04-30"))
    for is_whole in (True, False):
        choice = choose_dues(
            dues, amount_cents=1000, booked_on=day("2026-04-15"), config=DEFAULT, is_whole=is_whole
        )
        assert (choice is not None) is is_whole


def test_the_legal_order() -> None:
    dues = numbered(
        due(1, "2026-05-01"), due(2, "2026-02-01"), due(3, "2026-03-01", kind="fee"),
        due(4, "2026-01-01", kind="charges"), due(5, "2026-01-01", kind="rent"),
        due(6, "2026-04-20", kind="fee"),
    )  # fmt: skip
    order = [d.due_id for d in legal_order(dues, on=day("2026-04-15"))]
    # Costs, then the oldest, the rent before its charges; what is not due yet comes last.
    assert order == ["D3", "D5", "D4", "D2", "D6", "D1"]


def test_a_due_is_never_used_beyond_what_is_left() -> None:
    one = due(100, "2026-01-01")
    take([(one, 6000)])
    assert one.left_cents == 4000
    with pytest.raises(InvariantError):
        take([(one, 4001)])
    assert one.left_cents == 4000
