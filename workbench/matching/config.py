"""What the engine accepts by itself, how much each criterion weighs, how far it looks.

Every figure that decides something is here, so that an office (or a measured failure) can change
it without touching a rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

RULE_VERSION: Final = "2"

# The evidence classes, strongest first: what a link rests on (`rule` of a proposal).
RECEIPT: Final = "receipt"
REFERENCE: Final = "reference"
CODE: Final = "code"
IBAN: Final = "iban"
NAME_EXACT: Final = "name_exact"
NAME_FUZZY: Final = "name_fuzzy"
AMOUNT_DATE: Final = "amount_date"
# Never accepted, whatever the configuration says.
SHARED_IBAN: Final = "shared_iban"
NAME_PARTIAL: Final = "name_partial"
AMOUNT: Final = "amount"

ACCEPTABLE: Final = frozenset({RECEIPT, REFERENCE, CODE, IBAN, NAME_EXACT, NAME_FUZZY, AMOUNT_DATE})

# Natural log-odds. A weight is what the criterion alone says about the account, not about the
# other criteria; the none-of-them candidate stands at `none_score`.
_WEIGHTS: Final = {
    "receipt": 12.0,
    "reference": 9.0,
    "code": 9.0,
    "code_short": 4.0,
    "lot": 3.5,
    "iban": 8.0,
    "iban_person": 5.0,
    "iban_shared": 1.5,
    "name_payer": 6.0,
    "name_ultimate": 5.5,
    "name_label": 5.0,
    "name_one_word": -2.0,
    "name_fuzzy": 4.0,
    "name_partial": 1.5,
    "fit_single": 3.0,
    "fit_all": 2.5,
    "fit_prefix": 2.5,
    "fit_same_date": 2.5,
    "fit_partly_paid": 2.5,
    "fit_net": 2.0,
    "fit_subset": 1.5,
    "fit_ambiguous": 0.5,
    "fit_short": 0.5,
    "fit_partial": -0.5,
    "fit_named_part": 2.0,
    "fit_over": -1.5,
    "instruction": 0.5,
    "housing_aid": 1.0,
    "date_exact": 2.0,
    "date_near": 1.0,
    "date_far": -0.5,
    "only_one": 3.0,
    "other_code": -8.0,
    "other_iban": -6.0,
    "other_iban_named": -1.5,
    "other_name": -3.0,
    "other_lot": -3.0,
    "namesake": -2.0,
    "unknown_payer": -2.0,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchConfig:
    """The engine's settings.

    Attributes:
        accepts: evidence classes that may be accepted without a human; taking one out demotes it.
        weights: log-odds per criterion.
        none_score: score of "none of these accounts".
        margin: least lead over the best other account for an acceptance.
        least_confidence: least confidence of an acceptance.
        least_score: least score of a proposal.
        fuzzy_name: least mean similarity (0-100) of a name written differently.
        fuzzy_margin: least lead of that similarity over the next holder's.
        expected_before: a payment that many days before a due is called is expected for it.
        expected_after: the same after the day it falls due.
        early_days: a due that far ahead can already be paid.
        early_invoice_days: the same for what we owe: invoices are paid long before their date.
        soon_days: up to here a coming due counts as present.
        duplicate_days: an identical payment within these days may be the same one again.
        short_percent: a payment so little below a due (index, forgotten cents) designates it.
        habit_days: the same amount paid within these days before is a habit.
        skipped_days: an open due is a missing one, not a late one, when the same amount was paid so
            long after its date.
        subset_limit: at most this many open dues in the search of combinations.
        amount_days: an amount without identity is compared with dues this close to its date.
        max_proposals: proposals per movement.
    """

    accepts: frozenset[str] = ACCEPTABLE
    weights: Mapping[str, float] = field(default_factory=lambda: MappingProxyType(_WEIGHTS))
    none_score: float = 4.5
    margin: float = 3.0
    least_confidence: float = 0.95
    least_score: float = -1.0
    fuzzy_name: float = 88.0
    fuzzy_margin: float = 10.0
    expected_before: int = 10
    expected_after: int = 10
    early_days: int = 31
    early_invoice_days: int = 100
    soon_days: int = 7
    duplicate_days: int = 20
    short_percent: int = 5
    habit_days: int = 100
    skipped_days: int = 45
    subset_limit: int = 12
    amount_days: int = 62
    max_proposals: int = 5


DEFAULT: Final = MatchConfig()
