"""Fetching: what is new at the configured sources, into the archive, then imported as by hand.

Three steps, each of which may be killed and run again. *Fetch*: what a source lists and did not
give before goes into the archive, then into the ledger's list of fetches; so what is listed there
is never lost, even where a bank removes what was taken. *Pending*: of each path the last version
that is not imported. *Import*: `importing.import_paths` on the bytes of the archive.

A file that nobody reads stays pending: a later version of the program, or a profile the office
adds, reads it then. `exclude` is how a person says that it never will be.

Source: DOMAIN A1, A3; docs/decisions/0012.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from workbench.domain.errors import ExitStatus, ParameterError, UnreadableFileError
from workbench.domain.progress import Progress
from workbench.ledger import provenance
from workbench.ledger.provenance import Fetch
from workbench.ledger.store import Ledger
from workbench.loaders import profiles as bank_profiles
from workbench.loaders import tables
from workbench.loaders.archive import Archive
from workbench.loaders.profiles import Profile
from workbench.loaders.sources import (
    ChangedFileError,
    FileSource,
    ListedFile,
    OpenSource,
    SourceError,
)
from workbench.pipeline.importing import ImportSummary, import_paths
from workbench.pipeline.settings import Settings, archive_of

# A source that fails that often in a row is left until the next run.
_FAILURES: Final = 3
# Pending files are imported a batch at a time: a copy of each stands in a temporary folder.
_FILES_AT_ONCE: Final = 500
_BYTES_AT_ONCE: Final = 512 << 20
# A date of writing so near to the fetch may be that of two versions: clocks have grains and differ.
_GRAIN: Final = timedelta(seconds=10)
_LONGEST_NAME: Final = 60


@dataclass(slots=True, kw_only=True)
class SourceResult:
    """What became of one source.

    Attributes:
        name: the source.
        listed: files it has that its pattern takes.
        fetched: of these, whose bytes were new.
        errors: what it could not give, French sentences; the next run asks again.
        unfinished: paths that were being written; the next run takes them.
        set_aside: paths named like a table of the portfolio: a bank does not write those.
        imports: what the imports did, a batch each.
    """

    name: str
    listed: int = 0
    fetched: int = 0
    errors: list[str] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    set_aside: list[str] = field(default_factory=list)
    imports: list[ImportSummary] = field(default_factory=list)

    @property
    def new_movements(self) -> int:
        """Movements that were not known before."""
        return sum(summary.new_movements for summary in self.imports)

    @property
    def known_movements(self) -> int:
        """Movements that other files had brought already."""
        return sum(summary.known_movements for summary in self.imports)

    @property
    def exit_status(self) -> ExitStatus:
        """Status for this source alone (CONTRACT)."""
        statuses = {summary.exit_status for summary in self.imports}
        if self.errors or ExitStatus.COULD_NOT_RUN in statuses:
            return ExitStatus.COULD_NOT_RUN
        if ExitStatus.DONE_WITH_REJECTS in statuses:
            return ExitStatus.DONE_WITH_REJECTS
        return ExitStatus.DONE


def sync(
    ledger: Ledger,
    settings: Settings,
    *,
    actor: str,
    at: datetime,
    names: Sequence[str] = (),
    progress: Progress | None = None,
) -> list[SourceResult]:
    """Fetches and imports what is new at the office's sources.

    Args:
        ledger: opened for writing.
        settings: the office's.
        actor: who acts.
        at: when.
        names: sources to ask; all of them when empty.
        progress: told before each file.

    Returns:
        What became of each source, in the order of the settings. A source that fails stands there
        with its errors; the others go on.

    Raises:
        ParameterError: no source is configured, one of `names` is none, or there is no archive.
        ArchiveError: the archive cannot be written to.
    """
    asked = _asked(settings, names)
    archive = archive_of(settings, ledger)
    if archive is None:
        raise ParameterError(
            "un registre partagé demande une archive partagée : [archive] url dans "
            f"{settings.file or 'workbench.toml'}"
        )
    profiles = bank_profiles.load_profiles(settings.profiles)
    results = []
    for source in asked:
        run = _SourceRun(ledger, archive, source, actor=actor, at=at, progress=progress)
        run.fetch()
        run.import_pending(profiles)
        results.append(run.result)
    return results


def exit_status(results: Sequence[SourceResult]) -> ExitStatus:
    """Returns the status of the whole: the worst of its sources (CONTRACT)."""
    statuses = {result.exit_status for result in results}
    for status in (ExitStatus.COULD_NOT_RUN, ExitStatus.DONE_WITH_REJECTS):
        if status in statuses:
            return status
    return ExitStatus.DONE


def _asked(settings: Settings, names: Sequence[str]) -> list[FileSource]:
    if not settings.sources:
        raise ParameterError(
            "aucune source dans la configuration : en écrire une, [[sources]], dans "
            f"{settings.file or 'workbench.toml'} (voir workbench.toml.example)"
        )
    known = {source.name for source in settings.sources}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ParameterError(
            f"source inconnue : {unknown[0]} (au choix : {', '.join(sorted(known))})"
        )
    return [source for source in settings.sources if not names or source.name in names]


class _SourceRun:
    """One run over one source."""

    def __init__(
        self,
        ledger: Ledger,
        archive: Archive,
        source: FileSource,
        *,
        actor: str,
        at: datetime,
        progress: Progress | None,
    ) -> None:
        self.ledger = ledger
        self.archive = archive
        self.source = source
        self.actor = actor
        self.at = at
        self.progress = progress
        self.result = SourceResult(name=source.name)

    def fetch(self) -> None:
        """Brings what the source did not give before into the archive and the list of fetches."""
        try:
            opened = OpenSource(self.source)
            files = opened.files()
        except SourceError as error:
            self.result.errors.append(str(error))
            return
        self.result.listed = len(files)
        with self.ledger.reading() as connection:
            before = provenance.last_fetches(connection, source=self.source.name)
        files = [file for file in files if self._is_wanted(file, before.get(file.path))]
        failures = 0
        for done, file in enumerate(files):
            self._tell(done, len(files), file.path)
            try:
                # A connection that broke is not asked again.
                opened = opened if not failures else OpenSource(self.source)
                self._fetch_one(opened, file, before.get(file.path))
                failures = 0
            except ChangedFileError:
                self.result.unfinished.append(file.path)
            except SourceError as error:
                self.result.errors.append(str(error))
                failures += 1
            if failures == _FAILURES:
                left = len(files) - done - 1
                if left:
                    self.result.errors.append(
                        f"{self.source.name} : {left} fichiers laissés au prochain passage"
                    )
                return

    def _is_wanted(self, file: ListedFile, before: Fetch | None) -> bool:
        name = file.path.rpartition("/")[2]
        if tables.table_name(Path(name)) is not None:
            self.result.set_aside.append(file.path)
            return False
        if before is None or not file.stamp or file.stamp != before.stamp:
            return True
        return file.size is not None and file.size != before.size

    def _fetch_one(self, opened: OpenSource, file: ListedFile, before: Fetch | None) -> None:
        with tempfile.TemporaryDirectory(prefix="workbench-sync-") as folder:
            path = Path(folder) / "fetched"
            file_id = opened.fetch(file, path)
            size = path.stat().st_size
            self.archive.keep(path, file_id=file_id)
        is_new = before is None or before.file_id != file_id
        self.result.fetched += is_new
        is_grained = not file.etag and file.modified and self.at - file.modified < _GRAIN
        stamp = "" if is_grained else file.stamp
        if is_new or before is None or before.stamp != stamp:
            fetch = Fetch(path=file.path, size=size, stamp=stamp, file_id=file_id)
            with self.ledger.writing() as connection:
                provenance.record_fetch(connection, fetch, source=self.source.name, at=self.at)

    def import_pending(self, profiles: Sequence[Profile]) -> None:
        """Imports the last version of each path that is not imported yet."""
        with self.ledger.reading() as connection:
            fetches = provenance.last_fetches(connection, source=self.source.name)
            done = provenance.imported(connection, (f.file_id for f in fetches.values()))
        pending = {
            fetch.file_id: fetch
            for path, fetch in fetches.items()
            if fetch.file_id not in done and self.source.takes(path)
        }
        batch: list[Fetch] = []
        for fetch in pending.values():
            batch.append(fetch)
            is_full = sum(f.size for f in batch) >= _BYTES_AT_ONCE
            if is_full or len(batch) == _FILES_AT_ONCE:
                self._import(batch, profiles)
                batch = []
        if batch:
            self._import(batch, profiles)

    def _import(self, batch: Sequence[Fetch], profiles: Sequence[Profile]) -> None:
        with tempfile.TemporaryDirectory(prefix="workbench-sync-") as folder:
            paths: dict[Path, str] = {}
            for number, fetch in enumerate(batch, 1):
                # Each in a folder of its own: two folders of a source may have one name twice.
                path = Path(folder) / f"{number:04d}" / _safe_name(fetch.path)
                path.parent.mkdir()
                self.archive.bring(fetch.file_id, to=path)
                paths[path] = f"{self.source.name}/{fetch.path}"
            summary = import_paths(
                self.ledger, [Path(folder)], actor=self.actor, at=self.at, iban=self.source.iban,
                profiles=profiles, progress=self.progress,
            )  # fmt: skip
            summary.unreadable = [_as_listed(error, paths) for error in summary.unreadable]
        self.result.imports.append(summary)

    def _tell(self, done: int, total: int, words: str) -> None:
        if self.progress is not None:
            self.progress(done, total, words)


def _safe_name(path: str) -> str:
    """Returns a name for a copy here, whatever the source calls its files."""
    name = "".join(c if c.isprintable() and c not in '\\/:"' else "_" for c in Path(path).name)
    stem, dot, ending = name.rpartition(".")
    kept = f"{stem[:_LONGEST_NAME]}{dot}{ending[:20]}" if stem else name[:_LONGEST_NAME]
    return kept.lstrip(".") or "sans nom"


def _as_listed(error: UnreadableFileError, paths: dict[Path, str]) -> UnreadableFileError:
    """Returns the refusal with the file's place at its source: the copy here is gone by then."""
    return replace(error, file=paths.get(Path(error.file), Path(error.file).name))
