"""What people decide, from the command line and from the notebooks: accept, reject, undo, link.

Nothing is decided twice; the second to decide is told who did and when (DOMAIN A10). Every call is
one transaction: all of it is written, or nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection

from workbench.domain.errors import DecisionRefusedError, ParameterError
from workbench.domain.money import french_euros
from workbench.ledger import decisions, proposing
from workbench.ledger.decisions import Decision, Line, Verdict
from workbench.ledger.store import Ledger

MANUAL: Final = "manual"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one identifier given to accept, reject, undo or link.

    Attributes:
        identifier: as given.
        done: False when it was so already and nothing was written.
        words: French sentence.
        allocation_ids: links written or undone.
    """

    identifier: str
    done: bool
    words: str
    allocation_ids: tuple[str, ...] = ()


def accept(
    ledger: Ledger, identifiers: Sequence[str], *, actor: str, at: datetime
) -> list[Outcome]:
    """Accepts proposals: by their identifier, or a movement's best one.

    Args:
        ledger: opened for writing.
        identifiers: `P…` proposals or `M…` movements.
        actor: who accepts.
        at: when.

    Raises:
        ParameterError: no such proposal or movement; nothing is written.
        DecisionRefusedError: somebody decided meanwhile; nothing is written.
    """
    outcomes: list[Outcome] = []
    with ledger.writing() as connection:
        for identifier in identifiers:
            done = proposing.accepted_lines(connection, identifier)
            if done:
                who = proposing.who_decided(connection, done[0].seq)
                ids = tuple(f"A{line.allocation_id}" for line in done)
                outcomes.append(Outcome(identifier, False, f"déjà accepté {who}", ids))
                continue
            proposal = proposing.find_proposal(connection, identifier)
            if proposal is None:
                raise ParameterError(f"aucune proposition en attente pour {identifier}")
            _refuse_if_used(connection, proposal)
            decision = Decision(
                action="accept", subject=proposal.movement_id, lines=proposal.lines,
                rule=proposal.rule, confidence=proposal.confidence, reasons=proposal.reasons,
                proposal_id=proposal.proposal_id,
            )  # fmt: skip
            ids = _record(connection, decision, actor=actor, at=at)
            total = sum(line.amount_cents for line in proposal.lines)
            words = f"accepté : {french_euros(total)} sur le compte {proposal.account_id}"
            outcomes.append(Outcome(identifier, True, words, ids))
    return outcomes


def reject(
    ledger: Ledger, identifiers: Sequence[str], *, actor: str, at: datetime
) -> list[Outcome]:
    """Rejects proposals: the account is not proposed again for that movement.

    Args:
        ledger: opened for writing.
        identifiers: `P…` one proposal, `M…` every waiting proposal of a movement.
        actor: who rejects.
        at: when.

    Raises:
        ParameterError: no such proposal or movement; nothing is written.
    """
    outcomes: list[Outcome] = []
    with ledger.writing() as connection:
        for identifier in identifiers:
            pairs = proposing.proposed_accounts(connection, identifier)
            if not pairs:
                raise ParameterError(f"aucune proposition pour {identifier}")
            new = [
                p for p in pairs if not proposing.is_rejected(connection, p.item_id, p.account_id)
            ]
            verdicts = tuple(
                Verdict(item_id=p.item_id, kind="rejected", account_id=p.account_id) for p in new
            )
            if verdicts:
                decision = Decision(
                    action="reject", subject=pairs[0].movement_id, verdicts=verdicts
                )
                decisions.record(connection, [decision], actor=actor, at=at)
            accounts = ", ".join(sorted({p.account_id for p in pairs}))
            words = f"compte {accounts} rejeté" if new else f"compte {accounts} déjà rejeté"
            outcomes.append(Outcome(identifier, bool(new), words))
    return outcomes


def undo(
    ledger: Ledger, identifiers: Sequence[str], *, actor: str, at: datetime, reason: str = ""
) -> list[Outcome]:
    """Takes decisions back; what was decided stays in the history (DOMAIN A10).

    Args:
        ledger: opened for writing.
        identifiers: `A…` a link (its whole decision is undone), `P…` the decision that accepted a
            proposal, `M…` everything standing on a movement: links, rejections, set aside.
        actor: who takes it back.
        at: when.
        reason: why, in the person's words.

    Raises:
        ParameterError: no such decision; nothing is written.
    """
    outcomes: list[Outcome] = []
    with ledger.writing() as connection:
        for identifier in identifiers:
            standing = proposing.standing_decision(connection, identifier)
            if standing is None:
                raise ParameterError(f"aucune décision à annuler pour {identifier}")
            if not standing.lines and not standing.verdicts:
                outcomes.append(Outcome(identifier, False, "déjà annulé"))
                continue
            decision = Decision(
                action="undo", subject=standing.subject, lines=standing.lines,
                verdicts=standing.verdicts, rule=MANUAL, words=reason,
            )  # fmt: skip
            _record(connection, decision, actor=actor, at=at)
            total = -sum(line.amount_cents for line in standing.lines)
            words = f"annulé : {french_euros(total)}" if total else "annulé"
            ids = tuple(f"A{line.reverses}" for line in standing.lines)
            outcomes.append(Outcome(identifier, True, words, ids))
    return outcomes


def link(
    ledger: Ledger,
    movement: str,
    wanted: Sequence[tuple[str, int | None]],
    *,
    actor: str,
    at: datetime,
) -> Outcome:
    """Links a movement to dues by hand, or to the movement that answers it.

    Args:
        ledger: opened for writing.
        movement: its identifier.
        wanted: (due or movement, cents) in order; None takes as much as both sides have left.
        actor: who links.
        at: when.

    Raises:
        ParameterError: no such movement or due, or an amount that is not positive.
        DecisionRefusedError: more than is left, or another building; nothing is written.

    Source: DOMAIN A9, D4; LAW L7.
    """
    with ledger.writing() as connection:
        item = proposing.movement_item(connection, movement)
        left = item.open_cents
        lines: list[Line] = []
        for due_id, cents in wanted:
            due = proposing.target_item(connection, due_id)
            if (due.open_cents > 0) != (left > 0 if left else item.amount_cents > 0):
                raise DecisionRefusedError(
                    f"{due_id} et ce mouvement vont dans le même sens : "
                    "l'un doit réduire l'autre. Rien n'a été écrit"
                )
            amount = min(abs(left), abs(due.open_cents)) if cents is None else cents
            if cents is not None and cents <= 0:
                raise ParameterError(f"le montant affecté à {due_id} doit être positif")
            if amount == 0 or amount > abs(left) or amount > abs(due.open_cents):
                raise DecisionRefusedError(
                    f"reste {french_euros(abs(left))} sur le mouvement et "
                    f"{french_euros(abs(due.open_cents))} sur {due_id}. "
                    "Rien n'a été écrit"
                )
            left -= amount if left > 0 else -amount
            lines.append(
                decisions.joined(
                    item.item_id, due.item_id, item.amount_cents, amount, due.account_id, item.day
                )
            )
        decision = Decision(action="link", subject=movement, lines=tuple(lines), rule=MANUAL)
        ids = _record(connection, decision, actor=actor, at=at)
    total = sum(line.amount_cents for line in lines)
    return Outcome(movement, True, f"rapproché : {french_euros(total)}", ids)


def _record(
    connection: Connection, decision: Decision, *, actor: str, at: datetime
) -> tuple[str, ...]:
    (seq,) = decisions.record(connection, [decision], actor=actor, at=at)
    return tuple(f"A{number}" for number in proposing.allocations_of(connection, seq))


def _refuse_if_used(connection: Connection, proposal: proposing.Proposal) -> None:
    """Tells who decided what meanwhile, in place of a refusal nobody understands."""
    items = [i for line in proposal.lines for i in (line.credit_item, line.debit_item)]
    left = decisions.open_cents(connection, items)
    for line in proposal.lines:
        if min(abs(left[line.credit_item]), abs(left[line.debit_item])) >= line.amount_cents:
            continue
        seq = proposing.last_decision_on(connection, (line.credit_item, line.debit_item))
        who = proposing.who_decided(connection, seq) if seq else ""
        raise DecisionRefusedError(f"déjà rapproché {who} : rien n'a été écrit")
