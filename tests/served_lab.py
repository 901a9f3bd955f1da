"""JupyterLab as an auditor meets it: notebooks that may be spoilt, in a browser.

    with served_lab(url, as_of="2026-10-31", actor="L. Verane") as lab:
        page = lab.open(browser, "reconcile.ipynb")

`open` copies every notebook into a folder of its own (the repository's stay clean, and two pages
never share a kernel), opens one, runs its cells and comes back when they have run.

A server takes five seconds to start and a page seven to load Lab, so a process of tests has one
server and one page for all of them: `open` closes the document that is there, with its kernel, and
opens the next in its place. Ledger, day and person are the environment of a kernel, hence each
has a kernelspec. `beside=True` is a second page, for two people at once; `actor=` of `open` is
another person on the same ledger. Kernels and second pages end with the block, the server with
the tests (tests/browser/conftest.py).
"""

import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, BrowserContext, Page

from workbench.runs.kernels import PROVISIONER_NAME

NOTEBOOKS: Final = Path(__file__).parents[1] / "notebooks"
TOKEN: Final = "a-token-for-tests"  # noqa: S105 - opens nothing but a test's own server
# A machine that runs two labs and a browser is slow; a kernel imports pandas and matplotlib.
START_SECONDS: Final = 90
PATIENCE: Final = 120_000
WIDTH, HEIGHT = 1280, 800
# Voilà as an extension of Lab runs a visitor's code: `make lab` switches it off too.
_OPTIONS: Final = (
    "--no-browser", "--allow-root", "--expose-app-in-browser",
    "--ServerApp.jpserver_extensions={'voila.server_extension': False}",
    "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0",
    f"--IdentityProvider.token={TOKEN}",
    f"--LabApp.app_settings_dir={NOTEBOOKS.parent / 'templates' / 'jupyterlab'}",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
)  # fmt: skip
# Every cell is in the page, however long the notebook: what is windowed cannot be looked for.
_SETTINGS: Final = {
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


# Closes every document of a page, and ends its kernel; Lab would ask whether to save it.
_LEAVE: Final = """async wait => {
    for (const panel of [...window.jupyterapp.shell.widgets('main')]) {
        const ended = panel.sessionContext?.shutdown();
        if (wait) await ended;
        if (panel.context) panel.context.model.dirty = false;
        panel.close();
    }
}"""
# The page learnt which kernels there are when it was loaded.
_OPEN: Final = """async path => {
    await window.jupyterapp.serviceManager.kernelspecs.refreshSpecs();
    await window.jupyterapp.commands.execute('docmanager:open', {path});
    return true;
}"""


class LabServer:
    """A JupyterLab in a process of its own, and the page that is used again and again.

    Attributes:
        address: of the server, with a slash at its end.
        root: folder it serves; each `Lab.open` has a folder of its own in it.
        process: of the server.
        page: the page all tests share; None until a notebook was opened.
    """

    def __init__(self, *, warm: bool = False) -> None:
        """Starts the server and waits until it answers.

        Args:
            warm: kernels are forked from one that has everything imported, as those of a month-end
                are: two seconds less for each. Else they are started as Lab starts them.
        """
        self._warm = warm
        self._kept = tempfile.TemporaryDirectory(
            prefix="workbench-lab-", ignore_cleanup_errors=True
        )
        self._folder = Path(self._kept.name)
        self.root = self._folder / "served"
        self.root.mkdir()
        self.page: Page | None = None
        self._log = self._folder / "lab.log"
        self._kernelspecs: dict[str, str] = {}
        _write_settings(self._folder / "settings")
        own = {
            "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime", "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces", "IPYTHONDIR": "ipython",
        }  # fmt: skip
        # What a test sets for its ledger is its kernels' alone: the next test has the same server.
        inherited = {name: text for name, text in os.environ.items() if not _is_own(name)}
        port = _free_port()
        self.address = f"http://127.0.0.1:{port}/"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", *_OPTIONS, f"--ServerApp.port={port}",
                 f"--ServerApp.root_dir={self.root}"],
                env=inherited | {name: str(self._folder / own[name]) for name in own},
                cwd=self._folder, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            with suppress(urllib.error.URLError, OSError):
                self.ask("api/status")
                return
            time.sleep(0.2)
        raise AssertionError(f"JupyterLab did not start: {self.log()[-2000:]}")

    def ask(self, path: str, *, method: str = "GET") -> object:
        """Returns what the server's interface says of a path, such as `api/kernels`."""
        request = urllib.request.Request(  # noqa: S310 - the address is our own
            self.address + path, headers={"Authorization": f"token {TOKEN}"}, method=method
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.loads(answer.read() or "null")

    def log(self) -> str:
        """Returns what server and kernels wrote."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def kernelspec(self, environment: dict[str, str]) -> str:
        """Returns the name of the kernelspec whose kernels have these variables."""
        key = json.dumps(environment, sort_keys=True)
        if key not in self._kernelspecs:
            name = f"office-{len(self._kernelspecs) + 1}"
            folder = self._folder / "data" / "kernels" / name
            folder.mkdir(parents=True)
            # A dollar would be the beginning of another variable's name.
            written = {name: text.replace("$", "$$") for name, text in environment.items()}
            made: dict[str, object] = {
                "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                "display_name": name, "language": "python", "env": written,
            }  # fmt: skip
            if self._warm:
                made["metadata"] = {"kernel_provisioner": {"provisioner_name": PROVISIONER_NAME}}
            (folder / "kernel.json").write_text(json.dumps(made), encoding="utf-8")
            self._kernelspecs[key] = name
        return self._kernelspecs[key]

    def stop(self) -> None:
        """Ends server and kernels, and removes what they wrote."""
        kernels = descendants(self.process.pid)
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pid in kernels:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._kept.cleanup()


class Lab:
    """The notebooks on one ledger. Made by `served_lab`."""

    def __init__(self, server: LabServer, environment: dict[str, str]) -> None:
        """Takes a server, and what the kernels find in their environment."""
        self._server = server
        self._environment = environment
        self._folder = Path(tempfile.mkdtemp(prefix="office-", dir=server.root))
        self._contexts: list[BrowserContext] = []
        self._opened = 0

    def ask(self, path: str) -> object:
        """Returns what the server's interface says of a path, such as `api/kernels`."""
        return self._server.ask(path)

    def open(
        self,
        browser: Browser,
        notebook: str,
        *,
        actor: str = "",
        run: bool = True,
        beside: bool = False,
        whole_lab: bool = False,
        width: int = WIDTH,
        height: int = HEIGHT,
    ) -> Page:
        """Opens a notebook nobody has touched, and runs it.

        Args:
            browser: of the fixture.
            notebook: file name in `notebooks/`.
            actor: who decides; "" is the lab's own.
            run: run every cell, and come back when they have run.
            beside: in a page of its own, and what was opened before stays; else in its place.
            whole_lab: with Lab's tabs and file list, in a page of its own; else the document
                alone, in full width.
            width: of the window, px.
            height: of the window, px.

        Returns:
            The page; it is the next `open`'s too, so listeners are taken off it. A cell that
            failed fails here.
        """
        path = self._copied(notebook, actor)
        page = self._server.page
        if beside or whole_lab or page is None or page.locator(".jp-Dialog").count():
            context = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris")
            page = context.new_page()
            if beside or whole_lab:
                self._contexts.append(context)
            else:
                self._server.page = page
            page.set_viewport_size({"width": width, "height": height})
            mode = "lab" if whole_lab else "doc"
            address = f"{self._server.address}{mode}/tree/{path}?token={TOKEN}&reset"
            page.goto(address, wait_until="commit")
        else:
            # The next kernel need not wait for the last one's end.
            page.evaluate(_LEAVE, False)
            page.mouse.move(0, 0)
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate(_OPEN, path)
        wait_idle(page)
        if run:
            run_all(page)
        return page

    def _copied(self, notebook: str, actor: str) -> str:
        """Copies the notebooks, with the kernel of a person; returns the path of one."""
        self._opened += 1
        folder = self._folder / str(self._opened)
        shutil.copytree(NOTEBOOKS, folder, ignore=shutil.ignore_patterns(".*"))
        named = {"JUPYTERHUB_USER": actor} if actor else {}
        kernel = self._server.kernelspec(self._environment | named)
        for path in folder.glob("*.ipynb"):
            text = json.loads(path.read_text(encoding="utf-8"))
            text["metadata"]["kernelspec"] = {
                "display_name": kernel, "language": "python", "name": kernel
            }  # fmt: skip
            path.write_text(json.dumps(text), encoding="utf-8")
        return str((folder / notebook).relative_to(self._server.root))

    def close(self) -> None:
        """Closes what was opened and ends its kernels."""
        for context in self._contexts:
            context.close()
        if self._server.page is not None:
            self._server.page.evaluate(_LEAVE, True)
        sessions = self._server.ask("api/sessions")
        assert isinstance(sessions, list)
        for session in sessions:
            if session["path"].startswith(f"{self._folder.name}/"):
                self._server.ask(f"api/sessions/{session['id']}", method="DELETE")


def wait_idle(page: Page) -> None:
    """Waits until the notebook's kernel is there and has nothing to do."""
    page.wait_for_function(
        """() => {
            const panel = window.jupyterapp?.shell?.currentWidget;
            const session = panel?.sessionContext;
            return session?.isReady && session.session?.kernel?.status === 'idle';
        }""",
        timeout=PATIENCE,
    )


def run_all(page: Page) -> None:
    """Runs every cell and waits for the last one; a cell that fails fails here."""
    page.evaluate("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    wait_idle(page)
    errors = page.locator('.jp-RenderedText[data-mime-type="application/vnd.jupyter.error"]')
    told = errors.all_inner_texts()
    assert told == [], told


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _write_settings(folder: Path) -> None:
    for plugin, values in _SETTINGS.items():
        path = folder / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")


def descendants(pid: int) -> list[int]:
    """Processes started by one, and by those in turn, that still run."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(fields[1])
    found = [pid]
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return found[1:]


def _is_own(name: str) -> bool:
    return name.startswith("WORKBENCH_") or name == "JUPYTERHUB_USER"


@contextmanager
def served_lab(
    ledger_url: str, *, as_of: str = "", actor: str = "L. Verane", server: LabServer | None = None
) -> Iterator[Lab]:
    """Serves the notebooks on a ledger for the time of a block.

    Args:
        ledger_url: absolute: kernels stand in the notebook's folder.
        as_of: business date of the screens, ISO; "" is today.
        actor: who decides on the pages that name nobody else.
        server: None is the one all tests share.
    """
    environment = {name: text for name, text in os.environ.items() if _is_own(name)} | {
        "WORKBENCH_LEDGER": ledger_url, "WORKBENCH_AS_OF": as_of, "JUPYTERHUB_USER": actor,
    }  # fmt: skip
    lab = Lab(server or _shared_server(), environment)
    try:
        yield lab
    finally:
        lab.close()


@functools.cache
def _shared_server() -> LabServer:
    return LabServer(warm=True)


def stop_shared_server() -> None:
    """Ends the server all tests share, where one was started. The browser may be gone by then."""
    if _shared_server.cache_info().currsize:
        _shared_server().stop()
        _shared_server.cache_clear()
