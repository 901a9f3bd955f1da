"""Import: folders and files in, facts in the ledger, and a summary that leaves nothing unsaid.

Tables first, in one transaction; then bank files, some together. A file that cannot be read changes
nothing and is reported; the others go in. Everything may be run again, or killed and run
again, with the same end (DOMAIN A1).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from workbench.domain.errors import ExitStatus, UnreadableFileError
from workbench.domain.findings import Finding, Severity
from workbench.domain.progress import Progress
from workbench.domain.tables import TABLES
from workbench.ledger import bank_facts, facts
from workbench.ledger.bank_facts import FileResult
from workbench.ledger.store import Ledger
from workbench.ledger.table_facts import Refusal, TableResult
from workbench.loaders import references, registry, tables
from workbench.loaders.archive import is_archive
from workbench.loaders.clashes import without_clashes
from workbench.loaders.profiles import Profile
from workbench.loaders.references import KnownIds
from workbench.loaders.tables import TableFile
from workbench.pipeline import bank_findings
from workbench.pipeline.bank_reading import ReadFile, read_bank_file

# A folder of the contract that holds papers, not tables nor statements.
_PAPERS: Final = "documents"


# Files are written together until they hold that many movements: a commit waits for the disk, and
# an office's folder holds thousands of small files.
_AT_ONCE: Final = 5_000


class Keeper(Protocol):
    """Keeps the bytes of what was imported (`loaders.archive`)."""

    def keep(self, path: Path, *, file_id: str) -> None:
        """Keeps a file under the sha256 of its content; nothing where it is kept already."""


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
    profiles: Sequence[Profile] = (),
    archive: Keeper | None = None,
) -> ImportSummary:
    """Imports tables and bank files.

    Args:
        ledger: opened for writing.
        paths: files, or folders to walk.
        actor: who imports.
        at: when.
        iban: account of bank files that do not name theirs.
        progress: told before each file.
        profiles: how to read the exports of banks that name no format (`loaders.profiles`).
        archive: where the bank files' bytes are kept, before anything of them is stored.

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

    known = _known_ibans(ledger)
    waiting: list[ReadFile] = []
    for done, (path, walked) in enumerate(bank_files, start=len(table_files)):
        _tell(progress, done, total, path.name)
        if walked and not registry.is_bank_file(path, profiles=profiles):
            summary.skipped.append(path.name)
            continue
        try:
            read = read_bank_file(path, iban=iban, profiles=profiles, known=known)
            if archive is not None:
                archive.keep(path, file_id=read.file_id)
            waiting.append(read)
        except UnreadableFileError as error:
            summary.unreadable.append(error)
        if sum(file.count for file in waiting) >= _AT_ONCE:
            _store_bank_files(ledger, waiting, summary, actor=actor, at=at)
            waiting = []
    _store_bank_files(ledger, waiting, summary, actor=actor, at=at)
    with ledger.writing() as connection:
        summary.attached = bank_facts.attach_waiting(connection)
    if summary.bank_files:
        files = [name for name, _, _ in summary.bank_files]
        summary.findings += bank_findings.after_import(ledger, files=files)
    _tell(progress, total, total, "")
    return summary


def _known_ibans(ledger: Ledger) -> frozenset[str]:
    with ledger.reading() as connection:
        return frozenset(facts.known_keys(connection)["bank_accounts"])


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
    """Returns the files below a folder, without hidden ones, papers, archives, loops of links."""
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
                if child.name != _PAPERS and not is_archive(child):
                    waiting.append(child)
            elif child.is_file():
                found.append(child)
    return sorted(found)


def _store_tables(
    ledger: Ledger, loaded: list[TableFile], summary: ImportSummary, *, actor: str, at: datetime
) -> None:
    with ledger.writing() as connection:
        known = KnownIds(**facts.known_keys(connection), codes=facts.known_codes(connection))
        loaded = without_clashes(loaded)
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


def _refused(table: TableFile, refusal: Refusal) -> Finding:
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


def _store_bank_files(
    ledger: Ledger, read: list[ReadFile], summary: ImportSummary, *, actor: str, at: datetime
) -> None:
    if not read:
        return
    findings: list[Finding] = []
    with ledger.writing() as connection:
        asked = bank_facts.Asked(connection)
        for file in read:
            result = bank_facts.store_file(
                connection, file.statements, file_id=file.file_id, name=file.path.name,
                format=file.format, actor=actor, at=at, asked=asked,
            )  # fmt: skip
            findings += bank_findings.of_file(
                result, file=file.path.name, while_reading=file.findings
            )
            summary.bank_files.append((file.path.name, file.format, result))
            file.close()
        facts.replace_findings(connection, files=[f.path.name for f in read], findings=findings)
    summary.findings += findings
