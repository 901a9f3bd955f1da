"""The one parser of amounts: what it reads, what it refuses and why; what is written comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.domain.money import (
    LARGEST_CENTS,
    AmountError,
    decimal_amount,
    french_amount,
    french_euros,
    french_whole_euros,
    iso_amount,
    parse_amount,
    parse_decimal,
)

CENTS = st.integers(-LARGEST_CENTS, LARGEST_CENTS)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("1 234,56 €", 123_456),
        ("1\u00a0234,56\u00a0€", 123_456),
        ("1\u202f234,56", 123_456),
        ("1.234,56", 123_456),
        ("1,234.56", 123_456),
        ("1234.5", 123_450),
        ("1234", 123_400),
        ("1 234 567", 123_456_700),
        ("1.234.567", 123_456_700),
        ("(12,00)", -1_200),
        ("12,00-", -1_200),
        ("\u221212,00", -1_200),
        ("-12", -1_200),
        ("+12,5", 1_250),
        ("EUR 5", 500),
        ("0,850", 85),
        (",5", 50),
        ("-0,01", -1),
    ],
)
def test_reads_french_and_iso(text: str, cents: int) -> None:
    assert parse_amount(text) == cents


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1,234", "ambigu"),
        ("1.234", "ambigu"),
        ("999,999", "ambigu"),
        ("", "vide"),
        (" € ", "vide"),
        ("douze", "pas un montant"),
        ("12,00 kg", "pas un montant"),
        ("1 23,4", "pas un montant"),
        ("1.23.4", "pas un montant"),
        ("1,2,3", "pas un montant"),
        ("1.234,5,6", "pas un montant"),
        ("--5", "pas un montant"),
        ("12,345678", "centime"),
        ("0,001", "centime"),
        ("3²0,00", "pas un montant"),
        ("9" * 40, "démesuré"),
    ],
)
def test_refuses_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(AmountError, match=reason):
        parse_amount(text)


@pytest.mark.parametrize("text", ["1,234", "12,3,4", "", "1e5", "NaN", "0x10", "1.005"])
def test_a_decimal_leaves_no_choice(text: str) -> None:
    with pytest.raises(AmountError):
        parse_decimal(text)


def test_a_decimal_with_useless_zeros_is_exact() -> None:
    assert parse_decimal("8.850") == 885
    assert parse_decimal("-1234.5") == -123_450


@given(CENTS)
def test_what_is_written_is_read_again(cents: int) -> None:
    assert parse_decimal(iso_amount(cents)) == cents
    assert parse_amount(iso_amount(cents)) == cents
    assert parse_amount(french_amount(cents)) == cents
    assert parse_amount(french_euros(cents, plus=True)) == cents
    assert decimal_amount(cents) * 100 == cents


@given(st.text(max_size=12))
def test_any_text_is_an_amount_or_an_amount_error(text: str) -> None:
    for parse in (parse_amount, parse_decimal):
        try:
            cents = parse(text)
        except AmountError:
            continue
        assert abs(cents) <= LARGEST_CENTS


def test_french_writing() -> None:
    assert french_euros(123_456) == "1\u00a0234,56\u00a0€"
    assert french_amount(-1_200) == "\u221212,00"
    assert french_amount(0, plus=True) == "0,00"
    assert french_amount(5, plus=True) == "+0,05"
    assert french_whole_euros(13_994_460) == "139\u00a0945\u00a0€"
    assert french_whole_euros(-49) == "0\u00a0€"
    assert french_whole_euros(-50) == "\u22121\u00a0€"
