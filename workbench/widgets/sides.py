"""Répartir: what reduces on the left, what is owed on the right, and what will be written.

The remainder stands on top, always. Nothing is written before it is shown; what was written can be
undone from here. Every button is one function of `pipeline`.

Source: DOMAIN D3 to D7; UI, screen 2.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import ipywidgets
import pandas as pd

from workbench.documents.html import Html, el, join
from workbench.domain.errors import DecisionRefusedError, ParameterError
from workbench.domain.money import french_euros
from workbench.pipeline import deciding, entering
from workbench.pipeline.allocating import allocate
from workbench.pipeline.deciding import Outcome
from workbench.pipeline.entering import DueWanted
from workbench.pipeline.searching import found
from workbench.pipeline.two_sides import LEFT, RIGHT, TwoSides, two_sides
from workbench.widgets import sides_rows
from workbench.widgets.parts import HIDDEN, Notice, block, box, button, glyph, mark
from workbench.widgets.session import Session
from workbench.widgets.sides_choice import Choice
from workbench.widgets.sides_due import DueForm
from workbench.widgets.table import Empty, Table

_PAGE: Final = {LEFT: 6, RIGHT: 9}
_TITLES: Final = {
    LEFT: ("Ce qui réduit", "paiements reçus, remises, avoirs, remboursements dus"),
    RIGHT: ("Ce qui est dû", "loyers, charges, frais, paiements sortants"),
}
_EMPTY: Final = {
    LEFT: Empty(
        title="Rien ne réduit la dette de ce compte.",
        text="Montrez tous les mouvements de l’immeuble, ou ajoutez une remise.",
    ),
    RIGHT: Empty(
        title="Rien n’est ouvert sur ce compte.",
        text="Ajoutez une échéance, ou gardez le paiement en compte.",
    ),
}
_HELP: Final = (
    "Un reste à gauche peut être gardé en compte. Un reste à droite demeure dû. "
    "Rien n’est passé en perte."
)


class SidesView:
    """The two sides of an account, or of several of one building.

    Attributes:
        widget: what to display.
        tables: of the `left` and of the `right`.
        back, clear, oldest, keep, write, undo, everything, search, other: buttons and fields.
        form: adds a due.
        keys: what the page's keys do while this screen is shown (`Page.listen`).
        notice: where errors are told.
    """

    def __init__(
        self,
        session: Session,
        *,
        on_back: Callable[[], None],
        on_done: Callable[[Outcome], None] | None = None,
        back_words: str = "Revenir aux mouvements",
    ) -> None:
        """Builds the screen, empty.

        Args:
            session: the ledger and who works.
            on_back: leaves it.
            on_done: called after something was written or undone, with the lists read again.
            back_words: of the button that leaves.
        """
        self._session = session
        self._on_done = on_done
        self._choice: Choice | None = None
        self._searched: pd.Series[str] | None = None
        self._asked: tuple[str, ...] = ()
        self._last: tuple[str, ...] = ()
        self.notice = Notice()
        run = self.notice.guarded
        self.back = button(back_words, run(on_back), cls="wb-link")
        self.clear = button("Tout vider", run(self._clear))
        self.oldest = button("Répartir au plus ancien", run(self._spread))
        self.keep = button("Garder le reste en compte", run(self._toggle_keep))
        self.write = button("Rapprocher", run(self._write))
        self.undo = button("Annuler", run(self._undo), cls="wb-link")
        self.everything = ipywidgets.ToggleButton(description="Tous les mouvements de l’immeuble")
        self.everything.add_class("wb-pill")
        self.search = ipywidgets.Text(placeholder="Chercher", continuous_update=False)
        self.search.add_class("wb-search")
        self.other = ipywidgets.Combobox(placeholder="Ajouter un compte", ensure_option=True)
        self.other.add_class("wb-other")
        self.everything.observe(lambda _change: self.notice.guard(self._look), names="value")
        self.search.observe(lambda _change: self.notice.guard(self._draw), names="value")
        self.other.observe(lambda _change: self.notice.guard(self._join), names="value")
        self.write.add_class("wb-primary")
        self.form = DueForm(on_add=self._add, guard=self.notice.guard)
        self.tables: dict[str, Table] = {}
        self._slots: dict[str, ipywidgets.Box] = {}
        self.head, self.figures, self.told, self.written = (block() for _ in range(4))
        self.widget = self._layout()
        self.keys: Mapping[str, Callable[[], None]] = {
            "Enter": run(self._write), "E": run(self._to_form), "P": run(self._toggle_keep),
            "Z": run(self._undo),
        }  # fmt: skip

    def _layout(self) -> ipywidgets.Box:
        for side in (LEFT, RIGHT):
            self._slots[side] = box(cls=("wb-slot",))
            self._make_table(side, several=False)
        bar = box(
            self.figures,
            block(el("p", _HELP, cls="wb-sub")),
            box(self.clear, self.oldest, self.keep, self.write, cls=("wb-acts",)),
            cls=("wb-panel", "wb-remains"),
        )
        tools = box(self.search, self.everything, self.other, cls=("wb-sides-tools",))
        said = box(self.notice, self.told, self.undo, cls=("wb-said",))
        left = box(
            box(_panel_title(LEFT), self._slots[LEFT], cls=("wb-panel", "wb-flush", "wb-left")),
            box(self.written, cls=("wb-panel", "wb-flush", "wb-preview")),
            cls=("wb-half",),
        )
        right = box(
            box(
                _panel_title(RIGHT), self._slots[RIGHT], self.form.widget,
                cls=("wb-panel", "wb-flush", "wb-right-side"),
            ),
            cls=("wb-half",),
        )  # fmt: skip
        return box(
            box(box(self.head, self.back, cls=("wb-head",)), said, cls=("wb-top",)),
            box(bar, tools, box(left, right, cls=("wb-halves",)), cls=("wb-body",)),
            cls=("wb-sides",),
        )

    def _make_table(self, side: str, *, several: bool) -> None:
        self.tables[side] = Table(
            sides_rows.columns(side, several=several),
            label=_TITLES[side][0],
            id_key="item_id",
            sort_key="on",
            page_size=_PAGE[side],
            on_check=lambda item, _key, checked: self._check(int(item), checked=checked),
            on_entry=lambda item, _key, text: self._type(int(item), text),
            guard=self.notice.guard,
        )
        self._slots[side].children = (self.tables[side],)

    # --- reading ---------------------------------------------------------------------------------

    def open(self, *, accounts: Sequence[str], movements: Sequence[str] = ()) -> None:
        """Reads accounts and shows them; the movements it is opened for are ticked.

        Args:
            accounts: of one building.
            movements: identifiers.

        Raises:
            ParameterError: an account that is unknown, or two buildings.
        """
        data = self._read(accounts, movements)
        self._asked = tuple(movements)
        self._tell("", ())
        several = len(data.holders) > 1
        if self._choice is None or (len(self._choice.data.holders) > 1) != several:
            for side in (LEFT, RIGHT):
                self._make_table(side, several=several)
        self.everything.value, self.search.value = False, ""
        self._choice = Choice(data)
        self._choice.take(self._asked)
        self.notice.clear()
        self._draw()

    def _read(self, accounts: Sequence[str], movements: Sequence[str]) -> TwoSides:
        self._searched = None
        with self._session.reading() as ledger:
            return two_sides(
                ledger, accounts=accounts, movements=movements, as_of=self._session.as_of(),
                everything=self.everything.value,
            )  # fmt: skip

    def _reread(self) -> None:
        """Reads again; what was chosen stays, as far as it is still open."""
        choice = self._chosen()
        accounts = [holder.account_id for holder in choice.data.holders]
        choice.look_at(self._read(accounts, [*self._asked, *choice.movements()]))

    def _look(self) -> None:
        """Shows the other movements of the building too, or no longer."""
        if self._choice is None:
            return
        if self.everything.value and not self._choice.data.everything:
            self._reread()
        self._draw()

    def _join(self) -> None:
        """Adds another account of the building to both sides: a payment may be split."""
        if self._choice is None or not self.other.value:
            return
        data, before = self._choice.data, self._choice
        chosen = next((a for a, words in data.others if words == self.other.value), "")
        self.other.value = ""
        if not chosen:
            raise ParameterError("choisissez un compte de l’immeuble dans la liste")
        accounts = [*(holder.account_id for holder in data.holders), chosen]
        self.open(accounts=accounts, movements=[*self._asked, *before.movements()])
        self._chosen().cents = before.cents
        self._draw()

    # --- choosing --------------------------------------------------------------------------------

    def _check(self, item: int, *, checked: bool) -> None:
        self._chosen().check(item, checked=checked)
        self._draw()

    def _type(self, item: int, text: str) -> None:
        try:
            self._chosen().type(item, text)
        finally:
            # What is wrong is framed, and said.
            self._draw()

    def _clear(self) -> None:
        self._chosen().clear()
        self._draw()

    def _spread(self) -> None:
        self._chosen().spread()
        self._draw()

    def _toggle_keep(self) -> None:
        self._chosen().toggle_keep()
        self._draw()

    def _to_form(self) -> None:
        self.form.focus()

    # --- writing ---------------------------------------------------------------------------------

    def _write(self) -> None:
        choice = self._chosen()
        if choice.wrong:
            raise ParameterError("corrigez d’abord les montants encadrés")
        keep_for = choice.data.holders[0].account_id if choice.keeps else ""
        try:
            with self._session.writing() as ledger:
                outcome = allocate(
                    ledger, left=choice.amounts(LEFT), right=choice.amounts(RIGHT),
                    keep_for=keep_for, as_of=choice.data.as_of, actor=self._session.actor,
                    at=self._session.now(),
                )  # fmt: skip
        except DecisionRefusedError:
            # Somebody decided meanwhile: what is left now is shown beside what was asked.
            self._reread()
            self._draw()
            raise
        self._after(outcome)

    def _add(self, wanted: DueWanted) -> None:
        with self._session.writing() as ledger:
            outcome = entering.add_due(
                ledger, wanted, as_of=self._session.as_of(), actor=self._session.actor,
                at=self._session.now(),
            )  # fmt: skip
        if not outcome.done:
            raise ParameterError(outcome.words)
        self._reread()
        choice = self._chosen()
        choice.take([outcome.identifier])
        added = choice.data.rows[choice.data.rows["name"] == outcome.identifier]
        words = f"{' '.join(added['what'])}, {french_euros(abs(wanted.amount_cents))}"
        self._tell(f"Échéance ajoutée et cochée\u00a0: {words}.", (outcome.identifier,))
        self._draw()

    def _after(self, outcome: Outcome) -> None:
        self._chosen().clear()
        self._reread()
        words = outcome.words
        # One link of each decision: undoing one undoes its whole decision.
        self._tell(f"{words[:1].upper()}{words[1:]}.", outcome.allocation_ids)
        self._draw()
        if self._on_done is not None:
            self._on_done(outcome)

    def _undo(self) -> None:
        """Takes back what this screen wrote last."""
        if not self._last:
            raise ParameterError("rien à annuler ici depuis l’ouverture de cet écran")
        with self._session.writing() as ledger:
            # The latest first: what is kept was made after the links.
            outcomes = deciding.undo(
                ledger, list(reversed(self._last)), actor=self._session.actor,
                at=self._session.now(), reason="annulé depuis la répartition",
            )  # fmt: skip
        self._reread()
        self._tell("Annulé\u00a0: tout est comme avant.", ())
        self._draw()
        if self._on_done is not None:
            self._on_done(outcomes[0])

    # --- showing ---------------------------------------------------------------------------------

    def _chosen(self) -> Choice:
        if self._choice is None:
            raise ParameterError("aucun compte n’est ouvert")
        return self._choice

    def _tell(self, words: str, last: tuple[str, ...]) -> None:
        """Says what was written, with its undoing; nothing moves: the line is always there."""
        self._last = last
        self.told.value = join(glyph("●"), words).markup if words else ""
        mark(self.undo, HIDDEN, on=not last)

    def _draw(self) -> None:
        choice = self._chosen()
        data, pairs = choice.data, choice.pairs()
        rests = choice.rests(pairs)
        choice.keeps = choice.keeps and bool(rests)
        self.head.value = _heading(data).markup
        self.figures.value = sides_rows.figures(choice.total(LEFT), choice.total(RIGHT)).markup
        kept = rests if choice.keeps else []
        keep_for = f"{data.holders[0].code} {data.holders[0].holder}".strip()
        self.written.value = sides_rows.preview(data, pairs, kept, keep_for=keep_for).markup
        total = sum(side.cents for side in rests)
        self.keep.description = (
            "Ne pas garder le reste" if choice.keeps
            else f"Garder {french_euros(total)} en compte" if total
            else "Garder le reste en compte"
        )  # fmt: skip
        self.keep.disabled = not rests
        self.write.disabled = bool(choice.wrong) or not (pairs or kept)
        for side in (LEFT, RIGHT):
            self._draw_side(choice, side)
        words = tuple(words for _, words in data.others)
        if self.other.options != words:
            self.other.options = words
        self.form.show(data)

    def _draw_side(self, choice: Choice, side: str) -> None:
        several = len(choice.data.holders) > 1
        # Twenty thousand movements are looked at by columns, the few that are shown by rows.
        rows = choice.data.rows[choice.data.rows["side"] == side]
        chosen = rows["item_id"].isin([*choice.cents, *choice.wrong])
        if not self.everything.value:
            rows = rows[rows["is_own"] | chosen]
        listed = sides_rows.shown(self._found(rows, chosen), choice.cents, choice.wrong)
        table = self.tables[side]
        table.show(
            listed, empty=_EMPTY[side], total=sides_rows.totals(listed, several=several),
            page=table.page,
        )  # fmt: skip

    def _found(self, rows: pd.DataFrame, chosen: "pd.Series[bool]") -> pd.DataFrame:
        """Keeps what was searched, and what is ticked: a sum is never hidden."""
        if not self.search.value.strip():
            return rows
        if self._searched is None:
            self._searched = sides_rows.searched(self._chosen().data.rows)
        fits = found(self._searched.loc[rows.index], self.search.value)
        return rows[fits | chosen.loc[rows.index]]


def _panel_title(side: str) -> ipywidgets.HTML:
    title, subtitle = _TITLES[side]
    return block(
        el("div", el("h2", title), "\u00a0 ", el("span", subtitle, cls="wb-sub"),
           cls="wb-panel-title")
    )  # fmt: skip


def _heading(data: TwoSides) -> Html:
    first = data.holders[0]
    name = " ".join(part for part in (first.code, first.holder) if part)
    more = len(data.holders) - 1
    others = f" et {more} autre{'s' if more > 1 else ''}" if more else ""
    told = [data.building, f"lot {first.lots}" if first.lots and not more else ""]
    return join(
        el("h1", "Répartir", cls="wb-title"),
        el("b", f"{name}{others}", cls="wb-subject-name"),
        el("span", " · ".join(part for part in told if part), cls="wb-meta"),
    )
