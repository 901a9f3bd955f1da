"""What was done on an account, by whom: decisions, what people entered, what was taken back.

Nothing is left out and nothing is erased: an undone decision stays, with who undid it and why.
Reads frames, writes nothing, knows no clock.
"""

import json
from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import pandas as pd

from workbench.domain.dates import french_date
from workbench.domain.frames import rows_of
from workbench.domain.money import NO_BREAK_SPACE, french_euros
from workbench.domain.records import AllocationState
from workbench.ledger.entered import MIRROR
from workbench.pipeline.due_words import KIND_WORDS, settled_words

_TEXTS: Final = ("actor", "sign", "words", "undo", "letter_id")
HISTORY_COLUMNS: Final = ("at", "on", *_TEXTS)
# The journal's number, to order the rows of one second.
_ORDER: Final = "seq"


def history(
    allocations: pd.DataFrame,
    movements: pd.DataFrame,
    *,
    journal: pd.DataFrame | None,
    indexations: pd.DataFrame,
    words: dict[str, str],
    entered: pd.DataFrame,
    letters: Sequence[Mapping[str, object]],
    as_of: date,
) -> pd.DataFrame:
    """Returns what touched an account, latest first.

    Args:
        allocations: of the account, columns of the allocations view.
        movements: of its building, receipts among them.
        journal: of its view; None where nothing was undone.
        indexations: of the account.
        words: what each due is called.
        entered: of `ledger.entered.entered`.
        letters: of `account_letters.letter_events`.
        as_of: the business date.

    Returns:
        `HISTORY_COLUMNS`: `at` (NaT when only the day is known), `on`, `actor`, `sign` (`done`,
        `undone`, `reversal`, `fact`), `words`, `undo` (what `deciding.undo` takes to take it back,
        "" where it cannot be), `letter_id` (`C12`: a letter that can be read again, "" else).
    """
    settled = allocations[allocations["rule"] != MIRROR]
    decided = settled[settled["state"] != AllocationState.PROPOSED]
    told: dict[int, str] = {}
    rows: list[dict[str, object]] = []
    for seq in decided["decision_seq"].unique().tolist():
        lines = decided[decided["decision_seq"] == seq]
        told[seq] = _decision_words(lines, movements, words)
        undone = (lines["state"] == AllocationState.REVERSED).all()
        rows.append(
            {
                "at": lines["at"].iloc[0],
                _ORDER: seq,
                "actor": str(lines["actor"].iloc[0]),
                "sign": "undone" if undone else "done",
                "words": told[seq],
                "undo": "" if undone else str(lines["allocation_id"].iloc[0]),
            }
        )
    rows += _entered(entered, movements)
    rows += [dict(row) for row in letters]
    if journal is not None:
        rows += _undone(journal, decided, told)
    rows += [
        {"at": pd.NaT, "on": row["from_on"], "actor": "", "sign": "fact", "words": _indexed(row)}
        for row in indexations.to_dict("records")
        if row["from_on"] <= pd.Timestamp(as_of)
    ]
    blank: dict[str, object] = dict.fromkeys(_TEXTS, "") | {_ORDER: 0}
    frame = pd.DataFrame([blank | row for row in rows], columns=[*HISTORY_COLUMNS, _ORDER])
    frame["at"] = pd.to_datetime(frame["at"]).astype("datetime64[s]")
    frame["on"] = (
        pd.to_datetime(frame["on"]).astype("datetime64[s]").fillna(frame["at"].dt.normalize())
    )
    # Of one second the latest journal row comes first: what is undone goes that way back.
    frame = frame.iloc[::-1].sort_values(
        ["on", "at", _ORDER], ascending=False, kind="stable", na_position="last"
    )
    return frame[list(HISTORY_COLUMNS)].astype(dict.fromkeys(_TEXTS, "str")).reset_index(drop=True)


def _indexed(row: Mapping[Hashable, Any]) -> str:
    before, after = (
        french_euros(int(row[key])) for key in ("old_amount_cents", "new_amount_cents")
    )
    return f"{row['label'] or 'Indexation'}{NO_BREAK_SPACE}: {before} devient {after}."


def _decision_words(lines: pd.DataFrame, movements: pd.DataFrame, words: dict[str, str]) -> str:
    total = french_euros(int(lines["amount_cents"].sum()))
    settled = settled_words([str(due_id) for due_id in lines["due_id"]], words)
    movement_id = str(lines["movement_id"].iloc[0])
    if not movement_id:
        source = words.get(str(lines["against_due_id"].iloc[0]), "Avoir")
        return f"{source}, {total}, imputé sur {settled}."
    booked = movements.loc[movements["movement_id"] == movement_id, "booked_on"]
    day = f" du {french_date(booked.iloc[0].date())}" if len(booked) else ""
    what = "Encaissement" if lines["receipt_side"].iloc[0] == "receipt" else "Mouvement"
    return f"{what}{day}, {total}, affecté à {settled or 'ce compte'}."


def _undone(
    journal: pd.DataFrame, decided: pd.DataFrame, told: dict[int, str]
) -> list[dict[str, object]]:
    """Who undid a decision of the account, or which bank took its money back, when and why."""
    seqs = {
        int(str(number).removeprefix("A")): int(seq)
        for number, seq in zip(decided["allocation_id"], decided["decision_seq"], strict=True)
    }
    rows: list[dict[str, object]] = []
    undos = journal[journal["action"].isin(["undo", "return"])]
    columns = (undos[name].tolist() for name in ("seq", "at", "actor", "action", "data"))
    for number, at, actor, action, text in zip(*columns, strict=True):
        data = json.loads(text)
        verb = "Annulé" if action == "undo" else "Repris par la banque"
        reversed_here = {seqs[line[4]] for line in data.get("allocations", []) if line[4] in seqs}
        reason = _motive(str(data.get("words", "")))
        rows += [
            {
                "at": pd.Timestamp(str(at).rstrip("Z")),
                _ORDER: number,
                "actor": str(actor),
                "sign": "reversal",
                "words": f"{verb}{NO_BREAK_SPACE}: {told[seq]}{reason}",
            }
            for seq in sorted(reversed_here)
        ]
    return rows


def _entered(frame: pd.DataFrame, movements: pd.DataFrame) -> list[dict[str, object]]:
    """What people entered for the account, and what they took back of it."""
    days = dict(zip(movements["movement_id"], movements["booked_on"], strict=True))
    gone = set(frame.loc[frame["action"] == "cancel", "name"])
    rows: list[dict[str, object]] = []
    for row in rows_of(frame):
        told = _entered_words(row, days)
        is_cancel, is_gone = row["action"] == "cancel", row["name"] in gone
        reason = json.loads(row["data"]).get("words", "") if is_cancel else ""
        rows.append(
            {
                "at": pd.Timestamp(row["at"].rstrip("Z")),
                _ORDER: row["seq"],
                "actor": row["actor"],
                "sign": "reversal" if is_cancel else "undone" if is_gone else "done",
                "words": f"Annulé{NO_BREAK_SPACE}: {told}{_motive(reason)}" if is_cancel else told,
                "undo": "" if is_cancel or is_gone else row["undo"],
            }
        )
    return rows


def _entered_words(row: dict[str, Any], days: Mapping[str, pd.Timestamp]) -> str:
    amount = french_euros(row["amount_cents"])
    if row["movement_id"]:
        day = days.get(row["movement_id"])
        told = f" du paiement du {french_date(day.date())}" if day is not None else ""
        return f"{amount} gardés en compte{told}."
    name = row["label"] or KIND_WORDS.get(row["kind"], row["kind"])
    return f"Échéance ajoutée{NO_BREAK_SPACE}: {name}, {amount}."


def _motive(reason: str) -> str:
    return f" Motif{NO_BREAK_SPACE}: {reason}." if reason else ""
