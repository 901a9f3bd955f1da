"""Names: what a holder may be called, what a payer is called, and how far the two agree.

Couples, `SCI`, surnames first or last, initials, names cut by the bank, typing mistakes. Says how
well two names agree; whether that identifies an account is for `evidence` and `decide`.
"""

import math
import re
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from rapidfuzz import fuzz

from workbench.matching.normalise import fold
from workbench.matching.periods import MONTH_TOKENS

_WORD = re.compile(r"[A-Za-z0-9]+|[&+/]")
_CIVILITIES = frozenset(
    ["M", "MR", "MRS", "MM", "MME", "MMES", "MLLE", "MLLES", "MONSIEUR", "MESSIEURS", "MADAME",
     "MESDAMES", "MADEMOISELLE", "DR", "DOCTEUR", "ME", "MAITRE", "EPX", "EPOUX", "EPOUSE", "VEUVE",
     "VVE", "NEE", "CONSORTS", "INDIVISION", "SUCCESSION", "HOIRS", "HERITIERS"]
)  # fmt: skip
_LEGAL_FORMS = frozenset(
    ["SARL", "SAS", "SASU", "SA", "EURL", "SNC", "SELARL", "SCP", "STE", "SOCIETE", "ETS",
     "ETABLISSEMENTS", "CIE", "ENTREPRISE"]
)  # fmt: skip
_ARTICLES = frozenset(["DE", "DU", "DES", "D", "LE", "LA", "LES", "L", "AU", "AUX"])
_JOINERS = frozenset(["ET", "OU", "&", "+", "/"])
_NO_NAMES = _CIVILITIES | _JOINERS | _LEGAL_FORMS | _ARTICLES
COMPANY = "SCI"
# Words of banks and payers that are nobody's name (when they stand in a label).
_LABEL_WORDS = _NO_NAMES | MONTH_TOKENS | frozenset(
    ["VIR", "VIRT", "VIREMENT", "VIREMENTS", "SEPA", "SCT", "RECU", "RECUS", "EMIS", "INST",
     "INSTANT", "INSTANTANE", "EUROPEEN", "PERMANENT", "EN", "VOTRE", "NOTRE", "FAVEUR",
     "MOTIF", "REF", "REFERENCE", "RE", "LOYER", "LOYERS", "CHARGE", "CHARGES", "PROVISION",
     "PROVISIONS", "APPEL", "APPELS", "FONDS", "TRIM", "TRIMESTRE", "TRAVAUX", "COPRO",
     "COPROPRIETE", "SYNDIC", "IMMEUBLE", "LOT", "LOTS", "APT", "APPT", "APPARTEMENT",
     "BAT", "BATIMENT", "PAIEMENT", "PAYMENT", "REGLEMENT", "REGLT", "REGT", "SOLDE",
     "FACTURE", "FACT", "FAC", "FRAIS", "REGUL", "REGULARISATION", "DEPOT", "GARANTIE",
     "CAUTION", "DG", "PRLV", "PRELEVEMENT", "PRELEV", "CHEQUE", "CHEQUES", "CHQ", "REMISE",
     "REM", "CB", "CARTE", "DU", "DE", "POUR", "PAR", "CPTE", "COMPTE", "CODE", "CLIENT",
     "DOSSIER", "MOIS", "ANNEE", "NUM", "NO", "N", "ID", "DATE", "MDT", "MANDAT", "ECH",
     "ECHEANCE", "RUM", "ICS", "EUR", "EUROS", "NOTPROVIDED", "BQ", "BANQUE", "VOS", "NOS",
     "VERSEMENT", "REMBOURSEMENT", "REMB", "REMBT", "RESTITUTION", "ACOMPTE", "PARTIEL",
     "INDEXATION", "ARRIERE", "ARRIERES", "RAPPEL", "RETARD", "COMPLEMENT", "WEB",
     "INTERNET", "MOBILE", "CREDIT", "DEBIT", "OPERATION", "LIBELLE", "CPT", "TRF",
     "TRANSFERT", "ER", "EME", "ND", "PART", "QUOTE"]
)  # fmt: skip
# Below it two words are not one word written twice.
_LEAST_LIKENESS = 75.0
# Banks cut names at 27 to 35 characters; a shorter text was not cut.
_CUT_LENGTH = 24


class NameLevel(IntEnum):
    """How far a payer's name and a holder's agree; a higher level is stronger."""

    NONE = 0
    PARTIAL = 1  # the surname only, with somebody else's first name or none
    FUZZY = 2  # initials, a first name missing, typing mistakes
    ONE_WORD = 3  # all of it, but it is one word
    EXACT = 4  # all words of it


@dataclass(frozen=True, slots=True)
class HolderName:
    """One way a holder may be called.

    Attributes:
        words: folded words, without civilities and legal forms.
        company: carries `SCI`.
        surname: the word that is the family name, "" when it cannot be told.
    """

    words: frozenset[str]
    company: bool
    surname: str


@dataclass(frozen=True, slots=True)
class PayerName:
    """What a text says about who pays.

    Attributes:
        words: folded words in order; of a label only those that could be a name.
        company: carries `SCI`.
        cut: the bank may have cut the last word.
        present: the words, without repeats.
        full: those that are no initials.
    """

    words: tuple[str, ...]
    company: bool
    cut: bool
    present: frozenset[str]
    full: frozenset[str]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a payer's name and a holder's agree.

    Attributes:
        level: see `NameLevel`.
        score: 0-100, for the order among equals.
        words: how many words of the holder's name were found.
    """

    level: NameLevel
    score: float
    words: int


NO_AGREEMENT = Agreement(NameLevel.NONE, 0.0, 0)


@lru_cache(maxsize=1 << 13)
def holder_names(holder: str, aliases: str = "") -> tuple[HolderName, ...]:
    """Returns every way the holder of an account may be called.

    Args:
        holder: such as `M. et Mme DUPONT Jean et Marie`, `SCI LES LILAS`.
        aliases: other names, `|` between them.

    Returns:
        In a fixed order, without repeats: `{DUPONT, JEAN}` and `{DUPONT, MARIE}` for that couple.
    """
    names: dict[HolderName, None] = {}
    for text in (holder, *aliases.split("|")):
        for name in _names_of(text):
            names[name] = None
    return tuple(names)


def _names_of(text: str) -> list[HolderName]:
    segments, company, capitals = _segments(text)
    if not segments:
        return []
    persons = [s for s in segments if len(s) > 1]
    if not persons:
        return [HolderName(frozenset(s), company, s[0]) for s in segments]
    names = []
    for place, segment in enumerate(segments):
        if len(segment) > 1:
            names.append(
                HolderName(
                    frozenset(segment), company, _surname(segment, capitals, given_first=False)
                )
            )
            continue
        # A first name alone: it shares the surname of the person beside it.
        if place > 0:
            beside = next((s for s in reversed(segments[:place]) if len(s) > 1), persons[0])
        else:
            beside = persons[0]
        surname = _surname(beside, capitals, given_first=place == 0)
        names.append(HolderName(frozenset([surname, *segment]), company, surname))
    return names


def _segments(text: str) -> tuple[list[list[str]], bool, frozenset[str]]:
    """Returns the name's parts between `et`, whether it is an SCI, and the words in capitals."""
    segments: list[list[str]] = [[]]
    company = False
    written = _WORD.findall(_fold_keeping_case(text))
    mixed = any(w.isalpha() and not w.isupper() and w.upper() not in _CIVILITIES for w in written)
    capitals = set()
    for word in written:
        upper = word.upper()
        if upper in _JOINERS:
            segments.append([])
        elif upper == COMPANY:
            company = True
        elif upper not in _CIVILITIES and upper not in _LEGAL_FORMS and upper not in _ARTICLES:
            segments[-1].append(upper)
            if mixed and len(word) > 1 and word.isupper():
                capitals.add(upper)
    kept = [s for s in segments if s]
    if company:
        # `SCI DUPONT ET FILS` is one name, not a couple.
        kept = [[w for s in kept for w in s]] if kept else []
    return kept, company, frozenset(capitals)


def _fold_keeping_case(text: str) -> str:
    folded = []
    for word in text.split():
        upper = fold(word)
        folded.append(upper if word.isupper() else upper.title() if len(upper) > 1 else upper)
    return " ".join(folded)


def _surname(words: list[str], capitals: frozenset[str], *, given_first: bool) -> str:
    """Returns the word in capitals, else the first one (the last one in `Jean et Marie DUPONT`)."""
    for word in words:
        if word in capitals:
            return word
    return words[-1] if given_first else words[0]


@lru_cache(maxsize=1 << 13)
def payer_name(text: str, *, is_label: bool = False) -> PayerName:
    """Returns the words of a payer's name.

    Args:
        text: counterparty, ultimate party, or a label.
        is_label: leave out what banks and payers write around a name.
    """
    found = _WORD.findall(fold(text))
    if is_label:
        return label_name(found, length=len(text))
    return _payer(found, [w for w in found if w not in _NO_NAMES and w != COMPANY], len(text))


def label_name(found: list[str], *, length: int) -> PayerName:
    """Returns the words of a label that could be somebody's name.

    Args:
        found: the label's tokens.
        length: of the whole label, to tell whether the bank cut it.
    """
    words = [w for w in found if w not in _LABEL_WORDS and w.isalpha() and w != COMPANY]
    return _payer(found, words, length)


def _payer(found: list[str], words: list[str], length: int) -> PayerName:
    cut = length >= _CUT_LENGTH and bool(words) and found[-1] == words[-1]
    return PayerName(
        tuple(words), COMPANY in found, cut, frozenset(words),
        frozenset(w for w in words if len(w) > 1),
    )  # fmt: skip


def agreement(
    payer: PayerName,
    name: HolderName,
    *,
    is_label: bool,
    fuzzy_name: float,
) -> Agreement:
    """Returns how far one payer's name and one holder's name agree.

    Args:
        payer: from `payer_name`.
        name: from `holder_names`.
        is_label: the payer's words come from a label, where other words stand around.
        fuzzy_name: least mean similarity of a name with typing mistakes.
    """
    missing = name.words - payer.present
    if missing and payer.cut:
        last = payer.words[-1]
        missing = frozenset(w for w in missing if not (len(last) >= 3 and w.startswith(last)))
    size = len(name.words)
    if not missing:
        return _whole(payer, name, is_label=is_label)
    if size == 1:
        return _resembling(payer, name, fuzzy_name, least_length=6)
    if name.surname in missing:
        return _without_surname(payer, name, fuzzy_name, is_label=is_label)
    initials = payer.present - payer.full
    if initials and len(missing) < size and all(w[0] in initials for w in missing):
        return Agreement(NameLevel.FUZZY, 92.0, size - len(missing))
    if not is_label and len(payer.full) >= 2 and payer.full <= name.words:
        return Agreement(NameLevel.FUZZY, 94.0, len(payer.full))
    resembling = _resembling(payer, name, fuzzy_name, least_length=3)
    if resembling.level:
        return resembling
    if name.surname in payer.present and len(name.surname) >= 3:
        return Agreement(NameLevel.PARTIAL, 60.0, 1)
    return NO_AGREEMENT


def _without_surname(
    payer: PayerName, name: HolderName, fuzzy_name: float, *, is_label: bool
) -> Agreement:
    if not is_label and len(payer.full) >= 2 and payer.full <= name.words:
        return Agreement(NameLevel.FUZZY, 94.0, len(payer.full))
    # Most who share a first name share nothing else.
    if any(word_likeness(said, name.surname) for said in payer.full):
        return _resembling(payer, name, fuzzy_name, least_length=3)
    return NO_AGREEMENT


def _whole(payer: PayerName, name: HolderName, *, is_label: bool) -> Agreement:
    size = len(name.words)
    if payer.company and not name.company and not is_label:
        # `SCI DUPONT` is not `M. DUPONT`.
        return Agreement(NameLevel.PARTIAL, 70.0, size)
    # `SCI HORIZON` is two words of its own.
    if size > 1 or (name.company and payer.company):
        return Agreement(NameLevel.EXACT, 100.0, size)
    if name.company and not payer.company:
        return Agreement(NameLevel.PARTIAL, 70.0, 1)
    (word,) = name.words
    if len(word) < 3:
        return NO_AGREEMENT
    return Agreement(NameLevel.ONE_WORD, 100.0, 1)


def _resembling(
    payer: PayerName, name: HolderName, fuzzy_name: float, *, least_length: int
) -> Agreement:
    scores = []
    for word in name.words:
        if word in payer.present:
            best = 100.0
        elif len(word) < least_length:
            return NO_AGREEMENT
        else:
            best = max(
                (word_likeness(said, word) for said in payer.words if len(said) >= 3), default=0.0
            )
        if best < _LEAST_LIKENESS:
            return NO_AGREEMENT
        scores.append(best)
    # The exact sum, whatever the order of a set's words.
    mean = math.fsum(scores) / len(scores)
    if mean >= fuzzy_name:
        return Agreement(NameLevel.FUZZY, round(mean, 1), len(name.words))
    return NO_AGREEMENT


@lru_cache(maxsize=1 << 13)
def word_likeness(one: str, other: str) -> float:
    """Returns the similarity (0-100) of two words, 0 below what a typing mistake leaves.

    Words whose lengths differ by more than two are no typing mistakes of each other.
    """
    if abs(len(one) - len(other)) > 2:
        return 0.0
    return fuzz.ratio(one, other, score_cutoff=_LEAST_LIKENESS)
