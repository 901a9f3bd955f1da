"""A reminder's letter: from what the ledger knows of an account to a page that can be set.

Everything is read once for a run (`Desk`); then one account after the other becomes a `Draft`, or
the words that say why its letter cannot be made and what to do. Nothing is written here.

Source: DOMAIN B2, B4, E12; LAW L1, L3, L5, L6.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import pandas as pd

from workbench.documents import letters
from workbench.documents.letter_kinds import (
    Channel,
    Letter,
    LetterKind,
    Line,
    PayTo,
    Recipient,
    Sender,
)
from workbench.documents.letters import MailText
from workbench.documents.mails import address_problem
from workbench.domain.dates import french_long_date
from workbench.domain.errors import InvariantError, ParameterError
from workbench.domain.money import french_euros
from workbench.domain.policies import ReminderType, is_formal_notice
from workbench.domain.records import BuildingKind
from workbench.ledger import reminder_inputs, views
from workbench.ledger.store import Ledger
from workbench.pipeline.claiming import RATES_FILE, notice_lines, rate_words, read_rates
from workbench.pipeline.due_words import KIND_WORDS
from workbench.pipeline.invoicing import Tariff, read_tariff
from workbench.pipeline.planning import Plan, channel_of
from workbench.pipeline.settings import Office
from workbench.reminders.claims import ClaimedDue, Rate
from workbench.reminders.fees import Fee
from workbench.reminders.state import AccountState

_CLOSINGS: Final = {
    BuildingKind.COOWNERSHIP: "Pour le syndic,",
    BuildingKind.RENTAL: "Pour le gestionnaire,",
}
_OFFICES: Final = {
    BuildingKind.COOWNERSHIP: "Le syndic",
    BuildingKind.RENTAL: "Le gestionnaire",
}
_CREDIT_WORDS: Final = KIND_WORDS | {"receipt": "Paiement reçu, à affecter"}
_BY_HAND_AT_PLACE: Final = "à remettre sur place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A reminder that can leave: its letter, how, at what cost.

    Attributes:
        account_id: the account.
        building_id: its building.
        step_type: its type.
        planned_on: the day of its step; that of the sending when a person sends it.
        letter: as it will be set.
        mail: subject and text; None for a letter on paper.
        to_address: mail address; "" for a letter on paper.
        fee: charged to the account; None for nothing.
        warnings: what a person should look at, French sentences without a full stop.
    """

    account_id: str
    building_id: str
    step_type: ReminderType
    planned_on: date
    letter: Letter
    mail: MailText | None
    to_address: str
    fee: Fee | None
    warnings: tuple[str, ...]

    @property
    def amount_cents(self) -> int:
        """What the letter claims."""
        return self.letter.total_cents


@dataclass(frozen=True, slots=True)
class Wanted:
    """A reminder to draft.

    Attributes:
        account_id: the account.
        step_type: its type.
        planned_on: the day of its step.
        amount_cents: what the plan says it claims.
        not_late_too: claim also what is owed and not late yet: a person's choice.
        bill: charge what may be charged; without, nothing is and nothing has to have a price.
        must_bill: a missing price is an error even where the building has no fee schedule.
    """

    account_id: str
    step_type: ReminderType
    planned_on: date
    amount_cents: int
    not_late_too: bool = False
    bill: bool = True
    must_bill: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """What letters are written with, read once for a run; see `open_desk`."""

    on: date
    folder: Path
    office: Office
    plan: Plan
    states: Mapping[str, AccountState]
    accounts: Mapping[str, Mapping[str, Any]]
    buildings: Mapping[str, Mapping[str, Any]]
    ibans: Mapping[str, Mapping[str, Any]]
    dues: Mapping[str, Sequence[ClaimedDue]]
    rates: Sequence[Rate]
    tariff: Tariff
    made: Mapping[tuple[str, str], int]

    def draft(self, wanted: Wanted) -> Draft | str:
        """Drafts one reminder; or says in French why its letter cannot be made and what to do."""
        try:
            return self._draft(wanted)
        except ParameterError as error:
            return str(error)

    def _draft(self, wanted: Wanted) -> Draft:
        state = self.states[wanted.account_id]
        account = self.accounts[wanted.account_id]
        kind = _kind_of(wanted.step_type)
        building_kind = self.plan.states.kinds[state.building_id]
        channel, to_address, warnings = self._way(account, wanted.step_type, building_kind)
        recipient, missing = self._recipient(account, kind=kind, channel=channel)
        fee: Fee | None = None
        charged: tuple[str, ...] = ()
        if wanted.bill:
            fee, charged = fee_of(
                self.tariff, wanted.step_type, state, on=self.on, must_bill=wanted.must_bill
            )
        letter = Letter(
            kind=kind,
            building_kind=building_kind,
            reference=self._reference(wanted.account_id, kind),
            dated_on=self.on,
            place=self.office.place or self.buildings[state.building_id]["city"] or "Fait",
            sender=self._sender(building_kind),
            recipient=recipient,
            account=account["code"],
            building=self.plan.states.names[state.building_id],
            about=self._about(account),
            lines=self._lines(wanted, kind=kind, building_kind=building_kind),
            channel=channel,
            pay_to=self._pay_to(account),
            budget_year=str(self.on.year),
            fields=self._fields(state, kind=kind, building_kind=building_kind, fee=fee),
            text=wanted.step_type.text,
        )
        if letter.total_cents != wanted.amount_cents:
            raise InvariantError(
                f"letter of {wanted.account_id}: {letter.total_cents} for {wanted.amount_cents}"
            )
        letters.check(letter, folder=self.folder)
        mail = letters.mail_text(letter, folder=self.folder) if to_address else None
        return Draft(
            account_id=wanted.account_id, building_id=state.building_id,
            step_type=wanted.step_type, planned_on=wanted.planned_on, letter=letter, mail=mail,
            to_address=to_address, fee=fee, warnings=(*warnings, *missing, *charged),
        )  # fmt: skip

    def _way(
        self, account: Mapping[str, Any], step_type: ReminderType, building_kind: BuildingKind
    ) -> tuple[Channel, str, tuple[str, ...]]:
        """Returns how the letter leaves, its mail address, and what is wrong with that one."""
        email = account["email"].strip()
        channel = channel_of(step_type.type, email=email, building_kind=building_kind)
        if channel is not Channel.EMAIL:
            return channel, "", ()
        wrong = address_problem(email)
        if wrong:
            return Channel.POST, "", (f"{wrong} : la lettre part par la poste",)
        return channel, email, ()

    def _recipient(
        self, account: Mapping[str, Any], *, kind: LetterKind, channel: Channel
    ) -> tuple[Recipient, tuple[str, ...]]:
        """Returns who it is for; where no address is known, the building, which is said."""
        lines = _address(account)
        if lines or channel is Channel.EMAIL:
            return Recipient(account["holder"], lines), ()
        building = self.buildings[account["building_id"]]
        lines = _address(building)
        if not lines and kind is LetterKind.FORMAL_NOTICE:
            return Recipient(account["holder"]), ()
        words = "l’adresse du compte manque : la lettre est adressée à l’immeuble"
        at_place = lines or (_BY_HAND_AT_PLACE,)
        return Recipient(account["holder"], (building["name"], *at_place)), (words,)

    def _sender(self, kind: BuildingKind) -> Sender:
        office = self.office
        return Sender(
            name=office.name or _OFFICES[kind], lines=office.lines, contact=office.contact,
            closing=office.closing or _CLOSINGS[kind], signatory=office.signatory,
        )  # fmt: skip

    def _reference(self, account_id: str, kind: LetterKind) -> str:
        number = self.made.get((account_id, str(kind)), 0) + 1
        code = "MD" if kind is LetterKind.FORMAL_NOTICE else "R"
        return f"{self.on.year}-{account_id}-{code}{number}"

    def _about(self, account: Mapping[str, Any]) -> str:
        address = self.buildings[account["building_id"]]["address"].strip()
        lots = account["lots"].strip()
        several = any(sign in lots for sign in ",;|/&") or " et " in lots
        return ", ".join(
            part
            for part in (address, f"lot{'s' if several else ''} {lots}" if lots else "")
            if part
        )

    def _pay_to(self, account: Mapping[str, Any]) -> PayTo | None:
        bank = self.ibans.get(account["building_id"])
        if bank is None:
            return None
        name = self.buildings[account["building_id"]]["name"]
        return PayTo(
            holder=name, iban=bank["iban"], bic=bank["bic"], bank_name=bank["bank_name"],
            reference=account["code"],
        )  # fmt: skip

    def _lines(
        self, wanted: Wanted, *, kind: LetterKind, building_kind: BuildingKind
    ) -> tuple[Line, ...]:
        """Returns what is late, what else is owed where a person wants it, and every credit."""
        dues = self.dues[wanted.account_id]
        claimed = [
            due
            for due in dues
            if due.open_cents > 0 and (wanted.not_late_too or due.due_on < self.on)
        ]
        credits_ = [
            Line(label=due.label, amount_cents=due.open_cents, due_on=due.due_on)
            for due in dues
            if due.open_cents < 0
        ]
        if kind is LetterKind.FORMAL_NOTICE and building_kind is BuildingKind.COOWNERSHIP:
            starts_on = date(self.on.year, 1, 1)
            return (*notice_lines(claimed, year_starts_on=starts_on), *credits_)
        lines = [
            Line(label=due.label, amount_cents=due.open_cents, due_on=due.due_on) for due in claimed
        ]
        return (*lines, *credits_)

    def _fields(
        self,
        state: AccountState,
        *,
        kind: LetterKind,
        building_kind: BuildingKind,
        fee: Fee | None,
    ) -> dict[str, str]:
        found: dict[str, str] = {}
        if state.sent:
            found["relance_du"] = french_long_date(state.sent[-1].sent_on)
        if kind is LetterKind.FORMAL_NOTICE:
            # Never guessed: a day without a rate blocks a co-ownership's notice (LAW L5). A
            # tenant's leaves without the paragraph on interest, which its text may do without.
            has_rate = any(rate.starts_on <= self.on <= rate.ends_on for rate in self.rates)
            if has_rate or building_kind is BuildingKind.COOWNERSHIP:
                found["taux_legal"] = rate_words(self.rates, on=self.on)
            if fee is not None:
                found["frais"] = french_euros(fee.amount_cents)
        return found


def fee_of(
    tariff: Tariff,
    step_type: ReminderType,
    state: AccountState,
    *,
    on: date,
    must_bill: bool = False,
) -> tuple[Fee | None, tuple[str, ...]]:
    """Returns what a reminder is charged, and what is to be looked at.

    Args:
        tariff: of its building.
        step_type: its type.
        state: of its account.
        on: the day it leaves.
        must_bill: a missing price is an error even where the building has no fee schedule at all;
            without, its letters leave and nothing is charged (LAW L1).

    Raises:
        ParameterError: something is to be charged and its price is not known (DOMAIN E12).
    """
    noticed = [sent.sent_on for sent in state.sent if is_formal_notice(sent.kind)]
    found = tariff.fee_for(step_type, account_id=state.account_id, on=on, noticed_on=noticed)
    if isinstance(found, Fee):
        return found, found.warnings
    if not found.is_problem:
        return None, ()
    if tariff.schedules.get(state.building_id) or step_type.fee_cents or must_bill:
        raise ParameterError(found.words)
    return None, ("l’immeuble n’a pas de barème d’honoraires : la lettre n’est pas facturée",)


def open_desk(ledger: Ledger, plan: Plan, *, office: Office, folder: Path) -> Desk:
    """Reads what letters of a plan's day are written with.

    Args:
        ledger: open; read-only is enough.
        plan: of the day the letters are dated on.
        office: who writes.
        folder: the office's templates.

    Raises:
        ParameterError: the table of legal rates or of services is missing or wrong.
    """
    with ledger.snapshot():
        buildings = views.buildings(ledger)
        banks = views.bank_accounts(ledger)
        made = reminder_inputs.letters_made(ledger, year=plan.as_of.year)
        tariff = read_tariff(ledger, folder=folder)
    banks = banks[banks["kind"] == "current"].drop_duplicates("building_id")
    return Desk(
        on=plan.as_of, folder=folder, office=office, plan=plan,
        states={state.account_id: state for state in plan.states.states},
        accounts=_by(plan.states.accounts, "account_id"),
        buildings=_by(buildings, "building_id"),
        ibans=_by(banks, "building_id"),
        dues=_claimed(plan.states.dues),
        rates=read_rates(folder / RATES_FILE),
        tariff=tariff, made=made,
    )  # fmt: skip


def _kind_of(step_type: ReminderType) -> LetterKind:
    return LetterKind.FORMAL_NOTICE if is_formal_notice(step_type.type) else LetterKind.SIMPLE


def _by(frame: pd.DataFrame, key: str) -> dict[str, dict[str, Any]]:
    return {row[key]: row for row in frame.to_dict(orient="records")}  # type: ignore[misc]


def _address(place: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the lines of an address, none where it says nothing."""
    street = [line.strip() for line in place["address"].splitlines() if line.strip()]
    town = f"{place['postcode']} {place['city']}".strip()
    return (*street, town) if place["city"].strip() or street else ()


def _claimed(frame: pd.DataFrame) -> dict[str, list[ClaimedDue]]:
    found: dict[str, list[ClaimedDue]] = defaultdict(list)
    columns = ("account_id", "due_id", "kind", "label", "due_on", "open_cents", "period_start")
    for account, due_id, kind, label, due_on, cents, starts in zip(
        *(frame[column].tolist() for column in columns), strict=True
    ):
        words = label or _CREDIT_WORDS.get(kind, "Somme due")
        found[account].append(ClaimedDue(due_id, kind, words, due_on, cents, starts))
    return found
