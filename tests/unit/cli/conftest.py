"""A reconciled portfolio, and the commands run on it in this process."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.portfolio import write_portfolio
from workbench.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="session")
def imported_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the portfolio in `p` and a ledger it was imported into: copied.

    Made once for each process of tests: two commands take longer than most tests of a third.
    """
    place = tmp_path_factory.mktemp("imported")
    write_portfolio(place / "p")
    _command(place, "import", "p")
    return place


@pytest.fixture(scope="session")
def reconciled_office(imported_office: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, reconciled at the end of 2026."""
    place = tmp_path_factory.mktemp("reconciled")
    shutil.copytree(imported_office, place, dirs_exist_ok=True)
    _command(place, "reconcile", "--as-of", "2026-12-31")
    return place


def _command(place: Path, *arguments: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_LEDGER", f"sqlite:///{place / 'ledger.db'}")
        patch.chdir(place)
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--actor", "C. Ardouin"])
    assert not ended.value.code


@pytest.fixture
def run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    reconciled_office: Path,
) -> Run:
    """Runs a command in this process on a reconciled portfolio: status, output, errors."""
    monkeypatch.setenv("WORKBENCH_LEDGER", f"sqlite:///{tmp_path / 'ledger.db'}")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    shutil.copytree(reconciled_office, tmp_path, dirs_exist_ok=True)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--actor", "C. Ardouin"])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return int(ended.value.code or 0), out, err

    return call
