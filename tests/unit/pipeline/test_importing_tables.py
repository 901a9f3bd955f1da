"""Exports of banks in the ledger: twice, in two orders, overlapping, split, as CSV and sheets."""

import shutil
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import pytest

from tests import small_office
from tests.loaders.bank_tables import BPCE, CA, CE, CIC, EXPORTS, SG, Export, lines_of, workbook_of
from workbench.domain.errors import ExitStatus
from workbench.ledger import views
from workbench.loaders.profiles import load_profiles
from workbench.pipeline.importing import ImportSummary, import_paths

AT = datetime(2026, 11, 2, tzinfo=UTC)
IBAN = "FR7630006000011234567890189"
# An account of the Crédit Agricole whose export writes the eleven digits alone.
CA_IBAN = "FR7613606000410410611937119"


def facts_of(folder: Path, *files: Path, iban: str = IBAN) -> list[tuple[object, ...]]:
    """Returns what a new ledger holds after importing these files, one after the other."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with small_office.opened(f"sqlite:///{folder / 'l.db'}") as ledger:
        for file in files:
            summary = import_paths(ledger, [file], iban=iban, actor="C", at=AT)
            assert summary.exit_status == ExitStatus.DONE
        frame = views.movements(ledger)
    names = ["movement_id", "iban", "booked_on", "amount_cents", "label"]
    return sorted(map(tuple, frame[names].astype("str").to_numpy().tolist()))


def written(path: Path, export: Export) -> Path:
    path.write_bytes(export.text.encode(export.encoding))
    return path


@pytest.mark.parametrize("export", [CIC, CE, SG, CA, BPCE], ids=lambda export: export.format)
def test_twice_and_as_a_sheet_is_the_same(tmp_path: Path, export: Export) -> None:
    text = written(tmp_path / "a.csv", export)
    sheet = tmp_path / "b.xlsx"
    sheet.write_bytes(workbook_of(lines_of(export)))
    once = facts_of(tmp_path / "l", text)
    assert len(once) == len(export.cents)
    for files in ((text, text), (sheet,), (sheet, text), (text, sheet, text)):
        assert facts_of(tmp_path / "l", *files) == once


def test_split_overlapping_and_turned_round_is_the_same(tmp_path: Path) -> None:
    header = CIC.text.splitlines()[0]
    rows = [
        "01/07/2026;01/07/2026;-10,00;;A;90,00",
        "02/07/2026;02/07/2026;;30,00;B;120,00",
        # Two true twins on one day.
        "02/07/2026;02/07/2026;-5,00;;C;115,00",
        "02/07/2026;02/07/2026;-5,00;;C;110,00",
        "03/07/2026;03/07/2026;;7,00;D;117,00",
    ]
    parts = {"whole": rows, "first": rows[:1], "last": rows[1:], "middle": rows[1:4]}
    files = {}
    for name, lines in parts.items():
        for order, told in (("old", lines), ("new", lines[::-1])):
            path = tmp_path / f"{name}-{order}.csv"
            path.write_text("\n".join([header, *told]) + "\n", encoding="iso-8859-15")
            files[name, order] = path
    whole = facts_of(tmp_path / "l", files["whole", "old"])
    assert len(whole) == 5
    assert facts_of(tmp_path / "l", files["whole", "new"]) == whole
    pieces = [files["first", "new"], files["middle", "old"], files["last", "new"]]
    for some_order in permutations(pieces):
        assert facts_of(tmp_path / "l", *some_order) == whole


def test_number_of_the_bank_is_the_account_of_its_building(tmp_path: Path) -> None:
    (tmp_path / "buildings.csv").write_text(
        "building_id;name;kind\nB1;Les Lilas;coownership\n", encoding="utf-8"
    )
    (tmp_path / "bank_accounts.csv").write_text(
        f"iban;building_id\n{CA_IBAN};B1\n", encoding="utf-8"
    )
    written(tmp_path / "ca.csv", CA)
    for iban in ("", CA_IBAN, IBAN):
        with small_office.opened(f"sqlite:///{tmp_path / f'l{iban}.db'}") as ledger:
            import_paths(ledger, [tmp_path], iban=iban, actor="C", at=AT)
            assert set(views.movements(ledger)["iban"]) == {CA_IBAN}


def test_gap_in_the_balances_is_a_finding_of_the_import(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CIC.text.replace("1234,56", "1235,56").encode(CIC.encoding))
    with small_office.opened(f"sqlite:///{tmp_path / 'l.db'}") as ledger:
        summary = import_paths(ledger, [path], iban=IBAN, actor="C", at=AT)
    (gap,) = [finding for finding in summary.findings if finding.code == "running_balance"]
    assert gap.place() == "a.csv, ligne 3"


def test_bad_row_lets_nothing_of_its_file_in(tmp_path: Path) -> None:
    bad, good = tmp_path / "a.csv", written(tmp_path / "b.csv", SG)
    bad.write_bytes(CIC.text.replace("-45,67", "quarante").encode(CIC.encoding))
    with small_office.opened(f"sqlite:///{tmp_path / 'l.db'}") as ledger:
        summary: ImportSummary = import_paths(ledger, [bad, good], iban=IBAN, actor="C", at=AT)
        assert len(views.movements(ledger)) == len(SG.cents)
    assert summary.exit_status == ExitStatus.COULD_NOT_RUN
    assert "ligne 3, colonne Débit" in str(summary.unreadable[0])


def test_profile_of_the_office_is_used(tmp_path: Path) -> None:
    folder = tmp_path / "profils"
    folder.mkdir()
    (folder / "maison.toml").write_text(
        'name = "Maison"\nheader = ["Jour", "Texte", "Somme"]\n'
        '[columns]\nbooked_on = "Jour"\nlabel = ["Texte"]\namount = "Somme"\n',
        encoding="utf-8",
    )
    path = tmp_path / "a.csv"
    path.write_text("Jour;Texte;Somme\n31/10/2026;X;-12,50\n", encoding="utf-8")
    with small_office.opened(f"sqlite:///{tmp_path / 'l.db'}") as ledger:
        before = import_paths(ledger, [path], iban=IBAN, actor="C", at=AT)
        own = load_profiles(folder)
        after = import_paths(ledger, [path], iban=IBAN, actor="C", at=AT, profiles=own)
    assert (len(before.unreadable), after.new_movements) == (1, 1)
    assert after.bank_files[0][1] == "csv-maison"


def test_every_export_goes_in(tmp_path: Path) -> None:
    files = [written(tmp_path / f"{number}.csv", export) for number, export in enumerate(EXPORTS)]
    assert len(facts_of(tmp_path / "l", *files)) == sum(len(export.cents) for export in EXPORTS) - 1
