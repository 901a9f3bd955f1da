"""The record behind a movement: the bank's own characters, found again by their place."""

from pathlib import Path

import openpyxl
import pytest

from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import Entry
from workbench.loaders import registry
from workbench.loaders.raw_record import raw_record
from workbench.loaders.sniff import Source

ENTRY = '<n:Ntry a="1">\n  <n:Amt Ccy="EUR">1,20</n:Amt><!-- é --></n:Ntry >'
OTHER = "<n:Ntry><n:NtryDtls><n:Ntry2/></n:NtryDtls></n:Ntry>"
CAMT = (
    '<?xml version="1.0" encoding="{encoding}"?>\r\n<n:Document '
    'xmlns:n="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><n:BkToCstmrStmt><n:Stmt>'
    f"{OTHER}{ENTRY}</n:Stmt><n:Stmt>{OTHER}</n:Stmt></n:BkToCstmrStmt></n:Document>"
)


def record(content: bytes, *, format: str, place: int) -> str:  # noqa: A002 - as the function
    return raw_record(Source.of_bytes(content, name="f"), format=format, place=place)


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("UTF-8", "utf-8"),
        ("UTF-8", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        ("ISO-8859-1", "latin-1"),
        ("ISO-8859-15", "iso-8859-15"),
        ("windows-1252", "cp1252"),
        # Converted by a program that forgot the declaration.
        ("ISO-8859-1", "utf-8"),
    ],
)
def test_an_entry_of_xml_in_every_encoding(declared: str, written: str) -> None:
    content = CAMT.format(encoding=declared).encode(written)
    found = [record(content, format="camt.053.001.08", place=place) for place in (1, 2, 3)]
    assert found == [OTHER, ENTRY, OTHER]


@pytest.mark.parametrize("place", [0, 4, 99])
def test_no_entry_there(place: int) -> None:
    content = CAMT.format(encoding="UTF-8").encode()
    with pytest.raises(UnreadableFileError, match="rien à cette place"):
        record(content, format="camt.053.001.08", place=place)


def test_a_doctype_is_refused() -> None:
    content = b'<!DOCTYPE d [<!ENTITY a "b">]>' + CAMT.format(encoding="UTF-8").encode()[40:]
    with pytest.raises(UnreadableFileError, match=r"DOCTYPE|XML mal formé|rien à cette place"):
        record(content, format="camt.053.001.08", place=1)


CFONB = [
    "01" + " " * 118, "04 first " + "x" * 111, "05 of the first", "05 of the first, again",
    "04 second" + " " * 111, "07" + " " * 118,
]  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_movement_of_cfonb_with_its_details(end: str) -> None:
    content = end.join(CFONB).encode("cp1252")
    assert record(content, format="cfonb120", place=2).split("\n") == CFONB[1:4]
    assert record(content, format="cfonb120", place=5) == CFONB[4]


def test_a_movement_of_cfonb_without_line_breaks() -> None:
    content = "".join(line.ljust(120) for line in CFONB).encode()
    assert record(content, format="cfonb120", place=2).startswith("04 first")
    assert record(content, format="cfonb120", place=2).count("\n") == 2
    assert record(content, format="cfonb120", place=5).strip() == "04 second"


MT940 = ":20:X\n:60F:C260101EUR0,\n:61:260102C1,\nmore\n:86:one\ntwo\n:61:260103D1,\n:62F:C\n-}"
QIF = "!Type:Bank\nD1/2/26\nT12\nPX\n^\nD2/2/26\nT13\n^\n"
OFX = "<OFX>\n<STMTTRN>\n<FITID>1\n</STMTTRN>\n<STMTTRN>\n<FITID>2\n<STMTTRN>\n<FITID>3\n</OFX>"
CSV = 'date;label\n2026-01-01;"one\ntwo ""x"""\n2026-01-02;plain\n'


@pytest.mark.parametrize(
    ("text", "format", "place", "expected"),
    [
        (MT940, "mt940", 3, ":61:260102C1,\nmore\n:86:one\ntwo"),
        (MT940, "mt940", 7, ":61:260103D1,"),
        (QIF, "qif", 2, "D1/2/26\nT12\nPX\n^"),
        (QIF, "qif", 6, "D2/2/26\nT13\n^"),
        (OFX, "ofx1", 2, "<STMTTRN>\n<FITID>1\n</STMTTRN>"),
        (OFX, "ofx1", 5, "<STMTTRN>\n<FITID>2"),
        (CSV, "csv", 2, '2026-01-01;"one\ntwo ""x"""'),
        (CSV, "csv", 4, "2026-01-02;plain"),
    ],
)
def test_lines_of_text(text: str, format: str, place: int, expected: str) -> None:  # noqa: A002
    assert record(text.encode(), format=format, place=place) == expected
    windows = text.replace("\n", "\r\n").encode("utf-16")
    assert record(windows, format=format, place=place) == expected


JSON = """{"account": {"iban": "FR76"}, "transactions": {"booked": [
  {"transactionId": "1", "amount": {"v": "1.20"}},
  {"transactionId": "2 }", "n": 12.50
  }
]}}"""


def test_a_transaction_of_json() -> None:
    first = record(JSON.encode(), format="json-berlin-group", place=1)
    assert first == '{"transactionId": "1", "amount": {"v": "1.20"}}'
    second = record(JSON.encode("utf-8-sig"), format="json-berlin-group", place=2)
    assert second == '{"transactionId": "2 }", "n": 12.50\n  }'
    with pytest.raises(UnreadableFileError, match="rien à cette place"):
        record(JSON.encode(), format="json-berlin-group", place=3)


PAGE = """<html><table><!-- <tr> --><TR><th>Date</th></TR>
<tr><td>01/02/2026<td>Loyer é
<tr class="x"><td>02/02/2026</td>
</tr></table></html>"""


def test_a_row_of_a_page() -> None:
    assert record(PAGE.encode(), format="html-lbp", place=1) == "<TR><th>Date</th></TR>"
    second = record(PAGE.encode("cp1252"), format="html-lbp", place=2)
    assert second == "<tr><td>01/02/2026<td>Loyer é"
    assert record(PAGE.encode(), format="html-lbp", place=3).endswith("</td>\n</tr>")
    with pytest.raises(UnreadableFileError, match="rien à cette place"):
        record(PAGE.encode(), format="html-lbp", place=4)


def test_a_row_of_a_workbook(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    workbook.active.append(["Date", "Montant"])
    workbook.active.append(["02/01/2026", 12.5])
    other = workbook.create_sheet("Février")
    other.append(["02/02/2026"])
    other.append(["03/02/2026", "=1+1"])
    workbook.save(tmp_path / "w.xlsx")
    source = Source.of_path(tmp_path / "w.xlsx")
    assert raw_record(source, format="xlsx-bnp", place=2) == "02/01/2026;12.5"
    assert raw_record(source, format="xlsx-bnp", place=1, sheet="Février").startswith("02/02/2026")
    with pytest.raises(UnreadableFileError, match="rien à cette place"):
        raw_record(source, format="xlsx-bnp", place=3)


# The last digit of an amount in CFONB carries its sign.
OVERPUNCHED = str.maketrans("{ABCDEFGHI}JKLMNOPQR", "01234567890123456789")


def entries_of(path: Path) -> list[tuple[str, Entry]]:
    try:
        stream = registry.open_statements(Source.of_path(path))
        return [(stream.format, event) for event in stream.events if isinstance(event, Entry)]
    except UnreadableFileError:
        return []


def test_every_entry_of_real_files_is_found_again(samples: Path) -> None:
    seen: dict[str, int] = {}
    for path in sorted(samples.rglob("*.*")):
        for format, entry in entries_of(path):  # noqa: A001 - as the function
            found = raw_record(Source.of_path(path), format=format, place=entry.place)
            text = found.translate(OVERPUNCHED) if format == "cfonb120" else found
            digits = "".join(filter(str.isdigit, text))
            where = f"{path.name}, {entry.place}: {found[:300]}"
            # 12.30 may be written 12,3.
            assert f"{abs(entry.amount_cents)}".rstrip("0") in digits, where
            kind = path.parent.name
            seen[kind] = max(seen.get(kind, 0), found.count("\n") + 1)
    assert set(seen) >= {"camt053", "cfonb120", "mt940", "ofx", "qif", "pain002"}
    # No record of lines is the rest of its file.
    assert max(seen[kind] for kind in ("cfonb120", "mt940", "ofx", "qif")) < 100, seen
