"""Buildings of the second portfolio: accounts, calls and dues of a first quarter, with arrears.

A co-ownership calls its quarter on 1 January, its works fund with it, works now and then in
February; a rental calls each month. Identical lots owe identical amounts, as they do in life.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Final

from benchmarks._portfolios.people import Person, as_holder, draw_iban, draw_person, plain
from benchmarks._portfolios.tables import Account, Building, Due, Office

YEAR: Final = 2026
QUARTER: Final = (date(2026, 1, 1), date(2026, 3, 31))
MONTHS: Final = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août",
                 "septembre", "octobre", "novembre", "décembre")  # fmt: skip
BUILDINGS_PER_OFFICE: Final = 20
_STREETS: Final = ("Résidence du Parc", "Les Jardins", "Le Clos", "Villa", "Le Mail", "Les Quais")
_TRADES: Final = (
    "EDF", "ENGIE", "VEOLIA EAU", "OTIS", "SCHINDLER", "ISS NETTOYAGE", "ALLIANZ IARD", "DALKIA",
    "SAUR", "ORANGE BUSINESS", "PLOMBERIE {last}", "{last} ELECTRICITE", "JARDINS {last}",
    "SERRURERIE {last}", "TOITURES {last} ET FILS", "CABINET {last} EXPERT", "NET {last} SERVICES",
)  # fmt: skip
_HABITS: Final = ("code", "code period", "period", "period", "person lot", "generic", "empty")


def add_building(office: Office, number: int) -> None:
    """Adds one building to the office: its accounts and what they owe."""
    rng = office.rng
    kind = "coownership" if rng.random() < 0.66 else "rental"
    bank = rng.choices(("camt", "cfonb", "csv"), (0.5, 0.3, 0.2))[0]
    building = Building(
        f"R{number:05d}", f"{rng.choice(_STREETS)} {number}", kind, draw_iban(rng), bank
    )
    wanted = rng.randint(18, 84) if kind == "coownership" else rng.randint(14, 62)
    _add_holders(office, building, number, wanted)
    if kind == "coownership":
        _add_calls(office, building)
    else:
        _add_rents(office, building)
    _add_suppliers(office, building)
    office.buildings.append(building)


def _code(rng: Random, style: int, number: int, place: int, person: Person) -> str:
    """Returns what payers are told to quote, in the office's style; unique in its building."""
    if style == 0:
        return f"C{number % 1000:03d}{place:03d}"
    if style == 1:
        return f"450{place:04d}"
    if style == 2:
        return f"{number:04d}-{place:03d}"
    if style == 3:
        return f"{plain(person.firm or person.last).replace(' ', '')[:4]}{place:02d}"
    return f"LOC{rng.randint(100, 999)}{place:03d}"


def _add_holders(office: Office, building: Building, number: int, wanted: int) -> None:
    rng, hard = office.rng, office.hard
    style, names = office.number % 5, office.number % 3
    kind = "coowner" if building.kind == "coownership" else "tenant"
    previous: Account | None = None
    for place in range(1, wanted + 1):
        person = draw_person(rng)
        roll = rng.random()
        if previous and not previous.person.firm and roll < (0.07 if hard else 0.02):
            # A family: the same last name, now and then the same first name too.
            person = draw_person(rng, last=previous.person.last)
            if rng.random() < 0.15:
                person = previous.person
        same = bool(previous) and roll > (0.97 if hard else 0.99)
        account = Account(
            account_id=f"{building.building_id}-{place:03d}",
            holder="", kind=kind, code="", person=person, person_id="", iban=draw_iban(rng),
            known=rng.random() < 0.74,
            mode=rng.choices(("transfer", "direct_debit", "cheque", "card"), (70, 13, 13, 4))[0],
            lots=[str(place)],
        )  # fmt: skip
        if same and previous:
            # One person, two lots, two accounts, one bank account.
            account.person, account.iban, account.known = (
                previous.person, previous.iban, previous.known,
            )  # fmt: skip
            previous.person_id = account.person_id = f"P{account.account_id}"
        account.holder = as_holder(account.person, names)
        account.code = _code(rng, style, number, place, account.person)
        account.coupon = f"{number:05d}{place:04d}"
        account.habit = _habit(rng, hard=hard)
        account.day = min(28, max(1, round(rng.gauss(6, 4))))
        if account.known:
            account.listed.append(account.iban)
        if account.person.maiden and rng.random() < 0.3:
            account.aliases.append(f"{account.person.maiden} {account.person.first}")
        building.accounts.append(account)
        previous = account


def _habit(rng: Random, *, hard: bool) -> str:
    shares = (0.14, 0.06, 0.25, 0.1, 0.1, 0.2, 0.15) if hard else (0.27, 0.1, 0.2, 0.1, 0.1, 0.15,
                                                                 0.08)  # fmt: skip
    return rng.choices(_HABITS, shares)[0]


def _owe(
    office: Office,
    account: Account,
    kind: str,
    cents: int,
    due_on: date,
    *,
    label: str,
    issued_on: date | None = None,
    months: tuple[date, date] | None = None,
    call: tuple[str, str] = ("", ""),
    opened: int | None = None,
) -> None:
    """Adds a due; `call` is its call and its reference, `opened` what is left of it, if not all."""
    item = office.item()
    left = cents if opened is None else opened
    starts, ends = months or (None, None)
    account.dues.append(
        Due(item, f"D{item:09d}", account, kind, label, cents, left, due_on, issued_on or due_on,
            starts, ends, *call, left)
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Year:
    """What a co-ownership calls this year: parts of the quarter's call, and which calls exist."""

    name: str
    fund: float
    works: float
    second: bool
    adjust: bool
    referenced: bool

    def calls(self) -> list[tuple[str, date, date, str]]:
        """Returns the calls: code, due day, day sent, kind."""
        found = [("T4", date(2025, 10, 1), date(2025, 9, 11), "quarterly"),
                 ("T1", date(2026, 1, 1), date(2025, 12, 12), "quarterly")]  # fmt: skip
        if self.works:
            found.append(("TR", date(2026, 2, 1), date(2026, 1, 27), "works"))
        if self.second:
            found.append(("T2", date(2026, 4, 1), date(2026, 3, 12), "quarterly"))
        return found


def _add_calls(office: Office, building: Building) -> None:
    rng = office.rng
    types = [rng.randint(45, 190) for _ in range(rng.randint(2, 4))]
    budget = rng.uniform(280, 900)
    year = _Year(
        name=building.building_id,
        fund=rng.uniform(0.05, 0.09) if rng.random() < 0.5 else 0.0,
        works=rng.uniform(0.4, 2.5) if rng.random() < 0.3 else 0.0,
        second=rng.random() < 0.2,
        adjust=rng.random() < 0.12,
        referenced=rng.random() < 0.3,
    )
    for code, _, sent, kind in year.calls():
        day = sent.isoformat()
        building.calls.append((f"{year.name}-{code}", year.name, day, kind, day))
    for account in building.accounts:
        quarter = round(budget * (rng.choice(types) + rng.choice((0, 0, 0, 0, 0, 8))))
        _call_account(office, account, quarter, year)
        if year.adjust:
            _owe(office, account, "adjustment", rng.randint(-9000, 21000) or 100,
                 date(2026, 2, 20), label="Régularisation de charges 2025")  # fmt: skip
        if rng.random() < 0.01:
            _owe(office, account, "refund", -rng.randint(2000, 60000), date(2026, 2, 10),
                 label="Remboursement trop-perçu")  # fmt: skip


def _call_account(office: Office, account: Account, quarter: int, year: _Year) -> None:
    """Adds one co-owner's calls; one in eight still owes some or all of the autumn's."""
    rng = office.rng

    def call(code: str, suffix: str) -> tuple[str, str]:
        number = f"AF{account.account_id[1:].replace('-', '')}{suffix}"
        return f"{year.name}-{code}", number if year.referenced else ""

    if rng.random() < 0.13:
        opened = quarter if rng.random() < 0.75 else round(quarter * rng.uniform(0.1, 0.8))
        _owe(office, account, "call", quarter, date(2025, 10, 1), opened=opened,
             label="Provision 4e trimestre 2025", issued_on=date(2025, 9, 11),
             months=(date(2025, 10, 1), date(2025, 12, 31)), call=call("T4", "T4"))  # fmt: skip
        if rng.random() < 0.25:
            _owe(office, account, "fee", 3600, date(2025, 12, 5), label="Mise en demeure")
    _owe(office, account, "call", quarter, date(2026, 1, 1), issued_on=date(2025, 12, 12),
         label="Provision 1er trimestre 2026", months=QUARTER, call=call("T1", "T1"))  # fmt: skip
    if year.fund:
        _owe(office, account, "works_call", round(quarter * year.fund), date(2026, 1, 1),
             label="Fonds travaux 1er trimestre 2026", issued_on=date(2025, 12, 12),
             months=QUARTER, call=call("T1", "F1"))  # fmt: skip
    if year.works:
        _owe(office, account, "works_call", round(quarter * year.works), date(2026, 2, 1),
             label="Travaux ravalement 1er appel", issued_on=date(2026, 1, 27),
             call=call("TR", "TR"))  # fmt: skip
    if year.second:
        _owe(office, account, "call", quarter, date(2026, 4, 1),
             label="Provision 2e trimestre 2026", issued_on=date(2026, 3, 12),
             months=(date(2026, 4, 1), date(2026, 6, 30)), call=call("T2", "T2"))  # fmt: skip


def month_of(number: int) -> tuple[date, date]:
    """Returns the first and last day of month `number` of the year; 0 is December before."""
    first = date(YEAR, number, 1) if number else date(YEAR - 1, 12, 1)
    following = date(YEAR, number + 1, 1)
    return first, following - timedelta(days=1)


def _add_rents(office: Office, building: Building) -> None:
    rng = office.rng
    types = [rng.randint(310, 1150) * 100 + rng.choice((0, 0, 50, 37)) for _ in range(3)]
    charges = [rng.randint(25, 140) * 100 for _ in range(3)]
    apart, own = rng.random() < 0.15, rng.uniform(0.0, 0.15)
    term = rng.choice((1, 1, 1, 5))
    name = building.building_id
    for number in range(4):
        sent = month_of(number)[0] - timedelta(days=7)
        building.calls.append(
            (f"{name}-M{number}", name, sent.isoformat(), "rent", sent.isoformat())
        )
    for account in building.accounts:
        place = rng.randrange(3)
        rent = types[place]
        if rng.random() < own:
            # Indexed on its own anniversary: this rent is nobody else's.
            rent += rng.randint(1, 4000)
        reference = account.account_id.replace("-", "") if rng.random() < 0.1 else ""
        for number in range(4):
            starts, ends = month_of(number)
            if number == 0 and rng.random() > 0.09:
                continue
            due_on = starts + timedelta(days=term - 1)
            whole = rent if apart else rent + charges[place]
            opened = round(whole * rng.uniform(0.1, 0.8)) if number == 0 else whole
            if number == 0 and rng.random() < 0.7:
                opened = whole
            said = f"{MONTHS[(number - 1) % 12]} {starts.year}"
            _owe(office, account, "rent", whole, due_on, opened=opened,
                 label=f"Loyer {said}" if apart else f"Loyer et charges {said}",
                 issued_on=starts - timedelta(days=7), months=(starts, ends),
                 call=(f"{name}-M{number}", f"L{reference}{number:02d}" if reference else ""),
                 )  # fmt: skip
            if apart:
                _owe(office, account, "charges", charges[place], due_on,
                     label=f"Provision charges {said}", issued_on=starts - timedelta(days=7),
                     months=(starts, ends), call=(f"{name}-M{number}", ""))  # fmt: skip
        _add_extras(office, account, rent)


def _add_extras(office: Office, account: Account, rent: int) -> None:
    rng, roll = office.rng, office.rng.random()
    if roll < 0.05:
        _owe(office, account, "deposit", rent, date(2026, 1, 3), label="Dépôt de garantie")
    elif roll < 0.15:
        _owe(office, account, "adjustment", rng.randint(1500, 32000), date(2026, 2, 15),
             label="Régularisation de charges 2025")  # fmt: skip
    elif roll < 0.18:
        _owe(office, account, "discount", -rng.randint(2, 15) * 1000, date(2026, 2, 1),
             label="Remise travaux subis")  # fmt: skip
    elif roll < 0.2:
        _owe(
            office, account, "refund", -rent, date(2026, 2, 25), label="Dépôt de garantie à rendre"
        )
    elif roll < 0.23:
        # Rents billed too low for months: several small differences at once.
        step = rng.randint(300, 1800)
        for number in range(3):
            starts, ends = month_of(number)
            _owe(office, account, "adjustment", step, date(2026, 2, 1),
                 label=f"Rappel indexation {MONTHS[(number - 1) % 12]}",
                 months=(starts, ends))  # fmt: skip


def _add_suppliers(office: Office, building: Building) -> None:
    rng = office.rng
    for place in range(1, rng.randint(5, 9) + 1):
        last = plain(draw_person(rng, last="").last or "MARTEL")
        firm = rng.choice(_TRADES).format(last=last)
        account = Account(
            account_id=f"{building.building_id}-F{place:02d}", holder=firm, kind="supplier",
            code=f"401{place:04d}", person=Person("", "", "", firm=firm), person_id="",
            iban=draw_iban(rng), known=rng.random() < 0.6, mode="transfer", lots=[],
        )  # fmt: skip
        if account.known:
            account.listed.append(account.iban)
        monthly = rng.random() < 0.3
        price = rng.randint(3000, 190000)
        for number in range(1, 4) if monthly else range(1, rng.randint(2, 3)):
            issued = date(YEAR, number, rng.randint(1, 25))
            cents = price if monthly else rng.randint(4000, 480000)
            _owe(office, account, "invoice", -cents, issued + timedelta(days=30),
                 label=f"Facture {firm}", issued_on=issued,
                 call=("", f"{rng.choice(('F', 'FA', '26', 'N'))}{rng.randint(1000, 999999)}"),
                 )  # fmt: skip
        building.suppliers.append(account)
