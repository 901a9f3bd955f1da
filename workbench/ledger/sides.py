"""Open items by their numbers, whatever they are: what a two-sided decision needs to look up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, text

_ITEMS: Final = text(
    "SELECT i.item_id, i.kind, COALESCE(d.due_id, s.name, m.movement_id) AS name, i.building_id,"
    " i.account_id, COALESCE(d.kind, '') AS due_kind, i.amount_cents,"
    " i.amount_cents - i.allocated_cents AS open_cents,"
    " COALESCE(d.due_on, m.booked_on, h.received_on, SUBSTR(t.at, 1, 10), o.booked_on) AS day"
    " FROM items i LEFT JOIN dues d ON d.item_id = i.item_id"
    " LEFT JOIN movements m ON m.item_id = i.item_id"
    " LEFT JOIN receipt_sides s ON s.item_id = i.item_id"
    " LEFT JOIN cheques h ON h.cheque_id = s.receipt_id AND s.receipt_kind = 'cheque'"
    " LEFT JOIN card_receipts t ON t.transaction_id = s.receipt_id AND s.receipt_kind = 'card'"
    " LEFT JOIN movements o ON o.movement_id = s.receipt_id AND s.receipt_kind = 'on_account'"
    " WHERE i.item_id IN :ids"
).bindparams(bindparam("ids", expanding=True))


@dataclass(frozen=True, slots=True)
class SideItem:
    """One item.

    Attributes:
        item_id: its number.
        kind: `movement`, `due`, `receipt` or `deposit`.
        name: its identifier.
        building_id: its building.
        account_id: "" of a movement and of a deposit.
        due_kind: of a due; "" of anything else.
        amount_cents: in the item's sign: + the holder owes us or money out.
        open_cents: what is left of it, same sign.
        day: ISO day of booking, receipt or payment.
    """

    item_id: int
    kind: str
    name: str
    building_id: str
    account_id: str
    due_kind: str
    amount_cents: int
    open_cents: int
    day: str


def side_items(connection: Connection, items: Sequence[int]) -> dict[int, SideItem]:
    """Returns items by their number; those that do not exist are left out."""
    rows = connection.execute(_ITEMS, {"ids": sorted(set(items))}) if items else ()
    return {row[0]: SideItem(*row) for row in rows}
