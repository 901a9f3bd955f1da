"""The demo: the whole product on a believable portfolio, in one folder of its own.

Everything is dated, actor included, so that two demos are the same to the byte.
"""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from workbench.cli.auditors import settle_by_hand
from workbench.cli.closing import run_period
from workbench.cli.commands import print_import, print_reconcile
from workbench.cli.terminal import Terminal
from workbench.demo.portfolio import generate
from workbench.domain.dates import Period, french_date
from workbench.domain.errors import ExitStatus, ParameterError
from workbench.ledger.store import open_ledger
from workbench.pipeline import importing, reconciling

AS_OF: Final = date(2026, 10, 31)
_BEFORE: Final = Period.of(AS_OF).plus(-1).last_day
# When the office would have run it.
AT: Final = datetime(2026, 11, 2, 6, 40, tzinfo=UTC)
ACTOR: Final = "démonstration"
# Only a folder that carries this file is ever emptied.
_MARKER: Final = ".workbench-demo"


def run_demo(folder: Path, *, jobs: int, terminal: Terminal) -> int:
    """Writes a portfolio, imports, reconciles and closes its last month, all under `folder`.

    Raises:
        ParameterError: the folder holds something that no demo wrote.
    """
    _empty(folder)
    portfolio = folder / "portfolio"
    invented = generate()
    invented.write(portfolio)
    quiet = Terminal(as_json=False)
    with open_ledger(f"sqlite:///{folder.absolute() / 'workbench.db'}", create=True) as ledger:
        terminal.line("1. Import du portefeuille")
        with quiet.progress("Lecture des fichiers") as progress:
            imported = importing.import_paths(
                ledger, [portfolio], actor=ACTOR, at=AT, progress=progress
            )
        print_import(terminal, imported)
        if imported.exit_status != ExitStatus.DONE:
            return imported.exit_status
        terminal.line()
        terminal.line("2. Rapprochement")
        with quiet.progress("Rapprochement des mois passés") as progress:
            reconciling.reconcile(ledger, as_of=_BEFORE, actor=ACTOR, at=AT, progress=progress)
        with quiet.progress("Décisions des mois passés") as progress:
            by_hand = settle_by_hand(ledger, invented, until=_BEFORE, progress=progress)
        terminal.line(
            f"Jusqu'au {french_date(_BEFORE)}, le cabinet a réglé à la main {by_hand} mouvements."
        )
        with quiet.progress("Rapprochement") as progress:
            reconciled = reconciling.reconcile(
                ledger, as_of=AS_OF, actor=ACTOR, at=AT, progress=progress
            )
        print_reconcile(terminal, reconciled, as_of=AS_OF)
        terminal.line()
        terminal.line("3. Clôture du mois")
        status = run_period(
            ledger, period=Period.of(AS_OF), buildings=(), out=str(folder / "month-end"),
            jobs=jobs, scheduler=None, parameters={}, actor=ACTOR, at=AT, terminal=terminal,
        )  # fmt: skip
    terminal.line()
    terminal.line("Ensuite :")
    terminal.line(f"  export WORKBENCH_LEDGER=sqlite:///{folder / 'workbench.db'}")
    terminal.line(f"  workbench dashboard --as-of {AS_OF.isoformat()}")
    terminal.line("  workbench export debtors --as-of " + AS_OF.isoformat())
    return status


def _empty(folder: Path) -> None:
    if folder.exists():
        if not folder.is_dir():
            raise ParameterError(f"{folder} n'est pas un dossier")
        if any(folder.iterdir()) and not (folder / _MARKER).is_file():
            raise ParameterError(
                f"{folder} contient autre chose qu'une démonstration : choisir un dossier vide"
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / _MARKER).write_text("Effacé et refait par « workbench demo ».\n", encoding="utf-8")
