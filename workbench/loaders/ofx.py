"""OFX 1.x and 2.x: accounts and credit cards, transactions, the balance at the end.

OFX has no opening balance, and the closing one is that of the moment of the download, whatever the
period asked for: nothing can be checked against it, so what is read is a report, outside the chain
of statements. An opening worked out of the transactions would make every file balance (0009).

Not for investment accounts: no movement of theirs is a payment.

Source: Open Financial Exchange specification 1.0.2 and 2.2; FORMATS, OFX.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final

from workbench.domain.dates import DateError, parse_date
from workbench.domain.errors import UnreadableFileError
from workbench.domain.money import AmountError, parse_decimal
from workbench.domain.records import BankStatement, Entry, StatementKind, StatementStream
from workbench.loaders import iban as account_numbers
from workbench.loaders.ofx_tags import (
    USUAL,
    Tag,
    Transaction,
    blocks_of,
    fields_of,
    line_of,
    pieces_of,
    refused,
    tags_of,
)
from workbench.loaders.sniff import Head, Source
from workbench.loaders.statement import given, label_of
from workbench.loaders.text import clean, folded, is_folded

FORMAT: Final = "ofx"
# What may stand before the document; atomic, so that a hostile head costs its length once.
_PROLOGUE: Final = re.compile(r"(?>\s*(?><\?.*?\?>|<!--.*?-->))*+\s*", re.DOTALL)
_START: Final = re.compile(r"OFXHEADER\b|<OFX>", re.IGNORECASE)
# A day, then perhaps the time and its zone: the bank's own day is the first eight digits.
_DATE: Final = re.compile(r"([0-9]{8})(?:[0-9]{2,6}(?:\.[0-9]*)?)?\s*(?:\[[^\]]*\])?", re.ASCII)
_REQUIRED: Final = {"TRNAMT": "montant absent", "DTPOSTED": "date absente"}
_STATEMENTS: Final = frozenset({"STMTRS", "CCSTMTRS"})
# Fields that go elsewhere than in `extra`, and those that tell nothing.
_COMMON: Final = frozenset({
    "TRNTYPE", "DTPOSTED", "DTUSER", "TRNAMT", "FITID", "NAME", "MEMO",
})  # fmt: skip
_USED: Final = _COMMON | {
    "DTAVAIL", "PAYEE.NAME", "BANKACCTTO.ACCTID", "BANKACCTTO.BANKID", "BANKACCTTO.BRANCHID",
    "BANKACCTTO.ACCTTYPE", "BANKACCTTO.ACCTKEY", "CURRENCY.CURSYM",
}  # fmt: skip


def recognises(head: Head) -> bool:
    """Tells whether a text begins as OFX 1.x (its header) or 2.x (`<OFX>`, perhaps after XML)."""
    text = head.text.lstrip("\ufeff")
    prologue = _PROLOGUE.match(text)
    return _START.match(text, prologue.end() if prologue else 0) is not None


def read(source: Source) -> StatementStream:
    """Reads an OFX file.

    Returns:
        One report an account, in the order of the file, its closing balance the ledger balance;
        `Entry.place` is the line of `<STMTTRN>`. The account is an IBAN where the file has one or
        the parts of a French RIB; else the number the bank wrote.

    Raises:
        UnreadableFileError: no `</OFX>`, a transaction without amount or date, or with one that
            is none; names the line and the field.
    """
    return StatementStream(format=FORMAT, events=_events(source))


def _events(source: Source) -> Iterator[Entry | BankStatement]:
    reading = _Reading(source.name)
    for before, transactions, line in blocks_of(source):
        for tag in tags_of(before, line, file=source.name):
            if (statement := reading.take(tag)) is not None:
                yield statement
        place = line + before.count("\n")
        for text in transactions:
            if (usual := USUAL.fullmatch(text)) and (entry := reading.usual(place, usual)):
                yield entry
            else:
                for piece in pieces_of(text, place, file=source.name):
                    if isinstance(piece, Transaction):
                        yield reading.entry(piece)
                    elif (statement := reading.take(piece)) is not None:
                        yield statement
            place += text.count("\n")
    reading.finish()


@dataclass(slots=True)
class _Open:
    """The statement being read."""

    line: int
    name: str
    values: dict[str, str] = field(default_factory=dict)
    days: set[date] = field(default_factory=set)


class _Reading:
    """One pass over one file."""

    __slots__ = ("file", "group", "is_empty", "is_open", "line", "open")

    def __init__(self, file: str) -> None:
        self.file = file
        self.open: _Open | None = None
        self.group = ""
        self.is_empty, self.is_open = True, False
        self.line = 1

    def take(self, tag: Tag) -> BankStatement | None:
        """Takes a tag that is not of a transaction; returns the statement that it ends."""
        name, self.line = tag.name, tag.line
        if name == "/STMTTRN":
            raise refused(self.file, tag.line, "fin d'opération (STMTTRN) sans son début")
        if name in {"OFX", "/OFX"}:
            if self.open is not None:
                raise self._cut()
            self.is_open = name == "OFX"
        elif name in _STATEMENTS:
            if self.open is not None:
                raise self._cut()
            self.open = _Open(tag.line, name)
        elif self.open is not None:
            if name == f"/{self.open.name}":
                return self._statement()
            self._field(self.open, tag)
        return None

    def usual(self, line: int, usual: re.Match[str]) -> Entry | None:
        """Returns the entry of a transaction of the usual fields; None when it needs a closer look.

        Args:
            line: its place in the file.
            usual: of `ofx_tags.USUAL`.
        """
        kind, day, units, hundredths, reference, name, memo = usual.groups("")
        label = f"{name} {memo}" if name and memo else name or memo
        if self.open is None or not is_folded(f"{kind} {reference} {label}"):
            return None
        try:
            booked_on = day_of(day)
        except DateError:
            return None
        self.line = line
        self.open.days.add(booked_on)
        entry = Entry(booked_on, int(f"{units}{hundredths}"), label_of(name, memo))
        entry.bank_reference = given(reference)
        entry.operation_code = kind
        entry.place = line
        return entry

    def entry(self, transaction: Transaction) -> Entry:
        """Reads a transaction."""
        self.line = transaction.line
        if self.open is None:
            raise refused(self.file, transaction.line, "opération (STMTTRN) hors d'un relevé")
        fields = fields_of(transaction, file=self.file)
        cents = self._amount(transaction, fields)
        booked_on = self._date(transaction, fields)
        entry = Entry(
            booked_on,
            cents,
            label_of(folded(fields.get("NAME", "")), folded(fields.get("MEMO", ""))),
        )
        entry.bank_reference = given(folded(fields.get("FITID", "")))
        entry.operation_code = folded(fields.get("TRNTYPE", ""))
        entry.place = transaction.line
        # Most transactions have nothing else.
        if not fields.keys() <= _COMMON:
            self._rest(entry, fields)
        self.open.days.add(booked_on)
        return entry

    def finish(self) -> None:
        """Refuses a file that ended where it should not."""
        if self.open is not None or self.is_open:
            raise self._cut()
        if self.is_empty:
            raise refused(self.file, self.line, "aucun relevé (STMTRS, CCSTMTRS) dans ce fichier")

    def _field(self, statement: _Open, tag: Tag) -> None:
        """Keeps what a statement says of its account and balance, by group: `LEDGERBAL.BALAMT`."""
        name = tag.name
        if name.startswith("/"):
            if name[1:] == self.group:
                self.group = ""
        elif name in {"BANKACCTFROM", "CCACCTFROM", "LEDGERBAL", "AVAILBAL", "BANKTRANLIST"}:
            self.group = name
        elif tag.text:
            key = f"{self.group}.{name}" if self.group else name
            statement.values.setdefault(key, tag.text)
            if key == "LEDGERBAL.BALAMT":
                try:
                    cents_of(tag.text)
                except AmountError as error:
                    raise refused(
                        self.file, tag.line, str(error), column="BALAMT", value=tag.text
                    ) from None

    def _statement(self) -> BankStatement:
        statement = self.open
        if statement is None:
            raise self._cut()
        self.open, self.group, self.is_empty = None, "", False
        values = statement.values
        prefix = "BANKACCTFROM" if statement.name == "STMTRS" else "CCACCTFROM"
        account = account_of(
            values.get(f"{prefix}.ACCTID", ""),
            bank=values.get(f"{prefix}.BANKID", ""),
            branch=values.get(f"{prefix}.BRANCHID", ""),
        )
        if not account:
            raise refused(
                self.file, statement.line, f"relevé sans numéro de compte ({prefix}/ACCTID)"
            )
        balance = values.get("LEDGERBAL.BALAMT")
        return BankStatement(
            iban=account,
            kind=StatementKind.REPORT,
            currency=folded(values.get("CURDEF", "")),
            opened_on=_day_or_none(values.get("BANKTRANLIST.DTSTART", ""))
            or min(statement.days, default=None),
            closed_on=_day_or_none(values.get("LEDGERBAL.DTASOF", ""))
            or max(statement.days, default=None),
            closing_cents=cents_of(balance) if balance else None,
        )

    def _amount(self, transaction: Transaction, fields: dict[str, str]) -> int:
        try:
            return cents_of(fields.get("TRNAMT", ""))
        except AmountError as error:
            raise self._wrong(transaction, fields, "TRNAMT", error) from None

    def _date(self, transaction: Transaction, fields: dict[str, str]) -> date:
        try:
            return day_of(fields.get("DTPOSTED", ""))
        except DateError as error:
            raise self._wrong(transaction, fields, "DTPOSTED", error) from None

    def _wrong(
        self, transaction: Transaction, fields: dict[str, str], tag: str, error: Exception
    ) -> UnreadableFileError:
        """Returns the refusal of a required field that is missing or cannot be read."""
        text = fields.get(tag, "")
        reason = str(error) if text else f"{_REQUIRED[tag]} ({tag})"
        return refused(self.file, line_of(transaction, tag), reason, column=tag, value=text)

    def _rest(self, entry: Entry, fields: dict[str, str]) -> None:
        """Takes the fields that few transactions have."""
        if "CORRECTFITID" in fields:
            raise refused(
                self.file,
                entry.place,
                "correction d'une opération déjà transmise (CORRECTFITID), qui n'est pas lue",
                column="CORRECTFITID",
                value=fields["CORRECTFITID"],
            )
        entry.value_on = _day_or_none(fields.get("DTAVAIL", ""))
        entry.counterparty = folded(fields.get("PAYEE.NAME", ""))
        if number := fields.get("BANKACCTTO.ACCTID", ""):
            account = account_of(
                number,
                bank=fields.get("BANKACCTTO.BANKID", ""),
                branch=fields.get("BANKACCTTO.BRANCHID", ""),
            )
            if account_numbers.has_iban_shape(account):
                entry.counterparty_iban = account
            else:
                entry.extra["BANKACCTTO"] = account
        if currency := folded(fields.get("CURRENCY.CURSYM", "")):
            entry.extra["currency"] = currency
        for name, text in fields.items():
            if name not in _USED and (words := folded(text)).strip("0"):
                entry.extra[name] = words

    def _cut(self) -> UnreadableFileError:
        if self.open is not None:
            reason = f"relevé ({self.open.name}) ouvert ligne {self.open.line} sans sa fin"
        else:
            reason = "pas de </OFX>"
        return refused(self.file, self.line, f"fichier coupé\u00a0: {reason}")


@lru_cache(maxsize=65536)
def cents_of(text: str) -> int:
    """Reads `-80`, `+12.50`, `-12,5`: OFX never groups thousands.

    Raises:
        AmountError: no amount, or finer than a cent.
    """
    return parse_decimal(text.strip().replace(",", "."))


@lru_cache(maxsize=65536)
def day_of(text: str) -> date:
    """Reads `20090401`, `20090401122017.000[-5:EST]`: the day as written.

    Raises:
        DateError: not a date.
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise DateError("ce n'est pas une date (attendu AAAAMMJJ)")
    return parse_date(match[1])


def _day_or_none(text: str) -> date | None:
    """Returns a day that only informs; None when it is none."""
    try:
        return day_of(text)
    except DateError:
        return None


def account_of(number: str, *, bank: str, branch: str) -> str:
    """Returns the IBAN of an account where its parts make one, else its number."""
    number = account_numbers.normalised(clean(number))
    if account_numbers.is_valid(number):
        return number
    if french := account_numbers.of_rib(number):
        return french
    parts = (account_numbers.normalised(bank), account_numbers.normalised(branch), number)
    # With its key behind, or without.
    if french := account_numbers.of_rib("".join(parts)):
        return french
    if not branch or len(number) != 11:
        return number
    try:
        return account_numbers.french_iban(bank=parts[0], branch=parts[1], account=number)
    except ValueError:
        return number
