"""What a person decides beside the run: by hand, later, asleep, undone. Each on one line, in place.

A form asks and says what will happen on its button; the screen does it. Never a pop-up.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import ipywidgets

from workbench.documents.html import el, join
from workbench.domain.dates import DateError, french_date, parse_date
from workbench.domain.errors import ParameterError
from workbench.domain.money import NO_BREAK_SPACE
from workbench.widgets.parts import HIDDEN, block, box, button, mark
from workbench.widgets.reminder_wording import letters_words, type_words

_NOBODY: Final = [("– chercher un compte –", "")]
_LONGEST_REASON: Final = 200


def field(widget: ipywidgets.DOMWidget, label: str, *, cls: str = "") -> ipywidgets.Box:
    """Returns a field with its words before it."""
    widget.add_class("wb-field")
    return box(block(el("span", label, cls="wb-label")), widget, cls=("wb-pair", *cls.split()))


class DayField(ipywidgets.Text):
    """A day as it is written in France: `05/12/2026`."""

    def __init__(self) -> None:
        super().__init__(placeholder="jj/mm/aaaa")
        self.add_class("wb-day")

    def show(self, day: date) -> None:
        """Shows a day."""
        self.value = french_date(day)

    def day(self) -> date:
        """Returns the day that was typed.

        Raises:
            ParameterError: none, or no date.
        """
        words = str(self.value).strip()
        if not words:
            raise ParameterError("donner la date, comme 05/12/2026")
        try:
            return parse_date(words)
        except DateError as error:
            raise ParameterError(f"date « {words[:20]} » : {error}") from None


class Form:
    """One line: what it is about, its fields, one button that names the consequence, Fermer.

    Attributes:
        widget: what to display, hidden until opened.
        first: the field to begin with.
        submit, close: the buttons.
        is_open: whether it is seen.
    """

    def __init__(
        self,
        title: str,
        *fields: ipywidgets.Widget,
        first: ipywidgets.DOMWidget,
        words: str,
        on_submit: Callable[[], None],
        on_close: Callable[[], None],
    ) -> None:
        self.head = block(el("strong", title))
        self.note = block(cls=("wb-form-note",))
        self.submit = button(words, on_submit)
        self.submit.add_class("wb-primary")
        self.first = first
        self.close = button("Fermer", on_close, cls="wb-link")
        self.widget = box(
            self.head, *fields, self.note, self.submit, self.close, cls=("wb-panel", "wb-form")
        )
        self.is_open = False
        self.open(is_open=False)

    def open(self, *, is_open: bool) -> None:
        """Shows the form, or puts it away."""
        self.is_open = is_open
        mark(self.widget, HIDDEN, on=not is_open)
        if is_open:
            # Whoever pressed a key goes on typing, and a form off the screen comes into it.
            self.first.focus()

    def told(self, title: str, note: str = "") -> None:
        """Says what the form is about, and a word before the button."""
        self.head.value = join(el("strong", title)).markup
        self.note.value = join(el("span", note, cls="wb-sub")).markup


class HandForm(Form):
    """Sends one reminder by hand (DOMAIN E8)."""

    def __init__(
        self,
        *,
        find: Callable[[str], list[tuple[str, str]]],
        guard: Callable[[Callable[[], None]], None],
        on_submit: Callable[[], None],
        on_close: Callable[[], None],
    ) -> None:
        """Builds it.

        Args:
            find: accounts by words: (words, account_id).
            guard: runs each event.
            on_submit: sends.
            on_close: closes.
        """
        self._find = find
        self.search = ipywidgets.Text(placeholder="code, nom", continuous_update=False)
        self.account = ipywidgets.Dropdown(options=_NOBODY)
        self.kind = ipywidgets.Dropdown(options=[])
        self.on = DayField()
        self.bill = ipywidgets.Checkbox(value=True, description="facturer", indent=False)
        super().__init__(
            "Envoyer à la main",
            field(self.search, "Compte", cls="wb-short"),
            field(self.account, "", cls="wb-long"),
            field(self.kind, "Lettre"),
            field(self.on, "Le"),
            self.bill,
            first=self.search,
            words="Envoyer",
            on_submit=on_submit,
            on_close=on_close,
        )
        self.bill.add_class("wb-tick")
        self.search.observe(lambda _change: guard(self._search), names="value")
        self.account.observe(lambda _change: guard(self._name), names="value")
        self.kind.observe(lambda _change: guard(self._name), names="value")
        self._name()

    def offer(self, *, kinds: Sequence[str], on: date) -> None:
        """Says which types there are and the day."""
        chosen = self.kind.value
        self.kind.options = [(type_words(kind), kind) for kind in kinds]
        self.kind.value = chosen if chosen in kinds else next(iter(kinds), None)
        self.on.show(on)

    def about(self, words: str, account_id: str, *, kind: str = "") -> None:
        """Chooses an account, and the type that comes next for it."""
        self.account.options = [(words, account_id)]
        self.account.value = account_id
        if kind in [value for _words, value in self.kind.options]:
            self.kind.value = kind
        self._name()

    def _search(self) -> None:
        words = self.search.value.strip()
        found = self._find(words) if words else []
        self.account.options = found or _NOBODY
        self.account.value = self.account.options[0][1]
        self.told(
            "Envoyer à la main",
            "" if found or not words else f"Aucun compte pour «{NO_BREAK_SPACE}{words} ».",
        )

    def _name(self) -> None:
        kind = self.kind.value or ""
        self.submit.description = f"Envoyer la {type_words(kind)}" if kind else "Envoyer"
        self.submit.disabled = not (self.account.value and kind)
        mark(self.bill, HIDDEN, on=kind == "simple")


class MoveForm(Form):
    """Moves planned dates later (DOMAIN E9)."""

    def __init__(self, *, on_submit: Callable[[], None], on_close: Callable[[], None]) -> None:
        self.to = DayField()
        super().__init__(
            "Déplacer",
            field(self.to, "au"),
            first=self.to,
            words="Déplacer", on_submit=on_submit,
            on_close=on_close,
        )  # fmt: skip

    def about(self, count: int) -> None:
        """Says how many accounts it is about."""
        self.told(
            f"Déplacer la date de {count} compte{'s' if count > 1 else ''}",
            "à un jour plus tard ; l’historique garde les deux dates",
        )
        self.submit.description = f"Déplacer {count} date{'s' if count > 1 else ''}"


class SnoozeForm(Form):
    """Lets a building's reminders sleep, six months at most (DOMAIN E10)."""

    def __init__(self, *, on_submit: Callable[[], None], on_close: Callable[[], None]) -> None:
        self.building = ipywidgets.Dropdown(options=[])
        self.until = DayField()
        super().__init__(
            "Mettre un immeuble en sommeil",
            field(self.building, "", cls="wb-long"),
            field(self.until, "jusqu’au"),
            first=self.until,
            words="Mettre en sommeil",
            on_submit=on_submit,
            on_close=on_close,
        )

    def offer(self, buildings: Sequence[tuple[str, str]], *, latest: date, chosen: str) -> None:
        """Says which buildings there are and the last day allowed."""
        self.building.options = [("– choisir un immeuble –", ""), *buildings]
        self.building.value = chosen
        self.told(
            "Mettre un immeuble en sommeil",
            f"au plus tard le {french_date(latest)} ; ensuite les relances se réveillent",
        )


class UndoForm(Form):
    """Takes generated reminders back, with a reason."""

    def __init__(self, *, on_submit: Callable[[], None], on_close: Callable[[], None]) -> None:
        self.reason = ipywidgets.Text(placeholder="pourquoi")
        super().__init__(
            "Annuler", field(self.reason, "Motif", cls="wb-long"),
            first=self.reason, words="Annuler",
            on_submit=on_submit, on_close=on_close,
        )  # fmt: skip

    def about(self, count: int, *, moves: bool = False) -> None:
        """Says how many letters or moved dates it is about."""
        dates = f"{count} déplacement{'s' if count > 1 else ''}"
        words = f"Annuler {dates if moves else letters_words(count)}"
        note = "la date redevient celle du calendrier" if moves else (
            "possible tant que rien n’est parti ni posté"
        )  # fmt: skip
        self.told(words, note)
        self.submit.description = words

    def asked(self) -> str:
        """Returns the reason.

        Raises:
            ParameterError: there is none.
        """
        words = str(self.reason.value).strip()
        if not words:
            raise ParameterError("donner un motif : il reste dans l’historique du compte")
        return words[:_LONGEST_REASON]


class PostForm(Form):
    """Says that letters were posted; a registered one with its number (LAW L6)."""

    def __init__(self, *, on_submit: Callable[[], None], on_close: Callable[[], None]) -> None:
        self.on = DayField()
        self.number = ipywidgets.Text(placeholder="1A 234 567 8901 2")
        super().__init__(
            "Marquer postée",
            field(self.on, "le"),
            field(self.number, "n° de recommandé"),
            first=self.on,
            words="Marquer postée",
            on_submit=on_submit,
            on_close=on_close,
        )

    def about(self, count: int, *, on: date) -> None:
        """Says how many letters it is about."""
        self.told(f"Marquer {letters_words(count)}", "un recommandé se marque seul, avec son n°")
        self.submit.description = f"Marquer postée{'s' if count > 1 else ''}"
        self.number.disabled = count > 1
        self.number.value = ""
        self.on.show(on)


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms of the screen, of which one at most is open."""

    hand: HandForm
    move: MoveForm
    snooze: SnoozeForm
    undo: UndoForm
    post: PostForm

    def all(self) -> tuple[Form, ...]:
        """Returns them."""
        return (self.hand, self.move, self.snooze, self.undo, self.post)

    def open(self, form: Form) -> None:
        """Opens one and puts the others away."""
        for other in self.all():
            other.open(is_open=other is form)

    def close(self) -> None:
        """Puts them all away."""
        for form in self.all():
            form.open(is_open=False)

    def is_open(self) -> bool:
        """Tells whether one is open."""
        return any(form.is_open for form in self.all())
