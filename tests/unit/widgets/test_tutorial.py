"""The tutorial's screens are as its text says, and a solution leaves the reader's try alone."""

import pytest

from workbench.domain.errors import ParameterError
from workbench.widgets.tutorial import open_tutorial


def test_screens_are_tried_apart_from_the_solutions() -> None:
    lesson = open_tutorial()
    assert "111,12" in lesson.solve("D5").markup
    screen = lesson.screen("D5")
    assert "111,12" in str(_texts(screen))
    with pytest.raises(ParameterError):
        lesson.screen("D9")
    lesson.close()


def _texts(widget: object) -> list[str]:
    own = [str(getattr(widget, "value", ""))]
    return own + [text for child in getattr(widget, "children", ()) for text in _texts(child)]
