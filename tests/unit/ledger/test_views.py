"""Every view has its columns and their types, with rows and without, whole and of one building."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import text

from tests import small_office
from tests.small_office import IBAN_1, IBAN_2, IBAN_WAITING, decide, decision, line
from workbench.ledger import bank_facts, views
from workbench.ledger.decisions import Verdict
from workbench.ledger.store import Ledger, open_ledger

TEXT, WHOLE, MAYBE, REAL, DATE = "str", "int64", "Int64", "float64", "datetime64[s]"
COLUMNS: dict[str, dict[str, str]] = {
    "buildings": {
        "building_id": TEXT, "name": TEXT, "kind": TEXT, "address": TEXT, "postcode": TEXT,
        "city": TEXT, "mandate_start": DATE, "manager_email": TEXT, "landlord_email": TEXT,
        "call_months": TEXT, "first_call_sent_on": DATE,
    },
    "bank_accounts": {
        "iban": TEXT, "building_id": TEXT, "bic": TEXT, "bank_name": TEXT, "kind": TEXT,
    },
    "accounts": {
        "account_id": TEXT, "building_id": TEXT, "holder": TEXT, "kind": TEXT, "code": TEXT,
        "person_id": TEXT, "aliases": TEXT, "payer_ibans": TEXT, "payment_mode": TEXT,
        "email": TEXT, "address": TEXT, "postcode": TEXT, "city": TEXT, "lots": TEXT,
        "coupon_code": TEXT, "trade": TEXT, "opened_on": DATE, "closed_on": DATE,
    },
    "dues": {
        "item_id": WHOLE, "due_id": TEXT, "account_id": TEXT, "building_id": TEXT, "kind": TEXT,
        "label": TEXT, "amount_cents": WHOLE, "open_cents": WHOLE, "due_on": DATE,
        "issued_on": DATE, "period_start": DATE, "period_end": DATE, "call_id": TEXT,
        "reference": TEXT,
    },
    "movements": {
        "item_id": WHOLE, "movement_id": TEXT, "iban": TEXT, "building_id": TEXT,
        "booked_on": DATE, "value_on": DATE, "amount_cents": WHOLE, "open_cents": WHOLE,
        "currency": TEXT, "label": TEXT, "counterparty": TEXT, "counterparty_iban": TEXT,
        "ultimate_party": TEXT, "bank_reference": TEXT, "end_to_end_id": TEXT, "mandate_id": TEXT,
        "remittance_reference": TEXT, "operation_code": TEXT, "return_reason": TEXT,
        "details": TEXT, "statement_id": WHOLE, "file_name": TEXT, "place": WHOLE,
        "set_aside": TEXT, "set_aside_words": TEXT, "classified": TEXT, "classified_words": TEXT,
        "returns_movement_id": TEXT, "status": TEXT,
    },
    "allocations": {
        "allocation_id": TEXT, "proposal_id": TEXT, "movement_id": TEXT, "bank_reference": TEXT,
        "due_id": TEXT, "against_due_id": TEXT, "against_movement_id": TEXT, "receipt_id": TEXT,
        "receipt_side": TEXT, "account_id": TEXT, "building_id": TEXT,
        "amount_cents": WHOLE, "credit_part": WHOLE, "debit_part": WHOLE, "state": TEXT,
        "rank": WHOLE, "confidence": REAL, "rule": TEXT,
        "reasons": TEXT, "action": TEXT, "actor": TEXT, "at": DATE, "effective_on": DATE,
        "reversed_on": DATE, "decision_seq": WHOLE, "credit_item": WHOLE, "debit_item": WHOLE,
    },
    "receipts": {
        "item_id": WHOLE, "name": TEXT, "kind": TEXT, "receipt_kind": TEXT, "receipt_id": TEXT,
        "building_id": TEXT, "account_id": TEXT, "amount_cents": WHOLE, "open_cents": WHOLE,
        "received_on": DATE, "at": TEXT, "payer": TEXT, "drawee_bank": TEXT, "number": TEXT,
        "reference": TEXT, "channel": TEXT, "set_aside": TEXT,
    },
    "statements": {
        "statement_id": WHOLE, "iban": TEXT, "building_id": TEXT, "number": TEXT,
        "opened_on": DATE, "closed_on": DATE, "opening_cents": MAYBE, "closing_cents": MAYBE,
        "currency": TEXT, "entries": WHOLE, "credits_cents": WHOLE, "debits_cents": WHOLE,
        "file_name": TEXT,
    },
    "indexations": {
        "account_id": TEXT, "from_on": DATE, "old_amount_cents": WHOLE, "new_amount_cents": WHOLE,
        "label": TEXT,
    },
    "calls": {
        "call_id": TEXT, "building_id": TEXT, "called_on": DATE, "kind": TEXT, "sent_on": DATE,
    },
    "deliveries": {
        "call_id": TEXT, "account_id": TEXT, "status": TEXT, "at": TEXT, "channel": TEXT,
    },
    "reminders_sent": {
        "account_id": TEXT, "kind": TEXT, "sent_on": DATE, "amount_cents": MAYBE, "channel": TEXT,
    },
    "procedures": {
        "account_id": TEXT, "kind": TEXT, "started_on": DATE, "ended_on": DATE,
        "supplier_id": TEXT, "label": TEXT,
    },
    "undone": {"movement_item_id": WHOLE, "account_id": TEXT},
    "rejections": {"movement_item_id": WHOLE, "account_id": TEXT, "proposal_id": TEXT},
    "journal": {
        "seq": WHOLE, "at": TEXT, "actor": TEXT, "action": TEXT, "subject": TEXT, "data": TEXT,
        "hash": TEXT, "previous_hash": TEXT,
    },
    "journal_head": {"seq": WHOLE, "at": TEXT, "hash": TEXT},
    "findings": {
        "code": TEXT, "severity": TEXT, "message": TEXT, "file": TEXT, "line": MAYBE,
        "column": TEXT, "value": TEXT, "subject": TEXT, "building_id": TEXT, "to_do": TEXT,
    },
}  # fmt: skip
OF_A_BUILDING = (
    "buildings", "bank_accounts", "accounts", "dues", "movements", "allocations", "receipts",
    "statements",
    "indexations", "calls", "deliveries", "reminders_sent", "procedures", "findings",
)  # fmt: skip


def view(name: str) -> Callable[..., pd.DataFrame]:
    found: Callable[..., pd.DataFrame] = getattr(views, name)
    return found


def types(frame: pd.DataFrame) -> dict[str, str]:
    return {str(column): str(dtype) for column, dtype in frame.dtypes.items()}


def propose(ledger: Ledger, *rows: tuple[str, str, str, int], rank: int = 1) -> None:
    """Writes proposals (identifier, credit, debit, cents); the movement is the credit side."""
    items = small_office.items(ledger)
    with ledger.writing() as connection:
        for identifier, credit, debit, cents in rows:
            movement = credit if credit.startswith("M-") else debit
            connection.execute(
                text(
                    "INSERT INTO proposals VALUES"
                    " (:id, :debit, :credit, :movement, :rank, '102', :cents, 'name', 0.75, '{}',"
                    " 0, 0)"
                ),
                {"id": identifier, "debit": items[debit], "credit": items[credit],
                 "movement": items[movement], "rank": rank, "cents": cents},
            )  # fmt: skip


def statuses(ledger: Ledger) -> dict[str, str]:
    frame = views.movements(ledger)
    return dict(zip(frame["movement_id"], frame["status"], strict=True))


@pytest.fixture(scope="module")
def full(common_office: Ledger) -> Ledger:
    """The office with at least one row in every view, in both buildings where there is one."""
    ledger = common_office
    items = small_office.items(ledger)
    small_office.store_tables(
        ledger,
        indexations=[
            {"account_id": "201", "from_on": "2026-07-01", "old_amount_cents": 78_000,
             "new_amount_cents": 80_000},
            {"account_id": "101", "from_on": "2026-07-01", "old_amount_cents": 1,
             "new_amount_cents": 2},
        ],
        deliveries=[{"call_id": "C1", "account_id": a, "status": "sent"} for a in ("101", "201")],
        reminders_sent=[
            {"account_id": "101", "kind": "simple", "sent_on": "2026-10-05",
             "amount_cents": None},
            {"account_id": "201", "kind": "simple", "sent_on": "2026-10-05",
             "amount_cents": 500},
        ],
        procedures=[
            {"account_id": a, "kind": "bailiff", "started_on": "2026-10-05"} for a in ("101", "201")
        ],
    )  # fmt: skip
    small_office.receive_something(ledger)
    small_office.store_tables(
        ledger,
        cheques=[{"cheque_id": "CH2", "received_on": date(2026, 10, 4), "amount_cents": 1,
                  "drawer": "SCI Quai", "drawee_bank": "BNP", "account_id": "201"}],
    )  # fmt: skip
    decide(
        ledger,
        decision(line(items["M-noe"], items["D101"], 30_000)),
        decision(line(items["R102"], items["D102"], 2_000), rule="discount"),
        decision(
            line(items["M-quai"], items["D201"], 50_000),
            verdicts=(Verdict(item_id=items["M-ait"], kind="rejected", account_id="101"),),
        ),
    )
    decide(ledger, decision(line(items["M-quai"], items["D201"], -50_000, reverses=3)))
    propose(ledger, ("P1", "M-ait", "D102", 43_050), ("P2", "M-quai", "D201", 80_000))
    with ledger.writing() as connection:
        connection.execute(
            text(
                "INSERT INTO findings (finding_id, code, severity, message, building_id, line)"
                " VALUES (1, 'c', 'info', 'm', 'B1', 3), (2, 'c', 'info', 'm', 'B2', NULL)"
            )
        )
        connection.execute(
            text("INSERT INTO classifications VALUES (:item, 'unknown_payer', 'Payeur inconnu')"),
            {"item": items["M-ait-2"]},
        )
    return ledger


def test_every_view_is_in_the_table() -> None:
    public = {
        name for name, value in vars(views).items()
        if callable(value) and not name.startswith("_") and value.__module__ == views.__name__
    }  # fmt: skip
    assert public == set(COLUMNS)


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_and_types_of_an_empty_ledger(common_empty: Ledger, name: str) -> None:
    frame = view(name)(common_empty)
    assert types(frame) == COLUMNS[name]
    assert list(frame.columns) == list(COLUMNS[name])
    assert frame.empty
    if name in OF_A_BUILDING:
        assert types(view(name)(common_empty, building_id="B1")) == COLUMNS[name]


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_and_types_with_rows(full: Ledger, name: str) -> None:
    frame = view(name)(full)
    assert types(frame) == COLUMNS[name]
    assert list(frame.columns) == list(COLUMNS[name])
    assert len(frame)
    texts = frame[[c for c, t in COLUMNS[name].items() if t == TEXT]]
    assert not texts.isna().to_numpy().any()
    assert list(frame.index) == list(range(len(frame)))


@pytest.mark.parametrize("name", OF_A_BUILDING)
def test_of_one_building(full: Ledger, name: str) -> None:
    whole = view(name)(full)
    parts = {b: view(name)(full, building_id=b) for b in ("B1", "B2", "B3")}
    assert all(types(part) == COLUMNS[name] for part in parts.values())
    assert parts["B3"].empty
    expected_missing = {"calls": {"B2"}}.get(name, set())
    assert {b for b in ("B1", "B2") if parts[b].empty} == expected_missing
    waiting = {"movements": 1, "statements": 1}.get(name, 0)
    assert len(parts["B1"]) + len(parts["B2"]) + waiting == len(whole)
    if "building_id" in whole:
        for building, part in parts.items():
            assert set(part["building_id"]) <= {building}
            expected = whole[whole["building_id"] == building].reset_index(drop=True)
            pd.testing.assert_frame_equal(part, expected)


@pytest.mark.parametrize("name", COLUMNS)
def test_reading_twice_is_the_same(full: Ledger, name: str) -> None:
    pd.testing.assert_frame_equal(view(name)(full), view(name)(full))


# --- what is in them ------------------------------------------------------------------------------


def row(frame: pd.DataFrame, column: str, value: str) -> dict[str, Any]:
    (found,) = frame[frame[column] == value].to_dict("records")
    return {str(name): cell for name, cell in found.items()}


def test_what_an_account_is_told_to_quote(full: Ledger) -> None:
    accounts = views.accounts(full)
    assert list(accounts["account_id"]) == ["101", "102", "ASC", "201"]
    assert list(accounts["code"]) == ["101", "102", "ASC", "Q201"]
    assert row(accounts, "account_id", "201")["aliases"] == "QUAI|SCI DU QUAI"
    assert list(accounts["opened_on"].dt.strftime("%Y-%m-%d").fillna("")) == [
        "", "", "", "2025-01-01",
    ]  # fmt: skip


def test_a_bank_account_always_has_a_kind(full: Ledger) -> None:
    assert list(views.bank_accounts(full)["kind"]) == ["current", "current"]


def test_dues_signed_open_and_issued(full: Ledger) -> None:
    dues = views.dues(full)
    assert list(dues["due_id"]) == ["D101", "D102", "D201", "R102", "D102-2", "F1"]
    assert list(dues["amount_cents"]) == [30_000, 45_050, 80_000, -2_000, 5_000, -12_000]
    assert list(dues["open_cents"]) == [0, 43_050, 80_000, 0, 5_000, -12_000]
    issued = dues["issued_on"].dt.strftime("%m-%d")
    # With its call's date where it has one.
    assert list(issued) == ["09-15", "10-01", "10-01", "10-02", "10-05", "10-20"]


def test_movements_signed_open_and_attached(full: Ledger) -> None:
    movements = views.movements(full)
    assert list(movements["movement_id"]) == [
        "M-noe", "M-quai", "M-ait", "M-ait-2", "M-inconnu", "M-ascenseur", "M-frais",
    ]  # fmt: skip
    assert list(movements["open_cents"]) == [0, 80_000, 43_050, 43_050, 700, -12_000, -1_250]
    assert list(movements["building_id"]) == ["B1", "B2", "B1", "B1", "", "B1", "B1"]
    assert list(movements["status"]) == [
        "matched", "proposed", "proposed", "unmatched", "unmatched", "unmatched", "unmatched",
    ]  # fmt: skip
    assert row(movements, "movement_id", "M-ait-2")["classified"] == "unknown_payer"
    noe = row(movements, "movement_id", "M-noe")
    assert (noe["iban"], noe["place"], noe["file_name"]) == (IBAN_1, 4, "octobre.xml")


def test_allocations_decided_then_proposed(full: Ledger) -> None:
    links = views.allocations(full)
    expected = {
        "allocation_id": ["A1", "A2", "A3", "P1", "P2"],
        "movement_id": ["M-noe", "", "M-quai", "M-ait", "M-quai"],
        "due_id": ["D101", "D102", "D201", "D102", "D201"],
        "against_due_id": ["", "R102", "", "", ""],
        "bank_reference": ["REF-1", "", "", "", ""],
        "building_id": ["B1", "B1", "B2", "B1", "B2"],
        "amount_cents": [30_000, 2_000, 50_000, 43_050, 80_000],
        "state": ["accepted", "accepted", "reversed", "proposed", "proposed"],
        "rank": [0, 0, 0, 1, 1],
        "confidence": [1.0, 1.0, 1.0, 0.75, 0.75],
        "rule": ["manual", "discount", "manual", "name", "name"],
        "action": ["link", "link", "link", "", ""],
        "actor": ["L. Verane"] * 3 + ["", ""],
    }
    assert {column: list(links[column]) for column in expected} == expected
    assert list(links["at"].dt.strftime("%Y-%m-%dT%H:%M").fillna("")) == [
        *["2026-11-02T06:40"] * 3, "", "",
    ]  # fmt: skip
    assert list(links["effective_on"].dt.strftime("%m-%d")) == [
        "10-02", "10-02", "10-02", "10-06", "10-05",
    ]  # fmt: skip


def test_a_supplier_paid_and_a_movement_against_a_movement(office: Ledger) -> None:
    small_office.link(office, "F1", "M-ascenseur", 12_000)
    small_office.link(office, "M-ait", "M-frais", 1_250)
    links = views.allocations(office)
    assert list(links["movement_id"]) == ["M-ascenseur", "M-ait"]
    assert list(links["due_id"]) == ["F1", ""]
    assert list(links["against_due_id"]) == ["", ""]
    assert statuses(office)["M-ascenseur"] == "matched"
    assert statuses(office)["M-frais"] == "matched"


def test_statements_in_order_with_their_figures(full: Ledger) -> None:
    frame = views.statements(full)
    assert list(frame["iban"]) == sorted([IBAN_1, IBAN_2, IBAN_WAITING])
    assert list(frame["building_id"]) == ["", "B1", "B2"]
    first = row(frame, "iban", IBAN_1)
    assert first["closing_cents"] == 202_850


def test_what_was_undone_is_remembered(office: Ledger) -> None:
    items = small_office.items(office)
    decide(office, decision(line(items["M-noe"], items["D101"], 100)))
    assert views.undone(office).empty
    undo = line(items["M-noe"], items["D101"], -100, reverses=1)
    decide(office, decision(undo, action="undo"))
    assert list(views.undone(office).itertuples(index=False, name=None)) == [
        (items["M-noe"], "101")
    ]


def test_rejections_stand_until_cancelled(office: Ledger) -> None:
    item = small_office.items(office)["M-ait"]
    said = Verdict(item_id=item, kind="rejected", account_id="101")
    decide(office, decision(verdicts=(said,)))
    assert list(views.rejections(office).itertuples(index=False, name=None)) == [(item, "101", "")]
    again = Verdict(item_id=item, kind="rejected", account_id="101", cancels=1)
    decide(office, decision(verdicts=(again,)))
    assert views.rejections(office).empty
    decide(office, decision(verdicts=(said,)))
    assert len(views.rejections(office)) == 1


def test_the_journal_of_one_subject(office: Ledger) -> None:
    decide(office, decision(subject="M-noe"), decision(subject="M-ait"))
    assert list(views.journal(office, subject="M-ait")["subject"]) == ["M-ait"]
    head = views.journal_head(office).iloc[0]
    last = views.journal(office).iloc[-1]
    assert (head["seq"], head["hash"], head["at"]) == (last["seq"], last["hash"], last["at"])


# --- the one status of a movement -----------------------------------------------------------------


def test_a_movement_goes_through_its_statuses(office: Ledger) -> None:
    item, due = (small_office.items(office)[n] for n in ("M-ait", "D102"))

    def now() -> str:
        return statuses(office)["M-ait"]

    aside = Verdict(item_id=item, kind="set_aside", reason="bank_error", words="erreur")
    assert now() == "unmatched"
    propose(office, ("P1", "M-ait", "D102", 43_050))
    assert now() == "proposed"
    decide(office, decision(line(item, due, 43_049)))
    assert now() == "partial"
    decide(office, decision(verdicts=(aside,)))
    assert now() == "ignored"
    row_now = row(views.movements(office), "movement_id", "M-ait")
    assert (row_now["set_aside"], row_now["set_aside_words"]) == ("bank_error", "erreur")
    decide(office, decision(line(item, due, 1)))
    assert now() == "matched"
    decide(office, decision(line(item, due, -1, reverses=2)))
    cancel = Verdict(item_id=item, kind="set_aside", reason="bank_error", words="erreur", cancels=1)
    decide(office, decision(verdicts=(cancel,)))
    assert now() == "partial"
    assert list(views.undone(office)["account_id"]) == ["", "101"]
    decide(office, decision(line(item, due, -43_049, reverses=1)))
    # What was proposed fits again.
    assert now() == "proposed"


def test_a_movement_of_nothing_is_unmatched(office: Ledger) -> None:
    told = small_office.statement(IBAN_1, small_office.entry(3, 0, "zero"), number="z")
    small_office.store_file(office, [told], name="z.xml")
    assert statuses(office)["M-zero"] == "unmatched"


# --- which proposals wait -------------------------------------------------------------------------


def waiting(ledger: Ledger) -> list[str]:
    links = views.allocations(ledger)
    return sorted(set(links[links["state"] == "proposed"]["proposal_id"]))


def test_a_proposal_waits_while_all_of_it_fits(office: Ledger) -> None:
    propose(office, ("P1", "M-ait", "D102", 40_000), ("P1", "M-ait", "D102-2", 3_050))
    assert waiting(office) == ["P1"]
    # 430,50 are proposed and 430,50 are open; after 0,01 elsewhere they no longer are, though
    # each line on its own would still fit.
    small_office.link(office, "M-ait", "D101", 1)
    assert waiting(office) == []
    assert statuses(office)["M-ait"] == "partial"


def test_a_proposal_waits_while_its_due_is_open(office: Ledger) -> None:
    propose(office, ("P1", "M-ait", "D102", 43_050), ("P2", "M-ait-2", "D102", 2_001))
    small_office.link(office, "M-ait-2", "D102", 2_000)
    assert waiting(office) == ["P1", "P2"]
    small_office.link(office, "M-ait-2", "D102", 1)
    assert waiting(office) == ["P2"]


def test_a_rejected_or_set_aside_proposal_does_not_wait(office: Ledger) -> None:
    items = small_office.items(office)
    propose(office, ("P1", "M-ait", "D102", 100), ("P2", "M-ait-2", "D102", 100))
    other = Verdict(item_id=items["M-ait"], kind="rejected", account_id="101")
    decide(office, decision(verdicts=(other,)))
    assert waiting(office) == ["P1", "P2"]
    rejected = Verdict(item_id=items["M-ait"], kind="rejected", account_id="102")
    aside = Verdict(item_id=items["M-ait-2"], kind="set_aside", reason="bank_fee")
    decide(office, decision(verdicts=(rejected, aside)))
    assert waiting(office) == []
    assert statuses(office)["M-ait"] == "unmatched"
    assert statuses(office)["M-ait-2"] == "ignored"


def test_proposals_of_money_going_out(office: Ledger) -> None:
    propose(office, ("P1", "F1", "M-ascenseur", 12_000))
    (link,) = views.allocations(office).to_dict("records")
    assert (link["movement_id"], link["due_id"]) == ("M-ascenseur", "F1")
    assert statuses(office)["M-ascenseur"] == "proposed"
    small_office.link(office, "F1", "M-ascenseur", 1)
    assert waiting(office) == []


def test_proposals_are_in_order_of_rank(office: Ledger) -> None:
    propose(office, ("P9", "M-ait", "D102", 100))
    propose(office, ("P1", "M-ait", "D102-2", 100), rank=2)
    propose(office, ("P5", "M-ait-2", "D102", 100))
    links = views.allocations(office)
    assert list(links["allocation_id"]) == ["P9", "P1", "P5"]
    assert list(links["rank"]) == [1, 2, 1]


def test_an_attached_movement_joins_its_building(office: Ledger) -> None:
    small_office.store_tables(office, bank_accounts=[{"iban": IBAN_WAITING, "building_id": "B2"}])
    with office.writing() as connection:
        bank_facts.attach_waiting(connection)
    found = views.movements(office, building_id="B2")
    assert list(found["movement_id"]) == ["M-quai", "M-inconnu"]
    assert list(views.statements(office, building_id="B2")["iban"]) == [IBAN_WAITING, IBAN_2]


def test_read_only_views_are_the_same(full: Ledger) -> None:
    with open_ledger(full.address, read_only=True) as ledger:
        for name in COLUMNS:
            pd.testing.assert_frame_equal(view(name)(ledger), view(name)(full))
