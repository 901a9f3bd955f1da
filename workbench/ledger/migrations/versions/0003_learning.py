"""Learning that can be revoked, samples and their verdicts"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, WORDS, server_default="", nullable=False)


def _whole(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, WHOLE, nullable=nullable)


def _key(name: str) -> sa.Column[int]:
    return sa.Column(name, WHOLE, autoincrement=False, nullable=False)


def _decided(table: str, column: str = "seq") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["journal.seq"], name=f"fk_{table}_{column}")


def upgrade() -> None:
    """Brings the ledger to this revision."""
    op.create_table(
        "forgotten",
        _key("forgotten_id"),
        _whole("seq"),
        *map(_text, ("learned_id", "building_id", "account_id", "kind", "value", "words")),
        _whole("cancels", nullable=True),
        sa.CheckConstraint("kind IN ('iban', 'name')", name=op.f("ck_forgotten_kind")),
        _decided("forgotten"),
        sa.ForeignKeyConstraint(
            ["cancels"], ["forgotten.forgotten_id"], name="fk_forgotten_cancels"
        ),
        sa.PrimaryKeyConstraint("forgotten_id", name=op.f("pk_forgotten")),
        sa.UniqueConstraint("cancels", name=op.f("uq_forgotten_cancels")),
        sqlite_strict=True,
    )
    op.create_index("ix_forgotten_learned_id", "forgotten", ["learned_id"])
    op.create_table(
        "samples",
        _key("sample_id"),
        _whole("seq"),
        _text("building_id"),
        *map(_whole, ("seed", "size", "population")),
        sa.CheckConstraint(
            "size > 0 AND population > 0", name=op.f("ck_samples_draws_from_something")
        ),
        _decided("samples"),
        sa.PrimaryKeyConstraint("sample_id", name=op.f("pk_samples")),
        sqlite_strict=True,
    )
    op.create_table(
        "sample_links",
        _key("sample_link_id"),
        *map(_whole, ("seq", "sample_id", "decision_seq")),
        _text("rule"),
        _decided("sample_links"),
        _decided("sample_links", "decision_seq"),
        sa.ForeignKeyConstraint(
            ["sample_id"], ["samples.sample_id"], name="fk_sample_links_sample_id"
        ),
        sa.PrimaryKeyConstraint("sample_link_id", name=op.f("pk_sample_links")),
        sa.UniqueConstraint(
            "sample_id", "decision_seq", name=op.f("uq_sample_links_sample_id_decision_seq")
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "sample_verdicts",
        _key("sample_verdict_id"),
        *map(_whole, ("seq", "decision_seq")),
        *map(_text, ("rule", "verdict", "words")),
        sa.CheckConstraint(
            "verdict IN ('right', 'wrong')", name=op.f("ck_sample_verdicts_verdict")
        ),
        _decided("sample_verdicts"),
        _decided("sample_verdicts", "decision_seq"),
        sa.PrimaryKeyConstraint("sample_verdict_id", name=op.f("pk_sample_verdicts")),
        sqlite_strict=True,
    )
    op.create_index("ix_sample_verdicts_decision_seq", "sample_verdicts", ["decision_seq"])
    op.create_table(
        "bands",
        _key("band_id"),
        _whole("seq"),
        *map(_text, ("rule", "state", "words")),
        sa.CheckConstraint("state IN ('demoted', 'restored')", name=op.f("ck_bands_state")),
        sa.CheckConstraint("words <> ''", name=op.f("ck_bands_says_why")),
        _decided("bands"),
        sa.PrimaryKeyConstraint("band_id", name=op.f("pk_bands")),
        sqlite_strict=True,
    )
