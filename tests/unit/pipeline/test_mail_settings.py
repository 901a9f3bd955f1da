"""The section [mail] of the configuration: the server that mails leave by."""

from pathlib import Path

import pytest

from workbench.documents.mails import MailSender
from workbench.documents.outbox import MailServer
from workbench.domain.errors import ParameterError
from workbench.pipeline.settings import load_settings

SECRET = "hunter2"  # noqa: S105 - of no server
GOOD = 'host = "smtp.example"\nsender = "Cabinet <gestion@cabinet.example>"\n'
LOGIN = 'user = "cabinet"\npassword_variable = "MAIL_SECRET"\n'


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MAIL_SECRET", SECRET)
    return tmp_path / "workbench.toml"


def mail(file: Path, text: str) -> MailServer | None:
    file.write_text(f"[mail]\n{text}", encoding="utf-8")
    return load_settings(file).mail


def test_a_server(file: Path) -> None:
    found = mail(file, GOOD + LOGIN + "timeout_seconds = 20\n")
    assert found == MailServer(
        host="smtp.example", port=587, security="starttls", user="cabinet", password=SECRET,
        password_variable="MAIL_SECRET",  # noqa: S106 - a name
        sender=MailSender("Cabinet", "gestion@cabinet.example"), timeout_seconds=20,
    )  # fmt: skip
    assert SECRET not in repr(load_settings(file))


def test_no_server(file: Path) -> None:
    assert mail(file, "") is None


@pytest.mark.parametrize(
    ("text", "security", "port"),
    [("", "starttls", 587), ('security = "tls"\n', "tls", 465), ('security = "none"\n', "none", 25),
     ("port = 2525\n", "starttls", 2525)],
)  # fmt: skip
def test_the_usual_ports(file: Path, text: str, security: str, port: int) -> None:
    found = mail(file, GOOD + text)
    assert found is not None
    assert (found.security, found.port, found.timeout_seconds) == (security, port, 60)


def test_other_commands_run_where_the_password_is_not_known(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAIL_SECRET")
    found = mail(file, GOOD + LOGIN)
    assert found is not None
    assert (found.password, found.password_variable) == ("", "MAIL_SECRET")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_password_stays_on_this_machine_or_is_encrypted(file: Path, host: str) -> None:
    text = f'host = "{host}"\nsender = "a@b.example"\nsecurity = "none"\n'
    assert mail(file, text + LOGIN) is not None
    with pytest.raises(ParameterError, match="ne part que chiffré"):
        mail(file, text.replace(host, "smtp.example") + LOGIN)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('sender = "a@b.example"\n', "mail, host : à donner"),
        ('host = "smtp.example"\n', "mail, sender : à donner"),
        ('host = " "\nsender = "a@b.example"\n', "mail, host"),
        ('host = "smtp.example"\nsender = "Cabinet"\n', "mail, sender.*« Cabinet »"),
        (GOOD + 'security = "ssl"\n', "mail, security : au choix : none, starttls, tls"),
        (GOOD + "port = 0\n", "mail, port"),
        (GOOD + "port = 65536\n", "mail, port"),
        (GOOD + "port = 25.5\n", "mail, port : attendu un nombre entier"),
        (GOOD + "port = true\n", "mail, port : attendu un nombre entier"),
        (GOOD + "timeout_seconds = 0.9\n", "mail, timeout_seconds : de 1 à 600"),
        (GOOD + "timeout_seconds = 601\n", "mail, timeout_seconds"),
        (GOOD + "timeout_seconds = nan\n", "mail, timeout_seconds"),
        (GOOD + 'user = "cabinet"\n', "vont ensemble"),
        (GOOD + 'password_variable = "X"\n', "vont ensemble"),
        (GOOD + 'user = "u"\npassword_variable = "hunter2!"\n', "pas le mot de passe"),
        (GOOD + 'password = "hunter2"\n', "clé inconnue"),
    ],
)
def test_what_cannot_be(file: Path, text: str, words: str) -> None:
    with pytest.raises(ParameterError, match=words) as refused:
        mail(file, text)
    assert "workbench.toml" in str(refused.value)
