"""A run of reminders killed anywhere, and runs at once: nothing leaves twice, nothing is lost."""

import signal
import subprocess
import sys
import time
from datetime import date
from typing import Any, Final

import pytest

from tests import forking
from tests.forking import Forked
from tests.killing import killing
from tests.office_to_remind import ADDRESS, SIMPLE_ON, TABLES, make
from workbench.ledger import reminding
from workbench.ledger.store import open_ledger
from workbench.ledger.verification import broken_records

# Transactions of two letters, so that a small office has several.
KILLED: Final = killing("from workbench.pipeline import generating\ngenerating._TOGETHER = 2")
DEBTORS: Final = 9
RUN: Final = ("reminders", "--as-of", SIMPLE_ON)


def office(url: str) -> str:
    """Makes the office with nine debtors of the co-ownership, all due on one day."""
    accounts: list[dict[str, Any]] = [
        {"account_id": f"10{n}", "building_id": "B1", "holder": f"Mme Noé {n}", "kind": "coowner",
         **ADDRESS}
        for n in range(DEBTORS)
    ]  # fmt: skip
    dues: list[dict[str, Any]] = [
        {"due_id": f"D10{n}", "account_id": f"10{n}", "kind": "call", "call_id": "C1",
         "amount_cents": 20_000 + n, "due_on": date(2026, 2, 20)}
        for n in range(DEBTORS)
    ]  # fmt: skip
    return make(url, accounts=[*accounts, TABLES["accounts"][1]], dues=dues)


def start(url: str, *, at: int = 0, when: str = "") -> Forked:
    return forking.start(KILLED, str(at), when, *RUN, "--ledger", url)


def left(url: str) -> dict[str, tuple[str, str]]:
    """Returns account -> (sha256 of its one letter, its state in the outbox)."""
    with open_ledger(url) as ledger:
        assert list(broken_records(ledger)) == []
        reminders = reminding.reminders(ledger)
        letters = reminding.letters(ledger)
    assert not reminders["account_id"].duplicated().any()
    assert list(letters["reminder_id"]) == list(reminders["reminder_id"])
    return {
        account: (file_id, state)
        for account, file_id, state in zip(
            letters["account_id"], letters["file_id"], letters["state"], strict=True
        )
    }


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, str]]:
    """What a run leaves that nothing happened to, in a Python of its own."""
    url = office(f"sqlite:///{tmp_path_factory.mktemp('undisturbed') / 'ledger.db'}")
    subprocess.run(
        [sys.executable, "-c", KILLED, "0", "", *RUN, "--ledger", url],
        capture_output=True, timeout=120, check=True,
    )  # fmt: skip
    found = left(url)
    assert len(found) == DEBTORS
    assert {state for _, state in found.values()} == {"queued"}
    return found


@pytest.mark.parametrize(
    ("at", "when", "kept"), [(1, "before", 0), (1, "after", 2), (3, "before", 4), (5, "after", 9)]
)
def test_killed_at_a_transaction(
    ledger_url: str, undisturbed: dict[str, tuple[str, str]], at: int, when: str, kept: int
) -> None:
    url = office(ledger_url)
    assert start(url, at=at, when=when).wait(timeout=120) == -signal.SIGKILL
    assert len(left(url)) == kept
    assert start(url).wait(timeout=120) == 0
    # The very same letters, byte for byte.
    assert left(url) == undisturbed


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.1, 0.25, 0.4, 0.6])
def test_killed_at_any_moment(
    sqlite_url: str, undisturbed: dict[str, tuple[str, str]], seconds: float
) -> None:
    url = office(sqlite_url)
    process = start(url)
    time.sleep(seconds)
    process.kill()
    process.wait()
    assert start(url).wait(timeout=120) == 0
    assert left(url) == undisturbed


def test_two_runs_at_once_generate_nothing_twice(
    ledger_url: str, undisturbed: dict[str, tuple[str, str]]
) -> None:
    url = office(ledger_url)
    runs = [start(url) for _ in range(3)]
    assert [run.wait(timeout=120) for run in runs] == [0, 0, 0]
    assert left(url) == undisturbed
