"""The notebooks in JupyterLab: that they open, run, lead to each other and end.

With WORKBENCH_PICTURES=1 the pictures of the home page and of the questions are taken anew.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests import small_office
from tests.served_lab import NOTEBOOKS, PATIENCE, Lab, LabServer, descendants, served_lab
from workbench.cli import demonstration

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
KERNEL = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.id"


@pytest.fixture(scope="module")
def lab(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab on the small office, at the end of October 2026."""
    url = f"sqlite:///{tmp_path_factory.mktemp('lab') / 'office.db'}"
    with small_office.office(url):
        pass
    with served_lab(url, as_of="2026-10-31") as running:
        yield running


@pytest.fixture(scope="module")
def demo_lab(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A lab on a copy of the demo, on the day it was closed."""
    ledger = tmp_path_factory.mktemp("lab-demo") / "workbench.db"
    shutil.copyfile(demo_folder / "workbench.db", ledger)
    with served_lab(f"sqlite:///{ledger}", as_of=demonstration.AS_OF.isoformat()) as running:
        yield running


def test_a_notebook_opens_and_its_screen_answers(browser: Browser, lab: Lab) -> None:
    page = lab.open(browser, "dashboard.ipynb")
    rows = page.locator(".wb-portfolio tbody tr")
    expect(rows).to_have_count(3, timeout=PATIENCE)
    rows.first.locator(".wb-link").click()
    expect(page.locator(".wb-account .wb-title")).to_be_visible(timeout=PATIENCE)


def test_the_home_page_leads_to_the_other_notebooks(browser: Browser, lab: Lab) -> None:
    page = lab.open(browser, "start.ipynb", whole_lab=True)
    expect(page.locator(".wb-start .wb-figures")).to_contain_text("À rapprocher")
    page.get_by_role("link", name="Explorer").click()
    tabs = page.locator("#jp-main-dock-panel .lm-TabBar-tabLabel")
    expect(tabs.filter(has_text="explore.ipynb")).to_be_visible(timeout=PATIENCE)
    expect(tabs.filter(has_text="start.ipynb")).to_be_visible()
    assert len(page.context.pages) == 1, "a tab of Lab, not of the browser"


def test_two_people_have_their_own_pages_and_names(browser: Browser, lab: Lab) -> None:
    first = lab.open(browser, "start.ipynb")
    second = lab.open(browser, "start.ipynb", actor="C. Ardouin", beside=True)
    expect(first.locator(".wb-start .wb-read")).to_contain_text("L. Verane · au 31/10/2026")
    expect(second.locator(".wb-start .wb-read")).to_contain_text("C. Ardouin · au 31/10/2026")
    # A decision of one is never written under the other's name.
    kernels = [page.evaluate(KERNEL) for page in (first, second)]
    running = lab.ask("api/kernels")
    assert isinstance(running, list)
    assert kernels[0] != kernels[1]
    assert set(kernels) <= {kernel["id"] for kernel in running}


def test_nothing_is_left_of_a_lab(browser: Browser, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'office.db'}"
    with small_office.office(url):
        pass
    before = {path.name: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")}
    server = LabServer()
    with served_lab(url, as_of="2026-10-31", server=server) as running:
        page = running.open(browser, "start.ipynb")
        kernels = descendants(server.process.pid)
        assert kernels, "the notebook's"
    assert not [pid for pid in kernels if Path(f"/proc/{pid}").exists()]
    assert server.process.poll() is None, "the next ledger has the same server"
    started = [server.process.pid, *descendants(server.process.pid)]
    server.stop()
    page.context.close()
    assert not [pid for pid in started if Path(f"/proc/{pid}").exists()]
    assert not server.root.exists()
    assert {path.name: path.read_bytes() for path in NOTEBOOKS.glob("*.ipynb")} == before


def test_pictures_of_the_demo(browser: Browser, demo_lab: Lab, tmp_path: Path) -> None:
    """The home page and an auditor's questions on the demo fit the window; the guide's pictures."""
    folder = PICTURES if os.environ.get("WORKBENCH_PICTURES") == "1" else tmp_path
    page = demo_lab.open(browser, "start.ipynb", height=1200)
    screen = page.locator(".wb-start")
    expect(screen.locator(".wb-table tbody tr")).to_have_count(6)
    assert screen.evaluate("element => element.scrollWidth <= element.clientWidth")
    assert screen.evaluate("element => element.getBoundingClientRect().right <= 1280")
    screen.screenshot(path=folder / "start.png")

    page = demo_lab.open(browser, "explore.ipynb")
    papers = page.locator(".jp-OutputArea-output .wb h2")
    expect(papers).to_have_count(9)
    assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
    sample = page.locator(".jp-OutputArea-output .wb").filter(has_text="par unité monétaire")
    sample.first.screenshot(path=folder / "explore.png")
