"""Why a reminder does not leave: one function a reason, each with its words.

The order of the reasons is the order in which they are told: what a person decided, then what the
law or the procedure forbids, then what makes it needless.

Source: DOMAIN B1, B3, B7, E1 to E3, E7, E10, E11; CONTRACT, reminders.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from workbench.domain.dates import french_date
from workbench.domain.money import french_euros
from workbench.domain.policies import ReminderType, Schedule
from workbench.reminders.state import AccountState, Sent


class Reason(StrEnum):
    """The codes of the contract."""

    PAID = "paid"
    BELOW_THRESHOLD = "below_threshold"
    NO_CALL_SENT = "no_call_sent"
    NOT_DELIVERED = "not_delivered"
    SNOOZED = "snoozed"
    PLAN_RUNNING = "plan_running"
    PROCEDURE_RUNNING = "procedure_running"
    EXCLUDED = "excluded"
    PARTIAL_PAYMENT = "partial_payment"
    AUTOMATIC_OFF = "automatic_off"
    LAST_STEP_DONE = "last_step_done"


@dataclass(frozen=True, slots=True)
class Block:
    """One reason against a step, with its French words (no final full stop)."""

    reason: Reason
    words: str


@dataclass(frozen=True, slots=True)
class _Case:
    """What a reason may look at."""

    state: AccountState
    step_type: ReminderType | None
    before: Sent | None
    planned_on: date | None
    amount_cents: int
    as_of: date
    automatic: bool

    @property
    def day(self) -> date:
        """The day the step would leave: its own, or today when that is past."""
        return max(self.planned_on, self.as_of) if self.planned_on else self.as_of


PROCEDURE_WORDS: Final = {
    "bailiff": "de commissaire de justice",
    "lawyer": "d’avocat",
}
PAYMENT_MODE_WORDS: Final = {
    "direct_debit": "prélèvement",
    "transfer": "virement",
    "cheque": "chèque",
    "card": "carte",
}


def blocks(
    state: AccountState,
    step_type: ReminderType | None,
    before: Sent | None,
    *,
    planned_on: date | None,
    amount_cents: int,
    as_of: date,
    automatic: bool,
) -> list[Block]:
    """Returns every reason against the next step, the strongest first; empty when it may leave.

    Args:
        state: the account on `as_of`.
        step_type: the type to come; None after the last one.
        before: the reminder it follows.
        planned_on: its day, None when it cannot be counted.
        amount_cents: what is late on that day, credits taken off.
        as_of: the day of the plan.
        automatic: the portfolio's switch.
    """
    case = _Case(state, step_type, before, planned_on, amount_cents, as_of, automatic)
    return [block for check in _CHECKS if (block := check(case)) is not None]


def _procedure(case: _Case) -> Block | None:
    kind = case.state.procedure
    if not kind:
        return None
    words = f"une procédure {PROCEDURE_WORDS.get(kind, kind)} est en cours"
    return Block(Reason.PROCEDURE_RUNNING, words)


def _plan(case: _Case) -> Block | None:
    since = case.state.plan_since
    if since is None:
        return None
    words = f"un échéancier est en cours depuis le {french_date(since)}"
    return Block(Reason.PLAN_RUNNING, words)


def _last_step(case: _Case) -> Block | None:
    if case.step_type is not None or case.before is None:
        return None
    words = (
        f"la dernière étape est faite depuis le {french_date(case.before.sent_on)} : "
        "à suivre par une personne"
    )
    return Block(Reason.LAST_STEP_DONE, words)


def _no_call(case: _Case) -> Block | None:
    """Automatic reminders exist only after the building's first call (DOMAIN E2)."""
    if case.step_type is None or case.step_type.schedule is not Schedule.CALLS:
        return None
    if not case.state.calls_through:
        return Block(Reason.NO_CALL_SENT, "aucun appel de l’immeuble n’est encore parti d’ici")
    if case.state.call_sent_on is None:
        return Block(Reason.NO_CALL_SENT, "aucun appel n’a encore été envoyé à ce compte")
    return None


def _undelivered(case: _Case) -> Block | None:
    """An account whose latest call did not arrive cannot be reminded (DOMAIN E1)."""
    status = case.state.undelivered
    if not status:
        return None
    how = "revenu par la poste" if status == "returned" else "non distribué"
    words = f"ne peut pas être relancé : le dernier appel est {how}, vérifier l’envoi d’abord"
    return Block(Reason.NOT_DELIVERED, words)


def _partial(case: _Case) -> Block | None:
    """A part paid after the reminder sets the counters to zero (DOMAIN E7)."""
    before = case.before
    if before is None or case.step_type is None:
        return None
    paid = [
        payment
        for payment in case.state.payments
        if payment.paid_on > before.sent_on and payment.due_on < before.sent_on
    ]
    if not paid:
        return None
    cents = sum(payment.cents for payment in paid)
    words = (
        f"{french_euros(cents)} reçus depuis la relance du {french_date(before.sent_on)} : "
        "compteurs remis à zéro, l’étape suivante se décide à la main"
    )
    return Block(Reason.PARTIAL_PAYMENT, words)


def _excluded(case: _Case) -> Block | None:
    mode = case.state.payment_mode
    if case.step_type is None or mode not in case.step_type.exclusions:
        return None
    words = f"exclu de ce type : paie par {PAYMENT_MODE_WORDS.get(mode, mode)}"
    return Block(Reason.EXCLUDED, words)


def _threshold(case: _Case) -> Block | None:
    step_type = case.step_type
    if step_type is None or case.planned_on is None or case.amount_cents <= 0:
        return None
    if step_type.is_reached_by(case.amount_cents):
        return None
    than = "ne dépasse pas" if step_type.strict else "n’atteint pas"
    words = (
        f"{french_euros(case.amount_cents)} en retard, {than} le seuil de "
        f"{french_euros(step_type.threshold_cents)}"
    )
    return Block(Reason.BELOW_THRESHOLD, words)


def _not_late(case: _Case) -> Block | None:
    """Nothing would be late on that day: there is nothing to remind of."""
    if case.step_type is None or case.planned_on is None or case.amount_cents > 0:
        return None
    words = f"rien ne sera en retard au {french_date(case.day)}"
    return Block(Reason.PAID, words)


def _snoozed(case: _Case) -> Block | None:
    """Reminders sleep, and wake by themselves (DOMAIN E10)."""
    snooze = case.state.snooze
    if snooze is None or case.planned_on is None or not snooze.start <= case.day < snooze.until:
        return None
    words = f"relances de l’immeuble en sommeil jusqu’au {french_date(snooze.until)}"
    return Block(Reason.SNOOZED, words)


def _automatic_off(case: _Case) -> Block | None:
    if case.automatic:
        return None
    return Block(Reason.AUTOMATIC_OFF, "la génération automatique est arrêtée")


_CHECKS: Final[tuple[Callable[[_Case], Block | None], ...]] = (
    _procedure,
    _plan,
    _no_call,
    _undelivered,
    _partial,
    _last_step,
    _excluded,
    _not_late,
    _threshold,
    _snoozed,
    _automatic_off,
)
