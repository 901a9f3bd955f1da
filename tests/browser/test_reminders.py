"""The reminders' screens in JupyterLab: configure, dry run, send, be paid in part, start again.

With WORKBENCH_PICTURES=1 the pictures of the guide are taken anew.
"""

import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import mail_servers, office_to_remind
from tests.served_lab import PATIENCE, Lab, served_lab
from workbench.ledger import reminding, verification, views
from workbench.ledger.store import open_ledger

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
AS_OF = "2026-03-05"
HOSTILE = "<img src=x onerror=\"window.hacked='name'\"><script>window.hacked='s'</script>"
MAIL = """
[office]
name = "Cabinet Ardouin-Verane"
lines = ["syndic de copropriété", "4 place des Charmes", "69990 Valbourg"]
place = "Valbourg"
signatory = "C. Ardouin, gestionnaire"

[mail]
host = "127.0.0.1"
port = {port}
security = "none"
sender = "Cabinet Ardouin-Verane <gestion@cabinet.example>"
"""


def fill(url: str) -> None:
    """Makes two buildings: 101 and 103 are late, 102 owes little, the tenant 201 has a mail."""
    tables = office_to_remind.TABLES
    owners = [
        {"account_id": name, "building_id": "B1", "holder": holder, "kind": "coowner",
         **office_to_remind.ADDRESS}
        for name, holder in (("102", "M. Aït"), ("103", "Mme Bréhon"), ("104", HOSTILE))
    ]  # fmt: skip
    dues = [
        {"due_id": f"D{name}", "account_id": name, "kind": "call", "amount_cents": cents,
         "due_on": date(2026, 2, 20), "call_id": "C1", "label": "Appel T1"}
        for name, cents in (("102", 130_00), ("103", 500_00), ("104", 410_00))
    ]  # fmt: skip
    office_to_remind.make(
        url, accounts=[*tables["accounts"], *owners], dues=[*tables["dues"], *dues]
    )


@pytest.fixture(scope="module")
def post() -> Iterator[mail_servers.Post]:
    """The office's mail server."""
    with mail_servers.post() as server:
        yield server


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A ledger of that office."""
    address = f"sqlite:///{tmp_path_factory.mktemp('reminders') / 'office.db'}"
    fill(address)
    return address


@pytest.fixture(scope="module")
def lab(
    url: str, post: mail_servers.Post, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Lab]:
    """A lab on it, on the day of the simple reminders."""
    config = tmp_path_factory.mktemp("config") / "workbench.toml"
    config.write_text(MAIL.format(port=post.port), encoding="utf-8")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("WORKBENCH_CONFIG", str(config))
        with served_lab(url, as_of=AS_OF, actor="C. Ardouin") as running:
            yield running


class Screen:
    """A screen of reminders, and what its visitor does."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator(".wb-reminders")
        expect(self.root).to_be_visible(timeout=PATIENCE)
        self.root.evaluate("element => element.scrollIntoView()")

    def press(self, name: str, *, exact: bool = True) -> None:
        self.root.get_by_role("button", name=name, exact=exact).locator("visible=true").click()

    def look(self, mode: str) -> None:
        self.root.locator(".wb-which button", has_text=mode).click()
        expect(self.root.locator(".wb-which .mod-active")).to_contain_text(mode, timeout=PATIENCE)

    def rows(self) -> Locator:
        return self.root.locator(".wb-lists tbody tr:visible")

    def row(self, words: str) -> Locator:
        return self.root.locator(".wb-lists tbody tr:visible", has_text=words)

    def reason(self, words: str) -> Locator:
        return self.root.locator(".wb-reasons tbody tr", has_text=words)

    def told(self, words: str) -> None:
        expect(self.root.locator(".wb-banner")).to_contain_text(words, timeout=PATIENCE)

    def place(self, selector: str) -> object:
        """Returns where a part of the screen stands in it."""
        return self.root.evaluate(
            """(root, selector) => {
                const from = root.getBoundingClientRect();
                const part = root.querySelector(selector).getBoundingClientRect();
                return [part.x - from.x, part.y - from.y, part.width, part.height].map(Math.round);
            }""",
            selector,
        )

    def picture(self, name: str, *, height: int = 800) -> None:
        """Takes what a window of this height shows of the screen."""
        if not os.environ.get("WORKBENCH_PICTURES"):
            return
        self.page.set_viewport_size({"width": 1280, "height": height})
        self.root.evaluate("element => element.scrollIntoView()")
        self.page.wait_for_timeout(500)
        box = self.root.bounding_box()
        assert box is not None
        # Lab's line at the bottom of the window is not ours.
        seen = min(box["height"], height - box["y"] - 26)
        self.page.screenshot(path=PICTURES / f"{name}.png", clip={**box, "height": seen})
        self.page.set_viewport_size({"width": 1280, "height": 800})


def choose(screen: Screen, label: str, value: str) -> None:
    """Types into the field that stands behind these words."""
    pair = screen.root.locator(".wb-pair:visible", has_text=label)
    pair.locator("input").first.fill(value)
    pair.locator("input").first.press("Tab")


def configure(screen: Screen) -> None:
    """A threshold of 120, then of 150: the history has both."""
    screen.told("Rien n’est encore réglé")
    expect(screen.root.locator(".wb-sheet img")).to_be_visible(timeout=PATIENCE)
    choose(screen, "Seuil", "120")
    screen.press("Enregistrer le type")
    screen.told("2 types enregistrés")
    choose(screen, "Seuil", "150")
    screen.press("Enregistrer le type")
    screen.told("Type enregistré")
    history = screen.root.locator(".wb-changes")
    expect(history).to_contain_text("seuil 120,00 → 150,00", timeout=PATIENCE)
    expect(history).to_contain_text("C. Ardouin")
    screen.picture("reminder-settings", height=1250)


def read_and_validate(screen: Screen) -> None:
    """The dry run, a letter on the screen, then three of the four leave."""
    screen.told("rien n’est parti, rien n’est écrit")
    expect(screen.rows()).to_have_count(4, timeout=PATIENCE)
    expect(screen.reason("Sous le seuil")).to_contain_text("130,00")
    screen.press("Lire les 4 lettres")
    expect(screen.root.locator(".wb-sheet img:visible")).to_be_visible(timeout=PATIENCE)
    screen.picture("reminders-letter", height=1000)
    screen.press("Retour aux listes")
    expect(screen.root.locator(".wb-lists")).to_be_visible(timeout=PATIENCE)
    place = screen.place(".wb-lists")
    screen.row("104").locator(".wb-check").uncheck()
    screen.press("Valider 3 lettres")
    screen.told("3 lettres validées : 3 relances simples")
    assert screen.place(".wb-lists") == place, "nothing moved"


def send(screen: Screen) -> None:
    """The mail by the server, the others by the post."""
    screen.look("Générées")
    expect(screen.row("M. Quai")).to_contain_text("en attente d’envoi", timeout=PATIENCE)
    screen.press("Envoyer 1 e-mail")
    screen.told("1 e-mail envoyé")
    screen.press("Marquer postées")
    screen.root.locator(".wb-form:visible .wb-primary").click()
    screen.told("2 lettres marquées postées le 05/03/2026")
    expect(screen.row("Mme Noé")).to_contain_text("envoyée", timeout=PATIENCE)
    screen.picture("reminders-sent")


def look_ahead(screen: Screen) -> None:
    """On the day of the formal notices: the one who paid in part gets none."""
    screen.press("Actualiser")
    screen.told("Essai à blanc")
    days = screen.root.locator(".wb-head select").first
    # Two on the business day: the payment comes after it.
    days.select_option("05/05/2026 · 2")
    screen.told("le 05/05/2026 n’est pas venu")
    screen.look("Partent ce jour")
    expect(screen.row("Mme Bréhon")).to_contain_text("mise en demeure", timeout=PATIENCE)
    expect(screen.row("Mme Noé")).to_have_count(0)
    screen.reason("Payé en partie").locator(".wb-link").click()
    expect(screen.row("Mme Noé")).to_contain_text("200,00", timeout=PATIENCE)
    expect(screen.row("Mme Noé")).to_contain_text("compteurs remis à zéro")
    screen.picture("reminders-partial")
    assert screen.page.evaluate("window.hacked") is None


def test_the_walk(browser: Browser, lab: Lab, url: str, post: mail_servers.Post) -> None:
    """Configure, dry run, send, receive a partial payment, see the counters reset."""
    configure(Screen(lab.open(browser, "reminder_settings.ipynb")))
    screen = Screen(lab.open(browser, "reminders.ipynb"))
    read_and_validate(screen)
    assert post.mails == []
    send(screen)
    assert [recipient for recipient, _ in post.mails] == ["quai@example.org"]
    office_to_remind.pay(url, "D101", 100_00, date(2026, 3, 10))
    look_ahead(screen)
    with open_ledger(url, read_only=True) as ledger:
        assert list(verification.broken_records(ledger)) == []
        made = reminding.reminders(ledger)
        assert set(made["account_id"]) == {"101", "103", "201"}
        assert set(made["actor"]) == {"C. Ardouin"}
        assert {"change", "remind", "post"} <= set(views.journal(ledger)["action"])


def test_a_reminder_is_sent_by_hand_and_taken_back(browser: Browser, lab: Lab, url: str) -> None:
    """By keys only: M opens the form, the name finds the account, Z takes the letter back."""
    screen = Screen(lab.open(browser, "reminders.ipynb"))
    screen.told("rien n’est parti")
    screen.root.locator(".wb-title").click()
    screen.page.keyboard.press("m")
    form = screen.root.locator(".wb-form:visible")
    expect(form.locator("input").first).to_be_focused(timeout=PATIENCE)
    screen.page.keyboard.type("aït")
    screen.page.keyboard.press("Enter")
    expect(form.locator("select").first).to_contain_text("102 M. Aït", timeout=PATIENCE)
    form.get_by_role("button", name="Envoyer la relance simple").click()
    screen.told("Relance simple du 05/03/2026, 130,00")
    screen.look("Générées")
    screen.row("M. Aït").locator(".wb-check").check()
    screen.page.keyboard.press("z")
    expect(screen.root.locator(".wb-form:visible input").first).to_be_focused(timeout=PATIENCE)
    screen.page.keyboard.type("payé hier")
    screen.press("Annuler 1 lettre")
    screen.told("1 lettre annulée")
    expect(screen.row("M. Aït")).to_contain_text("annulée", timeout=PATIENCE)
    with open_ledger(url, read_only=True) as ledger:
        made = reminding.reminders(ledger)
    assert made.loc[made["account_id"] == "102", "state"].tolist() == ["cancelled"]


def test_letters_typed_in_a_field_are_no_commands(browser: Browser, lab: Lab) -> None:
    """In Lab `dd` deletes the cell and `00` restarts the kernel: not from inside the screen."""
    screen = Screen(lab.open(browser, "reminders.ipynb"))
    cells = screen.page.locator(".jp-CodeCell").count()
    expect(screen.rows().first).to_be_visible(timeout=PATIENCE)
    screen.rows().first.press("d")
    expect(screen.root.locator(".wb-form:visible input")).to_be_focused(timeout=PATIENCE)
    screen.page.keyboard.type("dd00")
    screen.root.locator(".wb-title").click()
    screen.page.keyboard.press("/")
    expect(screen.root.locator(".wb-search input")).to_be_focused(timeout=PATIENCE)
    screen.page.keyboard.type("dd00")
    expect(screen.root.locator(".wb-lists .wb-empty:visible")).to_contain_text(
        "Aucun compte pour cette recherche", timeout=PATIENCE
    )
    assert screen.page.locator(".jp-CodeCell").count() == cells


def test_a_text_with_an_unknown_field_is_refused_where_it_stands(
    browser: Browser, lab: Lab
) -> None:
    screen = Screen(lab.open(browser, "reminder_settings.ipynb"))
    editor = screen.root.locator(".wb-text textarea")
    expect(editor).not_to_have_value("", timeout=PATIENCE)
    before = editor.input_value()
    editor.fill(before.replace("{{ montant }}", "{{ montent }}") + "\n\n{{ montent }}")
    editor.press("Tab")
    screen.press("Enregistrer le texte")
    notice = screen.root.locator(".wb-notice:visible")
    expect(notice).to_contain_text("le champ « montent » n’existe pas", timeout=PATIENCE)


def test_the_demo_has_something_to_remind_of(
    browser: Browser, demo_folder: Path, tmp_path: Path
) -> None:
    """The demo's first day of reminders, as the guide shows it."""
    copy = tmp_path / "demo.db"
    shutil.copyfile(demo_folder / "workbench.db", copy)
    with served_lab(f"sqlite:///{copy}", as_of="2026-11-05", actor="C. Ardouin") as running:
        screen = Screen(running.open(browser, "reminders.ipynb"))
        screen.told("C’est le premier essai")
        expect(screen.rows()).to_have_count(9, timeout=PATIENCE)
        expect(screen.reason("Relances en sommeil")).to_be_visible()
        assert screen.root.locator(".wb-months svg g").count() > 0
        screen.picture("reminders", height=1060)


def test_the_screens_fit_the_window(browser: Browser, lab: Lab) -> None:
    for notebook in ("reminders.ipynb", "reminder_settings.ipynb"):
        screen = Screen(lab.open(browser, notebook))
        expect(screen.root.locator("tbody tr").first).to_be_visible(timeout=PATIENCE)
        box = screen.root.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= 1280
        inside = screen.root.evaluate("element => element.scrollWidth <= element.clientWidth + 1")
        assert inside, notebook
