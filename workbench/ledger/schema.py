"""The ledger's tables, for both engines.

Money is integer cents, dates are ISO text (`2026-10-31`, "" when missing) and moments ISO text in
UTC, so that one query reads the same on SQLite and PostgreSQL. Text is never NULL.

The *seal* of a fact tells which one changed; that one did, the journal tells (`journal.sealed`).

An *item* is anything with a signed open amount; an *allocation* joins one + item with one - item
for an amount. An item's sign is its effect on what is owed: dues +, discounts and refunds owed -,
money in -, money out +, a cheque received - for its payer and + for the bank that is to credit it.
Source: docs/decisions/0004-ledger.md, 0016-receipts-and-returns.md.
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


def _receipt_table(table: PortfolioTable) -> Table:
    """Makes the table of one kind of receipt: the contract's columns, numbered and sealed."""
    columns = (
        _whole(c.stored) if c.is_number else _text(c.stored, unique=c.stored in table.key)
        for c in table.columns
    )
    number = _whole("fact_id", primary_key=True, autoincrement=False)
    return _table(table.name, number, *columns, _text("seal"))


RECEIPT_TABLES: Final = ("cheques", "card_receipts")
_PORTFOLIO: Final = {
    table.name: _portfolio_table(table)
    for table in TABLES
    if table.name not in {"dues", *RECEIPT_TABLES}
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
    # sha256 over the movements it brought (`journal.sealed`); "" where they came in several chunks,
    # whose digests the journal has.
    _text("digest"),
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

# What `sync` fetched, by source and name, whether or not it turned out to be a bank file. A fact,
# not a memory that could be replaced: it says from where a movement's bytes came, and each version
# of a file that a bank writes again under one name. It carries no money, so it is not sealed.
fetched = _table(
    "fetched",
    _whole("fetch_id", primary_key=True, autoincrement=False),
    _text("source"),
    _text("path"),
    _whole("size"),
    _text("stamp"),  # how the source tells this version from another; "" when it cannot
    _text("file_id"),  # sha256 of the content, in the archive
    _text("at"),
    CheckConstraint("length(file_id) = 64", name="names_content"),
    Index("ix_fetched_source_path", "source", "path"),
    Index("ix_fetched_file_id", "file_id"),
)

items = _table(
    "items",
    _whole("item_id", primary_key=True, autoincrement=False),
    _text("kind"),
    _text("building_id"),
    _text("account_id"),  # "" for a movement and for a deposit
    _whole("amount_cents"),
    _whole("allocated_cents", server_default="0"),
    CheckConstraint("kind IN ('movement', 'due', 'receipt', 'deposit')", name="kind"),
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

# What a camt.054, or a second format, tells of a movement apart from its statement.
movement_details = _table(
    "movement_details",
    _whole("detail_id", primary_key=True, autoincrement=False),
    _text("fingerprint", unique=True),
    _text("file_id", ForeignKey("files.file_id")),
    _text("movement_id"),  # "" where account, reference or day and amount tell (`completion`)
    _text("iban"),
    _text("booked_on"),
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
    _text("batch_reference"),
    _text("return_reason"),
    _text("details"),  # as in movements
    _whole("place"),
    _text("seal"),
)

# Why the bank sent an order back (pain.002); the money is told by the statement.
order_returns = _table(
    "order_returns",
    _whole("return_id", primary_key=True, autoincrement=False),
    _text("fingerprint", unique=True),
    _text("file_id", ForeignKey("files.file_id")),
    _text("iban"),  # "" where the bank does not repeat it
    _text("told_on"),
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
    _text("batch_reference"),
    _text("return_reason"),
    _text("details"),
    _whole("place"),
    _text("seal"),
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

_TABLES: Final = {table.name: table for table in TABLES}
cheques = _receipt_table(_TABLES["cheques"])
card_receipts = _receipt_table(_TABLES["card_receipts"])

# What a receipt is in the books: for each of its accounts what the holder paid (`receipt`, -), for
# each of its buildings what the bank is to credit (`deposit`, +). Known once its account is.
receipt_sides = _table(
    "receipt_sides",
    _whole("item_id", primary_key=True, autoincrement=False),
    _text("name"),  # what people call it: the receipt, and its account if several
    _text("kind"),
    _text("receipt_kind"),
    _text("receipt_id"),
    _text("building_id"),
    _text("account_id"),
    _whole("amount_cents"),
    _text("seal"),
    CheckConstraint(
        "(kind = 'receipt' AND amount_cents < 0) OR (kind = 'deposit' AND amount_cents > 0)",
        name="sign",
    ),
    CheckConstraint("receipt_kind IN ('cheque', 'card')", name="receipt_kind"),
    Index("ix_receipt_sides_receipt_id", "receipt_id"),
    Index("ix_receipt_sides_name", "name"),
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
    # Which transaction of a batch, from 1; 0 for the movement as a whole.
    _whole("credit_part", server_default="0"),
    _whole("debit_part", server_default="0"),
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

# --- what people took back, and what they checked: append-only -----------------------------------

forgotten = _table(
    "forgotten",
    _whole("forgotten_id", primary_key=True, autoincrement=False),
    _whole("seq", ForeignKey("journal.seq")),
    _text("learned_id"),  # of `matching.learning`
    _text("building_id"),
    _text("account_id"),
    _text("kind"),
    _text("value"),  # the IBAN or the name
    _text("words"),
    _whole("cancels", ForeignKey("forgotten.forgotten_id"), nullable=True),
    UniqueConstraint("cancels"),
    CheckConstraint("kind IN ('iban', 'name')", name="kind"),
    Index("ix_forgotten_learned_id", "learned_id"),
)

samples = _table(
    "samples",
    _whole("sample_id", primary_key=True, autoincrement=False),
    _whole("seq", ForeignKey("journal.seq")),
    _text("building_id"),  # "" for the whole portfolio
    _whole("seed"),
    _whole("size"),
    _whole("population"),
    CheckConstraint("size > 0 AND population > 0", name="draws_from_something"),
)

sample_links = _table(
    "sample_links",
    _whole("sample_link_id", primary_key=True, autoincrement=False),
    _whole("seq", ForeignKey("journal.seq")),
    _whole("sample_id", ForeignKey("samples.sample_id")),
    _whole("decision_seq", ForeignKey("journal.seq")),  # the engine's decision
    _text("rule"),
    UniqueConstraint("sample_id", "decision_seq"),
)

sample_verdicts = _table(
    "sample_verdicts",
    _whole("sample_verdict_id", primary_key=True, autoincrement=False),
    _whole("seq", ForeignKey("journal.seq")),
    _whole("decision_seq", ForeignKey("journal.seq")),
    _text("rule"),
    _text("verdict"),
    _text("words"),
    CheckConstraint("verdict IN ('right', 'wrong')", name="verdict"),
    Index("ix_sample_verdicts_decision_seq", "decision_seq"),
)

bands = _table(
    "bands",
    _whole("band_id", primary_key=True, autoincrement=False),
    _whole("seq", ForeignKey("journal.seq")),
    _text("rule"),
    _text("state"),
    _text("words"),
    CheckConstraint("state IN ('demoted', 'restored')", name="state"),
    CheckConstraint("words <> ''", name="says_why"),
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
    _whole("credit_part", server_default="0"),
    _whole("debit_part", server_default="0"),
    Index("ix_proposals_movement_item", "movement_item"),
)

classifications = _table(
    "classifications",
    _whole("movement_item", primary_key=True, autoincrement=False),
    _text("kind"),
    _text("words"),
)

matched = _table(
    "matched",
    _text("building_id", primary_key=True),
    _whole("journal_seq"),  # the last decision its last matching knew of
    _whole("item_id"),  # the last item
    _text("as_of"),
    _text("context"),  # of what does not stand in items and decisions, see `watermarks`
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
    "files", "statements", "movements", "movement_details", "order_returns", "dues", "cheques",
    "card_receipts", "receipt_sides",
    "journal", "allocations", "verdicts",
    "forgotten", "samples", "sample_links", "sample_verdicts", "bands",
    "fetched",
)  # fmt: skip
