"""Entries of one bank file until it has been read to its end: in memory, then in a temporary file.

Nothing of a file may be kept before its end was seen, and what a movement is called needs the
closing balance of its statement. A file of a gigabyte must not be held in memory for that: past
`IN_MEMORY` entries they wait on the disk, in a file without a name that goes away with the program
(its folder is the system's, `TMPDIR`).
"""

import marshal
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from typing import IO, Any, Final, Self

from workbench.domain.records import Entry, EntryPart

# Some 30 MB: a month of a large office.
IN_MEMORY: Final = 20_000
_CHUNK: Final = 1_000

Held = Callable[[], list[Entry]]


class EntryShelf:
    """Holds the entries of one file, statement after statement; close it, or use it in a `with`."""

    def __init__(self, *, in_memory: int = IN_MEMORY) -> None:
        """Holds `in_memory` entries in memory at most, apart from those being added."""
        self._room = in_memory
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Returns itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Lets go of what is on the disk."""
        self.close()

    def close(self) -> None:
        """Lets go of what is on the disk; its entries can no longer be read."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def keep(self, entries: list[Entry]) -> Held:
        """Takes some entries; returns what gives them back, as often as it is asked."""
        if self._room >= len(entries):
            self._room -= len(entries)
            return lambda: entries
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="workbench-")  # noqa: SIM115 - see `close`
        file = self._file
        start = file.seek(0, 2)
        marshal.dump([_packed(entry) for entry in entries], file)

        def again() -> list[Entry]:
            file.seek(start)
            # Written by this very process, into a file that has no name.
            return [_unpacked(packed) for packed in marshal.load(file)]  # noqa: S302

        return again


class HeldEntries:
    """The entries of one statement, in their order; may be read again and again."""

    def __init__(self, shelf: EntryShelf) -> None:
        """Takes its room on the shelf of its file."""
        self._shelf = shelf
        self._chunks: list[Held] = []
        self._open: list[Entry] = []
        self._count = 0

    def append(self, entry: Entry) -> None:
        """Adds an entry."""
        self._open.append(entry)
        self._count += 1
        if len(self._open) >= _CHUNK:
            self._chunks.append(self._shelf.keep(self._open))
            self._open = []

    def __len__(self) -> int:
        """Returns how many there are."""
        return self._count

    def __iter__(self) -> Iterator[Entry]:
        """Gives them in their order."""
        for chunk in self._chunks:
            yield from chunk()
        yield from self._open


def _packed(entry: Entry) -> tuple[Any, ...]:
    return (
        entry.booked_on.toordinal(), entry.amount_cents, entry.label,
        entry.value_on.toordinal() if entry.value_on else 0, entry.counterparty,
        entry.counterparty_iban, entry.ultimate_party, entry.bank_reference, entry.end_to_end_id,
        entry.mandate_id, entry.remittance_reference, entry.operation_code, entry.return_reason,
        entry.reversal,
        tuple(
            (p.amount_cents, p.counterparty, p.counterparty_iban, p.end_to_end_id, p.mandate_id,
             p.remittance, p.return_reason, p.ultimate_party, p.bank_reference,
             p.remittance_reference)
            for p in entry.parts
        ),
        entry.place, entry.batch_reference, entry.extra,
    )  # fmt: skip


def _unpacked(packed: tuple[Any, ...]) -> Entry:
    booked_on, cents, label, value_on = packed[:4]
    value = date.fromordinal(value_on) if value_on else None
    entry = Entry(date.fromordinal(booked_on), cents, label, value, *packed[4:-4])
    parts, entry.place, entry.batch_reference, entry.extra = packed[-4:]
    entry.parts = tuple(EntryPart(*part) for part in parts)
    return entry
