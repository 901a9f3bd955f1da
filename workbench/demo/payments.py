"""When each holder pays what: on time, early, late, partly, twice, several dues at once, or not.

Each payment knows the dues it is meant for: that is the truth the matching is measured against.
Not for labels and bank entries: see `incoming`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from workbench.demo.books import Due, Offset, Settlement
from workbench.demo.cast import STOPS_AFTER, Holder
from workbench.demo.chance import Chance
from workbench.demo.ledger_of_dues import Bundle
from workbench.domain.dates import Period

# What comes back with its rhythm; the rest comes once.
_REGULAR = frozenset({"call", "rent"})
_DAYS_LATE = 6
# A tenant who kept paying the old rent pays the differences at once after that many (DOMAIN D5).
CATCH_UP_MONTHS = 6


@dataclass(slots=True)
class Payment:
    """What a holder, or somebody for it, means to pay on one day.

    Attributes:
        on: any day; the bank books it on the next working one.
        parts: (due, cents) in the order they are settled; empty for a second, needless payment.
        cents: the whole amount.
        mode: `transfer`, `direct_debit`, `cheque`, `card`, or `aid` for housing aid.
        about: the bundle it is about, for what the payer writes.
        rejected: the bank takes this debit back some days later.
    """

    holder: Holder
    on: date
    parts: list[tuple[Due, int]]
    cents: int
    mode: str
    about: Bundle
    kind: str = "receipt"
    rejected: bool = False
    traits: set[str] = field(default_factory=set)

    def settlements(self) -> tuple[Settlement, ...]:
        """Returns what it settles, in cents above zero."""
        return tuple(Settlement(due.account_id, due.due_id, cents) for due, cents in self.parts)


@dataclass(slots=True)
class Plan:
    """The payments of one holder, and what is settled without any."""

    payments: list[Payment] = field(default_factory=list)
    offsets: list[Offset] = field(default_factory=list)
    dropped: set[str] = field(default_factory=set)


def plan_payments(
    chance: Chance, holder: Holder, bundles: list[Bundle], *, window: tuple[date, date]
) -> Plan:
    """Returns what a holder pays over the window.

    Args:
        chance: the holder's own.
        holder: who pays and how.
        bundles: what it owes, oldest first.
        window: first and last day. What was paid before the first day is `dropped`: those dues
            were settled before the office arrived. What would be paid after the last is left out.
    """
    planner = _Planner(chance, holder, bundles, window)
    planner.run()
    return planner.plan


class _Planner:
    def __init__(
        self, chance: Chance, holder: Holder, bundles: list[Bundle], window: tuple[date, date]
    ) -> None:
        self._chance = chance
        self._holder = holder
        self._first, self._last = window
        self._bundles = bundles
        self._regular = [bundle for bundle in bundles if bundle.kind in _REGULAR]
        self._standing_day = chance.between(1, 6)
        self._credit: list[tuple[Due, int]] = []
        self._differences: list[tuple[Due, int]] = []
        self._old_rent = holder.share_cents if holder.part in ("old_rent", "catches_up") else None
        self._waiting: list[Bundle] = []
        self.plan = Plan()
        count = len(self._regular)
        self._stop = int(count * STOPS_AFTER.get(holder.part, 9))
        middle = count // 2
        self._special = self._regular[middle] if count else None
        self._skipped = self._regular[max(0, middle - 1)] if count > 1 else None

    def run(self) -> None:
        """Goes through the bundles once, oldest first."""
        seen = 0
        for bundle in self._bundles:
            if bundle.kind in _REGULAR:
                self._pay_regular(bundle, seen)
                seen += 1
            elif bundle.kind == "discount":
                self._credit = [(due, -due.amount_cents) for due in bundle.dues]
            elif bundle.kind != "owed":
                self._pay_once(bundle, seen)
        self._forget_dropped()

    def _forget_dropped(self) -> None:
        """Leaves out what was paid in the window for a bundle half paid before it."""
        kept = []
        for payment in self.plan.payments:
            parts = [part for part in payment.parts if part[0].due_id not in self.plan.dropped]
            if len(parts) < len(payment.parts):
                payment.parts, payment.cents = parts, sum(cents for _, cents in parts)
            if payment.cents:
                kept.append(payment)
        self.plan.payments = kept

    # What comes once

    def _pay_once(self, bundle: Bundle, seen: int) -> None:
        holder = self._holder
        pays_nothing = bundle.kind in ("opening", "fee") or seen >= self._stop
        if pays_nothing or holder.pace == "old_debt" or holder.part == "forgets_adjustment":
            return
        together = bundle.kind == "deposit" or self._chance.happens(0.4)
        if together and seen < len(self._regular) and self._aid_apart():
            self._waiting.append(bundle)
            return
        on = bundle.due_on + timedelta(days=self._chance.between(-9, 4))
        self._add(on, [bundle], about=bundle)

    def _aid_apart(self) -> bool:
        """Tells whether the next regular payment is a plain one that can take more dues in."""
        return self._holder.part in ("", "early", "arrives", "parents", "firm", "discount")

    # What comes back

    def _pay_regular(self, bundle: Bundle, index: int) -> None:
        holder = self._holder
        if index >= self._stop:
            if index == self._stop and self._chance.happens(0.5):
                self._pay_a_little(bundle)
            return
        on = self._day(bundle)
        if self._old_rent is not None and bundle.dues[0].amount_cents > self._old_rent:
            self._pay_old_rent(bundle, on)
        elif holder.aid_cents:
            self._pay_with_aid(bundle, on)
        elif holder.pace == "monthly":
            self._pay_monthly(bundle)
        elif holder.pace == "partial" and self._chance.happens(0.4):
            self._pay_partly(bundle, on)
        elif holder.pace == "old_debt" and self._chance.happens(0.4):
            return
        elif holder.pace == "skips" and bundle is self._skipped:
            self._waiting.append(bundle)
        elif holder.part == "rejected_debit" and bundle is self._special:
            self._pay_rejected(bundle, on)
        else:
            self._pay_whole(bundle, on)

    def _pay_whole(self, bundle: Bundle, on: date) -> None:
        self._add(on, [*self._waiting, bundle], about=bundle)
        self._waiting = []
        if self._holder.part == "double" and bundle is self._special:
            again = self.plan.payments[-1] if self.plan.payments else None
            if again:
                self._append(
                    Payment(
                        self._holder, on + timedelta(days=self._chance.between(2, 9)), [],
                        again.cents, again.mode, bundle, kind="double_payment", traits={"double"},
                    )
                )  # fmt: skip

    def _day(self, bundle: Bundle) -> date:
        between, days = self._chance.between, timedelta
        pace = self._holder.pace
        monthly = bundle.kind == "rent"
        if self._holder.account.payment_mode == "direct_debit":
            # Rents on the 5th, calls in the middle of the month they are payable in.
            return bundle.due_on + days(days=4 if monthly else -16)
        if pace in ("late", "old_debt"):
            return bundle.due_on + days(days=between(7, 24) if monthly else between(6, 55))
        if pace == "early":
            early = bundle.due_on - days(days=between(2, 6))
            return early if monthly else bundle.issued_on + days(days=between(1, 4))
        if pace == "prompt" or not monthly:
            if monthly:
                return bundle.due_on + days(days=between(0, 3))
            if pace == "prompt":
                return bundle.issued_on + days(days=between(4, 22))
            return bundle.due_on + days(days=between(-14, -1))
        # A standing order leaves on the same day each month.
        return bundle.due_on + days(days=self._standing_day)

    def _pay_a_little(self, bundle: Bundle) -> None:
        cents = bundle.dues[0].amount_cents // 3 // 1000 * 1000
        on = bundle.due_on + timedelta(days=self._chance.between(20, 45))
        self._add_parts(on, [(bundle.dues[0], cents)], about=bundle, traits={"partial"})

    def _pay_partly(self, bundle: Bundle, on: date) -> None:
        total = bundle.total_cents
        paid = min(total - 1000, total * self._chance.between(55, 90) // 100 // 1000 * 1000)
        self._add_parts(on, _first_cents(bundle.dues, paid), about=bundle, traits={"partial"})
        if self._chance.happens(0.6):
            later = on + timedelta(days=self._chance.between(18, 40))
            rest = _rest_after(bundle.dues, paid)
            self._add_parts(later, rest, about=bundle, traits={"completes"})

    def _pay_monthly(self, bundle: Bundle) -> None:
        """Pays a quarter's call in three: a standing order on the 10th."""
        total = bundle.total_cents
        third = total // 3
        paid = 0
        for month in range(3):
            cents = third if month < 2 else total - 2 * third
            on = Period.of(bundle.due_on).plus(month).first_day + timedelta(days=9)
            parts = _between_cents(bundle.dues, paid, paid + cents)
            paid += cents
            traits = {"partial"} if month < 2 else {"completes"}
            self._add_parts(on, parts, about=bundle, traits=traits)

    def _pay_with_aid(self, bundle: Bundle, on: date) -> None:
        aid = self._holder.aid_cents
        on_fifth = Period.of(bundle.due_on).first_day + timedelta(days=4)
        rent = bundle.dues[0]
        self._add_parts(
            on_fifth, [(rent, aid)], about=bundle, traits={"housing_aid"}, mode="aid",
            kind="housing_aid",
        )  # fmt: skip
        rest = _rest_after(bundle.dues, aid)
        self._add_parts(on, rest, about=bundle, traits={"after_aid"})

    def _pay_old_rent(self, bundle: Bundle, on: date) -> None:
        """Pays as before the indexation; `catches_up` pays six differences at once (D5)."""
        rent = bundle.dues[0]
        old = self._old_rent or 0
        if len(self._differences) == CATCH_UP_MONTHS and self._holder.part == "catches_up":
            self._add_parts(
                on, self._differences, about=bundle, traits={"catches_up", "several_dues"}
            )
            self._differences, self._old_rent = [], None
            self._pay_whole(bundle, on + timedelta(days=1))
            return
        self._differences.append((rent, rent.amount_cents - old))
        parts = [(rent, old), *((due, due.amount_cents) for due in bundle.dues[1:])]
        self._add_parts(on, parts, about=bundle, traits={"old_rent"})

    def _pay_rejected(self, bundle: Bundle, on: date) -> None:
        self._add(on, [bundle], about=bundle)
        if not self.plan.payments:
            return
        debit = self.plan.payments[-1]
        debit.rejected = True
        debit.traits.add("rejected")
        if self._chance.happens(0.7):
            later = on + timedelta(days=self._chance.between(16, 35))
            self._add(later, [bundle], about=bundle, mode="transfer")

    # Writing down

    def _add(self, on: date, bundles: list[Bundle], *, about: Bundle, mode: str = "") -> None:
        parts = [part for bundle in bundles for part in self._less_credit(bundle)]
        traits = {"several_bundles"} if len(bundles) > 1 else set[str]()
        self._add_parts(on, parts, about=about, traits=traits, mode=mode)

    def _less_credit(self, bundle: Bundle) -> Iterator[tuple[Due, int]]:
        """Yields the dues of a bundle, less the discount that waits (DOMAIN D6)."""
        for due in bundle.dues:
            cents = due.amount_cents
            for credit, worth in self._credit:
                used = min(worth, cents)
                self.plan.offsets.append(Offset(due.account_id, credit.due_id, due.due_id, used))
                cents -= used
            self._credit = []
            yield due, cents

    def _add_parts(
        self,
        on: date,
        parts: list[tuple[Due, int]],
        *,
        about: Bundle,
        traits: set[str],
        mode: str = "",
        kind: str = "receipt",
    ) -> None:
        parts = [(due, cents) for due, cents in parts if cents > 0]
        cents = sum(part for _, part in parts)
        if not cents:
            return
        if len(parts) > 1:
            traits = traits | {"several_dues"}
        if on > about.due_on + timedelta(days=_DAYS_LATE):
            traits = traits | {"late"}
        start = about.dues[0].period_start
        if start and on < start:
            traits = traits | {"early"}
        mode = mode or self._holder.account.payment_mode
        self._append(Payment(self._holder, on, parts, cents, mode, about, kind, False, traits))

    def _append(self, payment: Payment) -> None:
        if payment.on < self._first:
            self.plan.dropped.update(due.due_id for due, _ in payment.parts)
        elif payment.on <= self._last:
            self.plan.payments.append(payment)


def _between_cents(dues: list[Due], start: int, end: int) -> list[tuple[Due, int]]:
    """Returns what lies between two running totals of `dues`, in their order."""
    parts = []
    before = 0
    for due in dues:
        after = before + due.amount_cents
        cents = min(after, end) - max(before, start)
        if cents > 0:
            parts.append((due, cents))
        before = after
    return parts


def _first_cents(dues: list[Due], cents: int) -> list[tuple[Due, int]]:
    return _between_cents(dues, 0, cents)


def _rest_after(dues: list[Due], cents: int) -> list[tuple[Due, int]]:
    return _between_cents(dues, cents, sum(due.amount_cents for due in dues))
