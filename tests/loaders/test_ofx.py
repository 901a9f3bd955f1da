"""OFX 1.x and 2.x: what each field becomes, and what is refused where."""

import re
from datetime import date
from functools import partial

import pytest

from tests.loaders.bank_texts import IBAN, OFX_ACCOUNT, PAYER, ofx, ofx_transaction
from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import BankStatement, Entry, StatementKind
from workbench.loaders import ofx as reader
from workbench.loaders import ofx_tags
from workbench.loaders.registry import open_statements
from workbench.loaders.sniff import Source

XML_HEADER = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n'
    '<?OFX OFXHEADER="200" VERSION="211" SECURITY="NONE"?>\n'
    "<OFX><BANKMSGSRSV1><STMTTRNRS>\n"
)


def read_all(text: str | bytes) -> tuple[BankStatement, ...]:
    data = text.encode() if isinstance(text, str) else text
    return reader.read(Source.of_bytes(data, name="releve.ofx")).collected().statements


def read(text: str | bytes) -> BankStatement:
    (statement,) = read_all(text)
    return statement


def read_entry(transaction: str) -> Entry:
    (entry,) = read(ofx(transaction)).entries
    return entry


def refusal_of(text: str | bytes) -> UnreadableFileError:
    with pytest.raises(UnreadableFileError) as refusal:
        read_all(text)
    return refusal.value


def closed(text: str) -> str:
    """Closes every field, as XML wants it."""
    return re.sub(r"<([A-Z]+)>([^<\n]+)", r"<\1>\2</\1>", text)


def test_account_is_a_report_with_its_ledger_balance() -> None:
    statement = read(ofx(ofx_transaction()))
    assert (statement.iban, statement.currency) == (IBAN, "EUR")
    assert (statement.kind, statement.opening_cents) == (StatementKind.REPORT, None)
    assert statement.closing_cents == 400_00
    assert (statement.opened_on, statement.closed_on) == (date(2026, 1, 1), date(2026, 1, 31))


def test_transaction_has_its_fields() -> None:
    entry = read_entry(ofx_transaction())
    assert (entry.booked_on, entry.amount_cents) == (date(2026, 1, 2), 300_00)
    assert (entry.label, entry.bank_reference) == ("VIR SEPA DUPONT LOYER JANVIER", "F1")
    assert (entry.operation_code, entry.place, entry.extra) == ("CREDIT", 13, {})


def test_closed_fields_and_lower_case_are_the_same() -> None:
    plain = ofx(ofx_transaction("1.00"), ofx_transaction("2.00", fitid="F2"))
    expected = read(plain)
    assert read(closed(plain)) == expected
    lower = re.sub(r"</?[A-Z]+>", lambda tag: tag[0].lower(), plain)
    assert read(lower) == expected
    one_line = read(plain[plain.index("<OFX>") :].replace("\n", ""))
    assert [e.amount_cents for e in one_line.entries] == [100, 200]


def test_transaction_out_of_the_usual_is_the_same() -> None:
    usual = ofx_transaction("1.00")
    expected = read(ofx(usual, usual.replace("F1", "F2")))
    amount = "<TRNAMT>1.00"
    assert amount in usual
    for other in (usual.replace(amount, "<TRNAMT> +1"), usual.replace(amount, "<TRNAMT>&#49;.00")):
        assert read(ofx(other, usual.replace("F1", "F2"))) == expected


def test_version_2_is_read() -> None:
    text = closed(ofx(ofx_transaction(), header=XML_HEADER))
    assert len(read(text).entries) == 1
    assert open_statements(Source.of_bytes(text.encode(), name="x")).format == "ofx"


def test_file_longer_than_a_piece_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = ofx(*(ofx_transaction(f"{n}.00", fitid=f"F{n}") for n in range(1, 30)))
    expected = read(text)
    in_pieces = partial(ofx_tags.blocks_of, size=97)
    monkeypatch.setattr("workbench.loaders.ofx.blocks_of", in_pieces)
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "cents"),
    [("-80", -8000), ("+12.5", 1250), ("-12,50", -1250), (".5", 50), ("0.00", 0), (" 3.100 ", 310)],
)
def test_amounts(text: str, cents: int) -> None:
    assert read_entry(ofx_transaction(text)).amount_cents == cents


@pytest.mark.parametrize(
    "day",
    ["20260102", "202601022359", "20260102235959", "20260102235959.999[+1:CET]",
     "20260102[-5:EST]"],
)  # fmt: skip
def test_day_is_the_one_written(day: str) -> None:
    assert read_entry(ofx_transaction(day=day)).booked_on == date(2026, 1, 2)


@pytest.mark.parametrize(
    ("name", "memo", "label"),
    [
        ("VIR", "LOYER", "VIR LOYER"),
        ("PRLV EDF", "PRLV EDF JANVIER", "PRLV EDF JANVIER"),
        ("PRLV EDF JANVIER", "EDF", "PRLV EDF JANVIER"),
        ("", "LOYER", "LOYER"),
        ("A &amp; B &#233;t&#xE9; &x; &#0;", "", "A & B été &x;"),
        ("<![CDATA[A < B]]>", "", "A < B"),
    ],
)
def test_label_has_both_texts_once(name: str, memo: str, label: str) -> None:
    entry = read_entry(ofx_transaction(name=name, more=f"<MEMO>{memo}"))
    assert entry.label == label


def test_rare_fields_are_kept() -> None:
    more = (
        "<DTAVAIL>20260104<CHECKNUM>0001234<REFNUM>000<PAYEE><NAME>M DUPONT<CITY>PARIS</PAYEE>"
        f"<BANKACCTTO><BANKID>30004<ACCTID>{PAYER}</BANKACCTTO>"
        "<CURRENCY><CURRATE>1.1<CURSYM>USD</CURRENCY><MEMO>LOYER"
    )
    entry = read_entry(ofx_transaction(more=more))
    assert (entry.value_on, entry.counterparty) == (date(2026, 1, 4), "M DUPONT")
    assert entry.counterparty_iban == PAYER
    assert entry.extra == {
        "CHECKNUM": "0001234", "PAYEE.CITY": "PARIS", "CURRENCY.CURRATE": "1.1", "currency": "USD",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("account", "iban"),
    [
        (OFX_ACCOUNT, IBAN),
        (f"<BANKID>30006<BRANCHID>00001<ACCTID>{IBAN}", IBAN),
        ("<BANKID>30006<BRANCHID>00001<ACCTID>1234567890189", IBAN),
        ("<ACCTID>30006 00001 12345678901 89", IBAN),
        ("<BANKID>160000100<BRANCHID>00<ACCTID>12300 0012", "123000012"),
        ("<BANKID>30006<ACCTID>12345678901", "12345678901"),
    ],
)
def test_account_is_an_iban_where_its_parts_make_one(account: str, iban: str) -> None:
    assert read(ofx(account=account)).iban == iban


def test_cards_and_several_accounts() -> None:
    card = ofx(ofx_transaction("-5.00"), account="<ACCTID>4970XXXX1234")
    card = card.replace("STMTRS>", "CCSTMTRS>").replace("BANKACCTFROM", "CCACCTFROM")
    both = card.replace("</OFX>", "") + ofx(ofx_transaction("1.00"), header="")
    first, second = read_all(both)
    assert (first.iban, second.iban) == ("4970XXXX1234", IBAN)
    assert [e.amount_cents for e in (*first.entries, *second.entries)] == [-500, 100]


def test_elements_out_of_order_are_read() -> None:
    text = ofx(ofx_transaction())
    balance = re.search(r"<LEDGERBAL>.*\n", text)
    assert balance is not None
    moved = text.replace(balance[0], "").replace("<CURDEF>", f"{balance[0]}<CURDEF>")
    assert read(moved).closing_cents == 400_00


def test_balance_of_another_kind_is_not_the_ledger_s() -> None:
    text = ofx(balance="<AVAILBAL><BALAMT>9.00<DTASOF>20260131</AVAILBAL>\n")
    assert read(text).closing_cents is None


def test_pending_transactions_are_not_read() -> None:
    pending = ofx_transaction().replace("STMTTRN>", "STMTTRNP>")
    assert [e.bank_reference for e in read(ofx(pending, ofx_transaction())).entries] == ["F1"]


def test_accents_in_cp1252_are_read() -> None:
    assert read(ofx(ofx_transaction(name="ÉTÉ")).encode("cp1252")).entries[0].label[:3] == "ÉTÉ"


# --- what is refused


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "reason"),
    [
        ("</OFX>", "", 24, "", "pas de </OFX>"),
        ("</STMTRS>", "", 25, "", "relevé (STMTRS) ouvert ligne 9"),
        ("</STMTTRN>", "", 13, "", "sans sa fin"),
        ("<STMTTRN>", "", 20, "", "sans son début"),
        ("<TRNAMT>300.00", "<TRNAMT>$120", 16, "TRNAMT", "ce n'est pas un montant"),
        ("<TRNAMT>300.00", "<TRNAMT>1,234.56", 16, "TRNAMT", "ce n'est pas un montant"),
        ("<TRNAMT>300.00", "<TRNAMT>1.001", 16, "TRNAMT", "plus fin que le centime"),
        ("<TRNAMT>300.00\n", "", 13, "TRNAMT", "montant absent"),
        ("<DTPOSTED>20260102120000\n", "", 13, "DTPOSTED", "date absente"),
        ("<DTPOSTED>20260102120000", "<DTPOSTED>", 15, "DTPOSTED", "date absente"),
        ("<DTPOSTED>20260102120000", "<DTPOSTED>20260231", 15, "DTPOSTED", "n'existe pas"),
        ("<DTPOSTED>20260102120000", "<DTPOSTED>02/01/2026", 15, "DTPOSTED", "pas une date"),
        ("<FITID>F1", "<FITID>F1\n<TRNAMT>5", 18, "TRNAMT", "présent deux fois"),
        ("<FITID>F1", "<FITID>F1<CORRECTFITID>F0", 13, "CORRECTFITID", "déjà transmise"),
        ("<ACCTID>12345678901", "", 9, "", "sans numéro de compte"),
        ("<BALAMT>400.00", "<BALAMT>x", 22, "BALAMT", "ce n'est pas un montant"),
        ("<OFX>", "<!DOCTYPE a [<!ENTITY x 'y'>]><OFX>", 1, "", "DOCTYPE"),
        ("STMTRS>", "INVSTMTRS>", 13, "", "hors d'un relevé"),
    ],
)
def test_malformed_file_is_refused_with_its_place(
    old: str, new: str, line: int, column: str, reason: str
) -> None:
    text = ofx(ofx_transaction())
    assert old in text
    refusal = refusal_of(text.replace(old, new))
    assert reason in refusal.reason
    assert (refusal.column, refusal.line) == (column, line)


def test_file_without_a_statement_is_refused() -> None:
    assert "aucun relevé" in refusal_of("<OFX><SIGNONMSGSRSV1></SIGNONMSGSRSV1></OFX>").reason


def test_any_cut_is_refused() -> None:
    text = ofx(ofx_transaction())
    for length in range(text.index("<OFX>"), len(text) - len("</OFX>\n")):
        assert refusal_of(text[:length]).reason
