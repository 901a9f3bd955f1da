"""Our plain CSV: what each column becomes, and what is refused where."""

from datetime import date

import pytest

from tests.loaders.bank_texts import CSV_HEADER, CSV_ROW, IBAN, PAYER
from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import StatementFile
from workbench.loaders.registry import read_source
from workbench.loaders.sniff import Source


def read(text: str | bytes) -> StatementFile:
    data = text.encode() if isinstance(text, str) else text
    return read_source(Source.of_bytes(data, name="banque.csv"))


def refusal_of(text: str | bytes) -> UnreadableFileError:
    with pytest.raises(UnreadableFileError) as refusal:
        read(text)
    return refusal.value


def test_row_becomes_an_entry() -> None:
    (statement,) = read(CSV_HEADER + CSV_ROW).statements
    (entry,) = statement.entries
    assert (statement.iban, statement.currency, statement.opening_cents) == (IBAN, "EUR", None)
    assert (entry.booked_on, entry.amount_cents) == (date(2026, 1, 10), 300_00)
    assert (entry.label, entry.counterparty) == ("VIR SEPA DUPONT", "DUPONT JEAN")
    assert (entry.counterparty_iban, entry.bank_reference, entry.place) == (PAYER, "R1", 2)


@pytest.mark.parametrize(
    "text",
    [
        CSV_HEADER.replace(";", ",") + CSV_ROW.replace("300,00", "300.00").replace(";", ","),
        CSV_HEADER.replace(";", ",") + CSV_ROW.replace("300,00", '"300,00"').replace(";", ","),
        CSV_HEADER + CSV_ROW.replace("2026-01-10", "10/01/2026"),
        CSV_HEADER.upper() + CSV_ROW,
        f"\ufeff{CSV_HEADER}{CSV_ROW}",
        f"\n;;;;;;\n{CSV_HEADER}\n{CSV_ROW}",
        (CSV_HEADER + CSV_ROW).replace("\n", "\r\n"),
        CSV_HEADER.replace("\n", ";note\n") + CSV_ROW.replace("\n", ";lu\n"),
        CSV_HEADER + CSV_ROW.replace(IBAN, "FR76 3000 6000 0112 3456 7890 189"),
    ],
)
def test_dialects_give_the_same(text: str) -> None:
    expected = read(CSV_HEADER + CSV_ROW).statements[0]
    (statement,) = read(text).statements
    (entry,), (expected_entry,) = statement.entries, expected.entries
    entry.place = expected_entry.place
    assert statement == expected


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_are_told_apart(encoding: str) -> None:
    text = CSV_HEADER + CSV_ROW.replace("DUPONT JEAN", "HÉLÈNE ŒUF")
    assert read(text.encode(encoding)).statements[0].entries[0].counterparty == "HÉLÈNE ŒUF"


def test_party_and_reference_may_be_missing() -> None:
    (statement,) = read(f"iban;booked_on;amount;label\n{IBAN};2026-01-10;-12,00;FRAIS\n").statements
    (entry,) = statement.entries
    assert (entry.amount_cents, entry.counterparty, entry.bank_reference) == (-12_00, "", "")


def test_accounts_are_statements_in_their_order() -> None:
    other = "FR7630004000031234567890143"
    rows = [CSV_ROW, CSV_ROW.replace(IBAN, other, 1), CSV_ROW.replace("2026-01-10", "2026-01-02")]
    statements = read(CSV_HEADER + "".join(rows)).statements
    assert [(s.iban, len(s.entries)) for s in statements] == [(IBAN, 2), (other, 1)]
    assert (statements[0].opened_on, statements[0].closed_on) == (
        date(2026, 1, 2),
        date(2026, 1, 10),
    )


def test_file_that_does_not_name_its_account_leaves_it_empty() -> None:
    (statement,) = read("booked_on;amount;label\n2026-01-10;1,00;X\n").statements
    assert statement.iban == ""


def test_lines_count_the_ones_inside_cells() -> None:
    text = CSV_HEADER + CSV_ROW.replace("VIR SEPA DUPONT", '"VIR\nSEPA\nDUPONT"') + CSV_ROW
    entries = read(text).statements[0].entries
    assert [(entry.label, entry.place) for entry in entries] == [
        ("VIR SEPA DUPONT", 2),
        ("VIR SEPA DUPONT", 5),
    ]


def test_header_alone_has_no_statement() -> None:
    assert read(CSV_HEADER).statements == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "reason"),
    [
        ("300,00", "douze", 3, "amount", "ce n'est pas un montant"),
        ("300,00", "1,234", 3, "amount", "ambigu"),
        ("300,00", "", 3, "amount", "montant vide"),
        ("300,00", "9" * 5000, 3, "amount", "ce n'est pas un montant"),
        ("2026-01-10", "2026-02-30", 3, "booked_on", "cette date n'existe pas"),
        ("2026-01-10", "", 3, "booked_on", "ce n'est pas une date"),
        ("R1\n", "R1;de trop\n", 3, "", "8 cellules pour 7 colonnes"),
        ("VIR SEPA", '"VIR" SEPA', 3, "", "guillemet"),
        ("VIR SEPA", '"VIR SEPA', 3, "", "guillemet jamais fermé"),
        ("VIR SEPA", "V" * 200_000, 3, "", "cellule démesurée"),
    ],
)
def test_bad_cell_is_refused_with_line_and_column(
    old: str, new: str, line: int, column: str, reason: str
) -> None:
    refusal = refusal_of(CSV_HEADER + CSV_ROW + CSV_ROW.replace(old, new))
    assert reason in refusal.reason
    assert (refusal.line, refusal.column, refusal.file) == (line, column, "banque.csv")
    assert refusal.hint


def test_message_says_everything_on_one_line() -> None:
    assert str(refusal_of(CSV_HEADER + CSV_ROW.replace("300,00", "12 cts"))) == (
        "banque.csv, ligne 2, colonne amount : ce n'est pas un montant (« 12 cts »). "
        "Corriger la cellule."
    )


@pytest.mark.parametrize("column", ["booked_on", "amount", "label"])
def test_missing_column_is_named(column: str) -> None:
    refusal = refusal_of(CSV_HEADER.replace(column, "autre") + CSV_ROW)
    assert (refusal.line, refusal.column, refusal.reason) == (1, column, "colonne absente")
    assert "iban;booked_on;amount" in refusal.hint


def test_column_twice_is_refused() -> None:
    refusal = refusal_of(CSV_HEADER.replace("reference", "amount") + CSV_ROW)
    assert (refusal.column, refusal.reason) == ("amount", "colonne présente deux fois")


def test_bytes_that_are_no_text_are_refused_with_their_line() -> None:
    refusal = refusal_of((CSV_HEADER + CSV_ROW).encode() + b"\x81\x8d\xff\n")
    assert (refusal.line, refusal.reason) == (3, "texte ni en UTF-8 ni en Windows-1252")
