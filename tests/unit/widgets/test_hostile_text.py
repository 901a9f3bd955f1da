"""What would let a stranger's text run, looked for in the code; tests/browser proves the rest."""

import ast
import re
from pathlib import Path

import pytest

from workbench.documents import style

WIDGETS = Path(__file__).parents[3] / "workbench" / "widgets"
SCRIPTS = sorted(WIDGETS.glob("*.js"))
# Each of these writes markup, runs text, or fetches from somewhere.
FORBIDDEN_IN_SCRIPTS = (
    "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function",
    'setAttribute("on', "srcdoc", "fetch(", "XMLHttpRequest", "import(", "http:", "https:",
)  # fmt: skip


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_write_texts_only(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert [word for word in FORBIDDEN_IN_SCRIPTS if word in source] == []


def test_there_are_scripts_to_look_at() -> None:
    assert {"actions.js", "field.js", "page.js", "table.js"} <= {path.name for path in SCRIPTS}


def test_html_is_made_by_documents_html_alone() -> None:
    """ipywidgets.HTML gets markup of `documents.html`; Styler, Markdown and HTMLMath nothing."""
    made: dict[str, set[str]] = {}
    for path in WIDGETS.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                name = ast.unparse(node.func)
                if name.endswith((".HTML", ".HTMLMath", "Markdown", ".style", ".Label", "display")):
                    made.setdefault(name, set()).add(path.name)
    assert made == {"ipywidgets.HTML": {"parts.py"}}


def test_the_style_sheet_has_the_tokens_and_fetches_nothing() -> None:
    sheet = (WIDGETS / "page.css").read_text(encoding="utf-8")
    names = {
        "ink": style.INK, "ink2": style.INK2, "ink3": style.INK3, "line": style.LINE,
        "line2": style.LINE2, "ground": style.GROUND, "paper": style.PAPER,
        "accent": style.ACCENT, "accent-tint": style.ACCENT_TINT, "alert": style.ALERT,
        "alert-tint": style.ALERT_TINT,
    }  # fmt: skip
    told = dict(re.findall(r"--wb-([a-z0-9-]+): (#[0-9A-F]{6})", sheet))
    assert {name: told.get(name) for name in names} == names
    assert "url(" not in sheet
    assert "@import" not in sheet
