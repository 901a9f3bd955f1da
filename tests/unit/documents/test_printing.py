"""A run's bundle for the printer and the list for the post."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.unit.documents.pdf_pages import text_of
from workbench.documents import letters, printing
from workbench.documents.letters import Channel, Letter, LetterKind
from workbench.documents.samples import sample
from workbench.domain.records import BuildingKind

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"


@pytest.fixture(scope="module")
def run() -> tuple[list[Letter], list[bytes]]:
    written = [
        sample(LetterKind.FORMAL_NOTICE),
        replace(sample(LetterKind.SIMPLE), channel=Channel.EMAIL),
        sample(LetterKind.SIMPLE, BuildingKind.RENTAL),
    ]
    return written, letters.typeset(written, folder=TEMPLATES)


def test_a_bundle_has_every_page_in_order(run: tuple[list[Letter], list[bytes]]) -> None:
    bundled = PdfReader(BytesIO(printing.bundle(run[1])))
    assert len(bundled.pages) == 3
    for page, letter in zip(bundled.pages, run[0], strict=True):
        assert letter.reference in page.extract_text()
    assert len(bundled.outline) == 3


def test_on_two_sides_every_letter_starts_a_sheet(run: tuple[list[Letter], list[bytes]]) -> None:
    bundled = PdfReader(BytesIO(printing.bundle(run[1], duplex=True)))
    assert [bool(page.extract_text()) for page in bundled.pages] == [True, False] * 3


def test_fonts_are_kept_once(run: tuple[list[Letter], list[bytes]]) -> None:
    same = [run[1][0]] * 20
    assert len(printing.bundle(same)) < 0.2 * sum(len(pdf) for pdf in same)


def test_an_empty_run_is_an_empty_bundle() -> None:
    assert printing.pages(printing.bundle([])) == 0


def test_the_list_has_what_leaves_on_paper(run: tuple[list[Letter], list[bytes]]) -> None:
    rows = printing.post_rows(*run)
    assert [(row.number, row.reference, row.pages) for row in rows] == [
        (1, "2026-0611-MD1", 1),
        (2, "2026-T-0412-L1", 1),
    ]
    pdf = printing.post_list(
        rows,
        sender=run[0][0].sender,
        dated_on=run[0][0].dated_on,
        place="Valbourg",
        folder=TEMPLATES,
    )
    text = text_of(pdf)
    assert "2\u00a0lettres" in text
    assert "dont 1 en recommandé" in text
    assert "Recommandé AR 1A 204 118 0611 3" in text
    assert "Madame Inès Vautrin" in text
