"""Fetching on the terminal: the sources asked once, or a watch that lasts until it is stopped."""

import signal
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

import click

from workbench.cli.french import FrenchCommand
from workbench.cli.importing import import_data, print_rest
from workbench.cli.options import common, config_option, now
from workbench.cli.terminal import Terminal
from workbench.domain.errors import ExitStatus, ParameterError, WorkbenchError
from workbench.ledger.store import open_ledger
from workbench.loaders import watching
from workbench.loaders.sources import FileSource
from workbench.pipeline import fetching
from workbench.pipeline.fetching import SourceResult
from workbench.pipeline.settings import Settings, load_settings

Clock = Callable[[], datetime]


@click.command(cls=FrenchCommand)
@click.argument("names", metavar="[SOURCE]…", nargs=-1)
@click.option("--watch", is_flag=True, help="Rester et prendre ce qui est déposé, jusqu'à Ctrl-C.")
@config_option
@common
def sync(
    names: tuple[str, ...],
    config: Path | None,
    ledger_url: str | None,
    actor: str,
    *,
    watch: bool,
    as_json: bool,
) -> int:
    """Relever les sources de la configuration, archiver et importer ce qui est nouveau."""
    run = _watched if watch else _once
    return run(
        ledger_url, load_settings(config), names=names, actor=actor, clock=now,
        terminal=Terminal(as_json=as_json),
    )  # fmt: skip


def _once(
    ledger_url: str | None,
    settings: Settings,
    *,
    names: Sequence[str],
    actor: str,
    clock: Clock,
    terminal: Terminal,
) -> int:
    with (
        open_ledger(ledger_url, create=True) as ledger,
        terminal.progress("Relève des sources") as progress,
    ):
        results = fetching.sync(
            ledger, settings, names=names, actor=actor, at=clock(), progress=progress
        )
    _print_sync(terminal, results)
    return fetching.exit_status(results)


def _watched(
    ledger_url: str | None,
    settings: Settings,
    *,
    names: Sequence[str],
    actor: str,
    clock: Clock,
    terminal: Terminal,
) -> int:
    chosen = [s for s in settings.sources if not names or s.name in names]
    folders = {s.name: s.address.local_path() for s in chosen if s.address.is_local}
    if not folders:
        raise ParameterError(
            "aucun dossier de cet ordinateur parmi les sources à surveiller ; pour les autres, "
            "une tâche planifiée (voir docs/office.md)"
        )
    missing = [str(folder) for folder in folders.values() if not folder.is_dir()]
    if missing:
        raise ParameterError(f"ce dossier n'existe pas : {missing[0]}")

    def run(some: Sequence[str]) -> None:
        try:
            _once(ledger_url, settings, names=some, actor=actor, clock=clock, terminal=terminal)
        except WorkbenchError as error:
            # The ledger may be busy, the archive's disk full: the next file asks again.
            terminal.note(f"workbench : {error}")

    def begin() -> None:
        # Once the watch has begun: what is dropped from now on is seen.
        run(names)
        terminal.note(f"Surveillance de {', '.join(map(str, folders.values()))} (Ctrl-C : arrêt).")

    stop = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        for changed in watching.changes(
            list(folders.values()), stop=stop, ready=begin,
            wanted=lambda path: any(_is_of(path, source) for source in chosen),
        ):  # fmt: skip
            run([s.name for s in chosen if any(_is_of(path, s) for path in changed)])
    except KeyboardInterrupt:
        pass
    except ModuleNotFoundError:
        raise ParameterError(
            "--watch demande l'extra « sync » : pip install 'workbench[sync]'"
        ) from None
    finally:
        signal.signal(signal.SIGTERM, before)
    terminal.note("Surveillance arrêtée.")
    return ExitStatus.DONE


def _is_of(path: Path, source: FileSource) -> bool:
    if not source.address.is_local:
        return False
    folder = source.address.local_path().resolve()
    return path.is_relative_to(folder) and source.takes(path.relative_to(folder).as_posix())


def _print_sync(terminal: Terminal, results: Sequence[SourceResult]) -> None:
    rows = [
        (r.name, _source_words(r), str(r.listed), str(r.fetched), str(r.new_movements),
         str(r.known_movements))
        for r in results
    ]  # fmt: skip
    headers = ("Source", "État", "fichiers", "nouveaux", "mouvements nouveaux", "déjà connus")
    terminal.table(headers, rows, right=4)
    for result in results:
        for words in result.errors:
            terminal.note(words)
        for path in result.unfinished:
            terminal.note(f"{result.name}/{path} : en cours d'écriture, pris au prochain passage")
        if result.set_aside:
            terminal.note(
                f"{result.name} : laissés de côté, ils portent le nom d'une table du portefeuille "
                f"(« workbench import » les lit) : {', '.join(result.set_aside[:10])}"
            )
    print_rest(terminal, [summary for result in results for summary in result.imports])
    terminal.json({"sources": [_source_data(result) for result in results]})


def _source_words(result: SourceResult) -> str:
    if result.errors:
        return "en échec" if not result.listed else "incomplète"
    return "à voir" if result.exit_status else "relevée"


def _source_data(result: SourceResult) -> dict[str, object]:
    imports = [import_data(summary) for summary in result.imports]
    return {
        "name": result.name, "listed": result.listed, "fetched": result.fetched,
        "errors": result.errors, "unfinished": result.unfinished, "set_aside": result.set_aside,
        "movements_new": result.new_movements, "movements_known": result.known_movements,
        "imports": imports,
    }  # fmt: skip
