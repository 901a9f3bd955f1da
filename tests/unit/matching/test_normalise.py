import pytest

from workbench.matching.normalise import (
    CodeStrength,
    code_key,
    code_strength,
    fold,
    masked_iban,
    tokens,
    unglued,
)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Hélène Çelik", "HELENE CELIK"),
        ("Œuvre Ægir Straße", "OEUVRE AEGIR STRASSE"),
        ("O’Neil\u202fLtd", "O NEIL LTD"),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_tokens_and_code_keys_ignore_what_varies_in_writing() -> None:
    assert tokens("fac-2026/001 réf.") == ["FAC", "2026", "001", "REF"]
    assert code_key("fac-2026/001") == code_key("FAC 2026 001") == "FAC2026001"


@pytest.mark.parametrize(
    ("key", "strength"),
    [
        ("45000001", CodeStrength.STRONG),
        ("123456", CodeStrength.STRONG),
        ("12345", CodeStrength.SHORT),
        ("123", CodeStrength.KEYWORD),
        ("2026", CodeStrength.NONE),
        ("1999", CodeStrength.NONE),
        ("20260101", CodeStrength.SHORT),
        ("01012026", CodeStrength.SHORT),
        ("T12026", CodeStrength.SHORT),
        ("T226", CodeStrength.NONE),
        ("C0012", CodeStrength.STRONG),
        ("A12", CodeStrength.KEYWORD),
        ("", CodeStrength.NONE),
    ],
)
def test_how_telling_a_code_is(key: str, strength: CodeStrength) -> None:
    assert code_strength(key) is strength


def test_a_number_glued_to_a_known_word() -> None:
    assert unglued("CPTE45000001") == "45000001"
    assert unglued("XY45000001") == ""


def test_a_masked_iban_shows_its_last_four() -> None:
    assert masked_iban("FR7630004000031234567890143") == "…\u00a00143"
