"""Bank files on the terminal: what one is and holds, and the record a movement came from."""

import os
from contextlib import nullcontext
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Final

import click

from workbench.cli.french import FrenchCommand
from workbench.cli.importing import finding_data
from workbench.cli.options import common, config_option
from workbench.cli.terminal import Terminal
from workbench.domain.dates import french_date
from workbench.domain.errors import ExitStatus
from workbench.domain.money import french_euros, iso_amount
from workbench.domain.records import StatementKind
from workbench.ledger.engines import DEFAULT_URL, parsed_address
from workbench.ledger.store import Ledger, open_ledger
from workbench.loaders.profiles import load_profiles
from workbench.pipeline import inspecting, showing
from workbench.pipeline.inspecting import InspectedStatement, Inspection
from workbench.pipeline.settings import archive_of, load_settings
from workbench.pipeline.showing import Link, ShownMovement

_MOST_PARTS: Final = 50
_KIND_WORDS: Final = {
    StatementKind.STATEMENT: "relevé",
    StatementKind.REPORT: "mouvements, hors chaîne des soldes",
    StatementKind.DETAILS: "détails d'écritures",
    StatementKind.ORDER_STATUS: "suites d'ordres",
}
_STATE_WORDS: Final = {"accepted": "● accepté", "proposed": "◇ proposé", "reversed": "– annulé"}
_ACTION_WORDS: Final = {
    "match": "accepté par le moteur, lancé", "accept": "accepté", "link": "lié à la main",
    "on_account": "gardé en compte",
}  # fmt: skip
_STATUS_WORDS: Final = {
    "matched": "● rapproché", "partial": "◐ rapproché en partie", "proposed": "◇ proposé",
    "unmatched": "○ à identifier", "ignored": "– écarté",
}  # fmt: skip


@click.command(cls=FrenchCommand)
@click.argument("path", metavar="FICHIER", type=click.Path(path_type=Path))
@click.option("--iban", default="", metavar="IBAN", help="Compte d'un fichier qui ne le nomme pas.")
@config_option
@common
def inspect(
    path: Path,
    iban: str,
    config: Path | None,
    ledger_url: str | None,
    actor: str,
    *,
    as_json: bool,
) -> int:
    """Dire ce qu'un fichier bancaire est et contient, et ce qui serait nouveau ; n'importe rien."""
    del actor  # reading leaves no decision
    profiles = load_profiles(load_settings(config).profiles)
    with _ledger_or_none(ledger_url) as ledger:
        inspection = inspecting.inspect_file(
            path, ledger=ledger, profiles=profiles, iban=iban.replace(" ", "").upper()
        )
    _print_inspection(Terminal(as_json=as_json), inspection)
    return ExitStatus.DONE if inspection.is_right else ExitStatus.CHECK_FAILED


@click.command(cls=FrenchCommand)
@click.argument("movement", metavar="MOUVEMENT")
@config_option
@common
def show(
    movement: str, config: Path | None, ledger_url: str | None, actor: str, *, as_json: bool
) -> int:
    """Montrer d'où vient un mouvement : l'enregistrement de la banque, son fichier, ses liens."""
    del actor
    settings = load_settings(config)
    with open_ledger(ledger_url, read_only=True) as ledger:
        shown = showing.show_movement(ledger, archive_of(settings, ledger), name=movement)
    _print_movement(Terminal(as_json=as_json), shown)
    return ExitStatus.DONE


def _ledger_or_none(url: str | None) -> "Ledger | nullcontext[None]":
    """Opens the ledger to read, or nothing where there is none yet."""
    address = parsed_address(url or os.environ.get("WORKBENCH_LEDGER") or DEFAULT_URL)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
        return nullcontext()
    return open_ledger(url, read_only=True)


def _print_inspection(terminal: Terminal, inspection: Inspection) -> None:
    state = {None: "", True: ", déjà importé", False: ", pas encore importé"}
    terminal.line(f"{inspection.file} : {inspection.format}{state[inspection.is_imported]}")
    terminal.line(f"sha256 {inspection.file_id}, {inspection.size} octets")
    for statement in inspection.statements:
        terminal.line()
        for line in _statement_lines(statement):
            terminal.line(line)
    terminal.line()
    if inspection.is_right:
        terminal.line("Rien à redire.")
    terminal.findings(f"{len(inspection.findings)} constat(s) :", inspection.findings)
    terminal.json(
        {
            "file": inspection.file, "sha256": inspection.file_id, "size": inspection.size,
            "format": inspection.format, "already_imported": inspection.is_imported,
            "statements": [_statement_data(statement) for statement in inspection.statements],
            "findings": [finding_data(finding) for finding in inspection.findings],
        }
    )  # fmt: skip


def _statement_lines(statement: InspectedStatement) -> list[str]:
    """Returns a statement in two lines: a table of it would not fit an ordinary terminal."""
    number = f" n° {statement.number}" if statement.number else ""
    building = f" (immeuble {statement.building_id})" if statement.building_id else ""
    entries = f"{statement.entries} écriture{'s' if statement.entries > 1 else ''}"
    if statement.new is not None:
        entries += f", dont {statement.new} pas encore au registre"
    figures = (
        ("ouverture", statement.opening_cents), ("entrées", statement.credits_cents),
        ("sorties", statement.debits_cents), ("clôture", statement.closing_cents),
    )  # fmt: skip
    amounts = [
        f"{name} {_euros(cents, statement.currency)}"
        for name, cents in figures
        if cents is not None
    ]
    what = f"{_KIND_WORDS[statement.kind]}{number}"
    days = _period(statement.first_on, statement.last_on)
    return [
        f"Compte {statement.iban or 'non nommé'}{building} : {what}, {days}",
        f"  {', '.join(amounts)} ; {entries}",
    ]


def _euros(cents: int, currency: str) -> str:
    words = french_euros(cents)
    return words if currency in {"", "EUR"} else words.replace("€", currency)


def _period(first: date | None, last: date | None) -> str:
    if first is None or last is None:
        return "sans date"
    return f"du {french_date(first)} au {french_date(last)}"


def _statement_data(statement: InspectedStatement) -> dict[str, object]:
    def amount(cents: int | None) -> str | None:
        return None if cents is None else iso_amount(cents)

    def day(value: date | None) -> str:
        return value.isoformat() if value else ""

    return {
        "iban": statement.iban, "building_id": statement.building_id, "kind": statement.kind.value,
        "number": statement.number, "currency": statement.currency,
        "first_on": day(statement.first_on), "last_on": day(statement.last_on),
        "opening": amount(statement.opening_cents), "closing": amount(statement.closing_cents),
        "credits": amount(statement.credits_cents), "debits": amount(statement.debits_cents),
        "entries": statement.entries, "new": statement.new,
    }  # fmt: skip


def _print_movement(terminal: Terminal, shown: ShownMovement) -> None:
    for name, value in _movement_rows(shown):
        terminal.line(f"{name:<25} {value}")
    terminal.line()
    terminal.line("Enregistrement de la banque :")
    for line in (shown.record or shown.record_missing).splitlines():
        # The bank's bytes may hold what a terminal would obey.
        terminal.line("  " + "".join(c if c.isprintable() else "·" for c in line.expandtabs(4)))
    if shown.parts:
        terminal.line()
        _print_parts(terminal, shown)
    for link in shown.links:
        terminal.line()
        for line in _link_lines(link):
            terminal.line(line)
    terminal.json(_movement_data(shown))


def _movement_rows(shown: ShownMovement) -> list[tuple[str, str]]:
    row, origin = shown.movement, shown.origin
    number, first, last = origin.statement
    period = " – ".join(_iso_french(day) for day in (first, last) if day)
    rows = [
        ("Mouvement", origin.movement_id),
        ("Compte", str(row["iban"])),
        ("Immeuble", f"{row['building_id']} {shown.building}".strip() or "inconnu"),
        ("Date", _iso_french(str(row["booked_on"]))),
        ("Montant", _euros(int(row["amount_cents"]), str(row["currency"]))),
        ("État", _STATUS_WORDS[str(row["status"])]),
        ("Libellé", str(row["label"])),
        ("Contrepartie", f"{row['counterparty']} {row['counterparty_iban']}".strip()),
        ("Pour le compte de", str(row["ultimate_party"])),
        ("Référence de la banque", str(row["bank_reference"])),
        ("Référence de bout en bout", str(row["end_to_end_id"])),
        ("Mandat", str(row["mandate_id"])),
        ("Motif de rejet", str(row["return_reason"])),
        ("Retourne le mouvement", str(row["returns_movement_id"])),
        ("Fichier", f"{origin.file_name} ({origin.format}, place {origin.place})"),
        ("Empreinte", f"sha256 {origin.file_id}"),
        ("Importé", _moment(origin.imported_at)),
        *(("Venu de", f"{s}/{path}, {_moment(at)}") for s, path, at in origin.fetched),
        ("Relevé", " ".join(part for part in (f"n° {number}" if number else "", period) if part)),
        *((f"Banque, {name}", str(value)) for name, value in shown.extra.items()),
    ]
    return [(name, value) for name, value in rows if value]


def _print_parts(terminal: Terminal, shown: ShownMovement) -> None:
    rows = [
        (str(part.counterparty), str(part.end_to_end_id), str(part.mandate_id),
         str(part.remittance), str(part.return_reason), french_euros(part.amount_cents))
        for part in shown.parts[:_MOST_PARTS]
    ]  # fmt: skip
    headers = ("Détail du lot", "Référence", "Mandat", "Motif", "Rejet", "Montant")
    terminal.table(headers, rows, right=1)
    if len(shown.parts) > _MOST_PARTS:
        terminal.line(f"… et {len(shown.parts) - _MOST_PARTS} autres ; --json les donne tous")


def _link_lines(link: Link) -> list[str]:
    who = (
        f", {_ACTION_WORDS.get(link.action, link.action)} par {link.actor}, {_moment(link.at)}"
        if link.at
        else ""
    )
    amount = f"{french_euros(link.amount_cents)} pour {link.subject}, compte {link.account_id}"
    state = f"{link.allocation_id} {_STATE_WORDS[link.state]}"
    told = [f"  {link.sentence}"] if link.sentence else []
    return [f"{state} : {amount} (règle {link.rule}){who}", *told]


def _movement_data(shown: ShownMovement) -> dict[str, object]:
    hidden = {"item_id", "details", "amount_cents", "open_cents", "statement_id"}
    movement = {name: value for name, value in shown.movement.items() if name not in hidden}
    number, first, last = shown.origin.statement
    return {
        **movement,
        "amount": iso_amount(int(shown.movement["amount_cents"])),
        "unallocated": iso_amount(int(shown.movement["open_cents"])),
        "building": shown.building,
        "file": shown.origin.file_name,
        "sha256": shown.origin.file_id,
        "format": shown.origin.format,
        "place": shown.origin.place,
        "imported_at": shown.origin.imported_at,
        "fetched": [
            {"source": source, "path": path, "at": at} for source, path, at in shown.origin.fetched
        ],
        "statement": {"number": number, "first_on": first, "last_on": last},
        "record": shown.record,
        "record_missing": shown.record_missing,
        "extra": dict(shown.extra),
        "parts": [_with_amount(asdict(part)) for part in shown.parts],
        "links": [_with_amount(asdict(link)) for link in shown.links],
    }


def _with_amount(data: dict[str, object]) -> dict[str, object]:
    cents = data.pop("amount_cents")
    return {**data, "amount": iso_amount(cents)} if isinstance(cents, int) else data


def _iso_french(day: str) -> str:
    return french_date(date.fromisoformat(day)) if day else ""


def _moment(at: str) -> str:
    if not at:
        return ""
    moment = datetime.fromisoformat(at).astimezone()
    return f"{french_date(moment.date())} à {moment:%H:%M}"
