"""Folders that are watched: says when files were dropped there, once they have stopped growing.

Local folders only: a remote one has nobody who would tell. It reads no file and knows no clock but
the one that measures waiting.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

# A file whose length did not change for that long is taken for finished; if it was not, the next
# change takes it again.
_QUIET_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 0.25


def changes(
    folders: Sequence[Path],
    *,
    stop: threading.Event,
    wanted: Callable[[Path], bool],
    quiet_seconds: float = _QUIET_SECONDS,
    ready: Callable[[], None] | None = None,
) -> Iterator[set[Path]]:
    """Yields files that were added or written, each time all of them have come to rest.

    Args:
        folders: to watch, with what is below.
        stop: set it to end; what is asked for meanwhile comes to its end.
        wanted: which paths count.
        quiet_seconds: how long a length has to stay the same.
        ready: called once the folders are being watched.

    Raises:
        ModuleNotFoundError: the extra « sync » is not installed.
        FileNotFoundError: one of the folders is not there.
    """
    from watchfiles import Change, watch  # noqa: PLC0415 - of the extra « sync »

    # A first yield of nothing says that the watch began; polling is for network folders.
    seen = watch(
        *folders, stop_event=stop, yield_on_timeout=True, rust_timeout=500, debounce=400,
        raise_interrupt=True,
    )  # fmt: skip
    waiting: set[Path] = set()
    began = False
    for changed in seen:
        if not began and ready is not None:
            ready()
        began = True
        waiting |= {
            Path(path) for kind, path in changed if kind != Change.deleted and wanted(Path(path))
        }
        if waiting:
            at_rest = _at_rest(waiting, quiet_seconds=quiet_seconds, stop=stop)
            if at_rest:
                yield at_rest
            waiting = set()


def _at_rest(paths: set[Path], *, quiet_seconds: float, stop: threading.Event) -> set[Path]:
    """Waits until no length changes any more; returns the files that are still there."""
    lengths = {path: _length(path) for path in paths}
    since = time.monotonic()
    while time.monotonic() - since < quiet_seconds:
        if stop.wait(_LOOK_SECONDS):
            break
        now = {path: _length(path) for path in paths}
        if now != lengths:
            lengths, since = now, time.monotonic()
    return {path for path, length in lengths.items() if length is not None}


def _length(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
