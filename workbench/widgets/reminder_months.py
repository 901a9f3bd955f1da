"""The coming six months on the reminders' screen: the grid of counts, with its legend."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from workbench.documents.calendar_picture import BuildingRow, Mark, month_grid, sample_of
from workbench.documents.html import Html, el, french_count
from workbench.domain.dates import Period, day_in_month, french_date
from workbench.domain.money import NO_BREAK_SPACE
from workbench.widgets.reminder_board import Board
from workbench.widgets.reminder_wording import marks_of

MONTHS: Final = 6
_MOST_BUILDINGS: Final = 8


def months_heading(board: Board) -> Html:
    """Returns the heading and the legend."""
    legend = [
        el("span", sample_of(mark), NO_BREAK_SPACE, mark.words, cls="wb-legend")
        for mark in marks_of(board.kinds)
    ]
    words = el("span", "en nombre de comptes, si rien n’est payé", cls="wb-sub")
    return el("div", el("h2", "Six mois à venir"), *legend, words, cls="wb-months-head")


def months_grid(board: Board) -> Html:
    """Returns the grid of counts."""
    marks = marks_of(board.kinds)
    rows = building_rows(board, marks)
    if not rows:
        return el("p", "Aucune relance dans les six mois, si rien ne change.")
    grid = month_grid(
        rows,
        months=_months(board),
        marks=marks,
        chosen=Period.of(board.day),
        notes=_notes(board),
    )
    return el("div", grid, cls="wb-months")


def _months(board: Board) -> list[Period]:
    first = Period.of(board.as_of)
    return [first.plus(step) for step in range(MONTHS)]


def building_rows(board: Board, marks: tuple[Mark, ...]) -> list[BuildingRow]:
    """Returns the buildings with the most letters, and the others as one row.

    A building that sleeps stands in the grid even where nothing would leave.
    """
    months = board.months
    kept = months[months["kind"].isin([mark.kind for mark in marks])]
    totals = kept.groupby("building_id")["count"].sum()
    asleep = {
        str(row["building_id"]): (row["asleep_since"].date(), row["asleep_until"].date())
        for row in board.asleep().to_dict("records")
    }
    names = dict(zip(board.buildings["building_id"], board.buildings["name"], strict=True))
    ranked = sorted(
        {*totals.index[totals > 0], *asleep},
        key=lambda key: (-int(totals.get(key, 0)), names.get(key, "")),
    )
    shown = ranked if len(ranked) <= _MOST_BUILDINGS + 1 else ranked[:_MOST_BUILDINGS]
    rows = [
        BuildingRow(
            name=str(names.get(key, key)),
            counts=_counts(kept[kept["building_id"] == key]),
            closed=_closed(board, key, _months(board)),
            asleep=asleep.get(key),
        )
        for key in sorted(shown, key=lambda key: names.get(key, ""))
    ]
    rest = set(ranked) - set(shown)
    if rest:
        name = f"{french_count(len(rest))} autres immeubles"
        rows.append(BuildingRow(name=name, counts=_counts(kept[kept["building_id"].isin(rest)])))
    return rows


def _counts(months: pd.DataFrame) -> dict[tuple[Period, str], int]:
    counts: dict[tuple[Period, str], int] = {}
    for row in months.to_dict("records"):
        key = Period.of(row["month"].date()), str(row["kind"])
        counts[key] = counts.get(key, 0) + int(row["count"])
    return counts


def _notes(board: Board) -> dict[Period, str]:
    """The days of each month on which something leaves."""
    days: dict[Period, set[int]] = {}
    for row in board.months[board.months["count"] > 0].to_dict("records"):
        day = board.days_of.get((str(row["building_id"]), str(row["kind"])))
        if day is not None:
            days.setdefault(Period.of(row["month"].date()), set()).add(day)
    return {
        month: ", ".join(
            f"le {french_date(day_in_month(month.year, month.month, day))[:5]}"
            for day in sorted(found)[:2]
        )
        for month, found in days.items()
    }


def _closed(board: Board, key: str, months: Sequence[Period]) -> frozenset[Period]:
    """The months of a building's calls, in which nothing leaves."""
    skipped = board.call_months.get(key, frozenset())
    return frozenset(month for month in months if month.month in skipped)
