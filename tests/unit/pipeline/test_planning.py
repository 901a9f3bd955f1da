"""What a plan is made from: every table of the ledger that says something about an account."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from tests import office_to_remind, small_office
from tests.office_to_remind import TABLES
from workbench.domain.errors import ParameterError
from workbench.domain.policies import ReminderType, Schedule
from workbench.domain.records import BuildingKind
from workbench.ledger import reminder_inputs, views
from workbench.ledger.store import Ledger, open_ledger
from workbench.pipeline import reminder_choices, reminder_settings
from workbench.pipeline.planning import months_ahead, plan_on
from workbench.pipeline.reminder_states import call_months_of, read_states
from workbench.reminders.state import AccountState
from workbench.reports import arrears

D = date
AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
WHO: dict[str, Any] = {"actor": "L. Verane", "at": AT}


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """The office to remind."""
    office_to_remind.make(ledger_url)
    with open_ledger(ledger_url) as opened:
        yield opened


def state_of(ledger: Ledger, account: str, as_of: date) -> AccountState:
    return {s.account_id: s for s in read_states(ledger, as_of=as_of).states}[account]


def store(ledger: Ledger, **tables: list[dict[str, Any]]) -> None:
    for result in small_office.store_tables(ledger, **tables).values():
        assert result.refused == []


def test_open_dues_are_those_of_the_reports_on_any_day(ledger_url: str) -> None:
    with small_office.office(ledger_url) as ledger:
        small_office.receive_something(ledger)
        items = small_office.items(ledger)
        links = (
            ("M-noe", "D101", 12_345), ("M-ait", "D102", 43_050), ("M-ait-2", "D102", 100),
            ("M-quai", "D201", 80_000),
        )  # fmt: skip
        for movement, due, cents in links:
            line = small_office.line(items[movement], items[due], cents)
            small_office.decide(ledger, small_office.decision(line))
        accounts = views.accounts(ledger)
        for back in range(0, 60, 7):
            day = D(2026, 11, 5) - timedelta(days=back)
            found = reminder_inputs.open_dues(ledger, as_of=day)
            found = found[found["kind"] != "receipt"]
            whole = arrears.dues_as_of(views.dues(ledger), views.allocations(ledger), as_of=day)
            whole = arrears.without_suppliers(whole, accounts)
            whole = whole[whole["open_cents"] != 0]
            assert dict(zip(found["due_id"], found["open_cents"], strict=True)) == dict(
                zip(whole["due_id"], whole["open_cents"], strict=True)
            )


def test_money_received_and_not_yet_used_is_taken_off(ledger: Ledger) -> None:
    cheque = {"cheque_id": "CH1", "received_on": D(2026, 3, 2), "amount_cents": 120_00,
              "drawer": "Mme Noé", "drawee_bank": "BNP", "account_id": "101"}  # fmt: skip
    store(ledger, cheques=[cheque])
    assert state_of(ledger, "101", D(2026, 3, 1)).owed_cents() == 300_00
    assert state_of(ledger, "101", D(2026, 3, 2)).owed_cents() == 180_00


def test_the_latest_call_of_an_account_is_that_of_its_dues_or_mailings(ledger: Ledger) -> None:
    day = D(2026, 3, 10)
    assert state_of(ledger, "101", day).call_sent_on == D(2026, 2, 1)
    # A call of others does not concern it …
    other = {"call_id": "C2", "building_id": "B1", "called_on": D(2026, 3, 1),
             "kind": "works", "sent_on": D(2026, 3, 3)}  # fmt: skip
    store(ledger, calls=[other])
    assert state_of(ledger, "101", day).call_sent_on == D(2026, 2, 1)
    # … until it was mailed to it.
    mailed = {"call_id": "C2", "account_id": "101", "status": "delivered", "at": "2026-03-04"}
    store(ledger, deliveries=[mailed])
    assert state_of(ledger, "101", day).call_sent_on == D(2026, 3, 3)
    assert state_of(ledger, "101", D(2026, 3, 2)).call_sent_on == D(2026, 2, 1)


def test_an_account_without_any_call_follows_its_building(ledger: Ledger) -> None:
    due = {"due_id": "D109", "account_id": "109", "kind": "call", "amount_cents": 10_000,
           "due_on": D(2026, 2, 1)}  # fmt: skip
    account = TABLES["accounts"][0] | {"account_id": "109"}
    store(ledger, accounts=[account], dues=[due])
    assert state_of(ledger, "109", D(2026, 3, 1)).call_sent_on == D(2026, 2, 1)


def test_a_call_without_its_day_was_sent_when_it_was_mailed(ledger: Ledger) -> None:
    store(
        ledger,
        calls=[{"call_id": "C3", "building_id": "B1", "called_on": D(2026, 3, 1)}],
        deliveries=[
            {"call_id": "C3", "account_id": "101", "status": "sent", "at": "2026-03-03"},
            {"call_id": "C3", "account_id": "101", "status": "bounced", "at": "2026-03-04"},
        ],
    )
    state = state_of(ledger, "101", D(2026, 3, 10))
    assert (state.call_sent_on, state.undelivered) == (D(2026, 3, 3), "bounced")
    assert state_of(ledger, "101", D(2026, 3, 3)).undelivered == ""


def test_no_automatic_reminder_before_the_first_call_through_the_system(ledger: Ledger) -> None:
    assert state_of(ledger, "101", D(2026, 3, 1)).calls_through
    changed = TABLES["buildings"][0] | {"first_call_sent_on": D(2026, 4, 3)}
    store(ledger, buildings=[changed])
    assert not state_of(ledger, "101", D(2026, 4, 2)).calls_through
    assert state_of(ledger, "101", D(2026, 4, 3)).calls_through


@pytest.mark.parametrize(
    ("text", "months"),
    [("", {1, 4, 7, 10}), ("2,5,8,11", {2, 5, 8, 11}), ("1,2,3,4,5,6,7,8,9,10,11,12", set())],
)
def test_call_months(text: str, months: set[int]) -> None:
    assert call_months_of(text) == months


def test_the_plan_has_a_word_for_everything(ledger: Ledger) -> None:
    frame = plan_on(ledger, as_of=D(2026, 3, 5)).frame.set_index("account_id")
    assert frame.loc["101", "since_words"] == "appel envoyé le 01/02"
    assert frame.loc["201", "since_words"] == "échéance du 01/02"
    assert list(frame["channel"]) == ["post", "email"]
    empty = plan_on(ledger, as_of=D(2025, 1, 1)).frame
    assert empty.empty
    assert {"planned_on", "amount_cents", "reminder_id"} <= set(empty.columns)


def test_the_months_ahead_follow_each_account_as_if_nothing_was_paid(ledger: Ledger) -> None:
    months = months_ahead(ledger, as_of=D(2026, 3, 1), months=4)
    rows = [
        (r["building_id"], r["month"].strftime("%Y-%m"), r["kind"], r["count"])
        for r in months.to_dict(orient="records")
    ]
    assert rows == [
        ("B1", "2026-03", "simple", 1), ("B1", "2026-05", "formal_notice", 1),
        ("B2", "2026-03", "simple", 1), ("B2", "2026-04", "formal_notice", 1),
    ]  # fmt: skip
    reminder_choices.snooze(ledger, "B1", until=D(2026, 6, 1), as_of=D(2026, 3, 1), **WHO)
    asleep = months_ahead(ledger, as_of=D(2026, 3, 1), months=4)
    mine = asleep[asleep["building_id"] == "B1"]
    assert mine["month"].dt.strftime("%Y-%m").tolist() == ["2026-06"]
    assert mine["snoozed_until"].tolist() == [pd.Timestamp(2026, 6, 1)]
    short = months_ahead(ledger, as_of=D(2026, 3, 1), months=2)
    silent = short[short["building_id"] == "B1"]
    assert (silent["kind"].tolist(), silent["count"].tolist()) == ([""], [0])


def test_types_are_completed_by_what_is_usual_and_saved_with_their_past(ledger: Ledger) -> None:
    assert reminder_settings.read_types(ledger) == []
    store(ledger, reminder_types=[{"type": "simple", "rank_order": 1}])
    kinds = {"B1": BuildingKind.COOWNERSHIP, "B2": BuildingKind.RENTAL}
    types = reminder_settings.types_by_building(ledger, kinds)
    assert [(t.schedule, t.day_of_month, t.threshold_cents) for t in types["B1"]] == [
        (Schedule.CALLS, 5, 100_00)
    ]
    assert [(t.schedule, t.day_of_month, t.threshold_cents) for t in types["B2"]] == [
        (Schedule.MONTHLY, 10, 0)
    ]
    own = ReminderType(type="simple", order=1, threshold_cents=50_00, building_id="B1")
    assert reminder_settings.save_types(ledger, [own], **WHO) == 1
    assert plan_on(ledger, as_of=D(2026, 3, 5)).types["B1"][0].threshold_cents == 50_00
    reminder_settings.remove_type(ledger, "simple", building_id="B1", **WHO)
    assert plan_on(ledger, as_of=D(2026, 3, 5)).types["B1"][0].threshold_cents == 100_00
    journal = views.journal(ledger)
    changes = journal[journal["action"] == "change"]
    assert list(changes["subject"]) == ["reminder_types:simple/B1"] * 2
    assert '"before":{}' in changes["data"].iloc[0]
    assert '"after":{}' in changes["data"].iloc[1]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"order": 0}, "l’ordre commence à 1"),
        ({"day_of_month": 32}, "de 1 à 31"),
        ({"threshold_cents": -1}, "négatif"),
        ({"exclusions": frozenset({"cash"})}, "exclusion inconnue : cash"),
        ({"building_id": "B9"}, "immeuble inconnu"),
        ({"type": " "}, "donner un nom"),
    ],
)
def test_types_that_cannot_be(sqlite_url: str, wrong: dict[str, Any], words: str) -> None:
    office_to_remind.make(sqlite_url)
    values: dict[str, Any] = {"type": "simple", "order": 1} | wrong
    with open_ledger(sqlite_url) as ledger:
        with pytest.raises(ParameterError, match=words):
            reminder_settings.save_types(ledger, [ReminderType(**values)], **WHO)
        assert reminder_settings.read_types(ledger) == []


def test_the_longest_sleep_ends_on_a_day_that_exists() -> None:
    assert reminder_choices.latest_waking(D(2026, 8, 31)) == D(2027, 2, 28)
    assert reminder_choices.latest_waking(D(2026, 1, 15)) == D(2026, 7, 15)
