"""One account's screen, for reading: its balance, what it is made of, then the proof.

A view: it shows an `AccountDetail`. Reads no ledger; the history keeps what was undone.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import ipywidgets
import pandas as pd

from workbench.documents.drawing import FULL
from workbench.documents.html import (
    Html,
    due_state,
    el,
    french_count,
    join,
    masked_iban,
)
from workbench.documents.pictures import balance_steps
from workbench.domain.dates import french_date
from workbench.domain.money import NO_BREAK_SPACE, french_amount, french_euros
from workbench.pipeline.account import AccountDetail
from workbench.pipeline.due_words import KIND_WORDS
from workbench.widgets.account_actions import AccountActions
from workbench.widgets.account_events import event_sign, event_when
from workbench.widgets.parts import (
    HIDDEN,
    Notice,
    block,
    box,
    button,
    glyph,
    mark,
    notice,
    panel,
    picture,
)
from workbench.widgets.portfolio import as_of_words
from workbench.widgets.table import Cell, Column, Empty, Row, Table

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
_SHORT: Final = 6


class AccountView:
    """One account.

    Attributes:
        widget: what to display.
        back, refresh: buttons.
        which, all_payments, all_history: switches of what is listed.
        table: the dues.
        head, balance, made_of, chart, dues_title, payments, history: what is told around it.
        notice: where errors are told.
    """

    def __init__(
        self,
        *,
        on_back: Callable[[], None],
        on_refresh: Callable[[], None],
        back_words: str = "Retour aux débiteurs",
        actions: AccountActions | None = None,
    ) -> None:
        """Builds the screen, empty.

        Args:
            on_back: returns to the list.
            on_refresh: reads the account again and calls `show`.
            back_words: of the button that returns.
            actions: what can be done here; None for a screen that is only read.
        """
        self._detail: AccountDetail | None = None
        self._actions = actions
        self.notice = actions.notice if actions else Notice()
        self.back = button(back_words, self.notice.guarded(on_back))
        self.refresh = button("Actualiser", self.notice.guarded(on_refresh))
        self.which = ipywidgets.ToggleButtons(options=[("Ouvertes", "open"), ("Toutes", "all")])
        self.which.add_class("wb-which")
        self.which.observe(lambda _change: self.notice.guard(self._list), names="value")
        self.all_payments = _more(self.notice.guarded(self._toggle_payments))
        self.all_history = _more(self.notice.guarded(self._toggle_history))
        self._long_payments = self._long_history = False
        self.table = Table(
            _columns(),
            label="Échéances",
            id_key="due_id",
            sort_key="due_on",
            page_size=15,
            guard=self.notice.guard,
        )
        self.head, self.balance, self.made_of, self.chart = (block() for _ in range(4))
        self.dues_title, self.payments, self.history = (block() for _ in range(3))
        wide = box(
            self.chart,
            box(
                box(self.dues_title, self.which, cls=("wb-bar-tools",)),
                self.table,
                cls=("wb-panel", "wb-flush"),
            ),
            cls=("wb-wide",),
        )
        side = box(
            box(self.payments, self.all_payments, cls=("wb-panel", "wb-listing")),
            actions.history
            if actions
            else box(self.history, self.all_history, cls=("wb-panel", "wb-listing")),
            cls=("wb-side",),
        )
        owed = box(self.balance, *(actions.on_balance if actions else ()), cls=("wb-balance-box",))
        why = box(self.made_of, *(actions.on_origin if actions else ()), cls=("wb-why-box",))
        top = box(owed, why, cls=("wb-row", "wb-lead"))
        self.content = box(top, box(wide, side, cls=("wb-columns",)), cls=("wb-body",))
        self.widget = box(
            box(
                box(
                    self.head,
                    *(actions.buttons if actions else ()),
                    self.back,
                    self.refresh,
                    cls=("wb-head",),
                ),
                self.notice,
                cls=("wb-top",),
            ),
            self.content,
            cls=("wb-account",),
        )

    def show(self, detail: AccountDetail, *, read_at: datetime) -> None:
        """Shows an account, from the top of its lists when it is another one.

        Args:
            detail: what was read.
            read_at: when.
        """
        if self._detail is None or self._detail.account_id != detail.account_id:
            self._long_payments = self._long_history = False
            self.which.value = "open"
        self._detail = detail
        self.head.value = _heading(detail, read_at).markup
        self.balance.value = _balance(detail).markup
        self.made_of.value = (_origin(detail) if detail.origin_words else _made_of(detail)).markup
        self.chart.value = _chart(detail).markup
        open_count = int((detail.dues["open_cents"] != 0).sum())
        chosen = self.which.value
        self.which.options = [
            (f"Ouvertes {french_count(open_count)}", "open"),
            (f"Toutes {french_count(len(detail.dues))}", "all"),
        ]
        self.which.value = chosen
        self._list()
        self._show_payments()
        self._show_history()
        if self._actions is not None:
            self._actions.show(detail)

    def _list(self) -> None:
        if self._detail is None:
            return
        dues = self._detail.dues
        only_open = self.which.value == "open"
        listed = dues[dues["open_cents"] != 0] if only_open else dues
        title = "Échéances ouvertes" if only_open else "Toutes les échéances"
        self.dues_title.value = el("h2", title).markup
        listed = listed.assign(settled_cents=listed["amount_cents"] - listed["open_cents"])
        empty = Empty(
            title="Rien n’est ouvert sur ce compte."
            if only_open
            else "Aucune échéance sur ce compte."
        )
        sums = [
            french_amount(int(listed[key].sum()))
            for key in ("amount_cents", "settled_cents", "open_cents")
        ]
        self.table.show(listed, empty=empty, total=["Total", "", "", *sums])

    def _toggle_payments(self) -> None:
        self._long_payments = not self._long_payments
        self._show_payments()

    def _toggle_history(self) -> None:
        self._long_history = not self._long_history
        self._show_history()

    def _show_payments(self) -> None:
        if self._detail is None:
            return
        frame = self._detail.payments
        shown = frame if self._long_payments else frame.head(_SHORT)
        self.payments.value = _payments(shown).markup
        _say_more(self.all_payments, len(frame), long=self._long_payments)

    def _show_history(self) -> None:
        if self._detail is None:
            return
        frame = self._detail.history
        shown = frame if self._long_history else frame.head(_SHORT)
        self.history.value = _history(shown).markup
        _say_more(self.all_history, len(frame), long=self._long_history)


def _more(action: Callable[[], None]) -> ipywidgets.Button:
    return button("", action, cls="wb-link")


def _say_more(more: ipywidgets.Button, count: int, *, long: bool) -> None:
    """Names what a button would show; hidden where everything is shown already."""
    more.description = "Les plus récents" if long else f"Les {french_count(count)}"
    mark(more, HIDDEN, on=count <= _SHORT)


def _heading(detail: AccountDetail, read_at: datetime) -> Html:
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


def _balance(detail: AccountDetail) -> Html:
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


def _origin(detail: AccountDetail) -> Html:
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


def _made_of(detail: AccountDetail) -> Html:
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


def _chart(detail: AccountDetail) -> Html:
    cents = detail.balance["balance_cents"]
    thousands = len(cents) and int(cents.abs().max()) >= 10_000_00
    subtitle = f"en {'milliers d’euros' if thousands else 'euros'}, fin de mois"
    drawn = balance_steps(detail.balance, width=FULL)
    words = f"Solde de fin de mois, {french_euros(detail.balance_cents)} au dernier jour."
    return panel("Solde depuis quinze mois", subtitle, picture(drawn, words=words))


def _payments(frame: pd.DataFrame) -> Html:
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


def _history(frame: pd.DataFrame) -> Html:
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


def _columns() -> tuple[Column, ...]:
    return (
        Column(key="status", label="État", sortable=False, write=_state),
        Column(key="due_on", label="Échue le", write=lambda row: french_date(row["due_on"].date())),
        Column(key="label", label="Nature", write=_nature),
        Column(
            key="amount_cents",
            label="Montant (€)",
            kind="amount",
            largest_first=True,
            write=lambda row: french_amount(int(row["amount_cents"])),
        ),
        Column(
            key="settled_cents",
            label="Réglé (€)",
            kind="amount",
            largest_first=True,
            write=lambda row: (
                french_amount(int(row["settled_cents"])) if row["settled_cents"] else "–"
            ),
        ),
        Column(
            key="open_cents",
            label="Ouvert (€)",
            kind="amount",
            largest_first=True,
            strong=True,
            write=lambda row: french_amount(int(row["open_cents"])),
        ),
    )


def _state(row: Row) -> Cell:
    if row["is_cancelled"]:
        return {"glyph": "↩", "text": "annulée", "tone": "quiet"}
    state = due_state(
        status=str(row["status"]),
        days_overdue=int(row["days_overdue"]),
        amount_cents=int(row["amount_cents"]),
    )
    tone = "alert" if state.tone == "alert" else ""
    return {"glyph": state.glyph, "text": state.word, "glyph_tone": tone}


def _nature(row: Row) -> Cell:
    text = str(row["label"]) or KIND_WORDS.get(str(row["kind"]), str(row["kind"]))
    return {"text": text, "title": text, "strike": bool(row["is_cancelled"])}
