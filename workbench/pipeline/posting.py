"""A run's letters on paper: what the printer and the post get, from the letters as they were kept.

Nothing is typeset again and nothing is written to the ledger: once the letters are at the post, a
person says so (`mailing.posted`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import pandas as pd

from workbench.documents.letter_kinds import Channel, Sender
from workbench.documents.printing import PostEntry, bundle, pages, post_list
from workbench.domain.dates import french_date
from workbench.domain.errors import ParameterError
from workbench.domain.frames import rows_of
from workbench.ledger import reminding
from workbench.ledger.outbox import State
from workbench.ledger.store import Ledger
from workbench.pipeline import mailing
from workbench.pipeline.settings import Settings

_PAPER: Final = ("post", "registered")
BUNDLE: Final = "courrier.pdf"
LIST: Final = "liste-pour-la-poste.pdf"
ELECTRONIC: Final = "recommandes-electroniques"


@dataclass(frozen=True, slots=True)
class Printing:
    """The letters of one run that a person has to bring on their way.

    Attributes:
        made_on: the day of the run.
        paper: letters to print and post, `C12` …, in the order of the bundle.
        registered: of these, the registered ones.
        electronic: letters to give to the provider of electronic registered mail.
        files: content by its path below the folder of the day.
    """

    made_on: date
    paper: tuple[str, ...]
    registered: tuple[str, ...]
    electronic: tuple[str, ...]
    files: dict[str, bytes]


def printings(
    ledger: Ledger,
    *,
    settings: Settings,
    folder: Path,
    made_on: date | None = None,
    duplex: bool = False,
) -> Iterator[Printing]:
    """Yields what is to be printed, one run after the other, oldest first.

    Args:
        ledger: open; read-only is enough.
        settings: of the office, whose name stands on the list.
        folder: of the templates.
        made_on: the run of that day, also what has been posted since; None for all that waits.
        duplex: each letter begins on a front page.

    Raises:
        ParameterError: no letter on paper was made that day.
    """
    frame = mailing.letters(ledger)
    frame = frame[frame["channel"].isin([*_PAPER, Channel.E_REGISTERED.value])]
    if made_on is None:
        frame = frame[frame["state"] == State.QUEUED]
    else:
        of_day = frame["made_on"] == made_on.isoformat()
        frame = frame[of_day & (frame["state"] != State.WITHDRAWN)]
        if frame.empty:
            raise ParameterError(
                f"aucune lettre sur papier n'a été faite le {french_date(made_on)}"
            )
    for day, letters in frame.groupby("made_on", sort=True):
        yield _printing(
            ledger, letters, date.fromisoformat(str(day)), settings=settings, folder=folder,
            duplex=duplex,
        )  # fmt: skip


def _printing(
    ledger: Ledger,
    letters: pd.DataFrame,
    made_on: date,
    *,
    settings: Settings,
    folder: Path,
    duplex: bool,
) -> Printing:
    paper = letters[letters["channel"].isin(_PAPER)]
    contents = [reminding.letter_content(ledger, number) for number in paper["letter_id"]]
    entries = [
        _entry(number, row, content)
        for number, (row, content) in enumerate(zip(rows_of(paper), contents, strict=True), 1)
    ]
    files: dict[str, bytes] = {}
    if entries:
        files[BUNDLE] = bundle(contents, duplex=duplex)
        office = settings.office
        sender = Sender(office.name or "Le cabinet", office.lines, office.contact)
        # A list without a town is still dated.
        place = office.place or "Fait"
        files[LIST] = post_list(
            entries, sender=sender, dated_on=made_on, place=place, folder=folder
        )
    electronic = letters[letters["channel"] == Channel.E_REGISTERED.value]
    for row in rows_of(electronic):
        name = f"{ELECTRONIC}/{Path(row['file_name']).name}"
        files[name] = reminding.letter_content(ledger, row["letter_id"])
    registered = paper[paper["channel"] == Channel.REGISTERED.value]
    return Printing(
        made_on=made_on,
        paper=tuple(paper["letter"]),
        registered=tuple(registered["letter"]),
        electronic=tuple(electronic["letter"]),
        files=files,
    )


def _entry(number: int, row: dict[str, str], content: bytes) -> PostEntry:
    name, *address = row["address"].split("\n") if row["address"] else [row["holder"]]
    return PostEntry(
        number=number,
        reference=row["reference"],
        channel=Channel(row["channel"]),
        registered_number=row["proof"],
        name=name,
        address=", ".join(address),
        pages=pages(content),
    )
