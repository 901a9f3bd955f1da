"""How many examples where each is dear, and a ledger of the small office to copy for each."""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import pytest
from hypothesis import settings

from tests import small_office
from workbench.ledger.store import Ledger, open_ledger

# An example that goes through the whole engine, or that makes frames by the dozen, takes a
# twentieth of a second and more: a hundred of each property would be most of the time of all
# tests. What these do not find, the examples of the other properties find: all draw from the same
# small worlds, where everything collides. Those whose example is a whole ledger say how few.
FEW = settings(max_examples=min(25, settings().max_examples))


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
