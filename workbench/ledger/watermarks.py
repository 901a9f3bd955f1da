"""What the last matching of each building had seen, so that the next one looks at what is new.

A building is *touched* when something its matching depends on came since: an item (movement, due,
receipt), a decision on one of its items, or the context (accounts, settings, what was learnt),
which the caller sums up in one text. Touched too is a building never matched, or matched as of
another day with money between the two.

A building is *unsettled* while it has money nobody could be named for: what that money may be
depends on other buildings too (a payment that went to the wrong one), so it is looked at again
whenever anything anywhere is.

Source: docs/decisions/0018-incremental-matching.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from workbench.ledger import journal, schema
from workbench.ledger.store import insert_rows

_COLUMNS = ("building_id", "journal_seq", "item_id", "as_of", "context")


@dataclass(frozen=True, slots=True)
class Mark:
    """What was there when a run read the ledger: last decision, last item."""

    journal_seq: int
    item_id: int


def present(connection: Connection) -> Mark:
    """Returns the ledger's last decision and last item."""
    last = connection.execute(text("SELECT COALESCE(MAX(item_id), 0) FROM items")).scalar_one()
    return Mark(journal.head(connection).seq, int(last))


def keep(
    connection: Connection, building_id: str, mark: Mark, *, as_of: date, context: str
) -> None:
    """Notes that a building's matching knows everything up to `mark`; inside its transaction."""
    forget(connection, building_id)
    row = (building_id, mark.journal_seq, mark.item_id, as_of.isoformat(), context)
    insert_rows(connection, schema.matched, _COLUMNS, [row])


def forget(connection: Connection, building_id: str) -> None:
    """Makes a building touched: its matching cannot vouch for what it knew."""
    query = text("DELETE FROM matched WHERE building_id = :building")
    connection.execute(query, {"building": building_id})


def touched(connection: Connection, contexts: Mapping[str, str], *, as_of: date) -> set[str]:
    """Returns the buildings of which something changed since they were matched.

    Args:
        connection: reading.
        contexts: of every building, as it is now.
        as_of: the day of the run.
    """
    day = as_of.isoformat()
    rows = connection.execute(text("SELECT building_id, as_of, context FROM matched")).all()
    kept = {row[0]: (row[1], row[2]) for row in rows}
    found = {name for name, context in contexts.items() if kept.get(name, ("", ""))[1] != context}
    found |= _with_new_items(connection) | _with_decisions(connection)
    if any(on != day for on, _ in kept.values()):
        found |= _with_money_between(connection, day)
    return found & contexts.keys()


def unsettled(connection: Connection) -> set[str]:
    """Returns the buildings with open money that no identity explains."""
    rows = connection.execute(
        text(
            "SELECT DISTINCT i.building_id FROM items i"
            " LEFT JOIN (SELECT DISTINCT movement_item FROM proposals"
            "   WHERE rule NOT IN ('amount', 'amount_date')) p ON p.movement_item = i.item_id"
            " LEFT JOIN classifications c ON c.movement_item = i.item_id"
            " WHERE i.kind IN ('movement', 'receipt') AND i.allocated_cents <> i.amount_cents"
            # A batch may be proposed in one part and unknown in another.
            " AND (p.movement_item IS NULL OR c.movement_item IS NOT NULL)"
            " AND NOT EXISTS (SELECT 1 FROM verdicts v WHERE v.item_id = i.item_id"
            "   AND v.kind = 'set_aside' AND v.cancels IS NULL"
            "   AND NOT EXISTS (SELECT 1 FROM verdicts x WHERE x.cancels = v.verdict_id))"
        )
    )
    return set(rows.scalars())


def later_facts(connection: Connection) -> str:
    """Returns how many facts there are that complete others: details of batches, order returns."""
    counts = [
        connection.execute(text(f"SELECT COUNT(*) FROM {table}")).scalar_one()
        for table in ("movement_details", "order_returns")
    ]
    return "/".join(str(count) for count in counts)


def _with_new_items(connection: Connection) -> set[str]:
    rows = connection.execute(
        text(
            "SELECT DISTINCT i.building_id FROM items i JOIN matched m"
            " ON m.building_id = i.building_id WHERE i.item_id > m.item_id"
        )
    )
    return set(rows.scalars())


def _with_decisions(connection: Connection) -> set[str]:
    rows = connection.execute(
        text(
            "SELECT i.building_id FROM allocations a JOIN items i ON i.item_id = a.credit_item"
            " JOIN matched m ON m.building_id = i.building_id WHERE a.seq > m.journal_seq"
            " UNION SELECT i.building_id FROM verdicts v JOIN items i ON i.item_id = v.item_id"
            " JOIN matched m ON m.building_id = i.building_id WHERE v.seq > m.journal_seq"
        )
    )
    return set(rows.scalars())


def _with_money_between(connection: Connection, day: str) -> set[str]:
    """Returns the buildings with open money of a day that one of two runs leaves alone."""
    rows = connection.execute(
        text(
            "SELECT DISTINCT i.building_id FROM items i JOIN matched m"
            " ON m.building_id = i.building_id"
            " LEFT JOIN movements o ON o.item_id = i.item_id"
            " WHERE i.kind IN ('movement', 'receipt')"
            # A receipt has its day in another table: it counts as between.
            " AND (o.booked_on IS NULL OR (o.booked_on > m.as_of AND o.booked_on <= :day)"
            "   OR (o.booked_on > :day AND o.booked_on <= m.as_of))"
            " AND m.as_of <> :day"
        ),
        {"day": day},
    )
    return set(rows.scalars())
