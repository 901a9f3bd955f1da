"""The journal: one row per decision, chained by sha256, so that a change shows.

A chain alone does not show a cut tail: each month-end carries the head (sequence, hash), and only
the two together do. Source: DESIGN, journal.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, text

from workbench.domain.dates import timestamp
from workbench.domain.errors import InvariantError
from workbench.ledger.schema import journal
from workbench.ledger.store import insert_rows

# Enough to find a changed row among millions.
SEAL_LENGTH: Final = 16
_COLUMNS: Final = ("seq", "at", "actor", "action", "subject", "data", "hash", "previous_hash")


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """What is to be written.

    Attributes:
        action: `import`, `match`, `accept`, `link`, `undo`, `reject`, `set_aside`, `change`,
            `month_end`, `return`, `forget`, `sample`, `check`, `band`, `add_due`, `on_account`,
            `cancel` (what a person entered, taken back); of reminders `remind`, `validate`,
            `move`, `snooze`, `automatic`; of letters `queue`, `send`, `withdraw`, `resolve`,
            `post`, `present`.
        subject: movement, account or period concerned.
        data: JSON-able; everything needed to check the tables against it.
    """

    action: str
    subject: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """The last row of the journal: sequence 0 and an empty hash while there is none."""

    seq: int
    hash: str


def canonical(data: Mapping[str, Any]) -> str:
    """Returns the one JSON text of `data`: sorted keys, no spaces, no NaN."""
    return json.dumps(
        data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def row_hash(
    *, previous: str, seq: int, at: str, actor: str, action: str, subject: str, data: str
) -> str:
    """Returns the sha256 of a row's content together with the previous row's hash."""
    content = canonical(
        {"seq": seq, "at": at, "actor": actor, "action": action, "subject": subject, "data": data}
    )
    return hashlib.sha256((previous + content).encode()).hexdigest()


def head(connection: Connection) -> Head:
    """Returns the last row's sequence and hash."""
    row = connection.execute(
        text("SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1")
    ).first()
    return Head(int(row[0]), str(row[1])) if row else Head(0, "")


def append(
    connection: Connection, entries: Sequence[JournalEntry], *, actor: str, at: datetime
) -> Head:
    """Appends entries in their order, numbered from `head(connection).seq + 1`.

    Args:
        connection: of `Ledger.writing`.
        entries: in order.
        actor: who decided; never empty.
        at: when, with its time zone.

    Returns:
        The new head.

    Raises:
        InvariantError: no actor.
    """
    if not actor:
        raise InvariantError("a decision without an actor")
    last = head(connection)
    moment = timestamp(at)

    def rows() -> Iterator[tuple[Any, ...]]:
        nonlocal last
        for entry in entries:
            seq, data = last.seq + 1, canonical(entry.data)
            digest = row_hash(
                previous=last.hash, seq=seq, at=moment, actor=actor,
                action=entry.action, subject=entry.subject, data=data,
            )  # fmt: skip
            yield (seq, moment, actor, entry.action, entry.subject, data, digest, last.hash)
            last = Head(seq, digest)

    insert_rows(connection, journal, _COLUMNS, rows())
    return last


def sealed(rows: Iterable[tuple[Any, ...]]) -> tuple[list[tuple[Any, ...]], str]:
    """Seals facts, one by one and together.

    Args:
        rows: facts without their seal, in the order of their table.

    Returns:
        The rows, each with its seal added, and the sha256 over all of them in their order. The
        seal only tells which row changed; that one did, the sha256 tells, which the journal keeps.
    """
    together = hashlib.sha256()
    kept = []
    template = ""
    for row in rows:
        # One formatting takes half the time of joining the parts: this is a large share of an
        # import. All rows are of one table, so of one length.
        template = template or "\x1f".join(["%s"] * len(row))
        digest = hashlib.sha256((template % row).encode()).hexdigest()
        together.update(digest.encode())
        kept.append((*row, digest[:SEAL_LENGTH]))
    return kept, together.hexdigest()
