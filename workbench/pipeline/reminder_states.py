"""Every account as its reminders are planned on: from the ledger's frames to `AccountState`.

One pass over each frame, no query an account: a portfolio of 100,000 accounts takes seconds.
Source: DOMAIN E1 to E11.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import pandas as pd

from workbench.domain.policies import CALL_MONTHS
from workbench.domain.records import AccountKind, BuildingKind
from workbench.ledger import reminder_inputs, reminding, views
from workbench.ledger.store import Ledger
from workbench.reminders.state import AccountState, Move, OpenDue, Payment, Sent, Snooze

_MONTHS_OF_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class States:
    """What a plan is made from.

    Attributes:
        states: accounts with something owed, by account.
        kinds: building -> its kind.
        names: building -> its name.
        accounts: of `views.accounts`, every owner and tenant, by identifier.
        dues: of `reminder_inputs.open_dues`.
        snoozes: building -> its snooze that has not ended.
    """

    states: tuple[AccountState, ...]
    kinds: Mapping[str, BuildingKind]
    names: Mapping[str, str]
    accounts: pd.DataFrame
    dues: pd.DataFrame
    snoozes: Mapping[str, Snooze]


@dataclass(slots=True)
class _Known:
    """What the frames say, by account and by building."""

    credits: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    dues: dict[str, list[OpenDue]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[str, date | None] = field(default_factory=dict)
    returned: dict[str, list[tuple[date | None, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    sent: dict[str, list[Sent]] = field(default_factory=lambda: defaultdict(list))
    payments: dict[str, list[Payment]] = field(default_factory=lambda: defaultdict(list))
    plans: dict[str, date] = field(default_factory=dict)
    procedures: dict[str, str] = field(default_factory=dict)
    moves: dict[str, Move] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Called:
    """A building's calls: the latest one, its months, whether one left through the system."""

    sent_on: date | None
    months: frozenset[int]
    through: bool


def read_states(ledger: Ledger, *, as_of: date, building_id: str = "") -> States:
    """Reads every account that owes something as it stood at the end of a day.

    Args:
        ledger: open; read-only is enough.
        as_of: the business date.
        building_id: one building; "" for the portfolio.
    """
    with ledger.snapshot():
        accounts = _accounts(ledger, building_id)
        dues = reminder_inputs.open_dues(ledger, as_of=as_of, building_id=building_id)
        called = reminder_inputs.buildings_called(ledger, as_of=as_of, building_id=building_id)
        known = _known(ledger, as_of=as_of, building_id=building_id)
        snoozed = reminding.snoozes(ledger, building_id=building_id or None)
    for account, cents, due_on in _rows(dues, "account_id", "open_cents", "due_on"):
        if cents > 0:
            known.dues[account].append(OpenDue(due_on, cents))
        else:
            known.credits[account] += cents
    snoozes = _snoozes(snoozed, as_of=as_of)
    buildings = {
        building: _Called(
            sent_on,
            call_months_of(months),
            through=first <= as_of if first is not None else sent_on is not None,
        )
        for building, months, first, sent_on in _rows(
            called, "building_id", "call_months", "first_call_sent_on", "sent_on"
        )
    }
    states = tuple(
        _state(account, building, mode, known, buildings[building], snoozes.get(building))
        for account, building, mode in _rows(accounts, "account_id", "building_id", "payment_mode")
        if account in known.dues
    )
    kinds = {b: BuildingKind(k) for b, k in _rows(called, "building_id", "kind")}
    names = dict(_rows(called, "building_id", "name"))
    return States(states, kinds, names, accounts, dues, snoozes)


def call_months_of(text: str) -> frozenset[int]:
    """Returns the months of a building's calls; the quarters' first ones where none are given.

    A building that calls each month has no month left to skip to: none is skipped.
    """
    months = frozenset(int(part) for part in text.split(",") if part.strip().isdigit())
    if not months:
        return CALL_MONTHS
    return months if len(months) < _MONTHS_OF_YEAR else frozenset()


def _accounts(ledger: Ledger, building_id: str) -> pd.DataFrame:
    frame = views.accounts(ledger, building_id=building_id or None)
    frame = frame[frame["kind"] != AccountKind.SUPPLIER]
    return frame.sort_values("account_id", ignore_index=True)


def _known(ledger: Ledger, *, as_of: date, building_id: str) -> _Known:
    known = _Known()
    options: dict[str, Any] = {"as_of": as_of, "building_id": building_id}
    calls = reminder_inputs.latest_calls(ledger, **options)
    known.calls.update(_rows(calls, "account_id", "sent_on"))
    returned = reminder_inputs.undelivered(ledger, **options)
    for account, sent_on, status in _rows(returned, "account_id", "sent_on", "status"):
        known.returned[account].append((sent_on, status))
    left = reminder_inputs.left(ledger, **options)
    for account, kind, sent_on in _rows(left, "account_id", "kind", "sent_on"):
        known.sent[account].append(Sent(kind, sent_on))
    if known.sent:
        first = min(sent[0].sent_on for sent in known.sent.values())
        paid = reminder_inputs.payments(ledger, since=first, **options)
        for account, paid_on, due_on, cents in _rows(
            paid, "account_id", "paid_on", "due_on", "cents"
        ):
            if account in known.sent:
                known.payments[account].append(Payment(paid_on, due_on, cents))
    plans = reminder_inputs.running_plans(ledger, **options)
    for account, signed_on in _rows(plans, "account_id", "signed_on"):
        known.plans.setdefault(account, signed_on)
    procedures = reminder_inputs.running_procedures(ledger, **options)
    known.procedures.update(_rows(procedures, "account_id", "kind"))
    moves = reminding.moves(ledger, building_id=building_id or None)
    # A plan for a day before the decision is asked of today's choices: the latest one stands.
    for account, kind, to_on, moved_on in _rows(moves, "account_id", "kind", "to_on", "moved_on"):
        known.moves[account] = Move(kind, to_on.date(), moved_on.date())
    return known


def _state(
    account: str,
    building: str,
    mode: str,
    known: _Known,
    called: _Called,
    snooze: Snooze | None,
) -> AccountState:
    # Only an account that no call is known to concern follows its building's calls.
    sent_on = known.calls.get(account, called.sent_on)
    returned = [status for day, status in known.returned.get(account, ()) if day == sent_on]
    return AccountState(
        account_id=account,
        building_id=building,
        payment_mode=mode,
        dues=tuple(known.dues[account]),
        credits_cents=known.credits.get(account, 0),
        call_sent_on=sent_on,
        undelivered=returned[-1] if returned and sent_on is not None else "",
        sent=tuple(known.sent.get(account, ())),
        payments=tuple(known.payments.get(account, ())),
        plan_since=known.plans.get(account),
        procedure=known.procedures.get(account, ""),
        move=known.moves.get(account),
        snooze=snooze,
        call_months=called.months,
        calls_through=called.through,
    )


def _snoozes(frame: pd.DataFrame, *, as_of: date) -> dict[str, Snooze]:
    """Returns each building's snooze that holds on a day, else the next one to come.

    Of those begun the latest holds, a person's before an imported one of the same day: a person's
    choice replaces what was before it, also by ending it.
    """
    found: dict[str, Snooze] = {}
    coming: dict[str, Snooze] = {}
    ordered = frame.sort_values(["building_id", "from_on", "snooze_id"], kind="stable")
    for building, start, until in _rows(ordered, "building_id", "from_on", "until_on"):
        snooze = Snooze(start.date(), until.date())
        if snooze.start <= as_of:
            found[building] = snooze
        else:
            coming.setdefault(building, snooze)
    held = {building: snooze for building, snooze in found.items() if snooze.until > as_of}
    return coming | held


def _rows(frame: pd.DataFrame, *columns: str) -> Iterable[tuple[Any, ...]]:
    return zip(*(frame[column].tolist() for column in columns), strict=True)
