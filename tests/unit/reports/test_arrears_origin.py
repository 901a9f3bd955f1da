"""Each cause of a delay by example, and that every late cent is told once."""

from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from tests.unit import frames
from workbench.reports import arrears
from workbench.reports.arrears_origin import (
    RETURN_COLUMNS,
    WAITING_COLUMNS,
    origins,
    sentence,
)

AS_OF = date(2026, 10, 31)
TENANT = frames.accounts({"account_id": "A1", "holder": "M. Dupont", "kind": "tenant"})
INDEXED = pd.DataFrame(
    {
        "account_id": ["A1"],
        "from_on": pd.to_datetime(["2026-05-01"]),
        "old_amount_cents": [800_00],
        "new_amount_cents": [821_00],
        "label": ["IRL"],
    }
)


def rent(month: int, cents: int, *, year: int = 2026, **values: Any) -> dict[str, Any]:
    start = date(year, month, 1)
    return {
        "due_id": f"R{year}-{month:02d}", "kind": "rent", "amount_cents": cents,
        "due_on": start.replace(day=5), "issued_on": start, "period_start": start,
        "period_end": start.replace(day=28), **values,
    }  # fmt: skip


def charges(month: int, cents: int) -> dict[str, Any]:
    return rent(month, cents, due_id=f"C2026-{month:02d}", kind="charges")


def paid(due_id: str, cents: int, *, on: str, movement: str = "") -> dict[str, Any]:
    return {
        "due_id": due_id, "amount_cents": cents, "effective_on": on,
        "movement_id": movement or f"M{on}",
    }  # fmt: skip


def waiting_payments(*rows: tuple[str, int]) -> pd.DataFrame:
    frame = pd.DataFrame(
        [("A1", f"M{day}", day, cents) for day, cents in rows], columns=list(WAITING_COLUMNS)
    )
    frame["booked_on"] = pd.to_datetime(frame["booked_on"])
    return frame


def returned(*rows: tuple[str, str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows), columns=list(RETURN_COLUMNS))
    frame["returned_on"] = pd.to_datetime(frame["returned_on"])
    return frame


def explained(
    dues: Sequence[dict[str, Any]],
    settled: Sequence[dict[str, Any]] = (),
    *,
    accounts: pd.DataFrame = TENANT,
    indexations: pd.DataFrame = INDEXED.iloc[:0],
    returns: pd.DataFrame | None = None,
    waiting: pd.DataFrame | None = None,
    as_of: date = AS_OF,
) -> pd.DataFrame:
    allocations = frames.allocations(*settled)
    standing = arrears.dues_as_of(frames.dues(*dues), allocations, as_of=as_of)
    return origins(
        standing, allocations, accounts, indexations=indexations, as_of=as_of,
        returns=returned() if returns is None else returns,
        waiting=waiting_payments() if waiting is None else waiting,
    )  # fmt: skip


def causes_of(rows: pd.DataFrame) -> list[tuple[str, int]]:
    return list(zip(rows["cause"], rows["amount_cents"].tolist(), strict=True))


def at_old_rent(first: int, last: int) -> list[dict[str, Any]]:
    return [paid(f"R2026-{m:02d}", 800_00, on=f"2026-{m:02d}-04") for m in range(first, last + 1)]


OLD_AND_NEW = [rent(m, 800_00 if m < 5 else 821_00) for m in range(1, 11)]


def test_an_indexation_not_applied_names_its_months() -> None:
    rows = explained(OLD_AND_NEW, at_old_rent(1, 10), indexations=INDEXED)
    assert causes_of(rows) == [("indexation_not_applied", 6 * 21_00)]
    assert rows["periods"].tolist() == [6]
    assert rows["words"][0] == (
        "l’indexation du loyer (21,00\u00a0€ par échéance) n’a pas été appliquée "
        "de mai 2026 à octobre 2026 (6 échéances), soit 126,00\u00a0€"
    )
    assert rows["not_claimable_cents"].tolist() == [0]


def test_it_is_seen_too_where_each_payment_went_to_the_oldest_due() -> None:
    settled = at_old_rent(1, 4)
    left = 0
    for month in range(5, 11):
        # 800 each month: the rest of the month before first.
        if left:
            settled.append(paid(f"R2026-{month - 1:02d}", left, on=f"2026-{month:02d}-04"))
        settled.append(paid(f"R2026-{month:02d}", 800_00 - left, on=f"2026-{month:02d}-04"))
        left += 21_00
    rows = explained(OLD_AND_NEW, settled, indexations=INDEXED)
    assert causes_of(rows) == [("indexation_not_applied", 6 * 21_00)]
    assert rows["periods"].tolist() == [6]


def test_an_amount_that_rose_without_an_indexation_is_told_as_the_old_amount() -> None:
    rows = explained(OLD_AND_NEW, at_old_rent(1, 10))
    assert causes_of(rows) == [("old_amount_paid", 126_00)]
    assert "800,00\u00a0€ a été payé au lieu de 821,00\u00a0€" in rows["words"][0]


def test_a_shortfall_one_cent_off_the_indexation_is_a_partial_payment() -> None:
    settled = [*at_old_rent(1, 9), paid("R2026-10", 799_99, on="2026-10-04")]
    rows = explained(OLD_AND_NEW, settled, indexations=INDEXED)
    assert causes_of(rows) == [
        ("indexation_not_applied", 5 * 21_00),
        ("partial_payment", 21_01),
    ]


def test_rent_indexed_and_short_on_the_charges_is_still_the_indexation() -> None:
    dues = [*OLD_AND_NEW, *(charges(m, 60_00) for m in range(1, 11))]
    settled = []
    for month in range(1, 11):
        full = 800_00 if month < 5 else 821_00
        day = f"2026-{month:02d}-04"
        settled.append(paid(f"R2026-{month:02d}", full, on=day))
        settled.append(paid(f"C2026-{month:02d}", 860_00 - full, on=day))
    rows = explained(dues, settled, indexations=INDEXED)
    assert causes_of(rows) == [("indexation_not_applied", 126_00)]


def test_a_provision_that_rose() -> None:
    dues = [rent(m, 800_00) for m in (8, 9, 10)]
    dues += [charges(8, 60_00), charges(9, 75_00), charges(10, 75_00)]
    settled = []
    for month in (8, 9, 10):
        day = f"2026-{month:02d}-04"
        settled.append(paid(f"R2026-{month:02d}", 800_00, on=day))
        settled.append(paid(f"C2026-{month:02d}", 60_00, on=day))
    assert causes_of(explained(dues, settled)) == [("charges_not_adjusted", 30_00)]


def test_indexation_of_more_than_a_year_before_the_call_cannot_be_claimed() -> None:
    called = date(2026, 5, 2)
    # Whole months count: a month that began before the limit is lost.
    for start, lost in ((date(2025, 6, 1), 0), (date(2025, 5, 31), 21_00)):
        late = rent(
            5, 21_00, due_id="X", kind="adjustment", label="Rappel d’indexation",
            issued_on=called, due_on=called, period_start=start, period_end=start,
        )  # fmt: skip
        rows = explained([late])
        assert rows["not_claimable_cents"].tolist() == [lost]
    whole_year = rent(
        5, 120_00, due_id="X", kind="adjustment", label="Rappel d’indexation",
        issued_on=called, due_on=called, period_start=date(2025, 2, 1),
        period_end=date(2026, 1, 31),
    )  # fmt: skip
    rows = explained([whole_year])
    assert rows["not_claimable_cents"].tolist() == [40_00]
    assert "40,00\u00a0€ de plus d’un an avant la demande" in rows["words"][0]


def test_an_adjustment_of_charges_is_not_bound_by_that_year() -> None:
    late = rent(
        5, 120_00, due_id="X", kind="adjustment", label="Régularisation de charges 2024",
        period_start=date(2024, 1, 1), period_end=date(2024, 12, 31),
    )  # fmt: skip
    rows = explained([late])
    assert causes_of(rows) == [("adjustment_unpaid", 120_00)]
    assert rows["not_claimable_cents"].tolist() == [0]


def test_one_month_left_out_and_none_since() -> None:
    dues = [rent(m, 800_00) for m in range(6, 11)]
    settled = [paid(f"R2026-{m:02d}", 800_00, on=f"2026-{m:02d}-04") for m in (6, 8)]
    rows = explained(dues, settled)
    assert causes_of(rows) == [("missing_period", 800_00), ("no_payment_since", 1600_00)]
    assert rows["words"].tolist() == [
        "rien n’a été reçu pour juillet 2026, soit 800,00\u00a0€",
        "rien n’a été reçu depuis septembre 2026 (2 échéances), soit 1\u00a0600,00\u00a0€",
    ]


def test_a_debit_the_bank_sent_back_is_told_with_its_reason() -> None:
    rows = explained(
        [rent(10, 800_00)], returns=returned(("R2026-10", "2026-10-09", "provision insuffisante"))
    )
    assert causes_of(rows) == [("rejected_debit", 800_00)]
    assert "rejeté par la banque le 09/10/2026 (provision insuffisante)" in rows["words"][0]


def test_a_payment_that_waits_explains_the_due_it_would_settle() -> None:
    dues = [rent(9, 810_00), rent(10, 800_00)]
    rows = explained(dues, waiting=waiting_payments(("2026-10-06", 800_00)))
    assert causes_of(rows) == [("payment_waiting", 800_00), ("no_payment_since", 810_00)]
    too_small = explained(dues, waiting=waiting_payments(("2026-10-06", 809_99)))
    assert "payment_waiting" not in set(too_small["cause"])


def test_fees_deposits_and_what_is_none_of_these() -> None:
    dues = [
        rent(10, 36_00, due_id="F", kind="fee", label="Mise en demeure"),
        rent(10, 900_00, due_id="G", kind="deposit"),
        rent(10, 50_00, due_id="O", kind="other", label="Badge"),
    ]
    rows = explained(dues)
    assert causes_of(rows) == [("fee", 36_00), ("deposit", 900_00), ("other", 50_00)]


def test_calls_for_funds_are_told_by_their_quarter() -> None:
    def call(month: int) -> dict[str, Any]:
        last = date(2026, month + 2, 30)
        return rent(month, 650_00, kind="call", period_end=last)

    rows = explained([call(1), call(4), call(7)], [paid("R2026-04", 650_00, on="2026-04-20")])
    assert rows["words"].tolist() == [
        "rien n’a été reçu pour le 1er trimestre 2026, soit 650,00\u00a0€",
        "rien n’a été reçu pour le 3e trimestre 2026, soit 650,00\u00a0€",
    ]
    works = rent(6, 160_50, kind="works_call", label="Travaux façade, appel 2/4")
    rows = explained([works])
    assert causes_of(rows) == [("works_unpaid", 160_50)]
    assert rows["words"][0] == (
        "appel de travaux du 05/06/2026 (Travaux façade, appel 2/4), restent 160,50\u00a0€"
    )


def test_nothing_late_says_nothing_and_suppliers_are_left_out() -> None:
    due_today = rent(10, 800_00, due_on=AS_OF)
    assert explained([due_today]).empty
    supplier = frames.accounts({"account_id": "A1", "holder": "SARL", "kind": "supplier"})
    assert explained([rent(9, 800_00)], accounts=supplier).empty


def test_the_sentence_can_be_sent() -> None:
    rows = explained(OLD_AND_NEW, at_old_rent(1, 10), indexations=INDEXED)
    assert sentence(rows, overdue_cents=126_00, as_of=AS_OF) == (
        "Au 31/10/2026, 126,00\u00a0€ restent à régler sur votre compte\u00a0: l’indexation du "
        "loyer (21,00\u00a0€ par échéance) n’a pas été appliquée de mai 2026 à octobre 2026 "
        "(6 échéances), soit 126,00\u00a0€."
    )


@given(
    amounts=st.lists(st.sampled_from([500_00, 521_00, 560_00]), min_size=1, max_size=10),
    shares=st.lists(st.sampled_from([0, 250_00, 500_00, 521_00]), min_size=10, max_size=10),
    waits=st.sampled_from([0, 500_00, 1_000_00]),
    chance=st.randoms(use_true_random=False),
)
def test_every_late_cent_is_explained_once_whatever_the_order(
    amounts: list[int], shares: list[int], waits: int, chance: Random
) -> None:
    dues = [rent(month, cents) for month, cents in enumerate(amounts, 1)]
    settled = [
        paid(due["due_id"], min(share, due["amount_cents"]), on=f"2026-{n:02d}-07")
        for n, (due, share) in enumerate(zip(dues, shares, strict=False), 1)
        if share
    ]
    waiting = waiting_payments(("2026-10-06", waits)) if waits else None
    rows = explained(dues, settled, indexations=INDEXED, waiting=waiting)
    late = sum(d["amount_cents"] for d in dues) - sum(s["amount_cents"] for s in settled)
    assert rows["amount_cents"].sum() == late
    named = [due_id for ids in rows["due_ids"] for due_id in ids.split("|")]
    assert len(named) == len(set(named))
    shuffled = dues[:]
    chance.shuffle(shuffled)
    again = explained(shuffled, settled[::-1], indexations=INDEXED, waiting=waiting)
    pd.testing.assert_frame_equal(rows, again)
