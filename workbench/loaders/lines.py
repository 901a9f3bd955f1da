"""The text of a bank file piece by piece: never whole in memory, its encoding known beforehand.

Which encoding a file has is only known at its last byte (UTF-8 strictly first, else cp1252), so a
long file is read twice. Not for XML of the banks (its parser decodes it), nor for tables.

Source: FORMATS, rules for every reader.
"""

import codecs
from collections.abc import Iterator
from io import BytesIO, IncrementalNewlineDecoder
from typing import BinaryIO, Final

from workbench.domain.errors import UnreadableFileError
from workbench.loaders.sniff import Source, unopened
from workbench.loaders.text import binary, encoding_of, undecodable

# Larger ones and what is made of them leave the processor's cache: reading takes longer.
CHUNK_BYTES: Final = 1 << 18
# No bank writes a line of a million characters: it is another file, or a damaged one.
LONGEST_LINE: Final = 1 << 20


def chunks_of(source: Source, *, size: int = CHUNK_BYTES) -> Iterator[str]:
    r"""Gives the text of a file by pieces, with `\n` as its only line break and without its mark.

    Args:
        source: the file; opened twice when it is longer than one piece.
        size: bytes of a piece.

    Raises:
        UnreadableFileError: not there, not allowed, bytes that are text in none of the encodings,
            or zero bytes, with their line.
    """
    try:
        with source.opener() as stream:
            encoding, whole = _look_through(stream, size)
        with BytesIO(whole) if whole else source.opener() as stream:
            yield from _decoded(stream, encoding, size, source.name)
    except OSError as error:
        raise unopened(source.name, error) from None


def line_blocks(source: Source, *, size: int = CHUNK_BYTES) -> Iterator[tuple[int, list[str]]]:
    """Gives the lines of a file by lists, each with the 1-based number of its first line.

    Raises:
        UnreadableFileError: as `chunks_of`, and for a line past a million characters.
    """
    rest = ""
    number = 1
    for chunk in chunks_of(source, size=size):
        lines = (rest + chunk).split("\n")
        rest = lines.pop()
        if len(rest) > LONGEST_LINE:
            raise _endless(source.name, number + len(lines), rest)
        if lines:
            yield number, lines
            number += len(lines)
    if rest:
        yield number, [rest]


def text_blocks(source: Source, *, size: int = CHUNK_BYTES) -> Iterator[str]:
    """Gives whole lines as one text, for patterns that look at many at once.

    Each text ends with a line break, but for the last one of a file that has none.

    Raises:
        UnreadableFileError: as `line_blocks`.
    """
    rest = ""
    number = 1
    for chunk in chunks_of(source, size=size):
        text = rest + chunk
        end = text.rfind("\n") + 1
        block, rest = text[:end], text[end:]
        number += block.count("\n")
        if len(rest) > LONGEST_LINE:
            raise _endless(source.name, number, rest)
        if block:
            yield block
    if rest:
        yield rest


def _endless(file: str, line: int, text: str) -> UnreadableFileError:
    reason = "ligne démesurée\u00a0: ce n'est pas un fichier de banque"
    return UnreadableFileError(file, reason, line=line, value=text[:100])


def _look_through(stream: BinaryIO, size: int) -> tuple[str, bytes]:
    """Returns the encoding of a file, and its bytes when they are one piece."""
    first = stream.read(size)
    chunk = stream.read(size)
    encoding = encoding_of(first, cut=bool(chunk))
    if not chunk:
        return encoding, first
    if encoding != "utf-8":
        return encoding, b""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(first)
        while chunk:
            decoder.decode(chunk)
            chunk = stream.read(size)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252", b""
    return "utf-8", b""


def _decoded(stream: BinaryIO, encoding: str, size: int, file: str) -> Iterator[str]:
    decoder = IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    line = 1
    while True:
        chunk = stream.read(size)
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise undecodable(file, chunk, error.start, first_line=line) from None
        if "\0" in text:
            raise binary(file, line + text.count("\n", 0, text.index("\0")))
        if text:
            yield text
        if not chunk:
            return
        line += text.count("\n")
