import pytest

from tests.unit.widgets.invented import READ_AT, account_data, hidden, portfolio_data
from workbench.domain.errors import LedgerError, ParameterError
from workbench.pipeline.account import AccountDetail
from workbench.pipeline.portfolio import PortfolioData
from workbench.widgets.dashboard import Dashboard, open_dashboard


class Readings:
    """Stands for the ledger; fails when told to."""

    def __init__(self) -> None:
        self.portfolios = 0
        self.accounts: list[str] = []
        self.failure: Exception | None = None

    def portfolio(self) -> PortfolioData:
        if self.failure:
            raise self.failure
        self.portfolios += 1
        return portfolio_data()

    def account(self, account_id: str) -> AccountDetail:
        if self.failure:
            raise self.failure
        if not account_id.startswith("A"):
            raise ParameterError(f"aucun compte « {account_id} » dans ce registre")
        self.accounts.append(account_id)
        return account_data(account_id)

    def dashboard(self, query: str = "") -> Dashboard:
        return Dashboard(
            read_portfolio=self.portfolio,
            read_account=self.account,
            now=lambda: READ_AT,
            query=query,
        )


def shown(dashboard: Dashboard) -> str:
    """Which of the two screens can be seen."""
    unseen = [hidden(view.widget) for view in (dashboard.portfolio, dashboard.account)]
    assert unseen.count(True) == 1
    return "account" if unseen[0] else "portfolio"


def open_first(dashboard: Dashboard) -> str:
    row_id = str(dashboard.portfolio.table.rows[0]["id"])
    dashboard.portfolio.table.receive(None, {"kind": "open", "id": row_id}, [])
    return row_id


def test_a_debtor_opens_and_back_returns_to_the_list() -> None:
    readings = Readings()
    dashboard = readings.dashboard()
    assert shown(dashboard) == "portfolio"
    opened = open_first(dashboard)
    assert (shown(dashboard), readings.accounts) == ("account", [opened])
    assert dashboard.page.query == f"account={opened}"
    assert "Mérignargues Luc" in dashboard.page.title
    dashboard.account.back.click()
    assert (shown(dashboard), dashboard.page.query) == ("portfolio", "")
    assert readings.portfolios == 1, "going back reads nothing again"


def test_the_browser_s_back_and_forward_are_followed() -> None:
    dashboard = Readings().dashboard()
    opened = open_first(dashboard)
    dashboard.page.query = ""
    assert shown(dashboard) == "portfolio"
    dashboard.page.query = f"account={opened}"
    assert shown(dashboard) == "account"


def test_escape_goes_back_and_on_the_list_empties_the_search() -> None:
    dashboard = Readings().dashboard()
    open_first(dashboard)
    dashboard.page.receive(None, {"kind": "escape"}, [])
    assert shown(dashboard) == "portfolio"
    dashboard.portfolio.search.value = "nord"
    dashboard.page.receive(None, {"kind": "escape"}, [])
    assert dashboard.portfolio.search.value == ""


def test_a_link_to_an_account_opens_it() -> None:
    dashboard = Readings().dashboard("token=abc&account=A12")
    assert shown(dashboard) == "account"
    assert dashboard.page.query == "account=A12", "the token is not repeated"


def test_a_link_to_an_unknown_account_says_so_on_the_list() -> None:
    dashboard = Readings().dashboard("account=%3Cb%3EX")
    assert shown(dashboard) == "portfolio"
    assert "Aucun compte « &lt;b&gt;X »" in dashboard.portfolio.notice.value
    assert dashboard.page.query == ""
    assert dashboard.portfolio.table.count == 47


def test_an_account_that_cannot_be_read_leaves_the_list() -> None:
    readings = Readings()
    dashboard = readings.dashboard()
    readings.failure = LedgerError("le registre ne répond pas")
    open_first(dashboard)
    assert shown(dashboard) == "portfolio"
    assert "Le registre ne répond pas." in dashboard.portfolio.notice.value
    assert dashboard.page.query == ""


def test_a_ledger_that_is_away_at_first_can_be_read_later() -> None:
    readings = Readings()
    readings.failure = LedgerError("aucun registre à data/workbench.db")
    dashboard = readings.dashboard()
    assert "Aucun registre à data/workbench.db." in dashboard.portfolio.notice.value
    assert hidden(dashboard.portfolio.content)
    readings.failure = None
    dashboard.portfolio.refresh.click()
    assert dashboard.portfolio.notice.value == ""
    assert dashboard.portfolio.table.count == 47
    assert not hidden(dashboard.portfolio.content)


def test_refresh_on_an_account_reads_it_and_the_list_again() -> None:
    readings = Readings()
    dashboard = readings.dashboard("account=A12")
    dashboard.account.refresh.click()
    assert readings.accounts == ["A12", "A12"]
    assert readings.portfolios == 2
    assert dashboard.account.refresh.description == "Actualiser"
    assert not dashboard.account.refresh.disabled


def test_a_button_that_failed_can_be_pressed_again() -> None:
    readings = Readings()
    dashboard = readings.dashboard()
    readings.failure = RuntimeError("x")
    dashboard.portfolio.refresh.click()
    assert not dashboard.portfolio.refresh.disabled
    assert dashboard.portfolio.refresh.description == "Actualiser"


@pytest.mark.parametrize("given", ["31/02/2026", "hier"])
def test_an_impossible_date_is_told(
    given: str, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.ledger.store import open_ledger

    open_ledger(sqlite_url, create=True).close()
    monkeypatch.setenv("WORKBENCH_LEDGER", sqlite_url)
    dashboard = open_dashboard(as_of=given)
    assert f"Date « {given} »" in dashboard.portfolio.notice.value


def test_no_ledger_is_told_on_the_page(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_LEDGER", sqlite_url)
    dashboard = open_dashboard(as_of="2026-11-21")
    assert "Aucun registre à" in dashboard.portfolio.notice.value
