"""Rows of a bank's table into entries, by a profile: the same for CSV, sheets and HTML tables.

Not for opening files (`bank_csv`, `bank_sheet`) nor for the tables of a portfolio (`tables`).

Source: FORMATS, rules for every reader and CSV headers; DOMAIN A1.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Final, NoReturn, TypeVar

from workbench.domain.dates import DateError, parse_date
from workbench.domain.errors import UnreadableFileError
from workbench.domain.money import AmountError, parse_amount
from workbench.domain.records import EUR, BankStatement, Entry, StatementKind
from workbench.loaders import iban as account_numbers
from workbench.loaders.bank_header import Found, folded_line, profile_of
from workbench.loaders.delimited import folded_name
from workbench.loaders.profiles import DateOrder, DebitSign, Profile, RowOrder
from workbench.loaders.running_balance import RunningBalance
from workbench.loaders.statement import cached_date, given
from workbench.loaders.text import clean, folded

_SWAPPED = re.compile(r"\A(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})(?!\d)")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
# A running balance is another amount on every row: half of the time went into reading them.
_USUAL_AMOUNT = re.compile(r"([+-]?\d{1,10})(?:[.,](\d{1,2}))?", re.ASCII)
_EURO_WORDS = frozenset({"", "euro", "euros", "eur", "€"})
_T = TypeVar("_T")

Rows = Iterable[tuple[int, list[str]]]


def events(
    found: Found, rows: Rows, *, file: str, profiles: Sequence[Profile]
) -> Iterator[Entry | BankStatement]:
    """Gives the entries below a header, then the statement that closes them.

    Args:
        found: the header.
        rows: what is below, with 1-based lines.
        file: for messages.
        profiles: all that are known: a second header among the rows is told by them.

    Yields:
        Entries in the order of the file, `Entry.place` is their line; with a column of accounts,
        one statement an account in the order they appear. A statement has balances where the
        table says them or a column of balances lets them be computed, and is a `report` without.
        No statement where there is neither an entry nor a balance. The account is "" where the
        table names none, the bank's own number where it names no IBAN.

    Raises:
        UnreadableFileError: a missing column, a cell that is no date or amount, too few or too
            many cells, fewer rows than announced; names the line, the column and the value.
    """
    reading = _Reading(found, file, profiles)
    if reading.position["account"] < 0:
        account = _Account()
        for entry, balance_cents, _ in reading.entries(rows):
            account.take(entry, balance_cents)
            yield entry
        yield from reading.closing(account, "")
        return
    # Rows of several accounts may be mixed: a statement closes its own entries only.
    groups: dict[str, tuple[_Account, list[Entry]]] = {}
    for entry, balance_cents, number in reading.entries(rows):
        if number not in groups:
            groups[number] = (_Account(), [])
        account, entries = groups[number]
        account.take(entry, balance_cents)
        entries.append(entry)
    for number, (account, entries) in groups.items():
        yield from entries
        yield from reading.closing(account, number)


@dataclass(slots=True)
class _Account:
    """What is known of one account's rows so far."""

    count: int = 0
    first: date | None = None
    last: date | None = None
    earliest: date = date.max
    latest: date = date.min
    balance: RunningBalance = field(default_factory=RunningBalance)

    def take(self, entry: Entry, balance_cents: int | None) -> None:
        day = entry.booked_on
        if self.first is None:
            self.first = day
        self.last = day
        self.count += 1
        self.earliest = min(self.earliest, day)
        self.latest = max(self.latest, day)
        self.balance.take(entry.place, entry.amount_cents, balance_cents)

    def newest_first(self, order: RowOrder) -> bool:
        if order is not RowOrder.TOLD:
            return order is RowOrder.NEWEST
        if self.first is None or self.last is None or self.first == self.last:
            return self.balance.newest_comes_first()
        return self.first > self.last


class _Reading:
    """One pass over one table."""

    def __init__(self, found: Found, file: str, profiles: Sequence[Profile]) -> None:
        self.file = file
        self.profile = found.profile
        self.profiles = profiles
        self.names = found.names
        self.width = len(found.names)
        self.line = found.line
        folded_names = [folded_name(name) for name in found.names]
        self._check_header(folded_names)
        # A column that is not there reads the empty cell added at the end of each row.
        places = {
            key: [folded_names.index(n) for n in map(folded_name, names) if n in folded_names]
            for key, names in found.profile.columns.items()
        }
        self.position = {key: (places.get(key) or [-1])[0] for key in _POSITIONS}
        self.labels = tuple(places["label"])
        self.needed = max(place for found_at in places.values() for place in found_at) + 1
        self.texts = [
            (name, self.position[key], read)
            for key, name, read in _TEXTS
            if self.position[key] >= 0
        ]
        self.parse_day = _DATES[found.profile.date_order]
        self.facts = self._facts_above(found.above)
        told = self.facts.get("currency")
        self.currency = found.profile.currency if told is None else _currency(told)

    def entries(self, rows: Rows) -> Iterator[tuple[Entry, int | None, str]]:
        """Gives each row's entry, its balance in cents and its account."""
        position = self.position
        amount_at, balance_at, account_at = (
            position["amount"], position["balance"], position["account"],
        )  # fmt: skip
        for line, cells in rows:
            booked_on = self._booked_on(line, cells)
            if booked_on is None:
                continue
            entry = Entry(
                booked_on,
                self._value(line, amount_at, cells, read_amount)
                if amount_at >= 0
                else self._two_columns(line, cells),
                self._label(cells),
                place=line,
            )
            self._complete(entry, line, cells)
            balance_cents = None
            if balance_at >= 0 and cells[balance_at].strip():
                balance_cents = self._value(line, balance_at, cells, read_amount)
            yield entry, balance_cents, self._account(cells[account_at]) if account_at >= 0 else ""

    def closing(self, account: _Account, number: str) -> Iterator[BankStatement]:
        """Gives the statement of an account's rows; none where there is nothing to tell."""
        facts = self.facts
        self._check_count(account.count)
        newest_first = account.newest_first(self.profile.row_order)
        opening, closing = account.balance.ends(newest_first=newest_first) or (None, None)
        # What the bank says of the whole goes before what its rows let us compute.
        opening = self._amount_of("opening", opening)
        closing = self._amount_of("closing", closing)
        has_both = opening is not None and closing is not None
        if not account.count and not has_both:
            return
        first = account.earliest if account.count else None
        last = account.latest if account.count else None
        yield BankStatement(
            iban=number or self._account(facts.get("account", "")),
            kind=StatementKind.STATEMENT if has_both else StatementKind.REPORT,
            currency=self.currency,
            opened_on=self._day_of("opened_on", first),
            closed_on=self._day_of("closed_on", last),
            opening_cents=opening,
            closing_cents=closing,
            balance_breaks=account.balance.breaks(newest_first=newest_first),
        )

    # --- above and below the rows

    def _facts_above(self, lines: Sequence[str]) -> dict[str, str]:
        facts: dict[str, str] = {}
        for line in lines:
            _find(self.profile.preamble, line, facts)
        return facts

    def _is_told_below(self, cells: list[str]) -> bool:
        """Tells whether a line is one of those the profile expects among or below the rows."""
        if not self.profile.footer and not self.profile.ignored:
            return False
        line = folded_line(cells)
        return _find(self.profile.footer, line, self.facts) or any(
            pattern.search(line) for pattern in self.profile.ignored
        )

    def _check_count(self, count: int) -> None:
        announced = self.facts.get("entries", "").strip()
        if announced and (announced.lstrip("0") or "0") != str(count):
            raise UnreadableFileError(
                self.file,
                f"le fichier annonce {announced[:20]} opération(s) et en contient {count}",
                hint="Télécharger à nouveau le fichier",
            )

    def _amount_of(self, key: str, default: int | None) -> int | None:
        text = self.facts.get(key)
        if text is None:
            return default
        try:
            return read_amount(text)
        except AmountError as error:
            self._refuse(self.line, f"solde illisible\u00a0: {error}", value=text)

    def _day_of(self, key: str, default: date | None) -> date | None:
        text = self.facts.get(key)
        if text is None:
            return default
        try:
            return self.parse_day(text)
        except DateError as error:
            self._refuse(self.line, f"période illisible\u00a0: {error}", value=text)

    def _account(self, text: str) -> str:
        """Returns an IBAN, or the bank's own number where branch and bank are not known."""
        number = _number(text)
        bank = self.facts.get("bank", self.profile.bank)
        branch = self.facts.get("branch", self.profile.branch)
        if not number or not bank or not branch or account_numbers.has_iban_shape(number):
            return number
        try:
            return account_numbers.french_iban(bank=bank, branch=branch, account=number)
        except ValueError:
            return number

    # --- cells

    def _booked_on(self, line: int, cells: list[str]) -> date | None:
        """Returns the booking date of a row; None for a line the profile expects below."""
        size = len(cells)
        fits = size == self.width or (size >= self.needed and not any(cells[self.width :]))
        # What a column that is not there reads.
        cells.append("")
        place = self.position["booked_on"]
        try:
            if fits:
                return self.parse_day(cells[place])
        except DateError as error:
            if not self._is_told_below(cells):
                self._refuse_header(line, cells)
                self._refuse(
                    line, str(error), column=self.names[place], value=cells[place],
                    hint="Corriger la cellule",
                )  # fmt: skip
            return None
        if not self._is_told_below(cells):
            self._refuse_width(line, cells[:size])
        return None

    def _complete(self, entry: Entry, line: int, cells: list[str]) -> None:
        """Adds what only some banks tell."""
        place = self.position["value_on"]
        if place >= 0 and cells[place].strip():
            entry.value_on = self._value(line, place, cells, self.parse_day)
        for name, at, read in self.texts:
            setattr(entry, name, read(cells[at]))
        place = self.position["currency"]
        if place >= 0 and cells[place].strip():
            currency = _currency(cells[place])
            if currency != self.currency:
                entry.extra["currency"] = currency

    def _label(self, cells: list[str]) -> str:
        """Returns what the bank wrote in several columns, without repeating what is in another."""
        if len(self.labels) == 1:
            return folded(cells[self.labels[0]])
        parts: list[str] = []
        for place in self.labels:
            part = folded(cells[place])
            if part and not any(part in known for known in parts):
                parts.append(part)
        return " ".join(parts)

    def _two_columns(self, line: int, cells: list[str]) -> int:
        debit_at, credit_at = self.position["debit"], self.position["credit"]
        debit_cents, credit_cents = (
            self._value(line, place, cells, read_amount) if cells[place].strip() else None
            for place in (debit_at, credit_at)
        )
        if debit_cents is None and credit_cents is None:
            self._refuse(line, "ni débit ni crédit", column=self.names[debit_at])
        if debit_cents and credit_cents:
            value = f"{cells[debit_at]} / {cells[credit_at]}"
            self._refuse(line, "un débit et un crédit à la fois", value=value)
        sign = self.profile.debit_sign
        if sign is DebitSign.EITHER:
            return (credit_cents or 0) - abs(debit_cents or 0)
        if (credit_cents or 0) < 0:
            self._refuse_sign(line, credit_at, cells, "crédit négatif")
        if sign is DebitSign.NEGATIVE:
            if (debit_cents or 0) > 0:
                self._refuse_sign(line, debit_at, cells, "débit sans signe moins")
            return (debit_cents or 0) + (credit_cents or 0)
        if (debit_cents or 0) < 0:
            self._refuse_sign(line, debit_at, cells, "débit négatif")
        return (credit_cents or 0) - (debit_cents or 0)

    def _value(self, line: int, place: int, cells: list[str], parse: Callable[[str], _T]) -> _T:
        try:
            return parse(cells[place])
        except (AmountError, DateError) as error:
            self._refuse(
                line, str(error), column=self.names[place], value=cells[place],
                hint="Corriger la cellule",
            )  # fmt: skip

    # --- refusals

    def _check_header(self, folded_names: list[str]) -> None:
        profile = self.profile
        known = [name for names in profile.columns.values() for name in names]
        for name in profile.header:
            if folded_name(name) not in folded_names:
                hint = f"Colonnes attendues\u00a0: {';'.join(known)}"
                self._refuse(self.line, "colonne absente", column=name, hint=hint)
        for name in known:
            if folded_names.count(folded_name(name)) > 1:
                self._refuse(self.line, "colonne présente deux fois", column=name)

    def _refuse_width(self, line: int, cells: list[str]) -> NoReturn:
        self._refuse_header(line, cells)
        is_long = len(cells) > self.width
        self._refuse(
            line,
            f"{len(cells)} cellules pour {self.width} colonnes",
            value=cells[self.width] if is_long else ";".join(cells),
            hint="Mettre entre guillemets ce qui contient le séparateur"
            if is_long
            else "Télécharger à nouveau le fichier\u00a0: la ligne est coupée",
        )

    def _refuse_header(self, line: int, cells: list[str]) -> None:
        if profile_of(cells, self.profiles) is not None:
            self._refuse(
                line,
                "un deuxième en-tête\u00a0: ce sont deux fichiers mis bout à bout",
                value=";".join(cells),
                hint="Importer chaque fichier tel que la banque l'a donné",
            )

    def _refuse_sign(self, line: int, place: int, cells: list[str], reason: str) -> NoReturn:
        self._refuse(
            line, reason, column=self.names[place], value=cells[place],
            hint=f"Si la banque écrit ainsi, le dire dans un profil (debit_sign) à la place de "
            f"«\u00a0{self.profile.id}\u00a0»",
        )  # fmt: skip

    def _refuse(
        self, line: int, reason: str, *, column: str = "", value: str = "", hint: str = ""
    ) -> NoReturn:
        hint = hint or "Vérifier la ligne, ou télécharger à nouveau le fichier"
        raise UnreadableFileError(self.file, reason, line, column, value, hint)


_POSITIONS: Final = (
    "account", "booked_on", "value_on", "amount", "debit", "credit", "counterparty",
    "counterparty_iban", "reference", "operation_code", "currency", "balance",
)  # fmt: skip


@lru_cache(maxsize=65536)
def read_amount(text: str) -> int:
    """Returns the cents of a cell; as `parse_amount`, with a short way for the usual ones.

    Raises:
        AmountError: not an amount.
    """
    usual = _USUAL_AMOUNT.fullmatch(text)
    return int(usual[1] + (usual[2] or "").ljust(2, "0")) if usual else parse_amount(text)


@lru_cache(maxsize=65536)
def _number(text: str) -> str:
    return clean(account_numbers.normalised(text))


def _reference(text: str) -> str:
    return given(clean(text))


# Columns that are one text of an entry: key of the profile, field, how the cell is read.
_TEXTS: Final[tuple[tuple[str, str, Callable[[str], str]], ...]] = (
    ("counterparty", "counterparty", clean),
    ("counterparty_iban", "counterparty_iban", _number),
    ("reference", "bank_reference", _reference),
    ("operation_code", "operation_code", clean),
)


def _find(patterns: Mapping[str, re.Pattern[str]], line: str, facts: dict[str, str]) -> bool:
    """Keeps what the patterns find in a line, the first of each; tells whether one did."""
    is_found = False
    for key, pattern in patterns.items():
        match = pattern.search(line)
        if match:
            facts.setdefault(key, match[1].strip())
            is_found = True
    return is_found


def _currency(text: str) -> str:
    word = text.strip().lower()
    return EUR if word in _EURO_WORDS else clean(word.upper())


@lru_cache(maxsize=65536)
def _month_first(text: str) -> date:
    return parse_date(_SWAPPED.sub(r"\3\2\1\2\4", text.strip(), count=1))


@lru_cache(maxsize=65536)
def _year_first(text: str) -> date:
    match = _YEAR_FIRST.match(text.strip())
    return parse_date(f"{match[1]}-{match[2]:0>2}-{match[3]:0>2}" if match else text)


_DATES: Final[dict[DateOrder, Callable[[str], date]]] = {
    DateOrder.DAY: cached_date,
    DateOrder.MONTH: _month_first,
    DateOrder.YEAR: _year_first,
}
