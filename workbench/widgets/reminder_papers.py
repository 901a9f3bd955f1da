"""A letter for the screen: as it would leave, or byte for byte as it was made (DOMAIN E18)."""

from pathlib import Path

import pandas as pd

from workbench.documents import letters
from workbench.documents.letter_kinds import Letter
from workbench.documents.page_pictures import first_page
from workbench.domain.errors import ParameterError
from workbench.domain.money import NO_BREAK_SPACE, french_euros
from workbench.ledger import reminding
from workbench.widgets.reminder_board import Board, Paper
from workbench.widgets.reminder_wording import channel_words, sentence, type_words
from workbench.widgets.session import Session
from workbench.widgets.table import Row


def coming(board: Board, step: Row, letter: Letter | None, *, folder: Path) -> Paper:
    """Returns the letter of a step that has none yet.

    Args:
        board: the reading.
        step: row of its plan.
        letter: as it would leave; None where none would.
        folder: of the templates.

    Raises:
        ParameterError: the letter cannot be made; says what to do.
    """
    account_id = str(step["account_id"])
    title = _title(step)
    if account_id in board.problems:
        raise ParameterError(board.problems[account_id])
    if letter is None:
        return Paper(title=title, words=sentence(f"aucune lettre ne part : {step['words']}"))
    return Paper(
        title=title, name=letters.file_name(letter),
        picture=letters.preview(letter, folder=folder),
        words=_words_of(step, board.warnings.get(account_id, "")),
    )  # fmt: skip


def kept(session: Session, board: Board, row_id: str) -> Paper:
    """Returns a letter that was made.

    Args:
        session: whose ledger keeps it.
        board: the reading.
        row_id: of its reminder, `R12`.

    Raises:
        ParameterError: no such reminder any more.
    """
    row = row_of(board.sent, "reminder_id", row_id)
    number = int(str(row["letter_id"]).removeprefix("C"))
    with session.reading() as ledger:
        content = reminding.letter_content(ledger, number)
    return Paper(
        title=_title(row), name=str(row["file_name"]), picture=first_page(content),
        content=content, words=sentence(str(row["words"])),
    )  # fmt: skip


def row_of(frame: pd.DataFrame, key: str, value: str) -> Row:
    """Returns the row of a frame by its key.

    Raises:
        ParameterError: it is not there any more.
    """
    rows = frame[frame[key] == value].to_dict("records")
    if not rows:
        raise ParameterError("cette ligne n’est plus là : Actualiser")
    return rows[0]


def _title(row: Row) -> str:
    return f"{row['code']} {row['holder']}".strip()


def _words_of(step: Row, warning: str) -> str:
    told = [
        f"{type_words(str(step['kind']))}, {french_euros(int(step['amount_cents']))}",
        str(step["since_words"]),
        f"envoi{NO_BREAK_SPACE}: {channel_words(str(step['channel']))}",
    ]
    if step["fee_cents"]:
        told.append(f"facturée {french_euros(int(step['fee_cents']))}")
    words = sentence(", ".join(part for part in told if part))
    return f"{words} {sentence(warning)}" if warning else words
