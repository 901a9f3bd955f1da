"""`workbench letters`: what a person types, reads and gets back."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests import letters_office, small_office
from tests.letters_office import letter
from tests.mail_servers import Post, post
from tests.unit.documents.pdf_pages import text_of
from workbench.cli import main
from workbench.documents import letters as documents
from workbench.documents.outbox import Conversation
from workbench.documents.samples import sample
from workbench.domain.records import BuildingKind
from workbench.ledger.store import open_ledger
from workbench.ledger.verification import broken_records
from workbench.runs.assets import template_path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
_Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> _Run:
    """Runs a command in this process; returns status, output, errors."""
    monkeypatch.setenv("WORKBENCH_LEDGER", url(tmp_path))
    monkeypatch.setenv("COLUMNS", "250")
    # Letters of November 2026 are posted, whatever day it is.
    monkeypatch.setattr("workbench.cli.letters.now", lambda: datetime(2026, 11, 22, tzinfo=UTC))
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            main(["letters", *arguments])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return int(ended.value.code or 0), out, err

    return call


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'ledger.db'}"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Post]:
    """A good server that the office has configured, and three mails that wait."""
    with letters_office.mails(url(tmp_path)):
        pass
    with post() as running:
        letters_office.write_settings(tmp_path, running.port)
        yield running


def test_send_and_list(run: _Run, server: Post) -> None:
    status, out, _ = run("send", "--limit", "2")
    assert (status, out) == (0, "Courriels partis : 2, 1 en attente.\n")
    status, out, _ = run("list")
    assert status == 0
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["C1", "C2", "C3"]
    assert "● partie" in out
    assert "○ en attente" in out
    status, out, _ = run("list", "--state", "queued", "--json")
    assert [row["letter"] for row in json.loads(out)] == ["C3"]
    assert len(server.mails) == 2


def test_what_did_not_leave_is_said(run: _Run, server: Post) -> None:
    answers = {0: "550 unknown", 1: "450 later"}
    server.answers = lambda c, n: answers.get(n) if c == "RCPT" else None
    status, out, err = run("send")
    assert (status, out) == (3, "Courriels partis : 1, 1 en attente.\n")
    assert "▲ C1, compte 101, refusée : destinataire refusé (550 unknown)" in err
    assert "○ C2, compte 101, en attente : destinataire refusé (450 later)" in err


def test_in_doubt_until_a_person_says(run: _Run, server: Post) -> None:
    server.answers = lambda c, _: "" if c == "POINT" else None
    status, _, err = run("send")
    assert status == 3
    assert "letters resolve" in err
    assert "Envoi arrêté" in err
    server.answers = lambda _c, _n: None
    assert run("send")[:2] == (0, "Courriels partis : 0.\n")
    assert run("resolve", "C1", "--sent", "--reason", "il a répondu")[0] == 0
    status, out, _ = run("resolve", "C2", "C3", "--again")
    assert (status, out) == (0, "C2 : remis à l'envoi\nC3 : remis à l'envoi\n")
    assert run("send")[:2] == (0, "Courriels partis : 2.\n")
    status, out, _ = run("send", "--json")
    assert json.loads(out) == {"sent": 0, "waiting": 0, "stopped": "", "unsent": []}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["resolve", "C1"], "dire --sent"),
        (["resolve", "C1", "--sent", "--again"], "dire --sent"),
        (["resolve", "C1", "--sent"], "en attente"),
        (["resolve", "C99", "--again"], "aucun courrier C99"),
        (["resolve", "A1", "--again"], "« A1 » ne désigne pas un courrier"),
        (["posted", "C1", "--on", "2026-11-06"], "letters send"),
        (["posted", "C1", "--on", "hier"], "hier"),
        (["posted"], "dire quelles lettres"),
        (["posted", "C1", "--made-on", "2026-11-05"], "dire quelles lettres"),
        (["posted", "--made-on", "2026-11-05"], "n'attend la poste"),
        (["presented", "C1", "--on", "2026-11-06"], "letters posted"),
        (["send", "--limit", "0"], "--limit"),
        (["send", "--config", "nowhere.toml"], "nowhere.toml"),
        (["show", "C1", "--out", "x.eml"], "jamais été remis"),
        (["show", "C99", "--out", "x.pdf"], "C99"),
        (["bundle", "--out", "x", "--made-on", "2026-11-05"], "aucune lettre sur papier"),
        (["list", "--state", "lost"], "lost"),
    ],
)
def test_what_cannot_be_done(
    run: _Run, server: Post, arguments: list[str], words: str, tmp_path: Path
) -> None:
    status, out, err = run(*arguments)
    assert (status, out) == (2, "")
    assert words in err
    assert not list(tmp_path.glob("x*"))
    with open_ledger(url(tmp_path), read_only=True) as ledger:
        assert letters_office.states(ledger) == ["queued"] * 3


def test_ended_by_the_system(
    run: _Run, server: Post, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deliver(_self: Conversation, **_: object) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(10)

    monkeypatch.setattr(Conversation, "deliver", deliver)
    before = signal.getsignal(signal.SIGTERM)
    status, _, err = run("send")
    assert status == 2
    assert "interrompu ; ce qui était fini est gardé" in err
    assert signal.getsignal(signal.SIGTERM) == before
    with open_ledger(url(tmp_path), read_only=True) as ledger:
        # Not in doubt: its last point was not on its way.
        assert letters_office.states(ledger) == ["queued"] * 3
        assert list(broken_records(ledger)) == []


def test_without_a_server(run: _Run, tmp_path: Path) -> None:
    with letters_office.mails(url(tmp_path)):
        pass
    status, _, err = run("send")
    assert status == 2
    assert "[mail]" in err
    letters_office.write_settings(tmp_path, 1)
    status, _, err = run("send")
    assert status == 2
    assert "serveur de courrier 127.0.0.1:1 : il refuse la connexion" in err


def test_what_left_byte_for_byte(run: _Run, server: Post, tmp_path: Path) -> None:
    run("send", "--limit", "1")
    status, out, _ = run("show", "C1", "--out", "c1.eml")
    assert status == 0
    assert out.startswith("c1.eml : ")
    assert (tmp_path / "c1.eml").read_bytes() == server.mails[0][1]
    assert run("show", "C2", "--out", "c2.pdf")[0] == 0
    assert (tmp_path / "c2.pdf").read_bytes() == b"%PDF letter 2"


def test_paper(run: _Run, tmp_path: Path) -> None:
    folder = template_path("letters").parent
    simple = sample(documents.LetterKind.SIMPLE, BuildingKind.COOWNERSHIP)
    (pdf,) = documents.typeset([simple], folder=folder)
    hostile = "=HYPERLINK #emph[x] <b>"
    with small_office.office(url(tmp_path)) as ledger:
        letters_office.write(
            ledger,
            letter(1, channel="post", content=pdf, address=f"{hostile}\n1 rue A\n69003 LYON"),
            letter(2),
            letter(3, channel="registered", kind="formal_notice", content=pdf),
            letter(4, channel="e_registered", kind="formal_notice", content=pdf,
                   file_name="../../../md.pdf"),
        )  # fmt: skip
    status, out, _ = run("bundle", "--out", "papier", "--duplex")
    assert status == 0
    assert "Tirage du 05/11/2026 : 2 à poster" in out
    assert "workbench letters posted --made-on 2026-11-05" in out
    assert "workbench letters posted C3:NUMÉRO" in out
    assert "1 à confier au prestataire" in out
    day = tmp_path / "papier" / "2026-11-05"
    assert sorted(str(path.relative_to(day)) for path in day.rglob("*.pdf")) == [
        "courrier.pdf", "liste-pour-la-poste.pdf", "recommandes-electroniques/md.pdf",
    ]  # fmt: skip
    assert (day / "recommandes-electroniques" / "md.pdf").read_bytes() == pdf
    pages = len(PdfReader(BytesIO(pdf)).pages)
    bundle = PdfReader(day / "courrier.pdf")
    assert len(bundle.pages) == 2 * (pages + pages % 2)
    listed = text_of((day / "liste-pour-la-poste.pdf").read_bytes())
    assert hostile in listed
    assert "2026-101-R3" in listed
    assert "Recommandé AR" in listed

    status, out, _ = run("posted", "--made-on", "2026-11-05", "--on", "2026-11-06")
    assert (status, out) == (0, "C1 : postée le 06/11/2026\n")
    assert run("posted", "C3:2C 123", "C4:AR 9", "--on", "2026-11-06")[0] == 0
    assert run("presented", "C3", "--on", "2026-11-08")[0] == 0
    assert run("bundle", "--out", "rest")[1] == "Aucune lettre à imprimer.\n"
    status, out, _ = run("bundle", "--out", "again", "--made-on", "2026-11-05", "--json")
    assert [told["paper"] for told in json.loads(out)] == [["C1", "C3"]]
    listed = text_of((tmp_path / "again/2026-11-05/liste-pour-la-poste.pdf").read_bytes())
    assert "2C 123" in listed
    assert "▲" not in run("list")[1]
