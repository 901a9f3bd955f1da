"""Whatever is linked and undone, in whatever order: money is conserved and the journal holds."""

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import small_office
from tests.properties.conftest import Fresh
from tests.small_office import decide, decision, entry, line, statement
from workbench.domain.errors import DecisionRefusedError
from workbench.ledger import views
from workbench.ledger.decisions import Decision, Line, Verdict
from workbench.ledger.store import Ledger
from workbench.ledger.verification import broken_records

pytestmark = pytest.mark.ledger

CREDITS = ("M-noe", "M-ait", "M-ait-2", "R102", "F1", "M-quai")
DEBITS = ("D101", "D102", "D102-2", "M-ascenseur", "M-frais", "D201")
links = st.tuples(
    st.sampled_from(CREDITS), st.sampled_from(DEBITS), st.integers(min_value=1, max_value=50_000)
)
# A decision of several links, or the undoing of an earlier decision (by its position).
steps = st.lists(
    st.one_of(st.lists(links, min_size=1, max_size=3), st.integers(min_value=0, max_value=20)),
    max_size=12,
)


class Played:
    """What was decided, as a plain program would keep it: the model the ledger is held against."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.items = small_office.items(ledger)
        self.amounts = self._cents("amount_cents")
        self.left = {item: abs(cents) for item, cents in self.amounts.items()}
        self.standing: dict[int, list[tuple[int, int, int, int]]] = {}
        self.decided = 0

    def link(self, asked: list[tuple[str, str, int]]) -> None:
        lines = [(self.items[c], self.items[d], cents) for c, d, cents in asked]
        if self._record(decision(*(line(*each) for each in lines)), expected=self._fits(lines)):
            self.standing[self.decided] = [
                (*each, self._last_number() - len(lines) + 1 + n) for n, each in enumerate(lines)
            ]
            self._move(lines, sign=-1)
            self.decided += 1

    def undo(self, position: int) -> None:
        lines = self.standing.pop(position, None)
        if lines is None:
            return
        made = decision(*(_reversal(*each) for each in lines), action="undo")
        assert self._record(made, expected=True)
        self._move([each[:3] for each in lines], sign=1)

    def _record(self, made: Decision, *, expected: bool) -> bool:
        try:
            decide(self.ledger, made)
        except DecisionRefusedError:
            assert not expected
            return False
        assert expected
        return True

    def _fits(self, lines: list[tuple[int, int, int]]) -> bool:
        left = dict(self.left)
        quai = {self.items["M-quai"], self.items["D201"]}
        for credit, debit, cents in lines:
            left[credit] -= cents
            left[debit] -= cents
            if (credit in quai) != (debit in quai):  # two buildings
                return False
        return all(cents >= 0 for cents in left.values())

    def _move(self, lines: list[tuple[int, int, int]], *, sign: int) -> None:
        for credit, debit, cents in lines:
            self.left[credit] += sign * cents
            self.left[debit] += sign * cents

    def _last_number(self) -> int:
        return int(self.ledger.frame("SELECT MAX(allocation_id) AS n FROM allocations")["n"].item())

    def _cents(self, expression: str) -> dict[int, int]:
        frame = self.ledger.frame(f"SELECT item_id, {expression} AS cents FROM items")
        return dict(zip(frame["item_id"].tolist(), frame["cents"].tolist(), strict=True))

    def check(self) -> None:
        """Compares the ledger with the model and with itself."""
        opened = self._cents("amount_cents - allocated_cents")
        assert {item: abs(cents) for item, cents in opened.items()} == self.left
        assert all(opened[i] * self.amounts[i] >= 0 for i in opened)
        # What left the - items is what reached the + items.
        gone = {i: abs(self.amounts[i]) - self.left[i] for i in self.left}
        assert sum(g for i, g in gone.items() if self.amounts[i] < 0) == sum(
            g for i, g in gone.items() if self.amounts[i] > 0
        )
        accepted = views.allocations(self.ledger).query("state == 'accepted'")
        assert accepted["amount_cents"].sum() == sum(
            g for i, g in gone.items() if self.amounts[i] < 0
        )
        assert list(broken_records(self.ledger)) == []


def _reversal(credit: int, debit: int, cents: int, number: int) -> Line:
    return line(credit, debit, -cents, reverses=number)


def opened(ledger: Ledger) -> list[pd.DataFrame]:
    return [views.dues(ledger), views.movements(ledger)]


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(steps=steps)
def test_links_and_undoing_conserve_money(
    fresh: Fresh, steps: list[list[tuple[str, str, int]] | int]
) -> None:
    with fresh() as ledger:
        before = opened(ledger)
        played = Played(ledger)
        for step in steps:
            if isinstance(step, int):
                played.undo(step)
            else:
                played.link(step)
        played.check()
        # Undoing everything, last first, gives the beginning back to the cent.
        for position in sorted(played.standing, reverse=True):
            played.undo(position)
        played.check()
        for now, then in zip(opened(ledger), before, strict=True):
            pd.testing.assert_frame_equal(now, then)
        assert set(views.allocations(ledger)["state"]) <= {"reversed"}


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)


@settings(max_examples=15)
@given(said=st.lists(st.tuples(words, words, words), max_size=5), actor=words)
def test_the_journal_holds_whatever_is_said(
    fresh: Fresh, said: list[tuple[str, str, str]], actor: str
) -> None:
    with fresh() as ledger:
        item = small_office.items(ledger)["M-noe"]
        decide(
            ledger,
            *(
                decision(
                    verdicts=(Verdict(item_id=item, kind="set_aside", reason=reason, words=text),),
                    subject=subject,
                    words=text,
                )
                for subject, reason, text in said
            ),
            actor=actor or "a",
        )
        journal = views.journal(ledger).tail(len(said))
        assert list(journal["subject"]) == [subject for subject, _, _ in said]
        assert list(broken_records(ledger)) == []


entries = st.lists(
    st.tuples(st.integers(1, 28), st.integers(-(10**13), 10**13), st.text("abc", max_size=2)),
    unique_by=lambda each: each[2],
    max_size=6,
)


@settings(max_examples=15)
@given(files=st.lists(st.tuples(entries, st.sampled_from(["10", "11"])), max_size=4))
def test_files_in_any_overlap_add_each_movement_once(
    fresh: Fresh, files: list[tuple[list[tuple[int, int, str]], str]]
) -> None:
    with fresh() as ledger:
        already = set(views.movements(ledger)["movement_id"])
        told = [
            statement(
                small_office.IBAN_1,
                *(entry(day, cents, f"{day}{label}{cents}") for day, cents, label in each),
                number=number,
            )
            for each, number in files
        ]
        for n, each in enumerate(told):
            small_office.store_file(ledger, [each], name=f"{n}.xml")
        once = views.movements(ledger)
        wanted = {movement for each in told for movement in each.movement_ids}
        assert set(once["movement_id"]) == already | wanted
        assert once["movement_id"].is_unique
        for n, each in enumerate(reversed(told)):
            assert small_office.store_file(ledger, [each], name=f"again-{n}.xml").new == 0
        again = views.movements(ledger)
        assert len(again) == len(once)
        assert list(broken_records(ledger)) == []
