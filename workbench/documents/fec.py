"""The entries as a FEC: the text that French accounting software and tax offices read.

Eighteen columns, tab separated, UTF-8, French decimals, days as YYYYMMDD. The program hands over
entries; it is the office's own books that are audited. Source: article A47 A-1 of the LPF.
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

import pandas as pd

COLUMNS: Final = (
    "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib",
    "CompAuxNum", "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit",
    "EcritureLet", "DateLet", "ValidDate", "Montantdevise", "Idevise",
)  # fmt: skip
_CENTS: Final = 100
_ENDS: Final = r"[\x00-\x1f\x7f\x85\u2028\u2029]+"


def to_fec(entries: pd.DataFrame, *, journals: Mapping[str, str], closed_on: date) -> str:
    """Returns entries as the text of a FEC.

    Args:
        entries: of `reports.entries.entries`, one building.
        journals: code -> what the journal is called.
        closed_on: the day they are handed over as of, which is that of their validation.

    Returns:
        The header and one line a row, in the order of the rows.
    """
    told = {
        "JournalCode": entries["journal"],
        "JournalLib": entries["journal"].map(dict(journals)),
        "EcritureNum": entries["entry"].astype("str"),
        "EcritureDate": _days(entries["date"]),
        "CompteNum": entries["account"],
        "CompteLib": entries["account_title"],
        "CompAuxNum": entries["auxiliary"],
        "CompAuxLib": entries["auxiliary_name"],
        "PieceRef": entries["document"],
        "PieceDate": _days(entries["document_on"]),
        "EcritureLib": entries["label"],
        "Debit": entries["debit_cents"].map(_amount),
        "Credit": entries["credit_cents"].map(_amount),
        "EcritureLet": entries["letter"],
        "DateLet": _days(entries["lettered_on"]),
    }
    frame = pd.DataFrame(told).assign(ValidDate=f"{closed_on:%Y%m%d}", Montantdevise="", Idevise="")
    lines = zip(*(_clean(frame[column]).tolist() for column in COLUMNS), strict=True)
    return "\n".join("\t".join(line) for line in [COLUMNS, *lines]) + "\n"


def _amount(cents: int) -> str:
    return f"{cents // _CENTS},{cents % _CENTS:02d}"


def _days(days: pd.Series) -> "pd.Series[str]":
    told: pd.Series[str] = days.dt.strftime("%Y%m%d").fillna("").astype("str")
    return told


def _clean(cells: pd.Series) -> "pd.Series[str]":
    """A name may hold what would end a field or a line; nothing else separates them."""
    clean: pd.Series[str] = cells.astype("str").str.replace(_ENDS, " ", regex=True)
    return clean
