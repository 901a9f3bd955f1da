"""Movements as all files together tell them: details and reasons that came apart, what is returned.

Facts stay as they came; this joins them each time movements are read, so that it does not matter
which file came first. Only what a movement lacks is added, and only where there is no doubt whose
it is.

Source: DOMAIN C3; FORMATS, camt; docs/decisions/0011-bank-formats-of-one-account.md.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

import pandas as pd

from workbench.ledger.journal import canonical
from workbench.ledger.store import Ledger

_DETAILS: Final = (
    "SELECT d.detail_id, d.movement_id, d.iban, d.booked_on, d.amount_cents, d.currency, d.label,"
    " d.counterparty, d.counterparty_iban, d.ultimate_party, d.bank_reference, d.end_to_end_id,"
    " d.mandate_id, d.remittance_reference, d.return_reason, d.details, f.name AS file_name"
    " FROM movement_details d JOIN files f ON f.file_id = d.file_id"
    # The same whichever file came first, and the parts of a batch as the bank wrote them.
    " ORDER BY d.file_id, d.place, d.fingerprint"
)
_RETURNS: Final = (
    "SELECT told_on, amount_cents, end_to_end_id, mandate_id, return_reason FROM order_returns"
    " WHERE return_reason <> '' ORDER BY told_on, fingerprint"
)
_DETAILED: Final = (
    "SELECT movement_id, iban, booked_on, amount_cents, currency, bank_reference FROM movements"
    " WHERE iban IN (SELECT iban FROM movement_details) ORDER BY item_id"
)
# Columns of a movement that a detail may fill.
_FILLED: Final = (
    "counterparty", "counterparty_iban", "ultimate_party", "end_to_end_id", "mandate_id",
    "remittance_reference", "return_reason",
)  # fmt: skip
# Columns that tell what a return sends back.
_POINTING: Final = [
    "iban", "end_to_end_id", "mandate_id", "movement_id", "booked_on", "amount_cents", "details",
]  # fmt: skip
_HAS_BATCH: Final = '"batch":'
_HAS_PARTS: Final = '"parts":[['
_REVERSAL: Final = '"reversal":true'
# Places in a part (`details.as_text`).
_CENTS, _END_TO_END, _MANDATE, _REASON = 0, 3, 4, 6
# Between the day a return was told and the day it was booked.
_NEAR_DAYS: Final = 15
_NO_REFERENCES: Final = frozenset({"NOTPROVIDED", "NONREF"})
Row = Mapping[str, Any]
_Key = tuple[Any, ...]
# A movement's name to the details that are about it.
_Joined = dict[str, list[Row]]


def completed(ledger: Ledger, movements: pd.DataFrame) -> pd.DataFrame:
    """Adds to movements what other messages tell of them.

    Args:
        ledger: opened.
        movements: of `views.movements`, `booked_on` still ISO text.

    Returns:
        The same rows. `details`, and the columns of parties and references where they were empty,
        are completed by camt.054 and by other formats of the same account; `return_reason` by
        pain.002, in batches part by part. `returns_movement_id` is new: for a return, the
        movement it sends back ("" when it is not known; several, of a batch, joined by |).
    """
    frame = movements.assign(returns_movement_id="")
    if not len(frame):
        return frame
    details = _rows(ledger.frame(_DETAILS))
    if details:
        _fill_details(frame, _joined(details, _candidates(frame, details)))
    reasons = _rows(ledger.frame(_RETURNS))
    if reasons:
        _fill_reasons(frame, _Reasons(reasons))
    _point_returns(frame)
    return frame


def waiting_details(ledger: Ledger) -> pd.DataFrame:
    """Returns details whose movement no statement has brought yet, or that could be of several.

    Columns: iban, booked_on (ISO text), amount_cents (signed), currency, bank_reference, label,
    file_name; in the order of account, day and amount.
    """
    columns = [
        "iban", "booked_on", "amount_cents", "currency", "bank_reference", "label", "file_name",
    ]  # fmt: skip
    details = _rows(ledger.frame(_DETAILS))
    movements = _rows(ledger.frame(_DETAILED)) if details else []
    found = {d["detail_id"] for some in _joined(details, movements).values() for d in some}
    waiting = [d for d in details if d["detail_id"] not in found]
    waiting.sort(key=lambda d: (d["iban"], d["booked_on"], d["amount_cents"], d["bank_reference"]))
    return pd.DataFrame(
        {name: [d[name] for d in waiting] for name in columns}, columns=columns
    ).astype({name: "int64" if name == "amount_cents" else "str" for name in columns})


# --- whose a detail is


def _candidates(frame: pd.DataFrame, details: Sequence[Row]) -> list[Row]:
    accounts = {d["iban"] for d in details}
    names = ["movement_id", "iban", "booked_on", "amount_cents", "currency", "bank_reference"]
    return _rows(frame.loc[frame["iban"].isin(accounts), names])


class _Candidates:
    """Movements by what a detail may name them."""

    def __init__(self, movements: Sequence[Row]) -> None:
        self.names = {movement["movement_id"] for movement in movements}
        self.by_reference: defaultdict[_Key, list[Row]] = defaultdict(list)
        self.by_money: defaultdict[_Key, list[Row]] = defaultdict(list)
        for movement in movements:
            self.by_money[_money(movement)].append(movement)
            if _is_reference(movement["bank_reference"]):
                self.by_reference[_reference(movement)].append(movement)


def _joined(details: Sequence[Row], movements: Sequence[Row]) -> _Joined:
    """Returns the details of each movement: by its name, its reference, else its day and amount."""
    candidates = _Candidates(movements)
    joined: _Joined = defaultdict(list)
    by_reference: defaultdict[_Key, list[Row]] = defaultdict(list)
    by_money: defaultdict[_Key, list[Row]] = defaultdict(list)
    for detail in details:
        if detail["movement_id"] in candidates.names:
            joined[detail["movement_id"]].append(detail)
        elif detail["movement_id"]:
            continue  # of an account that was not asked for
        elif _reference(detail) in candidates.by_reference:
            by_reference[_reference(detail)].append(detail)
        else:
            by_money[_money(detail)].append(detail)
    for key, some in by_reference.items():
        for movement_id, its in _by_reference(some, candidates.by_reference[key]):
            joined[movement_id] += its
    for key, some in by_money.items():
        if movement_id := _by_money(some, candidates.by_money.get(key, [])):
            joined[movement_id] += some
    return joined


def _by_reference(details: list[Row], movements: list[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Gives movements of one reference with the details of it: each its amount, or all together."""
    left = list(details)
    for movement in movements:
        equals = [d for d in left if d["amount_cents"] == movement["amount_cents"]]
        same_day = [d for d in equals if d["booked_on"] == movement["booked_on"]]
        rivals = [m for m in movements if m["amount_cents"] == movement["amount_cents"]]
        # A bank that uses a reference again does so on another day.
        chosen = same_day or (equals if len(rivals) == 1 else [])
        if chosen:
            left = [d for d in left if d not in chosen]
            yield movement["movement_id"], chosen
    if left == details and len(movements) == 1:
        together = sum(d["amount_cents"] for d in details)
        if len(details) > 1 and together == movements[0]["amount_cents"]:
            yield movements[0]["movement_id"], details


def _by_money(details: list[Row], movements: list[Row]) -> str:
    """Returns the only movement of that account, day and amount; "" when it may be another."""
    if len(movements) != 1 or len(details) != 1:
        return ""
    # Two references that differ are two movements.
    both = (details[0]["bank_reference"], movements[0]["bank_reference"])
    return "" if all(map(_is_reference, both)) else str(movements[0]["movement_id"])


def _is_reference(text: str) -> bool:
    return bool(text.strip("0 ")) and text.upper() not in _NO_REFERENCES


def _reference(row: Row) -> _Key:
    return (row["iban"], row["bank_reference"], row["currency"])


def _money(row: Row) -> _Key:
    return (row["iban"], row["booked_on"], row["amount_cents"], row["currency"])


# --- what it adds


def _fill_details(frame: pd.DataFrame, joined: _Joined) -> None:
    for index in frame.index[frame["movement_id"].isin(set(joined))]:
        row = frame.loc[index]
        told = joined[row["movement_id"]]
        # Messages that tell the whole movement; where none does, all together do.
        whole = [d for d in told if d["amount_cents"] == row["amount_cents"]]
        own = json.loads(row["details"]) if row["details"] else {}
        parts = own.get("parts") or (max(map(_parts, whole), key=len) if whole else _shares(told))
        for name in _FILLED if whole else ("return_reason",):
            values = filter(None, (row[name], *(d[name] for d in whole or told)))
            frame.loc[index, name] = next(values, "")
        if whole and not (parts or whole[0]["movement_id"]):
            frame.loc[index, "label"] = _with_words(row["label"], whole[0]["label"])
        if parts:
            base = {"reversal": False, "extra": {}}
            frame.loc[index, "details"] = canonical(base | own | {"parts": parts})


def _parts(detail: Row) -> list[list[Any]]:
    """Returns the parts that a detail brings, none where it is one transaction."""
    own: list[list[Any]] = json.loads(detail["details"] or "{}").get("parts", [])
    return own


def _shares(details: Sequence[Row]) -> list[list[Any]]:
    """Returns the parts of a movement that several details make together."""
    names = (
        "counterparty", "counterparty_iban", "end_to_end_id", "mandate_id", "label",
        "return_reason", "ultimate_party", "bank_reference", "remittance_reference",
    )  # fmt: skip
    parts: list[list[Any]] = []
    for detail in details:
        alone = [int(detail["amount_cents"]), *(detail[name] for name in names)]
        parts += _parts(detail) or [alone]
    return parts


def _with_words(label: str, more: str) -> str:
    return label if more in label else f"{label} {more}".strip()


class _Reasons:
    """Reasons by what the office called its order; by mandate only near the day it was told."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.by_end: dict[tuple[str, int], str] = {}
        self.by_mandate: defaultdict[tuple[str, int], list[tuple[str, str]]] = defaultdict(list)
        for row in rows:
            cents = int(row["amount_cents"])
            if row["end_to_end_id"]:
                self.by_end[(row["end_to_end_id"], cents)] = row["return_reason"]
            if row["mandate_id"]:
                told = (row["told_on"], row["return_reason"])
                self.by_mandate[(row["mandate_id"], cents)].append(told)

    def names(self) -> tuple[set[str], set[str]]:
        """Returns the end-to-end identifiers and the mandates that have a reason."""
        return {name for name, _ in self.by_end}, {name for name, _ in self.by_mandate}

    def of(self, end_to_end: str, mandate: str, cents: int, *, day: str) -> str:
        """Returns the reason why that money came back, "" when nobody told."""
        if end_to_end:
            return self.by_end.get((end_to_end, cents), "")
        booked = date.fromisoformat(day)
        near = [
            (abs((date.fromisoformat(told) - booked).days), reason)
            for told, reason in self.by_mandate.get((mandate, cents), ())
        ]
        # A mandate serves each month, often for the same amount.
        return min((pair for pair in near if pair[0] <= _NEAR_DAYS), default=(0, ""))[1]


def _fill_reasons(frame: pd.DataFrame, reasons: _Reasons) -> None:
    ends, mandates = reasons.names()
    named = frame["end_to_end_id"].isin(ends) | frame["mandate_id"].isin(mandates)
    for index in frame.index[(frame["return_reason"] == "") & named]:
        row = frame.loc[index]
        frame.loc[index, "return_reason"] = reasons.of(
            row["end_to_end_id"], row["mandate_id"], int(row["amount_cents"]), day=row["booked_on"]
        )
    for index in frame.index[frame["details"].str.contains(_HAS_PARTS, regex=False)]:
        told = json.loads(frame.loc[index, "details"])
        day = frame.loc[index, "booked_on"]
        found = [
            part[_REASON] or reasons.of(part[_END_TO_END], part[_MANDATE], part[_CENTS], day=day)
            for part in told["parts"]
        ]
        if found == [part[_REASON] for part in told["parts"]]:
            continue
        for part, code in zip(told["parts"], found, strict=True):
            part[_REASON] = code
        frame.loc[index, "details"] = canonical(told)
        frame.loc[index, "return_reason"] = frame.loc[index, "return_reason"] or next(
            filter(None, found)
        )


# --- what comes back


def _point_returns(frame: pd.DataFrame) -> None:
    """Sets `returns_movement_id`: by end-to-end identifier, then mandate, then batch reference."""
    reversal = frame["details"].str.contains(_REVERSAL, regex=False)
    returns = frame[(frame["return_reason"] != "") | reversal]
    if not len(returns):
        return
    back = _rows(returns[_POINTING])
    originals = _originals(frame, back)
    for index, row in zip(returns.index, back, strict=True):
        found = [
            movement_id
            for part in _returned_parts(row)
            if (
                movement_id := _latest(map(_mirrored, _keys_of(row["iban"], *part)), originals, row)
            )
        ]
        if not found and (batch := _batch(row)):
            mirrored = _mirrored((row["iban"], "batch", batch, int(row["amount_cents"])))
            found = [_latest(iter([mirrored]), originals, row)]
        frame.loc[index, "returns_movement_id"] = "|".join(dict.fromkeys(filter(None, found)))


def _originals(
    frame: pd.DataFrame, back: Sequence[Row]
) -> Mapping[_Key, Sequence[tuple[str, str]]]:
    """Returns day and name of the movements that those returns may send back, by their keys."""
    parts = [part for row in back for part in _returned_parts(row)]
    named = frame["end_to_end_id"].isin({p[0] for p in parts if p[0]}) | frame["mandate_id"].isin(
        {p[1] for p in parts if p[1]}
    )
    # A batch has its identifiers inside.
    inside = frame["details"].str.contains(_HAS_PARTS, regex=False)
    if any(map(_batch, back)):
        inside |= frame["details"].str.contains(_HAS_BATCH, regex=False)
    candidates = frame[frame["iban"].isin({row["iban"] for row in back}) & (named | inside)]
    originals: defaultdict[_Key, list[tuple[str, str]]] = defaultdict(list)
    for row in _rows(candidates[_POINTING]):
        for key in _keys(row):
            originals[key].append((row["booked_on"], row["movement_id"]))
    return originals


def _latest(
    keys: Iterator[_Key],
    originals: Mapping[_Key, Sequence[tuple[str, str]]],
    row: Row,
) -> str:
    """Returns the last movement before a return under the first key that has one."""
    for key in keys:
        before = [pair for pair in originals.get(key, ()) if pair[0] <= row["booked_on"]]
        if before:
            return max(before)[1]
    return ""


def _keys(row: Row) -> Iterator[_Key]:
    for part in _returned_parts(row):
        yield from _keys_of(row["iban"], *part)
    if batch := _batch(row):
        yield (row["iban"], "batch", batch, int(row["amount_cents"]))


def _returned_parts(row: Row) -> list[tuple[str, str, int]]:
    """Returns (end-to-end identifier, mandate, cents) of each transaction of a movement."""
    if _HAS_PARTS in row["details"]:
        parts = json.loads(row["details"])["parts"]
        return [(p[_END_TO_END], p[_MANDATE], p[_CENTS]) for p in parts]
    return [(row["end_to_end_id"], row["mandate_id"], int(row["amount_cents"]))]


def _keys_of(iban: str, end_to_end: str, mandate: str, cents: int) -> Iterator[_Key]:
    if end_to_end:
        yield (iban, "end", end_to_end, cents)
    if mandate:
        yield (iban, "mandate", mandate, cents)


def _mirrored(key: _Key) -> _Key:
    """Returns the key of what a return sends back: the same amount the other way."""
    return (*key[:-1], -key[-1])


def _batch(row: Row) -> str:
    return str(json.loads(row["details"]).get("batch", "")) if _HAS_BATCH in row["details"] else ""


def _rows(frame: pd.DataFrame) -> list[Row]:
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]
