"""Is the ledger what it says it is? Every invariant, and the journal's chain, from the rows alone."""

import json
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, text

from workbench.ledger import schema
from workbench.ledger.decisions import decision_data
from workbench.ledger.facts import DUE_COLUMNS, MOVEMENT_COLUMNS
from workbench.ledger.journal import facts_digest, row_hash
from workbench.ledger.store import Ledger

_COLUMNS: Final = {"movements": MOVEMENT_COLUMNS, "dues": DUE_COLUMNS}
_ALLOCATIONS: Final = ", ".join(c.name for c in schema.allocations.columns)
_VERDICTS: Final = ", ".join(c.name for c in schema.verdicts.columns)


def broken_records(ledger: Ledger) -> Iterator[str]:
    """Yields, in French, each record that is not what it should be; nothing when all holds.

    Checked, in this order: the journal's chain; every link and verdict against its journal row;
    facts against the digest their import left; what each item carries against its links.
    """
    with ledger.engine.connect() as connection:
        yield from _broken_chain(connection)
        yield from _broken_decisions(connection)
        yield from _broken_facts(connection)
        yield from _broken_items(connection)


def _broken_chain(connection: Connection) -> Iterator[str]:
    previous, expected = "", 1
    rows = connection.execute(
        text(
            "SELECT seq, at, actor, action, subject, data, hash, previous_hash FROM journal ORDER BY seq"
        )
    )
    for seq, at, actor, action, subject, data, digest, previous_hash in rows:
        if seq != expected:
            yield f"journal n° {expected} : la ligne manque"
            expected = seq
        if previous_hash != previous:
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
    rows = connection.execute(text("SELECT seq, data FROM journal ORDER BY seq"))
    for seq, data in rows:
        kept = _parsed(data)
        if kept is None:
            continue  # said by the chain already
        found = decision_data(lines.pop(seq, []), said.pop(seq, []), words="")
        for table, name in (("allocations", "affectation"), ("verdicts", "avis")):
            yield from _differences(seq, name, kept.get(table, []), found.get(table, []))
    for seq in sorted({*lines, *said}):
        yield f"affectations du n° {seq} : le journal ne les connaît pas"


def _differences(seq: int, name: str, kept: list[Any], found: list[Any]) -> Iterator[str]:
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
    counted = {"movements": 0, "dues": 0}
    rows = connection.execute(
        text("SELECT seq, subject, data FROM journal WHERE action = 'import' ORDER BY seq")
    ).all()
    for seq, subject, data in rows:
        table, first, last, digest = (_parsed(data) or {}).get("facts", ("", 0, 0, ""))
        if table not in _COLUMNS:
            continue
        facts = connection.execute(
            text(
                f"SELECT {', '.join(_COLUMNS[table])} FROM {table}"
                " WHERE item_id BETWEEN :first AND :last ORDER BY item_id"
            ),
            {"first": first, "last": last},
        ).all()
        counted[table] += len(facts)
        if facts_digest([tuple(row) for row in facts]) != digest:
            yield f"faits importés de {subject} (journal n° {seq}) : ils ont changé depuis l'import"
    for table, count in counted.items():
        total = connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar()
        if total != count:
            yield f"table {table} : {total} lignes, dont {count} seulement viennent d'un import"


def _broken_items(connection: Connection) -> Iterator[str]:
    rows = connection.execute(
        text(
            "SELECT i.item_id, i.kind, i.amount_cents, i.allocated_cents,"
            " COALESCE(d.amount_cents, -m.amount_cents), COALESCE(d.due_id, m.movement_id),"
            " COALESCE((SELECT SUM(a.amount_cents) FROM allocations a"
            "   WHERE a.debit_item = i.item_id), 0)"
            " - COALESCE((SELECT SUM(a.amount_cents) FROM allocations a"
            "   WHERE a.credit_item = i.item_id), 0)"
            " FROM items i LEFT JOIN dues d ON d.item_id = i.item_id"
            " LEFT JOIN movements m ON m.item_id = i.item_id ORDER BY i.item_id"
        )
    )
    for item_id, kind, amount, allocated, fact, name, linked in rows:
        what = "échéance" if kind == "due" else "mouvement"
        if fact is None or int(fact) != amount:
            yield f"{what} {name or item_id} : le montant suivi diffère du fait importé"
        if int(linked) != allocated:
            yield f"{what} {name} : le montant réglé ({allocated}) diffère de ses affectations ({linked})"


def _grouped(connection: Connection, query: str) -> dict[int, list[tuple[Any, ...]]]:
    """Returns rows by their journal sequence, the second column."""
    groups: dict[int, list[tuple[Any, ...]]] = {}
    for row in connection.execute(text(query)):
        groups.setdefault(int(row[1]), []).append(tuple(row))
    return groups


def _parsed(data: str) -> dict[str, Any] | None:
    try:
        parsed = json.loads(data)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None
