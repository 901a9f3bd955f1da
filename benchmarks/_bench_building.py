"""One large building for the bench: 300 tenants, two years of rents, and payments nobody settled.

The same figures write the same ledger. Two thirds of the open payments have proposals (a name that
several tenants bear, an amount that differs), one third comes from strangers.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random
from typing import Final

from workbench.ledger.store import open_ledger
from workbench.pipeline.importing import import_paths
from workbench.pipeline.reconciling import reconcile

BUILDING: Final = "G1"
ACCOUNT: Final = "41100007"
ACCOUNTS: Final = 300
IBAN: Final = "FR7630006000011234567890189"
AS_OF: Final = date(2026, 10, 31)
AT: Final = datetime(2026, 11, 2, 7, 0, tzinfo=UTC)
_NAMES: Final = (
    "Garrabet", "Tissandreau", "Quentrel", "Brehon", "Castelnaux", "Vandelier", "Lanvollee",
    "Pelissargue", "Dormoy", "Rivoirel", "Faugeroux", "Aubepin", "Montjoie", "Soleillade",
    "Noblecourt", "Elissalde", "Belloncle", "Morvange", "Merignargues", "Verane",
)  # fmt: skip
_FIRST: Final = (
    "Odile", "Sylvain", "Marc", "Julien", "Claire", "Denise", "Anne", "Paul", "Yann", "Luc", "Axel",
    "Solene", "Remi", "Eve", "Louise",
)  # fmt: skip


def write_ledger(folder: Path, *, movements: int) -> str:
    """Writes tables and one statement, imports and reconciles them.

    Args:
        folder: empty.
        movements: payments that stay open, about.

    Returns:
        The ledger's URL.
    """
    chance = Random(movements)
    rents = [40_000 + 250 * chance.randrange(200) for _ in range(ACCOUNTS)]
    _write(folder / "buildings.csv", [
        {"building_id": BUILDING, "name": "Cité du Grand-Large", "kind": "rental"}
    ])  # fmt: skip
    _write(folder / "bank_accounts.csv", [{"iban": IBAN, "building_id": BUILDING}])
    _write(folder / "accounts.csv", [
        {"account_id": f"411{n:05d}", "building_id": BUILDING, "kind": "tenant",
         "holder": f"{_FIRST[n % len(_FIRST)]} {_NAMES[n % len(_NAMES)]}", "lots": str(n + 1)}
        for n in range(ACCOUNTS)
    ])  # fmt: skip
    _write(folder / "dues.csv", list(_dues(rents)))
    _write(folder / "statements" / "s.csv", list(_payments(rents, movements, chance)))
    url = f"sqlite:///{folder / 'bench.db'}"
    with open_ledger(url, create=True) as ledger:
        import_paths(ledger, [folder], actor="bench", at=AT)
        reconcile(ledger, as_of=AS_OF, actor="bench", at=AT)
    return url


def _dues(rents: Sequence[int]) -> Iterator[dict[str, str]]:
    for n, cents in enumerate(rents):
        for month in range(24):
            year, number = 2024 + (10 + month) // 12, (10 + month) % 12 + 1
            yield {
                "due_id": f"L{n:03d}-{year}{number:02d}", "account_id": f"411{n:05d}",
                "kind": "rent", "amount": _euros(cents), "due_on": f"{year}-{number:02d}-01",
                "label": f"Loyer {number:02d}/{year}",
            }  # fmt: skip


def _payments(rents: Sequence[int], movements: int, chance: Random) -> Iterator[dict[str, str]]:
    for n in range(movements):
        tenant = chance.randrange(ACCOUNTS)
        name = _NAMES[tenant % len(_NAMES)]
        stranger = n % 3 == 0
        cents = rents[tenant] - (chance.randrange(1, 3_000) if n % 2 else 0)
        yield {
            "iban": IBAN, "booked_on": f"2026-{10 - n % 10:02d}-{1 + n % 28:02d}",
            "amount": _euros(cents if not stranger else chance.randrange(1_000, 90_000)),
            "label": f"VIREMENT {n:05d}" if stranger else f"VIR {name.upper()} LOYER",
            "counterparty": f"STE {chance.randrange(10**6)}" if stranger else name.upper(),
            "counterparty_iban": "", "reference": f"R{n:06d}",
        }  # fmt: skip


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _write(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
