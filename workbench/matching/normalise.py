"""Outside text brought to one form: folded, cut into tokens, its codes told from its words.

Labels come from dozens of banks and thousands of hands; everything is compared in upper-case
ASCII. Nothing here decides whether two texts mean the same account.
"""

import re
import unicodedata
from enum import IntEnum
from functools import lru_cache

_LIGATURES = str.maketrans(
    {"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"}
)
_TOKEN = re.compile(r"[A-Z0-9]+")
# What payers and banks glue to a code: REF45000001, CPTE45000001, N45000001.
_GLUED = re.compile(
    r"(?:REFERENCE|REF|COMPTE|CPTE|CPT|CODE|CLIENT|COPRO|DOSSIER|LOT|NUM|NO|N)(\d+)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_DATE_LIKE = re.compile(
    r"20\d\d(?:0[1-9]|1[0-2])(?:[0-3]\d)?|(?:[0-3]\d)?(?:0[1-9]|1[0-2])20\d\d|"
    r"(?:[0-3]\d){2}2\d|T[1-4](?:20)?\d\d|[1-4]T(?:20)?\d\d"
)
SHORT_CODE_KEYWORDS = frozenset(
    ["LOT", "COMPTE", "CPTE", "CPT", "CODE", "REF", "REFERENCE", "CLIENT", "COPRO", "DOSSIER"]
)


class CodeStrength(IntEnum):
    """How much a code found in a text can be trusted to be that code."""

    NONE = 0  # too common to mean anything: 2026, T1
    KEYWORD = 1  # only after a word such as LOT or COMPTE
    SHORT = 2  # could be something else: needs the amount as well
    STRONG = 3


@lru_cache(maxsize=1 << 13)
def fold(text: str) -> str:
    """Returns `text` in upper-case ASCII: accents, ligatures and exotic forms folded."""
    if text.isascii():
        return text.upper()
    plain = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    # An apostrophe or space of another alphabet still separates words.
    return "".join(c if c.isascii() else " " for c in plain if not unicodedata.combining(c)).upper()


def tokens(text: str) -> list[str]:
    """Returns the runs of letters and digits of `text`, folded, in order."""
    return _TOKEN.findall(fold(text))


def code_key(text: str) -> str:
    """Returns a code without what varies in writing: `fac-2026/001` is `FAC2026001`."""
    return "".join(tokens(text))


def iban_key(text: str) -> str:
    """Returns an IBAN without spaces, in capitals; "" when there is none."""
    return "".join(_TOKEN.findall(text.upper()))


def code_strength(key: str) -> CodeStrength:
    """Returns how telling a code is when it is met as a whole token in a label.

    Years, quarters and dates fill labels; numbers of up to three digits are lots, floors and
    amounts; four or five digits are postal codes and card numbers' ends.
    """
    digits = sum(c.isdigit() for c in key)
    if not key or _YEAR.fullmatch(key):
        return CodeStrength.NONE
    if _DATE_LIKE.fullmatch(key):
        return CodeStrength.SHORT if len(key) >= 6 else CodeStrength.NONE
    if not digits:
        return CodeStrength.KEYWORD if len(key) >= 3 else CodeStrength.NONE
    if digits == len(key):
        if digits >= 6:
            return CodeStrength.STRONG
        return CodeStrength.SHORT if digits >= 4 else CodeStrength.KEYWORD
    if (len(key) >= 5 and digits >= 2) or (len(key) >= 4 and digits >= 3):
        return CodeStrength.STRONG
    return CodeStrength.SHORT if len(key) >= 4 else CodeStrength.KEYWORD


def unglued(token: str) -> str:
    """Returns the number glued to a word such as REF or CPTE, "" when there is none."""
    match = _GLUED.fullmatch(token)
    return match[1] if match else ""


def masked_iban(iban: str) -> str:
    """Returns `… 0143`: the last four characters, all that a reader needs (LAW L19)."""
    return f"…\u00a0{iban[-4:]}"
