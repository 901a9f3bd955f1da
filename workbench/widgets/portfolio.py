"""The portfolio's screen: five figures, three questions, then the debtors by name.

A view: it shows a `PortfolioData` and says which account was chosen. Reads no ledger.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Final

import ipywidgets
import pandas as pd
from pandas.api.typing import NaTType

from workbench.documents.html import Html, el, french_count, join
from workbench.domain.dates import french_date
from workbench.domain.money import (
    french_amount,
    french_euros,
)
from workbench.pipeline.portfolio import PortfolioData
from workbench.pipeline.searching import found, searchable
from workbench.widgets.figures import charts, key_figures, plural
from workbench.widgets.page import Page
from workbench.widgets.parts import (
    HIDDEN,
    Notice,
    block,
    box,
    button,
    mark,
)
from workbench.widgets.reminder_wording import reason_words, type_words
from workbench.widgets.spreadsheet import french_csv
from workbench.widgets.table import Cell, Column, Empty, Row, Table

_ALL_BUILDINGS: Final = ("Tous les immeubles", "")
_SINCE: Final = (
    ("Dû depuis", 0),
    ("plus de 30 jours", 30),
    ("plus de 90 jours", 90),
    ("plus de 6 mois", 182),
    ("plus d’un an", 365),
)
_PROCEDURES: Final = {"bailiff": "comm. de justice", "lawyer": "avocat"}
# Nothing is late, or too little: no reminder is missing.
_NOTHING_TO_DO: Final = frozenset({"", "paid", "below_threshold"})
# Smaller sums are not reminded (DOMAIN E3), so they can be put aside here too.
_SMALL_CENTS: Final = 100_00
_SEARCHED: Final = ("holder", "code", "lots", "building")


def french_moment(moment: datetime) -> str:
    """Returns `21/11/2026 à 07:15`, in this machine's time."""
    local = moment.astimezone()
    return f"{french_date(local.date())} à {local:%H:%M}"


def as_of_words(as_of: date, read_at: datetime) -> str:
    """Returns the business date and the time of reading: `au 21/11/2026, lu à 07:15`."""
    moment = french_moment(read_at)
    day, _, hour = moment.partition(" à ")
    read = f"lu à {hour}" if day == french_date(as_of) else f"lu le {moment}"
    return f"au {french_date(as_of)}, {read}"


class PortfolioView:
    """Debtors of the whole portfolio.

    Attributes:
        widget: what to display.
        search, building, since, small, waiting: the filters.
        table: the debtors.
        head, figures, charts, count: what is told above and beside it.
        content: hidden until something was read.
        refresh, export, reset: the buttons.
        notice: where errors are told.
    """

    def __init__(
        self, *, page: Page, on_open: Callable[[str], None], on_refresh: Callable[[], None]
    ) -> None:
        """Builds the screen, empty.

        Args:
            page: hands downloads to the browser.
            on_open: called with the account chosen.
            on_refresh: reads the ledger again and calls `show`.
        """
        self._page = page
        self._data: PortfolioData | None = None
        self._listed = pd.DataFrame()
        self.notice = Notice()
        self._make_filters()
        self.refresh = button("Actualiser", self.notice.guarded(on_refresh))
        self.export = button("Exporter en CSV", self.notice.guarded(self._export))
        self.reset = button("Retirer les filtres", self.notice.guarded(self._reset), cls="wb-link")
        self.table = Table(
            _columns(),
            label="Débiteurs",
            id_key="account_id",
            sort_key="owed_cents",
            descending=True,
            on_open=on_open,
            on_empty=self._reset,
            guard=self.notice.guard,
        )
        self.head, self.figures = block(), block()
        self.charts, self.count = block(), block(cls=("wb-count",))
        self.content = box(
            self.charts,
            box(self._tools(), self.table, cls=("wb-panel", "wb-flush")),
            cls=("wb-body",),
        )
        self.content.add_class(HIDDEN)
        self.widget = box(
            box(
                box(self.head, self.refresh, self.export, cls=("wb-head",)),
                self.notice,
                self.figures,
                cls=("wb-top",),
            ),
            self.content,
            cls=("wb-portfolio",),
        )
        self.widget.layout.flex_flow = "column"
        self.head.value = _heading("").markup

    def _make_filters(self) -> None:
        self.search = ipywidgets.Text(placeholder="Nom, compte, lot", tooltip="Chercher (/)")
        self.building = ipywidgets.Dropdown(options=[_ALL_BUILDINGS], tooltip="Immeuble")
        self.since = ipywidgets.Dropdown(options=_SINCE, tooltip="Dû depuis")
        self.small = _pill("Plus de 100 €")
        self.waiting = _pill("Paiement à rapprocher")
        self.search.add_class("wb-search")
        for choice in (self.building, self.since):
            choice.add_class("wb-pill")
        for control in (self.search, self.building, self.since, self.small, self.waiting):
            control.observe(lambda _change: self.notice.guard(self._list), names="value")

    def _tools(self) -> ipywidgets.Box:
        return box(
            block(el("h2", "Débiteurs")),
            self.search,
            self.building,
            self.since,
            self.small,
            self.waiting,
            self.count,
            self.reset,
            cls=("wb-bar-tools",),
        )

    def show(self, data: PortfolioData, *, read_at: datetime) -> None:
        """Shows a portfolio; filters, order and page stay as they are.

        Args:
            data: what was read.
            read_at: when.
        """
        self._data = data
        self.head.value = _heading(
            f"{plural(len(data.buildings), 'immeuble')} · "
            f"{plural(data.account_count, 'compte')} · {as_of_words(data.as_of, read_at)}"
        ).markup
        self.figures.value = key_figures(data).markup
        self.charts.value = charts(data).markup
        chosen = self.building.value
        # Two buildings may bear one name: the identifier is the value, never the words.
        options = [
            _ALL_BUILDINGS,
            *zip(data.buildings["name"], data.buildings["building_id"], strict=True),
        ]
        self.building.options = options
        self.building.value = chosen if chosen in {value for _, value in options} else ""
        self.content.remove_class(HIDDEN)
        self._list(page=self.table.page)

    def _list(self, *, page: int = 1) -> None:
        """Applies the filters to the debtors."""
        if self._data is None:
            return
        debtors = self._data.debtors
        self._listed = debtors[self._kept(debtors)].copy()
        self._listed["share"] = self._listed["owed_cents"] / max(
            [*debtors["owed_cents"].head(1), 1]
        )
        for choice in (self.building, self.since):
            mark(choice, "wb-chosen", on=bool(choice.value))
        hidden = len(debtors) - len(self._listed)
        self.count.value = _count(self._listed, hidden=hidden).markup
        # An empty list offers it itself.
        mark(self.reset, HIDDEN, on=not hidden or self._listed.empty)
        self.table.show(
            self._listed, empty=self._empty(hidden=hidden), total=_total(self._listed), page=page
        )

    def _kept(self, debtors: pd.DataFrame) -> pd.Series:
        kept = pd.Series(data=True, index=debtors.index)
        if self.building.value:
            kept &= debtors["building_id"] == self.building.value
        if self.since.value and self._data is not None:
            age = (pd.Timestamp(self._data.as_of) - debtors["oldest_due_on"]).dt.days
            kept &= age > self.since.value
        if self.small.value:
            kept &= debtors["owed_cents"] > _SMALL_CENTS
        if self.waiting.value:
            kept &= debtors["waiting_count"] > 0
        if self.search.value.strip():
            kept &= found(searchable(debtors, *_SEARCHED), self.search.value)
        return kept

    def _empty(self, *, hidden: int) -> Empty:
        if hidden:
            return Empty(title="Aucun débiteur pour ces filtres.", action="Retirer les filtres")
        if self._data is not None and self._data.account_count == 0:
            return Empty(
                title="Le registre ne contient encore aucun compte.",
                text="Importer un portefeuille (workbench import), puis Actualiser.",
            )
        return Empty(
            title="Personne ne doit rien à cette date.",
            text="Les comptes sont soldés ou créditeurs.",
        )

    def _reset(self) -> None:
        self.search.value = ""
        self.building.value = ""
        self.since.value = 0
        self.small.value = False
        self.waiting.value = False

    def escape(self) -> None:
        """Empties the search field."""
        self.search.value = ""

    def _export(self) -> None:
        if self._data is None:
            return
        name = f"debiteurs-{self._data.as_of.isoformat()}.csv"
        self._page.download(name, debtors_csv(self._listed), mime="text/csv")


def debtors_csv(debtors: pd.DataFrame) -> bytes:
    """Returns the debtors for a spreadsheet, every one of the frame.

    Args:
        debtors: as in `PortfolioData`, after the filters.
    """
    headers = (
        "Compte",
        "Code",
        "Titulaire",
        "Immeuble",
        "Lots",
        "Dû (€)",
        "En retard (€)",
        "Dû depuis",
        "Dernier paiement",
        "Dernière lettre",
        "Envoyée le",
        "Prochaine lettre",
        "Prévue le",
        "Procédure",
        "Depuis le",
        "À rapprocher (€)",
    )
    rows = (
        (
            row["account_id"],
            row["code"],
            row["holder"],
            row["building"],
            row["lots"],
            int(row["owed_cents"]),
            int(row["overdue_cents"]),
            _day(row["oldest_due_on"]),
            _day(row["last_paid_on"]),
            type_words(row["last_reminder"]),
            _day(row["last_reminder_on"]),
            type_words(row["next_reminder"]),
            _day(row["next_reminder_on"]),
            _PROCEDURES.get(row["procedure"], row["procedure"]),
            _day(row["procedure_started_on"]),
            int(row["waiting_cents"]),
        )
        for row in debtors.to_dict("records")
    )
    return french_csv(headers, rows)


def _day(moment: pd.Timestamp | NaTType) -> date | None:
    return moment.date() if isinstance(moment, pd.Timestamp) else None


def _pill(words: str) -> ipywidgets.ToggleButton:
    made = ipywidgets.ToggleButton(description=words)
    made.add_class("wb-pill")
    return made


def _heading(meta: str) -> Html:
    return join(
        el("h1", "Impayés du portefeuille", cls="wb-title"), el("span", meta, cls="wb-meta wb-read")
    )


def _count(listed: pd.DataFrame, *, hidden: int) -> Html:
    amount = french_euros(int(listed["owed_cents"].sum()))
    if not hidden:
        return el("span", f"{plural(len(listed), 'débiteur')}, soit {amount}")
    total = len(listed) + hidden
    return el(
        "span",
        f"{french_count(len(listed))} sur {french_count(total)}, soit {amount}",
        f" · {french_count(hidden)} masqué{'s' if hidden > 1 else ''}",
    )


def _total(listed: pd.DataFrame) -> list[str]:
    sums = {
        key: french_amount(int(listed[key].sum()))
        for key in ("owed_cents", "overdue_cents", "waiting_cents")
    }
    sums["holder"] = f"Total, {plural(len(listed), 'débiteur')}"
    return [sums.get(column.key, "") for column in _columns()]


def _columns() -> tuple[Column, ...]:
    return (
        Column(
            key="holder",
            label="Compte",
            kind="link",
            write=lambda row: {
                "text": row["holder"] or row["code"],
                "title": _about(row),
            },
        ),
        Column(key="building", label="Immeuble", write=lambda row: _quiet(row["building"])),
        Column(
            key="owed_cents",
            label="Dû (€)",
            kind="amount",
            largest_first=True,
            bar=True,
            strong=True,
            write=lambda row: {
                "text": french_amount(int(row["owed_cents"])),
                "bar": float(row["share"]),
            },
        ),
        Column(
            key="overdue_cents",
            label="En retard (€)",
            kind="amount",
            largest_first=True,
            write=lambda row: french_amount(int(row["overdue_cents"])),
        ),
        Column(
            key="oldest_due_on", label="Dû depuis", write=lambda row: _date(row["oldest_due_on"])
        ),
        Column(key="last_reminder_on", label="Dernière lettre", write=_last_letter),
        Column(key="next_reminder_on", label="Suite", write=_what_next),
        Column(
            key="waiting_cents",
            label="À rapprocher (€)",
            kind="amount",
            largest_first=True,
            write=_waiting,
        ),
    )


def _quiet(text: str) -> Cell:
    return {"text": text or "–", "tone": "quiet", "title": text}


def _date(moment: pd.Timestamp | NaTType) -> str:
    day = _day(moment)
    return french_date(day) if day else "–"


def _about(row: Row) -> str:
    """Returns what tells namesakes apart: code and lots."""
    lots = f", lots {row['lots']}" if row["lots"] else ""
    return f"compte {row['code']}{lots}"


def _last_letter(row: Row) -> Cell:
    if not row["last_reminder"]:
        return {"text": "–", "tone": "quiet"}
    return f"{type_words(row['last_reminder'])}, {_date(row['last_reminder_on'])}"


def _what_next(row: Row) -> Cell:
    """A procedure that runs, else the reminder to come, else what stands against it."""
    if row["procedure"]:
        since = _date(row["procedure_started_on"])
        return f"{_PROCEDURES.get(row['procedure'], row['procedure'])}, {since}"
    if row["next_reminder"]:
        words = f"{type_words(row['next_reminder'])}, {_date(row['next_reminder_on'])}"
        if not row["reason"]:
            return words
        return {"glyph": "■", "text": words, "title": reason_words(row["reason"])[0]}
    if row["reason"] in _NOTHING_TO_DO:
        return {"text": "–", "tone": "quiet"}
    title, lifted_by = reason_words(row["reason"])
    return {"glyph": "■", "text": title, "title": lifted_by}


def _waiting(row: Row) -> Cell:
    if not row["waiting_count"]:
        return {"text": "–", "tone": "quiet"}
    return {
        "glyph": "◇",
        "text": french_amount(int(row["waiting_cents"])),
        "title": f"{plural(int(row['waiting_count']), 'paiement')} à rapprocher",
    }
