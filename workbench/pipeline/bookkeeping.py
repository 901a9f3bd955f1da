"""Accounting entries of the ledger, read at one moment: what `export entries` writes.

The entries themselves are made by `reports.entries`, from nothing but the frames read here.
"""

from datetime import date

import pandas as pd

from workbench.domain.chart import Chart
from workbench.domain.errors import ParameterError, shortened
from workbench.ledger import fee_invoices, views
from workbench.ledger.store import Ledger
from workbench.reports import entries
from workbench.reports.entry_items import Books


def entries_of(
    ledger: Ledger,
    *,
    as_of: date,
    chart: Chart,
    building_id: str = "",
    since: date | None = None,
) -> pd.DataFrame:
    """Returns the entries of what happened by a day.

    Args:
        ledger: open; read-only is enough.
        as_of: business date: nothing later is entered.
        chart: numbers of the accounts.
        building_id: one building; "" for the portfolio.
        since: first day to return; None for everything. Entries keep their numbers and letters.

    Returns:
        See `reports.entries.entries`.

    Raises:
        ParameterError: no such building, or `since` comes after `as_of`.

    Source: LAW L8; docs/decisions/0021.
    """
    if since is not None and since > as_of:
        raise ParameterError("le début de la période vient après sa fin")
    frame = entries.entries(_books(ledger, building_id), as_of=as_of, chart=chart)
    if since is None:
        return frame
    return frame[frame["date"] >= pd.Timestamp(since)].reset_index(drop=True)


def _books(ledger: Ledger, building_id: str) -> Books:
    one = building_id or None
    with ledger.snapshot():
        buildings = views.buildings(ledger, building_id=one)
        if one is not None and buildings.empty:
            raise ParameterError(f"immeuble inconnu : « {shortened(building_id)} »")
        return Books(
            buildings=buildings,
            accounts=views.accounts(ledger, building_id=one),
            bank_accounts=views.bank_accounts(ledger, building_id=one),
            dues=views.dues(ledger, building_id=one),
            movements=views.movements(ledger, building_id=one),
            receipts=views.receipts(ledger, building_id=one),
            allocations=views.allocations(ledger, building_id=one),
            fee_invoices=fee_invoices.fee_invoices(ledger, building_id=one),
        )
