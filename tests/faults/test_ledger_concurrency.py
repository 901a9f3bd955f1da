"""Many write at once: nothing is given twice, and the journal has one order."""

from threading import Barrier, Thread

import pytest

from benchmarks import allocations
from tests import small_office
from tests.small_office import line
from workbench.domain.errors import DecisionRefusedError
from workbench.ledger import views
from workbench.ledger.store import open_ledger
from workbench.ledger.verification import broken_records

PROCESSES = 8


@pytest.mark.slow
def test_many_processes_allocate_the_same_movements(ledger_url: str) -> None:
    small_office.new_ledger(ledger_url)
    allocations.prepare(ledger_url, movements=12)
    outcome = allocations.contend(ledger_url, processes=PROCESSES, attempts=25)
    assert outcome.over_allocated == 0
    assert outcome.broken == ()
    # Both happened, and every decision taken is one row, without a hole.
    assert outcome.accepted > PROCESSES
    assert outcome.refused > PROCESSES
    assert outcome.journal_rows == outcome.accepted
    with open_ledger(ledger_url) as ledger:
        journal = views.journal(ledger)
        assert list(journal["seq"]) == list(range(1, len(journal) + 1))
        assert len(set(journal["actor"])) == PROCESSES + 1


def test_two_take_the_last_cents_and_one_gets_them(ledger_url: str) -> None:
    with small_office.office(ledger_url) as ledger:
        items = small_office.items(ledger)
    barrier = Barrier(4)
    outcomes: list[str] = []

    def take() -> None:
        with open_ledger(ledger_url) as own:
            barrier.wait()
            try:
                small_office.decide(
                    own, small_office.decision(line(items["M-noe"], items["D101"], 20_000))
                )
            except DecisionRefusedError:
                outcomes.append("refused")
            else:
                outcomes.append("taken")

    threads = [Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 3 + ["taken"]
    with open_ledger(ledger_url) as ledger:
        assert list(broken_records(ledger)) == []


def _open_new(url: str) -> str:
    with open_ledger(url, create=True) as ledger:
        return str(len(views.journal(ledger)))


@pytest.mark.slow
def test_several_create_it_at_once(ledger_url: str) -> None:
    with allocations.started(4) as pool:
        assert list(pool.map(_open_new, [ledger_url] * 4)) == ["0"] * 4
