"""camt.052, .053 and .054, versions .02 to .08 and later: accounts, balances, and their entries.

One entry is held as XML at a time: neither the tree nor what is returned grows with the file.
Entries themselves are read by `camt_entry`.

- .053 is a statement: a link of its account's chain.
- .052 is a report of a running day. Its booked entries come again in the statement; its balances
  are those of a moment, so none is given.
- .054 brings details of entries that a statement brings too.

Source: ISO 20022 camt.052/.053/.054, .001.02 and .08; FORMATS, camt and rules for every reader.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from lxml import etree

from workbench.domain.records import BankStatement, Entry, StatementKind, StatementStream
from workbench.loaders.camt_entry import EntryReader
from workbench.loaders.iso20022 import elements, nothing_inside
from workbench.loaders.sniff import Head, Source

# Message: the element that holds its entries, what it is, how a refusal calls it.
MESSAGES: Final = {
    "camt.053": ("Stmt", StatementKind.STATEMENT, "relevé"),
    "camt.052": ("Rpt", StatementKind.REPORT, "relevé provisoire"),
    "camt.054": ("Ntfctn", StatementKind.DETAILS, "avis"),
}
_MOST: Final = "camt.053"
_OPENING, _CLOSING, _INTERIM = ("OPBD", "PRCD"), "CLBD", "ITBD"
_NUMBERS = ("ElctrncSeqNb", "LglSeqNb", "Id")


def recognises(head: Head) -> bool:
    """Tells whether a file is one of the three."""
    return head.message in MESSAGES


def read(source: Source) -> StatementStream:
    """Reads a camt.052, .053 or .054.

    Returns:
        Its booked entries, each statement closing its own; `Entry.place` is the entry's rank in
        the file, pending ones counted. Balances are as written, right or wrong.

    Raises:
        UnreadableFileError: not well formed, cut, with a DOCTYPE, in the wrong encoding, or an
            entry without amount, sign or date; names the line. Raised while it is read.
    """
    head = source.head()
    return StatementStream(format=head.version, events=_events(source, head))


def _events(source: Source, head: Head) -> Iterator[Entry | BankStatement]:
    # Past a very long comment the head does not see the message; a statement is what most are.
    name, kind, words = MESSAGES.get(head.message, MESSAGES[_MOST])
    reading = _Reading(source.name, name=name, kind=kind, words=words)
    for element in elements(source, head=head, names=("Ntry", name)):
        event = reading.take(element)
        if event is not None:
            yield event
    if not reading.statements:
        raise nothing_inside(
            source.name, element=f"aucun {words} ({name})", message=head.message or _MOST
        )


@dataclass(frozen=True, slots=True)
class _Balance:
    code: str
    day: date | None
    cents: int
    currency: str


class _Reading(EntryReader):
    """One pass over one file: what is known of the open statement, never its entries."""

    def __init__(self, file: str, *, name: str, kind: StatementKind, words: str) -> None:
        super().__init__(file)
        self.name = name
        self.kind = kind
        self.words = words
        self.statements = 0
        self.rank = 0
        self._open()

    def _open(self) -> None:
        """Forgets the statement before: the next entry opens another one."""
        self.is_account_known = False
        self.currency = ""
        self.first: date | None = None
        self.last: date | None = None

    def take(self, element: etree._Element) -> Entry | BankStatement | None:
        """Takes an entry, or the statement that ends; returns None for what is only announced."""
        if self.names[element.tag] == self.name:
            statement = self._statement(element)
            self.statements += 1
            self._open()
            return statement
        if not self.is_account_known:
            self._learn_account(element)
        self.rank += 1
        self.entry_rank = self.rank
        entry = self.entry(element)
        self.entry_rank = 0
        if entry is None:
            return None
        day = entry.booked_on
        if self.first is None or self.last is None:
            self.first = self.last = day
        elif day > self.last:
            self.last = day
        elif day < self.first:
            self.first = day
        if currency := entry.extra.get("currency"):
            self.currency = self.currency or currency
            if currency == self.currency:
                del entry.extra["currency"]
        return entry

    def _learn_account(self, element: etree._Element) -> None:
        statement = element.getparent()
        if statement is None or self.names[statement.tag] != self.name:
            raise self.error(element, f"écriture (Ntry) hors d'un {self.words} ({self.name})")
        # The schema puts account and balances before the entries. Where they are not, the sign
        # still tells the parties apart, and the first entry tells the currency.
        self.own_number, currency, self.own_name = self._account(self.fields(statement).get("Acct"))
        balances = () if currency else self.children(statement, "Bal")
        self.currency = currency or next((self._balance(b).currency for b in balances), "")
        self.is_account_known = True

    def _statement(self, element: etree._Element) -> BankStatement:
        found = self.fields(element)
        number, currency, _ = self._account(found.get("Acct"))
        if not number:
            raise self.error(element, f"{self.words} sans numéro de compte (Acct/Id)")
        opening = closing = None
        if self.kind is StatementKind.STATEMENT:
            opening, closing = self._balances(element)
        own = opening.currency if opening else ""
        return BankStatement(
            iban=number,
            kind=self.kind,
            # What the entries were compared with; without entries, what the statement says.
            currency=self.currency or currency or own,
            number=next((text for name in _NUMBERS if (text := self.text(found.get(name)))), ""),
            opened_on=(opening and opening.day) or self.first,
            closed_on=(closing and closing.day) or self.last,
            opening_cents=opening.cents if opening else None,
            closing_cents=closing.cents if closing else None,
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
