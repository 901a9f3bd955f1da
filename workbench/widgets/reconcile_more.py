"""Beside the case: what was decided lately, several proposals at once, and the keys.

Views: they show what they are given and say what was pointed at. Read no ledger.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

import pandas as pd

from workbench.documents.html import Html, el, french_count, join
from workbench.domain.dates import french_date
from workbench.domain.money import french_amount, french_euros
from workbench.pipeline.desk import RECENT_SHOWN
from workbench.pipeline.recent_decisions import RecentDecision
from workbench.widgets.parts import block, box, button
from workbench.widgets.table import Cell, Column, Empty, Row, Table

_VERBS: Final = {
    "accept": "accepté", "link": "rapproché", "reject": "rejeté", "undo": "↩ annulation",
    "set_aside": "écarté", "on_account": "mis en compte", "add_due": "échéance ajoutée",
    "cancel": "↩ annulation", "check": "contrôlé",
}  # fmt: skip
_TOGETHER: Final = (
    "Tout ce qui est accepté est montré ici. Ce qui diffère par le montant, ou peut être de "
    "plusieurs comptes, se décide un par un."
)
KEYS: Final = (
    ("↑ ↓", "mouvement précédent, suivant"), ("1 … 5", "proposition"), ("Entrée", "accepter"),
    ("R", "rejeter"), ("C", "chercher un autre compte"), ("T", "répartir"),
    ("E", "ajouter une échéance"), ("P", "mettre en compte"), ("I", "écarter"),
    ("Z", "annuler la dernière décision"), ("/", "chercher un mouvement"), ("Échap", "revenir"),
    ("?", "montrer ou cacher les touches"),
)  # fmt: skip


class RecentView:
    """What was last decided, each with its undoing.

    Attributes:
        widget: what to display.
        table: the decisions.
    """

    def __init__(
        self, *, on_undo: Callable[[str, str], None], guard: Callable[[Callable[[], None]], None]
    ) -> None:
        """Makes an empty view.

        Args:
            on_undo: called with what to undo, and what it is about.
            guard: runs each event and shows its error in place.
        """
        self._on_undo = on_undo
        self._known: dict[str, RecentDecision] = {}
        self.table = Table(
            (
                Column(key="at", label="Dernières décisions", sortable=False, width="150px",
                       write=lambda row: str(row["when"])),
                Column(key="about", label="", sortable=False, write=_about),
                Column(key="amount_cents", label="", kind="amount", sortable=False, width="90px",
                       write=lambda row: french_amount(int(row["amount_cents"]))
                       if row["amount_cents"] else ""),
                Column(key="verb", label="", sortable=False, width="120px",
                       write=lambda row: str(row["verb"])),
                Column(key="undo", label="", kind="link", sortable=False, width="70px",
                       write=lambda row: "Annuler" if row["undo_id"] else ""),
            ),
            label="Dernières décisions", id_key="key", sort_key="at", descending=True,
            page_size=RECENT_SHOWN, on_open=self._open, guard=guard,
        )  # fmt: skip
        self.widget = box(self.table, cls=("wb-recent",))

    def show(self, decisions: Sequence[RecentDecision], *, actor: str) -> None:
        """Shows decisions, the last one first.

        Args:
            decisions: a few.
            actor: who looks: he is "vous".
        """
        self._known = {str(one.seq): one for one in decisions}
        rows = [
            {
                "key": str(one.seq), "at": one.seq, "amount_cents": one.amount_cents,
                "when": f"{_moment(one.at)}, {'vous' if one.actor == actor else one.actor}",
                "about": one.about, "verb": _VERBS.get(one.action, one.action),
                "undo_id": one.undo_id, "gone": not one.undo_id and one.action != "undo",
            }
            for one in decisions
        ]  # fmt: skip
        frame = pd.DataFrame(rows, columns=["key", "at", "amount_cents", "when", "about", "verb",
                                            "undo_id", "gone"])  # fmt: skip
        self.table.show(frame, empty=Empty(title="Aucune décision récente dans cet immeuble."))

    def _open(self, key: str) -> None:
        one = self._known[key]
        self._on_undo(one.undo_id, one.about)


def _about(row: Row) -> Cell:
    return {"text": row["about"], "strike": bool(row["gone"]), "title": row["about"]}


def _moment(at: str) -> str:
    local = datetime.fromisoformat(at).astimezone()
    return f"{local:%d/%m} {local:%H:%M}"


class ClassView:
    """Proposals of one evidence class, to be looked at and accepted together.

    Attributes:
        widget: what to display.
        classes: a button for each class.
        table: the proposals of the chosen one, all of them.
        accept, back: the buttons.
    """

    def __init__(
        self,
        *,
        on_accept: Callable[[pd.DataFrame], None],
        on_back: Callable[[], None],
        guard: Callable[[Callable[[], None]], None],
    ) -> None:
        """Makes an empty view.

        Args:
            on_accept: called with the rows shown.
            on_back: leaves it.
            guard: runs each event and shows its error in place.
        """
        self._guard = guard
        self._rows: dict[str, pd.DataFrame] = {}
        self._holders: dict[str, str] = {}
        self._name = ""
        self.title = block()
        self.classes = box(cls=("wb-pills",))
        self.table = Table(
            (
                Column(key="booked_on", label="Date", width="84px",
                       write=lambda row: french_date(row["booked_on"].date())),
                Column(key="payer", label="Payeur", strong=True,
                       write=lambda row: {"text": row["payer"], "title": row["label"]}),
                Column(key="account_id", label="Compte proposé", write=self._account),
                Column(key="open_cents", label="Montant (€)", kind="amount", width="110px",
                       write=lambda row: french_amount(int(row["open_cents"]), plus=True)),
            ),
            label="Propositions de cette catégorie", id_key="movement_id", sort_key="booked_on",
            page_size=100, guard=guard,
        )  # fmt: skip
        self.accept = button("", lambda: guard(lambda: on_accept(self._rows[self._name])))
        self.back = button("Revenir", lambda: guard(on_back), cls="wb-link")
        self.widget = box(
            box(self.title, self.classes, cls=("wb-class-head",)),
            box(self.table, cls=("wb-scroll",)),
            box(self.accept, self.back, cls=("wb-actions",)),
            cls=("wb-panel", "wb-flush", "wb-class"),
        )

    def show(self, rows: Mapping[str, pd.DataFrame], accounts: pd.DataFrame) -> None:
        """Shows the classes that have proposals, the first of them open.

        Args:
            rows: class in words to its proposals.
            accounts: of the building, for their names.
        """
        self._rows = dict(rows)
        names = zip(accounts["account_id"], accounts["code"], accounts["holder"], strict=True)
        self._holders = {key: f"{code} {holder}" for key, code, holder in names}
        self.classes.children = [
            button(f"{name} {len(frame)}", self._chooser(name), cls="wb-pill")
            for name, frame in self._rows.items()
        ]
        self._choose(next(iter(self._rows), ""))

    def _chooser(self, name: str) -> Callable[[], None]:
        return lambda: self._guard(lambda: self._choose(name))

    def _choose(self, name: str) -> None:
        self._name = name
        frame = self._rows.get(name, pd.DataFrame({"movement_id": []}))
        total = french_euros(int(frame["open_cents"].abs().sum())) if len(frame) else ""
        title = f"Accepter par catégorie\u00a0: {name}" if name else "Accepter par catégorie"
        self.title.value = join(
            el("h2", title),
            el("p", _TOGETHER, cls="wb-sub"),
        ).markup
        self.accept.description = f"Accepter {_count(len(frame))}, {total}" if total else "Accepter"
        self.accept.disabled = not len(frame)
        self.table.show(frame, empty=Empty(title="Aucune proposition ne peut être groupée."))

    def _account(self, row: Row) -> Cell:
        name = self._holders.get(str(row["account_id"]), str(row["account_id"]))
        return {"text": name, "title": name}


def _count(number: int) -> str:
    return f"{french_count(number)} proposition{'s' if number > 1 else ''}"


def help_panel() -> Html:
    """Returns the list of keys."""
    pairs = [el("div", el("kbd", key), f" {words}") for key, words in KEYS]
    return join(el("h2", "Touches"), el("div", *pairs, cls="wb-keys"))
