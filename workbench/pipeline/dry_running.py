"""What a dry run of reminders says that the last one did not: an office looks every morning.

A dry run decides nothing: what it said is kept in place of what the last one said, and leaves no
row in the journal.
"""

from collections.abc import Iterator, Mapping

import pandas as pd

from workbench.domain.dates import french_date
from workbench.ledger import reminder_rows, reminding
from workbench.ledger.store import Ledger
from workbench.pipeline.planning import Plan
from workbench.pipeline.reminder_settings import type_words
from workbench.reminders.plan import StepState

Said = Mapping[str, list[str]]


def changes(ledger: Ledger, plan: Plan, *, building_id: str) -> tuple[str, ...]:
    """Compares a plan with the last dry run of the same building, and keeps it for the next.

    Args:
        ledger: open; a read-only one is compared and keeps nothing.
        plan: of this dry run.
        building_id: of its scope; "" for the portfolio.

    Returns:
        French lines, by account; none for the first dry run, or when nothing changed.
    """
    said = {
        account: [kind, state, reason, "" if pd.isna(day) else day.date().isoformat()]
        for account, kind, state, reason, day in zip(
            *(plan.frame[name] for name in ("account_id", "kind", "state", "reason", "planned_on")),
            strict=True,
        )
        if state != StepState.PLANNED
    }
    last = reminding.last_dry_run(ledger, building_id)
    if not ledger.read_only and last != (plan.as_of, said):
        with ledger.writing() as connection:
            reminder_rows.keep_dry_run(connection, building_id, as_of=plan.as_of, data=said)
    if last is None:
        return ()
    on, before = last
    lines = tuple(_lines(before, said, plan))
    return (f"Depuis la simulation du {french_date(on)} :", *lines) if lines else ()


def _lines(before: Said, now: Said, plan: Plan) -> Iterator[str]:
    words = dict(zip(plan.frame["account_id"], plan.frame["words"], strict=True))
    for account in sorted({*before, *now}):
        was, row = before.get(account), now.get(account)
        if was is not None and row is not None and was[:3] == row[:3]:
            continue
        was_due = was is not None and was[1] == StepState.DUE
        if row is not None and row[1] == StepState.DUE:
            yield f"+ {account} : {type_words(row[0])} à envoyer"
        elif row is not None:
            left = "n’est plus à envoyer, " if was_due else ""
            yield f"× {account} : {type_words(row[0])} {left}bloquée, {words[account]}"
        elif was is not None and was_due:
            yield f"− {account} : {type_words(was[0])} n’est plus à envoyer"
        elif was is not None:
            yield f"− {account} : {type_words(was[0])} n’est plus bloquée"
