"""Searching lists as people type: any order of words, no case, no accents."""

import unicodedata

import pandas as pd


def search_rows(rows: pd.DataFrame, words: str) -> pd.DataFrame:
    """Returns the rows in which every word is found: no case, no accents.

    Args:
        rows: of a queue, or any with `text` made by `searchable`.
        words: as typed.
    """
    mask = pd.Series(data=True, index=rows.index)
    for word in plain(words).split():
        mask &= rows["text"].str.contains(word, regex=False)
    return rows[mask]


def searchable(accounts: pd.DataFrame) -> pd.DataFrame:
    """Returns accounts with `text`, for `search_rows`: codes, holders, aliases, lots."""
    parts = zip(*(accounts[c] for c in ("code", "account_id", "holder", "aliases", "lots")),
                strict=True)  # fmt: skip
    return accounts.assign(text=pd.Series(
        [plain(" ".join(row)) for row in parts], index=accounts.index, dtype="str"
    ))  # fmt: skip


def plain(text: str) -> str:
    """Returns a text as it is searched: no case, no accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()
