from typing import Any

import pandas as pd
import pytest

from benchmarks._scoring import Truth, lower_bound, score

PAYMENT = ("exact", "payment", False, False)
UNKNOWABLE = ("exact", "payment", True, True)
UNSURE_DUE = ("exact", "payment", False, True)
BATCH = ("batch of cheques", "batch", False, False)
NOTHING = ("bank fee", "nothing", False, False)


def truth(
    movements: dict[int, tuple[str, str, bool, bool]], *links: tuple[int, str, int, int]
) -> Truth:
    columns = ["movement_item_id", "account_id", "due_item_id", "amount_cents"]
    names = [
        "movement_item_id", "situation", "nature", "account_unknowable", "due_unknowable",
    ]  # fmt: skip
    return Truth(
        links=pd.DataFrame(links, columns=columns),
        movements=pd.DataFrame([(n, *f) for n, f in movements.items()], columns=names),
    )


def proposals(*rows: tuple[int, int, str, str, int, int]) -> pd.DataFrame:
    columns = ["movement_item_id", "rank", "verdict", "account_id", "due_item_id", "amount_cents"]
    return pd.DataFrame(rows, columns=columns).assign(rule="code")


def accepted(movement: int, account: str, due: int, cents: int) -> tuple[Any, ...]:
    return (movement, 1, "accept", account, due, cents)


ONE = truth({1: PAYMENT}, (1, "A", 10, 500))


@pytest.mark.parametrize(
    ("link", "exact", "by_account"),
    [
        (accepted(1, "A", 10, 500), 1, 1),
        (accepted(1, "A", 10, 499), 0, 1),
        (accepted(1, "A", 11, 500), 0, 1),
        (accepted(1, "B", 10, 500), 0, 0),
    ],
    ids=["right", "cents", "due", "account"],
)
def test_a_link_is_exact_in_account_due_and_cents(
    link: tuple[Any, ...], exact: int, by_account: int
) -> None:
    found = score(ONE, proposals(link))
    assert (found.total.links, found.total.exact) == (1, exact)
    assert found.total.by_account == by_account
    assert found.recall == exact


def test_a_proposal_is_no_accepted_link() -> None:
    found = score(ONE, proposals((1, 1, "propose", "A", 10, 500)))
    assert found.total.links == 0
    assert (found.recall, found.first_three) == (0, 1)


def test_a_lower_rank_of_an_accepted_movement_is_no_accepted_link() -> None:
    found = score(ONE, proposals(accepted(1, "A", 10, 500), (1, 2, "accept", "B", 11, 500)))
    assert (found.total.links, found.total.exact) == (1, 1)


def test_precision_is_given_with_and_without_what_nobody_could_know() -> None:
    known = truth(
        {1: PAYMENT, 2: UNKNOWABLE, 3: UNSURE_DUE},
        (1, "A", 10, 500), (2, "B", 20, 500), (3, "C", 30, 500),
    )  # fmt: skip
    found = score(
        known,
        proposals(
            accepted(1, "A", 10, 500), accepted(2, "C", 30, 500), accepted(3, "C", 31, 500)
        ),
    )  # fmt: skip
    assert found.total.precision == pytest.approx(1 / 3)
    assert (found.total.knowable, found.total.knowable_precision) == (1, 1.0)
    assert (found.wanted, found.knowable_wanted, found.knowable_found) == (3, 1, 1)


def test_noise_counts_movements_not_links() -> None:
    noise = truth({1: PAYMENT, 2: NOTHING, 3: NOTHING}, (1, "A", 10, 500))
    found = score(noise, proposals(accepted(2, "A", 10, 300), accepted(2, "A", 11, 200)))
    assert (found.noise_movements, found.noise_accepted) == (2, 1)
    assert found.total.on_noise == 2


def test_noise_that_nobody_could_tell_is_still_noise() -> None:
    twice = truth({1: PAYMENT, 2: ("paid twice", "nothing", False, True)}, (1, "A", 10, 500))
    found = score(twice, proposals(accepted(2, "A", 11, 500)))
    assert (found.noise_movements, found.noise_accepted) == (1, 1)
    assert found.knowable_noise_accepted == 0


def test_a_batch_counts_in_precision_but_not_in_recall() -> None:
    batch = truth({1: PAYMENT, 2: BATCH}, (1, "A", 10, 500), (2, "B", 20, 500))
    right = score(batch, proposals(accepted(2, "B", 20, 500)))
    assert (right.total.exact, right.wanted, right.found) == (1, 1, 0)
    wrong = score(batch, proposals(accepted(2, "C", 30, 500)))
    assert wrong.total.precision == 0


def test_the_third_account_counts_among_the_first_three_and_the_fourth_does_not() -> None:
    others = [
        (1, 1, "propose", "B", 20, 500), (1, 1, "propose", "B", 21, 1),
        (1, 2, "propose", "C", 30, 500),
    ]  # fmt: skip
    third = score(ONE, proposals(*others, (1, 3, "propose", "A", 11, 500)))
    fourth = score(
        ONE,
        proposals(*others, (1, 3, "propose", "D", 40, 500), (1, 4, "propose", "A", 11, 500)),
    )  # fmt: skip
    assert (third.waiting, third.first_three) == (1, 1)
    assert (fourth.waiting, fourth.first_three) == (1, 0)


def test_classes_add_up_to_the_total() -> None:
    two = truth({1: PAYMENT, 2: PAYMENT}, (1, "A", 10, 500), (2, "B", 20, 500))
    links = proposals(accepted(1, "A", 10, 500), accepted(2, "A", 11, 500))
    links["rule"] = ["code", "iban"]
    found = score(two, links)
    assert {name: part.precision for name, part in found.classes.items()} == {"code": 1, "iban": 0}
    assert found.total.links == sum(part.links for part in found.classes.values())
    wrong = found.situations.loc["exact", "wrong"]
    assert wrong == 1


@pytest.mark.parametrize(
    ("right", "tried", "bound"),
    # Clopper-Pearson, one-sided 95 %; with errors: scipy's beta.ppf.
    [
        (299, 299, 0.05 ** (1 / 299)),
        (29, 30, 0.851_403_9),
        (990, 1000, 0.983_096_8),
        (1, 1, 0.05),
        (0, 5, 0.0),
        (0, 0, 0.0),
    ],
)
def test_the_bound_is_the_exact_binomial_one(right: int, tried: int, bound: float) -> None:
    assert lower_bound(right, tried) == pytest.approx(bound, abs=1e-6)


def test_the_bound_holds_for_many_movements() -> None:
    assert 0.998 < lower_bound(799_200, 800_000) < 0.999
