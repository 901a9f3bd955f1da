"""Accept, reject, undo, link: what they write, what they refuse, and that undo restores."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from workbench.domain.errors import DecisionRefusedError, ParameterError
from workbench.ledger import views
from workbench.ledger.store import Ledger
from workbench.pipeline import checking, deciding, reconciling

AT = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
WHO = "C. Ardouin"


def _open(ledger: Ledger) -> dict[str, int]:
    movements, dues = views.movements(ledger), views.dues(ledger)
    left = dict(zip(movements["movement_id"], movements["open_cents"].tolist(), strict=True))
    return left | dict(zip(dues["due_id"], dues["open_cents"].tolist(), strict=True))


def _status(ledger: Ledger, movement: str) -> str:
    frame = views.movements(ledger).set_index("movement_id")
    return str(frame.loc[movement, "status"])


def _link(ledger: Ledger, movement: str, *wanted: tuple[str, int | None]) -> deciding.Outcome:
    return deciding.link(ledger, movement, wanted, actor=WHO, at=AT)


def _propose(ledger: Ledger) -> Sequence[str]:
    """Runs the engine; returns what waits for M-ait: its label names nobody for sure."""
    reconciling.reconcile(ledger, as_of=date(2026, 10, 31), actor="moteur", at=AT)
    frame = views.allocations(ledger)
    waiting = frame[(frame["state"] == "proposed") & (frame["movement_id"] == "M-ait")]
    return list(dict.fromkeys(waiting["allocation_id"]))


def test_link_takes_what_both_sides_have_left(office: Ledger) -> None:
    outcome = _link(office, "M-ait", ("D102", None))
    assert outcome.done
    left = _open(office)
    assert left["M-ait"] == 0
    assert left["D102"] == 45_050 - 43_050
    assert _status(office, "M-ait") == "matched"


def test_link_spreads_over_dues_in_the_order_given(office: Ledger) -> None:
    _link(office, "M-ait", ("D102-2", None), ("D102", None))
    left = _open(office)
    assert (left["M-ait"], left["D102-2"], left["D102"]) == (0, 0, 45_050 - 38_050)


def test_link_an_exact_part(office: Ledger) -> None:
    _link(office, "M-ait", ("D102", 43_049))
    assert _open(office)["M-ait"] == 1
    assert _status(office, "M-ait") == "partial"


@pytest.mark.parametrize("cents", [43_051, 45_051])
def test_link_refuses_more_than_is_left(office: Ledger, cents: int) -> None:
    before = _open(office)
    with pytest.raises(DecisionRefusedError, match="reste"):
        _link(office, "M-ait", ("D102", cents))
    assert _open(office) == before


@pytest.mark.parametrize("cents", [0, -1])
def test_link_refuses_an_amount_that_is_not_positive(office: Ledger, cents: int) -> None:
    with pytest.raises(ParameterError, match="positif"):
        _link(office, "M-ait", ("D102", cents))


def test_link_money_out_settles_an_invoice(office: Ledger) -> None:
    _link(office, "M-ascenseur", ("F1", None))
    left = _open(office)
    assert (left["M-ascenseur"], left["F1"]) == (0, 0)
    frame = views.allocations(office)
    assert frame["due_id"].tolist() == ["F1"]
    assert frame["amount_cents"].tolist() == [12_000]


def test_link_refuses_two_of_the_same_direction(office: Ledger) -> None:
    with pytest.raises(DecisionRefusedError, match="même sens"):
        _link(office, "M-ait", ("F1", None))


def test_link_refuses_another_building(office: Ledger) -> None:
    before = _open(office)
    with pytest.raises(DecisionRefusedError, match="immeuble"):
        _link(office, "M-ait", ("D201", None))
    assert _open(office) == before
    assert views.allocations(office).empty


@pytest.mark.parametrize(
    ("movement", "due", "words"),
    [("M-?", "D102", "mouvement inconnu"), ("M-ait", "D?", "échéance inconnue"),
     ("M-inconnu", "D102", "attend")],
)  # fmt: skip
def test_link_names_what_does_not_exist(
    office: Ledger, movement: str, due: str, words: str
) -> None:
    with pytest.raises(ParameterError, match=words):
        _link(office, movement, (due, None))


def test_undo_restores_and_keeps_the_history(office: Ledger) -> None:
    before = _open(office)
    (allocation,) = _link(office, "M-ait", ("D102", None)).allocation_ids
    (outcome,) = deciding.undo(office, [allocation], actor=WHO, at=AT, reason="mauvais compte")
    assert outcome.done
    assert _open(office) == before
    assert views.allocations(office)["state"].tolist() == ["reversed"]
    last = views.journal(office).iloc[-1]
    assert (last["action"], last["actor"]) == ("undo", WHO)
    assert "mauvais compte" in last["data"]
    assert checking.verify(office) == []


def test_undo_twice_says_so_and_writes_nothing(office: Ledger) -> None:
    (allocation,) = _link(office, "M-ait", ("D102", None)).allocation_ids
    deciding.undo(office, [allocation], actor=WHO, at=AT)
    rows = len(views.journal(office))
    (outcome,) = deciding.undo(office, [allocation], actor=WHO, at=AT)
    assert not outcome.done
    assert len(views.journal(office)) == rows


def test_undo_one_line_undoes_its_whole_decision(office: Ledger) -> None:
    before = _open(office)
    ids = _link(office, "M-ait", ("D102-2", None), ("D102", None)).allocation_ids
    assert len(ids) == 2
    deciding.undo(office, [ids[1]], actor=WHO, at=AT)
    assert _open(office) == before


def test_undo_of_nothing_is_an_error(office: Ledger) -> None:
    with pytest.raises(ParameterError, match="aucune décision"):
        deciding.undo(office, ["A999"], actor=WHO, at=AT)


def test_accept_twice_decides_once(office: Ledger) -> None:
    proposal = _propose(office)[0]
    (first,) = deciding.accept(office, [proposal], actor=WHO, at=AT)
    (second,) = deciding.accept(office, [proposal], actor="L. Verane", at=AT)
    assert first.done
    assert not second.done
    assert WHO in second.words
    assert second.allocation_ids == first.allocation_ids


def test_accept_after_the_money_is_used_says_by_whom(office: Ledger) -> None:
    proposal = _propose(office)[0]
    _link(office, "M-ait", ("D102-2", None), ("D102", None))
    before = _open(office)
    with pytest.raises(DecisionRefusedError, match=rf"déjà rapproché par {WHO} le 03/11/2026"):
        deciding.accept(office, [proposal], actor="L. Verane", at=AT)
    assert _open(office) == before


def test_accept_then_undo_proposes_again_but_never_accepts_by_itself(office: Ledger) -> None:
    proposal = _propose(office)[0]
    before = _open(office)
    deciding.accept(office, [proposal], actor=WHO, at=AT)
    deciding.undo(office, [proposal], actor=WHO, at=AT)
    assert _open(office) == before
    assert _status(office, "M-ait") == "proposed"
    assert proposal in _propose(office)
    assert _open(office) == before


def test_what_the_engine_accepted_and_a_person_undid_stays_undone(office: Ledger) -> None:
    reconciling.reconcile(office, as_of=date(2026, 10, 31), actor="moteur", at=AT)
    frame = views.allocations(office)
    accepted = frame[frame["state"] == "accepted"]
    assert len(accepted)
    deciding.undo(office, accepted["allocation_id"].tolist(), actor=WHO, at=AT)
    again = reconciling.reconcile(office, as_of=date(2026, 10, 31), actor="moteur", at=AT)
    assert again.accepted == 0
    assert not (views.allocations(office)["state"] == "accepted").any()


def test_rejected_is_not_proposed_again_until_undone(office: Ledger) -> None:
    proposal = _propose(office)[0]
    deciding.reject(office, [proposal], actor=WHO, at=AT)
    assert proposal not in _propose(office)
    deciding.undo(office, ["M-ait"], actor=WHO, at=AT)
    assert proposal in _propose(office)


def test_a_list_is_decided_whole_or_not_at_all(office: Ledger) -> None:
    proposal = _propose(office)[0]
    before = _open(office)
    with pytest.raises(ParameterError):
        deciding.accept(office, [proposal, "P-nothing"], actor=WHO, at=AT)
    assert _open(office) == before


def test_link_two_movements_that_answer_each_other(office: Ledger) -> None:
    outcome = _link(office, "M-ait", ("M-ascenseur", None))
    left = _open(office)
    assert (left["M-ait"], left["M-ascenseur"]) == (43_050 - 12_000, 0)
    frame = views.allocations(office)
    assert frame["movement_id"].tolist() == ["M-ait"]
    assert frame["against_movement_id"].tolist() == ["M-ascenseur"]
    assert frame["due_id"].tolist() == [""]
    deciding.undo(office, outcome.allocation_ids, actor=WHO, at=AT)
    assert _open(office)["M-ascenseur"] == -12_000


def test_link_refuses_two_movements_of_one_direction(office: Ledger) -> None:
    with pytest.raises(DecisionRefusedError, match="même sens"):
        _link(office, "M-ait", ("M-ait-2", None))
