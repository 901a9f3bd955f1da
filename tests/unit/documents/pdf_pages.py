"""What stands where on a page of a PDF, for tests."""

import re
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from pypdf import PdfReader

MM: Final = 72 / 25.4


@dataclass(frozen=True, slots=True)
class Placed:
    """A piece of text and where it begins, in millimetres from the page's top left corner."""

    text: str
    x: float
    y: float


def text_of(pdf: bytes) -> str:
    """The text of every page, its no-break spaces kept, lines joined by one space."""
    pages = (page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    return re.sub("[ \n]+", " ", " ".join(pages).replace("\u200b", ""))


def placed(pdf: bytes, *, page: int = 0) -> list[Placed]:
    """Every piece of text of a page with its place."""
    found: list[Placed] = []
    sheet = PdfReader(BytesIO(pdf)).pages[page]
    height = float(sheet.mediabox.height)

    def see(text: str, cm: list[float], tm: list[float], _font: Any, _size: float) -> None:  # noqa: ANN401 - the library's own call
        if text.strip():
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            found.append(Placed(text.strip(), x / MM, (height - y) / MM))

    sheet.extract_text(visitor_text=see)
    return found
