"""Each bank format's reader against a bare scan of the same bytes; camt in constant memory.

    python -m benchmarks.reading [--movements 50000] [--megabytes 100 1000]

A floor and its reader run one after the other, each best of three, in processor time: read the
ratio. The large camt files are written to a temporary folder, then read, and imported into a new
ledger, each in a process of its own that says its largest memory: it must not grow with the file
(an import keeps eight bytes an entry until a statement ends, see docs/decisions/0011).

"camt.053" is measured against an iterparse that sees every element, "(entries)" against one that
sees whole entries only and leaves the rest to C.
"""

import argparse
import importlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

camt, text, sheets = (
    importlib.import_module(f"benchmarks._reading_{name}") for name in ("camt", "text", "sheets")
)
Row = tuple[str, float, float, float, str]


def rows(folder: Path, *, movements: int) -> Iterator[Row]:
    """Gives format, megabytes, seconds of its floor and of its reader, and the goal."""
    path = folder / "small.xml"
    camt.write_camt(path, movements=movements)
    size, taken = path.stat().st_size / 1e6, camt.best("read", path)
    yield "camt.053", size, camt.best("bare", path), taken, f"{camt.GOAL:.0f}"
    yield "(entries)", size, camt.best("entries", path), taken, "-"
    for name in text.WRITERS:
        row: Any = text.measure(name, folder, movements=movements)
        goal = f"{text.GOAL:.0f}"
        yield name, row.megabytes, row.text_loop_seconds, row.reader_seconds, goal
    for name in sheets.WRITERS:
        row = sheets.measure(name, folder, movements=movements)
        yield name, row.megabytes, row.bare_seconds, row.reader_seconds, "-"


def large(folder: Path, *, megabytes: int) -> None:
    """Prints what a large camt takes, thing by thing."""
    path = folder / f"{megabytes}.xml"
    count = camt.write_camt(path, megabytes=megabytes)
    size, floor = path.stat().st_size / 1e6, 0.0
    for what in camt.WORK:
        told = camt.in_a_child(what, path)
        floor = floor or told["seconds"]
        print(
            f"{size:6.0f} {count:9,} {what:>7} {told['seconds']:7.1f} "
            f"{told['seconds'] / floor:6.2f} {told['megabytes']:12.0f} MB",
            flush=True,
        )
    for left in folder.glob(f"{megabytes}.*"):
        left.unlink()


def main() -> None:
    """Prints both tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--movements", type=int, default=50_000)
    parser.add_argument("--megabytes", type=int, nargs="*", default=[100, 1000])
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"{given.movements} movements a format, processor time, best of {camt.REPEATS}")
        print(f"{'format':10} {'MB':>6} {'bare s':>8} {'reader s':>9} {'ratio':>6}  goal")
        for format_, size, floor, taken, goal in rows(folder, movements=given.movements):
            print(
                f"{format_:10} {size:6.1f} {floor:8.3f} {taken:9.3f} {taken / floor:6.2f}  {goal}"
            )
        if given.megabytes:
            print("\none camt.053 statement, each in a process of its own")
            print(
                f"{'MB':>6} {'entries':>9} {'what':>7} {'s':>7} {'ratio':>6} {'largest memory':>15}"
            )
        for megabytes in given.megabytes:
            large(folder, megabytes=megabytes)


if __name__ == "__main__":
    main()
