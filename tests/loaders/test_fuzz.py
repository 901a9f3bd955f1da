"""The fuzz program sees what it looks for: a few files of each reader, and readers that fail."""

import os
import time
from collections.abc import Iterator
from datetime import date

import pytest

from tests.loaders import fuzz
from tests.loaders.fuzz_seeds import seeds
from workbench.domain.records import BankStatement, Entry, StatementStream
from workbench.loaders.registry import READERS
from workbench.loaders.sniff import Source


def run(monkeypatch: pytest.MonkeyPatch, *files: bytes) -> fuzz.Row:
    """Runs a batch through a reader that does as the file says."""

    def events(data: bytes) -> Iterator[Entry | BankStatement]:
        match data:
            case b"crash":
                raise KeyError("x")
            case b"death":
                os._exit(9)
            case b"hang":
                time.sleep(60)
            case b"memory":
                bytearray(2_000_000_000)
            case b"half":
                yield Entry(date(2026, 1, 1), 1, "X")
            case b"no end":
                yield Entry(date(2026, 1, 1), 1, "X")
                return
        yield BankStatement(iban="1", opening_cents=0, closing_cents=0)

    def opened(source: Source) -> StatementStream:
        return StatementStream(format="x", events=events(source.content()))

    monkeypatch.setattr(fuzz, "open_statements", opened)
    monkeypatch.setattr(fuzz, "SECONDS_A_FILE", 0.2)
    row = fuzz.Row("x")
    fuzz.run_batch(list(files), row)
    return row


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"crash", "KeyError"), (b"death", "s'est arrêté"), (b"hang", "plus de"),
     (b"memory", "mémoire")],
)  # fmt: skip
def test_failure_is_seen_and_the_next_file_goes_on(
    monkeypatch: pytest.MonkeyPatch, data: bytes, reason: str
) -> None:
    row = run(monkeypatch, b"well", data, b"well")
    assert (row.outcomes["lu"], row.outcomes["échec"]) == (2, 1)
    ((words, kept),) = row.failures
    assert reason in words
    assert kept == data


def test_entries_without_a_statement_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    row = run(monkeypatch, b"half", b"well")
    assert (row.outcomes["lu"], row.outcomes["échec"]) == (2, 0)
    row = run(monkeypatch, b"no end")
    assert "à moitié" in row.failures[0][0]


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.words)
def test_every_reader_has_a_file_to_start_from(reader: object) -> None:
    (known,) = [other for other in READERS if other is reader]
    assert seeds(known)


def test_program_ends_well_on_a_few_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz.main(["--files", "20", "--seed", "1", "--only", "mt940"]) == 0
    assert "MT940" in capsys.readouterr().out
