"""The portfolio as a whole: its size, its truth, and that it never changes by itself."""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from workbench.demo.__main__ import main
from workbench.demo.books import Books
from workbench.demo.buildings import make_books
from workbench.demo.portfolio import Portfolio, Truth, generate, truth_of

COMMITTED = Path(__file__).parents[3] / "data" / "demo"


def contents(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def test_the_committed_demo_is_what_the_generator_writes(folder: Path) -> None:
    committed, made = contents(COMMITTED), contents(folder)
    assert sorted(committed) == sorted(made)
    changed = [name for name in made if committed[name] != made[name]]
    assert changed == [], "run: python -m workbench.demo data/demo"


def test_the_committed_demo_is_small() -> None:
    assert sum(map(len, contents(COMMITTED).values())) < 3_000_000


def test_the_command_writes_what_it_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = f"{tmp_path} --seed 7 --coownerships 1 --rentals 1 --months 3 --accounts 12 --truth"
    assert main(arguments.split()) == 0
    assert "2 buildings" in capsys.readouterr().out
    with (tmp_path / "truth.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    portfolio = generate(seed=7, coownerships=1, rentals=1, months=3, accounts_per_building=12)
    expected = list(portfolio.truth)
    assert [row["label"] for row in rows] == [row.label for row in expected]
    assert [len(json.loads(row["settles"])) for row in rows] == [len(r.settles) for r in expected]


def test_the_demo_has_the_announced_size(every_books: list[Books], portfolio: Portfolio) -> None:
    assert [len(books.accounts) for books in every_books] == [62, 48, 40, 36, 36, 29]
    assert [books.building.kind for books in every_books] == ["coownership"] * 4 + ["rental"] * 2
    booked = [m.booked_on for b in every_books for bank in b.bank_books for m in bank.movements]
    assert date(2025, 8, 1) <= min(booked)
    assert max(booked) <= portfolio.as_of == date(2026, 10, 31)
    assert all(day.weekday() < 5 for day in booked)
    assert {(day.year, day.month) for day in booked} == {
        (2025 + n // 12, n % 12 + 1) for n in range(7, 22)
    }


def test_the_same_seed_gives_the_same_and_another_another(tmp_path: Path) -> None:
    first, again, other = (tmp_path / name for name in ("first", "again", "other"))
    for directory, seed in ((first, 5), (again, 5), (other, 6)):
        generate(seed=seed, months=4, coownerships=2, rentals=1, accounts_per_building=15).write(
            directory
        )
    assert contents(first) == contents(again)
    assert contents(first)["dues.csv"] != contents(other)["dues.csv"]


def test_a_building_does_not_depend_on_the_ones_before_it(portfolio: Portfolio) -> None:
    alone = make_books(portfolio.order, 3)
    in_turn = next(books for books in portfolio.books() if books.building.number == 3)
    assert alone == in_turn


@pytest.mark.parametrize(
    ("coownerships", "rentals", "accounts"), [(0, 1, 2), (1, 0, 2), (9, 5, 7), (1, 1, 400)]
)
def test_sizes_are_what_was_asked(coownerships: int, rentals: int, accounts: int) -> None:
    portfolio = generate(
        seed=1, coownerships=coownerships, rentals=rentals, months=6,
        accounts_per_building=accounts,
    )  # fmt: skip
    every = list(portfolio.books())
    assert len(every) == coownerships + rentals
    for books in every:
        assert len(books.accounts) == accounts
        assert conserved(books)


@pytest.mark.parametrize("first_month", [date(2024, 1, 1), date(2025, 10, 15), date(2023, 12, 31)])
@pytest.mark.parametrize("months", [1, 2, 26])
def test_any_window_holds_together(first_month: date, months: int) -> None:
    portfolio = generate(
        seed=3, coownerships=2, rentals=2, months=months, first_month=first_month,
        accounts_per_building=30,
    )  # fmt: skip
    for books in portfolio.books():
        assert conserved(books)


@pytest.mark.parametrize(
    "asked",
    [
        partial(generate, coownerships=-1),
        partial(generate, rentals=-1),
        partial(generate, coownerships=10_000),
        partial(generate, months=0),
        partial(generate, months=601),
        partial(generate, accounts_per_building=1),
        partial(generate, accounts_per_building=10_000),
    ],
)
def test_impossible_sizes_are_refused(asked: Callable[[], Portfolio]) -> None:
    with pytest.raises(ValueError, match="between"):
        asked()


def conserved(books: Books) -> bool:
    """No movement settles more than it is, no due is settled more than it is owed."""
    settled: Counter[str] = Counter()
    building_accounts = {account.account_id for account in books.accounts}
    for row in truth_of(books):
        assert sum(s.amount_cents for s in row.settles) <= abs(row.amount_cents), row
        assert {s.account_id for s in row.settles} <= set(row.account_ids) <= building_accounts
        for settlement in row.settles:
            assert settlement.amount_cents > 0
            settled[settlement.due_id] += settlement.amount_cents
        for settlement in row.reopens:
            settled[settlement.due_id] -= settlement.amount_cents
    for offset in books.offsets:
        settled[offset.due_id] += offset.amount_cents
        settled[offset.credit_due_id] += offset.amount_cents
    owed = {due.due_id: due for due in books.dues}
    assert len(owed) == len(books.dues)
    for due_id, cents in settled.items():
        assert 0 <= cents <= abs(owed[due_id].amount_cents), due_id
    return True


def test_truth_conserves_money(every_books: list[Books]) -> None:
    for books in every_books:
        assert conserved(books)


def test_a_settlement_goes_the_way_of_its_due(
    every_books: list[Books], truths: list[Truth]
) -> None:
    amounts = {due.due_id: due.amount_cents for books in every_books for due in books.dues}
    holders = {due.due_id: due.account_id for books in every_books for due in books.dues}
    for row in truths:
        for settlement in row.settles:
            assert (amounts[settlement.due_id] > 0) == (row.amount_cents > 0)
            assert holders[settlement.due_id] == settlement.account_id


def test_truth_tells_every_movement_apart(truths: list[Truth]) -> None:
    identity = Counter(
        (r.iban, r.bank_reference, r.end_to_end_id, r.booked_on, r.amount_cents, r.label, r.twin)
        for r in truths
    )
    assert max(identity.values()) == 1


def test_what_is_collected_is_believable(every_books: list[Books], portfolio: Portfolio) -> None:
    called = paid = 0
    for books in every_books:
        settled: Counter[str] = Counter()
        for row in truth_of(books):
            settled.update({s.due_id: 0 for s in row.settles})
            for settlement in row.settles:
                settled[settlement.due_id] += settlement.amount_cents
            for settlement in row.reopens:
                settled[settlement.due_id] -= settlement.amount_cents
        for offset in books.offsets:
            settled[offset.due_id] += offset.amount_cents
        due = [d for d in books.dues if d.amount_cents > 0 and d.due_on < portfolio.as_of]
        building_called = sum(d.amount_cents for d in due)
        building_paid = sum(settled[d.due_id] for d in due)
        assert 0.87 < building_paid / building_called < 0.99, books.building.name
        called, paid = called + building_called, paid + building_paid
    assert 0.92 < paid / called < 0.97


def test_identical_lots_are_common(every_books: list[Books]) -> None:
    shared = every = 0
    for books in every_books:
        groups: dict[tuple[object, ...], set[str]] = defaultdict(set)
        for due in books.dues:
            if due.kind in ("call", "rent"):
                groups[due.kind, due.due_on, due.amount_cents].add(due.account_id)
        every += sum(len(group) for group in groups.values())
        shared += sum(len(group) for group in groups.values() if len(group) > 1)
    assert 0.6 < shared / every < 0.95
