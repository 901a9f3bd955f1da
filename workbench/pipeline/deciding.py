"""What people decide, from the command line and from the notebooks: accept, reject, undo, link.

Nothing is decided twice; the second to decide is told who did and when (DOMAIN A10). Every call is
one transaction: all of it is written, or nothing.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from workbench.domain.errors import DecisionRefusedError, ParameterError
from workbench.domain.money import french_euros
from workbench.ledger import decisions, entered, proposing, returning, teaching
from workbench.ledger.decisions import Decision, Line, Verdict
from workbench.ledger.proposing import Proposal
from workbench.ledger.returning import Return
from workbench.ledger.store import Ledger
from workbench.matching import deposits

MANUAL: Final = "manual"
_OF_REMINDERS: Final = re.compile(r"[RVSFCrvsfc][0-9]{1,12}")


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
            decision = _acceptance(connection, proposal)
            ids = _record(connection, decision, actor=actor, at=at)
            total = sum(line.amount_cents for line in proposal.lines)
            on = f" sur le compte {proposal.account_id}" if proposal.account_id else ""
            words = f"accepté : {french_euros(total)}{on}"
            outcomes.append(Outcome(identifier, True, words, ids))
    return outcomes


def _acceptance(connection: Connection, proposal: Proposal) -> Decision:
    """Returns the decision that accepting a proposal is.

    Raises:
        DecisionRefusedError: somebody decided meanwhile.
    """
    if proposal.rule == returning.RETURN:
        decision = returning.return_decision(connection, _taken(proposal))
        if decision is None:
            raise DecisionRefusedError(
                "le paiement n'est plus entier : il a été rendu ou annulé. Rien n'a été écrit"
            )
        return decision
    _refuse_if_used(connection, proposal)
    is_net = proposal.rule == deposits.NET
    return Decision(
        action="accept", subject=proposal.movement_id, lines=proposal.lines,
        verdicts=returning.fee_verdicts(connection, proposal.lines) if is_net else (),
        rule=proposal.rule, confidence=proposal.confidence, reasons=proposal.reasons,
        proposal_id=proposal.proposal_id,
    )  # fmt: skip


def _taken(proposal: Proposal) -> Return:
    """Returns the return that a proposal is of: its movement on one side of each line."""
    payments = [
        (line.debit_item, line.debit_part)
        if line.credit_item == proposal.item_id
        else (line.credit_item, line.credit_part)
        for line in proposal.lines
    ]
    return Return(
        subject=proposal.movement_id, pairs=proposal.lines,
        payments=tuple(item for item, _ in payments), parts=tuple(part for _, part in payments),
        on=proposal.lines[0].effective_on,
        words=str(json.loads(proposal.reasons).get("returned", "")),
        confidence=proposal.confidence, reasons=proposal.reasons, proposal_id=proposal.proposal_id,
    )  # fmt: skip


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
                p
                for p in pairs
                if not proposing.is_rejected(connection, p.item_id, p.account_id, p.proposal_id)
            ]
            verdicts = tuple(
                Verdict(
                    item_id=p.item_id, kind="rejected", account_id=p.account_id,
                    reason=p.proposal_id,
                )
                for p in new
            )  # fmt: skip
            if verdicts:
                decision = Decision(
                    action="reject", subject=pairs[0].movement_id, verdicts=verdicts
                )
                decisions.record(connection, [decision], actor=actor, at=at)
            accounts = ", ".join(sorted({p.account_id for p in pairs} - {""}))
            what = f"compte {accounts} " if accounts else ""
            words = f"{what}rejeté" if new else f"{what}déjà rejeté"
            outcomes.append(Outcome(identifier, bool(new), words))
    return outcomes


def undo(
    ledger: Ledger, identifiers: Sequence[str], *, actor: str, at: datetime, reason: str = ""
) -> list[Outcome]:
    """Takes decisions back; what was decided stays in the history (DOMAIN A10).

    Args:
        ledger: opened for writing.
        identifiers: `A…` a link (its whole decision is undone), `P…` the decision that accepted a
            proposal, `M…` everything standing on a movement: links, rejections, set aside;
            `L…` the revocation of something learnt; `wb-ajout-…` a due that a person added. Or,
            apart from those and each in a transaction of its own: `R…` a reminder, `V…` a moved
            date, `S…` a snooze, `F…` a fee's invoice, `C…` what was said of a letter (see
            `reminding`).
        actor: who takes it back.
        at: when.
        reason: why, in the person's words.

    Raises:
        ParameterError: no such decision; nothing is written.
    """
    if any(_OF_REMINDERS.fullmatch(identifier) for identifier in identifiers):
        return _undo_reminding(ledger, identifiers, actor=actor, at=at, reason=reason)
    outcomes: list[Outcome] = []
    with ledger.writing() as connection:
        for identifier in identifiers:
            if teaching.was_forgotten(connection, identifier):
                outcomes.append(_remembered(connection, identifier, actor, at, reason))
                continue
            if (due := entered.added_due(connection, identifier)) is not None:
                outcomes.append(_removed(connection, due, actor, at, reason))
                continue
            standing = proposing.standing_decision(connection, identifier)
            if standing is None:
                raise ParameterError(f"aucune décision à annuler pour {identifier}")
            if not standing.lines and not standing.verdicts:
                outcomes.append(Outcome(identifier, False, "déjà annulé"))
                continue
            take_back(connection, standing, actor=actor, at=at, reason=reason)
            total = -sum(line.amount_cents for line in standing.lines)
            words = f"annulé : {french_euros(total)}" if total else "annulé"
            ids = tuple(f"A{line.reverses}" for line in standing.lines)
            outcomes.append(Outcome(identifier, True, words, ids))
    return outcomes


def _undo_reminding(
    ledger: Ledger, identifiers: Sequence[str], *, actor: str, at: datetime, reason: str
) -> list[Outcome]:
    # Imported here: that room's decisions have the outcomes of this one.
    from workbench.pipeline.reminding import undo_reminding  # noqa: PLC0415

    others = [i for i in identifiers if not _OF_REMINDERS.fullmatch(i)]
    if others:
        raise ParameterError(
            f"annuler {others[0]} à part : les relances (R, V, S, F, C) ne s’annulent pas avec "
            "les rapprochements"
        )
    return [undo_reminding(ledger, i, actor=actor, at=at, reason=reason) for i in identifiers]


def _refuse_if_paid_since(connection: Connection, standing: proposing.Standing) -> None:
    """Refuses to give a payment back to a due that another one has settled since the return."""
    lines = [line for decision in standing.restored for line in decision.lines]
    sides = {i for line in standing.lines for i in (line.credit_item, line.debit_item)}
    settled = [
        (item, line.amount_cents)
        for line in lines
        for item in (line.credit_item, line.debit_item)
        if item not in sides
    ]
    left = decisions.open_cents(connection, [item for item, _ in settled])
    for item, cents in settled:
        left[item] = abs(left[item]) - cents
        if left[item] < 0:
            seq = proposing.last_decision_on(connection, (item,))
            who = proposing.who_decided(connection, seq) if seq else ""
            raise DecisionRefusedError(
                f"l'échéance a été réglée autrement depuis le rejet, {who} : annuler d'abord "
                "ce règlement. Rien n'a été écrit"
            )


def take_back(
    connection: Connection,
    standing: proposing.Standing,
    *,
    actor: str,
    at: datetime,
    reason: str,
) -> None:
    """Undoes what stands, with a person's own reason.

    Raises:
        DecisionRefusedError: what a return gives back has been settled otherwise since.
    """
    _refuse_if_paid_since(connection, standing)
    undoing = Decision(
        action="undo", subject=standing.subject, lines=standing.lines,
        verdicts=standing.verdicts, rule=MANUAL, words=reason,
    )  # fmt: skip
    # What was kept for an account is closed; undoing a return gives the payment back to what it
    # had settled.
    closed = entered.released(connection, standing.lines, subject=standing.subject, words=reason)
    decisions.record(connection, [undoing, *closed, *standing.restored], actor=actor, at=at)


def _removed(
    connection: Connection, due: Row[Any], actor: str, at: datetime, reason: str
) -> Outcome:
    """Takes back a due that a person added: an opposite one closes it."""
    if due.is_cancelled:
        return Outcome(due.due_id, False, "déjà annulé")
    decision = entered.cancelled_due(connection, due, words=reason)
    ids = _record(connection, decision, actor=actor, at=at)
    return Outcome(due.due_id, True, f"annulé : {french_euros(due.amount_cents)}", ids)


def _remembered(
    connection: Connection, learned_id: str, actor: str, at: datetime, reason: str
) -> Outcome:
    """Takes back the revocation of something learnt."""
    standing = teaching.revocations_of(connection, learned_id)
    if not standing:
        return Outcome(learned_id, False, "déjà annulé")
    rows = [replace(row, words=reason, cancels=number) for number, row in standing]
    teaching.record_forgotten(connection, rows, action="undo", actor=actor, at=at)
    return Outcome(learned_id, True, f"retenu de nouveau pour le compte {rows[0].account_id}")


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
