"""Two sides a person chose: which amount on the left settles which on the right.

Pure and deterministic: the same two sides give the same pairs, whatever their order. A person has
chosen what is settled (LAW L15: the debtor's choice, told by whoever reads it); what is left to
decide is only which payment settles which due, and there the law's order holds.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from workbench.domain.errors import InvariantError

_FEE: Final = "fee"
_CHARGES: Final = "charges"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One line of a side, with the part of it that is to be used.

    Attributes:
        item: its item in the ledger.
        name: its identifier, which decides between equals.
        account_id: whose it is; "" for a movement, which is anybody's.
        kind: of a due; "" for anything else.
        on: due date, or the day the money moved.
        cents: to be used, > 0.
    """

    item: int
    name: str
    account_id: str
    kind: str
    on: date
    cents: int


@dataclass(frozen=True, slots=True)
class Pair:
    """`cents` (> 0) of `left` settle as much of `right`."""

    left: Side
    right: Side
    cents: int


def legal_key(side: Side, *, on: date) -> tuple[bool, bool, date, bool, str, int]:
    """Returns the sorting key of what is owed: as `allocate.legal_order`, for any item.

    Args:
        side: what is owed.
        on: day of the payment.

    Source: LAW L15.
    """
    return (
        side.on > on, side.kind != _FEE, side.on, side.kind == _CHARGES, side.name, side.item,
    )  # fmt: skip


def pair(left: Iterable[Side], right: Iterable[Side], *, on: date) -> tuple[Pair, ...]:
    """Pairs as much of two sides as can be.

    What is of one account settles that account's dues only; a movement, which is nobody's, settles
    what is left of any. An amount that is exactly a run of dues of one kind settles that run, and
    payments that are together exactly a due settle that due; the rest goes to the oldest first.

    Args:
        left: what reduces (money in, discounts, refunds owed), each item once.
        right: what is owed (dues, money out), each item once.
        on: the day by which a due is a due one.

    Returns:
        The pairs, in the order of the left side's days; at most one for two items. Together they
        use up one side, or all of it that the accounts let meet the other.

    Raises:
        InvariantError: an amount that is not positive, or an item twice.

    Source: DOMAIN D4 to D7; LAW L15.
    """
    sides = [list(left), list(right)]
    for side in sides:
        if any(each.cents <= 0 for each in side):
            raise InvariantError("a side with nothing to use")
        if len({each.item for each in side}) != len(side):
            raise InvariantError("an item twice on a side")
    work = _Work(
        sorted(sides[0], key=lambda s: (s.on, s.name, s.item)),
        sorted(sides[1], key=lambda s: legal_key(s, on=on)),
    )
    if len({side.account_id for side in (*sides[0], *sides[1])} - {""}) > 1:
        # What can meet least goes first: so nothing that could be settled is left.
        work.settle(lambda a, b: bool(a.account_id) and a.account_id == b.account_id)
        work.settle(lambda a, b: bool(a.account_id) and not b.account_id)
    work.settle(lambda a, b: not a.account_id or b.account_id in ("", a.account_id))
    return work.pairs()


def spread(cents: int, right: Iterable[Side], *, on: date) -> dict[int, int]:
    """Returns what each item gets of an amount, the oldest due first (cents > 0, by item).

    Args:
        cents: to be spread, >= 0.
        right: what is owed, with what is open of each.
        on: the day by which a due is a due one.

    Source: LAW L15.
    """
    given = {}
    for side in sorted(right, key=lambda s: legal_key(s, on=on)):
        part = min(cents, side.cents)
        if part > 0:
            given[side.item] = part
            cents -= part
    return given


class _Work:
    """What is left of each side while it is being paired."""

    def __init__(self, left: Sequence[Side], right: Sequence[Side]) -> None:
        self._left = left
        self._right = right
        self._of_left = {side.item: side.cents for side in left}
        self._of_right = {side.item: side.cents for side in right}
        self._cents: dict[tuple[int, int], int] = {}

    def settle(self, fits: Callable[[Side, Side], bool]) -> None:
        """Pairs what fits: exact runs first, then in order."""
        for each in self._left:
            kinds: dict[tuple[str, str], list[Side]] = {}
            for side in self._right:
                if fits(each, side):
                    kinds.setdefault((side.account_id, side.kind), []).append(side)
            for side in _exact_run(kinds.values(), self._of_right, self._of_left[each.item]):
                self._take(each, side, self._of_right[side.item])
        for side in self._right:
            payments = [each for each in self._left if fits(each, side)]
            for each in _exact_run([payments], self._of_left, self._of_right[side.item]):
                self._take(each, side, self._of_left[each.item])
        for each in self._left:
            for side in self._right:
                if fits(each, side):
                    cents = min(self._of_left[each.item], self._of_right[side.item])
                    self._take(each, side, cents)

    def _take(self, left: Side, right: Side, cents: int) -> None:
        if cents <= 0:
            return
        self._of_left[left.item] -= cents
        self._of_right[right.item] -= cents
        key = (left.item, right.item)
        self._cents[key] = self._cents.get(key, 0) + cents

    def pairs(self) -> tuple[Pair, ...]:
        """Returns the pairs, the left side's order first."""
        return tuple(
            Pair(left, right, cents)
            for left in self._left
            for right in self._right
            if (cents := self._cents.get((left.item, right.item), 0))
        )


def _exact_run(
    groups: Iterable[Sequence[Side]], left: Mapping[int, int], wanted: int
) -> Sequence[Side]:
    """Returns the first sides of one group, one after the other, of exactly this amount."""
    for group in groups if wanted else ():
        run = [side for side in group if left[side.item]]
        for first in range(len(run)):
            total = 0
            for last in range(first, len(run)):
                total += left[run[last].item]
                if total == wanted:
                    return run[first : last + 1]
                if total > wanted:
                    break
    return ()


def used(pairs: Iterable[Pair]) -> dict[int, int]:
    """Returns the cents (> 0) that pairs use of each item, of both sides."""
    found: dict[int, int] = {}
    for each in pairs:
        for side in (each.left, each.right):
            found[side.item] = found.get(side.item, 0) + each.cents
    return found


def remaining(sides: Iterable[Side], pairs: Sequence[Pair]) -> list[Side]:
    """Returns the sides with what pairs leave of them; those used up are left out."""
    gone = used(pairs)
    left = [replace(side, cents=side.cents - gone.get(side.item, 0)) for side in sides]
    return [side for side in left if side.cents]
