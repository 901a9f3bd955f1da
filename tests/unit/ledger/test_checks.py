"""Samples, verdicts, bands and revocations: what comes out is what was written, on both engines."""

import sqlite3
from collections.abc import Callable

import pandas as pd
import psycopg
import pytest

from tests import small_office
from tests.small_office import ACTOR, AT, decide, decision, line
from workbench.ledger import checks, teaching, views
from workbench.ledger.checks import CheckedLink, Draw
from workbench.ledger.store import Ledger
from workbench.ledger.teaching import Forgotten
from workbench.ledger.verification import broken_records

# Rows go in past SQLAlchemy: the errors are the drivers' own.
REFUSED = (sqlite3.IntegrityError, psycopg.IntegrityError)


@pytest.fixture
def linked(office: Ledger) -> Ledger:
    """The office with two links of the engine."""
    items = small_office.items(office)
    decide(
        office,
        decision(line(items["M-noe"], items["D101"], 100), action="match", rule="code"),
        decision(
            line(items["M-ait"], items["D102"], 50), action="match", rule="iban", subject="M-ait"
        ),
    )
    return office


def engine(ledger: Ledger) -> list[int]:
    journal = views.journal(ledger)
    return [int(seq) for seq in journal.loc[journal["action"] == "match", "seq"]]


def draw(ledger: Ledger, *decisions: int) -> int:
    links = tuple((seq, "code") for seq in decisions)
    made = Draw(building_id="", seed=7, size=2, population=2, links=links)
    with ledger.writing() as connection:
        return checks.record_draw(connection, made, actor=ACTOR, at=AT)


def judge(ledger: Ledger, seq: int, verdict: str) -> None:
    with ledger.writing() as connection:
        judged = CheckedLink(decision_seq=seq, rule="code", verdict=verdict, words="vu")
        checks.record_verdicts(connection, [judged], actor=ACTOR, at=AT)


@pytest.mark.parametrize("read", [checks.drawn_links, checks.verdicts, checks.band_decisions,
                                  teaching.validated_links, teaching.undone_links,
                                  teaching.forgotten_lessons])  # fmt: skip
def test_an_empty_view_has_its_columns(
    empty: Ledger, read: Callable[[Ledger], pd.DataFrame]
) -> None:
    frame = read(empty)
    assert frame.empty
    assert set(map(str, frame.dtypes)) <= {"int64", "str"}


def test_a_drawn_link_carries_its_last_verdict(linked: Ledger) -> None:
    first, second = engine(linked)
    assert draw(linked, first, second) == 1
    judge(linked, first, "wrong")
    judge(linked, first, "right")
    drawn = checks.drawn_links(linked)
    assert list(zip(drawn["decision_seq"], drawn["verdict"], strict=True)) == [
        (first, "right"), (second, ""),
    ]  # fmt: skip
    assert drawn["seed"].tolist() == [7, 7]
    assert checks.verdicts(linked)["verdict"].tolist() == ["wrong", "right"]
    assert list(broken_records(linked)) == []


def test_a_link_is_found_by_its_number_and_its_movement_once_drawn(linked: Ledger) -> None:
    first, second = engine(linked)
    draw(linked, first)
    with linked.reading() as connection:
        assert checks.sampled_decisions(connection, "A1") == [first]
        assert checks.sampled_decisions(connection, "M-noe") == [first]
        assert checks.sampled_decisions(connection, "A2") == []
        assert checks.sampled_decisions(connection, "A" + "9" * 30) == []
        assert checks.rule_of(connection, first) == "code"
        assert checks.last_verdicts(connection, [first, second]) == {}


def test_no_link_twice_in_one_sample(linked: Ledger) -> None:
    first, _ = engine(linked)
    with pytest.raises(REFUSED):
        draw(linked, first, first)
    assert checks.drawn_links(linked).empty


@pytest.mark.parametrize("verdict", ["maybe", ""])
def test_no_third_verdict(linked: Ledger, verdict: str) -> None:
    with pytest.raises(REFUSED):
        judge(linked, engine(linked)[0], verdict)
    assert checks.verdicts(linked).empty


def test_a_band_needs_a_reason(linked: Ledger) -> None:
    with pytest.raises(REFUSED), linked.writing() as connection:
        checks.record_band(connection, "code", "demoted", words="", actor=ACTOR, at=AT)
    with linked.writing() as connection:
        checks.record_band(connection, "code", "demoted", words="en doute", actor=ACTOR, at=AT)
    (row,) = checks.band_decisions(linked).to_dict("records")
    assert (row["rule"], row["state"], row["words"], row["actor"]) == (
        "code", "demoted", "en doute", ACTOR,
    )  # fmt: skip


def test_a_revocation_is_cancelled_once(linked: Ledger) -> None:
    revoked = Forgotten(
        learned_id="L1", building_id="B1", account_id="101", kind="iban", value="FR", words="x"
    )
    with linked.writing() as connection:
        assert not teaching.was_forgotten(connection, "L1")
        teaching.record_forgotten(connection, [revoked], actor=ACTOR, at=AT)
        ((number, found),) = teaching.revocations_of(connection, "L1")
        assert found == revoked
    assert teaching.forgotten_lessons(linked)["value"].tolist() == ["FR"]
    back = Forgotten(
        learned_id="L1", building_id="B1", account_id="101", kind="iban", value="FR", cancels=number
    )
    with linked.writing() as connection:
        teaching.record_forgotten(connection, [back], action="undo", actor=ACTOR, at=AT)
        assert teaching.revocations_of(connection, "L1") == []
        assert teaching.was_forgotten(connection, "L1")
    assert teaching.forgotten_lessons(linked).empty
    with pytest.raises(REFUSED), linked.writing() as connection:
        teaching.record_forgotten(connection, [back], action="undo", actor=ACTOR, at=AT)


def test_only_people_validate_and_only_evidence_is_corrected(office: Ledger) -> None:
    items = small_office.items(office)
    for action in ("match", "accept", "link"):
        decide(office, decision(line(items["M-noe"], items["D101"], 100), action=action))
    assert teaching.validated_links(office)["action"].tolist() == ["accept", "link"]
    for number in (1, 2, 3):
        undo = line(items["M-noe"], items["D101"], -100, reverses=number)
        decide(office, decision(undo, action="undo"))
    assert teaching.validated_links(office).empty
    undone = teaching.undone_links(office)
    assert undone["action"].tolist() == ["match", "accept"]
    assert (undone["undone_seq"] > undone["decision_seq"]).all()
