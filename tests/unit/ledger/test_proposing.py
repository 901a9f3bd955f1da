"""What people's decisions look up: proposals, and what stands on a movement."""

import pytest

from tests import small_office
from tests.small_office import decide, decision, line
from workbench.domain.errors import ParameterError
from workbench.ledger import proposing, views
from workbench.ledger.decisions import Verdict
from workbench.ledger.store import Ledger

Row = tuple[str, int, int, int, int, str, int, str, float, str, int, int]


def rows(ledger: Ledger, *wanted: tuple[str, str, str, int, int, str]) -> list[Row]:
    """Returns rows of proposals from (identifier, credit, debit, cents, rank, account)."""
    items = small_office.items(ledger)
    return [
        (identifier, items[debit], items[credit], items[credit], rank, account, cents, "name", 0.5,
         "{}", 0, 0)
        for identifier, credit, debit, cents, rank, account in wanted
    ]  # fmt: skip


def propose(ledger: Ledger, *wanted: tuple[str, str, str, int, int, str]) -> None:
    made = rows(ledger, *wanted)
    with ledger.writing() as connection:
        proposing.replace_proposals(connection, sorted({r[3] for r in made}), made, [])


def test_a_run_replaces_only_what_it_looked_at(office: Ledger) -> None:
    items = small_office.items(office)
    propose(office, ("P1", "M-ait", "D102", 100, 1, "102"), ("P2", "M-noe", "D101", 100, 1, "101"))
    with office.writing() as connection:
        proposing.replace_proposals(
            connection,
            [items["M-ait"], items["M-frais"]],
            rows(office, ("P3", "M-ait", "D102-2", 50, 1, "102")),
            [(items["M-frais"], "bank_fee", "Frais bancaires")],
        )
    assert list(views.allocations(office)["proposal_id"]) == ["P3", "P2"]
    with office.writing() as connection:
        proposing.replace_proposals(connection, sorted(items.values()), [], [])
    assert views.allocations(office).empty
    assert set(views.movements(office)["classified"]) == {""}


def test_the_best_proposal_of_a_movement_is_not_a_rejected_one(office: Ledger) -> None:
    item = small_office.items(office)["M-ait"]
    propose(
        office,
        ("P1", "M-ait", "D102", 40_000, 1, "102"),
        ("P1", "M-ait", "D102-2", 3_050, 1, "102"),
        ("P2", "M-ait", "D101", 30_000, 2, "101"),
    )
    with office.reading() as connection:
        best = proposing.find_proposal(connection, "M-ait")
        assert best is not None
        assert (best.proposal_id, best.movement_id, best.account_id) == ("P1", "M-ait", "102")
        assert sorted(each.amount_cents for each in best.lines) == [3_050, 40_000]
        assert {each.effective_on for each in best.lines} == {"2026-10-06"}
        accounts = proposing.proposed_accounts(connection, "M-ait")
        assert [each.account_id for each in accounts] == ["101", "102"]
    rejected = Verdict(item_id=item, kind="rejected", account_id="102")
    decide(office, decision(verdicts=(rejected,), subject="M-ait"))
    with office.reading() as connection:
        assert proposing.is_rejected(connection, item, "102", "P1")
        assert not proposing.is_rejected(connection, item, "101", "P2")
        best = proposing.find_proposal(connection, "M-ait")
        assert best is not None
        assert best.proposal_id == "P2"
        assert proposing.find_proposal(connection, "P1") is None
        assert proposing.find_proposal(connection, "P9") is None


def test_what_stands_is_what_undoing_would_write(office: Ledger) -> None:
    items = small_office.items(office)
    rejected = Verdict(item_id=items["M-noe"], kind="rejected", account_id="102")
    decide(
        office,
        decision(
            line(items["M-noe"], items["D101"], 100), line(items["M-noe"], items["D102"], 50),
            verdicts=(rejected,), proposal_id="P7",
        ),
    )  # fmt: skip
    for name in ("A1", "A2", "P7", "M-noe"):
        with office.reading() as connection:
            standing = proposing.standing_decision(connection, name)
        assert standing is not None
        assert standing.subject == "M-noe"
        assert [(x.amount_cents, x.reverses) for x in standing.lines] == [(-100, 1), (-50, 2)]
    assert standing is not None
    assert [v.cancels for v in standing.verdicts] == [1]
    undone = decision(*standing.lines, verdicts=standing.verdicts, action="undo")
    decide(office, undone)
    with office.reading() as connection:
        after = proposing.standing_decision(connection, "M-noe")
        assert after is not None
        assert (after.lines, after.verdicts) == ((), ())
        assert proposing.accepted_lines(connection, "A1") == []
        assert proposing.standing_decision(connection, "M-ait") is None


@pytest.mark.parametrize("identifier", ["A²", "A" + "9" * 40, "A", "A-1", "A1 OR 1=1", "", "a1"])
def test_an_identifier_that_is_none_finds_nothing(office: Ledger, identifier: str) -> None:
    small_office.link(office, "M-noe", "D101", 100)
    with office.reading() as connection:
        assert proposing.accepted_lines(connection, identifier) == []
        assert proposing.standing_decision(connection, identifier) is None
        assert proposing.find_proposal(connection, identifier) is None


def test_open_items_in_the_sign_people_see(office: Ledger) -> None:
    small_office.link(office, "M-noe", "D101", 100)
    small_office.link(office, "F1", "M-ascenseur", 200)
    with office.reading() as connection:
        assert proposing.movement_item(connection, "M-noe").open_cents == 29_900
        assert proposing.movement_item(connection, "M-ascenseur").open_cents == -11_800
        assert proposing.target_item(connection, "D101").open_cents == 29_900
        assert proposing.target_item(connection, "F1").open_cents == -11_800
        with pytest.raises(ParameterError, match="mouvement inconnu"):
            proposing.movement_item(connection, "M-rien")
        with pytest.raises(ParameterError, match="aucun immeuble n'a le compte"):
            proposing.movement_item(connection, "M-inconnu")
        with pytest.raises(ParameterError, match="D9"):
            proposing.target_item(connection, "D9")


def test_who_decided_and_when(office: Ledger) -> None:
    items = small_office.items(office)
    seq = small_office.link(office, "M-noe", "D101", 100)
    with office.reading() as connection:
        assert proposing.who_decided(connection, seq) == "par L. Verane le 02/11/2026 à 06:40 UTC"
        assert proposing.allocations_of(connection, seq) == [1]
        assert proposing.last_decision_on(connection, [items["D101"], items["D102"]]) == seq
        assert proposing.last_decision_on(connection, [items["D102"]]) == 0
