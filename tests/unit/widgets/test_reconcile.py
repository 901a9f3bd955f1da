"""Rapprocher without a browser: what is shown, what a key does, and what must not happen."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from pathlib import Path

import ipywidgets
import pytest

from tests import small_office
from workbench.domain.errors import LedgerError
from workbench.ledger import views
from workbench.ledger.store import Ledger, open_ledger
from workbench.pipeline import reconciling, sampling
from workbench.widgets.parts import is_hidden
from workbench.widgets.reconcile import Reconcile
from workbench.widgets.session import Session

AS_OF = date(2026, 10, 31)
AT = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)


class Office:
    """A ledger that screens open, and that can go away."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_gone = False

    def session(self, actor: str = "C. Ardouin") -> Session:
        return Session(
            reading=self.opens(read_only=True), writing=self.opens(read_only=False), actor=actor,
            now=lambda: AT, as_of=lambda: AS_OF,
        )  # fmt: skip

    def opens(self, *, read_only: bool) -> Callable[[], AbstractContextManager[Ledger]]:
        def opened() -> AbstractContextManager[Ledger]:
            if self.is_gone:
                raise LedgerError("le registre ne répond pas")
            return open_ledger(self.url, read_only=read_only)

        return opened

    def actions(self) -> list[str]:
        with open_ledger(self.url, read_only=True) as ledger:
            return [a for a in views.journal(ledger)["action"] if a not in ("import", "match")]


@pytest.fixture
def office(sqlite_url: str) -> Office:
    with small_office.office(sqlite_url) as ledger:
        reconciling.reconcile(ledger, as_of=AS_OF, actor="moteur", at=AT)
    return Office(sqlite_url)


@pytest.fixture
def screen(office: Office) -> Reconcile:
    return Reconcile(office.session(), building_id="B1")


def key(screen: Reconcile, name: str, *, subject: str | None = None) -> None:
    meant = screen.page.subject if subject is None else subject
    screen.page.receive(None, {"kind": "key", "key": name, "subject": meant}, ())


def answer(screen: Reconcile, name: str = "", text: str = "") -> None:
    actions = screen.deciding.actions
    message = {"kind": "answer", "name": name, "text": text, "subject": actions.subject}
    actions.receive(None, message, ())


def rows(screen: Reconcile) -> dict[str, str]:
    """What stands under each name of the list."""
    return {row["id"]: row["cells"][1]["under"] for row in screen.list.table.rows}


def buttons(screen: Reconcile) -> dict[str, bool]:
    return {b["name"]: not b["disabled"] for b in screen.deciding.actions.buttons}


def texts(widget: ipywidgets.Widget) -> list[str]:
    """Every markup that a widget shows, or could."""
    found = [str(widget.value)] if isinstance(widget, ipywidgets.HTML) else []
    for child in getattr(widget, "children", ()):
        found += texts(child)
    return found


def is_searching(screen: Reconcile) -> bool:
    return screen.case.searching


def told(screen: Reconcile) -> str:
    return str(screen.deciding.notice.value) + str(screen.deciding.said.value)


def test_the_list_says_what_is_missing_and_the_first_is_looked_at(screen: Reconcile) -> None:
    words = "20,00\u00a0€ de moins que dû"
    assert rows(screen) == {"M-ait-2": words, "M-ait": words}
    assert screen.list.table.chosen == "M-ait-2"
    assert screen.list.filters["different"].description == "▲ Écarts 2"
    assert screen.list.filters[""].description == "Tous 2"
    assert "3 sur 5" in screen.place.progress.value
    assert "2 à traiter" in screen.place.progress.value
    assert "861,00" in screen.place.progress.value
    assert "Proposé, pas accepté" in screen.case.head.value
    assert "Pourquoi 102" in screen.case.why.value
    assert buttons(screen) == {
        "accept": True, "reject": True, "allocate": True, "on_account": True, "aside": True,
        "undo": False,
    }  # fmt: skip


def test_enter_accepts_and_the_next_comes_by_itself_in_its_place(
    screen: Reconcile, office: Office
) -> None:
    before = list(rows(screen))
    key(screen, "Enter")
    assert list(rows(screen)) == before, "nothing moves"
    assert rows(screen)["M-ait-2"] == "accepté · 102"
    assert screen.list.table.chosen == "M-ait"
    assert "Accepté" in told(screen)
    assert "1 par vous" in screen.place.progress.value
    assert screen.recent.table.rows[0]["cells"][0] != ""
    assert office.actions()[-1] == "accept"


def test_a_key_meant_for_the_movement_before_does_nothing(
    screen: Reconcile, office: Office
) -> None:
    meant = screen.page.subject
    key(screen, "Enter", subject=meant)
    key(screen, "Enter", subject=meant)
    press = {"kind": "press", "name": "accept", "subject": meant}
    screen.deciding.actions.receive(None, press, ())
    assert office.actions().count("accept") == 1


def test_arrows_choose_and_stop_at_the_ends(screen: Reconcile) -> None:
    key(screen, "ArrowDown")
    assert screen.list.table.chosen == "M-ait"
    key(screen, "ArrowDown")
    assert screen.list.table.chosen == "M-ait"
    key(screen, "ArrowUp")
    assert screen.list.table.chosen == "M-ait-2"


def test_undo_asks_why_and_puts_the_row_back(screen: Reconcile, office: Office) -> None:
    key(screen, "Enter")
    key(screen, "Z")
    assert screen.deciding.actions.asking
    key(screen, "Enter")
    assert office.actions().count("accept") == 1, "keys do nothing while something is asked"
    answer(screen)
    assert "Dire pourquoi" in told(screen)
    assert screen.deciding.actions.asking, "the question stays"
    answer(screen, "wrong_account", "c'est sa sœur")
    assert office.actions()[-1] == "undo"
    assert rows(screen)["M-ait-2"].startswith("20,00")
    with open_ledger(office.url, read_only=True) as ledger:
        assert "mauvais compte : c'est sa sœur" in views.journal(ledger)["data"].iloc[-1]


def test_escape_gives_a_question_up(screen: Reconcile, office: Office) -> None:
    key(screen, "I")
    screen.page.receive(None, {"kind": "escape"}, ())
    assert not screen.deciding.actions.asking
    assert "set_aside" not in office.actions()[1:]


def test_setting_aside_with_a_ready_reason(screen: Reconcile, office: Office) -> None:
    key(screen, "I")
    answer(screen, "not_ours")
    assert office.actions()[-1] == "set_aside"
    assert rows(screen)["M-ait-2"].startswith("écarté")
    key(screen, "Z")
    answer(screen, "slip")
    assert rows(screen)["M-ait-2"].startswith("20,00")


def test_rejecting_stays_on_the_movement(screen: Reconcile) -> None:
    key(screen, "R")
    assert screen.list.table.chosen == "M-ait-2"
    assert rows(screen)["M-ait-2"] == "à identifier"
    assert not buttons(screen)["accept"]


def test_the_rest_goes_on_account(screen: Reconcile, office: Office) -> None:
    key(screen, "P")
    assert office.actions()[-1] == "on_account"
    assert "M-ait-2" in rows(screen)


def test_another_account_is_searched_and_accepted(screen: Reconcile, office: Office) -> None:
    key(screen, "R")
    key(screen, "C")
    assert is_searching(screen)
    screen.case.find.type("ait")
    assert [row["cells"][1] for row in screen.case.found.rows] == ["M. Aït"]
    screen.case.find.receive(None, {"kind": "enter", "text": "ait"}, ())
    assert not is_searching(screen)
    assert buttons(screen)["accept"]
    assert [row["cells"][4] for row in screen.case.dues.rows] == ["430,50", "–"]
    key(screen, "Enter")
    assert office.actions()[-1] == "link"


def test_while_an_account_is_searched_no_key_decides(screen: Reconcile, office: Office) -> None:
    before = office.actions()
    key(screen, "C")
    for name in ("Enter", "R", "P"):
        key(screen, name)
    assert office.actions() == before
    screen.page.receive(None, {"kind": "escape"}, ())
    key(screen, "Enter")
    assert office.actions()[-1] == "accept"


def test_ticking_changes_what_will_be_settled(screen: Reconcile) -> None:
    first, second = (row["id"] for row in screen.case.dues.rows)
    dues = screen.case.dues
    dues.receive(None, {"kind": "check", "id": first, "key": "tick", "checked": False}, ())
    assert not buttons(screen)["accept"]
    dues.receive(None, {"kind": "check", "id": second, "key": "tick", "checked": True}, ())
    assert [row["cells"][4] for row in dues.rows] == ["–", "50,00"]
    assert "380,50" in screen.case.dues_foot.value


def test_the_second_auditor_is_told_in_place(screen: Reconcile, office: Office) -> None:
    other = Reconcile(office.session("L. Verane"), building_id="B1")
    key(screen, "Enter")
    key(other, "Enter")
    assert office.actions().count("accept") == 1
    assert "Déjà décidé" in told(other)
    assert "C. Ardouin a rapproché ce mouvement le 03/11/2026" in told(other)
    assert "sur le compte 102" in told(other)
    assert "C. Ardouin traite aussi cet immeuble" in other.place.head.value
    assert other.list.table.chosen == "M-ait-2", "the position is kept"
    assert rows(other)["M-ait-2"] == "décidé ailleurs"
    key(other, "ArrowDown")
    assert other.list.table.chosen == "M-ait"
    assert "Déjà décidé" not in told(other)


def test_a_ledger_that_goes_away_is_told_and_the_screen_goes_on(
    screen: Reconcile, office: Office
) -> None:
    office.is_gone = True
    for name in ("ArrowDown", "Enter", "2", "C"):
        key(screen, name)
    assert "Le registre ne répond pas" in told(screen)
    office.is_gone = False
    screen.place.refresh.click()
    assert "ne répond pas" not in told(screen)
    key(screen, "Enter")
    assert office.actions()[-1] == "accept"


def test_an_empty_ledger_says_what_to_do(sqlite_url: str) -> None:
    with open_ledger(sqlite_url, create=True):
        pass
    empty = Reconcile(Office(sqlite_url).session())
    assert "importer d'abord" in empty.deciding.notice.value.replace("&#x27;", "'")


def test_filters_and_search_say_what_they_hide(screen: Reconcile) -> None:
    screen.list.filters["partial"].click()
    assert screen.list.table.empty_title == "Aucun mouvement pour ces filtres."
    assert screen.list.foot.value == "2 masqués par les filtres"
    screen.list.table.receive(None, {"kind": "empty"}, ())
    screen.list.search.type("430,50 KÂRIM")
    assert list(rows(screen)) == ["M-ait"]
    screen.page.receive(None, {"kind": "escape"}, ())
    assert len(rows(screen)) == 2


def test_when_all_is_done_it_says_so(screen: Reconcile) -> None:
    for _ in range(2):
        key(screen, "I")
        answer(screen, "not_ours")
    assert "Tout est rapproché pour octobre 2026" in screen.case.head.value
    assert not any(buttons(screen)[name] for name in ("accept", "reject", "aside"))
    assert buttons(screen)["undo"]
    key(screen, "C")
    key(screen, "T")
    key(screen, "E")
    assert not screen.case.searching


def test_proposals_of_a_class_are_accepted_after_being_seen(office: Office) -> None:
    screen = Reconcile(office.session(), building_id="B2")
    screen.list.together.click()
    assert [row["id"] for row in screen.together.table.rows] == ["M-quai"]
    assert screen.together.accept.description == "Accepter 1 proposition, 800,00\u00a0€"
    screen.together.accept.click()
    assert office.actions()[-1] == "accept"
    assert rows(screen)["M-quai"].startswith("accepté")


def test_a_drawn_link_is_judged(office: Office) -> None:
    with open_ledger(office.url) as ledger:
        sampling.draw(ledger, building_id="B1", size=2, actor="x", at=AT)
    screen = Reconcile(office.session(), building_id="B1")
    screen.list.filters["to_check"].click()
    screen.list.table.step(1)
    assert screen.deciding.actions.buttons[0]["words"] == "Juste"
    key(screen, "Enter")
    assert office.actions()[-1] == "check"
    screen.list.filters["to_check"].click()
    screen.list.table.step(1)
    key(screen, "R")
    answer(screen, "wrong_account")
    assert office.actions()[-2:] == ["undo", "check"]


def test_the_two_sides_open_for_the_account_and_come_back(screen: Reconcile) -> None:
    key(screen, "T")
    assert screen.sides is not None
    assert screen.page.letters == list(screen.sides.keys)
    screen.page.receive(None, {"kind": "escape"}, ())
    assert "Enter" in screen.page.letters
    assert "R" in screen.page.letters
    assert screen.list.table.chosen == "M-ait-2"


def test_help_lists_the_keys(screen: Reconcile) -> None:
    assert is_hidden(screen.help)
    key(screen, "?")
    assert not is_hidden(screen.help)
    for name in screen.page.letters:
        shown = {"Enter": "Entrée", "ArrowUp": "↑", "ArrowDown": "↓"}.get(name, name)
        assert shown in screen.help.value or name in "234"


def test_hostile_texts_are_texts(sqlite_url: str, tmp_path: Path) -> None:
    evil = '<img src=x onerror="alert(1)">'
    with small_office.office(sqlite_url) as ledger:
        odd = small_office.entry(9, 10_000, evil, counterparty=evil)
        small_office.store_file(
            ledger, [small_office.statement(small_office.IBAN_1, odd, number="11")], name="e.xml"
        )
        reconciling.reconcile(ledger, as_of=AS_OF, actor=evil, at=AT)
    screen = Reconcile(Office(sqlite_url).session(evil), building_id="B1")
    screen.list.table.receive(None, {"kind": "choose", "id": f"M-{evil}"}, ())
    assert screen.list.table.chosen == f"M-{evil}"
    shown = texts(screen.widget)
    assert any("&lt;img" in value for value in shown)
    assert not [value for value in shown if "<img src=x" in value]


def test_unknown_building_is_told(office: Office) -> None:
    screen = Reconcile(office.session(), building_id="B9")
    assert "Immeuble inconnu" in screen.deciding.notice.value


def test_a_ledger_that_is_not_there_is_said_where_one_looks(sqlite_url: str) -> None:
    def nothing() -> AbstractContextManager[Ledger]:
        return open_ledger(sqlite_url, read_only=True)

    session = Session(reading=nothing, writing=nothing, actor="x", now=lambda: AT, as_of=AT.date)
    shown = Reconcile(session).case
    told = [each.value for each in vars(shown).values() if isinstance(each, ipywidgets.HTML)]
    assert any("Le registre ne s’ouvre pas." in text for text in told)
