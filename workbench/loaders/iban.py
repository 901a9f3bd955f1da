"""Account numbers: IBANs as they are kept, their check digits, and the IBAN of a French RIB."""

import re
from collections.abc import Iterable
from functools import lru_cache

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

_SHAPE = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{10,30}")
_SEPARATORS = re.compile(r"[\s.\-]")
# Letters of an old account number count as digits: A, J = 1; B, K, S = 2 … I, R, Z = 9.
_RIB_DIGITS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")
_BANK_DIGITS = 5
_ACCOUNT_CHARACTERS = 11
_RIB_CHARACTERS = 23
# Shorter than an account number, a text is in too many IBANs by chance.
_SHORTEST_NUMBER = 9


# A file names few accounts many times.
@lru_cache(maxsize=65536)
def normalised(text: str) -> str:
    """Returns an account number without spaces, dots and dashes, in capitals."""
    return _SEPARATORS.sub("", text).upper()


def has_iban_shape(text: str) -> bool:
    """Tells whether a normalised account number means to be an IBAN, right or wrong."""
    return _SHAPE.fullmatch(text) is not None


@lru_cache(maxsize=65536)
def is_valid(text: str) -> bool:
    """Tells whether a normalised IBAN has its country's length and right check digits."""
    if not has_iban_shape(text):
        return False
    try:
        IBAN(text)
    except SchwiftyException:
        return False
    return True


def french_iban(*, bank: str, branch: str, account: str) -> str:
    """Returns the IBAN of a French account, both keys computed.

    Args:
        bank: code banque, five digits.
        branch: code guichet, five digits.
        account: numéro de compte, up to eleven digits or letters.

    Returns:
        Such as `FR7630006000011234567890189`.

    Raises:
        ValueError: a part of another shape; `str()` is the French reason.

    Source: Comité français d'organisation et de normalisation bancaires, RIB; ISO 13616.
    """
    account = account.strip().upper().rjust(_ACCOUNT_CHARACTERS, "0")
    for words, code in (("banque", bank), ("guichet", branch)):
        if not re.fullmatch(rf"[0-9]{{{_BANK_DIGITS}}}", code):
            raise ValueError(f"code {words} qui n'a pas cinq chiffres")
    if not re.fullmatch(rf"[0-9A-Z]{{{_ACCOUNT_CHARACTERS}}}", account):
        raise ValueError("numéro de compte qui n'a pas onze chiffres ou lettres")
    number = int(account.translate(_RIB_DIGITS))
    key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * number) % 97
    bban = f"{bank}{branch}{account}{key:02d}"
    # The letters of the IBAN count otherwise than those of the RIB: A = 10 … Z = 35.
    check = 98 - int("".join(str(int(c, 36)) for c in f"{bban}FR00")) % 97
    return f"FR{check:02d}{bban}"


def of_rib(text: str) -> str:
    """Returns the IBAN of a RIB in one piece (bank, branch, account, key), "" when it is none.

    Args:
        text: normalised; 23 characters, the last two its key.
    """
    if len(text) != _RIB_CHARACTERS:
        return ""
    try:
        iban = french_iban(bank=text[:5], branch=text[5:10], account=text[10:21])
    except ValueError:
        return ""
    return iban if iban.endswith(text[21:]) else ""


def only_match(number: str, known: Iterable[str]) -> str:
    """Returns the one known IBAN that a bank's own account number is part of, "" when not one.

    Args:
        number: normalised; an account number, alone or with bank, branch or key before and after.
        known: valid IBANs.

    Returns:
        Such as `FR7630006000011234567890189` for `12345678901` or `0000112345678901`; "" for two
        accounts of that number at two branches too: which one is not said.
    """
    if len(number) < _SHORTEST_NUMBER or has_iban_shape(number):
        return ""
    # With or without the two characters of the key.
    found = {iban for iban in known if iban[4:].endswith(number) or iban[4:-2].endswith(number)}
    return found.pop() if len(found) == 1 else ""
