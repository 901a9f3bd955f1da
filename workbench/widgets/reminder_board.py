"""What the reminders' screen shows on a day: a reading, cut into its lists. Reads no ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final, Protocol

import pandas as pd

from workbench.documents.letter_kinds import Letter
from workbench.domain.dates import french_date
from workbench.domain.progress import Progress
from workbench.widgets.reminder_wording import PROBLEM, reason_words

WARNING_DAYS: Final = 14
"""A building that wakes is announced so many days before (DOMAIN E10)."""
MODES: Final = ("leaving", "planned", "sent", "blocked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One reading.

    Attributes:
        as_of: the business day.
        day: the day on the screen, the business day or later.
        building_id: the only building shown, "" for all.
        automatic: the switch (DOMAIN B7).
        steps: the frame of `pipeline.reminding.Plan`: the next step of every account that
            owes; with fee_cents and move_id (`V12` of a moved date, "" without).
        sent: reminders generated before: reminder_id (`R12`), account_id, code, holder, building,
            kind, amount_cents, on (day generated or sent), state (see `SENT_STATES`), channel,
            letter_id (`C12`, "" without), file_name, words, can_undo.
        months: of `pipeline.reminding.months_ahead`.
        buildings: building_id, name, asleep_since, asleep_until (NaT when awake).
        kinds: names of the types, in the order they go out.
        days: days on which something leaves: day, count; soonest first.
        days_of: day of the month of a building's type, by (building_id, type).
        call_months: months without reminders, of the buildings that skip those of their calls.
        problems: why a letter cannot be made, by account.
        warnings: what to look at although the letter can leave, by account.
        letters: as they would leave, by account.
        latest_wake: last day until which a building may sleep (DOMAIN E10).
        compared_with: day of the last dry run before this one; None when there was none.
        changes: what that one said otherwise: a heading, then one French line an account.
    """

    as_of: date
    day: date
    building_id: str = ""
    automatic: bool = True
    steps: pd.DataFrame
    sent: pd.DataFrame
    months: pd.DataFrame
    buildings: pd.DataFrame
    kinds: tuple[str, ...]
    days: pd.DataFrame
    latest_wake: date
    days_of: Mapping[tuple[str, str], int] = field(default_factory=dict)
    call_months: Mapping[str, frozenset[int]] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    warnings: Mapping[str, str] = field(default_factory=dict)
    letters: Mapping[str, Letter] = field(default_factory=dict)
    compared_with: date | None = None
    changes: tuple[str, ...] = ()

    @property
    def is_today(self) -> bool:
        """Only on the business day can something leave; a later day is looked at."""
        return self.day == self.as_of

    def leaving(self) -> pd.DataFrame:
        """Returns what leaves on the day by code, with `row_id`, `waits` (to be validated).

        Those whose letter cannot be made are not among them.
        """
        steps = self.steps
        waiting = self.sent[self.sent["state"] == "waiting"]
        due = steps[
            (steps["state"] == "due")
            & ~steps["account_id"].isin(self.problems)
            & ~steps["account_id"].isin(waiting["account_id"])
        ]
        fresh = due.assign(row_id=due["account_id"].map(account_row), waits=False)
        if waiting.empty:
            return fresh.sort_values("code", kind="stable")
        held = waiting.assign(
            row_id=waiting["reminder_id"],
            waits=True,
            planned_on=waiting["on"],
            since_words=waiting["words"],
            fee_cents=0,
        )
        if fresh.empty:
            return held.reindex(columns=fresh.columns).astype({"waits": bool})
        both = pd.concat([held.reindex(columns=fresh.columns), fresh], ignore_index=True)
        return both.sort_values("code", kind="stable")

    def planned(self) -> pd.DataFrame:
        """Returns who would be next, soonest first."""
        steps = self.steps[self.steps["state"] == "planned"]
        steps = steps.assign(row_id=steps["account_id"].map(account_row))
        return steps.sort_values(["planned_on", "building", "code"], kind="stable")

    def blocked(self, reason: str = "") -> pd.DataFrame:
        """Returns the blocked accounts, all or those of one reason, with `why`."""
        steps = self.steps
        problem = (steps["state"] == "due") & steps["account_id"].isin(self.problems)
        rows = steps[(steps["state"] == "blocked") | problem]
        rows = rows.assign(
            row_id=rows["account_id"].map(account_row),
            group=rows["reason"].where(~problem[rows.index], PROBLEM),
            why=[
                self.problems.get(account, words) if is_problem else words
                for account, words, is_problem in zip(
                    rows["account_id"], rows["words"], problem[rows.index], strict=True
                )
            ],
        )
        return rows[rows["group"] == reason] if reason else rows

    def generated(self) -> pd.DataFrame:
        """Returns what left, waits or was undone, newest first."""
        rows = self.sent.assign(row_id=self.sent["reminder_id"])
        return rows.sort_values("on", ascending=False, kind="stable")

    def listed(self, mode: str, reason: str = "") -> pd.DataFrame:
        """Returns the rows of one of `MODES`."""
        if mode == "blocked":
            return self.blocked(reason)
        return {"leaving": self.leaving, "planned": self.planned, "sent": self.generated}[mode]()

    def reasons(self) -> pd.DataFrame:
        """Returns the blocked accounts by reason: group, title, detail, count, amount_cents.

        The reason with the largest amount first; the detail names the first accounts.
        """
        rows = self.blocked()
        columns = ["group", "title", "detail", "count", "amount_cents"]
        found = []
        for group, part in rows.groupby("group", sort=False):
            title, lifts = reason_words(str(group))
            found.append((group, title, self._detail(str(group), part, lifts), len(part),
                          int(part["amount_cents"].sum())))  # fmt: skip
        frame = pd.DataFrame(found, columns=columns)
        frame = frame.astype({"count": "int64", "amount_cents": "int64"})
        return frame.sort_values("amount_cents", ascending=False, kind="stable", ignore_index=True)

    def _detail(self, group: str, rows: pd.DataFrame, lifts: str) -> str:
        if group == "snoozed":
            asleep = self.asleep()
            names = [
                f"{name}, fin le {french_date(until.date())}"
                for name, until in zip(asleep["name"], asleep["asleep_until"], strict=True)
                if name in set(rows["building"])
            ]
            return "; ".join(names[:2]) or lifts
        codes = [str(code) for code in rows["code"].head(3)]
        more = f" et {len(rows) - 3} autres" if len(rows) > 3 else ""
        return f"{', '.join(codes)}{more}" or lifts

    def asleep(self) -> pd.DataFrame:
        """Returns the buildings whose reminders sleep, the first to wake first."""
        rows = self.buildings[self.buildings["asleep_until"].notna()]
        return rows.sort_values("asleep_until", kind="stable")

    def waking(self) -> pd.DataFrame:
        """Returns the buildings that wake within two weeks (DOMAIN E10)."""
        limit = pd.Timestamp(self.as_of + timedelta(days=WARNING_DAYS))
        rows = self.asleep()
        return rows[rows["asleep_until"] <= limit]


class Desk(Protocol):
    """What the screen asks of the ledger; every answer is a French sentence of what was done."""

    def read(self, *, day: date | None, building_id: str) -> Board:
        """Reads a day; None is the business day. A dry run: nothing leaves."""

    def validate(self, board: Board, row_ids: Sequence[str], *, progress: Progress) -> str:
        """Lets the letters of these rows leave; tells how many are made."""

    def remind(self, account_id: str, *, kind: str, on: date, bill: bool) -> str:
        """Sends one by hand."""

    def move(self, account_ids: Sequence[str], *, to: date) -> str:
        """Moves planned dates later."""

    def snooze(self, building_id: str, *, until: date) -> str:
        """Lets a building's reminders sleep."""

    def wake(self, building_id: str) -> str:
        """Ends a sleep now."""

    def set_automatic(self, *, on: bool) -> str:
        """Turns the switch."""

    def undo(self, identifiers: Sequence[str], *, reason: str) -> str:
        """Takes reminders back that did not leave."""

    def mail(self, *, progress: Progress) -> str:
        """Sends the mails that wait."""

    def printed(self, letter_ids: Sequence[str]) -> bytes:
        """Returns one PDF with these letters, for the printer."""

    def posted(self, letter_ids: Sequence[str], *, on: date, number: str) -> str:
        """Says that letters were posted."""

    def find_accounts(self, words: str) -> list[tuple[str, str]]:
        """Returns (words, account_id) of the accounts that match."""

    def letter(self, board: Board, row_id: str) -> "Paper":
        """Returns a letter to read: of a step not generated yet, or as it was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A letter on the screen.

    Attributes:
        title: whose it is.
        name: of the file.
        picture: first page, PNG; empty where only the file is kept.
        content: the PDF; empty before the letter was made.
        words: what there is to know of it, in French.
    """

    title: str
    name: str = ""
    picture: bytes = b""
    content: bytes = b""
    words: str = ""


def account_row(account_id: str) -> str:
    """Returns a row's id of an account's next step; that of a reminder is its own (`R12`)."""
    return f"a:{account_id}"


def account_of(row_id: str) -> str:
    """Returns the account of a row's id, "" for a reminder's."""
    return row_id.removeprefix("a:") if row_id.startswith("a:") else ""
