"""What the 05 records of a CFONB statement say of their movement, by their qualifier.

Source: FORMATS, CFONB 120 (qualifiers).
"""

from collections.abc import Callable, Iterable
from typing import Final

from workbench.domain.records import Entry
from workbench.loaders import iban as account_numbers
from workbench.loaders.statement import given
from workbench.loaders.text import folded

_QUALIFIER, _TEXT = slice(45, 48), slice(48, 118)
# References share the 70 characters of a detail by halves.
_HALF = 35
_LABELS: Final = frozenset({"LIB", "LCC", "LC2", "LCM"})
# Name, account and ultimate party.
_PAYER, _PAYEE = ("NPY", "CPY", "NPO"), ("NBE", "CBE", "NBU")
# A direct debit that comes back to its creditor: the debtor is the other party of money out.
_RETURNED_DEBIT = "B3"


def complete(entry: Entry, records: Iterable[str]) -> None:
    """Gives an entry what its 05 records say: more label, parties, references, the rest in extra.

    Args:
        entry: the movement, changed in place.
        records: its 05 records, in their order; trailing spaces may be cut.
    """
    words: dict[str, str] = {}
    label = entry.label
    for record in records:
        qualifier, text = record[_QUALIFIER], record[_TEXT]
        if qualifier in _LABELS:
            label = f"{label} {folded(text)}"
        elif qualifier in _SETTERS:
            _SETTERS[qualifier](entry, text)
        elif qualifier in words:
            words[qualifier] = f"{words[qualifier]} {folded(text)}"
        else:
            words[qualifier] = folded(text)
    entry.label = label.strip()
    if words:
        _set_parties(entry, words)
        for qualifier, text in words.items():
            if text:
                entry.extra[qualifier.strip()] = text


def _set_parties(entry: Entry, words: dict[str, str]) -> None:
    """Picks the other party: the payer of money in, the payee of money out; else who is there."""
    is_payer = entry.amount_cents >= 0 or entry.operation_code == _RETURNED_DEBIT
    parties = (_PAYER, _PAYEE) if is_payer else (_PAYEE, _PAYER)
    for name, account, ultimate in parties:
        if name in words or account in words:
            entry.counterparty = words.pop(name, "")
            entry.counterparty_iban = account_numbers.normalised(words.pop(account, "")[:_HALF])
            entry.ultimate_party = words.pop(ultimate, "")
            return


def _set_client_reference(entry: Entry, text: str) -> None:
    entry.end_to_end_id = given(folded(text[:_HALF]))
    if purpose := folded(text[_HALF:]):
        entry.extra["purpose"] = purpose


def _set_mandate(entry: Entry, text: str) -> None:
    entry.mandate_id = given(folded(text[:_HALF]))
    if sequence := folded(text[_HALF:]):
        entry.extra["sequence"] = sequence


def _set_structured(entry: Entry, text: str) -> None:
    entry.remittance_reference = folded(text)


_SETTERS: Final[dict[str, Callable[[Entry, str], None]]] = {
    "RCN": _set_client_reference,
    "RUM": _set_mandate,
    "LCS": _set_structured,
}
