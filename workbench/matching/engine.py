"""The whole match, readable top to bottom.

Pure: frames in, frames out. The same rows in any order give the same answer, byte for byte; a
second run on what a first one left accepts nothing more.
"""

from collections import defaultdict

from workbench.domain.errors import InvariantError
from workbench.matching.book import Book, Movement, open_book
from workbench.matching.candidates import MovementClues, find_candidates
from workbench.matching.classify import (
    Classified,
    NamesElsewhere,
    classify_beforehand,
    classify_double,
    classify_left,
)
from workbench.matching.config import DEFAULT, MatchConfig
from workbench.matching.decide import confidences
from workbench.matching.evidence import Candidate
from workbench.matching.explain import reasons
from workbench.matching.inputs import (
    CLASSIFIED_TYPES,
    PROPOSAL_TYPES,
    Matches,
    MatchInputs,
    typed_frame,
)
from workbench.matching.rounds import Outcome, Rounds

__all__ = ["DEFAULT", "MatchConfig", "MatchInputs", "Matches", "match"]

ACCEPT, PROPOSE = "accept", "propose"


def match(inputs: MatchInputs, *, config: MatchConfig = DEFAULT) -> Matches:
    """Says for every open movement which dues it settles, which it may settle, or what it is.

    Args:
        inputs: frames of what is open, see `MatchInputs`.
        config: what is accepted by itself, weights and windows.

    Returns:
        Proposals (accepted ones included) and what the other movements are, sorted by movement.

    Raises:
        InvariantError: the result would use a due twice, cross buildings or lose a movement; a
            defect of the program, never of the data.

    Source: DOMAIN A4 to A10; LAW L7, L15; MATCHING.
    """
    book = open_book(inputs)
    open_before = {due.item_id: due.left_cents for due in book.dues}
    clues = find_candidates(book, config=config)
    classified = _classified_beforehand(book, clues)
    outcomes = Rounds(book, clues, barred=set(classified), config=config).run()
    proposed = _proposed(book, clues, outcomes, classified, config)
    _check(book, outcomes, proposed, classified, open_before)
    rows = [
        row
        for index in sorted(proposed, key=lambda i: book.movements[i].item_id)
        for row in _rows(book.movements[index], outcomes[index], proposed[index], book, config)
    ]
    return Matches(
        proposals=typed_frame(rows, PROPOSAL_TYPES),
        classified=typed_frame(_classified_rows(book, classified), CLASSIFIED_TYPES),
    )


def _classified_beforehand(book: Book, clues: list[MovementClues]) -> dict[int, Classified]:
    classified = {}
    for movement, own in zip(book.movements, clues, strict=True):
        kind = classify_beforehand(movement, own, book)
        if kind is not None:
            classified[movement.index] = kind
    return classified


def _proposed(
    book: Book,
    clues: list[MovementClues],
    outcomes: dict[int, Outcome],
    classified: dict[int, Classified],
    config: MatchConfig,
) -> dict[int, list[Candidate]]:
    """Returns the candidates to show of each movement; adds to `classified` those without any."""
    elsewhere = NamesElsewhere(book)
    proposed: dict[int, list[Candidate]] = {}
    for index, outcome in outcomes.items():
        movement = book.movements[index]
        if outcome.accepted:
            proposed[index] = outcome.ranked[:1]
            continue
        double = classify_double(outcome.ranked, movement, book)
        if double is not None:
            classified[index] = double
            continue
        if not any(c.identified for c in clues[index].accounts.values()):
            misdirected = elsewhere.classify(movement)
            if misdirected is not None:
                classified[index] = misdirected
                continue
        # Far below zero more speaks against an account than for it.
        shown = [
            c
            for c in outcome.ranked
            if c.parts and c.score >= config.least_score and not c.duplicate
        ]
        if shown:
            every = [variant for c in shown for variant in c.variants()]
            proposed[index] = every[: config.max_proposals]
        else:
            classified[index] = classify_left(movement, clues[index], book)
    return proposed


def _rows(
    movement: Movement,
    outcome: Outcome,
    shown: list[Candidate],
    book: Book,
    config: MatchConfig,
) -> list[tuple[object, ...]]:
    # The confidence counts every rival, also those that are not shown.
    shares = confidences(outcome.ranked, config=config)
    confidence = {
        (c.accounts, c.rule): share for c, share in zip(outcome.ranked, shares, strict=True)
    }
    rows: list[tuple[object, ...]] = []
    for rank, candidate in enumerate(shown, start=1):
        others = [c for c in outcome.ranked if c.accounts != candidate.accounts]
        runner_up = others[0] if others else None
        waits = outcome.waits if rank == 1 else candidate.objections
        if not outcome.accepted and not waits:
            waits = ["un autre compte convient mieux"]
        text = reasons(candidate, runner_up=runner_up, movement=movement, book=book, waits=waits)
        rows += [
            (
                movement.item_id,
                rank,
                ACCEPT if outcome.accepted else PROPOSE,
                book.accounts[due.account].account_id,
                due.item_id,
                cents,
                candidate.rule,
                confidence[candidate.accounts, candidate.rule],
                candidate.score,
                text,
            )
            for due, cents in candidate.parts
        ]
    return rows


def _classified_rows(book: Book, classified: dict[int, Classified]) -> list[tuple[object, ...]]:
    rows = [
        (book.movements[index].item_id, kind.kind, kind.words, kind.set_aside)
        for index, kind in classified.items()
    ]
    return sorted(rows)


def _check(
    book: Book,
    outcomes: dict[int, Outcome],
    proposed: dict[int, list[Candidate]],
    classified: dict[int, Classified],
    open_before: dict[int, int],
) -> None:
    """Raises InvariantError when the result breaks a promise of the engine."""
    accepted: dict[int, int] = defaultdict(int)
    for index, candidates in proposed.items():
        movement = book.movements[index]
        for candidate in candidates:
            _check_link(book, movement, candidate, open_before)
            if outcomes[index].accepted:
                for due, cents in candidate.parts:
                    accepted[due.item_id] += cents
    for due_id, total in accepted.items():
        if total > open_before[due_id]:
            raise InvariantError(f"due {due_id} used beyond what is open")
    if proposed.keys() & classified.keys() or len(proposed) + len(classified) != len(
        book.movements
    ):
        raise InvariantError("a movement was lost, or is in two places")


def _check_link(
    book: Book, movement: Movement, candidate: Candidate, open_before: dict[int, int]
) -> None:
    if sum(cents for _, cents in candidate.parts) > movement.cents:
        raise InvariantError(f"movement {movement.item_id} used beyond its amount")
    for due, cents in candidate.parts:
        if book.accounts[due.account].building_id != movement.building_id:
            raise InvariantError(f"movement {movement.item_id} linked to another building")
        if due.sign != movement.sign or not 0 < cents <= open_before[due.item_id]:
            raise InvariantError(f"movement {movement.item_id} linked to what is not open")
