"""What people enter at the bench: a due that did not exist, money on account, a movement aside.

Nothing is erased: what was entered is taken back by `deciding.undo`, and its history stays.

Source: DOMAIN D3, D4; LAW L7, L9; docs/decisions/0023-two-sides.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection, Row, text

from workbench.domain.dates import french_date
from workbench.domain.errors import DecisionRefusedError, ParameterError
from workbench.domain.money import LARGEST_CENTS, french_euros
from workbench.domain.records import AccountKind, BuildingKind, DueKind
from workbench.ledger import decisions, entered, proposing
from workbench.ledger.decisions import Decision, Verdict
from workbench.ledger.entered import NewDue
from workbench.ledger.proposing import OpenItem
from workbench.ledger.store import Ledger
from workbench.pipeline.deciding import MANUAL, Outcome

# Past the longest limitation and one year ahead of the next budget: a date further is a slip.
_YEARS_BACK: Final = 10
_YEARS_AHEAD: Final = 3
_LONGEST_LABEL: Final = 200
# We owe these, so they are on the left side.
OWED_BACK: Final = frozenset({DueKind.DISCOUNT, DueKind.REFUND, DueKind.INVOICE})
_EITHER: Final = frozenset({DueKind.ADJUSTMENT, DueKind.OTHER, DueKind.CHARGES})
# Why a movement needs no link, by the code the ledger keeps.
ASIDE_REASONS: Final = {
    "bank_fee": "Frais de banque",
    "bank_error": "Erreur de la banque",
    "internal_transfer": "Virement entre comptes de l'immeuble",
    "not_ours": "Ne concerne pas l'immeuble",
    "before_takeover": "Antérieur à la reprise",
    "other": "Autre motif",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DueWanted:
    """A due to be added.

    Attributes:
        account_id: whose it is.
        kind: of `DueKind`.
        amount_cents: signed: + the holder owes it, - we owe it (discount, refund, invoice).
        due_on: when it is due.
        label: what people call it, may be "".
        override: why a rule of law is passed over, in the person's words; "" where none is.
    """

    account_id: str
    kind: str
    amount_cents: int
    due_on: date
    label: str = ""
    override: str = ""


def add_due(ledger: Ledger, wanted: DueWanted, *, as_of: date, actor: str, at: datetime) -> Outcome:
    """Adds a due that does not exist yet.

    Args:
        ledger: opened for writing.
        wanted: the due.
        as_of: business date: a closed account has no new due.
        actor: who adds it.
        at: when.

    Returns:
        The outcome, its `identifier` the due's; `done` False when the same one was added already.

    Raises:
        ParameterError: no such account or kind, an amount of nothing or of the wrong sign, a date
            or a label that cannot be.
        DecisionRefusedError: a closed account, or a fee that the law forbids; nothing is written.

    Source: DOMAIN D3; LAW L9.
    """
    label = " ".join(wanted.label.split())
    _refuse_silly(wanted, label, as_of=as_of)
    with ledger.writing() as connection:
        account = _open_account(connection, wanted.account_id, as_of=as_of)
        _refuse_unlawful(account, wanted)
        due = NewDue(
            account_id=wanted.account_id, building_id=account.building_id, kind=wanted.kind,
            amount_cents=wanted.amount_cents, due_on=wanted.due_on, label=label,
        )  # fmt: skip
        if known := entered.same_added_due(connection, due):
            return Outcome(known, False, f"cette échéance est déjà ajoutée : {known}")
        _, due_id, fact = entered.store_due(connection, due)
        decision = Decision(
            action="add_due", subject=due_id, words=wanted.override.strip(), facts=(fact,)
        )
        decisions.record(connection, [decision], actor=actor, at=at)
    words = f"ajouté : {french_euros(wanted.amount_cents)} au compte {wanted.account_id}"
    return Outcome(due_id, True, words)


def _refuse_silly(wanted: DueWanted, label: str, *, as_of: date) -> None:
    if wanted.kind not in list(DueKind):
        raise ParameterError(f"nature inconnue : {wanted.kind} (au choix : {', '.join(DueKind)})")
    if wanted.amount_cents == 0:
        raise ParameterError("une échéance de 0,00 € ne s'ajoute pas")
    if abs(wanted.amount_cents) > LARGEST_CENTS:
        raise ParameterError("montant démesuré")
    if wanted.kind not in _EITHER and (wanted.amount_cents < 0) != (wanted.kind in OWED_BACK):
        raise ParameterError(
            "une remise, un remboursement dû ou une facture réduit la dette : montant négatif"
            if wanted.kind in OWED_BACK
            else "ce qui est dû par le compte est un montant positif"
        )
    years = wanted.due_on.year - as_of.year
    if not -_YEARS_BACK <= years <= _YEARS_AHEAD:
        raise ParameterError(
            f"échéance au {french_date(wanted.due_on)} : trop loin du {french_date(as_of)}"
        )
    if len(label) > _LONGEST_LABEL or not label.isprintable():
        raise ParameterError(f"libellé illisible ou de plus de {_LONGEST_LABEL} caractères")


def _open_account(connection: Connection, account_id: str, *, as_of: date) -> Row[tuple[str, ...]]:
    """Returns an account with its building's kind.

    Raises:
        ParameterError: no such account.
        DecisionRefusedError: it is closed.
    """
    query = (
        "SELECT a.account_id, a.building_id, a.kind, a.closed_on, b.kind AS building_kind"
        " FROM accounts a JOIN buildings b ON b.building_id = a.building_id"
        " WHERE a.account_id = :id"
    )
    row = connection.execute(text(query), {"id": account_id}).first()
    if row is None:
        raise ParameterError(f"compte inconnu : {account_id}")
    if row.closed_on and row.closed_on <= as_of.isoformat():
        closed = french_date(date.fromisoformat(row.closed_on))
        raise DecisionRefusedError(
            f"le compte {account_id} est clos depuis le {closed}. Rien n'a été écrit"
        )
    return row


def _refuse_unlawful(account: Row[tuple[str, ...]], wanted: DueWanted) -> None:
    is_tenant = (account.kind, account.building_kind) == (AccountKind.TENANT, BuildingKind.RENTAL)
    if wanted.kind == DueKind.FEE and is_tenant and not wanted.override.strip():
        raise DecisionRefusedError(
            "aucuns frais au compte d'un locataire (loi du 6 juillet 1989, art. 4), sauf bail non "
            "soumis à cette loi : dire pourquoi. Rien n'a été écrit"
        )


def put_on_account(
    ledger: Ledger,
    movement: str,
    parts: Sequence[tuple[str, int | None]],
    *,
    as_of: date,
    actor: str,
    at: datetime,
) -> Outcome:
    """Keeps money of a movement for accounts of its building: their next dues will use it.

    Args:
        ledger: opened for writing.
        movement: its identifier, money in.
        parts: (account, cents) in order, one account or several; None takes what is left.
        as_of: business date: a closed account keeps nothing.
        actor: who decides.
        at: when.

    Returns:
        The links written between the movement and what is kept of it.

    Raises:
        ParameterError: no such movement or account, an amount that is not positive.
        DecisionRefusedError: more than is left, money out, a receipt, or another building; nothing
            is written.

    Source: DOMAIN D4; LAW L7.
    """
    with ledger.writing() as connection:
        return keep_part(connection, movement, parts, as_of=as_of, actor=actor, at=at)


def keep_part(
    connection: Connection,
    movement: str,
    parts: Sequence[tuple[str, int | None]],
    *,
    as_of: date,
    actor: str,
    at: datetime,
) -> Outcome:
    """Does what `put_on_account` does, inside a transaction that does more."""
    item = proposing.movement_item(connection, movement)
    building = _building_of(connection, item.item_id)
    if item.amount_cents <= 0:
        raise DecisionRefusedError("seul un paiement reçu se garde en compte. Rien n'a été écrit")
    wanted = _parts(connection, item, building, parts, as_of=as_of)
    kept, fact = entered.store_kept(connection, movement, building, wanted)
    lines = tuple(
        decisions.joined(
            item.item_id, each.deposit_item, item.amount_cents, each.amount_cents, "", item.day
        )
        for each in kept
    )
    decision = Decision(
        action="on_account", subject=movement, lines=lines, rule=MANUAL, facts=(fact,)
    )
    (seq,) = decisions.record(connection, [decision], actor=actor, at=at)
    ids = tuple(f"A{number}" for number in proposing.allocations_of(connection, seq))
    told = ", ".join(f"{french_euros(cents)} pour le compte {name}" for name, cents in wanted)
    return Outcome(movement, True, f"gardé en compte : {told}", ids)


def _parts(
    connection: Connection,
    item: OpenItem,
    building: str,
    parts: Sequence[tuple[str, int | None]],
    *,
    as_of: date,
) -> list[tuple[str, int]]:
    """Returns the cents of each account, checked against what is left of the movement."""
    left = item.open_cents
    wanted: list[tuple[str, int]] = []
    for account_id, asked in parts:
        _refuse_stranger(connection, account_id, building, as_of=as_of)
        cents = left if asked is None else asked
        if asked is not None and asked <= 0:
            raise ParameterError(f"la part du compte {account_id} doit être positive")
        if not 0 < cents <= left:
            raise DecisionRefusedError(_no_more(connection, item.item_id, left, account_id))
        left -= cents
        wanted.append((account_id, cents))
    if not wanted:
        raise ParameterError("il faut au moins un compte")
    return wanted


def _refuse_stranger(
    connection: Connection, account_id: str, building: str, *, as_of: date
) -> None:
    account = _open_account(connection, account_id, as_of=as_of)
    if account.building_id != building:
        raise DecisionRefusedError(
            f"le compte {account_id} n'est pas de l'immeuble du paiement (loi de 1965, "
            "art. 18). Rien n'a été écrit"
        )


def _building_of(connection: Connection, item_id: int) -> str:
    """Returns the building of a movement's item; "" of anything that is no movement."""
    query = "SELECT building_id FROM items WHERE item_id = :item AND kind = 'movement'"
    found = connection.execute(text(query), {"item": item_id}).scalar()
    if found is None:
        raise DecisionRefusedError("ce paiement est déjà celui d'un compte. Rien n'a été écrit")
    return str(found)


def _no_more(connection: Connection, item_id: int, left: int, account_id: str) -> str:
    seq = proposing.last_decision_on(connection, (item_id,))
    who = f", rapproché {proposing.who_decided(connection, seq)}" if seq else ""
    return (
        f"il reste {french_euros(left)} sur ce paiement{who} : la part du compte {account_id} "
        "n'y tient pas. Rien n'a été écrit"
    )


def set_aside(
    ledger: Ledger, movement: str, *, reason: str, words: str = "", actor: str, at: datetime
) -> Outcome:
    """Sets a movement aside: what is left of it needs no link.

    Args:
        ledger: opened for writing.
        movement: its identifier.
        reason: code of `ASIDE_REASONS`.
        words: more, in the person's words; needed where the reason is `other`.
        actor: who decides.
        at: when.

    Returns:
        The outcome; `done` False when it was set aside already.

    Raises:
        ParameterError: no such movement or reason.
        DecisionRefusedError: nothing of it is open; nothing is written.
    """
    if reason not in ASIDE_REASONS:
        raise ParameterError(f"motif inconnu : {reason} (au choix : {', '.join(ASIDE_REASONS)})")
    said = " ".join(words.split())[:_LONGEST_LABEL]
    if reason == "other" and not said:
        raise ParameterError("dire pourquoi ce mouvement est écarté")
    with ledger.writing() as connection:
        item = proposing.movement_item(connection, movement)
        if standing := proposing.standing_aside(connection, item.item_id):
            who = proposing.who_decided(connection, standing)
            return Outcome(movement, False, f"déjà écarté {who}")
        if not item.open_cents:
            raise DecisionRefusedError(
                f"{movement} est entièrement rapproché : annuler d'abord. Rien n'a été écrit"
            )
        told = f"{ASIDE_REASONS[reason]} : {said}" if said else ASIDE_REASONS[reason]
        verdict = Verdict(item_id=item.item_id, kind="set_aside", reason=reason, words=told)
        decision = Decision(action="set_aside", subject=movement, verdicts=(verdict,), rule=MANUAL)
        decisions.record(connection, [decision], actor=actor, at=at)
    return Outcome(movement, True, f"écarté : {told}")
