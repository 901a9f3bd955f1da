"""What goes into a match and what comes out: frames, their columns, units and signs."""

from dataclasses import dataclass, field

import pandas as pd

PROPOSAL_TYPES = {
    "movement_item_id": "int64",
    "rank": "int64",
    "verdict": "str",
    "account_id": "str",
    "due_item_id": "int64",
    "amount_cents": "int64",
    "rule": "str",
    "confidence": "float64",
    "score": "float64",
    "reasons": "str",
}
OFFSET_TYPES = {
    "movement_item_id": "int64",
    "credit_item_id": "int64",
    "due_item_id": "int64",
    "account_id": "str",
    "amount_cents": "int64",
    "rule": "str",
    "reasons": "str",
}
CLASSIFIED_TYPES = {
    "movement_item_id": "int64",
    "kind": "str",
    "words": "str",
    "set_aside": "bool",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchInputs:
    """The open side of the ledger. Any frame may be empty, also without columns.

    Money is int64 cents, dates datetime64 (NaT when missing), missing text "". The order of rows
    never matters.

    Attributes:
        movements: open movements. item_id, building_id ("" while its bank account is unknown),
            iban, booked_on, amount_cents (+ money in), open_cents (same sign, not yet allocated),
            label, counterparty, counterparty_iban, ultimate_party, end_to_end_id, mandate_id,
            remittance_reference, operation_code, return_reason; account_id ("" or missing, else the
            account that a person entered it for: a receipt).
        dues: open dues. item_id, due_id, account_id, building_id, kind, label, amount_cents
            (+ the holder owes us), open_cents (same sign), due_on, issued_on, period_start,
            period_end, call_id, reference.
        accounts: account_id, building_id, holder, kind, code, person_id, aliases and payer_ibans
            (`|` between them), coupon_code.
        known_payers: what validated links teach, columns of `learning.lessons`; of those the
            engine uses building_id, iban, name (one of the two is ""), account_id, state,
            validated_by and validated_at.
        rejections: movement_item_id, account_id: pairs that a human refused.
        settled: account_id, movement_item_id, amount_cents, booked_on: recent accepted
            allocations, to tell a second identical payment.
    """

    movements: pd.DataFrame
    dues: pd.DataFrame
    accounts: pd.DataFrame
    known_payers: pd.DataFrame = field(default_factory=pd.DataFrame)
    rejections: pd.DataFrame = field(default_factory=pd.DataFrame)
    settled: pd.DataFrame = field(default_factory=pd.DataFrame)


@dataclass(frozen=True, slots=True)
class Matches:
    """What the engine says: every open movement is in exactly one of the first two frames.

    Attributes:
        proposals: one row per movement, rank and due, in that order. movement_item_id, rank
            (1 = best), verdict (`accept` or `propose`, the same on all rows of a rank), account_id,
            due_item_id, amount_cents (> 0), rule (evidence class), confidence (0 to below 1),
            score (sum of the weights), reasons (JSON text, see `explain`).
        classified: movement_item_id, kind, words (French), set_aside (True for bank fees only).
        offsets: discounts and refunds owed that an accepted payment counts on: with it they settle
            a due (DOMAIN D6). movement_item_id (the payment), credit_item_id (the discount),
            due_item_id, account_id, amount_cents (> 0), rule, reasons.
    """

    proposals: pd.DataFrame
    classified: pd.DataFrame
    offsets: pd.DataFrame


def typed_frame(rows: list[tuple[object, ...]], types: dict[str, str]) -> pd.DataFrame:
    """Returns `rows` as a frame with exactly these columns and types, also when empty."""
    cells = zip(*rows, strict=True) if rows else ((),) * len(types)
    return pd.DataFrame({
        name: pd.Series(list(column), dtype=kind)
        for (name, kind), column in zip(types.items(), cells, strict=True)
    })  # fmt: skip
