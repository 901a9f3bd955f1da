"""The tables of reminders: what left or is to leave, its letters, what people decided about them.

Append-only but two: `outbox`, whose rows follow a mail from `queued` to `sent` (every change is a
journal row), and `dry_runs`, a memory that each dry run replaces and that decides nothing.

The journal keeps every row but for what is long: of a letter its file's sha256 (`file_id`) and that
of its mail's text. What it keeps of `outbox` is in `outbox`.
Source: docs/decisions/0019-reminders.md.
"""

from typing import Any, Final

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, LargeBinary, UniqueConstraint

from workbench.ledger.columns import METADATA, new_table, whole, words

__all__ = ["METADATA"]


def _key(name: str) -> Column[int]:
    return whole(name, primary_key=True, autoincrement=False)


def _decided() -> Column[int]:
    return whole("seq", ForeignKey("journal.seq"))


def _one_of(column: str, *codes: str) -> CheckConstraint:
    listed = ", ".join(f"'{code}'" for code in codes)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def _columns(*names: str) -> list[Column[Any]]:
    return [words(name) for name in names]


CHANNELS: Final = ("post", "email", "registered", "e_registered")

reminders = new_table(
    "reminders",
    _key("reminder_id"),
    _decided(),
    words("account_id", ForeignKey("accounts.account_id")),
    *_columns("building_id", "kind", "planned_on", "generated_on"),
    whole("amount_cents"),
    whole("by_hand"),
    # 0; one more for each that was generated again for the same day: by hand, or after an undoing.
    whole("again", server_default="0"),
    *_columns("channel", "letter_kind"),
    # Two runs at once generate nothing twice.
    UniqueConstraint("account_id", "kind", "planned_on", "again"),
    CheckConstraint("amount_cents > 0", name="claims_something"),
    CheckConstraint("by_hand IN (0, 1)", name="by_hand"),
    CheckConstraint("again >= 0", name="again"),
    CheckConstraint("kind <> '' AND planned_on <> ''", name="says_what_and_when"),
    _one_of("channel", *CHANNELS),
    Index("ix_reminders_building_id", "building_id"),
)

reminder_events = new_table(
    "reminder_events",
    _key("event_id"),
    _decided(),
    whole("reminder_id", ForeignKey("reminders.reminder_id")),
    *_columns("state", "on_day", "words", "proof"),
    _one_of("state", "validated", "sent", "cancelled", "presented"),
    CheckConstraint("on_day <> ''", name="says_when"),
    Index("ix_reminder_events_reminder_id", "reminder_id"),
)

letters = new_table(
    "letters",
    _key("letter_id"),
    _decided(),
    whole("reminder_id", ForeignKey("reminders.reminder_id"), nullable=True),
    words("account_id", ForeignKey("accounts.account_id")),
    *_columns("building_id", "kind", "made_on", "channel", "file_name"),
    words("file_id"),  # sha256 of the content
    Column("content", LargeBinary, nullable=False),
    *_columns("to_address", "subject", "body"),
    # As printed: its number, and the addressee's lines, the name first.
    *_columns("reference", "address"),
    _one_of("channel", *CHANNELS),
    # LAW L6.
    CheckConstraint("channel <> 'email' OR kind <> 'formal_notice'", name="never_by_plain_mail"),
    CheckConstraint("length(file_id) = 64", name="names_content"),
    Index("ix_letters_account_id", "account_id"),
    Index("ix_letters_reminder_id", "reminder_id"),
)

outbox = new_table(
    "outbox",
    whole("letter_id", ForeignKey("letters.letter_id"), primary_key=True, autoincrement=False),
    words("state"),
    whole("attempts", server_default="0"),
    *_columns("last_error", "message_id"),
    *_columns("left_on", "proof"),  # the day it left, the number of a registered letter
    words("changed_at"),
    _one_of("state", "queued", "sending", "sent", "unknown", "refused", "withdrawn"),
    Index("ix_outbox_state_letter_id", "state", "letter_id"),
)

moves = new_table(
    "moves",
    _key("move_id"),
    _decided(),
    words("account_id", ForeignKey("accounts.account_id")),
    *_columns("kind", "to_on", "moved_on"),
    whole("cancels", ForeignKey("moves.move_id"), nullable=True),
    UniqueConstraint("cancels"),
    Index("ix_moves_account_id", "account_id"),
)

# A person's snooze, or its end (until_on = from_on); beside the imported `snoozes`.
snoozing = new_table(
    "snoozing",
    _key("snooze_id"),
    _decided(),
    words("building_id", ForeignKey("buildings.building_id")),
    *_columns("from_on", "until_on"),
    whole("cancels", ForeignKey("snoozing.snooze_id"), nullable=True),
    UniqueConstraint("cancels"),
    CheckConstraint("from_on <> '' AND until_on >= from_on", name="ends"),
)

switches = new_table(
    "switches",
    _key("switch_id"),
    _decided(),
    words("state"),
    _one_of("state", "on", "off"),
)

fee_invoices = new_table(
    "fee_invoices",
    _key("invoice_id"),
    _decided(),
    whole("reminder_id", ForeignKey("reminders.reminder_id"), nullable=True),
    words("account_id", ForeignKey("accounts.account_id")),
    *_columns("building_id", "service"),
    whole("amount_cents"),
    *_columns("supplier_account", "expense_account", "issued_on"),
    CheckConstraint("amount_cents > 0", name="charges_something"),
    Index("ix_fee_invoices_account_id", "account_id"),
    Index("ix_fee_invoices_reminder_id", "reminder_id"),
)

fee_invoice_events = new_table(
    "fee_invoice_events",
    _key("event_id"),
    _decided(),
    whole("invoice_id", ForeignKey("fee_invoices.invoice_id")),
    *_columns("state", "on_day"),
    words("due_id"),  # the due of kind fee that a validated one makes; "" else
    _one_of("state", "validated", "cancelled"),
    Index("ix_fee_invoice_events_invoice_id", "invoice_id"),
)

dry_runs = new_table(
    "dry_runs",
    words("building_id", primary_key=True),  # "" for the portfolio
    whole("seq"),  # the journal's head that it saw
    words("as_of"),
    words("data"),  # JSON: account -> [type, state, reason, ISO day]
)

APPEND_ONLY: Final = (
    "reminders", "reminder_events", "letters", "moves", "snoozing", "switches", "fee_invoices",
    "fee_invoice_events",
)  # fmt: skip
