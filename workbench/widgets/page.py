"""The page around the widgets: its address, downloads, the keys, a sign of life.

In Voilà it owns the browser's address, so that an account has a link and "back" works; in
JupyterLab, where the address is Lab's, it does nothing of that.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

_HERE: Final = Path(__file__).parent


def served_by_voila() -> bool:
    """True in a kernel that Voilà started for a visitor's page."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("voila")


class Page(anywidget.AnyWidget):
    """What a screen needs beside its widgets; draws nothing but a message when Python is gone.

    Attributes:
        query: the address's query, without `?` and without the token; set from either side.
        title: the window's title.
        view: name of what is shown; a change scrolls to the top and moves the focus.
        owns_address: whether the browser's address is ours.
        letters: keys that mean something while no field has the focus.
        subject: what the screen is about now. A key pressed for what stood there before does
            nothing: who presses Enter twice does not accept what he has not seen.
    """

    _esm = _HERE / "page.js"
    _css = "\n".join(path.read_text("utf-8") for path in sorted(_HERE.glob("*.css")))

    query = traitlets.Unicode().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    view = traitlets.Unicode().tag(sync=True)
    owns_address = traitlets.Bool().tag(sync=True)
    letters: traitlets.List[Any] = traitlets.List().tag(sync=True)
    subject = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        *,
        query: str = "",
        on_escape: Callable[[], None],
        keys: Mapping[str, Callable[[], None]] | None = None,
        **traits: Any,
    ) -> None:
        """Makes it.

        Args:
            query: of the address.
            on_escape: what Escape does; `/` goes to the screen's `.wb-search` by itself.
            keys: see `listen`.
            traits: see the class.
        """
        self._on_escape = on_escape
        self._keys: dict[str, Callable[[], None]] = {}
        super().__init__(query=query, owns_address=served_by_voila(), **traits)
        self.listen(keys or {})
        self.on_msg(self.receive)

    def listen(self, keys: Mapping[str, Callable[[], None]]) -> None:
        """Says which keys do what from now on, in place of those before.

        Args:
            keys: by the browser's name of the key, letters in capitals: `R`, `1`, `?`, `Enter`,
                `ArrowDown`. They count only while the focus is in the screen and in no field;
                Enter not on a button or link, arrows not in a table. The actions are guarded.
        """
        self._keys = dict(keys)
        self.letters = list(self._keys)

    def download(self, name: str, content: bytes, *, mime: str) -> None:
        """Hands a file to the visitor's browser."""
        self.send({"kind": "download", "name": name, "mime": mime}, buffers=[content])

    def copy_text(self, text: str) -> None:
        """Puts a text on the visitor's clipboard."""
        self.send({"kind": "copy", "text": text})

    def receive(self, _widget: object, message: dict[str, Any], _buffers: object) -> None:
        """Acts on what the browser says; what it may not say does nothing."""
        if message.get("kind") == "alive":
            self.send({"kind": "alive"})
        elif message.get("kind") == "escape":
            self._on_escape()
        elif message.get("kind") == "key" and message.get("subject") == self.subject:
            self._keys.get(str(message.get("key")), lambda: None)()
