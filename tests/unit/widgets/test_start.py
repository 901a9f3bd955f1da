"""The home page without a browser: what it shows, and what it says when the ledger is away."""

from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests import small_office
from tests.unit.widgets.invented import hidden
from workbench.domain.errors import LedgerError
from workbench.ledger.store import Ledger, open_ledger
from workbench.widgets.session import Session
from workbench.widgets.start import NOTEBOOKS, Start, shortcuts

FOLDER = Path(__file__).parents[3] / "notebooks"
HOSTILE = "<img src=x onerror=alert(1)>"


class Office:
    """A ledger that may go away."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_away = False

    def reading(self) -> AbstractContextManager[Ledger]:
        if self.is_away:
            raise LedgerError("le registre ne répond pas")
        return open_ledger(self.url, read_only=True)

    def start(self, as_of: date = date(2026, 10, 31)) -> Start:
        return Start(
            Session(
                reading=self.reading, writing=self.reading, actor="C. Ardouin",
                now=lambda: datetime(2026, 11, 2, 7, 0, tzinfo=UTC), as_of=lambda: as_of,
            )
        )  # fmt: skip


@pytest.fixture
def office(sqlite_url: str) -> Office:
    with small_office.office(sqlite_url) as ledger:
        small_office.store_tables(
            ledger, buildings=[{"building_id": "B1", "name": HOSTILE, "kind": "coownership"}]
        )
        small_office.store_file(
            ledger, [small_office.statement(small_office.IBAN_1, number="11")], name=HOSTILE
        )
    return Office(sqlite_url)


def test_it_tells_what_waits_what_is_late_and_what_came(office: Office) -> None:
    page = office.start()
    assert not hidden(page.content)
    assert "C. Ardouin · au 31/10/2026" in page.head.value
    assert "<b>7</b>" in page.figures.value
    assert [row["id"] for row in page.table.rows] == ["B1", "B2", ""]
    assert "1 mouvement sur un compte inconnu" in page.late.value
    assert "octobre.xml" in page.files.value


def test_names_are_shown_and_are_no_markup(office: Office) -> None:
    page = office.start(as_of=date(2026, 12, 20))
    for told in (page.late.value, page.files.value, page.head.value, page.figures.value):
        assert HOSTILE not in told
    assert "&lt;img src=x" in page.files.value
    assert "&lt;img src=x" in page.late.value, "the building is late with its month"


def test_a_ledger_that_went_away_is_told_and_the_page_goes_on(office: Office) -> None:
    page = office.start()
    told = page.figures.value
    office.is_away = True
    page.refresh.click()
    assert "ne répond pas" in page.notice.value
    assert page.figures.value == told
    office.is_away = False
    page.refresh.click()
    assert hidden(page.notice)


def test_without_a_ledger_the_page_says_so_and_shows_no_figures(office: Office) -> None:
    office.is_away = True
    page = office.start()
    assert hidden(page.content)
    assert "ne répond pas" in page.notice.value


def test_every_notebook_has_its_shortcut_and_no_other() -> None:
    linked = [name for name, _, _ in NOTEBOOKS]
    there = {path.name for path in FOLDER.glob("*.ipynb")} - {"start.ipynb"}
    assert set(linked) == there
    assert len(set(linked)) == len(linked)
    assert all(f'href="{name}"' in shortcuts().markup for name in linked)
