import json

import pandas as pd
import pytest

from tests.unit.matching.office import DUPONT_IBAN, OTHER_IBAN, Office, rows_of
from workbench.matching.config import ACCEPTABLE, MatchConfig
from workbench.matching.engine import match
from workbench.matching.inputs import CLASSIFIED_TYPES, PROPOSAL_TYPES, MatchInputs


def dupont(**values: str) -> tuple[Office, str]:
    office = Office()
    account = office.account("M. Dupont Jean", account_id="45000001", **values)
    return office, account


# What comes out


def test_the_example_of_the_contract_settles_the_due_of_that_amount() -> None:
    office, account = dupont(payer_ibans=DUPONT_IBAN)
    office.due(account, 300, "2026-01-01")
    office.due(account, 150, "2026-01-01")
    office.movement(
        300,
        "2026-01-10",
        "VIR SEPA DUPONT JEAN 45000001",
        counterparty="DUPONT JEAN",
        counterparty_iban=DUPONT_IBAN,
    )
    assert office.accepted() == {"D1": 300.0}
    assert office.rule() == "code"


def test_empty_frames_give_empty_frames_of_the_right_types() -> None:
    matches = match(
        MatchInputs(movements=pd.DataFrame(), dues=pd.DataFrame(), accounts=pd.DataFrame())
    )
    assert matches.proposals.dtypes.astype(str).to_dict() == PROPOSAL_TYPES
    assert matches.classified.dtypes.astype(str).to_dict() == CLASSIFIED_TYPES
    assert len(matches.proposals) == len(matches.classified) == 0


def test_an_accepted_link_says_why_in_data_and_in_french() -> None:
    office, account = dupont(payer_ibans=DUPONT_IBAN)
    office.account("Mme Martin Lucie")
    office.due(account, 300, "2026-01-01", label="Provision T1")
    office.movement(300, "2026-01-10", "VIR 45000001", counterparty_iban=DUPONT_IBAN)
    row = rows_of(office.match(), 1).iloc[0]
    reasons = json.loads(row["reasons"])
    assert set(reasons) == {
        "rule_version", "criteria", "dues", "differs", "runner_up", "sentence",
    }  # fmt: skip
    assert [c["criterion"] for c in reasons["criteria"]] == ["code", "iban", "amount", "date"]
    assert sum(c["weight"] for c in reasons["criteria"]) == pytest.approx(row["score"])
    assert reasons["differs"] == ""
    assert "300,00\u00a0€ reçus le 10/01/2026" in reasons["sentence"]
    assert 0.95 <= row["confidence"] < 1


def test_reasons_never_show_a_whole_iban() -> None:
    office, account = dupont(payer_ibans=DUPONT_IBAN)
    office.due(account, 300, "2026-01-01")
    office.movement(300, "2026-01-10", "VIR", counterparty_iban=DUPONT_IBAN)
    reasons = rows_of(office.match(), 1)["reasons"].iloc[0]
    assert "0143" in reasons
    assert DUPONT_IBAN not in reasons


def test_a_class_taken_out_of_the_configuration_is_only_proposed() -> None:
    office, account = dupont()
    office.due(account, 300, "2026-01-01")
    office.movement(300, "2026-01-10", "VIR 45000001")
    assert office.accepted() == {"D1": 300.0}
    assert office.accepted(config=MatchConfig(accepts=ACCEPTABLE - {"code"})) == {}


def test_a_movement_of_an_unknown_bank_account_waits() -> None:
    office, account = dupont()
    office.due(account, 300, "2026-01-01")
    office.movement(300, "2026-01-01", "VIR 45000001", building_id="")
    assert office.kind() == "unknown_bank_account"


# How it is found out: code, reference, known IBAN


def test_a_reference_names_its_due() -> None:
    office, account = dupont()
    office.due(account, 300, "2026-01-01", reference="AF2601-0001")
    office.due(account, 300, "2026-04-01", reference="AF2604-0001")
    office.movement(300, "2026-03-20", "VIR AVIS AF 2604 0001")
    assert office.accepted() == {"D2": 300.0}
    assert office.rule() == "reference"


@pytest.mark.parametrize(
    "label",
    ["VIR 45000001", "CPTE45000001", "VIR 4500 0001 LOYER", "REF/45000001/MARS", "vir n45000001"],
)
def test_a_code_is_found_however_it_is_written(label: str) -> None:
    office, account = dupont()
    office.due(account, 300, "2026-01-01")
    office.movement(300, "2026-01-10", label)
    assert office.accepted() == {"D1": 300.0}


@pytest.mark.parametrize("label", ["VIR 145000001", "VIR 450000012", "VIR X45000001Z"])
def test_a_code_inside_a_longer_number_is_not_that_code(label: str) -> None:
    office, account = dupont()
    office.due(account, 300, "2026-01-01")
    office.movement(300, "2026-01-10", label)
    assert office.accepted() == {}


def test_a_year_is_no_account_even_when_an_account_is_called_so() -> None:
    office = Office()
    account = office.account("M. Dupont Jean", code="2026")
    office.due(account, 300, "2026-01-15")
    office.movement(300, "2026-01-10", "LOYER 2026")
    assert office.accepted() == {}


def test_a_short_code_needs_the_amount() -> None:
    office = Office()
    account = office.account("M. Dupont Jean", code="7412")
    office.due(account, 300, "2026-01-01")
    office.movement(300, "2026-01-10", "VIR 7412")
    office.movement(299, "2026-01-10", "VIR 7412")
    assert office.accepted(1) == {"D1": 300.0}
    assert office.accepted(2) == {}


def test_a_coupon_code_is_a_code() -> None:
    office, account = dupont(coupon_code="082000137")
    office.due(account, 300, "2026-01-01")
    office.movement(300, "2026-01-10", "PAPILLON 082000137")
    assert office.accepted() == {"D1": 300.0}


def test_an_iban_of_one_account_identifies_it_and_one_learnt_too() -> None:
    office, account = dupont()
    office.due(account, 300, "2026-01-01")
    office.movement(300, "2026-01-10", "VIR", counterparty_iban=DUPONT_IBAN)
    assert office.accepted() == {}
    office.known_payers.append(
        {"building_id": "B1", "iban": DUPONT_IBAN, "account_id": account, "count": 1}
    )
    assert office.accepted() == {"D1": 300.0}
    assert office.rule() == "iban"


def test_an_iban_that_pays_several_persons_is_not_identity() -> None:
    office, account = dupont(payer_ibans=DUPONT_IBAN)
    other = office.account("Mme Martin Lucie", payer_ibans=DUPONT_IBAN)
    office.due(account, 300, "2026-01-01")
    office.due(other, 200, "2026-01-01")
    office.movement(300, "2026-01-10", "VIR AGENCE", counterparty_iban=DUPONT_IBAN)
    office.movement(200, "2026-01-10", f"VIR {other}", counterparty_iban=DUPONT_IBAN)
    assert office.accepted(1) == {}
    assert office.proposed(1)[0] == account
    assert office.accepted(2) == {"D2": 200.0}


def test_a_code_that_contradicts_the_iban_waits() -> None:
    office, account = dupont(payer_ibans=DUPONT_IBAN)
    other = office.account("Mme Martin Lucie")
    office.due(account, 300, "2026-01-01")
    office.due(other, 300, "2026-01-01")
    office.movement(300, "2026-01-10", f"VIR {other}", counterparty_iban=DUPONT_IBAN)
    assert office.accepted() == {}
    assert set(office.proposed()) == {account, other}
    reasons = json.loads(rows_of(office.match(), 1)["reasons"].iloc[0])
    assert "IBAN" in reasons["differs"]


# Names of holders and payers


@pytest.mark.parametrize(
    ("holder", "payer"),
    [
        ("M. Dupont Jean", "JEAN DUPONT"),
        ("M. DUPONT Jean", "M DUPONT JEAN PIERRE"),
        ("M. et Mme DUPONT Jean et Marie", "MME DUPONT MARIE"),
        ("Mme Hélène Çelik", "HELENE CELIK"),
        ("Jean et Marie DUPONT", "DUPONT JEAN"),
        ("SCI LES LILAS BLEUS", "SCI LES LILAS BLEUS"),
        ("Mme de la Rochefoucauld Anne-Laure", "ROCHEFOUCAULD ANNE LAUR"),
        ("M. O'Neil (fils) + Cie [Paul]", "PAUL O NEIL FILS"),
    ],
)
def test_a_whole_name_and_the_amount_are_enough(holder: str, payer: str) -> None:
    office = Office()
    account = office.account(holder)
    office.account("M. Bernard Luc")
    office.due(account, 300, "2026-01-01")
    office.movement(300, "2026-01-10", "VIR SEPA RECU", counterparty=payer.ljust(24, "."))
    assert office.accepted() == {"D1": 300.0}


def test_a_name_in_the_label_identifies_whoever_pays() -> None:
    office, account = dupont()
    office.due(account, 300, "2026-01-01")
    office.movement(300, "2026-01-10", "VIR POUR JEAN DUPONT", counterparty="SARL GESTION")
    assert office.accepted() == {"D1": 300.0}
    assert office.rule() == "name_exact"


def test_a_name_with_a_typing_mistake_is_accepted_unless_another_is_near() -> None:
    office = Office()
    account = office.account("Mme Lefebvre Catherine")
    office.due(account, 300, "2026-01-01")
    office.movement(300, "2026-01-10", "VIR", counterparty="LEFEVBRE CATHERINE")
    assert office.accepted() == {"D1": 300.0}
    assert office.rule() == "name_fuzzy"
    office.account("Mme Lefebvre Katherine")
    assert office.accepted() == {}
    assert len(office.proposed()) == 1  # the other one owes nothing


def test_a_surname_alone_is_only_a_proposal() -> None:
    office, account = dupont()
    office.due(account, 300, "2026-01-01")
    office.movement(300, "2026-01-10", "VIR", counterparty="DUPONT PAUL")
    assert office.accepted() == {}
    assert office.proposed() == [account]


def test_namesakes_are_proposed_not_chosen_and_a_code_tells_them_apart() -> None:
    office = Office()
    one = office.account("M. Martin Paul")
    two = office.account("Martin Paul")
    office.due(one, 300, "2026-01-01")
    office.due(two, 310, "2026-01-01")
    office.movement(300, "2026-01-10", "VIR", counterparty="MARTIN PAUL")
    assert office.accepted() == {}
    assert office.proposed() == [one, two]
    office.movements[0]["label"] = f"VIR {one}"
    assert office.accepted() == {"D1": 300.0}


def test_a_supplier_of_the_same_name_is_no_rival_for_money_in() -> None:
    office, account = dupont()
    supplier = office.account("Dupont Jean", kind="supplier")
    office.due(account, 300, "2026-01-01")
    office.movement(300, "2026-01-10", "VIR", counterparty="DUPONT JEAN")
    assert office.accepted() == {"D1": 300.0}
    # Once the supplier owes something back, it is one.
    office.due(supplier, 300, "2026-01-01")
    assert office.accepted() == {}


def test_an_sci_is_not_its_manager() -> None:
    office = Office()
    person = office.account("M. Morel")
    office.due(person, 300, "2026-01-01")
    office.movement(300, "2026-01-10", "VIR", counterparty="SCI MOREL")
    assert office.accepted() == {}


def test_a_name_with_another_amount_is_a_proposal_that_says_what_differs() -> None:
    office, account = dupont()
    office.due(account, 300, "2026-01-01")
    office.movement(250, "2026-01-10", "VIR", counterparty="DUPONT JEAN")
    assert office.accepted() == {}
    assert office.proposed() == [account]
    reasons = json.loads(rows_of(office.match(), 1)["reasons"].iloc[0])
    assert "250,00\u00a0€ reçus pour 300,00\u00a0€ attendus" in reasons["differs"]


# One person, several accounts


def two_lots(first: float, second: float) -> Office:
    office = Office()
    for euros in (first, second):
        lot = office.account("M. Dupont Jean", person_id="P1", payer_ibans=DUPONT_IBAN)
        office.due(lot, euros, "2026-01-01")
    return office


def test_the_amount_tells_one_persons_accounts_apart_when_only_one_fits() -> None:
    office = two_lots(300, 200)
    office.movement(200, "2026-01-10", "VIR", counterparty_iban=DUPONT_IBAN)
    assert office.accepted() == {"D2": 200.0}


def test_two_lots_with_one_amount_are_proposed_both() -> None:
    office = two_lots(300, 300)
    office.movement(300, "2026-01-10", "VIR", counterparty_iban=DUPONT_IBAN)
    assert office.accepted() == {}
    assert len(office.proposed()) == 2


def test_one_payment_for_all_lots_of_one_person() -> None:
    office = two_lots(300, 200)
    office.movement(500, "2026-01-10", "VIR", counterparty_iban=DUPONT_IBAN)
    assert office.accepted() == {"D1": 300.0, "D2": 200.0}
    office.movements[0] |= {"counterparty_iban": "", "counterparty": "DUPONT JEAN"}
    assert office.accepted() == {}
    rows = rows_of(office.match(), 1)
    assert set(rows[rows["rank"] == 1]["due_item_id"]) == {1000, 1001}


def test_two_codes_in_one_label_share_the_payment_when_it_fits() -> None:
    office, one = dupont()
    two = office.account("Mme Martin Lucie")
    office.due(one, 300, "2026-01-01")
    office.due(two, 200, "2026-01-01")
    office.movement(500, "2026-01-10", f"VIR {one} ET {two}")
    office.movement(300, "2026-01-10", f"VIR {one} ET {two}")
    assert office.accepted(1) == {"D1": 300.0, "D2": 200.0}
    assert office.accepted(2) == {}


# Amount and date alone (DOMAIN A8)


def a8() -> tuple[Office, str]:
    office, account = dupont()
    office.account("Mme Martin Lucie", payer_ibans=OTHER_IBAN)
    office.due(account, 300, "2026-01-05")
    office.movement(300, "2026-01-05", "VIREMENT RECU")
    return office, account


def test_amount_and_exact_date_and_nothing_against_is_accepted() -> None:
    office, _ = a8()
    assert office.accepted() == {"D1": 300.0}
    assert office.rule() == "amount_date"


@pytest.mark.parametrize(
    "change",
    [
        {"booked_on": pd.Timestamp("2026-01-06")},
        {"counterparty": "INCONNU PIERRE"},
        {"label": "VIREMENT DE INCONNU PIERRE"},
        {"counterparty_iban": OTHER_IBAN},
        {"label": "VIREMENT 45000002"},
        {"counterparty": "MARTIN SIMONE"},
    ],
)
def test_anything_against_makes_it_a_proposal_at_most(change: dict[str, object]) -> None:
    office, _ = a8()
    office.movements[0] |= change
    assert office.accepted() == {}


def test_another_such_due_or_movement_makes_it_a_proposal() -> None:
    office, account = a8()
    other = office.account("M. Petit Luc")
    office.due(other, 300, "2026-01-05")
    assert office.accepted() == {}
    assert set(office.proposed()) == {account, other}
    office, _ = a8()
    office.movement(300, "2026-01-05", "VIREMENT")
    assert office.accepted(1) == office.accepted(2) == {}


def test_amount_alone_is_never_accepted() -> None:
    office, account = a8()
    office.movements[0]["booked_on"] = pd.Timestamp("2026-01-12")
    assert office.accepted() == {}
    assert office.proposed() == [account]
    assert office.rule() == "amount"


# Never across buildings, LAW L7


def test_a_payment_meant_for_another_building_is_told_never_linked() -> None:
    office, here = dupont()
    there = office.account(
        "Mme Martin Lucie", building="B2", payer_ibans=OTHER_IBAN, account_id="45000777"
    )
    office.due(here, 300, "2026-01-01")
    office.due(there, 300, "2026-01-01")
    office.movement(300, "2026-01-01", "VIR 45000777")
    office.movement(300, "2026-01-01", "VIR", counterparty_iban=OTHER_IBAN)
    office.movement(300, "2026-01-02", "VIR", counterparty="MARTIN LUCIE")
    for movement in (1, 2, 3):
        assert office.kind(movement) == "misdirected"
        assert "45000777" in office.words(movement)
        assert "B2" in office.words(movement)


def test_the_same_person_may_pay_here_from_the_iban_known_elsewhere() -> None:
    office, here = dupont(person_id="P1")
    office.account("M. Dupont Jean", building="B2", person_id="P1", payer_ibans=OTHER_IBAN)
    office.due(here, 300, "2026-01-01")
    office.movement(300, "2026-01-10", "VIR", counterparty_iban=OTHER_IBAN)
    assert office.accepted() == {"D1": 300.0}


# Money out


def test_a_supplier_is_paid_by_name_or_invoice_reference() -> None:
    office = Office()
    account = office.account("Plomberie Durand SARL", kind="supplier")
    office.due(account, -420, "2026-01-31", kind="invoice", reference="FA-2026-118")
    office.due(account, -80, "2026-02-28", kind="invoice", reference="FA-2026-131")
    office.movement(-420, "2026-01-20", "VIR EMIS", counterparty="PLOMBERIE DURAND")
    office.movement(-80, "2026-01-21", "VIR EMIS FACTURE FA 2026 131")
    assert office.accepted(1) == {"D1": 420.0}
    assert office.accepted(2) == {"D2": 80.0}


def test_money_out_never_settles_what_is_owed_to_us() -> None:
    office, account = dupont()
    office.due(account, 300, "2026-01-01")
    office.movement(-300, "2026-01-01", "VIR 45000001", counterparty="DUPONT JEAN")
    assert office.kind() == "no_due"


def test_a_refund_and_its_outgoing_payment() -> None:
    office, account = dupont()
    office.due(account, -120, "2026-01-15", kind="refund")
    office.movement(-120, "2026-01-20", "VIR EMIS REMBOURSEMENT", counterparty="DUPONT JEAN")
    assert office.accepted() == {"D1": 120.0}


# No link


def test_a_second_identical_payment_is_a_possible_duplicate() -> None:
    office, account = dupont()
    office.due(account, 300, "2026-01-01")
    office.due(account, 300, "2026-04-01")
    office.movement(300, "2026-01-10", "VIR 45000001")
    office.movement(300, "2026-01-12", "VIR 45000001")
    assert office.accepted(1) == {"D1": 300.0}
    assert office.kind(2) == "possible_duplicate"


def test_a_payment_settled_in_an_earlier_run_counts_for_duplicates() -> None:
    office, account = dupont()
    office.settled.append(
        {
            "account_id": account, "movement_item_id": 99, "amount_cents": 30000,
            "booked_on": pd.Timestamp("2026-01-10"),
        }
    )  # fmt: skip
    office.movement(300, "2026-01-12", "VIR 45000001")
    office.movement(300, "2026-03-12", "VIR 45000001")
    assert office.kind(1) == "possible_duplicate"
    assert office.kind(2) == "no_due"
    assert "45000001" in office.words(2)


def test_a_refused_pair_is_neither_accepted_nor_proposed_again() -> None:
    office, account = dupont()
    office.due(account, 300, "2026-01-01")
    office.movement(300, "2026-01-10", "VIR 45000001")
    office.rejections.append({"movement_item_id": 1, "account_id": account})
    assert office.accepted() == {}
    assert office.proposed() == []


def test_who_is_unknown_is_said() -> None:
    office, _ = dupont()
    office.movement(77, "2026-01-10", "VIR", counterparty="INCONNU PIERRE")
    assert office.kind() == "unknown_payer"
    assert "INCONNU PIERRE" in office.words()


def test_only_bank_fees_are_set_aside() -> None:
    office, account = dupont()
    office.due(account, 12.1, "2026-01-01")
    office.movement(-12.1, "2026-01-10", "F FRAIS PRLV IMP 97 12,10EUR")
    office.movement(-300, "2026-01-10", "REJET PRLV DUPONT JEAN", return_reason="AM04")
    office.movement(900, "2026-01-10", "REMISE CHEQUES N° 0001550")
    office.movement(500, "2026-01-10", "REMISE CB /09/01")
    classified = office.match().classified.set_index("movement_item_id")
    assert classified["kind"].to_dict() == {
        1: "bank_fee", 2: "returned_debit", 3: "cheque_deposit", 4: "card_deposit",
    }  # fmt: skip
    assert classified["set_aside"].to_dict() == {1: True, 2: False, 3: False, 4: False}
    assert "provision insuffisante" in classified["words"][2]
    assert "45000001" in classified["words"][2]


def test_a_transfer_between_the_buildings_own_accounts_is_told() -> None:
    office, account = dupont()
    office.due(account, 300, "2026-01-10")
    office.movement(300, "2026-01-10", "VIR", counterparty_iban="FR76WORKS")
    office.movement(-300, "2026-01-10", "VIR", iban="FR76WORKS", counterparty_iban="FR76OWN")
    assert office.kind(1) == office.kind(2) == "internal_transfer"


def test_at_most_five_proposals_best_first() -> None:
    office = Office()
    for place in range(7):
        account = office.account(f"M. Numero{place} Luc")
        office.due(account, 300, f"2026-01-{10 + place:02d}")
    office.movement(300, "2026-01-09", "VIREMENT")
    rows = rows_of(office.match(), 1)
    assert list(rows["rank"]) == [1, 2, 3, 4, 5]
    assert rows["account_id"].iloc[0] == "45000001"
    assert rows["score"].is_monotonic_decreasing


def test_a_hostile_label_is_a_label() -> None:
    office, account = dupont()
    office.due(account, 300, "2026-01-01", label='<img src=x onerror="alert(1)">')
    office.movement(300, "2026-01-10", '=CMD|"/C calc"!A0 <script>"\\u0000 ( [ + 45000001')
    assert office.accepted() == {"D1": 300.0}
    json.loads(rows_of(office.match(), 1)["reasons"].iloc[0])
