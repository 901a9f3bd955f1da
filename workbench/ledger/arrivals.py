"""What came into the ledger and what of it waits: light enough for a page one opens each morning.

The same states as `views.movements`, of the movements that are still open only.
"""

import pandas as pd

from workbench.ledger.frame_types import typed
from workbench.ledger.standing import STANDING, WAITING
from workbench.ledger.store import Ledger


def files(ledger: Ledger) -> pd.DataFrame:
    """Returns the bank files that were imported, the latest first.

    Columns: name, format, imported_at (ISO text, UTC), entries (movements it told of, also those
    that were known).
    """
    frame = ledger.frame(
        "SELECT name, format, imported_at, entries FROM files"
        " ORDER BY imported_at DESC, name DESC, file_id"
    )
    return typed(frame)


def open_movements(ledger: Ledger) -> pd.DataFrame:
    """Returns the movements that are not wholly linked, nor set aside, by date and identifier.

    Columns: item_id, movement_id, building_id ("" while nobody knows the IBAN), iban, booked_on,
    amount_cents (+ money in), open_cents (same sign), status (partial | proposed | unmatched).
    """
    frame = ledger.frame(
        "SELECT m.item_id, m.movement_id, COALESCE(b.building_id, '') AS building_id, m.iban,"
        " m.booked_on, m.amount_cents,"
        " m.amount_cents + COALESCE(i.allocated_cents, 0) AS open_cents,"
        " CASE WHEN p.movement_item IS NULL THEN 0 ELSE 1 END AS proposed"
        " FROM movements m LEFT JOIN bank_accounts b ON b.iban = m.iban"
        " LEFT JOIN items i ON i.item_id = m.item_id"
        f" LEFT JOIN (SELECT DISTINCT movement_item FROM proposals p WHERE {WAITING}) p"
        " ON p.movement_item = m.item_id"
        " WHERE m.amount_cents + COALESCE(i.allocated_cents, 0) <> 0"
        " AND NOT EXISTS (SELECT 1 FROM verdicts v WHERE v.item_id = m.item_id"
        f" AND v.kind = 'set_aside' AND v.cancels IS NULL AND {STANDING})"
        " ORDER BY m.booked_on, m.movement_id"
    )
    frame = typed(frame, dates=("booked_on",), whole=("proposed",))
    status = pd.Series("unmatched", index=frame.index, dtype="str")
    status = status.mask(frame["proposed"] == 1, "proposed")
    frame["status"] = status.mask(frame["open_cents"] != frame["amount_cents"], "partial")
    return frame.drop(columns="proposed")


def last_decision_at(ledger: Ledger, *, actor: str) -> str:
    """Returns when a person last decided something (ISO, UTC), "" when never."""
    frame = ledger.frame(
        "SELECT COALESCE(MAX(at), '') AS at FROM journal WHERE actor = ? AND action NOT IN"
        " ('import', 'match', 'change', 'return', 'month_end', 'propose')",
        (actor,),
    )
    return str(frame["at"].iloc[0])
