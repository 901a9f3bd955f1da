"""The record a movement was read from, as the bank wrote it: its own characters, nothing rewritten.

A record is found again by its place (`Entry.place`) in the bytes of the archive. Nothing is read
into a movement here: that is the readers' work.
"""

import codecs
import json
import re
from collections.abc import Callable, Iterator
from typing import Final
from xml.parsers import expat

from workbench.domain.errors import UnreadableFileError
from workbench.loaders.bank_json import transactions_of
from workbench.loaders.lines import line_blocks
from workbench.loaders.sniff import Kind, Source, unopened
from workbench.loaders.spreadsheet import workbook_rows
from workbench.loaders.text import decoded

# Enough for a batch of thousands of payments; what is longer is cut, and says so.
LONGEST_CHARACTERS: Final = 1 << 20
_MOST_LINES: Final = 20_000
_CHUNK_BYTES: Final = 1 << 16
_CFONB_RECORD: Final = 120
# What one record is called in the messages of ISO 20022; the others have entries.
_ENTRY_NAMES: Final = {"pain.002": "TxInfAndSts"}
_ENTRY: Final = "Ntry"
_END_OF_ENTRY: Final = re.compile(r"</STMTTRN>", re.IGNORECASE)
_OFX_AFTER: Final = re.compile(r"\s*(?:<STMTTRN>|</BANKTRANLIST>|<LEDGERBAL>)", re.IGNORECASE)
# In a statement of MT940, what belongs to a :61: is its :86: and the lines that continue either.
_MT940_AFTER: Final = re.compile(r":(?!86:)\d\d[A-Z]?:|-\}?\s*$|\{")
_HTML_ROW: Final = re.compile(r"<!--.*?-->|<tr\b", re.IGNORECASE | re.DOTALL)
_END_OF_HTML_ROW: Final = re.compile(r"</tr\s*>", re.IGNORECASE)
_JSON_MARK: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}]')
_Ends = Callable[[str, list[str]], bool]


def raw_record(
    source: Source,
    *,
    format: str,  # noqa: A002 - as in `files`
    place: int,
    sheet: str = "",
) -> str:
    r"""Returns the record at a place of a bank file.

    Args:
        source: the file.
        format: name of the format it was read as, such as `camt.053.001.08`, `cfonb120`.
        place: `Entry.place`: a line, a row, or the rank of an entry.
        sheet: name of the workbook's sheet (`Entry.extra["sheet"]`); "" for the first.

    Returns:
        Its characters, lines joined by `\n`. A row of a sheet is its cells, `;` between them.

    Raises:
        UnreadableFileError: nothing at that place, or the file cannot be read.
    """
    head = source.head()
    if head.kind is Kind.WORKBOOK:
        return _row(source, place, sheet)
    if head.kind is Kind.HTML:
        return _page_row(source, place)
    if format.startswith("json"):
        return _transaction(source, place)
    if head.kind is Kind.XML and head.message:
        return _element(source, _ENTRY_NAMES.get(head.message, _ENTRY), place)
    if format == "cfonb120":
        return "\n".join(_cfonb(source, place))
    return "\n".join(_lines(source, place, ends=_ends_of(format)))


def _ends_of(format: str) -> _Ends:  # noqa: A002 - as in `files`
    """Returns what tells that a record ended before a line, by that line and those before it."""
    if format.startswith("mt940"):
        return lambda line, _: _MT940_AFTER.match(line) is not None
    if format.startswith("qif"):
        return lambda _, lines: lines[-1].startswith("^")
    if format.startswith("ofx"):
        return lambda line, lines: (
            _OFX_AFTER.match(line) is not None or _END_OF_ENTRY.search(lines[-1]) is not None
        )
    # A cell may hold line breaks between its quotes.
    return lambda _, lines: not sum(kept.count('"') for kept in lines) % 2


def _lines(source: Source, place: int, *, ends: _Ends) -> list[str]:
    kept: list[str] = []
    for number, line in _numbered(source):
        if number < place:
            continue
        if kept and (ends(line, kept) or len(kept) == _MOST_LINES):
            break
        kept.append(line)
    if not kept:
        raise _nothing(source, place)
    return [line[:LONGEST_CHARACTERS] for line in kept]


def _numbered(source: Source) -> Iterator[tuple[int, str]]:
    for first, lines in line_blocks(source):
        yield from enumerate(lines, first)


def _cfonb(source: Source, place: int) -> list[str]:
    """Returns a movement and its details; in a file without line breaks the place is a record."""
    kept: list[str] = []
    for number, record in _cfonb_records(source):
        if number < place:
            continue
        if kept and not record.startswith("05"):
            break
        kept.append(record)
    if not kept:
        raise _nothing(source, place)
    return kept


def _cfonb_records(source: Source) -> Iterator[tuple[int, str]]:
    for number, line in _numbered(source):
        records = [
            line[n : n + _CFONB_RECORD] for n in range(0, max(len(line.rstrip()), 1), _CFONB_RECORD)
        ]
        yield from enumerate(records, number)


def _row(source: Source, place: int, sheet: str) -> str:
    first: str | None = None
    for name, number, cells in workbook_rows(source.content(), file=source.name):
        first = name if first is None else first
        if number == place and name == (sheet or first):
            return ";".join(cells)
    raise _nothing(source, place)


def _page_row(source: Source, place: int) -> str:
    text = decoded(source.content(), file=source.name)
    starts = [found.start() for found in _HTML_ROW.finditer(text) if found[0][1] != "!"]
    if not 0 < place <= len(starts):
        raise _nothing(source, place)
    start = starts[place - 1]
    after = starts[place] if place < len(starts) else len(text)
    closing = _END_OF_HTML_ROW.search(text, start, after)
    return text[start : closing.end() if closing else after].strip()[:LONGEST_CHARACTERS]


def _transaction(source: Source, place: int) -> str:
    text = decoded(source.content(), file=source.name).lstrip("\ufeff")
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableFileError(source.name, "JSON coupé ou mal formé") from None
    transactions = transactions_of(told, source.name)
    if not 0 < place <= len(transactions):
        raise _nothing(source, place)
    wanted = transactions[place - 1]
    # The objects of the text and those that were made of it, both in the order they begin.
    spans = zip(_object_spans(text), _objects(told), strict=True)
    start, end = next(span for span, made in spans if made is wanted)
    return text[start:end]


def _object_spans(text: str) -> list[tuple[int, int]]:
    """Returns start and end of each object of a JSON text, in the order of their starts."""
    spans: list[tuple[int, int]] = []
    opened: list[int] = []
    for found in _JSON_MARK.finditer(text):
        if found[0] == "{":
            opened.append(len(spans))
            spans.append((found.start(), 0))
        elif found[0] == "}":
            which = opened.pop()
            spans[which] = (spans[which][0], found.end())
    return spans


def _objects(told: object) -> Iterator[object]:
    waiting = [told]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            yield value
            waiting += reversed(value.values())
        elif isinstance(value, list):
            waiting += reversed(value)


class _Finder:
    """Finds the bytes of the n-th element of one name.

    By a parser that tells where in the bytes it is: one that builds a tree could only write the
    element anew.
    """

    def __init__(self, name: str, place: int, *, file: str) -> None:
        self.name = name
        self.place = place
        self.file = file
        self.rank = 0
        self.start: int | None = None
        self.end: int | None = None
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._started
        self.parser.EndElementHandler = self._ended
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _started(self, name: str, _attributes: object) -> None:
        if name.rpartition(":")[2] == self.name:
            self.rank += 1
            if self.rank == self.place:
                self.start = self.parser.CurrentByteIndex

    def _ended(self, name: str) -> None:
        is_it = name.rpartition(":")[2] == self.name and self.rank == self.place
        if is_it and self.end is None:
            self.end = self.parser.CurrentByteIndex

    def _doctype(self, *_: object) -> None:
        raise UnreadableFileError(self.file, "le XML déclare un DOCTYPE")


def _element(source: Source, name: str, place: int) -> str:
    finder = _Finder(name, place, file=source.name)
    try:
        with source.opener() as stream:
            while finder.end is None and (chunk := stream.read(_CHUNK_BYTES)):
                finder.parser.Parse(chunk, False)
            if finder.start is None or finder.end is None:
                raise _nothing(source, place)
            stream.seek(finder.start)
            # The end found is where the closing tag begins.
            data = stream.read(min(finder.end - finder.start, LONGEST_CHARACTERS) + _CHUNK_BYTES)
    except expat.ExpatError as error:
        raise UnreadableFileError(source.name, "XML mal formé", line=error.lineno) from None
    except OSError as error:
        raise unopened(source.name, error) from None
    text = _decoded(source, data)
    body_end = _closing(text, name)
    return text[:body_end] if body_end else text[:LONGEST_CHARACTERS] + "…"


def _closing(text: str, name: str) -> int:
    closing = re.search(rf"</(?:[\w.\-]+:)?{name}\s*>", text)
    return closing.end() if closing else 0


def _decoded(source: Source, data: bytes) -> str:
    """Decodes as the readers do: UTF-16 by its mark, UTF-8 where it is, else as declared."""
    with source.opener() as stream:
        first = stream.read(4)
    if first.startswith((b"\xff\xfe", b"<\0")):
        return data.decode("utf-16-le", errors="replace")
    if first.startswith((b"\xfe\xff", b"\0<")):
        return data.decode("utf-16-be", errors="replace")
    try:
        # What was read may end within a character.
        return codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return data.decode(source.head().declared_encoding or "cp1252", errors="replace")


def _nothing(source: Source, place: int) -> UnreadableFileError:
    return UnreadableFileError(source.name, "rien à cette place", line=place)
