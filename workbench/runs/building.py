"""One building's month-end: execute its notebook, make the page beside it, say what came out.

Runs in a thread of the run or on a worker of the cluster, so it takes and gives plain values.
It never raises for what is one building's trouble: that becomes words in its result. The ledger
is read by the notebook only; the mark "done" is the run's business.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import nbformat

from workbench.domain.dates import Period, timestamp
from workbench.domain.errors import WorkbenchError
from workbench.runs.launch import NotebookError, notebook_parameters, read_notebook, run_notebook
from workbench.runs.output import (
    HTML_NAME,
    NOTEBOOK_NAME,
    building_folder_name,
    sha256_of,
    write_whole,
)
from workbench.runs.page import key_figures, notebook_to_html

LEDGER_VARIABLE: Final = "WORKBENCH_LEDGER"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingTask:
    """What is needed to do one building, wherever it is done.

    Attributes:
        ledger_url: SQLAlchemy URL with its password: given to the kernel by its environment,
            since what is a parameter is written into the notebook.
        building_id: the building.
        period: the month.
        notebook: the notebook to execute.
        folder: the period's folder, the same wherever it is seen from.
        actor: who asked for it.
        at: when.
        parameters: further values for the notebook's parameters.
        cell_timeout_seconds: limit for each cell.
    """

    ledger_url: str
    building_id: str
    period: Period
    notebook: Path
    folder: Path
    actor: str
    at: datetime
    parameters: Mapping[str, str]
    cell_timeout_seconds: int

    @property
    def place(self) -> Path:
        """The building's own folder."""
        return self.folder / building_folder_name(self.building_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingOutcome:
    """What became of one building.

    Attributes:
        building_id: the building.
        notebook_sha256: of the executed notebook, "" when it failed.
        html_sha256: of the page, "" when it failed.
        journal_seq: head of the journal that the page shows: its number.
        journal_hash: and its hash.
        failure: one French sentence, "" when it went well.
    """

    building_id: str
    notebook_sha256: str = ""
    html_sha256: str = ""
    journal_seq: int = 0
    journal_hash: str = ""
    failure: str = ""

    def is_on_disk(self, place: Path) -> bool:
        """Whether the folder `place` holds exactly these two files."""
        return bool(self.notebook_sha256) and (
            sha256_of(place / NOTEBOOK_NAME) == self.notebook_sha256
            and sha256_of(place / HTML_NAME) == self.html_sha256
        )


def do_building(task: BuildingTask) -> BuildingOutcome:
    """Executes the notebook of one building and writes it with its page, or says what failed.

    A page of an earlier run stays where this one fails: it was right when it was made.
    """
    try:
        return _do(task)
    except (NotebookError, WorkbenchError) as error:
        failure = str(error)
    except OSError as error:
        failure = f"écriture impossible dans « {task.place} » ({error.strerror or error})"
    except Exception as error:  # noqa: BLE001 - a defect met in one building stops no other
        _log.exception("month-end of %s", task.building_id)
        failure = f"défaut du programme ({type(error).__name__} : {error})"
    return BuildingOutcome(building_id=task.building_id, failure=failure)


def _do(task: BuildingTask) -> BuildingOutcome:
    notebook = read_notebook(task.notebook)
    executed = run_notebook(
        notebook,
        parameters=_parameters(task, notebook),
        environment={LEDGER_VARIABLE: task.ledger_url},
        cell_timeout_seconds=task.cell_timeout_seconds,
    )
    notebook_sha256 = write_whole(task.place / NOTEBOOK_NAME, nbformat.writes(executed) + "\n")
    page = notebook_to_html(str(task.place / NOTEBOOK_NAME))
    figures = key_figures(str(task.place / NOTEBOOK_NAME))
    return BuildingOutcome(
        building_id=task.building_id,
        notebook_sha256=notebook_sha256,
        html_sha256=write_whole(task.place / HTML_NAME, page),
        journal_seq=figures.journal_seq if figures else 0,
        journal_hash=figures.journal_hash if figures else "",
    )


def _parameters(task: BuildingTask, notebook: nbformat.NotebookNode) -> dict[str, str]:
    """Returns the notebook's parameters: the two it must know, the others it asks for."""
    known = {parameter.name for parameter in notebook_parameters(notebook)}
    offered = {"at": timestamp(task.at), "actor": task.actor}
    return {
        "building_id": task.building_id,
        "period": str(task.period),
        **{name: value for name, value in offered.items() if name in known},
        **task.parameters,
    }
