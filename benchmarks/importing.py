"""Import of bank files against its floor: a bare parse of the same bytes and a bare insert.

    python -m benchmarks.importing [--movements 100000]

The floor is what cannot be avoided: `lxml.iterparse`, a line loop, `csv.reader` over the same
files, then one sorted `executemany` of the same rows into bare tables of the same columns, with
the same durability. Everything runs in one process, one after the other; read the ratio, not the
seconds.
"""

import argparse
import csv
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from lxml import etree
from sqlalchemy import text

from workbench.demo.portfolio import generate
from workbench.ledger import schema
from workbench.ledger.store import open_ledger
from workbench.pipeline import importing

GOAL = 3.0
AT = datetime(2026, 11, 2, tzinfo=UTC)


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def bare_parse(files: list[Path]) -> None:
    """Reads every byte of the files with the fastest ordinary parser of each format."""
    for path in files:
        if path.suffix == ".xml":
            for _, element in etree.iterparse(str(path), resolve_entities=False, no_network=True):
                element.clear()
        elif path.suffix == ".csv":
            with path.open(newline="", encoding="utf-8") as file:
                for _ in csv.reader(file, delimiter=";"):
                    pass
        else:
            with path.open("rb") as file:
                for _ in file:
                    pass


def bare_insert(target: Path, rows: dict[str, list[tuple[object, ...]]]) -> None:
    """Inserts the rows, sorted by primary key, into tables of the same columns."""
    connection = sqlite3.connect(target)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    for name, values in rows.items():
        columns = [c.name for c in schema.METADATA.tables[name].columns]
        key = f"{columns[0]} INTEGER PRIMARY KEY, " + ", ".join(columns[1:])
        connection.execute(f"CREATE TABLE {name} ({key})")
        marks = ", ".join("?" * len(columns))
        # The names come from the schema, not from a user.
        connection.executemany(f"INSERT INTO {name} VALUES ({marks})", values)  # noqa: S608
    connection.commit()
    connection.close()


def main() -> None:
    """Generates a portfolio of the wanted size and prints the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--movements", type=int, default=100_000)
    wanted: int = parser.parse_args().movements
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # A building of the demo's size has about 390 movements in 15 months.
        buildings = max(1, round(wanted / 390))
        third = buildings // 3
        written = generate(coownerships=buildings - third, rentals=third).write(folder / "p")
        files = sorted((folder / "p" / "statements").iterdir())
        size = sum(f.stat().st_size for f in files)
        with open_ledger(f"sqlite:///{folder / 'ledger.db'}", create=True) as ledger:
            tables = [f for f in (folder / "p").iterdir() if f.suffix == ".csv"]
            importing.import_paths(ledger, tables, actor="benchmark", at=AT)
            taken = _timed(
                lambda: importing.import_paths(
                    ledger, [folder / "p" / "statements"], actor="benchmark", at=AT
                )
            )
            with ledger.engine.connect() as connection:
                rows = {
                    name: [
                        tuple(row)
                        for row in connection.execute(
                            schema.METADATA.tables[name].select().order_by(text("1"))
                        )
                    ]
                    for name in ("movements", "items")
                }
            rows["items"] = [row for row in rows["items"] if row[1] == "movement"]
        parse = _timed(lambda: bare_parse(files))
        insert = _timed(lambda: bare_insert(folder / "bare.db", rows))
    count = len(rows["movements"])
    print(f"{count} movements, {written['bank_files']} files, {size / 1e6:.1f} MB")
    print(f"bare parse   {parse:7.2f} s")
    print(f"bare insert  {insert:7.2f} s")
    print(f"import       {taken:7.2f} s   {count / taken:,.0f} movements/s")
    print(f"ratio        {taken / (parse + insert):7.2f}     (goal: at most {GOAL:.0f})")


if __name__ == "__main__":
    main()
