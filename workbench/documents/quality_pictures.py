"""Pictures of the engine's quality: what it settles, on what evidence, how wrong it may be."""

from collections.abc import Sequence
from typing import Final

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from workbench.documents.drawing import FULL, HALF, in_style, label_rows, new_figure, write_value
from workbench.documents.html import french_count, french_share
from workbench.documents.style import ACCENT, AGES, INK, INK3, LINE2, PAPER
from workbench.domain.money import NO_BREAK_SPACE

_ROW_HEIGHT: Final = 0.25
# Colour and hatch of each way a movement went, in the order of `reports.decisions.WAYS`.
_WAY_LOOKS: Final = {
    "engine": (ACCENT, ""),
    "by_hand": (AGES[-1], ""),
    "partial": (AGES[1], ""),
    "proposed": (PAPER, "////"),
    "unmatched": (PAPER, ""),
}


@in_style
def way_bars(frame: pd.DataFrame, *, title: str = "", width: float = FULL) -> Figure:
    """Who settled the movements? One bar a way, its share written.

    Args:
        frame: way (engine | by_hand | partial | proposed | unmatched), words, count.
        title: drawn above; "" where the page writes it.
        width: inches.
    """
    height = _ROW_HEIGHT * len(frame) + 0.1
    figure, axes = new_figure(width=width, height=height, title=title, subtitle="")
    counts = [int(count) for count in frame["count"]]
    total = sum(counts)
    for row, (way, count) in enumerate(zip(frame["way"], counts, strict=True)):
        color, hatch = _WAY_LOOKS[way]
        axes.barh(row, count, 0.62, color=color, edgecolor=INK3, linewidth=0.6, hatch=hatch)
        share = french_share(count / total) if total else "–"
        write_value(axes, row, share, strong=way == "engine")
    _finish(axes, list(frame["words"]), max([*counts, 1]))
    return figure


@in_style
def error_ranges(
    frame: pd.DataFrame, *, tolerated: float, title: str = "", width: float = FULL
) -> Figure:
    """How wrong may each class be? What was seen, and the range the checks leave.

    A class that nobody checked may be wrong altogether: its whole range is hatched.

    Args:
        frame: words, checked, rate (NaN when nothing was checked), lower, upper; strongest first.
        tolerated: error rate that is tolerated, a part of 1.
        title: drawn above; "" where the page writes it.
        width: inches.
    """
    height = _ROW_HEIGHT * max(len(frame), 1) + 0.42
    figure, axes = new_figure(width=width, height=height, title=title, subtitle="")
    known = frame[frame["checked"] > 0]
    end = min(max([*known["upper"], tolerated * 4, 0.02]) * 1.05, 1.0)
    columns = (frame[name].tolist() for name in ("checked", "rate", "lower", "upper"))
    for row, (checked, rate, lower, upper) in enumerate(zip(*columns, strict=True)):
        if not checked:
            axes.barh(row, end, 0.4, color=PAPER, edgecolor=LINE2, hatch="////", linewidth=0.6)
            write_value(axes, row, "–")
            continue
        axes.plot([lower, upper], [row, row], color=ACCENT, linewidth=1.8, solid_capstyle="butt")
        axes.plot([upper, upper], [row - 0.2, row + 0.2], color=ACCENT, linewidth=1.8)
        axes.plot(rate, row, "o", color=ACCENT, markersize=5, clip_on=False)
        write_value(axes, row, french_share(upper), alert=lower > tolerated)
    axes.set_xlim(0, end)
    label_rows(axes, list(frame["words"]), scale=True)
    ticks = [tick for tick in MaxNLocator(nbins=4).tick_values(0, end) if tick <= end]
    axes.set_xticks(ticks, [french_share(tick) for tick in ticks])
    axes.axvline(tolerated, color=INK, linewidth=1, linestyle=(0, (4, 3)))
    words = f"toléré {french_share(tolerated)}"
    axes.annotate(words, (tolerated, -0.75), ha="left", va="bottom", fontsize=7,
                  annotation_clip=False)  # fmt: skip
    return figure


@in_style
def accepted_and_proposed(frame: pd.DataFrame, *, title: str = "", width: float = HALF) -> Figure:
    """Accepted (full) and proposed (hatched), one bar a row, both counts written.

    Args:
        frame: words, accepted, proposed; in the order to show.
        title: drawn above; "" where the page writes it.
        width: inches.
    """
    height = _ROW_HEIGHT * max(len(frame), 1) + 0.1
    figure, axes = new_figure(width=width, height=height, title=title, subtitle="")
    pairs = [(int(a), int(p)) for a, p in zip(frame["accepted"], frame["proposed"], strict=True)]
    for row, (accepted, proposed) in enumerate(pairs):
        axes.barh(row, accepted, 0.62, color=ACCENT)
        axes.barh(
            row, proposed, 0.62, left=accepted, color=PAPER, edgecolor=LINE2, hatch="////",
            linewidth=0.6,
        )  # fmt: skip
        write_value(
            axes, row, f"{french_count(accepted)}{NO_BREAK_SPACE}/ {french_count(proposed)}"
        )
    _finish(axes, list(frame["words"]), max([*(sum(pair) for pair in pairs), 1]))
    return figure


def _finish(axes: Axes, labels: Sequence[str], longest: int) -> None:
    axes.set_xlim(0, longest)
    label_rows(axes, labels)
    axes.axvline(0, color=LINE2, linewidth=1.2, zorder=3)
