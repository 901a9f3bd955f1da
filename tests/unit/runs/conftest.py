"""Small notebooks, and done marks kept in memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import nbformat
import pytest

from workbench.runs import kernels
from workbench.runs.building import BuildingOutcome

AT = datetime(2026, 11, 2, 6, 40, tzinfo=UTC)
PARAMETERS = 'building_id: str = ""\nperiod: str = "2026-01"\nfirst: int = 1\nshort: bool = False'


@pytest.fixture(scope="session")
def closed_at_the_end() -> Iterator[None]:
    yield
    kernels.close_shared_server()


@pytest.fixture
def warm(closed_at_the_end: None) -> kernels.ForkServer:
    """The process's fork server: one for all tests, started again where one took it away."""
    server = kernels.shared_server()
    assert server is not None, "this machine has no warm kernels"
    return server


@pytest.fixture
def notebook_of(tmp_path: Path) -> Callable[..., Path]:
    def write(*cells: str, parameters: str = PARAMETERS, name: str = "small.ipynb") -> Path:
        tagged = nbformat.v4.new_code_cell(parameters, id="parameters")
        tagged.metadata["tags"] = ["parameters"]
        rest = [nbformat.v4.new_code_cell(c, id=f"cell-{n}") for n, c in enumerate(cells)]
        notebook = nbformat.v4.new_notebook(cells=[tagged, *rest])
        notebook.metadata["kernelspec"] = {
            "name": "python3", "display_name": "Python 3", "language": "python"
        }  # fmt: skip
        path = tmp_path / name
        nbformat.write(notebook, path)
        return path

    return write


def texts(notebook: nbformat.NotebookNode) -> list[str]:
    """Returns the printed text and the plain form of what each cell shows."""
    return [
        str(output.get("text") or output["data"]["text/plain"]).strip()
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    ]


@dataclass
class MemoryMarks:
    """Done marks as the ledger keeps them, and books that a test can change."""

    books: dict[str, str] = field(default_factory=dict)
    marks: dict[tuple[str, str], BuildingOutcome] = field(default_factory=dict)
    recorded: list[str] = field(default_factory=list)

    def fingerprint(self, building_id: str, *, made_with: str) -> str:
        return self.books.get(building_id, "first") + made_with

    def done(self, building_id: str, fingerprint: str) -> BuildingOutcome | None:
        return self.marks.get((building_id, fingerprint))

    def record(self, fingerprint: str, outcome: BuildingOutcome) -> None:
        self.recorded.append(outcome.building_id)
        self.marks[outcome.building_id, fingerprint] = outcome

    def close(self) -> None:
        raise AssertionError("marks given by the caller are the caller's to close")
