"""Who may have made a movement: the accounts of its building that something points to.

Every clue is a look-up inside the building (code, reference, lot, known IBAN, words of a name);
names are compared only where they share a word. Accounts of other buildings are noted apart: they
explain a misdirected payment and are never candidates (LAW L7). Amounts come later.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from workbench.matching.book import Book, Movement
from workbench.matching.choices import NO_INSTRUCTION, Instruction
from workbench.matching.codes import CodeHit, CodeIndex, CodeKind
from workbench.matching.config import MatchConfig
from workbench.matching.names import NO_AGREEMENT, Agreement, NameLevel
from workbench.matching.namesearch import NameSearch, ranks_above
from workbench.matching.normalise import CodeStrength, tokens
from workbench.matching.periods import named_periods
from workbench.matching.wording import named_kinds, says_housing_aid


@dataclass(slots=True, eq=False)
class AccountClues:
    """What points to one account.

    Attributes:
        receipt: a person entered the movement for it.
        references: its dues whose reference stands in the text (index of the due, hit).
        code: the strongest code of it in the text.
        lot: its lot named by the label.
        iban: `own` (known for it alone), `person` (known for another account of its holder),
            `shared` (pays accounts of several persons), "" else.
        name: how far a name in the movement agrees.
        name_source: `payer`, `ultimate` or `label`.
        coded: a code or reference that cannot be something else names it.
    """

    account: int
    receipt: bool = False
    references: list[CodeHit] = field(default_factory=list)
    code: CodeHit | None = None
    lot: CodeHit | None = None
    iban: str = ""
    name: Agreement = NO_AGREEMENT
    name_source: str = ""
    coded: bool = False

    @property
    def identified(self) -> bool:
        """Something that identifies, not merely a surname or a lot."""
        return self.coded or self.iban in ("own", "person") or self.name.level >= NameLevel.FUZZY


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An account of another building that a movement points to, and by what (French)."""

    account: int
    words: str
    by_iban: bool = False


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
        words: the label's tokens.
    """

    words: list[str]
    accounts: dict[int, AccountClues] = field(default_factory=dict)
    elsewhere: list[Elsewhere] = field(default_factory=list)
    stray_name: str = ""
    housing_aid: bool = False
    instruction: Instruction = NO_INSTRUCTION
    known_iban: bool = False

    @property
    def identified(self) -> bool:
        """Something identifies an account of the building."""
        return any(c.identified for c in self.accounts.values())

    def clue(self, account: int) -> AccountClues:
        """Returns the clues of an account, new ones if there are none yet."""
        found = self.accounts.get(account)
        if found is None:
            found = self.accounts[account] = AccountClues(account)
        return found


def find_candidates(book: Book, *, config: MatchConfig) -> list[MovementClues]:
    """Returns the clues of every movement of the book, in its order.

    Source: DOMAIN A5, A8; LAW L7; MATCHING 2.
    """
    return _Clues(book, config).all()


class _Clues:
    def __init__(self, book: Book, config: MatchConfig) -> None:
        self._book = book
        self._codes = CodeIndex(book)
        self._names = NameSearch(book, fuzzy_name=config.fuzzy_name)

    def all(self) -> list[MovementClues]:
        return [self._of(movement) for movement in self._book.movements]

    def _of(self, movement: Movement) -> MovementClues:
        own = MovementClues(tokens(movement.label))
        if movement.receipt_of is not None:
            self._add_receipt(own, movement.receipt_of)
        self._add_codes(own, movement)
        if movement.counterparty_iban:
            self._add_ibans(own, movement)
        own.housing_aid = movement.sign > 0 and says_housing_aid(movement, own.words)
        self._add_names(own, movement)
        own.instruction = _instruction(own, movement)
        return own

    def _add_receipt(self, own: MovementClues, account: int) -> None:
        if self._book.is_here(account):
            clue = own.clue(account)
            clue.receipt = clue.coded = True

    def _add_codes(self, own: MovementClues, movement: Movement) -> None:
        references = []
        for hit in self._codes.hits(movement, own.words):
            target = hit.target
            if target.kind is CodeKind.REFERENCE:
                references.append(hit)
                continue
            clue = own.clue(target.account)
            if clue.code is None or target.strength > clue.code.target.strength:
                clue.code = hit
                clue.coded |= target.strength is CodeStrength.STRONG
        if references:
            self._add_references(own, movement, references)
        for hit in self._codes.lot_hits(own.words):
            own.clue(hit.target.account).lot = hit
        if not any(clue.coded for clue in own.accounts.values()):
            stray = self._codes.stray(movement, own.words)
            if stray:
                account, shown, place = stray
                own.elsewhere.append(Elsewhere(account, f"code {shown} {place}"))

    def _add_references(
        self, own: MovementClues, movement: Movement, references: list[CodeHit]
    ) -> None:
        # A reference that stands on several accounts (that of a whole call) names none of them.
        owners: dict[str, set[int]] = defaultdict(set)
        for hit in references:
            owners[hit.target.shown].add(hit.target.account)
        for hit in references:
            target = hit.target
            right_way = self._book.dues[target.due].sign == movement.sign
            if len(owners[target.shown]) == 1 and right_way:
                clue = own.clue(target.account)
                clue.references.append(hit)
                clue.coded = True

    def _add_ibans(self, own: MovementClues, movement: Movement) -> None:
        book = self._book
        accounts = book.portfolio.by_iban.get(movement.counterparty_iban)
        if not accounts:
            return
        own.known_iban = True
        here = [a for a in accounts if book.is_here(a)]
        known = here or accounts
        one_person = len(known) == 1 or all(book.same_person(a, known[0]) for a in known)
        for account in here:
            own.clue(account).iban = "own" if one_person else "shared"
        if len(here) > 1 and one_person:
            for account in here:
                own.clue(account).iban = "person"
        # The same person's other accounts here: the office knows the IBAN for one only.
        for account in sorted(book.akin_to(accounts).difference(here)):
            clue = own.clue(account)
            clue.iban = clue.iban or ("person" if one_person else "shared")
        if one_person and not here and not any(c.iban for c in own.accounts.values()):
            words = "IBAN du payeur connu pour ce compte"
            own.elsewhere.append(Elsewhere(accounts[0], words, by_iban=True))

    def _add_names(self, own: MovementClues, movement: Movement) -> None:
        said = self._names.said(movement, own.words)
        for source, _, answers in said:
            for account, found in answers.items():
                clue = own.clue(account)
                if ranks_above(found, clue.name):
                    clue.name, clue.name_source = found, source
        if own.housing_aid:
            return
        named = [(p, a) for source, p, a in said if source == "payer"] or [
            (p, a) for _, p, a in said
        ]
        if named and not any(answers for _, answers in named):
            words = [w for payer, _ in named for w in payer.words if len(w) >= 3]
            if words:
                own.stray_name = movement.counterparty or " ".join(words)


def _instruction(own: MovementClues, movement: Movement) -> Instruction:
    dues = frozenset(h.target.due for c in own.accounts.values() for h in c.references)
    kinds = named_kinds(own.words)
    if own.housing_aid:
        kinds |= {"rent"}
    periods = named_periods(movement.label, movement.booked_on)
    if not (dues or kinds or periods):
        return NO_INSTRUCTION
    return Instruction(dues, periods, kinds, own.housing_aid)
