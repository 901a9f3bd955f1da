"""The reminders' screen: what leaves on a day, what waits and why, who is next, six months ahead.

A view: everything it shows is a `Board`, every button asks the `Desk`. Opening it is a dry run:
nothing leaves and nothing is written until a button that names it is pressed.
"""

from collections.abc import Callable
from datetime import date
from functools import partial

import pandas as pd

from workbench.domain.errors import ParameterError
from workbench.pipeline.searching import search_rows
from workbench.widgets.page import Page
from workbench.widgets.parts import HIDDEN, Notice, mark
from workbench.widgets.reminder_board import MODES, Board, Desk, Paper
from workbench.widgets.reminder_controls import ALL_BUILDINGS, Controls, offer
from workbench.widgets.reminder_decisions import Decisions
from workbench.widgets.reminder_months import months_grid, months_heading
from workbench.widgets.reminder_reading import LetterReader
from workbench.widgets.reminder_tables import (
    LABELS,
    Lists,
    Ticks,
    reasons_table,
    show_reasons,
)
from workbench.widgets.reminder_telling import (
    HELP,
    banner,
    banner_is_cut,
    day_choices,
    heading,
    nothing,
    summary,
    ticked_words,
    waking,
)
from workbench.widgets.reminder_wording import letters_words

_SEARCHED = ("code", "holder", "building")


class RemindersView:
    """The screen.

    Attributes:
        widget: what to display.
        page: keys and downloads.
        controls: fields and buttons.
        lists, reasons: the tables.
        reader: letters, read before they leave.
        decisions: what the buttons do, and their forms, on one line each.
        notice: where errors are told.
    """

    def __init__(self, desk: Desk) -> None:
        """Builds the screen and reads for the first time.

        Args:
            desk: does what the buttons ask.
        """
        self._desk = desk
        self._board: Board | None = None
        self._reason = self._done = ""
        self._whole = self._is_drawing = False
        self._showing = 0
        self._ticks = Ticks()
        # Cut once a reading: every button asks for its rows.
        self._listed: dict[tuple[str, str], pd.DataFrame] = {}
        self.notice = Notice()
        self.page = Page(on_escape=self._escape)
        self.decisions = Decisions(desk, self, notice=self.notice, page=self.page)
        self.controls = Controls(self._actions(), self._changed())
        self.lists = Lists(
            is_checked=self._is_ticked, on_check=self._tick, on_open=lambda row: self._open([row]),
            on_empty=self._reset, guard=self.notice.guard,
        )  # fmt: skip
        self.reasons = reasons_table(on_open=self._open_reason, guard=self.notice.guard)
        self.reader = LetterReader(
            page=self.page, notice=self.notice, read=self._letter, on_close=self._close_reader
        )
        self.widget, self._body, self._reading = self.controls.arranged(
            page=self.page, notice=self.notice, forms=self.decisions.forms, lists=self.lists,
            reasons=self.reasons, reader=self.reader,
        )  # fmt: skip
        self._close_reader()
        self.notice.guard(self._read)

    def _repr_mimebundle_(self, **options: object) -> object:
        return self.widget._repr_mimebundle_(**options)

    def _actions(self) -> dict[str, Callable[[], None]]:
        actions = self.decisions.actions() | {
            "read": self._open_ticked, "refresh": self._refresh, "more": self._tell_more,
            "clear": self._clear,
        }  # fmt: skip
        return {name: self.notice.guarded(action) for name, action in actions.items()}

    def _changed(self) -> dict[str, Callable[[], None]]:
        actions = {
            "day": self._look, "building": self._look, "which": self._turn, "search": self._list,
        }  # fmt: skip
        return {name: self.notice.guarded(action) for name, action in actions.items()}

    # --- reading ----------------------------------------------------------------------------
    @property
    def board(self) -> Board:
        """The reading; `ParameterError` before the first."""
        if self._board is None:
            raise ParameterError("rien n’a encore été lu : Actualiser")
        return self._board

    def _refresh(self) -> None:
        self._done = ""
        self._read()

    def _read(self) -> None:
        """Reads the day on the screen: a dry run."""
        chosen = self.controls.day.value
        day = chosen if isinstance(chosen, date) else None
        building_id = str(self.controls.building.value or "")
        self._show(self._desk.read(day=day, building_id=building_id))

    def _look(self) -> None:
        """Another day or building was chosen."""
        if self._is_drawing:
            return
        self._done = ""
        self._ticks = Ticks()
        self._read()

    def _show(self, board: Board) -> None:
        self._board = board
        self._listed = {}
        self._showing += 1
        self._is_drawing = True
        try:
            self._draw(board)
        finally:
            self._is_drawing = False
        self._tell_banner()
        self._list(page=self._page_number())

    def _draw(self, board: Board) -> None:
        """Fields, counts and pictures; what a field then says is no choice of a person."""
        controls = self.controls
        names = zip(board.buildings["name"], board.buildings["building_id"], strict=True)
        offer(controls.building, [ALL_BUILDINGS, *names], board.building_id)
        offer(controls.day, day_choices(board), board.day)
        controls.head.value = heading(board).markup
        controls.switch.description = "Arrêter" if board.automatic else "Remettre en marche"
        self.decisions.forms.hand.offer(kinds=board.kinds, on=board.as_of)
        show_reasons(self.reasons, board.reasons())
        counts = {
            mode: len(board.blocked() if mode == "blocked" else self.rows(mode)) for mode in MODES
        }
        choices = [(f"{LABELS[mode]} {counts[mode]}", mode) for mode in MODES]
        offer(controls.which, choices, controls.which.value)
        controls.legend.value = months_heading(board).markup
        controls.months.value = months_grid(board).markup

    def _page_number(self) -> int:
        return int(self.lists.tables[self.mode].page)

    @property
    def mode(self) -> str:
        """The list that is seen."""
        return str(self.controls.which.value)

    def _turn(self) -> None:
        if self._is_drawing:
            return
        if self.mode != "blocked":
            self._reason = ""
        self._list()

    def _list(self, *, page: int = 1) -> None:
        board, mode = self.board, self.mode
        rows = self.rows(mode)
        shown = search_rows(rows, self.controls.search.value, *_SEARCHED)
        hidden = len(rows) - len(shown)
        self.lists.show(mode, shown, empty=nothing(board, mode, hidden=hidden), page=page)
        told = summary(board, mode, rows, reason=self._reason, hidden=hidden)
        self.controls.under.value = told.markup
        self.tell_buttons()

    def rows(self, mode: str) -> pd.DataFrame:
        """Returns the rows of a list."""
        key = mode, self._reason if mode == "blocked" else ""
        if key not in self._listed:
            self._listed[key] = self.board.listed(*key)
        return self._listed[key]

    # --- ticked rows ------------------------------------------------------------------------
    def _is_ticked(self, row_id: str) -> bool:
        return self._ticks.is_ticked(self.mode, row_id)

    def _tick(self, row_id: str, ticked: bool) -> None:  # noqa: FBT001 - the table's event
        self._ticks.tick(self.mode, row_id, ticked=ticked)
        self._list(page=self._page_number())

    def ticked(self, mode: str) -> pd.DataFrame:
        """Returns its ticked rows."""
        return self._ticks.ticked(mode, self.rows(mode))

    def _clear(self) -> None:
        self._ticks.clear(self.mode, self.rows(self.mode))
        self._list(page=self._page_number())

    def tell_buttons(self) -> None:
        """Every button carries its count, and is there only when it can act (UI, screen 5)."""
        board, controls, mode = self.board, self.controls, self.mode
        leaving = len(self.ticked("leaving"))
        controls.validate.description = (
            f"Valider {letters_words(leaving)}" if leaving else "Rien à valider"
        )
        controls.validate.disabled = not leaving or not board.is_today
        controls.read.description = (
            f"Lire {'les ' if leaving > 1 else ''}{letters_words(leaving)}" if leaving else "Lire"
        )
        controls.read.disabled = not leaving
        count = len(self.ticked(mode))
        controls.ticked.value = ticked_words(count).markup
        posting = len(self.decisions.to_post())
        mails = self.decisions.mails()
        controls.mail.description = f"Envoyer {mails} e-mail{'s' if mails > 1 else ''}"
        shown = {
            controls.move: mode in ("leaving", "planned") and count > 0,
            controls.hand: mode in ("planned", "blocked") and count == 1,
            controls.wake: mode == "blocked" and self._reason == "snoozed",
            controls.undo: bool(self.decisions.undoable()),
            controls.mail: mode == "sent" and self.decisions.mails() > 0,
            controls.printing: mode == "sent" and posting > 0,
            controls.post: mode == "sent" and posting > 0,
            controls.clear: count > 0,
        }
        for widget, is_shown in shown.items():
            mark(widget, HIDDEN, on=not is_shown)
        # A key pressed for what stood here before does nothing: nobody validates the unseen.
        self.page.subject = f"{self._showing} {leaving}"

    def _tell_banner(self) -> None:
        board = self.board
        self.controls.banner.value = banner(board, self._done, whole=self._whole).markup
        mark(self.controls.more, HIDDEN, on=not banner_is_cut(board, self._done))
        self.controls.more.description = "Les premières" if self._whole else "Voir les différences"
        awakes = waking(board)
        self.controls.waking.value = awakes.markup if awakes else ""
        mark(self.controls.waking, HIDDEN, on=awakes is None)

    def _tell_more(self) -> None:
        self._whole = not self._whole
        self._tell_banner()

    def _tell_help(self) -> None:
        self._done = HELP
        self._tell_banner()

    # --- opening and closing ----------------------------------------------------------------
    def _open_reason(self, group: str) -> None:
        self._reason = group
        if self.mode == "blocked":
            self._list()
        else:
            self.controls.which.value = "blocked"

    def _open_ticked(self) -> None:
        rows = self.ticked("leaving")
        if rows.empty:
            raise ParameterError("aucune lettre n’est cochée")
        self._open([str(row_id) for row_id in rows["row_id"]])

    def _open(self, row_ids: list[str]) -> None:
        self._body.add_class(HIDDEN)
        self._reading.remove_class(HIDDEN)
        turn = {"ArrowRight": 1, "ArrowLeft": -1}
        self.page.listen({
            key: self.notice.guarded(partial(self.reader.turn, step)) for key, step in turn.items()
        })  # fmt: skip
        self.reader.open(row_ids)

    def _close_reader(self) -> None:
        self._reading.add_class(HIDDEN)
        self._body.remove_class(HIDDEN)
        decisions = self.decisions
        keys = {
            "Enter": decisions.validate, "L": self._open_ticked, "D": decisions.ask_move,
            "M": decisions.ask_hand, "S": decisions.ask_snooze, "Z": decisions.ask_undo,
            "?": self._tell_help,
        }  # fmt: skip
        self.page.listen({key: self.notice.guarded(action) for key, action in keys.items()})

    def _letter(self, row_id: str) -> Paper:
        return self._desk.letter(self.board, row_id)

    def _escape(self) -> None:
        """One step back: from a letter to the lists, from a form, from a search."""
        if HIDDEN in self._body._dom_classes:  # noqa: SLF001 - ipywidgets has no reader of its classes
            self._close_reader()
        elif self.decisions.forms.is_open():
            self.decisions.close()
        else:
            self._reset()

    def _reset(self) -> None:
        self.controls.search.value = ""

    def did(self, words: str) -> None:
        """Says what was done, and shows the ledger as it now is."""
        self._done = words
        self.decisions.close()
        self._ticks = Ticks()
        self._read()

    def tell_progress(self, done: int, total: int, words: str) -> None:
        """Says how far long work is, on the button that began it."""
        del words
        self.controls.validate.disabled = True
        self.controls.validate.description = f"{done} sur {total}…"
