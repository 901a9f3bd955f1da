"""Why, for each movement: the winner's criteria, its dues, the runner-up and why not.

As data (JSON in the `reasons` of a proposal) and as one French sentence. The text comes from
outside in part: whoever shows it escapes it.
"""

import json
from collections.abc import Sequence

from workbench.domain.errors import shortened
from workbench.domain.money import french_euros
from workbench.matching.book import Book, Movement
from workbench.matching.config import RULE_VERSION
from workbench.matching.evidence import Candidate
from workbench.matching.periods import day_words

# The sentence names the strongest criteria; all of them are in the data.
_IN_SENTENCE = 3
# Criteria that say which dues, not who.
_NOT_IDENTITY = frozenset({"amount", "date", "instruction", "accounts"})


def reasons(
    candidate: Candidate,
    *,
    runner_up: Candidate | None,
    movement: Movement,
    book: Book,
    waits: Sequence[str],
) -> str:
    """Returns the reasons of one proposal as JSON text.

    Args:
        candidate: the proposal.
        runner_up: the next best one of another account; None when there is none.
        movement: the movement.
        book: for the accounts' names.
        waits: French, why it is not accepted; empty for an accepted one.

    Returns:
        `{"rule_version", "criteria": [{"criterion", "weight", "words"}], "dues", "differs",
        "runner_up": {"account_id", "words"} or null, "sentence"}`. With the same inputs the same
        text, byte for byte.

    Source: DOMAIN A8, A10, D2; MATCHING (last paragraph).
    """
    choice = candidate.choice
    dues = "" if choice is None else choice.words
    if choice is not None and choice.instructed:
        dues = f"{choice.instructed} ; {dues}"
    differs = list(dict.fromkeys([*candidate.differs, *waits]))
    data = {
        "rule_version": RULE_VERSION,
        "criteria": [
            {"criterion": c.criterion, "weight": c.weight, "words": c.words}
            for c in candidate.criteria
        ],
        "dues": dues,
        "differs": " ; ".join(differs),
        "runner_up": None if runner_up is None else _why_not(runner_up, candidate, book),
        "sentence": sentence(candidate, movement=movement, book=book, accepted=not waits),
    }
    return json.dumps(data, ensure_ascii=False)


def sentence(candidate: Candidate, *, movement: Movement, book: Book, accepted: bool) -> str:
    """Returns one French sentence: what, from whom, for which dues, why."""
    way = "reçus" if movement.sign > 0 else "versés"
    verb = "affectés" if accepted else "à affecter peut-être"
    accounts = " et ".join(account_words(book, a) for a in candidate.accounts)
    why = [c.words for c in candidate.criteria if c.weight > 0 and c.criterion not in _NOT_IDENTITY]
    if candidate.choice is not None:
        why.append(candidate.choice.words)
    return (
        f"{french_euros(movement.cents)} {way} le {day_words(movement.booked_on)}, {verb} au "
        f"compte {accounts} : {', '.join(why[: _IN_SENTENCE + 1])}."
    )


def account_words(book: Book, account: int) -> str:
    """Returns `45000001 M. Dupont Jean`."""
    record = book.accounts[account]
    return f"{record.account_id} {shortened(record.holder, limit=60)}".strip()


def _why_not(runner_up: Candidate, winner: Candidate, book: Book) -> dict[str, str]:
    """Returns what the runner-up lacks, in words."""
    has = {c.criterion for c in runner_up.criteria if c.weight > 0}
    words = [c.words for c in runner_up.criteria if c.weight < 0 and c.criterion != "amount"]
    if runner_up.choice is None:
        words.append("aucune échéance ouverte")
    elif not runner_up.exact:
        words.append("le montant ne correspond pas")
    lacking = [
        c.words
        for c in winner.criteria
        if c.weight > 0 and c.criterion not in has and c.criterion not in _NOT_IDENTITY
    ]
    words += [f"n'a pas : {w}" for w in lacking]
    if not words:
        words.append("aussi bien, départagé par son identifiant seulement")
    return {
        "account_id": book.accounts[runner_up.accounts[0]].account_id,
        "words": " ; ".join(dict.fromkeys(words)),
    }
