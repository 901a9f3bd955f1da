"""Learning through the ledger, on both engines: revoke, restore, undo, and what the engine gets."""

from datetime import UTC, date, datetime

import pandas as pd
import pytest

from tests.small_office import IBAN_1, IBAN_WAITING, entry, statement, store_file, store_tables
from workbench.domain.errors import ParameterError
from workbench.ledger import views
from workbench.ledger.store import Ledger
from workbench.pipeline import checking, deciding, learning, reconciling

AT = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
WHO = "C. Ardouin"


def link(ledger: Ledger, movement: str, due: str, cents: int | None = None) -> None:
    deciding.link(ledger, movement, [(due, cents)], actor=WHO, at=AT)


def undo(ledger: Ledger, *identifiers: str) -> list[deciding.Outcome]:
    return deciding.undo(ledger, identifiers, actor=WHO, at=AT, reason="mauvais compte")


def of(found: pd.DataFrame) -> list[tuple[str, str, str]]:
    return [(r["iban"] or r["name"], r["account_id"], r["state"]) for r in found.to_dict("records")]


def iban_lesson(ledger: Ledger) -> str:
    found = learning.learned(ledger)
    return str(found.loc[found["kind"] == "iban", "learned_id"].item())


def test_a_link_teaches_and_undoing_takes_it_back(office: Ledger) -> None:
    assert learning.learned(office).empty
    link(office, "M-noe", "D101", 100)
    assert of(learning.learned(office)) == [
        (IBAN_WAITING, "101", "active"), ("NOE CLAIRE", "101", "active"),
    ]  # fmt: skip
    undo(office, "M-noe")
    assert learning.learned(office).empty


def test_what_the_engine_does_teaches_nothing(office: Ledger) -> None:
    reconciling.reconcile(office, as_of=date(2026, 10, 31), actor="moteur", at=AT)
    assert not views.allocations(office).empty
    assert learning.learned(office).empty


def test_money_that_settles_no_due_teaches_nothing(office: Ledger) -> None:
    deciding.link(office, "M-ait", [("M-frais", None)], actor=WHO, at=AT)
    assert learning.learned(office).empty


def test_only_one_building_s_lessons(office: Ledger) -> None:
    link(office, "M-noe", "D101", 100)
    assert len(learning.learned(office, building_id="B1")) == 2
    assert learning.learned(office, building_id="B2").empty
    with pytest.raises(ParameterError, match="immeuble inconnu"):
        learning.learned(office, building_id="B9")


def test_forget_revokes_with_a_reason_and_undo_restores(office: Ledger) -> None:
    link(office, "M-noe", "D101", 100)
    before = learning.learned(office)
    number = iban_lesson(office)
    (outcome,) = learning.forget(office, [number], actor=WHO, at=AT, reason="déménagé")
    assert outcome.done
    assert of(learning.learned(office))[0] == (IBAN_WAITING, "101", "revoked")
    assert IBAN_WAITING not in set(learning.known_payers(office)["iban"])
    # The link itself stays.
    assert views.allocations(office)["state"].tolist() == ["accepted"]
    last = views.journal(office).iloc[-1]
    assert (last["action"], last["actor"], last["subject"]) == ("forget", WHO, number)
    assert "déménagé" in last["data"]

    (restored,) = undo(office, number)
    assert restored.done
    pd.testing.assert_frame_equal(learning.learned(office), before)
    assert not undo(office, number)[0].done
    assert checking.verify(office) == []


def test_forget_twice_writes_once(office: Ledger) -> None:
    link(office, "M-noe", "D101", 100)
    number = iban_lesson(office)
    done = learning.forget(office, [number, number], actor=WHO, at=AT, reason="x")
    again = learning.forget(office, [number], actor=WHO, at=AT, reason="x")
    assert [o.done for o in [*done, *again]] == [True, False, False]
    assert (views.journal(office)["action"] == "forget").sum() == 1


@pytest.mark.parametrize(("number", "reason", "words"), [("L0", "x", "rien d'appris"),
                                                         ("", "  ", "--reason")])  # fmt: skip
def test_forget_names_what_is_wrong(office: Ledger, number: str, reason: str, words: str) -> None:
    link(office, "M-noe", "D101", 100)
    before = len(views.journal(office))
    with pytest.raises(ParameterError, match=words):
        learning.forget(office, [number or iban_lesson(office)], actor=WHO, at=AT, reason=reason)
    assert len(views.journal(office)) == before


def test_what_is_validated_after_a_revocation_teaches_anew(office: Ledger) -> None:
    link(office, "M-noe", "D101", 100)
    learning.forget(office, [iban_lesson(office)], actor=WHO, at=AT, reason="x")
    link(office, "M-noe", "D101", 50)
    found = learning.learned(office)
    assert of(found)[0] == (IBAN_WAITING, "101", "active")
    assert found["count"].tolist()[0] == 1


@pytest.fixture
def november(office: Ledger) -> Ledger:
    """Another payment of Mme Noé's unknown payer, and a due it pays."""
    due = {"due_id": "D101-2", "account_id": "101", "kind": "call", "amount_cents": 12_345,
           "due_on": date(2026, 10, 25)}  # fmt: skip
    store_tables(office, dues=[due])
    payment = entry(28, 12_345, "payeur", counterparty="TIERS PAYEUR", counterparty_iban="FR761234")
    store_file(office, [statement(IBAN_1, payment, number="11")], name="novembre.xml")
    return office


def reconciled(ledger: Ledger) -> str:
    """Class of evidence under which the engine accepted the new payment, "" when it did not."""
    reconciling.reconcile(ledger, as_of=date(2026, 10, 31), actor="moteur", at=AT)
    links = views.allocations(ledger)
    found = links[
        (links["movement_id"] == "M-payeur")
        & (links["action"] == "match")
        & (links["state"] == "accepted")
    ]
    return str(found["rule"].item()) if len(found) else ""


def teach(ledger: Ledger, *, iban: str, name: str, movement: str) -> None:
    payment = entry(3, 500, movement, counterparty=name, counterparty_iban=iban)
    store_file(ledger, [statement(IBAN_1, payment, number=movement)], name=f"{movement}.xml")
    link(ledger, f"M-{movement}", "D101", 500)


def test_without_a_lesson_the_payer_is_nobody(november: Ledger) -> None:
    assert reconciled(november) == ""


def test_a_learnt_iban_identifies_the_account(november: Ledger) -> None:
    teach(november, iban="FR761234", name="", movement="acompte")
    assert reconciled(november) == "iban"


def test_a_learnt_name_identifies_the_account(november: Ledger) -> None:
    teach(november, iban="", name="Payeur TIERS", movement="acompte")
    assert reconciled(november) == "name_exact"


def test_a_forgotten_iban_identifies_nobody(november: Ledger) -> None:
    teach(november, iban="FR761234", name="", movement="acompte")
    learning.forget(november, [iban_lesson(november)], actor=WHO, at=AT, reason="x")
    assert reconciled(november) == ""


def test_undoing_a_link_that_rested_on_it_demotes_it(november: Ledger) -> None:
    teach(november, iban="FR761234", name="", movement="acompte")
    assert reconciled(november) == "iban"
    undo(november, "M-payeur")
    (lesson,) = learning.learned(november).to_dict("records")
    assert (lesson["state"], lesson["changed_by"], lesson["words"]) == (
        "demoted", WHO, "mauvais compte",
    )  # fmt: skip
    assert learning.known_payers(november).empty
