from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests import small_office
from tests.unit import frames
from workbench.domain.dates import Period
from workbench.domain.errors import LedgerError, ParameterError
from workbench.domain.findings import Finding, Severity
from workbench.ledger.store import Ledger
from workbench.pipeline.closing import MonthEndData, month_end_data
from workbench.runs.page import FIGURES_MIME
from workbench.runs.report import MonthEndReport, month_end_report, sections

AT = datetime(2026, 11, 2, 5, 40, tzinfo=UTC)
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The office for all tests: read, not written to."""
    place = tmp_path_factory.mktemp("office") / "ledger.db"
    with small_office.office(f"sqlite:///{place}") as ledger:
        yield ledger


@pytest.fixture(scope="module")
def data(office: Ledger) -> MonthEndData:
    return month_end_data(office, building_id="B1", period=Period(2026, 10))


def report(data: MonthEndData, **changed: Any) -> MonthEndReport:
    return MonthEndReport(replace(data, **changed), at=AT, actor="L. Verane")


def markup(shown: object) -> str:
    """What Jupyter would show."""
    if hasattr(shown, "_repr_mimebundle_"):
        return str(shown._repr_mimebundle_()["text/html"])
    return str(shown._repr_html_()) if hasattr(shown, "_repr_html_") else ""


def finding(severity: Severity = Severity.WARNING, message: str = "Constat.") -> Finding:
    return Finding(code="x", severity=severity, message=message)


def waiting(count: int) -> pd.DataFrame:
    rows = [
        {"amount_cents": 10_00, "booked_on": date(2026, 9 if n == 0 else 10, 30)}
        for n in range(count)
    ]
    return frames.movements(*rows).assign(payer=HOSTILE, missing=HOSTILE)


def test_the_heading_says_what_of_whom_and_as_of_when(data: MonthEndData) -> None:
    shown = markup(report(data).heading())
    for words in (
        "Clôture d’octobre 2026", "Les Tilleuls, copropriété, 2\u00a0comptes",
        "arrêté au 31/10/2026", "établi le 02/11/2026 à 06:40 par L. Verane", "••••\u00a00185",
    ):  # fmt: skip
        assert words in shown
    assert small_office.IBAN_1 not in shown


def test_the_verdict_comes_with_its_figures_for_the_index(data: MonthEndData) -> None:
    bundle = report(data).verdict()._repr_mimebundle_()
    assert bundle[FIGURES_MIME] == {
        "title": "Clôture d’octobre 2026, Les Tilleuls",
        "figures": {
            "building": "Les Tilleuls", "bank_cents": 1000_00 + 300_00 + 2 * 430_50 - 132_50,
            "gap_cents": 0, "overdue_cents": 300_00 + 450_50 + 50_00, "to_do": 5, "errors": 0,
            "journal_seq": data.journal_seq, "journal_hash": data.journal_hash,
        },
    }  # fmt: skip
    shown = str(bundle["text/html"])
    assert "Les relevés se suivent et le rapprochement tombe juste." in shown
    assert "2\u00a0comptes sont en retard" in shown
    assert "L’appel du T4 2026 est encaissé à 0,0\u00a0%." in shown


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "Tous les mouvements du mois, 5, ont leur décision."),
        (1, "du mois, 5, ont leur décision ; 1 plus ancien attend encore, soit 10,00\u00a0€."),
        (2, "1\u00a0mouvement sur 5 attend une décision, soit 10,00\u00a0€ ; 1 plus ancien"),
        (3, "2\u00a0mouvements sur 5 attendent une décision, soit 20,00\u00a0€ ; 1 plus"),
    ],
)
def test_the_verdict_counts_what_waits(data: MonthEndData, count: int, words: str) -> None:
    assert words in markup(report(data, waiting=waiting(count)).verdict())


@pytest.mark.parametrize(
    ("severities", "words"),
    [
        ([], "Aucun constat."),
        ([Severity.INFO], "Un constat pour mémoire."),
        ([Severity.INFO, Severity.WARNING], "Deux constats à vérifier."),
        ([Severity.ERROR, Severity.INFO], "Deux constats, dont un à corriger."),
        ([Severity.ERROR] * 11, "11 constats, dont 11 à corriger."),
    ],
)
def test_the_verdict_counts_findings(
    data: MonthEndData, severities: list[Severity], words: str
) -> None:
    found = tuple(finding(severity) for severity in severities)
    assert words in markup(report(data, findings=found).verdict())


def test_a_gap_is_said_in_the_verdict_and_framed(data: MonthEndData) -> None:
    (bank,) = data.reconciliations
    off = replace(
        bank, gap_cents=452_10,
        explanations=pd.DataFrame({"words": ["Manque"], "amount_cents": [452_10]}),
    )  # fmt: skip
    made = report(data, reconciliations=(off,))
    assert "le rapprochement laisse un écart de 452,10\u00a0€" in markup(made.verdict())
    shown = markup(made.bank_reconciliation())
    assert 'class="box bad"' in shown
    assert "D’où vient l’écart" in shown
    assert 'class="box"' in markup(report(data).bank_reconciliation())


def test_an_account_without_statement_is_not_reconciled(office: Ledger) -> None:
    empty = month_end_data(office, building_id="B1", period=Period(2026, 8))
    made = MonthEndReport(empty, at=AT)
    assert "le rapprochement n’est pas possible" in markup(made.verdict())
    assert "Aucun relevé avec solde" in markup(made.bank_reconciliation())
    assert "1. Aucun relevé pour ce mois" in markup(made.statements())
    assert "Tout est rapproché." in markup(made.unmatched())
    assert "Aucun compte n’est en retard." in markup(made.arrears())


def test_what_a_section_cuts_is_counted_and_whole_in_the_annex(data: MonthEndData) -> None:
    made = report(data, waiting=waiting(30))
    assert "20\u00a0autres, liste en annexe" in markup(made.unmatched())
    annex = made.annexes()
    assert annex is not None
    assert markup(annex).count("30/10/2026") == 29
    assert "Total, 30\u00a0mouvements" in markup(annex)


def test_without_a_cut_there_is_no_annex(data: MonthEndData) -> None:
    assert report(data).annexes() is None
    assert report(data, waiting=waiting(11)).annexes() is None
    assert "autres" not in markup(report(data, waiting=waiting(11)).unmatched())


def test_debts_not_yet_due_are_told_under_the_arrears(data: MonthEndData) -> None:
    debtors = data.debtors.copy()
    debtors.loc[0, "overdue_cents"] = 0
    shown = markup(report(data, debtors=debtors).arrears())
    assert "1 autre compte doit" in shown
    assert f"Total, {len(debtors) - 1}\u00a0compte" in shown


def test_the_head_of_the_journal_stands_by_the_signatures(data: MonthEndData) -> None:
    shown = markup(report(data).signatures())
    assert data.journal_hash[:8] in shown
    assert f"Décision n° {data.journal_seq}" in shown
    for words in ("Établi", "Contrôlé", "Validé par le gestionnaire"):
        assert words in shown


def test_strangers_texts_are_words_in_every_section(sqlite_url: str) -> None:
    with small_office.office(sqlite_url) as office:
        _invite_strangers(office)
        data = month_end_data(office, building_id="X<", period=Period(2026, 10))
    made = MonthEndReport(data, at=AT, actor=HOSTILE)
    whole = "".join(markup(section) for section in sections(made))
    assert "onerror=alert(1)&gt;" in whole
    assert "<img src=x" not in whole
    assert "<AM04>" not in whole


def _invite_strangers(office: Ledger) -> None:
    small_office.store_tables(
        office,
        buildings=[{"building_id": "X<", "name": HOSTILE, "kind": "rental"}],
        bank_accounts=[{"iban": small_office.IBAN_WAITING, "building_id": "X<"}],
        accounts=[
            {"account_id": HOSTILE, "building_id": "X<", "holder": HOSTILE, "kind": "tenant"}
        ],
        dues=[
            {"due_id": HOSTILE, "account_id": HOSTILE, "kind": "rent", "amount_cents": 9_00,
             "due_on": date(2026, 10, 1), "label": HOSTILE},
        ],
    )  # fmt: skip
    moved = small_office.entry(9, 7_00, HOSTILE, counterparty=HOSTILE, return_reason="<AM04>")
    small_office.store_file(
        office,
        [small_office.statement(small_office.IBAN_WAITING, moved, number=HOSTILE)],
        name=HOSTILE,
    )


def test_every_section_is_there_in_the_order_of_the_notebook(data: MonthEndData) -> None:
    notebook = Path(__file__).parents[3] / "notebooks" / "month_end.ipynb"
    written = notebook.read_text(encoding="utf-8")
    names = [
        "heading", "verdict", "statements", "bank_reconciliation", "treasury", "unmatched",
        "ageing", "collections", "collections_table", "arrears", "reminders", "findings",
        "decisions", "signatures", "annexes",
    ]  # fmt: skip
    places = [written.index(f'"report.{name}()"') for name in names]
    assert places == sorted(places)
    assert len(sections(report(data))) == len(names)


def test_the_notebook_reads_a_ledger_that_is_there(office: Ledger) -> None:
    made = month_end_report(
        office.address, building_id="B1", period="2026-10", at="2026-11-02T06:40:00+01:00", actor=""
    )
    assert made.title == "Clôture d’octobre 2026"
    assert made.at == AT


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"building_id": "B9"}, ParameterError),
        ({"at": "hier"}, ParameterError),
        ({"period": "2026-13"}, ParameterError),
        ({"ledger": "sqlite:////nowhere/x.db"}, LedgerError),
    ],
)
def test_a_parameter_that_is_none_is_refused(
    office: Ledger, changed: dict[str, str], error: type[Exception]
) -> None:
    given = {
        "ledger": office.address, "building_id": "B1", "period": "2026-10",
        "at": "2026-11-02T06:40:00Z", "actor": "", **changed,
    }  # fmt: skip
    with pytest.raises(error):
        month_end_report(given.pop("ledger"), **given)
