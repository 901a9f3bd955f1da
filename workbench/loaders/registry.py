"""The bank readers, told apart by content. A format more is a module and a line of `READERS`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workbench.domain.errors import UnreadableFileError
from workbench.domain.records import StatementFile, StatementStream
from workbench.loaders import camt, cfonb120, plain_csv
from workbench.loaders.sniff import Head, Kind, Source


@dataclass(frozen=True, slots=True)
class Reader:
    """One bank format.

    Attributes:
        words: how messages name it, French.
        recognises: tells by the start of a file whether it is this format; never raises.
        read: returns its stream, or raises `UnreadableFileError`; so may the stream.
    """

    words: str
    recognises: Callable[[Head], bool]
    read: Callable[[Source], StatementStream]


READERS: Final = (
    Reader("camt.053 (XML)", camt.recognises, camt.read),
    Reader("CFONB 120", cfonb120.recognises, cfonb120.read),
    Reader(f"CSV {';'.join(plain_csv.COLUMNS)}", plain_csv.recognises, plain_csv.read),
)
# Messages whose entries are those of a camt.053 too: what to do instead.
_SAME_ENTRIES: Final = {
    "camt.052": "C'est le relevé provisoire du jour\u00a0: importer le camt.053 du lendemain",
    "camt.054": "C'est le détail d'écritures déjà dans le camt.053\u00a0: importer celui-ci",
}


def is_bank_file(path: Path) -> bool:
    """Tells whether a file found in a folder is a bank's, by its content.

    True too for statements in a format that is not read, and for a file that cannot be opened:
    reading it then says so, where passing over it would lose movements in silence.
    """
    try:
        head = Source.of_path(path).head()
    except UnreadableFileError:
        return True
    return head.is_statement or any(reader.recognises(head) for reader in READERS)


def read_statements(path: Path) -> StatementFile:
    """Reads a bank file of any known format.

    Args:
        path: the file; its name says nothing of its format.

    Returns:
        Its statements; wrong balances stay as they are, see `statement.check_statement`. The
        account of a statement is "" where the file names none.

    Raises:
        UnreadableFileError: not there, of no known format (says what it looks like and what is
            read), or damaged (says where). Nothing else is raised for what a file holds.
    """
    return read_source(Source.of_path(path))


def read_source(source: Source) -> StatementFile:
    """Reads a bank file that may not be on the disk; see `read_statements`."""
    return open_statements(source).collected()


def open_statements(source: Source) -> StatementStream:
    """Returns a bank file of any known format as a stream; see `read_statements`."""
    head = source.head()
    if head.kind is Kind.EMPTY:
        raise UnreadableFileError(
            source.name, "fichier vide", hint="Télécharger à nouveau le fichier"
        )
    for reader in READERS:
        if reader.recognises(head):
            return reader.read(source)
    known = ", ".join(reader.words for reader in READERS)
    raise UnreadableFileError(
        source.name,
        f"c'est {head.words}, qui n'est pas lu ici",
        hint=_SAME_ENTRIES.get(head.message, f"Sont lus\u00a0: {known}"),
    )
