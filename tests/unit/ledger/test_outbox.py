"""The outbox's rows: every change is a journal row, and the two agree."""

import threading
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text

from tests import letters_office, small_office
from tests.letters_office import ACTOR, AT, letter, states
from workbench.domain.errors import (
    DecisionRefusedError,
    InvariantError,
    LedgerError,
    ParameterError,
)
from workbench.ledger import one_sender, outbox, outbox_frames
from workbench.ledger.outbox import Row, State, broken_outbox
from workbench.ledger.store import Ledger, open_ledger


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with letters_office.mails(ledger_url) as opened:
        yield opened


def broken(ledger: Ledger) -> list[str]:
    with ledger.reading() as connection:
        return list(broken_outbox(connection))


def actions(ledger: Ledger) -> list[tuple[str, str]]:
    frame = ledger.frame(
        "SELECT action, subject FROM journal WHERE action IN ('queue', 'send', 'withdraw')"
        " ORDER BY seq"
    )
    return list(zip(frame["action"], frame["subject"], strict=True))


def test_queued_together_is_one_row_of_the_journal(ledger: Ledger) -> None:
    assert states(ledger) == ["queued"] * 3
    assert actions(ledger) == [("queue", "C3")]
    assert broken(ledger) == []
    with ledger.writing() as connection:
        outbox.queue(connection, [], actor=ACTOR, at=AT)
        outbox.withdraw(connection, [], actor=ACTOR, at=AT)
        outbox.change(connection, [], action="send", actor=ACTOR, at=AT)
    assert len(actions(ledger)) == 1


def test_an_empty_outbox_has_its_columns(ledger_url: str) -> None:
    with small_office.office(ledger_url) as ledger:
        frame = outbox_frames.listed(ledger)
        assert frame.empty
        assert frame["letter_id"].dtype == "int64"
        assert outbox_frames.letters_to(ledger, account_id="101").empty


def test_a_change_is_told(ledger: Ledger) -> None:
    row = Row(2, State.SENDING, 1, "", "<id@x>", "", "")
    with ledger.writing() as connection:
        outbox.change(connection, [row], action="send", actor=ACTOR, at=AT, told={"mail": {"a": 1}})
        assert outbox.letters_of(connection, [2, 9])[2][0] == row
        assert [lost.letter_id for lost, _ in outbox.stranded(connection)] == [2]
    assert actions(ledger)[-1] == ("send", "C2")
    assert outbox.mail_told(ledger, 2) == {"a": 1}
    assert outbox.mail_told(ledger, 1) is None
    assert broken(ledger) == []


def test_withdrawn_once_and_only_while_it_waits(ledger: Ledger) -> None:
    def withdraw(*numbers: int) -> None:
        with ledger.writing() as connection:
            outbox.withdraw(connection, numbers, actor=ACTOR, at=AT, reason="payé")

    withdraw(1, 99)
    withdraw(1)
    assert actions(ledger)[1:] == [("withdraw", "C1")]
    with ledger.writing() as connection:
        outbox.change(connection, [Row(2, State.SENT, 1)], action="send", actor=ACTOR, at=AT)
    with pytest.raises(DecisionRefusedError, match="C2 ne peut plus être retiré : partie"):
        withdraw(3, 2)
    assert states(ledger) == ["withdrawn", "sent", "queued"]


def test_mails_in_order_and_nothing_else(ledger: Ledger) -> None:
    letters_office.write(ledger, letter(4, channel="post"), letter(5))
    with ledger.reading() as connection:
        assert outbox.waiting_mails(connection) == 4
        found = []
        after = 0
        while mail := outbox.next_mail(connection, after=after):
            after = mail.row.letter_id
            found.append((after, mail.letter.account_id, mail.to, mail.content))
        assert outbox.mail_of(connection, 4) is None
        assert outbox.mail_of(connection, 99) is None
    assert [number for number, *_ in found] == [1, 2, 3, 5]
    assert found[3] == (5, "101", letters_office.TO, b"%PDF letter 5")


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE outbox SET left_on = '2026-11-01' WHERE letter_id = 1", "C1 : son état diffère"),
        ("UPDATE outbox SET proof = 'x' WHERE letter_id = 3", "C3 : son état diffère"),
        ("DELETE FROM outbox WHERE letter_id = 2", "C2 : sa ligne manque"),
    ],
)
def test_a_row_changed_by_hand(ledger: Ledger, statement: str, words: str) -> None:
    with ledger.writing() as connection:
        connection.execute(text(statement))
    (told,) = broken(ledger)
    assert words in told


def test_a_row_nobody_queued(ledger: Ledger) -> None:
    letters_office.write(ledger, letter(4), queued=False)
    with ledger.writing() as connection:
        connection.execute(text("INSERT INTO outbox (letter_id, state) VALUES (4, 'sent')"))
    assert broken(ledger) == ["courrier C4 : rien au journal ne l'a mis à l'envoi"]


def test_a_state_that_is_none_is_refused_by_the_database(ledger: Ledger) -> None:
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError), ledger.writing() as connection:
        connection.execute(text("UPDATE outbox SET state = 'lost' WHERE letter_id = 1"))


def test_no_change_without_an_actor(ledger: Ledger) -> None:
    def change(connection: Connection) -> None:
        outbox.change(connection, [Row(1, State.SENT, 1)], action="send", actor="", at=AT)

    with pytest.raises(InvariantError), ledger.writing() as connection:
        change(connection)
    assert states(ledger) == ["queued"] * 3


@pytest.mark.parametrize(("text_", "number"), [("C12", 12), (" c7 ", 7), ("3", 3)])
def test_names_of_letters(text_: str, number: int) -> None:
    assert outbox.letter_number(text_) == number


@pytest.mark.parametrize("text_", ["", "C", "CC1", "A1", "C-1", "C1.0", "C²", "C" + "9" * 30])
def test_what_names_no_letter(text_: str) -> None:
    with pytest.raises(ParameterError):
        outbox.letter_number(text_)


def test_the_hold_is_free_again(ledger: Ledger) -> None:
    for _ in range(2):
        with one_sender.alone(ledger):
            assert one_sender.is_somebody_sending(ledger)
    with pytest.raises(ZeroDivisionError), one_sender.alone(ledger):
        raise ZeroDivisionError
    assert not one_sender.is_somebody_sending(ledger)


def test_who_only_looks_is_waited_for(ledger: Ledger) -> None:
    held, let_go = threading.Event(), threading.Event()

    def look() -> None:
        with open_ledger(ledger.address) as own, one_sender.alone(own):
            held.set()
            let_go.wait(10)

    thread = threading.Thread(target=look)
    thread.start()
    assert held.wait(10)
    with pytest.raises(LedgerError, match="un autre envoi"), one_sender.alone(ledger):
        pass
    threading.Timer(0.3, let_go.set).start()
    with one_sender.alone(ledger, patience_seconds=5):
        thread.join(10)
        assert not thread.is_alive()
