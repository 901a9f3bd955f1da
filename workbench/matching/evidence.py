"""What each criterion says for and against an account, in log-odds and in French words.

The weights add up; their sum is the score and the list is the explanation. Negative evidence
counts as well: another account's IBAN or code, namesakes, a payer nobody knows.
"""

import math
from dataclasses import dataclass, field, replace

from workbench.domain.errors import shortened
from workbench.matching.allocate import Part
from workbench.matching.book import Book, Movement
from workbench.matching.candidates import AccountClues, MovementClues
from workbench.matching.choices import Choice
from workbench.matching.config import (
    MatchConfig,
)
from workbench.matching.names import NameLevel
from workbench.matching.normalise import CodeStrength, masked_iban

_SOURCE_WORDS = {
    "payer": "chez le payeur",
    "ultimate": "comme bénéficiaire réel du paiement",
    "label": "dans le libellé",
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One reason: its name, its weight in log-odds, its French words."""

    criterion: str
    weight: float
    words: str


@dataclass(slots=True, eq=False)
class Candidate:
    """One account (or one person's accounts together) and how well it explains a movement.

    Attributes:
        accounts: indexes; several only when one payment settles several accounts.
        rule: strongest evidence class it has.
        choice: the dues it would settle; None when nothing is open there.
        criteria: in the order they were weighed.
        objections: French reasons why it must not be accepted without a human.
        differs: French, what differs from what was expected (DOMAIN A8).
        duplicate: an identical payment was settled a few days before or after.
    """

    accounts: tuple[int, ...]
    rule: str
    choice: Choice | None
    criteria: list[Criterion] = field(default_factory=list)
    objections: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)
    duplicate: bool = False

    def variants(self) -> list["Candidate"]:
        """Returns itself, and the other combinations of dues that fit as well."""
        if self.choice is None or not self.choice.alternatives:
            return [self]
        others = [replace(self.choice, parts=p, alternatives=()) for p in self.choice.alternatives]
        return [self, *(replace(self, choice=other) for other in others)]

    @property
    def score(self) -> float:
        """Sum of the weights."""
        return round(sum(c.weight for c in self.criteria), 3)

    @property
    def exact(self) -> bool:
        """The amount is what the dues ask for."""
        return self.choice is not None and self.choice.exact

    @property
    def parts(self) -> tuple[Part, ...]:
        """The dues it would settle."""
        return self.choice.parts if self.choice else ()


class IdentityEvidence:
    """Weighs who a movement points to, for and against; not the amounts.

    Args:
        book: for the accounts' names and persons.
        config: weights.
    """

    def __init__(self, book: Book, config: MatchConfig) -> None:
        self._book = book
        self._config = config

    def _add(self, candidate: Candidate, criterion: str, weight: str, words: str) -> None:
        candidate.criteria.append(Criterion(criterion, self._config.weights[weight], words))

    def add_for(
        self, candidate: Candidate, movement: Movement, clues: MovementClues, clue: AccountClues
    ) -> None:
        """Adds what points to the account: references, codes, lot, IBAN, name."""
        if clue.references:
            hit = clue.references[0]
            words = f"référence {shortened(hit.target.shown, limit=40)} {hit.place}"
            self._add(candidate, "reference", "reference", words)
        if clue.code:
            target = clue.code.target
            strong = target.strength is CodeStrength.STRONG
            words = f"code {shortened(target.shown, limit=40)} {clue.code.place}"
            # After the reference the code says little more.
            weight = "code" if strong and not clue.references else "code_short"
            self._add(candidate, "code", weight, words)
        if clue.lot:
            words = f"lot {shortened(clue.lot.target.shown, limit=20)} {clue.lot.place}"
            self._add(candidate, "lot", "lot", words)
        self._weigh_iban(candidate, movement, clue)
        self._weigh_name(candidate, clue)
        if clues.housing_aid and clue.identified:
            self._add(candidate, "housing_aid", "housing_aid", "versé par un organisme d'aide")

    def _weigh_iban(self, candidate: Candidate, movement: Movement, clue: AccountClues) -> None:
        shown = masked_iban(movement.counterparty_iban)
        if clue.iban == "own":
            words = f"IBAN du payeur ({shown}) connu pour ce seul compte"
            self._add(candidate, "iban", "iban", words)
        elif clue.iban == "person":
            words = f"IBAN du payeur ({shown}) connu pour ce titulaire"
            self._add(candidate, "iban", "iban_person", words)
        elif clue.iban == "shared":
            words = f"IBAN du payeur ({shown}) connu pour plusieurs titulaires"
            self._add(candidate, "iban", "iban_shared", words)

    def _weigh_name(self, candidate: Candidate, clue: AccountClues) -> None:
        level = clue.name.level
        if not level:
            return
        holder = shortened(self._book.accounts[clue.account].holder, limit=60)
        where = _SOURCE_WORDS[clue.name_source]
        if level >= NameLevel.ONE_WORD:
            words = f"nom {holder} {where}"
            self._add(candidate, "name", f"name_{clue.name_source}", words)
            if level is NameLevel.ONE_WORD:
                words = "le nom tient en un seul mot"
                self._add(candidate, "name", "name_one_word", words)
        elif level is NameLevel.FUZZY:
            score = math.floor(clue.name.score)
            words = f"nom proche de {holder} {where} ({score} %)"
            self._add(candidate, "name", "name_fuzzy", words)
        else:
            words = f"nom de famille de {holder} {where}"
            self._add(candidate, "name", "name_partial", words)

    # Against

    def add_against(
        self, candidate: Candidate, sign: int, clues: MovementClues, clue: AccountClues
    ) -> None:
        """Adds what speaks against the account, and the objections to accepting it."""
        others = [
            o
            for o in clues.accounts.values()
            if o.account != clue.account and self._is_concerned(o, sign)
        ]
        self._against_codes(candidate, clue, others)
        self._against_ibans(candidate, clues, clue, others)
        self._against_names(candidate, clue, others)

    def _is_concerned(self, other: AccountClues, sign: int) -> bool:
        """Says whether a payment in this direction may be the other account's at all.

        A supplier pays nothing in, a co-owner is paid only what is owed to him: the plumber who
        bears the name of an owner is no rival for his charges.
        """
        account = self._book.accounts[other.account]
        usual = -1 if account.kind == "supplier" else 1
        return other.coded or sign == usual or bool(account.dues[sign])

    def _against_codes(
        self, candidate: Candidate, clue: AccountClues, others: list[AccountClues]
    ) -> None:
        for other in others:
            if other.coded:
                code = self._book.accounts[other.account].code
                words = f"le libellé désigne un autre compte ({shortened(code, limit=40)})"
                if not clue.coded:
                    self._add(candidate, "other_code", "other_code", words)
                candidate.objections.append(words)
                return

    def _against_ibans(
        self,
        candidate: Candidate,
        clues: MovementClues,
        clue: AccountClues,
        others: list[AccountClues],
    ) -> None:
        if clue.iban:
            return
        owners = [o for o in others if o.iban in ("own", "person")]
        if owners:
            shown = self._book.accounts[owners[0].account].account_id
            words = f"l'IBAN du payeur est celui d'un autre compte ({shown})"
        elif clues.known_iban and clues.elsewhere:
            words = "l'IBAN du payeur est celui d'un compte d'un autre immeuble"
        else:
            return
        self._add(candidate, "other_iban", "other_iban", words)
        candidate.objections.append(words)

    def _against_names(
        self, candidate: Candidate, clue: AccountClues, others: list[AccountClues]
    ) -> None:
        """Weighs namesakes, and a payer who is fully named and somebody else."""
        for other in others:
            if other.name.level < NameLevel.ONE_WORD and other.name.level < clue.name.level:
                continue
            if other.name.level < NameLevel.FUZZY:
                continue
            shown = self._book.accounts[other.account]
            holder = shortened(shown.holder, limit=60)
            if clue.name.level < NameLevel.FUZZY:
                if other.name.level < NameLevel.ONE_WORD or clue.coded:
                    continue
                words = f"le nom est celui d'un autre compte ({shown.account_id} {holder})"
                self._add(candidate, "other_name", "other_name", words)
                candidate.objections.append(words)
                return
            if clue.coded or self._book.same_person(clue.account, other.account):
                continue
            if self._outnamed(clue, other):
                continue
            words = f"le nom convient aussi au compte {shown.account_id} ({holder})"
            self._add(candidate, "namesake", "namesake", words)
            # A known IBAN tells namesakes apart; nothing else does.
            if clue.iban != "own":
                candidate.objections.append(words)
            return

    def _outnamed(self, clue: AccountClues, other: AccountClues) -> bool:
        """Says whether the other name agrees clearly less than this one."""
        if clue.name.level >= NameLevel.ONE_WORD and other.name.level is NameLevel.FUZZY:
            return True
        lead = clue.name.score - other.name.score
        return clue.name.level is NameLevel.FUZZY and lead >= self._config.fuzzy_margin

    def add_unknown_payer(self, candidate: Candidate, clues: MovementClues) -> None:
        """Adds that the payer's name fits nobody of the building (DOMAIN A8)."""
        name = shortened(clues.stray_name, limit=60)
        words = f"ne désigne personne dans l'immeuble : {name}"
        self._add(candidate, "unknown_payer", "unknown_payer", words)
        candidate.differs.append(words)
