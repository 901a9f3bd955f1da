"""Where bank files come from: folders here and elsewhere, that are listed and read, never written.

A source is only ever asked two things: what is there, and the bytes of one file (DOMAIN A3). What
has been fetched before is the ledger's business, what a file is the readers'.

Source: DOMAIN A1; docs/decisions/0012.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, BinaryIO, Final, TypeVar
from urllib.parse import quote, unquote

from workbench.domain.errors import WorkbenchError, shortened
from workbench.loaders.remote import PATIENCE_SECONDS, Address, Place, connect, within, words_of

# Twice the largest file the readers are measured on.
MAX_FILE_BYTES: Final = 2 << 30
MAX_FILES: Final = 100_000
_CHUNK_BYTES: Final = 1 << 20
# Files that others are still writing, or that are none: hidden ones, Excel's locks, parts.
_UNFINISHED: Final = (".*", "~$*", "*.part", "*.filepart", "*.tmp", "*.crdownload")
T = TypeVar("T")


class SourceError(WorkbenchError):
    """A source, or one of its files, that cannot be read now."""


class ChangedFileError(SourceError):
    """A file that changed while it was read: someone is still writing it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSource:
    """A folder of bank files.

    Attributes:
        name: how the office calls it.
        address: where it is.
        pattern: names to take, `*` and `?` as in a shell; `*/*.xml` looks one folder below.
        exclude: names to leave, in the same way.
        iban: account of its files that do not name theirs.
    """

    name: str
    address: Address
    pattern: str = "*"
    exclude: tuple[str, ...] = ()
    iban: str = ""

    def takes(self, path: str) -> bool:
        """Tells whether a path below the source is one of its files."""
        name = path.rpartition("/")[2]
        return (
            _matches(path, self.pattern)
            and not any(fnmatchcase(name, unfinished) for unfinished in _UNFINISHED)
            and not any(_matches(path, left) or fnmatchcase(name, left) for left in self.exclude)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """A file as its source lists it.

    Attributes:
        path: below the source, with `/`.
        size: bytes; None where the source does not say.
        etag: what the source calls this version; "" when nothing.
        modified: when it was written, by the source's clock; None when it does not say.
    """

    path: str
    size: int | None
    etag: str = ""
    modified: datetime | None = None

    @property
    def stamp(self) -> str:
        """What tells this version from another without reading it; "" when nothing does."""
        if self.etag:
            return self.etag
        return self.modified.isoformat() if self.modified else ""


class OpenSource:
    """A connection to a source. Only lists and reads."""

    def __init__(
        self,
        source: FileSource,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
        max_bytes: int = MAX_FILE_BYTES,
    ) -> None:
        """Connects.

        Args:
            source: which.
            patience_seconds: a server that says nothing for that long is not there.
            max_bytes: a longer file is refused.

        Raises:
            SourceError: it cannot be reached.
        """
        self.source = source
        self._patience_seconds = patience_seconds
        self._max_bytes = max_bytes
        self._place: Place = self._asked(lambda: connect(source.address), what="")

    def files(self) -> list[ListedFile]:
        """Lists the files that the source's pattern takes, by path.

        Raises:
            SourceError: the folder is not there, is refused, is endless, does not answer.
        """
        found = sorted(self._walk("", self.source.pattern.split("/")), key=lambda f: f.path)
        return [file for file in found if self.source.takes(file.path)]

    def fetch(self, file: ListedFile, to: Path) -> str:
        """Writes a file's bytes to `to`, whole or not at all.

        Args:
            file: as it was listed.
            to: a path of this machine; nothing is left there when the file cannot be had.

        Returns:
            The sha256 of its bytes.

        Raises:
            ChangedFileError: it changed meanwhile; the next run will find it finished.
            SourceError: the connection was cut, it is too long, it is refused.
        """
        try:
            digest, size = self._written(file, to)
            now = self._described(file)
            if (now.size, now.stamp) != (file.size, file.stamp):
                raise ChangedFileError(f"{self._name(file.path)} : en cours d'écriture")
            if file.size is not None and size != file.size:
                raise SourceError(
                    f"{self._name(file.path)} : {size} octets reçus sur {file.size}, la connexion "
                    "s'est coupée"
                )
        except WorkbenchError:
            to.unlink(missing_ok=True)
            raise
        return digest

    def _written(self, file: ListedFile, to: Path) -> tuple[str, int]:
        digest, size = hashlib.sha256(), 0
        stream = self._asked(lambda: self._opened(file.path), what=file.path)
        try:
            with to.open("wb") as written:
                while chunk := self._asked(lambda: stream.read(_CHUNK_BYTES), what=file.path):
                    size += len(chunk)
                    if size > self._max_bytes:
                        raise SourceError(
                            f"{self._name(file.path)} : plus de {self._max_bytes >> 20} Mo, "
                            "ce n'est pas un relevé"
                        )
                    digest.update(chunk)
                    written.write(chunk)
        finally:
            # A cut connection may not let itself be closed either; what counts was said above.
            with suppress(SourceError):
                self._asked(stream.close, what=file.path)
        return digest.hexdigest(), size

    def _opened(self, path: str) -> BinaryIO:
        # 0: one answer from start to end, which tells when it is cut.
        options = {"block_size": 0} if self._is_web else {}
        stream: BinaryIO = self._place.files.open(self._full(path), "rb", **options)
        return stream

    def _walk(self, folder: str, patterns: list[str]) -> Iterator[ListedFile]:
        """Yields the files as deep as the pattern goes: a loop of links cannot lead further."""
        if self._is_web and not folder and not self._place.root.endswith("/"):
            # An address that is one file.
            self._place = Place(self._place.files, self._place.root.rpartition("/")[0] + "/")
            name = self.source.address.url.rpartition("/")[2]
            yield self._described(ListedFile(path=unquote(name), size=None))
            return
        entries = self._asked(
            lambda: self._place.files.ls(self._full(folder), detail=True), what=folder
        )
        if len(entries) > MAX_FILES:
            raise SourceError(
                f"{self._name(folder)} : plus de {MAX_FILES} fichiers ; préciser « pattern »"
            )
        first, *deeper = patterns
        for entry in entries:
            path = self._relative(str(entry["name"]), folder)
            name = path.rpartition("/")[2]
            if not name or not fnmatchcase(name, first):
                continue
            if deeper:
                # A link may be one to a folder: what it is shows when it is listed.
                if entry["type"] != "file" and not name.startswith("."):
                    yield from self._walk(path, deeper)
            elif entry["type"] != "directory":
                yield from self._listed(path, entry)

    def _listed(self, path: str, entry: Mapping[str, Any]) -> Iterator[ListedFile]:
        if not self.source.takes(path):
            return
        if self._is_web or entry["type"] != "file":
            # A page lists names only; a link has the size of the link.
            with suppress(_NoFileError):
                yield self._described(ListedFile(path=path, size=None))
            return
        yield _file(path, entry)

    def _described(self, file: ListedFile) -> ListedFile:
        full = self._full(file.path)
        entry = self._asked(lambda: self._place.files.info(full), what=file.path)
        if entry.get("type") == "directory":
            raise _NoFileError(f"{self._name(file.path)} : c'est un dossier")
        return _file(file.path, entry)

    @property
    def _is_web(self) -> bool:
        return self.source.address.protocol in {"http", "https"}

    def _full(self, path: str) -> str:
        root = self._place.root
        if not path:
            return root
        below = quote(path) if self._is_web else path
        return f"{root.rstrip('/')}/{below}" if root else below

    def _relative(self, name: str, folder: str) -> str:
        """Returns a listed name below the source; "" for one that leads elsewhere."""
        base = self._full(folder).rstrip("/") + "/"
        if self._is_web:
            if "?" in name or "#" in name:
                return ""
            base, name = unquote(base), unquote(name)
        if not name.startswith(base):
            # Some file systems list with a slash more or less before.
            base, name = base.lstrip("/"), name.lstrip("/")
        rest = name.removeprefix(base).rstrip("/")
        if not name.startswith(base) or "/" in rest or rest in {"", ".", ".."}:
            return ""
        return f"{folder}/{rest}" if folder else rest

    def _name(self, path: str) -> str:
        return f"{self.source.name}/{shortened(path)}" if path else self.source.name

    def _asked(self, call: Callable[[], T], *, what: str) -> T:
        try:
            return within(self._patience_seconds, call)
        except Exception as error:
            # Each protocol's library has errors of its own.
            kind = _NoFileError if isinstance(error, FileNotFoundError) else SourceError
            raise kind(f"{self._name(what)} : {words_of(error)}") from error


class _NoFileError(SourceError):
    """Something that is listed and is no file, or is gone by now."""


def _file(path: str, entry: Mapping[str, Any]) -> ListedFile:
    size = entry.get("size")
    etag = str(entry.get("ETag") or entry.get("etag") or "").strip('"')
    return ListedFile(
        path=path,
        size=None if size is None else int(size),
        # A weak one may stay the same while bytes change.
        etag="" if etag.startswith("W/") else etag,
        modified=_moment(entry),
    )


def _moment(entry: Mapping[str, Any]) -> datetime | None:
    for name in ("mtime", "LastModified", "last_modified", "Last-Modified", "updated"):
        value = entry.get(name)
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value, tz=UTC)
        if isinstance(value, str) and value:
            return _web_moment(value)
    return None


def _web_moment(value: str) -> datetime | None:
    try:
        return datetime.strptime(value, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None


def _matches(path: str, pattern: str) -> bool:
    names, patterns = path.split("/"), pattern.split("/")
    return len(names) == len(patterns) and all(map(fnmatchcase, names, patterns))
