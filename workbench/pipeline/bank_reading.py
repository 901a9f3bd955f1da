"""One bank file, read to its end and not stored yet: its statements, named; what is wrong with it.

However long the file, its entries wait on a shelf (`loaders.held`), so that nothing of it is kept
before its end was seen and no other writer waits while it is read.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from workbench.domain.dates import french_date
from workbench.domain.errors import UnreadableFileError
from workbench.domain.findings import Finding, Severity
from workbench.domain.money import french_euros
from workbench.domain.records import BankStatement, Entry, EntryTotals, StatementKind
from workbench.loaders import iban as account_numbers
from workbench.loaders import registry
from workbench.loaders.held import EntryShelf, HeldEntries
from workbench.loaders.identity import Marks, Names
from workbench.loaders.profiles import Profile
from workbench.loaders.sniff import Source, unopened
from workbench.loaders.statement import check_statement

# A file that repeats everything says so in few lines.
_MOST_REPEATED: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStatement:
    """A closed statement, its entries named; a `ledger.bank_facts.NamedStatement`.

    Attributes:
        statement: without its entries.
        totals: of the entries to keep.
        entries: all of them, on the shelf of their file.
        names: how to name them.
    """

    statement: BankStatement
    totals: EntryTotals
    entries: HeldEntries
    names: Names

    def named(self) -> Iterator[tuple[Entry, str]]:
        """Gives the entries to keep with their movement_id."""
        return self.names.named(self.entries)


@dataclass(slots=True, kw_only=True)
class ReadFile:
    """One bank file, whole; close it once stored.

    Attributes:
        path: where it is.
        file_id: sha256 of its bytes.
        format: name of its format.
        statements: in its order.
        findings: what is wrong with it.
        shelf: where its entries wait.
    """

    path: Path
    file_id: str
    format: str
    statements: list[ReadStatement]
    findings: list[Finding]
    shelf: EntryShelf

    @property
    def count(self) -> int:
        """Entries, in all its statements."""
        return sum(statement.totals.count for statement in self.statements)

    def close(self) -> None:
        """Lets go of its entries."""
        self.shelf.close()


def read_bank_file(
    path: Path, *, iban: str, profiles: Sequence[Profile] = (), known: Collection[str] = ()
) -> ReadFile:
    """Reads a bank file to its end.

    Args:
        path: the file.
        iban: account of statements that do not name theirs, "" when it was not given.
        profiles: of `loaders.profiles`.
        known: IBANs of the office's accounts: a bank's own number that is part of one is that
            account, so that the same movement in another format is the same.

    Raises:
        UnreadableFileError: of no known format, damaged, without an account, or written to while
            it was read.
    """
    before = _state(path)
    shelf = EntryShelf()
    try:
        file_id = _sha256(path)
        stream = registry.open_statements(Source.of_path(path), profiles=profiles)
        statements, findings = _collected(stream.events, shelf, path=path, iban=iban, known=known)
    except UnreadableFileError:
        shelf.close()
        _check_still(path, before)
        raise
    except BaseException:
        shelf.close()
        raise
    _check_still(path, before)
    return ReadFile(
        path=path, file_id=file_id, format=stream.format, statements=statements,
        findings=findings, shelf=shelf,
    )  # fmt: skip


def _collected(
    events: Iterator[Entry | BankStatement],
    shelf: EntryShelf,
    *,
    path: Path,
    iban: str,
    known: Collection[str],
) -> tuple[list[ReadStatement], list[Finding]]:
    statements: list[ReadStatement] = []
    findings: list[Finding] = []
    entries, marks, totals = HeldEntries(shelf), Marks(), EntryTotals()
    for event in events:
        if isinstance(event, BankStatement):
            statement = _with_account(event, path=path, iban=iban, known=known)
            names = marks.names(statement, totals=totals, entries=entries)
            findings += check_statement(statement, file=path.name, totals=totals)
            if names.dropped:
                findings += _repeated(names, entries, path=path)
                totals = EntryTotals.of(entry for entry, _ in names.named(entries))
            statements.append(
                ReadStatement(statement=statement, totals=totals, entries=entries, names=names)
            )
            entries, marks, totals = HeldEntries(shelf), Marks(), EntryTotals()
        else:
            entries.append(event)
            marks.add(event)
            totals.add(event)
    return statements, findings


def _with_account(
    statement: BankStatement, *, path: Path, iban: str, known: Collection[str]
) -> BankStatement:
    """Gives a statement its IBAN: by the bank's own number, or `--iban` where it names none."""
    match = account_numbers.only_match(statement.iban, [iban]) or account_numbers.only_match(
        statement.iban, known
    )
    if match:
        return replace(statement, iban=match)
    # The bank need not repeat the account of an order: its references tell whose it is.
    if statement.iban or statement.kind is StatementKind.ORDER_STATUS:
        return statement
    if not iban:
        raise UnreadableFileError(
            path.name,
            "ce fichier ne nomme pas son compte",
            hint="Le donner : « workbench import FICHIER --iban FR76… »",
        )
    return replace(statement, iban=iban)


def _repeated(names: Names, entries: HeldEntries, *, path: Path) -> list[Finding]:
    """Says which entries of a file only repeat an earlier one of it."""
    findings = [
        Finding(
            code="repeated_entry",
            severity=Severity.INFO,
            message=f"Écriture du {french_date(entry.booked_on)} de "
            f"{french_euros(entry.amount_cents, plus=True)} répétée dans le fichier : "
            "comptée une seule fois",
            file=path.name,
            value=entry.bank_reference,
            subject=names.statement.iban,
            to_do="contrôler le relevé",
        )
        for index, entry in enumerate(entries)
        if index in names.dropped
    ]
    more = len(findings) - _MOST_REPEATED
    if more <= 0:
        return findings
    rest = replace(
        findings[_MOST_REPEATED],
        message=f"{more} autres écritures répétées dans le fichier : comptées une seule fois",
        value="",
    )
    return [*findings[:_MOST_REPEATED], rest]


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unopened(str(path), error) from None


def _state(path: Path) -> tuple[int, int]:
    """Returns what changes when a file is written to."""
    try:
        found = path.stat()
    except OSError as error:
        raise unopened(str(path), error) from None
    return found.st_size, found.st_mtime_ns


def _check_still(path: Path, before: tuple[int, int]) -> None:
    """Refuses a file that was written to while it was read: what was read of it is no file.

    Raises:
        UnreadableFileError: it changed, or went away.
    """
    if _state(path) != before:
        raise UnreadableFileError(
            str(path),
            "le fichier a changé pendant sa lecture",
            hint="Attendre la fin de la copie, puis importer à nouveau",
        )
