"""The page around the widgets: its address, downloads, the keys / and Escape, a sign of life.

In Voilà it owns the browser's address, so that an account has a link and "back" works; in
JupyterLab, where the address is Lab's, it does nothing of that.
"""

import os
from collections.abc import Callable
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
    """

    _esm = _HERE / "page.js"
    _css = "\n".join(path.read_text("utf-8") for path in sorted(_HERE.glob("*.css")))

    query = traitlets.Unicode().tag(sync=True)
    title = traitlets.Unicode().tag(sync=True)
    view = traitlets.Unicode().tag(sync=True)
    owns_address = traitlets.Bool().tag(sync=True)

    def __init__(self, *, query: str = "", on_escape: Callable[[], None], **traits: Any) -> None:
        self._on_escape = on_escape
        super().__init__(query=query, owns_address=served_by_voila(), **traits)
        self.on_msg(self.receive)

    def download(self, name: str, content: bytes, *, mime: str) -> None:
        """Hands a file to the visitor's browser."""
        self.send({"kind": "download", "name": name, "mime": mime}, buffers=[content])

    def receive(self, _widget: object, message: dict[str, Any], _buffers: object) -> None:
        """Acts on what the browser says; what it may not say does nothing."""
        if message.get("kind") == "alive":
            self.send({"kind": "alive"})
        elif message.get("kind") == "escape":
            self._on_escape()
