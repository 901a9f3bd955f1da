"""What nobody could know: whether a payment's account, or its due, can be told from the data.

A movement is *unknowable* by rules of the trade alone, never by what an engine makes of it:
the account when neither a code, a reference, a lot, a listed IBAN, a readable name nor an amount
that nobody else owes tells it; the due when the payer does not say which one he means and
another choice of the account's open dues is as good in law.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from benchmarks._portfolios.labels import Reason
from benchmarks._portfolios.people import Person, plain
from benchmarks._portfolios.tables import Account, Building, Due, Movement

# Above this many open dues, two subsets of one sum are not looked for but taken for granted.
MOST_DUES = 9


@dataclass(slots=True)
class Moment:
    """A payment as it stood when it was made: what was open, and what the payer said."""

    movement: Movement
    account: Account
    on: date
    open: list[tuple[Due, int]]
    named: bool


@dataclass(slots=True)
class Directory:
    """Who is who in one building."""

    building: Building
    by_last: dict[str, list[Account]] = field(default_factory=lambda: defaultdict(list))
    by_iban: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    by_amount: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    codes: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, building: Building) -> "Directory":
        """Reads one building's accounts, with what they owe."""
        found = cls(building)
        for account in [*building.accounts, *building.suppliers]:
            person = account.person
            for last in {plain(person.firm or person.last), plain(person.maiden)} - {""}:
                found.by_last[last].append(account)
            for iban in account.listed:
                found.by_iban[iban].add(account.account_id)
            found.codes.add(account.code)
            sums = {due.opened for due in account.dues}
            sums.add(sum(due.opened for due in account.dues))
            by_day: dict[date, int] = defaultdict(int)
            for due in account.dues:
                by_day[due.due_on] += due.opened
            for cents in sums | set(by_day.values()):
                found.by_amount[abs(cents)].add(account.account_id)
        return found

    def tells_account(
        self, accounts: Sequence[Account], reason: Reason, iban: str, name: str, cents: int
    ) -> bool:
        """Says whether these accounts, and no other, follow from what the movement shows."""
        wanted = {account.account_id for account in accounts}
        if reason.shows & {"code", "reference", "lot"}:
            return True
        if iban and self.by_iban.get(iban, set()) == wanted:
            return True
        text = f" {plain(name)} {plain(reason.text)} "
        meant = self._named(text, accounts)
        # A third person's name, or none: only an amount that nobody else owes helps then.
        return meant == wanted or (
            len(wanted) == 1 and self.by_amount.get(abs(cents), set()) & (meant or wanted) == wanted
            and (bool(meant) or self.by_amount.get(abs(cents)) == wanted)
        )  # fmt: skip

    def _named(self, text: str, accounts: Sequence[Account]) -> set[str]:
        """Returns the accounts the text may name: those of one last name, by first name if said."""
        meant: set[str] = set()
        for account in accounts:
            person = account.person
            lasts = {plain(person.firm or person.last), plain(person.maiden)} - {""}
            for last in lasts:
                # A cut name still says who it is while most of it is there.
                if f" {last[:12]}" in text or _typed_nearly(last, text):
                    same = self.by_last[last]
                    first = [a for a in same if _first_in(a.person, text)]
                    meant |= {a.account_id for a in (first or same)}
        return meant


def _typed_nearly(last: str, text: str) -> bool:
    return len(last) > 5 and (last[:5] in text or last[-5:] in text)


def _first_in(person: Person, text: str) -> bool:
    return any(f" {plain(first)} " in text for first in (person.first, person.other) if first)


def by_law(dues: Iterable[Due], cents: int, on: date) -> list[tuple[Due, int]]:
    """Spreads a payment that names nothing: due debts first, then the oldest (LAW L15)."""
    links: list[tuple[Due, int]] = []
    for due in sorted(dues, key=lambda d: (d.due_on > on, d.due_on, d.item)):
        taken = min(cents, due.left)
        if taken > 0:
            links.append((due, taken))
            cents -= taken
    return links


def judge(moments: Sequence[Moment]) -> None:
    """Marks the movements whose due nobody could know, account by account.

    A payment nobody can place leaves its due open in everybody's eyes: for such an account every
    unnamed payment is judged against all that was ever called, not only what was truly open.
    """
    for moment in moments:
        account, movement = moment.account, moment.movement
        # A payment may be of several accounts: one that is unsure makes it unsure.
        movement.due_unknowable |= movement.account_unknowable or _unsure(moment, moment.open)
        if movement.due_unknowable:
            account.clouded = True
    for moment in moments:
        if moment.account.clouded and not moment.movement.due_unknowable:
            paid = moment.movement.cents
            everything = [
                (due, due.opened)
                for due in moment.account.dues
                if due.issued_on <= moment.on and (due.opened > 0) == (paid > 0)
            ]
            moment.movement.due_unknowable = _unsure(moment, everything)


def _unsure(moment: Moment, opens: list[tuple[Due, int]]) -> bool:
    if moment.named:
        return False
    links = [(d, c) for d, c in moment.movement.links if d.account is moment.account]
    cents = sum(c for _, c in links)
    known = {due.item for due, _ in opens}
    opens = opens + [(d, d.opened) for d, _ in links if d.item not in known]
    chosen = frozenset(due.item for due, _ in links)
    paid = abs(moment.movement.cents)
    if not links:
        # A second payment of the same sum: another open due of that sum would explain it as well.
        return any(abs(left) == paid for _, left in opens)
    equal = _subsets(opens, cents)
    left = {due.item: abs(amount) for due, amount in opens}
    whole = sum(left[item] for item in chosen) == cents
    if len(opens) > MOST_DUES:
        return True
    if whole:
        return bool(equal - {chosen}) or (paid > cents and len(opens) > len(chosen))
    ordered = sorted((due.due_on, due.kind == "fee") for due, _ in opens)
    ties = len({day for day, _ in ordered}) < len(ordered)
    return bool(equal) or ties or any(fee for _, fee in ordered)


def _subsets(opens: Sequence[tuple[Due, int]], cents: int) -> set[frozenset[int]]:
    """Returns every choice of open dues whose sum is the amount."""
    sums: list[tuple[int, frozenset[int]]] = [(0, frozenset())]
    for due, left in opens[:MOST_DUES]:
        sums += [
            (total + abs(left), items | {due.item})
            for total, items in sums
            if total + abs(left) <= cents
        ]
    return {items for total, items in sums if total == cents and items}
