"""The demo's ledger, made once for every notebook test."""

import os
from pathlib import Path

import pytest
from filelock import FileLock

from workbench.cli import demonstration
from workbench.cli.terminal import Terminal


@pytest.fixture(scope="session")
def demo_ledger(tmp_path_factory: pytest.TempPathFactory) -> str:
    """URL of the demo's ledger, reconciled; no month-end was run on it."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder: Path = shared / "demo"
    with FileLock(f"{folder}.lock"):
        if not (folder / "filled").exists():
            demonstration.fill(folder, terminal=Terminal(silent=True))
            (folder / "filled").touch()
    return demonstration.ledger_url(folder)
