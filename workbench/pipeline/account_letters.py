"""An account's letters in its history: what was made, how it left, where it stands.

Each can be read again byte for byte (`mailing.letter_file`, `mailing.sent_mail`).
Source: DOMAIN E18.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import pandas as pd

from workbench.domain.dates import french_date
from workbench.domain.frames import rows_of
from workbench.domain.money import NO_BREAK_SPACE
from workbench.ledger import outbox_frames
from workbench.ledger.outbox import State, subject_of
from workbench.ledger.store import Ledger

_KINDS: Final = {
    "simple": "Relance",
    "formal_notice": "Mise en demeure",
    "statement": "Relevé de compte",
    "rent_receipt": "Quittance",
    "part_payment_receipt": "Reçu de paiement partiel",
    "bank_details": "Coordonnées bancaires",
}
_CHANNELS: Final = {
    "email": "par courriel",
    "post": "par la poste",
    "registered": "en recommandé",
    "e_registered": "en recommandé électronique",
}
_STANDS: Final = {
    "": "à valider",
    State.QUEUED: "en attente d’envoi",
    State.SENDING: "en cours d’envoi",
    State.UNKNOWN: "peut-être partie, à trancher",
    State.WITHDRAWN: "retirée avant l’envoi",
}


def letter_events(ledger: Ledger, *, account_id: str, as_of: date) -> list[dict[str, object]]:
    """Returns one line of history for each letter of an account made by `as_of`, in order.

    Keys: `at` (moment it was made), `actor`, `sign` (`done`, or `undone` when it was taken back
    before it left), `words`, `undo` (`R12` while its reminder can be taken back, "" else),
    `letter_id` (`C12`, as `mailing.letter_file` takes it).
    """
    frame = outbox_frames.letters_to(ledger, account_id=account_id)
    return [_event(row) for row in rows_of(frame) if row["made_on"] <= as_of.isoformat()]


def _event(row: Mapping[str, Any]) -> dict[str, object]:
    is_back = bool(row["cancelled"]) or row["state"] == State.WITHDRAWN
    can_undo = row["reminder_id"] and not is_back and row["state"] in {"", State.QUEUED}
    return {
        "at": pd.Timestamp(row["at"].rstrip("Z")),
        "actor": row["actor"],
        "sign": "undone" if is_back else "done",
        "words": _words(row),
        "undo": f"R{row['reminder_id']}" if can_undo else "",
        "letter_id": subject_of(row["letter_id"]),
    }


def _words(row: Mapping[str, Any]) -> str:
    what = " ".join((_KINDS.get(row["kind"], "Lettre"), row["reference"])).strip()
    to = f" à {row['to_address']}" if row["to_address"] else ""
    return f"{what} {_CHANNELS[row['channel']]}{to}{NO_BREAK_SPACE}: {_stands(row)}."


def _stands(row: Mapping[str, Any]) -> str:
    state = row["state"]
    if row["cancelled"] and state != State.WITHDRAWN:
        return "annulée"
    if state == State.REFUSED:
        return f"refusée, {row['last_error']}"
    if state != State.SENT:
        return _STANDS[state]
    # A mail that was refused may have been printed and posted instead.
    told = [f"partie le {_day(row['left_on'])}"]
    if row["proof"]:
        told.append(f"n°{NO_BREAK_SPACE}{row['proof']}")
    if row["presented_on"]:
        told.append(f"présentée le {_day(row['presented_on'])}")
    return ", ".join(told)


def _day(iso: str) -> str:
    return french_date(date.fromisoformat(iso))
