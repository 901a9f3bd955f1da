"""Is the ledger what it says it is? Every invariant, and the journal's chain, from the rows alone.

What it looks for is a ledger changed by hand, so it takes nothing for granted: not that a text can
be read, nor that the journal's data has its form. What is computed anew by each run (proposals,
findings) and master data (names, addresses) are not sealed, and not looked at.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from workbench.ledger import schema
from workbench.ledger.decisions import decision_data
from workbench.ledger.engines import first_line
from workbench.ledger.journal import row_hash, sealed
from workbench.ledger.outbox import broken_outbox
from workbench.ledger.reminder_tables import letters
from workbench.ledger.store import Ledger
from workbench.ledger.table_facts import SEALED_COLUMNS

_ALLOCATIONS: Final = ", ".join(c.name for c in schema.allocations.columns)
_VERDICTS: Final = ", ".join(c.name for c in schema.verdicts.columns)
# Tables of decisions whose rows the journal keeps whole, and what a sentence calls a row.
_DECIDED: Final = {
    "forgotten": "oubli",
    "samples": "tirage",
    "sample_links": "lien tiré",
    "sample_verdicts": "contrôle",
    "bands": "changement de catégorie",
    "reminders": "relance",
    "reminder_events": "suite d'une relance",
    "letters": "lettre",
    "moves": "date déplacée",
    "snoozing": "mise en sommeil",
    "switches": "interrupteur des relances",
    "fee_invoices": "facture de frais",
    "fee_invoice_events": "suite d'une facture",
}
# A letter's file is compared apart; the text of its mail is kept by its sha256.
_KEPT_OF_LETTERS: Final = [c.name for c in letters.columns if c.name != "content"]
_COLUMNS: Final = {"letters": ", ".join(_KEPT_OF_LETTERS)}
_BODY: Final = _KEPT_OF_LETTERS.index("body")
# Sealed table: its number, its name for people, and what it is called in a sentence.
_FACTS: Final = {
    "statements": ("statement_id", "number", "relevé"),
    "movements": ("item_id", "movement_id", "mouvement"),
    "movement_details": ("detail_id", "label", "détail"),
    "order_returns": ("return_id", "end_to_end_id", "motif de rejet"),
    "dues": ("item_id", "due_id", "échéance"),
    "cheques": ("fact_id", "cheque_id", "chèque"),
    "card_receipts": ("fact_id", "transaction_id", "paiement par carte"),
    "receipt_sides": ("item_id", "name", "encaissement"),
}
_ITEM_WORDS: Final = {"due": "échéance", "receipt": "encaissement", "deposit": "dépôt"}


def broken_records(ledger: Ledger) -> Iterator[str]:
    """Yields, in French, each record that is not what it should be; nothing when all holds.

    Checked, in this order: the journal's chain; every link and verdict against its journal row;
    facts against the digest their import left; what each item carries against its fact and its
    links; letters against their files; the outbox against the journal; for SQLite, the file itself.
    A cut tail of the journal is seen only by what it leaves behind (links nobody decided) or by a
    month-end that kept the head.
    """
    try:
        with ledger.reading() as connection, _any_text(connection):
            yield from _broken_chain(connection)
            yield from _broken_decisions(connection)
            yield from _broken_facts(connection)
            yield from _broken_items(connection)
            yield from _broken_letters(connection)
            yield from broken_outbox(connection)
            yield from _broken_file(connection)
    except DatabaseError as error:
        yield f"le registre est endommagé et ne se lit plus ({first_line(error.orig or error)})"


@contextmanager
def _any_text(connection: Connection) -> Iterator[None]:
    """Reads texts that are no longer UTF-8 too: they differ from what was written, that is all."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.text_factory = lambda stored: stored.decode(errors="replace")
    try:
        yield
    finally:
        driver.text_factory = str


def _broken_chain(connection: Connection) -> Iterator[str]:
    previous, expected = "", 1
    rows = connection.execute(
        text(
            "SELECT seq, at, actor, action, subject, data, previous_hash, hash"
            " FROM journal ORDER BY seq"
        )
    )
    for seq, *told, digest in rows:
        # A damaged file may give bytes where a text was: it differs, and does not hash.
        at, actor, action, subject, data, previous_hash = (
            value if isinstance(value, str) else repr(value) for value in told
        )
        if seq != expected:
            last = f" à {seq - 1}" if seq - 1 > expected else ""
            yield f"journal n° {expected}{last} : la ligne manque"
        elif previous_hash != previous:
            yield f"journal n° {seq} : la chaîne est rompue (empreinte précédente différente)"
        computed = row_hash(
            previous=previous_hash,
            seq=seq,
            at=at,
            actor=actor,
            action=action,
            subject=subject,
            data=data,
        )
        if computed != digest:
            yield f"journal n° {seq} : le contenu ne correspond plus à son empreinte"
        previous, expected = digest, seq + 1


def _broken_decisions(connection: Connection) -> Iterator[str]:
    """Compares the rows of decisions with what the journal wrote of them, both ways."""
    lines = _grouped(connection, f"SELECT {_ALLOCATIONS} FROM allocations ORDER BY allocation_id")
    said = _grouped(connection, f"SELECT {_VERDICTS} FROM verdicts ORDER BY verdict_id")
    others = {
        table: _grouped(connection, f"SELECT {_COLUMNS.get(table, '*')} FROM {table} ORDER BY 1")
        for table in _DECIDED
    }
    others["letters"] = {seq: _hashed(rows) for seq, rows in others["letters"].items()}
    for seq, data in connection.execute(text("SELECT seq, data FROM journal ORDER BY seq")):
        kept = _parsed(data)
        found = decision_data(lines.pop(seq, []), said.pop(seq, []), words="")
        for table, name in (("allocations", "affectation"), ("verdicts", "avis")):
            yield from _differences(seq, name, _rows(kept, table), found.get(table, []))
        for table, name in _DECIDED.items():
            rows = [[*row[:1], *row[2:]] for row in others[table].pop(seq, [])]
            yield from _differences(seq, name, _rows(kept, table), rows)
    left = {"affectation": lines, "avis": said}
    left |= {name: others[table] for table, name in _DECIDED.items()}
    for seq in sorted({seq for groups in left.values() for seq in groups}):
        for name, groups in left.items():
            for row in groups.get(seq, []):
                yield f"{name} n° {row[0]} : le journal ne connaît pas cette décision (n° {seq})"


def _hashed(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Returns letters as the journal keeps them: of a mail's text its sha256."""
    return [
        (*row[:_BODY], hashlib.sha256(str(row[_BODY]).encode()).hexdigest(), *row[_BODY + 1 :])
        for row in rows
    ]


def _broken_letters(connection: Connection) -> Iterator[str]:
    """Compares each letter's file with its sha256, which the journal has."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT letter_id, file_id, content FROM letters"))
        rows = (
            (number, kept, hashlib.sha256(content).hexdigest()) for number, kept, content in found
        )
    else:
        found = connection.execute(
            text("SELECT letter_id, file_id, encode(sha256(content), 'hex') FROM letters")
        )
        rows = ((number, kept, digest) for number, kept, digest in found)
    for number, kept, digest in rows:
        if kept != digest:
            yield f"lettre C{number} : son fichier a changé depuis qu'elle a été faite"


def _differences(
    seq: int, name: str, kept: list[list[Any]], found: list[list[Any]]
) -> Iterator[str]:
    by_number = {row[0]: row for row in found}
    for row in kept:
        other = by_number.pop(row[0], None)
        if other is None:
            yield f"{name} n° {row[0]} (journal n° {seq}) : la ligne manque"
        elif list(other) != row:
            yield f"{name} n° {row[0]} (journal n° {seq}) : la ligne diffère de ce qui a été décidé"
    for number in by_number:
        yield f"{name} n° {number} (journal n° {seq}) : la ligne n'a jamais été décidée"


def _broken_facts(connection: Connection) -> Iterator[str]:
    """Compares facts with the digest their import left; the seals say which one changed."""
    files = {
        row[0]: tuple(row[1:])
        for row in connection.execute(
            text("SELECT file_id, name, format, entries, digest FROM files")
        )
    }
    brought: dict[str, set[int]] = {table: set() for table in _FACTS}
    rows = connection.execute(
        text(
            "SELECT seq, subject, data FROM journal"
            " WHERE action IN ('import', 'add_due', 'on_account', 'cancel') ORDER BY seq"
        )
    ).all()
    for seq, subject, data in rows:
        kept = _parsed(data)
        ranges = [r for r in _rows(kept, "facts") if _is_range(r)]
        for table, first, last, digest in ranges:
            brought[table].update(range(first, last + 1))
            yield from _changed_facts(
                connection,
                table,
                first,
                last,
                digest,
                origin=f"import de {subject}, journal n° {seq}",
            )
        if isinstance(kept.get("file"), str):
            digests = [digest for table, _, _, digest in ranges if table == "movements"]
            # A file written in several chunks has its digests here alone.
            digest = digests[0] if len(digests) == 1 else ""
            expected = (subject, kept.get("format"), kept.get("entries"), digest)
            if files.pop(kept["file"], None) != expected:
                yield f"fichier {subject} (journal n° {seq}) : sa ligne diffère de son import"
    for name, *_ in files.values():
        yield f"fichier {name} : aucun import ne l'a apporté"
    for table, (number, name, what) in _FACTS.items():
        found = connection.execute(text(f"SELECT {number}, {name} FROM {table} ORDER BY 1"))
        for item, shown in found:
            if item not in brought[table]:
                yield f"{what} {shown or item} : aucun import ne l'a apporté"


def _changed_facts(
    connection: Connection, table: str, first: int, last: int, digest: str, *, origin: str
) -> Iterator[str]:
    number, name, what = _FACTS[table]
    columns = SEALED_COLUMNS[table]
    facts = connection.execute(
        text(
            f"SELECT {', '.join(columns)} FROM {table}"
            f" WHERE {number} BETWEEN :first AND :last ORDER BY {number}"
        ),
        {"first": first, "last": last},
    ).all()
    resealed, together = sealed(tuple(fact[:-1]) for fact in facts)
    missing = sorted({*range(first, last + 1)} - {fact[0] for fact in facts})
    changed = [fact for fact, again in zip(facts, resealed, strict=True) if fact[-1] != again[-1]]
    for item in missing:
        yield f"{what} n° {item} ({origin}) : la ligne manque"
    for fact in changed:
        shown = fact[columns.index(name)] or fact[0]
        yield f"{what} {shown} ({origin}) : la ligne a changé depuis l'import"
    if together != digest and not missing and not changed:
        yield f"{what}s n° {first} à {last} ({origin}) : leurs lignes ont changé depuis l'import"


def _broken_items(connection: Connection) -> Iterator[str]:
    """Compares each item with the fact it follows and with its links."""
    rows = connection.execute(
        text(
            "SELECT i.item_id, i.kind, i.building_id, i.account_id, i.amount_cents,"
            " i.allocated_cents,"
            " CASE WHEN d.item_id IS NULL THEN COALESCE(s.kind, 'movement') ELSE 'due' END,"
            " COALESCE(d.building_id, s.building_id, b.building_id),"
            " COALESCE(d.account_id, s.account_id, ''),"
            " COALESCE(d.amount_cents, s.amount_cents, -m.amount_cents),"
            " COALESCE(d.due_id, s.name, m.movement_id),"
            " COALESCE((SELECT SUM(a.amount_cents) FROM allocations a"
            "   WHERE a.debit_item = i.item_id), 0)"
            " - COALESCE((SELECT SUM(a.amount_cents) FROM allocations a"
            "   WHERE a.credit_item = i.item_id), 0)"
            " FROM items i LEFT JOIN dues d ON d.item_id = i.item_id"
            " LEFT JOIN receipt_sides s ON s.item_id = i.item_id"
            " LEFT JOIN movements m ON m.item_id = i.item_id"
            " LEFT JOIN bank_accounts b ON b.iban = m.iban ORDER BY i.item_id"
        )
    )
    for item_id, *followed, allocated, kind, building, account, amount, name, linked in rows:
        what = _ITEM_WORDS.get(kind, "mouvement")
        if followed != [kind, building, account, amount]:
            yield f"{what} {name or item_id} : ce qui est suivi diffère du fait importé"
        if int(linked) != allocated:
            yield (
                f"{what} {name or item_id} : le montant réglé ({allocated}) diffère de ses "
                f"affectations ({linked})"
            )
    # A movement without an item waits for its IBAN; a due never waits, a link always has both.
    for table, name, words in (
        ("dues", "due_id", "échéance {} : elle n'est plus suivie"),
        ("receipt_sides", "name", "encaissement {} : il n'est plus suivi"),
    ):
        lost = connection.execute(
            text(
                f"SELECT {name} FROM {table} f WHERE NOT EXISTS"
                " (SELECT 1 FROM items i WHERE i.item_id = f.item_id) ORDER BY f.item_id"
            )
        )
        for (shown,) in lost:
            yield words.format(shown)
    lost = connection.execute(
        text(
            "SELECT allocation_id FROM allocations a WHERE"
            " NOT EXISTS (SELECT 1 FROM items i WHERE i.item_id = a.credit_item)"
            " OR NOT EXISTS (SELECT 1 FROM items i WHERE i.item_id = a.debit_item)"
            " ORDER BY allocation_id"
        )
    )
    for (allocation_id,) in lost:
        yield f"affectation n° {allocation_id} : ce qu'elle rapproche n'est plus suivi"


def _broken_file(connection: Connection) -> Iterator[str]:
    if connection.dialect.name != "sqlite":
        return
    for (said,) in connection.exec_driver_sql("PRAGMA integrity_check(5)"):
        if said != "ok":
            yield f"fichier du registre : {said}"


def _grouped(connection: Connection, query: str) -> dict[int, list[tuple[Any, ...]]]:
    """Returns rows by their journal sequence, the second column."""
    groups: dict[int, list[tuple[Any, ...]]] = {}
    for row in connection.execute(text(query)):
        groups.setdefault(int(row[1]), []).append(tuple(row))
    return groups


def _parsed(data: str) -> dict[str, Any]:
    try:
        parsed = json.loads(data)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _rows(kept: Mapping[str, Any], name: str) -> list[list[Any]]:
    """Returns the rows the journal kept under a name; what is not one was written by no program."""
    rows = kept.get(name, [])
    if not isinstance(rows, list):
        return []
    return [r for r in rows if isinstance(r, list) and r and isinstance(r[0], int | str)]


def _is_range(row: list[Any]) -> bool:
    """Tells whether a row is (sealed table, first number, last number, digest)."""
    return len(row) == 4 and row[0] in _FACTS and all(isinstance(n, int) for n in row[1:3])
