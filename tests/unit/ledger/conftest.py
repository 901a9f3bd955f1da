"""Ledgers that the tests of this folder start from, on both engines.

Each is a copy of one made once, which takes a tenth of the time of making it.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy

from tests import small_office
from workbench.ledger.store import Ledger, open_ledger


@pytest.fixture(scope="session")
def sqlite_office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the small office, to be copied."""
    path = tmp_path_factory.mktemp("office") / "office.db"
    with small_office.office(f"sqlite:///{path}"):
        pass
    return path


@pytest.fixture(scope="session")
def postgres_office(postgres_server: str) -> str:
    """Name of a database with the small office, to be copied."""
    name = f"office_{uuid.uuid4().hex}"
    server = sqlalchemy.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    server.dispose()
    with small_office.office(server.url.set(database=name).render_as_string(hide_password=False)):
        pass
    return name


ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=ENGINES)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger of its own with the small office in it."""
    with _copied(request, tmp_path / "ledger.db") as ledger:
        yield ledger


@pytest.fixture(scope="module", params=ENGINES)
def common_office(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ledger]:
    """The small office for all tests of a module whose writes are refused."""
    with _copied(request, tmp_path_factory.mktemp("common") / "ledger.db") as ledger:
        yield ledger


@pytest.fixture(scope="module", params=ENGINES)
def common_empty(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Ledger]:
    """An empty ledger for all tests of a module that only read."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('empty') / 'ledger.db'}"
        with open_ledger(url, create=True) as ledger:
            yield ledger
        return
    with (
        _database(request.getfixturevalue("postgres_server")) as url,
        open_ledger(url, create=True) as ledger,
    ):
        yield ledger


@contextmanager
def _copied(request: pytest.FixtureRequest, file: Path) -> Iterator[Ledger]:
    if request.param == "sqlite":
        url = small_office.copy_ledger(request.getfixturevalue("sqlite_office"), file)
        with open_ledger(url) as ledger:
            yield ledger
        return
    template = request.getfixturevalue("postgres_office")
    with (
        _database(request.getfixturevalue("postgres_server"), template=template) as url,
        open_ledger(url) as ledger,
    ):
        yield ledger


@contextmanager
def _database(url: str, *, template: str = "template1") -> Iterator[str]:
    server = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    name = f"copy_{uuid.uuid4().hex}"
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield server.url.set(database=name).render_as_string(hide_password=False)
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture
def empty(ledger_url: str) -> Iterator[Ledger]:
    """A new ledger with nothing in it."""
    small_office.new_ledger(ledger_url)
    with open_ledger(ledger_url, create=True) as ledger:
        yield ledger
