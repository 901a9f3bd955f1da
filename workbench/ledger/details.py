"""What a bank tells of movements apart from the statement: details of batches, reasons of returns.

A camt.054 may come before or after the statement whose entry it details, a pain.002 before the
return it explains. Both are facts of their own, kept as they came; `completion` joins them to the
movements when these are read. Nothing here is a movement, and no movement is edited.

Source: DOMAIN C3; FORMATS, camt (a batch's details come in a .054: never count both).
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection

from workbench.domain.records import EUR, BankStatement, Entry, StatementKind
from workbench.ledger import schema
from workbench.ledger.journal import canonical, sealed
from workbench.ledger.store import insert_rows, known_among, next_number
from workbench.ledger.table_facts import SEALED_COLUMNS

if TYPE_CHECKING:
    from workbench.ledger.bank_facts import NamedStatement

_CHUNK: Final = 5_000
# Table of each kind of message, and its number.
_TABLES: Final = {
    StatementKind.DETAILS: (schema.movement_details, "detail_id"),
    StatementKind.ORDER_STATUS: (schema.order_returns, "return_id"),
}
KINDS: Final = frozenset(_TABLES)
_HASH_CHARACTERS: Final = 16
# (statement, entry, its name, movement it is known to be about or "")
Told = tuple[BankStatement, Entry, str, str]


def as_text(entry: Entry) -> str:
    """Returns what an entry says beyond its columns, as JSON; "" when nothing.

    Keys: `parts` (lists of amount_cents, counterparty, counterparty_iban, end_to_end_id,
    mandate_id, remittance, return_reason, ultimate_party, bank_reference, remittance_reference),
    `reversal`, `extra`, and `batch` where the entry has a batch reference.
    """
    if not (entry.parts or entry.extra or entry.reversal or entry.batch_reference):
        return ""
    told: dict[str, Any] = {
        "parts": [
            [p.amount_cents, p.counterparty, p.counterparty_iban, p.end_to_end_id, p.mandate_id,
             p.remittance, p.return_reason, p.ultimate_party, p.bank_reference,
             p.remittance_reference]
            for p in entry.parts
        ],
        "reversal": entry.reversal,
        "extra": entry.extra,
    }  # fmt: skip
    if entry.batch_reference:
        told["batch"] = entry.batch_reference
    return canonical(told)


def store(
    connection: Connection,
    statements: Sequence["NamedStatement"],
    *,
    file_id: str,
    richer: Sequence[Told] = (),
) -> Iterator[tuple[list[Any], int]]:
    """Stores what one file tells apart from movements; what is known already adds nothing.

    Args:
        connection: of `Ledger.writing`.
        statements: of kinds `details` and `order_status`.
        file_id: of their file.
        richer: entries of statements that tell more of a known movement than its own file did.

    Yields:
        For each chunk written, `[table, first number, last number, sha256]` and how many rows.
    """
    told: dict[StatementKind, list[Iterable[Told]]] = {kind: [] for kind in _TABLES}
    told[StatementKind.DETAILS].append(richer)
    for each in statements:
        told[each.statement.kind].append(
            (each.statement, entry, name, "") for entry, name in each.named()
        )
    for kind, (table, _) in _TABLES.items():
        entries = (entry for some in told[kind] for entry in some)
        while chunk := list(islice(entries, _CHUNK)):
            rows, digest = sealed(_new_rows(connection, chunk, kind=kind, file_id=file_id))
            if rows:
                insert_rows(connection, table, SEALED_COLUMNS[table.name], rows)
                yield [table.name, rows[0][0], rows[-1][0], digest], len(rows)


def _new_rows(
    connection: Connection, chunk: Sequence[Told], *, kind: StatementKind, file_id: str
) -> list[tuple[Any, ...]]:
    table, number = _TABLES[kind]
    prints = [_fingerprint(*told) for told in chunk]
    known = known_among(connection, table, "fingerprint", prints)
    first = next_number(connection, table, number)
    rows: list[tuple[Any, ...]] = []
    for fingerprint, (statement, entry, _, movement_id) in zip(prints, chunk, strict=True):
        if fingerprint in known:
            continue
        known.add(fingerprint)
        rows.append(
            (
                first + len(rows), fingerprint, file_id,
                *((movement_id,) if kind is StatementKind.DETAILS else ()),
                statement.iban, _iso(entry.booked_on), entry.amount_cents,
                entry.extra.get("currency") or statement.currency or EUR, entry.label,
                entry.counterparty, entry.counterparty_iban, entry.ultimate_party,
                entry.bank_reference, entry.end_to_end_id, entry.mandate_id,
                entry.remittance_reference, entry.batch_reference, entry.return_reason,
                as_text(entry), entry.place,
            )
        )  # fmt: skip
    return rows


def _fingerprint(_statement: BankStatement, entry: Entry, name: str, movement_id: str) -> str:
    """Returns what tells one detail from another: what it is about, and what it says of it."""
    said = "\x1f".join(
        (entry.label, entry.counterparty, entry.counterparty_iban, entry.end_to_end_id,
         entry.mandate_id, entry.remittance_reference, entry.return_reason, as_text(entry))
    )  # fmt: skip
    digest = hashlib.sha256(said.encode()).hexdigest()[:_HASH_CHARACTERS]
    return f"{movement_id or name}/{digest}"


def _iso(day: date) -> str:
    return day.isoformat()
