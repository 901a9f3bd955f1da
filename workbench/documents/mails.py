"""A letter as a mail: plain text, its file attached, headers that nobody can add to.

The same letter, sender and moment make the same bytes, so that what was sent can be shown again.
Every sign on the wire is ASCII (encoded words, quoted-printable, base64): no server has to know
more than what all of them do. Sending is in `outbox`.
"""

import base64
import hashlib
import re
from binascii import b2a_qp
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Final

from workbench.domain.errors import ParameterError, shortened

# One address as servers take it (RFC 5321, without its quoted and bracketed forms).
_LOCAL: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS: Final = re.compile(rf"({_LOCAL})@({_LABEL}(?:\.{_LABEL})*)")
_NAMED: Final = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>\s*")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")
_LONGEST_LOCAL: Final = 64
_LONGEST: Final = 254
_LONGEST_SUBJECT: Final = 200


@dataclass(frozen=True, slots=True)
class MailSender:
    """Who a mail is from: the name people see, the address that answers go to."""

    name: str
    address: str

    def __str__(self) -> str:
        """Returns `Name <address>`, as the configuration writes it."""
        return f"{self.name} <{self.address}>" if self.name else self.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail.

    Attributes:
        key: what names this letter and no other: the same key is the same `Message-ID`, so that a
            mail sent again after a doubt is the same one to the programs that receive it.
        sender: the office.
        to: one address.
        subject: one line.
        body: plain text.
        file_name: of the file attached.
        content: the PDF.
        sent_at: the moment of its `Date`.
    """

    key: str
    sender: MailSender
    to: str
    subject: str
    body: str
    file_name: str
    content: bytes
    sent_at: datetime


def address_problem(text: str) -> str:
    """Returns why a mail cannot go to this address, in French; "" when it can."""
    try:
        _checked_address(text)
    except ParameterError as error:
        return str(error)
    return ""


def read_sender(text: str) -> MailSender:
    """Reads `Cabinet Martin <gestion@cabinet.example>`, or the address alone.

    Raises:
        ParameterError: it is neither.
    """
    named = _NAMED.fullmatch(text.strip())
    name = _one_line(named["name"]).strip('"') if named else ""
    return MailSender(name, _checked_address(named["address"] if named else text))


def message_id(mail: Mail) -> str:
    """Returns the `Message-ID`: of the letter, not of the attempt."""
    digest = hashlib.sha256(f"{mail.key}\n{mail.to}".encode()).hexdigest()[:32]
    return f"<{digest}@{mail.sender.address.rpartition('@')[2]}>"


def message(mail: Mail) -> bytes:
    """Returns the mail as it goes over the wire: lines end with CR LF, every sign is ASCII.

    Raises:
        ParameterError: the address is none that a mail can go to.
    """
    # `=_` stands in no part: neither base64 nor quoted-printable has it.
    boundary = f"=_{hashlib.sha256(mail.content).hexdigest()[:32]}"
    head = EmailMessage(policy=SMTP)
    head["From"] = Address(mail.sender.name, addr_spec=mail.sender.address)
    head["To"] = Address(addr_spec=_checked_address(mail.to))
    head["Subject"] = shortened(_one_line(mail.subject), limit=_LONGEST_SUBJECT)
    head["Date"] = format_datetime(mail.sent_at.astimezone(UTC))
    head["Message-ID"] = message_id(mail)
    # The parts by hand: the library takes 10 ms for them, more than the server for the mail.
    name = _UNSAFE.sub("_", mail.file_name)
    parts = (
        b'Content-Type: text/plain; charset="utf-8"\n'
        b"Content-Transfer-Encoding: quoted-printable\n\n"
        + b2a_qp(_lines(mail.body).encode("utf-8", "replace"), istext=True)
        # The line break before a boundary belongs to that.
        + b"\n",
        f'Content-Type: application/pdf; name="{name}"\n'
        "Content-Transfer-Encoding: base64\n"
        f'Content-Disposition: attachment; filename="{name}"\n\n'.encode()
        + base64.encodebytes(mail.content),
    )
    line = f"--{boundary}".encode()
    kind = f'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="{boundary}"\n\n'.encode()
    body = kind + b"".join(line + b"\n" + part for part in parts) + line + b"--\n"
    return head.as_bytes().removesuffix(b"\r\n") + body.replace(b"\n", b"\r\n")


def checked_recipient(mail: Mail) -> str:
    """Returns the address as servers take it: a domain with accents in its ASCII form.

    Raises:
        ParameterError: as `message`.
    """
    return _checked_address(mail.to)


def _checked_address(text: str) -> str:
    address = text.strip()
    if not address:
        raise ParameterError("adresse électronique manquante")
    shown = shortened(address)
    local, at, domain = address.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii") if not domain.isascii() else domain
    except UnicodeError:
        domain = ""
    if at and not local.isascii():
        raise ParameterError(
            f"adresse « {shown} » : des lettres accentuées avant le @, que peu de serveurs "
            "acceptent ; en demander une autre"
        )
    whole = f"{local}@{domain}"
    if not _ADDRESS.fullmatch(whole) or len(local) > _LONGEST_LOCAL or len(whole) > _LONGEST:
        raise ParameterError(f"« {shown} » n'est pas une adresse électronique, seule et entière")
    return whole


def _one_line(text: str) -> str:
    """Returns the text on one line: a line break in a header would begin another header."""
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(printable.split())


def _lines(text: str) -> str:
    """Returns the text with one kind of line break, without other control signs."""
    kept = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(sign for sign in kept if sign in "\n\t" or sign.isprintable()).rstrip() + "\n"
