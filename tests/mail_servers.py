"""Mail servers for tests, on this machine: good ones, and each kind of bad one.

`Post` is aiosmtpd with a place for every misbehaviour; what it accepted is in `mails`.
"""

import asyncio
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from workbench.documents.mails import MailSender
from workbench.documents.outbox import MailServer

SENDER = MailSender("Cabinet Élan", "gestion@cabinet.example")
USER = "cabinet"
PASSWORD = "ouvre-toi"  # noqa: S105 - of a server that lives for one test


@dataclass
class Post:
    """What a server does, and what it got.

    Attributes:
        mails: (recipient, message) of each mail it accepted.
        answers: what it answers to a command (`MAIL`, `RCPT`, `DATA`, `POINT`), by how many of them
            came before; "" closes the connection, "hang" never answers, None is the usual answer.
        connections: how many were made.
    """

    answers: Callable[[str, int], str | None] = lambda _command, _number: None
    mails: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    seen: dict[str, int] = field(default_factory=dict)
    port: int = 0
    let_go: threading.Event = field(default_factory=threading.Event)

    def messages(self) -> list[EmailMessage]:
        """Returns what it accepted, read as mail programs do."""
        return [
            message_from_bytes(data, _class=EmailMessage, policy=policy.default)
            for _, data in self.mails
        ]

    def server(self, **more: Any) -> MailServer:
        """Returns how the office configures it."""
        given = {"host": "127.0.0.1", "port": self.port, "security": "none", "sender": SENDER}
        return MailServer(**{**given, "timeout_seconds": 5.0, **more})

    def answer(self, command: str) -> str | None:
        number = self.seen.get(command, 0)
        self.seen[command] = number + 1
        return self.answers(command, number)

    # What aiosmtpd calls.

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.answer("MAIL") or "250 OK"
        envelope.mail_from = address if answer.startswith("2") else None
        return answer

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.answer("RCPT") or "250 OK"
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        answer = self.answer("POINT")
        content = envelope.content
        assert isinstance(content, bytes)
        if answer is None or answer.startswith("2") or answer in {"", "hang", "garbage"}:
            # It took the mail over, whether or not it can say so.
            self.mails += [(to, content) for to in envelope.rcpt_tos]
        if answer == "hang":
            await _wait(self.let_go)
        if answer in {"", "hang"}:
            _leave(server)
            return "250 nobody hears it"
        return answer or "250 OK"


async def _wait(event: threading.Event) -> None:
    await asyncio.to_thread(event.wait, 20)


def _leave(server: SMTP) -> None:
    assert isinstance(server.transport, asyncio.Transport)
    server.transport.abort()


class _Server(SMTP):
    """aiosmtpd, which may also leave in the middle of a mail."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.event_handler.connections += 1
        super().connection_made(transport)

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        answer = self.event_handler.answer("DATA")
        if answer == "":
            # It lets the mail begin, and leaves before its point.
            await self.push("354 go ahead")
            await self._reader.read(1000)
            _leave(self)
        elif answer:
            await self.push(answer)
        else:
            await super().smtp_DATA(arg)


@contextmanager
def post(**options: Any) -> Iterator[Post]:
    """Runs a server on a free port.

    Args:
        options: `answers` of `Post`; `ssl_context` for one that is encrypted from the first word;
            all else is aiosmtpd's.
    """
    handler = Post(**({"answers": options.pop("answers")} if "answers" in options else {}))
    implicit = options.pop("ssl_context", None)
    running: Future[Callable[[], object]] = Future()

    async def serve() -> None:
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        # Not aiosmtpd's own controller: it wants to know its port before.
        server = await loop.create_server(
            lambda: _Server(handler, loop=loop, **options), "127.0.0.1", 0, ssl=implicit
        )
        handler.port = server.sockets[0].getsockname()[1]
        running.set_result(lambda: loop.call_soon_threadsafe(ended.set))
        await ended.wait()
        server.close()

    # Whole in a thread: where a browser test went before, a loop of its own is at home in this one.
    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    end = running.result(timeout=20)
    try:
        yield handler
    finally:
        handler.let_go.set()
        end()
        thread.join()


def authenticator(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: object
) -> AuthResult:
    """Lets the office in, nobody else."""
    known = LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=data == known, handled=False)


def certificate(folder: Path, *, name: str = "127.0.0.1") -> tuple[ssl.SSLContext, Path]:
    """Makes a certificate for this machine; returns a server's context and the file to trust."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    alternative = x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, private = folder / "certificate.pem", folder / "key.pem"
    trusted.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(trusted, private)
    return context, trusted
