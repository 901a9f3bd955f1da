"""What the home page tells: what arrived, what waits for a person, what is late.

Reads and counts; decides nothing and knows no clock. What is late is told as a fact, its details
and the way out, worst first.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import pandas as pd

from workbench.documents.html import french_count, masked_iban
from workbench.domain.dates import Period, french_date
from workbench.domain.frames import rows_of
from workbench.domain.money import french_euros
from workbench.ledger import arrivals, views
from workbench.ledger.store import Ledger
from workbench.pipeline import marks, sampling
from workbench.reports import audit

# A cheque is deposited within days, and the bank takes some to credit it.
CHEQUE_DAYS: Final = 7
# Banks make the statement of a month in the first days of the next one.
STATEMENT_DAYS: Final = 5
# A statement that ends on the month's last working day is that month's.
_WEEK_END_DAYS: Final = 3
CLOSING_DAYS: Final = 10
OLD_DAYS: Final = 90
# For those who never decided anything here, what came lately is what came in these days.
_LATELY_DAYS: Final = 7
_NAMED: Final = 3
_COUNTS: Final = ("unmatched", "proposed", "partial", "to_check")


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """One thing that is late.

    Attributes:
        fact: what, with its count, in French.
        detail: which ones, how much, since when.
        way_out: what to do about it.
    """

    fact: str
    detail: str
    way_out: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeData:
    """Everything the home page shows, as of one business date.

    Attributes:
        as_of: the business date.
        since: from when on something counts as new (ISO, UTC): the reader's last decision, else a
            week before the last import; "" while nothing was ever imported.
        has_decided: `since` is the reader's last decision.
        files: `name, format, imported_at, entries, is_new`; the latest first.
        waiting: one row a building with something to do: `building_id` ("" for accounts that
            nobody knows), `name, unmatched, proposed, partial, to_check` (counts), `open_cents`
            (absolute, what the movements have open), `oldest_on` (NaT when only checks wait); most
            to do first.
        late: what is late, worst first.
    """

    as_of: date
    since: str
    has_decided: bool
    files: pd.DataFrame
    waiting: pd.DataFrame
    late: tuple[Late, ...]


def home(ledger: Ledger, *, as_of: date, actor: str) -> HomeData:
    """Reads what there is to know in the morning.

    Args:
        ledger: open; read-only is enough.
        as_of: the business date; what was booked later is left out.
        actor: who reads: what came since his or her last decision is new.

    Source: issue 5; DOMAIN A2, A7, C4, C9; LAW L8.
    """
    with ledger.snapshot():
        files = arrivals.files(ledger)
        last = arrivals.last_decision_at(ledger, actor=actor)
        buildings = views.buildings(ledger)
        open_ones = arrivals.open_movements(ledger)
        open_ones = open_ones[open_ones["booked_on"] <= pd.Timestamp(as_of)]
        to_check = sampling.to_check(ledger)
        receipts = views.receipts(ledger)
        banks = views.bank_accounts(ledger)
        statements = views.statements(ledger)
    since = last or _lately(files)
    names = dict(zip(buildings["building_id"], buildings["name"], strict=True))
    late = (
        _unknown_accounts(open_ones),
        _missing_statements(banks, statements, names, as_of=as_of),
        _missing_numbers(statements, as_of=as_of),
        _cheques(receipts, as_of=as_of),
        _old_suspense(open_ones, as_of=as_of),
        _month_ends(buildings, marks.last_month_ends(ledger), as_of=as_of),
    )
    return HomeData(
        as_of=as_of,
        since=since,
        has_decided=bool(last),
        files=files.assign(is_new=files["imported_at"] > since),
        waiting=_waiting(open_ones, to_check, names),
        late=tuple(one for one in late if one is not None),
    )


def _lately(files: pd.DataFrame) -> str:
    if files.empty:
        return ""
    latest = pd.Timestamp(str(files["imported_at"].iloc[0]))
    return (latest - pd.Timedelta(days=_LATELY_DAYS)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _waiting(
    open_ones: pd.DataFrame, to_check: pd.DataFrame, names: dict[str, str]
) -> pd.DataFrame:
    """Counts by building what a person has to look at."""
    counts = pd.crosstab(open_ones["building_id"], open_ones["status"])
    frame = counts.reindex(columns=["unmatched", "proposed", "partial"], fill_value=0)
    checks = to_check.groupby("building_id").size()
    frame = frame.reindex(frame.index.union(checks.index), fill_value=0)
    frame["to_check"] = checks.reindex(frame.index, fill_value=0)
    sizes = open_ones.assign(open_cents=open_ones["open_cents"].abs()).groupby("building_id")
    frame["open_cents"] = sizes["open_cents"].sum().reindex(frame.index, fill_value=0)
    frame["oldest_on"] = sizes["booked_on"].min().reindex(frame.index)
    frame = frame.astype(dict.fromkeys([*_COUNTS, "open_cents"], "int64"))
    frame = frame.reset_index(names="building_id")
    frame["name"] = frame["building_id"].map(names).fillna("").astype("str")
    size = frame[list(_COUNTS)].sum(axis="columns")
    return frame.assign(size=size).sort_values(
        ["size", "building_id"], ascending=[False, True], ignore_index=True
    ).drop(columns="size")  # fmt: skip


def _unknown_accounts(open_ones: pd.DataFrame) -> Late | None:
    """Money on an account that is no building's (DOMAIN A2)."""
    waits = open_ones[open_ones["building_id"] == ""]
    if waits.empty:
        return None
    ibans = [masked_iban(iban) for iban in dict.fromkeys(waits["iban"])]
    return Late(
        fact=_many(
            len(waits), "mouvement sur un compte inconnu", "mouvements sur un compte inconnu"
        ),
        detail=_listed(ibans),
        way_out="Ajouter l’IBAN à bank_accounts, puis importer.",
    )


def _missing_statements(
    banks: pd.DataFrame, statements: pd.DataFrame, names: dict[str, str], *, as_of: date
) -> Late | None:
    """Bank accounts whose last statement ends before the month it ought to cover."""
    month = Period.of(as_of - timedelta(days=STATEMENT_DAYS)).plus(-1)
    wanted = pd.Timestamp(month.last_day) - pd.Timedelta(days=_WEEK_END_DAYS)
    last = statements.groupby("iban")["closed_on"].max().reindex(banks["iban"])
    behind = banks[~(last >= wanted).to_numpy()]
    if behind.empty:
        return None
    told = [
        f"{names.get(row['building_id'], row['building_id'])} {masked_iban(row['iban'])}"
        for row in rows_of(behind)
    ]
    return Late(
        fact=_many(
            len(behind), "compte bancaire sans relevé", "comptes bancaires sans relevé"
        ) + f" de la fin {month.of_french()}",
        detail=_listed(told),
        way_out="Demander le relevé, ou voir « workbench sync ».",
    )  # fmt: skip


def _missing_numbers(statements: pd.DataFrame, *, as_of: date) -> Late | None:
    gaps = audit.statement_gaps(statements[statements["closed_on"] <= pd.Timestamp(as_of)])
    if gaps.empty:
        return None
    ibans = [masked_iban(iban) for iban in dict.fromkeys(gaps["iban"])]
    return Late(
        fact=_many(
            int(gaps["missing"].sum()), "numéro de relevé manque", "numéros de relevés manquent"
        ),
        detail=_listed(ibans),
        way_out="Demander ces relevés à la banque ; le détail est dans Explorer.",
    )


def _cheques(receipts: pd.DataFrame, *, as_of: date) -> Late | None:
    """Cheques that were entered and that no bank has credited yet."""
    limit = pd.Timestamp(as_of) - pd.Timedelta(days=CHEQUE_DAYS)
    waits = receipts[
        (receipts["kind"] == "deposit")
        & (receipts["receipt_kind"] == "cheque")
        & (receipts["open_cents"] != 0)
        & (receipts["set_aside"] == "")
        & (receipts["received_on"] < limit)
    ]
    if waits.empty:
        return None
    oldest = french_date(waits["received_on"].min().date())
    return Late(
        fact=_many(len(waits), "chèque reçu et pas crédité", "chèques reçus et pas crédités")
        + f" depuis plus de {CHEQUE_DAYS} jours",
        detail=f"{french_euros(int(waits['open_cents'].sum()))}, le plus ancien reçu le {oldest}",
        way_out="Vérifier la remise en banque.",
    )


def _old_suspense(open_ones: pd.DataFrame, *, as_of: date) -> Late | None:
    """Money that is nobody's for a quarter (LAW L8)."""
    limit = pd.Timestamp(as_of) - pd.Timedelta(days=OLD_DAYS)
    old = open_ones[open_ones["booked_on"] < limit]
    if old.empty:
        return None
    total = french_euros(int(old["open_cents"].abs().sum()))
    return Late(
        fact=_many(len(old), "mouvement attend", "mouvements attendent")
        + f" depuis plus de {OLD_DAYS} jours",
        detail=f"{total}, le plus ancien du {french_date(old['booked_on'].min().date())}",
        way_out="Les rapprocher, ou les écarter avec leur motif.",
    )


def _month_ends(buildings: pd.DataFrame, closed: dict[str, Period], *, as_of: date) -> Late | None:
    """Buildings whose last month was not closed, nor a later one."""
    month = Period.of(as_of - timedelta(days=CLOSING_DAYS)).plus(-1)
    behind = [
        str(row["name"])
        for row in rows_of(buildings)
        if closed.get(str(row["building_id"]), month.plus(-1)) < month
    ]
    if not behind:
        return None
    return Late(
        fact=f"Clôture {month.of_french()} à faire pour "
        + _many(len(behind), "immeuble", "immeubles"),
        detail=_listed(behind),
        way_out=f"workbench month-end --period {month}",
    )


def _many(count: int, one: str, more: str) -> str:
    return f"{french_count(count)} {one if count == 1 else more}"


def _listed(words: list[str]) -> str:
    rest = len(words) - _NAMED
    told = ", ".join(words[:_NAMED])
    return f"{told} et {_many(rest, 'autre', 'autres')}" if rest > 0 else told
