"""The second portfolio's CSV files as the frames that the engine takes."""

from pathlib import Path
from typing import Final

import pandas as pd

from workbench.matching.inputs import MatchInputs

_DATES: Final = {
    "movements": ("booked_on",),
    "dues": ("due_on", "issued_on", "period_start", "period_end"),
    "accounts": (),
}
_NUMBERS: Final = {"item_id": "int64", "amount_cents": "int64", "open_cents": "int64"}


def read_table(folder: Path, name: str) -> pd.DataFrame:
    """Reads one table: cents as int64, dates as datetime64 (NaT when missing), missing text ""."""
    dates = _DATES[name]
    names = pd.read_csv(folder / f"{name}.csv", nrows=0).columns
    types = {n: _NUMBERS.get(n, "str") for n in names if n not in dates}
    missing = {column: [""] for column in dates}
    frame = pd.read_csv(
        folder / f"{name}.csv", dtype=types, keep_default_na=False, na_values=missing,
        parse_dates=list(dates), date_format="%Y-%m-%d",
    )  # fmt: skip
    for column in dates:
        frame[column] = frame[column].astype("datetime64[s]")
    return frame


def read_inputs(folder: Path) -> MatchInputs:
    """Reads what the engine needs; nothing was validated or refused before."""
    return MatchInputs(
        movements=read_table(folder, "movements"),
        dues=read_table(folder, "dues"),
        accounts=read_table(folder, "accounts"),
    )
