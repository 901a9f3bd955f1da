"""Invoices of formal notices and procedures: listed, validated, cancelled (DOMAIN B4, E19)."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import click
import pandas as pd

from workbench.cli.french import FrenchCommand
from workbench.cli.options import DAY, common, now, today
from workbench.cli.outcomes import print_outcomes
from workbench.cli.terminal import Terminal
from workbench.domain.dates import french_date
from workbench.domain.errors import ExitStatus, ParameterError
from workbench.domain.frames import rows_of
from workbench.domain.money import french_euros, iso_amount
from workbench.ledger.fee_invoices import CANCELLED, DRAFT, VALIDATED
from workbench.ledger.store import open_ledger
from workbench.pipeline import invoicing
from workbench.runs.assets import template_path

_STATES: Final = {DRAFT: "◇ à valider", VALIDATED: "● validée", CANCELLED: "– annulée"}
_TITLES: Final = ("N°", "Date", "Compte", "Titulaire", "Prestation", "État", "Montant")


@click.command(cls=FrenchCommand)
@click.option("--kind", default="", metavar="PRESTATION", help="Une seule, comme formal_notice.")
@click.option("--building", "building_id", default="", metavar="IMMEUBLE", help="Un seul immeuble.")
@click.option("--state", type=click.Choice(list(_STATES)), help="Un seul état.")
@click.option("--validate", multiple=True, metavar="F…", help="Valider ces brouillons.")
@click.option("--cancel", multiple=True, metavar="F…", help="Annuler ces factures.")
@click.option(
    "--on", type=DAY, default=today, metavar="DATE", help="À ce jour [défaut : aujourd'hui]."
)
@click.option("--reason", default="", metavar="MOTIF", help="Pourquoi ; gardé dans l'historique.")
@common
def invoices(
    *,
    kind: str,
    building_id: str,
    state: str | None,
    validate: tuple[str, ...],
    cancel: tuple[str, ...],
    on: date,
    reason: str,
    ledger_url: str | None,
    actor: str,
    as_json: bool,
) -> int:
    """Lister les factures de frais (mises en demeure, procédures), les valider, les annuler.

    Une facture validée porte ses frais au compte ; annulée, elle les en retire.
    """
    terminal = Terminal(as_json=as_json)
    if validate and cancel:
        raise ParameterError("valider ou annuler : une seule des deux options à la fois")
    with open_ledger(ledger_url, read_only=not (validate or cancel)) as ledger:
        if validate:
            folder = template_path("letters").parent
            done = invoicing.validate_invoices(
                ledger, validate, on=on, folder=folder, actor=actor, at=now()
            )
            return print_outcomes(terminal, done)
        if cancel:
            done = invoicing.cancel_invoices(
                ledger, cancel, on=on, actor=actor, at=now(), reason=reason
            )
            return print_outcomes(terminal, done)
        frame = invoicing.fee_invoices(ledger, kind=kind, building_id=building_id)
    rows = [row for row in rows_of(frame) if state in {None, row["state"]}]
    if not rows:
        terminal.line("Aucune facture de frais.")
    terminal.table(_TITLES, [_line(row) for row in rows], right=1)
    terminal.json([_record(row) for row in rows])
    return ExitStatus.DONE


def _line(row: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        row["invoice_id"], french_date(row["issued_on"]), row["account_id"], row["holder"],
        row["service"], _STATES[row["state"]], french_euros(row["amount_cents"]),
    )  # fmt: skip


def _record(row: Mapping[str, Any]) -> dict[str, Any]:
    days = ("issued_on", "validated_on", "cancelled_on")
    texts = ("invoice_id", "account_id", "building_id", "holder", "service", "state", "due_id")
    told: dict[str, Any] = {name: row[name] for name in texts}
    told["amount"] = iso_amount(row["amount_cents"])
    for name in days:
        told[name] = "" if pd.isna(row[name]) else row[name].date().isoformat()
    return told
