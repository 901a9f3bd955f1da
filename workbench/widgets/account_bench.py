"""An account at the bench: found by name or code, read, settled, and anything undone.

The notebook calls `open_account`; tests give a session of their own.

Source: DOMAIN D1 to D8; UI, screen 3.
"""

from typing import Final

import ipywidgets
import pandas as pd

from workbench.documents.html import el
from workbench.ledger import views
from workbench.pipeline import deciding
from workbench.pipeline.account import account_detail
from workbench.pipeline.deciding import Outcome
from workbench.pipeline.searching import search_rows
from workbench.widgets.account import AccountView
from workbench.widgets.account_actions import AccountActions
from workbench.widgets.page import Page
from workbench.widgets.parts import HIDDEN, Notice, block, box, mark
from workbench.widgets.session import Session, open_session
from workbench.widgets.sides import SidesView
from workbench.widgets.table import Column, Empty, Table

_TITLE: Final = "Compte"
_SEARCHED: Final = ("code", "account_id", "holder", "lots", "building")
_NOBODY: Final = Empty(
    title="Aucun compte ne répond à cette recherche.", text="Essayez le code, le nom ou le lot."
)


class AccountBench:
    """Three screens, one at a time: the choice of an account, the account, its two sides.

    Attributes:
        widget: what to display.
        page, account, actions, sides: its parts.
        search, found: the choice.
        notice: where the choice tells its errors.
    """

    def __init__(self, session: Session, *, account_id: str = "") -> None:
        """Builds the screens.

        Args:
            session: the ledger and who works.
            account_id: account to show at once; "" begins with the choice.
        """
        self._session = session
        self._account_id = ""
        self.notice = Notice()
        self.page = Page(title=_TITLE, on_escape=self._escape)
        self.actions = AccountActions(
            on_settle=self._settle, on_add=self._add, on_copy=self.page.copy_text,
            on_undo=self._undo,
        )  # fmt: skip
        self.account = AccountView(
            on_back=self._choose, on_refresh=self._show, back_words="Un autre compte",
            actions=self.actions,
        )  # fmt: skip
        self.sides = SidesView(
            session, on_back=self._return, on_done=self._after, back_words="Revenir au compte"
        )
        self.search = ipywidgets.Text(placeholder="Code, nom, lot ou immeuble")
        self.search.add_class("wb-search")
        self.search.observe(lambda _change: self.notice.guard(self._find), names="value")
        self.found = Table(
            (
                Column(key="code", label="Compte", kind="link", write=lambda row: str(row["code"])),
                Column(key="holder", label="Titulaire", write=lambda row: str(row["holder"])),
                Column(key="lots", label="Lots", write=lambda row: str(row["lots"])),
                Column(key="building", label="Immeuble", write=lambda row: str(row["building"])),
            ),
            label="Comptes", id_key="account_id", sort_key="holder", page_size=15,
            on_open=self.open, guard=self.notice.guard,
        )  # fmt: skip
        self._accounts = pd.DataFrame()
        self._choice = self._chooser()
        self._screens = (self._choice, self.account.widget, self.sides.widget)
        self.widget = box(self.page, *self._screens, cls=("wb-screen",))
        self._only(self._choice)
        self.notice.guard(self._choose)
        if account_id:
            self.notice.guard(lambda: self.open(account_id))

    def _repr_mimebundle_(self, **options: object) -> object:
        return self.widget._repr_mimebundle_(**options)

    def _chooser(self) -> ipywidgets.Box:
        title = block(el("h1", "Choisir un compte", cls="wb-title"))
        return box(
            box(box(title, self.search, cls=("wb-head",)), self.notice, cls=("wb-top",)),
            box(box(self.found, cls=("wb-panel", "wb-flush", "wb-found")), cls=("wb-body",)),
            cls=("wb-choice",),
        )

    def _only(self, shown: ipywidgets.Widget) -> None:
        self._shown = shown
        for screen in self._screens:
            mark(screen, HIDDEN, on=screen is not shown)

    def _choose(self) -> None:
        """Shows the accounts of the portfolio."""
        self._account_id = ""
        with self._session.reading() as ledger, ledger.snapshot():
            accounts = views.accounts(ledger)
            names = views.buildings(ledger).set_index("building_id")["name"]
        self._accounts = accounts.assign(building=accounts["building_id"].map(names).fillna(""))
        self._find()
        self._only(self._choice)
        self.page.listen({})

    def _find(self) -> None:
        rows = search_rows(self._accounts, self.search.value, *_SEARCHED)
        self.found.show(rows, empty=_NOBODY)

    def open(self, account_id: str) -> None:
        """Shows an account.

        Args:
            account_id: its identifier.

        Raises:
            ParameterError: no such account; what was shown stays.
        """
        before, self._account_id = self._account_id, account_id
        try:
            self._show()
        except BaseException:
            self._account_id = before
            raise
        self._return()

    def _show(self) -> None:
        with self._session.reading() as ledger:
            detail = account_detail(
                ledger, account_id=self._account_id, as_of=self._session.as_of()
            )
        self.account.show(detail, read_at=self._session.now())

    def _return(self) -> None:
        self._only(self.account.widget)
        guard = self.actions.notice.guarded
        self.page.listen({"T": guard(self._settle), "E": guard(self._add)})
        self.page.view = f"account {self._account_id}"

    def _settle(self) -> None:
        self.sides.open(accounts=[self._account_id])
        self._only(self.sides.widget)
        self.page.listen(self.sides.keys)
        self.page.view = f"sides {self._account_id}"

    def _add(self) -> None:
        self._settle()
        self.sides.form.focus()

    def _undo(self, identifier: str, reason: str) -> None:
        try:
            with self._session.writing() as ledger:
                deciding.undo(
                    ledger, [identifier], actor=self._session.actor, at=self._session.now(),
                    reason=reason,
                )  # fmt: skip
        finally:
            # Whatever came of it: somebody may have decided meanwhile.
            self._show()

    def _after(self, _outcome: Outcome) -> None:
        self._show()

    def _escape(self) -> None:
        if self._shown is self.sides.widget:
            self._return()
        elif self._account_id:
            self.notice.guard(self._choose)
        else:
            self.search.value = ""


def open_account(account_id: str = "", *, as_of: str = "") -> AccountBench:
    """Opens an account of the ledger of `WORKBENCH_LEDGER`, to read and to decide on.

    Args:
        account_id: which one; "" begins with the choice.
        as_of: business day; "" takes `WORKBENCH_AS_OF`, else today.
    """
    return AccountBench(open_session(as_of=as_of), account_id=account_id)
