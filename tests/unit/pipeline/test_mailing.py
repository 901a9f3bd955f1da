"""Letters leave once: mails by the server, paper by a person, and what is in doubt is said."""

import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests import letters_office, small_office
from tests.letters_office import ACTOR, AT, LATER, MADE_ON, letter, settings, states
from tests.mail_servers import SENDER, Post, post
from workbench.documents.outbox import Answer, Conversation, MailServerError
from workbench.domain.errors import (
    DecisionRefusedError,
    InvariantError,
    LedgerError,
    ParameterError,
)
from workbench.ledger import one_sender, outbox, reminder_tables, reminding
from workbench.ledger.store import Ledger
from workbench.ledger.verification import broken_records
from workbench.pipeline import deciding, mailing
from workbench.pipeline.sending import Sent
from workbench.pipeline.settings import Settings

pytestmark = pytest.mark.timeout(60)


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """An office with three mails that wait; whatever a test did, it verifies afterwards."""
    with letters_office.mails(ledger_url) as opened:
        yield opened
        assert list(broken_records(opened)) == []


def send(ledger: Ledger, server: Post, *, limit: int | None = None) -> Sent:
    return mailing.send(ledger, settings=settings(server), actor=ACTOR, now=lambda: AT, limit=limit)


def subjects(server: Post) -> list[str]:
    return [str(message["Subject"]) for message in server.messages()]


def test_every_mail_leaves_once(ledger: Ledger) -> None:
    with post() as server:
        assert send(ledger, server) == Sent(sent=3)
        assert send(ledger, server) == Sent()
    assert subjects(server) == ["Relance 1", "Relance 2", "Relance 3"]
    assert states(ledger) == ["sent"] * 3
    frame = mailing.letters(ledger)
    assert list(frame["left_on"]) == [MADE_ON.isoformat()] * 3
    assert list(frame["attempts"]) == [1, 1, 1]


def test_what_a_mail_is(ledger: Ledger) -> None:
    with post() as server:
        send(ledger, server, limit=1)
    (message,) = server.messages()
    assert str(message["From"]) == "Cabinet Élan <gestion@cabinet.example>"
    assert str(message["To"]) == letters_office.TO
    assert str(message["Date"]) == "Thu, 05 Nov 2026 09:30:00 +0000"
    body, attached = message.iter_parts()
    assert body.get_content().split() == ["Bonjour,", "solde", "1."]
    assert attached.get_content() == b"%PDF letter 1" == mailing.letter_file(ledger, "C1")
    assert attached.get_filename() == "2026-11-05_1.pdf"
    # The history has what left, byte for byte (DOMAIN E18).
    assert mailing.sent_mail(ledger, "C1") == server.mails[0][1]
    with pytest.raises(ParameterError, match="jamais été remis"):
        mailing.sent_mail(ledger, "C2")


def test_a_limit(ledger: Ledger) -> None:
    with post() as server:
        assert send(ledger, server, limit=2) == Sent(sent=2, waiting=1)
        assert send(ledger, server, limit=0) == Sent(waiting=1)
    assert states(ledger) == ["sent", "sent", "queued"]


def test_paper_waits_for_a_person(ledger: Ledger) -> None:
    letters_office.write(
        ledger, letter(4, channel="post"), letter(5, channel="registered", kind="formal_notice")
    )
    with post() as server:
        assert send(ledger, server).sent == 3
    assert states(ledger) == ["sent"] * 3 + ["queued"] * 2
    assert list(mailing.queued(ledger)["letter"]) == ["C4", "C5"]


def test_a_letter_that_waits_for_validation_does_not_leave(ledger: Ledger) -> None:
    letters_office.write(ledger, letter(4), queued=False)
    with post() as server:
        assert send(ledger, server).sent == 3
    assert "Relance 4" not in subjects(server)


def test_a_formal_notice_is_never_a_plain_mail(ledger: Ledger) -> None:
    with pytest.raises(InvariantError):
        letters_office.write(ledger, letter(4, kind="formal_notice"))
    # Nor whoever writes to the database.
    columns = [column.name for column in reminder_tables.letters.columns]
    told = ", ".join(
        {"letter_id": "9", "kind": "'formal_notice'"}.get(name, name) for name in columns
    )
    copied = f"INSERT INTO letters ({', '.join(columns)}) SELECT {told} FROM letters"
    with pytest.raises(IntegrityError, match="never_by_plain_mail"), ledger.writing() as connection:
        connection.execute(text(f"{copied} WHERE letter_id = 1"))
    assert len(states(ledger)) == 3


def test_refused_for_good_and_for_now(ledger: Ledger) -> None:
    said = {0: "550 unknown user", 1: "450 try later"}
    with post(answers=lambda c, n: said.get(n) if c == "RCPT" else None) as server:
        first = send(ledger, server)
        assert (first.sent, first.waiting, first.stopped) == (1, 1, "")
        assert [(u.letter, u.account_id, u.state) for u in first.unsent] == [
            ("C1", "101", "refused"), ("C2", "101", "queued"),
        ]  # fmt: skip
        assert "550 unknown user" in first.unsent[0].words
        assert states(ledger) == ["refused", "queued", "sent"]
        assert send(ledger, server) == Sent(sent=1)
    assert list(mailing.letters(ledger)["attempts"]) == [1, 2, 1]
    assert subjects(server) == ["Relance 3", "Relance 2"]


def test_an_address_that_is_none_is_refused_without_a_server(ledger: Ledger) -> None:
    letters_office.write(
        ledger, letter(4, to_address="noe@example.org, aussi@example.org"), letter(5, to_address="")
    )
    with post() as server:
        done = send(ledger, server)
    assert (done.sent, [u.letter for u in done.unsent]) == (3, ["C4", "C5"])
    assert "n'est pas une adresse électronique" in done.unsent[0].words
    assert "adresse électronique manquante" in done.unsent[1].words
    assert states(ledger)[3:] == ["refused", "refused"]


def test_in_doubt_is_not_sent_again_by_itself(ledger: Ledger) -> None:
    with post(answers=lambda c, n: "" if (c, n) == ("POINT", 0) else None) as server:
        done = send(ledger, server)
        assert [(u.letter, u.state) for u in done.unsent] == [("C1", "unknown")]
        assert send(ledger, server) == Sent()
    assert states(ledger) == ["unknown", "sent", "sent"]
    assert subjects(server).count("Relance 1") == 1


def test_a_person_says_it_arrived(ledger: Ledger) -> None:
    _doubt_all(ledger)
    (told,) = mailing.resolve(
        ledger, ["C1"], was_sent=True, actor=ACTOR, at=LATER, reason="il répond"
    )
    assert (told.done, told.words) == (True, "parti le 05/11/2026, comme vous le dites")
    assert states(ledger) == ["sent", "unknown", "unknown"]
    assert mailing.letters(ledger)["left_on"].iloc[0] == "2026-11-05"
    (again,) = mailing.resolve(ledger, ["c1"], was_sent=True, actor=ACTOR, at=LATER)
    assert not again.done
    journal = ledger.frame("SELECT actor, data FROM journal WHERE action = 'resolve'")
    assert len(journal) == 1
    assert "il répond" in journal["data"].iloc[0]


def test_a_person_has_it_sent_again(ledger: Ledger) -> None:
    first = _doubt_all(ledger)
    mailing.resolve(ledger, ["C2"], was_sent=False, actor=ACTOR, at=LATER)
    with post() as server:
        assert send(ledger, server).sent == 1
    # The same mail to the programs that receive it: they can tell that it came twice.
    (message,) = server.messages()
    assert message["Message-ID"] == first.messages()[1]["Message-ID"]
    assert states(ledger) == ["unknown", "sent", "unknown"]


def _doubt_all(ledger: Ledger) -> Post:
    with post(answers=lambda c, _: "" if c == "POINT" else None) as server:
        send(ledger, server)
    assert states(ledger) == ["unknown"] * 3
    return server


@pytest.mark.parametrize("was_sent", [True, False])
def test_only_what_is_in_doubt_is_resolved(ledger: Ledger, was_sent: bool) -> None:
    with post() as server:
        send(ledger, server, limit=1)
    refused = "C2" if was_sent else "C1"
    with pytest.raises(DecisionRefusedError):
        mailing.resolve(ledger, [refused], was_sent=was_sent, actor=ACTOR, at=LATER)
    for name in ("C9", "courrier", "C0x1"):
        with pytest.raises(ParameterError, match="C"):
            mailing.resolve(ledger, [name], was_sent=was_sent, actor=ACTOR, at=LATER)
    assert states(ledger) == ["sent", "queued", "queued"]


def test_a_refused_mail_is_tried_again_or_posted(ledger: Ledger) -> None:
    with post(answers=lambda c, _: "550 no" if c == "RCPT" else None) as server:
        send(ledger, server)
    assert states(ledger) == ["refused"] * 3
    mailing.resolve(ledger, ["C1"], was_sent=False, actor=ACTOR, at=LATER)
    (told,) = mailing.posted(ledger, ["C2"], on=date(2026, 11, 6), actor=ACTOR, at=LATER)
    assert told.words == "postée le 06/11/2026"
    assert states(ledger) == ["queued", "sent", "refused"]


def test_a_server_that_does_not_answer_leaves_everything_as_it_was(ledger: Ledger) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        before = ledger.frame("SELECT COUNT(*) AS n FROM journal")["n"].iloc[0]
        with pytest.raises(MailServerError, match="refuse la connexion"):
            mailing.send(
                ledger, settings=letters_office.settings_of_port(port), actor=ACTOR, now=lambda: AT
            )
    assert states(ledger) == ["queued"] * 3
    assert ledger.frame("SELECT COUNT(*) AS n FROM journal")["n"].iloc[0] == before


def test_a_server_in_trouble_is_left_alone(ledger: Ledger) -> None:
    letters_office.write(ledger, *(letter(n) for n in range(4, 8)))
    with post(answers=lambda c, _: "" if c == "POINT" else None) as server:
        done = send(ledger, server)
    assert states(ledger) == ["unknown"] * 3 + ["queued"] * 4
    assert (done.waiting, len(done.unsent)) == (4, 3)
    assert "ne suit plus" in done.stopped
    # Not where letters alone are refused: the next one may be good.
    with post(answers=lambda c, n: "550 no" if (c == "RCPT" and n < 3) else None) as server:
        done = send(ledger, server)
    assert (done.sent, done.stopped) == (1, "")


def test_a_sender_refused_in_the_middle(ledger: Ledger) -> None:
    with post(answers=lambda c, n: "550 not you" if (c, n) == ("MAIL", 1) else None) as server:
        done = send(ledger, server)
    assert (done.sent, done.waiting) == (1, 2)
    assert "not you" in done.stopped
    assert states(ledger) == ["sent", "queued", "queued"]


def test_no_server_no_password(ledger: Ledger) -> None:
    with pytest.raises(ParameterError, match=r"\[mail\]"):
        mailing.send(ledger, settings=Settings(), actor=ACTOR, now=lambda: AT)
    without = letters_office.settings_of_port(1, user="u", password_variable="MAIL_PASSWORD")  # noqa: S106
    with pytest.raises(ParameterError, match="MAIL_PASSWORD est vide"):
        mailing.send(ledger, settings=without, actor=ACTOR, now=lambda: AT)


def test_one_sending_at_a_time(ledger: Ledger) -> None:
    with post() as server, one_sender.alone(ledger):
        assert one_sender.is_somebody_sending(ledger)
        with pytest.raises(LedgerError, match="un autre envoi est en cours"):
            send(ledger, server)
    assert not one_sender.is_somebody_sending(ledger)
    assert states(ledger) == ["queued"] * 3


def test_a_mail_whose_sender_died_is_unknown(ledger: Ledger) -> None:
    _leave_behind(ledger, 2)
    # Already before the next sending says so, but not while a sender is at work.
    assert list(mailing.letters(ledger)["state"]) == ["queued", "unknown", "queued"]
    with one_sender.alone(ledger):
        assert list(mailing.letters(ledger)["state"]) == ["queued", "sending", "queued"]
        with pytest.raises(DecisionRefusedError, match="en cours d'envoi"):
            mailing.resolve(ledger, ["C2"], was_sent=True, actor=ACTOR, at=LATER)
    with post() as server:
        done = send(ledger, server)
    assert (done.sent, [(u.letter, u.state) for u in done.unsent]) == (2, [("C2", "unknown")])
    assert states(ledger) == ["sent", "unknown", "sent"]
    assert subjects(server) == ["Relance 1", "Relance 3"]


def test_resolving_what_a_dead_sender_left(ledger: Ledger) -> None:
    _leave_behind(ledger, 1)
    assert mailing.resolve(ledger, ["C1"], was_sent=False, actor=ACTOR, at=LATER)[0].done
    assert states(ledger) == ["queued"] * 3


def _leave_behind(ledger: Ledger, number: int) -> None:
    """What a sender leaves that is killed in the middle of a mail."""
    with ledger.writing() as connection:
        row, _ = outbox.letters_of(connection, [number])[number]
        claimed = outbox.Row(number, outbox.State.SENDING, row.attempts + 1)
        outbox.change(connection, [claimed], action="send", actor=ACTOR, at=AT)


def test_withdrawn_while_the_sender_has_it_in_its_hand(ledger: Ledger) -> None:
    def withdraw(command: str, number: int) -> str | None:
        # While the first mail is on its way.
        if (command, number) == ("POINT", 0):
            with ledger.writing() as connection:
                outbox.withdraw(connection, [2], actor=ACTOR, at=AT, reason="payé")
                with pytest.raises(DecisionRefusedError, match="ne peut plus être retiré"):
                    outbox.withdraw(connection, [1], actor=ACTOR, at=AT)
        return None

    with post(answers=withdraw) as server:
        assert send(ledger, server).sent == 2
    assert states(ledger) == ["sent", "withdrawn", "sent"]
    assert subjects(server) == ["Relance 1", "Relance 3"]


@pytest.mark.parametrize(("is_past", "state"), [(False, "queued"), (True, "unknown")])
def test_interrupted_by_a_person(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, is_past: bool, state: str
) -> None:
    calls = count()
    original = Conversation.deliver

    def interrupted(self: Conversation, *, sender: str, to: str, data: bytes) -> Answer:
        if next(calls) == 1:
            self.is_past_point = is_past
            raise KeyboardInterrupt
        return original(self, sender=sender, to=to, data=data)

    monkeypatch.setattr(Conversation, "deliver", interrupted)
    with post() as server, pytest.raises(KeyboardInterrupt):
        send(ledger, server)
    assert states(ledger) == ["sent", state, "queued"]


def test_posted(ledger: Ledger) -> None:
    letters_office.write(
        ledger, letter(4, channel="post"), letter(5, channel="post"),
        letter(6, channel="registered", kind="formal_notice"),
        letter(7, channel="e_registered", kind="formal_notice"),
    )  # fmt: skip
    day = date(2026, 11, 6)
    told = mailing.posted(ledger, ["C4", "C5"], on=day, actor=ACTOR, at=LATER)
    assert [(t.done, t.words) for t in told] == [(True, "postée le 06/11/2026")] * 2
    with pytest.raises(ParameterError, match="donner son numéro"):
        mailing.posted(ledger, ["C6"], on=day, actor=ACTOR, at=LATER)
    (told_6,) = mailing.posted(ledger, ["C6"], on=day, actor=ACTOR, at=LATER, number="1A 2 3")
    assert told_6.words == "postée le 06/11/2026, recommandé n° 1A 2 3"
    (again,) = mailing.posted(ledger, ["C6"], on=day, actor=ACTOR, at=LATER, number="1A 2 3")
    assert not again.done
    mailing.posted(ledger, ["C7:AR 77"], on=day, actor=ACTOR, at=LATER)
    frame = mailing.letters(ledger, state="sent")
    assert list(zip(frame["letter"], frame["left_on"], frame["proof"], strict=True)) == [
        ("C4", "2026-11-06", ""), ("C5", "2026-11-06", ""), ("C6", "2026-11-06", "1A 2 3"),
        ("C7", "2026-11-06", "AR 77"),
    ]  # fmt: skip


def test_presented_for_the_thirty_days(ledger: Ledger) -> None:
    letters_office.write(
        ledger, letter(4, channel="registered", kind="formal_notice"), letter(5, channel="post")
    )
    day = date(2026, 11, 6)
    at = datetime(2026, 11, 9, 8, tzinfo=UTC)
    with pytest.raises(DecisionRefusedError, match="letters posted"):
        mailing.presented(ledger, ["C4"], on=day, actor=ACTOR, at=at)
    mailing.posted(ledger, ["C4"], on=day, actor=ACTOR, at=at, number="1A")
    mailing.posted(ledger, ["C5"], on=day, actor=ACTOR, at=at)
    with pytest.raises(DecisionRefusedError, match="recommandé"):
        mailing.presented(ledger, ["C5"], on=day, actor=ACTOR, at=at)
    for wrong in (date(2026, 11, 5), date(2026, 11, 11)):
        with pytest.raises(ParameterError, match="ne peut être"):
            mailing.presented(ledger, ["C4"], on=wrong, actor=ACTOR, at=at)
    (told,) = mailing.presented(ledger, ["C4"], on=date(2026, 11, 7), actor=ACTOR, at=at)
    assert told.words == "présentée le 07/11/2026"
    assert str(reminding.reminders(ledger)["presented_on"].iloc[3])[:10] == "2026-11-07"
    # Corrected by the last word; what it counts from is not taken back below it.
    mailing.presented(ledger, ["C4"], on=day, actor=ACTOR, at=at)
    assert str(reminding.reminders(ledger)["presented_on"].iloc[3])[:10] == "2026-11-06"
    with pytest.raises(DecisionRefusedError, match="a été présenté"):
        deciding.undo(ledger, ["C4"], actor=ACTOR, at=at)


def test_what_a_person_said_is_taken_back(ledger: Ledger) -> None:
    letters_office.write(ledger, letter(4, channel="post"))
    before = mailing.letters(ledger).drop(columns="changed_at")
    mailing.posted(ledger, ["C4"], on=date(2026, 11, 6), actor=ACTOR, at=LATER)
    (told,) = deciding.undo(ledger, ["C4"], actor=ACTOR, at=LATER, reason="pas encore")
    assert (told.done, told.words) == (True, "annulé : de nouveau « en attente »")
    assert mailing.letters(ledger).drop(columns="changed_at").equals(before)
    for name in ("C4", "C1"):
        with pytest.raises(DecisionRefusedError, match="rien à annuler"):
            deciding.undo(ledger, [name], actor=ACTOR, at=LATER)
    with pytest.raises(ParameterError, match="C9"):
        deciding.undo(ledger, ["C9"], actor=ACTOR, at=LATER)


def test_what_became_of_a_mail_is_taken_back_until_it_leaves(ledger: Ledger) -> None:
    _doubt_all(ledger)
    mailing.resolve(ledger, ["C1"], was_sent=True, actor=ACTOR, at=LATER)
    mailing.resolve(ledger, ["C2", "C3"], was_sent=False, actor=ACTOR, at=LATER)
    deciding.undo(ledger, ["C1", "C2"], actor=ACTOR, at=LATER)
    assert states(ledger) == ["unknown", "unknown", "queued"]
    with post() as server:
        assert send(ledger, server).sent == 1
    with pytest.raises(DecisionRefusedError, match="rien à annuler"):
        deciding.undo(ledger, ["C3"], actor=ACTOR, at=LATER)
    assert states(ledger) == ["unknown", "unknown", "sent"]


@pytest.mark.parametrize(
    ("names", "on", "number", "error"),
    [
        (["C1"], date(2026, 11, 6), "", DecisionRefusedError),  # a mail that waits
        (["C4"], date(2026, 11, 4), "", ParameterError),  # before it was made
        (["C4"], date(2026, 11, 9), "", ParameterError),  # to come
        (["C4", "C5"], date(2026, 11, 6), "1A", ParameterError),  # one number, two letters
        (["C4", "C9"], date(2026, 11, 6), "", ParameterError),  # no such letter
    ],
)
def test_not_posted(
    ledger: Ledger, names: list[str], on: date, number: str, error: type[Exception]
) -> None:
    letters_office.write(ledger, letter(4, channel="post"), letter(5, channel="post"))
    with pytest.raises(error):
        mailing.posted(ledger, names, on=on, actor=ACTOR, at=LATER, number=number)
    assert states(ledger) == ["queued"] * 5


def test_hostile_words_stay_words(ledger: Ledger) -> None:
    subject = "Relance\r\nBcc: tous@example.org\r\n\r\nautre corps"
    letters_office.write(ledger, letter(4, subject=subject, body=".\r\n.\r\nQUIT\r\n"))
    with post() as server:
        send(ledger, server)
    message = server.messages()[-1]
    assert message["Bcc"] is None
    assert message["Subject"] == "Relance Bcc: tous@example.org autre corps"
    body, _ = message.iter_parts()
    assert body.get_content().split() == [".", ".", "QUIT"]
    assert [to for to, _ in server.mails] == [letters_office.TO] * 4


def test_verify_sees_a_row_changed_by_hand(sqlite_url: str, tmp_path: Path) -> None:
    with letters_office.mails(sqlite_url) as ledger:
        with ledger.writing() as connection:
            connection.execute(text("UPDATE outbox SET state = 'sent' WHERE letter_id = 2"))
        assert [words for words in broken_records(ledger) if "C2" in words]
        with ledger.writing() as connection:
            connection.execute(text("UPDATE outbox SET state = 'queued' WHERE letter_id = 2"))
            connection.execute(text("DELETE FROM outbox WHERE letter_id = 3"))
        assert ["C3" in words for words in broken_records(ledger)] == [True]


def test_another_office_has_another_message(sqlite_url: str, tmp_path: Path) -> None:
    # The same number with another letter behind it is another mail.
    ids = []
    for name, content in (("a", b"%PDF a"), ("b", b"%PDF b")):
        with small_office.office(f"sqlite:///{tmp_path / name}.db") as ledger, post() as server:
            letters_office.write(ledger, letter(1, content=content))
            send(ledger, server)
            ids.append(server.messages()[0]["Message-ID"])
    assert len(set(ids)) == 2
    assert all(str(found).endswith(f"@{SENDER.address.partition('@')[2]}>") for found in ids)
