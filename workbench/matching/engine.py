"""The whole match, readable top to bottom.

Pure: frames in, frames out. Building by building, since they share no money; the same rows in any
order and any batch give the same answer, byte for byte; a second run on what a first one left
accepts nothing more.
"""

import gc
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from operator import itemgetter

from workbench.domain.errors import InvariantError
from workbench.matching.book import Book, Movement
from workbench.matching.candidates import MovementClues, find_candidates
from workbench.matching.classify import (
    RETURNS,
    WAITING_FOR_BUILDING,
    Classified,
    classify_beforehand,
    classify_double,
    classify_left,
    misdirected,
)
from workbench.matching.config import DEFAULT, MatchConfig
from workbench.matching.elsewhere import fitting_elsewhere
from workbench.matching.evidence import Candidate
from workbench.matching.inputs import (
    CLASSIFIED_TYPES,
    OFFSET_TYPES,
    PROPOSAL_TYPES,
    Matches,
    MatchInputs,
    typed_frame,
)
from workbench.matching.opening import BATCH, open_books, open_portfolio, rows_of
from workbench.matching.report import ACCEPT, PROPOSE, proposal_rows
from workbench.matching.rounds import Outcome, Rounds

__all__ = ["DEFAULT", "MatchConfig", "MatchInputs", "Matches", "match"]

_Row = tuple[object, ...]


def match(inputs: MatchInputs, *, config: MatchConfig = DEFAULT, batch: int = BATCH) -> Matches:
    """Says for every open movement which dues it settles, which it may settle, or what it is.

    Args:
        inputs: frames of what is open, see `MatchInputs`.
        config: what is accepted by itself, weights and windows.
        batch: buildings worked on at one time; it bounds the memory and changes no result.

    Returns:
        Proposals (accepted ones included) and what the other movements are, sorted by movement.

    Raises:
        InvariantError: the result would use a due twice, cross buildings or lose a movement; a
            defect of the program, never of the data.

    Source: DOMAIN A4 to A10; LAW L7, L15; MATCHING.
    """
    proposals: list[_Row] = []
    offsets: list[_Row] = []
    with _collector_resting():
        portfolio = open_portfolio(inputs)
        classified = _without_building(inputs, set(portfolio.members))
        for book in open_books(inputs, portfolio, batch=batch):
            building = _Building(book, config)
            building.run()
            proposals += building.proposals
            classified += building.classified
            offsets += building.offsets
        # Stable: the dues of one proposal stay in their order.
        proposals.sort(key=itemgetter(0, 1))
        classified.sort()
        offsets.sort()
    return Matches(
        proposals=typed_frame(proposals, PROPOSAL_TYPES),
        classified=typed_frame(classified, CLASSIFIED_TYPES),
        offsets=typed_frame(offsets, OFFSET_TYPES),
    )


@contextmanager
def _collector_resting() -> Iterator[None]:
    """Lets the cycle collector rest: it would walk all records, which hold no cycles, for nothing.

    A fifth of the time, measured.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _without_building(inputs: MatchInputs, known: set[str]) -> list[_Row]:
    waiting = WAITING_FOR_BUILDING
    rows = rows_of(inputs.movements, {"item_id": 0, "building_id": "", "open_cents": 0})
    return [
        (item, waiting.kind, waiting.words, waiting.set_aside)
        for item, building_id, cents in rows
        if cents and building_id not in known
    ]


class _Building:
    """The match of one building: its rows of both frames.

    Args:
        book: what is open there.
        config: bands, weights and windows.
    """

    def __init__(self, book: Book, config: MatchConfig) -> None:
        self._book = book
        self._config = config
        self._open_before = [due.left_cents for due in book.dues]
        self._accepted: dict[int, int] = defaultdict(int)
        self._told: set[int] = set()
        self.proposals: list[_Row] = []
        self.classified: list[_Row] = []
        self.offsets: list[_Row] = []

    def run(self) -> None:
        """Fills the rows."""
        book, config = self._book, self._config
        clues = find_candidates(book, config=config)
        barred = set()
        returned: set[tuple[int, int]] = set()
        for index, movement in enumerate(book.movements):
            kind = classify_beforehand(movement, clues[index], book)
            if kind is not None:
                barred.add(index)
                self._classify(movement, kind)
                if kind.kind in RETURNS:
                    returned |= {(a, movement.cents) for a in clues[index].accounts}
        rounds = Rounds(
            book, clues, barred=barred, returned=returned, config=config, keep=self._keep
        )
        for index, outcome in rounds.run().items():
            if not outcome.accepted:
                self._propose(book.movements[index], clues[index], outcome)
        self._check()

    def _classify(self, movement: Movement, kind: Classified) -> None:
        self._tell(movement)
        self.classified.append((movement.item_id, kind.kind, kind.words, kind.set_aside))

    def _keep(self, movement: Movement, outcome: Outcome) -> None:
        """Writes an accepted link; called before its dues are taken."""
        self._tell(movement)
        best = outcome.ranked[0]
        self._check_link(movement, best)
        for due, cents in best.parts:
            self._accepted[due.index] += cents
        rows = proposal_rows(
            movement, outcome, [best], book=self._book, config=self._config, verdict=ACCEPT
        )
        self.proposals += rows
        if best.offset:
            (due, cents), (credit, _) = best.offset
            self._accepted[due.index] += cents
            self._accepted[credit.index] += cents
            account_id = self._book.accounts[due.account].account_id
            self.offsets.append(
                (movement.item_id, credit.item_id, due.item_id, account_id, cents, best.rule,
                 rows[0][-1])
            )  # fmt: skip

    def _propose(self, movement: Movement, clues: MovementClues, outcome: Outcome) -> None:
        """Writes the candidates to show of a movement, or what it is when there are none."""
        double = classify_double(outcome.ranked, movement, self._book)
        if double is not None:
            self._classify(movement, double)
            return
        if not clues.identified:
            account = fitting_elsewhere(movement, clues, self._book)
            if account is not None:
                why = "nom du payeur, et code ou montant d'une échéance"
                self._classify(movement, misdirected(account, why, movement, self._book))
                return
        # Far below zero more speaks against an account than for it.
        shown = [
            variant
            for c in outcome.ranked
            if c.parts and c.score >= self._config.least_score and not c.duplicate
            for variant in c.variants()
        ][: self._config.max_proposals]
        if not shown:
            self._classify(movement, classify_left(movement, clues, self._book))
            return
        self._tell(movement)
        for candidate in shown:
            self._check_link(movement, candidate)
        self.proposals += proposal_rows(
            movement, outcome, shown, book=self._book, config=self._config, verdict=PROPOSE
        )

    # The engine's promises

    def _tell(self, movement: Movement) -> None:
        if movement.index in self._told:
            raise InvariantError(f"movement {movement.item_id} is in two places")
        self._told.add(movement.index)

    def _check_link(self, movement: Movement, candidate: Candidate) -> None:
        if sum(cents for _, cents in candidate.parts) > movement.cents:
            raise InvariantError(f"movement {movement.item_id} used beyond its amount")
        for due, cents in candidate.parts:
            if not self._book.is_here(due.account):
                raise InvariantError(f"movement {movement.item_id} linked to another building")
            if due.sign != movement.sign or not 0 < cents <= self._open_before[due.index]:
                raise InvariantError(f"movement {movement.item_id} linked to what is not open")

    def _check(self) -> None:
        for index, total in self._accepted.items():
            if total > self._open_before[index]:
                raise InvariantError(f"due {self._book.dues[index].due_id} used beyond its amount")
        if len(self._told) != len(self._book.movements):
            raise InvariantError("a movement was lost")
