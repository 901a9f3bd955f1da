"""One account as its delay is looked at: what was called, what is late, what was paid."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from workbench.domain.dates import Period
from workbench.domain.records import DueKind

_PERIODIC: Final = (DueKind.CALL, DueKind.RENT, DueKind.CHARGES)
# From the first day to the last one of three months.
_QUARTER_DAYS: Final = (88, 92)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A month, or a quarter by its first month, as people name it."""

    first: Period
    is_quarter: bool

    def french(self) -> str:
        """Returns `mai 2026`, `le 2e trimestre 2026`."""
        return f"le {self.quarter()}" if self.is_quarter else self.first.french()

    def from_to(self, last: "Span") -> str:
        """Returns `de mai 2026 à juin 2026`, `du 2e trimestre 2026 au 3e trimestre 2026`."""
        if self.is_quarter and last.is_quarter:
            return f"du {self.quarter()} au {last.quarter()}"
        return f"{self.first.of_french()} à {last.first.french()}"

    def quarter(self) -> str:
        """Returns `2e trimestre 2026`."""
        number = (self.first.month + 2) // 3
        return f"{number}{'er' if number == 1 else 'e'} trimestre {self.first.year}"


@dataclass(slots=True)
class Due:
    """One late due of an account."""

    due_id: str
    kind: str
    label: str
    period: Period
    amount_cents: int
    open_cents: int
    due_on: date
    issued_on: date
    covers: tuple[date, date] | None

    @property
    def is_periodic(self) -> bool:
        """Called at each period: rent, provisions for charges, calls for funds."""
        return self.kind in _PERIODIC

    @property
    def span(self) -> "Span":
        """The month or the quarter it was called for."""
        days = (self.covers[1] - self.covers[0]).days if self.covers else 0
        return Span(self.period, is_quarter=_QUARTER_DAYS[0] <= days <= _QUARTER_DAYS[1])


@dataclass(slots=True)
class Called:
    """All that was called of an account for one period (rent and charges together)."""

    period: Period
    dues: list[Due] = field(default_factory=list)

    @property
    def amount_cents(self) -> int:
        """What was called for the period."""
        return sum(due.amount_cents for due in self.dues)

    @property
    def open_cents(self) -> int:
        """What is left of it."""
        return sum(due.open_cents for due in self.dues)

    @property
    def paid_cents(self) -> int:
        """What was settled of it."""
        return self.amount_cents - self.open_cents

    @property
    def span(self) -> Span:
        """The month or the quarter it was called for."""
        return self.dues[0].span

    def of_kind(self, kind: str) -> int:
        """Returns the cents called of one kind of due."""
        return sum(due.amount_cents for due in self.dues if due.kind == kind)


@dataclass(slots=True)
class Account:
    """What the causes of one account are looked for in.

    Attributes:
        late: late dues not explained yet, oldest first; each cause takes its own out.
        called: every period called by the day, oldest first, paid ones too.
        payments: (day, cents) of the money the account received, oldest first.
    """

    late: list[Due]
    called: list[Called]
    payments: list[tuple[date, int]]
    indexations: list[tuple[date, int, int]]
    returns: dict[str, tuple[date, str]]
    waiting: list[tuple[date, int]]

    def take(self, dues: Sequence[Due]) -> None:
        """Takes dues that are explained out of those still to explain."""
        taken = {due.due_id for due in dues}
        self.late = [due for due in self.late if due.due_id not in taken]
