"""The dues a payment would settle, as a record: how the amount fits, which parts, in what words.

How they are found is in `subsets` (amounts that fit) and `shortfalls` (amounts that do not).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from workbench.domain.errors import shortened
from workbench.domain.money import french_euros
from workbench.matching.allocate import Part
from workbench.matching.book import OpenDue
from workbench.matching.periods import NamedPeriod, day_words


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
    """

    dues: frozenset[int] = frozenset()
    periods: tuple[NamedPeriod, ...] = ()
    kinds: frozenset[str] = frozenset()


NO_INSTRUCTION = Instruction()


@dataclass(frozen=True, slots=True)
class Choice:
    """The dues a payment would settle.

    Attributes:
        fit: how the amount agrees with them.
        parts: each due and the cents taken from it, in order.
        words: French, why these dues.
        instructed: French, the debtor's instruction that was followed; "" when there is none.
        alternatives: other combinations that fit as well (only with AMBIGUOUS).
    """

    fit: Fit
    parts: tuple[Part, ...]
    words: str
    instructed: str = ""
    alternatives: tuple[tuple[Part, ...], ...] = ()

    @property
    def exact(self) -> bool:
        """The amount is what these dues ask for."""
        return self.fit in EXACT_FITS

    @property
    def first_due_on(self) -> int:
        """Date of the oldest due in it."""
        return min(due.due_on for due, _ in self.parts)


def whole(dues: Sequence[OpenDue]) -> tuple[Part, ...]:
    """Returns all that is left of each due."""
    return tuple((d, d.left_cents) for d in dues)


def chosen(fit: Fit, parts: tuple[Part, ...], *, rest: int = 0) -> Choice:
    """Returns a choice with its words.

    Args:
        fit: how the amount agrees.
        parts: not empty.
        rest: cents that no due takes; below zero what is missing (SHORT).
    """
    return Choice(fit, parts, _words(fit, parts, rest))


def _words(fit: Fit, parts: tuple[Part, ...], rest: int) -> str:
    first, count = parts[0][0], len(parts)
    day = day_words(first.due_on)
    one_date = len({due.due_on for due, _ in parts}) == 1
    same = f"échéances du {day}" if one_date else "échéances de même appel ou de même nature"
    target = due_words(first) if count == 1 else f"ce que demandent les échéances du {day}"
    return {
        Fit.SINGLE: f"montant égal à {due_words(first)}",
        Fit.ALL: f"montant égal à la somme des {count} échéances ouvertes",
        Fit.SAME_DATE: f"montant égal à la somme de {count} {same}",
        Fit.PREFIX: f"montant égal aux {count} échéances les plus anciennes",
        Fit.PARTLY_PAID: f"montant égal aux restes de {count} échéances payées en partie",
        Fit.NET: f"montant égal à {due_words(first)} moins un avoir",
        Fit.SUBSET: f"montant égal à {count} échéances, seule combinaison possible",
        Fit.AMBIGUOUS: "plusieurs combinaisons d'échéances donnent ce montant",
        Fit.SHORT: f"montant inférieur de {french_euros(-rest)} à {target}",
        Fit.PARTIAL: "paiement partiel, imputé dans l'ordre légal : frais, puis les plus anciennes",
        Fit.OVER: f"tout ce qui est ouvert est payé, {french_euros(rest)} restent à affecter",
    }[fit]


def due_words(due: OpenDue) -> str:
    """Returns `l'échéance « Loyer mars » du 01/03/2026 (800,00 €)`."""
    name = shortened(due.label or due.due_id, limit=40)
    return f"l'échéance « {name} » du {day_words(due.due_on)} ({french_euros(due.left_cents)})"
