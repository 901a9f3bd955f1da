"""Facts come in once, whatever comes twice, and are never edited; master data follows imports."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text

from tests import small_office
from tests.small_office import ACTOR, AT, IBAN_1, IBAN_2, IBAN_WAITING, entry, statement
from workbench.domain.errors import InvariantError
from workbench.domain.findings import Finding, Severity
from workbench.domain.records import EntryPart
from workbench.ledger import bank_facts, facts, verification, views
from workbench.ledger.bank_facts import IdentifiedStatement
from workbench.ledger.store import Ledger
from workbench.ledger.table_facts import TableResult


def last_entry(ledger: Ledger) -> dict[str, Any]:
    """Returns the last journal row, its data parsed."""
    row = views.journal(ledger).iloc[-1]
    return {**row, "data": json.loads(row["data"])}


def store(ledger: Ledger, name: str, *rows: dict[str, Any]) -> TableResult:
    return small_office.store_tables(ledger, **{name: rows})[name]


# --- tables ---------------------------------------------------------------------------------------


def test_a_new_table_is_stored_and_journalled(empty: Ledger) -> None:
    result = store(empty, "buildings", *small_office.BUILDINGS)
    assert (result.new, result.changed, result.known, result.refused) == (2, 0, 0, [])
    written = last_entry(empty)
    assert (written["seq"], written["actor"], written["action"]) == (1, ACTOR, "import")
    assert (written["at"], written["subject"]) == ("2026-11-02T06:40:00Z", "buildings")
    assert written["data"] == {"table": "buildings", "new": 2, "changed": 0, "known": 0}


def test_the_same_portfolio_again_writes_nothing(office: Ledger) -> None:
    before = views.journal(office)
    results = small_office.store_tables(office, **small_office.PORTFOLIO)
    for name, rows in small_office.PORTFOLIO.items():
        assert results[name] == TableResult(known=len(rows))
    assert views.journal(office).equals(before)


def test_master_data_follows_and_the_journal_keeps_what_was(office: Ledger) -> None:
    result = store(office, "accounts", {"account_id": "101", "holder": "Mme Noé-Roux", "lots": "4"})
    assert (result.new, result.changed, result.known) == (0, 1, 0)
    account = views.accounts(office).set_index("account_id").loc["101"]
    assert (account["holder"], account["lots"]) == ("Mme Noé-Roux", "4")
    # A file without a column says nothing about it.
    assert (account["building_id"], account["kind"]) == ("B1", "coowner")
    written = last_entry(office)
    assert (written["action"], written["subject"]) == ("change", "accounts:101")
    assert written["data"] == {
        "before": {"holder": "Mme Noé", "lots": ""},
        "after": {"holder": "Mme Noé-Roux", "lots": "4"},
    }


def test_an_emptied_cell_is_a_change(office: Ledger) -> None:
    row = {"account_id": "201", "building_id": "B2", "aliases": "", "opened_on": None}
    assert store(office, "accounts", row).changed == 1
    account = views.accounts(office, building_id="B2").iloc[0]
    assert account["aliases"] == ""
    assert account.isna()["opened_on"]
    assert last_entry(office)["data"]["before"] == {
        "aliases": "QUAI|SCI DU QUAI", "opened_on": "2025-01-01",
    }  # fmt: skip


def test_a_table_with_new_changed_and_known_rows(office: Ledger) -> None:
    result = store(
        office,
        "buildings",
        small_office.BUILDINGS[0],
        small_office.BUILDINGS[1] | {"name": "Le Quai Sud"},
        {"building_id": "B3", "name": "Neuf", "kind": "rental"},
    )
    assert (result.new, result.changed, result.known) == (1, 1, 1)
    assert list(views.buildings(office)["name"]) == ["Les Tilleuls", "Le Quai Sud", "Neuf"]


def test_a_key_twice_in_one_table_takes_the_last(empty: Ledger) -> None:
    row = {"building_id": "B9", "name": "Un", "kind": "rental"}
    result = store(empty, "buildings", row, row | {"name": "Deux"}, row | {"name": "Deux"})
    assert (result.new, result.changed, result.known) == (1, 1, 1)
    assert list(views.buildings(empty)["name"]) == ["Deux"]
    assert list(views.journal(empty)["action"]) == ["import"]


def test_numbers_dates_and_nothing_are_kept_as_they_are(empty: Ledger) -> None:
    row = {
        "type": "simple", "building_id": "", "rank_order": 1, "threshold_cents": 10_000,
        "strict": 1, "fee_cents": None, "wording": None, "day_of_month": 0,
    }  # fmt: skip
    store(empty, "reminder_types", row)
    stored = empty.frame(
        "SELECT rank_order, threshold_cents, strict, fee_cents, wording, day_of_month, schedule"
        " FROM reminder_types"
    ).iloc[0]
    assert list(stored[["rank_order", "threshold_cents", "strict", "day_of_month"]]) == [
        1, 10_000, 1, 0,
    ]  # fmt: skip
    assert stored.isna()["fee_cents"]
    assert (stored["wording"], stored["schedule"]) == ("", "")
    assert store(empty, "reminder_types", row) == TableResult(known=1)


def test_a_table_keyed_by_several_columns(office: Ledger) -> None:
    sent = {"call_id": "C1", "account_id": "101", "status": "sent", "at": "2026-09-15"}
    assert store(office, "deliveries", sent, sent | {"status": "bounced"}).new == 2
    result = store(office, "deliveries", sent | {"channel": "mail"})
    assert (result.new, result.changed) == (0, 1)
    assert last_entry(office)["subject"] == "deliveries:C1/101/sent/2026-09-15"
    assert sorted(views.deliveries(office)["channel"]) == ["", "mail"]


@pytest.mark.parametrize(
    ("table", "row", "words"),
    [
        ("accounts", {"account_id": "101", "building_id": "B2"}, "« 101 » a déjà des écritures"),
        ("bank_accounts", {"iban": IBAN_1, "building_id": "B2"}, "a déjà des écritures"),
    ],
)
def test_what_has_money_cannot_change_building(
    office: Ledger, table: str, row: dict[str, Any], words: str
) -> None:
    before = views.journal(office)
    result = store(office, table, row)
    assert (result.new, result.changed, result.known) == (0, 0, 0)
    (refusal,) = result.refused
    assert (refusal.index, refusal.column, refusal.value) == (0, "building_id", "B2")
    assert words in refusal.reason
    assert views.journal(office).equals(before)
    assert list(verification.broken_records(office)) == []


def test_what_has_no_money_yet_may_change_building(office: Ledger) -> None:
    store(office, "accounts", {"account_id": "103", "building_id": "B1", "holder": "X"})
    store(office, "bank_accounts", {"iban": "FR76NEW", "building_id": "B1"})
    assert store(office, "accounts", {"account_id": "103", "building_id": "B2"}).changed == 1
    assert store(office, "bank_accounts", {"iban": "FR76NEW", "building_id": "B2"}).changed == 1


def test_a_refused_row_does_not_stop_the_others(office: Ledger) -> None:
    result = store(
        office,
        "accounts",
        {"account_id": "102", "holder": "M. Aït-Ali"},
        {"account_id": "101", "building_id": "B2"},
        {"account_id": "104", "building_id": "B2", "holder": "Nouveau"},
    )
    assert (result.new, result.changed) == (1, 1)
    assert [r.index for r in result.refused] == [1]


def test_a_fact_of_money_is_not_edited(office: Ledger) -> None:
    cheque = {
        "cheque_id": "K1", "received_on": date(2026, 10, 3), "amount_cents": 5_000,
        "drawer": "NOE", "drawee_bank": "CE",
    }  # fmt: skip
    store(office, "cheques", cheque)
    assert store(office, "cheques", cheque) == TableResult(known=1)
    (refusal,) = store(office, "cheques", cheque | {"amount_cents": 5_001}).refused
    assert (refusal.column, refusal.value) == ("amount_cents", "5001")
    assert "un fait ne change pas" in refusal.reason


# --- dues -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "value", "shown"),
    [
        ("amount_cents", 30_001, "30001"),
        ("due_on", date(2026, 10, 2), "2026-10-02"),
        ("kind", "works_call", "works_call"),
        ("account_id", "102", "102"),
    ],
)
def test_a_due_is_never_edited(
    office: Ledger, column: str, value: str | int | date, shown: str
) -> None:
    before = views.dues(office), views.journal(office)
    result = store(office, "dues", small_office.DUES[1], small_office.DUES[0] | {column: value})
    assert (result.new, result.changed, result.known) == (0, 0, 1)
    (refusal,) = result.refused
    assert (refusal.index, refusal.column, refusal.value) == (1, column, shown)
    assert "D101" in refusal.reason
    assert views.dues(office).equals(before[0])
    assert views.journal(office).equals(before[1])


def test_a_due_twice_in_one_file(office: Ledger) -> None:
    due = small_office.DUES[0] | {"due_id": "NEW"}
    result = store(office, "dues", due, due, due | {"amount_cents": 1})
    assert (result.new, result.known, [r.index for r in result.refused]) == (1, 1, [2])


def test_new_dues_are_followed_from_their_first_cent(office: Ledger) -> None:
    due = {"due_id": "Z", "account_id": "101", "kind": "refund", "amount_cents": -700,
           "due_on": date(2026, 11, 1)}  # fmt: skip
    store(office, "dues", due)
    row = views.dues(office).set_index("due_id").loc["Z"]
    assert (row["amount_cents"], row["open_cents"], row["building_id"]) == (-700, -700, "B1")
    number = small_office.items(office)["Z"]
    item = office.frame("SELECT * FROM items WHERE item_id = ?", [number]).iloc[0]
    assert (item["kind"], item["account_id"], item["allocated_cents"]) == ("due", "101", 0)
    kept = last_entry(office)["data"]["facts"]
    assert [f[:3] for f in kept] == [["dues", number, number]]


# --- bank files -----------------------------------------------------------------------------------


def test_a_file_brings_its_movements_once(office: Ledger) -> None:
    before = views.movements(office), views.journal(office), views.statements(office)
    result = small_office.store_file(office, small_office.october())
    assert (result.new, result.known, result.already_imported) == (0, 7, True)
    assert result.unknown_ibans == (IBAN_WAITING,)
    after = views.movements(office), views.journal(office), views.statements(office)
    assert all(a.equals(b) for a, b in zip(after, before, strict=True))


def test_every_word_of_an_entry_is_kept(empty: Ledger) -> None:
    whole = entry(
        3, -1_234, "é 東京 <b>&\t=1+1", value_on=date(2026, 10, 4), counterparty="NOÉ",
        counterparty_iban=IBAN_2, ultimate_party="CAF", bank_reference="R", end_to_end_id="E",
        mandate_id="M", remittance_reference="RF18", operation_code="PMNT", return_reason="AM04",
        reversal=True, place=17, extra={"zone": "x"},
        parts=(EntryPart(-1_000, "A", "I", "E1", "M1", "pour octobre", "AM04"), EntryPart(-234)),
    )  # fmt: skip
    small_office.store_tables(empty, bank_accounts=small_office.BANK_ACCOUNTS)
    small_office.store_file(empty, [statement(IBAN_1, whole)], name="tout.xml")
    row = views.movements(empty).iloc[0]
    kept = ["label", "counterparty", "counterparty_iban", "ultimate_party", "bank_reference",
            "end_to_end_id", "mandate_id", "remittance_reference", "operation_code",
            "return_reason", "amount_cents", "place"]  # fmt: skip
    assert {c: row[c] for c in kept} == {c: getattr(whole, c) for c in kept}
    assert (str(row["booked_on"].date()), str(row["value_on"].date())) == (
        "2026-10-03", "2026-10-04",
    )  # fmt: skip
    assert (row["file_name"], row["building_id"], row["open_cents"]) == ("tout.xml", "B1", -1_234)
    details = json.loads(row["details"])
    assert details["reversal"] is True
    assert details["extra"] == {"zone": "x"}
    assert details["parts"][0] == [
        -1_000, "A", "I", "E1", "M1", "pour octobre", "AM04", "", "", "",
    ]  # fmt: skip
    assert list(verification.broken_records(empty)) == []


def test_an_overlapping_file_adds_only_what_is_new(office: Ledger) -> None:
    first = small_office.october()[0]
    later = statement(IBAN_1, *first.entries[3:], entry(31, 99, "neuf"), opening_cents=7)
    result = small_office.store_file(office, [later], name="chevauche.xml")
    assert (result.new, result.known, result.already_imported) == (1, 2, False)
    assert len(views.movements(office)) == 8
    assert len(views.statements(office)) == 4
    assert last_entry(office)["data"]["new"] == 1


def test_a_movement_comes_again_under_another_statement_of_the_same_file(empty: Ledger) -> None:
    whole = small_office.october()[0]
    part = statement(IBAN_1, *whole.entries[:2], number="11", opening_cents=3)
    result = small_office.store_file(empty, [whole, part])
    assert (result.new, result.known) == (5, 2)


@pytest.mark.parametrize("opening_cents", [100_000, None])
def test_a_statement_told_twice(office: Ledger, opening_cents: int | None) -> None:
    told = statement(IBAN_2, entry(12, 55, "deux"), number="77", opening_cents=opening_cents)
    result = small_office.store_file(office, [told, told], name="double.xml")
    assert (result.new, result.known) == (1, 1)
    again = small_office.store_file(office, [told], name="encore.xml")
    assert (again.new, again.known) == (0, 1)
    # With its balances it is the same statement; without, nobody can tell.
    expected = 1 if opening_cents is not None else 3
    assert (views.statements(office)["number"] == "77").sum() == expected
    assert list(verification.broken_records(office)) == []


def test_a_file_without_entries(office: Ledger) -> None:
    result = small_office.store_file(office, [statement(IBAN_2, number="vide")], name="vide.xml")
    assert (result.new, result.known, result.unknown_ibans) == (0, 0, ())
    row = views.statements(office).set_index("number").loc["vide"]
    assert (row["entries"], row["credits_cents"], row["debits_cents"]) == (0, 0, 0)
    assert list(verification.broken_records(office)) == []


def test_a_file_with_no_statement_at_all(office: Ledger) -> None:
    assert small_office.store_file(office, [], name="rien.xml").new == 0
    assert small_office.store_file(office, [], name="rien.xml").already_imported
    assert list(verification.broken_records(office)) == []


def test_a_statement_knows_its_figures(office: Ledger) -> None:
    row = views.statements(office, building_id="B1").iloc[0]
    assert (row["entries"], row["credits_cents"], row["debits_cents"]) == (5, 116_100, -13_250)
    assert (row["opening_cents"], row["closing_cents"]) == (100_000, 202_850)


def test_a_statement_without_balances_spans_its_entries(empty: Ledger) -> None:
    told = statement(IBAN_1, entry(9, 5, "b"), entry(3, -5, "a"), opening_cents=None)
    told = replace(told, statement=replace(told.statement, opened_on=None, closed_on=None))
    small_office.store_file(empty, [told])
    row = views.statements(empty).iloc[0]
    assert (str(row["opened_on"].date()), str(row["closed_on"].date())) == (
        "2026-10-03", "2026-10-09",
    )  # fmt: skip
    assert row.isna()["opening_cents"]
    assert row.isna()["closing_cents"]


# --- waiting --------------------------------------------------------------------------------------


def test_movements_of_an_unknown_account_wait_and_are_not_lost(office: Ledger) -> None:
    row = views.movements(office).set_index("movement_id").loc["M-inconnu"]
    assert (row["iban"], row["building_id"], row["status"]) == (IBAN_WAITING, "", "unmatched")
    assert (row["amount_cents"], row["open_cents"]) == (700, 700)
    with office.writing() as connection:
        assert bank_facts.attach_waiting(connection) == 0
    small_office.store_tables(office, bank_accounts=[{"iban": IBAN_WAITING, "building_id": "B2"}])
    with office.writing() as connection:
        assert bank_facts.attach_waiting(connection) == 1
        assert bank_facts.attach_waiting(connection) == 0
    row = views.movements(office, building_id="B2").set_index("movement_id").loc["M-inconnu"]
    assert row["open_cents"] == 700
    small_office.link(office, "M-inconnu", "D201", 700)
    assert list(verification.broken_records(office)) == []


def test_numbers_are_not_given_twice_while_some_wait(empty: Ledger) -> None:
    small_office.store_file(empty, [statement(IBAN_WAITING, entry(9, 700, "attend"))])
    small_office.fill(empty)
    numbers = [*views.movements(empty)["item_id"], *views.dues(empty)["item_id"]]
    assert len(set(numbers)) == len(numbers)


def test_another_currency_is_kept_and_never_followed(office: Ledger) -> None:
    told = statement(IBAN_1, entry(8, 5_000, "francs"), currency="CHF", number="chf")
    small_office.store_file(office, [told], name="chf.xml")
    with office.writing() as connection:
        assert bank_facts.attach_waiting(connection) == 0
    row = views.movements(office).set_index("movement_id").loc["M-francs"]
    assert (row["currency"], row["building_id"], row["status"]) == ("CHF", "B1", "unmatched")
    assert (row["amount_cents"], row["open_cents"]) == (5_000, 5_000)
    item = small_office.items(office)["M-francs"]
    assert office.frame("SELECT * FROM items WHERE item_id = ?", [item]).empty
    assert list(verification.broken_records(office)) == []


def test_a_file_that_names_no_currency_is_in_euros(office: Ledger) -> None:
    told = statement(IBAN_1, entry(8, 5_000, "sans"), currency="", number="s")
    small_office.store_file(office, [told], name="s.xml")
    assert views.movements(office).set_index("movement_id").loc["M-sans"]["currency"] == "EUR"
    small_office.link(office, "M-sans", "D101", 5_000)


# --- the rest -------------------------------------------------------------------------------------


def test_an_import_has_an_actor(empty: Ledger) -> None:
    with pytest.raises(InvariantError), empty.writing() as connection:
        facts.store_table(connection, "buildings", small_office.BUILDINGS, actor="", at=AT)
    assert views.buildings(empty).empty


def test_identities_must_go_with_their_entries(empty: Ledger) -> None:
    told = small_office.october()[0]
    short = IdentifiedStatement(
        statement=told.statement, entries=told.entries, movement_ids=told.movement_ids[:-1]
    )
    with pytest.raises(ValueError, match="zip"):
        small_office.store_file(empty, [short])
    assert views.movements(empty).empty


def finding(file: str, code: str) -> Finding:
    return Finding(code=code, severity=Severity.WARNING, message="à voir", file=file, line=3)


def test_findings_of_a_file_replace_those_of_its_last_import(empty: Ledger) -> None:
    with empty.writing() as connection:
        facts.replace_findings(
            connection, files=["a", "b"], findings=[finding("a", "one"), finding("b", "two")]
        )
        facts.replace_findings(connection, files=["a"], findings=[finding("a", "three")])
    assert list(views.findings(empty)["code"]) == ["two", "three"]
    with empty.writing() as connection:
        facts.replace_findings(connection, files=["a"], findings=[])
    assert list(views.findings(empty)["code"]) == ["two"]


def test_what_others_refer_to(office: Ledger) -> None:
    with office.reading() as connection:
        known = facts.known_keys(connection)
        codes = facts.known_codes(connection)
    assert known["buildings"] == {"B1": "B1", "B2": "B2"}
    assert known["accounts"]["201"] == "B2"
    assert known["calls"] == {"C1": "B1"}
    assert known["bank_accounts"] == {IBAN_1: "B1", IBAN_2: "B2"}
    assert known["suppliers"] == {}
    assert codes == {("B2", "Q201"): "201"}


def test_nothing_is_half_stored(office: Ledger) -> None:
    before = {t: len(office.frame(f"SELECT * FROM {t}")) for t in ("movements", "journal", "files")}
    broken = statement(IBAN_1, entry(4, 1, "bon"), replace(entry(5, 2, "gros"), amount_cents=2**70))
    with pytest.raises(Exception, match=r"large|range"):
        small_office.store_file(office, [broken], name="gros.xml")
    after = {t: len(office.frame(f"SELECT * FROM {t}")) for t in before}
    assert after == before


def test_the_digest_of_a_file_is_kept_with_it(office: Ledger) -> None:
    with office.reading() as connection:
        digest = connection.execute(text("SELECT digest FROM files")).scalar()
    kept = {name: (first, last, d) for name, first, last, d in last_entry(office)["data"]["facts"]}
    items = small_office.items(office)
    assert kept["movements"] == (items["M-noe"], items["M-inconnu"], digest)
    assert kept["statements"][:2] == (1, 3)
