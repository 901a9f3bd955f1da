"""Each kind of payment by example: just inside its rule and just outside."""

import json

import pandas as pd
import pytest

from tests.unit.matching.office import DUPONT_IBAN, OTHER_IBAN, Office, rows_of
from workbench.matching.config import ACCEPTABLE, MatchConfig


def three(code: str = "45000001") -> Office:
    office = Office()
    account = office.account("M. Dupont Jean", account_id=code)
    for euros, on in ((100, "2026-01-01"), (200, "2026-02-01"), (300, "2026-03-01")):
        office.due(account, euros, on)
    return office


def reasons(office: Office, movement: int = 1) -> dict[str, str]:
    found: dict[str, str] = json.loads(rows_of(office.match(), movement)["reasons"].iloc[0])
    return found


# Several dues, parts, too much


@pytest.mark.parametrize(
    ("euros", "parts"),
    [
        (250, {"D1": 100, "D2": 150}),
        (300, {"D3": 300}),
        (500, {"D2": 200, "D3": 300}),
        (600, {"D1": 100, "D2": 200, "D3": 300}),
    ],
)
def test_which_dues_a_payment_with_a_code_settles(euros: float, parts: dict[str, float]) -> None:
    office = three()
    office.movement(euros, "2026-04-15", "VIR 45000001")
    assert office.accepted() == parts


def test_the_legal_order_waits_while_another_payment_could_be_for_those_dues() -> None:
    office = three()
    office.movement(250, "2026-04-15", "VIR 45000001")
    office.movement(200, "2026-04-20", "VIREMENT", counterparty="INCONNU PIERRE")
    assert office.accepted(1) == {}
    assert office.proposed(1) == ["45000001"]
    office.movements[1]["amount_cents"] = office.movements[1]["open_cents"] = 19900
    assert office.accepted(1) == {"D1": 100.0, "D2": 150.0}


def test_a_part_of_two_dues_of_one_day_is_shared_by_a_person() -> None:
    office = Office()
    account = office.account("M. Dupont Jean")
    office.due(account, 700, "2026-04-01", kind="rent")
    office.due(account, 90, "2026-04-01", kind="charges")
    office.movement(400, "2026-04-03", f"VIR {account}")
    assert office.accepted() == {}
    assert "partager" in reasons(office)["differs"]


def test_a_few_euros_too_many_stay_open_and_more_wait() -> None:
    office = Office()
    account = office.account("M. Dupont Jean")
    office.due(account, 1000, "2026-04-01")
    office.movement(1010, "2026-04-03", f"VIR {account}")
    assert office.accepted() == {"D1": 1000.0}
    assert "10,00\u00a0€ restent à affecter" in reasons(office)["dues"]
    office.movements[0]["amount_cents"] = office.movements[0]["open_cents"] = 110000
    assert office.accepted() == {}


def test_two_movements_make_one_due() -> None:
    office = Office()
    account = office.account("M. Dupont Jean")
    office.due(account, 800, "2026-04-01", kind="rent")
    office.movement(500, "2026-04-03", f"VIR {account}")
    office.movement(300, "2026-04-12", f"VIR {account}")
    assert office.accepted(1) == {"D1": 500.0}
    assert office.accepted(2) == {"D1": 300.0}


def test_six_index_differences_in_one_payment() -> None:
    office = Office()
    account = office.account("M. Dupont Jean")
    for month in range(1, 7):
        item = office.due(account, 812, f"2026-0{month}-01", kind="rent")
        office.dues[item - 1000]["open_cents"] = 1200
    office.movement(72, "2026-06-20", f"VIR {account} RATTRAPAGE INDEXATION")
    assert office.accepted() == {f"D{n}": 12.0 for n in range(1, 7)}
    office.movements[0]["amount_cents"] = office.movements[0]["open_cents"] = 7300
    assert office.accepted() == {}


# Equal dues


def rents(*months: str) -> tuple[Office, str]:
    office = Office()
    account = office.account("M. Dupont Jean")
    for month in months:
        office.due(account, 800, f"2026-{month}-01", kind="rent", label=f"Loyer {month}")
    return office, account


def test_the_rent_owed_comes_before_one_not_called_yet() -> None:
    office, account = rents("02", "03")
    office.movement(800, "2026-02-25", f"VIR {account}")
    assert office.accepted() == {"D1": 800.0}


def test_of_two_equal_rents_owed_a_person_chooses_and_the_label_decides() -> None:
    office, account = rents("02", "03")
    office.movement(800, "2026-03-02", f"VIR {account}")
    assert office.accepted() == {}
    assert "une autre échéance ouverte a le même montant" in reasons(office)["differs"]
    office.movements[0]["label"] = f"VIR {account} LOYER FEVRIER 2026"
    assert office.accepted() == {"D1": 800.0}


def test_a_month_left_out_long_ago_does_not_hold_up_the_next_ones() -> None:
    office, account = rents("02", "05")
    office.movement(800, "2026-05-02", f"VIR {account}")
    assert office.accepted() == {}
    paid = {"account_id": account, "movement_item_id": 90, "amount_cents": 80000}
    # Forty-five days after its date the same amount went elsewhere; a day less is only late.
    office.settled.append(paid | {"booked_on": pd.Timestamp("2026-03-17")})
    assert office.accepted() == {}
    office.settled[0]["booked_on"] = pd.Timestamp("2026-03-18")
    assert office.accepted() == {"D2": 800.0}


def test_a_label_that_names_a_month_without_anything_open_waits() -> None:
    office = Office()
    account = office.account("M. Dupont Jean")
    office.due(
        account, 800, "2026-02-01", kind="rent", period_start=pd.Timestamp("2026-02-01"),
        period_end=pd.Timestamp("2026-02-28"),
    )  # fmt: skip
    office.movement(800, "2026-02-05", f"VIR {account} LOYER JANVIER 2026")
    assert office.accepted() == {}
    office.movements[0]["label"] = f"VIR {account} LOYER FEVRIER 2026"
    assert office.accepted() == {"D1": 800.0}


def test_a_call_and_its_fund_are_told_from_an_older_call_of_the_same_amount() -> None:
    office = Office()
    account = office.account("M. Dupont Jean")
    office.due(account, 500, "2025-10-01", call_id="C4")
    office.due(account, 500, "2026-01-01", call_id="C1")
    office.due(account, 40, "2026-01-01", kind="works_call", call_id="C1")
    office.movement(540, "2026-01-05", f"VIR {account}")
    assert office.accepted() == {"D2": 500.0, "D3": 40.0}


# Discounts, refunds, deposits


def test_a_discount_then_the_reduced_rent() -> None:
    office, account = rents("04")
    office.due(account, -50, "2026-03-20", kind="discount")
    office.movement(750, "2026-04-02", f"VIR {account}")
    assert office.accepted() == {"D1": 750.0}
    offsets = office.match().offsets
    assert offsets[["movement_item_id", "due_item_id", "credit_item_id", "amount_cents"]].to_numpy(
    ).tolist() == [[1, 1000, 1001, 5000]]  # fmt: skip
    # One euro away from it the discount explains nothing.
    office.movements[0]["amount_cents"] = office.movements[0]["open_cents"] = 74900
    assert office.match().offsets.empty


def test_a_deposit_received_and_refunded() -> None:
    office = Office()
    account = office.account("M. Dupont Jean", kind="tenant")
    office.due(account, 900, "2026-01-05", kind="deposit")
    office.due(account, -900, "2026-06-30", kind="deposit")
    office.movement(900, "2026-01-06", f"VIR {account} DEPOT DE GARANTIE")
    office.movement(-900, "2026-06-20", "VIR EMIS RESTITUTION", counterparty="DUPONT JEAN")
    assert office.accepted(1) == {"D1": 900.0}
    assert office.accepted(2) == {"D2": 900.0}


# Third parties


def test_housing_aid_is_a_part_of_the_rent_of_its_month() -> None:
    office, account = rents("03", "04")
    office.due(account, 60, "2026-04-01", kind="charges")
    office.movement(250, "2026-04-05", "AL 04/2026 DUPONT JEAN", counterparty="CAF DU RHONE")
    office.movement(610, "2026-04-08", f"VIR {account} LOYER AVRIL 2026")
    assert office.accepted(1) == {"D2": 250.0}
    assert office.accepted(2) == {"D2": 550.0, "D3": 60.0}


def test_one_payer_for_several_owners_is_proposed_with_its_parts_or_named_by_codes() -> None:
    office = Office()
    one = office.account("M. Dupont Jean", payer_ibans=OTHER_IBAN)
    two = office.account("Mme Martin Lucie", payer_ibans=OTHER_IBAN)
    office.due(one, 300, "2026-01-01")
    office.due(two, 200, "2026-01-01")
    office.movement(500, "2026-01-08", "LOYERS", counterparty_iban=OTHER_IBAN)
    assert office.accepted() == {}
    rows = rows_of(office.match(), 1)
    assert rows[rows["rank"] == 1]["amount_cents"].to_list() == [30000, 20000]
    office.movements[0]["label"] = f"LOYERS {one} {two}"
    assert office.accepted() == {"D1": 300.0, "D2": 200.0}


def test_the_name_of_who_pays_for_several_is_no_identity() -> None:
    office = Office()
    one = office.account("M. Dupont Jean", payer_ibans=OTHER_IBAN, aliases="CABINET LUMIERE")
    office.account("Mme Martin Lucie", payer_ibans=OTHER_IBAN)
    office.due(one, 300, "2026-01-01")
    office.movement(
        300, "2026-01-08", "VIR", counterparty="CABINET LUMIERE", counterparty_iban=OTHER_IBAN
    )
    assert office.accepted() == {}
    assert office.proposed()[0] == one


@pytest.mark.parametrize(
    "label", ["VIR POUR MARTIN LUCIE", "VIR MARTIN", "VIR LOT 12", "VIR 45000002"]
)
def test_who_pays_for_another_owner_does_not_settle_his_own_dues(label: str) -> None:
    office = Office()
    own = office.account("M. Dupont Jean", payer_ibans=DUPONT_IBAN)
    other = office.account("Mme Martin Lucie", lots="12")
    office.due(own, 300, "2026-01-01")
    office.due(other, 300, "2026-01-01")
    office.movement(
        300, "2026-01-08", label, counterparty="DUPONT JEAN", counterparty_iban=DUPONT_IBAN
    )
    assert office.accepted() == {}
    assert set(office.proposed()) >= {own, other}
    office.movements[0]["label"] = "VIR"
    assert office.accepted() == {"D1": 300.0}


def test_a_known_payer_with_another_accounts_amount_waits() -> None:
    office = Office()
    own = office.account("M. Dupont Jean", payer_ibans=DUPONT_IBAN)
    other = office.account("Mme Martin Lucie")
    office.due(own, 300, "2026-01-01")
    office.due(other, 250, "2026-01-01")
    office.movement(
        250, "2026-01-08", "VIR", counterparty="DUPONT JEAN", counterparty_iban=DUPONT_IBAN
    )
    assert office.accepted() == {}
    office.dues[1]["amount_cents"] = office.dues[1]["open_cents"] = 25100
    assert office.accepted() == {"D1": 250.0}


# Twins; what came back; what was meant for another building


def test_two_identical_payments_of_one_day_wait_both() -> None:
    office, account = rents("02")
    office.movement(800, "2026-02-02", f"VIR {account}")
    assert office.accepted(1) == {"D1": 800.0}
    office.movement(800, "2026-02-02", f"VIR {account}")
    assert office.accepted(1) == office.accepted(2) == {}


def test_after_a_rejected_debit_the_same_amount_waits_for_its_due() -> None:
    office, account = rents("05")
    office.movement(-800, "2026-04-13", f"REJET PRLV {account}", return_reason="AM04")
    office.movement(800, "2026-05-04", f"VIR {account}")
    assert office.accepted(2) == {}
    office.movements[0] |= {"amount_cents": -79900, "open_cents": -79900}
    assert office.accepted(2) == {"D1": 800.0}


def test_a_code_of_both_buildings_belongs_to_the_payers() -> None:
    office = Office()
    here = office.account("M. Dupont Jean", code="45000012", account_id="B1-12")
    office.account("Mme Martin Lucie", building="B2", code="45000012", account_id="B2-12")
    office.due(here, 300, "2026-01-01")
    office.movement(300, "2026-01-08", "VIR 45000012", counterparty="MARTIN LUCIE")
    assert office.kind() == "misdirected"
    assert "B2-12" in office.words()
    # Parents, a firm: a name nobody knows does not take a code away.
    office.movements[0]["counterparty"] = "DURAND PAULETTE"
    assert office.accepted() == {"D1": 300.0}


def test_a_code_with_another_owners_name_waits() -> None:
    office = Office()
    one = office.account("M. Dupont Jean")
    office.account("Mme Martin Lucie")
    office.due(one, 300, "2026-01-01")
    office.movement(300, "2026-01-08", f"VIR {one}", counterparty="MARTIN LUCIE")
    assert office.accepted() == {}


def test_one_code_of_an_owner_of_two_lots_may_stand_for_both() -> None:
    office = Office()
    lots = [office.account("M. Dupont Jean", person_id="P1") for _ in range(2)]
    for lot in lots:
        office.due(lot, 700, "2026-01-01", issued_on=pd.Timestamp("2025-12-25"))
        office.due(lot, 700, "2026-02-01", issued_on=pd.Timestamp("2026-01-25"))
    office.movement(1400, "2026-01-02", f"VIR {lots[0]}", counterparty="DUPONT JEAN")
    assert office.accepted() == {}
    office.movements[0] |= {"amount_cents": 70000, "open_cents": 70000}
    assert office.accepted() == {"D1": 700.0}


# What a person entered or validated


def test_a_receipt_settles_its_account_in_the_legal_order() -> None:
    office, account = rents("02", "03")
    office.account("Mme Martin Lucie")
    office.movement(800, "2026-03-02", "CHEQUE 123", account_id=account)
    office.movement(500, "2026-03-03", "CHEQUE 124", account_id=account)
    assert office.accepted(1) == {"D1": 800.0}
    assert office.accepted(2) == {"D2": 500.0}
    assert office.rule(1) == "receipt"
    assert office.accepted(1, MatchConfig(accepts=ACCEPTABLE - {"receipt"})) == {}


def test_the_words_say_who_validated_a_payer() -> None:
    office, account = rents("02")
    office.known_payers.append(
        {
            "building_id": "B1", "iban": DUPONT_IBAN, "name": "", "account_id": account, "count": 1,
            "validated_by": "c.morel", "validated_at": "2026-01-15T10:00:00+00:00",
            "state": "active",
        }
    )  # fmt: skip
    office.movement(800, "2026-02-02", "VIR", counterparty_iban=DUPONT_IBAN)
    assert office.accepted() == {"D1": 800.0}
    assert "validé par c.morel le 15/01/2026" in reasons(office)["sentence"]
    office.known_payers[0]["state"] = "revoked"
    assert office.accepted() == {}


def test_a_learnt_name_is_a_name_of_the_account() -> None:
    office, account = rents("02")
    office.movement(800, "2026-02-02", "VIR", counterparty="DURAND PAULETTE")
    assert office.accepted() == {}
    office.known_payers.append(
        {"building_id": "B1", "iban": "", "name": "DURAND PAULETTE", "account_id": account}
    )
    assert office.accepted() == {"D1": 800.0}
