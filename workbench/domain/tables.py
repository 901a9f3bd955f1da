"""The tables of a portfolio folder, declared once: loaders read by it, the ledger stores by it.

Source: CONTRACT, "Tables of a portfolio folder". The columns of `procedures`, `plans`, `snoozes`
and `reminders_sent` are ours: the contract leaves them open.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Cell(StrEnum):
    """How a cell is read, and what it becomes in a loaded row and in the ledger."""

    TEXT = "text"  # str
    CODE = "code"  # str, one of `Column.codes`
    LIST = "list"  # str, parts joined by "|"
    DATE = "date"  # date; "" in the ledger when missing
    MOMENT = "moment"  # str as it stands: a date, or a date with its time
    AMOUNT = "amount"  # int cents, under the name `<column>_cents`
    COUNT = "count"  # int
    FLAG = "flag"  # int, 1 for yes, 0 for no
    IBAN = "iban"  # str without spaces, check digits verified
    IBANS = "ibans"  # several, joined by "|"
    MONTHS = "months"  # str, months of the year as "1,4,7,10"
    SPLIT = "split"  # str, "account:cents" joined by "|": a cheque over several accounts


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    Attributes:
        name: header in the file.
        cell: how it is read.
        required: the column must be there and its cells filled.
        codes: what a CODE may be.
        refers: table whose key the value must be (checked with what the ledger already knows).
        stored: name in loaded rows and in the ledger.
    """

    name: str
    cell: Cell = Cell.TEXT
    required: bool = False
    codes: tuple[str, ...] = ()
    refers: str = ""

    @property
    def stored(self) -> str:
        """Name in loaded rows and in the ledger: `amount` is kept as `amount_cents`."""
        if self.cell is Cell.AMOUNT:
            return f"{self.name}_cents"
        # `from` and `order` are words of SQL.
        return {"from": "from_on", "order": "rank_order", "text": "wording"}.get(
            self.name, self.name
        )

    @property
    def is_number(self) -> bool:
        """True when the ledger keeps an integer."""
        return self.cell in {Cell.AMOUNT, Cell.COUNT, Cell.FLAG}


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the contract.

    Attributes:
        name: file name without its ending.
        key: stored names of the columns that identify a row.
        columns: in the contract's order.
        is_fact: money that is never edited: a row already known with other values is a reject
            (a receipt whose account was not known is completed once, never changed). The others
            are master data: the latest import wins, the journal keeps before and after.
    """

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    is_fact: bool = False

    def column(self, stored: str) -> Column:
        """Returns the column kept under that name."""
        return next(c for c in self.columns if c.stored == stored)


def _required(name: str, cell: Cell = Cell.TEXT, *, refers: str = "") -> Column:
    return Column(name, cell, required=True, refers=refers)


def _code(name: str, *codes: str, required: bool = False) -> Column:
    return Column(name, Cell.CODE, required=required, codes=codes)


_BUILDING = _required("building_id", refers="buildings")
_ACCOUNT = _required("account_id", refers="accounts")
_MAYBE_ACCOUNT = Column("account_id", refers="accounts")
_MAYBE_BUILDING = Column("building_id", refers="buildings")

TABLES: Final[tuple[Table, ...]] = (
    Table(
        "buildings",
        ("building_id",),
        (
            _required("building_id"),
            _required("name"),
            _code("kind", "coownership", "rental", required=True),
            Column("address"),
            Column("postcode"),
            Column("city"),
            Column("mandate_start", Cell.DATE),
            Column("manager_email"),
            Column("landlord_email"),
            Column("call_months", Cell.MONTHS),
            Column("first_call_sent_on", Cell.DATE),
        ),
    ),
    Table(
        "bank_accounts",
        ("iban",),
        (
            _required("iban", Cell.IBAN),
            _BUILDING,
            Column("bic"),
            Column("bank_name"),
            _code("kind", "current", "works", "processor"),
        ),
    ),
    Table(
        "accounts",
        ("account_id",),
        (
            _required("account_id"),
            _BUILDING,
            _required("holder"),
            _code("kind", "coowner", "tenant", "supplier", required=True),
            Column("code"),
            Column("person_id"),
            Column("aliases", Cell.LIST),
            Column("payer_ibans", Cell.IBANS),
            _code("payment_mode", "transfer", "direct_debit", "cheque", "card"),
            Column("email"),
            Column("address"),
            Column("postcode"),
            Column("city"),
            Column("lots"),
            Column("coupon_code"),
            Column("trade"),
            Column("opened_on", Cell.DATE),
            Column("closed_on", Cell.DATE),
        ),
    ),
    Table(
        "suppliers",
        ("supplier_id",),
        (
            _required("supplier_id"),
            _required("name"),
            _required("trade"),
            Column("email"),
            Column("iban", Cell.IBAN),
        ),
    ),
    Table(
        "calls",
        ("call_id",),
        (
            _required("call_id"),
            _BUILDING,
            _required("called_on", Cell.DATE),
            _code("kind", "quarterly", "works", "rent"),
            Column("sent_on", Cell.DATE),
        ),
    ),
    Table(
        "dues",
        ("due_id",),
        (
            _required("due_id"),
            _ACCOUNT,
            _code(
                "kind", "call", "works_call", "rent", "charges", "adjustment", "deposit",
                "invoice", "discount", "refund", "fee", "other", required=True,
            ),
            _required("amount", Cell.AMOUNT),
            _required("due_on", Cell.DATE),
            Column("label"),
            Column("period_start", Cell.DATE),
            Column("period_end", Cell.DATE),
            Column("call_id", refers="calls"),
            Column("reference"),
        ),
        is_fact=True,
    ),
    Table(
        "deliveries",
        ("call_id", "account_id", "status", "at"),
        (
            _required("call_id", refers="calls"),
            _ACCOUNT,
            _code("status", "sent", "delivered", "bounced", "returned", required=True),
            Column("at", Cell.MOMENT),
            Column("channel"),
        ),
    ),
    Table(
        "fee_schedule",
        ("building_id", "service"),
        (
            _BUILDING,
            _required("service"),
            _required("price", Cell.AMOUNT),
            Column("supplier_account"),
            Column("expense_account"),
        ),
    ),
    Table(
        "indexations",
        ("account_id", "from_on"),
        (
            _ACCOUNT,
            _required("from", Cell.DATE),
            _required("old_amount", Cell.AMOUNT),
            _required("new_amount", Cell.AMOUNT),
            Column("label"),
        ),
    ),
    Table(
        "budgets",
        ("account_id", "planned_on", "label"),
        (
            _ACCOUNT,
            _required("planned_on", Cell.DATE),
            _required("amount", Cell.AMOUNT),
            Column("label"),
        ),
    ),
    Table(
        "cheques",
        ("cheque_id",),
        (
            _required("cheque_id"),
            _required("received_on", Cell.DATE),
            _required("amount", Cell.AMOUNT),
            _required("drawer"),
            _required("drawee_bank"),
            Column("number"),
            Column("coupon_code"),
            _MAYBE_ACCOUNT,
            _MAYBE_BUILDING,
            Column("split", Cell.SPLIT),
        ),
        is_fact=True,
    ),
    Table(
        "card_receipts",
        ("transaction_id",),
        (
            _required("transaction_id"),
            _required("at", Cell.MOMENT),
            _required("amount", Cell.AMOUNT),
            _code("status", "ok", "error", required=True),
            _MAYBE_ACCOUNT,
            _MAYBE_BUILDING,
            _code("channel", "online", "terminal"),
            Column("reference"),
        ),
        is_fact=True,
    ),
    Table(
        "reminder_types",
        ("type", "building_id"),
        (
            _required("type"),
            _required("order", Cell.COUNT),
            _code("schedule", "calls", "monthly"),
            Column("day_of_month", Cell.COUNT),
            Column("threshold", Cell.AMOUNT),
            Column("strict", Cell.FLAG),
            Column("exclusions", Cell.LIST),
            Column("text"),
            Column("fee", Cell.AMOUNT),
            Column("supplier_account"),
            Column("expense_account"),
            Column("auto_validate", Cell.FLAG),
            _code("validation", "automatic", "manual"),
            _MAYBE_BUILDING,
        ),
    ),
    Table(
        "procedures",
        ("account_id", "kind", "started_on"),
        (
            _ACCOUNT,
            _code("kind", "bailiff", "lawyer", required=True),
            _required("started_on", Cell.DATE),
            Column("ended_on", Cell.DATE),
            Column("supplier_id", refers="suppliers"),
            Column("label"),
        ),
    ),
    Table(
        "plans",
        ("account_id", "started_on"),
        (
            _ACCOUNT,
            _required("started_on", Cell.DATE),
            _required("months", Cell.COUNT),
            _required("amount", Cell.AMOUNT),
            Column("signed_on", Cell.DATE),
            Column("ended_on", Cell.DATE),
        ),
    ),
    Table(
        "snoozes",
        ("building_id", "from_on"),
        (_BUILDING, _required("from", Cell.DATE), _required("until", Cell.DATE)),
    ),
    Table(
        "reminders_sent",
        ("account_id", "kind", "sent_on"),
        (
            _ACCOUNT,
            _required("kind"),
            _required("sent_on", Cell.DATE),
            Column("amount", Cell.AMOUNT),
            Column("channel"),
        ),
    ),
)  # fmt: skip

TABLES_BY_NAME: Final[dict[str, Table]] = {table.name: table for table in TABLES}


def split_parts(split: str) -> dict[str, int]:
    """Returns cents by account of a stored `split` cell; empty when there is none.

    Source: DOMAIN C6.
    """
    pairs = (part.rpartition(":") for part in split.split("|") if part)
    return {account: int(cents) for account, _, cents in pairs}
