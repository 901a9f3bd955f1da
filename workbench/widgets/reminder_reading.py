"""Letters read before they leave, one after the other: the page as it will be printed."""

import base64
from collections.abc import Callable, Sequence

from workbench.documents.html import Html, el, french_count, join
from workbench.widgets.page import Page
from workbench.widgets.parts import HIDDEN, Notice, block, box, button, mark
from workbench.widgets.reminder_board import Paper


class LetterReader:
    """One letter on the screen, of those that were asked for.

    Attributes:
        widget: what to display.
        head, page_picture, words: what is told.
        previous, following, download, close: buttons.
    """

    def __init__(
        self,
        *,
        page: Page,
        notice: Notice,
        read: Callable[[str], Paper],
        on_close: Callable[[], None],
    ) -> None:
        """Builds it, empty.

        Args:
            page: hands downloads to the browser.
            notice: where errors are told.
            read: returns a letter by its row's id.
            on_close: goes back to the lists.
        """
        self._page = page
        self._read = read
        self._row_ids: tuple[str, ...] = ()
        self._place = 0
        self._paper: Paper | None = None
        self.head, self.page_picture, self.words = block(), block(), block()
        self.previous = button("Précédente", notice.guarded(lambda: self.turn(-1)))
        self.following = button("Suivante", notice.guarded(lambda: self.turn(1)))
        self.download = button("Télécharger le PDF", notice.guarded(self._download))
        self.close = button("Retour aux listes", notice.guarded(on_close))
        side = box(
            self.head,
            box(self.previous, self.following, cls=("wb-buttons",)),
            self.words,
            box(self.download, self.close, cls=("wb-buttons",)),
            cls=("wb-panel", "wb-reader-side"),
        )
        sheet = box(self.page_picture, cls=("wb-panel", "wb-flush", "wb-sheet"))
        self.widget = box(side, sheet, cls=("wb-columns", "wb-reader"))

    def open(self, row_ids: Sequence[str]) -> None:
        """Shows the first of these letters.

        Args:
            row_ids: in the order of the list; at least one.
        """
        self._row_ids = tuple(row_ids)
        self._show(0)

    def turn(self, step: int) -> None:
        """Shows another one; stays where there is none."""
        if 0 <= self._place + step < len(self._row_ids):
            self._show(self._place + step)

    def _show(self, place: int) -> None:
        self._place = place
        count = len(self._row_ids)
        self.previous.disabled, self.following.disabled = place == 0, place == count - 1
        # Before the reading: a letter that cannot be made must not show the one before.
        self._paper = None
        self.page_picture.value = self.words.value = ""
        self.download.disabled = True
        told = f"Lettre {french_count(place + 1)} sur {french_count(count)}"
        self.head.value = join(el("h2", told)).markup
        paper = self._read(self._row_ids[place])
        self._paper = paper
        self.head.value = join(
            el("h2", paper.title), el("p", f"{told}. {paper.name}", cls="wb-sub")
        ).markup
        self.words.value = join(el("p", paper.words)).markup
        self.page_picture.value = _sheet(paper).markup
        self.download.disabled = not paper.content
        mark(self.download, HIDDEN, on=not paper.content)

    def _download(self) -> None:
        if self._paper is not None and self._paper.content:
            self._page.download(self._paper.name, self._paper.content, mime="application/pdf")


def _sheet(paper: Paper) -> Html:
    if not paper.picture:
        return el("p", "La lettre est gardée telle qu’elle a été faite : la télécharger.")
    data = base64.b64encode(paper.picture).decode("ascii")
    return el("img", src=f"data:image/png;base64,{data}", alt=f"{paper.title}. {paper.words}")
