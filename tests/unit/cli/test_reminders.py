"""Reminders by their commands, each reason of the contract end to end on both engines."""

import csv
import io
import json
from datetime import date
from typing import Any

import pytest

from tests.office_to_remind import (
    NOTICE_ON,
    SIMPLE_ON,
    TABLES,
    done,
    make,
    pay,
    planned,
    run,
    steps,
    with_first,
)

# Whole commands on two engines, with letters set.
pytestmark = pytest.mark.slow
D = date
Capsys = pytest.CaptureFixture[str]


def told(row: dict[str, Any]) -> tuple[str, str | None, str, str, str]:
    return row["kind"], row["planned_on"], row["state"], row["reason"], row["amount"]


def export(capsys: Capsys, url: str, as_of: str) -> list[dict[str, str]]:
    out = done(capsys, url, "export", "reminders", "--format", "csv", "--as-of", as_of)
    return list(csv.DictReader(io.StringIO(out)))


def test_due_on_its_day_planned_the_eve(ledger_url: str, capsys: Capsys) -> None:
    url = make(ledger_url)
    eve = planned(capsys, url, "2026-03-04")
    assert told(eve["101"]) == ("simple", SIMPLE_ON, "planned", "", "300.00")
    assert told(planned(capsys, url, SIMPLE_ON)["101"])[2] == "due"
    # B5: the 10th of the month, for a rental.
    assert told(planned(capsys, url, "2026-02-09")["201"])[:3] == (
        "simple",
        "2026-02-10",
        "planned",
    )
    assert told(planned(capsys, url, "2026-02-10")["201"])[:3] == ("simple", "2026-02-10", "due")


BLOCKED: dict[str, dict[str, Any]] = {
    "paid": with_first("dues", due_on=D(2026, 3, 5)),
    "below_threshold": with_first("dues", amount_cents=100_00),
    "no_call_sent": with_first("calls", sent_on=None),
    "not_delivered": {
        "deliveries": [
            {"call_id": "C1", "account_id": "101", "status": "sent", "at": "2026-02-01"},
            {"call_id": "C1", "account_id": "101", "status": "returned", "at": "2026-02-12"},
        ]
    },
    "snoozed": {
        "snoozes": [{"building_id": "B1", "from_on": D(2026, 2, 1), "until": D(2026, 3, 6)}]
    },
    "plan_running": {
        "plans": [{"account_id": "101", "started_on": D(2026, 2, 1), "months": 6,
                   "amount_cents": 30_000, "signed_on": D(2026, 3, 5)}]
    },
    "procedure_running": {
        "procedures": [{"account_id": "101", "kind": "bailiff", "started_on": D(2026, 3, 5)}]
    },
    "excluded": {
        **with_first("accounts", payment_mode="direct_debit"),
        "reminder_types": [{"type": "simple", "rank_order": 1, "exclusions": "direct_debit"}],
    },
}  # fmt: skip
LEFT_ALONE: dict[str, dict[str, Any]] = {
    "paid": with_first("dues", due_on=D(2026, 3, 4)),
    "below_threshold": with_first("dues", amount_cents=100_01),
    "no_call_sent": with_first("calls", sent_on=D(2026, 2, 4)),
    "not_delivered": {
        "deliveries": [
            {"call_id": "C1", "account_id": "101", "status": "returned", "at": "2026-02-12"},
            {"call_id": "C1", "account_id": "101", "status": "delivered", "at": "2026-02-20"},
        ]
    },
    "snoozed": {
        "snoozes": [{"building_id": "B1", "from_on": D(2026, 2, 1), "until": D(2026, 3, 5)}]
    },
    "plan_running": {
        "plans": [{"account_id": "101", "started_on": D(2026, 2, 1), "months": 6,
                   "amount_cents": 30_000, "signed_on": D(2026, 3, 6)}]
    },
    "procedure_running": {
        "procedures": [{"account_id": "101", "kind": "bailiff", "started_on": D(2026, 1, 5),
                        "ended_on": D(2026, 3, 5)}]
    },
    "excluded": {
        **with_first("accounts", payment_mode="direct_debit"),
        "reminder_types": [{"type": "simple", "rank_order": 1, "exclusions": ""}],
    },
}  # fmt: skip


@pytest.mark.parametrize("reason", BLOCKED)
def test_blocked_for_each_reason_and_due_just_outside(
    ledger_url: str, sqlite_url: str, capsys: Capsys, reason: str
) -> None:
    url = make(ledger_url, **BLOCKED[reason])
    row = steps(capsys, url, SIMPLE_ON)["101"]
    assert (row["state"], row["reason"]) == ("blocked", reason)
    assert row["words"]
    assert [r["state"] for r in export(capsys, url, SIMPLE_ON) if r["account_id"] == "101"] == [
        "blocked"
    ]
    if ledger_url == sqlite_url:
        other = make(ledger_url.replace("ledger.db", "other.db"), **LEFT_ALONE[reason])
        assert told(planned(capsys, other, SIMPLE_ON)["101"])[2] == "due"


def test_automatic_off_generates_nothing(ledger_url: str, capsys: Capsys) -> None:
    url = make(ledger_url)
    assert "arrêtée" in done(capsys, url, "automatic", "off")
    assert "déjà" in done(capsys, url, "automatic", "off")
    row = steps(capsys, url, SIMPLE_ON)["101"]
    assert (row["state"], row["reason"]) == ("blocked", "automatic_off")
    done(capsys, url, "automatic", "on")
    assert steps(capsys, url, SIMPLE_ON)["101"]["state"] == "sent"
    assert run(capsys, url, "automatic", "perhaps")[0] == 2


def test_the_whole_sequence_and_its_end(ledger_url: str, capsys: Capsys) -> None:
    url = make(ledger_url)
    sent = steps(capsys, url, SIMPLE_ON)
    assert told(sent["101"]) == ("simple", SIMPLE_ON, "sent", "", "300.00")
    # Run again, it is the same: nothing more leaves, the next step comes.
    again = steps(capsys, url, SIMPLE_ON)
    assert told(again["101"]) == ("formal_notice", NOTICE_ON, "planned", "", "300.00")
    assert steps(capsys, url, SIMPLE_ON) == again
    assert told(steps(capsys, url, NOTICE_ON)["101"])[2] == "sent"
    last = steps(capsys, url, "2026-06-01")["101"]
    assert (last["kind"], last["planned_on"]) == ("formal_notice", None)
    assert (last["state"], last["reason"]) == ("blocked", "last_step_done")
    rows = [r for r in export(capsys, url, "2026-06-01") if r["account_id"] == "101"]
    assert [(r["kind"], r["planned_on"], r["sent_on"], r["state"], r["reason"]) for r in rows] == [
        ("simple", SIMPLE_ON, SIMPLE_ON, "sent", ""),
        ("formal_notice", NOTICE_ON, NOTICE_ON, "sent", ""),
        ("formal_notice", "", "", "blocked", "last_step_done"),
    ]
    # A past day is told as it stood.
    assert [r["state"] for r in export(capsys, url, "2026-04-01") if r["account_id"] == "101"] == [
        "sent", "planned",
    ]  # fmt: skip
    assert "intact" in done(capsys, url, "verify")


def test_a_partial_payment_sets_the_counters_to_zero(ledger_url: str, capsys: Capsys) -> None:
    url = make(ledger_url)
    steps(capsys, url, SIMPLE_ON)
    pay(url, "D101", 50_00, D(2026, 3, 6))
    row = steps(capsys, url, NOTICE_ON)["101"]
    assert told(row) == ("formal_notice", NOTICE_ON, "blocked", "partial_payment", "250.00")
    # By hand only (E7, E8), whatever its amount.
    out = done(
        capsys, url, "remind", "101", "--type", "formal_notice", "--on", NOTICE_ON, "--no-bill"
    )
    assert "mise en demeure du 05/05/2026, 250,00" in out


def test_a_payment_of_the_day_itself_is_before_the_reminder(
    sqlite_url: str, capsys: Capsys
) -> None:
    url = make(sqlite_url)
    steps(capsys, url, SIMPLE_ON)
    pay(url, "D101", 50_00, D(2026, 3, 5))
    assert planned(capsys, url, NOTICE_ON)["101"]["state"] == "due"


def test_a_new_call_starts_again(ledger_url: str, capsys: Capsys) -> None:
    call = {"call_id": "C2", "building_id": "B1", "called_on": D(2026, 4, 1), "kind": "quarterly",
            "sent_on": D(2026, 4, 3)}  # fmt: skip
    due = {"due_id": "D102", "account_id": "101", "kind": "call", "amount_cents": 1_00,
           "due_on": D(2026, 5, 1), "call_id": "C2"}  # fmt: skip
    url = make(ledger_url, calls=[*TABLES["calls"], call], dues=[*TABLES["dues"], due])
    steps(capsys, url, SIMPLE_ON)
    assert planned(capsys, url, "2026-04-02")["101"]["kind"] == "formal_notice"
    # Sent on 3 April, before the 5th: the 5th of May, and a simple reminder again (E6).
    assert told(planned(capsys, url, "2026-04-03")["101"])[:2] == ("simple", "2026-05-05")


def test_a_dry_run_writes_no_decision_and_says_what_changed(
    ledger_url: str, capsys: Capsys
) -> None:
    url = make(ledger_url)
    before = done(capsys, url, "export", "journal")
    assert "Depuis" not in done(capsys, url, "reminders", "--as-of", "2026-03-04", "--dry-run")
    out = done(capsys, url, "reminders", "--as-of", SIMPLE_ON, "--dry-run")
    assert "Depuis la simulation du 04/03/2026" in out
    assert "+ 101 : relance simple à envoyer" in out
    assert done(capsys, url, "export", "journal") == before
    assert "Depuis" not in done(capsys, url, "reminders", "--as-of", SIMPLE_ON, "--dry-run")
    pay(url, "D101", 300_00, D(2026, 3, 1))
    out = done(capsys, url, "reminders", "--as-of", SIMPLE_ON, "--dry-run")
    assert "− 101 : relance simple n’est plus à envoyer" in out


def test_one_building_only(sqlite_url: str, capsys: Capsys) -> None:
    url = make(sqlite_url)
    rows = steps(capsys, url, SIMPLE_ON, "--building", "B1")
    assert list(rows) == ["101"]
    assert planned(capsys, url, SIMPLE_ON)["201"]["state"] == "due"
    status, _, err = run(capsys, url, "reminders", "--as-of", SIMPLE_ON, "--building", "B9")
    assert (status, err) == (2, "workbench : immeuble inconnu : B9.\n")


def test_by_hand_at_any_time_and_twice(ledger_url: str, capsys: Capsys) -> None:
    url = make(ledger_url, **with_first("dues", amount_cents=50_00))
    for number in (1, 2):
        out = done(capsys, url, "remind", "101", "--type", "simple", "--on", "2026-02-25")
        assert out.startswith(f"R{number} : relance simple du 25/02/2026, 50,00")
    rows = [r for r in export(capsys, url, "2026-02-25") if r["state"] == "sent"]
    assert [r["reminder"] for r in rows] == ["R1", "R2"]
    for arguments, words in (
        (("101", "--type", "sommation"), "type de relance inconnu : sommation"),
        (("999", "--type", "simple"), "aucun compte"),
        (("101", "--type", "simple", "--on", "2026-01-10"), "101 ne doit rien au 10/01/2026"),
    ):
        status, _, err = run(capsys, url, "remind", *arguments)
        assert status == 2
        assert words in err


def test_by_hand_never_while_the_call_did_not_arrive(ledger_url: str, capsys: Capsys) -> None:
    url = make(ledger_url, **BLOCKED["not_delivered"])
    status, _, err = run(capsys, url, "remind", "101", "--type", "simple", "--on", SIMPLE_ON)
    assert status == 2
    assert "ne peut pas être relancé" in err


def test_a_formal_notice_by_hand_needs_a_price_unless_it_is_not_billed(
    ledger_url: str, capsys: Capsys
) -> None:
    url = make(ledger_url)
    notice = ("remind", "101", "--type", "formal_notice", "--on", "2026-03-10")
    status, _, err = run(capsys, url, *notice)
    assert status == 2
    assert "aucun prix" in err
    assert "facturée" not in done(capsys, url, *notice, "--no-bill")
    done(capsys, url, "verify")


def test_a_priced_formal_notice_is_charged_and_undone_with_it(
    ledger_url: str, capsys: Capsys
) -> None:
    prices = [{"building_id": "B1", "service": "formal_notice", "price_cents": 42_00}]
    types = [{"type": "simple", "rank_order": 1},
             {"type": "formal_notice", "rank_order": 2, "auto_validate": 1}]  # fmt: skip
    url = make(ledger_url, fee_schedule=prices, reminder_types=types)
    steps(capsys, url, SIMPLE_ON)
    steps(capsys, url, NOTICE_ON)
    assert planned(capsys, url, "2026-05-06")["101"]["amount"] == "342.00"
    rows = [r for r in export(capsys, url, NOTICE_ON) if r["state"] == "sent"]
    number = next(r["reminder"] for r in rows if r["kind"] == "formal_notice")
    done(capsys, url, "undo", number)
    assert told(planned(capsys, url, "2026-05-06")["101"])[:3] == (
        "formal_notice", NOTICE_ON, "due",
    )  # fmt: skip
    assert planned(capsys, url, "2026-05-06")["101"]["amount"] == "300.00"
    done(capsys, url, "verify")


def test_what_cannot_be_made_blocks_one_account_and_the_others_go_on(
    ledger_url: str, capsys: Capsys
) -> None:
    # A notice of July has no legal rate yet (L5); the tenant's reminder leaves.
    url = make(ledger_url)
    done(capsys, url, "remind", "101", "--type", "simple", "--on", "2026-06-10")
    status, out, err = run(capsys, url, "reminders", "--as-of", "2026-08-05")
    assert status == 3
    assert "101 : aucun taux d’intérêt légal pour le 05/08/2026" in err
    assert "201" in out
    row = planned(capsys, url, "2026-08-05")["101"]
    assert row["state"] == "due"
    assert "taux-legal.csv" in row["problem"]
    # Nothing is lost: once the rate is there it leaves; here, on a day that has one.
    assert done(capsys, url, "export", "reminders", "--as-of", "2026-08-05").count("formal") >= 1


def test_no_bank_details_no_letter(sqlite_url: str, capsys: Capsys) -> None:
    url = make(sqlite_url, bank_accounts=TABLES["bank_accounts"][1:])
    status, _, err = run(capsys, url, "reminders", "--as-of", SIMPLE_ON)
    assert status == 3
    assert "coordonnées bancaires" in err


def test_no_address_the_letter_goes_to_the_building_and_it_is_said(
    sqlite_url: str, capsys: Capsys
) -> None:
    url = make(sqlite_url, **with_first("accounts", address="", postcode="", city=""))
    status, _, err = run(capsys, url, "reminders", "--as-of", SIMPLE_ON)
    assert status == 0
    assert "101 : l’adresse du compte manque : la lettre est adressée à l’immeuble" in err


def test_no_address_anywhere_no_formal_notice(sqlite_url: str, capsys: Capsys) -> None:
    nowhere = {"address": "", "postcode": "", "city": ""}
    url = make(
        sqlite_url, **with_first("accounts", **nowhere), **with_first("buildings", **nowhere)
    )
    assert steps(capsys, url, SIMPLE_ON)["101"]["state"] == "sent"
    row = steps(capsys, url, NOTICE_ON)["101"]
    assert row["state"] == "due"
    assert "l’adresse du destinataire manque" in row["problem"]


def test_channels(sqlite_url: str, capsys: Capsys) -> None:
    wrong = with_first("accounts", email="pas une adresse")
    url = make(sqlite_url, **wrong)
    status, _, err = run(capsys, url, "reminders", "--as-of", SIMPLE_ON)
    assert status == 0
    assert "la lettre part par la poste" in err
    steps(capsys, url, NOTICE_ON)
    sent = {(r["account_id"], r["kind"]): r["channel"] for r in export(capsys, url, NOTICE_ON)
            if r["state"] == "sent"}  # fmt: skip
    assert sent == {
        ("101", "simple"): "post", ("101", "formal_notice"): "registered",
        ("201", "simple"): "email", ("201", "formal_notice"): "post",
    }  # fmt: skip


def test_moved_to_a_later_day_and_back(ledger_url: str, capsys: Capsys) -> None:
    url = make(ledger_url)
    out = done(capsys, url, "move", "101", "--to", "2026-03-20", "--as-of", "2026-03-01")
    assert out == "V1 : relance simple du compte 101 déplacée du 05/03/2026 au 20/03/2026\n"
    assert told(planned(capsys, url, "2026-03-19")["101"])[1:3] == ("2026-03-20", "planned")
    assert planned(capsys, url, "2026-03-20")["101"]["state"] == "due"
    out = done(capsys, url, "undo", "V1")
    assert "comme avant" in out
    assert "déjà" in done(capsys, url, "undo", "V1")
    assert planned(capsys, url, SIMPLE_ON)["101"]["state"] == "due"
    for to, words in (("2026-02-28", "est passé"), ("2026-03-05", "on la déplace à un jour")):
        status, _, err = run(capsys, url, "move", "101", "--to", to, "--as-of", "2026-03-01")
        assert status == 2
        assert words in err


def test_moved_without_saying_the_day_it_is_today(sqlite_url: str, capsys: Capsys) -> None:
    # Both days are long past: the reminder stays due, which is said.
    url = make(sqlite_url)
    status, _, err = run(capsys, url, "move", "101", "--to", "2026-03-20")
    assert status == 0
    assert "reste due" in err
    assert run(capsys, url, "move", "101", "--to", "2026-03-01")[0] == 2


def test_snoozed_six_months_at_most_then_awake(ledger_url: str, capsys: Capsys) -> None:
    url = make(ledger_url)
    start = ("--as-of", "2026-02-28")
    status, _, err = run(capsys, url, "snooze", "B1", "--until", "2026-08-29", *start)
    assert status == 2
    assert "6 mois au plus, jusqu’au 28/08/2026" in err
    done(capsys, url, "snooze", "B1", "--until", "2026-08-28", *start)
    asleep = planned(capsys, url, SIMPLE_ON)["101"]
    assert told(asleep)[1:4] == ("2026-08-28", "blocked", "snoozed")
    assert planned(capsys, url, SIMPLE_ON)["201"]["state"] == "due"
    assert planned(capsys, url, "2026-08-28")["101"]["state"] == "due"
    # Renewed for less: the later choice holds. Then awake before its day.
    done(capsys, url, "snooze", "B1", "--until", "2026-03-06", "--as-of", "2026-03-01")
    assert planned(capsys, url, "2026-03-06")["101"]["state"] == "due"
    done(capsys, url, "snooze", "B1", "--wake", "--as-of", "2026-03-02")
    assert planned(capsys, url, SIMPLE_ON)["101"]["state"] == "due"
    done(capsys, url, "undo", "S3")
    assert planned(capsys, url, SIMPLE_ON)["101"]["reason"] == "snoozed"
    for arguments, words in (
        (("B9", "--until", "2026-03-30", *start), "immeuble inconnu : B9"),
        (("B1", "--until", "2026-02-28", *start), "n’est pas à venir"),
        (("B1", *start), "--until"),
    ):
        status, _, err = run(capsys, url, "snooze", *arguments)
        assert status == 2
        assert words in err


def test_undone_until_it_left(ledger_url: str, capsys: Capsys) -> None:
    url = make(ledger_url)
    steps(capsys, url, SIMPLE_ON)
    out = done(capsys, url, "undo", "R1", "--reason", "il a téléphoné")
    assert "annulée" in out
    assert "déjà annulée" in done(capsys, url, "undo", "R1")
    # As before: due again, and generated again under another number.
    assert steps(capsys, url, SIMPLE_ON)["101"]["reminder"] == "R3"
    rows = [r for r in export(capsys, url, SIMPLE_ON) if r["account_id"] == "101"]
    assert [(r["reminder"], r["state"]) for r in rows] == [
        ("R1", "cancelled"), ("R3", "sent"), ("", "planned"),
    ]  # fmt: skip
    letters = json.loads(done(capsys, url, "letters", "list", "--json"))
    assert letters
    done(capsys, url, "letters", "posted", "C3", "--on", SIMPLE_ON)
    status, _, err = run(capsys, url, "undo", "R3")
    assert status == 2
    assert err.count("\n") == 1
    for wrong in (("R9",), ("V9",), ("S9",), ("R1", "A1")):
        assert run(capsys, url, "undo", *wrong)[0] == 2
    done(capsys, url, "verify")


def test_generated_then_validated_by_a_person(ledger_url: str, capsys: Capsys) -> None:
    types = [{"type": "simple", "rank_order": 1, "validation": "manual", "threshold_cents": 0}]
    url = make(ledger_url, reminder_types=types)
    row = steps(capsys, url, SIMPLE_ON)["101"]
    assert (row["state"], row["reminder"]) == ("due", "R1")
    out = done(capsys, url, "reminders", "--as-of", SIMPLE_ON)
    assert "0 générées" in out
    assert "à valider" in out
    assert json.loads(done(capsys, url, "letters", "list", "--json")) in ([], {"letters": []})
    out = done(capsys, url, "reminders", "--validate", "R1", "--as-of", "2026-03-07")
    assert "validée : 300,00" in out
    rows = [r for r in export(capsys, url, "2026-03-07") if r["account_id"] == "101"]
    assert (rows[0]["sent_on"], rows[0]["state"]) == ("2026-03-07", "sent")
    # What was paid meanwhile does not leave as it was written.
    pay(url, "D201", 10_00, D(2026, 3, 6))
    status, out, _ = run(capsys, url, "reminders", "--validate", "R2", "--as-of", "2026-03-07")
    assert status == 3
    assert "il ne reste que 790,00" in out
    assert run(capsys, url, "reminders", "--validate", "R9")[0] == 2
    done(capsys, url, "verify")
