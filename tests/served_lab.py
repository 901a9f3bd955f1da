"""JupyterLab as an auditor meets it: a server of its own, notebooks that may be spoilt, a browser.

    with served_lab(url, as_of="2026-10-31", actor="L. Verane") as lab:
        page = lab.open(browser, "reconcile.ipynb")

`open` copies every notebook into a folder of its own (the repository's stay clean, and two pages
never share a kernel), opens one, runs its cells and comes back when they have run. `actor=` of
`open` is another person on the same ledger. Contexts, kernels and server end with the block.
"""

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


class Lab:
    """A JupyterLab of a test. Made by `served_lab`.

    Attributes:
        address: of the server, with a slash at its end.
        root: folder it serves; each `open` has a folder of its own in it.
    """

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        """Starts the server and waits until it answers."""
        self.root = folder / "served"
        self.root.mkdir()
        self._folder = folder
        self._log = folder / "lab.log"
        self._contexts: list[BrowserContext] = []
        self._opened = 0
        self._actors: dict[str, str] = {}
        _write_settings(folder / "settings")
        own = {
            "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data",
            "JUPYTER_RUNTIME_DIR": "runtime", "JUPYTERLAB_SETTINGS_DIR": "settings",
            "JUPYTERLAB_WORKSPACES_DIR": "workspaces", "IPYTHONDIR": "ipython",
        }  # fmt: skip
        port = _free_port()
        self.address = f"http://127.0.0.1:{port}/"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterlab", *_OPTIONS, f"--ServerApp.port={port}",
                 f"--ServerApp.root_dir={self.root}"],
                env={**environment, **{name: str(folder / own[name]) for name in own}},
                cwd=folder, stdout=log, stderr=log, start_new_session=True,
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

    def ask(self, path: str) -> object:
        """Returns what the server's interface says of a path, such as `api/kernels`."""
        request = urllib.request.Request(  # noqa: S310 - the address is our own
            self.address + path, headers={"Authorization": f"token {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def log(self) -> str:
        """Returns what server and kernels wrote."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def open(
        self,
        browser: Browser,
        notebook: str,
        *,
        actor: str = "",
        run: bool = True,
        whole_lab: bool = False,
        width: int = WIDTH,
        height: int = HEIGHT,
    ) -> Page:
        """Opens a notebook as a visitor nobody knows yet, and runs it.

        Args:
            browser: of the fixture.
            notebook: file name in `notebooks/`.
            actor: who decides; "" is the lab's own.
            run: run every cell, and come back when they have run.
            whole_lab: with Lab's tabs and file list; else the document alone, in full width.
            width: of the window, px.
            height: of the window, px.

        Returns:
            The page. A cell that failed fails here.
        """
        self._opened += 1
        folder = self.root / str(self._opened)
        shutil.copytree(NOTEBOOKS, folder, ignore=shutil.ignore_patterns(".*"))
        for path in folder.glob("*.ipynb"):
            self._make_own(path, actor)
        context = browser.new_context(
            locale="fr-FR", timezone_id="Europe/Paris",
            viewport={"width": width, "height": height},
        )  # fmt: skip
        self._contexts.append(context)
        page = context.new_page()
        mode = "lab" if whole_lab else "doc"
        address = f"{self.address}{mode}/tree/{self._opened}/{notebook}?token={TOKEN}&reset"
        page.goto(address, wait_until="commit")
        wait_idle(page)
        if run:
            run_all(page)
        return page

    def _make_own(self, path: Path, actor: str) -> None:
        """Gives a notebook the kernel of a person: a server has one environment for all."""
        if not actor:
            return
        text = json.loads(path.read_text(encoding="utf-8"))
        text["metadata"]["kernelspec"] = {
            "display_name": actor, "language": "python", "name": self._kernel_of(actor)
        }  # fmt: skip
        path.write_text(json.dumps(text), encoding="utf-8")

    def _kernel_of(self, actor: str) -> str:
        if actor not in self._actors:
            name = f"person-{len(self._actors) + 1}"
            folder = self._folder / "data" / "kernels" / name
            folder.mkdir(parents=True)
            made = {
                "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
                "display_name": actor, "language": "python", "env": {"JUPYTERHUB_USER": actor},
            }  # fmt: skip
            (folder / "kernel.json").write_text(json.dumps(made), encoding="utf-8")
            self._actors[actor] = name
        return self._actors[actor]

    def stop(self) -> None:
        """Closes every page, then the server; no kernel is left behind."""
        for context in self._contexts:
            context.close()
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


@contextmanager
def served_lab(ledger_url: str, *, as_of: str = "", actor: str = "L. Verane") -> Iterator[Lab]:
    """Serves the notebooks on a ledger for the time of a block.

    Args:
        ledger_url: absolute: kernels stand in the notebook's folder.
        as_of: business date of the screens, ISO; "" is today.
        actor: who decides on the pages that name nobody else.
    """
    environment = {
        **os.environ, "WORKBENCH_LEDGER": ledger_url, "WORKBENCH_AS_OF": as_of,
        "JUPYTERHUB_USER": actor,
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="workbench-lab-", ignore_cleanup_errors=True) as name:
        lab = Lab(Path(name), environment)
        try:
            yield lab
        finally:
            lab.stop()
