"""What validated links teach, and what takes it back: each rule just inside and just outside."""

import json
from typing import Any

import pandas as pd
import pytest

from workbench.matching.learning import LESSON_TYPES, LessonState, for_engine, lessons

IBAN = "FR7630004000031234567890143"
OTHER = "FR7610107001011234567890129"
ACCOUNTS = [
    {"account_id": "101", "building_id": "B1", "holder": "Mme Noé Claire", "aliases": "",
     "payer_ibans": ""},
    {"account_id": "102", "building_id": "B1", "holder": "M. Aït Karim", "aliases": "AIT SCI",
     "payer_ibans": OTHER},
    {"account_id": "201", "building_id": "B2", "holder": "SCI Quai", "aliases": "",
     "payer_ibans": ""},
]  # fmt: skip
VALIDATED = {
    "decision_seq": 1, "at": "2026-11-02T06:40:00Z", "actor": "L. Verane", "action": "link",
    "building_id": "B1", "account_id": "101", "movement_item_id": 1, "iban": IBAN,
    "counterparty": "", "ultimate_party": "", "reasons": "{}",
}  # fmt: skip
ON_IBAN = json.dumps({"criteria": [{"criterion": "iban", "weight": 8.0, "words": ""}]})
ON_NAME = json.dumps({"criteria": [{"criterion": "name", "weight": 6.0, "words": ""}]})
UNDONE = VALIDATED | {
    "action": "match", "reasons": ON_IBAN, "undone_seq": 5, "undone_at": "2026-11-05T08:00:00Z",
    "undone_by": "C. Ardouin", "undone_words": '{"words":"pas elle"}',
}  # fmt: skip
FORGOTTEN = {
    "learned_id": "", "seq": 5, "at": "2026-11-05T08:00:00Z", "actor": "C. Ardouin",
    "words": "déménagé", "building_id": "B1", "account_id": "101", "kind": "iban", "value": IBAN,
}  # fmt: skip


def frame(kind: dict[str, Any], *rows: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame([kind | row for row in rows], columns=list(kind))


def taught(
    *validated: dict[str, Any],
    undone: tuple[dict[str, Any], ...] = (),
    forgotten: tuple[dict[str, Any], ...] = (),
    own: tuple[str, ...] = (),
) -> pd.DataFrame:
    return lessons(
        frame(VALIDATED, *validated), frame(UNDONE, *undone), frame(FORGOTTEN, *forgotten),
        accounts=pd.DataFrame(ACCOUNTS), own_ibans=own,
    )  # fmt: skip


def of(found: pd.DataFrame) -> list[tuple[str, str, str, int]]:
    """(payer, account, state, count) of each lesson."""
    return [
        (row["iban"] or row["name"], row["account_id"], row["state"], row["count"])
        for row in found.to_dict("records")
    ]


def test_nothing_validated_teaches_nothing() -> None:
    found = taught()
    assert found.empty
    assert {n: str(t) for n, t in found.dtypes.items()} == LESSON_TYPES


def test_a_link_teaches_the_iban_with_author_and_date() -> None:
    (row,) = taught({}).to_dict("records")
    assert (row["building_id"], row["kind"], row["iban"], row["account_id"], row["count"]) == (
        "B1", "iban", IBAN, "101", 1,
    )  # fmt: skip
    assert (row["validated_by"], row["validated_at"]) == ("L. Verane", "2026-11-02T06:40:00Z")
    assert row["state"] == LessonState.ACTIVE


def test_each_movement_counts_once_and_the_last_author_is_told() -> None:
    found = taught(
        {},
        {"decision_seq": 2},
        {"decision_seq": 3, "movement_item_id": 2, "actor": "C. Ardouin"},
    )
    assert of(found) == [(IBAN, "101", "active", 2)]
    assert found["validated_by"].item() == "C. Ardouin"


def test_an_iban_that_pays_two_accounts_of_a_building_is_no_identity() -> None:
    found = taught({}, {"decision_seq": 2, "movement_item_id": 2, "account_id": "102"})
    assert of(found) == [(IBAN, "101", "shared", 1), (IBAN, "102", "shared", 1)]
    assert list(found["words"]) == ["paie aussi 102", "paie aussi 101"]


def test_two_buildings_do_not_know_each_other() -> None:
    other = {"decision_seq": 2, "movement_item_id": 2, "account_id": "201", "building_id": "B2"}
    assert [state for _, _, state, _ in of(taught({}, other))] == ["active", "active"]


def test_an_iban_that_master_data_give_to_another_account_is_no_identity() -> None:
    assert of(taught({"iban": OTHER})) == [(OTHER, "101", "shared", 1)]
    assert of(taught({"iban": OTHER, "account_id": "102"})) == [(OTHER, "102", "active", 1)]


def test_money_between_the_portfolio_s_own_accounts_has_no_payer() -> None:
    assert taught({}, own=(IBAN,)).empty


# Corrections


@pytest.mark.parametrize(("undone_seq", "state", "count"), [(5, "demoted", 0), (0, "active", 1)])
def test_one_correction_demotes_what_was_validated_before(
    undone_seq: int, state: str, count: int
) -> None:
    found = taught({}, undone=({"undone_seq": undone_seq},))
    assert of(found) == [(IBAN, "101", state, count)]
    assert found["words"].item() == ("pas elle" if state == "demoted" else "")


def test_a_correction_counts_only_where_the_link_rested_on_the_payer() -> None:
    assert of(taught({}, undone=({"reasons": ON_NAME},))) == [(IBAN, "101", "active", 1)]
    assert of(taught({}, undone=({"reasons": "no JSON"},))) == [(IBAN, "101", "active", 1)]


def test_a_correction_of_another_account_or_payer_changes_nothing() -> None:
    elsewhere = ({"account_id": "102"}, {"iban": OTHER}, {"building_id": "B2"})
    assert of(taught({}, undone=elsewhere)) == [(IBAN, "101", "active", 1)]


def test_what_is_validated_after_a_correction_teaches_anew() -> None:
    again = {"decision_seq": 6, "movement_item_id": 2}
    assert of(taught({}, again, undone=({},))) == [(IBAN, "101", "active", 1)]


def test_after_a_correction_the_other_account_has_the_payer_alone() -> None:
    corrected = {"decision_seq": 6, "account_id": "102"}
    found = taught({}, corrected, undone=({},))
    assert of(found) == [(IBAN, "101", "demoted", 0), (IBAN, "102", "active", 1)]


# Revocations


def test_a_revocation_says_who_when_and_why() -> None:
    found = taught({}, forgotten=({},))
    assert of(found) == [(IBAN, "101", "revoked", 0)]
    row = found.iloc[0]
    assert (row["changed_by"], row["changed_at"][:10], row["words"]) == (
        "C. Ardouin", "2026-11-05", "déménagé",
    )  # fmt: skip


def test_the_last_of_a_correction_and_a_revocation_is_told() -> None:
    later = {"undone_seq": 6}
    assert of(taught({}, undone=(later,), forgotten=({},)))[0][2] == "demoted"
    assert of(taught({}, undone=({"undone_seq": 4},), forgotten=({},)))[0][2] == "revoked"


def test_a_revocation_of_an_iban_leaves_the_name() -> None:
    found = taught({"counterparty": "DURAND MARIE"}, forgotten=({},))
    assert of(found) == [(IBAN, "101", "revoked", 0), ("DURAND MARIE", "101", "active", 1)]


# Names


@pytest.mark.parametrize(
    "name",
    ["NOE CLAIRE", "Mme Claire NOÉ", "NOE", "CAF DU RHONE", "AGENCE DURAND MARIE", "", "X Y"],
)
def test_a_name_that_says_nothing_new_or_nothing_of_one_account(name: str) -> None:
    assert [kind for kind in taught({"counterparty": name})["kind"] if kind == "name"] == []


@pytest.mark.parametrize("name", ["DURAND MARIE", "Durand  Marie", "M. MARIE DURAND"])
def test_a_name_is_learnt_however_it_is_written(name: str) -> None:
    found = taught({"counterparty": name})
    assert list(found["kind"]) == ["iban", "name"]
    again = taught({"counterparty": "DURAND MARIE"})
    assert found["learned_id"].tolist() == again["learned_id"].tolist()


def test_on_whose_behalf_it_was_paid_is_the_name() -> None:
    row = {"counterparty": "DUPONT PAUL", "ultimate_party": "DURAND MARIE"}
    assert "DURAND MARIE" in set(taught(row)["name"])
    assert "DUPONT PAUL" not in set(taught(row)["name"])


def test_another_holder_s_name_is_no_identity() -> None:
    found = taught({"counterparty": "AIT KARIM"})
    assert of(found)[1] == ("AIT KARIM", "101", "shared", 1)


# What the engine gets


def test_the_engine_gets_what_is_active_and_the_shared_ibans() -> None:
    found = taught(
        {"counterparty": "DURAND MARIE"},
        {"decision_seq": 2, "account_id": "102", "counterparty": "DURAND MARIE"},
        {"decision_seq": 3, "iban": OTHER, "account_id": "102"},
        {"decision_seq": 4, "iban": "X1", "account_id": "102"},
        forgotten=({"value": "X1", "account_id": "102"},),
    )
    assert sorted(of(for_engine(found))) == [
        (OTHER, "102", "active", 1), (IBAN, "101", "shared", 1), (IBAN, "102", "shared", 1),
    ]  # fmt: skip


def test_a_bar_in_a_name_separates_nothing() -> None:
    assert set(taught({"counterparty": "PETIT|PAUL"})["name"]) == {"", "PETIT PAUL"}
