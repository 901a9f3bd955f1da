"""What a formal notice claims, as its letter says it: natures, rate, the table of rates.

Brings `reminders.claims`, which counts, and `documents.letters`, which writes, together.
"""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Final

from workbench.documents.letter_kinds import Line
from workbench.domain.dates import DateError, french_date, parse_date
from workbench.domain.errors import ParameterError, shortened
from workbench.domain.money import NO_BREAK_SPACE, AmountError, french_amount, parse_amount
from workbench.reminders.claims import ClaimedDue, Rate, nature_of

RATES_FILE: Final = "taux-legal.csv"
_COLUMNS: Final = ("debut", "fin", "taux", "source")
# A whole table of rates since 1980 has not half as many rows.
_MOST_RATES: Final = 500
_HIGHEST_BASIS_POINTS: Final = 3_000


def notice_lines(dues: Iterable[ClaimedDue], *, year_starts_on: date) -> tuple[Line, ...]:
    """Returns the rows of a formal notice, each with its nature.

    Args:
        dues: unpaid, open cents > 0.
        year_starts_on: first day of the co-ownership's current accounting year.

    Source: LAW L3.
    """
    return tuple(
        Line(
            label=due.label or "Somme due",
            amount_cents=due.open_cents,
            due_on=due.due_on,
            group=nature_of(due, year_starts_on=year_starts_on),
        )
        for due in dues
    )


def rate_words(rates: Sequence[Rate], *, on: date) -> str:
    """Returns the legal rate of a day with its half-year, as a letter cites it.

    Raises:
        ParameterError: the table has no rate for that day: it is never guessed.

    Source: LAW L5.
    """
    rate = next((rate for rate in rates if rate.starts_on <= on <= rate.ends_on), None)
    if rate is None:
        raise ParameterError(
            f"aucun taux d’intérêt légal pour le {french_date(on)} : l’ajouter à la table des "
            f"taux ({RATES_FILE})"
        )
    half = "1er" if on.month <= 6 else "2e"
    percent = french_amount(rate.basis_points)
    return f"{percent}{NO_BREAK_SPACE}% l’an au {half} semestre {on.year}"


def read_rates(path: Path) -> tuple[Rate, ...]:
    """Reads the office's table of legal rates.

    Args:
        path: a CSV with `;` and the columns `debut`, `fin`, `taux` (percent), `source`.

    Returns:
        The rates, oldest first.

    Raises:
        ParameterError: no such file, a value that is none, two rates for one day; says the line.

    Source: LAW L5.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ParameterError(f"{path} : la table des taux d’intérêt légal manque") from None
    except (OSError, UnicodeDecodeError):
        raise ParameterError(f"{path} : fichier illisible (l’enregistrer en UTF-8)") from None
    rows = csv.reader(text.splitlines(), delimiter=";")
    header = [title.strip().casefold() for title in next(rows, [])]
    missing = [column for column in _COLUMNS[:3] if column not in header]
    if missing:
        raise ParameterError(f"{path.name}, ligne 1 : la colonne « {missing[0]} » manque")
    rates = [
        _rate(dict(zip(header, row, strict=False)), f"{path.name}, ligne {rows.line_num}")
        for row in rows
        if any(cell.strip() for cell in row)
    ]
    if len(rates) > _MOST_RATES:
        raise ParameterError(f"{path.name} : plus de {_MOST_RATES} taux")
    return _in_order(rates, path.name)


def _rate(row: dict[str, str], where: str) -> Rate:
    try:
        starts_on, ends_on = parse_date(row.get("debut", "")), parse_date(row.get("fin", ""))
        basis_points = parse_amount(row.get("taux", "").replace("%", ""))
    except (DateError, AmountError) as error:
        raise ParameterError(f"{where} : {error}") from None
    if ends_on < starts_on:
        raise ParameterError(f"{where} : la fin vient avant le début")
    if not 0 <= basis_points <= _HIGHEST_BASIS_POINTS:
        taux = shortened(row.get("taux", ""), limit=20)
        raise ParameterError(f"{where} : « {taux} » n’est pas un taux en pour cent")
    return Rate(starts_on=starts_on, ends_on=ends_on, basis_points=basis_points)


def _in_order(rates: list[Rate], name: str) -> tuple[Rate, ...]:
    ordered = sorted(rates, key=lambda rate: rate.starts_on)
    for before, after in pairwise(ordered):
        if after.starts_on <= before.ends_on:
            raise ParameterError(f"{name} : deux taux pour le {french_date(after.starts_on)}")
    return tuple(ordered)
