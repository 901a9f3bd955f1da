"""Facts in: what banks tell, file by file, statement by statement; each movement known once.

A file may be longer than the memory: its entries come in chunks, all in one transaction. What is
already known is asked of the ledger chunk by chunk, never gathered.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from itertools import chain, islice
from typing import Any, Final, Protocol

from sqlalchemy import Connection, TextClause, bindparam, text

from workbench.domain.dates import timestamp
from workbench.domain.records import EUR, BankStatement, Entry, EntryTotals, StatementKind
from workbench.ledger import details, journal, schema
from workbench.ledger.journal import JournalEntry, sealed
from workbench.ledger.other_formats import OtherFormats
from workbench.ledger.store import insert_rows, known_among, next_number
from workbench.ledger.table_facts import ITEM_COLUMNS, SEALED_COLUMNS, next_item

# Ten megabytes of rows at a time.
CHUNK: Final = 5_000
_STATEMENTS_OF_FINGERPRINTS: Final = text(
    "SELECT fingerprint, statement_id FROM statements WHERE fingerprint IN :some"
).bindparams(bindparam("some", expanding=True))
_BUILDINGS_OF_IBANS: Final = text(
    "SELECT iban, building_id FROM bank_accounts WHERE iban IN :some"
).bindparams(bindparam("some", expanding=True))
_IS_IMPORTED: Final = text("SELECT 1 FROM files WHERE file_id = :id")


class NamedStatement(Protocol):
    """A closed statement whose entries have their identity."""

    @property
    def statement(self) -> BankStatement:
        """As read; where its entries are is not looked at."""

    @property
    def totals(self) -> EntryTotals:
        """Of the entries that `named` gives."""

    def named(self) -> Iterable[tuple[Entry, str]]:
        """Gives the entries to keep, literal repetitions left out, with their movement_id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentifiedStatement:
    """A `NamedStatement` in memory.

    Attributes:
        statement: as read.
        entries: entries to keep.
        movement_ids: their identities, parallel to `entries`.
    """

    statement: BankStatement
    entries: tuple[Entry, ...]
    movement_ids: tuple[str, ...]

    @property
    def totals(self) -> EntryTotals:
        """Of the entries to keep."""
        return EntryTotals.of(self.entries)

    def named(self) -> Iterator[tuple[Entry, str]]:
        """Gives the entries with their identities."""
        return zip(self.entries, self.movement_ids, strict=True)


@dataclass(slots=True, kw_only=True)
class FileResult:
    """What one bank file brought.

    Attributes:
        new: movements nobody knew.
        known: movements that other files had brought.
        already_imported: the very same bytes were imported before.
        unknown_ibans: accounts of no building.
        buildings: building of each account that has one.
        details: details and reasons of returns, kept for the movements they are about.
        doubtful: movements that a file of another format may have told in other words.
        first_doubt: the first of them, and the movement it may be.
    """

    new: int = 0
    known: int = 0
    already_imported: bool = False
    unknown_ibans: tuple[str, ...] = ()
    buildings: dict[str, str] = field(default_factory=dict)
    details: int = 0
    doubtful: int = 0
    first_doubt: tuple[str, str] = ("", "")


class Asked:
    """What several files of one transaction ask once: a folder holds thousands of small ones."""

    def __init__(self, connection: Connection) -> None:
        """Asks where the numbers go on."""
        self.connection = connection
        self.next_item = next_item(connection)
        self.next_statement = next_number(connection, schema.statements, "statement_id")
        self.formats: dict[str, set[str]] = {}
        self._buildings: dict[str, str] = {}
        self._ibans: set[str] = set()

    def buildings(self, ibans: Collection[str]) -> dict[str, str]:
        """Returns the building of each account that has one."""
        if new := sorted(set(ibans) - self._ibans):
            self._buildings |= _found(self.connection, _BUILDINGS_OF_IBANS, new)
            self._ibans.update(new)
        return {iban: self._buildings[iban] for iban in ibans if iban in self._buildings}


def store_file(
    connection: Connection,
    statements: Sequence[NamedStatement],
    *,
    file_id: str,
    name: str,
    format: str,  # noqa: A002 - the word of the trade, and a column
    actor: str,
    at: datetime,
    asked: Asked | None = None,
) -> FileResult:
    """Stores what one bank file tells; nothing where the same content was imported before.

    Args:
        connection: of `Ledger.writing`.
        statements: with the identities of their entries, each read once.
        file_id: sha256 of the file's bytes.
        name: the file's name, for people.
        format: name of its format.
        actor: who imports.
        at: when.
        asked: shared by the files of one transaction; its own when None.
    """
    asked = asked or Asked(connection)
    writing = _Writing(asked, file_id=file_id, format=format, statements=statements)
    if connection.execute(_IS_IMPORTED, {"id": file_id}).first():
        writing.result.known = sum(s.totals.count for s in writing.moving)
        writing.result.already_imported = True
        return writing.result
    writing.write(name=name, at=at)
    data = {
        "file": file_id, "format": format, "entries": writing.entries, "new": writing.result.new,
        "facts": writing.facts,
    }  # fmt: skip
    journal.append(
        connection, [JournalEntry(action="import", subject=name, data=data)], actor=actor, at=at
    )
    return writing.result


class _Writing:
    """The writing of one file."""

    def __init__(
        self,
        asked: Asked,
        *,
        file_id: str,
        format: str,  # noqa: A002 - as above
        statements: Sequence[NamedStatement],
    ) -> None:
        self.asked = asked
        self.connection = asked.connection
        self.file_id = file_id
        self.format = format
        self.moving = [s for s in statements if _is_kept(s)]
        self.telling = [s for s in statements if s.statement.kind in details.KINDS]
        self.entries = sum(s.totals.count for s in statements)
        ibans = sorted({s.statement.iban for s in statements if s.statement.iban})
        self.buildings = asked.buildings(ibans)
        # [table, first number, last number, sha256 over the rows]: one or more a table.
        self.facts: list[list[Any]] = []
        self.result = FileResult(
            unknown_ibans=tuple(iban for iban in ibans if iban not in self.buildings),
            buildings=self.buildings,
        )
        self.others = OtherFormats(self.connection, format=format, formats=asked.formats)

    def write(self, *, name: str, at: datetime) -> None:
        """Writes the file, its statements, then its entries, chunk by chunk."""
        first = self.asked.next_statement
        statement_rows, numbers = self._statements()
        chunks = _chunks(zip(self.moving, numbers, strict=True))
        rows = self._movements(next(chunks, []))
        sealed_rows, digest = sealed(rows)
        # Of a file in several chunks the journal alone has the digests, one each.
        whole = digest if self.moved <= CHUNK else ""
        insert_rows(
            self.connection,
            schema.files,
            ("file_id", "name", "format", "imported_at", "entries", "digest"),
            [(self.file_id, name, self.format, timestamp(at), self.entries, whole)],
        )
        statement_rows, statements_digest = sealed(statement_rows)
        insert_rows(
            self.connection, schema.statements, SEALED_COLUMNS["statements"], statement_rows
        )
        last = self.asked.next_statement - 1
        self.facts.append(["statements", first, last, statements_digest])
        self._insert(sealed_rows, digest)
        for chunk in chunks:
            self._insert(*sealed(self._movements(chunk)))
        self._tell(self.telling)
        self.result.doubtful = self.others.doubtful
        self.result.first_doubt = self.others.first_doubt

    def _tell(self, statements: Sequence[NamedStatement]) -> None:
        """Writes what is told apart from movements, and what the last chunk told more of some."""
        if not (statements or self.others.richer):
            return
        for range_, count in details.store(
            self.connection, statements, file_id=self.file_id, richer=self.others.richer
        ):
            self.facts.append(range_)
            self.result.details += count
        self.others.richer.clear()

    @property
    def moved(self) -> int:
        """Entries that are movements, known ones included."""
        return sum(s.totals.count for s in self.moving)

    def _statements(self) -> tuple[list[tuple[Any, ...]], list[int]]:
        """Returns the rows of new statements, and the number of each statement with movements."""
        prints = [_statement_fingerprint(s, self.file_id, n) for n, s in enumerate(self.moving, 1)]
        known = _found(self.connection, _STATEMENTS_OF_FINGERPRINTS, prints)
        rows: list[tuple[Any, ...]] = []
        for fingerprint, told in zip(prints, self.moving, strict=True):
            # A file may repeat a statement of its own as well as one of another file.
            if fingerprint not in known:
                number = known[fingerprint] = self.asked.next_statement
                rows.append(_statement_row(number, fingerprint, self.file_id, told))
                self.asked.next_statement += 1
        return rows, [known[fingerprint] for fingerprint in prints]

    def _movements(self, chunk: "_Chunk") -> list[tuple[Any, ...]]:
        """Returns the rows of the movements that nobody knows yet."""
        known = known_among(
            self.connection, schema.movements, "movement_id", [name for _, name, _, _ in chunk]
        )
        known |= self.others.known(chunk, known=known)
        rows: list[tuple[Any, ...]] = []
        for entry, movement_id, told, number in chunk:
            if movement_id in known:
                continue
            known.add(movement_id)
            item_id = self.asked.next_item + len(rows)
            rows.append(_movement_row(item_id, movement_id, told.statement, entry, number))
        self.result.new += len(rows)
        self.result.known += len(chunk) - len(rows)
        return rows

    def _insert(self, rows: list[tuple[Any, ...]], digest: str) -> None:
        insert_rows(self.connection, schema.movements, SEALED_COLUMNS["movements"], rows)
        insert_rows(
            self.connection, schema.items, ITEM_COLUMNS, _movement_items(rows, self.buildings)
        )
        first = self.asked.next_item
        self.asked.next_item += len(rows)
        self.facts.append(["movements", first, self.asked.next_item - 1, digest])
        self._tell([])


def _is_kept(told: NamedStatement) -> bool:
    """Tells whether a statement is one of movements; a report of nothing booked says nothing."""
    kind = told.statement.kind
    return kind is StatementKind.STATEMENT or (
        kind is StatementKind.REPORT and bool(told.totals.count)
    )


# (entry, movement_id, its statement, number of that statement)
_Chunk = list[tuple[Entry, str, NamedStatement, int]]


def _chunks(statements: Iterable[tuple[NamedStatement, int]]) -> Iterator[_Chunk]:
    entries = chain.from_iterable(
        ((entry, name, told, number) for entry, name in told.named()) for told, number in statements
    )
    while chunk := list(islice(entries, CHUNK)):
        yield chunk


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


def _statement_fingerprint(told: NamedStatement, file_id: str, position: int) -> str:
    statement = told.statement
    if not _is_link(statement):
        # Without balances two files may tell two different parts of the same days.
        return f"{file_id}/{position}"
    return "/".join(
        (
            statement.iban, statement.number, _iso(statement.opened_on), _iso(statement.closed_on),
            str(statement.opening_cents), str(statement.closing_cents),
            str(told.totals.count),
        )
    )  # fmt: skip


def _found(connection: Connection, query: TextClause, asked: Sequence[str]) -> dict[str, Any]:
    """Returns what a query of two columns finds of many names, a part of them at a time."""
    found: dict[str, Any] = {}
    for start in range(0, len(asked), 500):
        some = {"some": asked[start : start + 500]}
        found.update(connection.execute(query, some).tuples().all())
    return found


def _is_link(statement: BankStatement) -> bool:
    """Tells whether a statement has its place in the account's chain: a report never has."""
    return statement.kind is StatementKind.STATEMENT and not (
        statement.opening_cents is None or statement.closing_cents is None
    )


def _statement_row(
    number: int, fingerprint: str, file_id: str, told: NamedStatement
) -> tuple[Any, ...]:
    statement, totals = told.statement, told.totals
    # The balances of a report are those of a moment: they would break the chain.
    opening = statement.opening_cents if statement.kind is StatementKind.STATEMENT else None
    closing = statement.closing_cents if statement.kind is StatementKind.STATEMENT else None
    return (
        number, fingerprint, file_id, statement.iban, statement.number,
        _iso(statement.opened_on or totals.first_on), _iso(statement.closed_on or totals.last_on),
        opening, closing, statement.currency or EUR, totals.count, totals.credits_cents,
        totals.debits_cents,
    )  # fmt: skip


def _movement_row(
    item_id: int, movement_id: str, statement: BankStatement, entry: Entry, number: int
) -> tuple[Any, ...]:
    return (
        item_id, movement_id, statement.iban, _iso(entry.booked_on), _iso(entry.value_on),
        entry.amount_cents, entry.extra.get("currency") or statement.currency or EUR, entry.label,
        entry.counterparty, entry.counterparty_iban, entry.ultimate_party, entry.bank_reference,
        entry.end_to_end_id, entry.mandate_id, entry.remittance_reference, entry.operation_code,
        entry.return_reason, details.as_text(entry), number, entry.place,
    )  # fmt: skip


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
