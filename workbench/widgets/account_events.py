"""How one line of an account's history is told: its shape, when it was, and by whom."""

from datetime import UTC
from typing import Final

import pandas as pd
from pandas.api.typing import NaTType

from workbench.domain.dates import french_date
from workbench.widgets.portfolio import french_moment
from workbench.widgets.table import Row

_SIGNS: Final = {"done": "●", "undone": "○", "reversal": "↩", "fact": "●"}


def event_sign(row: Row) -> str:
    """Returns the shape of a line; `row` is of `AccountDetail.history`."""
    return _SIGNS[row["sign"]]


def event_when(row: Row) -> str:
    """Returns `07/11/2026 14:31 · C. Ardouin`, or the day alone where only that is known."""
    at: pd.Timestamp | NaTType = row["at"]
    when = (
        french_moment(at.to_pydatetime().replace(tzinfo=UTC))
        if isinstance(at, pd.Timestamp)
        else french_date(row["on"].date())
    )
    return f"{when} · {row['actor']}" if row["actor"] else when
