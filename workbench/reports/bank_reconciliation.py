"""The bank reconciliation statement (état de rapprochement): bank and books, line by line.

Two balances that are found on two ways and must meet:

- the bank's, from its last statement, and what it booked since;
- the books' (account 512), which hold what decisions have put there, and each movement that no
  decision has.

They meet only if the bank's own balance agrees with its first opening balance and every movement
since: a hole in the chain of statements stays visible as a gap, with what explains it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd

from workbench.domain.records import EUR, MovementStatus
from workbench.reports.statement_chain import Row, chain, statement_name

ITEM_COLUMNS: Final = ("booked_on", "words", "amount_cents", "movement_id", "status")
_KIND_WORDS: Final = {
    MovementStatus.UNMATCHED: "à identifier",
    MovementStatus.PROPOSED: "proposé, à valider",
    MovementStatus.PARTIAL: "reste à affecter",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BankReconciliation:
    """The two sides of one bank account on a day; money in euro cents.

    Attributes:
        iban: the account.
        as_of: the business date.
        statement_number: the bank's number of the last statement, "" when none.
        statement_on: date of its closing balance; None when no statement has one by then.
        bank_cents: that balance; None with it.
        bank_items: booked by the bank after that balance and by `as_of`: `ITEM_COLUMNS`.
        book_cents: account 512 as decisions make it.
        book_items: what the books do not hold (yet), largest first: `ITEM_COLUMNS`, signed as in
            the bank.
        adjusted_bank_cents: bank + its items; None without a bank balance.
        adjusted_book_cents: books + their items.
        gap_cents: adjusted bank - adjusted books; None without a bank balance.
        explanations: why there is a gap: `words`, `amount_cents`; their sum is the gap.
        foreign_items: movements in other currencies, in none of the sums: `ITEM_COLUMNS` and
            `currency`.
    """

    iban: str
    as_of: date
    statement_number: str
    statement_on: date | None
    bank_cents: int | None
    bank_items: pd.DataFrame
    book_cents: int
    book_items: pd.DataFrame
    adjusted_bank_cents: int | None
    adjusted_book_cents: int
    gap_cents: int | None
    explanations: pd.DataFrame
    foreign_items: pd.DataFrame


def reconcile_bank(
    statements: pd.DataFrame, movements: pd.DataFrame, *, iban: str, as_of: date
) -> BankReconciliation:
    """Reconciles one bank account on a day.

    Args:
        statements: columns of the statements view.
        movements: columns of the movements view; `open_cents` is what no decision has allocated.
        iban: the account; rows of others are left out.
        as_of: the business date: statements closed and movements booked by then.

    Returns:
        Both sides, their items and the gap. 512 = opening balance of the first statement + the
        allocated part of the movements booked since + the bank fees of earlier months, which
        their own month's statement listed to be entered.

    Source: DOMAIN C9; the French *état de rapprochement bancaire*.
    """
    day = pd.Timestamp(as_of)
    booked = movements[(movements["iban"] == iban) & (movements["booked_on"] <= day)]
    foreign = booked[~_in_euros(booked["currency"])]
    booked = booked[_in_euros(booked["currency"])]
    told = statements[(statements["iban"] == iban) & _in_euros(statements["currency"])]
    told = chain(told[told["closed_on"] <= day])
    told = told[told["follows"] != "no_balance"].reset_index(drop=True)
    opening = 0
    if len(told):
        opening = int(told["opening_cents"].iloc[0])
        # What came before the first balance is inside it.
        inside = ~booked["statement_id"].isin(told["statement_id"]) & (
            booked["booked_on"] < told["opened_on"].iloc[0]
        )
        booked = booked[~inside]
    # A bank fee is listed in its own month, to be entered; from the next one on it is in the books.
    entered = (booked["set_aside"] == "bank_fee") & (
        booked["booked_on"] < pd.Timestamp(as_of.replace(day=1))
    )
    booked = booked.assign(open_cents=booked["open_cents"].mask(entered, 0))
    book = opening + int((booked["amount_cents"] - booked["open_cents"]).sum())
    missing = booked[booked["open_cents"] != 0]
    book_items = _items(missing, cents="open_cents")
    adjusted_book = book + int(book_items["amount_cents"].sum())
    bank, bank_items, last = _bank_side(told, booked)
    adjusted_bank = None if bank is None else bank + int(bank_items["amount_cents"].sum())
    gap = None if adjusted_bank is None else adjusted_bank - adjusted_book
    return BankReconciliation(
        iban=iban,
        as_of=as_of,
        statement_number=str(last["number"]) if last is not None else "",
        statement_on=last["closed_on"].date() if last is not None else None,
        bank_cents=bank,
        bank_items=bank_items,
        book_cents=book,
        book_items=book_items,
        adjusted_bank_cents=adjusted_bank,
        adjusted_book_cents=adjusted_book,
        gap_cents=gap,
        explanations=_explanations(told, gap=gap or 0),
        foreign_items=_items(foreign, cents="amount_cents").assign(
            currency=foreign["currency"].to_numpy()
        ),
    )


def _in_euros(currency: pd.Series) -> pd.Series:
    return currency.isin([EUR, ""])


def _bank_side(
    told: pd.DataFrame, booked: pd.DataFrame
) -> tuple[int | None, pd.DataFrame, Row | None]:
    """The last balance, what the bank booked after it, and the statement it stands on."""
    if not len(told):
        return None, _items(booked.iloc[:0], cents="amount_cents"), None
    # Of several that end on that day, the last of the chain.
    last = told[told["closed_on"] == told["closed_on"].max()].to_dict("records")[-1]
    after = booked[
        (booked["booked_on"] > last["closed_on"])
        & ~booked["statement_id"].isin(told["statement_id"])
    ]
    return int(last["closing_cents"]), _items(after, cents="amount_cents"), last


def _items(movements: pd.DataFrame, *, cents: str) -> pd.DataFrame:
    """Lines of the statement: the largest first, then in the order of the bank."""
    words = [_words(row) for row in movements.to_dict("records")]
    frame = pd.DataFrame(
        {
            "booked_on": movements["booked_on"].to_numpy(),
            "words": pd.Series(words, dtype="str"),
            "amount_cents": movements[cents].to_numpy(),
            "movement_id": movements["movement_id"].to_numpy(),
            "status": movements["status"].to_numpy(),
        }
    )
    order = frame["amount_cents"].abs().sort_values(ascending=False, kind="stable").index
    return frame.loc[order].reset_index(drop=True)


def _words(row: Row) -> str:
    """Who or what, then why it is not in the books."""
    label, who = str(row["label"]), str(row["counterparty"])
    if row["return_reason"]:
        return f"Rejet {row['return_reason']} : {who or label}"
    if row["status"] == MovementStatus.IGNORED:
        if row["set_aside"] == "bank_fee":
            return f"Frais bancaires à saisir : {label}"
        return f"Écarté, {row['set_aside_words'] or row['set_aside']} : {who or label}"
    state = _KIND_WORDS.get(MovementStatus(str(row["status"])), "non saisi")
    return f"{who or label}, {state}"


def _explanations(told: pd.DataFrame, *, gap: int) -> pd.DataFrame:
    """What the chain of statements says about a gap; what it cannot explain is said too."""
    lines: list[tuple[str, int]] = []
    if gap:
        for row in told.to_dict("records"):
            if row["follows"] == "hole":
                lines.append((f"Manque avant le {statement_name(row)}", int(row["break_cents"])))
            if not row["balanced"]:
                off = int(row["closing_cents"]) - int(row["computed_closing_cents"])
                lines.append((f"Le {statement_name(row)} ne tombe pas juste", off))
        left = gap - sum(cents for _, cents in lines)
        if left:
            lines.append(("Non expliqué par la suite des relevés", left))
    return pd.DataFrame(
        {
            "words": pd.Series([words for words, _ in lines], dtype="str"),
            "amount_cents": pd.Series([cents for _, cents in lines], dtype="int64"),
        }
    )
