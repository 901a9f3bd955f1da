"""Letters: from what is claimed, paid or asked to a page that can be signed and posted.

A letter is a record (`letter_kinds`), its words are the office's (`texts`), its table follows its
kind (`letter_tables`), its page is a layout (`typesetting`). Everything strange is found before
anything is set: `problem` says it in one sentence, so that a run blocks one account and goes on.

Not for deciding who gets a letter, nor for what is claimed: both come in.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from workbench.documents import texts
from workbench.documents.letter_checks import NO_MAIL, wrong
from workbench.documents.letter_kinds import (
    Channel,
    Group,
    Letter,
    LetterKind,
    Line,
    PayTo,
    Recipient,
    Sender,
    receipt_kind,
)
from workbench.documents.letter_tables import balance_words, table_of
from workbench.documents.typesetting import SECONDS_EACH, Sheet, drawn, set_sheets
from workbench.domain.dates import french_long_date
from workbench.domain.errors import ParameterError, shortened
from workbench.domain.money import NO_BREAK_SPACE, french_euros
from workbench.domain.records import BuildingKind

__all__ = [
    "Channel", "Group", "Letter", "LetterKind", "Line", "MailText", "PayTo", "Recipient", "Sender",
    "check", "file_name", "mail_text", "preview", "problem", "receipt_kind", "sheets", "typeset",
    "typeset_each",
]  # fmt: skip

LAYOUTS_FOLDER: Final = "letters"
_COOWNERSHIP, _RENTAL = BuildingKind.COOWNERSHIP, BuildingKind.RENTAL
_LAYOUTS: Final = {
    LetterKind.SIMPLE: "reminder.typ",
    LetterKind.FORMAL_NOTICE: "formal_notice.typ",
    LetterKind.STATEMENT: "statement.typ",
    LetterKind.RENT_RECEIPT: "receipt.typ",
    LetterKind.PART_RECEIPT: "receipt.typ",
    LetterKind.BANK_DETAILS: "bank_details.typ",
}
_TEXTS: Final = {
    (LetterKind.SIMPLE, _COOWNERSHIP): "relance-copropriete",
    (LetterKind.SIMPLE, _RENTAL): "relance-location",
    (LetterKind.FORMAL_NOTICE, _COOWNERSHIP): "mise-en-demeure-copropriete",
    (LetterKind.FORMAL_NOTICE, _RENTAL): "mise-en-demeure-location",
}
_TEXTS_OF_KIND: Final = {
    LetterKind.STATEMENT: "releve-de-compte",
    LetterKind.RENT_RECEIPT: "quittance",
    LetterKind.PART_RECEIPT: "recu-partiel",
    LetterKind.BANK_DETAILS: "coordonnees-bancaires",
}
_FILE_WORDS: Final = {
    LetterKind.SIMPLE: "relance",
    LetterKind.FORMAL_NOTICE: "mise-en-demeure",
    LetterKind.STATEMENT: "releve-de-compte",
    LetterKind.RENT_RECEIPT: "quittance",
    LetterKind.PART_RECEIPT: "recu-partiel",
    LetterKind.BANK_DETAILS: "coordonnees-bancaires",
}
_CHANNEL_WORDS: Final = {
    Channel.REGISTERED: "Recommandé avec avis de réception",
    Channel.E_REGISTERED: "Lettre recommandée électronique",
}
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True)
class MailText:
    """A mail's subject (one line) and plain text."""

    subject: str
    body: str


def typeset(
    letters: Sequence[Letter], *, folder: Path, seconds_each: float = SECONDS_EACH
) -> list[bytes]:
    """Sets letters as PDF/A-2a with tags (PDF/UA-1 too), one file each.

    Args:
        letters: any kinds together; give as many as there are, one process sets them all.
        folder: of the templates: `letters/` has the layouts, `texts/` the wording.
        seconds_each: most time for one letter.

    Returns:
        One file a letter, in their order; the same letter gives the same bytes.

    Raises:
        ParameterError: a letter that cannot be sent as it is (`problem`).
        LayoutError: a layout that fails, loops or reaches outside its folder.
    """
    return list(typeset_each(letters, folder=folder, seconds_each=seconds_each))


def typeset_each(
    letters: Iterable[Letter], *, folder: Path, seconds_each: float = SECONDS_EACH
) -> Iterator[bytes]:
    """As `typeset`, one after the other: for runs of thousands."""
    pages = sheets(letters, folder=folder)
    yield from set_sheets(pages, layouts=folder / LAYOUTS_FOLDER, seconds_each=seconds_each)


def sheets(letters: Iterable[Letter], *, folder: Path) -> Iterator[Sheet]:
    """Returns what each letter's layout places, in their order.

    Raises:
        ParameterError: as `typeset`.
    """
    wording = _Wording(folder)
    return (_sheet(letter, wording) for letter in letters)


def preview(letter: Letter, *, folder: Path, ppi: int = 96) -> bytes:
    """Returns the first page as a PNG, for a screen.

    Raises:
        ParameterError: as `typeset`.
        LayoutError: as `typeset`.
    """
    pages = sheets([letter], folder=folder)
    return next(set_sheets(pages, layouts=folder / LAYOUTS_FOLDER, ppi=ppi))


def mail_text(letter: Letter, *, folder: Path, text: str = "") -> MailText:
    """Returns the mail that goes with a letter, which is attached to it.

    Args:
        letter: any but a formal notice.
        folder: of the templates.
        text: name of the office's text, which starts with `courriel-`; "" for the usual one.

    Raises:
        ParameterError: a formal notice, which a plain mail can never be; a text that lacks a value.

    Source: LAW L6; DOMAIN B2.
    """
    if letter.kind is LetterKind.FORMAL_NOTICE:
        raise ParameterError(f"{_named(letter)} : {NO_MAIL}")
    wording = _Wording(folder)
    usual = "courriel-relance" if letter.kind is LetterKind.SIMPLE else "courriel-document"
    name = text or usual
    subject = wording.filled(letter).subject
    values = _values(letter) | {"objet": subject}
    # To be copied into the bank's page, which may refuse other spaces.
    values["iban"] = values["iban"].replace(NO_BREAK_SPACE, " ")
    filled = texts.fill(wording.text(name), values, name=name)
    # A header is one line: a name with a line break in it must not begin another one.
    return MailText(" ".join(filled.subject.split()), filled.plain())


def file_name(letter: Letter) -> str:
    """Returns a name for the file that every system and mail takes."""
    words = (
        letter.dated_on.isoformat(),
        _plain(letter.account),
        _FILE_WORDS[letter.kind],
        _plain(letter.reference),
    )
    return "_".join(word for word in words if word) + ".pdf"


def _plain(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _UNSAFE.sub("-", letters).strip("-")[:60]


def check(letter: Letter, *, folder: Path) -> None:
    """Refuses a letter that cannot be sent as it is.

    Raises:
        ParameterError: what is wrong and what to do, with the letter's reference.
    """
    words = wrong(letter)
    if words:
        raise ParameterError(f"{_named(letter)} : {words}")
    _Wording(folder).filled(letter)


def problem(letter: Letter, *, folder: Path) -> str:
    """Returns what keeps a letter from being sent, in one French sentence; "" for nothing."""
    try:
        check(letter, folder=folder)
    except ParameterError as error:
        return str(error)
    return ""


def _named(letter: Letter) -> str:
    return f"lettre {shortened(letter.reference, limit=40)}"


class _Wording:
    """The texts of a folder, each read once a run."""

    def __init__(self, folder: Path) -> None:
        self.text = cache(lambda name: texts.read_text(folder, name))
        self._checked: set[tuple[str, LetterKind]] = set()

    def filled(self, letter: Letter) -> texts.Filled:
        """The letter's words; a text edited with another program is checked here too."""
        usual = _TEXTS.get((letter.kind, letter.building_kind)) or _TEXTS_OF_KIND[letter.kind]
        name = letter.text or usual
        text = self.text(name)
        if (name, letter.kind) not in self._checked:
            problems = texts.check_text(text, kind=letter.kind)
            if problems:
                raise ParameterError(f"texte « {name} », {problems[0]}")
            self._checked.add((name, letter.kind))
        return texts.fill(text, _values(letter), name=name)


def _values(letter: Letter) -> dict[str, str]:
    """Every field's value, as text."""
    pay_to = letter.pay_to
    days = [line.due_on for line in letter.lines if line.due_on and line.amount_cents > 0]
    left_cents = sum(line.amount_cents - line.paid_cents for line in letter.lines)
    return {
        "reference": letter.reference,
        "compte": letter.account,
        "immeuble": letter.building,
        "adresse_immeuble": letter.about or letter.building,
        "titulaire": letter.recipient.name or "vous",
        "civilite": letter.recipient.salutation,
        "date": french_long_date(letter.dated_on),
        "montant": french_euros(letter.total_cents),
        "cabinet": letter.sender.name,
        "signataire": letter.sender.signatory,
        "iban": grouped_iban(pay_to.iban) if pay_to else "",
        "bic": pay_to.bic if pay_to else "",
        "echeance_la_plus_ancienne": french_long_date(min(days)) if days else "",
        "debut": french_long_date(letter.period_start) if letter.period_start else "",
        "fin": french_long_date(letter.period_end) if letter.period_end else "",
        "montant_paye": french_euros(letter.total_cents),
        "reste_a_payer": french_euros(left_cents),
        "interets": french_euros(letter.interest_cents) if letter.interest_cents else "",
    } | dict(letter.fields)


def grouped_iban(iban: str) -> str:
    """Returns `FR76 3000 …`: groups of four that stay on one line."""
    body = "".join(iban.split()).upper()
    return NO_BREAK_SPACE.join(body[at : at + 4] for at in range(0, len(body), 4))


def _sheet(letter: Letter, wording: _Wording) -> Sheet:
    words = wrong(letter)
    if words:
        raise ParameterError(f"{_named(letter)} : {words}")
    filled = wording.filled(letter)
    table = table_of(letter)
    title = drawn(filled.subject)
    about = ", ".join(word for word in (letter.building, letter.about) if word)
    subtitle = f"{about} · compte {letter.account}" if letter.account else about
    data: dict[str, object] = {
        "title": title,
        "subtitle": drawn(subtitle),
        "amount": _amount(letter),
        "date": [letter.dated_on.year, letter.dated_on.month, letter.dated_on.day],
        "place-date": drawn(f"{letter.place}, le {french_long_date(letter.dated_on)}"),
        "running-head": drawn(f"{filled.subject} · compte {letter.account}"),
        "sender": _sender(letter.sender),
        "address": [
            drawn(t) for t in (letter.recipient.name, *letter.recipient.lines) if t.strip()
        ],
        "mentions": _mentions(letter),
        "fold": bool(letter.recipient.lines),
        "body": [_body_part(part) for part in filled.parts if _is_shown(part, letter)],
        "table": table.data() if table else {},
        "pay": _pay(letter),
        "closing": [drawn(t) for t in (letter.sender.closing, letter.sender.signatory) if t],
        "foot": {
            "left": drawn(f"Pièce jointe : {letter.enclosures}" if letter.enclosures else ""),
            "center": drawn(f"lettre {letter.reference}"),
        },
    }
    name = _named(letter)
    return Sheet(layout=_LAYOUTS[letter.kind], data=data, dated_on=letter.dated_on, name=name)


def _sender(sender: Sender) -> Mapping[str, object]:
    return {
        "name": drawn(sender.name),
        "lines": [drawn(line) for line in sender.lines if line],
        "contact": drawn(sender.contact),
    }


def _amount(letter: Letter) -> str:
    if letter.kind is LetterKind.BANK_DETAILS:
        return ""
    if letter.kind is LetterKind.STATEMENT and letter.total_cents == 0:
        return balance_words(0)
    return french_euros(letter.total_cents)


def _mentions(letter: Letter) -> list[str]:
    words = _CHANNEL_WORDS.get(letter.channel)
    if not words:
        return []
    number = letter.registered_number
    return [words, drawn(f"n°{NO_BREAK_SPACE}{number}")] if number else [words]


def _is_shown(part: texts.Part, letter: Letter) -> bool:
    """A box to pay by needs an account, and something to pay or nobody in particular."""
    if part.kind != "pay":
        return True
    if letter.kind is LetterKind.STATEMENT and letter.total_cents <= 0:
        return False
    return letter.pay_to is not None


def _body_part(part: texts.Part) -> dict[str, object]:
    runs = [{"text": drawn(run.text), "bold": run.bold} for run in part.runs]
    return {"kind": part.kind, "runs": runs}


def _pay(letter: Letter) -> list[dict[str, object]]:
    pay_to = letter.pay_to
    if pay_to is None:
        return []
    cells = [
        ("Payer par virement à", pay_to.holder),
        ("IBAN", grouped_iban(pay_to.iban)),
        ("BIC", pay_to.bic),
        ("Référence à rappeler", pay_to.reference or letter.account),
    ]
    if letter.kind is LetterKind.BANK_DETAILS:
        *account, reference = cells[1:]
        cells = [
            ("Titulaire du compte", pay_to.holder),
            ("Banque", pay_to.bank_name),
            *account,
            *_french_parts(pay_to.iban),
            reference,
        ]
    return [
        {
            "label": label,
            "value": drawn(value),
            "strong": label == "Référence à rappeler",
            "wide": label == "Payer par virement à",
        }
        for label, value in cells
        if value
    ]


def _french_parts(iban: str) -> list[tuple[str, str]]:
    """What a French form of old still asks for, all of it inside the IBAN."""
    body = "".join(iban.split()).upper()
    if not (body.startswith("FR") and len(body) == 27):
        return []
    bank, branch, number, key = body[4:9], body[9:14], body[14:25], body[25:]
    gap = NO_BREAK_SPACE * 2
    return [("Banque, guichet, compte, clé", f"{bank}{gap}{branch}{gap}{number}{gap}{key}")]
