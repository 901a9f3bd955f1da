"""The month-end run: every building once, what is done and unchanged is left alone.

A building is done when its two files are on disk and the ledger's journal says so, with the
fingerprint of what they were made from and their hashes. The files are written first, the mark
last: a run killed in between does that building again, and comes to the same end.
"""

import os
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import quote

from workbench.domain.dates import Period
from workbench.domain.errors import InvariantError, ParameterError, shortened
from workbench.runs.assets import notebook_path
from workbench.runs.building import BuildingOutcome, BuildingTask, do_building
from workbench.runs.cluster import do_on_cluster
from workbench.runs.kernels import close_shared_server, shared_server
from workbench.runs.launch import (
    CELL_TIMEOUT_SECONDS,
    checked_parameters,
    notebook_parameters,
    read_notebook,
)
from workbench.runs.marks import LedgerMarks, Marks, made_with
from workbench.runs.output import (
    HTML_NAME,
    INDEX_NAME,
    NOTEBOOK_NAME,
    alone_in,
    building_folder_name,
    period_folder,
    write_whole,
)
from workbench.runs.page import IndexRow, index_page, key_figures

NOTEBOOK: Final = "month_end.ipynb"
# A ledger's address holds a password, and a notebook shows its parameters.
_OPTIONS: Final = {
    "building_id": "--building",
    "period": "--period",
    "ledger": "--ledger",
    "actor": "--actor",
}

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthEndOptions:
    """What a run may do otherwise than usual.

    Attributes:
        parameters: further values for the notebook's parameters, by name.
        notebook: another notebook than the packaged one.
        cell_timeout_seconds: limit for each cell.
        marks: where done marks are kept; the ledger when None.
    """

    parameters: Mapping[str, str] = field(default_factory=dict)
    notebook: Path | None = None
    cell_timeout_seconds: int = CELL_TIMEOUT_SECONDS
    marks: Marks | None = None


class BuildingState(StrEnum):
    """How a building came out of a run."""

    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingResult:
    """One building of a run.

    Attributes:
        building_id: the building.
        state: see `BuildingState`.
        words: what to say of it, one French line.
        notebook: path of the executed notebook, whether or not it is there.
        html: path of the page beside it, whether or not it is there.
    """

    building_id: str
    state: BuildingState
    words: str
    notebook: Path
    html: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthEndSummary:
    """A whole run.

    Attributes:
        period: the month.
        folder: `<out>/<period>`.
        index: the page over all buildings.
        buildings: one result each, in the order asked for.
    """

    period: Period
    folder: Path
    index: Path
    buildings: tuple[BuildingResult, ...]

    def of_state(self, state: BuildingState) -> list[BuildingResult]:
        """Returns the buildings in that state, in order."""
        return [result for result in self.buildings if result.state is state]


def run_month_end(
    ledger_url: str,
    *,
    period: Period,
    building_ids: Sequence[str],
    out: str,
    actor: str,
    at: datetime,
    jobs: int = 0,
    scheduler: str | None = None,
    progress: Progress | None = None,
    options: MonthEndOptions = MonthEndOptions(),
) -> MonthEndSummary:
    """Makes the executed notebook and the page of each building, then the index page.

    Args:
        ledger_url: SQLAlchemy URL of an existing ledger.
        period: the month to close.
        building_ids: which buildings, each once.
        out: folder for `<period>/…`; made when missing.
        actor: written on each done mark.
        at: when the run was asked for, aware.
        jobs: how many buildings at once; 0 for as many as there are processors.
        scheduler: address of a Dask scheduler (`tcp://…`); this computer when None.
        progress: called after each building with how many are done, how many there are, and a
            French line.
        options: see `MonthEndOptions`.

    Raises:
        ParameterError: an unknown parameter, an impossible folder, no notebook.
        LedgerError: the ledger cannot be opened.
        WorkbenchError: another run holds the folder, or the scheduler does not answer.
    """
    template = options.notebook or notebook_path(NOTEBOOK)
    _check_parameters(template, options.parameters)
    if len(set(building_ids)) != len(building_ids):
        raise InvariantError("a building is named twice")
    marks = options.marks or LedgerMarks(ledger_url, period, actor=actor, at=at)
    try:
        folder = period_folder(out, period)
        tasks = [
            BuildingTask(
                ledger_url=ledger_url,
                building_id=building_id,
                period=period,
                notebook=template,
                folder=folder,
                actor=actor,
                at=at,
                parameters=dict(options.parameters),
                cell_timeout_seconds=options.cell_timeout_seconds,
            )
            for building_id in building_ids
        ]
        with alone_in(folder):
            run = _Run(
                tasks,
                marks=marks,
                made_with=made_with(notebook=template, parameters=options.parameters),
                progress=progress or (lambda *_: None),
            )
            results = run.all_buildings(jobs=jobs, scheduler=scheduler)
            index = folder / INDEX_NAME
            rows = [_index_row(result) for result in results]
            write_whole(index, index_page(rows, period=period))
    finally:
        if options.marks is None:
            marks.close()
    return MonthEndSummary(period=period, folder=folder, index=index, buildings=tuple(results))


def _check_parameters(template: Path, parameters: Mapping[str, str]) -> None:
    """Refuses before anything is done what would fail in every building."""
    known = notebook_parameters(read_notebook(template))
    for name in parameters:
        if option := _OPTIONS.get(name):
            raise ParameterError(f"le paramètre « {name} » se donne par {option}")
    checked_parameters({"building_id": "", "period": "", **parameters}, known)


class _Run:
    """One run over the tasks; keeps the count for the progress line."""

    def __init__(
        self,
        tasks: Sequence[BuildingTask],
        *,
        marks: Marks,
        made_with: str,
        progress: Progress,
    ) -> None:
        self._tasks = tasks
        self._marks = marks
        self._made_with = made_with
        self._progress = progress
        self._results: dict[str, BuildingResult] = {}

    def all_buildings(self, *, jobs: int, scheduler: str | None) -> list[BuildingResult]:
        """Leaves alone what is unchanged, does the rest; results in the order of the tasks."""
        fingerprints = {}
        to_do = []
        for task in self._tasks:
            fingerprint = self._marks.fingerprint(task.building_id, made_with=self._made_with)
            fingerprints[task.building_id] = fingerprint
            made = self._marks.done(task.building_id, fingerprint)
            if made is not None and made.is_on_disk(task.place):
                self._keep(task, BuildingState.UNCHANGED, "déjà faite, rien n'a changé depuis")
            else:
                to_do.append(task)
        by_id = {task.building_id: task for task in to_do}
        # Closed at once whatever happens here, so that an interrupted run leaves no kernel.
        with closing(_outcomes(to_do, jobs=jobs, scheduler=scheduler)) as outcomes:
            for outcome in outcomes:
                task = by_id[outcome.building_id]
                if outcome.failure:
                    self._keep(task, BuildingState.FAILED, outcome.failure)
                    continue
                self._marks.record(fingerprints[task.building_id], outcome)
                self._keep(task, BuildingState.DONE, "faite")
        return [self._results[task.building_id] for task in self._tasks]

    def _keep(self, task: BuildingTask, state: BuildingState, words: str) -> None:
        self._results[task.building_id] = BuildingResult(
            building_id=task.building_id,
            state=state,
            words=words,
            notebook=task.place / NOTEBOOK_NAME,
            html=task.place / HTML_NAME,
        )
        done = len(self._results)
        self._progress(done, len(self._tasks), f"{shortened(task.building_id)} : {words}")


def _outcomes(
    tasks: Sequence[BuildingTask], *, jobs: int, scheduler: str | None
) -> Generator[BuildingOutcome, None, None]:
    if not tasks:
        return
    if scheduler is not None:
        yield from do_on_cluster(tasks, address=scheduler)
    else:
        yield from _do_here(tasks, jobs=jobs)


def _do_here(tasks: Sequence[BuildingTask], *, jobs: int) -> Generator[BuildingOutcome, None, None]:
    """Does the tasks on this computer: one fork server, one thread for each kernel at work.

    Threads and not processes: they mostly wait for their kernel, and each process would import
    Papermill and preload a fork server again. Measured with two at once on the demo portfolio's
    six buildings: 12 seconds of processor time against 18.
    """
    workers = min(jobs or _processors(), len(tasks))
    shared_server()
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="month-end")
    try:
        futures = [pool.submit(do_building, task) for task in tasks]
        for future in as_completed(futures):
            yield future.result()
    finally:
        # Also when the user interrupts: the server takes its kernels with it, so that no thread
        # is left waiting for one. A thread that was just about to ask for one starts a server
        # anew, hence the second time.
        pool.shutdown(wait=False, cancel_futures=True)
        close_shared_server()
        pool.shutdown(wait=True)
        close_shared_server()


def _processors() -> int:
    """Returns how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _index_row(result: BuildingResult) -> IndexRow:
    place = quote(building_folder_name(result.building_id))
    there = result.state is not BuildingState.FAILED
    return IndexRow(
        building_id=result.building_id,
        state=result.state.value,
        words=result.words,
        html_href=f"{place}/{HTML_NAME}" if there else "",
        notebook_href=f"{place}/{NOTEBOOK_NAME}" if there else "",
        figures=key_figures(str(result.notebook)) if there else None,
    )
