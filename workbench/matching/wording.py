"""What the words of a payment say besides names and codes: kinds of dues, housing aid.

Word by word, since nearly every label says nothing of it.
"""

import re
from functools import lru_cache

from workbench.matching.book import Movement
from workbench.matching.normalise import fold

_HOUSING_AID = re.compile(
    r"\b(?:CAF|C A F|ALLOC(?:ATIONS?)? (?:FAM|LOGEMENT)|CAISSE (?:D )?ALLOC|MSA|AL|APL|ALS|ALF|"
    r"ACTION LOGEMENT|LOCA ?PASS|VISALE|FSL)\b"
)
# One of these is in every text that the expression finds.
_AID_WORDS = frozenset(
    ["CAF", "C", "ALLOC", "ALLOCATION", "ALLOCATIONS", "CAISSE", "MSA", "AL", "APL", "ALS", "ALF",
     "ACTION", "LOCA", "LOCAPASS", "VISALE", "FSL"]
)  # fmt: skip
_KINDS = {
    "CAUTION": ("deposit",), "DG": ("deposit",), "GARANTIE": ("deposit",), "LOYER": ("rent",),
    "LOYERS": ("rent",), "TRAVAUX": ("works_call",), "REGUL": ("adjustment",),
    "REGULARISATION": ("adjustment",), "APPEL": ("call",), "PROVISION": ("call",),
    "PROVISIONS": ("call",), "CHARGES": ("charges", "call"), "FACT": ("invoice",),
    "FACTURE": ("invoice",), "REMB": ("refund",), "REMBOURSEMENT": ("refund",),
}  # fmt: skip


def named_kinds(words: list[str]) -> frozenset[str]:
    """Returns the kinds of dues that the tokens of a label name."""
    if _KINDS.keys().isdisjoint(words):
        return frozenset()
    return frozenset(kind for word in words for kind in _KINDS.get(word, ()))


def says_housing_aid(movement: Movement, words: list[str]) -> bool:
    """Says whether a housing-aid office paid: its names or words stand in a text.

    Args:
        movement: the movement.
        words: the tokens of its label.
    """
    if not _AID_WORDS.isdisjoint(words) and _HOUSING_AID.search(" ".join(words)):
        return True
    return _is_aid_office(movement.counterparty) or _is_aid_office(movement.ultimate_party)


@lru_cache(maxsize=1 << 13)
def _is_aid_office(name: str) -> bool:
    return bool(name) and bool(_HOUSING_AID.search(fold(name)))
