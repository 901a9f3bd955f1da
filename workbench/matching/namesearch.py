"""The names in a movement looked up among the holders of its building, each distinct text once.

How far two names agree is in `names`; what that is worth in `evidence`.
"""

from collections.abc import Iterator

from workbench.matching.book import Book, Movement
from workbench.matching.names import (
    NO_AGREEMENT,
    Agreement,
    HolderName,
    PayerName,
    agreement,
    label_name,
    payer_name,
)

# Words shorter than this are in too many labels to look anybody up by them.
_LEAST_WORD = 3
_PREFIX = 4
# A name shared by more holders of one building than this points to nobody.
_LARGEST_FAMILY = 40

Answers = dict[int, Agreement]


def ranks_above(one: Agreement, other: Agreement) -> bool:
    """Says whether one agreement is stronger than the other."""
    return (one.level, one.score, one.words) > (other.level, other.score, other.words)


class NameSearch:
    """The holders of one building by the words of their names.

    Args:
        book: whose accounts are looked up.
        fuzzy_name: least mean similarity of a name written differently.
    """

    def __init__(self, book: Book, *, fuzzy_name: float) -> None:
        self._fuzzy_name = fuzzy_name
        # By word, and by the first letters of a word with a dot behind.
        self._holders: dict[str, list[int]] = {}
        self._names: list[tuple[int, HolderName]] = []
        for index in book.members:
            for name in book.accounts[index].names:
                entry = len(self._names)
                self._names.append((index, name))
                for word in name.words:
                    self._holders.setdefault(word, []).append(entry)
                    if len(word) > _PREFIX:
                        self._holders.setdefault(word[:_PREFIX] + ".", []).append(entry)
        self._answers: dict[tuple[tuple[str, ...], bool, bool, bool], Answers] = {}

    def said(self, movement: Movement, label: list[str]) -> list[tuple[str, PayerName, Answers]]:
        """Returns the names that a movement says: where, the name, whom it fits.

        Args:
            movement: the movement.
            label: the tokens of its label.
        """
        found = []
        heard: frozenset[str] = frozenset()
        for source, payer in _names_in(movement, label):
            # Most labels repeat the payer's name and say no other.
            if not payer.present or (source == "label" and payer.present <= heard):
                continue
            heard |= payer.present
            found.append((source, payer, self._answer(payer, is_label=source == "label")))
        return found

    def _answer(self, payer: PayerName, *, is_label: bool) -> Answers:
        key = (payer.words, payer.company, payer.cut, is_label)
        known = self._answers.get(key)
        if known is not None:
            return known
        answers = self._answers[key] = {}
        for index, name in self._near(payer):
            found = agreement(payer, name, is_label=is_label, fuzzy_name=self._fuzzy_name)
            if found.level and ranks_above(found, answers.get(index, NO_AGREEMENT)):
                answers[index] = found
        return answers

    def _near(self, payer: PayerName) -> Iterator[tuple[int, HolderName]]:
        seen: set[int] = set()
        for word in payer.words:
            if len(word) < _LEAST_WORD:
                continue
            for key in (word, word[:_PREFIX] + "."):
                entries = self._holders.get(key, ())
                if len(entries) > _LARGEST_FAMILY:
                    continue
                for entry in entries:
                    if entry not in seen:
                        seen.add(entry)
                        yield self._names[entry]


def _names_in(movement: Movement, label: list[str]) -> Iterator[tuple[str, PayerName]]:
    if movement.counterparty:
        yield "payer", payer_name(movement.counterparty)
    if movement.ultimate_party:
        yield "ultimate", payer_name(movement.ultimate_party)
    yield "label", label_name(label, length=len(movement.label))
