"""Pages of a month-end: an executed notebook as one HTML file, and the index over all buildings.

Our own small rendering instead of a general exporter: no code, no script, no style or font from
the network, French, and the same bytes for the same notebook. What a page shows was built by
`documents.html` in the notebook; everything else is escaped here.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from workbench.documents.html import (
    FINE,
    GAP,
    Column,
    Html,
    Link,
    State,
    Tile,
    document,
    el,
    fragment,
    french_count,
    message,
    table,
    tiles,
)
from workbench.documents.style import GROUND, PAPER
from workbench.domain.dates import Period, french_date
from workbench.domain.money import NO_BREAK_SPACE, french_whole_euros

if TYPE_CHECKING:
    import nbformat

FIGURES_MIME: Final = "application/vnd.workbench.month-end+json"
"""Under this type the verdict's cell carries its key figures for the index."""
FAILED: Final = "failed"
# The office's time: a report says the hour its readers live in.
OFFICE_ZONE: Final = ZoneInfo("Europe/Paris")

_PAGE_STYLE: Final = f"""
body {{ margin: 0; background: {GROUND}; }}
main {{ background: {PAPER}; width: 210mm; max-width: 100%; margin: 8mm auto;
  padding: 15mm 15mm 12mm; box-sizing: border-box; }}
main > .half {{ display: inline-block; width: 50%; vertical-align: top; box-sizing: border-box;
  break-inside: avoid; }}
main > .half + .half {{ padding-left: 8pt; }}
main img {{ max-width: 100%; height: auto; display: block; margin: 3pt 0 0; }}
main pre {{ font: 8pt "DejaVu Sans Mono", monospace; white-space: pre-wrap; }}
@media screen and (max-width: 700px) {{ main {{ padding: 5mm; margin: 0; }}
  main > .half {{ width: 100%; padding: 0; }} main .wb {{ overflow-x: auto; }}
  .wb .tiles, .wb .pair, .wb .boxes {{ flex-wrap: wrap; }} .wb .tile {{ flex-basis: 40%; }} }}
@page {{ size: A4; margin: 14mm 15mm 16mm; }}
@media print {{ body {{ background: none; }} main {{ width: auto; margin: 0;
  padding: 0 .6pt; }} }}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigures:
    """What the index says of a building whose month-end is done; money in signed cents.

    Attributes:
        building: name, for people.
        bank_cents: balance of the last statements; None when no statement has one.
        gap_cents: what the reconciliations leave; None with it.
        overdue_cents: what is late.
        to_do: movements that wait for a decision.
        errors: findings to correct.
        journal_seq: head of the journal the page shows: its number.
        journal_hash: and its hash.
    """

    building: str
    bank_cents: int | None
    gap_cents: int | None
    overdue_cents: int
    to_do: int
    errors: int
    journal_seq: int
    journal_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRow:
    """One building of the index.

    Attributes:
        building_id: identifier.
        state: `done`, `unchanged` or `failed`.
        words: what to say of it, one French line.
        html_href: page of its month-end, relative to the index; "" when there is none.
        notebook_href: its executed notebook, likewise.
        figures: of its executed notebook; None when there is none.
    """

    building_id: str
    state: str
    words: str
    html_href: str = ""
    notebook_href: str = ""
    figures: KeyFigures | None = None

    @property
    def name(self) -> str:
        """The building's name, its identifier where nobody said one."""
        return self.figures.building if self.figures else self.building_id


def notebook_to_html(path: str) -> str:
    """Returns the page of an executed notebook: its outputs, without its code.

    Args:
        path: of the `.ipynb`.
    """
    notebook = _read(path)
    blocks = [
        block
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if (block := _block(output)) is not None
    ]
    return document(el("main", *blocks), title=_title(notebook), style=_PAGE_STYLE)


def key_figures(path: str) -> KeyFigures | None:
    """Returns the key figures an executed notebook carries; None when it has none."""
    notebook = _read(path)
    told = _carried(notebook)
    return KeyFigures(**told["figures"]) if told else None


def _read(path: str) -> "nbformat.NotebookNode":
    # Importing it takes more than a second of processor time, and every kernel imports this module
    # for its words.
    import nbformat

    notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)
    return notebook


def _carried(notebook: "nbformat.NotebookNode") -> dict[str, Any]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if (told := output.get("data", {}).get(FIGURES_MIME)) is not None:
                return dict(json.loads(told) if isinstance(told, str) else told)
    return {}


def _title(notebook: "nbformat.NotebookNode") -> str:
    return str(_carried(notebook).get("title", "Clôture"))


def _block(output: "nbformat.NotebookNode") -> Html | None:
    """One output: what we built as it is, anything else as text."""
    if output.output_type == "error":
        words = f"{output.ename} : {output.evalue}"
        return fragment(message("Le calcul s’est arrêté ici.", words, tone="alert", glyph="■"))
    if output.output_type == "stream":
        return el("pre", output.text)
    data = output.data
    if "text/html" in data:
        return el("div", Html(data["text/html"]), cls="half" if "image/png" in data else "block")
    if "image/png" in data:
        source = f"data:image/png;base64,{''.join(data['image/png'].split())}"
        return el("img", src=source, alt=data.get("text/plain", ""))
    return el("pre", data.get("text/plain", ""))


def office_time(moment: datetime) -> str:
    """Returns `02/11/2026 à 06:40`, in the office's time.

    Raises:
        ValueError: the moment has no time zone.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    local = moment.astimezone(OFFICE_ZONE)
    return f"{french_date(local)} à {local:%H:%M}"


def index_page(rows: Sequence[IndexRow], *, period: Period | None = None) -> str:
    """Returns the index page: every building, its state, its figures, the way to its report.

    Args:
        rows: in the order to show; a failed building stays in the list, with its reason.
        period: the month.
    """
    title = f"Clôtures {of_month(period)}" if period else "Clôtures"
    failed = [row for row in rows if row.state == FAILED]
    made = len(rows) - len(failed)
    lead = f"{many(made, 'immeuble')} sur {french_count(len(rows))}"
    lead += " clôturés" if made > 1 else " clôturé"
    notes = [
        message(f"{row.name} n’a pas pu être clôturé.", row.words, tone="alert", glyph="▲")
        for row in failed
    ]
    body = fragment(
        el("div", el("div", el("h1", title), el("p", lead, cls="lead")), cls="head"),
        tiles(_tiles([row.figures for row in rows if row.figures is not None])),
        *notes,
        el("h2", "Immeubles"),
        _index_table(rows),
    )
    return document(el("main", body), title=title, style=_PAGE_STYLE)


def of_month(period: Period) -> str:
    """Returns `d’octobre 2026`, `de mai 2026`."""
    words = period.french()
    return f"d’{words}" if words[0] in "ao" else f"de {words}"


def many(count: int, word: str) -> str:
    """Returns `1 mouvement`, `42 mouvements`, with U+00A0."""
    return f"{french_count(count)}{NO_BREAK_SPACE}{word}{'s' if count > 1 else ''}"


def _tiles(figures: Sequence[KeyFigures]) -> list[Tile]:
    gaps = sum(1 for each in figures if each.gap_cents)
    bank = sum(each.bank_cents or 0 for each in figures)
    overdue = sum(each.overdue_cents for each in figures)
    return [
        Tile(label="Solde en banque", figure=french_whole_euros(bank)),
        Tile(
            label="Rapprochements avec écart",
            figure=french_count(gaps),
            state=GAP if gaps else FINE,
        ),
        Tile(label="En retard", figure=french_whole_euros(overdue)),
        Tile(label="À traiter", figure=many(sum(each.to_do for each in figures), "mouvement")),
    ]


def _index_table(rows: Sequence[IndexRow]) -> Html:
    columns = (
        Column(key="building", title="Immeuble", kind="link", width=26),
        Column(key="state", title="État", kind="state"),
        Column(key="bank_cents", title="Banque (€)", kind="money", summed=True),
        Column(key="gap_cents", title="Écart (€)", kind="money", summed=True),
        Column(key="overdue_cents", title="En retard (€)", kind="money", summed=True),
        Column(key="to_do", title="À traiter", kind="count", summed=True),
        Column(key="errors", title="À corriger", kind="count", summed=True),
        Column(key="notebook", title="Carnet", kind="link"),
    )
    return table([_index_line(row) for row in rows], columns, total="Total")


def _index_line(row: IndexRow) -> dict[str, object]:
    values: dict[str, object] = {
        "building": Link(row.name, row.html_href) if row.html_href else row.name,
        "state": _state(row),
        "notebook": Link("ouvrir", row.notebook_href) if row.notebook_href else None,
    }
    if row.figures is not None:
        values |= {
            "bank_cents": row.figures.bank_cents,
            "gap_cents": row.figures.gap_cents,
            "overdue_cents": row.figures.overdue_cents,
            "to_do": row.figures.to_do,
            "errors": row.figures.errors,
        }
    return values


def _state(row: IndexRow) -> State:
    if row.state == FAILED:
        return State("▲", "échec", "alert")
    if row.figures is not None and row.figures.gap_cents:
        return State("▲", "fait, écart", "alert")
    if row.figures is not None and row.figures.gap_cents is None:
        return State("◐", "fait, sans solde")
    return State("●", "fait")
