"""Which buildings of a run are done: the run's side of the marks in the ledger's journal.

Nothing here reads or judges the books themselves.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from workbench.domain.dates import Period, timestamp
from workbench.ledger.journal import Head
from workbench.ledger.store import open_ledger
from workbench.pipeline import marks
from workbench.runs.building import BuildingOutcome
from workbench.runs.output import building_folder_name


class Marks(Protocol):
    """The done marks of one period: `LedgerMarks`, or a test's."""

    def fingerprint(self, building_id: str, *, made_with: str) -> str:
        """Returns what changes whenever the building's month-end would come out otherwise."""

    def done(self, building_id: str, fingerprint: str) -> BuildingOutcome | None:
        """Returns what was made from that fingerprint; None when the last mark has another."""

    def record(self, fingerprint: str, outcome: BuildingOutcome) -> None:
        """Appends the mark of what was made."""

    def close(self) -> None:
        """Closes the ledger."""


class LedgerMarks:
    """The marks of one period in a ledger."""

    def __init__(self, ledger_url: str, period: Period, *, actor: str, at: datetime) -> None:
        """Opens the ledger.

        Raises:
            LedgerError: see `open_ledger`.
        """
        self._ledger = open_ledger(ledger_url)
        self._period = period
        self._actor = actor
        self._at = at

    def fingerprint(self, building_id: str, *, made_with: str) -> str:
        """Returns the fingerprint of the building's books, the month, and `made_with`."""
        return marks.fingerprint(self._ledger, building_id, self._period, version=made_with)

    def done(self, building_id: str, fingerprint: str) -> BuildingOutcome | None:
        """Returns what the building's last mark says, when it has this fingerprint."""
        mark = marks.month_end_done(self._ledger, building_id=building_id, period=self._period)
        if mark is None or mark.fingerprint != fingerprint:
            return None
        return BuildingOutcome(
            building_id=building_id,
            notebook_sha256=mark.notebook_sha256,
            html_sha256=mark.html_sha256,
        )

    def record(self, fingerprint: str, outcome: BuildingOutcome) -> None:
        """Appends the mark to the journal."""
        mark = marks.DoneMark(
            fingerprint=fingerprint,
            notebook_sha256=outcome.notebook_sha256,
            html_sha256=outcome.html_sha256,
            # Relative to --out: the folder's own place is nobody's business but this machine's.
            path=f"{self._period}/{building_folder_name(outcome.building_id)}",
            head=Head(outcome.journal_seq, outcome.journal_hash),
            at=timestamp(self._at),
        )
        marks.record_month_end(
            self._ledger,
            building_id=outcome.building_id,
            period=self._period,
            mark=mark,
            actor=self._actor,
            at=self._at,
        )

    def close(self) -> None:
        """Closes the ledger."""
        self._ledger.close()


def made_with(*, notebook: Path, parameters: Mapping[str, str]) -> str:
    """Returns a hash of what a result depends on beside the books.

    Args:
        notebook: the notebook to execute, whose text counts.
        parameters: the further parameters.
    """
    parts = {
        "notebook": hashlib.sha256(notebook.read_bytes()).hexdigest(),
        "parameters": dict(parameters),
        "version": version("workbench"),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
