"""SIGKILL while decisions and files go in: what was told to be kept is there, whole, or is not."""

import json
import random
import signal
import time
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection

from tests import small_office
from tests.small_office import IBAN_1, decide, decision, entry, line, statement
from workbench.ledger import views
from workbench.ledger.decisions import Verdict
from workbench.ledger.store import Ledger, open_ledger
from workbench.ledger.verification import broken_records

KILLS = 6
LINES = 3
ENTRIES = 40


def _decide_for_ever(url: str, told: Connection) -> None:
    """Links and undoes without end, and tells each journal number once it is kept."""
    with open_ledger(url) as ledger:
        items = small_office.items(ledger)
        links = ledger.frame("SELECT COALESCE(MAX(allocation_id), 0) AS last FROM allocations")
        last = int(links["last"].item())
        verdict = Verdict(item_id=items["M-frais"], kind="set_aside", reason="bank_fee")
        while True:
            lines = [line(items["M-noe"], items["D101"], 1 + n) for n in range(LINES)]
            told.send(decide(ledger, decision(*lines, verdicts=(verdict,)))[0])
            undone = [
                line(items["M-noe"], items["D101"], -1 - n, reverses=last + 1 + n)
                for n in range(LINES)
            ]
            told.send(decide(ledger, decision(*undone, action="undo"))[0])
            last += 2 * LINES


def _import_for_ever(url: str, told: Connection) -> None:
    """Imports one file after the other, and tells the number of each once it is kept."""
    with open_ledger(url) as ledger:
        number = len(views.statements(ledger))
        while True:
            number += 1
            entries = (entry(1 + n % 28, n + 1, f"{number}-{n}") for n in range(ENTRIES))
            small_office.store_file(
                ledger, [statement(IBAN_1, *entries, number=str(number))], name=f"{number}.xml"
            )
            told.send(number)


def _kill(url: str, work: Callable[[str, Connection], None], *, seconds: float) -> list[int]:
    """Kills a worker some time after it told of its first work; returns all it told."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.small_office", "workbench.ledger.verification"])
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(url, there))
    process.start()
    there.close()
    told = [here.recv()]
    time.sleep(seconds)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    try:
        while True:
            told.append(here.recv())
    except (EOFError, OSError):
        return told


def _undo_what_stands(ledger: Ledger) -> None:
    links = views.allocations(ledger)
    standing = links[links["state"] == "accepted"]
    if len(standing):
        undone = [
            line(int(credit), int(debit), -int(cents), reverses=int(number[1:]))
            for credit, debit, cents, number in zip(
                standing["credit_item"], standing["debit_item"], standing["amount_cents"],
                standing["allocation_id"], strict=True,
            )
        ]  # fmt: skip
        decide(ledger, decision(*undone, action="undo"))


def test_killed_while_deciding(ledger_url: str) -> None:
    chance = random.Random(7)  # noqa: S311
    with small_office.office(ledger_url) as ledger:
        before = views.dues(ledger), views.movements(ledger)
    for _ in range(KILLS):
        told = _kill(ledger_url, _decide_for_ever, seconds=chance.uniform(0, 0.15))
        with open_ledger(ledger_url) as ledger:
            assert list(broken_records(ledger)) == []
            journal = views.journal(ledger)
            assert list(journal["seq"]) == list(range(1, len(journal) + 1))
            # Everything told is there; at most one more was kept and not yet told.
            assert told[-1] <= len(journal) <= told[-1] + 1
            for data in journal["data"].tail(3):
                kept = json.loads(data)
                assert len(kept.get("allocations", [0] * LINES)) == LINES
            _undo_what_stands(ledger)
    with open_ledger(ledger_url) as ledger:
        after = views.dues(ledger), views.movements(ledger)
        assert list(after[0]["open_cents"]) == list(before[0]["open_cents"])
        assert list(after[1]["open_cents"]) == list(before[1]["open_cents"])
        assert list(broken_records(ledger)) == []


def test_killed_while_importing(ledger_url: str) -> None:
    chance = random.Random(8)  # noqa: S311
    with small_office.office(ledger_url):
        pass
    for _ in range(KILLS // 2):
        told = _kill(ledger_url, _import_for_ever, seconds=chance.uniform(0, 0.15))
        with open_ledger(ledger_url) as ledger:
            assert list(broken_records(ledger)) == []
            counts = views.movements(ledger).groupby("file_name").size().to_dict()
            assert set(counts.values()) == {7, ENTRIES}
            statements = len(views.statements(ledger))
            assert told[-1] <= statements <= told[-1] + 1
            # The same file again: nothing was half known.
            entries = (entry(1 + n % 28, n + 1, f"{told[-1]}-{n}") for n in range(ENTRIES))
            again = small_office.store_file(
                ledger, [statement(IBAN_1, *entries)], name=f"{told[-1]}.xml"
            )
            assert again.already_imported


def test_killed_while_it_is_made(ledger_url: str) -> None:
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.small_office", "workbench.ledger.verification"])
    chance = random.Random(9)  # noqa: S311
    for _ in range(KILLS):
        process = context.Process(target=_make, args=(ledger_url,))
        process.start()
        time.sleep(chance.uniform(0.02, 0.4))
        process.kill()
        process.join()
    with open_ledger(ledger_url, create=True) as ledger:
        assert list(broken_records(ledger)) == []
        small_office.fill(ledger)
        assert list(broken_records(ledger)) == []


def _make(url: str) -> None:
    open_ledger(url, create=True).close()
