"""Cheques and card receipts: known once, their sides, what completes them and what contradicts."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from tests import small_office
from tests.receipts_office import card, cheque
from tests.small_office import AT, store_tables
from workbench.ledger import journal, migrating, views
from workbench.ledger.guards import drop_guards, install_guards
from workbench.ledger.store import Ledger, open_ledger
from workbench.ledger.table_facts import TableResult
from workbench.ledger.verification import broken_records


def sides(ledger: Ledger) -> list[tuple[str, str, str, str, int]]:
    """Returns (name, kind, building, account, cents) of every side, by name."""
    frame = views.receipts(ledger)
    columns = ("name", "kind", "building_id", "account_id", "amount_cents")
    return sorted(zip(*(frame[c].tolist() for c in columns), strict=True))


def store(ledger: Ledger, *rows: dict[str, Any], table: str = "cheques") -> TableResult:
    return store_tables(ledger, **{table: rows})[table]


def counts(result: TableResult) -> tuple[int, int, int, int]:
    return (result.new, result.changed, result.known, len(result.refused))


def test_a_cheque_has_a_side_for_its_payer_and_one_for_the_bank(office: Ledger) -> None:
    result = store(office, cheque("CH1", 3, 300, account_id="101"))
    assert counts(result) == (1, 0, 0, 0)
    assert sides(office) == [
        ("CH1", "receipt", "B1", "101", -30_000), ("CH1@B1", "deposit", "B1", "", 30_000),
    ]  # fmt: skip
    assert list(broken_records(office)) == []


def test_the_same_cheque_again_adds_nothing(office: Ledger) -> None:
    rows = [cheque("CH1", 3, 300, account_id="101"), cheque("CH2", 3, 50)]
    store(office, *rows)
    before = views.journal(office)
    assert counts(store(office, *rows)) == (0, 0, 2, 0)
    assert len(views.journal(office)) == len(before)


@pytest.mark.parametrize(
    ("more", "wanted"),
    [
        ({"split": "101:10000|102:20000"},
         [("CH1/101", "receipt", "B1", "101", -10_000),
          ("CH1/102", "receipt", "B1", "102", -20_000), ("CH1@B1", "deposit", "B1", "", 30_000)]),
        ({"split": "101:10000|201:20000"},
         [("CH1/101", "receipt", "B1", "101", -10_000),
          ("CH1/201", "receipt", "B2", "201", -20_000), ("CH1@B1", "deposit", "B1", "", 10_000),
          ("CH1@B2", "deposit", "B2", "", 20_000)]),
        ({"building_id": "B1"}, [("CH1@B1", "deposit", "B1", "", 30_000)]),
        ({}, []),
        ({"coupon_code": "PAP-201"},
         [("CH1", "receipt", "B2", "201", -30_000), ("CH1@B2", "deposit", "B2", "", 30_000)]),
        # What two accounts go by is nobody's (DOMAIN C5).
        ({"coupon_code": "TWICE"}, []),
        ({"coupon_code": "TWICE", "building_id": "B1"},
         [("CH1", "receipt", "B1", "102", -30_000), ("CH1@B1", "deposit", "B1", "", 30_000)]),
    ],
)  # fmt: skip
def test_what_the_cells_say_of_the_accounts(
    office: Ledger, more: dict[str, str], wanted: Sequence[tuple[str, str, str, str, int]]
) -> None:
    coupons = {"201": "PAP-201", "102": "TWICE"}
    accounts = [row | {"coupon_code": coupons.get(row["account_id"], "")}
                for row in small_office.ACCOUNTS]  # fmt: skip
    extra = {"account_id": "202", "building_id": "B2", "holder": "X", "kind": "tenant"}
    store_tables(office, accounts=[*accounts, extra | {"coupon_code": "TWICE"}])
    store(office, cheque("CH1", 3, 300, **more))
    assert sides(office) == list(wanted)
    assert list(broken_records(office)) == []


def test_a_card_payment_in_error_is_kept_without_sides(office: Ledger) -> None:
    rows = [
        card("T1", 3, 50, account_id="101", status="error"),
        card("T2", 3, 50, account_id="101"),
    ]
    assert counts(store(office, *rows, table="card_receipts")) == (2, 0, 0, 0)
    assert [name for name, *_ in sides(office)] == ["T2", "T2@B1"]
    assert len(office.frame("SELECT * FROM card_receipts")) == 2


def test_the_account_may_come_later_and_only_once(office: Ledger) -> None:
    store(office, cheque("CH1", 3, 300, building_id="B1"))
    assert counts(store(office, cheque("CH1", 3, 300, account_id="101"))) == (0, 1, 0, 0)
    assert [name for name, *_ in sides(office)] == ["CH1", "CH1@B1"]
    # What an import does not say it does not take back.
    assert counts(store(office, cheque("CH1", 3, 300, building_id="B1"))) == (0, 0, 1, 0)
    assert counts(store(office, cheque("CH1", 3, 300, account_id="101"))) == (0, 0, 1, 0)
    refused = store(office, cheque("CH1", 3, 300, account_id="102")).refused
    assert [(r.column, r.value) for r in refused] == [("account_id", "102")]
    assert list(broken_records(office)) == []


def test_a_cheque_in_one_building_does_not_move_to_another(office: Ledger) -> None:
    store(office, cheque("CH1", 3, 300, building_id="B1"))
    (refused,) = store(office, cheque("CH1", 3, 300, account_id="201")).refused
    assert refused.column == "account_id"
    assert [name for name, *_ in sides(office)] == ["CH1@B1"]


@pytest.mark.parametrize(
    ("column", "value"), [("amount_cents", 30_001), ("received_on", date(2026, 10, 4)),
                          ("drawer", "M. Aït")],
)  # fmt: skip
def test_the_money_of_a_cheque_never_changes(office: Ledger, column: str, value: object) -> None:
    store(office, cheque("CH1", 3, 300, account_id="101"))
    (refused,) = store(office, cheque("CH1", 3, 300, account_id="101") | {column: value}).refused
    assert refused.column == column
    assert "ne change pas" in refused.reason


def test_an_account_that_comes_later_explains_its_coupon(office: Ledger) -> None:
    store(office, cheque("CH1", 3, 300, coupon_code="NEW"))
    assert sides(office) == []
    new = {"account_id": "103", "building_id": "B1", "holder": "X", "kind": "coowner"}
    store_tables(office, accounts=[new | {"coupon_code": "NEW"}])
    assert [name for name, *_ in sides(office)] == ["CH1", "CH1@B1"]
    assert list(broken_records(office)) == []


def test_one_name_is_not_a_cheque_and_a_card_payment(office: Ledger) -> None:
    store(office, cheque("X1", 3, 300, account_id="101"))
    (refused,) = store(office, card("X1", 3, 50, account_id="101"), table="card_receipts").refused
    assert refused.column == "transaction_id"


def test_an_account_with_a_receipt_stays_in_its_building(office: Ledger) -> None:
    new = {"account_id": "103", "building_id": "B1", "holder": "X", "kind": "coowner"}
    store_tables(office, accounts=[new])
    store(office, cheque("CH1", 3, 300, account_id="103"))
    result = store_tables(office, accounts=[new | {"building_id": "B2"}])["accounts"]
    assert [r.column for r in result.refused] == ["building_id"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE cheques SET amount_cents = 1", "chèque CH1 (import de cheques"),
        ("UPDATE cheques SET account_id = '102'", "chèque CH1 (import de cheques"),
        ("DELETE FROM cheques", "chèque n° 1 (import de cheques"),
        ("UPDATE receipt_sides SET account_id = '102' WHERE kind = 'receipt'",
         "encaissement CH1 (import de cheques"),
        ("DELETE FROM items WHERE kind = 'deposit'", "encaissement CH1@B1 : il n'est plus suivi"),
        ("UPDATE items SET amount_cents = -1 WHERE kind = 'receipt'",
         "encaissement CH1 : ce qui est suivi"),
    ],
)  # fmt: skip
def test_a_changed_receipt_is_named(office: Ledger, change: str, said: str) -> None:
    store(office, cheque("CH1", 3, 300, account_id="101"))
    engine = create_engine(office.url)
    with engine.begin() as connection:
        if connection.dialect.name != "sqlite":
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        drop_guards(connection)
        assert connection.execute(text(change)).rowcount
        install_guards(connection)
    engine.dispose()
    assert any(words.startswith(said) for words in broken_records(office))


def test_receipts_of_an_older_ledger_are_sealed_and_find_their_sides(ledger_url: str) -> None:
    engine = create_engine(ledger_url)
    with engine.begin() as connection:
        command.upgrade(migrating.alembic_config(connection), "0003")
        connection.execute(text("INSERT INTO buildings (building_id) VALUES ('B1')"))
        connection.execute(
            text("INSERT INTO accounts (account_id, building_id) VALUES ('101', 'B1')")
        )
        connection.execute(
            text(
                "INSERT INTO cheques (cheque_id, received_on, amount_cents, account_id)"
                " VALUES ('CH2', '2026-10-03', 500, '101'), ('CH1', '2026-10-02', 700, '')"
            )
        )
        entry = journal.JournalEntry(action="import", subject="cheques", data={"table": "cheques"})
        journal.append(connection, [entry], actor="L. Verane", at=AT)
    engine.dispose()
    with open_ledger(ledger_url, create=True) as ledger:
        assert list(broken_records(ledger)) == []
        rows = ledger.frame("SELECT fact_id, cheque_id FROM cheques ORDER BY fact_id")
        assert rows.to_numpy().tolist() == [[1, "CH1"], [2, "CH2"]]
        account = {"account_id": "101", "building_id": "B1", "holder": "Mme Noé"}
        store_tables(ledger, accounts=[account])
        assert [name for name, *_ in sides(ledger)] == ["CH2", "CH2@B1"]
        assert list(broken_records(ledger)) == []
