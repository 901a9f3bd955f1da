"""A ledger of the small office, made once and copied for each example."""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from tests import small_office
from workbench.ledger.store import Ledger, open_ledger


class Fresh(Protocol):
    """Opens a copy of the office for one example."""

    def __call__(self) -> AbstractContextManager[Ledger]: ...


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Fresh:
    path = tmp_path_factory.mktemp("template") / "office.db"
    with small_office.office(f"sqlite:///{path}"):
        pass

    @contextmanager
    def copy() -> Iterator[Ledger]:
        with tempfile.TemporaryDirectory() as folder:
            url = small_office.copy_ledger(path, Path(folder) / "ledger.db")
            with open_ledger(url) as ledger:
                yield ledger

    return copy
