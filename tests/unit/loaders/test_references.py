"""Rows that refer to nothing are rejects, with all that hangs on them."""

from itertools import permutations
from pathlib import Path

import pytest

from workbench.loaders.references import KnownIds, check_references
from workbench.loaders.tables import TableFile, read_table

FILES = {
    "buildings": "building_id,name,kind\nB1,Lilas,coownership\nB2,Quai,rental\n",
    "accounts": (
        "account_id,building_id,holder,kind,code\n"
        "1,B1,A,coowner,\n2,B1,B,coowner,C2\n3,B2,C,tenant,C2\n"
    ),
    "calls": "call_id,building_id,called_on\nA1,B1,2026-01-01\n",
    "dues": "due_id,account_id,kind,amount,due_on,call_id\nD1,1,call,1.00,2026-01-01,A1\n",
}


def files(folder: Path, **texts: str) -> list[TableFile]:
    read = []
    for name, text in texts.items():
        path = folder / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        read.append(read_table(path))
    return read


def codes(tables: list[TableFile], **known: object) -> list[tuple[str, str, int | None]]:
    _, findings = check_references(tables, known=KnownIds(**known))  # type: ignore[arg-type]
    return [(f.file, f.code, f.line) for f in findings]


def test_tables_that_fit_pass_whole_in_any_order(tmp_path: Path) -> None:
    tables = files(tmp_path, **FILES)
    for order in permutations(tables):
        kept, findings = check_references(order, known=KnownIds())
        assert kept == list(order)
        assert findings == []


@pytest.mark.parametrize(
    ("name", "row", "code", "column"),
    [
        ("accounts", "4,B9,D,coowner,", "unknown_building", "building_id"),
        ("calls", "A2,B9,2026-01-01", "unknown_building", "building_id"),
        ("dues", "D2,9,call,1.00,2026-01-01,", "unknown_account", "account_id"),
        ("dues", "D2,1,call,1.00,2026-01-01,A9", "unknown_call", "call_id"),
    ],
)
def test_unknown_reference_is_a_reject_and_the_others_stay(
    tmp_path: Path, name: str, row: str, code: str, column: str
) -> None:
    texts = {**FILES, name: FILES[name] + row + "\n"}
    tables = files(tmp_path, **texts)
    kept, (finding,) = check_references(tables, known=KnownIds())
    assert (finding.code, finding.column, finding.file) == (code, column, f"{name}.csv")
    assert finding.value in row
    index = list(texts).index(name)
    assert kept[index].rows == tables[index].rows[:-1]
    assert kept[index].rejects == (finding,)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("bank_accounts", "iban,building_id\nFR7630006000011234567890189,B9\n", "unknown_building"),
        ("deliveries", "call_id,account_id,status\nA9,1,sent\n", "unknown_call"),
        ("deliveries", "call_id,account_id,status\nA1,9,sent\n", "unknown_account"),
        ("fee_schedule", "building_id,service,price\nB9,x,1.00\n", "unknown_building"),
        (
            "indexations",
            "account_id,from,old_amount,new_amount\n9,2026-01-01,1.00,2.00\n",
            "unknown_account",
        ),
        ("budgets", "account_id,planned_on,amount\n9,2026-01-01,1.00\n", "unknown_account"),
    ],
)
def test_every_table_is_checked(tmp_path: Path, name: str, text: str, code: str) -> None:
    assert codes(files(tmp_path, **FILES, **{name: text})) == [(f"{name}.csv", code, 2)]


def test_what_hangs_on_a_rejected_row_is_rejected_too(tmp_path: Path) -> None:
    texts = {**FILES, "accounts": "account_id,building_id,holder,kind\n1,B9,A,coowner\n"}
    assert codes(files(tmp_path, **texts)) == [
        ("accounts.csv", "unknown_building", 2),
        ("dues.csv", "unknown_account", 2),
    ]


def test_what_the_ledger_knows_counts(tmp_path: Path) -> None:
    tables = files(tmp_path, dues=FILES["dues"])
    known = {"buildings": ["B1"], "accounts": {"1": "B1"}, "calls": ["A1"]}
    assert codes(tables, **known) == []
    assert codes(tables) == [("dues.csv", "unknown_account", 2)]
    assert codes(tables, accounts={"1": "B1"}) == [("dues.csv", "unknown_call", 2)]


def accounts(*rows: str) -> str:
    return "account_id,building_id,holder,kind,code\n" + "".join(f"{row}\n" for row in rows)


@pytest.mark.parametrize(
    ("rows", "is_reject"),
    [
        (("1,B1,A,coowner,X", "2,B1,B,coowner,X"), True),
        (("1,B1,A,coowner,X", "2,B1,B,coowner,x"), True),
        (("1,B1,A,coowner,", "2,B1,B,coowner,1"), True),
        (("1,B1,A,coowner,X", "2,B2,B,coowner,X"), False),
        (("1,B1,A,coowner,X", "2,B1,B,coowner,Y"), False),
        (("1,B1,A,coowner,2", "2,B1,B,coowner,Y"), False),
    ],
)
def test_code_is_unique_in_its_building(
    tmp_path: Path, rows: tuple[str, ...], is_reject: bool
) -> None:
    tables = files(tmp_path, buildings=FILES["buildings"], accounts=accounts(*rows))
    expected = [("accounts.csv", "duplicate_code", 3)] if is_reject else []
    assert codes(tables) == expected


def test_codes_of_the_ledger_count_unless_their_account_changes_them(tmp_path: Path) -> None:
    known = {"buildings": ["B1"], "accounts": {"1": "B1"}, "codes": {("B1", "X"): "1"}}
    taken = files(tmp_path, accounts=accounts("2,B1,B,coowner,X"))
    assert codes(taken, **known) == [("accounts.csv", "duplicate_code", 2)]
    again = files(tmp_path, accounts=accounts("1,B1,A,coowner,X"))
    assert codes(again, **known) == []
    swapped = files(tmp_path, accounts=accounts("2,B1,B,coowner,X", "1,B1,A,coowner,Y"))
    assert codes(swapped, **known) == []
    without_code = {"buildings": ["B1"], "accounts": {"1": "B1"}}
    default = files(tmp_path, accounts=accounts("2,B1,B,coowner,1"))
    assert codes(default, **without_code) == [("accounts.csv", "duplicate_code", 2)]
