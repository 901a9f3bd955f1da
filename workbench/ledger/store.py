"""Opening a ledger, writing to it, reading frames from it: one way for SQLite and PostgreSQL.

Writers take turns: SQLite by `BEGIN IMMEDIATE`, PostgreSQL by one advisory lock for the ledger, so
that the journal has one order. Readers never wait. Frames come out column-wise through ADBC.
"""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final, Self

import pandas as pd
from adbc_driver_manager import Error as AdbcError
from adbc_driver_manager import dbapi
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from pyarrow import ArrowInvalid
from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError

from workbench.domain.errors import InvariantError, LedgerError
from workbench.ledger.guards import check_guards, drop_guards, install_guards

DEFAULT_URL: Final = "sqlite:///data/workbench.db"
# How long a writer waits for another one before it gives up.
BUSY_SECONDS: Final = 30
_LOCK_KEY: Final = 7_265_741_101  # any number that nothing else in the office's server uses
_VERSION_TABLE: Final = "alembic_version"
_READ_ONLY: Final = "default_transaction_read_only=on"
# Marks the transactions of `Ledger.writing`: only these take SQLite's write lock from the start.
_WRITES: Final = "workbench_writes"


class Ledger:
    """One open ledger. Made by `open_ledger`; close it, or use it as a context manager."""

    def __init__(self, *, url: URL, engine: Engine, read_only: bool) -> None:
        """Keeps what `open_ledger` checked."""
        self.url = url
        self.engine = engine
        self.read_only = read_only
        self._columnar: dbapi.Connection | None = None
        self._snapshots = 0

    @property
    def is_sqlite(self) -> bool:
        """True for the embedded engine."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def address(self) -> str:
        """The URL as text, password included: for child processes, never for a screen."""
        return self.url.render_as_string(hide_password=False)

    def __enter__(self) -> Self:
        """Returns itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes every connection."""
        self.close()

    def close(self) -> None:
        """Closes every connection; the ledger cannot be used afterwards."""
        self._close_columnar()
        self.engine.dispose()

    def _close_columnar(self) -> None:
        if self._columnar is not None:
            self._columnar.close()
            self._columnar = None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One write transaction, alone in the ledger: all of it is kept, or nothing.

        Raises:
            LedgerError: opened read-only, another writer did not finish in time, or the disk is
                full.
        """
        with self._alone() as connection:
            yield connection

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """As `writing`, for changing the tables themselves: guards and references step aside.

        SQLite replaces a table by making another one and dropping the first, which triggers that
        name it and rows that refer to it would not let happen.
        """
        with self._alone(references=False) as connection:
            drop_guards(connection)
            yield connection
            if self.is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise InvariantError("a migration left rows that refer to nothing")
            install_guards(connection)

    @contextmanager
    def _alone(self, *, references: bool = True) -> Iterator[Connection]:
        if self.read_only:
            raise LedgerError("le registre est ouvert en lecture seule")
        try:
            with self.engine.connect() as connection:
                connection.execution_options(**{_WRITES: True})
                driver: Any = connection.connection.driver_connection
                if self.is_sqlite:
                    # Not possible once the transaction has begun.
                    driver.execute(f"PRAGMA foreign_keys={references:d}")
                with connection.begin():
                    if not self.is_sqlite:
                        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")
                        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK_KEY})"))
                    yield connection
        except Exception as error:
            if not is_driver_error(error, "OperationalError"):
                raise
            raise LedgerError(_unreachable(self.url, error)) from error

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One read transaction: every query inside sees the ledger at the same moment.

        Raises:
            LedgerError: the ledger does not answer.
        """
        try:
            with self.engine.connect() as connection:
                if not self.is_sqlite:
                    connection.execution_options(isolation_level="REPEATABLE READ")
                yield connection
        except OperationalError as error:
            raise LedgerError(_unreachable(self.url, error)) from error

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Every frame read inside sees the ledger at the same moment."""
        self._snapshots += 1
        try:
            yield
        finally:
            self._snapshots -= 1
            if not self._snapshots and self._columnar is not None:
                self._columnar.rollback()

    def frame(self, query: str, parameters: Sequence[str | int] = ()) -> pd.DataFrame:
        """Reads a frame.

        Args:
            query: SQL with `?` for each parameter, on both engines.
            parameters: their values.

        Returns:
            One column per selected name; integers int64, text str. Whole-number columns with
            NULLs come as float64: the views cast them.

        Raises:
            LedgerError: the ledger went away or is not one.
        """
        if not self.is_sqlite:
            for number in range(1, len(parameters) + 1):
                query = query.replace("?", f"${number}", 1)
        try:
            if self._columnar is None:
                self._columnar = _columnar_connection(self.url)
            with self._columnar.cursor() as cursor:
                cursor.execute(query, list(parameters) or None)
                table = cursor.fetch_arrow_table()
            # A damaged file holds texts that are none; better said here than wherever they show.
            table.validate(full=True)
            if not self._snapshots:
                # Ends the read transaction, so that the next frame sees what was written since.
                self._columnar.rollback()
        except (AdbcError, ArrowInvalid, OSError) as error:
            self._close_columnar()
            raise LedgerError(_unreachable(self.url, error)) from error
        frame: pd.DataFrame = table.to_pandas()
        return frame


def open_ledger(url: str | None = None, *, create: bool = False, read_only: bool = False) -> Ledger:
    """Opens a ledger and checks that it is one, of this version, with its guards.

    Args:
        url: SQLAlchemy URL; `WORKBENCH_LEDGER`, then `sqlite:///data/workbench.db` when None.
        create: make it, or bring it to this version, when needed.
        read_only: refuse every write, in the database itself.

    Raises:
        LedgerError: no such ledger, another version, guards missing, server not answering.
    """
    parsed = _parse(url or os.environ.get("WORKBENCH_LEDGER") or DEFAULT_URL)
    if parsed.get_backend_name() == "sqlite":
        _check_sqlite_file(parsed, create=create)
    engine = _engine(parsed, read_only=read_only)
    ledger = Ledger(url=parsed, engine=engine, read_only=read_only)
    try:
        with engine.connect() as connection:
            found = _revision(connection)
            connection.rollback()
        if found != _head():
            _migrate(ledger, found=found, create=create and not read_only)
        with engine.connect() as connection:
            check_guards(connection)
    except (DBAPIError, UnicodeDecodeError) as error:
        # SQLite's own texts, such as a trigger's, are no texts any more in a damaged file.
        ledger.close()
        raise LedgerError(_unreachable(parsed, error)) from error
    except LedgerError:
        ledger.close()
        raise
    return ledger


def insert_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Inserts many rows at once: `executemany` on SQLite, COPY on PostgreSQL.

    Args:
        connection: of `Ledger.writing`.
        table: one of `ledger.schema`.
        columns: names, in the order of the values.
        rows: sorted by primary key, which makes SQLite 5 to 10 times faster.
    """
    names = ", ".join(columns)
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        driver.executemany(f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows)
        return
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def is_driver_error(error: BaseException, name: str) -> bool:
    """Tells whether an error is of that class of the database interface (PEP 249).

    The bulk path talks to the driver, whose errors SQLAlchemy has not wrapped, and one of the two
    drivers is an extra: so by name.
    """
    return any(c.__name__ == name for c in type(error).__mro__)


def next_number(connection: Connection, table: Table, column: str) -> int:
    """Returns the number after the largest one in use. Only inside `Ledger.writing`."""
    largest = connection.execute(text(f"SELECT MAX({column}) FROM {table.name}")).scalar()
    return int(largest or 0) + 1


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, NoSuchModuleError):
        raise LedgerError(
            f"adresse de registre incomprise : {url.rsplit('@', maxsplit=1)[-1]}. "
            "Exemples : sqlite:///data/workbench.db, postgresql+psycopg://bureau@serveur/base"
        ) from None
    if backend not in {"sqlite", "postgresql"}:
        raise LedgerError(f"moteur de registre inconnu : {backend} (sqlite ou postgresql)")
    if backend == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise LedgerError("un registre SQLite est un fichier : sqlite:///chemin/workbench.db")
    if backend == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed


def _check_sqlite_file(url: URL, *, create: bool) -> None:
    path = Path(url.database or "")
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(16)
        if head and head != b"SQLite format 3\x00":
            raise LedgerError(f"{path} n'est pas un registre (ce n'est pas un fichier SQLite)")
        if head or create:
            return
    if not create:
        raise LedgerError(
            f"aucun registre à {path}. Le créer avec « workbench import DOSSIER », "
            "ou indiquer le bon avec --ledger"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LedgerError(f"impossible de créer {path.parent} ({error.strerror})") from error


def _engine(url: URL, *, read_only: bool) -> Engine:
    if url.get_backend_name() == "postgresql":
        options = _server_options(url, *([_READ_ONLY] if read_only else []))
        try:
            return create_engine(url, connect_args={"options": options, "connect_timeout": 10})
        except ModuleNotFoundError:
            raise LedgerError(
                "PostgreSQL demande l'extra « postgresql » : pip install workbench[postgresql]"
            ) from None
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS})

    @event.listens_for(engine, "connect")
    def _set_up(connection: sqlite3.Connection, _record: object) -> None:
        # The driver must not begin transactions by itself: `writing` begins them IMMEDIATE.
        connection.isolation_level = None
        for pragma in (
            "synchronous=FULL",
            "recursive_triggers=ON",
            "trusted_schema=OFF",
            # Identities are spread over their whole index: what a large import touches stays in
            # memory, 64 MB at most.
            "cache_size=-65536",
            *(("query_only=ON",) if read_only else ("journal_mode=WAL",)),
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _columnar_connection(url: URL) -> dbapi.Connection:
    # Imported here: the PostgreSQL driver is an extra.
    if url.get_backend_name() == "sqlite":
        import adbc_driver_sqlite.dbapi  # noqa: PLC0415

        path = Path(url.database or "").absolute()
        if not path.is_file():
            raise LedgerError(f"le registre {path.name} a disparu")
        return adbc_driver_sqlite.dbapi.connect(f"{path.as_uri()}?mode=ro")
    import adbc_driver_postgresql.dbapi  # noqa: PLC0415

    # Otherwise each query of a snapshot would see what was committed just before it.
    options = _server_options(url, "default_transaction_isolation=repeatable\\ read", _READ_ONLY)
    url = url.set(drivername="postgresql").update_query_dict({"options": options})
    # libpq does not take a + for a space; one of a password or a name is %2B here already.
    address = url.render_as_string(hide_password=False).replace("+", "%20")
    connection: dbapi.Connection = adbc_driver_postgresql.dbapi.connect(address)
    return connection


def _server_options(url: URL, *settings: str) -> str:
    """Returns libpq's `options` with what the URL itself asks for, such as a search_path."""
    given = url.query.get("options", ())
    return " ".join(
        [
            *([given] if isinstance(given, str) else given),
            *(f"-c {setting}" for setting in settings),
        ]
    )


def alembic_config(connection: Connection) -> Config:
    """Returns the migrations' configuration for one connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    return config


@cache
def _head() -> str:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return ScriptDirectory.from_config(config).get_current_head() or ""


def _revision(connection: Connection) -> str:
    """Returns the revision of the ledger, "" when there is none yet."""
    if not connection.dialect.has_table(connection, _VERSION_TABLE):
        return ""
    row = connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()
    return str(row or "")


def _migrate(ledger: Ledger, *, found: str, create: bool) -> None:
    if not found:
        _check_no_ledger_yet(ledger, create=create)
    known = _known_revisions()
    if found and found not in known:
        raise LedgerError(
            f"le registre est d'une autre version du programme (schéma {found}, celui-ci lit "
            f"{_head()}) : mettre workbench à jour"
        )
    if not create:
        raise LedgerError(
            f"le registre est d'une version antérieure (schéma {found}, celui-ci lit {_head()}) : "
            "il sera mis à niveau par le prochain « workbench import »"
        )
    with ledger.migrating() as connection:
        # Another process may have done it while this one waited for its turn.
        if _revision(connection) != _head():
            command.upgrade(alembic_config(connection), "head")


def _check_no_ledger_yet(ledger: Ledger, *, create: bool) -> None:
    with ledger.reading() as connection:
        others = sorted(inspect(connection).get_table_names())
        if others and not _revision(connection):
            raise LedgerError(
                f"cette base n'est pas un registre : elle contient d'autres tables "
                f"({', '.join(others[:3])}). Indiquer une base vide ou le bon registre "
                "avec --ledger"
            )
    if not create:
        raise LedgerError(
            "cette base ne contient pas de registre. Le créer avec « workbench import DOSSIER »"
        )


def _known_revisions() -> set[str]:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}


def _unreachable(url: URL, error: Exception) -> str:
    where = url.database if url.get_backend_name() == "sqlite" else f"{url.host}/{url.database}"
    detail = first_line(getattr(error, "orig", None) or error)
    if "locked" in detail or "lock timeout" in detail:
        return f"le registre {where} est occupé par une autre écriture depuis {BUSY_SECONDS} s"
    if isinstance(error, ArrowInvalid | UnicodeDecodeError) or "malformed" in detail:
        return (
            f"le registre {where} est endommagé ({detail}) : « workbench verify » dit ce qui ne "
            "tient plus, une sauvegarde le remplace"
        )
    return f"le registre {where} ne répond pas ({detail})"


def first_line(error: BaseException) -> str:
    """Returns the first line of what an error says, its name when it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
