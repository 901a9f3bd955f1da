"""The reminders' screen at work on a ledger: one pipeline function a button, its outcome in words.

The ledger is opened anew for each reading and each decision (see `session`).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from workbench.documents.letter_kinds import Letter
from workbench.documents.printing import bundle
from workbench.domain.dates import french_date
from workbench.domain.errors import DecisionRefusedError, ParameterError
from workbench.domain.money import NO_BREAK_SPACE
from workbench.domain.progress import Progress
from workbench.ledger import reminding as generated
from workbench.ledger import views
from workbench.ledger.store import Ledger
from workbench.pipeline import mailing, reminding
from workbench.pipeline.deciding import Outcome
from workbench.pipeline.reminding import Generated, generate
from workbench.pipeline.searching import search_rows
from workbench.pipeline.settings import Settings, load_settings
from workbench.widgets import reminder_papers as papers
from workbench.widgets.reminder_board import Board, Paper, account_of
from workbench.widgets.reminder_plan import board_of
from workbench.widgets.reminder_wording import counted_types, letters_words, sentence
from workbench.widgets.reminders import RemindersView
from workbench.widgets.session import Session, open_session
from workbench.widgets.table import Row

_DAY: Final = "datetime64[s]"
_MOST_FOUND: Final = 40
_GONE: Final = "plus rien à envoyer, payé ou relancé entre-temps"
_MOST_DAYS: Final = 12


class LedgerDesk:
    """Does what the buttons of the screen ask, on the ledger of a session."""

    def __init__(
        self,
        session: Session,
        *,
        templates: Path,
        settings: Callable[[], Settings] = load_settings,
    ) -> None:
        """Opens nothing yet.

        Args:
            session: who works on which ledger.
            templates: folder of the office's texts and layouts.
            settings: reads the office's settings, anew for each run.
        """
        self._session = session
        self._templates = templates
        self._settings = settings

    def read(self, *, day: date | None, building_id: str) -> Board:
        """Reads a day: a dry run. Only that of the business day is compared with the last one."""
        as_of = self._session.as_of()
        chosen = max(day or as_of, as_of)
        # Only a dry run of today is remembered: what a later day would be changes with each look.
        opening = self._session.writing if chosen == as_of else self._session.reading
        with opening() as ledger:
            last = generated.last_dry_run(ledger, building_id)
            run = self._generate(ledger, as_of=chosen, dry_run=True, building_id=building_id)
            board = board_of(ledger, run, as_of=as_of, building_id=building_id)
        return replace(board, compared_with=last[0] if last else None)

    def _generate(
        self,
        ledger: Ledger,
        *,
        as_of: date,
        dry_run: bool,
        building_id: str,
        account_ids: Sequence[str] | None = None,
        progress: Progress | None = None,
    ) -> Generated:
        session = self._session
        return generate(
            ledger, as_of=as_of, dry_run=dry_run, actor=session.actor, at=session.now(),
            settings=self._settings(), folder=self._templates, building_id=building_id,
            account_ids=account_ids, progress=progress,
        )  # fmt: skip

    def validate(self, board: Board, row_ids: Sequence[str], *, progress: Progress) -> str:
        """Generates what is ticked and validates what waits for a person: both leave."""
        accounts = [account for row_id in row_ids if (account := account_of(row_id))]
        waiting = [row_id for row_id in row_ids if not account_of(row_id)]
        kinds = dict(zip(board.sent["reminder_id"], board.sent["kind"], strict=True))
        left: list[str] = []
        refused: list[str] = []
        session, on = self._session, board.day
        with session.writing() as ledger:
            if accounts:
                run = self._generate(
                    ledger, as_of=on, dry_run=False, building_id=board.building_id,
                    account_ids=accounts, progress=progress,
                )  # fmt: skip
                made = run.reminders
                left += list(made.loc[made["state"] == "sent", "kind"])
                waits = made[made["state"] == "waiting"]
                waiting += list(waits["reminder"])
                kinds |= dict(zip(waits["reminder"], waits["kind"], strict=True))
                refused += [f"{account} : {words}" for account, words in run.problems.items()]
                gone = set(accounts) - set(made["account_id"]) - set(run.problems)
                refused += [f"{account} : {_GONE}" for account in sorted(gone)]
            if waiting:
                done = reminding.validate_reminders(
                    ledger, waiting, on=on, actor=session.actor, at=session.now(),
                    folder=self._templates,
                )  # fmt: skip
                left += [kinds[outcome.identifier] for outcome in done if outcome.done]
                refused += [f"{o.identifier} : {o.words}" for o in done if not o.done]
        return _left_words(left, refused)

    def remind(self, account_id: str, *, kind: str, on: date, bill: bool) -> str:
        """Sends one by hand."""
        if on > self._session.as_of():
            raise ParameterError("une lettre ne part pas à une date à venir")
        with self._session.writing() as ledger:
            done = reminding.remind(
                ledger, account_id, kind=kind, on=on, actor=self._session.actor,
                at=self._session.now(), settings=self._settings(), folder=self._templates,
                bill=bill,
            )  # fmt: skip
        return sentence(done.words)

    def move(self, account_ids: Sequence[str], *, to: date) -> str:
        """Moves planned dates later; those that cannot be are told, the others are moved."""
        session = self._session

        def moved(ledger: Ledger, account_id: str) -> Outcome:
            return reminding.move(
                ledger, account_id, to=to, as_of=session.as_of(), actor=session.actor,
                at=session.now(),
            )  # fmt: skip

        count, refused = self._each(account_ids, moved)
        words = f"{count} dates déplacées" if count > 1 else "Date déplacée"
        return with_refusals(f"{words} au {french_date(to)}." if count else "", refused)

    def _each(
        self, identifiers: Sequence[str], action: Callable[[Ledger, str], Outcome]
    ) -> tuple[int, list[str]]:
        """Does one thing after the other; returns how many were done, and what was refused.

        Raises:
            WorkbenchError: not one was done.
        """
        done, refused = 0, []
        with self._session.writing() as ledger:
            for identifier in identifiers:
                try:
                    outcome = action(ledger, identifier)
                except (ParameterError, DecisionRefusedError) as error:
                    if len(identifiers) == 1:
                        raise
                    refused.append(f"{identifier} : {error}")
                    continue
                done += outcome.done
                if not outcome.done:
                    refused.append(f"{identifier} : {outcome.words}")
        return done, refused

    def snooze(self, building_id: str, *, until: date) -> str:
        """Lets a building's reminders sleep."""
        session = self._session
        with session.writing() as ledger:
            done = reminding.snooze(
                ledger, building_id, until=until, as_of=session.as_of(), actor=session.actor,
                at=session.now(),
            )  # fmt: skip
        return sentence(done.words)

    def wake(self, building_id: str) -> str:
        """Ends a sleep now."""
        session = self._session
        with session.writing() as ledger:
            done = reminding.wake(
                ledger, building_id, as_of=session.as_of(), actor=session.actor, at=session.now()
            )
        return sentence(done.words)

    def set_automatic(self, *, on: bool) -> str:
        """Turns the switch."""
        return turn_switch(self._session, on=on)

    def undo(self, identifiers: Sequence[str], *, reason: str) -> str:
        """Takes reminders back that did not leave."""
        session = self._session

        def undone(ledger: Ledger, identifier: str) -> Outcome:
            return reminding.undo_reminding(
                ledger, identifier, actor=session.actor, at=session.now(), reason=reason
            )

        count, refused = self._each(identifiers, undone)
        plural = "s" if count > 1 else ""
        words = f"{letters_words(count)} annulée{plural} ; due{plural} de nouveau."
        if identifiers[0].startswith("V"):
            words = f"{count} déplacement{plural} annulé{plural}."
        return with_refusals(words if count else "", refused)

    def mail(self, *, progress: Progress) -> str:
        """Sends the mails that wait, by the office's server."""
        session = self._session
        with session.writing() as ledger:
            done = mailing.send(
                ledger, settings=self._settings(), actor=session.actor, now=session.now,
                progress=progress,
            )  # fmt: skip
        count = done.sent
        words = f"{count} e-mail{'s' if count > 1 else ''} envoyé{'s' if count > 1 else ''}."
        refused = [f"{one.account_id} : {one.words}" for one in done.unsent]
        stopped = f" {sentence(done.stopped)}" if done.stopped else ""
        return with_refusals(words + stopped, refused)

    def printed(self, letter_ids: Sequence[str]) -> bytes:
        """Returns one PDF with these letters, in their order."""
        with self._session.reading() as ledger:
            return bundle([mailing.letter_file(ledger, letter) for letter in letter_ids])

    def posted(self, letter_ids: Sequence[str], *, on: date, number: str) -> str:
        """Says that letters were posted, on which day, a registered one with its number."""
        session = self._session
        with session.writing() as ledger:
            done = mailing.posted(
                ledger, letter_ids, on=on, number=number, actor=session.actor, at=session.now()
            )
        count = sum(outcome.done for outcome in done)
        plural = "s" if count > 1 else ""
        return f"{letters_words(count)} marquée{plural} postée{plural} le {french_date(on)}."

    def find_accounts(self, words: str) -> list[tuple[str, str]]:
        """Returns the accounts whose code, holder or lots hold every word."""
        with self._session.reading() as ledger:
            accounts = views.accounts(ledger)
        accounts = accounts[accounts["kind"] != "supplier"]
        found = search_rows(accounts, words, "code", "holder", "lots").head(_MOST_FOUND)
        return [
            (f"{code} {holder}".strip(), account_id)
            for code, holder, account_id in zip(
                found["code"], found["holder"], found["account_id"], strict=True
            )
        ]

    def letter(self, board: Board, row_id: str) -> Paper:
        """Returns a letter to read: what would leave, or byte for byte what was made (E18)."""
        account_id = account_of(row_id)
        if not account_id:
            return papers.kept(self._session, board, row_id)
        step = papers.row_of(board.steps, "account_id", account_id)
        if step["state"] == "planned" and account_id not in board.letters:
            letter = self._to_come(account_id, step)
            return papers.coming(board, step, letter, folder=self._templates)
        return papers.coming(board, step, board.letters.get(account_id), folder=self._templates)

    def _to_come(self, account_id: str, step: Row) -> Letter:
        """Returns the letter of a later step, as it would be if nothing is paid."""
        with self._session.reading() as ledger:
            run = self._generate(
                ledger, as_of=step["planned_on"].date(), dry_run=True,
                building_id=str(step["building_id"]), account_ids=[account_id],
            )  # fmt: skip
        if account_id in run.letters:
            return run.letters[account_id]
        raise ParameterError(run.problems.get(account_id, "aucune lettre ne partirait ce jour-là"))


def turn_switch(session: Session, *, on: bool) -> str:
    """Turns automatic generation on or off (DOMAIN B7); returns what was done."""
    with session.writing() as ledger:
        reminding.set_automatic(ledger, on=on, actor=session.actor, at=session.now())
    return "Envoi automatique remis en marche." if on else "Envoi automatique arrêté."


def _left_words(kinds: Sequence[str], refused: Sequence[str]) -> str:
    if kinds:
        counts = {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}
        plural = "s" if len(kinds) > 1 else ""
        words = f"{letters_words(len(kinds))} validée{plural} : {counted_types(counts)}."
        words += f" À envoyer depuis «{NO_BREAK_SPACE}Générées »."
    else:
        words = "Aucune lettre n’est partie."
    return with_refusals(words, refused)


def with_refusals(words: str, refused: Sequence[str]) -> str:
    """Returns what was done, then what was not and why, the first three of them."""
    if not refused:
        return words
    more = f" Et {len(refused) - 3} autres." if len(refused) > 3 else ""
    return f"{words} Pas fait{NO_BREAK_SPACE}: {' · '.join(refused[:3])}.{more}".strip()


def open_reminders(*, templates: Path, as_of: str = "") -> RemindersView:
    """Opens the screen on the ledger of `WORKBENCH_LEDGER`.

    Args:
        templates: folder of the office's texts and layouts.
        as_of: business day; "" takes `WORKBENCH_AS_OF`, else today.
    """
    return RemindersView(LedgerDesk(open_session(as_of=as_of), templates=templates))
