"""How every picture is drawn: one style, its headings, rows and values; what charts share.

Figures are made without the global state of pyplot: several threads may draw at once, and none
has to be closed.
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
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from workbench.documents.html import Html, el, fragment, join, section
from workbench.documents.style import ALERT, INK, INK2, LINE, LINE2
from workbench.domain.errors import shortened

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
# The parameters of matplotlib belong to the process: one thread draws at a time.
_DRAWING = RLock()

_P = ParamSpec("_P")


@contextmanager
def _styled() -> Iterator[None]:
    with _DRAWING, mpl.rc_context(STYLE):
        yield


def in_style(draw: Callable[_P, Figure]) -> Callable[_P, Figure]:
    """Draws in the house's style, one thread at a time."""

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
        figure: drawn in this style.
        dpi: 144 unless given.
    """
    target = BytesIO()
    with _styled():
        FigureCanvasAgg(figure)
        figure.savefig(
            target, format="png", dpi=dpi or STYLE["savefig.dpi"], metadata={"Software": None}
        )
    return target.getvalue()


def new_figure(*, width: float, height: float, title: str, subtitle: str) -> tuple[Figure, Axes]:
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


def label_rows(axes: Axes, labels: Sequence[str], *, strong: int = -1, scale: bool = False) -> None:
    """One row a label, the first on top, labels flush left."""
    axes.set_yticks(range(len(labels)), [plain(label) for label in labels])
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
        text = axes.text(0, 0, plain(label), fontweight=weight)
        widths.append(text.get_window_extent(renderer).width)
        text.remove()
    return max(widths) * 72 / axes.figure.figure.dpi


def write_value(
    axes: Axes, row: int, words: str, *, strong: bool = False, alert: bool = False
) -> None:
    """A value in a column of its own, right of the bars: figures under figures."""
    axes.annotate(
        words, (1, row), xycoords=axes.get_yaxis_transform(), xytext=(VALUE_COLUMN, 0),
        textcoords="offset points", ha="right", va="center", color=ALERT if alert else INK,
        fontweight="bold" if strong else "normal", annotation_clip=False,
    )  # fmt: skip


def plain(text: str) -> str:
    """A stranger's text for a label: one line, and no dollar that would start a formula."""
    return shortened(" ".join(text.split()), limit=LONGEST_LABEL).replace("$", r"\$")
