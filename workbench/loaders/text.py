"""Bytes into text: UTF-8 strictly first, then what the office's old programs write.

Not for telling formats apart (`sniff`), nor for the XML of the banks: its parser decodes it.
"""

import codecs
import re
import unicodedata

from workbench.domain.errors import UnreadableFileError

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = re.compile("[\x00-\x20\x7f-\xa0\u2028\u2029]")
# Enough to see that every second byte is zero or nearly: UTF-16 without its mark.
_GLANCE_BYTES = 400


def encoding_of(data: bytes, *, cut: bool = False) -> str:
    """Returns the encoding of a file: by its mark, else UTF-8 when it is, else cp1252.

    Args:
        data: its bytes.
        cut: they are only its start, and may end in the middle of a character.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return encoding
    glance = data[:_GLANCE_BYTES]
    odd, even = glance[1::2].count(0), glance[::2].count(0)
    if max(odd, even) * 4 > len(glance) > 1 and not min(odd, even):
        return "utf-16-le" if odd else "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data, final=not cut)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def decoded(data: bytes, *, file: str) -> str:
    """Returns the text of a whole file.

    Raises:
        UnreadableFileError: bytes that are text in none of the encodings, with their line.

    Source: FORMATS, rules for every reader.
    """
    encoding = encoding_of(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise undecodable(file, data, error.start) from None
    if "\0" in text:
        raise binary(file, text.count("\n", 0, text.index("\0")) + 1)
    return text


def undecodable(file: str, data: bytes, start: int, *, first_line: int = 1) -> UnreadableFileError:
    """Returns the refusal of bytes that are no text at `start`; `first_line` is that of `data`."""
    return UnreadableFileError(
        file,
        "texte ni en UTF-8 ni en Windows-1252",
        line=data.count(b"\n", 0, start) + first_line,
        value=data[max(0, start - 20) : start + 20].decode("latin-1"),
        hint="Enregistrer le fichier en UTF-8",
    )


def binary(file: str, line: int) -> UnreadableFileError:
    """Returns the refusal of a text with a zero byte."""
    return UnreadableFileError(file, "fichier binaire, pas du texte", line=line)


def clean(text: str) -> str:
    """Returns `text` on one line: NFC, control characters and odd spaces as spaces, no margins.

    Inner spaces stay: fixed-width labels align with them. A zero byte would not enter PostgreSQL,
    and two spellings of one accent would be two movements.
    """
    if text.isascii() and text.isprintable():
        return text.strip(" ")
    return _CONTROLS.sub(" ", unicodedata.normalize("NFC", text)).strip(" ")


def is_folded(text: str) -> bool:
    """Tells, for plain text, that `folded` would leave it as it is; False when in doubt.

    Fields joined by spaces are asked about at once: two spaces meet where one is empty or has a
    margin.
    """
    return text.isascii() and text.isprintable() and "  " not in text and text.strip() == text


def folded(text: str) -> str:
    """Returns `text` cleaned, with every run of white space as one space."""
    text = text.strip()
    if "  " not in text and text.isascii() and text.isprintable():
        return text
    return " ".join(clean(text).split())
