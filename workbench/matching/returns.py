"""Which payment a bank took back: rejected debits, unpaid cheques, transfers sent back.

A return names what it returns more or less well: the bank's own reference, the payer's reference
(end to end), the mandate, the payer's IBAN or name, a cheque's number; and it has its amount. With
the amount alone it is shown, never accepted.

Pure: records in, records out, in an order that depends on nothing but what they say.

Source: DOMAIN C3; LAW L16; FORMATS (returns); docs/decisions/0016-receipts-and-returns.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from workbench.domain.dates import french_date
from workbench.domain.money import french_euros
from workbench.matching.normalise import iban_key, masked_iban, tokens
from workbench.matching.operations import Operation

RETURN: Final = "return"
RETURNS: Final = frozenset({
    Operation.RETURNED_DEBIT, Operation.RETURNED_CHEQUE, Operation.RETURNED_CARD,
    Operation.RETURNED_TRANSFER,
})  # fmt: skip
DEBIT, TRANSFER, CHEQUE, CARD = "debit", "transfer", "cheque", "card"
# What each kind of return can take back.
_TAKES: Final = {
    Operation.RETURNED_DEBIT: {DEBIT},
    Operation.RETURNED_CHEQUE: {CHEQUE},
    Operation.RETURNED_CARD: {CARD},
    Operation.RETURNED_TRANSFER: {TRANSFER, DEBIT},
}
# A debit that was never authorised can come back for thirteen months, one that was for eight weeks.
_NEVER_AUTHORISED: Final = frozenset({"MD01"})
_ASKED_BACK: Final = frozenset({"MD06"})
_TITLES: Final = frozenset({
    "MONSIEUR", "MADAME", "MADEMOISELLE", "MME", "MLLE", "MRS", "MMES", "SCI", "SARL", "SAS",
    "PRLV", "SEPA", "REJET", "IMPAYE", "MOTIF",
})  # fmt: skip
# Less than this, and only the amount tells.
_IDENTIFIES: Final = 5.0
_SHORTEST_NAME: Final = 3
_SHORTEST_NUMBER: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnConfig:
    """How far back a returned payment is looked for.

    Attributes:
        reject_days: a rejected debit comes back within these days.
        refund_days: one asked back by its payer, an unpaid cheque, a card payment, a transfer.
        unauthorised_days: a debit that was never authorised.
        most_proposals: proposals of one return.
    """

    reject_days: int = 15
    refund_days: int = 62
    unauthorised_days: int = 400
    most_proposals: int = 5


RETURN_DAYS: Final = ReturnConfig()


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment that a bank can take back; cents are positive.

    Attributes:
        items: of the movement, or of the sides of a receipt that pays several accounts.
        part: transaction of a batch, 0 for the whole.
        cents_of: cents of each item, in their order; their sum is the payment.
        money_in: it entered our account.
        kind: `debit`, `transfer`, `cheque` or `card`.
        number: of a cheque.
    """

    items: tuple[int, ...]
    part: int
    cents_of: tuple[int, ...]
    building_id: str
    on: date
    money_in: bool
    kind: str
    movement_id: str
    payer: str = ""
    iban: str = ""
    end_to_end_id: str = ""
    mandate_id: str = ""
    number: str = ""

    @property
    def cents(self) -> int:
        """The whole payment."""
        return sum(self.cents_of)

    @property
    def key(self) -> tuple[int, int]:
        """What tells it from every other."""
        return self.items[0], self.part


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A movement, or a transaction of a batch, that took a payment back; cents are positive.

    Attributes:
        item: the movement's.
        part: transaction of a batch, 0 for the whole.
        money_in: our own transfer came back.
        reason: the bank's code, "" when it gives none.
        words: what happened, French.
        points_to: movements that the bank's own references name, `|` between them; looked at where
            neither reference nor mandate says more.
    """

    item: int
    part: int
    building_id: str
    on: date
    cents: int
    money_in: bool
    operation: Operation
    reason: str
    words: str
    label: str
    counterparty: str = ""
    iban: str = ""
    end_to_end_id: str = ""
    mandate_id: str = ""
    points_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnMatch:
    """A payment that a return takes back, or may take back; see `deposits.DepositMatch`."""

    returned: Returned
    payment: Payment
    sure: bool
    rank: int
    confidence: float
    criteria: tuple[tuple[str, float, str], ...]
    differs: str


@dataclass(frozen=True, slots=True)
class _Candidate:
    payment: Payment
    criteria: tuple[tuple[str, float, str], ...]
    identity: float
    days: int


def match_returns(
    returns: Sequence[Returned],
    payments: Sequence[Payment],
    *,
    barred: Iterable[int] = (),
    config: ReturnConfig = RETURN_DAYS,
) -> tuple[ReturnMatch, ...]:
    """Says for every return which payment it takes back.

    Args:
        returns: what banks took back and nobody has linked.
        payments: what could have been taken back and was not; linked to dues or not.
        barred: returns of which nothing is accepted: a person took it back.
        config: windows.

    Returns:
        By return and rank: sure ones, each payment in one of them at most, and proposals for the
        others. A return without any is not in it.
    """
    found: dict[tuple[str, int, bool], list[Payment]] = defaultdict(list)
    for payment in sorted(payments, key=lambda p: (p.on, p.movement_id, p.part)):
        found[payment.building_id, payment.cents, payment.money_in].append(payment)
    matches: list[ReturnMatch] = []
    taken: set[tuple[int, int]] = set()
    never = set(barred)
    for returned in sorted(returns, key=_place):
        near = found[returned.building_id, returned.cents, not returned.money_in]
        candidates = _candidates(returned, [p for p in near if p.key not in taken], config)
        differs = _why_not_sure(returned, candidates, config)
        if not differs and returned.item in never:
            differs = "déjà accepté, puis annulé par une personne"
        if candidates and not differs:
            taken.add(candidates[0].payment.key)
            matches.append(_match(returned, candidates[0], rank=1, differs=""))
            continue
        for rank, candidate in enumerate(candidates[: config.most_proposals], start=1):
            matches.append(_match(returned, candidate, rank=rank, differs=differs))
    # What a later return took for sure is no proposal for an earlier one.
    kept = [m for m in matches if m.sure or m.payment.key not in taken]
    return tuple(sorted(kept, key=lambda m: (m.returned.item, m.returned.part, m.rank)))


def _place(returned: Returned) -> tuple[object, ...]:
    """Returns what orders the returns, by what they say: the ledger's numbers come last."""
    said = (returned.end_to_end_id, returned.mandate_id, returned.iban, returned.label)
    return (returned.on, returned.cents, *said, returned.item, returned.part)


def _candidates(
    returned: Returned, payments: list[Payment], config: ReturnConfig
) -> list[_Candidate]:
    """Returns the payments it can be, what identifies best first, then the latest."""
    words = set(tokens(returned.label))
    who = _name_words(returned.counterparty)
    found = []
    for payment in payments:
        days = (returned.on - payment.on).days
        pointed = not (returned.mandate_id or returned.end_to_end_id) and (
            payment.movement_id in returned.points_to.split("|")
        )
        if not pointed and (
            payment.kind not in _TAKES[returned.operation]
            or not 0 <= days <= _farthest(returned, config)
            or _contradicts(returned, payment)
        ):
            continue
        criteria = _criteria(returned, payment, pointed=pointed, words=words, who=who)
        identity = sum(weight for name, weight, _ in criteria if name not in ("amount", "date"))
        found.append(_Candidate(payment, tuple(criteria), identity, days))
    # Payments of one day stay in their order.
    return sorted(found, key=lambda c: (-c.identity, c.days))


def _farthest(returned: Returned, config: ReturnConfig) -> int:
    if returned.reason in _NEVER_AUTHORISED:
        return config.unauthorised_days
    return config.refund_days


def _contradicts(returned: Returned, payment: Payment) -> bool:
    """Tells whether both name a mandate, a reference or an IBAN, and not the same one."""
    pairs = (
        (returned.mandate_id, payment.mandate_id),
        (returned.end_to_end_id, payment.end_to_end_id),
        (iban_key(returned.iban), iban_key(payment.iban)),
    )
    return any(a and b and a != b for a, b in pairs)


def _criteria(
    returned: Returned, payment: Payment, *, pointed: bool, words: set[str], who: set[str]
) -> list[tuple[str, float, str]]:
    criteria = []
    if pointed:
        criteria.append(("bank_reference", 9.0, "la banque désigne ce paiement"))
    if returned.end_to_end_id and returned.end_to_end_id == payment.end_to_end_id:
        words_of = f"même référence de bout en bout ({returned.end_to_end_id})"
        criteria.append(("end_to_end", 9.0, words_of))
    if returned.mandate_id and returned.mandate_id == payment.mandate_id:
        criteria.append(("mandate", 7.0, f"même mandat ({returned.mandate_id})"))
    if payment.iban and iban_key(returned.iban) == iban_key(payment.iban):
        criteria.append(("iban", 6.0, f"même compte ({masked_iban(payment.iban)})"))
    number = payment.number.lstrip("0")
    if len(number) >= _SHORTEST_NUMBER and number in {word.lstrip("0") for word in words}:
        criteria.append(("number", 8.0, f"le libellé porte le numéro du chèque ({payment.number})"))
    name = _name_words(payment.payer)
    if name and (name <= words or name <= who):
        weight = 5.0 if len(name) > 1 else 2.0
        criteria.append(("name", weight, f"même nom ({payment.payer})"))
    criteria.append(("amount", 2.0, f"même montant, {french_euros(payment.cents)}"))
    days = (returned.on - payment.on).days
    far = "le même jour" if not days else f"{days} jour{'s' if days > 1 else ''} avant le rejet"
    criteria.append(("date", 1.0, f"paiement du {french_date(payment.on)}, {far}"))
    return criteria


def _name_words(name: str) -> set[str]:
    return {
        word
        for word in tokens(name)
        if len(word) >= _SHORTEST_NAME and word.isalpha() and word not in _TITLES
    }


def _why_not_sure(returned: Returned, candidates: list[_Candidate], config: ReturnConfig) -> str:
    """Returns why the first candidate cannot be accepted, "" when it can."""
    if not candidates:
        return "aucun paiement de ce montant"
    best = candidates[0]
    if best.identity < _IDENTIFIES:
        return "seul le montant désigne ce paiement"
    rivals = [c for c in candidates[1:] if c.identity >= best.identity - 1.0]
    if not rivals:
        return ""
    # The debits of several months look alike; the bank rejects one within days.
    if returned.operation is Operation.RETURNED_DEBIT and returned.reason not in (
        _ASKED_BACK | _NEVER_AUTHORISED
    ):
        recent = [c for c in (best, *rivals) if c.days <= config.reject_days]
        if recent == [best]:
            return ""
    return f"{len(rivals) + 1} paiements semblables"


def _match(returned: Returned, candidate: _Candidate, *, rank: int, differs: str) -> ReturnMatch:
    sure = not differs
    confidence = 0.995 if sure else (0.6 if candidate.identity >= _IDENTIFIES else 0.3) / rank
    return ReturnMatch(
        returned=returned,
        payment=candidate.payment,
        sure=sure,
        rank=rank,
        confidence=confidence,
        criteria=candidate.criteria,
        differs=differs,
    )
