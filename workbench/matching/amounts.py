"""Open dues of a building by amount, for payments that nothing else points from.

Single dues and the dues of one account and date, untouched: a remainder is no amount that anybody
was asked for.
"""

from workbench.matching.book import Book, Movement, OpenDue

_Group = tuple[OpenDue, ...]


class AmountIndex:
    """Groups of dues by sign and amount; made when first asked for.

    Args:
        book: whose dues; their remainders are read at the time of asking.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self._groups: dict[tuple[int, int], list[_Group]] | None = None

    def groups(self, movement: Movement, *, farthest: int, single: bool = False) -> list[_Group]:
        """Returns the groups still open that have the movement's amount, the closest date first.

        Args:
            movement: gives sign, amount and day.
            farthest: days between the movement and the due.
            single: only single dues.
        """
        if self._groups is None:
            self._groups = self._made()
        found = [
            group
            for group in self._groups.get((movement.sign, movement.cents), ())
            if abs(group[0].due_on - movement.booked_on) <= farthest
            and (len(group) == 1 or not single)
            # All of them still open, and whole: the amount is that of the whole group.
            and all(due.untouched for due in group)
        ]
        found.sort(
            key=lambda g: (abs(g[0].due_on - movement.booked_on), len(g), g[0].account, g[0].index)
        )
        return found

    def _made(self) -> dict[tuple[int, int], list[_Group]]:
        groups: dict[tuple[int, int], list[_Group]] = {}
        for sign in (1, -1):
            for _, dues in self._book.of_kind(sign):
                by_date: dict[int, list[OpenDue]] = {}
                for due in dues:
                    if due.untouched:
                        groups.setdefault((sign, due.left_cents), []).append((due,))
                        by_date.setdefault(due.due_on, []).append(due)
                for group in by_date.values():
                    if len(group) > 1:
                        total = sum(d.left_cents for d in group)
                        groups.setdefault((sign, total), []).append(tuple(group))
        return groups
