from datetime import date

import pytest

from workbench.matching.periods import EPOCH, day_words, named_periods


def words(label: str, on: str = "2026-03-05") -> list[str]:
    booked = (date.fromisoformat(on) - EPOCH).days
    return [p.words for p in named_periods(label, booked)]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("LOYER MARS 2026", ["mars 2026"]),
        ("loyer février", ["février 2026"]),
        ("LOYERS FEV ET MARS 26", ["février 2026", "mars 2026"]),
        ("LOYER 03/2026", ["mars 2026"]),
        ("CHARGES T2 2026", ["T2 2026"]),
        ("APPEL 2T26", ["T2 2026"]),
        ("4E TRIM 2025", ["T4 2025"]),
        ("1ER TRIMESTRE", ["T1 2026"]),
        ("VIR DU 02/03/2026", []),
        ("MARSEILLE", []),
        ("LE MANS", []),
        ("ART2 15", []),
        ("VIR SEPA", []),
    ],
)
def test_periods_that_a_label_names(label: str, expected: list[str]) -> None:
    assert words(label) == expected


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2026-01-05", "décembre 2025"),
        ("2026-12-28", "décembre 2026"),
        ("2026-08-31", "décembre 2026"),
        ("2026-07-31", "décembre 2025"),
    ],
)
def test_a_month_without_a_year_is_the_nearest_one(on: str, expected: str) -> None:
    assert words("LOYER DECEMBRE", on) == [expected]


def test_day_words() -> None:
    assert day_words(0) == "01/01/1970"
