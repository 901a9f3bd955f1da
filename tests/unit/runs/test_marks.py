from pathlib import Path

from tests import small_office
from tests.unit.runs.conftest import AT
from workbench.domain.dates import Period
from workbench.ledger.store import open_ledger
from workbench.pipeline.marks import month_end_done
from workbench.runs.building import BuildingOutcome
from workbench.runs.marks import LedgerMarks, made_with

OCTOBER = Period(2026, 10)
OUTCOME = BuildingOutcome(building_id="a/b", notebook_sha256="1" * 64, html_sha256="2" * 64)


def test_a_mark_is_found_again_with_its_fingerprint_only(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'books.db'}"
    small_office.new_ledger(url)
    marks = LedgerMarks(url, OCTOBER, actor="anne", at=AT)
    fingerprint = marks.fingerprint("a/b", made_with="1")
    assert marks.done("a/b", fingerprint) is None
    marks.record(fingerprint, OUTCOME)
    assert marks.done("a/b", fingerprint) == OUTCOME
    # A mark is no change of the books: else no building would ever be done.
    assert marks.fingerprint("a/b", made_with="1") == fingerprint
    assert marks.done("a/b", marks.fingerprint("a/b", made_with="2")) is None
    assert marks.done("c", fingerprint) is None
    marks.close()
    september = LedgerMarks(url, OCTOBER.plus(-1), actor="anne", at=AT)
    assert september.done("a/b", fingerprint) is None
    september.close()
    with open_ledger(url) as ledger:
        mark = month_end_done(ledger, building_id="a/b", period=OCTOBER)
    assert mark is not None
    assert mark.path == "2026-10/a%2Fb"


def test_a_result_depends_on_its_notebook_and_its_parameters(tmp_path: Path) -> None:
    notebook = tmp_path / "small.ipynb"
    notebook.write_text("one")
    one = made_with(notebook=notebook, parameters={"a": "1", "b": "2"})
    assert one == made_with(notebook=notebook, parameters={"b": "2", "a": "1"})
    assert one != made_with(notebook=notebook, parameters={"a": "1", "b": "3"})
    notebook.write_text("two")
    assert one != made_with(notebook=notebook, parameters={"a": "1", "b": "2"})
