"""Where the rows of a bank's table begin: its header, found among the first lines by the profiles.

Source: FORMATS, CSV headers.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from workbench.loaders.delimited import folded_name
from workbench.loaders.profiles import Profile
from workbench.loaders.text import clean, folded

# A header further down is none: it would be a row of something else.
DEEPEST_HEADER: Final = 60
_LONGEST_LINE: Final = 2000


@dataclass(frozen=True, slots=True)
class Found:
    """A header, and what stands above it.

    Attributes:
        profile: whose it is.
        line: 1-based line of the header.
        names: its cells as the bank wrote them.
        above: lines above, folded, cells joined by `;`.
    """

    profile: Profile
    line: int
    names: tuple[str, ...]
    above: tuple[str, ...] = ()


def profile_of(cells: Sequence[str], profiles: Sequence[Profile]) -> Profile | None:
    """Returns the profile whose header these cells are: of several, the one with most columns."""
    names = [folded_name(cell) for cell in cells if len(cell) < _LONGEST_LINE]
    best = max(profiles, key=lambda profile: profile.fits(names), default=None)
    return best if best is not None and best.fits(names) else None


def find_header(rows: Iterator[tuple[int, list[str]]], profiles: Sequence[Profile]) -> Found | None:
    """Reads rows up to a known header; None when the first ones hold none."""
    above: list[str] = []
    for line, cells in rows:
        if line > DEEPEST_HEADER:
            return None
        profile = profile_of(cells, profiles)
        if profile is not None:
            return Found(profile, line, tuple(clean(cell) for cell in cells), tuple(above))
        above.append(folded_line(cells))
    return None


def folded_line(cells: Sequence[str]) -> str:
    """Returns a line as the patterns of a profile see it: lower case, no accents, `;` between."""
    text = unicodedata.normalize("NFKD", folded(";".join(cells)[:_LONGEST_LINE]))
    return "".join(c for c in text if not unicodedata.combining(c)).casefold()
