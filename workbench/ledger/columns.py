"""How the ledger's columns and tables are made, the same for both engines.

Source: docs/decisions/0004-ledger.md.
"""

from typing import Any, Final

from sqlalchemy import REAL, BigInteger, Column, Double, Integer, MetaData, Table, Text

METADATA: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)
# SQLite's STRICT tables know INTEGER and REAL only; both hold 64 bits there.
WHOLE: Final = BigInteger().with_variant(Integer, "sqlite")
REAL_NUMBER: Final[Double[float]] = Double().with_variant(REAL, "sqlite")
# Sorted by code point on both engines, whatever the server's own language.
WORDS: Final = Text().with_variant(Text(collation="C"), "postgresql")


def words(name: str, *args: Any, **options: Any) -> Column[str]:
    """Returns a column of text; "" where there is none, never NULL."""
    return Column(name, WORDS, *args, nullable=False, server_default="", **options)


def whole(name: str, *args: Any, nullable: bool = False, **options: Any) -> Column[int]:
    """Returns a column of whole numbers: cents, counts, identifiers."""
    return Column(name, WHOLE, *args, nullable=nullable, **options)


def new_table(name: str, *parts: Any) -> Table:
    """Returns a table of the ledger; STRICT on SQLite."""
    return Table(name, METADATA, *parts, sqlite_strict=True)
