"""Readers of bank tables against a bare reading of the same cells: rows of `reading.py`.

    python -m benchmarks._reading_sheets [--movements 50000]

The floor is `csv.reader` over the text, and `python_calamine` in this process; nothing is made of
the cells. A workbook is read in a process of its own, whose time is counted too.
"""

import argparse
import csv
import random
import resource
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO, StringIO
from pathlib import Path

import openpyxl
from python_calamine import CalamineWorkbook

from workbench.loaders.registry import open_statements
from workbench.loaders.sniff import Source

_REPEATS = 3
_HEADER = ("Date", "Date de valeur", "Débit", "Crédit", "Libellé", "Solde")
_PLAIN = (
    "iban", "booked_on", "amount", "label", "counterparty", "counterparty_iban", "reference",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """One row of the table: seconds of processor time, the best of three, children counted."""

    format: str
    megabytes: float
    bare_seconds: float
    reader_seconds: float


def _cents(count: int) -> list[int]:
    chance = random.Random(4)
    return [chance.choice([1, 1, 1, -1]) * chance.randrange(100, 150_000) for _ in range(count)]


def _day(number: int) -> date:
    return date(2026, 1, 1) + timedelta(days=number // 400)


def _french(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100},{abs(cents) % 100:02d}"


def _bank_csv(count: int) -> bytes:
    lines = [";".join(_HEADER)]
    balance = 0
    for number, cents in enumerate(_cents(count)):
        balance += cents
        debit, credit = ("", _french(cents)) if cents > 0 else (_french(cents), "")
        day = f"{_day(number):%d/%m/%Y}"
        lines.append(
            f"{day};{day};{debit};{credit};VIR SEPA DUPONT {number % 2000} LOYER;{_french(balance)}"
        )
    return ("\r\n".join(lines) + "\r\n").encode("iso-8859-15")


def _plain_csv(count: int) -> bytes:
    lines = [";".join(_PLAIN)]
    lines += [
        f"FR7630006000011234567890189;{_day(n)};{_french(cents)};VIR SEPA DUPONT {n % 2000} LOYER;"
        f"M. DUPONT {n % 2000};FR7630004000031234567890143;REF{n:09d}"
        for n, cents in enumerate(_cents(count))
    ]
    return ("\n".join(lines) + "\n").encode()


def _workbook(count: int) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Relevé")
    sheet.append(_HEADER)
    balance = 0
    for number, cents in enumerate(_cents(count)):
        balance += cents
        debit, credit = (None, cents / 100) if cents > 0 else (cents / 100, None)
        label = f"VIR SEPA DUPONT {number % 2000} LOYER"
        sheet.append([_day(number), _day(number), debit, credit, label, balance / 100])
    data = BytesIO()
    book.save(data)
    return data.getvalue()


def _bare_csv(data: bytes) -> None:
    for _ in csv.reader(StringIO(data.decode("iso-8859-15"), newline=""), delimiter=";"):
        pass


def _bare_calamine(data: bytes) -> None:
    with CalamineWorkbook.from_filelike(BytesIO(data)) as workbook:
        for _ in workbook.get_sheet_by_index(0).iter_rows():
            pass


WRITERS: dict[str, tuple[Callable[[int], bytes], Callable[[bytes], None]]] = {
    "csv": (_plain_csv, _bare_csv),
    "csv, bank": (_bank_csv, _bare_csv),
    "xlsx": (_workbook, _bare_calamine),
}


def measure(format_: str, folder: Path, *, movements: int) -> Measured:
    """Writes a file of that format in `folder` and reads it in both ways."""
    write, bare = WRITERS[format_]
    path = folder / "table"
    path.write_bytes(write(movements))

    def reader() -> None:
        for _ in open_statements(Source.of_path(path)).events:
            pass

    return Measured(
        format_,
        path.stat().st_size / 1e6,
        _best(lambda: bare(path.read_bytes())),
        _best(reader),
    )


def _best(work: Callable[[], None]) -> float:
    times = []
    for _ in range(_REPEATS):
        start = _seconds()
        work()
        times.append(_seconds() - start)
    return min(times)


def _seconds() -> float:
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--movements", type=int, default=50_000)
    movements: int = parser.parse_args().movements
    print(f"{movements} movements, processor time of this process and its children")
    print(f"{'format':10} {'MB':>6} {'bare s':>8} {'reader s':>9} {'a movement':>11} {'ratio':>6}")
    with tempfile.TemporaryDirectory() as name:
        for format_ in WRITERS:
            row = measure(format_, Path(name), movements=movements)
            print(
                f"{row.format:10} {row.megabytes:6.1f} {row.bare_seconds:8.3f} "
                f"{row.reader_seconds:9.3f} {row.reader_seconds / movements * 1e6:8.2f} us "
                f"{row.reader_seconds / row.bare_seconds:6.1f}"
            )


if __name__ == "__main__":
    main()
