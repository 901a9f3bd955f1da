"""What an account's screen says around its table of dues, as markup made of an `AccountDetail`.

Pure: no widget, no ledger. Every text goes through `documents.html`, which escapes.
"""

from datetime import datetime
from typing import Final

import pandas as pd

from workbench.documents.drawing import FULL
from workbench.documents.html import Html, el, french_count, join, masked_iban
from workbench.documents.pictures import balance_steps
from workbench.domain.dates import french_date
from workbench.domain.money import NO_BREAK_SPACE, french_amount, french_euros
from workbench.pipeline.account import AccountDetail
from workbench.widgets.account_events import event_sign, event_when
from workbench.widgets.parts import glyph, notice, panel, picture
from workbench.widgets.portfolio import as_of_words
from workbench.widgets.table import Row

_KINDS: Final = {"coowner": "copropriétaire", "tenant": "locataire", "supplier": "fournisseur"}
_MODES: Final = {
    "transfer": "paie par virement",
    "direct_debit": "paie par prélèvement",
    "cheque": "paie par chèque",
    "card": "paie par carte",
}
_NATURES: Final = {
    "call": "Appels de fonds",
    "works_call": "Appels de travaux",
    "rent": "Loyers",
    "charges": "Charges",
    "adjustment": "Régularisations",
    "deposit": "Dépôt de garantie",
    "invoice": "Factures",
    "discount": "Remises",
    "refund": "Remboursements dus",
    "fee": "Frais",
    "other": "Autres",
}


def heading(detail: AccountDetail, read_at: datetime) -> Html:
    """The account's name, then who, where and how he pays, and when this was read."""
    name = " ".join(part for part in (detail.code, detail.holder) if part)
    tails = [masked_iban(tail.rjust(5, "•")) for tail in detail.payer_iban_tails]
    told = [
        _KINDS.get(detail.kind, detail.kind),
        detail.building,
        f"lot {detail.lots}" if detail.lots else "",
        ", ".join([_MODES.get(detail.payment_mode, ""), *(f"IBAN {t}" for t in tails[:1])]).strip(
            ", "
        ),
        as_of_words(detail.as_of, read_at),
    ]
    meta = " · ".join(part for part in told if part)
    return join(el("h1", name, cls="wb-title"), el("span", meta, cls="wb-meta wb-read"))


def balance(detail: AccountDetail) -> Html:
    """What is owed, what of it is late, what waits or is kept (DOMAIN D1)."""
    cents = detail.balance_cents
    label = "Solde dû" if cents >= 0 else "Solde en faveur du titulaire"
    late = (
        el("span", f"dont en retard {french_euros(detail.overdue_cents)}", cls="wb-sub")
        if detail.overdue_cents
        else el("span", "rien n’est en retard", cls="wb-sub")
    )
    return el(
        "div",
        el("span", f"{label} au {french_date(detail.as_of)}", cls="wb-sub wb-under"),
        el("span", french_euros(abs(cents)), cls="wb-balance"),
        NO_BREAK_SPACE * 2,
        late,
        _kept(detail),
        _waiting(detail),
        cls="wb-panel",
    )


def _kept(detail: AccountDetail) -> Html | None:
    """What was received in advance: it is not in the balance until it settles a due."""
    if not detail.kept_cents:
        return None
    words = f"{french_euros(detail.kept_cents)} gardés en compte, pour ses prochaines échéances"
    return el("div", glyph("●"), words, cls="wb-sub")


def _waiting(detail: AccountDetail) -> Html | None:
    """The alert of a payment that nobody reconciled yet (DOMAIN D1)."""
    waiting = detail.payments[detail.payments["state"] == "proposed"]
    if waiting.empty:
        return None
    cents = int(waiting["amount_cents"].sum())
    after = french_euros(detail.balance_cents - cents)
    many = len(waiting) > 1
    fact = (
        f"{french_count(len(waiting))} paiements, {french_euros(cents)}, ne sont pas rapprochés."
        if many
        else f"Un paiement de {french_euros(cents)} n’est pas rapproché."
    )
    return notice(fact, f"Le solde serait de {after}.")


def origin(detail: AccountDetail) -> Html:
    """Why the account is late, as it can be written to its holder (DOMAIN D8)."""
    causes = detail.origins
    cents = causes["amount_cents"].tolist()
    proof = f"{' + '.join(french_amount(c) for c in cents)} = {french_euros(sum(cents))}. "
    lost = int(causes["not_claimable_cents"].sum())
    proof += (
        f"{french_euros(lost)} ne peuvent pas être réclamés."
        if lost
        else "Peut être envoyé tel quel au titulaire."
    )
    return panel(
        "D’où vient le retard",
        "",
        el("p", detail.origin_words, cls="wb-subject"),
        el("p", glyph("●"), proof, cls="wb-sub"),
    )


def made_of(detail: AccountDetail) -> Html:
    """What the balance is made of, in words that add up to it."""
    open_dues = detail.dues[detail.dues["open_cents"] != 0]
    if open_dues.empty:
        return panel(
            "De quoi se compose le solde", "", el("p", "Toutes les échéances sont soldées.")
        )
    groups = open_dues.groupby("kind", sort=False).agg(
        cents=("open_cents", "sum"), count=("open_cents", "size"), oldest=("due_on", "min")
    )
    groups = groups.sort_values("cents", ascending=False)
    lines: list[Html | str | None] = []
    for kind, row in groups.iterrows():
        count = int(row["count"])
        since = french_date(row["oldest"].date())
        words = f"{french_count(count)} échéance{'s' if count > 1 else ''}, " + (
            f"la plus ancienne du {since}" if count > 1 else f"du {since}"
        )
        name = el(
            "span",
            _NATURES.get(str(kind), str(kind)),
            NO_BREAK_SPACE * 2,
            el("span", words, cls="wb-sub"),
        )
        lines += [name, el("span", french_amount(int(row["cents"])))]
    lines += [
        el("span", "Solde (€)", cls="wb-sum"),
        el("span", french_amount(detail.balance_cents), cls="wb-sum"),
    ]
    return panel("De quoi se compose le solde", "", el("div", *lines, cls="wb-facts"))


def chart(detail: AccountDetail) -> Html:
    """The balance at each month's end."""
    cents = detail.balance["balance_cents"]
    thousands = len(cents) and int(cents.abs().max()) >= 10_000_00
    subtitle = f"en {'milliers d’euros' if thousands else 'euros'}, fin de mois"
    drawn = balance_steps(detail.balance, width=FULL)
    words = f"Solde de fin de mois, {french_euros(detail.balance_cents)} au dernier jour."
    return panel("Solde depuis quinze mois", subtitle, picture(drawn, words=words))


def payments(frame: pd.DataFrame) -> Html:
    """The money that touched the account; columns of `AccountDetail.payments`."""
    title = el("h2", "Paiements")
    if frame.empty:
        return join(title, el("p", "Aucun paiement n’est affecté à ce compte."))
    rows = [
        el(
            "tr",
            el("td", french_date(row["booked_on"].date())),
            el("td", _payment_words(row), title=str(row["label"])),
            el("td", french_amount(int(row["amount_cents"])), cls="wb-right"),
        )
        for row in frame.to_dict("records")
    ]
    head = el(
        "tr",
        el("th", "Date", scope="col"),
        el("th", "Affecté à", scope="col"),
        el("th", "Montant (€)", scope="col", cls="wb-right"),
    )
    return join(title, el("table", el("thead", head), el("tbody", *rows), cls="wb-list"))


def _payment_words(row: Row) -> Html:
    if row["state"] == "proposed":
        return join(glyph("◇", tone="wb-accent"), el("span", "à rapprocher", cls="wb-accent"))
    return join(
        glyph("◐" if row["status"] == "partial" else "●"), str(row["settles"]) or "ce compte"
    )


def history(frame: pd.DataFrame) -> Html:
    """What was done and by whom; columns of `account_history.history`."""
    title = join(
        el("h2", "Historique"), f"{NO_BREAK_SPACE} ", el("span", "rien ne s’efface", cls="wb-sub")
    )
    if frame.empty:
        return join(title, el("p", "Aucune décision n’a encore touché ce compte."))
    return join(
        title, el("ul", *(_event(row) for row in frame.to_dict("records")), cls="wb-history")
    )


def _event(row: Row) -> Html:
    return el(
        "li",
        glyph(event_sign(row)),
        el(
            "div",
            el("div", event_when(row), cls="wb-when"),
            el("p", str(row["words"]), cls="wb-undone" if row["sign"] == "undone" else ""),
        ),
    )
