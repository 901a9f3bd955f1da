"""The guards hold inside the database, for whoever writes past the program."""

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from tests import small_office
from workbench.ledger import views
from workbench.ledger.decisions import Verdict
from workbench.ledger.guards import missing_guards
from workbench.ledger.schema import APPEND_ONLY, METADATA
from workbench.ledger.store import Ledger

INSERT = text(
    "INSERT INTO allocations (allocation_id, seq, credit_item, debit_item, amount_cents, reverses,"
    " confidence) VALUES (:number, 1, :credit, :debit, :cents, :reverses, 1)"
)


@pytest.fixture
def decided(office: Ledger) -> Ledger:
    """The office with a link of 100,00 and a rejection: a row in every guarded table."""
    return _decided(office)


@pytest.fixture(scope="module")
def refusing(common_office: Ledger) -> Ledger:
    """The same, for all tests in which it stays as it is."""
    return _decided(common_office)


def _decided(ledger: Ledger) -> Ledger:
    items = small_office.items(ledger)
    small_office.decide(
        ledger,
        small_office.decision(
            small_office.line(items["M-noe"], items["D101"], 10_000),
            verdicts=(Verdict(item_id=items["M-ait"], kind="rejected", account_id="101"),),
        ),
    )
    small_office.check_something(ledger)
    small_office.remind_something(ledger)
    small_office.fetch_something(ledger)
    small_office.receive_something(ledger)
    small_office.detail_something(ledger)
    return ledger


def allocate(
    connection: Connection, credit: int, debit: int, cents: int, *, reverses: int | None = None
) -> None:
    number = connection.execute(text("SELECT MAX(allocation_id) + 1 FROM allocations")).scalar()
    connection.execute(
        INSERT,
        {"number": number, "credit": credit, "debit": debit, "cents": cents, "reverses": reverses},
    )


def carried(ledger: Ledger) -> dict[str, int]:
    """Returns what each item carries, by name, zeros left out."""
    names = {item: name for name, item in small_office.items(ledger).items()}
    frame = ledger.frame("SELECT item_id, allocated_cents FROM items WHERE allocated_cents <> 0")
    return {names[item]: int(cents) for item, cents in frame.itertuples(index=False)}


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("verb", ["update", "delete", "truncate", "replace"])
def test_append_only_tables_refuse_every_change(refusing: Ledger, table: str, verb: str) -> None:
    column = next(iter(METADATA.tables[table].columns)).name
    statement = {
        "update": f"UPDATE {table} SET {column} = {column}",
        "delete": f"DELETE FROM {table}",
        "truncate": f"TRUNCATE {table} CASCADE",
        "replace": f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    }[verb]
    if (verb == "truncate" and refusing.is_sqlite) or (
        verb == "replace" and not refusing.is_sqlite
    ):
        return  # the engine has no such statement
    before = refusing.frame(f"SELECT * FROM {table}")
    assert len(before)
    # Replacing the journal does not continue it, and that is said first.
    words = r"append-only|continues its chain"
    with pytest.raises(DBAPIError, match=words), refusing.writing() as connection:
        connection.exec_driver_sql(statement)
    assert refusing.frame(f"SELECT * FROM {table}").equals(before)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE items SET amount_cents = amount_cents * 2", "only in its allocated"),
        ("UPDATE items SET building_id = 'B2' WHERE building_id = 'B1'", "only in its allocated"),
        ("UPDATE items SET account_id = 'X'", "only in its allocated"),
        ("UPDATE items SET kind = 'due' WHERE kind = 'movement'", "only in its allocated"),
        ("UPDATE items SET item_id = item_id + 1000", "only in its allocated"),
        ("DELETE FROM items WHERE item_id = 1", "never removed"),
        ("UPDATE items SET allocated_cents = amount_cents + 1 WHERE amount_cents > 0", "within_am"),
        ("UPDATE items SET allocated_cents = amount_cents - 1 WHERE amount_cents < 0", "within_am"),
        ("UPDATE items SET allocated_cents = -1 WHERE amount_cents > 0", "within_amount"),
        ("UPDATE items SET allocated_cents = 1 WHERE amount_cents < 0", "within_amount"),
    ],
)
def test_items_refuse_every_change(refusing: Ledger, change: str, words: str) -> None:
    before = refusing.frame("SELECT * FROM items ORDER BY item_id")
    with pytest.raises(DBAPIError, match=words), refusing.writing() as connection:
        connection.execute(text(change))
    assert refusing.frame("SELECT * FROM items ORDER BY item_id").equals(before)


def test_items_cannot_be_emptied_at_once(postgres_url: str) -> None:
    with (
        small_office.office(postgres_url) as ledger,
        pytest.raises(DBAPIError, match=r"never removed|append-only"),
        ledger.writing() as connection,
    ):
        connection.execute(text("TRUNCATE items CASCADE"))


# Amounts of the office: M-noe 300,00 · M-ait 430,50 · D101 300,00 · D102 450,50 · R102 -20,00
@pytest.mark.parametrize(
    ("credit", "debit", "cents"),
    [("M-noe", "D101", 20_000), ("M-noe", "D102", 20_000), ("R102", "D102", 2_000),
     ("F1", "M-ascenseur", 12_000), ("M-ait", "M-frais", 1)],
)  # fmt: skip
def test_what_an_allocation_may_join(decided: Ledger, credit: str, debit: str, cents: int) -> None:
    items = small_office.items(decided)
    with decided.writing() as connection:
        allocate(connection, items[credit], items[debit], cents)
    expected = {"M-noe": -10_000, "D101": 10_000}
    expected[credit] = expected.get(credit, 0) - cents
    expected[debit] = expected.get(debit, 0) + cents
    assert carried(decided) == expected


@pytest.mark.parametrize(
    ("credit", "debit", "cents", "words"),
    [
        # 100,00 of the 300,00 are used on both sides.
        ("M-noe", "D101", 20_001, "within_amount"),
        ("M-noe", "D102", 20_001, "within_amount"),
        ("M-ait", "D101", 20_001, "within_amount"),
        ("M-noe", "D101", 0, "ck_allocations_sign"),
        ("M-noe", "D101", -1, "ck_allocations_sign|within_amount"),
        ("D101", "M-noe", 100, "joins one - item and one"),
        ("D101", "D102", 100, "joins one - item and one"),
        ("M-noe", "M-ait", 100, "joins one - item and one"),
        ("R102", "F1", 100, "joins one - item and one"),
        ("M-noe", "D201", 100, "one building"),
        ("M-quai", "D101", 100, "one building"),
        ("M-noe", "nothing", 100, "joins one - item and one"),
        ("nothing", "D101", 100, "joins one - item and one"),
        # Its IBAN is nobody's: it waits, and cannot be linked.
        ("M-inconnu", "D101", 100, "joins one - item and one"),
    ],
)
def test_what_an_allocation_may_not_join(
    refusing: Ledger, credit: str, debit: str, cents: int, words: str
) -> None:
    items = small_office.items(refusing) | {"nothing": 999_999}
    with pytest.raises(DBAPIError, match=words), refusing.writing() as connection:
        allocate(connection, items[credit], items[debit], cents)
    assert carried(refusing) == {"M-noe": -10_000, "D101": 10_000}


def test_a_reversal_gives_back_exactly(decided: Ledger) -> None:
    items = small_office.items(decided)
    with decided.writing() as connection:
        allocate(connection, items["M-noe"], items["D101"], -10_000, reverses=1)
    assert carried(decided) == {}


@pytest.mark.parametrize(
    ("credit", "debit", "cents", "reverses"),
    [
        ("M-noe", "D101", -9_999, 1),
        ("M-noe", "D101", -10_001, 1),
        ("M-noe", "D102", -10_000, 1),
        ("M-ait", "D101", -10_000, 1),
        ("M-noe", "D101", -10_000, 7),
    ],
)
def test_a_reversal_mirrors_what_it_reverses(
    refusing: Ledger, credit: str, debit: str, cents: int, reverses: int
) -> None:
    items = small_office.items(refusing)
    with (
        pytest.raises(DBAPIError, match="reversal mirrors one allocation"),
        refusing.writing() as connection,
    ):
        allocate(connection, items[credit], items[debit], cents, reverses=reverses)
    assert carried(refusing) == {"M-noe": -10_000, "D101": 10_000}


def test_a_reversal_takes_away_what_it_gave_not_more(refusing: Ledger) -> None:
    items = small_office.items(refusing)
    with pytest.raises(DBAPIError, match=r"sign|mirrors"), refusing.writing() as connection:
        allocate(connection, items["M-noe"], items["D101"], 10_000, reverses=1)


@pytest.mark.parametrize("another", [False, True])
def test_nothing_is_reversed_twice(decided: Ledger, another: bool) -> None:
    items = small_office.items(decided)
    with decided.writing() as connection:
        if another:  # so that the items could bear a second reversal
            allocate(connection, items["M-noe"], items["D101"], 10_000)
        allocate(connection, items["M-noe"], items["D101"], -10_000, reverses=1)
    before = carried(decided)
    with pytest.raises(DBAPIError, match="reversed once"), decided.writing() as connection:
        allocate(connection, items["M-noe"], items["D101"], -10_000, reverses=1)
    assert carried(decided) == before


def test_a_reversal_is_not_reversed(decided: Ledger) -> None:
    items = small_office.items(decided)
    with decided.writing() as connection:
        allocate(connection, items["M-noe"], items["D101"], -10_000, reverses=1)
    with pytest.raises(DBAPIError, match=r"sign|mirrors"), decided.writing() as connection:
        allocate(connection, items["M-noe"], items["D101"], 10_000, reverses=2)
    assert carried(decided) == {}


@pytest.mark.parametrize(
    ("seq", "previous"),
    [("last + 2", "h"), ("last", "h"), ("last + 1", "'f00'"), ("last + 1", "''"), ("0", "''")],
)
def test_a_journal_row_continues_the_chain(refusing: Ledger, seq: str, previous: str) -> None:
    before = views.journal(refusing)
    with pytest.raises(DBAPIError, match="continues its chain"), refusing.writing() as connection:
        connection.execute(
            text(
                "INSERT INTO journal (seq, at, actor, action, subject, data, hash, previous_hash)"
                f" SELECT {seq}, 'x', 'x', 'x', 'x', '{{}}', :hash, {previous} FROM"
                " (SELECT seq AS last, hash AS h FROM journal ORDER BY seq DESC LIMIT 1) j"
            ),
            {"hash": "0" * 64},
        )
    assert views.journal(refusing).equals(before)


@pytest.mark.parametrize(
    "trouble",
    ["dropped", "emptied", "renamed", "disabled", "on another table", "at another moment"],
)
def test_a_guard_that_is_not_as_it_should_be_is_missed(empty: Ledger, trouble: str) -> None:
    name = "guard_items_kept"
    create = f"CREATE TRIGGER {name} BEFORE DELETE ON items"
    sqlite = {
        "dropped": [f"DROP TRIGGER {name}"],
        "emptied": [f"DROP TRIGGER {name}", f"{create} BEGIN SELECT 1; END"],
        "on another table": [
            f"DROP TRIGGER {name}",
            f"CREATE TRIGGER {name} BEFORE DELETE ON calls BEGIN SELECT 1; END",
        ],
    }
    run = f"FOR EACH ROW EXECUTE FUNCTION {name}()"
    postgres = {
        "dropped": [f"DROP TRIGGER {name} ON items"],
        "emptied": [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'"
        ],
        "renamed": [f"ALTER TRIGGER {name} ON items RENAME TO other"],
        "disabled": [f"ALTER TABLE items DISABLE TRIGGER {name}"],
        "on another table": [
            f"DROP TRIGGER {name} ON items",
            f"CREATE TRIGGER {name} BEFORE DELETE ON calls {run}",
        ],
        "at another moment": [
            f"DROP TRIGGER {name} ON items",
            f"CREATE TRIGGER {name} AFTER INSERT ON items {run}",
        ],
    }
    steps = (sqlite if empty.is_sqlite else postgres).get(trouble, [])
    with empty.writing() as connection:
        for step in steps:
            connection.exec_driver_sql(step)
        missing = missing_guards(connection)
    if steps:
        assert name in missing
    else:
        assert missing == []
