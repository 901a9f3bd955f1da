"""A few fields and a button whose press carries what all of them hold.

Fields that are widgets of their own each send theirs, and the last one typed may arrive after the
button's message: then a screen acts on what stood there before. Here it is one message.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

_HERE: Final = Path(__file__).parent
# As the browser's own limit: a visitor's text is not carried further than it has to be.
_LONGEST: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field.

    Attributes:
        name: what its value goes by.
        label: above it.
        options: (words, value) of a choice; none for a line of text.
        placeholder: shown while it is empty.
        value: what it holds at first.
        only: (name, value) of another field, without which it is not shown.
        hidden: not shown at all.
        cls: CSS class.
    """

    name: str
    label: str
    options: tuple[tuple[str, str], ...] = ()
    placeholder: str = ""
    value: str = ""
    only: tuple[str, str] | None = None
    hidden: bool = False
    cls: str = ""

    def described(self) -> dict[str, object]:
        """Returns what the browser needs to know."""
        return {
            "name": self.name, "label": self.label, "placeholder": self.placeholder,
            "options": [list(option) for option in self.options] or None,
            "only": list(self.only) if self.only else None, "hidden": self.hidden,
            "cls": self.cls,
        }  # fmt: skip


class Form(anywidget.AnyWidget):
    """The fields and their button.

    Attributes:
        fields: as `FormField.described` tells them.
        values: what texts hold when the form is drawn.
        words: of the button.
        otherwise: of a second button that gives up, "" for none.
        hint: beside them.
    """

    _esm = _HERE / "form.js"

    fields: traitlets.List[Any] = traitlets.List().tag(sync=True)
    values: "traitlets.Dict[str, Any]" = traitlets.Dict().tag(sync=True)
    words = traitlets.Unicode().tag(sync=True)
    otherwise = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        fields: Sequence[FormField],
        *,
        words: str,
        on_submit: Callable[[Mapping[str, str]], None],
        on_cancel: Callable[[], None] = lambda: None,
        otherwise: str = "",
        hint: str = "",
        guard: Callable[[Callable[[], None]], None],
    ) -> None:
        """Makes it.

        Args:
            fields: left to right.
            words: of the button.
            on_submit: called with the text of every field.
            on_cancel: called by the second button.
            otherwise: words of the second button.
            hint: beside them.
            guard: runs each event and shows its error in place.
        """
        self._on_submit = on_submit
        self._on_cancel = on_cancel
        self._guard = guard
        self._names: frozenset[str] = frozenset()
        super().__init__(words=words, otherwise=otherwise, hint=hint)
        self.describe(fields)
        self.on_msg(self.receive)

    def describe(self, fields: Sequence[FormField]) -> None:
        """Changes the fields; what is typed in those that stay is kept."""
        told = [field.described() for field in fields]
        self._names = frozenset(field.name for field in fields)
        self.values = {field.name: field.value for field in fields} | dict(self.values)
        if told != self.fields:
            self.fields = told

    def fill(self, **values: str) -> None:
        """Writes into fields."""
        self.values = dict(self.values) | values
        self.send({"kind": "set", "values": values})

    def focus(self, name: str) -> None:
        """Moves the focus into a field."""
        self.send({"kind": "focus", "name": name})

    def receive(self, _widget: object, message: dict[str, Any], _buffers: object) -> None:
        """Acts on what the browser says; what it may not say does nothing."""
        if message.get("kind") == "cancel":
            self._guard(self._on_cancel)
        told = message.get("values")
        if message.get("kind") != "submit" or not isinstance(told, dict):
            return
        values = {name: str(told.get(name, ""))[:_LONGEST] for name in self._names}
        self._guard(lambda: self._on_submit(values))
