"""What reminders did in a month, what comes and what is blocked: the month-end's part of it."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd

from workbench.domain.dates import Period
from workbench.ledger import fee_invoices, reminding, views
from workbench.ledger.store import Ledger
from workbench.pipeline import planning
from workbench.pipeline.planning import Plan
from workbench.pipeline.reminder_settings import type_words
from workbench.reminders.blocks import Reason
from workbench.reminders.plan import StepState

_SENT: Final = "sent"
_DAY: Final = "datetime64[s]"
# Said of an account only while somebody can do something about it.
_QUIET: Final = frozenset({Reason.PAID, Reason.BELOW_THRESHOLD})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderMonth:
    """Reminders of a building in a month, as of its last day; money in signed cents.

    Attributes:
        sent: reminders that left in the month: `sent_on, account_id, code, holder, kind, words`
            (of the type, French), `channel` ("" where an import does not say), `amount_cents` (0
            where an import does not say); oldest first.
        coming: steps to come by type and day: `planned_on, kind, words, count, amount_cents`;
            soonest first. One already due counts on its own day.
        blocked: steps with a reason against them: `account_id, code, holder, kind, reason, words`
            (French), `amount_cents`; by reason, largest first. What is paid or below the threshold
            needs nobody, and is left out.
        drafts: fee invoices that wait for a person: their number.
        drafts_cents: their sum.
        snoozed_until: the day the building's reminders wake; None while they are awake.
        automatic: the portfolio's switch (DOMAIN B7).
    """

    sent: pd.DataFrame
    coming: pd.DataFrame
    blocked: pd.DataFrame
    drafts: int
    drafts_cents: int
    snoozed_until: date | None
    automatic: bool


def reminder_month(ledger: Ledger, *, building_id: str, period: Period) -> ReminderMonth:
    """Reads a building's reminders of a month.

    Args:
        ledger: open; read-only is enough.
        building_id: the building.
        period: the month; plans are told as of its last day.

    Source: DOMAIN B7, B8, E1 to E12.
    """
    as_of = period.last_day
    with ledger.snapshot():
        plan = planning.plan_on(ledger, as_of=as_of, building_id=building_id)
        accounts = views.accounts(ledger, building_id=building_id)
        imported = views.reminders_sent(ledger, building_id=building_id)
        own = reminding.reminders(ledger, building_id=building_id)
        invoices = fee_invoices.fee_invoices(ledger, building_id=building_id)
    waiting = invoices[(invoices["state"] == fee_invoices.DRAFT)]
    waiting = waiting[waiting["issued_on"] <= pd.Timestamp(as_of)]
    snooze = plan.states.snoozes.get(building_id)
    return ReminderMonth(
        sent=_sent(imported, own, accounts, period=period),
        coming=_coming(plan),
        blocked=_blocked(plan),
        drafts=len(waiting),
        drafts_cents=int(waiting["amount_cents"].sum()),
        snoozed_until=snooze.until if snooze is not None and snooze.start <= as_of else None,
        automatic=plan.automatic,
    )


def _sent(
    imported: pd.DataFrame, own: pd.DataFrame, accounts: pd.DataFrame, *, period: Period
) -> pd.DataFrame:
    columns = ["sent_on", "account_id", "kind", "channel", "amount_cents"]
    own = own[own["state"] == _SENT]
    parts = [
        imported.assign(amount_cents=imported["amount_cents"].fillna(0))[columns],
        own[columns],
    ]
    parts = [part.astype({"amount_cents": "int64", "sent_on": _DAY}) for part in parts]
    frame = pd.concat(parts, ignore_index=True)
    first, last = pd.Timestamp(period.first_day), pd.Timestamp(period.last_day)
    frame = frame[(frame["sent_on"] >= first) & (frame["sent_on"] <= last)]
    told = accounts[["account_id", "code", "holder"]]
    frame = frame.merge(told, on="account_id", how="left", validate="many_to_one")
    frame = frame.assign(words=_words(frame["kind"]))
    return frame.sort_values(["sent_on", "kind", "code"], kind="stable", ignore_index=True)


def _coming(plan: Plan) -> pd.DataFrame:
    frame = plan.frame
    frame = frame[(frame["state"] != StepState.BLOCKED) & frame["planned_on"].notna()]
    rows = frame.groupby(["planned_on", "kind"], as_index=False).agg(
        count=("account_id", "count"), amount_cents=("amount_cents", "sum")
    )
    return rows.assign(words=_words(rows["kind"]))


def _blocked(plan: Plan) -> pd.DataFrame:
    frame = plan.frame
    frame = frame[(frame["state"] == StepState.BLOCKED) & ~frame["reason"].isin(_QUIET)]
    columns = ["account_id", "code", "holder", "kind", "reason", "words", "amount_cents"]
    return frame.sort_values(
        ["reason", "amount_cents", "account_id"], ascending=[True, False, True], kind="stable",
        ignore_index=True,
    )[columns]  # fmt: skip


def _words(kinds: "pd.Series[str]") -> "pd.Series[str]":
    return pd.Series([type_words(kind) for kind in kinds], index=kinds.index, dtype="str")
