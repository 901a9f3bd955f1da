"""Runs one notebook through Papermill: parameters checked, time limited, on a warm kernel.

Papermill by itself only warns about a parameter that does not exist and turns `2026` into a
number; here an unknown parameter is refused and a value has the type its notebook gives it.
The result depends on the notebook, its parameters and the ledger only: what Papermill writes
about its own run (hours, durations, paths of this machine) is taken out again.
"""

import ast
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill import PapermillExecutionError, execute_notebook
from papermill.iorw import load_notebook_node
from traitlets.config import Config

from workbench.domain.errors import InvariantError, ParameterError, WorkbenchError, shortened
from workbench.runs.kernels import KERNEL_NAME, WarmKernelManager

START_TIMEOUT_SECONDS: Final = 60
# A cell of the month-end takes a second or two; one that takes five minutes is stuck.
CELL_TIMEOUT_SECONDS: Final = 300
_PARAMETERS_TAG: Final = "parameters"
_INJECTED_TAG: Final = "injected-parameters"
_FRENCH_TYPES: Final = {"str": "texte", "int": "nombre entier", "bool": "oui ou non"}
_BOOLEANS: Final = {"oui": True, "true": True, "non": False, "false": False}
# English, and repeated by the messages of `NotebookError`.
_NOISY_LOGGERS: Final = ("papermill", "traitlets")

Value = str | int | bool


class NotebookError(Exception):
    """A notebook that did not reach its end; `str()` is one French sentence without a traceback."""


@dataclass(frozen=True, slots=True)
class NotebookParameter:
    """One assignment of the notebook's cell tagged `parameters`.

    Attributes:
        name: as written.
        type_name: its annotation (`str`, `int`, `bool`); `str` without one.
        default: its value, None when that is not a plain literal.
    """

    name: str
    type_name: str
    default: Any

    def french(self) -> str:
        """Returns `period (texte)`."""
        return f"{self.name} ({_FRENCH_TYPES.get(self.type_name, self.type_name)})"


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """Reads a notebook for `run_notebook`.

    Raises:
        ParameterError: it is missing or not a notebook.
    """
    try:
        notebook: nbformat.NotebookNode = load_notebook_node(str(path.resolve()))
    except FileNotFoundError:
        raise ParameterError(f"le carnet « {path} » n'existe pas") from None
    except (OSError, ValueError, AttributeError, nbformat.ValidationError) as error:
        reason = shortened(str(error))
        raise ParameterError(f"le carnet « {path} » est illisible ({reason})") from error
    return notebook


def notebook_parameters(notebook: nbformat.NotebookNode) -> list[NotebookParameter]:
    """Returns what the cell tagged `parameters` assigns, in its order; [] without such a cell."""
    for cell in notebook.cells:
        if _PARAMETERS_TAG in cell.metadata.get("tags", []):
            return [p for node in ast.parse(cell.source).body for p in _assigned(node)]
    return []


def _assigned(node: ast.stmt) -> list[NotebookParameter]:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [NotebookParameter(node.target.id, ast.unparse(node.annotation), _plain(node.value))]
    if isinstance(node, ast.Assign):
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        value = _plain(node.value)
        kind = type(value).__name__ if isinstance(value, int) else "str"
        return [NotebookParameter(name, kind, value) for name in names]
    return []


def _plain(node: ast.expr | None) -> Any:  # noqa: ANN401 - a notebook may assign any literal
    try:
        return ast.literal_eval(node) if node is not None else None
    except ValueError:
        return None


def checked_parameters(
    given: Mapping[str, Value], known: list[NotebookParameter]
) -> dict[str, Value]:
    """Returns `given` with the types that the notebook announces; text stays text.

    Raises:
        ParameterError: a name the notebook does not know, or a value of another type.
    """
    by_name = {parameter.name: parameter for parameter in known}
    for name in given:
        if name not in by_name:
            listed = ", ".join(parameter.french() for parameter in known) or "aucun"
            raise ParameterError(
                f"paramètre inconnu « {shortened(name)} » ; ce carnet connaît : {listed}"
            )
    return {name: _typed(value, by_name[name]) for name, value in given.items()}


def _typed(value: Value, parameter: NotebookParameter) -> Value:
    if type(value).__name__ == parameter.type_name:
        return value
    if isinstance(value, str) and parameter.type_name == "int":
        digits = value.strip().removeprefix("-")
        if digits.isascii() and digits.isdigit():
            return int(value)
    if isinstance(value, str) and parameter.type_name == "bool":
        word = value.strip().lower()
        if word in _BOOLEANS:
            return _BOOLEANS[word]
    raise ParameterError(
        f"paramètre {parameter.french()} : valeur impossible « {shortened(str(value))} »"
    )


def run_notebook(
    notebook: nbformat.NotebookNode,
    *,
    parameters: Mapping[str, Value],
    environment: Mapping[str, str],
    start_timeout_seconds: int = START_TIMEOUT_SECONDS,
    cell_timeout_seconds: int = CELL_TIMEOUT_SECONDS,
) -> nbformat.NotebookNode:
    """Executes a notebook and returns it with its outputs; writes no file.

    Args:
        notebook: from `read_notebook`; it is not changed.
        parameters: values for its parameters cell.
        environment: variables for its kernel: what must not stand in the notebook, such as a
            ledger's address with its password.
        start_timeout_seconds: limit for the kernel's start.
        cell_timeout_seconds: limit for each cell.

    Raises:
        ParameterError: see `checked_parameters`.
        NotebookError: a cell failed or took too long, or the kernel died.
    """
    checked = checked_parameters(parameters, notebook_parameters(notebook))
    for name in _NOISY_LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        executed = execute_notebook(
            notebook,
            None,
            parameters=checked,
            kernel_name=KERNEL_NAME,
            progress_bar=False,
            request_save_on_cell_execute=False,
            start_timeout=start_timeout_seconds,
            execution_timeout=cell_timeout_seconds,
            kernel_manager_class=WarmKernelManager,
            config=Config({"WarmKernelManager": {"environment": dict(environment)}}),
            # It holds nothing that would have to be flushed.
            shutdown_kernel="immediate",
        )
    except PapermillExecutionError as error:
        raise NotebookError(_french_failure(error)) from error
    except CellTimeoutError as error:
        limit = f"une cellule a dépassé {cell_timeout_seconds} secondes"
        raise NotebookError(f"{limit} ; le calcul a été arrêté") from error
    except DeadKernelError as error:
        raise NotebookError("le noyau s'est arrêté en route (mémoire insuffisante ?)") from error
    except (RuntimeError, TimeoutError) as error:
        raise NotebookError(f"le noyau n'a pas pu démarrer ({shortened(str(error))})") from error
    return _reproducible(executed)


def _french_failure(error: PapermillExecutionError) -> str:
    if error.ename in _speaking_errors(WorkbenchError):
        return shortened(error.evalue, limit=300)
    what = f"{error.ename} : {shortened(error.evalue)}" if error.evalue else error.ename
    return f"la cellule {error.exec_count} du carnet a échoué ({what})"


def _speaking_errors(root: type[Exception]) -> set[str]:
    """Returns the names of the exceptions whose text is written for users."""
    names = {root.__name__}
    for kind in root.__subclasses__():
        names |= _speaking_errors(kind)
    return names


def _reproducible(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Takes out what differs between two runs on the same ledger."""
    papermill = notebook.metadata.pop("papermill", None)
    if papermill is None:
        raise InvariantError("an executed notebook without Papermill's metadata")
    notebook.metadata["papermill"] = {"parameters": papermill["parameters"]}
    for number, cell in enumerate(notebook.cells):
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if _INJECTED_TAG in cell.metadata.get("tags", []):
            cell["id"] = f"{_INJECTED_TAG}-{number}"
        for output in cell.get("outputs", []):
            output.pop("transient", None)
    return notebook
