from datetime import date
from pathlib import Path
from random import Random

import pandas as pd
import pytest
import schwifty

from benchmarks._frames import read_inputs
from benchmarks._portfolios.people import Person, as_holder, draw_iban
from benchmarks._portfolios.tables import Account, Building, Due, Movement
from benchmarks._portfolios.truth import Moment, by_law, judge
from benchmarks._scoring import read_truth
from benchmarks._second_portfolio import write_portfolio

D = date
JEAN = Person("M.", "Jean", "Dupont")
HOUSE = Building("R1", "Villa", "rental", "FR76", "camt")


@pytest.fixture(scope="module")
def hard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hard")
    write_portfolio(folder, buildings=20, hard=True, seed=5)
    return folder


def test_truth_never_takes_more_than_is_there(hard: Path) -> None:
    inputs, truth = read_inputs(hard), read_truth(hard)
    for items, by in ((inputs.movements, "movement_item_id"), (inputs.dues, "due_item_id")):
        used = truth.links.groupby(by)["amount_cents"].sum()
        left = items.set_index("item_id")["open_cents"].abs()
        assert (used <= left.reindex(used.index)).all()
    assert (truth.links["amount_cents"] > 0).all()


def test_every_movement_has_one_truth_and_every_payment_a_link(hard: Path) -> None:
    inputs, truth = read_inputs(hard), read_truth(hard)
    assert sorted(truth.movements["movement_item_id"]) == sorted(inputs.movements["item_id"])
    linked = set(truth.links["movement_item_id"])
    natures = truth.movements.set_index("movement_item_id")["nature"]
    assert set(natures[natures != "nothing"].index) == linked


def test_a_link_stays_in_its_building_and_keeps_its_sign(hard: Path) -> None:
    inputs, truth = read_inputs(hard), read_truth(hard)
    moves = inputs.movements.set_index("item_id")
    dues = inputs.dues.set_index("item_id")
    left = moves.loc[truth.links["movement_item_id"]]
    right = dues.loc[truth.links["due_item_id"]]
    assert left["building_id"].tolist() == right["building_id"].tolist()
    assert ((left["amount_cents"] > 0).to_numpy() == (right["amount_cents"] > 0).to_numpy()).all()
    assert right["account_id"].tolist() == truth.links["account_id"].tolist()


def test_a_hard_portfolio_holds_what_makes_matching_hard(hard: Path) -> None:
    situations = set(read_truth(hard).movements["situation"])
    assert situations >= {
        "agency, one lot", "agency, several lots in one", "other owner pays", "third person pays",
        "paid twice", "partial", "rounded up", "in two payments", "early", "bank fee",
        "meant for another building", "stranger's money", "batch of cheques", "batch of cards",
        "housing aid, one tenant", "invoices paid", "a third each month", "debit returned",
    }  # fmt: skip


def test_codes_are_unique_in_a_building_and_items_everywhere(hard: Path) -> None:
    inputs = read_inputs(hard)
    assert not inputs.accounts.duplicated(["building_id", "code"]).any()
    assert not pd.concat([inputs.dues["item_id"], inputs.movements["item_id"]]).duplicated().any()


def test_most_dues_share_their_amount_with_another_account(hard: Path) -> None:
    dues = read_inputs(hard).dues
    shared = dues.groupby(["building_id", "amount_cents"])["account_id"].transform("nunique") > 1
    assert 0.7 < shared.mean() < 0.95


def test_the_same_seed_writes_the_same_bytes_and_offices_stand_alone(
    hard: Path, tmp_path: Path
) -> None:
    write_portfolio(tmp_path / "more", buildings=21, hard=True, seed=5)
    write_portfolio(tmp_path / "other", buildings=20, hard=True, seed=6)
    few = (hard / "movements.csv").read_bytes()
    assert (tmp_path / "more" / "movements.csv").read_bytes().startswith(few)
    assert (tmp_path / "other" / "movements.csv").read_bytes() != few


def test_plain_portfolios_hide_less(hard: Path, tmp_path: Path) -> None:
    write_portfolio(tmp_path, buildings=20, hard=False, seed=5)
    shares = [
        truth.movements.loc[truth.movements["nature"] == "payment", "account_unknowable"].mean()
        for truth in (read_truth(tmp_path), read_truth(hard))
    ]
    assert shares[0] < 0.04 < shares[1] < 0.12


def test_ibans_are_valid() -> None:
    rng = Random(1)  # noqa: S311 - invented data
    assert all(schwifty.IBAN(draw_iban(rng)).is_valid for _ in range(50))


def test_a_holder_is_written_in_three_styles() -> None:
    assert [as_holder(JEAN, style) for style in range(3)] == [
        "DUPONT Jean", "M. Jean DUPONT", "M. DUPONT Jean",
    ]  # fmt: skip


def account(*dues: tuple[int, date]) -> Account:
    holder = Account("A1", "DUPONT Jean", "tenant", "C1", JEAN, "", "FR76", True, "transfer", ["1"])
    for place, (cents, on) in enumerate(dues, 1):
        holder.dues.append(
            Due(place, f"D{place}", holder, "rent", "", cents, cents, on, on, None, None, "", "",
                cents)
        )  # fmt: skip
    return holder


def moment(holder: Account, cents: int, on: date, *places: int, named: bool = False) -> Moment:
    movement = Movement(99 + on.toordinal(), HOUSE, on, cents, "", nature="payment")
    movement.links = by_law([holder.dues[place] for place in places], cents, on)
    opens = [(due, due.left) for due in holder.dues if due.left and due.issued_on <= on]
    for due, taken in movement.links:
        due.left -= taken
    return Moment(movement, holder, on, opens, named)


JAN, FEB = D(2026, 1, 1), D(2026, 2, 1)


@pytest.mark.parametrize(
    ("dues", "cents", "on", "named", "unknowable"),
    [
        ([(500, JAN)], 500, D(2026, 1, 5), False, False),
        ([(500, JAN), (500, FEB)], 500, D(2026, 1, 31), False, False),
        ([(500, JAN), (500, FEB)], 500, FEB, False, True),
        ([(500, JAN), (500, FEB)], 500, FEB, True, False),
        ([(500, JAN), (501, FEB)], 500, FEB, False, False),
        ([(500, JAN), (200, JAN), (300, JAN)], 500, FEB, False, True),
        # A part payment follows the law, which says the oldest; two of a day it does not part.
        ([(500, JAN), (600, FEB)], 200, FEB, False, False),
        ([(500, JAN), (600, JAN)], 200, FEB, False, True),
    ],
    ids=["alone", "not called", "called", "named", "other amount", "two ways", "part", "tie"],
)
def test_the_due_is_unknowable_when_another_choice_is_as_good(
    dues: list[tuple[int, date]], cents: int, on: date, *, named: bool, unknowable: bool
) -> None:
    paid = moment(account(*dues), cents, on, 0, named=named)
    judge([paid])
    assert paid.movement.due_unknowable is unknowable


def test_a_payment_nobody_can_place_clouds_the_account_s_others() -> None:
    for seen in (True, False):
        holder = account((500, JAN), (500, FEB))
        first = moment(holder, 500, D(2026, 1, 5), 0)
        second = moment(holder, 500, D(2026, 2, 5), 1)
        first.movement.account_unknowable = not seen
        judge([first, second])
        assert first.movement.due_unknowable is not seen
        assert second.movement.due_unknowable is not seen


def test_the_law_takes_due_debts_first_then_the_oldest() -> None:
    holder = account((300, D(2026, 3, 1)), (200, FEB), (100, JAN))
    links = by_law(holder.dues, 350, D(2026, 2, 10))
    assert [(due.item, cents) for due, cents in links] == [(3, 100), (2, 200), (1, 50)]
