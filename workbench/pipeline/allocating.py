"""Two sides, settled by hand in one decision: any number of amounts against any number.

All of it is written, or nothing; who comes second is told who came first. What will be written is
known before (`matching.pairing.pair` of the same amounts), and undone as one.

Source: DOMAIN D4 to D7; LAW L7, L15; docs/decisions/0023-two-sides.md.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from sqlalchemy import Connection

from workbench.domain.errors import DecisionRefusedError, ParameterError
from workbench.domain.money import french_euros
from workbench.ledger import decisions, proposing
from workbench.ledger.decisions import Decision, Line
from workbench.ledger.sides import SideItem, side_items
from workbench.ledger.store import Ledger
from workbench.matching.pairing import Pair, Side, pair, remaining
from workbench.pipeline.deciding import MANUAL, Outcome
from workbench.pipeline.entering import keep_part

# One item and the cents (> 0) of it that are to be used.
Chosen = tuple[int, int]
# A decision of more lines than this is no person's.
_MOST: Final = 500
NOTHING_WRITTEN: Final = "Rien n'a été écrit"


def allocate(
    ledger: Ledger,
    *,
    left: Sequence[Chosen],
    right: Sequence[Chosen],
    keep_for: str = "",
    as_of: date,
    actor: str,
    at: datetime,
) -> Outcome:
    """Settles what is owed with what reduces it.

    Args:
        ledger: opened for writing.
        left: money in, receipts, discounts and refunds owed, with the cents to use of each.
        right: dues and money out, likewise; may be empty where all of the left is kept.
        keep_for: account for which what the chosen payments have more is kept (`entering`), in the
            same transaction; "" leaves it open.
        as_of: business date: which dues are due ones, and from when a discount counts.
        actor: who decides.
        at: when.

    Returns:
        The links written. Where one side is larger, what it has more stays open, or is kept.

    Raises:
        ParameterError: no such item, an amount that is not positive, an item twice.
        DecisionRefusedError: more than is open, two buildings, an item on the wrong side, or
            nothing that could meet; nothing is written.
    """
    _refuse_malformed(left, right, keeps=bool(keep_for))
    with ledger.writing() as connection:
        items = side_items(connection, [item for item, _ in (*left, *right)])
        _refuse_unfit(connection, items, left, right)
        on_the_left = _sides(items, left)
        pairs = pair(on_the_left, _sides(items, right), on=as_of)
        rests = [
            rest for rest in remaining(on_the_left, pairs) if items[rest.item].kind == "movement"
        ] if keep_for else []  # fmt: skip
        if not pairs and not rests:
            raise DecisionRefusedError(
                "rien ne se rapproche : ce qui réduit et ce qui est dû sont de comptes différents. "
                f"{NOTHING_WRITTEN}"
            )
        lines = tuple(_line(each, items, as_of=as_of) for each in pairs)
        made = [
            Decision(action="link", subject=_subject(items, pairs), lines=lines, rule=MANUAL)
        ] if pairs else []  # fmt: skip
        seqs = decisions.record(connection, made, actor=actor, at=at)
        ids = [n for seq in seqs for n in proposing.allocations_of(connection, seq)]
        kept = 0
        for rest in rests:
            outcome = keep_part(
                connection, rest.name, [(keep_for, rest.cents)], as_of=as_of, actor=actor, at=at
            )
            ids += [int(name[1:]) for name in outcome.allocation_ids]
            kept += rest.cents
    subject = made[0].subject if made else rests[0].name
    told = _told(sum(line.amount_cents for line in lines), len(lines), kept, keep_for)
    return Outcome(subject, True, told, tuple(f"A{number}" for number in ids))


def _told(cents: int, count: int, kept: int, keep_for: str) -> str:
    many = f" en {count} affectations" if count > 1 else ""
    parts = [f"rapproché : {french_euros(cents)}{many}"] if count else []
    parts += [f"gardé en compte : {french_euros(kept)} pour le compte {keep_for}"] if kept else []
    return ", ".join(parts)


def _refuse_malformed(left: Sequence[Chosen], right: Sequence[Chosen], *, keeps: bool) -> None:
    if not left or not (right or keeps):
        raise ParameterError("il faut au moins un montant de chaque côté")
    chosen = [*left, *right]
    if len(chosen) > _MOST:
        raise ParameterError(f"{len(chosen)} lignes à la fois, le plus est {_MOST}")
    if len({item for item, _ in chosen}) != len(chosen):
        raise ParameterError("la même ligne est choisie deux fois")
    if any(cents <= 0 for _, cents in chosen):
        raise ParameterError("chaque montant affecté doit être positif")


def _refuse_unfit(
    connection: Connection,
    items: Mapping[int, SideItem],
    left: Sequence[Chosen],
    right: Sequence[Chosen],
) -> None:
    for sign, side in ((-1, left), (1, right)):
        for item, cents in side:
            found = items.get(item)
            if found is None:
                raise ParameterError(f"ligne inconnue : {item}")
            if found.amount_cents * sign <= 0 or found.kind == "deposit":
                raise DecisionRefusedError(
                    f"{found.name} n'est pas de ce côté : à gauche ce qui réduit, à droite ce qui "
                    f"est dû. {NOTHING_WRITTEN}"
                )
            if cents > abs(found.open_cents):
                raise DecisionRefusedError(_too_much(connection, found, cents))
    if len({found.building_id for found in items.values()}) > 1:
        raise DecisionRefusedError(
            "les deux côtés ne sont pas du même immeuble (loi de 1965, art. 18) : "
            "rien n'a été écrit"
        )


def _too_much(connection: Connection, found: SideItem, cents: int) -> str:
    seq = proposing.last_decision_on(connection, (found.item_id,))
    who = f", rapproché {proposing.who_decided(connection, seq)}" if seq else ""
    return (
        f"{found.name} : {french_euros(cents)} demandés, il reste "
        f"{french_euros(abs(found.open_cents))}{who}. {NOTHING_WRITTEN}"
    )


def _sides(items: Mapping[int, SideItem], chosen: Sequence[Chosen]) -> list[Side]:
    return [
        Side(
            item=item, name=found.name, account_id=found.account_id, kind=found.due_kind,
            on=date.fromisoformat(found.day), cents=cents,
        )
        for item, cents in chosen
        for found in [items[item]]
    ]  # fmt: skip


def _line(each: Pair, items: Mapping[int, SideItem], *, as_of: date) -> Line:
    """Returns the link a pair is.

    Where money moved, it counts from that day; where none did (a discount against a rent), from
    the day both are due, and at the latest from that of the decision.
    """
    left, right = items[each.left.item], items[each.right.item]
    moved = [side.day for side in (left, right) if side.kind != "due"]
    day = max(moved) if moved else min(max(left.day, right.day), as_of.isoformat())
    return Line(
        credit_item=left.item_id, debit_item=right.item_id, amount_cents=each.cents,
        account_id=right.account_id or left.account_id, effective_on=day,
    )  # fmt: skip


def _subject(items: Mapping[int, SideItem], pairs: Sequence[Pair]) -> str:
    """Returns what the journal says it is about: the movement, else the account."""
    used = [items[side.item] for each in pairs for side in (each.left, each.right)]
    movements = list(dict.fromkeys(i.name for i in used if i.kind in ("movement", "receipt")))
    accounts = sorted({i.account_id for i in used} - {""})
    return movements[0] if len(movements) == 1 else accounts[0] if accounts else movements[0]
