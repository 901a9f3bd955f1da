"""QIF: what each line becomes, in which order its dates are, and what is refused where."""

from datetime import date

import pytest

from tests.loaders.bank_texts import IBAN, QIF_RECORD, qif
from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import BankStatement, Entry, StatementKind
from workbench.loaders import qif as reader
from workbench.loaders.registry import open_statements
from workbench.loaders.sniff import Source


def read_all(text: str | bytes) -> tuple[BankStatement, ...]:
    data = text.encode() if isinstance(text, str) else text
    return reader.read(Source.of_bytes(data, name="releve.qif")).collected().statements


def read(text: str | bytes) -> BankStatement:
    (statement,) = read_all(text)
    return statement


def read_entry(record: str) -> Entry:
    (entry,) = read(qif(record)).entries
    return entry


def refusal_of(text: str | bytes) -> UnreadableFileError:
    with pytest.raises(UnreadableFileError) as refusal:
        read_all(text)
    return refusal.value


def days_of(*dates: str, more: str = "PX") -> list[date]:
    return [e.booked_on for e in read(qif(*(f"D{d}\nT1.00\n{more}" for d in dates))).entries]


def test_account_is_a_report_without_balances() -> None:
    statement = read(qif(QIF_RECORD, QIF_RECORD.replace("31/01", "02/01")))
    assert (statement.kind, statement.iban, statement.currency) == (StatementKind.REPORT, "", "")
    assert (statement.opening_cents, statement.closing_cents) == (None, None)
    assert (statement.opened_on, statement.closed_on) == (date(2026, 1, 2), date(2026, 1, 31))
    assert [e.place for e in statement.entries] == [2, 7]


def test_record_has_its_lines() -> None:
    entry = read_entry(
        "D31/01/2026\nU1,00\nT1 300,50\nPVIR\nMLOYER\nN12\nC*\nLLoyers\nA1 RUE\nAPARIS"
    )
    assert (entry.booked_on, entry.amount_cents) == (date(2026, 1, 31), 1300_50)
    assert entry.label == "VIR LOYER"
    assert entry.extra == {
        "number": "12", "cleared": "*", "category": "Loyers", "address": "1 RUE PARIS",
    }  # fmt: skip


@pytest.mark.parametrize(
    "record",
    [
        "D31/01/2026\nPVIR SEPA DUPONT\nMLOYER JANVIER\nT300,00",
        "D31/01/2026\nT300.00\nPVIR SEPA DUPONT\nMLOYER JANVIER",
        "D31/01/2026\nT300,00\nPVIR  SEPA DUPONT\nMLOYER\u00a0JANVIER ",
        "D31/01/2026\nT+300\nPVIR SEPA DUPONT\nMLOYER JANVIER",
    ],
)
def test_record_out_of_the_usual_is_the_same(record: str) -> None:
    usual = read(qif(QIF_RECORD, QIF_RECORD, QIF_RECORD)).entries
    assert read(qif(QIF_RECORD, record, QIF_RECORD)).entries == usual


def test_usual_end_of_an_unusual_record_stays_in_it() -> None:
    entry = read_entry(f"N12\n{QIF_RECORD}")
    assert (entry.extra, entry.amount_cents) == ({"number": "12"}, 300_00)
    wrong = QIF_RECORD.replace("31/01", "31/02")
    assert refusal_of(qif(QIF_RECORD, wrong)).line == 7


def test_memos_of_several_lines_are_whole() -> None:
    assert read_entry("D31/01/2026\nT1,00\nPVIR\nMLOYER\nMJANVIER").label == "VIR LOYER JANVIER"


def test_amount_may_stand_in_the_longer_field_alone() -> None:
    assert read_entry("D31/01/2026\nU-12,50\nPX").amount_cents == -1250


def test_splits_that_add_up_are_parts() -> None:
    record = "D31/01/2026\nT30,00\nPX\nSLoyer\n$10,00\nSCharges\nEEAU\n$20,00"
    assert [(p.amount_cents, p.remittance) for p in read_entry(record).parts] == [
        (1000, "Loyer"),
        (2000, "EAU"),
    ]
    assert read_entry(record.replace("$20", "$19")).parts == ()


# --- accounts


def test_account_in_its_name_is_used() -> None:
    text = f"!Account\nNCompte\nD{IBAN}\nTBank\n^\n" + qif(QIF_RECORD)
    assert read(text).iban == IBAN
    assert read(text.replace(IBAN, "30006 00001 12345678901 89")).iban == IBAN
    assert open_statements(Source.of_bytes(text.encode(), name="x")).format == "qif"


def test_name_of_a_single_account_is_no_number() -> None:
    assert read("!Account\nNCompte courant\n^\n" + qif(QIF_RECORD)).iban == ""


def test_several_accounts_stay_apart_by_their_names() -> None:
    one = "!Account\nNCourant\nTBank\n^\n" + qif(QIF_RECORD)
    two = "!Account\nNTravaux\nTBank\n^\n" + qif(QIF_RECORD, QIF_RECORD)
    options = "!Option:AutoSwitch\n!Account\nNCourant\n^\nNTravaux\n^\n!Clear:AutoSwitch\n"
    lists = "!Type:Cat\nNLoyers\nDune liste, sans date\nI\n^\n"
    statements = read_all(options + one + lists + two)
    assert [(s.iban, len(s.entries)) for s in statements] == [("Courant", 1), ("Travaux", 2)]


def test_opening_balance_is_no_movement() -> None:
    opening = "D01/01/2026\nT900,00\nPOpening Balance\nL[Courant]"
    assert len(read(qif(opening, QIF_RECORD)).entries) == 1
    assert len(read(qif(opening.replace("L[Courant]", "LX"), QIF_RECORD)).entries) == 2


# --- the order of dates


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["03/04/2026", "13/04/2026"], [date(2026, 4, 3), date(2026, 4, 13)]),
        (["03/04/2026", "04/13/2026"], [date(2026, 3, 4), date(2026, 4, 13)]),
        (["3/4'26", "8/15'26"], [date(2026, 3, 4), date(2026, 8, 15)]),
        ([" 3/ 4/26", "31.12.26"], [date(2026, 4, 3), date(2026, 12, 31)]),
        (["2026-04-03", "2026-04-13"], [date(2026, 4, 3), date(2026, 4, 13)]),
        # The same day in both orders asks nothing.
        (["04/04/2026"], [date(2026, 4, 4)]),
    ],
)
def test_all_dates_together_tell_their_order(dates: list[str], expected: list[date]) -> None:
    assert days_of(*dates) == expected


@pytest.mark.parametrize("more", ["PVIR SEPA DUPONT", "MLoyer de mars", "PX\n$1,00", "PX €"])
def test_what_only_a_french_bank_writes_settles_the_order(more: str) -> None:
    assert days_of("03/04/2026", more=more) == [date(2026, 4, 3)]
    assert days_of("04/13/2026", more=more) == [date(2026, 4, 13)]


def test_dates_that_are_two_days_are_asked_about() -> None:
    refusal = refusal_of(qif("D04/04/2026\nT1.00\nPX", "D03/04/2026\nT1.00\nPX"))
    assert "jour/mois ou mois/jour" in refusal.reason
    assert (refusal.line, refusal.column, refusal.value) == (6, "D", "03/04/2026")
    assert "un jour après le 12" in refusal.hint


def test_dates_in_two_orders_are_refused() -> None:
    refusal = refusal_of(qif("D13/04/2026\nT1,00", "D04/14/2026\nT1,00"))
    assert (refusal.line, refusal.value) == (5, "04/14/2026")
    assert "deux ordres" in refusal.reason


# --- what is refused


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        (qif("D13/14/2026\nT1,00"), 2, "D", "cette date n'existe pas"),
        (qif("Dhier\nT1,00"), 2, "D", "ce n'est pas une date"),
        (qif("D13/04/1900\nT1,00"), 2, "D", "année hors de"),
        (qif("T1,00\nPX"), 2, "D", "opération sans date"),
        (qif("D13/04/2026\nPX"), 2, "T", "opération sans montant"),
        (qif("D13/04/2026\nPX\nT1,2,3"), 4, "T", "ce n'est pas un montant"),
        (qif("D13/04/2026\nT1,00\n$1x\nSA"), 4, "$", "ce n'est pas un montant"),
        (qif("D13/04/2026\nT1,00\nD14/04/2026\nT2,00"), 4, "D", "il manque une fin (^)"),
        (qif("D13/04/2026\nT1,00")[:-2], 3, "", "fichier coupé"),
        (qif("D13/04/2026\nT1,00")[:-2] + qif(QIF_RECORD), 4, "", "fichier coupé"),
        (qif(QIF_RECORD, section="!Type:Invst"), 1, "", "compte de titres"),
        ("!Type:Cat\nNLoyers\n^\n", 3, "", "aucun compte de paiement"),
    ],
)
def test_malformed_file_is_refused_with_its_line(
    text: str, line: int, column: str, reason: str
) -> None:
    refusal = refusal_of(text)
    assert reason in refusal.reason
    assert (refusal.line, refusal.column) == (line, column)


def test_blank_lines_and_a_last_mark_without_its_break_do_not_matter() -> None:
    text = "\n" + qif(QIF_RECORD).replace("\n", "\r\n\r\n").rstrip()
    assert [(e.label, e.place) for e in read(text).entries] == [
        ("VIR SEPA DUPONT LOYER JANVIER", 4)
    ]
