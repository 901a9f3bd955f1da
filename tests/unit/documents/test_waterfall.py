"""The waterfall says every reason with its weight, and a stranger's text acts nowhere in it."""

from xml.etree import ElementTree as ET

import pytest

from workbench.documents.drawing import Picture
from workbench.documents.svg import shape
from workbench.documents.waterfall import (
    Waterfall,
    waterfall,
    waterfall_figure,
    waterfall_picture,
    waterfall_svg,
    weight_words,
)
from workbench.domain.explanation import Explanation, Reason

HOSTILE = "</text><script>alert(1)</script><a href='javascript:alert(1)'>x</a>\u202e\x00$x^2$"


def drawn(*weights: float, accepted: bool = False, **more: str) -> Waterfall:
    reasons = tuple(Reason("name", w, f"raison {n}") for n, w in enumerate(weights, 1))
    return waterfall(
        Explanation(reasons=reasons, **more), account="101 Mme Noé", start=-4.5, threshold=2.9,
        accepted=accepted,
    )  # fmt: skip


def parsed(of: Waterfall) -> ET.Element:
    """The picture as elements: a parser that accepts no broken markup."""
    return ET.fromstring(waterfall_svg(of).markup.split("<p class")[0])  # noqa: S314 - made by us


def texts(of: Waterfall) -> list[str]:
    return [element.text or "" for element in parsed(of).iter("text")]


def test_the_steps_add_up_to_the_total() -> None:
    of = drawn(6.0, 3.0, -2.0)
    assert [(s.before, s.after) for s in of.steps] == [
        (0.0, -4.5), (-4.5, 1.5), (1.5, 4.5), (4.5, 2.5),
    ]  # fmt: skip
    assert of.total == 2.5


def test_every_reason_is_written_with_its_weight() -> None:
    said = texts(drawn(6.0, -2.0))
    for words in ("Raison 1", "+6,0", "Raison 2", "−2,0", "−4,5", "Total", "−0,5",
                  "seuil\u00a02,9"):  # fmt: skip
        assert words in said


def test_against_is_hatched_and_for_is_not() -> None:
    rects = [r for r in parsed(drawn(6.0, -2.0)).iter("rect") if r.get("stroke") is not None]
    fills = [r.get("fill") for r in rects]
    assert fills[1:3] == ["#1A5A8E", "url(#wb-against)"]
    figure = waterfall_figure(drawn(6.0, -2.0))
    assert [p.get_hatch() for p in figure.axes[0].patches][:3] == ["", "", "/////"]


def test_the_threshold_is_dashed_and_bars_stand_where_their_sums_are() -> None:
    svg = parsed(drawn(6.0, 1.4))
    (dashed,) = [line for line in svg.iter("line") if line.get("stroke-dasharray")]
    total = [r for r in svg.iter("rect") if r.get("fill") == "#1B2430"]
    end = float(total[0].get("x") or 0) + float(total[0].get("width") or 0)
    # The sum is 2.9, the threshold too.
    assert end == pytest.approx(float(dashed.get("x1") or 0), abs=0.02)


@pytest.mark.parametrize(
    ("weights", "accepted", "differs", "words"),
    [
        ((6.0,), False, "", "Il manque 1,4 pour être accepté sans vous."),
        ((6.0,), False, "un homonyme", "Ce qui l’empêche\u00a0: un homonyme."),
        ((9.0,), False, "un homonyme", "Le seuil est atteint, mais le moteur propose seulement."),
        ((9.0,), True, "", "Accepté par le moteur."),
        ((), False, "", "Il manque 7,4 pour être accepté sans vous."),
    ],
)
def test_what_follows_is_said(
    weights: tuple[float, ...], accepted: bool, differs: str, words: str
) -> None:
    of = drawn(*weights, accepted=accepted, differs=differs)
    assert words in of.verdict
    assert of.verdict in of.words
    assert "<p" in waterfall_svg(of).markup


@pytest.mark.parametrize(
    ("weight", "words"), [(4.44, "+4,4"), (-1.6, "−1,6"), (0.04, "0,0"), (-0.04, "0,0")]
)
def test_weights_in_french(weight: float, words: str) -> None:
    assert weight_words(weight) == words
    assert weight_words(1.0, plus=False) == "1,0"


def test_hostile_texts_are_shown_and_do_nothing() -> None:
    of = waterfall(
        Explanation(reasons=(Reason(HOSTILE, 1.0, HOSTILE),), differs=HOSTILE, sentence=HOSTILE),
        account=HOSTILE, start=-4.5, threshold=2.9, accepted=False,
    )  # fmt: skip
    markup = waterfall_svg(of).markup
    assert "<script" not in markup
    names = {name for element in parsed(of).iter() for name in element.attrib}
    assert not {name for name in names if name.startswith("on") or "href" in name}
    assert "\u202e" not in markup
    assert "\x00" not in markup
    assert {e.tag for e in parsed(of).iter()} <= {
        "svg", "g", "title", "rect", "line", "text", "defs", "pattern",
    }  # fmt: skip
    # A dollar starts no formula in the figure either.
    assert waterfall_picture(of).image().startswith(b"\x89PNG")


def test_the_picture_says_in_words_what_it_shows() -> None:
    picture = waterfall_picture(drawn(6.0))
    assert isinstance(picture, Picture)
    assert "Pourquoi 101 Mme Noé" in picture.words
    assert "Raison 1 +6,0" in picture.words
    assert parsed(drawn(6.0)).get("aria-label") == drawn(6.0).words


@pytest.mark.parametrize(
    ("tag", "attributes"),
    [
        ("script", {}),
        ("a", {}),
        ("image", {}),
        ("foreignObject", {}),
        ("rect", {"onload": "x"}),
        ("rect", {"href": "x"}),
        ("rect", {"fill": "url(http://x)"}),
        ("rect", {"fill": "expression(x)"}),
        ("text", {"x": '1" onload="x'}),
        ("text", {"fill": "javascript:x"}),
    ],
)
def test_no_other_shape(tag: str, attributes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"kind|only"):
        shape(tag, **attributes)


def test_numbers_are_short_and_words_escaped() -> None:
    made = shape("text", "<&>", x=1.23456, y=2.0, text_anchor="end", aria_label='a"b')
    assert made.markup == (
        '<text x="1.23" y="2" text-anchor="end" aria-label="a&quot;b">&lt;&amp;&gt;</text>'
    )


def test_an_amount_in_a_label_keeps_its_spaces() -> None:
    of = waterfall(
        Explanation(reasons=(Reason("amount", 1.0, "1\u00a0147,46\u00a0€ restent"),)),
        account="101", start=-4.5, threshold=2.9, accepted=False,
    )  # fmt: skip
    assert "1\u00a0147,46\u00a0€ restent" in texts(of)
    assert "Départ\u00a0: aucun indice" in texts(of)
