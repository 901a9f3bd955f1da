"""What is chosen of two sides: which amount of which line, and what that settles. No widget.

Every amount is of a line that is open and at most what is open of it; a text that is no such amount
is remembered as it was typed, and counts for nothing.

Source: DOMAIN D4 to D7; UI, screen 2.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.domain.errors import ParameterError
from workbench.domain.money import NO_BREAK_SPACE, AmountError, french_euros, parse_amount
from workbench.matching.pairing import Pair, Side, pair, remaining, spread
from workbench.pipeline.two_sides import LEFT, RIGHT, TwoSides


class Choice:
    """What a person has ticked and typed.

    Attributes:
        data: what is open.
        cents: chosen of each item, > 0.
        wrong: text typed for an item that is no amount of it.
        keeps: what the chosen payments have more is kept on account.
    """

    def __init__(self, data: TwoSides) -> None:
        """Chooses nothing of `data`."""
        self.cents: dict[int, int] = {}
        self.wrong: dict[int, str] = {}
        self.keeps = False
        self.look_at(data)

    def look_at(self, data: TwoSides) -> None:
        """Looks at the same accounts read again: what was chosen stays, as far as it is open."""
        self.data = data
        self._rows = data.rows.set_index("item_id", drop=False)
        known = self._rows.index
        opened = self._rows["open_cents"]
        self.cents = {
            item: min(cents, int(opened[item]))
            for item, cents in self.cents.items()
            if item in known
        }
        self.wrong = {item: text for item, text in self.wrong.items() if item in known}

    def clear(self) -> None:
        """Chooses nothing."""
        self.cents, self.wrong, self.keeps = {}, {}, False

    def take(self, names: Sequence[str]) -> None:
        """Chooses all that is open of movements or dues, by their identifiers."""
        rows = self.data.rows[self.data.rows["name"].isin(list(names))]
        self.cents |= dict(zip(rows["item_id"].tolist(), rows["open_cents"].tolist(), strict=True))

    def check(self, item: int, *, checked: bool) -> None:
        """Ticks a line, or no longer; a due takes what is left to be given, if anything is.

        Raises:
            ParameterError: no such line any more.
        """
        self._forget(item)
        if checked:
            row = self._row(item)
            rest = self.total(LEFT) - self.total(RIGHT)
            cents = int(row["open_cents"])
            self.cents[item] = min(cents, rest) if row["side"] == RIGHT and rest > 0 else cents

    def type(self, item: int, text: str) -> None:
        """Takes what was typed for a line; nothing, or zero, unticks it.

        Raises:
            ParameterError: no such line any more, or no amount of it: remembered as wrong.
        """
        row = self._row(item)
        self._forget(item)
        if not text.strip():
            return
        try:
            cents = parse_amount(text)
            words = _unfit(cents, row)
        except AmountError as error:
            cents, quoted = 0, f"«{NO_BREAK_SPACE}{text}{NO_BREAK_SPACE}»"
            words = f"{row['what']}{NO_BREAK_SPACE}: {quoted}, {error}"
        if words:
            self.wrong[item] = text
            raise ParameterError(words)
        if cents:
            self.cents[item] = cents

    def spread(self) -> None:
        """Gives what is chosen on the left, else all of its own, to the oldest dues (LAW L15)."""
        rows = self.data.rows
        if not self.total(LEFT):
            self.take(rows.loc[(rows["side"] == LEFT) & rows["is_own"], "name"].tolist())
        dues = rows[(rows["side"] == RIGHT) & ~rows["is_movement"]]
        opened = dict(zip(dues["item_id"].tolist(), dues["open_cents"].tolist(), strict=True))
        given = spread(self.total(LEFT), self.data.sides(RIGHT, opened), on=self.data.as_of)
        kept = {item: self.cents[item] for item in self._chosen(LEFT)}
        self.cents, self.wrong = kept | given, {}

    def toggle_keep(self) -> None:
        """Keeps what the chosen payments have more, or no longer.

        Raises:
            ParameterError: they have no more.
        """
        if not self.keeps and not self.rests(self.pairs()):
            raise ParameterError("aucun paiement coché n’a de reste à garder")
        self.keeps = not self.keeps

    def total(self, side: str) -> int:
        """Returns the cents chosen of a side."""
        return sum(self.cents[item] for item in self._chosen(side))

    def amounts(self, side: str) -> list[tuple[int, int]]:
        """Returns what is chosen of a side: item and cents, in the order of its lines."""
        return [(each.item, each.cents) for each in self.data.sides(side, self.cents)]

    def movements(self) -> list[str]:
        """Returns the identifiers of the movements that are chosen."""
        return [
            str(self._rows.at[item, "name"])
            for item in (*self.cents, *self.wrong)
            if self._rows.at[item, "is_movement"]
        ]

    def pairs(self) -> tuple[Pair, ...]:
        """Returns the links that would be written."""
        left, right = (self.data.sides(side, self.cents) for side in (LEFT, RIGHT))
        return pair(left, right, on=self.data.as_of)

    def rests(self, pairs: Sequence[Pair]) -> list[Side]:
        """Returns what of the chosen payments settles nothing."""
        left = remaining(self.data.sides(LEFT, self.cents), pairs)
        return [side for side in left if self._rows.at[side.item, "is_movement"]]

    def _chosen(self, side: str) -> list[int]:
        return [item for item in self.cents if self._rows.at[item, "side"] == side]

    def _forget(self, item: int) -> None:
        self.wrong.pop(item, None)
        self.cents.pop(item, None)

    def _row(self, item: int) -> Mapping[str, Any]:
        if item not in self._rows.index:
            raise ParameterError("cette ligne n’est plus là")
        return {str(name): value for name, value in self._rows.loc[item].to_dict().items()}


def _unfit(cents: int, row: Mapping[str, Any]) -> str:
    """Returns why an amount is not one of a line, "" when it is."""
    opened = int(row["open_cents"])
    if cents < 0:
        return f"{row['what']}{NO_BREAK_SPACE}: un montant affecté est positif"
    if cents > opened:
        return (
            f"{row['what']}{NO_BREAK_SPACE}: {french_euros(cents)} dépassent ce qui est ouvert, "
            f"{french_euros(opened)}"
        )
    return ""
