"""Sure or not: which candidate is accepted without a human, and what stands in the way.

Bands are per evidence class; a confidence learnt on one portfolio does not carry to another, so
the classes' own rules decide and the figure only orders. Hard vetoes: no identity, an IBAN that
pays several persons, dues that are not the only ones meant, namesakes, a code or IBAN that
contradicts.
"""

import math
from collections.abc import Sequence
from typing import Final

from workbench.domain.errors import shortened
from workbench.matching.book import Book, Movement
from workbench.matching.candidates import AccountClues, MovementClues
from workbench.matching.choices import EXACT_FITS, Choice, Fit
from workbench.matching.config import (
    ACCEPTABLE,
    AMOUNT_DATE,
    CODE,
    IBAN,
    NAME_EXACT,
    NAME_FUZZY,
    RECEIPT,
    REFERENCE,
    MatchConfig,
)
from workbench.matching.evidence import Candidate
from workbench.matching.names import NameLevel
from workbench.matching.normalise import CodeStrength
from workbench.matching.weigher import Weigher

_INEXACT = frozenset({Fit.SHORT, Fit.PARTIAL, Fit.OVER})
# How the amount must fit for each class; what is not here is a proposal.
_FITS = {
    RECEIPT: EXACT_FITS | _INEXACT,
    REFERENCE: EXACT_FITS | _INEXACT,
    CODE: EXACT_FITS | _INEXACT,
    IBAN: EXACT_FITS,
    NAME_EXACT: EXACT_FITS - {Fit.NET, Fit.SUBSET},
    NAME_FUZZY: frozenset({Fit.SINGLE, Fit.ALL, Fit.SAME_DATE}),
    AMOUNT_DATE: frozenset({Fit.SINGLE}),
}
# Certainty is for the journal of humans, not for a rule.
_HIGHEST = 0.9999
ONLY_THE_LAW: Final = "rien que l'ordre légal ne dit quelles échéances sont payées"


def confidences(ranked: Sequence[Candidate], *, config: MatchConfig) -> list[float]:
    """Returns each candidate's share against the others and "none of them": 0 to below 1.

    One of several accounts that a payment settles together is no rival of all of them.
    """
    if len(ranked) == 1:
        alone = 1 / (1 + math.exp(config.none_score - ranked[0].score))
        return [min(round(alone, 4), _HIGHEST)]
    top = max(config.none_score, *(c.score for c in ranked)) if ranked else 0.0
    odds = [math.exp(c.score - top) for c in ranked]
    none = math.exp(config.none_score - top)
    total = math.fsum([*odds, none])
    shares = []
    for candidate, own in zip(ranked, odds, strict=True):
        against = total
        if len(candidate.accounts) > 1:
            accounts = set(candidate.accounts)
            among = [o for c, o in zip(ranked, odds, strict=True) if not set(c.accounts) < accounts]
            against = math.fsum([*among, none])
        shares.append(min(round(own / against, 4), _HIGHEST))
    return shares


def objections(
    ranked: Sequence[Candidate],
    *,
    clues: MovementClues,
    book: Book,
    config: MatchConfig,
) -> list[str]:
    """Returns why the best candidate is not accepted without a human; empty when it is.

    Args:
        ranked: candidates, best first; not empty.
        clues: what points to whom.
        book: for the persons behind the accounts.
        config: classes that may be accepted, margin.

    Returns:
        French reasons. DOMAIN A8's class needs `amount_date_objections` as well; where the legal
        order alone decides, ONLY_THE_LAW stands last.

    Source: DOMAIN A8, A10; MATCHING 4.
    """
    best = ranked[0]
    found = list(best.objections)
    if best.rule not in config.accepts or best.rule not in ACCEPTABLE:
        found.append("rien d'assez sûr n'identifie le compte")
    choice = best.choice
    if choice is None:
        found.append("aucune échéance ouverte")
        return found
    if best.repeated and not (choice.named and choice.exact):
        found.append("un paiement identique vient d'être affecté à ce compte")
    found += _amount_objections(best, choice, clues)
    found += _payer_objections(best, clues)
    if best.rule == AMOUNT_DATE:
        # Its rivals are counted by amount and date, not by score.
        return found
    if len(ranked) > 1:
        found += _rival_objections(ranked, book, config)
    if not found and confidences(ranked, config=config)[0] < config.least_confidence:
        found.append("trop peu d'indices concordants")
    if choice.by_law and best.rule != RECEIPT:
        found.append(ONLY_THE_LAW)
    return found


def _payer_objections(best: Candidate, clues: MovementClues) -> list[str]:
    """Returns why the name of who pays does not say for whom: he pays for several."""
    if best.rule in (NAME_EXACT, NAME_FUZZY) and clues.accounts[best.accounts[0]].iban == "shared":
        return ["ce payeur paie pour plusieurs titulaires"]
    return []


def _amount_objections(best: Candidate, choice: Choice, clues: MovementClues) -> list[str]:
    if choice.doubt is not None:
        return [choice.doubt.value]
    if choice.exact:
        return _exact_objections(best, choice)
    clue = clues.accounts.get(best.accounts[0])
    if clue is None or best.rule not in _FITS:
        return ["le montant diffère"]
    if choice.fit in _FITS[best.rule]:
        return _differing_code_objections(best, clues, clue)
    if best.rule == IBAN and clue.name.level >= NameLevel.PARTIAL:
        return []
    # The month it names, a part of it; and housing aid is never the whole rent.
    if best.rule == NAME_EXACT and choice.fit is Fit.PARTIAL:
        named = choice.is_instructed and clue.name.words > 1 and clue.name_source == "payer"
        return [] if named or clues.housing_aid else ["le montant diffère"]
    return ["le montant diffère"]


def _exact_objections(best: Candidate, choice: Choice) -> list[str]:
    if choice.fit in _FITS.get(best.rule, EXACT_FITS):
        return []
    # The month it names and another due besides: the payer says what he pays.
    if best.rule == NAME_EXACT and choice.fit is Fit.SUBSET and choice.is_instructed:
        return []
    return ["le montant est celui d'une combinaison d'échéances, que rien ne confirme"]


def _differing_code_objections(
    best: Candidate, clues: MovementClues, clue: AccountClues
) -> list[str]:
    """Returns why a code is not enough where the amount does not confirm it."""
    if best.rule != CODE or len(best.accounts) > 1:
        return []
    if clue.code is None or clue.code.target.strength is not CodeStrength.STRONG:
        return ["le code est trop court pour un montant qui diffère"]
    if clues.stray_name and not clue.name.level and clue.iban not in ("own", "person"):
        return ["ni le montant ni le nom du payeur ne confirment le code"]
    return []


def _rival_objections(ranked: Sequence[Candidate], book: Book, config: MatchConfig) -> list[str]:
    best = ranked[0]
    if best.rule == RECEIPT:
        return []
    if best.rule in (REFERENCE, CODE):
        rivals = [c for c in ranked[1:] if c.rule in (REFERENCE, CODE)]
        if len(best.accounts) > 1:
            rivals = [c for c in rivals if not set(c.accounts) <= set(best.accounts)]
        if rivals:
            return [f"un autre compte est désigné ({_shown(rivals[0], book)})"]
        return _sibling_objections(ranked, book)
    for other in ranked[1:]:
        if set(other.accounts) <= set(best.accounts):
            continue
        if _akin(best, other, book):
            # One holder, several accounts (or namesakes): only the amount tells them apart.
            if other.exact or not best.exact:
                return [f"le même titulaire a un autre compte ({_shown(other, book)})"]
        elif best.score - other.score < config.margin:
            return [f"un autre compte convient presque aussi bien ({_shown(other, book)})"]
    return []


def _sibling_objections(ranked: Sequence[Candidate], book: Book) -> list[str]:
    """Returns why one code of an owner of several lots may stand for all of them.

    Unless the amount is that of one call of the account, he may pay for the others as well.
    """
    best = ranked[0]
    if best.exact and len({due.due_on for due, _ in best.parts}) == 1:
        return []
    for other in ranked[1:]:
        apart = other.choice is not None and not set(other.accounts) <= set(best.accounts)
        if apart and book.same_person(best.accounts[0], other.accounts[0]):
            return [f"le même titulaire a un autre compte ({_shown(other, book)})"]
    return []


def _akin(best: Candidate, other: Candidate, book: Book) -> bool:
    a, b = book.accounts[best.accounts[0]], book.accounts[other.accounts[0]]
    return book.same_person(a.index, b.index) or a.namesakes == b.namesakes


def _shown(candidate: Candidate, book: Book) -> str:
    account = book.accounts[candidate.accounts[0]]
    return f"{account.account_id} {shortened(account.holder, limit=60)}".strip()


def amount_date_objections(
    best: Candidate,
    *,
    movement: Movement,
    clues: MovementClues,
    book: Book,
    weigher: Weigher,
    same_day_movements: int,
) -> list[str]:
    """Returns what speaks against linking by amount and exact date alone.

    Args:
        best: the candidate, of class `amount_date`.
        movement: the movement.
        clues: what points to whom.
        book: for the account's known payers.
        weigher: for the dues of that amount and date still open.
        same_day_movements: unexplained movements of the building with this amount and day.

    Source: DOMAIN A8 (first sentence).
    """
    found = []
    account = book.accounts[best.accounts[0]]
    same = weigher.same_day(movement)
    if len(same) != 1 or same[0][0] is not best.parts[0][0]:
        found.append("plusieurs échéances ont ce montant et cette date")
    if same_day_movements != 1:
        found.append("plusieurs mouvements ont ce montant et cette date")
    if clues.stray_name:
        found.append("le nom du payeur ne correspond à personne dans l'immeuble")
    if clues.known_iban or clues.elsewhere:
        found.append("l'IBAN ou le code est celui d'un autre compte")
    if movement.counterparty_iban and account.ibans:
        found.append("ce compte paie d'habitude depuis un autre IBAN")
    if clues.housing_aid or set(clues.accounts) - {account.index}:
        found.append("quelque chose désigne un autre compte")
    return found
