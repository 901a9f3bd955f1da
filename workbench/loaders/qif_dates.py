"""In which order a QIF file writes its dates: told by all of them together.

`03/04/26` is two days. A day past the twelfth anywhere in the file settles it; so does a decimal
comma, or a word that only a French bank writes, for a file whose dates all fit both. Where nothing
tells, the file is refused with the question: guessing would move payments by months in silence.

Source: FORMATS, QIF; decision 0009.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache, partial
from itertools import islice
from typing import Final

from workbench.domain.dates import FIRST_YEAR, LAST_YEAR, DateError, full_year
from workbench.domain.errors import UnreadableFileError
from workbench.loaders.lines import text_blocks
from workbench.loaders.sniff import Source

_NUMBERS: Final = re.compile(
    r"([0-9]{1,4})\s*[/.\-]\s*([0-9]{1,2})\s*[/.\-']\s*([0-9]{4}|[0-9]{1,2})", re.ASCII
)
_COMMA: Final = re.compile(r"[TU$][-+\u2212]?[0-9 .\u00a0\u202f]*,[0-9]{2}\s*(?:€|EUR)?\s*$")
_FRENCH: Final = re.compile(
    r"€|\b(?:VIR|VIREMENTS?|PRLV|PRELEVEMENT|PRÉLÈVEMENT|CHQ|CHEQUES?|CHÈQUES?|REMISE|CARTE"
    r"|LOYERS?|COTISATION|ECHEANCE|ÉCHÉANCE|FRAIS|RETRAIT|IMPAYE|IMPAYÉ)\b",
    re.IGNORECASE,
)


# Dates and sections; and every line, where no word has told the order yet.
_DATES: Final = re.compile(r"\n([D!].*+)")
_LINES: Final = re.compile(r"\n(.++)")
# Lines that may hold a French amount or word.
_TELLING: Final = frozenset("TUPM$")
# More days than any account has; a damaged file does not fill the memory.
_MOST_SEEN: Final = 65536
# Sections whose records are payments.
PAYMENTS: Final = frozenset({"type:bank", "type:ccard", "type:cash", "type:oth a", "type:oth l"})


class DayOrder(StrEnum):
    """Which number comes first."""

    DAY_FIRST = "day_first"
    MONTH_FIRST = "month_first"


@dataclass(frozen=True, slots=True)
class Survey:
    """What a look at the whole file gave.

    Attributes:
        order: of its dates.
        accounts: sections of accounts with payments.
    """

    order: DayOrder
    accounts: int


def section_of(text: str) -> str:
    """Returns the name of a section, `!Type:Bank` as `type:bank`."""
    return " ".join(text[1:].casefold().replace(" :", ":").replace(": ", ":").split())


def order_of(source: Source) -> Survey:
    """Looks at the dates of a whole file.

    Raises:
        UnreadableFileError: dates that fit neither order, or both and it matters; names the line.
    """
    looked = _Looked(source.name)
    line = 1
    for block in text_blocks(source):
        # With a line break before each line, a pattern finds them without looking at the others.
        looked.take(f"\n{block}", line)
        line += block.count("\n")
    return Survey(looked.order(), looked.accounts)


class _Looked:
    """What the dates say so far."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.may_be = {DayOrder.DAY_FIRST, DayOrder.MONTH_FIRST}
        self.seen: set[str] = set()
        self.is_french = False
        self.is_payments = False
        self.accounts = 0
        # The first date that is two days.
        self.doubtful, self.doubtful_line = "", 0

    def take(self, block: str, first_line: int) -> None:
        """Looks at lines, each with its line break before it."""
        end = 0
        if not self._is_settled():
            for match in _LINES.finditer(block):
                end = match.end()
                self._look(match[1], partial(_line_at, block, match.start(), first_line))
                if self._is_settled():
                    break
        seen = self.seen
        for number, text in enumerate(_DATES.findall(block, end)):
            if text not in seen:
                self._look(text, partial(_line_of_date, block, end, number, first_line))

    def _is_settled(self) -> bool:
        """Tells whether words have nothing to add."""
        return self.is_french or len(self.may_be) == 1

    def _look(self, text: str, line: Callable[[], int]) -> None:
        first = text[0]
        if first == "!":
            self.is_payments = section_of(text) in PAYMENTS
            self.accounts += self.is_payments
        elif not self.is_payments:
            return
        elif first == "D":
            self._date(text, line)
        elif not self.is_french and first in _TELLING:
            self.is_french = bool(_COMMA.match(text) or _FRENCH.search(text[1:]))

    def _date(self, text: str, line: Callable[[], int]) -> None:
        if len(self.seen) < _MOST_SEEN:
            self.seen.add(text)
        text = text[1:]
        try:
            fits, is_doubtful = _orders_of(text)
        except DateError as error:
            raise self._refused(line(), str(error), text) from None
        if is_doubtful and not self.doubtful:
            self.doubtful, self.doubtful_line = text, line()
        left = self.may_be & fits
        if not left:
            reason = "dates dans deux ordres différents dans un même fichier"
            raise self._refused(line(), reason, text)
        self.may_be = left

    def order(self) -> DayOrder:
        """Returns the order, or refuses the file with the question."""
        if len(self.may_be) == 1:
            return next(iter(self.may_be))
        if self.is_french or not self.doubtful:
            return DayOrder.DAY_FIRST
        raise self._refused(
            self.doubtful_line,
            "date ambiguë\u00a0: jour/mois ou mois/jour\u00a0? Rien dans le fichier ne le dit",
            self.doubtful,
            hint="Exporter une période avec un jour après le 12, ou au format OFX ou CSV",
        )

    def _refused(self, line: int, reason: str, value: str, hint: str = "") -> UnreadableFileError:
        hint = hint or "Télécharger à nouveau le fichier auprès de la banque"
        return UnreadableFileError(self.file, reason, line, "D", value, hint)


def _line_at(block: str, start: int, first_line: int) -> int:
    return first_line + block.count("\n", 0, start)


def _line_of_date(block: str, start: int, number: int, first_line: int) -> int:
    """Returns the line of a find; only one or two of a file are ever asked for."""
    found = next(islice(_DATES.finditer(block, start), number, None))
    return _line_at(block, found.start(), first_line)


@lru_cache(maxsize=65536)
def _orders_of(text: str) -> tuple[frozenset[DayOrder], bool]:
    """Returns the orders in which a text is a date, and whether these are two days.

    Raises:
        DateError: a date in none.
    """
    days = {}
    for order in DayOrder:
        try:
            days[order] = read_day(text, order)
        except DateError as error:
            reason = error
    if not days:
        raise reason
    return frozenset(days), len(set(days.values())) == 2


@lru_cache(maxsize=65536)
def read_day(text: str, order: DayOrder) -> date:
    """Reads `31/10/2026`, `10/31/26`, `31.10.26`, `1/ 3'08`, `2026-10-31`.

    Raises:
        DateError: not a date in that order.
    """
    match = _NUMBERS.fullmatch(text.strip())
    if match is None:
        raise DateError("ce n'est pas une date (attendu 31/10/2026)")
    first, second, third = match.groups()
    if len(first) > 2:
        year, month, day = first, second, third
    elif order is DayOrder.DAY_FIRST:
        day, month, year = first, second, third
    else:
        month, day, year = first, second, third
    number = int(year) if len(year) > 2 else full_year(int(year))
    if not FIRST_YEAR <= number <= LAST_YEAR:
        raise DateError(f"année hors de {FIRST_YEAR}-{LAST_YEAR}")
    try:
        return date(number, int(month), int(day))
    except ValueError:
        raise DateError("cette date n'existe pas") from None
