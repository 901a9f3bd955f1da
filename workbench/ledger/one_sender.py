"""One sender of mails at a time: what it holds is gone with its process, however that ends.

So who holds it knows that a mail which is still `sending` has lost its sender. Nothing is sent
twice without it either: a mail is claimed under the writers' lock (`outbox`).
Source: docs/decisions/0020-outbox.md.
"""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from workbench.domain.errors import LedgerError
from workbench.ledger.store import Ledger

_LOCK_KEY: Final = 7_265_741_102  # beside that of `store`
_PAUSE: Final = 0.1
_BUSY: Final = "un autre envoi est en cours dans ce registre : attendre qu'il ait fini"


@contextmanager
def alone(ledger: Ledger, *, patience_seconds: float = 0) -> Iterator[None]:
    """Holds what only one sender at a time can hold; gone with its process, however it ends.

    Args:
        ledger: opened.
        patience_seconds: how long to wait for it: who only looks holds it for a moment too.

    Raises:
        LedgerError: another sender holds it.
    """
    hold = _sqlite_hold if ledger.is_sqlite else _server_hold
    with hold(ledger, patience_seconds):
        yield


def is_somebody_sending(ledger: Ledger) -> bool:
    """Tells whether a sender is at work."""
    try:
        with alone(ledger):
            return False
    except LedgerError:
        return True


@contextmanager
def _sqlite_hold(ledger: Ledger, patience: float) -> Iterator[None]:
    """Holds an empty database beside the ledger: a lock of every system, freed by the system."""
    connection = sqlite3.connect(
        f"{ledger.url.database}-sending", timeout=patience, isolation_level=None,
        check_same_thread=False,
    )  # fmt: skip
    try:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            busy = "locked" in str(error)
            raise LedgerError(_BUSY if busy else f"impossible d'envoyer d'ici ({error})") from error
        yield
    finally:
        connection.close()


@contextmanager
def _server_hold(ledger: Ledger, patience: float) -> Iterator[None]:
    with ledger.engine.connect() as connection:
        # Outside a transaction: the lock is the session's.
        connection.execution_options(isolation_level="AUTOCOMMIT")
        key = {"key": _LOCK_KEY}
        asked = text("SELECT pg_try_advisory_lock(:key)")
        while not connection.execute(asked, key).scalar_one():
            if patience <= 0:
                raise LedgerError(_BUSY)
            patience -= _PAUSE
            time.sleep(_PAUSE)
        try:
            yield
        finally:
            # A connection that was lost holds nothing any more.
            with suppress(DBAPIError):
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), key)
