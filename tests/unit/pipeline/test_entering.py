"""Dues that people add, money kept on account, movements set aside, and taking it all back."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests import small_office
from workbench.domain.errors import DecisionRefusedError, ParameterError
from workbench.domain.frames import rows_of
from workbench.ledger import entered, verification, views
from workbench.ledger.guards import drop_guards
from workbench.ledger.store import Ledger
from workbench.pipeline import deciding, exporting, reconciling
from workbench.pipeline.account import account_detail
from workbench.pipeline.allocating import allocate
from workbench.pipeline.entering import DueWanted, add_due, put_on_account, set_aside

AT = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
DAY = date(2026, 11, 3)
WHO = "C. Ardouin"


def _add(ledger: Ledger, cents: int = 3_840, **more: Any) -> deciding.Outcome:
    wanted: dict[str, Any] = {
        "account_id": "102", "kind": "charges", "amount_cents": cents,
        "due_on": date(2026, 10, 31), "label": "Eau froide, 3e trimestre",
    } | more  # fmt: skip
    return add_due(ledger, DueWanted(**wanted), as_of=DAY, actor=WHO, at=AT)


def _keep(ledger: Ledger, movement: str, *parts: tuple[str, int | None]) -> deciding.Outcome:
    return put_on_account(ledger, movement, parts, as_of=DAY, actor=WHO, at=AT)


def _undo(ledger: Ledger, identifier: str, reason: str = "erreur") -> deciding.Outcome:
    (outcome,) = deciding.undo(ledger, [identifier], actor=WHO, at=AT, reason=reason)
    return outcome


def _whole(ledger: Ledger) -> bool:
    return list(verification.broken_records(ledger)) == []


def _dues(ledger: Ledger) -> dict[str, int]:
    frame = views.dues(ledger)
    return dict(zip(frame["due_id"], frame["open_cents"].tolist(), strict=True))


def _movement(ledger: Ledger, name: str) -> tuple[str, int]:
    frame = views.movements(ledger)
    (row,) = rows_of(frame[frame["movement_id"] == name])
    return str(row["status"]), int(row["open_cents"])


def test_of_one_second_the_history_has_the_last_decision_first(office: Ledger) -> None:
    name = _add(office, -2_000, kind="discount").identifier
    items = small_office.items(office)
    settled = allocate(
        office, left=[(items[name], 2_000)], right=[(items["D102"], 2_000)], as_of=DAY,
        actor=WHO, at=AT,
    )  # fmt: skip

    def history() -> list[tuple[str, str]]:
        told = account_detail(office, account_id="102", as_of=DAY).history
        return list(zip(told["sign"], told["undo"], strict=True))

    assert history() == [("done", settled.allocation_ids[0]), ("done", name)]
    # Taken back in that order, nothing stands in the way.
    for _, identifier in history():
        assert _undo(office, identifier).done
    assert [sign for sign, _ in history()] == ["reversal", "reversal", "undone", "undone"]


# --- a due that did not exist ----------------------------------------------------------------


def test_an_added_due_is_a_due_like_any_other(office: Ledger) -> None:
    outcome = _add(office)
    assert outcome.done
    assert _dues(office)[outcome.identifier] == 3_840
    exported = exporting.export(office, "dues", as_of=DAY)
    (row,) = rows_of(exported[exported["due_id"] == outcome.identifier])
    told = [row[name] for name in ("account_id", "kind", "amount", "due_on", "status")]
    assert told == ["102", "charges", "38.40", "2026-10-31", "pending"]
    last = views.journal(office).iloc[-1]
    assert (last["action"], last["subject"], last["actor"]) == ("add_due", outcome.identifier, WHO)
    assert _whole(office)


def test_an_added_due_changed_by_hand_is_seen(office: Ledger) -> None:
    outcome = _add(office)

    with office.engine.begin() as connection:
        drop_guards(connection)
        connection.exec_driver_sql(
            f"UPDATE dues SET label = 'autre' WHERE due_id = '{outcome.identifier}'"
        )
    (said,) = verification.broken_records(office)
    assert outcome.identifier in said


def test_the_same_due_is_added_once(office: Ledger) -> None:
    first = _add(office)
    again = _add(office)
    assert (again.identifier, again.done) == (first.identifier, False)
    assert _add(office, 3_841).done


def test_it_may_be_added_again_once_it_was_taken_back(office: Ledger) -> None:
    first = _add(office)
    _undo(office, first.identifier)
    assert _add(office).done


def test_an_import_can_never_bring_a_due_called_so(office: Ledger) -> None:
    taken = _add(office).identifier
    rows = [
        {"due_id": name, "account_id": "102", "kind": "charges", "amount_cents": 3_840,
         "due_on": date(2026, 10, 31)}
        for name in (taken, "wb-ajout-999999", "wb-annule-5", "ajout999")
    ]  # fmt: skip
    result = small_office.store_tables(office, dues=rows)["dues"]
    assert [refusal.value for refusal in result.refused] == [
        taken,
        "wb-ajout-999999",
        "wb-annule-5",
    ]
    assert result.new == 1


def test_taking_it_back_leaves_both_and_nothing_open(office: Ledger) -> None:
    before = _dues(office)
    added = _add(office).identifier
    outcome = _undo(office, added, "saisi deux fois")
    assert outcome.done
    left = _dues(office)
    assert {name: left[name] for name in before} == before
    assert sorted(set(left) - set(before)) == [added, added.replace("ajout", "annule")]
    assert sum(left.values()) == sum(before.values())
    assert _undo(office, added).done is False
    assert '"words":"saisi deux fois"' in views.journal(office).iloc[-1]["data"]
    assert _whole(office)


def test_what_closes_it_is_not_undone(office: Ledger) -> None:
    added = _add(office).identifier
    (mirror,) = _undo(office, added).allocation_ids
    with pytest.raises(ParameterError, match="aucune décision"):
        _undo(office, mirror)


def test_a_due_in_use_is_not_taken_back(office: Ledger) -> None:
    added = _add(office).identifier
    linked = deciding.link(office, "M-ait", [(added, 1_000)], actor="L. Verane", at=AT)
    with pytest.raises(DecisionRefusedError, match=rf"{linked.allocation_ids[0]}, 10,00.*Verane"):
        _undo(office, added)
    _undo(office, linked.allocation_ids[0])
    assert _undo(office, added).done
    assert _whole(office)


@pytest.mark.parametrize(
    "more",
    [
        {"amount_cents": 0},
        {"kind": "gift"},
        {"kind": "discount"},
        {"kind": "rent", "amount_cents": -1},
        {"due_on": date(2015, 12, 31)},
        {"due_on": date(2030, 1, 1)},
        {"label": "x" * 201},
        {"label": "a\u202eb"},
        {"account_id": "999"},
        {"amount_cents": 10**15},
    ],
)
def test_a_silly_due_is_refused(office: Ledger, more: dict[str, Any]) -> None:
    before = len(views.journal(office))
    with pytest.raises(ParameterError):
        _add(office, **more)
    assert len(views.journal(office)) == before


@pytest.mark.parametrize(
    "more",
    [
        {"due_on": date(2016, 1, 1)},
        {"due_on": date(2029, 12, 31)},
        {"kind": "discount", "amount_cents": -1},
        {"kind": "adjustment", "amount_cents": -1},
        {"label": "x" * 200},
    ],
)
def test_a_due_just_inside_is_taken(office: Ledger, more: dict[str, Any]) -> None:
    assert _add(office, **more).done


def test_a_closed_account_has_no_new_due(office: Ledger) -> None:
    with office.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE accounts SET closed_on = '2026-11-03' WHERE account_id = '102'"
        )
        connection.exec_driver_sql(
            "UPDATE accounts SET closed_on = '2026-11-04' WHERE account_id = '101'"
        )
    with pytest.raises(DecisionRefusedError, match="clos depuis le 03/11/2026"):
        _add(office)
    assert _add(office, account_id="101").done


def test_no_fee_on_a_tenant_without_a_written_reason(office: Ledger) -> None:
    """LAW L9."""
    wanted: dict[str, Any] = {"account_id": "201", "kind": "fee", "amount_cents": 3_000}
    with pytest.raises(DecisionRefusedError, match=r"art\. 4"):
        _add(office, **wanted)
    assert _add(office, **wanted, override="bail commercial").done
    assert "bail commercial" in views.journal(office).iloc[-1]["data"]
    assert _add(office, **(wanted | {"account_id": "102"})).done


# --- money kept on account --------------------------------------------------------------------


def test_the_rest_of_a_payment_is_kept_and_used_later(office: Ledger) -> None:
    deciding.link(office, "M-ait-2", [("D102-2", None)], actor=WHO, at=AT)
    outcome = _keep(office, "M-ait-2", ("102", None))
    assert "380,50" in outcome.words
    assert _movement(office, "M-ait-2") == ("matched", 0)
    kept = views.receipts(office)
    kept = kept[kept["kind"] == "receipt"]
    assert kept[["account_id", "amount_cents", "open_cents"]].values.tolist() == [
        ["102", -38_050, -38_050]
    ]
    assert kept["received_on"].iloc[0].date() == date(2026, 10, 7)
    item, due = int(kept["item_id"].iloc[0]), small_office.items(office)["D102"]
    allocate(office, left=[(item, 38_050)], right=[(due, 45_050)], as_of=DAY, actor=WHO, at=AT)
    assert _dues(office)["D102"] == 7_000
    assert _whole(office)


def test_a_payment_is_split_over_several_accounts(office: Ledger) -> None:
    _keep(office, "M-ait", ("101", 10_000), ("102", None))
    kept = views.receipts(office).query("kind == 'receipt'")
    assert dict(zip(kept["account_id"], kept["open_cents"].tolist(), strict=True)) == {
        "101": -10_000, "102": -33_050,
    }  # fmt: skip
    assert _movement(office, "M-ait") == ("matched", 0)


def test_exports_conserve_what_is_kept(office: Ledger) -> None:
    _keep(office, "M-ait", ("102", 40_000))
    movements = exporting.export(office, "movements", as_of=DAY)
    (row,) = rows_of(movements[movements["movement_id"] == "M-ait"])
    assert (row["status"], row["unallocated"]) == ("partial", "30.50")
    allocated = exporting.export(office, "allocations", as_of=DAY)
    own = allocated[allocated["movement_id"] == "M-ait"]
    assert own[["due_id", "amount", "state"]].values.tolist() == [["", "400.00", "accepted"]]


def test_the_next_run_uses_what_is_kept(office: Ledger) -> None:
    """The account is known: what is due is paid, the oldest first (LAW L15)."""
    _keep(office, "M-ait", ("102", 41_007))
    reconciling.reconcile(office, as_of=DAY, actor="moteur", at=AT)
    links = views.allocations(office).query("state == 'accepted'")
    own = links[links["receipt_side"] == "receipt"]
    assert own[["receipt_id", "due_id", "amount_cents"]].values.tolist() == [
        ["M-ait", "D102", 41_007]
    ]


@pytest.mark.parametrize("identifier", ["link", "movement"])
def test_keeping_is_taken_back_whole(office: Ledger, identifier: str) -> None:
    outcome = _keep(office, "M-ait", ("102", None))
    _undo(office, outcome.allocation_ids[0] if identifier == "link" else "M-ait")
    assert _movement(office, "M-ait") == ("unmatched", 43_050)
    assert set(views.receipts(office)["open_cents"]) == {0}
    assert _whole(office)
    # Neither side is anything a later run could take.
    reconciling.reconcile(office, as_of=DAY, actor="moteur", at=AT)
    assert set(views.receipts(office)["open_cents"]) == {0}
    # And it may be kept again.
    assert _keep(office, "M-ait", ("102", None)).done


def test_what_has_served_is_not_taken_back(office: Ledger) -> None:
    outcome = _keep(office, "M-ait", ("102", None))
    receipt = views.receipts(office).query("kind == 'receipt'")["name"].item()
    used = deciding.link(office, receipt, [("D102", 1_000)], actor="L. Verane", at=AT)
    with pytest.raises(DecisionRefusedError, match=rf"102 a déjà servi : {used.allocation_ids[0]}"):
        _undo(office, outcome.allocation_ids[0])
    assert _movement(office, "M-ait") == ("matched", 0)
    _undo(office, used.allocation_ids[0])
    _undo(office, outcome.allocation_ids[0])
    assert _movement(office, "M-ait")[1] == 43_050


@pytest.mark.parametrize(
    ("movement", "parts", "words"),
    [
        ("M-ait", [("102", 43_051)], "il reste 430,50"),
        ("M-ait", [("101", 40_000), ("102", 3_051)], "il reste 30,50"),
        ("M-ait", [("101", None), ("102", None)], "il reste 0,00"),
        ("M-ait", [("201", 1)], "immeuble"),
        ("M-ascenseur", [("102", 1)], "paiement reçu"),
    ],
)
def test_what_cannot_be_kept_is_refused(
    office: Ledger, movement: str, parts: list[tuple[str, int | None]], words: str
) -> None:
    before = len(views.receipts(office)), len(views.journal(office))
    with pytest.raises(DecisionRefusedError, match=words):
        _keep(office, movement, *parts)
    assert (len(views.receipts(office)), len(views.journal(office))) == before


@pytest.mark.parametrize("parts", [[], [("102", 0)], [("102", -5)], [("999", 5)]])
def test_no_part_or_no_account_is_refused(
    office: Ledger, parts: list[tuple[str, int | None]]
) -> None:
    with pytest.raises(ParameterError):
        _keep(office, "M-ait", *parts)


# --- a movement that needs no link --------------------------------------------------------------


def test_a_movement_is_set_aside_and_taken_back(office: Ledger) -> None:
    outcome = set_aside(
        office, "M-frais", reason="bank_error", words=" deux  fois", actor=WHO, at=AT
    )
    assert outcome.words == "écarté : Erreur de la banque : deux fois"
    assert _movement(office, "M-frais") == ("ignored", -1_250)
    again = set_aside(office, "M-frais", reason="bank_fee", actor="L. Verane", at=AT)
    assert (again.done, WHO in again.words) == (False, True)
    assert _undo(office, "M-frais").done
    assert _movement(office, "M-frais")[0] == "unmatched"
    assert _whole(office)


def test_what_is_settled_or_without_reason_is_not_set_aside(office: Ledger) -> None:
    deciding.link(office, "M-noe", [("D101", None)], actor=WHO, at=AT)
    with pytest.raises(DecisionRefusedError, match="entièrement rapproché"):
        set_aside(office, "M-noe", reason="not_ours", actor=WHO, at=AT)
    for reason, words in (("other", " "), ("whatever", "x")):
        with pytest.raises(ParameterError):
            set_aside(office, "M-frais", reason=reason, words=words, actor=WHO, at=AT)


def test_what_was_entered_for_an_account_is_told_in_order(office: Ledger) -> None:
    added = _add(office).identifier
    kept = _keep(office, "M-ait", ("102", None))
    _undo(office, added)
    _undo(office, kept.allocation_ids[0])
    told = entered.entered(office, account_id="102")
    assert told["action"].tolist() == ["add_due", "on_account", "cancel", "cancel"]
    assert told["amount_cents"].tolist() == [3_840, 43_050, 3_840, 43_050]
    assert told["movement_id"].tolist() == ["", "M-ait", "", "M-ait"]
    assert entered.entered(office, account_id="101").empty
