"""What keeps a letter from being sent: found before anything is set, in words for the office.

A letter that breaks the law (LAW L6, L10), has nowhere to go or nothing to say is refused here;
whether an account should get one at all is not decided here.
"""

import re
from math import ceil
from typing import Final

from workbench.documents.letter_kinds import (
    CLAIMS,
    RECEIPTS,
    Channel,
    Group,
    Letter,
    LetterKind,
    receipt_kind,
)
from workbench.documents.typesetting import is_drawn
from workbench.domain.errors import InvariantError, shortened
from workbench.domain.records import BuildingKind

NO_MAIL: Final = (
    "une mise en demeure ne part jamais par simple courriel (décret n° 67-223, article 64) ; "
    "choisir la lettre recommandée"
)
# The window of a DL envelope shows this many lines of a letter, the name among them.
MOST_ADDRESS_LINES: Final = 6
# The post's own length of a line (NF Z 10-011); a longer one takes two.
_POSTAL_LINE: Final = 38


def wrong(letter: Letter) -> str:
    """Returns the first thing that keeps a letter from being sent, in French; "" for nothing.

    Raises:
        InvariantError: a formal notice of a co-ownership with a row without its nature.

    Source: LAW L3, L6, L10.
    """
    return next((words for test in _TESTS if (words := test(letter))), "")


def _wrong_address(letter: Letter) -> str:
    recipient = letter.recipient
    if letter.kind is LetterKind.BANK_DETAILS and not recipient.lines:
        return ""
    if not recipient.name.strip():
        return "le nom du destinataire manque"
    lines = [line for line in recipient.lines if line.strip()]
    if not lines and letter.channel is not Channel.EMAIL:
        return "l’adresse du destinataire manque : la compléter dans la fiche du compte"
    written = (recipient.name, *lines)
    if sum(ceil(len(t.strip()) / _POSTAL_LINE) for t in written) > MOST_ADDRESS_LINES:
        return (
            f"l’adresse dépasse {MOST_ADDRESS_LINES} lignes de {_POSTAL_LINE} signes, nom "
            "compris : elle ne tient pas dans la fenêtre de l’enveloppe"
        )
    strange = next((t for t in (recipient.name, *lines) if not is_drawn(t)), "")
    if strange:
        return (
            f"« {shortened(strange, limit=40)} » a des signes que la lettre ne sait pas écrire : "
            "donner le nom et l’adresse en lettres latines"
        )
    return ""


def _wrong_channel(letter: Letter) -> str:
    if letter.kind is not LetterKind.FORMAL_NOTICE:
        return ""
    if letter.channel is Channel.EMAIL:
        return NO_MAIL
    if letter.building_kind is BuildingKind.COOWNERSHIP and letter.channel is Channel.POST:
        return (
            "une mise en demeure part en recommandé, papier ou électronique (décret n° 67-223, "
            "article 64)"
        )
    return ""


def _wrong_lines(letter: Letter) -> str:
    if letter.kind in CLAIMS and letter.total_cents <= 0:
        return "rien n’est dû : il n’y a rien à réclamer"
    if letter.kind in RECEIPTS and letter.total_cents <= 0:
        return "rien n’a été payé pour cette période : il n’y a pas de reçu à donner"
    if letter.kind is LetterKind.RENT_RECEIPT and receipt_kind(letter.lines) is not letter.kind:
        return (
            "le loyer et les charges de la période ne sont pas payés en entier : remettre un reçu "
            "de paiement partiel (loi n° 89-462, article 21)"
        )
    return ""


def _wrong_notice(letter: Letter) -> str:
    if (
        letter.kind is not LetterKind.FORMAL_NOTICE
        or letter.building_kind is not BuildingKind.COOWNERSHIP
    ):
        return ""
    known = set(Group)
    for line in letter.lines:
        if line.amount_cents > 0 and line.group not in known:
            raise InvariantError(f"a line of a formal notice without its nature: {line.label}")
    if not letter.fields.get("taux_legal"):
        return "le taux d’intérêt légal manque : l’ajouter à la table des taux"
    return ""


def _wrong_payment(letter: Letter) -> str:
    pay_to = letter.pay_to
    if pay_to is None:
        needs = letter.kind in CLAIMS or letter.kind is LetterKind.BANK_DETAILS
        return "les coordonnées bancaires de l’immeuble manquent" if needs else ""
    if not _is_iban(pay_to.iban):
        return f"« {shortened(pay_to.iban, limit=40)} » n’est pas un IBAN juste"
    return ""


_TESTS: Final = (_wrong_channel, _wrong_address, _wrong_lines, _wrong_notice, _wrong_payment)


def _is_iban(text: str) -> bool:
    """Tells whether the check digits are right: a wrong one would send the money elsewhere."""
    body = "".join(text.split()).upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}", body):
        return False
    moved = body[4:] + body[:4]
    return int("".join(str(int(c, 36)) for c in moved)) % 97 == 1
