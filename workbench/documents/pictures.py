"""Every chart, in one style. A function takes a computed frame and returns a figure.

Figures are made without the global state of pyplot: several threads may draw at once, and none
has to be closed. Every value that matters is written beside its mark, so that a printed or a
black-and-white chart says as much as a coloured one.
"""

from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from io import BytesIO
from threading import RLock
from typing import Any, Final, ParamSpec

import matplotlib as mpl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from workbench.documents.html import Html, el, fragment, french_share, join, section
from workbench.documents.style import ACCENT, AGES, ALERT, INK, INK2, INK3, LINE, LINE2, PAPER
from workbench.domain.errors import shortened
from workbench.domain.money import french_amount, french_whole_euros

HALF: Final = 3.5
FULL: Final = 7.1
"""Inches."""
PRINT_DPI: Final = 288
VALUE_COLUMN: Final = 52
"""Points from the end of the scale to the right edge of the values."""
LONGEST_LABEL: Final = 26
STYLE: Final[Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "text.color": INK,
    "figure.dpi": 96,
    "savefig.dpi": 144,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.labelcolor": INK2,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.edgecolor": LINE2,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "xtick.color": INK2,
    "ytick.color": INK2,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
    "lines.linewidth": 1.8,
    "hatch.color": LINE2,
    "hatch.linewidth": 1.0,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
}
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
# The parameters of matplotlib belong to the process: one thread draws at a time.
_DRAWING = RLock()

_P = ParamSpec("_P")


@contextmanager
def _styled() -> Iterator[None]:
    with _DRAWING, mpl.rc_context(STYLE):
        yield


def _in_style(draw: Callable[_P, Figure]) -> Callable[_P, Figure]:
    @wraps(draw)
    def styled(*args: _P.args, **kwargs: _P.kwargs) -> Figure:
        with _styled():
            return draw(*args, **kwargs)

    return styled


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure with its heading, and what it says in words for a reader who cannot see it.

    Jupyter shows it without any set-up of the kernel: as HTML with a real heading, else as PNG.
    """

    figure: Figure
    title: str
    subtitle: str
    words: str

    def image(self) -> bytes:
        """The PNG, fine enough for print."""
        return png(self.figure, dpi=PRINT_DPI)

    def html(self) -> Html:
        """Heading, unit and picture, for a page that sets several blocks together."""
        return self._html(self.image())

    def _html(self, image: bytes) -> Html:
        width = f"{self.figure.get_size_inches()[0] * 96:.0f}"
        data = f"data:image/png;base64,{b64encode(image).decode('ascii')}"
        picture = el("img", src=data, alt=self.words, width=width)
        return join(section(self.title, self.subtitle), picture)

    def _repr_mimebundle_(self, **_options: object) -> dict[str, object]:
        image = self.image()
        html = fragment(el("div", self._html(image), cls="picture"))
        return {"text/html": html.markup, "image/png": image, "text/plain": self.words}


def png(figure: Figure, *, dpi: int | None = None) -> bytes:
    """Returns the picture as PNG: the same bytes for the same figure, no date, no program name.

    Args:
        figure: of this module.
        dpi: 144 unless given.
    """
    target = BytesIO()
    with _styled():
        FigureCanvasAgg(figure)
        figure.savefig(
            target, format="png", dpi=dpi or STYLE["savefig.dpi"], metadata={"Software": None}
        )
    return target.getvalue()


@_in_style
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
    figure, axes = _figure(width=width, height=0.215 * rows + 0.1, title=title, subtitle=subtitle)
    cents = [int(value) for value in frame["amount_cents"]]
    longest = max([*cents, 1])
    for row, (bucket, value) in enumerate(zip(frame["bucket"], cents, strict=True)):
        if bucket == "not_due":
            axes.barh(row, value, 0.66, color=PAPER, edgecolor=LINE2, hatch="////")
        else:
            axes.barh(row, value, 0.66, color=AGES[min(row, len(AGES)) - 1])
        _value(axes, row, french_amount(value))
    axes.set_xlim(0, longest)
    _rows(axes, [BUCKET_WORDS[bucket] for bucket in frame["bucket"]])
    axes.axvline(0, color=LINE2, linewidth=1.2, zorder=3)
    return figure


@_in_style
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
    figure, axes = _figure(width=width, height=0.27 * rows + 0.1, title=title, subtitle=subtitle)
    wanted = frame["called_cents"] - frame["credited_cents"]
    last = len(frame) - 1
    for row, (called, came, share) in enumerate(
        zip(wanted, frame["collected_cents"], frame["share"], strict=True)
    ):
        axes.barh(row, called, 0.6, color=PAPER, edgecolor=INK3, linewidth=0.8)
        axes.barh(row, came, 0.34, color=ACCENT if row == last else _LIGHT_BAR)
        _value(axes, row, french_share(share), strong=row == last)
    axes.set_xlim(0, max([*wanted.astype("int64"), 1]) * 1.01)
    _rows(axes, list(frame["label"]), strong=last)
    return figure


@_in_style
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
    figure, axes = _figure(width=width, height=1.75, title=title, subtitle=words)
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


@_in_style
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
    figure, axes = _figure(width=width, height=1.75, title=title, subtitle=words)
    places = list(range(len(cents)))
    axes.step(places, cents, where="mid", color=ACCENT)
    axes.fill_between(places, cents, step="mid", color=ACCENT, alpha=0.08, linewidth=0)
    _month_axis(axes, list(frame["month_end"]))
    _money_axis(axes, cents, thousands=thousands)
    if cents:
        _last_value(axes, places[-1], cents[-1])
    return figure


@_in_style
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
    figure, axes = _figure(width=width, height=height, title=title, subtitle=words)
    for row, (share, earlier) in enumerate(
        zip(rows["share_now"] * 100, rows["share_before"] * 100, strict=True)
    ):
        axes.plot([earlier, share], [row, row], color=LINE2, linewidth=1.4, zorder=2)
        axes.plot(earlier, row, "o", markersize=4.5, color=INK3, markerfacecolor=PAPER, zorder=3)
        axes.plot(share, row, "o", markersize=6, color=ACCENT, zorder=4)
        behind = share < target * 100
        mark = " ▲" if behind else ""
        _value(axes, row, french_share(share / 100) + mark, alert=bool(behind))
    axes.set_xlim(start, 101)
    _rows(axes, list(rows["name"]), scale=True)
    step = 10 if start >= 60 else 20 if start >= 20 else 25
    ticks = [tick for tick in range(0, 101, step) if tick >= start]
    axes.set_xticks(ticks, [str(tick) for tick in ticks])
    axes.axvline(target * 100, color=INK, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
    axes.annotate(
        f"objectif {french_share(target).replace(',0', '')}", (target * 100, -0.75), ha="center",
        va="bottom", fontsize=7, annotation_clip=False,
    )  # fmt: skip
    return figure


def _figure(*, width: float, height: float, title: str, subtitle: str) -> tuple[Figure, Axes]:
    """A figure whose title and subtitle start at its left edge, as a heading of the page does."""
    reserved = 0.0 if not title else 0.21 if not subtitle else 0.37
    figure = Figure(figsize=(width, height + reserved))
    total = height + reserved
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(w_pad=0.02, h_pad=0.02, rect=(0, 0, 1, height / total))  # type: ignore[call-arg]
    if title:
        left = 0.02 / width
        figure.text(left, 1 - 0.02 / total, title, va="top", fontsize=9, fontweight="bold")
        figure.text(left, 1 - 0.2 / total, subtitle, va="top", fontsize=7.2, color=INK2)
    return figure, figure.subplots()


def _rows(axes: Axes, labels: Sequence[str], *, strong: int = -1, scale: bool = False) -> None:
    """One row a label, the first on top, labels flush left."""
    axes.set_yticks(range(len(labels)), [_plain(label) for label in labels])
    axes.set_ylim(max(len(labels), 1) - 0.5, -0.5)
    axes.grid(visible=False)
    axes.grid(visible=scale, axis="x")
    if not scale:
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
    if not labels:
        return
    for place, text in enumerate(axes.get_yticklabels()):
        text.set(horizontalalignment="left", color=INK)
        if place == strong:
            text.set_fontweight("bold")
    widest = _widest_points(axes, labels, strong=strong)
    axes.tick_params(axis="y", pad=widest + 5)


def _widest_points(axes: Axes, labels: Sequence[str], *, strong: int) -> float:
    renderer = FigureCanvasAgg(axes.figure.figure).get_renderer()
    widths = []
    for place, label in enumerate(labels):
        weight = "bold" if place == strong else "normal"
        text = axes.text(0, 0, _plain(label), fontweight=weight)
        widths.append(text.get_window_extent(renderer).width)
        text.remove()
    return max(widths) * 72 / axes.figure.figure.dpi


def _value(axes: Axes, row: int, words: str, *, strong: bool = False, alert: bool = False) -> None:
    """A value in a column of its own, right of the bars: figures under figures."""
    axes.annotate(
        words, (1, row), xycoords=axes.get_yaxis_transform(), xytext=(VALUE_COLUMN, 0),
        textcoords="offset points", ha="right", va="center", color=ALERT if alert else INK,
        fontweight="bold" if strong else "normal", annotation_clip=False,
    )  # fmt: skip


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


def _plain(text: str) -> str:
    """A stranger's text for a label: one line, and no dollar that would start a formula."""
    return shortened(" ".join(text.split()), limit=LONGEST_LABEL).replace("$", r"\$")
