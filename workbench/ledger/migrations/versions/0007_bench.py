"""What auditors add: dues that did not exist, payments on account"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KINDS = "receipt_kind IN ('cheque', 'card', 'on_account')"
NAME = "ck_receipt_sides_receipt_kind"


def upgrade() -> None:
    """Brings the ledger to this revision: receipts may be money kept for an account."""
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f(NAME), "receipt_sides", type_="check")
        op.create_check_constraint(op.f(NAME), "receipt_sides", KINDS)
        return
    # SQLite changes no constraint in its place, and reflects none.
    texts = ("name", "kind", "receipt_kind", "receipt_id", "building_id", "account_id")
    sides = sa.Table(
        "receipt_sides",
        sa.MetaData(),
        sa.Column("item_id", WHOLE, autoincrement=False, nullable=False),
        *(sa.Column(name, WORDS, server_default="", nullable=False) for name in texts),
        sa.Column("amount_cents", WHOLE, nullable=False),
        sa.Column("seal", WORDS, server_default="", nullable=False),
        sa.CheckConstraint(
            "(kind = 'receipt' AND amount_cents < 0) OR (kind = 'deposit' AND amount_cents > 0)",
            name=op.f("ck_receipt_sides_sign"),
        ),
        sa.CheckConstraint(KINDS, name=op.f(NAME)),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_receipt_sides")),
        sa.Index("ix_receipt_sides_receipt_id", "receipt_id"),
        sa.Index("ix_receipt_sides_name", "name"),
        sqlite_strict=True,
    )
    with op.batch_alter_table("receipt_sides", copy_from=sides, recreate="always"):
        pass
