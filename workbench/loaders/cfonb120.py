"""CFONB 120 statements: fixed-width records of 120 characters.

Records: 01 opens a statement, 04 is a movement, 05 tells more about the 04 before it, 07 closes.
Positions in this file are Python's (from 0); FORMATS counts from 1.

Seen in real files and read: no line breaks, trailing spaces cut, blank lines, blank currency,
repeated LIB, unknown or blank qualifiers, statements with balances only.

Source: Comité français d'organisation et de normalisation bancaires, « Relevé de compte sur
support informatique » (2004, completed for SEPA in 2007); FORMATS, CFONB 120.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import Final, NoReturn

from workbench.domain.dates import DateError, full_year, parse_date
from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import BankStatement, Entry, StatementFile, StatementStream
from workbench.loaders import iban as account_numbers
from workbench.loaders.sniff import Head, Source
from workbench.loaders.statement import given
from workbench.loaders.text import clean, decoded, folded

FORMAT: Final = "cfonb120"
RECORD_LENGTH: Final = 120
_RECORD = re.compile(r"0[1457][0-9A-Z ]{5}.{4}[0-9A-Z ]{5}[A-Z ]{3}[0-9 ]")
_BANK, _BRANCH = slice(2, 7), slice(11, 16)
# What ties the records of a statement: real files change the bank's code from 01 to 07.
_ACCOUNT = slice(21, 32)
# Fields of a movement: one call slices them all.
_MOVEMENT = itemgetter(
    slice(32, 34),  # operation code
    slice(34, 40),  # booking date
    slice(40, 42),  # reason of a reject
    slice(42, 48),  # value date
    slice(48, 79),  # label
    slice(81, 88),  # entry number
    slice(90, 104),  # amount
    slice(104, 120),  # reference
)
_CURRENCY, _DECIMALS = slice(16, 19), 19
_BALANCE_DATE, _AMOUNT = slice(34, 40), slice(90, 104)
_QUALIFIER, _DETAIL = slice(45, 48), slice(48, 118)
# The last digit of an amount carries its sign.
_LAST_DIGIT: Final = {
    character: (sign, digit)
    for sign, characters in ((1, "{ABCDEFGHI"), (-1, "}JKLMNOPQR"))
    for digit, character in enumerate(characters)
}
# A direct debit that comes back to its creditor: the debtor is the other party of money out.
_RETURNED_DEBIT = "B3"


def recognises(head: Head) -> bool:
    """Tells whether a file is CFONB 120: its first record has the shape of one."""
    return _RECORD.match(head.text.lstrip("\r\n")) is not None


def read(source: Source) -> StatementStream:
    """Reads a CFONB 120 file.

    Returns:
        Its statements, in the order of the file; `Entry.place` is the line (the record, in a file
        without line breaks). The account is the IBAN of the RIB.

    Raises:
        UnreadableFileError: a record of an unknown type, out of its statement, of another account
            or with a bad date or amount; a statement without its end. Names the line.
    """
    reading = _Reading(source.name)
    text = decoded(source.content(), file=source.name)
    take = reading.take
    line = 0
    for line, record in _records(text, source.name):
        take(line, record)
    return StatementFile(format=FORMAT, statements=reading.finished(line)).streamed()


def _records(text: str, file: str) -> Iterator[tuple[int, str]]:
    """Gives each record, 120 characters long, with its line."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) == 1 or (len(lines) == 2 and not lines[1]):
        whole = lines[0].rstrip("\x1a")
        lines = [whole[i : i + RECORD_LENGTH] for i in range(0, len(whole), RECORD_LENGTH)]
    for number, line in enumerate(lines, start=1):
        length = len(line)
        if length == RECORD_LENGTH:
            yield number, line
        elif length < RECORD_LENGTH:
            if line.strip(" \t\x1a"):
                yield number, line.ljust(RECORD_LENGTH)
        elif line[RECORD_LENGTH:].strip():
            raise UnreadableFileError(
                file,
                f"enregistrement de {length} caractères au lieu de {RECORD_LENGTH}",
                line=number,
                value=line[RECORD_LENGTH:],
            )
        else:
            yield number, line[:RECORD_LENGTH]


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    """Reads `DDMMYY`."""
    if not (text.isascii() and text.isdecimal()):
        raise DateError("ce n'est pas une date (attendu JJMMAA)")
    return parse_date(f"{full_year(int(text[4:]))}-{text[2:4]}-{text[:2]}")


@dataclass(slots=True)
class _Open:
    """The statement being read."""

    line: int
    iban: str
    currency: str
    opened_on: date
    opening_cents: int
    entries: list[Entry] = field(default_factory=list)


class _Reading:
    """One pass over one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.statements: list[BankStatement] = []
        self.open: _Open | None = None
        self.account = ""
        self.entry: Entry | None = None
        self.details: list[tuple[str, str]] = []

    def take(self, line: int, record: str) -> None:
        """Takes one record of 120 characters."""
        kind = record[:2]
        if kind == "05" and self.entry is not None and record[_ACCOUNT] == self.account:
            self.details.append((record[_QUALIFIER], record[_DETAIL]))
        elif kind == "05":
            self._odd_detail(line, record)
        elif kind == "04":
            self._movement(line, record)
        elif kind == "01":
            self._opening(line, record)
        elif kind == "07":
            self._closing(line, record)
        else:
            self._refuse(line, "type d'enregistrement inconnu (attendu 01, 04, 05 ou 07)", kind)

    def finished(self, line: int) -> tuple[BankStatement, ...]:
        """Returns the statements, once the end of the file was seen at `line`."""
        if self.open is not None:
            self._refuse(
                line,
                f"fichier coupé\u00a0: le relevé ouvert ligne {self.open.line} n'a pas son solde "
                "de clôture (07)",
            )
        if not self.statements:
            self._refuse(line, "aucun relevé dans ce fichier")
        return tuple(self.statements)

    def _opening(self, line: int, record: str) -> None:
        if self.open is not None:
            self._refuse(
                line, f"nouveau relevé (01) alors que celui de la ligne {self.open.line} est ouvert"
            )
        self.account = account = record[_ACCOUNT]
        bank, branch = record[_BANK], record[_BRANCH]
        try:
            iban = account_numbers.french_iban(bank=bank, branch=branch, account=account)
        except ValueError as error:
            self._refuse(line, str(error), f"{bank} {branch} {account}")
        self.open = _Open(
            line,
            iban,
            record[_CURRENCY].strip(),
            self._date(line, record[_BALANCE_DATE]),
            self._cents(line, record, record[_AMOUNT]),
        )

    def _closing(self, line: int, record: str) -> None:
        statement = self._statement_of(line, record, "solde de clôture (07)")
        self._finish_entry()
        self.statements.append(
            BankStatement(
                iban=statement.iban,
                currency=statement.currency,
                opened_on=statement.opened_on,
                closed_on=self._date(line, record[_BALANCE_DATE]),
                opening_cents=statement.opening_cents,
                closing_cents=self._cents(line, record, record[_AMOUNT]),
                entries=tuple(statement.entries),
            )
        )
        self.open = None

    def _movement(self, line: int, record: str) -> None:
        statement = self._statement_of(line, record, "mouvement (04)")
        if self.entry is not None:
            self._finish_entry()
        code, booked, reject, valued, label, number, amount, reference = _MOVEMENT(record)
        entry = Entry(
            self._date(line, booked),
            self._cents(line, record, amount),
            clean(label),
            self._date(line, valued) if valued.strip("0 ") else None,
        )
        entry.bank_reference = given(reference.strip()) or given(number.strip())
        entry.operation_code = code.strip()
        entry.return_reason = reject.strip()
        entry.place = line
        currency = record[_CURRENCY].strip()
        if currency != statement.currency and currency:
            if statement.currency or statement.entries:
                entry.extra["currency"] = currency
            else:
                statement.currency = currency
        statement.entries.append(entry)
        self.entry = entry

    def _odd_detail(self, line: int, record: str) -> None:
        """Takes a 05 record that does not repeat its statement's account: left blank, or wrong."""
        if self.entry is None:
            self._refuse(line, "complément (05) sans mouvement (04) avant lui", record)
        if account := record[_ACCOUNT].strip():
            self._refuse(line, "complément (05) d'un autre compte que son relevé", account)
        self.details.append((record[_QUALIFIER], record[_DETAIL]))

    def _finish_entry(self) -> None:
        """Gives the entry what its 05 records say."""
        entry, details = self.entry, self.details
        if entry is None or not details:
            self.entry = None
            return
        self.entry, self.details = None, []
        words: dict[str, str] = {}
        for qualifier, text in details:
            if qualifier in _LABELS:
                entry.label = f"{entry.label} {folded(text)}"
            elif qualifier in _SETTERS:
                _SETTERS[qualifier](entry, text)
            elif qualifier in words:
                words[qualifier] = f"{words[qualifier]} {folded(text)}"
            else:
                words[qualifier] = folded(text)
        entry.label = entry.label.strip()
        if words:
            _set_parties(entry, words)
            for qualifier, text in words.items():
                if text:
                    entry.extra[qualifier.strip()] = text

    # --- pieces

    def _statement_of(self, line: int, record: str, words: str) -> _Open:
        if self.open is None:
            self._refuse(
                line, f"{words} hors d'un relevé\u00a0: pas de solde d'ouverture (01)", record
            )
        if record[_ACCOUNT] != self.account:
            self._refuse(
                line,
                f"{words} d'un autre compte que le relevé ouvert ligne {self.open.line}",
                record[_ACCOUNT],
            )
        return self.open

    def _date(self, line: int, text: str) -> date:
        try:
            return _day(text)
        except DateError as error:
            self._refuse(line, str(error), text)

    def _cents(self, line: int, record: str, text: str) -> int:
        """Reads `0000000001904}` with the record's number of decimals."""
        last = _LAST_DIGIT.get(text[-1])
        body = text[:-1]
        if last is None or not body.isascii() or not body.isdecimal():
            self._refuse(line, "ce n'est pas un montant CFONB", text)
        units = last[0] * (int(body) * 10 + last[1])
        decimals = record[_DECIMALS]
        if decimals in "2 ":
            return units
        if decimals not in "013456":
            self._refuse(line, "nombre de décimales inconnu", decimals)
        places = int(decimals) - 2
        if places < 0:
            return units * int("1" + "0" * -places)
        cents, finer = divmod(abs(units), int("1" + "0" * places))
        if finer:
            self._refuse(line, "montant plus fin que le centime", f"{text} à {decimals} décimales")
        return last[0] * cents

    def _refuse(self, line: int, reason: str, value: str = "") -> NoReturn:
        raise UnreadableFileError(
            self.file,
            reason,
            line=line or None,
            value=value.strip(),
            hint="Télécharger à nouveau le fichier auprès de la banque",
        )


# --- what 05 records say, by their qualifier

# References share the 70 characters of a detail by halves.
_HALF = 35
_LABELS = frozenset({"LIB", "LCC", "LC2", "LCM"})


_PAYER, _PAYEE = ("NPY", "CPY", "NPO"), ("NBE", "CBE", "NBU")


def _set_parties(entry: Entry, words: dict[str, str]) -> None:
    """Picks the other party: the payer of money in, the payee of money out; else who is there."""
    is_payer = entry.amount_cents >= 0 or entry.operation_code == _RETURNED_DEBIT
    parties = (_PAYER, _PAYEE) if is_payer else (_PAYEE, _PAYER)
    for name, account, ultimate in parties:
        if name in words or account in words:
            entry.counterparty = words.pop(name, "")
            entry.counterparty_iban = account_numbers.normalised(words.pop(account, "")[:_HALF])
            entry.ultimate_party = words.pop(ultimate, "")
            return


def _set_client_reference(entry: Entry, text: str) -> None:
    entry.end_to_end_id = given(folded(text[:_HALF]))
    if purpose := folded(text[_HALF:]):
        entry.extra["purpose"] = purpose


def _set_mandate(entry: Entry, text: str) -> None:
    entry.mandate_id = given(folded(text[:_HALF]))
    if sequence := folded(text[_HALF:]):
        entry.extra["sequence"] = sequence


def _set_structured(entry: Entry, text: str) -> None:
    entry.remittance_reference = folded(text)


_SETTERS: Final[dict[str, Callable[[Entry, str], None]]] = {
    "RCN": _set_client_reference,
    "RUM": _set_mandate,
    "LCS": _set_structured,
}
