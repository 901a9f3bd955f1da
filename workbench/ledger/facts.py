"""Facts in: tables of a portfolio, statements of a bank. Each is known once, whatever comes twice.

Money facts (dues, movements) are never edited. Master data (names, addresses, mailings …) follows
the latest import, and the journal keeps what was there before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, TextClause, bindparam, text
from sqlalchemy import Table as LedgerTable

from workbench.domain.dates import timestamp
from workbench.domain.findings import Finding
from workbench.domain.records import EUR, BankStatement, Entry
from workbench.domain.tables import TABLES_BY_NAME, Table
from workbench.ledger import journal, schema
from workbench.ledger.journal import JournalEntry, canonical, sealed
from workbench.ledger.store import insert_rows, next_number

# Facts that are sealed, with their columns in order; the last one is the seal.
SEALED_COLUMNS: Final = {
    table.name: tuple(c.name for c in table.columns)
    for table in (schema.statements, schema.movements, schema.dues)
}
_LARGEST_ITEMS: Final = text(
    "SELECT (SELECT MAX(item_id) FROM movements), (SELECT MAX(item_id) FROM items)"
)
_STATEMENTS_OF_FINGERPRINTS: Final = text(
    "SELECT fingerprint, statement_id FROM statements WHERE fingerprint IN :some"
).bindparams(bindparam("some", expanding=True))
_BUILDINGS_OF_IBANS: Final = text(
    "SELECT iban, building_id FROM bank_accounts WHERE iban IN :some"
).bindparams(bindparam("some", expanding=True))
_IS_IMPORTED: Final = text("SELECT 1 FROM files WHERE file_id = :id")
_MOVEMENTS_OF_DAYS: Final = text(
    "SELECT movement_id FROM movements WHERE iban = :iban AND booked_on BETWEEN :first AND :last"
)
_ITEM_COLUMNS: Final = ("item_id", "kind", "building_id", "account_id", "amount_cents")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row the ledger cannot take because of what it already knows.

    Attributes:
        index: position of the row in what was given.
        column: stored name of the column that disagrees.
        value: its value in the row.
        reason: French, without a full stop.
    """

    index: int
    column: str
    value: str
    reason: str


@dataclass(slots=True)
class TableResult:
    """What became of the rows of one table: counts, and the rows refused."""

    new: int = 0
    changed: int = 0
    known: int = 0
    refused: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifiedStatement:
    """A statement whose entries have their identity.

    Attributes:
        statement: as read.
        entries: entries to keep, literal repetitions left out.
        movement_ids: their identities, parallel to `entries`.
    """

    statement: BankStatement
    entries: tuple[Entry, ...]
    movement_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """What one bank file brought: counts of its movements, IBANs nobody knows."""

    new: int
    known: int
    already_imported: bool
    unknown_ibans: tuple[str, ...]


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
    target = schema.METADATA.tables[name]
    known = _known_rows(connection, target, table.key)
    result = TableResult()
    new: dict[tuple[str, ...], dict[str, Any]] = {}
    changes: list[JournalEntry] = []
    for index, row in enumerate(rows):
        values = {c: _stored(row[c], number=table.column(c).is_number) for c in row}
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
    summary = _summary(name, result)
    if result.new:
        changes.append(JournalEntry(action="import", subject=name, data=summary))
    journal.append(connection, changes, actor=actor, at=at)
    return result


def store_file(
    connection: Connection,
    statements: Sequence[IdentifiedStatement],
    *,
    file_id: str,
    name: str,
    format: str,  # noqa: A002 - the word of the trade, and a column
    actor: str,
    at: datetime,
) -> FileResult:
    """Stores what one bank file tells; nothing where the same content was imported before.

    Args:
        connection: of `Ledger.writing`.
        statements: with the identities of their entries.
        file_id: sha256 of the file's bytes.
        name: the file's name, for people.
        format: name of its format.
        actor: who imports.
        at: when.
    """
    entries = sum(len(s.entries) for s in statements)
    ibans = sorted({s.statement.iban for s in statements})
    buildings = _found(connection, _BUILDINGS_OF_IBANS, ibans)
    unknown = tuple(iban for iban in ibans if iban not in buildings)
    if connection.execute(_IS_IMPORTED, {"id": file_id}).first():
        return FileResult(new=0, known=entries, already_imported=True, unknown_ibans=unknown)

    known = _known_movements(connection, statements)
    first_item = item_id = _next_item(connection)
    first_statement = statement_id = next_number(connection, schema.statements, "statement_id")
    fingerprints = [_statement_fingerprint(s, file_id, n) for n, s in enumerate(statements, 1)]
    numbers = _found(connection, _STATEMENTS_OF_FINGERPRINTS, fingerprints)
    statement_rows: list[tuple[Any, ...]] = []
    movement_rows: list[tuple[Any, ...]] = []
    for fingerprint, identified in zip(fingerprints, statements, strict=True):
        number = numbers.get(fingerprint)
        if number is None:
            number, statement_id = statement_id, statement_id + 1
            statement_rows.append(_statement_row(number, fingerprint, file_id, identified))
            # A file may repeat a statement of its own as well as one of another file.
            numbers[fingerprint] = number
        for entry, movement_id in zip(identified.entries, identified.movement_ids, strict=True):
            if movement_id in known:
                continue
            known.add(movement_id)
            movement_rows.append(
                _movement_row(item_id, movement_id, identified.statement, entry, number)
            )
            item_id += 1
    statement_rows, statements_digest = sealed(statement_rows)
    movement_rows, digest = sealed(movement_rows)
    insert_rows(
        connection,
        schema.files,
        ("file_id", "name", "format", "imported_at", "entries", "digest"),
        [(file_id, name, format, timestamp(at), entries, digest)],
    )
    insert_rows(connection, schema.statements, SEALED_COLUMNS["statements"], statement_rows)
    insert_rows(connection, schema.movements, SEALED_COLUMNS["movements"], movement_rows)
    insert_rows(connection, schema.items, _ITEM_COLUMNS, _movement_items(movement_rows, buildings))
    data = {
        "file": file_id, "format": format, "entries": entries, "new": len(movement_rows),
        "facts": [
            ["statements", first_statement, statement_id - 1, statements_digest],
            ["movements", first_item, item_id - 1, digest],
        ],
    }  # fmt: skip
    journal.append(
        connection, [JournalEntry(action="import", subject=name, data=data)], actor=actor, at=at
    )
    return FileResult(
        new=len(movement_rows),
        known=entries - len(movement_rows),
        already_imported=False,
        unknown_ibans=unknown,
    )


def attach_waiting(connection: Connection) -> int:
    """Gives their building to movements whose IBAN was unknown when they came (DOMAIN A2).

    Returns:
        How many movements stopped waiting.
    """
    rows = connection.execute(
        text(
            "SELECT m.item_id, 'movement', b.building_id, '', -m.amount_cents FROM movements m"
            " JOIN bank_accounts b ON b.iban = m.iban"
            " WHERE m.currency = :eur"
            " AND NOT EXISTS (SELECT 1 FROM items i WHERE i.item_id = m.item_id)"
            " ORDER BY m.item_id"
        ),
        {"eur": EUR},
    ).all()
    insert_rows(connection, schema.items, _ITEM_COLUMNS, [tuple(r) for r in rows])
    return len(rows)


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
    first_item = item_id = _next_item(connection)
    due_rows: list[tuple[Any, ...]] = []
    for index, row in enumerate(rows):
        values: dict[str, Any] = {c: _stored(row[c], number=c.endswith("_cents")) for c in row}
        fact = (values["account_id"], values["kind"], values["amount_cents"], values["due_on"])
        before = known.get(values["due_id"])
        if before is None:
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
        _ITEM_COLUMNS,
        [(r[0], "due", r[3], r[2], r[5]) for r in due_rows],
    )
    result.new = len(due_rows)
    if due_rows:
        data = _summary("dues", result) | {"facts": [["dues", first_item, item_id - 1, digest]]}
        journal.append(
            connection,
            [JournalEntry(action="import", subject="dues", data=data)],
            actor=actor,
            at=at,
        )
    return result


def _summary(name: str, result: TableResult) -> dict[str, Any]:
    return {"table": name, "new": result.new, "changed": result.changed, "known": result.known}


def _stored(value: date | str | int | None, *, number: bool) -> str | int | None:
    if value is None:
        return None if number else ""
    return value.isoformat() if isinstance(value, date) else value


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
        "SELECT 1 FROM dues WHERE account_id = :key LIMIT 1"
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


def _next_item(connection: Connection) -> int:
    # Waiting movements have no item row yet, so both tables are asked.
    largest = connection.execute(_LARGEST_ITEMS).one()
    return max(int(number or 0) for number in largest) + 1


def _known_movements(connection: Connection, statements: Sequence[IdentifiedStatement]) -> set[str]:
    """Returns the identities already there for the same accounts and days."""
    known: set[str] = set()
    spans: dict[str, tuple[date, date]] = {}
    for identified in statements:
        booked = [entry.booked_on for entry in identified.entries]
        if booked:
            low, high = spans.get(identified.statement.iban, (booked[0], booked[0]))
            spans[identified.statement.iban] = (min(low, *booked), max(high, *booked))
    for iban, (low, high) in spans.items():
        days = {"iban": iban, "first": _iso(low), "last": _iso(high)}
        known.update(connection.execute(_MOVEMENTS_OF_DAYS, days).scalars())
    return known


def _statement_fingerprint(identified: IdentifiedStatement, file_id: str, position: int) -> str:
    statement = identified.statement
    if statement.opening_cents is None or statement.closing_cents is None:
        # Without balances two files may tell two different parts of the same days.
        return f"{file_id}/{position}"
    return "/".join(
        (
            statement.iban, statement.number, _iso(statement.opened_on), _iso(statement.closed_on),
            str(statement.opening_cents), str(statement.closing_cents),
            str(len(identified.entries)),
        )
    )  # fmt: skip


def _found(connection: Connection, query: TextClause, asked: Sequence[str]) -> dict[str, Any]:
    """Returns what a query of two columns finds of many names, a part of them at a time."""
    found: dict[str, Any] = {}
    for start in range(0, len(asked), 500):
        some = {"some": asked[start : start + 500]}
        found.update(connection.execute(query, some).tuples().all())
    return found


def _statement_row(
    number: int, fingerprint: str, file_id: str, identified: IdentifiedStatement
) -> tuple[Any, ...]:
    statement = identified.statement
    amounts = [entry.amount_cents for entry in identified.entries]
    days = sorted(entry.booked_on for entry in identified.entries)
    opened_on = statement.opened_on or (days[0] if days else None)
    closed_on = statement.closed_on or (days[-1] if days else None)
    return (
        number, fingerprint, file_id, statement.iban, statement.number, _iso(opened_on),
        _iso(closed_on), statement.opening_cents, statement.closing_cents,
        statement.currency or EUR, len(amounts), sum(a for a in amounts if a > 0),
        sum(a for a in amounts if a < 0),
    )  # fmt: skip


def _movement_row(
    item_id: int, movement_id: str, statement: BankStatement, entry: Entry, number: int
) -> tuple[Any, ...]:
    return (
        item_id, movement_id, statement.iban, _iso(entry.booked_on), _iso(entry.value_on),
        entry.amount_cents, entry.extra.get("currency") or statement.currency or EUR, entry.label,
        entry.counterparty, entry.counterparty_iban, entry.ultimate_party, entry.bank_reference,
        entry.end_to_end_id, entry.mandate_id, entry.remittance_reference, entry.operation_code,
        entry.return_reason, _details(entry), number, entry.place,
    )  # fmt: skip


def _details(entry: Entry) -> str:
    if not (entry.parts or entry.extra or entry.reversal):
        return ""
    parts = [
        [p.amount_cents, p.counterparty, p.counterparty_iban, p.end_to_end_id, p.mandate_id,
         p.remittance, p.return_reason]
        for p in entry.parts
    ]  # fmt: skip
    return canonical({"parts": parts, "reversal": entry.reversal, "extra": entry.extra})


def _movement_items(
    rows: Iterable[tuple[Any, ...]], buildings: Mapping[str, str]
) -> list[tuple[Any, ...]]:
    """Items of movements whose building is known; other currencies are kept but never matched."""
    return [
        (row[0], "movement", buildings[row[2]], "", -row[5])
        for row in rows
        if row[2] in buildings and row[6] == EUR
    ]


# The entries of a file share few days.
@lru_cache(maxsize=4096)
def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
