"""Delimited text: which mark separates the columns, and rows with the line they start on.

Strict on quotes: a quote that is never closed would swallow the rest of the file into one cell.
"""

import csv
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from io import SEEK_SET, StringIO

from workbench.domain.errors import UnreadableFileError
from workbench.loaders.text import folded

DELIMITERS = ";,"
_APOSTROPHES = str.maketrans({"’": "'", "\u00b4": "'", "`": "'", "_": " "})


def header_of(text: str) -> str:
    """Returns the first line that holds more than separators, "" when none does."""
    return next((line for line in text.splitlines() if line.strip(" \t;,\ufeff")), "")


def delimiter_of(text: str) -> str:
    """Returns `;` or `,`: the one the header has more of."""
    return max(DELIMITERS, key=header_of(text).count)


def rows(
    text: str, *, file: str, delimiter: str, start: int = 0, first_line: int = 1
) -> Iterator[tuple[int, list[str]]]:
    """Gives each row that is not blank, with the 1-based line of the file it starts on.

    Args:
        text: the whole file.
        file: its name, for messages.
        delimiter: between the cells.
        start: character where the rows begin, the start of a line.
        first_line: number of that line.

    Raises:
        UnreadableFileError: a quote never closed or followed by text, a cell past all measure.
    """
    stream = StringIO(text, newline="")
    stream.seek(start, SEEK_SET)
    reader = csv.reader(stream, delimiter=delimiter, strict=True)
    line = first_line
    try:
        for cells in reader:
            if any(cells):
                yield line, cells
            line = reader.line_num + first_line
    except csv.Error as error:
        is_long = "larger" in str(error)
        raise UnreadableFileError(
            file,
            "cellule démesurée" if is_long else "guillemet jamais fermé, ou suivi de texte",
            line=line,
            hint='Un guillemet dans une cellule se double\u00a0: ""',
        ) from None


def lone_row(line: str, *, delimiter: str) -> list[str]:
    """Returns the cells of one line taken alone, whatever its quotes are."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.split(delimiter)


def header_names(cells: list[str]) -> list[str]:
    """Returns the names of a header as the contract writes them: lower case, no spaces."""
    return [folded(cell).lower().replace(" ", "_") for cell in cells]


@lru_cache(maxsize=4096)
def folded_name(text: str) -> str:
    """Returns a column's name without accents, case and marks that banks write either way."""
    plain = unicodedata.normalize("NFKD", folded(text.strip("\ufeff").translate(_APOSTROPHES)))
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold().strip(" \"'")
