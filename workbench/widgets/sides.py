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
from workbench.domain.money import AmountError, french_euros, parse_amount
from workbench.matching.pairing import Pair, Side, pair, remaining, spread
from workbench.pipeline import deciding, entering
from workbench.pipeline.allocating import allocate
from workbench.pipeline.deciding import Outcome
from workbench.pipeline.entering import DueWanted
from workbench.pipeline.two_sides import LEFT, RIGHT, TwoSides, two_sides
from workbench.widgets import sides_rows
from workbench.widgets.parts import HIDDEN, Notice, block, box, button, glyph, mark
from workbench.widgets.session import Session
from workbench.widgets.sides_due import DueForm
from workbench.widgets.table import Empty, Table, folded

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
        self._data: TwoSides | None = None
        self._searched: pd.Series[str] | None = None
        self._asked: tuple[str, ...] = ()
        self._cents: dict[int, int] = {}
        self._wrong: dict[int, str] = {}
        self._keeps = False
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
        for field in (self.everything, self.search):
            field.observe(lambda _change: self.notice.guard(self._draw), names="value")
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
            id_key="id",
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
        self._cents, self._wrong, self._keeps = {}, {}, False
        self._tell("", ())
        if self._data is None or len(self._data.holders) != len(data.holders):
            for side in (LEFT, RIGHT):
                self._make_table(side, several=len(data.holders) > 1)
        self.everything.value, self.search.value = False, ""
        self._data = data
        asked = data.rows[data.rows["name"].isin(self._asked)]
        self._cents = dict(zip(asked["item_id"], asked["open_cents"].tolist(), strict=True))
        self.notice.clear()
        self._draw()

    def _read(self, accounts: Sequence[str], movements: Sequence[str]) -> TwoSides:
        self._searched = None
        with self._session.reading() as ledger:
            return two_sides(
                ledger, accounts=accounts, movements=movements, as_of=self._session.as_of()
            )

    def _reread(self) -> None:
        """Reads again; what was chosen stays, as far as it is still open."""
        if self._data is None:
            return
        accounts = [holder.account_id for holder in self._data.holders]
        self._data = self._read(accounts, self._asked)
        rows = self._data.rows
        left = dict(zip(rows["item_id"], rows["open_cents"].tolist(), strict=True))
        self._cents = {
            item: min(cents, left[item]) for item, cents in self._cents.items() if item in left
        }
        self._wrong = {item: text for item, text in self._wrong.items() if item in left}

    def _join(self) -> None:
        """Adds another account of the building to both sides: a payment may be split."""
        if self._data is None or not self.other.value:
            return
        chosen = next((a for a, words in self._data.others if words == self.other.value), "")
        self.other.value = ""
        if not chosen:
            raise ParameterError("choisissez un compte de l’immeuble dans la liste")
        cents, accounts = dict(self._cents), [h.account_id for h in self._data.holders]
        self.open(accounts=[*accounts, chosen], movements=self._asked)
        self._cents = cents
        self._draw()

    # --- choosing --------------------------------------------------------------------------------

    def _check(self, item: int, *, checked: bool) -> None:
        self._wrong.pop(item, None)
        self._cents.pop(item, None)
        if checked:
            row = self._row(item)
            rest = self._sum(LEFT) - self._sum(RIGHT)
            cents = int(str(row["open_cents"]))
            # A due takes what is left to be given, if anything is.
            self._cents[item] = min(cents, rest) if row["side"] == RIGHT and rest > 0 else cents
        self._draw()

    def _type(self, item: int, text: str) -> None:
        row = self._row(item)
        self._wrong.pop(item, None)
        if not text.strip():
            self._cents.pop(item, None)
            self._draw()
            return
        try:
            cents = parse_amount(text)
            words = _unfit(cents, row)
        except AmountError as error:
            cents, words = 0, f"{row['what']}\u00a0: «\u00a0{text}\u00a0», {error}"
        if words:
            self._wrong[item] = text
            self._cents.pop(item, None)
        elif cents:
            self._cents[item] = cents
        else:
            self._cents.pop(item, None)
        self._draw()
        if words:
            raise ParameterError(words)

    def _clear(self) -> None:
        self._cents, self._wrong, self._keeps = {}, {}, False
        self._draw()

    def _spread(self) -> None:
        """Gives what is chosen on the left, else all of its own, to the oldest dues."""
        data = self._shown()
        rows = data.rows
        if not self._sum(LEFT):
            own = rows[(rows["side"] == LEFT) & rows["is_own"]]
            self._cents |= dict(zip(own["item_id"], own["open_cents"].tolist(), strict=True))
        right = rows[(rows["side"] == RIGHT) & ~rows["is_movement"]]
        opened = dict(zip(right["item_id"], right["open_cents"].tolist(), strict=True))
        given = spread(self._sum(LEFT), data.sides(RIGHT, opened), on=data.as_of)
        on_the_right = set(rows.loc[rows["side"] == RIGHT, "item_id"].tolist())
        kept = {item: cents for item, cents in self._cents.items() if item not in on_the_right}
        self._cents, self._wrong = kept | given, {}
        self._draw()

    def _toggle_keep(self) -> None:
        if not self._keeps and not self._rests(self._pairs()):
            raise ParameterError("aucun paiement coché n’a de reste à garder")
        self._keeps = not self._keeps
        self._draw()

    def _to_form(self) -> None:
        self.form.focus()

    # --- writing ---------------------------------------------------------------------------------

    def _write(self) -> None:
        data = self._shown()
        if self._wrong:
            raise ParameterError("corrigez d’abord les montants encadrés")
        chosen = {
            side: [(each.item, each.cents) for each in data.sides(side, self._cents)]
            for side in (LEFT, RIGHT)
        }
        try:
            with self._session.writing() as ledger:
                outcome = allocate(
                    ledger, left=chosen[LEFT], right=chosen[RIGHT],
                    keep_for=data.holders[0].account_id if self._keeps else "",
                    as_of=data.as_of, actor=self._session.actor, at=self._session.now(),
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
        rows = self._shown().rows
        added = rows[rows["name"] == outcome.identifier]
        self._cents |= dict(zip(added["item_id"], added["open_cents"].tolist(), strict=True))
        words = f"{' '.join(added['what'])}, {french_euros(abs(wanted.amount_cents))}"
        self._tell(f"Échéance ajoutée et cochée\u00a0: {words}.", (outcome.identifier,))
        self._draw()

    def _after(self, outcome: Outcome) -> None:
        self._cents, self._wrong, self._keeps = {}, {}, False
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

    def _shown(self) -> TwoSides:
        if self._data is None:
            raise ParameterError("aucun compte n’est ouvert")
        return self._data

    def _row(self, item: int) -> Mapping[str, object]:
        rows = self._shown().rows
        found = rows[rows["item_id"] == item]
        if found.empty:
            raise ParameterError("cette ligne n’est plus là")
        return {str(name): value for name, value in found.iloc[0].to_dict().items()}

    def _sum(self, side: str) -> int:
        rows = self._shown().rows
        own = set(rows.loc[rows["side"] == side, "item_id"].tolist())
        return sum(cents for item, cents in self._cents.items() if item in own)

    def _pairs(self) -> tuple[Pair, ...]:
        data = self._shown()
        return pair(data.sides(LEFT, self._cents), data.sides(RIGHT, self._cents), on=data.as_of)

    def _rests(self, pairs: Sequence[Pair]) -> list[Side]:
        """What of the chosen payments settles nothing."""
        data = self._shown()
        moved = set(data.rows.loc[data.rows["is_movement"], "item_id"].tolist())
        left = remaining(data.sides(LEFT, self._cents), pairs)
        return [side for side in left if side.item in moved]

    def _tell(self, words: str, last: tuple[str, ...]) -> None:
        """Says what was written, with its undoing; nothing moves: the line is always there."""
        self._last = last
        self.told.value = join(glyph("●"), words).markup if words else ""
        mark(self.undo, HIDDEN, on=not last)

    def _draw(self) -> None:
        data = self._shown()
        pairs = self._pairs()
        rests = self._rests(pairs)
        self._keeps = self._keeps and bool(rests)
        self.head.value = _heading(data).markup
        self.figures.value = sides_rows.figures(self._sum(LEFT), self._sum(RIGHT)).markup
        kept = rests if self._keeps else []
        keep_for = f"{data.holders[0].code} {data.holders[0].holder}".strip()
        self.written.value = sides_rows.preview(data, pairs, kept, keep_for=keep_for).markup
        total = sum(side.cents for side in rests)
        self.keep.description = (
            "Ne pas garder le reste" if self._keeps
            else f"Garder {french_euros(total)} en compte" if total
            else "Garder le reste en compte"
        )  # fmt: skip
        self.keep.disabled = not rests
        self.write.disabled = bool(self._wrong) or not (pairs or kept)
        for side in (LEFT, RIGHT):
            self._draw_side(side)
        words = tuple(words for _, words in data.others)
        if self.other.options != words:
            self.other.options = words
        self.form.show(data)

    def _draw_side(self, side: str) -> None:
        data = self._shown()
        several = len(data.holders) > 1
        # Twenty thousand movements are looked at by columns, the few that are listed by rows.
        rows = data.rows[data.rows["side"] == side]
        chosen = rows["item_id"].isin([*self._cents, *self._wrong])
        if not self.everything.value:
            rows = rows[rows["is_own"] | chosen]
        listed = sides_rows.shown(self._found(rows, chosen), self._cents, self._wrong)
        table = self.tables[side]
        table.show(
            listed, empty=_EMPTY[side], total=sides_rows.totals(listed, several=several),
            page=table.page,
        )  # fmt: skip

    def _found(self, rows: pd.DataFrame, chosen: "pd.Series[bool]") -> pd.DataFrame:
        """Keeps what was searched, and what is ticked: a sum is never hidden."""
        asked = folded(self.search.value.strip())
        if not asked:
            return rows
        if self._searched is None:
            self._searched = sides_rows.searched(self._shown().rows)
        fits = self._searched.loc[rows.index].str.contains(asked, regex=False)
        return rows[fits | chosen.loc[rows.index]]


def _unfit(cents: int, row: Mapping[str, object]) -> str:
    """Returns why an amount is not one of a row, "" when it is."""
    opened = int(str(row["open_cents"]))
    if cents < 0:
        return f"{row['what']}\u00a0: un montant affecté est positif"
    if cents > opened:
        return (
            f"{row['what']}\u00a0: {french_euros(cents)} dépassent ce qui est ouvert, "
            f"{french_euros(opened)}"
        )
    return ""


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
