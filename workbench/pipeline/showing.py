"""What stands behind a movement: the bank's own record, its file, who linked it to what.

Reads the ledger and the archive, writes nothing, knows no clock.
"""

import json
import tempfile
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from workbench.domain.errors import ParameterError, UnreadableFileError
from workbench.domain.records import EntryPart
from workbench.ledger import provenance, views
from workbench.ledger.provenance import Origin
from workbench.ledger.store import Ledger
from workbench.loaders import raw_record
from workbench.loaders.archive import Archive, ArchiveError
from workbench.loaders.sniff import Source

_MOST_NAMED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link of a movement, decided or proposed.

    Attributes:
        allocation_id: `A…` decided, `P…` proposed.
        state: `accepted`, `proposed` or `reversed`.
        subject: the due, the other movement or the receipt.
        account_id: the account.
        amount_cents: what it settles, positive.
        rule: what found it.
        sentence: why, French; "" where a person linked it.
        actor: who decided; "" while proposed.
        action: `match` (the engine), `accept` or `link` (a person); "" while proposed.
        at: when, ISO text in UTC; "" while proposed.
    """

    allocation_id: str
    state: str
    subject: str
    account_id: str
    amount_cents: int
    rule: str
    sentence: str
    actor: str
    action: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMovement:
    """Everything known of one movement.

    Attributes:
        movement: its row of `views.movements`: texts, signed cents, dates as ISO texts or "".
        building: name of its building, "" while nobody knows its IBAN.
        parts: the transactions of a batch; empty where the movement is one.
        extra: what the bank said beyond the columns.
        origin: the file, the format and the place it was read from.
        record: the bank's record, as it wrote it; "" when it cannot be had.
        record_missing: why it cannot, French; "" when it can.
        links: decided ones in the order of their decision, then what is proposed.
    """

    movement: Mapping[str, Any]
    building: str
    parts: tuple[EntryPart, ...]
    extra: Mapping[str, Any]
    origin: Origin
    record: str
    record_missing: str
    links: tuple[Link, ...]


def show_movement(ledger: Ledger, archive: Archive | None, *, name: str) -> ShownMovement:
    """Returns what stands behind a movement.

    Args:
        ledger: open; read-only is enough.
        archive: where its bank files are kept; None when there is none.
        name: its identifier, or a beginning that no other has.

    Raises:
        ParameterError: no such movement, or several that begin so.

    Source: DOMAIN A1, A10; CONTRACT, `show`.
    """
    movement_id = _named(ledger, name)
    with ledger.snapshot():
        origin = provenance.origin(ledger, movement_id=movement_id)
        movements = views.movements(ledger, building_id=origin.building_id or None)
        row = movements[movements["movement_id"] == movement_id].iloc[0]
        links = _links(ledger, movement_id, building_id=origin.building_id)
        buildings = views.buildings(ledger, building_id=origin.building_id)
    details = json.loads(str(row["details"]) or "{}")
    record, missing = _record(archive, origin, sheet=str(details.get("extra", {}).get("sheet", "")))
    return ShownMovement(
        movement={str(name): _plain(value) for name, value in row.items()},
        building=str(buildings["name"].iloc[0]) if len(buildings) else "",
        parts=tuple(EntryPart(*part) for part in details.get("parts", ())),
        extra=details.get("extra", {}),
        origin=origin,
        record=record,
        record_missing=missing,
        links=links,
    )


def _named(ledger: Ledger, name: str) -> str:
    found = provenance.movements_beginning(ledger, name) if name else []
    if name in found:
        return name
    if not found:
        raise ParameterError(f"aucun mouvement « {name} » dans ce registre")
    if len(found) > 1:
        more = " …" if len(found) > _MOST_NAMED else ""
        raise ParameterError(
            f"plusieurs mouvements commencent par « {name} » : "
            f"{', '.join(found[:_MOST_NAMED])}{more}"
        )
    return found[0]


def _record(archive: Archive | None, origin: Origin, *, sheet: str) -> tuple[str, str]:
    """Returns the record of a movement, or why it cannot be had."""
    if archive is None:
        return "", "aucune archive n'est configurée pour ce registre"
    try:
        with tempfile.TemporaryDirectory(prefix="workbench-show-") as folder:
            path = Path(folder) / "record"
            archive.bring(origin.file_id, to=path)
            source = Source(origin.file_name, lambda: path.open("rb"))
            record = raw_record.raw_record(
                source, format=origin.format, place=origin.place, sheet=sheet
            )
    except (ArchiveError, UnreadableFileError) as error:
        return "", str(error)
    return record, ""


def _links(ledger: Ledger, movement_id: str, *, building_id: str) -> tuple[Link, ...]:
    frame = views.allocations(ledger, building_id=building_id)
    of_it = (frame["movement_id"] == movement_id) | (frame["against_movement_id"] == movement_id)
    return tuple(_link(row, movement_id) for row in frame[of_it].to_dict("records"))


def _link(row: Mapping[Hashable, Any], movement_id: str) -> Link:
    others = (
        row["due_id"], row["against_due_id"], row["movement_id"], row["against_movement_id"],
        row["receipt_id"],
    )  # fmt: skip
    # What is kept of a movement for an account goes by the movement's own name.
    kept = "ce qui est gardé en compte" if row["receipt_id"] == movement_id else ""
    return Link(
        allocation_id=str(row["allocation_id"]),
        state=str(row["state"]),
        subject=next((str(name) for name in others if name and name != movement_id), kept),
        account_id=str(row["account_id"]),
        amount_cents=int(row["amount_cents"]),
        rule=str(row["rule"]),
        sentence=_sentence(str(row["reasons"])),
        actor=str(row["actor"]),
        action=str(row["action"]),
        at="" if pd.isna(row["at"]) else f"{row['at'].isoformat()}Z",
    )


def _sentence(reasons: str) -> str:
    """Returns the sentence of a link's reasons; a person's own words are a plain text."""
    try:
        data = json.loads(reasons)
    except ValueError:
        return reasons
    return str(data.get("sentence", "")) if isinstance(data, dict) else ""


def _plain(value: Any) -> Any:  # noqa: ANN401 - a cell of any column
    """Returns a cell for JSON: integers and texts, dates ISO and "" when missing."""
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if value is pd.NaT:
        return ""
    return int(value) if hasattr(value, "item") else value
