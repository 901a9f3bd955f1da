"""MT940 statements: messages of lines that begin with a tag such as `:61:`.

What the lines of a movement say is `mt940_fields`'s. A long statement comes as pages (`:60M:`,
`:62M:`): each is a statement of its own, that the next one continues.

Seen in real files and read: envelopes `{1:…}{4:`, blank first lines, `:28:` for `:28C:`, tags of
the bank's own, texts wrapped in the middle of a word, statements without movements.

Source: SWIFT MT940 Customer Statement Message; FORMATS, MT940.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, NoReturn

from workbench.domain.dates import DateError
from workbench.domain.errors import InvariantError, UnreadableFileError
from workbench.domain.money import AmountError
from workbench.domain.records import BankStatement, Entry, StatementStream
from workbench.loaders import iban as account_numbers
from workbench.loaders.lines import line_blocks
from workbench.loaders.mt940_fields import FieldError, cents_of, complete, day_of, read_movement
from workbench.loaders.sniff import Head, Kind, Source
from workbench.loaders.text import folded

FORMAT: Final = "mt940"
_START: Final = re.compile(r"^:20:", re.MULTILINE)
_BALANCE_TAG: Final = re.compile(r"^:60[FM]:", re.MULTILINE)
_TAG: Final = re.compile(r":([0-9]{2,3}[A-Z]?|NS):", re.ASCII)
_BALANCE: Final = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9]{1,15}[,.][0-9]*)\s*", re.ASCII)
_KNOWN: Final = frozenset({
    "20", "21", "25", "25P", "28", "28C", "60F", "60M", "62F", "62M", "64", "65",
})  # fmt: skip
_TAG_OF: Final = {"60": ":60F:", "62": ":62F:"}
# What an envelope and the end of a message begin with.
_ENVELOPE: Final = ("-}", "{1:", "{5:")


def recognises(head: Head) -> bool:
    """Tells whether a text has the first tags of an MT940 message."""
    if head.kind is not Kind.TEXT:
        return False
    start = _START.search(head.text)
    return start is not None and _BALANCE_TAG.search(head.text, start.end()) is not None


def read(source: Source) -> StatementStream:
    """Reads an MT940 file.

    Returns:
        Its statements, in the order of the file; `Entry.place` is the line of `:61:`. The account
        is an IBAN where `:25:` has one, or a French RIB with its key; else what the bank wrote.
        RC takes money out and RD brings it back, both flagged as reversals.

    Raises:
        UnreadableFileError: a statement without account, opening or closing balance, a movement
            out of a statement, an amount or a date that is none. Names the line.
    """
    return StatementStream(format=FORMAT, events=_events(source))


def _events(source: Source) -> Iterator[Entry | BankStatement]:
    reading = _Reading(source.name)
    line = 0
    for first_line, lines in line_blocks(source):
        for line, text in enumerate(lines, start=first_line):
            # Most lines are these three kinds.
            start = text[:4]
            if start == ":86:":
                reading.inform(text[4:])
            elif start == ":61:":
                if reading.entry is not None:
                    yield reading.finished_entry()
                reading.movement(line, text[4:])
            elif start[:1] == ":" and (tag := _TAG.match(text)) and tag[1] in _KNOWN:
                if reading.entry is not None:
                    yield reading.finished_entry()
                if (statement := reading.take(line, tag[1], text[tag.end() :])) is not None:
                    yield statement
            else:
                reading.go_on(text)
    reading.finish(line)


@dataclass(slots=True)
class _Open:
    """The statement being read."""

    line: int
    currency: str
    opened_on: date
    opening_cents: int


class _Reading:
    """One pass over one file. A movement is given once the field after it was seen."""

    __slots__ = (
        "account", "entry", "file", "information", "is_empty", "number", "open", "supplement",
        "target",
    )  # fmt: skip

    def __init__(self, file: str) -> None:
        self.file = file
        self.account = self.number = ""
        self.open: _Open | None = None
        self.entry: Entry | None = None
        self.supplement: list[str] = []
        self.information: list[str] = []
        # Where a line without tag belongs.
        self.target: list[str] | None = None
        self.is_empty = True

    def take(self, line: int, tag: str, text: str) -> BankStatement | None:
        """Takes a field that is no movement's; returns the statement that it ends."""
        self.target = None
        if tag in {"62F", "62M"}:
            return self._closing(line, text)
        if tag in {"60F", "60M"}:
            self._opening(line, text)
        elif tag == "20":
            if self.open is not None:
                self._refuse_cut(line)
            self.account = self.number = ""
        elif tag in {"25", "25P"}:
            self.account = account_of(text)
        elif tag in {"28", "28C"}:
            self.number = folded(text)
        return None

    def inform(self, text: str) -> None:
        """Takes `:86:`: of the movement before it; after a closing balance it is of no use here."""
        self.target = None
        if self.entry is not None:
            self.information.append(text)
            self.target = self.information

    def movement(self, line: int, text: str) -> None:
        """Takes `:61:`."""
        if self.open is None:
            self._refuse(
                line,
                "mouvement (:61:) hors d'un relevé\u00a0: pas de solde d'ouverture (:60F:)",
                text,
            )
        try:
            self.entry = read_movement(text, line=line)
        except FieldError as error:
            self._refuse(line, *error.args)
        self.target = self.supplement

    def finished_entry(self) -> Entry:
        """Returns the movement being read, with what its other lines tell."""
        entry = self.entry
        if entry is None:
            raise InvariantError("no movement is being read")
        complete(entry, supplement=self.supplement, information=self.information)
        self.entry, self.supplement, self.information = None, [], []
        return entry

    def go_on(self, text: str) -> None:
        """Takes a line without a tag: it belongs to the field before it."""
        if self.target is not None and not text.startswith(_ENVELOPE) and text != "-":
            self.target.append(text)

    def finish(self, line: int) -> None:
        """Refuses a file that ended, at `line`, where it should not."""
        if self.open is not None:
            self._refuse_cut(line)
        if self.is_empty:
            self._refuse(line, "aucun relevé dans ce fichier")

    def _opening(self, line: int, text: str) -> None:
        if self.open is not None:
            self._refuse_cut(line)
        if not self.account:
            self._refuse(line, "relevé sans numéro de compte (:25:)")
        day, currency, cents = self._balance(line, "60", text)
        self.open = _Open(line, currency, day, cents)

    def _closing(self, line: int, text: str) -> BankStatement:
        if self.open is None:
            self._refuse(line, "solde de clôture (:62F:) sans solde d'ouverture (:60F:)", text)
        opening, self.open, self.is_empty = self.open, None, False
        day, currency, cents = self._balance(line, "62", text)
        if currency != opening.currency:
            self._refuse(line, "solde de clôture d'une autre devise que l'ouverture", currency)
        return BankStatement(
            iban=self.account,
            currency=currency,
            number=self.number,
            opened_on=opening.opened_on,
            closed_on=day,
            opening_cents=opening.opening_cents,
            closing_cents=cents,
        )

    def _balance(self, line: int, tag: str, text: str) -> tuple[date, str, int]:
        match = _BALANCE.fullmatch(text)
        if match is None:
            self._refuse(line, f"solde ({_TAG_OF[tag]}) illisible", text)
        mark, day, currency, amount = match.groups()
        try:
            cents = cents_of(amount)
            return day_of(day), currency, cents if mark == "C" else -cents
        except (AmountError, DateError) as error:
            self._refuse(line, f"solde ({_TAG_OF[tag]})\u00a0: {error}", text)

    def _refuse_cut(self, line: int) -> NoReturn:
        start = self.open.line if self.open else line
        self._refuse(
            line,
            f"fichier coupé\u00a0: le relevé ouvert ligne {start} n'a pas son solde de clôture "
            "(:62F:)",
        )

    def _refuse(self, line: int, reason: str, value: str = "") -> NoReturn:
        raise UnreadableFileError(
            self.file,
            reason,
            line=line or None,
            value=value.strip(),
            hint="Télécharger à nouveau le fichier auprès de la banque",
        )


def account_of(text: str) -> str:
    """Returns the account of `:25:`: an IBAN or a RIB in it, else the text without spaces."""
    parts = [account_numbers.normalised(part) for part in (text, *text.split("/"))]
    for part in parts:
        # Some banks write the currency behind the number.
        for number in (part, part[:-3]):
            if account_numbers.is_valid(number):
                return number
            if french := account_numbers.of_rib(number):
                return french
    return parts[0]
