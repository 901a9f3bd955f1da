import hashlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest

from tests.unit.runs.conftest import AT, MemoryMarks, texts
from workbench.domain.dates import Period
from workbench.domain.errors import InvariantError, ParameterError, WorkbenchError
from workbench.runs import kernels, month_end
from workbench.runs.building import BuildingOutcome
from workbench.runs.month_end import (
    BuildingState,
    MonthEndOptions,
    MonthEndSummary,
    Progress,
    run_month_end,
)
from workbench.runs.output import alone_in

OCTOBER = Period(2026, 10)
URL = "postgresql+psycopg://office:s3cret$x@server/books"
CELLS = ("print(building_id, period)", "import os; _ = os.environ['WORKBENCH_LEDGER']")
UNCHANGED, DONE, FAILED = BuildingState.UNCHANGED, BuildingState.DONE, BuildingState.FAILED


pytestmark = pytest.mark.notebooks


@pytest.fixture
def kept_server(warm: kernels.ForkServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """One fork server for all tests: starting it takes longer than most of them."""
    monkeypatch.setattr(month_end, "close_shared_server", lambda: None)


@pytest.fixture
def marks() -> MemoryMarks:
    return MemoryMarks()


@pytest.fixture
def run(
    kept_server: None, tmp_path: Path, marks: MemoryMarks, notebook_of: Callable[..., Path]
) -> Callable[..., MonthEndSummary]:
    default = notebook_of(*CELLS)

    def start(
        *building_ids: str,
        notebook: Path = default,
        parameters: dict[str, str] | None = None,
        jobs: int = 2,
        progress: Progress | None = None,
    ) -> MonthEndSummary:
        return run_month_end(
            URL,
            period=OCTOBER,
            building_ids=building_ids,
            out=str(tmp_path / "out"),
            jobs=jobs,
            actor="anne",
            at=AT,
            progress=progress,
            options=MonthEndOptions(parameters=parameters or {}, notebook=notebook, marks=marks),
        )

    return start


def states(summary: MonthEndSummary) -> list[BuildingState]:
    return [result.state for result in summary.buildings]


def files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


def children_named(name: str) -> Iterator[str]:
    """The commands of this process's running children that hold `name`."""
    for pid in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split():
        command = Path(f"/proc/{pid}/cmdline").read_text()
        if name in command:
            yield command


def test_each_building_gets_its_notebook_and_page(
    run: Callable[..., MonthEndSummary], tmp_path: Path, marks: MemoryMarks
) -> None:
    told: list[tuple[int, int, str]] = []
    summary = run("B1", "B2", "B3", progress=lambda *line: told.append(line))
    assert states(summary) == [DONE] * 3
    assert [result.building_id for result in summary.buildings] == ["B1", "B2", "B3"]
    folder = tmp_path / "out" / "2026-10"
    names = {f"B{n}/month_end.{kind}" for n in (1, 2, 3) for kind in ("ipynb", "html")}
    assert files(folder).keys() == names | {"index.html"}
    for result in summary.buildings:
        notebook = nbformat.read(result.notebook, as_version=4)
        assert texts(notebook) == [f"{result.building_id} 2026-10"]
        assert f"{result.building_id} 2026-10" in result.html.read_text()
    assert sorted(marks.recorded) == ["B1", "B2", "B3"]
    assert [line[:2] for line in told] == [(1, 3), (2, 3), (3, 3)]
    assert sorted(line[2] for line in told) == [f"B{n} : faite" for n in (1, 2, 3)]
    index = summary.index.read_text()
    assert re.findall(r'href="([^"]+\.html)"', index) == [f"B{n}/month_end.html" for n in (1, 2, 3)]


def test_the_ledgers_password_is_in_no_file(
    run: Callable[..., MonthEndSummary], tmp_path: Path
) -> None:
    summary = run("B1")
    assert states(summary) == [DONE]
    for path in tmp_path.rglob("*.*"):
        assert b"s3cret" not in path.read_bytes()


def test_what_is_done_and_unchanged_is_left_alone(
    run: Callable[..., MonthEndSummary], marks: MemoryMarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run("B1", "B2")
    before = files(first.folder)
    stamps = {path: path.stat().st_mtime_ns for path in first.folder.glob("B*/*")}

    def refuse(*_: object) -> None:
        raise AssertionError("nothing is to be executed")

    with monkeypatch.context() as still:
        still.setattr(month_end, "do_building", refuse)
        second = run("B1", "B2")
    assert states(second) == [UNCHANGED] * 2
    assert files(first.folder) == before
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
    assert len(marks.recorded) == 2


def test_only_what_changed_is_done_again(
    run: Callable[..., MonthEndSummary], marks: MemoryMarks, notebook_of: Callable[..., Path]
) -> None:
    first = run("B1", "B2", "B3", "B4")
    marks.books["B2"] = "second"  # its books changed
    first.buildings[2].html.write_text("edited")  # somebody edited a page
    first.buildings[3].notebook.unlink()  # somebody deleted a notebook
    assert states(run("B1", "B2", "B3", "B4")) == [UNCHANGED, DONE, DONE, DONE]
    assert states(run("B1", "B2", "B3", "B4")) == [UNCHANGED] * 4
    assert states(run("B1", parameters={"first": "2"})) == [DONE]  # another parameter
    notebook_of(*CELLS, "print('new')")  # another notebook
    assert states(run("B1", "B2")) == [DONE] * 2


def test_a_failing_building_stops_nobody(
    run: Callable[..., MonthEndSummary], notebook_of: Callable[..., Path], marks: MemoryMarks
) -> None:
    cell = (
        "from workbench.domain.errors import LedgerError\n"
        "if building_id == 'B2': raise LedgerError('aucun relevé pour <b>cet</b> immeuble')"
    )
    path = notebook_of(cell, "print('done')")
    summary = run("B1", "B2", "B3", notebook=path)
    assert states(summary) == [DONE, FAILED, DONE]
    assert summary.of_state(FAILED)[0].words == "aucun relevé pour <b>cet</b> immeuble"
    assert sorted(marks.recorded) == ["B1", "B3"]
    assert not summary.buildings[1].notebook.exists()
    index = summary.index.read_text()
    assert "aucun relevé pour &lt;b&gt;cet&lt;/b&gt; immeuble" in index
    assert "B2/month_end.html" not in index
    assert "Traceback" not in index


def test_a_failure_keeps_the_files_of_the_run_before(
    run: Callable[..., MonthEndSummary], notebook_of: Callable[..., Path]
) -> None:
    first = run("B1")
    before = files(first.folder / "B1")
    summary = run("B1", notebook=notebook_of("1 / 0", name="failing.ipynb"))
    assert states(summary) == [FAILED]
    assert files(first.folder / "B1") == before


def test_a_building_that_cannot_be_written_is_its_own_failure(
    run: Callable[..., MonthEndSummary], tmp_path: Path
) -> None:
    folder = tmp_path / "out" / "2026-10"
    folder.mkdir(parents=True)
    (folder / "B1").write_text("a file where the folder should be")
    summary = run("B1", "B2")
    assert states(summary) == [FAILED, DONE]
    assert summary.buildings[0].words.startswith("écriture impossible")


def test_a_hostile_identifier_stays_in_the_folder(
    run: Callable[..., MonthEndSummary], tmp_path: Path
) -> None:
    summary = run("../../B1", '"><script>x')
    assert states(summary) == [DONE] * 2
    folder = tmp_path / "out" / "2026-10"
    assert all(result.notebook.resolve().is_relative_to(folder) for result in summary.buildings)
    index = summary.index.read_text()
    assert "<script>" not in index
    for result in summary.buildings:
        assert result.html.exists()
    assert states(run("../../B1", '"><script>x')) == [UNCHANGED] * 2


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"periode": "x"}, "paramètre inconnu « periode » ; ce carnet connaît : building_id"),
        ({"first": "un"}, "valeur impossible « un »"),
        ({"period": "2026-09"}, "se donne par --period"),
        ({"building_id": "B2"}, "se donne par --building"),
    ],
)
def test_a_wrong_parameter_stops_before_anything_is_done(
    run: Callable[..., MonthEndSummary], tmp_path: Path, parameters: dict[str, str], words: str
) -> None:
    with pytest.raises(ParameterError, match=words):
        run("B1", parameters=parameters)
    assert not (tmp_path / "out").exists()


def test_a_notebook_that_knows_no_period_is_refused(
    run: Callable[..., MonthEndSummary], notebook_of: Callable[..., Path]
) -> None:
    path = notebook_of("1", parameters="building_id: str = ''", name="other.ipynb")
    with pytest.raises(ParameterError, match="« period »"):
        run("B1", notebook=path)


def test_offered_parameters_are_given_where_they_are_asked_for(
    run: Callable[..., MonthEndSummary], notebook_of: Callable[..., Path]
) -> None:
    source = "building_id: str = ''\nperiod: str = ''\nat: str = ''\nactor: str = ''"
    path = notebook_of("print(at, actor)", parameters=source, name="asks.ipynb")
    summary = run("B1", notebook=path)
    executed = nbformat.read(summary.buildings[0].notebook, as_version=4)
    assert texts(executed) == ["2026-11-02T06:40:00Z anne"]


def test_a_building_named_twice_is_a_defect(run: Callable[..., MonthEndSummary]) -> None:
    with pytest.raises(InvariantError):
        run("B1", "B1")


def test_no_building_makes_an_empty_index(run: Callable[..., MonthEndSummary]) -> None:
    summary = run()
    assert summary.buildings == ()
    assert summary.index.exists()


def test_a_second_run_in_the_same_folder_is_refused(
    run: Callable[..., MonthEndSummary], tmp_path: Path
) -> None:
    folder = tmp_path / "out" / "2026-10"
    folder.mkdir(parents=True)
    with alone_in(folder), pytest.raises(WorkbenchError, match="déjà en cours"):
        run("B1")


def test_an_interrupted_run_leaves_no_kernel_and_goes_on_where_it_was(
    run: Callable[..., MonthEndSummary], marks: MemoryMarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(done: int, _total: int, _words: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as closing:
        closing.setattr(month_end, "close_shared_server", kernels.close_shared_server)
        with pytest.raises(KeyboardInterrupt):
            run("B1", "B2", "B3", "B4", jobs=1, progress=interrupt)
    assert not list(children_named("workbench.runs.fork_server"))
    assert len(marks.recorded) == 2
    second = run("B1", "B2", "B3", "B4")
    assert sorted(states(second)) == sorted([UNCHANGED] * 2 + [DONE] * 2)
    assert not list(second.folder.rglob("*.tmp"))


def test_a_mark_that_cannot_be_written_stops_the_run(
    run: Callable[..., MonthEndSummary], marks: MemoryMarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_fingerprint: str, _outcome: BuildingOutcome) -> None:
        raise WorkbenchError("le registre ne répond pas")

    with monkeypatch.context() as broken:
        broken.setattr(marks, "record", refuse)
        with pytest.raises(WorkbenchError, match="ne répond pas"):
            run("B1")
    assert states(run("B1")) == [DONE]
