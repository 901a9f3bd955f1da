"""The days of reminders: counted from the sending of a call, or one day of each month.

Calendar days, as the office's procedure has them: holidays and week ends do not move them.

Source: DOMAIN B5, E4, E5.
"""

from datetime import date

from workbench.domain.dates import Period, day_in_month
from workbench.domain.errors import ParameterError
from workbench.domain.policies import CALL_MONTHS

_MONTHS = 12


def after_call(sent_on: date, *, day: int = 5, call_months: frozenset[int] = CALL_MONTHS) -> date:
    """Returns the day of the simple reminder of a call.

    The 5th of the month after the call was sent, if it was sent before the 5th; else the 5th of
    the month after that. A month of the quarterly calls is skipped to the next.

    Args:
        sent_on: the day the call was sent, which is not the call's own date.
        day: day of the month; the last day of a shorter one.
        call_months: months of the quarterly calls (1 to 12); empty to skip none.

    Raises:
        ParameterError: no month is left.

    Source: DOMAIN E4.
    """
    late = sent_on >= day_in_month(sent_on.year, sent_on.month, day)
    return _on(Period.of(sent_on).plus(2 if late else 1), day=day, call_months=call_months)


def after_reminder(
    reminded_on: date, *, day: int = 5, call_months: frozenset[int] = CALL_MONTHS
) -> date:
    """Returns the day of the formal notice that follows a simple reminder.

    The 5th of the month after it; a month of the quarterly calls is skipped.

    Args:
        reminded_on: the day the reminder left.
        day: day of the month; the last day of a shorter one.
        call_months: months to skip; empty to skip none.

    Raises:
        ParameterError: no month is left.

    Source: DOMAIN E5.
    """
    return _on(Period.of(reminded_on).plus(1), day=day, call_months=call_months)


def monthly_after(day: date, *, day_of_month: int) -> date:
    """Returns the first such day of a month strictly after `day` (DOMAIN B5)."""
    period = Period.of(day)
    found = day_in_month(period.year, period.month, day_of_month)
    if found > day:
        return found
    period = period.plus(1)
    return day_in_month(period.year, period.month, day_of_month)


def month_after(reminded_on: date, *, day_of_month: int) -> date:
    """Returns that day of the month after the one in which a reminder left (DOMAIN B5)."""
    period = Period.of(reminded_on).plus(1)
    return day_in_month(period.year, period.month, day_of_month)


def _on(period: Period, *, day: int, call_months: frozenset[int]) -> date:
    if len(call_months) >= _MONTHS:
        raise ParameterError("tous les mois sont des mois d’appel : aucune relance n’est possible")
    while period.month in call_months:
        period = period.plus(1)
    return day_in_month(period.year, period.month, day)
