"""A reconciled portfolio, and the commands run on it in this process."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.portfolio import write_portfolio
from workbench.cli import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process on a reconciled portfolio: status, output, errors."""
    monkeypatch.setenv("WORKBENCH_LEDGER", f"sqlite:///{tmp_path / 'ledger.db'}")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--actor", "C. Ardouin"])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return int(ended.value.code or 0), out, err

    call("import", str(write_portfolio(tmp_path / "p")))
    call("reconcile", "--as-of", "2026-12-31")
    return call
