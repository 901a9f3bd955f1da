"""The list on the left of Rapprocher: what is to reconcile, by state, searchable, calm.

A row that was decided stays where it was, marked, until the list is asked for anew: nothing moves
under the hand. Reads no ledger.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from workbench.domain.money import french_amount
from workbench.pipeline.missing_words import WorkState
from workbench.pipeline.reconciliation_queue import ReconciliationQueue
from workbench.pipeline.searching import found
from workbench.widgets.field import Field
from workbench.widgets.parts import block, box, button, mark
from workbench.widgets.table import Cell, Column, Empty, Row, Table

PAGE_SIZE: Final = 10
_EVERY: Final = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A state's shape, its word in the filters, and whether it alarms."""

    glyph: str
    word: str
    tone: str = ""


MARKS: Final[Mapping[str, Mark]] = {
    WorkState.DIFFERENT: Mark("▲", "Écarts", "alert"),
    WorkState.TO_IDENTIFY: Mark("○", "À identifier"),
    WorkState.PROPOSED: Mark("◇", "Proposés", "accent"),
    WorkState.PARTIAL: Mark("◐", "Partiels"),
    WorkState.TO_CHECK: Mark("□", "À contrôler"),
}


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a row: the shape, and the words under the name."""

    glyph: str
    words: str


class QueueList:
    """The movements to reconcile.

    Attributes:
        widget: what to display.
        search: the field.
        filters: a button for each state, and "" for all.
        table: the movements.
        state: the chosen state, "" for all.
    """

    def __init__(
        self,
        *,
        on_choose: Callable[[str], None],
        on_empty: Callable[[], None],
        on_together: Callable[[], None],
        guard: Callable[[Callable[[], None]], None],
    ) -> None:
        """Makes an empty list.

        Args:
            on_choose: called with a movement's identifier.
            on_empty: called by the button of an empty list.
            on_together: called by the button that accepts several at once.
            guard: runs each event and shows its error in place.
        """
        self._queue: ReconciliationQueue | None = None
        self._period = ""
        self._shown: set[int] = set()
        self._facts: dict[str, Mapping[str, Any]] = {}
        self._settled: dict[str, Settled] = {}
        self._empty = Empty(title="Rien à montrer.")
        self.state = _EVERY
        self.search = Field(
            label="Chercher dans les mouvements", hint="/", on_type=lambda _text: self._filter(),
            placeholder="Chercher un nom, un libellé, un montant", guard=guard,
            on_enter=lambda: self.table.step(0), on_down=lambda: self.table.step(0),
        )  # fmt: skip
        self.search.add_class("wb-search")
        self.filters = {
            state: button("", self._chooser(state, guard), cls="wb-pill")
            for state in (_EVERY, *MARKS)
        }
        self.table = Table(
            (
                Column(key="booked_on", label="Date", write=self._day, largest_first=True),
                Column(key="payer", label="Payeur, ce qui manque", write=self._payer, strong=True),
                Column(
                    key="amount_cents", label="Montant (€)", kind="amount", largest_first=True,
                    write=lambda row: french_amount(int(row["amount_cents"]), plus=True),
                ),
            ),
            label="Mouvements à rapprocher", id_key="movement_id", sort_key="booked_on",
            descending=True, page_size=PAGE_SIZE, on_choose=on_choose, on_empty=on_empty,
            guard=guard,
        )  # fmt: skip
        self.table.add_class("wb-queue")
        pills = box(*self.filters.values(), cls=("wb-pills",))
        self.foot = block()
        self.together = button("Accepter par catégorie", lambda: guard(on_together), cls="wb-link")
        self.widget = box(
            box(self.search, cls=("wb-queue-search",)), pills,
            box(self.table, cls=("wb-queue-rows",)),
            box(self.foot, self.together, cls=("wb-queue-foot",)),
            cls=("wb-panel", "wb-flush", "wb-queue-panel"),
        )  # fmt: skip

    def show(self, queue: ReconciliationQueue, *, period: str, empty: Empty) -> None:
        """Shows a month of a queue anew, what was decided before left out.

        Args:
            queue: what is to reconcile.
            period: `2026-10`; "" for every month, then days have their year.
            empty: what to say when there is nothing.
        """
        self._queue, self._period, self._empty = queue, period, empty
        mark(self.table, "wb-wide", on=not period)
        self._show_anew(page=1)

    def update(self, queue: ReconciliationQueue, settled: Mapping[str, Settled]) -> None:
        """Shows the same rows as they now are, each in its place.

        Args:
            queue: as it is now.
            settled: what became of movements that are no longer to reconcile.
        """
        self._queue = queue
        self._settled |= settled
        self._settled = {
            name: told
            for name, told in self._settled.items()
            if self._facts[name]["item_id"] not in queue.rows
        }
        if any(
            item not in self._shown and self._is_of_month(queue.rows[item])
            for item in queue.changed & queue.rows.keys()
        ):
            # Something that was not in the list waits again.
            self._show_anew(page=self.table.page)
            return
        for item in queue.changed & queue.rows.keys():
            self._facts[queue.rows[item]["movement_id"]] = queue.rows[item]
        self.table.turn(self.table.page)
        self._tell_counts()

    def next_after(self, movement_id: str) -> str:
        """Returns the next movement to decide on, in the order shown; "" when there is none.

        After the last one comes the first one that was passed over.
        """
        shown = self.table.rows_in_order()
        names, items = shown["movement_id"].tolist(), shown["item_id"].tolist()
        start = names.index(movement_id) + 1 if movement_id in names else 0
        places = [*range(start, len(names)), *range(start)]
        return next((names[n] for n in places if items[n] in self._live), "")

    def facts_of(self, movement_id: str) -> Mapping[str, Any]:
        """Returns what is known of a movement: its row as it now is, or last was."""
        return self._facts[movement_id]

    def clear_filters(self) -> None:
        """Shows every state, and searches nothing."""
        self.search.clear()
        self.state = _EVERY
        self._filter()

    @property
    def is_filtered(self) -> bool:
        """Whether a state is chosen or something is searched."""
        return bool(self.state or self.search.value)

    def _chooser(
        self, state: str, guard: Callable[[Callable[[], None]], None]
    ) -> Callable[[], None]:
        def choose() -> None:
            self.state = state
            self._filter()

        return lambda: guard(choose)

    def _filter(self) -> None:
        """Another choice of rows: those decided meanwhile are left out."""
        self._show_anew(page=1)

    @property
    def _live(self) -> Mapping[int, Mapping[str, Any]]:
        return self._queue.rows if self._queue else {}

    def _is_of_month(self, row: Mapping[str, Any]) -> bool:
        return not self._period or row["period"] == self._period

    def _show_anew(self, *, page: int) -> None:
        """Reads the rows out of the queue, filters and draws them."""
        if self._queue is None:
            return
        self._settled = {}
        self._facts = {row["movement_id"]: row for row in self._live.values()}
        rows = self._queue.as_frame(period=self._period)
        self._shown = set(rows["item_id"].tolist())
        if self.state:
            rows = rows[rows["state"] == self.state]
        shown = rows[found(rows["text"], self.search.value)]
        empty = self._empty
        if self.is_filtered:
            empty = Empty(title="Aucun mouvement pour ces filtres.", action="Retirer les filtres")
        self.table.marks = self.search.value
        self.table.show(shown, empty=empty, page=page)
        hidden = len(self._shown) - len(shown)
        self.foot.value = f"{hidden} masqués par les filtres" if hidden else ""
        self._tell_counts()

    def _tell_counts(self) -> None:
        month = self._period
        rows = self._live.values()
        counts = Counter([row["state"] for row in rows if not month or row["period"] == month])
        for state, pill in self.filters.items():
            count = counts[state] if state else counts.total()
            sign = MARKS[state] if state else Mark("", "Tous")
            pill.description = f"{sign.glyph} {sign.word} {count}".strip()
            mark(pill, "mod-active", on=state == self.state)
            mark(pill, "wb-none", on=not count)

    def _now(self, row: Row) -> tuple[Mapping[Any, Any], Settled | None]:
        """Returns a row as it now is, and what became of it where it no longer waits."""
        live = self._live.get(row["item_id"])
        if live is not None:
            return live, None
        return row, self._settled.get(str(row["movement_id"]), Settled("●", "décidé ailleurs"))

    def _day(self, row: Row) -> Cell:
        now, settled = self._now(row)
        day = f"{now['booked_on']:%d/%m}" if self._period else f"{now['booked_on']:%d/%m/%Y}"
        if settled:
            return {"text": day, "glyph": settled.glyph, "tone": "quiet"}
        sign = MARKS[str(now["state"])]
        return {"text": day, "glyph": sign.glyph, "glyph_tone": sign.tone, "title": sign.word}

    def _payer(self, row: Row) -> Cell:
        now, settled = self._now(row)
        cell: dict[str, object] = {"text": now["payer"], "title": now["label"]}
        if settled:
            return cell | {"under": settled.words, "tone": "quiet"}
        tone = "alert" if now["state"] == WorkState.DIFFERENT else ""
        return cell | {"under": now["missing"], "under_tone": tone}
