"""What one can do about the subject of a screen: buttons with their keys, and a question in place.

A press counts only for the subject it was made on: a second click that was meant for the movement
before does nothing to the next one. A question (why?) takes the buttons' place, never a pop-up.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

_HERE: Final = Path(__file__).parent
# A reason is a sentence, and a visitor's text is not carried further than it has to be.
_LONGEST_ANSWER: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One button.

    Attributes:
        name: what is told when it is pressed.
        words: one verb (UI, Words).
        key: the key that does the same, as it is shown; "" for none. The key itself is `Page`'s.
        primary: the one that is expected.
        quiet: reads as a link, at the end of the line.
        disabled: cannot be pressed now.
    """

    name: str
    words: str
    key: str = ""
    primary: bool = False
    quiet: bool = False
    disabled: bool = False

    def described(self) -> dict[str, object]:
        """Returns what the browser needs to know."""
        return {
            "name": self.name, "words": self.words, "key": self.key, "primary": self.primary,
            "quiet": self.quiet, "disabled": self.disabled,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something to be said before an action is done.

    Attributes:
        words: what is asked.
        confirm: words of the button that does it.
        choices: (name, words) of ready answers; the name is told.
        placeholder: shown in the empty field; "" for no field.
    """

    words: str
    confirm: str
    choices: Sequence[tuple[str, str]] = ()
    placeholder: str = ""

    def described(self) -> dict[str, object]:
        """Returns what the browser needs to know."""
        return {
            "words": self.words, "confirm": self.confirm, "placeholder": self.placeholder,
            "choices": [{"name": name, "words": words} for name, words in self.choices],
        }  # fmt: skip


class Actions(anywidget.AnyWidget):
    """A line of buttons, or a question in their place.

    Attributes:
        buttons: as described.
        question: as described; empty while nothing is asked.
        subject: what the buttons are about.
        label: name of the line, for those who hear it.
    """

    _esm = _HERE / "actions.js"

    buttons: traitlets.List[Any] = traitlets.List().tag(sync=True)
    question = traitlets.Dict().tag(sync=True)
    subject = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        *,
        label: str,
        on_press: Callable[[str], None],
        guard: Callable[[Callable[[], None]], None],
    ) -> None:
        """Makes an empty line.

        Args:
            label: name of the line.
            on_press: called with the name of a button.
            guard: runs each event and shows its error in place.
        """
        self._on_press = on_press
        self._on_answer: Callable[[str, str], None] | None = None
        self._guard = guard
        super().__init__(label=label)
        self.on_msg(self.receive)

    def show(self, actions: Sequence[Action], *, subject: str) -> None:
        """Shows buttons for a subject; a question that stood there is given up."""
        with self.hold_sync():
            self.buttons = [action.described() for action in actions]
            self.subject = subject
            self.question = {}
        self._on_answer = None

    def ask(self, question: Question, on_answer: Callable[[str, str], None]) -> None:
        """Asks something in place of the buttons.

        Args:
            question: what.
            on_answer: called with the name of the ready answer ("" for none) and the text.
        """
        self._on_answer = on_answer
        self.question = question.described()

    @property
    def asking(self) -> bool:
        """Whether a question stands there."""
        return bool(self.question)

    def give_up(self) -> None:
        """Takes the question away."""
        self.question = {}
        self._on_answer = None

    def press(self, name: str) -> None:
        """Does as if a button was pressed, where it is there and can be."""
        if any(b["name"] == name and not b["disabled"] for b in self.buttons):
            self._guard(lambda: self._on_press(name))

    def receive(self, _widget: object, message: dict[str, Any], _buffers: object) -> None:
        """Acts on what the browser says; what it may not say does nothing."""
        if message.get("subject") != self.subject:
            return
        kind = message.get("kind")
        if kind == "press" and not self.question:
            self.press(str(message.get("name")))
        elif kind == "give_up":
            self._guard(self.give_up)
        elif kind == "answer" and self._on_answer is not None:
            answer = self._on_answer
            name = str(message.get("name") or "")
            if name and not any(c["name"] == name for c in self.question["choices"]):
                return
            text = " ".join(str(message.get("text") or "")[:_LONGEST_ANSWER].split())
            self._guard(lambda: answer(name, text))
