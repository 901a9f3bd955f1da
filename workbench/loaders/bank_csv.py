"""The delimited texts of the banks, and our plain one, read by their profiles.

Source: FORMATS, CSV headers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import islice
from typing import Final

from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import StatementStream
from workbench.loaders import bank_table
from workbench.loaders.bank_header import DEEPEST_HEADER, Found, folded_line, profile_of
from workbench.loaders.delimited import lone_row, rows
from workbench.loaders.profiles import Profile
from workbench.loaders.sniff import Head, Kind, Source
from workbench.loaders.text import clean, decoded, encoding_of

_PLAIN: Final = "plain"
_SEPARATORS: Final = ";,\t|"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the rows of a text begin: after the header, and by which separator."""

    found: Found
    delimiter: str
    start: int


def recognises(head: Head, profiles: Sequence[Profile]) -> bool:
    """Tells whether a text has the header of a profile among its first lines."""
    return head.kind is Kind.TEXT and _header_in(head.text, profiles) is not None


def read(source: Source, profiles: Sequence[Profile]) -> StatementStream:
    """Reads a delimited text by the profile its header tells.

    Returns:
        See `bank_table.events`; the format is `csv` for our plain table and `csv-<profile>` for a
        bank's.

    Raises:
        UnreadableFileError: no such header, no text, or a row that cannot be read; names the line
            and the column. The stream raises it too.
    """
    data = source.content()
    text = decoded(data, file=source.name)
    place = _header_in(text, profiles)
    if place is None:
        raise no_header(source.name)
    profile = place.found.profile
    text = _as_the_bank_writes(data, text, profile)
    lines = rows(
        text,
        file=source.name,
        delimiter=place.delimiter,
        start=place.start,
        first_line=place.found.line + 1,
    )
    return StatementStream(
        format=format_of("csv", profile),
        events=bank_table.events(place.found, lines, file=source.name, profiles=profiles),
    )


def format_of(container: str, profile: Profile) -> str:
    """Returns the name of a format: `csv`, `csv-lcl`, `xlsx-credit-agricole`."""
    return container if profile.id == _PLAIN else f"{container}-{profile.id}"


def no_header(file: str) -> UnreadableFileError:
    """Returns the refusal of a table whose columns no profile knows."""
    return UnreadableFileError(
        file,
        "aucune ligne d'en-tête connue parmi les premières lignes",
        hint="Décrire les colonnes de cette banque dans un profil du cabinet",
    )


def _header_in(text: str, profiles: Sequence[Profile]) -> _Place | None:
    """Looks for a header line by line: what stands above it need not be well quoted."""
    above: list[str] = []
    start = 0
    by_separator = {
        mark: [profile for profile in profiles if profile.separator in {"", mark}]
        for mark in _SEPARATORS
    }
    first_lines = islice(StringIO(text, newline=""), DEEPEST_HEADER)
    for line, content in enumerate(first_lines, start=1):
        start += len(content)
        body = content.strip("\ufeff\r\n")
        for delimiter, candidates in by_separator.items():
            cells = lone_row(body, delimiter=delimiter) if delimiter in body else []
            profile = profile_of(cells, candidates)
            if profile is not None:
                names = tuple(clean(cell.strip('" ')) for cell in cells)
                return _Place(Found(profile, line, names, tuple(above)), delimiter, start)
        if body.strip():
            separator = max(_SEPARATORS, key=body.count)
            above.append(folded_line(lone_row(body, delimiter=separator)))
    return None


def _as_the_bank_writes(data: bytes, text: str, profile: Profile) -> str:
    """Decodes again where the bank's own eight-bit encoding is another than cp1252.

    Both have the header's letters at the same places, not the euro sign.
    """
    if encoding_of(data) != "cp1252":
        return text
    own = next((name for name in profile.encodings if name != "utf-8"), "cp1252")
    try:
        return data.decode(own)
    except UnicodeDecodeError:
        return text
