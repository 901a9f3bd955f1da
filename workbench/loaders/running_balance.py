"""The balance a bank writes beside each row: does it follow, and what were the first and the last?

Banks write the newest row first or last, and some a balance on the last row of a day only. Which
way a file goes is only known at its end, so both are followed until then.
"""

from dataclasses import dataclass, field

from workbench.domain.records import BalanceBreak

# More are not told one by one: the file is another one, or its columns mean something else.
MOST_BREAKS = 20


@dataclass(slots=True)
class RunningBalance:
    """Follows the balances of one account's rows, in the order of the file.

    Both ways at once: `balance = the one before + this amount` where the oldest row comes first,
    `balance = the one before - the amount before` where the newest does.
    """

    total_cents: int = 0
    known: int = 0
    # The first and the last balance, the sum of the amounts up to and with its row, its amount.
    _first: tuple[int, int, int] = (0, 0, 0)
    _last: tuple[int, int, int] = (0, 0, 0)
    _oldest_first: list[BalanceBreak] = field(default_factory=list)
    _newest_first: list[BalanceBreak] = field(default_factory=list)

    def take(self, place: int, amount_cents: int, balance_cents: int | None) -> None:
        """Takes one row: where it stands, its signed amount, its balance where it has one."""
        before_cents = self.total_cents
        self.total_cents += amount_cents
        if balance_cents is None:
            return
        if self.known:
            written, total, amount = self._last
            older = written + self.total_cents - total
            newer = written - (before_cents - total) - amount
            _note(self._oldest_first, place, older, balance_cents)
            _note(self._newest_first, place, newer, balance_cents)
        self._last = (balance_cents, self.total_cents, amount_cents)
        if not self.known:
            self._first = self._last
        self.known += 1

    def newest_comes_first(self) -> bool:
        """Tells by the balances alone; False when they fit both ways."""
        return len(self._newest_first) < len(self._oldest_first)

    def ends(self, *, newest_first: bool) -> tuple[int, int] | None:
        """Returns the opening and the closing balance in cents, None when no row had one."""
        if not self.known:
            return None
        first_cents, first_total, first_amount = self._first
        last_cents, last_total, last_amount = self._last
        if newest_first:
            # The rows above the first balance came after it, those below the last one before.
            opening = last_cents - last_amount - (self.total_cents - last_total)
            return opening, first_cents + first_total - first_amount
        return first_cents - first_total, last_cents + self.total_cents - last_total

    def breaks(self, *, newest_first: bool) -> tuple[BalanceBreak, ...]:
        """Returns the rows whose balance does not follow, the first ones of the file."""
        return tuple(self._newest_first if newest_first else self._oldest_first)


def _note(breaks: list[BalanceBreak], place: int, expected_cents: int, written_cents: int) -> None:
    if expected_cents != written_cents and len(breaks) < MOST_BREAKS:
        breaks.append(BalanceBreak(place, expected_cents, written_cents))
