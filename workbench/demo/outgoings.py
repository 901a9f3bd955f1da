"""What goes out of a building's account, and what comes in that nobody owes.

Suppliers' invoices and their payments, refunds, deposits given back, the landlord's share, bank
fees, transfers to the works account; then the strays: payments of strangers, a payment meant for
another building, a hostile label. Not for the holders' payments: see `incoming`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from workbench.demo.books import Account, BankAccount, Building, Due, Movement, Settlement, Supplier
from workbench.demo.chance import Chance
from workbench.demo.ibans import payer_iban
from workbench.demo.incoming import working_day
from workbench.demo.labels import transfer_wording
from workbench.demo.people import SURNAMES, bank_form
from workbench.domain.dates import Period

BAILIFF: Final = "commissaire de justice"
# name, trade, invoices a year in a co-ownership, in a rental (0: none), euros for 40 holders
_TRADES: Final = (
    ("Cabinet Ardouin-Verane", "administration de biens", 4, 12, 1900),
    ("Ets Rivoirel Ascenseurs", "ascensoriste", 4, 0, 1240),
    ("Nette et Claire", "nettoyage", 12, 12, 640),
    ("Électricité du Rhône", "électricité", 6, 6, 410),
    ("Eaux de la Saône", "eau", 4, 4, 2900),
    ("SELARL Delmas et Vauzelle", BAILIFF, 0, 0, 0),
    ("Chauffage Perrache", "chauffage", 12, 4, 2300),
    ("Assurances Valmont", "assurance", 2, 1, 2600),
    ("Plomberie Gerland", "plomberie", 5, 5, 380),
    ("Jardins de l’Yzeron", "espaces verts", 6, 0, 420),
)  # fmt: skip
_DEBITED = frozenset({"électricité", "eau"})
_SUPPLIERS_IN: Final = {"coownership": 8, "rental": 5}
# What a building spends beside its landlord's share, against the sums above.
_SPENDS_PERCENT: Final = {"coownership": 170, "rental": 100}
_LANDLORD_SHARE_PERCENT = 84
_HOSTILE_TEXT = '<img src=x onerror=alert(1)> LOYER "& </Ustrd>'
_HOSTILE_NAME = '=HYPERLINK("http://exemple.invalid";"MARTIN")'


def office_suppliers(seed: int) -> list[Supplier]:
    """Returns the office's suppliers, the same in all its buildings; a bailiff is one of them."""
    chance = Chance(seed, "suppliers")
    return [
        Supplier(
            f"S{number:02d}", name, trade,
            f"contact@{bank_form(name).lower().replace(' ', '-').replace('.', '')}.example",
            payer_iban(chance),
        )
        for number, (name, trade, *_) in enumerate(_TRADES, start=1)
    ]  # fmt: skip


def supplier_seats(kind: str, *, accounts: int) -> int:
    """Returns how many suppliers' accounts a building of that many accounts has."""
    return min(_SUPPLIERS_IN[kind], max(1, accounts // 4))


def landlord_of(building: Building, *, seed: int) -> Supplier:
    """Returns the landlord of a rental building, who is paid like a supplier."""
    chance = Chance(seed, "landlord", building.number)
    name = f"SCI {chance.pick(SURNAMES)} Patrimoine"
    return Supplier(
        f"L-{building.building_id}", name, "bailleur", building.landlord_email, payer_iban(chance)
    )


@dataclass(slots=True)
class Outgoings:
    """Accounts of suppliers, what we owe them, and the entries of the statements."""

    accounts: list[Account] = field(default_factory=list)
    dues: list[Due] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)


class Spending:
    """Writes what goes out of one building's account.

    Args:
        chance: the building's.
        building: whose account it is.
        window: first and last day.
        size: number of holders, to which the invoices are in proportion.
    """

    def __init__(
        self, chance: Chance, building: Building, *, window: tuple[date, date], size: int
    ) -> None:
        self._chance = chance
        self._building = building
        self._first, self._last = window
        self._size = size
        self.made = Outgoings()

    def suppliers(
        self, suppliers: list[Supplier], *, landlord: Supplier | None, seats: int
    ) -> None:
        """Opens `seats` suppliers' accounts, and writes invoices and their payments."""
        chosen = (([landlord] if landlord else []) + suppliers)[:seats]
        bailiff = next(s for s in suppliers if s.trade == BAILIFF)
        if bailiff not in chosen and len(chosen) > 1 and self._building.kind == "coownership":
            chosen[-1] = bailiff
        for number, supplier in enumerate(chosen, start=1):
            account = self._account(supplier, number)
            self.made.accounts.append(account)
            if supplier.trade != "bailleur":
                self._invoices(supplier, account)

    def landlord_share(self, received: dict[Period, int]) -> None:
        """Pays the landlord on the 20th what came in the month before, fees kept.

        Args:
            received: cents that came in, by month.
        """
        account = next((a for a in self.made.accounts if a.trade == "bailleur"), None)
        if account is None:
            return
        for period, cents in sorted(received.items(), key=lambda item: item[0]):
            on = period.plus(1).first_day + timedelta(days=19)
            share = cents * _LANDLORD_SHARE_PERCENT // 100
            if on > self._last or share <= 0:
                continue
            label = f"Reversement des loyers {period.french()}"
            due = self._owe(
                account, share, on=on, label=label, reference=f"RV{on:%y%m}", kind="other"
            )
            self._pay(
                [due], account, on=on, text=f"REVERSEMENT LOYERS {period}", kind="landlord_share"
            )

    def pay_back(self, dues: list[Due], holder: Account, iban: str) -> None:
        """Pays refunds owed and deposits back to a holder (DOMAIN A4, D7)."""
        for due in dues:
            deposit = due.kind == "deposit"
            why = "RESTITUTION DEPOT DE GARANTIE" if deposit else "REMBOURSEMENT AVANCE CHAUDIERE"
            later = self._chance.between(-9, -1) if deposit else self._chance.between(8, 25)
            self._pay(
                [due], holder, on=due.due_on + timedelta(days=later), iban=iban,
                text=why, kind="deposit_refund" if deposit else "refund",
            )  # fmt: skip

    def fees(self) -> None:
        """Writes the bank's monthly and yearly fees."""
        period = Period.of(self._first)
        monthly = self._chance.pick((1420, 950, 1800))
        while period.last_day <= self._last:
            self._fee(
                period.last_day, monthly, f"FRAIS DE TENUE DE COMPTE {period.first_day:%m/%Y}"
            )
            if period.month == 1:
                self._fee(period.first_day, 8640, f"COTISATION OFFRE SYNDIC {period.year}")
            if period.month in (3, 9) and self._chance.happens(0.5):
                label = "FRAIS IRREGULARITES ET INCIDENTS"
                self._fee(period.first_day + timedelta(days=11), 800, label)
            period = period.plus(1)

    def works_transfers(self, works: BankAccount, current: BankAccount) -> list[Movement]:
        """Moves a part of the calls to the works account each quarter.

        Returns:
            The entries of the works account; those of the current one are with the others.
        """
        entries: list[Movement] = []
        period = Period.of(self._first)
        while period.first_day <= self._last:
            on = working_day(period.first_day + timedelta(days=24))
            if period.month in (2, 5, 8, 11) and on <= self._last:
                cents = self._size * self._chance.between(40, 70) * 100
                for book, other, sign in ((current, works, -1), (works, current, 1)):
                    entry = Movement(
                        booked_on=on, amount_cents=sign * cents, kind="internal_transfer",
                        operation="transfer_out" if sign < 0 else "transfer_in",
                        wording=f"VIR INTERNE FONDS TRAVAUX {period}",
                        counterparty=bank_form(f"SDC {self._building.name}"),
                        counterparty_iban=other.iban,
                    )  # fmt: skip
                    (self.made.movements if book is current else entries).append(entry)
            period = period.plus(1)
        return entries

    def strays(self, *, elsewhere: list[tuple[str, str, str]], hostile: str) -> None:
        """Writes what comes in that settles nothing here.

        Args:
            elsewhere: (payer, IBAN, text) of payments meant for another building.
            hostile: `label` or `name` for a hostile one, "" for none.
        """
        chance = self._chance
        days = (self._last - self._first).days
        names = chance.shuffled(SURNAMES)[:2]
        strangers = [
            ("ASSURANCES VALMONT", f"SINISTRE {chance.digits(6)} INDEMNITE", payer_iban(chance)),
            (f"M {bank_form(names[0])}", "VIREMENT", payer_iban(chance)),
            ("", "", ""),
        ]
        if hostile == "label":
            strangers.append((bank_form(names[1]), _HOSTILE_TEXT, payer_iban(chance)))
        elif hostile == "name":
            strangers.append((_HOSTILE_NAME, "LOYER", payer_iban(chance)))
        for name, text, iban in strangers:
            is_hostile = name == _HOSTILE_NAME or text == _HOSTILE_TEXT
            self._stray(
                name, iban, text, kind="unknown", traits={"hostile"} if is_hostile else set(),
                on=self._first + timedelta(days=chance.between(20, max(21, days - 5))),
                cents=chance.between(4000, 90000), shape=2 if not name else 0,
            )  # fmt: skip
        third = days // 3
        for name, iban, text in elsewhere:
            self._stray(
                name, iban, text, kind="misdirected", traits={"misdirected"}, shape=0,
                on=self._first + timedelta(days=chance.between(third, max(third, days - 20))),
                cents=chance.between(20000, 90000),
            )  # fmt: skip

    # One thing at a time

    def _account(self, supplier: Supplier, number: int) -> Account:
        code = f"401{number:05d}"
        return Account(
            account_id=f"{self._building.building_id}-{code}", code=code, kind="supplier",
            building_id=self._building.building_id, holder=supplier.name, trade=supplier.trade,
            person_id=supplier.supplier_id, payer_ibans=(supplier.iban,), email=supplier.email,
            payment_mode="direct_debit" if supplier.trade in _DEBITED else "transfer",
        )  # fmt: skip

    def _invoices(self, supplier: Supplier, account: Account) -> None:
        _, trade, yearly, yearly_rental, euros = next(t for t in _TRADES if t[1] == supplier.trade)
        count = yearly if self._building.kind == "coownership" else yearly_rental
        base = euros * self._size * _SPENDS_PERCENT[self._building.kind] // 4000 * 100
        unpaid: list[Due] = []
        for on in self._every(12 // count if count else 0):
            cents = base * self._chance.between(8500, 11500) // 10000
            number = f"{supplier.supplier_id[1:]}{on:%y}-{self._chance.digits(4)}"
            due = self._owe(
                account, cents, on=on + timedelta(days=30), issued_on=on, reference=number,
                label=f"Facture {number}, {trade}", kind="invoice",
            )  # fmt: skip
            unpaid.append(due)
            if trade not in _DEBITED and self._chance.happens(0.15):
                continue
            self._settle(unpaid, supplier, account)
            unpaid = []

    def _settle(self, unpaid: list[Due], supplier: Supplier, account: Account) -> None:
        """Pays invoices, several at once where some had waited; some without saying which."""
        due = unpaid[-1]
        if supplier.trade in _DEBITED:
            self._pay(unpaid, account, on=due.due_on, text=due.reference, iban=supplier.iban)
            return
        says = self._chance.happens(0.85)
        numbers = " ".join(each.reference for each in unpaid)
        self._pay(
            unpaid, account, on=due.due_on + timedelta(days=self._chance.between(-8, 6)),
            text=f"FACT {numbers}" if says else "REGLEMENT FACTURE", iban=supplier.iban,
        )  # fmt: skip

    def _every(self, months: int) -> Iterator[date]:
        period = Period.of(self._first)
        while months and period.first_day <= self._last:
            day = period.first_day + timedelta(days=self._chance.between(2, 20))
            if day <= self._last:
                yield day
            period = period.plus(months)

    def _owe(
        self,
        account: Account,
        cents: int,
        *,
        on: date,
        label: str,
        reference: str,
        kind: str,
        issued_on: date | None = None,
    ) -> Due:
        due = Due(
            due_id=f"{account.account_id}-{reference}", account_id=account.account_id, kind=kind,
            amount_cents=-cents, due_on=on, issued_on=issued_on or on, label=label,
            reference=reference,
        )  # fmt: skip
        self.made.dues.append(due)
        return due

    def _pay(
        self,
        dues: list[Due],
        account: Account,
        *,
        on: date,
        text: str,
        iban: str = "",
        kind: str = "supplier_payment",
    ) -> None:
        on = working_day(on)
        if not self._first <= on <= self._last:
            return
        name = bank_form(account.holder)
        debited = account.trade in _DEBITED
        mandate = f"MD{account.person_id}{self._building.building_id}" if debited else ""
        wording = (
            f"PRLV SEPA {name} MDT/{mandate} ECH/{on:%d%m%y}"
            if debited
            else f"VIR SEPA EMIS /A {name} /MOTIF {text}"
        )
        self.made.movements.append(
            Movement(
                booked_on=on, amount_cents=sum(due.amount_cents for due in dues), kind=kind,
                operation="debit_out" if debited else "transfer_out", wording=wording,
                counterparty=name, counterparty_iban=iban or next(iter(account.payer_ibans), ""),
                remittance=text, mandate_id=mandate, account_ids=(account.account_id,),
                settles=tuple(Settlement(d.account_id, d.due_id, -d.amount_cents) for d in dues),
                traits=frozenset({"several_dues"} if len(dues) > 1 else ()),
            )
        )  # fmt: skip

    def _fee(self, on: date, cents: int, label: str) -> None:
        on = working_day(on)
        if on <= self._last:
            self.made.movements.append(
                Movement(
                    booked_on=on, amount_cents=-cents, operation="fee", wording=label,
                    kind="bank_fee",
                )
            )  # fmt: skip

    def _stray(
        self, name: str, iban: str, text: str, *, kind: str, traits: set[str], on: date,
        cents: int, shape: int,
    ) -> None:  # fmt: skip
        on = working_day(on)
        if on > self._last:
            return
        wording = transfer_wording(self._chance, shape=shape, payer=name, text=text, e2e="")
        self.made.movements.append(
            Movement(
                booked_on=on, amount_cents=cents,
                operation="instant" if shape == 2 else "transfer_in",
                wording=wording, counterparty=name, counterparty_iban=iban, remittance=text,
                kind=kind, traits=frozenset(traits),
            )
        )  # fmt: skip
