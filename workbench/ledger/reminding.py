"""Reminders out: what was generated, its letters, moved dates, snoozes, as frames.

Rows come in by `reminder_rows` and `outbox`; what a plan is made from is read by
`reminder_inputs`. `building_id=None` means the whole portfolio.
"""

import json
from datetime import date
from typing import Final

import pandas as pd
from sqlalchemy import text

from workbench.domain.errors import ParameterError
from workbench.ledger.frame_types import typed
from workbench.ledger.store import Ledger

_STATE: Final = (
    "CASE WHEN EXISTS (SELECT 1 FROM reminder_events e WHERE e.reminder_id = r.reminder_id"
    " AND e.state = 'cancelled') THEN 'cancelled'"
    " WHEN EXISTS (SELECT 1 FROM reminder_events e WHERE e.reminder_id = r.reminder_id"
    " AND e.state = 'sent') THEN 'sent' ELSE 'waiting' END"
)


def reminders(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns every reminder generated here, in order.

    Columns: reminder_id, seq, account_id, building_id, kind (name of the type), planned_on,
    generated_on, amount_cents, by_hand (0 | 1), again, channel, letter_kind, state (waiting: for
    a person to validate it; sent; cancelled), sent_on, presented_on (of a registered letter), at
    (ISO text, UTC), actor.
    """
    where, parameters = _building("r.building_id", building_id)
    frame = ledger.frame(
        f"SELECT r.*, {_STATE} AS state, {_day_of('sent')} AS sent_on,"
        f" {_day_of('presented')} AS presented_on, j.at, j.actor"
        f" FROM reminders r JOIN journal j ON j.seq = r.seq {where} ORDER BY r.reminder_id",
        parameters,
    )
    return typed(frame, dates=("planned_on", "generated_on", "sent_on", "presented_on"))


def _day_of(state: str) -> str:
    return (
        "COALESCE((SELECT e.on_day FROM reminder_events e"
        f" WHERE e.reminder_id = r.reminder_id AND e.state = '{state}'"
        " ORDER BY e.event_id DESC LIMIT 1), '')"
    )


def counts(ledger: Ledger, *, cancelled_only: bool = False) -> dict[tuple[str, str, str], int]:
    """Returns how many reminders have the same account, type and ISO day.

    Args:
        ledger: open.
        cancelled_only: count those taken back only.
    """
    where = (
        " WHERE EXISTS (SELECT 1 FROM reminder_events e WHERE e.reminder_id = r.reminder_id"
        " AND e.state = 'cancelled')"
        if cancelled_only
        else ""
    )
    frame = ledger.frame(
        f"SELECT r.account_id, r.kind, r.planned_on, COUNT(*) AS made FROM reminders r{where}"
        " GROUP BY r.account_id, r.kind, r.planned_on ORDER BY 1, 2, 3"
    )
    columns = (frame[name].tolist() for name in ("account_id", "kind", "planned_on", "made"))
    return {
        (account, kind, day): int(made) for account, kind, day, made in zip(*columns, strict=True)
    }


def letters(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns every letter without its bytes, in order.

    Columns: letter_id, seq, reminder_id (0 when it is of none), account_id, building_id, kind
    (`LetterKind`), made_on, channel, file_name, file_id, to_address, subject, body, reference,
    address, state (of the outbox; "" while its reminder waits), left_on, proof.
    """
    where, parameters = _building("l.building_id", building_id)
    frame = ledger.frame(
        "SELECT l.letter_id, l.seq, COALESCE(l.reminder_id, 0) AS reminder_id, l.account_id,"
        " l.building_id, l.kind, l.made_on, l.channel, l.file_name, l.file_id, l.to_address,"
        " l.subject, l.body, l.reference, l.address, COALESCE(o.state, '') AS state,"
        " COALESCE(o.left_on, '') AS left_on, COALESCE(o.proof, '') AS proof"
        " FROM letters l LEFT JOIN outbox o ON o.letter_id = l.letter_id"
        f" {where} ORDER BY l.letter_id",
        parameters,
    )
    return typed(frame, dates=("made_on", "left_on"))


def building_of(ledger: Ledger, account_id: str) -> str:
    """Returns the building of an owner's or a tenant's account.

    Raises:
        ParameterError: no such account.
    """
    frame = ledger.frame(
        "SELECT building_id FROM accounts WHERE account_id = ? AND kind <> 'supplier'",
        (account_id,),
    )
    if frame.empty:
        raise ParameterError(f"aucun compte de copropriétaire ou de locataire « {account_id} »")
    return str(frame["building_id"].iloc[0])


def letter_content(ledger: Ledger, letter_id: int) -> bytes:
    """Returns a letter's PDF, byte for byte as it was made (DOMAIN E18).

    Raises:
        ParameterError: no such letter.
    """
    with ledger.reading() as connection:
        found = connection.execute(
            text("SELECT content FROM letters WHERE letter_id = :id"), {"id": letter_id}
        ).scalar()
    if found is None:
        raise ParameterError(f"aucune lettre C{letter_id}")
    return bytes(found)


def outbox(ledger: Ledger) -> pd.DataFrame:
    """Returns the outbox, by letter.

    Columns: letter_id, state, attempts, last_error, message_id, left_on, proof, changed_at (ISO
    text, UTC).
    """
    frame = ledger.frame("SELECT * FROM outbox ORDER BY letter_id")
    return typed(frame, dates=("left_on",))


def moves(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns standing moves of planned dates, in order.

    Columns: move_id, account_id, kind (name of the type), to_on, moved_on.
    """
    where, parameters = _building("a.building_id", building_id, also=_standing("moves", "move_id"))
    frame = ledger.frame(
        "SELECT t.move_id, t.account_id, t.kind, t.to_on, t.moved_on FROM moves t"
        f" JOIN accounts a ON a.account_id = t.account_id {where} ORDER BY t.move_id",
        parameters,
    )
    return typed(frame, dates=("to_on", "moved_on"))


def snoozes(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns snoozes: those imported first (snooze_id 0), then people's standing ones, in order.

    Columns: snooze_id, building_id, from_on, until_on (excluded: on that day reminders wake; that
    same day as from_on where a person woke them).
    """
    own, parameters = _building(
        "t.building_id", building_id, also=_standing("snoozing", "snooze_id")
    )
    imported, _ = _building("building_id", building_id)
    frame = ledger.frame(
        "SELECT 0 AS snooze_id, building_id, from_on, until AS until_on FROM snoozes"
        f" {imported} UNION ALL SELECT t.snooze_id, t.building_id, t.from_on, t.until_on"
        f" FROM snoozing t {own} ORDER BY 1, 2, 3",
        (*parameters, *parameters),
    )
    return typed(frame, dates=("from_on", "until_on"))


def _standing(table: str, key: str) -> str:
    return f"t.cancels IS NULL AND NOT EXISTS (SELECT 1 FROM {table} x WHERE x.cancels = t.{key})"


def is_automatic(ledger: Ledger) -> bool:
    """Tells whether scheduled runs generate reminders (DOMAIN B7); they do unless switched off."""
    frame = ledger.frame("SELECT state FROM switches ORDER BY switch_id DESC LIMIT 1")
    return frame.empty or frame["state"].iloc[0] == "on"


def last_dry_run(ledger: Ledger, building_id: str) -> tuple[date, dict[str, list[str]]] | None:
    """Returns what the last dry run of a building ("" for the portfolio) said.

    Returns:
        Its business date, and account -> [type, state, reason, ISO day]; None when there was none.
    """
    frame = ledger.frame("SELECT as_of, data FROM dry_runs WHERE building_id = ?", (building_id,))
    if frame.empty:
        return None
    return date.fromisoformat(frame["as_of"].iloc[0]), json.loads(frame["data"].iloc[0])


def _building(
    column: str, building_id: str | None, *, also: str = ""
) -> tuple[str, tuple[str, ...]]:
    conditions = [c for c in (f"{column} = ?" if building_id is not None else "", also) if c]
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return where, (building_id,) if building_id is not None else ()
