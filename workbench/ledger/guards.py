"""The triggers that hold the ledger's promises inside the database, whoever writes to it.

Re-created after every migration, because Alembic's batch mode on SQLite drops triggers in silence,
and compared with what is in the database each time a ledger opens.

What they hold
- append-only tables refuse UPDATE and DELETE;
- an allocation joins one - item (`credit_item`) and one + item (`debit_item`) of one building
  (LAW L7), and adds itself to both; the CHECK on `items` keeps each within its amount;
- a reversal mirrors exactly one allocation that is not itself a reversal, and once;
- an item changes in nothing but its allocated cents, and is never removed;
- a journal row continues the chain: the next number, the previous row's hash.
"""

from typing import Final

from sqlalchemy import Connection, text

from workbench.domain.errors import LedgerError
from workbench.ledger.schema import APPEND_ONLY

_DAMAGED = (
    "les gardes du registre manquent ou ont été modifiées ({}). Restaurer une sauvegarde, "
    "ou vérifier avec « workbench verify » avant toute écriture"
)


def _sqlite_append_only(table: str) -> dict[str, str]:
    return {
        f"guard_{table}_{verb.lower()}": f"CREATE TRIGGER guard_{table}_{verb.lower()} "
        f"BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    }


_SQLITE_JOINS: Final = """CREATE TRIGGER guard_allocations_join BEFORE INSERT ON allocations BEGIN
  SELECT RAISE(ABORT, 'an allocation joins one - item and one + item')
  WHERE NOT EXISTS (SELECT 1 FROM items WHERE item_id = NEW.credit_item AND amount_cents < 0)
     OR NOT EXISTS (SELECT 1 FROM items WHERE item_id = NEW.debit_item AND amount_cents > 0);
  SELECT RAISE(ABORT, 'an allocation stays within one building')
  WHERE (SELECT building_id FROM items WHERE item_id = NEW.credit_item)
     <> (SELECT building_id FROM items WHERE item_id = NEW.debit_item);
  SELECT RAISE(ABORT, 'a reversal mirrors one allocation')
  WHERE NEW.reverses IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM allocations a WHERE a.allocation_id = NEW.reverses AND a.reverses IS NULL
      AND a.credit_item = NEW.credit_item AND a.debit_item = NEW.debit_item
      AND a.amount_cents = -NEW.amount_cents);
  SELECT RAISE(ABORT, 'an allocation is reversed once')
  WHERE EXISTS (SELECT 1 FROM allocations a WHERE a.reverses = NEW.reverses);
END"""
_SQLITE_ADDS: Final = """CREATE TRIGGER guard_allocations_add AFTER INSERT ON allocations BEGIN
  UPDATE items SET allocated_cents = allocated_cents - NEW.amount_cents
  WHERE item_id = NEW.credit_item;
  UPDATE items SET allocated_cents = allocated_cents + NEW.amount_cents
  WHERE item_id = NEW.debit_item;
END"""
_SQLITE_ITEM_FIXED: Final = """CREATE TRIGGER guard_items_fixed
BEFORE UPDATE OF item_id, kind, building_id, account_id, amount_cents ON items BEGIN
  SELECT RAISE(ABORT, 'an item changes only in its allocated cents');
END"""
_SQLITE_ITEM_KEPT: Final = """CREATE TRIGGER guard_items_kept BEFORE DELETE ON items BEGIN
  SELECT RAISE(ABORT, 'an item is never removed');
END"""
_SQLITE_CHAIN: Final = """CREATE TRIGGER guard_journal_chain BEFORE INSERT ON journal BEGIN
  SELECT RAISE(ABORT, 'the journal continues its chain')
  WHERE NEW.seq <> 1 + COALESCE((SELECT MAX(seq) FROM journal), 0)
     OR NEW.previous_hash <> COALESCE((SELECT hash FROM journal WHERE seq = NEW.seq - 1), '');
END"""

SQLITE_GUARDS: Final[dict[str, str]] = {
    **{name: ddl for table in APPEND_ONLY for name, ddl in _sqlite_append_only(table).items()},
    "guard_allocations_join": _SQLITE_JOINS,
    "guard_allocations_add": _SQLITE_ADDS,
    "guard_items_fixed": _SQLITE_ITEM_FIXED,
    "guard_items_kept": _SQLITE_ITEM_KEPT,
    "guard_journal_chain": _SQLITE_CHAIN,
}

_POSTGRES_BODIES: Final[dict[str, str]] = {
    "guard_append_only": """
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'check_violation';
END""",
    "guard_allocations_join": """
DECLARE
  credit items%ROWTYPE;
  debit items%ROWTYPE;
BEGIN
  -- Both items are locked in id order, so that two writers never wait for each other.
  PERFORM 1 FROM items WHERE item_id IN (NEW.credit_item, NEW.debit_item)
    ORDER BY item_id FOR UPDATE;
  SELECT * INTO credit FROM items WHERE item_id = NEW.credit_item;
  SELECT * INTO debit FROM items WHERE item_id = NEW.debit_item;
  IF credit.amount_cents IS NULL OR debit.amount_cents IS NULL
     OR credit.amount_cents >= 0 OR debit.amount_cents <= 0 THEN
    RAISE EXCEPTION 'an allocation joins one - item and one + item'
      USING ERRCODE = 'check_violation';
  END IF;
  IF credit.building_id <> debit.building_id THEN
    RAISE EXCEPTION 'an allocation stays within one building' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.reverses IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM allocations a WHERE a.allocation_id = NEW.reverses AND a.reverses IS NULL
      AND a.credit_item = NEW.credit_item AND a.debit_item = NEW.debit_item
      AND a.amount_cents = -NEW.amount_cents) THEN
    RAISE EXCEPTION 'a reversal mirrors one allocation' USING ERRCODE = 'check_violation';
  END IF;
  -- Also a unique constraint, but that one is looked at after the items have been changed.
  IF EXISTS (SELECT 1 FROM allocations a WHERE a.reverses = NEW.reverses) THEN
    RAISE EXCEPTION 'an allocation is reversed once' USING ERRCODE = 'check_violation';
  END IF;
  UPDATE items SET allocated_cents = allocated_cents - NEW.amount_cents
    WHERE item_id = NEW.credit_item;
  UPDATE items SET allocated_cents = allocated_cents + NEW.amount_cents
    WHERE item_id = NEW.debit_item;
  RETURN NEW;
END""",
    "guard_items_fixed": """
BEGIN
  IF (NEW.item_id, NEW.kind, NEW.building_id, NEW.account_id, NEW.amount_cents)
     IS DISTINCT FROM (OLD.item_id, OLD.kind, OLD.building_id, OLD.account_id, OLD.amount_cents)
  THEN
    RAISE EXCEPTION 'an item changes only in its allocated cents'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END""",
    "guard_items_kept": """
BEGIN
  RAISE EXCEPTION 'an item is never removed' USING ERRCODE = 'check_violation';
END""",
    "guard_journal_chain": """
BEGIN
  IF NEW.seq <> 1 + COALESCE((SELECT MAX(seq) FROM journal), 0)
     OR NEW.previous_hash <> COALESCE((SELECT hash FROM journal WHERE seq = NEW.seq - 1), '') THEN
    RAISE EXCEPTION 'the journal continues its chain' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END""",
}
# trigger: (when, table, function). TRUNCATE has no row trigger, so it gets one of its own.
_POSTGRES_TRIGGERS: Final[dict[str, tuple[str, str, str]]] = {
    **{
        f"guard_{table}_{name}": (when, table, "guard_append_only")
        for table in APPEND_ONLY
        for name, when in (("change", "BEFORE UPDATE OR DELETE"), ("truncate", "BEFORE TRUNCATE"))
    },
    "guard_allocations_join": ("BEFORE INSERT", "allocations", "guard_allocations_join"),
    "guard_items_fixed": ("BEFORE UPDATE", "items", "guard_items_fixed"),
    "guard_items_kept": ("BEFORE DELETE", "items", "guard_items_kept"),
    "guard_items_truncate": ("BEFORE TRUNCATE", "items", "guard_items_kept"),
    "guard_journal_chain": ("BEFORE INSERT", "journal", "guard_journal_chain"),
}
# How pg_trigger.tgtype says it.
_POSTGRES_BITS: Final = {
    "ROW": 1, "BEFORE": 2, "INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32,
}  # fmt: skip


def install_guards(connection: Connection) -> None:
    """Creates every guard anew; safe to call again."""
    drop_guards(connection)
    if connection.dialect.name == "sqlite":
        for ddl in SQLITE_GUARDS.values():
            connection.exec_driver_sql(ddl)
        return
    for name, body in _POSTGRES_BODIES.items():
        connection.exec_driver_sql(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$guard${body.replace('%', '%%')}$guard$"
        )
    for name, (when, table, function) in _POSTGRES_TRIGGERS.items():
        connection.exec_driver_sql(
            f"CREATE TRIGGER {name} {when} ON {table}"
            f" FOR EACH {_postgres_each(name)} EXECUTE FUNCTION {function}()"
        )


def drop_guards(connection: Connection) -> None:
    """Takes every guard away, where there is one: only while tables are being changed."""
    if connection.dialect.name == "sqlite":
        for name in SQLITE_GUARDS:
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        return
    for name, (_, table, _) in _POSTGRES_TRIGGERS.items():
        if connection.dialect.has_table(connection, table):
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name} ON {table}")


def missing_guards(connection: Connection) -> list[str]:
    """Returns the names of guards that are not in the database as they should be, sorted."""
    if connection.dialect.name == "sqlite":
        rows = connection.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        ).tuples()
        present = dict(rows.all())
        return sorted(name for name, ddl in SQLITE_GUARDS.items() if present.get(name) != ddl)
    triggers = connection.execute(
        text(
            "SELECT t.tgname, t.tgtype, c.relname, p.proname, p.prosrc"
            " FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
            " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE NOT t.tgisinternal AND t.tgenabled = 'O' AND n.nspname = current_schema()"
        )
    )
    good = {
        name
        for name, kind, table, function, body in triggers
        if name in _POSTGRES_TRIGGERS
        and (_postgres_kind(name), *_POSTGRES_TRIGGERS[name][1:]) == (kind, table, function)
        and _POSTGRES_BODIES[function] == body
    }
    return sorted(set(_POSTGRES_TRIGGERS) - good)


def _postgres_each(name: str) -> str:
    return "STATEMENT" if "TRUNCATE" in _POSTGRES_TRIGGERS[name][0] else "ROW"


def _postgres_kind(name: str) -> int:
    words = [*_POSTGRES_TRIGGERS[name][0].split(), _postgres_each(name)]
    return sum(_POSTGRES_BITS.get(word, 0) for word in words)


def check_guards(connection: Connection) -> None:
    """Refuses a ledger whose guards are not all in place.

    Raises:
        LedgerError: names the guards that are missing or changed.
    """
    missing = missing_guards(connection)
    if missing:
        raise LedgerError(_DAMAGED.format(", ".join(missing[:5])))
