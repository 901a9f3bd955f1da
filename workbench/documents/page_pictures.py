"""A page of a PDF as a picture: what a person reads on the screen is the file itself.

The file is set in the typesetter's own process, with its limits of time and memory.
"""

import tempfile
from datetime import date
from pathlib import Path
from typing import Final

from workbench.documents.typesetting import Sheet, set_sheets

_FILE: Final = "page.pdf"
_LAYOUT: Final = "page.typ"
_SOURCE: Final = f'#set page(width: auto, height: auto, margin: 0pt)\n#image("{_FILE}")\n'
# Of a picture nobody keeps: no date is in it.
_NO_DAY: Final = date(2000, 1, 1)


def first_page(pdf: bytes, *, ppi: int = 96) -> bytes:
    """Returns the first page of a PDF as PNG.

    Args:
        pdf: one of ours.
        ppi: points of the picture per inch.

    Raises:
        LayoutError: no PDF, or one that cannot be drawn within the limits.
    """
    with tempfile.TemporaryDirectory(prefix="workbench-page-") as name:
        folder = Path(name)
        (folder / _FILE).write_bytes(pdf)
        (folder / _LAYOUT).write_text(_SOURCE, encoding="utf-8")
        sheet = Sheet(layout=_LAYOUT, data={}, dated_on=_NO_DAY, name="la page")
        return next(set_sheets([sheet], layouts=folder, ppi=ppi))
