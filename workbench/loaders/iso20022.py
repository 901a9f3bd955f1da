"""The XML of the banks, element by element: safe, strict, and never whole in memory.

Shared by the ISO 20022 readers (`camt`, `pain002`): the stream of elements, and the pieces all
messages are made of (parties, accounts, amounts, dates). What a message means is its reader's.

Source: FORMATS, rules for every reader (XML).
"""

import codecs
import os
from collections.abc import Iterator
from datetime import date
from typing import BinaryIO, Final, cast

from lxml import etree

from workbench.domain.dates import DateError
from workbench.domain.errors import UnreadableFileError
from workbench.domain.money import AmountError, parse_decimal
from workbench.loaders import iban as account_numbers
from workbench.loaders.sniff import Head, Source, unopened
from workbench.loaders.statement import cached_date
from workbench.loaders.text import folded

# Encodings a bank's XML may declare. Others (UTF-7 …) could hide a DOCTYPE from the first look.
_ENCODINGS: Final = {
    "", "utf-8", "utf8", "utf-16", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "latin1",
    "windows-1252", "cp1252",
}  # fmt: skip
_UTF_8: Final = {"", "utf-8", "utf8", "utf-16"}
_CHUNK_BYTES: Final = 1 << 20
_TAIL_BYTES: Final = 4096
_EMPTIED_ELEMENTS: Final = 256
# libxml2's numbers of the errors a bank's file really has.
_CUT: Final = 77
_REASONS: Final = {
    4: "fichier vide",
    5: "contenu après la fin du XML",
    9: "caractère interdit dans un XML",
    76: "balise fermée par une autre\u00a0: XML mal formé",
    _CUT: "le XML s'arrête avant sa fin\u00a0: fichier coupé",
    81: "octets qui ne sont pas dans l'encodage annoncé par le fichier",
}
_SIGNS: Final = {"CRDT": 1, "DBIT": -1}
_ISO_DATE_LENGTH: Final = 10
_HINT: Final = "Télécharger à nouveau le fichier auprès de la banque"


def elements(source: Source, *, head: Head, names: tuple[str, ...]) -> Iterator[etree._Element]:
    """Gives the elements of those local names in the order they end, each freed once used.

    Args:
        source: the file.
        head: its start.
        names: local names; an element inside another of them is emptied before that one comes.

    Raises:
        UnreadableFileError: not well formed, cut, with a DOCTYPE, in an encoding that is none of a
            bank's or not the one it declares; names the line. Raised while iterating.
    """
    encoding = _encoding(source, head)
    try:
        with source.opener() as stream:
            yield from _elements(stream, encoding, names, file=source.name)
    except etree.XMLSyntaxError as error:
        code = _CUT if _ends_inside_a_tag(source) else getattr(error, "code", 0)
        raise UnreadableFileError(
            source.name,
            _REASONS.get(code, "XML mal formé"),
            line=error.lineno or None,
            hint=_HINT,
        ) from None
    except OSError as error:
        raise unopened(source.name, error) from None


def nothing_inside(file: str, *, element: str, message: str) -> UnreadableFileError:
    """Returns the refusal of a message that has none of what it is made of."""
    return UnreadableFileError(file, f"{element} dans ce {message}", hint=_HINT)


def _encoding(source: Source, head: Head) -> str | None:
    """Returns the encoding to impose, None to follow the file's own words."""
    if head.has_doctype:
        raise _doctype(source.name)
    if head.declared_encoding not in _ENCODINGS:
        raise UnreadableFileError(
            source.name,
            "encodage XML inconnu",
            line=1,
            value=head.declared_encoding,
            hint="Enregistrer le fichier en UTF-8",
        )
    if head.declared_encoding in _UTF_8 or not _is_utf_8(source):
        return None
    # UTF-8 first: programs convert the bytes and forget the declaration.
    return "utf-8"


def _is_utf_8(source: Source) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with source.opener() as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    except OSError as error:
        raise unopened(source.name, error) from None
    return True


def _ends_inside_a_tag(source: Source) -> bool:
    """Tells whether a file stops in the middle of something: the parser blames other causes."""
    with source.opener() as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(0, stream.tell() - _TAIL_BYTES))
        return not stream.read().strip(b" \t\r\n\0").endswith(b">")


def _elements(
    stream: BinaryIO, encoding: str | None, names: tuple[str, ...], *, file: str
) -> Iterator[etree._Element]:
    tags = tuple(f"{{*}}{name}" for name in names)
    events = etree.iterparse(
        stream,
        events=("end",),
        tag=tags,
        encoding=encoding,
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        remove_blank_text=True,
    )
    # The head was looked at; this holds for whatever got past it.
    is_looked_at = False
    for count, (_, element) in enumerate(events):
        if not is_looked_at:
            if element.getroottree().docinfo.internalDTD is not None:
                raise _doctype(file)
            is_looked_at = True
        yield element
        element.clear()
        # An emptied element is small: they go by the hundred, which costs less than one by one.
        if count % _EMPTIED_ELEMENTS == 0:
            _drop_siblings(element, tags)


def _drop_siblings(element: etree._Element, tags: tuple[str, ...]) -> None:
    """Drops the used elements before this one; lxml must not lose the one it stands on."""
    parent = element.getparent()
    if parent is not None:
        for sibling in list(element.itersiblings(*tags, preceding=True)):
            parent.remove(sibling)


def _doctype(file: str) -> UnreadableFileError:
    return UnreadableFileError(
        file,
        "XML avec un DOCTYPE, refusé\u00a0: aucune banque n'en met",
        hint="Demander le fichier d'origine à la banque",
    )


class LocalNames(dict[str, str]):
    """Local name of each tag, worked out once a tag: `{urn:…}Ntry` gives `Ntry`."""

    def __missing__(self, tag: str) -> str:
        name = tag.rpartition("}")[2]
        self[tag] = name
        return name


class Elements:
    """The pieces that statements and entries are made of; every error names file and line."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.names = LocalNames()
        # Rank of the entry being read, 0 between entries: one-line files have no useful line.
        self.entry_rank = 0

    def fields(self, element: etree._Element | None) -> dict[str, etree._Element]:
        """Returns the children by local name, the last one where one repeats."""
        if element is None:
            return {}
        names = self.names
        return {names[child.tag]: child for child in element}

    def children(self, element: etree._Element | None, name: str) -> list[etree._Element]:
        """Returns the children of that local name."""
        if element is None:
            return []
        names = self.names
        return [child for child in element if names[child.tag] == name]

    def text(self, element: etree._Element | None) -> str:
        """Returns the text of an element, "" when it is not there."""
        return "" if element is None else folded(element.text or "")

    def code(self, element: etree._Element) -> str:
        """Returns a code written as text (.02), or under `Cd` or `Prtry` (.08)."""
        return self.text(element) or next((self.text(child) for child in element), "")

    def party(self, element: etree._Element | None) -> str:
        """Returns the name of a party, wrapped in `Pty` since .08."""
        if element is None:
            return ""
        names = self.names
        for child in element:
            name = names[child.tag]
            if name == "Nm":
                return folded(child.text or "")
            if name == "Pty":
                return self.party(child)
        return ""

    def account_number(self, element: etree._Element) -> str:
        """Returns the IBAN of an account, else the number the bank uses (`Othr/Id`)."""
        names = self.names
        for identifier in element:
            if names[identifier.tag] != "Id":
                continue
            for child in identifier:
                name = names[child.tag]
                if name == "IBAN":
                    return account_numbers.normalised(child.text or "")
                if name == "Othr":
                    return "".join(self.text(c) for c in self.children(child, "Id"))
        return ""

    def amount(self, owner: etree._Element, element: etree._Element | None) -> tuple[int, str]:
        """Returns unsigned cents and the currency of an `Amt`; `owner` is named when it lacks."""
        if element is None:
            raise self.error(owner, "montant absent (Amt)")
        text = element.text or ""
        try:
            cents = parse_decimal(text)
        except AmountError as error:
            raise self.error(element, str(error), column="Amt", value=text) from None
        if cents < 0:
            reason = "montant négatif\u00a0: le signe est dans CdtDbtInd"
            raise self.error(element, reason, column="Amt", value=text)
        return cents, element.get("Ccy") or ""

    def sign(self, owner: etree._Element, element: etree._Element | None) -> int:
        """Returns 1 for money in, -1 for money out: `CdtDbtInd` alone decides."""
        if element is None:
            raise self.error(owner, "sens absent (CdtDbtInd)")
        text = element.text or ""
        sign = _SIGNS.get(text) or _SIGNS.get(text.strip())
        if sign is None:
            reason = "sens inconnu (attendu CRDT ou DBIT)"
            raise self.error(element, reason, column="CdtDbtInd", value=text)
        return sign

    def day(self, element: etree._Element | None) -> date | None:
        """Returns the day of a `Dt` or `DtTm` as written, in the bank's own time."""
        if element is None:
            return None
        text = (element[0].text if len(element) else element.text) or ""
        if len(text) != _ISO_DATE_LENGTH:
            text = text.strip()
        rest = text[_ISO_DATE_LENGTH : _ISO_DATE_LENGTH + 1]
        try:
            # An odd rest is no date-time: the whole is read, and refused with its reason.
            is_day = not rest or rest in "TZ+-"
            return cached_date(text[:_ISO_DATE_LENGTH] if is_day else text)
        except DateError as error:
            column = self.names[element.tag]
            raise self.error(element, str(error), column=column, value=text) from None

    def error(
        self, element: etree._Element, reason: str, *, column: str = "", value: str = ""
    ) -> UnreadableFileError:
        """Returns the refusal of the file at that element."""
        if self.entry_rank:
            reason = f"écriture n°\u00a0{self.entry_rank}, {reason}"
        line = cast("int | None", element.sourceline)
        return UnreadableFileError(self.file, reason, line, column, value)
