"""The draws are the same everywhere: these numbers were written down once."""

from collections import Counter

from workbench.demo.chance import Chance


def test_the_draws_of_a_seed_never_change() -> None:
    chance = Chance(1, "building", 12)
    assert [chance.between(0, 999) for _ in range(4)] == [863, 579, 527, 643]
    assert chance.digits(6) == "660265"
    assert chance.shuffled("abcdef") == list("dabecf")


def test_another_path_draws_otherwise() -> None:
    draws = [Chance(1, *path).digits(12) for path in (("a", 1), ("a", 2), ("a",), ("b", 1))]
    assert len({*draws, Chance(2, "a", 1).digits(12)}) == 5


def test_both_ends_of_between_are_drawn() -> None:
    chance = Chance(3)
    assert {chance.between(-1, 1) for _ in range(200)} == {-1, 0, 1}


def test_weights_are_kept_and_zero_is_never_drawn() -> None:
    chance = Chance(4)
    seen = Counter(
        chance.weighted((("often", 3), ("seldom", 1), ("never", 0))) for _ in range(4000)
    )
    assert set(seen) == {"often", "seldom"}
    assert 2.6 < seen["often"] / seen["seldom"] < 3.4


def test_digits_keep_their_leading_zeros() -> None:
    chance = Chance(5)
    drawn = [chance.digits(2) for _ in range(300)]
    assert all(len(text) == 2 and text.isdigit() for text in drawn)
    assert any(text.startswith("0") for text in drawn)
