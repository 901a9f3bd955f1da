"""Warm kernels: an IPython kernel forked from a process that has everything imported.

A kernel of one's own spends most of a month-end's processor time on importing pandas and
matplotlib. `ForkServer` imports them once per run; `WarmProvisioner`, registered with
jupyter_client as `workbench-warm`, forks from it whatever kernel Papermill asks for. Isolation
stays that of a process per notebook. Wherever this cannot work (not Linux, a library that
starts threads when imported) the same kernel is started the ordinary way, and the log says so.

Not for the kernels of Lab or Voilà: those are started by their servers.
"""

import functools
import json
import logging
import os
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import LocalProvisioner
from traitlets import Dict

from workbench.runs.fork_server import INLINE_BACKEND, MAX_MESSAGE, SINGLE_THREADED

KERNEL_NAME = "python3"
PROVISIONER_NAME = "workbench-warm"
# Importing takes one to two seconds, ten on a cold disk.
READY_TIMEOUT_SECONDS = 60.0
FORK_TIMEOUT_SECONDS = 10.0
# A Unix socket's path has room for 107 bytes; its name in the folder takes at most 20.
_LONGEST_FOLDER = 80

_log = logging.getLogger(__name__)


class WarmKernelError(Exception):
    """No warm kernel can be had; the caller starts an ordinary one."""


class WarmProcess:
    """A forked kernel, as jupyter_client wants to see a `subprocess.Popen`.

    It is not our child but the fork server's, so its signals and its exit go through a socket;
    closing that socket kills it.
    """

    stdin = stdout = stderr = None

    def __init__(self, requester: socket.socket, pid: int) -> None:
        """Takes over `requester`, this kernel's own socket to the fork server."""
        self.pid = pid
        self.returncode: int | None = None
        self._requester = requester
        self._lock = threading.Lock()

    def poll(self) -> int | None:
        """Returns the exit status, negative for a signal; None while it runs."""
        return self._exit_within(0)

    def wait(self, timeout: float | None = None) -> int:
        """Waits for the end and returns the exit status.

        Raises:
            subprocess.TimeoutExpired: it still runs after `timeout` seconds.
        """
        code = self._exit_within(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(PROVISIONER_NAME, timeout or 0)
        return code

    def send_signal(self, signum: int) -> None:
        """Has the server signal the kernel and all it started; nothing once it has ended."""
        if self.poll() is None:
            with suppress(OSError):  # the server is gone, and its kernels with it
                self._requester.send(json.dumps({"signal": int(signum)}).encode())

    def kill(self) -> None:
        """Ends it at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Asks it to end."""
        self.send_signal(signal.SIGTERM)

    def let_go(self) -> None:
        """Closes the socket, which kills the kernel; nothing more can be asked of it."""
        self._requester.close()

    def _exit_within(self, seconds: float | None) -> int | None:
        with self._lock:
            if self.returncode is None:
                # Not select(), which knows no descriptor above 1023.
                waiting = select.poll()
                waiting.register(self._requester, select.POLLIN)
                if waiting.poll(None if seconds is None else seconds * 1000):
                    message = _receive(self._requester)
                    # An end without a message is the server's end, and then the kernel's.
                    self.returncode = int(message.get("exit", -signal.SIGKILL))
                    self._requester.close()
            return self.returncode


class ForkServer:
    """The parent's side of `fork_server`: starts it, asks it for kernels, ends it.

    It dies with this process, even when that is killed: its control socket closes then.
    """

    def __init__(self) -> None:
        """Starts the server and waits until it has imported everything.

        Raises:
            WarmKernelError: not on this machine, or not with these libraries.
        """
        if sys.platform != "linux":
            raise WarmKernelError("only Linux can fork a kernel safely")
        self.folder = _private_folder()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", "workbench.runs.fork_server"),
                    *(str(theirs.fileno()), str(self.folder)),
                ],
                pass_fds=[theirs.fileno()],
                env=os.environ | SINGLE_THREADED | {"MPLBACKEND": INLINE_BACKEND},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        answer = _receive(self._control, timeout=READY_TIMEOUT_SECONDS)
        if "ready" not in answer:
            self.close()
            raise WarmKernelError(answer.get("error", "the fork server did not start"))

    @property
    def pid(self) -> int:
        """Process id of the server."""
        return self._process.pid

    def fork_kernel(
        self, connection_file: str, *, env: dict[str, str], cwd: str | None
    ) -> WarmProcess:
        """Forks one kernel on `connection_file`, with that environment and working folder.

        Raises:
            WarmKernelError: the server is gone or does not answer.
        """
        request = json.dumps(
            {"connection_file": connection_file, "env": env, "cwd": cwd or str(Path.cwd())}
        ).encode()
        if len(request) > MAX_MESSAGE:
            raise WarmKernelError("the environment is too large for one message")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            with theirs:
                socket.send_fds(self._control, [request], [theirs.fileno()])
        except OSError as error:
            ours.close()
            raise WarmKernelError("the fork server is gone") from error
        answer = _receive(ours, timeout=FORK_TIMEOUT_SECONDS)
        if "pid" not in answer:
            ours.close()
            raise WarmKernelError("the fork server does not answer")
        return WarmProcess(ours, int(answer["pid"]))

    def close(self) -> None:
        """Ends the server and every kernel still running; returns when they are gone."""
        self._control.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


_shared_lock = threading.Lock()
_shared: list[ForkServer | WarmKernelError] = []


def shared_server() -> ForkServer | None:
    """Returns this process's fork server, started by the first call; None where it cannot be."""
    with _shared_lock:
        if not _shared:
            try:
                _shared.append(ForkServer())
            except (WarmKernelError, OSError) as error:
                _log.warning("ordinary kernels instead of warm ones: %s", error)
                _shared.append(WarmKernelError(str(error)))
        server = _shared[0]
        return server if isinstance(server, ForkServer) else None


def close_shared_server() -> None:
    """Ends this process's fork server, if it has one; the next call of `shared_server` retries."""
    with _shared_lock:
        for server in _shared:
            if isinstance(server, ForkServer):
                server.close()
        _shared.clear()


class WarmProvisioner(LocalProvisioner):
    """Starts a kernel by forking it from this process's `shared_server`."""

    process: Any

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Forks the kernel; falls back on the command line `cmd` where that is not possible."""
        server = shared_server()
        manager = self.parent
        if server is not None and manager is not None:
            try:
                process = server.fork_kernel(
                    manager.connection_file,
                    env=kwargs.get("env") or dict(os.environ),
                    cwd=kwargs.get("cwd"),
                )
            except WarmKernelError as error:
                _log.warning("an ordinary kernel instead of a warm one: %s", error)
            else:
                self.process = process
                self.pid = process.pid
                # No group of ours to signal: the server does it, who knows whether it is alive.
                self.pgid = None
                return self.connection_info
        return await super().launch_kernel(cmd, **kwargs)


class WarmKernelManager(AsyncKernelManager):
    """A manager whose kernel is this very Python, forked warm, with an environment of its own.

    `kernel_spec` is made here and not looked up: a `python3` that another program registered in
    the user's home would run another Python. Papermill's keyword `config` carries `environment`.
    """

    environment = Dict(help="variables added to the kernel's environment").tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        """Prefers sockets in the server's private folder to TCP ports.

        Ports are chosen by the manager and bound later by the kernel: with several runs on one
        machine another program may take them in between.
        """
        super().__init__(**kwargs)
        server = shared_server()
        if server is not None and server.folder.is_dir():
            name = f"k{secrets.token_hex(6)}"
            self.transport = "ipc"
            self.ip = str(server.folder / name)
            self.connection_file = str(server.folder / f"{name}.json")

    @functools.cached_property
    def kernel_spec(self) -> KernelSpec:
        """The specification of this Python's kernel."""
        # jupyter_client substitutes ${NAME} in the values; a password may hold a dollar.
        escaped = {name: value.replace("$", "$$") for name, value in self.environment.items()}
        # For the ordinary kernel: the same silence, and no file in anybody's home.
        options = ["--log-level=ERROR", "--HistoryManager.enabled=False"]
        return KernelSpec(
            argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", *options],
            display_name="Python 3",
            language="python",
            env={**escaped, "PYDEVD_DISABLE_FILE_VALIDATION": "1"},
            metadata={"kernel_provisioner": {"provisioner_name": provisioner_name()}},
        )


@functools.cache
def provisioner_name() -> str:
    """Returns ours, or jupyter_client's own where this installation has not registered it."""
    if entry_points(group="jupyter_client.kernel_provisioners", name=PROVISIONER_NAME):
        return PROVISIONER_NAME
    _log.warning("ordinary kernels: %s is not registered, install again", PROVISIONER_NAME)
    return "local-provisioner"


def _private_folder() -> Path:
    """Makes a folder that only this user may enter, with a path short enough for sockets."""
    folder = Path(tempfile.mkdtemp(prefix="workbench-"))
    if len(str(folder)) <= _LONGEST_FOLDER:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix="workbench-", dir="/tmp"))


def _receive(source: socket.socket, *, timeout: float | None = None) -> dict[str, Any]:
    """Returns the next message; an empty one when the other side is gone or too slow."""
    try:
        source.settimeout(timeout)
        data = source.recv(MAX_MESSAGE)
    except OSError:
        return {}
    finally:
        if source.fileno() >= 0:
            source.settimeout(None)
    message: dict[str, Any] = json.loads(data) if data else {}
    return message
