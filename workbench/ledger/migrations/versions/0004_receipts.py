"""Cheques and card receipts as items, direct debits in parts"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from workbench.ledger import journal

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
RECEIPTS = {
    "cheques": (
        "cheque_id", "received_on", "amount_cents", "drawer", "drawee_bank", "number",
        "coupon_code", "account_id", "building_id", "split",
    ),
    "card_receipts": (
        "transaction_id", "at", "amount_cents", "status", "account_id", "building_id", "channel",
        "reference",
    ),
}  # fmt: skip


def upgrade() -> None:
    """Brings the ledger to this revision."""
    for name, columns in RECEIPTS.items():
        _seal_receipts(name, columns)
    op.create_table(
        "receipt_sides",
        sa.Column("item_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("name", WORDS, server_default="", nullable=False),
        sa.Column("kind", WORDS, server_default="", nullable=False),
        sa.Column("receipt_kind", WORDS, server_default="", nullable=False),
        sa.Column("receipt_id", WORDS, server_default="", nullable=False),
        sa.Column("building_id", WORDS, server_default="", nullable=False),
        sa.Column("account_id", WORDS, server_default="", nullable=False),
        sa.Column("amount_cents", WHOLE, nullable=False),
        sa.Column("seal", WORDS, server_default="", nullable=False),
        sa.CheckConstraint(
            "(kind = 'receipt' AND amount_cents < 0) OR (kind = 'deposit' AND amount_cents > 0)",
            name=op.f("ck_receipt_sides_sign"),
        ),
        sa.CheckConstraint(
            "receipt_kind IN ('cheque', 'card')", name=op.f("ck_receipt_sides_receipt_kind")
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_receipt_sides")),
        sqlite_strict=True,
    )
    for column in ("receipt_id", "name"):
        op.create_index(f"ix_receipt_sides_{column}", "receipt_sides", [column], unique=False)
    for table in ("allocations", "proposals"):
        for column in ("credit_part", "debit_part"):
            op.add_column(table, sa.Column(column, WHOLE, server_default="0", nullable=False))
    _widen_items()


def _seal_receipts(name: str, columns: tuple[str, ...]) -> None:
    """Numbers and seals the receipts of one table; the journal keeps their digest."""
    connection = op.get_bind()
    key = columns[0]
    rows = connection.execute(
        sa.text(f"SELECT {', '.join(columns)} FROM {name} ORDER BY {key}")
    ).all()
    op.drop_table(name)
    op.create_table(
        name,
        sa.Column("fact_id", WHOLE, autoincrement=False, nullable=False),
        *(
            sa.Column(column, WHOLE, nullable=False)
            if column == "amount_cents"
            else sa.Column(column, WORDS, server_default="", nullable=False)
            for column in columns
        ),
        sa.Column("seal", WORDS, server_default="", nullable=False),
        sa.PrimaryKeyConstraint("fact_id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint(key, name=op.f(f"uq_{name}_{key}")),
        sqlite_strict=True,
    )
    if not rows:
        return
    facts, digest = journal.sealed((number, *row) for number, row in enumerate(rows, start=1))
    marks = [f":{column}" for column in ("fact_id", *columns, "seal")]
    connection.execute(
        sa.text(
            f"INSERT INTO {name} (fact_id, {', '.join(columns)}, seal) VALUES ({', '.join(marks)})"
        ),
        [dict(zip(("fact_id", *columns, "seal"), fact, strict=True)) for fact in facts],
    )
    data: dict[str, Any] = {
        "table": name, "new": 0, "known": len(facts), "facts": [[name, 1, len(facts), digest]],
    }  # fmt: skip
    entry = journal.JournalEntry(action="import", subject=name, data=data)
    journal.append(connection, [entry], actor="workbench", at=_moment(connection))


def _moment(connection: sa.Connection) -> datetime:
    """Returns the moment of the journal's last row: a migration has no clock of its own."""
    last = connection.execute(sa.text("SELECT at FROM journal ORDER BY seq DESC LIMIT 1")).scalar()
    return datetime.fromisoformat(str(last))


def _widen_items() -> None:
    """Lets items be receipts and deposits too."""
    kinds = "kind IN ('movement', 'due', 'receipt', 'deposit')"
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(op.f("ck_items_kind"), "items", type_="check")
        op.create_check_constraint(op.f("ck_items_kind"), "items", kinds)
        return
    # SQLite changes no constraint in its place, and reflects none.
    items = sa.Table(
        "items",
        sa.MetaData(),
        sa.Column("item_id", WHOLE, autoincrement=False, nullable=False),
        sa.Column("kind", WORDS, server_default="", nullable=False),
        sa.Column("building_id", WORDS, server_default="", nullable=False),
        sa.Column("account_id", WORDS, server_default="", nullable=False),
        sa.Column("amount_cents", WHOLE, nullable=False),
        sa.Column("allocated_cents", WHOLE, server_default="0", nullable=False),
        sa.CheckConstraint(kinds, name=op.f("ck_items_kind")),
        sa.CheckConstraint(
            "(amount_cents >= 0 AND allocated_cents BETWEEN 0 AND amount_cents)"
            " OR (amount_cents < 0 AND allocated_cents BETWEEN amount_cents AND 0)",
            name=op.f("ck_items_within_amount"),
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_items")),
        sqlite_strict=True,
    )
    with op.batch_alter_table("items", copy_from=items, recreate="always"):
        pass
