"""A month-end killed at any moment and started again ends as if nothing had happened."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from tests import forking, small_office
from workbench.domain.dates import Period
from workbench.ledger.store import open_ledger
from workbench.pipeline.marks import month_end_done

BUILDINGS = ("B1", "B2", "B3")
SMALL = "print(building_id, period)"
# argv: ledger, out, notebook, jobs, and the step before which the run kills itself: a file's
# renaming or a mark's writing. 0 for never.
RUN = f"""
import itertools, os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from workbench.domain.dates import Period
from workbench.pipeline import marks
from workbench.runs.month_end import MonthEndOptions, run_month_end

ledger, out, notebook, jobs, fatal = sys.argv[1:]
steps = itertools.count(1)

def deadly(step):
    def first_count(*arguments, **options):
        if next(steps) == int(fatal):
            os.kill(os.getpid(), signal.SIGKILL)
        return step(*arguments, **options)
    return first_count

Path.replace = deadly(Path.replace)
marks.record_month_end = deadly(marks.record_month_end)
summary = run_month_end(
    ledger, period=Period(2026, 10), building_ids={BUILDINGS}, out=out, jobs=int(jobs),
    actor="anne", at=datetime(2026, 11, 2, 6, 40, tzinfo=UTC),
    options=MonthEndOptions(notebook=Path(notebook)),
)
print(*(result.state for result in summary.buildings))
"""


class Office:
    """A ledger, an output folder, a notebook, and a temporary folder whose processes are known."""

    def __init__(self, place: Path, temporary: Path) -> None:
        place.mkdir()
        self.temporary = temporary
        self.ledger = f"sqlite:///{place / 'books.db'}"
        self.out = place / "out"
        self.notebook = place / "small.ipynb"
        small_office.new_ledger(self.ledger)
        self.write_notebook(SMALL)

    def write_notebook(self, cell: str) -> None:
        parameters = nbformat.v4.new_code_cell("building_id: str = ''\nperiod: str = ''", id="p")
        parameters.metadata["tags"] = ["parameters"]
        shown = nbformat.v4.new_code_cell(cell, id="shown")
        notebook = nbformat.v4.new_notebook(cells=[parameters, shown])
        notebook.metadata["kernelspec"] = {
            "name": "python3", "display_name": "Python 3", "language": "python"
        }  # fmt: skip
        nbformat.write(notebook, self.notebook)

    def command(self, *, jobs: int, fatal: int) -> list[str]:
        return [self.ledger, str(self.out), str(self.notebook), str(jobs), str(fatal)]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "TMPDIR": str(self.temporary)}

    def forked(self, *, jobs: int, fatal: int = 0) -> "subprocess.CompletedProcess[str]":
        """A run whose fork server of kernels is prepared, as it is itself."""
        return forking.run(
            forking.FORKED_KERNELS + RUN, *self.command(jobs=jobs, fatal=fatal),
            env=self.environment, passed=forking.way(), title=self.temporary.name,
        )  # fmt: skip

    def start_cold(self, *, jobs: int) -> "subprocess.Popen[str]":
        """A run by a Python of its own, with a fork server of its own."""
        return subprocess.Popen(
            [sys.executable, "-c", RUN, *self.command(jobs=jobs, fatal=0)],
            stdout=subprocess.PIPE, text=True, env=self.environment,
        )  # fmt: skip

    def finish(self, *, jobs: int) -> list[str]:
        done = self.forked(jobs=jobs)
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    def killed_before(self, step: int, *, jobs: int) -> None:
        assert self.forked(jobs=jobs, fatal=step).returncode == -9
        self.assert_nothing_runs()

    def assert_nothing_runs(self) -> None:
        """Neither the fork server nor a kernel: command or title names the temporary folder."""
        deadline = time.monotonic() + 10
        while left := list(self.running()):
            assert time.monotonic() < deadline, left
            time.sleep(0.02)

    def running(self) -> Iterator[str]:
        for command in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = command.read_text()
                title = command.with_name("comm").read_text().strip()
            except OSError:
                continue
            if str(self.temporary) in words or title == self.temporary.name:
                yield f"{title}: {words}"

    def files(self) -> dict[str, str]:
        """Everything in the output folder, hidden leftovers too."""
        return {
            str(path.relative_to(self.out)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self.out.rglob("*")
            if path.is_file()
        }

    def building_files(self) -> dict[str, str]:
        """All but the index, which also says what this run had to do."""
        return {name: sha for name, sha in self.files().items() if not name.endswith("index.html")}

    def marks(self) -> dict[str, tuple[str, str]]:
        found = {}
        with open_ledger(self.ledger) as ledger:
            for building in BUILDINGS:
                mark = month_end_done(ledger, building_id=building, period=Period(2026, 10))
                assert mark is not None
                found[building] = (mark.notebook_sha256, mark.html_sha256)
        return found


def temporary_folder() -> Iterator[Path]:
    # A socket's path must be short, which pytest's folders are not.
    folder = Path(tempfile.mkdtemp(prefix="wb"))
    yield folder
    shutil.rmtree(folder)


temporary = pytest.fixture(temporary_folder)
other_temporary = pytest.fixture(scope="module")(temporary_folder)


@pytest.fixture
def office(tmp_path: Path, temporary: Path) -> Office:
    return Office(tmp_path / "office", temporary)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, other_temporary: Path) -> Office:
    """An office after a run that nothing happened to."""
    office = Office(tmp_path_factory.mktemp("undisturbed") / "office", other_temporary)
    with office.start_cold(jobs=2) as process:
        words, _ = process.communicate(timeout=120)
    assert (process.returncode, words.split()) == (0, ["done"] * 3)
    return office


# Each of the three buildings has three steps, notebook, page and mark; the tenth is the index.
@pytest.mark.parametrize(
    ("jobs", "steps", "left"),
    [(1, (2, 3, 10), ["unchanged"] * 3), (2, (1, 6), None)],
)
def test_a_killed_run_started_again_ends_like_an_undisturbed_one(
    office: Office,
    undisturbed: Office,
    temporary: Path,
    jobs: int,
    steps: tuple[int, ...],
    left: list[str] | None,
) -> None:
    for step in steps:
        office.killed_before(step, jobs=jobs)
        for path in office.out.rglob("*.ipynb"):
            nbformat.validate(nbformat.read(path, as_version=4))
        assert not (office.out / "2026-10" / "index.html").exists()
    states = office.finish(jobs=jobs)
    assert left is None or states == left
    assert office.marks() == undisturbed.marks()
    assert office.building_files() == undisturbed.building_files()
    assert office.files().keys() == undisturbed.files().keys()
    assert not list(temporary.iterdir())


def test_a_run_killed_while_a_kernel_works_leaves_nothing_behind(
    office: Office, tmp_path: Path
) -> None:
    flag = tmp_path / "working"
    office.write_notebook(f"open({str(flag)!r}, 'w').close(); import time; time.sleep(60)")
    with office.start_cold(jobs=2) as process:
        deadline = time.monotonic() + 60
        while not flag.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert list(office.running())
        process.kill()
    office.assert_nothing_runs()
    assert office.files() == {}
    office.write_notebook(SMALL)
    assert office.finish(jobs=2) == ["done"] * 3
