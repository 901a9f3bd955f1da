"""The camt reader against a bare iterparse, and camt files of any size in a process of their own.

    python -m benchmarks._reading_camt bare|entries|read|import FILE

Does one thing with one file and prints its processor seconds and its largest memory, as JSON. The
table is `reading.py`'s.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from lxml import etree

from workbench.ledger.store import open_ledger
from workbench.loaders.registry import open_statements
from workbench.loaders.sniff import Source
from workbench.pipeline import importing

GOAL = 2.0
REPEATS = 3
TOP = Path(__file__).resolve().parents[1]
_A_DAY = 2_000
_HEAD = (
    "<?xml version='1.0' encoding='UTF-8'?>\n"
    "<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'><BkToCstmrStmt><GrpHdr>"
    "<MsgId>1</MsgId><CreDtTm>2026-12-31T06:00:00</CreDtTm></GrpHdr>\n<Stmt><Id>1</Id><Acct><Id>"
    "<IBAN>FR7630006000011234567890189</IBAN></Id><Ccy>EUR</Ccy></Acct>"
)
_BALANCE = (
    "<Bal><Tp><CdOrPrtry><Cd>{}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{}.00</Amt>"
    "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{}</Dt></Dt></Bal>\n"
)
_ENTRY = (
    "<Ntry><Amt Ccy='EUR'>{cents}.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>"
    "<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
    "<AcctSvcrRef>REF{number:09d}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd>"
    "<SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn><Prtry><Cd>05</Cd></Prtry></BkTxCd><NtryDtls>"
    "<TxDtls><Refs><MsgId>MSG{number:09d}</MsgId><InstrId>INS{number:09d}</InstrId>"
    "<EndToEndId>E2E{number:09d}</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy='EUR'>{cents}.00</Amt>"
    "</TxAmt></AmtDtls><RltdPties><Dbtr><Nm>M. DUPONT {payer}</Nm><PstlAdr><Ctry>FR</Ctry>"
    "<AdrLine>12 RUE DES LILAS</AdrLine><AdrLine>69003 LYON</AdrLine></PstlAdr></Dbtr><DbtrAcct>"
    "<Id><IBAN>FR7630004000031234567890143</IBAN></Id></DbtrAcct><Cdtr><Nm>RESIDENCE</Nm></Cdtr>"
    "</RltdPties><RltdAgts><DbtrAgt><FinInstnId><BIC>BNPAFRPPXXX</BIC></FinInstnId></DbtrAgt>"
    "</RltdAgts><RmtInf><Ustrd>LOYER ET CHARGES COMPTE {payer}</Ustrd></RmtInf></TxDtls></NtryDtls>"
    "<AddtlNtryInf>VIR SEPA RECU</AddtlNtryInf></Ntry>\n"
)


def write_camt(path: Path, *, megabytes: float = 0, movements: int = 0) -> int:
    """Writes one balanced statement of that size or of that many entries; returns how many."""
    count = movements or int(megabytes * 1e6 / (len(_ENTRY) - 12))
    first = date(2026, 1, 1)
    last = first + timedelta(days=count // _A_DAY)
    total = sum(100 + number % 900 for number in range(count))
    with path.open("w", encoding="utf-8") as file:
        file.write(_HEAD + _BALANCE.format("OPBD", 0, first) + _BALANCE.format("CLBD", total, last))
        for number in range(count):
            file.write(
                _ENTRY.format(
                    cents=100 + number % 900, number=number, payer=number % 5_000,
                    day=first + timedelta(days=number // _A_DAY),
                )
            )  # fmt: skip
        file.write("</Stmt></BkToCstmrStmt></Document>\n")
    return count


def bare(path: Path) -> None:
    """Goes through the elements of a camt and empties them: nothing is made of them."""
    for _, element in etree.iterparse(str(path), resolve_entities=False, no_network=True):
        element.clear()


def bare_entries(path: Path) -> None:
    """Does the same by whole entries: what lxml's C code takes without any element in Python."""
    events = etree.iterparse(str(path), tag="{*}Ntry", resolve_entities=False, no_network=True)
    for _, element in events:
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def read(path: Path) -> None:
    """Reads a bank file to its end."""
    for _ in open_statements(Source.of_path(path)).events:
        pass


def import_(path: Path) -> None:
    """Imports a bank file into a new ledger beside it."""
    address = f"sqlite:///{path.with_suffix('.db')}"
    with open_ledger(address, create=True) as ledger:
        summary = importing.import_paths(
            ledger, [path], actor="benchmark", at=datetime(2026, 12, 31, tzinfo=UTC)
        )
    if summary.unreadable:
        raise SystemExit(str(summary.unreadable[0]))


WORK: dict[str, Callable[[Path], None]] = {
    "bare": bare, "entries": bare_entries, "read": read, "import": import_,
}  # fmt: skip


def _seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def best(what: str, path: Path) -> float:
    """Returns the processor seconds of the best of three."""
    times = []
    for _ in range(REPEATS):
        start = _seconds()
        WORK[what](path)
        times.append(_seconds() - start)
    return min(times)


def in_a_child(what: str, path: Path) -> dict[str, float]:
    """Does it once in a new process; returns its `seconds` and its largest memory, `megabytes`."""
    command = [sys.executable, "-m", "benchmarks._reading_camt", what, str(path)]
    done = subprocess.run(command, cwd=TOP, check=True, capture_output=True, text=True)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def main(what: str, path: Path) -> None:
    """Does it once and prints what it took."""
    start = _seconds()
    WORK[what](path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": _seconds() - start, "megabytes": peak}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
