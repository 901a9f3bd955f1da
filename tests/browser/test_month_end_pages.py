"""The month-end pages of the demo in a browser: every building, pictures and no errors.

With WORKBENCH_PICTURES=1 the picture of the README is taken anew.
"""

import json
import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from workbench.cli import demonstration
from workbench.domain.dates import Period
from workbench.runs.month_end import BuildingState, run_month_end

PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
BUILDINGS = ("C001", "C002", "C003", "C004", "R001", "R002")


@pytest.fixture(scope="module")
def folder(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The month-end of October 2026 for all six buildings."""
    out = tmp_path_factory.mktemp("month-end")
    # A copy: the run writes its marks into the ledger.
    ledger = out / "workbench.db"
    ledger.write_bytes((demo_folder / "workbench.db").read_bytes())
    summary = run_month_end(
        f"sqlite:///{ledger}", period=Period.of(demonstration.AS_OF), building_ids=BUILDINGS,
        out=str(out), actor=demonstration.ACTOR, at=demonstration.AT,
    )  # fmt: skip
    assert [result.state for result in summary.buildings] == [BuildingState.DONE] * 6
    return summary.folder


@pytest.mark.parametrize("building", BUILDINGS)
def test_each_page_shows_its_pictures_and_no_error(page: Page, folder: Path, building: str) -> None:
    asked: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto((folder / building / "month_end.html").as_uri())
    expect(page.get_by_text("Clôture d’octobre 2026").first).to_be_visible()
    pictures = page.locator("img, svg")
    assert pictures.count() >= 2
    assert page.evaluate("[...document.images].every(image => image.naturalWidth > 0)")
    assert page.get_by_text("Traceback").count() == 0
    assert problems == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert page.evaluate("document.documentElement.lang") == "fr"


def test_each_notebook_holds_pictures_and_no_error(folder: Path) -> None:
    for building in BUILDINGS:
        text = (folder / building / "month_end.ipynb").read_text(encoding="utf-8")
        outputs = [o for cell in json.loads(text)["cells"] for o in cell.get("outputs", [])]
        assert sum("image/png" in output.get("data", {}) for output in outputs) >= 2
        assert not [output for output in outputs if output["output_type"] == "error"]


def test_the_index_leads_to_each_building(page: Page, folder: Path) -> None:
    page.goto((folder / "index.html").as_uri())
    expect(page.get_by_text("6 immeubles sur 6 clôturés")).to_be_visible()
    page.get_by_role("link", name="Résidence du Canal").click()
    expect(page.get_by_text("Clôture d’octobre 2026").first).to_be_visible()


def test_hostile_label_stays_text(page: Page, folder: Path) -> None:
    for building in BUILDINGS:
        page.goto((folder / building / "month_end.html").as_uri())
        assert page.locator("img[src='x'], script").count() == 0


def test_picture_of_the_month_end(page: Page, folder: Path, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 860, "height": 1150})
    page.goto((folder / "C002" / "month_end.html").as_uri())
    target = PICTURES if os.environ.get("WORKBENCH_PICTURES") == "1" else tmp_path
    page.screenshot(
        path=target / "month-end.png", clip={"x": 0, "y": 0, "width": 860, "height": 1150}
    )
    assert (target / "month-end.png").stat().st_size > 20_000
