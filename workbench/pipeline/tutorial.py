"""An invented tenant and three things to settle: what the tutorial's notebook walks through.

The ledger is a temporary one; nothing of it is anybody's. Source: DOMAIN D3, D5, D6, D7.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pandas as pd

from workbench.domain.dates import Period
from workbench.domain.errors import ParameterError
from workbench.domain.frames import in_euros
from workbench.domain.records import BankStatement, Entry
from workbench.ledger import bank_facts, facts, views
from workbench.ledger.bank_facts import IdentifiedStatement
from workbench.ledger.store import Ledger, open_ledger
from workbench.pipeline import deciding, entering
from workbench.pipeline.allocating import allocate
from workbench.pipeline.deciding import Outcome
from workbench.pipeline.entering import DueWanted

AS_OF: Final = date(2026, 11, 21)
AT: Final = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ACCOUNT: Final = "1108"
_BUILDING: Final = "R1"
_IBAN: Final = "FR7630004000031234567890143"
_ACTOR: Final = "tutoriel"
_RENT, _OLD_RENT = 860_52, 842_00
_MONTHS: Final = ("mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre")
INDEX, REDUCED, REFUND_SENT = "M-index", "M-novembre", "M-chaudiere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """One thing to settle.

    Attributes:
        row: of DOMAIN.
        movements: those the screen opens with.
    """

    row: str
    movements: tuple[str, ...]


EXERCISES: Final[Mapping[str, Exercise]] = {
    "D5": Exercise(row="D5", movements=(INDEX,)),
    "D6": Exercise(row="D6", movements=()),
    "D7": Exercise(row="D7", movements=(REFUND_SENT,)),
}


class Tutorial:
    """The invented office, in a folder that goes away with it."""

    def __init__(self) -> None:
        """Makes the ledger and fills it."""
        self._folder = TemporaryDirectory(prefix="tutoriel-")
        self.url = f"sqlite:///{Path(self._folder.name) / 'tutoriel.db'}"
        with open_ledger(self.url, create=True) as ledger:
            _fill(ledger)

    @contextmanager
    def opened(self) -> Iterator[Ledger]:
        """Opens its ledger."""
        with open_ledger(self.url) as ledger:
            yield ledger

    def close(self) -> None:
        """Takes the folder away."""
        self._folder.cleanup()

    def dues(self) -> pd.DataFrame:
        """Returns what is open of the tenant, in euros.

        Columns: due_id, label, kind, due_on, amount_eur, open_eur (signed Decimal: - we owe it).
        """
        with self.opened() as ledger:
            frame = views.dues(ledger, building_id=_BUILDING)
        frame = frame[frame["open_cents"] != 0]
        columns = ["due_id", "label", "kind", "due_on", "amount_cents", "open_cents"]
        return in_euros(frame[columns].reset_index(drop=True))

    def links(self) -> pd.DataFrame:
        """Returns what was written since the beginning of the tutorial, in euros.

        Columns: allocation_id, movement_id, against_due_id, due_id, amount_eur, state, actor.
        """
        with self.opened() as ledger:
            frame = views.allocations(ledger, building_id=_BUILDING)
        frame = frame[~frame["movement_id"].str.startswith("M-ancien")]
        columns = [
            "allocation_id", "movement_id", "against_due_id", "due_id", "amount_cents", "state",
            "actor",
        ]  # fmt: skip
        return in_euros(frame[columns].reset_index(drop=True))

    def solve(self, row: str) -> list[Outcome]:
        """Settles one exercise, as the screen does.

        Args:
            row: of DOMAIN: `D5`, `D6` or `D7`.

        Raises:
            ParameterError: no such exercise.
            DecisionRefusedError: it is settled already.
        """
        steps = {"D5": _index, "D6": _discount, "D7": _refund}
        if row not in steps:
            raise ParameterError(f"exercice inconnu : {row} (au choix : {', '.join(steps)})")
        with self.opened() as ledger:
            return steps[row](ledger)


def _settle(ledger: Ledger, left: Mapping[str, int], right: Mapping[str, int]) -> Outcome:
    """Settles named dues and movements with each other."""
    dues, moved = views.dues(ledger), views.movements(ledger)
    items = dict(zip(dues["due_id"], dues["item_id"].tolist(), strict=True))
    items |= dict(zip(moved["movement_id"], moved["item_id"].tolist(), strict=True))
    return allocate(
        ledger, left=[(items[name], cents) for name, cents in left.items()],
        right=[(items[name], cents) for name, cents in right.items()],
        as_of=AS_OF, actor=_ACTOR, at=AT,
    )  # fmt: skip


def _add(ledger: Ledger, kind: str, cents: int, day: date, label: str) -> Outcome:
    wanted = DueWanted(account_id=ACCOUNT, kind=kind, amount_cents=cents, due_on=day, label=label)
    return entering.add_due(ledger, wanted, as_of=AS_OF, actor=_ACTOR, at=AT)


def _index(ledger: Ledger) -> list[Outcome]:
    """One payment of the six differences against six partly paid rents."""
    rest = _RENT - _OLD_RENT
    rents = {f"L-{month}": rest for month in _MONTHS[:6]}
    return [_settle(ledger, {INDEX: 6 * rest}, rents)]


def _discount(ledger: Ledger) -> list[Outcome]:
    """A discount against the rent, then the reduced payment against what is left of it."""
    added = _add(ledger, "discount", -50_00, date(2026, 11, 3), "Remise, ascenseur arrêté")
    reduced = _settle(ledger, {added.identifier: 50_00}, {"L-novembre": 50_00})
    paid = _settle(ledger, {REDUCED: _RENT - 50_00}, {"L-novembre": _RENT - 50_00})
    return [added, reduced, paid]


def _refund(ledger: Ledger) -> list[Outcome]:
    """A refund owed, against the outgoing payment that makes it."""
    added = _add(ledger, "refund", -180_00, date(2026, 11, 9), "Chaudière avancée par la locataire")
    return [added, _settle(ledger, {added.identifier: 180_00}, {REFUND_SENT: 180_00})]


# --- the invented office -------------------------------------------------------------------------


def _fill(ledger: Ledger) -> None:
    with ledger.writing() as connection:
        for name, rows in _tables().items():
            facts.store_table(connection, name, rows, actor=_ACTOR, at=AT)
        bank_facts.store_file(
            connection, [_statement()], file_id="0" * 64, name="releve-tutoriel.csv",
            format="csv", actor=_ACTOR, at=AT,
        )  # fmt: skip
    for month in range(5, 11):
        due = f"L-{_MONTHS[month - 5]}"
        deciding.link(ledger, f"M-ancien-{month:02d}", [(due, _OLD_RENT)], actor=_ACTOR, at=AT)


def _tables() -> dict[str, list[dict[str, Any]]]:
    rents = [
        {
            "due_id": f"L-{name}", "account_id": ACCOUNT, "kind": "rent", "amount_cents": _RENT,
            "due_on": Period(2026, month).first_day.replace(day=5), "label": f"Loyer {name}",
        }
        for month, name in enumerate(_MONTHS, start=5)
    ]  # fmt: skip
    return {
        "buildings": [
            {"building_id": _BUILDING, "name": "8 quai des Brumes", "kind": "rental",
             "city": "Nantes"}
        ],
        "bank_accounts": [{"iban": _IBAN, "building_id": _BUILDING}],
        "accounts": [
            {"account_id": ACCOUNT, "building_id": _BUILDING, "holder": "Mme Ostermane Lydie",
             "kind": "tenant", "lots": "6", "aliases": "OSTERMANE"}
        ],
        "dues": rents,
    }  # fmt: skip


def _statement() -> IdentifiedStatement:
    paid = [
        (date(2026, month, 6), _OLD_RENT, "LOYER OSTERMANE", f"M-ancien-{month:02d}")
        for month in range(5, 11)
    ]
    rest = 6 * (_RENT - _OLD_RENT)
    told = [
        *paid,
        (date(2026, 11, 5), _RENT - 50_00, "LOYER NOV OSTERMANE", REDUCED),
        (date(2026, 11, 10), -180_00, "VIR MME OSTERMANE CHAUDIERE", REFUND_SENT),
        (date(2026, 11, 12), rest, "M OSTERMANE INDEX MAI A OCT", INDEX),
    ]
    entries = tuple(
        Entry(booked_on=day, amount_cents=cents, label=label, counterparty="OSTERMANE")
        for day, cents, label, _ in told
    )
    return IdentifiedStatement(
        statement=BankStatement(
            iban=_IBAN, number="11", opened_on=date(2026, 5, 1), closed_on=date(2026, 11, 20),
            opening_cents=1_000_00, closing_cents=1_000_00 + sum(e.amount_cents for e in entries),
            entries=entries,
        ),
        entries=entries,
        movement_ids=tuple(name for *_, name in told),
    )  # fmt: skip
