from datetime import date
from typing import Any

import pytest

from tests.unit import frames
from workbench.domain.errors import InvariantError
from workbench.reports.decisions import WAYS, decided

DAY = date(2026, 10, 12)


def moved(movement_id: str, status: str, amount_cents: int = 10_00) -> dict[str, Any]:
    return {
        "movement_id": movement_id, "status": status, "amount_cents": amount_cents,
        "booked_on": DAY,
    }  # fmt: skip


def linked(movement_id: str, action: str, actor: str, **values: Any) -> dict[str, Any]:
    return {
        "movement_id": movement_id, "action": action, "actor": actor, "amount_cents": 1,
        "effective_on": DAY, **values,
    }  # fmt: skip


def test_every_movement_is_in_one_line() -> None:
    movements = frames.movements(
        moved("M1", "matched"), moved("M2", "matched", -20_00), moved("M3", "matched"),
        moved("M4", "partial"), moved("M5", "ignored"), moved("M6", "proposed"),
        moved("M7", "unmatched"),
    )  # fmt: skip
    links = frames.allocations(
        linked("M1", "match", "L. Verane"),
        linked("M2", "link", "C. Ardouin"),
        linked("M3", "accept", "L. Verane", decision_seq=2),
        linked("M3", "accept", "C. Ardouin", decision_seq=3),
        linked("M4", "accept", "L. Verane"),
        linked("M1", "accept", "L. Verane", state="reversed"),
    )
    rows = decided(movements, links)
    assert list(rows["way"]) == list(WAYS)
    assert list(rows["count"]) == [1, 2, 1, 1, 1, 1]
    assert list(rows["amount_cents"]) == [10_00, 30_00, 10_00, 10_00, 10_00, 10_00]
    assert list(rows["actors"]) == ["", "C. Ardouin 2", "", "", "", ""]


def test_names_come_with_their_counts_the_most_first() -> None:
    movements = frames.movements(*(moved(f"M{n}", "matched") for n in range(3)))
    links = frames.allocations(
        linked("M0", "link", "B"), linked("M1", "link", "A"), linked("M2", "link", "B")
    )
    assert decided(movements, links)["actors"][1] == "B 2, A 1"


def test_a_status_nobody_knows_is_a_broken_promise() -> None:
    with pytest.raises(InvariantError):
        decided(frames.movements(moved("M1", "lost")), frames.allocations())
