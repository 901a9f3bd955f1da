"""Kernel time of the auditor's bench: opening it, and each click, on a large building.

    python -m benchmarks.bench [--movements 2000 20000] [--clicks 12]

One building of 300 accounts and that many open movements. Opening is compared with an empty
notebook that has the same imports: both start in a process of their own, and processor time counts.
A click is what the browser sends, handed to the widget that hears it, until everything it changes
was handed back: the time of the worst and of the middle one, in milliseconds of processor time.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks._bench_building import AS_OF, BUILDING, write_ledger
from benchmarks._bench_sides import milliseconds, sides

if TYPE_CHECKING:
    from workbench.widgets.reconcile import Reconcile

TOP: Final = Path(__file__).resolve().parents[1]

OPENING_GOAL: Final = 2.0
# Milliseconds, by the number of open movements: any click at 2,000, a look at 20,000.
GOALS: Final = ((2_000, 300.0), (20_000, 100.0))
IMPORTS: Final = "from workbench.widgets.reconcile import open_reconcile"
OPENING: Final = f"{IMPORTS}; open_reconcile('{BUILDING}', as_of='{AS_OF}')"


def opening(ledger: str, *, rounds: int) -> tuple[float, float]:
    """Returns processor seconds of an empty notebook's process and of one with the screen."""
    empty, opened = (
        min(_process_seconds(code, ledger) for _ in range(rounds)) for code in (IMPORTS, OPENING)
    )
    return empty, opened


def _process_seconds(code: str, ledger: str) -> float:
    environment = {**os.environ, "WORKBENCH_LEDGER": ledger}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment, cwd=TOP)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit("the screen could not be opened")
    return used.ru_utime + used.ru_stime


def clicks(screen: "Reconcile", *, count: int) -> dict[str, list[float]]:
    """Returns the milliseconds of each kind of click, so many of each."""
    table, case = screen.list.table, screen.case
    words = cycle(["garrabet", "virement 00", "650", "loyer tissandreau", "zzz", ""])
    keys = cycle(["amount_cents", "payer", "booked_on"])
    states = cycle(["different", "proposed", "to_identify", ""])
    pages = cycle([2, 5, 1, 9])

    def key(name: str) -> Callable[[], None]:
        message = {"kind": "key", "key": name}
        return lambda: screen.page.receive(
            None, message | {"subject": screen.page.subject}, ()
        )  # fmt: skip

    def press(state: str) -> None:
        screen.list.filters[state].click()

    def search_account() -> None:
        key("C")()
        case.find.type("odile")

    def undo() -> None:
        key("Z")()
        actions = screen.deciding.actions
        answer = {"kind": "answer", "name": "slip", "text": "", "subject": actions.subject}
        actions.receive(None, answer, ())

    looks: dict[str, Callable[[], None]] = {
        "choose the next movement": key("ArrowDown"),
        "look at another proposal": key("2"),
        "sort": lambda: table.receive(None, {"kind": "sort", "key": next(keys)}, ()),
        "search": lambda: screen.list.search.type(next(words)),
        "filter by state": lambda: press(next(states)),
        "turn the page": lambda: table.receive(None, {"kind": "page", "page": next(pages)}, ()),
    }
    found = {name: [milliseconds(click) for _ in range(count)] for name, click in looks.items()}
    screen.list.clear_filters()
    screen.list.filters["proposed"].click()
    found["search an account"] = [milliseconds(search_account) for _ in range(count)]
    table.step(1)
    found["accept"] = []
    found["undo"] = []
    for _ in range(count):
        found["accept"].append(milliseconds(key("Enter")))
        found["undo"].append(milliseconds(undo))
        table.step(1)
    return found


def measure(folder: Path, *, movements: int, count: int) -> None:
    """Prints the figures of one building."""
    ledger = write_ledger(folder, movements=movements)
    os.environ["WORKBENCH_LEDGER"] = ledger
    empty, opened = opening(ledger, rounds=2)
    print(f"{movements} open movements, 300 accounts")
    print(
        f"  opening: {opened / empty:.2f} times an empty notebook ({opened:.2f} s, {empty:.2f} s)"
    )
    from workbench.widgets.reconcile import open_reconcile  # noqa: PLC0415 - its time is counted

    screen = open_reconcile(BUILDING, as_of=AS_OF.isoformat())
    screen.place.period.value = ""
    goal = next((ms for size, ms in GOALS if movements <= size), GOALS[-1][1])
    for name, times in (clicks(screen, count=count) | sides(screen, count=count)).items():
        middle, worst = statistics.median(times), max(times)
        print(f"  {name}: {middle:.0f} ms, worst {worst:.0f} ms ({middle / goal:.2f} of the goal)")


def main() -> None:
    """Runs the comparison."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--movements", type=int, nargs="+", default=[2_000, 20_000])
    parser.add_argument("--clicks", type=int, default=12)
    options = parser.parse_args()
    for movements in options.movements:
        with tempfile.TemporaryDirectory() as folder:
            measure(Path(folder), movements=movements, count=options.clicks)
    print(f"goals: opening at most {OPENING_GOAL} times; clicks {dict(GOALS)} ms")


if __name__ == "__main__":
    main()
