"""What a plan of reminders is made from, as frames: one query a subject, none an account.

Everything is as it stood at the end of a business date, also a past one. Money in signed int64
cents, days as `datetime.date` objects or None, because each row becomes a record of `reminders`.
`building_id=""` means the whole portfolio.
"""

from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from workbench.ledger.store import Ledger

# What moved after the business date counts back: a later link had not been made yet.
_LATER: Final = (
    "SELECT item, SUM(cents) AS cents FROM ("
    "SELECT debit_item AS item, amount_cents AS cents FROM allocations WHERE effective_on > ?"
    " UNION ALL SELECT credit_item, -amount_cents FROM allocations WHERE effective_on > ?"
    ") moved GROUP BY item"
)
_HELD: Final = "(i.amount_cents - i.allocated_cents + COALESCE(l.cents, 0))"
_RECEIVED: Final = "COALESCE(h.received_on, SUBSTR(t.at, 1, 10), m.booked_on, '')"
_ASIDE: Final = (
    "NOT EXISTS (SELECT 1 FROM verdicts v WHERE v.item_id = i.item_id AND v.kind = 'set_aside'"
    " AND v.cancels IS NULL AND NOT EXISTS"
    " (SELECT 1 FROM verdicts x WHERE x.cancels = v.verdict_id))"
)
_UNTIL: Final = "(p.ended_on = '' OR p.ended_on > ?)"


def open_dues(ledger: Ledger, *, as_of: date, building_id: str = "") -> pd.DataFrame:
    """Returns what owners and tenants had open, by account, date and identifier.

    Columns: account_id, due_id, kind, label, due_on, period_start, open_cents (+ owed to us, - owed
    to the holder and not used yet). Dues issued by the day; a cheque, a card payment or money kept
    for the account, received by then, that settled nothing yet counts as kind `receipt`.
    """
    day = as_of.isoformat()
    also, building = _also("d.building_id", building_id)
    receipts_also, _ = _also("s.building_id", building_id)
    frame = ledger.frame(
        f"WITH l AS ({_LATER})"
        " SELECT d.account_id, d.due_id, d.kind, d.label, d.due_on, d.period_start,"
        f" CAST({_HELD} AS BIGINT) AS open_cents"
        " FROM dues d JOIN items i ON i.item_id = d.item_id"
        " JOIN accounts a ON a.account_id = d.account_id"
        " LEFT JOIN l ON l.item = d.item_id LEFT JOIN calls c ON c.call_id = d.call_id"
        f" WHERE {_HELD} <> 0 AND a.kind <> 'supplier'"
        f" AND COALESCE(c.called_on, d.due_on) <= ?{also}"
        " UNION ALL SELECT s.account_id, s.name, 'receipt', '',"
        f" {_RECEIVED}, '',"
        f" CAST({_HELD} AS BIGINT) FROM receipt_sides s JOIN items i ON i.item_id = s.item_id"
        " JOIN accounts a ON a.account_id = s.account_id"
        " LEFT JOIN l ON l.item = s.item_id"
        " LEFT JOIN cheques h ON h.cheque_id = s.receipt_id AND s.receipt_kind = 'cheque'"
        " LEFT JOIN card_receipts t ON t.transaction_id = s.receipt_id AND s.receipt_kind = 'card'"
        " LEFT JOIN movements m ON m.movement_id = s.receipt_id"
        f" WHERE s.kind = 'receipt' AND {_HELD} <> 0 AND a.kind <> 'supplier' AND {_ASIDE}"
        f" AND {_RECEIVED} <= ?{receipts_also}"
        " ORDER BY 1, 5, 2",
        (day, day, day, *building, day, *building),
    )
    return _dated(frame, "due_on", "period_start")


def latest_calls(ledger: Ledger, *, as_of: date, building_id: str = "") -> pd.DataFrame:
    """Returns when the latest call that concerns each account was sent.

    A call concerns the accounts that have a due or a mailing of it; its sending is the call's own,
    else that of the account's mailing.

    Columns: account_id, sent_on (None where calls concern it and none was sent).
    """
    also, building = _also("c.building_id", building_id)
    day = as_of.isoformat()
    frame = ledger.frame(
        "SELECT account_id, MAX(sent_on) AS sent_on FROM ("
        "SELECT d.account_id, CASE WHEN c.sent_on <= ? THEN c.sent_on ELSE '' END AS sent_on"
        f" FROM dues d JOIN calls c ON c.call_id = d.call_id WHERE d.call_id <> ''{also}"
        " UNION ALL SELECT v.account_id, CASE WHEN c.sent_on <> '' AND c.sent_on <= ?"
        " THEN c.sent_on WHEN c.sent_on = '' AND v.status = 'sent' AND SUBSTR(v.at, 1, 10) <= ?"
        " THEN SUBSTR(v.at, 1, 10) ELSE '' END"
        f" FROM deliveries v JOIN calls c ON c.call_id = v.call_id WHERE v.account_id <> ''{also}"
        ") concerned GROUP BY account_id ORDER BY account_id",
        (day, *building, day, day, *building),
    )
    return _dated(frame, "sent_on")


def undelivered(ledger: Ledger, *, as_of: date, building_id: str = "") -> pd.DataFrame:
    """Returns the mailings of calls that did not arrive and were not made good.

    Columns: account_id, sent_on (of the call, None when it has none), status (bounced | returned).
    """
    also, building = _also("c.building_id", building_id)
    frame = ledger.frame(
        "SELECT v.account_id, v.call_id, c.sent_on, v.status, v.at FROM deliveries v"
        " JOIN calls c ON c.call_id = v.call_id"
        " WHERE EXISTS (SELECT 1 FROM deliveries b WHERE b.call_id = v.call_id"
        " AND b.account_id = v.account_id AND b.status IN ('bounced', 'returned'))"
        f" AND SUBSTR(v.at, 1, 10) <= ?{also} ORDER BY v.account_id, v.call_id, v.at, v.status",
        (as_of.isoformat(), *building),
    )
    # Of one moment the worst counts: somebody looks at it before a reminder leaves.
    worst = frame["status"].isin(("bounced", "returned"))
    frame = frame.assign(worst=worst).sort_values(
        ["account_id", "call_id", "at", "worst"], kind="stable"
    )
    last = frame.drop_duplicates(["account_id", "call_id"], keep="last")
    # A call without a sending date was sent when its first mailing to the account was.
    first = frame[frame["status"] == "sent"].drop_duplicates(["account_id", "call_id"])
    sent = last.merge(
        first[["account_id", "call_id", "at"]], on=["account_id", "call_id"], how="left",
        suffixes=("", "_sent"),
    )  # fmt: skip
    mailed = sent["at_sent"].fillna("").astype("str").str.slice(0, 10)
    sent = sent.assign(sent_on=sent["sent_on"].astype("str").where(sent["sent_on"] != "", mailed))
    rows = sent.loc[sent["worst"], ["account_id", "sent_on", "status"]]
    return _dated(rows.reset_index(drop=True), "sent_on")


def buildings_called(ledger: Ledger, *, as_of: date, building_id: str = "") -> pd.DataFrame:
    """Returns each building with its latest call, by identifier.

    Columns: building_id, kind, name, call_months, first_call_sent_on and sent_on (or None).
    """
    also, building = _also("b.building_id", building_id)
    frame = ledger.frame(
        "SELECT b.building_id, b.kind, b.name, b.call_months, b.first_call_sent_on,"
        " COALESCE((SELECT MAX(c.sent_on) FROM calls c WHERE c.building_id = b.building_id"
        " AND c.sent_on <> '' AND c.sent_on <= ?), '') AS sent_on"
        f" FROM buildings b WHERE b.building_id <> ''{also} ORDER BY b.building_id",
        (as_of.isoformat(), *building),
    )
    return _dated(frame, "sent_on", "first_call_sent_on")


def left(ledger: Ledger, *, as_of: date, building_id: str = "") -> pd.DataFrame:
    """Returns the reminders that left by the day, imported and our own, oldest first.

    Columns: account_id, kind, sent_on, reminder_id (0 for an imported one).
    """
    also, building = _also("a.building_id", building_id)
    day = as_of.isoformat()
    frame = ledger.frame(
        "SELECT r.account_id, r.kind, r.sent_on, 0 AS reminder_id FROM reminders_sent r"
        f" JOIN accounts a ON a.account_id = r.account_id WHERE r.sent_on <= ?{also}"
        " UNION ALL SELECT r.account_id, r.kind, e.on_day, r.reminder_id FROM reminders r"
        " JOIN reminder_events e ON e.reminder_id = r.reminder_id AND e.state = 'sent'"
        " JOIN accounts a ON a.account_id = r.account_id WHERE e.on_day <= ?"
        " AND NOT EXISTS (SELECT 1 FROM reminder_events x WHERE x.reminder_id = r.reminder_id"
        f" AND x.state = 'cancelled'){also} ORDER BY 1, 3, 4, 2",
        (day, *building, day, *building),
    )
    return _dated(frame, "sent_on")


def payments(ledger: Ledger, *, since: date, as_of: date, building_id: str = "") -> pd.DataFrame:
    """Returns the money that settled dues after a day, oldest first.

    What was undone, or taken back by the bank by the day, is left out; a discount or a credit of
    ours that settles a due is no payment.

    Columns: account_id, paid_on, due_on, cents (> 0).
    """
    also, building = _also("d.building_id", building_id)
    frame = ledger.frame(
        "SELECT d.account_id, a.effective_on AS paid_on, d.due_on,"
        " a.amount_cents AS cents FROM allocations a"
        " JOIN dues d ON d.item_id = a.debit_item"
        " JOIN items p ON p.item_id = a.credit_item AND p.kind IN ('movement', 'receipt')"
        " WHERE a.reverses IS NULL AND a.effective_on > ? AND a.effective_on <= ?"
        " AND NOT EXISTS (SELECT 1 FROM allocations r WHERE r.reverses = a.allocation_id"
        f" AND r.effective_on <= ?){also} ORDER BY 1, 2, a.allocation_id",
        (since.isoformat(), as_of.isoformat(), as_of.isoformat(), *building),
    )
    return _dated(frame, "paid_on", "due_on")


def running_plans(ledger: Ledger, *, as_of: date, building_id: str = "") -> pd.DataFrame:
    """Returns the payment plans that run, signed and not ended: account_id, signed_on."""
    also, building = _also("a.building_id", building_id)
    day = as_of.isoformat()
    frame = ledger.frame(
        "SELECT p.account_id, p.signed_on FROM plans p"
        " JOIN accounts a ON a.account_id = p.account_id"
        f" WHERE p.signed_on <> '' AND p.signed_on <= ? AND {_UNTIL}{also} ORDER BY 1, 2",
        (day, day, *building),
    )
    return _dated(frame, "signed_on")


def running_procedures(ledger: Ledger, *, as_of: date, building_id: str = "") -> pd.DataFrame:
    """Returns the procedures that run, the latest of an account last: account_id, kind."""
    also, building = _also("a.building_id", building_id)
    day = as_of.isoformat()
    return ledger.frame(
        "SELECT p.account_id, p.kind FROM procedures p"
        " JOIN accounts a ON a.account_id = p.account_id"
        f" WHERE p.started_on <= ? AND {_UNTIL}{also} ORDER BY p.account_id, p.started_on",
        (day, day, *building),
    )


def letters_made(ledger: Ledger, *, year: int) -> dict[tuple[str, str], int]:
    """Returns how many letters of each kind each account was made in a year: (account, kind)."""
    frame = ledger.frame(
        "SELECT account_id, kind, COUNT(*) AS made FROM letters"
        " WHERE made_on >= ? AND made_on <= ? GROUP BY account_id, kind ORDER BY 1, 2",
        (f"{year}-01-01", f"{year}-12-31"),
    )
    columns = (frame[name].tolist() for name in ("account_id", "kind", "made"))
    return {(account, kind): int(made) for account, kind, made in zip(*columns, strict=True)}


def _also(column: str, building_id: str) -> tuple[str, tuple[str, ...]]:
    return (f" AND {column} = ?", (building_id,)) if building_id else ("", ())


def _dated(frame: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Turns ISO texts into days, "" into None; each different day is made once."""
    for column in columns:
        codes, texts = pd.factorize(frame[column].astype("str"))
        days = np.array([date.fromisoformat(t) if t else None for t in texts], dtype="object")
        cells = days[codes] if len(days) else np.array([], dtype="object")
        frame[column] = pd.Series(cells, index=frame.index, dtype="object")
    for column in frame.columns:
        if column.endswith("cents") or column == "reminder_id":
            frame[column] = frame[column].astype("int64")
    return frame
