"""How far the engine can be trusted, for a portfolio or one building: everything an auditor asks.

Reads the ledger only. The clock is the journal's: what is shown is as of its last decision.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from workbench.domain.errors import ParameterError
from workbench.domain.explanation import Explanation
from workbench.domain.frames import rows_of
from workbench.domain.records import EUR, AllocationState
from workbench.ledger import checks, teaching, views
from workbench.ledger.store import Ledger
from workbench.matching import sampling
from workbench.matching.config import DEFAULT, MatchConfig
from workbench.matching.learning import person_words
from workbench.matching.sampling import DEFAULT_RULES, Overall, SamplingRules
from workbench.pipeline import learning
from workbench.pipeline import sampling as samples
from workbench.reports import matching_quality
from workbench.reports.decisions import decided


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityData:
    """What is known of the engine's work.

    Attributes:
        place: name of the building, "" for the portfolio.
        journal_seq: last decision it is as of, with its moment (ISO text) and hash.
        journal_at: see above.
        journal_hash: see above.
        decided: how many movements went which way, of `reports.decisions.decided`.
        buildings: of `reports.matching_quality.by_building`.
        classes: one row an evidence class, strongest first: columns of `matching.sampling.measure`
            and of `reports.matching_quality.bands`, drawn (links drawn so far) and waiting (drawn,
            nobody looked yet). Verdicts are the portfolio's, links those of the place.
        overall: all classes together.
        confidences: of `reports.matching_quality.confidences`.
        corrections: links of the engine that people undid, the last one first: movement_id, rule,
            account_id, undone_at, undone_by, words, in_sample, now (account it is linked to
            today, "" when none), booked_on, amount_cents, counterparty, label.
        lessons: of `pipeline.learning.learned`.
        rules: what is tolerated.
    """

    place: str
    journal_seq: int
    journal_at: str
    journal_hash: str
    decided: pd.DataFrame
    buildings: pd.DataFrame
    classes: pd.DataFrame
    overall: Overall
    confidences: pd.DataFrame
    corrections: pd.DataFrame
    lessons: pd.DataFrame
    rules: SamplingRules


def quality_data(
    ledger: Ledger, *, building_id: str | None = None, rules: SamplingRules = DEFAULT_RULES
) -> QualityData:
    """Reads everything about the engine's work.

    Args:
        ledger: opened.
        building_id: one building; the whole portfolio when None.
        rules: what is tolerated.

    Raises:
        ParameterError: no such building.

    Source: issue 4 (done when); DOMAIN A10.
    """
    with ledger.snapshot():
        buildings = views.buildings(ledger, building_id=building_id)
        if building_id is not None and buildings.empty:
            raise ParameterError(f"immeuble inconnu : {building_id}")
        movements = views.movements(ledger, building_id=building_id)
        movements = movements[(movements["building_id"] != "") & (movements["currency"] == EUR)]
        allocations = views.allocations(ledger, building_id=building_id)
        head = rows_of(views.journal_head(ledger))
        last: dict[str, Any] = head[0] if head else {"seq": 0, "at": "", "hash": ""}
        classes = _classes(ledger, allocations, rules)
        links = dict(zip(classes["rule"], classes["accepted"].tolist(), strict=True))
        return QualityData(
            place="" if building_id is None else str(buildings["name"].iloc[0]),
            journal_seq=int(last["seq"]),
            journal_at=str(last["at"]),
            journal_hash=str(last["hash"]),
            decided=decided(movements, allocations),
            buildings=matching_quality.by_building(movements, allocations, buildings),
            classes=classes,
            overall=sampling.overall(classes, links, rules=rules),
            confidences=matching_quality.confidences(allocations),
            corrections=_corrections(ledger, movements, allocations),
            lessons=learning.learned(ledger, building_id=building_id),
            rules=rules,
        )


def _classes(ledger: Ledger, allocations: pd.DataFrame, rules: SamplingRules) -> pd.DataFrame:
    measured = samples.classes(ledger, rules=rules)
    drawn = checks.drawn_links(ledger).drop_duplicates("decision_seq")
    counts = pd.DataFrame(
        {
            "drawn": drawn.groupby("rule").size(),
            "waiting": drawn[drawn["verdict"] == ""].groupby("rule").size(),
        }
    )
    counts = counts.fillna(0).astype("int64").rename_axis("rule").reset_index()
    frame = measured.merge(matching_quality.bands(allocations), on="rule", how="outer")
    frame = frame.merge(counts, on="rule", how="left")
    whole = ["checked", "wrong", "drawn", "waiting"]
    whole += [name + end for name in ("accepted", "proposed", "undone") for end in ("", "_cents")]
    frame[whole] = frame[whole].fillna(0).astype("int64")
    frame["upper"] = frame["upper"].fillna(1.0)
    frame["lower"] = frame["lower"].fillna(0.0)
    texts = ["state", "demoted_by", "demoted_at", "words"]
    # A class that is only ever proposed has no state of its own.
    frame[texts] = frame[texts].fillna("").astype("str")
    order = sorted(range(len(frame)), key=lambda place: sampling.class_order(frame["rule"][place]))
    return frame.iloc[order].reset_index(drop=True)


def _corrections(
    ledger: Ledger, movements: pd.DataFrame, allocations: pd.DataFrame
) -> pd.DataFrame:
    undone = teaching.undone_links(ledger)
    undone = undone[undone["action"] == matching_quality.ENGINE_ACTION]
    judged = checks.drawn_links(ledger)
    wrong = set(judged.loc[judged["verdict"] == samples.WRONG, "decision_seq"])
    standing = allocations[allocations["state"] == AllocationState.ACCEPTED]
    now = standing.groupby("movement_id")["account_id"].agg(lambda ids: ", ".join(sorted(set(ids))))
    rules = allocations.drop_duplicates("decision_seq").set_index("decision_seq")["rule"]
    columns = ["item_id", "movement_id", "booked_on", "amount_cents", "counterparty", "label"]
    told = undone.drop(columns=["counterparty"]).merge(
        movements[columns], left_on="movement_item_id", right_on="item_id"
    )
    told["rule"] = told["decision_seq"].map(rules).fillna("").astype("str")
    told["in_sample"] = told["decision_seq"].isin(wrong)
    told["now"] = told["movement_id"].map(now).fillna("").astype("str")
    told["words"] = [person_words(data) for data in told["undone_words"]]
    told = told.drop_duplicates(["decision_seq", "account_id"])
    told = told.sort_values("undone_seq", ascending=False, ignore_index=True)
    return told[
        ["movement_id", "rule", "account_id", "undone_at", "undone_by", "words", "in_sample",
         "now", "booked_on", "amount_cents", "counterparty", "label"]
    ]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """One movement and the reasons of its link, or of its best proposal.

    Attributes:
        movement: columns of the movements view.
        account: identifier and holder.
        explanation: the reasons.
        accepted: it is linked; else proposed.
        by_engine: the engine linked it; False for a person's decision.
        start: log-odds before anything is known.
        threshold: sum from which the engine may accept.
    """

    movement: dict[str, Any]
    account: str
    explanation: Explanation
    accepted: bool
    by_engine: bool
    start: float
    threshold: float


def explained(
    ledger: Ledger,
    *,
    movement_id: str = "",
    building_id: str | None = None,
    config: MatchConfig = DEFAULT,
) -> Explained | None:
    """Returns why a movement went where it did.

    Args:
        ledger: opened.
        movement_id: the movement; "" for the largest one that waits with a proposal, else the
            last one the engine accepted.
        building_id: where to choose it from.
        config: the engine's settings, for the threshold.

    Returns:
        None when there is nothing to explain: no link with reasons, no proposal.

    Raises:
        ParameterError: no such movement.
    """
    with ledger.snapshot():
        movements = views.movements(ledger, building_id=building_id)
        links = views.allocations(ledger, building_id=building_id)
        holders = views.accounts(ledger).set_index("account_id")["holder"]
    if movement_id and movement_id not in set(movements["movement_id"]):
        raise ParameterError(f"mouvement inconnu : {movement_id}")
    links = links[(links["state"] != AllocationState.REVERSED) & (links["movement_id"] != "")]
    if movement_id:
        links = links[links["movement_id"] == movement_id]
    chosen = _chosen(links)
    if chosen is None:
        return None
    movement = rows_of(movements[movements["movement_id"] == chosen["movement_id"]])[0]
    account = str(chosen["account_id"])
    return Explained(
        movement=movement,
        account=f"{account} {holders.get(account, '')}".strip(),
        explanation=Explanation.parse(str(chosen["reasons"])),
        accepted=chosen["state"] == AllocationState.ACCEPTED,
        by_engine=chosen["action"] == matching_quality.ENGINE_ACTION,
        start=-config.none_score,
        threshold=sampling.log_odds(config.least_confidence),
    )


def _chosen(links: pd.DataFrame) -> dict[str, Any] | None:
    """Returns the link to explain: the largest proposal that waits, else the last accepted one."""
    waiting = links[(links["state"] == AllocationState.PROPOSED) & (links["rank"] == 1)]
    if len(waiting):
        order = waiting.sort_values(["amount_cents", "movement_id"], ascending=[False, True])
        return rows_of(order.head(1))[0]
    decided_by_reasons = links[links["reasons"].str.contains("criterion", regex=False)]
    found = rows_of(decided_by_reasons.tail(1))
    return found[0] if found else None
