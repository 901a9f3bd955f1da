"""How the two sides are written: columns, totals, the list of what will be written. No events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from workbench.documents.html import Html, el, french_count, join
from workbench.domain.dates import french_date
from workbench.domain.frames import rows_of
from workbench.domain.money import NO_BREAK_SPACE, french_amount, french_euros
from workbench.matching.pairing import Pair, Side
from workbench.pipeline.searching import searchable
from workbench.pipeline.two_sides import LEFT, TwoSides
from workbench.widgets.parts import glyph
from workbench.widgets.table import Cell, Column, Row

_Known = Mapping[int, Mapping[str, Any]]

CHECK: Final = "checked"
ENTRY: Final = "entry"
_MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
    "octobre", "novembre", "décembre",
)  # fmt: skip


def columns(side: str, *, several: bool) -> tuple[Column, ...]:
    """Returns the columns of a side.

    Args:
        side: `left` or `right`.
        several: of several accounts: each row says whose it is.
    """
    whose = Column(key="account_id", label="Compte", write=lambda row: str(row["account_id"]))
    return (
        Column(key=CHECK, label="", kind="check", sortable=False, width="32px", write=_box),
        Column(key="on", label="Date", width="78px", write=_day),
        Column(key="what", label="Origine" if side == LEFT else "Nature",
               write=_origin if side == LEFT else _nature),
        *((whose,) if several else ()),
        Column(key="open_cents", label="Ouvert (€)", kind="amount", largest_first=True,
               width="84px", write=lambda row: french_amount(int(row["open_cents"]))),
        Column(key=ENTRY, label="Affecté (€)", kind="entry", sortable=False, width="100px",
               write=_entry),
        Column(key="left_cents", label="Reste (€)", kind="amount", sortable=False, width="78px",
               write=_rest),
    )  # fmt: skip


def shown(rows: pd.DataFrame, cents: Mapping[int, int], wrong: Mapping[int, str]) -> pd.DataFrame:
    """Returns the rows with what is chosen of each.

    Args:
        rows: of `two_sides.TwoSides`.
        cents: chosen of each item, > 0.
        wrong: text typed for an item that is no amount of it.

    Returns:
        The same rows with `chosen_cents`, `left_cents`, `is_checked`, `typed`.
    """
    items = rows["item_id"]
    chosen = pd.Series(0, index=rows.index, dtype="int64")
    typed = pd.Series("", index=rows.index, dtype="str")
    # A person chooses a few of the thousands that may be listed.
    is_chosen, is_wrong = items.isin(list(cents)), items.isin(list(wrong))
    chosen[is_chosen] = items[is_chosen].map(cents)
    typed[is_wrong] = items[is_wrong].map(wrong)
    return rows.assign(
        chosen_cents=chosen,
        left_cents=rows["open_cents"] - chosen,
        is_checked=is_chosen | is_wrong,
        typed=typed,
    )


def searched(rows: pd.DataFrame) -> "pd.Series[str]":
    """Returns what a search looks through in each row: its words and its amount."""
    amounts = [f"{cents // 100},{cents % 100:02d}" for cents in rows["open_cents"].tolist()]
    told = rows.assign(amount=pd.Series(amounts, index=rows.index, dtype="str"))
    return searchable(told, "what", "detail", "name", "account_id", "amount")


def totals(frame: pd.DataFrame, *, several: bool) -> list[str]:
    """Returns the texts of a side's total line; `frame` is of `shown`."""
    sums = [int(frame[name].sum()) for name in ("open_cents", "chosen_cents", "left_cents")]
    blank = [""] if several else []
    return ["", "Total (€)", "", *blank, *map(french_amount, sums)]


def _box(row: Row) -> Cell:
    return {"text": "", "checked": bool(row["is_checked"]), "label": f"Cocher {row['what']}"}


def _day(row: Row) -> Cell:
    return {"text": french_date(row["on"].date()), "tone": "" if row["is_checked"] else "quiet"}


def _origin(row: Row) -> Cell:
    return _nature(row) | {"detail": "", "under": str(row["detail"]) or NO_BREAK_SPACE}


def _nature(row: Row) -> dict[str, object]:
    words, detail = str(row["what"]), str(row["detail"])
    return {"text": words, "detail": detail, "title": f"{words} {detail}".strip()}


def _entry(row: Row) -> Cell:
    cents = int(row["chosen_cents"])
    return {
        "text": str(row["typed"]) or (french_amount(cents) if cents else ""),
        "label": f"Montant affecté, {row['what']}",
        "invalid": "Ce montant ne convient pas." if row["typed"] else "",
    }


def _rest(row: Row) -> Cell:
    return {"text": french_amount(int(row["left_cents"]))}


# --- what will be written ------------------------------------------------------------------------


def figures(left_cents: int, right_cents: int) -> Html:
    """Returns the three figures: what reduces, what is settled, what remains between them."""
    rest = left_cents - right_cents
    sign = glyph("●", tone="wb-accent") if rest == 0 and left_cents else None
    if rest:
        sign = glyph("◐" if rest > 0 else "▲", tone="" if rest > 0 else "wb-alert")
    return el(
        "div",
        _figure("Réduit la dette", french_euros(left_cents)),
        el("span", "−", cls="wb-operator"),
        _figure("Dette réglée", french_euros(right_cents)),
        el("span", "=", cls="wb-operator"),
        _figure("Reste à affecter", french_euros(rest), sign),
        cls="wb-remainder",
        role="status",
    )


def _figure(label: str, value: str, sign: Html | None = None) -> Html:
    return el("div", el("span", label), el("b", value, NO_BREAK_SPACE, sign), cls="wb-sum-figure")


def preview(data: TwoSides, pairs: Sequence[Pair], kept: Sequence[Side], *, keep_for: str) -> Html:
    """Returns what will be written, one line a link; alike ones in a row are told together.

    Args:
        data: what the pairs are of.
        pairs: of `matching.pairing.pair`.
        kept: what of the left side is kept on account.
        keep_for: whose.
    """
    if not pairs and not kept:
        return join(
            _title("Ce que vous allez écrire", "rien encore"),
            el("p", "Cochez ce qui réduit à gauche, ce qui est dû à droite.", cls="wb-sub wb-pad"),
        )
    known = {row["item_id"]: row for row in rows_of(data.rows)}
    count = len(pairs) + len(kept)
    many = "affectations, toutes annulables" if count > 1 else "affectation, annulable"
    lines = [_line(group, known) for group in _groups(_written(pairs, known))]
    lines += [_kept_line(side, known, keep_for) for side in kept]
    return join(
        _title("Ce que vous allez écrire", f"{french_count(count)} {many}"),
        el("table", el("tbody", *lines), cls="wb-list wb-written"),
    )


def _title(title: str, subtitle: str) -> Html:
    return el(
        "div", el("h2", title), f"{NO_BREAK_SPACE} ", el("span", subtitle, cls="wb-sub"),
        cls="wb-panel-title",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Written:
    """A pair and what it leaves of its due, after those before it."""

    pair: Pair
    rest_cents: int


def _written(pairs: Sequence[Pair], known: _Known) -> list[_Written]:
    left = {each.right.item: int(known[each.right.item]["open_cents"]) for each in pairs}
    found = []
    for each in pairs:
        left[each.right.item] -= each.cents
        found.append(_Written(each, left[each.right.item]))
    return found


def _groups(written: Sequence[_Written]) -> list[list[_Written]]:
    """Returns the pairs, those of one payment, kind, amount and outcome in a row together."""
    groups: list[list[_Written]] = []
    for each in written:
        if groups and _is_alike(groups[-1][-1], each):
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def _is_alike(one: _Written, other: _Written) -> bool:
    first, second = one.pair, other.pair
    return (
        (first.left.item, first.right.kind, first.cents)
        == (second.left.item, second.right.kind, second.cents)
        and first.right.kind != ""
        and one.rest_cents == other.rest_cents == 0
    )


def _line(group: Sequence[_Written], known: _Known) -> Html:
    first, count = group[0].pair, len(group)
    right = known[first.right.item]
    name = str(right["what"]) if count == 1 else _span([each.pair for each in group], known)
    times = f"{count} × {french_amount(first.cents)}" if count > 1 else ""
    rest = group[0].rest_cents
    done = f"{count} soldés" if count > 1 else "soldé"
    return el(
        "tr",
        el("td", source_words(known[first.left.item])),
        el("td", "→", cls="wb-arrow"),
        el("td", name, title=str(right["detail"])),
        el("td", times, cls="wb-right wb-quiet"),
        el("td", french_amount(first.cents * count), cls="wb-right"),
        el("td", glyph("◐" if rest else "●"), f"reste {french_amount(rest)}" if rest else done),
    )


def _span(group: Sequence[Pair], known: _Known) -> str:
    names = [str(known[each.right.item]["what"]) for each in group]
    days = [each.right.on for each in group]
    words = {name.split(" ")[0] for name in names}
    # « Loyer mai », « Loyer juin » … : one word and the months they are of.
    months = zip(names, days, strict=True)
    if len(words) == 1 and all(_MONTHS[day.month - 1] in name.lower() for name, day in months):
        first, last = (_MONTHS[day.month - 1] for day in (min(days), max(days)))
        return f"{words.pop()}s {first} à {last}"
    return f"{names[0]} … {names[-1]}"


def _kept_line(side: Side, known: _Known, keep_for: str) -> Html:
    return el(
        "tr",
        el("td", source_words(known[side.item])),
        el("td", "→", cls="wb-arrow"),
        el("td", f"En compte, {keep_for}"),
        el("td", ""),
        el("td", french_amount(side.cents), cls="wb-right"),
        el("td", glyph("●"), "pour ses prochaines échéances"),
    )


def source_words(row: Mapping[str, Any]) -> str:
    """Returns what a row of the left side is called: `Paiement reçu du 12/11`."""
    return f"{row['what']} du {french_date(row['on'].date())[:5]}"
