"""What a file is, by its content: never by its name, never by its ending.

Says it in words too, so that a file nobody reads is refused with what it looks like. It does not
read files: the readers do, and decide for themselves whether a head is theirs.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

from workbench.domain.errors import UnreadableFileError, shortened
from workbench.loaders.text import encoding_of

HEAD_BYTES: Final = 65536
# What must follow in the head for an XML file to be named: the document, the message, its name.
_PROLOGUE = re.compile(r"\ufeff?\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*", re.DOTALL)
_ROOT = re.compile(r"<([\w.:\-]+)([^>]*)>")
_DECLARED = re.compile(r"""\A\ufeff?<\?xml[^>]*?\sencoding\s*=\s*["']([\w.\-]+)["']""")
_ISO_20022 = re.compile(r"\b((?:camt|pain|pacs|acmt)\.\d{3}\.\d{3}\.\d{2})\b")
_MESSAGES = {
    "BkToCstmrStmt": "camt.053",
    "BkToCstmrAcctRpt": "camt.052",
    "BkToCstmrDbtCdtNtfctn": "camt.054",
    "CstmrPmtStsRpt": "pain.002",
    "CstmrDrctDbtInitn": "pain.008",
    "CstmrCdtTrfInitn": "pain.001",
}
_MESSAGE = re.compile(rf"<(?:[\w.\-]+:)?({'|'.join(_MESSAGES)})[\s>/]")


class Kind(StrEnum):
    """The broad kind of a content."""

    EMPTY = "empty"
    TEXT = "text"
    XML = "xml"
    HTML = "html"
    PDF = "pdf"
    WORKBOOK = "workbook"
    ARCHIVE = "archive"
    IMAGE = "image"
    BINARY = "binary"


_MAGIC: Final = (
    (b"%PDF", Kind.PDF, "un document PDF"),
    (b"\xd0\xcf\x11\xe0", Kind.WORKBOOK, "un ancien classeur Excel (.xls)"),
    (b"\x89PNG", Kind.IMAGE, "une image"),
    (b"\xff\xd8\xff", Kind.IMAGE, "une image"),
    (b"GIF8", Kind.IMAGE, "une image"),
    (b"\x1f\x8b", Kind.ARCHIVE, "une archive compressée"),
    (b"7z\xbc\xaf", Kind.ARCHIVE, "une archive compressée"),
    (b"Rar!", Kind.ARCHIVE, "une archive compressée"),
    (b"SQLite format 3", Kind.BINARY, "une base de données"),
)
# First words of the texts that are not read; whether a bank may have written them as statements.
_TEXTS: Final = (
    (re.compile(r"\s*OFXHEADER\b", re.IGNORECASE), "un fichier OFX", True),
    (
        re.compile(r"\s*!(?:Type\s*:|Account\b|Option\s*:|Clear\s*:)", re.IGNORECASE),
        "un fichier QIF",
        True,
    ),
    (re.compile(r"(?s).{0,400}?^:20:.*?^:60[FM]:", re.MULTILINE), "un relevé MT940", True),
    (re.compile(r"\s*[{\[]\s*[\"{\[\]}]"), "du JSON", False),
    (re.compile(r"\s*\{\\rtf"), "un document RTF", False),
)


@dataclass(frozen=True, slots=True)
class Head:
    """The start of a file.

    Attributes:
        kind: broad kind.
        text: the first `HEAD_BYTES`, decoded; "" when it is no text.
        words: what it looks like, French, with its article.
        message: ISO 20022 message of an XML file, such as `camt.053`; "" for anything else.
        version: its full name, such as `camt.053.001.08`; the message when the file does not say.
        declared_encoding: what the XML says of itself, lower case.
        has_doctype: the XML has a DOCTYPE.
        is_statement: a bank's statement in a format that is not read.
    """

    kind: Kind
    text: str
    words: str
    message: str = ""
    version: str = ""
    declared_encoding: str = ""
    has_doctype: bool = False
    is_statement: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read: the name messages give it, and a way to its bytes.

    Attributes:
        name: as the user gave it.
        opener: opens the bytes from their start, each time anew.
    """

    name: str
    opener: Callable[[], BinaryIO]

    @classmethod
    def of_path(cls, path: Path) -> "Source":
        """Returns the file at `path`."""
        return cls(str(path), lambda: path.open("rb"))

    @classmethod
    def of_bytes(cls, data: bytes, *, name: str) -> "Source":
        """Returns bytes that are no file (fetched, or of a test)."""
        return cls(name, lambda: BytesIO(data))

    def head(self) -> Head:
        """Returns what the file's start says.

        Raises:
            UnreadableFileError: not there, a folder, not allowed.
        """
        return look(self._read(HEAD_BYTES))

    def content(self) -> bytes:
        """Returns all its bytes.

        Raises:
            UnreadableFileError: not there, a folder, not allowed.
        """
        return self._read(-1)

    def _read(self, size: int) -> bytes:
        try:
            with self.opener() as stream:
                return stream.read(size)
        except OSError as error:
            raise unopened(self.name, error) from None


def unopened(file: str, error: OSError) -> UnreadableFileError:
    """Returns the refusal of a file the system does not give."""
    reasons: dict[type[OSError], tuple[str, str]] = {
        FileNotFoundError: ("fichier introuvable", "Vérifier le chemin"),
        IsADirectoryError: ("c'est un dossier, pas un fichier", ""),
        PermissionError: ("lecture interdite", "Vérifier les droits du fichier"),
    }
    reason, hint = reasons.get(type(error), ("lecture impossible", ""))
    return UnreadableFileError(file, reason, hint=hint)


def look(data: bytes) -> Head:
    """Returns what the start of a file says it is."""
    if not data.strip(b"\xef\xbb\xbf \t\r\n\0"):
        return Head(Kind.EMPTY, "", "un fichier vide")
    for magic, kind, words in _MAGIC:
        if data.startswith(magic):
            return Head(kind, "", words)
    if data.startswith(b"PK\x03\x04"):
        if b"[Content_Types].xml" in data or b"xl/" in data:
            return Head(Kind.WORKBOOK, "", "un classeur Excel")
        return Head(Kind.ARCHIVE, "", "une archive ZIP")
    text = data.decode(encoding_of(data, cut=True), errors="replace")
    if "\0" in text:
        return Head(Kind.BINARY, "", "un fichier binaire")
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        return _look_at_xml(text)
    return _look_at_text(text)


def _look_at_xml(text: str) -> Head:
    prologue = _PROLOGUE.match(text)
    rest = text[prologue.end() if prologue else 0 :]
    declared = _DECLARED.match(text)
    encoding = declared[1].lower() if declared else ""
    is_doctype = rest[:9].upper() == "<!DOCTYPE"
    root = _ROOT.match(rest)
    name = root[1].rpartition(":")[2].lower() if root else ""
    if name in {"html", "head", "body", "table"} or rest[:14].lower() == "<!doctype html":
        return Head(Kind.HTML, text, "une page HTML")
    if name == "ofx":
        return Head(Kind.XML, text, "un fichier OFX", is_statement=True)
    body = _MESSAGE.search(rest)
    full = _ISO_20022.search(rest)
    message = _MESSAGES[body[1]] if body else ""
    version = full[1] if full else ""
    if not message:
        message = version[:8]
    if not version.startswith(message):
        version = message
    return Head(
        Kind.XML,
        text,
        f"un fichier {version}" if message else "un fichier XML d'un autre usage",
        message=message,
        version=version or message,
        declared_encoding=encoding,
        has_doctype=is_doctype,
    )


def _look_at_text(text: str) -> Head:
    for pattern, words, is_statement in _TEXTS:
        if pattern.match(text):
            return Head(Kind.TEXT, text, words, is_statement=is_statement)
    head = Head(Kind.TEXT, text, "un texte d'un autre usage")
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    if max(first.count(mark) for mark in ";,\t") > 1:
        words = f"un tableau dont les colonnes sont «\u00a0{shortened(first)}\u00a0»"
        return replace(head, words=words)
    return head
