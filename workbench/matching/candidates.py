"""Who may have made a movement: the accounts of its building that something points to.

Every clue is a look-up inside the building (code, reference, lot, known IBAN, words of a name);
names are compared only where they share a word. Accounts of other buildings are noted apart: they
explain a misdirected payment and are never candidates (LAW L7). Amounts come later.
"""

import re
from collections import defaultdict
from dataclasses import dataclass, field

from workbench.matching.book import Book, Movement
from workbench.matching.choices import Instruction
from workbench.matching.codes import CodeHit, CodeIndex, CodeKind
from workbench.matching.config import MatchConfig
from workbench.matching.names import (
    NO_AGREEMENT,
    Agreement,
    NameLevel,
    PayerName,
    agreement,
    payer_name,
    word_likeness,
)
from workbench.matching.normalise import CodeStrength, fold
from workbench.matching.periods import named_periods

_HOUSING_AID = re.compile(
    r"\b(?:CAF|C A F|ALLOC(?:ATIONS?)? (?:FAM|LOGEMENT)|CAISSE (?:D )?ALLOC|MSA|AL|APL|ALS|ALF|"
    r"ACTION LOGEMENT|LOCA ?PASS|VISALE|FSL)\b"
)
_KIND_WORDS = (
    (re.compile(r"\b(?:DEPOT DE GARANTIE|DEPOT GARANTIE|CAUTION|DG)\b"), "deposit"),
    (re.compile(r"\bLOYERS?\b"), "rent"),
    (re.compile(r"\bTRAVAUX\b"), "works_call"),
    (re.compile(r"\bREGUL"), "adjustment"),
    (re.compile(r"\b(?:APPEL|PROVISIONS?)\b"), "call"),
    (re.compile(r"\bCHARGES\b"), "charges"),
    (re.compile(r"\bCHARGES\b"), "call"),
    (re.compile(r"\bFACT?(?:URE)?\b"), "invoice"),
    (re.compile(r"\bREMB(?:OURSEMENT)?\b"), "refund"),
)
# Words shorter than this are in too many labels to look anybody up by them.
_LEAST_WORD = 3
_PREFIX = 4
# A name shared by more holders of one building than this points to nobody.
_LARGEST_FAMILY = 40


@dataclass(slots=True, eq=False)
class AccountClues:
    """What points to one account.

    Attributes:
        references: its dues whose reference stands in the text (index of the due, hit).
        code: the strongest code of it in the text.
        lot: its lot named by the label.
        iban: `own` (known for it alone), `person` (known for another account of its holder),
            `shared` (pays accounts of several persons), "" else.
        name: how far a name in the movement agrees.
        name_source: `payer`, `ultimate` or `label`.
    """

    account: int
    references: list[CodeHit] = field(default_factory=list)
    code: CodeHit | None = None
    lot: CodeHit | None = None
    iban: str = ""
    name: Agreement = NO_AGREEMENT
    name_source: str = ""

    @property
    def coded(self) -> bool:
        """A code or reference that cannot be something else names it."""
        strong = self.code is not None and self.code.target.strength is CodeStrength.STRONG
        return strong or bool(self.references)

    @property
    def identified(self) -> bool:
        """Something that identifies, not merely a surname or a lot."""
        return self.coded or self.iban in ("own", "person") or self.name.level >= NameLevel.FUZZY


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An account of another building that a movement points to, and by what (French)."""

    account: int
    words: str


@dataclass(slots=True, eq=False)
class MovementClues:
    """Everything that points to somebody.

    Attributes:
        accounts: accounts of the building, by index.
        elsewhere: accounts of other buildings named by code or IBAN.
        stray_name: a payer's name that fits nobody of the building, "" when there is none.
        housing_aid: the payer is a housing-aid office: its own name says nothing about the account.
        instruction: what the payment says about its dues.
        known_iban: the payer's IBAN is known, here or elsewhere.
    """

    accounts: dict[int, AccountClues] = field(default_factory=dict)
    elsewhere: list[Elsewhere] = field(default_factory=list)
    stray_name: str = ""
    housing_aid: bool = False
    instruction: Instruction = field(default_factory=Instruction)
    known_iban: bool = False


def find_candidates(book: Book, *, config: MatchConfig) -> list[MovementClues]:
    """Returns the clues of every movement of the book, in its order.

    Source: DOMAIN A5, A8; LAW L7; MATCHING 2.
    """
    codes = CodeIndex(book)
    clues = []
    for movement in book.movements:
        own = MovementClues()
        clues.append(own)
        if movement.building_id not in book.by_building:
            continue
        _add_codes(own, movement, book, codes)
        _add_ibans(own, movement, book)
        text = fold(f"{movement.counterparty} {movement.ultimate_party} {movement.label}")
        own.housing_aid = movement.sign > 0 and bool(_HOUSING_AID.search(text))
        own.instruction = _instruction(own, movement)
    _NameSearch(book, config).add_names(clues)
    return clues


def _clue(own: MovementClues, account: int) -> AccountClues:
    return own.accounts.setdefault(account, AccountClues(account))


def _add_codes(own: MovementClues, movement: Movement, book: Book, codes: CodeIndex) -> None:
    here: list[CodeHit] = []
    there: list[CodeHit] = []
    for hit in codes.hits(movement):
        is_here = book.accounts[hit.target.account].building_id == movement.building_id
        (here if is_here else there).append(hit)
    # A reference that stands on several accounts (that of a whole call) names none of them.
    references = [h for h in here if h.target.kind is CodeKind.REFERENCE]
    owners: dict[str, set[int]] = defaultdict(set)
    for hit in references:
        owners[hit.target.shown].add(hit.target.account)
    for hit in here:
        target = hit.target
        if target.kind is CodeKind.REFERENCE:
            right_way = book.dues[target.due].sign == movement.sign
            if len(owners[target.shown]) == 1 and right_way:
                _clue(own, target.account).references.append(hit)
            continue
        clue = _clue(own, target.account)
        if clue.code is None or target.strength > clue.code.target.strength:
            clue.code = hit
    for hit in codes.lot_hits(movement):
        _clue(own, hit.target.account).lot = hit
    if not any(clue.coded for clue in own.accounts.values()):
        strong = [h for h in there if h.target.strength is CodeStrength.STRONG]
        accounts = sorted({h.target.account for h in strong})
        if len(accounts) == 1:
            shown = strong[0].target.shown
            own.elsewhere.append(Elsewhere(accounts[0], f"code {shown} {strong[0].place}"))


def _add_ibans(own: MovementClues, movement: Movement, book: Book) -> None:
    accounts = book.iban_accounts.get(movement.counterparty_iban, [])
    if not accounts:
        return
    own.known_iban = True
    here = [a for a in accounts if book.accounts[a].building_id == movement.building_id]
    known = here or accounts
    one_person = all(book.same_person(a, known[0]) for a in known)
    for account in here:
        _clue(own, account).iban = "own" if one_person else "shared"
    if len(here) > 1 and one_person:
        for account in here:
            _clue(own, account).iban = "person"
    # The same person's other accounts of this building: the office knows the IBAN for one only.
    for account in sorted(book.akin_to(accounts, movement.building_id).difference(here)):
        clue = _clue(own, account)
        clue.iban = clue.iban or ("person" if one_person else "shared")
    if one_person and not here and not any(c.iban for c in own.accounts.values()):
        own.elsewhere.append(Elsewhere(accounts[0], "IBAN du payeur connu pour ce compte"))


def _instruction(own: MovementClues, movement: Movement) -> Instruction:
    dues = frozenset(h.target.due for c in own.accounts.values() for h in c.references)
    text = fold(movement.label)
    kinds = frozenset(kind for pattern, kind in _KIND_WORDS if pattern.search(text))
    if own.housing_aid:
        kinds |= {"rent"}
    return Instruction(dues, named_periods(movement.label, movement.booked_on), kinds)


@dataclass(frozen=True, slots=True)
class _Query:
    building_id: str
    payer: PayerName
    is_label: bool


class _NameSearch:
    """Compares the names in the movements with the holders' of their building, each pair once."""

    def __init__(self, book: Book, config: MatchConfig) -> None:
        self._book = book
        self._config = config
        self._holders: dict[tuple[str, str], set[int]] = defaultdict(set)
        for account in book.accounts:
            for name in account.names:
                for word in name.words:
                    self._holders[account.building_id, word].add(account.index)
                    if len(word) > _PREFIX:
                        prefix = word[:_PREFIX] + "*"
                        self._holders[account.building_id, prefix].add(account.index)
        self._answers: dict[_Query, dict[int, Agreement]] = {}

    def add_names(self, clues: list[MovementClues]) -> None:
        """Adds to each movement's clues what its names say."""
        asked = [self._queries(movement) for movement in self._book.movements]
        for queries in asked:
            for _, query in queries:
                self._answers.setdefault(query, {})
        self._compare()
        for movement, own, queries in zip(self._book.movements, clues, asked, strict=True):
            self._add(movement, own, queries)

    def _queries(self, movement: Movement) -> list[tuple[str, _Query]]:
        if movement.building_id not in self._book.by_building:
            return []
        queries = []
        for source, text in (
            ("payer", movement.counterparty),
            ("ultimate", movement.ultimate_party),
            ("label", movement.label),
        ):
            if text:
                name = payer_name(text, is_label=source == "label")
                if name.words:
                    queries.append((source, _Query(movement.building_id, name, source == "label")))
        return queries

    def _compare(self) -> None:
        near = {query: self._near(query) for query in self._answers}
        doubtful: list[tuple[_Query, int]] = []
        for query, accounts in near.items():
            for account in accounts:
                found = self._best(query, account, {})
                if found.level > NameLevel.PARTIAL:
                    self._answers[query][account] = found
                else:
                    doubtful.append((query, account))
        # Only these need the similarity of words, and each pair of words is compared once.
        pairs = {
            (said, word)
            for query, account in doubtful
            for name in self._book.accounts[account].names
            for word in name.words
            for said in query.payer.words
            if len(said) >= _LEAST_WORD and len(word) >= _LEAST_WORD
        }
        likeness = word_likeness(pairs)
        for query, account in doubtful:
            found = self._best(query, account, likeness)
            if found.level:
                self._answers[query][account] = found

    def _near(self, query: _Query) -> list[int]:
        accounts: set[int] = set()
        for word in query.payer.words:
            if len(word) < _LEAST_WORD:
                continue
            for key in (word, word[:_PREFIX] + "*"):
                sharing = self._holders.get((query.building_id, key), ())
                if len(sharing) <= _LARGEST_FAMILY:
                    accounts.update(sharing)
        return sorted(accounts)

    def _best(
        self, query: _Query, account: int, likeness: dict[tuple[str, str], float]
    ) -> Agreement:
        best = NO_AGREEMENT
        for name in self._book.accounts[account].names:
            found = agreement(
                query.payer,
                name,
                is_label=query.is_label,
                likeness=likeness,
                fuzzy_name=self._config.fuzzy_name,
            )
            if _rank(found) > _rank(best):
                best = found
        return best

    def _add(
        self, movement: Movement, own: MovementClues, queries: list[tuple[str, _Query]]
    ) -> None:
        for source, query in queries:
            for account, found in self._answers[query].items():
                clue = _clue(own, account)
                if _rank(found) > _rank(clue.name):
                    clue.name, clue.name_source = found, source
        if own.housing_aid:
            return
        named = [(s, q) for s, q in queries if s == "payer"] or queries
        if named and not any(self._answers[q] for _, q in named):
            words = [w for _, q in named for w in q.payer.words if len(w) >= _LEAST_WORD]
            if words:
                own.stray_name = movement.counterparty or " ".join(words)


def _rank(found: Agreement) -> tuple[int, float, int]:
    return (found.level, found.score, found.words)
