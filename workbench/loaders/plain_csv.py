"""Our plain bank file: `iban;booked_on;amount;label;counterparty;counterparty_iban;reference`.

For offices whose bank gives nothing better, and for scripts. It has no balances: nothing can be
checked against it. Not for the exports of the banks, which have their own columns.

Source: FORMATS, CSV headers; CONTRACT, `import --iban`.
"""

from collections.abc import Callable
from typing import Final, NoReturn, TypeVar

from workbench.domain.dates import DateError
from workbench.domain.errors import UnreadableFileError
from workbench.domain.money import AmountError
from workbench.domain.records import BankStatement, Entry, StatementFile, StatementStream
from workbench.loaders import iban as account_numbers
from workbench.loaders.delimited import delimiter_of, header_names, header_of, rows
from workbench.loaders.sniff import Head, Kind, Source
from workbench.loaders.statement import cached_amount, cached_date, first_and_last, given
from workbench.loaders.text import clean, decoded

FORMAT: Final = "csv"
COLUMNS: Final = (
    "iban", "booked_on", "amount", "label", "counterparty", "counterparty_iban", "reference",
)  # fmt: skip
_REQUIRED: Final = ("booked_on", "amount", "label")
_T = TypeVar("_T")


def recognises(head: Head) -> bool:
    """Tells whether a text has our header, in any order, with `,` or `;`."""
    if head.kind is not Kind.TEXT:
        return False
    cells = header_of(head.text).split(delimiter_of(head.text))
    names = header_names([cell.strip('"\ufeff ') for cell in cells])
    # One of the two that no table of the contract has: a column forgotten is then named.
    return "booked_on" in names or {"iban", "amount", "label"} <= set(names)


def read(source: Source) -> StatementStream:
    """Reads our plain CSV.

    Returns:
        One statement an account, in the order they appear, without balances; entries in the
        order of the file, `Entry.place` is their line. The account is "" for rows that name none
        (the user is asked for it). Extra columns are ignored; the party and the reference may be
        missing.

    Raises:
        UnreadableFileError: a missing column, a date or an amount that is none; names the line
            and the column. Nothing of the file is kept.
    """
    text = decoded(source.content(), file=source.name)
    lines = rows(text, file=source.name, delimiter=delimiter_of(text))
    header_line, header = next(lines, (1, []))
    reading = _Reading(source.name, header_names(header), header_line)
    for line, cells in lines:
        reading.take(line, cells)
    return StatementFile(format=FORMAT, statements=reading.statements()).streamed()


class _Reading:
    """One pass over one file."""

    def __init__(self, file: str, names: list[str], line: int) -> None:
        self.file = file
        self.width = len(names)
        self.by_account: dict[str, list[Entry]] = {}
        for name in _REQUIRED:
            if name not in names:
                hint = f"Colonnes attendues\u00a0: {';'.join(COLUMNS)}"
                self._refuse(line, "colonne absente", column=name, hint=hint)
        for name in COLUMNS:
            if names.count(name) > 1:
                self._refuse(line, "colonne présente deux fois", column=name)
        # A missing column reads the empty cell added at the end of each row.
        self.positions = [names.index(name) if name in names else -1 for name in COLUMNS]

    def take(self, line: int, cells: list[str]) -> None:
        """Takes one row."""
        if len(cells) > self.width and any(cells[self.width :]):
            self._refuse(
                line,
                f"{len(cells)} cellules pour {self.width} colonnes",
                value=cells[self.width],
                hint="Mettre entre guillemets ce qui contient le séparateur",
            )
        cells += [""] * (self.width + 1 - len(cells))
        iban, booked_on, amount, label, name, number, reference = (
            cells[position] for position in self.positions
        )
        self.by_account.setdefault(clean(account_numbers.normalised(iban)), []).append(
            Entry(
                self._value(line, "booked_on", booked_on, cached_date),
                self._value(line, "amount", amount, cached_amount),
                clean(label),
                counterparty=clean(name),
                counterparty_iban=clean(account_numbers.normalised(number)),
                bank_reference=given(clean(reference)),
                place=line,
            )
        )

    def statements(self) -> tuple[BankStatement, ...]:
        """Returns one statement an account."""
        result = []
        for iban, entries in self.by_account.items():
            first, last = first_and_last([entry.booked_on for entry in entries])
            result.append(
                BankStatement(iban=iban, opened_on=first, closed_on=last, entries=tuple(entries))
            )
        return tuple(result)

    def _value(self, line: int, column: str, text: str, parse: Callable[[str], _T]) -> _T:
        try:
            return parse(text)
        except (AmountError, DateError) as error:
            self._refuse(line, str(error), column=column, value=text, hint="Corriger la cellule")

    def _refuse(
        self, line: int, reason: str, *, column: str = "", value: str = "", hint: str = ""
    ) -> NoReturn:
        raise UnreadableFileError(self.file, reason, line, column, value, hint)
