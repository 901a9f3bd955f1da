"""Facts in: the tables of a portfolio, each row known once.

What banks tell is in `bank_facts`, cheques and card receipts in `receipt_facts`.

Money facts (dues, movements) are never edited. Master data (names, addresses, mailings …) follows
the latest import, and the journal keeps what was there before.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy import Table as LedgerTable

from workbench.domain.findings import Finding
from workbench.domain.tables import TABLES_BY_NAME, Table
from workbench.ledger import entered, journal, receipt_facts, schema
from workbench.ledger.journal import JournalEntry, sealed
from workbench.ledger.store import insert_rows, next_number
from workbench.ledger.table_facts import (
    ITEM_COLUMNS,
    SEALED_COLUMNS,
    Refusal,
    TableResult,
    next_item,
    stored,
    summary,
)


def store_table(
    connection: Connection,
    name: str,
    rows: Sequence[Mapping[str, Any]],
    *,
    actor: str,
    at: datetime,
) -> TableResult:
    """Stores the rows of one table of the contract.

    Args:
        connection: of `Ledger.writing`.
        name: table of `domain.tables`.
        rows: stored column name to value; columns that the file does not have are left out.
        actor: who imports.
        at: when.

    Returns:
        Counts, and the rows that contradict a known fact.
    """
    table = TABLES_BY_NAME[name]
    if name == "dues":
        return _store_dues(connection, rows, actor=actor, at=at)
    if name in schema.RECEIPT_TABLES:
        return receipt_facts.store_receipts(connection, name, rows, actor=actor, at=at)
    target = schema.METADATA.tables[name]
    known = _known_rows(connection, target, table.key)
    result = TableResult()
    new: dict[tuple[str, ...], dict[str, Any]] = {}
    changes: list[JournalEntry] = []
    for index, row in enumerate(rows):
        values = {c: stored(row[c], number=table.column(c).is_number) for c in row}
        key = tuple(str(values.get(k, "")) for k in table.key)
        before = known.get(key) or new.get(key)
        if before is None:
            new[key] = values
            continue
        different = {c: v for c, v in values.items() if before.get(c) != v}
        if not different:
            result.known += 1
        elif refusal := _fixed_column(connection, table, key, different, index=index):
            result.refused.append(refusal)
        else:
            result.changed += 1
            if key in known:
                _update(connection, target, table.key, key, different)
                data = {"before": {c: before.get(c) for c in different}, "after": different}
                subject = f"{name}:{'/'.join(key)}"
                changes.append(JournalEntry(action="change", subject=subject, data=data))
            before.update(different)
    columns = tuple(c.stored for c in table.columns)
    numbers = {c.stored for c in table.columns if c.is_number}
    insert_rows(
        connection,
        target,
        columns,
        [tuple(new[k].get(c, None if c in numbers else "") for c in columns) for k in sorted(new)],
    )
    result.new = len(new)
    if result.new:
        changes.append(JournalEntry(action="import", subject=name, data=summary(name, result)))
    journal.append(connection, changes, actor=actor, at=at)
    if name == "accounts" and (result.new or result.changed):
        # A new account or coupon may say whose a receipt is.
        receipt_facts.identify_waiting(connection, actor=actor, at=at)
    return result


def replace_findings(
    connection: Connection, *, files: Iterable[str], findings: Sequence[Finding]
) -> None:
    """Keeps what the last import of each file had to say, and only that."""
    for file in sorted(set(files)):
        connection.execute(text("DELETE FROM findings WHERE file = :file"), {"file": file})
    if not findings:
        return
    number = next_number(connection, schema.findings, "finding_id")
    insert_rows(
        connection,
        schema.findings,
        ("finding_id", "code", "severity", "message", "file", "line", "column_name", "value",
         "subject", "building_id", "to_do"),
        [
            (number + n, f.code, f.severity.value, f.message, f.file, f.line, f.column, f.value,
             f.subject, f.building_id, f.to_do)
            for n, f in enumerate(findings)
        ],
    )  # fmt: skip


def known_keys(connection: Connection) -> dict[str, dict[str, str]]:
    """Returns, for each table others refer to, its keys with their building ("" for buildings)."""
    queries = {
        "buildings": "SELECT building_id, building_id FROM buildings",
        "accounts": "SELECT account_id, building_id FROM accounts",
        "calls": "SELECT call_id, building_id FROM calls",
        "suppliers": "SELECT supplier_id, '' FROM suppliers",
        "bank_accounts": "SELECT iban, building_id FROM bank_accounts",
    }
    return {name: dict(connection.execute(text(q)).tuples().all()) for name, q in queries.items()}


def known_codes(connection: Connection) -> dict[tuple[str, str], str]:
    """Returns (building, code payers quote) -> account."""
    rows = connection.execute(
        text("SELECT building_id, code, account_id FROM accounts WHERE code <> ''")
    ).all()
    return {(building, code): account for building, code, account in rows}


def _store_dues(
    connection: Connection, rows: Sequence[Mapping[str, Any]], *, actor: str, at: datetime
) -> TableResult:
    buildings = dict(
        connection.execute(text("SELECT account_id, building_id FROM accounts")).tuples().all()
    )
    known = {
        due_id: (account, kind, int(cents), due_on)
        for due_id, account, kind, cents, due_on in connection.execute(
            text("SELECT due_id, account_id, kind, amount_cents, due_on FROM dues")
        )
    }
    result = TableResult()
    first_item = item_id = next_item(connection)
    due_rows: list[tuple[Any, ...]] = []
    for index, row in enumerate(rows):
        values: dict[str, Any] = {c: stored(row[c], number=c.endswith("_cents")) for c in row}
        fact = (values["account_id"], values["kind"], values["amount_cents"], values["due_on"])
        before = known.get(values["due_id"])
        if entered.is_reserved(str(values["due_id"])):
            reason = "identifiant réservé aux échéances ajoutées dans l'atelier"
            result.refused.append(Refusal(index, "due_id", str(values["due_id"]), reason))
        elif before is None:
            known[values["due_id"]] = fact
            values |= {"item_id": item_id, "building_id": buildings[values["account_id"]]}
            due_rows.append(tuple(values.get(c, "") for c in SEALED_COLUMNS["dues"][:-1]))
            item_id += 1
        elif before == fact:
            result.known += 1
        else:
            names = ("account_id", "kind", "amount_cents", "due_on")
            column, was, now = next(
                (n, b, a) for n, b, a in zip(names, before, fact, strict=True) if b != a
            )
            reason = (
                f"échéance {values['due_id']} déjà importée avec une autre valeur ({was}) : un "
                "fait importé ne change pas, ajouter une régularisation ou un avoir"
            )
            result.refused.append(Refusal(index, column, str(now), reason))
    due_rows, digest = sealed(due_rows)
    insert_rows(connection, schema.dues, SEALED_COLUMNS["dues"], due_rows)
    insert_rows(
        connection,
        schema.items,
        ITEM_COLUMNS,
        [(r[0], "due", r[3], r[2], r[5]) for r in due_rows],
    )
    result.new = len(due_rows)
    if due_rows:
        data = summary("dues", result) | {"facts": [["dues", first_item, item_id - 1, digest]]}
        journal.append(
            connection,
            [JournalEntry(action="import", subject="dues", data=data)],
            actor=actor,
            at=at,
        )
    return result


def _known_rows(
    connection: Connection, target: LedgerTable, key: tuple[str, ...]
) -> dict[tuple[str, ...], dict[str, Any]]:
    rows = connection.execute(target.select()).mappings()
    return {tuple(str(row[k]) for k in key): dict(row) for row in rows}


def _fixed_column(
    connection: Connection,
    table: Table,
    key: tuple[str, ...],
    different: dict[str, Any],
    *,
    index: int,
) -> Refusal | None:
    """Returns why a change cannot be: money facts, and the building of what already has money."""
    if table.is_fact:
        column, value = next(iter(different.items()))
        reason = (
            f"« {'/'.join(key)} » est déjà importé avec une autre valeur : un fait ne change pas"
        )
        return Refusal(index, column, str(value), reason)
    if "building_id" not in different or table.name not in {"accounts", "bank_accounts"}:
        return None
    query = (
        "SELECT 1 FROM dues WHERE account_id = :key"
        " UNION ALL SELECT 1 FROM receipt_sides WHERE account_id = :key LIMIT 1"
        if table.name == "accounts"
        else "SELECT 1 FROM movements WHERE iban = :key LIMIT 1"
    )
    if connection.execute(text(query), {"key": key[0]}).first() is None:
        return None
    reason = f"« {key[0]} » a déjà des écritures dans un autre immeuble : il ne peut pas en changer"
    return Refusal(index, "building_id", str(different["building_id"]), reason)


def _update(
    connection: Connection,
    target: LedgerTable,
    key_columns: tuple[str, ...],
    key: tuple[str, ...],
    values: dict[str, Any],
) -> None:
    statement = target.update().values(**values)
    for column, value in zip(key_columns, key, strict=True):
        statement = statement.where(target.c[column] == value)
    connection.execute(statement)
