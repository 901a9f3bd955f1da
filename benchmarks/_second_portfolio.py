"""Writes a portfolio with truth: tables, movements, and what each movement really paid.

    python -m benchmarks._second_portfolio DIR --buildings 100 [--hard] [--seed 1]

The same seed writes the same bytes; the first hundred buildings of a thousand are the hundred of
a portfolio of a hundred. Decision 0014 says what it invents and why it never looks at the engine.
"""

import argparse
import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from random import Random
from typing import IO, Any, Final

from benchmarks._portfolios import tables
from benchmarks._portfolios.buildings import BUILDINGS_PER_OFFICE, add_building
from benchmarks._portfolios.payments import (
    Desk,
    finish,
    owner_quarter,
    tenant_quarter,
    two_lots_in_one,
)
from benchmarks._portfolios.strangers import (
    add_agencies,
    add_noise,
    agencies_pay,
    aid_pays,
    deposit_batches,
    misdirect,
    suppliers_paid,
)
from benchmarks._portfolios.tables import Account, Building, Movement, Office
from benchmarks._portfolios.truth import Directory

_FILES: Final = {
    "buildings": tables.BUILDING_COLUMNS,
    "bank_accounts": tables.BANK_ACCOUNT_COLUMNS,
    "accounts": tables.ACCOUNT_COLUMNS,
    "calls": tables.CALL_COLUMNS,
    "dues": tables.DUE_COLUMNS,
    "movements": tables.MOVEMENT_COLUMNS,
    "truth_links": tables.LINK_COLUMNS,
    "truth_movements": tables.TRUTH_COLUMNS,
}


def write_portfolio(folder: Path, *, buildings: int, hard: bool, seed: int) -> dict[str, int]:
    """Writes the eight CSV files of a portfolio (amounts in cents) and returns their row counts.

    Args:
        folder: where; made when it is not there.
        buildings: how many.
        hard: agencies, relatives, namesakes, wrong codes and unreadable labels at their worst.
        seed: of all chance.
    """
    folder.mkdir(parents=True, exist_ok=True)
    counts = dict.fromkeys(_FILES, 0)
    with ExitStack() as files:
        writers: dict[str, Any] = {}
        for name, columns in _FILES.items():
            file: IO[str] = (folder / f"{name}.csv").open("w", newline="", encoding="utf-8")
            writers[name] = csv.writer(files.enter_context(file))
            writers[name].writerow(columns)
        for office in _offices(buildings, hard=hard, seed=seed):
            for name, rows in _tables(office):
                writers[name].writerows(rows)
                counts[name] += len(rows)
    return counts


def _offices(buildings: int, *, hard: bool, seed: int) -> Iterator[Office]:
    for number in range(-(-buildings // BUILDINGS_PER_OFFICE)):
        # Text seeds are the same on every machine and run.
        chance = Random(f"{seed}/{number}/{hard}")
        office = Office(number, chance, hard, next_item=number * 1_000_000)
        first = number * BUILDINGS_PER_OFFICE
        for place in range(first, min(first + BUILDINGS_PER_OFFICE, buildings)):
            add_building(office, place)
        _live(office)
        yield office


def _live(office: Office) -> None:
    desks = []
    for building in office.buildings:
        if building.kind == "coownership":
            add_agencies(office, building.accounts)
        desk = Desk(office, building, Directory.of(building))
        desks.append(desk)
        if building.kind == "rental":
            aid_pays(desk)
        agencies_pay(desk)
        _holders_pay(desk)
        suppliers_paid(desk)
        desk.run()
        deposit_batches(desk)
        finish(desk)
        add_noise(desk)
    misdirect(desks)


def _holders_pay(desk: Desk) -> None:
    building, rng = desk.building, desk.rng
    previous: Account | None = None
    for account in building.accounts:
        same = previous and account.person_id and account.person_id == previous.person_id
        both_transfer = previous and previous.mode == account.mode == "transfer"
        if previous and same and both_transfer and rng.random() < 0.35:
            two_lots_in_one(desk, [previous, account])
        previous = account
    for account in building.accounts:
        if account.mode == "agency":
            continue
        if building.kind == "coownership":
            owner_quarter(desk, account)
        else:
            tenant_quarter(desk, account)


def _tables(office: Office) -> Iterator[tuple[str, Sequence[Sequence[object]]]]:
    buildings = office.buildings
    yield "buildings", [(b.building_id, b.name, b.kind) for b in buildings]
    yield "bank_accounts", [(b.iban, b.building_id, "current") for b in buildings]
    yield "calls", [call for b in buildings for call in b.calls]
    yield "accounts", [_account(b, a) for b in buildings for a in _all_accounts(b)]
    yield "dues", [row for b in buildings for a in _all_accounts(b) for row in _dues(b, a)]
    movements = sorted(office.movements, key=lambda m: (m.booked_on, m.item))
    yield "movements", [_movement(m) for m in movements]
    yield "truth_links", [link for m in movements for link in _links(m)]
    yield (
        "truth_movements",
        [
            (m.item, m.situation, m.nature, int(m.account_unknowable), int(m.due_unknowable))
            for m in movements
        ],
    )


def _all_accounts(building: Building) -> Iterable[Account]:
    return [*building.accounts, *building.suppliers]


def _account(building: Building, a: Account) -> Sequence[object]:
    mode = "transfer" if a.mode == "agency" else a.mode
    return (
        a.account_id, building.building_id, a.holder, a.kind, a.code, a.person_id,
        "|".join(a.aliases), "|".join(a.listed), mode, "|".join(a.lots), a.coupon,
    )  # fmt: skip


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _dues(building: Building, account: Account) -> list[Sequence[object]]:
    return [
        (d.item, d.due_id, account.account_id, building.building_id, d.kind, d.label, d.amount,
         d.opened, _day(d.due_on), _day(d.issued_on), _day(d.starts), _day(d.ends), d.call_id,
         d.reference)
        for d in account.dues
    ]  # fmt: skip


def _movement(m: Movement) -> Sequence[object]:
    return (
        m.item, f"M{m.item:09d}", m.building.building_id, m.building.iban, _day(m.booked_on),
        m.cents, m.cents, m.label, m.counterparty, m.counterparty_iban, m.ultimate_party,
        m.end_to_end, m.mandate, m.remittance, m.operation, m.return_reason,
    )  # fmt: skip


def _links(movement: Movement) -> list[Sequence[object]]:
    return [
        (movement.item, due.account.account_id, due.item, cents) for due, cents in movement.links
    ]


def main() -> None:
    """Writes one portfolio and prints its row counts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--buildings", type=int, default=100)
    parser.add_argument("--hard", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    made = write_portfolio(
        given.folder, buildings=given.buildings, hard=given.hard, seed=given.seed
    )
    print(", ".join(f"{count} {name}" for name, count in made.items()))


if __name__ == "__main__":
    main()
