"""Every command of the contract that is built, in the order of a month's work."""

import os
import sys
from datetime import date
from pathlib import Path

import click

from workbench.cli.bank_files import inspect, show
from workbench.cli.entering import add_due, on_account, set_aside
from workbench.cli.exports import export
from workbench.cli.french import FrenchGroup, usage_words
from workbench.cli.importing import import_
from workbench.cli.invoices import invoices
from workbench.cli.letters import letters
from workbench.cli.options import DAY, MONTH, common, config_option, now, today
from workbench.cli.outcomes import print_outcomes
from workbench.cli.reminding import automatic, move, remind, reminders, snooze
from workbench.cli.sampling import forget, learned, sample
from workbench.cli.syncing import sync
from workbench.cli.terminal import Terminal
from workbench.domain.dates import Period, french_date
from workbench.domain.errors import ExitStatus, ParameterError, WorkbenchError
from workbench.domain.money import AmountError, french_euros, parse_amount
from workbench.ledger.store import open_ledger
from workbench.pipeline import checking, deciding, reconciling
from workbench.pipeline.recording import ReconcileSummary
from workbench.pipeline.settings import load_settings


@click.group(cls=FrenchGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="workbench", help="Afficher la version.")
def cli() -> None:
    """Rapprocher les paiements d'un portefeuille d'immeubles, et dire pourquoi."""


@cli.command()
@click.argument("folder", metavar="[DOSSIER]", default="demo", type=click.Path(path_type=Path))
@click.option(
    "--jobs", default=0, metavar="N", help="Clôtures en parallèle [défaut : processeurs]."
)
@click.option("--json", "as_json", is_flag=True, help="Résultat en JSON, pour un script.")
def demo(folder: Path, jobs: int, as_json: bool) -> int:  # noqa: FBT001 - click passes flags so
    """Tout voir fonctionner sur un portefeuille vraisemblable : import, rapprochement, clôtures.

    Tout est écrit sous DOSSIER, qui repart de rien à chaque fois.
    """
    # Imported here: the month-end brings Jupyter along, which the other commands do without.
    from workbench.cli.demonstration import run_demo  # noqa: PLC0415

    return run_demo(folder, jobs=jobs, terminal=Terminal(as_json=as_json))


cli.add_command(import_)
cli.add_command(sync)
cli.add_command(inspect)
cli.add_command(show)


@cli.command()
@click.option("--building", "building_id", metavar="IMMEUBLE", help="Un seul immeuble.")
@click.option(
    "--as-of",
    type=DAY,
    default=today,
    metavar="DATE",
    help="Jusqu'à ce jour [défaut : aujourd'hui].",
)
@click.option("--everything", is_flag=True, help="Reprendre aussi ce qui n'a pas changé.")
@config_option
@common
def reconcile(
    building_id: str | None,
    as_of: date,
    config: Path | None,
    ledger_url: str | None,
    actor: str,
    *,
    everything: bool,
    as_json: bool,
) -> int:
    """Rapprocher : accepter ce qui est sûr, proposer le reste avec ses raisons."""
    terminal, rules = Terminal(as_json=as_json), load_settings(config).sampling
    with open_ledger(ledger_url) as ledger, terminal.progress("Rapprochement") as progress:
        summary = reconciling.reconcile(
            ledger, building_id=building_id, as_of=as_of, actor=actor, at=now(), rules=rules,
            everything=everything, progress=progress,
        )  # fmt: skip
    print_reconcile(terminal, summary, as_of=as_of)
    return ExitStatus.DONE


def print_reconcile(terminal: Terminal, summary: ReconcileSummary, *, as_of: date) -> None:
    """Prints what a run did."""
    changed = f"{summary.buildings} immeuble{'s' if summary.buildings > 1 else ''}"
    terminal.line(
        f"Rapprochement au {french_date(as_of)} : {changed} où quelque chose a changé, "
        f"mouvements ouverts à revoir : {summary.looked_at}."
    )
    rows = [
        ("● rapprochés", str(summary.accepted), french_euros(summary.amount_cents)),
        ("– écartés (frais de banque)", str(summary.set_aside), ""),
        ("◇ proposés, à décider", str(summary.proposed), ""),
        ("○ à identifier", str(summary.left), ""),
    ]
    terminal.table(("État", "mouvements", "montant"), rows, right=2)
    if summary.receipts:
        terminal.line(f"Chèques et paiements par carte affectés : {summary.receipts}.")
    for words in summary.demoted:
        terminal.line(f"▲ {words}")
    terminal.json(
        {
            "as_of": as_of.isoformat(), "buildings": summary.buildings,
            "looked_at": summary.looked_at,
            "accepted": summary.accepted, "receipts": summary.receipts,
            "allocations": summary.allocations,
            "set_aside": summary.set_aside, "proposed": summary.proposed, "left": summary.left,
            "demoted": summary.demoted,
        }
    )  # fmt: skip


@cli.command()
@click.argument("identifiers", metavar="ID…", nargs=-1, required=True)
@common
def accept(
    identifiers: tuple[str, ...], ledger_url: str | None, actor: str, *, as_json: bool
) -> int:
    """Accepter des propositions (P…), ou la meilleure d'un mouvement (M…)."""
    with open_ledger(ledger_url) as ledger:
        done = deciding.accept(ledger, identifiers, actor=actor, at=now())
    return print_outcomes(Terminal(as_json=as_json), done)


@cli.command()
@click.argument("identifiers", metavar="ID…", nargs=-1, required=True)
@common
def reject(
    identifiers: tuple[str, ...], ledger_url: str | None, actor: str, *, as_json: bool
) -> int:
    """Rejeter des propositions (P…), ou toutes celles d'un mouvement (M…)."""
    with open_ledger(ledger_url) as ledger:
        done = deciding.reject(ledger, identifiers, actor=actor, at=now())
    return print_outcomes(Terminal(as_json=as_json), done)


@cli.command()
@click.argument("identifiers", metavar="ID…", nargs=-1, required=True)
@click.option("--reason", default="", metavar="MOTIF", help="Pourquoi ; gardé dans l'historique.")
@common
def undo(
    identifiers: tuple[str, ...], reason: str, ledger_url: str | None, actor: str, *, as_json: bool
) -> int:
    """Annuler : lien (A…), proposition (P…), mouvement (M…), oubli (L…), relance (R V S F C)."""
    with open_ledger(ledger_url) as ledger:
        done = deciding.undo(ledger, identifiers, actor=actor, at=now(), reason=reason)
    return print_outcomes(Terminal(as_json=as_json), done)


@cli.command()
@click.argument("movement", metavar="MOUVEMENT")
@click.argument("dues", metavar="ÉCHÉANCE[:MONTANT]…", nargs=-1, required=True)
@common
def link(
    movement: str, dues: tuple[str, ...], ledger_url: str | None, actor: str, *, as_json: bool
) -> int:
    """Rapprocher un mouvement à la main ; sans montant, tout ce qui reste des deux côtés."""
    wanted = [_due_and_amount(text) for text in dues]
    with open_ledger(ledger_url) as ledger:
        done = deciding.link(ledger, movement, wanted, actor=actor, at=now())
    return print_outcomes(Terminal(as_json=as_json), [done])


def _due_and_amount(text: str) -> tuple[str, int | None]:
    due_id, colon, amount = text.rpartition(":")
    if not colon:
        return text, None
    try:
        return due_id, parse_amount(amount)
    except AmountError as error:
        raise ParameterError(f"montant illisible dans « {text} » : {error}") from None


for _command in (add_due, on_account, set_aside):
    cli.add_command(_command)
for _command in (learned, forget, sample, reminders, remind, move, snooze, automatic):
    cli.add_command(_command)


@cli.command("month-end")
@click.option("--period", type=MONTH, required=True, metavar="AAAA-MM", help="Le mois à clôturer.")
@click.option(
    "--building",
    "buildings",
    multiple=True,
    metavar="IMMEUBLE",
    help="Un immeuble ; peut se répéter [défaut : tous].",
)
@click.option(
    "--jobs", default=0, metavar="N", help="Immeubles en parallèle [défaut : processeurs]."
)
@click.option(
    "--scheduler", metavar="ADRESSE", help="Ordonnanceur Dask (tcp://…) pour plusieurs machines."
)
@click.option(
    "--out", default="month-end", metavar="DOSSIER", help="Où écrire [défaut : month-end]."
)
@click.option(
    "-p",
    "--parameter",
    "parameters",
    multiple=True,
    metavar="NOM=VALEUR",
    help="Autre paramètre du carnet.",
)
@common
def month_end(
    period: Period,
    buildings: tuple[str, ...],
    jobs: int,
    scheduler: str | None,
    out: str,
    parameters: tuple[str, ...],
    ledger_url: str | None,
    actor: str,
    *,
    as_json: bool,
) -> int:
    """Clôturer le mois : un carnet exécuté par immeuble, et une page qui les réunit."""
    from workbench.cli.closing import run_period  # noqa: PLC0415 - brings Jupyter along

    terminal = Terminal(as_json=as_json)
    with open_ledger(ledger_url) as ledger:
        return run_period(
            ledger, period=period, buildings=buildings, out=out, jobs=jobs, scheduler=scheduler,
            parameters=_pairs(parameters), actor=actor, at=now(), terminal=terminal,
        )  # fmt: skip


def _pairs(texts: tuple[str, ...]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise ParameterError(f"paramètre illisible : « {text} » (attendu NOM=VALEUR)")
        pairs[name] = value
    return pairs


cli.add_command(export)
cli.add_command(invoices)
cli.add_command(letters)


@cli.command()
@common
def verify(ledger_url: str | None, actor: str, *, as_json: bool) -> int:
    """Contrôler le registre : la chaîne du journal, et chaque décision contre lui."""
    del actor
    terminal = Terminal(as_json=as_json)
    with open_ledger(ledger_url, read_only=True) as ledger:
        broken = checking.verify(ledger)
        head = checking.journal_head(ledger)
    terminal.json({"intact": not broken, "broken": broken, "seq": head.seq, "hash": head.hash})
    if not broken:
        terminal.line(f"Registre intact : {head.seq} décisions au journal, tête {head.hash[:16]}…")
        return ExitStatus.DONE
    terminal.note(f"Registre altéré : {broken[0]}.")
    for words in broken[1:20]:
        terminal.note(f"  {words}")
    return ExitStatus.CHECK_FAILED


@cli.command()
@click.option(
    "--host",
    default="127.0.0.1",
    metavar="ADRESSE",
    help="Où écouter [défaut : cette machine seule].",
)
@click.option("--port", default=8866, metavar="PORT", help="Port [défaut : 8866].")
@click.option(
    "--as-of",
    type=DAY,
    default=None,
    metavar="DATE",
    help="Situation à ce jour [défaut : aujourd'hui].",
)
@click.option(
    "--token", default=None, metavar="JETON", help="Jeton d'accès [défaut : tiré au sort]."
)
@click.option("--open", "open_browser", is_flag=True, help="Ouvrir le navigateur.")
@common
def dashboard(
    host: str,
    port: int,
    as_of: date | None,
    token: str,
    ledger_url: str | None,
    actor: str,
    *,
    open_browser: bool,
    as_json: bool,
) -> int:
    """Servir le tableau des débiteurs, en lecture seule, avec un jeton."""
    from workbench.runs.dashboard import serve_dashboard  # noqa: PLC0415 - brings Jupyter along

    del actor, as_json
    return serve_dashboard(
        ledger_url, host=host, port=port, token=token, as_of=as_of, open_browser=open_browser
    )


def main(arguments: list[str] | None = None) -> None:
    """Runs one command and exits with its status (CONTRACT, last paragraph)."""
    sys.exit(_status(arguments))


def _status(arguments: list[str] | None) -> int:
    try:
        return int(cli.main(arguments, prog_name="workbench", standalone_mode=False) or 0)
    except click.UsageError as error:
        return _fail(usage_words(error))
    except click.exceptions.Exit as error:
        return error.exit_code
    except click.Abort:
        return _fail("interrompu ; ce qui était fini est gardé")
    except WorkbenchError as error:
        return _fail(str(error), status=error.exit_status)
    except BrokenPipeError:
        # The reader of our output left; Python would complain again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitStatus.DONE
    except OSError as error:
        return _fail(f"{error.filename or 'système'} : {error.strerror or error}")
    except Exception as error:
        if os.environ.get("WORKBENCH_DEBUG"):
            raise
        what = " ".join(f"{type(error).__name__} {error}".split())
        return _fail(
            f"défaut du programme, l'opération en cours n'a rien écrit ({what}). "
            "À signaler, avec WORKBENCH_DEBUG=1 pour le détail"
        )


def _fail(words: str, *, status: int = ExitStatus.COULD_NOT_RUN) -> int:
    Terminal().note(f"workbench : {words.rstrip('.')}.")
    return int(status)
