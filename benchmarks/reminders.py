"""Reminders: planning a portfolio, and letters from the ledger to the PDF.

    python -m benchmarks.reminders [--accounts 100000] [--letters 400]

Every account owes something: the worst portfolio. Its plan is printed beside a bare loop that only
computes one date per account (DOMAIN E4), and without the reading, which is the same queries alone.
Letters are a whole run of `generate`: planned, drafted, set as PDF/A and written to the ledger.
Processor time of all processes, starting them included.
"""

import argparse
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from benchmarks._measure import Meter
from workbench.ledger import facts, reminder_inputs, reminding, views
from workbench.ledger.store import Ledger, open_ledger
from workbench.pipeline.generating import generate
from workbench.pipeline.planning import plan_on
from workbench.pipeline.settings import Office, Settings
from workbench.reminders.calendar import after_call

TOP: Final = Path(__file__).resolve().parents[1]

AT: Final = datetime(2026, 3, 5, 8, tzinfo=UTC)
AS_OF: Final = date(2026, 3, 5)
PER_BUILDING: Final = 50
IBAN: Final = "FR7630001007941234567890185"
PLAN_GOAL: Final = 5.0
LETTER_GOAL: Final = 40


def fill(ledger: Ledger, accounts: int) -> None:
    """Brings in a portfolio whose every account is late with one to three calls."""
    chance = Random(1)
    tables: dict[str, list[dict[str, Any]]] = {
        name: [] for name in ("buildings", "accounts", "calls", "dues", "deliveries",
                              "reminders_sent", "snoozes")
    }  # fmt: skip
    for number in range(accounts):
        building = f"B{number // PER_BUILDING:05d}"
        if number % PER_BUILDING == 0:
            _building(tables, building, chance)
        account = f"{building}-{number % PER_BUILDING:03d}"
        tables["accounts"].append(
            {"account_id": account, "building_id": building, "holder": f"M. Rivoirel {number}",
             "kind": "coowner", "address": "4 rue Haute", "postcode": "69990", "city": "Valbourg"}
        )  # fmt: skip
        for call in range(1 + number % 3):
            tables["dues"].append(
                {"due_id": f"{account}-{call}", "account_id": account, "kind": "call",
                 "amount_cents": chance.randrange(80_00, 900_00), "call_id": f"{building}-{call}",
                 "due_on": date(2026, 2, 20) - timedelta(days=91 * call), "label": "Appel"}
            )  # fmt: skip
        if number % 40 == 0:
            tables["deliveries"].append(
                {"call_id": f"{building}-0", "account_id": account, "status": "bounced",
                 "at": "2026-02-02"}
            )  # fmt: skip
        if number % 10 == 0:
            tables["reminders_sent"].append(
                {"account_id": account, "kind": "simple", "sent_on": date(2025, 12, 5)}
            )
    with ledger.writing() as connection:
        for name, rows in tables.items():
            facts.store_table(connection, name, rows, actor="banc", at=AT)
        bank = [{"iban": IBAN, "building_id": "B00000"}]
        facts.store_table(connection, "bank_accounts", bank, actor="banc", at=AT)


def _building(tables: dict[str, list[dict[str, Any]]], building: str, chance: Random) -> None:
    tables["buildings"].append({"building_id": building, "name": building, "kind": "coownership"})
    for call in range(3):
        sent_on = date(2026, 2, 1) - timedelta(days=91 * call)
        tables["calls"].append(
            {"call_id": f"{building}-{call}", "building_id": building, "called_on": sent_on,
             "kind": "quarterly", "sent_on": sent_on}
        )  # fmt: skip
    if chance.random() < 0.05:
        tables["snoozes"].append(
            {"building_id": building, "from_on": date(2026, 2, 1), "until": date(2026, 5, 1)}
        )


def read_alone(ledger: Ledger) -> None:
    """Runs the plan's queries, and makes nothing of them."""
    views.accounts(ledger)
    for read in (
        reminder_inputs.open_dues, reminder_inputs.latest_calls, reminder_inputs.undelivered,
        reminder_inputs.buildings_called, reminder_inputs.left, reminder_inputs.running_plans,
        reminder_inputs.running_procedures,
    ):  # fmt: skip
        read(ledger, as_of=AS_OF)
    reminder_inputs.payments(ledger, since=date(2025, 12, 5), as_of=AS_OF)
    reminding.moves(ledger)
    reminding.snoozes(ledger)
    reminding.reminders(ledger)


def bare_loop(accounts: int) -> float:
    """Returns the seconds of computing one date per account."""
    days = [date(2026, 1, 1) + timedelta(days=number % 300) for number in range(accounts)]
    meter = Meter()
    for day in days:
        after_call(day)
    return meter.read()["cpu"]


def main() -> None:
    """Prints both figures beside their goals."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--accounts", type=int, default=100_000)
    parser.add_argument("--letters", type=int, default=400)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        with open_ledger(f"sqlite:///{name}/plan.db", create=True) as ledger:
            fill(ledger, given.accounts)
            _plan(ledger, given.accounts)
        with open_ledger(f"sqlite:///{name}/letters.db", create=True) as ledger:
            fill(ledger, PER_BUILDING)
            _letters(ledger, given.letters)


def _plan(ledger: Ledger, accounts: int) -> None:
    plan_on(ledger, as_of=AS_OF, building_id="B00000")
    meter = Meter()
    read_alone(ledger)
    reading = meter.read()["cpu"]
    meter = Meter()
    plan = plan_on(ledger, as_of=AS_OF)
    used = meter.read()
    floor = bare_loop(accounts)
    beyond = used["cpu"] - reading
    states = plan.frame["state"].value_counts().to_dict()
    print(f"plan of {accounts} accounts, all late: {states}, memory {used['memory']:.0f} MB")
    print(f"  reading          {reading:6.2f} s of processor time")
    print(f"  beyond reading   {beyond:6.2f} s   goal {PLAN_GOAL * accounts / 100_000:.1f}")
    print(f"  bare loop        {floor:6.2f} s   one date per account: {beyond / floor:.1f} times")


def _letters(ledger: Ledger, count: int) -> None:
    chance = Random(2)
    more = range(PER_BUILDING, count)
    rows = [
        {"account_id": f"B00000-{n:03d}", "building_id": "B00000", "holder": f"Mme Orme {n}",
         "kind": "coowner", "address": f"{n} rue Basse", "postcode": "69990", "city": "Valbourg"}
        for n in more
    ]  # fmt: skip
    dues = [
        {"due_id": f"B00000-{n:03d}-{k}", "account_id": f"B00000-{n:03d}", "kind": "call",
         "amount_cents": chance.randrange(80_00, 900_00), "due_on": date(2026, 2, 10 + k),
         "call_id": "B00000-0", "label": f"Appel {k}"}
        for n in more
        for k in range(3)
    ]  # fmt: skip
    with ledger.writing() as connection:
        facts.store_table(connection, "accounts", rows, actor="banc", at=AT)
        facts.store_table(connection, "dues", dues, actor="banc", at=AT)
    settings = Settings(office=Office(name="Cabinet du Banc", place="Valbourg"))
    meter = Meter()
    run = generate(
        ledger, as_of=AS_OF, dry_run=False, actor="banc", at=AT, settings=settings,
        folder=TOP / "templates",
    )  # fmt: skip
    seconds = meter.read()["cpu"]
    made = len(run.reminders)
    print(
        f"letters from the ledger to the PDF and back: {made}, {made / seconds:.1f} a second of "
        f"processor time   goal {LETTER_GOAL}"
    )


if __name__ == "__main__":
    main()
