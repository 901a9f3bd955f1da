"""Whatever people decide, in whatever order: what is learnt follows from it, and a draw is one."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import small_office
from tests.properties.conftest import FEW
from workbench.domain.errors import WorkbenchError
from workbench.ledger.store import Ledger, open_ledger
from workbench.matching.learning import LessonState, lessons
from workbench.matching.sampling import draw, lower_bound, measure, upper_bound
from workbench.pipeline import deciding, learning

IBANS = ("FR1", "FR2")
NAMES = ("", "DURAND MARIE", "PETIT PAUL")
ACCOUNTS = pd.DataFrame(
    [
        {"account_id": account, "building_id": "B1", "holder": holder, "aliases": "",
         "payer_ibans": ""}
        for account, holder in (("1", "Mme Noé"), ("2", "M. Aït"))
    ]
)  # fmt: skip
LINKS = ["decision_seq", "at", "actor", "action", "building_id", "account_id", "movement_item_id",
         "iban", "counterparty", "ultimate_party", "reasons"]  # fmt: skip
payments = st.tuples(
    st.sampled_from(("1", "2")), st.sampled_from(IBANS), st.sampled_from(NAMES),
    st.integers(min_value=1, max_value=4),
)  # fmt: skip


def link(seq: int, payment: tuple[str, str, str, int], **more: Any) -> dict[str, Any]:
    account, iban, name, movement = payment
    reasons = '{"criteria": [{"criterion": "iban", "weight": 1, "words": ""}]}'
    row = {
        "decision_seq": seq, "at": f"2026-11-{seq % 28 + 1:02d}T08:00:00Z", "actor": "A",
        "action": "link", "building_id": "B1", "account_id": account, "movement_item_id": movement,
        "iban": iban, "counterparty": name, "ultimate_party": "", "reasons": reasons,
    }  # fmt: skip
    return row | more


def taught(validated: list[dict[str, Any]], undone: list[dict[str, Any]]) -> pd.DataFrame:
    columns = [*LINKS, "undone_seq", "undone_at", "undone_by", "undone_words"]
    nothing = ["learned_id", "seq", "at", "actor", "words", "building_id", "account_id", "kind",
               "value"]  # fmt: skip
    return lessons(
        pd.DataFrame(validated, columns=LINKS), pd.DataFrame(undone, columns=columns),
        pd.DataFrame(columns=nothing), accounts=ACCOUNTS,
    )  # fmt: skip


@FEW
@given(st.lists(payments, max_size=12))
def test_a_lesson_counts_the_movements_that_prove_it(made: list[tuple[str, str, str, int]]) -> None:
    rows = [link(seq, payment) for seq, payment in enumerate(made, 1)]
    for row in taught(rows, []).to_dict("records"):
        value = row["iban"] or row["name"]
        proof = [
            r for r in rows
            if r["account_id"] == row["account_id"] and value in (r["iban"], r["counterparty"])
        ]  # fmt: skip
        assert row["count"] == len({r["movement_item_id"] for r in proof}) > 0


@FEW
@given(st.lists(payments, max_size=12), st.lists(payments, max_size=4), st.randoms())
def test_the_order_of_rows_means_nothing(
    made: list[tuple[str, str, str, int]],
    corrected: list[tuple[str, str, str, int]],
    chance: Random,
) -> None:
    rows = [link(2 * seq, payment) for seq, payment in enumerate(made, 1)]
    undone = [
        link(0, payment, undone_seq=4 * n + 1, undone_at="", undone_by="B", undone_words="{}")
        for n, payment in enumerate(corrected, 1)
    ]
    found = taught(rows, undone)
    shuffled, others = rows[:], undone[:]
    chance.shuffle(shuffled)
    chance.shuffle(others)
    pd.testing.assert_frame_equal(taught(shuffled, others), found)


@FEW
@given(st.lists(payments, max_size=12), payments)
def test_after_a_correction_nothing_before_it_counts(
    made: list[tuple[str, str, str, int]], wrong: tuple[str, str, str, int]
) -> None:
    rows = [link(seq, payment) for seq, payment in enumerate(made, 1)]
    correction = link(0, wrong, undone_seq=99, undone_at="", undone_by="B", undone_words="{}")
    found = taught(rows, [correction])
    hit = found[(found["iban"] == wrong[1]) & (found["account_id"] == wrong[0])]
    assert set(hit["state"]) <= {LessonState.DEMOTED}
    assert set(hit["count"]) <= {0}
    # And nothing else is touched but by no longer sharing the payer.
    before = taught(rows, [])
    assert set(found["learned_id"]) == set(before["learned_id"])


@given(
    st.dictionaries(st.sampled_from("abcd"), st.integers(min_value=0, max_value=30)),
    st.integers(min_value=1, max_value=60),
    st.integers(min_value=0),
    st.randoms(),
)
def test_a_draw_is_the_same_for_the_same_population(
    counts: dict[str, int], size: int, seed: int, chance: Random
) -> None:
    rows = [(rule, f"{rule}{n}") for rule, count in counts.items() for n in range(count)]
    frame = pd.DataFrame(rows, columns=["rule", "identity"])
    frame["decision_seq"] = range(len(frame))
    chosen = draw(frame, size=size, seed=seed)
    order = list(range(len(frame)))
    chance.shuffle(order)
    assert draw(frame.iloc[order], size=size, seed=seed) == chosen
    assert len(set(chosen)) == len(chosen) == min(size, len(frame))
    # As even as the classes allow: nobody has two more than another who still has some left.
    taken = frame.set_index("decision_seq").loc[chosen, "rule"].value_counts().to_dict()
    unfilled = [taken.get(r, 0) for r, n in counts.items() if taken.get(r, 0) < n]
    assert all(share <= low + 1 for low in unfilled for share in taken.values())


@FEW
@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=40), st.randoms())
def test_verdicts_in_any_order_judge_the_same(
    given_: list[tuple[str, bool]], chance: Random
) -> None:
    rows = [
        {"seq": n, "decision_seq": n, "rule": rule, "verdict": "wrong" if wrong else "right",
         "at": "2026-11-03T08:00:00Z"}
        for n, (rule, wrong) in enumerate(given_, 1)
    ]  # fmt: skip
    columns = ["seq", "decision_seq", "rule", "verdict", "at"]
    no_bands = pd.DataFrame(columns=["seq", "rule", "state", "actor", "at", "words"])
    found = measure(pd.DataFrame(rows, columns=columns), no_bands)
    chance.shuffle(rows)
    pd.testing.assert_frame_equal(measure(pd.DataFrame(rows, columns=columns), no_bands), found)
    assert found["checked"].sum() == len(given_)
    assert (found["lower"] <= found["upper"]).all()


@given(st.integers(min_value=1, max_value=400), st.data())
def test_bounds_hold_what_was_seen(checked: int, data: st.DataObject) -> None:
    wrong = data.draw(st.integers(min_value=0, max_value=checked))
    low = lower_bound(wrong, checked, certainty=0.95)
    high = upper_bound(wrong, checked, certainty=0.95)
    assert 0 <= low <= wrong / checked <= high <= 1
    if wrong < checked:
        assert lower_bound(wrong + 1, checked, certainty=0.95) > low


# Through the ledger

AT = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
MOVEMENTS = ("M-noe", "M-ait", "M-ait-2")
acts = st.tuples(
    st.sampled_from(("link", "undo", "forget")), st.sampled_from(MOVEMENTS),
    st.sampled_from(("D101", "D102", "D102-2")), st.integers(min_value=1, max_value=20_000),
)  # fmt: skip


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "office.db"
    with small_office.office(f"sqlite:///{path}"):
        pass
    return path


def play(ledger: Ledger, act: tuple[str, str, str, int]) -> str:
    """Does one thing, if it can be done; returns the link it wrote, "" when none."""
    what, movement, due, cents = act
    try:
        if what == "link":
            made = deciding.link(ledger, movement, [(due, cents)], actor="A", at=AT)
            return made.allocation_ids[0]
        if what == "undo":
            deciding.undo(ledger, [movement], actor="A", at=AT)
        else:
            known = sorted(learning.learned(ledger)["learned_id"])
            learning.forget(ledger, known[:1], actor="A", at=AT, reason="x")
    except WorkbenchError:
        pass
    return ""


@pytest.mark.ledger
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(acts, max_size=5), acts)
def test_undoing_a_link_takes_back_what_it_taught(
    template: Path, before: list[tuple[str, str, str, int]], last: tuple[str, str, str, int]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        url = small_office.copy_ledger(template, Path(folder) / "ledger.db")
        with open_ledger(url) as ledger:
            for act in before:
                play(ledger, act)
            known = learning.learned(ledger)
            if link_id := play(ledger, ("link", *last[1:])):
                deciding.undo(ledger, [link_id], actor="A", at=AT)
            pd.testing.assert_frame_equal(learning.learned(ledger), known)
