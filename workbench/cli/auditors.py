"""The demo's auditors: what the office settled by hand, and the sample they checked.

They decide as people do, through `pipeline.deciding`, on what the engine left; what really
happened is known, since the portfolio is invented. The last month is left for the visitor.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import pandas as pd

from workbench.demo.portfolio import Portfolio
from workbench.domain.dates import Period
from workbench.domain.frames import rows_of
from workbench.domain.money import iso_amount
from workbench.domain.progress import Progress
from workbench.ledger import views
from workbench.ledger.store import Ledger
from workbench.pipeline import deciding, sampling

AUDITORS: Final = ("C. Ardouin", "L. Verane")

# (iban, booking date, bank reference, amount when there is no reference)
_Key = tuple[str, str, str, str]


def settle_by_hand(
    ledger: Ledger, portfolio: Portfolio, *, until: date, progress: Progress | None = None
) -> int:
    """Settles what the engine left open up to a day, and takes one decision back.

    Args:
        ledger: opened for writing.
        portfolio: the one that was imported.
        until: last booking date they looked at.
        progress: told after each movement.

    Returns:
        How many movements they decided on.
    """
    truth, internal = _known_truth(portfolio)
    movements = views.movements(ledger)
    waiting = movements[
        (movements["open_cents"] != 0)
        & (movements["status"] != "ignored")
        & (movements["booked_on"] <= pd.Timestamp(until))
    ]
    dues = views.dues(ledger)
    left = dict(zip(dues["due_id"], dues["open_cents"].tolist(), strict=True))
    decided: list[tuple[str, datetime]] = []
    unpaired: dict[tuple[date, int], str] = {}
    rows = list(_rows(waiting))
    for done, (movement_id, key, open_cents, booked_on) in enumerate(rows):
        if progress is not None:
            progress(done, len(rows), movement_id)
        actor, at = AUDITORS[done % len(AUDITORS)], _next_month(booked_on, minutes=done)
        if key in internal:
            # Both sides of a transfer between two accounts of the building answer each other.
            other = unpaired.pop((booked_on, -open_cents), None)
            if other is None:
                unpaired[booked_on, open_cents] = movement_id
            else:
                deciding.link(ledger, other, [(movement_id, None)], actor=actor, at=at)
        elif wanted := _wanted(truth.get(key, {}), left, open_cents):
            deciding.link(ledger, movement_id, wanted, actor=actor, at=at)
            decided.append((movement_id, at))
    if decided:
        _take_one_back(ledger, *decided[len(decided) // 2])
    return len(decided)


def check_a_sample(ledger: Ledger, portfolio: Portfolio, *, size: int, at: datetime) -> int:
    """Draws links that the engine accepted and says of each whether it is right, dues included.

    What the portfolio does not tell the truth of (cheques, card payments, deposits) is left
    waiting for the visitor's verdict.

    Args:
        ledger: opened for writing.
        portfolio: the one that was imported.
        size: links to draw.
        at: when.

    Returns:
        How many links were checked.
    """
    truth, _ = _known_truth(portfolio)
    actor = AUDITORS[1]
    drawn = sampling.draw(ledger, size=size, actor=actor, at=at).links
    links = views.allocations(ledger)
    links = links[links["decision_seq"].isin(drawn["decision_seq"]) & (links["due_id"] != "")]
    named = views.movements(ledger).set_index("movement_id")
    given = []
    for row in rows_of(drawn):
        movement = named.loc[row["movement_id"]] if row["movement_id"] else None
        own = links[links["decision_seq"] == row["decision_seq"]]
        if movement is None or own.empty:
            continue
        key = _key(
            movement["iban"], movement["booked_on"].date().isoformat(), movement["bank_reference"],
            movement["amount_cents"],
        )  # fmt: skip
        settles = truth.get(key, {})
        paid = own.groupby("due_id")["amount_cents"].sum().to_dict()
        is_right = all(settles.get(due, 0) >= cents for due, cents in paid.items())
        given.append((row["link_id"], sampling.RIGHT if is_right else sampling.WRONG))
    sampling.judge(ledger, given, actor=actor, at=at, reason="ce n'est pas ce qui était payé")
    return len(given)


def _take_one_back(ledger: Ledger, movement_id: str, at: datetime) -> None:
    """Undoes one link and writes it again: a history that shows both."""
    frame = views.allocations(ledger)
    lines = frame[(frame["movement_id"] == movement_id) & (frame["state"] == "accepted")]
    wanted = list(zip(lines["due_id"], lines["amount_cents"].tolist(), strict=True))
    later = at + timedelta(minutes=3)
    deciding.undo(
        ledger, [movement_id], actor=AUDITORS[0], at=later, reason="le libellé dit un autre mois"
    )
    after = later + timedelta(minutes=2)
    deciding.link(ledger, movement_id, wanted, actor=AUDITORS[1], at=after)


def _known_truth(
    portfolio: Portfolio,
) -> tuple[dict[_Key, dict[str, int]], set[_Key]]:
    """Returns what each movement settles (due -> cents), and the internal transfers."""
    settles: dict[_Key, dict[str, int]] = defaultdict(dict)
    internal: set[_Key] = set()
    for truth in portfolio.truth:
        key = _key(
            truth.iban, truth.booked_on.isoformat(), truth.bank_reference, truth.amount_cents
        )
        if truth.kind == "internal_transfer":
            internal.add(key)
        for settlement in truth.settles:
            known = settles[key].get(settlement.due_id, 0)
            settles[key][settlement.due_id] = known + settlement.amount_cents
    return settles, internal


def _rows(frame: pd.DataFrame) -> Iterator[tuple[str, _Key, int, date]]:
    names = ("movement_id", "iban", "bank_reference", "amount_cents", "open_cents")
    columns = (frame[name].tolist() for name in names)
    for name, iban, reference, amount, left, day in zip(
        *columns, frame["booked_on"].dt.date.tolist(), strict=True
    ):
        yield name, _key(iban, day.isoformat(), reference, amount), left, day


def _key(iban: str, day: str, reference: str, amount_cents: int) -> _Key:
    return iban, day, reference, "" if reference else iso_amount(amount_cents)


def _wanted(
    settles: Mapping[str, int], left: dict[str, int], open_cents: int
) -> list[tuple[str, int | None]]:
    """Returns the links still possible, and takes them off what is left."""
    wanted: list[tuple[str, int | None]] = []
    rest = abs(open_cents)
    for due_id, cents in settles.items():
        amount = min(cents, rest, abs(left[due_id]))
        if amount > 0:
            wanted.append((due_id, amount))
            rest -= amount
            left[due_id] -= amount if left[due_id] > 0 else -amount
    return wanted


def _next_month(day: date, *, minutes: int) -> datetime:
    """Returns a moment of the second working morning after the month of `day`."""
    morning = Period.of(day).plus(1).first_day + timedelta(days=1)
    return datetime.combine(morning, time(8), tzinfo=UTC) + timedelta(minutes=minutes % 240)
