from datetime import date
from typing import Any

import pytest

from tests.unit import frames
from workbench.domain.findings import Severity
from workbench.reports.statement_chain import chain, chain_findings


def october(
    first: int, last: int, opening: int | None, closing: int | None, **values: Any
) -> dict[str, Any]:
    moved = (closing or 0) - (opening or 0)
    return {
        "opened_on": date(2026, 10, first),
        "closed_on": date(2026, 10, last),
        "opening_cents": opening,
        "closing_cents": closing,
        "credits_cents": max(moved, 0),
        "debits_cents": min(moved, 0),
        **values,
    }  # fmt: skip


def verdicts(*rows: dict[str, Any]) -> list[str]:
    return list(chain(frames.statements(*rows))["follows"])


def test_statements_that_meet_follow() -> None:
    rows = [october(1, 4, 100_00, 150_00), october(5, 11, 150_00, 20_00)]
    checked = chain(frames.statements(*rows))
    assert list(checked["follows"]) == ["first", "follows"]
    assert checked["balanced"].all()
    assert list(checked["computed_closing_cents"]) == [150_00, 20_00]
    assert chain_findings(checked) == []


def test_a_quiet_week_between_two_statements_is_no_hole() -> None:
    assert verdicts(october(1, 4, 0, 50_00), october(20, 25, 50_00, 0)) == ["first", "follows"]


def test_a_cent_between_two_statements_is_a_hole() -> None:
    checked = chain(frames.statements(october(1, 4, 0, 50_00), october(5, 9, 50_01, 0, number="7")))
    assert list(checked["follows"]) == ["first", "hole"]
    assert list(checked["break_cents"]) == [0, 1]
    (finding,) = chain_findings(checked)
    assert (finding.code, finding.severity) == ("statement_hole", Severity.ERROR)
    assert "relevé 7 du 05/10/2026 au 09/10/2026 s’ouvre à 50,01\u00a0€" in finding.message
    assert "se ferme à 50,00\u00a0€ le 04/10/2026" in finding.message
    assert "+0,01\u00a0€" in finding.message


def test_order_is_by_date_then_by_number() -> None:
    rows = [
        october(5, 5, 30_00, 40_00, number="10"),
        october(5, 5, 20_00, 30_00, number="9"),
        october(1, 4, 0, 20_00, number="8"),
    ]
    checked = chain(frames.statements(*rows))
    assert list(checked["number"]) == ["8", "9", "10"]
    assert list(checked["follows"]) == ["first", "follows", "follows"]


def test_a_statement_inside_an_older_one_overlaps_and_does_not_move_its_end() -> None:
    rows = [october(1, 11, 0, 50_00), october(5, 9, 10_00, 30_00), october(12, 18, 50_00, 60_00)]
    checked = chain(frames.statements(*rows))
    assert list(checked["follows"]) == ["first", "overlap", "follows"]
    (finding,) = chain_findings(checked)
    assert (finding.code, finding.severity) == ("statement_overlap", Severity.INFO)


def test_a_statement_on_the_last_day_of_the_one_before_does_not_overlap() -> None:
    assert verdicts(october(1, 4, 0, 50_00), october(4, 9, 10_00, 0)) == ["first", "hole"]


def test_a_statement_without_balance_is_passed_over() -> None:
    rows = [october(1, 4, 0, 50_00), october(5, 9, None, None), october(10, 12, 50_00, 0)]
    checked = chain(frames.statements(*rows))
    assert list(checked["follows"]) == ["first", "no_balance", "follows"]
    assert [finding.code for finding in chain_findings(checked)] == ["statement_no_balance"]


def test_each_account_has_its_own_chain() -> None:
    rows = [october(1, 4, 0, 50_00), october(5, 9, 7_00, 8_00, iban="FR00OTHER")]
    assert verdicts(*rows) == ["first", "first"]


@pytest.mark.parametrize(("closing", "balanced"), [(50_00, True), (50_01, False), (49_99, False)])
def test_a_statement_adds_up_to_the_cent(closing: int, balanced: bool) -> None:
    row = october(1, 4, 0, 50_00) | {"closing_cents": closing}
    checked = chain(frames.statements(row))
    assert bool(checked["balanced"][0]) is balanced
    codes = [finding.code for finding in chain_findings(checked)]
    assert codes == ([] if balanced else ["statement_unbalanced"])


def test_no_statement_is_no_chain() -> None:
    checked = chain(frames.statements())
    assert len(checked) == 0
    assert chain_findings(checked) == []


def test_the_same_statement_in_another_format_repeats_it() -> None:
    rows = [
        october(1, 4, 0, 50_00), october(4, 9, 50_00, 20_00, number="2"),
        october(5, 9, 50_00, 20_00, number="X"), october(10, 12, 20_00, 0),
    ]  # fmt: skip
    checked = chain(frames.statements(*rows))
    assert list(checked["follows"]) == ["first", "follows", "repeats", "follows"]
    assert list(checked["break_cents"]) == [0, 0, 0, 0]
    assert chain_findings(checked) == []


def test_two_quiet_statements_of_one_day_follow() -> None:
    assert verdicts(october(1, 1, 10_00, 10_00), october(1, 1, 10_00, 10_00)) == [
        "first", "follows",
    ]  # fmt: skip


@pytest.mark.parametrize(("closing", "after"), [(20_00, "follows"), (21_00, "follows")])
def test_two_versions_of_a_day_are_an_error_and_either_may_go_on(closing: int, after: str) -> None:
    rows = [
        october(1, 4, 0, 50_00), october(5, 9, 50_00, 20_00, number="2"),
        october(5, 9, 50_00, 21_00, number="2"), october(10, 12, closing, 0),
    ]  # fmt: skip
    checked = chain(frames.statements(*rows))
    assert list(checked["follows"]) == ["first", "follows", "version", after]
    (finding,) = chain_findings(checked)
    assert (finding.code, finding.severity) == ("statement_versions", Severity.ERROR)
    assert "existe en deux versions" in finding.message


def test_neither_version_goes_on() -> None:
    rows = [
        october(1, 4, 0, 50_00), october(1, 4, 0, 60_00), october(5, 9, 55_00, 0),
    ]  # fmt: skip
    assert verdicts(*rows) == ["first", "version", "hole"]


def test_two_statements_of_one_day_that_meet_are_no_versions() -> None:
    rows = [october(5, 5, 20_00, 30_00, number="9"), october(5, 5, 30_00, 40_00, number="10")]
    assert verdicts(*rows) == ["first", "follows"]


def test_each_currency_of_an_account_has_its_own_chain_and_is_told() -> None:
    rows = [
        october(1, 4, 0, 50_00), october(1, 4, 7_00, 9_00, currency="CHF"),
        october(5, 9, 50_00, 0), october(5, 9, 9_00, 8_00, currency="CHF"),
    ]  # fmt: skip
    checked = chain(frames.statements(*rows))
    assert sorted(checked["follows"]) == ["first", "first", "follows", "follows"]
    (finding,) = chain_findings(checked)
    assert (finding.code, finding.severity) == ("statement_currency", Severity.INFO)
    assert "en CHF" in finding.message


@pytest.mark.parametrize(
    ("first", "last", "is_told"), [(2, 3, False), (1, 4, False), (3, 5, True), (5, 5, True)]
)
def test_a_report_is_told_unless_a_statement_tells_its_days(
    first: int, last: int, *, is_told: bool
) -> None:
    rows = [october(1, 4, 0, 50_00), october(first, last, None, None)]
    codes = [finding.code for finding in chain_findings(chain(frames.statements(*rows)))]
    assert codes == ["statement_no_balance"] * is_told


def test_a_report_without_any_date_has_words_too() -> None:
    bare = frames.statements({"opening_cents": None, "closing_cents": None})
    (finding,) = chain_findings(chain(bare))
    assert "date inconnue" in finding.message
