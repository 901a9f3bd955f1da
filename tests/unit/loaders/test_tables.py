"""Tables of a portfolio folder: every column as the contract says, every bad row a reject."""

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from workbench.domain.errors import UnreadableFileError
from workbench.domain.findings import Finding, Severity
from workbench.domain.tables import TABLES, Cell, Table
from workbench.loaders.tables import TableFile, read_table, table_name

IBAN = "FR7630006000011234567890189"
DUES = "due_id;account_id;kind;amount;due_on\n"


def table(folder: Path, name: str, text: str, *, encoding: str = "utf-8") -> TableFile:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return read_table(path)


def dues(folder: Path, *rows: str, header: str = DUES) -> TableFile:
    return table(folder, "dues.csv", header + "".join(f"{row}\n" for row in rows))


def reject_of(read: TableFile) -> Finding:
    (reject,) = read.rejects
    assert reject.severity is Severity.ERROR
    return reject


def example(cell: Cell, codes: tuple[str, ...]) -> str:
    return {
        Cell.TEXT: "x", Cell.CODE: codes[0] if codes else "", Cell.LIST: "a|b",
        Cell.DATE: "2026-01-31", Cell.MOMENT: "2026-01-31T10:00", Cell.AMOUNT: "12.50",
        Cell.COUNT: "3", Cell.FLAG: "yes", Cell.IBAN: IBAN, Cell.IBANS: f"{IBAN}|{IBAN}",
        Cell.SPLIT: "x:12.50", Cell.MONTHS: "1,4",
    }[cell]  # fmt: skip


@pytest.mark.parametrize("declared", TABLES, ids=lambda declared: declared.name)
def test_every_table_is_read_whole_and_with_its_required_columns_alone(
    tmp_path: Path, declared: Table
) -> None:
    for columns in (declared.columns, tuple(c for c in declared.columns if c.required)):
        text = ";".join(c.name for c in columns) + "\n"
        text += ";".join(example(c.cell, c.codes) for c in columns) + "\n"
        read = table(tmp_path, f"{declared.name}.csv", text)
        assert read.rejects == ()
        (row,) = read.rows
        assert set(row.values) == {column.stored for column in declared.columns}


@pytest.mark.parametrize("declared", TABLES, ids=lambda declared: declared.name)
def test_every_required_column_is_missed(tmp_path: Path, declared: Table) -> None:
    for missing in [c for c in declared.columns if c.required]:
        kept = [c for c in declared.columns if c is not missing]
        text = ";".join(c.name for c in kept) + "\n"
        text += ";".join(example(c.cell, c.codes) for c in kept) + "\n"
        read = table(tmp_path, f"{declared.name}.csv", text)
        reject = reject_of(read)
        assert (reject.code, reject.line, reject.column) == ("missing_column", 1, missing.name)
        assert reject.file == f"{declared.name}.csv"
        assert read.rows == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("dues.csv", "dues"),
        ("Dues.CSV", "dues"),
        ("dues.xlsx", "dues"),
        ("dues.txt", None),
        ("dues", None),
        ("releve.csv", None),
        ("dues.csv.bak", None),
    ],
)
def test_table_is_known_by_its_name(name: str, expected: str | None) -> None:
    assert table_name(Path("x") / name) == expected


def test_values_have_their_types(tmp_path: Path) -> None:
    read = dues(tmp_path, "D1;450;CALL;1 234,56 €;31/10/2026")
    assert read.name == "dues"
    assert read.file == "dues.csv"
    (row,) = read.rows
    assert row.line == 2
    assert row.values == {
        "due_id": "D1", "account_id": "450", "kind": "call", "amount_cents": 123456,
        "due_on": date(2026, 10, 31), "label": "", "period_start": None, "period_end": None,
        "call_id": "", "reference": "",
    }  # fmt: skip


def test_words_of_sql_are_kept_under_other_names(tmp_path: Path) -> None:
    text = "account_id,from,old_amount,new_amount\n450,2026-01-01,500.00,510.50\n"
    (row,) = table(tmp_path, "indexations.csv", text).rows
    assert row.values["from_on"] == date(2026, 1, 1)
    assert (row.values["old_amount_cents"], row.values["new_amount_cents"]) == (50000, 51050)


@pytest.mark.parametrize(
    ("text", "kept"),
    [("1,4,7,10", "1,4,7,10"), ("10|7|1|4", "1,4,7,10"), ("3 ; 3", "3"), ("", ""),
     ("13", None), ("0", None), ("janvier", None), ("1,,4", None)],
)  # fmt: skip
def test_months_of_calls(tmp_path: Path, text: str, kept: str | None) -> None:
    rows = f'building_id,name,kind,call_months\nB1,Les Lilas,coownership,"{text}"\n'
    read = table(tmp_path, "buildings.csv", rows)
    if kept is None:
        assert (reject_of(read).code, reject_of(read).value) == ("bad_months", text)
    else:
        assert read.rows[0].values["call_months"] == kept


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize(
    "text",
    [
        "building_id;name;kind\nB1;Résidence d'Été;coownership\n",
        "building_id,name,kind\nB1,Résidence d'Été,coownership\n",
        'Kind;"Name"; BUILDING_ID\ncoownership;"Résidence d\'Été";B1\n',
        "building_id;name;note;kind\r\nB1; Résidence d'Été ;extra;coownership\r\n\r\n",
        "\n;;\nbuilding_id;name;kind\nB1;Résidence d'Été;coownership;;\n",
    ],
)
def test_dialects_and_encodings_give_the_same(tmp_path: Path, text: str, encoding: str) -> None:
    read = table(tmp_path, "buildings.csv", text, encoding=encoding)
    assert read.rejects == ()
    values = read.rows[0].values
    assert (values["building_id"], values["name"]) == ("B1", "Résidence d'Été")


@pytest.mark.parametrize(
    ("row", "code", "column", "reason"),
    [
        ("D2;450;call;douze;2026-01-01", "bad_amount", "amount", "Ce n'est pas un montant"),
        ("D2;450;call;1,234;2026-01-01", "bad_amount", "amount", "Ambigu"),
        ("D2;450;call;1.234;2026-01-01", "bad_amount", "amount", "Ambigu"),
        ("D2;450;call;1,005;2026-01-01", "bad_amount", "amount", "Ambigu"),
        ("D2;450;call;;2026-01-01", "missing_value", "amount", "Valeur obligatoire absente"),
        ("D2;450;call;1,00;2026-02-30", "bad_date", "due_on", "Cette date n'existe pas"),
        ("D2;450;call;1,00;", "missing_value", "due_on", "Valeur obligatoire absente"),
        ("D2;450;call;1,00", "missing_value", "due_on", "Valeur obligatoire absente"),
        ("D2;450;appel;1,00;2026-01-01", "unknown_code", "kind", "Code inconnu (attendu call, "),
        (";450;call;1,00;2026-01-01", "missing_value", "due_id", "Valeur obligatoire absente"),
        ("D2;450;call;1;00;2026-01-01", "too_many_cells", "", "6 cellules pour 5 colonnes"),
        ("D1;450;call;2,00;2026-01-01", "duplicate_key", "due_id", "Déjà à la ligne 2"),
    ],
)
def test_bad_row_is_a_reject_and_the_others_go_in(
    tmp_path: Path, row: str, code: str, column: str, reason: str
) -> None:
    good = "D1;450;call;1,00;2026-01-01"
    read = dues(tmp_path, good, row, "D3;450;call;3,00;2026-01-01")
    reject = reject_of(read)
    assert (reject.code, reject.column, reject.line) == (code, column, 3)
    assert reject.message.startswith(reason)
    assert reject.to_do
    assert [r.values["due_id"] for r in read.rows] == ["D1", "D3"]


def test_reject_says_place_and_value(tmp_path: Path) -> None:
    reject = reject_of(dues(tmp_path, "D1;450;call;12 cts;2026-01-01"))
    assert reject.place() == "dues.csv, ligne 2, colonne amount"
    assert reject.value == "12 cts"


def test_all_bad_cells_of_a_row_are_said(tmp_path: Path) -> None:
    read = dues(tmp_path, "D1;450;x;y;z")
    assert [r.code for r in read.rejects] == ["unknown_code", "bad_amount", "bad_date"]


def test_same_row_twice_is_one_row(tmp_path: Path) -> None:
    read = dues(tmp_path, "D1;450;call;1,00;2026-01-01", "D1;450;call;1.00;01/01/2026")
    assert (len(read.rows), read.rejects) == (1, ())


def test_line_is_the_one_of_the_file(tmp_path: Path) -> None:
    header = "due_id;account_id;kind;amount;due_on;label\n"
    read = dues(
        tmp_path, "", 'D1;450;call;1,00;2026-01-01;"deux\nlignes"', "D2;450;call;x;2026-01-01;",
        header=header,
    )  # fmt: skip
    assert [row.line for row in read.rows] == [3]
    assert read.rows[0].values["label"] == "deux lignes"
    assert reject_of(read).line == 5


def test_ibans_are_normalised_and_checked(tmp_path: Path) -> None:
    text = (
        "account_id;building_id;holder;kind;payer_ibans;aliases\n"
        f"1;B1;A;coowner;fr76 3000 6000 0112 3456 7890 189| {IBAN} |;DUPONT | \n"
        f"2;B1;B;coowner;{IBAN}|FR7630006000011234567890188;\n"
    )
    read = table(tmp_path, "accounts.csv", text)
    (row,) = read.rows
    assert row.values["payer_ibans"] == f"{IBAN}|{IBAN}"
    assert row.values["aliases"] == "DUPONT"
    reject = reject_of(read)
    assert (reject.code, reject.line, reject.column) == ("bad_iban", 3, "payer_ibans")


def test_flags_counts_and_moments(tmp_path: Path) -> None:
    text = (
        "type;order;strict;auto_validate;day_of_month\n"
        "simple;1;oui;FAUX;31\nformal;2;;no;\nbad;deux;peut-être;1;-1\n"
    )
    read = table(tmp_path, "reminder_types.csv", text)
    assert [
        (r.values["rank_order"], r.values["strict"], r.values["auto_validate"],
         r.values["day_of_month"])
        for r in read.rows
    ] == [(1, 1, 0, 31), (2, None, 0, None)]  # fmt: skip
    assert [(r.code, r.column) for r in read.rejects] == [
        ("bad_number", "order"), ("bad_number", "day_of_month"), ("unknown_code", "strict"),
    ]  # fmt: skip
    text = "call_id;account_id;status;at\nC1;1;sent;02/01/2026 10:30\nC1;1;bounced;2026-01-03\n"
    read = table(tmp_path, "deliveries.csv", text)
    assert [row.values["at"] for row in read.rows] == ["2026-01-02T10:30", "2026-01-03"]


def test_column_twice_rejects_the_file(tmp_path: Path) -> None:
    read = dues(tmp_path, "D1;450;call;1,00;2026-01-01;2", header=DUES[:-1] + ";amount\n")
    reject = reject_of(read)
    assert (reject.code, reject.line, reject.column, read.rows) == (
        "repeated_column", 1, "amount", (),
    )  # fmt: skip


def test_header_alone_is_an_empty_table(tmp_path: Path) -> None:
    read = dues(tmp_path)
    assert (read.rows, read.rejects) == ((), ())


def test_hostile_text_is_kept_but_not_its_control_characters(tmp_path: Path) -> None:
    text = "building_id;name;kind\nB1;<script>alert(1)</script>\x1b[31m =1+1;rental\n"
    values = table(tmp_path, "buildings.csv", text).rows[0].values
    assert values["name"] == "<script>alert(1)</script> [31m =1+1"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "fichier vide"),
        (b"\n\n", "fichier vide"),
        (b"%PDF-1.7", "c'est un document PDF"),
        (b"<html><body></body></html>", "c'est une page HTML"),
        (b"due_id;account_id\n\x81\xff\n", "texte ni en UTF-8"),
        (b"due_id;account_id\nD1;\0\n", "binaire"),
        (DUES.encode() + b'D1;"jamais ferm\xe9\n', "guillemet jamais fermé"),
        (b"PK\x03\x04[Content_Types].xml", "classeur Excel illisible"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "classeur Excel illisible"),
    ],
)
@pytest.mark.parametrize("name", ["dues.csv", "dues.xlsx"])
def test_file_that_is_no_table_is_refused(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=reason):
        read_table(path)


def test_name_that_is_no_table_is_a_defect_of_the_caller(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no table"):
        read_table(tmp_path / "releve.csv")


def test_workbook_gives_the_same_as_csv(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["due_id", "account_id", "kind", "amount", "due_on", "label", "note"])
    sheet.append(["D1", 45000001, "call", 1234.56, date(2026, 10, 31), "Été", 1])
    sheet.append([])
    sheet.append(["D2", "45000001", "rent", "1 234,56", "31/10/2026", None, None])
    sheet.append(["D3", 45000001, "rent", 100 / 3, date(2026, 10, 31)])
    sheet.append(["D4", 45000001, "rent", 0.1 + 0.2, date(2026, 10, 31)])
    path = tmp_path / "dues.xlsx"
    book.save(path)
    read = read_table(path)
    assert [
        (r.line, r.values["due_id"], r.values["account_id"], r.values["amount_cents"],
         r.values["due_on"], r.values["label"])
        for r in read.rows
    ] == [
        (2, "D1", "45000001", 123456, date(2026, 10, 31), "Été"),
        (4, "D2", "45000001", 123456, date(2026, 10, 31), ""),
        (6, "D4", "45000001", 30, date(2026, 10, 31), ""),
    ]  # fmt: skip
    reject = reject_of(read)
    assert (reject.code, reject.line, reject.column) == ("bad_amount", 5, "amount")
