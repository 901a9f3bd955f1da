"""Which month-ends are done: a mark in the journal, and the state of the building it was made from.

A run skips a building whose mark, files and state agree, so it can be killed and started again.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import text

from workbench.domain.dates import Period
from workbench.ledger import journal
from workbench.ledger.journal import Head, JournalEntry
from workbench.ledger.store import Ledger

ACTION: Final = "month_end"
# Facts and decisions are only appended, so their counts and last numbers are a building's state.
_STATE: Final = (
    "SELECT COUNT(*), MAX(item_id) FROM dues WHERE building_id = :building",
    "SELECT COUNT(*), MAX(item_id) FROM items WHERE building_id = :building",
    """SELECT COUNT(*), MAX(s.statement_id) FROM statements s
       JOIN bank_accounts b ON b.iban = s.iban WHERE b.building_id = :building""",
    """SELECT COUNT(*), MAX(a.allocation_id) FROM allocations a
       JOIN items i ON i.item_id = a.credit_item WHERE i.building_id = :building""",
    """SELECT COUNT(*), MAX(v.verdict_id) FROM verdicts v
       JOIN items i ON i.item_id = v.item_id WHERE i.building_id = :building""",
    """SELECT COUNT(*), MAX(p.proposal_id) FROM proposals p
       JOIN items i ON i.item_id = p.movement_item WHERE i.building_id = :building""",
    "SELECT COUNT(*), MAX(account_id) FROM accounts WHERE building_id = :building",
    "SELECT COUNT(*), MAX(call_id) FROM calls WHERE building_id = :building",
    """SELECT COUNT(*), MAX(d.at) FROM deliveries d
       JOIN accounts a ON a.account_id = d.account_id WHERE a.building_id = :building""",
    """SELECT COUNT(*), MAX(x.from_on) FROM indexations x
       JOIN accounts a ON a.account_id = x.account_id WHERE a.building_id = :building""",
    "SELECT COUNT(*), MAX(iban) FROM bank_accounts WHERE building_id = :building",
    # Master data may change in place: any change, anywhere, makes the month-ends new.
    "SELECT COUNT(*), MAX(seq) FROM journal WHERE action = 'change' AND :building <> ''",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneMark:
    """A month-end that was made.

    Attributes:
        fingerprint: state of the building it was made from.
        notebook_sha256: of the executed notebook.
        html_sha256: of its printable page.
        path: folder of both, relative to the output folder.
        head: of the journal, as the page shows it.
        at: ISO moment.
    """

    fingerprint: str
    notebook_sha256: str
    html_sha256: str
    path: str
    head: Head
    at: str


def fingerprint(ledger: Ledger, building_id: str, period: Period, *, version: str = "") -> str:
    """Returns a hash of everything a month-end of that building depends on.

    Args:
        ledger: opened.
        building_id: the building.
        period: its month.
        version: what else makes the page: version of the program and of the notebook.
    """
    state: list[object] = [building_id, str(period), version]
    with ledger.engine.connect() as connection:
        for query in _STATE:
            row = connection.execute(text(query), {"building": building_id}).one()
            state += [int(row[0]), str(row[1] or "")]
    return hashlib.sha256(json.dumps(state).encode()).hexdigest()


def month_end_done(ledger: Ledger, *, building_id: str, period: Period) -> DoneMark | None:
    """Returns the last mark of that building and month, None when it was never made."""
    with ledger.engine.connect() as connection:
        row = connection.execute(
            text(
                "SELECT at, data FROM journal WHERE action = :action AND subject = :subject"
                " ORDER BY seq DESC LIMIT 1"
            ),
            {"action": ACTION, "subject": _subject(building_id, period)},
        ).first()
    if row is None:
        return None
    data = json.loads(row.data)
    return DoneMark(
        fingerprint=data["fingerprint"],
        notebook_sha256=data["notebook"],
        html_sha256=data["html"],
        path=data["path"],
        head=Head(*data["head"]),
        at=row.at,
    )


def record_month_end(
    ledger: Ledger,
    *,
    building_id: str,
    period: Period,
    mark: DoneMark,
    actor: str,
    at: datetime,
) -> None:
    """Appends the mark to the journal.

    Args:
        ledger: opened for writing.
        building_id: the building.
        period: its month.
        mark: what was made; its `at` is replaced by `at`.
        actor: who ran it.
        at: when.
    """
    data = {
        "fingerprint": mark.fingerprint,
        "notebook": mark.notebook_sha256,
        "html": mark.html_sha256,
        "path": mark.path,
        "head": [mark.head.seq, mark.head.hash],
    }
    entry = JournalEntry(action=ACTION, subject=_subject(building_id, period), data=data)
    with ledger.writing() as connection:
        journal.append(connection, [entry], actor=actor, at=at)


def _subject(building_id: str, period: Period) -> str:
    return f"{building_id} {period}"


def last_month_ends(ledger: Ledger) -> dict[str, Period]:
    """Returns the latest month each building was closed for; buildings never closed are not in."""
    query = text("SELECT DISTINCT subject FROM journal WHERE action = :action")
    with ledger.reading() as connection:
        subjects = connection.execute(query, {"action": ACTION}).scalars().all()
    found: dict[str, Period] = {}
    for subject in subjects:
        building_id, _, month = str(subject).rpartition(" ")
        period = Period.parse(month)
        found[building_id] = max(period, found.get(building_id, period))
    return found
