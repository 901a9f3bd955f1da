"""Codes and references of accounts and dues, found as whole tokens in what a payer wrote.

One index a building; the codes of other buildings are in the portfolio and only tell that a
payment was meant for somebody there.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from workbench.matching.book import Account, Book, Movement
from workbench.matching.normalise import (
    SHORT_CODE_KEYWORDS,
    CodeStrength,
    code_key,
    code_strength,
    tokens,
    unglued,
)

_LOT_KEYWORDS = frozenset(["LOT", "LOTS", "APT", "APPT", "APPARTEMENT", "LGT", "LOGEMENT"])
_LOT_MARKS = str.maketrans(";|/+", ",,,,")
# A reference is quoted with its separators or without; longer ones than this are nobody's.
_LONGEST_JOIN = 8
# Codes are told apart by their beginning before they are put together from pieces.
_START = 3
_LOTS_NAMED = 12


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


def account_codes(account: Account) -> Iterator[tuple[CodeKind, str, str]]:
    """Yields the codes that stand for an account: kind, comparable key, as the office writes it."""
    yield CodeKind.CODE, code_key(account.code), account.code
    if account.account_id != account.code:
        yield CodeKind.CODE, code_key(account.account_id), account.account_id
    if account.coupon_code:
        yield CodeKind.COUPON, code_key(account.coupon_code), account.coupon_code
    if account.aliases:
        for alias in account.aliases.split("|"):
            # The number under which a housing-aid office knows its beneficiary.
            if sum(c.isdigit() for c in alias) >= 5:
                yield CodeKind.CODE, code_key(alias), alias


class CodeIndex:
    """All codes of one building, ready to be looked up in texts."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._targets: dict[str, list[tuple[CodeKind, int, int, str]]] = {}
        self._lots: dict[str, list[tuple[int, str]]] | None = None
        self._found: dict[tuple[str, ...], tuple[CodeTarget, ...]] = {}
        for index in book.members:
            for kind, key, shown in account_codes(book.accounts[index]):
                self._targets.setdefault(key, []).append((kind, index, -1, shown))
        for due in book.dues:
            for reference in {due.reference: None, due.due_id: None}:
                if len(reference) >= 4:
                    target = (CodeKind.REFERENCE, due.account, due.index, reference)
                    self._targets.setdefault(code_key(reference), []).append(target)
        self._targets.pop("", None)
        self._starts = {key[:_START] for key in self._targets}
        self._longest = max(map(len, self._targets), default=0)

    def hits(self, movement: Movement, label: list[str]) -> list[CodeHit]:
        """Returns every code of the building in the movement's texts, best text first.

        Args:
            movement: the movement.
            label: the tokens of its label.
        """
        found: dict[CodeTarget, CodeHit] = {}
        for words, place in _texts(movement, label):
            for target in self._search(words):
                if target not in found:
                    found[target] = CodeHit(target, place)
        return list(found.values())

    def lot_hits(self, label: list[str]) -> list[CodeHit]:
        """Returns the lots of the building that a label names: `LOT 12`, `LOTS 3 7 12`."""
        if _LOT_KEYWORDS.isdisjoint(label):
            return []
        hits: dict[tuple[int, str], CodeHit] = {}
        for place, word in enumerate(label):
            if word not in _LOT_KEYWORDS:
                continue
            for named in label[place + 1 : place + 1 + _LOTS_NAMED]:
                if not named[0].isdigit() and named != "ET":
                    break
                for account, lot in self._lots_of(named):
                    target = CodeTarget(CodeKind.LOT, account, -1, lot, CodeStrength.KEYWORD)
                    hits[account, lot] = CodeHit(target, "dans le libellé")
                if word != "LOTS":
                    break
        return list(hits.values())

    def _lots_of(self, named: str) -> list[tuple[int, str]]:
        if self._lots is None:
            self._lots = {}
            for index in self._book.members:
                lots = self._book.accounts[index].lots
                for lot in lots.translate(_LOT_MARKS).split(","):
                    if key := code_key(lot).lstrip("0"):
                        self._lots.setdefault(key, []).append((index, lot.strip()))
        return self._lots.get(named.lstrip("0"), [])

    def _search(self, words: list[str]) -> list[CodeTarget]:
        targets, starts = self._targets, self._starts
        found: list[CodeTarget] = []
        for place, word in enumerate(words):
            if word in targets:
                before = words[place - 1] if place else ""
                found += self._told(word, after_keyword=before in SHORT_CODE_KEYWORDS)
            if len(word) < _START or word[:_START] in starts:
                found += self._joined(words, place)
            if word[-1].isdigit() and not word[0].isdigit() and (glued := unglued(word)):
                found += self._told(glued, after_keyword=True)
        return found

    def _joined(self, words: list[str], place: int) -> list[CodeTarget]:
        """Returns codes written in pieces: `450 00001` for 45000001, `AF 2604 0001`."""
        joined = words[place]
        after_keyword = place > 0 and words[place - 1] in SHORT_CODE_KEYWORDS
        for following in words[place + 1 : place + _LONGEST_JOIN]:
            joined += following
            if len(joined) > self._longest:
                break
            if len(joined) >= _START and joined[:_START] not in self._starts:
                break
            if joined in self._targets:
                return self._told(joined, after_keyword=after_keyword)
        return []

    def _told(self, key: str, *, after_keyword: bool) -> list[CodeTarget]:
        strength = code_strength(key)
        if strength is CodeStrength.NONE:
            return []
        return [
            CodeTarget(kind, account, due, shown, strength)
            for kind, account, due, shown in self._targets.get(key, ())
            # A due's own number must be telling: `D1` or `12` is in any label.
            if strength is CodeStrength.STRONG
            or (
                kind is not CodeKind.REFERENCE
                and (after_keyword or strength is not CodeStrength.KEYWORD)
            )
        ]

    def stray(self, movement: Movement, label: list[str]) -> tuple[int, str, str] | None:
        """Returns the account of another building that a code in the texts names, shown and where.

        None when there is no such code, or several name different accounts.
        """
        by_code = self._book.portfolio.by_code
        found: dict[int, tuple[int, str, str]] = {}
        for words, place in _texts(movement, label):
            for word, following in pairwise([*words, ""]):
                for key in (word, word + following, unglued(word)):
                    account = by_code.get(key)
                    if account is not None and not self._book.is_here(account):
                        found.setdefault(account, (account, key, place))
        return next(iter(found.values())) if len(found) == 1 else None


def _texts(movement: Movement, label: list[str]) -> Iterator[tuple[list[str], str]]:
    yield label, "dans le libellé"
    if movement.remittance_reference:
        yield tokens(movement.remittance_reference), "dans la référence structurée"
    if movement.end_to_end_id:
        yield tokens(movement.end_to_end_id), "dans la référence du payeur"
    if movement.mandate_id:
        yield tokens(movement.mandate_id), "dans le mandat"
