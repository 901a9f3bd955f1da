"""The records of the trade: what loaders read and the ledger keeps. Frozen, exact, no behaviour.

Frames carry the same names as columns (see `ledger.views`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final


class BuildingKind(StrEnum):
    """What a building is for the law."""

    COOWNERSHIP = "coownership"
    RENTAL = "rental"


class AccountKind(StrEnum):
    """Who holds an account."""

    COOWNER = "coowner"
    TENANT = "tenant"
    SUPPLIER = "supplier"


class DueKind(StrEnum):
    """What a due is for (CONTRACT, tables)."""

    CALL = "call"
    WORKS_CALL = "works_call"
    RENT = "rent"
    CHARGES = "charges"
    ADJUSTMENT = "adjustment"
    DEPOSIT = "deposit"
    INVOICE = "invoice"
    DISCOUNT = "discount"
    REFUND = "refund"
    FEE = "fee"
    OTHER = "other"


class MovementStatus(StrEnum):
    """Exactly one of these for each movement (CONTRACT, exports)."""

    MATCHED = "matched"
    PARTIAL = "partial"
    PROPOSED = "proposed"
    UNMATCHED = "unmatched"
    IGNORED = "ignored"


class StatementKind(StrEnum):
    """What a bank's message says of an account."""

    # Booked entries between two balances: links of the account's chain (camt.053, CFONB, MT940…).
    STATEMENT = "statement"
    # Booked entries of a running day or of a chosen period, outside the chain (camt.052, CSV, QIF).
    REPORT = "report"
    # Details of entries that a statement brings or brought (camt.054): never movements themselves.
    DETAILS = "details"
    # What became of orders given to the bank (pain.002): reasons of returns, never movements.
    ORDER_STATUS = "order_status"


class AllocationState(StrEnum):
    """Where a link stands; undoing reverses, it never erases."""

    ACCEPTED = "accepted"
    PROPOSED = "proposed"
    REVERSED = "reversed"


class DueStatus(StrEnum):
    """How much of a due is settled; overdue is told apart by its days."""

    PENDING = "pending"
    PARTIAL = "partial"
    PAID = "paid"


EUR: Final = "EUR"


@dataclass(frozen=True, slots=True)
class EntryPart:
    """One transaction inside a batch entry (camt `TxDtls`).

    Attributes:
        amount_cents: signed like its entry.
        counterparty: name of the other party.
        counterparty_iban: its IBAN.
        end_to_end_id: the payer's own reference.
        mandate_id: direct-debit mandate.
        remittance: what the payer wrote.
        return_reason: bank's code of a return, such as AM04.
        ultimate_party: on whose behalf.
        bank_reference: what the bank calls this transaction, apart from the batch.
        remittance_reference: structured creditor reference.
    """

    amount_cents: int
    counterparty: str = ""
    counterparty_iban: str = ""
    end_to_end_id: str = ""
    mandate_id: str = ""
    remittance: str = ""
    return_reason: str = ""
    ultimate_party: str = ""
    bank_reference: str = ""
    remittance_reference: str = ""


@dataclass(slots=True)
class Entry:
    """One booked movement as the bank's file tells it.

    Not frozen: readers of 100,000 entries fill it once, and the cost of freezing was a third of
    the reading. Nothing changes it after its reader returned it.

    Attributes:
        booked_on: booking date.
        amount_cents: positive when money enters the account.
        label: everything the payer or the bank wrote, joined by spaces, whole.
        value_on: value date.
        counterparty: name of the other party.
        counterparty_iban: its IBAN, without spaces.
        ultimate_party: on whose behalf (housing aid, parents).
        bank_reference: what the bank calls the entry (CONTRACT: `AcctSvcrRef`, CFONB 105-120 or
            entry number, `FITID`, reference column); "" when it gives none.
        end_to_end_id: the payer's reference; "" for NOTPROVIDED.
        mandate_id: direct-debit mandate.
        remittance_reference: structured creditor reference.
        batch_reference: what the office called the batch it ordered (camt `PmtInfId`).
        operation_code: the bank's code of the kind of operation.
        return_reason: bank's reason when the entry is a return.
        reversal: the bank flags the entry as a reversal.
        parts: transactions of a batch; empty when the entry is one transaction.
        place: 1-based line, record or entry of the file.
        extra: what the bank said beyond these columns, by its own names.
    """

    booked_on: date
    amount_cents: int
    label: str
    value_on: date | None = None
    counterparty: str = ""
    counterparty_iban: str = ""
    ultimate_party: str = ""
    bank_reference: str = ""
    end_to_end_id: str = ""
    mandate_id: str = ""
    remittance_reference: str = ""
    operation_code: str = ""
    return_reason: str = ""
    reversal: bool = False
    parts: tuple[EntryPart, ...] = ()
    place: int = 0
    batch_reference: str = ""
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class EntryTotals:
    """Running figures of a statement's entries, so that nobody needs them all at once.

    Attributes:
        count: entries.
        credits_cents: money in (>= 0).
        debits_cents: money out (<= 0).
        first_on: earliest booking date, None without entries.
        last_on: latest booking date.
        foreign: entries in another currency than the account's.
        foreign_place: place of the first of them.
        foreign_currency: its currency.
    """

    count: int = 0
    credits_cents: int = 0
    debits_cents: int = 0
    first_on: date | None = None
    last_on: date | None = None
    foreign: int = 0
    foreign_place: int = 0
    foreign_currency: str = ""

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> "EntryTotals":
        """Returns the figures of entries."""
        totals = cls()
        for entry in entries:
            totals.add(entry)
        return totals

    def add(self, entry: Entry) -> None:
        """Counts one entry more."""
        self.count += 1
        if entry.amount_cents > 0:
            self.credits_cents += entry.amount_cents
        else:
            self.debits_cents += entry.amount_cents
        day = entry.booked_on
        if self.first_on is None or day < self.first_on:
            self.first_on = day
        if self.last_on is None or day > self.last_on:
            self.last_on = day
        if "currency" in entry.extra:
            if not self.foreign:
                self.foreign_place = entry.place
                self.foreign_currency = entry.extra["currency"]
            self.foreign += 1

    @property
    def sum_cents(self) -> int:
        """Money in and out together."""
        return self.credits_cents + self.debits_cents


@dataclass(frozen=True, slots=True)
class BalanceBreak:
    """A row whose running balance does not follow from the one before.

    Attributes:
        place: `Entry.place` of the row.
        expected_cents: the balance before it, with its amount.
        written_cents: what the bank wrote.
    """

    place: int
    expected_cents: int
    written_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BankStatement:
    """One statement of one account: balances and entries in the file's order.

    Attributes:
        kind: whether it is a link of the account's chain, and whether its entries are movements.
        iban: account it was booked on; the bank's own account number where the file has no IBAN.
        currency: ISO 4217 code; "" when the file names none (taken as EUR).
        number: the bank's number of the statement, "" when none.
        opened_on: date of the opening balance, or the first booking date.
        closed_on: date of the closing balance, or the last booking date.
        opening_cents: opening balance; None when the file has none.
        closing_cents: closing balance; None when the file has none.
        entries: in the order of the file; empty in a `StatementStream`, whose entries come before.
        balance_breaks: rows whose own balance does not follow, where the file has one a row; the
            first ones only.
    """

    iban: str
    kind: StatementKind = StatementKind.STATEMENT
    currency: str = EUR
    number: str = ""
    opened_on: date | None = None
    closed_on: date | None = None
    opening_cents: int | None = None
    closing_cents: int | None = None
    entries: tuple[Entry, ...] = ()
    balance_breaks: tuple[BalanceBreak, ...] = ()

    def balance_gap_cents(self, *, totals: EntryTotals | None = None) -> int | None:
        """Returns closing - (opening + entries): 0 when it balances, None without balances.

        Args:
            totals: of its entries; of those it holds itself when None.
        """
        if self.opening_cents is None or self.closing_cents is None:
            return None
        totals = totals or EntryTotals.of(self.entries)
        return self.closing_cents - self.opening_cents - totals.sum_cents


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementStream:
    """What a reader returns for one bank file: as long as the file, and never whole in memory.

    Attributes:
        format: name of the format, such as `camt.053.001.08`, `cfonb120`, `csv`.
        events: the entries of a statement in the order of the file, then the statement that closes
            them (its own `entries` empty), then the next one's. What is wrong with the file is
            raised while it is read (`UnreadableFileError`), at the latest at its end: nothing may
            be kept before the iterator has ended.
    """

    format: str
    events: Iterator[Entry | BankStatement]

    def collected(self) -> "StatementFile":
        """Reads to the end and returns the statements with their entries, all in memory."""
        statements: list[BankStatement] = []
        entries: list[Entry] = []
        for event in self.events:
            if isinstance(event, BankStatement):
                statements.append(replace(event, entries=tuple(entries)))
                entries = []
            else:
                entries.append(event)
        return StatementFile(format=self.format, statements=tuple(statements))


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFile:
    """A whole bank file in memory: for files whose format needs all of it, and for tests.

    Attributes:
        format: name of the format, such as `camt.053.001.08`, `cfonb120`, `csv`.
        statements: in the order of the file.
    """

    format: str
    statements: tuple[BankStatement, ...]

    def streamed(self) -> StatementStream:
        """Returns the same as a stream."""

        def events() -> Iterator[Entry | BankStatement]:
            for statement in self.statements:
                yield from statement.entries
                yield replace(statement, entries=())

        return StatementStream(format=self.format, events=events())
