"""What the engine settles, on what evidence: every movement and link counted once."""

import pandas as pd
import pytest

from tests.unit import frames
from workbench.domain.errors import InvariantError
from workbench.reports.matching_quality import CONFIDENCE_STEPS, bands, by_building, confidences

LINKS = frames.allocations(
    {"decision_seq": 1, "amount_cents": 100, "rule": "code", "confidence": 0.999},
    {"decision_seq": 1, "amount_cents": 50, "rule": "code", "confidence": 0.999},
    {"decision_seq": 2, "amount_cents": 70, "rule": "code", "confidence": 0.95,
     "movement_id": "M2", "state": "reversed"},
    {"decision_seq": 3, "amount_cents": 30, "rule": "manual", "action": "link",
     "movement_id": "M3"},
    {"decision_seq": 0, "amount_cents": 20, "rule": "iban", "action": "", "state": "proposed",
     "movement_id": "M4", "rank": 2, "confidence": 0.4},
    {"decision_seq": 0, "amount_cents": 21, "rule": "iban", "action": "", "state": "proposed",
     "movement_id": "M4", "rank": 2, "confidence": 0.4},
    {"decision_seq": 0, "amount_cents": 10, "rule": "amount", "action": "", "state": "proposed",
     "movement_id": "M4", "rank": 3, "confidence": 0.2},
)  # fmt: skip


def test_a_decision_of_several_dues_counts_once_and_its_money_whole() -> None:
    rows = {row["rule"]: row for row in bands(LINKS).to_dict("records")}
    assert set(rows) == {"code", "iban"}
    code, iban = rows["code"], rows["iban"]
    assert (code["accepted"], code["accepted_cents"]) == (1, 150)
    assert (code["undone"], code["undone_cents"]) == (1, 70)
    # The first proposal was rejected: the best one that waits is of rank 2.
    assert (iban["proposed"], iban["proposed_cents"]) == (1, 41)


def test_no_link_no_band() -> None:
    assert bands(frames.allocations()).empty


@pytest.mark.parametrize(
    ("confidence", "place"), [(0.0, 0), (0.4999, 0), (0.5, 1), (0.9989, 5), (0.999, 6), (1.0, 6)]
)
def test_an_interval_holds_its_low_end(confidence: float, place: int) -> None:
    links = frames.allocations({"confidence": confidence})
    counts = confidences(links)
    assert list(counts["low"]) == list(CONFIDENCE_STEPS)
    assert counts["accepted"].tolist() == [int(n == place) for n in range(len(CONFIDENCE_STEPS))]


def test_confidences_count_decisions_and_movements() -> None:
    counts = confidences(LINKS)
    assert (counts["accepted"].sum(), counts["proposed"].sum()) == (1, 1)


def test_a_confidence_outside_its_range_is_a_defect() -> None:
    with pytest.raises(InvariantError):
        confidences(frames.allocations({"confidence": 1.2}))


def test_buildings_the_least_settled_first() -> None:
    movements = frames.movements(
        {"amount_cents": 100, "open_cents": 0, "status": "matched"},
        {"amount_cents": 100, "open_cents": 0, "status": "matched"},
        {"amount_cents": -70, "status": "unmatched"},
        {"amount_cents": -1, "status": "ignored"},
        {"amount_cents": 10, "open_cents": 0, "status": "matched", "building_id": "B2"},
    )
    links = frames.allocations(
        {"movement_id": "M1"}, {"movement_id": "M2", "action": "accept", "decision_seq": 2}
    )
    names = pd.DataFrame(
        {"building_id": ["B1", "B2", "B3"], "name": ["Lilas", "Quai", "Vide"]}, dtype="str"
    )
    found = by_building(movements, links, names)
    assert list(found["name"]) == ["Lilas", "Quai"]
    first = found.iloc[0]
    assert (first["movements"], first["engine"], first["people"], first["waiting"]) == (3, 1, 1, 1)
    assert first["waiting_cents"] == 70
    assert first["share"] == pytest.approx(1 / 3)
