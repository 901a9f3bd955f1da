"""Pieces every screen is built from: buttons, panels, pictures, and errors shown in place.

HTML is built by `documents.html`, which escapes; nothing here joins texts into markup.
"""

import base64
import logging
import os
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

import ipywidgets
from matplotlib.figure import Figure

from workbench.documents.drawing import png
from workbench.documents.html import Html, el, join
from workbench.domain.errors import WorkbenchError
from workbench.domain.money import NO_BREAK_SPACE

# Drawn at twice the size it is shown in, for screens of high density.
_PICTURE_DPI: Final = 192
HIDDEN: Final = "wb-hidden"
# An error in a callback is invisible in Voilà, so its text goes where the server looks for it.
LOG_VARIABLE: Final = "WORKBENCH_DASHBOARD_LOG"


@cache
def _log() -> logging.Logger:
    log = logging.getLogger("workbench.widgets")
    log.setLevel(logging.INFO)
    if path := os.environ.get(LOG_VARIABLE):
        handler = logging.FileHandler(path, encoding="utf-8")
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        log.addHandler(handler)
        log.propagate = False
    return log


def block(*parts: Html | str | None, cls: Sequence[str] = ()) -> ipywidgets.HTML:
    """Returns a widget that shows markup built by `documents.html`.

    Args:
        parts: text is escaped, markup kept.
        cls: classes of the widget.
    """
    widget = ipywidgets.HTML(join(*parts).markup)
    for name in cls:
        widget.add_class(name)
    return widget


def box(*children: ipywidgets.Widget, cls: Sequence[str]) -> ipywidgets.Box:
    """Returns a box whose layout is its classes' style, not ipywidgets' own."""
    made = ipywidgets.Box(list(children))
    made.layout.display = None
    for name in cls:
        made.add_class(name)
    return made


def mark(widget: ipywidgets.Widget, name: str, *, on: bool) -> None:
    """Gives a widget a class, or takes it away."""
    (widget.add_class if on else widget.remove_class)(name)


def is_hidden(widget: ipywidgets.DOMWidget) -> bool:
    """Tells whether a widget is hidden by its class."""
    return HIDDEN in widget._dom_classes  # noqa: SLF001 - ipywidgets has no reader of its classes


def button(words: str, action: Callable[[], None], *, cls: str = "wb-button") -> ipywidgets.Button:
    """Returns a button; `action` is already guarded.

    Args:
        words: one verb (UI, Words).
        action: what it does.
        cls: `wb-button`, or `wb-link` for one that reads as a link.
    """
    made = ipywidgets.Button(description=words)
    made.add_class(cls)
    made.on_click(lambda _button: action())
    return made


def glyph(sign: str, *, tone: str = "") -> Html:
    """Returns a state's shape; the word beside it repeats what it says."""
    return el("span", sign, cls=f"wb-glyph {tone}".strip())


def figure(label: str, value: str, note: Html | str = "") -> Html:
    """Returns a key figure: what, how much, and what explains it."""
    return el("div", el("span", label), el("b", value), _note(note), cls="wb-figure")


def _note(note: Html | str) -> Html:
    return note if isinstance(note, Html) else el("span", note)


def panel(title: str, subtitle: Html | str, *content: Html | str | None) -> Html:
    """Returns a framed panel with its heading."""
    under = el("span", subtitle, cls="wb-sub wb-under") if str(subtitle) else None
    return el("div", el("h2", title), under, *content, cls="wb-panel")


def picture(drawn: Figure, *, words: str) -> Html:
    """Returns a chart as an image.

    Args:
        drawn: of `documents.pictures`, without its title: the panel has it.
        words: what it says, for those who cannot see it.
    """
    data = base64.b64encode(png(drawn, dpi=_PICTURE_DPI)).decode("ascii")
    return el("img", src=f"data:image/png;base64,{data}", alt=words)


def notice(bold: str, words: str = "", *, sign: str = "▲") -> Html:
    """Returns a message in place: the fact, what was kept, the way on (UI, States)."""
    return el(
        "div", glyph(sign, tone="wb-alert"), el("strong", bold), f" {words}" if words else "",
        cls="wb-notice", role="alert",
    )  # fmt: skip


class Notice(ipywidgets.HTML):
    """The place where a screen tells what went wrong; empty while nothing did."""

    def __init__(self) -> None:
        super().__init__()
        self.add_class("wb-notices")
        self.clear()

    def clear(self) -> None:
        """Says nothing, and takes no room."""
        self.value = ""
        self.add_class(HIDDEN)

    def tell(self, message: Html) -> None:
        """Shows a message."""
        self.value = message.markup
        self.remove_class(HIDDEN)

    def guard(self, action: Callable[[], None]) -> None:
        """Runs `action`; an error is shown here and logged, never raised.

        Voilà shows nothing of an error in a callback: without this a button would just do nothing.
        """
        if self.watch(action):
            self.clear()

    def watch(self, action: Callable[[], None]) -> bool:
        """As `guard`, but what the action itself tells stays; returns whether it ended well."""
        try:
            action()
        except WorkbenchError as error:
            # Told in place: in JupyterLab a warning would stand above the screen a second time.
            _log().info("%s", error)
            words = str(error)
            self.tell(notice(f"{words[:1].upper()}{words[1:].rstrip('.')}.", KEPT, sign="■"))
        except Exception:  # noqa: BLE001 - whatever it was, the visitor must be told
            _log().exception("a screen's callback failed")
            self.tell(notice("Cette action n’a pas abouti.", f"{KEPT} {RETRY}"))
        else:
            return True
        return False

    def guarded(self, action: Callable[[], None]) -> Callable[[], None]:
        """Returns `action` run by `guard`."""
        return lambda: self.guard(action)


KEPT: Final = "Ce qui est affiché reste celui de la dernière lecture\u00a0; rien n’a été modifié."
RETRY: Final = f"«{NO_BREAK_SPACE}Actualiser{NO_BREAK_SPACE}» relit le registre."
