"""The chart of accounts that entries are written on: numbers an office may change.

The defaults are those of co-ownerships (arrêté of 14 March 2005) and, for rented buildings, of the
general chart. Source: LAW L8.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Final

from workbench.domain.errors import ParameterError, shortened
from workbench.domain.records import BuildingKind, DueKind

# The first three digits are the chart's; what follows is the office's own (FEC, CompteNum).
_NUMBER: Final = re.compile(r"[1-7][0-9]{2}[0-9A-Z]{0,12}")
_LANDLORDS: Final = frozenset({"bailleur", "propriétaire"})
# What suppliers of a trade are paid for, in a co-ownership and in a rented building; the contract's
# invoices say no account, so any other trade waits to be classed.
_TRADES: Final[Mapping[str, tuple[str, str]]] = {
    "administration de biens": ("6211", "622"),
    "syndic": ("6211", "622"),
    "assurance": ("616", "616"),
    "ascensoriste": ("614", "615"),
    "chauffage": ("603", "615"),
    "eau": ("601", "606"),
    "électricité": ("602", "606"),
    "gaz": ("603", "606"),
    "espaces verts": ("615", "615"),
    "nettoyage": ("611", "615"),
    "plomberie": ("615", "615"),
    "serrurerie": ("615", "615"),
    "commissaire de justice": ("623", "622"),
    "huissier": ("623", "622"),
    "avocat": ("623", "622"),
}
# Said with the defaults above; an office's own number has no other name than itself.
_PURCHASES: Final[Mapping[str, str]] = {
    "601": "Eau", "602": "Électricité", "603": "Chauffage, énergie", "606": "Eau, énergie",
    "611": "Nettoyage des locaux", "614": "Contrats de maintenance",
    "615": "Entretien et petites réparations", "616": "Primes d’assurances",
    "6211": "Rémunération du syndic", "622": "Honoraires", "623": "Rémunérations de tiers",
}  # fmt: skip
# A call has no kind of its own for the works fund: its label says it.
_FUND_WORDS: Final = "fonds de travaux"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """The numbers of the accounts.

    Attributes:
        budget: co-owners, current operations (450-1).
        works: co-owners, works (450-2).
        works_fund: co-owners, works fund (450-5).
        tenants: tenants.
        suppliers: suppliers; the account of each is the auxiliary one.
        bank: current accounts.
        bank_works: accounts of the works.
        bank_processor: accounts of the card processor.
        in_hand: cheques and card payments that no bank has credited.
        transfers: from one account of a building to another.
        waiting_in: money received of which nobody knows yet what it pays.
        waiting_out: money paid likewise, and invoices of a trade that is not classed.
        provisions: calls of the current budget.
        works_provisions: calls for works.
        works_fund_provisions: calls for the works fund.
        recovered: costs charged to one owner.
        rents: rents.
        recovered_charges: charges and costs charged to a tenant.
        deposits: tenants' deposits.
        bank_fees: what the bank takes from a co-ownership.
        rental_bank_fees: what it takes from a rented building.
        fee_expense: the office's own services, where the fee schedule says no account.
        landlord: what is paid over to the landlord of a rented building.
        various: what a co-ownership owes or is owed otherwise, old balances too.
        rental_various: the same of a rented building.

    Source: LAW L8.
    """

    budget: str = "4501"
    works: str = "4502"
    works_fund: str = "4505"
    tenants: str = "411"
    suppliers: str = "401"
    bank: str = "5121"
    bank_works: str = "5122"
    bank_processor: str = "5123"
    in_hand: str = "5112"
    transfers: str = "580"
    waiting_in: str = "472"
    waiting_out: str = "471"
    provisions: str = "701"
    works_provisions: str = "702"
    works_fund_provisions: str = "105"
    recovered: str = "714"
    rents: str = "706"
    recovered_charges: str = "708"
    deposits: str = "165"
    bank_fees: str = "662"
    rental_bank_fees: str = "627"
    fee_expense: str = "6222"
    landlord: str = "4671"
    various: str = "462"
    rental_various: str = "467"

    def holder(self, kind: str, label: str, *, building_kind: str) -> str:
        """Returns the holder's account that a due of that kind and label stands on."""
        if building_kind == BuildingKind.RENTAL:
            return self.tenants
        if kind == DueKind.WORKS_CALL:
            return self.works
        return self.works_fund if is_works_fund(kind, label) else self.budget

    def counterpart(self, kind: str, label: str, *, building_kind: str) -> str:
        """Returns the account that a holder's due is entered against."""
        if building_kind == BuildingKind.RENTAL:
            return {
                DueKind.RENT: self.rents, DueKind.DISCOUNT: self.rents,
                DueKind.CALL: self.rents, DueKind.WORKS_CALL: self.recovered_charges,
                DueKind.CHARGES: self.recovered_charges,
                DueKind.ADJUSTMENT: self.recovered_charges, DueKind.FEE: self.recovered_charges,
                DueKind.DEPOSIT: self.deposits,
            }.get(DueKind(kind), self.rental_various)  # fmt: skip
        if is_works_fund(kind, label):
            return self.works_fund_provisions
        return {
            DueKind.CALL: self.provisions, DueKind.CHARGES: self.provisions,
            DueKind.ADJUSTMENT: self.provisions, DueKind.DISCOUNT: self.provisions,
            DueKind.WORKS_CALL: self.works_provisions, DueKind.FEE: self.recovered,
        }.get(DueKind(kind), self.various)  # fmt: skip

    def purchase(self, trade: str, *, building_kind: str) -> str:
        """Returns the account of what a supplier of that trade invoices."""
        if trade.casefold() in _LANDLORDS:
            return self.landlord
        place = 1 if building_kind == BuildingKind.RENTAL else 0
        known = _TRADES.get(trade.casefold())
        return known[place] if known else self.waiting_out

    def bank_of(self, kind: str) -> str:
        """Returns the account of a bank account of that kind."""
        return {"works": self.bank_works, "processor": self.bank_processor}.get(kind, self.bank)

    def fees_of_bank(self, *, building_kind: str) -> str:
        """Returns the account that the bank's fees go to."""
        return self.rental_bank_fees if building_kind == BuildingKind.RENTAL else self.bank_fees


DEFAULT_CHART: Final = Chart()
# What each account is called (FEC, CompteLib).
TITLES: Final[Mapping[str, str]] = {
    "budget": "Copropriétaires, budget prévisionnel",
    "works": "Copropriétaires, travaux",
    "works_fund": "Copropriétaires, fonds de travaux",
    "tenants": "Locataires",
    "suppliers": "Fournisseurs",
    "bank": "Banque, compte courant",
    "bank_works": "Banque, compte travaux",
    "bank_processor": "Banque, compte des cartes",
    "in_hand": "Chèques et cartes à encaisser",
    "transfers": "Virements internes",
    "waiting_in": "Compte d’attente, encaissements",
    "waiting_out": "Compte d’attente, à classer",
    "provisions": "Provisions sur opérations courantes",
    "works_provisions": "Provisions sur travaux",
    "works_fund_provisions": "Fonds de travaux",
    "recovered": "Produits divers, frais imputés",
    "rents": "Loyers",
    "recovered_charges": "Charges et frais récupérés",
    "deposits": "Dépôts de garantie",
    "bank_fees": "Frais financiers",
    "rental_bank_fees": "Services bancaires",
    "fee_expense": "Prestations particulières du syndic",
    "landlord": "Compte du bailleur",
    "various": "Débiteurs et créditeurs divers",
    "rental_various": "Autres débiteurs et créditeurs",
}


def is_works_fund(kind: str, label: str) -> bool:
    """Tells whether a due is a contribution to the works fund."""
    return kind in {DueKind.CALL, DueKind.WORKS_CALL} and _FUND_WORDS in label.casefold()


def chart_of(numbers: Mapping[str, str]) -> Chart:
    """Returns the chart with an office's own numbers.

    Args:
        numbers: by the names of `Chart`; hyphens and spaces in a number do not count (`450-1`).

    Raises:
        ParameterError: no such account, or a number that no chart has; names the key first.
    """
    known = [field.name for field in fields(Chart)]
    chosen: dict[str, str] = {}
    for name, written in numbers.items():
        if name not in known:
            raise ParameterError(
                f"{shortened(name)} : compte inconnu (au choix : {', '.join(known)})"
            )
        number = account_number(written)
        if not number:
            raise ParameterError(
                f"{name} : « {shortened(written, limit=20)} » n’est pas un numéro de compte (au "
                "moins trois chiffres, le premier de 1 à 7)"
            )
        chosen[name] = number
    return replace(DEFAULT_CHART, **chosen)


def account_number(written: str) -> str:
    """Returns an account's number without hyphens and spaces; "" where it is none."""
    number = "".join(written.replace("-", "").split()).upper()
    return number if _NUMBER.fullmatch(number) else ""


def title_of(number: str, chart: Chart) -> str:
    """Returns what an account is called; `Compte 999` where nobody said."""
    for name, title in TITLES.items():
        if getattr(chart, name) == number:
            return title
    return _PURCHASES.get(number, f"Compte {number}")
