"""Checking the engine by samples, and what it learnt of payers: commands, and what they print."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import pandas as pd

from workbench.cli.french import FrenchCommand
from workbench.cli.options import common, config_option, now
from workbench.cli.outcomes import outcome_rows, print_outcomes
from workbench.cli.terminal import Terminal
from workbench.documents.html import french_share
from workbench.domain.dates import french_date
from workbench.domain.errors import ExitStatus, ParameterError, shortened
from workbench.domain.explanation import Explanation
from workbench.domain.frames import rows_of
from workbench.domain.money import NO_BREAK_SPACE, french_euros, iso_amount
from workbench.ledger import views
from workbench.ledger.store import Ledger, open_ledger
from workbench.matching.learning import LessonState
from workbench.matching.sampling import ClassState, SamplingRules, class_words
from workbench.pipeline import learning, sampling
from workbench.pipeline.settings import load_settings

_STATES: Final = {
    LessonState.ACTIVE: "● retenu",
    LessonState.SHARED: "▲ partagé",
    LessonState.DEMOTED: "▲ corrigé",
    LessonState.REVOKED: "– oublié",
}


@click.command(cls=FrenchCommand)
@click.option("--building", "building_id", metavar="IMMEUBLE", help="Un seul immeuble.")
@common
def learned(building_id: str | None, ledger_url: str | None, actor: str, *, as_json: bool) -> int:
    """Montrer ce qui a été appris des payeurs : IBAN et noms validés, par compte."""
    del actor  # reading leaves no decision
    terminal = Terminal(as_json=as_json)
    with open_ledger(ledger_url, read_only=True) as ledger:
        found = learning.learned(ledger, building_id=building_id)
    rows = [
        (
            row["learned_id"], row["building_id"], row["iban"] or shortened(row["name"], limit=40),
            row["account_id"], str(row["count"]),
            f"{row['validated_by']}, {_day(row['validated_at'])}", _state_words(row),
        )
        for row in rows_of(found)
    ]  # fmt: skip
    if not rows:
        terminal.line("Rien d'appris : aucun lien n'a été validé par une personne.")
    terminal.table(("Id", "Immeuble", "Payeur", "Compte", "Liens", "Validé par", "État"), rows)
    terminal.json(rows_of(found))
    return ExitStatus.DONE


@click.command(cls=FrenchCommand)
@click.argument("identifiers", metavar="ID…", nargs=-1, required=True)
@click.option("--reason", default="", metavar="MOTIF", help="Pourquoi ; gardé dans l'historique.")
@common
def forget(
    identifiers: tuple[str, ...], reason: str, ledger_url: str | None, actor: str, *, as_json: bool
) -> int:
    """Oublier ce qui a été appris (L… de « learned ») ; « undo L… » le rétablit."""
    with open_ledger(ledger_url) as ledger:
        done = learning.forget(ledger, identifiers, actor=actor, at=now(), reason=reason)
    return print_outcomes(Terminal(as_json=as_json), done)


@click.command(cls=FrenchCommand)
@click.argument("identifiers", metavar="[ID…]", nargs=-1)
@click.option("--building", "building_id", metavar="IMMEUBLE", help="Un seul immeuble.")
@click.option(
    "--size",
    default=sampling.DEFAULT_SIZE,
    metavar="N",
    help=f"Liens à tirer [défaut : {sampling.DEFAULT_SIZE}].",
)
@click.option(
    "--seed",
    default=sampling.DEFAULT_SEED,
    metavar="GRAINE",
    help=f"La même graine redonne le même tirage [défaut : {sampling.DEFAULT_SEED}].",
)
@click.option("--right", multiple=True, metavar="ID…", help="Ces liens tirés sont justes.")
@click.option("--wrong", multiple=True, metavar="ID…", help="Ils sont faux : ils sont annulés.")
@click.option(
    "--restore", multiple=True, metavar="CATÉGORIE", help="L'accepter de nouveau ; motif exigé."
)
@click.option(
    "--demote", multiple=True, metavar="CATÉGORIE", help="Ne plus l'accepter ; motif exigé."
)
@click.option("--reason", default="", metavar="MOTIF", help="Pourquoi ; gardé dans l'historique.")
@config_option
@common
def sample(  # noqa: PLR0913 - what a sample may be asked for
    *,
    identifiers: tuple[str, ...],
    building_id: str | None,
    size: int,
    seed: int,
    right: tuple[str, ...],
    wrong: tuple[str, ...],
    restore: tuple[str, ...],
    demote: tuple[str, ...],
    reason: str,
    config: Path | None,
    ledger_url: str | None,
    actor: str,
    as_json: bool,
) -> int:
    """Contrôler le moteur : tirer au sort des liens acceptés, puis dire justes ou faux.

    Sans option, tire des liens et les montre. Avec --right ou --wrong, écrit l'avis ; un lien faux
    est annulé. Une catégorie qui échoue n'est plus acceptée, jusqu'à --restore.
    """
    right, wrong = _verdicts(identifiers, right, wrong)
    with open_ledger(ledger_url) as ledger:
        desk = _Desk(ledger, load_settings(config).sampling, actor, Terminal(as_json=as_json))
        if right or wrong:
            return _judge(desk, right, wrong, reason)
        if restore or demote:
            changes = [(r, "restored") for r in restore] + [(d, "demoted") for d in demote]
            return _change(desk, changes, reason)
        return _draw(desk, building_id, size, seed)


@dataclass(frozen=True, slots=True)
class _Desk:
    """Where an auditor works: the ledger, what is tolerated, who he is, what he sees."""

    ledger: Ledger
    rules: SamplingRules
    actor: str
    terminal: Terminal


def _verdicts(
    identifiers: tuple[str, ...], right: tuple[str, ...], wrong: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Gives the words after `--right A1` to the one verdict that was asked for.

    Raises:
        ParameterError: words of no verdict, or of two.
    """
    if not identifiers:
        return right, wrong
    if bool(right) == bool(wrong):
        what = "de --right ou de --wrong" if right else "ni --right ni --wrong"
        raise ParameterError(f"{identifiers[0]} : {what} ? Écrire l'option devant chaque lien")
    return ((*right, *identifiers), ()) if right else ((), (*wrong, *identifiers))


def _draw(desk: _Desk, building_id: str | None, size: int, seed: int) -> int:
    drawn = sampling.draw(
        desk.ledger, building_id=building_id, size=size, seed=seed, actor=desk.actor, at=now()
    )
    told = _described(desk.ledger, drawn.links)
    state = "" if drawn.is_new else ", déjà tirés"
    desk.terminal.line(
        f"{_many(len(told), 'lien')} à contrôler{state}, sur {_many(drawn.population, 'lien')} du "
        f"moteur que personne n'a encore contrôlés (graine {seed})."
    )
    for row in told:
        desk.terminal.line()
        desk.terminal.line(f"□ {row['link_id']}  {row['words']}")
        desk.terminal.line(f"  {row['sentence']}")
    desk.terminal.line()
    desk.terminal.line("Ensuite : « workbench sample --right A… », « --wrong A… --reason MOTIF ».")
    classes = sampling.classes(desk.ledger, rules=desk.rules)
    _print_classes(desk, classes)
    desk.terminal.json(
        {"is_new": drawn.is_new, "seed": seed, "population": drawn.population,
         "links": [{k: v for k, v in row.items() if k != "words"} for row in told],
         "classes": _class_rows(classes)}
    )  # fmt: skip
    return ExitStatus.DONE


def _judge(desk: _Desk, right: Sequence[str], wrong: Sequence[str], reason: str) -> int:
    if both := set(right) & set(wrong):
        raise ParameterError(f"{min(both)} ne peut pas être à la fois juste et faux")
    before = {finding.subject for finding in sampling.demotions(desk.ledger, rules=desk.rules)}
    given = [(name, sampling.RIGHT) for name in right] + [(name, sampling.WRONG) for name in wrong]
    outcomes = sampling.judge(desk.ledger, given, actor=desk.actor, at=now(), reason=reason)
    for outcome in outcomes:
        desk.terminal.line(f"{outcome.identifier} : {outcome.words}")
    classes = sampling.classes(desk.ledger, rules=desk.rules)
    _print_classes(desk, classes)
    fallen = [
        f.message
        for f in sampling.demotions(desk.ledger, rules=desk.rules)
        if f.subject not in before
    ]
    for message in fallen:
        desk.terminal.note(f"▲ {message}")
    desk.terminal.json(
        {
            "outcomes": outcome_rows(outcomes),
            "demoted": fallen,
            "classes": _class_rows(classes),
        }
    )
    return ExitStatus.DONE


def _change(desk: _Desk, changes: Sequence[tuple[str, str]], reason: str) -> int:
    outcomes = [
        sampling.change_class(
            desk.ledger, rule, state=state, reason=reason, actor=desk.actor, at=now(),
            rules=desk.rules,
        )
        for rule, state in changes
    ]  # fmt: skip
    for outcome in outcomes:
        desk.terminal.line(outcome.words)
    classes = _class_rows(sampling.classes(desk.ledger, rules=desk.rules))
    desk.terminal.json({"outcomes": outcome_rows(outcomes), "classes": classes})
    return ExitStatus.DONE


def _state_words(row: Mapping[str, Any]) -> str:
    state = _STATES[LessonState(row["state"])]
    who = f" par {row['changed_by']}, {_day(row['changed_at'])}" if row["changed_by"] else ""
    why = f"{NO_BREAK_SPACE}: {shortened(row['words'], limit=60)}" if row["words"] else ""
    return f"{state}{who}{why}"


def _described(ledger: Ledger, links: pd.DataFrame) -> list[dict[str, Any]]:
    """Returns what an auditor needs to look a link up, and the engine's own sentence."""
    movements = views.movements(ledger).set_index("movement_id")
    payers, labels = movements["counterparty"].to_dict(), movements["label"].to_dict()
    holders = views.accounts(ledger).set_index("account_id")["holder"].to_dict()
    dues = views.dues(ledger).set_index("due_id")["label"].to_dict()
    receipts = views.receipts(ledger).set_index("receipt_id")["payer"].to_dict()
    told = []
    for row in rows_of(links):
        day = row["effective_on"].date()
        words = (
            french_date(day), french_euros(row["amount_cents"]),
            shortened(payers.get(row["movement_id"], "")),
            shortened(labels.get(row["movement_id"], ""), limit=140),
            shortened(_named(row["receipt_ids"], receipts), limit=140),
            shortened(_named(row["account_id"], holders), limit=140),
            shortened(_named(row["due_ids"], dues), limit=140), class_words(row["rule"]),
        )  # fmt: skip
        told.append(
            {
                "link_id": row["link_id"],
                "movement_id": row["movement_id"],
                "building_id": row["building_id"],
                "account_id": row["account_id"],
                "due_ids": row["due_ids"],
                "receipt_ids": row["receipt_ids"],
                "amount": iso_amount(row["amount_cents"]),
                "rule": row["rule"],
                "effective_on": day.isoformat(),
                "label": labels.get(row["movement_id"], ""),
                "sentence": Explanation.parse(row["reasons"]).sentence,
                "words": " · ".join(text for text in words if text),
            }
        )
    return told


def _named(identifiers: str, names: Mapping[Any, str]) -> str:
    """Returns each identifier with its name: `101 Mme Noé, 102 M. Aït`."""
    known = [name for name in identifiers.split(", ") if name]
    return ", ".join(f"{name} {names.get(name, '')}".strip() for name in known)


def _print_classes(desk: _Desk, classes: pd.DataFrame) -> None:
    most = f"au plus ({round(desk.rules.certainty * 100)} %)"
    rows = [
        (
            f"{row['rule']} ({class_words(row['rule'])})", str(row["checked"]), str(row["wrong"]),
            french_share(row["rate"]), french_share(row["upper"]),
            "▲ proposée" if row["state"] == ClassState.DEMOTED else "● acceptée",
        )
        for row in rows_of(classes)
        if row["checked"] or row["state"] == ClassState.DEMOTED
    ]  # fmt: skip
    if rows:
        desk.terminal.line()
    desk.terminal.table(("Catégorie", "contrôlés", "faux", "taux", most, "état"), rows, right=5)


def _class_rows(classes: pd.DataFrame) -> list[dict[str, object]]:
    """Returns the classes for scripts: a rate of nothing is null."""
    return [{**row, "rate": row["rate"] if row["checked"] else None} for row in rows_of(classes)]


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count > 1 else ''}"


def _day(moment: str) -> str:
    return f"{moment[8:10]}/{moment[5:7]}/{moment[:4]}"
