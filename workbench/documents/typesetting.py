"""Pages out of layouts and data: typst in a process of its own, with a limit on time and memory.

Data reach a layout only as JSON, never inside markup. Layouts are files that the office edits, so
they may be wrong: one that loops is ended, one that reads outside its folder or asks for a package
is refused, each time in words that say which layout. Knows nothing of letters.
"""

import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import IO, Any, Final

from workbench.domain.errors import WorkbenchError, shortened

SECONDS_EACH: Final = 20.0
MEMORY_BYTES = 1024 * 1024 * 1024
# What the letters' font draws, as blocks: Latin, Greek, Cyrillic, punctuation, currencies, arrows.
# PDF/A refuses a sign without a drawing, and the typesetter itself broke on some rare ones.
_NOT_DRAWN: Final = re.compile(
    "[^\x20-\x7e\u00a0-\u00ac\u00ae-\u02ff\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u0482"
    "\u048a-\u04ff\u1e00-\u1eff\u2010-\u2027\u202f-\u203a\u20a0-\u20bf\u2116\u2122\u2190-\u2193"
    "\u2212\u25a0-\u25cf]"
)
# A column of words takes as many wide letters; a line of the page more than twice as many.
LONGEST_IN_CELL: Final = 24
LONGEST_IN_LINE: Final = 60
_ZERO_WIDTH_SPACE: Final = "\u200b"
# Started, never imported: the typesetter stays out of this process.
_CHILD: Final = Path(__file__).with_name("typesetting_child.py")
# Nobody listens there: a layout that asks for a package from the network is refused at once.
_NO_NETWORK: Final = "http://127.0.0.1:9"


class LayoutError(WorkbenchError):
    """A layout that fails, loops or reaches outside its folder; `str()` says which one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One document to set.

    Attributes:
        layout: file name of the layout, such as `reminder.typ`.
        data: what it places; texts, numbers, lists and mappings only.
        dated_on: day written into the file, so that the same sheet is the same bytes.
        name: what messages call it.
    """

    layout: str
    data: Mapping[str, object]
    dated_on: date
    name: str


def drawn(text: str, *, longest: int = LONGEST_IN_LINE) -> str:
    """Returns `text` as it can be drawn: what the font lacks is `?`, controls are left out.

    Args:
        text: whatever was written.
        longest: a longer word may be broken there, so that nothing runs over its neighbour.
    """
    if text.isascii() and text.isprintable() and len(text) <= longest:
        return text
    composed = unicodedata.normalize("NFC", text.replace("\n", " ").replace("\t", " "))
    seen = "".join(c for c in composed if unicodedata.category(c)[0] not in "CM" or c == "\u00ad")
    seen = _NOT_DRAWN.sub("?", seen.replace("\u00ad", ""))
    if len(seen) <= longest:
        return seen
    return re.sub(rf"\S{{{longest}}}(?=\S)", lambda word: word[0] + _ZERO_WIDTH_SPACE, seen)


def is_drawn(text: str) -> bool:
    """Tells whether every letter of `text` has its drawing; accents put together count as one."""
    return not _NOT_DRAWN.search(unicodedata.normalize("NFC", text))


def set_sheets(
    sheets: Iterable[Sheet],
    *,
    layouts: Path,
    seconds_each: float = SECONDS_EACH,
    ppi: int = 0,
) -> Iterator[bytes]:
    """Sets sheets one after the other, in one process.

    Args:
        sheets: taken one at a time: a run of thousands is never in memory at once.
        layouts: folder of the layouts; they read nothing outside it.
        seconds_each: most time for one sheet; past it the process is ended.
        ppi: 0 for PDF/A-2a that is PDF/UA-1 too; else a PNG of the first page at that many points
            an inch.

    Yields:
        The bytes of each sheet, in order; the same sheet gives the same bytes.

    Raises:
        LayoutError: a layout is missing, fails, loops, needs too much memory, reads outside.
    """
    folder = _checked(layouts)
    with tempfile.TemporaryDirectory(prefix="workbench-") as packages:
        limits = {"folder": os.fspath(folder), "packages": packages, "memory": MEMORY_BYTES}
        command = [sys.executable, "-I", os.fspath(_CHILD), json.dumps(limits)]
        with subprocess.Popen(  # noqa: S603 - this Python, and a program of this package
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
        ) as child:
            try:
                press = _Press(child, folder, seconds_each=seconds_each, ppi=ppi)
                for sheet in sheets:
                    yield press.page(sheet)
            finally:
                child.kill()


def _checked(layouts: Path) -> Path:
    """Returns the folder; a link in it that leads elsewhere would open other files to a layout."""
    folder = layouts.resolve()
    if not folder.is_dir():
        raise LayoutError(f"{layouts} : le dossier des mises en page n’existe pas")
    for file in folder.rglob("*"):
        if file.is_symlink() and not file.resolve().is_relative_to(folder):
            raise LayoutError(
                f"{file.name} : ce raccourci sort du dossier des mises en page ; "
                "y copier le fichier lui-même"
            )
    return folder


def _environment() -> dict[str, str]:
    """One thread, so that memory is bounded and a run leaves the other processors alone."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP") if name in os.environ}
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), _NO_NETWORK)
    upper = {name.upper(): address for name, address in proxies.items()}
    return kept | proxies | upper | {"RAYON_NUM_THREADS": "1"}


class _Press:
    """The process at work: one sheet in, one page out, within the time."""

    def __init__(
        self, child: "subprocess.Popen[bytes]", folder: Path, *, seconds_each: float, ppi: int
    ) -> None:
        self._child = child
        self._folder = folder
        self._seconds = seconds_each
        self._ppi = ppi
        self._answers: queue.Queue[tuple[dict[str, Any], bytes] | None] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def page(self, sheet: Sheet) -> bytes:
        layout = self._folder / sheet.layout
        if not layout.is_file():
            raise LayoutError(f"la mise en page « {sheet.layout} » manque dans {self._folder}")
        noon = datetime.combine(sheet.dated_on, time(12), tzinfo=UTC)
        asked = {
            "layout": os.fspath(layout),
            "data": json.dumps(sheet.data, ensure_ascii=False),
            "timestamp": int(noon.timestamp()),
            "ppi": self._ppi,
        }
        self._ask(json.dumps(asked).encode() + b"\n")
        try:
            answer = self._answers.get(timeout=self._seconds)
        except queue.Empty:
            self._child.kill()
            raise LayoutError(
                f"{sheet.name} : la mise en page « {sheet.layout} » n’a pas fini en "
                f"{self._seconds:.0f} secondes (elle tourne en rond ?) ; la corriger, ou remettre "
                "celle d’origine"
            ) from None
        if answer is None:
            raise LayoutError(
                f"{sheet.name} : la mise en page « {sheet.layout} » a arrêté la composition "
                "(trop de mémoire ?) ; la corriger, ou remettre celle d’origine"
            )
        head, page = answer
        if "error" in head:
            raise LayoutError(f"{sheet.name} : {_words(sheet.layout, str(head['error']))}")
        return page

    def _ask(self, line: bytes) -> None:
        if self._child.stdin is None:
            return
        try:
            self._child.stdin.write(line)
            self._child.stdin.flush()
        except BrokenPipeError:
            # It ended: the missing answer says so.
            return

    def _listen(self) -> None:
        stream = self._child.stdout
        while stream is not None and (answer := _answer(stream)) is not None:
            self._answers.put(answer)
        self._answers.put(None)


def _answer(stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Reads one answer; None when the process ended, also in the middle of one."""
    try:
        head: dict[str, Any] = json.loads(stream.readline())
        size = int(head.get("bytes", 0))
        page = stream.read(size)
    except ValueError:
        return None
    return (head, page) if len(page) == size else None


def _words(layout: str, error: str) -> str:
    """The reason in French where it is one we know; else the typesetter's own words."""
    known = {
        "escape": "elle lit hors du dossier des mises en page",
        "package": "elle demande un paquet, ce qui n’est pas permis",
        "file not found": "elle cite un fichier qui n’existe pas",
        "infinite": "elle tourne en rond",
        "always true": "elle tourne en rond",
        "maximum function call depth": "elle s’appelle sans fin",
        "memory": "elle demande trop de mémoire",
    }
    why = next((words for sign, words in known.items() if sign in error), shortened(error))
    return f"la mise en page « {layout} » est refusée : {why}"
