"""CFONB 120 statements: fixed-width records of 120 characters.

Records: 01 opens a statement, 04 is a movement, 05 tells more about the 04 before it, 07 closes.
Positions in this file are Python's (from 0); FORMATS counts from 1.

Seen in real files and read: no line breaks, trailing spaces cut, blank lines, blank currency,
repeated LIB, unknown or blank qualifiers, statements with balances only. What 05 records say is
`cfonb_details`'s.

Source: Comité français d'organisation et de normalisation bancaires, « Relevé de compte sur
support informatique » (2004, completed for SEPA in 2007); FORMATS, CFONB 120.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import itemgetter
from typing import Final, NoReturn

from workbench.domain.dates import DateError, full_year, parse_date
from workbench.domain.errors import InvariantError, UnreadableFileError
from workbench.domain.money import LARGEST_CENTS
from workbench.domain.records import BankStatement, Entry, StatementStream
from workbench.loaders import iban as account_numbers
from workbench.loaders.cfonb_details import complete
from workbench.loaders.lines import LONGEST_LINE, chunks_of
from workbench.loaders.return_reasons import ISO_REASONS
from workbench.loaders.sniff import Head, Source
from workbench.loaders.statement import given
from workbench.loaders.text import clean

FORMAT: Final = "cfonb120"
RECORD_LENGTH: Final = 120
_RECORD = re.compile(r"0[1457][0-9A-Z ]{5}.{4}[0-9A-Z ]{5}[A-Z ]{3}[0-9 ]")
_BLANKS: Final = " \t\x1a"
_BANK, _BRANCH = slice(2, 7), slice(11, 16)
# What ties the records of a statement: real files change the bank's code from 01 to 07.
_ACCOUNT = slice(21, 32)
_CURRENCY, _DECIMALS = slice(16, 19), slice(19, 20)
_BALANCE_DATE, _AMOUNT = slice(34, 40), slice(90, 104)
# Kind, bank, branch, currency, decimals, account: the same for most movements of a statement.
_HEAD = slice(0, 32)
# Fields of a movement: one call slices them all.
_MOVEMENT = itemgetter(
    slice(32, 48),  # operation code, booking date, reason of a reject, value date
    slice(48, 79),  # label
    _AMOUNT,
    slice(104, 120),  # reference
)
_ENTRY_NUMBER = slice(81, 88)
# Begins no record, not even a blank one.
_NO_HEAD: Final = "-"
# What begins a reference that may be none (zeros, NOTPROVIDED); any other is one.
_DOUBTFUL: Final = frozenset({"", " ", "0", "N", "n"})
# The last digit of an amount carries its sign.
_LAST_DIGIT: Final = {
    character: (sign, digit)
    for sign, characters in ((1, "{ABCDEFGHI"), (-1, "}JKLMNOPQR"))
    for digit, character in enumerate(characters)
}
_HINT: Final = "Télécharger à nouveau le fichier auprès de la banque"


def recognises(head: Head) -> bool:
    """Tells whether a file is CFONB 120: its first record has the shape of one."""
    return _RECORD.match(head.text.lstrip("\ufeff\r\n")) is not None


def read(source: Source) -> StatementStream:
    """Reads a CFONB 120 file.

    Returns:
        Its statements, in the order of the file; `Entry.place` is the line (the record, in a file
        without line breaks). The account is the IBAN of the RIB. A reason of reject is in the
        codes of ISO 20022 where it has one there, and `extra["reject"]` keeps the bank's digits.

    Raises:
        UnreadableFileError: a record of an unknown type, out of its statement, of another account
            or with a bad date or amount; a statement without its end. Names the line.
    """
    return StatementStream(format=FORMAT, events=_events(source))


def _events(source: Source) -> Iterator[Entry | BankStatement]:
    reading = _Reading(source.name)
    line = 0
    try:
        for first_line, records in _record_blocks(source):
            for line, record in enumerate(records, start=first_line):
                # Most records are movements and details that begin as those before them.
                head = record[_HEAD]
                if head == reading.detail_head:
                    reading.details.append(record)
                elif head == reading.movement_head:
                    yield reading.finished_entry()
                    reading.entry = reading.movement(line, record)
                else:
                    yield from reading.take(line, record)
    except _ZoneError as error:
        reading.refuse(line, *error.args)
    reading.finish(line)


# --- records


def _record_blocks(source: Source) -> Iterator[tuple[int, list[str]]]:
    """Gives the records by lists, none past 120 characters, with the line of the first one."""
    rest, number = "", 1
    is_one_line: bool | None = None
    for chunk in chunks_of(source):
        text = rest + chunk
        if is_one_line is None:
            is_one_line = "\n" not in text.rstrip(f"\n{_BLANKS}")
        records, rest = _sliced(text) if is_one_line else _split(text)
        if len(rest) > LONGEST_LINE:
            raise _too_long(source.name, number + len(records), rest)
        if records:
            yield number, _bounded(records, number, source.name)
            number += len(records)
    if rest:
        yield number, _bounded([rest], number, source.name)


def _split(text: str) -> tuple[list[str], str]:
    """Returns the whole lines of a text and what comes after them."""
    records = text.split("\n")
    return records, records.pop()


def _sliced(text: str) -> tuple[list[str], str]:
    """Returns the records of a text without line breaks, and what comes after them."""
    text = text.replace("\n", "")
    end = len(text) // RECORD_LENGTH * RECORD_LENGTH
    return [text[i : i + RECORD_LENGTH] for i in range(0, end, RECORD_LENGTH)], text[end:]


def _bounded(records: list[str], number: int, file: str) -> list[str]:
    """Takes off the blanks past 120 characters; anything else there is refused."""
    if max(map(len, records)) <= RECORD_LENGTH:
        return records
    for line, record in enumerate(records, start=number):
        if record[RECORD_LENGTH:].strip(_BLANKS):
            raise _too_long(file, line, record)
    return [record[:RECORD_LENGTH] for record in records]


def _too_long(file: str, line: int, record: str) -> UnreadableFileError:
    return UnreadableFileError(
        file,
        f"enregistrement de {len(record)} caractères au lieu de {RECORD_LENGTH}",
        line=line,
        value=record[RECORD_LENGTH : 2 * RECORD_LENGTH],
        hint=_HINT,
    )


# --- zones


class _ZoneError(ValueError):
    """A zone that cannot be read: the reason, French, and the zone."""


@lru_cache(maxsize=65536)
def _day(text: str) -> date:
    """Reads `DDMMYY`."""
    if not (len(text) == 6 and text.isascii() and text.isdecimal()):
        raise _ZoneError("ce n'est pas une date (attendu JJMMAA)", text)
    try:
        return parse_date(f"{full_year(int(text[4:]))}-{text[2:4]}-{text[:2]}")
    except DateError as error:
        raise _ZoneError(str(error), text) from None


# Movements of one day and kind share these sixteen characters.
@lru_cache(maxsize=65536)
def _kind_and_days(text: str) -> tuple[str, date, str, date | None]:
    """Returns the operation code, booking date, reason of a reject and value date."""
    value = text[10:]
    return (
        clean(text[:2]),
        _day(text[2:8]),
        clean(text[8:10]),
        _day(value) if value.strip("0 ") else None,
    )


# The same rents come back every month.
@lru_cache(maxsize=65536)
def _units(text: str) -> int:
    """Reads `0000000001904}`: how many of the currency's smallest units, signed."""
    last = _LAST_DIGIT.get(text[-1:])
    body = text[:-1]
    if last is None or not body.isascii() or not body.isdecimal():
        raise _ZoneError("ce n'est pas un montant CFONB", text)
    return last[0] * (int(body) * 10 + last[1])


def _cents(text: str, decimals: str) -> int:
    """Reads an amount with the record's number of decimals."""
    units = _units(text)
    if decimals not in {"2", " ", ""}:
        if decimals not in {"0", "1", "3", "4", "5", "6"}:
            raise _ZoneError("nombre de décimales inconnu", decimals)
        places = int(decimals) - 2
        scale = int("1" + "0" * abs(places))
        if places > 0 and units % scale:
            raise _ZoneError("montant plus fin que le centime", f"{text} à {decimals} décimales")
        units = units // scale if places > 0 else units * scale
    if abs(units) > LARGEST_CENTS:
        raise _ZoneError("montant démesuré", text)
    return units


# --- statements


@dataclass(slots=True)
class _Open:
    """The statement being read."""

    line: int
    iban: str
    account: str
    currency: str
    opened_on: date
    opening_cents: int
    has_entries: bool = False


class _Reading:
    """One pass over one file. An entry is given once the record after its details was seen."""

    __slots__ = (
        "currency", "decimals", "detail_head", "details", "entry", "file", "is_empty",
        "movement_head", "open",
    )  # fmt: skip

    def __init__(self, file: str) -> None:
        self.file = file
        self.open: _Open | None = None
        self.entry: Entry | None = None
        self.details: list[str] = []
        # What begins as the last movement needs no second look at account, currency, decimals.
        self.movement_head = self.detail_head = _NO_HEAD
        self.decimals = self.currency = ""
        self.is_empty = True

    def take(self, line: int, record: str) -> Iterator[Entry | BankStatement]:
        """Takes any record; gives the entry and the statement that it ends."""
        kind = record[:2]
        if kind == "05":
            self._detail(line, record)
            return
        if not record.strip(_BLANKS):
            return
        if self.entry is not None:
            yield self.finished_entry()
        if kind == "04":
            self._learn(line, record)
            self.entry = self.movement(line, record)
        elif kind == "01":
            self._opening(line, record)
        elif kind == "07":
            yield self._closing(line, record)
        else:
            self.refuse(line, "type d'enregistrement inconnu (attendu 01, 04, 05 ou 07)", kind)

    def finish(self, line: int) -> None:
        """Refuses a file that ended, at `line`, where it should not."""
        if self.open is not None:
            self.refuse(
                line,
                f"fichier coupé\u00a0: le relevé ouvert ligne {self.open.line} n'a pas son solde "
                "de clôture (07)",
            )
        if self.is_empty:
            self.refuse(line, "aucun relevé dans ce fichier")

    def movement(self, line: int, record: str) -> Entry:
        """Reads a 04 record whose head was looked at."""
        kind_and_days, label, amount, reference = _MOVEMENT(record)
        code, booked_on, reject, value_on = _kind_and_days(kind_and_days)
        entry = Entry(booked_on, _cents(amount, self.decimals), clean(label), value_on)
        if reference[:1] in _DOUBTFUL or not reference.isprintable():
            reference = given(clean(reference)) or given(clean(record[_ENTRY_NUMBER]))
        entry.bank_reference = reference.strip(" ")
        entry.operation_code = code
        entry.place = line
        if reject:
            entry.return_reason = ISO_REASONS.get(reject, reject)
            if entry.return_reason != reject:
                entry.extra["reject"] = reject
        if self.currency:
            entry.extra["currency"] = self.currency
        return entry

    def finished_entry(self) -> Entry:
        """Returns the entry being read, with what its 05 records say."""
        entry = self.entry
        if entry is None:
            raise InvariantError("no entry is being read")
        if self.details:
            complete(entry, self.details)
            self.details = []
        self.entry = None
        return entry

    def _opening(self, line: int, record: str) -> None:
        if self.open is not None:
            self.refuse(
                line, f"nouveau relevé (01) alors que celui de la ligne {self.open.line} est ouvert"
            )
        account, bank, branch = record[_ACCOUNT], record[_BANK], record[_BRANCH]
        try:
            iban = account_numbers.french_iban(bank=bank, branch=branch, account=account)
        except ValueError as error:
            self.refuse(line, str(error), f"{bank} {branch} {account}")
        self.open = _Open(
            line,
            iban,
            account,
            clean(record[_CURRENCY]),
            _day(record[_BALANCE_DATE]),
            _cents(record[_AMOUNT], record[_DECIMALS]),
        )

    def _closing(self, line: int, record: str) -> BankStatement:
        statement = self._statement_of(line, record, "solde de clôture (07)")
        self.open, self.is_empty = None, False
        self.movement_head = self.detail_head = _NO_HEAD
        return BankStatement(
            iban=statement.iban,
            currency=statement.currency,
            opened_on=statement.opened_on,
            closed_on=_day(record[_BALANCE_DATE]),
            opening_cents=statement.opening_cents,
            closing_cents=_cents(record[_AMOUNT], record[_DECIMALS]),
        )

    def _learn(self, line: int, record: str) -> None:
        """Looks at the head of a movement: those that begin as it does are like it."""
        statement = self._statement_of(line, record, "mouvement (04)")
        currency, self.currency = clean(record[_CURRENCY]), ""
        if currency and currency != statement.currency:
            if statement.currency or statement.has_entries:
                self.currency = currency
            else:
                statement.currency = currency
        statement.has_entries = True
        self.decimals = record[_DECIMALS]
        head = record[_HEAD]
        self.movement_head, self.detail_head = head, f"05{head[2:]}"

    def _detail(self, line: int, record: str) -> None:
        """Takes a 05 record that begins otherwise than its movement: blank account, or wrong."""
        if self.entry is None or self.open is None:
            self.refuse(line, "complément (05) sans mouvement (04) avant lui", record)
        account = record[_ACCOUNT]
        if account != self.open.account and account.strip():
            self.refuse(line, "complément (05) d'un autre compte que son relevé", account)
        self.details.append(record)

    def _statement_of(self, line: int, record: str, words: str) -> _Open:
        if self.open is None:
            self.refuse(
                line, f"{words} hors d'un relevé\u00a0: pas de solde d'ouverture (01)", record
            )
        if record[_ACCOUNT] != self.open.account:
            self.refuse(
                line,
                f"{words} d'un autre compte que le relevé ouvert ligne {self.open.line}",
                record[_ACCOUNT],
            )
        return self.open

    def refuse(self, line: int, reason: str, value: str = "") -> NoReturn:
        """Raises the refusal of the file at that line."""
        raise UnreadableFileError(
            self.file, reason, line=line or None, value=value.strip(), hint=_HINT
        )
