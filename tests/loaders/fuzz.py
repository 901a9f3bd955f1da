"""Damaged bank files by the ten thousand, for the night: `python -m tests.loaders.fuzz`.

For each reader of the registry, real files (where the samples are beside the checkout) and small
ones written here are damaged: bytes flipped, cut, doubled, moved, in other encodings. Each must be
read or refused within five seconds and 500 MB; what is read ends with its statement, and a
statement that does not balance has its finding. Batches run in processes of their own, so that a
crash of a library or a hang is seen and the next file goes on.

Ends with 1 when a file did anything else; `--keep DIR` writes such files there.
"""

import argparse
import multiprocessing
import random
import resource
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from io import BytesIO
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from tests.loaders.fuzz_seeds import seeds
from tests.loaders.test_mutations import mutated
from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import BankStatement, Entry, StatementFile
from workbench.loaders.identity import movement_identities
from workbench.loaders.registry import READERS, Reader, open_statements
from workbench.loaders.sniff import Source
from workbench.loaders.statement import check_statement

SECONDS_A_FILE: Final = 5.0
MEGABYTES: Final = 500
_BATCH: Final = 500
_READ, _REFUSED = "lu", "refusé"
_FORK = multiprocessing.get_context("fork")


@dataclass(slots=True)
class Row:
    """What became of the files of one reader."""

    reader: str
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest_seconds: float = 0.0
    peak_megabytes: float = 0.0
    failures: list[tuple[str, bytes]] = field(default_factory=list)


def problem_of(file: StatementFile) -> str:
    """Returns what is wrong with a file that was read, "" when nothing is."""
    for statement in file.statements:
        codes = {finding.code for finding in check_statement(statement, file="x")}
        if statement.balance_gap_cents() and "unbalanced_statement" not in codes:
            return "solde faux sans constat"
        keys, dropped = movement_identities(statement)
        if len(set(keys)) != len(keys) - len(dropped):
            return "deux mouvements du même nom"
        for entry in statement.entries:
            if "\0" in entry.label or "\n" in entry.label:
                return "libellé qui n'est pas sur une ligne"
    return ""


def outcome_of(data: bytes) -> str:
    """Reads one file; returns `lu`, `refusé`, or what went wrong."""
    entries: list[Entry] = []
    statements: list[BankStatement] = []
    try:
        stream = open_statements(Source.of_bytes(data, name="x"))
        for event in stream.events:
            if isinstance(event, BankStatement):
                statements.append(replace(event, entries=tuple(entries)))
                entries = []
            else:
                entries.append(event)
        if entries:
            return "écritures sans relevé\u00a0: lecture à moitié"
        read = StatementFile(format=stream.format, statements=tuple(statements))
        return problem_of(read) or _READ
    except UnreadableFileError as refusal:
        return "message sur plusieurs lignes" if "\n" in str(refusal) else _REFUSED
    except MemoryError:
        return f"mémoire au-delà de {MEGABYTES} Mo"
    except Exception as error:  # noqa: BLE001 - any other one is what is looked for
        return f"{type(error).__name__}: {error}"[:200]


def _work(files: list[bytes], reports: Connection) -> None:
    """Reads files one after the other in a process of its own, and says what became of each."""
    used_kilobytes = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * 4
    limit = used_kilobytes * 1024 + MEGABYTES * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for data in files:
        started = time.monotonic()
        outcome = outcome_of(data)
        peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        reports.send((outcome, time.monotonic() - started, peak))
    reports.close()


def run_batch(files: list[bytes], row: Row) -> None:
    """Reads a batch in child processes; a file that ends one is counted, the rest goes on."""
    while files:
        ours, theirs = _FORK.Pipe(duplex=False)
        child = _FORK.Process(target=_work, args=(files, theirs))
        child.start()
        theirs.close()
        done = 0
        ended = ""
        while done < len(files) and not ended:
            if not ours.poll(SECONDS_A_FILE + 1):
                ended = f"plus de {SECONDS_A_FILE:.0f} s"
                break
            try:
                outcome, seconds, peak = ours.recv()
            except EOFError:
                child.join()
                ended = f"le processus s'est arrêté (statut {child.exitcode})"
                break
            if seconds > SECONDS_A_FILE and outcome in {_READ, _REFUSED}:
                outcome = f"plus de {SECONDS_A_FILE:.0f} s"
            _count(row, outcome, files[done])
            row.slowest_seconds = max(row.slowest_seconds, seconds)
            row.peak_megabytes = max(row.peak_megabytes, peak)
            done += 1
        child.kill()
        child.join()
        if ended:
            _count(row, ended, files[done])
            done += 1
        files = files[done:]


def _count(row: Row, outcome: str, data: bytes) -> None:
    if outcome in {_READ, _REFUSED}:
        row.outcomes[outcome] += 1
    else:
        row.outcomes["échec"] += 1
        row.failures.append((outcome, data))


def damaged(start: Sequence[bytes], *, files: int, seed: int) -> Iterator[bytes]:
    """Gives that many damaged copies, of each start file about as many."""
    each = -(-files // len(start))
    streams = [_damaged_copies(data, seed=seed + n, count=each) for n, data in enumerate(start)]
    return islice((data for batch in zip(*streams, strict=True) for data in batch), files)


def _damaged_copies(data: bytes, *, seed: int, count: int) -> Iterator[bytes]:
    if not data.startswith(b"PK"):
        yield from mutated(data, seed=seed, count=count)
        return
    # A damaged archive seldom opens: every other copy is damaged inside, and packed anew.
    yield from mutated(data, seed=seed, count=count - count // 2)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    names = sorted(name for name in parts if parts[name])
    streams = {name: mutated(parts[name], seed=seed, count=count) for name in names}
    for number in range(count // 2):
        name = names[number % len(names)]
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for other, content in parts.items():
                archive.writestr(other, next(streams[name]) if other == name else content)
        yield packed.getvalue()


def fuzz(reader: Reader, *, files: int, seed: int) -> Row | None:
    """Reads that many damaged files of one format; None when there is no file to start from."""
    start = seeds(reader)
    if not start:
        return None
    row = Row(reader.words)
    stream = damaged(start, files=files, seed=seed)
    while batch := list(islice(stream, _BATCH)):
        run_batch(batch, row)
    return row


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs all readers, prints the table; returns the status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--files", type=int, default=20_000, help="damaged files of each reader")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311
    parser.add_argument("--keep", type=Path, help="folder for the files that failed")
    parser.add_argument("--only", default="", help="readers whose name holds this")
    options = parser.parse_args(arguments)
    tell = sys.stdout.write
    tell(f"seed {options.seed}, {options.files} files a reader\n")
    tell(f"{'reader':44} {'read':>7} {'refused':>8} {'failed':>7} {'slowest':>9} {'memory':>8}\n")
    is_well = True
    for reader in READERS:
        if options.only.casefold() not in reader.words.casefold():
            continue
        row = fuzz(reader, files=options.files, seed=options.seed)
        if row is None:
            tell(f"{reader.words[:44]:44} no file to start from: add one to fuzz_seeds\n")
            is_well = False
            continue
        counts = row.outcomes
        tell(
            f"{row.reader[:44]:44} {counts[_READ]:7} {counts[_REFUSED]:8} {counts['échec']:7} "
            f"{row.slowest_seconds:7.2f} s {row.peak_megabytes:5.0f} MB\n"
        )
        sys.stdout.flush()
        is_well = is_well and not row.failures and row.peak_megabytes <= MEGABYTES
        _tell_failures(row, options.keep)
    return 0 if is_well else 1


def _tell_failures(row: Row, keep: Path | None) -> None:
    for reason, count in Counter(reason for reason, _ in row.failures).most_common(10):
        sys.stdout.write(f"    {count} x {reason}\n")
    if keep is not None and row.failures:
        keep.mkdir(parents=True, exist_ok=True)
        for number, (_, data) in enumerate(row.failures[:100]):
            (keep / f"{row.reader[:8].strip()}-{number}").write_bytes(data)


if __name__ == "__main__":
    sys.exit(main())
