"""Opening, writing alone, reading at one moment; what is not a ledger is refused in French."""

import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from tests import small_office
from workbench.domain.errors import LedgerError
from workbench.ledger import engines, migrating, schema, store, views
from workbench.ledger.guards import install_guards
from workbench.ledger.store import Ledger, insert_rows, next_number, open_ledger


def run(url: str, *statements: str) -> None:
    """Runs SQL as another program would."""
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def test_a_new_ledger_is_empty_and_opens_again(ledger_url: str) -> None:
    with open_ledger(ledger_url, create=True) as ledger:
        assert views.buildings(ledger).empty
    with open_ledger(ledger_url) as ledger:
        assert views.journal_head(ledger).empty


def test_creating_again_keeps_what_is_there(ledger_url: str) -> None:
    with small_office.office(ledger_url) as ledger:
        before = views.journal(ledger)
    with open_ledger(ledger_url, create=True) as ledger:
        assert views.journal(ledger).equals(before)


def test_the_ledger_comes_from_the_environment(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ledger(sqlite_url, create=True).close()
    monkeypatch.setenv("WORKBENCH_LEDGER", sqlite_url)
    with open_ledger() as ledger:
        assert str(ledger.url) == sqlite_url


def test_without_anything_said_it_lies_in_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    open_ledger(create=True).close()
    assert (tmp_path / "data" / "workbench.db").is_file()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("n'importe quoi", "adresse de registre incomprise"),
        ("nosuch://x", "moteur de registre inconnu : nosuch"),
        ("mysql://u:secret@h/b", "moteur de registre inconnu : mysql"),
        ("sqlite://", "un registre SQLite est un fichier"),
        ("sqlite:///:memory:", "un registre SQLite est un fichier"),
    ],
)
def test_an_impossible_address(url: str, words: str) -> None:
    with pytest.raises(LedgerError, match=words) as refused:
        open_ledger(url, create=True)
    assert "secret" not in str(refused.value)


def test_no_ledger_is_not_made_by_looking(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "none.db"
    with pytest.raises(LedgerError, match=r"aucun registre à .*none\.db\. Le créer avec"):
        open_ledger(f"sqlite:///{path}")
    assert not path.parent.exists()


def test_an_empty_database_is_no_ledger(postgres_url: str) -> None:
    with pytest.raises(LedgerError, match="ne contient pas de registre"):
        open_ledger(postgres_url)
    with pytest.raises(LedgerError, match="ne contient pas de registre"):
        open_ledger(postgres_url, read_only=True, create=True)


def test_an_empty_file_is_no_ledger_and_may_become_one(tmp_path: Path) -> None:
    path = tmp_path / "empty.db"
    path.touch()
    with pytest.raises(LedgerError, match="aucun registre"):
        open_ledger(f"sqlite:///{path}")
    open_ledger(f"sqlite:///{path}", create=True).close()


@pytest.mark.parametrize("create", [False, True])
def test_a_file_of_something_else_is_left_alone(tmp_path: Path, create: bool) -> None:
    path = tmp_path / "letter.db"
    path.write_text("Chère Madame, veuillez trouver ci-joint", encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="n'est pas un registre"):
        open_ledger(f"sqlite:///{path}", create=create)
    assert path.read_bytes() == before


@pytest.mark.parametrize("create", [False, True])
def test_another_programs_database_is_left_alone(ledger_url: str, create: bool) -> None:
    run(ledger_url, "CREATE TABLE bookmarks (url TEXT)")
    with pytest.raises(LedgerError, match=r"contient d'autres tables \(bookmarks\)"):
        open_ledger(ledger_url, create=create)
    engine = create_engine(ledger_url)
    with engine.connect() as connection:
        assert connection.dialect.get_table_names(connection) == ["bookmarks"]
    engine.dispose()


@pytest.mark.parametrize("create", [False, True])
def test_a_ledger_of_a_later_version(ledger_url: str, create: bool) -> None:
    open_ledger(ledger_url, create=True).close()
    run(ledger_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LedgerError, match=r"schéma 9999.*mettre workbench à jour"):
        open_ledger(ledger_url, create=create)


def test_a_ledger_of_an_earlier_version_waits_for_an_import(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_ledger(sqlite_url, create=True).close()
    current = migrating.HEAD
    monkeypatch.setattr(migrating, "HEAD", "9999")
    with pytest.raises(LedgerError, match=rf"antérieure \(schéma {current}, celui-ci lit 9999"):
        open_ledger(sqlite_url)


def test_a_damaged_file(tmp_path: Path, sqlite_url: str) -> None:
    open_ledger(sqlite_url, create=True).close()
    path = tmp_path / "ledger.db"
    content = bytearray(path.read_bytes())
    content[100:4096] = b"\xff" * 3996
    path.write_bytes(content)
    with pytest.raises(LedgerError, match="est endommagé"):
        open_ledger(sqlite_url)


def test_a_damaged_text_is_said_where_it_is_read(tmp_path: Path, sqlite_url: str) -> None:
    with small_office.office(sqlite_url):
        pass
    path = tmp_path / "ledger.db"
    path.write_bytes(path.read_bytes().replace("Mme Noé".encode(), b"Mme No\xff\xff"))
    with open_ledger(sqlite_url) as ledger:
        with pytest.raises(LedgerError, match=r"est endommagé .*workbench verify"):
            views.accounts(ledger)
        assert len(views.dues(ledger)) == 6


def test_no_server_there() -> None:
    with pytest.raises(LedgerError, match=r"127\.0\.0\.1/office ne répond pas") as refused:
        open_ledger("postgresql://u:secret@127.0.0.1:1/office")
    assert "secret" not in str(refused.value)
    assert "\n" not in str(refused.value)


def test_missing_guards_are_named(ledger_url: str) -> None:
    open_ledger(ledger_url, create=True).close()
    on = "" if ledger_url.startswith("sqlite") else " ON allocations"
    run(ledger_url, f"DROP TRIGGER guard_allocations_join{on}")
    with pytest.raises(LedgerError, match=r"\(guard_allocations_join\)"):
        open_ledger(ledger_url)
    # Not mended in silence either: who took it away may have changed rows too.
    with pytest.raises(LedgerError, match="verify"):
        open_ledger(ledger_url, create=True)


def test_read_only_refuses_every_write(ledger_url: str) -> None:
    with small_office.office(ledger_url):
        pass
    with open_ledger(ledger_url, read_only=True) as ledger:
        with pytest.raises(LedgerError, match="lecture seule"), ledger.writing():
            pass
        # In the database itself too, for who goes past `writing`.
        with pytest.raises(DBAPIError), ledger.engine.begin() as connection:
            connection.execute(text("UPDATE accounts SET holder = 'X'"))
        with pytest.raises(LedgerError, match="ne répond pas"):
            ledger.frame("DELETE FROM accounts")
        assert set(views.accounts(ledger)["holder"]) >= {"Mme Noé"}


def test_frames_cannot_write_in_a_writable_ledger(office: Ledger) -> None:
    with pytest.raises(LedgerError):
        office.frame("DELETE FROM accounts")
    assert len(views.accounts(office)) == len(small_office.ACCOUNTS)


def test_a_failed_transaction_leaves_nothing(office: Ledger) -> None:
    before = views.journal(office)

    def fail() -> None:
        with office.writing() as connection:
            connection.execute(text("UPDATE buildings SET name = 'X'"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert views.journal(office).equals(before)
    assert "X" not in set(views.buildings(office)["name"])


def test_a_second_writer_is_told_to_wait(ledger_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "BUSY_SECONDS", 1)
    monkeypatch.setattr(engines, "BUSY_SECONDS", 1)
    with small_office.office(ledger_url) as one, open_ledger(ledger_url) as other, one.writing():
        with pytest.raises(LedgerError, match="occupé par une autre écriture"), other.writing():
            pass
        # Opening and reading need no turn.
        with open_ledger(ledger_url) as third, third.reading() as connection:
            assert connection.execute(text("SELECT COUNT(*) FROM dues")).scalar() == 6
    with open_ledger(ledger_url) as again, again.writing():
        pass


def test_writers_take_turns(ledger_url: str) -> None:
    order: list[str] = []
    inside = threading.Event()
    with small_office.office(ledger_url) as one, open_ledger(ledger_url) as other:

        def second() -> None:
            inside.wait()
            with other.writing():
                order.append("second")

        thread = threading.Thread(target=second)
        thread.start()
        with one.writing():
            inside.set()
            thread.join(timeout=0.3)
            order.append("first")
        thread.join()
    assert order == ["first", "second"]


def test_a_snapshot_stands_still_while_others_write(office: Ledger) -> None:
    with open_ledger(office.address) as other, office.snapshot():
        before = views.buildings(office)
        small_office.store_tables(
            other, buildings=[{"building_id": "B3", "name": "Neuf", "kind": "rental"}]
        )
        assert views.buildings(office).equals(before)
        with office.snapshot():
            assert views.buildings(office).equals(before)
        assert views.buildings(office).equals(before)
    assert list(views.buildings(office)["building_id"]) == ["B1", "B2", "B3"]


def test_a_read_transaction_stands_still_while_others_write(office: Ledger) -> None:
    count = text("SELECT COUNT(*) FROM buildings")
    with open_ledger(office.address) as other, office.reading() as connection:
        assert connection.execute(count).scalar() == 2
        small_office.store_tables(
            other, buildings=[{"building_id": "B3", "name": "Neuf", "kind": "rental"}]
        )
        assert connection.execute(count).scalar() == 2


def test_a_frame_sees_what_was_written_just_before(office: Ledger) -> None:
    views.buildings(office)
    small_office.store_tables(
        office, buildings=[{"building_id": "B3", "name": "Neuf", "kind": "rental"}]
    )
    assert "B3" in set(views.buildings(office)["building_id"])


def test_frame_parameters_are_values_not_sql(office: Ledger) -> None:
    assert views.accounts(office, building_id="B1' OR '1'='1").empty
    assert views.journal(office, subject="'; DROP TABLE journal; --").empty
    assert len(views.journal(office))


def test_a_frame_of_nonsense_is_one_french_line(office: Ledger) -> None:
    with pytest.raises(LedgerError, match=r"le registre .* ne répond pas") as refused:
        office.frame("SELECT nothing FROM nowhere")
    assert "\n" not in str(refused.value)
    assert len(views.accounts(office))


def test_a_ledger_that_went_away(tmp_path: Path, sqlite_url: str) -> None:
    ledger = open_ledger(sqlite_url, create=True)
    for path in tmp_path.glob("ledger.db*"):
        path.unlink()
    with pytest.raises(LedgerError, match="a disparu"):
        views.buildings(ledger)
    ledger.close()


def test_odd_folder_names(tmp_path: Path) -> None:
    path = tmp_path / "Étude & fils #1 50% ?" / "a b.db"
    with open_ledger(f"sqlite:///{path}".replace("?", "%3F"), create=True) as ledger:
        assert views.buildings(ledger).empty


def test_rows_are_inserted_to_the_byte(empty: Ledger) -> None:
    odd = ["", "é — 東京 🏠", "a\tb\nc\r\\d\\N", "'\"; --", " \u00a0 ", "\\x41"]
    rows = [(f"B{n}", word) for n, word in enumerate(odd)]
    with empty.writing() as connection:
        insert_rows(connection, schema.buildings, ("building_id", "name"), rows)
    assert list(views.buildings(empty)["name"]) == odd


def test_numbers_start_at_one_and_follow(empty: Ledger) -> None:
    with empty.writing() as connection:
        assert next_number(connection, schema.findings, "finding_id") == 1
        insert_rows(connection, schema.findings, ("finding_id",), [(7,)])
        assert next_number(connection, schema.findings, "finding_id") == 8


def test_a_schema_of_its_own_on_a_shared_server(postgres_url: str) -> None:
    run(postgres_url, "CREATE TABLE bookmarks (url TEXT)", "CREATE SCHEMA workbench")
    own = f"{postgres_url}{'&' if '?' in postgres_url else '?'}options=-csearch_path%3Dworkbench"
    with open_ledger(own, create=True) as ledger:
        small_office.fill(ledger)
        assert len(views.accounts(ledger)) == len(small_office.ACCOUNTS)
        assert set(views.movements(ledger)["status"]) == {"unmatched"}
    with open_ledger(own, read_only=True) as ledger:
        assert len(views.buildings(ledger)) == 2
    with pytest.raises(LedgerError, match="bookmarks"):
        open_ledger(postgres_url)


def test_sqlite_keeps_what_it_promised_on_power_loss(sqlite_url: str) -> None:
    with open_ledger(sqlite_url, create=True) as ledger, ledger.writing() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("synchronous", "journal_mode", "foreign_keys", "recursive_triggers")
        }
    assert pragmas == {
        "synchronous": 2, "journal_mode": "wal", "foreign_keys": 1, "recursive_triggers": 1,
    }  # fmt: skip


def test_a_full_disk_is_said_and_changes_nothing(sqlite_url: str) -> None:
    with small_office.office(sqlite_url) as ledger:
        before = views.journal(ledger)

        def fill_the_disk() -> None:
            rows = ((f"N{n:09}", "x" * 500) for n in range(20_000))
            with ledger.writing() as connection:
                pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
                connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
                insert_rows(connection, schema.buildings, ("building_id", "name"), rows)

        with pytest.raises(LedgerError, match="full"):
            fill_the_disk()
    with open_ledger(sqlite_url) as ledger:
        assert views.journal(ledger).equals(before)
        assert len(views.buildings(ledger)) == 2


def test_guards_come_back_for_a_second_install(empty: Ledger) -> None:
    with empty.writing() as connection:
        install_guards(connection)
    open_ledger(empty.address).close()


def test_a_file_of_another_sqlite_program_with_its_own_versions(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
    connection.execute("INSERT INTO alembic_version VALUES ('abc123')")
    connection.commit()
    connection.close()
    with pytest.raises(LedgerError, match="schéma abc123"):
        open_ledger(f"sqlite:///{path}", create=True)
