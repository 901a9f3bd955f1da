"""Decisions, appended: links between items, verdicts on movements, and their undoing.

Nothing here chooses; it writes what was chosen, once, and refuses what the items cannot bear.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, text

from workbench.domain.errors import DecisionRefusedError
from workbench.ledger import journal
from workbench.ledger.journal import JournalEntry
from workbench.ledger.schema import allocations, verdicts
from workbench.ledger.store import insert_rows, is_driver_error, next_number

_ALLOCATION_COLUMNS: Final = (
    "allocation_id", "seq", "credit_item", "debit_item", "amount_cents", "reverses",
    "account_id", "effective_on", "rule", "confidence", "reasons", "proposal_id",
)  # fmt: skip
_VERDICT_COLUMNS: Final = (
    "verdict_id", "seq", "item_id", "kind", "account_id", "reason", "words", "cancels",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One link of a decision.

    Attributes:
        credit_item: the - item (money in, discount, refund owed, supplier's invoice).
        debit_item: the + item (due, money out).
        amount_cents: what is settled, positive; negative in a reversal.
        account_id: account it concerns.
        effective_on: ISO date the money moved.
        reverses: allocation undone by this line.
    """

    credit_item: int
    debit_item: int
    amount_cents: int
    account_id: str
    effective_on: str
    reverses: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is said of a movement without linking it.

    Attributes:
        item_id: the movement's item.
        kind: `rejected` (never again for this account) or `set_aside` (needs no link).
        account_id: account rejected; "" otherwise.
        reason: code, such as `bank_fee`.
        words: the reason in French.
        cancels: verdict undone by this one.
    """

    item_id: int
    kind: str
    account_id: str = ""
    reason: str = ""
    words: str = ""
    cancels: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One decision: a journal row with its lines and verdicts.

    Attributes:
        action: see `JournalEntry.action`.
        subject: the movement (or due) decided on.
        lines: links, written together or not at all.
        verdicts: likewise.
        rule: evidence class, or `manual`.
        confidence: 0 to 1; 1 for a person's decision.
        reasons: JSON text of the explanation.
        proposal_id: proposal it accepts, "" when none.
        words: a person's own reason (undo), kept in the journal.
    """

    action: str
    subject: str
    lines: tuple[Line, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    rule: str = ""
    confidence: float = 1.0
    reasons: str = "{}"
    proposal_id: str = ""
    words: str = ""


def record(
    connection: Connection, decisions: Sequence[Decision], *, actor: str, at: datetime
) -> list[int]:
    """Appends decisions, all or none.

    Args:
        connection: of `Ledger.writing`.
        decisions: in order; each gets one journal row.
        actor: who decides.
        at: when.

    Returns:
        Their journal sequence numbers.

    Raises:
        DecisionRefusedError: a line asks more than an item has left, joins two buildings, or
            undoes what is undone; nothing is written.
    """
    if not decisions:
        return []
    first = journal.head(connection).seq + 1
    allocation_id = next_number(connection, allocations, "allocation_id")
    verdict_id = next_number(connection, verdicts, "verdict_id")
    entries: list[JournalEntry] = []
    allocation_rows: list[tuple[Any, ...]] = []
    verdict_rows: list[tuple[Any, ...]] = []
    for seq, decision in enumerate(decisions, start=first):
        lines = [
            allocation_row(allocation_id + n, seq, line, decision)
            for n, line in enumerate(decision.lines)
        ]
        said = [_verdict_row(verdict_id + n, seq, v) for n, v in enumerate(decision.verdicts)]
        allocation_id += len(lines)
        verdict_id += len(said)
        allocation_rows += lines
        verdict_rows += said
        entries.append(
            JournalEntry(
                action=decision.action,
                subject=decision.subject,
                data=decision_data(lines, said, words=decision.words),
            )
        )
    try:
        # A savepoint: who catches the refusal may go on in the same transaction.
        with connection.begin_nested():
            journal.append(connection, entries, actor=actor, at=at)
            insert_rows(connection, allocations, _ALLOCATION_COLUMNS, allocation_rows)
            insert_rows(connection, verdicts, _VERDICT_COLUMNS, verdict_rows)
    except Exception as error:
        if not is_driver_error(error, "IntegrityError"):
            raise
        raise DecisionRefusedError(_refusal(str(error))) from error
    return list(range(first, first + len(decisions)))


def allocation_row(number: int, seq: int, line: Line, decision: Decision) -> tuple[Any, ...]:
    """Returns the row of one line, in the order of the table's columns."""
    return (
        number, seq, line.credit_item, line.debit_item, line.amount_cents, line.reverses,
        line.account_id, line.effective_on, decision.rule, float(decision.confidence),
        decision.reasons, decision.proposal_id,
    )  # fmt: skip


def _verdict_row(number: int, seq: int, verdict: Verdict) -> tuple[Any, ...]:
    return (
        number, seq, verdict.item_id, verdict.kind, verdict.account_id, verdict.reason,
        verdict.words, verdict.cancels,
    )  # fmt: skip


def decision_data(
    lines: Sequence[Sequence[Any]], said: Sequence[Sequence[Any]], *, words: str
) -> dict[str, Any]:
    """Returns what the journal keeps of a decision: every value of its rows, reasons by their hash.

    Args:
        lines: rows of `allocations`, in the order of its columns.
        said: rows of `verdicts`, likewise.
        words: a person's own reason.
    """
    data: dict[str, Any] = {}
    if lines:
        data["allocations"] = [
            [*row[:1], *row[2:10], hashlib.sha256(str(row[10]).encode()).hexdigest(), row[11]]
            for row in lines
        ]
    if said:
        data["verdicts"] = [[*row[:1], *row[2:]] for row in said]
    if words:
        data["words"] = words
    return data


def joined(
    movement: int, due: int, movement_cents: int, amount_cents: int, account_id: str, day: str
) -> Line:
    """Returns the line between a movement and a due.

    Args:
        movement: the movement's item.
        due: the due's item.
        movement_cents: the movement's amount in the bank's sign: money in is the - item.
        amount_cents: what is settled, positive.
        account_id: account of the due.
        day: ISO booking date.
    """
    credit, debit = (movement, due) if movement_cents > 0 else (due, movement)
    return Line(
        credit_item=credit, debit_item=debit, amount_cents=amount_cents, account_id=account_id,
        effective_on=day,
    )  # fmt: skip


def open_cents(connection: Connection, item_ids: Sequence[int]) -> dict[int, int]:
    """Returns the signed open cents of items; items that do not exist are left out."""
    found: dict[int, int] = {}
    query = text(
        "SELECT item_id, amount_cents - allocated_cents FROM items WHERE item_id IN :ids"
    ).bindparams(bindparam("ids", expanding=True))
    for start in range(0, len(item_ids), 500):
        rows = connection.execute(query, {"ids": list(item_ids[start : start + 500])})
        found.update((int(item), int(cents)) for item, cents in rows)
    return found


def _refusal(detail: str) -> str:
    if "within_amount" in detail:
        return "le montant dépasse ce qui reste ouvert : rien n'a été écrit"
    if "one building" in detail:
        return (
            "les deux côtés ne sont pas du même immeuble (loi de 1965, art. 18) : "
            "rien n'a été écrit"
        )
    if "joins one" in detail:
        return "on rapproche ce qui réduit une dette avec ce qui est dû : rien n'a été écrit"
    if "mirrors" in detail:
        return "une annulation reprend exactement ce qu'elle annule : rien n'a été écrit"
    if "reverse" in detail or "cancels" in detail:
        return "cette décision est déjà annulée : rien n'a été écrit"
    return f"le registre refuse cette décision ({detail.splitlines()[0]}) : rien n'a été écrit"
