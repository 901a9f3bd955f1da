"""camt.053 statements, versions .02 to .08 and later: balances, and the file around the entries.

One entry is held as XML at a time: the tree never grows with the file. Entries themselves are
read by `camt_entry`.

A camt.052 (intraday report) and a camt.054 (details of batches) are told apart and not read: their
entries are those of the camt.053 that follows, and would be counted twice.

Source: ISO 20022 camt.053.001.02 and .08; FORMATS, camt and rules for every reader.
"""

import codecs
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Final

from lxml import etree

from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import BankStatement, Entry, StatementFile, StatementStream
from workbench.loaders.camt_entry import EntryReader
from workbench.loaders.sniff import Head, Source, unopened
from workbench.loaders.statement import first_and_last

MESSAGE: Final = "camt.053"
# Encodings a bank's XML may declare. Others (UTF-7 …) could hide a DOCTYPE from the first look.
_ENCODINGS = {
    "", "utf-8", "utf8", "utf-16", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "latin1",
    "windows-1252", "cp1252",
}  # fmt: skip
_UTF_8 = {"", "utf-8", "utf8", "utf-16"}
_OPENING, _CLOSING, _INTERIM = ("OPBD", "PRCD"), "CLBD", "ITBD"
_NUMBERS = ("ElctrncSeqNb", "LglSeqNb", "Id")
_CHUNK_BYTES = 1 << 20
_TAIL_BYTES = 4096
_STREAMED = ("{*}Ntry", "{*}Stmt")
_EMPTIED_ENTRIES = 256
# libxml2's numbers of the errors a bank's file really has.
_CUT = 77
_REASONS = {
    4: "fichier vide",
    5: "contenu après la fin du XML",
    9: "caractère interdit dans un XML",
    76: "balise fermée par une autre\u00a0: XML mal formé",
    _CUT: "le XML s'arrête avant sa fin\u00a0: fichier coupé",
    81: "octets qui ne sont pas dans l'encodage annoncé par le fichier",
}


def recognises(head: Head) -> bool:
    """Tells whether a file is a camt.053."""
    return head.message == MESSAGE


def read(source: Source) -> StatementStream:
    """Reads a camt.053.

    Returns:
        Its statements with their booked entries, in the order of the file; `Entry.place` is the
        entry's rank in the file, pending ones counted. Balances are as written, right or wrong.

    Raises:
        UnreadableFileError: not well formed, cut, with a DOCTYPE, in the wrong encoding, or an
            entry without amount, sign or date; names the line.
    """
    head = source.head()
    encoding = _encoding(source, head)
    reading = _Reading(source.name)
    try:
        with source.opener() as stream:
            for element in _elements(stream, encoding, source.name):
                reading.take(element)
    except etree.XMLSyntaxError as error:
        code = _CUT if _ends_inside_a_tag(source) else getattr(error, "code", 0)
        raise UnreadableFileError(
            source.name,
            _REASONS.get(code, "XML mal formé"),
            line=error.lineno or None,
            hint="Télécharger à nouveau le fichier auprès de la banque",
        ) from None
    except OSError as error:
        raise unopened(source.name, error) from None
    if not reading.statements:
        raise UnreadableFileError(
            source.name,
            "aucun relevé (Stmt) dans ce camt.053",
            hint="Télécharger à nouveau le fichier auprès de la banque",
        )
    return StatementFile(format=head.version, statements=tuple(reading.statements)).streamed()


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


def _elements(stream: BinaryIO, encoding: str | None, file: str) -> Iterator[etree._Element]:
    """Gives each entry and each finished statement, in the order they end; frees what was read."""
    events = etree.iterparse(
        stream,
        events=("end",),
        tag=_STREAMED,
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
        # An emptied entry is small: they go by the hundred, which costs less than one by one.
        if count % _EMPTIED_ENTRIES == 0:
            _drop_siblings(element)


def _drop_siblings(element: etree._Element) -> None:
    """Drops the entries and statements before this one; lxml must not lose the one it stands on."""
    parent = element.getparent()
    if parent is not None:
        for sibling in list(element.itersiblings(*_STREAMED, preceding=True)):
            parent.remove(sibling)


@dataclass(frozen=True, slots=True)
class _Balance:
    code: str
    day: date | None
    cents: int
    currency: str


class _Reading(EntryReader):
    """One pass over one file: the statements so far, and the entries of the open one."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.statements: list[BankStatement] = []
        self.entries: list[Entry] = []
        self.rank = 0
        self.is_account_known = False

    def take(self, element: etree._Element) -> None:
        """Takes an entry, or the statement that ends."""
        if self.names[element.tag] == "Stmt":
            self.statements.append(self._statement(element))
            self.entries, self.is_account_known = [], False
            return
        if not self.is_account_known:
            self._learn_account(element)
        self.rank += 1
        self.entry_rank = self.rank
        entry = self.entry(element)
        self.entry_rank = 0
        if entry is not None:
            self.entries.append(entry)

    def _learn_account(self, element: etree._Element) -> None:
        statement = element.getparent()
        if statement is None or self.names[statement.tag] != "Stmt":
            raise self.error(element, "écriture (Ntry) hors d'un relevé (Stmt)")
        # The schema puts the account before the entries. Where it is not, the sign still tells
        # the parties apart.
        self.own_number, _, self.own_name = self._account(self.fields(statement).get("Acct"))
        self.is_account_known = True

    def _statement(self, element: etree._Element) -> BankStatement:
        found = self.fields(element)
        number, currency, _ = self._account(found.get("Acct"))
        if not number:
            raise self.error(element, "relevé sans numéro de compte (Acct/Id)")
        opening, closing = self._balances(element)
        currency = currency or (opening.currency if opening else "")
        currency = currency or next((e.extra.get("currency", "") for e in self.entries), "")
        for entry in self.entries:
            if entry.extra.get("currency") == currency:
                del entry.extra["currency"]
        first, last = first_and_last([entry.booked_on for entry in self.entries])
        return BankStatement(
            iban=number,
            currency=currency,
            number=next((text for name in _NUMBERS if (text := self.text(found.get(name)))), ""),
            opened_on=(opening and opening.day) or first,
            closed_on=(closing and closing.day) or last,
            opening_cents=opening.cents if opening else None,
            closing_cents=closing.cents if closing else None,
            entries=tuple(self.entries),
        )

    def _account(self, account: etree._Element | None) -> tuple[str, str, str]:
        """Returns the account's number (IBAN first), currency and owner."""
        if account is None:
            return "", "", ""
        found = self.fields(account)
        return (
            self.account_number(account),
            self.text(found.get("Ccy")),
            self.party(found.get("Ownr")),
        )

    def _balances(self, element: etree._Element) -> tuple[_Balance | None, _Balance | None]:
        """Returns opening and closing; the pages of a long statement have interim ones instead."""
        balances = [self._balance(child) for child in self.children(element, "Bal")]
        interim = [balance for balance in balances if balance.code == _INTERIM]
        opening = next((b for code in _OPENING for b in balances if b.code == code), None)
        closing = next((b for b in reversed(balances) if b.code == _CLOSING), None)
        if opening is None and interim:
            opening = interim.pop(0)
        if closing is None and interim:
            closing = interim[-1]
        if (opening is None) != (closing is None):
            missing = "d'ouverture (OPBD)" if opening is None else "de clôture (CLBD)"
            raise self.error(element, f"relevé sans solde {missing}")
        return opening, closing

    def _balance(self, element: etree._Element) -> _Balance:
        found = self.fields(element)
        code = next((self.code(c) for c in self.children(found.get("Tp"), "CdOrPrtry")), "")
        cents, currency = self.amount(element, found.get("Amt"))
        cents *= self.sign(element, found.get("CdtDbtInd"))
        return _Balance(code, self.day(found.get("Dt")), cents, currency)


def _doctype(file: str) -> UnreadableFileError:
    return UnreadableFileError(
        file,
        "XML avec un DOCTYPE, refusé\u00a0: aucune banque n'en met",
        hint="Demander le fichier d'origine à la banque",
    )
