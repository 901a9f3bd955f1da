"""Reads one workbook in a process of its own, which may take so much memory and no more.

A program, started by `spreadsheet` with the file on its standard input. It imports nothing of this
package: it must start at once, and a workbook that breaks it must break nothing else.

Out come lines of JSON: `[[number, [cell, …]], …]` are rows, `{"sheet": name}` begins a sheet,
`{"end": true}` or `{"refused": why, "what": …}` is the last one. Without a last one the process was
ended by the limits.
"""

import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError

_CHUNK_BYTES = 1 << 20
_ROWS_AT_ONCE = 500
_OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
# Only cells far out: looking at each one took as long as reading them.
_FAR_CELL = re.compile(
    rb"""\br\s*=\s*["']((?:[A-Z]{3,4}|[G-Z][A-Z])[0-9]{1,9}|[A-Z]{1,2}[0-9]{7,9})["']"""
)
_CELL = re.compile(rb"([A-Z]+)([0-9]+)")
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_LONGEST_TAG = 512
# Excel keeps fifteen significant digits; more are the noise of binary numbers.
_EXCEL_DIGITS = ".15g"
# What a damaged archive raises; an encrypted one is a RuntimeError.
_ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError,
)  # fmt: skip
_SheetCell = int | float | str | bool | time | date | datetime | timedelta


class _RefusedError(Exception):
    """A workbook that is not read: why, in one of the words `spreadsheet` knows, and what."""

    def __init__(self, why: str, what: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.what = what


def main() -> None:
    """Reads the workbook on the standard input; the limits are JSON in the first argument."""
    limits: dict[str, int] = json.loads(sys.argv[1])
    _limit_memory(limits["memory"], limits["seconds"])
    try:
        data = sys.stdin.buffer.read()
        if not data.startswith(_OLD_WORKBOOK):
            _check_archive(data, limits)
        for line in _lines(data, limits):
            _say(line)
        _say({"end": True})
    except _RefusedError as refusal:
        _say({"refused": refusal.why, "what": refusal.what})
    except MemoryError:
        _say({"refused": "memory", "what": ""})


def _say(line: object) -> None:
    sys.stdout.write(json.dumps(line, separators=(",", ":")) + "\n")


def _limit_memory(size: int, seconds: int) -> None:
    try:
        import resource  # noqa: PLC0415 - not on every system; the time limit is the parent's too
    except ImportError:
        return
    for kind, limit in ((resource.RLIMIT_AS, size), (resource.RLIMIT_CPU, seconds)):
        try:
            resource.setrlimit(kind, (limit, limit))
        except (ValueError, OSError):
            continue
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _check_archive(data: bytes, limits: dict[str, int]) -> None:
    """Refuses what swells, lies about its size, refers elsewhere or has cells far out."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > limits["bytes"]:
                raise _RefusedError("swollen")
            for member in members:
                # Its real size too: reading past the declared one fails on the check sum.
                _check_member(archive, member, limits)
    except (*_ZIP_ERRORS, ValueError):
        raise _RefusedError("damaged") from None


def _check_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, limits: dict[str, int]
) -> None:
    is_sheet = member.filename.startswith("xl/worksheets/")
    is_markup = member.filename.endswith((".xml", ".rels", ".vml"))
    tail = b""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            piece = tail + chunk
            if is_markup and _DOCTYPE.search(piece):
                raise _RefusedError("doctype", member.filename)
            if is_sheet:
                _check_cells(piece, limits)
            tail = chunk[-_LONGEST_TAG:]


def _check_cells(piece: bytes, limits: dict[str, int]) -> None:
    for cell in _FAR_CELL.findall(piece):
        place = _CELL.fullmatch(cell)
        if place is not None and (
            int(place[2]) > limits["rows"] or _column_number(place[1]) > limits["columns"]
        ):
            raise _RefusedError("far", cell.decode())


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _lines(data: bytes, limits: dict[str, int]) -> Iterator[object]:
    try:
        with CalamineWorkbook.from_filelike(BytesIO(data)) as workbook:
            for index, name in enumerate(workbook.sheet_names[: limits["sheets"]]):
                yield {"sheet": name}
                yield from _rows(workbook.get_sheet_by_index(index), limits)
    except PasswordError:
        raise _RefusedError("password") from None
    except (CalamineError, OSError, ValueError, IndexError):
        raise _RefusedError("damaged") from None


def _rows(sheet: CalamineSheet, limits: dict[str, int]) -> Iterator[object]:
    if sheet.start is None:
        return
    # Rows come from the top of the sheet, cells from its first column that has one.
    left = sheet.start[1]
    if sheet.total_height > limits["rows"] or sheet.total_width > limits["columns"]:
        raise _RefusedError("far", f"{sheet.total_height} x {sheet.total_width}")
    chunk: list[tuple[int, list[str]]] = []
    for number, row in enumerate(sheet.iter_rows(), start=1):
        texts = [_text(cell) for cell in row]
        if any(texts):
            chunk.append((number, [""] * left + texts))
        if len(chunk) >= _ROWS_AT_ONCE:
            yield chunk
            chunk = []
    yield chunk


def _text(cell: _SheetCell) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return format(cell, _EXCEL_DIGITS)
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    main()
