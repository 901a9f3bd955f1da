import base64
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from io import BytesIO

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from workbench.documents import pictures
from workbench.documents.drawing import FULL, HALF, Picture, png
from workbench.domain.dates import month_ends
from workbench.reports.arrears import BUCKETS

MONTHS = np.array(month_ends(date(2026, 11, 30), count=15), dtype="datetime64[s]")


def ages(cents: int = 1234_56) -> pd.DataFrame:
    return pd.DataFrame({"bucket": BUCKETS, "amount_cents": [cents] * len(BUCKETS)})


def trend(cents: list[int]) -> pd.DataFrame:
    return pd.DataFrame({"month_end": MONTHS[len(MONTHS) - len(cents) :], "overdue_cents": cents})


def collected(*rows: tuple[str, int, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["label", "called_cents", "collected_cents"])
    frame["credited_cents"] = 0
    frame["share"] = frame["collected_cents"] / frame["called_cents"]
    return frame


def dots() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "name": ["B", "A", "C"],
            "share_now": [0.949, 0.95, 0.99],
            "share_before": [0.9, np.nan, 1.0],
        }
    )


def texts(figure: Figure) -> list[str]:
    """Every word that is drawn."""
    found = [text.get_text() for text in figure.texts]
    for axes in figure.axes:
        labels = [*axes.get_xticklabels(), *axes.get_yticklabels(), *axes.texts]
        found += [label.get_text() for label in labels]
    return [text for text in found if text]


def test_every_age_is_written_with_its_amount() -> None:
    drawn = texts(pictures.ageing_bars(ages(), title="Depuis quand c’est dû"))
    assert drawn.count("1\u00a0234,56") == 7
    assert {"à échoir", "1 à 30 jours", "plus d’un an", "Depuis quand c’est dû"} <= set(drawn)


def test_what_is_not_yet_due_is_hatched_and_the_rest_darkens() -> None:
    bars = pictures.ageing_bars(ages()).axes[0].patches
    assert [bar.get_hatch() for bar in bars] == ["////"] + [None] * 6
    shades = [sum(to_rgb(bar.get_facecolor())) for bar in bars[1:]]
    assert shades == sorted(shades, reverse=True)


def test_the_bar_in_the_frame_is_what_came_in_of_what_was_called() -> None:
    figure = pictures.collection_bars(collected(("T3", 200_00, 150_00), ("T4", 100_00, 88_40)))
    bars = figure.axes[0].patches
    widths = [bar.get_width() for bar in bars if isinstance(bar, Rectangle)]
    assert widths == [200_00, 150_00, 100_00, 88_40]
    assert {"75,0\u00a0%", "88,4\u00a0%"} <= set(texts(figure))


@pytest.mark.parametrize(
    ("cents", "unit", "last"),
    [
        ([5_000_00, 9_999_99], "en euros, fin de mois", "10\u00a0000\u00a0€"),
        ([5_000_00, 10_000_00], "en milliers d’euros, fin de mois", "10\u00a0000\u00a0€"),
    ],
)
def test_the_line_says_its_unit_and_its_last_value(cents: list[int], unit: str, last: str) -> None:
    drawn = texts(pictures.overdue_line(trend(cents), title="En retard"))
    assert {unit, last} <= set(drawn)


def test_a_line_starts_at_zero_with_at_most_five_ticks() -> None:
    for highest in (1, 99, 1234_56, 138_713_00, 9_999_999_00):
        axes = pictures.overdue_line(trend([highest // 2, highest])).axes[0]
        assert axes.get_ylim()[0] == 0
        assert axes.get_ylim()[1] >= highest
        assert len(axes.get_yticks()) <= 5


def test_months_are_told_without_crowding() -> None:
    axes = pictures.overdue_line(trend([100_00] * 15)).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == [
        "09/2025", "01/2026", "04", "07", "11/2026",
    ]  # fmt: skip


def test_a_balance_may_be_below_zero() -> None:
    frame = pd.DataFrame({"month_end": MONTHS[-2:], "balance_cents": [-500_00, 200_00]})
    assert pictures.balance_steps(frame).axes[0].get_ylim()[0] <= -500_00


def test_buildings_under_the_target_are_marked_the_lowest_first() -> None:
    figure = pictures.collection_dots(dots(), now="T4 2026", before="T4 2025", title="Encaissé")
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["B", "A", "C"]
    drawn = texts(figure)
    assert {"94,9\u00a0% ▲", "95,0\u00a0%", "99,0\u00a0%", "objectif 95\u00a0%"} <= set(drawn)
    assert "● T4 2026, ○ T4 2025, en %, échelle de 80 à 100" in drawn


def test_a_strangers_name_is_no_formula_and_one_short_line() -> None:
    name = "Rés. $\\frac{1}{0}$\n" + "x" * 60
    frame = pd.DataFrame({"name": [name], "share_now": [0.9], "share_before": [0.8]})
    figure = pictures.collection_dots(frame, now="a", before="b")
    assert png(figure)[:4] == b"\x89PNG"
    (label,) = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert label.endswith("…")
    assert "\n" not in label


def test_nothing_to_show_is_still_a_picture() -> None:
    empty = collected()
    frames = [
        pictures.ageing_bars(ages(0)),
        pictures.collection_bars(empty),
        pictures.overdue_line(trend([])),
        pictures.balance_steps(pd.DataFrame({"month_end": [], "balance_cents": []})),
        pictures.collection_dots(dots().head(0), now="a", before="b"),
    ]
    assert all(png(figure)[:4] == b"\x89PNG" for figure in frames)


def test_the_same_figure_gives_the_same_bytes_without_a_date_or_a_program() -> None:
    first, second = (png(pictures.ageing_bars(ages())) for _ in range(2))
    assert first == second
    assert "Software" not in Image.open(BytesIO(first)).info


@pytest.mark.parametrize(("width", "pixels"), [(HALF, 504), (FULL, 1022)])
def test_a_picture_is_half_or_full_width(width: float, pixels: int) -> None:
    image = Image.open(BytesIO(png(pictures.ageing_bars(ages(), width=width))))
    assert image.width == pixels


def test_several_threads_draw_at_once_and_leave_the_style_of_others_alone() -> None:
    before = mpl.rcParams["font.size"]
    with ThreadPoolExecutor(4) as pool:
        drawn = set(pool.map(lambda _: png(pictures.ageing_bars(ages())), range(8)))
    assert len(drawn) == 1
    assert mpl.rcParams["font.size"] == before


def test_a_picture_shows_itself_with_its_heading_and_its_words() -> None:
    picture = Picture(
        pictures.ageing_bars(ages()), title="5. <b>", subtitle="en €", words='dit "x"'
    )
    shown = picture._repr_mimebundle_()
    image = shown["image/png"]
    assert isinstance(image, bytes)
    assert image[:4] == b"\x89PNG"
    markup = str(shown["text/html"])
    assert "<h2>5. &lt;b&gt;</h2>" in markup
    assert 'alt="dit &quot;x&quot;"' in markup
    assert base64.b64encode(image).decode() in markup
    assert shown["text/plain"] == 'dit "x"'
