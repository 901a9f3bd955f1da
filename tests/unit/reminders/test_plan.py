"""Each rule of the plan, just inside and just outside; and what no plan may ever do."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.domain.policies import (
    DEFAULT_TYPES,
    ReminderType,
    types_of_building,
)
from workbench.domain.records import BuildingKind
from workbench.reminders.plan import Step, StepState, next_step, plan
from workbench.reminders.state import AccountState, Move, OpenDue, Payment, Sent, Snooze

D = date
COOWNERSHIP = DEFAULT_TYPES[BuildingKind.COOWNERSHIP]
RENTAL = DEFAULT_TYPES[BuildingKind.RENTAL]
SENT = D(2026, 2, 1)
SIMPLE_ON = D(2026, 3, 5)
NOTICE_ON = D(2026, 5, 5)
REMINDED = (Sent("simple", SIMPLE_ON),)


def owing(cents: int = 500_00, *, due_on: date = SENT, **values: Any) -> AccountState:
    given_values = {
        "account_id": "A1", "building_id": "B1", "dues": (OpenDue(due_on, cents),),
        "call_sent_on": SENT, **values,
    }  # fmt: skip
    return AccountState(**given_values)


def step_of(
    state: AccountState, as_of: date, types: tuple[ReminderType, ...] = COOWNERSHIP, **values: Any
) -> Step:
    step = next_step(state, types, as_of=as_of, **values)
    assert step is not None
    return step


def told(step: Step) -> tuple[str, date | None, str, str]:
    return step.kind, step.planned_on, str(step.state), step.reason


def test_who_owes_nothing_has_no_step() -> None:
    assert next_step(owing(0), COOWNERSHIP, as_of=SENT) is None
    in_credit = owing(50_00, credits_cents=-50_00)
    assert next_step(in_credit, COOWNERSHIP, as_of=SENT) is None
    assert next_step(owing(), (), as_of=SENT) is None


def test_planned_until_the_eve_due_from_its_day() -> None:
    eve = SIMPLE_ON - timedelta(days=1)
    assert told(step_of(owing(), eve)) == ("simple", SIMPLE_ON, "planned", "")
    assert told(step_of(owing(), SIMPLE_ON)) == ("simple", SIMPLE_ON, "due", "")
    assert told(step_of(owing(), D(2026, 3, 20))) == ("simple", SIMPLE_ON, "due", "")


@pytest.mark.parametrize(("cents", "state"), [(100_00, "blocked"), (100_01, "due")])
def test_a_simple_reminder_only_above_the_threshold(cents: int, state: str) -> None:
    step = step_of(owing(cents), SIMPLE_ON)
    assert str(step.state) == state
    assert step.reason == ("below_threshold" if state == "blocked" else "")
    assert step.amount_cents == cents


def test_a_threshold_that_is_not_strict_is_reached_by_its_own_amount() -> None:
    types = (replace(COOWNERSHIP[0], strict=False), COOWNERSHIP[1])
    assert step_of(owing(100_00), SIMPLE_ON, types).state is StepState.DUE
    assert step_of(owing(99_99), SIMPLE_ON, types).reason == "below_threshold"


def test_credits_count_against_the_threshold() -> None:
    assert step_of(owing(120_00, credits_cents=-20_00), SIMPLE_ON).reason == "below_threshold"
    assert step_of(owing(120_01, credits_cents=-20_00), SIMPLE_ON).state is StepState.DUE


def test_what_is_not_late_on_that_day_does_not_count() -> None:
    state = owing(dues=(OpenDue(SENT, 90_00), OpenDue(SIMPLE_ON, 400_00)))
    assert step_of(state, SIMPLE_ON).reason == "below_threshold"
    # The day after it is late too.
    assert step_of(state, SIMPLE_ON + timedelta(days=1)).amount_cents == 490_00
    nothing_late = owing(due_on=SIMPLE_ON)
    assert step_of(nothing_late, SENT).reason == "paid"


def test_the_formal_notice_comes_the_month_after_the_simple_reminder_that_left() -> None:
    assert told(step_of(owing(sent=REMINDED), SIMPLE_ON)) == (
        "formal_notice", NOTICE_ON, "planned", "",
    )  # fmt: skip
    # It left a month late: counted from the day it left.
    late = owing(sent=(Sent("simple", D(2026, 5, 6)),))
    assert step_of(late, D(2026, 5, 6)).planned_on == D(2026, 6, 5)


def test_after_the_last_type_a_person_decides() -> None:
    sent = (*REMINDED, Sent("formal_notice", NOTICE_ON))
    step = step_of(owing(sent=sent), D(2026, 6, 1))
    assert told(step) == ("formal_notice", None, "blocked", "last_step_done")
    assert step.amount_cents == 500_00


def test_a_new_call_starts_again_from_the_day_it_was_sent() -> None:
    again = owing(sent=REMINDED, call_sent_on=D(2026, 3, 10))
    assert told(step_of(again, D(2026, 3, 10)))[:2] == ("simple", D(2026, 5, 5))
    # Sent on the day of the reminder itself: that reminder is of the new sequence.
    same_day = owing(sent=REMINDED, call_sent_on=SIMPLE_ON)
    assert step_of(same_day, SIMPLE_ON).kind == "formal_notice"
    day_after = owing(sent=REMINDED, call_sent_on=SIMPLE_ON + timedelta(days=1))
    assert step_of(day_after, D(2026, 3, 10)).kind == "simple"


def test_a_part_paid_after_the_reminder_sets_the_counters_to_zero() -> None:
    after = Payment(SIMPLE_ON + timedelta(days=1), SENT, 50_00)
    step = step_of(owing(sent=REMINDED, payments=(after,)), NOTICE_ON)
    assert told(step) == ("formal_notice", NOTICE_ON, "blocked", "partial_payment")
    assert "50,00\u00a0€ reçus depuis la relance du 05/03/2026" in step.blocks[0].words
    same_day = replace(after, paid_on=SIMPLE_ON)
    assert step_of(owing(sent=REMINDED, payments=(same_day,)), NOTICE_ON).state is StepState.DUE


def test_paying_what_was_not_late_then_is_no_part_payment() -> None:
    next_rent = Payment(D(2026, 4, 2), SIMPLE_ON, 700_00)
    assert step_of(owing(sent=REMINDED, payments=(next_rent,)), NOTICE_ON).reason == ""


def test_a_part_paid_before_any_reminder_changes_nothing() -> None:
    early = Payment(D(2026, 2, 20), SENT, 50_00)
    assert step_of(owing(payments=(early,)), SIMPLE_ON).state is StepState.DUE


@pytest.mark.parametrize("status", ["bounced", "returned"])
def test_who_did_not_receive_the_call_cannot_be_reminded(status: str) -> None:
    step = step_of(owing(undelivered=status), SIMPLE_ON)
    assert step.reason == "not_delivered"
    assert "ne peut pas être relancé" in step.blocks[0].words


def test_no_reminder_before_the_first_call() -> None:
    assert step_of(owing(calls_through=False), SIMPLE_ON).reason == "no_call_sent"
    step = step_of(owing(call_sent_on=None), SIMPLE_ON)
    assert told(step) == ("simple", None, "blocked", "no_call_sent")
    # A schedule by month counts on no call.
    assert step_of(owing(call_sent_on=None), D(2026, 2, 10), RENTAL).state is StepState.DUE


def test_a_plan_or_a_procedure_that_runs_stops_all() -> None:
    assert step_of(owing(plan_since=SENT), SIMPLE_ON).reason == "plan_running"
    both = step_of(owing(plan_since=SENT, procedure="bailiff"), SIMPLE_ON)
    assert both.reason == "procedure_running"
    assert [str(b.reason) for b in both.blocks] == ["procedure_running", "plan_running"]
    assert "commissaire de justice" in both.blocks[0].words


def test_an_exclusion_holds_for_its_type_and_can_be_lifted() -> None:
    excluding = (replace(COOWNERSHIP[0], exclusions=frozenset({"direct_debit"})), COOWNERSHIP[1])
    state = owing(payment_mode="direct_debit")
    assert step_of(state, SIMPLE_ON, excluding).reason == "excluded"
    assert step_of(owing(payment_mode="transfer"), SIMPLE_ON, excluding).reason == ""
    assert step_of(state, SIMPLE_ON).reason == ""


def test_a_snooze_sleeps_until_its_day_and_wakes_by_itself() -> None:
    snooze = Snooze(D(2026, 2, 10), D(2026, 4, 1))
    step = step_of(owing(snooze=snooze), SIMPLE_ON)
    assert told(step) == ("simple", D(2026, 4, 1), "blocked", "snoozed")
    assert step_of(owing(snooze=snooze), D(2026, 3, 31)).reason == "snoozed"
    assert told(step_of(owing(snooze=snooze), D(2026, 4, 1)))[2:] == ("due", "")
    starts_later = Snooze(SIMPLE_ON + timedelta(days=1), D(2026, 4, 1))
    assert step_of(owing(snooze=starts_later), SIMPLE_ON).state is StepState.DUE
    ends_before = Snooze(SENT, SIMPLE_ON)
    assert step_of(owing(snooze=ends_before), SENT).state is StepState.PLANNED


def test_a_moved_date_only_goes_later_and_only_for_its_step() -> None:
    moved = Move("simple", D(2026, 3, 20), D(2026, 2, 20))
    step = step_of(owing(move=moved), SIMPLE_ON)
    assert told(step) == ("simple", D(2026, 3, 20), "planned", "")
    assert step.moved_from == SIMPLE_ON
    earlier = replace(moved, to=SIMPLE_ON - timedelta(days=1))
    assert step_of(owing(move=earlier), SENT).planned_on == SIMPLE_ON
    # Moved before the call that counts now: it was another step.
    again = owing(move=moved, call_sent_on=D(2026, 3, 1))
    assert step_of(again, D(2026, 3, 1)).planned_on == D(2026, 5, 5)
    assert step_of(owing(move=moved, sent=REMINDED), SIMPLE_ON).planned_on == NOTICE_ON


def test_the_switch_blocks_what_would_leave() -> None:
    step = step_of(owing(), SIMPLE_ON, automatic=False)
    assert told(step) == ("simple", SIMPLE_ON, "blocked", "automatic_off")


def test_each_month_for_a_tenant_first_the_reminder_then_the_notice() -> None:
    rent = owing(due_on=D(2026, 10, 5), call_sent_on=None)
    assert told(step_of(rent, D(2026, 10, 6), RENTAL))[:3] == (
        "simple", D(2026, 10, 10), "planned",
    )  # fmt: skip
    late = owing(due_on=D(2026, 10, 10), call_sent_on=None)
    assert step_of(late, D(2026, 10, 10), RENTAL).planned_on == D(2026, 11, 10)
    reminded = replace(rent, sent=(Sent("simple", D(2026, 10, 10)),))
    assert told(step_of(reminded, D(2026, 10, 12), RENTAL))[:2] == (
        "formal_notice", D(2026, 11, 10),
    )  # fmt: skip
    # The oldest rent is paid: the sequence starts again from the next one.
    paid = replace(reminded, dues=(OpenDue(D(2026, 11, 5), 700_00),))
    assert told(step_of(paid, D(2026, 11, 6), RENTAL))[:2] == ("simple", D(2026, 11, 10))


def test_a_type_left_out_by_hand_is_not_sent_after_the_next_one() -> None:
    by_hand = owing(sent=(Sent("formal_notice", D(2026, 2, 20)),))
    assert step_of(by_hand, SIMPLE_ON).reason == "last_step_done"


def test_any_number_of_types_in_their_order() -> None:
    first, last = COOWNERSHIP
    second = replace(first, type="second", order=2)
    types = (first, second, replace(last, order=3))
    assert step_of(owing(sent=REMINDED), SIMPLE_ON, types).kind == "second"
    sent = (*REMINDED, Sent("second", NOTICE_ON))
    assert told(step_of(owing(sent=sent), NOTICE_ON, types))[:2] == (
        "formal_notice", D(2026, 6, 5),
    )  # fmt: skip


def test_a_building_may_have_its_own_row_of_a_type() -> None:
    every = ReminderType(type="simple", order=1, threshold_cents=100_00)
    own = replace(every, threshold_cents=250_00, building_id="B1")
    other = replace(every, type="letter", order=0, building_id="B2")
    rows = (every, own, other)
    kind = BuildingKind.COOWNERSHIP
    assert types_of_building(rows, building_id="B1", kind=kind) == (own,)
    assert types_of_building(rows, building_id="B2", kind=kind) == (other, every)
    assert types_of_building((), building_id="B1", kind=kind) == COOWNERSHIP


_DAYS = st.dates(D(2026, 1, 1), D(2027, 12, 31))
_CENTS = st.integers(1, 1_000_00)
_STATES = st.builds(
    AccountState,
    account_id=st.integers(0, 10_000).map(lambda n: f"A{n}"),
    building_id=st.just("B1"),
    payment_mode=st.sampled_from(["", "transfer", "direct_debit"]),
    dues=st.lists(st.builds(OpenDue, _DAYS, _CENTS), max_size=4).map(
        lambda dues: tuple(sorted(dues, key=lambda due: due.due_on))
    ),
    credits_cents=st.integers(-200_00, 0),
    call_sent_on=st.none() | _DAYS,
    undelivered=st.sampled_from(["", "", "bounced"]),
    sent=st.lists(
        st.builds(Sent, st.sampled_from(["simple", "formal_notice"]), _DAYS), max_size=3
    ).map(lambda sent: tuple(sorted(sent, key=lambda one: one.sent_on))),
    payments=st.lists(st.builds(Payment, _DAYS, _DAYS, _CENTS), max_size=2).map(tuple),
    plan_since=st.none() | _DAYS,
    move=st.none() | st.builds(Move, st.sampled_from(["simple", "formal_notice"]), _DAYS, _DAYS),
    snooze=st.none() | st.builds(Snooze, _DAYS, _DAYS),
)
_TYPES = st.sampled_from([COOWNERSHIP, RENTAL])


@given(states=st.lists(_STATES, max_size=8), types=_TYPES, as_of=_DAYS, chance=st.randoms())
def test_a_plan_depends_on_no_order_and_is_the_same_twice(
    states: list[AccountState], types: tuple[ReminderType, ...], as_of: date, chance: Random
) -> None:
    states = list({state.account_id: state for state in states}.values())
    by_building = {"B1": types}
    first = plan(states, by_building, as_of=as_of)
    chance.shuffle(states)
    assert plan(states, by_building, as_of=as_of) == first


@settings(max_examples=300)
@given(state=_STATES, types=_TYPES, as_of=_DAYS)
def test_a_step_is_due_or_blocked_never_both(
    state: AccountState, types: tuple[ReminderType, ...], as_of: date
) -> None:
    step = next_step(state, types, as_of=as_of)
    if step is None:
        assert state.owed_cents() <= 0
        return
    assert (step.state is StepState.BLOCKED) == bool(step.blocks) == bool(step.reason)
    if step.state is StepState.DUE:
        assert step.planned_on is not None
        assert step.planned_on <= as_of
        assert step.amount_cents > 0
        assert not state.plan_since
        assert not (state.snooze and state.snooze.start <= as_of < state.snooze.until)


@settings(max_examples=100)
@given(state=_STATES, types=_TYPES)
def test_never_two_automatic_steps_on_one_day_nor_one_type_twice_in_a_sequence(
    state: AccountState, types: tuple[ReminderType, ...]
) -> None:
    """Runs every day of two years, sending what is due, as a scheduled run does."""
    left: list[Sent] = []
    state = replace(state, sent=(), move=None)
    for n in range(730):
        day = D(2026, 1, 1) + timedelta(days=n)
        # The same run twice on a day: the second one finds nothing to send.
        for run in range(2):
            step = next_step(state, types, as_of=day)
            if step is None or step.state is not StepState.DUE:
                break
            assert run == 0
            left.append(Sent(step.kind, day))
            state = replace(state, sent=tuple(left))
    assert len({sent.sent_on for sent in left}) == len(left)
    # Nothing changes in between: each type leaves at most once.
    assert len({sent.kind for sent in left}) == len(left)
