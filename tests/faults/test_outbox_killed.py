"""The sender of mails killed at random, and two at once: nothing arrives twice, nothing is lost."""

from collections import Counter
from pathlib import Path
from threading import Barrier, Thread

import pytest

from benchmarks import outbox
from benchmarks._post import arrived, post_office
from tests import small_office
from workbench.domain.errors import LedgerError
from workbench.ledger.store import open_ledger
from workbench.ledger.verification import broken_records
from workbench.pipeline import mailing

pytestmark = pytest.mark.slow
MAILS = 60
KILLS = 8


def test_killed_at_random_points(ledger_url: str, tmp_path: Path) -> None:
    small_office.new_ledger(ledger_url)
    outbox.prepare(ledger_url, mails=MAILS, size=3_000)
    log = tmp_path / "arrived"
    with post_office(log) as port:
        found = outbox.send_killed(ledger_url, port, log, kills=KILLS, seed=5)
    assert found.kills > KILLS // 2
    assert found.holds, found
    assert found.sent + found.unknown == MAILS
    # A killed sender leaves one mail in doubt at most.
    assert found.unknown <= found.kills


def test_two_senders_at_once(ledger_url: str, tmp_path: Path) -> None:
    small_office.new_ledger(ledger_url)
    outbox.prepare(ledger_url, mails=20, size=3_000)
    log = tmp_path / "arrived"
    barrier = Barrier(3)
    said: list[str] = []

    def send(port: int) -> None:
        with open_ledger(ledger_url) as ledger:
            barrier.wait()
            try:
                done = mailing.send(
                    ledger, settings=outbox.settings_of(port), actor="x", now=lambda: outbox.AT
                )
            except LedgerError as error:
                said.append(str(error))
            else:
                said.append(str(done.sent))

    with post_office(log) as port:
        threads = [Thread(target=send, args=(port,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert set(Counter(arrived(log)).values()) == {1}
    assert len(arrived(log)) == 20
    with open_ledger(ledger_url, read_only=True) as ledger:
        assert set(mailing.letters(ledger)["state"]) == {"sent"}
        assert list(broken_records(ledger)) == []
    # One sends; another comes while it does and says so, or after it and has nothing to do.
    assert "20" in said
    assert all("un autre envoi est en cours" in words for words in set(said) - {"0", "20"})
