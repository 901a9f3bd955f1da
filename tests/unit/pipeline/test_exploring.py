"""An auditor's questions on a ledger: each has rows, a picture, words when there is nothing."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from tests import small_office
from workbench import in_euros, views
from workbench.documents.working_paper import WorkingPaper
from workbench.domain.errors import ParameterError, WorkbenchError
from workbench.ledger.store import Ledger, open_ledger
from workbench.pipeline import deciding
from workbench.pipeline.exploring import Exploration, explore

END = date(2026, 10, 31)
AT = datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
OTHER_IBAN = "FR7610107001011234567890130"
HOSTILE = "<img src=x onerror=alert(1)>=1+1"

QUESTIONS: dict[str, Callable[[Exploration], WorkingPaper]] = {
    "random": lambda e: e.random_sample(size=3),
    "random-dues": lambda e: e.random_sample("dues", size=3),
    "random-links": lambda e: e.random_sample("allocations", size=3),
    "monetary": lambda e: e.monetary_sample(size=3),
    "cut-off": lambda e: e.cut_off(),
    "equal": lambda e: e.equal_payments(),
    "ibans": lambda e: e.iban_changes(),
    "people": lambda e: e.decisions_by_person(),
    "gaps": lambda e: e.statement_gaps(),
    "aged": lambda e: e.aged_suspense(),
    "suspense": lambda e: e.suspense(),
}


def fill(ledger: Ledger) -> None:
    """Adds to the small office one case of each pattern."""
    november = {"due_id": "DN", "account_id": "101", "kind": "call", "amount_cents": 30_000,
                "due_on": date(2026, 11, 5)}  # fmt: skip
    small_office.store_tables(ledger, dues=[november])
    entry = small_office.entry
    more = [
        entry(28, 10_000, "tot", counterparty=HOSTILE, counterparty_iban=OTHER_IBAN),
        entry(29, 700, "double", counterparty="Mme Double"),
        entry(30, 700, "double-2", counterparty="Mme Double"),
    ]
    statement = small_office.statement(small_office.IBAN_1, *more, number="13")
    small_office.store_file(ledger, [statement], name="fin.xml")
    deciding.link(ledger, "M-noe", [("D101", 30_000)], actor="C. Ardouin", at=AT)
    deciding.link(ledger, "M-tot", [("DN", 10_000)], actor="C. Ardouin", at=AT)


@pytest.fixture(scope="module")
def exploration(tmp_path_factory: pytest.TempPathFactory) -> Exploration:
    url = f"sqlite:///{tmp_path_factory.mktemp('explore') / 'office.db'}"
    with small_office.office(url) as ledger:
        fill(ledger)
    return explore(open_ledger(url, read_only=True), as_of=END)


@pytest.fixture(scope="module")
def nothing(tmp_path_factory: pytest.TempPathFactory) -> Exploration:
    url = f"sqlite:///{tmp_path_factory.mktemp('explore') / 'empty.db'}"
    open_ledger(url, create=True).close()
    return explore(open_ledger(url, read_only=True), as_of=END)


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_question_has_rows_a_picture_and_its_method(
    exploration: Exploration, question: str
) -> None:
    paper = QUESTIONS[question](exploration)
    assert len(paper.frame) > 0
    html = paper.html().markup
    assert 'src="data:image/png;base64,' in html
    assert paper.title.replace("’", "&#x27;") in html or paper.title in html
    assert "<img src=x" not in html
    lines = openpyxl.load_workbook(BytesIO(paper.workbook()))
    assert lines.sheetnames == ["Lignes", "Méthode"]
    assert lines["Lignes"].max_row == 1 + len(paper.rows())
    told = {row[0].value for row in lines["Méthode"].rows}
    assert {"Question", *(what for what, _ in paper.facts)} <= told


@pytest.mark.parametrize("question", QUESTIONS)
def test_nothing_to_tell_is_said_in_words(nothing: Exploration, question: str) -> None:
    paper = QUESTIONS[question](nothing)
    html = paper.html().markup
    assert "Rien à signaler." in html
    assert paper.empty.split("’")[0] in html
    assert "<img" not in html
    assert paper.workbook()


def test_what_each_pattern_finds(exploration: Exploration) -> None:
    cut = exploration.cut_off().frame
    assert cut[["movement_id", "due_id", "amount_cents", "side"]].to_numpy().tolist() == [
        ["M-tot", "DN", 10_000, "paid_ahead"]
    ]
    assert exploration.cut_off(days=2).frame.empty
    equal = exploration.equal_payments().frame
    assert equal[["first_id", "again_id", "days", "party"]].to_numpy().tolist() == [
        ["M-double", "M-double-2", 1, "Mme Double"]
    ]
    ibans = exploration.iban_changes().frame
    assert ibans[["account_id", "old_iban", "new_iban"]].to_numpy().tolist() == [
        ["101", small_office.IBAN_WAITING, OTHER_IBAN]
    ]
    gaps = exploration.statement_gaps().frame
    assert gaps[["iban", "missing"]].to_numpy().tolist() == [[small_office.IBAN_1, 2]]
    people = exploration.decisions_by_person().frame
    assert people[["actor", "action", "decisions"]].to_numpy().tolist() == [
        ["C. Ardouin", "link", 2]
    ]


def test_suspense_lists_what_the_ages_count(exploration: Exploration) -> None:
    ages, rows = exploration.aged_suspense().frame, exploration.suspense().frame
    assert ages["movements"].sum() == len(rows) == 8
    total = int(ages["in_cents"].sum() + ages["out_cents"].sum())
    assert total == rows["open_cents"].sum()
    assert rows["age_days"].is_monotonic_decreasing
    assert rows["age_days"].iloc[0] == 26  # M-quai, of the 5th


def test_what_came_after_the_business_date_is_left_out(exploration: Exploration) -> None:
    early = Exploration(
        exploration._ledger,  # noqa: SLF001 - the same ledger on another day
        as_of=date(2026, 10, 6), building_id="", place="",
    )  # fmt: skip
    drawn = early.random_sample(size=100).frame
    assert set(drawn["movement_id"]) == {"M-noe", "M-ait", "M-quai"}
    assert early.statement_gaps().frame.empty


def test_one_building_and_one_month(exploration: Exploration) -> None:
    one = explore(exploration._ledger, as_of=END, building_id="B2")  # noqa: SLF001
    assert one.place == "Le Quai"
    assert one.random_sample(size=100).frame["movement_id"].tolist() == ["M-quai"]
    november = one.random_sample(period="2026-11").frame
    assert november.empty
    assert len(exploration.random_sample("dues", size=99, period="2026-10").frame) == 6


@pytest.mark.parametrize(
    "ask",
    [
        lambda e: e.random_sample("journal"),
        lambda e: e.random_sample(size=0),
        lambda e: e.monetary_sample(size=-1),
        lambda e: e.random_sample(period="2026-13"),
        lambda e: e.cut_off(period="octobre"),
        lambda e: e.random_sample().save("tirage.csv"),
        lambda e: explore(e._ledger, as_of=END, building_id="B9"),  # noqa: SLF001
    ],
)
def test_what_cannot_be_asked_is_refused(
    exploration: Exploration, ask: Callable[[Exploration], object]
) -> None:
    with pytest.raises(ParameterError):
        ask(exploration)


def test_a_paper_is_kept_with_whole_ibans_and_texts_as_texts(
    exploration: Exploration, tmp_path: Path
) -> None:
    paper = exploration.iban_changes()
    assert OTHER_IBAN not in paper.html().markup
    target = tmp_path / "iban.xlsx"
    assert "1 lignes" in paper.save(str(target)).markup
    sheet = openpyxl.load_workbook(target)["Lignes"]
    heads = [cell.value for cell in sheet[1]]
    assert sheet.cell(2, heads.index("Nouveau") + 1).value == OTHER_IBAN
    assert heads[-2:] == ["Avis", "Commentaire"]
    drawn = exploration.random_sample(size=100)
    cells = [c for row in openpyxl.load_workbook(BytesIO(drawn.workbook()))["Lignes"] for c in row]
    assert HOSTILE in [c.value for c in cells]
    assert "f" not in {c.data_type for c in cells}
    with pytest.raises(WorkbenchError, match="écrit"):
        paper.save(str(tmp_path / "nowhere" / "iban.xlsx"))


def test_the_same_seed_draws_the_same(exploration: Exploration) -> None:
    first = exploration.monetary_sample(size=4, seed=5).frame
    pd.testing.assert_frame_equal(first, exploration.monetary_sample(size=4, seed=5).frame)


def test_cents_as_exact_euros(exploration: Exploration) -> None:
    frame = views.movements(exploration._ledger)  # noqa: SLF001
    euros = in_euros(frame)
    assert [name for name in euros.columns if name.endswith("_cents")] == []
    assert euros.columns.get_loc("amount_eur") == frame.columns.get_loc("amount_cents")
    assert euros["amount_eur"].sum() == Decimal(int(frame["amount_cents"].sum())) / 100
    assert str(euros["amount_eur"].iloc[0]) == "300.00"
    assert frame["amount_cents"].dtype == "int64"
    missing = in_euros(pd.DataFrame({"opening_cents": pd.array([1, None], dtype="Int64")}))
    assert missing["opening_eur"].tolist() == [Decimal("0.01"), None]
