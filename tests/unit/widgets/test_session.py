from datetime import UTC, date

import pytest

from workbench.domain.errors import LedgerError, ParameterError
from workbench.ledger.store import open_ledger
from workbench.widgets.session import AS_OF_VARIABLE, open_session


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> pytest.MonkeyPatch:
    with open_ledger(sqlite_url, create=True):
        pass
    monkeypatch.setenv("WORKBENCH_LEDGER", sqlite_url)
    return monkeypatch


def test_the_day_is_the_given_one_else_the_server_s_else_today(
    environment: pytest.MonkeyPatch,
) -> None:
    environment.setenv(AS_OF_VARIABLE, "2026-10-31")
    assert open_session(as_of="30/09/2026").as_of() == date(2026, 9, 30)
    assert open_session().as_of() == date(2026, 10, 31)
    environment.setenv(AS_OF_VARIABLE, "")
    session = open_session()
    assert session.as_of() == session.now().astimezone().date()
    assert session.now().tzinfo is UTC


def test_a_day_that_is_none_is_told_when_it_is_asked_for() -> None:
    with pytest.raises(ParameterError, match="hier"):
        open_session(as_of="hier").as_of()


def test_who_works(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("JUPYTERHUB_USER", "L. Verane")
    assert open_session().actor == "L. Verane"
    environment.delenv("JUPYTERHUB_USER")
    environment.setenv("LOGNAME", "ardouin")
    assert open_session().actor == "ardouin"


def test_the_ledger_is_opened_anew_each_time(environment: pytest.MonkeyPatch) -> None:
    session = open_session()
    with session.reading() as ledger, pytest.raises(LedgerError), ledger.writing():
        pass
    with session.writing() as ledger, ledger.writing():
        pass
    environment.setenv("WORKBENCH_LEDGER", "sqlite:////nowhere/at/all.db")
    with pytest.raises(LedgerError), session.reading():
        pass
