"""Payments that reached the wrong building's account: whose they are, by name and amount.

Shown to a person, never allocated (LAW L7). Codes and IBANs of other buildings are looked up with
the clues; names only for what nothing here explains.
"""

from collections import Counter
from collections.abc import Iterator

from workbench.matching.book import Book, Movement
from workbench.matching.candidates import MovementClues
from workbench.matching.names import label_name, payer_name
from workbench.matching.normalise import code_key

# A name stands in two to four neighbouring words.
_SHORTEST, _LONGEST = 2, 4


def same_code_elsewhere(movement: Movement, clues: MovementClues, book: Book) -> int | None:
    """Returns the account of another building that has the code quoted and the payer's name.

    Buildings number their accounts alike: a code that exists here too, quoted by a payer who fits
    nobody here and is that account's holder there, is meant for there.
    """
    if not clues.stray_name:
        return None
    coded = [c for c in clues.accounts.values() if c.code and c.coded and not c.references]
    if len(coded) != 1 or coded[0].code is None:
        return None
    key = code_key(coded[0].code.target.shown)
    found = {
        account
        for account in _named_elsewhere(movement, clues, book)
        if code_key(book.accounts[account].code) == key
    }
    return found.pop() if len(found) == 1 else None


def fitting_elsewhere(movement: Movement, clues: MovementClues, book: Book) -> int | None:
    """Returns the one account of another building whose holder paid and that asks this amount."""
    words = set(clues.words)
    found = {
        account
        for account in _named_elsewhere(movement, clues, book)
        if code_key(book.accounts[account].code) in words
        or movement.sign * movement.cents in _amounts(account, book)
    }
    return found.pop() if len(found) == 1 else None


def _named_elsewhere(movement: Movement, clues: MovementClues, book: Book) -> Iterator[int]:
    by_name = book.portfolio.by_name
    for said in _names_said(movement, clues):
        for size in range(_SHORTEST, min(_LONGEST, len(said)) + 1):
            for start in range(len(said) - size + 1):
                for account in by_name.get(frozenset(said[start : start + size]), ()):
                    if not book.is_here(account):
                        yield account


def _names_said(movement: Movement, clues: MovementClues) -> Iterator[tuple[str, ...]]:
    if movement.counterparty:
        yield payer_name(movement.counterparty).words
    if movement.ultimate_party:
        yield payer_name(movement.ultimate_party).words
    yield label_name(clues.words, length=len(movement.label)).words


def _amounts(account: int, book: Book) -> set[int]:
    """Returns the signed amounts that would settle dues of an account: one, a date's, all."""
    asked = book.portfolio.asked(account)
    by_date: Counter[int] = Counter()
    for day, cents in asked:
        by_date[day] += cents
    single = {cents for _, cents in asked}
    return single | set(by_date.values()) | {sum(cents for _, cents in asked)}
