"""The reminders' configuration: one list of every type, a form, its text and letter, its history.

Generation uses this list and nothing else (DOMAIN B6). A view: a `SettingsDesk` reads and saves.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import ipywidgets
import pandas as pd

from workbench.documents.html import Html, el, join
from workbench.domain.errors import ParameterError
from workbench.domain.money import NO_BREAK_SPACE, french_amount
from workbench.domain.policies import Schedule
from workbench.domain.records import BuildingKind
from workbench.pipeline.reminder_texts import Change, usual_text
from workbench.widgets.page import Page
from workbench.widgets.parts import HIDDEN, Notice, block, box, button, glyph, mark
from workbench.widgets.portfolio import french_moment
from workbench.widgets.reminder_text_editor import TextEditor, Texts
from workbench.widgets.reminder_type_form import MODES, TypeForm, TypeRow, new_row, usual_rows
from workbench.widgets.reminder_wording import type_words
from workbench.widgets.table import Cell, Column, Empty, Row, Table

_MODE_WORDS: Final = {mode: words for words, mode in MODES}
_SHORT: Final = 8
# What a person calls a value of the configuration, in the history.
_FIELDS: Final = {
    "rank_order": "ordre", "schedule": "calendrier", "day_of_month": "jour",
    "threshold_cents": "seuil", "strict": "au-dessus du seuil", "exclusions": "exclusions",
    "wording": "texte", "fee_cents": "frais", "supplier_account": "compte fournisseur",
    "expense_account": "compte de charge", "auto_validate": "facture validée",
    "validation": "validation", "building_id": "immeuble", "type": "type", "text": "texte",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """One reading.

    Attributes:
        rows: every row; empty while the office configured nothing.
        automatic: the switch (DOMAIN B7).
        buildings: (name, building_id).
        texts: names of the office's texts.
        changes: newest first.
    """

    rows: tuple[TypeRow, ...]
    automatic: bool
    buildings: tuple[tuple[str, str], ...]
    texts: tuple[str, ...]
    changes: tuple[Change, ...] = ()


class SettingsDesk(Texts, Protocol):
    """What the screen asks; every answer is a French sentence of what was done."""

    def read(self) -> Configuration:
        """Reads the configuration."""

    def save(self, rows: Sequence[TypeRow]) -> str:
        """Saves rows: new ones, and those there with other values."""

    def remove(self, row: TypeRow) -> str:
        """Takes a row away."""

    def set_automatic(self, *, on: bool) -> str:
        """Turns the switch."""


class ReminderSettings:
    """The screen.

    Attributes:
        widget: what to display.
        page: downloads and keys.
        table: every type.
        form: the chosen one.
        editor: its text, and the letter it makes.
        save, add, remove, switch, refresh: buttons.
        head, banner, history: what is told.
        notice: where errors are told.
    """

    def __init__(self, desk: SettingsDesk) -> None:
        """Builds the screen and reads for the first time.

        Args:
            desk: reads and saves.
        """
        self._desk = desk
        self._read_rows: tuple[TypeRow, ...] = ()
        self._automatic, self._is_configured = True, False
        self._chosen: TypeRow | None = None
        self._is_new = False
        self.notice = Notice()
        guarded = self.notice.guarded
        self.page = Page(on_escape=lambda: self.notice.guard(self._read))
        self.table = Table(
            _columns(), label="Types de relance", id_key="row_id", sort_key="order", page_size=5,
            on_open=self._open, guard=self.notice.guard,
        )  # fmt: skip
        self.form = TypeForm()
        self.editor = TextEditor(desk, notice=self.notice, on_saved=self._text_saved)
        self.save = button("Enregistrer le type", guarded(self._save))
        self.save.add_class("wb-primary")
        self.add = button("Nouveau type ou exception", guarded(self._add), cls="wb-link")
        self.remove = button("Retirer", guarded(self._remove), cls="wb-link")
        self.switch = button("", guarded(self._switch), cls="wb-link")
        self.refresh = button("Actualiser", guarded(self._read), cls="wb-link")
        self.head, self.banner, self.title, self.history = (
            block(), block(cls=("wb-banner-words",)), block(), block(),
        )  # fmt: skip
        self.widget = self._arranged()
        self.notice.guard(self._read)

    def _repr_mimebundle_(self, **options: object) -> object:
        return self.widget._repr_mimebundle_(**options)

    def _arranged(self) -> ipywidgets.Box:
        title = block(el("h1", "Réglage des relances", cls="wb-title"))
        top = box(
            box(title, self.head, self.switch, cls=("wb-head",)),
            box(self.banner, self.refresh, cls=("wb-banner",)), self.notice, cls=("wb-top",),
        )  # fmt: skip
        listed = box(
            box(block(el("h2", "Types, dans leur ordre")), self.add, cls=("wb-bar-tools",)),
            box(self.table, cls=("wb-types",)),
            cls=("wb-panel", "wb-flush"),
        )
        form = box(
            self.title, self.form.widget, box(self.save, self.remove, cls=("wb-form-line",)),
            cls=("wb-panel",),
        )  # fmt: skip
        left = box(form, box(self.history, cls=("wb-panel", "wb-changes")), cls=("wb-setting",))
        body = box(listed, box(left, self.editor.widget, cls=("wb-columns",)), cls=("wb-body",))
        made = box(self.page, top, body, cls=("wb-screen", "wb-reminders"))
        made.layout.flex_flow = "column"
        return made

    # --- reading ----------------------------------------------------------------------------
    def _read(self, done: str = "") -> None:
        read = self._desk.read()
        self._automatic, self._is_configured = read.automatic, bool(read.rows)
        self._read_rows = read.rows or tuple(usual_rows())
        state = "en marche" if read.automatic else "arrêté"
        tone = "" if read.automatic else "wb-alert"
        told = el("span", f"envoi automatique{NO_BREAK_SPACE}: ", el("b", state, cls=tone))
        self.head.value = told.markup
        self.switch.description = "Arrêter" if read.automatic else "Remettre en marche"
        self.banner.value = _banner(done, configured=bool(read.rows)).markup
        self.form.offer(buildings=read.buildings, texts=read.texts)
        names = {key: name for name, key in read.buildings}
        frame = pd.DataFrame([_listed(row, names) for row in self._read_rows])
        self.table.show(frame, empty=Empty(title="Aucun type."), page=self.table.page)
        self.history.value = _history(read.changes, names).markup
        kept = self._chosen.row_id if self._chosen is not None else ""
        row = next((row for row in self._read_rows if row.row_id == kept), self._read_rows[0])
        self._show(row, is_new=False)

    def _open(self, row_id: str) -> None:
        self._show(next(row for row in self._read_rows if row.row_id == row_id), is_new=False)

    def _show(self, row: TypeRow, *, is_new: bool) -> None:
        self._chosen, self._is_new = row, is_new
        self.form.show(row, is_new=is_new)
        words = "Nouveau type, ou exception d’un immeuble" if is_new else (
            type_words(row.entry.type).capitalize()
        )  # fmt: skip
        self.title.value = el("h2", words).markup
        mark(self.remove, HIDDEN, on=is_new or not self._is_configured)
        if not is_new:
            self.table.selected = row.row_id
            self.editor.show(row.entry.type, row.entry.text)

    # --- deciding ---------------------------------------------------------------------------
    def _did(self, words: str) -> None:
        self._read(words)

    def _text_saved(self, words: str, name: str) -> None:
        """A text under a new name serves once the type chose it."""
        row = self._chosen
        usual = {usual_text(row.entry.type, kind) for kind in BuildingKind} if row else set()
        is_used = row is not None and name in (usual if not row.entry.text else {row.entry.text})
        if is_used:
            self._did(words)
            return
        self._did(f"{words} Le type l’emploiera une fois enregistré.")
        self.form.text.value = name

    def _add(self) -> None:
        order = max((row.entry.order for row in self._read_rows), default=0) + 1
        self._show(new_row(order), is_new=True)

    def _save(self) -> None:
        row = self.form.read()
        others = [other for other in self._read_rows if other.row_id != row.row_id]
        if self._is_new and len(others) < len(self._read_rows):
            raise ParameterError(
                f"« {row.entry.type} » est déjà dans la liste : l’ouvrir pour le changer"
            )
        # All of them: before the first saving the list shows what holds without any row.
        words = self._desk.save([*others, row])
        self._chosen = row
        self._did(words)

    def _remove(self) -> None:
        if self._chosen is None:
            raise ParameterError("choisir un type")
        gone, self._chosen = self._chosen, None
        try:
            words = self._desk.remove(gone)
        except BaseException:
            self._chosen = gone
            raise
        self._did(words)

    def _switch(self) -> None:
        self._did(self._desk.set_automatic(on=not self._automatic))


def _banner(done: str, *, configured: bool) -> Html:
    if done:
        return el("p", glyph("●"), el("strong", done))
    if configured:
        words = "La génération suit cette liste et rien d’autre. Un champ vide suit l’immeuble."
        return el("p", words)
    return el(
        "p", el("strong", "Rien n’est encore réglé. "),
        "La liste montre ce qui vaut d’usage : copropriété, après l’envoi de l’appel, plus de "
        f"100{NO_BREAK_SPACE}€ ; location, le 10 du mois. Enregistrer un type la fait vôtre.",
    )  # fmt: skip


def _listed(row: TypeRow, names: dict[str, str]) -> dict[str, object]:
    values, usual = row.entry, row.usual
    sign = ">" if values.strict else "≥"
    schedule = "appel" if values.schedule is Schedule.CALLS else "mois"
    return {
        "row_id": row.row_id,
        "order": values.order,
        "type": type_words(values.type),
        "building": names.get(values.building_id, values.building_id) or "tous",
        "schedule": "selon l’immeuble" if "schedule" in usual else schedule,
        "day": "–" if "day_of_month" in usual else str(values.day_of_month),
        "threshold": "–"
        if "threshold_cents" in usual
        else f"{sign} {french_amount(values.threshold_cents)}",
        "exclusions": ", ".join(_MODE_WORDS.get(m, m) for m in sorted(values.exclusions)) or "–",
        "text": values.text or "–",
        "fee": french_amount(values.fee_cents) if values.fee_cents else "–",
        "validation": "d’elle-même" if values.is_automatic else "par une personne",
    }


def _columns() -> tuple[Column, ...]:
    def words(key: str, label: str, width: str) -> Column:
        return Column(
            key=key, label=label, sortable=False, width=width, write=lambda row: _cell(row, key)
        )

    return (
        Column(key="order", label="Ordre", kind="number", width="56px",
               write=lambda row: str(row["order"])),
        Column(key="type", label="Type", kind="link", write=lambda row: str(row["type"])),
        words("building", "Pour", "15%"),
        words("schedule", "Calendrier", "108px"),
        words("day", "Jour", "44px"),
        words("threshold", "Dû (€)", "84px"),
        words("exclusions", "Exclus", "13%"),
        words("text", "Texte", "13%"),
        words("fee", "Frais (€)", "66px"),
        words("validation", "Se valide", "108px"),
    )  # fmt: skip


def _cell(row: Row, key: str) -> Cell:
    return {"text": str(row[key]), "tone": "quiet", "title": str(row[key])}


def _history(changes: Sequence[Change], names: dict[str, str]) -> Html:
    title = join(el("h2", "Ce qui a changé"), " ", el("span", "avant et après", cls="wb-sub"))
    if not changes:
        return join(title, el("p", "Aucun réglage n’a encore été changé."))
    items = [
        el(
            "li",
            glyph("●"),
            el("div", el("div", f"{_moment(change.at)} · {change.actor}", cls="wb-when"),
               el("p", change_words(change, names))),
        )
        for change in changes[:_SHORT]
    ]  # fmt: skip
    return join(title, el("ul", *items, cls="wb-history"))


def change_words(change: Change, names: dict[str, str]) -> str:
    """Returns what one change was, before and after, in one French line."""
    table, _, key = change.subject.partition(":")
    if table == "text":
        return f"Texte «{NO_BREAK_SPACE}{key} » : {'réécrit' if change.before else 'créé'}."
    kind, _, building_id = key.partition("/")
    where = f", {names.get(building_id, building_id)}" if building_id else ""
    name = f"{type_words(kind).capitalize()}{where}"
    if not change.before:
        return f"{name} : ajouté."
    if not change.after:
        return f"{name} : retiré."
    told = [
        f"{_FIELDS.get(field, field)} {_value(field, change.before.get(field))} → "
        f"{_value(field, value)}"
        for field, value in change.after.items()
    ]
    return f"{name} : {', '.join(told)}."


def _value(field: str, value: object) -> str:
    if value is None or value == "":
        return "d’usage" if field in ("schedule", "day_of_month", "threshold_cents") else "vide"
    if field.endswith("_cents"):
        return french_amount(int(str(value)))
    if field in ("strict", "auto_validate"):
        return "oui" if value else "non"
    if field == "exclusions":
        return ", ".join(_MODE_WORDS.get(mode, mode) for mode in str(value).split("|"))
    words = {"calls": "après l’appel", "monthly": "chaque mois", "manual": "par une personne",
             "automatic": "d’elle-même"}  # fmt: skip
    return words.get(str(value), str(value))


def _moment(at: str) -> str:
    with suppress(ValueError):
        return french_moment(datetime.fromisoformat(at))
    return at
