"""Frames for a person: rows as mappings, and cents as euros. Not for computing."""

from typing import Any

import pandas as pd

from workbench.domain.money import decimal_amount


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Returns the rows in order, each with its columns by name."""
    # What to_dict prepares takes longer than the rest where there is nothing.
    if frame.empty:
        return []
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def in_euros(frame: pd.DataFrame) -> pd.DataFrame:
    """Returns a copy whose amounts are euros, to read or to add up by eye.

    Args:
        frame: any frame of the ledger: amounts are whole cents in columns `*_cents`.

    Returns:
        The same rows and order; each `*_cents` column is replaced in its place by `*_eur` of exact
        `Decimal` with two decimals, of the same sign. A missing amount is None.
    """
    euros = frame.copy()
    amounts = [column for column in frame.columns if str(column).endswith("_cents")]
    for name in amounts:
        exact = [None if pd.isna(cents) else decimal_amount(int(cents)) for cents in frame[name]]
        euros[name] = pd.Series(exact, index=frame.index, dtype=object)
    return euros.rename(
        columns={name: f"{str(name).removesuffix('_cents')}_eur" for name in amounts}
    )
