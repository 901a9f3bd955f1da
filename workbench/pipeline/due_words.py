"""What dues are called on screens. French; nothing is computed."""

from typing import Final

import pandas as pd

from workbench.domain.dates import french_date

KIND_WORDS: Final = {
    "call": "Appel de fonds",
    "works_call": "Appel de travaux",
    "rent": "Loyer",
    "charges": "Charges",
    "adjustment": "Régularisation",
    "deposit": "Dépôt de garantie",
    "invoice": "Facture",
    "discount": "Remise",
    "refund": "Remboursement dû",
    "fee": "Frais",
    "other": "Autre",
}


def due_words(dues: pd.DataFrame) -> dict[str, str]:
    """What each due is called: its label, else its kind and date."""
    return {
        str(due_id): str(label)
        or f"{KIND_WORDS.get(str(kind), str(kind))} du {french_date(due_on.date())}"
        for due_id, label, kind, due_on in zip(
            dues["due_id"], dues["label"], dues["kind"], dues["due_on"], strict=True
        )
    }


def settled_words(due_ids: list[str], words: dict[str, str]) -> str:
    """Returns what a payment settles, in words: three names at most."""
    names = list(dict.fromkeys(words.get(due_id, due_id) for due_id in due_ids if due_id))
    if len(names) > 3:
        return f"{len(names)} échéances, de {names[0]} à {names[-1]}"
    return " + ".join(names)
