"""What is open, as the engine takes it: movements, the transactions of batches, receipts, dues.

A batch is one movement with several payers: each of its transactions is looked at as a payment of
its own, under a number of its own, and its links are written on the movement. A receipt is a
payment whose account a person has entered. Nothing is decided here.

Source: DOMAIN C3, C5, C6; docs/decisions/0016-receipts-and-returns.md.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pandas as pd

from workbench.domain.frames import rows_of
from workbench.domain.records import AllocationState
from workbench.ledger import decisions, views
from workbench.ledger.decisions import Line
from workbench.ledger.store import Ledger

# Transactions are numbered from here: no ledger has as many items.
_FIRST_TRANSACTION: Final = 1 << 40
_PART_COLUMNS: Final = (
    "amount_cents", "counterparty", "counterparty_iban", "end_to_end_id", "mandate_id", "label",
    "return_reason", "ultimate_party", "bank_reference", "remittance_reference",
)  # fmt: skip
ENGINE_COLUMNS: Final = (
    "item_id", "building_id", "iban", "booked_on", "amount_cents", "open_cents", "label",
    "counterparty", "counterparty_iban", "ultimate_party", "end_to_end_id", "mandate_id",
    "remittance_reference", "operation_code", "return_reason", "account_id",
)  # fmt: skip
_TEXTS: Final = tuple(
    c for c in ENGINE_COLUMNS if c not in ("item_id", "booked_on", "amount_cents", "open_cents")
)
RECEIPT_WORDS: Final = {
    "cheque": "Chèque", "card": "Paiement par carte", "on_account": "Versement gardé en compte",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the engine looks at under one number.

    Attributes:
        item: the movement's or the receipt's.
        part: transaction of a batch, from 1; 0 for the whole.
        name: what people call it.
        building_id: its building.
        day: ISO day of booking, or on which a receipt came.
        open_cents: signed, + money in.
        shown: who pays, for a sentence.
    """

    item: int
    part: int
    name: str
    building_id: str
    day: str
    open_cents: int
    shown: str = ""

    def joined(self, other: int, cents: int, account_id: str, *, other_part: int = 0) -> Line:
        """Returns the line between it and what answers it."""
        return decisions.joined(
            self.item, other, self.open_cents, cents, account_id, self.day, part=self.part,
            due_part=other_part,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The ledger's frames a run reads, all of one moment.

    Attributes:
        movements: columns of the movements view, booked by the day, in euros, of known buildings.
        dues: columns of the dues view.
        allocations: the accepted ones, columns of the allocations view.
        receipts: columns of the receipts view, received by the day.
        bank_accounts: columns of their view.
        undone: (item, account) pairs that a person took back.
        rejections: columns of their view.
    """

    movements: pd.DataFrame
    dues: pd.DataFrame
    allocations: pd.DataFrame
    receipts: pd.DataFrame
    bank_accounts: pd.DataFrame
    undone: frozenset[tuple[int, str]]
    rejections: pd.DataFrame

    @classmethod
    def read(cls, ledger: Ledger, *, building_id: str | None, as_of: date) -> "Books":
        """Reads what a run looks at; inside `Ledger.snapshot`."""
        movements = views.movements(ledger, building_id=building_id)
        receipts = views.receipts(ledger, building_id=building_id)
        allocations = views.allocations(ledger, building_id=building_id)
        undone = views.undone(ledger)
        day = pd.Timestamp(as_of)
        return cls(
            movements=movements[
                (movements["building_id"] != "")
                & (movements["currency"] == "EUR")
                & (movements["booked_on"] <= day)
            ],
            dues=views.dues(ledger, building_id=building_id),
            allocations=allocations[allocations["state"] == AllocationState.ACCEPTED],
            receipts=receipts[receipts["received_on"] <= day],
            bank_accounts=views.bank_accounts(ledger),
            undone=frozenset(
                zip(undone["movement_item_id"].tolist(), undone["account_id"].tolist(), strict=True)
            ),
            rejections=views.rejections(ledger),
        )

    @property
    def open_movements(self) -> pd.DataFrame:
        """Movements with something left that nobody set aside."""
        frame = self.movements
        return frame[(frame["open_cents"] != 0) & (frame["status"] != "ignored")]

    @property
    def rejected_proposals(self) -> frozenset[str]:
        """Proposals without account that a person rejected."""
        return frozenset(self.rejections["proposal_id"]) - {""}

    def linked_parts(self) -> dict[tuple[int, int], int]:
        """Returns cents linked by (movement item, transaction); what has none is under 0."""
        linked: dict[tuple[int, int], int] = {}
        for side in ("credit", "debit"):
            columns = (f"{side}_item", f"{side}_part", "amount_cents")
            rows = zip(*(self.allocations[c].tolist() for c in columns), strict=True)
            for item, part, cents in rows:
                linked[item, part] = linked.get((item, part), 0) + cents
        return linked


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSide:
    """What the engine gets, and what its numbers mean.

    Attributes:
        payments: the engine's movements, `ENGINE_COLUMNS`.
        subjects: what each number of them is.
        whole: movements whose transactions are looked at one by one, with their count.
    """

    payments: pd.DataFrame
    subjects: dict[int, Subject]
    whole: dict[int, int]


def parts_of(details: str) -> list[dict[str, Any]]:
    """Returns the transactions of a batch, by the names of the movements' columns.

    Args:
        details: of the movements view.
    """
    if '"parts"' not in details:
        return []
    told = json.loads(details).get("parts") or []
    blank = dict.fromkeys(_PART_COLUMNS, "")
    return [blank | dict(zip(_PART_COLUMNS, part, strict=False)) for part in told]


def open_side(books: Books, *, taken: Iterable[tuple[int, int]] = ()) -> OpenSide:
    """Returns what is open, transaction by transaction.

    Args:
        books: the frames.
        taken: (item, transaction) that something else explains already; 0 for the whole.
    """
    gone = set(taken)
    movements = books.open_movements
    linked = books.linked_parts()
    subjects: dict[int, Subject] = {}
    batches: dict[int, list[dict[str, Any]]] = {}
    rows: list[dict[str, Any]] = []
    for row in rows_of(movements[movements["details"].str.contains('"parts":[[', regex=False)]):
        parts = _open_parts(row, linked)
        if not parts:
            continue
        batches[int(row["item_id"])] = parts
        for part in parts:
            if (int(row["item_id"]), part["part"]) not in gone:
                number = _FIRST_TRANSACTION + len(subjects)
                rows.append(row | part | {"item_id": number, "operation_code": ""})
                subjects[number] = _subject(row, part)
    whole = movements[~movements["item_id"].isin(list(batches))]
    whole = whole[~whole["item_id"].isin([item for item, part in gone if not part])]
    receipts = _receipt_payments(books.receipts, gone)
    for frame, names in ((whole, "movement_id"), (receipts, "name")):
        subjects |= _subjects(frame, names=names)
    transactions = pd.DataFrame(rows, columns=[*whole.columns])
    frames = [frame for frame in (whole, receipts, transactions) if len(frame)] or [whole]
    payments = pd.concat(map(_as_payments, frames), ignore_index=True)
    return OpenSide(
        payments=payments,
        subjects=subjects,
        whole={item: len(parts) for item, parts in batches.items()},
    )


def _as_payments(frame: pd.DataFrame) -> pd.DataFrame:
    """Returns the engine's columns with their types; a text nobody tells is ""."""
    filled = frame.assign(**dict.fromkeys((c for c in _TEXTS if c not in frame.columns), ""))
    types = dict.fromkeys(_TEXTS, "str") | dict.fromkeys(
        ("item_id", "amount_cents", "open_cents"), "int64"
    )
    return filled[list(ENGINE_COLUMNS)].astype(types | {"booked_on": "datetime64[s]"})


def _open_parts(row: dict[str, Any], linked: dict[tuple[int, int], int]) -> list[dict[str, Any]]:
    """Returns what is open of each transaction; nothing where that cannot be told."""
    item, total = int(row["item_id"]), int(row["amount_cents"])
    parts = parts_of(str(row["details"]))
    if len(parts) < 2 or sum(p["amount_cents"] for p in parts) != total:
        return []
    if any((p["amount_cents"] > 0) != (total > 0) for p in parts):
        return []
    sign = 1 if total > 0 else -1
    found = [
        part
        | {
            "part": place,
            "open_cents": part["amount_cents"] - sign * linked.get((item, place), 0),
            "label": part["label"] or row["label"],
        }
        for place, part in enumerate(parts, start=1)
    ]
    left = [part for part in found if part["open_cents"]]
    # Somebody linked the movement as a whole: which transactions are left nobody knows.
    return left if sum(p["open_cents"] for p in left) == int(row["open_cents"]) else []


def _subject(row: dict[str, Any], part: dict[str, Any]) -> Subject:
    return Subject(
        item=int(row["item_id"]), part=part["part"], name=str(row["movement_id"]),
        building_id=str(row["building_id"]), day=row["booked_on"].date().isoformat(),
        open_cents=part["open_cents"], shown=part["counterparty"] or part["label"],
    )  # fmt: skip


def _subjects(frame: pd.DataFrame, *, names: str) -> dict[int, Subject]:
    columns = (
        frame["item_id"], frame[names], frame["building_id"],
        frame["booked_on"].dt.strftime("%Y-%m-%d"), frame["open_cents"],
    )  # fmt: skip
    return {
        item: Subject(item=item, part=0, name=name, building_id=building, day=day, open_cents=cents)
        for item, name, building, day, cents in zip(*(c.tolist() for c in columns), strict=True)
    }


def _receipt_payments(receipts: pd.DataFrame, gone: set[tuple[int, int]]) -> pd.DataFrame:
    """Returns what holders paid by cheque or card, as money in of a known account."""
    frame = receipts[(receipts["kind"] == "receipt") & (receipts["open_cents"] != 0)]
    frame = frame[~frame["item_id"].isin([item for item, _ in gone])]
    label = frame["receipt_kind"].map(RECEIPT_WORDS) + " " + frame["number"]
    return frame.assign(
        booked_on=frame["received_on"],
        amount_cents=-frame["amount_cents"],
        open_cents=-frame["open_cents"],
        label=label.str.strip(),
        counterparty=frame["payer"],
        remittance_reference=frame["reference"],
    )


def settled_payments(books: Books, *, reopened: Iterable[str] = ()) -> pd.DataFrame:
    """Returns what was paid to dues: account_id, movement_item_id, amount_cents, booked_on.

    Args:
        books: the frames.
        reopened: allocations that a return of this run reverses.
    """
    lines = books.allocations[
        (books.allocations["due_id"] != "")
        & (books.allocations["against_due_id"] == "")
        & ~books.allocations["allocation_id"].isin(list(reopened))
    ]
    payers = pd.concat(
        [
            books.movements[["item_id", "booked_on"]],
            books.receipts[["item_id", "received_on"]].set_axis(["item_id", "booked_on"], axis=1),
        ]
    )
    sides = [
        lines.merge(payers, left_on=side, right_on="item_id")
        for side in ("credit_item", "debit_item")
    ]
    frame = pd.concat(sides).sort_values(["item_id", "decision_seq"], kind="stable")
    return frame.rename(columns={"item_id": "movement_item_id"})[
        ["account_id", "movement_item_id", "amount_cents", "booked_on"]
    ].reset_index(drop=True)


def engine_rejections(books: Books, side: OpenSide) -> pd.DataFrame:
    """Returns the pairs a person refused, for every number the engine knows a movement by."""
    refused = books.rejections[books.rejections["account_id"] != ""]
    numbers = pd.DataFrame(
        [(subject.item, number) for number, subject in side.subjects.items()],
        columns=["movement_item_id", "number"],
    )
    frame = refused.merge(numbers, on="movement_item_id")
    return frame[["number", "account_id"]].rename(columns={"number": "movement_item_id"})
