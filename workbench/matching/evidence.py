"""What each criterion says for and against an account, in log-odds and in French words.

The weights add up; their sum is the score and the list is the explanation. Negative evidence
counts as well: another account's IBAN, code, lot or name, namesakes, a payer nobody knows. Words
are made when somebody reads them.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from workbench.domain.errors import shortened
from workbench.matching.allocate import Part
from workbench.matching.book import Account, Book, Movement
from workbench.matching.candidates import AccountClues, MovementClues
from workbench.matching.choices import Choice
from workbench.matching.config import MatchConfig
from workbench.matching.names import NameLevel
from workbench.matching.normalise import CodeStrength, masked_iban

_SOURCE_WORDS = {
    "payer": "chez le payeur",
    "ultimate": "comme bénéficiaire réel du paiement",
    "label": "dans le libellé",
}
_NAME_WEIGHTS = {"payer": "name_payer", "ultimate": "name_ultimate", "label": "name_label"}
_IBAN_WEIGHTS = {"own": "iban", "person": "iban_person", "shared": "iban_shared"}
_IBAN_WORDS = {
    "own": "connu pour ce seul compte",
    "person": "connu pour ce titulaire",
    "shared": "connu pour plusieurs titulaires",
}


# One reason: its name, its weight in log-odds, what gives its French words.
Criterion = tuple[str, float, Callable[[], str]]


@dataclass(slots=True, eq=False)
class Candidate:
    """One account (or one person's accounts together) and how well it explains a movement.

    Attributes:
        accounts: indexes; several only when one payment settles several accounts.
        rule: strongest evidence class it has.
        choice: the dues it would settle; None when nothing is open there.
        criteria: in the order they were weighed.
        score: sum of the weights.
        objections: French reasons why it must not be accepted without a human.
        differs: French, what differs from what was expected (DOMAIN A8).
        duplicate: an identical payment was settled a few days before or after, and nothing like it
            is owed.
        repeated: an identical payment was settled a few days before or after.
    """

    accounts: tuple[int, ...]
    rule: str
    choice: Choice | None
    criteria: list[Criterion] = field(default_factory=list)
    score: float = 0.0
    objections: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)
    duplicate: bool = False
    repeated: bool = False

    def add(self, criterion: str, weight: float, words: Callable[[], str]) -> None:
        """Adds a reason."""
        self.criteria.append((criterion, weight, words))
        self.score += weight

    def variants(self) -> list["Candidate"]:
        """Returns itself, and the other combinations of dues that fit as well."""
        if self.choice is None or not self.choice.alternatives:
            return [self]
        others = [
            replace(self.choice, parts=p, alternatives=(), _said="")
            for p in self.choice.alternatives
        ]
        return [self, *(replace(self, choice=other) for other in others)]

    @property
    def exact(self) -> bool:
        """The amount is what the dues ask for."""
        return self.choice is not None and self.choice.exact

    @property
    def parts(self) -> tuple[Part, ...]:
        """The dues it would settle."""
        return self.choice.parts if self.choice else ()

    @property
    def offset(self) -> tuple[Part, ...]:
        """The discount that settles the rest of its due: the due, then the discount."""
        if self.choice is None or self.choice.credit is None:
            return ()
        credit = self.choice.credit
        return ((self.choice.parts[0][0], credit.left_cents), (credit, credit.left_cents))


def _near_name_words(account: Account, clue: AccountClues) -> str:
    holder, where = shortened(account.holder, limit=60), _SOURCE_WORDS[clue.name_source]
    if clue.name.level is NameLevel.FUZZY:
        return f"nom proche de {holder} {where} ({math.floor(clue.name.score)} %)"
    return f"nom de famille de {holder} {where}"


class IdentityEvidence:
    """Weighs who a movement points to, for and against; not the amounts.

    Args:
        book: for the accounts' names and persons.
        config: weights.
    """

    def __init__(self, book: Book, config: MatchConfig) -> None:
        self._book = book
        self._weights = config.weights
        self._config = config

    def add_for(
        self, candidate: Candidate, movement: Movement, clues: MovementClues, clue: AccountClues
    ) -> None:
        """Adds what points to the account: references, codes, lot, IBAN, name."""
        weights = self._weights
        if clue.receipt:
            words = "compte indiqué par la personne qui a saisi l'encaissement"
            candidate.add("receipt", weights["receipt"], lambda: words)
        if clue.references:
            hit = clue.references[0]
            candidate.add(
                "reference", weights["reference"],
                lambda: f"référence {shortened(hit.target.shown, limit=40)} {hit.place}",
            )  # fmt: skip
        if clue.code:
            self._weigh_code(candidate, clue)
        if clue.lot:
            lot = clue.lot
            candidate.add(
                "lot", weights["lot"],
                lambda: f"lot {shortened(lot.target.shown, limit=20)} {lot.place}",
            )  # fmt: skip
        if clue.iban:
            self._weigh_iban(candidate, movement, clue)
        if clue.name.level:
            self._weigh_name(candidate, clue)
        if clues.housing_aid and clue.identified:
            candidate.add(
                "housing_aid", weights["housing_aid"], lambda: "versé par un organisme d'aide"
            )

    def _weigh_code(self, candidate: Candidate, clue: AccountClues) -> None:
        code = clue.code
        if code is None:
            return
        strong = code.target.strength is CodeStrength.STRONG
        # After the reference the code says little more.
        weight = "code" if strong and not clue.references else "code_short"
        candidate.add(
            "code", self._weights[weight],
            lambda: f"code {shortened(code.target.shown, limit=40)} {code.place}",
        )  # fmt: skip

    def _weigh_iban(self, candidate: Candidate, movement: Movement, clue: AccountClues) -> None:
        iban, known = movement.counterparty_iban, _IBAN_WORDS[clue.iban]
        validated = self._book.accounts[clue.account].ibans.get(iban, "")
        candidate.add(
            "iban", self._weights[_IBAN_WEIGHTS[clue.iban]],
            lambda: f"IBAN du payeur ({masked_iban(iban)}) {known}{validated}",
        )  # fmt: skip

    def _weigh_name(self, candidate: Candidate, clue: AccountClues) -> None:
        level, source = clue.name.level, clue.name_source
        account = self._book.accounts[clue.account]
        if level >= NameLevel.ONE_WORD:
            weight = self._weights[_NAME_WEIGHTS[source]]
            candidate.add(
                "name", weight,
                lambda: f"nom {shortened(account.holder, limit=60)} {_SOURCE_WORDS[source]}",
            )  # fmt: skip
            # Companies often have one.
            if level is NameLevel.ONE_WORD and account.kind != "supplier":
                words = "le nom tient en un seul mot"
                candidate.add("name", self._weights["name_one_word"], lambda: words)
            return
        fuzzy = level is NameLevel.FUZZY
        weight = self._weights["name_fuzzy" if fuzzy else "name_partial"]
        candidate.add("name", weight, lambda: _near_name_words(account, clue))

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
        if not clue.iban and clues.known_iban:
            self._against_ibans(candidate, clues, clue, others)
        if not others:
            return
        self._against_codes(candidate, clue, others)
        self._against_lots(candidate, clue, others)
        self._against_names(candidate, clue, others)
        self._against_surnames(candidate, clue, others)

    def _is_concerned(self, other: AccountClues, sign: int) -> bool:
        """Says whether a payment in this direction may be the other account's at all.

        A supplier pays nothing in, a co-owner is paid only what is owed to him: the plumber who
        bears the name of an owner is no rival for his charges.
        """
        account = self._book.accounts[other.account]
        usual = -1 if account.kind == "supplier" else 1
        return other.coded or sign == usual or bool(account.dues[sign])

    def _oppose(self, candidate: Candidate, criterion: str, words: str) -> None:
        candidate.add(criterion, self._weights[criterion], lambda: words)
        candidate.objections.append(words)

    def _against_codes(
        self, candidate: Candidate, clue: AccountClues, others: list[AccountClues]
    ) -> None:
        for other in others:
            if other.coded:
                code = self._book.accounts[other.account].code
                words = f"le libellé désigne un autre compte ({shortened(code, limit=40)})"
                if clue.coded:
                    candidate.objections.append(words)
                else:
                    self._oppose(candidate, "other_code", words)
                return

    def _against_lots(
        self, candidate: Candidate, clue: AccountClues, others: list[AccountClues]
    ) -> None:
        if clue.coded or clue.lot:
            return
        for other in others:
            if other.lot and not self._book.same_person(clue.account, other.account):
                lot = shortened(other.lot.target.shown, limit=20)
                shown = self._book.accounts[other.account].account_id
                self._oppose(
                    candidate, "other_lot", f"le libellé nomme un autre lot ({lot}, {shown})"
                )
                return

    def _against_ibans(
        self,
        candidate: Candidate,
        clues: MovementClues,
        clue: AccountClues,
        others: list[AccountClues],
    ) -> None:
        owners = [o for o in others if o.iban in ("own", "person")]
        if owners:
            shown = self._book.accounts[owners[0].account].account_id
            words = f"l'IBAN du payeur est celui d'un autre compte ({shown})"
        elif clues.elsewhere:
            words = "l'IBAN du payeur est celui d'un compte d'un autre immeuble"
        else:
            return
        # Whoever pays for another owner names him, or his lot.
        named = clue.lot is not None or clue.name_source == "label"
        weight = self._weights["other_iban_named" if named else "other_iban"]
        candidate.add("other_iban", weight, lambda: words)
        candidate.objections.append(words)

    def _against_names(
        self, candidate: Candidate, clue: AccountClues, others: list[AccountClues]
    ) -> None:
        """Weighs namesakes, and a payer who is fully named and somebody else."""
        told = False
        for other in others:
            level = other.name.level
            if level < NameLevel.FUZZY or level < min(clue.name.level, NameLevel.ONE_WORD):
                continue
            if clue.name.level < NameLevel.FUZZY:
                if self._somebody_else(candidate, clue, other):
                    return
            elif self._is_namesake(clue, other):
                words = f"le nom convient aussi au compte {self._holder(other.account)}"
                if not self._told_by_iban(clue, other):
                    self._oppose(candidate, "namesake", words)
                    return
                if not told:
                    candidate.add("namesake", self._weights["namesake"], partial(str, words))
                told = True

    def _against_surnames(
        self, candidate: Candidate, clue: AccountClues, others: list[AccountClues]
    ) -> None:
        """Objects when somebody pays and writes another holder's surname."""
        if clue.coded or clue.name_source == "label" or candidate.objections:
            return
        for other in others:
            if (
                other.name_source == "label"
                and other.name.level is NameLevel.PARTIAL
                and not self._book.same_person(clue.account, other.account)
            ):
                candidate.objections.append(
                    f"le libellé nomme un autre titulaire ({self._holder(other.account)})"
                )
                return

    def _holder(self, account: int) -> str:
        record = self._book.accounts[account]
        return f"{record.account_id} {shortened(record.holder, limit=60)}"

    def _somebody_else(self, candidate: Candidate, clue: AccountClues, other: AccountClues) -> bool:
        if other.name.level < NameLevel.ONE_WORD or clue.receipt or other.iban == "shared":
            return False
        if self._book.same_person(clue.account, other.account):
            return False
        words = f"le nom est celui d'un autre compte ({self._holder(other.account)})"
        if not clue.coded:
            self._oppose(candidate, "other_name", words)
            return True
        # An owner who pays with another one's code: for him, or a slip of the pen.
        if clue.name.level is NameLevel.NONE:
            candidate.objections.append(words)
            return True
        return False

    def _is_namesake(self, clue: AccountClues, other: AccountClues) -> bool:
        if clue.coded or self._book.same_person(clue.account, other.account):
            return False
        return not self._outnamed(clue, other)

    @staticmethod
    def _told_by_iban(clue: AccountClues, other: AccountClues) -> bool:
        """Says whether the IBAN tells two apart: namesakes, not two people who are both named."""
        same_text = other.name_source == clue.name_source
        return clue.iban == "own" and (same_text or other.name.level < NameLevel.EXACT)

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
        candidate.add("unknown_payer", self._weights["unknown_payer"], lambda: words)
        candidate.differs.append(words)
