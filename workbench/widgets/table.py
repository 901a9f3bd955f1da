"""The one interactive table. Python sorts, searches and pages; the browser shows one page.

Rows are told by stable ids, never by their position: after a sort a position is another row. See
`table.js` for the other half. Not for print, nor for listings nobody clicks (`documents.html`).
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import anywidget
import pandas as pd
import traitlets

from workbench.pipeline.searching import plain_texts

_HERE: Final = Path(__file__).parent
# No amount is longer, and a visitor's text is not carried further than it has to be.
_LONGEST_ENTRY: Final = 40

Kind = Literal["text", "link", "amount", "number", "date", "state", "check", "entry", "strength"]
Cell = str | dict[str, object]
Row = Mapping[Hashable, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Attributes:
        key: column of the frame it sorts by.
        label: header, with its unit: `Dû (€)`.
        kind: `amount` and `number` stand right; a `link` opens the row; a `check` is a box to
            tick, an `entry` an amount to type; a `strength` is a dot on a line.
        write: makes the cell from a row of the frame: a text, or a mapping with `text` and any of
            `glyph`, `tone` ("alert", "quiet"), `detail`, `title`, `strike`, `bar` (0 to 1), `under`
            (second line, its tone `under_tone`), `number` (in a circle before it); of a strength
            `at`, `zero` and `threshold` (0 to 1); of a box `checked`; of a box or an entry `label`
            (what it is, for those who hear it), `disabled` and `invalid` (what is wrong with it).
        sortable: the header is a button.
        largest_first: first direction when its header is pressed.
        bar: a bar beside the value, from the cell's `bar`.
        strong: bold.
        width: CSS width, "" to let the browser choose.
    """

    key: str
    label: str
    write: Callable[[Row], Cell]
    kind: Kind = "text"
    sortable: bool = True
    largest_first: bool = False
    bar: bool = False
    strong: bool = False
    width: str = ""

    def described(self) -> dict[str, object]:
        """Returns what the browser needs to know."""
        return {
            "key": self.key,
            "label": self.label,
            "kind": self.kind,
            "sortable": self.sortable,
            "bar": self.bar,
            "strong": self.strong,
            "width": self.width,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty:
    """What an empty table says: what is so, and the next step.

    Attributes:
        title: bold, a whole sentence.
        text: after it.
        action: words of a button; "" for none.
    """

    title: str
    text: str = ""
    action: str = ""


class Table(anywidget.AnyWidget):
    """A page of rows, sortable, with totals; every event comes back with a row's id.

    Attributes:
        label: name of the table, for those who hear it.
        columns, rows, total: what is shown, as texts.
        sort_key, descending: the sort mark.
        page, pages: from 1.
        first: position of the first shown row among all.
        count: rows after the filters.
        selected: id of the row to come back to.
        opens: rows can be opened.
        chooses: one row is the chosen one, which clicks and arrows change.
        chosen: its id, "" while none is.
        marks: what was searched: shown where it is found in the cells.
    """

    _esm = _HERE / "table.js"

    label = traitlets.Unicode().tag(sync=True)
    columns: traitlets.List[Any] = traitlets.List().tag(sync=True)
    rows: traitlets.List[Any] = traitlets.List().tag(sync=True)
    total: traitlets.List[Any] = traitlets.List().tag(sync=True)
    sort_key = traitlets.Unicode().tag(sync=True)
    descending = traitlets.Bool().tag(sync=True)
    page = traitlets.Int(1).tag(sync=True)
    pages = traitlets.Int(1).tag(sync=True)
    first = traitlets.Int(0).tag(sync=True)
    count = traitlets.Int(0).tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)
    opens = traitlets.Bool().tag(sync=True)
    chooses = traitlets.Bool().tag(sync=True)
    chosen = traitlets.Unicode().tag(sync=True)
    marks = traitlets.Unicode().tag(sync=True)
    empty_title = traitlets.Unicode().tag(sync=True)
    empty_text = traitlets.Unicode().tag(sync=True)
    empty_action = traitlets.Unicode().tag(sync=True)

    def __init__(  # noqa: PLR0913 - everything that can be done to a row
        self,
        columns: Sequence[Column],
        *,
        label: str,
        id_key: str,
        sort_key: str,
        descending: bool = False,
        page_size: int = 12,
        on_open: Callable[[str], None] | None = None,
        on_choose: Callable[[str], None] | None = None,
        on_check: Callable[[str, str, bool], None] | None = None,
        on_entry: Callable[[str, str, str], None] | None = None,
        on_empty: Callable[[], None] | None = None,
        guard: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        """Makes an empty table.

        Args:
            columns: left to right.
            label: name of the table.
            id_key: column of the frame that tells a row from another.
            sort_key: column it is sorted by at first.
            descending: its direction at first.
            page_size: rows of a page.
            on_open: called with a row's id.
            on_choose: called with the id of the row that becomes the chosen one.
            on_check: called with a row's id, the column's key, and whether the box is ticked.
            on_entry: called with a row's id, the column's key and the text as it was typed.
            on_empty: called by the button of an empty table.
            guard: runs each event and shows its error in place.
        """
        self._columns = tuple(columns)
        self._id_key = id_key
        self._page_size = page_size
        self._on_open = on_open
        self._on_choose = on_choose
        self._on_check = on_check
        self._on_entry = on_entry
        self._on_empty = on_empty
        self._guard = guard or (lambda action: action())
        self._frame = pd.DataFrame({id_key: []})
        self._order: pd.DataFrame | None = None
        self._total: list[str] = []
        super().__init__(
            label=label,
            columns=[column.described() for column in columns],
            sort_key=sort_key,
            descending=descending,
            opens=on_open is not None,
            chooses=on_choose is not None,
        )
        self.on_msg(self.receive)

    def show(
        self, frame: pd.DataFrame, *, empty: Empty, total: Sequence[str] = (), page: int = 1
    ) -> None:
        """Shows a frame's page, in the chosen order.

        Args:
            frame: every row after the filters; only the shown page reaches the browser.
            empty: what to say when it has no row.
            total: texts of the total line, one a column; none for no line.
            page: from 1; the nearest one that exists.
        """
        self._frame, self._order = frame, None
        self._total = list(total)
        with self.hold_sync():
            self.empty_title, self.empty_text, self.empty_action = (
                empty.title, empty.text, empty.action,
            )  # fmt: skip
            self._draw(page)

    def sort(self, key: str) -> None:
        """Sorts by a column; by the same one again, the other way round."""
        column = next((c for c in self._columns if c.key == key and c.sortable), None)
        if column is None:
            return
        with self.hold_sync():
            self.descending = not self.descending if key == self.sort_key else column.largest_first
            self.sort_key, self._order = key, None
            self._draw(1)

    def turn(self, page: int) -> None:
        """Shows another page."""
        with self.hold_sync():
            self._draw(page)

    def rows_in_order(self) -> pd.DataFrame:
        """Returns every row after the filters, as the visitor has sorted them."""
        return self._ordered()

    def choose(self, row_id: str) -> None:
        """Makes a row the chosen one and turns to its page; "" chooses none. Calls nothing."""
        with self.hold_sync():
            self.chosen = row_id
            place = self._place(row_id)
            if place is not None and place // self._page_size != self.page - 1:
                self._draw(place // self._page_size + 1)

    def step(self, by: int) -> None:
        """Chooses the row so many places further, if there is one; the first when none was."""
        ordered = self._ordered()
        place = self._place(self.chosen)
        target = 0 if place is None else place + by  # 0 stays: the chosen row is told again
        if 0 <= target < len(ordered):
            self._choose(str(ordered[self._id_key].iloc[target]))

    def _place(self, row_id: str) -> int | None:
        found = (self._ordered()[self._id_key] == row_id).to_numpy().nonzero()[0]
        return int(found[0]) if len(found) else None

    def _choose(self, row_id: str) -> None:
        self.choose(row_id)
        if self._on_choose is not None:
            self._on_choose(row_id)

    def _draw(self, page: int) -> None:
        ordered = self._ordered()
        self.count = len(ordered)
        self.pages = max(1, -(-len(ordered) // self._page_size))
        self.page = max(1, min(page, self.pages))
        self.first = (self.page - 1) * self._page_size
        shown = ordered.iloc[self.first : self.first + self._page_size]
        self.rows = [
            {
                "id": str(row[self._id_key]),
                "cells": [column.write(row) for column in self._columns],
            }
            for row in shown.to_dict("records")
        ]
        self.total = self._total

    def _ordered(self) -> pd.DataFrame:
        if self._order is None:
            self._order = self._sorted()
        return self._order

    def _sorted(self) -> pd.DataFrame:
        if self._frame.empty:
            return self._frame
        # Missing values stay last in both directions, equal ones in the frame's own order.
        return self._frame.sort_values(
            self.sort_key,
            ascending=not self.descending,
            kind="stable",
            na_position="last",
            key=_folded,
        )

    def receive(self, _widget: object, message: dict[str, Any], _buffers: object) -> None:
        """Acts on what the browser says; what it may not say does nothing."""
        kind, value = message.get("kind"), message
        if kind == "sort":
            self._guard(lambda: self.sort(str(value.get("key"))))
        elif kind == "page" and isinstance(value.get("page"), int):
            self._guard(lambda: self.turn(int(value["page"])))
        elif kind == "open" and self._on_open is not None:
            opened = str(value.get("id"))
            if self._is_shown(opened):
                self._guard(lambda: self._open(opened))
        elif kind == "choose" and self._is_shown(str(value.get("id"))):
            self._guard(lambda: self._choose(str(value["id"])))
        elif kind == "step" and value.get("by") in (-1, 1):
            self._guard(lambda: self.step(int(value["by"])))
        elif kind in ("check", "entry"):
            self._fill_in(str(kind), value)
        elif kind == "empty" and self._on_empty is not None:
            self._guard(self._on_empty)

    def _is_shown(self, row_id: str) -> bool:
        """Only what is shown can be acted on: an id is a visitor's word."""
        return any(row["id"] == row_id for row in self.rows)

    def _fill_in(self, kind: str, message: Mapping[str, Any]) -> None:
        """Passes on what was ticked or typed; the rows come back as Python then draws them."""
        row_id, key = str(message.get("id")), str(message.get("key"))
        if not self._is_shown(row_id):
            return
        if not any(column.key == key and column.kind == kind for column in self._columns):
            return
        checked, text = message.get("checked"), message.get("text")
        on_check, on_entry = self._on_check, self._on_entry
        if kind == "check" and on_check is not None and isinstance(checked, bool):
            self._guard(lambda: on_check(row_id, key, checked))
        elif kind == "entry" and on_entry is not None and isinstance(text, str):
            self._guard(lambda: on_entry(row_id, key, text[:_LONGEST_ENTRY]))

    def _open(self, row_id: str) -> None:
        self.selected = row_id
        if self._on_open is not None:
            self._on_open(row_id)


def _folded(values: pd.Series) -> pd.Series:
    """The sorting key of a column: texts folded, everything else as it is."""
    return plain_texts(values) if values.dtype == "str" else values
