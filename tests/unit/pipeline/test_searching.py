"""Searching as people type: words in any order, no case, no accents; alone or all in one go."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.pipeline.searching import found, plain, plain_texts, search_rows, searchable

PEOPLE = pd.DataFrame(
    {"code": ["101", "102", "103"], "holder": ["Zoé Étang", "Noël, SCI", "O’Brien\x1fÉlan"]},
    index=[7, 3, 5],
)


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        ("", ["101", "102", "103"]),
        ("  ", ["101", "102", "103"]),
        ("ZOE", ["101"]),
        ("étang zoe", ["101"]),
        ("etangzoe", []),
        ("10", ["101", "102", "103"]),
        ("10 noel", ["102"]),
        ("brien elan", ["103"]),
        ("[", []),
    ],
)
def test_every_word_is_looked_for(words: str, codes: list[str]) -> None:
    assert search_rows(PEOPLE, words, "code", "holder")["code"].tolist() == codes
    assert PEOPLE[found(searchable(PEOPLE, "code", "holder"), words)]["code"].tolist() == codes


def test_nobody_is_found_among_nobody() -> None:
    assert search_rows(PEOPLE.iloc[:0], "zoé", "code", "holder").empty


def test_a_letter_with_and_without_its_accent_is_one() -> None:
    assert plain("ÉTÉ Straße") == plain("été STRASSE") == "ete strasse"
    assert plain("e\u0301") == plain("é") == "e"
    assert plain("œ") != plain("oe")  # one letter to Unicode


@given(st.lists(st.text(), max_size=8))
def test_all_in_one_go_is_as_one_by_one(texts: list[str]) -> None:
    frame = pd.Series(texts, dtype="str", index=range(5, 5 + len(texts)))
    together = plain_texts(frame)
    assert together.tolist() == [plain(text.replace("\x1f", " ")) for text in texts]
    assert together.index.equals(frame.index)
