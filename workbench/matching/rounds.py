"""Accepting, oldest movement first, until nothing more is sure.

An acceptance takes its dues away, which may settle another doubt: rounds are repeated over the
movements whose accounts changed, and links by amount and date alone come last, when everything
that has an identity has taken its place. What is left is looked at again with the same result.
"""

from collections import Counter
from dataclasses import dataclass, field

from workbench.matching.allocate import take
from workbench.matching.book import Book, Movement, Payment
from workbench.matching.candidates import MovementClues
from workbench.matching.config import AMOUNT_DATE, MatchConfig
from workbench.matching.decide import amount_date_objections, objections
from workbench.matching.evidence import Candidate, Criterion
from workbench.matching.weigher import Weigher


@dataclass(slots=True, eq=False)
class Outcome:
    """What the rounds came to for one movement.

    Attributes:
        ranked: candidates, best first, weighed against the dues then open.
        waits: French, why the best one is not accepted; empty when it is.
        accepted: the best one was accepted and its dues are taken.
    """

    ranked: list[Candidate] = field(default_factory=list)
    waits: list[str] = field(default_factory=list)
    accepted: bool = False


class Rounds:
    """The rounds over one book.

    Args:
        book: what is open; accepted links take from its dues.
        clues: of every movement, in the book's order.
        barred: indexes of movements that may not be linked (fees, returns, misdirected ones).
        config: bands and weights.
    """

    def __init__(
        self, book: Book, clues: list[MovementClues], *, barred: set[int], config: MatchConfig
    ) -> None:
        self._book = book
        self._clues = clues
        self._config = config
        self._weigher = Weigher(book, config)
        self._outcomes = {m.index: Outcome() for m in book.movements if m.index not in barred}
        # When an account's dues last changed, when a movement was last looked at.
        self._clock = 0
        self._changed: dict[int, int] = {}
        self._seen: dict[int, int] = {}

    def run(self) -> dict[int, Outcome]:
        """Returns the outcome of every movement that is not barred."""
        waiting = [m for m in self._book.movements if m.index in self._outcomes]
        # Housing aid that names its month comes first: what the tenant pays is the rest of it.
        self._identity_round([m for m in waiting if self._is_dated_aid(m)])
        waiting = [m for m in waiting if not self._outcomes[m.index].accepted]
        while True:
            left = self._identity_round(waiting)
            if len(left) < len(waiting):
                waiting = left
                continue
            left = self._amount_date_round(waiting)
            if len(left) == len(waiting):
                break
            waiting = left
        # Proposals are made of what is still open at the end.
        for movement in waiting:
            if not self._clues_decide(movement):
                self._look(movement)
        return self._outcomes

    def _is_dated_aid(self, movement: Movement) -> bool:
        clues = self._clues[movement.index]
        return clues.housing_aid and bool(clues.instruction.periods)

    def _identity_round(self, waiting: list[Movement]) -> list[Movement]:
        left = []
        for movement in waiting:
            if self._is_current(movement):
                left.append(movement)
                continue
            outcome = self._look(movement)
            if outcome.waits or not outcome.ranked or outcome.ranked[0].rule == AMOUNT_DATE:
                left.append(movement)
            else:
                self._accept(movement, outcome)
        return left

    def _amount_date_round(self, waiting: list[Movement]) -> list[Movement]:
        alike = Counter((m.building_id, m.booked_on, m.sign, m.cents) for m in waiting)
        left = []
        for movement in waiting:
            if self._clues_decide(movement):
                left.append(movement)
                continue
            outcome = self._look(movement)
            best = outcome.ranked[0] if outcome.ranked else None
            if best is None or best.rule != AMOUNT_DATE:
                left.append(movement)
                continue
            key = (movement.building_id, movement.booked_on, movement.sign, movement.cents)
            outcome.waits += amount_date_objections(
                best,
                movement=movement,
                clues=self._clues[movement.index],
                book=self._book,
                weigher=self._weigher,
                same_day_movements=alike[key],
            )
            if outcome.waits:
                left.append(movement)
                continue
            words = "seule échéance ouverte de ce montant à cette date, et rien ne s'y oppose"
            best.criteria.append(Criterion("only_one", self._config.weights["only_one"], words))
            best.differs.clear()
            self._accept(movement, outcome)
        return left

    def _look(self, movement: Movement) -> Outcome:
        clues = self._clues[movement.index]
        outcome = self._outcomes[movement.index]
        outcome.ranked = self._weigher.weigh(movement, clues)
        outcome.waits = []
        if outcome.ranked:
            outcome.waits = objections(
                outcome.ranked, clues=clues, book=self._book, config=self._config
            )
        self._seen[movement.index] = self._clock
        return outcome

    def _is_current(self, movement: Movement) -> bool:
        """Says whether nothing changed for this movement since it was looked at."""
        seen = self._seen.get(movement.index)
        if seen is None:
            return False
        return all(
            self._changed.get(account, -1) <= seen
            for account in self._clues[movement.index].accounts
        )

    def _clues_decide(self, movement: Movement) -> bool:
        """Says whether the last look still holds: known accounts, none of them changed."""
        clues = self._clues[movement.index]
        known = any(c.identified for c in clues.accounts.values())
        return known and self._is_current(movement)

    def _accept(self, movement: Movement, outcome: Outcome) -> None:
        best = outcome.ranked[0]
        take(best.parts)
        outcome.accepted = True
        self._clock += 1
        for account in best.accounts:
            cents = sum(c for due, c in best.parts if due.account == account)
            payment = Payment(movement.item_id, cents, movement.booked_on)
            self._book.payments.setdefault(account, []).append(payment)
            self._changed[account] = self._clock
