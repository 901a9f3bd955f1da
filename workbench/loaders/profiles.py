"""Profiles: what the columns of a bank's table mean, written down in TOML instead of code.

A profile names the columns of one bank's export and says what stands above and below its rows.
Ours are beside this module (`profiles/*.toml`), an office adds its own in a folder. Reading the
rows is `bank_table`'s.

Source: FORMATS, CSV headers; docs/decisions/0010.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final, NoReturn

from workbench.domain.errors import ParameterError
from workbench.loaders.delimited import folded_name

_BUILT_IN: Final = Path(__file__).with_suffix("")
_PLACE: Final = re.compile(r"at line (\d+)")
_SEPARATORS: Final = {";": ";", ",": ",", "|": "|", "tab": "\t"}
_ENCODINGS: Final = ("utf-8", "cp1252", "iso-8859-1", "iso-8859-15", "cp850", "mac-roman")
_COLUMNS: Final = (
    "account", "booked_on", "value_on", "amount", "debit", "credit", "label", "counterparty",
    "counterparty_iban", "reference", "operation_code", "currency", "balance",
)  # fmt: skip
_PREAMBLE: Final = (
    "account", "bank", "branch", "currency", "opened_on", "closed_on", "opening", "closing",
    "entries",
)  # fmt: skip
_FOOTER: Final = ("opening", "closing", "ignored")
_KEYS: Final = (
    "name", "header", "recognised_by", "encodings", "separator", "date_order", "row_order",
    "debit_sign", "currency", "bank", "branch", "columns", "preamble", "footer",
)  # fmt: skip


class DateOrder(StrEnum):
    """Which part of a date comes first where it is written with three numbers."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class RowOrder(StrEnum):
    """Which rows come first."""

    # By the dates of the first and the last row; on one day, by the balances.
    TOLD = "told_by_rows"
    OLDEST = "oldest_first"
    NEWEST = "newest_first"


class DebitSign(StrEnum):
    """How a debit stands in a column of its own."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    # Money out whatever its sign: for banks that changed their mind.
    EITHER = "either"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What the columns of one export mean.

    Attributes:
        id: short name, that of its file; ends the name of the format (`csv-lcl`).
        name: the bank, for messages.
        header: columns that must all be there, as the bank writes them.
        recognised_by: groups of folded column names; a header with all of one group is this one's.
        columns: names of the columns, by what they are; more than one only for the label.
        encodings: tried in this order where the bytes have no mark.
        separator: between the cells; "" when the header tells.
        date_order: see `DateOrder`; an ISO date is one in any order.
        row_order: see `RowOrder`.
        debit_sign: see `DebitSign`.
        currency: of amounts for which the file names none.
        bank: code banque, where the account numbers have none; branch likewise.
        branch: code guichet.
        preamble: patterns of one group, by what they find in a line above the header. Lines are
            folded first: lower case, no accents, cells joined by `;`.
        footer: the same for lines among or below the rows.
        ignored: patterns of lines among or below the rows that mean nothing.
    """

    id: str
    name: str
    header: tuple[str, ...]
    recognised_by: tuple[frozenset[str], ...]
    columns: Mapping[str, tuple[str, ...]]
    encodings: tuple[str, ...] = ("utf-8", "cp1252")
    separator: str = ""
    date_order: DateOrder = DateOrder.DAY
    row_order: RowOrder = RowOrder.TOLD
    debit_sign: DebitSign = DebitSign.NEGATIVE
    currency: str = "EUR"
    bank: str = ""
    branch: str = ""
    preamble: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    footer: Mapping[str, re.Pattern[str]] = field(default_factory=dict)
    ignored: tuple[re.Pattern[str], ...] = ()

    def fits(self, names: Iterable[str]) -> int:
        """Returns how many columns of a folded header speak for this profile, 0 for another's."""
        there = set(names)
        return max((len(group) for group in self.recognised_by if group <= there), default=0)


def load_profiles(folder: Path | None) -> tuple[Profile, ...]:
    """Returns the profiles of an office, in the order of their names, then ours.

    Args:
        folder: where its `*.toml` files are; None for ours alone. A file with the name of one of
            ours replaces it.

    Raises:
        ParameterError: no such folder, or a profile that says something impossible; names the
            file, the key and what is allowed.
    """
    if folder is None:
        return built_in()
    if not folder.is_dir():
        raise ParameterError(f"Dossier des profils de banque introuvable\u00a0: {folder}")
    own = tuple(parse_profile(_read(path), id=path.stem, file=str(path)) for path in _files(folder))
    names = {profile.id for profile in own}
    return own + tuple(profile for profile in built_in() if profile.id not in names)


@cache
def built_in() -> tuple[Profile, ...]:
    """Returns the profiles that come with the program, in the order of their names."""
    return tuple(
        parse_profile(_read(path), id=path.stem, file=path.name) for path in _files(_BUILT_IN)
    )


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.toml") if path.is_file())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise ParameterError(f"{path}\u00a0: profil illisible (attendu du TOML en UTF-8)") from None


def parse_profile(text: str, *, id: str, file: str) -> Profile:  # noqa: A002 - the field's name
    """Reads one profile.

    Args:
        text: TOML.
        id: its short name.
        file: for messages.

    Raises:
        ParameterError: not TOML, a key unknown, missing or of a wrong value; names the key and
            what is allowed.
    """
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line = f", ligne {place[1]}" if place else ""
        raise ParameterError(f"{file}{line}\u00a0: ce n'est pas du TOML") from None
    table = _Table(told, file, "")
    table.only(_KEYS)
    columns = _columns(table.table("columns"))
    header = table.texts("header", required=True)
    groups = table.groups("recognised_by") or (header,)
    preamble, footer = table.table("preamble"), table.table("footer")
    preamble.only(_PREAMBLE)
    footer.only(_FOOTER)
    separator = table.choice("separator", tuple(_SEPARATORS), "")
    return Profile(
        id=id,
        name=table.text("name", required=True),
        header=header,
        recognised_by=tuple(frozenset(map(folded_name, group)) for group in groups),
        columns=columns,
        encodings=tuple(
            table.one_of("encodings", name, _ENCODINGS) for name in table.texts("encodings")
        )
        or ("utf-8", "cp1252"),
        separator=_SEPARATORS.get(separator, ""),
        date_order=DateOrder(table.choice("date_order", tuple(DateOrder), DateOrder.DAY)),
        row_order=RowOrder(table.choice("row_order", tuple(RowOrder), RowOrder.TOLD)),
        debit_sign=DebitSign(table.choice("debit_sign", tuple(DebitSign), DebitSign.NEGATIVE)),
        currency=table.matching("currency", r"[A-Z]{3}", "trois lettres, par exemple EUR") or "EUR",
        bank=table.matching("bank", r"\d{5}", "cinq chiffres"),
        branch=table.matching("branch", r"\d{5}", "cinq chiffres"),
        preamble={key: preamble.pattern(key, preamble.text(key)) for key in preamble.told},
        footer={
            key: footer.pattern(key, footer.text(key)) for key in footer.told if key != "ignored"
        },
        ignored=tuple(
            footer.pattern("ignored", line, groups=0) for line in footer.texts("ignored")
        ),
    )


def _columns(table: "_Table") -> dict[str, tuple[str, ...]]:
    table.only(_COLUMNS)
    columns = {
        key: table.texts(key) if key == "label" else (table.text(key, required=True),)
        for key in table.told
    }
    for key in ("booked_on", "label"):
        if not columns.get(key):
            table.refuse(key, "clé absente", "le nom d'une colonne")
    is_single, is_double = "amount" in columns, {"debit", "credit"} & columns.keys()
    if is_single == bool(is_double) or len(is_double) == 1:
        table.refuse("amount", "le sens des montants n'est pas dit", "amount, ou debit et credit")
    return columns


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of TOML, and where it stands."""

    told: dict[str, Any]
    file: str
    path: str

    def only(self, allowed: Iterable[str]) -> None:
        """Refuses a key that nobody reads: a spelling mistake would be silent."""
        for key in self.told:
            if key not in allowed:
                self.refuse(key, "clé inconnue", ", ".join(allowed))

    def table(self, key: str) -> "_Table":
        value = self.told.get(key, {})
        if not isinstance(value, dict):
            self.refuse(key, "ce n'est pas une table", f"[{key}]")
        return _Table(value, self.file, f"{self.path}{key}.")

    def text(self, key: str, *, required: bool = False) -> str:
        value = self.told.get(key, "")
        if not isinstance(value, str) or (required and not value.strip()):
            self.refuse(key, "texte attendu" if key in self.told else "clé absente", "un texte")
        return str(value)

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        value = self.told.get(key, [])
        if not _are_texts(value) or (required and not value):
            allowed = "une liste de textes"
            self.refuse(key, "liste attendue" if key in self.told else "clé absente", allowed)
        return tuple(value)

    def groups(self, key: str) -> tuple[tuple[str, ...], ...]:
        value = self.told.get(key, [])
        if not isinstance(value, list) or not all(_are_texts(group) and group for group in value):
            self.refuse(key, "liste attendue", "une liste de listes de colonnes")
        return tuple(tuple(group) for group in value)

    def choice(self, key: str, allowed: tuple[str, ...], default: str) -> str:
        return self.one_of(key, self.text(key), allowed) if key in self.told else default

    def one_of(self, key: str, value: str, allowed: tuple[str, ...]) -> str:
        if value not in allowed:
            self.refuse(key, f"valeur inconnue «\u00a0{value}\u00a0»", ", ".join(allowed))
        return value

    def matching(self, key: str, pattern: str, allowed: str) -> str:
        value = self.text(key)
        if value and not re.fullmatch(pattern, value, re.ASCII):
            self.refuse(key, f"valeur inconnue «\u00a0{value}\u00a0»", allowed)
        return value

    def pattern(self, key: str, text: str, *, groups: int = 1) -> re.Pattern[str]:
        try:
            pattern = re.compile(text, re.ASCII)
        except re.error as error:
            self.refuse(key, f"expression régulière fausse ({error})", "une expression de Python")
        if groups and pattern.groups != groups:
            self.refuse(
                key, "expression sans ce qu'elle trouve", "un seul groupe entre parenthèses"
            )
        return pattern

    def refuse(self, key: str, reason: str, allowed: str) -> NoReturn:
        raise ParameterError(
            f"{self.file}, clé {self.path}{key}\u00a0: {reason} (attendu {allowed})"
        )


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) and v.strip() for v in value)
