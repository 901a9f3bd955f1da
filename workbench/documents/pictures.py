"""Every chart, in one style. A function takes a computed frame and returns a figure.

Every value that matters is written beside its mark, so that a printed or a black-and-white chart
says as much as a coloured one. How they are drawn is in `drawing`.
"""

from collections.abc import Sequence
from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from workbench.documents.drawing import HALF, in_style, label_rows, new_figure, write_value
from workbench.documents.html import french_share
from workbench.documents.style import ACCENT, AGES, INK, INK3, LINE2, PAPER
from workbench.domain.money import french_amount, french_whole_euros

BUCKET_WORDS: Final = {
    "not_due": "à échoir",
    "1_30": "1 à 30 jours",
    "31_60": "31 à 60 jours",
    "61_90": "61 à 90 jours",
    "91_180": "91 à 180 jours",
    "181_365": "6 à 12 mois",
    "over_365": "plus d’un an",
}
_LIGHT_BAR: Final = "#8FB8DA"


@in_style
def ageing_bars(
    frame: pd.DataFrame, *, title: str = "", subtitle: str = "", width: float = HALF
) -> Figure:
    """Since when is it owed? One bar an age, every value written; not yet due is hatched.

    Args:
        frame: `bucket`, `amount_cents`, of `reports.arrears.ageing`.
        title: drawn above; "" where the page writes it.
        subtitle: under the title.
        width: inches.
    """
    rows = len(frame)
    figure, axes = new_figure(
        width=width, height=0.215 * rows + 0.1, title=title, subtitle=subtitle
    )
    cents = [int(value) for value in frame["amount_cents"]]
    longest = max([*cents, 1])
    for row, (bucket, value) in enumerate(zip(frame["bucket"], cents, strict=True)):
        if bucket == "not_due":
            axes.barh(row, value, 0.66, color=PAPER, edgecolor=LINE2, hatch="////")
        else:
            axes.barh(row, value, 0.66, color=AGES[min(row, len(AGES)) - 1])
        write_value(axes, row, french_amount(value))
    axes.set_xlim(0, longest)
    label_rows(axes, [BUCKET_WORDS[bucket] for bucket in frame["bucket"]])
    axes.axvline(0, color=LINE2, linewidth=1.2, zorder=3)
    return figure


@in_style
def collection_bars(
    frame: pd.DataFrame, *, title: str = "", subtitle: str = "", width: float = HALF
) -> Figure:
    """How much of what was called came in? A bar in a frame a period; the last one stands out.

    Args:
        frame: `label`, `called_cents`, `credited_cents`, `collected_cents`, `share`, of
            `reports.arrears.collections`; oldest first.
        title: drawn above; "" where the page writes it.
        subtitle: under the title.
        width: inches.
    """
    rows = max(len(frame), 1)
    figure, axes = new_figure(width=width, height=0.27 * rows + 0.1, title=title, subtitle=subtitle)
    wanted = frame["called_cents"] - frame["credited_cents"]
    last = len(frame) - 1
    for row, (called, came, share) in enumerate(
        zip(wanted, frame["collected_cents"], frame["share"], strict=True)
    ):
        axes.barh(row, called, 0.6, color=PAPER, edgecolor=INK3, linewidth=0.8)
        axes.barh(row, came, 0.34, color=ACCENT if row == last else _LIGHT_BAR)
        write_value(axes, row, french_share(share), strong=row == last)
    axes.set_xlim(0, max([*wanted.astype("int64"), 1]) * 1.01)
    label_rows(axes, list(frame["label"]), strong=last)
    return figure


@in_style
def overdue_line(
    frame: pd.DataFrame, *, title: str = "", subtitle: str | None = None, width: float = HALF
) -> Figure:
    """Better or worse? One line from zero, its last and its highest value written.

    Args:
        frame: `month_end`, `overdue_cents`, of `reports.arrears.overdue_trend`; oldest first.
        title: drawn above; "" where the page writes it.
        subtitle: None says the unit that was chosen.
        width: inches.
    """
    cents = [int(value) for value in frame["overdue_cents"]]
    unit, thousands = _unit(cents)
    words = f"en {unit}, fin de mois" if subtitle is None else subtitle
    figure, axes = new_figure(width=width, height=1.75, title=title, subtitle=words)
    places = list(range(len(cents)))
    axes.plot(places, cents, color=ACCENT)
    _month_axis(axes, list(frame["month_end"]))
    _money_axis(axes, cents, thousands=thousands)
    if cents:
        _last_value(axes, places[-1], cents[-1])
        top = max(places, key=lambda place: cents[place])
        if len(cents) > 4 and 1 < top < len(cents) - 3:
            axes.annotate(
                french_whole_euros(cents[top]), (top, cents[top]), xytext=(0, 4),
                textcoords="offset points", ha="center", fontsize=7,
            )  # fmt: skip
    return figure


@in_style
def balance_steps(
    frame: pd.DataFrame, *, title: str = "", subtitle: str | None = None, width: float = HALF
) -> Figure:
    """What was in the bank? One step a month end, the last one written.

    Args:
        frame: `month_end`, `balance_cents` (signed), oldest first.
        title: drawn above; "" where the page writes it.
        subtitle: None says the unit that was chosen.
        width: inches.
    """
    cents = [int(value) for value in frame["balance_cents"]]
    unit, thousands = _unit(cents)
    words = f"en {unit}, fin de mois" if subtitle is None else subtitle
    figure, axes = new_figure(width=width, height=1.75, title=title, subtitle=words)
    places = list(range(len(cents)))
    axes.step(places, cents, where="mid", color=ACCENT)
    axes.fill_between(places, cents, step="mid", color=ACCENT, alpha=0.08, linewidth=0)
    _month_axis(axes, list(frame["month_end"]))
    _money_axis(axes, cents, thousands=thousands)
    if cents:
        _last_value(axes, places[-1], cents[-1])
    return figure


@in_style
def collection_dots(
    frame: pd.DataFrame,
    *,
    now: str,
    before: str,
    target: float = 0.95,
    title: str = "",
    subtitle: str | None = None,
    width: float = HALF,
) -> Figure:
    """Which building lags? Two dots a building, a line where they should be; the lowest first.

    Args:
        frame: `name`, `share_now`, `share_before` (parts of 1, NaN where nothing was called).
        now: label of the full dot, `T4 2026`.
        before: label of the hollow dot.
        target: part of 1.
        title: drawn above; "" where the page writes it.
        subtitle: None says what the dots are and where the scale starts.
        width: inches.
    """
    rows = frame.sort_values(["share_now", "name"], ignore_index=True)
    shares = pd.concat([rows["share_now"], rows["share_before"]]).dropna()
    lowest = min([*shares, target, 0.9])
    start = max(0, int(lowest * 10 - 1e-9)) * 10
    words = subtitle
    if words is None:
        scale = f", échelle de {start} à 100" if start else ""
        words = f"● {now}, ○ {before}, en %{scale}"
    height = 0.24 * max(len(rows), 1) + 0.42
    figure, axes = new_figure(width=width, height=height, title=title, subtitle=words)
    for row, (share, earlier) in enumerate(
        zip(rows["share_now"] * 100, rows["share_before"] * 100, strict=True)
    ):
        axes.plot([earlier, share], [row, row], color=LINE2, linewidth=1.4, zorder=2)
        axes.plot(earlier, row, "o", markersize=4.5, color=INK3, markerfacecolor=PAPER, zorder=3)
        axes.plot(share, row, "o", markersize=6, color=ACCENT, zorder=4)
        behind = share < target * 100
        mark = " ▲" if behind else ""
        write_value(axes, row, french_share(share / 100) + mark, alert=bool(behind))
    axes.set_xlim(start, 101)
    label_rows(axes, list(rows["name"]), scale=True)
    step = 10 if start >= 60 else 20 if start >= 20 else 25
    ticks = [tick for tick in range(0, 101, step) if tick >= start]
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.axvline(target * 100, color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate(
        f"objectif {french_share(target).replace(',0', '')}", (target * 100, -0.75), ha="center",
        va="bottom", fontsize=7, annotation_clip=False,
    )  # fmt: skip
    return figure


def _unit(cents: Sequence[int]) -> tuple[str, bool]:
    """Thousands once they make the axis easier to read."""
    thousands = max([abs(value) for value in cents], default=0) >= 10_000_00
    return ("milliers d’euros" if thousands else "euros"), thousands


def _money_axis(axes: Axes, cents: Sequence[int], *, thousands: bool) -> None:
    """From zero, at most five ticks, whole numbers."""
    highest, lowest = max([*cents, 1_00]), min([*cents, 0])
    locator = MaxNLocator(nbins=4, steps=[1, 2, 2.5, 5, 10])
    scale = 1000_00 if thousands else 100
    ticks = [float(tick) for tick in locator.tick_values(lowest / scale, highest / scale)]
    while len(ticks) > 5:
        ticks = ticks[::2] if ticks[-1] in ticks[::2] else [*ticks[::2], ticks[-1]]
    axes.set_ylim(min(ticks[0], 0) * scale, ticks[-1] * scale)
    axes.set_yticks([tick * scale for tick in ticks], [_number(tick) for tick in ticks])


def _number(tick: float) -> str:
    words = french_amount(round(tick * 100))
    return words.rstrip("0").rstrip(",")


def _month_axis(axes: Axes, days: Sequence[pd.Timestamp]) -> None:
    """First, last, each January with its year; the other quarters by their month alone."""
    last = len(days) - 1
    ticks = {}
    for place, day in enumerate(days):
        if place in (0, last):
            ticks[place] = f"{day.month:02d}/{day.year}"
        elif day.month in (1, 4, 7, 10) and 1 < place < last - 1:
            ticks[place] = f"01/{day.year}" if day.month == 1 else f"{day.month:02d}"
    if 2 in ticks and ticks[2].startswith("01/"):
        del ticks[2]
    axes.set_xticks(list(ticks), list(ticks.values()))
    axes.set_xlim(-0.2, max(last, 1) + 0.2)
    axes.tick_params(axis="x", pad=6)


def _last_value(axes: Axes, place: int, cents: int) -> None:
    axes.plot(place, cents, "o", color=ACCENT, markersize=5, clip_on=False, zorder=5)
    axes.annotate(
        french_whole_euros(cents), (place, cents), xytext=(7, 0), textcoords="offset points",
        va="center", fontweight="bold", annotation_clip=False,
    )  # fmt: skip
