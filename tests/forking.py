"""Programs in processes of their own that need not import the workbench first.

Importing it is two and a half seconds of each `python -c`. Here one Python has imported it, once
for each process of tests; it opens nothing and runs nothing, and each program is a fork of it,
with the arguments, environment, folder and outputs it is given. It is killed, and ends by itself,
as any other process.

What it has in common with the others is its seed of `hash()`: where an order of sets could show,
compare with a Python of its own.
"""

import atexit
import ctypes
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn

from workbench.runs import fork_server

TOP = Path(__file__).parent.parent
# What the commands import when they are run, beside what the kernels of a month-end need.
PRELOADED = (
    "workbench.cli", "workbench.documents.letters", "workbench.documents.typesetting",
    "workbench.ledger.verification", "workbench.pipeline.checking",
    "workbench.pipeline.generating", "workbench.pipeline.importing",
    "workbench.pipeline.reconciling", "workbench.runs.month_end", "workbench.runs.kernels",
    "papermill", "nbclient", "nbconvert", "psycopg", "adbc_driver_postgresql.dbapi",
)  # fmt: skip
_LARGEST_MESSAGE = 1 << 17
_MOST_FILES = 8
_PR_SET_NAME = 15
_READY_SECONDS = 120


class Forked:
    """A program at work, as `subprocess.Popen` shows it."""

    def __init__(self, told: socket.socket) -> None:
        """Waits until the process is there."""
        self._told = told
        self.pid: int = self._hear(_READY_SECONDS)["pid"]
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Waits for the end and returns the status, negative for a signal."""
        if self.returncode is None:
            self.returncode = int(self._hear(timeout)["ended"])
            self._told.close()
        return self.returncode

    def kill(self) -> None:
        """Ends it without a word; nothing when it has ended."""
        if self.returncode is None:
            try:
                os.kill(self.pid, signal.SIGKILL)
            except ProcessLookupError:
                return

    def _hear(self, timeout: float | None) -> dict[str, Any]:
        self._told.settimeout(timeout)
        try:
            data = self._told.recv(_LARGEST_MESSAGE)
        except TimeoutError:
            raise subprocess.TimeoutExpired("forked", timeout or 0) from None
        assert data, "the prepared Python is gone"
        message: dict[str, Any] = json.loads(data)
        return message


def start(
    program: str,
    *arguments: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
    passed: Sequence[int] = (),
    title: str = "",
) -> Forked:
    """Starts a program, as `python -c` does.

    Args:
        program: its text; `PASSED` in it are its numbers of the files `passed`.
        arguments: its `sys.argv` after the first.
        cwd: its folder; this process's own when None.
        env: its whole environment; this process's own when None.
        stdout: an open file's number; nothing is kept when None.
        stderr: the same.
        passed: open files it shall have.
        title: what `/proc/<pid>/comm` shall say, at most 15 letters, of it and of its forks.
    """
    request = {
        "program": program, "arguments": arguments, "cwd": str(cwd or Path.cwd()),
        "env": dict(os.environ if env is None else env), "title": title,
    }  # fmt: skip
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with there, Path(os.devnull).open("w") as nothing:
        said = [nothing.fileno() if place is None else place for place in (stdout, stderr)]
        files = [there.fileno(), *said, *passed]
        socket.send_fds(_prepared(), [json.dumps(request).encode()], files)
    return Forked(here)


def run(
    program: str,
    *arguments: str,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    passed: Sequence[int] = (),
    title: str = "",
) -> "subprocess.CompletedProcess[str]":
    """Runs a program to its end, as `start`; returns its status and what it said."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        status = start(
            program, *arguments, cwd=cwd, env=env, passed=passed, title=title,
            stdout=out.fileno(), stderr=err.fileno(),
        ).wait(timeout=300)  # fmt: skip
        for said in (out, err):
            said.seek(0)
        return subprocess.CompletedProcess(list(arguments), status, out.read(), err.read())


@cache
def _prepared() -> socket.socket:
    """Returns the way to the prepared Python, which ends with this process."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with there:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.forking", str(there.fileno())],
            pass_fds=[there.fileno()], cwd=TOP, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            env=os.environ | fork_server.SINGLE_THREADED
            | {"MPLBACKEND": fork_server.INLINE_BACKEND, "PYDEVD_DISABLE_FILE_VALIDATION": "1"},
        )  # fmt: skip

    def end() -> None:
        here.close()
        process.wait()

    atexit.register(end)
    here.settimeout(_READY_SECONDS)
    assert here.recv(_LARGEST_MESSAGE) == b"ready"
    here.settimeout(None)
    return here


# A program that shall have its kernels' fork server from the prepared Python too, and so says
# this first; it is given `way()`.
FORKED_KERNELS = "from tests import forking\nforking.fork_kernel_servers(PASSED)\n"
_KERNEL_SERVER = """
import sys
from workbench.runs import fork_server
fork_server.main(PASSED[0], sys.argv[1])
"""


def way() -> list[int]:
    """Returns what a program must be given to start others."""
    return [_prepared().fileno()]


def fork_kernel_servers(passed: Sequence[int]) -> None:
    """In a forked program: the fork server of its kernels is forked from the prepared Python.

    It then runs `fork_server.main` as ever, in a session of its own.
    """
    from workbench.runs import kernels

    prepared = socket.socket(fileno=passed[0])
    globals()["_prepared"] = lambda: prepared
    title = Path("/proc/self/comm").read_text().strip()

    def started(
        command: Sequence[str], *, pass_fds: Sequence[int], env: Mapping[str, str], **_: object
    ) -> Forked:
        return start(
            "import os; os.setsid()\n" + _KERNEL_SERVER, command[-1],
            env=env, passed=pass_fds, title=title,
        )  # fmt: skip

    stand_in = SimpleNamespace(**vars(subprocess) | {"Popen": started})
    setattr(kernels, "subprocess", stand_in)  # noqa: B010 - of this process only


def _serve(control: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """Forks for each request; returns in the forks, with it and its files."""
    while True:
        data, files, _, _ = socket.recv_fds(control, _LARGEST_MESSAGE, _MOST_FILES)
        if not data:
            os._exit(0)
        if os.fork() == 0:
            control.close()
            return json.loads(data), files
        for file in files:
            os.close(file)


def _mind(pid: int, files: Sequence[int]) -> NoReturn:
    """Tells the program's number and its end to who wanted it."""
    with socket.socket(fileno=files[0]) as told:
        for file in files[1:]:
            os.close(file)
        try:
            told.send(json.dumps({"pid": pid}).encode())
            _, status = os.waitpid(pid, 0)
            told.send(json.dumps({"ended": os.waitstatus_to_exitcode(status)}).encode())
        finally:
            os._exit(0)


def _become(request: Mapping[str, Any], files: Sequence[int]) -> dict[str, Any]:
    """Makes this fork the program's process; returns the names its text finds."""
    told, out, err, *passed = files
    os.close(told)
    os.dup2(out, 1)
    os.dup2(err, 2)
    for file in {out, err} - {1, 2}:
        os.close(file)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if request["title"]:
        ctypes.CDLL(None).prctl(_PR_SET_NAME, str(request["title"]).encode(), 0, 0, 0)
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    tempfile.tempdir = None
    os.chdir(request["cwd"])
    sys.argv = ["-c", *request["arguments"]]
    return {"__name__": "__main__", "PASSED": passed}


def _run(program: str, names: dict[str, Any]) -> int:
    """Runs the program's text; returns its status, as Python finds it (but for Ctrl-C: 1)."""
    try:
        exec(compile(program, "<program>", "exec"), names)  # noqa: S102 - of the tests' own
    except SystemExit as ended:
        if isinstance(ended.code, str):
            sys.stderr.write(f"{ended.code}\n")
        return 1 if isinstance(ended.code, str) else int(ended.code or 0)
    except BaseException:  # noqa: BLE001 - Python does so with any other
        traceback.print_exc()
        return 1
    return 0


def _end(status: int) -> NoReturn:
    """Ends as Python does, but for taking apart a thousand modules: that takes half a second."""
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001
    atexit._run_exitfuncs()  # noqa: SLF001
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _prepare() -> None:
    fork_server.preload()
    for name in PRELOADED:
        importlib.import_module(name)
    assert len(list(Path("/proc/self/task").iterdir())) == 1, "a fork copies one thread only"


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _prepare()
    _control = socket.socket(fileno=int(sys.argv[1]))
    _control.send(b"ready")
    # Who waits for the programs is not this process.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    _request, _files = _serve(_control)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if _pid := os.fork():
        _mind(_pid, _files)
    _end(_run(_request["program"], _become(_request, _files)))
