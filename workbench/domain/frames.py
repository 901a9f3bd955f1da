"""Rows of a frame as mappings: for the few rows a person reads, not for computing."""

from typing import Any

import pandas as pd


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Returns the rows in order, each with its columns by name."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
