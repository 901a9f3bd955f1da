"""The portfolio's five figures and three pictures, as markup. Shows a `PortfolioData`, no more."""

from typing import Final

import pandas as pd

from workbench.documents.html import Html, el, french_count, french_share, join
from workbench.documents.pictures import ageing_bars, collection_dots, overdue_line
from workbench.domain.dates import french_date
from workbench.domain.money import NO_BREAK_SPACE, french_euros, french_whole_euros
from workbench.pipeline.portfolio import COLLECTION_TARGET, PortfolioData
from workbench.widgets.parts import figure, glyph, panel, picture

_OLD: Final = ("91_180", "181_365", "over_365")
_MOST_BUILDINGS: Final = 7


def plural(number: int, word: str) -> str:
    """Returns `1 compte`, `47 comptes`: words that take an s."""
    return f"{french_count(number)} {word}{'s' if number > 1 else ''}"


def key_figures(data: PortfolioData) -> Html:
    """Returns the five figures, each with what explains it."""
    owed = int(data.debtors["owed_cents"].sum())
    late = int(data.trend["overdue_cents"].iloc[-1])
    ages = data.ageing.set_index("bucket")["amount_cents"]
    old = int(ages.reindex(list(_OLD)).sum())
    return el(
        "div",
        figure(
            "Dû par les débiteurs",
            french_whole_euros(owed),
            f"{plural(len(data.debtors), 'compte')} sur {french_count(data.account_count)}"
            # Otherwise what is late could be more than what is due, and nobody would know why.
            f"{', avoirs déduits' if data.credit_cents > 0 else ''}",
        ),
        figure("En retard", french_whole_euros(late), _compared(data.trend)),
        figure(
            "Dont plus de 90 jours",
            french_whole_euros(old),
            f"{french_share(old / late)} du retard" if late else "rien n’est en retard",
        ),
        _collected(data.collected),
        _work(data.work),
        cls="wb-figures",
    )


def _compared(trend: pd.DataFrame) -> Html | str:
    """How what is late moved since the month end before."""
    if len(trend) < 2:
        return ""
    before = int(trend["overdue_cents"].iloc[-2])
    change = int(trend["overdue_cents"].iloc[-1]) - before
    day = french_date(trend["month_end"].iloc[-2].date())
    if change == 0:
        return f"comme au {day}"
    words = "de plus" if change > 0 else "de moins"
    text = f"{french_whole_euros(abs(change))} {words} qu’au {day}"
    return el("span", glyph("▲"), text, cls="wb-alert") if change > 0 else text


def _collected(frame: pd.DataFrame) -> Html:
    labels = list(dict.fromkeys(frame["label"]))
    title = f"Encaissé sur {labels[0]}" if len(labels) == 1 else "Encaissé sur le dernier appel"
    wanted = int(frame["wanted_cents"].sum())
    if not wanted:
        return figure(title, "–", "rien n’est encore échu")
    target = french_share(COLLECTION_TARGET).replace(",0", "")
    below = int((frame["share"] < COLLECTION_TARGET).sum())
    share = french_share(int(frame["collected_cents"].sum()) / wanted)
    if not below:
        return figure(title, share, f"objectif {target} tenu partout")
    words = f"objectif {target}, {plural(below, 'immeuble')} dessous"
    return figure(title, share, el("span", glyph("▲"), words, cls="wb-alert"))


def _work(work: pd.DataFrame) -> Html:
    counts = dict(zip(work["status"], work["count"].astype(int), strict=True))
    total = sum(counts.values())
    if not total:
        return figure("À rapprocher", "0", "tous les mouvements sont rapprochés")
    proposed, unknown = counts.get("proposed", 0), counts.get("unmatched", 0)
    partial = counts.get("partial", 0)
    parts = [
        join(glyph("◇", tone="wb-accent"), plural(proposed, "proposé")),
        join(glyph("○"), f"{french_count(unknown)} à identifier"),
        join(glyph("◐"), plural(partial, "partiel")),
    ]
    told = [
        part for part, number in zip(parts, (proposed, unknown, partial), strict=True) if number
    ]
    note = el("span", *(join(" " if place else None, part) for place, part in enumerate(told)))
    return figure("À rapprocher", plural(total, "mouvement"), note)


def charts(data: PortfolioData) -> Html:
    """Returns the three questions: since when, better or worse, which building lags."""
    return el("div", _ageing(data), _trend(data), _buildings(data), cls="wb-row")


def _ageing(data: PortfolioData) -> Html:
    total = int(data.ageing["amount_cents"].sum())
    subtitle = f"échéances ouvertes, {french_euros(total)}"
    if data.credit_cents > 0:
        subtitle += f" (avoirs{NO_BREAK_SPACE}: {french_euros(data.credit_cents)})"
    return panel(
        "Depuis quand c’est dû",
        subtitle,
        picture(ageing_bars(data.ageing), words=f"Barres par ancienneté. {subtitle}."),
    )


def _trend(data: PortfolioData) -> Html:
    cents = data.trend["overdue_cents"]
    last = french_whole_euros(int(cents.iloc[-1])) if len(cents) else "–"
    thousands = len(cents) and int(cents.abs().max()) >= 10_000_00
    unit = "milliers d’euros" if thousands else "euros"
    return panel(
        "En retard depuis quinze mois",
        f"en {unit}, fin de mois",
        picture(overdue_line(data.trend), words=f"Courbe du retard, {last} au dernier jour."),
    )


def _buildings(data: PortfolioData) -> Html:
    frame = data.collected[data.collected["share"].notna()]
    title = "Encaissé sur l’appel, par immeuble"
    if frame.empty:
        return panel(title, "", el("p", "Aucun appel n’est encore échu."))
    now = frame["label"].mode().iloc[0]
    before = [label for label in frame["previous_label"] if label]
    # The lowest are what is looked for: a large portfolio shows those, and says how many it hides.
    shown = frame.head(_MOST_BUILDINGS)
    hidden = len(frame) - len(shown)
    dots = shown.rename(columns={"share": "share_now", "previous_share": "share_before"})
    subtitle = f"●{NO_BREAK_SPACE}{now}" + (f", ○{NO_BREAK_SPACE}{before[0]}" if before else "")
    subtitle += (
        f", en %{f'{NO_BREAK_SPACE}; les {len(shown)} plus bas sur {len(frame)}' if hidden else ''}"
    )
    drawn = collection_dots(
        dots, now=now, before=before[0] if before else "", target=COLLECTION_TARGET
    )
    words = f"Part encaissée par immeuble, le plus bas : {shown['name'].iloc[0]}."
    return panel(title, subtitle, picture(drawn, words=words))
