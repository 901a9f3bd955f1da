"""Invoices of what a reminder costs its holder: drafts, validated ones with their due, cancelled.

An invoice never changes; what becomes of it is an event. A validated one makes a due of kind `fee`
on the holder's account, entered and taken back as any due that people add (see `entered`).

Source: DOMAIN B4, E12, E19; docs/decisions/0021.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import pandas as pd
from sqlalchemy import Connection, Row, Table, text

from workbench.domain.errors import ParameterError, shortened
from workbench.ledger import decisions, entered, reminder_tables
from workbench.ledger.decisions import Fact, record_rows
from workbench.ledger.entered import NewDue
from workbench.ledger.frame_types import typed
from workbench.ledger.journal import JournalEntry
from workbench.ledger.store import Ledger, next_number

LETTER: Final = "F"
DRAFT: Final = "draft"
VALIDATED: Final = "validated"
CANCELLED: Final = "cancelled"
_FEE: Final = "fee"
# What became of each invoice. A due that somebody took back as any other took its invoice back.
_STATE: Final = (
    "SELECT f.*, v.on_day AS validated_on, v.due_id,"
    " COALESCE(c.on_day, m.due_on, '') AS cancelled_on, j.actor, j.at"
    " FROM fee_invoices f JOIN journal j ON j.seq = f.seq"
    " LEFT JOIN fee_invoice_events v ON v.invoice_id = f.invoice_id AND v.state = 'validated'"
    " LEFT JOIN fee_invoice_events c ON c.invoice_id = f.invoice_id AND c.state = 'cancelled'"
    " LEFT JOIN dues d ON d.due_id = v.due_id AND v.due_id <> ''"
    " LEFT JOIN dues m ON m.due_id = '" + entered.MIRRORED + "' || d.item_id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInvoice:
    """An invoice to write.

    Attributes:
        reminder_id: what it charges; None for another service.
        account_id: who pays it.
        building_id: the account's.
        service: code of the fee schedule.
        amount_cents: > 0.
        supplier_account: whose invoice it is, "" where nobody said.
        expense_account: of the chart, "" where nobody said.
        label: of its due, French; used when it is validated at once.
        is_validated: its due is made with it; else a draft waits for a person.
    """

    reminder_id: int | None
    account_id: str
    building_id: str
    service: str
    amount_cents: int
    supplier_account: str = ""
    expense_account: str = ""
    label: str = ""
    is_validated: bool = False


def record_invoice(
    connection: Connection, new: NewInvoice, *, on: date, actor: str, at: datetime
) -> int:
    """Appends one invoice, and its due when it is validated; one journal row.

    Args:
        connection: of `Ledger.writing`.
        new: what is charged.
        on: day of the invoice.
        actor: who charges.
        at: when.

    Returns:
        Its number.
    """
    table = reminder_tables.fee_invoices
    number = next_number(connection, table, "invoice_id")
    rows: dict[Table, Sequence[tuple[Any, ...]]] = {
        table: [
            (number, new.reminder_id, new.account_id, new.building_id, new.service,
             new.amount_cents, new.supplier_account, new.expense_account, on.isoformat())
        ]
    }  # fmt: skip
    if not new.is_validated:
        entry = JournalEntry(action="invoice", subject=f"{LETTER}{number}", data={})
        record_rows(connection, entry, rows, actor=actor, at=at)
        return number
    due_id, fact, event = _due_of(connection, number, new, on=on)
    rows[reminder_tables.fee_invoice_events] = [event]
    _record(connection, due_id, fact, rows, actor=actor, at=at)
    return number


def validate(
    connection: Connection, invoice: Row[Any], *, label: str, on: date, actor: str, at: datetime
) -> str:
    """Validates a draft: its due is made; returns the due.

    Args:
        connection: of `Ledger.writing`.
        invoice: of `find`, a draft.
        label: of the due, French.
        on: the day it is validated, and due.
        actor: who validates.
        at: when.
    """
    new = NewInvoice(
        reminder_id=invoice.reminder_id, account_id=invoice.account_id,
        building_id=invoice.building_id, service=invoice.service,
        amount_cents=invoice.amount_cents, label=label,
    )  # fmt: skip
    due_id, fact, event = _due_of(connection, invoice.invoice_id, new, on=on)
    rows = {reminder_tables.fee_invoice_events: [event]}
    _record(connection, due_id, fact, rows, actor=actor, at=at)
    return due_id


def _due_of(
    connection: Connection, number: int, new: NewInvoice, *, on: date
) -> tuple[str, Fact, tuple[Any, ...]]:
    """Stores an invoice's due; returns it, what the journal keeps of it, and the event's row."""
    due = NewDue(
        account_id=new.account_id, building_id=new.building_id, kind=_FEE,
        amount_cents=new.amount_cents, due_on=on, label=new.label,
    )  # fmt: skip
    _, due_id, fact = entered.store_due(connection, due)
    event = next_number(connection, reminder_tables.fee_invoice_events, "event_id")
    return due_id, fact, (event, number, VALIDATED, on.isoformat(), due_id)


def _record(
    connection: Connection,
    due_id: str,
    fact: Fact,
    rows: Mapping[Table, Sequence[tuple[Any, ...]]],
    *,
    actor: str,
    at: datetime,
) -> None:
    entry = JournalEntry(action="add_due", subject=due_id, data={"facts": [list(fact)]})
    record_rows(connection, entry, rows, actor=actor, at=at)


def cancel(
    connection: Connection, invoice: Row[Any], *, on: date, reason: str, actor: str, at: datetime
) -> None:
    """Cancels an invoice; its due, if it has one, is mirrored.

    Args:
        connection: of `Ledger.writing`.
        invoice: of `find`, not cancelled.
        on: the day.
        reason: why, in the person's words.
        actor: who cancels.
        at: when.

    Raises:
        DecisionRefusedError: its due is paid, even in part; nothing is written.
    """
    due = entered.added_due(connection, invoice.due_id) if invoice.due_id else None
    if due is not None and not due.is_cancelled:
        mirrored = entered.cancelled_due(connection, due, words=reason)
        decisions.record(connection, [mirrored], actor=actor, at=at)
    table = reminder_tables.fee_invoice_events
    row = (
        next_number(connection, table, "event_id"), invoice.invoice_id, CANCELLED, on.isoformat(),
        "",
    )  # fmt: skip
    data = {"words": reason} if reason else {}
    entry = JournalEntry(
        action="cancel_invoice", subject=f"{LETTER}{invoice.invoice_id}", data=data
    )
    record_rows(connection, entry, {table: [row]}, actor=actor, at=at)


def find(connection: Connection, identifier: str) -> Row[Any]:
    """Returns an invoice: the columns of its table, validated_on, due_id, cancelled_on, actor, at.

    Texts are "" or None where there is nothing.

    Args:
        connection: reading or writing.
        identifier: `F12`.

    Raises:
        ParameterError: no such invoice.
    """
    number = identifier.removeprefix(LETTER)
    row = None
    if identifier.startswith(LETTER) and number.isdecimal():
        query = text(f"{_STATE} WHERE f.invoice_id = :number")
        row = connection.execute(query, {"number": int(number)}).first()
    if row is None:
        raise ParameterError(f"aucune facture « {shortened(identifier, limit=20)} »")
    return row


def of_reminder(connection: Connection, reminder_id: int) -> list[str]:
    """Returns the invoices that charge a reminder and are not cancelled."""
    rows = connection.execute(
        text(f"{_STATE} WHERE f.reminder_id = :reminder ORDER BY f.invoice_id"),
        {"reminder": reminder_id},
    ).all()
    return [f"{LETTER}{row.invoice_id}" for row in rows if not row.cancelled_on]


def fee_schedule(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns what each building's contract lets charge, by building and service.

    Columns: building_id, service, price_cents, supplier_account, expense_account.
    """
    where = "" if building_id is None else "WHERE building_id = ?"
    frame = ledger.frame(
        "SELECT building_id, service, price_cents, supplier_account, expense_account"
        f" FROM fee_schedule {where} ORDER BY building_id, service",
        () if building_id is None else (building_id,),
    )
    return typed(frame)


def fee_invoices(
    ledger: Ledger, *, building_id: str | None = None, service: str | None = None
) -> pd.DataFrame:
    """Returns the invoices of reminders and procedures, in the order they were made.

    Args:
        ledger: open.
        building_id: one building.
        service: one service, such as `formal_notice` (DOMAIN E19).

    Returns:
        `invoice_id` (`F12`), `reminder_id` (0 when of none), `account_id`, `building_id`,
        `holder`, `service`, `amount_cents` (> 0), `supplier_account`, `expense_account`,
        `issued_on`, `state` (`draft`, `validated`, `cancelled`), `validated_on`, `cancelled_on`
        (datetime64, NaT), `due_id` ("" of a draft), `actor`, `at` (ISO text).
    """
    wanted = {"s.building_id": building_id, "s.service": service}
    conditions = [f"{column} = ?" for column, value in wanted.items() if value is not None]
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    frame = ledger.frame(
        "SELECT s.invoice_id, COALESCE(s.reminder_id, 0) AS reminder_id, s.account_id,"
        " s.building_id, a.holder, s.service, s.amount_cents, s.supplier_account,"
        " s.expense_account, s.issued_on, COALESCE(s.validated_on, '') AS validated_on,"
        " s.cancelled_on, COALESCE(s.due_id, '') AS due_id, s.actor, s.at"
        f" FROM ({_STATE}) s JOIN accounts a ON a.account_id = s.account_id {where}"
        " ORDER BY s.invoice_id",
        [value for value in wanted.values() if value is not None],
    )
    frame = typed(frame, dates=("issued_on", "validated_on", "cancelled_on"))
    frame["invoice_id"] = LETTER + frame["invoice_id"].astype("str")
    state = pd.Series(DRAFT, index=frame.index, dtype="str")
    state = state.mask(frame["validated_on"].notna(), VALIDATED)
    return frame.assign(state=state.mask(frame["cancelled_on"].notna(), CANCELLED))
