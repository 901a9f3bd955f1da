"""Excel sheets as rows of texts: the same cells a CSV of that sheet would have.

Numbers come back exactly as Excel shows them at full precision, never through arithmetic on
floats. Anybody can forge a workbook: what it says of its size is checked, and it is read in a
process with so much memory and so much time (`sheet_child`). Both `.xlsx` and the old `.xls`.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import IO, Any, Final

from workbench.domain.errors import UnreadableFileError
from workbench.loaders import sheet_child

LARGEST_FILE: Final = 64 * 1024 * 1024
LARGEST_BYTES: Final = 256 * 1024 * 1024
# A cell at XFD1048576 alone would have the reader reserve seventeen thousand million cells.
LARGEST_ROWS: Final = 1_000_000
LARGEST_COLUMNS: Final = 200
MOST_SHEETS: Final = 50
MEMORY_BYTES: Final = 500 * 1024 * 1024
SECONDS: Final = 60
_REASONS: Final = {
    "swollen": "classeur démesuré\u00a0: plus de 256 Mo une fois décompressé",
    "far": "classeur démesuré\u00a0: cellule {what}",
    "memory": "classeur démesuré\u00a0: il ne tient pas en mémoire",
    "doctype": "classeur refusé\u00a0: {what} contient un DOCTYPE",
    "password": "classeur protégé par un mot de passe",
    "damaged": "classeur Excel illisible ou endommagé",
}
_FEWER: Final = f"Garder au plus {LARGEST_COLUMNS} colonnes et {LARGEST_ROWS} lignes"
_HINTS: Final = {
    "swollen": _FEWER,
    "far": _FEWER,
    "memory": _FEWER,
    "doctype": "Excel n'en écrit pas\u00a0: demander un autre fichier",
    "password": "L'enregistrer sans mot de passe",
    "damaged": "L'enregistrer à nouveau en .xlsx",
}


def sheet_rows(data: bytes, *, file: str) -> Iterator[tuple[int, list[str]]]:
    """Gives each row of the first sheet that is not blank, with its 1-based number.

    Raises:
        UnreadableFileError: no workbook, damaged, protected, or larger than any table of an
            office.
    """
    for _, number, cells in workbook_rows(data, file=file, sheets=1):
        yield number, cells


def workbook_rows(
    data: bytes, *, file: str, sheets: int = MOST_SHEETS
) -> Iterator[tuple[str, int, list[str]]]:
    """Gives each row that is not blank: name of its sheet, its 1-based number, its cells.

    Args:
        data: the workbook.
        file: its name, for messages.
        sheets: how many sheets to read, from the first.

    Raises:
        UnreadableFileError: as `sheet_rows`; at the latest after the last row.
    """
    if len(data) > LARGEST_FILE:
        raise _refused(file, "swollen", "")
    limits = {
        "bytes": LARGEST_BYTES, "rows": LARGEST_ROWS, "columns": LARGEST_COLUMNS,
        "sheets": sheets, "memory": MEMORY_BYTES, "seconds": SECONDS,
    }  # fmt: skip
    # Isolated: neither the folder it is started in nor the environment changes what it imports.
    command = [sys.executable, "-I", sheet_child.__file__, json.dumps(limits)]
    with subprocess.Popen(  # noqa: S603 - this Python, and a program of this package
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        clock = threading.Timer(SECONDS, child.kill)
        clock.daemon = True
        clock.start()
        try:
            yield from _read(child, data, file)
        finally:
            clock.cancel()
            child.kill()


def _read(
    child: "subprocess.Popen[bytes]", data: bytes, file: str
) -> Iterator[tuple[str, int, list[str]]]:
    if child.stdin is None or child.stdout is None:
        raise _refused(file, "damaged", "")
    _give(child.stdin, data)
    sheet = ""
    for line in child.stdout:
        said = _understood(line)
        if isinstance(said, list):
            for number, cells in said:
                yield sheet, number, cells
        elif "sheet" in said:
            sheet = str(said["sheet"])
        elif "end" in said:
            return
        else:
            raise _refused(file, str(said.get("refused")), str(said.get("what")))
    # It said nothing last: a signal of the limits ended it, or the workbook broke it.
    raise _refused(file, "memory" if child.wait() < 0 else "damaged", "")


def _give(stream: IO[bytes], data: bytes) -> None:
    try:
        stream.write(data)
        stream.close()
    except BrokenPipeError:
        # It ended before it had read all: what it said tells why.
        return


def _understood(line: bytes) -> Any:  # noqa: ANN401 - one of the three things `sheet_child` says
    try:
        return json.loads(line)
    except ValueError:
        # Cut in the middle of a line: the limits ended it.
        return {"refused": "memory"}


def _refused(file: str, why: str, what: str) -> UnreadableFileError:
    why = why if why in _REASONS else "damaged"
    return UnreadableFileError(file, _REASONS[why].format(what=what[:60]), hint=_HINTS[why])
