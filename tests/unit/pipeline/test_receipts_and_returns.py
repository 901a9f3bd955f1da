"""Cheques, cards, batches and returns through the ledger: one mechanism, undoable as one."""

from collections.abc import Iterator
from datetime import date

import pandas as pd
import pytest

from tests import small_office
from tests.receipts_office import (
    AT,
    book,
    card,
    cheque,
    entry,
    import_receipts,
    left,
    links,
    part,
    run,
    status,
)
from workbench.domain.errors import DecisionRefusedError
from workbench.ledger import views
from workbench.ledger.store import Ledger
from workbench.ledger.verification import broken_records
from workbench.pipeline import deciding, exporting
from workbench.reports import arrears

WHO = "C. Ardouin"


@pytest.fixture
def bare(ledger_url: str) -> Iterator[Ledger]:
    """The small office's tables without any movement."""
    with small_office.opened(ledger_url) as ledger:
        small_office.store_tables(ledger, **small_office.PORTFOLIO)
        yield ledger


def test_a_cheque_pays_its_dues_and_the_bank_credits_it(bare: Ledger) -> None:
    import_receipts(bare, cheques=[cheque("CH1", 3, 300, account_id="101")])
    book(bare, entry(9, 30_000, "REMISE CHEQUES"))
    summary = run(bare)
    assert (summary.accepted, summary.receipts, summary.amount_cents) == (1, 1, 30_000)
    now = left(bare)
    assert (now["D101"], now["CH1"], now["CH1@B1"], now["M-REMISE CHEQUES"]) == (0, 0, 0, 0)
    assert links(bare) == [("", "CH1", "D101", 30_000), ("M-REMISE CHEQUES", "CH1", "", 30_000)]
    assert list(broken_records(bare)) == []


def test_the_balance_moves_when_the_cheque_comes_not_when_it_is_credited(bare: Ledger) -> None:
    import_receipts(bare, cheques=[cheque("CH1", 3, 300, account_id="101")])
    run(bare)
    for day, paid in ((2, 0), (3, 30_000)):
        frame = arrears.dues_as_of(
            views.dues(bare), views.allocations(bare), as_of=date(2026, 10, day)
        ).set_index("due_id")
        assert frame.loc["D101", "paid_cents"] == paid


def test_a_second_run_changes_nothing(bare: Ledger) -> None:
    import_receipts(
        bare,
        cheques=[cheque("CH1", 3, 300, account_id="101"), cheque("CH2", 3, 70, building_id="B1")],
        cards=[card("T1", 4, 50, account_id="102")],
    )
    book(
        bare, entry(9, 30_000, "REMISE CHEQUES"), entry(10, 4_982, "REMISE CB /1010"),
        entry(12, 90_000, "PRLV SEPA REMISE", parts=(part(30_000, "101"), part(60_000, "102"))),
    )  # fmt: skip
    run(bare)
    frames = (views.allocations(bare), views.movements(bare), views.journal(bare))
    again = run(bare)
    assert (again.accepted, again.receipts, again.allocations) == (0, 0, 0)
    for now, then in zip(
        (views.allocations(bare), views.movements(bare), views.journal(bare)), frames, strict=True
    ):
        pd.testing.assert_frame_equal(now, then)


def test_a_cheque_over_two_buildings_is_two_deposits(bare: Ledger) -> None:
    import_receipts(bare, cheques=[cheque("CH1", 3, 1100, split="101:30000|201:80000")])
    book(bare, entry(9, 30_000, "REMISE CHEQUES"))
    book(bare, entry(9, 80_000, "REMISE CHQ"), name="quai", iban=small_office.IBAN_2)
    run(bare)
    now = left(bare)
    assert {name: now[name] for name in ("CH1/101", "CH1/201", "CH1@B1", "CH1@B2")} == {
        "CH1/101": 0, "CH1/201": 0, "CH1@B1": 0, "CH1@B2": 0,
    }  # fmt: skip
    assert (now["D101"], now["D201"]) == (0, 0)


def test_a_cheque_nobody_knows_still_answers_the_bank(bare: Ledger) -> None:
    import_receipts(bare, cheques=[cheque("CH1", 3, 300, building_id="B1", drawer="X")])
    book(bare, entry(9, 30_000, "REMISE CHEQUES"))
    run(bare)
    now = left(bare)
    assert (now["CH1@B1"], now["M-REMISE CHEQUES"], now["D101"]) == (0, 0, 30_000)
    # Its account comes later, with the same cheque.
    import_receipts(bare, cheques=[cheque("CH1", 3, 300, account_id="101", drawer="X")])
    run(bare)
    assert left(bare)["D101"] == 0
    assert list(broken_records(bare)) == []


def test_a_failed_card_payment_is_no_receipt(bare: Ledger) -> None:
    import_receipts(bare, cards=[card("T1", 4, 300, account_id="101", status="error")])
    run(bare)
    assert left(bare)["D101"] == 30_000
    assert views.receipts(bare).empty


def test_a_fee_kept_back_is_set_aside_and_comes_back_with_undo(bare: Ledger) -> None:
    import_receipts(
        bare,
        cards=[card("T1", 3, 300, account_id="101"), card("T2", 3, 450.5, account_id="102")],
    )
    book(bare, entry(5, 75_050 - 263, "REMISE CB"))
    before = left(bare)
    run(bare)
    assert status(bare, "M-REMISE CB") == "matched"
    frame = views.receipts(bare)
    kept = frame[frame["name"] == "T2@B1"]
    assert (kept["open_cents"].item(), kept["set_aside"].item()) == (263, "card_fee")
    deciding.undo(bare, ["M-REMISE CB"], actor=WHO, at=AT)
    now = left(bare)
    for name in ("T1@B1", "T2@B1", "M-REMISE CB"):
        assert now[name] == before[name]
    assert set(views.receipts(bare)["set_aside"]) == {""}
    # Taken back by a person: proposed, and accepted by a person it is whole again.
    run(bare)
    assert status(bare, "M-REMISE CB") == "proposed"
    deciding.accept(bare, ["M-REMISE CB"], actor=WHO, at=AT)
    assert views.receipts(bare).set_index("name").loc["T2@B1", "set_aside"] == "card_fee"
    assert list(broken_records(bare)) == []


def test_a_processor_s_account_is_credited_with_cards(bare: Ledger) -> None:
    iban = "FR7630003035400005000000058"
    small_office.store_tables(
        bare, bank_accounts=[{"iban": iban, "building_id": "B1", "kind": "processor"}]
    )
    import_receipts(bare, cards=[card("T1", 3, 300, account_id="101")])
    book(bare, entry(5, 30_000, "CREDIT 0510"), iban=iban)
    run(bare)
    assert ("M-CREDIT 0510", "T1", "", 30_000) in links(bare)


PROCESSOR = "FR7630003035400005000000058"


@pytest.mark.parametrize(("day", "paired"), [(11, True), (12, False)])
def test_what_the_processor_passes_on_only_changes_place(
    bare: Ledger, day: int, paired: bool
) -> None:
    small_office.store_tables(
        bare, bank_accounts=[{"iban": PROCESSOR, "building_id": "B1", "kind": "processor"}]
    )
    import_receipts(bare, cards=[card("T1", 3, 300, account_id="101")])
    book(
        bare, entry(5, 29_895, "CREDIT 0510"), entry(6, -29_895, "VERSEMENT"),
        name="P", iban=PROCESSOR,
    )  # fmt: skip
    book(bare, entry(day, 29_895, "VIR RECU", counterparty_iban=PROCESSOR))
    run(bare)
    now = left(bare)
    assert (now["D101"], now["M-CREDIT 0510"]) == (0, 0)
    assert (now["M-VERSEMENT"] == 0) is paired
    assert (now["M-VIR RECU"] == 0) is paired
    # No holder's account is touched by it.
    assert set(views.allocations(bare)["account_id"]) == {"", "101"}
    assert run(bare).accepted == 0
    assert list(broken_records(bare)) == []


def test_a_processor_without_statements_passes_its_cards_on(bare: Ledger) -> None:
    small_office.store_tables(
        bare, bank_accounts=[{"iban": PROCESSOR, "building_id": "B1", "kind": "processor"}]
    )
    import_receipts(bare, cards=[card("T1", 3, 300, account_id="101")])
    book(bare, entry(6, 29_895, "VIR RECU", counterparty_iban=PROCESSOR))
    run(bare)
    assert ("M-VIR RECU", "T1", "", 29_895) in links(bare)


def test_an_ambiguous_deposit_is_proposed_and_a_rejected_one_stays_away(bare: Ledger) -> None:
    import_receipts(
        bare,
        cheques=[cheque("CH1", 3, 70, account_id="101"), cheque("CH2", 5, 70, account_id="102")],
    )
    book(bare, entry(29, 7_000, "REMISE CHEQUES"))
    run(bare)
    frame = views.allocations(bare).query("state == 'proposed' and rule == 'deposit'")
    assert list(frame["receipt_id"]) == ["CH1", "CH2"]
    assert set(frame["account_id"]) == {""}
    first, second = frame["allocation_id"]
    deciding.reject(bare, [first], actor=WHO, at=AT)
    waiting = views.allocations(bare).query("state == 'proposed' and rule == 'deposit'")
    assert list(waiting["allocation_id"]) == [second]
    run(bare)
    waiting = views.allocations(bare).query("state == 'proposed' and rule == 'deposit'")
    assert list(waiting["receipt_id"]) == ["CH2"]
    deciding.accept(bare, [second], actor=WHO, at=AT)
    assert left(bare)["CH2@B1"] == 0
    assert links(bare)[-1] == ("M-REMISE CHEQUES", "CH2", "", 7_000)


def test_each_debit_of_a_batch_settles_its_own_dues(bare: Ledger) -> None:
    book(
        bare,
        entry(5, 125_550, "PRLV SEPA REMISE",
              parts=(part(30_000, "101"), part(45_050, "102"), part(50_500, "999"))),
    )  # fmt: skip
    run(bare)
    now = left(bare)
    assert (now["D101"], now["D102"], now["M-PRLV SEPA REMISE"]) == (0, 0, 50_500)
    frame = views.allocations(bare)
    assert list(zip(frame["due_id"], frame["credit_part"], strict=True)) == [
        ("D101", 1), ("D102", 2),
    ]  # fmt: skip
    words = views.movements(bare).set_index("movement_id").loc["M-PRLV SEPA REMISE"]
    assert words["status"] == "partial"
    assert "Lot, 1 opération à identifier" in words["classified_words"]
    # One debit undone leaves the other.
    first = frame.loc[frame["due_id"] == "D101", "allocation_id"].item()
    deciding.undo(bare, [first], actor=WHO, at=AT)
    now = left(bare)
    assert (now["D101"], now["D102"]) == (30_000, 0)
    run(bare)
    waiting = views.allocations(bare).query("state == 'proposed'")
    assert list(zip(waiting["due_id"], waiting["credit_part"], strict=True)) == [("D101", 1)]
    deciding.accept(bare, list(waiting["allocation_id"]), actor=WHO, at=AT)
    assert left(bare)["D101"] == 0
    assert list(broken_records(bare)) == []


def _returned(bare: Ledger) -> None:
    """A debit of account 101 on the 5th, matched; on the 9th it comes back."""
    book(bare, entry(5, 30_000, "PRLV REF 101", mandate_id="RUM101", end_to_end_id="E1"), name="1")
    run(bare)
    assert left(bare)["D101"] == 0
    book(
        bare,
        entry(9, -30_000, "REJET PRLV", mandate_id="RUM101", end_to_end_id="E1",
              return_reason="AM04"),
        name="2",
    )  # fmt: skip


def test_a_rejected_debit_opens_its_due_again(bare: Ledger) -> None:
    _returned(bare)
    run(bare)
    now = left(bare)
    assert (now["D101"], now["M-PRLV REF 101"], now["M-REJET PRLV"]) == (30_000, 0, 0)
    journal = views.journal(bare).query("action == 'return'")
    assert len(journal) == 1
    assert "provision insuffisante (AM04)" in journal["data"].item()
    assert '"returned_on":"2026-10-09"' in journal["data"].item()
    assert list(broken_records(bare)) == []


def test_a_closed_day_keeps_its_figures_after_the_return(bare: Ledger) -> None:
    _returned(bare)
    run(bare)
    for day, paid in ((4, 0), (5, 30_000), (8, 30_000), (9, 0)):
        frame = arrears.dues_as_of(
            views.dues(bare), views.allocations(bare), as_of=date(2026, 10, day)
        ).set_index("due_id")
        assert frame.loc["D101", "paid_cents"] == paid
    days = [date(2026, 10, d) for d in (4, 5, 8, 9, 10)]
    trend = arrears.overdue_trend(views.dues(bare), views.allocations(bare), months=days)
    late = [
        int(
            arrears.dues_as_of(views.dues(bare), views.allocations(bare), as_of=day)
            .query("days_overdue > 0")["open_cents"].sum()
        )
        for day in days
    ]  # fmt: skip
    assert list(trend["overdue_cents"]) == late


def test_undoing_a_return_gives_the_payment_back_as_it_was(bare: Ledger) -> None:
    _returned(bare)
    before = left(bare)
    was = views.allocations(bare)
    run(bare)
    deciding.undo(bare, ["M-REJET PRLV"], actor=WHO, at=AT, reason="erreur de la banque")
    assert left(bare) == before
    live = views.allocations(bare).query("state == 'accepted'")
    same = ["movement_id", "due_id", "amount_cents", "rule", "confidence", "reasons", "account_id"]
    assert live[same].to_numpy().tolist() == was[same].to_numpy().tolist()
    # The day before the return and the day after: paid once on each.
    for day in (8, 9):
        frame = arrears.dues_as_of(
            views.dues(bare), views.allocations(bare), as_of=date(2026, 10, day)
        ).set_index("due_id")
        assert frame.loc["D101", "paid_cents"] == 30_000
    assert list(broken_records(bare)) == []
    # Proposed again, accepted by a person it is the same return.
    run(bare)
    assert left(bare) == before
    assert status(bare, "M-REJET PRLV") == "proposed"
    deciding.accept(bare, ["M-REJET PRLV"], actor=WHO, at=AT)
    assert left(bare)["D101"] == 30_000
    assert list(broken_records(bare)) == []


def test_a_due_paid_again_since_is_not_given_back(bare: Ledger) -> None:
    _returned(bare)
    book(bare, entry(7, 30_000, "VIR SEPA REF 101"), name="3")
    run(bare)
    assert left(bare)["D101"] == 0
    # Both payments never count on one day.
    for day in (6, 7, 8, 9):
        frame = arrears.dues_as_of(
            views.dues(bare), views.allocations(bare), as_of=date(2026, 10, day)
        ).set_index("due_id")
        assert frame.loc["D101", "paid_cents"] == 30_000
    with pytest.raises(DecisionRefusedError, match="réglée autrement depuis le rejet"):
        deciding.undo(bare, ["M-REJET PRLV"], actor=WHO, at=AT)
    assert list(broken_records(bare)) == []


def test_a_return_in_the_same_run_as_its_debit(bare: Ledger) -> None:
    book(
        bare,
        entry(5, 30_000, "PRLV REF 101", mandate_id="RUM101"),
        entry(9, -30_000, "REJET PRLV", mandate_id="RUM101", return_reason="AM04"),
    )
    run(bare)
    now = left(bare)
    assert (now["D101"], now["M-PRLV REF 101"], now["M-REJET PRLV"]) == (30_000, 0, 0)
    assert run(bare).accepted == 0


def test_one_debit_of_a_batch_comes_back(bare: Ledger) -> None:
    parts = (part(30_000, "101"), part(45_050, "102"))
    book(bare, entry(5, 75_050, "PRLV SEPA REMISE", parts=parts), name="1")
    run(bare)
    book(bare, entry(9, -30_000, "REJET PRLV", mandate_id="RUM101", return_reason="AM04"), name="2")
    run(bare)
    now = left(bare)
    assert (now["D101"], now["D102"]) == (30_000, 0)
    assert (now["M-PRLV SEPA REMISE"], now["M-REJET PRLV"]) == (0, 0)
    frame = views.allocations(bare)
    (line,) = frame[frame["rule"] == "return"][["credit_part", "debit_part"]].to_numpy().tolist()
    assert line == [1, 0]
    deciding.undo(bare, ["M-REJET PRLV"], actor=WHO, at=AT)
    assert left(bare)["D101"] == 0


def test_a_batch_of_returns_opens_each_due(bare: Ledger) -> None:
    parts = (part(30_000, "101"), part(45_050, "102"))
    book(bare, entry(5, 75_050, "PRLV SEPA REMISE", parts=parts), name="1")
    run(bare)
    back = (
        part(-45_050, "102", return_reason="MD06"), part(-30_000, "101", return_reason="AM04"),
    )  # fmt: skip
    book(bare, entry(9, -75_050, "REJET PRLV", parts=back, operation_code="B3"), name="2")
    run(bare)
    now = left(bare)
    assert (now["D101"], now["D102"], now["M-REJET PRLV"]) == (30_000, 45_050, 0)
    data = " ".join(views.journal(bare).query("action == 'return'")["data"])
    assert "AM04" in data
    assert "MD06" in data
    assert run(bare).accepted == 0


def test_an_unpaid_cheque_opens_its_due_and_stays_credited(bare: Ledger) -> None:
    import_receipts(bare, cheques=[cheque("CH1", 3, 300, account_id="101", number="7654321")])
    book(bare, entry(5, 30_000, "REMISE CHEQUES"), name="1")
    run(bare)
    book(bare, entry(12, -30_000, "CHEQUE IMPAYE 7654321"), name="2")
    run(bare)
    now = left(bare)
    assert (now["D101"], now["CH1"], now["CH1@B1"]) == (30_000, 0, 0)
    assert (now["M-REMISE CHEQUES"], now["M-CHEQUE IMPAYE 7654321"]) == (0, 0)
    deciding.undo(bare, ["M-CHEQUE IMPAYE 7654321"], actor=WHO, at=AT)
    assert left(bare)["D101"] == 0
    assert list(broken_records(bare)) == []


def test_a_return_by_its_amount_alone_waits_with_words(bare: Ledger) -> None:
    book(bare, entry(5, 30_000, "PRLV REF 101"), name="1")
    run(bare)
    book(bare, entry(9, -30_000, "REJET PRLV", return_reason="AM04"), name="2")
    run(bare)
    assert left(bare)["D101"] == 0
    assert status(bare, "M-REJET PRLV") == "proposed"
    waiting = views.allocations(bare).query("state == 'proposed'")
    assert "seul le montant" in waiting["reasons"].item()
    deciding.accept(bare, list(waiting["allocation_id"]), actor=WHO, at=AT)
    assert left(bare)["D101"] == 30_000
    assert "provision insuffisante" in views.journal(bare)["data"].iloc[-1]


def test_exports_say_which_receipt(bare: Ledger) -> None:
    import_receipts(bare, cheques=[cheque("CH1", 3, 300, account_id="101")])
    book(bare, entry(9, 30_000, "REMISE CHEQUES", bank_reference="R9"))
    run(bare)
    frame = exporting.export(bare, "allocations", as_of=date(2026, 12, 31))
    rows = frame[["movement_id", "bank_reference", "due_id", "against_due_id", "receipt_id",
                  "account_id", "amount"]]  # fmt: skip
    assert sorted(rows.to_numpy().tolist()) == [
        ["", "", "D101", "", "CH1", "101", "300.00"],
        ["M-REMISE CHEQUES", "R9", "", "", "CH1", "", "300.00"],
    ]


def test_a_cheque_is_linked_by_hand(bare: Ledger) -> None:
    import_receipts(bare, cheques=[cheque("CH1", 3, 300, account_id="102")])
    deciding.link(bare, "CH1", [("D102", 10_000), ("D102-2", None)], actor=WHO, at=AT)
    now = left(bare)
    assert (now["D102"], now["D102-2"], now["CH1"]) == (35_050, 0, -15_000)
    book(bare, entry(9, 40_000, "AUTRE CHOSE"))
    deciding.link(bare, "M-AUTRE CHOSE", [("CH1@B1", None)], actor=WHO, at=AT)
    assert left(bare)["M-AUTRE CHOSE"] == 10_000
    deciding.undo(bare, ["CH1"], actor=WHO, at=AT)
    assert left(bare)["CH1"] == -30_000


def test_a_discount_is_used_with_the_reduced_payment_that_counts_on_it(bare: Ledger) -> None:
    """DOMAIN D6: 800,00 called, 50,00 of discount, 750,00 paid."""
    account = {
        "account_id": "45000777", "building_id": "B1", "holder": "M. Zola Émile", "kind": "tenant",
    }  # fmt: skip
    small_office.store_tables(
        bare,
        accounts=[account],
        dues=[
            {"due_id": "RENT", "account_id": "45000777", "kind": "rent", "amount_cents": 80_000,
             "due_on": date(2026, 10, 4)},
            {"due_id": "LESS", "account_id": "45000777", "kind": "discount",
             "amount_cents": -5_000, "due_on": date(2026, 9, 20)},
        ],
    )  # fmt: skip
    book(bare, entry(5, 75_000, "VIR 45000777"))
    run(bare)
    now = left(bare)
    assert (now["RENT"], now["LESS"], now["M-VIR 45000777"]) == (0, 0, 0)
    told = views.allocations(bare)
    netted = told[told["against_due_id"] == "LESS"]
    assert netted[["movement_id", "due_id", "amount_cents"]].to_numpy().tolist() == [
        ["", "RENT", 5_000]
    ]
    assert list(broken_records(bare)) == []
    # One decision: taking it back opens all of it again.
    deciding.undo(bare, ["M-VIR 45000777"], actor=WHO, at=AT)
    now = left(bare)
    assert (now["RENT"], now["LESS"]) == (80_000, -5_000)
