"""What stops a command: every exception a user may meet, with its words and its exit status.

Data problems are not exceptions but values, see `findings`. Messages are French: they are read
by the office, not by a programmer.
"""

from dataclasses import dataclass
from enum import IntEnum


class ExitStatus(IntEnum):
    """How a command ends (CONTRACT, last paragraph)."""

    DONE = 0
    CHECK_FAILED = 1
    COULD_NOT_RUN = 2
    DONE_WITH_REJECTS = 3


class WorkbenchError(Exception):
    """Something a user can act on; `str()` is one French line without a traceback."""

    exit_status = ExitStatus.COULD_NOT_RUN


@dataclass(slots=True)
class UnreadableFileError(WorkbenchError):
    """A file that cannot be read at all: nothing of it was imported.

    Attributes:
        file: name of the file as the user gave it.
        reason: what is wrong, in French, without a final full stop.
        line: 1-based line (or record) where it goes wrong; None when the file has no lines.
        column: name or 1-based position of the column; "" when unknown.
        value: the offending text, shortened to 80 characters in the message.
        hint: what to do, in French.
    """

    file: str
    reason: str
    line: int | None = None
    column: str = ""
    value: str = ""
    hint: str = ""

    def __str__(self) -> str:
        """One line: file, place, reason, value, what to do."""
        place = self.file
        if self.line is not None:
            place += f", ligne {self.line}"
        if self.column:
            place += f", colonne {self.column}"
        value = f" (« {shortened(self.value)} »)" if self.value else ""
        hint = f". {self.hint}" if self.hint else ""
        return f"{place} : {self.reason}{value}{hint}."


class LedgerError(WorkbenchError):
    """The ledger is missing, of another version, damaged or does not answer."""


class DecisionRefusedError(WorkbenchError):
    """A decision that the ledger's state does not allow: already decided, too much, elsewhere."""


class ParameterError(WorkbenchError):
    """A parameter that does not exist or has an impossible value."""


class InvariantError(Exception):
    """A promise of the program itself is broken: a defect, never the user's mistake."""


def shortened(text: str, *, limit: int = 80) -> str:
    """Returns `text` on one line of at most `limit` characters, control characters shown as ·.

    A no-break space, which French amounts are written with, stays one.
    """
    printable = text.isprintable()
    line = text
    if not printable:
        line = "".join(c if c.isprintable() or c == "\u00a0" else "·" for c in text)
    return line if len(line) <= limit else line[: limit - 1] + "…"
