"""Delimited text: which mark separates the columns, and rows with the line they start on.

Strict on quotes: a quote that is never closed would swallow the rest of the file into one cell.
"""

import csv
from collections.abc import Iterator
from io import StringIO

from workbench.domain.errors import UnreadableFileError
from workbench.loaders.text import folded

DELIMITERS = ";,"


def header_of(text: str) -> str:
    """Returns the first line that holds more than separators, "" when none does."""
    return next((line for line in text.splitlines() if line.strip(" \t;,\ufeff")), "")


def delimiter_of(text: str) -> str:
    """Returns `;` or `,`: the one the header has more of."""
    return max(DELIMITERS, key=header_of(text).count)


def rows(text: str, *, file: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Gives each row that is not blank, with the 1-based line of the file it starts on.

    Raises:
        UnreadableFileError: a quote never closed or followed by text, a cell past all measure.
    """
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        is_long = "larger" in str(error)
        raise UnreadableFileError(
            file,
            "cellule démesurée" if is_long else "guillemet jamais fermé, ou suivi de texte",
            line=line,
            hint='Un guillemet dans une cellule se double\u00a0: ""',
        ) from None


def header_names(cells: list[str]) -> list[str]:
    """Returns the names of a header as the contract writes them: lower case, no spaces."""
    return [folded(cell).lower().replace(" ", "_") for cell in cells]
