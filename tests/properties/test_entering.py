"""Whatever is entered, settled and taken back: every cent is somewhere, and undo restores."""

from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import small_office
from tests.properties.conftest import Fresh
from workbench.domain.errors import DecisionRefusedError, ParameterError
from workbench.ledger import views
from workbench.ledger.store import Ledger
from workbench.ledger.verification import broken_records
from workbench.pipeline import deciding, entering
from workbench.pipeline.allocating import allocate
from workbench.pipeline.deciding import Outcome
from workbench.pipeline.entering import DueWanted

pytestmark = pytest.mark.ledger
AT = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
DAY = date(2026, 11, 3)
WHO = "C. Ardouin"
cents = st.integers(1, 50_000)
chosen = st.lists(
    st.tuples(st.integers(0, 11), cents), min_size=1, max_size=4, unique_by=lambda each: each[0]
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("settle"), chosen, chosen, st.sampled_from(["", "101", "102"])),
        st.tuples(st.just("keep"), st.sampled_from(["M-noe", "M-ait", "M-ait-2"]), cents),
        st.tuples(st.just("add"), st.sampled_from(["charges", "discount"]), cents),
        st.tuples(st.just("aside"), st.sampled_from(["M-frais", "M-ait-2"])),
        st.tuples(st.just("undo"), st.integers(0, 9)),
    ),
    max_size=10,
)


def left(ledger: Ledger) -> dict[int, int]:
    frame = ledger.frame("SELECT item_id, amount_cents - allocated_cents AS cents FROM items")
    return dict(zip(frame["item_id"].tolist(), frame["cents"].tolist(), strict=True))


class Auditor:
    """Does what is asked, and remembers how each of it is taken back."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.done: list[tuple[str, ...]] = []

    def do(self, step: tuple[object, ...]) -> None:
        with suppress(DecisionRefusedError, ParameterError):
            outcome = self._act(step)
            if outcome is not None and outcome.done:
                added = outcome.identifier.startswith("wb-ajout-")
                names = (outcome.identifier,) if added else outcome.allocation_ids[::-1]
                self.done.append(names or (outcome.identifier,))

    def _act(self, step: tuple[object, ...]) -> Outcome | None:
        match step:
            case ("settle", list(a), list(b), str(keep)):
                items = small_office.items(self.ledger)
                names = sorted(items)
                sides = [
                    [(items[names[n % len(names)]], each) for n, each in side] for side in (a, b)
                ]
                return allocate(
                    self.ledger, left=sides[0], right=sides[1], keep_for=keep, as_of=DAY,
                    actor=WHO, at=AT,
                )  # fmt: skip
            case ("keep", str(movement), int(amount)):
                return entering.put_on_account(
                    self.ledger, movement, [("102", amount)], as_of=DAY, actor=WHO, at=AT
                )
            case ("add", str(kind), int(amount)):
                wanted = DueWanted(
                    account_id="102", kind=kind, due_on=DAY,
                    amount_cents=-amount if kind == "discount" else amount,
                )  # fmt: skip
                return entering.add_due(self.ledger, wanted, as_of=DAY, actor=WHO, at=AT)
            case ("aside", str(movement)):
                return entering.set_aside(
                    self.ledger, movement, reason="not_ours", actor=WHO, at=AT
                )
            case ("undo", int(place)) if place < len(self.done):
                self.undo(place)
        return None

    def undo(self, place: int) -> None:
        deciding.undo(self.ledger, self.done[place], actor=WHO, at=AT, reason="essai")
        self.done.pop(place)

    def check(self) -> None:
        """What left the - items is what reached the + items; movements are in one status."""
        items = self.ledger.frame("SELECT amount_cents, allocated_cents FROM items")
        assert items["allocated_cents"].sum() == 0
        accepted = views.allocations(self.ledger).query("state == 'accepted'")
        assert accepted["amount_cents"].sum() == items["allocated_cents"].clip(lower=0).sum()
        moved = views.movements(self.ledger)
        whole = moved["open_cents"] == moved["amount_cents"]
        assert not (whole & moved["status"].isin(["matched", "partial"])).any()
        assert ((moved["open_cents"] != 0) | (moved["status"] == "matched")).all()
        assert list(broken_records(self.ledger)) == []


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(steps=steps)
def test_every_cent_is_somewhere_and_undoing_all_restores(
    fresh: Fresh, steps: list[tuple[object, ...]]
) -> None:
    with fresh() as ledger:
        before = left(ledger)
        auditor = Auditor(ledger)
        for step in steps:
            auditor.do(step)
        auditor.check()
        # Last first: what was made of something is taken back before it.
        for place in reversed(range(len(auditor.done))):
            auditor.undo(place)
        auditor.check()
        after = left(ledger)
        assert {item: after[item] for item in before} == before
        assert not any(cents for item, cents in after.items() if item not in before)
        assert set(views.movements(ledger)["status"]) == {"unmatched"}
