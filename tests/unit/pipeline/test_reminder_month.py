"""Reminders of a month, and where debtors stand: on the small office, where all is known."""

from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from tests import small_office
from workbench.domain.dates import Period
from workbench.ledger import reminder_rows, views
from workbench.ledger.reminder_rows import MadeLetter, MadeReminder
from workbench.ledger.store import Ledger
from workbench.pipeline import recovering
from workbench.pipeline.reminder_month import ReminderMonth, reminder_month
from workbench.runs.report_reminders import reminder_blocks

AT = datetime(2026, 11, 5, 8, 0, tzinfo=UTC)
OCTOBER, NOVEMBER = Period(2026, 10), Period(2026, 11)
SENT = {"account_id": "102", "kind": "simple", "sent_on": date(2026, 10, 31)}


def call(ledger: Ledger) -> None:
    """The call of B1, sent on 25 September: its first reminder is on 5 November (E4)."""
    small_office.store_tables(
        ledger,
        calls=[{"call_id": "C1", "building_id": "B1", "called_on": date(2026, 9, 15),
                "kind": "quarterly", "sent_on": date(2026, 9, 25)}],
    )  # fmt: skip


def remind(ledger: Ledger, on: date) -> None:
    letter = MadeLetter(
        kind="simple", channel="post", file_name="x.pdf", content=b"%PDF", reference="1",
        address="M. Aït",
    )  # fmt: skip
    made = MadeReminder(
        account_id="102", building_id="B1", kind="simple", planned_on=on, amount_cents=480_50,
        by_hand=False, again=0, leaves=True, letter=letter,
    )  # fmt: skip
    with ledger.writing() as connection:
        reminder_rows.record_reminders(connection, [made], on=on, actor="C. Ardouin", at=AT)


def month(ledger: Ledger, period: Period = OCTOBER) -> ReminderMonth:
    return reminder_month(ledger, building_id="B1", period=period)


def text(told: ReminderMonth, period: Period = OCTOBER, *, limit: int = 10) -> str:
    blocks = reminder_blocks(told, period=period, limit=limit)
    return " ".join(block.markup for block in blocks).replace("\u00a0", " ")


def standing(ledger: Ledger, as_of: date) -> dict[str, Any]:
    frame = recovering.with_recovery(ledger, views.accounts(ledger)[["account_id"]], as_of=as_of)
    assert tuple(frame.columns) == ("account_id", *recovering.COLUMNS)
    return {str(k): v for k, v in frame.set_index("account_id").loc["102"].items()}


def test_nothing_called_nothing_sent(office: Ledger) -> None:
    told = month(office)
    assert told.sent.empty
    assert told.coming.empty
    assert told.automatic
    assert "Aucune relance n’est partie au cours du mois d’octobre 2026." in text(told)
    assert "Aucune relance n’est prévue." in text(told)
    assert standing(office, date(2026, 10, 31))["last_reminder"] == ""


def test_what_comes_is_told_by_type_and_day(office: Ledger) -> None:
    call(office)
    (row,) = month(office).coming.to_dict("records")
    assert (row["planned_on"], row["kind"], row["count"]) == (
        pd.Timestamp("2026-11-05"), "simple", 2,
    )  # fmt: skip
    assert row["amount_cents"] == 300_00 + 480_50
    words = text(month(office))
    assert "05/11/2026" in words
    assert "relance simple, à générer" not in words
    # On 30 November its day is past and nobody generated it.
    assert "relance simple, à générer" in text(month(office, NOVEMBER), NOVEMBER)
    known = standing(office, date(2026, 10, 31))
    assert (known["next_reminder"], known["reason"]) == ("simple", "")
    assert known["next_reminder_on"] == pd.Timestamp("2026-11-05")


def test_what_left_is_told_in_its_month_whoever_sent_it(office: Ledger) -> None:
    call(office)
    small_office.store_tables(office, reminders_sent=[SENT])
    remind(office, date(2026, 11, 1))
    (before,) = month(office).sent.to_dict("records")
    assert (before["holder"], before["amount_cents"], before["channel"]) == ("M. Aït", 0, "")
    (own,) = month(office, NOVEMBER).sent.to_dict("records")
    assert (own["amount_cents"], own["channel"], own["words"]) == (480_50, "post", "relance simple")
    assert "courrier" in text(month(office, NOVEMBER), NOVEMBER)
    assert standing(office, date(2026, 10, 30))["last_reminder"] == ""
    assert standing(office, date(2026, 10, 31))["last_reminder_on"] == pd.Timestamp("2026-10-31")
    assert standing(office, date(2026, 11, 1))["last_reminder_on"] == pd.Timestamp("2026-11-01")


def test_what_is_blocked_is_told_with_its_reason(office: Ledger) -> None:
    call(office)
    small_office.store_tables(
        office,
        plans=[{"account_id": "102", "started_on": date(2026, 10, 2), "months": 10,
                "amount_cents": 480_50, "signed_on": date(2026, 10, 12)}],
    )  # fmt: skip
    (row,) = month(office).blocked.to_dict("records")
    assert (row["account_id"], row["reason"]) == ("102", "plan_running")
    assert "■ " + row["words"].replace("\u00a0", " ") in text(month(office))
    known = standing(office, date(2026, 10, 31))
    assert (known["next_reminder"], known["reason"]) == ("", "plan_running")
    assert month(office).coming["count"].tolist() == [1]


def test_a_snoozed_building_says_when_it_wakes(office: Ledger) -> None:
    call(office)
    small_office.store_tables(
        office,
        snoozes=[{"building_id": "B1", "from_on": date(2026, 10, 12), "until": date(2026, 12, 14)}],
    )  # fmt: skip
    told = month(office)
    assert told.snoozed_until == date(2026, 12, 14)
    assert "se réveillent d’elles-mêmes le 14/12/2026" in text(told)
    known = standing(office, date(2026, 10, 31))
    assert (known["next_reminder"], known["reason"]) == ("simple", "snoozed")
    assert known["next_reminder_on"] == pd.Timestamp("2026-12-14")


def test_a_procedure_that_runs_is_told_until_it_ends(office: Ledger) -> None:
    small_office.store_tables(
        office,
        procedures=[{"account_id": "102", "kind": "bailiff", "started_on": date(2026, 10, 2),
                     "ended_on": date(2026, 10, 20)}],
    )  # fmt: skip
    for day, kind in ((1, ""), (2, "bailiff"), (19, "bailiff"), (20, "")):
        assert standing(office, date(2026, 10, day))["procedure"] == kind
    running = standing(office, date(2026, 10, 5))
    assert running["procedure_started_on"] == pd.Timestamp("2026-10-02")


def test_names_are_texts_on_the_page(office: Ledger) -> None:
    small_office.store_tables(
        office,
        accounts=[{"account_id": "102", "building_id": "B1", "kind": "coowner",
                   "holder": "<img src=x onerror=alert(1)>"}],
        reminders_sent=[SENT],
    )  # fmt: skip
    words = text(month(office))
    assert "&lt;img src=x" in words
    assert "<img" not in words
