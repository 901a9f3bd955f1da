"""Import: folders and files in, facts in the ledger, and a summary that leaves nothing unsaid.

Tables first, in one transaction; then bank files, some together. A file that cannot be read changes
nothing and is reported; the others go in. Everything may be run again, or killed and run
again, with the same end (DOMAIN A1).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from workbench.domain.dates import french_date
from workbench.domain.errors import ExitStatus, UnreadableFileError
from workbench.domain.findings import Finding, Severity
from workbench.domain.money import french_euros
from workbench.domain.progress import Progress
from workbench.domain.records import BankStatement, Entry, StatementFile
from workbench.domain.tables import TABLES
from workbench.ledger import bank_facts, facts
from workbench.ledger.bank_facts import FileResult, IdentifiedStatement
from workbench.ledger.facts import TableResult
from workbench.ledger.store import Ledger
from workbench.loaders import identity, references, registry, tables
from workbench.loaders.references import KnownIds
from workbench.loaders.statement import check_statement
from workbench.loaders.tables import TableFile

# A folder of the contract that holds papers, not tables nor statements.
_PAPERS: Final = "documents"


# Files are written together until they hold that many movements: a commit waits for the disk, and
# an office's folder holds thousands of small files.
_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class _ReadFile:
    """One bank file, read and not stored yet."""

    path: Path
    file_id: str
    format: str
    statements: list[IdentifiedStatement]
    findings: list[Finding]


@dataclass(slots=True)
class ImportSummary:
    """What an import did.

    Attributes:
        tables: result by table, in the order of the contract.
        bank_files: (name, format, result), in the order of their names.
        attached: movements that waited for their IBAN and found their building.
        rejects: rows that did not go in, each with its place and reason.
        findings: what else there is to know.
        unreadable: files that could not be read at all; nothing of them went in.
        skipped: files of a folder that are neither a table nor a bank file.
    """

    tables: dict[str, TableResult] = field(default_factory=dict)
    bank_files: list[tuple[str, str, FileResult]] = field(default_factory=list)
    attached: int = 0
    rejects: list[Finding] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unreadable: list[UnreadableFileError] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    @property
    def new_movements(self) -> int:
        """Movements that were not known before."""
        return sum(result.new for _, _, result in self.bank_files)

    @property
    def known_movements(self) -> int:
        """Movements that other files had brought already."""
        return sum(result.known for _, _, result in self.bank_files)

    @property
    def exit_status(self) -> ExitStatus:
        """Status of the command (CONTRACT)."""
        if self.unreadable:
            return ExitStatus.COULD_NOT_RUN
        return ExitStatus.DONE_WITH_REJECTS if self.rejects else ExitStatus.DONE


def import_paths(
    ledger: Ledger,
    paths: Sequence[Path],
    *,
    actor: str,
    at: datetime,
    iban: str = "",
    progress: Progress | None = None,
) -> ImportSummary:
    """Imports tables and bank files.

    Args:
        ledger: opened for writing.
        paths: files, or folders to walk.
        actor: who imports.
        at: when.
        iban: account of bank files that do not name theirs.
        progress: told before each file.

    Returns:
        The summary; rejects and unreadable files are in it, not raised.

    Raises:
        UnreadableFileError: a path does not exist.

    Source: DOMAIN A1, A2; CONTRACT, tables; FORMATS.
    """
    summary = ImportSummary()
    table_files, bank_files = _sorted_out(paths)
    total = len(table_files) + len(bank_files)

    loaded: list[TableFile] = []
    for done, path in enumerate(table_files):
        _tell(progress, done, total, path.name)
        try:
            loaded.append(tables.read_table(path))
        except UnreadableFileError as error:
            summary.unreadable.append(error)
    if loaded:
        _store_tables(ledger, loaded, summary, actor=actor, at=at)

    waiting: list[_ReadFile] = []
    for done, (path, walked) in enumerate(bank_files, start=len(table_files)):
        _tell(progress, done, total, path.name)
        if walked and not registry.is_bank_file(path):
            summary.skipped.append(path.name)
            continue
        try:
            waiting.append(_read_bank_file(path, iban=iban))
        except UnreadableFileError as error:
            summary.unreadable.append(error)
        if sum(len(s.entries) for file in waiting for s in file.statements) >= _AT_ONCE:
            _store_bank_files(ledger, waiting, summary, actor=actor, at=at)
            waiting = []
    _store_bank_files(ledger, waiting, summary, actor=actor, at=at)
    with ledger.writing() as connection:
        summary.attached = bank_facts.attach_waiting(connection)
    _tell(progress, total, total, "")
    return summary


def _tell(progress: Progress | None, done: int, total: int, words: str) -> None:
    if progress is not None:
        progress(done, total, words)


def _sorted_out(paths: Sequence[Path]) -> tuple[list[Path], list[tuple[Path, bool]]]:
    """Returns the contract's tables in their order, then bank files with "found by walking"."""
    table_files: list[Path] = []
    bank_files: list[tuple[Path, bool]] = []
    for path in paths:
        if not path.exists():
            raise UnreadableFileError(
                str(path), "ce fichier n'existe pas", hint="Vérifier le chemin donné à « import »"
            )
        found = [(f, True) for f in _walk(path)] if path.is_dir() else [(path, False)]
        for file, walked in found:
            if tables.table_name(file) is None:
                bank_files.append((file, walked))
            else:
                table_files.append(file)
    order = {table.name: n for n, table in enumerate(TABLES)}
    table_files.sort(key=lambda f: (order[tables.table_name(f) or ""], str(f)))
    bank_files.sort(key=lambda pair: str(pair[0]))
    return list(dict.fromkeys(table_files)), list(dict.fromkeys(bank_files))


def _walk(folder: Path) -> list[Path]:
    """Returns the files below a folder; hidden ones, papers and loops of links are left out."""
    found: list[Path] = []
    seen: set[Path] = set()
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        real = current.resolve()
        if real in seen:
            continue
        seen.add(real)
        for child in sorted(current.iterdir()):
            if child.name.startswith((".", "~$")):
                continue
            if child.is_dir():
                if child.name != _PAPERS:
                    waiting.append(child)
            elif child.is_file():
                found.append(child)
    return sorted(found)


def _store_tables(
    ledger: Ledger, loaded: list[TableFile], summary: ImportSummary, *, actor: str, at: datetime
) -> None:
    with ledger.writing() as connection:
        known = KnownIds(**facts.known_keys(connection), codes=facts.known_codes(connection))
        kept, rejects = references.check_references(loaded, known=known)
        rejects = [finding for table in loaded for finding in table.rejects] + rejects
        for table in kept:
            rows = [
                {name: value for name, value in row.values.items() if name in table.given}
                for row in table.rows
            ]
            result = facts.store_table(connection, table.name, rows, actor=actor, at=at)
            rejects += [_refused(table, refusal) for refusal in result.refused]
            _add_result(summary.tables, table.name, result)
        facts.replace_findings(connection, files=[t.file for t in loaded], findings=rejects)
    summary.rejects += rejects


def _add_result(results: dict[str, TableResult], name: str, result: TableResult) -> None:
    before = results.setdefault(name, TableResult())
    before.new += result.new
    before.changed += result.changed
    before.known += result.known
    before.refused += result.refused


def _refused(table: TableFile, refusal: facts.Refusal) -> Finding:
    return Finding(
        code="contradicts_ledger",
        severity=Severity.ERROR,
        message=refusal.reason,
        file=table.file,
        line=table.rows[refusal.index].line,
        column=refusal.column.removesuffix("_cents"),
        value=refusal.value,
        to_do="corriger la ligne dans le fichier d'origine",
    )


def _read_bank_file(path: Path, *, iban: str) -> _ReadFile:
    read = _with_account(registry.read_statements(path), path=path, iban=iban)
    findings: list[Finding] = []
    statements: list[IdentifiedStatement] = []
    for statement in read.statements:
        findings += check_statement(statement, file=path.name)
        statements.append(_identified(statement, path=path, findings=findings))
    return _ReadFile(path, _sha256(path), read.format, statements, findings)


def _store_bank_files(
    ledger: Ledger, read: list[_ReadFile], summary: ImportSummary, *, actor: str, at: datetime
) -> None:
    if not read:
        return
    findings: list[Finding] = []
    with ledger.writing() as connection:
        for file in read:
            result = bank_facts.store_file(
                connection, file.statements, file_id=file.file_id, name=file.path.name,
                format=file.format, actor=actor, at=at,
            )  # fmt: skip
            findings += file.findings
            findings += [_unknown_iban(number, path=file.path) for number in result.unknown_ibans]
            summary.bank_files.append((file.path.name, file.format, result))
        facts.replace_findings(connection, files=[f.path.name for f in read], findings=findings)
    summary.findings += findings


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _with_account(read: StatementFile, *, path: Path, iban: str) -> StatementFile:
    """Gives `--iban` to statements that name no account."""
    if all(statement.iban for statement in read.statements):
        return read
    if not iban:
        raise UnreadableFileError(
            path.name,
            "ce fichier ne nomme pas son compte",
            hint="Le donner : « workbench import FICHIER --iban FR76… »",
        )
    statements = tuple(s if s.iban else replace(s, iban=iban) for s in read.statements)
    return replace(read, statements=statements)


def _identified(
    statement: BankStatement, *, path: Path, findings: list[Finding]
) -> IdentifiedStatement:
    keys, repeated = identity.movement_identities(statement)
    dropped = set(repeated)
    kept = [n for n in range(len(statement.entries)) if n not in dropped]
    findings += [_repeated(statement.entries[n], statement, path=path) for n in repeated]
    return IdentifiedStatement(
        statement=statement,
        entries=tuple(statement.entries[n] for n in kept),
        movement_ids=tuple(
            identity.movement_id(keys[n], statement.entries[n].booked_on) for n in kept
        ),
    )


def _repeated(entry: Entry, statement: BankStatement, *, path: Path) -> Finding:
    return Finding(
        code="repeated_entry",
        severity=Severity.INFO,
        message=f"Écriture du {french_date(entry.booked_on)} de "
        f"{french_euros(entry.amount_cents, plus=True)} répétée dans le fichier : "
        "comptée une seule fois",
        file=path.name,
        value=entry.bank_reference,
        subject=statement.iban,
        to_do="contrôler le relevé",
    )


def _unknown_iban(iban: str, *, path: Path) -> Finding:
    return Finding(
        code="unknown_iban",
        severity=Severity.WARNING,
        message=f"Aucun immeuble n'a le compte {iban} : ses mouvements attendent",
        file=path.name,
        subject=iban,
        to_do="ajouter ce compte à bank_accounts",
    )
