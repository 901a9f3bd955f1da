"""Accounting entries of what the ledger knows, in double entry, ready for the office's software.

Every item of the ledger stands on one account while it is open: a due on its holder's, a movement
on the suspense account, a receipt on its payer's, a deposit on that of what is to be credited. An
item is entered on that account when it comes to be, against what it is (bank, call, invoice …). A
link then moves its amount from the account of one item to that of the other, on the day it counts;
what meets on one account needs no entry. So each entry balances, 512 is what the bank booked and
47 what nobody identified, whatever was linked, undone or sent back.

Not for the opening of a year, nor for its closing. Source: LAW L8; docs/decisions/0021.
"""

from datetime import date
from typing import Final

import pandas as pd

from workbench.domain.chart import Chart, title_of
from workbench.domain.errors import InvariantError
from workbench.domain.records import AllocationState
from workbench.reports.entry_items import Books, invoice_items, ledger_items
from workbench.reports.lettering import lettered

JOURNALS: Final = {
    "AF": "Appels de fonds", "QT": "Quittancement", "AC": "Achats", "BQ": "Banque",
    "BT": "Banque, compte travaux", "BC": "Banque, cartes", "EN": "Encaissements à créditer",
    "OD": "Opérations diverses",
}  # fmt: skip
_BANK_FEE: Final = "bank_fee"
_MOST_LABEL: Final = 120
COLUMNS: Final = (
    "entry", "building_id", "date", "journal", "account", "account_title", "auxiliary",
    "auxiliary_name", "label", "debit_cents", "credit_cents", "document", "document_on", "letter",
    "lettered_on",
)  # fmt: skip
# A line before it is netted is `own` (the item whose entry it is; negative: one of its own), `day`,
# `account`, `auxiliary`, `item` (whose open amount it is part of, 0 for the other side) and `cents`
# (+ debit, - credit).


def entries(books: Books, *, as_of: date, chart: Chart) -> pd.DataFrame:
    """Returns the entries of everything that happened by `as_of`.

    Args:
        books: what the ledger knows.
        as_of: business date.
        chart: numbers of the accounts.

    Returns:
        One row a line: `entry` (number, from 1 in the order of the days), `building_id`, `date`
        (datetime64), `journal` (of `JOURNALS`), `account`, `account_title`, `auxiliary` (account
        of a holder or supplier, IBAN of a bank account, else ""), `auxiliary_name`, `label`,
        `debit_cents` and `credit_cents` (>= 0, one of them 0), `document` (what proves it: due,
        movement, receipt, invoice), `document_on`, `letter` ("" while open), `lettered_on`. By
        building, day, journal, document; debits first.

    Raises:
        InvariantError: an entry does not balance.

    Source: LAW L8; docs/decisions/0021.
    """
    day = pd.Timestamp(as_of)
    items = ledger_items(books, chart=chart)
    links = _links(books.allocations, items, day=day)
    invoices = invoice_items(books, chart=chart, first=max(items.index, default=0) + 1)
    lines = pd.concat(
        [
            _creations(items[items["day"] <= day]),
            _moves(links, items, chart=chart),
            _fees_of_movements(books, items, chart=chart),
            _fees_of_deposits(books, items, links, chart=chart),
            _creations(invoices),
        ],
        ignore_index=True,
    )
    lines = lines[lines["day"] <= day]
    met = links[_meets(links, items)][["credit_item", "debit_item"]]
    return _written(_netted(lines), pd.concat([items, invoices]), books, met=met, chart=chart)


def _creations(items: pd.DataFrame) -> pd.DataFrame:
    """Returns both lines of each item on the day it came to be."""
    shown = {"own": items["own"], "day": items["day"]}
    here = pd.DataFrame(
        {**shown, "account": items["account"], "auxiliary": items["auxiliary"],
         "item": items.index, "cents": items["cents"]}
    )  # fmt: skip
    there = pd.DataFrame(
        {**shown, "account": items["against"], "auxiliary": items["against_auxiliary"],
         "item": 0, "cents": -items["cents"]}
    )  # fmt: skip
    return pd.concat([here, there], ignore_index=True)


def _links(allocations: pd.DataFrame, items: pd.DataFrame, *, day: pd.Timestamp) -> pd.DataFrame:
    """Returns every link that began to count by `day`, and each taking back, as rows of their own.

    `credit_item, debit_item, amount_cents` (negative of a taking back), `on`, `is_back`, `own`
    (the item whose entry it goes into; minus an item where it gets one of its own).
    """
    ever = (allocations["state"] == AllocationState.ACCEPTED) | (
        allocations["reversed_on"] > allocations["effective_on"]
    )
    known = allocations["credit_item"].isin(items.index) & allocations["debit_item"].isin(
        items.index
    )
    kept = allocations[ever & known & (allocations["effective_on"] <= day)]
    columns = ["credit_item", "debit_item", "amount_cents"]
    made = kept[columns].assign(on=kept["effective_on"], is_back=False)
    back = kept[kept["reversed_on"] <= day]
    taken = back[columns].assign(
        on=back["reversed_on"], amount_cents=-back["amount_cents"], is_back=True
    )
    rows = pd.concat([made, taken], ignore_index=True)
    return rows.assign(own=_entry_of(rows, items))


def _entry_of(links: pd.DataFrame, items: pd.DataFrame) -> "pd.Series[int]":
    """Returns the entry of each link: the movement's or the receipt's of that day, or its own."""
    sides = [_side(links, side, items) for side in ("credit_item", "debit_item")]
    # A movement first, also for the entry of its own that a later link gets.
    own = -sides[0]["own"].where(
        sides[0]["is_movement"] | ~sides[1]["is_movement"], sides[1]["own"]
    )
    taker = _taker_of(links, items)
    own = own.mask(links["is_back"] & (taker > 0), taker)
    for wanted in ("is_receipt", "is_movement"):
        for side in sides:
            fits = side[wanted] & (side["day"] == links["on"])
            own = own.mask(fits, side["own"])
    return own


def _side(links: pd.DataFrame, side: str, items: pd.DataFrame) -> pd.DataFrame:
    columns = ["own", "day", "is_movement", "is_receipt", "account", "auxiliary"]
    frame = items.loc[links[side].to_numpy(), columns]
    return frame.set_index(links.index)


def _taker_of(links: pd.DataFrame, items: pd.DataFrame) -> "pd.Series[int]":
    """Returns the movement that took a payment back: linked to it on that very day; else 0."""
    made = links[~links["is_back"]]
    ends = (("credit_item", "debit_item"), ("debit_item", "credit_item"))
    pairs = pd.concat(
        [pd.DataFrame({"payment": made[a], "on": made["on"], "taker": made[b]}) for a, b in ends]
    )
    taking = items.loc[pairs["taker"].to_numpy()].set_index(pairs.index)
    pairs = pairs[taking["is_movement"] & (taking["day"] == pairs["on"])]
    takers = pairs.drop_duplicates(["payment", "on"]).set_index(["payment", "on"])["taker"]
    found = pd.Series(0, index=links.index, dtype="int64")
    for side, _ in ends:
        keys = pd.MultiIndex.from_arrays([links[side], links["on"]])
        taker = pd.Series(takers.reindex(keys).to_numpy(), index=links.index).fillna(0)
        found = found.mask(found == 0, taker.astype("int64"))
    return found


def _meets(links: pd.DataFrame, items: pd.DataFrame) -> "pd.Series[bool]":
    """Tells which links join what stands on one account: they need no entry."""
    credit, debit = (_side(links, side, items) for side in ("credit_item", "debit_item"))
    same = credit["account"] == debit["account"]
    return same & (credit["auxiliary"] == debit["auxiliary"])


def _moves(links: pd.DataFrame, items: pd.DataFrame, *, chart: Chart) -> pd.DataFrame:
    """Returns the lines of links: from the account of the - item to that of the + item."""
    links = links[~_meets(links, items)]
    sides = {side: _side(links, side, items) for side in ("credit_item", "debit_item")}
    both = sides["credit_item"]["is_movement"] & sides["debit_item"]["is_movement"]
    banks = [items.loc[links[side].to_numpy(), "against_auxiliary"] for side in sides]
    inside = both & (banks[0].to_numpy() != banks[1].to_numpy())
    parts = []
    for side, sign in (("credit_item", 1), ("debit_item", -1)):
        known = sides[side]
        # A transfer inside the building is an entry of each of its two bank accounts.
        each = known["own"].where(known["day"] == links["on"], -known["own"])
        shown = {"own": links["own"].mask(inside, each), "day": links["on"]}
        cents = sign * links["amount_cents"]
        parts.append(
            pd.DataFrame(
                {**shown, "account": known["account"], "auxiliary": known["auxiliary"],
                 "item": links[side], "cents": cents}
            )
        )  # fmt: skip
        through = {"account": chart.transfers, "auxiliary": "", "item": 0, "cents": -cents}
        parts.append(pd.DataFrame({**shown, **through})[inside])
    return pd.concat(parts, ignore_index=True)


def _fees_of_movements(books: Books, items: pd.DataFrame, *, chart: Chart) -> pd.DataFrame:
    """Returns the lines of what the bank took as its fee: what is set aside of a movement."""
    rows = books.movements
    rows = rows[(rows["set_aside"] == _BANK_FEE) & (rows["open_cents"] != 0)]
    rows = rows[rows["item_id"].isin(items.index)]
    taken = pd.DataFrame(
        {"own": rows["item_id"], "day": rows["booked_on"], "item": rows["item_id"],
         "cents": -rows["open_cents"]}
    )  # fmt: skip
    return _as_fees(taken, items, chart=chart)


def _fees_of_deposits(
    books: Books, items: pd.DataFrame, links: pd.DataFrame, *, chart: Chart
) -> pd.DataFrame:
    """Returns the lines of what a bank kept of a deposit, on the day it credited the rest."""
    rows = books.receipts
    rows = rows[(rows["kind"] == "deposit") & (rows["set_aside"] != "") & (rows["open_cents"] > 0)]
    credited = links[~links["is_back"]].drop_duplicates("debit_item", keep="last")
    credited = credited.set_index("debit_item")
    rows = rows[rows["item_id"].isin(credited.index)]
    told = credited.loc[rows["item_id"].to_numpy()].set_index(rows.index)
    taken = pd.DataFrame(
        {"own": told["own"], "day": told["on"], "item": rows["item_id"],
         "cents": rows["open_cents"]}
    )  # fmt: skip
    return _as_fees(taken, items, chart=chart)


def _as_fees(taken: pd.DataFrame, items: pd.DataFrame, *, chart: Chart) -> pd.DataFrame:
    """Returns two lines an item of `taken`: off its account, onto that of the bank's fees."""
    known = items.loc[taken["item"].to_numpy()].set_index(taken.index)
    fees = [chart.fees_of_bank(building_kind=kind) for kind in known["building_kind"]]
    here = taken.assign(account=known["account"], auxiliary="", cents=-taken["cents"])
    there = taken.assign(account=fees, auxiliary="", item=0)
    return pd.concat([here, there], ignore_index=True)


def _netted(lines: pd.DataFrame) -> pd.DataFrame:
    """Adds up what one entry says of one item on one account, and drops what comes to nothing."""
    keys = ["own", "day", "account", "auxiliary", "item"]
    sums = lines.groupby(keys, as_index=False, sort=True).agg(cents=("cents", "sum"))
    rows: pd.DataFrame = sums[sums["cents"] != 0].reset_index(drop=True)
    left = rows.groupby(["own", "day"])["cents"].sum()
    if (left != 0).any():
        raise InvariantError(f"an entry does not balance: {left[left != 0].index[0]}")
    return rows


def _written(
    lines: pd.DataFrame, items: pd.DataFrame, books: Books, *, met: pd.DataFrame, chart: Chart
) -> pd.DataFrame:
    """Gives the lines their words, their order, their numbers and their letters."""
    of_entry = items.loc[lines["own"].abs().to_numpy()].set_index(lines.index)
    names = _names(books)
    titles = {number: title_of(number, chart) for number in lines["account"].unique()}
    frame = lines.assign(
        building_id=of_entry["building_id"], date=lines["day"],
        journal=of_entry["journal"].where(lines["own"] > 0, "OD"),
        account_title=lines["account"].map(titles).astype("str"),
        auxiliary_name=lines["auxiliary"].map(names).fillna("").astype("str"),
        label=of_entry["label"].str.split().str.join(" ").str.slice(0, _MOST_LABEL),
        debit_cents=lines["cents"].clip(lower=0), credit_cents=-lines["cents"].clip(upper=0),
        document=of_entry["document"], document_on=of_entry["day"],
    )  # fmt: skip
    frame = frame.sort_values(
        ["building_id", "date", "journal", "document", "own", "credit_cents", "account", "item"],
        kind="stable", ignore_index=True,
    )  # fmt: skip
    starts = (frame[["own", "day"]] != frame[["own", "day"]].shift()).any(axis=1)
    frame["entry"] = starts.cumsum().astype("int64")
    told: pd.DataFrame = lettered(frame, met)[list(COLUMNS)]
    return told


def _names(books: Books) -> dict[str, str]:
    """Returns who an auxiliary account is: holder, supplier or bank."""
    accounts, banks = books.accounts, books.bank_accounts
    names = dict(zip(accounts["account_id"], accounts["holder"], strict=True))
    return names | dict(zip(banks["iban"], banks["bank_name"], strict=True))
