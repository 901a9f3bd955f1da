"""The process that warm kernels are forked from: everything imported, nothing open, one thread.

It is started by `kernels.ForkServer` with one end of a socket pair and knows nothing else of the
run: no ledger, no notebook. Linux only. Not for running code of its own: what it forks becomes an
IPython kernel and never comes back.

Messages are JSON, one per packet. On the control socket: a request to fork, with the socket of
the new kernel attached. On a kernel's socket: `{"signal": n}` in, `{"pid": n}` and at the end
`{"exit": n}` out. A socket that closes is an order to kill: that is how no kernel outlives the
run that asked for it, however that run ended.
"""

import ctypes
import gc
import importlib
import io
import json
import os
import selectors
import shutil
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

# The order matters for one of them only: pyplot must find the inline backend's name in the
# environment, as it does in a kernel of its own. The rooms of the workbench come last; what is
# not installed in this version is left for the kernel to import, or to fail on.
PRELOADED = (
    "numpy", "pandas", "pyarrow.compute", "matplotlib.pyplot", "matplotlib_inline.backend_inline",
    "ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "ipykernel.debugger",
    "IPython.core.completerlib", "IPython.core.debugger",
    "sqlalchemy.dialects.sqlite", "adbc_driver_sqlite.dbapi", "workbench.runs.report",
)  # fmt: skip
INLINE_BACKEND = "module://matplotlib_inline.backend_inline"
MAX_MESSAGE = 1 << 17
_PR_SET_PDEATHSIG = 1
# Libraries that would start threads when imported: a fork copies only the thread that calls it,
# and locks that another one holds stay taken for ever in the child.
SINGLE_THREADED = {
    "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false",
}  # fmt: skip


def main(control_fd: int, folder: str) -> None:
    """Preloads, answers "ready" (or why not) and serves until the control socket closes.

    Args:
        control_fd: inherited file descriptor of the control socket (SOCK_SEQPACKET).
        folder: private folder of the run's sockets, removed at the end: the run itself may have
            been killed before it could.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run decides what Ctrl-C means
    control = socket.socket(fileno=control_fd)
    try:
        preload()
        threads = len(list(Path("/proc/self/task").iterdir()))
    except Exception as error:  # noqa: BLE001 - whatever it is, the run goes on without us
        _send(control, {"error": f"{type(error).__name__}: {error}"})
        return
    if threads != 1:
        _send(control, {"error": f"{threads} threads after the imports"})
        return
    _send(control, {"ready": os.getpid()})
    _Server(control, folder).serve()


def preload() -> None:
    """Imports what a month-end needs and draws one small picture, so that caches are filled."""
    for name in PRELOADED:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            if not (error.name or "").startswith(("workbench", "adbc_driver", "pyarrow")):
                raise
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from pandas import DataFrame

    figure = Figure(figsize=(1, 1))
    figure.subplots().set_title("é")
    FigureCanvasAgg(figure).print_png(io.BytesIO())
    DataFrame({"a": ["é"], "b": [1]}).to_html()
    gc.collect()
    gc.freeze()  # the children's collector must not touch, and so copy, what they share


class _Server:
    """The loop: requests in, forks, signals, exits out."""

    def __init__(self, control: socket.socket, folder: str) -> None:
        self._control = control
        self._folder = folder
        self._kernels: dict[int, socket.socket] = {}  # pid -> its requester's socket
        self._selector = selectors.DefaultSelector()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)

    def serve(self) -> None:
        """Serves until the run closes the control socket or dies."""
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only the wake-up byte matters
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        self._selector.register(self._wake_read, selectors.EVENT_READ, None)
        self._selector.register(self._control, selectors.EVENT_READ, 0)
        running = True
        while running:
            for key, _ in self._selector.select():
                if key.data is None:
                    self._drain_wakeups()
                elif key.data == 0:
                    running = self._answer_request()
                else:
                    self._answer_kernel(key.data)
            self._reap()
        self._end()

    def _drain_wakeups(self) -> None:
        try:
            while os.read(self._wake_read, 512):
                pass
        except BlockingIOError:
            pass

    def _answer_request(self) -> bool:
        """Forks what is asked for; False once the run is gone."""
        try:
            data, fds, _, _ = socket.recv_fds(self._control, MAX_MESSAGE, 1)
        except OSError:
            return False
        if not data:
            return False
        requester = socket.socket(fileno=fds[0])
        server_pid = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_kernel(json.loads(data), server_pid, requester)
        self._kernels[pid] = requester
        self._selector.register(requester, selectors.EVENT_READ, pid)
        _send(requester, {"pid": pid})
        return True

    def _become_kernel(
        self, request: dict[str, Any], server_pid: int, requester: socket.socket
    ) -> NoReturn:
        """In the child: cuts every tie with the server, then is a kernel until its end."""
        status = 1
        try:
            # A session of its own, so that one signal reaches what the kernel may start; and the
            # kernel of a dead server dies with it.
            os.setsid()
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != server_pid:
                os._exit(1)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._selector.close()
            for other in (requester, self._control, *self._kernels.values()):
                other.close()
            os.close(self._wake_read)
            os.close(self._wake_write)
            os.environ.clear()
            os.environ.update(request["env"])
            os.chdir(request["cwd"])
            _run_kernel(request["connection_file"])
            status = 0
        finally:
            os._exit(status)

    def _answer_kernel(self, pid: int) -> None:
        """Passes a signal on; a requester that closed its socket wants the kernel dead."""
        requester = self._kernels.get(pid)
        if requester is None:
            return
        try:
            data = requester.recv(MAX_MESSAGE)
        except OSError:
            data = b""
        number = json.loads(data)["signal"] if data else signal.SIGKILL
        _kill_group(pid, number)
        if not data:
            self._selector.unregister(requester)

    def _reap(self) -> None:
        """Tells the requesters of ended kernels, after killing what those left behind."""
        for pid, requester in list(self._kernels.items()):
            options = os.WEXITED | os.WNOHANG | os.WNOWAIT
            if os.waitid(os.P_PID, pid, options) is None:
                continue
            _kill_group(pid, signal.SIGKILL)  # before the wait: until then nobody else has its id
            _, status = os.waitpid(pid, 0)
            _send(requester, {"exit": os.waitstatus_to_exitcode(status)})
            if requester.fileno() in self._selector.get_map():
                self._selector.unregister(requester)
            requester.close()
            del self._kernels[pid]

    def _end(self) -> None:
        for pid in self._kernels:
            _kill_group(pid, signal.SIGKILL)
        for pid in self._kernels:
            os.waitpid(pid, 0)
        shutil.rmtree(self._folder, ignore_errors=True)


def _run_kernel(connection_file: str) -> None:
    """Is an IPython kernel until it is told to shut down."""
    from ipykernel.kernelapp import IPKernelApp

    app: Any = IPKernelApp.instance()
    app.config.HistoryManager.enabled = False  # no file in anybody's home
    app.config.IPCompleter.use_jedi = False
    app.initialize(["-f", connection_file, "--log-level=ERROR"])
    # pyplot was imported before there was a shell, so nothing has tied figures to its outputs:
    # without this they silently become text.
    app.shell.enable_matplotlib("inline")
    app.start()


def _kill_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        # Not yet a group of its own (just forked) or already gone.
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _send(to: socket.socket, message: dict[str, Any]) -> None:
    # Where nobody listens any more, the closed socket is handled where it is read.
    with suppress(OSError):
        to.send(json.dumps(message).encode())


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
