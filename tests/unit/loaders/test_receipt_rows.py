"""Cheques and card receipts as files: the split, and what cannot go in."""

from pathlib import Path

import pytest

from workbench.domain.tables import split_parts
from workbench.loaders.references import KnownIds, check_references
from workbench.loaders.tables import read_table

KNOWN = KnownIds(buildings={"B1", "B2"}, accounts={"1": "B1", "2": "B1", "3": "B2"})
HEADER = "cheque_id,received_on,amount,drawer,drawee_bank,account_id,building_id,split\n"


def codes(folder: Path, row: str, *, header: str = HEADER, name: str = "cheques") -> list[str]:
    path = folder / f"{name}.csv"
    path.write_text(header + row + "\n", encoding="utf-8")
    (kept,), found = check_references([read_table(path)], known=KNOWN)
    assert len(kept.rows) == (not kept.rejects)
    return [f"{f.code}:{f.column}" for f in kept.rejects] or [f.code for f in found]


@pytest.mark.parametrize(
    ("split", "parts"),
    [
        ("1:100.00|2:200.00", {"1": 10_000, "2": 20_000}),
        ("1 : 100,00 | 3=200", {"1": 10_000, "3": 20_000}),
        ("1:300", {"1": 30_000}),
    ],
)
def test_a_split_is_read(tmp_path: Path, split: str, parts: dict[str, int]) -> None:
    path = tmp_path / "cheques.csv"
    path.write_text(f'{HEADER}CH1,2026-10-03,300.00,D,BNP,,,"{split}"\n', encoding="utf-8")
    (row,) = read_table(path).rows
    assert split_parts(str(row.values["split"])) == parts
    assert codes(tmp_path, f'CH1,2026-10-03,300.00,D,BNP,,,"{split}"') == []


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ("300.00,D,BNP,,,1:100|2", "bad_split:split"),
        ("300.00,D,BNP,,,1:100|1:200", "bad_split:split"),
        ("300.00,D,BNP,,,1:400|2:-100", "bad_split:split"),
        ("300.00,D,BNP,,,1:abc", "bad_amount:split"),
        ("300.00,D,BNP,,,1:100|2:199.99", "unbalanced_split:split"),
        ("300.00,D,BNP,,,1:100|9:200", "unknown_account:split"),
        ("300.00,D,BNP,3,,1:100|2:200", "unbalanced_split:account_id"),
        ("0.00,D,BNP,1,,", "bad_amount:amount"),
        ("-1.00,D,BNP,1,,", "bad_amount:amount"),
        ("300.00,D,BNP,1,B2,", "other_building:building_id"),
        ("300.00,D,BNP,9,,", "unknown_account:account_id"),
    ],
)
def test_what_cannot_go_in(tmp_path: Path, cells: str, code: str) -> None:
    assert codes(tmp_path, f"CH1,2026-10-03,{cells}") == [code]


@pytest.mark.parametrize(
    "cells", ["300.00,D,BNP,1,B1,", "300.00,D,BNP,,B2,", "300.00,D,BNP,,,", "0.01,D,BNP,1,,"]
)
def test_what_can(tmp_path: Path, cells: str) -> None:
    assert codes(tmp_path, f"CH1,2026-10-03,{cells}") == []


def test_a_card_receipt_without_money_is_none(tmp_path: Path) -> None:
    header = "transaction_id,at,amount,status,account_id\n"
    row = "T1,2026-10-03T10:00,0.00,ok,1"
    assert codes(tmp_path, row, header=header, name="card_receipts") == ["bad_amount:amount"]
