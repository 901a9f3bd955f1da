"""What people enter, for scripts: a due that did not exist, money on account, a movement aside."""

from datetime import date

import click

from workbench.cli.options import DAY, common, now, today
from workbench.cli.outcomes import print_outcomes
from workbench.cli.terminal import Terminal
from workbench.domain.errors import ParameterError
from workbench.domain.money import AmountError, parse_amount
from workbench.domain.records import DueKind
from workbench.ledger.store import open_ledger
from workbench.pipeline import entering
from workbench.pipeline.entering import ASIDE_REASONS, DueWanted

_AS_OF_HELP = "Jour de travail [défaut : aujourd'hui]."


@click.command("add-due")
@click.argument("account", metavar="COMPTE")
@click.argument("kind", metavar="NATURE", type=click.Choice([kind.value for kind in DueKind]))
@click.argument("amount", metavar="MONTANT")
@click.option("--due-on", type=DAY, required=True, metavar="DATE", help="Date d'échéance.")
@click.option("--label", default="", metavar="LIBELLÉ", help="Ce que le titulaire lira.")
@click.option(
    "--reason", default="", metavar="MOTIF", help="Pourquoi des frais sont permis à un locataire."
)
@click.option("--as-of", type=DAY, default=today, metavar="DATE", help=_AS_OF_HELP)
@common
def add_due(
    account: str,
    kind: str,
    amount: str,
    due_on: date,
    label: str,
    reason: str,
    as_of: date,
    ledger_url: str | None,
    actor: str,
    *,
    as_json: bool,
) -> int:
    """Ajouter une échéance qui n'existe pas encore ; une remise ou un avoir est négatif."""
    wanted = DueWanted(
        account_id=account, kind=kind, amount_cents=_cents(amount), due_on=due_on, label=label,
        override=reason,
    )  # fmt: skip
    with open_ledger(ledger_url) as ledger:
        done = entering.add_due(ledger, wanted, as_of=as_of, actor=actor, at=now())
    return print_outcomes(Terminal(as_json=as_json), [done])


@click.command("on-account")
@click.argument("movement", metavar="MOUVEMENT")
@click.argument("parts", metavar="COMPTE[:MONTANT]…", nargs=-1, required=True)
@click.option("--as-of", type=DAY, default=today, metavar="DATE", help=_AS_OF_HELP)
@common
def on_account(
    movement: str,
    parts: tuple[str, ...],
    as_of: date,
    ledger_url: str | None,
    actor: str,
    *,
    as_json: bool,
) -> int:
    """Garder un paiement en compte pour des comptes ; sans montant, tout ce qui reste."""
    wanted = [_account_and_amount(text) for text in parts]
    with open_ledger(ledger_url) as ledger:
        done = entering.put_on_account(ledger, movement, wanted, as_of=as_of, actor=actor, at=now())
    return print_outcomes(Terminal(as_json=as_json), [done])


@click.command("set-aside")
@click.argument("movement", metavar="MOUVEMENT")
@click.argument("reason", metavar="MOTIF", type=click.Choice(list(ASIDE_REASONS)))
@click.option("--words", default="", metavar="TEXTE", help="Précision ; nécessaire pour « other ».")
@common
def set_aside(
    movement: str, reason: str, words: str, ledger_url: str | None, actor: str, *, as_json: bool
) -> int:
    """Écarter un mouvement qui n'est à rapprocher de rien, avec son motif."""
    with open_ledger(ledger_url) as ledger:
        done = entering.set_aside(
            ledger, movement, reason=reason, words=words, actor=actor, at=now()
        )
    return print_outcomes(Terminal(as_json=as_json), [done])


def _account_and_amount(text: str) -> tuple[str, int | None]:
    account, colon, amount = text.rpartition(":")
    return (account, _cents(amount)) if colon else (text, None)


def _cents(text: str) -> int:
    try:
        return parse_amount(text)
    except AmountError as error:
        raise ParameterError(f"montant illisible « {text} » : {error}") from None
