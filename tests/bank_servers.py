"""Servers that a bank might have, on this machine, and a wire that can be cut in the middle."""

import asyncio
import functools
import http.server
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import asyncssh


@dataclass(slots=True)
class Wire:
    """A wire to a server: everything passes, until `cut_after` bytes of answers have.

    Attributes:
        port: where it is reached.
        cut_after: bytes that each connection may answer; None for a good wire.
    """

    port: int = 0
    cut_after: int | None = None


@contextmanager
def wire_to(port: int) -> Iterator[Wire]:
    """Puts a wire before a server of this machine."""
    wire = Wire()

    class Pass(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            allowed = wire.cut_after
            with closing(socket.create_connection(("127.0.0.1", port))) as server:
                asked = threading.Thread(target=_pump, args=(self.request, server), daemon=True)
                asked.start()
                _pump(server, self.request, at_most=allowed)

    with _Threading(("127.0.0.1", 0), Pass) as listener:
        wire.port = listener.server_address[1]
        thread = threading.Thread(target=listener.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield wire
        listener.shutdown()
        thread.join()


class _Threading(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False


def _pump(source: socket.socket, target: socket.socket, *, at_most: int | None = None) -> None:
    passed = 0
    with suppress(OSError):
        while data := source.recv(65536):
            if at_most is not None and passed + len(data) >= at_most:
                target.sendall(data[: at_most - passed])
                break
            passed += len(data)
            target.sendall(data)
    for end in (source, target):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@dataclass(frozen=True, slots=True)
class SftpServer:
    """A running SFTP server.

    Attributes:
        port: where.
        known_hosts: a line for `~/.ssh/known_hosts`, for any port of this machine.
        asked: names of the operations that clients asked for.
    """

    port: int
    known_hosts: str
    asked: list[str]


class _Login(asyncssh.SSHServer):
    def __init__(self, user: str, password: str, kept: list[asyncssh.SSHServerConnection]) -> None:
        self.known = (user, password)
        self.kept = kept

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self.kept.append(conn)

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == self.known


class _Files(asyncssh.SFTPServer):
    def __init__(
        self, channel: "asyncssh.SSHServerChannel[bytes]", folder: Path, asked: list[str]
    ) -> None:
        super().__init__(channel, chroot=str(folder).encode())
        self.asked = asked

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:
        writes = pflags & ~asyncssh.FXF_READ
        self.asked.append(f"open {path.decode()}{' to write' if writes else ''}")
        return super().open(path, pflags, attrs)

    def remove(self, path: bytes) -> None:
        self.asked.append(f"remove {path.decode()}")

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        self.asked.append(f"rename {oldpath.decode()} to {newpath.decode()}")


@contextmanager
def sftp_server(folder: Path, *, user: str, password: str) -> Iterator[SftpServer]:
    """Serves a folder by SFTP, to one user."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    asked: list[str] = []
    kept: list[asyncssh.SSHServerConnection] = []
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.listen(
            "127.0.0.1", 0, server_host_keys=[key],
            server_factory=lambda: _Login(user, password, kept),
            sftp_factory=lambda channel: _Files(channel, folder, asked),
        )  # fmt: skip

    server = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
    yield SftpServer(server.get_port(), key.export_public_key().decode().strip(), asked)

    async def end() -> None:
        server.close()
        for connection in kept:
            connection.abort()
            await connection.wait_closed()

    asyncio.run_coroutine_threadsafe(end(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)


@dataclass(slots=True)
class WebServer:
    """A running web server.

    Attributes:
        port: where.
        asked: `GET /path`, `HEAD /path` …, in their order.
    """

    port: int
    asked: list[str]


@contextmanager
def web_server(folder: Path) -> Iterator[WebServer]:
    """Serves a folder by HTTP, with the listings of Python's own server."""
    asked: list[str] = []

    class Pages(http.server.SimpleHTTPRequestHandler):
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            asked.append(f"{self.command} {self.path}")

    handler = functools.partial(Pages, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield WebServer(server.server_address[1], asked)
        server.shutdown()
        thread.join()
