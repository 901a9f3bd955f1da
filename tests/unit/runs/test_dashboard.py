"""The dashboard's server: what it refuses, how it is shut; the pages are in tests/browser."""

import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import small_office
from tests.served_dashboard import TOKEN, Served
from tests.served_dashboard import served as serving
from workbench.domain.errors import LedgerError, ParameterError
from workbench.runs.dashboard import CONTENT_POLICY, MOST_PAGES, _config, serve_dashboard


@pytest.fixture
def ledger_file(tmp_path: Path) -> str:
    """URL of a closed ledger with the small office in it."""
    url = f"sqlite:///{tmp_path / 'office.db'}"
    with small_office.office(url):
        pass
    return url


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port of this machine that another program listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_no_ledger_is_refused_before_anything_starts(sqlite_url: str) -> None:
    with pytest.raises(LedgerError, match="aucun registre"):
        serve_dashboard(sqlite_url, port=0)


def test_a_port_in_use_is_refused_with_the_way_out(ledger_file: str, taken_port: int) -> None:
    with pytest.raises(ParameterError, match=f"le port {taken_port} est déjà pris.*--port"):
        serve_dashboard(ledger_file, port=taken_port)


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.host.invalid"])
def test_an_address_of_another_machine_is_refused(ledger_file: str, host: str) -> None:
    with pytest.raises(ParameterError, match="n'est pas de cette machine"):
        serve_dashboard(ledger_file, host=host, port=0)


def test_what_keeps_voila_shut_is_set() -> None:
    config = _config(host="127.0.0.1", port=0, open_browser=False)
    voila = config.VoilaConfiguration
    assert (voila.allow_template_override, voila.allow_theme_override) == ("NO", "NO")
    assert (voila.show_tracebacks, voila.strip_sources, voila.preheat_kernel) == (
        False, True, False,
    )  # fmt: skip
    assert voila.file_allowlist == []
    assert config.Voila.config_file_paths == [], "no voila.json of the current folder"
    assert not config.PasswordIdentityProvider.allow_password_change
    assert config.MappingKernelManager.cull_idle_timeout > 0
    scripts = next(part for part in CONTENT_POLICY.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    assert 0 < MOST_PAGES < 100


def _opened(served: Served) -> None:
    """Asks for the page; its kernel has opened the ledger."""
    status, _, page = served.get(f"?token={TOKEN}")
    assert status == 200
    assert "open_dashboard" not in page, "sources are stripped"
    assert "ExecutionError" not in page
    assert "application/vnd.jupyter.widget-view+json" in page


def _ends_with_its_kernels(served: Served, number: int) -> None:
    kernels = served.children()
    assert len(kernels) == 1
    assert served.stop(number) == 0
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{kernel}").exists() for kernel in kernels):
        assert time.monotonic() < deadline, "a kernel is left"
        time.sleep(0.1)


@pytest.mark.slow
def test_it_asks_for_the_token_and_ends_with_its_kernels(ledger_file: str) -> None:
    with serving(ledger_file) as served:
        assert served.link == f"{served.address}?token={TOKEN}"
        assert served.address.startswith("http://127.0.0.1:")
        status, address, text = served.get("")
        assert (status, address) == (200, f"{served.address}login?next=%2F")
        assert "jeton" in text
        assert "Les Tilleuls" not in text
        assert served.get("?token=wrong")[1].endswith("/login?next=%2F%3Ftoken%3Dwrong")
        assert served.get("voila/files/dashboard.ipynb")[0] in {403, 404}
        _opened(served)
        _ends_with_its_kernels(served, signal.SIGINT)


@pytest.mark.slow
def test_the_page_opens_the_ledger_of_a_relative_address_and_ends_when_told(
    ledger_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(ledger_file.removeprefix("sqlite:///"))
    monkeypatch.chdir(path.parent)
    with serving(f"sqlite:///{path.name}") as served:
        _opened(served)
        _ends_with_its_kernels(served, signal.SIGTERM)
