"""Ledgers that the tests of this folder start from, on both engines.

Each is a copy of one made once, which takes a tenth of the time of making it.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy

from tests import small_office
from workbench.ledger.store import Ledger

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture
def office(ledger_url: str) -> Iterator[Ledger]:
    """A ledger of its own with the small office in it."""
    with small_office.office(ledger_url) as ledger:
        yield ledger


@pytest.fixture(scope="module", params=ENGINES)
def common_office(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ledger]:
    """The small office for all tests of a module whose writes are refused."""
    with _place(request, tmp_path_factory) as url, small_office.office(url) as ledger:
        yield ledger


@pytest.fixture(scope="module", params=ENGINES)
def common_empty(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ledger]:
    """An empty ledger for all tests of a module that only read."""
    with _place(request, tmp_path_factory) as url, small_office.opened(url) as ledger:
        yield ledger


@contextmanager
def _place(request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> Iterator[str]:
    """An empty place for a ledger that a whole module uses."""
    if request.param == "sqlite":
        yield f"sqlite:///{folders.mktemp('common') / 'ledger.db'}"
        return
    server = sqlalchemy.create_engine(
        request.getfixturevalue("postgres_server"), isolation_level="AUTOCOMMIT"
    )
    name = f"common_{uuid.uuid4().hex}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        yield server.url.set(database=name).render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture
def empty(ledger_url: str) -> Iterator[Ledger]:
    """A new ledger."""
    with small_office.opened(ledger_url) as ledger:
        yield ledger
