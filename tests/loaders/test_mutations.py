"""Damaged files: whatever was done to one, it is read or refused, soon, and nothing else.

The mutations come from a seed, so a failure can be looked at again.
"""

import json
import random
import time
from collections.abc import Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path

import openpyxl
import pytest

from tests.loaders.bank_answers import BERLIN, STET
from tests.loaders.bank_tables import BP, CE, CIC, lines_of, page, workbook_of
from tests.loaders.bank_texts import (
    CSV_HEADER,
    CSV_ROW,
    MT940_MOVEMENT,
    PAYER,
    QIF_RECORD,
    as_message,
    camt,
    cfonb,
    detail,
    entry,
    mt940,
    ofx,
    ofx_transaction,
    order_status,
    qif,
    record,
    rejection,
)
from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import StatementFile
from workbench.domain.tables import TABLES_BY_NAME
from workbench.loaders.identity import movement_identities
from workbench.loaders.registry import read_source
from workbench.loaders.sniff import Source
from workbench.loaders.statement import check_statement
from workbench.loaders.tables import TableFile, read_content

SYNTHETIC = {
    "camt": camt(
        entry(details="<TxDtls><RmtInf><Ustrd>Été</Ustrd></RmtInf></TxDtls>") for _ in range(3)
    ).encode(),
    "camt-latin": camt(prologue='<?xml version="1.0" encoding="ISO-8859-1"?>\n').encode("latin-1"),
    "camt-052": as_message(camt([entry(), entry()], balances=""), "052", "08").encode(),
    "camt-054": as_message(camt([entry()], balances=""), "054").encode(),
    "pain002": order_status(rejection(), rejection("E2", account=PAYER)).encode(),
    "cfonb": cfonb(
        record("04", "020126", 1, label="VIR", code="18"), detail("LCC", "X"), closing=100_01
    ).encode(),
    "mt940": mt940(MT940_MOVEMENT, MT940_MOVEMENT, closing="700,00").encode(),
    "ofx": ofx(ofx_transaction(), ofx_transaction("-5.10", name="Été", fitid="F2")).encode(
        "cp1252"
    ),
    "qif": qif(QIF_RECORD, QIF_RECORD, QIF_RECORD.replace("LOYER", "Été")).encode(),
    "csv": (CSV_HEADER + CSV_ROW * 3).encode("cp1252"),
    "csv-balance": CIC.text.encode(CIC.encoding),
    "csv-footer": CE.text.encode(CE.encoding),
    "csv-accounts": BP.text.encode(BP.encoding),
    "html": page().encode(),
    "json-berlin-group": json.dumps(BERLIN).encode(),
    "json-stet": json.dumps(STET, indent=1).encode("cp1252"),
}
TABLE = b"due_id;account_id;kind;amount;due_on;label\n" + b"".join(
    b"D%d;450;call;1 234,50;01/02/2026;\xc3\x89t\xc3\xa9\n" % n for n in range(5)
)
MUTATIONS_EACH = 500
MUTATIONS_OF_A_REAL_FILE = 15
# Each is read in a process of its own, which takes its time; the night's program reads thousands.
MUTATIONS_OF_A_WORKBOOK = 100
SLOWEST_SECONDS = 5


def mutated(data: bytes, *, seed: int, count: int = MUTATIONS_EACH) -> Iterator[bytes]:
    """Gives damaged copies: bits flipped, cut, repeated, shuffled, in other encodings."""
    chance = random.Random(seed)  # noqa: S311 - no secret
    for _ in range(count):
        body = bytearray(data)
        for _ in range(chance.choice([1, 1, 2, 8, 40])):
            at = chance.randrange(len(body) + 1)
            size = chance.choice([1, 2, 7, 120, 600])
            match chance.randrange(8):
                case 0:
                    body[at : at + 1] = bytes([chance.randrange(256)])
                case 1:
                    del body[at : at + size]
                case 2:
                    body[at:at] = body[at : at + size]
                case 3:
                    del body[at:]
                case 4:
                    body[at:at] = bytes(chance.randrange(256) for _ in range(min(size, 7)))
                case 5:
                    body[at:at] = chance.choice(
                        [b"\0", b'"', b"<", b"&x;", "²".encode(), b"\n", b";" * 9, b"9" * 5000]
                    )
                case 6:
                    other = chance.randrange(len(body) + 1)
                    body[at : at + size], body[other : other + size] = (
                        body[other : other + size],
                        body[at : at + size],
                    )
                case _:
                    encoding = chance.choice(["utf-16", "utf-8-sig", "cp037", "utf-32"])
                    body = bytearray(body.decode("latin-1").encode(encoding, "replace"))
            body = body or bytearray(b" ")
        yield bytes(body)


def outcome_of(data: bytes) -> StatementFile | str:
    """Returns what was read, or the message of the refusal; any other error goes up."""
    try:
        return read_source(Source.of_bytes(data, name="x"))
    except UnreadableFileError as refusal:
        return str(refusal)


def check(data: bytes) -> bool:
    """Returns whether a damaged bank file was read; then all that follows a reading works too."""
    started = time.monotonic()
    outcome = outcome_of(data)
    assert time.monotonic() - started < SLOWEST_SECONDS
    if isinstance(outcome, str):
        assert "\n" not in outcome
        return False
    for statement in outcome.statements:
        findings = {finding.code for finding in check_statement(statement, file="x")}
        assert bool(statement.balance_gap_cents()) == ("unbalanced_statement" in findings)
        keys, dropped = movement_identities(statement)
        assert len(set(keys)) == len(keys) - len(dropped)
    return True


@pytest.mark.parametrize("name", SYNTHETIC)
def test_damaged_synthetic_files_are_read_or_refused(name: str) -> None:
    assert check(SYNTHETIC[name])
    outcomes = {check(data) for data in mutated(SYNTHETIC[name], seed=len(name))}
    assert False in outcomes


@pytest.mark.slow
def test_damaged_workbooks_are_read_or_refused() -> None:
    whole = workbook_of(lines_of(CIC))
    assert check(whole)
    outcomes = {check(data) for data in mutated(whole, seed=5, count=MUTATIONS_OF_A_WORKBOOK)}
    assert False in outcomes


def test_damaged_real_files_are_read_or_refused(samples: Path) -> None:
    files = sorted(path for path in samples.rglob("*") if path.is_file())
    assert len(files) > 30
    for seed, path in enumerate(files):
        for data in islice(mutated(path.read_bytes(), seed=seed), MUTATIONS_OF_A_REAL_FILE):
            check(data)


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (
        [*TABLE.decode().splitlines()[0].split(";")],
        ["D1", 450, "call", 12.5, "2026-01-01"],
    ):
        sheet.append(row)
    data = BytesIO()
    book.save(data)
    return data.getvalue()


@pytest.mark.parametrize("kind", ["csv", pytest.param("xlsx", marks=pytest.mark.slow)])
def test_damaged_tables_are_read_or_refused(kind: str) -> None:
    whole, count = (
        (TABLE, MUTATIONS_EACH) if kind == "csv" else (workbook(), MUTATIONS_OF_A_WORKBOOK)
    )
    for data in mutated(whole, seed=3, count=count):
        try:
            read = read_content(
                Source.of_bytes(data, name="x"), table=TABLES_BY_NAME["dues"], file="dues.csv"
            )
        except UnreadableFileError:
            continue
        assert isinstance(read, TableFile)
        assert len({row.values["due_id"] for row in read.rows}) == len(read.rows)
