"""The patterns behind an unpaid due, each tried in turn on one account; see `arrears_origin`.

Source: DOMAIN D8; LAW L11.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import pairwise
from typing import Final

from workbench.domain.dates import Period, french_date
from workbench.domain.money import french_euros
from workbench.domain.records import DueKind
from workbench.reports.arrears_accounts import Account, Called, Due, Span


class Cause(StrEnum):
    """Why something is unpaid. The order is the one in which a sentence tells them."""

    PAYMENT_WAITING = "payment_waiting"
    REJECTED_DEBIT = "rejected_debit"
    INDEXATION_NOT_APPLIED = "indexation_not_applied"
    CHARGES_NOT_ADJUSTED = "charges_not_adjusted"
    OLD_AMOUNT_PAID = "old_amount_paid"
    MISSING_PERIOD = "missing_period"
    NO_PAYMENT_SINCE = "no_payment_since"
    WORKS_UNPAID = "works_unpaid"
    ADJUSTMENT_UNPAID = "adjustment_unpaid"
    PARTIAL_PAYMENT = "partial_payment"
    FEE = "fee"
    DEPOSIT = "deposit"
    OTHER = "other"


_KINDS: Final = {
    DueKind.WORKS_CALL: Cause.WORKS_UNPAID,
    DueKind.FEE: Cause.FEE,
    DueKind.ADJUSTMENT: Cause.ADJUSTMENT_UNPAID,
    DueKind.DEPOSIT: Cause.DEPOSIT,
}


@dataclass(slots=True)
class Origin:
    """One cause on one account."""

    cause: Cause
    amount_cents: int
    since: date
    dues: list[Due]
    words: str
    periods: int = 0
    not_claimable_cents: int = 0


def causes(account: Account) -> Iterator[Origin]:
    """Yields every cause of an account; takes what each one explains out of `account.late`."""
    yield from _waiting(account)
    yield from _returned(account)
    yield from _old_amounts(account)
    yield from _missing(account)
    yield from _by_kind(account)
    yield from _partial(account)
    for due in account.late:
        what = due.label or "une échéance"
        yield Origin(
            Cause.OTHER, due.open_cents, due.due_on, [due],
            f"{french_euros(due.open_cents)} pour {what}, échéance du {french_date(due.due_on)}",
        )  # fmt: skip


def _waiting(account: Account) -> Iterator[Origin]:
    """A payment that is there but not reconciled explains the oldest dues it would settle."""
    for day, cents in sorted(account.waiting):
        exact = [due for due in account.late if due.open_cents == cents]
        settled = exact[:1]
        if not settled:
            left = cents
            for due in account.late:
                if due.open_cents > left:
                    break
                settled.append(due)
                left -= due.open_cents
        if not settled:
            continue
        account.take(settled)
        total = sum(due.open_cents for due in settled)
        yield Origin(
            Cause.PAYMENT_WAITING, total, settled[0].due_on, settled,
            f"un paiement de {french_euros(cents)} du {french_date(day)} est arrivé et "
            "reste à rapprocher",
            len({due.period for due in settled}),
        )  # fmt: skip


def _returned(account: Account) -> Iterator[Origin]:
    for due in [due for due in account.late if due.due_id in account.returns]:
        day, reason = account.returns[due.due_id]
        account.take([due])
        why = f" ({reason})" if reason else ""
        yield Origin(
            Cause.REJECTED_DEBIT, due.open_cents, due.due_on, [due],
            f"le paiement de {french_euros(due.open_cents)} pour {due.span.french()} "
            f"a été rejeté par la banque le {french_date(day)}{why}",
            1,
        )  # fmt: skip


def _old_amounts(account: Account) -> Iterator[Origin]:
    """Periods paid at what was called before the amount went up.

    Two ways to see it: each period keeps its own shortfall, or the payments, taken on the oldest
    due first, leave all the shortfalls on the last ones.
    """
    changes = [
        (before, after)
        for before, after in pairwise(account.called)
        if after.amount_cents > before.amount_cents
    ]
    for before, after in reversed(changes):
        raised = after.amount_cents - before.amount_cents
        since = [
            one
            for one in account.called
            if one.period >= after.period and one.amount_cents == after.amount_cents
        ]
        late = {due.due_id for due in account.late}
        short = [
            one
            for one in since
            if one.open_cents == raised
            and one.paid_cents
            and any(due.due_id in late for due in one.dues if due.open_cents)
        ]
        if not short:
            short = _rolled(account, since, old_cents=before.amount_cents, raised_cents=raised)
        if not short:
            continue
        dues = [due for one in account.called for due in one.dues if due.due_id in late]
        if short[0].open_cents == raised and short[0].paid_cents:
            wanted = {one.period for one in short}
            dues = [due for due in dues if due.period in wanted]
        dues = [due for due in dues if due.open_cents]
        account.take(dues)
        yield _old_amount(account, short, dues, before=before, after=after)


def _rolled(
    account: Account, since: list[Called], *, old_cents: int, raised_cents: int
) -> list[Called]:
    """Returns the periods paid at the old amount when the oldest dues took the money first."""
    if not since:
        return []
    start = since[0].period.first_day
    at_old = [day for day, cents in account.payments if cents == old_cents and day >= start]
    open_cents = sum(due.open_cents for due in account.late if due.is_periodic)
    count = min(len(at_old), len(since))
    return since[:count] if count and open_cents == count * raised_cents else []


def _old_amount(
    account: Account, short: list[Called], dues: list[Due], *, before: Called, after: Called
) -> Origin:
    total = sum(due.open_cents for due in dues)
    raised = after.amount_cents - before.amount_cents
    months = _span_words([one.span for one in short])
    each = french_euros(raised)
    rent = after.of_kind(DueKind.RENT) - before.of_kind(DueKind.RENT)
    known = any(new - old == raised == rent for _, old, new in account.indexations)
    not_claimable = 0
    if known:
        cause = Cause.INDEXATION_NOT_APPLIED
        words = f"l’indexation du loyer ({each} par échéance) n’a pas été appliquée {months}"
        not_claimable = sum(_older_than_a_year(due) for due in dues)
        if not_claimable:
            words += (
                f", dont {french_euros(not_claimable)} de plus d’un an avant la demande, "
                "qui ne peuvent pas être réclamés"
            )
    elif rent == 0 and after.of_kind(DueKind.CHARGES) > before.of_kind(DueKind.CHARGES):
        cause = Cause.CHARGES_NOT_ADJUSTED
        words = f"la hausse de la provision pour charges ({each}) n’a pas été appliquée {months}"
    else:
        cause = Cause.OLD_AMOUNT_PAID
        words = (
            f"l’ancien montant de {french_euros(before.amount_cents)} a été payé au lieu de "
            f"{french_euros(after.amount_cents)} {months}"
        )
    words += f", soit {french_euros(total)}"
    since = dues[0].due_on
    return Origin(cause, total, since, dues, words, len(short), not_claimable)


def _older_than_a_year(due: Due) -> int:
    """Returns the cents of a due that are lost: a year and more before they were asked for.

    The call of the new amount is the request. Source: LAW L11.
    """
    limit = _year_before(due.issued_on)
    first = due.covers[0] if due.covers else due.due_on
    return due.open_cents if first < limit else 0


def _year_before(day: date) -> date:
    if (day.month, day.day) == (2, 29):
        return date(day.year - 1, 2, 28)
    return day.replace(year=day.year - 1)


def _missing(account: Account) -> Iterator[Origin]:
    """Periods of which nothing at all was paid: one left out, or none paid since."""
    late = {due.due_id for due in account.late}
    unpaid = [
        one
        for one in account.called
        if one.paid_cents == 0 and any(due.due_id in late for due in one.dues)
    ]
    touched = [one.period for one in account.called if one.paid_cents]
    last_paid = max(touched, default=None)
    for group, cause in (
        ([o for o in unpaid if last_paid and o.period < last_paid], Cause.MISSING_PERIOD),
        ([o for o in unpaid if not last_paid or o.period > last_paid], Cause.NO_PAYMENT_SINCE),
    ):
        dues = [due for one in group for due in one.dues if due.due_id in late]
        if not dues:
            continue
        account.take(dues)
        spans = [one.span for one in group]
        total = sum(due.open_cents for due in dues)
        if cause is Cause.MISSING_PERIOD or len(spans) == 1:
            words = f"rien n’a été reçu pour {_span_words(spans, bare=True)}"
        else:
            words = f"rien n’a été reçu depuis {spans[0].french()} ({len(spans)} échéances)"
        words += f", soit {french_euros(total)}"
        yield Origin(cause, total, dues[0].due_on, dues, words, len(spans))


def _by_kind(account: Account) -> Iterator[Origin]:
    for due in list(account.late):
        cause = _KINDS.get(DueKind(due.kind))
        if cause is None:
            continue
        account.take([due])
        named = f"{_KIND_WORDS[cause]} du {french_date(due.due_on)}"
        words = f"{named} ({due.label})" if due.label else named
        words += f", restent {french_euros(due.open_cents)}"
        not_claimable = _adjusted_too_late(due) if cause is Cause.ADJUSTMENT_UNPAID else 0
        if not_claimable:
            words += (
                f", dont {french_euros(not_claimable)} de plus d’un an avant la demande, "
                "qui ne peuvent pas être réclamés"
            )
        yield Origin(cause, due.open_cents, due.due_on, [due], words, 0, not_claimable)


_KIND_WORDS: Final = {
    Cause.WORKS_UNPAID: "appel de travaux",
    Cause.FEE: "frais",
    Cause.ADJUSTMENT_UNPAID: "rappel",
    Cause.DEPOSIT: "dépôt de garantie",
}


def _adjusted_too_late(due: Due) -> int:
    """Returns the share of a back-dated indexation that is older than a year, by whole months.

    An adjustment of charges is not bound by that year: only one that says it indexes a rent is.
    Source: LAW L11.
    """
    if due.covers is None or "index" not in due.label.lower():
        return 0
    first, last = Period.of(due.covers[0]), Period.of(due.covers[1])
    limit = _year_before(due.issued_on)
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    lost = sum(first.plus(n).first_day < limit for n in range(count))
    return due.open_cents * lost // count if count > 0 else 0


def _partial(account: Account) -> Iterator[Origin]:
    short = [due for due in account.late if 0 < due.open_cents < due.amount_cents]
    account.take(short)
    for due in short:
        paid = french_euros(due.amount_cents - due.open_cents)
        what = due.span.french() if due.is_periodic else due.label
        yield Origin(
            Cause.PARTIAL_PAYMENT, due.open_cents, due.due_on, [due],
            f"{paid} reçus sur {french_euros(due.amount_cents)} pour {what or 'une échéance'}, "
            f"restent {french_euros(due.open_cents)}",
            int(due.is_periodic),
        )  # fmt: skip


def _span_words(spans: Sequence[Span], *, bare: bool = False) -> str:
    """Returns `de mai 2026 à octobre 2026 (6 échéances)`, `pour mai 2026`, `mai, juillet 2026`."""
    ordered = sorted(set(spans))
    months = [span.first.year * 12 + span.first.month for span in ordered]
    steps = {after - before for before, after in pairwise(months)}
    if len(ordered) > 2 and len(steps) == 1 and not bare:
        return f"{ordered[0].from_to(ordered[-1])} ({len(ordered)} échéances)"
    named = ", ".join(span.french() for span in ordered)
    return named if bare else f"pour {named}"
