"""An auditor at work on one building: what he looks at, what he decides, what comes next.

Knows nothing of screens: every decision is one function of the pipeline, the ledger is opened anew
for each, and what is remembered here is only where one stands.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, TypedDict

import pandas as pd

from workbench.domain.errors import DecisionRefusedError, ParameterError
from workbench.ledger.store import Ledger
from workbench.pipeline import case as cases
from workbench.pipeline import deciding, entering, sampling
from workbench.pipeline import reconciliation_queue as queues
from workbench.pipeline.case import AccountName, Case, CaseDue, Proposed
from workbench.pipeline.deciding import Outcome
from workbench.pipeline.missing_words import RETURN_RULE, WorkState
from workbench.pipeline.recent_decisions import RecentDecision, recent_decisions
from workbench.pipeline.reconciliation_queue import ReconciliationQueue

# More at once nobody has looked at.
MOST_TOGETHER: Final = 50
RECENT_SHOWN: Final = 2
_OPENS = Callable[[], AbstractContextManager[Ledger]]


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Somebody decided on a movement: who, and when (ISO text, UTC)."""

    actor: str
    at: str


class _By(TypedDict):
    """Who decides, and when: what every decision is given."""

    actor: str
    at: datetime


class Desk:
    """One auditor and one building.

    Attributes:
        queue: what is to reconcile; None before a building is opened.
        case: the movement that is looked at; None when none is.
        proposed: which of its accounts; None when there is none.
        dues: what is open of that account.
        plan: cents that will be settled of each due, by item.
    """

    def __init__(
        self,
        *,
        reading: _OPENS,
        writing: _OPENS,
        actor: str,
        now: Callable[[], datetime],
        as_of: Callable[[], date],
    ) -> None:
        """Sits down; opens nothing yet. The arguments are those of a screen's session."""
        self._reading, self._writing = reading, writing
        self._actor, self._now, self._as_of = actor, now, as_of
        self.queue: ReconciliationQueue | None = None
        self.case: Case | None = None
        self.proposed: Proposed | None = None
        self.dues: tuple[CaseDue, ...] = ()
        self.plan: dict[int, int] = {}
        self._names: dict[str, AccountName] = {}

    # --- looking

    def buildings(self) -> pd.DataFrame:
        """Returns the buildings to choose from: building_id, name."""
        with self._reading() as ledger:
            return queues.buildings_with_work(ledger)

    def open(self, building_id: str) -> ReconciliationQueue:
        """Opens a building, or reads the open one again from the start."""
        with self._reading() as ledger:
            self.queue = queues.reconciliation_queue(
                ledger, building_id=building_id, as_of=self._as_of(), actor=self._actor,
                at=self._now(),
            )  # fmt: skip
        self._names = cases.account_names(self.queue.accounts)
        self.leave()
        return self.queue

    def refresh(self) -> ReconciliationQueue:
        """Reads what changed since; the case stays as it was read."""
        queue = self._opened()
        with self._reading() as ledger:
            self.queue = queues.renewed(
                ledger, queue, as_of=self._as_of(), actor=self._actor, at=self._now()
            )
        return self.queue

    @property
    def recent(self) -> list[RecentDecision]:
        """What was last decided here, by anybody, the last one first."""
        called = {key: f"{name.code} {name.holder}" for key, name in self._names.items()}
        return recent_decisions(self._opened().recent[:RECENT_SHOWN], names=called)

    def choose(self, facts: Mapping[str, Any]) -> Case:
        """Looks at a movement, its best proposal first.

        Args:
            facts: its row of the queue, now or earlier.
        """
        queue = self._opened()
        with self._reading() as ledger:
            self.case = cases.movement_case(
                ledger, facts, names=self._names, building_id=queue.building_id
            )
            proposals = self.case.proposals
            self._look_at(ledger, proposals[0] if proposals else None)
        return self.case

    def propose(self, place: int) -> None:
        """Looks at another of its proposals, from 0; one that is not there changes nothing."""
        case = self._looked_at()
        if 0 <= place < len(case.proposals):
            with self._reading() as ledger:
                self._look_at(ledger, case.proposals[place])

    def search(self, account_id: str) -> None:
        """Looks at an account that the engine did not propose; the oldest dues are planned."""
        case = self._looked_at()
        with self._reading() as ledger:
            self._look_at(ledger, cases.searched_account(self._names, account_id))
        self.plan = cases.by_law(case, self.dues)

    def tick(self, item_id: int, *, on: bool) -> None:
        """Settles a due with the movement, or no longer; what is ticked is paid oldest first."""
        case = self._looked_at()
        ticked = {item for item, cents in self.plan.items() if cents}
        ticked = ticked | {item_id} if on else ticked - {item_id}
        if self.proposed is not None and ticked == set(self.proposed.parts):
            self.plan = dict(self.proposed.parts)
        else:
            self.plan = cases.by_law(case, [due for due in self.dues if due.item_id in ticked])

    def leaves(self) -> str:
        """Returns what the plan leaves, in one sentence; "" without an account."""
        if self.case is None or self.proposed is None or not self.can_tick:
            return ""
        return cases.due_sentence(self.case, self.dues, self.plan)

    @property
    def can_tick(self) -> bool:
        """Whether which dues are settled can be chosen: not of a return or a link that stands."""
        return (
            self.proposed is not None
            and self.case is not None
            and bool(self.proposed.account_ids)
            and self.proposed.rule != RETURN_RULE
            and bool(self.case.open_cents)
        )

    def decided_meanwhile(self) -> Meanwhile | None:
        """Returns who settled the movement that is looked at; None when nobody did."""
        links = self._looked_at().links
        if not links:
            return None
        last = max(links, key=lambda link: link.at)
        return Meanwhile(last.actor, last.at)

    # --- deciding

    def accept(self) -> Outcome:
        """Accepts what is planned: the proposal as it is, or the dues that were ticked.

        Raises:
            DecisionRefusedError: decided meanwhile, or more than is open; nothing is written.
            ParameterError: nothing is planned.
        """
        case, proposed = self._looked_at(), self.proposed
        if case.link_id:
            return self._judge(sampling.RIGHT, "")
        if proposed is None:
            raise ParameterError("aucun compte n'est proposé : en chercher un")
        with self._writing() as ledger:
            if proposed.proposal_id and self.plan == dict(proposed.parts):
                return self._fresh(deciding.accept(ledger, [proposed.proposal_id], **self._by()))
            due_ids = {due.item_id: due.due_id for due in self.dues}
            wanted = [(due_ids[item], cents) for item, cents in self.plan.items() if cents]
            if not wanted:
                raise ParameterError("aucune échéance n'est cochée")
            return deciding.link(ledger, case.movement_id, wanted, **self._by())

    def reject(self) -> Outcome:
        """Rejects the proposal that is looked at; the account is not proposed again.

        Raises:
            ParameterError: nothing is proposed.
        """
        proposed = self.proposed
        if proposed is None or not proposed.proposal_id:
            raise ParameterError("rien n'est proposé ici : rien à rejeter")
        with self._writing() as ledger:
            return self._fresh(deciding.reject(ledger, [proposed.proposal_id], **self._by()))

    def judge_wrong(self, reason: str) -> Outcome:
        """Says of a drawn link that it is wrong: it is undone with that."""
        return self._judge(sampling.WRONG, reason)

    def _judge(self, verdict: str, reason: str) -> Outcome:
        link_id = self._looked_at().link_id
        if not link_id:
            raise ParameterError("ce mouvement n'est pas à contrôler")
        with self._writing() as ledger:
            return self._fresh(
                sampling.judge(ledger, [(link_id, verdict)], reason=reason, **self._by())
            )

    def put_on_account(self) -> Outcome:
        """Keeps what is left of the movement for the account that is looked at.

        Raises:
            ParameterError: no account is looked at, or several.
            DecisionRefusedError: money out, or nothing left; nothing is written.
        """
        case, proposed = self._looked_at(), self.proposed
        if proposed is None or len(proposed.account_ids) != 1:
            raise ParameterError("choisir d'abord un seul compte : le chercher")
        with self._writing() as ledger:
            return entering.put_on_account(
                ledger, case.movement_id, [(proposed.account_ids[0], None)], as_of=self._as_of(),
                **self._by(),
            )  # fmt: skip

    def set_aside(self, reason: str, words: str) -> Outcome:
        """Says that the movement needs no link, and why.

        Args:
            reason: code of `entering.ASIDE_REASONS`.
            words: more, in one's own words.
        """
        case = self._looked_at()
        with self._writing() as ledger:
            return self._fresh([
                entering.set_aside(
                    ledger, case.movement_id, reason=reason, words=words, **self._by()
                )
            ])  # fmt: skip

    def undo(self, identifier: str, reason: str) -> Outcome:
        """Takes a decision back.

        Args:
            identifier: as `deciding.undo` takes it.
            reason: why; never empty.

        Raises:
            ParameterError: no reason, or nothing to undo.
        """
        if not reason.strip():
            raise ParameterError("dire pourquoi : le motif reste dans l'historique")
        with self._writing() as ledger:
            return deciding.undo(ledger, [identifier], reason=reason.strip(), **self._by())[0]

    def together(self, rule: str, *, period: str = "") -> pd.DataFrame:
        """Returns the proposals of one evidence class that can be accepted together.

        At most `MOST_TOGETHER`, the oldest movement first; what differs in amount, or could be of
        several accounts, is looked at one by one.

        Args:
            rule: the class.
            period: of one month, `2026-10`; "" for all.

        Columns of `ReconciliationQueue.frame`.
        """
        among = self._opened().as_frame(period=period)
        fitting = (among["rule"] == rule) & (among["state"] == WorkState.PROPOSED)
        return among[fitting].sort_values(["booked_on", "movement_id"]).head(MOST_TOGETHER)

    def accept_together(self, proposal_ids: Sequence[str]) -> list[Outcome]:
        """Accepts proposals that were looked at together: all of them, or none.

        Raises:
            DecisionRefusedError: one was decided meanwhile; nothing is written.
        """
        with self._writing() as ledger:
            return deciding.accept(ledger, proposal_ids, **self._by())

    def _fresh(self, outcomes: Sequence[Outcome]) -> Outcome:
        """Returns the one outcome; what somebody else did already is a refusal here."""
        outcome = outcomes[0]
        if not outcome.done:
            raise DecisionRefusedError(f"{outcome.words} : rien n'a été écrit")
        return outcome

    def _look_at(self, ledger: Ledger, proposed: Proposed | None) -> None:
        case = self._looked_at()
        self.proposed = proposed
        self.dues = cases.case_dues(ledger, case, proposed) if proposed else ()
        self.plan = dict(proposed.parts) if proposed else {}

    def leave(self) -> None:
        """Looks at no movement any more."""
        self.case, self.proposed, self.dues, self.plan = None, None, (), {}

    def _by(self) -> _By:
        return {"actor": self._actor, "at": self._now()}

    def _opened(self) -> ReconciliationQueue:
        if self.queue is None:
            raise ParameterError("aucun immeuble n'est ouvert")
        return self.queue

    def _looked_at(self) -> Case:
        if self.case is None:
            raise ParameterError("aucun mouvement n'est choisi")
        return self.case
