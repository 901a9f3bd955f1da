"""The lists of the reminders' screen: what leaves, who is next, what left, why the others wait."""

from collections.abc import Callable
from typing import Final

import pandas as pd

from workbench.documents.html import french_count
from workbench.domain.dates import french_date
from workbench.domain.money import french_amount
from workbench.domain.policies import FORMAL_NOTICE, SIMPLE
from workbench.widgets.parts import HIDDEN, box, mark
from workbench.widgets.reminder_board import MODES
from workbench.widgets.reminder_wording import SENT_STATES, channel_words, type_words
from workbench.widgets.table import Cell, Column, Empty, Kind, Row, Table

ROWS: Final = 9
"""Rows of a page: the same height for every list."""
_TALL_ROWS: Final = 6
"""Rows of a page where each has two lines."""
_SHAPES: Final = {SIMPLE: "▭", FORMAL_NOTICE: "▬"}
Guard = Callable[[Callable[[], None]], None]

LABELS: Final = {
    "leaving": "Partent ce jour",
    "planned": "Ensuite",
    "sent": "Générées",
    "blocked": "Bloquées",
}


class Lists:
    """The four lists, of which one is seen.

    Attributes:
        widget: what to display.
        tables: by mode.
    """

    def __init__(
        self,
        *,
        is_checked: Callable[[str], bool],
        on_check: Callable[[str, bool], None],
        on_open: Callable[[str], None],
        on_empty: Callable[[], None],
        guard: Guard,
    ) -> None:
        """Builds them, empty.

        Args:
            is_checked: whether a row is ticked.
            on_check: a row was ticked, or not.
            on_open: a row's letter is asked for.
            on_empty: the button of an empty list.
            guard: runs each event.
        """
        check = Column(
            key="row_id", label="", kind="check", sortable=False, width="34px",
            write=lambda row: _check(row, is_checked(str(row["row_id"]))),
        )  # fmt: skip
        self.tables = {
            mode: Table(
                (check, *columns), label=LABELS[mode], id_key="row_id", sort_key=sort_key,
                descending=mode == "sent", on_open=on_open,
                page_size=_TALL_ROWS if mode == "blocked" else ROWS,
                on_check=lambda row_id, _key, ticked: on_check(row_id, ticked),
                on_empty=on_empty, guard=guard,
            )
            for mode, (sort_key, columns) in _columns().items()
        }  # fmt: skip
        self._places = {
            mode: box(table, cls=("wb-place", f"wb-place-{mode}"))
            for mode, table in self.tables.items()
        }
        self.widget = box(*self._places.values(), cls=("wb-fixed",))

    def show(self, mode: str, rows: pd.DataFrame, *, empty: Empty, page: int = 1) -> None:
        """Shows the rows of a list, with their total, in place of the list that was seen."""
        for name, place in self._places.items():
            mark(place, HIDDEN, on=name != mode)
        table = self.tables[mode]
        total = [""] * len(table.columns)
        keys = [column["key"] for column in table.columns]
        # What was taken back claims nothing.
        kept = rows[rows["state"] != "cancelled"]
        total[1] = f"Total {french_count(len(kept))}"
        total[keys.index("amount_cents")] = french_amount(int(kept["amount_cents"].sum()))
        table.show(rows, empty=empty, total=total, page=page)


def reasons_table(*, on_open: Callable[[str], None], guard: Guard) -> Table:
    """Returns the list of what is blocked, one row a reason."""
    return Table(
        (
            Column(key="title", label="Raison", kind="link", sortable=False, write=_reason),
            Column(
                key="count", label="Comptes", kind="number", largest_first=True,
                write=lambda row: french_count(int(row["count"])), width="66px",
            ),
            Column(
                key="amount_cents", label="Dû (€)", kind="amount", largest_first=True,
                write=lambda row: french_amount(int(row["amount_cents"])), width="88px",
            ),
        ),
        label="Bloquées ce jour-là", id_key="group", sort_key="amount_cents", descending=True,
        page_size=6, on_open=on_open, guard=guard,
    )  # fmt: skip


def show_reasons(table: Table, reasons: pd.DataFrame) -> None:
    """Shows the reasons and their sums."""
    total = [
        "Total",
        french_count(int(reasons["count"].sum())),
        french_amount(int(reasons["amount_cents"].sum())),
    ]
    table.show(reasons, empty=Empty(title="Rien n’est bloqué ce jour-là."), total=total)


class Ticks:
    """Which rows are ticked. In the list of what leaves every row is, until a person unticks it."""

    def __init__(self) -> None:
        self._touched: dict[str, set[str]] = {mode: set() for mode in MODES}

    def is_ticked(self, mode: str, row_id: str) -> bool:
        """Tells whether a row is ticked."""
        return (row_id in self._touched[mode]) != (mode == "leaving")

    def tick(self, mode: str, row_id: str, *, ticked: bool) -> None:
        """Ticks a row, or not."""
        if ticked != self.is_ticked(mode, row_id):
            self._touched[mode] ^= {row_id}

    def clear(self, mode: str, rows: pd.DataFrame) -> None:
        """Unticks every row of a list."""
        self._touched[mode] = set(rows["row_id"]) if mode == "leaving" else set()

    def ticked(self, mode: str, rows: pd.DataFrame) -> pd.DataFrame:
        """Returns the ticked rows among these."""
        touched = rows["row_id"].isin(list(self._touched[mode]))
        return rows[~touched] if mode == "leaving" else rows[touched]


def _columns() -> dict[str, tuple[str, tuple[Column, ...]]]:
    """Every list's sort and its columns after the box."""
    account = Column(key="code", label="Compte", kind="link", width="24%", write=_account)
    building = Column(
        key="building", label="Immeuble", width="14%",
        write=lambda row: _quiet(row["building"]),
    )  # fmt: skip
    letter = Column(key="kind", label="Lettre", write=_letter, width="128px")
    owed = Column(
        key="amount_cents", label="Dû (€)", kind="amount", largest_first=True, width="80px",
        write=lambda row: french_amount(int(row["amount_cents"])),
    )  # fmt: skip
    channel = Column(
        key="channel", label="Envoi", width="76px",
        write=lambda row: _quiet(channel_words(str(row["channel"]))),
    )  # fmt: skip
    day = Column(key="planned_on", label="Le", width="88px", write=_planned)
    on = Column(
        key="on", label="Le", largest_first=True, width="84px", write=lambda row: _day(row["on"])
    )
    since = _words("since_words", "Pourquoi ce jour")
    why = _words("why", "Pourquoi pas")
    state = Column(key="state", label="État", write=_state)
    return {
        "leaving": ("code", (account, building, letter, owed, since, channel)),
        "planned": ("planned_on", (account, building, letter, owed, day, since)),
        "sent": ("on", (account, letter, owed, on, state, channel)),
        "blocked": ("code", (account, letter, owed, why)),
    }


def _words(key: str, label: str, kind: Kind = "text") -> Column:
    return Column(key=key, label=label, kind=kind, write=lambda row: _quiet(str(row[key] or "")))


def _check(row: Row, ticked: bool) -> Cell:  # noqa: FBT001 - a cell's value
    name = f"Cocher {row['code']} {row['holder']}".strip()
    return {"checked": ticked, "label": name}


def _account(row: Row) -> Cell:
    text = f"{row['code']} {row['holder']}".strip()
    return {"text": text, "title": text}


def _letter(row: Row) -> Cell:
    kind = str(row["kind"])
    cell: dict[str, object] = {
        "glyph": _SHAPES.get(kind, "▱"), "glyph_tone": "accent", "text": type_words(kind),
    }  # fmt: skip
    if row.get("waits"):
        cell |= {"glyph": "◇", "detail": "à valider"}
    return cell


def _state(row: Row) -> Cell:
    state = SENT_STATES[str(row["state"])]
    cell: dict[str, object] = {"glyph": state.glyph, "text": state.word, "title": str(row["words"])}
    if state.tone != "ink":
        cell["glyph_tone"] = state.tone
    if str(row["state"]) == "cancelled":
        cell["strike"] = True
    return cell


def _reason(row: Row) -> Cell:
    return {
        "glyph": "■", "glyph_tone": "alert", "text": str(row["title"]),
        "detail": str(row["detail"]), "title": str(row["detail"]),
    }  # fmt: skip


def _quiet(text: str) -> Cell:
    return {"text": text or "–", "tone": "quiet", "title": text}


def _planned(row: Row) -> Cell:
    moved = _day(row["moved_from"])
    cell: dict[str, object] = {"text": _day(row["planned_on"])}
    return cell if moved == "–" else cell | {"glyph": "→", "title": f"déplacée du {moved}"}


def _day(moment: object) -> str:
    return french_date(moment.date()) if isinstance(moment, pd.Timestamp) else "–"
