"""Rules of the house that neither lint nor types can see, read from the syntax trees.

- No clock below the faces: `as_of` and `at` are passed (DESIGN, domain).
- Outside text becomes HTML in one place: a payer chooses the label of his transfer, and some ways
  to display a text run what is in it (STACK, hostile text).
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "workbench"
FACES = ("__main__.py", "cli.py", "cli", "widgets", "runs")
# The one module that makes HTML of data, and the one that puts made HTML on a screen.
HTML_MODULES = (Path("documents/html.py"), Path("widgets/parts.py"))

CLOCKS = {"now", "today", "utcnow"}
TIME_CLOCKS = {"time", "time_ns", "localtime", "gmtime", "ctime", "strftime"}
SQL_CLOCK = re.compile(r"\bCURRENT_(?:TIMESTAMP|DATE|TIME)\b|'now'", re.IGNORECASE)
# Any of these in our JavaScript would turn a text into elements.
SCRIPT_HTML = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(")


def modules() -> list[Path]:
    return sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


def line_of(node: ast.AST) -> int:
    line: int = getattr(node, "lineno", 0)
    return line


def clocks(source: str) -> list[int]:
    """Returns the lines on which a clock is read."""
    return [line_of(node) for node in ast.walk(ast.parse(source)) if _reads_clock(node)]


def _reads_clock(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(value=ast.Name("time"), attr=attribute):
            return attribute in TIME_CLOCKS
        case ast.Call(func=ast.Attribute(attr=attribute)):
            return attribute in CLOCKS
        case ast.ImportFrom(module="time", names=names):
            return any(alias.name in TIME_CLOCKS for alias in names)
        case ast.Constant(value=str(text)):
            return SQL_CLOCK.search(text) is not None
    return False


def unsafe_displays(source: str, *, makes_html: bool) -> list[tuple[int, str]]:
    """Returns line and name of each way to display text that may run what is in it.

    Args:
        source: a module's text.
        makes_html: the module is one of those that may call `HTML`.
    """
    return sorted(
        (line_of(node), name)
        for node in ast.walk(ast.parse(source))
        for name in _unsafe_names(node)
        if not (makes_html and name == "HTML")
    )


def _unsafe_names(node: ast.AST) -> Iterator[str]:
    match node:
        # `frame.style` is pandas' Styler; matplotlib's styles and a widget's colours are set.
        case ast.Attribute(attr="style", ctx=ast.Load(), value=ast.Name("plt" | "matplotlib")):
            return
        case ast.Attribute(attr="style", ctx=ast.Load()):
            yield "style"
        case ast.Attribute(attr="Styler" | "Markdown" | "HTMLMath" as name):
            yield name
        case ast.ImportFrom(names=names):
            yield from {a.name for a in names} & {"Styler", "Markdown", "HTMLMath", "Javascript"}
        case ast.Call(func=ast.Name("HTML") | ast.Attribute(attr="HTML")):
            yield "HTML"
        case ast.keyword(arg="allow_html"):
            yield "allow_html"
        case ast.keyword(arg="escape", value=ast.Constant(value=False)):
            yield "escape=False"


@pytest.mark.parametrize("module", [m for m in modules() if m.parts[0] not in FACES], ids=str)
def test_no_clock_below_the_faces(module: Path) -> None:
    assert clocks((PACKAGE / module).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("module", modules(), ids=str)
def test_no_display_that_runs_a_text(module: Path) -> None:
    source = (PACKAGE / module).read_text(encoding="utf-8")
    assert unsafe_displays(source, makes_html=module in HTML_MODULES) == []


def test_no_script_makes_elements_of_a_text() -> None:
    found = [
        (path.name, number)
        for path in sorted(PACKAGE.rglob("*.js"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if SCRIPT_HTML.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "datetime.now(UTC)",
        "date.today()",
        "datetime.datetime.utcnow()",
        "pd.Timestamp.now()",
        "time.time()",
        "time.time_ns()",
        "from time import time",
        "field(default_factory=time.time)",
        "sa.func.now()",
        'sql = "INSERT INTO journal (at) VALUES (CURRENT_TIMESTAMP)"',
        "sql = \"SELECT datetime('now')\"",
    ],
)
def test_a_clock_is_seen(source: str) -> None:
    assert clocks(source) == [1]


@pytest.mark.parametrize(
    "source",
    ["time.perf_counter()", "from datetime import date", "known.now", "x = 'today and now'"],
)
def test_no_clock_is_seen_where_there_is_none(source: str) -> None:
    assert clocks(source) == []


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("frame.style.format('{:.2f}')", "style"),
        ("from pandas.io.formats.style import Styler", "Styler"),
        ("from IPython.display import Markdown", "Markdown"),
        ("display.Markdown(label)", "Markdown"),
        ("ipywidgets.HTML(value=label)", "HTML"),
        ("HTML(label)", "HTML"),
        ("show(frame, allow_html=True)", "allow_html"),
        ("frame.to_html(escape=False)", "escape=False"),
    ],
)
def test_an_unsafe_display_is_seen(source: str, name: str) -> None:
    assert [found for _, found in unsafe_displays(source, makes_html=False)] == [name]


@pytest.mark.parametrize(
    "source",
    ["frame.to_html()", "plt.style.use('x')", "button.style = {'button_color': 'red'}", "HTML"],
)
def test_a_safe_display_is_left_alone(source: str) -> None:
    assert unsafe_displays(source, makes_html=False) == []


def test_only_html_itself_is_allowed_where_html_is_made() -> None:
    source = "HTML(page)\nMarkdown = display.Markdown"
    assert unsafe_displays(source, makes_html=True) == [(2, "Markdown")]
