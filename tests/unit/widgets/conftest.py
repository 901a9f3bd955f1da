"""The office that the writing screens of this folder work on."""

from pathlib import Path

import pytest

from tests import small_office
from tests.unit.widgets.office_session import Office


@pytest.fixture(scope="session")
def office_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the small office, to be copied."""
    path = tmp_path_factory.mktemp("screens") / "office.db"
    with small_office.office(f"sqlite:///{path}"):
        pass
    return path


@pytest.fixture
def bench(office_template: Path, tmp_path: Path) -> Office:
    """An office of its own."""
    return Office(office_template, tmp_path)
