"""Whatever was booked, linked, undone and sent back: entries balance and add up to the bank."""

from datetime import date, timedelta
from random import Random
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.conftest import FEW
from tests.unit import frames
from tests.unit.reports.test_entries import books
from workbench.domain.chart import DEFAULT_CHART
from workbench.reports import arrears
from workbench.reports.entries import entries
from workbench.reports.entry_items import Books

FIRST = date(2026, 10, 1)
END = date(2026, 10, 31)
pytestmark = pytest.mark.slow
KINDS = ("call", "works_call", "adjustment", "fee", "other", "discount", "refund")


def days() -> st.SearchStrategy[date]:
    return st.integers(0, 30).map(lambda n: FIRST + timedelta(days=n))


@st.composite
def some_books(draw: st.DrawFn) -> Books:
    """Dues of two holders, movements in and out, and links within what each has left."""
    dues: list[dict[str, Any]] = []
    for item in range(1, draw(st.integers(1, 7)) + 1):
        kind, cents = draw(st.sampled_from(KINDS)), draw(st.integers(1, 500_00))
        dues.append(
            {
                "item_id": item, "due_id": f"D{item}", "kind": kind, "due_on": draw(days()),
                "account_id": draw(st.sampled_from(("A1", "A2"))),
                "amount_cents": -cents if kind in {"discount", "refund"} else cents,
            }
        )  # fmt: skip
    movements: list[dict[str, Any]] = []
    for item in range(100, 100 + draw(st.integers(0, 6))):
        cents = draw(st.integers(-300_00, 300_00).filter(bool))
        movements.append(
            {
                "item_id": item, "movement_id": f"M{item}", "booked_on": draw(days()),
                "amount_cents": cents,
                "set_aside": draw(st.sampled_from(("", "", "bank_fee"))) if cents < 0 else "",
            }
        )  # fmt: skip
    return _linked(draw, dues, movements)


def _linked(draw: st.DrawFn, dues: list[dict[str, Any]], movements: list[dict[str, Any]]) -> Books:
    left = {row["item_id"]: row["amount_cents"] for row in dues}
    left |= {row["item_id"]: -row["amount_cents"] for row in movements}
    born = {row["item_id"]: row["due_on"] for row in dues}
    born |= {row["item_id"]: row["booked_on"] for row in movements}
    account = {row["item_id"]: row["account_id"] for row in dues}
    links: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(0, 8))):
        reducing = [item for item, cents in left.items() if cents < 0]
        debits = [item for item, cents in left.items() if cents > 0]
        if not reducing or not debits:
            break
        credit, debit = draw(st.sampled_from(reducing)), draw(st.sampled_from(debits))
        if credit < 100 and debit < 100 and account[credit] != account[debit]:
            continue
        cents = draw(st.integers(1, min(-left[credit], left[debit])))
        day = max(born[credit], born[debit]) + timedelta(days=draw(st.integers(0, 3)))
        row = {
            "credit_item": credit, "debit_item": debit, "amount_cents": cents,
            "effective_on": day, "account_id": account.get(debit) or account.get(credit) or "",
            "due_id": f"D{debit}" if debit < 100 else f"D{credit}" if credit < 100 else "",
            "against_due_id": f"D{credit}" if credit < 100 and debit < 100 else "",
        }  # fmt: skip
        back = draw(st.sampled_from((None, None, 0, 2)))
        if back is None:
            left[credit] += cents
            left[debit] -= cents
        else:
            row |= {"state": "reversed", "reversed_on": day + timedelta(days=back)}
        links.append(row)
    for movement in movements:
        movement["open_cents"] = -left[movement["item_id"]]
    accounts = pd.DataFrame(
        {"account_id": ["A1", "A2"], "building_id": "B1", "holder": "", "kind": "coowner",
         "trade": ""}
    )  # fmt: skip
    return books(
        dues=frames.dues(*dues),
        movements=frames.movements(*movements),
        allocations=frames.allocations(*links),
        accounts=accounts,
    )


def _shuffled(frame: pd.DataFrame, random: Random) -> pd.DataFrame:
    order = list(range(len(frame)))
    random.shuffle(order)
    return frame.iloc[order].reset_index(drop=True)


def _in_another_order(made: Books, random: Random) -> Books:
    return Books(
        buildings=made.buildings, accounts=_shuffled(made.accounts, random),
        bank_accounts=_shuffled(made.bank_accounts, random), dues=_shuffled(made.dues, random),
        movements=_shuffled(made.movements, random), receipts=made.receipts,
        allocations=_shuffled(made.allocations, random), fee_invoices=made.fee_invoices,
    )  # fmt: skip


# What can be asked of the same entries is asked together: making them is what takes the time.
@FEW
@given(some_books(), st.integers(0, 33), st.randoms(use_true_random=False))
def test_entries_balance_512_is_what_was_booked_and_no_order_of_rows_matters(
    made: Books, after: int, random: Random
) -> None:
    as_of = FIRST + timedelta(days=after)
    frame = entries(made, as_of=as_of, chart=DEFAULT_CHART)
    net = frame["debit_cents"] - frame["credit_cents"]
    assert (net.groupby(frame["entry"]).sum() == 0).all()
    assert ((frame["debit_cents"] > 0) != (frame["credit_cents"] > 0)).all()
    booked = made.movements[made.movements["booked_on"] <= pd.Timestamp(as_of)]
    assert net[frame["account"] == "5121"].sum() == booked["amount_cents"].sum()
    assert (frame["date"] <= pd.Timestamp(as_of)).all()
    assert frame["entry"].tolist() == sorted(frame["entry"])
    again = entries(_in_another_order(made, random), as_of=as_of, chart=DEFAULT_CHART)
    pd.testing.assert_frame_equal(frame, again)


@FEW
@given(some_books())
def test_holders_stand_where_the_ledger_says_47_is_what_waits_and_letters_come_to_nothing(
    made: Books,
) -> None:
    # Every link counts by then, whatever the days drawn.
    as_of = END + timedelta(days=10)
    frame = entries(made, as_of=as_of, chart=DEFAULT_CHART)
    net = frame["debit_cents"] - frame["credit_cents"]
    standing = arrears.dues_as_of(made.dues, made.allocations, as_of=as_of)
    owed = standing.groupby("account_id")["open_cents"].sum()
    held = net[frame["auxiliary"].isin(["A1", "A2"])].groupby(frame["auxiliary"]).sum()
    assert held.reindex(owed.index, fill_value=0).tolist() == owed.tolist()
    waiting = made.movements[made.movements["set_aside"] == ""]
    suspense = net[frame["account"].isin(["471", "472"])].sum()
    assert suspense == -waiting["open_cents"].sum()
    # A letter is given to what comes to nothing, and to nothing else.
    groups = frame[frame["letter"] != ""].assign(net=net)
    keys = ["account", "auxiliary", "letter"]
    assert (groups.groupby(keys)["net"].sum() == 0).all()
    assert (groups.groupby(keys)["net"].size() > 1).all()
