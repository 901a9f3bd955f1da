"""What leaves when? A grid of months: how many reminders of each type, building by building.

Inline SVG for a screen. A type says itself by its shape (outline, full, dashed) and every count is
written; a month in which a building has no reminder is hatched, a building that sleeps has a band.

Not for deciding anything: the counts come in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from workbench.documents.html import Html, french_count, join
from workbench.documents.style import ACCENT, ACCENT_TINT, INK, INK2, LINE, LINE2, PAPER
from workbench.documents.svg import shape
from workbench.domain.dates import Period, french_date
from workbench.domain.errors import shortened

# Pixels on a screen of 1280.
WIDTH: Final = 1156
_LABELS: Final = 166
_HEAD: Final = 46
_ROW: Final = 34
_BOX: Final = 30
_BOX_HEIGHT: Final = 17
_LETTER: Final = 6.1
_HATCH: Final = "wb-no-reminder"


@dataclass(frozen=True, slots=True)
class Mark:
    """A type of reminder: its name in the counts, its French words, its shape.

    Attributes:
        kind: key of the counts.
        words: plural: `relances simples`.
        shape: `outline`, `full` or `dashed`.
    """

    kind: str
    words: str
    shape: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingRow:
    """One building's months.

    Attributes:
        name: of the building.
        counts: of each month and type; what is missing is none.
        closed: months in which it has no reminder.
        asleep: its reminders sleep from the first day until the second; None when they do not.
    """

    name: str
    counts: Mapping[tuple[Period, str], int]
    closed: frozenset[Period] = field(default_factory=frozenset)
    asleep: tuple[date, date] | None = None


def month_grid(
    rows: Sequence[BuildingRow],
    *,
    months: Sequence[Period],
    marks: Sequence[Mark],
    chosen: Period,
    notes: Mapping[Period, str] | None = None,
) -> Html:
    """Draws the grid.

    Args:
        rows: buildings, in the order to show.
        months: columns, left to right.
        marks: types, in the order they go out.
        chosen: the month of the day on the screen, framed.
        notes: one line under a month's name.

    Returns:
        An `svg` element that says the same in words to a reader who cannot see it.
    """
    height = _HEAD + _ROW * max(len(rows), 1) + 2
    grid = _Grid(tuple(months), tuple(marks), height)
    return shape(
        "svg",
        shape("title", "Relances des mois à venir, par immeuble"),
        _hatching(),
        *_heads(grid, chosen, notes or {}),
        *(part for place, row in enumerate(rows) for part in _ground(grid, row, place)),
        _frame(grid, chosen),
        # Over the lines: one through words or figures is hard to read.
        *(part for place, row in enumerate(rows) for part in _told(grid, row, place)),
        view_box=f"0 0 {WIDTH} {height}", width=WIDTH, height=height, role="img",
        aria_label=words_of(rows, months=months, marks=marks),
        font_family="DejaVu Sans, Arial, sans-serif", font_size=10.5,
    )  # fmt: skip


def sample_of(mark: Mark) -> Html:
    """Returns the mark alone, for a legend or a cell."""
    box = _box(0, 0, mark, width=16, height=10)
    return shape("svg", box, view_box="-1 -1 18 12", width=18, height=12, role="presentation")


def words_of(
    rows: Sequence[BuildingRow], *, months: Sequence[Period], marks: Sequence[Mark]
) -> str:
    """Returns the whole grid in words."""
    told = []
    for row in rows:
        parts = [
            f"{month.french()} {french_count(count)} {mark.words}"
            for month in months
            for mark in marks
            if (count := row.counts.get((month, mark.kind), 0))
        ]
        if row.asleep:
            parts.append(f"en sommeil jusqu’au {french_date(row.asleep[1])}")
        told.append(f"{row.name} : {', '.join(parts) or 'rien'}")
    return f"Relances à venir, si rien n’est payé. {' ; '.join(told)}."


@dataclass(frozen=True, slots=True)
class _Grid:
    """Where a month stands."""

    months: tuple[Period, ...]
    marks: tuple[Mark, ...]
    height: float

    @property
    def step(self) -> float:
        return (WIDTH - _LABELS) / max(len(self.months), 1)

    def left(self, month: Period) -> float:
        return _LABELS + self.months.index(month) * self.step

    def place(self, day: date) -> float:
        """Where a day stands, kept within the grid."""
        first, last = self.months[0], self.months[-1]
        if day < first.first_day:
            return _LABELS
        if day > last.last_day:
            return WIDTH
        month = Period.of(day)
        return self.left(month) + self.step * (day.day - 1) / month.last_day.day


def _heads(grid: _Grid, chosen: Period, notes: Mapping[Period, str]) -> Iterator[Html]:
    for month in grid.months:
        middle = grid.left(month) + grid.step / 2
        weight = "700" if month == chosen else "600"
        yield _text(month.french(), middle, 18, anchor="middle", weight=weight)
        note = shortened(notes.get(month, ""), limit=int(grid.step / 5.4))
        yield _text(note, middle, 35, anchor="middle", fill=INK2, size=9.5)
    yield _line(0, WIDTH, _HEAD, LINE2)


def _ground(grid: _Grid, row: BuildingRow, place: int) -> Iterator[Html]:
    """A row's name, its line, and the months without a reminder."""
    top = _HEAD + place * _ROW
    label = shortened(row.name, limit=int(_LABELS / _LETTER))
    yield shape("g", shape("title", row.name), _text(label, 0, top + 21))
    for month in grid.months:
        if month in row.closed:
            yield shape(
                "rect", x=grid.left(month), y=top + 0.5, width=grid.step, height=_ROW - 1,
                fill=f"url(#{_HATCH})",
            )  # fmt: skip
    yield _line(0, WIDTH, top + _ROW, LINE)


def _told(grid: _Grid, row: BuildingRow, place: int) -> Iterator[Html]:
    """A row's sleep, and its counts before it."""
    top = _HEAD + place * _ROW
    if row.asleep:
        yield _asleep(grid, row.asleep, top)
    yield from _cells(grid, row, top)


def _cells(grid: _Grid, row: BuildingRow, top: float) -> Iterator[Html]:
    for month in grid.months:
        left = grid.left(month) + 10
        for mark in grid.marks:
            count = row.counts.get((month, mark.kind), 0)
            if not count:
                continue
            number = french_count(count)
            width = max(_BOX, len(number) * 7 + 14)
            words = f"{row.name}, {month.french()} : {number} {mark.words}"
            full = mark.shape == "full"
            yield shape(
                "g",
                shape("title", words),
                _box(left, top + 8, mark, width=width, height=_BOX_HEIGHT),
                _text(
                    number, left + width / 2, top + 20.5, anchor="middle", weight="700",
                    fill=PAPER if full else ACCENT,
                ),
            )  # fmt: skip
            left += width + 8


def _box(left: float, top: float, mark: Mark, *, width: float, height: float) -> Html:
    if mark.shape == "full":
        return shape("rect", x=left, y=top, width=width, height=height, fill=ACCENT, stroke=ACCENT)
    dashed = {"stroke_dasharray": "3 2"} if mark.shape == "dashed" else {}
    fill = ACCENT_TINT if mark.shape == "dashed" else PAPER
    return shape(
        "rect", x=left, y=top, width=width, height=height, fill=fill, stroke=ACCENT,
        stroke_width=1.4, **dashed,
    )  # fmt: skip


def _asleep(grid: _Grid, asleep: tuple[date, date], top: float) -> Html:
    start, until = asleep
    left, right = grid.place(start) + 4, grid.place(until) - 2
    words = f"en sommeil jusqu’au {french_date(until)}"
    # A short sleep is still told: the words go beside the band when they do not fit in it.
    inside = right - left >= len(words) * 5.6 + 12
    return shape(
        "g",
        shape("title", words),
        shape(
            "rect", x=left, y=top + 8, width=max(right - left, 4), height=_BOX_HEIGHT,
            fill=PAPER, stroke=INK2,
        ),
        _text(words, left + 7 if inside else right + 6, top + 20, size=9.5),
    )  # fmt: skip


def _frame(grid: _Grid, chosen: Period) -> Html:
    """Columns apart, and a frame around the month on the screen."""
    lines = [
        shape("line", x1=x, x2=x, y1=_HEAD, y2=grid.height - 2, stroke=LINE)
        for x in (grid.left(month) for month in grid.months)
    ]
    if chosen not in grid.months:
        return join(*lines)
    frame = shape(
        "rect", x=grid.left(chosen), y=1, width=grid.step - 1, height=grid.height - 2,
        fill="none", stroke=INK, stroke_width=1.3,
    )  # fmt: skip
    return join(*lines, frame)


def _text(
    words: str,
    x: float,
    baseline: float,
    *,
    anchor: str = "start",
    weight: str = "400",
    fill: str = INK,
    size: float = 10.5,
) -> Html:
    return shape(
        "text", words, x=x, y=baseline, text_anchor=anchor, font_weight=weight, fill=fill,
        font_size=size,
    )  # fmt: skip


def _line(x1: float, x2: float, y: float, stroke: str) -> Html:
    return shape("line", x1=x1, x2=x2, y1=y, y2=y, stroke=stroke)


def _hatching() -> Html:
    stripe = shape("line", x1=0, x2=0, y1=0, y2=7, stroke=LINE2, stroke_width=1.6)
    pattern = shape(
        "pattern", stripe, id=_HATCH, width=7, height=7, pattern_units="userSpaceOnUse",
        pattern_transform="rotate(45)",
    )  # fmt: skip
    return shape("defs", pattern)
