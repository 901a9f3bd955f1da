"""The one interactive table. Python sorts, searches and pages; the browser shows one page.

Rows are told by stable ids, never by their position: after a sort a position is another row. See
`table.js` for the other half. Not for print, nor for listings nobody clicks (`documents.html`).
"""

import unicodedata
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import anywidget
import pandas as pd
import traitlets

_HERE: Final = Path(__file__).parent

Kind = Literal["text", "link", "amount", "number", "date", "state"]
Cell = str | dict[str, object]
Row = Mapping[Hashable, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column.

    Attributes:
        key: column of the frame it sorts by.
        label: header, with its unit: `Dû (€)`.
        kind: `amount` and `number` stand right; a `link` opens the row.
        write: makes the cell from a row of the frame: a text, or a mapping with `text` and any of
            `glyph`, `tone` ("alert", "quiet"), `detail`, `title`, `strike`, `bar` (0 to 1).
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
    empty_title = traitlets.Unicode().tag(sync=True)
    empty_text = traitlets.Unicode().tag(sync=True)
    empty_action = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        label: str,
        id_key: str,
        sort_key: str,
        descending: bool = False,
        page_size: int = 12,
        on_open: Callable[[str], None] | None = None,
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
            on_empty: called by the button of an empty table.
            guard: runs each event and shows its error in place.
        """
        self._columns = tuple(columns)
        self._id_key = id_key
        self._page_size = page_size
        self._on_open = on_open
        self._on_empty = on_empty
        self._guard = guard or (lambda action: action())
        self._frame = pd.DataFrame({id_key: []})
        self._total: list[str] = []
        super().__init__(
            label=label,
            columns=[column.described() for column in columns],
            sort_key=sort_key,
            descending=descending,
            opens=on_open is not None,
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
        self._frame = frame
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
            self.sort_key = key
            self._draw(1)

    def turn(self, page: int) -> None:
        """Shows another page."""
        with self.hold_sync():
            self._draw(page)

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
            # Only what is shown can be opened: an id is a visitor's word.
            if any(row["id"] == opened for row in self.rows):
                self._guard(lambda: self._open(opened))
        elif kind == "empty" and self._on_empty is not None:
            self._guard(self._on_empty)

    def _open(self, row_id: str) -> None:
        self.selected = row_id
        if self._on_open is not None:
            self._on_open(row_id)


def folded(text: str) -> str:
    """Returns `text` as a French reader sorts and searches it: no case, no accents."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def _folded(values: pd.Series) -> pd.Series:
    """The sorting key of a column: texts folded, everything else as it is."""
    return values.map(folded) if values.dtype == "str" else values
