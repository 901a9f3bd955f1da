"""The conversation with a mail server: what becomes of a mail, whatever the server does."""

import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mail_servers import PASSWORD, SENDER, USER, authenticator, certificate, post
from workbench.documents.outbox import Answer, Conversation, Fate, MailServer, MailServerError

TO = "noe@example.org"
DATA = b"Subject: x\r\n\r\n.a point\r\n..two\r\nend\r\n"

pytestmark = pytest.mark.timeout(60)


def give(server: MailServer, *, count: int = 1) -> list[Answer]:
    with Conversation(server) as conversation:
        return [conversation.deliver(sender=SENDER.address, to=TO, data=DATA) for _ in range(count)]


def once(command: str, answer: str, *, number: int = 0) -> Callable[[str, int], str | None]:
    """A server that answers so to one command, and as usual to all else."""
    return lambda said, seen: answer if (said, seen) == (command, number) else None


def test_a_mail_arrives_as_it_was_given() -> None:
    with post() as server:
        assert give(server.server(), count=3) == [Answer(Fate.SENT)] * 3
    assert server.connections == 1
    assert server.mails == [(TO, DATA)] * 3


@pytest.mark.parametrize(
    ("command", "answer", "fate", "is_server", "arrived"),
    [
        ("MAIL", "450 busy", Fate.QUEUED, True, 0),
        ("MAIL", "552 too big", Fate.REFUSED, False, 0),
        ("RCPT", "450 mailbox busy", Fate.QUEUED, False, 0),
        ("RCPT", "550 nobody here", Fate.REFUSED, False, 0),
        ("RCPT", "251 forwarded", Fate.SENT, False, 1),
        ("RCPT", "421 closing", Fate.QUEUED, True, 0),
        ("DATA", "451 later", Fate.QUEUED, False, 0),
        ("DATA", "554 no", Fate.REFUSED, False, 0),
        ("DATA", "250 what", Fate.QUEUED, True, 0),
        ("POINT", "452 disk full", Fate.QUEUED, False, 0),
        ("POINT", "554 spam", Fate.REFUSED, False, 0),
        ("POINT", "421 closing", Fate.QUEUED, True, 0),
        ("POINT", "", Fate.UNKNOWN, True, 1),
        ("POINT", "garbage", Fate.UNKNOWN, True, 1),
        ("POINT", "354 more", Fate.UNKNOWN, True, 0),
    ],
)
def test_what_becomes_of_a_mail(
    command: str, answer: str, fate: Fate, is_server: bool, arrived: int
) -> None:
    with post(answers=once(command, answer)) as server:
        first, second = give(server.server(), count=2)
    assert (first.fate, first.is_server) == (fate, is_server)
    assert fate is Fate.SENT or first.words
    # Whatever happened, the next mail has a connection of its own or a clean one.
    assert second == Answer(Fate.SENT)
    assert len(server.mails) == arrived + 1


@pytest.mark.slow
def test_a_server_that_leaves_in_the_middle_of_a_mail() -> None:
    # More than what fits on the way: the point cannot have left.
    large = DATA + (b"x" * 76 + b"\r\n") * 200_000
    with (
        post(answers=once("DATA", ""), data_size_limit=None) as server,
        Conversation(server.server()) as conversation,
    ):
        first = conversation.deliver(sender=SENDER.address, to=TO, data=large)
        assert not conversation.is_past_point
        second = conversation.deliver(sender=SENDER.address, to=TO, data=DATA)
    assert (first.fate, first.is_server) == (Fate.QUEUED, True)
    assert "connexion coupée" in first.words
    assert second == Answer(Fate.SENT)


@pytest.mark.slow
def test_a_server_that_never_answers_the_point() -> None:
    with post(answers=once("POINT", "hang")) as server:
        start = time.monotonic()
        (answer,) = give(server.server(timeout_seconds=1.0))
        assert time.monotonic() - start < 10
    assert (answer.fate, answer.is_server) == (Fate.UNKNOWN, True)
    assert "plus de réponse en 1 s" in answer.words


def test_words_of_the_server_are_one_short_line() -> None:
    said = "550-first\r\n550 " + "x" * 400
    with post(answers=once("RCPT", said)) as server:
        (answer,) = give(server.server())
    assert answer.fate is Fate.REFUSED
    assert "550 first" in answer.words
    assert "\n" not in answer.words
    assert len(answer.words) < 200


def test_a_connection_ended_between_two_mails_is_no_failure() -> None:
    with post(answers=once("MAIL", "421 enough for one connection", number=1)) as server:
        answers = give(server.server(), count=3)
    assert answers == [Answer(Fate.SENT)] * 3
    assert server.connections == 2


def test_a_sender_nobody_wants_ends_it() -> None:
    with (
        post(answers=once("MAIL", "550 you are not us")) as server,
        pytest.raises(MailServerError, match=r"gestion@cabinet\.example.*550 you are not us"),
    ):
        give(server.server())
    assert server.mails == []


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        server = MailServer(host="127.0.0.1", port=port, security="none", sender=SENDER)
        with pytest.raises(MailServerError, match="refuse la connexion"):
            give(server)


def test_a_name_nobody_knows() -> None:
    server = MailServer(host="mail.invalid", port=25, security="none", sender=SENDER)
    with pytest.raises(MailServerError, match="nom est inconnu"):
        give(server)


@pytest.mark.slow
@pytest.mark.parametrize("security", ["none", "tls"])
def test_a_server_that_accepts_and_is_silent(security: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        server = MailServer(
            host="127.0.0.1", port=port, security=security, sender=SENDER, timeout_seconds=0.5
        )
        with pytest.raises(MailServerError, match=r"pas de réponse en 0\.5 s"):
            give(server)


@pytest.mark.slow
def test_a_server_that_answers_a_sign_at_a_time_is_cut_off() -> None:
    stop = threading.Event()

    def drip(listening: socket.socket) -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rb") as said:
            connection.sendall(b"220 hello\r\n")
            said.readline()
            connection.sendall(b"250 hello\r\n")
            said.readline()
            while not stop.is_set():
                try:
                    connection.sendall(b"2")
                except OSError:
                    return
                time.sleep(0.2)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,), daemon=True)
        thread.start()
        server = MailServer(
            host="127.0.0.1", port=listening.getsockname()[1], security="none", sender=SENDER,
            timeout_seconds=0.5,
        )  # fmt: skip
        (answer,) = give(server)
        stop.set()
        thread.join()
    assert (answer.fate, answer.is_server) == (Fate.QUEUED, True)


def test_encrypted_and_logged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, trusted = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with post(
        tls_context=context, require_starttls=True, authenticator=authenticator, auth_required=True
    ) as server:
        good = server.server(security="starttls", user=USER, password=PASSWORD)
        assert give(good) == [Answer(Fate.SENT)]
        bad = server.server(security="starttls", user=USER, password="autre")  # noqa: S106
        with pytest.raises(MailServerError, match="mot de passe refusé pour « cabinet »"):
            give(bad)
    assert PASSWORD not in repr(good)


def test_encrypted_from_the_first_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, trusted = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with post(ssl_context=context) as server:
        assert give(server.server(security="tls")) == [Answer(Fate.SENT)]


def test_a_certificate_nobody_vouches_for(tmp_path: Path) -> None:
    context, _ = certificate(tmp_path)
    with (
        post(tls_context=context) as server,
        pytest.raises(MailServerError, match="certificat n'est pas valable"),
    ):
        give(server.server(security="starttls"))


def test_a_certificate_of_another_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context, trusted = certificate(tmp_path, name="other.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with (
        post(ssl_context=context) as server,
        pytest.raises(MailServerError, match="certificat n'est pas valable"),
    ):
        give(server.server(security="tls"))


def test_never_in_plain_text_where_starttls_was_asked_for() -> None:
    with post() as server, pytest.raises(MailServerError, match="ne propose pas STARTTLS"):
        give(server.server(security="starttls"))
    assert server.mails == []


def test_tls_on_a_port_without_it() -> None:
    with post() as server, pytest.raises(MailServerError, match="chiffrée échoue"):
        give(server.server(security="tls"))


def test_a_login_the_server_does_not_know_of() -> None:
    with post() as server, pytest.raises(MailServerError, match="identification"):
        give(server.server(user=USER, password=PASSWORD))
