"""Notebooks are thin: a cell is an import, the parameters, one call or one display (DESIGN)."""

import ast
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
LOGIC = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda,
    ast.For, ast.AsyncFor, ast.While, ast.If, ast.IfExp, ast.BoolOp, ast.Match,
    ast.Try, ast.TryStar, ast.With, ast.AsyncWith,
    ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
)  # fmt: skip
IMPORTS = (ast.Import, ast.ImportFrom)


def thickness(source: str, *, parameters: bool = False) -> list[str]:
    """Returns what is too much in a cell, in words; nothing when it is thin.

    Args:
        source: the cell's text; a magic or a shell command is no Python and is too much.
        parameters: the cell carries Papermill's tag, and holds typed constants only.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return ["not plain Python"]
    found = [type(node).__name__ for node in ast.walk(tree) if isinstance(node, LOGIC)]
    statements = [node for node in tree.body if not isinstance(node, IMPORTS)]
    if parameters:
        untyped = [node for node in statements if not isinstance(node, ast.AnnAssign)]
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        return found + ["a parameter without a type"] * len(untyped) + ["a call"] * len(calls)
    return found + ["more than one call or display"] * (len(statements) > 1)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.name)
def test_no_cell_holds_logic(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    thick = {
        number: found
        for number, cell in enumerate(cells, 1)
        if cell.cell_type == "code"
        and (
            found := thickness(
                cell.source, parameters="parameters" in cell.metadata.get("tags", [])
            )
        )
    }
    assert thick == {}


@pytest.mark.parametrize(
    "source",
    [
        "",
        "from workbench.runs import report\nimport datetime",
        "report = MonthEndReport(ledger_url=ledger_url, period=period)",
        "report.arrears()",
        "from workbench.widgets.portfolio import PortfolioView\nPortfolioView(ledger)",
    ],
)
def test_a_thin_cell_passes(source: str) -> None:
    assert thickness(source) == []


@pytest.mark.parametrize(
    "source",
    [
        "def total(frame):\n    return frame.sum()",
        "for building in buildings:\n    show(building)",
        "show(a) if a else show(b)",
        "show(a or b)",
        "[show(x) for x in xs]",
        "run(lambda x: x)",
        "%matplotlib inline",
        "!ls",
        "a = load()\nshow(a)",
        "with ledger:\n    show(a)",
    ],
)
def test_a_cell_with_logic_is_seen(source: str) -> None:
    assert thickness(source) != []


def test_parameters_are_typed_constants() -> None:
    assert thickness('period: str = "2026-10"\njobs: int = 1', parameters=True) == []
    assert thickness('period = "2026-10"', parameters=True) != []
    assert thickness("period: str = today()", parameters=True) != []
