"""How far each evidence class can be trusted: a random sample, what it proves, and who is demoted.

A class is what a link rests on (`rule` of a proposal). What a sample says of a class is exact
(Clopper and Pearson), whatever the number checked: with few checks little is proven, and that is
said. Not for the figures of a benchmark, where the truth of every link is known.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Final

import pandas as pd

from workbench.domain.errors import InvariantError
from workbench.matching.inputs import typed_frame

CLASS_TYPES: Final = {
    "rule": "str",
    "checked": "int64",
    "wrong": "int64",
    "rate": "float64",
    "lower": "float64",
    "upper": "float64",
    "state": "str",
    "demoted_by": "str",
    "demoted_at": "str",
    "words": "str",
}
# Strongest first, as in `config`; a class of another room stands after these.
CLASS_WORDS: Final = {
    "receipt": "règlement saisi",
    "reference": "référence de l’échéance",
    "code": "code du compte",
    "iban": "IBAN connu",
    "name_exact": "nom exact",
    "name_fuzzy": "nom approché",
    "amount_date": "montant et date seuls",
    "deposit": "remise entière",
    "deposit_net": "remise nette de frais",
    "shared_iban": "IBAN de plusieurs comptes",
    "name_partial": "nom de famille seul",
    "amount": "montant seul",
    "manual": "à la main",
}
_HALVINGS: Final = 60


class ClassState(StrEnum):
    """Whether the engine may accept links of a class by itself."""

    ACCEPTED = "accepted"
    DEMOTED = "demoted"


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingRules:
    """When a class fails.

    Attributes:
        tolerated: error rate that is tolerated, a part of 1.
        certainty: how sure one must be of a bound, a part of 1; each bound is one-sided.
    """

    tolerated: float = 0.001
    certainty: float = 0.95


DEFAULT_RULES: Final = SamplingRules()


def class_words(rule: str) -> str:
    """Returns the French name of an evidence class; its code where it has none."""
    return CLASS_WORDS.get(rule, rule)


def class_order(rule: str) -> tuple[int, str]:
    """Returns the sort key of a class: the strongest evidence first."""
    known = list(CLASS_WORDS)
    return (known.index(rule) if rule in known else len(known), rule)


def draw(population: pd.DataFrame, *, size: int, seed: int) -> list[int]:
    """Draws a sample of decisions, the same for the same population and seed.

    Each class gets the same share, since each is judged on its own; what a small class cannot
    fill goes to the others.

    Args:
        population: decision_seq, rule, identity (text that is the same in every ledger, whatever
            was imported first); in any order.
        size: how many; all of them when there are fewer.
        seed: chosen by who draws.

    Returns:
        decision_seq, by class (strongest first), then in the order drawn.

    Raises:
        InvariantError: two decisions of one identity, so that their order would be chance.

    Source: issue 4; DOMAIN A10.
    """
    columns = (population[name].tolist() for name in ("rule", "identity", "decision_seq"))
    drawn: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for rule, identity, seq in zip(*columns, strict=True):
        ticket = hashlib.sha256(f"{seed}|{identity}".encode()).hexdigest()
        drawn[rule].append((ticket, seq))
    if len({ticket for tickets in drawn.values() for ticket, _ in tickets}) != len(population):
        raise InvariantError("two decisions of one identity in a population")
    shares = _shares({rule: len(tickets) for rule, tickets in drawn.items()}, size)
    return [
        seq
        for rule in sorted(drawn, key=class_order)
        for _, seq in sorted(drawn[rule])[: shares[rule]]
    ]


def _shares(counts: Mapping[str, int], size: int) -> dict[str, int]:
    """Returns how many of each class: equal shares, smallest classes filled first."""
    shares: dict[str, int] = {}
    left = size
    for place, rule in enumerate(sorted(counts, key=lambda r: (counts[r], class_order(r)))):
        # The division's remainder goes to the last, which are the largest.
        shares[rule] = min(counts[rule], left // (len(counts) - place))
        left -= shares[rule]
    return shares


def upper_bound(wrong: int, checked: int, *, certainty: float) -> float:
    """Returns the error rate above which so few errors would be a chance of `1 - certainty`.

    Exact one-sided bound of Clopper and Pearson, a part of 1; 1 when nothing was checked.
    """
    return 1.0 if wrong >= checked else _rate_at(wrong, checked, 1 - certainty)


def lower_bound(wrong: int, checked: int, *, certainty: float) -> float:
    """Returns the error rate below which so many errors would be a chance of `1 - certainty`.

    Exact one-sided bound of Clopper and Pearson, a part of 1; 0 when nothing was wrong.
    """
    return 0.0 if wrong == 0 else _rate_at(wrong - 1, checked, certainty)


def _rate_at(errors: int, checked: int, chance: float) -> float:
    """Returns the error rate at which at most `errors` of `checked` are seen with that chance."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        # The higher the rate, the less likely so few errors.
        if _at_most(errors, checked, middle) > chance:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _at_most(errors: int, checked: int, rate: float) -> float:
    """Returns the binomial chance of at most `errors` among `checked`; 0 < rate < 1."""
    total = math.lgamma(checked + 1)
    return math.fsum(
        math.exp(
            total
            - math.lgamma(k + 1)
            - math.lgamma(checked - k + 1)
            + k * math.log(rate)
            + (checked - k) * math.log1p(-rate)
        )
        for k in range(errors + 1)
    )


@dataclass(slots=True)
class _Standing:
    """A class while its verdicts and decisions are gone through in order."""

    checked: int = 0
    wrong: int = 0
    state: ClassState = ClassState.ACCEPTED
    demoted_by: str = ""
    demoted_at: str = ""
    words: str = ""


def measure(
    verdicts: pd.DataFrame,
    bands: pd.DataFrame,
    *,
    classes: frozenset[str] = frozenset(),
    rules: SamplingRules = DEFAULT_RULES,
) -> pd.DataFrame:
    """Returns what the verdicts prove of each class, and whether it is demoted.

    A class is demoted by itself as soon as its verdicts prove that it errs more than is tolerated:
    when even the lower bound of its error rate is above. With 0.1 % tolerated and a certainty of
    95 % that is one error among the first 51 checked, or two among the first 355. It stays demoted,
    whatever is checked later, until a person restores it; from then on only what is checked
    afterwards counts. Each decision counts once, with the last verdict on it.

    Args:
        verdicts: seq (journal), decision_seq, rule, verdict (right | wrong), at (ISO text); in
            any order.
        bands: seq, rule, state (demoted | restored), actor, at, words: people's decisions.
        classes: classes to tell about besides those of the verdicts.
        rules: what is tolerated.

    Returns:
        One row a class, strongest first: rule, checked and wrong (since it was last restored), rate
        (NaN when none was checked), lower and upper (its bounds), state, demoted_by ("" by itself),
        demoted_at (ISO text), words (French: why it is demoted, or why it was restored).
    """
    counted = verdicts.sort_values("seq").drop_duplicates("decision_seq", keep="last")
    names = ("seq", "rule", "what", "actor", "at", "words")
    said = counted.assign(what=counted["verdict"], actor="", words="")
    events = [
        event
        for frame in (said, bands.assign(what=bands["state"]))
        for event in zip(*(frame[name].tolist() for name in names), strict=True)
    ]
    standings: dict[str, _Standing] = {rule: _Standing() for rule in classes}
    # The verdicts of one decision come together: their order among themselves means nothing.
    for (_, rule), group in groupby(sorted(events), key=lambda event: event[:2]):
        standing = standings.setdefault(rule, _Standing())
        for _, _, what, actor, at, words in group:
            if what in ("right", "wrong"):
                standing.checked += 1
                standing.wrong += what == "wrong"
            elif what == "restored":
                standing = standings[rule] = _Standing(words=words)
            else:
                standing.state = ClassState.DEMOTED
                standing.demoted_by, standing.demoted_at, standing.words = actor, at, words
        _judge(standing, moment=at, rules=rules)
    rows: list[tuple[object, ...]] = [
        (
            rule, s.checked, s.wrong, s.wrong / s.checked if s.checked else math.nan,
            lower_bound(s.wrong, s.checked, certainty=rules.certainty),
            upper_bound(s.wrong, s.checked, certainty=rules.certainty),
            s.state.value, s.demoted_by, s.demoted_at, s.words,
        )
        for rule, s in sorted(standings.items(), key=lambda item: class_order(item[0]))
    ]  # fmt: skip
    return typed_frame(rows, CLASS_TYPES)


@dataclass(frozen=True, slots=True)
class Overall:
    """The engine as a whole, from its classes.

    Attributes:
        rate: error rate, each class counting by its links; NaN when nothing was checked.
        upper: its upper bound, sure for all classes at once.
        covered: share of the links whose class was checked at all.
    """

    rate: float
    upper: float
    covered: float


def overall(
    classes: pd.DataFrame, links: Mapping[str, int], *, rules: SamplingRules = DEFAULT_RULES
) -> Overall:
    """Returns what the classes say together.

    The sample is even over the classes, the links are not: each class counts by its links. The
    bound adds the classes' own, each taken surer so that all hold at once (Bonferroni); a class
    that nobody checked may be wrong altogether.

    Args:
        classes: of `measure`.
        links: how many links stand, by class; a class outside `classes` was never checked.
        rules: how sure one must be.
    """
    checked = {
        rule: (wrong, number)
        for rule, wrong, number in zip(
            *(classes[name].tolist() for name in ("rule", "wrong", "checked")), strict=True
        )
        if number
    }
    counted = {rule: count for rule, count in links.items() if count}
    total = sum(counted.values())
    known = {rule: count for rule, count in counted.items() if rule in checked}
    if not known:
        return Overall(math.nan, 1.0, 0.0)
    certainty = 1 - (1 - rules.certainty) / len(counted)
    errors = math.fsum(n * checked[rule][0] / checked[rule][1] for rule, n in known.items())
    bounds = math.fsum(
        n * (upper_bound(*checked[rule], certainty=certainty) if rule in checked else 1.0)
        for rule, n in counted.items()
    )
    covered = sum(known.values())
    return Overall(errors / covered, bounds / total, covered / total)


def _judge(standing: _Standing, *, moment: str, rules: SamplingRules) -> None:
    """Demotes a class that its verdicts prove wrong too often."""
    if standing.state is ClassState.DEMOTED:
        return
    lower = lower_bound(standing.wrong, standing.checked, certainty=rules.certainty)
    if lower > rules.tolerated:
        standing.state = ClassState.DEMOTED
        standing.demoted_at = moment
        many = "s" if standing.checked > 1 else ""
        standing.words = f"{standing.wrong} faux sur {standing.checked} contrôlé{many}"


def log_odds(share: float) -> float:
    """Returns the natural log-odds of a part of 1: the sum of weights that gives a confidence."""
    return math.log(share / (1 - share))


def demoted(classes: pd.DataFrame) -> frozenset[str]:
    """Returns the classes that are demoted, of `measure`."""
    return frozenset(classes.loc[classes["state"] == ClassState.DEMOTED, "rule"])
