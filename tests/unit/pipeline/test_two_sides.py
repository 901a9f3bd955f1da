"""What speaks of an account: read by itself, and the same among everything the building has."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from workbench.domain.errors import ParameterError
from workbench.domain.frames import rows_of
from workbench.ledger import views
from workbench.ledger.store import Ledger, open_ledger
from workbench.matching.normalise import fold, iban_key
from workbench.pipeline.two_sides import two_sides

AS_OF = date(2026, 10, 31)


@pytest.fixture(scope="module")
def demo(demo_folder: Path) -> Ledger:
    """The demo's reconciled ledger, to be read."""
    return open_ledger(f"sqlite:///{demo_folder / 'workbench.db'}", read_only=True)


def speaking(ledger: Ledger, account: dict[str, Any]) -> set[str]:
    """Returns the open movements of the building that name the account, looked at one by one."""
    building_id = account["building_id"]
    links = views.allocations(ledger, building_id=building_id)
    links = links[(links["account_id"] == account["account_id"]) & (links["state"] != "reversed")]
    linked = {*links["movement_id"], *links["against_movement_id"]}
    names = {fold(name) for name in (account["holder"], *account["aliases"].split("|"))} - {""}
    ibans = {iban_key(iban) for iban in account["payer_ibans"].split("|")} - {""}
    return {
        row["movement_id"]
        for row in rows_of(views.movements(ledger, building_id=building_id))
        if row["open_cents"] and row["status"] != "ignored" and row["booked_on"].date() <= AS_OF
        if row["movement_id"] in linked
        or fold(row["counterparty"]) in names
        or iban_key(row["counterparty_iban"]) in ibans
    }


def test_what_speaks_of_an_account_is_all_that_is_read(demo: Ledger) -> None:
    accounts = views.accounts(demo)
    found = 0
    for account in rows_of(accounts.iloc[::7]):
        data = two_sides(demo, accounts=[account["account_id"]], as_of=AS_OF)
        moved = data.rows[data.rows["is_movement"]]
        assert set(moved["name"]) == speaking(demo, account), account["account_id"]
        assert moved["is_own"].all()
        found += len(moved)
    assert found > 10


def test_everything_is_the_same_and_the_rest_of_the_building(demo: Ledger) -> None:
    moved = views.movements(demo)
    waiting = moved[(moved["status"] == "proposed") & (moved["booked_on"] <= pd.Timestamp(AS_OF))]
    first = waiting.iloc[0]
    accounts = views.accounts(demo, building_id=first["building_id"])
    account_id = accounts["account_id"].iloc[0]
    own, whole = (
        two_sides(
            demo, accounts=[account_id], movements=[first["movement_id"]], as_of=AS_OF,
            everything=everything,
        ).rows
        for everything in (False, True)
    )  # fmt: skip
    pd.testing.assert_frame_equal(own, whole[whole["is_own"]].reset_index(drop=True))
    assert first["movement_id"] in set(own["name"])
    of_building = moved[
        (moved["building_id"] == first["building_id"])
        & (moved["open_cents"] != 0)
        & (moved["status"] != "ignored")
        & (moved["booked_on"] <= pd.Timestamp(AS_OF))
    ]
    assert set(whole.loc[whole["is_movement"], "name"]) == set(of_building["movement_id"])
    assert len(whole) > len(own)


def test_an_account_that_is_not_there_or_two_buildings_are_refused(demo: Ledger) -> None:
    accounts = views.accounts(demo)
    far = accounts.drop_duplicates("building_id")["account_id"].tolist()[:2]
    for asked, words in (([], "au moins un"), (["?"], "aucun compte"), (far, "même immeuble")):
        with pytest.raises(ParameterError, match=words):
            two_sides(demo, accounts=asked, as_of=AS_OF)
