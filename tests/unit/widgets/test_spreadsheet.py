import csv
from datetime import date
from io import StringIO

import pytest

from workbench.widgets.spreadsheet import french_csv


def read(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf"), "without its mark Excel takes it for cp1252"
    return list(csv.reader(StringIO(content.decode("utf-8-sig")), delimiter=";"))


def test_amounts_and_dates_are_french() -> None:
    content = french_csv(["a", "b"], [(123456, date(2026, 11, 5)), (-7, None), (0, "")])
    assert read(content) == [["a", "b"], ["1234,56", "05/11/2026"], ["-0,07", ""], ["0,00", ""]]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+33 6", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0",
        "\u00a0=1", "\uff1d1+1", '=HYPERLINK("http://example.invalid";"ici")',
    ],
)  # fmt: skip
def test_a_text_is_never_a_formula(text: str) -> None:
    ((cell,),) = read(french_csv(["x"], [(text,)]))[1:]
    assert cell == f"'{text}"


@pytest.mark.parametrize("text", ["SCI Aubépine-Nord", "3 = trois", "'=1", "a;b", 'dit "le Petit"'])
def test_an_ordinary_text_is_kept(text: str) -> None:
    assert read(french_csv(["x"], [(text,)]))[1:] == [[text]]
