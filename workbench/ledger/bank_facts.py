"""Facts in: what banks tell, file by file, statement by statement; each movement known once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, TextClause, bindparam, text

from workbench.domain.dates import timestamp
from workbench.domain.records import EUR, BankStatement, Entry
from workbench.ledger import journal, schema
from workbench.ledger.facts import ITEM_COLUMNS, SEALED_COLUMNS, next_item
from workbench.ledger.journal import JournalEntry, canonical, sealed
from workbench.ledger.store import insert_rows, next_number

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
    first_item = item_id = next_item(connection)
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
    insert_rows(connection, schema.items, ITEM_COLUMNS, _movement_items(movement_rows, buildings))
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
    insert_rows(connection, schema.items, ITEM_COLUMNS, [tuple(r) for r in rows])
    return len(rows)


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
