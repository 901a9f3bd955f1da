"""What the holders of one building pay in the quarter, how, and the truth about it."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from random import Random
from typing import Final

from benchmarks._portfolios.buildings import month_of
from benchmarks._portfolios.labels import Reason, Written, write_reason, write_receipt
from benchmarks._portfolios.people import Person, as_payer, draw_iban, draw_person, plain
from benchmarks._portfolios.tables import Account, Building, Due, Movement, Office
from benchmarks._portfolios.truth import Directory, Moment, by_law, judge

LAST_DAY: Final = date(2026, 3, 31)
FIRST_DAY: Final = date(2025, 12, 26)
# Shares of the ways a payment departs from "the holder pays exactly that": plain, hard.
_DEPARTURES: Final[dict[str, tuple[float, float]]] = {
    "rounded up": (0.008, 0.018),
    "partial": (0.02, 0.04),
    "in two payments": (0.01, 0.025),
    "paid twice": (0.005, 0.012),
    "misdirected": (0.002, 0.008),
    "third person pays": (0.015, 0.05),
    "other owner pays": (0.002, 0.015),
}


@dataclass(slots=True)
class Desk:
    """One building while its quarter is invented."""

    office: Office
    building: Building
    directory: Directory
    moments: list[Moment] = field(default_factory=list)
    # Cheques, cards and debits wait here for their deposit or batch: mode, day, due, cents.
    batched: list[tuple[str, date, Due, int]] = field(default_factory=list)
    misdirected: list[tuple[Account, date, int]] = field(default_factory=list)
    _queue: list[tuple[date, int, Callable[[], object]]] = field(default_factory=list)
    _asked: int = 0

    def plan(self, on: date, event: Callable[[], object]) -> None:
        """Keeps an event for its day: payments see what was open then, so they run in order."""
        self._asked += 1
        heapq.heappush(self._queue, (on, self._asked, event))

    def run(self) -> None:
        """Runs the quarter, day by day; an event may plan later ones."""
        while self._queue:
            heapq.heappop(self._queue)[2]()

    @property
    def rng(self) -> Random:
        """Returns the office's chance."""
        return self.office.rng


def pay(
    desk: Desk,
    accounts: Sequence[Account],
    links: list[tuple[Due, int]],
    on: date,
    *,
    situation: str,
    cents: int | None = None,
    payer: Person | None = None,
    iban: str | None = None,
    reason: Reason | None = None,
    nature: str = "payment",
) -> Movement | None:
    """Books a transfer received and writes down its truth; None when it falls after the quarter.

    Args:
        desk: the building.
        accounts: whose dues are paid; the first one's habit writes the reason.
        links: which dues, and how much of each.
        on: booking day.
        situation: what happens, for the tables of the benchmark.
        cents: the amount when it is not the sum of the links.
        payer: who pays when it is not the first account's holder.
        iban: from where when it is not the first account's.
        reason: what is written when it is not the habit.
        nature: see `Movement`.
    """
    if not FIRST_DAY <= on <= LAST_DAY:
        return None
    rng, hard, first = desk.rng, desk.office.hard, accounts[0]
    paid = sum(part for _, part in links) if cents is None else cents
    source = first.iban if iban is None else iban
    dues = [due for due, _ in links]
    late = any(due.due_on < on - timedelta(days=45) for due in dues)
    said = reason or write_reason(first, dues, rng, hard=hard, late=late)
    name = as_payer(payer or first.person, rng, hard=hard)
    written = write_receipt(desk.building.bank, name, source, said, rng, hard=hard)
    movement = _movement(desk, written, on, paid, said)
    movement.nature, movement.situation, movement.links = nature, situation, links
    movement.account_unknowable = nature == "payment" and not desk.directory.tells_account(
        accounts, said, written.counterparty_iban, written.name_seen, paid
    )
    for account in {id(a): a for a in accounts}.values():
        opens = [
            (due, due.left)
            for due in account.dues
            if due.left > 0 and (due.issued_on <= on or due in dues)
        ]
        desk.moments.append(Moment(movement, account, on, opens, said.named))
    for due, part in links:
        due.left -= part
    return movement


def _movement(desk: Desk, written: Written, on: date, cents: int, said: Reason) -> Movement:
    while on.weekday() > 4:
        on += timedelta(days=1)
    movement = Movement(
        desk.office.item(), desk.building, on, cents, written.label, written.counterparty,
        written.counterparty_iban, end_to_end=written.end_to_end, operation=written.operation,
        remittance=said.reference if desk.building.bank == "camt" else "", named=said.named,
    )  # fmt: skip
    desk.office.movements.append(movement)
    return movement


def _whole(dues: Sequence[Due]) -> list[tuple[Due, int]]:
    return [(due, due.left) for due in dues if due.left > 0]


def settle(desk: Desk, account: Account, dues: Sequence[Due], on: date, *, situation: str) -> None:
    """Plans the payment of these dues in full, unless life departs from it."""
    desk.plan(on, partial(_settle, desk, account, dues, on, situation=situation))


def _settle(desk: Desk, account: Account, dues: Sequence[Due], on: date, *, situation: str) -> None:
    links = _whole(dues)
    if not links or not FIRST_DAY <= on <= LAST_DAY:
        return
    if account.mode != "transfer":
        desk.batched += [(account.mode, on, due, part) for due, part in links]
        account.clouded = True
        for due, part in links:
            due.left -= part
        return
    roll, place = desk.rng.random(), 1 if desk.office.hard else 0
    for name, shares in _DEPARTURES.items():
        roll -= shares[place]
        if roll < 0:
            _DEPART[name](desk, account, links, on)
            return
    pay(desk, [account], links, on, situation=situation)


def _round_up(desk: Desk, account: Account, links: list[tuple[Due, int]], on: date) -> None:
    cents = sum(part for _, part in links)
    step = desk.rng.choice((100, 500, 1000))
    pay(desk, [account], links, on, situation="rounded up", cents=-(-cents // step) * step)


def _part(desk: Desk, account: Account, links: list[tuple[Due, int]], on: date) -> None:
    cents = sum(part for _, part in links)
    step = 5000 if cents > 20000 else 500
    cents = max(step, int(cents * desk.rng.uniform(0.3, 0.95)) // step * step)
    said = write_reason(account, [links[0][0]], desk.rng, hard=desk.office.hard)
    opens = [d for d in account.dues if d.left > 0 and d.issued_on <= on]
    named = [due for due, _ in links]
    spread = by_law(named if said.named or not opens else opens, cents, on)
    pay(desk, [account], spread, on, situation="partial", reason=said)


def _in_two(desk: Desk, account: Account, links: list[tuple[Due, int]], on: date) -> None:
    dues = [due for due, _ in links]
    cents = sum(part for _, part in links)
    first = int(cents * desk.rng.uniform(0.35, 0.65)) // 100 * 100 or cents
    pay(desk, [account], by_law(dues, first, on), on, situation="in two payments")
    later = on + timedelta(days=desk.rng.randint(1, 12))
    desk.plan(later, partial(_rest, desk, account, dues, later))


def _rest(desk: Desk, account: Account, dues: list[Due], on: date) -> None:
    if rest := _whole(dues):
        pay(desk, [account], rest, on, situation="in two payments")


def _twice(desk: Desk, account: Account, links: list[tuple[Due, int]], on: date) -> None:
    first = pay(desk, [account], links, on, situation="exact")
    if first:
        again = on + timedelta(days=desk.rng.randint(1, 6))
        said = write_reason(account, [due for due, _ in links], desk.rng, hard=desk.office.hard)
        desk.plan(again, partial(_again, desk, account, first, again, said))


def _again(desk: Desk, account: Account, first: Movement, on: date, said: Reason) -> None:
    second = pay(desk, [account], [], on, situation="paid twice", cents=first.cents, reason=said,
                 nature="nothing")  # fmt: skip
    if second and second.booked_on == first.booked_on:
        # Two twins of one day: which of them is the second, nobody could say.
        first.due_unknowable = second.due_unknowable = True


def _misdirect(desk: Desk, account: Account, links: list[tuple[Due, int]], on: date) -> None:
    desk.misdirected.append((account, on, sum(part for _, part in links)))


def _by_third(desk: Desk, account: Account, links: list[tuple[Due, int]], on: date) -> None:
    """A parent, an employer, a notary: unknown to the office; most say for whom they pay."""
    rng = desk.rng
    said = write_reason(account, [due for due, _ in links], rng, hard=desk.office.hard)
    if rng.random() < 0.6 and not account.person.firm:
        told = f"POUR {account.person.title} {account.person.first} {account.person.last}"
        said.text = plain(f"{told} {said.text}").strip()
    stranger = draw_person(rng, last=account.person.last if rng.random() < 0.3 else "")
    pay(desk, [account], links, on, situation="third person pays", payer=stranger,
        iban=draw_iban(rng), reason=said)  # fmt: skip


def _by_other_owner(desk: Desk, account: Account, links: list[tuple[Due, int]], on: date) -> None:
    """Somebody of the same building pays: family, buyer for seller. Most say for whom."""
    rng = desk.rng
    other = rng.choice(desk.building.accounts)
    said = write_reason(account, [due for due, _ in links], rng, hard=desk.office.hard)
    if rng.random() < 0.7 and not account.person.firm:
        told = rng.choice(("POUR", "CPTE", "CHARGES"))
        said.text = plain(f"{told} {account.person.first} {account.person.last} {said.text}")
    pay(desk, [account], links, on, situation="other owner pays", payer=other.person,
        iban=other.iban, reason=said)  # fmt: skip


_DEPART: Final[dict[str, Callable[[Desk, Account, list[tuple[Due, int]], date], None]]] = {
    "rounded up": _round_up,
    "partial": _part,
    "in two payments": _in_two,
    "paid twice": _twice,
    "misdirected": _misdirect,
    "third person pays": _by_third,
    "other owner pays": _by_other_owner,
}


def around(desk: Desk, month: int, day: int, spread: float = 1.5) -> date:
    """Returns a day near that one of a month, as people pay."""
    return month_of(month)[0] + timedelta(days=max(-6, round(desk.rng.gauss(day - 1, spread))))


def owner_quarter(desk: Desk, account: Account) -> None:
    """A co-owner's quarter: his call with its works fund, arrears, works, the next call early."""
    rng = desk.rng
    by_call: dict[str, list[Due]] = {}
    for due in account.dues:
        by_call.setdefault(due.call_id.rpartition("-")[2] or due.kind, []).append(due)
    if rng.random() < 0.06:
        return
    old = [*by_call.get("T4", []), *by_call.get("fee", [])]
    when = around(desk, 1, account.day + 4, 6)
    if rng.random() < 0.12:
        when += timedelta(days=rng.randint(20, 60))
    roll = rng.random()
    if old and roll < 0.3:
        settle(desk, account, old, around(desk, 1, 3, 4), situation="arrears alone")
    if old and 0.3 <= roll < 0.6:
        together = [*old, *by_call["T1"]]
        settle(desk, account, together, when, situation="arrears and call together")
    else:
        _pay_call(desk, account, by_call["T1"], when)
    if "TR" in by_call and rng.random() < 0.75:
        on = around(desk, 2, account.day + 2, 6)
        settle(desk, account, by_call["TR"], on, situation="works call")
    for due in by_call.get("adjustment", []):
        if due.left > 0 and rng.random() < 0.6:
            settle(desk, account, [due], around(desk, 3, 5, 6), situation="adjustment")
    if "T2" in by_call and rng.random() < 0.2:
        settle(desk, account, by_call["T2"], around(desk, 3, 25, 4), situation="early")


def _pay_call(desk: Desk, account: Account, call: list[Due], when: date) -> None:
    """The quarter's call: at once with its fund, apart from it, or a third each month."""
    rng = desk.rng
    if rng.random() < (0.07 if desk.office.hard else 0.04) and account.mode == "transfer":
        _by_thirds(desk, account, call)
    elif len(call) > 1 and rng.random() < 0.15:
        settle(desk, account, call[:1], when, situation="call and fund apart")
        later = when + timedelta(days=rng.choice((0, 0, 3)))
        settle(desk, account, call[1:], later, situation="call and fund apart")
    else:
        many = "call with its fund" if len(call) > 1 else "exact"
        settle(desk, account, call, when, situation=many)


def _by_thirds(desk: Desk, account: Account, call: list[Due]) -> None:
    """A standing order of a third each month, the same words each time."""
    cents = -(-sum(due.left for due in call) // 3)
    for month in (1, 2, 3):
        on = around(desk, month, account.day, 1)
        desk.plan(on, partial(_a_third, desk, account, call, cents, on))


def _a_third(desk: Desk, account: Account, call: list[Due], cents: int, on: date) -> None:
    if left := sum(due.left for due in call):
        said = Reason(text="VIR PERMANENT CHARGES")
        part = by_law(call, min(cents, left), on)
        pay(desk, [account], part, on, situation="a third each month", reason=said)


def tenant_quarter(desk: Desk, account: Account) -> None:
    """A tenant's quarter: three rents, one missed and caught up, extras with or after a rent."""
    rng = desk.rng
    months: dict[int, list[Due]] = {0: [], 1: [], 2: [], 3: []}
    extras: list[Due] = []
    for due in account.dues:
        if due.kind in ("rent", "charges") and due.starts:
            months[due.starts.month % 12].append(due)
        elif due.kind != "refund":
            extras.append(due)
    early = rng.random() < 0.07
    missed = rng.choice((1, 2, 3)) if rng.random() < 0.09 else 0
    waiting: list[Due] = months[0] if rng.random() < 0.6 else []
    for month in (1, 2, 3):
        on = around(desk, month, -2 if early else account.day)
        if month == missed:
            waiting = [*waiting, *months[month]]
            continue
        dues, waiting = _with_arrears(desk, account, months[month], waiting, on)
        if len(dues) > len(months[month]):
            situation = "arrears and rent together"
        elif early:
            situation = "early"
        else:
            situation = "exact" if len(dues) == 1 else "rent and charges"
        extra = [d for d in extras if d.due_on.month == month]
        _pay_rent(desk, account, dues, extra, on, situation=situation)


def _with_arrears(
    desk: Desk, account: Account, dues: list[Due], waiting: list[Due], on: date
) -> tuple[list[Due], list[Due]]:
    """Returns what is paid now and what still waits: arrears come along, apart, or later."""
    if waiting and desk.rng.random() < 0.5:
        return [*waiting, *dues], []
    if waiting and desk.rng.random() < 0.5:
        settle(desk, account, waiting, on + timedelta(days=9), situation="arrears alone")
        return dues, []
    return dues, waiting


def _pay_rent(
    desk: Desk, account: Account, dues: list[Due], extra: list[Due], on: date, *, situation: str
) -> None:
    """One month's rent, with an adjustment or deposit in it or after it, or less a discount."""
    rng = desk.rng
    if extra and extra[0].amount < 0:
        desk.plan(on, partial(_discounted, desk, account, dues, extra[0], on))
        return
    if extra and rng.random() < 0.4:
        dues, situation = [*dues, *extra], "rent with an extra"
    elif extra and rng.random() < 0.7:
        later = on + timedelta(days=rng.randint(8, 18))
        settle(desk, account, extra, later, situation="extra alone")
    settle(desk, account, dues, on, situation=situation)


def _discounted(desk: Desk, account: Account, dues: list[Due], discount: Due, on: date) -> None:
    """The rent less the discount: the discount itself settles the rest, due against due."""
    cents = sum(due.left for due in dues) + discount.left
    if account.mode != "transfer" or cents <= 0:
        _settle(desk, account, dues, on, situation="exact")
        return
    said = write_reason(account, dues, desk.rng, hard=desk.office.hard)
    pay(desk, [account], by_law(dues, cents, on), on, situation="rent less a discount", reason=said)
    for due in dues:
        due.left = 0
    discount.left = 0


def two_lots_in_one(desk: Desk, accounts: Sequence[Account]) -> None:
    """One person pays the quarter of his two lots in one sum."""
    on = around(desk, 1, accounts[0].day + 4, 6)
    desk.plan(on, partial(_together, desk, accounts, on))


def _together(desk: Desk, accounts: Sequence[Account], on: date) -> None:
    links = [
        (due, due.left)
        for account in accounts
        for due in account.dues
        if due.left > 0 and due.issued_on <= on
    ]
    if links:
        pay(desk, accounts, links, on, situation="two lots in one payment")


def finish(desk: Desk) -> None:
    """Judges what nobody could know, once the whole quarter of the building is there."""
    judge(desk.moments)
