"""What a letter is made of: plain records, without the ledger and without any layout.

Amounts are signed cents, positive when the recipient owes them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from workbench.domain.records import BuildingKind


class LetterKind(StrEnum):
    """Which paper it is: decides the layout, the columns and the text by default."""

    # Also any type of the office that is no formal notice.
    SIMPLE = "simple"
    FORMAL_NOTICE = "formal_notice"
    STATEMENT = "statement"
    RENT_RECEIPT = "rent_receipt"
    PART_RECEIPT = "part_payment_receipt"
    BANK_DETAILS = "bank_details"


class Channel(StrEnum):
    """How a letter leaves."""

    POST = "post"
    REGISTERED = "registered"
    E_REGISTERED = "e_registered"
    EMAIL = "email"


class Group(StrEnum):
    """The parts of a co-ownership's formal notice, in the order they are written (LAW L3)."""

    BUDGET = "budget"
    WORKS = "works"
    EARLIER = "earlier"
    COSTS = "costs"


RECEIPTS: Final = frozenset({LetterKind.RENT_RECEIPT, LetterKind.PART_RECEIPT})
CLAIMS: Final = frozenset({LetterKind.SIMPLE, LetterKind.FORMAL_NOTICE})


@dataclass(frozen=True, slots=True)
class Sender:
    """The office: its name, quality and address lines, telephone and mail, who signs and how."""

    name: str
    lines: tuple[str, ...] = ()
    contact: str = ""
    closing: str = ""
    signatory: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who it is for: the name, the lines of the address under it, how the person is addressed."""

    name: str
    lines: tuple[str, ...] = ()
    salutation: str = "Madame, Monsieur"


@dataclass(frozen=True, slots=True)
class PayTo:
    """The account of the building, whole because it is to be paid into; what to quote."""

    holder: str
    iban: str
    bic: str = ""
    bank_name: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One row: what, how much (signed), since when, its part of a notice, what was paid of it."""

    label: str
    amount_cents: int
    due_on: date | None = None
    group: str = ""
    paid_cents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """One letter, as it will be set.

    Attributes:
        kind: what it is.
        building_kind: decides the law its default text cites.
        reference: its own number, unique in the office.
        dated_on: its date.
        place: where it is written.
        sender: the office.
        recipient: without address lines only for bank details, which are given by hand.
        account: the code to quote.
        building: its short name.
        about: address of the building and lots.
        lines: in any order.
        channel: how it leaves; a formal notice never by plain mail (LAW L6).
        registered_number: of the post, once it is known.
        pay_to: where to pay; the box is left out without it.
        budget_year: of the budget in course: "2026", "2026-2027".
        interest_cents: already run (a second notice); a row of its own.
        interest_words: their rate and days.
        opening_cents: balance before the first line of a statement.
        period_start: first day of a statement or receipt.
        period_end: last day.
        enclosures: what is joined, for the foot of the page.
        fields: values of the fields that are not computed from the rest (`texts.fields_of`).
        text: name of the office's text; "" for the one of its kind.
    """

    kind: LetterKind
    building_kind: BuildingKind
    reference: str
    dated_on: date
    place: str
    sender: Sender
    recipient: Recipient
    account: str
    building: str
    about: str = ""
    lines: tuple[Line, ...] = ()
    channel: Channel = Channel.POST
    registered_number: str = ""
    pay_to: PayTo | None = None
    budget_year: str = ""
    interest_cents: int = 0
    interest_words: str = ""
    opening_cents: int = 0
    period_start: date | None = None
    period_end: date | None = None
    enclosures: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    text: str = ""

    @property
    def total_cents(self) -> int:
        """What it claims; a statement's closing balance; what a receipt says was received."""
        if self.kind in RECEIPTS:
            return sum(line.paid_cents for line in self.lines)
        claimed = sum(line.amount_cents for line in self.lines)
        return self.opening_cents + claimed + self.interest_cents


def receipt_kind(lines: Iterable[Line]) -> LetterKind:
    """Returns the paper a tenant gets for a period.

    A rent receipt only when rent and charges are fully paid; else a receipt of the part payment.

    Args:
        lines: every due of the period, with what was paid of each.

    Source: LAW L10 (loi 89-462, art. 21).
    """
    is_paid = all(line.paid_cents >= line.amount_cents for line in lines)
    return LetterKind.RENT_RECEIPT if is_paid else LetterKind.PART_RECEIPT
