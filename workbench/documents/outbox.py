"""The conversation with the office's mail server: one mail, one answer, never a guess.

What counts is the point that ends a mail. Until it is on its way, no server may deliver: whatever
goes wrong before leaves the mail where it was. From then on only the server's answer tells: without
one the mail's fate is unknown, and a person says what becomes of it.

Source: RFC 5321 (4.2.5, 4.5.3.2, 6.1); docs/decisions/0020-outbox.md.
"""

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from workbench.documents.mails import MailSender
from workbench.domain.errors import WorkbenchError, shortened

SECURITY_PORTS: Final = {"none": 25, "starttls": 587, "tls": 465}
# A server that answers a sign at a time is cut off after so many times its timeout.
_PATIENCE: Final = 5
_CLOSING: Final = 421
_TOO_LARGE: Final = 552
_POINT_LINES: Final = re.compile(rb"^\.", re.MULTILINE)

# The first that fits; what has its own words in `_connection_words` is not here.
_CONNECTION_WORDS: Final = (
    (ssl.SSLError, "la connexion chiffrée échoue : voir [mail] security et port"),
    (socket.gaierror, "ce nom est inconnu : voir [mail] host"),
    (ConnectionRefusedError, "il refuse la connexion : voir [mail] host et port"),
    (smtplib.SMTPServerDisconnected, "il a coupé la connexion"),
    (ConnectionError, "il a coupé la connexion"),
    # No mechanism in common, or none at all before the connection is encrypted.
    (smtplib.SMTPException, "il ne propose pas l'identification demandée : voir [mail] user"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The office's server.

    Attributes:
        host: its name.
        port: its port.
        security: `none`, `starttls` (never falls back to plain text) or `tls`.
        user: name to log in with; "" for a server that asks for none.
        password: its password, from the environment.
        password_variable: name of that variable, for messages.
        sender: who mails are from.
        timeout_seconds: how long any answer may take.
    """

    host: str
    port: int
    security: str
    user: str = ""
    password: str = field(default="", repr=False)
    password_variable: str = ""
    sender: MailSender
    timeout_seconds: float = 60.0


class Fate(StrEnum):
    """What became of a mail."""

    SENT = "sent"  # the server took it over
    QUEUED = "queued"  # it did not; another attempt may succeed
    REFUSED = "refused"  # it never will
    UNKNOWN = "unknown"  # it got the whole mail and did not answer


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one mail.

    Attributes:
        fate: see `Fate`.
        words: why, in French, with the server's own words; "" when it was sent.
        is_server: the server is in trouble, not this mail: others would fare alike.
    """

    fate: Fate
    words: str = ""
    is_server: bool = False


class MailServerError(WorkbenchError):
    """The server cannot be used as it is configured: no mail left because of it."""


class Conversation:
    """Mails given to one server, one after the other, over as few connections as it allows."""

    def __init__(self, server: MailServer) -> None:
        """Keeps the address; `open` connects."""
        self.server = server
        self._smtp: smtplib.SMTP | None = None
        self._is_cut = False
        self.is_past_point = False

    def __enter__(self) -> Self:
        """Returns itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Takes leave of the server."""
        if self._smtp is not None:
            with suppress(OSError):
                self._smtp.quit()
        self._drop()

    def open(self) -> None:
        """Connects and logs in, unless that is done.

        Raises:
            MailServerError: says what the server refuses, or that it does not answer.
        """
        if self._smtp is None:
            self._smtp = _connected(self.server)

    def deliver(self, *, sender: str, to: str, data: bytes) -> Answer:
        """Gives one mail to the server.

        Args:
            sender: address that a refusal would come back to.
            to: one address.
            data: the message, lines ending with CR LF.

        Returns:
            What became of it. `is_past_point` tells the same to who was interrupted.

        Raises:
            MailServerError: no connection, or the server does not let the office send; the mail
                did not leave.
        """
        self.is_past_point = False
        is_fresh = self._smtp is None
        self.open()
        with self._patiently():
            answer = self._attempt(sender, to, data)
            # A server may end a connection between two mails without a word: that is no failure.
            if answer is None and not is_fresh:
                self.open()
                answer = self._attempt(sender, to, data)
        return answer or Answer(
            Fate.QUEUED, "le serveur a coupé la connexion avant de recevoir le courriel", True
        )

    def _attempt(self, sender: str, to: str, data: bytes) -> Answer | None:
        """Returns what became of it; None when the server left before the mail's first word."""
        smtp = self._smtp
        if smtp is None:
            return None
        try:
            code, said = smtp.mail(sender, self._size(smtp, data))
        except OSError:
            self._drop()
            return None
        if code != 250:
            self._drop()
            if code == _CLOSING:
                return None
            if code == _TOO_LARGE:
                return Answer(Fate.REFUSED, _refusal("courriel trop gros", code, said))
            if code >= 500:
                raise MailServerError(_refusal(f"expéditeur {sender} refusé", code, said))
            return Answer(Fate.QUEUED, _refusal("pas maintenant", code, said), is_server=True)
        try:
            return self._after_sender(smtp, to, data)
        except OSError as error:
            self._drop()
            words = self._lost_words(error)
            if self.is_past_point:
                words = f"courriel reçu en entier par le serveur, puis {words} sans confirmation"
                return Answer(Fate.UNKNOWN, words, is_server=True)
            return Answer(Fate.QUEUED, f"{words} pendant l'envoi", is_server=True)

    def _after_sender(self, smtp: smtplib.SMTP, to: str, data: bytes) -> Answer:
        code, said = smtp.rcpt(to)
        if code not in {250, 251, 252}:
            return self._turned_down("destinataire refusé", code, said)
        code, said = smtp.docmd("DATA")
        if code != 354:
            return self._turned_down("courriel refusé", code, said)
        smtp.send(_POINT_LINES.sub(b"..", data))
        # The line that counts: what fails from here on may have arrived.
        self.is_past_point = True
        smtp.send(b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n")
        code, said = smtp.getreply()
        if 200 <= code < 300:
            return Answer(Fate.SENT)
        if 400 <= code < 600:
            return self._turned_down("courriel refusé", code, said)
        self._drop()
        words = _refusal("réponse incomprise après l'envoi", code, said)
        return Answer(Fate.UNKNOWN, words, is_server=True)

    def _turned_down(self, what: str, code: int, said: bytes) -> Answer:
        """Returns the answer to a refusal, the connection ready for the next mail or given up."""
        words = _refusal(what, code, said)
        if code == _CLOSING or not 400 <= code < 600:
            self._drop()
            return Answer(Fate.QUEUED, words, is_server=True)
        with suppress(OSError):
            if self._smtp is not None and self._smtp.rset()[0] != 250:
                self._drop()
        if self._smtp is not None and self._smtp.sock is None:
            self._drop()
        return Answer(Fate.REFUSED if code >= 500 else Fate.QUEUED, words)

    def _lost_words(self, error: OSError) -> str:
        if self._is_cut or isinstance(error, TimeoutError) or "timed out" in str(error):
            return f"plus de réponse en {self.server.timeout_seconds:g} s"
        return "connexion coupée"

    @staticmethod
    def _size(smtp: smtplib.SMTP, data: bytes) -> list[str]:
        return [f"size={len(data)}"] if smtp.has_extn("size") else []

    def _drop(self) -> None:
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    @contextmanager
    def _patiently(self) -> Iterator[None]:
        """Cuts off a server whose every answer comes in time and whose answers never end."""
        self._is_cut = False

        def cut() -> None:
            self._is_cut = True
            held = self._smtp.sock if self._smtp is not None else None
            if held is not None:
                with suppress(OSError):
                    held.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(_PATIENCE * self.server.timeout_seconds, cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def _connected(server: MailServer) -> smtplib.SMTP:
    where = f"serveur de courrier {server.host}:{server.port}"
    smtp: smtplib.SMTP | None = None
    try:
        smtp = _reached(server)
        # The point goes in a packet of its own, which would wait 40 ms for the one before.
        if smtp.sock is not None:
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo_or_helo_if_needed()
        if server.user:
            smtp.login(server.user, server.password)
    except OSError as error:
        if smtp is not None:
            smtp.close()
        raise MailServerError(f"{where} : {_connection_words(error, server)}") from error
    return smtp


def _reached(server: MailServer) -> smtplib.SMTP:
    if server.security == "tls":
        return smtplib.SMTP_SSL(
            server.host,
            server.port,
            timeout=server.timeout_seconds,
            context=ssl.create_default_context(),
        )
    return smtplib.SMTP(server.host, server.port, timeout=server.timeout_seconds)


def _connection_words(error: OSError, server: MailServer) -> str:
    """Returns what is wrong and what to do, in French."""
    match error:
        case smtplib.SMTPAuthenticationError():
            return (
                f"utilisateur ou mot de passe refusé pour « {server.user} » "
                f"({_said(error.smtp_code, error.smtp_error)})"
            )
        case smtplib.SMTPNotSupportedError() if server.security == "starttls":
            return "il ne propose pas STARTTLS : voir [mail] security"
        case smtplib.SMTPResponseException():
            return f"il n'accepte pas la connexion ({_said(error.smtp_code, error.smtp_error)})"
        case ssl.SSLCertVerificationError():
            return f"son certificat n'est pas valable ({error.verify_message})"
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return f"pas de réponse en {server.timeout_seconds:g} s"
    plain = next((words for kind, words in _CONNECTION_WORDS if isinstance(error, kind)), "")
    return plain or shortened(error.strerror or str(error))


def _refusal(what: str, code: int, said: bytes) -> str:
    return f"{what} ({_said(code, said)})"


def _said(code: int, said: bytes | str) -> str:
    """Returns the server's own words on one line: they come from outside."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return shortened(" ".join(f"{code} {text}".split()), limit=160)
