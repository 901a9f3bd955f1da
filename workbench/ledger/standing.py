"""What stands, as SQL: verdicts that count, proposals that wait, links with both of their ends.

Pieces of queries, the same for both engines; `views` and `bench_views` make frames of them.
"""

from typing import Final

# A verdict counts while no later one cancels it.
STANDING: Final = "NOT EXISTS (SELECT 1 FROM verdicts x WHERE x.cancels = v.verdict_id)"
# A rejection is of an account for a movement; a proposal without account is rejected by itself.
REJECTS: Final = (
    "(v.kind = 'rejected' AND ((v.account_id = p.account_id AND v.account_id <> '')"
    " OR (v.account_id = '' AND v.reason = p.proposal_id)))"
)
# A proposal waits while its movement and its dues still bear all of it and nobody rejected it.
# What a return takes back is settled until it does: only the return itself must still be open.
WAITING: Final = f"""NOT EXISTS (
    SELECT 1 FROM proposals q JOIN items c ON c.item_id = q.credit_item
      JOIN items d ON d.item_id = q.debit_item
    WHERE q.proposal_id = p.proposal_id AND (
       ((q.rule <> 'return' OR q.credit_item = q.movement_item)
        AND c.allocated_cents - c.amount_cents < (SELECT SUM(s.amount_cents) FROM proposals s
         WHERE s.proposal_id = q.proposal_id AND s.credit_item = q.credit_item))
       OR ((q.rule <> 'return' OR q.debit_item = q.movement_item)
        AND d.amount_cents - d.allocated_cents < (SELECT SUM(s.amount_cents) FROM proposals s
         WHERE s.proposal_id = q.proposal_id AND s.debit_item = q.debit_item))))
  AND NOT EXISTS (SELECT 1 FROM verdicts v WHERE v.item_id = p.movement_item AND v.cancels IS NULL
      AND (v.kind = 'set_aside' OR {REJECTS})
      AND {STANDING})"""

_ALLOCATION_JOINS: Final = (
    " JOIN items ci ON ci.item_id = a.credit_item"
    " LEFT JOIN movements mc ON mc.item_id = a.credit_item"
    " LEFT JOIN movements md ON md.item_id = a.debit_item"
    " LEFT JOIN dues dc ON dc.item_id = a.credit_item"
    " LEFT JOIN dues dd ON dd.item_id = a.debit_item"
    " LEFT JOIN receipt_sides sc ON sc.item_id = a.credit_item"
    " LEFT JOIN receipt_sides sd ON sd.item_id = a.debit_item"
)
_ALLOCATION_ENDS: Final = (
    " COALESCE(mc.movement_id, md.movement_id, '') AS movement_id,"
    " COALESCE(mc.bank_reference, md.bank_reference, '') AS bank_reference,"
    " COALESCE(dd.due_id, dc.due_id, '') AS due_id,"
    " CASE WHEN dd.due_id IS NOT NULL THEN COALESCE(dc.due_id, '') ELSE '' END AS against_due_id,"
    " CASE WHEN mc.movement_id IS NOT NULL THEN COALESCE(md.movement_id, '') ELSE '' END"
    " AS against_movement_id,"
    " COALESCE(sc.receipt_id, sd.receipt_id, '') AS receipt_id,"
    " COALESCE(sc.kind, sd.kind, '') AS receipt_side,"
    " a.account_id, ci.building_id, a.amount_cents, a.credit_part, a.debit_part,"
)


# Links with what stands at both ends: a WHERE, and an order, are added.
DECIDED_LINKS: Final = (
    "SELECT a.allocation_id AS number, a.proposal_id, "
    + _ALLOCATION_ENDS
    + " CASE WHEN r.allocation_id IS NULL THEN 'accepted' ELSE 'reversed' END AS state,"
    " 0 AS rank, a.confidence, a.rule, a.reasons, j.action, j.actor, j.at, a.effective_on,"
    " COALESCE(r.effective_on, '') AS reversed_on,"
    " a.seq AS decision_seq, a.credit_item, a.debit_item FROM allocations a"
    " JOIN journal j ON j.seq = a.seq"
    " LEFT JOIN allocations r ON r.reverses = a.allocation_id" + _ALLOCATION_JOINS
)
PROPOSED_LINKS: Final = (
    "SELECT a.proposal_id AS number, a.proposal_id, "
    + _ALLOCATION_ENDS
    + " 'proposed' AS state, a.rank, a.confidence, a.rule, a.reasons,"
    " '' AS action, '' AS actor, '' AS at,"
    " COALESCE(mc.booked_on, md.booked_on, h.received_on, SUBSTR(t.at, 1, 10), o.booked_on, '')"
    " AS effective_on,"
    " '' AS reversed_on, 0 AS decision_seq,"
    " a.credit_item, a.debit_item FROM proposals a"
    " JOIN proposals p ON p.proposal_id = a.proposal_id AND p.debit_item = a.debit_item"
    " AND p.credit_item = a.credit_item"
    + _ALLOCATION_JOINS
    + " LEFT JOIN cheques h ON h.cheque_id = sc.receipt_id AND sc.receipt_kind = 'cheque'"
    " LEFT JOIN card_receipts t ON t.transaction_id = sc.receipt_id AND sc.receipt_kind = 'card'"
    " LEFT JOIN movements o ON o.movement_id = sc.receipt_id AND sc.receipt_kind = 'on_account'"
)
