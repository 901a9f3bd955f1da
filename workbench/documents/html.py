"""The one place where HTML is made of data: everything is escaped by construction.

Cells and words are plain values; markup is only what this module built itself (`Html`). A payer
chooses the label of his transfer, so no caller ever joins strings into markup.

Not for interactive tables (see the widgets) nor for letters.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from math import isnan
from numbers import Integral
from typing import Final, Literal

import pandas as pd

from workbench.documents.style import INK2, LINE2, STYLESHEET
from workbench.domain.dates import french_date
from workbench.domain.findings import Finding, Severity
from workbench.domain.money import NO_BREAK_SPACE, french_amount
from workbench.domain.records import DueStatus, MovementStatus

# Characters that a browser obeys instead of showing: controls, and those that turn the reading
# direction around (an IBAN or an amount can be made to read backwards with them).
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)
_TAG = re.compile(r"[a-z][a-z0-9]*")
# No scheme, and no slash in front: two of them name another host.
_RELATIVE_LINK = re.compile(r"(?!/)[\w\-./%=&?~]*(?:#[\w\-]+)?")
_ATTRIBUTES: Final = frozenset({
    "class", "id", "href", "title", "alt", "src", "width", "height", "lang", "colspan", "scope",
    "role", "style",
})  # fmt: skip
_WIDTH = re.compile(r"width:\d{1,3}%")
_EMPTY: Final = frozenset({"br", "img", "hr"})

Tone = Literal["ink", "accent", "alert"]
Kind = Literal[
    "text", "money", "movement", "date", "day", "count", "share", "state", "iban", "link"
]
_NUMBERS: Final = frozenset({"money", "movement", "count", "share"})


@dataclass(frozen=True, slots=True)
class Html:
    """Markup that this module built: the only text that is not escaped again.

    Jupyter shows it; `str()` is the markup.
    """

    markup: str

    def _repr_html_(self) -> str:
        return self.markup

    def __str__(self) -> str:
        """The markup."""
        return self.markup


@dataclass(frozen=True, slots=True)
class State:
    """A state as people read it: the shape says it, the word repeats it, colour underlines."""

    glyph: str
    word: str
    tone: Tone = "ink"


@dataclass(frozen=True, slots=True)
class Link:
    """A place of the same folder or page; never an address of the network."""

    words: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table.

    Attributes:
        key: name of the value in the row.
        title: header, with its unit: `Montant (€)`.
        kind: how the value is written. `money` and `movement` are signed cents, `movement` with
            its `+`; `share` is a part of 1; `date` writes `21/11/2026`, `day` writes `21/11`;
            `state` is a `State`, `link` a `Link` (or a text that leads nowhere).
        summed: the remainder and total lines carry its sum.
        width: share of the table's width in percent, 0 to let the browser choose.
    """

    key: str
    title: str
    kind: Kind = "text"
    summed: bool = False
    width: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A key figure: what it is, the figure as written, one line under it."""

    label: str
    figure: str
    note: str = ""
    state: State | None = None


FINE: Final = State("●", "juste")
GAP: Final = State("▲", "écart", "alert")
MOVEMENT_STATES: Final[Mapping[str, State]] = {
    MovementStatus.MATCHED: State("●", "rapproché"),
    MovementStatus.PARTIAL: State("◐", "partiel"),
    MovementStatus.PROPOSED: State("◇", "proposé", "accent"),
    MovementStatus.UNMATCHED: State("○", "à identifier"),
    MovementStatus.IGNORED: State("–", "écarté"),
}
SEVERITY_STATES: Final[Mapping[str, State]] = {
    Severity.ERROR: State("▲", "à corriger", "alert"),
    Severity.WARNING: State("◇", "à vérifier", "accent"),
    Severity.INFO: State("○", "pour mémoire"),
}


def due_state(*, status: str, days_overdue: int, amount_cents: int) -> State:
    """Returns the state of a due in the office's words (UI, States).

    Args:
        status: `pending`, `partial` or `paid`.
        days_overdue: 0 while it is not late.
        amount_cents: signed; a negative due is in the holder's favour.
    """
    if status == DueStatus.PAID:
        return State("●", "soldée")
    if amount_cents < 0:
        return State("–", "avoir")
    if status == DueStatus.PARTIAL:
        late = days_overdue > 0
        return State("◐", "partielle, en retard", "alert") if late else State("◐", "partielle")
    return State("▲", "en retard", "alert") if days_overdue > 0 else State("○", "à échoir")


def esc(value: object) -> str:
    """Returns `value` as text that is safe in HTML, in an element or a quoted attribute.

    Invisible controls and direction marks become `·`, so that what is seen is what is there.
    """
    return escape(_INVISIBLE.sub("·", str(value)), quote=True)


def el(tag: str, *children: Html | str | None, **attributes: str) -> Html:
    """Builds an element: text is escaped, `Html` is kept.

    Args:
        tag: name of the element.
        children: in order; None is left out.
        attributes: `cls` is `class`; an empty value is left out. Only names known to carry no
            script are accepted, and `href` only within the same folder.

    Raises:
        ValueError: a tag or attribute outside those, or a link elsewhere.
    """
    if not _TAG.fullmatch(tag) or tag in {"script", "iframe", "object", "embed"}:
        raise ValueError(f"no element of this kind: {tag}")
    written = "".join(
        f' {_attribute(name, value)}="{esc(value)}"' for name, value in attributes.items() if value
    )
    if tag in _EMPTY:
        return Html(f"<{tag}{written}>")
    return Html(f"<{tag}{written}>{join(*children).markup}</{tag}>")


def _attribute(name: str, value: str) -> str:
    name = "class" if name == "cls" else name
    if name not in _ATTRIBUTES:
        raise ValueError(f"no attribute of this kind: {name}")
    if name == "href" and not _RELATIVE_LINK.fullmatch(value):
        raise ValueError("a link leads to the same folder only")
    if name == "style" and not _WIDTH.fullmatch(value):
        raise ValueError("only a width is set in place")
    if name == "src" and not value.startswith("data:image/png;base64,"):
        raise ValueError("a picture is embedded")
    return name


def join(*parts: Html | str | None) -> Html:
    """Joins parts: text is escaped, `Html` is kept, None is left out."""
    return Html("".join(_markup(part) for part in parts))


def _markup(part: Html | str | None) -> str:
    if part is None:
        return ""
    return part.markup if isinstance(part, Html) else esc(part)


def fragment(*blocks: Html | None, style: bool = False) -> Html:
    """Wraps blocks for one output cell.

    Args:
        blocks: in order; None is left out.
        style: carry the stylesheet along; once a page is enough.
    """
    sheet = Html(f"<style>{STYLESHEET}</style>") if style else None
    return join(sheet, el("div", *blocks, cls="wb"))


def document(*blocks: Html, title: str, style: str = "") -> str:
    """Returns a whole page in French: no script, nothing fetched.

    Args:
        blocks: the body, in order.
        title: for the window and the printer.
        style: more rules of ours after the stylesheet; never of data.
    """
    # The policy is a second lock: whatever got into the page, the browser fetches and runs nothing.
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    return (
        '<!DOCTYPE html>\n<html lang="fr">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{esc(title)}</title>\n<style>{STYLESHEET}{style}</style>\n</head>\n"
        f"<body>\n{join(*blocks).markup}\n</body>\n</html>\n"
    )


def page_footer(*, left: str, center: str) -> Html:
    """Returns what the printer puts at the foot of each page, with the page's number."""
    number = '"page " counter(page) " sur " counter(pages)'
    boxes = (("left", _css_text(left)), ("center", _css_text(center)), ("right", number))
    rules = "".join(
        f"@bottom-{place} {{ content: {content}; font: 7.5pt Arial, 'Liberation Sans', sans-serif;"
        f" color: {INK2}; white-space: nowrap; border-top: .6pt solid {LINE2};"
        " vertical-align: top; padding-top: 4pt; }"
        for place, content in boxes
    )
    return Html(f"<style>@page {{ {rules} }}</style>")


def _css_text(text: str) -> str:
    """A string of a style sheet in which every sign but letters and digits is written by number."""
    plain = _INVISIBLE.sub("·", text)
    return '"' + "".join(c if c.isalnum() else f"\\{ord(c):06x}" for c in plain) + '"'


def masked_iban(iban: str) -> str:
    """Returns `•••• 4417` (LAW L19); "" stays empty, shorter than five is hidden whole."""
    body = "".join(iban.split())
    if not body:
        return ""
    return f"••••{NO_BREAK_SPACE}{body[-4:]}" if len(body) > 4 else "••••"


def french_count(number: int) -> str:
    """Returns `1 234`, with U+00A0."""
    return french_amount(number * 100)[:-3]


def french_share(share: float) -> str:
    """Returns `93,7 %` for 0.937; `–` when there is nothing to divide by.

    Only a real 100 % is written so: 99.96 % is not everything.
    """
    if isnan(share):
        return "–"
    tenths = round(share * 1000)
    if tenths == 1000 and share < 1:
        tenths = 999
    return f"{french_amount(tenths * 10)[:-1]}{NO_BREAK_SPACE}%"


def state(of: State) -> Html:
    """Returns the glyph in its colour and the word after it."""
    tone = "" if of.tone == "ink" else of.tone
    glyph = el("span", of.glyph, cls="g")
    return el("span", glyph, f"{NO_BREAK_SPACE}{of.word}" if of.word else "", cls=tone)


def section(title: str, subtitle: str = "") -> Html:
    """Returns a section's heading, with its unit and period under it."""
    return join(el("h2", title), el("p", subtitle, cls="sub") if subtitle else None)


def message(bold: str, words: str = "", *, tone: Tone = "ink", glyph: str = "") -> Html:
    """Returns a fact in place: bold, then why and the way out (UI, Words)."""
    lead = join(el("span", glyph, cls="g"), NO_BREAK_SPACE) if glyph else None
    return el("p", lead, el("b", bold), f" {words}" if words else "", cls=f"message {tone}".strip())


def tiles(figures: Sequence[Tile]) -> Html:
    """Returns key figures side by side."""
    return el("div", *(_tile(figure) for figure in figures), cls="tiles")


def _tile(tile: Tile) -> Html:
    mark = None
    if tile.state is not None:
        # The word stays for those who hear the page instead of seeing it.
        tone = "" if tile.state.tone == "ink" else f" {tile.state.tone}"
        glyph = el("span", tile.state.glyph, cls=f"g{tone}", title=tile.state.word)
        mark = join(NO_BREAK_SPACE, glyph)
    return el(
        "div",
        el("div", tile.label, cls="label"),
        el("div", tile.figure, mark, cls="figure"),
        el("div", tile.note, cls="note") if tile.note else None,
        cls="tile",
    )


Rows = pd.DataFrame | Sequence[Mapping[str, object]]
RowStyle = Literal["", "strong", "undone"]


def table(
    rows: Rows,
    columns: Sequence[Column],
    *,
    total: str = "",
    totals: Mapping[str, object] | None = None,
    limit: int = 0,
    remainder: str = "autres, liste en annexe",
    styles: Sequence[RowStyle] = (),
    cls: str = "",
) -> Html:
    """Builds a table that prints well.

    Args:
        rows: a frame or mappings, already in the order to show.
        columns: left to right; without any title there is no header line.
        total: words of the total line in the first column; "" for none. It sums **all** rows,
            also those that `limit` leaves out.
        totals: values of the total line that are not a sum.
        limit: most rows to show, 0 for all. What is left out is one line with its count and
            its sums, never silent.
        remainder: what that line says after the count.
        styles: one a row, "" for an ordinary one.
        cls: `narrow` for a table of few columns.
    """
    records = _records(rows)
    cut = limit if limit and len(records) > limit + 1 else len(records)
    shown, hidden = records[:cut], records[cut:]
    looks = [*styles, *[""] * (len(records) - len(styles))]
    body = [
        _row(record, columns, style=style) for record, style in zip(shown, looks[:cut], strict=True)
    ]
    if hidden:
        words = f"{french_count(len(hidden))}{NO_BREAK_SPACE}{remainder}"
        body.append(_sum_row(hidden, columns, words=words, style="remainder"))
    foot = None
    if total:
        foot = el("tfoot", _sum_row(records, columns, words=total, values=totals or {}))
    head = None
    if any(column.title for column in columns):
        head = el("thead", el("tr", *(_header(column) for column in columns)))
    return el("table", head, el("tbody", *body), foot, cls=cls)


def _records(rows: Rows) -> list[Mapping[str, object]]:
    if isinstance(rows, pd.DataFrame):
        return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]
    return list(rows)


def _header(column: Column) -> Html:
    width = f"width:{column.width}%" if column.width else ""
    return el("th", column.title, cls=_cell_class(column), scope="col", style=width)


def _row(record: Mapping[str, object], columns: Sequence[Column], *, style: str) -> Html:
    cells = (
        el("td", cell(record.get(column.key), kind=column.kind), cls=_cell_class(column))
        for column in columns
    )
    return el("tr", *cells, cls=style)


def _sum_row(
    records: Sequence[Mapping[str, object]],
    columns: Sequence[Column],
    *,
    words: str,
    style: str = "",
    values: Mapping[str, object] | None = None,
) -> Html:
    """A line of words over the columns before the first figure, then its figures."""
    values = values or {}
    told = [column.summed or column.key in values for column in columns]
    first = told.index(True) if True in told else len(columns)
    cells = [el("td", words, colspan=str(max(first, 1)))]
    for column, tells in list(zip(columns, told, strict=True))[max(first, 1) :]:
        value = values.get(column.key) if column.key in values else _sum(records, column.key)
        content = cell(value, kind=column.kind) if tells else None
        cells.append(el("td", content, cls=_cell_class(column)))
    return el("tr", *cells, cls=style)


def _sum(records: Sequence[Mapping[str, object]], key: str) -> int:
    values = (record.get(key) for record in records)
    return sum(int(value) for value in values if isinstance(value, Integral))


def _missing(value: object) -> bool:
    # A date, a number or a text may be missing; nothing else is looked into.
    if value is None or value is pd.NA or isinstance(value, type(pd.NaT)):
        return True
    return value == ""


def _cell_class(column: Column) -> str:
    if column.kind in _NUMBERS:
        return "n"
    return {"date": "d", "day": "d", "state": "s", "iban": "i"}.get(column.kind, "")


def cell(value: object, *, kind: Kind) -> Html:
    """Writes one value as its kind says (UI, Formats); what is missing is `–`.

    Raises:
        TypeError: a value that is not of its kind.
    """
    if isinstance(value, State):
        return state(value)
    if isinstance(value, Link):
        return el("a", value.words, href=value.href)
    if _missing(value):
        return Html("–")
    return Html(esc(_written(value, kind=kind)))


def _written(value: object, *, kind: Kind) -> str:
    if kind in ("text", "link"):
        return str(value)
    if kind == "iban":
        return masked_iban(str(value))
    if kind in ("date", "day") and isinstance(value, date):
        text = french_date(value)
        return text if kind == "date" else text[:5]
    if kind == "share" and isinstance(value, float):
        return french_share(value)
    if kind == "count" and isinstance(value, Integral):
        return french_count(int(value))
    if kind in ("money", "movement") and isinstance(value, Integral):
        return french_amount(int(value), plus=kind == "movement")
    raise TypeError(f"{type(value).__name__} in a column of kind {kind}")


def findings_table(findings: Sequence[Finding], *, limit: int = 0) -> Html:
    """Builds the table of findings, the worst first, numbered; in their order within a severity."""
    rank = {severity: place for place, severity in enumerate(Severity)}
    ordered = sorted(findings, key=lambda finding: rank[finding.severity])
    rows = [
        {
            "state": SEVERITY_STATES[finding.severity],
            "number": number,
            "message": finding.message + (f" ({finding.place()})" if finding.place() else ""),
            "to_do": finding.to_do,
        }
        for number, finding in enumerate(ordered, start=1)
    ]
    columns = (
        Column(key="state", title="Gravité", kind="state", width=15),
        Column(key="number", title="N°", kind="count", width=4),
        Column(key="message", title="Constat"),
        Column(key="to_do", title="À faire", width=20),
    )
    return table(rows, columns, limit=limit)
