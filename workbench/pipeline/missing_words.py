"""What a movement lacks to be settled, in a few words: the second line of the list (DOMAIN A8, D2).

The long form, with its reasons, is the case's (`pipeline.case`).
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from workbench.domain.explanation import Explanation
from workbench.domain.money import french_euros
from workbench.matching import classify, config
from workbench.matching.operations import Operation

RETURN_RULE: Final = "return"
# A second account within this confidence of the best one is named: nobody should choose blindly.
_CLOSE: Final = 0.25
_WEAK: Final = {
    config.AMOUNT: "montant seul, payeur non identifié",
    config.AMOUNT_DATE: "montant et date seuls",
    config.NAME_PARTIAL: "nom incomplet",
    config.SHARED_IBAN: "IBAN de plusieurs comptes",
    config.NAME_FUZZY: "nom écrit autrement",
}
_KINDS: Final = {
    classify.POSSIBLE_DUPLICATE: "peut-être déjà payé",
    classify.MISDIRECTED: "peut-être pour un autre immeuble",
    classify.INTERNAL_TRANSFER: "virement entre deux comptes de l’immeuble",
    classify.NO_DUE: "compte connu, rien d’ouvert",
    classify.UNKNOWN_PAYER: "payeur inconnu",
    Operation.RETURNED_DEBIT.value: "prélèvement rejeté",
    Operation.RETURNED_CHEQUE.value: "chèque impayé",
    Operation.RETURNED_CARD.value: "paiement par carte rejeté",
    Operation.RETURNED_TRANSFER.value: "virement revenu",
    Operation.CHEQUE_DEPOSIT.value: "bordereau introuvable",
    Operation.CARD_DEPOSIT.value: "paiements par carte introuvables",
    Operation.DEBIT_BATCH.value: "prélèvements introuvables",
}
_ALARMING: Final = classify.RETURNS | {classify.POSSIBLE_DUPLICATE, classify.MISDIRECTED}


class WorkState(StrEnum):
    """Why a movement stands in the list (UI, States), in the order of the filters."""

    DIFFERENT = "different"
    TO_IDENTIFY = "to_identify"
    PROPOSED = "proposed"
    PARTIAL = "partial"
    TO_CHECK = "to_check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Best:
    """A movement's best proposal, as the list needs it.

    Attributes:
        rule: what found it.
        amount_cents: what it would settle.
        asked_cents: what its dues have open.
        close: how many accounts are as good, or nearly; at least 1.
        explanation: why.
    """

    rule: str
    amount_cents: int
    asked_cents: int
    close: int
    explanation: Explanation


def is_close(confidence: float, best: float) -> bool:
    """Says whether a proposal is nearly as good as the best one."""
    return best - confidence <= _CLOSE


def missing(
    best: Best | None, *, open_cents: int, is_partial: bool, classified: str
) -> tuple[WorkState, str]:
    """Returns why a movement waits, and what it lacks in French.

    Args:
        best: its best proposal, None when there is none.
        open_cents: what is left of it, signed.
        is_partial: a part of it is settled.
        classified: kind the last run saw in it, "" when none.

    Source: DOMAIN A8, D2.
    """
    left = abs(open_cents)
    if is_partial:
        return WorkState.PARTIAL, f"reste {french_euros(left)} à affecter"
    if best is None:
        state = WorkState.DIFFERENT if classified in _ALARMING else WorkState.TO_IDENTIFY
        if classified == classify.UNKNOWN_PAYER and open_cents < 0:
            return state, "bénéficiaire inconnu"
        return state, _KINDS.get(classified, "à identifier")
    if best.rule == RETURN_RULE:
        return WorkState.DIFFERENT, "échéance à rouvrir"
    if best.amount_cents < best.asked_cents:
        short = french_euros(best.asked_cents - best.amount_cents)
        return WorkState.DIFFERENT, f"{short} de moins que dû"
    if best.amount_cents < left:
        more = french_euros(left - best.amount_cents)
        return WorkState.DIFFERENT, f"{more} de plus que dû"
    if best.close > 1:
        return WorkState.PROPOSED, f"{best.close} comptes possibles"
    return WorkState.PROPOSED, _WEAK.get(best.rule) or _first_difference(best.explanation)


def _first_difference(explanation: Explanation) -> str:
    first = explanation.differs.split(" ; ")[0].strip()
    return first or "1 compte possible"
