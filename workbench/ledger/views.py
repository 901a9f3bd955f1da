"""Frames out: the ledger as documented columns.

Every view: money in signed int64 cents (`*_cents`), dates as datetime64[s] (NaT when missing),
text never missing (""), rows in a fixed order. `building_id=None` means the whole portfolio.
"""

from collections.abc import Collection

import pandas as pd

from workbench.ledger import completion
from workbench.ledger.frame_types import typed
from workbench.ledger.standing import DECIDED_LINKS, PROPOSED_LINKS, STANDING, WAITING
from workbench.ledger.store import Ledger


def buildings(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns the buildings, by identifier.

    Columns: building_id, name, kind (coownership | rental), address, postcode, city, mandate_start,
    manager_email, landlord_email, call_months, first_call_sent_on.
    """
    where, parameters = _building("building_id", building_id)
    frame = ledger.frame(f"SELECT * FROM buildings {where} ORDER BY building_id", parameters)
    return typed(frame, dates=("mandate_start", "first_call_sent_on"))


def bank_accounts(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns the bank accounts, by IBAN: iban, building_id, bic, bank_name, kind (never "")."""
    where, parameters = _building("building_id", building_id)
    frame = ledger.frame(f"SELECT * FROM bank_accounts {where} ORDER BY iban", parameters)
    frame = typed(frame)
    frame["kind"] = frame["kind"].where(frame["kind"] != "", "current")
    return frame


def accounts(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns the accounts, by building and identifier.

    Columns: account_id, building_id, holder, kind (coowner | tenant | supplier), code (what payers
    quote; the account_id when it has none), person_id, aliases and payer_ibans (joined by |),
    payment_mode, email, address, postcode, city, lots, coupon_code, trade, opened_on, closed_on.
    """
    where, parameters = _building("building_id", building_id)
    frame = ledger.frame(
        f"SELECT * FROM accounts {where} ORDER BY building_id, account_id", parameters
    )
    frame = typed(frame, dates=("opened_on", "closed_on"))
    frame["code"] = frame["code"].where(frame["code"] != "", frame["account_id"])
    return frame


def dues(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns the dues, by date and identifier.

    Columns: item_id, due_id, account_id, building_id, kind, label, amount_cents (+ the holder owes
    us, - we owe the holder), open_cents (same sign, after every accepted link), due_on, issued_on
    (date of its call, else due_on), period_start, period_end, call_id, reference.
    """
    where, parameters = _building("d.building_id", building_id)
    frame = ledger.frame(
        "SELECT d.item_id, d.due_id, d.account_id, d.building_id, d.kind, d.label, d.amount_cents,"
        " i.amount_cents - i.allocated_cents AS open_cents, d.due_on,"
        " COALESCE(c.called_on, d.due_on) AS issued_on, d.period_start, d.period_end, d.call_id,"
        " d.reference FROM dues d JOIN items i ON i.item_id = d.item_id"
        f" LEFT JOIN calls c ON c.call_id = d.call_id {where} ORDER BY d.due_on, d.due_id",
        parameters,
    )
    return typed(frame, dates=("due_on", "issued_on", "period_start", "period_end"))


def movements(
    ledger: Ledger, *, building_id: str | None = None, items: Collection[int] | None = None
) -> pd.DataFrame:
    """Returns the movements, by booking date, IBAN and identifier; with `items` only those.

    Columns: item_id, movement_id, iban, building_id ("" while nobody knows the IBAN), booked_on,
    value_on, amount_cents (+ money in), open_cents (same sign, not yet linked), currency, label,
    counterparty, counterparty_iban, ultimate_party, bank_reference, end_to_end_id, mandate_id,
    remittance_reference, operation_code, return_reason, details (JSON, "" when none; with those
    and the parties as other messages complete them, see `completion`), returns_movement_id (what a
    return sends back, "" when unknown; several joined by |), statement_id, file_name, place (line
    or record of the file), status (matched | partial | proposed | unmatched | ignored), set_aside
    (reason code), set_aside_words, classified (kind the last run saw), classified_words.
    """
    where, parameters = _building("b.building_id", building_id, _among("m.item_id", items))
    waiting = " AND ".join(filter(None, (WAITING, _among("p.movement_item", items))))
    frame = ledger.frame(
        "SELECT m.item_id, m.movement_id, m.iban, COALESCE(b.building_id, '') AS building_id,"
        " m.booked_on, m.value_on, m.amount_cents,"
        " m.amount_cents + COALESCE(i.allocated_cents, 0) AS open_cents, m.currency, m.label,"
        " m.counterparty, m.counterparty_iban, m.ultimate_party, m.bank_reference,"
        " m.end_to_end_id, m.mandate_id, m.remittance_reference, m.operation_code,"
        " m.return_reason, m.details, m.statement_id, f.name AS file_name, m.place,"
        " CASE WHEN p.movement_item IS NULL THEN 0 ELSE 1 END AS proposed,"
        " CASE WHEN v.item_id IS NULL THEN 0 ELSE 1 END AS aside,"
        " COALESCE(v.reason, '') AS set_aside, COALESCE(v.words, '') AS set_aside_words,"
        " COALESCE(k.kind, '') AS classified, COALESCE(k.words, '') AS classified_words"
        " FROM movements m"
        " LEFT JOIN bank_accounts b ON b.iban = m.iban"
        " LEFT JOIN items i ON i.item_id = m.item_id"
        " JOIN statements s ON s.statement_id = m.statement_id"
        " JOIN files f ON f.file_id = s.file_id"
        f" LEFT JOIN (SELECT DISTINCT movement_item FROM proposals p WHERE {waiting}) p"
        " ON p.movement_item = m.item_id"
        " LEFT JOIN (SELECT v.item_id, MAX(v.reason) AS reason, MAX(v.words) AS words"
        f" FROM verdicts v WHERE v.kind = 'set_aside' AND v.cancels IS NULL AND {STANDING}"
        " GROUP BY v.item_id) v ON v.item_id = m.item_id"
        " LEFT JOIN classifications k ON k.movement_item = m.item_id"
        f" {where} ORDER BY m.booked_on, m.iban, m.movement_id",
        parameters,
    )
    frame = typed(
        completion.completed(ledger, frame), dates=("booked_on", "value_on"),
        whole=("proposed", "aside"),
    )  # fmt: skip
    # The frame's form of `domain.balances.movement_status`.
    settled = (frame["open_cents"] == 0) & (frame["amount_cents"] != 0)
    status = pd.Series("unmatched", index=frame.index, dtype="str")
    status = status.mask(frame["proposed"] == 1, "proposed")
    status = status.mask(frame["open_cents"] != frame["amount_cents"], "partial")
    status = status.mask(frame["aside"] == 1, "ignored")
    frame["status"] = status.mask(settled, "matched")
    return frame.drop(columns=["proposed", "aside"])


def allocations(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns every link: decided ones in the order of their decision, then what is proposed.

    Columns: allocation_id ("A…" decided, "P…" proposed), movement_id ("" when a discount, a refund
    or a receipt settles), bank_reference, due_id, against_due_id (the discount or refund),
    against_movement_id (money out that answers money in; then due_id is ""), receipt_id (cheque or
    card receipt, "" when none), receipt_side (receipt: it settles a due, or a return takes it back;
    deposit: a movement credits it; ""), account_id ("" where no holder's balance changes),
    building_id, amount_cents (positive), credit_part and debit_part (transaction of a batch, from
    1; 0 for the whole), state (accepted | proposed | reversed), rank (of a proposal, 1 best;
    else 0), confidence, rule, reasons (JSON), action (match: the engine; return: what the bank
    took back; accept, link or on_account: a person), actor, at, effective_on (from when it counts),
    reversed_on (until when; that same day when it never should have counted, NaT while it does),
    decision_seq (journal; 0 for a proposal), proposal_id, credit_item, debit_item.
    """
    where, parameters = _building("ci.building_id", building_id, "a.reverses IS NULL")
    decided = ledger.frame(f"{DECIDED_LINKS} {where} ORDER BY a.allocation_id", parameters)
    decided["number"] = "A" + decided["number"].astype("str")
    where, parameters = _building("ci.building_id", building_id, WAITING)
    order = "ORDER BY 3, a.rank, a.proposal_id, a.debit_item, a.credit_item"
    waiting = ledger.frame(f"{PROPOSED_LINKS} {where} {order}", parameters)
    parts = [
        typed(part, texts=("number",), dates=("at", "effective_on", "reversed_on"))
        for part in (decided, waiting)
        if len(part)
    ]
    frame = (
        pd.concat(parts, ignore_index=True)
        if parts
        else typed(decided, texts=("number",), dates=("at", "effective_on", "reversed_on"))
    )
    return frame.rename(columns={"number": "allocation_id"})


def receipts(
    ledger: Ledger, *, building_id: str | None = None, account_ids: Collection[str] | None = None
) -> pd.DataFrame:
    """Returns the sides of every cheque and card receipt, by date, receipt and item.

    With `account_ids` only what these accounts paid.

    A receipt marked error is none; one that neither account nor building explains has no side.

    Columns: item_id, name (what people call it), kind (receipt: what a holder paid; deposit: what
    the bank is to credit), receipt_kind (cheque | card | on_account: money of a movement kept for
    an account), receipt_id (of money kept: its movement), building_id, account_id ("" of
    a deposit), amount_cents (- for receipt, + for deposit), open_cents (same sign), received_on, at
    (ISO text, to order the receipts of a day), payer, drawee_bank, number (of a cheque), reference
    (of a card receipt), channel, set_aside (reason code of what stays open and needs no link).
    """
    marks = ", ".join("?" * len(account_ids or ())) or "NULL"
    asked = f"s.account_id IN ({marks})" if account_ids is not None else ""
    where, parameters = _building("s.building_id", building_id, asked)
    frame = ledger.frame(
        "SELECT s.item_id, s.name, s.kind, s.receipt_kind, s.receipt_id, s.building_id,"
        " s.account_id, s.amount_cents, i.amount_cents - i.allocated_cents AS open_cents,"
        " COALESCE(h.received_on, SUBSTR(t.at, 1, 10), o.booked_on) AS received_on,"
        " COALESCE(h.received_on, t.at, o.booked_on) AS at,"
        " COALESCE(h.drawer, o.counterparty, '') AS payer,"
        " COALESCE(h.drawee_bank, '') AS drawee_bank, COALESCE(h.number, '') AS number,"
        " COALESCE(t.reference, '') AS reference, COALESCE(t.channel, '') AS channel,"
        " COALESCE(v.reason, '') AS set_aside"
        " FROM receipt_sides s JOIN items i ON i.item_id = s.item_id"
        " LEFT JOIN cheques h ON h.cheque_id = s.receipt_id AND s.receipt_kind = 'cheque'"
        " LEFT JOIN card_receipts t ON t.transaction_id = s.receipt_id AND s.receipt_kind = 'card'"
        " LEFT JOIN movements o ON o.movement_id = s.receipt_id AND s.receipt_kind = 'on_account'"
        " LEFT JOIN (SELECT v.item_id, MAX(v.reason) AS reason FROM verdicts v"
        f" WHERE v.kind = 'set_aside' AND v.cancels IS NULL AND {STANDING}"
        " GROUP BY v.item_id) v ON v.item_id = s.item_id"
        f" {where} ORDER BY 11, s.receipt_id, s.item_id",
        (*parameters, *(account_ids or ())),
    )
    return typed(frame, dates=("received_on",))


def statements(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns the statements, by IBAN and date.

    Columns: statement_id, iban, building_id ("" while unknown), number, opened_on, closed_on,
    opening_cents and closing_cents (Int64, missing where the file has no balance), currency,
    entries, credits_cents (>= 0), debits_cents (<= 0), file_name.
    """
    where, parameters = _building("b.building_id", building_id)
    frame = ledger.frame(
        "SELECT s.statement_id, s.iban, COALESCE(b.building_id, '') AS building_id, s.number,"
        " s.opened_on, s.closed_on, s.opening_cents, s.closing_cents, s.currency, s.entries,"
        " s.credits_cents, s.debits_cents, f.name AS file_name FROM statements s"
        " JOIN files f ON f.file_id = s.file_id LEFT JOIN bank_accounts b ON b.iban = s.iban"
        f" {where} ORDER BY s.iban, s.closed_on, s.opened_on, s.number, s.statement_id",
        parameters,
    )
    return typed(
        frame, dates=("opened_on", "closed_on"), maybe_whole=("opening_cents", "closing_cents")
    )


def indexations(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns rent indexations: account_id, from_on, old_amount_cents, new_amount_cents, label."""
    where, parameters = _building("a.building_id", building_id)
    frame = ledger.frame(
        "SELECT x.* FROM indexations x JOIN accounts a ON a.account_id = x.account_id"
        f" {where} ORDER BY x.account_id, x.from_on",
        parameters,
    )
    return typed(frame, dates=("from_on",))


def calls(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns calls for funds: call_id, building_id, called_on, kind, sent_on."""
    where, parameters = _building("building_id", building_id)
    frame = ledger.frame(f"SELECT * FROM calls {where} ORDER BY called_on, call_id", parameters)
    return typed(frame, dates=("called_on", "sent_on"))


def deliveries(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns what became of each call's mailing: call_id, account_id, status, at, channel."""
    where, parameters = _building("a.building_id", building_id)
    frame = ledger.frame(
        "SELECT d.* FROM deliveries d JOIN accounts a ON a.account_id = d.account_id"
        f" {where} ORDER BY d.call_id, d.account_id, d.at",
        parameters,
    )
    return typed(frame)


def reminders_sent(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns reminders that left: account_id, kind, sent_on, amount_cents (Int64), channel."""
    where, parameters = _building("a.building_id", building_id)
    frame = ledger.frame(
        "SELECT r.* FROM reminders_sent r JOIN accounts a ON a.account_id = r.account_id"
        f" {where} ORDER BY r.sent_on, r.account_id, r.kind",
        parameters,
    )
    return typed(frame, dates=("sent_on",), maybe_whole=("amount_cents",))


def procedures(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns procedures: account_id, kind, started_on, ended_on, supplier_id, label."""
    where, parameters = _building("a.building_id", building_id)
    frame = ledger.frame(
        "SELECT p.* FROM procedures p JOIN accounts a ON a.account_id = p.account_id"
        f" {where} ORDER BY p.started_on, p.account_id",
        parameters,
    )
    return typed(frame, dates=("started_on", "ended_on"))


def undone(ledger: Ledger) -> pd.DataFrame:
    """Returns what people took back: movement_item_id, account_id ("" where no account was meant).

    Receipts are among the movements, by the item of what was paid. The engine proposes such a pair
    again, but never accepts it by itself. What the bank took back was no mistake.
    """
    frame = ledger.frame(
        "SELECT i.item_id AS movement_item_id, a.account_id FROM allocations a"
        " JOIN items i ON i.item_id IN (a.credit_item, a.debit_item)"
        " JOIN journal j ON j.seq = a.seq"
        " WHERE a.reverses IS NOT NULL AND j.action <> 'return'"
        " AND i.kind IN ('movement', 'receipt')"
        " UNION SELECT v.item_id, '' FROM verdicts v"
        " WHERE v.cancels IS NOT NULL AND v.kind = 'set_aside' ORDER BY 1, 2"
    )
    return typed(frame)


def rejections(ledger: Ledger) -> pd.DataFrame:
    """Returns standing rejections, one row each.

    Columns: movement_item_id (also a receipt's), account_id, proposal_id (where a proposal was
    rejected that is of no account; else "").
    """
    frame = ledger.frame(
        "SELECT v.item_id AS movement_item_id, v.account_id,"
        " CASE WHEN v.account_id = '' THEN v.reason ELSE '' END AS proposal_id FROM verdicts v"
        f" WHERE v.kind = 'rejected' AND v.cancels IS NULL AND {STANDING} ORDER BY 1, 2"
    )
    return typed(frame)


def journal(ledger: Ledger, *, subject: str | None = None) -> pd.DataFrame:
    """Returns the journal in order.

    Columns: seq, at (ISO text, UTC), actor, action, subject, data (JSON), hash, previous_hash.
    """
    where, parameters = _building("subject", subject)
    return typed(ledger.frame(f"SELECT * FROM journal {where} ORDER BY seq", parameters))


def journal_head(ledger: Ledger) -> pd.DataFrame:
    """Returns the journal's last row, or no row: seq, at, hash.

    A month-end's own mark is passed over: the buildings of one run carry the same head, whichever
    came first.
    """
    return typed(
        ledger.frame(
            "SELECT seq, at, hash FROM journal WHERE action <> 'month_end'"
            " ORDER BY seq DESC LIMIT 1"
        )
    )


def findings(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns what imports had to say, in order.

    Columns: code, severity (error | warning | info), message, file, line (Int64), column, value,
    subject, building_id, to_do.
    """
    where, parameters = _building("building_id", building_id)
    frame = ledger.frame(
        'SELECT code, severity, message, file, line, column_name AS "column", value, subject,'
        f" building_id, to_do FROM findings {where} ORDER BY finding_id",
        parameters,
    )
    return typed(frame, maybe_whole=("line",))


def _among(column: str, items: Collection[int] | None) -> str:
    """Returns the condition that a column is one of some numbers; "" for any."""
    return "" if items is None else f"{column} IN ({', '.join(map(str, items)) or 'NULL'})"


def _building(column: str, building_id: str | None, *also: str) -> tuple[str, tuple[str, ...]]:
    conditions = [c for c in (f"{column} = ?" if building_id is not None else "", *also) if c]
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    return where, (building_id,) if building_id is not None else ()
