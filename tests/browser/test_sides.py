"""Répartir and the account in JupyterLab: settle N against M, add dues, keep a rest, undo."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import small_office
from tests.served_lab import PATIENCE, Lab, served_lab, wait_idle
from tests.small_office import IBAN_2, entry, statement
from workbench.ledger import verification, views
from workbench.ledger.store import open_ledger

HOSTILE = "<img src=x onerror=\"window.hacked='label'\"><script>window.hacked='s'</script>"
RENTS = tuple(range(5, 11))


def fill(url: str) -> None:
    """Makes a tenant with six rents partly paid, and what he and we paid since."""
    with open_ledger(url, create=True) as ledger:
        small_office.store_tables(ledger, **small_office.PORTFOLIO)
        small_office.store_tables(
            ledger,
            accounts=[
                {"account_id": "1108", "building_id": "B2", "holder": "Mme Ostermane Lydie",
                 "kind": "tenant", "lots": "6", "aliases": "OSTERMANE"},
                {"account_id": "1109", "building_id": "B2", "holder": HOSTILE, "kind": "tenant"},
            ],
            dues=[
                {"due_id": f"L{month}", "account_id": "1108", "kind": "rent",
                 "amount_cents": 1_852, "due_on": date(2026, month, 5), "label": f"Loyer {month}"}
                for month in RENTS
            ]
            + [{"due_id": "L11", "account_id": "1108", "kind": "rent", "amount_cents": 86_052,
                "due_on": date(2026, 11, 5), "label": "Loyer novembre"},
               {"due_id": "H1", "account_id": "1109", "kind": "rent", "amount_cents": 10_000,
                "due_on": date(2026, 11, 5), "label": HOSTILE}],
        )  # fmt: skip
        small_office.store_file(
            ledger,
            [
                statement(
                    IBAN_2,
                    entry(12, 11_112, "index", counterparty="OSTERMANE"),
                    entry(14, 81_052, "loyer", counterparty="OSTERMANE"),
                    entry(15, -18_000, "chaudiere", counterparty="OSTERMANE"),
                    entry(16, 5_000, f"autre {HOSTILE}"),
                )
            ],
        )


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A ledger with that tenant."""
    address = f"sqlite:///{tmp_path_factory.mktemp('sides') / 'office.db'}"
    fill(address)
    return address


@pytest.fixture(scope="module")
def lab(url: str) -> Iterator[Lab]:
    """A lab on it."""
    with served_lab(url, as_of="2026-11-21", actor="C. Ardouin") as running:
        yield running


def opened(url: str) -> dict[str, int]:
    """Returns what is open of each due and movement."""
    with open_ledger(url, read_only=True) as ledger:
        dues, moved = views.dues(ledger), views.movements(ledger)
        assert list(verification.broken_records(ledger)) == []
    left = dict(zip(dues["due_id"], dues["open_cents"].tolist(), strict=True))
    return left | dict(zip(moved["movement_id"], moved["open_cents"].tolist(), strict=True))


class Desk:
    """The screen, and what its visitor does.

    Python answers in several messages: what it says, the sums, one list, the other. A click on a
    row that is being drawn again meets nothing, so whatever waits for a part of an answer waits
    for the rest too: the kernel is idle when all of it was drawn.
    """

    def __init__(self, page: Page) -> None:
        self.page = page

    def open_account(self, search: str) -> None:
        self.page.locator(".wb-choice .wb-search input").fill(search)
        row = self.page.locator(".wb-found tbody tr")
        expect(row).to_have_count(1, timeout=PATIENCE)
        wait_idle(self.page)
        row.locator(".wb-link").click()
        expect(self.page.locator(".wb-account .wb-title")).to_be_visible(timeout=PATIENCE)
        wait_idle(self.page)

    def open_sides(self) -> None:
        self.press("Répartir")
        expect(self.page.locator(".wb-remainder")).to_be_visible(timeout=PATIENCE)
        wait_idle(self.page)

    def press(self, name: str) -> None:
        self.page.locator(".wb-screen").get_by_role("button", name=name, exact=True).click()

    def check(self, side: str, words: str) -> None:
        row = self.page.locator(f".wb-{side} tbody tr", has_text=words).first
        expect(row.locator(".wb-check")).not_to_be_checked(timeout=PATIENCE)
        row.locator(".wb-check").click()
        expect(row.locator(".wb-check")).to_be_checked(timeout=PATIENCE)
        expect(row.locator(".wb-entry")).not_to_have_value("", timeout=PATIENCE)
        wait_idle(self.page)

    def remainder(self, words: str) -> None:
        figure = self.page.locator(".wb-remainder .wb-sum-figure").nth(2)
        # The whole amount: 180,00 ends like 0,00.
        expect(figure).to_have_text(re.compile(rf"^\D*{words}"), timeout=PATIENCE)
        wait_idle(self.page)

    def told(self, words: str) -> None:
        expect(self.page.locator(".wb-said")).to_contain_text(words, timeout=PATIENCE)
        wait_idle(self.page)

    def add(self, kind: str, label: str, amount: str) -> None:
        self.page.locator(".wb-due-kind select").select_option(label=kind)
        self.page.locator(".wb-due-label input").fill(label)
        self.page.locator(".wb-due-amount input").fill(amount)
        self.press("Ajouter et cocher")
        self.told("Échéance ajoutée et cochée")

    def undo_first(self, kind: str, reason: str) -> None:
        """Takes back the first decision of the account's history whose id begins with `kind`."""
        history = self.page.locator(".wb-undoable")
        # The account has been read again.
        expect(history).to_contain_text("annulé depuis la répartition", timeout=PATIENCE)
        wait_idle(self.page)
        offers = history.locator(
            f"tr[data-id^='{kind}']", has=self.page.locator("td .wb-link", has_text="Annuler")
        )
        if not offers.count():
            history.get_by_role("button", name="Suivante").click()
            expect(offers.first).to_be_visible(timeout=PATIENCE)
            wait_idle(self.page)
        taken = history.locator(f"tr[data-id='{offers.first.get_attribute('data-id')}']")
        # The question of the one before is closed; this one's comes with an empty field.
        question = self.page.locator(".wb-question")
        expect(question).to_be_hidden(timeout=PATIENCE)
        taken.locator(".wb-link").click()
        expect(question).to_be_visible(timeout=PATIENCE)
        wait_idle(self.page)
        question.locator("input").fill(reason)
        self.press("Annuler cette décision")
        expect(taken).to_have_count(0, timeout=PATIENCE)
        wait_idle(self.page)


@pytest.fixture
def desk(browser: Browser, lab: Lab) -> Desk:
    """The tenant's two sides."""
    made = Desk(lab.open(browser, "account.ipynb"))
    made.open_account("ostermane")
    made.open_sides()
    return made


def test_the_three_examples_are_settled_and_undone(desk: Desk, url: str) -> None:
    """DOMAIN D5, D6, D7, then everything as before."""
    before = opened(url)
    # D5: one payment, six rents. Nothing jumps: the two sides stay where they are.
    place = desk.page.locator(".wb-halves").bounding_box()
    desk.check("left", "index")
    desk.press("Répartir au plus ancien")
    desk.remainder("0,00")
    expect(desk.page.locator(".wb-written")).to_contain_text("6 × 18,52")
    assert desk.page.locator(".wb-halves").bounding_box() == place
    # D6: a discount that did not exist, against the rent, with the reduced payment: N against M.
    desk.press("Tout vider")
    expect(desk.page.locator(".wb-check:checked")).to_have_count(0, timeout=PATIENCE)
    wait_idle(desk.page)
    desk.check("left", "index")
    desk.check("left", "loyer")
    desk.add("Remise", "Ascenseur arrêté", "50")
    desk.press("Répartir au plus ancien")
    desk.remainder("0,00")
    desk.press("Rapprocher")
    desk.told("Rapproché : 971,64")
    left = opened(url)
    assert {left[name] for name in ("M-index", "M-loyer", "L5", "L10", "L11")} == {0}
    # D7: a refund owed, against the payment that made it.
    desk.add("Remboursement dû", "Chaudière avancée", "180")
    desk.check("right-side", "chaudiere")
    desk.remainder("0,00")
    desk.press("Rapprocher")
    desk.told("Rapproché : 180,00")
    assert opened(url)["M-chaudiere"] == 0
    desk.press("Annuler")
    desk.told("Annulé")
    assert opened(url)["M-chaudiere"] == -18_000
    # The rest from the account's history, each with its reason.
    desk.press("Revenir au compte")
    # The link first: what it settles cannot be taken back, and what was added and settled in one
    # second stands in the history in either order.
    for kind in ("A", "wb-ajout-", "wb-ajout-"):
        desk.undo_first(kind, "essai")
    left = opened(url)
    assert {name: left[name] for name in before} == before
    assert not any(left[name] for name in left if name not in before)


def test_an_amount_over_what_is_open_is_told_in_place_by_keys_alone(desk: Desk, url: str) -> None:
    before = opened(url)
    desk.check("left", "index")
    entry_field = desk.page.locator(".wb-right-side .wb-entry").first
    entry_field.fill("18,53")
    entry_field.press("Enter")
    desk.told("dépassent ce qui est ouvert")
    expect(desk.page.locator(".wb-right-side .wb-entry").first).to_have_value("18,53")
    # Letters in a field are letters; Lab's own keys stay asleep.
    cells = desk.page.locator(".jp-Cell").count()
    field = desk.page.locator(".wb-right-side .wb-entry").first
    field.fill("18,52")
    field.press("ArrowDown")
    desk.remainder("92,60")
    row = desk.page.locator(".wb-right-side tbody tr").nth(1)
    row.locator(".wb-check").focus()
    desk.page.keyboard.press("d")
    desk.page.keyboard.press("d")
    assert desk.page.locator(".jp-Cell").count() == cells
    desk.page.keyboard.press("p")
    expect(desk.page.locator(".wb-written")).to_contain_text("En compte", timeout=PATIENCE)
    wait_idle(desk.page)
    desk.page.keyboard.press("Enter")
    desk.told("gardé en compte : 92,60")
    assert opened(url)["M-index"] == 0
    desk.page.locator(".wb-remainder").click()
    desk.page.keyboard.press("z")
    desk.told("Annulé")
    assert opened(url) == before | {
        name: cents for name, cents in opened(url).items() if name not in before
    }


def test_hostile_texts_stay_texts(browser: Browser, lab: Lab) -> None:
    desk = Desk(lab.open(browser, "account.ipynb"))
    desk.open_account("1109")
    desk.open_sides()
    desk.page.locator(".wb-sides").get_by_role("button", name="Tous les mouvements").click()
    expect(desk.page.locator(".wb-left")).to_contain_text("onerror", timeout=PATIENCE)
    expect(desk.page.locator(".wb-right-side")).to_contain_text("<script>", timeout=PATIENCE)
    wait_idle(desk.page)
    desk.check("left", "onerror")
    desk.check("right-side", "<script>")
    expect(desk.page.locator(".wb-written")).to_contain_text("onerror", timeout=PATIENCE)
    assert desk.page.evaluate("window.hacked") is None
