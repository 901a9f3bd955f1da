"""What a formal notice claims: the debt split as the law asks, the interest, the thirtieth day.

Source: LAW L1, L3, L5.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final

from workbench.domain.dates import french_date
from workbench.domain.errors import ParameterError
from workbench.domain.records import DueKind

NOTICE_DAYS: Final = 30


class Nature(StrEnum):
    """The four parts that a formal notice states apart (Cass., opinion of 12 December 2024)."""

    BUDGET = "budget"
    WORKS = "works"
    EARLIER = "earlier"
    COSTS = "costs"


NATURE_WORDS: Final = {
    Nature.BUDGET: "Provisions du budget en cours",
    Nature.WORKS: "Travaux",
    Nature.EARLIER: "Exercices antérieurs",
    Nature.COSTS: "Frais",
}


@dataclass(frozen=True, slots=True)
class ClaimedDue:
    """One unpaid due: its kind, date, label, what is left (> 0), the year it belongs to."""

    due_id: str
    kind: str
    label: str
    due_on: date
    open_cents: int
    period_start: date | None = None


@dataclass(frozen=True, slots=True)
class Rate:
    """The legal rate of interest from a day on, in hundredths of a percent (2.62 % is 262)."""

    starts_on: date
    ends_on: date
    basis_points: int


@dataclass(frozen=True, slots=True)
class Interest:
    """Interest over one stretch of one rate: days, rate, exact amount in cents."""

    starts_on: date
    days: int
    basis_points: int
    cents: Fraction


def nature_of(due: ClaimedDue, *, year_starts_on: date) -> Nature:
    """Returns the part of the claim a due belongs to.

    Args:
        due: unpaid.
        year_starts_on: first day of the co-ownership's current accounting year.

    Source: LAW L3.
    """
    if due.kind == DueKind.FEE:
        return Nature.COSTS
    if due.kind == DueKind.WORKS_CALL:
        return Nature.WORKS
    if due.kind == DueKind.ADJUSTMENT:
        # The balance of accounts that were approved: of a year that is over.
        return Nature.EARLIER
    called_for = due.period_start or due.due_on
    return Nature.EARLIER if called_for < year_starts_on else Nature.BUDGET


def split(dues: Iterable[ClaimedDue], *, year_starts_on: date) -> dict[Nature, int]:
    """Returns the cents of each of the four parts, zero where there is nothing.

    Source: LAW L3.
    """
    parts = dict.fromkeys(Nature, 0)
    for due in dues:
        parts[nature_of(due, year_starts_on=year_starts_on)] += due.open_cents
    return parts


def thirtieth_day(presented_on: date) -> date:
    """Returns the thirtieth day after a notice was first presented, counted from the day after.

    Unpaid at the end of that day, the other provisions of the budget may be made due, which a
    person decides.

    Source: LAW L3 (loi 65-557, art. 19-2).
    """
    return presented_on + timedelta(days=NOTICE_DAYS)


def legal_interest(
    principal_cents: int, *, noticed_on: date, until: date, rates: Sequence[Rate]
) -> list[Interest]:
    """Returns the interest on a principal from its formal notice on, stretch by stretch.

    Simple interest, never compounded, by the days of each calendar year (365, or 366 in a leap
    year). The day of the notice does not count, the last day does.

    Args:
        principal_cents: what was claimed (> 0), costs left out.
        noticed_on: the day of the formal notice.
        until: last day that counts.
        rates: the table of the office, in any order.

    Returns:
        One row a rate and calendar year, in order; exact fractions, rounded by `total_cents`.

    Raises:
        ParameterError: a day has no rate: it is never guessed.

    Source: LAW L5 (décret 67-223, art. 36).
    """
    stretches: list[Interest] = []
    day = noticed_on + timedelta(days=1)
    while day <= until:
        rate = next((r for r in rates if r.starts_on <= day <= r.ends_on), None)
        if rate is None:
            raise ParameterError(
                f"aucun taux d’intérêt légal pour le {french_date(day)} : "
                "l’ajouter à la table des taux"
            )
        last = min(until, rate.ends_on, date(day.year, 12, 31))
        days = (last - day).days + 1
        year = (date(day.year + 1, 1, 1) - date(day.year, 1, 1)).days
        cents = Fraction(principal_cents * rate.basis_points * days, 10_000 * year)
        stretches.append(Interest(day, days, rate.basis_points, cents))
        day = last + timedelta(days=1)
    return stretches


def total_cents(stretches: Iterable[Interest]) -> int:
    """Returns the sum, rounded once, half a cent up."""
    exact = sum((stretch.cents for stretch in stretches), Fraction(0))
    return int((exact * 2 + 1) // 2)
