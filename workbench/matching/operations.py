"""What kind of operation a movement is, from the bank's code and words: fees, returns, deposits.

Those are no payments of one holder: they are told apart before anybody looks for an account.
Codes: CFONB 120 operation codes, ISO 20022 bank transaction codes and return reasons.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from workbench.matching.normalise import fold, tokens


class Operation(StrEnum):
    """Kinds of movements that no holder made, or that are several payments at once."""

    BANK_FEE = "bank_fee"
    RETURNED_DEBIT = "returned_debit"
    RETURNED_CHEQUE = "returned_cheque"
    RETURNED_CARD = "returned_card"
    RETURNED_TRANSFER = "returned_transfer"
    CHEQUE_DEPOSIT = "cheque_deposit"
    CARD_DEPOSIT = "card_deposit"
    DEBIT_BATCH = "debit_batch"


@dataclass(frozen=True, slots=True)
class OperationWords:
    """A kind of operation and the French words that say why."""

    operation: Operation
    words: str


# ISO 20022 external return reasons, the ones French banks send.
_RETURN_REASONS = {
    "AC01": "numéro de compte erroné",
    "AC04": "compte clos",
    "AC06": "compte bloqué",
    "AC13": "compte du débiteur non éligible",
    "AG01": "opération interdite sur ce compte",
    "AG02": "code opération incorrect",
    "AM04": "provision insuffisante",
    "AM05": "opération en double",
    "BE05": "créancier non identifié",
    "CNOR": "banque du créancier inconnue",
    "DNOR": "banque du débiteur inconnue",
    "FF01": "format du fichier incorrect",
    "FOCR": "retour après demande d'annulation",
    "MD01": "absence de mandat",
    "MD02": "mandat incomplet",
    "MD06": "opération contestée par le débiteur",
    "MD07": "débiteur décédé",
    "MS02": "raison non communiquée par le débiteur",
    "MS03": "raison non communiquée par la banque",
    "RC01": "BIC incorrect",
    "RR01": "raison réglementaire",
    "RR04": "raison réglementaire",
    "SL01": "services spécifiques de la banque du débiteur",
    "TM01": "fichier reçu hors délai",
}
_FEE_CODES = frozenset({"62", "64", "65", "66"})
_ISO_FEES = re.compile(r"\b(?:CHRG|FEES|COMM|COME|COMI)\b")
_ISO_RETURNED_DEBIT = re.compile(r"\bIDDT\b.*\b(?:UPDD|PRDD|RRTN)\b|\bUPDD\b")
_ISO_CHEQUES = re.compile(r"\bRCHQ\b")
_ISO_CARDS = re.compile(r"\bMCRD\b")
_ISO_DEBITS = re.compile(r"\bIDDT\b")
_FEE_LABEL = re.compile(
    r"^ ?(?:F )?(?:(?:FRAIS|COMMISSIONS?|COM(?:M)? (?:MVT|MOUVEMENT)|COTIS|AGIOS|"
    r"TENUE DE COMPTE|INTERETS DEBITEURS|ARRETE DE COMPTE)\b|COTISATION (?:CARTE|CB|COMPTE|PACK|"
    r"OFFRE|MENS|TRIM|ANN)|FACTURATION (?:SERVICE|BANQUE|BANCAIRE)|"
    r"ABONNEMENT (?:BANQUE|EBICS|INTERNET))"
)
_RETURN_LABEL = re.compile(
    r"\b(?:REJET|IMPAYES?|RETOUR) (?:DE |DU )?(?:PRLV|PRELEVEMENTS?|PREL|SDD)|"
    r"\b(?:PRLV|PRELEVEMENTS?|PREL|SDD) (?:SEPA )?(?:IMPAYES?|REJETES?|REJET|IMP|RETOURNE)\b|"
    r"^ ?(?:IMPAYE|REJET)\b"
)
_CHEQUE_RETURN = re.compile(r"\b(?:CHEQUE|CHQ)S? (?:\w+ )?IMPAYE|\b(?:IMPAYE|REJET) (?:CHEQUE|CHQ)")
_CHEQUE_DEPOSIT = re.compile(r"\bREM(?:ISE)?S? (?:DE )?(?:\d+ )?(?:CHEQUE|CHQ|CHQS|CHEQUES)\b")
_CARD_DEPOSIT = re.compile(
    r"\bREM(?:ISE)?S? (?:DE )?(?:CB|CARTES?|TPE|VAD)\b|"
    r"\b(?:SCELLIUS|SIPS|MONETICO|PAYZEN|STRIPE)\b|"
    r"\bVIR (?:SEPA )?(?:RECU )?(?:CB|CARTES) "
)
_DEBIT_BATCH = re.compile(
    r"\b(?:REM(?:ISE)?S?|LOT) (?:DE )?(?:PRLV|PRELEVEMENTS?|SDD)|"
    r"\b(?:PRLV|PRELEVEMENTS?) (?:SEPA )?EMIS\b"
)

# Ordinary transfers received, in the codes banks give them.
_TRANSFERS_IN = frozenset(
    ["", "05", "06", "18", "21", "C1", "PMNT/RCDT/ESCT", "PMNT/RCDT/DMCT", "PMNT/RRCT/ESCT"]
)
# One of these is in every label that the expressions for deposits find.
_DEPOSIT_WORDS = frozenset(
    ["REM", "REMS", "REMISE", "REMISES", "SCELLIUS", "SIPS", "MONETICO", "PAYZEN", "STRIPE", "CB",
     "CARTES", "LOT", "PRLV", "PRELEVEMENT", "PRELEVEMENTS"]
)  # fmt: skip


def tell_operation(
    *, money_in: bool, label: str, operation_code: str, return_reason: str
) -> OperationWords | None:
    """Returns what kind of operation a movement is, None for an ordinary payment.

    Args:
        money_in: money enters the account.
        label: as the bank wrote it.
        operation_code: CFONB code (`B3`) or ISO one (`PMNT/IDDT/UPDD`); "" when unknown.
        return_reason: the bank's code of a return, such as `AM04`.

    Source: DOMAIN A4, C3, C9, C12; FORMATS (CFONB codes, labels as they look).
    """
    code = fold(operation_code).strip() if operation_code else ""
    words = tokens(label)
    if not money_in:
        return _tell_money_out(" ".join(words), code, return_reason)
    # Most money in is a transfer: one cheap look before the expressions.
    if not return_reason and code in _TRANSFERS_IN and _DEPOSIT_WORDS.isdisjoint(words):
        return None
    return _tell_money_in(" ".join(words), code, return_reason)


def _tell_money_out(text: str, code: str, return_reason: str) -> OperationWords | None:
    # `F FRAIS PRLV IMP 97`: the fee for a returned debit, not the return.
    if code in _FEE_CODES or _FEE_LABEL.search(text) or _ISO_FEES.search(code):
        return OperationWords(Operation.BANK_FEE, "Frais de la banque")
    reason = _reason_words(return_reason)
    if code == "03" or _CHEQUE_RETURN.search(text):
        return OperationWords(Operation.RETURNED_CHEQUE, f"Chèque impayé{reason}")
    if code == "38":
        return OperationWords(Operation.RETURNED_CARD, f"Paiement par carte impayé{reason}")
    if (
        code == "B3"
        or return_reason
        or _ISO_RETURNED_DEBIT.search(code)
        or _RETURN_LABEL.search(text)
    ):
        return OperationWords(Operation.RETURNED_DEBIT, f"Prélèvement rejeté{reason}")
    return None


def _tell_money_in(text: str, code: str, return_reason: str) -> OperationWords | None:
    if return_reason or code == "12":
        reason = _reason_words(return_reason)
        return OperationWords(Operation.RETURNED_TRANSFER, f"Virement émis et retourné{reason}")
    if code == "02" or _ISO_CHEQUES.search(code) or _CHEQUE_DEPOSIT.search(text):
        words = "Remise de chèques : à rapprocher de son bordereau"
        return OperationWords(Operation.CHEQUE_DEPOSIT, words)
    if code == "30" or _ISO_CARDS.search(code) or _CARD_DEPOSIT.search(text):
        words = "Remise de cartes : à rapprocher des paiements par carte"
        return OperationWords(Operation.CARD_DEPOSIT, words)
    if code == "A1" or _ISO_DEBITS.search(code) or _DEBIT_BATCH.search(text):
        words = "Remise de prélèvements : à rapprocher des prélèvements attendus"
        return OperationWords(Operation.DEBIT_BATCH, words)
    return None


def _reason_words(return_reason: str) -> str:
    if not return_reason:
        return ""
    known = _RETURN_REASONS.get(fold(return_reason).strip())
    return f" : {known} ({return_reason.strip()})" if known else f" : motif {return_reason.strip()}"
