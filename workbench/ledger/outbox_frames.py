"""Letters out, as frames: every one of the outbox, and every one that an account was sent."""

from typing import Final

import pandas as pd

from workbench.ledger.frame_types import typed
from workbench.ledger.store import Ledger

_ROW: Final = (
    "o.letter_id, o.state, o.attempts, o.last_error, o.message_id, o.left_on, o.proof, o.changed_at"
)


def listed(ledger: Ledger) -> pd.DataFrame:
    """Returns every letter of the outbox, in order.

    Columns: letter_id (int64), state, attempts (int64), last_error, message_id, left_on, proof,
    changed_at (ISO texts, "" when none), account_id, holder, building_id, building, kind, made_on
    (ISO), channel, reference, address (lines), to_address, subject, file_name, file_id,
    reminder_id (Int64).
    """
    frame = ledger.frame(
        f"SELECT {_ROW}, l.account_id, a.holder, l.building_id,"
        " COALESCE(b.name, '') AS building, l.kind, l.made_on, l.channel, l.reference, l.address,"
        " l.to_address, l.subject, l.file_name, l.file_id, l.reminder_id"
        " FROM outbox o JOIN letters l ON l.letter_id = o.letter_id"
        " JOIN accounts a ON a.account_id = l.account_id"
        " LEFT JOIN buildings b ON b.building_id = l.building_id ORDER BY o.letter_id"
    )
    return typed(frame, maybe_whole=("reminder_id",))


def letters_to(ledger: Ledger, *, account_id: str) -> pd.DataFrame:
    """Returns every letter made for an account, in order, whether or not it is in the outbox.

    Columns: letter_id, reminder_id (0 when it is of none; both int64), at (ISO moment it was made),
    actor, kind, reference, channel, to_address, made_on, state ("" while its reminder waits for a
    person), last_error, left_on, proof, presented_on (ISO days, "" when not), cancelled (0 | 1, of
    its reminder).
    """
    event = " FROM reminder_events e WHERE e.reminder_id = l.reminder_id AND e.state = '{}'"
    frame = ledger.frame(
        "SELECT l.letter_id, COALESCE(l.reminder_id, 0) AS reminder_id, j.at, j.actor, l.kind,"
        " l.reference, l.channel, l.to_address, l.made_on, COALESCE(o.state, '') AS state,"
        " COALESCE(o.last_error, '') AS last_error, COALESCE(o.left_on, '') AS left_on,"
        " COALESCE(o.proof, '') AS proof,"
        f" COALESCE((SELECT e.on_day{event.format('presented')}"
        " ORDER BY e.event_id DESC LIMIT 1), '') AS presented_on,"
        f" (SELECT COUNT(*){event.format('cancelled')}) AS cancelled"
        " FROM letters l JOIN journal j ON j.seq = l.seq"
        " LEFT JOIN outbox o ON o.letter_id = l.letter_id WHERE l.account_id = ?"
        " ORDER BY l.letter_id",
        (account_id,),
    )
    return typed(frame, whole=("cancelled",))
