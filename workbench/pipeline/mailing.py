"""Letters leave: mails by the office's server, paper by a person; and what became of each.

Source: DOMAIN E18, LAW L6, docs/decisions/0020-outbox.md.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection

from workbench.documents import mails
from workbench.documents.outbox import Conversation, MailServer
from workbench.domain.dates import french_date
from workbench.domain.errors import DecisionRefusedError, LedgerError, ParameterError
from workbench.domain.progress import Progress
from workbench.ledger import one_sender, outbox, outbox_frames, reminder_rows, reminding
from workbench.ledger.outbox import Letter, Row, State, letter_number, subject_of
from workbench.ledger.reminder_rows import Event
from workbench.ledger.store import Ledger
from workbench.pipeline import sending
from workbench.pipeline.deciding import Outcome
from workbench.pipeline.sending import Sent
from workbench.pipeline.settings import Settings


def queued(ledger: Ledger) -> pd.DataFrame:
    """Returns the letters that wait, mails and paper, in the columns of `letters`."""
    return letters(ledger, state=State.QUEUED)


def letters(ledger: Ledger, *, state: str = "") -> pd.DataFrame:
    """Returns the letters of the outbox, in order.

    A mail whose sender died is `unknown`, also before the next sending says so.

    Args:
        ledger: open; read-only is enough.
        state: of `ledger.outbox.State`; "" for all.

    Returns:
        Columns of `ledger.outbox_frames.listed`, and `letter` (`C12`).
    """
    frame = outbox_frames.listed(ledger)
    if (frame["state"] == State.SENDING).any() and not one_sender.is_somebody_sending(ledger):
        # Read again: the sender may have ended in between, and said what it did.
        frame = outbox_frames.listed(ledger)
        lost = frame["state"] == State.SENDING
        frame["last_error"] = frame["last_error"].mask(lost, sending.LEFT_BEHIND)
        frame["state"] = frame["state"].mask(lost, State.UNKNOWN.value)
    frame.insert(0, "letter", "C" + frame["letter_id"].astype("str"))
    return frame[frame["state"] == state].reset_index(drop=True) if state else frame


def send(
    ledger: Ledger,
    *,
    settings: Settings,
    actor: str,
    now: Callable[[], datetime],
    limit: int | None = None,
    progress: Progress | None = None,
) -> Sent:
    """Sends the mails that wait, in the order they were queued, each once at most.

    Args:
        ledger: opened for writing.
        settings: of the office; its `mail` is the server.
        actor: who sends.
        now: the face's clock: a sending lasts.
        limit: most mails to try; None for all.
        progress: told how far it is.

    Raises:
        ParameterError: no server is configured, or its password is missing.
        LedgerError: another sending is under way.
        MailServerError: the server cannot be reached or used; nothing left.
    """
    server = _usable(settings)
    done = Sent()
    with one_sender.alone(ledger, patience_seconds=1):
        done.unsent += sending.strand(ledger, actor=actor, at=now())
        with ledger.reading() as connection:
            total = outbox.waiting_mails(connection)
        total = total if limit is None else min(total, limit)
        if total:
            with Conversation(server) as conversation:
                conversation.open()
                run = sending.Run(ledger, conversation, done, actor=actor, now=now)
                run.through(total, progress=progress)
        with ledger.reading() as connection:
            done.waiting = outbox.waiting_mails(connection)
    return done


def resolve(
    ledger: Ledger,
    letter_ids: Sequence[str],
    *,
    was_sent: bool,
    actor: str,
    at: datetime,
    reason: str = "",
) -> list[Outcome]:
    """Says what became of mails whose fate is unknown, or has refused ones tried again.

    Args:
        ledger: opened for writing.
        letter_ids: `C12` …
        was_sent: they did arrive; else they are sent again.
        actor: who knows.
        at: when.
        reason: how the person knows.

    Raises:
        ParameterError: no such letter in the outbox; nothing is written.
        DecisionRefusedError: nothing is in doubt about one of them; nothing is written.
    """
    _strand_if_alone(ledger, actor=actor, at=at)
    told = {name: outbox.mail_told(ledger, letter_number(name)) for name in letter_ids}
    kept: dict[str, Any] = {"words": reason.strip()} if reason.strip() else {}
    outcomes: list[Outcome] = []
    with ledger.writing() as connection:
        for name in letter_ids:
            row, _ = _known(connection, name)
            if row.state == (State.SENT if was_sent else State.QUEUED):
                outcomes.append(Outcome(name, False, f"déjà dit : {outbox.STATE_WORDS[row.state]}"))
                continue
            new, words = _resolved(name, row, told[name], was_sent=was_sent, at=at)
            outbox.change(
                connection, [new], action="resolve", actor=actor, at=at,
                told=kept | {"before": list(row.values())},
            )  # fmt: skip
            outcomes.append(Outcome(name, True, words))
    return outcomes


def _resolved(
    name: str, row: Row, told: Mapping[str, Any] | None, *, was_sent: bool, at: datetime
) -> tuple[Row, str]:
    allowed = {State.UNKNOWN} if was_sent else {State.UNKNOWN, State.REFUSED}
    if row.state not in allowed:
        raise DecisionRefusedError(
            f"le courrier {name} est « {outbox.STATE_WORDS[row.state]} » : seul un courriel au "
            "sort inconnu se tranche, et un refusé se renvoie avec --again"
        )
    if not was_sent:
        return replace(row, state=State.QUEUED, last_error=""), "remis à l'envoi"
    day = sending.office_day(datetime.fromisoformat(str(told["at"])) if told else at)
    new = replace(row, state=State.SENT, last_error="", left_on=day.isoformat())
    return new, f"parti le {french_date(day)}, comme vous le dites"


def to_post(ledger: Ledger, *, made_on: date) -> tuple[str, ...]:
    """Returns the simple letters of a run that wait to be posted, in order, for `posted`.

    Registered letters are left out: each has its number.

    Raises:
        ParameterError: none waits.
    """
    frame = queued(ledger)
    of_run = (frame["channel"] == "post") & (frame["made_on"] == made_on.isoformat())
    if not of_run.any():
        raise ParameterError(f"aucune lettre simple du {french_date(made_on)} n'attend la poste")
    return tuple(frame.loc[of_run, "letter"])


def posted(
    ledger: Ledger,
    letter_ids: Sequence[str],
    *,
    on: date,
    actor: str,
    at: datetime,
    number: str = "",
) -> list[Outcome]:
    """Says that letters left on paper, or by electronic registered mail: on which day, which proof.

    A mail that was refused or is in doubt may be printed and posted instead.

    Args:
        ledger: opened for writing.
        letter_ids: `C12` …, a registered one with its number: `C12:1A 234 567 8901 2`.
        on: the day they left.
        actor: who says so.
        at: when.
        number: of one registered letter, where it is alone.

    Raises:
        ParameterError: no such letter, a number for several, a registered letter without one, a
            day before it was made or to come; nothing is written.
        DecisionRefusedError: a mail that waits for the server, a letter that was withdrawn or left.

    Source: LAW L6 (channel, proof and date are kept).
    """
    if number.strip() and len(letter_ids) > 1:
        raise ParameterError("un numéro de recommandé est celui d'une seule lettre")
    outcomes: list[Outcome] = []
    with ledger.writing() as connection:
        for given in letter_ids:
            name, _, own = given.partition(":")
            proof = " ".join((own or number).split())
            row, letter = _known(connection, name)
            if row.state == State.SENT and (row.left_on, row.proof) == (on.isoformat(), proof):
                outcomes.append(Outcome(name, False, "déjà dit"))
                continue
            _check_posting(name, row, letter, on=on, at=at, number=proof)
            new = replace(row, state=State.SENT, last_error="", left_on=on.isoformat(), proof=proof)
            outbox.change(
                connection, [new], action="post", actor=actor, at=at,
                told={"before": list(row.values())},
            )  # fmt: skip
            proof = f", recommandé n° {proof}" if proof else ""
            outcomes.append(Outcome(name, True, f"postée le {french_date(on)}{proof}"))
    return outcomes


def unsay(ledger: Ledger, letter: str, *, actor: str, at: datetime, reason: str = "") -> Outcome:
    """Takes back what a person last said of a letter: that it was posted, or what became of it.

    Args:
        ledger: opened for writing.
        letter: `C12`.
        actor: who takes it back.
        at: when.
        reason: why, in the person's words.

    Raises:
        ParameterError: no such letter in the outbox.
        DecisionRefusedError: it has been sent or withdrawn since, or nobody said anything, or its
            presentation counts already; nothing is written.

    Source: DOMAIN A10.
    """
    number = letter_number(letter)
    with ledger.writing() as connection:
        row, _ = _known(connection, letter)
        said = outbox.last_said(connection, number)
        if said is None or said[1] != row:
            raise DecisionRefusedError(
                f"rien à annuler pour {letter} : personne n'a rien dit de ce courrier depuis "
                f"qu'il est « {outbox.STATE_WORDS[row.state]} »"
            )
        if outbox.is_presented(connection, number):
            raise DecisionRefusedError(
                f"le courrier {letter} a été présenté : corriger la date par « workbench letters "
                "presented »"
            )
        told: dict[str, Any] = {"words": reason.strip()} if reason.strip() else {}
        outbox.change(connection, [said[0]], action="undo", actor=actor, at=at, told=told)
    return Outcome(letter, True, f"annulé : de nouveau « {outbox.STATE_WORDS[said[0].state]} »")


def presented(
    ledger: Ledger, letter_ids: Sequence[str], *, on: date, actor: str, at: datetime
) -> list[Outcome]:
    """Says on which day registered letters were first presented, from which the law counts.

    Said again with another day, the last one holds.

    Args:
        ledger: opened for writing.
        letter_ids: `C12` …
        on: the day of the first presentation.
        actor: who says so.
        at: when.

    Raises:
        ParameterError: no such letter, none of a reminder, a day before it left or to come.
        DecisionRefusedError: it did not leave as a registered letter; nothing is written.

    Source: LAW L3 (thirty days from the day after the first presentation), L6.
    """
    outcomes: list[Outcome] = []
    with ledger.writing() as connection:
        for name in letter_ids:
            row, letter = _known(connection, name)
            if not letter.is_registered or row.state != State.SENT or letter.reminder_id is None:
                raise DecisionRefusedError(
                    f"le courrier {name} n'est pas une relance partie en recommandé : le dire "
                    "d'abord avec « workbench letters posted »"
                )
            if on.isoformat() < row.left_on or on > sending.office_day(at):
                raise ParameterError(
                    f"la présentation de {name} ne peut être du {french_date(on)} : partie le "
                    f"{french_date(date.fromisoformat(row.left_on))}"
                )
            event = Event(letter.reminder_id, "presented", on, proof=row.proof)
            reminder_rows.record_events(
                connection, [event], action="present", subject=letter.account_id, actor=actor,
                at=at,
            )  # fmt: skip
            outcomes.append(Outcome(name, True, f"présentée le {french_date(on)}"))
    return outcomes


def sent_mail(ledger: Ledger, letter: str) -> bytes:
    """Returns a mail as it was given to the server, byte for byte.

    It is made anew from the letter, which never changes, and what the journal kept of the mail.

    Raises:
        ParameterError: no such letter, or it was never given to a server.
        LedgerError: this version of the program makes it otherwise; the letter itself is intact.

    Source: DOMAIN E18.
    """
    number = letter_number(letter)
    told = outbox.mail_told(ledger, number)
    if told is None:
        raise ParameterError(f"le courrier {letter} n'a jamais été remis à un serveur de courrier")
    with ledger.reading() as connection:
        found = outbox.mail_of(connection, number)
    if found is None:
        raise ParameterError(f"le courrier {letter} n'est pas un courriel")
    at = datetime.fromisoformat(str(told["at"]))
    data = mails.message(sending.mail_of(found, sender=str(told["sender"]), at=at))
    if hashlib.sha256(data).hexdigest() != told["sha256"]:
        raise LedgerError(
            f"le courriel {letter} ne se refait plus à l'identique avec cette version ; sa pièce "
            "jointe, elle, est celle qui est partie (la demander en .pdf)"
        )
    return data


def letter_file(ledger: Ledger, letter: str) -> bytes:
    """Returns a letter's PDF, byte for byte as it was made.

    Raises:
        ParameterError: no such letter.

    Source: DOMAIN E18.
    """
    return reminding.letter_content(ledger, letter_number(letter))


def _usable(settings: Settings) -> MailServer:
    server = settings.mail
    if server is None:
        raise ParameterError(
            "aucun serveur de courrier : écrire la section [mail] de workbench.toml "
            "(voir docs/office.md)"
        )
    if server.user and not server.password:
        where = server.password_variable
        raise ParameterError(
            f"la variable d'environnement {where} est vide : elle donne le mot de passe de "
            f"« {server.user} »"
            if where
            else "[mail] user demande password_variable, le nom de la variable d'environnement"
        )
    return server


def _strand_if_alone(ledger: Ledger, *, actor: str, at: datetime) -> None:
    try:
        with one_sender.alone(ledger):
            sending.strand(ledger, actor=actor, at=at)
    except LedgerError:
        # A sender is at work: what it is sending is in no doubt yet.
        return


def _known(connection: Connection, identifier: str) -> tuple[Row, Letter]:
    number = letter_number(identifier)
    found = outbox.letters_of(connection, [number]).get(number)
    if found is None:
        raise ParameterError(f"aucun courrier {subject_of(number)} dans la boîte d'envoi")
    return found


def _check_posting(
    name: str, row: Row, letter: Letter, *, on: date, at: datetime, number: str
) -> None:
    by_mail = letter.channel == "email"
    allowed = {State.REFUSED, State.UNKNOWN} if by_mail else {State.QUEUED}
    if row.state not in allowed:
        why = outbox.STATE_WORDS[row.state]
        hint = " ; un courriel part par « workbench letters send »" if by_mail else ""
        raise DecisionRefusedError(f"le courrier {name} est « {why} »{hint} : rien n'a été écrit")
    if letter.is_registered and not number:
        raise ParameterError(
            f"le courrier {name} est un recommandé : donner son numéro avec --number, qui est "
            "la preuve de l'envoi"
        )
    if not letter.made_on <= on.isoformat() or on > sending.office_day(at):
        raise ParameterError(
            f"le courrier {name} ne peut être parti le {french_date(on)} : il a été fait le "
            f"{french_date(date.fromisoformat(letter.made_on))}"
        )
