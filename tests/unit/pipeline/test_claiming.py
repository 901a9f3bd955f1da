"""From what is claimed to the letter that claims it; the table of legal rates (L3, L5)."""

from datetime import date
from pathlib import Path

import pytest

from workbench.documents.letter_kinds import Group
from workbench.domain.errors import ParameterError
from workbench.domain.records import DueKind
from workbench.pipeline.claiming import notice_lines, rate_words, read_rates
from workbench.reminders.claims import ClaimedDue, Nature, Rate

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
HEAD = "debut;fin;taux;source\n"


def _table(folder: Path, *rows: str) -> Path:
    path = folder / "taux-legal.csv"
    path.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_lines_carry_their_nature() -> None:
    dues = [
        ClaimedDue("d1", DueKind.CALL, "T2", date(2026, 4, 1), 1_000),
        ClaimedDue("d2", DueKind.WORKS_CALL, "", date(2026, 5, 1), 2_000),
        ClaimedDue("d3", DueKind.FEE, "Frais", date(2026, 6, 1), 42_00),
        ClaimedDue("d4", DueKind.CALL, "T4", date(2025, 10, 1), 500),
    ]
    lines = notice_lines(dues, year_starts_on=date(2026, 1, 1))
    assert [line.group for line in lines] == ["budget", "works", "costs", "earlier"]
    assert [line.amount_cents for line in lines] == [1_000, 2_000, 42_00, 500]
    assert lines[1].label == "Somme due"


def test_natures_and_groups_are_the_same_words() -> None:
    assert {str(nature) for nature in Nature} == {str(group) for group in Group}


def test_the_rate_that_comes_along_is_the_one_we_know() -> None:
    rates = read_rates(TEMPLATES / "taux-legal.csv")
    assert Rate(date(2026, 1, 1), date(2026, 6, 30), 262) in rates
    assert rate_words(rates, on=date(2026, 6, 30)) == "2,62\u00a0% l’an au 1er semestre 2026"


def test_a_day_without_a_rate_is_an_error(tmp_path: Path) -> None:
    rates = read_rates(_table(tmp_path, "01/01/2026;30/06/2026;2,62;arrêté"))
    with pytest.raises(ParameterError, match="aucun taux d’intérêt légal pour le 01/07/2026"):
        rate_words(rates, on=date(2026, 7, 1))
    with pytest.raises(ParameterError, match="31/12/2025"):
        rate_words(rates, on=date(2025, 12, 31))


def test_rows_come_in_order_and_halves_are_named(tmp_path: Path) -> None:
    path = _table(tmp_path, "2026-07-01;2026-12-31;2,50 %;b", "", "2026-01-01;2026-06-30;2.62;a")
    rates = read_rates(path)
    assert [rate.basis_points for rate in rates] == [262, 250]
    assert rate_words(rates, on=date(2026, 7, 1)) == "2,50\u00a0% l’an au 2e semestre 2026"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["2026-01-01;2026-06-30;abc;"], "ligne 2"),
        (["2026-01-01;2026-06-30;99,00;"], "n’est pas un taux"),
        (["2026-01-01;2026-06-30;-1,00;"], "n’est pas un taux"),
        (["2026-06-30;2026-01-01;2,62;"], "la fin vient avant"),
        (["2026-01-01;2026-13-01;2,62;"], "ligne 2"),
        (["2026-01-01;2026-06-30;2,62;", "2026-06-30;2026-12-31;2,62;"], "deux taux"),
        (["2026-01-01"], "ligne 2"),
    ],
)
def test_a_wrong_table_says_where(tmp_path: Path, rows: list[str], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        read_rates(_table(tmp_path, *rows))


def test_an_absent_or_headless_table_is_said(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="manque"):
        read_rates(tmp_path / "absent.csv")
    path = tmp_path / "t.csv"
    path.write_text("a;b\n1;2\n", encoding="utf-8")
    with pytest.raises(ParameterError, match="la colonne « debut » manque"):
        read_rates(path)
