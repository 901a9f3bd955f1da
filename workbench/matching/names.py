"""Names: what a holder may be called, what a payer is called, and how far the two agree.

Couples, `SCI`, surnames first or last, initials, names cut by the bank, typing mistakes. Says how
well two names agree; whether that identifies an account is for `evidence` and `decide`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from rapidfuzz import fuzz, process

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
    """

    words: tuple[str, ...]
    company: bool
    cut: bool


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


@lru_cache(maxsize=1 << 17)
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


@lru_cache(maxsize=1 << 17)
def payer_name(text: str, *, is_label: bool = False) -> PayerName:
    """Returns the words of a payer's name.

    Args:
        text: counterparty, ultimate party, or a label.
        is_label: leave out what banks and payers write around a name.
    """
    words = []
    company = False
    found = _WORD.findall(fold(text))
    for word in found:
        if word == COMPANY:
            company = True
        elif is_label:
            if word not in _LABEL_WORDS and word.isalpha():
                words.append(word)
        elif word not in _NO_NAMES:
            words.append(word)
    cut = len(text) >= _CUT_LENGTH and bool(words) and bool(found) and found[-1] == words[-1]
    return PayerName(tuple(words), company, cut)


def agreement(
    payer: PayerName,
    name: HolderName,
    *,
    is_label: bool,
    likeness: dict[tuple[str, str], float],
    fuzzy_name: float,
) -> Agreement:
    """Returns how far one payer's name and one holder's name agree.

    Args:
        payer: from `payer_name`.
        name: from `holder_names`.
        is_label: the payer's words come from a label, where other words stand around.
        likeness: similarity (0-100) of pairs of words, from `word_likeness`; a missing pair is 0.
        fuzzy_name: least mean similarity of a name with typing mistakes.
    """
    present = frozenset(payer.words)
    missing = name.words - present
    if missing and payer.cut:
        last = payer.words[-1]
        missing = frozenset(w for w in missing if not (len(last) >= 3 and w.startswith(last)))
    size = len(name.words)
    if not missing:
        return _whole(payer, name, is_label=is_label)
    if size == 1:
        return _resembling(payer, name, likeness, fuzzy_name, least_length=6)
    initials = {w for w in payer.words if len(w) == 1}
    abbreviated = len(missing) < size and all(w[0] in initials for w in missing)
    if abbreviated and name.surname not in missing:
        return Agreement(NameLevel.FUZZY, 92.0, size - len(missing))
    full = {w for w in present if len(w) > 1}
    if not is_label and len(full) >= 2 and full <= name.words:
        return Agreement(NameLevel.FUZZY, 94.0, len(full))
    resembling = _resembling(payer, name, likeness, fuzzy_name, least_length=3)
    if resembling.level:
        return resembling
    if name.surname in present and len(name.surname) >= 3:
        return Agreement(NameLevel.PARTIAL, 60.0, 1)
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
    payer: PayerName,
    name: HolderName,
    likeness: dict[tuple[str, str], float],
    fuzzy_name: float,
    *,
    least_length: int,
) -> Agreement:
    total, weakest = 0.0, 100.0
    for word in name.words:
        if len(word) < least_length:
            best = 100.0 if word in payer.words else 0.0
        else:
            best = max((likeness.get((other, word), 0.0) for other in payer.words), default=0.0)
        total += best
        weakest = min(weakest, best)
    mean = total / len(name.words)
    if weakest >= 75.0 and mean >= fuzzy_name:
        return Agreement(NameLevel.FUZZY, round(mean, 1), len(name.words))
    return NO_AGREEMENT


def word_likeness(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], float]:
    """Returns the similarity (0-100) of each distinct pair of words, equal ones included.

    Pairs whose lengths differ by more than two are no typing mistakes of each other: 0.
    """
    distinct = sorted({(a, b) for a, b in pairs if abs(len(a) - len(b)) <= 2})
    if not distinct:
        return {}
    left, right = zip(*distinct, strict=True)
    scores = process.cpdist(left, right, scorer=fuzz.ratio, score_cutoff=70.0)
    return {pair: float(s) for pair, s in zip(distinct, scores.tolist(), strict=True) if s}
