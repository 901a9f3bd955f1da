"""Connections: a ledger's address, its engine, its columnar reader, and what a failure says.

One room knows how SQLite and PostgreSQL differ when they are opened; the others ask `store`.
"""

import sqlite3
from pathlib import Path
from typing import Final

from adbc_driver_manager import dbapi
from pyarrow import ArrowInvalid
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from workbench.domain.errors import LedgerError

DEFAULT_URL: Final = "sqlite:///data/workbench.db"
# How long a writer waits for another one before it gives up.
BUSY_SECONDS: Final = 30
_READ_ONLY: Final = "default_transaction_read_only=on"
# Marks the transactions of `Ledger.writing`: only these take SQLite's write lock from the start.
WRITES: Final = "workbench_writes"


def parsed_address(url: str) -> URL:
    """Reads a ledger's address.

    Raises:
        LedgerError: not an address, or of an engine that holds no ledger.
    """
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


def check_sqlite_file(url: URL, *, create: bool) -> None:
    """Refuses a file that is not there, or is none of SQLite's; makes its folder with `create`.

    Raises:
        LedgerError: says which.
    """
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


def make_engine(url: URL, *, read_only: bool) -> Engine:
    """Returns the engine: SQLite with its durability and its own `BEGIN`, or PostgreSQL.

    Raises:
        LedgerError: the PostgreSQL extra is not installed.
    """
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
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def columnar_connection(url: URL) -> dbapi.Connection:
    """Returns a connection that reads whole columns, and only reads.

    Raises:
        LedgerError: the file is gone.
    """
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


def unreachable(url: URL, error: Exception) -> str:
    """Returns why a ledger did not answer, in French: busy, damaged, or the engine's own words."""
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
