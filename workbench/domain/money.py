"""Amounts: integer cents inside, French or ISO text outside. The one parser of amounts.

Not for arithmetic with floats: nothing here accepts or returns one.
"""

import re
from decimal import Decimal

NO_BREAK_SPACE = "\u00a0"
MINUS = "\u2212"
# A hundred thousand million euros: past that it is a damaged file, not a payment.
LARGEST_CENTS = 10**13
# Longer than any amount is written; int() itself refuses some thousands of digits.
LONGEST_TEXT = 64

_SPACES = re.compile("[ \u00a0\u202f\u2009\u2007']")
_SIGNS = {"-": -1, MINUS: -1, "\u2013": -1, "+": 1}
_CURRENCY = re.compile(r"(?:€|EUR|euros?)", re.IGNORECASE)
_PLAIN = re.compile(r"\d+")
_GROUPED = re.compile(r"\d{1,3}(?:[ \u00a0\u202f\u2009\u2007']\d{3})+")


class AmountError(ValueError):
    """A text that is no amount, or could be two different ones; `str()` is the French reason."""


def parse_amount(text: str) -> int:
    """Reads a French or ISO amount.

    Args:
        text: `1 234,56 €`, `1.234,56`, `1234.56`, `(12,00)`, `12,00-`, `−12`, `1 234` …; any of the
            usual spaces between groups. A lone `1,234` or `1.234` is refused: it is one amount in
            Paris and another in London.

    Returns:
        Signed cents.

    Raises:
        AmountError: not an amount, ambiguous, or finer than a cent.
    """
    body = _CURRENCY.sub("", text).strip(" \u00a0\u202f\u2009\u2007\t")
    if not body:
        raise AmountError("montant vide")
    if len(body) > LONGEST_TEXT:
        raise AmountError("ce n'est pas un montant")
    negative_by_parentheses = body.startswith("(") and body.endswith(")")
    if negative_by_parentheses:
        body = body[1:-1].strip()
    sign, body = _take_sign(body)
    if negative_by_parentheses:
        sign = -sign
    whole, fraction = _split_decimals(body)
    digits = _ungroup(whole)
    fraction = fraction.rstrip("0") if len(fraction) > 2 else fraction
    if len(fraction) > 2:
        raise AmountError("plus fin que le centime")
    cents = int(digits or "0") * 100 + int((fraction or "0").ljust(2, "0"))
    if cents > LARGEST_CENTS:
        raise AmountError("montant démesuré")
    return sign * cents


def _take_sign(body: str) -> tuple[int, str]:
    if body and body[0] in _SIGNS:
        return _SIGNS[body[0]], body[1:].lstrip(" \u00a0\u202f")
    if body and body[-1] in _SIGNS:
        return _SIGNS[body[-1]], body[:-1].rstrip(" \u00a0\u202f")
    return 1, body


def _split_decimals(body: str) -> tuple[str, str]:
    """Returns the whole part, its group marks still inside, and the decimals."""
    marks = [c for c in body if c in ",."]
    if not marks:
        return body, ""
    last = marks[-1]
    whole, _, fraction = body.rpartition(last)
    if not re.fullmatch(r"\d*", fraction):
        raise AmountError("ce n'est pas un montant")
    if len(set(marks)) == 2:
        # Two kinds of marks: the last one is the decimal mark, the other one groups thousands.
        other = "," if last == "." else "."
        if marks.count(last) > 1 or not re.fullmatch(rf"\d{{1,3}}(?:\{other}\d{{3}})+", whole):
            raise AmountError("ce n'est pas un montant")
        return whole.replace(other, ""), fraction
    if len(marks) > 1:
        # 1.234.567: only groups. 1.23.4 is nothing.
        if not re.fullmatch(rf"\d{{1,3}}(?:\{last}\d{{3}})+", body):
            raise AmountError("ce n'est pas un montant")
        return body.replace(last, ""), ""
    if len(fraction) == 3 and re.fullmatch(r"[1-9]\d{0,2}", whole):
        raise AmountError("ambigu : milliers ou décimales ? Écrire 1234,00 ou 1,23")
    if not whole and not fraction:
        raise AmountError("ce n'est pas un montant")
    return whole, fraction


def _ungroup(whole: str) -> str:
    if not whole or _PLAIN.fullmatch(whole):
        return whole
    if _GROUPED.fullmatch(whole):
        return _SPACES.sub("", whole)
    raise AmountError("ce n'est pas un montant")


def parse_decimal(text: str) -> int:
    """Reads an amount whose format leaves no choice, such as camt's: `1234.5`, `8.850`.

    Returns:
        Signed cents.

    Raises:
        AmountError: not a decimal number with a point, or finer than a cent.
    """
    # The usual two-decimals amount is most of what is read: a short way for it.
    whole, _, fraction = text.partition(".")
    # Not isdigit: "²" is a digit that int() refuses.
    if len(text) > LONGEST_TEXT:
        raise AmountError("ce n'est pas un montant")
    if len(fraction) == 2 and whole and (digits := whole + fraction).isdecimal():
        cents = int(digits)
        if cents <= LARGEST_CENTS:
            return cents
    match = re.fullmatch(r"\s*([+-]?)(\d*)(?:\.(\d*))?\s*", text)
    if not match or not (match[2] or match[3]):
        raise AmountError("ce n'est pas un montant")
    fraction = (match[3] or "").rstrip("0")
    if len(fraction) > 2:
        raise AmountError("plus fin que le centime")
    cents = int(match[2] or "0") * 100 + int((fraction or "0").ljust(2, "0"))
    if cents > LARGEST_CENTS:
        raise AmountError("montant démesuré")
    return -cents if match[1] == "-" else cents


def iso_amount(cents: int) -> str:
    """Returns `-1234.50`: a point, two decimals, no groups (the exports' form)."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def french_amount(cents: int, *, plus: bool = False) -> str:
    """Returns `1 234,56` (UI, Formats): U+00A0 between groups, U+2212 as minus.

    Args:
        cents: signed cents.
        plus: write `+` before what is positive (movements only).
    """
    sign = MINUS if cents < 0 else "+" if plus and cents > 0 else ""
    whole = f"{abs(cents) // 100:,}".replace(",", NO_BREAK_SPACE)
    return f"{sign}{whole},{abs(cents) % 100:02d}"


def french_euros(cents: int, *, plus: bool = False) -> str:
    """Returns `1 234,56 €`."""
    return f"{french_amount(cents, plus=plus)}{NO_BREAK_SPACE}€"


def french_whole_euros(cents: int) -> str:
    """Returns `139 945 €`, rounded half away from zero: key figures only."""
    euros = (abs(cents) + 50) // 100
    sign = MINUS if cents < 0 and euros else ""
    return f"{sign}{euros:,}".replace(",", NO_BREAK_SPACE) + f"{NO_BREAK_SPACE}€"


def decimal_amount(cents: int) -> Decimal:
    """Returns the exact `Decimal` in euros, for the edges that want one."""
    return Decimal(cents).scaleb(-2)
