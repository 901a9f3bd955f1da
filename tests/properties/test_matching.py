"""The promises of the matching engine, on offices that Hypothesis invents."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.conftest import FEW
from tests.unit.matching.office import DUPONT_IBAN, OTHER_IBAN, Office
from workbench.matching.config import ACCEPTABLE
from workbench.matching.engine import match
from workbench.matching.inputs import Matches, MatchInputs

HOLDERS = ("M. Dupont Jean", "M. et Mme DUPONT Jean et Marie", "SCI DUPONT", "Mme Martin Lucie",
           "M. Martin Paul", "Veolia Eau")  # fmt: skip
EUROS = st.sampled_from([50, 100, 150, 200, 250, 300, 500])
IBANS = st.sampled_from(["", DUPONT_IBAN, OTHER_IBAN])
BUILDINGS = st.sampled_from(["B1", "B2"])
DAYS = st.integers(0, 120).map(lambda n: str(date(2026, 1, 1) + timedelta(days=n)))
KINDS = st.sampled_from(["call", "call", "rent", "charges", "fee", "works_call"])
SIGNS = st.sampled_from([1, 1, 1, -1])


@st.composite
def offices(draw: st.DrawFn) -> Office:
    """A few accounts with few amounts and names, so that everything collides with everything."""
    office = Office()
    for _ in range(draw(st.integers(1, 5))):
        office.account(
            draw(st.sampled_from(HOLDERS)),
            building=draw(BUILDINGS),
            payer_ibans=draw(IBANS),
            person_id=draw(st.sampled_from(["", "", "P1"])),
        )
    codes = [a["account_id"] for a in office.accounts]
    for _ in range(draw(st.integers(0, 8))):
        sign = draw(SIGNS)
        item = office.due(
            draw(st.sampled_from(codes)), sign * draw(EUROS), draw(DAYS), kind=draw(KINDS)
        )
        if draw(st.booleans()):
            office.dues[item - 1000]["open_cents"] = sign * 5000
    words = ["VIREMENT", "LOYER JANVIER", "CHARGES MARS 2026"]
    label = st.sampled_from([*words, *(f"VIR {c}" for c in codes), f"CHARGES JANVIER {codes[0]}"])
    for _ in range(draw(st.integers(0, 8))):
        office.movement(
            draw(SIGNS) * draw(EUROS),
            draw(DAYS),
            draw(label),
            building_id=draw(st.sampled_from(["B1", "B1", "B2", ""])),
            counterparty=draw(st.sampled_from(["", "DUPONT JEAN", "MARTIN", "INCONNU"])),
            counterparty_iban=draw(IBANS),
        )
    return office


def shuffled(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    order = list(range(len(frame)))
    random.shuffle(order)
    return frame.iloc[order].reset_index(drop=True)


def accepted(matches: Matches) -> pd.DataFrame:
    return matches.proposals[matches.proposals["verdict"] == "accept"]


def after(inputs: MatchInputs, matches: Matches) -> MatchInputs:
    """What the ledger would give once the accepted links are in it."""
    links = accepted(matches)
    dues, movements = inputs.dues.copy(), inputs.movements.copy()
    taken_off: Counter[int] = Counter()
    for row in matches.offsets.to_dict("records"):
        taken_off[row["credit_item_id"]] += row["amount_cents"]
        taken_off[row["due_item_id"]] += row["amount_cents"]
    for frame, key in ((dues, "due_item_id"), (movements, "movement_item_id")):
        if len(frame):
            used = links.groupby(key)["amount_cents"].sum()
            taken = frame["item_id"].map(used).fillna(0).astype("int64")
            if key == "due_item_id":
                taken += frame["item_id"].map(taken_off).fillna(0).astype("int64")
            frame["open_cents"] -= taken.where(frame["open_cents"] > 0, -taken)
    days = (
        dict(zip(movements["item_id"], movements["booked_on"], strict=True)) if len(links) else {}
    )
    settled = links[["account_id", "movement_item_id", "amount_cents"]].assign(
        booked_on=[days[m] for m in links["movement_item_id"]]
    )
    return replace(inputs, dues=dues, movements=movements, settled=settled)


@FEW
@given(office=offices(), random=st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(office: Office, random: Random) -> None:
    inputs = office.inputs()
    mixed = replace(
        inputs,
        movements=shuffled(inputs.movements, random),
        dues=shuffled(inputs.dues, random),
        accounts=shuffled(inputs.accounts, random),
    )
    first, second = match(inputs), match(mixed)
    pd.testing.assert_frame_equal(first.proposals, second.proposals)
    pd.testing.assert_frame_equal(first.classified, second.classified)


@FEW
@given(office=offices(), batch=st.sampled_from([1, 2, 5]))
def test_the_size_of_a_batch_does_not_matter(office: Office, batch: int) -> None:
    inputs = office.inputs()
    first, second = match(inputs), match(inputs, batch=batch)
    pd.testing.assert_frame_equal(first.proposals, second.proposals)
    pd.testing.assert_frame_equal(first.classified, second.classified)
    pd.testing.assert_frame_equal(first.offsets, second.offsets)


@FEW
@given(office=offices())
def test_a_building_alone_gives_what_it_gives_among_others(office: Office) -> None:
    inputs = office.inputs()
    if inputs.movements.empty:
        return
    every = match(inputs).proposals
    here = set(inputs.movements.loc[inputs.movements["building_id"] == "B1", "item_id"])
    alone = replace(inputs, movements=inputs.movements[inputs.movements["building_id"] == "B1"])
    among = every[every["movement_item_id"].isin(here)].reset_index(drop=True)
    pd.testing.assert_frame_equal(match(alone).proposals, among)


@FEW
@given(office=offices())
def test_money_is_conserved_and_stays_in_its_building(office: Office) -> None:
    dues = {d["item_id"]: d for d in office.dues}
    movements = {m["item_id"]: m for m in office.movements}
    by_rank: Counter[tuple[int, int]] = Counter()
    by_due: Counter[int] = Counter()
    matches = match(office.inputs())
    for row in matches.offsets.to_dict("records"):
        due, credit = dues[row["due_item_id"]], dues[row["credit_item_id"]]
        assert row["amount_cents"] > 0
        assert due["account_id"] == credit["account_id"] == row["account_id"]
        assert (due["open_cents"] > 0) != (credit["open_cents"] > 0)
        by_due[row["due_item_id"]] += row["amount_cents"]
        by_due[row["credit_item_id"]] += row["amount_cents"]
    for row in matches.proposals.to_dict("records"):
        due, movement = dues[row["due_item_id"]], movements[row["movement_item_id"]]
        assert row["amount_cents"] > 0
        assert due["building_id"] == movement["building_id"]
        assert due["account_id"] == row["account_id"]
        assert (due["open_cents"] > 0) == (movement["open_cents"] > 0)
        by_rank[row["movement_item_id"], row["rank"]] += row["amount_cents"]
        if row["verdict"] == "accept":
            by_due[row["due_item_id"]] += row["amount_cents"]
    for (movement_id, _), cents in by_rank.items():
        assert cents <= abs(movements[movement_id]["open_cents"])
    for due_id, cents in by_due.items():
        assert cents <= abs(dues[due_id]["open_cents"])


@FEW
@given(office=offices())
def test_every_movement_is_explained_once(office: Office) -> None:
    matches = match(office.inputs())
    proposed = set(matches.proposals["movement_item_id"])
    classified = list(matches.classified["movement_item_id"])
    assert proposed.isdisjoint(classified)
    assert sorted([*proposed, *classified]) == [m["item_id"] for m in office.movements]
    ranks = matches.proposals.drop_duplicates(["movement_item_id", "rank"])
    for _, group in ranks.groupby("movement_item_id"):
        assert list(group["rank"]) == list(range(1, len(group) + 1))
        assert len(group) <= 5
    assert matches.proposals["confidence"].between(0, 1, inclusive="left").all()


@FEW
@given(office=offices())
def test_nothing_is_accepted_on_amount_alone(office: Office) -> None:
    dues = {d["item_id"]: d for d in office.dues}
    movements = {m["item_id"]: m for m in office.movements}
    for row in accepted(match(office.inputs())).to_dict("records"):
        assert row["rule"] in ACCEPTABLE
        if row["rule"] == "amount_date":
            movement, due = movements[row["movement_item_id"]], dues[row["due_item_id"]]
            assert movement["booked_on"] == due["due_on"]
            assert movement["open_cents"] == due["open_cents"]
            assert not movement["counterparty"]


@FEW
@given(office=offices())
def test_a_second_run_accepts_nothing_more(office: Office) -> None:
    inputs = office.inputs()
    again = match(after(inputs, match(inputs)))
    assert accepted(again).empty
