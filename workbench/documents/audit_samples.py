"""How a sample is shown: how much of each band of amounts it holds, and its rows.

The rows come drawn from `reports.audit`; the other questions of an audit are in `audit_papers`.
"""

from typing import Final

import pandas as pd

from workbench.documents import audit_pictures
from workbench.documents.drawing import Picture
from workbench.documents.html import french_count, french_share
from workbench.documents.working_paper import WorkingPaper, described, told_words
from workbench.domain.money import NO_BREAK_SPACE

_BANDS: Final = ((100_00, "moins de 100 €"), (500_00, "100 à 500 €"), (2_000_00, "500 à 2 000 €"),
                 (10_000_00, "2 000 à 10 000 €"))  # fmt: skip
_LARGEST_BAND: Final = "10 000 € et plus"
_DRAWN: Final = {
    "movements": (
        "Mouvements",
        described(
            ("movement_id", "Mouvement", "text"), ("booked_on", "Date", "date"),
            ("counterparty", "Tiers", "text"), ("label", "Libellé", "text"),
            ("amount_cents", "Montant (€)", "movement"),
        ),
    ),
    "dues": (
        "Échéances",
        described(
            ("due_id", "Échéance", "text"), ("due_on", "Date", "date"),
            ("account_id", "Compte", "text"), ("label", "Libellé", "text"),
            ("amount_cents", "Montant (€)", "money"),
        ),
    ),
    "allocations": (
        "Liens",
        described(
            ("allocation_id", "Lien", "text"), ("effective_on", "Date", "date"),
            ("movement_id", "Mouvement", "text"), ("due_id", "Échéance", "text"),
            ("account_id", "Compte", "text"), ("actor", "Par", "text"),
            ("amount_cents", "Montant (€)", "money"),
        ),
    ),
}  # fmt: skip
_HITS: Final = described(("hits", "Tirages", "count"))


def sample(
    drawn: pd.DataFrame,
    population: pd.DataFrame,
    *,
    of: str,
    facts: tuple[tuple[str, str], ...],
    subtitle: str,
    by_amount: bool,
) -> WorkingPaper:
    """Returns a sample: how much of each band of amounts it holds, and its rows.

    Args:
        drawn: of `reports.audit.random_sample` or `monetary_unit_sample`.
        population: what it was drawn from; `amount_cents`.
        of: `movements`, `dues` or `allocations`.
        facts: how it was drawn.
        subtitle: place and period.
        by_amount: cents were drawn: bands are measured in euros, not in rows.
    """
    what, columns = _DRAWN[of]
    bands = _bands(drawn, population, by_amount=by_amount)
    words = told_words(bands["words"], bands["value"])
    measure = "part du montant tirée" if by_amount else "lignes tirées sur lignes"
    way = "par unité monétaire" if by_amount else "au hasard"
    title = f"{what} à examiner, tiré{'es' if of == 'dues' else 's'} {way}"
    return WorkingPaper(
        title=title,
        subtitle=subtitle,
        facts=facts,
        frame=drawn,
        columns=(*columns, *_HITS) if by_amount else columns,
        picture=Picture(
            audit_pictures.part_bars(bands),
            title=title,
            subtitle=f"{subtitle} ; cadre : population, plein : tirage, à droite : {measure}",
            words=f"Tirage par montant : {words}.",
        ),
        empty="La population est vide : il n’y a rien à tirer sur cette période.",
        blanks=("Avis", "Commentaire"),
    )


def _bands(drawn: pd.DataFrame, population: pd.DataFrame, *, by_amount: bool) -> pd.DataFrame:
    ends = [end for end, _ in _BANDS]
    names = [*(words for _, words in _BANDS), _LARGEST_BAND]

    def measured(frame: pd.DataFrame) -> list[int]:
        sizes = frame["amount_cents"].abs()
        place = pd.Series(ends).searchsorted(sizes, side="right")
        what = sizes if by_amount else pd.Series(1, index=sizes.index)
        totals = what.groupby(place).sum()
        return [int(totals.get(band, 0)) for band in range(len(names))]

    whole, part = measured(population), measured(drawn)
    value = [
        (french_share(p / w) if w else "–")
        if by_amount
        else f"{french_count(p)}{NO_BREAK_SPACE}/{NO_BREAK_SPACE}{french_count(w)}"
        for p, w in zip(part, whole, strict=True)
    ]
    return pd.DataFrame({"words": names, "whole": whole, "part": part, "value": value})
