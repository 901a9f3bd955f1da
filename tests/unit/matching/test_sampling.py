"""The draw, the exact bounds, and when a class falls: with few checks little is proven."""

import math
from typing import Any

import pandas as pd
import pytest

from workbench.domain.errors import InvariantError
from workbench.matching.sampling import (
    CLASS_TYPES,
    ClassState,
    SamplingRules,
    class_order,
    demoted,
    draw,
    log_odds,
    lower_bound,
    measure,
    overall,
    upper_bound,
)


def population(**counts: int) -> pd.DataFrame:
    rows = [(rule, f"{rule}-{n}") for rule, count in counts.items() for n in range(count)]
    frame = pd.DataFrame(rows, columns=["rule", "identity"])
    return frame.assign(decision_seq=range(100, 100 + len(frame)))


def drawn(frame: pd.DataFrame, *, size: int, seed: int = 1) -> dict[str, int]:
    """How many of each class."""
    rules = frame.set_index("decision_seq")["rule"]
    return dict(rules.loc[draw(frame, size=size, seed=seed)].value_counts())


def checked(*counts: tuple[str, int, int], seq: int = 1, first: int = 0) -> list[dict[str, Any]]:
    """Verdicts (class, right, wrong), the wrong ones first, each under its own journal number."""
    rows: list[dict[str, Any]] = []
    for rule, right, wrong in counts:
        for verdict in ["wrong"] * wrong + ["right"] * right:
            rows.append(
                {"seq": seq + len(rows), "decision_seq": first + len(rows), "rule": rule,
                 "verdict": verdict, "at": "2026-11-03T08:00:00Z"}
            )  # fmt: skip
    return rows


def band(seq: int, state: str, *, rule: str = "code") -> dict[str, Any]:
    return {"seq": seq, "rule": rule, "state": state, "actor": "L. Verane",
            "at": "2026-11-04T08:00:00Z", "words": "moteur corrigé"}  # fmt: skip


def measured(
    verdicts: list[dict[str, Any]], *bands: dict[str, Any], **options: Any
) -> pd.DataFrame:
    return measure(
        pd.DataFrame(verdicts, columns=["seq", "decision_seq", "rule", "verdict", "at"]),
        pd.DataFrame(bands, columns=["seq", "rule", "state", "actor", "at", "words"]),
        **options,
    )


def state_of(frame: pd.DataFrame, rule: str = "code") -> str:
    return str(frame.set_index("rule").loc[rule, "state"])


# The draw


def test_each_class_has_the_same_share() -> None:
    assert drawn(population(code=500, iban=50), size=40) == {"code": 20, "iban": 20}


def test_what_a_small_class_cannot_fill_goes_to_the_others() -> None:
    assert drawn(population(code=100, iban=100, reference=4), size=40) == {
        "code": 18, "iban": 18, "reference": 4,
    }  # fmt: skip


@pytest.mark.parametrize("size", [7, 8, 100])
def test_never_more_than_there_are(size: int) -> None:
    frame = population(code=5, iban=2)
    assert len(draw(frame, size=size, seed=1)) == 7
    assert len(draw(frame, size=6, seed=1)) == 6


def test_one_link_of_many_classes() -> None:
    assert len(draw(population(code=5, iban=2, reference=3), size=1, seed=1)) == 1


def test_the_same_seed_gives_the_same_links_and_another_seed_others() -> None:
    frame = population(code=200, iban=200)
    first = draw(frame, size=20, seed=1)
    assert draw(frame.sample(frac=1, random_state=3), size=20, seed=1) == first
    assert draw(frame, size=20, seed=2) != first


def test_strongest_class_first() -> None:
    frame = population(iban=3, code=3, deposit=3)
    rules = frame.set_index("decision_seq")["rule"]
    order = list(dict.fromkeys(rules.loc[draw(frame, size=9, seed=1)]))
    assert order == ["code", "iban", "deposit"] == sorted(order, key=class_order)


def test_a_draw_is_even_over_a_class() -> None:
    frame = population(code=100)
    hits = [seq for seed in range(200) for seq in draw(frame, size=10, seed=seed)]
    counts = pd.Series(hits).value_counts().reindex(frame["decision_seq"], fill_value=0)
    # 20 expected for each; chi-squared with 99 degrees stays below 150 with 99.9 %.
    assert float(((counts - 20) ** 2 / 20).sum()) < 150


def test_two_decisions_of_one_identity_are_refused() -> None:
    frame = population(code=2).assign(identity="same")
    with pytest.raises(InvariantError):
        draw(frame, size=1, seed=1)


# Bounds, against published values (Clopper and Pearson, one-sided 95 %)


@pytest.mark.parametrize(
    ("wrong", "number", "lower", "upper"),
    [
        (0, 30, 0.0, 1 - 0.05 ** (1 / 30)),
        (0, 59, 0.0, 1 - 0.05 ** (1 / 59)),
        (1, 1, 0.05, 1.0),
        (30, 30, 0.05 ** (1 / 30), 1.0),
        (1, 30, 1 - 0.95 ** (1 / 30), 0.14860),
        (1, 20, 1 - 0.95 ** (1 / 20), 0.21611),
        (5, 100, 0.01991, 0.10225),
        (0, 0, 0.0, 1.0),
    ],
)
def test_bounds(wrong: int, number: int, lower: float, upper: float) -> None:
    assert lower_bound(wrong, number, certainty=0.95) == pytest.approx(lower, abs=1e-5)
    assert upper_bound(wrong, number, certainty=0.95) == pytest.approx(upper, abs=1e-5)


def test_more_certainty_widens_and_more_checks_narrow() -> None:
    assert upper_bound(1, 50, certainty=0.99) > upper_bound(1, 50, certainty=0.95)
    assert upper_bound(0, 5_000, certainty=0.95) < upper_bound(0, 50, certainty=0.95)
    assert upper_bound(3, 20_000, certainty=0.95) == pytest.approx(7.75 / 20_000, rel=0.01)


# When a class falls


@pytest.mark.parametrize(
    ("right", "wrong", "state"),
    [(50, 1, "demoted"), (51, 1, "accepted"), (353, 2, "demoted"), (354, 2, "accepted"),
     (2_000, 0, "accepted"), (0, 1, "demoted")],
)  # fmt: skip
def test_it_falls_when_the_checks_prove_more_errors_than_tolerated(
    right: int, wrong: int, state: str
) -> None:
    # All under one journal number: what counts is what they say together.
    rows = [row | {"seq": 1} for row in checked(("code", right, wrong))]
    assert state_of(measured(rows)) == state


def test_other_tolerances_other_verdicts() -> None:
    rows = [row | {"seq": 1} for row in checked(("code", 29, 1))]
    assert state_of(measured(rows, rules=SamplingRules(tolerated=0.002))) == "accepted"
    assert state_of(measured(rows, rules=SamplingRules(certainty=0.99))) == "accepted"


def test_it_stays_down_whatever_is_checked_later() -> None:
    found = measured(checked(("code", 2_000, 1)))
    assert state_of(found) == "demoted"
    row = found.iloc[0]
    assert (row["checked"], row["wrong"], row["demoted_by"]) == (2_001, 1, "")
    assert (row["words"], row["demoted_at"]) == ("1 faux sur 1 contrôlé", "2026-11-03T08:00:00Z")


def test_one_class_says_nothing_of_another() -> None:
    found = measured(checked(("code", 0, 3), ("iban", 20, 0)), classes=frozenset({"reference"}))
    assert list(found["rule"]) == ["reference", "code", "iban"]
    assert demoted(found) == {"code"}


def test_a_person_restores_and_only_later_checks_count() -> None:
    rows = checked(("code", 0, 3))
    found = measured(rows, band(10, "restored"))
    assert (state_of(found), found["checked"].item(), found["words"].item()) == (
        "accepted", 0, "moteur corrigé",
    )  # fmt: skip
    later = checked(("code", 0, 1), seq=11, first=50)
    assert state_of(measured(rows + later, band(10, "restored"))) == "demoted"


def test_a_person_demotes_without_any_check() -> None:
    found = measured([], band(3, "demoted"))
    assert (state_of(found), found["demoted_by"].item()) == ("demoted", "L. Verane")
    assert state_of(measured([], band(3, "demoted"), band(4, "restored"))) == "accepted"


def test_a_corrected_verdict_counts_with_its_last_word() -> None:
    rows = checked(("code", 0, 1))
    corrected = {**rows[0], "seq": 9, "verdict": "right"}
    found = measured([*rows, corrected])
    assert (state_of(found), found["wrong"].item(), found["checked"].item()) == ("accepted", 0, 1)


def test_the_order_of_rows_means_nothing() -> None:
    rows = checked(("code", 4, 2), ("iban", 30, 1))
    bands = [band(2, "restored"), band(3, "demoted"), band(5, "restored", rule="iban")]
    found = measured(rows, *bands)
    pd.testing.assert_frame_equal(measured(rows[::-1], *bands[::-1]), found)


def test_nothing_checked_proves_nothing() -> None:
    found = measured([], classes=frozenset({"code"}))
    row = found.iloc[0]
    assert math.isnan(row["rate"])
    assert (row["lower"], row["upper"], row["state"]) == (0.0, 1.0, ClassState.ACCEPTED)
    assert {n: str(t) for n, t in found.dtypes.items()} == CLASS_TYPES


# All classes together


def test_each_class_counts_by_its_links() -> None:
    found = measured([r | {"seq": 1} for r in checked(("code", 9, 1), ("iban", 10, 0))])
    said = overall(found, {"code": 100, "iban": 900})
    assert said.rate == pytest.approx(0.01)
    assert said.covered == 1.0
    bounds = [upper_bound(k, 10, certainty=0.975) for k in (1, 0)]
    assert said.upper == pytest.approx(0.1 * bounds[0] + 0.9 * bounds[1])


def test_a_class_nobody_checked_may_be_wrong_altogether() -> None:
    found = measured(checked(("code", 10, 0)), classes=frozenset({"iban"}))
    said = overall(found, {"code": 50, "iban": 50, "name_exact": 0})
    assert said.covered == pytest.approx(0.5)
    assert said.upper > 0.5


def test_nothing_checked_at_all() -> None:
    said = overall(measured([]), {"code": 50})
    assert math.isnan(said.rate)
    assert (said.upper, said.covered) == (1.0, 0.0)


def test_log_odds_is_the_sum_of_weights_that_gives_a_confidence() -> None:
    assert 1 / (1 + math.exp(-log_odds(0.95))) == pytest.approx(0.95)
