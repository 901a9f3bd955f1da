import pandas as pd
import pytest

from tests.unit.widgets.invented import (
    FORMULA,
    HOSTILE,
    READ_AT,
    debtors,
    portfolio_data,
)
from workbench.domain.errors import LedgerError
from workbench.widgets.page import Page
from workbench.widgets.parts import Notice
from workbench.widgets.portfolio import PortfolioView, as_of_words, debtors_csv


class Screen:
    """A view with its data, and what it asked for."""

    def __init__(self, **changes: object) -> None:
        self.opened: list[str] = []
        self.saved: list[tuple[str, bytes]] = []
        self.failure: Exception | None = None
        page = Page(on_escape=lambda: None)
        page.download = self._save  # type: ignore[method-assign]
        self.view = PortfolioView(page=page, on_open=self.opened.append, on_refresh=self._read)
        self.data = portfolio_data(**changes)  # type: ignore[arg-type]
        self.view.show(self.data, read_at=READ_AT)

    def _save(self, name: str, content: bytes, *, mime: str) -> None:
        assert mime == "text/csv"
        self.saved.append((name, content))

    def _read(self) -> None:
        if self.failure:
            raise self.failure
        self.view.show(self.data, read_at=READ_AT)

    @property
    def names(self) -> list[str]:
        return [row["cells"][0]["text"] for row in self.view.table.rows]

    @property
    def text(self) -> str:
        view = self.view
        parts = (view.head, view.figures, view.charts, view.count, view.notice)
        return " ".join(part.value for part in parts)


def test_largest_debtors_first_with_their_total() -> None:
    screen = Screen()
    assert screen.names[:2] == ["SCI Aubépine-Nord", "Tissandreau Julien"]
    assert len(screen.names) == 12
    owed = int(debtors()["owed_cents"].sum())
    assert screen.view.table.total[0] == "Total, 47 débiteurs"
    assert screen.view.table.total[2].replace("\u00a0", "").replace(",", "") == str(owed)


def test_figures_say_what_they_are_of() -> None:
    text = Screen().text.replace("\u00a0", " ")
    assert "47 comptes sur 251" in text
    assert "4 335 € de moins qu’au 31/10/2026" in text
    assert "72 071 €" in text, "over 90 days: 25 190,03 + 24 490,30 + 22 391,14"
    assert "93,5 %" in text
    assert "objectif 95 %, 2 immeubles dessous" in text
    assert "24 mouvements" in text


def test_search_finds_without_accents_case_or_order() -> None:
    screen = Screen()
    screen.view.search.value = "nord AUBEPINE"
    assert screen.names[0] == "SCI Aubépine-Nord"
    assert all("Aubépine" in name for name in screen.names)
    screen.view.search.value = "45000003"
    assert screen.names == ["Mérignargues Luc"]


def test_a_search_is_words_and_not_a_pattern() -> None:
    screen = Screen()
    screen.view.search.value = ".*"
    assert screen.names == []
    assert screen.view.table.empty_title == "Aucun débiteur pour ces filtres."


def test_the_count_says_how_many_are_hidden() -> None:
    screen = Screen()
    assert "masqué" not in screen.text
    screen.view.building.value = "C1"
    assert "12 sur 47" in screen.text
    assert "35 masqués" in screen.text
    screen.view.reset.click()
    assert screen.view.building.value == ""
    assert screen.view.table.count == 47


def test_old_debts_are_older_than_the_limit() -> None:
    frame = debtors(3)
    days = [pd.Timestamp("2026-10-21"), pd.Timestamp("2026-10-22"), pd.NaT]
    frame["oldest_due_on"] = pd.Series(days).astype("datetime64[s]")
    screen = Screen(owing=frame)
    screen.view.since.value = 30
    assert [row["id"] for row in screen.view.table.rows] == ["A000"], "31 days, not 30"


def test_small_debts_and_waiting_payments_are_filters() -> None:
    frame = debtors(4)
    frame["owed_cents"] = [300_00, 100_01, 100_00, 5]
    screen = Screen(owing=frame)
    screen.view.small.value = True
    assert screen.view.table.count == 2, "100,00 € is not more than 100 €"
    screen.view.waiting.value = True
    assert screen.view.table.count == 0
    screen.view.small.value = False
    assert [row["id"] for row in screen.view.table.rows] == ["A003"]


def test_reading_again_keeps_filters_page_and_order() -> None:
    screen = Screen()
    screen.view.small.value = True
    screen.view.table.sort("holder")
    screen.view.table.turn(3)
    before = screen.names
    screen.view.refresh.click()
    assert (screen.names, screen.view.table.page, screen.view.small.value) == (before, 3, True)


def test_a_building_that_went_away_is_no_filter_any_more() -> None:
    screen = Screen()
    screen.view.building.value = "R2"
    buildings = screen.data.buildings.iloc[:3]
    rest = {
        name: getattr(screen.data, name) for name in screen.data.__slots__ if name != "buildings"
    }
    screen.view.show(type(screen.data)(buildings=buildings, **rest), read_at=READ_AT)
    assert screen.view.building.value == ""


def test_an_error_is_told_in_place_and_what_was_shown_stays() -> None:
    screen = Screen()
    before = screen.names
    screen.failure = LedgerError("le registre ne répond pas (disque absent)")
    screen.view.refresh.click()
    assert "Le registre ne répond pas (disque absent)." in screen.text
    assert screen.names == before
    screen.failure = None
    screen.view.refresh.click()
    assert "ne répond pas" not in screen.text


def test_an_unexpected_error_is_told_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    screen = Screen()
    screen.failure = RuntimeError("secret of the office")
    screen.view.refresh.click()
    assert "Cette action n’a pas abouti." in screen.text
    assert "secret" not in screen.text
    assert "secret of" in caplog.text, "the log has it"


def test_nobody_owing_and_nobody_at_all_are_told_apart() -> None:
    screen = Screen(owing=debtors(1).iloc[:0])
    assert screen.view.table.empty_title == "Personne ne doit rien à cette date."


def test_strangers_texts_stay_texts() -> None:
    frame = debtors(3)
    frame.loc[0, ["holder", "building", "lots"]] = HOSTILE
    screen = Screen(owing=frame)
    assert "<script" not in screen.text
    assert "<img src=x" not in screen.text
    # The table writes cells by textContent (tests/browser proves it): there they are as they are.
    assert screen.names[0] == HOSTILE


def test_the_export_has_every_filtered_debtor_and_no_formula() -> None:
    frame = debtors(30)
    frame.loc[0, "holder"] = FORMULA
    screen = Screen(owing=frame)
    screen.view.building.value = "C1"
    screen.view.export.click()
    ((name, content),) = screen.saved
    lines = content.decode("utf-8-sig").split("\r\n")
    assert name == "debiteurs-2026-11-21.csv"
    assert len(lines) == 1 + 8 + 1
    assert "'=HYPERLINK" in lines[1]
    assert ";18732,40;" in lines[1]
    assert debtors_csv(frame.iloc[:0]).count(b"\r\n") == 1


def test_the_head_says_the_business_date_and_when_it_was_read() -> None:
    data = portfolio_data()
    local = READ_AT.astimezone()
    assert as_of_words(data.as_of, READ_AT) == f"au 21/11/2026, lu à {local:%H:%M}"
    earlier = as_of_words(data.as_of.replace(day=1), READ_AT)
    assert earlier == f"au 01/11/2026, lu le 21/11/2026 à {local:%H:%M}"


def test_a_notice_clears_after_a_success() -> None:
    notice = Notice()
    notice.guard(lambda: 1 // 0)  # type: ignore[arg-type]
    assert "n’a pas abouti" in notice.value
    notice.guard(lambda: None)
    assert notice.value == ""
