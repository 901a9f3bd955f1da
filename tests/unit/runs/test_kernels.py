import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.runs.conftest import texts
from workbench.runs import fork_server, kernels
from workbench.runs.launch import read_notebook, run_notebook

pytestmark = [
    pytest.mark.notebooks,
    pytest.mark.skipif(sys.platform != "linux", reason="warm kernels are for Linux"),
]


def run(path: Path, **environment: str) -> list[str]:
    return texts(run_notebook(read_notebook(path), parameters={}, environment=environment))


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def gone_soon(*pids: int) -> bool:
    deadline = time.monotonic() + 10
    while any(map(is_alive, pids)):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def sleeper(server: kernels.ForkServer, tmp_path: Path, *, name: str = "k") -> kernels.WarmProcess:
    """A kernel nobody talks to: its connection file gives the ports it may choose."""
    return server.fork_kernel(str(tmp_path / f"{name}.json"), env=dict(os.environ), cwd=None)


def test_a_kernel_is_forked_from_the_server_with_a_session_of_its_own(
    warm: kernels.ForkServer, notebook_of: Callable[..., Path]
) -> None:
    path = notebook_of("import os", "os.getppid()", "os.getsid(0) == os.getpid()")
    assert run(path) == [str(warm.pid), "True"]


def test_two_kernels_share_nothing(
    warm: kernels.ForkServer, notebook_of: Callable[..., Path]
) -> None:
    first = notebook_of("import pandas; pandas.left_behind = 1; kept = 1")
    second = notebook_of("import pandas; hasattr(pandas, 'left_behind'), 'kept' in globals()")
    run(first)
    assert run(second) == ["(False, False)"]


@pytest.mark.parametrize(
    "drawn",
    [
        "import matplotlib.pyplot as plt; _ = plt.plot([1, 2])",
        "import matplotlib.pyplot as plt; _ = plt.plot([1, 2]); plt.show()",
        "from matplotlib.figure import Figure; f = Figure(); _ = f.subplots().plot([1, 2]); f",
    ],
)
def test_figures_are_pictures(
    warm: kernels.ForkServer, notebook_of: Callable[..., Path], drawn: str
) -> None:
    executed = run_notebook(read_notebook(notebook_of(drawn)), parameters={}, environment={})
    shown = [output for cell in executed.cells for output in cell.get("outputs", [])]
    assert [sorted(output["data"]) for output in shown] == [["image/png", "text/plain"]]


def test_the_environment_reaches_the_kernel_as_it_is(
    warm: kernels.ForkServer, notebook_of: Callable[..., Path]
) -> None:
    path = notebook_of("import os; print(os.environ['WORKBENCH_LEDGER'])")
    assert run(path, WORKBENCH_LEDGER="a$b$$c${HOME}") == ["a$b$$c${HOME}"]
    # What the server needs for itself is not passed on.
    name = "JE_ARROW_MALLOC_CONF"
    assert name in fork_server.SINGLE_THREADED
    assert run(notebook_of(f"import os; print({name!r} in os.environ)")) == ["False"]


def test_a_kernel_dies_when_its_requester_lets_go(warm: kernels.ForkServer, tmp_path: Path) -> None:
    kernel = sleeper(warm, tmp_path)
    assert is_alive(kernel.pid)
    kernel.let_go()
    assert gone_soon(kernel.pid)


def test_a_signal_reaches_the_kernel_and_its_exit_comes_back(
    warm: kernels.ForkServer, tmp_path: Path
) -> None:
    kernel = sleeper(warm, tmp_path)
    assert kernel.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        kernel.wait(timeout=0.05)
    kernel.kill()
    assert kernel.wait(timeout=10) == -signal.SIGKILL
    kernel.kill()  # of one that is gone: nothing
    assert kernel.poll() == -signal.SIGKILL


def test_an_installation_without_the_entry_point_has_ordinary_kernels(
    monkeypatch: pytest.MonkeyPatch,
    warm: kernels.ForkServer,
    notebook_of: Callable[..., Path],
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(kernels, "PROVISIONER_NAME", "workbench-none")
    kernels.provisioner_name.cache_clear()
    try:
        with caplog.at_level(logging.WARNING, logger="workbench"):
            assert run(notebook_of("import os; print(os.getppid())")) == [str(os.getpid())]
    finally:
        kernels.provisioner_name.cache_clear()
    assert "workbench-none is not registered" in caplog.text


def test_the_server_ends_its_kernels_and_its_folder(tmp_path: Path) -> None:
    server = kernels.ForkServer()
    # Held, since a kernel dies when nobody holds it.
    sleepers = [sleeper(server, tmp_path, name=f"k{n}") for n in range(2)]
    pids = [each.pid for each in sleepers]
    assert all(map(is_alive, pids))
    server.close()
    assert gone_soon(server.pid, *pids)
    assert not server.folder.exists()
    with pytest.raises(kernels.WarmKernelError):
        sleeper(server, tmp_path)


def test_no_kernel_outlives_a_killed_server(tmp_path: Path) -> None:
    server = kernels.ForkServer()
    kernel = sleeper(server, tmp_path)
    os.kill(server.pid, signal.SIGKILL)
    assert gone_soon(kernel.pid)
    assert kernel.wait(timeout=10) == -signal.SIGKILL
    server.close()
    assert not server.folder.exists()


KILLED_RUN = """
import os, sys, time
from workbench.runs.kernels import ForkServer
server = ForkServer()
kernel = server.fork_kernel(sys.argv[1], env=dict(os.environ), cwd=None)
print(server.pid, kernel.pid, server.folder, flush=True)
time.sleep(60)
"""


def test_nothing_outlives_a_killed_run(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED_RUN, str(tmp_path / "k.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        server, kernel, folder = process.stdout.readline().split()
        assert is_alive(int(kernel))
        process.kill()
    assert gone_soon(int(server), int(kernel))
    assert not Path(folder).exists()


def test_a_lost_server_means_an_ordinary_kernel_and_a_line_in_the_log(
    notebook_of: Callable[..., Path], caplog: pytest.LogCaptureFixture
) -> None:
    server = kernels.shared_server()
    assert server is not None
    os.kill(server.pid, signal.SIGKILL)
    assert gone_soon(server.pid)
    path = notebook_of("import os; print(os.getppid())")
    with caplog.at_level(logging.WARNING, logger="workbench"):
        assert run(path) == [str(os.getpid())]
    kernels.close_shared_server()
    assert "ordinary kernel" in caplog.text


def test_elsewhere_than_on_linux_kernels_are_ordinary(
    monkeypatch: pytest.MonkeyPatch,
    notebook_of: Callable[..., Path],
    caplog: pytest.LogCaptureFixture,
) -> None:
    # A test before this one, in whatever order they run, may have left its server.
    kernels.close_shared_server()
    with monkeypatch.context() as elsewhere, caplog.at_level(logging.WARNING, logger="workbench"):
        elsewhere.setattr(sys, "platform", "darwin")
        assert kernels.shared_server() is None
        assert kernels.shared_server() is None
    assert caplog.text.count("ordinary kernels") == 1
    path = notebook_of("import os; print(os.getppid())", "from matplotlib import pyplot as plt",
                       "_ = plt.plot([1])")  # fmt: skip
    executed = run_notebook(read_notebook(path), parameters={}, environment={})
    assert executed.cells[1].outputs[0]["text"].strip() == str(os.getpid())
    assert "image/png" in executed.cells[3].outputs[0]["data"]
    kernels.close_shared_server()


def test_a_server_with_a_second_thread_refuses(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fork_server, "preload", lambda: None)
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    handler = signal.getsignal(signal.SIGINT)
    try:
        fork_server.main(theirs.detach(), str(tmp_path))
    finally:
        signal.signal(signal.SIGINT, handler)
        stop.set()
        thread.join()
    with ours:
        assert "threads after the imports" in json.loads(ours.recv(1000))["error"]
