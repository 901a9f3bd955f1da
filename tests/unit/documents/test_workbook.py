"""An Excel file that holds what it was given, and computes nothing."""

import re
from datetime import datetime
from io import BytesIO
from typing import Any

import openpyxl
import pandas as pd
import pytest

from workbench.documents import workbook as books
from workbench.documents.workbook import LONGEST_TEXT, Sheet, workbook
from workbench.domain.errors import ParameterError

HOSTILE = (
    "=1+1", "+33 6 12", "-2", "@SUM(A1)", '=HYPERLINK("http://x.invalid")', "http://x.invalid",
    "{=1}", "\t=1", "<script>alert(1)</script>", "007", "1e5", "\x00\x08\x1f", "_x0041_",
    "\u202eFR76", "TRUE", "'=1", " leading",
)  # fmt: skip


def read(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(data))


def sheet(**columns: Any) -> Sheet:
    return Sheet(name="Lignes", rows=pd.DataFrame(columns), titles={key: key for key in columns})


@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_stays_a_text(text: str) -> None:
    cell = read(workbook([sheet(label=[text])]))["Lignes"]["A2"]
    assert cell.data_type == "s"
    assert cell.hyperlink is None
    # What XML cannot carry stands there as Excel's mark for it.
    assert cell.value in {text, re.sub(r"[\x00-\x08\x1f]", _mark, text)}


def _mark(found: re.Match[str]) -> str:
    return f"_x{ord(found[0]):04X}_"


def test_euros_dates_numbers_and_words() -> None:
    given = sheet(
        amount_cents=[-123_456, 1, 0],
        day=[pd.Timestamp(2026, 10, 31), pd.NaT, pd.Timestamp(2026, 11, 1)],
        count=[7, 8, 9],
        known=[True, False, True],
        label=["é", "", "x"],
    )
    told = read(workbook([given]))["Lignes"]
    assert [c.value for c in told["A"]] == ["amount_cents", -1234.56, 0.01, 0]
    assert [c.value for c in told["B"][1:]] == [datetime(2026, 10, 31), None, datetime(2026, 11, 1)]  # noqa: DTZ001 - Excel has no zones
    assert [c.value for c in told["C"][1:]] == [7, 8, 9]
    assert [c.value for c in told["D"][1:]] == ["oui", "non", "oui"]
    assert told["A2"].number_format == "#,##0.00"
    assert told["B2"].number_format == "dd/mm/yyyy"
    assert told.freeze_panes == "A2"
    assert told.auto_filter.ref == "A1:E4"


def test_cents_are_exact_up_to_the_largest_amount() -> None:
    told = read(workbook([sheet(amount_cents=[10**13, -(10**13) + 1])]))["Lignes"]
    assert [round(c.value * 100) for c in told["A"][1:]] == [10**13, -(10**13) + 1]


def test_a_text_too_long_is_cut_in_sight() -> None:
    told = read(workbook([sheet(label=["a" * (LONGEST_TEXT + 1), "a" * LONGEST_TEXT])]))
    cut, whole = (cell.value for cell in told["Lignes"]["A"][1:])
    assert (len(cut), cut[-1]) == (LONGEST_TEXT, "…")
    assert whole == "a" * LONGEST_TEXT


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(books, "MOST_ROWS", 3)
    assert workbook([sheet(label=["x"] * 3)])
    with pytest.raises(ParameterError, match="au plus 3"):
        workbook([sheet(label=["x"] * 4)])


def test_no_rows_and_columns_to_fill_in() -> None:
    empty = Sheet(name="Lignes", rows=[], titles={"label": "Libellé"}, blanks=("Avis",))
    told = read(workbook([empty]))["Lignes"]
    assert [[c.value for c in row] for row in told.rows] == [["Libellé", "Avis"]]
