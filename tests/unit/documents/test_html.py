from datetime import date
from html.parser import HTMLParser

import pandas as pd
import pytest

from workbench.documents import html
from workbench.documents.html import Column, Html, Link, State, Tile
from workbench.domain.findings import Finding, Severity

HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</td></table><script>alert(1)</script>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)",
    "&lt;b&gt;",
    "</style><script>alert(1)</script>",
    "]]><svg/onload=alert(1)>",
    "{{ 7 * 7 }}${alert(1)}",
]


class Reader(HTMLParser):
    """What a browser makes of a text: elements with their attributes, and the words."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.attributes: list[str] = []
        self.words = ""
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        self.words += data


TEXT = Column(key="a", title="A")
MONEY = Column(key="m", title="Montant (€)", kind="money", summed=True)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_strangers_text_is_words_wherever_it_stands(text: str) -> None:
    finding = Finding(
        code="x", severity=Severity.ERROR, message=text, file=text, to_do=text, value=text
    )
    made = html.fragment(
        html.table([{"a": text, "m": 1}], [Column(key="a", title=text), MONEY], total=text),
        html.table([{"a": Link(text, "#x"), "m": State(text, text)}], [TEXT, MONEY]),
        html.tiles([Tile(label=text, figure=text, note=text, state=State("●", text))]),
        html.findings_table([finding]),
        html.section(text, text),
        html.message(text, text, glyph=text),
        html.el("p", text, title=text),
    )
    read = Reader(made.markup)
    assert not {"script", "img", "svg", "style"} & set(read.elements)
    assert not [name for name in read.attributes if name.startswith("on")]
    # It is all there, as it was written.
    assert read.words.count(text) >= 10


@pytest.mark.parametrize("text", HOSTILE)
def test_a_title_and_a_footer_hold_any_name(text: str) -> None:
    page = html.document(html.page_footer(left=text, center=text), title=text)
    read = Reader(page)
    assert read.elements == [
        "html", "head", "meta", "meta", "meta", "title", "style", "body", "style",
    ]  # fmt: skip
    assert "alert(1)" not in html.page_footer(left=text, center="").markup


def test_a_page_is_french_and_asks_nothing_of_the_network() -> None:
    page = html.document(html.el("p", "Bonjour"), title="Clôture")
    assert '<html lang="fr">' in page
    assert "default-src 'none'" in page
    for word in ("http:", "https:", "//", "<script", "@import", "url("):
        assert word not in page


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb", "a·b"),  # turns the reading direction
        ("a\u2066b\u2069", "a·b·"),
        ("a\x00b\x1b[31m", "a·b·[31m"),
        ("a\nb\tc", "a\nb\tc"),
        ("Ångström — été", "Ångström — été"),
    ],
)
def test_what_cannot_be_seen_is_shown(text: str, shown: str) -> None:
    assert html.esc(text) == shown


@pytest.mark.parametrize("href", ["#lignes", "C001/month_end.html", "a%20b/x.html#t-1", "../"])
def test_a_link_leads_to_the_same_folder(href: str) -> None:
    assert f'href="{href}"' in html.el("a", "voir", href=href).markup


@pytest.mark.parametrize(
    "href",
    ["javascript:alert(1)", "https://example.org", "data:text/html,x", "//example.org", "a b"],
)
def test_a_link_elsewhere_is_refused(href: str) -> None:
    with pytest.raises(ValueError, match="folder"):
        html.el("a", "voir", href=href)


@pytest.mark.parametrize("attribute", ["onclick", "srcdoc", "formaction", "data_x"])
def test_an_attribute_that_could_run_is_refused(attribute: str) -> None:
    with pytest.raises(ValueError, match="attribute"):
        html.el("p", **{attribute: "x"})


@pytest.mark.parametrize("tag", ["script", "iframe", "p onclick=x", "P"])
def test_an_element_that_could_run_is_refused(tag: str) -> None:
    with pytest.raises(ValueError, match="element"):
        html.el(tag, "x")


def test_only_embedded_pictures_and_widths_are_taken() -> None:
    with pytest.raises(ValueError, match="embedded"):
        html.el("img", src="http://example.org/x.png")
    with pytest.raises(ValueError, match="width"):
        html.el("td", "x", style="background:url(x)")
    assert "style" in html.el("th", "x", style="width:12%").markup


@pytest.mark.parametrize(
    ("value", "kind", "shown"),
    [
        (123456789, "money", "1\u00a0234\u00a0567,89"),
        (-1200, "money", "\u221212,00"),
        (0, "money", "0,00"),
        (1200, "movement", "+12,00"),
        (-1200, "movement", "\u221212,00"),
        (None, "money", "–"),
        (pd.NA, "money", "–"),
        (date(2026, 10, 5), "date", "05/10/2026"),
        (pd.Timestamp("2026-10-05"), "day", "05/10"),
        (pd.NaT, "date", "–"),
        (1234, "count", "1\u00a0234"),
        (0.937, "share", "93,7\u00a0%"),
        ("FR76 3000 6000 0112 3456 7890 189", "iban", "••••\u00a00189"),
        ("", "text", "–"),
        ("0", "text", "0"),
    ],
)
def test_each_kind_has_its_form(value: object, kind: html.Kind, shown: str) -> None:
    assert html.cell(value, kind=kind).markup == shown


@pytest.mark.parametrize(
    ("value", "kind"), [(12.5, "money"), ("12", "money"), ("2026-10-05", "date"), (1, "share")]
)
def test_a_value_of_another_kind_is_refused(value: object, kind: html.Kind) -> None:
    with pytest.raises(TypeError, match=kind):
        html.cell(value, kind=kind)


@pytest.mark.parametrize(
    ("share", "shown"),
    [(1.0, "100,0"), (0.9999, "99,9"), (0.9994, "99,9"), (0.0, "0,0"), (1.05, "105,0")],
)
def test_only_everything_is_a_hundred_percent(share: float, shown: str) -> None:
    assert html.french_share(share) == f"{shown}\u00a0%"


def test_nothing_of_nothing_is_no_share() -> None:
    assert html.french_share(float("nan")) == "–"


@pytest.mark.parametrize(
    ("iban", "shown"), [("", ""), ("1234", "••••"), ("12345", "••••\u00a02345")]
)
def test_an_iban_shows_its_last_four_only(iban: str, shown: str) -> None:
    assert html.masked_iban(iban) == shown


def rows(count: int) -> list[dict[str, object]]:
    return [{"a": f"ligne {n}", "m": 100} for n in range(count)]


def test_what_a_table_leaves_out_is_counted_and_summed() -> None:
    made = html.table(rows(7), [TEXT, MONEY], total="Total", limit=4)
    read = Reader(made.markup).words
    assert "ligne 3" in read
    assert "ligne 4" not in read
    assert "3\u00a0autres, liste en annexe3,00" in read
    assert read.endswith("Total7,00")


def test_one_line_too_many_is_shown_since_its_remainder_takes_as_much_room() -> None:
    read = Reader(html.table(rows(5), [TEXT, MONEY], limit=4).markup).words
    assert "ligne 4" in read
    assert "autres" not in read


def test_a_total_may_be_told_instead_of_summed() -> None:
    made = html.table(rows(2), [TEXT, MONEY], total="Fin", totals={"m": 42_00})
    assert Reader(made.markup).words.endswith("Fin42,00")


def test_a_frame_is_shown_as_its_rows() -> None:
    frame = pd.DataFrame({"a": ["x"], "m": pd.array([5], dtype="int64")})
    assert Reader(html.table(frame, [TEXT, MONEY]).markup).words == "AMontant (€)x0,05"


def test_without_titles_there_is_no_header() -> None:
    assert "<thead>" not in html.table([{"a": "x"}], [Column(key="a", title="")]).markup


def test_findings_come_the_worst_first_with_their_place() -> None:
    found = [
        Finding(code="i", severity=Severity.INFO, message="Note."),
        Finding(code="e", severity=Severity.ERROR, message="Faute.", file="r.xml", line=3),
        Finding(code="w", severity=Severity.WARNING, message="Doute.", to_do="demander"),
    ]
    words = Reader(html.findings_table(found).markup).words
    assert words.index("1Faute. (r.xml, ligne 3)") < words.index("2Doute.demander")
    assert words.index("2Doute.") < words.index("3Note.–")
    for word in ("à corriger", "à vérifier", "pour mémoire"):
        assert word in words


@pytest.mark.parametrize(
    ("status", "days", "cents", "word"),
    [
        ("paid", 0, 100, "soldée"),
        ("pending", 0, 100, "à échoir"),
        ("pending", 1, 100, "en retard"),
        ("partial", 0, 100, "partielle"),
        ("partial", 1, 100, "partielle, en retard"),
        ("pending", 0, -100, "avoir"),
    ],
)
def test_a_due_says_its_state(status: str, days: int, cents: int, word: str) -> None:
    assert html.due_state(status=status, days_overdue=days, amount_cents=cents).word == word


def test_made_markup_is_shown_by_jupyter_and_not_escaped_again() -> None:
    made = html.el("b", "x")
    assert made._repr_html_() == str(made) == "<b>x</b>"
    assert html.el("p", made, None, "<y>").markup == "<p><b>x</b>&lt;y&gt;</p>"
    assert isinstance(html.join("a"), Html)
