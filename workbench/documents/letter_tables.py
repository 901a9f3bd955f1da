"""The table of each kind of letter: columns, rows, totals, already written in French.

A rule is the line drawn above a row: `full`, `part` (from the second column on), `ink`, or none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final, Literal

from workbench.documents.letter_kinds import Group, Letter, LetterKind, Line
from workbench.documents.typesetting import LONGEST_IN_CELL, drawn
from workbench.domain.dates import french_date
from workbench.domain.money import french_amount
from workbench.domain.records import BuildingKind

Rule = Literal["", "full", "part", "ink"]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: title with its unit, numbers to the right, one that takes the room left."""

    title: str
    number: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A row: cells as written, the line above it, bold or not."""

    cells: tuple[str, ...]
    rule: Rule = "full"
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows; `strong_first` has the first column bold."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    strong_first: bool = False

    def data(self) -> dict[str, object]:
        """Returns it as a layout reads it: every text as it can be drawn."""
        return {
            "columns": [
                {"title": drawn(c.title), "number": c.number, "wide": c.wide} for c in self.columns
            ],
            "rows": [
                {
                    "cells": [drawn(cell, longest=LONGEST_IN_CELL) for cell in row.cells],
                    "rule": row.rule,
                    "strong": row.strong,
                }
                for row in self.rows
            ],
            "strong-first": self.strong_first,
        }


# A credit is told apart from the four natures: it lessens them, it is none of them.
_DEDUCTED: Final = "deducted"
_ORDER: Final = (*Group, _DEDUCTED)


def table_of(letter: Letter) -> Table | None:
    """Returns the table of a letter; None for bank details, which have none.

    Source: LAW L3, L10.
    """
    build = _TABLES.get(letter.kind)
    if letter.kind is LetterKind.FORMAL_NOTICE and letter.building_kind is BuildingKind.COOWNERSHIP:
        build = _by_nature
    return build(letter) if build else None


def _oldest_first(lines: Sequence[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: (line.due_on or date.min, line.label))


def _day(day: date | None) -> str:
    return french_date(day) if day else "–"


def _claimed(letter: Letter) -> Table:
    columns = (
        Column("Détail", wide=True),
        Column("Exigible le", number=True),
        Column("Montant (€)", number=True),
    )
    rows = [
        Row((line.label, _day(line.due_on), french_amount(line.amount_cents)))
        for line in _oldest_first(letter.lines)
    ]
    if letter.interest_cents:
        words = f"Intérêts au taux légal, {letter.interest_words}"
        rows.append(Row((words, "", french_amount(letter.interest_cents))))
    rows.append(Row(("À payer", "", french_amount(letter.total_cents)), rule="ink", strong=True))
    return Table(columns, tuple(_without_first_rule(rows)))


def _by_nature(letter: Letter) -> Table:
    columns = (
        Column("Nature"),
        Column("Détail", wide=True),
        Column("Exigible le", number=True),
        Column("Montant (€)", number=True),
        Column("Total (€)", number=True),
    )
    titles: Mapping[str, str] = {
        Group.BUDGET: f"Budget prévisionnel {letter.budget_year}".rstrip(),
        Group.WORKS: "Travaux votés",
        Group.EARLIER: "Exercices antérieurs",
        Group.COSTS: "Frais de recouvrement",
        _DEDUCTED: "À déduire",
    }
    rows: list[Row] = []
    ordered = sorted(_oldest_first(letter.lines), key=lambda line: _ORDER.index(_part(line)))
    for part, grouped in groupby(ordered, key=_part):
        rows += _nature_rows(titles[part], list(grouped))
    if letter.interest_cents:
        amount = french_amount(letter.interest_cents)
        rows.append(Row(("Intérêts légaux", letter.interest_words, "–", amount, amount)))
    total = ("À payer", "", "", "", french_amount(letter.total_cents))
    rows.append(Row(total, rule="ink", strong=True))
    return Table(columns, tuple(_without_first_rule(rows)), strong_first=True)


def _part(line: Line) -> str:
    return _DEDUCTED if line.amount_cents < 0 else line.group


def _nature_rows(title: str, lines: Sequence[Line]) -> list[Row]:
    total = french_amount(sum(line.amount_cents for line in lines))
    last = len(lines) - 1
    return [
        Row(
            (
                "" if index else title,
                line.label,
                _day(line.due_on),
                french_amount(line.amount_cents),
                total if index == last else "",
            ),
            rule="part" if index else "full",
        )
        for index, line in enumerate(lines)
    ]


def _statement(letter: Letter) -> Table:
    columns = (
        Column("Date"),
        Column("Libellé", wide=True),
        Column("Débit (€)", number=True),
        Column("Crédit (€)", number=True),
        Column("Solde (€)", number=True),
    )
    balance = letter.opening_cents
    opened = _day(letter.period_start)
    rows = [Row((opened, "Solde antérieur", "", "", french_amount(balance)))]
    debits = credits_ = 0
    for line in _oldest_first(letter.lines):
        balance += line.amount_cents
        debit, credit = max(line.amount_cents, 0), max(-line.amount_cents, 0)
        debits, credits_ = debits + debit, credits_ + credit
        cells = (
            _day(line.due_on), line.label,
            french_amount(debit) if debit else "", french_amount(credit) if credit else "",
            french_amount(balance),
        )  # fmt: skip
        rows.append(Row(cells))
    closing = _day(letter.period_end or letter.dated_on)
    words = balance_words(balance)
    total = (closing, words, french_amount(debits), french_amount(credits_), french_amount(balance))
    rows.append(Row(total, rule="ink", strong=True))
    return Table(columns, tuple(_without_first_rule(rows)))


def balance_words(balance_cents: int) -> str:
    """Returns what a closing balance means for its holder."""
    if balance_cents == 0:
        return "Compte soldé"
    return "Solde à payer" if balance_cents > 0 else "Solde en votre faveur"


def _receipt(letter: Letter) -> Table:
    columns = (
        Column("Libellé", wide=True),
        Column("Échéance", number=True),
        Column("Appelé (€)", number=True),
        Column("Payé (€)", number=True),
        Column("Reste (€)", number=True),
    )
    rows = [
        Row((line.label, _day(line.due_on), *_paid(line.amount_cents, line.paid_cents)))
        for line in _oldest_first(letter.lines)
    ]
    called = sum(line.amount_cents for line in letter.lines)
    total = ("Total", "", *_paid(called, letter.total_cents))
    rows.append(Row(total, rule="ink", strong=True))
    return Table(columns, tuple(_without_first_rule(rows)))


def _paid(called_cents: int, paid_cents: int) -> tuple[str, str, str]:
    amounts = (called_cents, paid_cents, called_cents - paid_cents)
    called, paid, left = (french_amount(cents) for cents in amounts)
    return called, paid, left


def _without_first_rule(rows: Sequence[Row]) -> list[Row]:
    """The header's own line is above the first row already."""
    return [Row(rows[0].cells, rule="", strong=rows[0].strong), *rows[1:]]


_TABLES: Final[Mapping[LetterKind, Callable[[Letter], Table]]] = {
    LetterKind.SIMPLE: _claimed,
    LetterKind.FORMAL_NOTICE: _claimed,
    LetterKind.STATEMENT: _statement,
    LetterKind.RENT_RECEIPT: _receipt,
    LetterKind.PART_RECEIPT: _receipt,
}
