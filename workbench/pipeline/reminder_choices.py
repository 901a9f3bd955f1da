"""What people decide about reminders to come: move a date, let a building sleep, stop the runs.

Each is a row that a later one may take back; nothing is changed in place.
"""

from calendar import monthrange
from datetime import date, datetime
from typing import Final

from workbench.domain.dates import Period, french_date
from workbench.domain.errors import ParameterError
from workbench.ledger import reminder_rows, reminding
from workbench.ledger.reminder_rows import Choice
from workbench.ledger.store import Ledger
from workbench.pipeline.deciding import Outcome
from workbench.pipeline.planning import plan_on
from workbench.pipeline.reminder_settings import type_words

LONGEST_SNOOZE_MONTHS: Final = 6


def move(
    ledger: Ledger, account_id: str, *, to: date, as_of: date, actor: str, at: datetime
) -> Outcome:
    """Moves the next reminder of an account to a later day.

    Args:
        ledger: opened for writing.
        account_id: an owner's or a tenant's account.
        to: the new day.
        as_of: the business date.
        actor: who moves it.
        at: when.

    Returns:
        The move, `V12`.

    Raises:
        ParameterError: no such account, no reminder to come, a day in the past or not later;
            nothing is written.

    Source: DOMAIN E9.
    """
    if to < as_of:
        raise ParameterError(f"le {french_date(to)} est passé : choisir un jour à venir")
    with ledger.writing() as connection:
        building_id = reminding.building_of(ledger, account_id)
        plan = plan_on(ledger, as_of=as_of, building_id=building_id)
        step = next((s for s in plan.steps if s.account_id == account_id), None)
        if step is None or step.planned_on is None:
            why = step.blocks[0].words if step and step.blocks else "le compte ne doit rien"
            raise ParameterError(f"{account_id} n’a pas de relance à déplacer : {why}")
        if to <= step.planned_on:
            raise ParameterError(
                f"la relance de {account_id} est prévue le {french_date(step.planned_on)} : on la "
                "déplace à un jour plus tard, ou on l’envoie à la main (« workbench remind »)"
            )
        choice = Choice(
            "moves", (account_id, step.kind, to.isoformat(), as_of.isoformat()),
            subject=account_id, action="move", before={"planned_on": step.planned_on.isoformat()},
        )  # fmt: skip
        number = reminder_rows.record_choice(connection, choice, actor=actor, at=at)
    words = (
        f"{type_words(step.kind)} du compte {account_id} déplacée du "
        f"{french_date(step.planned_on)} au {french_date(to)}"
    )
    return Outcome(f"V{number}", True, words)


def snooze(
    ledger: Ledger, building_id: str, *, until: date, as_of: date, actor: str, at: datetime
) -> Outcome:
    """Lets the reminders of a building sleep until a day, on which they wake by themselves.

    Args:
        ledger: opened for writing.
        building_id: the building.
        until: the day they wake, six months after `as_of` at most.
        as_of: the business date, on which the sleep begins.
        actor: who decides.
        at: when.

    Returns:
        The snooze, `S12`.

    Raises:
        ParameterError: no such building, a day that is not to come, or too far; nothing is written.

    Source: DOMAIN E10.
    """
    last = latest_waking(as_of)
    if until <= as_of:
        raise ParameterError(f"le {french_date(until)} n’est pas à venir : choisir un jour après")
    if until > last:
        raise ParameterError(
            f"les relances dorment {LONGEST_SNOOZE_MONTHS} mois au plus, jusqu’au "
            f"{french_date(last)} ; on peut alors renouveler"
        )
    number = _snoozed(ledger, building_id, as_of, until, actor=actor, at=at)
    words = f"relances de {building_id} en sommeil, elles se réveillent le {french_date(until)}"
    return Outcome(f"S{number}", True, words)


def wake(ledger: Ledger, building_id: str, *, as_of: date, actor: str, at: datetime) -> Outcome:
    """Wakes the reminders of a building before their day.

    Args:
        ledger: opened for writing.
        building_id: the building.
        as_of: the business date, from which they are awake.
        actor: who decides.
        at: when.

    Raises:
        ParameterError: no such building; nothing is written.
    """
    number = _snoozed(ledger, building_id, as_of, as_of, actor=actor, at=at)
    return Outcome(f"S{number}", True, f"relances de {building_id} réveillées")


def latest_waking(as_of: date) -> date:
    """Returns the last day until which a building may sleep: the same day six months later."""
    period = Period.of(as_of).plus(LONGEST_SNOOZE_MONTHS)
    days = monthrange(period.year, period.month)[1]
    return date(period.year, period.month, min(as_of.day, days))


def _snoozed(
    ledger: Ledger, building_id: str, start: date, until: date, *, actor: str, at: datetime
) -> int:
    with ledger.writing() as connection:
        plan = plan_on(ledger, as_of=start, building_id=building_id) if building_id else None
        if plan is None or building_id not in plan.states.names:
            raise ParameterError(f"immeuble inconnu : {building_id}")
        before = plan.states.snoozes.get(building_id)
        choice = Choice(
            "snoozing", (building_id, start.isoformat(), until.isoformat()),
            subject=building_id, action="snooze",
            before={"until": before.until.isoformat()} if before else {},
        )  # fmt: skip
        return reminder_rows.record_choice(connection, choice, actor=actor, at=at)


def set_automatic(ledger: Ledger, *, on: bool, actor: str, at: datetime) -> Outcome:
    """Turns the generation of reminders by runs on or off, for the whole portfolio.

    Args:
        ledger: opened for writing.
        on: generate.
        actor: who decides.
        at: when.

    Source: DOMAIN B7.
    """
    words = "génération automatique " + ("en marche" if on else "arrêtée")
    with ledger.writing() as connection:
        before = reminding.is_automatic(ledger)
        if before == on:
            return Outcome("relances", False, f"{words} déjà")
        named = {True: "on", False: "off"}
        choice = Choice(
            "switches", (named[on],), subject="relances", action="automatic",
            before={"state": named[before]},
        )  # fmt: skip
        reminder_rows.record_choice(connection, choice, actor=actor, at=at)
    return Outcome("relances", True, words)
