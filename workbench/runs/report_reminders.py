"""The reminders' part of the month-end report: what left, what comes, what is blocked and why.

Words and layout only; the figures come from `pipeline.reminder_month`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from workbench.documents.html import Column, Html, State, el, message, table
from workbench.domain.dates import Period, french_date
from workbench.domain.frames import rows_of
from workbench.domain.money import NO_BREAK_SPACE, french_euros
from workbench.pipeline.reminder_month import ReminderMonth
from workbench.runs.page import many, of_month

_CHANNELS: Final = {
    "post": "courrier", "email": "courriel", "registered": "recommandé",
    "e_registered": "recommandé électronique",
}  # fmt: skip
_SENT: Final = (
    Column(key="sent_on", title="Envoyée le", kind="date", width=12),
    Column(key="code", title="Compte", width=14),
    Column(key="holder", title="À"),
    Column(key="what", title="Lettre", kind="state", width=19),
    Column(key="by", title="Par", width=14),
    Column(key="amount_cents", title="Réclamé (€)", kind="money", summed=True),
)
_COMING: Final = (
    Column(key="planned_on", title="Prévue le", kind="date", width=14),
    Column(key="what", title="Lettre", kind="state"),
    Column(key="count", title="Nombre", kind="count", summed=True, width=12),
    Column(
        key="amount_cents", title="Sera réclamé si rien n’est payé (€)", kind="money", summed=True
    ),
)
_BLOCKED: Final = (
    Column(key="code", title="Compte", width=14),
    Column(key="holder", title="Titulaire", width=26),
    Column(key="why", title="Pourquoi"),
    Column(key="amount_cents", title="En retard (€)", kind="money", summed=True),
)


def reminder_blocks(month: ReminderMonth, *, period: Period, limit: int) -> Iterator[Html]:
    """Yields what left in the month, what comes, what is blocked; nothing is left unsaid.

    Args:
        month: of `reminder_month`.
        period: the month.
        limit: most rows of a table, 0 for all.
    """
    yield from _warnings(month)
    yield el("h3", f"Parties en {period.french()}")
    if len(month.sent):
        yield sent_table(month, limit=limit)
    else:
        words = f"Aucune relance n’est partie au cours du mois {of_month(period)}."
        yield el("p", words, cls="quiet")
    yield el("h3", "À venir")
    if len(month.coming):
        rows = [_coming_row(row, period=period) for row in rows_of(month.coming)]
        yield table(rows, _COMING, total="Total", limit=limit)
    else:
        yield el("p", "Aucune relance n’est prévue.", cls="quiet")
    if len(month.blocked):
        yield el("h3", "Bloquées")
        yield blocked_table(month, limit=limit)


def sent_table(month: ReminderMonth, *, limit: int = 0) -> Html:
    """Returns what left in the month, with its total."""
    rows = [_sent_row(row) for row in rows_of(month.sent)]
    return table(rows, _SENT, total=f"Total, {many(len(rows), 'lettre')}", limit=limit)


def blocked_table(month: ReminderMonth, *, limit: int = 0) -> Html:
    """Returns the accounts that cannot be reminded, each with its reason."""
    # A text, not a state: several reasons fill several lines.
    rows = [{**row, "why": f"■{NO_BREAK_SPACE}{row['words']}"} for row in rows_of(month.blocked)]
    return table(rows, _BLOCKED, total=f"Total, {many(len(rows), 'compte')}", limit=limit)


def _warnings(month: ReminderMonth) -> Iterator[Html]:
    if not month.automatic:
        words = "rien ne part avant qu’une personne ne le décide ou ne la remette en marche."
        yield message("La génération automatique est arrêtée :", words, tone="alert", glyph="▲")
    if month.snoozed_until is not None:
        day = french_date(month.snoozed_until)
        words = f"elles se réveillent d’elles-mêmes le {day}."
        yield message("Les relances de l’immeuble sont en sommeil :", words, glyph="–")
    if month.drafts:
        count = many(month.drafts, "facture")
        words = f"{french_euros(month.drafts_cents)} de frais ne sont pas encore dus."
        yield message(f"{count} de frais à valider :", words, glyph="◇")


def _sent_row(row: Mapping[str, Any]) -> dict[str, object]:
    return {
        **row,
        "what": State("●", str(row["words"])),
        "by": _CHANNELS.get(str(row["channel"]), "–"),
        "amount_cents": row["amount_cents"] or None,
    }


def _coming_row(row: Mapping[str, Any], *, period: Period) -> dict[str, object]:
    """A step whose day has come and that nobody generated is not merely planned."""
    if row["planned_on"].date() <= period.last_day:
        return {**row, "what": State("▲", f"{row['words']}, à générer", "alert")}
    return {**row, "what": State("○", str(row["words"]))}
