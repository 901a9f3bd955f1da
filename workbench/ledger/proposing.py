"""Proposals and what stands on a movement: what people's decisions need to look up.

Proposals are computed: each run replaces those of the movements it looked at. A receipt is looked
up as a movement is: by its name, with the item of what was paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from workbench.domain.errors import ParameterError
from workbench.ledger.decisions import Decision, Line, Verdict
from workbench.ledger.schema import classifications, proposals
from workbench.ledger.store import insert_rows

_COLUMNS: Final = (
    "proposal_id", "debit_item", "credit_item", "movement_item", "rank", "account_id",
    "amount_cents", "rule", "confidence", "reasons", "credit_part", "debit_part",
)  # fmt: skip
# Movements and receipts under one name: what a proposal is made for.
_SUBJECTS: Final = (
    "(SELECT item_id, movement_id AS name, booked_on AS day FROM movements"
    " UNION ALL SELECT s.item_id, s.name,"
    " COALESCE(h.received_on, SUBSTR(t.at, 1, 10), o.booked_on) FROM receipt_sides s"
    " LEFT JOIN movements o ON o.movement_id = s.receipt_id AND s.receipt_kind = 'on_account'"
    " LEFT JOIN cheques h ON h.cheque_id = s.receipt_id AND s.receipt_kind = 'cheque'"
    " LEFT JOIN card_receipts t ON t.transaction_id = s.receipt_id AND s.receipt_kind = 'card'"
    " WHERE s.kind = 'receipt')"
)
# The same, of proposals: by their items, however many movements there are.
_PROPOSED: Final = (
    "proposals p LEFT JOIN movements m ON m.item_id = p.movement_item"
    " LEFT JOIN receipt_sides s ON s.item_id = p.movement_item AND s.kind = 'receipt'"
    " LEFT JOIN movements o ON o.movement_id = s.receipt_id AND s.receipt_kind = 'on_account'"
    " LEFT JOIN cheques h ON h.cheque_id = s.receipt_id AND s.receipt_kind = 'cheque'"
    " LEFT JOIN card_receipts t ON t.transaction_id = s.receipt_id AND s.receipt_kind = 'card'"
)
_NAMED: Final = (
    "p.movement_item IN (SELECT item_id FROM movements WHERE movement_id = :id"
    " UNION ALL SELECT item_id FROM receipt_sides WHERE name = :id AND kind = 'receipt')"
)
_NAME: Final = "COALESCE(m.movement_id, s.name) AS name"
_DAY: Final = "COALESCE(m.booked_on, h.received_on, SUBSTR(t.at, 1, 10), o.booked_on) AS day"
_SIDE_BY_NAME: Final = text(
    "SELECT s.item_id, '' AS account_id, '' AS day, s.amount_cents,"
    " i.amount_cents - i.allocated_cents AS open_cents"
    " FROM receipt_sides s JOIN items i ON i.item_id = s.item_id WHERE s.name = :id"
    " AND NOT EXISTS (SELECT 1 FROM receipt_sides x WHERE x.name = s.name"
    "  AND x.item_id <> s.item_id)"
)
_ALIVE: Final = "NOT EXISTS (SELECT 1 FROM allocations r WHERE r.reverses = a.allocation_id)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One proposal with the lines it would write; `item_id` is of its movement or receipt."""

    proposal_id: str
    item_id: int
    movement_id: str
    account_id: str
    rule: str
    confidence: float
    reasons: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class ProposedAccount:
    """An account proposed for a movement; a proposal of no account stands for itself."""

    item_id: int
    movement_id: str
    account_id: str
    proposal_id: str


@dataclass(frozen=True, slots=True)
class AcceptedLine:
    """A standing link."""

    allocation_id: int
    seq: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What undoing would write; lines and verdicts are empty when it is undone already.

    Attributes:
        subject: of the journal row.
        lines: reversals of what stands.
        verdicts: cancellations of what stands.
        restored: links that the undone decision had reversed, made again as they were: undoing a
            return gives the payment back.
    """

    subject: str
    lines: tuple[Line, ...]
    verdicts: tuple[Verdict, ...]
    restored: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A movement or a due with what is left: cents in the sign of the bank or of the due."""

    item_id: int
    account_id: str
    day: str
    amount_cents: int
    open_cents: int


def replace_proposals(
    connection: Connection,
    movement_items: Sequence[int],
    rows: Sequence[tuple[Any, ...]],
    classified: Sequence[tuple[int, str, str]],
) -> None:
    """Replaces the proposals and classifications of the movements a run looked at.

    Args:
        connection: of `Ledger.writing`.
        movement_items: every movement looked at.
        rows: proposals, in the order of the table's columns.
        classified: (movement item, kind, words).
    """
    parameters = [{"item": item} for item in movement_items]
    for table in ("proposals", "classifications") if parameters else ():
        query = text(f"DELETE FROM {table} WHERE movement_item = :item")
        connection.execute(query, parameters)
    insert_rows(connection, proposals, _COLUMNS, sorted(rows, key=lambda r: tuple(r[:3])))
    insert_rows(connection, classifications, ("movement_item", "kind", "words"), sorted(classified))


def find_proposal(connection: Connection, identifier: str) -> Proposal | None:
    """Returns the proposal `P…`, or the best one of a movement `M…` or a receipt."""
    rows = _proposal_rows(connection, "p.proposal_id = :id", identifier)
    rows = rows or _proposal_rows(connection, _NAMED, identifier)
    alive = [
        row
        for row in rows
        if not is_rejected(connection, row.movement_item, row.account_id, row.proposal_id)
    ]
    if not alive:
        return None
    first = alive[0]
    return Proposal(
        proposal_id=first.proposal_id, item_id=first.movement_item, movement_id=first.name,
        account_id=first.account_id, rule=first.rule, confidence=first.confidence,
        reasons=first.reasons,
        lines=tuple(
            Line(credit_item=r.credit_item, debit_item=r.debit_item, amount_cents=r.amount_cents,
                 account_id=r.account_id, effective_on=r.day, credit_part=r.credit_part,
                 debit_part=r.debit_part)
            for r in alive if r.proposal_id == first.proposal_id
        ),
    )  # fmt: skip


def _proposal_rows(connection: Connection, where: str, identifier: str) -> Sequence[Row[Any]]:
    query = (
        f"SELECT p.*, {_NAME}, {_DAY} FROM {_PROPOSED} WHERE {where}"
        " ORDER BY p.rank, p.proposal_id, p.debit_item, p.credit_item"
    )
    return connection.execute(text(query), {"id": identifier}).all()


def proposed_accounts(connection: Connection, identifier: str) -> list[ProposedAccount]:
    """Returns the accounts proposed by `P…`, or for a movement or a receipt."""
    rows = connection.execute(
        text(
            f"SELECT DISTINCT p.movement_item, {_NAME}, p.account_id,"
            " CASE WHEN p.account_id = '' THEN p.proposal_id ELSE '' END"
            f" FROM {_PROPOSED} WHERE p.proposal_id = :id OR {_NAMED} ORDER BY 3, 4"
        ),
        {"id": identifier},
    )
    return [ProposedAccount(*row) for row in rows]


def is_rejected(connection: Connection, item_id: int, account_id: str, proposal_id: str) -> bool:
    """True when a standing verdict rejects that account, or that proposal of no account."""
    return bool(
        connection.execute(
            text(
                "SELECT 1 FROM verdicts v WHERE v.item_id = :item AND v.account_id = :account"
                " AND (v.account_id <> '' OR v.reason = :proposal)"
                " AND v.kind = 'rejected' AND v.cancels IS NULL"
                " AND NOT EXISTS (SELECT 1 FROM verdicts x WHERE x.cancels = v.verdict_id)"
            ),
            {"item": item_id, "account": account_id, "proposal": proposal_id},
        ).first()
    )


def accepted_lines(connection: Connection, identifier: str) -> list[AcceptedLine]:
    """Returns the standing links that `A…` is of, or that accepted the proposal `P…`."""
    rows = connection.execute(
        text(
            "SELECT a.allocation_id, a.seq FROM allocations a"
            f" WHERE a.reverses IS NULL AND {_ALIVE}"
            # A link made by hand accepts no proposal: it is found by nothing.
            " AND ((a.proposal_id = :id AND :id <> '') OR a.allocation_id = :number)"
            " ORDER BY a.allocation_id"
        ),
        {"id": identifier, "number": _number(identifier)},
    )
    return [AcceptedLine(*row) for row in rows]


def standing_decision(connection: Connection, identifier: str) -> Standing | None:
    """Returns what stands under `A…`, `P…`, `M…` or a receipt; None when there was no decision."""
    decided = connection.execute(
        text(
            "SELECT j.seq, j.subject FROM journal j WHERE j.seq IN ("
            " SELECT seq FROM journal WHERE subject = :id"
            # One of several payments that a person settled together has not its own row.
            " UNION SELECT a.seq FROM movements m JOIN allocations a"
            "  ON m.item_id IN (a.credit_item, a.debit_item) JOIN journal l ON l.seq = a.seq"
            "  WHERE m.movement_id = :id AND l.action = 'link'"
            " UNION SELECT seq FROM allocations WHERE reverses IS NULL"
            "  AND (allocation_id = :number OR (proposal_id = :id AND :id <> '')))"
            " AND (EXISTS (SELECT 1 FROM allocations a WHERE a.seq = j.seq AND a.reverses IS NULL"
            "   AND a.rule <> 'mirror')"
            "  OR EXISTS (SELECT 1 FROM verdicts v WHERE v.seq = j.seq AND v.cancels IS NULL))"
            " ORDER BY j.seq"
        ),
        {"id": identifier, "number": _number(identifier)},
    ).all()
    if not decided:
        return None
    lines: list[Line] = []
    verdicts: list[Verdict] = []
    restored: list[Decision] = []
    for seq, _ in decided:
        standing = [row for row in _links(connection, seq) if not _is_reversed(connection, row)]
        lines += [_reversal(row) for row in standing]
        verdicts += [
            _cancelling(row)
            for row in _said(connection, seq)
            if row.cancels is None and not _is_cancelled(connection, row)
        ]
        if standing:
            restored += _restored(connection, seq)
    return Standing(
        subject=decided[0].subject, lines=tuple(lines), verdicts=tuple(verdicts),
        restored=tuple(restored),
    )  # fmt: skip


def _links(connection: Connection, seq: int) -> Sequence[Row[Any]]:
    query = "SELECT * FROM allocations WHERE seq = :seq AND reverses IS NULL ORDER BY allocation_id"
    return connection.execute(text(query), {"seq": seq}).all()


def _said(connection: Connection, seq: int) -> Sequence[Row[Any]]:
    query = "SELECT * FROM verdicts WHERE seq = :seq ORDER BY verdict_id"
    return connection.execute(text(query), {"seq": seq}).all()


def _restored(connection: Connection, seq: int) -> list[Decision]:
    """Returns the links that a decision reversed, as the decisions that would make them again."""
    rows = connection.execute(
        text(
            "SELECT o.*, r.effective_on AS again_on, j.subject, j.action FROM allocations r"
            " JOIN allocations o ON o.allocation_id = r.reverses JOIN journal j ON j.seq = o.seq"
            " WHERE r.seq = :seq ORDER BY o.allocation_id"
        ),
        {"seq": seq},
    ).all()
    groups: dict[int, list[Row[Any]]] = {}
    for row in rows:
        groups.setdefault(row.seq, []).append(row)
    return [
        Decision(
            action=own[0].action, subject=own[0].subject, rule=own[0].rule,
            confidence=own[0].confidence, reasons=own[0].reasons, proposal_id=own[0].proposal_id,
            lines=tuple(
                Line(
                    credit_item=row.credit_item, debit_item=row.debit_item,
                    amount_cents=row.amount_cents, account_id=row.account_id,
                    # Until then the first link counts already.
                    effective_on=row.again_on, credit_part=row.credit_part,
                    debit_part=row.debit_part,
                )
                for row in own
            ),
        )
        for own in groups.values()
    ]  # fmt: skip


def _reversal(row: Row[Any]) -> Line:
    return Line(
        credit_item=row.credit_item, debit_item=row.debit_item, amount_cents=-row.amount_cents,
        account_id=row.account_id, effective_on=row.effective_on, reverses=row.allocation_id,
        credit_part=row.credit_part, debit_part=row.debit_part,
    )  # fmt: skip


def _cancelling(row: Row[Any]) -> Verdict:
    return Verdict(
        item_id=row.item_id, kind=row.kind, account_id=row.account_id, reason=row.reason,
        words=row.words, cancels=row.verdict_id,
    )  # fmt: skip


def _is_reversed(connection: Connection, row: Row[Any]) -> bool:
    query = text("SELECT 1 FROM allocations WHERE reverses = :number")
    return bool(connection.execute(query, {"number": row.allocation_id}).first())


def _is_cancelled(connection: Connection, row: Row[Any]) -> bool:
    query = text("SELECT 1 FROM verdicts WHERE cancels = :number")
    return bool(connection.execute(query, {"number": row.verdict_id}).first())


def movement_item(connection: Connection, movement_id: str) -> OpenItem:
    """Returns the open item of a movement, in the bank's sign; of a receipt as of money in.

    Raises:
        ParameterError: no such movement, or it cannot be linked yet.
    """
    row = connection.execute(
        text(
            "SELECT m.item_id, m.booked_on, m.amount_cents, i.allocated_cents, m.iban, m.currency"
            " FROM movements m LEFT JOIN items i ON i.item_id = m.item_id"
            " WHERE m.movement_id = :id"
        ),
        {"id": movement_id},
    ).first()
    if row is None:
        return _receipt_item(connection, movement_id)
    if row.allocated_cents is None:
        raise ParameterError(
            f"le mouvement {movement_id} attend : aucun immeuble n'a le compte {row.iban}"
            if row.currency == "EUR"
            else f"le mouvement {movement_id} est en {row.currency} : il n'est jamais rapproché"
        )
    return OpenItem(
        row.item_id, "", row.booked_on, row.amount_cents, row.amount_cents + row.allocated_cents
    )


def _receipt_item(connection: Connection, name: str) -> OpenItem:
    rows = connection.execute(
        text(
            f"SELECT m.item_id, m.day, i.amount_cents, i.allocated_cents FROM {_SUBJECTS} m"
            " JOIN items i ON i.item_id = m.item_id WHERE m.name = :name"
        ),
        {"name": name},
    ).all()
    if len(rows) != 1:
        raise ParameterError(f"mouvement inconnu : {name}")
    (row,) = rows
    return OpenItem(
        row.item_id, "", row.day, -row.amount_cents, row.allocated_cents - row.amount_cents
    )


def target_item(connection: Connection, identifier: str) -> OpenItem:
    """Returns what a movement can be linked to: a due, a side of a receipt, another movement.

    Two movements answer each other where money only passed: a transfer between two accounts of one
    building, a debit and its return, a payment sent back.

    Args:
        connection: of `Ledger.writing`.
        identifier: of a due, else of a side of a receipt, else of a movement.

    Returns:
        The item, cents in its sign: + the holder owes us or money out, - the other way.

    Raises:
        ParameterError: neither a due nor a movement.
    """
    row = connection.execute(
        text(
            "SELECT d.item_id, d.account_id, d.due_on, d.amount_cents,"
            " i.amount_cents - i.allocated_cents AS open_cents"
            " FROM dues d JOIN items i ON i.item_id = d.item_id WHERE d.due_id = :id"
        ),
        {"id": identifier},
    ).first()
    row = row or connection.execute(_SIDE_BY_NAME, {"id": identifier}).first()
    if row is not None:
        return OpenItem(*row)
    try:
        movement = movement_item(connection, identifier)
    except ParameterError as error:
        if "inconnu" not in str(error):
            raise
        raise ParameterError(f"échéance inconnue : {identifier}") from None
    return OpenItem(
        movement.item_id, "", movement.day, -movement.amount_cents, -movement.open_cents
    )


def allocations_of(connection: Connection, seq: int) -> list[int]:
    """Returns the numbers of the links one journal row wrote."""
    query = text("SELECT allocation_id FROM allocations WHERE seq = :seq ORDER BY 1")
    return [int(number) for number in connection.execute(query, {"seq": seq}).scalars()]


def last_decision_on(connection: Connection, items: Sequence[int]) -> int:
    """Returns the journal number of the last standing link on one of the items, 0 when none."""
    query = text(
        "SELECT COALESCE(MAX(a.seq), 0) FROM allocations a WHERE a.reverses IS NULL"
        f" AND {_ALIVE} AND (a.credit_item = :item OR a.debit_item = :item)"
    )
    return max(int(connection.execute(query, {"item": i}).scalar() or 0) for i in items)


def standing_aside(connection: Connection, item_id: int) -> int:
    """Returns the journal number of the verdict that sets a movement aside, 0 when none stands."""
    query = text(
        "SELECT v.seq FROM verdicts v WHERE v.item_id = :item AND v.kind = 'set_aside'"
        " AND v.cancels IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM verdicts x WHERE x.cancels = v.verdict_id)"
        " ORDER BY v.seq DESC LIMIT 1"
    )
    return int(connection.execute(query, {"item": item_id}).scalar() or 0)


def who_decided(connection: Connection, seq: int) -> str:
    """Returns `par L. Verane le 07/11/2026 à 14:31 UTC`."""
    query = text("SELECT actor, at FROM journal WHERE seq = :seq")
    actor, at = connection.execute(query, {"seq": seq}).one()
    day = f"{at[8:10]}/{at[5:7]}/{at[:4]}"
    return f"par {actor} le {day} à {at[11:16]} UTC"


def _number(identifier: str) -> int:
    """Returns the number of `A12`, 0 for anything else."""
    digits = identifier[1:]
    # Eighteen digits fit in the ledger's integers, whatever they are.
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= 18
    return int(digits) if identifier[:1] == "A" and is_number else 0
