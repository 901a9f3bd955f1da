"""MT940: what each field becomes, and what is refused where."""

from datetime import date

import pytest

from tests.loaders.bank_texts import IBAN, MT940_MOVEMENT, PAYER, mt940
from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import BankStatement, Entry, StatementKind
from workbench.loaders import mt940 as reader
from workbench.loaders.registry import open_statements
from workbench.loaders.sniff import Source


def read_all(text: str | bytes) -> tuple[BankStatement, ...]:
    data = text.encode() if isinstance(text, str) else text
    return reader.read(Source.of_bytes(data, name="releve.sta")).collected().statements


def read(text: str | bytes) -> BankStatement:
    (statement,) = read_all(text)
    return statement


def read_entry(movement: str) -> Entry:
    (entry,) = read(mt940(movement, closing="1,00")).entries
    return entry


def refusal_of(text: str | bytes) -> UnreadableFileError:
    with pytest.raises(UnreadableFileError) as refusal:
        read_all(text)
    return refusal.value


def test_statement_has_account_balances_and_period() -> None:
    statement = read(mt940(MT940_MOVEMENT, closing="400,00"))
    assert (statement.iban, statement.currency, statement.number) == (IBAN, "EUR", "1/1")
    assert (statement.opening_cents, statement.closing_cents) == (100_00, 400_00)
    assert (statement.opened_on, statement.closed_on) == (date(2026, 1, 1), date(2026, 1, 31))
    assert (statement.kind, statement.balance_gap_cents()) == (StatementKind.STATEMENT, 0)


def test_structured_movement_has_its_parts() -> None:
    entry = read_entry(MT940_MOVEMENT)
    assert (entry.booked_on, entry.value_on) == (date(2026, 1, 2), date(2026, 1, 2))
    assert (entry.amount_cents, entry.operation_code, entry.place) == (300_00, "NTRF", 5)
    assert (entry.label, entry.bank_reference) == ("VIREMENT RECU LOYER JANVIER 45000001", "B123")
    assert (entry.counterparty, entry.counterparty_iban) == ("M. DUPONT JEAN", PAYER)
    assert entry.end_to_end_id == "E2E-1"


@pytest.mark.parametrize(
    ("mark", "cents", "is_reversal"),
    [("C", 1, False), ("D", -1, False), ("RC", -1, True), ("RD", 1, True),
     ("CR", 1, False), ("DR", -1, False), ("RCR", -1, True), ("RDR", 1, True)],
)  # fmt: skip
def test_mark_gives_the_sign_and_the_letter_after_it_is_of_the_currency(
    mark: str, cents: int, is_reversal: bool
) -> None:
    entry = read_entry(f":61:260102{mark}0,01NMSCNONREF")
    assert (entry.amount_cents, entry.reversal) == (cents, is_reversal)


@pytest.mark.parametrize(
    ("amount", "cents"), [("65,00", 6500), ("10,", 1000), ("000000000025,5", 2550), ("1,500", 150)]
)
def test_amounts(amount: str, cents: int) -> None:
    assert read_entry(f":61:260102C{amount}NMSCX").amount_cents == cents


@pytest.mark.parametrize(
    ("days", "booked_on", "value_on"),
    [
        ("260102", date(2026, 1, 2), date(2026, 1, 2)),
        ("2601020105", date(2026, 1, 5), date(2026, 1, 2)),
        ("2601021231", date(2025, 12, 31), date(2026, 1, 2)),
        ("2512310102", date(2026, 1, 2), date(2025, 12, 31)),
        # Thirty days a month: a value date that is the last day of February.
        ("1602300301", date(2016, 3, 1), date(2016, 2, 29)),
        ("1702290301", date(2017, 3, 1), date(2017, 2, 28)),
        ("2402280229", date(2024, 2, 29), date(2024, 2, 28)),
    ],
)
def test_booking_day_and_value_date(days: str, booked_on: date, value_on: date) -> None:
    entry = read_entry(f":61:{days}C1,00NMSCNONREF")
    assert (entry.booked_on, entry.value_on) == (booked_on, value_on)


@pytest.mark.parametrize(
    ("reference", "bank", "told"),
    [
        ("NONREF", "", {}),
        ("NONREF//B9", "B9", {}),
        ("EREF//B9", "B9", {}),
        ("CLIENT-1//B9", "B9", {"reference": "CLIENT-1"}),
        ("CLIENT-1", "", {"reference": "CLIENT-1"}),
        ("8327000090031789-LONGUE//B9", "B9", {"reference": "8327000090031789-LONGUE"}),
    ],
)
def test_only_the_part_of_the_bank_is_its_reference(
    reference: str, bank: str, told: dict[str, str]
) -> None:
    entry = read_entry(f":61:260102C1,00NMSC{reference}")
    assert (entry.bank_reference, entry.extra) == (bank, told)


def test_account_as_reference_is_the_other_party() -> None:
    entry = read_entry(f":61:260102C1,00NTRF{PAYER}\nM DUPONT\n:86:{PAYER} M DUPONT\nLOYER\n")
    assert (entry.counterparty_iban, entry.counterparty) == (PAYER, "M DUPONT")
    assert (entry.bank_reference, entry.label) == ("", f"{PAYER} M DUPONT LOYER")


def test_sepa_words_go_to_their_fields() -> None:
    entry = read_entry(
        ":61:260102D1,00NDDTNONREF\n:86:105?00PRLV?20EREF+E1?21MREF+M-7?22CRED+FR12ZZZ1"
        "?23SVWZ+EAU 2025?24ABWA+MME DUPONT?38FR7630004000031234567890143?34901"
    )
    assert (entry.label, entry.end_to_end_id, entry.mandate_id) == ("PRLV EAU 2025", "E1", "M-7")
    assert (entry.ultimate_party, entry.counterparty_iban) == ("MME DUPONT", PAYER)
    assert entry.extra == {"transaction_code": "105", "CRED": "FR12ZZZ1", "34": "901"}


def test_full_parts_and_lines_go_on_without_a_space() -> None:
    part = "A" * 27
    assert read_entry(f":61:260102C1,00NMSCX\n:86:051?20{part}?21B?22C").label == f"{part}B C"
    line = "X" * 65
    assert read_entry(f":61:260102C1,00NMSCX\n:86:{line}\nY\nZ").label == f"{line}Y Z"
    cut = ":86:051?20LOYER JAN\nVIER?2\n1 2026"
    assert read_entry(f":61:260102C1,00NMSCX\n{cut}").label == "LOYER JANVIER 2026"


def test_words_between_slashes() -> None:
    entry = read_entry(
        f":61:260102C1,00NTRFEREF\n{PAYER}\n"
        ":86:/EREF/E-1/ORDP//NAME/M. DUPONT/ULTD//NAME/MME DUPONT/REMI/USTD//LOYER JAN\n"
        "VIER/ISDT/2026-01-01/RTRN/AM04"
    )
    assert (entry.label, entry.end_to_end_id) == ("LOYER JANVIER", "E-1")
    assert (entry.counterparty, entry.ultimate_party) == ("M. DUPONT", "MME DUPONT")
    assert (entry.counterparty_iban, entry.return_reason) == (PAYER, "AM04")
    assert entry.extra == {"ISDT": "2026-01-01"}


def test_structured_creditor_reference_and_party_in_one() -> None:
    entry = read_entry(
        f":61:260102C1,00NTRFX\n:86:/CNTP/{PAYER}/BNPAFRPP/DUPONT/PARIS/REMI/STRD/CUR/RF18539"
    )
    assert (entry.counterparty, entry.counterparty_iban) == ("DUPONT", PAYER)
    assert entry.remittance_reference == "RF18539"


@pytest.mark.parametrize(
    "account",
    [IBAN, "FR76 3000 6000 0112 3456 7890 189", f"{IBAN}EUR", f"BNPAFRPP/{IBAN}",
     "30006000011234567890189", "BNPAFRPP/30006000011234567890189"],
)  # fmt: skip
def test_account_is_an_iban_where_there_is_one(account: str) -> None:
    assert read(mt940(closing="100,00", account=account)).iban == IBAN


def test_account_that_is_none_stays_as_written() -> None:
    wrong_key = "30006000011234567890188"
    assert read(mt940(closing="100,00", account=wrong_key)).iban == wrong_key
    assert read(mt940(closing="100,00", account="45050050/761988")).iban == "45050050/761988"


def test_pages_envelopes_and_fields_of_the_bank_are_read() -> None:
    first = mt940(MT940_MOVEMENT, closing="400,00").replace(":62F:", ":62M:")
    second = mt940(MT940_MOVEMENT, opening="400,00", closing="700,00").replace(":60F:", ":60M:")
    envelope = "{1:F01BNPAFRPPAXXX}{2:O940}{4:\n"
    text = f"\n{envelope}:940:\n{first[:-2]}:64:C260131EUR1,\n:86:FIN\n-}}{{5:}}\n{second}"
    statements = read_all(text.replace("\n", "\r\n"))
    assert [(len(s.entries), s.opening_cents, s.closing_cents) for s in statements] == [
        (1, 100_00, 400_00),
        (1, 400_00, 700_00),
    ]
    assert open_statements(Source.of_bytes(text.encode(), name="x")).format == "mt940"


def test_overdrawn_balance_is_negative() -> None:
    text = mt940(closing="1,00").replace(":60F:C", ":60F:D")
    assert read(text).opening_cents == -100_00


def test_odd_bytes_stay_in_the_label() -> None:
    text = mt940(":61:260102C1,00NMSCX", ":86:ÉTÉ\x16 À", closing="101,00")
    assert read(text.encode("cp1252")).entries[0].label == "ÉTÉ À"


# --- what is refused


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        (":62F:C260131EUR400,00\n", "", 7, "n'a pas son solde de clôture"),
        (":62F:C260131EUR400,00\n-\n", "", 6, "fichier coupé"),
        (":62F:C260131EUR400,00", ":62F:C260131EUR400", 7, "solde (:62F:) illisible"),
        (":62F:C260131EUR", ":62F:C260131USD", 7, "d'une autre devise"),
        (":62F:C260131", ":62F:C260231", 7, "cette date n'existe pas"),
        (":60F:C260101EUR100,00", ":60F:X260101EUR100,00", 4, "solde (:60F:) illisible"),
        (":60F:C260101EUR100,00\n", "", 4, "mouvement (:61:) hors d'un relevé"),
        (":25:FR7630006000011234567890189\n", "", 3, "sans numéro de compte"),
        (":61:2601020102C", ":61:2601020102X", 5, "mouvement (:61:) illisible"),
        ("C300,00N", "C300,001N", 5, "plus fin que le centime"),
        (":61:2601020102", ":61:2601020230", 5, "cette date n'existe pas"),
        (":61:2601020102", ":61:260230", 5, "cette date n'existe pas"),
        (":61:2601020102", ":61:2604310102", 5, "cette date n'existe pas"),
        ("C300,00N", "C999999999999999,00N", 5, "montant démesuré"),
    ],
)
def test_malformed_file_is_refused_with_its_line(
    old: str, new: str, line: int, reason: str
) -> None:
    whole = mt940(MT940_MOVEMENT, closing="400,00")
    assert old in whole
    text = whole.replace(old, new)
    if "n'a pas son solde" in reason:
        text += whole
    refusal = refusal_of(text)
    assert reason in refusal.reason
    assert (refusal.line, refusal.file) == (line + ("n'a pas son" in reason), "releve.sta")


def test_any_cut_before_the_closing_balance_is_refused() -> None:
    text = mt940(MT940_MOVEMENT, closing="400,00")
    end = text.index(":62F:") + len(":62F:C260131EUR400")
    for length in range(text.index(":60F:"), end):
        assert refusal_of(text[:length]).line is not None
    for length in range(end + 1, len(text)):
        assert read(text[:length]) == read(text)
