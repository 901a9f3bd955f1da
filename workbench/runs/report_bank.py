"""The bank's part of the month-end report: statements, reconciliation, treasury control.

Layout only; the figures come from `reports`.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import pandas as pd

from workbench.documents.html import FINE, GAP, Column, Html, State, el, masked_iban, state, table
from workbench.domain.dates import Period, french_date
from workbench.domain.money import french_amount, french_euros
from workbench.domain.records import EUR
from workbench.reports.bank_reconciliation import BankReconciliation
from workbench.reports.treasury import ControlLine

_BANK_WORDS: Final = {
    "current": "compte courant",
    "works": "compte travaux",
    "processor": "compte de la carte",
}
_CHAIN_STATES: Final = {
    "first": State("●", "premier"),
    "follows": State("●", "suit"),
    "hole": State("▲", "manque", "alert"),
    "repeats": State("●", "déjà dit"),
    "version": State("▲", "deux versions", "alert"),
    "overlap": State("◐", "recouvre"),
    "no_balance": State("○", "sans solde"),
}
_ITEM_COLUMNS: Final = (
    Column(key="day", title="", width=1),
    Column(key="words", title=""),
    Column(key="amount_cents", title="", kind="movement", summed=True),
)


def statement_table(told: pd.DataFrame, *, period: Period, limit: int) -> Html:
    """Returns the statements of one bank account, with their total.

    Args:
        told: of `statement_chain.chain`, at least one row.
        period: the month; the total carries its name when the statements are exactly in it.
        limit: most rows, 0 for all.
    """
    first, last = pd.Timestamp(period.first_day), pd.Timestamp(period.last_day)
    inside = bool((told["covers_from"] >= first).all() and (told["closed_on"] <= last).all())
    month = period.french().capitalize()
    columns = (
        Column(key="number", title="N°", width=6),
        Column(key="dates", title="Période", width=17),
        Column(key="entries", title="Lignes", kind="count", summed=True, width=9),
        Column(key="opening_cents", title="Ouverture", kind="money", width=14),
        Column(key="credits_cents", title="Crédits", kind="money", summed=True, width=13),
        Column(key="debits_cents", title="Débits", kind="money", summed=True, width=13),
        Column(key="closing_cents", title="Clôture", kind="money", width=13),
        Column(key="state", title="Contrôle", kind="state", width=15),
    )
    return table(
        [_statement_row(row) for row in told.to_dict("records")],
        columns,
        total=month if inside else "Total",
        totals={
            "opening_cents": _cents(told["opening_cents"].iloc[0]),
            "closing_cents": _cents(told["closing_cents"].iloc[-1]),
            "state": _chain_state(told),
        },
        limit=limit,
    )


def _chain_state(told: pd.DataFrame) -> State:
    if (told["follows"].isin(["first", "follows", "repeats"]) & told["balanced"]).all():
        return State("●", "complet")
    if (told["follows"] == "no_balance").all():
        return State("○", "non contrôlé")
    return State("▲", "à voir", "alert")


def _statement_row(row: Mapping[Any, Any]) -> dict[str, object]:
    verdict = _CHAIN_STATES[row["follows"]]
    if not row["balanced"]:
        verdict = State("▲", "ne tombe pas juste", "alert")
    return {
        **row,
        "dates": f"{_day(row['covers_from'])} au {_day(row['closed_on'])}",
        "opening_cents": _cents(row["opening_cents"]),
        "closing_cents": _cents(row["closing_cents"]),
        "state": verdict,
    }


def reconciliation(each: BankReconciliation, *, name: str, limit: int) -> Html:
    """Returns one bank account's two sides, the gap in its frame and what explains it.

    Args:
        each: of `reconcile_bank`.
        name: heading, "" for none.
        limit: most lines a side.
    """
    return el(
        "div",
        el("h3", name) if name else None,
        _both_sides(each, limit=limit),
        _gap_box(each),
        _explanations(each) if len(each.explanations) else None,
        _foreign(each) if len(each.foreign_items) else None,
        cls="whole",
    )


def _both_sides(each: BankReconciliation, *, limit: int) -> Html:
    number = f" {each.statement_number}" if each.statement_number else ""
    start = "Aucun relevé avec solde"
    if each.statement_on is not None:
        start = f"Solde du relevé{number} au {french_date(each.statement_on)}"
    bank = _side(
        "Côté banque",
        start=start,
        start_cents=each.bank_cents,
        items=each.bank_items,
        end_cents=each.adjusted_bank_cents,
        limit=limit,
        year=each.as_of.year,
    )
    books = _side(
        "Côté livres",
        start=f"Solde du compte 512 au {french_date(each.as_of)}",
        start_cents=each.book_cents,
        items=each.book_items,
        end_cents=each.adjusted_book_cents,
        limit=limit,
        year=each.as_of.year,
    )
    # The side with lines takes the room.
    cls = "pair" if len(each.bank_items) else "pair uneven"
    return el("div", bank, books, cls=cls)


def _side(
    title: str,
    *,
    start: str,
    start_cents: int | None,
    items: pd.DataFrame,
    end_cents: int | None,
    limit: int,
    year: int,
) -> Html:
    return el(
        "div",
        el("h3", title),
        _line(start, start_cents, cls="line"),
        item_table(items, year=year, limit=limit),
        _line("Solde rapproché", end_cents, cls="line end"),
    )


def item_table(items: pd.DataFrame, *, year: int, total: str = "", limit: int = 0) -> Html:
    """Returns the items of one side, `year` being in sight."""
    return table(_item_rows(items, year=year), _ITEM_COLUMNS, total=total, limit=limit, cls="items")


def _item_rows(items: pd.DataFrame, *, year: int) -> list[dict[str, object]]:
    """The year is written only where it is not the report's."""
    days = [french_date(day)[: 5 if day.year == year else 10] for day in items["booked_on"]]
    return [
        {"day": day, "words": words, "amount_cents": cents}
        for day, words, cents in zip(days, items["words"], items["amount_cents"], strict=True)
    ]


def _line(words: str, cents: int | None, *, cls: str) -> Html:
    amount = "–" if cents is None else french_amount(cents)
    return el("div", el("span", words), el("span", amount), cls=cls)


def _gap_box(each: BankReconciliation) -> Html:
    if each.gap_cents is None or each.adjusted_bank_cents is None:
        return el(
            "div",
            el("span", "Écart : aucun relevé avec solde à cette date"),
            el("span", state(State("▲", "à demander"))),
            cls="box bad",
        )
    sides = f"{french_amount(each.adjusted_bank_cents)} – {french_amount(each.adjusted_book_cents)}"
    mark = FINE if each.gap_cents == 0 else GAP
    glyph = el("span", mark.glyph, cls="g", title=mark.word)
    return el(
        "div",
        el("span", f"Écart : {sides}"),
        el("span", glyph, " ", french_euros(each.gap_cents)),
        cls="box" if each.gap_cents == 0 else "box bad",
    )


def _explanations(each: BankReconciliation) -> Html:
    columns = (
        Column(key="words", title="D’où vient l’écart"),
        Column(key="amount_cents", title="Montant (€)", kind="movement", summed=True),
    )
    return table(each.explanations, columns, total="Écart")


def _foreign(each: BankReconciliation) -> Html:
    columns = (
        Column(key="booked_on", title="En devise, hors rapprochement", kind="date"),
        Column(key="words", title=""),
        Column(key="currency", title="Devise"),
        Column(key="amount_cents", title="Montant", kind="movement"),
    )
    rows = each.foreign_items[each.foreign_items["currency"] != EUR]
    return table(rows, columns)


def treasury_table(
    lines: Sequence[ControlLine], *, bank_accounts: pd.DataFrame, as_of: date
) -> Html:
    """Returns the control: each balance of the books, what proves it, and the gap.

    Args:
        lines: of `treasury.control`.
        bank_accounts: `iban, kind`.
        as_of: the business date.
    """
    columns = (
        Column(key="label", title=f"Contrôle au {french_date(as_of)}", width=34),
        Column(key="books", title="Livres (€)", kind="money"),
        Column(key="justified", title="Justifié (€)", kind="money"),
        Column(key="gap", title="Écart (€)", kind="money"),
        Column(key="proof", title="Preuve", kind="state"),
    )
    kinds = bank_accounts.set_index("iban")["kind"].to_dict()
    rows = [_control_row(line, kind=str(kinds.get(line.iban, ""))) for line in lines]
    return table(rows, columns)


def _control_row(line: ControlLine, *, kind: str) -> dict[str, object]:
    label = f"{line.account} {line.label}"
    if line.iban:
        label += f", {bank_name(line.iban, kind)}"
    good = line.gap_cents == 0 and not line.warned
    return {
        "label": label,
        "books": line.books_cents,
        "justified": line.justified_cents,
        "gap": line.gap_cents,
        "proof": State("●", line.proof) if good else State("▲", line.proof, "alert"),
    }


def bank_name(iban: str, kind: str) -> str:
    """Returns `compte travaux •••• 0201`."""
    return f"{_BANK_WORDS.get(kind, 'compte')} {masked_iban(iban)}"


def _cents(value: object) -> int | None:
    return None if pd.isna(value) else int(str(value))  # type: ignore[call-overload]


def _day(value: object) -> str:
    return french_date(value)[:5] if isinstance(value, date) else "–"
