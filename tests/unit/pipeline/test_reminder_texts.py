import shutil
from pathlib import Path

import pytest

from tests import small_office
from tests.small_office import ACTOR, AT
from workbench.documents import texts
from workbench.domain.errors import ParameterError
from workbench.domain.policies import ReminderType
from workbench.domain.records import BuildingKind
from workbench.ledger import verification
from workbench.ledger.store import Ledger
from workbench.pipeline.reminder_settings import left_usual, save_types
from workbench.pipeline.reminder_texts import (
    configuration_changes,
    preview_text,
    reminder_texts,
    save_text,
    usual_text,
)

TEMPLATES = Path(__file__).parents[3] / "templates"
TEXT = "Objet : Rappel\n\nIl reste {{ montant }}.\n\n{{ tableau }}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The office's templates, its own to spoil."""
    copy = tmp_path / "templates"
    shutil.copytree(TEMPLATES, copy)
    return copy


def save(ledger: Ledger, folder: Path, text: str, *, name: str = "relance-2") -> bool:
    return save_text(
        ledger, folder=folder, name=name, text=text, type_name="simple", actor=ACTOR, at=AT
    )


def test_a_text_is_saved_with_what_it_was_before(ledger_url: str, folder: Path) -> None:
    with small_office.opened(ledger_url) as ledger:
        assert save(ledger, folder, TEXT)
        assert not save(ledger, folder, TEXT.replace("\n", "\r\n")), "the same words"
        assert save(ledger, folder, TEXT.replace("reste", "manque"))
        latest, first = configuration_changes(ledger)
        assert (first.subject, first.before, first.after) == ("text:relance-2", {}, {"text": TEXT})
        assert latest.before == {"text": TEXT}
        assert latest.actor == ACTOR
        assert list(verification.broken_records(ledger)) == []
    assert "manque" in texts.read_text(folder, "relance-2")


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("relance-2", TEXT.replace("montant", "montent"), "montent"),
        ("relance-2", TEXT.replace("{{ montant }}", "{{ montant"), "mal fermée"),
        ("relance-2", "rien", "commencer par"),
        ("../relance", TEXT, "un nom de texte"),
        ("quittance", TEXT, "autre document"),
    ],
)
def test_a_text_with_a_mistake_changes_nothing(
    sqlite_url: str, folder: Path, name: str, text: str, words: str
) -> None:
    before = {path.name: path.read_bytes() for path in (folder / "texts").iterdir()}
    with small_office.opened(sqlite_url) as ledger:
        with pytest.raises(ParameterError, match=words):
            save(ledger, folder, text, name=name)
        assert configuration_changes(ledger) == []
    assert {path.name: path.read_bytes() for path in (folder / "texts").iterdir()} == before


def test_a_folder_that_cannot_be_written_leaves_no_row(sqlite_url: str, folder: Path) -> None:
    with small_office.opened(sqlite_url) as ledger:
        (folder / "texts" / "relance-2.txt").mkdir()
        with pytest.raises((OSError, ParameterError)):
            save(ledger, folder, TEXT)
        assert configuration_changes(ledger) == []


def test_a_preview_changes_nothing_in_the_folder(folder: Path) -> None:
    before = sorted(path.name for path in folder.rglob("*"))
    picture = preview_text(
        TEXT, folder=folder, type_name="simple", building_kind=BuildingKind.COOWNERSHIP
    )
    assert picture.startswith(b"\x89PNG")
    assert sorted(path.name for path in folder.rglob("*")) == before
    with pytest.raises(ParameterError, match="ligne 3"):
        preview_text(
            TEXT.replace("montant", "montent"), folder=folder, type_name="simple",
            building_kind=BuildingKind.RENTAL,
        )  # fmt: skip


def test_the_usual_text_of_every_type_is_there() -> None:
    names = reminder_texts(TEMPLATES)
    assert "quittance" not in names
    for name in ("simple", "formal_notice", "relance_2"):
        for kind in BuildingKind:
            assert usual_text(name, kind) in names


def test_what_follows_the_building_stays_empty(ledger_url: str) -> None:
    simple = ReminderType(type="simple", order=1, threshold_cents=150_00)
    with small_office.opened(ledger_url) as ledger:
        usual = {("simple", ""): {"schedule", "day_of_month"}}
        assert save_types(ledger, [simple], usual=usual, actor=ACTOR, at=AT) == 1
        assert left_usual(ledger) == {("simple", ""): {"schedule", "day_of_month"}}
        assert save_types(ledger, [simple], usual=usual, actor=ACTOR, at=AT) == 0
        assert save_types(ledger, [simple], actor=ACTOR, at=AT) == 1
        assert left_usual(ledger) == {("simple", ""): frozenset()}
        latest, first = configuration_changes(ledger)
        assert latest.before == {"schedule": "", "day_of_month": None}
        assert latest.after == {"schedule": "calls", "day_of_month": 5}
        assert first.before == {}
