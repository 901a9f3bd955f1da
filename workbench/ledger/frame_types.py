"""Every column of a frame its documented type, also where no row says what it is.

The columnar driver infers types from values: an empty column, or one of NULLs, has none to infer
from. What a column holds is known by its name: whole numbers are those of the schema, and cents.
"""

from collections.abc import Collection
from functools import cache
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from sqlalchemy import BigInteger

from workbench.ledger import schema

_Kind = Literal["datetime64[s]", "Int64", "int64", "float64", "str"]
DAY: Final = "datetime64[s]"
_SECONDS: Final = len("2026-10-31T06:40:00")
# Names that queries give to the schema's numbers.
_WHOLE_ENDS: Final = ("_cents", "_item_id", "_seq")
# Of a share between 0 and 1.
_REAL: Final = frozenset({"confidence"})


def typed(
    frame: pd.DataFrame,
    *,
    dates: Collection[str] = (),
    whole: Collection[str] = (),
    maybe_whole: Collection[str] = (),
    texts: Collection[str] = (),
) -> pd.DataFrame:
    """Gives every column its type, in place.

    Args:
        frame: of `Ledger.frame`.
        dates: columns of ISO texts, days or moments in UTC.
        whole: columns of whole numbers whose name does not say so.
        maybe_whole: columns of whole numbers that may be missing.
        texts: columns of text, whatever the schema says of the name.

    Returns:
        The frame: int64, float64, `datetime64[s]` (NaT where empty), Int64, and text ("" where
        missing).
    """
    wanted = {
        name: _type_of(
            str(name), dates=dates, whole=whole, maybe_whole=maybe_whole, texts=texts
        )
        for name in frame.columns
    }  # fmt: skip
    if frame.empty:
        return pd.DataFrame({name: _nothing(kind) for name, kind in wanted.items()})
    for (name, kind), dtype in zip(wanted.items(), frame.dtypes, strict=True):
        # Most are so already; to set a column costs more than to look at it.
        if kind == DAY:
            frame[name] = days(frame[name])
        elif kind == "str" and dtype != kind:
            frame[name] = frame[name].fillna("").astype("str")
        elif dtype != kind:
            frame[name] = frame[name].astype(kind)
    return frame


def _type_of(
    name: str,
    *,
    dates: Collection[str],
    whole: Collection[str],
    maybe_whole: Collection[str],
    texts: Collection[str],
) -> _Kind:
    if name in dates:
        return DAY
    if name in maybe_whole:
        return "Int64"
    is_whole = name.endswith(_WHOLE_ENDS) or name in _whole_names() or name in whole
    if is_whole and name not in texts:
        return "int64"
    return "float64" if name in _REAL else "str"


def days(column: "pd.Series[Any]") -> "pd.Series[pd.Timestamp]":
    """Returns ISO texts, days or moments in UTC, as `datetime64[s]`; NaT for ""."""
    cells = [
        cell[:_SECONDS] if isinstance(cell, str) and cell else "NaT" for cell in column.tolist()
    ]
    return pd.Series(np.array(cells, dtype=DAY), index=column.index, name=column.name)


@cache
def _nothing(kind: _Kind) -> "pd.Series[Any]":
    return pd.Series([], dtype=kind)


@cache
def _whole_names() -> frozenset[str]:
    return frozenset(
        column.name
        for table in schema.items.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, BigInteger)
    )
