"""Workbooks of the banks, and HTML pages named .xls: the same profiles as their CSV.

Source: FORMATS, what was found (XLS/XLSX) and CSV headers.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Final

from lxml import etree

from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import BankStatement, Entry, StatementStream
from workbench.loaders import bank_table
from workbench.loaders.bank_csv import format_of, no_header
from workbench.loaders.bank_header import Found, find_header
from workbench.loaders.profiles import Profile
from workbench.loaders.sniff import Head, Kind, Source
from workbench.loaders.spreadsheet import workbook_rows
from workbench.loaders.text import decoded

LARGEST_PAGE: Final = 32 * 1024 * 1024
_WIDEST_CELL: Final = 50
_OLD_WORKBOOK: Final = b"\xd0\xcf\x11\xe0"

_Rows = Iterator[tuple[int, list[str]]]


def recognises(head: Head) -> bool:
    """Tells whether a file is a workbook: its start does not say what is in it, see `holds`."""
    return head.kind is Kind.WORKBOOK


def holds(source: Source, profiles: Sequence[Profile]) -> bool:
    """Tells whether a workbook has the header of a profile; a damaged one has none."""
    try:
        sheets = _sheets(source.content(), source.name, profiles)
        return any(found is not None for _, found, _ in sheets)
    except UnreadableFileError:
        return False


def read(source: Source, profiles: Sequence[Profile]) -> StatementStream:
    """Reads the one sheet of a workbook that has the header of a profile.

    Returns:
        See `bank_table.events`; `Entry.place` is the row's number, `Entry.extra["sheet"]` its
        sheet where that is not the first. The format is `xlsx-<profile>` or `xls-<profile>`.

    Raises:
        UnreadableFileError: as `workbook_rows`; no sheet with such a header, or two of them.
    """
    data = source.content()
    sheets = _sheets(data, source.name, profiles)
    for index, (name, found, rows) in enumerate(sheets):
        if found is not None:
            container = "xls" if data.startswith(_OLD_WORKBOOK) else "xlsx"
            return StatementStream(
                format=format_of(container, found.profile),
                events=_only(
                    name if index else "", found, rows, sheets, file=source.name, profiles=profiles
                ),
            )
    raise no_header(source.name)


def recognises_page(head: Head, profiles: Sequence[Profile]) -> bool:
    """Tells whether a page has a table with the header of a profile in its first rows."""
    if head.kind is not Kind.HTML:
        return False
    return find_header(_page_rows(head.text.encode()), profiles) is not None


def read_page(source: Source, profiles: Sequence[Profile]) -> StatementStream:
    """Reads an HTML page that is a table, as some banks write under the name .xls.

    Returns:
        See `bank_table.events`; `Entry.place` is the number of the row in the page. The format is
        `html-<profile>`.

    Raises:
        UnreadableFileError: no such header, or larger than any statement.
    """
    data = source.content()
    if len(data) > LARGEST_PAGE:
        raise UnreadableFileError(source.name, "page HTML démesurée")
    rows = _page_rows(decoded(data, file=source.name).encode())
    found = find_header(rows, profiles)
    if found is None:
        raise no_header(source.name)
    return StatementStream(
        format=format_of("html", found.profile),
        events=bank_table.events(found, rows, file=source.name, profiles=profiles),
    )


def _sheets(
    data: bytes, file: str, profiles: Sequence[Profile]
) -> Iterator[tuple[str, Found | None, _Rows]]:
    """Gives each sheet with its header; the rows below it are to be read before the next."""
    lines = workbook_rows(data, file=file)
    for name, group in groupby(lines, key=itemgetter(0)):
        rows = ((number, cells) for _, number, cells in group)
        yield name, find_header(rows, profiles), rows


def _only(
    name: str,
    found: Found,
    rows: _Rows,
    others: Iterator[tuple[str, Found | None, _Rows]],
    *,
    file: str,
    profiles: Sequence[Profile],
) -> Iterator[Entry | BankStatement]:
    for event in bank_table.events(found, rows, file=file, profiles=profiles):
        if name and isinstance(event, Entry):
            event.extra["sheet"] = name
        yield event
    for other, header, _ in others:
        if header is not None:
            raise UnreadableFileError(
                file,
                f"une deuxième feuille de relevé, «\u00a0{other}\u00a0»",
                line=header.line,
                hint="Enregistrer chaque feuille dans un classeur à part",
            )


def _page_rows(data: bytes) -> _Rows:
    # Nothing is fetched: a page may name images, styles and other pages.
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, recover=True, huge_tree=False, remove_comments=True
    )
    try:
        page = etree.fromstring(data, parser)
    except etree.LxmlError:
        return
    if page is None:
        return
    for number, row in enumerate(page.iter("tr"), start=1):
        cells = [text for cell in row.iterchildren("td", "th") for text in _cells(cell)]
        if any(cells):
            yield number, cells


def _cells(cell: etree._Element) -> list[str]:
    """Returns the text of a cell, and the empty ones it is drawn over."""
    text = " ".join(str(part).strip() for part in cell.itertext()).strip()
    span = cell.get("colspan", "1")
    width = int(span) if span.isascii() and span.isdigit() and len(span) < 4 else 1
    return [text] + [""] * (min(width, _WIDEST_CELL) - 1)
