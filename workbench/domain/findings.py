"""Problems of the data, as values: what an import, a check or a month-end has to say.

A finding never stops the program; what does is in `errors`.
"""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters to the person who signs."""

    ERROR = "error"  # à corriger
    WARNING = "warning"  # à vérifier
    INFO = "info"  # pour mémoire


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to know about the data.

    Attributes:
        code: stable identifier such as `missing_column`, `statement_hole`.
        severity: see `Severity`; rejects are errors.
        message: French sentence with its figures, without the place.
        file: name of the file, "" when it does not come from one.
        line: 1-based line of the file, None when it has none.
        column: column of the table, "" when it concerns the whole row.
        value: the offending value as it stands in the file.
        subject: identifier of the account, due, movement or statement concerned.
        building_id: building concerned, "" when none.
        to_do: what to do about it, French, a short infinitive.
    """

    code: str
    severity: Severity
    message: str
    file: str = ""
    line: int | None = None
    column: str = ""
    value: str = ""
    subject: str = ""
    building_id: str = ""
    to_do: str = ""

    def place(self) -> str:
        """Returns `file, ligne 12, colonne amount`, as much of it as is known."""
        parts = [self.file] if self.file else []
        if self.line is not None:
            parts.append(f"ligne {self.line}")
        if self.column:
            parts.append(f"colonne {self.column}")
        return ", ".join(parts)
