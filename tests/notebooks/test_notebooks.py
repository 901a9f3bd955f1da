"""The notebooks under nbval: the month-end gives what is committed, what people click on runs."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
MONTH_END = NOTEBOOKS / "month_end.ipynb"
CLICKED = sorted(path for path in NOTEBOOKS.glob("*.ipynb") if path.stem != "month_end")


@dataclass(frozen=True, slots=True)
class Ran:
    """What nbval said of one notebook.

    Attributes:
        cells: how many were run.
        failed: what it said of each that failed.
    """

    cells: int
    failed: list[str]


@pytest.fixture(scope="module")
def ran(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    """Every notebook and a changed month-end under nbval, by name; each has a kernel of its own.

    One nbval for all: a process for each takes as long to start as its notebook to run. They share
    a copy of the demo; the month-ends come first, on what nobody has written to.
    """
    folder = tmp_path_factory.mktemp("nbval")
    ledger, report = folder / "workbench.db", folder / "report.xml"
    shutil.copyfile(demo_folder / "workbench.db", ledger)
    text = MONTH_END.read_text(encoding="utf-8")
    assert "Les relevés se suivent" in text
    changed = folder / "changed.ipynb"
    changed.write_text(text.replace("Les relevés se suivent", "Les relevés"), encoding="utf-8")
    paths = [MONTH_END, changed, *CLICKED]
    # Strict for all: where nothing is committed, a cell need only run. The report names a notebook
    # by its place under the root, and one of them lies in a temporary folder.
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--nbval", "-vv", "-p", "no:cacheprovider", "-p",
         "no:xdist", "--nbval-cell-timeout", "120", f"--junitxml={report}", "-c", os.devnull,
         "--rootdir", ROOT.anchor, *map(str, paths)],
        env={
            **os.environ, "WORKBENCH_LEDGER": f"sqlite:///{ledger}",
            "WORKBENCH_AS_OF": "2026-10-31",
        },
        cwd=ROOT, capture_output=True, text=True, timeout=290, check=False,
    )  # fmt: skip
    assert report.exists(), done.stdout[-4000:] + done.stderr[-4000:]
    cells = list(etree.parse(report).iter("testcase"))
    return {path.stem: _told(cells, path) for path in paths}


def _told(cells: list[etree._Element], path: Path) -> Ran:
    own = [cell for cell in cells if cell.get("classname", "").endswith(f".{path.stem}.ipynb")]
    problems = [
        f"{cell.get('name')}: {problem.text}"
        for cell in own
        for kind in ("failure", "error", "skipped")
        for problem in cell.iter(kind)
    ]
    return Ran(len(own), problems)


def _code_cells(path: Path) -> int:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return sum(cell["cell_type"] == "code" for cell in cells)


def test_the_month_end_gives_what_is_committed(ran: dict[str, Ran]) -> None:
    assert ran["month_end"] == Ran(_code_cells(MONTH_END), [])


def test_a_changed_output_is_noticed(ran: dict[str, Ran]) -> None:
    told = ran["changed"]
    assert told.cells == ran["month_end"].cells
    assert told.failed
    assert all("Les relevés" in words for words in told.failed)


@pytest.mark.parametrize("path", CLICKED, ids=lambda path: path.stem)
def test_what_people_click_on_runs(path: Path, ran: dict[str, Ran]) -> None:
    assert ran[path.stem] == Ran(_code_cells(path), [])


def test_the_month_end_is_committed_executed() -> None:
    """Nbval compares nothing where the execution count is missing."""
    notebook = json.loads(MONTH_END.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell["outputs"]]
    assert any("image/png" in output.get("data", {}) for output in outputs)
    assert not [output for output in outputs if output["output_type"] == "error"]


@pytest.mark.parametrize("path", CLICKED, ids=lambda path: path.stem)
def test_what_people_click_on_is_committed_without_outputs(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert all(not cell["outputs"] and cell["execution_count"] is None for cell in code)
