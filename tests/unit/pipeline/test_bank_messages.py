"""What several messages tell of one movement: once, whole, whichever file came first."""

import itertools
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests import small_office
from tests.loaders.bank_texts import (
    IBAN,
    PAYER,
    as_message,
    balance,
    camt,
    cfonb,
    entry,
    order_status,
    record,
    rejection,
)
from workbench.ledger import views
from workbench.ledger.store import Ledger
from workbench.loaders.registry import read_source
from workbench.loaders.sniff import Source
from workbench.pipeline import checking, exporting, importing
from workbench.pipeline.importing import ImportSummary

AT = datetime(2026, 11, 2, tzinfo=UTC)
AS_OF = date(2026, 12, 31)


@pytest.fixture
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A new ledger."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.db"
    with small_office.opened(f"sqlite:///{path}") as opened:
        yield opened


@pytest.fixture
def either(ledger_url: str) -> Iterator[Ledger]:
    """A new ledger on each engine."""
    with small_office.opened(ledger_url) as opened:
        yield opened


def take(ledger: Ledger, folder: Path, *texts: str) -> list[ImportSummary]:
    """Imports texts as files, one import each."""
    summaries = []
    for text in texts:
        path = folder / f"f{len(list(folder.iterdir()))}.xml"
        path.write_text(text, encoding="utf-8")
        summaries.append(importing.import_paths(ledger, [path], actor="C. Ardouin", at=AT))
    return summaries


def notice(*entries: str, message: str = "054") -> str:
    """Returns a camt.054 (or .052) around entries."""
    return as_message(camt(entries, balances=""), message)


def part(amount: str, end_to_end: str, name: str, *, more: str = "") -> str:
    return (
        f"<TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId><MndtId>M-{name}</MndtId></Refs>"
        f"<Amt Ccy='EUR'>{amount}</Amt><RltdPties><Dbtr><Nm>{name}</Nm></Dbtr>"
        f"<DbtrAcct><Id><IBAN>{PAYER}</IBAN></Id></DbtrAcct></RltdPties>"
        f"<RmtInf><Ustrd>LOYER {name}</Ustrd></RmtInf>{more}</TxDtls>"
    )


def statement(*entries: str, cents: int, **fields: str) -> str:
    """Returns a balanced camt.053 whose entries make `cents`."""
    closing = f"{abs(10_000 + cents) / 100:.2f}"
    sign = "CRDT" if cents > -10_000 else "DBIT"
    last = fields.pop("day", "2026-01-31")
    balances = balance("OPBD", "100.00") + balance("CLBD", closing, sign, day=last)
    return camt(entries, balances=balances, **fields)


def facts(ledger: Ledger) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Returns what the exports say, less what tells which file was first."""
    movements = exporting.export(ledger, "movements", as_of=AS_OF)
    whole = views.movements(ledger)[["movement_id", "details"]]
    movements = movements.merge(whole).drop(columns=["file_name", "place"])
    statements = views.statements(ledger)
    statements = statements.drop(columns=["statement_id", "file_name"])
    order = ["iban", "closed_on", "opened_on", "opening_cents", "entries"]
    return movements, statements.sort_values(order, ignore_index=True)


def by_cents(ledger: Ledger) -> dict[int, dict[str, Any]]:
    """Returns the movements by their amounts, which differ."""
    rows = views.movements(ledger).to_dict("records")
    found = {row["amount_cents"]: {str(k): v for k, v in row.items()} for row in rows}
    assert len(found) == len(rows)
    return found


def details_of(ledger: Ledger) -> dict[str, Any]:
    (row,) = views.movements(ledger).to_dict("records")
    return {**row, **json.loads(row["details"] or "{}")}


def codes(summary: ImportSummary) -> list[str]:
    return [finding.code for finding in summary.findings]


BATCH = [part("100.00", "E1", "NOE"), part("200.00", "E2", "AIT")]
BARE = statement(entry("300.00"), cents=300_00)
NOTICE = notice(entry("300.00", details="".join(BATCH)))


# --- details of a batch


@pytest.mark.parametrize("order", [(BARE, NOTICE), (NOTICE, BARE)])
def test_details_complete_their_movement_and_never_double_it(
    either: Ledger, tmp_path: Path, order: Sequence[str]
) -> None:
    summaries = take(either, tmp_path, *order, *order)
    assert sum(s.new_movements for s in summaries) == 1
    whole = details_of(either)
    assert [p[:4] for p in whole["parts"]] == [
        [100_00, "NOE", PAYER, "E1"], [200_00, "AIT", PAYER, "E2"],
    ]  # fmt: skip
    assert whole["amount_cents"] == 300_00
    assert codes(summaries[-1]) == ["unknown_iban"]
    assert checking.verify(either) == []


def test_details_alone_are_no_movement_but_a_finding(ledger: Ledger, tmp_path: Path) -> None:
    (summary,) = take(ledger, tmp_path, NOTICE)
    assert summary.new_movements == 0
    assert len(views.movements(ledger)) == 0
    assert codes(summary) == ["unknown_iban", "details_waiting"]
    waiting = checking.all_findings(ledger, as_of=AS_OF)
    assert "details_waiting" in list(waiting["code"])
    assert "+300,00\u00a0€ du 10/01/2026" in " ".join(waiting["message"])
    take(ledger, tmp_path, BARE)
    assert "details_waiting" not in list(checking.all_findings(ledger, as_of=AS_OF)["code"])


def test_details_without_a_reference_go_to_the_only_movement_of_that_day(
    ledger: Ledger, tmp_path: Path
) -> None:
    bare = [entry("300.00", reference="NONREF"), entry("7.00", reference="R2")]
    told = notice(entry("300.00", reference="", details="".join(BATCH)))
    take(ledger, tmp_path, statement(*bare, cents=307_00), told)
    found = {c: row["details"] for c, row in by_cents(ledger).items()}
    assert '"parts":[[' in found[300_00]
    assert '"parts":[[' not in found[7_00]


def test_details_that_could_be_of_two_movements_wait(ledger: Ledger, tmp_path: Path) -> None:
    bare = [entry("300.00", reference="", more=f"<AddtlNtryInf>{w}</AddtlNtryInf>") for w in "AB"]
    told = notice(entry("300.00", reference="", details="".join(BATCH)))
    summaries = take(ledger, tmp_path, statement(*bare, cents=600_00), told)
    assert "details_waiting" in codes(summaries[-1])
    assert not views.movements(ledger)["details"].str.contains('"parts":[[', regex=False).any()


def test_details_of_another_reference_are_not_its_details(ledger: Ledger, tmp_path: Path) -> None:
    told = notice(entry("300.00", reference="R9", details="".join(BATCH)))
    summaries = take(ledger, tmp_path, BARE, told)
    assert "details_waiting" in codes(summaries[-1])
    assert details_of(ledger)["details"] == ""


def test_one_notice_a_transaction_makes_the_batch(ledger: Ledger, tmp_path: Path) -> None:
    told = notice(entry("100.00", details=BATCH[0]), entry("200.00", details=BATCH[1]))
    take(ledger, tmp_path, told, BARE)
    assert [p[0] for p in details_of(ledger)["parts"]] == [100_00, 200_00]


def test_parts_that_do_not_add_up_are_not_kept(ledger: Ledger, tmp_path: Path) -> None:
    told = notice(entry("300.00", details=part("100.00", "E1", "X") + part("200.01", "E2", "Y")))
    take(ledger, tmp_path, BARE, told)
    assert details_of(ledger).get("parts", []) == []


def test_a_single_transfer_gets_its_payer(ledger: Ledger, tmp_path: Path) -> None:
    bare = statement(entry(more="<AddtlNtryInf>VIR RECU</AddtlNtryInf>"), cents=300_00)
    take(ledger, tmp_path, bare, notice(entry(details=part("300.00", "E1", "NOE"))))
    row = details_of(ledger)
    assert (row["counterparty"], row["counterparty_iban"]) == ("NOE", PAYER)
    assert (row["end_to_end_id"], row["label"]) == ("E1", "VIR RECU LOYER NOE")


def test_a_report_then_its_statement_is_one_movement_and_gains_its_parts(
    either: Ledger, tmp_path: Path
) -> None:
    report = notice(entry("300.00"), message="052")
    whole = statement(entry("300.00", details="".join(BATCH)), cents=300_00)
    summaries = take(either, tmp_path, report, whole)
    assert [s.new_movements for s in summaries] == [1, 0]
    assert [p[0] for p in details_of(either)["parts"]] == [100_00, 200_00]
    assert checking.verify(either) == []


def test_a_pending_entry_of_a_report_waits_for_its_booking(ledger: Ledger, tmp_path: Path) -> None:
    pending = notice(entry("300.00", status="<Sts>PDNG</Sts>"), message="052")
    assert [s.new_movements for s in take(ledger, tmp_path, pending, BARE)] == [0, 1]


# --- money that comes back


# As the reader of CFONB names the account of `bank_texts.cfonb`.
_CFONB = read_source(Source.of_bytes(cfonb(closing=100_00).encode(), name="x"))
CFONB_ACCOUNT = _CFONB.statements[0].iban
DEBITS = entry("300.00", reference="R1", details="".join(BATCH))
BACK = "<BookgDt><Dt>2026-01-20</Dt></BookgDt>"


def returned(*parts: str, amount: str) -> str:
    return entry(
        amount, "DBIT", reference="R7", booked=BACK, details="".join(parts),
        more="<RvslInd>true</RvslInd>",
    )  # fmt: skip


@pytest.mark.parametrize("first", ["reason", "money"])
def test_the_reason_of_a_return_comes_apart(either: Ledger, tmp_path: Path, first: str) -> None:
    money = statement(DEBITS, returned(part("200.00", "E2", "AIT"), amount="200.00"), cents=100_00)
    files = [order_status(rejection("E2", "200.00", reason="AM04")), money]
    summaries = take(either, tmp_path, *(files if first == "reason" else files[::-1]))
    assert sum(s.new_movements for s in summaries) == 2
    found = by_cents(either)
    assert found[-200_00]["return_reason"] == "AM04"
    assert found[300_00]["return_reason"] == ""
    assert found[-200_00]["returns_movement_id"] == found[300_00]["movement_id"]
    assert found[300_00]["returns_movement_id"] == ""
    assert checking.verify(either) == []


def test_a_batch_of_returns_has_a_reason_a_part(ledger: Ledger, tmp_path: Path) -> None:
    both = returned(*BATCH, amount="300.00")
    reasons = order_status(
        rejection("E1", "100.00", reason="AC04"), rejection("E2", "200.00", reason="MD01")
    )
    take(ledger, tmp_path, statement(DEBITS, both, cents=0), reasons)
    found = by_cents(ledger)[-300_00]
    assert [p[6] for p in json.loads(found["details"])["parts"]] == ["AC04", "MD01"]
    assert found["return_reason"] == "AC04"


def test_a_reason_of_another_amount_is_not_its_reason(ledger: Ledger, tmp_path: Path) -> None:
    money = statement(DEBITS, returned(part("200.00", "E2", "AIT"), amount="200.00"), cents=100_00)
    take(ledger, tmp_path, money, order_status(rejection("E2", "200.01", reason="AM04")))
    found = by_cents(ledger)
    assert found[-200_00]["return_reason"] == ""


@pytest.mark.parametrize(
    ("end_to_end", "name", "is_found"),
    [("E2", "X", True), ("NOTPROVIDED", "AIT", True), ("E9", "X", False)],
)
def test_a_return_points_by_reference_else_by_mandate(
    ledger: Ledger, tmp_path: Path, end_to_end: str, name: str, *, is_found: bool
) -> None:
    back = returned(part("200.00", end_to_end, name), amount="200.00")
    take(ledger, tmp_path, statement(DEBITS, back, cents=100_00))
    found = by_cents(ledger)
    expected = found[300_00]["movement_id"] if is_found else ""
    assert found[-200_00]["returns_movement_id"] == expected


def test_a_return_of_another_amount_points_to_nothing(ledger: Ledger, tmp_path: Path) -> None:
    back = returned(part("199.99", "E2", "AIT"), amount="199.99")
    take(ledger, tmp_path, statement(DEBITS, back, cents=100_01))
    assert set(views.movements(ledger)["returns_movement_id"]) == {""}


def test_a_whole_batch_that_comes_back_is_found_by_its_reference(
    ledger: Ledger, tmp_path: Path
) -> None:
    batch = "<Btch><PmtInfId>B1</PmtInfId><NbOfTxs>2</NbOfTxs></Btch>"
    gone, back = entry("300.00", details=batch), returned(batch, amount="300.00")
    take(ledger, tmp_path, statement(gone, back, cents=0))
    found = by_cents(ledger)
    assert found[-300_00]["returns_movement_id"] == found[300_00]["movement_id"]


def test_orders_that_were_accepted_leave_nothing(ledger: Ledger, tmp_path: Path) -> None:
    accepted = order_status(rejection("E1", "100.00", reason="AM04").replace("RJCT", "ACCP"))
    (summary,) = take(ledger, tmp_path, accepted)
    assert (summary.new_movements, summary.findings, summary.unreadable) == (0, [], [])
    assert checking.verify(ledger) == []


# --- two formats of one account


def line(cents: int, label: str, *, day: str = "100126", reference: str = "") -> str:
    return record("04", day, cents, label=label, code="05", value=day, reference=reference)


@pytest.mark.parametrize(
    ("label", "reference", "new"),
    [
        ("VIR DUPONT", "R1", 0),  # one reference
        ("AUTRE TEXTE", "R1", 0),
        ("VIR DUPONT", "", 0),  # one text
        ("VIR  DUPONT", "Z9", 0),
        ("VIR DURAND", "Z9", 1),  # neither: two payments of one amount are possible
    ],
)
def test_two_formats_tell_one_movement(
    ledger: Ledger, tmp_path: Path, label: str, reference: str, new: int
) -> None:
    more = "<NtryDtls><TxDtls><RmtInf><Ustrd>VIR DUPONT</Ustrd></RmtInf></TxDtls></NtryDtls>"
    other = cfonb(
        line(300_00, label, reference=reference), line(1, "FRAIS"), closing=400_01
    )  # fmt: skip
    iban = camt([entry(more=more)]).replace(IBAN, CFONB_ACCOUNT)
    first, second = take(ledger, tmp_path, iban, other)
    assert first.new_movements == 1
    assert second.new_movements == new + 1
    assert ("possible_double" in codes(second)) == bool(new)
    assert checking.verify(ledger) == []


def test_the_same_statement_in_two_formats_adds_nothing_whatever_its_words(
    either: Ledger, tmp_path: Path
) -> None:
    told = camt([entry("200.00"), entry("100.00", reference="R2")]).replace(IBAN, CFONB_ACCOUNT)
    other = cfonb(line(200_00, "MOTS"), line(100_00, "D'AILLEURS"), closing=400_00)
    first, second = take(either, tmp_path, told, other)
    assert (first.new_movements, second.new_movements) == (2, 0)
    assert "possible_double" not in codes(second)
    assert not {"statement_overlap", "statement_hole"} & set(codes(second))


def test_twins_are_counted_across_formats(ledger: Ledger, tmp_path: Path) -> None:
    words = "<AddtlNtryInf>LOYER</AddtlNtryInf>"
    one = camt([entry("50.00", more=words)], balances="").replace(IBAN, CFONB_ACCOUNT)
    two = cfonb(line(50_00, "LOYER"), line(50_00, "LOYER"), line(1, "X"), closing=200_01)
    first, second = take(ledger, tmp_path, one, two)
    assert first.new_movements == 1
    # The second of the two, and X.
    assert second.new_movements == 2


# --- files cut, overlapping, in any order


def days(first: int, last: int) -> str:
    """Returns a statement of some days of January, one entry a day, twins among them."""
    told = [
        entry(
            "10.00", reference="" if day % 3 else f"R{day}",
            booked=f"<BookgDt><Dt>2026-01-{day:02d}</Dt></BookgDt>",
            more="<AddtlNtryInf>LOYER</AddtlNtryInf>",
        )
        for day in range(first, last + 1)
        for _ in range(1 + (day % 4 == 1))
    ]  # fmt: skip

    def at(day: int) -> str:
        return f"{sum(10 * (1 + (d % 4 == 1)) for d in range(1, day + 1))}.00"

    balances = balance("OPBD", at(first - 1), day=f"2026-01-{first:02d}")
    return camt(told, balances=balances + balance("CLBD", at(last), day=f"2026-01-{last:02d}"))


def test_split_overlapping_and_shuffled_files_tell_the_same(tmp_path: Path) -> None:
    found = []
    whole, first, last = days(1, 20), days(1, 9), days(10, 20)
    overlap = days(7, 14)
    cases = [
        [whole], [first, last], [last, first], [whole, overlap], [overlap, whole, overlap],
        *itertools.permutations([first, overlap, last]),
    ]  # fmt: skip
    for n, texts in enumerate(cases):
        folder = tmp_path / str(n)
        folder.mkdir()
        with small_office.opened(f"sqlite:///{tmp_path / f'{n}.db'}") as ledger:
            summaries = take(ledger, folder, *texts)
            found.append(facts(ledger)[0])
            assert "statement_hole" not in codes(summaries[-1])
            assert checking.verify(ledger) == []
    assert len(found[0]) == 25
    for other in found[1:]:
        pd.testing.assert_frame_equal(other, found[0])
