"""Opening a ledger, writing to it, reading frames from it: one way for SQLite and PostgreSQL.

Writers take turns: SQLite by `BEGIN IMMEDIATE`, PostgreSQL by one advisory lock for the ledger, so
that the journal has one order. Readers never wait. Frames come out column-wise through ADBC.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Self

import pandas as pd
import pyarrow as pa
from adbc_driver_manager import Error as AdbcError
from adbc_driver_manager import dbapi
from pyarrow import ArrowInvalid
from sqlalchemy import Connection, Engine, Table, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, OperationalError

from workbench.domain.errors import InvariantError, LedgerError
from workbench.ledger import migrating
from workbench.ledger.engines import (
    BUSY_SECONDS,
    DEFAULT_URL,
    WRITES,
    check_sqlite_file,
    columnar_connection,
    make_engine,
    parsed_address,
    unreachable,
)
from workbench.ledger.guards import check_guards, drop_guards, install_guards

_LOCK_KEY: Final = 7_265_741_101  # any number that nothing else in the office's server uses


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
                connection.execution_options(**{WRITES: True})
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
            raise LedgerError(unreachable(self.url, error)) from error

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
            raise LedgerError(unreachable(self.url, error)) from error

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
        frame: pd.DataFrame = self._read(query, parameters).to_pandas()
        return frame

    def rows(self, query: str, parameters: Sequence[str | int] = ()) -> list[dict[str, Any]]:
        """Reads a few rows, each with its columns by name: a frame of one row costs far more.

        Arguments and errors are those of `frame`.
        """
        rows: list[dict[str, Any]] = self._read(query, parameters).to_pylist()
        return rows

    def _read(self, query: str, parameters: Sequence[str | int]) -> pa.Table:
        if not self.is_sqlite:
            for number in range(1, len(parameters) + 1):
                query = query.replace("?", f"${number}", 1)
        try:
            if self._columnar is None:
                self._columnar = columnar_connection(self.url)
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
            raise LedgerError(unreachable(self.url, error)) from error
        return table


def open_ledger(url: str | None = None, *, create: bool = False, read_only: bool = False) -> Ledger:
    """Opens a ledger and checks that it is one, of this version, with its guards.

    Args:
        url: SQLAlchemy URL; `WORKBENCH_LEDGER`, then `sqlite:///data/workbench.db` when None.
        create: make it, or bring it to this version, when needed.
        read_only: refuse every write, in the database itself.

    Raises:
        LedgerError: no such ledger, another version, guards missing, server not answering.
    """
    parsed = parsed_address(url or os.environ.get("WORKBENCH_LEDGER") or DEFAULT_URL)
    if parsed.get_backend_name() == "sqlite":
        check_sqlite_file(parsed, create=create)
    engine = make_engine(parsed, read_only=read_only)
    ledger = Ledger(url=parsed, engine=engine, read_only=read_only)
    try:
        with engine.connect() as connection:
            found = migrating.revision_of(connection)
            connection.rollback()
        if found != migrating.HEAD:
            migrating.migrate(ledger, found=found, create=create and not read_only)
        with engine.connect() as connection:
            check_guards(connection)
    except (DBAPIError, UnicodeDecodeError) as error:
        # SQLite's own texts, such as a trigger's, are no texts any more in a damaged file.
        ledger.close()
        raise LedgerError(unreachable(parsed, error)) from error
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


def known_among(
    connection: Connection, table: Table, column: str, asked: Sequence[str]
) -> set[str]:
    """Returns which of many texts a column holds; the column has an index."""
    if not asked:
        return set()
    # One parameter, however many are asked: a list of marks would be compiled each time.
    within = (
        "SELECT value FROM json_each(:asked)"
        if connection.dialect.name == "sqlite"
        else "SELECT json_array_elements_text(CAST(:asked AS json))"
    )
    query = text(f"SELECT {column} FROM {table.name} WHERE {column} IN ({within})")
    return set(connection.execute(query, {"asked": json.dumps(asked)}).scalars())


def next_number(connection: Connection, table: Table, column: str) -> int:
    """Returns the number after the largest one in use. Only inside `Ledger.writing`."""
    largest = connection.execute(text(f"SELECT MAX({column}) FROM {table.name}")).scalar()
    return int(largest or 0) + 1
