"""How each question of an audit is shown: words, columns and picture of its rows.

The rows come computed from `reports.audit`; what is asked, and when, is `pipeline.exploring`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final

import pandas as pd

from workbench.documents import audit_pictures
from workbench.documents.drawing import Picture
from workbench.documents.html import french_count, masked_iban
from workbench.documents.working_paper import WorkingPaper, described, told_words
from workbench.domain.dates import Period, french_date
from workbench.domain.money import french_amount, french_euros
from workbench.domain.records import AccountKind

_KINDS: Final[Mapping[str, str]] = {
    AccountKind.COOWNER: "copropriétaire",
    AccountKind.TENANT: "locataire",
    AccountKind.SUPPLIER: "fournisseur",
}
ACTIONS: Final[Mapping[str, str]] = {
    "accept": "propositions acceptées",
    "add_due": "échéances ajoutées",
    "band": "catégories rétablies ou rétrogradées",
    "cancel": "échéances annulées",
    "check": "liens contrôlés",
    "forget": "apprentissages oubliés",
    "link": "liens faits à la main",
    "on_account": "restes mis en compte",
    "reject": "propositions rejetées",
    "sample": "tirages de contrôle",
    "set_aside": "mouvements écartés",
    "undo": "décisions annulées",
}
_AGES: Final = {
    "0_30": "30 jours au plus", "31_60": "31 à 60 jours", "61_90": "61 à 90 jours",
    "91_180": "91 à 180 jours", "181_365": "6 à 12 mois", "over_365": "plus d’un an",
}  # fmt: skip
_SIDES: Final = {"paid_ahead": "payé d’avance", "paid_late": "payé après"}
_MONTHS_SHOWN: Final = 15
_PEOPLE_SHOWN: Final = 12
_ACCOUNTS_SHOWN: Final = 12
_LARGEST_SHOWN: Final = 10


def cut_off(found: pd.DataFrame, *, place: str, end: date, days: int) -> WorkingPaper:
    """Returns the money around a period's end that settles the other side of it.

    Args:
        found: of `reports.audit.cut_off`.
        place: the building, or words for all.
        end: last day of the period.
        days: before and after.
    """
    title = "Césure : payé d’un côté de la clôture, dû de l’autre"
    subtitle = f"{place}, {days} jours avant et après le {french_date(end)}, en €"
    all_days = [end + timedelta(days=step) for step in range(1 - days, days + 1)]
    sums = found.groupby(["booked_on", "side"])["amount_cents"].sum()
    ahead, late = (
        [int(sums.get((pd.Timestamp(day), side), 0)) for day in all_days] for side in _SIDES
    )
    marked = {0, days - 1, len(all_days) - 1}
    drawn = pd.DataFrame(
        {
            "label": [french_date(d)[:5] if n in marked else "" for n, d in enumerate(all_days)],
            "full": ahead,
            "hatched": late,
            "value": _tallest(ahead, late),
        }
    )
    totals = [french_euros(int(found.loc[found["side"] == side, "amount_cents"].sum()))
              for side in _SIDES]  # fmt: skip
    facts = (("Payé d’avance", totals[0]), ("Payé après la clôture", totals[1]))
    return WorkingPaper(
        title=title,
        subtitle=subtitle,
        facts=facts,
        frame=found,
        shown=found.assign(side=_named(found["side"], _SIDES)),
        columns=described(
            ("booked_on", "Payé le", "date"), ("due_on", "Dû le", "date"),
            ("side", "Sens", "text"), ("account_id", "Compte", "text"),
            ("label", "Libellé", "text"), ("movement_id", "Mouvement", "text"),
            ("due_id", "Échéance", "text"), ("amount_cents", "Montant (€)", "money"),
        ),
        picture=Picture(
            audit_pictures.columns(drawn, line_after=days - 1),
            title=title,
            subtitle=f"{subtitle} ; plein : payé d’avance, hachuré : payé après",
            words=f"{len(found)} règlements de part et d’autre du {french_date(end)}.",
        ),
        empty="Aucun règlement ne passe d’un côté à l’autre de la clôture.",
        blanks=("Commentaire",),
    )  # fmt: skip


def _tallest(full: Sequence[int], hatched: Sequence[int]) -> list[str]:
    """Writes the largest bar of each look, and nothing on the others: days stand too close."""
    marked = {values.index(max(values)) for values in (list(full), list(hatched)) if any(values)}
    return [
        french_amount(a + b) if place in marked else ""
        for place, (a, b) in enumerate(zip(full, hatched, strict=True))
    ]


def equal_payments(found: pd.DataFrame, *, subtitle: str, days: int) -> WorkingPaper:
    """Returns payments that look like an earlier one.

    Args:
        found: of `reports.audit.equal_payments`.
        subtitle: place and period.
        days: how far apart two of them may be.
    """
    title = "Paiements identiques à peu de jours"
    counts = [int((found["days"] == apart).sum()) for apart in range(days + 1)]
    drawn = pd.DataFrame(
        {
            "label": ["même jour" if not apart else str(apart) for apart in range(days + 1)],
            "full": counts,
            "hatched": 0,
            "value": [str(count) if count else "" for count in counts],
        }
    )
    total = int(found["amount_cents"].abs().sum())
    return WorkingPaper(
        title=title,
        subtitle=subtitle,
        facts=(
            ("Règle", f"même compte bancaire, même montant, même tiers, à {days} jours au plus"),
            ("Seconds paiements", f"{french_count(len(found))}, {french_euros(total)}"),
        ),
        frame=found,
        columns=described(
            ("again_on", "Le", "date"), ("first_on", "Déjà le", "date"), ("days", "Jours", "count"),
            ("party", "Tiers", "text"), ("iban", "Compte bancaire", "iban"),
            ("again_id", "Mouvement", "text"), ("first_id", "Le premier", "text"),
            ("amount_cents", "Montant (€)", "movement"),
        ),
        picture=Picture(
            audit_pictures.columns(drawn),
            title=title,
            subtitle=f"{subtitle} ; nombre de paires par jours d’écart",
            words=f"{len(found)} paires de paiements identiques.",
        ),
        empty=f"Aucun paiement n’en répète un autre à {days} jours près.",
        blanks=("Avis", "Commentaire"),
    )  # fmt: skip


def iban_changes(found: pd.DataFrame, *, subtitle: str, as_of: date) -> WorkingPaper:
    """Returns accounts whose money took another IBAN; each month's suppliers stand out.

    Args:
        found: of `reports.audit.iban_changes`.
        subtitle: place and period.
        as_of: last month drawn.
    """
    title = "IBAN qui ont changé"
    months = [Period.of(as_of).plus(-back) for back in range(_MONTHS_SHOWN - 1, -1, -1)]
    suppliers, others = [], []
    for month in months:
        first, last = pd.Timestamp(month.first_day), pd.Timestamp(month.last_day)
        inside = found[found["changed_on"].between(first, last)]
        count = int((inside["kind"] == AccountKind.SUPPLIER).sum())
        suppliers.append(count)
        others.append(len(inside) - count)
    drawn = pd.DataFrame(
        {
            "label": [_month_label(month, months) for month in months],
            "full": suppliers,
            "hatched": others,
            "value": [str(a + b) if a + b else "" for a, b in zip(suppliers, others, strict=True)],
        }
    )
    unknown = int((~found["is_known"].astype(bool)).sum())
    of_suppliers = int((found["kind"] == AccountKind.SUPPLIER).sum())
    shown = found.assign(
        kind=_named(found["kind"], _KINDS),
        is_known=["connu" if known else "▲ nouveau" for known in found["is_known"]],
    )
    return WorkingPaper(
        title=title,
        subtitle=subtitle,
        facts=(
            ("Changements", french_count(len(found))),
            ("dont fournisseurs", french_count(of_suppliers)),
            ("inconnus du fichier", french_count(unknown)),
        ),
        frame=found,
        shown=shown,
        columns=described(
            ("changed_on", "Depuis le", "date"), ("kind", "Nature", "text"),
            ("account_id", "Compte", "text"), ("holder", "Titulaire", "text"),
            ("old_iban", "Ancien", "iban"), ("new_iban", "Nouveau", "iban"),
            ("is_known", "Au fichier", "text"), ("movement_id", "Mouvement", "text"),
            ("amount_cents", "Montant (€)", "movement"),
        ),
        picture=Picture(
            audit_pictures.columns(drawn),
            title=title,
            subtitle=f"{subtitle} ; par mois, plein : fournisseurs, hachuré : autres comptes",
            words=f"{len(found)} changements, dont {of_suppliers} de fournisseurs.",
        ),
        empty="Chaque compte paie, ou est payé, depuis toujours par le même IBAN.",
        blanks=("Avis", "Commentaire"),
    )  # fmt: skip


def _month_label(month: Period, months: Sequence[Period]) -> str:
    """Writes the year where it begins: at the first month and in January."""
    is_marked = month in (months[0], months[-1]) or month.month == 1
    return f"{month.month:02d}/{month.year}" if is_marked else ""


def decisions_by_person(found: pd.DataFrame) -> WorkingPaper:
    """Returns what each person decided by hand.

    Args:
        found: of `reports.audit.decisions_by_person`.
    """
    title = "Décisions manuelles par personne"
    subtitle = "tout le registre, depuis son début"
    people = found.groupby("actor", sort=True)[["decisions", "out_of_hours"]].sum().reset_index()
    people = people.sort_values(["decisions", "actor"], ascending=[False, True], ignore_index=True)
    drawn = pd.DataFrame(
        {
            "words": people["actor"],
            "whole": people["decisions"],
            "part": people["out_of_hours"],
            "value": [french_count(int(count)) for count in people["decisions"]],
        }
    )
    odd, total = int(found["out_of_hours"].sum()), int(found["decisions"].sum())
    return WorkingPaper(
        title=title,
        subtitle=subtitle,
        facts=(
            ("Décisions", french_count(total)),
            ("hors des heures de bureau", french_count(odd)),
            ("Heures de bureau", "7 h à 20 h UTC, du lundi au vendredi"),
        ),
        frame=found,
        shown=found.assign(action=_named(found["action"], ACTIONS)),
        columns=described(
            ("actor", "Personne", "text"), ("action", "Quoi", "text"),
            ("first_on", "Première", "date"), ("last_on", "Dernière", "date"),
            ("decisions", "Décisions", "count"), ("out_of_hours", "Hors heures", "count"),
        ),
        picture=Picture(
            audit_pictures.part_bars(drawn.head(_PEOPLE_SHOWN), hatched=True),
            title=title,
            subtitle=f"{subtitle} ; hachuré : hors des heures de bureau",
            words=f"{total} décisions de {len(people)} personnes, dont {odd} hors des heures.",
        ),
        empty="Personne n’a encore rien décidé à la main.",
    )  # fmt: skip


def statement_gaps(gaps: pd.DataFrame, statements: pd.DataFrame, *, subtitle: str) -> WorkingPaper:
    """Returns the numbers missing between statements.

    Args:
        gaps: of `reports.audit.statement_gaps`.
        statements: what it was made from.
        subtitle: place and period.
    """
    title = "Relevés dont le numéro manque"
    holed = sorted(set(gaps["iban"]))[:_ACCOUNTS_SHOWN]
    place = {iban: row for row, iban in enumerate(holed)}
    told = statements[statements["iban"].isin(holed)]
    picture = None
    if len(gaps):
        shown = gaps[gaps["iban"].isin(holed)]
        drawn = audit_pictures.statement_rows(
            told.assign(row=told["iban"].map(place)),
            shown.assign(row=shown["iban"].map(place)),
            labels=[masked_iban(iban) for iban in holed],
        )
        picture = Picture(
            drawn,
            title=title,
            subtitle=f"{subtitle} ; ● relevé, ▲ numéros manquants",
            words=f"{int(gaps['missing'].sum())} numéros manquent sur {len(place)} comptes.",
        )
    return WorkingPaper(
        title=title,
        subtitle=subtitle.removesuffix(", en €"),
        facts=(
            ("Relevés", french_count(len(statements))),
            ("Numéros manquants", french_count(int(gaps["missing"].sum()))),
        ),
        frame=gaps,
        columns=described(
            ("iban", "Compte bancaire", "iban"), ("after_number", "Après le n°", "count"),
            ("after_on", "du", "date"), ("before_number", "Avant le n°", "count"),
            ("before_on", "du", "date"), ("missing", "Manquants", "count"),
        ),
        picture=picture,
        empty="Les numéros des relevés se suivent sur chaque compte.",
        blanks=("Demandé à la banque le",),
    )  # fmt: skip


def aged_suspense(found: pd.DataFrame, *, subtitle: str) -> WorkingPaper:
    """Returns the age of the money on nobody's account.

    Args:
        found: of `reports.audit.aged_suspense`.
        subtitle: place and period.
    """
    title = "Attente : depuis quand cet argent n’est à personne"
    shown = found.assign(
        words=_named(found["bucket"], _AGES), whole=found["in_cents"] - found["out_cents"],
        part=-found["out_cents"],
    )  # fmt: skip
    shown["value"] = [french_amount(int(cents)) for cents in shown["whole"]]
    waits = int(found["movements"].sum())
    return WorkingPaper(
        title=title,
        subtitle=subtitle,
        facts=(
            ("Mouvements", french_count(waits)),
            ("reçus", french_euros(int(found["in_cents"].sum()))),
            ("payés", french_euros(int(found["out_cents"].sum()))),
        ),
        frame=found,
        shown=shown if waits else shown.iloc[:0],
        columns=described(
            ("words", "Âge", "text"), ("movements", "Mouvements", "count"),
            ("in_cents", "Reçus (€)", "money"), ("out_cents", "Payés (€)", "money"),
        ),
        picture=Picture(
            audit_pictures.part_bars(shown, hatched=True),
            title=title,
            subtitle=f"{subtitle} ; cadre : reçus et payés, hachuré : payés",
            words=f"{waits} mouvements en attente : {told_words(shown['words'], shown['value'])}.",
        ),
        empty="Tout l’argent de la banque est sur un compte.",
    )  # fmt: skip


def suspense(found: pd.DataFrame, *, subtitle: str) -> WorkingPaper:
    """Returns the movements behind `aged_suspense`, the oldest first.

    Args:
        found: columns of the movements view, and `age_days`.
        subtitle: place and period.
    """
    title = "Attente, mouvement par mouvement"
    largest = found.assign(size=found["open_cents"].abs()).nlargest(_LARGEST_SHOWN, "size")
    drawn = pd.DataFrame(
        {
            "words": [f"{day.strftime('%d/%m/%Y')} {who}" for day, who in zip(
                largest["booked_on"], largest["counterparty"].where(
                    largest["counterparty"] != "", largest["label"]), strict=True)],
            "whole": largest["amount_cents"].abs(),
            "part": largest["size"],
            "value": [french_amount(int(cents), plus=True) for cents in largest["open_cents"]],
        }
    )  # fmt: skip
    return WorkingPaper(
        title=title,
        subtitle=subtitle,
        facts=(("Mouvements", french_count(len(found))),),
        frame=found,
        columns=described(
            ("booked_on", "Date", "date"), ("age_days", "Jours", "count"),
            ("counterparty", "Tiers", "text"), ("label", "Libellé", "text"),
            ("movement_id", "Mouvement", "text"), ("amount_cents", "Montant (€)", "movement"),
            ("open_cents", "En attente (€)", "movement"),
        ),
        picture=Picture(
            audit_pictures.part_bars(drawn),
            title=title,
            subtitle=f"{subtitle} ; les {len(drawn)} plus gros, plein : ce qui attend encore",
            words=f"Les plus gros : {told_words(drawn['words'], drawn['value'])}.",
        ),
        empty="Tout l’argent de la banque est sur un compte.",
        blanks=("Suite donnée",),
    )  # fmt: skip


def _named(codes: "pd.Series[str]", names: Mapping[str, str]) -> list[str]:
    """Writes codes in French; one that nobody named stays itself."""
    return [names.get(code, code) for code in codes]
