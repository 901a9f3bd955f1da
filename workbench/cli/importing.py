"""Importing on the terminal: the command, and what an import did, in words and for scripts."""

from collections.abc import Sequence
from pathlib import Path

import click

from workbench.cli.french import FrenchCommand
from workbench.cli.options import common, config_option, now
from workbench.cli.terminal import Terminal
from workbench.domain.findings import Finding
from workbench.ledger.store import open_ledger
from workbench.loaders.profiles import load_profiles
from workbench.pipeline import importing
from workbench.pipeline.importing import ImportSummary
from workbench.pipeline.settings import archive_of, load_settings


@click.command("import", cls=FrenchCommand)
@click.argument(
    "paths", metavar="CHEMIN…", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option("--iban", default="", metavar="IBAN", help="Compte d'un fichier qui ne le nomme pas.")
@config_option
@common
def import_(
    paths: tuple[Path, ...],
    iban: str,
    config: Path | None,
    ledger_url: str | None,
    actor: str,
    *,
    as_json: bool,
) -> int:
    """Lire tables et fichiers bancaires ; ce qui est déjà connu n'est pas repris."""
    terminal = Terminal(as_json=as_json)
    settings = load_settings(config)
    profiles = load_profiles(settings.profiles)
    with (
        open_ledger(ledger_url, create=True) as ledger,
        terminal.progress("Lecture des fichiers") as progress,
    ):
        summary = importing.import_paths(
            ledger, paths, iban=iban.replace(" ", "").upper(), actor=actor, at=now(),
            progress=progress, profiles=profiles, archive=archive_of(settings, ledger),
        )  # fmt: skip
    print_import(terminal, summary)
    return summary.exit_status


def print_import(terminal: Terminal, summary: ImportSummary) -> None:
    """Prints what an import did, then everything that did not go in."""
    rows = [
        (name, str(r.new), str(r.changed), str(r.known), str(len(r.refused)))
        for name, r in summary.tables.items()
    ]
    terminal.table(("Table", "nouvelles", "modifiées", "connues", "refusées"), rows, right=4)
    if summary.bank_files:
        files = len(summary.bank_files)
        terminal.line(
            f"{files} fichier{'s' if files > 1 else ''} de banque : "
            f"{summary.new_movements} mouvements nouveaux, {summary.known_movements} déjà connus."
        )
    print_rest(terminal, [summary])
    terminal.json(import_data(summary))


def print_rest(terminal: Terminal, summaries: Sequence[ImportSummary]) -> None:
    """Prints what several imports have to say beyond their counts."""
    attached = sum(summary.attached for summary in summaries)
    skipped = [name for summary in summaries for name in summary.skipped]
    rejects = [finding for summary in summaries for finding in summary.rejects]
    findings = [finding for summary in summaries for finding in summary.findings]
    details = sum(r.details for summary in summaries for _, _, r in summary.bank_files)
    if details:
        terminal.line(
            f"{details} détails d'écritures gardés, joints à leurs "
            "mouvements dès qu'un relevé les apporte."
            if details > 1
            else "1 détail d'écriture gardé, joint à son mouvement dès qu'un relevé l'apporte."
        )
    if attached:
        terminal.line(f"{attached} mouvements en attente ont trouvé leur immeuble.")
    if skipped:
        terminal.note(f"Laissés de côté, ni table ni relevé : {', '.join(skipped[:10])}.")
    terminal.findings(f"{len(rejects)} ligne(s) refusée(s) :", rejects)
    terminal.findings(f"{len(findings)} constat(s) :", findings)
    for summary in summaries:
        for error in summary.unreadable:
            terminal.note(str(error))


def import_data(summary: ImportSummary) -> dict[str, object]:
    """Returns what an import did, for scripts."""
    return {
        "tables": {
            name: {"new": r.new, "changed": r.changed, "known": r.known,
                   "refused": len(r.refused)}
            for name, r in summary.tables.items()
        },
        "bank_files": [
            {"file": name, "format": kind, "new": r.new, "known": r.known,
             "details": r.details, "already_imported": r.already_imported}
            for name, kind, r in summary.bank_files
        ],
        "movements_new": summary.new_movements,
        "movements_known": summary.known_movements,
        "attached": summary.attached,
        "rejects": [finding_data(f) for f in summary.rejects],
        "findings": [finding_data(f) for f in summary.findings],
        "unreadable": [str(error) for error in summary.unreadable],
        "skipped": summary.skipped,
    }  # fmt: skip


def finding_data(finding: Finding) -> dict[str, object]:
    """Returns a finding, for scripts."""
    names = ("code", "severity", "message", "file", "line", "column", "value", "to_do")
    return {name: getattr(finding, name) for name in names}
