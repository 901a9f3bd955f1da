"""What a card processor passes on: the transfer from its account to the building's own.

The cards were credited on the processor's account (`deposits`); what leaves it for another account
of the building only changes place. Both movements answer each other, and touch no holder.

Pure: records in, records out. Source: DOMAIN C12.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

TRANSFER: Final = "transfer"
# Banks of two countries, and a week-end.
MOST_DAYS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """A movement that may be one end of a transfer; cents are positive.

    Attributes:
        item: the movement's.
        iban: account it was booked on.
        other_iban: account the bank says it came from or went to, "" when it does not.
    """

    item: int
    building_id: str
    iban: str
    other_iban: str
    on: date
    cents: int


def pair_transfers(
    out: Sequence[Passing], came: Sequence[Passing], *, barred: Iterable[int] = ()
) -> list[tuple[Passing, Passing]]:
    """Pairs what left a processor's account with what came to the building's own.

    Args:
        out: money out of processors' accounts.
        came: money in on other accounts.
        barred: movements of which a person took a link back.

    Returns:
        Pairs of one amount, at most `MOST_DAYS` apart, of which each end has no other: by the
        account the bank names where it does. In the order of their days.
    """
    never = set(barred)
    near: dict[tuple[str, int], list[Passing]] = defaultdict(list)
    for each in came:
        near[each.building_id, each.cents].append(each)
    found: dict[int, list[Passing]] = {}
    asked: dict[int, int] = defaultdict(int)
    for left in out:
        found[left.item] = [c for c in near[left.building_id, left.cents] if _fits(left, c)]
        for each in found[left.item]:
            asked[each.item] += 1
    pairs = [
        (left, found[left.item][0])
        for left in out
        if len(found[left.item]) == 1 and asked[found[left.item][0].item] == 1
    ]
    kept = [p for p in pairs if p[0].item not in never and p[1].item not in never]
    return sorted(kept, key=lambda pair: (pair[0].on, pair[0].cents, pair[0].item))


def _fits(left: Passing, came: Passing) -> bool:
    named = (left.other_iban in ("", came.iban), came.other_iban in ("", left.iban))
    # One of the two banks at least says so.
    told = bool(left.other_iban or came.other_iban)
    return all(named) and told and 0 <= (came.on - left.on).days <= MOST_DAYS
