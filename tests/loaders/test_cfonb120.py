"""CFONB 120: what each zone becomes, and what is refused where."""

from datetime import date

import pytest

from tests.loaders.bank_texts import IBAN, cfonb, detail, overpunched, record
from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import BankStatement, Entry
from workbench.loaders import cfonb120
from workbench.loaders.registry import read_source
from workbench.loaders.sniff import Source

MOVEMENT = record(
    "04", "020126", 300_00, label="VIR SEPA RECU", code="18", value="030126", reference="REF1"
)


def read_all(text: str | bytes) -> tuple[BankStatement, ...]:
    data = text.encode() if isinstance(text, str) else text
    return cfonb120.read(Source.of_bytes(data, name="releve.txt")).collected().statements


def read(text: str | bytes) -> BankStatement:
    (statement,) = read_all(text)
    return statement


def read_entry(*details: str, movement: str = MOVEMENT) -> Entry:
    (entry,) = read(cfonb(movement, *details, closing=400_00)).entries
    return entry


def refusal_of(text: str | bytes) -> UnreadableFileError:
    with pytest.raises(UnreadableFileError) as refusal:
        read_all(text)
    return refusal.value


def test_statement_has_iban_balances_and_period() -> None:
    statement = read(cfonb(MOVEMENT, closing=400_00))
    assert (statement.iban, statement.currency) == (IBAN, "EUR")
    assert (statement.opening_cents, statement.closing_cents) == (100_00, 400_00)
    assert (statement.opened_on, statement.closed_on) == (date(2026, 1, 1), date(2026, 1, 31))
    assert statement.balance_gap_cents() == 0


def test_movement_has_its_zones() -> None:
    entry = read_entry()
    assert (entry.booked_on, entry.value_on) == (date(2026, 1, 2), date(2026, 1, 3))
    assert (entry.amount_cents, entry.label, entry.operation_code) == (
        300_00,
        "VIR SEPA RECU",
        "18",
    )
    assert (entry.bank_reference, entry.place) == ("REF1", 2)


@pytest.mark.parametrize("cents", [0, 1, 9, 10, 123456, -1, -10, -999999])
def test_last_digit_carries_the_sign(cents: int) -> None:
    movement = record("04", "020126", cents)
    assert read_entry(movement=movement).amount_cents == cents


@pytest.mark.parametrize(
    ("reference", "number", "expected"),
    [
        ("REF1", "0000012", "REF1"),
        ("", "0000012", "0000012"),
        ("0" * 16, "0000012", "0000012"),
        ("NOTPROVIDED", "12", "12"),
        ("", "0000000", ""),
        ("", "", ""),
    ],
)
def test_reference_zone_then_entry_number(reference: str, number: str, expected: str) -> None:
    movement = record("04", "020126", 1, reference=reference, number=number)
    assert read_entry(movement=movement).bank_reference == expected


def test_details_go_where_their_qualifier_says() -> None:
    entry = read_entry(
        detail("LIB", "ECHEANCE"),
        detail("LIB", "JANVIER"),
        detail("NPY", "M. DUPONT JEAN"),
        detail("CPY", "FR76 3000 4000 0312 3456 7890 143"),
        detail("NPO", "MME DUPONT"),
        detail("LCC", "LOYER 45000001"),
        detail("LC2", "SUITE"),
        detail("LCS", "RF18539007547034"),
        detail("RCN", f"{'E2E-1':35}LOYER"),
        detail("RUM", f"{'MANDAT-7':35}RCUR"),
        detail("REF", "LOT1"),
        detail("AAA", "INCONNU"),
        detail("AAA", "ENCORE"),
        detail("", ""),
    )
    assert entry.label == "VIR SEPA RECU ECHEANCE JANVIER LOYER 45000001 SUITE"
    assert (entry.counterparty, entry.ultimate_party) == ("M. DUPONT JEAN", "MME DUPONT")
    assert entry.counterparty_iban == "FR7630004000031234567890143"
    assert (entry.end_to_end_id, entry.mandate_id) == ("E2E-1", "MANDAT-7")
    assert entry.remittance_reference == "RF18539007547034"
    assert entry.extra == {
        "purpose": "LOYER",
        "sequence": "RCUR",
        "REF": "LOT1",
        "AAA": "INCONNU ENCORE",
    }


@pytest.mark.parametrize(
    ("cents", "code", "name"),
    [(1, "18", "PAYEUR"), (-1, "06", "BENEF"), (-1, "B3", "PAYEUR")],
)
def test_other_party_follows_the_sign(cents: int, code: str, name: str) -> None:
    movement = record("04", "020126", cents, code=code)
    both = (detail("NPY", "PAYEUR"), detail("NBE", "BENEF"))
    assert read_entry(*both, movement=movement).counterparty == name
    assert read_entry(detail("NBE", "SEUL"), movement=movement).counterparty == "SEUL"


@pytest.mark.parametrize(
    ("reject", "reason", "told"),
    [
        ("20", "AM04", {"reject": "20"}),
        ("80", "MD06", {"reject": "80"}),
        # A bill of exchange, and one that nobody knows: as the bank wrote them.
        ("04", "04", {}),
        ("41", "41", {}),
        ("  ", "", {}),
    ],
)
def test_reject_reason_is_the_iso_one_where_there_is_one(
    reject: str, reason: str, told: dict[str, str]
) -> None:
    entry = read_entry(movement=record("04", "020126", -1, code="B3", reject=reject))
    assert (entry.return_reason, entry.extra) == (reason, told)


def test_entries_are_given_before_the_file_ends() -> None:
    text = cfonb(*[MOVEMENT] * 3, closing=1)[:-200]
    events = cfonb120.read(Source.of_bytes(text.encode(), name="x")).events
    assert [type(next(events)) for _ in range(2)] == [Entry, Entry]
    with pytest.raises(UnreadableFileError):
        list(events)


def test_balance_only_statements_and_several_accounts() -> None:
    other = "98765432100"
    empty = (
        record("01", "310126", 5, account=other) + "\n" + record("07", "310126", 5, account=other)
    )
    statements = read_all(cfonb(closing=100_00) + empty)
    assert [(len(s.entries), s.opening_cents) for s in statements] == [(0, 100_00), (0, 5)]
    assert statements[0].iban != statements[1].iban


# --- shapes of files seen in the world


def whole() -> str:
    return cfonb(MOVEMENT, detail("LCC", "LOYER"), closing=400_00)


@pytest.mark.parametrize(
    "text",
    [
        whole().replace("\n", "\r\n"),
        whole().replace("\n", ""),
        whole().rstrip("\n"),
        whole().replace("\n", "").rstrip(),
        "\n".join(line.rstrip() for line in whole().splitlines()),
        "\n\n" + whole().replace("\n", "\n\n") + "\x1a",
        "".join(f"{line}   \n" for line in whole().splitlines()),
        "\ufeff" + whole(),
    ],
)
def test_line_breaks_and_trailing_spaces_do_not_matter(text: str) -> None:
    statement = read(text)
    assert [(e.label, e.amount_cents) for e in statement.entries] == [
        ("VIR SEPA RECU LOYER", 300_00)
    ]
    read_source(Source.of_bytes(text.encode(), name="x"))


def test_accents_in_cp1252_are_read() -> None:
    text = whole().replace("LOYER", "ÉTÉ  ")
    assert read(text.encode("cp1252")).entries[0].label == "VIR SEPA RECU ÉTÉ"


def test_blank_currency_is_no_currency() -> None:
    text = whole().replace("EUR2", "    ")
    assert read(text).currency == ""
    assert read(text).balance_gap_cents() == 0


@pytest.mark.parametrize(("decimals", "cents"), [("2", 12340), ("0", 1234000), ("3", 1234)])
def test_decimals_scale_the_amount(decimals: str, cents: int) -> None:
    movement = record("04", "020126", 12340, currency=f"EUR{decimals}")
    assert read_entry(movement=movement).amount_cents == cents


def test_letters_in_an_old_account_number_count_in_its_key() -> None:
    text = whole().replace("12345678901", "0001234567L")
    assert read(text).iban[4:25] == "30006000010001234567L"


# --- what is refused


@pytest.mark.parametrize(
    ("lines", "line", "reason"),
    [
        ([MOVEMENT], 1, "mouvement (04) hors d'un relevé"),
        ([record("07", "310126", 1)], 1, "solde de clôture (07) hors d'un relevé"),
        ([record("01", "010126", 1), detail("LIB", "X")], 2, "sans mouvement (04) avant lui"),
        ([record("01", "010126", 1), MOVEMENT], 2, "fichier coupé"),
        ([record("01", "010126", 1), record("01", "010126", 1)], 2, "nouveau relevé (01)"),
        ([record("01", "010126", 1), "08" + "0" * 118], 2, "type d'enregistrement inconnu"),
        ([record("01", "010126", 1), MOVEMENT + "X"], 2, "121 caractères au lieu de 120"),
        ([record("01", "320126", 1)], 1, "cette date n'existe pas"),
        ([record("01", "      ", 1)], 1, "ce n'est pas une date"),
        ([record("01", "010126", 1), record("04", "02/126", 1)], 2, "ce n'est pas une date"),
        ([record("01", "010126", 1), record("04", "020126", 1, value="9X")], 2, "pas une date"),
        ([record("01", "010126")], 1, "ce n'est pas un montant CFONB"),
        ([record("01", "010126", 1).replace("0000A", "0000X")], 1, "pas un montant CFONB"),
        ([record("01", "010126", 1).replace("0000A", "00²0A")], 1, "pas un montant CFONB"),
        ([record("01", "010126", 1).replace("30006", "3000X")], 1, "code banque"),
        ([record("01", "010126", 1, account="1234567?901")], 1, "numéro de compte"),
        ([record("01", "010126", 1, currency="EUR9")], 1, "nombre de décimales"),
        ([record("01", "010126", 1, currency="EUR3")], 1, "plus fin que le centime"),
        (
            [record("01", "010126", 1), record("04", "020126", 1, account="98765432100")],
            2,
            "d'un autre compte que le relevé ouvert ligne 1",
        ),
        (
            [record("01", "010126", 1), MOVEMENT, detail("LIB", "X", account="98765432100")],
            3,
            "complément (05) d'un autre compte",
        ),
    ],
)
def test_malformed_file_is_refused_with_its_line(lines: list[str], line: int, reason: str) -> None:
    refusal = refusal_of("\n".join(lines))
    assert reason in refusal.reason
    assert refusal.line == line
    assert refusal.file == "releve.txt"


def test_any_cut_is_refused_or_changes_nothing() -> None:
    text = whole()
    complete = read(text)
    # Only what follows the last amount may go.
    end = len(text) - len("\n") - 16
    for length in range(100, end):
        assert refusal_of(text[:length]).line is not None
    for length in range(end, len(text)):
        assert read(text[:length]) == complete


def test_blank_account_of_a_detail_is_forgiven() -> None:
    assert read_entry(detail("LIB", "X", account=" " * 11)).label == "VIR SEPA RECU X"


def test_overpunched_writes_what_the_bank_writes() -> None:
    assert overpunched(-19040) == "0000000001904}"
    assert overpunched(1862) == "0000000000186B"
