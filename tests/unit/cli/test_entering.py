"""What people enter by command: the outcome, what is left, and one line where it cannot be."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests import small_office
from workbench.cli import main
from workbench.ledger import views
from workbench.ledger.store import open_ledger


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The small office."""
    address = f"sqlite:///{tmp_path / 'office.db'}"
    with small_office.office(address):
        pass
    return address


Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(url: str, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process: status, output."""

    def call(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as ended:
            main([*arguments, "--ledger", url, "--actor", "C. Ardouin"])
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return int(ended.value.code or 0), out

    return call


def told(run: Run, *arguments: str) -> dict[str, Any]:
    """Returns the one outcome of a command that must succeed."""
    status, out = run(*arguments, "--json")
    assert status == 0
    (outcome,) = json.loads(out)
    return dict(outcome)


def test_a_due_is_added_linked_and_taken_back(run: Run, url: str) -> None:
    added = told(
        run, "add-due", "102", "charges", "38,40", "--due-on", "31/10/2026", "--as-of",
        "2026-11-03", "--label", "Eau froide",
    )  # fmt: skip
    linked = told(run, "link", "M-ait", f"{added['id']}:10,00")
    assert run("undo", added["id"])[0] == 2
    told(run, "undo", linked["allocations"][0])
    assert told(run, "undo", added["id"], "--reason", "erreur")["done"]
    with open_ledger(url) as ledger:
        dues = views.dues(ledger).set_index("due_id")
    assert dues.loc[added["id"], "open_cents"] == 0
    assert dues.loc[added["id"], "due_on"].date() == date(2026, 10, 31)


def test_a_payment_is_kept_and_one_is_set_aside(run: Run, url: str) -> None:
    kept = told(run, "on-account", "M-ait", "101:100", "102", "--as-of", "2026-11-03")
    assert len(kept["allocations"]) == 2
    assert told(run, "set-aside", "M-frais", "other", "--words", "doublon")["done"]
    with open_ledger(url) as ledger:
        moved = views.movements(ledger).set_index("movement_id")
    assert moved.loc[["M-ait", "M-frais"], "status"].tolist() == ["matched", "ignored"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("add-due", "102", "charges", "abc", "--due-on", "31/10/2026"),
        ("add-due", "102", "cadeau", "1", "--due-on", "31/10/2026"),
        ("add-due", "102", "charges", "1", "--due-on", "31/02/2026"),
        ("add-due", "999", "charges", "1", "--due-on", "31/10/2026", "--as-of", "2026-11-03"),
        ("on-account", "M-ait", "102:x"),
        ("on-account", "M-ait", "201:1", "--as-of", "2026-11-03"),
        ("set-aside", "M-frais", "other"),
        ("set-aside", "M-frais", "parce que"),
    ],
)
def test_what_cannot_be_is_one_line_and_status_2(
    run: Run, url: str, arguments: tuple[str, ...]
) -> None:
    assert run(*arguments)[0] == 2
    with open_ledger(url) as ledger:
        assert set(views.movements(ledger)["status"]) == {"unmatched"}
