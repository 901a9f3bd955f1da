"""A table for a French spreadsheet: semicolons, decimal commas, and no cell that is a formula."""

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from io import StringIO
from typing import Final

from workbench.domain.dates import french_date

# What makes a spreadsheet compute instead of show, full-width forms included.
_FORMULA: Final = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def french_csv(headers: Sequence[str], rows: Iterable[Sequence[str | int | date | None]]) -> bytes:
    """Returns a CSV file that a French Excel opens with a double click.

    Args:
        headers: first line.
        rows: texts as the data has them, cents as `int`, dates; None is an empty cell.

    Returns:
        UTF-8 with its mark, `;`, decimal commas, French dates. A text that a spreadsheet would
        take for a formula starts with an apostrophe.
    """
    target = StringIO()
    writer = csv.writer(target, delimiter=";", lineterminator="\r\n")
    writer.writerow(headers)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return target.getvalue().encode("utf-8-sig")


def _cell(value: str | int | date | None) -> str:
    if value is None:
        return ""
    if isinstance(value, int):
        # Plain hyphen and no groups: a spreadsheet must read a number, not a text.
        return f"{'-' if value < 0 else ''}{abs(value) // 100},{abs(value) % 100:02d}"
    if isinstance(value, date):
        return french_date(value)
    return f"'{value}" if value.lstrip(" \u00a0").startswith(_FORMULA) else value
