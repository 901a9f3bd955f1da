"""Mails out: the sender killed at random points, and its pace beside a bare loop of `smtplib`.

    python -m benchmarks.outbox [--mails 10000] [--kills 10] [--size 40000] [--seed 1]

A ledger with so many mails that wait, each with a file of so many bytes; a server of aiosmtpd in
a process of its own. The sender is killed (SIGKILL) after a random number of arrivals and a random
moment more, then started again, and at last runs to its end. What has to hold: no letter arrives
twice, every one is sent or listed as unknown, and what is called sent did arrive.

The pace is that of an undisturbed sending of a tenth of them, beside a loop that gives the same
messages, made before, to the same server: what the ledger's promises cost.
"""

import argparse
import os
import random
import signal
import smtplib
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from benchmarks._post import arrived, post_office
from workbench.documents.mails import MailSender, message
from workbench.documents.outbox import MailServer
from workbench.ledger import facts, outbox, outbox_frames, reminder_rows
from workbench.ledger.outbox import State
from workbench.ledger.reminder_rows import MadeLetter, MadeReminder
from workbench.ledger.store import Ledger, open_ledger
from workbench.ledger.verification import broken_records
from workbench.pipeline import mailing, sending
from workbench.pipeline.settings import Settings

AT: Final = datetime(2026, 11, 5, 9, 30, tzinfo=UTC)
MADE_ON: Final = date(2026, 11, 5)
SENDER: Final = MailSender("Cabinet", "gestion@cabinet.example")
_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of every mail.

    Attributes:
        mails: how many there were.
        kills: how often the sender was killed.
        sent: called sent.
        unknown: listed as unknown.
        unknown_arrived: of which did arrive.
        other: neither sent nor unknown.
        twice: letters that arrived more than once.
        missing: called sent and never arrived.
        broken: what verification says of the ledger.
        seconds: of all sendings.
    """

    mails: int
    kills: int
    sent: int
    unknown: int
    unknown_arrived: int
    other: int
    twice: int
    missing: int
    broken: tuple[str, ...]
    seconds: float

    @property
    def holds(self) -> bool:
        """Nothing twice, nothing lost, nothing left out."""
        return not (self.other or self.twice or self.missing or self.broken)


def prepare(url: str, *, mails: int, size: int) -> None:
    """Makes a ledger with mails that wait, each with a file of so many bytes."""
    account = {"account_id": "A", "building_id": "B", "holder": "A", "kind": "tenant"}
    with open_ledger(url, create=True) as ledger:
        with ledger.writing() as connection:
            for name, row in (
                ("buildings", {"building_id": "B", "name": "B", "kind": "rental"}),
                ("accounts", account),
            ):
                facts.store_table(connection, name, [row], actor="benchmark", at=AT)
        for first in range(0, mails, _AT_ONCE):
            some = range(first, min(first + _AT_ONCE, mails))
            with ledger.writing() as connection:
                made = [_reminder(number, size=size) for number in some]
                numbers = reminder_rows.record_reminders(
                    connection, made, on=MADE_ON, actor="benchmark", at=AT
                )
                queued = [number.letter_id for number in numbers]
                # Recording may have queued them: what leaves by itself is.
                known = outbox.letters_of(connection, queued)
                waiting = [number for number in queued if number not in known]
                outbox.queue(connection, waiting, actor="benchmark", at=AT)


def _reminder(number: int, *, size: int) -> MadeReminder:
    content = random.Random(number).randbytes(size)
    letter = MadeLetter(
        kind="simple", channel="email", file_name=f"{number}.pdf", content=content,
        reference=str(number), address="A", to_address=f"holder-{number}@example.org",
        subject=f"Relance {number}", body="Bonjour,\n\nle solde est de 300,00 €.\n" * 10,
    )  # fmt: skip
    return MadeReminder(
        account_id="A", building_id="B", kind="simple", planned_on=MADE_ON, amount_cents=30_000,
        by_hand=False, again=number, leaves=True, letter=letter,
    )  # fmt: skip


def settings_of(port: int) -> Settings:
    """Returns the office's settings with the server on a port of this machine."""
    server = MailServer(
        host="127.0.0.1", port=port, security="none", sender=SENDER, timeout_seconds=60
    )
    return Settings(mail=server)


def send_killed(url: str, port: int, log: Path, *, kills: int, seed: int) -> Outcome:
    """Sends everything, the sender killed so many times on the way.

    Args:
        url: ledger of `prepare`.
        port: of `post_office`.
        log: where that writes down what arrived.
        kills: how often.
        seed: of the moments.
    """
    chance = random.Random(seed)
    with open_ledger(url, read_only=True) as ledger:
        mails = len(mailing.queued(ledger))
    points = sorted(chance.sample(range(1, mails), kills))
    start = time.perf_counter()
    killed = 0
    for point in points:
        killed += _send_until(url, port, log, arrivals=point, more=chance.uniform(0, 0.02))
    _send_until(url, port, log, arrivals=None, more=0)
    seconds = time.perf_counter() - start
    with open_ledger(url, read_only=True) as ledger:
        return _outcome(ledger, log, kills=killed, seconds=seconds)


def _send_until(url: str, port: int, log: Path, *, arrivals: int | None, more: float) -> int:
    """Sends in a fork, killed a moment after so many arrivals; returns whether it was killed.

    A fork, since starting Python anew takes longer than most of what is tried here.
    """
    child = os.fork()
    if not child:
        try:
            with open_ledger(url) as ledger:
                mailing.send(ledger, settings=settings_of(port), actor="benchmark", now=lambda: AT)
        finally:
            os._exit(0)
    while arrivals is not None and len(arrived(log)) < arrivals:
        ended, _ = os.waitpid(child, os.WNOHANG)
        if ended:
            return 0
        time.sleep(0.002)
    if arrivals is not None:
        time.sleep(more)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return int(os.WIFSIGNALED(status))


def _outcome(ledger: Ledger, log: Path, *, kills: int, seconds: float) -> Outcome:
    frame = outbox_frames.listed(ledger)
    counts = Counter(arrived(log))
    sent = frame[frame["state"] == State.SENT]
    unknown = frame[frame["state"] == State.UNKNOWN]
    return Outcome(
        mails=len(frame),
        kills=kills,
        sent=len(sent),
        unknown=len(unknown),
        unknown_arrived=sum(name in counts for name in unknown["message_id"]),
        other=len(frame) - len(sent) - len(unknown),
        twice=sum(count > 1 for count in counts.values()),
        missing=sum(name not in counts for name in sent["message_id"]),
        broken=tuple(broken_records(ledger)),
        seconds=seconds,
    )


@dataclass(frozen=True, slots=True)
class Pace:
    """Mails a second by the clock, and the sender's own processor time for each in ms."""

    a_second: float
    cpu_ms: float

    def __str__(self) -> str:
        """Returns both, for the terminal."""
        return f"{self.a_second:.0f}/s, {self.cpu_ms:.1f} ms of processor each"


def our_pace(url: str, port: int) -> Pace:
    """Returns the pace of an undisturbed sending."""
    with open_ledger(url) as ledger:
        start, cpu = time.perf_counter(), time.process_time()
        done = mailing.send(ledger, settings=settings_of(port), actor="benchmark", now=lambda: AT)
        return _pace(done.sent, start, cpu)


def bare_pace(url: str, port: int) -> Pace:
    """Returns the pace of a loop over the same messages, made before."""
    with open_ledger(url, read_only=True) as ledger:
        made = list(_messages(ledger))
    start, cpu = time.perf_counter(), time.process_time()
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        for to, data in made:
            smtp.sendmail(SENDER.address, to, data)
    return _pace(len(made), start, cpu)


def _pace(count: int, start: float, cpu: float) -> Pace:
    return Pace(
        count / (time.perf_counter() - start), 1000 * (time.process_time() - cpu) / max(count, 1)
    )


def _messages(ledger: Ledger) -> Iterator[tuple[str, bytes]]:
    with ledger.reading() as connection:
        for number in mailing.queued(ledger)["letter_id"]:
            mail = outbox.mail_of(connection, number)
            if mail is not None:
                yield mail.to, message(sending.mail_of(mail, sender=str(SENDER), at=AT))


@contextmanager
def _office(folder: Path, name: str, *, mails: int, size: int) -> Iterator[tuple[str, int, Path]]:
    url, log = f"sqlite:///{folder / name}.db", folder / f"{name}.log"
    prepare(url, mails=mails, size=size)
    with post_office(log) as port:
        yield url, port, log


def main() -> int:
    """Prints what became of every mail, and both paces; status 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--size", type=int, default=40_000, help="bytes of each file")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="workbench-") as name:
        folder, some = Path(name), max(options.mails // 10, 1)
        with _office(folder, "pace", mails=some, size=options.size) as (url, port, _):
            bare, ours = bare_pace(url, port), our_pace(url, port)
        print(f"{some} mails, undisturbed: {ours}", flush=True)
        print(f"{some} mails, a bare loop:  {bare}", flush=True)
        office = _office(folder, "killed", mails=options.mails, size=options.size)
        with office as (url, port, log):
            found = send_killed(url, port, log, kills=options.kills, seed=options.seed)
    print(
        f"{found.mails} mails, the sender killed {found.kills} times, {found.seconds:.0f} s:"
        f" {found.sent} sent, {found.unknown} unknown (of which {found.unknown_arrived} arrived),"
        f" {found.other} neither; {found.twice} arrived twice, {found.missing} sent and missing"
    )
    for sentence in found.broken:
        print(f"  {sentence}")
    return int(not found.holds)


if __name__ == "__main__":
    raise SystemExit(main())
