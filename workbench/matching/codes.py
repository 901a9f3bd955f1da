"""Codes and references of accounts and dues, found as whole tokens in what a payer wrote."""

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from workbench.matching.book import Book, Movement
from workbench.matching.normalise import (
    SHORT_CODE_KEYWORDS,
    CodeStrength,
    code_key,
    code_strength,
    tokens,
    unglued,
)

_LOT_KEYWORDS = frozenset(["LOT", "LOTS", "APT", "APPT", "APPARTEMENT", "LGT", "LOGEMENT"])
# A reference is quoted with its separators or without; longer ones than this are nobody's.
_LONGEST_JOIN = 8


class CodeKind(StrEnum):
    """What a code stands for."""

    REFERENCE = "reference"  # of one due
    CODE = "code"  # what the payer is told to quote, or the account's identifier
    COUPON = "coupon"
    LOT = "lot"


@dataclass(frozen=True, slots=True)
class CodeTarget:
    """What one code of the office stands for.

    Attributes:
        kind: see `CodeKind`.
        account: index of the account.
        due: index of the due for a reference, -1 else.
        shown: the code as the office writes it.
        strength: how telling it is in a label.
    """

    kind: CodeKind
    account: int
    due: int
    shown: str
    strength: CodeStrength


@dataclass(frozen=True, slots=True)
class CodeHit:
    """A code found in a movement's text, and in which one (French)."""

    target: CodeTarget
    place: str


class CodeIndex:
    """All codes of a book, ready to be looked up in texts."""

    def __init__(self, book: Book) -> None:
        self._targets: dict[str, list[CodeTarget]] = defaultdict(list)
        # How many tokens the longest code has; people add separators of their own.
        self._longest = 4
        self._lots: dict[tuple[str, str], list[CodeTarget]] = defaultdict(list)
        self._found: dict[str, tuple[CodeTarget, ...]] = {}
        for account in book.accounts:
            for code in dict.fromkeys((account.code, account.account_id)):
                self._add(CodeKind.CODE, code, account.index)
            self._add(CodeKind.COUPON, account.coupon_code, account.index)
            for alias in account.aliases.split("|"):
                # The number under which a housing-aid office knows its beneficiary.
                if sum(c.isdigit() for c in alias) >= 5:
                    self._add(CodeKind.CODE, alias, account.index)
            for lot in account.lots:
                target = CodeTarget(CodeKind.LOT, account.index, -1, lot, CodeStrength.KEYWORD)
                self._lots[account.building_id, code_key(lot).lstrip("0")].append(target)
        for due in book.dues:
            for reference in dict.fromkeys((due.reference, due.due_id)):
                self._add(CodeKind.REFERENCE, reference, due.account, due.index)

    def _add(self, kind: CodeKind, code: str, account: int, due: int = -1) -> None:
        parts = tokens(code)
        key = "".join(parts)
        strength = code_strength(key)
        if strength is CodeStrength.NONE or len(parts) > _LONGEST_JOIN:
            return
        # A due's own number must be telling: `D1` or `12` is in any label.
        if kind is CodeKind.REFERENCE and strength is not CodeStrength.STRONG:
            return
        self._targets[key].append(CodeTarget(kind, account, due, code, strength))
        self._longest = max(self._longest, len(parts))

    def hits(self, movement: Movement) -> list[CodeHit]:
        """Returns every code in the movement's texts, of any building, best text first."""
        found: dict[CodeTarget, CodeHit] = {}
        for text, place in (
            (movement.label, "dans le libellé"),
            (movement.remittance_reference, "dans la référence structurée"),
            (movement.end_to_end_id, "dans la référence du payeur"),
            (movement.mandate_id, "dans le mandat"),
        ):
            if text:
                for target in self._targets_in(text):
                    found.setdefault(target, CodeHit(target, place))
        return list(found.values())

    def lot_hits(self, movement: Movement) -> list[CodeHit]:
        """Returns the lots of the movement's building that its label names (`LOT 12`)."""
        words = tokens(movement.label)
        hits = []
        for before, word in pairwise(words):
            if before in _LOT_KEYWORDS:
                named = self._lots.get((movement.building_id, word.lstrip("0")), ())
                hits += [CodeHit(target, "dans le libellé") for target in named]
        return hits

    def _targets_in(self, text: str) -> tuple[CodeTarget, ...]:
        known = self._found.get(text)
        if known is None:
            known = self._found[text] = tuple(self._search(tokens(text)))
        return known

    def _search(self, words: list[str]) -> dict[CodeTarget, None]:
        found: dict[CodeTarget, None] = {}
        before = ""
        for place, word in enumerate(words):
            keys = [word]
            joined = word
            # `450 00001` for 45000001, `AF 2604 0001` for AF2604-0001.
            for following in words[place + 1 : place + self._longest]:
                joined += following
                if joined in self._targets:
                    keys.append(joined)
            if glued := unglued(word):
                keys.append(glued)
            for key in keys:
                for target in self._targets.get(key, ()):
                    after_keyword = before in SHORT_CODE_KEYWORDS or (key != word and key in word)
                    if target.strength is not CodeStrength.KEYWORD or after_keyword:
                        found[target] = None
            before = word
        return found
