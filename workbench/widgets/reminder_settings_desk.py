"""The configuration's screen at work on a ledger and on the office's texts."""

from collections.abc import Sequence
from pathlib import Path

from workbench.documents import texts
from workbench.domain.records import BuildingKind
from workbench.ledger import reminding as generated
from workbench.ledger import views
from workbench.pipeline import reminder_texts
from workbench.pipeline.reminder_settings import left_usual, read_types, remove_type, save_types
from workbench.widgets.reminder_desk import turn_switch
from workbench.widgets.reminder_settings import Configuration, ReminderSettings
from workbench.widgets.reminder_type_form import TypeRow
from workbench.widgets.session import Session, open_session


class LedgerSettings:
    """Reads and saves the configuration of a session's ledger."""

    def __init__(self, session: Session, *, templates: Path) -> None:
        """Opens nothing yet.

        Args:
            session: who works on which ledger.
            templates: folder of the office's texts and layouts.
        """
        self._session = session
        self._templates = templates

    def read(self) -> Configuration:
        """Reads the configuration."""
        with self._session.reading() as ledger, ledger.snapshot():
            usual = left_usual(ledger)
            rows = tuple(
                TypeRow(entry, usual.get((entry.type, entry.building_id), frozenset()))
                for entry in read_types(ledger)
            )
            buildings = views.buildings(ledger)
            return Configuration(
                rows=rows,
                automatic=generated.is_automatic(ledger),
                buildings=tuple(zip(buildings["name"], buildings["building_id"], strict=True)),
                texts=tuple(reminder_texts.reminder_texts(self._templates)),
                changes=tuple(reminder_texts.configuration_changes(ledger)),
            )

    def save(self, rows: Sequence[TypeRow]) -> str:
        """Saves rows; every change is in the journal with before and after."""
        usual = {(row.entry.type, row.entry.building_id): row.usual for row in rows}
        with self._session.writing() as ledger:
            count = save_types(
                ledger, [row.entry for row in rows], usual=usual, actor=self._session.actor,
                at=self._session.now(),
            )  # fmt: skip
        if not count:
            return "Rien à enregistrer : tout était déjà ainsi."
        return f"{count} types enregistrés." if count > 1 else "Type enregistré."

    def remove(self, row: TypeRow) -> str:
        """Takes a row away."""
        with self._session.writing() as ledger:
            remove_type(
                ledger, row.entry.type, building_id=row.entry.building_id,
                actor=self._session.actor, at=self._session.now(),
            )  # fmt: skip
        return "Type retiré."

    def set_automatic(self, *, on: bool) -> str:
        """Turns the switch."""
        return turn_switch(self._session, on=on)

    def text_of(self, type_name: str, name: str, building_kind: BuildingKind) -> tuple[str, str]:
        """Returns the name and the words of a type's text, the usual one for no name."""
        name = name or reminder_texts.usual_text(type_name, building_kind)
        return name, texts.read_text(self._templates, name)

    def preview(self, type_name: str, text: str, building_kind: BuildingKind) -> bytes:
        """Returns an invented letter with this text, PNG."""
        return reminder_texts.preview_text(
            text, folder=self._templates, type_name=type_name, building_kind=building_kind
        )

    def save_text(self, type_name: str, name: str, text: str) -> str:
        """Saves it; what it was before is in the journal."""
        with self._session.writing() as ledger:
            is_new = reminder_texts.save_text(
                ledger, folder=self._templates, name=name, text=text, type_name=type_name,
                actor=self._session.actor, at=self._session.now(),
            )  # fmt: skip
        return f"Texte « {name} » enregistré." if is_new else "Rien à enregistrer."


def open_reminder_settings(*, templates: Path) -> ReminderSettings:
    """Opens the screen on the ledger of `WORKBENCH_LEDGER`.

    Args:
        templates: folder of the office's texts and layouts; saving a text writes there.
    """
    return ReminderSettings(LedgerSettings(open_session(), templates=templates))
