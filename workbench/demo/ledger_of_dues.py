"""What each holder owes, in bundles: dues that are called together and usually paid together.

Here is what co-ownerships and rentals have in common; what is their own is in `calls_for_funds`
and `rents`. Not for payments (see `payments`), nor for suppliers' invoices (see `outgoings`).
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from workbench.demo.books import Account, Books, Budget, Call, Delivery, Due, Indexation
from workbench.demo.cast import Holder
from workbench.demo.chance import Chance
from workbench.domain.dates import Period


@dataclass(slots=True)
class Bundle:
    """Dues called together.

    Attributes:
        kind: `call`, `works`, `rent`, `adjustment`, `opening`, `fee`, `deposit`, `discount` or
            `owed` (what we owe the holder and pay back).
        dues: at least one, in the order they are settled.
    """

    kind: str
    dues: list[Due]

    @property
    def due_on(self) -> date:
        """When it is to be paid."""
        return self.dues[0].due_on

    @property
    def issued_on(self) -> date:
        """When the holder knew of it."""
        return self.dues[0].issued_on

    @property
    def total_cents(self) -> int:
        """Sum of its dues, signed."""
        return sum(due.amount_cents for due in self.dues)


@dataclass(slots=True)
class Ledger:
    """Bundles of each holder, oldest first, and the tables that go with them."""

    bundles: dict[str, list[Bundle]]
    calls: list[Call] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    indexations: list[Indexation] = field(default_factory=list)
    budgets: list[Budget] = field(default_factory=list)


class DueWriter:
    """Names dues, calls and deliveries of one building.

    Args:
        chance: the building's.
        books: whose building it is.
        ledger: where the bundles go.
        window: first and last day; what is known by the last day is in, even if it is due after.
        rank: of the building among its kind: it says whether there are works, a works fund ...
    """

    def __init__(
        self, chance: Chance, books: Books, ledger: Ledger, window: tuple[date, date], rank: int
    ) -> None:
        self.chance = chance
        self.building = books.building
        self.ledger = ledger
        self.first, self.last = window
        self.rank = rank

    def owe(self, holder: Holder, kind: str, *dues: Due) -> None:
        """Adds a bundle to a holder's ledger."""
        self.ledger.bundles[holder.account.account_id].append(Bundle(kind, list(dues)))

    def due(
        self,
        holder: Holder,
        kind: str,
        tag: str,
        cents: int,
        *,
        on: date,
        label: str,
        call: Call | None = None,
        period: tuple[date, date] | None = None,
        issued_on: date | None = None,
    ) -> Due:
        """Returns a due named after its account and `tag`."""
        account = holder.account
        reference = f"{call.call_id.rpartition('-')[2]}-{self._number(account)}" if call else ""
        return Due(
            due_id=f"{account.account_id}-{tag}", account_id=account.account_id, kind=kind,
            amount_cents=cents, due_on=on, label=label, reference=reference,
            issued_on=call.sent_on if call else issued_on or on,
            call_id=call.call_id if call else "", period_start=period[0] if period else None,
            period_end=period[1] if period else None,
        )  # fmt: skip

    def _number(self, account: Account) -> str:
        return f"{self.building.number:03d}-{account.code[-4:]}"

    def call(self, tag: str, called_on: date, *, kind: str, sent_on: date) -> Call:
        """Records a call for the building."""
        made = Call(
            call_id=f"{self.building.building_id}-{tag}", building_id=self.building.building_id,
            called_on=called_on, kind=kind, sent_on=sent_on,
        )  # fmt: skip
        self.ledger.calls.append(made)
        return made

    def deliver(self, call: Call, holder: Holder) -> None:
        """Records how a call reached its holder; the last ones of `undelivered` did not."""
        account = holder.account
        channel = "email" if account.email else "post"
        status = "delivered" if account.email else "sent"
        if holder.part == "undelivered" and call.called_on > self.last - timedelta(days=130):
            status = "bounced" if account.email else "returned"
        at = call.sent_on + timedelta(days=0 if account.email else 9 * (status == "returned"))
        self.ledger.deliveries.append(
            Delivery(call.call_id, account.account_id, status, at, channel)
        )

    def middle(self, share: float) -> Period:
        """Returns the month that far in the window."""
        return Period.of(self.first + timedelta(days=int((self.last - self.first).days * share)))

    def adjustment_day(self) -> date | None:
        """Returns the 1st of June when the year's accounts are approved, None when it is out."""
        for year in (self.first.year, self.first.year + 1):
            day = date(year, 6, 1)
            if self.first + timedelta(days=120) <= day <= self.last - timedelta(days=40):
                return day
        return None

    def owe_back(self, holder: Holder) -> None:
        """Adds the discount or the refund that a holder's part gives it (DOMAIN D6, D7)."""
        if holder.part == "discount":
            on = self.middle(0.5).first_day + timedelta(days=9)
            cents = -100 * self.chance.between(45, 120)
            label = "Remise pour travaux pris en charge"
            due = self.due(holder, "discount", f"RM{on:%y%m}", cents, on=on, label=label)
            self.owe(holder, "discount", due)
        elif holder.part == "refund":
            on = self.middle(0.6).first_day + timedelta(days=14)
            cents = -self.chance.between(9000, 42000)
            label = "Remboursement dû : avance pour réparation de la chaudière"
            due = self.due(holder, "refund", f"RB{on:%y%m}", cents, on=on, label=label)
            self.owe(holder, "owed", due)
