"""The configuration of reminders: what the office wrote, and what holds where it wrote nothing.

One list has every type (DOMAIN B6). A cell left empty means the usual value for the kind of
building: the contract's own types where the name is one of theirs.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import pandas as pd

from workbench.domain.errors import ParameterError
from workbench.domain.policies import (
    DEFAULT_TYPES,
    FORMAL_NOTICE,
    ReminderType,
    Schedule,
    types_of_building,
)
from workbench.domain.records import BuildingKind
from workbench.domain.tables import TABLES_BY_NAME
from workbench.ledger import facts, journal
from workbench.ledger.journal import JournalEntry
from workbench.ledger.schema import METADATA
from workbench.ledger.store import Ledger
from workbench.reminders.blocks import PAYMENT_MODE_WORDS

_TABLE: Final = "reminder_types"
_MONTHLY_DAY: Final = 10
_CALLS_DAY: Final = 5
_LAST_DAY: Final = 31
_EMPTY: Final[Mapping[str, str | None]] = {
    "schedule": "", "day_of_month": None, "threshold_cents": None, "strict": None,
}  # fmt: skip
USUAL: Final = tuple(_EMPTY)
"""What an empty cell leaves to the kind of building: the contract's own types."""


def type_words(kind: str) -> str:
    """Returns what a person calls a type: "relance simple", "mise en demeure", else its name."""
    known = {"simple": "relance simple", FORMAL_NOTICE: "mise en demeure"}
    return known.get(kind, kind.replace("_", " "))


def read_types(ledger: Ledger) -> list[ReminderType]:
    """Returns the configuration, the portfolio's rows first, then buildings' own, in their order.

    Empty while the office configured nothing: then `DEFAULT_TYPES` hold. A portfolio's row is
    completed as for a co-ownership.

    Source: DOMAIN B6.
    """
    kinds = _building_kinds(ledger)
    rows = [
        _type_of(row, kind=kinds.get(row["building_id"], BuildingKind.COOWNERSHIP))
        for row in _rows(ledger)
    ]
    return sorted(rows, key=lambda row: (row.building_id, row.order, row.type))


def types_by_building(
    ledger: Ledger, buildings: Mapping[str, BuildingKind]
) -> dict[str, tuple[ReminderType, ...]]:
    """Returns the types that apply to each building, in their order.

    Args:
        ledger: open.
        buildings: building -> its kind.
    """
    rows = _rows(ledger)
    shared = {
        kind: [_type_of(r, kind=kind) for r in rows if not r["building_id"]]
        for kind in BuildingKind
    }
    own: dict[str, list[ReminderType]] = {}
    for row in rows:
        building_id = row["building_id"]
        if building_id in buildings:
            own.setdefault(building_id, []).append(_type_of(row, kind=buildings[building_id]))
    found: dict[str, tuple[ReminderType, ...]] = {}
    usual: dict[BuildingKind, tuple[ReminderType, ...]] = {}
    for building_id, kind in buildings.items():
        if building_id in own:
            rows_here = [*shared[kind], *own[building_id]]
            found[building_id] = types_of_building(rows_here, building_id=building_id, kind=kind)
            continue
        if kind not in usual:
            usual[kind] = types_of_building(shared[kind], building_id="", kind=kind)
        found[building_id] = usual[kind]
    return found


def left_usual(ledger: Ledger) -> dict[tuple[str, str], frozenset[str]]:
    """Returns which of `USUAL` follow the kind of building: those whose cell is empty.

    Returns:
        (type, building) -> names of fields of `ReminderType`, for every row of the configuration.
    """
    return {
        (str(row["type"]), str(row["building_id"])): frozenset(
            name for name in USUAL if row[name] in (None, "")
        )
        for row in _rows(ledger)
    }


def save_types(
    ledger: Ledger,
    types: Sequence[ReminderType],
    *,
    actor: str,
    at: datetime,
    usual: Mapping[tuple[str, str], Collection[str]] | None = None,
) -> int:
    """Saves rows of the configuration; the journal keeps what was there before.

    Args:
        ledger: opened for writing.
        types: new rows, and rows known by type and building with other values.
        actor: who changes it.
        at: when.
        usual: (type, building) -> which of `USUAL` stay empty, and so follow the kind of building.

    Returns:
        How many rows are new or changed.

    Raises:
        ParameterError: a value that cannot be, or a building nobody knows; nothing is written.

    Source: DOMAIN B1 to B6.
    """
    buildings = _building_kinds(ledger)
    seen: set[tuple[str, str]] = set()
    for row in types:
        words = _wrong(row, buildings)
        if not words and (row.type, row.building_id) in seen:
            words = "ce type est deux fois dans la liste"
        if words:
            raise ParameterError(f"type de relance « {row.type} » : {words}")
        seen.add((row.type, row.building_id))
    known = {(row["type"], row["building_id"]): row for row in _rows(ledger)}
    rows = [
        _row_of(row)
        | {name: _EMPTY[name] for name in (usual or {}).get((row.type, row.building_id), ())}
        for row in types
    ]
    new = [row for row in rows if (row["type"], row["building_id"]) not in known]
    with ledger.writing() as connection:
        result = facts.store_table(connection, _TABLE, rows, actor=actor, at=at)
        # Of changed rows the store keeps before and after; of new ones it would keep a count.
        added = [
            JournalEntry(action="change", subject=_subject(row), data={"before": {}, "after": row})
            for row in new
        ]
        journal.append(connection, added, actor=actor, at=at)
    return result.new + result.changed


def remove_type(
    ledger: Ledger, kind: str, *, building_id: str = "", actor: str, at: datetime
) -> None:
    """Takes a row of the configuration away: a building's exception, or a type of the office.

    Args:
        ledger: opened for writing.
        kind: name of the type.
        building_id: whose row; "" for the portfolio's.
        actor: who removes it.
        at: when.

    Raises:
        ParameterError: there is no such row.
    """
    key = {"type": kind, "building_id": building_id}
    row = next((r for r in _rows(ledger) if key.items() <= r.items()), None)
    if row is None:
        raise ParameterError(f"aucun réglage du type « {kind} » à retirer")
    with ledger.writing() as connection:
        table = METADATA.tables[_TABLE]
        connection.execute(
            table.delete().where(table.c.type == kind, table.c.building_id == building_id)
        )
        gone = JournalEntry(
            action="change", subject=_subject(row), data={"before": row, "after": {}}
        )
        journal.append(connection, [gone], actor=actor, at=at)


def _subject(row: Mapping[str, Any]) -> str:
    return f"{_TABLE}:{row['type']}/{row['building_id']}"


def _wrong(row: ReminderType, buildings: Mapping[str, BuildingKind]) -> str:
    """Returns what cannot be in a row of the configuration, in French; "" for nothing."""
    unknown = sorted(row.exclusions - set(PAYMENT_MODE_WORDS))
    tests = (
        (not row.type.strip(), "donner un nom au type"),
        (row.building_id and row.building_id not in buildings, "immeuble inconnu"),
        (row.order < 1, "l’ordre commence à 1"),
        (not 1 <= row.day_of_month <= _LAST_DAY, "le jour du mois va de 1 à 31"),
        (row.threshold_cents < 0, "le seuil ne peut pas être négatif"),
        (row.fee_cents < 0, "les frais ne peuvent pas être négatifs"),
        (bool(unknown), f"exclusion inconnue : {', '.join(unknown)}"),
    )
    return next((words for is_wrong, words in tests if is_wrong), "")


def _building_kinds(ledger: Ledger) -> dict[str, BuildingKind]:
    frame = ledger.frame("SELECT building_id, kind FROM buildings ORDER BY building_id")
    return {b: BuildingKind(k) for b, k in zip(frame["building_id"], frame["kind"], strict=True)}


def _rows(ledger: Ledger) -> list[dict[str, Any]]:
    frame = ledger.frame("SELECT * FROM reminder_types ORDER BY building_id, rank_order, type")
    return [
        {str(name): None if pd.isna(cell) else cell for name, cell in row.items()}
        for row in frame.to_dict(orient="records")
    ]


def _type_of(row: Mapping[str, Any], *, kind: BuildingKind) -> ReminderType:
    """Returns a row of the configuration, completed by what is usual for the kind of building."""
    usual_schedule = Schedule.CALLS if kind is BuildingKind.COOWNERSHIP else Schedule.MONTHLY
    schedule = Schedule(row["schedule"] or usual_schedule)
    same = [t for t in DEFAULT_TYPES[kind] if t.type == row["type"] and t.schedule is schedule]
    usual = same[0] if same else ReminderType(
        type=row["type"], order=1, schedule=schedule,
        day_of_month=_CALLS_DAY if schedule is Schedule.CALLS else _MONTHLY_DAY,
    )  # fmt: skip
    return replace(
        usual,
        order=_whole(row["rank_order"], 1),
        day_of_month=min(max(_whole(row["day_of_month"], usual.day_of_month), 1), _LAST_DAY),
        threshold_cents=_whole(row["threshold_cents"], usual.threshold_cents),
        strict=bool(_whole(row["strict"], int(usual.strict))),
        exclusions=frozenset(part for part in row["exclusions"].split("|") if part),
        text=row["wording"],
        fee_cents=_whole(row["fee_cents"], 0),
        supplier_account=row["supplier_account"],
        expense_account=row["expense_account"],
        auto_validate=bool(_whole(row["auto_validate"], 0)),
        is_automatic=row["validation"] != "manual",
        building_id=row["building_id"],
    )


def _whole(cell: float | None, usual: int) -> int:
    return usual if cell is None else int(cell)


def _row_of(row: ReminderType) -> dict[str, Any]:
    """Returns a type as the table of the contract keeps it."""
    values: dict[str, Any] = {
        "type": row.type.strip(), "rank_order": row.order, "schedule": str(row.schedule),
        "day_of_month": row.day_of_month, "threshold_cents": row.threshold_cents,
        "strict": int(row.strict), "exclusions": "|".join(sorted(row.exclusions)),
        "wording": row.text, "fee_cents": row.fee_cents,
        "supplier_account": row.supplier_account, "expense_account": row.expense_account,
        "auto_validate": int(row.auto_validate),
        "validation": "automatic" if row.is_automatic else "manual",
        "building_id": row.building_id,
    }  # fmt: skip
    missing = {c.stored for c in TABLES_BY_NAME[_TABLE].columns} - set(values)
    if missing:
        raise ParameterError(f"colonnes sans valeur : {', '.join(sorted(missing))}")
    return values
