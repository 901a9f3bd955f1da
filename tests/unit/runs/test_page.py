from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest

from workbench.domain.dates import Period
from workbench.runs import page
from workbench.runs.page import FIGURES_MIME, IndexRow, KeyFigures

FIGURES: dict[str, Any] = {
    "building": "Les Tilleuls <i>", "bank_cents": 1234_56, "gap_cents": 0, "overdue_cents": 99_00,
    "to_do": 42, "errors": 2, "journal_seq": 7, "journal_hash": "9f2c",
}  # fmt: skip


def notebook(tmp_path: Path, *outputs: dict[str, Any], source: str = "report.verdict()") -> str:
    cells = [nbformat.v4.new_markdown_cell("# Mode d’emploi", id="intro")]
    for number, output in enumerate(outputs):
        cell = nbformat.v4.new_code_cell(source, id=f"cell-{number}", execution_count=1)
        cell.outputs = [nbformat.v4.new_output(**output)]
        cells.append(cell)
    path = tmp_path / "month_end.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return str(path)


def shown(**data: Any) -> dict[str, Any]:
    mime = {"html": "text/html", "png": "image/png", "text": "text/plain", "figures": FIGURES_MIME}
    return {
        "output_type": "execute_result",
        "execution_count": 1,
        "data": {mime[name]: value for name, value in data.items()},
    }


def test_a_page_is_what_the_cells_show_without_their_code(tmp_path: Path) -> None:
    path = notebook(tmp_path, shown(html="<p>Un</p>", text="x"), shown(html="<p>Deux</p>"))
    made = page.notebook_to_html(path)
    assert made.index("<p>Un</p>") < made.index("<p>Deux</p>")
    for hidden in ("report.verdict", "Mode d’emploi", ">x<"):
        assert hidden not in made


def test_a_page_is_french_whole_and_still(tmp_path: Path) -> None:
    made = page.notebook_to_html(notebook(tmp_path, shown(html="<p>Un</p>")))
    assert '<html lang="fr">' in made
    assert "default-src 'none'" in made
    for word in ("<script", "http:", "https:", "MathJax", "require", "@import"):
        assert word not in made
    assert made == page.notebook_to_html(str(tmp_path / "month_end.ipynb"))


def test_pictures_stand_side_by_side(tmp_path: Path) -> None:
    path = notebook(tmp_path, shown(html="<p>Image</p>", png="AAAA"), shown(png="BBBB", text='"a"'))
    made = page.notebook_to_html(path)
    assert '<div class="half"><p>Image</p></div>' in made
    assert '<img src="data:image/png;base64,BBBB" alt="&quot;a&quot;">' in made


@pytest.mark.parametrize(
    "output",
    [
        shown(text="<img src=x onerror=alert(1)>"),
        {"output_type": "stream", "name": "stdout", "text": "<img src=x onerror=alert(1)>"},
        {
            "output_type": "error",
            "ename": "KeyError",
            "evalue": "<img src=x onerror=alert(1)>",
            "traceback": ["/secret/path.py"],
        },
    ],
)
def test_what_we_did_not_build_is_text(tmp_path: Path, output: dict[str, Any]) -> None:
    made = page.notebook_to_html(notebook(tmp_path, output))
    assert "&lt;img src=x onerror=alert(1)&gt;" in made
    assert "<img" not in made
    assert "/secret/path.py" not in made


def test_the_key_figures_and_the_title_come_from_the_notebook(tmp_path: Path) -> None:
    told = {"title": "Clôture d’octobre 2026, Les Tilleuls", "figures": FIGURES}
    path = notebook(tmp_path, shown(html="<p>x</p>"), shown(html="<p>y</p>", figures=told))
    assert page.key_figures(path) == KeyFigures(**FIGURES)
    assert "<title>Clôture d’octobre 2026, Les Tilleuls</title>" in page.notebook_to_html(path)


def test_a_notebook_without_figures_has_none(tmp_path: Path) -> None:
    path = notebook(tmp_path, shown(html="<p>x</p>"))
    assert page.key_figures(path) is None
    assert "<title>Clôture</title>" in page.notebook_to_html(path)


def row(building_id: str = "C001", state: str = "done", **values: Any) -> IndexRow:
    return IndexRow(building_id=building_id, state=state, words="faite", **values)


def figures(**values: Any) -> KeyFigures:
    return KeyFigures(**{**FIGURES, **values})


def test_the_index_shows_every_building_with_its_figures_and_the_way_to_it() -> None:
    made = page.index_page(
        [
            row(figures=figures(), html_href="C001/month_end.html", notebook_href="C001/m.ipynb"),
            row("C002", figures=figures(bank_cents=1_00, to_do=1, errors=0)),
        ],
        period=Period(2026, 10),
    )
    assert "Clôtures d’octobre 2026" in made
    assert '<a href="C001/month_end.html">Les Tilleuls &lt;i&gt;</a>' in made
    assert '<a href="C001/m.ipynb">ouvrir</a>' in made
    # Totals: 1 234.56 + 1.00, 99.00 twice, 43 movements.
    for figure in ("1\u00a0235,56", "198,00", "43\u00a0mouvements", "2\u00a0immeubles sur 2"):
        assert figure in made


def test_a_failed_building_stays_in_the_index_with_its_reason() -> None:
    made = page.index_page([row(figures=figures()), row("C<2>", "failed")], period=Period(2026, 4))
    assert "Clôtures d’avril 2026" in made
    assert "C&lt;2&gt; n’a pas pu être clôturé." in made
    assert "échec" in made
    assert "1\u00a0immeuble sur 2 clôturé<" in made


@pytest.mark.parametrize(
    ("gap_cents", "word"), [(0, "fait"), (1, "fait, écart"), (None, "fait, sans solde")]
)
def test_a_building_that_does_not_meet_its_bank_says_so(gap_cents: int | None, word: str) -> None:
    made = page.index_page([row(figures=figures(gap_cents=gap_cents))])
    assert f"\u00a0{word}</span>" in made


def test_an_empty_index_is_a_page() -> None:
    assert "0\u00a0immeuble sur 0" in page.index_page([])


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 2, 5, 40, tzinfo=UTC), "02/11/2026 à 06:40"),
        (datetime(2026, 10, 24, 23, 0, tzinfo=UTC), "25/10/2026 à 01:00"),
    ],
)
def test_hours_are_those_of_the_office(moment: datetime, words: str) -> None:
    assert page.office_time(moment) == words


def test_an_hour_without_its_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        page.office_time(datetime(2026, 11, 2))  # noqa: DTZ001
