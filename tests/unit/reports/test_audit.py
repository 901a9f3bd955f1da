"""Samples that can be drawn again, and patterns just inside and just outside."""

from datetime import date
from random import Random
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit import frames
from workbench.domain.errors import ParameterError
from workbench.reports import audit

END = date(2026, 10, 31)


def amounts(*cents: int) -> pd.DataFrame:
    return pd.DataFrame({"id": [f"M{n:03d}" for n in range(len(cents))], "cents": list(cents)})


@given(size=st.integers(1, 40), seed=st.integers(0, 10_000), chance=st.randoms())
def test_a_random_sample_is_the_same_for_the_same_seed(
    size: int, seed: int, chance: Random
) -> None:
    frame = amounts(*range(30))
    drawn = audit.random_sample(frame, key="id", size=size, seed=seed)
    assert len(drawn) == min(size, 30)
    assert drawn["id"].is_unique
    order = list(range(30))
    chance.shuffle(order)
    again = audit.random_sample(frame.iloc[order], key="id", size=size, seed=seed)
    pd.testing.assert_frame_equal(drawn, again)


def test_each_row_has_its_chance() -> None:
    frame = amounts(*range(10))
    drawn = [
        audit.random_sample(frame, key="id", size=1, seed=seed)["id"][0] for seed in range(500)
    ]
    assert min(drawn.count(name) for name in frame["id"]) > 25


@given(
    cents=st.lists(st.integers(-5_000, 5_000), min_size=1, max_size=40),
    size=st.integers(1, 20),
    seed=st.integers(0, 1_000),
)
def test_a_monetary_sample_draws_cents(cents: list[int], size: int, seed: int) -> None:
    total = sum(abs(c) for c in cents)
    drawn = audit.monetary_unit_sample(
        amounts(*cents), key="id", amount="cents", size=size, seed=seed
    )
    assert (drawn["hits"] >= 1).all()
    assert drawn["hits"].sum() == min(size, total)
    if total:
        interval = max(total // size, 1)
        assert (drawn["interval_cents"] == interval).all()
        large = [f"M{n:03d}" for n, c in enumerate(cents) if abs(c) >= interval]
        # As many whole intervals as fit below the last cent drawn are always hit.
        sure = [name for name in large if name in set(drawn["id"])]
        assert len(sure) >= len(large) - 1


def test_a_row_larger_than_the_interval_is_always_drawn() -> None:
    for seed in range(200):
        drawn = audit.monetary_unit_sample(
            amounts(1, 1, 1000, 1, 1), key="id", amount="cents", size=4, seed=seed
        )
        assert "M002" in set(drawn["id"])


def test_an_empty_sample_is_refused_and_an_empty_ledger_is_not() -> None:
    with pytest.raises(ParameterError):
        audit.random_sample(amounts(1), key="id", size=0, seed=1)
    with pytest.raises(ParameterError):
        audit.monetary_unit_sample(amounts(1), key="id", amount="cents", size=0, seed=1)
    assert audit.random_sample(amounts(), key="id", size=5, seed=1).empty
    assert audit.monetary_unit_sample(amounts(0, 0), key="id", amount="cents", size=5, seed=1).empty


def cut(booked_on: str, due_on: str, **values: Any) -> list[str]:
    movements = frames.movements({"booked_on": booked_on, "amount_cents": 100})
    dues = frames.dues({"due_id": "D1", "due_on": due_on, "amount_cents": 100})
    links = frames.allocations({"movement_id": "M1", "due_id": "D1", "amount_cents": 100, **values})
    return audit.cut_off(links, movements, dues, period_end=END)["side"].tolist()


def test_money_of_one_period_on_dues_of_the_other() -> None:
    assert cut("2026-10-31", "2026-11-01") == ["paid_ahead"]
    assert cut("2026-11-01", "2026-10-31") == ["paid_late"]
    assert cut("2026-10-31", "2026-10-31") == []
    assert cut("2026-11-01", "2026-11-01") == []
    # Fifteen days on each side, not sixteen.
    assert cut("2026-10-16", "2026-11-01") == ["paid_ahead"]
    assert cut("2026-10-15", "2026-11-01") == []
    assert cut("2026-11-15", "2026-10-01") == ["paid_late"]
    assert cut("2026-11-16", "2026-10-01") == []
    assert cut("2026-11-01", "2026-10-31", state="reversed") == []


def test_two_equal_payments_within_days_are_a_question() -> None:
    def pairs(second: str, **values: Any) -> list[tuple[str, str, int]]:
        base = {"amount_cents": -500_00, "counterparty_iban": "FR76X", "label": "VIR"}
        rows = audit.equal_payments(
            frames.movements(
                {**base, "booked_on": "2026-10-01"},
                {**base, "booked_on": second, "label": "AUTRE", **values},
            )
        )
        return list(zip(rows["first_id"], rows["again_id"], rows["days"], strict=True))

    assert pairs("2026-10-11") == [("M1", "M2", 10)]
    assert pairs("2026-10-12") == []
    assert pairs("2026-10-11", amount_cents=-499_99) == []
    assert pairs("2026-10-11", counterparty_iban="FR76Y") == []
    assert pairs("2026-10-11", iban="OTHER") == []


def test_without_an_iban_the_name_tells_else_the_label() -> None:
    rows = audit.equal_payments(
        frames.movements(
            {"amount_cents": 5, "booked_on": "2026-10-01", "counterparty": "M. Dupont "},
            {"amount_cents": 5, "booked_on": "2026-10-02", "counterparty": "M. DUPONT"},
            {"amount_cents": 7, "booked_on": "2026-10-01", "label": "REMISE"},
            {"amount_cents": 7, "booked_on": "2026-10-02", "label": "remise"},
        )
    )
    assert rows["who"].tolist() == ["m. dupont", "remise"]


def test_a_new_iban_is_told_once_suppliers_first() -> None:
    accounts = frames.accounts(
        {"account_id": "A1", "holder": "M. Dupont", "kind": "tenant"},
        {"account_id": "S1", "holder": "SARL Ascenseurs", "kind": "supplier"},
    ).assign(payer_ibans=["FR2", ""])
    moves = [("2026-01-05", "FR1"), ("2026-02-05", "FR2"), ("2026-03-05", "FR1")]
    paid = [("2026-01-09", "DE1"), ("2026-02-09", "LT9")]
    movements = frames.movements(
        *({"booked_on": d, "counterparty_iban": i, "amount_cents": 100} for d, i in moves),
        *({"booked_on": d, "counterparty_iban": i, "amount_cents": -100} for d, i in paid),
    )
    links = frames.allocations(
        *({"movement_id": f"M{n}", "account_id": "A1", "amount_cents": 100} for n in (1, 2, 3)),
        *({"movement_id": f"M{n}", "account_id": "S1", "amount_cents": 100} for n in (4, 5)),
    )
    rows = audit.iban_changes(links, movements, accounts)
    columns = ["account_id", "old_iban", "new_iban", "amount_cents", "is_known"]
    told = [tuple(row) for row in rows[columns].itertuples(index=False)]
    assert told == [("S1", "DE1", "LT9", -100, False), ("A1", "FR1", "FR2", 100, True)]


def test_decisions_by_hand_and_at_what_hours() -> None:
    def row(actor: str, action: str, at: str) -> dict[str, str]:
        return {"actor": actor, "action": action, "at": at}

    journal = pd.DataFrame(
        [
            row("moteur", "match", "2026-10-05T03:00:00Z"),
            row("moteur", "set_aside", "2026-10-05T03:00:00Z"),
            row("moteur", "set_aside", "2026-10-05T09:00:01Z"),
            row("moteur", "month_end", "2026-10-05T03:00:00Z"),
            row("moteur", "return", "2026-10-05T03:00:00Z"),
            row("C. Ardouin", "set_aside", "2026-10-05T03:00:00Z"),
            row("C. Ardouin", "link", "2026-10-05T06:59:59Z"),
            row("C. Ardouin", "link", "2026-10-05T07:00:00Z"),
            row("C. Ardouin", "link", "2026-10-05T19:59:59Z"),
            row("C. Ardouin", "link", "2026-10-05T20:00:00Z"),
            row("C. Ardouin", "undo", "2026-10-10T10:00:00Z"),
        ]
    ).astype("str")
    rows = audit.decisions_by_person(journal)
    columns = ["actor", "action", "decisions", "out_of_hours"]
    told = [tuple(line) for line in rows[columns].itertuples(index=False)]
    # The 10th of October 2026 is a Saturday.
    # What a run set aside at the moment of its matches is its own; a person's never is.
    assert told == [
        ("C. Ardouin", "link", 4, 2), ("C. Ardouin", "set_aside", 1, 1),
        ("C. Ardouin", "undo", 1, 1), ("moteur", "set_aside", 1, 0),
    ]  # fmt: skip


def test_numbers_missing_between_statements() -> None:
    def statement(number: str, closed_on: str) -> dict[str, str]:
        return {"number": number, "closed_on": closed_on}

    rows = audit.statement_gaps(
        frames.statements(
            statement("009", "2026-08-31"), statement("010", "2026-09-30"),
            statement("013", "2026-10-31"), statement("2026/1", "2026-11-05"),
            statement("1", "2026-11-30"),
        )
    )  # fmt: skip
    told = rows[["after_number", "before_number", "missing"]].to_numpy().tolist()
    assert told == [[10, 13, 2]]


def test_money_on_nobody_s_account_by_age() -> None:
    def waits(booked_on: str, cents: int, **values: Any) -> dict[str, Any]:
        return {"booked_on": booked_on, "amount_cents": cents, **values}

    rows = audit.aged_suspense(
        frames.movements(
            waits("2026-10-31", 10), waits("2026-10-01", 20), waits("2026-09-30", -40),
            waits("2026-11-01", 80), waits("2025-10-31", 160), waits("2025-10-30", 320),
            waits("2026-10-30", 640, status="ignored"), waits("2026-10-30", 640, open_cents=0),
        ),
        as_of=END,
    )  # fmt: skip
    assert rows.set_index("bucket")["in_cents"].to_dict() == {
        "0_30": 30, "31_60": 0, "61_90": 0, "91_180": 0, "181_365": 160, "over_365": 320,
    }  # fmt: skip
    assert rows["out_cents"].tolist() == [0, -40, 0, 0, 0, 0]
    assert rows["movements"].tolist() == [2, 1, 0, 0, 1, 1]
