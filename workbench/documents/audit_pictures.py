"""Pictures of what an auditor asks: how far a sample reaches, what lies around a period's end.

Shape says it, hatching underlines it, and what matters is written beside its mark.
"""

from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from workbench.documents.drawing import FULL, in_style, label_rows, new_figure, write_value
from workbench.documents.style import ACCENT, ALERT, INK2, INK3, LINE2, PAPER

_ROW_HEIGHT: Final = 0.25
_COLUMN_HEIGHT: Final = 1.35


@in_style
def part_bars(frame: pd.DataFrame, *, hatched: bool = False, width: float = FULL) -> Figure:
    """How much of each whole? A bar in a frame a row, its words beside it.

    Args:
        frame: words, whole, part (same unit, part <= whole), value (what to write), in the order
            to show.
        hatched: the part is what one asks about, not what one has.
        width: inches.
    """
    rows = max(len(frame), 1)
    figure, axes = new_figure(width=width, height=_ROW_HEIGHT * rows + 0.1, title="", subtitle="")
    wholes = [int(value) for value in frame["whole"]]
    parts = [int(value) for value in frame["part"]]
    for row, (whole, part) in enumerate(zip(wholes, parts, strict=True)):
        axes.barh(row, whole, 0.6, color=PAPER, edgecolor=INK3, linewidth=0.8)
        if hatched:
            axes.barh(row, part, 0.36, linewidth=0.6, color=PAPER, edgecolor=ALERT, hatch="////")
        else:
            axes.barh(row, part, 0.36, color=ACCENT)
        write_value(axes, row, str(frame["value"].iloc[row]))
    axes.set_xlim(0, max([*wholes, 1]) * 1.01)
    label_rows(axes, list(frame["words"]))
    return figure


@in_style
def columns(frame: pd.DataFrame, *, line_after: int | None = None, width: float = FULL) -> Figure:
    """How many, or how much, on each of these days? Upright bars, the largest ones written.

    Args:
        frame: label ("" where the axis says nothing), full, hatched (same unit, >= 0), value
            (what to write above, "" for nothing), left to right.
        line_after: place after which a line stands, such as a period's end; None for none.
        width: inches.
    """
    figure, axes = new_figure(width=width, height=_COLUMN_HEIGHT, title="", subtitle="")
    full = [int(value) for value in frame["full"]]
    hatched = [int(value) for value in frame["hatched"]]
    places = list(range(len(frame)))
    axes.bar(places, full, 0.7, color=ACCENT)
    axes.bar(places, hatched, 0.7, bottom=full, color=PAPER, edgecolor=INK2, hatch="////",
             linewidth=0.6)  # fmt: skip
    highest = max([a + b for a, b in zip(full, hatched, strict=True)] + [1])
    for place, words in enumerate(frame["value"]):
        axes.annotate(str(words), (place, full[place] + hatched[place]), xytext=(0, 2),
                      textcoords="offset points", ha="center", fontsize=7)  # fmt: skip
    _upright(axes, list(frame["label"]), highest=highest)
    if line_after is not None:
        axes.axvline(line_after + 0.5, color=INK3, linewidth=1, linestyle=(0, (4, 3)))
    return figure


def _upright(axes: Axes, labels: list[str], *, highest: int) -> None:
    said = {place: label for place, label in enumerate(labels) if label}
    axes.set_xticks(list(said), list(said.values()))
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.set_ylim(0, highest * 1.15)
    axes.set_xlim(-0.6, max(len(labels), 1) - 0.4)
    axes.axhline(0, color=LINE2, linewidth=1.2, zorder=3)


@in_style
def statement_rows(
    frame: pd.DataFrame, gaps: pd.DataFrame, *, labels: list[str], width: float = FULL
) -> Figure:
    """Do the numbers follow? A dot a statement, a triangle where some are missing.

    Args:
        frame: row (place in `labels`), closed_on.
        gaps: row, after_on, before_on, missing.
        labels: a row each, first on top.
        width: inches.
    """
    height = _ROW_HEIGHT * max(len(labels), 1) + 0.35
    figure, axes = new_figure(width=width, height=height, title="", subtitle="")
    axes.plot(frame["closed_on"], frame["row"], "o", color=ACCENT, markersize=4, linestyle="")
    for row, after, before, missing in zip(
        gaps["row"], gaps["after_on"], gaps["before_on"], gaps["missing"], strict=True
    ):
        middle = after + (before - after) / 2
        axes.plot([after, before], [row, row], color=ALERT, linewidth=1, linestyle=(0, (2, 2)))
        axes.plot(middle, row, "^", color=ALERT, markersize=6)
        axes.annotate(str(missing), (middle, row), xytext=(6, 0), textcoords="offset points",
                      va="center", fontsize=7, color=ALERT)  # fmt: skip
    label_rows(axes, labels, scale=True)
    _months(axes, frame["closed_on"])
    return figure


def _months(axes: Axes, days: "pd.Series[pd.Timestamp]") -> None:
    """First month, last month and each January in between: at most five marks."""
    if not len(days):
        axes.set_xticks([])
        return
    first, last = days.min(), days.max()
    span = last - first
    years = [pd.Timestamp(year=year, month=1, day=1) for year in range(first.year + 1, last.year)]
    shown = [first, *(y for y in years[:3] if y - first > span / 6 and last - y > span / 6), last]
    axes.set_xticks(
        [date2num(day) for day in shown], [f"{day.month:02d}/{day.year}" for day in shown]
    )
