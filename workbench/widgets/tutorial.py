"""The tutorial's screens: Répartir on an invented account, in a ledger that goes away.

The notebook calls `open_tutorial`. Source: DOMAIN D5, D6, D7.
"""

from collections.abc import Sequence

import ipywidgets
import pandas as pd

from workbench.documents.html import Html, el
from workbench.domain.errors import ParameterError
from workbench.pipeline.deciding import Outcome
from workbench.pipeline.tutorial import ACCOUNT, AS_OF, AT, EXERCISES, Tutorial
from workbench.widgets.page import Page
from workbench.widgets.parts import box
from workbench.widgets.session import Session
from workbench.widgets.sides import SidesView


class Lesson:
    """The invented office and its three exercises.

    Each screen has an office of its own, where the exercises before are settled: running every cell
    solves nothing that the reader wants to try.
    """

    def __init__(self) -> None:
        """Makes the office that the solutions are shown on."""
        self.office = Tutorial()
        self._tried: list[Tutorial] = []

    def screen(self, row: str) -> ipywidgets.Box:
        """Returns the two sides of the tenant, to try oneself.

        Args:
            row: `D5`, `D6` or `D7`.

        Raises:
            ParameterError: no such exercise.
        """
        if row not in EXERCISES:
            raise ParameterError(f"exercice inconnu : {row} (au choix : {', '.join(EXERCISES)})")
        office = Tutorial()
        self._tried.append(office)
        for earlier in EXERCISES:
            if earlier == row:
                break
            office.solve(earlier)
        session = Session(
            reading=office.opened, writing=office.opened, actor="vous",
            now=lambda: AT, as_of=lambda: AS_OF,
        )  # fmt: skip
        view = SidesView(session, on_back=lambda: None)
        # There is nowhere to go back to.
        view.back.layout.display = "none"
        page = Page(on_escape=lambda: None, keys=view.keys)
        view.open(accounts=[ACCOUNT], movements=EXERCISES[row].movements)
        return box(page, view.widget, cls=("wb-screen",))

    def solve(self, row: str) -> Html:
        """Settles an exercise, and says what was written."""
        return _told(self.office.solve(row))

    def dues(self) -> pd.DataFrame:
        """Returns what is open, in euros; see `Tutorial.dues`."""
        return self.office.dues()

    def links(self) -> pd.DataFrame:
        """Returns what was written, in euros; see `Tutorial.links`."""
        return self.office.links()

    def close(self) -> None:
        """Takes the invented ledgers away; the kernel's end does so too."""
        for office in (self.office, *self._tried):
            office.close()


def _told(outcomes: Sequence[Outcome]) -> Html:
    return el("ol", *(el("li", outcome.words) for outcome in outcomes))


def open_tutorial() -> Lesson:
    """Makes the invented office of the tutorial."""
    return Lesson()
