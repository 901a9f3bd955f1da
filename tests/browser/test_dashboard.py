"""The dashboard in a browser: what a visitor does, what he may not, and what may not happen to him.

Opening the page takes seven seconds, so most tests share one, and each begins at the list.

With WORKBENCH_PICTURES=1 the pictures of the README are taken anew.
"""

import os
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Dialog, Locator, Page, WebSocket, expect

from tests import small_office
from tests.served_dashboard import TOKEN, Served, served
from workbench.cli import demonstration
from workbench.pipeline import deciding

TOP = Path(__file__).parents[2]
PICTURES = TOP / "docs" / "pictures"
AT = datetime(2026, 11, 2, 6, 40, tzinfo=UTC)
# Everything a page waits for comes from a kernel on a machine that may be busy.
PATIENCE = 60_000
HOSTILE_NAME = "<img src=x onerror=\"window.hacked='name'\"><b>Drôle</b>"
HOSTILE_LABEL = "<script>window.hacked='label'</script><svg onload=\"window.hacked='svg'\">"
HOSTILE_LOT = '"><iframe srcdoc="<script>parent.hacked=\'lot\'</script>">'


def fill(url: str) -> None:
    """Makes a ledger of the small office, 30 more owners, and one hostile one who owes most."""
    with small_office.office(url) as ledger:
        accounts = [
            {
                "account_id": f"L{place:02d}",
                "building_id": "B1",
                "kind": "coowner",
                "holder": f"M. Lenoir {place:02d}",
                "lots": str(place),
            }
            for place in range(30)
        ]
        dues = [
            {
                "due_id": f"DL{place:02d}",
                "account_id": f"L{place:02d}",
                "kind": "call",
                "amount_cents": 100_00 + place * 100,
                "due_on": date(2026, 10, 1),
            }
            for place in range(30)
        ]
        accounts.append(
            {
                "account_id": "X&<1>",
                "building_id": "B1",
                "kind": "coowner",
                "holder": HOSTILE_NAME,
                "lots": HOSTILE_LOT,
            }
        )
        dues.append(
            {
                "due_id": "DX",
                "account_id": "X&<1>",
                "kind": "call",
                "amount_cents": 9_000_00,
                "due_on": date(2026, 10, 1),
                "label": HOSTILE_LABEL,
            }
        )
        small_office.store_tables(ledger, accounts=accounts, dues=dues)
        hostile = small_office.entry(
            12,
            1_000_00,
            "mechant",
            counterparty=HOSTILE_NAME,
            counterparty_iban="",
        )
        named = small_office.statement(small_office.IBAN_1, hostile, number="11")
        small_office.store_file(ledger, [named], name="autre.xml")
        deciding.link(ledger, "M-mechant", [("DX", 400_00)], actor=HOSTILE_NAME, at=AT)
        deciding.undo(ledger, ["M-mechant"], actor="L. Verane", at=AT, reason=HOSTILE_LABEL)
        deciding.link(ledger, "M-mechant", [("DX", 500_00)], actor="C. Ardouin", at=AT)


@pytest.fixture(scope="module")
def dashboard(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The dashboard of that ledger, at the end of October 2026."""
    url = f"sqlite:///{tmp_path_factory.mktemp('dashboard') / 'office.db'}"
    fill(url)
    with served(url, as_of="2026-10-31") as running:
        yield running


def rows(page: Page) -> Locator:
    return page.locator(".wb-portfolio tbody tr")


def open_page(page: Page, dashboard: Served, query: str = "") -> None:
    page.goto(f"{dashboard.address}?token={TOKEN}{query}", wait_until="commit")
    expect(page.locator(".wb-screen")).to_be_visible(timeout=PATIENCE)


def open_list(page: Page, dashboard: Served) -> None:
    open_page(page, dashboard)
    expect(rows(page)).to_have_count(12, timeout=PATIENCE)


def count_words(page: Page) -> Locator:
    return page.locator(".wb-count")


class Visit:
    """A visitor's page, opened once by a link to an account that does not exist.

    Attributes:
        page: it.
        told: what he was told of that account.
        asked: addresses that were asked for, sockets too.
        dialogs: messages of dialogs.
    """

    def __init__(self, page: Page, dashboard: Served) -> None:
        self.page = page
        self._dashboard = dashboard
        self.told = ""
        self.asked: list[str] = []
        self.dialogs: list[str] = []
        self._sockets: list[WebSocket] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("websocket", self._socket_opened)
        page.on("dialog", self._dialog_opened)

    def _socket_opened(self, socket: WebSocket) -> None:
        self._sockets.append(socket)
        self.asked.append(socket.url)

    def _dialog_opened(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def socket(self) -> str:
        """Returns the address of the open socket to the kernel."""
        (address,) = (socket.url for socket in self._sockets if not socket.is_closed())
        return address

    def go_to_list(self) -> None:
        """Shows the list as a new visitor has it, wherever the test before left the page."""
        page = self.page
        if not page.url.startswith(self._dashboard.address):
            open_page(page, self._dashboard, "&account=nobody")
            alert = page.get_by_role("alert")
            expect(alert).to_be_visible(timeout=PATIENCE)
            self.told = alert.inner_text()
        elif "account=" in page.url:
            page.keyboard.press("Escape")
            expect(page).to_have_url(self._dashboard.address, timeout=PATIENCE)
        expect(rows(page).first).to_be_visible(timeout=PATIENCE)
        unfilter = page.get_by_role("button", name="Retirer les filtres")
        if unfilter.is_visible():
            unfilter.click()
        sums = page.locator(".wb-portfolio th[data-key=owed_cents]")
        if sums.get_attribute("aria-sort") != "descending":
            sums.get_by_role("button").click()
        expect(rows(page)).to_have_count(12, timeout=PATIENCE)
        first = page.locator(".wb-pager").get_by_role("button", name="Page 1")
        if first.is_visible():
            first.click()
        expect(page.locator(".wb-pager")).to_contain_text("Page 1 sur 3")
        expect(sums).to_have_attribute("aria-sort", "descending")
        expect(count_words(page)).not_to_contain_text("masqués")
        rows(page).first.focus()
        page.keyboard.press("Home")


@pytest.fixture(scope="module")
def shared_visit(browser: Browser, dashboard: Served) -> Iterator[Visit]:
    context = browser.new_context(
        locale="fr-FR", timezone_id="Europe/Paris", viewport={"width": 1280, "height": 900}
    )
    yield Visit(context.new_page(), dashboard)
    context.close()


@pytest.fixture
def visit(shared_visit: Visit) -> Visit:
    """The shared page, at the list."""
    shared_visit.go_to_list()
    return shared_visit


def test_without_the_token_there_is_only_the_door(page: Page, dashboard: Served) -> None:
    page.goto(dashboard.address, wait_until="commit")
    expect(page.get_by_label("Jeton")).to_be_visible(timeout=PATIENCE)
    assert "Lenoir" not in page.content()
    page.get_by_label("Jeton").fill("not-this-one")
    page.get_by_role("button", name="Ouvrir").click()
    expect(page.get_by_role("alert")).to_contain_text("n’est pas le bon")
    page.get_by_label("Jeton").fill(TOKEN)
    page.get_by_role("button", name="Ouvrir").click()
    expect(rows(page)).to_have_count(12, timeout=PATIENCE)


def test_nothing_is_told_without_the_token(dashboard: Served) -> None:
    kernel = "00000000-0000-0000-0000-000000000000"
    assert dashboard.post(f"voila/api/shutdown/{kernel}") == 403
    for path in (f"api/kernels/{kernel}", f"api/kernels/{kernel}/channels"):
        assert dashboard.get(path)[0] in {400, 403}


def test_search_filter_sort_page_open_and_back(visit: Visit, dashboard: Served) -> None:
    page = visit.page
    expect(page).to_have_title("Impayés du portefeuille")
    assert "token" not in page.url, "the token stays in no address and no history"
    expect(page.locator(".wb-pager")).to_contain_text("Page 1 sur 3")

    page.get_by_role("button", name="Page 2").click()
    expect(page.locator(".wb-pager")).to_contain_text("Page 2 sur 3")
    page.get_by_role("button", name="Compte").click()
    expect(page.locator(".wb-portfolio th[aria-sort=ascending]")).to_have_text("Compte▴")
    expect(page.locator(".wb-pager")).to_contain_text("Page 1 sur 3")

    page.keyboard.press("/")
    page.keyboard.type("lenoir 07")
    expect(rows(page)).to_have_count(1)
    expect(count_words(page)).to_contain_text("1 sur 34")
    expect(count_words(page)).to_contain_text("33 masqués")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Retirer les filtres").click()
    expect(rows(page)).to_have_count(12)

    page.locator("select").first.select_option("Le Quai")
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="SCI Quai").or_(rows(page).locator(".wb-link")).first.click()
    expect(page.locator(".wb-account .wb-title")).to_have_text("Q201 SCI Quai", timeout=PATIENCE)
    expect(page).to_have_url(f"{dashboard.address}?account=201")
    expect(page).to_have_title("SCI Quai · Impayés du portefeuille")
    expect(page.locator(".wb-account .wb-title")).to_be_focused()

    page.go_back()
    expect(rows(page)).to_have_count(1, timeout=PATIENCE)
    expect(count_words(page)).to_contain_text("1 sur 34")  # the filter is still there
    page.go_forward()
    expect(page.locator(".wb-account .wb-title")).to_be_visible(timeout=PATIENCE)
    page.keyboard.press("Escape")
    expect(rows(page)).to_have_count(1, timeout=PATIENCE)
    expect(page).to_have_url(dashboard.address)


def test_the_table_goes_by_the_keyboard_alone(visit: Visit) -> None:
    page = visit.page
    grid = page.get_by_role("grid", name="Débiteurs")
    expect(grid).to_have_attribute("aria-rowcount", "35")
    rows(page).first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(rows(page).nth(2)).to_be_focused()
    expect(rows(page).nth(2)).to_have_attribute("aria-selected", "true")
    expect(rows(page).nth(2)).to_have_attribute("aria-rowindex", "4")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("PageDown")
    expect(page.locator(".wb-pager")).to_contain_text("Page 2 sur 3")
    expect(rows(page).first).to_be_focused()
    name = rows(page).first.locator("td").first.inner_text()
    page.keyboard.press("Enter")
    expect(page.locator(".wb-account .wb-title")).to_contain_text(name, timeout=PATIENCE)
    expect(page).to_have_url(re.compile("account="))


def test_a_link_opens_an_account_and_an_unknown_one_says_so(
    page: Page, visit: Visit, dashboard: Served
) -> None:
    open_page(page, dashboard, "&account=102")
    expect(page.locator(".wb-account .wb-title")).to_have_text("102 M. Aït", timeout=PATIENCE)
    expect(page.locator(".wb-account .wb-balance")).to_have_text("480,50\u00a0€")
    page.get_by_role("button", name=re.compile("^Toutes")).click()
    expect(page.get_by_role("grid", name="Échéances").locator("tbody tr")).to_have_count(3)
    assert "Aucun compte « nobody »" in visit.told


def test_strangers_texts_are_shown_and_run_nothing(visit: Visit, dashboard: Served) -> None:
    page = visit.page
    expect(rows(page).first).to_contain_text("<img src=x onerror=")
    rows(page).first.locator(".wb-link").click()
    title = page.locator(".wb-account .wb-title")
    expect(title).to_contain_text("<b>Drôle</b>", timeout=PATIENCE)
    expect(page.locator(".wb-history")).to_contain_text("<script>window.hacked='label'</script>")
    expect(page.locator(".wb-history .wb-undone")).to_have_count(1)
    expect(page).to_have_url(f"{dashboard.address}?account=X%26%3C1%3E")
    page.reload(wait_until="commit")
    expect(title).to_contain_text("<b>Drôle</b>", timeout=PATIENCE)
    assert page.evaluate("window.hacked") is None
    assert page.locator(".wb-screen iframe, .wb-screen script, .wb-screen svg").count() == 0
    # Every image is one of ours: none was made of a name.
    sources = page.locator(".wb-screen img").evaluate_all("all => all.map(one => one.src)")
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    assert visit.dialogs == []


def test_markup_that_slipped_through_would_run_nothing(visit: Visit) -> None:
    """The second lock: the content policy refuses scripts that stand in the page."""
    page = visit.page
    page.evaluate(
        """() => {
            const hole = document.createElement('div');
            hole.id = 'hole';
            hole.innerHTML = `<img src="x" onerror="window.hacked='hole'">`;
            document.body.append(hole);
        }"""
    )
    page.wait_for_timeout(500)
    page.evaluate("document.getElementById('hole').remove()")
    assert page.evaluate("window.hacked") is None


def test_no_other_host_is_asked_for_anything(visit: Visit, dashboard: Served) -> None:
    page, asked = visit.page, visit.asked
    rows(page).first.locator(".wb-link").click()
    expect(page.locator(".wb-account .wb-title")).to_be_visible(timeout=PATIENCE)
    expect(page).to_have_url(re.compile("account="))
    here = urlsplit(dashboard.address).netloc
    foreign = [
        address
        for address in asked
        if not address.startswith(("data:", "blob:")) and urlsplit(address).netloc != here
    ]
    assert foreign == []
    assert any(address.startswith("ws:") for address in asked), "the socket was looked at too"


def test_the_export_is_the_filtered_list(visit: Visit) -> None:
    page = visit.page
    page.locator(".wb-search input").fill("noir les tilleuls")
    expect(count_words(page)).to_contain_text("30 sur 34")
    with page.expect_download(timeout=PATIENCE) as waiting:
        page.get_by_role("button", name="Exporter en CSV").click()
    content = waiting.value.path().read_bytes().decode("utf-8-sig")
    assert waiting.value.suggested_filename == "debiteurs-2026-10-31.csv"
    assert len(content.splitlines()) == 1 + 30
    # No call was sent: no letter went out, none is to come.
    told = "L29;L29;M. Lenoir 29;Les Tilleuls;29;129,00;129,00;01/10/2026;;;;;;;;0,00"
    assert told in content.splitlines()


def test_code_sent_by_a_visitor_is_not_run(visit: Visit, tmp_path: Path) -> None:
    """A visitor has a socket to his kernel; what he asks it to execute never arrives."""
    written = tmp_path / "owned"
    answered = visit.page.evaluate(
        """([address, code]) => new Promise(done => {
            const told = [];
            const socket = new WebSocket(address);
            const header = {msg_id: 'm1', session: 's1', username: 'x', version: '5.3',
                            date: new Date().toISOString(), msg_type: 'execute_request'};
            socket.onopen = () => socket.send(JSON.stringify({
                channel: 'shell', header, parent_header: {}, metadata: {}, buffers: [],
                content: {code, silent: false, store_history: false, user_expressions: {},
                          allow_stdin: false, stop_on_error: true}}));
            socket.onmessage = event => told.push(String(event.data));
            const answers = () => told.filter(text => text.includes('execute_reply')).length;
            setTimeout(() => done(answers()), 3000);
        })""",
        [visit.socket(), f"open({str(written)!r}, 'w').close()"],
    )
    assert not written.exists()
    assert answered == 0


def test_a_closed_page_gives_its_kernel_back(visit: Visit, dashboard: Served) -> None:
    """The last of those that share a page: the next one would have to open it again."""
    kernel = visit.socket().partition("/api/kernels/")[2].partition("/")[0]
    (process,) = (
        pid
        for pid in dashboard.children()
        if kernel in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    )
    visit.page.goto("about:blank")
    for _ in range(100):
        if process not in dashboard.children():
            return
        visit.page.wait_for_timeout(100)
    pytest.fail("the kernel of a closed page is still there")


def test_pictures_of_the_demo(page: Page, demo_folder: Path, tmp_path: Path) -> None:
    """The demo portfolio's dashboard fits the window, and is the README's picture."""
    page.set_viewport_size({"width": 1280, "height": 800})
    url = demonstration.ledger_url(demo_folder)
    with served(url, as_of=demonstration.AS_OF.isoformat()) as running:
        open_list(page, running)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1280
        folder = PICTURES if os.environ.get("WORKBENCH_PICTURES") == "1" else tmp_path
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / "dashboard.png", full_page=True)
        rows(page).first.locator(".wb-link").click()
        expect(page.locator(".wb-account .wb-title")).to_be_visible(timeout=PATIENCE)
        page.screenshot(path=folder / "account.png", full_page=True)
