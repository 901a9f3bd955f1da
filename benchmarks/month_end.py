"""Month-end of the demo portfolio against the `papermill` command in a loop: processor time.

    python -m benchmarks.month_end [--coownerships 4] [--rentals 2] [--jobs 1]

Both execute `notebooks/month_end.ipynb` for the same buildings on the same ledger. Ours also makes
the pages, the index and the marks in the journal, and its start, imports and fork server are
shared out over the buildings. Processor time is user and system time of each program with all
its children, so that neither a busy machine nor the number of processors changes the ratio.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from workbench.demo.portfolio import generate
from workbench.domain.dates import Period
from workbench.ledger import views
from workbench.ledger.store import open_ledger
from workbench.pipeline import importing, reconciling
from workbench.runs.assets import notebook_path

GOAL = 2.0
AT = datetime(2026, 11, 2, 6, 40, tzinfo=UTC)
PERIOD = Period(2026, 10)
OURS = """
import sys
from datetime import datetime
from workbench.domain.dates import Period
from workbench.runs.month_end import BuildingState, run_month_end

ledger, period, at, out, jobs, *building_ids = sys.argv[1:]
summary = run_month_end(
    ledger, period=Period.parse(period), building_ids=building_ids, out=out, jobs=int(jobs),
    actor="benchmark", at=datetime.fromisoformat(at),
)
sys.exit(len(summary.buildings) - len(summary.of_state(BuildingState.DONE)))
"""


def processor_seconds(command: Sequence[str], *, ledger: str) -> float:
    """Runs a command and returns its user and system time, its children's included."""
    environment = {**os.environ, "WORKBENCH_LEDGER": ledger}
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[0]} ended with status {process.returncode}")
    return used.ru_utime + used.ru_stime


def papermill_loop(building_ids: Sequence[str], *, ledger: str, out: Path) -> float:
    """Returns the processor seconds of one `papermill` command a building."""
    papermill = str(Path(sys.executable).with_name("papermill"))
    total = 0.0
    for building_id in building_ids:
        parameters = {"building_id": building_id, "period": PERIOD, "at": AT.isoformat()}
        options = [part for name, value in parameters.items() for part in ("-p", name, str(value))]
        notebook = str(notebook_path("month_end.ipynb"))
        command = [papermill, notebook, str(out / f"{building_id}.ipynb"), *options]
        total += processor_seconds([*command, "--no-progress-bar"], ledger=ledger)
    return total


def main() -> None:
    """Makes the portfolio, runs both, prints the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--coownerships", type=int, default=4)
    parser.add_argument("--rentals", type=int, default=2)
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        generate(coownerships=given.coownerships, rentals=given.rentals).write(folder / "portfolio")
        url = f"sqlite:///{folder / 'ledger.db'}"
        with open_ledger(url, create=True) as ledger:
            importing.import_paths(ledger, [folder / "portfolio"], actor="benchmark", at=AT)
            reconciling.reconcile(ledger, as_of=PERIOD.last_day, actor="benchmark", at=AT)
            building_ids = [str(each) for each in views.buildings(ledger)["building_id"]]
        arguments = [url, str(PERIOD), AT.isoformat(), str(folder / "out"), str(given.jobs)]
        command = [sys.executable, "-c", OURS, *arguments, *building_ids]
        ours = processor_seconds(command, ledger=url)
        loop = papermill_loop(building_ids, ledger=url, out=folder)
    count = len(building_ids)
    print(f"{count} buildings, processor seconds per building")
    print(f"papermill in a loop  {loop / count:7.2f}")
    print(f"workbench month-end  {ours / count:7.2f}")
    print(f"ratio                {loop / ours:7.2f}     (goal: at least {GOAL:.0f})")


if __name__ == "__main__":
    main()
