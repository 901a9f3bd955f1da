"""Searching lists as people type: words in any order, no case, no accents."""

import re
import unicodedata
from typing import Final

import pandas as pd

# Between two texts that are folded in one go; no bank and no keyboard writes it.
_BETWEEN: Final = "\x1f"


def search_rows(rows: pd.DataFrame, words: str, *columns: str) -> pd.DataFrame:
    """Returns the rows in which every word is found.

    Args:
        rows: any.
        words: as typed.
        columns: texts of the rows, to look through.
    """
    return rows[found(searchable(rows, *columns), words)] if words.strip() else rows


def found(texts: "pd.Series[str]", words: str) -> "pd.Series[bool]":
    """Tells of each text whether every word is in it.

    Args:
        texts: of `searchable`.
        words: as typed.
    """
    mask = pd.Series(data=True, index=texts.index)
    for word in plain(words).split():
        mask &= texts.str.contains(word, regex=False)
    return mask


def searchable(rows: pd.DataFrame, *columns: str) -> "pd.Series[str]":
    """Returns what a search looks through in each row: its texts, one after the other, plain."""
    first, *others = columns
    told: pd.Series[str] = rows[first].str.cat(rows[others], sep=" ") if others else rows[first]
    return plain_texts(told)


def plain_texts(texts: "pd.Series[str]") -> "pd.Series[str]":
    """Returns texts as `plain` does, all in one go: twenty thousand in some hundredths."""
    values = texts.str.replace(_BETWEEN, " ", regex=False).tolist()
    folded = plain(_BETWEEN.join(values)).split(_BETWEEN) if values else []
    return pd.Series(folded, index=texts.index, dtype="str")


def plain(text: str) -> str:
    """Returns a text as it is searched and sorted: no case, no accents."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    marks = "".join(filter(unicodedata.combining, set(decomposed)))
    return (re.sub(f"[{marks}]", "", decomposed) if marks else decomposed).casefold()
