"""What else stands on a building's statement: agencies, aid, batches, suppliers, noise."""

from collections import defaultdict
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Final

from benchmarks._portfolios.labels import Reason, Written, write_payment
from benchmarks._portfolios.payments import FIRST_DAY, LAST_DAY, Desk, around, pay
from benchmarks._portfolios.people import (
    Person,
    as_payer,
    draw_iban,
    draw_person,
    plain,
)  # fmt: skip
from benchmarks._portfolios.tables import Account, Due, Movement, Office
from benchmarks._portfolios.truth import Moment

_BATCHES: Final = {
    "direct_debit": ("REMISE PRLV SEPA {n} OPERATIONS", "PRELEVEMENTS SEPA EMIS NBRE {n}"),
    "cheque": ("REMISE CHEQUES N° {x:07d}", "REMISE DE {n} CHEQUES", "REM CHQ REF{x:05d}A05"),
    "card": ("REMISE CB /{on:%d/%m}", "VIR PAYPLUS TRANSACTIONS CB {x}"),
}
_NOISE_IN: Final = (
    "INTERETS CREDITEURS 4T2025", "VIR SEPA RECU /DE AXA FRANCE IARD /MOTIF SINISTRE {x} DDE",
    "VIR SEPA RECU /DE DGFIP /MOTIF DEGREVEMENT {x}", "VIREMENT INTERNE LIVRET A",
    "VIR SEPA RECU /DE {name} /MOTIF {gift}", "REMBOURSEMENT EDF CLIENT {x}",
    "VIR RECU {x} DE: {name} MOTIF: {gift}", "VIREMENT DE {name}",
)  # fmt: skip
_GIFTS: Final = ("VENTE VELO", "CADEAU", "REMB RESTAURANT", "ERREUR", "LOYER GARAGE", "SOLDE", "")
_FEES: Final = (
    "FRAIS TENUE DE COMPTE", "COTISATION CONVENTION PRO", "F FRAIS PRLV IMP 97 49EUR",
    "FRAIS IRREGULARITES ET INCIDENTS", "COMMISSION DE MOUVEMENT", "FRAIS VIR INSTANTANE",
)  # fmt: skip


def add_agencies(office: Office, accounts: list[Account]) -> None:
    """Gives some accounts of a building to an agency: one payer, one IBAN, several lots."""
    rng = office.rng
    chance = 0.6 if office.hard else 0.08
    free = [a for a in accounts if a.mode == "transfer" and not a.person_id]
    while rng.random() < chance and len(free) > 6:
        name = plain(f"{rng.choice(('AGENCE', 'CABINET', 'IMMO'))} {draw_person(rng).last}")
        firm = Person("", "", "", firm=f"{name} GESTION")
        iban, known = draw_iban(rng), rng.random() < 0.8
        office.agencies[iban] = firm
        for account in rng.sample(free, rng.randint(2, 5)):
            free.remove(account)
            account.mode, account.iban = "agency", iban
            account.listed = [iban] if known else []
            account.aliases = [firm.firm] if rng.random() < 0.3 else []
            account.habit = "agency"
        chance *= 0.5


def agencies_pay(desk: Desk) -> None:
    """Agencies pay their lots: each apart, saying for whom or not, or all in one sum."""
    rng = desk.rng
    groups: dict[str, list[Account]] = defaultdict(list)
    for account in desk.building.accounts:
        if account.mode == "agency":
            groups[account.iban].append(account)
    for iban, accounts in groups.items():
        apart = rng.random() < 0.6
        for month in (1, 2, 3):
            on = around(desk, month, 10, 3)
            if apart:
                for account in accounts:
                    desk.plan(on, partial(_pay_lots, desk, [account], iban, on))
            else:
                desk.plan(on, partial(_pay_lots, desk, accounts, iban, on))


def _pay_lots(desk: Desk, accounts: list[Account], iban: str, on: date) -> None:
    rng = desk.rng
    links = [link for account in accounts for link in _due_by(account, on)]
    if not links:
        return
    if len(accounts) == 1:
        said, situation = _agency_reason(accounts[0], rng), "agency, one lot"
    else:
        said, situation = Reason(text=f"{len(accounts)} LOTS"), "agency, several lots in one"
        if rng.random() < 0.4:
            said = Reason(text=" ".join(a.code for a in accounts), shows={"code"})
    pay(desk, accounts, links, on, situation=situation, payer=desk.office.agencies[iban],
        iban=iban, reason=said)  # fmt: skip


def _due_by(account: Account, on: date) -> list[tuple[Due, int]]:
    return [(d, d.left) for d in account.dues if d.left > 0 and d.issued_on <= on]


def _agency_reason(account: Account, rng: Random) -> Reason:
    roll = rng.random()
    if roll < 0.5:
        return Reason(text=plain(f"PROP {account.person.last or account.person.firm}"))
    if roll < 0.75:
        return Reason(text=f"MANDAT {account.code}", shows={"code"})
    if roll < 0.85:
        return Reason(text=f"LOT {account.lots[0]}", shows={"lot"})
    return Reason(text="GESTION LOCATIVE")


def aid_pays(desk: Desk) -> None:
    """Housing aid: part of a rent, by name, or several tenants in one sum without a list."""
    rng = desk.rng
    tenants = [a for a in desk.building.accounts if a.mode == "transfer" and rng.random() < 0.1]
    grouped = rng.random() < 0.5
    shares = [(account, rng.randint(90, 310) * 100) for account in tenants]
    for month in (1, 2, 3):
        on = around(desk, month, 5, 1)
        desk.plan(on, partial(_aid_month, desk, shares, month, on, grouped=grouped))


def _aid_month(
    desk: Desk, shares: list[tuple[Account, int]], month: int, on: date, *, grouped: bool
) -> None:
    links: list[tuple[Due, int]] = []
    for account, aid in shares:
        rents = (d for d in account.dues if d.kind == "rent" and d.starts and d.left > aid)
        rent = next((d for d in rents if d.starts and d.starts.month == month), None)
        if rent and grouped:
            links.append((rent, aid))
        elif rent:
            _aid_alone(desk, account, rent, aid, on)
    if links:
        _batch(desk, f"CAF AIDE AU LOGEMENT {on:%m/%Y} {len(links)} ALLOC", on, links,
               situation="housing aid, several tenants in one", counterparty="CAF")  # fmt: skip


def _aid_alone(desk: Desk, account: Account, rent: Due, aid: int, on: date) -> None:
    name = plain(f"{account.person.last or account.person.firm} {account.person.first}").strip()
    # It says the month; where rent and charges are two dues, not which of them.
    alone = [d.due_on for d in account.dues].count(rent.due_on) == 1
    said = Reason(text=f"ALS {desk.rng.randint(10**6, 10**7)} {name} {on:%m/%Y}", named=alone)
    movement = pay(
        desk, [account], [(rent, aid)], on, situation="housing aid, one tenant", reason=said,
        payer=Person("", "", "", firm="CAF"), iban="FR7620041000010000000000133",
    )  # fmt: skip
    if movement and desk.building.bank == "camt" and movement.counterparty:
        movement.ultimate_party = name


def _batch(
    desk: Desk, label: str, on: date, links: list[tuple[Due, int]], *, situation: str,
    counterparty: str = "",
) -> None:  # fmt: skip
    on = min(on, LAST_DAY)
    movement = Movement(
        desk.office.item(), desk.building, on, sum(c for _, c in links), label, counterparty,
        nature="batch", situation=situation, links=links,
    )  # fmt: skip
    desk.office.movements.append(movement)
    for due, cents in links:
        due.account.clouded = True
        if situation.startswith("housing"):
            due.left -= cents


def deposit_batches(desk: Desk) -> None:
    """Cheques, cards and debits reach the statement as sums; one debit in forty comes back."""
    rng = desk.rng
    sums: dict[tuple[str, date], list[tuple[Due, int]]] = defaultdict(list)
    for mode, on, due, cents in desk.batched:
        when = on + timedelta(days=(7 - on.weekday()) % 7)
        if mode == "direct_debit":
            when = max(FIRST_DAY, on.replace(day=5))
        sums[mode, when].append((due, cents))
    for (mode, on), links in sorted(sums.items(), key=lambda entry: entry[0]):
        label = rng.choice(_BATCHES[mode]).format(n=len(links), x=rng.randint(1, 99999), on=on)
        _batch(desk, label, on, links, situation=f"batch of {mode.replace('_', ' ')}s")
        for due, cents in links:
            if mode == "direct_debit" and rng.random() < 0.025:
                name = as_payer(due.account.person, rng, hard=False)
                back = min(on + timedelta(days=4), LAST_DAY)
                _nothing(desk, back, -cents, f"REJET PRLV {plain(name)[:27]}", "debit returned",
                         reason="AM04")  # fmt: skip


def _nothing(
    desk: Desk, on: date, cents: int, label: str, situation: str, *, name: str = "",
    iban: str = "", reason: str = "",
) -> Movement:  # fmt: skip
    movement = Movement(
        desk.office.item(), desk.building, min(on, LAST_DAY), cents, label, name, iban,
        situation=situation, return_reason=reason,
    )  # fmt: skip
    desk.office.movements.append(movement)
    return movement


def suppliers_paid(desk: Desk) -> None:
    """Invoices leave one by one or two at a time, with or without their number; refunds too."""
    rng = desk.rng
    for account in desk.building.suppliers:
        waiting: list[Due] = []
        for due in account.dues:
            waiting.append(due)
            if rng.random() < 0.1:
                continue
            on = due.due_on - timedelta(days=rng.randint(0, 24))
            desk.plan(on, partial(_pay_out, desk, account, waiting, on))
            waiting = []
    for account in desk.building.accounts:
        for due in account.dues:
            if due.kind == "refund" and rng.random() < 0.75:
                on = due.due_on + timedelta(days=rng.randint(2, 25))
                desk.plan(on, partial(_pay_out, desk, account, [due], on))


def _pay_out(desk: Desk, account: Account, dues: list[Due], on: date) -> None:
    rng = desk.rng
    if on > LAST_DAY:
        return
    told = [due.reference for due in dues if due.reference and rng.random() < 0.55]
    name = account.person.firm or as_payer(account.person, rng, hard=False)
    refund = dues[0].kind == "refund"
    written: Written = write_payment(
        desk.building.bank, name, account.iban, ["REMBOURSEMENT"] if refund else told, rng, on
    )
    cents = sum(due.left for due in dues)
    movement = Movement(
        desk.office.item(), desk.building, on, cents, written.label, written.counterparty,
        written.counterparty_iban, operation=written.operation, nature="payment",
        situation="refund made" if refund else f"invoice{'s' if len(dues) > 1 else ''} paid",
        links=[(due, -due.left) for due in dues], named=bool(told) and len(told) == len(dues),
    )  # fmt: skip
    said = Reason(text=written.name_seen, shows={"reference"} if told else set())
    movement.account_unknowable = not desk.directory.tells_account(
        [account], said, written.counterparty_iban, written.name_seen, cents
    )
    opens = [(d, d.left) for d in account.dues if d.left < 0 and (d.issued_on <= on or d in dues)]
    desk.moments.append(Moment(movement, account, on, opens, movement.named))
    desk.office.movements.append(movement)
    for due in dues:
        due.left = 0


def add_noise(desk: Desk) -> None:
    """Fees, interest, strangers' money; on the hard portfolio sums that look like somebody's."""
    rng, hard = desk.rng, desk.office.hard
    for month in (1, 2, 3):
        if rng.random() < 0.8:
            _nothing(desk, around(desk, month, 28, 1), -rng.choice((350, 1250, 2490, 4990)),
                     rng.choice(_FEES), "bank fee")  # fmt: skip
    for _ in range(rng.choice((0, 1, 1, 2, 3)) if hard else rng.choice((0, 0, 1, 1, 2))):
        person = draw_person(rng)
        if hard and rng.random() < 0.2:
            # Somebody with an owner's name, or his relative, pays for something else.
            person = draw_person(rng, last=rng.choice(desk.building.accounts).person.last)
        cents = rng.randint(500, 150000)
        account = rng.choice(desk.building.accounts)
        if rng.random() < (0.3 if hard else 0.1):
            cents = max(100, account.dues[0].amount)
        name = plain(as_payer(person, rng, hard=False))
        label = rng.choice(_NOISE_IN).format(
            x=rng.randint(10**5, 10**7), name=name, gift=rng.choice(_GIFTS)
        )
        shown = desk.building.bank == "camt" and name in label
        movement = _nothing(
            desk, around(desk, rng.randint(1, 3), 15, 8), cents, label, "stranger's money",
            name=name if shown else "", iban=draw_iban(rng) if shown else "",
        )  # fmt: skip
        # An owner's name with his very amount: nobody could tell that it is somebody else.
        likely = {a.account_id for a in desk.directory.by_last.get(plain(person.last), [])}
        owing = desk.directory.by_amount.get(cents, set())
        movement.due_unknowable = name in label and bool(likely & owing)


def misdirect(desks: list[Desk]) -> None:
    """Payments meant for one building arrive on the bank account of another of the office."""
    for desk in desks:
        for account, on, cents in desk.misdirected:
            other = desk.rng.choice([d for d in desks if d is not desk] or desks)
            said = Reason(text="")
            if desk.rng.random() < 0.5:
                said = Reason(text=f"{account.code} {desk.building.name}".upper())
            pay(other, [account], [], on, situation="meant for another building", cents=cents,
                reason=said, nature="nothing")  # fmt: skip
