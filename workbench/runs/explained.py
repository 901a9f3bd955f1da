"""Why one movement went where it did, as a sentence and a waterfall."""

import pandas as pd

from workbench.documents.answer import Answer
from workbench.documents.html import el, fragment, message, section
from workbench.documents.waterfall import waterfall, waterfall_picture
from workbench.domain.errors import shortened
from workbench.domain.money import french_euros
from workbench.pipeline.matching_quality import Explained


def day_words(moment: str) -> str:
    """Returns the day of an ISO date or moment as it is written in French."""
    return f"{moment[8:10]}/{moment[5:7]}/{moment[:4]}"


def explained_answer(found: Explained) -> Answer:
    """Returns a movement's explanation: a sentence, the waterfall, the runner-up.

    Args:
        found: what was decided or proposed; its frame has criterion, weight, words.
    """
    reasons = found.explanation.reasons
    frame = pd.DataFrame(
        [(r.criterion, r.weight, r.words) for r in reasons],
        columns=["criterion", "weight", "words"],
    )
    movement = found.movement
    subtitle = " · ".join(
        text
        for text in (
            day_words(str(movement["booked_on"])),
            french_euros(int(movement["amount_cents"])),
            shortened(movement["counterparty"], limit=60),
            shortened(movement["label"], limit=100),
        )
        if text
    )
    title = section("7. Un mouvement expliqué", subtitle)
    told = el("p", found.explanation.sentence) if found.explanation.sentence else None
    second = None
    if found.explanation.runner_up:
        words = f"Pas le compte {found.explanation.runner_up} : {found.explanation.why_not}."
        second = el("p", words, cls="quiet")
    if not reasons:
        return Answer(
            frame, fragment(title, told, message("Décidé par une personne, sans calcul."))
        )
    drawn = waterfall_picture(
        waterfall(
            found.explanation,
            account=found.account,
            start=found.start,
            threshold=found.threshold,
            accepted=found.accepted,
        )
    )
    return Answer(frame, fragment(title, told, drawn.html(), second))
