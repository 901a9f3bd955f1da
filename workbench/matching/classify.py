"""What a movement is when no link is made: fee, return, deposit, double, misdirected, unknown.

Every open movement ends with a proposal or with one of these kinds and its French words; nothing
is left without a reason. Only bank fees are set aside: everything else waits for somebody.
"""

from dataclasses import dataclass
from typing import Final

from workbench.domain.errors import shortened
from workbench.domain.money import french_euros
from workbench.matching.book import Book, Movement
from workbench.matching.candidates import AccountClues, MovementClues
from workbench.matching.elsewhere import same_code_elsewhere
from workbench.matching.evidence import Candidate
from workbench.matching.explain import account_words
from workbench.matching.names import NameLevel
from workbench.matching.operations import Operation, OperationWords, tell_operation

BANK_FEE = Operation.BANK_FEE.value
POSSIBLE_DUPLICATE = "possible_duplicate"
MISDIRECTED = "misdirected"
INTERNAL_TRANSFER = "internal_transfer"
NO_DUE = "no_due"
UNKNOWN_PAYER = "unknown_payer"
UNKNOWN_BANK_ACCOUNT = "unknown_bank_account"

# Money that came back: what it had paid is open again, once somebody says so.
RETURNS: Final = frozenset(
    {
        Operation.RETURNED_DEBIT.value, Operation.RETURNED_CHEQUE.value,
        Operation.RETURNED_CARD.value, Operation.RETURNED_TRANSFER.value,
    }
)  # fmt: skip
_DEPOSITS = frozenset({Operation.CHEQUE_DEPOSIT, Operation.CARD_DEPOSIT, Operation.DEBIT_BATCH})


@dataclass(frozen=True, slots=True)
class Classified:
    """What a movement is.

    Attributes:
        kind: stable identifier.
        words: French, without a final full stop.
        set_aside: it needs no link: bank fees only.
    """

    kind: str
    words: str
    set_aside: bool = False


WAITING_FOR_BUILDING: Final = Classified(
    UNKNOWN_BANK_ACCOUNT,
    "Compte bancaire inconnu : le mouvement attend que son immeuble soit connu",
)


def classify_beforehand(movement: Movement, clues: MovementClues, book: Book) -> Classified | None:
    """Returns what a movement is when it can be no payment of one holder of its building.

    Source: DOMAIN A2, A4, C3, C9, C12; LAW L7.
    """
    if movement.receipt_of is not None:
        return None
    if movement.counterparty_iban and movement.counterparty_iban in book.own_ibans:
        words = "Virement interne entre deux comptes de l'immeuble"
        return Classified(INTERNAL_TRANSFER, words)
    operation = tell_operation(
        money_in=movement.sign > 0,
        label=movement.label,
        operation_code=movement.operation_code,
        return_reason=movement.return_reason,
    )
    if operation is not None and not _is_ordinary(operation, movement, clues, book):
        return _from_operation(operation, clues, book)
    return _misdirected(movement, clues, book)


def _is_ordinary(
    operation: OperationWords, movement: Movement, clues: MovementClues, book: Book
) -> bool:
    """Says whether somebody is identified who has something to settle in that direction."""
    if operation.operation not in _DEPOSITS and operation.operation is not Operation.BANK_FEE:
        return False
    identified = [
        c
        for c in clues.accounts.values()
        if c.identified and any(d.left_cents for d in book.accounts[c.account].dues[movement.sign])
    ]
    if operation.operation is Operation.BANK_FEE:
        # `COTISATION` or `FRAIS` of a supplier: its own invoice is open.
        fitting = [
            c
            for c in identified
            if any(
                d.left_cents == movement.cents for d in book.accounts[c.account].dues[movement.sign]
            )
        ]
        return bool(fitting)
    return bool(identified)


def _from_operation(operation: OperationWords, clues: MovementClues, book: Book) -> Classified:
    words = operation.words
    if operation.operation not in _DEPOSITS and operation.operation is not Operation.BANK_FEE:
        named = _identified(clues)
        if len(named) == 1:
            words += f" ; compte {account_words(book, named[0].account)}"
    return Classified(operation.operation.value, words, operation.operation is Operation.BANK_FEE)


def _identified(clues: MovementClues) -> list[AccountClues]:
    """Returns the accounts that something identifies, the surest only."""
    found = [c for c in clues.accounts.values() if c.identified]
    coded = [c for c in found if c.coded]
    known = [c for c in found if c.iban == "own"]
    named = [c for c in found if c.name.level >= NameLevel.ONE_WORD]
    best = coded or known or named or found
    return sorted(best, key=lambda c: c.account)


def _misdirected(movement: Movement, clues: MovementClues, book: Book) -> Classified | None:
    namesake = same_code_elsewhere(movement, clues, book)
    if namesake is not None:
        why = "même code dans les deux immeubles, et le nom du payeur"
        return misdirected(namesake, why, movement, book)
    if not clues.elsewhere or any(c.coded for c in clues.accounts.values()):
        return None
    first = clues.elsewhere[0]
    if first.by_iban and clues.identified:
        return None
    return misdirected(first.account, first.words, movement, book)


def misdirected(account: int, why: str, movement: Movement, book: Book) -> Classified:
    """Returns MISDIRECTED: the movement was meant for an account of another building.

    Args:
        account: index of that account.
        why: French, what says so.
        movement: the movement.
        book: of its building.
    """
    return Classified(MISDIRECTED, _misdirected_words(account, why, movement, book))


def _misdirected_words(account: int, why: str, movement: Movement, book: Book) -> str:
    record = book.accounts[account]
    way = "destiné" if movement.sign > 0 else "relatif"
    return (
        f"Paiement sans doute {way} à un autre immeuble ({record.building_id}) : "
        f"compte {account_words(book, account)}, {why}"
    )


def classify_double(ranked: list[Candidate], movement: Movement, book: Book) -> Classified | None:
    """Returns POSSIBLE_DUPLICATE when the best identified account just paid the same amount."""
    if not any(c.duplicate for c in ranked):
        return None
    best = next((c for c in ranked if c.criteria and c.rule not in ("amount", "amount_date")), None)
    if best is None or not best.duplicate:
        return None
    if any(c.exact and not c.duplicate and c.score >= best.score for c in ranked):
        return None
    words = (
        f"Peut-être un double : {french_euros(movement.cents)} déjà reçus il y a peu pour le "
        f"compte {account_words(book, best.accounts[0])}"
        if movement.sign > 0
        else f"Peut-être un double : {french_euros(movement.cents)} déjà versés il y a peu au "
        f"compte {account_words(book, best.accounts[0])}"
    )
    return Classified(POSSIBLE_DUPLICATE, words)


def classify_left(movement: Movement, clues: MovementClues, book: Book) -> Classified:
    """Returns what is said of a movement without any proposal.

    Source: DOMAIN A8, A9.
    """
    named = [c for c in _identified(clues) if (movement.item_id, c.account) not in book.rejected]
    if named:
        accounts = ", ".join(account_words(book, c.account) for c in named[:3])
        if len(named) == 1:
            return Classified(NO_DUE, f"Aucune échéance ouverte pour le compte {accounts}")
        return Classified(NO_DUE, f"Aucune échéance ouverte pour ces comptes : {accounts}")
    who = "Payeur" if movement.sign > 0 else "Bénéficiaire"
    name = clues.stray_name or movement.counterparty
    shown = f" : {shortened(name, limit=60)}" if name else ", sans nom ni IBAN connu"
    return Classified(UNKNOWN_PAYER, f"{who} inconnu{shown}")
