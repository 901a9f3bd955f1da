"""camt.052 and .054, pain.002: what of them is a movement, and what is only told of one."""

from datetime import date
from pathlib import Path

import pytest

from tests.loaders.bank_texts import (
    CAMT_ELEMENTS,
    IBAN,
    PAYER,
    as_message,
    balance,
    camt,
    entry,
    order_status,
    rejection,
)
from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import Entry, StatementFile, StatementKind
from workbench.loaders.registry import is_bank_file, read_source, read_statements
from workbench.loaders.sniff import Source

KINDS = {
    "052": StatementKind.REPORT,
    "053": StatementKind.STATEMENT,
    "054": StatementKind.DETAILS,
}


def read(text: str) -> StatementFile:
    return read_source(Source.of_bytes(text.encode(), name="x.xml"))


@pytest.mark.parametrize("version", [f"{n:02d}" for n in range(2, 13)])
@pytest.mark.parametrize("message", KINDS)
def test_every_version_of_the_family_is_read(message: str, version: str) -> None:
    found = read(as_message(camt([entry(), entry(reference="R2")]), message, version))
    (statement,) = found.statements
    assert found.format == f"camt.{message}.001.{version}"
    assert statement.kind is KINDS[message]
    assert [e.bank_reference for e in statement.entries] == ["R1", "R2"]


@pytest.mark.parametrize("message", ["052", "054"])
def test_balances_of_a_moment_are_not_those_of_the_chain(message: str) -> None:
    # An interim balance alone would be a statement without closing balance.
    text = as_message(camt([entry()], balances=balance("ITBD", "9.00")), message)
    (statement,) = read(text).statements
    assert (statement.opening_cents, statement.closing_cents) == (None, None)
    assert (statement.opened_on, statement.closed_on) == (date(2026, 1, 10), date(2026, 1, 10))


def test_a_report_of_announced_entries_alone_has_none() -> None:
    text = as_message(camt([entry(status="<Sts>PDNG</Sts>")], balances=""), "052")
    assert read(text).statements[0].entries == ()


@pytest.mark.parametrize("message", ["052", "054"])
def test_message_without_its_element_is_refused(message: str) -> None:
    root, inner = CAMT_ELEMENTS[message]
    with pytest.raises(UnreadableFileError, match=rf"aucun .* \({inner}\)"):
        read(f"<Document><{root}/></Document>")


def test_currency_is_the_one_of_the_balances_when_the_account_names_none() -> None:
    account = f"<Acct><Id><IBAN>{IBAN}</IBAN></Id></Acct>"
    statement = read(camt([entry(currency="CHF"), entry()], account=account)).statements[0]
    assert statement.currency == "EUR"
    assert [e.extra.get("currency") for e in statement.entries] == ["CHF", None]


def test_currency_is_the_one_of_the_first_entry_where_nothing_else_says() -> None:
    account = f"<Acct><Id><IBAN>{IBAN}</IBAN></Id></Acct>"
    text = camt([entry(currency="CHF"), entry()], account=account, balances="")
    statement = read(text).statements[0]
    assert statement.currency == "CHF"
    assert [e.extra.get("currency") for e in statement.entries] == [None, "EUR"]


def test_each_statement_of_a_file_starts_anew() -> None:
    one = camt([entry(currency="CHF")], account=f"<Acct><Id><IBAN>{IBAN}</IBAN></Id></Acct>",
               balances="")  # fmt: skip
    other = camt([entry("1.00")], account=f"<Acct><Id><IBAN>{PAYER}</IBAN></Id></Acct>")
    inside = other[other.index("<Stmt>") : other.index("</BkToCstmrStmt>")]
    found = read(one.replace("</BkToCstmrStmt>", f"{inside}</BkToCstmrStmt>")).statements
    assert [(s.iban, s.currency, len(s.entries)) for s in found] == [
        (IBAN, "CHF", 1), (PAYER, "EUR", 1),
    ]  # fmt: skip
    assert [e.place for s in found for e in s.entries] == [1, 2]


# --- batches


def part(amount: str, batch: str, more: str = "") -> str:
    return (
        f"<TxDtls><Refs><AcctSvcrRef>T{amount}</AcctSvcrRef><PmtInfId>{batch}</PmtInfId></Refs>"
        f"<Amt Ccy='EUR'>{amount}</Amt>{more}</TxDtls>"
    )


def read_entry(details: str) -> Entry:
    (only,) = read(camt([entry(details=details)])).statements[0].entries
    return only


def test_batch_reference_is_the_one_of_the_batch() -> None:
    batch = "<Btch><PmtInfId>B7</PmtInfId><NbOfTxs>12</NbOfTxs></Btch>"
    found = read_entry(batch + part("300.00", "OTHER"))
    assert (found.batch_reference, found.extra["NbOfTxs"]) == ("B7", "12")
    assert read_entry(batch).batch_reference == "B7"


@pytest.mark.parametrize(("second", "expected"), [("B1", "B1"), ("B2", "")])
def test_batch_reference_is_the_one_all_transactions_share(second: str, expected: str) -> None:
    found = read_entry(part("100.00", "B1") + part("200.00", second))
    assert found.batch_reference == expected


def test_no_batch_reference_is_none() -> None:
    assert read_entry(part("300.00", "NOTPROVIDED")).batch_reference == ""


def test_each_part_has_its_own_references_and_ultimate_party() -> None:
    more = (
        "<RltdPties><Dbtr><Nm>CAF</Nm></Dbtr><UltmtDbtr><Nm>NOE</Nm></UltmtDbtr></RltdPties>"
        "<RmtInf><Strd><CdtrRefInf><Ref>RF18</Ref></CdtrRefInf></Strd></RmtInf>"
    )
    first, second = read_entry(part("100.00", "B", more) + part("200.00", "B")).parts
    assert (first.ultimate_party, first.remittance_reference) == ("NOE", "RF18")
    assert (first.bank_reference, second.bank_reference) == ("T100.00", "T200.00")


# --- pain.002


def test_rejected_debit_is_told_and_is_no_movement() -> None:
    (statement,) = read(order_status(rejection())).statements
    assert (statement.kind, statement.iban) == (StatementKind.ORDER_STATUS, IBAN)
    assert statement.entries == (
        Entry(
            date(2026, 1, 20), -1200, "PROVISION", counterparty="DUPONT", counterparty_iban=PAYER,
            bank_reference="S-E1", end_to_end_id="E1", mandate_id="M1", return_reason="AM04",
            place=1, batch_reference="B1",
        ),
    )  # fmt: skip


def test_rejected_transfer_comes_back_to_the_account_that_sent_it() -> None:
    (statement,) = read(order_status(rejection(), ordered="pain.001.001.03")).statements
    (entry,) = statement.entries
    assert (statement.iban, entry.amount_cents) == (PAYER, 1200)


def test_orders_of_several_accounts_close_one_after_the_other() -> None:
    text = order_status(rejection() + rejection(account=PAYER) + rejection(status="ACCP"))
    found = read(text).statements
    assert [(s.iban, len(s.entries)) for s in found] == [(IBAN, 1), (PAYER, 1)]


def test_accepted_orders_leave_an_empty_statement() -> None:
    (statement,) = read(order_status(rejection(status="ACSP"))).statements
    assert (statement.entries, statement.opened_on) == ((), date(2026, 1, 20))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (order_status("", header="<GrpHdr><MsgId>P</MsgId></GrpHdr>"), "message sans date"),
        (order_status(rejection(), header="<X/>"), "avant l'en-tête"),
        (order_status(rejection(amount="1,5x")), "transaction|montant"),
        (order_status(rejection())[:-40], "fichier coupé"),
        ("<!DOCTYPE x>" + order_status(rejection()), "DOCTYPE"),
    ],
)
def test_damaged_order_status_is_refused(text: str, words: str) -> None:
    with pytest.raises(UnreadableFileError, match=words):
        read(text)


# --- real files


def test_real_files_give_their_facts(samples: Path) -> None:
    report = read_statements(samples / "camt052/camt__camt052.v4.xml")
    # Its only entry is announced (PDNG): it will be booked, or not.
    assert [(s.kind, s.currency, s.entries) for s in report.statements] == [
        (StatementKind.REPORT, "CHF", ())
    ]
    (notice,) = read_statements(samples / "camt054/camt__camt054.v8.xml").statements
    (only,) = notice.entries
    assert (notice.kind, notice.currency, notice.iban) == (
        StatementKind.DETAILS, "SEK", "CH2801234000123456789",
    )  # fmt: skip
    assert (only.amount_cents, only.booked_on) == (-20_000_000, date(2007, 10, 18))
    assert (only.batch_reference, only.extra["transactions"]) == ("UXC06170000006PI00001", "3")
    # Three transactions in francs are not the parts of crowns.
    assert only.parts == ()


def test_real_rejects_give_their_facts(samples: Path) -> None:
    (told,) = read_statements(samples / "pain002" / _ONLY).statements
    assert (told.iban, told.currency) == ("NL77ABNA0574908765", "EUR")
    assert [(e.end_to_end_id, e.return_reason, e.mandate_id) for e in told.entries] == [
        ("E2EID1", "AC01", "MANDATEID1"), ("E2EID2", "MS02", "MANDATEID2"),
        ("E2EID3", "MD06", "MANDATEID3"), ("E2EID4", "AM04", "MANDATEID4"),
    ]  # fmt: skip
    # What was collected goes back: 400 in all.
    assert sum(e.amount_cents for e in told.entries) == -400_00
    assert [e.batch_reference for e in told.entries] == ["PMTINFID1"] * 2 + ["PMTINFID2"] * 2
    assert is_bank_file(samples / "pain002" / _ONLY)


_ONLY = "account-payment__test-sepa-pain-unpaid.xml"
