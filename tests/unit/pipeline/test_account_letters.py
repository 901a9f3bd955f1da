"""Letters in an account's history (DOMAIN E18)."""

from collections.abc import Iterator
from datetime import date

import pytest

from tests import letters_office
from tests.letters_office import ACTOR, AT, LATER, MADE_ON, letter, settings
from tests.mail_servers import post
from workbench.ledger import outbox
from workbench.ledger.store import Ledger
from workbench.pipeline import mailing
from workbench.pipeline.account import account_detail

LAST = date(2026, 11, 30)


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with letters_office.mails(ledger_url, count=2) as opened:
        letters_office.write(
            opened,
            letter(3, channel="registered", kind="formal_notice"),
            letter(4, channel="post"),
        )
        letters_office.write(opened, letter(5), queued=False)
        yield opened


def told(ledger: Ledger, *, as_of: date = LAST) -> dict[str, tuple[str, str, str]]:
    history = account_detail(ledger, account_id="101", as_of=as_of).history
    rows = zip(
        history["letter_id"], history["sign"], history["undo"], history["words"], strict=True
    )
    return {name: (sign, undo, words) for name, sign, undo, words in rows if name}


def test_every_letter_is_told_with_its_state(ledger: Ledger) -> None:
    answers = {0: "550 unknown user"}
    with post(answers=lambda c, n: answers.get(n) if c == "RCPT" else None) as server:
        mailing.send(ledger, settings=settings(server), actor=ACTOR, now=lambda: AT)
    mailing.posted(ledger, ["C3:1A 2"], on=MADE_ON, actor=ACTOR, at=AT)
    mailing.presented(ledger, ["C3"], on=date(2026, 11, 6), actor=ACTOR, at=LATER)
    with ledger.writing() as connection:
        outbox.withdraw(connection, [4], actor=ACTOR, at=AT)
    by_mail, gap = "par courriel à noe@example.org\u00a0:", "\u00a0"
    refused = "refusée, destinataire refusé (550 unknown user)."
    registered = f"partie le 05/11/2026, n°{gap}1A 2, présentée le 06/11/2026."
    assert told(ledger) == {
        "C1": ("done", "", f"Relance 2026-101-R1 {by_mail} {refused}"),
        "C2": ("done", "", f"Relance 2026-101-R2 {by_mail} partie le 05/11/2026."),
        "C3": ("done", "", f"Mise en demeure 2026-101-R3 en recommandé{gap}: {registered}"),
        "C4": ("undone", "", f"Relance 2026-101-R4 par la poste{gap}: retirée avant l’envoi."),
        "C5": ("done", "R5", f"Relance 2026-101-R5 {by_mail} à valider."),
    }


def test_what_waits_can_be_taken_back(ledger: Ledger) -> None:
    assert {name: undo for name, (_, undo, _) in told(ledger).items()} == {
        "C1": "R1", "C2": "R2", "C3": "R3", "C4": "R4", "C5": "R5",
    }  # fmt: skip


def test_not_before_it_was_made(ledger: Ledger) -> None:
    assert len(told(ledger, as_of=MADE_ON)) == 5
    assert told(ledger, as_of=date(2026, 11, 4)) == {}


def test_each_line_leads_to_its_bytes(ledger: Ledger) -> None:
    for number, name in enumerate(sorted(told(ledger)), start=1):
        assert mailing.letter_file(ledger, name) == f"%PDF letter {number}".encode()
