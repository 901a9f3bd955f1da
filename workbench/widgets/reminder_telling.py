"""What the reminders' screen says around its lists: the banner, the sums, the empty states."""

from datetime import date
from typing import Final

import pandas as pd

from workbench.documents.html import Html, el, french_count, join
from workbench.domain.dates import french_date
from workbench.domain.money import NO_BREAK_SPACE, french_euros
from workbench.widgets.parts import glyph
from workbench.widgets.reminder_board import Board
from workbench.widgets.reminder_wording import counted_types, letters_words, reason_words
from workbench.widgets.table import Empty

HELP: Final = (
    "Entrée valide les lettres cochées · L les lit · D déplace leur date · M envoie à la main · "
    "S met un immeuble en sommeil · Z annule · / cherche · Échap revient."
)
_MOST_CHANGES: Final = 2


def heading(board: Board) -> Html:
    """Returns whether letters leave by themselves (DOMAIN B7)."""
    words = "en marche" if board.automatic else "arrêté"
    state = el("b", words, cls="" if board.automatic else "wb-alert")
    return el("span", f"envoi automatique{NO_BREAK_SPACE}: ", state)


def day_choices(board: Board) -> list[tuple[str, date]]:
    """Returns the days that can be looked at: the business day, then those that have letters."""
    counts = dict(zip(board.days["day"].dt.date, board.days["count"], strict=True))
    days = sorted({board.as_of, board.day, *counts})
    told = []
    for day in days:
        count = int(counts.get(day, 0))
        more = f" · {french_count(count)}" if count else ""
        told.append((f"{french_date(day)}{more}", day))
    return told


def banner(board: Board, done: str, *, whole: bool) -> Html:
    """Returns what this reading is: what was just done, or a dry run and what it changes.

    Args:
        board: the reading.
        done: what was just done; "" for nothing.
        whole: every change, not only the first ones.
    """
    if done:
        return el("p", glyph("●"), el("strong", done))
    if not board.is_today:
        words = (
            f"le {french_date(board.day)} n’est pas venu. Voici ce qui partirait "
            "si rien n’est payé d’ici là."
        )
        return el("p", el("strong", f"Prévision{NO_BREAK_SPACE}: "), words)
    head = el("strong", f"Essai à blanc{NO_BREAK_SPACE}: ")
    since, *lines = board.changes or (_unchanged(board),)
    lead = f"rien n’est parti, rien n’est écrit. {since} "
    if whole:
        return join(el("p", head, lead), el("ul", *(el("li", line) for line in lines)))
    rest = len(lines) - _MOST_CHANGES
    more = f" · et {french_count(rest)} autre{'s' if rest > 1 else ''}" if rest > 0 else ""
    return el("p", head, lead, f"{' · '.join(lines[:_MOST_CHANGES])}{more}")


def _unchanged(board: Board) -> str:
    if board.compared_with is None:
        return "C’est le premier essai."
    return f"Rien n’a changé depuis l’essai du {french_date(board.compared_with)}."


def banner_is_cut(board: Board, done: str) -> bool:
    """Tells whether the banner has more changes than it shows at first."""
    return not done and board.is_today and len(board.changes) > 2


def waking(board: Board) -> Html | None:
    """Returns the buildings that wake within two weeks; None when none does (DOMAIN E10)."""
    rows = board.waking()
    if rows.empty:
        return None
    told = [
        f"{name} le {french_date(until.date())}"
        for name, until in zip(rows["name"], rows["asleep_until"], strict=True)
    ]
    return el(
        "p", glyph("▲", tone="wb-alert"), el("strong", "Réveil des relances "),
        f"{NO_BREAK_SPACE}: {', '.join(told)}. Les lettres repartiront d’elles-mêmes.",
    )  # fmt: skip


def summary(board: Board, mode: str, rows: pd.DataFrame, *, reason: str, hidden: int) -> Html:
    """Returns the line above a list.

    Args:
        board: the reading.
        mode: the list.
        rows: before the search.
        reason: the only reason shown, in the list of what is blocked.
        hidden: rows that the search hides.
    """
    more = f" · {french_count(hidden)} masquée{'s' if hidden > 1 else ''}" if hidden else ""
    if mode == "blocked":
        words = _blocked(reason)
    else:
        words = {"leaving": _leaving, "planned": _planned, "sent": _sent}[mode](rows)
    day = f"Partent le {french_date(board.day)}" if mode == "leaving" else ""
    lead = el("h2", day) if day else None
    return join(lead, " " if lead else None, el("span", words + more, cls="wb-sub"))


def _leaving(rows: pd.DataFrame) -> str:
    told = []
    for kind, part in rows.groupby("kind", sort=False):
        fees = sorted({int(cents) for cents in part.loc[~part["waits"], "fee_cents"]})
        if not fees:
            price = "à valider"
        elif fees == [0]:
            price = "sans frais"
        elif len(fees) == 1:
            price = f"à {french_euros(fees[0])}, barème de l’immeuble"
        else:
            price = f"de {french_euros(fees[0])} à {french_euros(fees[-1])}, barème de l’immeuble"
        told.append(f"{counted_types({str(kind): len(part)})}, {price}")
    return f"{NO_BREAK_SPACE}; ".join(told) or "aucune lettre"


def _planned(rows: pd.DataFrame) -> str:
    counts = rows["kind"].value_counts(sort=False)
    told = counted_types({str(kind): int(count) for kind, count in counts.items()})
    return f"si rien n’est payé d’ici là{NO_BREAK_SPACE}: {told}" if told else "personne"


def _sent(rows: pd.DataFrame) -> str:
    waiting = int((rows["state"] == "waiting").sum())
    kept = rows[rows["state"] != "cancelled"]
    told = letters_words(len(kept)) if len(kept) else "aucune lettre"
    return told + (f", dont {french_count(waiting)} à valider" if waiting else "")


def _blocked(reason: str) -> str:
    if reason:
        title, lifts = reason_words(reason)
        return f"{title}{NO_BREAK_SPACE}: {lifts}" if lifts else title
    return "toutes les raisons ; choisir une raison à droite n’en montre qu’une"


def ticked_words(count: int) -> Html:
    """Returns what the links under a list act on."""
    words = "Cocher des lignes pour agir"
    if count:
        plural = "s" if count > 1 else ""
        words = f"Pour {french_count(count)} ligne{plural} cochée{plural}{NO_BREAK_SPACE}:"
    return el("span", words, cls="wb-sub")


def nothing(board: Board, mode: str, *, hidden: int) -> Empty:
    """Returns what an empty list says, and the next step."""
    if hidden:
        return Empty(title="Aucun compte pour cette recherche.", action="Retirer la recherche")
    if mode == "leaving":
        later = board.days[board.days["day"] > pd.Timestamp(board.day)]
        if later.empty:
            return Empty(title=f"Rien ne part le {french_date(board.day)}.")
        day = french_date(later["day"].iloc[0].date())
        return Empty(
            title=f"Rien ne part le {french_date(board.day)}.", text=f"Prochain envoi le {day}."
        )
    return {
        "planned": Empty(
            title="Personne n’est à relancer ensuite.", text="Tout le reste est payé ou bloqué."
        ),
        "sent": Empty(
            title="Aucune lettre n’a encore été générée.",
            text="Valider celles qui partent les écrit et les range ici.",
        ),
        "blocked": Empty(title="Rien n’est bloqué ce jour-là."),
    }[mode]
