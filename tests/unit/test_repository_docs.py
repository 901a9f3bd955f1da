"""The documents keep up with the repository: links, make targets, commands, decisions."""

import re
from pathlib import Path

import click
import pytest

from workbench.cli.commands import cli as program
from workbench.pipeline.exploring import Exploration

TOP = Path(__file__).parents[2]
DOCUMENTS = [*sorted(TOP.glob("*.md")), *sorted((TOP / "docs").rglob("*.md"))]
MAKEFILE = (TOP / "Makefile").read_text(encoding="utf-8")
# `[text](target)` and `![text](target)`; addresses and anchors within a page are left alone.
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")
CODE = re.compile(r"`([^`\n]+)`|^(?: {4}|\$ )(\S.*)$", re.MULTILINE)


def commands() -> dict[str, click.Command]:
    return dict(program.commands)


def code_of(path: Path) -> str:
    """Returns what a document shows as code, one piece a line; fenced blocks whole."""
    text = path.read_text(encoding="utf-8")
    fenced = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*fenced, *("".join(found) for found in CODE.findall(text))])


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    targets = LINK.findall(path.read_text(encoding="utf-8"))
    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_make_targets_and_commands_of_the_documents_exist(path: Path) -> None:
    code = code_of(path)
    targets = set(re.findall(r"^make ([a-z][a-z-]*)", code, re.MULTILINE))
    assert {target for target in targets if f"\n{target}:" not in MAKEFILE} == set()
    named = set(re.findall(r"^workbench ([a-z][a-z-]*)", code, re.MULTILINE))
    assert named - set(commands()) == set()


def test_every_command_is_in_the_readme() -> None:
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    assert {
        name for name in commands() if not re.search(rf"`(?:workbench )?{name}\b", readme)
    } == set()


def test_every_command_says_what_it_does() -> None:
    assert {name for name, command in commands().items() if not command.help} == set()


def test_every_make_target_is_listed_by_help() -> None:
    phony = next(line for line in MAKEFILE.splitlines() if line.startswith(".PHONY:"))
    for target in phony.removeprefix(".PHONY:").split():
        assert re.search(rf"^{target}:.*## \S", MAKEFILE, re.MULTILINE), target


def test_decisions_are_numbered_without_a_gap_and_say_what_was_rejected() -> None:
    decisions = sorted((TOP / "docs" / "decisions").glob("*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    silent = [p.name for p in decisions if "**Rejected**" not in p.read_text(encoding="utf-8")]
    assert silent == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_notebooks_of_the_documents_exist(path: Path) -> None:
    named = set(re.findall(r"notebooks/(\w+\.ipynb)", path.read_text(encoding="utf-8")))
    assert {name for name in named if not (TOP / "notebooks" / name).exists()} == set()


def quoted(text: str) -> list[str]:
    """Returns what a guide quotes: the words of a button or a screen, on one line."""
    return [" ".join(found.split()) for found in re.findall(r"«([^»]+)»", text)]


def words_of_screens() -> str:
    """Returns the French texts of the widgets' sources, no-break spaces as plain ones."""
    sources = sorted((TOP / "workbench" / "widgets").glob("*.py"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    return text.replace("\\u00a0", " ").replace("\u00a0", " ").replace("{NO_BREAK_SPACE}", " ")


def test_the_guide_quotes_buttons_and_words_that_are_on_the_screens() -> None:
    guide = (TOP / "docs" / "user-guide.md").read_text(encoding="utf-8")
    named = [words for words in quoted(guide) if words]
    assert len(named) > 5, "the guide names what to press"
    shown = words_of_screens()
    assert [words for words in named if f'"{words}' not in shown] == []


def test_a_button_that_is_gone_would_be_noticed() -> None:
    assert quoted("presser « Répartir\nau plus ancien », puis «\u00a0Valider\u00a0»") == [
        "Répartir au plus ancien", "Valider",
    ]  # fmt: skip
    assert '"Cliquer ici' not in words_of_screens()


def test_the_guide_shows_every_notebook_and_each_picture_once() -> None:
    guide = (TOP / "docs" / "user-guide.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[[^\]]+\]\(pictures/([\w-]+\.png)\)", guide)
    assert len(shown) == len(set(shown)) >= 8
    notebooks = {path.name for path in (TOP / "notebooks").glob("*.ipynb")}
    # These two are explained where they belong: in the guide of reminders, and by their command.
    apart = {"reminder_settings.ipynb", "month_end.ipynb", "dashboard.ipynb"}
    assert {name for name in notebooks - apart if f"notebooks/{name}" not in guide} == set()


def test_the_questions_the_guide_asks_can_be_asked() -> None:
    texts = [(TOP / "docs" / "user-guide.md").read_text(encoding="utf-8")]
    texts.append((TOP / "notebooks" / "explore.ipynb").read_text(encoding="utf-8"))
    asked = set(re.findall(r"exploration\.(\w+)", "\n".join(texts)))
    assert asked
    assert {name for name in asked if not callable(getattr(Exploration, name, None))} == set()
