"""What reminders leave in the ledger: rows with their journal, seen by `verify` when changed."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests import small_office
from tests.small_office import ACTOR, AT
from workbench.domain.errors import DecisionRefusedError, InvariantError, ParameterError
from workbench.ledger import reminder_rows, reminding, verification
from workbench.ledger.guards import drop_guards, install_guards
from workbench.ledger.reminder_rows import MadeLetter, MadeReminder
from workbench.ledger.reminder_tables import letters
from workbench.ledger.store import Ledger

LETTER = MadeLetter(
    kind="simple", channel="email", file_name="l.pdf", content=b"%PDF-1.7 un", reference="R-1",
    address="Mme Noé", to_address="noe@example.org", subject="Rappel", body="Bonjour,\n\ndû\n",
)  # fmt: skip
MADE = MadeReminder(
    account_id="101", building_id="B1", kind="simple", planned_on=date(2026, 11, 5),
    amount_cents=30_000, by_hand=False, again=0, leaves=True, letter=LETTER,
)  # fmt: skip


def record(ledger: Ledger, *made: MadeReminder) -> list[int]:
    with ledger.writing() as connection:
        numbers = reminder_rows.record_reminders(
            connection, made, on=date(2026, 11, 5), actor=ACTOR, at=AT
        )
    return [ids.reminder_id for ids in numbers]


def test_a_reminder_reads_as_it_was_written(office: Ledger) -> None:
    waiting = replace(MADE, account_id="102", leaves=False)
    assert record(office, MADE, waiting) == [1, 2]
    frame = reminding.reminders(office)
    assert list(frame["state"]) == ["sent", "waiting"]
    assert frame["sent_on"].notna().tolist() == [True, False]
    assert frame["amount_cents"].dtype == "int64"
    made = reminding.letters(office)
    assert list(made["subject"]) == ["Rappel", "Rappel"]
    assert list(made["state"]) == ["", ""]
    assert reminding.letter_content(office, 1) == LETTER.content
    with pytest.raises(ParameterError, match="aucune lettre C3"):
        reminding.letter_content(office, 3)


def test_the_same_step_is_written_once(office: Ledger) -> None:
    record(office, MADE)
    other = replace(MADE, account_id="102")
    with pytest.raises(DecisionRefusedError, match="entre-temps"):
        record(office, other, MADE)
    assert len(reminding.reminders(office)) == 1
    record(office, replace(MADE, again=1), replace(MADE, kind="formal_notice"))
    assert len(reminding.reminders(office)) == 3
    assert reminding.counts(office)["101", "simple", "2026-11-05"] == 2


def test_a_formal_notice_never_goes_by_plain_mail(office: Ledger) -> None:
    notice = replace(MADE, letter=replace(LETTER, kind="formal_notice"))
    with pytest.raises(InvariantError):
        record(office, notice)
    # Whoever writes to the database itself is refused too.
    record(office, MADE)
    columns = ", ".join(c.name for c in letters.columns)
    others = columns.replace("letter_id", "99", 1).replace(" kind", " 'formal_notice'", 1)
    with pytest.raises(DBAPIError, match="never_by_plain_mail"), office.writing() as connection:
        connection.execute(text(f"INSERT INTO letters ({columns}) SELECT {others} FROM letters"))


CHANGES = [
    ("UPDATE reminders SET amount_cents = 1", "relance n° 1"),
    ("UPDATE reminder_events SET on_day = '2026-11-06'", "suite d'une relance n° 1"),
    ("DELETE FROM reminder_events", "suite d'une relance n° 1"),
    ("UPDATE letters SET body = 'autre'", "lettre n° 1"),
    ("UPDATE letters SET to_address = 'x@example.org'", "lettre n° 1"),
    ("UPDATE moves SET to_on = '2027-01-01'", "date déplacée n° 1"),
    ("UPDATE snoozing SET until_on = '2027-01-01'", "mise en sommeil n° 1"),
    ("UPDATE switches SET state = 'on'", "interrupteur des relances n° 1"),
    ("UPDATE fee_invoices SET amount_cents = 1", "facture de frais n° 1"),
    ("UPDATE fee_invoice_events SET due_id = 'x'", "suite d'une facture n° 1"),
]


@pytest.mark.parametrize(("change", "words"), CHANGES)
def test_a_row_changed_by_hand_is_found(office: Ledger, change: str, words: str) -> None:
    small_office.remind_something(office)
    assert list(verification.broken_records(office)) == []
    with office.writing() as connection:
        drop_guards(connection)
        connection.execute(text(change))
        install_guards(connection)
    broken = list(verification.broken_records(office))
    assert any(line.startswith(words) for line in broken), broken


def test_a_letter_whose_file_changed_is_found(office: Ledger) -> None:
    small_office.remind_something(office)
    with office.writing() as connection:
        drop_guards(connection)
        connection.execute(text("UPDATE letters SET content = :c"), {"c": b"%PDF-1.7 autre"})
        install_guards(connection)
    assert list(verification.broken_records(office)) == [
        "lettre C1 : son fichier a changé depuis qu'elle a été faite"
    ]


def test_frames_of_an_empty_ledger_have_their_types(office: Ledger) -> None:
    for frame in (
        reminding.reminders(office), reminding.letters(office), reminding.moves(office),
        reminding.snoozes(office), reminding.outbox(office),
    ):  # fmt: skip
        assert frame.empty
        assert not any(str(kind) == "object" for kind in frame.dtypes), frame.dtypes
    assert reminding.is_automatic(office)
    assert reminding.last_dry_run(office, "") is None


def test_choices_are_read_while_they_stand(office: Ledger) -> None:
    small_office.remind_something(office)
    assert not reminding.is_automatic(office)
    assert reminding.moves(office)["to_on"].dt.strftime("%d/%m").tolist() == ["20/12"]
    with office.writing() as connection:
        found = reminder_rows.find_choice(connection, "moves", 1)
        assert found is not None
        reminder_rows.record_choice(connection, found.undone(), actor=ACTOR, at=AT)
    assert reminding.moves(office).empty
    with office.writing() as connection:
        again = reminder_rows.find_choice(connection, "moves", 1)
        assert again is not None
        assert again.is_cancelled
        assert reminder_rows.find_choice(connection, "moves", 2) is None
    assert list(verification.broken_records(office)) == []
