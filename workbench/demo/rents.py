"""What tenants owe: monthly rents and charges, indexations, deposits, the year's adjustment.

Not for co-owners: see `calls_for_funds`.
"""

from collections.abc import Iterator
from datetime import timedelta

from workbench.demo.books import Account, Call, Indexation
from workbench.demo.cast import Holder
from workbench.demo.ledger_of_dues import DueWriter
from workbench.domain.dates import Period, quarter_label

_INDEX_PER_10000 = 104


class Rental(DueWriter):
    """Monthly rents and charges, indexations, deposits, the year's adjustment."""

    def write(self, holders: list[Holder]) -> None:
        """Writes what every tenant owes over the window, and the coming month if it is called."""
        rents = {holder.account.account_id: self._index(holder) for holder in holders}
        for period in self._months():
            called_on = period.first_day - timedelta(days=8)
            call = self.call(
                f"AE{period.first_day:%y%m}", called_on, kind="rent", sent_on=called_on
            )
            for holder in holders:
                if self._lives_here(holder.account, period):
                    self._month(holder, period, call, rents[holder.account.account_id])
        for holder in holders:
            self._deposits(holder)
            self._adjust(holder)
            self.owe_back(holder)

    def _months(self) -> Iterator[Period]:
        """Yields the months of the window and the coming one, whose notice has gone."""
        period = Period.of(self.first)
        while period.first_day - timedelta(days=8) <= self.last:
            yield period
            period = period.plus(1)

    @staticmethod
    def _lives_here(account: Account, period: Period) -> bool:
        opened, closed = account.opened_on, account.closed_on
        return (opened is None or opened <= period.last_day) and (
            closed is None or closed >= period.first_day
        )

    def _index(self, holder: Holder) -> Indexation | None:
        """Returns the yearly indexation that falls in the window, if one does."""
        account = holder.account
        if account.opened_on is None or account.opened_on >= self.first or account.closed_on:
            return None
        start = Period.of(self.first)
        if holder.part in ("old_rent", "catches_up"):
            day = self.middle(0.28).first_day
        else:
            months = [start.plus(n) for n in range(1, 13)]
            day = next(p.first_day for p in months if p.month == account.opened_on.month)
        if day > self.last:
            return None
        old = holder.share_cents
        # One index for all leases of a year: identical rents stay identical.
        new = old + old * _INDEX_PER_10000 // 10000
        label = f"Indice de référence des loyers, {quarter_label(day)[:2]} {day.year - 1}"
        made = Indexation(account.account_id, day, old, new, label)
        self.ledger.indexations.append(made)
        return made

    def _month(
        self, holder: Holder, period: Period, call: Call, indexation: Indexation | None
    ) -> None:
        day = period.first_day
        rent = holder.share_cents
        if indexation and indexation.from_on <= day:
            rent = indexation.new_amount_cents
        on = day + timedelta(days=4 * (self.rank % 2))
        span = (day, period.last_day)
        self.owe(
            holder, "rent",
            self.due(
                holder, "rent", f"LO{day:%y%m}", rent, on=on, call=call, period=span,
                label=f"Loyer {period.french()}",
            ),
            self.due(
                holder, "charges", f"CH{day:%y%m}", holder.charges_cents, on=on, call=call,
                period=span, label=f"Provision pour charges {period.french()}",
            ),
        )  # fmt: skip
        self.deliver(call, holder)

    def _deposits(self, holder: Holder) -> None:
        account = holder.account
        if holder.part == "arrives" and account.opened_on:
            on = account.opened_on
            label = "Dépôt de garantie"
            due = self.due(
                holder, "deposit", f"DG{on:%y%m}", holder.share_cents, on=on, label=label,
                issued_on=on - timedelta(days=8),
            )  # fmt: skip
            self.owe(holder, "deposit", due)
        if holder.part == "leaves" and account.closed_on:
            on = account.closed_on + timedelta(days=31)
            label = "Restitution du dépôt de garantie"
            due = self.due(
                holder, "deposit", f"RD{on:%y%m}", -holder.share_cents, on=on, label=label,
                issued_on=account.closed_on,
            )  # fmt: skip
            self.owe(holder, "owed", due)

    def _adjust(self, holder: Holder) -> None:
        day = self.adjustment_day()
        if day is None or not self._lives_here(holder.account, Period.of(day).plus(1)):
            return
        cents = holder.charges_cents * self.chance.between(60, 240) // 100
        due = self.due(
            holder, "adjustment", f"RG{day:%y%m}", cents, on=day + timedelta(days=29),
            issued_on=day, label=f"Régularisation annuelle des charges {day.year - 1}",
        )  # fmt: skip
        self.owe(holder, "adjustment", due)
