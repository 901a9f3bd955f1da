"""From payments to entries of a statement: what comes in, what bounces.

Cheques and cards come grouped in deposits, direct debits in batches where the bank does so, an
agency pays several owners at once. Not for what goes out: see `outgoings`.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

from workbench.demo.books import Building, CardReceipt, Cheque, Movement
from workbench.demo.chance import Chance
from workbench.demo.ibans import Bank, french_iban
from workbench.demo.labels import agency_text, aid_text, transfer_wording, written
from workbench.demo.payments import Payment
from workbench.demo.people import bank_form
from workbench.demo.places import housing_aid_office
from workbench.demo.receipts import card_receipts_of, cheque_of

_CARD_FEE_PER_10000 = 35
_REJECT_FEE_CENTS = 1210
# The shapes of label each kind of bank file shows (see `labels.transfer_wording`).
_SHAPES = {"camt.053.001.02": (0, 0, 2), "camt.053.001.08": (1, 5), "cfonb120": (3, 4)}
_ALL_SHAPES = (0, 1, 2, 3, 4, 5)
# How often the bank tells the payer's account.
_TELLS_IBAN = {"camt.053.001.02": 0.92, "camt.053.001.08": 0.95, "cfonb120": 0.55, "csv": 0.6}
# The family-allowance offices are paid out of the Treasury.
AID_IBAN = french_iban(Bank("10071", "TRPUFRP1", "Trésor public"), "75000", "00001004200")


@lru_cache(maxsize=4096)
def working_day(day: date) -> date:
    """Returns the day, or the next one on which banks book."""
    while day.weekday() >= 5 or (day.month, day.day) in ((1, 1), (5, 1), (12, 25), (12, 26)):
        day += timedelta(days=1)
    return day


class Incoming:
    """Books the payments of one building on its account.

    Args:
        chance: the building's.
        building: for its place and its names.
        bank_format: of its statements; banks differ in what they tell.
        last: last day of the window; what would be booked after it is left out.
    """

    def __init__(self, chance: Chance, building: Building, *, bank_format: str, last: date) -> None:
        self._chance = chance
        self._building = building
        self._format = bank_format
        self._last = last
        self._cheque_slip = chance.between(100, 999)
        self._twins: dict[tuple[str, date, int], Movement] = {}
        # What the office entered as it came; not all of it has reached the bank by the last day.
        self.cheques: list[Cheque] = []
        self.card_receipts: list[CardReceipt] = []

    def book(self, payments: Iterable[Payment]) -> list[Movement]:
        """Returns the entries the payments become, in no particular order."""
        groups: dict[tuple[str, ...], list[Payment]] = defaultdict(list)
        movements: list[Movement] = []
        for payment in payments:
            key = self._group_of(payment)
            if key:
                groups[key].append(payment)
            elif payment.mode == "direct_debit":
                movements += self._debit(payment)
            else:
                movements.append(self._transfer(payment))
        for key, members in groups.items():
            movements += self._grouped(key[0], members)
        return [movement for movement in movements if movement.booked_on <= self._last]

    def _group_of(self, payment: Payment) -> tuple[str, ...]:
        """Returns the deposit, batch or transfer a payment goes in with others; () for none."""
        holder = payment.holder
        if payment.mode == "cheque":
            # Brought to the bank every ten days.
            return ("cheque", str(payment.on.toordinal() // 10))
        if payment.mode == "card":
            return ("card", str(payment.on.toordinal() // 7))
        if payment.mode == "direct_debit" and self._format == "camt.053.001.08":
            return ("debits", str(working_day(payment.on)))
        if payment.mode == "aid" and holder.part == "grouped_aid":
            return ("aid", str(holder.group), payment.about.dues[0].call_id)
        if holder.part == "agency" and payment.parts:
            return ("agency", str(holder.group), payment.parts[-1][0].call_id)
        return ()

    def _grouped(self, sort: str, members: list[Payment]) -> list[Movement]:
        if sort == "cheque":
            return self._cheques(members)
        if sort == "card":
            return self._cards(members)
        if sort == "debits":
            return self._debit_batch(members)
        return [self._transfer_for_several(members, sort)]

    # Transfers

    def _transfer(self, payment: Payment) -> Movement:
        if payment.mode == "aid":
            return self._transfer_for_several([payment], "aid")
        holder = payment.holder
        twin = (holder.account.person_id, payment.on, payment.cents)
        if first := self._twins.get(twin):
            # An owner of two identical lots makes the same transfer twice.
            account_ids = (holder.account.account_id,)
            return replace(first, account_ids=account_ids, settles=payment.settlements())
        text, trait = written(self._chance, payment)
        names = holder.payer.payer_names
        name = names[0] if self._chance.happens(0.85) else self._chance.pick(names)
        known = holder.payer.iban in holder.account.payer_ibans
        traits = {trait, "known_iban" if known else "unknown_iban"}
        made = self._in([payment], name=name, iban=holder.payer.iban, text=text, traits=traits)
        if holder.part == "twin":
            self._twins[twin] = made
        return made

    def _transfer_for_several(self, members: list[Payment], sort: str) -> Movement:
        holders = [payment.holder for payment in members]
        on = max(payment.on for payment in members)
        if sort == "agency":
            text = agency_text(holders, members[0].about)
            payer = holders[0].payer
            traits = {"agency", "third_party", "several_accounts", "unknown_iban"}
            return self._in(
                members, name=payer.payer_names[0], iban=payer.iban, text=text, traits=traits
            )
        traits = {"third_party", "unknown_iban"} | (
            {"several_accounts"} if len(members) > 1 else set()
        )
        movement = self._in(
            members, name=housing_aid_office(self._building.postcode), iban=AID_IBAN,
            text=aid_text(holders, on), traits=traits, on=on,
        )  # fmt: skip
        if len(members) == 1:
            movement.ultimate_party = bank_form(holders[0].own.holder)
        return movement

    def _in(
        self,
        members: list[Payment],
        *,
        name: str,
        iban: str,
        text: str,
        traits: set[str],
        on: date | None = None,
    ) -> Movement:
        chance = self._chance
        e2e = f"{chance.digits(6)}-{chance.digits(4)}" if chance.happens(0.4) else ""
        shape = chance.pick(_SHAPES.get(self._format, _ALL_SHAPES))
        instant = shape in (2, 5)
        movement = _movement(
            members, working_day(on or max(p.on for p in members)),
            operation="instant" if instant else "transfer_in",
            wording=transfer_wording(chance, shape=shape, payer=name, text=text, e2e=e2e),
            traits=traits,
        )  # fmt: skip
        # This bank hides the payer of an instant transfer.
        hidden = shape == 2 and self._format != "camt.053.001.08"
        movement.counterparty = "" if hidden else name
        tells = chance.happens(_TELLS_IBAN[self._format])
        movement.counterparty_iban = iban if tells and not hidden else ""
        movement.remittance, movement.end_to_end_id = text, e2e
        if "reference" in traits and chance.happens(0.4):
            movement.remittance_reference = members[0].about.dues[0].reference
        if not movement.counterparty_iban:
            movement.traits |= {"no_iban"}
        return movement

    # Direct debits

    def _one_debit(self, payment: Payment) -> Movement:
        holder = payment.holder
        name = bank_form(holder.own.holder)
        movement = _movement(
            [payment], working_day(payment.on), operation="debit_in",
            wording=f"PRLV SEPA {name} MDT/{holder.mandate_id} ECH/{payment.on:%d%m%y}",
            traits={"direct_debit"},
        )  # fmt: skip
        movement.counterparty, movement.counterparty_iban = name, holder.payer.iban
        movement.mandate_id = holder.mandate_id
        movement.end_to_end_id = f"{holder.mandate_id}-{payment.on:%y%m%d}"
        movement.remittance = payment.about.dues[0].reference
        return movement

    def _debit(self, payment: Payment) -> list[Movement]:
        debit = self._one_debit(payment)
        return [debit, *self._rejection(debit)] if payment.rejected else [debit]

    def _debit_batch(self, members: list[Payment]) -> list[Movement]:
        debits = [self._one_debit(payment) for payment in members]
        on = debits[0].booked_on
        batch = Movement(
            booked_on=on, amount_cents=sum(debit.amount_cents for debit in debits),
            operation="debit_in", wording=f"PRLV SEPA REMISE {on:%Y%m%d} NB {len(debits)}",
            parts=tuple(debits), kind="debit_batch",
        )  # fmt: skip
        rejections = [
            entry
            for debit, payment in zip(debits, members, strict=True)
            if payment.rejected
            for entry in self._rejection(debit)
        ]
        return [batch, *rejections]

    def _rejection(self, debit: Movement) -> list[Movement]:
        """Returns the debit taken back for want of money, and what the bank charges for it."""
        on = working_day(debit.booked_on + timedelta(days=self._chance.between(3, 6)))
        name = debit.counterparty
        back = replace(
            debit, booked_on=on, amount_cents=-debit.amount_cents, operation="debit_returned",
            wording=f"REJET PRLV {name} MOTIF AM04 PROVISION INSUFFISANTE", return_reason="AM04",
            kind="rejected_debit", settles=(), reopens=debit.settles,
            traits=frozenset({"rejected"}),
        )  # fmt: skip
        fee = Movement(
            booked_on=on, amount_cents=-_REJECT_FEE_CENTS, operation="fee", kind="bank_fee",
            wording=f"F FRAIS PRLV IMP {self._chance.between(10, 99)} 12,10EUR",
        )  # fmt: skip
        return [back, fee]

    # Deposits

    def _cheques(self, members: list[Payment]) -> list[Movement]:
        self._cheque_slip += 1
        self.cheques += [
            cheque_of(payment, self._building, number=len(self.cheques) + n)
            for n, payment in enumerate(members, start=1)
        ]
        on = working_day(max(payment.on for payment in members) + timedelta(days=2))
        count = len(members)
        wording = self._chance.pick(
            (
                f"REMISE CHEQUES N° {self._cheque_slip:07d}",
                f"REMISE DE {count} CHEQUE{'S' if count > 1 else ''}",
                f"REMISE DE CHEQUES DU {on:%d/%m/%Y}",
                f"REM CHQ REF{self._cheque_slip:05d}A{count:02d}",
            )
        )
        traits = {"several_accounts"} if count > 1 else set()
        deposit = _movement(members, on, operation="cheques", wording=wording, traits=traits)
        deposit.kind = "cheque_deposit"
        return [deposit]

    def _cards(self, members: list[Payment]) -> list[Movement]:
        self.card_receipts += card_receipts_of(
            members, self._building, number=len(self.card_receipts) + 1
        )
        on = working_day(max(payment.on for payment in members) + timedelta(days=1))
        traits = {"several_accounts"} if len(members) > 1 else set()
        deposit = _movement(
            members, on, operation="cards", wording=f"REMISE CB /{on:%d/%m}", traits=traits
        )
        deposit.kind = "card_deposit"
        fee = Movement(
            booked_on=on, amount_cents=-max(1, deposit.amount_cents * _CARD_FEE_PER_10000 // 10000),
            operation="fee", wording=f"COMMISSION REMISE CB /{on:%d/%m}", kind="bank_fee",
        )  # fmt: skip
        return [deposit, fee]


def _movement(
    members: list[Payment], on: date, *, operation: str, wording: str, traits: set[str]
) -> Movement:
    """Returns the entry several payments make together, with all they settle."""
    accounts: dict[str, None] = {}
    every = set(traits)
    for payment in members:
        accounts[payment.holder.account.account_id] = None
        every |= payment.traits | payment.holder.traits
    return Movement(
        booked_on=on, amount_cents=sum(payment.cents for payment in members), operation=operation,
        wording=wording, kind=members[0].kind, account_ids=tuple(accounts),
        settles=tuple(s for payment in members for s in payment.settlements()),
        traits=frozenset(every),
    )  # fmt: skip
