"""The reminders' screen laid out: its fields, buttons and lists, without any behaviour."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import ipywidgets

from workbench.documents.html import el, join
from workbench.widgets.page import Page
from workbench.widgets.parts import HIDDEN, Notice, block, box, button
from workbench.widgets.reminder_board import MODES
from workbench.widgets.reminder_forms import Forms
from workbench.widgets.reminder_reading import LetterReader
from workbench.widgets.reminder_tables import LABELS, Lists
from workbench.widgets.table import Table

ALL_BUILDINGS: Final = ("Tous les immeubles", "")
Actions = Mapping[str, Callable[[], None]]


class Controls:
    """Everything that can be pressed, typed or read.

    Attributes:
        day, building: what is looked at.
        which, search: the list that is seen, and its filter.
        validate, read, by_hand, refresh, switch, more: buttons of the head.
        move, hand, wake, mail, printing, post, undo, clear: what can be done with ticked rows.
        asleep: lets a building sleep.
        head, banner, waking, under, ticked, legend, months: what is told.
    """

    def __init__(self, actions: Actions, changed: Actions) -> None:
        """Makes them.

        Args:
            actions: guarded, by the button's name.
            changed: guarded, by the field's name.
        """
        self.day = ipywidgets.Dropdown(options=[], tooltip="Jour d’envoi")
        self.building = ipywidgets.Dropdown(options=[ALL_BUILDINGS], tooltip="Immeuble")
        for choice in (self.day, self.building):
            choice.add_class("wb-pill")
        self.which = ipywidgets.ToggleButtons(options=[(LABELS[mode], mode) for mode in MODES])
        self.which.add_class("wb-which")
        self.search = ipywidgets.Text(placeholder="Nom, compte", tooltip="Chercher (/)")
        self.search.add_class("wb-search")
        for name, widget in (
            ("day", self.day), ("building", self.building), ("which", self.which),
            ("search", self.search),
        ):  # fmt: skip
            widget.observe(lambda _change, name=name: changed[name](), names="value")
        self.validate = button("Valider", actions["validate"])
        self.validate.add_class("wb-primary")
        self.validate.tooltip = "Entrée"
        self.read = button("Lire", actions["read"])
        self.read.tooltip = "L"
        self.by_hand = button("Envoyer à la main", actions["by_hand"])
        self.by_hand.tooltip = "M"
        self.refresh = button("Actualiser", actions["refresh"], cls="wb-link")
        self.switch = button("", actions["switch"], cls="wb-link")
        self.more = button("Voir les différences", actions["more"], cls="wb-link")
        self.move = button("Déplacer la date", actions["move"], cls="wb-link")
        self.hand = button("Envoyer à la main", actions["by_hand"], cls="wb-link")
        self.wake = button("Réveiller", actions["wake"], cls="wb-link")
        self.undo = button("Annuler", actions["undo"], cls="wb-link")
        self.mail = button("", actions["mail"], cls="wb-link")
        self.printing = button("Imprimer", actions["printing"], cls="wb-link")
        self.post = button("Marquer postées", actions["post"], cls="wb-link")
        self.clear = button("Tout décocher", actions["clear"], cls="wb-link")
        self.asleep = button("Mettre un immeuble en sommeil", actions["snooze"], cls="wb-link")
        self.head, self.banner, self.waking = block(), block(cls=("wb-banner-words",)), block()
        self.under, self.ticked = block(cls=("wb-under",)), block()
        self.legend, self.months = block(), block()

    def arranged(
        self,
        *,
        page: Page,
        notice: Notice,
        forms: Forms,
        lists: Lists,
        reasons: Table,
        reader: LetterReader,
    ) -> tuple[ipywidgets.Box, ipywidgets.Box, ipywidgets.Box]:
        """Returns the screen, its lists, and the place where letters are read."""
        title = block(el("h1", "Relances", cls="wb-title"))
        head = box(
            title,
            self.day,
            self.building,
            self.head,
            self.switch,
            box(self.by_hand, self.read, self.validate, cls=("wb-buttons",)),
            cls=("wb-head",),
        )
        told = box(self.banner, self.more, self.refresh, cls=("wb-banner",))
        top = box(head, told, notice, self.waking, forms.hand.widget, cls=("wb-top",))
        left = box(
            box(self.which, self.search, cls=("wb-bar-tools",)),
            self.under,
            lists.widget,
            box(
                self.ticked,
                self.move,
                self.hand,
                self.wake,
                self.mail,
                self.printing,
                self.post,
                self.undo,
                self.clear,
                cls=("wb-doing",),
            ),
            forms.move.widget,
            forms.undo.widget,
            forms.post.widget,
            cls=("wb-panel", "wb-flush", "wb-lists"),
        )
        blocked = join(
            el("h2", "Bloquées ce jour-là"), " ", el("span", "et pourquoi", cls="wb-sub")
        )
        right = box(
            block(blocked, cls=("wb-under",)),
            box(reasons, cls=("wb-fixed",)),
            cls=("wb-panel", "wb-flush", "wb-reasons"),
        )
        head_of_months = box(self.legend, self.asleep, cls=("wb-ahead-head",))
        ahead = box(forms.snooze.widget, head_of_months, self.months, cls=("wb-panel", "wb-ahead"))
        body = box(box(left, right, cls=("wb-columns",)), ahead, cls=("wb-body",))
        reading = box(reader.widget, cls=("wb-body", HIDDEN))
        screen = box(page, top, body, reading, cls=("wb-screen", "wb-reminders"))
        screen.layout.flex_flow = "column"
        return screen, body, reading


def offer(
    choice: ipywidgets.Dropdown | ipywidgets.ToggleButtons,
    options: list[tuple[str, Any]],
    chosen: object,
) -> None:
    """Replaces what a field offers; the chosen one stays, and the browser hears of it once."""
    with choice.hold_sync():
        if list(choice.options) != options:
            choice.options = options
        choice.value = chosen
