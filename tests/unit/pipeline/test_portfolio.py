"""The dashboard's figures on the small office, where every cent can be followed by hand."""

from collections.abc import Hashable
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd
import pytest

from tests import small_office
from workbench.domain.errors import ParameterError
from workbench.ledger.store import Ledger
from workbench.pipeline import deciding, reconciling
from workbench.pipeline.account import account_detail
from workbench.pipeline.portfolio import portfolio

AT = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
WHO = "C. Ardouin"
END = date(2026, 10, 31)


def owed(ledger: Ledger, *, as_of: date = END) -> dict[str, int]:
    frame = portfolio(ledger, as_of=as_of).debtors
    return dict(zip(frame["account_id"], frame["owed_cents"].tolist(), strict=True))


def by(frame: pd.DataFrame, key: str) -> dict[Any, dict[Hashable, Any]]:
    """Returns the rows of a frame by one of its columns."""
    return {row[key]: row for row in frame.to_dict("records")}


def link(ledger: Ledger, movement: str, *wanted: tuple[str, int | None]) -> None:
    deciding.link(ledger, movement, wanted, actor=WHO, at=AT)


def test_debtors_largest_first_without_suppliers(office: Ledger) -> None:
    data = portfolio(office, as_of=END)
    assert data.debtors["account_id"].tolist() == ["201", "102", "101"]
    # 102: 450,50 + 50,00 less the discount of 20,00.
    assert data.debtors["owed_cents"].tolist() == [800_00, 480_50, 300_00]
    assert data.debtors["overdue_cents"].tolist() == [800_00, 500_50, 300_00]
    assert data.debtors["building"].tolist() == ["Le Quai", "Les Tilleuls", "Les Tilleuls"]
    assert data.debtors["code"].tolist() == ["Q201", "102", "101"]
    assert data.account_count == 3
    assert data.credit_cents == 20_00


def test_what_is_paid_is_owed_no_more_and_the_day_of_payment_is_told(office: Ledger) -> None:
    link(office, "M-noe", ("D101", None))
    data = portfolio(office, as_of=END)
    assert "101" not in data.debtors["account_id"].tolist()
    link(office, "M-ait", ("D102", 400_00))
    row = by(portfolio(office, as_of=END).debtors, "account_id")["102"]
    assert (row["owed_cents"], row["last_paid_on"]) == (80_50, pd.Timestamp("2026-10-06"))


def test_an_earlier_day_does_not_know_what_came_later(office: Ledger) -> None:
    link(office, "M-ait", ("D102", None))
    assert owed(office, as_of=date(2026, 10, 6))["102"] == 50_00, "480,50 less 430,50"
    assert owed(office, as_of=date(2026, 10, 5))["102"] == 480_50
    # Before any due but the call of 15 September.
    assert owed(office, as_of=date(2026, 9, 15)) == {"101": 300_00}
    assert owed(office, as_of=date(2026, 9, 14)) == {}


def test_the_day_a_due_falls_due_it_is_not_late(office: Ledger) -> None:
    on_the_day = portfolio(office, as_of=date(2026, 10, 1))
    assert on_the_day.debtors["overdue_cents"].sum() == 0
    assert by(on_the_day.ageing, "bucket")["not_due"]["amount_cents"] == 1_550_50
    assert portfolio(office, as_of=date(2026, 10, 2)).debtors["overdue_cents"].sum() == 1_550_50


def test_ages_and_credits_add_up_to_what_the_debtors_owe(office: Ledger) -> None:
    link(office, "M-ait", ("D102", 1_00))
    data = portfolio(office, as_of=END)
    assert data.ageing["amount_cents"].sum() - data.credit_cents == data.debtors["owed_cents"].sum()
    late = data.ageing.set_index("bucket")["amount_cents"].drop("not_due").sum()
    assert data.trend["overdue_cents"].iloc[-1] == late
    assert data.trend["month_end"].iloc[-1] == pd.Timestamp(END)
    assert len(data.trend) == 15


def test_collected_counts_what_fell_due_only(office: Ledger) -> None:
    early = portfolio(office, as_of=date(2026, 9, 30))
    assert early.collected.empty, "issued, but still to fall due"
    link(office, "M-noe", ("D101", None))
    rows = by(portfolio(office, as_of=END).collected, "building_id")
    assert rows["B1"]["label"] == "T4 2026"
    assert rows["B1"]["wanted_cents"] == 300_00 + 450_50 + 50_00
    assert rows["B1"]["collected_cents"] == 300_00
    assert rows["B2"]["share"] == 0
    assert rows["B1"]["previous_label"] == ""
    assert pd.isna(rows["B1"]["previous_share"])


def test_a_year_earlier_is_compared(office: Ledger) -> None:
    earlier = {
        "due_id": "OLD", "account_id": "101", "kind": "call", "amount_cents": 100_00,
        "due_on": date(2025, 10, 1),
    }  # fmt: skip
    small_office.store_tables(office, dues=[earlier])
    link(office, "M-ait-2", ("OLD", 25_00))
    row = by(portfolio(office, as_of=END).collected, "building_id")["B1"]
    assert (row["previous_label"], row["previous_share"]) == ("T4 2025", 0.25)


def test_movements_that_wait_are_counted_by_state(office: Ledger) -> None:
    work = portfolio(office, as_of=END).work
    counts = dict(zip(work["status"], work["count"].tolist(), strict=True))
    assert counts == {"proposed": 0, "partial": 0, "unmatched": 7}
    link(office, "M-noe", ("D101", 1_00))
    partial = by(portfolio(office, as_of=END).work, "status")["partial"]
    assert (partial["count"], partial["open_cents"]) == (1, 299_00)
    assert portfolio(office, as_of=date(2026, 10, 4)).work["count"].sum() == 1


def test_a_proposed_payment_waits_on_its_account(office: Ledger) -> None:
    reconciling.reconcile(office, as_of=END, actor="moteur", at=AT)
    row = by(portfolio(office, as_of=END).debtors, "account_id")["102"]
    assert row["waiting_count"] >= 1
    assert row["waiting_cents"] >= 1
    detail = account_detail(office, account_id="102", as_of=END)
    waiting = detail.payments[detail.payments["state"] == "proposed"]
    assert waiting["amount_cents"].sum() == row["waiting_cents"]
    before = account_detail(office, account_id="102", as_of=date(2026, 10, 5))
    assert before.payments.empty, "it had not come yet"


def test_an_account_s_balance_is_the_sum_of_its_open_dues(office: Ledger) -> None:
    link(office, "M-ait", ("D102", 400_00))
    detail = account_detail(office, account_id="102", as_of=END)
    assert detail.balance_cents == detail.dues["open_cents"].sum() == 80_50
    assert detail.overdue_cents == 100_50
    assert detail.balance["balance_cents"].iloc[-1] == 80_50
    assert detail.balance["balance_cents"].iloc[-2] == 0, "nothing was issued in September"
    assert detail.dues["due_id"].tolist() == ["D102", "R102", "D102-2"], "by date"
    ((settles, amount),) = detail.payments[["settles", "amount_cents"]].to_numpy().tolist()
    assert (settles, amount) == ("Appel de fonds du 01/10/2026", 400_00)


def test_money_out_to_a_supplier_settles_what_we_owe(office: Ledger) -> None:
    before = account_detail(office, account_id="ASC", as_of=END)
    assert before.balance_cents == -120_00
    link(office, "M-ascenseur", ("F1", None))
    after = account_detail(office, account_id="ASC", as_of=END)
    assert after.balance_cents == after.balance["balance_cents"].iloc[-1] == 0
    assert after.payments["amount_cents"].tolist() == [-120_00]


def test_history_keeps_the_decision_its_undoing_and_its_reason(office: Ledger) -> None:
    link(office, "M-noe", ("D101", None))
    deciding.undo(office, ["M-noe"], actor="L. Verane", at=AT.replace(hour=9), reason="erreur")
    history = account_detail(office, account_id="101", as_of=END).history
    assert history["sign"].tolist() == ["reversal", "undone"]
    assert history["actor"].tolist() == ["L. Verane", WHO]
    assert history["words"].iloc[1] == (
        "Mouvement du 02/10/2026, 300,00\u00a0€, affecté à T4 2026."
    )
    assert history["words"].iloc[0].startswith("Annulé\u00a0: Mouvement du 02/10/2026")
    assert history["words"].iloc[0].endswith("Motif\u00a0: erreur.")
    assert history["at"].iloc[0] == pd.Timestamp("2026-11-03 09:00")


def test_what_undid_another_account_is_not_told_here(office: Ledger) -> None:
    link(office, "M-ait", ("D102", None))
    link(office, "M-noe", ("D101", None))
    deciding.undo(office, ["M-ait"], actor=WHO, at=AT)
    assert account_detail(office, account_id="101", as_of=END).history["sign"].tolist() == ["done"]


def test_an_indexation_is_a_fact_of_its_day(office: Ledger) -> None:
    small_office.store_tables(
        office,
        indexations=[
            {
                "account_id": "201", "from_on": date(2026, 11, 1), "old_amount_cents": 800_00,
                "new_amount_cents": 812_50,
            }
        ],
    )  # fmt: skip
    history = account_detail(office, account_id="201", as_of=date(2026, 11, 1)).history
    assert history["words"].tolist() == ["Indexation\u00a0: 800,00\u00a0€ devient 812,50\u00a0€."]
    assert pd.isna(history["at"].iloc[0])
    assert account_detail(office, account_id="201", as_of=END).history.empty


def test_an_unknown_account_is_refused(office: Ledger) -> None:
    with pytest.raises(ParameterError, match="aucun compte « 999 »"):
        account_detail(office, account_id="999", as_of=END)


def test_an_empty_ledger_is_an_empty_portfolio(ledger_url: str) -> None:
    with small_office.opened(ledger_url) as ledger:
        data = portfolio(ledger, as_of=END)
    assert data.debtors.empty
    assert data.account_count == 0
    assert data.collected.empty
    assert data.work["count"].tolist() == [0, 0, 0]
