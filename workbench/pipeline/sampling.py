"""Samples of what the engine accepted: draw, judge, and what follows for each evidence class.

A wrong link is undone with its verdict; a class that fails is proposed from then on, no longer
accepted, until a person restores it. The figures are in `matching.sampling`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import pandas as pd
from sqlalchemy import Connection

from workbench.domain.dates import french_date
from workbench.domain.errors import ParameterError
from workbench.domain.findings import Finding, Severity
from workbench.domain.frames import rows_of
from workbench.domain.records import AllocationState
from workbench.ledger import checks, proposing, views
from workbench.ledger.checks import CheckedLink, Draw
from workbench.ledger.store import Ledger
from workbench.matching import deposits, sampling
from workbench.matching.config import ACCEPTABLE, DEFAULT, MatchConfig
from workbench.matching.sampling import DEFAULT_RULES, ClassState, SamplingRules, class_words
from workbench.pipeline.deciding import Outcome, take_back

# What the engine may accept by itself: by its own evidence, and deposits against their receipts.
CLASSES: Final = ACCEPTABLE | {deposits.GROSS, deposits.NET}
DEFAULT_SIZE: Final = 60
DEFAULT_SEED: Final = 1
MOST_DRAWN: Final = 10_000
LARGEST_SEED: Final = 2**53
RIGHT, WRONG = "right", "wrong"
_LINK_COLUMNS: Final = [
    "decision_seq", "link_id", "movement_id", "building_id", "account_id", "due_ids",
    "receipt_ids", "amount_cents", "rule", "confidence", "reasons", "at", "effective_on",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a draw gave.

    Attributes:
        links: of `to_check`, those of this draw, in its order.
        is_new: something was written: False when the same draw stood already.
        population: how many links there were to draw from.
    """

    links: pd.DataFrame
    is_new: bool
    population: int


def engine_links(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns the decisions of the engine that stand, in the order they were made.

    Columns: decision_seq (journal), link_id (`A…`, its first link), movement_id ("" where a
    discount or a receipt settles a due), building_id, account_id, due_ids and receipt_ids (several
    joined by `, `), amount_cents (settled, positive), rule, confidence, reasons (JSON), at,
    effective_on.
    """
    frame = views.allocations(ledger, building_id=building_id)
    frame = frame[(frame["state"] == AllocationState.ACCEPTED) & (frame["action"] == "match")]
    groups = frame.groupby("decision_seq", sort=True)
    firsts = groups.first()
    links = firsts.assign(
        link_id=firsts["allocation_id"],
        account_id=groups["account_id"].agg(_listed),
        due_ids=groups["due_id"].agg(_listed),
        receipt_ids=groups["receipt_id"].agg(_listed),
        amount_cents=groups["amount_cents"].sum(),
    ).reset_index()
    return links[_LINK_COLUMNS]


def _listed(values: "pd.Series[str]") -> str:
    return ", ".join(dict.fromkeys(value for value in values if value))


def draw(
    ledger: Ledger,
    *,
    building_id: str | None = None,
    size: int = DEFAULT_SIZE,
    seed: int = DEFAULT_SEED,
    actor: str,
    at: datetime,
) -> Drawn:
    """Draws links to check among those the engine accepted and nobody checked yet.

    The same ledger, seed and size give the same links; drawn again, nothing is written twice. As
    links are checked the draw goes on to the next ones.

    Args:
        ledger: opened for writing.
        building_id: one building; the whole portfolio when None.
        size: how many links, spread evenly over the evidence classes.
        seed: chosen by who draws; kept in the journal.
        actor: who draws.
        at: when.

    Raises:
        ParameterError: no such building, a size or seed out of range, nothing left to draw from.

    Source: issue 4 (bands); DOMAIN A10.
    """
    if not 0 < size <= MOST_DRAWN:
        raise ParameterError(f"la taille du tirage va de 1 à {MOST_DRAWN}")
    if not 0 <= seed <= LARGEST_SEED:
        raise ParameterError(f"la graine du tirage va de 0 à {LARGEST_SEED}")
    if building_id is not None and views.buildings(ledger, building_id=building_id).empty:
        raise ParameterError(f"immeuble inconnu : {building_id}")
    with ledger.writing() as connection:
        before = checks.drawn_links(ledger)
        judged = before.loc[before["verdict"] != "", "decision_seq"]
        links = engine_links(ledger, building_id=building_id)
        population = links[~links["decision_seq"].isin(judged)].assign(identity=_identities)
        if population.empty:
            raise ParameterError(
                "rien à tirer : aucun lien accepté par le moteur ne reste à contrôler"
            )
        chosen = sampling.draw(population, size=size, seed=seed)
        found = population.set_index("decision_seq", drop=False).loc[chosen]
        is_new = not set(chosen) <= set(before["decision_seq"])
        if is_new:
            rows = tuple(zip(chosen, found["rule"].tolist(), strict=True))
            made = Draw(
                building_id=building_id or "", seed=seed, size=size, population=len(population),
                links=rows,
            )  # fmt: skip
            checks.record_draw(connection, made, actor=actor, at=at)
    return Drawn(found[_LINK_COLUMNS].reset_index(drop=True), is_new, len(population))


def _identities(links: pd.DataFrame) -> "pd.Series[str]":
    """Returns what a decision is, in words that are the same in every ledger."""
    texts = links["amount_cents"].astype("str")
    for name in ("movement_id", "due_ids", "receipt_ids", "account_id"):
        texts = texts + "|" + links[name]
    # The same link made, undone and made again stands once; twice only where dues repeat.
    return texts + "|" + texts.groupby(texts).cumcount().astype("str")


def to_check(ledger: Ledger, *, building_id: str | None = None) -> pd.DataFrame:
    """Returns the links that were drawn, still stand and wait for a verdict, in the order drawn.

    Columns of `engine_links`.
    """
    drawn = checks.drawn_links(ledger)
    waiting = drawn.loc[drawn["verdict"] == "", "decision_seq"].drop_duplicates()
    links = engine_links(ledger, building_id=building_id).set_index("decision_seq", drop=False)
    standing = [seq for seq in waiting.tolist() if seq in links.index]
    return links.loc[standing].reset_index(drop=True)


def judge(
    ledger: Ledger,
    given: Sequence[tuple[str, str]],
    *,
    actor: str,
    at: datetime,
    reason: str = "",
) -> list[Outcome]:
    """Writes an auditor's verdicts on drawn links; a wrong one is undone with it.

    Args:
        ledger: opened for writing.
        given: (`A…` a link, or `M…` a movement whose link was drawn; `right` or `wrong`). Of
            several verdicts on a link the last one counts.
        actor: who judges.
        at: when.
        reason: why it is wrong, in the auditor's words.

    Returns:
        One outcome an identifier; not done where the same verdict stands already.

    Raises:
        ParameterError: a link that was never drawn: what one chooses to look at proves nothing of
            the rest. Nothing is written.
    """
    outcomes: list[Outcome] = []
    checked: list[CheckedLink] = []
    with ledger.writing() as connection:
        for identifier, verdict in given:
            drawn = _drawn(connection, identifier)
            last = checks.last_verdicts(connection, [drawn])
            if drawn in {c.decision_seq for c in checked} or last.get(drawn, ("",))[0] == verdict:
                outcomes.append(Outcome(identifier, False, "déjà contrôlé, avec le même avis"))
                continue
            rule = checks.rule_of(connection, drawn)
            words = reason.strip() if verdict == WRONG else ""
            checked.append(CheckedLink(decision_seq=drawn, rule=rule, verdict=verdict, words=words))
            outcomes.append(_judged(connection, identifier, drawn, verdict, actor, at, reason))
        if checked:
            checks.record_verdicts(connection, checked, actor=actor, at=at)
    return outcomes


def _drawn(connection: Connection, identifier: str) -> int:
    found = checks.sampled_decisions(connection, identifier)
    if not found:
        raise ParameterError(
            f"{identifier} n'est d'aucun tirage : « workbench sample » montre les liens à contrôler"
        )
    if len(found) > 1:
        raise ParameterError(
            f"plusieurs liens tirés sur {identifier} : donner le numéro du lien (A…)"
        )
    return found[0]


def _judged(
    connection: Connection,
    identifier: str,
    decision_seq: int,
    verdict: str,
    actor: str,
    at: datetime,
    reason: str,
) -> Outcome:
    """Undoes a wrong link, where it still stands."""
    numbers = proposing.allocations_of(connection, decision_seq)
    standing = proposing.standing_decision(connection, f"A{numbers[0]}")
    lines = standing.lines if standing else ()
    ids = tuple(f"A{line.reverses}" for line in lines)
    if verdict == RIGHT:
        kept = "contrôlé : juste" if lines else "contrôlé : juste, mais le lien reste annulé"
        return Outcome(identifier, True, kept)
    if standing is None or not lines:
        return Outcome(identifier, True, "contrôlé : faux (le lien était déjà annulé)")
    words = reason.strip() or "faux au contrôle par sondage"
    take_back(connection, standing, actor=actor, at=at, reason=words)
    return Outcome(identifier, True, "contrôlé : faux, le lien est annulé", ids)


def change_class(
    ledger: Ledger,
    rule: str,
    *,
    state: str,
    actor: str,
    at: datetime,
    reason: str,
    rules: SamplingRules = DEFAULT_RULES,
) -> Outcome:
    """Restores a class, or demotes it by hand.

    Args:
        ledger: opened for writing.
        rule: an evidence class the engine may accept.
        state: `restored` or `demoted`.
        actor: who decides.
        at: when.
        reason: why; never empty.
        rules: when a class fails by itself.

    Raises:
        ParameterError: no such class, or no reason; nothing is written.
    """
    if not reason.strip():
        raise ParameterError("dire pourquoi avec --reason : le motif reste dans l'historique")
    with ledger.writing() as connection:
        states = classes(ledger, rules=rules).set_index("rule")["state"]
        if rule not in states.index:
            raise ParameterError(
                f"catégorie inconnue : {rule} (au choix : {', '.join(states.index)})"
            )
        wanted = ClassState.DEMOTED if state == "demoted" else ClassState.ACCEPTED
        is_new = bool(states[rule] != wanted)
        if is_new:
            checks.record_band(connection, rule, state, words=reason.strip(), actor=actor, at=at)
    verb = "proposée, plus acceptée" if wanted is ClassState.DEMOTED else "acceptée de nouveau"
    return Outcome(rule, is_new, f"{class_words(rule)} : {verb if is_new else 'rien à changer'}")


def classes(ledger: Ledger, *, rules: SamplingRules = DEFAULT_RULES) -> pd.DataFrame:
    """Returns what the samples prove of each class the engine may accept.

    Columns of `matching.sampling.measure`.
    """
    with ledger.snapshot():
        return sampling.measure(
            checks.verdicts(ledger), checks.band_decisions(ledger), classes=CLASSES, rules=rules
        )


def match_config(
    ledger: Ledger, *, config: MatchConfig = DEFAULT, rules: SamplingRules = DEFAULT_RULES
) -> MatchConfig:
    """Returns the engine's settings without the classes that are demoted."""
    fallen = sampling.demoted(classes(ledger, rules=rules))
    return replace(config, accepts=config.accepts - fallen) if fallen else config


def demotions(ledger: Ledger, *, rules: SamplingRules = DEFAULT_RULES) -> list[Finding]:
    """Returns a finding for each demoted class, the strongest evidence first."""
    found = classes(ledger, rules=rules)
    fallen = found[found["state"] == ClassState.DEMOTED]
    return [
        Finding(
            code="class_demoted",
            severity=Severity.WARNING,
            message=demotion_words(row),
            subject=row["rule"],
            to_do="décider les propositions, puis rétablir la catégorie",
        )
        for row in rows_of(fallen)
    ]


def demotion_words(row: Mapping[str, Any]) -> str:
    """Returns why a class is demoted: `Catégorie « nom exact » rétrogradée le 03/11/2026 : …`."""
    day = french_date(pd.Timestamp(str(row["demoted_at"])).date())
    by = f" par {row['demoted_by']}" if row["demoted_by"] else ""
    name = class_words(str(row["rule"]))
    return (
        f"Catégorie « {name} » rétrogradée le {day}{by} : {row['words']}. "
        "Le moteur la propose et ne l’accepte plus."
    )
