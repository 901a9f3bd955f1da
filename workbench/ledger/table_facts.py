"""What the tables of facts have in common: their seals, their items, the result of an import."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, text

from workbench.ledger import schema

# Facts that are sealed, with their columns in order; the last one is the seal.
SEALED_COLUMNS: Final = {
    table.name: tuple(c.name for c in table.columns)
    for table in (
        schema.statements, schema.movements, schema.dues, schema.cheques, schema.card_receipts,
        schema.receipt_sides, schema.movement_details, schema.order_returns,
    )
}  # fmt: skip
ITEM_COLUMNS: Final = ("item_id", "kind", "building_id", "account_id", "amount_cents")
_LARGEST_ITEMS: Final = text(
    "SELECT (SELECT MAX(item_id) FROM movements), (SELECT MAX(item_id) FROM items)"
)


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


def summary(name: str, result: TableResult) -> dict[str, Any]:
    """Returns what the journal keeps of an import: the table and its counts."""
    return {"table": name, "new": result.new, "changed": result.changed, "known": result.known}


def stored(value: date | str | int | None, *, number: bool) -> str | int | None:
    """Returns a loaded cell as the ledger keeps it: ISO dates, "" for a text that is missing."""
    if value is None:
        return None if number else ""
    return value.isoformat() if isinstance(value, date) else value


def next_item(connection: Connection) -> int:
    """Returns the number of the next item: waiting movements have one without an item row."""
    largest = connection.execute(_LARGEST_ITEMS).one()
    return max(int(number or 0) for number in largest) + 1
