"""Samples through the ledger, on both engines: drawn once, judged, and what falls with a class."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text

from tests import small_office
from workbench.domain.errors import ParameterError
from workbench.ledger import views
from workbench.ledger.store import Ledger, open_ledger
from workbench.pipeline import checking, deciding, reconciling, sampling
from workbench.pipeline.recording import ReconcileSummary
from workbench.pipeline.sampling import RIGHT, WRONG

AT = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
WHO = "C. Ardouin"


def reconcile(ledger: Ledger) -> ReconcileSummary:
    return reconciling.reconcile(ledger, as_of=date(2026, 10, 31), actor="moteur", at=AT)


def match(ledger: Ledger) -> None:
    """Makes the office after the engine: M-noe by its name, M-ascenseur by one nearly right."""
    small_office.fill(ledger)
    reconcile(ledger)
    links = sampling.engine_links(ledger)
    assert dict(zip(links["movement_id"], links["rule"], strict=True)) == {
        "M-noe": "name_exact", "M-ascenseur": "name_fuzzy",
    }  # fmt: skip


@pytest.fixture
def matched(ledger_url: str) -> Iterator[Ledger]:
    with small_office.opened(ledger_url, match) as ledger:
        yield ledger


def draw(ledger: Ledger, **options: int | str | None) -> sampling.Drawn:
    return sampling.draw(ledger, actor=WHO, at=AT, **options)  # type: ignore[arg-type]


def judge(ledger: Ledger, *given: tuple[str, str], reason: str = "") -> list[deciding.Outcome]:
    return sampling.judge(ledger, given, actor=WHO, at=AT, reason=reason)


def rows(ledger: Ledger, action: str) -> int:
    return int((views.journal(ledger)["action"] == action).sum())


def test_the_engine_s_links_with_their_dues(matched: Ledger) -> None:
    first = sampling.engine_links(matched).iloc[0]
    assert (first["link_id"], first["account_id"], first["due_ids"]) == ("A1", "101", "D101")
    assert first["amount_cents"] == 30_000
    assert sampling.engine_links(matched, building_id="B2").empty


def test_a_draw_is_written_once(matched: Ledger) -> None:
    first = draw(matched)
    again = draw(matched)
    assert (first.is_new, again.is_new, first.population) == (True, False, 2)
    assert first.links["link_id"].tolist() == again.links["link_id"].tolist()
    assert rows(matched, "sample") == 1
    assert sampling.to_check(matched)["link_id"].tolist() == first.links["link_id"].tolist()
    assert checking.verify(matched) == []


def test_what_was_judged_is_not_drawn_again(matched: Ledger) -> None:
    (link,) = draw(matched, size=1).links["link_id"]
    judge(matched, (link, RIGHT))
    other = draw(matched, size=2)
    assert link not in set(other.links["link_id"])
    assert other.population == 1
    judge(matched, (other.links["link_id"].item(), RIGHT))
    with pytest.raises(ParameterError, match="rien à tirer"):
        draw(matched)


@pytest.mark.parametrize(
    ("options", "words"),
    [({"size": 0}, "taille"), ({"size": 10_001}, "taille"), ({"seed": -1}, "graine"),
     ({"building_id": "B9"}, "immeuble inconnu"), ({"building_id": "B2"}, "rien à tirer")],
)  # fmt: skip
def test_a_draw_that_cannot_be(matched: Ledger, options: dict[str, int], words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        draw(matched, **options)
    assert rows(matched, "sample") == 0


def test_right_is_kept_and_changes_nothing(matched: Ledger) -> None:
    draw(matched)
    (outcome,) = judge(matched, ("A1", RIGHT))
    assert outcome.done
    assert set(views.allocations(matched)["state"]) == {"accepted", "proposed"}
    found = sampling.classes(matched).set_index("rule")
    assert (found.loc["name_exact", "checked"], found.loc["name_exact", "state"]) == (1, "accepted")
    assert not judge(matched, ("A1", RIGHT))[0].done
    assert rows(matched, "check") == 1


def test_wrong_undoes_the_link_in_one_go(matched: Ledger) -> None:
    draw(matched)
    (outcome,) = judge(matched, ("M-noe", WRONG), reason="une autre dame")
    assert outcome.allocation_ids == ("A1",)
    state = views.movements(matched).set_index("movement_id").loc["M-noe"]
    assert state["open_cents"] == 30_000
    last = views.journal(matched).tail(2)
    assert list(last["action"]) == ["undo", "check"]
    assert all("une autre dame" in data for data in last["data"])
    assert checking.verify(matched) == []


def test_wrong_on_a_link_undone_meanwhile_is_kept_as_well(matched: Ledger) -> None:
    draw(matched)
    deciding.undo(matched, ["A1"], actor=WHO, at=AT)
    assert "déjà annulé" in judge(matched, ("A1", WRONG))[0].words
    assert rows(matched, "undo") == 1
    assert sampling.classes(matched).set_index("rule").loc["name_exact", "wrong"] == 1


def test_the_last_verdict_counts_and_the_link_stays_undone(matched: Ledger) -> None:
    draw(matched)
    judge(matched, ("A1", WRONG))
    assert "reste annulé" in judge(matched, ("A1", RIGHT))[0].words
    row = sampling.classes(matched).set_index("rule").loc["name_exact"]
    assert (row["checked"], row["wrong"], row["state"]) == (1, 0, "accepted")


def test_only_what_was_drawn_is_judged(matched: Ledger) -> None:
    draw(matched, size=1)
    (waiting,) = sampling.to_check(matched)["link_id"]
    (other,) = {"A1", "A2"} - {waiting}
    with pytest.raises(ParameterError, match="d'aucun tirage"):
        judge(matched, (waiting, RIGHT), (other, RIGHT))
    assert rows(matched, "check") == 0


# What falls


def test_a_class_that_fails_is_proposed_from_then_on(matched: Ledger) -> None:
    draw(matched)
    judge(matched, ("A1", WRONG), reason="x")
    assert "name_exact" not in sampling.match_config(matched).accepts
    (finding,) = sampling.demotions(matched)
    assert (finding.code, finding.subject) == ("class_demoted", "name_exact")
    assert "nom exact" in finding.message
    assert "1 faux sur 1 contrôlé." in finding.message
    summary = reconcile(matched)
    assert (summary.accepted, summary.demoted) == (0, [finding.message])
    findings = checking.all_findings(matched, as_of=date(2026, 10, 31))
    assert "class_demoted" in set(findings["code"])


def test_an_untouched_class_is_still_accepted(office: Ledger) -> None:
    sampling.change_class(
        office, "name_exact", state="demoted", actor=WHO, at=AT, reason="en doute"
    )
    summary = reconcile(office)
    assert summary.accepted == 1
    assert sampling.engine_links(office)["rule"].tolist() == ["name_fuzzy"]
    assert "par C. Ardouin : en doute" in summary.demoted[0]


def test_a_person_restores_with_a_reason(matched: Ledger) -> None:
    draw(matched)
    judge(matched, ("A1", WRONG))
    outcome = sampling.change_class(
        matched, "name_exact", state="restored", actor=WHO, at=AT, reason="nom corrigé"
    )
    assert outcome.done
    assert sampling.demotions(matched) == []
    assert "name_exact" in sampling.match_config(matched).accepts
    # What a person took back is proposed all the same.
    assert reconcile(matched).accepted == 0
    last = views.journal(matched).iloc[-1]
    assert (last["action"], last["subject"]) == ("band", "name_exact")
    assert checking.verify(matched) == []


def test_nothing_is_written_where_nothing_changes(matched: Ledger) -> None:
    outcome = sampling.change_class(matched, "code", state="restored", actor=WHO, at=AT, reason="x")
    assert not outcome.done
    assert rows(matched, "band") == 0


@pytest.mark.parametrize(
    ("rule", "reason", "words"), [("nope", "x", "inconnue"), ("code", " ", "--reason")]
)
def test_a_change_that_cannot_be(matched: Ledger, rule: str, reason: str, words: str) -> None:
    with pytest.raises(ParameterError, match=words):
        sampling.change_class(matched, rule, state="demoted", actor=WHO, at=AT, reason=reason)
    assert rows(matched, "band") == 0


@pytest.mark.parametrize(
    "change",
    ["sample_verdicts SET verdict = 'right'", "sample_links SET rule = 'code'",
     "samples SET seed = 5", "bands SET state = 'demoted'", "forgotten SET words = 'y'"],
)  # fmt: skip
def test_a_changed_record_is_named(matched: Ledger, change: str) -> None:
    if not matched.is_sqlite:
        return  # who may drop triggers differs; the comparison is the same
    draw(matched)
    judge(matched, ("A1", WRONG))
    sampling.change_class(matched, "name_exact", state="restored", actor=WHO, at=AT, reason="x")
    from workbench.ledger.guards import drop_guards, install_guards
    from workbench.pipeline import learning

    deciding.link(matched, "M-noe", [("D101", None)], actor=WHO, at=AT)
    (lesson, *_) = learning.learned(matched)["learned_id"]
    learning.forget(matched, [lesson], actor=WHO, at=AT, reason="x")
    assert checking.verify(matched) == []
    with matched.writing() as connection:
        drop_guards(connection)
        connection.execute(text(f"UPDATE {change}"))
        install_guards(connection)
    with open_ledger(matched.address) as ledger:
        assert "diffère de ce qui a été décidé" in checking.verify(ledger)[0]
