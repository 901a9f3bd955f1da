"""SIGKILL at every step of `sync`, then again: as if nothing had happened (DOMAIN A1)."""

import hashlib
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection

from tests import small_office
from tests.portfolio import IBAN
from workbench.cli import main
from workbench.ledger.store import Ledger, open_ledger
from workbench.loaders import archive
from workbench.pipeline import checking, exporting

HEADER = "iban;booked_on;amount;label;counterparty;counterparty_iban;reference\n"


def _deadly(at: int) -> None:
    """Makes this process kill itself without a word at the n-th step that changes something.

    Steps: the middle of each file's copy into the archive, the end of each transaction before and
    after it is kept.
    """
    count = 0

    def step() -> None:
        nonlocal count
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)

    copy, writing = archive._copy, Ledger.writing  # noqa: SLF001 - the very middle

    def deadly_copy(path: Path, file_id: str, *, write: Callable[[bytes], int]) -> None:
        def cut(data: bytes) -> int:
            write(data[: len(data) // 2])
            step()
            return write(data[len(data) // 2 :])

        copy(path, file_id, write=cut)

    @contextmanager
    def deadly_writing(self: Ledger) -> Iterator[Connection]:
        with writing(self) as connection:
            yield connection
            step()
        step()

    setattr(archive, "_copy", deadly_copy)  # noqa: B010 - for good: the process ends here
    setattr(Ledger, "writing", deadly_writing)  # noqa: B010


def _killed_sync(at: int) -> int:
    """Runs `sync` in a fork that dies at a step; returns the signal, 0 when it came to its end.

    A fork, since starting Python anew is most of the time; it opens nothing of this process.
    """
    child = os.fork()
    if not child:
        _deadly(at)
        try:
            main(["sync"])
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An office with three files at its source."""
    (tmp_path / "bank").mkdir()
    for month in (1, 2, 3):
        rows = "".join(
            f"{IBAN};2026-{month:02}-{day:02};{day}.00;VIR {day};X;;R{month}-{day}\n"
            for day in range(1, 20)
        )
        (tmp_path / "bank" / f"{month:02}.csv").write_text(HEADER + rows)
    (tmp_path / "workbench.toml").write_text('[[sources]]\nname = "b"\nurl = "bank"\n')
    monkeypatch.setenv("WORKBENCH_LEDGER", _url(tmp_path))
    monkeypatch.delenv("WORKBENCH_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _url(place: Path) -> str:
    return f"sqlite:///{place / 'office' / 'ledger.db'}"


def _sync() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sync"])
    assert not ended.value.code


def _state(place: Path) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]], list[str]]:
    """What a run leaves: movements, fetches without their moment, contents of the archive."""
    with open_ledger(_url(place), read_only=True) as ledger:
        assert checking.verify(ledger) == []
        movements = exporting.export(ledger, "movements", as_of=date(2026, 12, 31))
        fetches = ledger.frame("SELECT source, path, size, file_id FROM fetched ORDER BY fetch_id")
    kept = sorted(
        path for path in (place / "office" / "archive").glob("*/*/*") if len(path.name) == 64
    )
    assert [hashlib.sha256(path.read_bytes()).hexdigest() for path in kept] == [
        path.name for path in kept
    ]
    return (
        [tuple(map(str, row)) for row in movements.itertuples(index=False)],
        [tuple(map(str, row)) for row in fetches.itertuples(index=False)],
        [path.name for path in kept],
    )


def test_killed_anywhere_and_run_again(place: Path) -> None:
    _sync()
    undisturbed = _state(place)
    assert (len(undisturbed[0]), len(undisturbed[1]), len(undisturbed[2])) == (57, 3, 3)
    at = 0
    while True:
        at += 1
        shutil.rmtree(place / "office")
        if at > 1:
            # Made once by `sync` itself; that is not what is killed here.
            (place / "office").mkdir()
            small_office.new_ledger(_url(place))
        if not _killed_sync(at):
            break
        if at % 3 == 0:
            # Twice in a row, somewhere else.
            _killed_sync(at // 2)
        _sync()
        assert _state(place) == undisturbed, at
    # Three files, each copied, recorded and imported with the others.
    assert at > 9
