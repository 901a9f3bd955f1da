"""A run of reminders whose layouts, texts or ledger are not as they should be."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests import office_to_remind
from workbench.ledger import reminding as rows
from workbench.ledger.store import Ledger, open_ledger
from workbench.pipeline import reminding
from workbench.pipeline.generating import Generated, generate
from workbench.pipeline.settings import Office, Settings

pytestmark = pytest.mark.slow
TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
NOTICE_ON = date(2026, 5, 5)
WHO: dict[str, Any] = {
    "actor": "L. Verane", "at": datetime(2026, 3, 5, 8, tzinfo=UTC),
    "settings": Settings(office=Office(name="Cabinet Ardouin", place="Lyon")),
}  # fmt: skip


@pytest.fixture
def url(sqlite_url: str) -> str:
    """The office to remind, whose account 101 is to have a notice and 201 a simple reminder."""
    office_to_remind.make(sqlite_url)
    with open_ledger(sqlite_url) as ledger:
        reminding.remind(ledger, "101", kind="simple", on=date(2026, 3, 5), folder=TEMPLATES, **WHO)
    return sqlite_url


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A copy of the templates, to be spoiled."""
    folder = tmp_path / "templates"
    shutil.copytree(TEMPLATES, folder)
    return folder


def run(ledger: Ledger, folder: Path, *, dry_run: bool = False) -> Generated:
    return generate(ledger, as_of=NOTICE_ON, dry_run=dry_run, folder=folder, **WHO)


def test_a_broken_layout_leaves_the_other_letters_alone(url: str, templates: Path) -> None:
    (templates / "letters" / "reminder.typ").write_text('#panic("x")', encoding="utf-8")
    with open_ledger(url) as ledger:
        done = run(ledger, templates)
        assert list(done.reminders["account_id"]) == ["101"]
        assert list(done.problems) == ["201"]
        assert "reminder.typ" in done.problems["201"]
        # Mended, the next run goes on.
        again = run(ledger, TEMPLATES)
        assert list(again.reminders["account_id"]) == ["201"]
        assert again.problems == {}
        assert len(rows.letters(ledger)) == 3


def test_a_text_with_an_unknown_field_is_said(url: str, templates: Path) -> None:
    text = templates / "texts" / "relance-location.txt"
    text.write_text(text.read_text(encoding="utf-8") + "\n{{ couleur }}\n", encoding="utf-8")
    with open_ledger(url) as ledger:
        done = run(ledger, templates)
    assert "couleur" in done.problems["201"]
    assert list(done.reminders["account_id"]) == ["101"]


def test_a_dry_run_has_the_letters_as_they_would_leave(url: str) -> None:
    with open_ledger(url, read_only=True) as ledger:
        simulated = run(ledger, TEMPLATES, dry_run=True)
        assert len(rows.reminders(ledger)) == 1
    letter = simulated.letters["101"]
    assert letter.reference == "2026-101-MD1"
    assert letter.sender.name == "Cabinet Ardouin"
    assert letter.total_cents == 300_00
    assert letter.fields["relance_du"] == "5 mars 2026"
    assert letter.fields["taux_legal"].startswith("2,62")
    assert set(simulated.reminders["reminder"]) == {""}
    with open_ledger(url) as ledger:
        assert dict(run(ledger, TEMPLATES).letters) == dict(simulated.letters)
