"""The bank readers, told apart by content. A format more is a module and a line of `READERS`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import StatementFile, StatementStream
from workbench.loaders import (
    bank_csv,
    bank_json,
    bank_sheet,
    camt,
    cfonb120,
    mt940,
    ofx,
    pain002,
    qif,
)
from workbench.loaders.profiles import Profile, built_in
from workbench.loaders.sniff import Head, Kind, Source


@dataclass(frozen=True, slots=True)
class Reader:
    """One bank format.

    Attributes:
        words: how messages name it, French.
        recognises: tells by the start of a file whether it is this format; never raises.
        read: returns its stream, or raises `UnreadableFileError`; so may the stream.
        holds: looks further where the start of a file cannot tell (a workbook); never raises.
    """

    words: str
    recognises: Callable[[Head], bool]
    read: Callable[[Source], StatementStream]
    holds: Callable[[Source], bool] | None = None


def _tables(profiles: Sequence[Profile]) -> tuple[Reader, ...]:
    """Returns the readers of the tables whose columns these profiles know."""
    return (
        Reader(
            "CSV d'une banque connue ou d'un profil du cabinet",
            partial(bank_csv.recognises, profiles=profiles),
            partial(bank_csv.read, profiles=profiles),
        ),
        Reader(
            "classeur Excel de même",
            bank_sheet.recognises,
            partial(bank_sheet.read, profiles=profiles),
            partial(bank_sheet.holds, profiles=profiles),
        ),
        Reader(
            "page HTML de même",
            partial(bank_sheet.recognises_page, profiles=profiles),
            partial(bank_sheet.read_page, profiles=profiles),
        ),
    )


_OUR_TABLES: Final = _tables(built_in())
READERS: Final = (
    Reader("camt.052, .053 et .054 (XML)", camt.recognises, camt.read),
    Reader("pain.002 (XML)", pain002.recognises, pain002.read),
    Reader("CFONB 120", cfonb120.recognises, cfonb120.read),
    Reader("MT940", mt940.recognises, mt940.read),
    Reader("OFX", ofx.recognises, ofx.read),
    Reader("QIF", qif.recognises, qif.read),
    Reader("JSON des banques (Berlin Group, STET)", bank_json.recognises, bank_json.read),
    *_OUR_TABLES,
)


def readers_for(profiles: Sequence[Profile] = ()) -> tuple[Reader, ...]:
    """Returns all readers, those of tables by these profiles (ours when empty)."""
    if not profiles:
        return READERS
    return tuple(reader for reader in READERS if reader not in _OUR_TABLES) + _tables(profiles)


def is_bank_file(path: Path, *, profiles: Sequence[Profile] = ()) -> bool:
    """Tells whether a file found in a folder is a bank's, by its content.

    True too for statements in a format that is not read, and for a file that cannot be opened:
    reading it then says so, where passing over it would lose movements in silence.
    """
    source = Source.of_path(path)
    try:
        head = source.head()
    except UnreadableFileError:
        return True
    if head.is_statement:
        return True
    for reader in readers_for(profiles):
        if reader.recognises(head):
            return reader.holds is None or reader.holds(source)
    return False


def read_statements(path: Path, *, profiles: Sequence[Profile] = ()) -> StatementFile:
    """Reads a bank file of any known format.

    Args:
        path: the file; its name says nothing of its format.
        profiles: of tables, all of `load_profiles`; ours when empty.

    Returns:
        Its statements; wrong balances stay as they are, see `statement.check_statement`. The
        account of a statement is "" where the file names none.

    Raises:
        UnreadableFileError: not there, of no known format (says what it looks like and what is
            read), or damaged (says where). Nothing else is raised for what a file holds.
    """
    return read_source(Source.of_path(path), profiles=profiles)


def read_source(source: Source, *, profiles: Sequence[Profile] = ()) -> StatementFile:
    """Reads a bank file that may not be on the disk; see `read_statements`."""
    return open_statements(source, profiles=profiles).collected()


def open_statements(source: Source, *, profiles: Sequence[Profile] = ()) -> StatementStream:
    """Returns a bank file of any known format as a stream; see `read_statements`."""
    head = source.head()
    if head.kind is Kind.EMPTY:
        raise UnreadableFileError(
            source.name, "fichier vide", hint="Télécharger à nouveau le fichier"
        )
    readers = readers_for(profiles)
    for reader in readers:
        if reader.recognises(head):
            return reader.read(source)
    known = ", ".join(reader.words for reader in readers)
    raise UnreadableFileError(
        source.name,
        f"c'est {head.words}, qui n'est pas lu ici",
        hint=f"Sont lus\u00a0: {known}",
    )
