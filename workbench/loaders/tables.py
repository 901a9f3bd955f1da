"""The tables of a portfolio folder: `.csv` or `.xlsx`, as `domain.tables` declares them.

A bad row is a reject and the other rows go in; a missing column rejects the file. What refers to
another table is checked by `references`, once all tables are read.

Source: CONTRACT, tables of a portfolio folder.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final

from workbench.domain.dates import DateError, parse_date
from workbench.domain.errors import UnreadableFileError
from workbench.domain.findings import Finding, Severity
from workbench.domain.money import AmountError, parse_amount
from workbench.domain.tables import TABLES_BY_NAME, Cell, Column, Table
from workbench.loaders import iban as account_numbers
from workbench.loaders.delimited import delimiter_of, header_names, rows
from workbench.loaders.sniff import Kind, Source
from workbench.loaders.spreadsheet import sheet_rows
from workbench.loaders.text import clean, decoded

Value = str | int | date | None

_ENDINGS: Final = {".csv", ".xlsx"}
_YES: Final = {"yes", "oui", "true", "vrai", "1", "y", "o"}
_NO: Final = {"no", "non", "false", "faux", "0", "n"}
_COUNT: Final = re.compile(r"[0-9]{1,6}")
_SPLIT_PART: Final = re.compile(r"(.+?)\s*[:=]\s*([^:=]+)")
_MONTHS: Final = re.compile(r"[0-9]{1,2}(?:\s*[,;|/ ]\s*[0-9]{1,2})*")
_TIME: Final = re.compile(r"[T ](\d{1,2}:\d{2}.*)", re.DOTALL)
_EMPTY: Final[dict[Cell, Value]] = {
    Cell.DATE: None, Cell.AMOUNT: None, Cell.COUNT: None, Cell.FLAG: None,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row that can go in.

    Attributes:
        line: 1-based line of the file (row of the sheet).
        values: by stored name, every column of the table there: text "" and anything else None
            where the file has none; amounts in cents, flags 1 or 0, lists joined by `|`.
    """

    line: int
    values: dict[str, Value]


@dataclass(frozen=True, slots=True)
class TableFile:
    """One table file, read.

    Attributes:
        name: table of the contract.
        file: name of the file.
        rows: what can go in, in the order of the file, each key once.
        rejects: what cannot, each with its place, value and reason.
        given: stored names of the columns the file has: what it does not have, it does not empty.
    """

    name: str
    file: str
    rows: tuple[TableRow, ...]
    rejects: tuple[Finding, ...]
    given: frozenset[str]


class _RejectError(ValueError):
    """A cell that cannot be kept; `code` is the finding's."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def table_name(path: Path) -> str | None:
    """Returns which table of the contract a file is by its name, None for any other file."""
    name = path.stem.lower()
    return name if path.suffix.lower() in _ENDINGS and name in TABLES_BY_NAME else None


def read_table(path: Path) -> TableFile:
    """Reads one table file, told by its name.

    Returns:
        Its rows and its rejects. Codes of the rejects: `missing_column`, `repeated_column` (no
        row then), `too_many_cells`, `missing_value`, `bad_amount`, `bad_date`, `bad_iban`,
        `bad_number`, `bad_months`, `bad_split`, `unknown_code`, `duplicate_key`.

    Raises:
        UnreadableFileError: empty, binary, not text in any known encoding, no readable workbook.
        ValueError: the name is none of the contract's (ask `table_name` first).
    """
    name = table_name(path)
    if name is None:
        raise ValueError(f"{path.name} is no table of the contract")
    return read_content(Source.of_path(path), table=TABLES_BY_NAME[name], file=path.name)


def read_content(source: Source, *, table: Table, file: str) -> TableFile:
    """Reads one table from any source; `file` is the name its findings carry."""
    lines = _lines(source)
    header_line, header = next(lines, (1, []))
    if not header:
        raise UnreadableFileError(source.name, "fichier vide")
    reading = _Reading(table, file, header_names([clean(cell) for cell in header]), header_line)
    if not reading.rejects:
        for line, cells in lines:
            reading.take(line, cells)
    return TableFile(
        table.name,
        file,
        tuple(reading.rows.values()),
        tuple(reading.rejects),
        frozenset(column.stored for column, place in reading.positions if place is not None),
    )


def _lines(source: Source) -> Iterator[tuple[int, list[str]]]:
    head = source.head()
    if head.kind is Kind.EMPTY:
        raise UnreadableFileError(source.name, "fichier vide")
    if head.kind is Kind.WORKBOOK:
        return sheet_rows(source.content(), file=source.name)
    if head.kind is not Kind.TEXT:
        raise UnreadableFileError(
            source.name,
            f"c'est {head.words}, pas un tableau",
            hint="L'enregistrer en .csv ou en .xlsx",
        )
    text = decoded(source.content(), file=source.name)
    return rows(text, file=source.name, delimiter=delimiter_of(text))


class _Reading:
    """One pass over one file."""

    def __init__(self, table: Table, file: str, names: list[str], line: int) -> None:
        self.table = table
        self.file = file
        self.width = len(names)
        self.rows: dict[tuple[Value, ...], TableRow] = {}
        self.rejects: list[Finding] = []
        for column in table.columns:
            if column.required and column.name not in names:
                self._reject_file(line, "missing_column", "Colonne absente", column.name, names)
            elif names.count(column.name) > 1:
                self._reject_file(
                    line, "repeated_column", "Colonne présente deux fois", column.name, names
                )
        self.positions = [
            (column, names.index(column.name) if column.name in names else None)
            for column in table.columns
        ]

    def take(self, line: int, cells: list[str]) -> None:
        """Keeps one row, or says why not."""
        if any(cells[self.width :]):
            self._reject(
                line,
                "too_many_cells",
                f"{len(cells)} cellules pour {self.width} colonnes",
                value=cells[self.width],
                to_do="Mettre entre guillemets ce qui contient le séparateur",
            )
            return
        values: dict[str, Value] = {}
        is_good = True
        for column, position in self.positions:
            text = clean(cells[position]) if position is not None and position < len(cells) else ""
            try:
                values[column.stored] = _value(column, text)
            except _RejectError as reject:
                # All bad cells of a row are said at once: one correction, not one a run.
                self._reject(line, reject.code, str(reject), column=column.name, value=text)
                is_good = False
        if is_good:
            self._keep(TableRow(line, values))

    def _keep(self, row: TableRow) -> None:
        key = tuple(row.values[name] for name in self.table.key)
        known = self.rows.setdefault(key, row)
        if known is row or known.values == row.values:
            return
        differing = [name for name, value in row.values.items() if known.values[name] != value]
        self._reject(
            row.line,
            "duplicate_key",
            f"Déjà à la ligne {known.line} avec d'autres valeurs ({', '.join(differing)})",
            column=self.table.column(self.table.key[0]).name,
            value=" | ".join(str(part) for part in key if part),
            to_do="Garder une seule des deux lignes",
        )

    def _reject_file(
        self, line: int, code: str, reason: str, column: str, names: list[str]
    ) -> None:
        self._reject(
            line,
            code,
            f"{reason}\u00a0: aucune ligne du fichier n'est importée",
            column=column,
            value=", ".join(names),
            to_do=f"Mettre une colonne {column}, et une seule",
        )

    def _reject(
        self, line: int, code: str, reason: str, *, column: str = "", value: str = "",
        to_do: str = "Corriger la ligne et importer à nouveau",
    ) -> None:  # fmt: skip
        self.rejects.append(
            Finding(
                code=code,
                severity=Severity.ERROR,
                message=reason[:1].upper() + reason[1:],
                file=self.file,
                line=line,
                column=column,
                value=value,
                to_do=to_do,
            )
        )


def without(table: TableFile, lines: Iterable[int], findings: Iterable[Finding]) -> TableFile:
    """Returns the table without the rows of those lines, and with those rejects."""
    gone = set(lines)
    return replace(
        table,
        rows=tuple(row for row in table.rows if row.line not in gone),
        rejects=(*table.rejects, *findings),
    )


# --- cells


def _value(column: Column, text: str) -> Value:
    if not text:
        if column.required:
            raise _RejectError("missing_value", "valeur obligatoire absente")
        return _EMPTY.get(column.cell, "")
    return _PARSERS[column.cell](column, text)


def _text(_: Column, text: str) -> str:
    return text


def _code(column: Column, text: str) -> str:
    code = text.lower()
    if code not in column.codes:
        raise _RejectError("unknown_code", f"code inconnu (attendu {', '.join(column.codes)})")
    return code


def _list(_: Column, text: str) -> str:
    return "|".join(part for item in text.split("|") if (part := item.strip()))


@lru_cache(maxsize=65536)
def _day(text: str) -> date:
    return parse_date(text)


def _date(_: Column, text: str) -> date:
    try:
        return _day(text)
    except DateError as error:
        raise _RejectError("bad_date", str(error)) from None


def _moment(column: Column, text: str) -> str:
    """Returns the day in ISO, and its time as it stands: a French date would not sort."""
    day = _date(column, text).isoformat()
    hour = _TIME.search(text)
    return f"{day}T{hour[1].strip()}" if hour else day


def _amount(_: Column, text: str) -> int:
    try:
        return parse_amount(text)
    except AmountError as error:
        raise _RejectError("bad_amount", str(error)) from None


def _count(_: Column, text: str) -> int:
    if not _COUNT.fullmatch(text):
        raise _RejectError("bad_number", "ce n'est pas un nombre entier")
    return int(text)


def _flag(_: Column, text: str) -> int:
    word = unicodedata.normalize("NFKC", text).lower()
    if word in _YES:
        return 1
    if word in _NO:
        return 0
    raise _RejectError("unknown_code", "code inconnu (attendu yes ou no)")


def _iban(_: Column, text: str) -> str:
    number = account_numbers.normalised(text)
    if not account_numbers.is_valid(number):
        raise _RejectError("bad_iban", "IBAN faux\u00a0: longueur ou clé de contrôle")
    return number


def _ibans(column: Column, text: str) -> str:
    return "|".join(_iban(column, part) for part in _list(column, text).split("|") if part)


def _months(_: Column, text: str) -> str:
    months = {int(part) for part in re.findall(r"[0-9]+", text)}
    if not _MONTHS.fullmatch(text) or not months <= set(range(1, 13)):
        raise _RejectError("bad_months", "mois illisibles (attendu 1,4,7,10)")
    return ",".join(str(month) for month in sorted(months))


def _split(column: Column, text: str) -> str:
    """Returns `account:cents|account:cents` from `account:amount|account:amount`."""
    parts: dict[str, int] = {}
    for part in _list(column, text).split("|"):
        told = _SPLIT_PART.fullmatch(part)
        if told is None or told[1] in parts:
            raise _RejectError("bad_split", "répartition illisible (attendu compte:montant|…)")
        account, amount = told.groups()
        parts[account] = _amount(column, amount)
        if parts[account] <= 0:
            raise _RejectError("bad_split", "chaque part d'une répartition est positive")
    return "|".join(f"{account}:{cents}" for account, cents in parts.items())


_PARSERS: Final[dict[Cell, Callable[[Column, str], Value]]] = {
    Cell.TEXT: _text,
    Cell.CODE: _code,
    Cell.LIST: _list,
    Cell.DATE: _date,
    Cell.MOMENT: _moment,
    Cell.AMOUNT: _amount,
    Cell.COUNT: _count,
    Cell.FLAG: _flag,
    Cell.IBAN: _iban,
    Cell.IBANS: _ibans,
    Cell.MONTHS: _months,
    Cell.SPLIT: _split,
}
