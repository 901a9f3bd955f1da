"""The folder of one month-end: names that cannot escape it, files that are whole or absent.

`<out>/<period>/<building>/month_end.ipynb` and `.html`, `<out>/<period>/index.html`. Written
under a temporary name and renamed, so that a run killed at any moment leaves no half file; what
it did leave is swept by the next run, which holds the folder alone.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from workbench.domain.dates import Period
from workbench.domain.errors import ParameterError, WorkbenchError

NOTEBOOK_NAME: Final = "month_end.ipynb"
HTML_NAME: Final = "month_end.html"
INDEX_NAME: Final = "index.html"
_TEMPORARY_SUFFIX: Final = ".tmp"
_LONGEST_NAME: Final = 200


def period_folder(out: str, period: Period) -> Path:
    """Makes `<out>/<period>` and returns it.

    Raises:
        ParameterError: `out` is an address, a file, or cannot be written to.
    """
    if "://" in out:
        raise ParameterError(
            f"--out : « {out} » est une adresse ; indiquez un dossier de cet ordinateur"
            " ou du réseau"
        )
    folder = Path(out).expanduser().resolve() / str(period)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ParameterError(
            f"--out : le dossier « {folder} » ne peut pas être créé ({reason})"
        ) from error
    if not os.access(folder, os.W_OK):
        raise ParameterError(f"--out : le dossier « {folder} » est en lecture seule")
    return folder


def building_folder_name(building_id: str) -> str:
    """Returns a folder's name for a building: itself when it is harmless, else percent-encoded.

    Identifiers come from the office's files: `../x`, `a/b` or `index.html` must not lead anywhere
    else. Two buildings never share a name, unless a file system ignores case.
    """
    name = quote(building_id, safe=" ")
    if name.startswith((".", " ")) or name.endswith((".", " ")) or name == INDEX_NAME or not name:
        name = name.replace(".", "%2E").replace(" ", "%20") or "%"
    if len(name) > _LONGEST_NAME:
        digest = hashlib.sha256(building_id.encode()).hexdigest()
        name = f"{name[:_LONGEST_NAME]}%{digest[:16]}"
    return name


def write_whole(path: Path, text: str) -> str:
    """Writes `text` as UTF-8 so that `path` holds all of it or what it held before.

    Returns:
        The sha256 of the file, in hexadecimal.
    """
    data = text.encode()
    path.parent.mkdir(exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.name}.", suffix=_TEMPORARY_SUFFIX
    )
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        # mkstemp is for secrets; these files are for whoever may enter the folder.
        Path(temporary).chmod(0o666 & ~_umask())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return hashlib.sha256(data).hexdigest()


def sha256_of(path: Path) -> str:
    """Returns the sha256 of a file in hexadecimal, "" when there is none."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Holds `folder` for one run and first sweeps what a killed one left in it.

    The lock is the system's and ends with the process, however that ends; where there is none
    (Windows, some network folders) nothing is locked or swept.

    Raises:
        WorkbenchError: another run holds it.
    """
    try:
        import fcntl  # not on Windows

        descriptor = os.open(folder, os.O_RDONLY)
    except (ImportError, OSError):
        yield
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkbenchError(f"une clôture est déjà en cours dans « {folder} »") from None
        except OSError:
            pass
        else:
            _sweep(folder)
        yield
    finally:
        os.close(descriptor)


def _sweep(folder: Path) -> None:
    for pattern in (f".*{_TEMPORARY_SUFFIX}", f"*/.*{_TEMPORARY_SUFFIX}"):
        for leftover in folder.glob(pattern):
            leftover.unlink(missing_ok=True)


def _umask() -> int:
    # Reading it means setting it, which other threads would notice: Linux tells it otherwise.
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("Umask:"):
                return int(line.split()[1], 8)
    except OSError:
        pass
    return 0o022
