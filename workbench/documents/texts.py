"""The office's wording: plain text with `{{ champ }}`, checked when it is saved (DOMAIN B2).

A text is its first line `Objet : …`, then paragraphs with an empty line between them. `**…**` is
bold. Two blocks stand alone on their line: `{{ tableau }}` and `{{ paiement }}`. A paragraph that
cites an optional field without a value is left out. There is no other rule: no condition, no loop,
and a value is never read again, so that a name made of braces stays a name.
"""

import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from workbench.documents.letter_kinds import LetterKind
from workbench.domain.errors import ParameterError, shortened
from workbench.domain.money import NO_BREAK_SPACE

SUBJECT: Final = "Objet"
MAIL_PREFIX: Final = "courriel-"
LARGEST_TEXT: Final = 20_000
BLOCKS: Final = {
    "tableau": "le tableau des sommes, seul sur sa ligne",
    "paiement": "le cadre des coordonnées bancaires, seul sur sa ligne",
}
_EVERYWHERE: Final = {
    "reference": "référence de la lettre",
    "compte": "compte à rappeler",
    "immeuble": "nom de l’immeuble",
    "adresse_immeuble": "adresse de l’immeuble et lots",
    "titulaire": "nom du destinataire",
    "civilite": "Madame, Monsieur",
    "date": "date de la lettre, en toutes lettres",
    "montant": "somme de la lettre",
    "cabinet": "nom du cabinet",
    "signataire": "qui signe",
    "mandant": "bailleur ou syndicat pour qui le cabinet agit",
    "contact": "personne à qui s’adresser",
    "iban": "IBAN où payer, en entier",
    "bic": "BIC où payer",
}
_REMINDING: Final = {
    "relance_du": "date de la relance précédente",
    "echeance_la_plus_ancienne": "date de la plus ancienne somme due",
    "origine": "d’où vient le retard, en une phrase",
}
_PERIOD: Final = {"debut": "premier jour de la période", "fin": "dernier jour de la période"}
_RECEIPT: Final = {
    "montant_paye": "somme reçue",
    "reste_a_payer": "somme qui reste à payer",
}
_OF_KIND: Final[Mapping[LetterKind, Mapping[str, str]]] = {
    LetterKind.SIMPLE: _REMINDING,
    LetterKind.FORMAL_NOTICE: _REMINDING
    | {
        "taux_legal": "taux d’intérêt légal et sa période",
        "frais": "prix de cette lettre",
        "interets": "intérêts déjà courus",
    },
    LetterKind.STATEMENT: _PERIOD | {"origine": _REMINDING["origine"]},
    LetterKind.RENT_RECEIPT: _PERIOD | _RECEIPT,
    LetterKind.PART_RECEIPT: _PERIOD | _RECEIPT,
    LetterKind.BANK_DETAILS: {},
}
OPTIONAL: Final = frozenset({
    "mandant", "contact", "iban", "bic", "relance_du", "origine", "taux_legal", "frais", "interets",
    "signataire",
})  # fmt: skip
# The one expression: whatever stands between two pairs of braces, on one line.
_FIELD: Final = re.compile(r"\{\{[ \t]*([^{}\n]*?)[ \t]*\}\}")
_OPENED: Final = re.compile(r"\{+[ \t]*([^\s{}]*)")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_BEFORE_SIGN: Final = re.compile(r" (?=[:;?!»€%])")
_NUMBER_SIGN: Final = re.compile(r"(?<=\bn°) ")


@dataclass(frozen=True, slots=True)
class TextProblem:
    """What is wrong in a text: its 1-based line, the field where there is one, French words."""

    line: int
    field: str
    words: str

    def __str__(self) -> str:
        """One line for a person."""
        return f"ligne {self.line} : {self.words}"


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of a paragraph: bold or not. It is text, never markup."""

    text: str
    bold: bool


@dataclass(frozen=True, slots=True)
class Part:
    """A paragraph (`runs`), or the place of the table or of the box to pay by."""

    kind: Literal["p", "table", "pay"]
    runs: tuple[Run, ...] = ()


@dataclass(frozen=True, slots=True)
class Filled:
    """A text with its values: the subject and the parts, in order."""

    subject: str
    parts: tuple[Part, ...]

    def plain(self) -> str:
        """Returns the paragraphs as plain text, for a mail."""
        return "\n\n".join("".join(run.text for run in part.runs) for part in self.parts) + "\n"


def fields_of(kind: LetterKind) -> dict[str, str]:
    """Returns the fields a text of this kind may cite, with what each one is, in French."""
    return _EVERYWHERE | dict(_OF_KIND[kind])


def is_mail(name: str) -> bool:
    """Tells whether the text of this name is that of a mail: no block, and the field `objet`."""
    return name.startswith(MAIL_PREFIX)


def names(folder: Path) -> list[str]:
    """Returns the names of the texts of a templates folder, sorted."""
    return sorted(file.stem for file in _texts(folder).glob("*.txt"))


def read_text(folder: Path, name: str) -> str:
    """Returns an office's text.

    Args:
        folder: of the templates.
        name: without `.txt`.

    Raises:
        ParameterError: no such text, or not UTF-8.
    """
    try:
        data = _file(folder, name).read_bytes()
    except FileNotFoundError:
        known = ", ".join(names(folder)) or "aucun"
        raise ParameterError(
            f"le texte « {shortened(name)} » n’existe pas (au choix : {known})"
        ) from None
    except OSError as error:
        raise ParameterError(f"le texte « {name} » : {error.strerror}") from None
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise ParameterError(f"le texte « {name} » : l’enregistrer en UTF-8") from None


def save_text(folder: Path, name: str, text: str, *, kind: LetterKind) -> None:
    """Saves an office's text when nothing is wrong in it; the old one stays until then.

    Args:
        folder: of the templates.
        name: without `.txt`: small letters, digits, hyphens.
        text: whole.
        kind: of the letters it is for.

    Raises:
        ParameterError: the first thing that is wrong, with its line and the fields there are.

    Source: DOMAIN B2.
    """
    file = _file(folder, name)
    problems = check_text(text, kind=kind, mail=is_mail(name))
    if problems:
        more = f" (et {len(problems) - 1} autre erreur)" if len(problems) > 1 else ""
        raise ParameterError(f"texte « {name} », {problems[0]}{more} ; rien n’est enregistré")
    handle, temporary = tempfile.mkstemp(dir=file.parent, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text.replace("\r\n", "\n").rstrip() + "\n")
        Path(temporary).replace(file)
    finally:
        Path(temporary).unlink(missing_ok=True)


def check_text(text: str, *, kind: LetterKind, mail: bool = False) -> list[TextProblem]:
    """Returns everything that is wrong in a text, line by line; empty when it may be saved.

    Args:
        text: whole.
        kind: of the letters it is for.
        mail: a mail's text has no block, and may cite `objet`.

    Source: DOMAIN B2.
    """
    if len(text) > LARGEST_TEXT:
        return [TextProblem(1, "", f"plus de {LARGEST_TEXT} signes : ce n’est pas une lettre")]
    allowed = _allowed(kind, mail=mail)
    lines = text.replace("\r\n", "\n").split("\n")
    problems: list[TextProblem] = []
    if not _subject_of(lines[0]):
        words = f"commencer par « {SUBJECT} : » et l’objet de la lettre"
        problems.append(TextProblem(1, "", words))
    cited: set[str] = set()
    for number, line in enumerate(lines, start=1):
        problems += _line_problems(line, number, allowed, is_first=number == 1)
        cited.update(found[1] for found in _FIELD.finditer(line))
    problems += _bold_problems(lines)
    if not mail and kind is not LetterKind.BANK_DETAILS and "tableau" not in cited:
        words = "le champ « tableau » manque : la lettre doit dire ce qui est dû"
        problems.append(TextProblem(len(lines), "tableau", words))
    if kind is LetterKind.BANK_DETAILS and "paiement" not in cited and not mail:
        words = "le champ « paiement » manque : la page doit dire où payer"
        problems.append(TextProblem(len(lines), "paiement", words))
    return sorted(problems, key=lambda problem: problem.line)


def _allowed(kind: LetterKind, *, mail: bool) -> list[str]:
    more = ["objet"] if mail else list(BLOCKS)
    return [*fields_of(kind), *more]


def _line_problems(
    line: str, number: int, allowed: list[str], *, is_first: bool
) -> list[TextProblem]:
    problems = []
    choice = f"(au choix : {', '.join(sorted(allowed))})"
    for found in _FIELD.finditer(line):
        name = found[1]
        if name not in allowed:
            words = f"le champ « {shortened(name, limit=40)} » n’existe pas {choice}"
            problems.append(TextProblem(number, name, words))
        elif name in BLOCKS and (line.strip() != found[0] or is_first):
            words = f"le champ « {name} » doit être seul sur sa ligne"
            problems.append(TextProblem(number, name, words))
    rest = _FIELD.sub("", line)
    if "{" in rest or "}" in rest:
        opened = _OPENED.search(rest)
        name = opened[1] if opened else ""
        which = f" du champ « {shortened(name, limit=40)} »" if name else ""
        words = f"accolade{which} mal fermée : écrire {{{{ champ }}}} {choice}"
        problems.append(TextProblem(number, name, words))
    return problems


def _bold_problems(lines: list[str]) -> list[TextProblem]:
    problems = []
    start, marks = 1, 0
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            marks += line.count("**")
            continue
        if marks % 2:
            problems.append(TextProblem(start, "", "** ouvre du gras qui n’est pas fermé"))
        start, marks = number + 1, 0
    return problems


def fill(text: str, values: Mapping[str, str], *, name: str) -> Filled:
    """Puts values into a text.

    Args:
        text: checked (`check_text`).
        values: of the fields; "" or none for an optional field leaves its paragraph out.
        name: of the text, for messages.

    Returns:
        The subject and the parts. Values are text: nothing in them is read again.

    Raises:
        ParameterError: a field that has no value and is not optional, or does not exist.
    """
    head, _, rest = text.replace("\r\n", "\n").partition("\n")
    subject = _paragraph(_subject_of(head), values, name)
    parts: list[Part] = []
    for block in re.split(r"\n[ \t]*\n", rest):
        for piece in _blocks_apart(block):
            part = _part(piece, values, name)
            if part is not None:
                parts.append(part)
    return Filled("".join(run.text for run in subject or ()), tuple(parts))


def _blocks_apart(block: str) -> list[str]:
    """A block field next to a line of words is still alone on its line."""
    pieces: list[str] = []
    words: list[str] = []
    for line in block.split("\n"):
        found = _FIELD.fullmatch(line.strip())
        if found and found[1] in BLOCKS:
            pieces += [" ".join(words), line.strip()]
            words = []
        else:
            words.append(line.strip())
    pieces.append(" ".join(words))
    return [piece.strip() for piece in pieces if piece.strip()]


def _part(piece: str, values: Mapping[str, str], name: str) -> Part | None:
    found = _FIELD.fullmatch(piece)
    if found and found[1] in BLOCKS:
        return Part("table" if found[1] == "tableau" else "pay")
    runs = _paragraph(piece, values, name)
    return None if runs is None else Part("p", runs)


def _paragraph(piece: str, values: Mapping[str, str], name: str) -> tuple[Run, ...] | None:
    """Returns the runs of a paragraph; None when an optional field of it has no value."""
    for found in _FIELD.finditer(piece):
        if values.get(found[1]):
            continue
        if found[1] in OPTIONAL:
            return None
        raise ParameterError(
            f"texte « {name} » : le champ « {shortened(found[1], limit=40)} » n’a pas de valeur"
        )
    runs = []
    # Bold is found in the office's own words, before any value is in them.
    for index, words in enumerate(typography(piece).split("**")):
        filled = _FIELD.sub(lambda found: values[found[1]], words)
        if filled:
            runs.append(Run(filled, bold=index % 2 == 1))
    return tuple(runs)


def typography(words: str) -> str:
    """Returns words with French no-break spaces and apostrophes, whatever the keyboard gave."""
    words = words.replace("'", "’").replace("« ", f"«{NO_BREAK_SPACE}")
    return _NUMBER_SIGN.sub(NO_BREAK_SPACE, _BEFORE_SIGN.sub(NO_BREAK_SPACE, words))


def _subject_of(line: str) -> str:
    head, colon, subject = line.partition(":")
    return subject.strip() if colon and head.strip() == SUBJECT else ""


def _texts(folder: Path) -> Path:
    return folder / "texts"


def _file(folder: Path, name: str) -> Path:
    if not _NAME.fullmatch(name):
        raise ParameterError(
            f"« {shortened(name)} » : un nom de texte est fait de minuscules, de chiffres et de "
            "traits d’union"
        )
    return _texts(folder) / f"{name}.txt"
