"""The month-end on the terminal: runs it, says what became of each building and what to open."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from workbench.cli.terminal import Terminal
from workbench.domain.dates import Period
from workbench.domain.errors import ExitStatus, ParameterError
from workbench.ledger import views
from workbench.ledger.store import Ledger
from workbench.runs.month_end import (
    BuildingState,
    MonthEndOptions,
    MonthEndSummary,
    run_month_end,
)


def run_period(
    ledger: Ledger,
    *,
    period: Period,
    buildings: Sequence[str],
    out: str,
    jobs: int,
    scheduler: str | None,
    parameters: Mapping[str, str],
    actor: str,
    at: datetime,
    terminal: Terminal,
) -> int:
    """Runs one month's end and prints its summary; status 1 when a building failed."""
    known = list(views.buildings(ledger)["building_id"])
    unknown = [name for name in buildings if name not in known]
    if unknown:
        raise ParameterError(f"immeuble inconnu : {', '.join(unknown)}")
    if not known:
        raise ParameterError("aucun immeuble dans le registre : importer d'abord ses tables")
    with terminal.progress(f"Clôture {period.of_french()}") as progress:
        summary = run_month_end(
            ledger.address, period=period, building_ids=list(buildings) or known, out=out,
            jobs=jobs, scheduler=scheduler, actor=actor, at=at, progress=progress,
            options=MonthEndOptions(parameters=parameters),
        )  # fmt: skip
    _print(terminal, summary)
    failed = summary.of_state(BuildingState.FAILED)
    return ExitStatus.CHECK_FAILED if failed else ExitStatus.DONE


def _print(terminal: Terminal, summary: MonthEndSummary) -> None:
    rows = [(result.building_id, result.words) for result in summary.buildings]
    terminal.table(("Immeuble", f"Clôture {summary.period.of_french()}"), rows)
    terminal.line(f"À ouvrir : {summary.index}")
    terminal.json(
        {
            "period": str(summary.period),
            "index": str(summary.index),
            "buildings": [
                {"building_id": r.building_id, "state": r.state.value, "words": r.words,
                 "notebook": str(r.notebook), "html": str(r.html)}
                for r in summary.buildings
            ],
        }
    )  # fmt: skip
