"""What the auditor's bench reads beside the views: light enough to be asked for at every click.

Rows, not frames: a frame of one row costs a hundred times more than the row. Proposals one by one,
who decided each movement, what people decided lately, what changed since. Changes nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from workbench.ledger.standing import DECIDED_LINKS, PROPOSED_LINKS, STANDING, WAITING
from workbench.ledger.store import Ledger

Row = dict[str, Any]

# What people do on the bench, as the journal calls it.
PERSON_ACTIONS: Final = (
    "accept", "link", "reject", "undo", "set_aside", "on_account", "add_due", "cancel", "check",
)  # fmt: skip
# After these every proposal may be another one.
_SWEEPING: Final = ("import", "match", "return", "band", "change")
# Decisions further back than so many journal rows are read in the account's history.
_RECENT_ROWS: Final = 5_000
_MOST_CHANGED: Final = 400
_ALIVE: Final = "NOT EXISTS (SELECT 1 FROM allocations r WHERE r.reverses = a.allocation_id)"
_LINKED: Final = f"a.reverses IS NULL AND {_ALIVE}"
_DRAWN: Final = (
    "SELECT i.item_id FROM sample_links k JOIN allocations a ON a.seq = k.decision_seq"
    " JOIN items i ON i.item_id IN (a.credit_item, a.debit_item)"
)
_ASIDE: Final = (
    "(SELECT MAX(v.words) FROM verdicts v WHERE v.item_id = m.item_id AND v.kind = 'set_aside'"
    f" AND v.cancels IS NULL AND {STANDING})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What happened since a journal row.

    Attributes:
        head: last journal row now.
        movement_items: movements whose state or proposals may be others.
        sweeping: so much that everything is better read again.
    """

    head: int
    movement_items: tuple[int, ...]
    sweeping: bool


def head(ledger: Ledger) -> int:
    """Returns the number of the journal's last row, 0 while there is none."""
    return int(ledger.rows("SELECT COALESCE(MAX(seq), 0) AS seq FROM journal")[0]["seq"])


def proposals(
    ledger: Ledger, *, building_id: str, items: Collection[int] | None = None
) -> list[Row]:
    """Returns the proposals that wait, one row each, by movement and rank.

    Args:
        ledger: open.
        building_id: of the movements.
        items: of these movements only.

    Columns: item_id (of the movement or receipt), proposal_id, account_id, place (1 best), rule,
    confidence, reasons (JSON), amount_cents (what it would settle), asked_cents (what its dues have
    open; both positive).
    """
    only = f" AND p.movement_item IN ({_numbers(items)})" if items is not None else ""
    return ledger.rows(
        "SELECT p.movement_item AS item_id, p.proposal_id, MAX(p.account_id) AS account_id,"
        " MIN(p.rank) AS place, MAX(p.rule) AS rule, MAX(p.confidence) AS confidence,"
        " MAX(p.reasons) AS reasons, CAST(SUM(p.amount_cents) AS BIGINT) AS amount_cents,"
        " CAST(SUM(ABS(o.amount_cents - o.allocated_cents)) AS BIGINT) AS asked_cents"
        " FROM proposals p JOIN items i ON i.item_id = p.movement_item"
        " JOIN items o ON o.item_id ="
        " CASE WHEN p.credit_item = p.movement_item THEN p.debit_item ELSE p.credit_item END"
        f" WHERE i.building_id = ?{only} AND {WAITING}"
        " GROUP BY p.movement_item, p.proposal_id ORDER BY 1, 4, 2",
        [building_id],
    )


def deciders(
    ledger: Ledger, *, building_id: str, items: Collection[int] | None = None
) -> dict[int, Row]:
    """Returns the last standing link of each movement, by item: action, actor, at (ISO), seq.

    Args:
        ledger: open.
        building_id: of the movements.
        items: of these movements only.
    """
    only = f" AND i.item_id IN ({_numbers(items)})" if items is not None else ""
    sides = " UNION ALL ".join(
        f"SELECT a.{side} AS item_id, a.seq FROM items i JOIN allocations a ON a.{side} = i.item_id"
        f" WHERE i.building_id = ? AND i.kind = 'movement' AND a.reverses IS NULL AND {_ALIVE}"
        + only
        for side in ("credit_item", "debit_item")
    )
    rows = ledger.rows(
        "SELECT d.item_id, j.action, j.actor, j.at, d.seq FROM"
        f" (SELECT x.item_id, MAX(x.seq) AS seq FROM ({sides}) x GROUP BY x.item_id) d"
        " JOIN journal j ON j.seq = d.seq",
        [building_id, building_id],
    )
    return {row["item_id"]: row for row in rows}


def movement_states(ledger: Ledger, *, items: Collection[int]) -> dict[int, Row]:
    """Returns how some movements stand now, by item.

    Columns: amount_cents and open_cents (+ money in), set_aside (words, None while it is not),
    classified (kind the last run saw, "" when none), classified_words.
    """
    rows = ledger.rows(
        "SELECT m.item_id, m.amount_cents, m.amount_cents + i.allocated_cents AS open_cents,"
        f" {_ASIDE} AS set_aside, COALESCE(k.kind, '') AS classified,"
        " COALESCE(k.words, '') AS classified_words"
        " FROM movements m JOIN items i ON i.item_id = m.item_id"
        " LEFT JOIN classifications k ON k.movement_item = m.item_id"
        f" WHERE m.item_id IN ({_numbers(items)})"
    )
    return {row["item_id"]: row for row in rows}


def links_of(ledger: Ledger, *, item_id: int) -> list[Row]:
    """Returns the links that stand on a movement, then what is proposed for it.

    Columns of `views.allocations`, dates as ISO texts, and `number` in place of allocation_id.
    """
    decided = ledger.rows(
        f"{DECIDED_LINKS} WHERE a.reverses IS NULL AND {_ALIVE}"
        " AND (a.credit_item = ? OR a.debit_item = ?) ORDER BY a.allocation_id",
        [item_id, item_id],
    )
    waiting = ledger.rows(
        f"{PROPOSED_LINKS} WHERE {WAITING} AND a.movement_item = ?"
        " ORDER BY a.rank, a.proposal_id, a.debit_item, a.credit_item",
        [item_id],
    )
    return decided + waiting


def open_dues(ledger: Ledger, *, account_ids: Collection[str], items: Collection[int]) -> list[Row]:
    """Returns what is open of some accounts, and some dues whatever is open of them, by date.

    Columns: item_id, due_id, account_id, kind, label, amount_cents and open_cents (+ owed to us),
    due_on (ISO).
    """
    return ledger.rows(
        "SELECT d.item_id, d.due_id, d.account_id, d.kind, d.label, d.amount_cents,"
        " i.amount_cents - i.allocated_cents AS open_cents, d.due_on"
        " FROM dues d JOIN items i ON i.item_id = d.item_id"
        f" WHERE d.account_id IN ({_marks(account_ids)})"
        f" AND (i.amount_cents <> i.allocated_cents OR d.item_id IN ({_numbers(items)}))"
        " ORDER BY d.due_on, d.due_id",
        list(account_ids),
    )


def buildings_of(ledger: Ledger, *, account_ids: Collection[str]) -> dict[str, str]:
    """Returns the building of each account there is, by account."""
    rows = ledger.rows(
        f"SELECT account_id, building_id FROM accounts WHERE account_id IN ({_marks(account_ids)})",
        list(account_ids),
    )
    return {row["account_id"]: row["building_id"] for row in rows}


def payers(ledger: Ledger, *, building_id: str) -> list[Row]:
    """Returns who pays into a building's accounts, each name and IBAN once, as the bank tells them.

    Columns: counterparty, counterparty_iban.
    """
    return ledger.rows(
        "SELECT m.counterparty, m.counterparty_iban FROM movements m"
        " JOIN items i ON i.item_id = m.item_id"
        " WHERE i.building_id = ? AND i.amount_cents <> i.allocated_cents"
        " UNION SELECT d.counterparty, d.counterparty_iban FROM movement_details d"
        " JOIN bank_accounts b ON b.iban = d.iban WHERE b.building_id = ?",
        [building_id, building_id],
    )


def open_movement_items(
    ledger: Ledger,
    *,
    building_id: str,
    account_ids: Collection[str],
    names: Collection[str],
    ibans: Collection[str],
    movement_ids: Collection[str],
) -> list[int]:
    """Returns the open movements of a building that may speak of some accounts, by item.

    Args:
        ledger: open.
        building_id: of the movements.
        account_ids: linked with them partly, or proposed for them.
        names: of payers, as the bank writes them.
        ibans: of payers, likewise.
        movement_ids: these too.
    """
    asked, of_accounts = _marks(movement_ids), f"account_id IN ({_marks(account_ids)})"
    paid = f"(x.counterparty IN ({_marks(names)}) OR x.counterparty_iban IN ({_marks(ibans)}))"
    rows = ledger.rows(
        "SELECT i.item_id FROM items i WHERE i.building_id = ? AND i.kind = 'movement'"
        " AND i.amount_cents <> i.allocated_cents AND i.item_id IN ("
        f"SELECT x.item_id FROM movements x WHERE x.movement_id IN ({asked}) OR {paid}"
        # What came with another message is told of a movement of that amount, perhaps this one.
        " UNION SELECT m.item_id FROM movement_details x JOIN movements m ON m.iban = x.iban"
        f" AND m.amount_cents = x.amount_cents WHERE {paid}"
        f" UNION SELECT a.credit_item FROM allocations a WHERE a.{of_accounts} AND {_LINKED}"
        f" UNION SELECT a.debit_item FROM allocations a WHERE a.{of_accounts} AND {_LINKED}"
        f" UNION SELECT p.movement_item FROM proposals p WHERE p.{of_accounts} AND {WAITING})"
        " ORDER BY 1",
        [
            building_id, *movement_ids, *names, *ibans, *names, *ibans,
            *account_ids, *account_ids, *account_ids,
        ],
    )  # fmt: skip
    return [row["item_id"] for row in rows]


def links_to_check(ledger: Ledger, *, building_id: str) -> dict[str, str]:
    """Returns the drawn links that stand and wait for a verdict: movement to link (`A…`).

    Args:
        ledger: open.
        building_id: where they are.
    """
    rows = ledger.rows(
        "SELECT j.subject AS movement_id, MIN(a.allocation_id) AS number"
        " FROM sample_links k JOIN journal j ON j.seq = k.decision_seq"
        " JOIN allocations a ON a.seq = k.decision_seq JOIN items i ON i.item_id = a.credit_item"
        f" WHERE i.building_id = ? AND a.reverses IS NULL AND {_ALIVE}"
        " AND NOT EXISTS (SELECT 1 FROM sample_verdicts v WHERE v.decision_seq = k.decision_seq)"
        " GROUP BY j.seq, j.subject ORDER BY j.seq",
        [building_id],
    )
    return {row["movement_id"]: f"A{row['number']}" for row in rows}


def recent_decisions(ledger: Ledger, *, building_id: str, limit: int) -> list[Row]:
    """Returns what was last decided on a building's movements and accounts, the last one first.

    Args:
        ledger: open.
        building_id: the building.
        limit: at most so many; nothing further back than some thousand journal rows.

    Columns: seq, at (ISO text, UTC), actor, action, subject, account_id (of its links, "" when
    none), said_account and said_words (of its verdicts), amount_cents (positive; 0 when none),
    links and verdicts (how many of each still stand; for an undoing 0), number (of the first that
    stands, 0 when none), payer (of the movement decided on, else its label; "" when it is none).
    """
    links = "FROM allocations a WHERE a.seq = j.seq"
    verdicts = "FROM verdicts v WHERE v.seq = j.seq"
    actions = ", ".join(f"'{action}'" for action in PERSON_ACTIONS)
    return ledger.rows(
        "SELECT j.seq, j.at, j.actor, j.action, j.subject,"
        f" COALESCE((SELECT MAX(a.account_id) {links}), '') AS account_id,"
        f" COALESCE((SELECT MAX(v.account_id) {verdicts}), '') AS said_account,"
        f" COALESCE((SELECT MAX(v.words) {verdicts}), '') AS said_words,"
        f" COALESCE((SELECT CAST(SUM(ABS(a.amount_cents)) AS BIGINT) {links}), 0) AS amount_cents,"
        f" (SELECT COUNT(*) {links} AND a.reverses IS NULL AND {_ALIVE}) AS links,"
        f" (SELECT COUNT(*) {verdicts} AND v.cancels IS NULL AND {STANDING}) AS verdicts,"
        f" COALESCE((SELECT MIN(a.allocation_id) {links} AND a.reverses IS NULL AND {_ALIVE}), 0)"
        " AS number, COALESCE(NULLIF(m.counterparty, ''), m.label, '') AS payer"
        " FROM journal j LEFT JOIN movements m ON m.movement_id = j.subject"
        f" WHERE j.seq > ? AND j.action IN ({actions})"
        f" AND (EXISTS (SELECT 1 FROM allocations a JOIN items i ON i.item_id = a.credit_item"
        "  WHERE a.seq = j.seq AND i.building_id = ?)"
        " OR EXISTS (SELECT 1 FROM verdicts v JOIN items i ON i.item_id = v.item_id"
        "  WHERE v.seq = j.seq AND i.building_id = ?))"
        " ORDER BY j.seq DESC LIMIT ?",
        [max(0, head(ledger) - _RECENT_ROWS), building_id, building_id, limit],
    )


def changes_since(ledger: Ledger, *, building_id: str, seq: int) -> Changes:
    """Returns which movements of a building may show otherwise than at a journal row.

    Args:
        ledger: open.
        building_id: the building.
        seq: the journal row.
    """
    now = head(ledger)
    if now == seq:
        return Changes(head=now, movement_items=(), sweeping=False)
    actions = ", ".join(f"'{action}'" for action in _SWEEPING)
    swept = ledger.rows(f"SELECT 1 AS yes FROM journal WHERE seq > ? AND action IN ({actions})"
                        " LIMIT 1", [seq])  # fmt: skip
    touched = ledger.rows(
        "SELECT a.credit_item AS item_id FROM allocations a WHERE a.seq > ?"
        " UNION SELECT a.debit_item FROM allocations a WHERE a.seq > ?"
        " UNION SELECT v.item_id FROM verdicts v WHERE v.seq > ?"
        # A link that was drawn, or judged, stands as it did, but waits or no longer does.
        f" UNION {_DRAWN} JOIN samples s ON s.sample_id = k.sample_id WHERE s.seq > ?"
        f" UNION {_DRAWN} JOIN sample_verdicts v ON v.decision_seq = k.decision_seq"
        " WHERE v.seq > ?",
        [seq] * 5,
    )
    if swept or len(touched) > _MOST_CHANGED:
        return Changes(head=now, movement_items=(), sweeping=True)
    numbers = _numbers([row["item_id"] for row in touched])
    # What was used up is no longer there for the proposals that counted on it.
    found = ledger.rows(
        "SELECT i.item_id FROM items i WHERE i.building_id = ? AND i.kind = 'movement'"
        f" AND (i.item_id IN ({numbers}) OR i.item_id IN (SELECT p.movement_item FROM proposals p"
        f" WHERE p.credit_item IN ({numbers}) OR p.debit_item IN ({numbers}))) ORDER BY 1",
        [building_id],
    )
    items = tuple(row["item_id"] for row in found)
    return Changes(head=now, movement_items=items, sweeping=False)


def _marks(values: Collection[str]) -> str:
    return ", ".join("?" * len(values)) or "NULL"


def _numbers(items: Collection[int]) -> str:
    return ", ".join(map(str, items)) or "NULL"
