"""Rapprocher in JupyterLab: settled by keys and by clicks, undone, two at once, hostile labels."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import small_office
from tests.served_lab import PATIENCE, Lab, served_lab
from workbench.ledger import views
from workbench.ledger.store import open_ledger
from workbench.pipeline import reconciling

# Each test has a building of its own; in each a payment is 20 € short of its due.
BUILDINGS = {"K1": "Les Acacias", "K2": "Les Bouleaux", "K3": "Les Cèdres", "K4": "Les Érables"}
EVIL = "<img src=x onerror=\"window.hacked='label'\"><script>window.hacked='script'</script>"
SHORT = "20,00\u00a0€ de moins que dû"


@pytest.fixture(scope="module")
def ledger_address(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('bench') / 'bench.db'}"
    with small_office.office(url) as ledger:
        for number, (building, name) in enumerate(BUILDINGS.items()):
            _add(ledger, building, name, iban=f"FR76300010079412345678901{number:02d}")
        reconciling.reconcile(
            ledger, as_of=small_office.AT.date(), actor="moteur", at=small_office.AT
        )
    return url


def _add(ledger: object, building: str, name: str, *, iban: str) -> None:
    account, payer = f"{building}-1", f"Mme Vandelier {name.split()[1]}"
    due = {"account_id": account, "due_on": date(2026, 10, 1)}
    small_office.store_tables(
        ledger,  # type: ignore[arg-type]
        buildings=[{"building_id": building, "name": name, "kind": "coownership"}],
        bank_accounts=[{"iban": iban, "building_id": building}],
        accounts=[{"account_id": account, "building_id": building, "holder": payer,
                   "kind": "coowner"}],
        dues=[{**due, "due_id": f"D-{building}", "kind": "call", "amount_cents": 45_050},
              {**due, "due_id": f"R-{building}", "kind": "discount", "amount_cents": -2_000}],
    )  # fmt: skip
    made = [
        small_office.entry(6, 43_050, f"{building}-paiement", counterparty=payer.upper()),
        small_office.entry(7, 12_345, f"{building}-autre {EVIL}", counterparty=EVIL),
    ]
    statement = small_office.statement(iban, *made)
    small_office.store_file(ledger, [statement], name=f"{building}.xml")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def lab(browser: Browser, ledger_address: str) -> Iterator[Lab]:
    with served_lab(ledger_address, as_of="2026-10-31") as running:
        yield running


def opened(
    lab: Lab, browser: Browser, building: str, *, actor: str = "", beside: bool = False
) -> Page:
    """The bench on a building, its payment chosen."""
    page = lab.open(browser, "reconcile.ipynb", actor=actor, beside=beside)
    choice = page.locator(".wb-choose select").first
    expect(choice).to_be_visible(timeout=PATIENCE)
    choice.select_option(label=BUILDINGS[building])
    row_of(page, building).click()
    wait_for(page, f"M-{building}-paiement")
    return page


def wait_for(page: Page, movement: str) -> None:
    """Waits until keys and buttons are those of a movement."""
    subject = re.compile(f"^{re.escape(movement)}")
    buttons = page.locator(".wb-actions").first
    expect(buttons).to_have_attribute("data-subject", subject, timeout=PATIENCE)


def row_of(page: Page, building: str) -> Locator:
    return page.locator(f'.wb-queue tr[data-id="M-{building}-paiement"]')


def place_of(page: Page, building: str) -> tuple[float, float]:
    """Where a row and the buttons stand on the screen, however far it is scrolled."""
    top = "e => e.getBoundingClientRect().top - e.closest('.wb-screen').getBoundingClientRect().top"
    return row_of(page, building).evaluate(top), page.locator(".wb-actions").first.evaluate(top)


def actions(address: str, building: str) -> list[str]:
    with open_ledger(address, read_only=True) as ledger:
        journal = views.journal(ledger, subject=f"M-{building}-paiement")
    return journal["action"].tolist()


def test_a_proposal_is_settled_and_undone_by_keys_only(
    browser: Browser, lab: Lab, ledger_address: str
) -> None:
    page = opened(lab, browser, "K1")
    row = row_of(page, "K1")
    expect(row).to_contain_text(SHORT)
    cells = page.locator(".jp-Cell").count()
    for letter in "dd":
        page.keyboard.press(letter)
    page.keyboard.press("Enter")
    expect(row).to_contain_text("accepté", timeout=PATIENCE)
    wait_for(page, "M-K1-autre")
    page.keyboard.press("z")
    expect(page.locator(".wb-answer")).to_be_focused(timeout=PATIENCE)
    page.keyboard.type("essai de dd")
    page.keyboard.press("Enter")
    expect(row).to_contain_text(SHORT, timeout=PATIENCE)
    assert actions(ledger_address, "K1") == ["accept", "undo"]
    assert page.locator(".jp-Cell").count() == cells, "Lab heard none of the letters"


def test_a_proposal_is_settled_in_two_clicks(
    browser: Browser, lab: Lab, ledger_address: str
) -> None:
    page = opened(lab, browser, "K2")
    place = place_of(page, "K2")
    page.locator('.wb-do[data-name="accept"]').dblclick()
    expect(row_of(page, "K2")).to_contain_text("accepté", timeout=PATIENCE)
    assert place_of(page, "K2") == place, "the row did not move"
    assert actions(ledger_address, "K2") == ["accept"]
    page.locator(".wb-recent .wb-link").first.click()
    page.locator(".wb-choice").first.click()
    page.locator(".wb-ask .wb-do-first").click()
    expect(row_of(page, "K2")).to_contain_text(SHORT, timeout=PATIENCE)
    assert actions(ledger_address, "K2") == ["accept", "undo"]


def test_two_auditors_at_once(browser: Browser, lab: Lab, ledger_address: str) -> None:
    first = opened(lab, browser, "K3", actor="C. Ardouin")
    second = opened(lab, browser, "K3", actor="L. Verane", beside=True)
    first.keyboard.press("Enter")
    expect(row_of(first, "K3")).to_contain_text("accepté", timeout=PATIENCE)
    second.keyboard.press("Enter")
    notice = second.locator(".wb-line .wb-notice")
    expect(notice).to_contain_text("Déjà décidé. C. Ardouin a rapproché", timeout=PATIENCE)
    expect(row_of(second, "K3")).to_contain_text("décidé ailleurs")
    expect(second.locator(".wb-with")).to_have_text("C. Ardouin traite aussi cet immeuble")
    assert actions(ledger_address, "K3") == ["accept"]


def test_hostile_labels_are_shown_and_do_nothing(browser: Browser, lab: Lab) -> None:
    page = opened(lab, browser, "K4")
    page.keyboard.press("ArrowUp")
    wait_for(page, "M-K4-autre")
    expect(page.locator(".wb-case-head")).to_contain_text("<img src=x")
    page.keyboard.press("/")
    expect(page.locator(".wb-search input")).to_be_focused()
    page.keyboard.type("img src")
    expect(page.locator(".wb-queue mark").first).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("ArrowDown")
    expect(page.locator(".wb-search input")).not_to_be_focused()
    wait_for(page, "M-K4-autre")
    page.keyboard.press("i")
    page.locator(".wb-choice", has_text="Ne concerne pas").click()
    page.keyboard.press("Enter")
    expect(page.locator(".wb-queue")).to_contain_text("écarté", timeout=PATIENCE)
    assert page.evaluate("window.hacked") is None
    assert page.locator(".wb-reconcile img").count() == 0
