"""The demo: the whole product on a believable portfolio, in one folder of its own.

Everything is dated, actor included, so that two demos are the same to the byte.
"""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from workbench.cli.auditors import AUDITORS, check_a_sample, settle_by_hand
from workbench.cli.closing import run_period
from workbench.cli.commands import print_reconcile
from workbench.cli.importing import print_import
from workbench.cli.terminal import Terminal
from workbench.demo.portfolio import generate
from workbench.domain.dates import Period, french_date
from workbench.domain.errors import ParameterError
from workbench.domain.policies import SIMPLE
from workbench.ledger.store import Ledger, open_ledger
from workbench.pipeline import importing, reconciling, reminding, sampling
from workbench.pipeline.settings import Office, Settings, archive_of
from workbench.runs.assets import template_path

AS_OF: Final = date(2026, 10, 31)
_BEFORE: Final = Period.of(AS_OF).plus(-1).last_day
# When the office would have run it.
AT: Final = datetime(2026, 11, 2, 6, 40, tzinfo=UTC)
ACTOR: Final = "démonstration"
_REMINDED: Final = date(2026, 10, 10)
_BY_HAND: Final = "C001-45000040"
_SETTINGS: Final = Settings(
    office=Office(
        name="Cabinet Ardouin-Verane",
        lines=("Administrateur de biens", "12 quai Jules-Courmont", "69002 Lyon"),
        contact="04 99 00 00 00",
        signatory="C. Ardouin, gestionnaire",
        place="Lyon",
    )
)
# Only a folder that carries this file is ever emptied.
_MARKER: Final = ".workbench-demo"


def run_demo(folder: Path, *, jobs: int, terminal: Terminal) -> int:
    """Writes a portfolio, imports, reconciles and closes its last month, all under `folder`.

    Raises:
        ParameterError: the folder holds something that no demo wrote.
    """
    steps = Terminal(silent=True) if terminal.as_json else terminal
    status = fill(folder, terminal=steps)
    steps.line()
    steps.line("4. Clôture du mois")
    with open_ledger(ledger_url(folder)) as ledger:
        closed = run_period(
            ledger, period=Period.of(AS_OF), buildings=(), out=str(folder / "month-end"),
            jobs=jobs, scheduler=None, parameters={}, actor=ACTOR, at=AT, terminal=steps,
        )  # fmt: skip
    steps.line()
    steps.line("Ensuite :")
    steps.line(f"  export WORKBENCH_LEDGER=sqlite:///{folder / 'workbench.db'}")
    steps.line(f"  workbench dashboard --as-of {AS_OF.isoformat()}")
    steps.line(f"  workbench export debtors --as-of {AS_OF.isoformat()}")
    index = folder / "month-end" / str(Period.of(AS_OF)) / "index.html"
    terminal.json({"ledger": ledger_url(folder), "as_of": AS_OF.isoformat(), "index": str(index)})
    return status or closed


def ledger_url(folder: Path) -> str:
    """Returns the address of the demo's ledger."""
    return f"sqlite:///{folder.absolute() / 'workbench.db'}"


def fill(folder: Path, *, terminal: Terminal) -> int:
    """Makes the demo's portfolio and its ledger, up to the month-end.

    Raises:
        ParameterError: the folder holds something that no demo wrote.
    """
    _empty(folder)
    portfolio = folder / "portfolio"
    invented = generate()
    invented.write(portfolio)
    with open_ledger(ledger_url(folder), create=True) as ledger:
        terminal.line("1. Import du portefeuille")
        with terminal.progress("Lecture des fichiers") as progress:
            imported = importing.import_paths(
                ledger, [portfolio], actor=ACTOR, at=AT, progress=progress,
                archive=archive_of(Settings(), ledger),
            )  # fmt: skip
        print_import(terminal, imported)
        terminal.line()
        terminal.line("2. Rapprochement")
        with terminal.progress("Rapprochement des mois passés") as progress:
            reconciling.reconcile(ledger, as_of=_BEFORE, actor=ACTOR, at=AT, progress=progress)
        with terminal.progress("Décisions des mois passés") as progress:
            by_hand = settle_by_hand(ledger, invented, until=_BEFORE, progress=progress)
        terminal.line(
            f"Jusqu'au {french_date(_BEFORE)}, le cabinet a réglé à la main {by_hand} mouvements."
        )
        with terminal.progress("Rapprochement") as progress:
            reconciled = reconciling.reconcile(
                ledger, as_of=AS_OF, actor=ACTOR, at=AT, progress=progress
            )
        print_reconcile(terminal, reconciled, as_of=AS_OF)
        checked = check_a_sample(ledger, invented, size=sampling.DEFAULT_SIZE, at=AT)
        terminal.line(
            f"Tirés au sort parmi les liens du moteur, {checked} ont été contrôlés : "
            "« workbench sample », notebooks/matching_quality.ipynb."
        )
        terminal.line()
        terminal.line("3. Relances")
        _remind(ledger, terminal=terminal)
    return imported.exit_status


def _remind(ledger: Ledger, *, terminal: Terminal) -> None:
    """Sends what was due on the 10th, and one reminder by hand four days later (DOMAIN E8)."""
    folder = template_path("letters").parent
    with terminal.progress("Lettres") as progress:
        sent = reminding.generate(
            ledger, as_of=_REMINDED, dry_run=False, actor=ACTOR, at=AT, settings=_SETTINGS,
            folder=folder, progress=progress,
        )  # fmt: skip
    terminal.line(
        f"Au {french_date(_REMINDED)} : {len(sent.reminders)} relances parties, "
        f"{len(sent.blocked)} comptes bloqués, chacun avec sa raison."
    )
    by_hand = reminding.remind(
        ledger, _BY_HAND, kind=SIMPLE, on=_REMINDED + timedelta(days=4), actor=AUDITORS[0], at=AT,
        settings=_SETTINGS, folder=folder,
    )  # fmt: skip
    terminal.line(f"À la main, {AUDITORS[0]} : {by_hand.words}.")


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
