"""Decisions go in whole or not at all, and what they say is kept to the last digit."""

import hashlib
import json
from collections.abc import Callable

import pytest

from tests import small_office
from tests.small_office import decide, decision, line
from workbench.domain.errors import DecisionRefusedError
from workbench.ledger import decisions, verification, views
from workbench.ledger.decisions import Decision, Verdict
from workbench.ledger.store import Ledger

TABLES = ("journal", "allocations", "verdicts", "items")


def everything(ledger: Ledger) -> dict[str, str]:
    return {t: ledger.frame(f"SELECT * FROM {t} ORDER BY 1").to_csv() for t in TABLES}


def test_nothing_decided_writes_nothing(office: Ledger) -> None:
    before = everything(office)
    assert decide(office) == []
    assert everything(office) == before


def test_a_decision_is_one_journal_row_with_its_lines(office: Ledger) -> None:
    items = small_office.items(office)
    reasons = '{"sentence":"code 102 dans le libellé é"}'
    (seq,) = decide(
        office,
        decision(
            line(items["M-ait"], items["D102"], 43_050), line(items["R102"], items["D102"], 2_000),
            verdicts=(Verdict(item_id=items["M-noe"], kind="rejected", account_id="102"),),
            action="accept", subject="M-ait", rule="code", confidence=0.1 + 0.2, reasons=reasons,
            proposal_id="P1", words="vu avec le gérant",
        ),
    )  # fmt: skip
    row = views.journal(office).iloc[-1]
    assert (row["seq"], row["action"], row["subject"]) == (seq, "accept", "M-ait")
    hashed = hashlib.sha256(reasons.encode()).hexdigest()
    rest = ["101", "2026-10-02", "code", 0.1 + 0.2, hashed, "P1"]
    assert json.loads(row["data"]) == {
        "allocations": [
            [1, items["M-ait"], items["D102"], 43_050, None, *rest],
            [2, items["R102"], items["D102"], 2_000, None, *rest],
        ],
        "verdicts": [[1, items["M-noe"], "rejected", "102", "", "", None]],
        "words": "vu avec le gérant",
    }
    links = views.allocations(office)
    assert list(links["confidence"]) == [0.1 + 0.2] * 2
    assert list(links["reasons"]) == [reasons] * 2
    assert list(links["amount_cents"]) == [43_050, 2_000]
    assert list(links["against_due_id"]) == ["", "R102"]
    due = views.dues(office).set_index("due_id").loc["D102"]
    assert due["open_cents"] == 0
    assert list(verification.broken_records(office)) == []


def test_several_decisions_are_numbered_in_their_order(office: Ledger) -> None:
    items = small_office.items(office)
    made = [decision(line(items["M-noe"], items["D101"], 100), subject=f"s{n}") for n in range(3)]
    seqs = decide(office, *made)
    assert seqs == list(range(seqs[0], seqs[0] + 3))
    assert list(views.journal(office).tail(3)["subject"]) == ["s0", "s1", "s2"]
    assert list(views.allocations(office)["decision_seq"]) == seqs


Bad = Callable[[dict[str, int]], Decision]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (lambda i: decision(line(i["M-noe"], i["D101"], 30_001)), "dépasse ce qui reste ouvert"),
        (lambda i: decision(line(i["M-noe"], i["D201"], 5)), "pas du même immeuble"),
        (lambda i: decision(line(i["D101"], i["M-noe"], 5)), "on rapproche ce qui réduit"),
        (lambda i: decision(line(i["M-noe"], 999_999, 5)), "on rapproche ce qui réduit"),
        (lambda i: decision(line(i["M-noe"], i["D101"], 0)), "le registre refuse"),
        (lambda i: decision(line(i["M-noe"], i["D101"], -5)), "refuse|dépasse"),
        (
            lambda i: decision(line(i["M-noe"], i["D101"], -2_000, reverses=1)),
            "déjà annulée",
        ),
        (lambda i: decision(line(i["M-noe"], i["D101"], -1, reverses=1)), "reprend exactement"),
        (lambda i: decision(line(i["M-noe"], i["D101"], -5, reverses=77)), "reprend exactement"),
        (lambda i: decision(line(i["M-noe"], i["D101"], 5), confidence=1.01), "le registre refuse"),
        (
            lambda i: decision(verdicts=(Verdict(item_id=i["M-noe"], kind="liked"),)),
            "le registre refuse",
        ),
        (
            lambda _: decision(verdicts=(Verdict(item_id=999_999, kind="rejected"),)),
            "le registre refuse",
        ),
        (
            lambda i: decision(verdicts=(Verdict(item_id=i["M-noe"], kind="rejected", cancels=1),)),
            "déjà annulée",
        ),
    ],
)
def test_one_bad_decision_and_none_is_written(office: Ledger, bad: Bad, words: str) -> None:
    items = small_office.items(office)
    noe = items["M-noe"]
    # A link of 20,00 and a rejection, both undone: what cannot be undone again.
    decide(
        office,
        decision(
            line(noe, items["D101"], 2_000),
            verdicts=(Verdict(item_id=noe, kind="rejected", account_id="102"),),
        ),
    )
    decide(
        office,
        decision(
            line(noe, items["D101"], -2_000, reverses=1),
            verdicts=(Verdict(item_id=noe, kind="rejected", account_id="102", cancels=1),),
        ),
        decision(line(noe, items["D101"], 2_000)),
    )
    before = everything(office)
    good = decision(line(items["M-ait"], items["D102"], 1_000))
    with pytest.raises(DecisionRefusedError, match=words) as refused:
        decide(office, good, bad(items), good)
    assert "rien n'a été écrit" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert everything(office) == before
    assert list(verification.broken_records(office)) == []


def test_lines_of_one_decision_share_what_is_open(office: Ledger) -> None:
    items = small_office.items(office)
    too_much = decision(
        line(items["M-noe"], items["D101"], 20_000), line(items["M-noe"], items["D102"], 10_001)
    )
    with pytest.raises(DecisionRefusedError, match="dépasse"):
        decide(office, too_much)
    exactly = decision(
        line(items["M-noe"], items["D101"], 20_000), line(items["M-noe"], items["D102"], 10_000)
    )
    decide(office, exactly)
    assert views.movements(office).set_index("movement_id").loc["M-noe"]["status"] == "matched"


def test_a_caller_may_go_on_after_a_refusal(office: Ledger) -> None:
    items = small_office.items(office)
    good = decision(line(items["M-noe"], items["D101"], 100), subject="good")
    bad = decision(line(items["M-noe"], items["D101"], 30_000), subject="bad")
    at = small_office.AT
    with office.writing() as connection:
        decisions.record(connection, [good], actor="a", at=at)
        with pytest.raises(DecisionRefusedError):
            decisions.record(connection, [good, bad], actor="a", at=at)
        decisions.record(connection, [good], actor="a", at=at)
    assert list(views.journal(office).tail(3)["action"]) == ["import", "link", "link"]
    assert len(views.allocations(office)) == 2
    assert list(verification.broken_records(office)) == []


def test_undone_and_done_again(office: Ledger) -> None:
    items = small_office.items(office)
    noe, due = items["M-noe"], items["D101"]
    for n in range(3):
        decide(office, decision(line(noe, due, 30_000)))
        decide(office, decision(line(noe, due, -30_000, reverses=2 * n + 1), action="undo"))
    links = views.allocations(office)
    assert list(links["state"]) == ["reversed"] * 3
    assert list(links["allocation_id"]) == ["A1", "A3", "A5"]
    assert (links["amount_cents"] > 0).all()
    assert views.dues(office).set_index("due_id").loc["D101"]["open_cents"] == 30_000
    assert list(verification.broken_records(office)) == []


def test_open_cents_of_items(office: Ledger) -> None:
    items = small_office.items(office)
    small_office.link(office, "M-noe", "D101", 12_345)
    asked = [items["M-noe"], items["D101"], items["F1"], items["M-inconnu"], 999_999]
    with office.reading() as connection:
        found = decisions.open_cents(connection, asked)
        many = decisions.open_cents(connection, [*range(-2_000, 0), items["D101"]])
        none = decisions.open_cents(connection, [])
    assert found == {items["M-noe"]: -17_655, items["D101"]: 17_655, items["F1"]: -12_000}
    assert (many, none) == ({items["D101"]: 17_655}, {})


@pytest.mark.parametrize(
    "hostile", ["'; DROP TABLE items; --", "\\N", "a\tb\nc", "<script>", "é🏠"]
)
def test_hostile_words_are_only_words(office: Ledger, hostile: str) -> None:
    items = small_office.items(office)
    verdict = Verdict(item_id=items["M-noe"], kind="set_aside", reason=hostile, words=hostile)
    decide(
        office,
        decision(
            line(items["M-noe"], items["D101"], 5), verdicts=(verdict,), subject=hostile,
            reasons=json.dumps({"sentence": hostile}), proposal_id=hostile, words=hostile,
        ),
        actor=hostile,
    )  # fmt: skip
    row = views.movements(office).set_index("movement_id").loc["M-noe"]
    assert (row["set_aside"], row["set_aside_words"]) == (hostile, hostile)
    link = views.allocations(office).iloc[-1]
    assert (link["actor"], link["proposal_id"]) == (hostile, hostile)
    assert json.loads(link["reasons"]) == {"sentence": hostile}
    assert list(verification.broken_records(office)) == []
