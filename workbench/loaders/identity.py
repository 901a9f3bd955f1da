"""What makes two lines of two files the same movement: the key behind `movement_id`.

The same file twice, or two files that overlap, must add nothing; two true twins on one day must
both stay. So a movement is named by what every file of the bank says of it, never by the file:

- With a bank reference: account, day, amount, currency and reference. The label is left out, for
  the bank words it differently from one format to the next. Day and amount are in, for banks use a
  reference again (a batch and its fee, the same number next year).
- Without: account, day, amount, currency, label with its white space folded, and the rank among
  its equals in the statement.

Where a reference comes twice with the same day and amount, the statement's balances say whether
these are two movements or one written twice. Without balances (CSV), the label decides.

Source: FORMATS, rules for every reader; DOMAIN A1.
"""

import hashlib
from collections import defaultdict
from datetime import date

from workbench.domain.records import EUR, BankStatement, Entry
from workbench.loaders.statement import given
from workbench.loaders.text import folded

_HASH_CHARACTERS = 16
# Cannot be in a cleaned text: no two different keys join to the same string.
_SEPARATOR = "\x1f"


def movement_identities(statement: BankStatement) -> tuple[list[str], list[int]]:
    """Names each movement of a statement.

    Returns:
        The keys, one an entry, in their order; and the indexes of the entries that only repeat an
        earlier one and are to be dropped (their key is the one they repeat). Keys of the entries
        that stay are all different. The order of entries that differ in something does not
        change their keys.
    """
    keys = [""] * len(statement.entries)
    groups: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for index, entry in enumerate(statement.entries):
        groups[_base(statement, entry)].append(index)
    dropped: list[int] = []
    are_twins = _are_twins(statement, groups)
    for base, indexes in groups.items():
        if len(indexes) == 1:
            keys[indexes[0]] = _key(base, 0)
            continue
        labels = {index: folded(statement.entries[index].label) for index in indexes}
        # By label, so that a file written newest first gives the same keys.
        rank = -1
        previous: str | None = None
        for index in sorted(indexes, key=labels.__getitem__):
            is_repeated = base[0] == _REFERENCE and (
                rank >= 0 if are_twins is False else are_twins is None and labels[index] == previous
            )
            if is_repeated:
                dropped.append(index)
            else:
                rank += 1
            keys[index] = _key(base, rank)
            previous = labels[index]
    return keys, sorted(dropped)


def movement_id(key: str, booked_on: date) -> str:
    """Returns `M20261031-3f2a…`: the day for people, the hash for the rest.

    Sixteen hexadecimal digits: among the movements of one day, a chance of two alike that a
    century of the largest office does not reach.
    """
    digest = hashlib.sha256(key.encode()).hexdigest()[:_HASH_CHARACTERS]
    return f"M{booked_on.isoformat().replace('-', '')}-{digest}"


_REFERENCE, _TEXT = "reference", "text"


def _base(statement: BankStatement, entry: Entry) -> tuple[str, ...]:
    """Returns what tells an entry from any other but its twins; its first part is the rule."""
    reference = given(entry.bank_reference)
    return (
        _REFERENCE if reference else _TEXT,
        statement.iban,
        entry.booked_on.isoformat(),
        str(entry.amount_cents),
        entry.extra.get("currency") or statement.currency or EUR,
        reference or folded(entry.label),
    )


def _key(base: tuple[str, ...], rank: int) -> str:
    return _SEPARATOR.join((*base, str(rank)))


def _are_twins(statement: BankStatement, groups: dict[tuple[str, ...], list[int]]) -> bool | None:
    """Tells by the balances whether repeated references are twins; None when they do not say."""
    gap_cents = statement.balance_gap_cents()
    if gap_cents is None:
        return None
    if gap_cents == 0:
        return True
    repeated_cents = sum(
        statement.entries[index].amount_cents
        for base, indexes in groups.items()
        if base[0] == _REFERENCE
        for index in indexes[1:]
    )
    # Closing = opening + all - repetitions.
    return False if repeated_cents and gap_cents == -repeated_cents else None
