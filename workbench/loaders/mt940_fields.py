"""The two lines of MT940 that carry a movement: `:61:`, what was booked, and `:86:`, what is told.

`:86:` has no one form. Read here: German structure (`166?00…?20…?32…`, any separator), with SEPA
words inside (`EREF+…SVWZ+…`); words between slashes (`/EREF/…/NAME/…/REMI/…`); and plain text.

Source: SWIFT MT940, fields 61 and 86; FORMATS, MT940.
"""

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import Final

from workbench.domain.dates import DateError, full_year
from workbench.domain.money import LARGEST_CENTS, AmountError
from workbench.domain.records import Entry
from workbench.loaders import iban as account_numbers
from workbench.loaders.statement import given
from workbench.loaders.text import folded

_LINE_61: Final = re.compile(
    r"(?P<value>[0-9]{6})\s{0,4}(?P<entry>[0-9]{4})?\s{0,4}(?P<mark>R?[CD])[A-Z]?"
    r"(?P<amount>[0-9]{1,15}[,.][0-9]*)(?P<kind>[NSF][A-Z0-9]{3})(?P<reference>.*)",
    re.ASCII,
)
_SIGNS: Final = {"C": 1, "D": -1, "RC": -1, "RD": 1}
# Words that stand for a reference told in :86:.
_NO_REFERENCE: Final = frozenset({"EREF", "PREF", "MREF", "KREF", "CREF", "MARF", "NOREF", "N"})
_STRUCTURE: Final = re.compile(r"\s*([0-9]{3})([?<>^~+@|!])(?=[0-9]{2})", re.ASCII)
# A word before a plus; a plus of the payer's own stays in the text.
_SEPA: Final = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|PURP|IBAN|BIC)\+")
_SLASHED: Final = re.compile(
    r"/(EREF|KREF|MREF|PREF|IREF|CREF|MARF|CSID|REMI|NAME|IBAN|BIC|ORDP|BENM|ULTD|ULTB|ULTC|CNTP"
    r"|ISDT|TRCD|TRTP|RTRN|PURP|PT|PY|OCMT|CHGS|EXCH|INFO|ADDR|ID)/"
)
_REMITTANCE: Final = frozenset({
    "20", "21", "22", "23", "24", "25", "26", "27", "28", "29", "60", "61", "62", "63",
})  # fmt: skip
_NUMBERS: Final = frozenset({"31", "38"})
# A line, and a part of the German structure, that is full goes on in the next without a space.
_FULL_LINE, _FULL_PART = 65, 27


class FieldError(ValueError):
    """A field that cannot be read: the reason, French, and what it holds."""


def cents_of(text: str) -> int:
    """Reads `65,00`, `10,` or `000000001000,00`: unsigned cents.

    Raises:
        AmountError: no amount, or finer than a cent.
    """
    whole, mark, fraction = text.replace(".", ",").partition(",")
    digits = whole + fraction
    if not mark or not digits.isdecimal() or not digits.isascii():
        raise AmountError("ce n'est pas un montant (attendu 1234,56)")
    # The usual two decimals.
    if len(fraction) != 2:
        fraction = fraction.rstrip("0")
        if len(fraction) > 2:
            raise AmountError("plus fin que le centime")
        digits = whole + fraction.ljust(2, "0")
    cents = int(digits)
    if cents > LARGEST_CENTS:
        raise AmountError("montant démesuré")
    return cents


@lru_cache(maxsize=4096)
def day_of(text: str) -> date:
    """Reads `YYMMDD`.

    Raises:
        DateError: not a date.
    """
    if len(text) != 6 or not (text.isascii() and text.isdecimal()):
        raise DateError("ce n'est pas une date (attendu AAMMJJ)")
    try:
        return date(full_year(int(text[:2])), int(text[2:4]), int(text[4:]))
    except ValueError:
        raise DateError("cette date n'existe pas") from None


@lru_cache(maxsize=4096)
def _days(value: str, booked: str) -> tuple[date, date]:
    """Returns the booking day and the value date of `YYMMDD` and `MMDD`, the second one or "".

    Banks that count months of thirty days write value dates such as 30 February: the last day of
    that month is meant. A booking day has to exist.
    """
    if not booked:
        day = day_of(value)
        return day, day
    try:
        value_on = day_of(value)
    except DateError:
        year = full_year(int(value[:2]))
        if value[2:] not in {"0229", "0230"}:
            raise
        value_on = date(year, 2, monthrange(year, 2)[1])
    # The year is not told: the one that puts both dates nearest.
    candidates = []
    for year in (value_on.year, value_on.year - 1, value_on.year + 1):
        try:
            candidates.append(date(year, int(booked[:2]), int(booked[2:])))
        except ValueError:
            continue
    if not candidates:
        raise DateError("cette date n'existe pas")
    return min(candidates, key=lambda day: abs(day - value_on)), value_on


def read_movement(text: str, *, line: int) -> Entry:
    """Reads the first line of `:61:`.

    Args:
        text: what follows `:61:`.
        line: its place in the file.

    Raises:
        FieldError: a mark, an amount or a date that is none.
    """
    match = _LINE_61.match(text)
    if match is None:
        raise FieldError("mouvement (:61:) illisible", text)
    value, booked, mark, amount, kind, reference = match.groups()
    try:
        booked_on, value_on = _days(value, booked or "")
        cents = cents_of(amount)
    except DateError as error:
        raise FieldError(str(error), value + (booked or "")) from None
    except AmountError as error:
        raise FieldError(str(error), amount) from None
    entry = Entry(booked_on, _SIGNS[mark] * cents, "", value_on)
    entry.operation_code = kind
    entry.reversal = mark[0] == "R"
    entry.place = line
    owner, _, bank = reference.partition("//")
    if bank:
        entry.bank_reference = given(folded(bank))
    owner = given(folded(owner))
    if owner and owner not in _NO_REFERENCE:
        if account_numbers.has_iban_shape(owner):
            entry.counterparty_iban = owner
        else:
            entry.extra["reference"] = owner
    return entry


def complete(entry: Entry, *, supplement: list[str], information: list[str]) -> None:
    """Gives a movement what the lines after `:61:` and `:86:` tell: label, party, references.

    Args:
        entry: changed in place.
        supplement: lines after the first one of `:61:`.
        information: lines of `:86:`, the first one without its tag; empty when there is none.
    """
    text = "".join(information)
    if structure := _STRUCTURE.match(text):
        _structured(entry, structure, text)
    elif "/" in text and _SLASHED.search(text):
        _slashed(entry, text)
    else:
        _plain(entry, information)
    if supplement and (words := folded(" ".join(supplement))):
        _supplement(entry, words)


def _supplement(entry: Entry, words: str) -> None:
    """Takes the lines below the first one of `:61:`."""
    if account_numbers.has_iban_shape(words):
        entry.counterparty_iban = entry.counterparty_iban or words
    elif entry.counterparty_iban and not entry.counterparty and words in entry.label:
        # Dutch banks: the account as reference, its holder below, both again in :86:.
        entry.counterparty = words
    elif words not in entry.label:
        entry.extra["supplement"] = words
    entry.label = entry.label or words


def _plain(entry: Entry, lines: list[str]) -> None:
    joined = "".join(line if len(line) == _FULL_LINE else f"{line} " for line in lines)
    entry.label = folded(_sepa(entry, joined) if "+" in joined else joined)


@lru_cache(maxsize=16)
def _parts(separator: str) -> re.Pattern[str]:
    return re.compile(rf"{re.escape(separator)}([0-9]{{2}})", re.ASCII)


def _structured(entry: Entry, structure: re.Match[str], text: str) -> None:
    entry.extra["transaction_code"] = structure[1]
    cut = _parts(structure[2]).split(text[structure.end() - 1 :])
    posting = remittance = name = ""
    for code, part in zip(cut[1::2], cut[2::2], strict=True):
        if code in _REMITTANCE:
            remittance += part if len(part) >= _FULL_PART else f"{part} "
        elif code == "00":
            posting = part
        elif code in {"32", "33"}:
            name += part if len(part) >= _FULL_PART else f"{part} "
        elif code in _NUMBERS and _set_number(entry, code, part):
            continue
        elif words := folded(part):
            entry.extra[code] = words
    if "+" in remittance:
        remittance = _sepa(entry, remittance)
    entry.label = folded(f"{posting} {remittance}")
    entry.counterparty = folded(name)


def _set_number(entry: Entry, code: str, part: str) -> bool:
    """Takes the account of the other party where it is an IBAN; 38 is one, 31 may be one."""
    number = account_numbers.normalised(part)
    if not account_numbers.has_iban_shape(number):
        return False
    if code == "38" or not entry.counterparty_iban:
        entry.counterparty_iban = number
    return True


def _sepa(entry: Entry, text: str) -> str:
    """Takes the SEPA words (`EREF+…`) out of a remittance; returns what the payer wrote."""
    first, *others = _SEPA.split(text)
    label = _set_sepa(entry, "SVWZ", first)
    for word, piece in zip(others[::2], others[1::2], strict=True):
        label += _set_sepa(entry, word, piece)
    return label


def _set_sepa(entry: Entry, word: str, piece: str) -> str:
    """Puts what follows a SEPA word where it belongs; returns it where that is the label."""
    if word == "SVWZ":
        return f"{piece} " if piece else ""
    value = folded(piece)
    if not value:
        return ""
    if word == "EREF":
        entry.end_to_end_id = given(value)
    elif word == "MREF":
        entry.mandate_id = given(value)
    elif word in {"ABWA", "ABWE"}:
        entry.ultimate_party = value
    elif word == "IBAN":
        entry.counterparty_iban = account_numbers.normalised(value)
    else:
        entry.extra[word] = value
    return ""


def _pieces(pattern: re.Pattern[str], text: str) -> list[tuple[str, str]]:
    """Returns the words of a text with what follows each; what comes before the first has ""."""
    cut = pattern.split(text)
    return [("", cut[0]), *zip(cut[1::2], cut[2::2], strict=True)]


_SLASHED_FIELDS: Final = {
    "EREF": "end_to_end_id", "MARF": "mandate_id", "MREF": "mandate_id",
    "RTRN": "return_reason",
}  # fmt: skip
_PARTIES: Final = frozenset({"ORDP", "BENM", "ULTD", "ULTB", "ULTC"})


def _slashed(entry: Entry, text: str) -> None:
    label, is_ultimate = "", False
    for word, piece in _pieces(_SLASHED, text):
        value = folded(piece.strip("/ "))
        if word in _PARTIES:
            is_ultimate = word.startswith("ULT")
        elif word in {"", "REMI", "PY"} and value:
            label = f"{label} {_remittance(entry, value)}"
        elif word == "NAME" and is_ultimate:
            entry.ultimate_party = value
        elif value:
            _set_slashed(entry, word, value)
    entry.label = label.strip() or folded(text)


def _set_slashed(entry: Entry, word: str, value: str) -> None:
    if word == "NAME":
        entry.counterparty = value
    elif word == "IBAN":
        entry.counterparty_iban = account_numbers.normalised(value)
    elif word == "CNTP":
        _set_party(entry, value)
    elif word in _SLASHED_FIELDS:
        setattr(entry, _SLASHED_FIELDS[word], given(value))
    else:
        entry.extra[word] = value


def _set_party(entry: Entry, piece: str) -> None:
    """Reads `/CNTP/IBAN/BIC/NAME/CITY/`."""
    number, _, name, *_ = [*(part.strip() for part in piece.split("/")), "", ""]
    entry.counterparty_iban = account_numbers.normalised(number)
    entry.counterparty = name


def _remittance(entry: Entry, text: str) -> str:
    """Reads `/REMI/USTD//text` and `/REMI/STRD/CUR/reference`, and text alone."""
    for prefix in ("USTD//", "USTD/"):
        if text.startswith(prefix):
            return text.removeprefix(prefix)
    if text.startswith("STRD/"):
        entry.remittance_reference = text.rpartition("/")[2]
    return text
