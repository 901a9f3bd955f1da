"""Lettering: the lines of an account that settle each other carry the same letters.

What the ledger's links say, as accountants write it; nothing is matched here. Lines that are part
of one item belong together, and so do items that a link joined on one account.
"""

from collections.abc import Iterable
from typing import Final

import numpy as np
import pandas as pd

_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SHORTEST: Final = 2


def lettered(lines: pd.DataFrame, met: pd.DataFrame) -> pd.DataFrame:
    """Returns the lines with `letter` and `lettered_on`.

    Args:
        lines: `building_id, account, auxiliary, item` (0: never lettered), `cents` (signed),
            `date`, in the order of the entries.
        met: `credit_item, debit_item` of links between items of one account.

    Returns:
        The lines, in their order; `letter` is "" and `lettered_on` NaT while the group is open.
        Letters start again with each auxiliary account.
    """
    items = lines["item"].to_numpy()
    root = _roots(items, met[["credit_item", "debit_item"]].to_numpy().tolist())
    group = pd.Series([root.get(int(item), 0) for item in items], index=lines.index)
    keys = ["building_id", "account", "auxiliary"]
    grouped = lines[items > 0].assign(group=group[items > 0])
    sums = grouped.groupby([*keys, "group"], as_index=False, sort=False).agg(
        left=("cents", "sum"), lettered_on=("date", "max")
    )
    settled = sums[sums["left"] == 0].sort_values([*keys, "lettered_on"], kind="stable")
    place = settled.groupby(keys).cumcount()
    codes = pd.Series([_code(n) for n in place], index=settled.index, dtype="str")
    settled = settled.assign(letter=codes).drop(columns="left")
    told = lines.assign(group=group.where(items > 0, -1)).merge(
        settled, on=[*keys, "group"], how="left", validate="many_to_one"
    )
    return told.assign(letter=told["letter"].fillna(""))


def _roots(items: np.ndarray, pairs: Iterable[list[int]]) -> dict[int, int]:
    """Returns the smallest item of each one's group."""
    parent = {int(item): int(item) for item in items if item > 0}

    def find(item: int) -> int:
        while parent.setdefault(item, item) != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for credit, debit in pairs:
        low, high = sorted((find(credit), find(debit)))
        parent[high] = low
    return {item: find(item) for item in list(parent)}


def _code(place: int) -> str:
    """Returns AA, AB … ZZ, AAA …: the letters of the nth group, from 0."""
    length, before = _SHORTEST, 0
    while place - before >= len(_LETTERS) ** length:
        before += len(_LETTERS) ** length
        length += 1
    rest, code = place - before, ""
    for _ in range(length):
        rest, digit = divmod(rest, len(_LETTERS))
        code = _LETTERS[digit] + code
    return code
