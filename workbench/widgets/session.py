"""Who works on which ledger, and what day it is: what every interactive screen is given.

A screen keeps no connection: the ledger is opened anew for each reading and each decision, so that
one that went away and came back needs no new page.
"""

import getpass
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from workbench.domain.dates import DateError, parse_date
from workbench.domain.errors import ParameterError
from workbench.ledger.store import Ledger, open_ledger

# What a server hands to the kernels it starts, see `runs.dashboard`.
AS_OF_VARIABLE: Final = "WORKBENCH_AS_OF"


@dataclass(frozen=True, slots=True)
class Session:
    """What a screen needs of the world.

    Attributes:
        reading: opens the ledger read-only; closed by leaving it.
        writing: opens it for a decision.
        actor: who works, written on every decision.
        now: the moment, aware and in UTC.
        as_of: the business day.
    """

    reading: Callable[[], AbstractContextManager[Ledger]]
    writing: Callable[[], AbstractContextManager[Ledger]]
    actor: str
    now: Callable[[], datetime]
    as_of: Callable[[], date]


def open_session(*, as_of: str = "") -> Session:
    """Returns a session on the ledger of `WORKBENCH_LEDGER`; opens nothing yet.

    Args:
        as_of: business day, ISO or French; "" takes `WORKBENCH_AS_OF`, else today, anew at each
            call. One that is no date raises `ParameterError` when it is asked for.

    Source: CONTRACT, Where things live.
    """
    given = as_of or os.environ.get(AS_OF_VARIABLE, "")

    def day() -> date:
        if not given:
            return datetime.now(tz=UTC).astimezone().date()
        try:
            return parse_date(given)
        except DateError as error:
            raise ParameterError(f"date « {given} » : {error}") from None

    return Session(
        reading=lambda: open_ledger(read_only=True),
        writing=open_ledger,
        actor=os.environ.get("JUPYTERHUB_USER") or getpass.getuser(),
        now=lambda: datetime.now(tz=UTC),
        as_of=day,
    )
