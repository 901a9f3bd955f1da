"""What the migrations make is what the code declares, and guards outlive a migration."""

from typing import Literal

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from tests import small_office
from workbench.domain.errors import InvariantError, LedgerError
from workbench.domain.tables import TABLES
from workbench.ledger import migrating, verification
from workbench.ledger.guards import (
    check_guards,
    install_guards,
    missing_guards,
)
from workbench.ledger.schema import APPEND_ONLY, METADATA
from workbench.ledger.store import Ledger, open_ledger


def test_migrations_make_what_the_code_declares(empty: Ledger) -> None:
    with empty.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_a_column_too_many_would_be_seen(empty: Ledger) -> None:
    with empty.writing() as connection:
        connection.execute(text("ALTER TABLE calls ADD COLUMN colour TEXT"))
        differences = compare_metadata(MigrationContext.configure(connection), METADATA)
    assert [d[0] for d in differences] == ["remove_column"]


def test_every_check_of_the_code_is_in_the_database(empty: Ledger) -> None:
    # Alembic does not compare CHECK constraints.
    declared = {
        table.name: {
            c.name for c in table.constraints if isinstance(c, sa.CheckConstraint) and c.name
        }
        for table in METADATA.tables.values()
    }
    with empty.reading() as connection:
        inspector = sa.inspect(connection)
        found = {
            name: {c["name"] for c in inspector.get_check_constraints(name)} for name in declared
        }
    assert {k: v for k, v in found.items() if v} == {k: v for k, v in declared.items() if v}
    assert found["items"] == {"ck_items_kind", "ck_items_within_amount"}


def test_every_table_of_the_contract_has_its_place() -> None:
    for table in TABLES:
        stored = set(METADATA.tables[table.name].columns.keys())
        assert {column.stored for column in table.columns} <= stored


def test_sqlite_tables_are_strict(sqlite_url: str) -> None:
    with open_ledger(sqlite_url, create=True) as ledger, ledger.reading() as connection:
        rows = connection.exec_driver_sql("PRAGMA table_list").all()
    strict = {row[1]: row[5] for row in rows if row[0] == "main"}
    assert {name: strict[name] for name in METADATA.tables} == dict.fromkeys(METADATA.tables, 1)


def test_texts_sort_the_same_on_both_engines(empty: Ledger) -> None:
    words = ["É", "a", "Z", "à", "-", "b-1", "b1", "B", "10", "9", "_"]
    rows = [{"building_id": w, "name": w, "kind": "rental"} for w in words]
    small_office.store_tables(empty, buildings=rows)
    found = empty.frame("SELECT building_id FROM buildings ORDER BY building_id")
    assert list(found["building_id"]) == sorted(words)
    assert empty.frame("SELECT MAX(building_id) AS last FROM buildings")["last"].item() == "à"


def replace_table(connection: Connection, table: str) -> None:
    """Does what Alembic's batch mode does on SQLite: another table, the rows, the first dropped."""
    operations = Operations(MigrationContext.configure(connection))
    # PostgreSQL changes a table in its place.
    recreate: Literal["always", "never"] = (
        "always" if connection.dialect.name == "sqlite" else "never"
    )
    with operations.batch_alter_table(table, recreate=recreate) as batch:
        batch.add_column(sa.Column("later", sa.Text, nullable=False, server_default=""))


def test_batch_mode_drops_guards_in_silence_and_that_is_seen(office: Ledger) -> None:
    if not office.is_sqlite:
        return  # PostgreSQL changes a table in its place
    with office.writing() as connection:
        replace_table(connection, "verdicts")
        assert missing_guards(connection) == ["guard_verdicts_delete", "guard_verdicts_update"]
    with pytest.raises(LedgerError, match=r"\(guard_verdicts_delete, guard_verdicts_update\)"):
        open_ledger(office.address)
    with office.writing() as connection:
        install_guards(connection)
        assert missing_guards(connection) == []
    open_ledger(office.address).close()


@pytest.mark.parametrize("table", [*APPEND_ONLY, "items"])
def test_a_migration_replaces_any_table_and_the_guards_are_back(
    office: Ledger, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    def upgrade(config: Config, _target: str) -> None:
        connection: Connection = config.attributes["connection"]
        replace_table(connection, table)
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    before = {name: len(office.frame(f"SELECT * FROM {name}")) for name in METADATA.tables}
    monkeypatch.setattr(migrating, "HEAD", "9999")
    monkeypatch.setattr(command, "upgrade", upgrade)
    with open_ledger(office.address, create=True) as ledger:
        with ledger.reading() as connection:
            check_guards(connection)
        after = {name: ledger.frame(f"SELECT * FROM {name}") for name in METADATA.tables}
        assert {name: len(frame) for name, frame in after.items()} == before
        assert list(after[table]["later"]) == [""] * before[table]
        assert list(verification.broken_records(ledger)) == []
        # References hold again in the very same connections.
        with pytest.raises(DBAPIError), ledger.writing() as connection:
            connection.execute(
                text("INSERT INTO verdicts (verdict_id, seq, item_id) VALUES (1, 9, 9)")
            )


def test_a_migration_that_loses_rows_leaves_the_ledger_as_it_was(
    office: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def upgrade(config: Config, _target: str) -> None:
        config.attributes["connection"].execute(text("DELETE FROM files"))

    monkeypatch.setattr(migrating, "HEAD", "9999")
    monkeypatch.setattr(command, "upgrade", upgrade)
    with pytest.raises((InvariantError, LedgerError)):
        open_ledger(office.address, create=True)
    monkeypatch.undo()
    with open_ledger(office.address) as ledger:
        assert list(verification.broken_records(ledger)) == []
