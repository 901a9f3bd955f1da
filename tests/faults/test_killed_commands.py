"""SIGKILL in the middle of import, reconcile and month-end, then the same command again.

The end must be that of an undisturbed run: same exports, and for a month-end the same pages.
"""

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest

from tests.killing import killing
from workbench.cli import main
from workbench.demo.portfolio import generate
from workbench.ledger.store import open_ledger
from workbench.pipeline import checking, exporting

# Each bank file gets its own transaction, so that a small portfolio has several to be killed in.
KILLED = killing("from workbench.pipeline import importing\nimporting._AT_ONCE = 1")
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


def _run(place: Path, *arguments: str) -> None:
    """Runs a command to its end, in this process: starting Python anew is most of the time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("WORKBENCH_LEDGER", _url(place))
        with pytest.raises(SystemExit) as ended:
            main(list(arguments))
    assert not ended.value.code


def _exports(place: Path) -> dict[str, list[dict[str, str]]]:
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


def _killed(place: Path, at: int, when: str, *arguments: str) -> int:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(at), when, *arguments],
        env={**os.environ, "WORKBENCH_LEDGER": _url(place)},
        cwd=place, capture_output=True, timeout=300, check=False,
    )  # fmt: skip
    return done.returncode


@pytest.fixture(scope="module")
def undisturbed(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger that nothing happened to."""
    place = tmp_path_factory.mktemp("undisturbed")
    _run(place, "import", str(folder))
    _run(place, "reconcile", "--as-of", AS_OF)
    return place


@pytest.mark.parametrize(
    ("at", "when"), [(1, "before"), (1, "after"), (2, "before"), (4, "before"), (5, "after")]
)
def test_killed_import(tmp_path: Path, folder: Path, undisturbed: Path, at: int, when: str) -> None:
    assert _killed(tmp_path, at, when, "import", str(folder)) == -signal.SIGKILL
    _run(tmp_path, "import", str(folder))
    _run(tmp_path, "reconcile", "--as-of", AS_OF)
    assert _exports(tmp_path) == _exports(undisturbed)


@pytest.mark.parametrize(("at", "when"), [(1, "before"), (1, "after"), (2, "before")])
def test_killed_reconcile(
    tmp_path: Path, folder: Path, undisturbed: Path, at: int, when: str
) -> None:
    _run(tmp_path, "import", str(folder))
    assert _killed(tmp_path, at, when, "reconcile", "--as-of", AS_OF) == -signal.SIGKILL
    _run(tmp_path, "reconcile", "--as-of", AS_OF)
    assert _exports(tmp_path) == _exports(undisturbed)


def test_a_second_reconcile_changes_nothing(undisturbed: Path) -> None:
    before = _exports(undisturbed)
    _run(undisturbed, "reconcile", "--as-of", AS_OF)
    assert _exports(undisturbed) == before


MONTH_END = ("month-end", "--period", "2026-03", "--jobs", "1")


@pytest.mark.parametrize("point", ["before-mark", "after-mark", "in-notebook"])
def test_killed_month_end(tmp_path: Path, folder: Path, point: str) -> None:
    _run(tmp_path, "import", str(folder))
    _run(tmp_path, "reconcile", "--as-of", AS_OF)
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

    _run(tmp_path, *MONTH_END)
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
