"""A text field that tells what is typed, when it rests, and when Enter or an arrow leaves it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

_HERE: Final = Path(__file__).parent
_LONGEST: Final = 100


class Field(anywidget.AnyWidget):
    """One line of text.

    Attributes:
        value: what stands in it.
        placeholder: shown while it is empty.
        label: its name, for those who hear it.
        hint: a key shown at its end, "" for none.
        focus: counts up to move the focus into it.
    """

    _esm = _HERE / "field.js"

    value = traitlets.Unicode().tag(sync=True)
    placeholder = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)
    focus = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        *,
        label: str,
        placeholder: str,
        on_type: Callable[[str], None],
        guard: Callable[[Callable[[], None]], None],
        on_enter: Callable[[], None] | None = None,
        on_down: Callable[[], None] | None = None,
        hint: str = "",
    ) -> None:
        """Makes an empty field.

        Args:
            label: its name.
            placeholder: shown while it is empty.
            on_type: called with the text when the hand rests.
            guard: runs each event and shows its error in place.
            on_enter: called by Enter, after `on_type` of the same text.
            on_down: called by the arrow down, likewise.
            hint: a key shown at its end.
        """
        self._on_type = on_type
        self._on = {"enter": on_enter, "down": on_down}
        self._guard = guard
        super().__init__(label=label, placeholder=placeholder, hint=hint)
        self.on_msg(self.receive)

    def clear(self) -> None:
        """Empties it; tells nobody."""
        self.value = ""

    def take_focus(self) -> None:
        """Moves the focus into it."""
        self.focus += 1

    def type(self, text: str) -> None:
        """Does as if a text was typed."""
        self.value = text[:_LONGEST]
        self._guard(lambda: self._on_type(self.value))

    def receive(self, _widget: object, message: dict[str, Any], _buffers: object) -> None:
        """Acts on what the browser says; what it may not say does nothing."""
        text = message.get("text")
        if not isinstance(text, str):
            return
        if text != self.value:
            self.type(text)
        if leave := self._on.get(str(message.get("kind"))):
            self._guard(leave)
