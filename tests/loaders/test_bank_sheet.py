"""Workbooks and HTML pages of the banks: the same rows as their CSV, in a process with limits."""

import gc
import io
import subprocess
import time
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.loaders.bank_tables import CA, CE, CIC, HEADER, Export, lines_of, page, workbook_of
from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import StatementFile
from workbench.loaders import bank_sheet, spreadsheet
from workbench.loaders.registry import is_bank_file, read_source
from workbench.loaders.sniff import Source

ROWS: list[list[object]] = [
    [date(2026, 7, 8), date(2026, 7, 9), None, 2500, "VIR DUPONT", 1280.23],
    [date(2026, 7, 9), date(2026, 7, 9), -45.67, None, "PRLV SEPA EDF", 1234.56],
]


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    """Returns the workbook with one part replaced or added."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w", 8) as after:
        for other in before.namelist():
            if other != name:
                after.writestr(other, before.read(other))
        after.writestr(name, content)
    return out.getvalue()


def part(data: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read(name)


def read(data: bytes) -> StatementFile:
    return read_source(Source.of_bytes(data, name="releve.xls"))


def refusal_of(data: bytes) -> UnreadableFileError:
    started = time.monotonic()
    with pytest.raises(UnreadableFileError) as refusal:
        read(data)
    assert time.monotonic() - started < 5
    return refusal.value


SHEET = workbook_of([HEADER, *ROWS])


def test_sheet_is_read_as_its_csv() -> None:
    file = read(SHEET)
    (statement,) = file.statements
    assert file.format == "xlsx-credit-mutuel-cic"
    assert tuple(entry.amount_cents for entry in statement.entries) == CIC.cents
    assert [(e.booked_on, e.value_on, e.place) for e in statement.entries] == [
        (date(2026, 7, 8), date(2026, 7, 9), 2),
        (date(2026, 7, 9), date(2026, 7, 9), 3),
    ]
    assert (statement.opening_cents, statement.closing_cents) == CIC.balances


@pytest.mark.parametrize("export", [CA, CE], ids=["CA", "CE"])
def test_what_stands_above_and_below_is_read_in_a_sheet(export: Export) -> None:
    (statement,) = read(workbook_of(lines_of(export))).statements
    assert statement.iban == export.account
    assert tuple(entry.amount_cents for entry in statement.entries) == export.cents
    assert statement.entries[0].label == export.label


def test_table_not_in_the_corner_keeps_its_row_numbers() -> None:
    lines: list[list[object]] = [[], [], [None, None, *HEADER], [], [None, None, *ROWS[0]]]
    (statement,) = read(workbook_of(lines)).statements
    assert [entry.place for entry in statement.entries] == [5]


def test_statement_on_a_later_sheet_is_found() -> None:
    (statement,) = read(workbook_of([["Bonjour"]], [HEADER, *ROWS])).statements
    assert [entry.extra for entry in statement.entries] == [{"sheet": "Feuille 2"}] * 2


def test_two_sheets_of_statements_are_refused() -> None:
    refusal = refusal_of(workbook_of([HEADER, *ROWS], [HEADER, ROWS[0]]))
    assert "une deuxième feuille" in refusal.reason
    assert "Feuille 2" in refusal.reason


def test_bad_cell_names_row_and_column() -> None:
    refusal = refusal_of(workbook_of([HEADER, ROWS[0], [*ROWS[1][:5], "beaucoup"]]))
    assert (refusal.line, refusal.column, refusal.value) == (3, "Solde", "beaucoup")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        (
            "xl/sharedStrings.xml",
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><sst/>',
            "DOC",
        ),
        (
            "xl/worksheets/sheet1.xml",
            b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><worksheet/>',
            "DOCTYPE",
        ),
        ("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row r='1'><c", "endommagé"),
        ("xl/media/image1.png", b"\0" * 5_000_000, "une fois décompressé"),
    ],
    ids=["billion laughs", "external entity", "cut", "bomb"],
)
def test_hostile_part_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, content: bytes, reason: str
) -> None:
    monkeypatch.setattr(spreadsheet, "LARGEST_BYTES", 4_000_000)
    assert reason in refusal_of(with_part(SHEET, name, content)).reason


@pytest.mark.parametrize("place", [b"XFD1048576", b"A1048576", b"ZZ1"])
def test_cell_far_out_is_refused(place: bytes) -> None:
    sheet = part(SHEET, "xl/worksheets/sheet1.xml").replace(b'r="A3"', b'r="%s"' % place)
    refusal = refusal_of(with_part(SHEET, "xl/worksheets/sheet1.xml", sheet))
    assert place.decode() in refusal.reason


def test_cell_far_out_in_other_words_meets_the_limit_of_memory() -> None:
    """`r = '…'` with an entity is no far cell to a search: the process's own limit stands."""
    sheet = part(SHEET, "xl/worksheets/sheet1.xml").replace(b'r="A3"', b'r="XFD10485&#55;6"')
    assert "classeur" in refusal_of(with_part(SHEET, "xl/worksheets/sheet1.xml", sheet)).reason


def test_declared_size_may_not_lie() -> None:
    data = bytearray(SHEET)
    with zipfile.ZipFile(io.BytesIO(SHEET)) as archive:
        member = archive.getinfo("xl/worksheets/sheet1.xml")
        directory = archive.start_dir
    at = data.index(b"xl/worksheets/sheet1.xml", directory) - 46
    assert data[at : at + 4] == b"PK\x01\x02"
    data[at + 24 : at + 28] = (member.file_size // 2).to_bytes(4, "little")
    assert "endommagé" in refusal_of(bytes(data)).reason


def test_process_past_its_memory_or_time_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MEMORY_BYTES", 8 * 1024 * 1024)
    assert "classeur" in refusal_of(SHEET).reason
    monkeypatch.undo()
    monkeypatch.setattr(spreadsheet, "SECONDS", 0.01)
    assert "mémoire" in refusal_of(SHEET).reason


def test_child_is_gone_when_nobody_reads_on(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []

    class Noted(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    lines = spreadsheet.workbook_rows(workbook_of([["x"]] * 5000), file="x")
    next(lines)
    (child,) = started
    assert child.returncode is None
    del lines
    gc.collect()
    assert child.returncode is not None


def test_empty_workbook_and_archive_are_no_statements(tmp_path: Path) -> None:
    assert "aucune ligne d'en-tête" in refusal_of(workbook_of([])).reason
    for name, content in (
        ("a.xlsx", workbook_of([["x"]])),
        ("b.xlsx", SHEET),
        ("c.xlsx", SHEET[:99]),
    ):
        (tmp_path / name).write_bytes(content)
    assert [is_bank_file(path) for path in sorted(tmp_path.iterdir())] == [False, True, False]


# --- what is named .xls and is none


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
@pytest.mark.parametrize("start", ["", "<!DOCTYPE html>\n"])
def test_page_named_xls_is_read_as_its_table(encoding: str, start: str) -> None:
    file = read((start + page()).encode(encoding))
    (statement,) = file.statements
    assert file.format == "html-credit-mutuel-cic"
    assert tuple(entry.amount_cents for entry in statement.entries) == CIC.cents
    assert [(e.label, e.place) for e in statement.entries] == [("VIR DUPONT", 3), ("PRLV & EDF", 4)]
    assert (statement.opening_cents, statement.closing_cents) == CIC.balances


def test_page_refers_to_nothing_that_is_fetched() -> None:
    script = "<img src='http://127.0.0.1:9/x'><iframe src='file:///etc/passwd'></iframe>"
    entities = "<!DOCTYPE html [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"
    (statement,) = read((entities + page(script + "&a;")).encode()).statements
    assert all("root" not in entry.label for entry in statement.entries)


def test_page_of_something_else_is_no_statement() -> None:
    assert "une page HTML" in str(refusal_of(page().replace("Crédit", "Prix").encode()))


def test_oversized_page_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank_sheet, "LARGEST_PAGE", 100)
    assert "démesurée" in refusal_of(page().encode()).reason


def test_tabs_named_xls_are_read() -> None:
    file = read(CIC.text.replace(";", "\t").encode("cp1252", "replace"))
    assert file.format == "csv-credit-mutuel-cic"
