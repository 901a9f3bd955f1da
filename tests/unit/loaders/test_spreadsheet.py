"""Workbooks: exact cells, and what a forged one may not do."""

import io
import time
import zipfile
from datetime import date, datetime

import openpyxl
import pytest

from workbench.domain.errors import UnreadableFileError
from workbench.loaders import spreadsheet
from workbench.loaders.spreadsheet import sheet_rows


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def changed(data: bytes, old: bytes, new: bytes) -> bytes:
    """Returns the workbook with its first sheet's XML changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w", 8) as after:
        for name in before.namelist():
            content = before.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert old in content
                content = content.replace(old, new)
            after.writestr(name, content)
    return out.getvalue()


def refusal_of(data: bytes) -> str:
    started = time.monotonic()
    with pytest.raises(UnreadableFileError) as refusal:
        list(sheet_rows(data, file="x.xlsx"))
    assert time.monotonic() - started < 5
    return refusal.value.reason


def test_cells_are_the_texts_a_csv_would_have() -> None:
    day, moment = date(2026, 10, 31), datetime(2026, 10, 31, 8, 30)  # noqa: DTZ001 - Excel has none
    data = workbook(["a", 1, 1.5, True, day], [], [moment, None, 0.1 + 0.2, False, 45000001])
    assert list(sheet_rows(data, file="x")) == [
        (1, ["a", "1", "1.5", "yes", "2026-10-31"]),
        (3, ["2026-10-31T08:30:00", "", "0.3", "no", "45000001"]),
    ]


@pytest.mark.parametrize("place", [b"XFD1048576", b"GT2", b"A1000001", b"ZZZZ1"])
def test_cell_at_the_end_of_the_world_is_refused(place: bytes) -> None:
    data = changed(workbook(["a"], ["b"]), b'r="A2"', b'r="%s"' % place)
    assert "démesuré" in refusal_of(data)


@pytest.mark.parametrize("place", [b"GR2", b"A1000"])
def test_cell_at_the_edge_is_read(place: bytes) -> None:
    data = changed(workbook(["a"], ["b"]), b'r="A2"', b'r="%s"' % place)
    (_, first), (_, second) = sheet_rows(data, file="x")
    assert (first[0], second[-1]) == ("a", "b")


def test_archive_that_swells_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "LARGEST_BYTES", 100_000)
    data = changed(workbook(["a"]), b"<sheetData>", b" " * 200_000 + b"<sheetData>")
    assert len(data) < 20_000
    assert "une fois décompressé" in refusal_of(data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        workbook(["a"])[:-30],
        workbook(["a"])[:2000],
        changed(workbook(["a"]), b"<sheetData>", b"<sheetData"),
    ],
)
def test_damaged_workbook_is_refused(data: bytes) -> None:
    assert "illisible ou endommagé" in refusal_of(data)


def test_byte_changed_inside_is_seen() -> None:
    data = bytearray(workbook(["abcdefgh"] * 50))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        member = archive.getinfo("xl/worksheets/sheet1.xml")
    data[member.header_offset + 60 + member.compress_size // 2] ^= 0xFF
    assert "illisible ou endommagé" in refusal_of(bytes(data))
