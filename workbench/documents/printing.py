"""A run's letters on paper: one file for the printer, and the list that goes to the post with them.

The letters themselves are never changed: the bundle holds their pages, each letter's own file is
what is kept and sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Final

from pypdf import PdfReader, PdfWriter

from workbench.documents.letter_kinds import Channel, Letter, Sender
from workbench.documents.letter_tables import Column, Row, Table
from workbench.documents.letters import LAYOUTS_FOLDER
from workbench.documents.typesetting import Sheet, drawn, set_sheets
from workbench.domain.dates import french_date, french_long_date
from workbench.domain.money import NO_BREAK_SPACE

_POST_CHANNELS: Final = {
    Channel.POST: "Lettre",
    Channel.REGISTERED: "Recommandé AR",
}


@dataclass(frozen=True, slots=True)
class PostEntry:
    """A letter on the list for the post: its number there, what it is, for whom, its pages."""

    number: int
    reference: str
    channel: Channel
    registered_number: str
    name: str
    address: str
    pages: int


def pages(pdf: bytes) -> int:
    """Returns how many pages a file has."""
    return len(PdfReader(BytesIO(pdf)).pages)


def bundle(pdfs: Sequence[bytes], *, duplex: bool = False) -> bytes:
    """Returns one file for the printer: every letter in order, with a bookmark each.

    Args:
        pdfs: as `letters.typeset` gives them.
        duplex: an empty page after a letter of an odd number of pages, so that the next one
            starts on a new sheet.
    """
    writer = PdfWriter()
    for number, pdf in enumerate(pdfs, start=1):
        reader = PdfReader(BytesIO(pdf))
        first = len(writer.pages)
        for page in reader.pages:
            writer.add_page(page)
        writer.add_outline_item(title=f"{number}. {_title(reader)}", page_number=first)
        if duplex and len(reader.pages) % 2:
            writer.add_blank_page()
    # The same fonts come with each letter: kept once.
    writer.compress_identical_objects(remove_unreferenced=True)
    stream = BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _title(reader: PdfReader) -> str:
    metadata = reader.metadata
    return str(metadata.title) if metadata is not None and metadata.title else "lettre"


def post_rows(letters: Sequence[Letter], pdfs: Sequence[bytes]) -> list[PostEntry]:
    """Returns the rows of the list for the post: the letters that leave on paper, in order.

    Args:
        letters: of the run.
        pdfs: their files, in the same order.
    """
    rows: list[PostEntry] = []
    for letter, pdf in zip(letters, pdfs, strict=True):
        if letter.channel not in _POST_CHANNELS:
            continue
        entry = PostEntry(
            number=len(rows) + 1,
            reference=letter.reference,
            channel=letter.channel,
            registered_number=letter.registered_number,
            name=letter.recipient.name,
            address=", ".join(line for line in letter.recipient.lines if line),
            pages=pages(pdf),
        )
        rows.append(entry)
    return rows


def post_list(
    entries: Sequence[PostEntry], *, sender: Sender, dated_on: date, place: str, folder: Path
) -> bytes:
    """Returns the list for the post, as a PDF to sign on handing the letters over.

    Args:
        entries: of `post_rows`.
        sender: the office.
        dated_on: of the run.
        place: where it is written.
        folder: of the templates.

    Raises:
        LayoutError: the layout fails.
    """
    count = len(entries)
    registered = sum(entry.channel is Channel.REGISTERED for entry in entries)
    title = "Lettres remises à la poste"
    data: dict[str, object] = {
        "title": title,
        "subtitle": f"Tirage du {french_date(dated_on)}, dont {registered} en recommandé",
        "amount": f"{count}{NO_BREAK_SPACE}{'lettre' if count == 1 else 'lettres'}",
        "date": [dated_on.year, dated_on.month, dated_on.day],
        "place-date": drawn(f"{place}, le {french_long_date(dated_on)}"),
        "running-head": title,
        "sender": {
            "name": drawn(sender.name),
            "lines": [drawn(line) for line in sender.lines if line],
            "contact": drawn(sender.contact),
        },
        "fold": False,
        "table": _table(entries).data(),
        "foot": {"left": "", "center": f"tirage du {french_date(dated_on)}"},
    }
    sheet = Sheet(layout="post_list.typ", data=data, dated_on=dated_on, name="liste pour la poste")
    return next(set_sheets([sheet], layouts=folder / LAYOUTS_FOLDER))


def _table(entries: Sequence[PostEntry]) -> Table:
    columns = (
        Column("N°", number=True),
        Column("Envoi"),
        Column("Destinataire", wide=True),
        Column("Lettre"),
        Column("Pages", number=True),
    )
    rows = [
        Row(
            (
                str(entry.number),
                " ".join((_POST_CHANNELS[entry.channel], entry.registered_number)).strip(),
                f"{entry.name}, {entry.address}",
                entry.reference,
                str(entry.pages),
            ),
            rule="full" if index else "",
        )
        for index, entry in enumerate(entries)
    ]
    total = ("", "Total", "", "", str(sum(entry.pages for entry in entries)))
    return Table(columns, (*rows, Row(total, rule="ink", strong=True)))
