"""Readers of line formats against a bare line loop over the same bytes: rows of `reading.py`.

    python -m benchmarks._reading_text [--movements 50000]

The floor is `for line in file`, once on bytes and once on text; nothing is made of the lines. The
goal is against text: it decodes the same bytes, once, and makes one string a line. It does not look
for the encoding beforehand, as a reader must, and makes no record.

Files are written here as French banks write them: a transfer has its party, its text and its
reference. Each repeat reads another file: a second reading of the same one would find its amounts
in the readers' caches, and look twice as fast for QIF.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from workbench.loaders.registry import open_statements
from workbench.loaders.sniff import Source

GOAL = 8.0
_REPEATS = 3
_PLUS, _MINUS = "{ABCDEFGHI", "}JKLMNOPQR"
_A_STATEMENT = 400


@dataclass(frozen=True, slots=True)
class _Movement:
    day: date
    cents: int
    name: str
    text: str
    reference: str


@dataclass(frozen=True, slots=True)
class Measured:
    """One row of the table: seconds of processor time, the best of three."""

    format: str
    megabytes: float
    bytes_loop_seconds: float
    text_loop_seconds: float
    reader_seconds: float


def _movements(count: int, *, seed: int = 4) -> list[_Movement]:
    chance = random.Random(seed)
    first = date(2026, 1, 1)
    return [
        _Movement(
            first + timedelta(days=number % _A_STATEMENT * 30 // _A_STATEMENT),
            chance.choice([1, 1, 1, -1]) * chance.randrange(100, 150_000),
            f"M. OU MME DUPONT {chance.randrange(2_000)}",
            f"LOYER ET CHARGES JANVIER LOT {chance.randrange(5_000)}",
            f"REF{number:09d}",
        )
        for number in range(count)
    ]


def _pages(movements: list[_Movement]) -> list[list[_Movement]]:
    return [movements[i : i + _A_STATEMENT] for i in range(0, len(movements), _A_STATEMENT)]


def _cfonb(movements: list[_Movement]) -> str:
    head = "30006    00001EUR2 12345678901"
    lines = []
    balance = 0
    for page in _pages(movements):
        lines.append(f"01{head}  010126{'':50}{_signed(balance)}")
        for m in page:
            day = f"{m.day:%d%m%y}"
            lines.append(
                f"04{head}05{day}  {day}{'VIR SEPA RECU':31}  {m.reference[-7:]}0 "
                f"{_signed(m.cents)}{m.reference:16}"
            )
            party = ("NPY", "CPY") if m.cents > 0 else ("NBE", "CBE")
            details = [(party[0], m.name), ("LCC", m.text), ("RCN", m.reference)]
            lines.extend(f"05{head}05{day}     {name}{text:70}" for name, text in details)
        balance += sum(m.cents for m in page)
        lines.append(f"07{head}  310126{'':50}{_signed(balance)}")
    return "".join(f"{line:120}\n" for line in lines)


def _signed(cents: int) -> str:
    body, last = divmod(abs(cents), 10)
    return f"{body:013d}{(_PLUS if cents >= 0 else _MINUS)[last]}"


def _mt940(movements: list[_Movement]) -> str:
    lines = []
    balance = 0
    for number, page in enumerate(_pages(movements), start=1):
        lines += [":20:RELEVE", ":25:FR7630006000011234567890189", f":28C:{number}/1"]
        lines.append(f":60F:{'D' if balance < 0 else 'C'}260101EUR{_comma(balance)}")
        for m in page:
            lines.append(
                f":61:{m.day:%y%m%d%m%d}{'D' if m.cents < 0 else 'C'}{_comma(m.cents)}"
                f"NTRFNONREF//{m.reference}"
            )
            lines.append(f":86:166?00VIR SEPA?20EREF+{m.reference}?21SVWZ+{m.text[:20]}")
            lines.append(f"?22{m.text[20:]}?32{m.name}")
        balance += sum(m.cents for m in page)
        lines.append(f":62F:{'D' if balance < 0 else 'C'}260131EUR{_comma(balance)}")
        lines.append("-")
    return "".join(f"{line}\n" for line in lines)


def _comma(cents: int) -> str:
    return f"{abs(cents) // 100},{abs(cents) % 100:02d}"


def _ofx(movements: list[_Movement]) -> str:
    body = "".join(
        f"<STMTTRN>\n<TRNTYPE>{'CREDIT' if m.cents > 0 else 'DEBIT'}\n<DTPOSTED>{m.day:%Y%m%d}\n"
        f"<TRNAMT>{m.cents / 100:.2f}\n<FITID>{m.reference}\n<NAME>VIR {m.name}\n<MEMO>{m.text}\n"
        "</STMTTRN>\n"
        for m in movements
    )
    return (
        "OFXHEADER:100\nDATA:OFXSGML\nVERSION:102\nENCODING:USASCII\nCHARSET:1252\n\n<OFX>\n"
        "<BANKMSGSRSV1>\n<STMTTRNRS>\n<STMTRS>\n<CURDEF>EUR\n<BANKACCTFROM>\n<BANKID>30006\n"
        "<BRANCHID>00001\n<ACCTID>12345678901\n</BANKACCTFROM>\n<BANKTRANLIST>\n"
        f"{body}</BANKTRANLIST>\n</STMTRS>\n</STMTTRNRS>\n</BANKMSGSRSV1>\n</OFX>\n"
    )


def _qif(movements: list[_Movement]) -> str:
    return "!Type:Bank\n" + "".join(
        f"D{m.day:%d/%m/%Y}\nT{m.cents / 100:.2f}\nPVIR {m.name}\nM{m.text}\n^\n" for m in movements
    )


WRITERS: dict[str, Callable[[list[_Movement]], str]] = {
    "cfonb120": _cfonb,
    "mt940": _mt940,
    "ofx": _ofx,
    "qif": _qif,
}


def measure(format_: str, folder: Path, *, movements: int) -> Measured:
    """Writes files of that format in `folder` and reads each in three ways."""
    path = folder / f"{format_}.txt"
    times = []
    for seed in range(_REPEATS):
        path.write_text(WRITERS[format_](_movements(movements, seed=seed)), encoding="utf-8")
        times.append([_seconds(work, path) for work in (_bytes_loop, _text_loop, _reader)])
    in_bytes, in_text, reading = (min(column) for column in zip(*times, strict=True))
    return Measured(format_, path.stat().st_size / 1e6, in_bytes, in_text, reading)


def _bytes_loop(path: Path) -> None:
    with path.open("rb") as file:
        for _ in file:
            pass


def _text_loop(path: Path) -> None:
    with path.open(encoding="utf-8") as file:
        for _ in file:
            pass


def _reader(path: Path) -> None:
    for _ in open_statements(Source.of_path(path)).events:
        pass


def _seconds(work: Callable[[Path], None], path: Path) -> float:
    start = time.process_time()
    work(path)
    return time.process_time() - start


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--movements", type=int, default=50_000)
    movements: int = parser.parse_args().movements
    print(f"{movements} movements, one processor; goal: at most {GOAL:.0f} line loops")
    print(
        f"{'format':10} {'MB':>6} {'reader s':>9} {'a movement':>11} {'/ text':>7} {'/ bytes':>8}"
    )
    with tempfile.TemporaryDirectory() as name:
        for format_ in WRITERS:
            row = measure(format_, Path(name), movements=movements)
            print(
                f"{row.format:10} {row.megabytes:6.1f} {row.reader_seconds:9.3f} "
                f"{row.reader_seconds / movements * 1e6:8.2f} us "
                f"{row.reader_seconds / row.text_loop_seconds:7.1f} "
                f"{row.reader_seconds / row.bytes_loop_seconds:8.1f}"
            )


if __name__ == "__main__":
    main()
