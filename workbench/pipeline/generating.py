"""A run of reminders: what is due on a day leaves, or waits for a person to validate it.

What is due is planned (`planning`), drafted (`reminder_letters`), set, and written in small
transactions: a run that is killed has written some accounts whole and the others not at all, and
the next run goes on. Each transaction looks again at what changed since the plan, so that two runs
at once send nothing twice.

Source: DOMAIN B5 to B8, E12, E18; docs/decisions/0019-reminders.md.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pandas as pd
from sqlalchemy import Connection

from workbench.documents import letters
from workbench.documents.letter_kinds import Letter, LetterKind
from workbench.documents.typesetting import LayoutError
from workbench.domain.errors import ParameterError
from workbench.domain.progress import Progress
from workbench.ledger import journal, outbox, reminder_rows
from workbench.ledger import reminding as generated
from workbench.ledger.reminder_rows import MadeLetter, MadeReminder, Numbers
from workbench.ledger.store import Ledger
from workbench.pipeline import dry_running, invoicing
from workbench.pipeline.planning import WAITING, Plan, plan_on
from workbench.pipeline.reminder_letters import Desk, Draft, Wanted, open_desk
from workbench.pipeline.settings import Settings
from workbench.reminders.plan import Step, StepState

SENT: Final = "sent"
_COLUMNS: Final = {
    "reminder": "str", "letter": "str", "account_id": "str", "building_id": "str", "kind": "str",
    "planned_on": "datetime64[s]", "amount_cents": "int64", "channel": "str", "state": "str",
    "fee_cents": "int64",
}  # fmt: skip
# Letters of one transaction: a killed run loses at most the setting of so many.
_TOGETHER: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """What a run did, or would do.

    Attributes:
        plan: what it went by.
        reminders: one row a reminder: `reminder` (R12, "" in a dry run), `letter` (C12, ""),
            `account_id, building_id, kind, planned_on` (datetime64), `amount_cents, channel,
            state` (sent; waiting: for a person to validate it), `fee_cents`.
        letters: account -> its letter, as it left or would leave.
        blocked: rows of the plan's frame that are blocked.
        problems: account -> why its reminder is due and cannot be made, and what to do.
        warnings: account -> what to look at although it left.
        changes: what differs from the last dry run, French lines; empty in a real run.
    """

    plan: Plan
    reminders: pd.DataFrame
    letters: Mapping[str, Letter]
    blocked: pd.DataFrame
    problems: Mapping[str, str]
    warnings: Mapping[str, str]
    changes: tuple[str, ...] = ()


def generate(
    ledger: Ledger,
    *,
    as_of: date,
    dry_run: bool,
    actor: str,
    at: datetime,
    settings: Settings,
    folder: Path,
    building_id: str = "",
    account_ids: Collection[str] | None = None,
    progress: Progress | None = None,
) -> Generated:
    """Generates the reminders that are due on a day; run again, it generates what is left.

    Args:
        ledger: opened for writing; read-only is enough for a dry run, which then is not compared
            with the last one.
        as_of: the business date: that of the letters, and on which they leave.
        dry_run: only say what would leave.
        actor: who runs it.
        at: when.
        settings: of the office.
        folder: the office's templates.
        building_id: one building; "" for the portfolio.
        account_ids: only those; None for all that are due.
        progress: told after each letter.

    Raises:
        ParameterError: no such building, or a table of the templates is wrong.

    Source: DOMAIN B5 to B8.
    """
    with ledger.reading() as connection:
        seen = journal.head(connection).seq
    plan = plan_on(ledger, as_of=as_of, building_id=building_id)
    if building_id and building_id not in plan.states.names:
        raise ParameterError(f"immeuble inconnu : {building_id}")
    desk = open_desk(ledger, plan, office=settings.office, folder=folder)
    drafts, problems = _drafts(plan, desk, _due(plan, account_ids))
    if dry_run:
        rows = [_row(draft, None) for draft in drafts]
        changes = dry_running.changes(ledger, plan, building_id=building_id)
        return _generated(plan, drafts, rows, problems, changes)
    run = _Run(ledger, plan, seen=seen, building_id=building_id, actor=actor, at=at)
    made = list(run.written(drafts, problems, folder=folder, progress=progress))
    kept = [draft for draft, _ in made]
    return _generated(plan, kept, [_row(*pair) for pair in made], problems, ())


def _due(plan: Plan, account_ids: Collection[str] | None) -> list[Step]:
    waiting = set(plan.frame.loc[plan.frame["reminder_id"] > 0, "account_id"])
    return [
        step
        for step in plan.steps
        if step.state is StepState.DUE
        and step.account_id not in waiting
        and (account_ids is None or step.account_id in account_ids)
    ]


def _drafts(plan: Plan, desk: Desk, steps: Sequence[Step]) -> tuple[list[Draft], dict[str, str]]:
    drafts: list[Draft] = []
    problems: dict[str, str] = {}
    for step in steps:
        types = {one.type: one for one in plan.types[step.building_id]}
        assert step.planned_on is not None  # noqa: S101 - a step that is due has a day
        wanted = Wanted(step.account_id, types[step.kind], step.planned_on, step.amount_cents)
        draft = desk.draft(wanted)
        if isinstance(draft, Draft):
            drafts.append(draft)
        else:
            problems[step.account_id] = draft
    return drafts, problems


class _Run:
    """One run's writing: batch after batch, each looking again at what changed meanwhile."""

    def __init__(
        self, ledger: Ledger, plan: Plan, *, seen: int, building_id: str, actor: str, at: datetime
    ) -> None:
        self._ledger = ledger
        self._as_of = plan.as_of
        self._due = _by_step(_due(plan, None))
        self._seen = seen
        self._building_id = building_id
        self._actor = actor
        self._at = at

    def written(
        self,
        drafts: Sequence[Draft],
        problems: dict[str, str],
        *,
        folder: Path,
        progress: Progress | None,
    ) -> Iterator[tuple[Draft, Numbers]]:
        """Sets and writes drafts, and yields those that were; adds to `problems` the others."""
        done = 0
        for batch in _batches(_typeset(drafts, problems, folder=folder)):
            yield from self._write(batch)
            done += len(batch)
            if progress:
                progress(done, len(drafts), batch[-1][0].account_id)

    def _write(self, batch: Sequence[tuple[Draft, bytes]]) -> list[tuple[Draft, Numbers]]:
        with self._ledger.writing() as connection:
            kept = self._still_due(connection, batch)
            numbers = record(
                connection, kept, on=self._as_of, by_hand=False, again=self._again(kept),
                actor=self._actor, at=self._at,
            )  # fmt: skip
            self._seen = journal.head(connection).seq
        return [(draft, ids) for (draft, _), ids in zip(kept, numbers, strict=True)]

    def _again(self, kept: Sequence[tuple[Draft, bytes]]) -> list[int]:
        """Counts those taken back only: one that stands makes the table itself refuse another."""
        return again_numbers(self._ledger, [draft for draft, _ in kept], cancelled_only=True)

    def _still_due(
        self, connection: Connection, batch: Sequence[tuple[Draft, bytes]]
    ) -> list[tuple[Draft, bytes]]:
        """Returns the drafts whose step is the same after what others wrote since the plan."""
        if journal.head(connection).seq != self._seen:
            now = plan_on(self._ledger, as_of=self._as_of, building_id=self._building_id)
            # Holds for every later batch too: what others wrote by now, they wrote.
            self._due = _by_step(_due(now, None))
        kept: list[tuple[Draft, bytes]] = []
        for draft, pdf in batch:
            step = self._due.get((draft.account_id, draft.step_type.type, draft.planned_on))
            if step is not None and step.amount_cents == draft.amount_cents:
                kept.append((draft, pdf))
        return kept


def _by_step(steps: Sequence[Step]) -> dict[tuple[str, str, date | None], Step]:
    return {(step.account_id, step.kind, step.planned_on): step for step in steps}


def _batches(pairs: Iterator[tuple[Draft, bytes]]) -> Iterator[list[tuple[Draft, bytes]]]:
    while batch := list(islice(pairs, _TOGETHER)):
        yield batch


def _typeset(
    drafts: Sequence[Draft], problems: dict[str, str], *, folder: Path
) -> Iterator[tuple[Draft, bytes]]:
    """Yields each draft with its PDF; a layout that fails for one leaves the others alone.

    One that fails before it made any page is wrong for every letter of its kind: a layout that
    turns in circles would else take its time for each of thousands.
    """
    left = list(drafts)
    made: set[LetterKind] = set()
    while left:
        done = 0
        try:
            for pdf in letters.typeset_each((draft.letter for draft in left), folder=folder):
                made.add(left[done].letter.kind)
                yield left[done], pdf
                done += 1
        except LayoutError as error:
            kind = left[done].letter.kind
            wrong = [left[done]] if kind in made else [d for d in left if d.letter.kind is kind]
            problems.update({draft.account_id: str(error) for draft in wrong})
            left = [draft for draft in left[done:] if draft not in wrong]
        else:
            return


def record(
    connection: Connection,
    drafts: Sequence[tuple[Draft, bytes]],
    *,
    on: date,
    by_hand: bool,
    again: Sequence[int],
    actor: str,
    at: datetime,
) -> list[Numbers]:
    """Writes reminders with their letters; those that leave go to the outbox and are charged.

    Args:
        connection: of `Ledger.writing`.
        drafts: each with its PDF.
        on: the day they leave.
        by_hand: a person sends them: they wait for nobody.
        again: how many there are already of the same account, type and day.
        actor: who sends.
        at: when.
    """
    made = [
        MadeReminder(
            account_id=draft.account_id, building_id=draft.building_id, kind=draft.step_type.type,
            planned_on=draft.planned_on, amount_cents=draft.amount_cents, by_hand=by_hand,
            again=number, leaves=by_hand or draft.step_type.is_automatic,
            letter=_made_letter(draft, pdf),
        )
        for (draft, pdf), number in zip(drafts, again, strict=True)
    ]  # fmt: skip
    if not made:
        return []
    numbers = reminder_rows.record_reminders(connection, made, on=on, actor=actor, at=at)
    leaving = [
        (draft, ids)
        for (draft, _), one, ids in zip(drafts, made, numbers, strict=True)
        if one.leaves
    ]
    outbox.queue(connection, [ids.letter_id for _, ids in leaving], actor=actor, at=at)
    charged = [
        invoicing.NewInvoice(ids.reminder_id, draft.account_id, draft.building_id, draft.fee)
        for draft, ids in leaving
        if draft.fee is not None
    ]
    invoicing.issue(connection, charged, issued_on=on, actor=actor, at=at)
    return numbers


def again_numbers(
    ledger: Ledger, drafts: Sequence[Draft], *, cancelled_only: bool = False
) -> list[int]:
    """Returns how many reminders there are of the same account, type and day."""
    known = generated.counts(ledger, cancelled_only=cancelled_only)
    return [
        known.get((draft.account_id, draft.step_type.type, draft.planned_on.isoformat()), 0)
        for draft in drafts
    ]


def _made_letter(draft: Draft, pdf: bytes) -> MadeLetter:
    letter = draft.letter
    recipient = letter.recipient
    return MadeLetter(
        kind=str(letter.kind), channel=str(letter.channel), file_name=letters.file_name(letter),
        content=pdf, reference=letter.reference,
        address="\n".join((recipient.name, *recipient.lines)), to_address=draft.to_address,
        subject=draft.mail.subject if draft.mail else "",
        body=draft.mail.body if draft.mail else "",
    )  # fmt: skip


def _row(draft: Draft, ids: Numbers | None) -> dict[str, Any]:
    return {
        "reminder": f"R{ids.reminder_id}" if ids else "",
        "letter": f"C{ids.letter_id}" if ids else "",
        "account_id": draft.account_id,
        "building_id": draft.building_id,
        "kind": draft.step_type.type,
        "planned_on": draft.planned_on,
        "amount_cents": draft.amount_cents,
        "channel": str(draft.letter.channel),
        "state": SENT if draft.step_type.is_automatic else WAITING,
        "fee_cents": draft.fee.amount_cents if draft.fee else 0,
    }


def _generated(
    plan: Plan,
    drafts: Sequence[Draft],
    rows: Sequence[Mapping[str, Any]],
    problems: Mapping[str, str],
    changes: tuple[str, ...],
) -> Generated:
    frame = pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)
    return Generated(
        plan=plan,
        reminders=frame,
        letters={draft.account_id: draft.letter for draft in drafts},
        blocked=plan.frame[plan.frame["state"] == StepState.BLOCKED].reset_index(drop=True),
        problems=dict(problems),
        warnings={d.account_id: " ; ".join(d.warnings) for d in drafts if d.warnings},
        changes=changes,
    )
