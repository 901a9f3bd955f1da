"""The outbox: what became of each letter, from `queued` on; the one table whose rows change.

Every change is a row of the journal that keeps the outbox row as it is from then on, so that the
table can be compared with it. A mail is claimed, and that is kept, before the first word to a
server: what a sender that died was sending is seen by the next one, and becomes `unknown`.

A letter of `email` is moved by the mail server, any other by a person (`posted`).
Source: docs/decisions/0020-outbox.md.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, bindparam, text

from workbench.domain.dates import timestamp
from workbench.domain.errors import DecisionRefusedError, ParameterError
from workbench.ledger import journal
from workbench.ledger.journal import JournalEntry
from workbench.ledger.reminder_tables import outbox
from workbench.ledger.store import Ledger, insert_rows

_COLUMNS: Final = (
    "letter_id", "state", "attempts", "last_error", "message_id", "left_on", "proof",
)  # fmt: skip
_ROW: Final = ", ".join(f"o.{name}" for name in _COLUMNS)
_LETTER: Final = "l.account_id, l.reminder_id, l.channel, l.made_on"
_AT_ONCE: Final = 500


class State(StrEnum):
    """Where a letter stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


STATE_WORDS: Final = {
    State.QUEUED: "en attente",
    State.SENDING: "en cours d'envoi",
    State.SENT: "partie",
    State.UNKNOWN: "sort inconnu",
    State.REFUSED: "refusée",
    State.WITHDRAWN: "retirée",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One letter in the outbox.

    Attributes:
        letter_id: the letter.
        state: where it stands.
        attempts: how often a sender took it; also tells whose answer counts.
        last_error: why it did not leave, in French.
        message_id: of its mail, from the first attempt on.
        left_on: ISO day it left; "" before.
        proof: number of a registered letter.
    """

    letter_id: int
    state: State
    attempts: int = 0
    last_error: str = ""
    message_id: str = ""
    left_on: str = ""
    proof: str = ""

    def values(self) -> tuple[Any, ...]:
        """Returns its values in the order of the table, the moment left out."""
        return tuple(getattr(self, name) for name in _COLUMNS)


@dataclass(frozen=True, slots=True)
class Letter:
    """What the outbox has to know of a letter: whose, of which reminder, how, made on which day."""

    account_id: str
    reminder_id: int | None
    channel: str
    made_on: str

    @property
    def is_registered(self) -> bool:
        """A number proves that it left (LAW L6)."""
        return self.channel in {"registered", "e_registered"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail, with all it takes to make it.

    Attributes:
        row: where it stands.
        letter: what it is.
        to: address.
        subject: one line.
        body: plain text.
        file_name: of the file.
        file_id: sha256 of the file.
        content: the file.
    """

    row: Row
    letter: Letter
    to: str
    subject: str
    body: str
    file_name: str
    file_id: str
    content: bytes


def queue(connection: Connection, letter_ids: Sequence[int], *, actor: str, at: datetime) -> None:
    """Puts letters into the outbox: what is queued leaves.

    Args:
        connection: of `Ledger.writing`.
        letter_ids: letters that are not in it yet.
        actor: who decides that they leave.
        at: when.
    """
    if not letter_ids:
        return
    rows = [Row(number, State.QUEUED) for number in sorted(letter_ids)]
    _tell(connection, rows, action="queue", actor=actor, at=at)
    moment = timestamp(at)
    values = ((*row.values(), moment) for row in rows)
    insert_rows(connection, outbox, (*_COLUMNS, "changed_at"), values)


def withdraw(
    connection: Connection, letter_ids: Sequence[int], *, actor: str, at: datetime, reason: str = ""
) -> None:
    """Takes letters out before they leave.

    Args:
        connection: of `Ledger.writing`.
        letter_ids: letters; one that is not in the outbox, or withdrawn already, is left alone.
        actor: who decides.
        at: when.
        reason: in the person's words.

    Raises:
        DecisionRefusedError: one is on its way or has left; nothing is written.
    """
    known = letters_of(connection, letter_ids).values()
    rows = [row for row, _ in known if row.state != State.WITHDRAWN]
    for row in rows:
        if row.state != State.QUEUED:
            raise DecisionRefusedError(
                f"le courrier C{row.letter_id} ne peut plus être retiré : {STATE_WORDS[row.state]}"
            )
    taken = [replace(row, state=State.WITHDRAWN, last_error=reason) for row in rows]
    change(connection, taken, action="withdraw", actor=actor, at=at)


def change(
    connection: Connection,
    rows: Sequence[Row],
    *,
    action: str,
    actor: str,
    at: datetime,
    told: Mapping[str, Any] | None = None,
) -> None:
    """Changes rows of the outbox, with one journal row for all of them.

    Args:
        connection: of `Ledger.writing`, which looked at the rows before.
        rows: as they are from now on.
        action: `send`, `withdraw`, `resolve`, `post` or `undo`.
        actor: who does it.
        at: when.
        told: more that the journal keeps.
    """
    if not rows:
        return
    _tell(connection, rows, action=action, actor=actor, at=at, told=told or {})
    query = text(
        "UPDATE outbox SET state = :state, attempts = :attempts, last_error = :last_error,"
        " message_id = :message_id, left_on = :left_on, proof = :proof, changed_at = :changed_at"
        " WHERE letter_id = :letter_id"
    )
    moment = {"changed_at": timestamp(at)}
    connection.execute(
        query, [dict(zip(_COLUMNS, row.values(), strict=True)) | moment for row in rows]
    )


def next_mail(connection: Connection, *, after: int) -> Mail | None:
    """Returns the first mail that waits behind a letter; None when there is none.

    Paper waits in the same table: only letters of channel `email` are mails (LAW L6).
    """
    where = "o.state = 'queued' AND o.letter_id > :number AND l.channel = 'email'"
    return _mail(connection, where, after)


def mail_of(connection: Connection, letter_id: int) -> Mail | None:
    """Returns the mail that a letter is, wherever it stands; None when it is none."""
    return _mail(connection, "o.letter_id = :number AND l.channel = 'email'", letter_id)


def _mail(connection: Connection, where: str, number: int) -> Mail | None:
    found = connection.execute(
        text(
            f"SELECT {_ROW}, {_LETTER}, l.to_address, l.subject, l.body, l.file_name, l.file_id,"
            f" l.content FROM outbox o JOIN letters l ON l.letter_id = o.letter_id WHERE {where}"
            " ORDER BY o.letter_id LIMIT 1"
        ),
        {"number": number},
    ).first()
    if found is None:
        return None
    *row, to, subject, body, file_name, file_id, content = found
    return Mail(
        row=_row(row[: len(_COLUMNS)]), letter=_letter(row[len(_COLUMNS) :]), to=str(to),
        subject=str(subject), body=str(body), file_name=str(file_name), file_id=str(file_id),
        content=bytes(content),
    )  # fmt: skip


def letters_of(connection: Connection, letter_ids: Sequence[int]) -> dict[int, tuple[Row, Letter]]:
    """Returns rows and letters, by letter; letters that are not in the outbox are left out."""
    query = text(
        f"SELECT {_ROW}, {_LETTER} FROM outbox o JOIN letters l ON l.letter_id = o.letter_id"
        " WHERE o.letter_id IN :some ORDER BY o.letter_id"
    ).bindparams(bindparam("some", expanding=True))
    found: dict[int, tuple[Row, Letter]] = {}
    for start in range(0, len(letter_ids), _AT_ONCE):
        some = {"some": list(letter_ids[start : start + _AT_ONCE])}
        for values in connection.execute(query, some):
            row = _row(values[: len(_COLUMNS)])
            found[row.letter_id] = (row, _letter(values[len(_COLUMNS) :]))
    return found


def waiting_mails(connection: Connection) -> int:
    """Returns how many mails wait."""
    query = text(
        "SELECT COUNT(*) FROM outbox o JOIN letters l ON l.letter_id = o.letter_id"
        " WHERE o.state = 'queued' AND l.channel = 'email'"
    )
    return int(connection.execute(query).scalar_one())


def stranded(connection: Connection) -> list[tuple[Row, Letter]]:
    """Returns the mails that a sender took and said nothing about since, in order.

    Only who is alone (`one_sender`) knows that their sender is gone.
    """
    found = connection.execute(text("SELECT letter_id FROM outbox WHERE state = 'sending'"))
    return list(letters_of(connection, [int(number) for number in found.scalars()]).values())


def mail_told(ledger: Ledger, letter_id: int) -> Mapping[str, Any] | None:
    """Returns what the journal kept of the last mail made of a letter; None before the first.

    Keys: `letter` (number), `sender`, `at` (ISO), `sha256` (of the whole message).
    """
    frame = ledger.frame(
        "SELECT data FROM journal WHERE action = 'send' AND subject = ? ORDER BY seq DESC",
        (subject_of(letter_id),),
    )
    for data in frame["data"]:
        mail = _parsed(data).get("mail")
        if isinstance(mail, dict):
            return mail
    return None


def last_said(connection: Connection, letter_id: int) -> tuple[Row, Row] | None:
    """Returns what a person last said of a letter (`post`, `resolve`): the row before and after.

    None where the last thing told about it is not that.
    """
    found = connection.execute(
        text(
            "SELECT action, data FROM journal WHERE subject = :subject"
            " AND action IN ('send', 'withdraw', 'resolve', 'post', 'undo') ORDER BY seq DESC"
        ),
        {"subject": subject_of(letter_id)},
    ).first()
    if found is None or found[0] not in {"resolve", "post"}:
        return None
    data = _parsed(found[1])
    rows = [row for row in _kept_rows(data) if row[0] == letter_id]
    before = data.get("before")
    return (_row(before), _row(rows[0])) if rows and isinstance(before, list) else None


def is_presented(connection: Connection, letter_id: int) -> bool:
    """Tells whether the first presentation of a registered letter is known."""
    query = text(
        "SELECT 1 FROM reminder_events e JOIN letters l ON l.reminder_id = e.reminder_id"
        " WHERE l.letter_id = :id AND e.state = 'presented'"
    )
    return connection.execute(query, {"id": letter_id}).first() is not None


def letter_number(identifier: str) -> int:
    """Returns 12 of `C12`.

    Raises:
        ParameterError: it names no letter.
    """
    number = identifier.strip().upper().removeprefix("C")
    if not (number.isascii() and number.isdigit() and len(number) < 18):
        raise ParameterError(f"« {identifier} » ne désigne pas un courrier (C12 par exemple)")
    return int(number)


def subject_of(letter_id: int) -> str:
    """Returns `C12`, what people call a letter."""
    return f"C{letter_id}"


def broken_outbox(connection: Connection) -> Iterator[str]:
    """Yields, in French, each row that is not what the journal last said of it."""
    kept: dict[int, list[Any]] = {}
    query = text(
        "SELECT data FROM journal WHERE action IN"
        " ('queue', 'send', 'withdraw', 'resolve', 'post', 'undo') ORDER BY seq"
    )
    for (data,) in connection.execute(query):
        kept |= {row[0]: row for row in _kept_rows(_parsed(data))}
    found = connection.execute(text(f"SELECT {_ROW} FROM outbox o ORDER BY o.letter_id"))
    for values in found:
        told = kept.pop(values[0], None)
        if told is None:
            yield f"courrier C{values[0]} : rien au journal ne l'a mis à l'envoi"
        elif told != list(values):
            yield f"courrier C{values[0]} : son état diffère de ce que dit le journal"
    for number in sorted(kept):
        yield f"courrier C{number} : sa ligne manque dans la boîte d'envoi"


def _parsed(data: object) -> dict[str, Any]:
    """Returns what a journal row kept; nothing of one that somebody changed into something else."""
    try:
        parsed = json.loads(str(data))
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _kept_rows(data: Mapping[str, Any]) -> list[list[Any]]:
    rows = data.get("outbox")
    known = rows if isinstance(rows, list) else []
    return [row for row in known if isinstance(row, list) and row and isinstance(row[0], int)]


def _tell(
    connection: Connection,
    rows: Sequence[Row],
    *,
    action: str,
    actor: str,
    at: datetime,
    told: Mapping[str, Any] | None = None,
) -> None:
    # The last one is the one that begins, where a sender ends one mail and begins the next.
    subject = subject_of(rows[-1].letter_id)
    data = {**(told or {}), "outbox": [list(row.values()) for row in rows]}
    entry = JournalEntry(action=action, subject=subject, data=data)
    journal.append(connection, [entry], actor=actor, at=at)


def _row(values: Sequence[Any]) -> Row:
    number, state, attempts, *texts = values
    return Row(int(number), State(state), int(attempts), *(str(value) for value in texts))


def _letter(values: Sequence[Any]) -> Letter:
    account_id, reminder_id, channel, made_on = values
    number = None if reminder_id is None else int(reminder_id)
    return Letter(str(account_id), number, str(channel), str(made_on))
