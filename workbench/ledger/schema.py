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

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Table, UniqueConstraint

from workbench.domain.tables import TABLES
from workbench.domain.tables import Table as PortfolioTable
from workbench.ledger import reminder_tables
from workbench.ledger.columns import METADATA, REAL_NUMBER, new_table, whole, words

__all__ = ["METADATA"]


def _portfolio_table(table: PortfolioTable) -> Table:
    """Makes the ledger's table of one table of the contract: texts, integers where it counts."""
    columns: list[Column[Any]] = []
    for column in table.columns:
        key = column.stored in table.key
        if column.is_number:
            columns.append(whole(column.stored, nullable=True))
        else:
            columns.append(words(column.stored, primary_key=key))
    return new_table(table.name, *columns)


def _receipt_table(table: PortfolioTable) -> Table:
    """Makes the table of one kind of receipt: the contract's columns, numbered and sealed."""
    columns = (
        whole(c.stored) if c.is_number else words(c.stored, unique=c.stored in table.key)
        for c in table.columns
    )
    number = whole("fact_id", primary_key=True, autoincrement=False)
    return new_table(table.name, number, *columns, words("seal"))


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

files = new_table(
    "files",
    words("file_id", primary_key=True),  # sha256 of the content
    words("name"),
    words("format"),
    words("imported_at"),
    whole("entries"),
    # sha256 over the movements it brought (`journal.sealed`); "" where they came in several chunks,
    # whose digests the journal has.
    words("digest"),
)

statements = new_table(
    "statements",
    whole("statement_id", primary_key=True, autoincrement=False),
    words("fingerprint", unique=True),
    words("file_id", ForeignKey("files.file_id")),
    words("iban"),
    words("number"),
    words("opened_on"),
    words("closed_on"),
    whole("opening_cents", nullable=True),
    whole("closing_cents", nullable=True),
    words("currency"),
    whole("entries"),
    whole("credits_cents"),
    whole("debits_cents"),
    words("seal"),
    Index("ix_statements_iban", "iban"),
)

# What `sync` fetched, by source and name, whether or not it turned out to be a bank file. A fact,
# not a memory that could be replaced: it says from where a movement's bytes came, and each version
# of a file that a bank writes again under one name. It carries no money, so it is not sealed.
fetched = new_table(
    "fetched",
    whole("fetch_id", primary_key=True, autoincrement=False),
    words("source"),
    words("path"),
    whole("size"),
    words("stamp"),  # how the source tells this version from another; "" when it cannot
    words("file_id"),  # sha256 of the content, in the archive
    words("at"),
    CheckConstraint("length(file_id) = 64", name="names_content"),
    Index("ix_fetched_source_path", "source", "path"),
    Index("ix_fetched_file_id", "file_id"),
)

items = new_table(
    "items",
    whole("item_id", primary_key=True, autoincrement=False),
    words("kind"),
    words("building_id"),
    words("account_id"),  # "" for a movement and for a deposit
    whole("amount_cents"),
    whole("allocated_cents", server_default="0"),
    CheckConstraint("kind IN ('movement', 'due', 'receipt', 'deposit')", name="kind"),
    CheckConstraint(
        "(amount_cents >= 0 AND allocated_cents BETWEEN 0 AND amount_cents)"
        " OR (amount_cents < 0 AND allocated_cents BETWEEN amount_cents AND 0)",
        name="within_amount",
    ),
)


def _told() -> list[Column[str]]:
    """Returns what a bank tells of an entry in words and references, wherever it tells it."""
    names = (
        "label", "counterparty", "counterparty_iban", "ultimate_party", "bank_reference",
        "end_to_end_id", "mandate_id", "remittance_reference",
    )  # fmt: skip
    return [words(name) for name in names]


movements = new_table(
    "movements",
    whole("item_id", primary_key=True, autoincrement=False),
    words("movement_id", unique=True),
    words("iban"),
    words("booked_on"),
    words("value_on"),
    whole("amount_cents"),
    words("currency"),
    *_told(),
    words("operation_code"),
    words("return_reason"),
    words("details"),  # JSON: parts of a batch, reversal flag, what the bank said beyond columns
    whole("statement_id", ForeignKey("statements.statement_id")),
    whole("place"),
    words("seal"),
    Index("ix_movements_iban_booked_on", "iban", "booked_on"),
)

# What a camt.054, or a second format, tells of a movement apart from its statement.
movement_details = new_table(
    "movement_details",
    whole("detail_id", primary_key=True, autoincrement=False),
    words("fingerprint", unique=True),
    words("file_id", ForeignKey("files.file_id")),
    words("movement_id"),  # "" where account, reference or day and amount tell (`completion`)
    words("iban"),
    words("booked_on"),
    whole("amount_cents"),
    words("currency"),
    *_told(),
    words("batch_reference"),
    words("return_reason"),
    words("details"),  # as in movements
    whole("place"),
    words("seal"),
)

# Why the bank sent an order back (pain.002); the money is told by the statement.
order_returns = new_table(
    "order_returns",
    whole("return_id", primary_key=True, autoincrement=False),
    words("fingerprint", unique=True),
    words("file_id", ForeignKey("files.file_id")),
    words("iban"),  # "" where the bank does not repeat it
    words("told_on"),
    whole("amount_cents"),
    words("currency"),
    *_told(),
    words("batch_reference"),
    words("return_reason"),
    words("details"),
    whole("place"),
    words("seal"),
)

dues = new_table(
    "dues",
    whole("item_id", primary_key=True, autoincrement=False),
    words("due_id", unique=True),
    words("account_id", ForeignKey("accounts.account_id")),
    words("building_id"),
    words("kind"),
    whole("amount_cents"),
    words("due_on"),
    words("label"),
    words("period_start"),
    words("period_end"),
    words("call_id"),
    words("reference"),
    words("seal"),
    Index("ix_dues_account_id", "account_id"),
)

_TABLES: Final = {table.name: table for table in TABLES}
cheques = _receipt_table(_TABLES["cheques"])
card_receipts = _receipt_table(_TABLES["card_receipts"])

# What a receipt is in the books: for each of its accounts what the holder paid (`receipt`, -), for
# each of its buildings what the bank is to credit (`deposit`, +). Known once its account is.
receipt_sides = new_table(
    "receipt_sides",
    whole("item_id", primary_key=True, autoincrement=False),
    words("name"),  # what people call it: the receipt, and its account if several
    words("kind"),
    words("receipt_kind"),
    words("receipt_id"),
    words("building_id"),
    words("account_id"),
    whole("amount_cents"),
    words("seal"),
    CheckConstraint(
        "(kind = 'receipt' AND amount_cents < 0) OR (kind = 'deposit' AND amount_cents > 0)",
        name="sign",
    ),
    # on_account: money of a movement that a person keeps for an account (see `entered`).
    CheckConstraint("receipt_kind IN ('cheque', 'card', 'on_account')", name="receipt_kind"),
    Index("ix_receipt_sides_receipt_id", "receipt_id"),
    Index("ix_receipt_sides_name", "name"),
)

# --- decisions: append-only ----------------------------------------------------------------------

journal = new_table(
    "journal",
    whole("seq", primary_key=True, autoincrement=False),
    words("at"),
    words("actor"),
    words("action"),
    words("subject"),
    words("data"),  # canonical JSON
    words("hash"),
    words("previous_hash"),
    CheckConstraint("seq > 0", name="counts_from_one"),
    CheckConstraint("actor <> '' AND action <> ''", name="says_who_and_what"),
    CheckConstraint("length(hash) = 64", name="has_hash"),
    Index("ix_journal_subject", "subject"),
)

allocations = new_table(
    "allocations",
    whole("allocation_id", primary_key=True, autoincrement=False),
    whole("seq", ForeignKey("journal.seq")),
    whole("credit_item", ForeignKey("items.item_id")),
    whole("debit_item", ForeignKey("items.item_id")),
    whole("amount_cents"),
    whole("reverses", ForeignKey("allocations.allocation_id"), nullable=True),
    words("account_id"),
    words("effective_on"),
    words("rule"),
    Column("confidence", REAL_NUMBER, nullable=False),
    words("reasons"),
    words("proposal_id"),
    # Which transaction of a batch, from 1; 0 for the movement as a whole.
    whole("credit_part", server_default="0"),
    whole("debit_part", server_default="0"),
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

verdicts = new_table(
    "verdicts",
    whole("verdict_id", primary_key=True, autoincrement=False),
    whole("seq", ForeignKey("journal.seq")),
    whole("item_id", ForeignKey("items.item_id")),
    words("kind"),
    words("account_id"),
    words("reason"),  # code such as bank_fee
    words("words"),
    whole("cancels", ForeignKey("verdicts.verdict_id"), nullable=True),
    UniqueConstraint("cancels"),
    CheckConstraint("kind IN ('rejected', 'set_aside')", name="kind"),
    Index("ix_verdicts_item_id", "item_id"),
)

# --- what people took back, and what they checked: append-only -----------------------------------

forgotten = new_table(
    "forgotten",
    whole("forgotten_id", primary_key=True, autoincrement=False),
    whole("seq", ForeignKey("journal.seq")),
    words("learned_id"),  # of `matching.learning`
    words("building_id"),
    words("account_id"),
    words("kind"),
    words("value"),  # the IBAN or the name
    words("words"),
    whole("cancels", ForeignKey("forgotten.forgotten_id"), nullable=True),
    UniqueConstraint("cancels"),
    CheckConstraint("kind IN ('iban', 'name')", name="kind"),
    Index("ix_forgotten_learned_id", "learned_id"),
)

samples = new_table(
    "samples",
    whole("sample_id", primary_key=True, autoincrement=False),
    whole("seq", ForeignKey("journal.seq")),
    words("building_id"),  # "" for the whole portfolio
    whole("seed"),
    whole("size"),
    whole("population"),
    CheckConstraint("size > 0 AND population > 0", name="draws_from_something"),
)

sample_links = new_table(
    "sample_links",
    whole("sample_link_id", primary_key=True, autoincrement=False),
    whole("seq", ForeignKey("journal.seq")),
    whole("sample_id", ForeignKey("samples.sample_id")),
    whole("decision_seq", ForeignKey("journal.seq")),  # the engine's decision
    words("rule"),
    UniqueConstraint("sample_id", "decision_seq"),
)

sample_verdicts = new_table(
    "sample_verdicts",
    whole("sample_verdict_id", primary_key=True, autoincrement=False),
    whole("seq", ForeignKey("journal.seq")),
    whole("decision_seq", ForeignKey("journal.seq")),
    words("rule"),
    words("verdict"),
    words("words"),
    CheckConstraint("verdict IN ('right', 'wrong')", name="verdict"),
    Index("ix_sample_verdicts_decision_seq", "decision_seq"),
)

bands = new_table(
    "bands",
    whole("band_id", primary_key=True, autoincrement=False),
    whole("seq", ForeignKey("journal.seq")),
    words("rule"),
    words("state"),
    words("words"),
    CheckConstraint("state IN ('demoted', 'restored')", name="state"),
    CheckConstraint("words <> ''", name="says_why"),
)

# --- computed, replaced by each run --------------------------------------------------------------

proposals = new_table(
    "proposals",
    words("proposal_id", primary_key=True),
    whole("debit_item", primary_key=True, autoincrement=False),
    whole("credit_item", primary_key=True, autoincrement=False),
    whole("movement_item"),
    whole("rank"),
    words("account_id"),
    whole("amount_cents"),
    words("rule"),
    Column("confidence", REAL_NUMBER, nullable=False),
    words("reasons"),
    whole("credit_part", server_default="0"),
    whole("debit_part", server_default="0"),
    Index("ix_proposals_movement_item", "movement_item"),
)

classifications = new_table(
    "classifications",
    whole("movement_item", primary_key=True, autoincrement=False),
    words("kind"),
    words("words"),
)

matched = new_table(
    "matched",
    words("building_id", primary_key=True),
    whole("journal_seq"),  # the last decision its last matching knew of
    whole("item_id"),  # the last item
    words("as_of"),
    words("context"),  # of what does not stand in items and decisions, see `watermarks`
)

findings = new_table(
    "findings",
    whole("finding_id", primary_key=True, autoincrement=False),
    words("code"),
    words("severity"),
    words("message"),
    words("file"),
    whole("line", nullable=True),
    words("column_name"),
    words("value"),
    words("subject"),
    words("building_id"),
    words("to_do"),
    Index("ix_findings_file", "file"),
)

# Rows of these are never changed nor removed, whoever asks (see `guards`).
APPEND_ONLY: Final = (
    "files", "statements", "movements", "movement_details", "order_returns", "dues", "cheques",
    "card_receipts", "receipt_sides",
    "journal", "allocations", "verdicts",
    "forgotten", "samples", "sample_links", "sample_verdicts", "bands",
    "fetched",
    *reminder_tables.APPEND_ONLY,
)  # fmt: skip
