"""Letters on the terminal: send the mails, print the paper, say what became of each."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final

import click

from workbench.cli.french import FrenchCommand, FrenchGroup
from workbench.cli.options import DAY, common, config_option, now, today
from workbench.cli.outcomes import print_outcomes
from workbench.cli.terminal import Terminal
from workbench.domain.dates import french_date
from workbench.domain.errors import ExitStatus, ParameterError, shortened
from workbench.domain.frames import rows_of
from workbench.ledger.outbox import STATE_WORDS, State
from workbench.ledger.store import open_ledger
from workbench.pipeline import mailing, posting
from workbench.pipeline.sending import Sent
from workbench.pipeline.settings import load_settings
from workbench.runs.assets import template_path

_SIGNS: Final = {
    State.QUEUED: "○", State.SENDING: "○", State.SENT: "●", State.UNKNOWN: "▲",
    State.REFUSED: "▲", State.WITHDRAWN: "–",
}  # fmt: skip
_CHANNELS: Final = {
    "post": "lettre", "email": "courriel", "registered": "recommandé AR",
    "e_registered": "recommandé électronique",
}  # fmt: skip


@click.group(cls=FrenchGroup)
def letters() -> None:
    """Le courrier : envoyer les courriels, imprimer les lettres, dire ce qui est parti."""


@letters.command(cls=FrenchCommand)
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Au plus N courriels [défaut : tous]."
)
@config_option
@common
def send(
    limit: int | None, config: Path | None, ledger_url: str | None, actor: str, *, as_json: bool
) -> int:
    """Envoyer les courriels en attente par le serveur de la configuration ([mail])."""
    terminal, settings = Terminal(as_json=as_json), load_settings(config)
    with (
        open_ledger(ledger_url) as ledger,
        terminal.progress("Envoi des courriels") as progress,
        _ended_as_by_a_person(),
    ):
        done = mailing.send(
            ledger, settings=settings, actor=actor, now=now, limit=limit, progress=progress
        )
    _print_sent(terminal, done)
    return ExitStatus.DONE_WITH_REJECTS if done.unsent or done.stopped else ExitStatus.DONE


@contextmanager
def _ended_as_by_a_person() -> Iterator[None]:
    """Makes the system's request to end a Ctrl-C: what is known of the mail in hand is kept."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _print_sent(terminal: Terminal, done: Sent) -> None:
    waiting = f", {done.waiting} en attente" if done.waiting else ""
    terminal.line(f"Courriels partis : {done.sent}{waiting}.")
    for one in done.unsent:
        terminal.note(
            f"{_SIGNS[one.state]} {one.letter}, compte {one.account_id}, "
            f"{STATE_WORDS[one.state]} : {one.words}"
        )
    if any(one.state is State.UNKNOWN for one in done.unsent):
        terminal.note(
            "Un courriel au sort inconnu ne repart jamais seul : « workbench letters resolve C… "
            "--sent » s'il est arrivé, « --again » pour le renvoyer."
        )
    if done.stopped:
        terminal.note(f"Envoi arrêté : {done.stopped}")
    terminal.json(
        {
            "sent": done.sent, "waiting": done.waiting, "stopped": done.stopped,
            "unsent": [
                {"letter": one.letter, "account_id": one.account_id, "state": one.state.value,
                 "words": one.words}
                for one in done.unsent
            ],
        }
    )  # fmt: skip


@letters.command("list", cls=FrenchCommand)
@click.option("--state", type=click.Choice([state.value for state in State]), help="Un seul état.")
@common
def list_(state: str | None, ledger_url: str | None, actor: str, *, as_json: bool) -> int:
    """Lister le courrier : par où il part, et où il en est."""
    del actor  # reading leaves no decision
    terminal = Terminal(as_json=as_json)
    with open_ledger(ledger_url, read_only=True) as ledger:
        rows = rows_of(mailing.letters(ledger, state=state or ""))
    if not rows:
        terminal.line("Aucun courrier.")
    headers = ("N°", "Fait le", "Compte", "Titulaire", "Envoi", "État", "Détail")
    terminal.table(headers, [_line(row) for row in rows])
    terminal.json([_record(row) for row in rows])
    return ExitStatus.DONE


def _line(row: dict[str, Any]) -> tuple[str, ...]:
    state = State(row["state"])
    details = [
        f"le {french_date(date.fromisoformat(row['left_on']))}" if row["left_on"] else "",
        f"n° {row['proof']}" if row["proof"] else "",
        row["last_error"],
        f"{row['attempts']} essais" if row["attempts"] > 1 else "",
    ]
    return (
        row["letter"],
        french_date(date.fromisoformat(row["made_on"])),
        row["account_id"],
        shortened(row["holder"], limit=30),
        _CHANNELS[row["channel"]],
        f"{_SIGNS[state]} {STATE_WORDS[state]}",
        ", ".join(word for word in details if word),
    )


def _record(row: dict[str, Any]) -> dict[str, object]:
    names = (
        "letter", "state", "attempts", "last_error", "message_id", "left_on", "proof", "account_id",
        "building_id", "kind", "made_on", "channel", "reference", "to_address", "subject",
        "file_name", "file_id",
    )  # fmt: skip
    return {name: row[name] for name in names}


@letters.command(cls=FrenchCommand)
@click.argument("identifiers", metavar="C…", nargs=-1, required=True)
@click.option("--sent", "was_sent", is_flag=True, help="Il est bien parti.")
@click.option("--again", is_flag=True, help="Le renvoyer au prochain envoi.")
@click.option("--reason", default="", metavar="MOTIF", help="Comment on le sait ; gardé.")
@common
def resolve(
    identifiers: tuple[str, ...],
    reason: str,
    ledger_url: str | None,
    actor: str,
    *,
    was_sent: bool,
    again: bool,
    as_json: bool,
) -> int:
    """Trancher pour un courriel au sort inconnu : parti, ou à renvoyer ; renvoyer un refusé."""
    if was_sent == again:
        raise ParameterError("dire --sent (il est parti) ou --again (à renvoyer)")
    with open_ledger(ledger_url) as ledger:
        done = mailing.resolve(
            ledger, identifiers, was_sent=was_sent, actor=actor, at=now(), reason=reason
        )
    return print_outcomes(Terminal(as_json=as_json), done)


@letters.command(cls=FrenchCommand)
@click.argument("identifiers", metavar="[C…[:NUMÉRO]]…", nargs=-1)
@click.option(
    "--made-on", type=DAY, metavar="DATE", help="Toutes les lettres simples du tirage de ce jour."
)
@click.option("--on", type=DAY, default=today, metavar="DATE", help="Quand [défaut : aujourd'hui].")
@click.option("--number", default="", metavar="NUMÉRO", help="Du recommandé : la preuve d'envoi.")
@common
def posted(
    identifiers: tuple[str, ...],
    made_on: date | None,
    on: date,
    number: str,
    ledger_url: str | None,
    actor: str,
    *,
    as_json: bool,
) -> int:
    """Dire que des lettres ont été postées, un recommandé avec son numéro."""
    if bool(identifiers) == (made_on is not None):
        raise ParameterError("dire quelles lettres : leurs numéros C…, ou --made-on DATE")
    with open_ledger(ledger_url) as ledger:
        if made_on is not None:
            identifiers = mailing.to_post(ledger, made_on=made_on)
        done = mailing.posted(ledger, identifiers, on=on, actor=actor, at=now(), number=number)
    return print_outcomes(Terminal(as_json=as_json), done)


@letters.command(cls=FrenchCommand)
@click.argument("identifiers", metavar="C…", nargs=-1, required=True)
@click.option("--on", type=DAY, required=True, metavar="DATE", help="De l'avis de passage.")
@common
def presented(
    identifiers: tuple[str, ...], on: date, ledger_url: str | None, actor: str, *, as_json: bool
) -> int:
    """Dire quand un recommandé a été présenté : de là comptent les trente jours."""
    with open_ledger(ledger_url) as ledger:
        done = mailing.presented(ledger, identifiers, on=on, actor=actor, at=now())
    return print_outcomes(Terminal(as_json=as_json), done)


@letters.command(cls=FrenchCommand)
@click.argument("identifier", metavar="C…")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    required=True,
    metavar="FICHIER",
    help="Où l'écrire : .pdf la lettre, .eml le courriel tel que remis ; - la sortie.",
)
@common
def show(identifier: str, out: Path, ledger_url: str | None, actor: str, *, as_json: bool) -> int:
    """Relire un courrier, octet pour octet comme il est parti."""
    del actor
    terminal = Terminal(as_json=as_json)
    is_mail = out.suffix.lower() == ".eml"
    with open_ledger(ledger_url, read_only=True) as ledger:
        read = mailing.sent_mail if is_mail else mailing.letter_file
        content = read(ledger, identifier)
    if str(out) == "-":
        sys.stdout.buffer.write(content)
        return ExitStatus.DONE
    out.write_bytes(content)
    terminal.line(f"{out} : {len(content)} octets.")
    terminal.json({"letter": identifier, "file": str(out), "bytes": len(content)})
    return ExitStatus.DONE


@letters.command("bundle", cls=FrenchCommand)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="DOSSIER",
    help="Où écrire, un dossier par jour.",
)
@click.option("--made-on", type=DAY, metavar="DATE", help="Celles de ce jour, postées ou non.")
@click.option("--duplex", is_flag=True, help="Recto verso : chaque lettre commence au recto.")
@config_option
@common
def bundle_(
    out: Path,
    made_on: date | None,
    config: Path | None,
    ledger_url: str | None,
    actor: str,
    *,
    duplex: bool,
    as_json: bool,
) -> int:
    """Écrire un PDF à imprimer par tirage, et la liste pour la poste."""
    del actor
    terminal, settings = Terminal(as_json=as_json), load_settings(config)
    folder = template_path("letters").parent
    told: list[dict[str, object]] = []
    with open_ledger(ledger_url, read_only=True) as ledger:
        for printing in posting.printings(
            ledger, settings=settings, folder=folder, made_on=made_on, duplex=duplex
        ):
            files = _write(out / printing.made_on.isoformat(), printing.files)
            _print_printing(terminal, printing, files[0].parent)
            told.append(
                {"made_on": printing.made_on.isoformat(), "paper": list(printing.paper),
                 "electronic": list(printing.electronic), "files": [str(file) for file in files]}
            )  # fmt: skip
    if not told:
        terminal.line("Aucune lettre à imprimer.")
    terminal.json(told)
    return ExitStatus.DONE


def _print_printing(terminal: Terminal, printing: posting.Printing, folder: Path) -> None:
    day = french_date(printing.made_on)
    if printing.paper:
        terminal.line(f"Tirage du {day} : {len(printing.paper)} à poster, dans {folder}.")
        terminal.line(
            "  Une fois à la poste : workbench letters posted --made-on "
            f"{printing.made_on.isoformat()}"
        )
    if printing.registered:
        names = " ".join(f"{name}:NUMÉRO" for name in printing.registered)
        terminal.line(f"  et les recommandés : workbench letters posted {names}")
    if printing.electronic:
        terminal.line(
            f"Tirage du {day} : {len(printing.electronic)} à confier au prestataire du recommandé "
            f"électronique, dans {folder / posting.ELECTRONIC}."
        )


def _write(folder: Path, files: dict[str, bytes]) -> list[Path]:
    written = []
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        written.append(path)
    return written
