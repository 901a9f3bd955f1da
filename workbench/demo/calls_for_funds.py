"""What co-owners owe: quarterly calls, works, the works fund, the year's adjustment, old debts.

Not for tenants: see `rents`.
"""

from datetime import timedelta

from workbench.demo.books import Budget
from workbench.demo.cast import Holder
from workbench.demo.ledger_of_dues import DueWriter
from workbench.domain.dates import Period, french_date, quarter_label

CALL_MONTHS = (1, 4, 7, 10)
_NOTICE_CENTS = 4800
# Parts of the cast whose old debt has already cost a formal notice.
_NOTICED = frozenset({"old_debt", "stops_early"})


class Coownership(DueWriter):
    """Quarterly calls, works, the works fund, the year's adjustment."""

    def write(self, holders: list[Holder]) -> None:
        """Writes what every co-owner owes over the window."""
        first = Period.of(self.first)
        for back in range(-3, (self.last.year - first.year) * 12 + 13):
            period = first.plus(back)
            if period.month in CALL_MONTHS and period.first_day <= self.last:
                # Of the calls before the window only the last one may still be open.
                if period.plus(3).first_day > self.first:
                    self._quarter(period, holders)
            elif period.month in CALL_MONTHS:
                self._plan(period, holders)
        if self.rank % 2 == 0:
            self._works(holders)
        if self.rank % 3 == 0:
            self._adjust(holders)
        for holder in holders:
            if holder.part == "old_debt":
                self._opening(holder)
            if holder.part in _NOTICED:
                self._notice(holder)
            self.owe_back(holder)

    def _share(self, holder: Holder, year: int) -> int:
        """Returns the quarter's call: two percent more with each year's budget."""
        return holder.share_cents * (100 + 2 * (year - self.first.year)) // 100

    def _quarter(self, period: Period, holders: list[Holder]) -> None:
        day = period.first_day
        sent_on = day + timedelta(days=self.chance.between(-7, 2))
        tag = f"AF{day:%y%m}"
        call = self.call(tag, day, kind="quarterly", sent_on=sent_on)
        span = (day, period.plus(2).last_day)
        for holder in holders:
            cents = self._share(holder, day.year)
            label = f"Provision sur charges {quarter_label(day)}"
            dues = [
                self.due(
                    holder, "call", tag, cents, on=period.last_day, label=label, call=call,
                    period=span,
                )
            ]  # fmt: skip
            if self.rank % 2 == 1:
                label = f"Cotisation au fonds de travaux {quarter_label(day)}"
                dues.append(
                    self.due(
                        holder, "call", f"FT{day:%y%m}", cents // 20, on=period.last_day,
                        label=label, call=call, period=span,
                    )
                )  # fmt: skip
            self.owe(holder, "call", *dues)
            self.deliver(call, holder)

    def _plan(self, period: Period, holders: list[Holder]) -> None:
        """Writes the calls that the voted budget plans for the year after the window."""
        day = period.first_day
        if day > self.last + timedelta(days=366):
            return
        for holder in holders:
            cents = self._share(holder, day.year)
            label = f"Provision sur charges {quarter_label(day)}"
            self.ledger.budgets.append(Budget(holder.account.account_id, day, cents, label))

    def _works(self, holders: list[Holder]) -> None:
        start = self.middle(0.48)
        for instalment in range(4):
            period = start.plus(3 * instalment)
            if period.first_day > self.last:
                return
            day = period.first_day
            tag = f"TV{day:%y%m}"
            call = self.call(tag, day, kind="works", sent_on=day + timedelta(days=1))
            for holder in holders:
                label = f"Travaux façade, appel {instalment + 1}/4"
                due = self.due(
                    holder, "works_call", tag, holder.share_cents // 4, label=label, call=call,
                    on=day + timedelta(days=29),
                )  # fmt: skip
                self.owe(holder, "works", due)
                self.deliver(call, holder)

    def _adjust(self, holders: list[Holder]) -> None:
        day = self.adjustment_day()
        if day is None:
            return
        percent = self.chance.between(8, 24)
        for holder in holders:
            due = self.due(
                holder, "adjustment", f"RG{day:%y%m}", holder.share_cents * percent // 100,
                on=day + timedelta(days=29), issued_on=day,
                label=f"Régularisation de charges, exercice {day.year - 1}",
            )  # fmt: skip
            self.owe(holder, "adjustment", due)

    def _opening(self, holder: Holder) -> None:
        day = self.first - timedelta(days=self.chance.between(220, 700))
        cents = holder.share_cents * self.chance.between(15, 42) // 10
        due = self.due(holder, "other", "SA", cents, on=day, label="Solde antérieur")
        self.owe(holder, "opening", due)

    def _notice(self, holder: Holder) -> None:
        """Charges the formal notice of the 5th of a month that no call falls in (E5, E12)."""
        period = self.middle(0.65)
        while period.month in CALL_MONTHS:
            period = period.plus(1)
        day = period.first_day + timedelta(days=4)
        label = f"Frais de mise en demeure du {french_date(day)}"
        due = self.due(holder, "fee", f"MD{day:%y%m}", _NOTICE_CENTS, on=day, label=label)
        self.owe(holder, "fee", due)
