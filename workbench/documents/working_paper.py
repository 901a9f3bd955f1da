"""One question of an audit and its answer: rows, picture, how it was got, ready to be kept.

Jupyter shows it; `save` writes it for Excel with the method beside the rows.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from workbench.documents.drawing import Picture
from workbench.documents.html import Column, Html, Kind, el, fragment, message, section, table
from workbench.documents.workbook import Sheet, workbook
from workbench.domain.errors import ParameterError, WorkbenchError
from workbench.domain.money import NO_BREAK_SPACE

MOST_SHOWN: Final = 12
_ENDING: Final = ".xlsx"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingPaper:
    """The answer to one question.

    Attributes:
        title: the question's short form, in French.
        subtitle: unit and period.
        facts: how it was got: (what, value), in French; kept beside the rows.
        frame: the rows, whole; its columns are documented where it is made.
        columns: what is shown of them, and written to Excel.
        picture: None where there is nothing to draw.
        empty: what to say where there are no rows.
        blanks: headers of empty columns an auditor fills in.
        shown: the rows with words in place of codes; None where `frame` reads well.
    """

    title: str
    subtitle: str
    facts: tuple[tuple[str, str], ...]
    frame: pd.DataFrame
    columns: tuple[Column, ...]
    picture: Picture | None
    empty: str
    blanks: tuple[str, ...] = ()
    shown: pd.DataFrame | None = None

    def rows(self) -> pd.DataFrame:
        """Returns what a person reads: the rows with words for codes."""
        return self.frame if self.shown is None else self.shown

    def html(self) -> Html:
        """Returns what is shown: heading, picture, how it was got, the first rows."""
        facts = " · ".join(f"{what}{NO_BREAK_SPACE}: {value}" for what, value in self.facts)
        under = el("p", facts, cls="quiet") if facts else None
        if not len(self.rows()):
            said = message("Rien à signaler.", self.empty, glyph="●")
            return fragment(section(self.title, self.subtitle), under, said, style=True)
        head = self.picture.html() if self.picture else section(self.title, self.subtitle)
        rows = table(
            self.rows(), self.columns, limit=MOST_SHOWN, remainder="autres lignes dans .frame"
        )
        return fragment(head, under, rows, style=True)

    def _repr_html_(self) -> str:
        return self.html().markup

    def workbook(self) -> bytes:
        """Returns an Excel file: the shown columns of every row, whole IBANs, and the method."""
        method = [{"what": "Question", "value": self.title}]
        method += [{"what": "Unité et période", "value": self.subtitle}]
        method += [{"what": what, "value": value} for what, value in self.facts]
        return workbook(
            [
                Sheet(
                    name="Lignes", rows=self.rows(), blanks=self.blanks,
                    titles={column.key: column.title for column in self.columns},
                ),
                Sheet(name="Méthode", rows=method, titles={"what": "Quoi", "value": "Valeur"}),
            ]
        )  # fmt: skip

    def save(self, path: str) -> Html:
        """Writes it for Excel and says where; a file of that name is replaced.

        Args:
            path: where, ending in `.xlsx`; its folder exists.

        Raises:
            ParameterError: another ending.
            WorkbenchError: it cannot be written there.
        """
        if not path.endswith(_ENDING):
            raise ParameterError(f"« {path} » : le nom d’un classeur se termine par {_ENDING}")
        target = Path(path)
        try:
            target.write_bytes(self.workbook())
        except OSError as error:
            words = error.strerror or "refusé"
            raise WorkbenchError(f"« {path} » ne peut pas être écrit : {words}") from error
        return fragment(
            message("Classeur écrit.", f"{len(self.rows())} lignes dans « {path} ».", glyph="●"),
            style=True,
        )


def described(*columns: tuple[str, str, Kind]) -> tuple[Column, ...]:
    """Returns a paper's columns from their key, title and kind."""
    return tuple(Column(key=key, title=title, kind=kind) for key, title, kind in columns)


def told_words(words: "pd.Series[str]", values: "pd.Series[str]") -> str:
    """Returns a picture's rows as words: `100 à 500 € 3/40, 500 à 2 000 € 2/17`."""
    return ", ".join(f"{what} {value}" for what, value in zip(words, values, strict=True))
