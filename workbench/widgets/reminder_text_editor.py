"""An office's text beside the letter it makes: checked as it is saved, seen before (DOMAIN B2)."""

import base64
from collections.abc import Callable
from typing import Final, Protocol

import ipywidgets

from workbench.documents.html import el, join
from workbench.documents.letter_kinds import LetterKind
from workbench.documents.texts import BLOCKS, fields_of
from workbench.domain.errors import ParameterError
from workbench.domain.policies import is_formal_notice
from workbench.domain.records import BuildingKind
from workbench.widgets.parts import Notice, block, box, button
from workbench.widgets.reminder_forms import field

_BUILDINGS: Final = (
    ("en copropriété", BuildingKind.COOWNERSHIP), ("en location", BuildingKind.RENTAL),
)  # fmt: skip


class Texts(Protocol):
    """Where the texts are."""

    def text_of(self, type_name: str, name: str, building_kind: BuildingKind) -> tuple[str, str]:
        """Returns the name and the words of a type's text, the usual one for no name."""

    def preview(self, type_name: str, text: str, building_kind: BuildingKind) -> bytes:
        """Returns an invented letter with this text, PNG."""

    def save_text(self, type_name: str, name: str, text: str) -> str:
        """Saves it; returns what was done."""


class TextEditor:
    """The text of the chosen type.

    Attributes:
        widget: what to display.
        building_kind: which of the two usual texts.
        name, text: what is edited.
        see, save: buttons.
        letter, fields: the page it makes, and the fields that may be cited.
    """

    def __init__(
        self, texts: Texts, *, notice: Notice, on_saved: Callable[[str, str], None]
    ) -> None:
        """Builds it, empty.

        Args:
            texts: where they are.
            notice: where errors are told.
            on_saved: called with what was done, and the text's name.
        """
        self._texts = texts
        self._on_saved = on_saved
        self._type_name = ""
        self._chosen = ""
        self.building_kind = ipywidgets.Dropdown(options=_BUILDINGS)
        self.name = ipywidgets.Text()
        self.text = ipywidgets.Textarea(continuous_update=False)
        self.see = button("Voir la lettre", notice.guarded(self._see))
        self.save = button("Enregistrer le texte", notice.guarded(self._save))
        self.letter, self.fields = block(), block(cls=("wb-fields",))
        self.building_kind.observe(lambda _change: notice.guard(self._load), names="value")
        head = box(field(self.name, "Texte"), field(self.building_kind, ""), cls=("wb-form-line",))
        self.text.add_class("wb-text")
        self.widget = box(
            head,
            box(self.text, self.fields, cls=("wb-editor",)),
            box(self.see, self.save, cls=("wb-form-line",)),
            box(self.letter, cls=("wb-sheet",)),
            cls=("wb-panel", "wb-letter-panel"),
        )

    def show(self, type_name: str, chosen: str) -> None:
        """Shows the text of a type, and the letter it makes.

        Args:
            type_name: of the reminder.
            chosen: name of its text; "" for the usual one.
        """
        self._type_name, self._chosen = type_name, chosen
        self._load()

    def _load(self) -> None:
        if not self._type_name:
            return
        kind = self.building_kind.value
        self.name.value, self.text.value = self._texts.text_of(self._type_name, self._chosen, kind)
        self._tell_fields()
        self._see()

    def _tell_fields(self) -> None:
        notice = is_formal_notice(self._type_name)
        known = fields_of(LetterKind.FORMAL_NOTICE if notice else LetterKind.SIMPLE) | BLOCKS
        items = [
            el("li", el("b", f"{{{{ {name} }}}}"), f" {words}")
            for name, words in sorted(known.items())
        ]
        self.fields.value = join(el("p", "Champs permis", cls="wb-label"), el("ul", *items)).markup

    def _see(self) -> None:
        if not self._type_name:
            raise ParameterError("choisir un type de relance")
        image = self._texts.preview(self._type_name, self.text.value, self.building_kind.value)
        data = base64.b64encode(image).decode("ascii")
        self.letter.value = el(
            "img", src=f"data:image/png;base64,{data}",
            alt="Première page d’une lettre inventée avec ce texte",
        ).markup  # fmt: skip

    def _save(self) -> None:
        if not self._type_name:
            raise ParameterError("choisir un type de relance")
        name = str(self.name.value).strip()
        words = self._texts.save_text(self._type_name, name, str(self.text.value))
        self._on_saved(words, name)
