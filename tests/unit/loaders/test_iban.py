import pytest

from workbench.loaders.iban import french_iban, has_iban_shape, is_valid, normalised, only_match


@pytest.mark.parametrize(
    "iban",
    [
        "FR7630006000011234567890189",
        "FR7630004000031234567890143",
        "FR7630001007941234567890185",
        "FR1420041010050500013M02606",
    ],
)
def test_published_ibans_come_out_of_their_rib(iban: str) -> None:
    assert french_iban(bank=iban[4:9], branch=iban[9:14], account=iban[14:25]) == iban
    assert is_valid(iban)


def test_short_account_is_filled_and_letters_are_capitals() -> None:
    long = french_iban(bank="20041", branch="01005", account="0000000013m")
    assert french_iban(bank="20041", branch="01005", account=" 13M ") == long


@pytest.mark.parametrize(
    ("bank", "branch", "account", "reason"),
    [
        ("3000", "00001", "1", "banque"),
        ("3000X", "00001", "1", "banque"),
        ("30006", "0000²", "1", "guichet"),
        ("30006", "00001", "123456789012", "numéro de compte"),
        ("30006", "00001", "1234-", "numéro de compte"),
    ],
)
def test_bad_part_is_named(bank: str, branch: str, account: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        french_iban(bank=bank, branch=branch, account=account)


def test_spaces_dots_and_case_do_not_matter() -> None:
    assert normalised(" fr76 3000-6000.0112\u00a0345 ") == "FR76300060000112345"


@pytest.mark.parametrize(
    ("number", "shape", "valid"),
    [
        ("FR7630006000011234567890189", True, True),
        ("DE89370400440532013000", True, True),
        ("FR7630006000011234567890188", True, False),
        ("FR763000600001123456789018", True, False),
        ("NL00SNSB0000000000", True, False),
        ("US-ACCT-0099", False, False),
        ("", False, False),
    ],
)
def test_shape_and_check_digits(number: str, shape: bool, valid: bool) -> None:
    assert (has_iban_shape(number), is_valid(number)) == (shape, valid)


IBANS = ("FR7630006000011234567890189", "FR7630004000031234567890143", "DE89370400440532013000")


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("00001123456789012", ""),
        ("0000112345678901", IBANS[0]),
        ("300060000112345678901", IBANS[0]),
        ("30006000011234567890189", IBANS[0]),
        # Two branches have an account of that number.
        ("12345678901", ""),
        ("0532013000", IBANS[2]),
        ("320130000", ""),
        ("32013000", ""),
        (IBANS[0], ""),
        ("", ""),
    ],
)
def test_number_of_the_bank_is_part_of_one_iban_or_of_none(number: str, expected: str) -> None:
    assert only_match(number, IBANS) == expected


def test_number_alone_finds_its_iban() -> None:
    assert only_match("12345678901", IBANS[:1]) == IBANS[0]
