"""Why this account? A waterfall: what each criterion adds or takes, up to the threshold.

The same picture twice: inline SVG for screens, a figure for what is printed. Against is hatched,
the threshold dashed; every weight is written, so that it says as much without its colours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workbench.documents.drawing import FULL, Picture, in_style, new_figure
from workbench.documents.html import Html, el, join
from workbench.documents.style import ACCENT, ALERT, INK, INK2, LINE2, PAPER
from workbench.documents.svg import shape
from workbench.domain.errors import shortened
from workbench.domain.explanation import Explanation
from workbench.domain.money import MINUS, NO_BREAK_SPACE

# Pixels on a screen; a character of the labels is at most so wide.
_ROW: Final = 20
_LABELS: Final = 330
_BARS: Final = 170
_VALUES: Final = 44
_LETTER: Final = 5.9
_HATCH: Final = "wb-against"
_START: Final = "#C3CAD3"


@dataclass(frozen=True, slots=True)
class Step:
    """One row: its words, its weight, and the sum before and after it."""

    words: str
    weight: float
    before: float
    after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """The reasons of one link or proposal, ready to draw.

    Attributes:
        account: whom it is about, as people call it.
        steps: the start (nobody is known yet), then each criterion in the order it was weighed.
        threshold: the sum from which the engine may accept by itself.
        explanation: as it was written.
        accepted: it was accepted.
    """

    account: str
    steps: tuple[Step, ...]
    threshold: float
    explanation: Explanation
    accepted: bool

    @property
    def total(self) -> float:
        """Where the steps end: log-odds for this account against none of them."""
        return self.steps[-1].after

    @property
    def title(self) -> str:
        """`Pourquoi 0412 Garrabet Odile`."""
        return f"Pourquoi {shortened(self.account, limit=60)}"

    @property
    def verdict(self) -> str:
        """What follows from it, in one or two French sentences."""
        if self.accepted:
            return "Accepté par le moteur."
        missing = self.threshold - self.total
        why = self.explanation.differs.rstrip(".")
        reason = f" Ce qui l’empêche{NO_BREAK_SPACE}: {why}." if why else ""
        if missing > 0:
            lacks = f"Il manque {weight_words(missing, plus=False)} pour être accepté sans vous."
            return lacks + reason
        return "Le seuil est atteint, mais le moteur propose seulement." + reason

    @property
    def words(self) -> str:
        """The whole picture in words, for a reader who cannot see it."""
        rows = " ; ".join(f"{s.words} {weight_words(s.weight)}" for s in self.steps)
        total = f"total {weight_words(self.total)}, seuil {weight_words(self.threshold)}"
        return f"{self.title} : {rows} ; {total}. {self.verdict}"


def waterfall(
    explanation: Explanation, *, account: str, start: float, threshold: float, accepted: bool
) -> Waterfall:
    """Prepares the picture of one link or proposal.

    Args:
        explanation: its reasons.
        account: identifier and holder.
        start: log-odds before anything is known, negative.
        threshold: sum from which the engine may accept.
        accepted: it was accepted.
    """
    steps = [Step(f"Départ{NO_BREAK_SPACE}: aucun indice", start, 0.0, start)]
    for reason in explanation.reasons:
        words = reason.words or reason.criterion
        before = steps[-1].after
        steps.append(
            Step(words[:1].upper() + words[1:], reason.weight, before, before + reason.weight)
        )
    return Waterfall(
        account=account, steps=tuple(steps), threshold=threshold, explanation=explanation,
        accepted=accepted,
    )  # fmt: skip


def weight_words(weight: float, *, plus: bool = True) -> str:
    """Returns `+4,4`, `−1,6`, `0,0`."""
    tenths = f"{abs(weight):.1f}".replace(".", ",")
    if tenths == "0,0":
        return tenths
    sign = MINUS if weight < 0 else "+" if plus else ""
    return sign + tenths


def waterfall_svg(of: Waterfall, *, labels: int = _LABELS, bars: int = _BARS) -> Html:
    """Draws it for a screen: inline SVG with its words as label, then what follows from it.

    Args:
        of: the reasons.
        labels: width of the words, px; what is longer is cut, and whole under the pointer.
        bars: width of the bars, px.
    """
    rows = len(of.steps) + 1
    height, width = (rows + 2) * _ROW, labels + bars + _VALUES
    scale = _Scale.of(of, labels=labels, bars=bars)
    ground = rows * _ROW
    picture = shape(
        "svg",
        shape("title", of.title),
        _hatching(),
        shape(
            "line", x1=scale.place(0), x2=scale.place(0), y1=_ROW, y2=ground + _ROW, stroke=LINE2
        ),
        *_step_shapes(of, scale),
        shape("line", x1=0, x2=width, y1=ground, y2=ground, stroke=INK),
        _bar(scale, 0, of.total, ground, fill=INK),
        _text("Total", 0, ground, weight="700"),
        _text(weight_words(of.total), width, ground, anchor="end", weight="700"),
        *_threshold_shapes(of, scale, ground),
        _text("0", scale.place(0), ground + _ROW, anchor="middle", fill=INK2),
        view_box=f"0 0 {width} {height}", width=width, height=height, role="img",
        aria_label=of.words, font_family="DejaVu Sans, Arial, sans-serif", font_size=10.5,
    )  # fmt: skip
    return join(picture, el("p", of.verdict, cls="quiet"))


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where a sum of log-odds stands, in pixels."""

    low: float
    high: float
    labels: int = _LABELS
    bars: int = _BARS

    @classmethod
    def of(cls, drawn: Waterfall, *, labels: int = _LABELS, bars: int = _BARS) -> "_Scale":
        ends = [step.after for step in drawn.steps]
        low, high = min(*ends, 0.0, drawn.threshold), max(*ends, 0.0, drawn.threshold)
        return cls(low, high, labels, bars)

    def place(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low or 1)
        return self.labels + 6 + share * (self.bars - 12)


def _step_shapes(of: Waterfall, scale: _Scale) -> Iterator[Html]:
    for number, step in enumerate(of.steps):
        top = (number + 1) * _ROW
        against = number > 0 and step.weight < 0
        fill = f"url(#{_HATCH})" if against else ACCENT if number else _START
        told = shape(
            "g",
            shape("title", step.words),
            _text(shortened(step.words, limit=int(scale.labels / _LETTER)), 0, top),
            _bar(scale, step.before, step.after, top, fill=fill, stroke=ALERT if against else ""),
        )
        value = _text(
            weight_words(step.weight), scale.labels + scale.bars + _VALUES, top, anchor="end",
            fill=ALERT if against else INK,
        )  # fmt: skip
        yield join(told, value)


def _threshold_shapes(of: Waterfall, scale: _Scale, ground: float) -> Iterator[Html]:
    place = scale.place(of.threshold)
    yield shape(
        "line", x1=place, x2=place, y1=_ROW - 4, y2=ground + _ROW - 2, stroke=INK,
        stroke_width=1.4, stroke_dasharray="3 3",
    )  # fmt: skip
    words = f"seuil{NO_BREAK_SPACE}{weight_words(of.threshold, plus=False)}"
    yield _text(words, place, -2, anchor="middle", weight="700")


def _bar(
    scale: _Scale, first: float, last: float, top: float, *, fill: str, stroke: str = ""
) -> Html:
    left, right = sorted((scale.place(first), scale.place(last)))
    return shape(
        "rect", x=left, y=top + 3, width=max(right - left, 1.5), height=_ROW - 7, fill=fill,
        stroke=stroke or "none",
    )  # fmt: skip


def _text(
    words: str, x: float, top: float, *, anchor: str = "start", weight: str = "400", fill: str = INK
) -> Html:
    return shape("text", words, x=x, y=top + 14, text_anchor=anchor, font_weight=weight, fill=fill)


def _hatching() -> Html:
    stripe = shape("rect", x=0, y=0, width=2.2, height=5, fill=ALERT)
    paper = shape("rect", x=0, y=0, width=5, height=5, fill=PAPER)
    pattern = shape(
        "pattern", paper, stripe, id=_HATCH, width=5, height=5, pattern_units="userSpaceOnUse",
        pattern_transform="rotate(45)",
    )  # fmt: skip
    return shape("defs", pattern)


def waterfall_picture(of: Waterfall) -> Picture:
    """Draws it for a notebook or paper, with its heading and words."""
    return Picture(waterfall_figure(of), title=of.title, subtitle=of.verdict, words=of.words)


@in_style
def waterfall_figure(of: Waterfall, *, width: float = FULL) -> Figure:
    """Draws it as a figure.

    Args:
        of: the reasons.
        width: inches.
    """
    rows = len(of.steps) + 1
    figure, axes = new_figure(width=width, height=0.215 * rows + 0.42, title="", subtitle="")
    for row, step in enumerate(of.steps):
        against = row > 0 and step.weight < 0
        axes.barh(
            row, step.after - step.before, 0.64, left=step.before,
            color=PAPER if against else ACCENT if row else _START,
            edgecolor=ALERT if against else "none", hatch="/////" if against else "",
            hatchcolor=ALERT,
        )  # fmt: skip
        axes.plot([step.after] * 2, [row + 0.32, row + 0.68], color=LINE2, linewidth=0.8)
        _row(axes, row, step.words, weight_words(step.weight), color=ALERT if against else INK)
    last = rows - 1
    axes.barh(last, of.total, 0.64, color=INK)
    _row(axes, last, "Total", weight_words(of.total), color=INK, strong=True)
    _frame(axes, of, rows)
    return figure


def _row(axes: Axes, row: int, words: str, value: str, *, color: str, strong: bool = False) -> None:
    """Writes a row's words left of the bars, its weight right of them."""
    weight = "bold" if strong else "normal"
    plain = shortened(words, limit=74).replace("$", r"\$")
    across = axes.get_yaxis_transform()
    axes.annotate(
        plain, (0, row), xycoords=across, xytext=(-322, 0), textcoords="offset points",
        ha="left", va="center", fontweight=weight, annotation_clip=False,
    )  # fmt: skip
    axes.annotate(
        value, (1, row), xycoords=across, xytext=(34, 0), textcoords="offset points",
        ha="right", va="center", fontweight=weight, color=color, annotation_clip=False,
    )  # fmt: skip


def _frame(axes: Axes, of: Waterfall, rows: int) -> None:
    scale = _Scale.of(of)
    margin = (scale.high - scale.low) * 0.04
    axes.set_xlim(scale.low - margin, scale.high + margin)
    axes.set_ylim(rows - 0.5, -0.5)
    axes.grid(visible=False)
    axes.set_yticks([])
    axes.set_xticks([0], ["0"])
    axes.spines["bottom"].set_visible(False)
    axes.axvline(0, color=LINE2, linewidth=0.9, zorder=0)
    axes.axvline(of.threshold, color=INK, linewidth=1, linestyle=(0, (3, 3)))
    axes.axhline(rows - 1.5, color=INK, linewidth=0.9)
    axes.annotate(
        f"seuil{NO_BREAK_SPACE}{weight_words(of.threshold, plus=False)}", (of.threshold, -0.62),
        ha="center", va="bottom", fontsize=7, fontweight="bold", annotation_clip=False,
    )  # fmt: skip
