"""Clicks on the two sides of an account, beside a large building's other movements."""

import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks._bench_building import ACCOUNT

if TYPE_CHECKING:
    from workbench.widgets.reconcile import Reconcile
    from workbench.widgets.sides import SidesView

_WORDS: Final = ("garrabet", "virement 00", "650", "zzz")


def sides(screen: "Reconcile", *, count: int) -> dict[str, list[float]]:
    """Returns the milliseconds of each kind of click on Répartir, so many of each."""
    found: defaultdict[str, list[float]] = defaultdict(list)

    def timed(name: str, click: Callable[[], object]) -> None:
        found[name].append(milliseconds(click))

    screen.list.clear_filters()
    screen.list.filters["proposed"].click()
    for _ in range(count):
        screen.list.table.step(1)
        timed("Répartir: open", screen.allocate)
        view = _opened(screen)
        table = view.tables["right"]
        box = {"kind": "check", "key": "checked", "id": table.rows[0]["id"]}
        timed("Répartir: tick a due", partial(table.receive, None, box | {"checked": True}, ()))
        table.receive(None, box | {"checked": False}, ())
        timed("Répartir: oldest first", view.oldest.click)
        timed("Répartir: write", view.write.click)
        if "Rapproché" not in view.told.value:
            raise SystemExit("nothing was written")
        timed("Répartir: undo", view.undo.click)
        timed("Répartir: leave", view.back.click)
    screen.allocate()
    view = _opened(screen)
    for number in range(count):
        view.everything.value = False
        view.open(accounts=[ACCOUNT])
        timed("Répartir: every movement", partial(setattr, view.everything, "value", True))
        words = _WORDS[number % len(_WORDS)]
        timed("Répartir: search in all", partial(setattr, view.search, "value", words))
        timed("Répartir: search another", partial(setattr, view.search, "value", f"{words} "))
        view.search.value = ""
    return found


def milliseconds(click: Callable[[], object]) -> float:
    """Returns the processor time of a click."""
    start = time.process_time()
    click()
    return (time.process_time() - start) * 1_000


def _opened(screen: "Reconcile") -> "SidesView":
    if screen.sides is None:
        raise SystemExit("the two sides were not opened")
    return screen.sides
