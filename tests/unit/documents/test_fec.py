"""The FEC: eighteen columns, tabs, French decimals, and nothing that ends a field early."""

from datetime import date
from typing import Any

import pandas as pd

from workbench.documents.fec import COLUMNS, to_fec

JOURNALS = {"BQ": "Banque"}


def line(**values: Any) -> dict[str, Any]:
    usual = {
        "entry": 7, "building_id": "B1", "date": "2026-10-05", "journal": "BQ", "account": "4501",
        "account_title": "Copropriétaires", "auxiliary": "A1", "auxiliary_name": "Mme Noé",
        "label": "NOE LOYER", "debit_cents": 0, "credit_cents": 1234_05, "document": "M2",
        "document_on": "2026-10-04", "letter": "AA", "lettered_on": "2026-10-06",
    }  # fmt: skip
    return usual | values


def fec(*lines: dict[str, Any]) -> list[list[str]]:
    frame = pd.DataFrame(list(lines), columns=list(line()))
    for column in ("date", "document_on", "lettered_on"):
        frame[column] = pd.to_datetime(frame[column]).astype("datetime64[s]")
    text = to_fec(frame, journals=JOURNALS, closed_on=date(2026, 10, 31))
    assert text.endswith("\n")
    return [row.split("\t") for row in text.removesuffix("\n").split("\n")]


def test_each_line_has_the_columns_of_the_law_in_their_order() -> None:
    header, row = fec(line())
    assert tuple(header) == COLUMNS
    assert len(header) == 18
    assert row == [
        "BQ", "Banque", "7", "20261005", "4501", "Copropriétaires", "A1", "Mme Noé", "M2",
        "20261004", "NOE LOYER", "0,00", "1234,05", "AA", "20261006", "20261031", "", "",
    ]  # fmt: skip


def test_an_open_line_has_no_letter_and_no_day() -> None:
    _, row = fec(line(letter="", lettered_on=None, debit_cents=5, credit_cents=0))
    assert row[11:15] == ["0,05", "0,00", "", ""]


def test_no_name_or_label_ends_a_field_or_a_line() -> None:
    rows = fec(line(label="a\tb\r\nc\u2028d\x85e\x00f", auxiliary_name="\t"))
    assert [len(row) for row in rows] == [18, 18]
    assert rows[1][10] == "a b c d e f"


def test_no_entry_is_a_header_alone() -> None:
    assert fec() == [list(COLUMNS)]
