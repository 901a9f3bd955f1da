"""Decisions, appended: links between items, verdicts on movements, and their undoing.

Nothing here chooses; it writes what was chosen, once, and refuses what the items cannot bear.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Table, bindparam, text

from workbench.domain.errors import DecisionRefusedError
from workbench.ledger import journal
from workbench.ledger.journal import JournalEntry
from workbench.ledger.schema import allocations, verdicts
from workbench.ledger.store import insert_rows, is_driver_error, next_number

_ALLOCATION_COLUMNS: Final = (
    "allocation_id", "seq", "credit_item", "debit_item", "amount_cents", "reverses",
    "account_id", "effective_on", "rule", "confidence", "reasons", "proposal_id", "credit_part",
    "debit_part",
)  # fmt: skip
# The undoing of a mistake counts from the link's own day, the bank's return from a later one.
_RETURNS_OF: Final = text(
    "SELECT r.credit_item, r.debit_item, r.effective_on FROM allocations r"
    " JOIN allocations o ON o.allocation_id = r.reverses WHERE r.effective_on > o.effective_on"
    " AND (r.credit_item IN :ids OR r.debit_item IN :ids)"
).bindparams(bindparam("ids", expanding=True))
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
        account_id: account it concerns; "" where no holder's balance changes.
        effective_on: ISO date the money moved; of a reversal, the day from which the link no
            longer counts: that of the link itself when it never should have been.
        reverses: allocation undone by this line.
        credit_part: transaction of the - item that is meant, from 1; 0 for the whole of it.
        debit_part: the same of the + item.
    """

    credit_item: int
    debit_item: int
    amount_cents: int
    account_id: str
    effective_on: str
    reverses: int | None = None
    credit_part: int = 0
    debit_part: int = 0


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


# What a journal row keeps of facts: table, first number, last number, sha256 over them.
Fact = tuple[str, int, int, str]


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
        words: a person's own reason (undo) or the bank's (return), kept in the journal.
        returned_on: ISO day on which the bank took a payment back; "" for anything else.
        facts: what it brings, stored already by the same transaction (see `entered`).
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
    returned_on: str = ""
    facts: tuple[Fact, ...] = ()


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
    reopened = _reopened(connection, decisions)
    allocation_id = next_number(connection, allocations, "allocation_id")
    verdict_id = next_number(connection, verdicts, "verdict_id")
    entries: list[JournalEntry] = []
    allocation_rows: list[tuple[Any, ...]] = []
    verdict_rows: list[tuple[Any, ...]] = []
    for seq, decision in enumerate(decisions, start=first):
        lines = [
            allocation_row(allocation_id + n, seq, _once_open(line, reopened), decision)
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
                data=decision_data(lines, said, words=decision.words)
                | ({"returned_on": decision.returned_on} if decision.returned_on else {})
                | ({"facts": [list(fact) for fact in decision.facts]} if decision.facts else {}),
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
        decision.reasons, decision.proposal_id, line.credit_part, line.debit_part,
    )  # fmt: skip


def _once_open(line: Line, reopened: Mapping[int, str]) -> Line:
    """Returns the line, counting only from the day on which a return opened its due again.

    Until that day the returned payment still counts: a day's figures never change afterwards.
    """
    if line.reverses is not None:
        return line
    again = max(reopened.get(line.credit_item, ""), reopened.get(line.debit_item, ""))
    return replace(line, effective_on=again) if again > line.effective_on else line


def _reopened(connection: Connection, decisions: Sequence[Decision]) -> dict[int, str]:
    """Returns the last day on which a bank's return opened each of the items again."""
    items = {
        item
        for decision in decisions
        for line in decision.lines
        for item in (line.credit_item, line.debit_item)
    }
    days: dict[int, str] = {}
    ordered = sorted(items)
    for start in range(0, len(ordered), 500):
        some = {"ids": ordered[start : start + 500]}
        for *pair, day in connection.execute(_RETURNS_OF, some):
            for item in pair:
                days[item] = max(day, days.get(item, ""))
    return days


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
            [
                *row[:1], *row[2:10], hashlib.sha256(str(row[10]).encode()).hexdigest(), row[11],
                # Only where a batch is meant: other decisions read as they always did.
                *(row[12:14] if any(row[12:14]) else ()),
            ]
            for row in lines
        ]  # fmt: skip
    if said:
        data["verdicts"] = [[*row[:1], *row[2:]] for row in said]
    if words:
        data["words"] = words
    return data


def record_rows(
    connection: Connection,
    entry: JournalEntry,
    rows: Mapping[Table, Sequence[tuple[Any, ...]]],
    *,
    actor: str,
    at: datetime,
) -> int:
    """Appends one decision whose rows are neither links nor verdicts on movements.

    Args:
        connection: of `Ledger.writing`.
        entry: the journal row; what it keeps of the rows is added to its data.
        rows: for each table its rows in the order of its columns, without their journal number,
            which is the second column of each.
        actor: who decides.
        at: when.

    Returns:
        The journal number.
    """
    seq = journal.head(connection).seq + 1
    data = {**entry.data, **{table.name: [list(row) for row in of] for table, of in rows.items()}}
    kept = JournalEntry(action=entry.action, subject=entry.subject, data=data)
    journal.append(connection, [kept], actor=actor, at=at)
    for table, of in rows.items():
        columns = [column.name for column in table.columns]
        insert_rows(connection, table, columns, [(row[0], seq, *row[1:]) for row in of])
    return seq


def joined(
    movement: int,
    due: int,
    movement_cents: int,
    amount_cents: int,
    account_id: str,
    day: str,
    *,
    part: int = 0,
    due_part: int = 0,
) -> Line:
    """Returns the line between a movement and a due, or what else answers it.

    Args:
        movement: the movement's item.
        due: the due's item.
        movement_cents: the movement's amount in the bank's sign: money in is the - item.
        amount_cents: what is settled, positive.
        account_id: account of the due.
        day: ISO booking date.
        part: transaction of the movement, 0 for the whole.
        due_part: transaction of the other side, where that is a movement too.
    """
    line = Line(
        credit_item=movement, debit_item=due, amount_cents=amount_cents, account_id=account_id,
        effective_on=day, credit_part=part, debit_part=due_part,
    )  # fmt: skip
    if movement_cents > 0:
        return line
    return replace(
        line, credit_item=due, debit_item=movement, credit_part=due_part, debit_part=part
    )


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
