"""Accepting, oldest movement first, until nothing more is sure.

An acceptance takes its dues away, which may settle another doubt: rounds are repeated over the
movements whose accounts changed. Links by amount and date alone come when everything that has an
identity has taken its place; part payments that only the legal order settles come last, when no
waiting movement could be for the same dues. What is left is looked at again with the same result.
"""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from workbench.matching.allocate import take
from workbench.matching.book import Book, Movement, Payment
from workbench.matching.candidates import MovementClues
from workbench.matching.choices import Instruction
from workbench.matching.config import AMOUNT_DATE, CODE, REFERENCE, MatchConfig
from workbench.matching.decide import ONLY_THE_LAW, amount_date_objections, objections
from workbench.matching.evidence import Candidate
from workbench.matching.weigher import Weigher

# Turns the accepted outcome into what is kept, while its dues are still open.
Keep = Callable[[Movement, "Outcome"], None]


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
        returned: accounts and amounts of returned payments whose dues are not open again yet.
        config: bands and weights.
        keep: told of each accepted outcome before its dues are taken.
    """

    def __init__(
        self,
        book: Book,
        clues: list[MovementClues],
        *,
        barred: set[int],
        returned: set[tuple[int, int]],
        config: MatchConfig,
        keep: Keep,
    ) -> None:
        self._book = book
        self._clues = clues
        self._config = config
        self._keep = keep
        self._returned = returned
        self._weigher = Weigher(book, config)
        self._outcomes = {m.index: Outcome() for m in book.movements if m.index not in barred}
        self._alike: dict[tuple[int, int], list[Movement]] = defaultdict(list)
        for movement in book.movements:
            if movement.index not in barred:
                self._alike[movement.sign, movement.cents].append(movement)
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
        rounds = (self._identity_round, self._amount_date_round, self._legal_round)
        place = 0
        while place < len(rounds) and waiting:
            left = rounds[place](waiting)
            place = 0 if len(left) < len(waiting) else place + 1
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
            if self._is_sure(movement, outcome):
                self._accept(movement, outcome)
            else:
                left.append(movement)
        return left

    def _is_sure(self, movement: Movement, outcome: Outcome) -> bool:
        """Says whether nothing is against the best candidate; adds what other movements say."""
        if outcome.waits or not outcome.ranked or outcome.ranked[0].rule == AMOUNT_DATE:
            return False
        best = outcome.ranked[0]
        if any((a, movement.cents) in self._returned for a in best.accounts):
            if best.choice is None or not best.choice.named:
                outcome.waits.append(
                    "un paiement du même montant a été rejeté : son échéance attend"
                )
        elif self._has_twin(movement, best):
            outcome.waits.append("un paiement identique attend aussi")
        return not outcome.waits

    def _has_twin(self, movement: Movement, best: Candidate) -> bool:
        """Says whether a payment of the same amount waits for the same account, no younger one."""
        if best.choice is not None and best.choice.named and best.exact:
            return False
        said = self._clues[movement.index].instruction
        return any(
            twin is not movement
            and not _differ(said, self._clues[twin.index].instruction)
            and 0 <= movement.booked_on - twin.booked_on <= self._config.duplicate_days
            and not self._outcomes[twin.index].accepted
            and not set(best.accounts).isdisjoint(self._clues[twin.index].accounts)
            for twin in self._alike[movement.sign, movement.cents]
        )

    def _amount_date_round(self, waiting: list[Movement]) -> list[Movement]:
        alike = Counter((m.booked_on, m.sign, m.cents) for m in waiting)
        left = []
        for movement in waiting:
            if self._clues_decide(movement) or not self._weigher.same_day(movement):
                left.append(movement)
                continue
            outcome = self._look(movement)
            best = outcome.ranked[0] if outcome.ranked else None
            if best is None or best.rule != AMOUNT_DATE:
                left.append(movement)
                continue
            outcome.waits += amount_date_objections(
                best,
                movement=movement,
                clues=self._clues[movement.index],
                book=self._book,
                weigher=self._weigher,
                same_day_movements=alike[movement.booked_on, movement.sign, movement.cents],
            )
            if outcome.waits:
                left.append(movement)
                continue
            words = "seule échéance ouverte de ce montant à cette date, et rien ne s'y oppose"
            best.add("only_one", self._config.weights["only_one"], partial(str, words))
            best.differs.clear()
            self._accept(movement, outcome)
        return left

    def _legal_round(self, waiting: list[Movement]) -> list[Movement]:
        """Accepts the first part payment that only the legal order settles (LAW L15)."""
        for movement in waiting:
            outcome = self._outcomes[movement.index]
            if (
                outcome.waits == [ONLY_THE_LAW]
                and outcome.ranked[0].rule in (REFERENCE, CODE)
                and not self._is_contested(movement, waiting)
            ):
                outcome.waits = []
                self._accept(movement, outcome)
                return [m for m in waiting if m is not movement]
        return waiting

    def _is_contested(self, movement: Movement, waiting: list[Movement]) -> bool:
        """Says whether a waiting movement points to the account or has an amount it owes."""
        accounts = set(self._outcomes[movement.index].ranked[0].accounts)
        asked: set[int] = set()
        for account in accounts:
            dues = self._book.accounts[account].dues[movement.sign]
            by_date: Counter[int] = Counter()
            for due in dues:
                asked.add(due.left_cents)
                by_date[due.due_on] += due.left_cents
            asked.update(by_date.values())
        return any(
            other.sign == movement.sign
            and other is not movement
            and (other.cents in asked or not accounts.isdisjoint(self._clues[other.index].accounts))
            for other in waiting
        )

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
        return self._clues[movement.index].identified and self._is_current(movement)

    def _accept(self, movement: Movement, outcome: Outcome) -> None:
        best = outcome.ranked[0]
        self._keep(movement, outcome)
        take(best.parts)
        take(best.offset)
        outcome.accepted = True
        self._clock += 1
        for account in best.accounts:
            cents = sum(c for due, c in best.parts if due.account == account)
            payment = Payment(movement.item_id, cents, movement.booked_on)
            self._book.payments.setdefault(account, []).append(payment)
            self._changed[account] = self._clock


def _differ(one: Instruction, other: Instruction) -> bool:
    """Says whether two payments name different dues, or different periods."""
    if one.dues and other.dues:
        return one.dues != other.dues
    return bool(one.periods and other.periods) and one.periods != other.periods
