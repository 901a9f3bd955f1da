"""OFX as a stream of tags: transactions whole, everything else tag by tag.

OFX 1.x is SGML whose fields need no closing tag, OFX 2.x is XML; banks mix them. Both are read the
same way: a tag with text behind it is a field, the others open and close groups. No parser of XML
is asked, so there are no entities of a file's own, and a DOCTYPE is refused.

Source: Open Financial Exchange specification 1.0.2 and 2.2; FORMATS, OFX.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from workbench.domain.errors import UnreadableFileError
from workbench.loaders.lines import CHUNK_BYTES, LONGEST_LINE, chunks_of
from workbench.loaders.sniff import Source

_OPEN, _CLOSE = "<STMTTRN>", "</STMTTRN>"
# A tag with the text behind it, up to the next tag; text as CDATA first. The loop of CDATA stops at
# the next one and never goes back: many that have no end cost their length once.
_TAG: Final = re.compile(
    r"<(/?[A-Za-z0-9_.:]+)[^<>]*>"
    r"(?:\s*<!\[CDATA\[((?>[^<\]]+|<(?!!)|\](?!\]>))*+)\]\]>|([^<]*))"
)
# The same where nothing is unusual: no CDATA, entity or group.
_FIELD: Final = re.compile(r"<([A-Z0-9.]+)>([^<]*)")
_LOWER_TAG: Final = re.compile(r"</?[a-z][a-z0-9_.]*>")
_ENTITY: Final = re.compile(r"&(amp|lt|gt|quot|apos|nbsp|#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6});")
_NAMED: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'", "nbsp": " "}
_LARGEST_CODE_POINT = 0x10FFFF


def _usual(name: str, value: str) -> str:
    """Returns the pattern of a field on one line, without entities, closed or not."""
    return rf"<{name}>{value}\s*+(?:</{name}>\s*+)?"


_WORDS: Final = r"([^<&\n]*+)"
_DAY: Final = r"([0-9]{8})(?:[0-9]{2,6}(?:\.[0-9]*+)?)?[ \t]*+(?:\[[^\]<&\n]*+\])?"
# A whole transaction as most banks write it, its fields in the order of the specification: kind,
# day, amount as units and hundredths, reference, name, memo.
USUAL: Final = re.compile(
    rf"\s*+{_usual('TRNTYPE', _WORDS)}{_usual('DTPOSTED', _DAY)}"
    rf"(?:{_usual('DTUSER', '[^<&]*+')})?{_usual('TRNAMT', '([-+]?[0-9]{1,9})[.,]([0-9]{2})')}"
    rf"{_usual('FITID', _WORDS)}(?:{_usual('NAME', _WORDS)})?(?:{_usual('MEMO', _WORDS)})?"
    rf"{_CLOSE}\s*+"
)


class Tag(NamedTuple):
    """One tag: its name in capitals (`/NAME` closes), the text behind it, its line."""

    name: str
    text: str
    line: int


class Transaction(NamedTuple):
    """What stands between `<STMTTRN>` and its end, and the line it begins on."""

    body: str
    line: int


class Block(NamedTuple):
    """A piece of a file: what stands before its first transaction, and its transactions.

    Attributes:
        before: text.
        transactions: what follows each `<STMTTRN>`, up to the next one.
        line: the first one's.
    """

    before: str
    transactions: list[str]
    line: int


def blocks_of(source: Source, *, size: int = CHUNK_BYTES) -> Iterator[Block]:
    """Gives a file in its order, transactions never cut; `size` bytes are read at a time.

    Raises:
        UnreadableFileError: a transaction without end, a file that is no text.
    """
    rest, line = "", 1
    is_lower: bool | None = None
    for chunk in chunks_of(source, size=size):
        if is_lower is None:
            is_lower = _LOWER_TAG.search(chunk) is not None
        if is_lower:
            chunk = _LOWER_TAG.sub(lambda tag: tag[0].upper(), chunk)  # noqa: PLW2901 - the same
        text = rest + chunk
        # The last transaction, or tag, may not be whole yet.
        end = max(text.rfind(_CLOSE) + len(_CLOSE), 0) if _CLOSE in text else 0
        if not end and len(text) > LONGEST_LINE + len(chunk):
            raise refused(source.name, line, "opération (STMTTRN) démesurée")
        yield _block(text[:end], line)
        line += text.count("\n", 0, end)
        rest = text[end:]
    yield _block(rest, line)


def _block(text: str, line: int) -> Block:
    before, *transactions = text.split(_OPEN)
    return Block(before, transactions, line)


def pieces_of(text: str, line: int, *, file: str) -> Iterator[Tag | Transaction]:
    """Gives the transaction that a text of a block begins with, and the tags after it.

    Raises:
        UnreadableFileError: a DOCTYPE, a transaction without its end.
    """
    body, close, after = text.partition(_CLOSE)
    if not close:
        reason = "opération (STMTTRN) sans sa fin\u00a0: fichier coupé ou mal formé"
        raise refused(file, line, reason)
    yield Transaction(body, line)
    if "<" in after:
        yield from tags_of(after, line + body.count("\n"), file=file)


def tags_of(text: str, line: int, *, file: str) -> Iterator[Tag]:
    """Gives the tags of a text without transactions; `line` is where it begins.

    Raises:
        UnreadableFileError: a DOCTYPE.
    """
    if "<!" in text and "<!DOCTYPE" in text.upper():
        raise refused(file, line, "OFX avec un DOCTYPE, refusé\u00a0: aucune banque n'en met")
    start = 0
    for match in _TAG.finditer(text):
        line += text.count("\n", start, match.start())
        start = match.start()
        yield Tag(match[1].upper(), _value(match), line)


def fields_of(transaction: Transaction, *, file: str) -> dict[str, str]:
    """Returns the fields of a transaction by name; those of a group as `PAYEE.NAME`.

    Raises:
        UnreadableFileError: a field that comes twice: two transactions run into one.
    """
    body = transaction.body
    if "&" not in body and "<!" not in body:
        found = _FIELD.findall(body)
        fields = {name: text.strip() for name, text in found}
        if len(fields) == len(found) and fields.keys().isdisjoint(_GROUPS):
            return fields
    return _fields_one_by_one(transaction, file)


def _fields_one_by_one(transaction: Transaction, file: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    group = ""
    for match in _TAG.finditer(transaction.body):
        name = match[1].upper()
        if name in _GROUPS:
            group = f"{name}."
        elif name[0] == "/":
            if name[1:] in _GROUPS:
                group = ""
        elif group + name in fields:
            raise refused(
                file,
                line_in(transaction, match.start()),
                "champ présent deux fois dans une opération",
                column=name,
                value=_value(match),
            )
        else:
            fields[group + name] = _value(match)
    return fields


_GROUPS: Final = frozenset({
    "PAYEE", "BANKACCTTO", "CCACCTTO", "CURRENCY", "ORIGCURRENCY", "IMAGEDATA", "EXTDPAYEE",
})  # fmt: skip


def line_of(transaction: Transaction, field: str) -> int:
    """Returns the line of a field of a transaction; that of the transaction when it has none."""
    return line_in(transaction, transaction.body.upper().find(f"<{field}>"))


def line_in(transaction: Transaction, position: int) -> int:
    """Returns the line of a position in a transaction's body."""
    return transaction.line + transaction.body.count("\n", 0, max(position, 0))


def _value(match: re.Match[str]) -> str:
    cdata = match[2]
    if cdata is not None:
        return cdata.strip()
    text = match[3].strip()
    return _ENTITY.sub(_character, text) if "&" in text else text


def _character(entity: re.Match[str]) -> str:
    name = entity[1]
    if name[0] != "#":
        return _NAMED[name]
    code = int(f"0{name[1:]}", 16) if name[1] == "x" else int(name[1:])
    # Zero would not enter PostgreSQL, and halves of surrogate pairs nothing at all.
    is_character = 0 < code <= _LARGEST_CODE_POINT and not 0xD800 <= code <= 0xDFFF
    return chr(code) if is_character else " "


def refused(
    file: str, line: int, reason: str, *, column: str = "", value: str = ""
) -> UnreadableFileError:
    """Returns the refusal of an OFX file."""
    hint = "Télécharger à nouveau le fichier auprès de la banque"
    return UnreadableFileError(file, reason, line, column, value, hint)
