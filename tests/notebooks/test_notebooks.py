"""The notebooks under nbval: the month-end strictly, what people click on laxly."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.cli import demonstration

ROOT = Path(__file__).parents[2]
NOTEBOOKS = ROOT / "notebooks"
CLICKED = sorted(path for path in NOTEBOOKS.glob("*.ipynb") if path.stem != "month_end")


@pytest.fixture
def demo_ledger(demo_folder: Path) -> str:
    """URL of the demo's ledger."""
    return demonstration.ledger_url(demo_folder)


def _nbval(notebook: Path, flag: str, ledger: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", flag, "-q", "-p", "no:cacheprovider", "-p", "no:xdist",
         "--nbval-cell-timeout", "120", "-c", os.devnull, "--rootdir", str(ROOT), str(notebook)],
        env={**os.environ, "WORKBENCH_LEDGER": ledger, "WORKBENCH_AS_OF": "2026-10-31"},
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip


def test_the_month_end_gives_what_is_committed(demo_ledger: str) -> None:
    done = _nbval(NOTEBOOKS / "month_end.ipynb", "--nbval", demo_ledger)
    assert done.returncode == 0, done.stdout[-4000:]


def test_a_changed_output_is_noticed(demo_ledger: str, tmp_path: Path) -> None:
    text = (NOTEBOOKS / "month_end.ipynb").read_text(encoding="utf-8")
    assert "Les relevés se suivent" in text
    changed = tmp_path / "month_end.ipynb"
    changed.write_text(text.replace("Les relevés se suivent", "Les relevés"), encoding="utf-8")
    done = _nbval(changed, "--nbval", demo_ledger)
    assert done.returncode == 1


@pytest.mark.parametrize("path", CLICKED, ids=lambda path: path.stem)
def test_what_people_click_on_runs(path: Path, demo_folder: Path, tmp_path: Path) -> None:
    """Each notebook there is, on a copy of the demo: nothing it writes reaches another test."""
    ledger = tmp_path / "workbench.db"
    shutil.copyfile(demo_folder / "workbench.db", ledger)
    done = _nbval(path, "--nbval-lax", f"sqlite:///{ledger}")
    assert done.returncode == 0, done.stdout[-4000:]


def test_the_month_end_is_committed_executed() -> None:
    """Nbval compares nothing where the execution count is missing."""
    notebook = json.loads((NOTEBOOKS / "month_end.ipynb").read_text(encoding="utf-8"))
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
