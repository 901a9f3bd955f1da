"""The small office with letters that are to leave: for tests of the outbox.

Letters are numbered from 1 in the order they are given; none was ever typeset.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tests import small_office
from tests.mail_servers import SENDER, Post
from workbench.documents.outbox import MailServer
from workbench.ledger import outbox, outbox_frames, reminder_rows
from workbench.ledger.reminder_rows import MadeLetter, MadeReminder
from workbench.ledger.store import Ledger
from workbench.pipeline.settings import Settings

ACTOR = "L. Verane"
MADE_ON = date(2026, 11, 5)
AT = datetime(2026, 11, 5, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 11, 6, 9, 30, tzinfo=UTC)
TO = "noe@example.org"


def letter(number: int, *, channel: str = "email", **more: Any) -> MadeLetter:
    """Returns a letter nobody would read."""
    fields: dict[str, Any] = {
        "kind": "simple", "channel": channel, "file_name": f"2026-11-05_{number}.pdf",
        "content": f"%PDF letter {number}".encode(), "reference": f"2026-101-R{number}",
        "address": "Mme Noé\n1 rue des Tilleuls\n69003 LYON",
    }  # fmt: skip
    if channel == "email":
        fields |= {
            "to_address": TO,
            "subject": f"Relance {number}",
            "body": f"Bonjour,\n\nsolde {number}.",
        }
    return MadeLetter(**{**fields, **more})


def write(ledger: Ledger, *letters: MadeLetter, queued: bool = True) -> list[int]:
    """Records letters as reminders of account 101, and puts them into the outbox."""
    with ledger.writing() as connection:
        before = len(_numbers(connection))
        made = [
            MadeReminder(
                account_id="101", building_id="B1", kind="simple", planned_on=MADE_ON,
                amount_cents=30_000, by_hand=False, again=before + n, leaves=queued, letter=one,
            )
            for n, one in enumerate(letters)
        ]  # fmt: skip
        reminder_rows.record_reminders(connection, made, on=MADE_ON, actor=ACTOR, at=AT)
        new = _numbers(connection)[before:]
        if queued:
            outbox.queue(connection, new, actor=ACTOR, at=AT)
    return new


def _numbers(connection: Any) -> list[int]:  # noqa: ANN401 - of SQLAlchemy
    found = connection.exec_driver_sql("SELECT letter_id FROM letters ORDER BY letter_id")
    return [int(number) for (number,) in found]


@contextmanager
def mails(url: str, *, count: int = 3) -> Iterator[Ledger]:
    """Opens the office with so many mails that wait."""
    with small_office.office(url) as ledger:
        write(ledger, *(letter(n) for n in range(1, count + 1)))
        yield ledger


def settings(server: Post, **more: Any) -> Settings:
    """Returns the office's settings with that server."""
    return Settings(mail=server.server(**more))


def settings_of_port(port: int, **more: Any) -> Settings:
    """Returns settings with whatever listens on a port of this machine."""
    given = {"host": "127.0.0.1", "port": port, "security": "none", "sender": SENDER}
    return Settings(mail=MailServer(**{**given, "timeout_seconds": 2.0, **more}))


def write_settings(folder: Path, port: int) -> Path:
    """Writes `workbench.toml` with that server."""
    path = folder / "workbench.toml"
    path.write_text(
        f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
        f'sender = "{SENDER}"\ntimeout_seconds = 5\n',
        encoding="utf-8",
    )
    return path


def states(ledger: Ledger) -> list[str]:
    """Returns the state of each letter, in order."""
    return list(outbox_frames.listed(ledger)["state"])
