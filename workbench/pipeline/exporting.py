"""Exports: the contract's tables as text, the same columns whatever the engine.

Amounts with a point and two decimals, dates ISO, "" where there is nothing to say.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd

from workbench.documents.fec import to_fec
from workbench.domain.chart import DEFAULT_CHART, Chart
from workbench.domain.errors import ParameterError
from workbench.domain.money import iso_amount
from workbench.ledger import views
from workbench.ledger.store import Ledger
from workbench.matching.sampling import DEFAULT_RULES, SamplingRules
from workbench.pipeline import bookkeeping, checking, recovering, reminder_history
from workbench.reports import arrears
from workbench.reports.entries import JOURNALS

ENTRIES: Final = "entries"
# A cell that begins so is a formula for a spreadsheet; payers write the labels.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What part of the entries is wanted.

    Attributes:
        building_id: one building; "" for the portfolio.
        since: first day; None for the beginning.
    """

    building_id: str = ""
    since: date | None = None


EVERYTHING: Final = Part()


def export(
    ledger: Ledger,
    what: str,
    *,
    as_of: date,
    rules: SamplingRules = DEFAULT_RULES,
    chart: Chart = DEFAULT_CHART,
    part: Part = EVERYTHING,
) -> pd.DataFrame:
    """Returns one export.

    Args:
        ledger: opened.
        what: one of `EXPORTS`.
        as_of: business date: dues issued and money moved until then.
        rules: when a class of the engine's links has failed its samples, a finding.
        chart: numbers of the accounts of `entries`.
        part: of `entries`.

    Returns:
        Text columns only (CONTRACT, exports), ready for CSV or JSON.

    Raises:
        ParameterError: no such export.
    """
    if what not in EXPORTS:
        raise ParameterError(f"export inconnu : {what} (au choix : {', '.join(EXPORTS)})")
    with ledger.snapshot():
        if what == ENTRIES:
            return _as_text(
                bookkeeping.entries_of(
                    ledger, as_of=as_of, chart=chart, building_id=part.building_id,
                    since=part.since,
                )
            )  # fmt: skip
        if what == "findings":
            return _as_text(checking.all_findings(ledger, as_of=as_of, rules=rules))
        return _as_text(EXPORTS[what](ledger, as_of))


def fec(ledger: Ledger, *, as_of: date, chart: Chart = DEFAULT_CHART, part: Part) -> str:
    """Returns the entries of one building as the text of a FEC.

    Args:
        ledger: opened.
        as_of: last day.
        chart: numbers of the accounts.
        part: the building, and the first day.

    Raises:
        ParameterError: no building is named and the ledger has several: a FEC is of one entity.
    """
    with ledger.snapshot():
        if not part.building_id and len(views.buildings(ledger)) > 1:
            raise ParameterError(
                "un FEC est celui d'un seul immeuble : le nommer par « --building »"
            )
        entries = bookkeeping.entries_of(
            ledger, as_of=as_of, chart=chart, building_id=part.building_id, since=part.since
        )
    return to_fec(entries, journals=JOURNALS, closed_on=as_of)


def to_csv(frame: pd.DataFrame) -> str:
    """Returns the export as CSV, with nothing a spreadsheet would run.

    A text that begins like a formula gets an apostrophe before it; numbers keep their sign.
    """
    safe = frame.copy()
    for column in safe.columns:
        cells = safe[column]
        risky = cells.str.startswith(_FORMULA_STARTS) & ~cells.str.fullmatch(r"-?\d+(?:\.\d+)?")
        safe[column] = cells.mask(risky, "'" + cells)
    return str(safe.to_csv(index=False, lineterminator="\n"))


def _movements(ledger: Ledger, as_of: date) -> pd.DataFrame:
    frame = views.movements(ledger)
    frame = frame[frame["booked_on"] <= pd.Timestamp(as_of)]
    return frame.assign(unallocated_cents=frame["open_cents"]).drop(
        columns=["item_id", "statement_id", "open_cents", "details"]
    )


def _allocations(ledger: Ledger, as_of: date) -> pd.DataFrame:
    frame = views.allocations(ledger)
    frame = frame[frame["effective_on"] <= pd.Timestamp(as_of)]
    # `at` is a moment, not a day: the contract's column says when it was decided.
    at = frame["at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ").fillna("").astype("str")
    return frame.assign(at=at, confidence=frame["confidence"].map("{:.4f}".format)).drop(
        columns=["credit_item", "debit_item", "credit_part", "debit_part"]
    )


def _dues(ledger: Ledger, as_of: date) -> pd.DataFrame:
    dues = views.dues(ledger)
    frame = arrears.dues_as_of(dues, views.allocations(ledger), as_of=as_of, issued_only=False)
    return frame.drop(columns=["item_id"])


def _debtors(ledger: Ledger, as_of: date) -> pd.DataFrame:
    dues = arrears.dues_as_of(views.dues(ledger), views.allocations(ledger), as_of=as_of)
    frame = arrears.debtors(dues, views.accounts(ledger))
    return recovering.with_recovery(ledger, frame, as_of=as_of)


def _reminders(ledger: Ledger, as_of: date) -> pd.DataFrame:
    return reminder_history.history(ledger, as_of=as_of)


def _journal(ledger: Ledger, _as_of: date) -> pd.DataFrame:
    return views.journal(ledger)


def _entries(ledger: Ledger, as_of: date) -> pd.DataFrame:
    return bookkeeping.entries_of(ledger, as_of=as_of, chart=DEFAULT_CHART)


def _findings(ledger: Ledger, as_of: date) -> pd.DataFrame:
    return checking.all_findings(ledger, as_of=as_of)


EXPORTS: Final[dict[str, Callable[[Ledger, date], pd.DataFrame]]] = {
    "movements": _movements,
    "allocations": _allocations,
    "dues": _dues,
    "debtors": _debtors,
    "reminders": _reminders,
    "journal": _journal,
    "findings": _findings,
    ENTRIES: _entries,
}


def _as_text(frame: pd.DataFrame) -> pd.DataFrame:
    columns: dict[str, pd.Series] = {}
    for column in frame.columns:
        cells = frame[column]
        if str(column).endswith("_cents"):
            name = str(column).removesuffix("_cents")
            columns[name] = pd.Series(
                ["" if pd.isna(c) else iso_amount(int(c)) for c in cells], dtype="str"
            )
        elif pd.api.types.is_datetime64_any_dtype(cells):
            columns[str(column)] = cells.dt.strftime("%Y-%m-%d").fillna("").astype("str")
        else:
            columns[str(column)] = cells.astype("str").where(cells.notna(), "")
        columns[list(columns)[-1]] = columns[list(columns)[-1]].reset_index(drop=True)
    return pd.DataFrame(columns)
