"""Reminders on the command line: what is due, planned or blocked, and what a person decides."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import click
import pandas as pd

from workbench.cli.options import DAY, common, config_option, now, today
from workbench.cli.outcomes import print_outcomes
from workbench.cli.terminal import Terminal
from workbench.domain.dates import french_date
from workbench.domain.errors import ExitStatus, ParameterError
from workbench.domain.money import french_euros, iso_amount
from workbench.ledger.store import open_ledger
from workbench.pipeline import reminding
from workbench.pipeline.generating import SENT, Generated
from workbench.pipeline.planning import WAITING
from workbench.pipeline.reminder_settings import type_words
from workbench.pipeline.settings import load_settings
from workbench.runs.assets import template_path

_MOST_LINES: Final = 40
_MOST_NAMES: Final = 5
_CHANNELS: Final = {
    "post": "courrier", "email": "courriel", "registered": "recommandé",
    "e_registered": "recommandé électronique",
}  # fmt: skip


@click.command()
@click.option(
    "--as-of",
    type=DAY,
    default=today,
    metavar="DATE",
    help="Le jour où les lettres partent [défaut : aujourd'hui].",
)
@click.option("--building", "building_id", metavar="IMMEUBLE", default="", help="Un seul immeuble.")
@click.option("--dry-run", is_flag=True, help="Dire ce qui partirait, sans rien écrire.")
@click.option(
    "--validate",
    "validated",
    metavar="R…",
    multiple=True,
    help="Laisser partir une relance qui attend (R12) ; peut se répéter, ne génère rien d'autre.",
)
@config_option
@common
def reminders(
    as_of: date,
    building_id: str,
    validated: tuple[str, ...],
    config: Path | None,
    ledger_url: str | None,
    actor: str,
    *,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Relancer : ce qui est dû, prévu ou bloqué ce jour-là, et pourquoi ; générer ce qui est dû."""
    terminal = Terminal(as_json=as_json)
    folder = template_path("letters").parent
    settings = load_settings(config)
    with open_ledger(ledger_url) as ledger:
        if validated:
            done = reminding.validate_reminders(
                ledger, validated, on=as_of, actor=actor, at=now(), folder=folder
            )
            print_outcomes(terminal, done)
            left = any(not outcome.done for outcome in done)
            return ExitStatus.DONE_WITH_REJECTS if left else ExitStatus.DONE
        with terminal.progress("Relances") as progress:
            run = reminding.generate(
                ledger, as_of=as_of, dry_run=dry_run, actor=actor, at=now(), settings=settings,
                folder=folder, building_id=building_id, progress=progress,
            )  # fmt: skip
    _print(terminal, run, dry_run=dry_run)
    return ExitStatus.DONE_WITH_REJECTS if run.problems else ExitStatus.DONE


def _print(terminal: Terminal, run: Generated, *, dry_run: bool) -> None:
    frame, as_of = run.plan.frame, run.plan.as_of
    terminal.json({"as_of": as_of.isoformat(), "reminders": json_rows(run, dry_run=dry_run)})
    made = run.reminders
    what = "Simulation des relances" if dry_run else "Relances"
    counts = frame["state"].value_counts()
    waiting = int((frame["reminder_id"] > 0).sum())
    terminal.line(
        f"{what} au {french_date(as_of)} : {len(made)} {'à envoyer' if dry_run else 'générées'}, "
        f"{counts.get('planned', 0)} prévues, {counts.get('blocked', 0)} bloquées."
    )
    if not run.plan.automatic:
        terminal.line("▲ La génération automatique est arrêtée (« workbench automatic on »).")
    if waiting:
        terminal.line(f"◇ {waiting} à valider : « workbench reminders --validate R… », ou l'écran.")
    _table(terminal, made, dry_run=dry_run)
    _reasons(terminal, run.blocked)
    for words in run.changes[:_MOST_LINES]:
        terminal.line(words)
    _tell(terminal, "À compléter, rien n'est parti :", run.problems)
    _tell(terminal, "À regarder :", run.warnings)
    if not dry_run and len(made):
        terminal.line("Les lettres : « workbench letters list », « workbench letters send ».")


def _tell(terminal: Terminal, title: str, told: Mapping[str, str]) -> None:
    """Prints what is to be mended or looked at, accounts with the same words together."""
    if not told:
        return
    terminal.note(title)
    accounts: dict[str, list[str]] = {}
    for account, words in told.items():
        accounts.setdefault(words, []).append(account)
    for words, of in list(accounts.items())[:_MOST_LINES]:
        more = f" et {len(of) - _MOST_NAMES} autres" if len(of) > _MOST_NAMES else ""
        terminal.note(f"  {', '.join(of[:_MOST_NAMES])}{more} : {words}")
    if len(accounts) > _MOST_LINES:
        terminal.note(f"  et {len(accounts) - _MOST_LINES} autres raisons")


def _table(terminal: Terminal, made: pd.DataFrame, *, dry_run: bool) -> None:
    rows = [
        (
            row["reminder"] or "–", row["account_id"], type_words(row["kind"]),
            _CHANNELS[row["channel"]],
            "à valider" if row["state"] == WAITING else "à envoyer" if dry_run else "partie",
            french_euros(row["amount_cents"]),
        )
        for row in made.head(_MOST_LINES).to_dict(orient="records")
    ]  # fmt: skip
    terminal.table(("N°", "Compte", "Relance", "Envoi", "État", "Montant"), rows, right=1)
    if len(made) > _MOST_LINES:
        terminal.line(f"… et {len(made) - _MOST_LINES} autres (« workbench export reminders »).")


def _reasons(terminal: Terminal, blocked: pd.DataFrame) -> None:
    rows = [
        (f"× {row['account_id']}", type_words(row["kind"]), row["words"])
        for row in blocked.head(_MOST_LINES).to_dict(orient="records")
    ]
    terminal.table(("Bloquées", "Relance", "Pourquoi"), rows)
    if len(blocked) > _MOST_LINES:
        terminal.line(f"… et {len(blocked) - _MOST_LINES} autres.")


def json_rows(run: Generated, *, dry_run: bool) -> list[dict[str, Any]]:
    """Returns one row an account with something owed: its next step (CONTRACT, reminders).

    In a real run a step that was generated has the state it got, and its numbers.
    """
    made = {row["account_id"]: row for row in run.reminders.to_dict(orient="records")}
    rows: list[dict[str, Any]] = []
    for row in run.plan.frame.to_dict(orient="records"):
        account, day = str(row["account_id"]), row["planned_on"]
        told: dict[str, Any] = {
            "account_id": account, "kind": row["kind"],
            "planned_on": None if pd.isna(day) else day.date().isoformat(),
            "state": row["state"], "reason": row["reason"],
            "amount": iso_amount(int(row["amount_cents"])),
            "building_id": row["building_id"], "words": row["words"],
        }  # fmt: skip
        if account in made and not dry_run:
            one = made[account]
            told |= {"reminder": one["reminder"], "letter": one["letter"]}
            if one["state"] == SENT:
                told["state"] = SENT
        if account in run.problems:
            told["problem"] = run.problems[account]
        rows.append(told)
    return rows


@click.command()
@click.argument("account_id", metavar="COMPTE")
@click.option("--type", "kind", required=True, metavar="TYPE", help="simple, formal_notice, …")
@click.option("--on", type=DAY, default=today, metavar="DATE", help="Jour [défaut : aujourd'hui].")
@click.option("--bill/--no-bill", default=True, help="Facturer ce qui peut l'être [défaut : oui].")
@config_option
@common
def remind(
    account_id: str,
    kind: str,
    on: date,
    config: Path | None,
    ledger_url: str | None,
    actor: str,
    *,
    bill: bool,
    as_json: bool,
) -> int:
    """Relancer un compte à la main, quoi qui s'y oppose hors un appel non distribué."""
    with open_ledger(ledger_url) as ledger:
        done = reminding.remind(
            ledger, account_id, kind=kind, on=on, actor=actor, at=now(),
            settings=load_settings(config), folder=template_path("letters").parent, bill=bill,
        )  # fmt: skip
    return print_outcomes(Terminal(as_json=as_json), [done])


@click.command()
@click.argument("account_id", metavar="COMPTE")
@click.option("--to", type=DAY, required=True, metavar="DATE", help="Le nouveau jour, plus tard.")
@click.option(
    "--as-of", type=DAY, default=None, metavar="DATE", help="Situation [défaut : aujourd'hui]."
)
@common
def move(
    account_id: str,
    to: date,
    as_of: date | None,
    ledger_url: str | None,
    actor: str,
    *,
    as_json: bool,
) -> int:
    """Déplacer la prochaine relance d'un compte à un jour plus tard."""
    with open_ledger(ledger_url) as ledger:
        done = reminding.move(
            ledger, account_id, to=to, as_of=as_of or min(today(), to), actor=actor, at=now()
        )
    terminal = Terminal(as_json=as_json)
    status = print_outcomes(terminal, [done])
    if to <= today():
        terminal.note(f"Le {french_date(to)} est déjà là : la relance reste due aujourd'hui.")
    return status


@click.command()
@click.argument("building_id", metavar="IMMEUBLE")
@click.option("--until", type=DAY, metavar="DATE", help="Le jour du réveil, six mois au plus.")
@click.option("--wake", is_flag=True, help="Réveiller maintenant.")
@click.option(
    "--as-of", type=DAY, default=today, metavar="DATE", help="Dès ce jour [défaut : aujourd'hui]."
)
@common
def snooze(
    building_id: str,
    until: date | None,
    as_of: date,
    ledger_url: str | None,
    actor: str,
    *,
    wake: bool,
    as_json: bool,
) -> int:
    """Mettre en sommeil les relances d'un immeuble, ou les réveiller (--wake)."""
    if (until is None) != wake:
        raise ParameterError("donner le jour du réveil (--until), ou réveiller (--wake)")
    with open_ledger(ledger_url) as ledger:
        if until is None:
            done = reminding.wake(ledger, building_id, as_of=as_of, actor=actor, at=now())
        else:
            done = reminding.snooze(
                ledger, building_id, until=until, as_of=as_of, actor=actor, at=now()
            )
    return print_outcomes(Terminal(as_json=as_json), [done])


@click.command()
@click.argument("state", metavar="on|off", type=click.Choice(["on", "off"]))
@common
def automatic(state: str, ledger_url: str | None, actor: str, *, as_json: bool) -> int:
    """Mettre en marche (on) ou arrêter (off) la génération automatique des relances."""
    with open_ledger(ledger_url) as ledger:
        done = reminding.set_automatic(ledger, on=state == "on", actor=actor, at=now())
    return print_outcomes(Terminal(as_json=as_json), [done])
