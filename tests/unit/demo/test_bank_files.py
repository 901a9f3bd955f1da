"""The bank files are what banks write. Read here by slicing and XPath alone, not by the loaders."""

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from workbench.demo.bank_files import CSV_HEADER, write_statements
from workbench.demo.books import BankAccount, BankBook, Books, Movement
from workbench.demo.portfolio import Portfolio
from workbench.demo.statements import Statement, give_references, monthly_statements

# Opening balance, closing balance and amounts of a statement, in cents.
Read = tuple[int, int, list[int]]
PLUS, MINUS = "{ABCDEFGHI", "}JKLMNOPQR"


def cfonb_cents(field: str) -> int:
    sign, last = (1, PLUS.index(field[-1])) if field[-1] in PLUS else (-1, MINUS.index(field[-1]))
    return sign * (int(field[:-1]) * 10 + last)


def read_cfonb(path: Path) -> list[Read]:
    read: list[Read] = []
    opening, amounts = 0, list[int]()
    for line in path.read_text(encoding="ascii").splitlines():
        assert len(line) == 120
        if line[:2] == "01":
            opening, amounts = cfonb_cents(line[90:104]), []
        elif line[:2] == "04":
            amounts.append(cfonb_cents(line[90:104]))
        elif line[:2] == "07":
            read.append((opening, cfonb_cents(line[90:104]), amounts))
    return read


def camt_cents(element: etree._Element) -> int:
    amount = int(Decimal(element.findtext("{*}Amt") or "") * 100)
    return amount if element.findtext("{*}CdtDbtInd") == "CRDT" else -amount


def read_camt(path: Path) -> list[Read]:
    read = []
    for statement in etree.parse(path).iter("{*}Stmt"):
        opening, closing = (camt_cents(balance) for balance in statement.iter("{*}Bal"))
        amounts = [camt_cents(entry) for entry in statement.iter("{*}Ntry")]
        read.append((opening, closing, amounts))
    return read


def statements_of(folder: Path, stem: str) -> list[Read]:
    files = sorted((folder / "statements").glob(f"{stem}-20*"))
    readers = {".xml": read_camt, ".txt": read_cfonb}
    return [statement for path in files for statement in readers[path.suffix](path)]


@pytest.mark.parametrize("stem", ["C001", "C001-travaux", "C002", "C003", "R001", "R002"])
def test_statements_balance_and_follow_each_other(folder: Path, stem: str) -> None:
    read = statements_of(folder, stem)
    assert len(read) == 15
    for opening, closing, amounts in read:
        assert opening + sum(amounts) == closing
        assert closing > 0
    assert [s[0] for s in read[1:]] == [s[1] for s in read[:-1]]


def test_the_files_hold_every_movement_once(folder: Path, every_books: list[Books]) -> None:
    for books in every_books:
        for book in books.bank_books:
            stem = books.building.building_id + ("-travaux" if book.account.kind == "works" else "")
            if book.account.format == "csv":
                amounts = [cents for _, cents in read_csv(folder, stem)]
            else:
                amounts = [cents for read in statements_of(folder, stem) for cents in read[2]]
            assert amounts == [movement.amount_cents for movement in book.movements]


def read_csv(folder: Path, stem: str) -> list[tuple[date, int]]:
    rows = []
    for path in sorted((folder / "statements").glob(f"{stem}-20*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter=";"):
                assert tuple(row) == CSV_HEADER
                rows.append(
                    (date.fromisoformat(row["booked_on"]), int(Decimal(row["amount"]) * 100))
                )
    return rows


def test_all_three_formats_are_there_and_camt_in_both_versions(folder: Path) -> None:
    heads = {path.read_bytes()[:130] for path in (folder / "statements").iterdir()}
    for mark in (b"camt.053.001.02", b"camt.053.001.08", b"iban;booked_on", b"0130003"):
        assert any(mark in head for head in heads), mark


def test_batches_of_debits_are_told_in_full(folder: Path) -> None:
    batches = 0
    for path in (folder / "statements").glob("*.xml"):
        for entry in etree.parse(path).iter("{*}Ntry"):
            parts = list(entry.iter("{*}TxDtls"))
            if entry.find(".//{*}NbOfTxs") is not None:
                batches += 1
                assert sum(camt_cents(part) for part in parts) == camt_cents(entry)
                ids = [part.findtext(".//{*}EndToEndId") for part in parts]
                assert len(set(ids)) == len(ids) == int(entry.findtext(".//{*}NbOfTxs") or 0)
    assert batches >= 10


TRANSFER = Movement(
    booked_on=date(2026, 3, 2), amount_cents=12345, operation="transfer_in",
    wording="VIR SEPA RECU", counterparty="MME ROY", remittance="LOYER",
)  # fmt: skip


def statement(file_format: str, *movements: Movement, opening_cents: int = 1000) -> Statement:
    account = BankAccount(
        iban="FR7630004000031234567890143", building_id="B1", bic="BNPAFRPP", bank_name="BNP",
        kind="current", format=file_format, opening_cents=opening_cents,
    )  # fmt: skip
    give_references(account, list(movements))
    book = BankBook(account, list(movements))
    return next(monthly_statements(book, first=date(2026, 3, 1), last=date(2026, 3, 31)))


HOSTILE = "<img src=x onerror=alert(1)> ]]> & \" ' </Ustrd><Amt>9</Amt>"


@pytest.mark.parametrize("file_format", ["camt.053.001.02", "camt.053.001.08"])
def test_hostile_text_stays_text_in_camt(file_format: str) -> None:
    entry = replace(TRANSFER, remittance=HOSTILE, counterparty=HOSTILE, wording=HOSTILE)
    tree = etree.fromstring(write_statements([statement(file_format, entry)]))
    assert tree.findtext(".//{*}Ustrd") == HOSTILE
    assert tree.findtext(".//{*}Dbtr//{*}Nm") == HOSTILE
    assert tree.findtext(".//{*}AddtlNtryInf") == HOSTILE
    assert len(list(tree.iter("{*}img"))) == 0


def test_hostile_text_stays_in_its_cell_in_csv() -> None:
    name = '=HYPERLINK("http://exemple.invalid";"A")\n;;'
    text = write_statements([statement("csv", replace(TRANSFER, counterparty=name))]).decode()
    rows = list(csv.reader(text.splitlines(keepends=True), delimiter=";"))
    assert [len(row) for row in rows] == [7, 7]
    assert rows[1][4] == name


def test_cfonb_zones_are_where_the_standard_puts_them() -> None:
    back = replace(
        TRANSFER,
        amount_cents=-50107, operation="debit_returned", return_reason="AM04",
        wording="REJET PRLV MME ROY MOTIF AM04 PROVISION INSUFFISANTE", mandate_id="M1",
        counterparty_iban="FR7630004000031234567890143", remittance="É" * 80,
    )  # fmt: skip
    lines = write_statements([statement("cfonb120", back, opening_cents=-5)]).decode().splitlines()
    assert all(len(line) == 120 for line in lines)
    opening, entry, *details, closing = lines
    assert (opening[:2], opening[2:7], opening[11:16], opening[16:20], opening[21:32]) == (
        "01", "30004", "00003", "EUR2", "12345678901",
    )  # fmt: skip
    assert (opening[34:40], opening[90:104]) == ("280226", "0000000000000N")
    assert (entry[32:34], entry[34:40], entry[40:42], entry[42:48]) == (
        "B3", "020326", "20", "020326",
    )  # fmt: skip
    assert entry[48:79] == "REJET PRLV MME ROY MOTIF AM04  "
    assert (entry[90:104], entry[104:120]) == ("0000000005010P", "260302R000000001")
    assert closing[90:104] == "0000000005011K"
    told = [(line[45:48], line[48:118].rstrip()) for line in details]
    assert told == [
        ("LIB", "PROVISION INSUFFISANTE"),
        ("NPY", "MME ROY"),
        ("CPY", "FR7630004000031234567890143"),
        ("LCC", "E" * 70),
        ("LC2", "E" * 10),
        ("RUM", "M1"),
    ]


def test_a_rejected_debit_says_why_in_camt() -> None:
    back = replace(TRANSFER, amount_cents=-700, operation="debit_returned", return_reason="AM04")
    tree = etree.fromstring(write_statements([statement("camt.053.001.02", back)]))
    assert tree.findtext(".//{*}RtrInf/{*}Rsn/{*}Cd") == "AM04"
    assert tree.findtext(".//{*}Ntry/{*}RvslInd") == "true"
    assert tree.findtext(".//{*}Ntry/{*}CdtDbtInd") == "DBIT"


def test_an_empty_month_is_a_statement_too() -> None:
    tree = etree.fromstring(write_statements([statement("camt.053.001.08")]))
    assert [balance.findtext("{*}Amt") for balance in tree.iter("{*}Bal")] == ["10.00", "10.00"]
    assert tree.find(".//{*}Ntry") is None


def test_references_are_unique_where_a_bank_gives_one(portfolio: Portfolio) -> None:
    for books in portfolio.books():
        for book in books.bank_books:
            given = [m.bank_reference for m in book.movements if m.bank_reference]
            assert len(given) == len(set(given))
            without = [m for m in book.movements if not m.bank_reference]
            assert bool(without) == (book.account.format == "csv")
