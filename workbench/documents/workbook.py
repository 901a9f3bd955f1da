"""Tables as an Excel workbook, for those who go on working there.

A payer chooses the label of his transfer: a text stays a text, whatever it starts with. Not for
reading workbooks, which is `loaders.spreadsheet`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from numbers import Integral
from typing import Any, Final

import pandas as pd
import xlsxwriter

from workbench.domain.errors import ParameterError
from workbench.domain.money import decimal_amount

MOST_ROWS: Final = 1_048_575
"""Excel's own limit, less the header."""
LONGEST_TEXT: Final = 32_767
_WIDEST: Final = 60
# Nothing that is written may become a formula, a link or a number by itself.
_OPTIONS: Final = {
    "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
    "strings_to_numbers": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    r"""One sheet of a workbook.

    Attributes:
        name: of its tab; Excel takes 31 signs, without `[]:*?/\\`.
        rows: `*_cents` become euros, dates dates, whole numbers numbers; all else is text.
        titles: header of each column to write, by its name, left to right.
        blanks: headers of empty columns for whoever fills them in.
    """

    name: str
    rows: pd.DataFrame | Sequence[Mapping[str, object]]
    titles: Mapping[str, str]
    blanks: Sequence[str] = ()


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """Returns an `.xlsx` file: headers frozen and filtered, euros with two decimals.

    A text longer than a cell holds ends with `…`.

    Raises:
        ParameterError: more rows than a sheet holds.
    """
    target = BytesIO()
    with xlsxwriter.Workbook(target, _OPTIONS) as book:
        formats = {
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
            "money": book.add_format({"num_format": "#,##0.00"}),
            "date": book.add_format({"num_format": "dd/mm/yyyy"}),
            "text": book.add_format({"num_format": "@"}),
        }
        for sheet in sheets:
            _write(book.add_worksheet(sheet.name), sheet, formats)
    return target.getvalue()


def _write(target: Any, sheet: Sheet, formats: Mapping[str, Any]) -> None:  # noqa: ANN401 - a library without annotations
    frame = pd.DataFrame(sheet.rows)
    if len(frame) > MOST_ROWS:
        raise ParameterError(f"un classeur contient au plus {MOST_ROWS} lignes")
    heads = [*sheet.titles.values(), *sheet.blanks]
    for place, head in enumerate(heads):
        target.write_string(0, place, head, formats["head"])
        target.set_column(place, place, min(max(len(head) + 2, 12), _WIDEST))
    for place, key in enumerate(sheet.titles):
        values = frame[key] if key in frame else pd.Series([], dtype="str")
        longest = 0
        for row, value in enumerate(values, 1):
            longest = max(longest, _cell(target, row, place, value, key=key, formats=formats))
        target.set_column(place, place, min(max(longest, len(heads[place])) + 2, _WIDEST))
    target.freeze_panes(1, 0)
    if len(frame):
        target.autofilter(0, 0, len(frame), len(heads) - 1)


def _cell(
    target: Any,  # noqa: ANN401 - a library without annotations
    row: int,
    place: int,
    value: object,
    *,
    key: str,
    formats: Mapping[str, Any],
) -> int:
    """Writes one value; returns about how wide it is, in signs."""
    if value is None or value is pd.NA or value is pd.NaT:
        return 0
    if isinstance(value, bool):
        target.write_string(row, place, "oui" if value else "non", formats["text"])
    elif isinstance(value, Integral) and key.endswith("_cents"):
        target.write_number(row, place, decimal_amount(int(value)), formats["money"])
    elif isinstance(value, Integral):
        target.write_number(row, place, int(value))
    elif isinstance(value, date):
        target.write_datetime(row, place, value, formats["date"])
    else:
        words = _written(str(value))
        target.write_string(row, place, words, formats["text"])
        return len(words)
    return 12


def _written(words: str) -> str:
    return words if len(words) <= LONGEST_TEXT else f"{words[: LONGEST_TEXT - 1]}…"
