"""The wording of reminders as the office edits it: looked at, saved, and what was changed when.

A text is a file of the templates (DOMAIN B2); the journal keeps what it was before, as it does for
the rest of the configuration.
"""

import json
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from workbench.documents import letters, samples, texts
from workbench.documents.letter_kinds import LetterKind
from workbench.domain.errors import ParameterError
from workbench.domain.policies import is_formal_notice
from workbench.domain.records import BuildingKind
from workbench.ledger import journal
from workbench.ledger.journal import JournalEntry
from workbench.ledger.store import Ledger

SUBJECT: Final = "text"
# Texts of other papers: no type of reminder may choose them.
_OTHERS: Final = frozenset({
    "coordonnees-bancaires", "courriel-document", "quittance", "recu-partiel", "releve-de-compte",
})  # fmt: skip
_MOST_CHANGES: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of the configuration.

    Attributes:
        at: when, ISO text, UTC.
        actor: who.
        subject: `reminder_types:TYPE/BUILDING`, `text:NAME` or what else was changed.
        before: values there were; empty for something new.
        after: values there are; empty for something removed.
    """

    at: str
    actor: str
    subject: str
    before: dict[str, Any]
    after: dict[str, Any]


def kind_of(type_name: str) -> LetterKind:
    """Returns the kind of the letters of a type: whatever is no formal notice is a reminder."""
    return LetterKind.FORMAL_NOTICE if is_formal_notice(type_name) else LetterKind.SIMPLE


def reminder_texts(folder: Path) -> list[str]:
    """Returns the names of the texts that a type of reminder may choose, and their mails."""
    return [name for name in texts.names(folder) if name not in _OTHERS]


def usual_text(type_name: str, building_kind: BuildingKind) -> str:
    """Returns the name of the text of a type that chooses none."""
    notice = kind_of(type_name) is LetterKind.FORMAL_NOTICE
    where = "location" if building_kind is BuildingKind.RENTAL else "copropriete"
    return f"{'mise-en-demeure' if notice else 'relance'}-{where}"


def preview_text(text: str, *, folder: Path, type_name: str, building_kind: BuildingKind) -> bytes:
    """Returns the first page of an invented letter with a text that is not saved yet, as PNG.

    Args:
        text: whole.
        folder: of the templates; nothing in it changes.
        type_name: of the reminder.
        building_kind: of the invented letter.

    Raises:
        ParameterError: the first thing that is wrong in the text.
    """
    kind = kind_of(type_name)
    problems = texts.check_text(text, kind=kind)
    if problems:
        raise ParameterError(f"le texte, {problems[0]}")
    with tempfile.TemporaryDirectory(prefix="workbench-text-") as name:
        place = Path(name)
        shutil.copytree(folder / letters.LAYOUTS_FOLDER, place / letters.LAYOUTS_FOLDER)
        (place / "texts").mkdir()
        texts.save_text(place, "essai", text, kind=kind)
        letter = replace(samples.sample(kind, building_kind), text="essai")
        return letters.preview(letter, folder=place)


def save_text(
    ledger: Ledger,
    *,
    folder: Path,
    name: str,
    text: str,
    type_name: str,
    actor: str,
    at: datetime,
) -> bool:
    """Saves a text, with what it was before in the journal; both or none.

    Args:
        ledger: opened for writing.
        folder: of the templates.
        name: without `.txt`.
        text: whole.
        type_name: of the reminder it is for, which says what fields there are.
        actor: who changes it.
        at: when.

    Returns:
        False when it was so already.

    Raises:
        ParameterError: a field that does not exist, another mistake, or the text of another paper;
            nothing is saved.

    Source: DOMAIN B2, B6.
    """
    if name in _OTHERS:
        raise ParameterError(
            f"« {name} » est le texte d’un autre document : en choisir un autre nom"
        )
    before = texts.read_text(folder, name) if name in texts.names(folder) else ""
    after = text.replace("\r\n", "\n").rstrip() + "\n"
    if after == before:
        return False
    data = {"before": {"text": before} if before else {}, "after": {"text": after}}
    entry = JournalEntry(action="change", subject=f"{SUBJECT}:{name}", data=data)
    kind = kind_of(type_name)
    with ledger.writing() as connection:
        journal.append(connection, [entry], actor=actor, at=at)
        # Last: a text with a mistake, or a folder that cannot be written, takes the row back.
        texts.save_text(folder, name, after, kind=kind)
    return True


def configuration_changes(ledger: Ledger) -> list[Change]:
    """Returns the latest changes of types and texts, newest first."""
    frame = ledger.frame(
        "SELECT at, actor, subject, data FROM journal WHERE action = 'change'"
        " AND (subject LIKE ? OR subject LIKE ?) ORDER BY seq DESC LIMIT ?",
        ("reminder_types:%", f"{SUBJECT}:%", _MOST_CHANGES),
    )
    return [_change(row) for row in frame.to_dict("records")]


def _change(row: Mapping[Any, Any]) -> Change:
    data = json.loads(row["data"])
    return Change(
        at=str(row["at"]), actor=str(row["actor"]), subject=str(row["subject"]),
        before=dict(data.get("before") or {}), after=dict(data.get("after") or {}),
    )  # fmt: skip
