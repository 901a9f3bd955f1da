"""Treasury control of a building: each balance of the books against what proves it.

Each line is counted twice, on two ways: the books by account, the proof by its lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import pandas as pd

from workbench.domain.dates import french_date
from workbench.domain.findings import Finding, Severity
from workbench.domain.money import french_euros
from workbench.domain.records import BuildingKind, MovementStatus
from workbench.reports.arrears import balances, counting, without_suppliers
from workbench.reports.bank_reconciliation import BankReconciliation

SUSPENSE_DAYS: Final = 15
"""Money that waits longer for its account is warned of (LAW L8)."""

CREDIT_DAYS: Final = 30
"""A receipt that no bank has credited for longer is warned of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlLine:
    """One balance and its proof; money in cents, signed as the account usually stands.

    Attributes:
        account: number of the chart, `512`, `5112`, `450`, `47`.
        label: what it is, French.
        iban: bank account of a 512 line, "" otherwise.
        books_cents: what the books say.
        justified_cents: what the proof adds up to; None when there is no proof.
        proof: what proves it, French.
        warned: the line needs a look although it adds up.
    """

    account: str
    label: str
    books_cents: int
    justified_cents: int | None
    proof: str
    iban: str = ""
    warned: bool = False

    @property
    def gap_cents(self) -> int | None:
        """Books - justified; None without a proof."""
        return None if self.justified_cents is None else self.books_cents - self.justified_cents


def control(
    reconciliations: Sequence[BankReconciliation],
    *,
    dues: pd.DataFrame,
    allocations: pd.DataFrame,
    accounts: pd.DataFrame,
    suspense: pd.DataFrame,
    receipts: pd.DataFrame,
    building_kind: str,
    as_of: date,
) -> list[ControlLine]:
    """Returns the lines of the control: banks, receipts to be credited, holders, suspense.

    Args:
        reconciliations: one a bank account, the current account first.
        dues: of `arrears.dues_as_of`, one building.
        allocations: columns of the allocations view.
        accounts: columns of the accounts view.
        suspense: of `waiting`.
        receipts: columns of the receipts view.
        building_kind: says what the holders are called.
        as_of: the business date.

    Source: LAW L8, DOMAIN C9.
    """
    lines = [_bank_line(each, first=place == 0) for place, each in enumerate(reconciliations)]
    lines += _receipt_lines(receipts, allocations, as_of=as_of)
    lines += _holder_lines(dues, allocations, accounts, building_kind=building_kind, as_of=as_of)
    return [*lines, _suspense_line(reconciliations, suspense, as_of=as_of)]


def waiting(movements: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Returns the movements booked by `as_of` that still wait for a decision, the largest first.

    Args:
        movements: columns of the movements view, one building.
        as_of: the business date.

    Returns:
        Its columns; those set aside, and other currencies, are left out.
    """
    statuses = (MovementStatus.UNMATCHED, MovementStatus.PROPOSED, MovementStatus.PARTIAL)
    rows = movements[
        movements["status"].isin(statuses)
        & movements["currency"].isin(["EUR", ""])
        & (movements["booked_on"] <= pd.Timestamp(as_of))
        & (movements["open_cents"] != 0)
    ]
    rows = rows.sort_values(["booked_on", "item_id"], kind="stable")
    order = rows["open_cents"].abs().sort_values(ascending=False, kind="stable").index
    return rows.loc[order].reset_index(drop=True)


def aged(suspense: pd.DataFrame, *, as_of: date, days: int = SUSPENSE_DAYS) -> pd.DataFrame:
    """Returns the rows of `waiting` booked more than `days` days before `as_of`."""
    return suspense[suspense["booked_on"] < pd.Timestamp(as_of - timedelta(days=days))]


def suspense_findings(suspense: pd.DataFrame, *, building_id: str, as_of: date) -> list[Finding]:
    """Returns a warning when money has waited too long for its account (LAW L8)."""
    old = aged(suspense, as_of=as_of)
    if not len(old):
        return []
    count = len(old)
    many = "mouvements attendent" if count > 1 else "mouvement attend"
    total = french_euros(int(old["open_cents"].abs().sum()))
    return [
        Finding(
            code="aged_suspense",
            severity=Severity.WARNING,
            message=f"{count} {many} un compte depuis plus de {SUSPENSE_DAYS} jours, soit {total}.",
            building_id=building_id,
            to_do="identifier ou interroger la banque",
        )
    ]


def _bank_line(each: BankReconciliation, *, first: bool) -> ControlLine:
    proof = "état ci-dessus"
    if each.statement_on is None:
        proof = "aucun relevé avec solde"
    elif each.statement_number and not first:
        proof = f"relevé {each.statement_number} et ses écarts"
    justified = None
    if each.adjusted_bank_cents is not None:
        justified = each.adjusted_bank_cents - int(each.book_items["amount_cents"].sum())
    return ControlLine(
        account="512",
        label="Banque",
        iban=each.iban,
        books_cents=each.book_cents,
        justified_cents=justified,
        proof=proof,
    )


def in_hand(receipts: pd.DataFrame, allocations: pd.DataFrame, *, as_of: date) -> pd.DataFrame:
    """Returns the receipts that no bank had credited by a day, the oldest first.

    Args:
        receipts: columns of the receipts view.
        allocations: columns of the allocations view.
        as_of: the business date.

    Returns:
        The deposits of `receipts`, with `left_cents` (> 0, what is to be credited).

    Source: DOMAIN C9.
    """
    day = pd.Timestamp(as_of)
    rows = _deposits(receipts, day=day)
    credited = counting(allocations, day=day).groupby("debit_item")["amount_cents"].sum()
    left = rows["amount_cents"] - rows["item_id"].map(credited).fillna(0).astype("int64")
    # What a bank kept of a deposit is set aside with it, and is not to come.
    kept = (rows["set_aside"] != "") & (left < rows["amount_cents"])
    rows = rows.assign(left_cents=left.mask(kept, 0))
    return rows[rows["left_cents"] > 0].reset_index(drop=True)


def _deposits(receipts: pd.DataFrame, *, day: pd.Timestamp) -> pd.DataFrame:
    """Returns what banks are to credit of cheques and cards received by a day."""
    # Money kept for an account was on the statement before it was a receipt.
    return receipts[
        (receipts["kind"] == "deposit")
        & (receipts["receipt_kind"] != "on_account")
        & (receipts["received_on"] <= day)
    ]


def _receipt_lines(
    receipts: pd.DataFrame, allocations: pd.DataFrame, *, as_of: date
) -> list[ControlLine]:
    """What was received and is to be credited: books by totals, proof from each receipt."""
    day = pd.Timestamp(as_of)
    known = _deposits(receipts, day=day)
    if not len(known):
        return []
    waiting = in_hand(receipts, allocations, as_of=as_of)
    links = counting(allocations, day=day)
    links = links[links["receipt_side"] == "deposit"]
    credited = set(links["debit_item"].tolist())
    fees = known[known["item_id"].isin(credited) & (known["set_aside"] != "")]["open_cents"].sum()
    count = len(waiting)
    proof = "tout est crédité"
    if count:
        oldest = french_date(waiting["received_on"].iloc[0].date())
        proof = f"{count} encaissement{'s' if count > 1 else ''}, le plus ancien du {oldest}"
    limit = pd.Timestamp(as_of - timedelta(days=CREDIT_DAYS))
    return [
        ControlLine(
            account="5112",
            label="Chèques et cartes à créditer",
            books_cents=int(known["amount_cents"].sum() - links["amount_cents"].sum() - fees),
            justified_cents=int(waiting["left_cents"].sum()),
            proof=proof,
            warned=bool((waiting["received_on"] < limit).any()),
        )
    ]


def _holder_lines(
    dues: pd.DataFrame,
    allocations: pd.DataFrame,
    accounts: pd.DataFrame,
    *,
    building_kind: str,
    as_of: date,
) -> list[ControlLine]:
    """Debtors, creditors, suppliers: books by account from settlements, proof from each due."""
    books = _account_books(dues, allocations, as_of=as_of)
    own = without_suppliers(dues, accounts)
    proven = balances(own)["owed_cents"]
    held = books[books.index.isin(own["account_id"])]
    suppliers = books[~books.index.isin(own["account_id"])]
    rental = building_kind == BuildingKind.RENTAL
    number, who = ("411", "Locataires") if rental else ("450", "Copropriétaires")
    lines = [
        ControlLine(
            account=number,
            label=f"{who} débiteurs",
            books_cents=int(held[held > 0].sum()),
            justified_cents=int(proven[proven > 0].sum()),
            proof=_accounts(int((proven > 0).sum())),
        )
    ]
    if (held < 0).any() or (proven < 0).any():
        lines.append(
            ControlLine(
                account=number,
                label=f"{who} créditeurs",
                books_cents=int(held[held < 0].sum()),
                justified_cents=int(proven[proven < 0].sum()),
                proof=_accounts(int((proven < 0).sum())),
            )
        )
    unpaid = dues[~dues["account_id"].isin(own["account_id"]) & (dues["open_cents"] != 0)]
    if suppliers.any() or len(unpaid):
        count = len(unpaid)
        lines.append(
            ControlLine(
                account="401",
                label="Fournisseurs",
                books_cents=int(suppliers.sum()),
                justified_cents=int(unpaid["open_cents"].sum()),
                proof=f"{count} factures ouvertes" if count != 1 else "1 facture ouverte",
            )
        )
    return lines


def _account_books(dues: pd.DataFrame, allocations: pd.DataFrame, *, as_of: date) -> pd.Series:
    """Balance of each account from what was issued and what was settled, whatever the due."""
    issued = dues.groupby("account_id")["amount_cents"].sum()
    live = counting(allocations, day=pd.Timestamp(as_of))
    signs = dues.set_index("due_id")["amount_cents"].gt(0).map({True: 1, False: -1})
    settled = pd.concat(
        [
            pd.Series(
                (live["amount_cents"] * live[side].map(signs).fillna(0)).to_numpy(),
                index=live["account_id"].to_numpy(),
            )
            for side in ("due_id", "against_due_id")
        ]
    )
    by_account = settled.groupby(level=0).sum()
    return issued.sub(by_account.reindex(issued.index).fillna(0)).astype("int64")


def _suspense_line(
    reconciliations: Sequence[BankReconciliation], suspense: pd.DataFrame, *, as_of: date
) -> ControlLine:
    # The books' way: everything that is not in 512 and was not set aside.
    items = [each.book_items for each in reconciliations]
    books = sum(
        int(frame.loc[frame["status"] != MovementStatus.IGNORED, "amount_cents"].sum())
        for frame in items
    )
    old = aged(suspense, as_of=as_of)
    proof = "rien ne traîne" if len(suspense) else "rien en attente"
    if len(old):
        # A count: the line is net of money out, what waits is not.
        many = f"{len(old)} mouvements" if len(old) > 1 else "1 mouvement"
        proof = f"dont {many} de plus de {SUSPENSE_DAYS} jours"
    return ControlLine(
        account="47",
        label="Sommes en attente, hors 512",
        books_cents=books,
        justified_cents=int(suspense["open_cents"].sum()),
        proof=proof,
        warned=bool(len(old)),
    )


def _accounts(count: int) -> str:
    return f"{count} compte{'s' if count > 1 else ''}"
