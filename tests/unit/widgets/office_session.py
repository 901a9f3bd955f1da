"""A session on the small office, for the screens that write."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from tests import small_office
from workbench.domain.errors import LedgerError
from workbench.ledger.store import Ledger, open_ledger
from workbench.widgets.session import Session

AS_OF = date(2026, 11, 3)
AT = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)


class Office:
    """The office's ledger, which may go away, and the sessions of those who work on it."""

    def __init__(self, template: Path, folder: Path) -> None:
        self.url = small_office.copy_ledger(template, folder / "ledger.db")
        self.is_away = False

    @contextmanager
    def opened(self) -> Iterator[Ledger]:
        """Opens the ledger, as a screen does for each click."""
        if self.is_away:
            raise LedgerError("le registre ne répond pas")
        with open_ledger(self.url) as ledger:
            yield ledger

    def session(self, actor: str = "C. Ardouin") -> Session:
        """Returns the session of a person."""
        return Session(
            reading=self.opened, writing=self.opened, actor=actor, now=lambda: AT,
            as_of=lambda: AS_OF,
        )  # fmt: skip
