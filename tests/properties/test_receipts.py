"""Whatever comes in bundles or goes back, in whatever order: money is conserved, undo restores."""

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import small_office
from tests.receipts_office import book, card, cheque, entry, import_receipts, left, links, part, run
from workbench.domain.errors import DecisionRefusedError
from workbench.domain.records import Entry
from workbench.ledger import views
from workbench.ledger.store import Ledger, open_ledger
from workbench.ledger.verification import broken_records
from workbench.pipeline import deciding

pytestmark = pytest.mark.ledger

ACCOUNTS = ("101", "102")
CENTS = (30_000, 45_050, 5_000, 12_345)
WHEN = st.integers(1, 20)


@dataclass(frozen=True)
class Month:
    """What came in: cheques and cards with what is deposited of them, debits and their returns."""

    cheques: list[tuple[str, int, int]]
    cards: list[tuple[str, int, int]]
    deposited: int
    net: bool
    debits: list[tuple[str, int, int]]
    returned: int

    def tables(self) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        cheques = [
            cheque(f"CH{n}", day, cents / 100, account_id=account)
            for n, (account, cents, day) in enumerate(self.cheques)
        ]
        cards = [
            card(f"T{n}", day, cents / 100, account_id=account)
            for n, (account, cents, day) in enumerate(self.cards)
        ]
        return cheques, cards

    def entries(self) -> list[Entry]:
        found = []
        handed_in = sorted(self.cheques, key=lambda each: each[2])[: self.deposited]
        if handed_in:
            found.append(entry(25, sum(c for _, c, _ in handed_in), "REMISE CHEQUES"))
        total = sum(cents for _, cents, _ in self.cards)
        if total:
            found.append(entry(26, total - self.net * total * 35 // 10_000, "REMISE CB"))
        if len(self.debits) > 1:
            parts = tuple(
                part(cents, account, end_to_end_id=f"E{n}")
                for n, (account, cents, _) in enumerate(self.debits)
            )
            total = sum(cents for _, cents, _ in self.debits)
            found.append(entry(10, total, "PRLV SEPA REMISE", parts=parts))
            found += [
                entry(15 + n, -cents, f"REJET PRLV {n}", end_to_end_id=f"E{n}",
                      mandate_id=f"RUM{account}", return_reason="AM04")
                for n, (account, cents, _) in enumerate(self.debits[: self.returned])
            ]  # fmt: skip
        return found


payments = st.lists(st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from(CENTS), WHEN), max_size=4)
months = st.builds(
    Month, cheques=payments, cards=payments, deposited=st.integers(0, 4), net=st.booleans(),
    debits=payments, returned=st.integers(0, 2),
)  # fmt: skip


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "bare.db"
    small_office.new_ledger(f"sqlite:///{path}")
    with open_ledger(f"sqlite:///{path}") as ledger:
        small_office.store_tables(ledger, **small_office.PORTFOLIO)
    return path


@contextmanager
def office(template: Path) -> Iterator[Ledger]:
    """Opens a copy of the office without movements."""
    with tempfile.TemporaryDirectory() as folder:
        url = small_office.copy_ledger(template, Path(folder) / "ledger.db")
        with open_ledger(url) as ledger:
            yield ledger


def bring(ledger: Ledger, month: Month, *, shuffled: random.Random | None = None) -> None:
    cheques, cards = month.tables()
    entries = month.entries()
    if shuffled:
        for rows in (cheques, cards, entries):
            shuffled.shuffle(rows)
    import_receipts(ledger, cheques=cheques, cards=cards)
    if entries:
        book(ledger, *entries)


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow])
@given(month=months)
def test_money_is_conserved_and_a_second_run_changes_nothing(template: Path, month: Month) -> None:
    with office(template) as ledger:
        bring(ledger, month)
        before = left(ledger)
        run(ledger)
        assert list(broken_records(ledger)) == []
        after, decided = left(ledger), links(ledger)
        again = run(ledger)
        assert (again.accepted, again.receipts, again.set_aside) == (0, 0, 0)
        assert (left(ledger), links(ledger)) == (after, decided)
        # Undone one after the other, latest first, everything is open as it was.
        subjects = views.journal(ledger).query("action in ('match', 'return')")["subject"]
        for subject in reversed(list(dict.fromkeys(subjects))):
            deciding.undo(ledger, [subject], actor="C. Ardouin", at=small_office.AT)
        assert left(ledger) == before
        assert list(broken_records(ledger)) == []


@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow])
@given(month=months, chance=st.randoms())
def test_the_order_of_rows_does_not_matter(
    template: Path, month: Month, chance: random.Random
) -> None:
    found = []
    for shuffled in (None, chance):
        with office(template) as ledger:
            bring(ledger, month, shuffled=shuffled)
            run(ledger)
            found.append((left(ledger), links(ledger), links(ledger, "proposed")))
    assert found[0] == found[1]


@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow])
@given(month=months, chance=st.randoms())
def test_undoing_in_any_order_leaves_a_sound_ledger(
    template: Path, month: Month, chance: random.Random
) -> None:
    with office(template) as ledger:
        bring(ledger, month)
        run(ledger)
        subjects = views.journal(ledger).query("action in ('match', 'return')")["subject"]
        chosen = list(dict.fromkeys(subjects))
        chance.shuffle(chosen)
        for subject in chosen:
            # A due that another payment has settled since its return is not given back.
            with suppress(DecisionRefusedError):
                deciding.undo(ledger, [subject], actor="C. Ardouin", at=small_office.AT)
        assert list(broken_records(ledger)) == []
