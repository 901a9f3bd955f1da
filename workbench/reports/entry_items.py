"""What entries are made of: every item of the ledger, with the accounts it stands on.

Columnar, one row an item; how items become entries is in `entries`.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from workbench.domain.chart import Chart, account_number
from workbench.domain.records import EUR, AccountKind, BuildingKind

_BANK_JOURNALS: Final = {"works": "BT", "processor": "BC"}
_TYPES: Final = {
    "item_id": "int64", "own": "int64", "cents": "int64", "day": "datetime64[s]",
    "building_id": "str", "account": "str", "auxiliary": "str", "against": "str",
    "against_auxiliary": "str", "journal": "str", "document": "str", "label": "str",
    "is_movement": "bool", "is_receipt": "bool",
}  # fmt: skip
_RECEIVED: Final = frozenset({"cheque", "card"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """The ledger's views that entries are made of, any number of buildings.

    Attributes:
        buildings: of the buildings view.
        accounts: of the accounts view.
        bank_accounts: of the bank accounts view.
        dues: of the dues view.
        movements: of the movements view; other currencies are left out.
        receipts: of the receipts view.
        allocations: of the allocations view.
        fee_invoices: of the fee invoices' view; a draft is not entered.
    """

    buildings: pd.DataFrame
    accounts: pd.DataFrame
    bank_accounts: pd.DataFrame
    dues: pd.DataFrame
    movements: pd.DataFrame
    receipts: pd.DataFrame
    allocations: pd.DataFrame
    fee_invoices: pd.DataFrame


def ledger_items(books: Books, *, chart: Chart) -> pd.DataFrame:
    """Returns every item, by its number.

    `day` it came to be, `building_id`, `account` and `auxiliary` it stands on while open, `cents`
    (item's sign: + is owed to the building), `against` and `against_auxiliary` (what it is entered
    against), `journal`, `document`, `label`, `is_movement`, `is_receipt`, `own` (the item whose
    entry it stands in: a receipt's sides in one building share theirs), `building_kind`.
    """
    kinds = _by(books.buildings, "building_id", "kind")
    parts = [
        _due_items(books, kinds, chart),
        _movement_items(books, chart),
        _receipt_items(books, kinds, chart),
    ]
    frame = pd.concat([part.astype(_TYPES) for part in parts], ignore_index=True)
    frame = frame.assign(building_kind=_told(frame["building_id"], kinds))
    return frame.set_index("item_id")


def _by(frame: pd.DataFrame, key: str, value: str) -> dict[str, str]:
    return dict(zip(frame[key], frame[value], strict=True))


def _told(keys: "pd.Series[str]", by: dict[str, str]) -> "pd.Series[str]":
    """Returns what each key stands for, "" where nothing; texts also where there is no row."""
    return pd.Series([by.get(key, "") for key in keys], index=keys.index, dtype="str")


def _due_items(books: Books, kinds: dict[str, str], chart: Chart) -> pd.DataFrame:
    dues = books.dues
    of_building = _told(dues["building_id"], kinds)
    of_holder = _told(dues["account_id"], _by(books.accounts, "account_id", "kind"))
    trades = _told(dues["account_id"], _by(books.accounts, "account_id", "trade"))
    accounts, against, journals = [], [], []
    for kind, label, building, holder, trade in zip(
        dues["kind"], dues["label"], of_building, of_holder, trades, strict=True
    ):
        if holder == AccountKind.SUPPLIER:
            accounts.append(chart.suppliers)
            against.append(chart.purchase(trade, building_kind=building))
            journals.append("AC")
            continue
        accounts.append(chart.holder(kind, label, building_kind=building))
        against.append(chart.counterpart(kind, label, building_kind=building))
        journals.append("QT" if building == BuildingKind.RENTAL else "AF")
    return pd.DataFrame(
        {
            "item_id": dues["item_id"], "building_id": dues["building_id"],
            "day": dues["issued_on"], "account": accounts, "auxiliary": dues["account_id"],
            "cents": dues["amount_cents"], "against": against, "against_auxiliary": "",
            "journal": journals, "document": dues["due_id"],
            "label": dues["label"].where(dues["label"] != "", dues["kind"]), "is_movement": False,
            "is_receipt": False, "own": dues["item_id"],
        }
    )  # fmt: skip


def _movement_items(books: Books, chart: Chart) -> pd.DataFrame:
    rows = books.movements
    rows = rows[(rows["building_id"] != "") & rows["currency"].isin([EUR, ""])]
    kind = _told(rows["iban"], _by(books.bank_accounts, "iban", "kind"))
    money_in = rows["amount_cents"] > 0
    words = rows["counterparty"].str.cat(rows["label"], sep=" ").str.strip()
    return pd.DataFrame(
        {
            "item_id": rows["item_id"], "building_id": rows["building_id"],
            "day": rows["booked_on"],
            "account": np.where(money_in, chart.waiting_in, chart.waiting_out), "auxiliary": "",
            "cents": -rows["amount_cents"], "against": [chart.bank_of(each) for each in kind],
            "against_auxiliary": rows["iban"],
            "journal": [_BANK_JOURNALS.get(each, "BQ") for each in kind],
            "document": rows["movement_id"], "label": words, "is_movement": True,
            "is_receipt": False, "own": rows["item_id"],
        }
    )  # fmt: skip


def _receipt_items(books: Books, kinds: dict[str, str], chart: Chart) -> pd.DataFrame:
    """Receipts and deposits meet on the suspense account, where an unknown payer's money stays."""
    rows = books.receipts
    of_building = _told(rows["building_id"], kinds)
    is_deposit = rows["kind"] == "deposit"
    holder = np.where(of_building == BuildingKind.RENTAL, chart.tenants, chart.budget)
    # What is kept of a movement for an account was credited by that very movement.
    is_received = rows["receipt_kind"].isin(_RECEIVED)
    held = np.where(is_received, chart.in_hand, chart.waiting_in)
    own = rows.groupby(["receipt_kind", "receipt_id", "building_id"])["item_id"].transform("min")
    return pd.DataFrame(
        {
            "item_id": rows["item_id"], "building_id": rows["building_id"],
            "day": rows["received_on"], "account": np.where(is_deposit, held, holder),
            "auxiliary": rows["account_id"].where(~is_deposit, ""), "cents": rows["amount_cents"],
            "against": chart.waiting_in, "against_auxiliary": "",
            "journal": np.where(is_received, "EN", "OD"), "document": rows["receipt_id"],
            "label": rows["payer"].where(rows["payer"] != "", rows["name"]), "is_movement": False,
            "is_receipt": True, "own": own,
        }
    )  # fmt: skip


def invoice_items(books: Books, *, chart: Chart, first: int) -> pd.DataFrame:
    """Returns the fees' invoices as items, numbered after the ledger's own; undone ones twice."""
    rows = books.fee_invoices[books.fee_invoices["validated_on"].notna()]
    suppliers = set(books.accounts["account_id"])
    accounts, auxiliaries = [], []
    for supplier in rows["supplier_account"]:
        number = "" if supplier in suppliers else account_number(supplier)
        accounts.append(number or chart.suppliers)
        auxiliaries.append("" if number else supplier)
    against = [account_number(number) or chart.fee_expense for number in rows["expense_account"]]
    made = pd.DataFrame(
        {
            "building_id": rows["building_id"], "day": rows["validated_on"], "account": accounts,
            "auxiliary": auxiliaries, "cents": -rows["amount_cents"], "against": against,
            "against_auxiliary": "", "journal": "AC", "document": rows["invoice_id"],
            "label": "Frais, " + rows["holder"], "is_movement": False,
            "is_receipt": False, "building_kind": "",
            "cancelled_on": rows["cancelled_on"],
        }
    ).reset_index(drop=True)  # fmt: skip
    undone = made[made["cancelled_on"].notna()]
    undone = undone.assign(
        day=undone["cancelled_on"], cents=-undone["cents"], journal="OD",
        label="Annulation : " + undone["label"].astype("str"),
    )  # fmt: skip
    both = pd.concat([made, undone], ignore_index=True).drop(columns="cancelled_on")
    numbers = range(first, first + len(both))
    return both.assign(item_id=numbers, own=numbers).astype(_TYPES).set_index("item_id")
