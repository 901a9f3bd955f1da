"""The whole files that are damaged, by reader: real ones where they are, and some written here."""

import json
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Final

import openpyxl

from tests.loaders.test_mutations import SYNTHETIC
from workbench.domain.errors import UnreadableFileError
from workbench.loaders.registry import READERS, Reader, read_source
from workbench.loaders.sniff import Source

SAMPLES: Final = Path(__file__).parents[3] / "shared" / "samples" / "bank"
# Damage to more than this tells nothing new, and takes its time.
_LARGEST_BYTES: Final = 100_000
_SG: Final = (
    "Date de l'opération;Libellé;Détail de l'écriture;Montant de l'opération;Devise\n"
    "02/01/2026;VIR RECU;VIR RECU DE: M DUPONT MOTIF: LOYER;300,00;EUR\n"
    "31/01/2026;PRLV SEPA EDF;PRLV SEPA EDF;-45,10;EUR\n"
)
_BERLIN: Final = {
    "account": {"iban": "FR7630006000011234567890189"},
    "transactions": {
        "booked": [
            {
                "transactionId": "T1",
                "bookingDate": "2026-01-02",
                "valueDate": "2026-01-02",
                "transactionAmount": {"currency": "EUR", "amount": "300.00"},
                "debtorName": "M DUPONT",
                "remittanceInformationUnstructured": "LOYER JANVIER",
            }
        ],
        "pending": [],
    },
}


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for line in _SG.splitlines():
        sheet.append(line.split(";"))
    data = BytesIO()
    book.save(data)
    return data.getvalue()


def _page() -> bytes:
    rows = "".join(
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in line.split(';'))}</tr>\n"
        for line in _SG.splitlines()
    )
    return f"<html><body><table>\n{rows}</table></body></html>\n".encode()


@cache
def _whole_files() -> tuple[bytes, ...]:
    real = [
        path.read_bytes()
        for path in sorted(SAMPLES.rglob("*"))
        if path.is_file() and path.suffix != ".md" and path.stat().st_size <= _LARGEST_BYTES
    ]
    written = [_SG.encode("cp1252"), json.dumps(_BERLIN, indent=1).encode(), _workbook(), _page()]
    return (*real, *SYNTHETIC.values(), *written)


def seeds(reader: Reader) -> list[bytes]:
    """Returns the whole files that a reader takes, those first that it reads."""
    taken = []
    for data in _whole_files():
        source = Source.of_bytes(data, name="x")
        head = source.head()
        first = next((other for other in READERS if other.recognises(head)), None)
        if first == reader:
            taken.append(data)
    return sorted(taken, key=lambda data: not _is_read(data))


def _is_read(data: bytes) -> bool:
    try:
        read_source(Source.of_bytes(data, name="x"))
    except UnreadableFileError:
        return False
    return True
