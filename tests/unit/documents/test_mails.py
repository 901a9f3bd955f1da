"""A letter as a mail: what a mail program reads, and what nobody can put into it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.documents.mails import (
    Mail,
    MailSender,
    address_problem,
    message,
    message_id,
    read_sender,
)
from workbench.domain.errors import ParameterError

MAIL = Mail(
    key="C12 abc",
    sender=MailSender("Cabinet Élan", "gestion@cabinet.example"),
    to="noe@example.org",
    subject="Relance : 300,00 € restent dus",
    body="Madame,\n\nLe solde est de 300,00 €.\n",
    file_name="2026-11-05_101.pdf",
    content=bytes(range(256)) * 40,
    sent_at=datetime(2026, 11, 5, 10, 30, tzinfo=timezone(timedelta(hours=1))),
)


def read(mail: Mail) -> EmailMessage:
    return message_from_bytes(message(mail), _class=EmailMessage, policy=policy.default)


def parts(mail: Mail) -> tuple[str, bytes]:
    body, attached = read(mail).iter_parts()
    return body.get_content().replace("\r\n", "\n"), attached.get_content()


def test_what_a_mail_program_reads() -> None:
    found = read(MAIL)
    assert {name: str(found[name]) for name in ("From", "To", "Subject", "Date")} == {
        "From": "Cabinet Élan <gestion@cabinet.example>",
        "To": "noe@example.org",
        "Subject": "Relance : 300,00 € restent dus",
        "Date": "Thu, 05 Nov 2026 09:30:00 +0000",
    }
    assert parts(MAIL) == (MAIL.body, MAIL.content)
    _, attached = found.iter_parts()
    assert attached.get_content_type() == "application/pdf"
    assert attached.get_filename() == MAIL.file_name
    assert not found.defects
    assert not [part.defects for part in found.walk() if part.defects]


def test_the_same_letter_is_the_same_bytes() -> None:
    assert message(MAIL) == message(replace(MAIL, sent_at=MAIL.sent_at.astimezone(UTC)))
    later = replace(MAIL, sent_at=MAIL.sent_at + timedelta(days=1))
    assert message(later) != message(MAIL)
    # A mail sent again after a doubt is the same mail.
    assert message_id(later) == message_id(MAIL)
    assert message_id(replace(MAIL, key="C13 abc")) != message_id(MAIL)
    assert message_id(replace(MAIL, to="ait@example.org")) != message_id(MAIL)


@given(
    subject=st.text(), body=st.text(), name=st.text(), file_name=st.text(),
    content=st.binary(max_size=500),
)  # fmt: skip
def test_no_text_becomes_a_header_or_a_part(
    subject: str, body: str, name: str, file_name: str, content: bytes
) -> None:
    sender = replace(MAIL.sender, name=read_sender(f"{name.replace('<', '')} <a@b.example>").name)
    mail = replace(
        MAIL, subject=subject, body=body, sender=sender, file_name=file_name, content=content
    )
    data = message(mail)
    assert data.isascii()
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(len(line) for line in data.split(b"\r\n")) <= 998
    found = message_from_bytes(data, _class=EmailMessage, policy=policy.default)
    assert found.keys() == [
        "From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type",
    ]  # fmt: skip
    assert [part.get_content_type() for part in found.walk()] == [
        "multipart/mixed", "text/plain", "application/pdf",
    ]  # fmt: skip
    assert parts(mail)[1] == content


@pytest.mark.parametrize(
    "subject",
    [
        "x\r\nBcc: tous@example.org",
        "x\nBcc: t@e.org",
        "x\r\n\r\nbody",
        "x\u2028Bcc: y",
        "x\x0bBcc: y",
    ],
)
def test_a_line_break_in_a_subject_is_a_space(subject: str) -> None:
    found = read(replace(MAIL, subject=subject))
    assert found["Bcc"] is None
    assert str(found["Subject"]).startswith("x ")
    assert parts(replace(MAIL, subject=subject))[0] == MAIL.body


@pytest.mark.parametrize(
    "address",
    [
        "noe@example.org", "a.b+c@mail.example.org", "x@localhost", "noé@x.example",
        "a@b.c, d@e.f", "a@b.c;d@e.f", "a@b.c d@e.f", "<a@b.c>", "a@b.c\r\nRCPT TO:<d@e.f>",
        "a b@c.d", "a@@b.c", "@b.c", "a@", "a", "", "   ", "a@-b.c", "a@b..c", ".a@b.c", "a..b@c.d",
        '"a b"@c.d', "a@[127.0.0.1]", "a" * 65 + "@b.c", "a@" + "b" * 64 + ".c", "é@é.fr",
    ],
)  # fmt: skip
def test_which_addresses_a_mail_goes_to(address: str) -> None:
    good = {"noe@example.org", "a.b+c@mail.example.org", "x@localhost"}
    words = address_problem(address)
    assert (words == "") is (address in good)
    if words:
        with pytest.raises(ParameterError) as refused:
            message(replace(MAIL, to=address))
        assert str(refused.value) == words
        assert "\n" not in words


def test_a_domain_with_accents_has_an_ascii_form() -> None:
    assert str(read(replace(MAIL, to="  noe@exämple.example "))["To"]) == (
        "noe@xn--exmple-cua.example"
    )


@pytest.mark.parametrize(
    ("text", "sender"),
    [
        ("gestion@cabinet.example", MailSender("", "gestion@cabinet.example")),
        (" Cabinet Élan <a@b.example> ", MailSender("Cabinet Élan", "a@b.example")),
        ('"Élan, syndic" <a@b.example>', MailSender("Élan, syndic", "a@b.example")),
        ("<a@b.example>", MailSender("", "a@b.example")),
    ],
)
def test_who_it_is_from(text: str, sender: MailSender) -> None:
    assert read_sender(text) == sender
    assert read_sender(str(sender)) == sender
    assert str(read(replace(MAIL, sender=sender))["From"].addresses[0].addr_spec) == sender.address


@pytest.mark.parametrize("text", ["", "Cabinet", "Cabinet <a>", "a@b.c <d@e.f> <g@h.i>", "<>"])
def test_who_it_cannot_be_from(text: str) -> None:
    with pytest.raises(ParameterError):
        read_sender(text)
