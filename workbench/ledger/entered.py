"""Facts that people enter here: dues that did not exist yet, and money kept for an account.

They are facts like imported ones: sealed, their digest in the journal row of the decision that
brought them, never changed. What is taken back stays, and is *mirrored*: an opposite item closes it
by a link of rule `mirror`, which nothing undoes.

Money kept for an account has the two sides of any receipt: what the holder paid (-), which settles
his next dues, and what the bank credited (+), which the movement settles at once.

Source: DOMAIN D3, D4; docs/decisions/0023-two-sides.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pandas as pd
from sqlalchemy import Connection, Row, bindparam, text

from workbench.domain.errors import DecisionRefusedError
from workbench.domain.money import french_euros
from workbench.ledger import proposing, schema
from workbench.ledger.decisions import Decision, Fact, Line
from workbench.ledger.frame_types import typed
from workbench.ledger.journal import sealed
from workbench.ledger.store import Ledger, insert_rows
from workbench.ledger.table_facts import ITEM_COLUMNS, SEALED_COLUMNS, next_item

MIRROR: Final = "mirror"
ON_ACCOUNT: Final = "on_account"
# No import may bring a due that begins so: see `is_reserved`.
ADDED: Final = "wb-ajout-"
MIRRORED: Final = "wb-annule-"
_ALIVE: Final = "NOT EXISTS (SELECT 1 FROM allocations r WHERE r.reverses = a.allocation_id)"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDue:
    """A due that a person adds.

    Attributes:
        account_id: whose it is.
        building_id: the account's.
        kind: of the contract (`rent`, `charges` …).
        amount_cents: signed: + the holder owes it, - we owe it.
        due_on: when it is due.
        label: what people call it.
    """

    account_id: str
    building_id: str
    kind: str
    amount_cents: int
    due_on: date
    label: str


@dataclass(frozen=True, slots=True)
class Kept:
    """One part of a movement kept for an account: its receipt's and its deposit's items."""

    name: str
    receipt_item: int
    deposit_item: int
    amount_cents: int


def is_reserved(due_id: str) -> bool:
    """Tells whether only a person's own due may be called so."""
    return due_id.startswith((ADDED, MIRRORED))


def store_due(connection: Connection, due: NewDue) -> tuple[int, str, Fact]:
    """Stores a due that a person adds.

    Args:
        connection: of `Ledger.writing`.
        due: already checked.

    Returns:
        Its item, its identifier, and what the decision's journal row keeps of it.
    """
    item = next_item(connection)
    return item, f"{ADDED}{item}", _store_due(connection, item, f"{ADDED}{item}", due)


def _store_due(connection: Connection, item: int, due_id: str, due: NewDue) -> Fact:
    rows, digest = sealed(
        [(item, due_id, due.account_id, due.building_id, due.kind, due.amount_cents,
          due.due_on.isoformat(), due.label, "", "", "", "")]
    )  # fmt: skip
    insert_rows(connection, schema.dues, SEALED_COLUMNS["dues"], rows)
    row = (item, "due", due.building_id, due.account_id, due.amount_cents)
    insert_rows(connection, schema.items, ITEM_COLUMNS, [row])
    return ("dues", item, item, digest)


def added_due(connection: Connection, due_id: str) -> Row[Any] | None:
    """Returns the row of a due that a person added, None when it is not one.

    Columns: those of `dues`, then allocated_cents (signed) and is_cancelled (0 or 1).
    """
    if not due_id.startswith(ADDED):
        return None
    return connection.execute(
        text(
            "SELECT d.*, i.allocated_cents, CASE WHEN EXISTS (SELECT 1 FROM allocations a"
            "  WHERE a.rule = :mirror AND d.item_id IN (a.credit_item, a.debit_item))"
            " THEN 1 ELSE 0 END AS is_cancelled"
            " FROM dues d JOIN items i ON i.item_id = d.item_id WHERE d.due_id = :id"
        ),
        {"id": due_id, "mirror": MIRROR},
    ).first()


def same_added_due(connection: Connection, due: NewDue) -> str:
    """Returns the identifier of a standing due that a person added just so, "" when none."""
    rows = connection.execute(
        text(
            "SELECT due_id FROM dues WHERE account_id = :account AND kind = :kind"
            " AND amount_cents = :cents AND due_on = :day AND label = :label"
            " AND due_id LIKE :added ORDER BY item_id"
        ),
        {"account": due.account_id, "kind": due.kind, "cents": due.amount_cents,
         "day": due.due_on.isoformat(), "label": due.label, "added": f"{ADDED}%"},
    )  # fmt: skip
    for due_id in rows.scalars().all():
        row = added_due(connection, due_id)
        if row is not None and not row.is_cancelled:
            return str(due_id)
    return ""


def cancelled_due(connection: Connection, due: Row[Any], *, words: str) -> Decision:
    """Stores the mirror of a due that a person added, and returns the decision that closes both.

    Args:
        connection: of `Ledger.writing`.
        due: of `added_due`, standing.
        words: why, in the person's words.

    Raises:
        DecisionRefusedError: something is settled with it; nothing is written.
    """
    if due.allocated_cents:
        raise DecisionRefusedError(
            f"l'échéance {due.due_id} est déjà utilisée : {_used_by(connection, due.item_id)}. "
            "Annuler d'abord cette affectation. Rien n'a été écrit"
        )
    item = next_item(connection)
    mirror = NewDue(
        account_id=due.account_id, building_id=due.building_id, kind=due.kind,
        amount_cents=-due.amount_cents, due_on=date.fromisoformat(due.due_on),
        label=f"Annulation : {due.label}" if due.label else "Annulation",
    )  # fmt: skip
    fact = _store_due(connection, item, f"{MIRRORED}{due.item_id}", mirror)
    credit, debit = (due.item_id, item) if due.amount_cents < 0 else (item, due.item_id)
    line = Line(
        credit_item=credit, debit_item=debit, amount_cents=abs(due.amount_cents),
        account_id=due.account_id, effective_on=due.due_on,
    )  # fmt: skip
    return Decision(
        action="cancel", subject=due.due_id, lines=(line,), rule=MIRROR, words=words, facts=(fact,)
    )


def store_kept(
    connection: Connection,
    movement_id: str,
    building_id: str,
    parts: Sequence[tuple[str, int]],
) -> tuple[list[Kept], Fact]:
    """Stores what of a movement is kept for accounts.

    Args:
        connection: of `Ledger.writing`.
        movement_id: the movement.
        building_id: of the movement and of every account.
        parts: (account, cents > 0), in order.

    Returns:
        The parts with their items, and what the decision's journal row keeps of them.
    """
    first = next_item(connection)
    kept, facts = [], []
    for place, (account, cents) in enumerate(parts):
        receipt = first + 2 * place
        name = f"wb-acompte-{receipt}"
        kept.append(Kept(name, receipt, receipt + 1, cents))
        common = (ON_ACCOUNT, movement_id, building_id)
        facts += [
            (receipt, name, "receipt", *common, account, -cents),
            (receipt + 1, f"{name}@{building_id}", "deposit", *common, "", cents),
        ]
    rows, digest = sealed(facts)
    insert_rows(connection, schema.receipt_sides, SEALED_COLUMNS["receipt_sides"], rows)
    insert_rows(
        connection,
        schema.items,
        ITEM_COLUMNS,
        [(row[0], row[2], row[5], row[6], row[7]) for row in rows],
    )
    return kept, ("receipt_sides", first, first + len(rows) - 1, digest)


_SIDES_OF_DEPOSITS: Final = text(
    "SELECT d.item_id AS deposit_item, r.item_id AS receipt_item, r.name, r.account_id,"
    " r.amount_cents, i.allocated_cents FROM receipt_sides d"
    " JOIN receipt_sides r ON r.receipt_kind = d.receipt_kind AND r.kind = 'receipt'"
    "  AND d.name = r.name || '@' || d.building_id"
    " JOIN items i ON i.item_id = r.item_id"
    " WHERE d.receipt_kind = 'on_account' AND d.kind = 'deposit' AND d.item_id IN :ids"
    " ORDER BY d.item_id"
).bindparams(bindparam("ids", expanding=True))


def released(
    connection: Connection, reversals: Iterable[Line], *, subject: str, words: str
) -> list[Decision]:
    """Returns what closes money kept for an account whose movement is being taken back.

    Args:
        connection: of `Ledger.writing`.
        reversals: lines of the undoing.
        subject: of the undoing.
        words: why, in the person's words.

    Raises:
        DecisionRefusedError: some of it has settled a due since; nothing is written.
    """
    lines = [line for line in reversals if line.reverses is not None]
    days = {line.debit_item: line.effective_on for line in lines}
    # What the same undoing frees is free.
    freed: dict[int, int] = {}
    for line in lines:
        freed[line.credit_item] = freed.get(line.credit_item, 0) + line.amount_cents
    if not days:
        return []
    rows = connection.execute(_SIDES_OF_DEPOSITS, {"ids": sorted(days)}).all()
    for row in rows:
        if row.allocated_cents - freed.get(row.receipt_item, 0):
            raise DecisionRefusedError(
                f"la somme gardée pour le compte {row.account_id} a déjà servi : "
                f"{_used_by(connection, row.receipt_item)}. "
                "Annuler d'abord cette affectation. Rien n'a été écrit"
            )
    mirrors = tuple(
        Line(
            credit_item=row.receipt_item, debit_item=row.deposit_item,
            amount_cents=-row.amount_cents, account_id="", effective_on=days[row.deposit_item],
        )
        for row in rows
    )  # fmt: skip
    if not mirrors:
        return []
    return [Decision(action="cancel", subject=subject, lines=mirrors, rule=MIRROR, words=words)]


def _used_by(connection: Connection, item: int) -> str:
    """Returns the last standing link of an item, in words."""
    row = connection.execute(
        text(
            "SELECT a.allocation_id, a.seq, a.amount_cents FROM allocations a"
            f" WHERE a.reverses IS NULL AND {_ALIVE}"
            " AND :item IN (a.credit_item, a.debit_item)"
            " ORDER BY a.allocation_id DESC LIMIT 1"
        ),
        {"item": item},
    ).one()
    who = proposing.who_decided(connection, row.seq)
    return f"A{row.allocation_id}, {french_euros(int(row.amount_cents))}, {who}"


def entered(ledger: Ledger, *, account_id: str) -> pd.DataFrame:
    """Returns what people entered for an account, in order.

    Columns: seq (journal, int64), at (ISO text), actor, action (add_due | on_account | cancel),
    name (the due, or the money kept), movement_id ("" of a due), kind (of a due; "" of money kept),
    label, amount_cents (of the due, signed; of the money kept, positive), data (JSON), undo (what
    takes it back).
    """
    frame = ledger.frame(
        "SELECT j.seq, j.at, j.actor, j.action, d.due_id AS name, '' AS movement_id, d.kind,"
        " d.label, d.amount_cents, j.data, d.due_id AS undo FROM dues d"
        " JOIN journal j ON j.subject = d.due_id"
        " WHERE d.account_id = ? AND d.due_id LIKE ? AND j.action IN ('add_due', 'cancel')"
        " UNION ALL"
        " SELECT j.seq, j.at, j.actor, j.action, r.name, r.receipt_id, '', '', -r.amount_cents,"
        " j.data, 'A' || a.allocation_id FROM receipt_sides r"
        " JOIN receipt_sides d ON d.receipt_kind = r.receipt_kind"
        "  AND d.name = r.name || '@' || r.building_id"
        " JOIN allocations a ON a.debit_item = d.item_id AND a.reverses IS NULL"
        " JOIN journal j ON j.seq = a.seq"
        " WHERE r.receipt_kind = 'on_account' AND r.kind = 'receipt' AND r.account_id = ?"
        " AND j.action IN ('on_account', 'cancel') ORDER BY 1, 5",
        (account_id, f"{ADDED}%", account_id),
    )
    return typed(frame)
