"""Reminders in: what was generated, its letters, and what people decided about them.

Writes rows, each with its journal row, and chooses nothing. The outbox is written by `outbox`
alone, frames out are in `reminding`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, text

from workbench.domain.errors import DecisionRefusedError, InvariantError
from workbench.ledger import journal, reminder_tables
from workbench.ledger.decisions import record_rows
from workbench.ledger.journal import JournalEntry
from workbench.ledger.store import insert_rows, is_driver_error, next_number

REMIND: Final = "remind"
VALIDATE: Final = "validate"
# Long columns of a letter: the journal keeps the sha256 of the text, and has that of the file.
_LONG: Final = {"content", "body"}
KEPT_LETTER: Final = tuple(
    column.name for column in reminder_tables.letters.columns if column.name not in _LONG
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeLetter:
    """A letter as it was made: never changed afterwards.

    Attributes:
        kind: value of `documents.letter_kinds.LetterKind`.
        channel: of `reminder_tables.CHANNELS`.
        file_name: name of its PDF.
        content: the PDF.
        reference: its number, as printed.
        address: lines of the addressee as printed, the name first.
        to_address: mail address; "" for a letter on paper.
        subject: of the mail.
        body: of the mail, plain text.
    """

    kind: str
    channel: str
    file_name: str
    content: bytes
    reference: str
    address: str
    to_address: str = ""
    subject: str = ""
    body: str = ""

    @property
    def file_id(self) -> str:
        """The sha256 of the PDF."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeReminder:
    """A reminder as it was generated.

    Attributes:
        account_id: the account.
        building_id: its building.
        kind: name of the type.
        planned_on: the day of its step; the day it is sent when a person sends it.
        amount_cents: what it claims (> 0).
        by_hand: a person sent it, the plan did not.
        again: 0, one more for each with the same account, type and day.
        leaves: it validates itself; else it waits for a person.
        letter: what the account receives.
    """

    account_id: str
    building_id: str
    kind: str
    planned_on: date
    amount_cents: int
    by_hand: bool
    again: int
    leaves: bool
    letter: MadeLetter


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a recorded reminder was numbered: itself, its letter, its journal row."""

    reminder_id: int
    letter_id: int
    seq: int


def record_reminders(
    connection: Connection,
    made: Sequence[MadeReminder],
    *,
    on: date,
    actor: str,
    at: datetime,
) -> list[Numbers]:
    """Appends reminders with their letters, one journal row each; all or none.

    Args:
        connection: of `Ledger.writing`.
        made: in order.
        on: the day of the run: that on which those that validate themselves leave.
        actor: who runs it.
        at: when.

    Raises:
        DecisionRefusedError: one of them was generated meanwhile; nothing is written.
        InvariantError: a formal notice by plain mail, which it can never be (LAW L6).
    """
    if any((m.letter.kind, m.letter.channel) == ("formal_notice", "email") for m in made):
        raise InvariantError("a formal notice by plain mail")
    seq = journal.head(connection).seq + 1
    reminder_id = next_number(connection, reminder_tables.reminders, "reminder_id")
    event_id = next_number(connection, reminder_tables.reminder_events, "event_id")
    letter_id = next_number(connection, reminder_tables.letters, "letter_id")
    entries: list[JournalEntry] = []
    rows: dict[Table, list[tuple[Any, ...]]] = {
        reminder_tables.reminders: [],
        reminder_tables.reminder_events: [],
        reminder_tables.letters: [],
    }
    numbers: list[Numbers] = []
    for number, one in enumerate(made):
        ids = Numbers(reminder_id + number, letter_id + number, seq + number)
        kept: dict[str, Any] = {"reminders": [_reminder_row(ids.reminder_id, one, on=on)]}
        letter = _letter_row(ids, one, on=on)
        kept["letters"] = [kept_letter(letter)]
        if one.leaves:
            kept["reminder_events"] = [[event_id, ids.reminder_id, "sent", on.isoformat(), "", ""]]
            event_id += 1
        entries.append(JournalEntry(action=REMIND, subject=one.account_id, data=kept))
        for table, of in rows.items():
            new = [letter] if table.name == "letters" else kept.get(table.name, [])
            of.extend((row[0], ids.seq, *row[1:]) for row in new)
        numbers.append(ids)
    try:
        with connection.begin_nested():
            journal.append(connection, entries, actor=actor, at=at)
            for table, of in rows.items():
                insert_rows(connection, table, [c.name for c in table.columns], of)
    except Exception as error:
        if not is_driver_error(error, "IntegrityError"):
            raise
        raise DecisionRefusedError(
            "cette relance a été générée entre-temps : rien n'a été écrit"
        ) from error
    return numbers


def _reminder_row(number: int, made: MadeReminder, *, on: date) -> list[Any]:
    return [
        number, made.account_id, made.building_id, made.kind, made.planned_on.isoformat(),
        on.isoformat(), made.amount_cents, int(made.by_hand), made.again, made.letter.channel,
        made.letter.kind,
    ]  # fmt: skip


def _letter_row(ids: Numbers, made: MadeReminder, *, on: date) -> list[Any]:
    letter = made.letter
    return [
        ids.letter_id, ids.reminder_id, made.account_id, made.building_id, letter.kind,
        on.isoformat(), letter.channel, letter.file_name, letter.file_id, letter.content,
        letter.to_address, letter.subject, letter.body, letter.reference, letter.address,
    ]  # fmt: skip


def kept_letter(row: Sequence[Any]) -> list[Any]:
    """Returns what the journal keeps of a letter's row (without its journal number)."""
    body = hashlib.sha256(str(row[12]).encode()).hexdigest()
    return [*row[:9], *row[10:12], body, *row[13:]]


@dataclass(frozen=True, slots=True)
class Event:
    """What became of a reminder: `sent`, `cancelled` …; on which day, in which words."""

    reminder_id: int
    state: str
    on: date
    words: str = ""
    proof: str = ""


def record_events(
    connection: Connection,
    events: Sequence[Event],
    *,
    action: str,
    subject: str,
    actor: str,
    at: datetime,
) -> int:
    """Appends what became of one account's reminders; one journal row.

    Returns:
        Its number.
    """
    table = reminder_tables.reminder_events
    first = next_number(connection, table, "event_id")
    rows = [
        (first + n, event.reminder_id, event.state, event.on.isoformat(), event.words, event.proof)
        for n, event in enumerate(events)
    ]
    entry = JournalEntry(action=action, subject=subject, data={})
    return record_rows(connection, entry, {table: rows}, actor=actor, at=at)


@dataclass(frozen=True, slots=True)
class Choice:
    """A row that a person adds to `moves`, `snoozing` or `switches`.

    Attributes:
        table: which of them.
        cells: its columns between the journal number and `cancels`, in order.
        subject: account or building; "relances" for the switch.
        action: of the journal.
        before: what held until now, for the journal.
        cancels: row taken back; None for a new one.
    """

    table: str
    cells: tuple[str, ...]
    subject: str
    action: str
    before: Mapping[str, str]
    cancels: int | None = None


def record_choice(connection: Connection, choice: Choice, *, actor: str, at: datetime) -> int:
    """Appends a choice with its journal row, which keeps what held before.

    Returns:
        The row's number.
    """
    table = reminder_tables.METADATA.tables[choice.table]
    columns = [column.name for column in table.columns]
    number = next_number(connection, table, columns[0])
    values: tuple[Any, ...] = (number, *choice.cells)
    if "cancels" in columns:
        values = (*values, choice.cancels)
    named = dict(zip(columns[2:], choice.cells, strict=False))
    entry = JournalEntry(
        action=choice.action, subject=choice.subject,
        data={"before": dict(choice.before), "after": {} if choice.cancels else named},
    )  # fmt: skip
    record_rows(connection, entry, {table: [values]}, actor=actor, at=at)
    return number


@dataclass(frozen=True, slots=True)
class FoundChoice:
    """A row of `moves` or `snoozing`, and whether it was taken back."""

    choice: Choice
    number: int
    is_cancelled: bool

    def undone(self) -> Choice:
        """Returns the row that takes it back."""
        columns = _choice_columns(self.choice.table)
        before = dict(zip(columns, self.choice.cells, strict=True))
        return replace(self.choice, action="undo", before=before, cancels=self.number)


def find_choice(connection: Connection, table: str, number: int) -> FoundChoice | None:
    """Returns a person's choice by its number; None for one that takes another back."""
    rows = reminder_tables.METADATA.tables[table]
    key = next(iter(rows.columns))
    row = (
        connection.execute(rows.select().where(key == number, rows.c.cancels.is_(None)))
        .mappings()
        .first()
    )
    if row is None:
        return None
    cells = tuple(str(row[name]) for name in _choice_columns(table))
    back = connection.execute(rows.select().where(rows.c.cancels == number)).first()
    return FoundChoice(
        Choice(table, cells, subject=cells[0], action="", before={}), number, back is not None
    )


def _choice_columns(table: str) -> list[str]:
    names = [column.name for column in reminder_tables.METADATA.tables[table].columns]
    return [name for name in names[2:] if name != "cancels"]


def keep_dry_run(
    connection: Connection, building_id: str, *, as_of: date, data: Mapping[str, Sequence[str]]
) -> None:
    """Keeps what a dry run said, in place of the last one of that building."""
    connection.execute(text("DELETE FROM dry_runs WHERE building_id = :b"), {"b": building_id})
    row = (
        building_id, journal.head(connection).seq, as_of.isoformat(), journal.canonical(dict(data))
    )  # fmt: skip
    table = reminder_tables.dry_runs
    insert_rows(connection, table, [column.name for column in table.columns], [row])
