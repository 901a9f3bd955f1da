"""A sending under way: one mail after the other, and nothing lost when it ends anywhere.

One mail at a time: it is claimed, which is kept, then given to the server, then what became of it
is kept together with the next claim. So a sender that is killed leaves one mail of which nobody
knows whether it left; the next sender calls it `unknown`, and a person decides.

Source: docs/decisions/0020-outbox.md.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Final

from workbench.documents import mails
from workbench.documents.outbox import Answer, Conversation, Fate, MailServerError
from workbench.domain.dates import timestamp
from workbench.domain.errors import ParameterError
from workbench.domain.progress import Progress
from workbench.ledger import outbox
from workbench.ledger.outbox import Mail, Row, State, subject_of
from workbench.ledger.store import Ledger

# A server in trouble is left alone after so many mails in a row.
_MOST_IN_A_ROW: Final = 3
LEFT_BEHIND: Final = "l'envoi a été interrompu : peut-être parti, peut-être pas"
_STOPPED: Final = "l'envoi a été arrêté avant que le courriel ne parte"


@dataclass(frozen=True, slots=True)
class Unsent:
    """A mail that did not leave for sure: which, whose, where it stands now, why."""

    letter: str
    account_id: str
    state: State
    words: str


@dataclass(slots=True)
class Sent:
    """What one sending did.

    Attributes:
        sent: mails the server took over.
        unsent: those it did not, or may not have, in order; those of a dead sender first.
        waiting: mails that wait now.
        stopped: why it ended before the last mail; "" when it did not.
    """

    sent: int = 0
    unsent: list[Unsent] = field(default_factory=list)
    waiting: int = 0
    stopped: str = ""


def strand(ledger: Ledger, *, actor: str, at: datetime) -> list[Unsent]:
    """Calls unknown what a sender that is gone was sending.

    Args:
        ledger: opened for writing, inside `one_sender.alone`.
        actor: who finds it.
        at: when.
    """
    with ledger.writing() as connection:
        lost = outbox.stranded(connection)
        rows = [replace(row, state=State.UNKNOWN, last_error=LEFT_BEHIND) for row, _ in lost]
        outbox.change(connection, rows, action="send", actor=actor, at=at)
    return [
        Unsent(subject_of(row.letter_id), letter.account_id, State.UNKNOWN, LEFT_BEHIND)
        for row, letter in lost
    ]


def office_day(moment: datetime) -> date:
    """Returns the day it is in the office, where the program runs."""
    return moment.astimezone().date()


def mail_of(waiting: Mail, *, sender: str, at: datetime) -> mails.Mail:
    """Returns what is given to the server: the same from the same letter, sender and moment.

    Raises:
        ParameterError: the sender is no address.
    """
    return mails.Mail(
        # The letter's number alone may be another letter's in another ledger.
        key=f"{subject_of(waiting.row.letter_id)} {waiting.file_id}",
        sender=mails.read_sender(sender),
        to=waiting.to,
        subject=waiting.subject,
        body=waiting.body,
        file_name=waiting.file_name,
        content=waiting.content,
        sent_at=at,
    )


@dataclass(frozen=True, slots=True)
class _Claim:
    """A mail about to be given to the server: its row from then on, its bytes, their moment."""

    row: Row
    to: str
    data: bytes
    at: datetime
    sender: str

    def told(self) -> dict[str, object]:
        """Returns what the journal keeps, so that the same bytes can be made again."""
        return {
            "mail": {
                "letter": self.row.letter_id,
                "sender": self.sender,
                "at": timestamp(self.at),
                "sha256": hashlib.sha256(self.data).hexdigest(),
            }
        }


class Run:
    """The mail in hand, and what became of the one before."""

    def __init__(
        self,
        ledger: Ledger,
        conversation: Conversation,
        done: Sent,
        *,
        actor: str,
        now: Callable[[], datetime],
    ) -> None:
        """Begins with nothing in hand; the caller is alone (`one_sender.alone`)."""
        self._ledger = ledger
        self._conversation = conversation
        self._done = done
        self._actor = actor
        self._now = now
        # What became of the last mail, not kept yet; the mail the server is being given.
        self._result: Row | None = None
        self._in_hand: tuple[Mail, Row] | None = None
        self._in_trouble = 0

    def through(self, total: int, *, progress: Progress | None) -> None:
        """Gives mails to the server, each once, until there is none or the server is in trouble."""
        after = 0
        try:
            for tried in range(total):
                if self._done.stopped:
                    break
                with self._ledger.reading() as connection:
                    waiting = outbox.next_mail(connection, after=after)
                if waiting is None:
                    break
                after = waiting.row.letter_id
                if progress:
                    progress(tried, total, waiting.letter.account_id)
                self._one(waiting)
        except BaseException:
            if self._in_hand is not None:
                # Interrupted: what is known of it is whether its last point was on its way.
                is_past = self._conversation.is_past_point
                answer = (
                    Answer(Fate.UNKNOWN, LEFT_BEHIND) if is_past else Answer(Fate.QUEUED, _STOPPED)
                )
                self._settle(*self._in_hand, answer)
            raise
        finally:
            self._keep(None)

    def _one(self, waiting: Mail) -> None:
        try:
            claim = self._claim(waiting)
        except ParameterError as error:
            self._keep(None)
            self._settle(waiting, waiting.row, Answer(Fate.REFUSED, str(error)))
            return
        if not self._keep(claim):
            return  # somebody withdrew it since it was read
        self._in_hand = (waiting, claim.row)
        sender = self._conversation.server.sender.address
        try:
            answer = self._conversation.deliver(sender=sender, to=claim.to, data=claim.data)
        except MailServerError as error:
            self._done.stopped = str(error)
            answer = Answer(Fate.QUEUED, str(error))
        self._settle(waiting, claim.row, answer)
        self._in_trouble = self._in_trouble + 1 if answer.is_server else 0
        if self._in_trouble == _MOST_IN_A_ROW:
            self._done.stopped = f"le serveur de courrier ne suit plus : {answer.words}"

    def _claim(self, waiting: Mail) -> _Claim:
        # Whole seconds: what the journal keeps is what the mail says.
        at = self._now().replace(microsecond=0)
        sender = str(self._conversation.server.sender)
        mail = mail_of(waiting, sender=sender, at=at)
        to, data = mails.checked_recipient(mail), mails.message(mail)
        row = replace(
            waiting.row, state=State.SENDING, attempts=waiting.row.attempts + 1, last_error="",
            message_id=mails.message_id(mail),
        )  # fmt: skip
        return _Claim(row, to, data, at, sender)

    def _settle(self, waiting: Mail, row: Row, answer: Answer) -> None:
        """Notes what became of a mail; kept with the next claim, or at the end."""
        self._in_hand = None
        state = State(answer.fate.value)
        left_on = office_day(self._now()).isoformat() if state is State.SENT else ""
        self._result = replace(row, state=state, last_error=answer.words, left_on=left_on)
        if state is State.SENT:
            self._done.sent += 1
            return
        letter = subject_of(row.letter_id)
        self._done.unsent.append(Unsent(letter, waiting.letter.account_id, state, answer.words))

    def _keep(self, claim: _Claim | None) -> bool:
        """Writes what became of the last mail and claims the next one, in one transaction.

        Returns:
            Whether the claim holds: nobody took the mail out of the queue meanwhile.
        """
        if claim is None and self._result is None:
            return False
        concerned = [row for row in (self._result, claim.row if claim else None) if row]
        with self._ledger.writing() as connection:
            known = outbox.letters_of(connection, [row.letter_id for row in concerned])
            found = {number: row for number, (row, _) in known.items()}
            rows = [self._result] if self._result and _is_ours(found, self._result) else []
            holds = claim is not None and _is_free(found, claim.row)
            told: dict[str, object] = {}
            if claim is not None and holds:
                rows.append(claim.row)
                told = claim.told()
            at = claim.at if claim is not None else self._now()
            outbox.change(connection, rows, action="send", actor=self._actor, at=at, told=told)
        self._result = None
        return holds


def _is_free(found: Mapping[int, Row], claimed: Row) -> bool:
    row = found[claimed.letter_id]
    return row.state == State.QUEUED and row.attempts == claimed.attempts - 1


def _is_ours(found: Mapping[int, Row], result: Row) -> bool:
    """Tells whether a result is of the last attempt: who lost the hold may come late."""
    row = found[result.letter_id]
    return row.attempts == result.attempts and row.state in {
        State.QUEUED, State.SENDING, State.UNKNOWN,
    }  # fmt: skip
