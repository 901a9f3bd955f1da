"""Both sides of the portfolio as every peer gets them: movements, accounts, tokens, amounts.

Needs pandas only, so that peers can run in an environment of their own.
"""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import pandas as pd

_WORD: Final = re.compile(r"[A-Z0-9]+(?:-[0-9]+)?")
# What banks and payers always write says nothing about who pays.
_EMPTY_WORDS: Final = frozenset(
    "VIR VIREMENT SEPA RECU EMIS DE POUR MOTIF REF REFERENCE NOTPROVIDED INST RE EN VOTRE FAVEUR"
    " INSTANTANE M MR MME MONSIEUR ET OU N LOYER CHARGES PRLV FACT PERMANENT COMPTE CPTE".split()
)


@dataclass(frozen=True, slots=True)
class Sides:
    """What a peer matches.

    Attributes:
        movements: item_id, building_id, booked_on, amount_cents, counterparty_iban, text, tokens.
        accounts: account_id, building_id, code, ibans, text, tokens, amounts (signed cents that
            one, several of a day or all of its dues make).
        dues: item_id, account_id, open_cents, due_on, issued_on, by date; one list per account.
    """

    movements: pd.DataFrame
    accounts: pd.DataFrame
    dues: dict[str, list[tuple[str, str, int, int]]]


@lru_cache(maxsize=1_000_000)
def tokens_of(text: str) -> tuple[str, ...]:
    """Returns the words that may say something, in capitals, without accents, in order."""
    spread = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in spread if not unicodedata.combining(c)).upper()
    return tuple(dict.fromkeys(w for w in _WORD.findall(bare) if w not in _EMPTY_WORDS))


def read_sides(folder: Path) -> Sides:
    """Reads the second portfolio's tables."""
    movements, accounts, dues = (
        pd.read_csv(folder / f"{name}.csv", keep_default_na=False, dtype=defaultdict(lambda: str))
        for name in ("movements", "accounts", "dues")
    )
    for frame in (movements, dues):
        for name in ("amount_cents", "open_cents", "item_id"):
            frame[name] = frame[name].astype("int64")
    movements["tokens"] = [
        list(tokens_of(f"{name} {label}"))
        for name, label in zip(movements["counterparty"], movements["label"], strict=True)
    ]
    accounts["tokens"] = [
        list(tokens_of(f"{holder} {aliases}"))
        for holder, aliases in zip(accounts["holder"], accounts["aliases"], strict=True)
    ]
    for frame in (movements, accounts):
        frame["text"] = frame["tokens"].str.join(" ")
    accounts["ibans"] = [[i for i in text.split("|") if i] for text in accounts["payer_ibans"]]
    by_account = _dues(dues)
    accounts["amounts"] = [
        sorted(_amounts(by_account.get(account, []))) for account in accounts["account_id"]
    ]
    return Sides(movements, accounts, by_account)


def _dues(dues: pd.DataFrame) -> dict[str, list[tuple[str, str, int, int]]]:
    found: dict[str, list[tuple[str, str, int, int]]] = defaultdict(list)
    ordered = dues.sort_values(["due_on", "item_id"])
    columns = (ordered[c] for c in ("account_id", "due_on", "issued_on", "item_id", "open_cents"))
    for account, due_on, issued_on, item, cents in zip(*columns, strict=True):
        found[account].append((due_on, issued_on, item, cents))
    return found


def _amounts(dues: list[tuple[str, str, int, int]]) -> set[int]:
    by_day: dict[str, int] = defaultdict(int)
    for due_on, _, _, cents in dues:
        by_day[due_on] += cents
    running, prefixes = 0, set()
    for _, _, _, cents in dues:
        running += cents
        prefixes.add(running)
    return {cents for _, _, _, cents in dues} | set(by_day.values()) | prefixes
