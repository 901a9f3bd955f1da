"""What people's decisions teach about who pays for which account, and what took it back.

Nothing is stored: the lessons follow from the decisions that stand, so undoing one takes back what
it taught. Three things weaken a lesson: a payer who pays several accounts is no identity; one
correction (a link that rested on it, undone) sets aside what was validated before it; a person
revokes it. In every case what is validated afterwards teaches anew.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import pandas as pd

from workbench.domain.explanation import Explanation
from workbench.domain.frames import rows_of
from workbench.matching.inputs import typed_frame
from workbench.matching.normalise import iban_key, tokens

LESSON_TYPES: Final = {
    "learned_id": "str",
    "building_id": "str",
    "kind": "str",
    "iban": "str",
    "name": "str",
    "account_id": "str",
    "count": "int64",
    "validated_by": "str",
    "validated_at": "str",
    "state": "str",
    "changed_by": "str",
    "changed_at": "str",
    "words": "str",
}
IBAN, NAME = "iban", "name"
# Civilities and links between names say nothing of who it is.
_NO_NAMES: Final = frozenset(
    ["M", "MR", "MM", "MME", "MMES", "MLLE", "MONSIEUR", "MADAME", "ET", "OU", "EPX", "DE", "DU",
     "DES", "LA", "LE", "LES", "D", "L"]
)  # fmt: skip
# Those who pay for others by trade: one validated payment says nothing of the next one. Their
# IBANs show it by themselves, once they have paid for a second account.
_FOR_OTHERS: Final = frozenset(
    ["AGENCE", "AGENCES", "ADMINISTRATION", "ALLOCATIONS", "ASSURANCE", "ASSURANCES", "AVOCAT",
     "AVOCATS", "BANQUE", "CAF", "CAISSE", "CARPA", "CITYA", "COMMISSAIRE", "CROUS", "DRFIP",
     "DDFIP", "ETUDE", "FONCIA", "GERANCE", "GESTION", "HUISSIER", "HUISSIERS", "IMMO",
     "IMMOBILIER", "IMMOBILIERE", "LOCATIVE", "MANDATAIRE", "MSA", "MUTUELLE", "NEXITY", "NOTAIRE",
     "NOTAIRES", "NOTARIALE", "ORALIA", "PAIEMENTS", "SYNDIC", "TRESOR", "TRESORERIE", "TUTELAIRE",
     "UDAF", "VISALE"]
)  # fmt: skip


class LessonState(StrEnum):
    """What a lesson is worth today."""

    ACTIVE = "active"
    SHARED = "shared"  # it pays several accounts: no identity
    DEMOTED = "demoted"  # corrected, and not validated again since
    REVOKED = "revoked"  # by a person, and not validated again since


@dataclass(frozen=True, slots=True, order=True)
class _Key:
    building_id: str
    kind: str
    value: str  # comparable: the IBAN without spaces, the name's words in order
    account_id: str

    @property
    def learned_id(self) -> str:
        """The same in every ledger."""
        content = f"{self.building_id}|{self.kind}|{self.value}|{self.account_id}"
        return "L" + hashlib.sha256(content.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True, order=True)
class _Validation:
    seq: int
    at: str
    actor: str
    movement: int
    shown: str


@dataclass(frozen=True, slots=True, order=True)
class _Cut:
    """Takes away what was validated up to its journal number."""

    seq: int
    state: LessonState
    at: str
    actor: str
    words: str


def lessons(
    validated: pd.DataFrame,
    undone: pd.DataFrame,
    forgotten: pd.DataFrame,
    *,
    accounts: pd.DataFrame,
    own_ibans: Iterable[str] = (),
) -> pd.DataFrame:
    """Returns what is known of payers, from decisions alone; the order of rows never matters.

    Args:
        validated: standing links of people, columns of `ledger.teaching.validated_links`.
        undone: links that rested on evidence and were taken back, of `undone_links`.
        forgotten: standing revocations, of `forgotten_lessons`.
        accounts: account_id, building_id, holder, aliases and payer_ibans (`|` between them). A
            name the holder bears already is no lesson.
        own_ibans: the portfolio's bank accounts: money that only moves between them has no payer.

    Returns:
        One row per building, payer and account, in that order: learned_id (`L…`), building_id,
        kind (iban | name), iban and name (the other one is ""), account_id, count (movements
        validated since the last correction), validated_by and validated_at (the last of them, ISO
        UTC), state (see `LessonState`), and for a weakened one changed_by, changed_at and words.

    Source: DOMAIN A9; MATCHING 7.
    """
    own = {iban_key(iban) for iban in own_ibans}
    borne = _Borne.of(accounts)
    taught: dict[_Key, list[_Validation]] = defaultdict(list)
    for row in rows_of(validated):
        for key, shown in _payers(row, own):
            if not (key.kind == NAME and borne.is_own(key)):
                taught[key].append(
                    _Validation(
                        row["decision_seq"], row["at"], row["actor"], row["movement_item_id"], shown
                    )
                )
    cuts = _cuts(undone, forgotten, own)
    live = {
        key: [v for v in validations if key not in cuts or v.seq > cuts[key].seq]
        for key, validations in taught.items()
    }
    paid: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for key, validations in live.items():
        if validations:
            paid[key.building_id, key.kind, key.value].add(key.account_id)
    rows = []
    for key in sorted(taught):
        others = paid[key.building_id, key.kind, key.value] | borne.others(key)
        rows.append(_row(key, taught[key], live[key], cuts.get(key), others - {key.account_id}))
    return typed_frame(rows, LESSON_TYPES)


def _row(
    key: _Key,
    validations: list[_Validation],
    live: list[_Validation],
    cut: _Cut | None,
    others: set[str],
) -> tuple[object, ...]:
    last = max(live or validations)
    changed = ("", "", "")
    if live and not others:
        state = LessonState.ACTIVE
    elif live:
        state = LessonState.SHARED
        changed = ("", "", _also(sorted(others)))
    else:
        # Only a cut leaves nothing of what was validated.
        state = LessonState.REVOKED if cut is None else cut.state
        changed = changed if cut is None else (cut.actor, cut.at, cut.words)
    return (
        key.learned_id,
        key.building_id,
        key.kind,
        key.value if key.kind == IBAN else "",
        last.shown if key.kind == NAME else "",
        key.account_id,
        len({v.movement for v in live}),
        last.actor,
        last.at,
        state.value,
        *changed,
    )


def _also(others: list[str]) -> str:
    if len(others) > 2:
        return f"paie aussi {len(others)} autres comptes"
    return f"paie aussi {' et '.join(others)}"


def _cuts(undone: pd.DataFrame, forgotten: pd.DataFrame, own: set[str]) -> dict[_Key, _Cut]:
    """Returns the last correction or revocation of each lesson."""
    cuts: dict[_Key, _Cut] = {}
    for row in rows_of(undone):
        rested_on = Explanation.parse(row["reasons"]).supporting
        for key, _ in _payers(row, own):
            if key.kind in rested_on:
                words = person_words(row["undone_words"]) or "un lien qui en découlait a été annulé"
                cut = _Cut(
                    row["undone_seq"], LessonState.DEMOTED, row["undone_at"], row["undone_by"],
                    words,
                )  # fmt: skip
                cuts[key] = max(cut, cuts.get(key, cut))
    for row in rows_of(forgotten):
        value = _comparable(row["kind"], row["value"])
        key = _Key(row["building_id"], row["kind"], value, row["account_id"])
        cut = _Cut(row["seq"], LessonState.REVOKED, row["at"], row["actor"], row["words"])
        cuts[key] = max(cut, cuts.get(key, cut))
    return cuts


def _payers(row: Mapping[str, Any], own: set[str]) -> Iterator[tuple[_Key, str]]:
    """Yields the IBAN and the name behind a link, each with how it was written.

    On whose behalf it was paid says more than who paid: housing aid, parents, an agency.
    """
    building_id, account_id = row["building_id"], row["account_id"]
    iban = iban_key(row["iban"])
    if iban and iban not in own:
        yield _Key(building_id, IBAN, iban, account_id), iban
    shown = row["ultimate_party"] or row["counterparty"]
    if value := _comparable(NAME, shown):
        # A bar separates the names of an account.
        yield _Key(building_id, NAME, value, account_id), " ".join(shown.replace("|", " ").split())


def _comparable(kind: str, text: str) -> str:
    """Returns an IBAN or a name in the form in which two of them are the same, or "".

    A name of one word, or of somebody who pays for others by trade, is nobody's.
    """
    if kind == IBAN:
        return iban_key(text)
    words = set(tokens(text)) - _NO_NAMES
    told = [word for word in words if len(word) > 1]
    if len(told) < 2 or words & _FOR_OTHERS:
        return ""
    return " ".join(sorted(words))


@dataclass(frozen=True, slots=True)
class _Borne:
    """What master data say already: names and IBANs of the accounts."""

    names: dict[tuple[str, str], tuple[frozenset[str], ...]]
    accounts: dict[tuple[str, str], dict[str, set[str]]]

    @classmethod
    def of(cls, accounts: pd.DataFrame) -> "_Borne":
        names: dict[tuple[str, str], tuple[frozenset[str], ...]] = {}
        known: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for row in rows_of(accounts):
            building_id, account_id = row["building_id"], row["account_id"]
            called = [row["holder"], *row.get("aliases", "").split("|")]
            words = tuple(frozenset(tokens(name)) - _NO_NAMES for name in called if name)
            names[building_id, account_id] = words
            for bag in words:
                known[building_id, NAME][" ".join(sorted(bag))].add(account_id)
            for iban in row.get("payer_ibans", "").split("|"):
                known[building_id, IBAN][iban_key(iban)].add(account_id)
        return cls(names, dict(known))

    def is_own(self, key: _Key) -> bool:
        """Tells whether the holder bears that name already, or more than it."""
        words = set(key.value.split())
        return any(words <= own for own in self.names.get((key.building_id, key.account_id), ()))

    def others(self, key: _Key) -> set[str]:
        """Returns the accounts that master data give the same name or IBAN."""
        return set(self.accounts.get((key.building_id, key.kind), {}).get(key.value, ()))


def person_words(data: str) -> str:
    """Returns a person's own words in the data (JSON) of a journal row, "" when there are none."""
    try:
        return str(json.loads(data).get("words", ""))
    except (ValueError, AttributeError):
        return ""


def for_engine(found: pd.DataFrame) -> pd.DataFrame:
    """Returns the lessons the engine may use: active ones, and shared IBANs, which it must know.

    Args:
        found: of `lessons`.

    Returns:
        The same columns. A shared IBAN points to each of its accounts and identifies none.
    """
    usable = (found["state"] == LessonState.ACTIVE) | (
        (found["state"] == LessonState.SHARED) & (found["kind"] == IBAN)
    )
    return found[usable].reset_index(drop=True)
