"""What an office decides once and every run applies: the types of reminders and their schedules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from workbench.domain.records import BuildingKind

# Calls for funds go out at the start of each quarter (DOMAIN E), unless the building says other.
CALL_MONTHS: Final = frozenset({1, 4, 7, 10})
SIMPLE: Final = "simple"
FORMAL_NOTICE: Final = "formal_notice"
_NOTICE_NAMES: Final = ("formal_notice", "mise_en_demeure")
# A reminder that follows a notice is none itself (LAW L2 lists both).
_AFTERWARDS: Final = ("after", "apres", "après")


class Schedule(StrEnum):
    """What the day of a reminder is counted from."""

    # The day the call was sent (DOMAIN E4, E5).
    CALLS = "calls"
    # One day of each month (DOMAIN B5).
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderType:
    """One row of the configuration of reminders.

    Attributes:
        type: its name, such as `simple` or `formal_notice`.
        order: 1 is generated first.
        schedule: what its day is counted from.
        day_of_month: day of generation; the last day of a shorter month.
        threshold_cents: amount owed from which it goes out.
        strict: owed > threshold; else owed >= threshold.
        exclusions: payment modes that are left out; empty where every exclusion was lifted.
        text: name of the office's text; "" for the one that comes with the program.
        fee_cents: charged to the account; 0 for nothing.
        supplier_account: of the fee's invoice.
        expense_account: of the fee's invoice.
        auto_validate: the fee's invoice is validated with the reminder; else it is a draft.
        is_automatic: what a run generates validates itself; else a person validates it.
        skips_call_months: a month of the quarterly calls is skipped to the next (schedule calls).
        building_id: the only building it is for; "" for the portfolio.

    Source: DOMAIN B1 to B8, E3 to E5.
    """

    type: str
    order: int
    schedule: Schedule = Schedule.CALLS
    day_of_month: int = 5
    threshold_cents: int = 0
    strict: bool = True
    exclusions: frozenset[str] = frozenset()
    text: str = ""
    fee_cents: int = 0
    supplier_account: str = ""
    expense_account: str = ""
    auto_validate: bool = False
    is_automatic: bool = True
    skips_call_months: bool = True
    building_id: str = ""

    def is_reached_by(self, owed_cents: int) -> bool:
        """Tells whether the amount owed calls for this reminder (DOMAIN B1, E3)."""
        if self.strict:
            return owed_cents > self.threshold_cents
        return owed_cents >= self.threshold_cents


# What is done where the office configured nothing (CONTRACT, reminders).
DEFAULT_TYPES: Final[Mapping[BuildingKind, tuple[ReminderType, ...]]] = {
    BuildingKind.COOWNERSHIP: (
        ReminderType(type=SIMPLE, order=1, threshold_cents=100_00),
        ReminderType(type=FORMAL_NOTICE, order=2),
    ),
    BuildingKind.RENTAL: (
        ReminderType(type=SIMPLE, order=1, schedule=Schedule.MONTHLY, day_of_month=10),
        ReminderType(type=FORMAL_NOTICE, order=2, schedule=Schedule.MONTHLY, day_of_month=10),
    ),
}


def is_formal_notice(kind: str) -> bool:
    """Tells whether a type is a formal notice, under its name of the contract or a French one."""
    name = kind.casefold().replace("-", "_").replace(" ", "_")
    return any(words in name for words in _NOTICE_NAMES) and not any(
        words in name for words in _AFTERWARDS
    )


def types_of_building(
    configured: Iterable[ReminderType], *, building_id: str, kind: BuildingKind
) -> tuple[ReminderType, ...]:
    """Returns the types that apply to one building, in their order.

    Args:
        configured: every row of the configuration; empty: the defaults for its kind.
        building_id: the building; its own row replaces the portfolio's of the same type.
        kind: its kind.

    Source: DOMAIN B6; CONTRACT, reminders.
    """
    rows = tuple(configured)
    if not rows:
        return DEFAULT_TYPES[kind]
    chosen = {row.type: row for row in rows if not row.building_id}
    chosen |= {row.type: row for row in rows if row.building_id == building_id}
    return tuple(sorted(chosen.values(), key=lambda row: (row.order, row.type)))
