"""Dates: ISO and French text in, French text out; months and quarters as periods.

Nothing here knows what day it is: `as_of` is always passed.
"""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_FRENCH = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})(?: \d{1,2}:\d{2}.*)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
FRENCH_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
# Before, no French bank file exists; after, it is a typing mistake.
FIRST_YEAR, LAST_YEAR = 1980, 2100


class DateError(ValueError):
    """A text that is no date; `str()` is the French reason."""


def parse_date(text: str) -> date:
    """Reads `2026-10-31`, `2026-10-31T12:00:00+01:00`, `31/10/2026`, `31.10.26`, `20261031`.

    Raises:
        DateError: not a date, or outside 1980-2100.
    """
    body = text.strip()
    if match := _ISO.fullmatch(body) or _COMPACT.fullmatch(body):
        year, month, day = (int(g) for g in match.groups())
    elif match := _FRENCH.fullmatch(body):
        day, month, year = (int(g) for g in match.groups())
        year = full_year(year) if len(match[3]) == 2 else year
    else:
        raise DateError("ce n'est pas une date (attendu 2026-10-31 ou 31/10/2026)")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise DateError(f"année hors de {FIRST_YEAR}-{LAST_YEAR}")
    try:
        return date(year, month, day)
    except ValueError:
        raise DateError("cette date n'existe pas") from None


def full_year(two_digits: int) -> int:
    """Returns the year of a two-digit one: 80-99 are 1980-1999, 00-79 are 2000-2079."""
    return two_digits + (1900 if two_digits >= FIRST_YEAR % 100 else 2000)


def french_date(day: date) -> str:
    """Returns `21/11/2026`."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def french_long_date(day: date) -> str:
    """Returns `5 décembre 2026`, `1er décembre 2026`: the head of a letter."""
    number = "1er" if day.day == 1 else str(day.day)
    return f"{number} {FRENCH_MONTHS[day.month - 1]} {day.year}"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A calendar month, written `2026-10`."""

    year: int
    month: int

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Reads `2026-10`.

        Raises:
            DateError: anything else.
        """
        match = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", text.strip())
        if not match or not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
            raise DateError("ce n'est pas une période (attendu AAAA-MM, par exemple 2026-10)")
        return cls(int(match[1]), int(match[2]))

    @classmethod
    def of(cls, day: date) -> "Period":
        """Returns the month of `day`."""
        return cls(day.year, day.month)

    @property
    def first_day(self) -> date:
        """First day of the month."""
        return date(self.year, self.month, 1)

    @property
    def last_day(self) -> date:
        """Last day of the month."""
        return date(self.year, self.month, monthrange(self.year, self.month)[1])

    def plus(self, months: int) -> "Period":
        """Returns the period `months` later (earlier when negative)."""
        index = self.year * 12 + self.month - 1 + months
        return Period(index // 12, index % 12 + 1)

    def french(self) -> str:
        """Returns `octobre 2026`."""
        return f"{FRENCH_MONTHS[self.month - 1]} {self.year}"

    def of_french(self) -> str:
        """Returns `d’octobre 2026`, `de janvier 2026`: after "clôture" or "fin"."""
        elided = FRENCH_MONTHS[self.month - 1][0] in "ao"
        return f"{'d’' if elided else 'de '}{self.french()}"

    def __str__(self) -> str:
        """Returns `2026-10`."""
        return f"{self.year:04d}-{self.month:02d}"


def quarter_label(day: date) -> str:
    """Returns `T4 2026`, the quarter that holds `day`."""
    return f"T{(day.month + 2) // 3} {day.year}"


def day_in_month(year: int, month: int, day: int) -> date:
    """Returns that day, or the month's last one where it is shorter (DOMAIN B5)."""
    return date(year, month, min(day, monthrange(year, month)[1]))


def month_ends(last: date, *, count: int) -> list[date]:
    """Returns the `count` month ends up to `last`, oldest first; the last one is `last` itself."""
    period = Period.of(last)
    return [period.plus(-back).last_day for back in range(count - 1, 0, -1)] + [last]


def timestamp(moment: datetime) -> str:
    """Returns `2026-11-02T06:40:00Z`: the ledger's form of a moment, UTC, whole seconds.

    Raises:
        ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def days_between(first: date, last: date) -> int:
    """Returns the days from `first` to `last`, negative when `last` comes first."""
    return (last - first) // timedelta(days=1)
