from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from tests.unit.runs.conftest import texts
from workbench.domain.errors import ParameterError
from workbench.runs import kernels
from workbench.runs.launch import (
    NotebookError,
    NotebookParameter,
    checked_parameters,
    notebook_parameters,
    read_notebook,
    run_notebook,
)

Test = Callable[..., None]


def executes(test: Test) -> Test:
    """Marks a test that executes notebooks."""
    marked: Test = pytest.mark.notebooks(pytest.mark.usefixtures("warm")(test))
    return marked


KNOWN = [
    NotebookParameter("period", "str", "2026-01"),
    NotebookParameter("first", "int", 1),
    NotebookParameter("short", "bool", False),
]


def run(path: Path, **given: str | int | bool) -> nbformat.NotebookNode:
    return run_notebook(read_notebook(path), parameters=given, environment={})


def test_parameters_are_read_with_their_types(notebook_of: Callable[..., Path]) -> None:
    source = (
        "# = a comment with an equals sign\n"
        'period: str = "a = b"  # mois, par exemple period=2026-10\n'
        "first: int = 1\nshort: bool = False\nfree = 'x'\ncount = 3\nimport os"
    )
    assert notebook_parameters(read_notebook(notebook_of(parameters=source))) == [
        NotebookParameter("period", "str", "a = b"),
        NotebookParameter("first", "int", 1),
        NotebookParameter("short", "bool", False),
        NotebookParameter("free", "str", "x"),
        NotebookParameter("count", "int", 3),
    ]


def test_a_notebook_without_parameters_knows_none(tmp_path: Path) -> None:
    path = tmp_path / "bare.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1")]), path)
    assert notebook_parameters(read_notebook(path)) == []
    with pytest.raises(ParameterError, match="« period » ; ce carnet connaît : aucun"):
        checked_parameters({"period": "2026-10"}, [])


@pytest.mark.parametrize("text", ["2026-10", "2026", "0012", "1e3", "true", "None", "[1]", ""])
def test_text_stays_text(text: str) -> None:
    assert checked_parameters({"period": text}, KNOWN) == {"period": text}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"first": "12"}, {"first": 12}),
        ({"first": "-3"}, {"first": -3}),
        ({"first": 4}, {"first": 4}),
        ({"short": "oui"}, {"short": True}),
        ({"short": "Non"}, {"short": False}),
        ({"short": True}, {"short": True}),
    ],
)
def test_values_take_the_type_of_their_parameter(
    given: dict[str, str | int | bool], expected: dict[str, str | int | bool]
) -> None:
    checked = checked_parameters(given, KNOWN)
    assert checked == expected
    assert [type(v) for v in checked.values()] == [type(v) for v in expected.values()]


@pytest.mark.parametrize(
    "given",
    [{"first": "1.5"}, {"first": "un"}, {"first": ""}, {"first": True}, {"short": "peut-être"},
     {"short": 1}, {"period": 202610}, {"first": "²"}],
)  # fmt: skip
def test_a_value_of_another_type_is_refused(given: dict[str, str | int | bool]) -> None:
    (name,) = given
    with pytest.raises(ParameterError, match=rf"paramètre {name} \(.*\) : valeur impossible"):
        checked_parameters(given, KNOWN)


def test_an_unknown_parameter_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ParameterError) as refusal:
        checked_parameters({"periode": "2026-10"}, KNOWN)
    assert str(refusal.value) == (
        "paramètre inconnu « periode » ; ce carnet connaît : period (texte),"
        " first (nombre entier), short (oui ou non)"
    )


@executes
def test_parameters_arrive_in_the_kernel(notebook_of: Callable[..., Path]) -> None:
    hostile = "x'\"\\\n{period}; import os"
    executed = run(notebook_of("period, building_id, first"), period="2026", building_id=hostile)
    assert texts(executed) == [str(("2026", hostile, 1))]


@executes
def test_two_runs_give_the_same_bytes(notebook_of: Callable[..., Path]) -> None:
    path = notebook_of("print(period)", "import pandas; pandas.DataFrame({'a': [1]})")
    first, second = (nbformat.writes(run(path, period="2026-10")) for _ in range(2))
    assert first == second
    assert str(path.parent) not in first


def test_an_unreadable_notebook_is_a_parameter_error(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="n'existe pas"):
        read_notebook(tmp_path / "none.ipynb")
    for content in ("", "{", "[]", "{}"):
        path = tmp_path / "broken.ipynb"
        path.write_text(content)
        with pytest.raises(ParameterError, match="illisible"):
            read_notebook(path)


@executes
def test_a_folder_with_braces_is_no_template(
    notebook_of: Callable[..., Path], tmp_path: Path
) -> None:
    (tmp_path / "{x}").mkdir()
    path = notebook_of("print(1)", name="{x}/small.ipynb")
    assert texts(run(path, period="2026-10")) == ["1"]


@executes
def test_a_failing_cell_is_one_french_line(notebook_of: Callable[..., Path]) -> None:
    with pytest.raises(NotebookError) as failure:
        run(notebook_of("x = 1", "{}['clé']\n"))
    assert str(failure.value) == "la cellule 3 du carnet a échoué (KeyError : 'clé')"


@executes
def test_our_own_errors_keep_their_words(notebook_of: Callable[..., Path]) -> None:
    cell = (
        "from workbench.domain.errors import LedgerError\nraise LedgerError('aucun registre ici')"
    )
    with pytest.raises(NotebookError) as failure:
        run(notebook_of(cell))
    assert str(failure.value) == "aucun registre ici"


@executes
def test_a_stuck_cell_is_stopped_with_its_kernel(notebook_of: Callable[..., Path]) -> None:
    path = notebook_of("import time; time.sleep(60)")
    with pytest.raises(NotebookError, match="dépassé 1 secondes"):
        run_notebook(read_notebook(path), parameters={}, environment={}, cell_timeout_seconds=1)


@executes
def test_a_kernel_that_dies_is_reported(notebook_of: Callable[..., Path]) -> None:
    with pytest.raises(NotebookError, match="le noyau s'est arrêté"):
        run(notebook_of("import os; os.kill(os.getpid(), 9)"))


@executes
def test_a_kernel_that_never_answers_is_reported(
    notebook_of: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    fork = kernels.ForkServer.fork_kernel

    def deaf(server: kernels.ForkServer, connection_file: str, *, env: dict[str, str],
             cwd: str | None) -> kernels.WarmProcess:  # fmt: skip
        process = fork(server, connection_file, env=env, cwd=cwd)
        process.kill()
        return process

    monkeypatch.setattr(kernels.ForkServer, "fork_kernel", deaf)
    with pytest.raises(NotebookError, match="n'a pas pu démarrer"):
        run_notebook(
            read_notebook(notebook_of("1")),
            parameters={},
            environment={},
            start_timeout_seconds=2,
        )
