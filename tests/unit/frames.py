"""Frames as the ledger's views give them, made by hand: a row a call, defaults for the rest."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

MAIN_IBAN = "FR7630006000011234567890189"
D = date


def _frame(
    rows: Sequence[Mapping[str, Any]],
    defaults: Mapping[str, Any],
    *,
    dates: Sequence[str] = (),
    whole: Sequence[str] = (),
    maybe_whole: Sequence[str] = (),
) -> pd.DataFrame:
    frame = pd.DataFrame([{**defaults, **row} for row in rows], columns=list(defaults))
    for column in frame.columns:
        if column in dates:
            frame[column] = pd.to_datetime(frame[column]).astype("datetime64[s]")
        elif column in maybe_whole:
            frame[column] = frame[column].astype("Int64")
        elif column in whole or column.endswith("_cents"):
            frame[column] = frame[column].astype("int64")
        elif column == "confidence":
            frame[column] = frame[column].astype("float64")
        else:
            frame[column] = frame[column].astype("str")
    return frame


def dues(*rows: Mapping[str, Any]) -> pd.DataFrame:
    """Dues; `issued_on` is `due_on` and `open_cents` is `amount_cents` unless said."""
    filled = [
        {
            "item_id": 1000 + place,
            "issued_on": row.get("due_on"),
            "open_cents": row.get("amount_cents", 0),
            **row,
        }
        for place, row in enumerate(rows)
    ]
    defaults = {
        "item_id": 0, "due_id": "", "account_id": "A1", "building_id": "B1", "kind": "call",
        "label": "", "amount_cents": 0, "open_cents": 0, "due_on": None, "issued_on": None,
        "period_start": None, "period_end": None, "call_id": "", "reference": "",
    }  # fmt: skip
    return _frame(
        filled,
        defaults,
        dates=("due_on", "issued_on", "period_start", "period_end"),
        whole=("item_id",),
    )


def allocations(*rows: Mapping[str, Any]) -> pd.DataFrame:
    """Allocations, accepted by the engine unless said."""
    defaults = {
        "allocation_id": "", "movement_id": "M1", "bank_reference": "", "due_id": "",
        "against_due_id": "", "account_id": "A1", "building_id": "B1", "amount_cents": 0,
        "state": "accepted", "rank": 0, "confidence": 1.0, "rule": "code", "reasons": "{}",
        "action": "match", "actor": "moteur", "at": None, "effective_on": None,
        "reversed_on": None, "decision_seq": 1, "receipt_id": "", "receipt_side": "",
        "credit_item": 0, "debit_item": 0,
    }  # fmt: skip
    dates = ("at", "effective_on", "reversed_on")
    whole = ("rank", "decision_seq", "credit_item", "debit_item")
    return _frame(rows, defaults, dates=dates, whole=whole)


def receipts(*rows: Mapping[str, Any]) -> pd.DataFrame:
    """Sides of receipts: cheques that the bank is to credit unless said."""
    filled = [{"item_id": 5000 + n, "open_cents": r.get("amount_cents", 0), **r}
              for n, r in enumerate(rows)]  # fmt: skip
    defaults = {
        "item_id": 0, "name": "", "kind": "deposit", "receipt_kind": "cheque", "receipt_id": "",
        "building_id": "B1", "account_id": "", "amount_cents": 0, "open_cents": 0,
        "received_on": None, "at": "", "payer": "", "drawee_bank": "", "number": "",
        "reference": "", "channel": "", "set_aside": "",
    }  # fmt: skip
    return _frame(filled, defaults, dates=("received_on",), whole=("item_id",))


def movements(*rows: Mapping[str, Any]) -> pd.DataFrame:
    """Movements; wholly open and unmatched unless said."""
    filled = [
        {
            "item_id": place,
            "movement_id": f"M{place}",
            "open_cents": row.get("amount_cents", 0),
            **row,
        }
        for place, row in enumerate(rows, 1)
    ]
    defaults = {
        "item_id": 0, "movement_id": "", "iban": MAIN_IBAN, "building_id": "B1",
        "booked_on": None, "value_on": None, "amount_cents": 0, "open_cents": 0,
        "currency": "EUR", "label": "VIR SEPA RECU", "counterparty": "", "counterparty_iban": "",
        "ultimate_party": "", "bank_reference": "", "end_to_end_id": "", "mandate_id": "",
        "remittance_reference": "", "operation_code": "", "return_reason": "", "details": "",
        "statement_id": 1, "file_name": "releve.xml", "place": 1, "status": "unmatched",
        "set_aside": "", "set_aside_words": "", "classified": "", "classified_words": "",
    }  # fmt: skip
    return _frame(
        filled,
        defaults,
        dates=("booked_on", "value_on"),
        whole=("item_id", "statement_id", "place"),
    )


def statements(*rows: Mapping[str, Any]) -> pd.DataFrame:
    """Statements of the main account unless said."""
    filled = [{"statement_id": place, **row} for place, row in enumerate(rows, 1)]
    defaults = {
        "statement_id": 0, "iban": MAIN_IBAN, "building_id": "B1", "number": "", "opened_on": None,
        "closed_on": None, "opening_cents": None, "closing_cents": None, "currency": "EUR",
        "entries": 0, "credits_cents": 0, "debits_cents": 0, "file_name": "releve.xml",
    }  # fmt: skip
    return _frame(
        filled,
        defaults,
        dates=("opened_on", "closed_on"),
        whole=("statement_id", "entries"),
        maybe_whole=("opening_cents", "closing_cents"),
    )


def accounts(*rows: Mapping[str, Any]) -> pd.DataFrame:
    """Accounts, co-owners' unless said; the code is the identifier."""
    filled = [{"code": row.get("account_id", ""), **row} for row in rows]
    defaults = {
        "account_id": "", "building_id": "B1", "holder": "", "kind": "coowner", "code": "",
    }  # fmt: skip
    return _frame(filled, defaults)
