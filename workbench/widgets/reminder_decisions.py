"""What a person decides on the reminders' screen: each button's and each form's consequence.

It asks the desk and says what was done; what is shown and ticked is the view's.
"""

from collections.abc import Callable
from typing import Final, Protocol

import pandas as pd

from workbench.domain.errors import ParameterError
from workbench.domain.progress import Progress
from workbench.widgets.page import Page
from workbench.widgets.parts import Notice
from workbench.widgets.reminder_board import Board, Desk, account_of
from workbench.widgets.reminder_forms import (
    Forms,
    HandForm,
    MoveForm,
    PostForm,
    SnoozeForm,
    UndoForm,
)

# What says of a row of each list whether it can be taken back.
_UNDONE_BY: Final = {"sent": "can_undo", "leaving": "waits", "planned": "move_id"}


class Looking(Protocol):
    """What is looked at."""

    @property
    def board(self) -> Board:
        """The reading; `ParameterError` before the first."""

    @property
    def mode(self) -> str:
        """The list that is seen."""

    def rows(self, mode: str) -> pd.DataFrame:
        """Returns the rows of a list."""

    def ticked(self, mode: str) -> pd.DataFrame:
        """Returns its ticked rows."""

    def did(self, words: str) -> None:
        """Says what was done, and shows the ledger as it now is."""

    def tell_buttons(self) -> None:
        """Every button says again what it would do."""

    def tell_progress(self, done: int, total: int, words: str) -> None:
        """Says how far long work is."""


class Decisions:
    """Asks the desk for what a button names.

    Attributes:
        forms: by hand, later, asleep, undone, posted.
    """

    def __init__(self, desk: Desk, view: Looking, *, notice: Notice, page: Page) -> None:
        """Makes the forms, closed.

        Args:
            desk: does it.
            view: what is looked at.
            notice: where errors are told.
            page: hands downloads to the browser.
        """
        self._desk = desk
        self._view = view
        self._page = page
        guarded = notice.guarded
        self.forms = Forms(
            HandForm(
                find=desk.find_accounts, guard=notice.guard, on_submit=guarded(self._remind),
                on_close=guarded(self.close),
            ),
            MoveForm(on_submit=guarded(self._move), on_close=guarded(self.close)),
            SnoozeForm(on_submit=guarded(self._snooze), on_close=guarded(self.close)),
            UndoForm(on_submit=guarded(self._undo), on_close=guarded(self.close)),
            PostForm(on_submit=guarded(self._post), on_close=guarded(self.close)),
        )  # fmt: skip

    def actions(self) -> dict[str, Callable[[], None]]:
        """Returns what each button does, by its name in `Controls`."""
        return {
            "validate": self.validate, "by_hand": self.ask_hand, "switch": self.switch,
            "move": self.ask_move, "wake": self.wake, "undo": self.ask_undo,
            "snooze": self.ask_snooze, "mail": self.mail, "printing": self.print_letters,
            "post": self.ask_post,
        }  # fmt: skip

    def close(self) -> None:
        """Puts every form away."""
        self.forms.close()

    # --- which rows -------------------------------------------------------------------------
    def movable(self) -> list[str]:
        """Returns the ticked accounts whose date can be moved."""
        if self._view.mode not in {"leaving", "planned"}:
            return []
        rows = self._view.ticked(self._view.mode)
        return [account for row in rows["row_id"] if (account := account_of(str(row)))]

    def undoable(self) -> list[str]:
        """Returns what of the ticked rows can be taken back: reminders, or moved dates."""
        mode = self._view.mode
        if mode not in _UNDONE_BY:
            return []
        rows = self._view.ticked(mode)
        if mode == "planned":
            return _ids(rows, rows["move_id"] != "", key="move_id")
        return _ids(rows, rows[_UNDONE_BY[mode]])

    def to_post(self) -> list[str]:
        """Returns the ticked letters that a person posts; all of them when none is ticked."""
        rows = self._view.ticked("sent")
        rows = rows if len(rows) else self._view.rows("sent")
        return _ids(rows, rows["state"] == "to_post", key="letter_id")

    def mails(self) -> int:
        """Returns how many mails wait for the server."""
        return int((self._view.rows("sent")["state"] == "queued").sum())

    # --- at once ----------------------------------------------------------------------------
    def validate(self) -> None:
        """Lets the ticked letters leave."""
        board, rows = self._view.board, self._view.ticked("leaving")
        if rows.empty:
            raise ParameterError("aucune lettre n’est cochée")
        if not board.is_today:
            raise ParameterError("ce jour n’est pas venu : rien ne peut encore partir")
        row_ids = [str(row_id) for row_id in rows["row_id"]]
        self._slowly(lambda told: self._desk.validate(board, row_ids, progress=told))

    def switch(self) -> None:
        """Turns automatic generation on or off."""
        self._view.did(self._desk.set_automatic(on=not self._view.board.automatic))

    def wake(self) -> None:
        """Wakes the buildings of the ticked rows; of all of them when none is ticked."""
        rows = self._view.ticked("blocked")
        rows = rows if len(rows) else self._view.rows("blocked")
        told = [self._desk.wake(str(key)) for key in rows["building_id"].unique()]
        self._view.did(" ".join(told))

    def mail(self) -> None:
        """Sends the mails that wait."""
        self._slowly(lambda told: self._desk.mail(progress=told))

    def _slowly(self, action: Callable[[Progress], str]) -> None:
        """Does what takes a while; its button says how far it is, and is itself again after."""
        try:
            words = action(self._view.tell_progress)
        except BaseException:
            self._view.tell_buttons()
            raise
        self._view.did(words)

    def print_letters(self) -> None:
        """Hands one file with the letters to post to the browser."""
        found = self.to_post()
        if not found:
            raise ParameterError("aucune lettre n’est à poster")
        name = f"lettres-a-poster-{self._view.board.as_of.isoformat()}.pdf"
        self._page.download(name, self._desk.printed(found), mime="application/pdf")

    # --- in a form --------------------------------------------------------------------------
    def ask_move(self) -> None:
        """Asks to which day."""
        found = self.movable()
        if not found:
            raise ParameterError("cocher les comptes dont la date est à déplacer")
        self.forms.move.about(len(found))
        self.forms.open(self.forms.move)

    def _move(self) -> None:
        self._view.did(self._desk.move(self.movable(), to=self.forms.move.to.day()))

    def ask_hand(self) -> None:
        """Asks which account, which letter; the ticked row's when there is one."""
        mode = self._view.mode
        rows = self._view.ticked(mode) if mode in {"planned", "blocked"} else pd.DataFrame()
        if len(rows) == 1:
            row = rows.iloc[0]
            words = f"{row['code']} {row['holder']}".strip()
            self.forms.hand.about(words, str(row["account_id"]), kind=str(row["kind"]))
        self.forms.open(self.forms.hand)

    def _remind(self) -> None:
        form = self.forms.hand
        account_id, kind = str(form.account.value), str(form.kind.value)
        told = self._desk.remind(
            account_id, kind=kind, on=form.on.day(), bill=bool(form.bill.value)
        )
        self._view.did(told)

    def ask_snooze(self) -> None:
        """Asks which building, until when."""
        board = self._view.board
        names = zip(board.buildings["name"], board.buildings["building_id"], strict=True)
        form = self.forms.snooze
        form.offer(list(names), latest=board.latest_wake, chosen=board.building_id)
        self.forms.open(form)

    def _snooze(self) -> None:
        form = self.forms.snooze
        if not form.building.value:
            raise ParameterError("choisir l’immeuble à mettre en sommeil")
        self._view.did(self._desk.snooze(str(form.building.value), until=form.until.day()))

    def ask_undo(self) -> None:
        """Asks why."""
        found = self.undoable()
        if not found:
            raise ParameterError(
                "cocher une lettre générée qui n’est pas partie, ou une date déplacée"
            )
        self.forms.undo.about(len(found), moves=self._view.mode == "planned")
        self.forms.open(self.forms.undo)

    def _undo(self) -> None:
        self._view.did(self._desk.undo(self.undoable(), reason=self.forms.undo.asked()))

    def ask_post(self) -> None:
        """Asks on which day, and the number of a registered letter."""
        found = self.to_post()
        if not found:
            raise ParameterError("aucune lettre n’est à poster")
        self.forms.post.about(len(found), on=self._view.board.as_of)
        self.forms.open(self.forms.post)

    def _post(self) -> None:
        form = self.forms.post
        number = str(form.number.value).strip()
        self._view.did(self._desk.posted(self.to_post(), on=form.on.day(), number=number))


def _ids(rows: pd.DataFrame, kept: pd.Series, *, key: str = "row_id") -> list[str]:
    return [str(value) for value in rows.loc[kept.astype(bool), key]]
