"""Proposals and what stands on a movement: what people's decisions need to look up.

Proposals are computed: each run replaces those of the movements it looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from workbench.domain.errors import ParameterError
from workbench.ledger.decisions import Line, Verdict
from workbench.ledger.schema import classifications, proposals
from workbench.ledger.store import insert_rows

_COLUMNS: Final = (
    "proposal_id", "debit_item", "credit_item", "movement_item", "rank", "account_id",
    "amount_cents", "rule", "confidence", "reasons",
)  # fmt: skip
_ALIVE: Final = "NOT EXISTS (SELECT 1 FROM allocations r WHERE r.reverses = a.allocation_id)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """One proposal with the lines it would write."""

    proposal_id: str
    movement_id: str
    account_id: str
    rule: str
    confidence: float
    reasons: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class ProposedAccount:
    """An account proposed for a movement."""

    item_id: int
    movement_id: str
    account_id: str


@dataclass(frozen=True, slots=True)
class AcceptedLine:
    """A standing link."""

    allocation_id: int
    seq: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What undoing would write; both empty when it is undone already."""

    subject: str
    lines: tuple[Line, ...]
    verdicts: tuple[Verdict, ...]


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
    for table in ("proposals", "classifications"):
        query = text(f"DELETE FROM {table} WHERE movement_item = :item")
        connection.execute(query, parameters)
    insert_rows(connection, proposals, _COLUMNS, sorted(rows, key=lambda r: tuple(r[:3])))
    insert_rows(connection, classifications, ("movement_item", "kind", "words"), sorted(classified))


def find_proposal(connection: Connection, identifier: str) -> Proposal | None:
    """Returns the proposal `P…`, or the best one of the movement `M…`."""
    rows = connection.execute(
        text(
            "SELECT p.*, m.movement_id, m.booked_on FROM proposals p"
            " JOIN movements m ON m.item_id = p.movement_item"
            " WHERE p.proposal_id = :id OR m.movement_id = :id"
            " ORDER BY p.rank, p.proposal_id, p.debit_item, p.credit_item"
        ),
        {"id": identifier},
    ).all()
    alive = [row for row in rows if not is_rejected(connection, row.movement_item, row.account_id)]
    if not alive:
        return None
    first = alive[0]
    return Proposal(
        proposal_id=first.proposal_id, movement_id=first.movement_id,
        account_id=first.account_id, rule=first.rule, confidence=first.confidence,
        reasons=first.reasons,
        lines=tuple(
            Line(credit_item=r.credit_item, debit_item=r.debit_item, amount_cents=r.amount_cents,
                 account_id=r.account_id, effective_on=r.booked_on)
            for r in alive if r.proposal_id == first.proposal_id
        ),
    )  # fmt: skip


def proposed_accounts(connection: Connection, identifier: str) -> list[ProposedAccount]:
    """Returns the accounts proposed by `P…`, or for the movement `M…`."""
    rows = connection.execute(
        text(
            "SELECT DISTINCT p.movement_item, m.movement_id, p.account_id FROM proposals p"
            " JOIN movements m ON m.item_id = p.movement_item"
            " WHERE p.proposal_id = :id OR m.movement_id = :id ORDER BY 3"
        ),
        {"id": identifier},
    )
    return [ProposedAccount(*row) for row in rows]


def is_rejected(connection: Connection, item_id: int, account_id: str) -> bool:
    """True when a standing verdict rejects that account for that movement."""
    return bool(
        connection.execute(
            text(
                "SELECT 1 FROM verdicts v WHERE v.item_id = :item AND v.account_id = :account"
                " AND v.kind = 'rejected' AND v.cancels IS NULL"
                " AND NOT EXISTS (SELECT 1 FROM verdicts x WHERE x.cancels = v.verdict_id)"
            ),
            {"item": item_id, "account": account_id},
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
    """Returns what stands under `A…`, `P…` or `M…`; None when there never was a decision."""
    decided = connection.execute(
        text(
            "SELECT a.*, j.subject FROM allocations a JOIN journal j ON j.seq = a.seq"
            " WHERE a.reverses IS NULL AND (j.subject = :id OR a.seq IN"
            " (SELECT b.seq FROM allocations b WHERE b.reverses IS NULL"
            "  AND (b.allocation_id = :number OR (b.proposal_id = :id AND :id <> ''))))"
            " ORDER BY a.allocation_id"
        ),
        {"id": identifier, "number": _number(identifier)},
    ).all()
    verdicts = connection.execute(
        text(
            "SELECT v.*, j.subject FROM verdicts v JOIN journal j ON j.seq = v.seq"
            " WHERE v.cancels IS NULL AND j.subject = :id ORDER BY v.verdict_id"
        ),
        {"id": identifier},
    ).all()
    if not decided and not verdicts:
        return None
    subject = (decided or verdicts)[0].subject
    return Standing(
        subject=subject,
        lines=tuple(_reversal(row) for row in decided if not _is_reversed(connection, row)),
        verdicts=tuple(_cancelling(row) for row in verdicts if not _is_cancelled(connection, row)),
    )


def _reversal(row: Row[Any]) -> Line:
    return Line(
        credit_item=row.credit_item, debit_item=row.debit_item, amount_cents=-row.amount_cents,
        account_id=row.account_id, effective_on=row.effective_on, reverses=row.allocation_id,
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
    """Returns the open item of a movement, in the bank's sign.

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
        raise ParameterError(f"mouvement inconnu : {movement_id}")
    if row.allocated_cents is None:
        raise ParameterError(
            f"le mouvement {movement_id} attend : aucun immeuble n'a le compte {row.iban}"
            if row.currency == "EUR"
            else f"le mouvement {movement_id} est en {row.currency} : il n'est jamais rapproché"
        )
    return OpenItem(
        row.item_id, "", row.booked_on, row.amount_cents, row.amount_cents + row.allocated_cents
    )


def target_item(connection: Connection, identifier: str) -> OpenItem:
    """Returns what a movement can be linked to: a due, or the movement that answers it.

    Two movements answer each other where money only passed: a transfer between two accounts of one
    building, a debit and its return, a payment sent back.

    Args:
        connection: of `Ledger.writing`.
        identifier: of a due, else of a movement.

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
