"""Serves the dashboard's notebook with standalone Voilà, shut as far as Voilà can be shut.

Standalone only: as an extension of JupyterLab, Voilà runs code a visitor sends it. A visitor
still gets a socket to his own kernel and can read every widget there, so what a page may not show
never gets into a kernel, and the ledger is opened read-only. Not for the month-end.
"""

import os
import secrets
import signal
import socket
import sys
import tempfile
import webbrowser
from datetime import date
from pathlib import Path
from threading import Thread
from typing import Any, Final

from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.netutil import bind_sockets
from tornado.web import HTTPError
from traitlets.config import Config
from voila.app import Voila
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler

from workbench.domain.dates import french_date
from workbench.domain.errors import ExitStatus, ParameterError
from workbench.ledger.store import open_ledger
from workbench.runs.assets import notebook_path, template_path

NOTEBOOK: Final = "dashboard.ipynb"
TEMPLATE: Final = "workbench"
DEFAULT_HOST: Final = "127.0.0.1"
DEFAULT_PORT: Final = 8866
# A kernel is a process of some 200 MB: pages that nobody looks at any more give theirs back, and
# one visitor cannot open so many that the machine stops.
MOST_PAGES: Final = 20
IDLE_SECONDS: Final = 900
# Scripts and styles of our own server only, and none written in the page. Widgets bring their
# scripts as blobs, and webpack's loader and ipywidgets' styles stand in the page.
CONTENT_POLICY: Final = (
    "default-src 'self'; script-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_MEGABYTE: Final = 2**20
_PING_MILLISECONDS: Final = 30_000
_EXTENSIONS: Final = ("@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8",
                      "anywidget")  # fmt: skip


class _Server(Voila):  # type: ignore[misc]
    """Voilà, with its open ends closed."""

    port: int
    log_path: Path
    address: str = ""

    def init_settings(self) -> dict[Any, Any]:
        settings: dict[Any, Any] = super().init_settings()
        # A page closes its kernel by its own address; nobody needs to do it by message.
        self.kernel_manager.allowed_message_types.remove("shutdown_request")
        # The pages for logging in and for errors, in French and without a foreign font.
        settings["jinja2_env"] = settings["voila_jinja2_env"]
        return settings

    def init_handlers(self) -> list[Any]:
        closing = VoilaShutdownKernelHandler
        return [
            (rule[0], _CloseKernel, *rule[2:]) if rule[1] is closing else rule
            for rule in super().init_handlers()
        ]

    def prelaunch(self, *_request: object, **_options: object) -> None:
        """Refuses a page more than the machine can bear; called before each page's kernel."""
        if len(self.kernel_manager.list_kernel_ids()) >= MOST_PAGES:
            raise HTTPError(503)

    def listen(self) -> None:
        try:
            sockets = bind_sockets(self.port, self.ip)
        except OSError as error:
            raise ParameterError(_port_words(self.ip, self.port, error)) from None
        self.port = sockets[0].getsockname()[1]
        server = HTTPServer(self.app, max_buffer_size=_MEGABYTE, max_body_size=_MEGABYTE)
        server.add_sockets(sockets)
        self.ioloop = IOLoop.current()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._handle_signal_stop)
        PeriodicCallback(_Follower(self.log_path).copy, 1000).start()
        host = socket.gethostname() if self.ip in {"", "0.0.0.0", "::"} else self.ip  # noqa: S104
        self.address = f"http://{f'[{host}]' if ':' in host else host}:{self.port}{self.base_url}"
        self.announce()
        try:
            self.ioloop.start()
        finally:
            server.stop()
            self.stop()

    def announce(self) -> None:
        """Says where the dashboard is; opens it where that was asked."""
        link = f"{self.address}?token={self.token}"
        _say(f"Tableau de bord : {link}")
        _say("Registre ouvert en lecture seule. Arrêter avec Ctrl+C.")
        if self.open_browser:
            Thread(target=webbrowser.open, args=(link,), daemon=True).start()

    def _handle_signal_stop(self, *_signal: object) -> None:
        self.ioloop.add_callback_from_signal(self.ioloop.stop)


class _CloseKernel(VoilaShutdownKernelHandler):  # type: ignore[misc]
    """Ends the kernel of a page that is closed.

    The browser's parting message cannot carry the form token that is asked for; without this
    every closed page would leave its kernel. Nobody but the page knows its kernel's name.
    """

    def check_xsrf_cookie(self) -> None:
        return


class _Follower:
    """Copies what kernels write to their log: their own error stream goes to the visitor."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def copy(self) -> None:
        with self._path.open(encoding="utf-8", errors="replace") as file:
            file.seek(self._read)
            sys.stderr.write(file.read())
            sys.stderr.flush()
            self._read = file.tell()


def serve_dashboard(
    ledger_url: str | None,
    *,
    host: str = DEFAULT_HOST,
    port: int = DEFAULT_PORT,
    token: str | None = None,
    as_of: date | None = None,
    open_browser: bool = False,
) -> ExitStatus:
    """Serves the dashboard until it is interrupted; no kernel is left behind.

    Args:
        ledger_url: as in `open_ledger`; the kernels get it absolute, and open it read-only.
        host: address to listen on; another than the default lets other machines in.
        port: port; 0 lets the system choose.
        token: what a visitor must know; None or "" makes one.
        as_of: business date; None is today, anew at each reading.
        open_browser: open the page.

    Returns:
        `ExitStatus.DONE` once interrupted.

    Raises:
        LedgerError: no ledger to show.
        ParameterError: the port is taken, or the host is not one of this machine.
    """
    with open_ledger(ledger_url, read_only=True) as ledger:
        url = ledger.url
    if url.get_backend_name() == "sqlite":
        # Kernels stand in the notebook's folder, where a relative path means something else.
        url = url.set(database=str(Path(url.database or "").absolute()))
    notebook = notebook_path(NOTEBOOK)
    _check_port(host, port)
    if as_of is not None:
        _say(f"Au {french_date(as_of)}.")
    with tempfile.TemporaryDirectory(prefix="workbench-dashboard-") as folder:
        log = Path(folder) / "kernels.log"
        log.touch(mode=0o600)
        os.environ |= {
            "WORKBENCH_LEDGER": url.render_as_string(hide_password=False),
            "WORKBENCH_AS_OF": as_of.isoformat() if as_of else "",
            "WORKBENCH_DASHBOARD_LOG": str(log),
            # Where Voilà looks for templates, before everything else.
            "JUPYTER_PATH": os.pathsep.join(
                filter(None, (str(template_path("")), os.environ.get("JUPYTER_PATH")))
            ),
        }
        server = _Server(config=_config(host=host, port=port, open_browser=open_browser))
        server.log_path = log
        server.token = token or secrets.token_urlsafe(24)
        server.initialize([str(notebook)])
        server.voila_configuration.prelaunch_hook = server.prelaunch
        server.start()
    _say("Tableau de bord arrêté.")
    return ExitStatus.DONE


def _config(*, host: str, port: int, open_browser: bool) -> Config:
    return Config(
        {
            "Voila": {
                "ip": host,
                "port": port,
                "open_browser": open_browser,
                # A voila.json in the current folder is somebody else's.
                "config_file_paths": [],
                "log_level": "ERROR",
                "tornado_settings": {
                    "headers": {
                        "Content-Security-Policy": CONTENT_POLICY,
                        "X-Content-Type-Options": "nosniff",
                        "Referrer-Policy": "same-origin",
                    },
                    "websocket_max_message_size": _MEGABYTE,
                    "ws_ping_interval": _PING_MILLISECONDS,
                    "ws_ping_timeout": _PING_MILLISECONDS,
                },
            },
            "VoilaConfiguration": {
                "template": TEMPLATE,
                "theme": "light",
                "allow_template_override": "NO",
                "allow_theme_override": "NO",
                "show_tracebacks": False,
                "strip_sources": True,
                # What is sent meanwhile is a script in the page, which the content policy refuses.
                "http_keep_alive_timeout": 60,
                # Preheated, a page would show the ledger of the moment its kernel was started.
                "preheat_kernel": False,
                "file_allowlist": [],
                "extension_allowlist": list(_EXTENSIONS),
            },
            "VoilaExecutor": {"timeout": 300},
            "PasswordIdentityProvider": {"allow_password_change": False},
            "MappingKernelManager": {
                # Between server and kernels: other accounts of this machine can reach the ports.
                "transport_encryption": "auto",
                "cull_idle_timeout": IDLE_SECONDS,
                "cull_interval": 60,
                "cull_connected": False,
            },
            # A download of a large portfolio is one message: by default it would be dropped.
            "ZMQChannelsWebsocketConnection": {"iopub_data_rate_limit": 100 * _MEGABYTE},
        }
    )


def _check_port(host: str, port: int) -> None:
    """Refuses before anything is started; `listen` would find out too, but later."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise ParameterError(_port_words(host, port, error)) from None


def _port_words(host: str, port: int, error: OSError) -> str:
    if isinstance(error, socket.gaierror) or error.errno == 99:
        return f"l'adresse {host} n'est pas de cette machine"
    if isinstance(error, PermissionError):
        return f"le port {port} demande des droits d'administrateur : en choisir un avec --port"
    return (
        f"le port {port} est déjà pris, peut-être par un autre tableau de bord : "
        "le fermer, ou en choisir un autre avec --port"
    )


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
