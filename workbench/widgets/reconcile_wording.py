"""What Rapprocher says around its lists: how far one is, who else works here, when, why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from workbench.documents.html import Html, el, french_count, join
from workbench.domain.dates import Period, french_date
from workbench.domain.money import NO_BREAK_SPACE, french_euros
from workbench.pipeline.work_progress import WorkProgress

UNDO_REASONS: Final = (
    ("wrong_account", "mauvais compte"), ("wrong_due", "mauvaise échéance"),
    ("slip", "erreur de saisie"),
)  # fmt: skip

HINTS: Final = el(
    "span",
    el("kbd", "↑"), el("kbd", "↓"), " mouvement  ", el("kbd", "1"), "…", el("kbd", "5"),
    " proposition  ", el("kbd", "?"), " touches", cls="wb-hints",
)  # fmt: skip


def with_whom(names: Sequence[str]) -> str:
    """Returns who else works here: `L. Verane traite aussi cet immeuble`."""
    verb = "traitent" if len(names) > 1 else "traite"
    return f"{' et '.join(names)} {verb} aussi cet immeuble" if names else ""


def reason(name: str, text: str) -> str:
    """Returns a reason: the ready one, one's own words, or both."""
    return " : ".join(filter(None, (dict(UNDO_REASONS).get(name, ""), text)))


def sentence(words: str) -> str:
    """Returns words as one sentence: a capital, a full stop."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def month_words(month: str, count: int) -> str:
    """Returns `Octobre 2026 (8)`."""
    words = Period.parse(month).french()
    return f"{words[:1].upper()}{words[1:]} ({count})"


def when(at: str) -> str:
    """Returns `à 15:47`, or `le 07/11/2026 à 15:47`, in this machine's time."""
    local = datetime.fromisoformat(at).astimezone()
    return f"le {french_date(local.date())} à {local:%H:%M}"


def progress_words(done: WorkProgress) -> Html:
    """The bar, then the same in words."""

    def width(count: int) -> str:
        return f"width:{round(100 * count / done.total) if done.total else 0}%"

    bar = el(
        "div",
        el("span", style=width(done.automatic + done.aside), cls="wb-part-automatic"),
        el("span", style=width(done.by_you + done.by_others), cls="wb-part-people"),
        cls="wb-progress-bar",
    )
    share = f"{done.done * 100 // done.total}{NO_BREAK_SPACE}%" if done.total else "–"
    ways = [f"{french_count(done.automatic)} automatiques", f"{french_count(done.by_you)} par vous"]
    if done.by_others:
        ways.append(f"{french_count(done.by_others)} par d’autres")
    if done.aside:
        ways.append(f"{french_count(done.aside)} écartés")
    return join(
        bar,
        el(
            "span",
            el("b", f"{french_count(done.done)} sur {french_count(done.total)}"),
            f" traités ({share})\u00a0: {', '.join(ways)} · ",
            el("b", f"{french_count(done.left)} à traiter"),
            f", soit {french_euros(done.left_cents)}",
        ),
    )
