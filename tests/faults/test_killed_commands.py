"""SIGKILL in the middle of import, reconcile and month-end, then the same command again.

The end must be that of an undisturbed run: same exports, and for a month-end the same pages.
"""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests import forking
from tests.forking import Forked
from tests.killing import killing
from workbench.cli import main
from workbench.demo.portfolio import generate
from workbench.ledger.store import open_ledger
from workbench.pipeline import checking, exporting

COMMAND = "from workbench.cli import main; main()"
# Each bank file gets its own transaction, so that a small portfolio has several to be killed in.
KILLED = killing("from workbench.pipeline import importing\nimporting._AT_ONCE = 1")
AS_OF = "2026-03-31"
# What says when it was written differs from run to run.
CLOCKED = {"at", "hash", "previous_hash"}
Exports = dict[str, list[dict[str, str]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small portfolio of the demo's kind."""
    path = tmp_path_factory.mktemp("portfolio")
    generate(
        seed=7, coownerships=1, rentals=1, months=3, first_month=date(2026, 1, 1),
        accounts_per_building=12,
    ).write(path)  # fmt: skip
    return path


def _url(place: Path) -> str:
    return f"sqlite:///{place / 'ledger.db'}"


def _run(place: Path, *arguments: str) -> None:
    """Runs a command to its end, in this process: starting Python anew is most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("WORKBENCH_LEDGER", _url(place))
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
    assert not ended.value.code


def _exports(place: Path) -> Exports:
    found = {}
    with open_ledger(_url(place), read_only=True) as ledger:
        assert checking.verify(ledger) == []
        for what in exporting.EXPORTS:
            frame = exporting.export(ledger, what, as_of=date.fromisoformat(AS_OF))
            clocked = CLOCKED | ({"data"} if what == "journal" else set())
            found[what] = [
                {str(k): str(v) for k, v in row.items() if k not in clocked}
                for row in frame.to_dict(orient="records")
            ]
    return found


def _start(place: Path, program: str, *arguments: str, title: str = "") -> Forked:
    return forking.start(
        forking.FORKED_KERNELS + program, *arguments, passed=forking.way(), title=title,
        env={**os.environ, "WORKBENCH_LEDGER": _url(place)}, cwd=place,
    )  # fmt: skip


def _killed(place: Path, at: int, when: str, *arguments: str) -> int:
    return _start(place, KILLED, str(at), when, *arguments).wait(timeout=300)


@pytest.fixture(scope="module")
def imported(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with the portfolio in it."""
    place = tmp_path_factory.mktemp("imported")
    _run(place, "import", str(folder))
    return place


@pytest.fixture(scope="module")
def reconciled(imported: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger that nothing happened to: copied, not written to."""
    place = tmp_path_factory.mktemp("reconciled")
    shutil.copytree(imported, place, dirs_exist_ok=True)
    _run(place, "reconcile", "--as-of", AS_OF)
    return place


@pytest.fixture(scope="module")
def undisturbed(reconciled: Path) -> Exports:
    """What can be exported of it."""
    return _exports(reconciled)


@pytest.mark.parametrize(
    ("at", "when"), [(1, "before"), (1, "after"), (2, "before"), (4, "before"), (5, "after")]
)
def test_killed_import(
    tmp_path: Path, folder: Path, undisturbed: Exports, at: int, when: str
) -> None:
    assert _killed(tmp_path, at, when, "import", str(folder)) == -signal.SIGKILL
    _run(tmp_path, "import", str(folder))
    _run(tmp_path, "reconcile", "--as-of", AS_OF)
    assert _exports(tmp_path) == undisturbed


@pytest.mark.parametrize(("at", "when"), [(1, "before"), (1, "after"), (2, "before")])
def test_killed_reconcile(
    tmp_path: Path, imported: Path, undisturbed: Exports, at: int, when: str
) -> None:
    shutil.copytree(imported, tmp_path, dirs_exist_ok=True)
    assert _killed(tmp_path, at, when, "reconcile", "--as-of", AS_OF) == -signal.SIGKILL
    _run(tmp_path, "reconcile", "--as-of", AS_OF)
    assert _exports(tmp_path) == undisturbed


def test_a_second_reconcile_changes_nothing(
    tmp_path: Path, reconciled: Path, undisturbed: Exports
) -> None:
    shutil.copytree(reconciled, tmp_path, dirs_exist_ok=True)
    _run(tmp_path, "reconcile", "--as-of", AS_OF)
    assert _exports(tmp_path) == undisturbed


MONTH_END = ("month-end", "--period", "2026-03", "--jobs", "1")


# So are the command, its fork server and its kernels called.
TITLE = f"wb-{os.getpid()}"


def _titled() -> Iterator[str]:
    for title in Path("/proc").glob("[0-9]*/comm"):
        try:
            if title.read_text().strip() == TITLE:
                yield title.parent.name
        except OSError:
            continue


def _killed_in_notebook(place: Path) -> None:
    process = _start(place, COMMAND, *MONTH_END, title=TITLE)
    deadline = time.monotonic() + 60
    while len(list(_titled())) < 3:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    # In one of its cells.
    time.sleep(1)
    process.kill()
    assert process.wait(timeout=60) == -signal.SIGKILL


@pytest.mark.parametrize("point", ["before-mark", "after-mark", "in-notebook"])
def test_killed_month_end(tmp_path: Path, reconciled: Path, point: str) -> None:
    shutil.copytree(reconciled, tmp_path, dirs_exist_ok=True)
    if point == "in-notebook":
        _killed_in_notebook(tmp_path)
    else:
        when = point.removesuffix("-mark")
        assert _killed(tmp_path, 1, when, *MONTH_END) == -signal.SIGKILL

    assert _start(tmp_path, COMMAND, *MONTH_END).wait(timeout=300) == 0
    pages = sorted(
        p.relative_to(tmp_path) for p in (tmp_path / "month-end").rglob("*") if p.is_file()
    )
    names = {page.name for page in pages}
    assert names == {"month_end.ipynb", "month_end.html", "index.html"}
    assert len(pages) == 5
    contents = [(tmp_path / page).read_bytes() for page in pages]

    _run(tmp_path, *MONTH_END)
    # What is done is left alone, to the byte; the index says so and may differ.
    assert [(tmp_path / p).read_bytes() for p in pages if p.name != "index.html"] == [
        c for p, c in zip(pages, contents, strict=True) if p.name != "index.html"
    ]
    marks = [row for row in _exports(tmp_path)["journal"] if row["action"] == "month_end"]
    assert sorted({row["subject"] for row in marks}) == sorted(row["subject"] for row in marks)
