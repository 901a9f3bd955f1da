"""What a month-end comes to, in a few French sentences made from its figures.

Facts only: no judgement of persons, and nothing that a section of the report does not show.
"""

from collections.abc import Iterator
from typing import Final

import pandas as pd

from workbench.documents.html import french_count, french_share
from workbench.domain.dates import Period, french_date
from workbench.domain.findings import Severity
from workbench.domain.money import french_euros
from workbench.domain.records import BuildingKind
from workbench.pipeline.closing import MonthEndData
from workbench.runs.page import many, of_month

_NUMBERS: Final = (
    "aucun", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix",
)  # fmt: skip


def is_rental(data: MonthEndData) -> bool:
    """Whether the building is let, and its holders are tenants."""
    return data.kind == BuildingKind.RENTAL


def late_accounts(data: MonthEndData) -> pd.DataFrame:
    """Returns the debtors with something late, the largest debt first."""
    return data.debtors[data.debtors["overdue_cents"] > 0]


def statements_follow(data: MonthEndData) -> bool:
    """Whether every statement of the month meets the one before and adds up."""
    told = data.statements
    return bool(
        told["follows"].isin(["first", "follows", "repeats"]).all() and told["balanced"].all()
    )


def sentences(data: MonthEndData) -> Iterator[str]:
    """Yields what to keep in mind: the bank, what waits, what came in, who is late, findings."""
    yield _bank_sentence(data)
    yield _waiting_sentence(data)
    if len(data.collections) and (last := data.collections.iloc[-1])["called_cents"]:
        month = of_month(Period.of(last["period_start"]))
        what = f"Le loyer {month}" if is_rental(data) else f"L’appel du {last['label']}"
        yield f"{what} est encaissé à {french_share(float(last['share']))}."
    yield _arrears_sentence(data)
    yield _findings_sentence(data)


def _bank_sentence(data: MonthEndData) -> str:
    gap, chained = data.gap_cents, statements_follow(data)
    if gap is None:
        return "Un compte n’a pas de relevé avec solde : le rapprochement n’est pas possible."
    if gap == 0:
        if chained:
            return "Les relevés se suivent et le rapprochement tombe juste."
        return "Le rapprochement tombe juste, mais la suite des relevés est à contrôler."
    if chained:
        return (
            "Les relevés du mois se suivent, mais le rapprochement laisse un écart de "
            f"{french_euros(gap)}."
        )
    return (
        f"Les relevés ne se suivent pas et le rapprochement laisse un écart de {french_euros(gap)}."
    )


def _waiting_sentence(data: MonthEndData) -> str:
    booked = int(data.decided["count"].sum())
    old = data.waiting["booked_on"] < pd.Timestamp(data.period.first_day)
    new_count, old_count = int((~old).sum()), int(old.sum())
    if new_count:
        verb = "attendent" if new_count > 1 else "attend"
        words = (
            f"{many(new_count, 'mouvement')} sur {french_count(booked)} {verb} une décision, "
            f"soit {_absolute(data.waiting[~old])}"
        )
    elif booked:
        words = f"Tous les mouvements du mois, {french_count(booked)}, ont leur décision"
    else:
        words = "Aucun mouvement ce mois"
    if old_count:
        verb = "plus anciens attendent" if old_count > 1 else "plus ancien attend"
        words += f" ; {french_count(old_count)} {verb} encore, soit {_absolute(data.waiting[old])}"
    return f"{words}."


def _absolute(waiting: pd.DataFrame) -> str:
    return french_euros(int(waiting["open_cents"].abs().sum()))


def _arrears_sentence(data: MonthEndData) -> str:
    late = late_accounts(data)
    if not len(late):
        return "Aucun compte n’est en retard."
    oldest = late.sort_values(["oldest_due_on", "account_id"]).iloc[0]
    verb = "sont" if len(late) > 1 else "est"
    return (
        f"{many(len(late), 'compte')} {verb} en retard ; la dette la plus ancienne, de "
        f"{oldest['holder']}, date du {french_date(oldest['oldest_due_on'])}."
    )


def _findings_sentence(data: MonthEndData) -> str:
    count = len(data.findings)
    errors = sum(1 for finding in data.findings if finding.severity is Severity.ERROR)
    if not count:
        return "Aucun constat."
    words = f"{_number(count).capitalize()} constat{'s' if count > 1 else ''}"
    if errors:
        return f"{words}, dont {_number(errors)} à corriger."
    known = all(finding.severity is Severity.INFO for finding in data.findings)
    return f"{words} pour mémoire." if known else f"{words} à vérifier."


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else french_count(count)
