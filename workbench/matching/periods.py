"""Which month or quarter a label names: the debtor's own instruction (LAW L15).

`LOYER MARS 2026`, `03/2026`, `T2 2026`, `2T26`, `4E TRIM`; without a year, the nearest one.
Not for dates of operations: `VIR DU 02/03/2026` names no period.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from workbench.domain.dates import FRENCH_MONTHS, Period, french_date, quarter_label
from workbench.matching.normalise import fold

EPOCH = date(1970, 1, 1)
_MONTH_WORDS = {
    "JANVIER": 1, "JANV": 1, "JAN": 1, "FEVRIER": 2, "FEVR": 2, "FEV": 2, "MARS": 3, "AVRIL": 4,
    "AVR": 4, "MAI": 5, "JUIN": 6, "JUILLET": 7, "JUIL": 7, "AOUT": 8, "SEPTEMBRE": 9, "SEPT": 9,
    "SEP": 9, "OCTOBRE": 10, "OCT": 10, "NOVEMBRE": 11, "NOV": 11, "DECEMBRE": 12, "DEC": 12,
}  # fmt: skip
MONTH_TOKENS = frozenset(_MONTH_WORDS)
_YEAR = r"(?:[ ./'-]{0,2}(20\d\d|2\d)(?!\d|[/.-]\d))?"
_MONTH = re.compile(rf"(?<![A-Z0-9])({'|'.join(_MONTH_WORDS)})(?![A-Z]){_YEAR}")
_NUMERIC = re.compile(r"(?<![\d/.-])(0[1-9]|1[0-2])[/.-](20\d\d)(?!\d)")
_QUARTER = re.compile(
    r"(?<![A-Z0-9])(?:T ?([1-4])|([1-4]) ?(?:T|(?:ER|E|EME|ND|NDE)? ?TRIM(?:ESTRE)?))(?![A-Z])"
    rf"{_YEAR}"
)
# Most labels name nothing: one cheap look before the expressions.
_MAY_NAME = re.compile(r"J[AU]|FE|MA[RI]|AV|AO|SEP|OCT|NOV|DEC|T|\d[/.-]20")


@dataclass(frozen=True, slots=True, order=True)
class NamedPeriod:
    """A month or quarter: first and last day (days since 1970) and its French name."""

    first: int
    last: int
    words: str


@lru_cache(maxsize=1 << 13)
def named_periods(label: str, booked_on: int) -> tuple[NamedPeriod, ...]:
    """Returns the periods a label names, in calendar order.

    Args:
        label: as the bank wrote it.
        booked_on: days since 1970; places a month without a year within seven months before and
            four after.

    Source: LAW L15 (C. civ. 1342-10, first paragraph).
    """
    text = fold(label)
    if not _MAY_NAME.search(text):
        return ()
    found = set()
    for match in _MONTH.finditer(text):
        found.add(_span(_MONTH_WORDS[match[1]], match[2], months=1, booked_on=booked_on))
    for match in _NUMERIC.finditer(text):
        found.add(_span(int(match[1]), match[2], months=1, booked_on=booked_on))
    for match in _QUARTER.finditer(text):
        quarter = int(match[1] or match[2])
        found.add(_span(quarter * 3 - 2, match[3], months=3, booked_on=booked_on))
    return tuple(sorted(found))


def _span(month: int, year_text: str | None, *, months: int, booked_on: int) -> NamedPeriod:
    booked = EPOCH + timedelta(days=booked_on)
    if year_text:
        year = int(year_text) % 100 + 2000
    else:
        # The year in which the month lies between seven months before the payment and four after.
        ahead = (month - booked.month + 7) % 12 - 7
        year = (booked.year * 12 + booked.month - 1 + ahead) // 12
    first = Period(year, month)
    words = f"{FRENCH_MONTHS[month - 1]} {year}" if months == 1 else quarter_label(first.first_day)
    last = first.plus(months - 1).last_day
    return NamedPeriod((first.first_day - EPOCH).days, (last - EPOCH).days, words)


@lru_cache(maxsize=1 << 14)
def day_words(days: int) -> str:
    """Returns `21/11/2026` for a day counted from 1970."""
    return french_date(EPOCH + timedelta(days=days))
