"""Where facts came from: what `sync` fetched, what of it was imported, the record of a movement.

Reads and appends; a fetch is a fact of its own and decides nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Final

from sqlalchemy import Connection, bindparam, text

from workbench.domain.dates import timestamp
from workbench.ledger import bank_facts, schema
from workbench.ledger.bank_facts import NamedStatement
from workbench.ledger.other_formats import OtherFormats
from workbench.ledger.store import Ledger, known_among, next_number

_LAST_FETCHES: Final = text(
    "SELECT path, size, stamp, file_id FROM fetched f WHERE source = :source AND fetch_id ="
    " (SELECT MAX(fetch_id) FROM fetched l WHERE l.source = f.source AND l.path = f.path)"
    " ORDER BY path"
)
_IMPORTED: Final = text("SELECT file_id FROM files WHERE file_id IN :some").bindparams(
    bindparam("some", expanding=True)
)
_AT_ONCE: Final = 500
_MOST_MOVEMENTS: Final = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """One version of a file that a source gave.

    Attributes:
        path: below the source.
        size: bytes.
        stamp: how the source tells this version; "" when its content alone does.
        file_id: sha256 of its content.
    """

    path: str
    size: int
    stamp: str
    file_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The record a movement was read from.

    Attributes:
        movement_id: the movement.
        building_id: its building, "" while nobody knows its IBAN.
        file_id: sha256 of its file.
        file_name: as it was called when it was imported.
        format: name of the format it was read as.
        imported_at: moment, ISO text in UTC.
        place: line, entry or row of the file, from 1.
        statement: number, first and last day of its statement, as the bank gave them.
        fetched: (source, path, moment) of each time a source gave these bytes, oldest first.
    """

    movement_id: str
    building_id: str
    file_id: str
    file_name: str
    format: str
    imported_at: str
    place: int
    statement: tuple[str, str, str]
    fetched: tuple[tuple[str, str, str], ...]


def record_fetch(connection: Connection, fetch: Fetch, *, source: str, at: datetime) -> None:
    """Appends one fetch; call it once the bytes are in the archive.

    Args:
        connection: of `Ledger.writing`.
        fetch: what was fetched.
        source: name of the source.
        at: when.
    """
    number = next_number(connection, schema.fetched, "fetch_id")
    row = {
        "fetch_id": number, "source": source, "path": fetch.path, "size": fetch.size,
        "stamp": fetch.stamp, "file_id": fetch.file_id, "at": timestamp(at),
    }  # fmt: skip
    connection.execute(schema.fetched.insert(), row)


def last_fetches(connection: Connection, *, source: str) -> dict[str, Fetch]:
    """Returns the last version that a source gave of each path, by path."""
    rows = connection.execute(_LAST_FETCHES, {"source": source})
    return {
        path: Fetch(path=path, size=size, stamp=stamp, file_id=file_id)
        for path, size, stamp, file_id in rows
    }


def imported(connection: Connection, file_ids: Iterable[str]) -> set[str]:
    """Returns which contents have been imported as bank files."""
    asked = sorted(set(file_ids))
    found: set[str] = set()
    for start in range(0, len(asked), _AT_ONCE):
        some = {"some": asked[start : start + _AT_ONCE]}
        found.update(connection.execute(_IMPORTED, some).scalars())
    return found


def movements_beginning(ledger: Ledger, prefix: str) -> list[str]:
    """Returns the identifiers of movements that begin so, in order; a few at most."""
    # By bounds, not LIKE: a prefix with % or _ means itself, and both engines use the index.
    frame = ledger.frame(
        "SELECT movement_id FROM movements WHERE movement_id >= ? AND movement_id < ?"
        f" ORDER BY movement_id LIMIT {_MOST_MOVEMENTS}",
        (prefix, prefix + "\U0010ffff"),
    )
    return [str(name) for name in frame["movement_id"]]


def origin(ledger: Ledger, *, movement_id: str) -> Origin:
    """Returns where a movement, which exists, was read."""
    row = _rows(
        ledger,
        "SELECT f.file_id, f.name, f.format, f.imported_at, m.place, s.number, s.opened_on,"
        " s.closed_on, COALESCE(b.building_id, '') AS building_id FROM movements m"
        " JOIN statements s ON s.statement_id = m.statement_id"
        " JOIN files f ON f.file_id = s.file_id LEFT JOIN bank_accounts b ON b.iban = m.iban"
        " WHERE m.movement_id = ?",
        (movement_id,),
    )[0]
    fetched = _rows(
        ledger,
        "SELECT source, path, at FROM fetched WHERE file_id = ? ORDER BY fetch_id",
        (str(row["file_id"]),),
    )
    return Origin(
        movement_id=movement_id,
        building_id=str(row["building_id"]),
        file_id=str(row["file_id"]),
        file_name=str(row["name"]),
        format=str(row["format"]),
        imported_at=str(row["imported_at"]),
        place=int(row["place"]),
        statement=(str(row["number"]), str(row["opened_on"]), str(row["closed_on"])),
        fetched=tuple((str(r["source"]), str(r["path"]), str(r["at"])) for r in fetched),
    )


def new_of_each(
    connection: Connection,
    statements: Sequence[NamedStatement],
    *,
    format: str,  # noqa: A002 - the word of the trade, and a column
) -> list[int]:
    """Counts the entries of each statement whose movement the ledger does not know yet.

    As `bank_facts.store_file` would find them, in whatever format they are known; nothing is
    written.
    """
    others = OtherFormats(connection, format=format)
    seen: set[str] = set()
    counts = []
    for told in statements:
        entries = ((entry, name, told, 0) for entry, name in told.named())
        new = 0
        while chunk := list(islice(entries, bank_facts.CHUNK)):
            names = [name for _, name, _, _ in chunk]
            known = known_among(connection, schema.movements, "movement_id", names)
            known |= others.known(chunk, known=known)
            fresh = {name for name in names if name not in known} - seen
            seen |= fresh
            new += len(fresh)
        counts.append(new)
    return counts


def is_imported(ledger: Ledger, *, file_id: str) -> bool:
    """Tells whether a content has been imported as a bank file."""
    return bool(len(ledger.frame("SELECT 1 AS one FROM files WHERE file_id = ?", (file_id,))))


def _rows(ledger: Ledger, query: str, parameters: Sequence[str]) -> list[Mapping[str, Any]]:
    frame = ledger.frame(query, parameters)
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
