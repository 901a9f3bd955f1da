import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.unit.runs.conftest import AT, MemoryMarks
from workbench.domain.dates import Period
from workbench.domain.errors import ExitStatus, ParameterError, WorkbenchError
from workbench.runs.month_end import (
    BuildingState,
    MonthEndOptions,
    MonthEndSummary,
    run_month_end,
)

URL = "postgresql+psycopg://server/books"


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    from distributed import LocalCluster

    # The worker imports nothing of these tests, as on another computer.
    with LocalCluster(
        n_workers=1, threads_per_worker=2, processes=True, dashboard_address=":0"
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def run(tmp_path: Path, notebook_of: Callable[..., Path]) -> Callable[..., MonthEndSummary]:
    def start(
        *cells: str, scheduler: str, url: str = URL, marks: MemoryMarks | None = None
    ) -> MonthEndSummary:
        return run_month_end(
            url,
            period=Period(2026, 10),
            building_ids=["B1", "B2", "B3"],
            out=str(tmp_path / "out"),
            scheduler=scheduler,
            actor="anne",
            at=AT,
            options=MonthEndOptions(notebook=notebook_of(*cells), marks=marks or MemoryMarks()),
        )

    return start


@pytest.mark.notebooks
def test_buildings_are_done_on_the_cluster(
    run: Callable[..., MonthEndSummary], address: str
) -> None:
    marks = MemoryMarks()
    cells = ("import os; print(os.environ['WORKBENCH_LEDGER'])",
             "if building_id == 'B2': raise ValueError(building_id)")  # fmt: skip
    summary = run(*cells, scheduler=address, marks=marks)
    words = [(result.state, result.words) for result in summary.buildings]
    assert words == [
        (BuildingState.DONE, "faite"),
        (BuildingState.FAILED, "la cellule 4 du carnet a échoué (ValueError : B2)"),
        (BuildingState.DONE, "faite"),
    ]
    assert URL in summary.buildings[0].html.read_text()
    assert sorted(marks.recorded) == ["B1", "B3"]
    again = run(*cells, scheduler=address, marks=marks)
    assert [result.state for result in again.buildings] == [
        BuildingState.UNCHANGED, BuildingState.FAILED, BuildingState.UNCHANGED
    ]  # fmt: skip


@pytest.mark.notebooks
def test_files_that_do_not_arrive_are_a_failure(
    run: Callable[..., MonthEndSummary], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A worker elsewhere wrote them: this computer's folder of that name does not hold them.
    monkeypatch.setattr("workbench.runs.building.sha256_of", lambda _path: "")
    marks = MemoryMarks()
    summary = run("1", scheduler=address, marks=marks)
    assert {result.state for result in summary.buildings} == {BuildingState.FAILED}
    assert all("un dossier que tous" in result.words for result in summary.buildings)
    assert not marks.recorded


def test_a_scheduler_that_does_not_answer_is_one_line(
    run: Callable[..., MonthEndSummary], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workbench.runs.cluster.CONNECT_TIMEOUT_SECONDS", 1)
    with pytest.raises(WorkbenchError, match="ne répond pas") as refusal:
        run("1", scheduler="tcp://127.0.0.1:9")
    assert refusal.value.exit_status is ExitStatus.COULD_NOT_RUN


@pytest.mark.parametrize("nonsense", ["nonsense", "ftp://x:1", "tcp://", ""])
def test_an_address_that_is_none_is_one_line(
    run: Callable[..., MonthEndSummary], monkeypatch: pytest.MonkeyPatch, nonsense: str
) -> None:
    monkeypatch.setattr("workbench.runs.cluster.CONNECT_TIMEOUT_SECONDS", 1)
    with pytest.raises(WorkbenchError, match="planificateur"):
        run("1", scheduler=nonsense)


def test_a_cluster_needs_a_ledger_that_can_be_shared(run: Callable[..., MonthEndSummary]) -> None:
    with pytest.raises(ParameterError, match="PostgreSQL"):
        run("1", url="sqlite:///books.db", scheduler="tcp://127.0.0.1:9")


def test_without_the_extra_the_way_to_get_it_is_named(
    run: Callable[..., MonthEndSummary], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ParameterError, match=r"pip install workbench\[cluster\]"):
        run("1", scheduler="tcp://127.0.0.1:9")
