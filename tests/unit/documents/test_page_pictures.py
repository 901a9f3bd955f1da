from pathlib import Path

import pytest

from workbench.documents import letters, samples
from workbench.documents.letter_kinds import LetterKind
from workbench.documents.page_pictures import first_page
from workbench.documents.typesetting import LayoutError

TEMPLATES = Path(__file__).parents[3] / "templates"


@pytest.fixture(scope="module")
def letter() -> bytes:
    (pdf,) = letters.typeset([samples.sample(LetterKind.SIMPLE)], folder=TEMPLATES)
    return pdf


def test_the_picture_is_a_page_of_paper(letter: bytes) -> None:
    picture = first_page(letter)
    assert picture.startswith(b"\x89PNG")
    width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
    assert (width, height) == (794, 1123), "A4 at 96 points an inch"


def test_what_is_no_pdf_is_refused_in_words(letter: bytes) -> None:
    for wrong in (b"", b"not a pdf", letter[:200]):
        with pytest.raises(LayoutError):
            first_page(wrong)
