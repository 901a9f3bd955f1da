"""Reminders that a person sends, validates or takes back; runs are in `generating`.

Source: DOMAIN B8, E1, E8, E12; docs/decisions/0019-reminders.md.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd

from workbench.documents import letters
from workbench.documents.letter_kinds import LetterKind
from workbench.domain.dates import french_date
from workbench.domain.errors import ParameterError
from workbench.domain.money import french_euros
from workbench.domain.policies import ReminderType
from workbench.ledger import outbox, reminder_rows
from workbench.ledger import reminding as generated
from workbench.ledger.reminder_rows import Event
from workbench.ledger.store import Ledger
from workbench.pipeline import invoicing, mailing
from workbench.pipeline.deciding import Outcome
from workbench.pipeline.generating import SENT, Generated, again_numbers, generate, record
from workbench.pipeline.planning import WAITING, Plan, months_ahead, plan_on
from workbench.pipeline.reminder_choices import move, set_automatic, snooze, wake
from workbench.pipeline.reminder_letters import Draft, Wanted, fee_of, open_desk
from workbench.pipeline.reminder_settings import type_words
from workbench.pipeline.settings import Settings
from workbench.reminders.blocks import Reason

__all__ = [
    "Generated", "Plan", "generate", "months_ahead", "move", "number_of", "plan_on", "remind",
    "set_automatic", "snooze", "undo_reminding", "validate_reminders", "wake",
]  # fmt: skip

_LETTERS: Final = ("reminder_id", "letter_id")


def remind(
    ledger: Ledger,
    account_id: str,
    *,
    kind: str,
    on: date,
    actor: str,
    at: datetime,
    settings: Settings,
    folder: Path,
    bill: bool = True,
) -> Outcome:
    """Sends a reminder by hand, whatever speaks against it but a call that did not arrive.

    Args:
        ledger: opened for writing.
        account_id: an owner's or a tenant's account.
        kind: name of a type of its building.
        on: the day: that of the letter, and on which it leaves.
        actor: who sends it.
        at: when.
        settings: of the office.
        folder: the office's templates.
        bill: charge it, where it may be charged.

    Raises:
        ParameterError: no such account or type, nothing owed, the latest call did not arrive, or
            the letter cannot be made; nothing is written.

    Source: DOMAIN E1, E8, E12; LAW L6.
    """
    with ledger.writing() as connection:
        draft = _by_hand(
            ledger, account_id, kind=kind, on=on, settings=settings, folder=folder, bill=bill
        )
        (pdf,) = letters.typeset([draft.letter], folder=folder)
        (ids,) = record(
            connection, [(draft, pdf)], on=on, by_hand=True, again=again_numbers(ledger, [draft]),
            actor=actor, at=at,
        )  # fmt: skip
    fee = f", facturée {french_euros(draft.fee.amount_cents)}" if draft.fee else ""
    notes = "".join(f" ; {words}" for words in draft.warnings)
    words = f"{type_words(kind)} du {french_date(on)}, {french_euros(draft.amount_cents)}{fee}"
    return Outcome(f"R{ids.reminder_id}", True, f"{words}, lettre C{ids.letter_id}{notes}")


def _by_hand(
    ledger: Ledger,
    account_id: str,
    *,
    kind: str,
    on: date,
    settings: Settings,
    folder: Path,
    bill: bool,
) -> Draft:
    building_id = generated.building_of(ledger, account_id)
    plan = plan_on(ledger, as_of=on, building_id=building_id)
    state = next((s for s in plan.states.states if s.account_id == account_id), None)
    if state is None or state.owed_cents() <= 0:
        raise ParameterError(f"{account_id} ne doit rien au {french_date(on)}")
    if state.undelivered:
        raise ParameterError(
            f"{account_id} ne peut pas être relancé : son dernier appel n’est pas arrivé, "
            "vérifier l’envoi d’abord"
        )
    step_type = _type_named(kind, plan.types[building_id])
    late_cents = state.late_cents(on)
    wanted = Wanted(
        account_id, step_type, on, late_cents if late_cents > 0 else state.owed_cents(),
        not_late_too=late_cents <= 0, bill=bill, must_bill=True,
    )  # fmt: skip
    draft = open_desk(ledger, plan, office=settings.office, folder=folder).draft(wanted)
    if not isinstance(draft, Draft):
        raise ParameterError(draft)
    if late_cents <= 0 and draft.letter.kind is LetterKind.FORMAL_NOTICE:
        raise ParameterError(
            f"rien n’est en retard sur {account_id} au {french_date(on)} : il n’y a pas de quoi "
            "le mettre en demeure"
        )
    return draft


def _type_named(kind: str, types: Sequence[ReminderType]) -> ReminderType:
    found = next((one for one in types if one.type == kind), None)
    if found is None:
        names = ", ".join(one.type for one in types)
        raise ParameterError(f"type de relance inconnu : {kind} (au choix : {names})")
    return found


def validate_reminders(
    ledger: Ledger,
    reminder_ids: Sequence[str],
    *,
    on: date,
    actor: str,
    at: datetime,
    folder: Path,
) -> list[Outcome]:
    """Lets reminders leave that waited for a person; each is looked at again first.

    Args:
        ledger: opened for writing.
        reminder_ids: `R12` …
        on: the day they leave.
        actor: who validates.
        at: when.
        folder: the office's templates, for what the letters cost.

    Returns:
        One outcome each; not done where it left already, or is not due any more as it was written.

    Raises:
        ParameterError: no such reminder; nothing is written.

    Source: DOMAIN B8.
    """
    with ledger.writing() as connection:
        known = {row["reminder_id"]: row for row in _records(generated.reminders(ledger))}
        letter_of = dict(zip(*(generated.letters(ledger)[c] for c in _LETTERS), strict=True))
        plan = plan_on(ledger, as_of=on)
        tariff = invoicing.read_tariff(ledger, folder=folder)
        check = _Validation(plan, tariff, on)
        done: list[Outcome] = []
        for identifier in reminder_ids:
            number = number_of(identifier)
            row = known.get(number)
            if row is None:
                raise ParameterError(f"aucune relance {identifier}")
            words = check.against(row, identifier)
            if words:
                done.append(Outcome(identifier, False, words))
                continue
            events = [Event(number, state, on) for state in ("validated", "sent")]
            reminder_rows.record_events(
                connection, events, action=reminder_rows.VALIDATE, subject=str(row["account_id"]),
                actor=actor, at=at,
            )  # fmt: skip
            outbox.queue(connection, [letter_of[number]], actor=actor, at=at)
            charged = check.charged(row, number)
            invoicing.issue(connection, charged, issued_on=on, actor=actor, at=at)
            amount = french_euros(int(row["amount_cents"]))
            words = f"validée : {amount}, lettre C{letter_of[number]}"
            done.append(Outcome(identifier, True, words))
            # Given twice, it is done once.
            row["state"] = SENT
    return done


@dataclass(frozen=True, slots=True)
class _Validation:
    """What reminders that wait are looked at with: the plan of the day they would leave."""

    plan: Plan
    tariff: invoicing.Tariff
    on: date

    def against(self, row: Mapping[str, Any], identifier: str) -> str:
        """Returns why a reminder cannot leave as it was written; "" when it may."""
        if row["state"] == SENT:
            return (
                f"déjà partie le {french_date(row['sent_on'])}"
                if row["sent_on"]
                else "déjà validée"
            )
        if row["state"] != WAITING:
            return "annulée"
        if self.on < row["generated_on"].date():
            return f"générée le {french_date(row['generated_on'])} seulement"
        again = f"l’annuler (« workbench undo {identifier} ») et générer de nouveau"
        step = next((s for s in self.plan.steps if s.account_id == row["account_id"]), None)
        if step is None:
            return f"le compte ne doit plus rien : {again}"
        # The switch is about runs: a person may validate.
        against = [b.words for b in step.blocks if b.reason is not Reason.AUTOMATIC_OFF]
        if against:
            return f"{against[0]} : {again}"
        if (step.kind, step.planned_on) != (row["kind"], row["planned_on"].date()):
            return f"l’étape du compte a changé : {again}"
        if step.amount_cents < row["amount_cents"]:
            paid = french_euros(step.amount_cents)
            return f"il ne reste que {paid} à réclamer : {again}"
        return ""

    def charged(self, row: Mapping[str, Any], number: int) -> list[invoicing.NewInvoice]:
        """Returns the invoice of a reminder that leaves, if it is charged."""
        account, building = str(row["account_id"]), str(row["building_id"])
        state = next(s for s in self.plan.states.states if s.account_id == account)
        step_type = _type_named(str(row["kind"]), self.plan.types[building])
        fee, _ = fee_of(self.tariff, step_type, state, on=self.on)
        return [invoicing.NewInvoice(number, account, building, fee)] if fee else []


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.to_dict(orient="records")  # type: ignore[return-value]


def number_of(identifier: str, *, letter: str = "R") -> int:
    """Returns the number of `R12`.

    Raises:
        ParameterError: another form.
    """
    match = re.fullmatch(rf"{letter}([0-9]{{1,12}})", identifier.strip().upper())
    if match is None:
        raise ParameterError(f"« {identifier} » n’est pas un numéro de la forme {letter}12")
    return int(match[1])


def undo_reminding(
    ledger: Ledger, identifier: str, *, actor: str, at: datetime, reason: str = ""
) -> Outcome:
    """Takes back a reminder that has not left, a moved date, a snooze or a fee's invoice.

    Args:
        ledger: opened for writing.
        identifier: `R12` a reminder, `V12` a move, `S12` a snooze, `F12` an invoice, `C12` what
            was said of a letter.
        actor: who takes it back.
        at: when.
        reason: why, in the person's words.

    Raises:
        ParameterError: there is none of that number; nothing is written.
        DecisionRefusedError: its letter left, or its fee was paid; nothing is written.

    Source: DOMAIN A10, E8 to E10.
    """
    kind = identifier.strip().upper()[:1]
    if kind == "C":
        return mailing.unsay(ledger, identifier, actor=actor, at=at, reason=reason)
    if kind == "F":
        (done,) = invoicing.cancel_invoices(
            ledger, [identifier], on=at.date(), actor=actor, at=at, reason=reason
        )
        return done
    if kind == "R":
        return _take_back(ledger, identifier, actor=actor, at=at, reason=reason)
    return _unchosen(ledger, identifier, actor=actor, at=at)


def _take_back(
    ledger: Ledger, identifier: str, *, actor: str, at: datetime, reason: str
) -> Outcome:
    number = number_of(identifier)
    with ledger.writing() as connection:
        known = {row["reminder_id"]: row for row in _records(generated.reminders(ledger))}
        row = known.get(number)
        if row is None:
            raise ParameterError(f"aucune relance {identifier}")
        if row["state"] not in {SENT, WAITING}:
            return Outcome(identifier, False, "déjà annulée")
        made = generated.letters(ledger)
        letter_ids = made.loc[made["reminder_id"] == number, "letter_id"].tolist()
        outbox.withdraw(connection, letter_ids, actor=actor, at=at, reason=reason)
        on = row["generated_on"].date()
        account = str(row["account_id"])
        cancelled = Event(number, "cancelled", on, words=reason)
        reminder_rows.record_events(
            connection, [cancelled], action="undo", subject=account, actor=actor, at=at
        )
        invoicing.cancel_of_reminder(connection, number, on=on, actor=actor, at=at, reason=reason)
    return Outcome(
        identifier,
        True,
        f"relance du compte {account} annulée ; elle est due de nouveau, la déplacer "
        "(« workbench move ») pour qu’une génération ne la reprenne pas",
    )


def _unchosen(ledger: Ledger, identifier: str, *, actor: str, at: datetime) -> Outcome:
    """Takes back a move (V12) or a snooze (S12)."""
    is_move = identifier.strip().upper().startswith("V")
    number = number_of(identifier, letter="V" if is_move else "S")
    with ledger.writing() as connection:
        found = reminder_rows.find_choice(connection, "moves" if is_move else "snoozing", number)
        if found is None:
            raise ParameterError(f"aucune décision à annuler pour {identifier}")
        if found.is_cancelled:
            return Outcome(identifier, False, "déjà annulé")
        reminder_rows.record_choice(connection, found.undone(), actor=actor, at=at)
    what = "date remise comme avant" if is_move else "sommeil annulé"
    return Outcome(identifier, True, f"{what} ({found.choice.subject})")
