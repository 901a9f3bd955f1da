"""Why, for each movement: the winner's criteria, its dues, the runner-up and why not.

As data (JSON in the `reasons` of a proposal) and as one French sentence. The text comes from
outside in part: whoever shows it escapes it.
"""

from collections.abc import Iterable, Sequence
from json.encoder import encode_basestring as quoted

from workbench.domain.errors import shortened
from workbench.domain.money import french_euros
from workbench.matching.book import Book, Movement
from workbench.matching.config import RULE_VERSION
from workbench.matching.evidence import Candidate
from workbench.matching.periods import day_words
from workbench.matching.weigher import difference_words

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
    """Returns the reasons of one proposal as JSON text; while its dues are as they were weighed.

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
    criteria = [(name, weight, words()) for name, weight, words in candidate.criteria]
    choice = candidate.choice
    dues = ""
    differs = [*candidate.differs, *waits]
    if choice is not None:
        dues = choice.words
        if choice.is_instructed:
            dues = f"{choice.instructed} ; {dues}"
        if not choice.exact:
            differs.insert(0, difference_words(choice, movement))
    lost = "null"
    if runner_up is not None:
        account_id, words = _why_not(runner_up, criteria, book)
        lost = f'{{"account_id": {quoted(account_id)}, "words": {quoted(words)}}}'
    told = ", ".join(
        f'{{"criterion": "{name}", "weight": {weight!r}, "words": {quoted(words)}}}'
        for name, weight, words in criteria
    )
    why = [w for name, weight, w in criteria if weight > 0 and name not in _NOT_IDENTITY]
    said = _sentence(candidate, why, movement=movement, book=book, accepted=not waits)
    return (
        f'{{"rule_version": "{RULE_VERSION}", "criteria": [{told}], "dues": {quoted(dues)}, '
        f'"differs": {quoted(" ; ".join(dict.fromkeys(differs)))}, "runner_up": {lost}, '
        f'"sentence": {quoted(said)}}}'
    )


def _sentence(
    candidate: Candidate, why: list[str], *, movement: Movement, book: Book, accepted: bool
) -> str:
    """Returns one French sentence: what, from whom, for which dues, why."""
    way = "reçus" if movement.sign > 0 else "versés"
    verb = "affectés" if accepted else "à affecter peut-être"
    accounts = " et ".join(account_words(book, a) for a in candidate.accounts)
    if candidate.choice is not None:
        why = [*why, candidate.choice.words]
    return (
        f"{french_euros(movement.cents)} {way} le {day_words(movement.booked_on)}, {verb} au "
        f"compte {accounts} : {', '.join(why[: _IN_SENTENCE + 1])}."
    )


def account_words(book: Book, account: int) -> str:
    """Returns `45000001 M. Dupont Jean`."""
    record = book.accounts[account]
    return f"{record.account_id} {shortened(record.holder, limit=60)}".strip()


def _why_not(
    runner_up: Candidate, criteria: Iterable[tuple[str, float, str]], book: Book
) -> tuple[str, str]:
    """Returns the runner-up's account and what it lacks beside the winner's criteria, in words."""
    has = {name for name, weight, _ in runner_up.criteria if weight > 0}
    words = [said() for name, weight, said in runner_up.criteria if weight < 0 and name != "amount"]
    if runner_up.choice is None:
        words.append("aucune échéance ouverte")
    elif not runner_up.exact:
        words.append("le montant ne correspond pas")
    words += [
        f"n'a pas : {said}"
        for name, weight, said in criteria
        if weight > 0 and name not in has and name not in _NOT_IDENTITY
    ]
    if not words:
        words.append("aussi bien, départagé par son identifiant seulement")
    account_id = book.accounts[runner_up.accounts[0]].account_id
    return account_id, " ; ".join(dict.fromkeys(words))
