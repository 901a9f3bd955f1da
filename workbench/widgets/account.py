"""One account's screen, for reading: its balance, what it is made of, then the proof.

A view: it shows an `AccountDetail`. Reads no ledger; the history keeps what was undone.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import ipywidgets

from workbench.documents.html import (
    due_state,
    el,
    french_count,
)
from workbench.domain.dates import french_date
from workbench.domain.money import french_amount
from workbench.pipeline.account import AccountDetail
from workbench.pipeline.due_words import KIND_WORDS
from workbench.widgets import account_wording as wording
from workbench.widgets.account_actions import AccountActions
from workbench.widgets.parts import (
    HIDDEN,
    Notice,
    block,
    box,
    button,
    mark,
)
from workbench.widgets.table import Cell, Column, Empty, Row, Table

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
        self.head.value = wording.heading(detail, read_at).markup
        self.balance.value = wording.balance(detail).markup
        self.made_of.value = (
            wording.origin(detail) if detail.origin_words else wording.made_of(detail)
        ).markup
        self.chart.value = wording.chart(detail).markup
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
        self.payments.value = wording.payments(shown).markup
        _say_more(self.all_payments, len(frame), long=self._long_payments)

    def _show_history(self) -> None:
        if self._detail is None:
            return
        frame = self._detail.history
        shown = frame if self._long_history else frame.head(_SHORT)
        self.history.value = wording.history(shown).markup
        _say_more(self.all_history, len(frame), long=self._long_history)


def _more(action: Callable[[], None]) -> ipywidgets.Button:
    return button("", action, cls="wb-link")


def _say_more(more: ipywidgets.Button, count: int, *, long: bool) -> None:
    """Names what a button would show; hidden where everything is shown already."""
    more.description = "Les plus récents" if long else f"Les {french_count(count)}"
    mark(more, HIDDEN, on=count <= _SHORT)


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
