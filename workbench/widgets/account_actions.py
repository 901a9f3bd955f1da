"""What an auditor does on an account's screen: settle, add a due, copy the cause, take back.

Where a screen is only read (the dashboard), there is none of this.
"""

from collections.abc import Callable, Mapping
from typing import Final

import pandas as pd

from workbench.documents.html import el
from workbench.domain.errors import ParameterError
from workbench.domain.money import NO_BREAK_SPACE, french_euros
from workbench.pipeline.account import AccountDetail
from workbench.widgets.account_events import event_sign, event_when
from workbench.widgets.form import Form, FormField
from workbench.widgets.parts import HIDDEN, Notice, block, box, button, glyph, mark
from workbench.widgets.table import Cell, Column, Empty, Row, Table

_SHORT: Final = 6


class AccountActions:
    """Buttons and a history whose decisions can be taken back, each with a reason.

    Attributes:
        notice: where errors are told.
        settle, add, copy, reconcile: buttons.
        table: the history; opening a line asks why it is taken back.
        question: why a decision is taken back.
        history: the panel of the three.
        buttons, on_balance, on_origin: where the account's screen puts them.
    """

    def __init__(
        self,
        *,
        on_settle: Callable[[], None],
        on_add: Callable[[], None],
        on_copy: Callable[[str], None],
        on_undo: Callable[[str, str], None],
    ) -> None:
        """Builds them.

        Args:
            on_settle: opens the two sides of the account.
            on_add: opens them at the form that adds a due.
            on_copy: puts a text on the clipboard.
            on_undo: takes back what an identifier names, for a reason.
        """
        self._on_undo = on_undo
        self._on_copy = on_copy
        self._detail: AccountDetail | None = None
        self._undoing = ""
        self.notice = Notice()
        run = self.notice.guarded
        self.settle = button("Répartir", run(on_settle))
        self.settle.add_class("wb-primary")
        self.reconcile = button("Rapprocher ce paiement", run(on_settle), cls="wb-link")
        self.add = button("Ajouter une échéance", run(on_add))
        self.copy = button("Copier la phrase", run(self._copy))
        self.table = Table(
            (
                Column(key="at", label="Historique", sortable=False, write=_event),
                Column(key="undo", label="", kind="link", sortable=False, width="58px",
                       write=lambda row: "Annuler" if row["undo"] else ""),
            ),
            label="Historique", id_key="id", sort_key="place", page_size=_SHORT,
            on_open=self._ask, guard=self.notice.guard,
        )  # fmt: skip
        self.asked = block()
        self.question = Form(
            (FormField(name="reason", label="Motif", placeholder="Il reste dans l’historique"),),
            words="Annuler cette décision", otherwise="La garder", on_submit=self._undo,
            on_cancel=self._close, guard=self.notice.guard,
        )  # fmt: skip
        self._question = box(self.asked, self.question, cls=("wb-question", HIDDEN))
        title = el(
            "div", el("h2", "Historique"), f"{NO_BREAK_SPACE} ",
            el("span", "rien ne s’efface", cls="wb-sub"), cls="wb-panel-title",
        )  # fmt: skip
        self.history = box(
            block(title), self._question, self.table, cls=("wb-panel", "wb-flush", "wb-undoable")
        )
        self.buttons = (self.add, self.settle)
        self.on_balance = (self.reconcile,)
        self.on_origin = (self.copy,)

    def show(self, detail: AccountDetail) -> None:
        """Shows an account; a question that was open is closed."""
        self._detail = detail
        waiting = detail.payments[detail.payments["state"] == "proposed"]
        cents = int(waiting["amount_cents"].sum())
        self.settle.description = f"Rapprocher {french_euros(cents)}" if cents > 0 else "Répartir"
        mark(self.reconcile, HIDDEN, on=waiting.empty)
        mark(self.copy, HIDDEN, on=not detail.origin_words)
        frame = detail.history.assign(place=range(len(detail.history)))
        # By what it takes back, never by its place: the list may have changed since it was seen.
        facts = "fait-" + frame["place"].astype("str")
        frame["id"] = frame["undo"].mask(frame["undo"] == "", facts)
        empty = Empty(title="Aucune décision n’a encore touché ce compte.")
        self.table.show(frame, empty=empty, page=self.table.page)
        self._close()

    def _copy(self) -> None:
        if self._detail is None or not self._detail.origin_words:
            raise ParameterError("rien n’est en retard sur ce compte")
        self._on_copy(self._detail.origin_words)

    def _ask(self, row_id: str) -> None:
        """Asks why a decision is taken back; nothing is written yet."""
        history = self._detail.history if self._detail is not None else pd.DataFrame({"undo": []})
        found = history[(history["undo"] == row_id) & (history["undo"] != "")]
        if found.empty:
            raise ParameterError("cette ligne ne s’annule pas : elle est un fait, ou déjà annulée")
        self._undoing = row_id
        words = str(found["words"].iloc[0])
        self.asked.value = el("p", glyph("↩"), f"Annuler : {words}").markup
        self.question.fill(reason="")
        mark(self._question, HIDDEN, on=False)
        self.question.focus("reason")

    def _undo(self, told: Mapping[str, str]) -> None:
        reason = told["reason"].strip()
        if not reason:
            raise ParameterError("dites pourquoi : le motif reste dans l’historique")
        if not self._undoing:
            raise ParameterError("choisissez d’abord ce qui s’annule")
        self._on_undo(self._undoing, reason)

    def _close(self) -> None:
        self._undoing = ""
        mark(self._question, HIDDEN, on=True)


def _event(row: Row) -> Cell:
    return {
        "glyph": event_sign(row), "text": event_when(row), "under": str(row["words"]),
        "title": str(row["words"]), "strike": row["sign"] == "undone",
    }  # fmt: skip
