"""`invoices` and `export entries` as a user types them."""

import csv
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Run
from workbench.ledger.store import open_ledger
from workbench.pipeline import invoicing
from workbench.pipeline.invoicing import NewInvoice
from workbench.reminders.fees import Fee

pytestmark = pytest.mark.slow
ON = date(2026, 12, 5)
AT = datetime(2026, 12, 5, 8, 0, tzinfo=UTC)
COLUMNS = "date,journal,account,label,debit,credit,document"


def draft(account_id: str, building_id: str) -> str:
    """Writes a draft of a formal notice's invoice."""
    fee = Fee(service="formal_notice", amount_cents=48_00, words="Mise en demeure")
    with open_ledger() as ledger, ledger.writing() as connection:
        (number,) = invoicing.issue(
            connection, [NewInvoice(None, account_id, building_id, fee)], issued_on=ON,
            actor="C. Ardouin", at=AT,
        )  # fmt: skip
    return f"F{number}"


def test_drafts_are_listed_validated_and_cancelled(run: Run) -> None:
    assert "Aucune facture" in run("invoices")[1]
    with open_ledger() as ledger:
        account_id, building_id = ledger.frame(
            "SELECT account_id, building_id FROM accounts WHERE kind <> 'supplier' ORDER BY 1"
        ).iloc[0]
    number = draft(account_id, building_id)
    status, out, _ = run("invoices", "--kind", "formal_notice")
    assert (status, number in out, "◇ à valider" in out) == (0, True, True)
    assert "Aucune facture" in run("invoices", "--kind", "payment_plan")[1]
    assert json.loads(run("invoices", "--state", "validated", "--json")[1]) == []
    status, out, _ = run("invoices", "--validate", number, "--on", "2026-12-07")
    assert (status, "48,00\u00a0€" in out) == (0, True)
    (told,) = json.loads(run("invoices", "--json")[1])
    assert (told["state"], told["amount"], told["validated_on"]) == (
        "validated", "48.00", "2026-12-07",
    )  # fmt: skip
    dues = csv.DictReader(io.StringIO(run("export", "dues", "--as-of", "2026-12-31")[1]))
    assert [row["amount"] for row in dues if row["kind"] == "fee"] == ["48.00"]
    status, out, _ = run("invoices", "--cancel", number, "--reason", "geste du syndic")
    assert (status, "annulée" in out) == (0, True)
    assert "geste du syndic" in run("export", "journal")[1]
    assert run("verify")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--validate", "F9"), "aucune facture « F9 »"),
        (("--cancel", "R1"), "aucune facture « R1 »"),
        (("--validate", "F1", "--cancel", "F1"), "une seule des deux"),
    ],
)
def test_what_cannot_be_is_one_line(run: Run, arguments: tuple[str, ...], words: str) -> None:
    status, _, err = run("invoices", *arguments)
    assert status == 2
    assert words in err
    assert len(err.strip().splitlines()) == 1


def test_entries_have_the_contract_s_columns_and_balance(run: Run) -> None:
    status, out, _ = run("export", "entries", "--format", "csv", "--as-of", "2026-12-31")
    assert status == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert set(COLUMNS.split(",")) <= set(rows[0])
    assert sum(round(float(r["debit"]) * 100) - round(float(r["credit"]) * 100) for r in rows) == 0
    movements = csv.DictReader(io.StringIO(run("export", "movements", "--as-of", "2026-12-31")[1]))
    booked = sum(round(float(row["amount"]) * 100) for row in movements)
    bank = [r for r in rows if r["account"].startswith("512")]
    assert bank
    assert sum(round((float(r["debit"]) - float(r["credit"])) * 100) for r in bank) == booked


def test_an_office_s_own_numbers_are_used_and_a_wrong_one_is_said(run: Run) -> None:
    Path("workbench.toml").write_text('[accounts]\nbank = "512-900"\n', encoding="utf-8")
    assert ",512900," in run("export", "entries", "--as-of", "2026-12-31")[1]
    Path("workbench.toml").write_text('[accounts]\nbank = "caisse"\n', encoding="utf-8")
    status, _, err = run("export", "entries")
    assert (status, "accounts, bank" in err) == (2, True)
    Path("workbench.toml").write_text('[accounts]\ncaisse = "531"\n', encoding="utf-8")
    assert "clé inconnue" in run("export", "entries")[2]


def test_the_fec_has_eighteen_columns_for_one_building(run: Run) -> None:
    with open_ledger() as ledger:
        buildings = ledger.frame("SELECT building_id FROM buildings ORDER BY 1")["building_id"]
    status, out, _ = run(
        "export", "entries", "--format", "fec", "--building", buildings[0], "--as-of", "2026-12-31"
    )
    assert status == 0
    lines = out.removesuffix("\n").split("\n")
    assert len(lines) > 2
    assert {len(line.split("\t")) for line in lines} == {18}
    assert run("export", "entries", "--format", "fec", "--building", "B?")[0] == 2


@pytest.mark.parametrize(
    "options", [("--format", "fec"), ("--building", "B1"), ("--since", "2026-01-01")]
)
def test_options_of_entries_are_refused_elsewhere(run: Run, options: tuple[str, str]) -> None:
    status, _, err = run("export", "dues", *options)
    assert (status, "export entries" in err) == (2, True)
