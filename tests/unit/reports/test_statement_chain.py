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
