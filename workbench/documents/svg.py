"""Pictures drawn as inline SVG, for screens: built of values, so that nothing in them can act.

A label may carry a stranger's text. Only shapes and text exist here, with attributes that are
numbers or tokens of the house's style; text is escaped where all text is (`html.esc`).
"""

import re
from typing import Final

from workbench.documents.html import Html, esc, join

_TAGS: Final = frozenset({
    "svg", "g", "title", "rect", "line", "text", "circle", "path", "defs", "pattern",
})  # fmt: skip
# Python's name of an attribute, and how SVG writes it.
_ATTRIBUTES: Final = {
    **{
        name: name
        for name in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height", "fill",
                     "stroke", "role", "id", "d")
    },
    "cls": "class", "view_box": "viewBox", "stroke_width": "stroke-width",
    "stroke_dasharray": "stroke-dasharray", "text_anchor": "text-anchor",
    "font_weight": "font-weight", "font_size": "font-size", "font_family": "font-family",
    "pattern_units": "patternUnits", "pattern_transform": "patternTransform",
    "aria_label": "aria-label",
}  # fmt: skip
# Numbers, colours, names of our own, `url(#name)` and `rotate(45)`: nothing that leads elsewhere.
_VALUE: Final = re.compile(r"[\w#.,\- ]*|url\(#[\w\-]+\)|rotate\(-?\d+\)")


def shape(tag: str, *children: Html | str | None, **attributes: str | float) -> Html:
    """Builds one SVG element.

    Args:
        tag: an element of a picture; none that runs, links or embeds.
        children: in order; text is escaped, None is left out.
        attributes: by Python's name (`stroke_width`); numbers are written with two decimals at
            most. The words of `aria_label` may be anything.

    Raises:
        ValueError: a tag, an attribute or a value that no picture needs.
    """
    if tag not in _TAGS:
        raise ValueError(f"no shape of this kind: {tag}")
    written = "".join(_attribute(name, value) for name, value in attributes.items())
    return Html(f"<{tag}{written}>{join(*children).markup}</{tag}>")


def _attribute(name: str, value: str | float) -> str:
    if name not in _ATTRIBUTES:
        raise ValueError(f"no attribute of this kind: {name}")
    text = value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
    if name != "aria_label" and not _VALUE.fullmatch(text):
        raise ValueError("only numbers and names stand in a picture")
    return f' {_ATTRIBUTES[name]}="{esc(text)}"'
