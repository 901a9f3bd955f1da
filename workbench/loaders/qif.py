"""QIF: records of lines that begin with a letter, `^` after each. It has no balances.

The format does not say in which order a date is written. The whole file is looked at first
(`qif_dates`); what follows is a second pass.

Lists that programs of personal accounts write beside (categories, securities …) are passed over;
investment accounts are refused: their records are no payments.

Source: Quicken Interchange Format; FORMATS, QIF.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache, partial
from itertools import takewhile
from typing import Final, NoReturn

from workbench.domain.dates import DateError
from workbench.domain.errors import UnreadableFileError
from workbench.domain.money import AmountError
from workbench.domain.records import (
    BankStatement,
    Entry,
    EntryPart,
    StatementKind,
    StatementStream,
)
from workbench.loaders import iban as account_numbers
from workbench.loaders.lines import text_blocks
from workbench.loaders.qif_dates import PAYMENTS, Survey, order_of, read_day, section_of
from workbench.loaders.sniff import Head, Source
from workbench.loaders.statement import cached_amount, label_of
from workbench.loaders.text import folded, is_folded

FORMAT: Final = "qif"
_START: Final = re.compile(r"\s*!(?:Type\s*:|Account\b|Option\s*:|Clear\s*:)", re.IGNORECASE)
_INVESTMENT: Final = "type:invst"
_OPENING: Final = frozenset({"opening balance", "solde initial", "solde d'ouverture"})
_ACCOUNT: Final = "account"
_BLANKS: Final = " \t\x1a"
_NUMBER: Final = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9 ]{10,40}|[0-9][0-9A-Z ]{20,30}[0-9]")
_COMMON: Final = frozenset("DTUPM")
# A record as most banks write it: day, amount, payee and perhaps a memo; else one line. Nothing of
# it goes back, and a line is tried twice at most.
_RECORD_OR_LINE: Final = re.compile(
    r"D(.*+)\nT(-?+[0-9]{1,9})([.,])([0-9]{2})\nP(.*+)\n(?:(M)(.*+)\n)?\^\n|(.++\n?|\n)"
)
_EXTRAS: Final = {"N": "number", "L": "category", "C": "cleared"}


def recognises(head: Head) -> bool:
    """Tells whether a text begins with a section of QIF."""
    return _START.match(head.text.lstrip("\ufeff")) is not None


def read(source: Source) -> StatementStream:
    """Reads a QIF file.

    Returns:
        One report an account section, without balances; `Entry.place` is the first line of the
        record. The account is an IBAN or a RIB in the account's name; "" for a single account
        that has only a name, which is kept apart by that name when there are several.

    Raises:
        UnreadableFileError: a record without date or amount, or with one that is none; dates that
            are two different days, and nothing that tells which; a last record without its `^`.
            Names the line.
    """
    return StatementStream(format=FORMAT, events=_events(source))


def _events(source: Source) -> Iterator[Entry | BankStatement]:
    reading = _Reading(source.name, order_of(source))
    line = 1
    for block in text_blocks(source):
        for day, whole, mark, cents, payee, has_memo, memo, text in _RECORD_OR_LINE.findall(block):
            if text:
                if (event := reading.take(line, text.removesuffix("\n"))) is not None:
                    yield event
                line += 1
                continue
            entry = reading.usual(line, day, f"{whole}{cents}", payee, memo)
            line += 5 if has_memo else 4
            if entry is not None:
                yield entry
                continue
            # Not so usual: line by line too.
            lines = [f"D{day}", f"T{whole}{mark}{cents}", f"P{payee}", "^"]
            if has_memo:
                lines.insert(3, f"M{memo}")
            for number, one in enumerate(lines, start=line - len(lines)):
                if (event := reading.take(number, one)) is not None:
                    yield event
    if (last := reading.finish(line - 1)) is not None:
        yield last


@dataclass(slots=True)
class _Open:
    """The account section being read."""

    account: str
    days: set[date] = field(default_factory=set)


class _Reading:
    """One pass over one file."""

    __slots__ = ("account", "day_of", "file", "is_empty", "lines", "open", "section", "several")

    def __init__(self, file: str, survey: Survey) -> None:
        self.file = file
        self.day_of = lru_cache(maxsize=4096)(partial(read_day, order=survey.order))
        self.several = survey.accounts > 1
        self.account = self.section = ""
        self.open: _Open | None = None
        # Of the record being read, blank ones too: they lead back to its first line.
        self.lines: list[str] = []
        self.is_empty = True

    def take(self, line: int, text: str) -> Entry | BankStatement | None:
        """Takes a line; returns the entry or the statement that it ends."""
        first = text[:1]
        if first == "^":
            return self.end_record(line)
        if first == "!":
            return self.begin_section(line, text)
        self.lines.append(text)
        return None

    def usual(self, place: int, day: str, cents: str, payee: str, memo: str) -> Entry | None:
        """Returns the entry of a record of the usual lines; None when it needs a closer look."""
        statement = self.open
        label = f"{payee} {memo}" if memo else payee
        if statement is None or self.lines or not is_folded(label):
            return None
        try:
            booked_on = self.day_of(day)
        except DateError:
            return None
        statement.days.add(booked_on)
        entry = Entry(booked_on, int(cents), label_of(payee, memo) if memo else payee)
        entry.place = place
        return entry

    def begin_section(self, line: int, text: str) -> BankStatement | None:
        """Takes a line with `!`; returns the statement that it ends."""
        self._refuse_unfinished(line)
        section = section_of(text)
        if section.startswith(("option:", "clear:")):
            return None
        if section == _INVESTMENT:
            self._refuse(line, "compte de titres (Invst), pas un compte de paiement", value=text)
        ended, self.open = self._statement(), None
        self.section = section
        if section in PAYMENTS:
            self.open = _Open(self.account)
        elif section == _ACCOUNT:
            self.account = ""
        return ended

    def end_record(self, line: int) -> Entry | None:
        """Takes `^`; returns the entry of the record that it ends."""
        lines, self.lines = self.lines, []
        place = line - len(lines)
        if lines and not lines[0].strip(_BLANKS):
            blank = sum(1 for _ in takewhile(lambda text: not text.strip(_BLANKS), lines))
            del lines[:blank]
            place += blank
        if not lines:
            return None
        if self.open is None:
            if self.section == _ACCOUNT:
                self._name_account(lines)
            return None
        fields = {text[:1]: text[1:] for text in lines}
        if len(fields) != len(lines):
            self._check_repeats(place, lines, fields)
        return self._entry(self.open, place, lines, fields)

    def finish(self, line: int) -> BankStatement | None:
        """Returns the last statement, or refuses a file that ended where it should not."""
        self._refuse_unfinished(line)
        statement = self._statement()
        if self.is_empty:
            self._refuse(line, "aucun compte de paiement dans ce fichier")
        return statement

    def _statement(self) -> BankStatement | None:
        statement = self.open
        if statement is None:
            return None
        self.is_empty = False
        return BankStatement(
            iban=statement.account,
            kind=StatementKind.REPORT,
            currency="",
            opened_on=min(statement.days, default=None),
            closed_on=max(statement.days, default=None),
        )

    def _name_account(self, lines: list[str]) -> None:
        """Reads a record of `!Account`: its name, or the number in it, is kept for what follows."""
        name = ""
        for text in lines:
            if text[:1] in {"N", "D"}:
                if number := account_in(text[1:]):
                    self.account = number
                    return
                name = name or folded(text[1:])
        self.account = name if self.several else ""

    def _entry(
        self, statement: _Open, place: int, lines: list[str], fields: dict[str, str]
    ) -> Entry | None:
        day = self._day(place, lines, fields)
        cents = self._cents(place, lines, fields)
        payee, memo = folded(fields.get("P", "")), folded(fields.get("M", ""))
        # Personal accounts begin with their balance, as a transfer from the account to itself.
        if fields.get("L", "")[:1] == "[" and payee.casefold() in _OPENING:
            return None
        statement.days.add(day)
        entry = Entry(day, cents, label_of(payee, memo))
        entry.place = place
        if not fields.keys() <= _COMMON:
            self._rest(entry, place, lines, fields)
        return entry

    def _rest(self, entry: Entry, place: int, lines: list[str], fields: dict[str, str]) -> None:
        """Takes the fields that few records have, splits among them."""
        for letter, name in _EXTRAS.items():
            if words := folded(fields.get(letter, "")):
                entry.extra[name] = words
        if address := folded(" ".join(text[1:] for text in lines if text[:1] == "A")):
            entry.extra["address"] = address
        if "$" in fields:
            parts = self._parts(place, lines)
            # Splits that do not add up tell of a part of the amount only.
            if sum(part.amount_cents for part in parts) == entry.amount_cents and len(parts) > 1:
                entry.parts = tuple(parts)

    def _parts(self, place: int, lines: list[str]) -> list[EntryPart]:
        parts = []
        words = memo = ""
        for line, text in enumerate(lines, start=place):
            letter = text[:1]
            if letter == "S":
                words, memo = folded(text[1:]), ""
            elif letter == "E":
                memo = folded(text[1:])
            elif letter == "$":
                parts.append(EntryPart(self._amount(line, "$", text[1:]), remittance=memo or words))
        return parts

    def _day(self, place: int, lines: list[str], fields: dict[str, str]) -> date:
        text = fields.get("D", "")
        try:
            return self.day_of(text)
        except DateError as error:
            reason = str(error) if text.strip() else "opération sans date (D)"
            self._refuse(_line_of(place, lines, "D"), reason, column="D", value=text)

    def _cents(self, place: int, lines: list[str], fields: dict[str, str]) -> int:
        letter = "T" if "T" in fields else "U"
        text = fields.get(letter, "")
        if not text.strip():
            self._refuse(place, "opération sans montant (T)", column="T")
        return self._amount(_line_of(place, lines, letter), letter, text)

    def _amount(self, line: int, letter: str, text: str) -> int:
        try:
            return cached_amount(text)
        except AmountError as error:
            self._refuse(line, str(error), column=letter, value=text)

    def _check_repeats(self, place: int, lines: list[str], fields: dict[str, str]) -> None:
        """Refuses a record with two dates or amounts, and joins memos of several lines."""
        letters = [text[:1] for text in lines]
        for letter in ("D", "T", "U"):
            if letters.count(letter) > 1:
                reason = f"deux lignes {letter} dans une opération\u00a0: il manque une fin (^)"
                line = place + len(letters) - 1 - letters[::-1].index(letter)
                self._refuse(line, reason, column=letter)
        for letter in ("P", "M"):
            if letters.count(letter) > 1:
                fields[letter] = " ".join(text[1:] for text in lines if text[:1] == letter)

    def _refuse_unfinished(self, line: int) -> None:
        if any(text.strip(_BLANKS) for text in self.lines):
            self._refuse(line, "fichier coupé\u00a0: la dernière opération n'a pas sa fin (^)")
        self.lines = []

    def _refuse(self, line: int, reason: str, *, column: str = "", value: str = "") -> NoReturn:
        hint = "Télécharger à nouveau le fichier auprès de la banque"
        raise UnreadableFileError(self.file, reason, line or None, column, value.strip(), hint)


def _line_of(place: int, lines: list[str], letter: str) -> int:
    """Returns the line of a field of a record; the record's own when it has none."""
    return next((n for n, text in enumerate(lines, start=place) if text[:1] == letter), place)


@lru_cache(maxsize=1024)
def account_in(text: str) -> str:
    """Returns the IBAN, or that of the RIB, in an account's name; "" when there is none."""
    for match in _NUMBER.finditer(text.upper()):
        number = account_numbers.normalised(match[0])
        if account_numbers.is_valid(number):
            return number
        if french := account_numbers.of_rib(number):
            return french
    return ""
