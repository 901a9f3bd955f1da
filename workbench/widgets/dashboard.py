"""The dashboard: two screens, one address, and the reading of the ledger.

The notebook calls `open_dashboard`; tests give `Dashboard` readings of their own.
"""

import os
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

import ipywidgets

from workbench.pipeline.account import AccountDetail, account_detail
from workbench.pipeline.portfolio import PortfolioData, portfolio
from workbench.widgets.account import AccountView
from workbench.widgets.page import Page
from workbench.widgets.parts import HIDDEN, box
from workbench.widgets.portfolio import PortfolioView
from workbench.widgets.session import open_session

_TITLE: Final = "Impayés du portefeuille"


class Dashboard:
    """Debtors of the portfolio, and the account behind each of them.

    Attributes:
        widget: what to display.
        page, portfolio, account: its parts.
    """

    def __init__(
        self,
        *,
        read_portfolio: Callable[[], PortfolioData],
        read_account: Callable[[str], AccountDetail],
        now: Callable[[], datetime],
        query: str = "",
    ) -> None:
        """Builds the screens and reads for the first time.

        Args:
            read_portfolio: reads the portfolio.
            read_account: reads one account, by its id.
            now: the time, for "read at".
            query: of the address the visitor came by, such as `account=A12`.
        """
        self._read_portfolio = read_portfolio
        self._read_account = read_account
        self._now = now
        self._account_id = ""
        asked = _account_of(query)
        self.page = Page(query=_query_of(asked), title=_TITLE, on_escape=self._escape)
        self.portfolio = PortfolioView(
            page=self.page, on_open=self._open, on_refresh=self._read_list
        )
        self.account = AccountView(on_back=self._close, on_refresh=self._read_again)
        self.widget = box(self.page, self.portfolio.widget, self.account.widget, cls=("wb-screen",))
        self.widget.layout.flex_flow = "column"
        self.account.widget.add_class(HIDDEN)
        self.page.observe(self._travelled, names="query")
        self.portfolio.notice.guard(self._read_list)
        if asked:
            self.portfolio.notice.guard(lambda: self._arrive(asked))

    def _repr_mimebundle_(self, **options: object) -> object:
        return self.widget._repr_mimebundle_(**options)

    def _read_list(self) -> None:
        self._busy(self.portfolio.refresh, lambda: self._show_list(self._read_portfolio()))

    def _show_list(self, data: PortfolioData) -> None:
        self.portfolio.show(data, read_at=self._now())

    def _read_again(self) -> None:
        """Reads the open account again, and the list it comes from."""
        self._busy(self.account.refresh, self._show_account)
        self._show_list(self._read_portfolio())

    def _busy(self, pressed: ipywidgets.Button, action: Callable[[], None]) -> None:
        """Runs a reading; its button says so, and cannot be pressed twice."""
        words = pressed.description
        pressed.description, pressed.disabled = "Lecture…", True
        try:
            action()
        finally:
            pressed.description, pressed.disabled = words, False

    def _show_account(self) -> None:
        detail = self._read_account(self._account_id)
        self.account.show(detail, read_at=self._now())
        self.page.title = f"{detail.holder or detail.code} · {_TITLE}"

    def _open(self, account_id: str) -> None:
        """Shows an account; the list stays when it cannot be read."""
        before, self._account_id = self._account_id, account_id
        try:
            self._show_account()
        except BaseException:
            self._account_id = before
            self.page.query = _query_of(before)
            raise
        self.page.query = _query_of(account_id)
        self.page.view = f"account {account_id}"
        self.portfolio.widget.add_class(HIDDEN)
        self.account.widget.remove_class(HIDDEN)

    def _arrive(self, account_id: str) -> None:
        self._open(account_id)

    def _close(self) -> None:
        self._account_id = ""
        self.page.query = ""
        self.page.title = _TITLE
        self.page.view = "portfolio"
        self.account.widget.add_class(HIDDEN)
        self.portfolio.widget.remove_class(HIDDEN)

    def _escape(self) -> None:
        if self._account_id:
            self._close()
        else:
            self.portfolio.escape()

    def _travelled(self, change: dict[str, Any]) -> None:
        """The visitor went back or forward: follow the address."""
        asked = _account_of(str(change["new"]))
        if asked == self._account_id:
            return
        notice = self.account.notice if self._account_id else self.portfolio.notice
        notice.guard(lambda: self._open(asked) if asked else self._close())


def _account_of(query: str) -> str:
    return (parse_qs(query).get("account") or [""])[0]


def _query_of(account_id: str) -> str:
    return urlencode({"account": account_id}) if account_id else ""


def open_dashboard(*, as_of: str = "") -> Dashboard:
    """Opens the dashboard on the ledger of `WORKBENCH_LEDGER`, read-only.

    Args:
        as_of: business date; "" takes `WORKBENCH_AS_OF`, else today, anew at each reading.
    """
    session = open_session(as_of=as_of)

    def read_portfolio() -> PortfolioData:
        with session.reading() as ledger:
            return portfolio(ledger, as_of=session.as_of())

    def read_account(account_id: str) -> AccountDetail:
        with session.reading() as ledger:
            return account_detail(ledger, account_id=account_id, as_of=session.as_of())

    return Dashboard(
        read_portfolio=read_portfolio,
        read_account=read_account,
        now=session.now,
        query=_asked_address(),
    )


def _asked_address() -> str:
    """Returns the query of the address the visitor came by, "" in JupyterLab."""
    if os.environ.get("VOILA_PREHEAT", "False") == "False":
        return os.environ.get("QUERY_STRING", "")
    # A preheated kernel started before the visitor came, so its environment knows nothing of him.
    from voila.utils import get_query_string  # noqa: PLC0415 - slow to import

    return str(get_query_string() or "")
