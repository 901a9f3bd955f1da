"""The home page: what arrived, what waits, what is late, and the ways to the other notebooks.

A view of `pipeline.home`; it decides nothing.
"""

from datetime import datetime
from typing import Any, Final

import pandas as pd

from workbench.documents.html import Html, el, fragment, french_count, join
from workbench.domain.dates import french_date
from workbench.domain.money import french_amount, french_euros
from workbench.pipeline.home import HomeData, Late, home
from workbench.widgets.figures import plural
from workbench.widgets.page import Page
from workbench.widgets.parts import (
    HIDDEN,
    Notice,
    block,
    box,
    button,
    figure,
    glyph,
    panel,
)
from workbench.widgets.portfolio import as_of_words, french_moment
from workbench.widgets.session import Session, open_session
from workbench.widgets.table import Cell, Column, Empty, Row, Table

TITLE: Final = "Accueil"
# Notebook, its name on screen, what it is for.
NOTEBOOKS: Final = (
    ("reconcile.ipynb", "Rapprocher", "les mouvements à rapprocher, immeuble par immeuble"),
    ("account.ipynb", "Un compte", "son solde, sa cause, son historique"),
    ("reminders.ipynb", "Relances", "ce qui part, ce qui est bloqué, et pourquoi"),
    ("reminder_settings.ipynb", "Réglages des relances", "seuils, jours, textes et frais"),
    ("dashboard.ipynb", "Impayés", "qui doit combien, dans tout le portefeuille"),
    ("explore.ipynb", "Explorer", "les questions d’un contrôle, les tables du registre"),
    ("month_end.ipynb", "Clôturer", "le mois d’un immeuble, à imprimer"),
    ("matching_quality.ipynb", "Qualité", "jusqu’où croire le moteur"),
    ("tutorial.ipynb", "Apprendre", "trois cas pas à pas, sur des données inventées"),
)
_FILES_SHOWN: Final = 8
_PAGE_SIZE: Final = 8


class Start:
    """The home page.

    Attributes:
        widget: what to display.
        refresh: reads again.
        table: what waits, a row a building.
        head, figures, late, files: what is told around it.
        content: hidden until something was read.
        notice: where errors are told.
    """

    def __init__(self, session: Session) -> None:
        """Builds the page and reads for the first time.

        Args:
            session: whose page, on which ledger and day.
        """
        self._session = session
        self.notice = Notice()
        self.refresh = button("Actualiser", self.notice.guarded(self._read))
        self.table = Table(
            _columns(), label="Ce qui attend", id_key="building_id", sort_key="open_cents",
            descending=True, page_size=_PAGE_SIZE, guard=self.notice.guard,
        )  # fmt: skip
        self.head, self.figures, self.late, self.files = block(), block(), block(), block()
        self.page = Page(title=TITLE, on_escape=lambda: None)
        listing = box(block(el("h2", "Ce qui attend une décision")), self.table,
                      cls=("wb-panel", "wb-flush", "wb-start-waiting"))  # fmt: skip
        self.content = box(
            box(
                box(listing, self.files, cls=("wb-wide",)), box(self.late, cls=("wb-side",)),
                cls=("wb-columns",),
            ),
            cls=("wb-body",),
        )  # fmt: skip
        self.content.add_class(HIDDEN)
        top = box(
            box(self.head, self.refresh, cls=("wb-head",)), self.notice, self.figures,
            cls=("wb-top",),
        )  # fmt: skip
        self.widget = box(self.page, top, self.content, cls=("wb-screen", "wb-start"))
        self.widget.layout.flex_flow = "column"
        self.head.value = _heading("").markup
        self.notice.guard(self._read)

    def _repr_mimebundle_(self, **options: object) -> object:
        return self.widget._repr_mimebundle_(**options)

    def _read(self) -> None:
        with self._session.reading() as ledger:
            data = home(ledger, as_of=self._session.as_of(), actor=self._session.actor)
        self._show(data, read_at=self._session.now())

    def _show(self, data: HomeData, *, read_at: datetime) -> None:
        when = as_of_words(data.as_of, read_at)
        self.head.value = _heading(f"{self._session.actor} · {when}").markup
        self.figures.value = _figures(data).markup
        self.late.value = _late(data.late).markup
        self.files.value = _files(data).markup
        done = Empty(title="Tout est rapproché.", text="Rien n’attend de décision.")
        self.table.show(data.waiting, empty=done)
        self.content.remove_class(HIDDEN)


def open_start(*, as_of: str = "") -> Start:
    """Opens the home page on the ledger of `WORKBENCH_LEDGER`.

    Args:
        as_of: business day; "" takes `WORKBENCH_AS_OF`, else today, anew at each reading.
    """
    return Start(open_session(as_of=as_of))


def shortcuts() -> Html:
    """Returns the ways to the other notebooks, as links that JupyterLab opens in a tab of its own.

    Not in the page's widgets: Lab follows a link between notebooks only where it shows HTML itself.
    """
    links = [
        join(" · " if place else "", el("a", words, href=name, title=what))
        for place, (name, words, what) in enumerate(NOTEBOOKS)
    ]
    return fragment(el("p", el("b", "Aller à"), " ", *links), style=True)


def _heading(words: str) -> Html:
    return join(
        el("span", TITLE, cls="wb-title", role="heading"),
        el("span", words, cls="wb-meta wb-read"),
    )


def _figures(data: HomeData) -> Html:
    counts = data.waiting[["unmatched", "proposed", "partial", "to_check"]].sum()
    open_cents = int(data.waiting["open_cents"].sum())
    movements = int(counts[["unmatched", "proposed", "partial"]].sum())
    new = data.files[data.files["is_new"]]
    return el(
        "div",
        figure("À rapprocher", french_count(movements), f"{french_euros(open_cents)} ouverts"),
        figure("dont proposés", french_count(int(counts["proposed"])), "à accepter ou à rejeter"),
        figure(
            "À contrôler", french_count(int(counts["to_check"])), "liens du moteur tirés au sort"
        ),
        _late_figure(data.late),
        figure(
            "Fichiers arrivés", french_count(len(new)),
            f"{plural(int(new['entries'].sum()), 'mouvement')} {_since(data)}",
        ),
        cls="wb-figures",
    )  # fmt: skip


def _since(data: HomeData) -> str:
    if not data.since:
        return "jusqu’ici"
    moment = french_moment(datetime.fromisoformat(data.since))
    return f"depuis {'votre décision du' if data.has_decided else 'le'} {moment}"


def _late_figure(late: tuple[Late, ...]) -> Html:
    if not late:
        return figure("En retard", "0", "rien n’est en retard")
    words = el("span", glyph("▲"), "à traiter d’abord", cls="wb-alert")
    return figure("En retard", french_count(len(late)), words)


def _late(late: tuple[Late, ...]) -> Html:
    if not late:
        said = el("p", glyph("●"), "Relevés, chèques et clôtures sont à jour.")
        return panel("Ce qui est en retard", "", said)
    lines = [
        el(
            "li",
            glyph("▲", tone="wb-alert"),
            el(
                "div",
                el("p", el("b", one.fact)),
                el("p", one.detail, cls="wb-quiet"),
                el("p", one.way_out),
            ),
        )
        for one in late
    ]
    return panel("Ce qui est en retard", "", el("ul", *lines, cls="wb-history"))


def _files(data: HomeData) -> Html:
    if data.files.empty:
        said = el("p", "Aucun fichier de banque n’a été importé : « workbench import DOSSIER ».")
        return panel("Ce qui est arrivé", "", said)
    rows = [_file_row(row) for row in data.files.head(_FILES_SHOWN).to_dict("records")]
    head = el(
        "tr", *(el("th", words, scope="col") for words in ("Reçu le", "Fichier", "Format")),
        el("th", "Mouvements", scope="col", cls="wb-right"),
    )  # fmt: skip
    rest = len(data.files) - _FILES_SHOWN
    more = el("p", f"et {plural(rest, 'fichier')} plus ancien{'s' if rest > 1 else ''}",
              cls="wb-quiet") if rest > 0 else None  # fmt: skip
    listed = el("table", el("thead", head), el("tbody", *rows), cls="wb-list")
    return panel("Ce qui est arrivé", f"● arrivé {_since(data)}", listed, more)


def _file_row(row: dict[Any, Any]) -> Html:
    moment = french_moment(datetime.fromisoformat(str(row["imported_at"])))
    sign = glyph("●", tone="wb-accent") if row["is_new"] else glyph(" ")
    return el(
        "tr", el("td", sign, moment), el("td", str(row["name"]), title=str(row["name"])),
        el("td", str(row["format"])),
        el("td", french_count(int(row["entries"])), cls="wb-right"),
    )  # fmt: skip


def _columns() -> tuple[Column, ...]:
    return (
        Column(key="name", label="Immeuble", write=_building),
        _count("unmatched", "À identifier"),
        _count("proposed", "Proposés"),
        _count("partial", "Partiels"),
        _count("to_check", "À contrôler"),
        Column(key="open_cents", label="Ouvert (€)", kind="amount", largest_first=True, strong=True,
               write=lambda row: french_amount(int(row["open_cents"]))),
        Column(key="oldest_on", label="Depuis le", kind="date", write=_oldest),
    )  # fmt: skip


def _count(key: str, label: str) -> Column:
    return Column(
        key=key, label=label, kind="number", largest_first=True,
        write=lambda row: french_count(int(row[key])) if row[key] else "–",
    )  # fmt: skip


def _building(row: Row) -> Cell:
    if not row["building_id"]:
        return {"text": "Compte bancaire inconnu", "glyph": "▲", "tone": "alert"}
    words = f"{row['building_id']} {row['name']}".strip()
    return {"text": words, "title": words}


def _oldest(row: Row) -> Cell:
    day = row["oldest_on"]
    return french_date(day.date()) if isinstance(day, pd.Timestamp) else "–"
