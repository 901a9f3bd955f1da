"""What people's decisions teach about payers, and what a person revoked of it: facts only.

What follows from them (`matching.learning`) is computed at each run, so that undoing a decision
takes back what it taught.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import pandas as pd
from sqlalchemy import Connection, text

from workbench.ledger.decisions import record_rows
from workbench.ledger.frame_types import typed
from workbench.ledger.journal import JournalEntry
from workbench.ledger.schema import forgotten
from workbench.ledger.store import Ledger, next_number

FORGET: Final = "forget"
_STANDING: Final = "NOT EXISTS (SELECT 1 FROM forgotten x WHERE x.cancels = f.forgotten_id)"
# A payer is the other party of a movement, whichever way the money went. Only what settles a due
# says whose money it was: a deposit's other party is the bank or the card processor.
_LINKED: Final = (
    "SELECT j.seq AS decision_seq, j.at, j.actor, j.action, ci.building_id, a.account_id,"
    " m.item_id AS movement_item_id, m.counterparty_iban AS iban, m.counterparty,"
    " m.ultimate_party, a.reasons{more} FROM allocations a"
    " JOIN journal j ON j.seq = a.seq JOIN items ci ON ci.item_id = a.credit_item"
    " JOIN movements m ON m.item_id IN (a.credit_item, a.debit_item)"
    " JOIN dues d ON d.item_id IN (a.credit_item, a.debit_item){joins}"
    " WHERE a.reverses IS NULL AND a.account_id <> ''{where}"
    " ORDER BY a.allocation_id, m.item_id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """One thing learnt that a person revoked, or the taking back of that.

    Attributes:
        learned_id: see `matching.learning`.
        building_id: building of the account.
        account_id: the account.
        kind: `iban` or `name`.
        value: the IBAN, or the name as it was written.
        words: why, in the person's words.
        cancels: revocation taken back by this row.
    """

    learned_id: str
    building_id: str
    account_id: str
    kind: str
    value: str
    words: str = ""
    cancels: int | None = None


def validated_links(ledger: Ledger) -> pd.DataFrame:
    """Returns the standing links that a person made or accepted, in the order of the decisions.

    Columns: decision_seq (journal, int64), at (ISO text, UTC), actor, action (accept | link),
    building_id, account_id, movement_item_id (int64), iban (of the other party, "" when none),
    counterparty, ultimate_party, reasons (JSON).
    """
    frame = ledger.frame(
        _LINKED.format(
            more="",
            joins=" LEFT JOIN allocations r ON r.reverses = a.allocation_id",
            where=" AND r.allocation_id IS NULL AND j.action IN ('accept', 'link')",
        )
    )
    return typed(frame)


def undone_links(ledger: Ledger) -> pd.DataFrame:
    """Returns the links that rested on evidence and that a person took back.

    Columns of `validated_links` (action: match | accept), then undone_seq (journal number of the
    undoing, int64), undone_at, undone_by, undone_words (JSON of the journal row).
    """
    frame = ledger.frame(
        _LINKED.format(
            more=", u.seq AS undone_seq, u.at AS undone_at, u.actor AS undone_by,"
            " u.data AS undone_words",
            joins=" JOIN allocations r ON r.reverses = a.allocation_id"
            " JOIN journal u ON u.seq = r.seq",
            where=" AND j.action IN ('match', 'accept') AND u.action = 'undo'",
        )
    )
    return typed(frame)


def forgotten_lessons(ledger: Ledger) -> pd.DataFrame:
    """Returns the standing revocations, in order.

    Columns: learned_id, seq (int64), at (ISO text), actor, words, building_id, account_id, kind,
    value.
    """
    frame = ledger.frame(
        "SELECT f.learned_id, f.seq, j.at, j.actor, f.words, f.building_id, f.account_id, f.kind,"
        " f.value FROM forgotten f JOIN journal j ON j.seq = f.seq"
        f" WHERE f.cancels IS NULL AND {_STANDING} ORDER BY f.forgotten_id"
    )
    return typed(frame)


def record_forgotten(
    connection: Connection,
    rows: Sequence[Forgotten],
    *,
    action: str = FORGET,
    actor: str,
    at: datetime,
) -> None:
    """Appends revocations, each with its own journal row.

    Args:
        connection: of `Ledger.writing`.
        rows: in order.
        action: `forget`, or `undo` for rows that cancel one.
        actor: who decides.
        at: when.
    """
    for row in rows:
        number = next_number(connection, forgotten, "forgotten_id")
        values = (
            number, row.learned_id, row.building_id, row.account_id, row.kind, row.value,
            row.words, row.cancels,
        )  # fmt: skip
        entry = JournalEntry(action=action, subject=row.learned_id, data={})
        record_rows(connection, entry, {forgotten: [values]}, actor=actor, at=at)


def revocations_of(connection: Connection, learned_id: str) -> list[tuple[int, Forgotten]]:
    """Returns the standing revocations of one thing learnt, with their numbers."""
    found = connection.execute(
        text(
            "SELECT f.* FROM forgotten f WHERE f.learned_id = :id AND f.cancels IS NULL"
            f" AND {_STANDING} ORDER BY f.forgotten_id"
        ),
        {"id": learned_id},
    )
    return [
        (
            row.forgotten_id,
            Forgotten(
                learned_id=row.learned_id, building_id=row.building_id,
                account_id=row.account_id, kind=row.kind, value=row.value, words=row.words,
            ),
        )
        for row in found
    ]  # fmt: skip


def was_forgotten(connection: Connection, learned_id: str) -> bool:
    """Tells whether anybody ever revoked it."""
    query = text("SELECT 1 FROM forgotten WHERE learned_id = :id")
    return bool(connection.execute(query, {"id": learned_id}).first())
