"""Bringing a ledger to this program's version; refusing one of another version."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text

from workbench.domain.errors import LedgerError

if TYPE_CHECKING:
    from alembic.config import Config

    from workbench.ledger.store import Ledger

# The newest of `migrations/versions`, written here so that opening a ledger that has it does not
# load Alembic: a quarter of a second of each command.
HEAD: Final = "0007"
_VERSION_TABLE: Final = "alembic_version"


def revision_of(connection: Connection) -> str:
    """Returns the revision of the ledger, "" when there is none yet."""
    if not connection.dialect.has_table(connection, _VERSION_TABLE):
        return ""
    row = connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()
    return str(row or "")


def migrate(ledger: "Ledger", *, found: str, create: bool) -> None:
    """Makes the tables, or brings them to this version.

    Args:
        ledger: opened, of another revision than `HEAD`.
        found: its revision, "" when it has none.
        create: do it; without, only say what is wrong.

    Raises:
        LedgerError: no ledger, of another program, of another version.
    """
    if not found:
        _check_no_ledger_yet(ledger, create=create)
    known = _known_revisions()
    if found and found not in known:
        raise LedgerError(
            f"le registre est d'une autre version du programme (schéma {found}, celui-ci lit "
            f"{HEAD}) : mettre workbench à jour"
        )
    if not create:
        raise LedgerError(
            f"le registre est d'une version antérieure (schéma {found}, celui-ci lit {HEAD}) : "
            "il sera mis à niveau par le prochain « workbench import »"
        )
    with ledger.migrating() as connection:
        # Another process may have done it while this one waited for its turn.
        if revision_of(connection) != HEAD:
            from alembic import command  # noqa: PLC0415 - see HEAD

            command.upgrade(alembic_config(connection), "head")


def _check_no_ledger_yet(ledger: "Ledger", *, create: bool) -> None:
    with ledger.reading() as connection:
        others = sorted(inspect(connection).get_table_names())
        if others and not revision_of(connection):
            raise LedgerError(
                f"cette base n'est pas un registre : elle contient d'autres tables "
                f"({', '.join(others[:3])}). Indiquer une base vide ou le bon registre "
                "avec --ledger"
            )
    if not create:
        raise LedgerError(
            "cette base ne contient pas de registre. Le créer avec « workbench import DOSSIER »"
        )


def alembic_config(connection: Connection | None = None) -> "Config":
    """Returns the migrations' configuration, for one connection when it is to run them."""
    from alembic.config import Config  # noqa: PLC0415 - see HEAD

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    return config


def _known_revisions() -> set[str]:
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - see HEAD

    scripts = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    return {script.revision for script in scripts}
