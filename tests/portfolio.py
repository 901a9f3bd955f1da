"""A tiny portfolio for tests of whole commands, and the program run as its user runs it."""

import csv
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

IBAN = "FR7630006000011234567890189"
PAYER = "FR7630004000031234567890143"
# A statement of one entry.
CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt><Stmt><Id>S</Id>
<Acct><Id><IBAN>FR7630006000011234567890189</IBAN></Id></Acct>
<Bal><Tp><CdOrPrtry><Cd>OPBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">0.00</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-02-01</Dt></Dt></Bal>
<Ntry><Amt Ccy="EUR">10.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
<BookgDt><Dt>2026-02-02</Dt></BookgDt><AcctSvcrRef>X1</AcctSvcrRef></Ntry>
<Bal><Tp><CdOrPrtry><Cd>CLBD</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">10.00</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-02-28</Dt></Dt></Bal>
</Stmt></BkToCstmrStmt></Document>
"""


def write_table(folder: Path, name: str, rows: Sequence[Mapping[str, str]]) -> Path:
    """Writes one CSV table of the contract."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_portfolio(folder: Path) -> Path:
    """Writes one building, one owner with two dues, one payment that settles the first."""
    write_table(
        folder, "buildings.csv", [{"building_id": "B1", "name": "Les Lilas", "kind": "coownership"}]
    )
    write_table(folder, "bank_accounts.csv", [{"iban": IBAN, "building_id": "B1"}])
    write_table(
        folder,
        "accounts.csv",
        [
            {"account_id": "45000001", "building_id": "B1", "holder": "M. Dupont Jean",
             "kind": "coowner", "payer_ibans": PAYER},
            {"account_id": "45000002", "building_id": "B1", "holder": "Mme Martin Claire",
             "kind": "coowner", "payer_ibans": ""},
        ],
    )  # fmt: skip
    write_table(
        folder,
        "dues.csv",
        [
            {"due_id": "D1", "account_id": "45000001", "kind": "call", "amount": "300.00",
             "due_on": "2026-01-01"},
            {"due_id": "D2", "account_id": "45000001", "kind": "call", "amount": "150.00",
             "due_on": "2026-01-01"},
            {"due_id": "D3", "account_id": "45000002", "kind": "call", "amount": "210.00",
             "due_on": "2026-01-01"},
        ],
    )  # fmt: skip
    write_table(
        folder,
        "statements/s.csv",
        [
            {"iban": IBAN, "booked_on": "2026-01-10", "amount": "300.00",
             "label": "VIR SEPA DUPONT JEAN 45000001", "counterparty": "DUPONT JEAN",
             "counterparty_iban": PAYER, "reference": "R1"},
            {"iban": IBAN, "booked_on": "2026-01-12", "amount": "77.00",
             "label": "VIREMENT", "counterparty": "INCONNU AU BATAILLON",
             "counterparty_iban": "", "reference": "R2"},
        ],
    )  # fmt: skip
    return folder


def run_workbench(
    *arguments: str, ledger: str, cwd: Path, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Runs a command in its own process, as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "workbench", *arguments],
        capture_output=True, text=True, cwd=cwd, timeout=timeout, check=False,
        env={**os.environ, "WORKBENCH_LEDGER": ledger, "COLUMNS": "200"},
    )  # fmt: skip
