"""The archive: every bank file that came in, byte for byte, under the sha256 of its content.

`aa/bb/aabb…` below one address. Nothing in it is ever changed or removed by the workbench, and what
is read is checked against its name, so that a movement leads to the bytes it came from (DOMAIN A1).
It is not the record of what came in: the ledger is.
"""

import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final, TypeVar

from workbench.domain.errors import UnreadableFileError, WorkbenchError
from workbench.loaders.remote import Address, Place, connect, within, words_of

_MARKER: Final = ".workbench-archive"
_CHUNK_BYTES: Final = 1 << 20
_SPOOLED_BYTES: Final = 16 << 20
# A whole file goes there in one call.
_PUT_SECONDS: Final = 3600
_PATIENCE_SECONDS: Final = 60
T = TypeVar("T")


def is_archive(folder: Path) -> bool:
    """Tells whether a folder is an archive: an import that walks over it must not read it."""
    return (folder / _MARKER).is_file()


class ArchiveError(WorkbenchError):
    """The archive does not answer, or does not hold what it should."""


class Archive:
    """Bank files by the sha256 of their content."""

    def __init__(self, address: Address | str) -> None:
        """Keeps the address; a folder is made when the first file comes.

        Args:
            address: where, as a folder or a URL that can be written to.
        """
        self.address = Address(url=address) if isinstance(address, str) else address
        self._opened: Place | None = None

    def has(self, file_id: str) -> bool:
        """Tells whether a content is there; its bytes are checked when they are read.

        Raises:
            ArchiveError: the archive does not answer.
        """
        if self.address.is_local:
            return self._path(file_id).is_file()
        place = self._place()
        return bool(self._asked(lambda: place.files.exists(_below(place.root, file_id))))

    def keep(self, path: Path, *, file_id: str) -> None:
        """Keeps a file's bytes; does nothing where they are kept already.

        A run killed half-way leaves nothing under the content's name.

        Args:
            path: a file of this machine.
            file_id: sha256 of its content, hexadecimal.

        Raises:
            UnreadableFileError: the file has another content by now.
            ArchiveError: the archive cannot be written to.
        """
        if self.address.is_local:
            self._keep_here(path, file_id)
        else:
            self._keep_there(path, file_id)

    def open(self, file_id: str) -> BinaryIO:
        """Opens a content that was kept, checked to be what it was, at its start; seekable.

        Raises:
            ArchiveError: not there, changed since, or the archive does not answer.
        """
        if self.address.is_local:
            try:
                stream: BinaryIO = self._path(file_id).open("rb")
            except FileNotFoundError:
                raise self._absent(file_id) from None
            except OSError as error:
                raise self._failed(error) from error
        else:
            stream = self._brought_here(file_id)
        try:
            digest = _digest(stream)
        except OSError as error:
            stream.close()
            raise self._failed(error) from error
        if digest != file_id:
            stream.close()
            raise ArchiveError(
                f"archive {self.address.url} : le fichier {file_id[:16]}… n'a plus le contenu de "
                "son empreinte. Le remettre depuis une sauvegarde"
            )
        stream.seek(0)
        return stream

    def bring(self, file_id: str, *, to: Path) -> None:
        """Copies a content that was kept to a path of this machine; see `open`.

        Raises:
            ArchiveError: not there, changed since, the archive does not answer, or no room here.
        """
        with self.open(file_id) as stream:
            try:
                with to.open("wb") as copy:
                    shutil.copyfileobj(stream, copy, _CHUNK_BYTES)
            except OSError as error:
                raise ArchiveError(f"{to.parent} : {error.strerror}") from error

    def _path(self, file_id: str) -> Path:
        return self.address.local_path() / file_id[:2] / file_id[2:4] / file_id

    def _keep_here(self, path: Path, file_id: str) -> None:
        target = self._path(file_id)
        # A file of another length is one that a failing disk left: it is written anew.
        if target.is_file() and target.stat().st_size == path.stat().st_size:
            return
        temporary = target.with_name(f".{file_id}.{secrets.token_hex(4)}.part")
        try:
            # The office's bank statements are nobody else's business.
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            (self.address.local_path() / _MARKER).touch()
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as kept:
                _copy(path, file_id, write=kept.write)
                kept.flush()
                os.fsync(kept.fileno())
            temporary.replace(target)
        except OSError as error:
            raise self._failed(error) from error
        finally:
            with suppress(OSError):
                temporary.unlink()

    def _keep_there(self, path: Path, file_id: str) -> None:
        place = self._place()
        target = _below(place.root, file_id)
        size = path.stat().st_size
        if self._asked(lambda: _size_of(place, target)) == size:
            return
        _copy(path, file_id, write=lambda _: 0)
        if self.address.holds_objects:
            self._asked(lambda: place.files.put_file(str(path), target), seconds=_PUT_SECONDS)
            return
        temporary = f"{target}.{secrets.token_hex(4)}.part"
        self._asked(lambda: place.files.makedirs(target.rpartition("/")[0], exist_ok=True))
        self._asked(lambda: place.files.put_file(str(path), temporary), seconds=_PUT_SECONDS)
        self._asked(lambda: place.files.mv(temporary, target))

    def _brought_here(self, file_id: str) -> BinaryIO:
        place = self._place()
        target = _below(place.root, file_id)
        if not self.has(file_id):
            raise self._absent(file_id)
        # Closed by who asked for the content.
        brought = tempfile.SpooledTemporaryFile(max_size=_SPOOLED_BYTES)  # noqa: SIM115
        try:
            with self._failures(), place.files.open(target, "rb") as stream:
                while chunk := within(_PATIENCE_SECONDS, lambda: stream.read(_CHUNK_BYTES)):
                    brought.write(chunk)
        except ArchiveError:
            brought.close()
            raise
        brought.seek(0)
        return brought  # type: ignore[return-value] # it has every method of a BinaryIO

    def _place(self) -> Place:
        if self._opened is None:
            self._opened = self._asked(lambda: connect(self.address))
        return self._opened

    def _asked(self, call: Callable[[], T], *, seconds: float = _PATIENCE_SECONDS) -> T:
        with self._failures():
            return within(seconds, call)

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            # Each protocol's library has errors of its own.
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> ArchiveError:
        words = getattr(error, "strerror", None) or words_of(error)
        return ArchiveError(f"archive {self.address.url} : {words}")

    def _absent(self, file_id: str) -> ArchiveError:
        return ArchiveError(
            f"archive {self.address.url} : le fichier {file_id[:16]}… n'y est pas. L'importer à "
            "nouveau l'y remet"
        )


def _digest(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _below(root: str, file_id: str) -> str:
    return f"{root.rstrip('/')}/{file_id[:2]}/{file_id[2:4]}/{file_id}"


def _size_of(place: Place, path: str) -> int | None:
    try:
        size: int = place.files.info(path)["size"]
    except FileNotFoundError:
        return None
    return size


def _copy(path: Path, file_id: str, *, write: Callable[[bytes], int]) -> None:
    """Gives the file's bytes to `write`, and refuses them at the end when they are not its own."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
            write(chunk)
    if digest.hexdigest() != file_id:
        raise UnreadableFileError(
            path.name,
            "le fichier a changé pendant sa lecture",
            hint="L'importer à nouveau une fois qu'il est entier",
        )
