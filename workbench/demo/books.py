"""What a generated building is made of: its tables, its bank's movements and what they settle.

Amounts are integer cents with the signs of the whole program: a due is positive when its holder
owes us, a movement is positive when money enters. Not the ledger's records: these know the truth.
"""

from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """A row of `buildings`; `number` is its place in the portfolio, from 1."""

    building_id: str
    number: int
    name: str
    kind: str
    address: str
    postcode: str
    city: str
    mandate_start: date
    manager_email: str
    landlord_email: str = ""
    call_months: str = ""
    first_call_sent_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """A row of `bank_accounts`; `format` is how its bank writes statements."""

    iban: str
    building_id: str
    bic: str
    bank_name: str
    kind: str
    format: str
    opening_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A row of `accounts`."""

    account_id: str
    building_id: str
    holder: str
    kind: str
    code: str
    person_id: str = ""
    aliases: tuple[str, ...] = ()
    payer_ibans: tuple[str, ...] = ()
    payment_mode: str = ""
    email: str = ""
    address: str = ""
    postcode: str = ""
    city: str = ""
    lots: str = ""
    coupon_code: str = ""
    trade: str = ""
    opened_on: date | None = None
    closed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A row of `dues`; `issued_on` is the date of its call, else the day it was known."""

    due_id: str
    account_id: str
    kind: str
    amount_cents: int
    due_on: date
    issued_on: date
    label: str
    period_start: date | None = None
    period_end: date | None = None
    call_id: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A row of `calls`."""

    call_id: str
    building_id: str
    called_on: date
    kind: str
    sent_on: date


@dataclass(frozen=True, slots=True)
class Delivery:
    """A row of `deliveries`."""

    call_id: str
    account_id: str
    status: str
    at: date
    channel: str


@dataclass(frozen=True, slots=True)
class Indexation:
    """A row of `indexations`: the rent, charges apart, from that day on."""

    account_id: str
    from_on: date
    old_amount_cents: int
    new_amount_cents: int
    label: str


@dataclass(frozen=True, slots=True)
class Budget:
    """A row of `budgets`: a call that is planned, not yet called."""

    account_id: str
    planned_on: date
    amount_cents: int
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cheque:
    """A row of `cheques`; its account is told by its coupon where that is not empty."""

    cheque_id: str
    received_on: date
    amount_cents: int
    drawer: str
    drawee_bank: str
    number: str
    coupon_code: str
    account_id: str
    building_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardReceipt:
    """A row of `card_receipts`."""

    transaction_id: str
    at: str
    amount_cents: int
    status: str
    account_id: str
    building_id: str
    channel: str
    reference: str


@dataclass(frozen=True, slots=True)
class SentReminder:
    """A row of `reminders_sent`."""

    account_id: str
    kind: str
    sent_on: date
    amount_cents: int
    channel: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A row of `plans`: one that runs."""

    account_id: str
    started_on: date
    months: int
    amount_cents: int
    signed_on: date


@dataclass(frozen=True, slots=True)
class Procedure:
    """A row of `procedures`: one that runs."""

    account_id: str
    kind: str
    started_on: date
    supplier_id: str
    label: str


@dataclass(frozen=True, slots=True)
class Snooze:
    """A row of `snoozes`: the building's reminders sleep until that day."""

    building_id: str
    from_on: date
    until: date


@dataclass(frozen=True, slots=True)
class Supplier:
    """A row of `suppliers`: one for the whole office, an account of it in each building."""

    supplier_id: str
    name: str
    trade: str
    email: str
    iban: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """A part of a movement that settles a due; the amount is positive (CONTRACT, allocations)."""

    account_id: str
    due_id: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Offset:
    """A discount or a refund that settles a due with no movement (DOMAIN D6)."""

    account_id: str
    credit_due_id: str
    due_id: str
    amount_cents: int


@dataclass(slots=True, kw_only=True)
class Movement:
    """One entry of a statement, as the bank knows it, and what it really is.

    Not frozen: the bank's own reference is given once a whole month is in order.

    Attributes:
        booked_on: a working day.
        amount_cents: positive when money enters.
        counterparty: as the bank writes it.
        remittance: what the payer wrote; "" for nothing.
        wording: the bank's own words around it, for formats with one label.
        operation: what it is for a bank, a key of `bank_files`' codes.
        parts: the transactions of a batch, whose sum is the amount.
        kind: what it really is, such as `receipt`, `supplier_payment`, `bank_fee`.
        settles: the dues it settles, oldest first.
        reopens: the dues that a rejected debit opens again.
        traits: what makes it easy or hard, such as `code`, `late`, `several_dues`.
    """

    booked_on: date
    amount_cents: int
    operation: str
    wording: str
    counterparty: str = ""
    counterparty_iban: str = ""
    ultimate_party: str = ""
    remittance: str = ""
    remittance_reference: str = ""
    end_to_end_id: str = ""
    mandate_id: str = ""
    return_reason: str = ""
    bank_reference: str = ""
    parts: "tuple[Movement, ...]" = ()
    kind: str = "receipt"
    account_ids: tuple[str, ...] = ()
    settles: tuple[Settlement, ...] = ()
    reopens: tuple[Settlement, ...] = ()
    traits: frozenset[str] = frozenset()


@dataclass(slots=True)
class BankBook:
    """A bank account and its movements, in booking order."""

    account: BankAccount
    movements: list[Movement]


@dataclass(slots=True)
class Books:
    """Everything of one building."""

    building: Building
    accounts: list[Account] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    dues: list[Due] = field(default_factory=list)
    indexations: list[Indexation] = field(default_factory=list)
    budgets: list[Budget] = field(default_factory=list)
    offsets: list[Offset] = field(default_factory=list)
    cheques: list[Cheque] = field(default_factory=list)
    card_receipts: list[CardReceipt] = field(default_factory=list)
    reminders_sent: list[SentReminder] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    procedures: list[Procedure] = field(default_factory=list)
    snoozes: list[Snooze] = field(default_factory=list)
    bank_books: list[BankBook] = field(default_factory=list)
