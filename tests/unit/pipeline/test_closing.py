from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from tests import small_office
from tests.small_office import IBAN_1, decide, decision, entry, items, link, statement
from workbench.domain.dates import Period
from workbench.domain.errors import ParameterError
from workbench.ledger.decisions import Line, Verdict
from workbench.ledger.store import Ledger
from workbench.pipeline.closing import month_end_data

OCTOBER = Period(2026, 10)


def settle(
    office: Ledger, credit: str, debit: str, cents: int, *, account_id: str, action: str
) -> None:
    """Links two items by name, for an account."""
    known = items(office)
    made = Line(
        credit_item=known[credit], debit_item=known[debit], amount_cents=cents,
        account_id=account_id, effective_on="2026-10-06",
    )  # fmt: skip
    decide(office, decision(made, action=action))


def test_the_month_of_a_small_office_can_be_followed_by_hand(office: Ledger) -> None:
    settle(office, "M-noe", "D101", 300_00, account_id="101", action="match")
    settle(office, "M-ait", "D102", 430_50, account_id="102", action="link")
    settle(office, "F1", "M-ascenseur", 120_00, account_id="ASC", action="match")
    known = items(office)
    fee = Verdict(item_id=known["M-frais"], kind="set_aside", reason="bank_fee", words="frais")
    decide(office, decision(verdicts=(fee,), action="set_aside", subject="M-frais"))

    data = month_end_data(office, building_id="B1", period=OCTOBER)

    assert (data.building, data.kind, data.account_count) == ("Les Tilleuls", "coownership", 2)
    assert data.as_of == date(2026, 10, 31)
    # 1 000.00 + 300.00 + 430.50 + 430.50 - 120.00 - 12.50
    assert (data.bank_cents, data.gap_cents) == (2028_50, 0)
    (bank,) = data.reconciliations
    assert bank.book_cents == 1000_00 + 300_00 + 430_50 - 120_00
    assert list(bank.book_items["amount_cents"]) == [430_50, -12_50]
    assert list(data.waiting["movement_id"]) == ["M-ait-2"]
    # D102 keeps 20.00, the charges 50.00, less the discount of 20.00 not yet used.
    assert (data.owed_cents, data.overdue_cents, data.credit_cents) == (50_00, 70_00, 20_00)
    assert list(data.debtors["account_id"]) == ["102"]
    (quarter,) = data.collections.to_dict("records")
    assert (quarter["label"], quarter["called_cents"]) == ("T4 2026", 800_50)
    assert quarter["collected_cents"] == 730_50
    assert dict(zip(data.decided["way"], data.decided["count"], strict=True)) == {
        "engine": 2,
        "by_hand": 1,
        "partial": 0,
        "ignored": 1,
        "proposed": 0,
        "unmatched": 1,
    }
    assert {line.label: line.gap_cents for line in data.control} == {
        "Banque": 0, "Copropriétaires débiteurs": 0, "Sommes en attente, hors 512": 0,
    }  # fmt: skip
    assert [finding.code for finding in data.findings] == ["aged_suspense"]


def test_money_booked_on_another_account_than_its_due_shows(office: Ledger) -> None:
    settle(office, "M-ait", "D102", 430_50, account_id="101", action="link")
    data = month_end_data(office, building_id="B1", period=OCTOBER)
    assert [line.label for line in data.control if line.gap_cents] == [
        "Copropriétaires débiteurs", "Copropriétaires créditeurs",
    ]  # fmt: skip


def test_the_head_of_the_journal_is_the_last_decision(office: Ledger) -> None:
    before = month_end_data(office, building_id="B1", period=OCTOBER)
    seq = link(office, "M-noe", "D101", 300_00)
    after = month_end_data(office, building_id="B1", period=OCTOBER)
    assert after.journal_seq == seq == before.journal_seq + 1
    assert len(after.journal_hash) == 64
    assert after.journal_hash != before.journal_hash
    assert after.journal_at == datetime(2026, 11, 2, 6, 40, tzinfo=UTC)


def test_another_month_knows_nothing_of_october(office: Ledger) -> None:
    data = month_end_data(office, building_id="B1", period=Period(2026, 9))
    assert len(data.statements) == len(data.waiting) == 0
    assert data.bank_cents is None
    assert int(data.decided["count"].sum()) == 0
    # Issued on 15 September, due in October.
    assert (data.owed_cents, data.overdue_cents) == (300_00, 0)
    assert [finding.code for finding in data.findings] == ["no_statement"]


def test_one_building_says_nothing_of_another(office: Ledger) -> None:
    data = month_end_data(office, building_id="B2", period=OCTOBER)
    assert list(data.waiting["movement_id"]) == ["M-quai"]
    assert data.owed_cents == 800_00
    assert data.collections["label"].iloc[0] == "10/2026"


def test_a_missing_statement_is_a_gap_and_a_finding(office: Ledger) -> None:
    late = statement(IBAN_1, entry(31, 5_00, "fin"), number="12", opening_cents=3000_00)
    its_day = replace(late.statement, opened_on=date(2026, 10, 31))
    small_office.store_file(office, [replace(late, statement=its_day)], name="suite.xml")
    data = month_end_data(office, building_id="B1", period=OCTOBER)
    assert data.gap_cents == 3000_00 - 2028_50
    assert {"statement_hole", "bank_gap"} <= {finding.code for finding in data.findings}


def test_a_returned_payment_and_a_lost_call_are_said(office: Ledger) -> None:
    small_office.store_tables(
        office,
        deliveries=[
            {"call_id": "C1", "account_id": "101", "status": "bounced"},
            {"call_id": "C1", "account_id": "102", "status": "delivered"},
        ],
    )
    back = entry(21, -300_00, "rejet", return_reason="AM04", counterparty="NOE CLAIRE")
    small_office.store_file(
        office, [statement(IBAN_1, back, opening_cents=None, number="11")], name="rejet.xml"
    )
    data = month_end_data(office, building_id="B1", period=OCTOBER)
    said = {finding.code: finding for finding in data.findings}
    assert "Rejet AM04 du 21/10/2026, 300,00\u00a0€, NOE CLAIRE" in said["returned_payment"].message
    assert said["call_not_delivered"].subject == "101"
    assert "Mme Noé" in said["call_not_delivered"].message


def test_a_building_nobody_knows_is_refused(office: Ledger) -> None:
    with pytest.raises(ParameterError, match="immeuble inconnu"):
        month_end_data(office, building_id="B9", period=OCTOBER)
