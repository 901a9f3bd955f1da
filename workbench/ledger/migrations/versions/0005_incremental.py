"""What the last matching of each building had seen"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Brings the ledger to this revision."""
    op.create_table(
        "matched",
        sa.Column("building_id", WORDS, server_default="", nullable=False),
        sa.Column("journal_seq", WHOLE, nullable=False),
        sa.Column("item_id", WHOLE, nullable=False),
        sa.Column("as_of", WORDS, server_default="", nullable=False),
        sa.Column("context", WORDS, server_default="", nullable=False),
        sa.PrimaryKeyConstraint("building_id", name=op.f("pk_matched")),
        sqlite_strict=True,
    )
