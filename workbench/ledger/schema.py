"""The ledger's tables, for both engines.

Money is integer cents, dates are ISO text (`2026-10-31`, "" when missing) and moments ISO text in
UTC, so that one query reads the same on SQLite and PostgreSQL. Text is never NULL.

The *seal* of a fact tells which one changed; that one did, the journal tells (`journal.sealed`).

An *item* is anything with a signed open amount; an *allocation* joins one + item with one - item
for an amount. An item's sign is its effect on what is owed: dues +, discounts and refunds owed -,
money in -, money out +. Source: docs/decisions/0004-ledger.md.
"""

from typing import Any, Final

from sqlalchemy import (
    REAL,
    BigInteger,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from workbench.domain.tables import TABLES
from workbench.domain.tables import Table as PortfolioTable

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


def _text(name: str, *args: Any, **options: Any) -> Column[str]:
    return Column(name, WORDS, *args, nullable=False, server_default="", **options)


def _whole(name: str, *args: Any, nullable: bool = False, **options: Any) -> Column[int]:
    return Column(name, WHOLE, *args, nullable=nullable, **options)


def _table(name: str, *parts: Any) -> Table:
    return Table(name, METADATA, *parts, sqlite_strict=True)


def _portfolio_table(table: PortfolioTable) -> Table:
    """Makes the ledger's table of one table of the contract: texts, integers where it counts."""
    columns: list[Column[Any]] = []
    for column in table.columns:
        key = column.stored in table.key
        if column.is_number:
            columns.append(_whole(column.stored, nullable=True))
        else:
            columns.append(_text(column.stored, primary_key=key))
    return _table(table.name, *columns)


_PORTFOLIO: Final = {
    table.name: _portfolio_table(table) for table in TABLES if table.name != "dues"
}
buildings = _PORTFOLIO["buildings"]
bank_accounts = _PORTFOLIO["bank_accounts"]
accounts = _PORTFOLIO["accounts"]
calls = _PORTFOLIO["calls"]
deliveries = _PORTFOLIO["deliveries"]
indexations = _PORTFOLIO["indexations"]
Index("ix_accounts_building_id", accounts.c.building_id)

# --- facts of money: append-only -----------------------------------------------------------------

files = _table(
    "files",
    _text("file_id", primary_key=True),  # sha256 of the content
    _text("name"),
    _text("format"),
    _text("imported_at"),
    _whole("entries"),
    _text("digest"),  # sha256 over the movements it brought, see `journal.sealed`
)

statements = _table(
    "statements",
    _whole("statement_id", primary_key=True, autoincrement=False),
    _text("fingerprint", unique=True),
    _text("file_id", ForeignKey("files.file_id")),
    _text("iban"),
    _text("number"),
    _text("opened_on"),
    _text("closed_on"),
    _whole("opening_cents", nullable=True),
    _whole("closing_cents", nullable=True),
    _text("currency"),
    _whole("entries"),
    _whole("credits_cents"),
    _whole("debits_cents"),
    _text("seal"),
    Index("ix_statements_iban", "iban"),
)

items = _table(
    "items",
    _whole("item_id", primary_key=True, autoincrement=False),
    _text("kind"),
    _text("building_id"),
    _text("account_id"),  # "" for a movement
    _whole("amount_cents"),
    _whole("allocated_cents", server_default="0"),
    CheckConstraint("kind IN ('movement', 'due')", name="kind"),
    CheckConstraint(
        "(amount_cents >= 0 AND allocated_cents BETWEEN 0 AND amount_cents)"
        " OR (amount_cents < 0 AND allocated_cents BETWEEN amount_cents AND 0)",
        name="within_amount",
    ),
)

movements = _table(
    "movements",
    _whole("item_id", primary_key=True, autoincrement=False),
    _text("movement_id", unique=True),
    _text("iban"),
    _text("booked_on"),
    _text("value_on"),
    _whole("amount_cents"),
    _text("currency"),
    _text("label"),
    _text("counterparty"),
    _text("counterparty_iban"),
    _text("ultimate_party"),
    _text("bank_reference"),
    _text("end_to_end_id"),
    _text("mandate_id"),
    _text("remittance_reference"),
    _text("operation_code"),
    _text("return_reason"),
    _text("details"),  # JSON: parts of a batch, reversal flag, what the bank said beyond columns
    _whole("statement_id", ForeignKey("statements.statement_id")),
    _whole("place"),
    _text("seal"),
    Index("ix_movements_iban_booked_on", "iban", "booked_on"),
)

dues = _table(
    "dues",
    _whole("item_id", primary_key=True, autoincrement=False),
    _text("due_id", unique=True),
    _text("account_id", ForeignKey("accounts.account_id")),
    _text("building_id"),
    _text("kind"),
    _whole("amount_cents"),
    _text("due_on"),
    _text("label"),
    _text("period_start"),
    _text("period_end"),
    _text("call_id"),
    _text("reference"),
    _text("seal"),
    Index("ix_dues_account_id", "account_id"),
)

# --- decisions: append-only ----------------------------------------------------------------------

journal = _table(
    "journal",
    _whole("seq", primary_key=True, autoincrement=False),
    _text("at"),
    _text("actor"),
    _text("action"),
    _text("subject"),
    _text("data"),  # canonical JSON
    _text("hash"),
    _text("previous_hash"),
    CheckConstraint("seq > 0", name="counts_from_one"),
    CheckConstraint("actor <> '' AND action <> ''", name="says_who_and_what"),
    CheckConstraint("length(hash) = 64", name="has_hash"),
    Index("ix_journal_subject", "subject"),
)

allocations = _table(
    "allocations",
    _whole("allocation_id", primary_key=True, autoincrement=False),
    _whole("seq", ForeignKey("journal.seq")),
    _whole("credit_item", ForeignKey("items.item_id")),
    _whole("debit_item", ForeignKey("items.item_id")),
    _whole("amount_cents"),
    _whole("reverses", ForeignKey("allocations.allocation_id"), nullable=True),
    _text("account_id"),
    _text("effective_on"),
    _text("rule"),
    Column("confidence", REAL_NUMBER, nullable=False),
    _text("reasons"),
    _text("proposal_id"),
    UniqueConstraint("reverses"),
    CheckConstraint(
        "(reverses IS NULL AND amount_cents > 0) OR (reverses IS NOT NULL AND amount_cents < 0)",
        name="sign",
    ),
    CheckConstraint("confidence BETWEEN 0 AND 1", name="confidence"),
    Index("ix_allocations_credit_item", "credit_item"),
    Index("ix_allocations_debit_item", "debit_item"),
    Index("ix_allocations_seq", "seq"),
)

verdicts = _table(
    "verdicts",
    _whole("verdict_id", primary_key=True, autoincrement=False),
    _whole("seq", ForeignKey("journal.seq")),
    _whole("item_id", ForeignKey("items.item_id")),
    _text("kind"),
    _text("account_id"),
    _text("reason"),  # code such as bank_fee
    _text("words"),
    _whole("cancels", ForeignKey("verdicts.verdict_id"), nullable=True),
    UniqueConstraint("cancels"),
    CheckConstraint("kind IN ('rejected', 'set_aside')", name="kind"),
    Index("ix_verdicts_item_id", "item_id"),
)

# --- computed, replaced by each run --------------------------------------------------------------

proposals = _table(
    "proposals",
    _text("proposal_id", primary_key=True),
    _whole("debit_item", primary_key=True, autoincrement=False),
    _whole("credit_item", primary_key=True, autoincrement=False),
    _whole("movement_item"),
    _whole("rank"),
    _text("account_id"),
    _whole("amount_cents"),
    _text("rule"),
    Column("confidence", REAL_NUMBER, nullable=False),
    _text("reasons"),
    Index("ix_proposals_movement_item", "movement_item"),
)

classifications = _table(
    "classifications",
    _whole("movement_item", primary_key=True, autoincrement=False),
    _text("kind"),
    _text("words"),
)

findings = _table(
    "findings",
    _whole("finding_id", primary_key=True, autoincrement=False),
    _text("code"),
    _text("severity"),
    _text("message"),
    _text("file"),
    _whole("line", nullable=True),
    _text("column_name"),
    _text("value"),
    _text("subject"),
    _text("building_id"),
    _text("to_do"),
    Index("ix_findings_file", "file"),
)

# Rows of these are never changed nor removed, whoever asks (see `guards`).
APPEND_ONLY: Final = (
    "files", "statements", "movements", "dues", "journal", "allocations", "verdicts",
)  # fmt: skip
