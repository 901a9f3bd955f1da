"""The exports: a table of the contract on standard output, entries as a FEC too."""

import sys
from datetime import date
from pathlib import Path

import click

from workbench.cli.french import FrenchCommand
from workbench.cli.options import DAY, common, config_option, today
from workbench.cli.terminal import Terminal
from workbench.domain.errors import ExitStatus, ParameterError
from workbench.ledger.store import open_ledger
from workbench.pipeline import exporting
from workbench.pipeline.exporting import ENTRIES, Part
from workbench.pipeline.settings import load_settings


@click.command(cls=FrenchCommand)
@click.argument("what", metavar="QUOI", type=click.Choice(list(exporting.EXPORTS)))
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "json", "fec"]),
    default="csv",
    help="csv, json, ou fec pour les écritures d'un immeuble [défaut : csv].",
)
@click.option(
    "--as-of",
    type=DAY,
    default=today,
    metavar="DATE",
    help="Situation à ce jour [défaut : aujourd'hui].",
)
@click.option(
    "--building",
    "building_id",
    default="",
    metavar="IMMEUBLE",
    help="Écritures : un seul immeuble.",
)
@click.option(
    "--since", type=DAY, default=None, metavar="DATE", help="Écritures : à partir de ce jour."
)
@config_option
@common
def export(
    *,
    what: str,
    format_: str,
    as_of: date,
    building_id: str,
    since: date | None,
    config: Path | None,
    ledger_url: str | None,
    actor: str,
    as_json: bool,
) -> int:
    """Écrire une table sur la sortie : movements, dues, debtors, entries et les autres."""
    del actor  # reading leaves no decision
    part = Part(building_id=building_id, since=since)
    if what != ENTRIES and (part != exporting.EVERYTHING or format_ == "fec"):
        raise ParameterError(
            "« --format fec », « --building » et « --since » sont pour « export entries »"
        )
    settings = load_settings(config)
    with open_ledger(ledger_url, read_only=True) as ledger:
        if format_ == "fec" and not as_json:
            text = exporting.fec(ledger, as_of=as_of, chart=settings.chart, part=part)
            sys.stdout.write(text)
            return ExitStatus.DONE
        frame = exporting.export(
            ledger, what, as_of=as_of, rules=settings.sampling, chart=settings.chart, part=part
        )
    if as_json or format_ == "json":
        Terminal(as_json=True).json(frame.to_dict(orient="records"))
    else:
        sys.stdout.write(exporting.to_csv(frame))
    return ExitStatus.DONE
