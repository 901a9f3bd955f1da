"""Excel sheets as rows of texts: the same cells a CSV of that sheet would have.

Numbers come back exactly as Excel shows them at full precision, never through arithmetic on
floats. A workbook is a ZIP anybody can forge: what it says of its size is checked before it is
opened. Old `.xls` files are not read: they have no such sizes to check.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from io import BytesIO
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook

from workbench.domain.errors import UnreadableFileError

LARGEST_BYTES: Final = 256 * 1024 * 1024
# A cell at XFD1048576 alone would have the reader reserve seventeen thousand million cells.
LARGEST_ROWS: Final = 1_000_000
LARGEST_COLUMNS: Final = 200
_CHUNK_BYTES: Final = 1 << 20
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,4})([0-9]{1,9})"')
_LONGEST_CELL_TAG: Final = 512
# Excel keeps fifteen significant digits; more are the noise of binary numbers.
_EXCEL_DIGITS: Final = ".15g"
# What a damaged archive raises; an encrypted one is a RuntimeError.
_ZIP_ERRORS = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError,
)  # fmt: skip
_SheetCell = int | float | str | bool | time | date | datetime | timedelta


def sheet_rows(data: bytes, *, file: str) -> Iterator[tuple[int, list[str]]]:
    """Gives each row of the first sheet that is not blank, with its 1-based number.

    Raises:
        UnreadableFileError: no workbook, damaged, or larger than any table of an office.
    """
    _check_size(data, file)
    try:
        with CalamineWorkbook.from_filelike(BytesIO(data)) as workbook:
            sheet = workbook.get_sheet_by_index(0)
            cells = sheet.to_python(skip_empty_area=False)
    except (CalamineError, OSError, ValueError, IndexError):
        raise _unreadable(file) from None
    for number, row in enumerate(cells, start=1):
        texts = [_text(cell) for cell in row]
        if any(texts):
            yield number, texts


def _check_size(data: bytes, file: str) -> None:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > LARGEST_BYTES:
                raise _oversized(file, "plus de 256 Mo une fois décompressé")
            if archive.testzip() is not None:
                raise _unreadable(file)
            for member in members:
                if member.filename.startswith("xl/worksheets/") and not member.is_dir():
                    _check_cells(archive, member, file)
    except (*_ZIP_ERRORS, ValueError):
        raise _unreadable(file) from None


def _check_cells(archive: zipfile.ZipFile, member: zipfile.ZipInfo, file: str) -> None:
    tail = b""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            for column, row in _CELL.findall(tail + chunk):
                if int(row) > LARGEST_ROWS or _column_number(column) > LARGEST_COLUMNS:
                    raise _oversized(file, f"cellule {(column + row).decode()}")
            tail = chunk[-_LONGEST_CELL_TAG:]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


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


def _oversized(file: str, what: str) -> UnreadableFileError:
    return UnreadableFileError(
        file,
        f"classeur démesuré\u00a0: {what}",
        hint=f"Garder au plus {LARGEST_COLUMNS} colonnes et {LARGEST_ROWS} lignes",
    )


def _unreadable(file: str) -> UnreadableFileError:
    return UnreadableFileError(
        file, "classeur Excel illisible ou endommagé", hint="L'enregistrer à nouveau en .xlsx"
    )
