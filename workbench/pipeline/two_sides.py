"""The two sides of accounts: what reduces on the left, what is owed on the right, both open.

Reads the ledger's frames, writes nothing, knows no clock.

Source: DOMAIN D4; LAW L7.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import pandas as pd

from workbench.domain.errors import ParameterError
from workbench.domain.frames import rows_of
from workbench.domain.money import french_amount
from workbench.domain.records import EUR
from workbench.ledger import bench_views, views
from workbench.ledger.entered import ADDED
from workbench.ledger.store import Ledger
from workbench.matching.normalise import fold, iban_key
from workbench.matching.pairing import Side
from workbench.pipeline.due_words import KIND_WORDS

LEFT: Final = "left"
RIGHT: Final = "right"
SIDE_TYPES: Final = {
    "item_id": "int64", "side": "str", "name": "str", "is_movement": "bool", "on": "datetime64[s]",
    "what": "str", "detail": "str", "kind": "str", "account_id": "str", "amount_cents": "int64",
    "open_cents": "int64", "is_own": "bool", "is_added": "bool",
}  # fmt: skip
_RECEIPTS: Final = {"cheque": "Chèque", "card": "Carte", "on_account": "Gardé en compte"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """One account of the screen.

    Attributes:
        account_id, code, holder, kind, lots: of the accounts table.
        closed_on: day from which it has no new due; None while open.
    """

    account_id: str
    code: str
    holder: str
    kind: str
    lots: str
    closed_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoSides:
    """What is open of accounts of one building.

    Attributes:
        as_of: the business date.
        building_id: their building.
        building: its name.
        building_kind: `coownership` or `rental`.
        holders: the accounts, in the order asked for.
        others: the other accounts of the building, (account, code and holder).
        rows: `SIDE_TYPES`, one row an open item: `side` (left | right), `name` (identifier),
            `is_movement`, `on` (due date, or the day the money moved), `what` and `detail` (in
            French), `kind` (of a due), `account_id` ("" of a movement), `amount_cents` and
            `open_cents` (both > 0), `is_own` (it speaks of these accounts: their dues, their
            receipts, the movements that were asked for, proposed or already partly theirs; False
            for other open movements of the building), `is_added` (a due that a person added: it
            can be taken back). By day, then by identifier.
        everything: the other open movements of the building are among them.
        journal_seq: last decision that was read.
    """

    as_of: date
    building_id: str
    building: str
    building_kind: str
    holders: tuple[Holder, ...]
    others: tuple[tuple[str, str], ...]
    rows: pd.DataFrame
    everything: bool
    journal_seq: int

    def sides(self, side: str, cents: dict[int, int]) -> list[Side]:
        """Returns the rows of a side that have cents (> 0), as `matching.pairing` takes them."""
        rows = self.rows[(self.rows["side"] == side) & self.rows["item_id"].isin(list(cents))]
        return [
            Side(
                item=row["item_id"], name=row["name"], account_id=row["account_id"],
                kind=row["kind"], on=row["on"].date(), cents=cents[row["item_id"]],
            )
            for row in rows_of(rows)
            if cents[row["item_id"]] > 0
        ]  # fmt: skip


def two_sides(
    ledger: Ledger,
    *,
    accounts: Sequence[str],
    movements: Iterable[str] = (),
    as_of: date,
    everything: bool = False,
) -> TwoSides:
    """Reads what is open of accounts, and the movements that speak of them.

    Args:
        ledger: open; read-only is enough.
        accounts: at least one, all of one building.
        movements: identifiers of those the screen was opened for.
        as_of: business date: later movements are left out, later dues are not.
        everything: the other open movements of the building too: a building may have twenty
            thousand.

    Raises:
        ParameterError: no account, one that is unknown, or two buildings.
    """
    with ledger.snapshot():
        building_id = _building_of(ledger, accounts)
        table = views.accounts(ledger, building_id=building_id)
        holders = _holders(table, accounts)
        names = [holder.account_id for holder in holders]
        own = table[table["account_id"].isin(names)]
        buildings = views.buildings(ledger, building_id=building_id)
        dues = bench_views.open_dues(ledger, account_ids=names, items=())
        receipts = views.receipts(ledger, account_ids=names)
        items = _own_movements(ledger, building_id, own, asked=tuple(movements))
        moved = views.movements(
            ledger, building_id=building_id, items=None if everything else items
        )
        head = bench_views.head(ledger)
    rows = [*_due_rows(dues), *_receipt_rows(receipts)]
    parts = [
        pd.DataFrame(rows, columns=list(SIDE_TYPES)),
        _movement_rows(moved, items, as_of=as_of),
    ]
    kept = [part.astype(SIDE_TYPES) for part in parts if len(part)] or [parts[0].astype(SIDE_TYPES)]
    frame = pd.concat(kept, ignore_index=True)
    return TwoSides(
        as_of=as_of,
        building_id=building_id,
        building=str(buildings["name"].iloc[0]),
        building_kind=str(buildings["kind"].iloc[0]),
        holders=holders,
        others=tuple(
            (account_id, f"{code} {holder}".strip())
            for account_id, code, holder in zip(
                *(table[name].tolist() for name in ("account_id", "code", "holder")), strict=True
            )
            if account_id not in names
        ),
        rows=frame.sort_values(["on", "name"], kind="stable", ignore_index=True),
        everything=everything,
        journal_seq=head,
    )


def _building_of(ledger: Ledger, accounts: Sequence[str]) -> str:
    """Returns the one building of the accounts."""
    if not accounts:
        raise ParameterError("il faut au moins un compte")
    known = bench_views.buildings_of(ledger, account_ids=accounts)
    if unknown := [name for name in accounts if name not in known]:
        raise ParameterError(f"aucun compte « {unknown[0]} » dans ce registre")
    if len(set(known.values())) > 1:
        raise ParameterError(
            "ces comptes ne sont pas du même immeuble (loi de 1965, art. 18) : les régler "
            "séparément"
        )
    return known[accounts[0]]


def _holders(table: pd.DataFrame, accounts: Sequence[str]) -> tuple[Holder, ...]:
    known = table.set_index("account_id")
    found = []
    for account_id in dict.fromkeys(accounts):
        row = known.loc[account_id]
        closed = row["closed_on"]
        found.append(
            Holder(
                account_id=account_id, code=str(row["code"]) or account_id,
                holder=str(row["holder"]), kind=str(row["kind"]), lots=str(row["lots"]),
                closed_on=date.fromisoformat(str(closed)[:10]) if _is_day(closed) else None,
            )
        )  # fmt: skip
    return tuple(found)


def _is_day(value: object) -> bool:
    return value is not None and str(value) not in ("", "NaT")


def _due_rows(dues: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "item_id": row["item_id"],
            "side": RIGHT if row["amount_cents"] > 0 else LEFT,
            "name": row["due_id"],
            "is_movement": False,
            "on": pd.Timestamp(row["due_on"]),
            "what": row["label"] or KIND_WORDS.get(row["kind"], row["kind"]),
            "detail": _settled(row),
            "kind": row["kind"],
            "account_id": row["account_id"],
            "amount_cents": abs(row["amount_cents"]),
            "open_cents": abs(row["open_cents"]),
            "is_own": True,
            "is_added": row["due_id"].startswith(ADDED),
        }
        for row in dues
    ]


def _settled(row: Mapping[str, Any]) -> str:
    """Returns what of a due is settled already, in words."""
    amount, left = abs(row["amount_cents"]), abs(row["open_cents"])
    if amount == left:
        return ""
    done = "réglés" if row["amount_cents"] > 0 else "imputés"
    return f"{french_amount(amount - left)} {done}"


def _receipt_rows(receipts: pd.DataFrame) -> list[dict[str, Any]]:
    frame = receipts[(receipts["kind"] == "receipt") & (receipts["open_cents"] != 0)]
    return [
        {
            "item_id": row["item_id"],
            "side": LEFT,
            "name": row["name"],
            "is_movement": False,
            "on": row["received_on"],
            "what": f"{_RECEIPTS[row['receipt_kind']]} {row['number']}".strip(),
            "detail": row["payer"] or row["reference"],
            "kind": "",
            "account_id": row["account_id"],
            "amount_cents": -row["amount_cents"],
            "open_cents": -row["open_cents"],
            "is_own": True,
            "is_added": False,
        }
        for row in rows_of(frame)
    ]


def _movement_rows(moved: pd.DataFrame, own: Collection[int], *, as_of: date) -> pd.DataFrame:
    """Returns the open movements by columns: a building may have twenty thousand."""
    frame = moved[
        (moved["open_cents"] != 0)
        & (moved["status"] != "ignored")
        & moved["currency"].isin([EUR, ""])
        & (moved["booked_on"] <= pd.Timestamp(as_of))
    ]
    comes_in = frame["amount_cents"] > 0
    told = ("label", "counterparty", "amount_cents", "open_cents")
    return pd.DataFrame(
        {
            "item_id": frame["item_id"],
            "side": comes_in.map({True: LEFT, False: RIGHT}),
            "name": frame["movement_id"],
            "is_movement": True,
            "on": frame["booked_on"],
            "what": comes_in.map({True: "Paiement reçu", False: "Paiement émis"}),
            "detail": [
                _told(*cells) for cells in zip(*(frame[c].tolist() for c in told), strict=True)
            ],
            "kind": "",
            "account_id": "",
            "amount_cents": frame["amount_cents"].abs(),
            "open_cents": frame["open_cents"].abs(),
            "is_own": frame["item_id"].isin(list(own)),
            "is_added": False,
        },
        columns=list(SIDE_TYPES),
    )


def _told(label: str, payer: str, amount_cents: int, open_cents: int) -> str:
    """Returns what the bank tells of a movement, the payer first where the label has him not."""
    words = label if not payer or fold(payer) in fold(label) else f"{payer} · {label}"
    part = f"reste de {french_amount(abs(amount_cents))}" if open_cents != amount_cents else ""
    return " · ".join(text for text in (words, part) if text)


def _own_movements(
    ledger: Ledger, building_id: str, own: pd.DataFrame, *, asked: Collection[str]
) -> list[int]:
    """Returns the open movements that speak of these accounts, by item."""
    ibans = {iban_key(each) for cell in own["payer_ibans"] for each in cell.split("|")} - {""}
    # A name of its own is told by the bank in one form or another.
    holders = {fold(name) for name in [*own["holder"], *_split(own["aliases"])]} - {""}
    told = bench_views.payers(ledger, building_id=building_id)
    names = {row["counterparty"] for row in told}
    accounts = {row["counterparty_iban"] for row in told}
    return bench_views.open_movement_items(
        ledger,
        building_id=building_id,
        account_ids=own["account_id"].tolist(),
        names=[name for name in names if fold(name) in holders],
        ibans=[iban for iban in accounts if iban_key(iban) in ibans],
        movement_ids=asked,
    )


def _split(cells: "pd.Series[str]") -> list[str]:
    return [each for cell in cells for each in cell.split("|") if each]
