"""The French of the reminders' screens: types, channels, states and reasons, in the office's words.

Words only; which of them applies is decided in `reminders` and told by `pipeline.reminding`.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from workbench.documents.calendar_picture import Mark
from workbench.documents.html import State, french_count
from workbench.domain.money import NO_BREAK_SPACE
from workbench.domain.policies import FORMAL_NOTICE, SIMPLE

_TYPES: Final[Mapping[str, tuple[str, str]]] = {
    SIMPLE: ("relance simple", "relances simples"),
    FORMAL_NOTICE: ("mise en demeure", "mises en demeure"),
}
_CHANNELS: Final[Mapping[str, str]] = {
    "post": "lettre",
    "email": "e-mail",
    "registered": "recommandé",
    "e_registered": "LRE",
}
# A reason's title, and what lifts it.
_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "not_delivered": ("Appel non remis", "vérifier l’adresse ou l’e-mail, puis renvoyer l’appel"),
    "plan_running": ("Échéancier en cours", "les relances reprennent s’il est rompu"),
    "procedure_running": ("Procédure en cours", "les relances restent arrêtées"),
    "partial_payment": ("Payé en partie", "compteurs remis à zéro, la suite à la main"),
    "below_threshold": ("Sous le seuil", "seuil du réglage de ce type"),
    "snoozed": ("Relances en sommeil", "elles se réveillent d’elles-mêmes"),
    "excluded": ("Exclus par le réglage", "l’exclusion se lève dans le réglage"),
    "no_call_sent": ("Aucun appel envoyé", "pas de relance avant le premier appel"),
    "last_step_done": ("Dernière étape faite", "une personne décide de la suite"),
    "automatic_off": ("Envoi automatique arrêté", "le remettre en marche, ou à la main"),
    "paid": ("Rien en retard ce jour-là", "rien à réclamer"),
}
PROBLEM: Final = "problem"
_PROBLEM_WORDS: Final = ("Lettre impossible", "compléter ce qui manque, puis Actualiser")
# State of a reminder that was generated, see `reminder_desk.sent_frame`.
SENT_STATES: Final[Mapping[str, State]] = {
    "waiting": State("◇", "à valider", "accent"),
    "queued": State("◆", "en attente d’envoi", "accent"),
    "to_post": State("◆", "à poster", "accent"),
    "sending": State("◆", "en route", "accent"),
    "sent": State("●", "envoyée"),
    "unknown": State("▲", "à vérifier", "alert"),
    "refused": State("■", "refusée", "alert"),
    "cancelled": State("–", "annulée"),
}


def type_words(kind: str, count: int = 1) -> str:
    """Returns `relance simple`, `mises en demeure`; the office's own name for another type."""
    name = kind.replace("_", " ")
    one, many = _TYPES.get(kind, (name, name))
    return many if count > 1 else one


def counted_types(kinds: Mapping[str, int]) -> str:
    """Returns `4 relances simples ; 6 mises en demeure`: two types are never one total."""
    told = [f"{french_count(n)} {type_words(kind, n)}" for kind, n in kinds.items() if n]
    return f"{NO_BREAK_SPACE}; ".join(told)


def letters_words(count: int) -> str:
    """Returns `1 lettre`, `10 lettres`."""
    return f"{french_count(count)}{NO_BREAK_SPACE}lettre{'s' if count > 1 else ''}"


def channel_words(channel: str) -> str:
    """Returns `lettre`, `e-mail`, `recommandé`, `LRE`."""
    return _CHANNELS.get(channel, channel)


def reason_words(reason: str) -> tuple[str, str]:
    """Returns the title of a reason against a reminder, and what lifts it."""
    if reason == PROBLEM:
        return _PROBLEM_WORDS
    return _REASONS.get(reason, (reason, ""))


def marks_of(kinds: Iterable[str]) -> tuple[Mark, ...]:
    """Returns the shapes of types, in their order: outline, full, dashed for the office's own."""
    shapes = {SIMPLE: "outline", FORMAL_NOTICE: "full"}
    return tuple(
        Mark(kind, type_words(kind, 2), shapes.get(kind, "dashed")) for kind in dict.fromkeys(kinds)
    )


def sentence(words: str) -> str:
    """Returns words of the pipeline as a sentence: a capital, a full stop."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."
