"""Two sides in one decision: what is written, what is refused, and that undo restores."""

from datetime import UTC, date, datetime

import pytest

from tests import small_office
from workbench.domain.errors import DecisionRefusedError, ParameterError
from workbench.domain.frames import rows_of
from workbench.ledger import verification, views
from workbench.ledger.store import Ledger
from workbench.pipeline import deciding, exporting
from workbench.pipeline.allocating import allocate

AT = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
DAY = date(2026, 11, 3)
WHO = "C. Ardouin"


def _left(ledger: Ledger) -> dict[str, int]:
    movements, dues = views.movements(ledger), views.dues(ledger)
    left = dict(zip(movements["movement_id"], movements["open_cents"].tolist(), strict=True))
    return left | dict(zip(dues["due_id"], dues["open_cents"].tolist(), strict=True))


def _settle(
    ledger: Ledger, left: dict[str, int], right: dict[str, int], *, who: str = WHO
) -> deciding.Outcome:
    items = small_office.items(ledger)
    return allocate(
        ledger, left=[(items[name], cents) for name, cents in left.items()],
        right=[(items[name], cents) for name, cents in right.items()],
        as_of=DAY, actor=who, at=AT,
    )  # fmt: skip


def test_any_number_against_any_number(office: Ledger) -> None:
    """Two payments and a discount against two dues, one decision."""
    before = _left(office)
    outcome = _settle(
        office, {"M-ait": 43_050, "M-ait-2": 5_000, "R102": 2_000},
        {"D102": 45_050, "D102-2": 5_000},
    )  # fmt: skip
    assert outcome.done
    left = _left(office)
    assert [left[n] for n in ("M-ait", "M-ait-2", "R102", "D102", "D102-2")] == [0, 38_050, 0, 0, 0]
    decided = views.allocations(office).query("state == 'accepted'")
    assert decided["decision_seq"].nunique() == 1
    assert decided["amount_cents"].sum() == 50_050
    assert list(verification.broken_records(office)) == []
    deciding.undo(office, [outcome.allocation_ids[0]], actor=WHO, at=AT, reason="essai")
    assert _left(office) == before
    assert set(views.allocations(office)["state"]) == {"reversed"}
    assert list(verification.broken_records(office)) == []


def test_statuses_and_exports_follow(office: Ledger) -> None:
    _settle(office, {"M-ait": 43_050, "R102": 2_000}, {"D102": 45_050})
    movements = exporting.export(office, "movements", as_of=DAY)
    (row,) = rows_of(movements[movements["movement_id"] == "M-ait"])
    assert (row["status"], row["unallocated"]) == ("matched", "0.00")
    allocated = exporting.export(office, "allocations", as_of=DAY)
    against = allocated[allocated["against_due_id"] == "R102"].iloc[0]
    assert (against["movement_id"], against["due_id"], against["amount"]) == ("", "D102", "20.00")
    dues = {row["due_id"]: row for row in rows_of(exporting.export(office, "dues", as_of=DAY))}
    assert (dues["D102"]["status"], dues["D102"]["open"]) == ("paid", "0.00")
    assert dues["R102"]["open"] == "0.00"


def test_a_discount_counts_at_once_against_a_rent_to_come(office: Ledger) -> None:
    """DOMAIN D6: the reduced rent is what the next payment is looked for."""
    small_office.store_tables(
        office,
        dues=[{"due_id": "D102-12", "account_id": "102", "kind": "call", "amount_cents": 9_000,
               "due_on": date(2026, 12, 1)}],
    )  # fmt: skip
    _settle(office, {"R102": 2_000}, {"D102-12": 9_000})
    assert _left(office)["D102-12"] == 7_000
    (day,) = views.allocations(office)["effective_on"]
    assert day.date() == DAY


def test_a_refund_owed_against_the_payment_that_makes_it(office: Ledger) -> None:
    """DOMAIN D7, here a supplier's invoice."""
    outcome = _settle(office, {"F1": 12_000}, {"M-ascenseur": 12_000})
    assert (_left(office)["F1"], _left(office)["M-ascenseur"]) == (0, 0)
    assert outcome.identifier == "M-ascenseur"


def test_each_of_several_payments_finds_the_decision_back(office: Ledger) -> None:
    before = _left(office)
    _settle(office, {"M-ait": 43_050, "M-ait-2": 7_000}, {"D102": 45_050, "D102-2": 5_000})
    deciding.undo(office, ["M-ait-2"], actor=WHO, at=AT, reason="essai")
    assert _left(office) == before


@pytest.mark.parametrize(
    ("left", "right", "words"),
    [
        ({"M-ait": 43_051}, {"D102": 45_050}, "il reste 430,50"),
        ({"M-ait": 100}, {"D102": 45_051}, "il reste 450,50"),
        ({"M-ait": 100}, {"D201": 100}, "même immeuble"),
        ({"D102": 100}, {"D101": 100}, "pas de ce côté"),
        ({"M-ait": 100}, {"R102": 100}, "pas de ce côté"),
        ({"R102": 100}, {"D101": 100}, "comptes différents"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    office: Ledger, left: dict[str, int], right: dict[str, int], words: str
) -> None:
    before = views.journal(office)
    with pytest.raises(DecisionRefusedError, match=words):
        _settle(office, left, right)
    assert len(views.journal(office)) == len(before)


@pytest.mark.parametrize(
    ("left", "right"),
    [({}, {"D102": 1}), ({"M-ait": 1}, {}), ({"M-ait": 0}, {"D102": 1}),
     ({"M-ait": 1}, {"D102": -1})],
)  # fmt: skip
def test_what_is_no_choice_is_refused(
    office: Ledger, left: dict[str, int], right: dict[str, int]
) -> None:
    with pytest.raises(ParameterError):
        _settle(office, left, right)


def test_an_unknown_item_and_one_on_both_sides_are_refused(office: Ledger) -> None:
    items = small_office.items(office)
    for left, right in (([(999_999, 1)], [(items["D102"], 1)]), ([(items["M-ait"], 1)] * 2, [])):
        with pytest.raises(ParameterError):
            allocate(office, left=left, right=right, as_of=DAY, actor=WHO, at=AT)


def test_the_rest_of_a_payment_is_kept_in_the_same_decision(office: Ledger) -> None:
    before = _left(office)
    items = small_office.items(office)
    outcome = allocate(
        office, left=[(items["M-ait"], 43_050)], right=[(items["D102-2"], 5_000)],
        keep_for="102", as_of=DAY, actor=WHO, at=AT,
    )  # fmt: skip
    assert (_left(office)["M-ait"], _left(office)["D102-2"]) == (0, 0)
    kept = views.receipts(office).query("kind == 'receipt'")
    assert kept["open_cents"].tolist() == [-38_050]
    assert len(outcome.allocation_ids) == 2
    deciding.undo(office, ["M-ait"], actor=WHO, at=AT, reason="essai")
    assert _left(office) == before
    assert set(views.receipts(office)["open_cents"]) == {0}
    assert list(verification.broken_records(office)) == []


def test_all_of_a_payment_may_be_kept(office: Ledger) -> None:
    item = small_office.items(office)["M-ait"]
    outcome = allocate(
        office, left=[(item, 10_000)], right=[], keep_for="102", as_of=DAY, actor=WHO, at=AT
    )
    assert "100,00" in outcome.words
    assert _left(office)["M-ait"] == 33_050


def test_a_refused_keeping_writes_nothing_at_all(office: Ledger) -> None:
    before, items = _left(office), small_office.items(office)
    with pytest.raises(DecisionRefusedError, match="immeuble du paiement"):
        allocate(
            office, left=[(items["M-ait"], 43_050)], right=[(items["D102-2"], 5_000)],
            keep_for="201", as_of=DAY, actor=WHO, at=AT,
        )  # fmt: skip
    assert _left(office) == before


def test_the_second_to_decide_is_told_who_was_first(office: Ledger) -> None:
    _settle(office, {"M-ait": 43_050}, {"D102": 43_050}, who="L. Verane")
    with pytest.raises(DecisionRefusedError, match=r"par L\. Verane le 03/11/2026 à 08:00 UTC"):
        _settle(office, {"M-ait": 43_050}, {"D102": 43_050})
