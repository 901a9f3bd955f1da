"""A run over what changed comes to the same as a run over everything, whatever happened before."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import small_office
from tests.small_office import ACTOR, AT, entry, statement
from workbench.domain.errors import DecisionRefusedError
from workbench.ledger import views
from workbench.ledger.store import Ledger, open_ledger
from workbench.pipeline import deciding, learning, reconciling
from workbench.pipeline.recording import ReconcileSummary

pytestmark = pytest.mark.ledger

IBANS = {
    "B1": "FR7630001007941234567890185",
    "B2": "FR7630004000031234567890143",
    "B3": "FR7610107001011234567890129",
}
HOLDERS = {
    ("B1", "45000101"): "Mme Noé Claire",
    ("B1", "45000102"): "M. Aït Karim",
    ("B2", "45000201"): "SCI du Quai",
    ("B2", "45000202"): "Mme Noé Claire",
    ("B3", "45000301"): "M. Dupont Jean",
    ("B3", "45000302"): "M. Roy Luc",
}
AMOUNTS = (300_00, 450_50, 800_00)
# The payer's own account, for those who have one.
PAYER = "FR7611315000011234567890138"
DAYS = (date(2026, 10, 31), date(2026, 11, 30), date(2026, 10, 10))


@dataclass(frozen=True)
class Paid:
    """Money in: where, what the label says (an account, a name or nothing), how much, when."""

    building: str
    says: str
    cents: int
    day: int
    payer: bool


@dataclass(frozen=True)
class Called:
    """One more due of an account."""

    account: str
    cents: int
    day: int


@dataclass(frozen=True)
class Decided:
    """A person's decision on what stands at that place of the lists."""

    action: str
    place: int


@dataclass(frozen=True)
class Run:
    """A run of the matching on a day."""

    as_of: date


CODES = [account for _, account in HOLDERS]
steps = st.lists(
    st.one_of(
        st.builds(
            Paid, st.sampled_from(list(IBANS)),
            st.sampled_from([*CODES, *HOLDERS.values(), "VIREMENT"]), st.sampled_from(AMOUNTS),
            st.integers(1, 28), st.booleans(),
        ),
        st.builds(Called, st.sampled_from(CODES), st.sampled_from(AMOUNTS), st.integers(1, 28)),
        st.builds(
            Decided, st.sampled_from(["accept", "reject", "undo", "forget"]), st.integers(0, 5)
        ),
        st.builds(Run, st.sampled_from(DAYS)),
    ),
    max_size=12,
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def template() -> Iterator[Path]:
    """The office, made once and copied."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "office.db"
        small_office.new_ledger(f"sqlite:///{made}")
        with open_ledger(f"sqlite:///{made}") as ledger:
            small_office.store_tables(
                ledger,
                buildings=[{"building_id": b, "name": b, "kind": "rental"} for b in IBANS],
                bank_accounts=[{"iban": i, "building_id": b} for b, i in IBANS.items()],
                accounts=[
                    {"account_id": a, "building_id": b, "holder": h, "kind": "tenant"}
                    for (b, a), h in HOLDERS.items()
                ],
                dues=[due(a, AMOUNTS[n % 3], 5, f"D{a}") for n, a in enumerate(CODES)],
            )
        _TEMPLATE.append(made)
        yield made
        _TEMPLATE.clear()


_TEMPLATE: list[Path] = []


@contextmanager
def office() -> Iterator[Ledger]:
    with tempfile.TemporaryDirectory() as folder:
        copied = shutil.copy(_TEMPLATE[0], folder)
        with open_ledger(f"sqlite:///{copied}") as ledger:
            yield ledger


def due(account: str, cents: int, day: int, name: str) -> dict[str, object]:
    return {
        "due_id": name, "account_id": account, "kind": "rent", "amount_cents": cents,
        "due_on": date(2026, 10, day),
    }  # fmt: skip


def take(ledger: Ledger, step: object, place: int) -> None:
    if isinstance(step, Paid):
        one = entry(
            step.day, step.cents, f"VIR {step.says} {place}", bank_reference=f"R{place}",
            counterparty_iban=PAYER if step.payer else "",
        )  # fmt: skip
        told = statement(IBANS[step.building], one, number=str(place), opening_cents=None)
        small_office.store_file(ledger, [told], name=f"{place}.xml")
    elif isinstance(step, Called):
        row = due(step.account, step.cents, step.day, f"N{place}")
        small_office.store_tables(ledger, dues=[row])
    elif isinstance(step, Decided):
        decide(ledger, step)


def decide(ledger: Ledger, step: Decided) -> None:
    links = views.allocations(ledger)
    if step.action == "forget":
        ids = sorted(learning.learned(ledger)["learned_id"])
    elif step.action == "undo":
        ids = sorted(links.loc[links["state"] == "accepted", "movement_id"].unique())
    else:
        ids = sorted(links.loc[links["state"] == "proposed", "proposal_id"].unique())
    if not ids:
        return
    chosen = str(ids[step.place % len(ids)])
    act = learning.forget if step.action == "forget" else getattr(deciding, step.action)
    with suppress(DecisionRefusedError):
        act(ledger, [chosen], actor=ACTOR, at=AT)


def run(ledger: Ledger, as_of: date, *, everything: bool) -> ReconcileSummary:
    return reconciling.reconcile(ledger, as_of=as_of, actor="moteur", at=AT, everything=everything)


def standing(ledger: Ledger) -> list[list[str]]:
    """Returns all that a run decides: links, proposals in their order, what the others are."""
    links = views.allocations(ledger)[
        ["movement_id", "due_id", "amount_cents", "state", "rank", "rule", "reasons", "account_id"]
    ]
    moves = views.movements(ledger)[
        ["movement_id", "status", "open_cents", "classified", "classified_words", "set_aside"]
    ]
    return [
        sorted("|".join(map(str, row)) for row in frame.itertuples(index=False))
        for frame in (links, moves)
    ]


@pytest.mark.slow
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(taken=steps, last=st.sampled_from(DAYS))
def test_what_changed_comes_to_the_same_as_everything(taken: list[object], last: date) -> None:
    with ExitStack() as stack:
        renewed, whole = (stack.enter_context(office()) for _ in range(2))
        for place, step in enumerate([*taken, Run(last)]):
            for ledger in (renewed, whole):
                take(ledger, step, place)
            if isinstance(step, Run):
                run(renewed, step.as_of, everything=False)
                run(whole, step.as_of, everything=True)
                assert standing(renewed) == standing(whole)


def test_a_run_looks_only_at_the_building_that_changed() -> None:
    with office() as ledger:
        day = DAYS[0]
        assert run(ledger, day, everything=False).buildings == 3
        assert run(ledger, day, everything=False).buildings == 0
        take(ledger, Paid("B2", "45000201", AMOUNTS[2], 6, payer=False), 1)
        summary = run(ledger, day, everything=False)
        assert (summary.buildings, summary.looked_at, summary.accepted) == (1, 1, 1)
        # Its own decisions are no news to it.
        assert run(ledger, day, everything=False).buildings == 0
        deciding.undo(
            ledger, [views.allocations(ledger)["movement_id"].iloc[0]], actor=ACTOR, at=AT
        )
        assert run(ledger, day, everything=False).buildings == 1


def test_money_nobody_is_named_for_is_looked_at_with_whatever_changes() -> None:
    with office() as ledger:
        take(ledger, Paid("B1", "VIREMENT", 123_45, 6, payer=False), 1)
        assert run(ledger, DAYS[0], everything=False).buildings == 3
        assert run(ledger, DAYS[0], everything=False).buildings == 0
        take(ledger, Called("45000301", AMOUNTS[0], 9), 2)
        assert run(ledger, DAYS[0], everything=False).buildings == 2


def test_a_later_day_brings_its_money() -> None:
    with office() as ledger:
        take(ledger, Paid("B2", "45000201", AMOUNTS[2], 20, payer=False), 1)
        assert run(ledger, date(2026, 10, 19), everything=False).accepted == 0
        assert run(ledger, date(2026, 10, 20), everything=False).accepted == 1


def test_a_changed_holder_is_news_for_all() -> None:
    with office() as ledger:
        run(ledger, DAYS[0], everything=False)
        row = {"account_id": "45000301", "building_id": "B3", "holder": "Mme Roy", "kind": "tenant"}
        small_office.store_tables(ledger, accounts=[row])
        assert run(ledger, DAYS[0], everything=False).buildings == 3


def test_a_run_of_one_building_is_news_for_the_others() -> None:
    with office() as ledger:
        run(ledger, DAYS[0], everything=False)
        take(ledger, Paid("B2", "45000201", AMOUNTS[2], 6, payer=False), 1)
        alone = reconciling.reconcile(
            ledger, building_id="B2", as_of=DAYS[0], actor="moteur", at=AT
        )
        assert alone.accepted == 1
        assert run(ledger, DAYS[0], everything=False).buildings == 1
