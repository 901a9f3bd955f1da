"""Bank files: details that come later, the sources they came from"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Brings the ledger to this revision."""
    _told_apart("movement_details", "detail_id", "movement_id", "iban", "booked_on")
    _told_apart("order_returns", "return_id", "iban", "told_on")
    _fetched()


def _told_apart(table: str, number: str, *first: str) -> None:
    """What a bank tells of movements apart from the statement: details, reasons of returns."""
    words = (
        "currency", "label", "counterparty", "counterparty_iban", "ultimate_party",
        "bank_reference", "end_to_end_id", "mandate_id", "remittance_reference",
        "batch_reference", "return_reason", "details",
    )  # fmt: skip
    op.create_table(
        table,
        sa.Column(number, WHOLE, autoincrement=False, nullable=False),
        *map(_text, ("fingerprint", "file_id", *first)),
        sa.Column("amount_cents", WHOLE, nullable=False),
        *map(_text, words),
        sa.Column("place", WHOLE, nullable=False),
        _text("seal"),
        sa.ForeignKeyConstraint(["file_id"], ["files.file_id"], name=op.f(f"fk_{table}_file_id")),
        sa.PrimaryKeyConstraint(number, name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("fingerprint", name=op.f(f"uq_{table}_fingerprint")),
        sqlite_strict=True,
    )


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, WORDS, server_default="", nullable=False)


def _fetched() -> None:
    """What `sync` fetched: which source gave which content under which name."""
    op.create_table(
        "fetched",
        sa.Column("fetch_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("source", WORDS, server_default="", nullable=False),
        sa.Column("path", WORDS, server_default="", nullable=False),
        sa.Column("size", WHOLE, nullable=False),
        sa.Column("stamp", WORDS, server_default="", nullable=False),
        sa.Column("file_id", WORDS, server_default="", nullable=False),
        sa.Column("at", WORDS, server_default="", nullable=False),
        sa.CheckConstraint("length(file_id) = 64", name=op.f("ck_fetched_names_content")),
        sa.PrimaryKeyConstraint("fetch_id", name=op.f("pk_fetched")),
        sqlite_strict=True,
    )
    op.create_index("ix_fetched_source_path", "fetched", ["source", "path"])
    op.create_index("ix_fetched_file_id", "fetched", ["file_id"])
