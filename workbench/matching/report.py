"""The rows of the proposals: one per movement, rank and due, with their reasons."""

from collections.abc import Sequence
from typing import Final

from workbench.matching.book import Book, Movement
from workbench.matching.config import MatchConfig
from workbench.matching.decide import confidences
from workbench.matching.evidence import Candidate
from workbench.matching.explain import reasons
from workbench.matching.rounds import Outcome

ACCEPT: Final = "accept"
PROPOSE: Final = "propose"


def proposal_rows(
    movement: Movement,
    outcome: Outcome,
    shown: Sequence[Candidate],
    *,
    book: Book,
    config: MatchConfig,
    verdict: str,
) -> list[tuple[object, ...]]:
    """Returns the rows of one movement in the order of `inputs.PROPOSAL_TYPES`.

    Args:
        movement: the movement.
        outcome: all its candidates; the confidence counts every rival, also those not shown.
        shown: those to write, best first.
        book: for the accounts and dues.
        config: for the confidence.
        verdict: `accept` or `propose`.
    """
    shares = confidences(outcome.ranked, config=config)
    confidence = {
        (c.accounts, c.rule): share for c, share in zip(outcome.ranked, shares, strict=True)
    }
    rows: list[tuple[object, ...]] = []
    for rank, candidate in enumerate(shown, start=1):
        waits = outcome.waits if rank == 1 else candidate.objections
        if verdict == PROPOSE and not waits:
            waits = ["un autre compte convient mieux"]
        text = reasons(
            candidate,
            runner_up=_runner_up(candidate, outcome.ranked) if rank == 1 else None,
            movement=movement,
            book=book,
            waits=waits,
        )
        share = confidence[candidate.accounts, candidate.rule]
        score = round(candidate.score, 3)
        rows += [
            (movement.item_id, rank, verdict, book.accounts[due.account].account_id, due.item_id,
             cents, candidate.rule, share, score, text)
            for due, cents in candidate.parts
        ]  # fmt: skip
    return rows


def _runner_up(candidate: Candidate, ranked: Sequence[Candidate]) -> Candidate | None:
    return next((c for c in ranked if c.accounts != candidate.accounts), None)
