"""What reminders leave behind: letters, mails, moved dates, fee invoices"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

WORDS = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
CHANNELS = "'post', 'email', 'registered', 'e_registered'"


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, WORDS, server_default="", nullable=False) for name in names]


def _whole(name: str, *, nullable: bool = False, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, WHOLE, nullable=nullable, server_default=default)


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=op.f(f"fk_{table}_{column}"))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _decided(table: str, key: str, *parts: Any) -> None:
    """Makes a table of decisions: its number, its journal number, the rest."""
    op.create_table(
        table,
        sa.Column(key, WHOLE, autoincrement=False, nullable=False),
        _whole("seq"),
        *parts,
        _refers(table, "seq", "journal.seq"),
        sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{table}")),
        sqlite_strict=True,
    )


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(f"ix_{table}_{column}", table, [column])


def upgrade() -> None:
    """Brings the ledger to this revision."""
    _reminders()
    _letters()
    _choices()
    _fees()
    op.create_table(
        "dry_runs",
        *_texts("building_id"),
        _whole("seq"),
        *_texts("as_of", "data"),
        sa.PrimaryKeyConstraint("building_id", name=op.f("pk_dry_runs")),
        sqlite_strict=True,
    )


def _reminders() -> None:
    name = "reminders"
    _decided(
        name,
        "reminder_id",
        *_texts("account_id", "building_id", "kind", "planned_on", "generated_on"),
        _whole("amount_cents"),
        _whole("by_hand"),
        _whole("again", default="0"),
        *_texts("channel", "letter_kind"),
        _check(name, "claims_something", "amount_cents > 0"),
        _check(name, "by_hand", "by_hand IN (0, 1)"),
        _check(name, "again", "again >= 0"),
        _check(name, "says_what_and_when", "kind <> '' AND planned_on <> ''"),
        _check(name, "channel", f"channel IN ({CHANNELS})"),
        _refers(name, "account_id", "accounts.account_id"),
        sa.UniqueConstraint(
            "account_id",
            "kind",
            "planned_on",
            "again",
            name=op.f("uq_reminders_account_id_kind_planned_on_again"),
        ),
    )
    _index(name, "building_id")
    name = "reminder_events"
    _decided(
        name,
        "event_id",
        _whole("reminder_id"),
        *_texts("state", "on_day", "words", "proof"),
        _check(name, "state", "state IN ('validated', 'sent', 'cancelled', 'presented')"),
        _check(name, "says_when", "on_day <> ''"),
        _refers(name, "reminder_id", "reminders.reminder_id"),
    )
    _index(name, "reminder_id")


def _letters() -> None:
    name = "letters"
    _decided(
        name,
        "letter_id",
        _whole("reminder_id", nullable=True),
        *_texts("account_id", "building_id", "kind", "made_on", "channel", "file_name", "file_id"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        *_texts("to_address", "subject", "body", "reference", "address"),
        _check(name, "channel", f"channel IN ({CHANNELS})"),
        _check(name, "never_by_plain_mail", "channel <> 'email' OR kind <> 'formal_notice'"),
        _check(name, "names_content", "length(file_id) = 64"),
        _refers(name, "account_id", "accounts.account_id"),
        _refers(name, "reminder_id", "reminders.reminder_id"),
    )
    _index(name, "account_id", "reminder_id")
    states = "'queued', 'sending', 'sent', 'unknown', 'refused', 'withdrawn'"
    op.create_table(
        "outbox",
        sa.Column("letter_id", WHOLE, autoincrement=False, nullable=False),
        *_texts("state"),
        _whole("attempts", default="0"),
        *_texts("last_error", "message_id", "left_on", "proof", "changed_at"),
        _check("outbox", "state", f"state IN ({states})"),
        _refers("outbox", "letter_id", "letters.letter_id"),
        sa.PrimaryKeyConstraint("letter_id", name=op.f("pk_outbox")),
        sqlite_strict=True,
    )
    op.create_index("ix_outbox_state_letter_id", "outbox", ["state", "letter_id"])


def _choices() -> None:
    _decided(
        "moves",
        "move_id",
        *_texts("account_id", "kind", "to_on", "moved_on"),
        _whole("cancels", nullable=True),
        _refers("moves", "account_id", "accounts.account_id"),
        _refers("moves", "cancels", "moves.move_id"),
        sa.UniqueConstraint("cancels", name=op.f("uq_moves_cancels")),
    )
    _index("moves", "account_id")
    _decided(
        "snoozing",
        "snooze_id",
        *_texts("building_id", "from_on", "until_on"),
        _whole("cancels", nullable=True),
        _check("snoozing", "ends", "from_on <> '' AND until_on >= from_on"),
        _refers("snoozing", "building_id", "buildings.building_id"),
        _refers("snoozing", "cancels", "snoozing.snooze_id"),
        sa.UniqueConstraint("cancels", name=op.f("uq_snoozing_cancels")),
    )
    _decided(
        "switches",
        "switch_id",
        *_texts("state"),
        _check("switches", "state", "state IN ('on', 'off')"),
    )


def _fees() -> None:
    name = "fee_invoices"
    _decided(
        name,
        "invoice_id",
        _whole("reminder_id", nullable=True),
        *_texts("account_id", "building_id", "service"),
        _whole("amount_cents"),
        *_texts("supplier_account", "expense_account", "issued_on"),
        _check(name, "charges_something", "amount_cents > 0"),
        _refers(name, "account_id", "accounts.account_id"),
        _refers(name, "reminder_id", "reminders.reminder_id"),
    )
    _index(name, "account_id", "reminder_id")
    name = "fee_invoice_events"
    _decided(
        name,
        "event_id",
        _whole("invoice_id"),
        *_texts("state", "on_day", "due_id"),
        _check(name, "state", "state IN ('validated', 'cancelled')"),
        _refers(name, "invoice_id", "fee_invoices.invoice_id"),
    )
    _index(name, "invoice_id")
