"""What a bank file is and holds, before anybody imports it: its accounts, balances, what is wrong.

Reads a file and, where there is one, the ledger; writes nothing.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pandas as pd

from workbench.domain.findings import Finding, Severity
from workbench.domain.records import EUR, StatementKind
from workbench.ledger import provenance, views
from workbench.ledger.store import Ledger
from workbench.loaders.profiles import Profile
from workbench.pipeline.bank_reading import ReadFile, ReadStatement, read_bank_file
from workbench.reports import statement_chain

# The others tell of movements that these bring.
_MOVEMENTS: Final = frozenset({StatementKind.STATEMENT, StatementKind.REPORT})
# Stands where a file names no account, so that it can be looked at without one.
_UNNAMED: Final = "?"
# What one statement says of itself was found while it was read.
_OF_THE_CHAIN: Final = frozenset({"statement_hole", "statement_overlap", "statement_versions"})
# Past any number of the ledger: statements of one day keep their order.
_AFTER_ALL: Final = 1 << 40


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectedStatement:
    """One statement of a file.

    Attributes:
        iban: its account; "" where the file names none.
        building_id: the building the ledger gives this account to; "" when none or no ledger.
        kind: see `StatementKind`.
        number: the bank's number, "" when none.
        currency: of the account.
        first_on: date of the opening balance, else the first booking date; None without either.
        last_on: date of the closing balance, else the last booking date.
        opening_cents: None where the file has no balance.
        closing_cents: None where the file has no balance.
        entries: how many.
        credits_cents: money in (>= 0).
        debits_cents: money out (<= 0).
        new: entries whose movement the ledger does not know; None without a ledger, and for what
            is no movement (details, states of orders).
    """

    iban: str
    building_id: str
    kind: StatementKind
    number: str
    currency: str
    first_on: date | None
    last_on: date | None
    opening_cents: int | None
    closing_cents: int | None
    entries: int
    credits_cents: int
    debits_cents: int
    new: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """What a bank file is and holds.

    Attributes:
        file: as it was given.
        file_id: sha256 of its bytes.
        size: bytes.
        format: name of its format.
        is_imported: these very bytes have been imported; None without a ledger.
        statements: in the order of the file.
        findings: what is wrong with it, in the order of the file.
    """

    file: str
    file_id: str
    size: int
    format: str
    is_imported: bool | None
    statements: tuple[InspectedStatement, ...]
    findings: tuple[Finding, ...]

    @property
    def is_right(self) -> bool:
        """True when nothing is wrong; what is only good to know is not."""
        return all(finding.severity is Severity.INFO for finding in self.findings)


def inspect_file(
    path: Path, *, ledger: Ledger | None, profiles: Sequence[Profile], iban: str = ""
) -> Inspection:
    """Reads a bank file to its end, and says what it holds.

    Args:
        path: the file.
        ledger: to say what would be new; open, read-only is enough. None when there is none.
        profiles: of the office's banks, see `loaders.profiles`.
        iban: account of a file that does not name its own.

    Raises:
        UnreadableFileError: of no known format, damaged, written to meanwhile or not there; says
            where.

    Source: CONTRACT, `inspect`; FORMATS, rules for every reader.
    """
    buildings: dict[str, str] = {}
    if ledger is not None:
        accounts = views.bank_accounts(ledger)
        buildings = dict(zip(accounts["iban"], accounts["building_id"], strict=True))
    read = read_bank_file(path, iban=iban or _UNNAMED, profiles=profiles, known=list(buildings))
    with closing(read):
        findings = [*read.findings]
        if any(told.statement.iban == _UNNAMED for told in read.statements):
            findings.append(_no_account(path.name))
        news: list[int | None] = [None] * len(read.statements)
        is_imported: bool | None = None
        if ledger is not None:
            is_imported = provenance.is_imported(ledger, file_id=read.file_id)
            news = _news(ledger, read)
            findings += _chain(ledger, read.statements, file=path.name)
        return Inspection(
            file=str(path),
            file_id=read.file_id,
            size=path.stat().st_size,
            format=read.format,
            is_imported=is_imported,
            statements=tuple(
                _inspected(told, building_id=buildings.get(told.statement.iban, ""), new=new)
                for told, new in zip(read.statements, news, strict=True)
            ),
            findings=tuple(findings),
        )


def _inspected(told: ReadStatement, *, building_id: str, new: int | None) -> InspectedStatement:
    statement, totals = told.statement, told.totals
    return InspectedStatement(
        iban="" if statement.iban == _UNNAMED else statement.iban,
        building_id=building_id,
        kind=statement.kind,
        number=statement.number,
        currency=statement.currency,
        first_on=statement.opened_on or totals.first_on,
        last_on=statement.closed_on or totals.last_on,
        opening_cents=statement.opening_cents,
        closing_cents=statement.closing_cents,
        entries=totals.count,
        credits_cents=totals.credits_cents,
        debits_cents=totals.debits_cents,
        new=new,
    )


def _news(ledger: Ledger, read: ReadFile) -> list[int | None]:
    """Counts what would be new in each statement; None where it tells of no movement."""
    moving = [told for told in read.statements if _brings_movements(told)]
    with ledger.reading() as connection:
        counts = iter(provenance.new_of_each(connection, moving, format=read.format))
    return [next(counts) if _brings_movements(told) else None for told in read.statements]


def _brings_movements(told: ReadStatement) -> bool:
    return told.statement.kind in _MOVEMENTS and told.statement.iban != _UNNAMED


def _chain(ledger: Ledger, statements: Sequence[ReadStatement], *, file: str) -> list[Finding]:
    """Says where the file's statements would not follow those of the ledger and each other."""
    known = views.statements(ledger)
    rows = [
        _row(told, number=_AFTER_ALL + n, file=file)
        for n, told in enumerate(statements)
        if told.statement.kind is StatementKind.STATEMENT
        and told.statement.opening_cents is not None
    ]
    if not rows:
        return []
    added = pd.DataFrame(rows)[list(known.columns)].astype(known.dtypes.to_dict())
    both = pd.concat([known[known["iban"].isin(added["iban"])], added], ignore_index=True)
    told = statement_chain.chain_findings(statement_chain.chain(both))
    return [f for f in told if f.file == file and f.code in _OF_THE_CHAIN]


def _row(told: ReadStatement, *, number: int, file: str) -> dict[str, object]:
    """Returns a statement as `views.statements` would give it."""
    statement, totals = told.statement, told.totals
    opened_on, closed_on = statement.opened_on, statement.closed_on
    return {
        "statement_id": number, "iban": statement.iban, "building_id": "",
        "number": statement.number,
        "opened_on": pd.to_datetime(str(opened_on or totals.first_on)),
        "closed_on": pd.to_datetime(str(closed_on or totals.last_on)),
        "opening_cents": statement.opening_cents, "closing_cents": statement.closing_cents,
        "currency": statement.currency or EUR, "entries": totals.count,
        "credits_cents": totals.credits_cents, "debits_cents": totals.debits_cents,
        "file_name": file,
    }  # fmt: skip


def _no_account(file: str) -> Finding:
    return Finding(
        code="no_account",
        severity=Severity.WARNING,
        message="Ce fichier ne nomme pas son compte",
        file=file,
        to_do="le donner à l'import : --iban FR76…",
    )
