"""One building from the seed and its number: its people, dues, payments and statements.

Any building can be made without the others: what buildings share (owners of several, suppliers)
is drawn from the seed as well. Not for files: see `portfolio`.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from workbench.demo.books import BankAccount, BankBook, Books, Building, Movement
from workbench.demo.calls_for_funds import CALL_MONTHS, Coownership
from workbench.demo.cast import Holder, cast_holders
from workbench.demo.chance import Chance
from workbench.demo.ibans import (
    BANQUE_POSTALE,
    BNP,
    CREDIT_MUTUEL,
    SOCIETE_GENERALE,
    Bank,
    french_iban,
)
from workbench.demo.incoming import Incoming
from workbench.demo.ledger_of_dues import Bundle, Ledger
from workbench.demo.outgoings import (
    BAILIFF,
    Spending,
    landlord_of,
    office_suppliers,
    supplier_seats,
)
from workbench.demo.payments import Payment, plan_payments
from workbench.demo.people import Directory, Party, bank_form
from workbench.demo.places import TOWNS, address, building_name
from workbench.demo.recovery import recover
from workbench.demo.rents import Rental
from workbench.demo.statements import enough_opening_cents, give_references, in_booking_order
from workbench.domain.dates import Period

COOWNERSHIP: Final = "coownership"
RENTAL: Final = "rental"
# Accounts of the default demo's buildings, suppliers included; later ones take their turn again.
_SIZES: Final = {COOWNERSHIP: (62, 48, 40, 36), RENTAL: (36, 29)}
_BANKS: Final = {
    COOWNERSHIP: (
        (BNP, "camt.053.001.02"), (SOCIETE_GENERALE, "cfonb120"),
        (CREDIT_MUTUEL, "camt.053.001.08"), (BANQUE_POSTALE, "csv"),
    ),
    RENTAL: (
        (SOCIETE_GENERALE, "cfonb120"), (CREDIT_MUTUEL, "camt.053.001.08"),
        (BANQUE_POSTALE, "csv"), (BNP, "camt.053.001.02"),
    ),
}  # fmt: skip
# Owners of several buildings own within a block of neighbouring co-ownerships.
_BLOCK, _INVESTORS, _OWNS_IN = 4, 4, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What was asked for; with a building's number, all there is to know to make it."""

    seed: int
    coownerships: int
    rentals: int
    first_day: date
    last_day: date
    accounts_per_building: int | None

    @property
    def window(self) -> tuple[date, date]:
        """First and last day."""
        return self.first_day, self.last_day


def make_books(order: Order, number: int) -> Books:
    """Returns the `number`-th building (from 1; co-ownerships come first) with everything in it."""
    rental = number > order.coownerships
    kind = RENTAL if rental else COOWNERSHIP
    rank = number - 1 - (order.coownerships if rental else 0)
    chance = Chance(order.seed, "building", number)
    books = Books(_building(order, chance, kind=kind, rank=rank, number=number))
    size = order.accounts_per_building or _SIZES[kind][rank % len(_SIZES[kind])]
    seats = supplier_seats(kind, accounts=size)
    holders = cast_holders(
        chance, books.building, count=size - seats, rank=rank, window=order.window,
        investors=[] if rental else _investors(order.seed, rank),
    )  # fmt: skip
    payments = _holders_side(order, chance, books, holders, rank=rank)
    bank, file_format = _BANKS[kind][rank % len(_BANKS[kind])]
    current = _bank_account(chance, books.building, bank, file_format, kind="current")
    incoming = Incoming(chance, books.building, bank_format=file_format, last=order.last_day)
    movements = incoming.book(payments)
    books.cheques = sorted(incoming.cheques, key=lambda c: (c.received_on, c.cheque_id))
    books.card_receipts = sorted(incoming.card_receipts, key=lambda r: (r.at, r.transaction_id))
    spending = Spending(chance, books.building, window=order.window, size=len(holders))
    landlord = landlord_of(books.building, seed=order.seed) if rental else None
    spending.suppliers(office_suppliers(order.seed), landlord=landlord, seats=seats)
    spending.landlord_share(_received(movements))
    _pay_back(spending, books, holders)
    spending.fees()
    spending.strays(
        elsewhere=_meant_for_a_neighbour(order, kind, rank),
        hostile=_hostile(kind, rank),
    )
    if kind == COOWNERSHIP and rank % _BLOCK == 0:
        works = _bank_account(chance, books.building, bank, file_format, kind="works")
        entries = spending.works_transfers(works, current)
        books.bank_books.append(_bank_book(works, entries))
    books.bank_books.insert(0, _bank_book(current, movements + spending.made.movements))
    books.accounts += spending.made.accounts
    books.dues += spending.made.dues
    bailiff = next(s.supplier_id for s in office_suppliers(order.seed) if s.trade == BAILIFF)
    recover(books, window=order.window, rank=rank, bailiff=bailiff)
    return books


def _building(order: Order, chance: Chance, *, kind: str, rank: int, number: int) -> Building:
    town = TOWNS[rank % 4] if rank < 4 else chance.pick(TOWNS)
    letter = "C" if kind == COOWNERSHIP else "R"
    manager = chance.pick(("c.ardouin", "l.verane"))
    building_id = f"{letter}{rank + 1:03d}"
    name = _name(order, kind, rank)
    return Building(
        building_id=building_id, number=number, kind=kind, name=name,
        address=name if name[0].isdigit() else address(chance), postcode=town[0], city=town[1],
        mandate_start=order.first_day - timedelta(days=chance.between(60, 1500)),
        manager_email=f"{manager}@ardouin-verane.example",
        landlord_email=f"bailleur-{building_id.lower()}@courriel.example" if kind == RENTAL else "",
        call_months=",".join(map(str, CALL_MONTHS)) if kind == COOWNERSHIP else "",
    )  # fmt: skip


def _name(order: Order, kind: str, rank: int) -> str:
    return building_name(Chance(order.seed, "name", kind, rank), kind=kind, rank=rank)


def _investors(seed: int, rank: int) -> list[tuple[str, Party]]:
    """Returns the owners of several buildings who own in this one: each owns in three of four."""
    block, place = divmod(rank, _BLOCK)
    return [
        (f"P{block * _INVESTORS + j + 1:04d}", _investor(seed, block, j))
        for j in range(_INVESTORS)
        if (place - j) % _BLOCK < _OWNS_IN
    ]


def _investor(seed: int, block: int, j: int) -> Party:
    directory = Directory(Chance(seed, "investor", block, j))
    return directory.sci() if j == 0 else directory.person()


def _holders_side(
    order: Order, chance: Chance, books: Books, holders: list[Holder], *, rank: int
) -> list[Payment]:
    """Writes the holders' accounts and dues, and returns what they pay."""
    books.accounts += [holder.account for holder in holders]
    ledger = Ledger({holder.account.account_id: [] for holder in holders})
    writer = Coownership if books.building.kind == COOWNERSHIP else Rental
    writer(chance, books, ledger, order.window, rank).write(holders)
    payments = []
    for holder in holders:
        account = holder.account
        # The two lots of one owner are paid the same way on the same days.
        whose = account.person_id if holder.part == "twin" else account.account_id
        bundles = sorted(ledger.bundles[account.account_id], key=_when_due)
        plan = plan_payments(
            Chance(order.seed, "payments", whose), holder, bundles, window=order.window
        )
        payments += plan.payments
        books.offsets += plan.offsets
        books.dues += [due for b in bundles for due in b.dues if due.due_id not in plan.dropped]
    books.calls, books.deliveries = ledger.calls, ledger.deliveries
    books.indexations, books.budgets = ledger.indexations, ledger.budgets
    sent = [call.sent_on for call in ledger.calls if call.called_on >= order.first_day]
    books.building = replace(books.building, first_call_sent_on=min(sent, default=None))
    return payments


def _when_due(bundle: Bundle) -> tuple[date, str]:
    return bundle.due_on, bundle.dues[0].due_id


def _received(movements: list[Movement]) -> dict[Period, int]:
    received: dict[Period, int] = defaultdict(int)
    for movement in movements:
        received[Period.of(movement.booked_on)] += movement.amount_cents
    return received


def _pay_back(spending: Spending, books: Books, holders: list[Holder]) -> None:
    owed = defaultdict(list)
    for due in books.dues:
        if due.amount_cents < 0 and due.kind in ("refund", "deposit"):
            owed[due.account_id].append(due)
    for holder in holders:
        spending.pay_back(owed[holder.account.account_id], holder.account, holder.own.iban)


def _hostile(kind: str, rank: int) -> str:
    if kind == RENTAL:
        return ""
    return {0: "label", 3: "name"}.get(rank, "")


def _meant_for_a_neighbour(order: Order, kind: str, rank: int) -> list[tuple[str, str, str]]:
    """Returns a payment by an owner of several buildings who took the wrong account (LAW L7)."""
    if kind == RENTAL or rank % 2 or order.coownerships < 2:
        return []
    neighbour = rank + 1 if rank + 1 < order.coownerships else rank - 1
    _, party = _investors(order.seed, neighbour)[-1]
    name = bank_form(_name(order, kind, neighbour))
    return [(party.payer_names[0], party.iban, f"CHARGES {name}")]


def _bank_account(
    chance: Chance, building: Building, bank: Bank, file_format: str, *, kind: str
) -> BankAccount:
    number = f"{building.number:06d}{chance.digits(4)}{'1' if kind == 'works' else '0'}"
    return BankAccount(
        iban=french_iban(bank, f"0{chance.digits(4)}", number), building_id=building.building_id,
        bic=bank.bic, bank_name=bank.name, kind=kind, format=file_format, opening_cents=0,
    )  # fmt: skip


def _bank_book(account: BankAccount, movements: list[Movement]) -> BankBook:
    ordered = in_booking_order(movements)
    give_references(account, ordered)
    return BankBook(replace(account, opening_cents=enough_opening_cents(ordered)), ordered)
