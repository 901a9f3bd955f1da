"""The records the second generator works with, and the tables they become."""

from dataclasses import dataclass, field
from datetime import date
from random import Random
from typing import Final

from benchmarks._portfolios.people import Person

ACCOUNT_COLUMNS: Final = (
    "account_id", "building_id", "holder", "kind", "code", "person_id", "aliases", "payer_ibans",
    "payment_mode", "lots", "coupon_code",
)  # fmt: skip
DUE_COLUMNS: Final = (
    "item_id", "due_id", "account_id", "building_id", "kind", "label", "amount_cents",
    "open_cents", "due_on", "issued_on", "period_start", "period_end", "call_id", "reference",
)  # fmt: skip
CALL_COLUMNS: Final = ("call_id", "building_id", "called_on", "kind", "sent_on")
BUILDING_COLUMNS: Final = ("building_id", "name", "kind")
BANK_ACCOUNT_COLUMNS: Final = ("iban", "building_id", "kind")
MOVEMENT_COLUMNS: Final = (
    "item_id", "movement_id", "building_id", "iban", "booked_on", "amount_cents", "open_cents",
    "label", "counterparty", "counterparty_iban", "ultimate_party", "end_to_end_id", "mandate_id",
    "remittance_reference", "operation_code", "return_reason",
)  # fmt: skip
LINK_COLUMNS: Final = ("movement_item_id", "account_id", "due_item_id", "amount_cents")
TRUTH_COLUMNS: Final = (
    "movement_item_id", "situation", "nature", "account_unknowable", "due_unknowable",
)  # fmt: skip


@dataclass(slots=True)
class Due:
    """One due; `left` is what is truly open while payments are invented, in cents, signed."""

    item: int
    due_id: str
    account: "Account"
    kind: str
    label: str
    amount: int
    opened: int
    due_on: date
    issued_on: date
    starts: date | None
    ends: date | None
    call_id: str
    reference: str
    left: int = 0


@dataclass(slots=True)
class Account:
    """One account, with what its payer is like."""

    account_id: str
    holder: str
    kind: str
    code: str
    person: Person
    person_id: str
    iban: str
    known: bool
    mode: str
    lots: list[str]
    coupon: str = ""
    listed: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    dues: list[Due] = field(default_factory=list)
    # How this payer fills in the reason of his transfers, and on which day of the month he pays.
    habit: str = ""
    day: int = 5
    # A payment of this account went where nobody can see it (a batch, an unknowable payer).
    clouded: bool = False


@dataclass(slots=True)
class Building:
    """One building, its bank account and what its bank shows of a transfer."""

    building_id: str
    name: str
    kind: str
    iban: str
    bank: str
    accounts: list[Account] = field(default_factory=list)
    suppliers: list[Account] = field(default_factory=list)
    calls: list[tuple[str, str, str, str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Movement:
    """One movement and the truth about it.

    Attributes:
        nature: `payment` (of known dues), `batch` (several payers in one sum, whose parts are on a
            slip or list that no table here holds), `nothing` (settles no due of this building).
        situation: what happened, a few words.
        links: due and cents that it settles.
        named: the text says which due or period is meant.
        account_unknowable: see `truth`.
        due_unknowable: see `truth`.
    """

    item: int
    building: Building
    booked_on: date
    cents: int
    label: str
    counterparty: str = ""
    counterparty_iban: str = ""
    ultimate_party: str = ""
    end_to_end: str = ""
    mandate: str = ""
    remittance: str = ""
    operation: str = ""
    return_reason: str = ""
    nature: str = "nothing"
    situation: str = ""
    links: list[tuple[Due, int]] = field(default_factory=list)
    named: bool = False
    account_unknowable: bool = False
    due_unknowable: bool = False


@dataclass(slots=True)
class Office:
    """Twenty buildings of one manager, made from a seed of their own: offices are independent."""

    number: int
    rng: Random
    hard: bool
    next_item: int
    buildings: list[Building] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    # Managing agents who pay for several lots, by their IBAN.
    agencies: dict[str, Person] = field(default_factory=dict)

    def item(self) -> int:
        """Returns the next number of a movement or a due."""
        self.next_item += 1
        return self.next_item
