"""The dues a payment would settle, as a record: how the amount fits, which parts, how sure.

How they are found is in `subsets` (amounts that fit) and `shortfalls` (amounts that do not). The
words are made when somebody reads them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from workbench.domain.errors import shortened
from workbench.domain.money import french_euros
from workbench.matching.allocate import Part
from workbench.matching.book import OpenDue
from workbench.matching.periods import NamedPeriod, day_words

# More than these is a list, not a reason.
_NAMED_DUES = 3


class Fit(StrEnum):
    """How an amount and the dues agree; the order is the order of preference."""

    SINGLE = "single"
    ALL = "all"
    SAME_DATE = "same_date"
    PREFIX = "prefix"
    PARTLY_PAID = "partly_paid"
    NET = "net"
    SUBSET = "subset"
    AMBIGUOUS = "ambiguous"
    SHORT = "short"
    PARTIAL = "partial"
    OVER = "over"


EXACT_FITS = frozenset(
    {Fit.SINGLE, Fit.ALL, Fit.SAME_DATE, Fit.PREFIX, Fit.PARTLY_PAID, Fit.NET, Fit.SUBSET}
)


@dataclass(frozen=True, slots=True)
class Instruction:
    """What the payment itself says about the dues it pays (LAW L15).

    Attributes:
        dues: indexes of the dues whose reference stands in the text.
        periods: months and quarters named by the label.
        kinds: kinds of dues named by the label; they only decide between equal amounts.
        is_aid: housing aid, always a part of the rent.
    """

    dues: frozenset[int] = frozenset()
    periods: tuple[NamedPeriod, ...] = ()
    kinds: frozenset[str] = frozenset()
    is_aid: bool = False


NO_INSTRUCTION = Instruction()


class Doubt(StrEnum):
    """Why a choice of dues is not the only one that can be meant; French, shown as it is."""

    EQUALS = "une autre échéance ouverte a le même montant"
    SOLUTIONS = "plusieurs combinaisons d'échéances donnent ce montant"
    SHARED = "rien ne dit comment partager ce montant entre des échéances de même date"
    OLDER = "d'autres échéances, plus anciennes ou du même jour, sont ouvertes"
    COMING = "ce qui dépasse les échéances dues peut être destiné à une échéance à venir"
    REST = "le paiement dépasse ce qui est dû"
    SCATTERED = "la combinaison trouvée peut être un hasard"
    HABIT = "ce montant peut être celui du mois en cours ou le reste d'un mois précédent"
    NAMED = "le libellé nomme une période dont rien n'est ouvert"


@dataclass(slots=True, eq=False)
class Choice:
    """The dues a payment would settle.

    Attributes:
        fit: how the amount agrees.
        parts: each due and its cents.
        rest: cents that no due takes; below zero what is missing (SHORT).
        named: dues by whose reference the payment says what it settles.
        periods: periods by which it does.
        credit: the discount or refund owed that settles the rest of the due (NET).
        alternatives: other combinations that fit as well.
        doubt: why these dues are not the only ones that can be meant; None when they are.
        by_law: only the legal order says so; nothing in the payment does.
    """

    fit: Fit
    parts: tuple[Part, ...]
    rest: int = 0
    named: tuple[OpenDue, ...] = ()
    periods: tuple[NamedPeriod, ...] = ()
    credit: OpenDue | None = None
    alternatives: tuple[tuple[Part, ...], ...] = ()
    doubt: Doubt | None = None
    by_law: bool = False
    _said: str = ""

    @property
    def exact(self) -> bool:
        """The amount is what these dues ask for."""
        return self.fit in EXACT_FITS

    @property
    def first_due_on(self) -> int:
        """Date of the oldest due in it."""
        if len(self.parts) == 1:
            return self.parts[0][0].due_on
        return min(due.due_on for due, _ in self.parts)

    @property
    def is_instructed(self) -> bool:
        """The payment itself names them."""
        return bool(self.named or self.periods)

    @property
    def instructed(self) -> str:
        """How the payment names them, in French; "" when it does not."""
        if self.named:
            references = list(dict.fromkeys(d.reference or d.due_id for d in self.named))
            return f"le libellé porte la référence {shortened_list(references)}"
        if self.periods:
            return f"le libellé nomme {', '.join(p.words for p in self.periods)}"
        return ""

    def named_words(self) -> str:
        """Returns `instructed`."""
        return self.instructed

    def said(self) -> str:
        """Returns how the amount agrees, in French; first asked while the dues are still open."""
        if not self._said:
            self._said = _words(self)
        return self._said

    @property
    def words(self) -> str:
        """How the amount agrees, in French."""
        return self.said()


def shortened_list(texts: Sequence[str]) -> str:
    """Returns the first of the texts, on one line."""
    return shortened(", ".join(texts[:_NAMED_DUES]), limit=80)


def whole(dues: Iterable[OpenDue]) -> tuple[Part, ...]:
    """Returns all that is left of each due."""
    return tuple((d, d.left_cents) for d in dues)


def _words(choice: Choice) -> str:
    fit, parts = choice.fit, choice.parts
    if fit is Fit.SINGLE:
        return f"montant égal à {due_words(parts[0][0])}"
    if fit is Fit.PARTIAL and choice.doubt is Doubt.HABIT:
        day = day_words(choice.first_due_on)
        return f"même montant que d'habitude, imputé sur ce qui est attendu le {day}"
    return _words_of_many(choice)


def _words_of_many(choice: Choice) -> str:
    fit, parts, count = choice.fit, choice.parts, len(choice.parts)
    if fit is Fit.ALL:
        return f"montant égal à la somme des {count} échéances ouvertes"
    if fit is Fit.SAME_DATE:
        same = "échéances de même appel ou de même nature"
        if len({due.due_on for due, _ in parts}) == 1:
            same = f"échéances du {day_words(parts[0][0].due_on)}"
        return f"montant égal à la somme de {count} {same}"
    if fit is Fit.NET:
        credit = "" if choice.credit is None else f" {_credit_words(choice.credit)}"
        return f"montant égal à {due_words(parts[0][0])} moins l'avoir{credit}"
    if fit is Fit.SHORT:
        target = f"ce que demandent les échéances du {day_words(choice.first_due_on)}"
        if count == 1:
            target = due_words(parts[0][0])
        return f"montant inférieur de {french_euros(-choice.rest)} à {target}"
    if fit is Fit.OVER:
        return f"tout ce qui est ouvert est payé, {french_euros(choice.rest)} restent à affecter"
    return {
        Fit.PREFIX: f"montant égal aux {count} échéances les plus anciennes",
        Fit.PARTLY_PAID: f"montant égal aux restes de {count} échéances payées en partie",
        Fit.SUBSET: f"montant égal à {count} échéances, seule combinaison possible",
        Fit.AMBIGUOUS: Doubt.SOLUTIONS.value,
        Fit.PARTIAL: "paiement partiel, imputé dans l'ordre légal : frais, puis les plus anciennes",
    }[fit]


def _credit_words(credit: OpenDue) -> str:
    return f"{shortened(credit.due_id, limit=40)} de {french_euros(credit.left_cents)}"


def due_words(due: OpenDue) -> str:
    """Returns `l'échéance « Loyer mars » du 01/03/2026 (800,00 €)`."""
    name = shortened(due.label or due.due_id, limit=40)
    return f"l'échéance « {name} » du {day_words(due.due_on)} ({french_euros(due.left_cents)})"
