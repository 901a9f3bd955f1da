"""The right side of Rapprocher: one movement, what differs, its accounts, why, and its dues.

A view: it shows a `Desk`'s case and says what was pointed at. Reads no ledger.
"""

from collections.abc import Callable
from typing import Final

import pandas as pd

from workbench.documents.html import Html, el, join, masked_iban
from workbench.documents.waterfall import waterfall_svg, weight_words
from workbench.domain.dates import french_date
from workbench.domain.money import french_amount, french_euros
from workbench.pipeline.case import Case, CaseDue, Proposed
from workbench.pipeline.searching import found, searchable
from workbench.widgets.field import Field
from workbench.widgets.parts import HIDDEN, block, box, button, glyph, is_hidden, mark
from workbench.widgets.reconcile_wording import sentence
from workbench.widgets.table import Cell, Column, Empty, Row, Table

_NONE: Final = Empty(title="Aucun compte proposé.", action="Chercher un compte")
# Width of the reasons' words and bars, px: together with the values they fill the panel.
_LABELS, _BARS = 196, 84
_FOUND_AT_ONCE: Final = 40
# The line of strengths ends here, times the threshold: past it stronger is no surer.
_SCALE: Final = 2.5
_SEARCHED: Final = ("code", "account_id", "holder", "aliases", "lots")


class CaseView:
    """One movement to decide on.

    Attributes:
        widget: what to display.
        head: who paid, when, how much, and what differs.
        proposals: the accounts, by their place from "0"; "-1" is the one that was searched.
        find, found: the search for another account, in the proposals' place.
        why: the reasons of the chosen account.
        dues, dues_foot: what would be settled, and what it leaves.
    """

    def __init__(
        self,
        *,
        on_propose: Callable[[int], None],
        on_search: Callable[[str], None],
        on_tick: Callable[[int, bool], None],
        on_add: Callable[[], None],
        guard: Callable[[Callable[[], None]], None],
    ) -> None:
        """Makes an empty view.

        Args:
            on_propose: called with the place of an account, from 0.
            on_search: called with the identifier of an account that was searched.
            on_tick: called with a due's item, and whether it is to be settled.
            on_add: adds a due that does not exist yet.
            guard: runs each event and shows its error in place.
        """
        self._accounts = pd.DataFrame({"account_id": [], "text": []}, dtype="str")
        self.head = block(cls=("wb-panel", "wb-case-head"))
        self.proposals = Table(
            _proposal_columns(), label="Comptes proposés", id_key="place", sort_key="place",
            page_size=20, on_choose=lambda place: on_propose(int(place)),
            on_empty=self.start_search, guard=guard,
        )  # fmt: skip
        self.proposals.add_class("wb-proposals")
        self.find = Field(
            label="Chercher un compte de l’immeuble", guard=guard,
            placeholder="Nom, numéro de compte ou lot", on_type=lambda _text: self._find(),
            on_enter=self._take_first, on_down=lambda: self.found.step(0),
        )  # fmt: skip
        self.found = Table(
            _account_columns(), label="Comptes trouvés", id_key="account_id", sort_key="holder",
            page_size=_FOUND_AT_ONCE, on_choose=on_search, guard=guard,
        )  # fmt: skip
        self.other = button("Chercher un autre compte (C)", lambda: guard(self.start_search),
                            cls="wb-link")  # fmt: skip
        self.back = button("Revenir aux comptes proposés", lambda: guard(self.end_search),
                           cls="wb-link")  # fmt: skip
        self._proposed = box(
            box(self.proposals, cls=("wb-scroll",)),
            box(block("Aucun de ceux-là\u00a0?"), self.other, cls=("wb-panel-foot",)),
            cls=("wb-case-accounts",),
        )
        self._searching = box(
            box(self.find, self.back, cls=("wb-find",)), box(self.found, cls=("wb-scroll",)),
            cls=("wb-case-accounts", HIDDEN),
        )  # fmt: skip
        self.why = block(cls=("wb-panel", "wb-case-why"))
        self.dues_title = block()
        self.add = button("Ajouter (E)", lambda: guard(on_add), cls="wb-link")
        self.dues = Table(
            _due_columns(), label="Échéances", id_key="item_id", sort_key="order", page_size=100,
            on_check=lambda item, _key, on: on_tick(int(item), on), guard=guard,
        )  # fmt: skip
        self.dues_foot = block(cls=("wb-case-leaves",))
        self.widget = box(
            self.head,
            box(self._proposed, self._searching, cls=("wb-panel", "wb-flush")),
            box(
                self.why,
                box(
                    box(self.dues_title, self.add, cls=("wb-dues-head",)),
                    box(self.dues, cls=("wb-scroll",)), self.dues_foot,
                    cls=("wb-panel", "wb-flush", "wb-case-dues"),
                ),
                cls=("wb-case-proof",),
            ),
            cls=("wb-case",),
        )  # fmt: skip

    def know(self, accounts: pd.DataFrame) -> None:
        """Takes the building's accounts, for the search."""
        self._accounts = accounts.assign(text=searchable(accounts, *_SEARCHED))

    @property
    def searching(self) -> bool:
        """Whether the search for another account is open."""
        return is_hidden(self._proposed)

    def start_search(self) -> None:
        """Opens the search for another account, in the proposals' place."""
        self.find.clear()
        self._find()
        mark(self._proposed, HIDDEN, on=True)
        mark(self._searching, HIDDEN, on=False)
        self.find.take_focus()

    def end_search(self) -> None:
        """Shows the proposals again."""
        mark(self._searching, HIDDEN, on=True)
        mark(self._proposed, HIDDEN, on=False)

    def _find(self) -> None:
        rows = self._accounts[found(self._accounts["text"], self.find.value)]
        self.found.marks = self.find.value
        empty = Empty(title="Aucun compte de cet immeuble ne correspond.")
        self.found.choose("")
        self.found.show(rows, empty=empty)

    def _take_first(self) -> None:
        self.found.choose("")
        self.found.step(0)

    def show_case(self, case: Case) -> None:
        """Shows a movement and its accounts."""
        self.end_search()
        self.head.value = _head(case).markup
        self._show_proposals(case, case.proposals)

    def _show_proposals(self, case: Case, proposals: tuple[Proposed, ...]) -> None:
        rows = [_proposal_row(place, one, case) for place, one in enumerate(proposals)]
        frame = pd.DataFrame(rows, columns=list(_PROPOSAL_KEYS)).astype({"place": "str"})
        self.proposals.show(frame, empty=_NONE)

    def show_account(
        self, case: Case, proposed: Proposed | None, *, place: int, can_tick: bool
    ) -> None:
        """Shows why an account, and what is open of it.

        Args:
            case: the movement.
            proposed: the account; None where there is none.
            place: its place among the proposals, -1 for one that was searched.
            can_tick: its dues can be chosen.
        """
        if place < 0 and proposed is not None:
            self.end_search()
            self._show_proposals(case, (proposed,))
        elif len(self.proposals.rows) != len(case.proposals):
            self._show_proposals(case, case.proposals)
        self.proposals.choose(str(max(place, 0)) if proposed else "")
        self.why.value = _why(proposed).markup
        self._can_tick = can_tick

    def show_plan(self, dues: tuple[CaseDue, ...], plan: dict[int, int], leaves: str) -> None:
        """Shows which dues will be settled, and what that leaves."""
        rows = [
            {
                "item_id": str(due.item_id), "order": place, "due_on": due.due_on,
                "words": due.words, "kind": due.kind, "open_cents": due.open_cents,
                "plan_cents": plan.get(due.item_id, 0), "can_tick": self._can_tick,
                "account": due.account_id,
            }
            for place, due in enumerate(dues)
        ]  # fmt: skip
        frame = pd.DataFrame(rows, columns=list(_DUE_KEYS))
        settled = sum(plan.values())
        owed = sum(due.open_cents for due in dues)
        total = ["", "", "Total (€)", french_amount(owed), french_amount(settled),
                 french_amount(max(owed - settled, 0))]  # fmt: skip
        title = "Échéances réglées" if self._can_tick else "Ce qui est concerné"
        self.dues_title.value = el("h2", title, cls="wb-panel-title").markup
        self.dues.show(frame, empty=Empty(title="Rien d’ouvert ici."), total=total)
        self.dues_foot.value = el("p", leaves).markup if leaves else ""

    def clear(self, title: str, words: str) -> None:
        """Shows that there is nothing to decide on."""
        self.end_search()
        self.head.value = join(
            el("p", el("strong", title), cls="wb-case-line"), el("p", words, cls="wb-quiet")
        ).markup
        self.proposals.show(pd.DataFrame({"place": []}), empty=Empty(title=""))
        self.why.value = ""
        self.dues.show(pd.DataFrame({"item_id": []}), empty=Empty(title=""))
        self.dues_title.value = self.dues_foot.value = ""


def _head(case: Case) -> Html:
    """Who paid, how much, the bank's words, then what differs."""
    came = "reçu" if case.amount_cents > 0 else "versé"
    said = [f"{came} le {french_date(case.booked_on)}"]
    if case.counterparty_iban:
        said.append(f"IBAN {masked_iban(case.counterparty_iban)}")
    if case.open_cents not in (0, case.amount_cents):
        said.append(f"reste {french_euros(abs(case.open_cents))}")
    who = case.payer or "Payeur non nommé"
    line = el(
        "div",
        el("div", el("strong", who, cls="wb-case-who"), el("span", f" · {' · '.join(said)}",
           cls="wb-quiet"), cls="wb-case-name"),
        el("b", french_euros(case.amount_cents, plus=True), cls="wb-case-amount"),
        cls="wb-case-line",
    )  # fmt: skip
    tone = "wb-differs wb-differs-alert" if case.is_alarming else "wb-differs"
    sign = glyph("▲", tone="wb-alert") if case.is_alarming else None
    differs = el("div", sign, el("strong", f"{case.bold}\u00a0: "), case.differs, cls=tone,
                 title=case.differs)  # fmt: skip
    return join(line, el("div", case.label, cls="wb-case-label", title=case.label), differs)


def _why(proposed: Proposed | None) -> Html:
    if proposed is None:
        words = "Rien ne désigne un compte. Chercher par nom, numéro ou lot."
        return join(el("h2", "Pourquoi"), el("p", words))
    title = el("h2", f"Pourquoi {proposed.code}".strip())
    if proposed.drawn is None:
        return join(title, el("p", sentence(proposed.speaks_for or "sans calcul")))
    return join(title, waterfall_svg(proposed.drawn, labels=_LABELS, bars=_BARS))


_PROPOSAL_KEYS: Final = (
    "place", "account", "lots", "speaks_for", "speaks_against", "at", "zero", "threshold", "total",
)  # fmt: skip


def _proposal_row(place: int, proposed: Proposed, case: Case) -> dict[str, object]:
    """One account as a row; strengths are brought to one scale for all of them."""
    totals = [one.total for one in case.proposals if one.total is not None]
    low = min([0.0, *totals])
    high = case.threshold * _SCALE
    span = high - low or 1.0

    def share(value: float | None) -> float | None:
        return None if value is None else (value - low) / span

    return {
        "place": place,
        "account": f"{proposed.code} {proposed.holder}".strip(),
        "lots": f"lots {proposed.lots}" if "," in proposed.lots else
                f"lot {proposed.lots}" if proposed.lots else "",
        "speaks_for": proposed.speaks_for,
        "speaks_against": proposed.speaks_against,
        "at": share(proposed.total),
        "zero": share(0.0),
        "threshold": share(case.threshold),
        "total": "–" if proposed.total is None else weight_words(proposed.total),
    }  # fmt: skip


def _proposal_columns() -> tuple[Column, ...]:
    return (
        Column(
            key="account", label="Compte proposé", sortable=False, strong=True, width="32%",
            write=lambda row: {
                "text": row["account"], "number": str(int(row["place"]) + 1), "under": row["lots"],
                "title": row["account"],
            },
        ),
        Column(
            key="why", label="Pourquoi, pourquoi pas", sortable=False,
            write=lambda row: {
                "text": row["speaks_for"], "under": row["speaks_against"], "under_tone": "alert",
                "title": f"{row['speaks_for']}\n{row['speaks_against']}".strip(),
            },
        ),
        Column(key="strength", label="Force, seuil ┆", kind="strength", sortable=False,
               width="112px", write=_strength),
        Column(key="total", label="Total", kind="number", sortable=False, strong=True,
               width="58px", write=lambda row: str(row["total"])),
    )  # fmt: skip


def _strength(row: Row) -> Cell:
    return {"text": "", "at": row["at"], "zero": row["zero"], "threshold": row["threshold"]}


def _account_columns() -> tuple[Column, ...]:
    return (
        Column(key="code", label="Compte", width="30%", write=lambda row: str(row["code"])),
        Column(key="holder", label="Titulaire", strong=True, write=lambda row: str(row["holder"])),
        Column(key="lots", label="Lots", width="25%", write=lambda row: str(row["lots"])),
    )


_DUE_KEYS: Final = (
    "item_id", "order", "due_on", "words", "kind", "open_cents", "plan_cents", "can_tick",
    "account",
)  # fmt: skip


def _due_columns() -> tuple[Column, ...]:
    return (
        Column(key="tick", label="", kind="check", sortable=False, width="36px", write=_tick),
        Column(key="due_on", label="Date", sortable=False, width="70px",
               write=lambda row: french_date(row["due_on"])),
        Column(key="words", label="Nature", sortable=False,
               write=lambda row: {"text": row["words"], "title": row["words"]}),
        Column(key="open_cents", label="Ouvert", kind="amount", sortable=False, width="60px",
               write=lambda row: french_amount(int(row["open_cents"]))),
        Column(key="plan_cents", label="Réglé", kind="amount", sortable=False, width="60px",
               write=lambda row: french_amount(int(row["plan_cents"])) if row["plan_cents"]
               else "–"),
        Column(key="left_cents", label="Reste", kind="amount", sortable=False, width="60px",
               write=lambda row: french_amount(
                   max(int(row["open_cents"]) - int(row["plan_cents"]), 0))),
    )  # fmt: skip


def _tick(row: Row) -> Cell:
    return {
        "text": "", "checked": bool(row["plan_cents"]), "disabled": not row["can_tick"],
        "label": f"Régler {row['words']}",
    }  # fmt: skip
