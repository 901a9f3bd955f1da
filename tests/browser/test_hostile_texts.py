"""What payers, owners and typists may write, on every notebook: shown, and never run.

Every text of the ledger that comes from outside carries ways out of HTML, Markdown, a spreadsheet
and a line of writing. A notebook that lands later is opened here by itself.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page

from tests import small_office
from tests.served_lab import NOTEBOOKS, Lab, served_lab, wait_idle
from workbench.ledger.store import Ledger
from workbench.pipeline import deciding, reconciling, sampling

AT = datetime(2026, 11, 2, 6, 40, tzinfo=UTC)
END = date(2026, 10, 31)
MARK = "window.hacked"
# The month-end is rendered for one building by its run, and has browser tests of its own; the
# tutorial invents its ledger.
LEFT_OUT = {"month_end.ipynb", "tutorial.ipynb"}
# Where no text of the small office's strangers has a place: nothing to look for, much to refuse.
WITHOUT_STRANGERS = {"reminder_settings.ipynb"}


def hostile(where: str) -> str:
    """Returns a text that tries every way out; `where` says which text got out."""
    run = f"{MARK}='{where}'"
    return (
        f'{where}"><img src=x onerror="{run}"></td></tr></table><script>{run}</script>'
        f"<svg onload=\"{run}\"><iframe srcdoc='<script>parent.{run}</script>'></iframe>"
        f"[lien](javascript:{run}) ![x](x) **gras** $x^2$ `code` {{{{7*7}}}}"
        f' =HYPERLINK("javascript:{run}") \u202efin\u202c ]]> -->'
    )


def fill(ledger: Ledger) -> None:
    """Gives every text that comes from outside such a text, and decides a little on them."""
    small_office.store_tables(
        ledger,
        buildings=[{"building_id": "B1", "name": hostile("immeuble"), "kind": "coownership",
                    "address": hostile("adresse"), "city": hostile("ville"),
                    "first_call_sent_on": date(2026, 1, 5)}],
        bank_accounts=[{"iban": small_office.IBAN_1, "building_id": "B1",
                        "bank_name": hostile("banque")}],
        accounts=[
            {"account_id": f"X<{place}>", "building_id": "B1", "kind": "coowner",
             "holder": hostile("titulaire"), "lots": hostile("lots"), "code": f"C&{place}",
             "aliases": hostile("alias").replace("|", " "), "address": hostile("rue"),
             "email": "x@example.invalid"}
            for place in range(3)
        ],
        calls=[{"call_id": "CX", "building_id": "B1", "called_on": date(2026, 7, 1),
                "kind": "quarterly", "sent_on": date(2026, 7, 2)}],
        dues=[
            {"due_id": f"D<{place}>", "account_id": f"X<{place}>", "kind": "call",
             "amount_cents": 900_00 + place, "due_on": date(2026, 7, 1), "call_id": "CX",
             "label": hostile("échéance"), "reference": hostile("référence")}
            for place in range(3)
        ],
        cheques=[{"cheque_id": "CH<1>", "received_on": date(2026, 10, 3), "amount_cents": 1_000,
                  "drawer": hostile("tireur"), "drawee_bank": hostile("tiré"),
                  "account_id": "X<0>"}],
    )  # fmt: skip
    entries = [
        small_office.entry(
            10 + place, 900_00 + place, f"{hostile('libellé')}{place}",
            counterparty=hostile("tiers"), ultimate_party=hostile("tiers final"),
            bank_reference=hostile("réf banque"), end_to_end_id=hostile("e2e"),
        )
        for place in range(4)
    ]  # fmt: skip
    statement = small_office.statement(small_office.IBAN_1, *entries, number=hostile("relevé"))
    small_office.store_file(ledger, [statement], name=f"{hostile('fichier')}.xml")
    reconciling.reconcile(ledger, as_of=END, actor=hostile("moteur"), at=AT)
    first, second = (f"M-{hostile('libellé')}{place}" for place in (2, 3))
    for movement in (first, second):
        deciding.link(ledger, movement, [("D<1>", 100_00)], actor=hostile("acteur"), at=AT)
    deciding.undo(ledger, [first], actor=hostile("acteur"), at=AT, reason=hostile("motif"))
    if len(sampling.engine_links(ledger)):
        sampling.draw(ledger, actor=hostile("acteur"), at=AT)


@pytest.fixture(scope="module")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    url = f"sqlite:///{tmp_path_factory.mktemp('hostile') / 'office.db'}"
    with small_office.office(url) as ledger:
        fill(ledger)
    with served_lab(url, as_of=END.isoformat(), actor=hostile("visiteur")) as running:
        yield running


def look_around(page: Page) -> None:
    """Chooses the first rows of every table, as somebody who reads them would."""
    for row in page.locator(".wb-screen tbody tr:visible").all()[:3]:
        if row.is_visible():
            row.click()
            wait_idle(page)
    link = page.locator(".wb-screen tbody .wb-link:visible")
    if link.count():
        link.first.click()
        wait_idle(page)


@pytest.mark.parametrize(
    "notebook", sorted({path.name for path in NOTEBOOKS.glob("*.ipynb")} - LEFT_OUT)
)
def test_strangers_texts_run_nothing(
    browser: Browser, lab: Lab, notebook: str, request: pytest.FixtureRequest
) -> None:
    dialogs: list[str] = []

    def shown(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page = lab.open(browser, notebook, run=False)
    page.on("dialog", shown)
    # The page is the next notebook's too.
    request.addfinalizer(lambda: page.remove_listener("dialog", shown))
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    wait_idle(page)
    page.wait_for_timeout(500)
    if notebook not in WITHOUT_STRANGERS:
        assert MARK in page.locator(".jp-OutputArea").all_inner_texts().__str__()
    look_around(page)
    page.wait_for_timeout(500)
    assert page.evaluate(MARK) is None
    assert dialogs == []
    outputs = page.locator(".jp-OutputArea")
    assert (
        outputs.locator("script, iframe, img[onerror], [onload], a[href^=javascript]").count() == 0
    )
    sources = outputs.locator("img").evaluate_all("all => all.map(one => one.src)")
    assert all(source.startswith("data:image/") for source in sources)


def test_a_text_that_is_run_would_be_seen(browser: Browser) -> None:
    """The trap works: the same text, unescaped, leaves its mark."""
    page = browser.new_page()
    page.set_content(f"<table><tr><td>{hostile('preuve')}</td></tr></table>")
    page.wait_for_function(f"{MARK} !== undefined", timeout=10_000)
    page.close()


def test_the_notebooks_are_found() -> None:
    assert Path(NOTEBOOKS / "start.ipynb").exists()
    missing = {name for name in LEFT_OUT | WITHOUT_STRANGERS if not (NOTEBOOKS / name).exists()}
    assert missing == set()
