"""Files are told apart by content alone; what nobody reads is refused by what it looks like."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from tests.loaders.bank_texts import (
    CSV_HEADER,
    CSV_ROW,
    QIF_RECORD,
    camt,
    cfonb,
    mt940,
    ofx,
    qif,
)
from workbench.domain.errors import ExitStatus, UnreadableFileError
from workbench.loaders.registry import READERS, is_bank_file, read_statements


def refusal_of(path: Path) -> str:
    with pytest.raises(UnreadableFileError) as refusal:
        read_statements(path)
    assert refusal.value.exit_status == ExitStatus.COULD_NOT_RUN
    assert "\n" not in str(refusal.value)
    assert str(path) in str(refusal.value)
    return str(refusal.value)


def archive_with(name: str) -> bytes:
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(name, "x")
    return data.getvalue()


@pytest.mark.parametrize("name", ["releve.pdf", "dues.csv", "sans-fin"])
@pytest.mark.parametrize(
    ("content", "file_format"),
    [
        (camt(), "camt.053.001.02"),
        (camt(version="08"), "camt.053.001.08"),
        (cfonb(closing=100_00), "cfonb120"),
        (mt940(closing="100,00"), "mt940"),
        (ofx(), "ofx"),
        ("<?xml version='1.0'?>\n<!-- x -->" + ofx(header="<OFX>"), "ofx"),
        (qif(QIF_RECORD), "qif"),
        ("!Account\nNCourant\n^\n" + qif(QIF_RECORD), "qif"),
        (CSV_HEADER + CSV_ROW, "csv"),
    ],
)
def test_content_decides_never_the_name(
    tmp_path: Path, name: str, content: str, file_format: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert read_statements(path).format == file_format
    assert is_bank_file(path)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "un document PDF"),
        (archive_with("releve.txt"), "une archive ZIP"),
        (b"\x1f\x8b\x08\x00", "une archive compressée"),
        (b"\x89PNG\r\n\x1a\n", "une image"),
        (b"SQLite format 3\0", "une base de données"),
        (b"\x01\x00\x02\x03\x00\x00\x09", "un fichier binaire"),
        (b"<!DOCTYPE html><html><table><tr><td>1</td></tr></table></html>", "une page HTML"),
        (b"\n<html xmlns='x'><body>", "une page HTML"),
        (b"<table><tr><td>Date</td></tr></table>", "une page HTML"),
        (b'{"items": []}', "du JSON"),
        (b"{\\rtf1 bonjour}", "un document RTF"),
        (b"Date;Libell\xe9;Montant\n", "un tableau dont les colonnes sont"),
        (b"<?xml version='1.0'?><facture/>", "un fichier XML d'un autre usage"),
        (b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.008.001.02'/>", "pain.008"),
        (b"Bonjour", "un texte d'un autre usage"),
    ],
)
def test_unknown_content_is_refused_by_what_it_looks_like(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "releve.xml"
    path.write_bytes(content)
    message = refusal_of(path)
    assert f"c'est {words}" in message or words in message
    assert all(reader.words in message for reader in READERS)


@pytest.mark.parametrize(
    "content", [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", archive_with("xl/workbook.xml")]
)
def test_workbook_that_is_none_is_refused_and_passed_over(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "releve.csv"
    path.write_bytes(content)
    assert "classeur Excel illisible ou endommagé" in refusal_of(path)
    assert not is_bank_file(path)


@pytest.mark.parametrize("content", [b"", b"\n \r\n", b"\xef\xbb\xbf", b"\0\0\0\0"])
def test_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "vide.txt"
    path.write_bytes(content)
    assert "fichier vide" in refusal_of(path)
    assert not is_bank_file(path)


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    assert "fichier introuvable" in refusal_of(tmp_path / "rien.xml")
    assert "c'est un dossier" in refusal_of(tmp_path)


def test_file_that_cannot_be_opened_is_not_passed_over(tmp_path: Path) -> None:
    assert is_bank_file(tmp_path / "disparu.xml")


def test_hostile_first_line_stays_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a;b;\x1b[31mc\x07;" + b"d" * 10_000 + b"\n")
    message = refusal_of(path)
    assert "\x1b" not in message
    assert len(message) < 500
