"""What was generated before, as the reminders' screen lists it: where each letter is by now."""

import pandas as pd

from workbench.domain.dates import french_date
from workbench.ledger import reminding, views
from workbench.ledger.store import Ledger

# Letters that a machine does not send: a person posts them and says so.
_ON_PAPER = frozenset({"post", "registered", "e_registered"})


def sent_frame(ledger: Ledger, *, building_id: str) -> pd.DataFrame:
    """Returns the reminders generated here, in order.

    Columns: reminder_id (`R12`), account_id, code, holder, building_id, building, kind,
    amount_cents, on (datetime64: sent, else generated), state (`reminder_wording.SENT_STATES`),
    channel, letter_id (`C12`), file_name, words, can_undo.
    """
    one = building_id or None
    with ledger.snapshot():
        frame = reminding.reminders(ledger, building_id=one)
        letters = reminding.letters(ledger, building_id=one)
        accounts = views.accounts(ledger, building_id=one)
        buildings = views.buildings(ledger)
    kept = letters[["reminder_id", "letter_id", "file_name", "state", "left_on", "proof"]]
    kept = kept.rename(columns={"state": "letter_state"}).drop_duplicates("reminder_id")
    frame = frame.merge(kept, on="reminder_id", how="left").merge(
        accounts[["account_id", "code", "holder"]], on="account_id", how="left"
    )
    names = dict(zip(buildings["building_id"], buildings["name"], strict=True))
    states = [
        _state(state, letter_state, channel)
        for state, letter_state, channel in zip(
            frame["state"], frame["letter_state"].fillna(""), frame["channel"], strict=True
        )
    ]
    return pd.DataFrame(
        {
            "reminder_id": _texts([f"R{number}" for number in frame["reminder_id"]]),
            "account_id": frame["account_id"],
            "code": frame["code"].fillna(""),
            "holder": frame["holder"].fillna(""),
            "building_id": frame["building_id"],
            "building": frame["building_id"].map(names).fillna(frame["building_id"]),
            "kind": frame["kind"],
            "amount_cents": frame["amount_cents"],
            "on": frame["sent_on"].fillna(frame["generated_on"]),
            "state": _texts(states),
            "channel": frame["channel"],
            "letter_id": _texts(
                ["" if pd.isna(number) else f"C{int(number)}" for number in frame["letter_id"]]
            ),
            "file_name": frame["file_name"].fillna("").astype("str"),
            "words": _texts([_words(row, state) for row, state in zip(
                frame.to_dict("records"), states, strict=True)]),
            "can_undo": pd.Series([state in ("waiting", "queued", "to_post") for state in states],
                                  dtype=bool),
        }
    )  # fmt: skip


def _state(state: str, letter_state: str, channel: str) -> str:
    """Where a reminder stands for a person: its own state, then that of its letter."""
    if state in ("cancelled", "waiting"):
        return state
    if letter_state == "withdrawn":
        return "cancelled"
    if letter_state == "queued" and channel in _ON_PAPER:
        return "to_post"
    return letter_state or "sent"


def _words(row: dict[object, object], state: str) -> str:
    """What there is to know of it, besides its state."""
    on = row["generated_on"]
    day = french_date(on.date()) if isinstance(on, pd.Timestamp) else ""
    told = [f"générée le {day} par {row['actor']}"]
    if row["by_hand"]:
        told.append("à la main")
    left = row["left_on"]
    if state == "sent" and isinstance(left, pd.Timestamp):
        told.append(f"partie le {french_date(left.date())}")
    proof = row["proof"]
    if isinstance(proof, str) and proof:
        told.append(f"recommandé n° {proof}")
    return ", ".join(told)


def _texts(cells: list[str]) -> pd.Series:
    return pd.Series(cells, dtype="str")
