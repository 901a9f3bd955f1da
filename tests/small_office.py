"""A small office whose every cent can be followed by hand: what the ledger's tests are about.

Two buildings. In B1, accounts 101 and 102 and the supplier ASC; in B2 the account 201. The current
account of each is known; IBAN_WAITING belongs to nobody.
"""

import atexit
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from workbench.domain.records import BankStatement, Entry, StatementKind
from workbench.ledger import (
    bank_facts,
    checks,
    decisions,
    facts,
    fee_invoices,
    outbox,
    provenance,
    reminder_rows,
    teaching,
)
from workbench.ledger.bank_facts import FileResult, IdentifiedStatement
from workbench.ledger.checks import CheckedLink, Draw
from workbench.ledger.decisions import Decision, Line, Verdict
from workbench.ledger.provenance import Fetch
from workbench.ledger.reminder_rows import Choice, MadeLetter, MadeReminder
from workbench.ledger.store import Ledger, open_ledger
from workbench.ledger.table_facts import TableResult
from workbench.ledger.teaching import Forgotten

ACTOR = "L. Verane"
AT = datetime(2026, 11, 2, 6, 40, tzinfo=UTC)
IBAN_1 = "FR7630001007941234567890185"
IBAN_2 = "FR7630004000031234567890143"
IBAN_WAITING = "FR7610107001011234567890129"

BUILDINGS: list[dict[str, Any]] = [
    {"building_id": "B1", "name": "Les Tilleuls", "kind": "coownership", "city": "Lyon"},
    {"building_id": "B2", "name": "Le Quai", "kind": "rental"},
]
BANK_ACCOUNTS: list[dict[str, Any]] = [
    {"iban": IBAN_1, "building_id": "B1", "bic": "BDFEFRPP"},
    {"iban": IBAN_2, "building_id": "B2", "kind": "current"},
]
ACCOUNTS: list[dict[str, Any]] = [
    {"account_id": "101", "building_id": "B1", "holder": "Mme Noé", "kind": "coowner"},
    {"account_id": "102", "building_id": "B1", "holder": "M. Aït", "kind": "coowner"},
    {"account_id": "ASC", "building_id": "B1", "holder": "Ascenseurs SA", "kind": "supplier"},
    {
        "account_id": "201", "building_id": "B2", "holder": "SCI Quai", "kind": "tenant",
        "code": "Q201", "aliases": "QUAI|SCI DU QUAI", "opened_on": date(2025, 1, 1),
    },
]  # fmt: skip
CALLS: list[dict[str, Any]] = [
    {"call_id": "C1", "building_id": "B1", "called_on": date(2026, 9, 15), "kind": "quarterly"}
]
DUES: list[dict[str, Any]] = [
    {
        "due_id": "D101", "account_id": "101", "kind": "call", "amount_cents": 30_000,
        "due_on": date(2026, 10, 1), "call_id": "C1", "label": "T4 2026",
        "period_start": date(2026, 10, 1), "period_end": date(2026, 12, 31),
    },
    {"due_id": "D102", "account_id": "102", "kind": "call", "amount_cents": 45_050,
     "due_on": date(2026, 10, 1)},
    {"due_id": "D102-2", "account_id": "102", "kind": "charges", "amount_cents": 5_000,
     "due_on": date(2026, 10, 5)},
    {"due_id": "R102", "account_id": "102", "kind": "discount", "amount_cents": -2_000,
     "due_on": date(2026, 10, 2)},
    {"due_id": "F1", "account_id": "ASC", "kind": "invoice", "amount_cents": -12_000,
     "due_on": date(2026, 10, 20)},
    {"due_id": "D201", "account_id": "201", "kind": "rent", "amount_cents": 80_000,
     "due_on": date(2026, 10, 1)},
]  # fmt: skip
PORTFOLIO: dict[str, list[dict[str, Any]]] = {
    "buildings": BUILDINGS, "bank_accounts": BANK_ACCOUNTS, "accounts": ACCOUNTS,
    "calls": CALLS, "dues": DUES,
}  # fmt: skip


def entry(day: int, cents: int, label: str, **more: Any) -> Entry:
    """Returns an entry booked on that day of October 2026."""
    return Entry(booked_on=date(2026, 10, day), amount_cents=cents, label=label, **more)


def statement(
    iban: str, *entries: Entry, number: str = "10", opening_cents: int | None = 100_000, **more: Any
) -> IdentifiedStatement:
    """Returns a statement of October 2026 whose movements are named after their labels."""
    closing = (
        None if opening_cents is None else opening_cents + sum(e.amount_cents for e in entries)
    )
    return IdentifiedStatement(
        statement=BankStatement(
            iban=iban, number=number, opened_on=date(2026, 10, 1), closed_on=date(2026, 10, 31),
            opening_cents=opening_cents, closing_cents=closing, entries=entries, **more,
        ),
        entries=entries,
        movement_ids=tuple(f"M-{e.label}" for e in entries),
    )  # fmt: skip


def october() -> list[IdentifiedStatement]:
    """Returns the month's statements: money in and out of both buildings, and a waiting account."""
    return [
        statement(
            IBAN_1,
            entry(2, 30_000, "noe", counterparty="NOE CLAIRE", counterparty_iban=IBAN_WAITING,
                  bank_reference="REF-1", value_on=date(2026, 10, 3), place=4),
            entry(6, 43_050, "ait", counterparty="AIT KARIM"),
            entry(7, 43_050, "ait-2"),
            entry(20, -12_000, "ascenseur"),
            entry(30, -1_250, "frais"),
        ),
        statement(IBAN_2, entry(5, 80_000, "quai")),
        statement(IBAN_WAITING, entry(9, 700, "inconnu")),
    ]  # fmt: skip


def store_tables(ledger: Ledger, **tables: Sequence[dict[str, Any]]) -> dict[str, TableResult]:
    """Stores tables by their names, in one transaction."""
    with ledger.writing() as connection:
        return {
            name: facts.store_table(connection, name, rows, actor=ACTOR, at=AT)
            for name, rows in tables.items()
        }


def store_file(
    ledger: Ledger, statements: Sequence[IdentifiedStatement], *, name: str = "octobre.xml"
) -> FileResult:
    """Stores statements as one bank file, identified by its name."""
    with ledger.writing() as connection:
        return bank_facts.store_file(
            connection, statements, file_id=f"sha-{name}", name=name, format="csv",
            actor=ACTOR, at=AT,
        )  # fmt: skip


def fill(ledger: Ledger) -> None:
    """Brings the whole office in."""
    store_tables(ledger, **PORTFOLIO)
    store_file(ledger, october())


@contextmanager
def office(url: str) -> Iterator[Ledger]:
    """Opens a new ledger that holds the office."""
    with opened(url, fill) as ledger:
        yield ledger


def _nothing(_ledger: Ledger) -> None:
    """Leaves a ledger empty."""


@contextmanager
def opened(url: str, make: Callable[[Ledger], object] = _nothing) -> Iterator[Ledger]:
    """Opens a ledger; where there is none yet, a new one as `make` leaves it."""
    new_ledger(url, make)
    with open_ledger(url, create=True) as ledger:
        yield ledger


def new_ledger(url: str, make: Callable[[Ledger], object] = _nothing) -> None:
    """Makes a ledger where there is none yet, as a copy of one that was made once.

    Making its tables takes longer than most tests. That the program makes the same ones is tested
    where that is the question (test_store, test_schema).

    Args:
        url: of a file that is not there yet, or of an empty database.
        make: fills an empty ledger; the same function gives the same copy.
    """
    place = make_url(url)
    if place.get_backend_name() == "sqlite":
        path = Path(str(place.database))
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(_sqlite_template(make), path)
        return
    with _server(place) as connection:
        if connection.exec_driver_sql("SELECT to_regclass('alembic_version')").scalar():
            return
    template = _postgres_template(place.set(database="postgres"), make)
    with _server(place.set(database="postgres")) as connection:
        connection.exec_driver_sql(f"DROP DATABASE {place.database} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {place.database} TEMPLATE {template}")


@cache
def _sqlite_template(make: Callable[[Ledger], object]) -> Path:
    path = Path(tempfile.mkdtemp(prefix="workbench-template-")) / "ledger.db"
    atexit.register(shutil.rmtree, path.parent, ignore_errors=True)
    with open_ledger(f"sqlite:///{path}", create=True) as ledger:
        make(ledger)
    # All of it is in the one file that is copied.
    assert [left.name for left in path.parent.iterdir()] == [path.name]
    return path


@cache
def _postgres_template(server: URL, make: Callable[[Ledger], object]) -> str:
    name = f"template_{uuid.uuid4().hex}"
    with _server(server) as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    atexit.register(_drop, server, name)
    address = server.set(database=name).render_as_string(hide_password=False)
    with open_ledger(address, create=True) as ledger:
        make(ledger)
    return name


def _drop(server: URL, name: str) -> None:
    # A server of the tests' own is gone by then.
    with suppress(OperationalError), _server(server) as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def _server(url: URL) -> Iterator[Connection]:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def items(ledger: Ledger) -> dict[str, int]:
    """Returns the item of each due and movement, by its name."""
    with ledger.reading() as connection:
        found = connection.execute(
            text(
                "SELECT due_id, item_id FROM dues UNION SELECT movement_id, item_id FROM movements"
            )
        )
        return {name: int(item) for name, item in found}


def line(credit: int, debit: int, cents: int, *, reverses: int | None = None) -> Line:
    """Returns a link of account 101; its own number makes it a reversal."""
    return Line(
        credit_item=credit, debit_item=debit, amount_cents=cents, account_id="101",
        effective_on="2026-10-02", reverses=reverses,
    )  # fmt: skip


def decision(*lines: Line, verdicts: tuple[Verdict, ...] = (), **more: Any) -> Decision:
    """Returns a person's decision."""
    given = {"action": "link", "subject": "M-noe", "rule": "manual"} | more
    return Decision(lines=lines, verdicts=verdicts, **given)


def decide(ledger: Ledger, *made: Decision, actor: str = ACTOR) -> list[int]:
    """Records decisions in one transaction."""
    with ledger.writing() as connection:
        return decisions.record(connection, made, actor=actor, at=AT)


def link(ledger: Ledger, credit: str, debit: str, cents: int, **more: Any) -> int:
    """Links two items by name; returns the journal number."""
    known = items(ledger)
    return decide(ledger, decision(line(known[credit], known[debit], cents), **more))[0]


def check_something(ledger: Ledger) -> None:
    """Puts one row into each table of samples, verdicts, bands and revocations."""
    with ledger.writing() as connection:
        seq = connection.execute(text("SELECT MAX(seq) FROM allocations")).scalar() or 0
        draw = Draw(building_id="B1", seed=1, size=1, population=1, links=((seq, "code"),))
        checks.record_draw(connection, draw, actor=ACTOR, at=AT)
        judged = CheckedLink(decision_seq=seq, rule="code", verdict="right")
        checks.record_verdicts(connection, [judged], actor=ACTOR, at=AT)
        checks.record_band(connection, "code", "demoted", words="en doute", actor=ACTOR, at=AT)
        revoked = Forgotten(
            learned_id="L1", building_id="B1", account_id="101", kind="iban", value=IBAN_WAITING
        )
        teaching.record_forgotten(connection, [revoked], actor=ACTOR, at=AT)


def remind_something(ledger: Ledger) -> None:
    """Puts one row into each table of reminders: 101 is reminded, charged, moved and left alone."""
    letter = MadeLetter(
        kind="simple", channel="post", file_name="lettre.pdf", content=b"%PDF-1.7",
        reference="2026-101-R1", address="Mme Noé\n1 rue Haute\n69001 Lyon",
    )  # fmt: skip
    made = MadeReminder(
        account_id="101", building_id="B1", kind="simple", planned_on=date(2026, 11, 5),
        amount_cents=30_000, by_hand=False, again=0, leaves=True, letter=letter,
    )  # fmt: skip
    day = date(2026, 11, 5)
    with ledger.writing() as connection:
        (ids,) = reminder_rows.record_reminders(connection, [made], on=day, actor=ACTOR, at=AT)
        outbox.queue(connection, [ids.letter_id], actor=ACTOR, at=AT)
        invoice = fee_invoices.NewInvoice(
            reminder_id=ids.reminder_id, account_id="101", building_id="B1",
            service="formal_notice", amount_cents=4_200, label="Frais", is_validated=True,
        )  # fmt: skip
        fee_invoices.record_invoice(connection, invoice, on=day, actor=ACTOR, at=AT)
        for choice in (
            Choice(
                "moves", ("101", "formal_notice", "2026-12-20", "2026-11-06"), "101", "move", {}
            ),
            Choice("snoozing", ("B1", "2026-11-06", "2026-12-06"), "B1", "snooze", {}),
            Choice("switches", ("off",), "relances", "automatic", {"state": "on"}),
        ):
            reminder_rows.record_choice(connection, choice, actor=ACTOR, at=AT)


def fetch_something(ledger: Ledger, **more: Any) -> Fetch:
    """Records that a source gave a file; returns what was recorded."""
    fields = {"path": "octobre.xml", "size": 12, "stamp": "2026-11-01", "file_id": "f" * 64}
    fetch = Fetch(**{**fields, **more})
    with ledger.writing() as connection:
        provenance.record_fetch(connection, fetch, source="banque", at=AT)
    return fetch


def copy_ledger(source: Path, target: Path) -> str:
    """Copies a closed SQLite ledger; returns the copy's URL."""
    shutil.copyfile(source, target)
    return f"sqlite:///{target}"


def detail_something(ledger: Ledger) -> None:
    """Puts one row into the details of entries and one into the banks' answers to orders."""
    told = entry(2, 30_000, "detail", bank_reference="REF-1")
    refused = entry(3, -30_000, "refus", end_to_end_id="E1", return_reason="AM04")
    for kind, one in ((StatementKind.DETAILS, told), (StatementKind.ORDER_STATUS, refused)):
        said = statement(IBAN_1, one, number=str(kind), opening_cents=None, kind=kind)
        store_file(ledger, [said], name=f"{kind}.xml")


def receive_something(ledger: Ledger) -> None:
    """Enters a cheque of account 101 and a card payment of 102."""
    day = date(2026, 10, 3)
    store_tables(
        ledger,
        cheques=[{"cheque_id": "CH1", "received_on": day, "amount_cents": 30_000,
                  "drawer": "Mme Noé", "drawee_bank": "BNP", "account_id": "101"}],
        card_receipts=[{"transaction_id": "T1", "at": "2026-10-03T10:00", "amount_cents": 5_000,
                        "status": "ok", "account_id": "102"}],
    )  # fmt: skip
