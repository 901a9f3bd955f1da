"""SIGKILL in the middle of import, reconcile and month-end, then the same command again.

The end must be that of an undisturbed run: same exports, and for a month-end the same pages.
"""

import csv
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.portfolio import run_workbench
from workbench.demo.portfolio import generate

# Runs the command, and kills itself without a word at the given write transaction.
KILLED = """
import os, signal, sys
from contextlib import contextmanager
from workbench.ledger.store import Ledger
at, when = int(sys.argv[1]), sys.argv[2]
writing, count = Ledger.writing, 0
@contextmanager
def deadly(self):
    global count
    count += 1
    mine = count
    with writing(self) as connection:
        yield connection
        if mine == at and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
    if mine == at and when == "after":
        os.kill(os.getpid(), signal.SIGKILL)
Ledger.writing = deadly
from workbench.cli import main
main(sys.argv[3:])
"""
AS_OF = "2026-03-31"
# What says when it was written differs from run to run.
CLOCKED = {"at", "hash", "previous_hash"}


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


def _exports(place: Path) -> dict[str, list[dict[str, str]]]:
    found = {}
    for what in ("movements", "allocations", "dues", "debtors", "findings", "journal"):
        done = run_workbench("export", what, "--as-of", AS_OF, ledger=_url(place), cwd=place)
        assert done.returncode == 0, done.stderr
        found[what] = [
            {
                k: v
                for k, v in row.items()
                if k not in CLOCKED and not (what == "journal" and k == "data")
            }
            for row in csv.DictReader(io.StringIO(done.stdout))
        ]
    return found


def _killed(place: Path, at: int, when: str, *arguments: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(at), when, *arguments],
        env={**os.environ, "WORKBENCH_LEDGER": _url(place)},
        cwd=place, capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    return done.returncode


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A ledger that nothing happened to."""
    place = tmp_path_factory.mktemp("undisturbed")
    for arguments in (["import", str(folder)], ["reconcile", "--as-of", AS_OF]):
        done = run_workbench(*arguments, ledger=_url(place), cwd=place)
        assert done.returncode == 0, done.stderr
    yield place


@pytest.mark.parametrize(
    ("at", "when"), [(1, "before"), (1, "after"), (2, "before"), (4, "before"), (5, "after")]
)
def test_killed_import(tmp_path: Path, folder: Path, undisturbed: Path, at: int, when: str) -> None:
    assert _killed(tmp_path, at, when, "import", str(folder)) == -signal.SIGKILL
    for arguments in (["import", str(folder)], ["reconcile", "--as-of", AS_OF]):
        done = run_workbench(*arguments, ledger=_url(tmp_path), cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert _exports(tmp_path) == _exports(undisturbed)
    assert run_workbench("verify", ledger=_url(tmp_path), cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(("at", "when"), [(1, "before"), (1, "after"), (2, "before")])
def test_killed_reconcile(
    tmp_path: Path, folder: Path, undisturbed: Path, at: int, when: str
) -> None:
    assert run_workbench("import", str(folder), ledger=_url(tmp_path), cwd=tmp_path).returncode == 0
    assert _killed(tmp_path, at, when, "reconcile", "--as-of", AS_OF) == -signal.SIGKILL
    again = run_workbench("reconcile", "--as-of", AS_OF, ledger=_url(tmp_path), cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert _exports(tmp_path) == _exports(undisturbed)
    assert run_workbench("verify", ledger=_url(tmp_path), cwd=tmp_path).returncode == 0


def test_a_second_reconcile_changes_nothing(undisturbed: Path) -> None:
    before = _exports(undisturbed)
    again = run_workbench("reconcile", "--as-of", AS_OF, ledger=_url(undisturbed), cwd=undisturbed)
    assert again.returncode == 0
    assert _exports(undisturbed) == before


MONTH_END = ("month-end", "--period", "2026-03", "--jobs", "1")


@pytest.mark.parametrize("point", ["before-mark", "after-mark", "in-notebook"])
def test_killed_month_end(tmp_path: Path, folder: Path, point: str) -> None:
    for arguments in (["import", str(folder)], ["reconcile", "--as-of", AS_OF]):
        assert run_workbench(*arguments, ledger=_url(tmp_path), cwd=tmp_path).returncode == 0
    if point == "in-notebook":
        process = subprocess.Popen(
            [sys.executable, "-m", "workbench", *MONTH_END],
            env={**os.environ, "WORKBENCH_LEDGER": _url(tmp_path)}, cwd=tmp_path,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        time.sleep(6)
        process.send_signal(signal.SIGKILL)
        process.wait()
    else:
        when = point.removesuffix("-mark")
        assert _killed(tmp_path, 1, when, *MONTH_END) == -signal.SIGKILL

    again = run_workbench(*MONTH_END, ledger=_url(tmp_path), cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    pages = sorted(
        p.relative_to(tmp_path) for p in (tmp_path / "month-end").rglob("*") if p.is_file()
    )
    names = {page.name for page in pages}
    assert names == {"month_end.ipynb", "month_end.html", "index.html"}
    assert len(pages) == 5
    contents = [(tmp_path / page).read_bytes() for page in pages]

    third = run_workbench(*MONTH_END, ledger=_url(tmp_path), cwd=tmp_path)
    assert third.returncode == 0
    # What is done is left alone, to the byte; the index says so and may differ.
    assert [(tmp_path / p).read_bytes() for p in pages if p.name != "index.html"] == [
        c for p, c in zip(pages, contents, strict=True) if p.name != "index.html"
    ]
    marks = [row for row in _exports(tmp_path)["journal"] if row["action"] == "month_end"]
    assert sorted({row["subject"] for row in marks}) == sorted(row["subject"] for row in marks)
    assert run_workbench("verify", ledger=_url(tmp_path), cwd=tmp_path).returncode == 0
